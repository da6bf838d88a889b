"""The one medspaCy pipeline: our sentences and sections, TargetMatcher with our rules, ConText with our modifiers.

medspaCy's PyRuSH stays out (it writes tokens of notes to stderr); so does its global warning filter.
"""

from __future__ import annotations

import warnings
from functools import lru_cache
from pathlib import Path

with warnings.catch_warnings():  # importing medspaCy installs a global filter; this takes it back
    import medspacy
    import spacy
    from medspacy.context import ConText, ConTextRule
    from medspacy.custom_tokenizer import create_medspacy_tokenizer
    from medspacy.target_matcher import TargetMatcher, TargetRule

from loguru import logger as _loguru
from spacy.language import Language
from spacy.tokens import Doc, Span

from chartproof.language.patterns import Patterns, TargetPattern, load_patterns
from chartproof.language.sentences import find_clauses

_loguru.disable("PyRuSH")
GROUP = "medspacy_spans"

__all__ = ["GROUP", "Clinical", "clinical", "medspacy"]


def _label(target: TargetPattern) -> str:
    """Category and value of a target in one label.

    A span's own label keeps them: what medspaCy sets on a span (``span._.target_rule``) is shared by all spans of the
    same words, so that of two rules that hit them the later one would speak for both.
    """
    return f"{target.category}={target.value}{'=cased' if target.case_sensitive and target.phrases else ''}"


class Clinical:
    """The pipeline, built once and used for many notes. Not thread-safe: one per thread or process."""

    def __init__(self, patterns: Patterns):
        self.patterns = patterns
        nlp: Language = spacy.blank("en")
        nlp.tokenizer = create_medspacy_tokenizer(nlp)
        nlp.max_length = 50_000_000  # characters; there is no parser whose memory would need a limit
        self.nlp = nlp
        self._matcher = TargetMatcher(nlp, result_type="group", span_group_name=GROUP, prune=False)
        # A token pattern that never matches: without one, spaCy warns on every note that its matcher is empty.
        never = [{"IS_ALPHA": True, "IS_DIGIT": True}]
        self._matcher.add([TargetRule(literal="never", category="never", pattern=never)])
        # A list: the matcher goes through the rules twice.
        self._matcher.add(
            [
                TargetRule(literal=phrase, category=_label(target))
                for target in patterns.targets
                for phrase in target.phrases
            ]
        )
        self._cased = {
            _label(target): frozenset(
                phrase for t in patterns.targets if _label(t) == _label(target) for phrase in t.phrases
            )
            for target in patterns.targets
            if target.case_sensitive and target.phrases
        }
        self._regexes = [t for t in patterns.targets if t.regex is not None]
        self._context = ConText(nlp, rules=None, span_attrs=None, input_span_type="group", span_group_name=GROUP)
        self._context.add([ConTextRule(literal="never", category="never", pattern=never, direction="forward")])
        self._context.add(
            [
                ConTextRule(
                    literal=phrase,
                    category=rule.category,
                    direction=rule.direction.upper() if rule.direction == "terminate" else rule.direction,
                    max_scope=rule.max_scope,
                    metadata={"reach_back": rule.reach_back},
                    allowed_types={_label(t) for t in patterns.targets if t.category in rule.types}
                    if rule.types
                    else None,
                )
                for rule in patterns.context
                for phrase in rule.phrases
            ]
        )

    def read(self, text: str, sentences: list[tuple[int, int]]) -> tuple[Doc, list[tuple[int, int]]]:
        """Tokenise, match and put in context.

        Args:
            text: the text as read.
            sentences: their spans, none of them reaching over a heading.

        Returns:
            The Doc (targets in ``doc.spans[GROUP]``, modifiers in ``doc._.context_graph``), and the spans of the clauses
            (which are the Doc's sentences, so that ConText stays within them).
        """
        doc = self.nlp.make_doc(text)
        clauses = [clause for start, end in sentences for clause in find_clauses(text, start, end)]
        self._mark(doc, clauses)
        self._matcher(doc)
        self._add_regex_targets(doc)
        self._context(doc)
        return doc, clauses

    @staticmethod
    def _mark(doc: Doc, clauses: list[tuple[int, int]]) -> None:
        starts = iter(start for start, _ in clauses)
        start = next(starts, None)
        for token in doc:
            is_start = token.i == 0
            while start is not None and token.idx + len(token) > start:
                is_start = True
                start = next(starts, None)
            token.is_sent_start = is_start

    def _add_regex_targets(self, doc: Doc) -> None:
        group = doc.spans[GROUP]
        keep = [span for span in group if span.label_ not in self._cased or span.text in self._cased[span.label_]]
        if len(keep) != len(group):
            doc.spans[GROUP] = keep
            group = doc.spans[GROUP]
        for target in self._regexes:
            assert target.regex is not None
            for m in target.regex.finditer(doc.text):
                span = doc.char_span(m.start(), m.end(), alignment_mode="expand")
                if span is not None and m.start() < m.end():
                    group.append(Span(doc, span.start, span.end, label=_label(target)))


@lru_cache(maxsize=2)
def clinical(folder: Path | None = None) -> Clinical:
    """The pipeline for a patterns folder (None: the shipped one), built on first use.

    Raises:
        chartproof.language.patterns.PatternError: a pattern file is wrong.
    """
    return Clinical(load_patterns(folder))
