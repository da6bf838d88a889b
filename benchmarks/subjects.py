"""What is compared: the whole job, its stages, and other ways to read a note."""

from __future__ import annotations

import importlib.util

from benchmarks.measure import Subject
from chartproof.extract import extract_note
from chartproof.language.patterns import load_patterns
from chartproof.language.reading import Reading
from chartproof.model import Chart
from chartproof.pipeline import Pipeline
from chartproof.policy import evaluate, load_policies, select_policies


def whole_job(pipeline: Pipeline | None = None) -> Subject:
    """From the text of the notes to the scored case."""
    pipeline, policies = pipeline or Pipeline(), load_policies()

    def run(chart: Chart) -> object:
        case = pipeline.case(chart)
        return [evaluate(policy, case) for policy in select_policies(policies, None, case.request)]

    return run


def stages() -> dict[str, Subject]:
    """The whole job up to a stage, each with all before it."""
    pipeline = Pipeline()
    clinical = pipeline._clinical
    return {
        "read": lambda chart: [Reading(note, clinical) for note in chart.notes],
        "read, extract": lambda chart: [extract_note(Reading(note, clinical)) for note in chart.notes],
        "read, extract, assemble": pipeline.case,
    }


def tokenising() -> Subject:
    """``spacy.blank("en")``: the floor of whatever works on a Doc."""
    import spacy

    nlp = spacy.blank("en")
    return lambda chart: [nlp(note.text) for note in chart.notes]


def stock_medspacy() -> Subject:
    """``medspacy.load()`` as it comes, with the sectionizer, and our target rules and vocabularies to look for."""
    from chartproof.language.nlp import medspacy

    nlp = medspacy.load()
    nlp.add_pipe("medspacy_sectionizer")
    rule = medspacy.target_matcher.TargetRule
    patterns = load_patterns()
    rules = [rule(phrase, t.category) for t in patterns.targets for phrase in t.phrases]
    rules += [rule(t.value, t.category, pattern=t.regex.pattern) for t in patterns.targets if t.regex is not None]
    rules += [
        rule(value, name, pattern=regex.pattern)
        for name, words in patterns.vocabulary.items()
        for value, regex in words.items()
    ]
    nlp.get_pipe("medspacy_target_matcher").add(rules)
    return lambda chart: [nlp(note.text) for note in chart.notes]


def edsnlp() -> Subject | None:
    """EDS-NLP with sentences, matcher and qualifiers; None where it is not installed."""
    if importlib.util.find_spec("edsnlp") is None:
        return None
    import edsnlp as eds

    nlp = eds.blank("eds")
    nlp.add_pipe("eds.sentences")
    patterns = load_patterns()
    terms = {t.category: list(t.phrases) for t in patterns.targets if t.phrases}
    regexes = {name: [r.pattern for r in words.values()] for name, words in patterns.vocabulary.items()}
    nlp.add_pipe("eds.matcher", config={"terms": terms, "regex": regexes})
    for pipe in ("eds.negation", "eds.hypothesis", "eds.family"):
        nlp.add_pipe(pipe)
    return lambda chart: [nlp(note.text) for note in chart.notes]
