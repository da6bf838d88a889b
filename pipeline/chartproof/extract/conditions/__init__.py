"""Extracts the patient's own disorders and what was ruled out as a source of pain (condition, source_exclusion)."""

from __future__ import annotations

from chartproof.extract.conditions.cues import Stance
from chartproof.extract.conditions.mentions import Mention, mentions_in
from chartproof.extract.conditions.places import weight_of
from chartproof.extract.conditions.presence import stance_of
from chartproof.extract.conditions.sides import side_of
from chartproof.extract.conditions.sources import Exclusion, exclusions_in
from chartproof.extract.finding import Finding, Strength, finding
from chartproof.language.reading import Reading
from chartproof.model.facts import Condition, SourceExclusion
from chartproof.model.vocab import ConditionName, NoteType, Presence

_BY_CLINICIAN = frozenset({NoteType.CONSULT, NoteType.PROGRESS, NoteType.LETTER})

__all__ = ["extract"]


def extract(reading: Reading) -> list[Finding]:
    """The findings of one note.

    A condition's hints: ``weight``, how much its place in the note says; ``form``, True where a form or a checklist
    answers; ``list``, True where that form is none of a clinician's own notes; ``film``, True for a fracture that only
    a report of imaging tells (it may give the side, no more).
    """
    return _told(reading, exclusions_in(reading))


def extract_disorders(reading: Reading) -> list[Finding]:
    """The disorders of one note, without what it says is no source of the pain."""
    return _told(reading, [])


def _told(reading: Reading, exclusions: list[Exclusion]) -> list[Finding]:
    out: list[Finding] = []
    denied = _denied_as_listed(reading)
    listed = {quote.start for found in denied for quote in found.fact.evidence}
    for mention in mentions_in(reading):
        if listed and reading.evidence(mention.start, mention.end).start in listed:
            continue
        if reading.is_report and mention.name == "pelvic_fracture":
            out += _on_film(reading, mention)
            continue
        weight = weight_of(reading, mention)
        stance = stance_of(reading, mention) if weight is not None else None
        if weight is None or stance is None:
            continue
        judged = any(start <= mention.start and mention.end <= end for _, start, end in exclusions)
        if judged and stance.presence is Presence.ABSENT:
            continue  # "radiculopathy was excluded as the source" judges the region, not the disorder
        fact = Condition(
            name=ConditionName(mention.name),
            presence=stance.presence,
            laterality=side_of(reading, mention),
            evidence=[reading.evidence(*_quote(reading, mention, stance))],
        )
        by_staff = stance.by_form and reading.note.type not in _BY_CLINICIAN
        told = Strength.SUMMARY if reading.note.type is NoteType.INTAKE else Strength.FIRST_HAND
        out.append(finding(fact, reading.note, told, weight=int(weight), form=stance.by_form, list=by_staff))
    out += denied
    for source, start, end in exclusions:
        out.append(finding(SourceExclusion(source=source, evidence=[reading.evidence(start, end)]), reading.note))
    return out


def _denied_as_listed(reading: Reading) -> list[Finding]:
    """ "Excluded: fibromyalgia, infection, malignancy. Reply: None of these applies." """
    out: list[Finding] = []
    for sentence in reading.sentences_with("condition_none_of_these"):
        told = reading.patterns.regexes["condition_none_of_these"].search(reading.text, sentence.start, sentence.end)
        if told is None or sentence.zone == "education" or reading.note.type is NoteType.INTAKE:
            continue
        low = told.start()
        for back in range(1, 4):  # the list ends right before it, or before a label ("Reply:")
            if sentence.index < back:
                break
            before = reading.sentences[sentence.index - back]
            low = before.start
            if reading.targets_of("condition", low, told.start()):
                break
        named: dict[str, Condition] = {}
        for target in reading.targets_of("condition", low, told.start()):
            quotes = [reading.evidence(told.start(), told.end()), reading.evidence(target.start, target.end)]
            named.setdefault(
                target.value,
                Condition(name=ConditionName(target.value), presence=Presence.ABSENT, evidence=quotes),
            )
        if len(named) > 1:
            out += [finding(fact, reading.note, weight=2, form=False, list=False) for fact in named.values()]
    return out


def _on_film(reading: Reading, mention: Mention) -> list[Finding]:
    side = side_of(reading, mention)
    stance = stance_of(reading, mention)
    if side is None or stance is None or stance.presence is not Presence.PRESENT:
        return []
    quote = reading.evidence(*_quote(reading, mention, stance))
    fact = Condition(name=ConditionName(mention.name), presence=stance.presence, laterality=side, evidence=[quote])
    return [finding(fact, reading.note, film=True)]


def _quote(reading: Reading, mention: Mention, stance: Stance) -> tuple[int, int]:
    """The item that names the disorder, with the words that decide on it."""
    sentence = reading.sentence_at(mention.start)
    line = reading.line_at(mention.start)
    low = max(sentence.start, line.start, mention.start - 60)
    cut = max(reading.text.rfind(mark, low, mention.start) for mark in (", ", "; ", ": ", "  ", "| ", ". ", "? "))
    start = min(stance.start, cut + 1 if cut >= low else low if low > mention.start - 60 else mention.start)
    return start, max(mention.end, min(stance.end, line.end))
