"""The one medspaCy pipeline: our sentences and sections, TargetMatcher with our rules, ConText with our modifiers.

medspaCy's PyRuSH stays out (it writes tokens of notes to stderr); so does its global warning filter.
"""

from __future__ import annotations

import gc
import re
import warnings
from bisect import bisect_right
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

with warnings.catch_warnings():  # importing medspaCy installs a global filter; this takes it back
    import medspacy
    from medspacy.common.medspacy_matcher import MedspacyMatcher
    from medspacy.context import ConTextModifier, ConTextRule
    from medspacy.custom_tokenizer import create_medspacy_tokenizer
    from medspacy.target_matcher import TargetMatcher, TargetRule

import numpy
from loguru import logger as _loguru
from spacy.attrs import IDX, LENGTH, SENT_START
from spacy.lang.en import English
from spacy.language import Language
from spacy.tokenizer import Tokenizer
from spacy.tokens import Doc

from chartproof.language.gate import GatedRegex
from chartproof.language.patterns import Patterns, TargetPattern, load_patterns
from chartproof.language.scanner import Engine

_loguru.disable("PyRuSH")
GROUP = "medspacy_spans"

__all__ = ["GROUP", "Clinical", "ConTextModifier", "clinical", "medspacy"]


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
        # As spacy.blank("en"), but for the tokenizer: spaCy's takes a quarter of a second to make, for medspaCy's to
        # take its place. All that is asked of it is this.
        nlp: Language = English(create_tokenizer=lambda nlp: Tokenizer(nlp.vocab, token_match=nlp.Defaults.token_match))
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
        self.categories = tuple(dict.fromkeys(target.category for target in patterns.targets))
        # What every phrase of a value of a category looks like; whether it begins and ends with tokens is for the matcher.
        self._phrases: dict[str, dict[str, GatedRegex]] = {category: {} for category in self.categories}
        for category, value in dict.fromkeys((t.category, t.value) for t in patterns.targets if t.phrases):
            phrases = (p for t in patterns.targets if (t.category, t.value) == (category, value) for p in t.phrases)
            source = "|".join(map(self._shape, phrases))
            self._phrases[category][value] = GatedRegex(re.compile(source, re.IGNORECASE), patterns.scanner)
        # ConText's own matcher, rules and modifiers. Its component compares every modifier of a note with every other,
        # which a long note makes hours of; a modifier reaches no further than its clause, so clauses are enough.
        self._context = MedspacyMatcher(nlp, name="context", prune=False)
        self._context.add([ConTextRule(literal="never", category="never", pattern=never, direction="forward")])
        self._context.add(
            [
                ConTextRule(
                    literal=phrase,
                    category=rule.category,
                    direction=rule.direction.upper() if rule.direction == "terminate" else rule.direction,
                    max_scope=rule.max_scope,
                    metadata={"reach_back": rule.reach_back},
                )
                for rule in patterns.context
                for phrase in rule.phrases
            ]
        )

    def regex_targets(self, category: str) -> Iterator[tuple[str, GatedRegex]]:
        """Value and regex of the rules of a category that have one."""
        return (
            (target.value, target.regex)
            for target in self.patterns.targets
            if target.category == category and target.regex is not None
        )

    def tokens(self, chunk: str) -> list[tuple[int, int]]:
        """Start and end of the tokens of a text without white space."""
        return [(token.idx, token.idx + len(token)) for token in self.nlp.make_doc(chunk)]

    def _shape(self, phrase: str) -> str:
        """A regex for the tokens of a phrase, with white space or nothing between them."""
        return r"\s*".join(re.escape(token.text) for token in self.nlp.make_doc(phrase) if not token.is_space)

    def phrase_spans(self, category: str, text: str) -> list[tuple[int, int]]:
        """The spans of a text in which phrases of a category begin, if anywhere."""
        return [m.span() for regex in self._phrases.get(category, {}).values() for m in regex.finditer(text)]

    def may_name(self, category: str, but: str, text: str) -> bool:
        """False where no rule of a category matches in a text, those of the value ``but`` left aside."""
        scan = self.patterns.scanner.scan_at_once(text)
        if scan is None:
            return True
        rules = [*self._phrases[category].items(), *self.regex_targets(category)]
        return any(value != but and (not regex.bit or regex.bit & scan.mask) for value, regex in rules)

    def read(
        self, text: str, clause_starts: list[int]
    ) -> tuple[Doc, list[ConTextModifier], list[tuple[str, int, int]]]:
        """Tokenise a piece of text, match, and find what changes the meaning of what.

        Args:
            text: one or more sentences.
            clause_starts: where their clauses begin.

        Returns:
            The Doc, the modifiers in order with their scopes (the clauses are the Doc's sentences, so that ConText
            stays within them), and the hits of the target rules' phrases as label, start and end in characters.
        """
        doc = self.nlp.make_doc(text)
        self._mark(doc, clause_starts)
        self._matcher(doc)
        phrases = [
            (span.label_, span.start_char, span.end_char)
            for span in doc.spans[GROUP]
            if span.label_ not in self._cased or span.text in self._cased[span.label_]
        ]
        return doc, self._modifiers(doc), phrases

    def _modifiers(self, doc: Doc) -> list[ConTextModifier]:
        """The ConText modifiers of a note: of overlapping ones the longest, their scopes limited by one another."""
        taken = bytearray(len(doc))
        by_clause: dict[int, list[ConTextModifier]] = {}
        for match_id, start, end in sorted(self._context(doc), key=lambda m: (m[1] - m[2], m[1])):
            if any(taken[start:end]):
                continue
            taken[start:end] = b"\1" * (end - start)
            rule = self._context.rule_map[self.nlp.vocab.strings[match_id]]
            by_clause.setdefault(doc[start].sent.start, []).append(ConTextModifier(rule, start, end, doc))
        for modifiers in by_clause.values():
            for one in modifiers:
                for other in modifiers:
                    if one is not other:
                        one.limit_scope(other)
        return sorted((m for group in by_clause.values() for m in group), key=lambda m: m.modifier_span)

    @staticmethod
    def _mark(doc: Doc, clause_starts: list[int]) -> None:
        """Make the clauses the Doc's sentences (at once: setting them token by token looks at the whole Doc each time)."""
        marks = numpy.full(len(doc), -1, dtype="int64")
        if len(doc):
            _, ends = token_spans(doc)
            marks[[0, *(at for start in clause_starts if (at := bisect_right(ends, start)) < len(ends))]] = 1
            doc.from_array([SENT_START], marks.astype("uint64"))  # type: ignore[arg-type]


def token_spans(doc: Doc) -> tuple[list[int], list[int]]:
    """Where the tokens of a Doc begin and end, in characters."""
    if not len(doc):
        return [], []
    starts, lengths = doc.to_array([IDX, LENGTH]).T.tolist()
    return starts, [start + length for start, length in zip(starts, lengths, strict=True)]


@lru_cache(maxsize=4)
def clinical(folder: Path | None = None, engine: Engine | None = None) -> Clinical:
    """The pipeline for a patterns folder (None: the shipped one) and an engine (None: the default), built on first use.

    Raises:
        chartproof.language.patterns.PatternError: a pattern file is wrong.
    """
    collecting = gc.isenabled()
    gc.disable()  # of the million objects made here all stay; to look through them again and again takes as long
    try:
        made = Clinical(load_patterns(folder, engine))
        gc.freeze()  # nor later
        return made
    finally:
        if collecting:
            gc.enable()
