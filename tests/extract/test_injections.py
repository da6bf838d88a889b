"""Injections: what one note tells, beyond what corpora/phenomena/injections.yaml can say."""

from __future__ import annotations

from datetime import date

import pytest

from chartproof.extract import injections
from chartproof.extract.finding import Finding, Strength
from chartproof.extract.injections.cues import CueFinder, relief_from_scores
from chartproof.extract.injections.detail_cues import find_details
from chartproof.language.nlp import clinical
from chartproof.language.patterns import load_patterns
from chartproof.language.reading import Reading
from chartproof.model import Note
from chartproof.model.vocab import Laterality, NoteType

PROCEDURE = """PROCEDURE: LEFT SI joint injection under fluoroscopy
Pain before: 8/10
Prone, prepped and draped. Needle advanced into the {side} SI joint. Omnipaque 0.5 mL gave an intra-articular arthrogram. 1 mL 0.5% bupivacaine and 40 mg Kenalog were injected.
Pain after: 2/10
"""


def read(text: str, kind: NoteType = NoteType.PROGRESS, day: date = date(2025, 6, 12)) -> list[Finding]:
    note = Note(id="01.txt", date=day, type=kind, text=text)
    found = injections.extract(Reading(note, clinical()))
    for finding in found:
        for e in finding.fact.evidence:
            assert text[e.start : e.end] == e.quote
    return found


def relief(text: str) -> list[tuple[str, object]]:
    return [(c.kind, c.value) for c in CueFinder(text, load_patterns()).relief(0, len(text))]


@pytest.mark.parametrize(
    ("before", "after", "percent"),
    [
        (8, 2, (75.0, 75.0)),
        (7, 2, (71.4, 71.4)),
        (7.5, 1, (86.7, 86.7)),
        (6, 6, (0.0, 0.0)),
        (3, 5, None),
        (0, 0, None),
    ],
)
def test_relief_from_scores(before: float, after: float, percent: tuple[float, float] | None) -> None:
    assert relief_from_scores(before, after) == percent


@pytest.mark.parametrize(
    ("text", "cues"),
    [
        ("80-90% relief", [("percent", (80.0, 90.0))]),
        ("no more than 10% better", [("percent", (0.0, 10.0))]),
        ("complete relief", [("percent", (100.0, 100.0))]),
        ("near complete relief", []),
        ("incomplete relief", []),
        ("no lasting relief", []),
        ("no relief", [("percent", (0.0, 0.0))]),
        ("pain is 25% of baseline", [("percent", (75.0, 75.0))]),
        ("ODI 46%", []),
        ("1 mL of 0.5% bupivacaine", []),
        ("surgeons want to see 75% relief", []),
        ("if she has 80% relief", []),
        ("relief wore off after nine days".replace("nine", "9"), [("ended", True), ("days", 9.0)]),
        ("has not worn off", []),
        ("temporary leg weakness", []),
        ("apixaban held for 3 days", []),
    ],
)
def test_cues(text: str, cues: list[tuple[str, object]]) -> None:
    assert relief(text) == cues


@pytest.mark.parametrize(
    ("text", "contrast"),
    [
        ("0.5 mL Omnipaque outlined the joint", [True]),
        ("contrast was not used", [False]),
        ("allergic to iohexol", []),
        ("Omnipaque was not available", []),
        ("no contrast extravasation", []),
    ],
)
def test_contrast_is_what_was_given(text: str, contrast: list[bool]) -> None:
    assert [c.value for c in find_details(load_patterns(), text, 0, len(text)) if c.name == "contrast"] == contrast


def test_a_procedure_document_is_primary_and_its_scores_are_immediate() -> None:
    (found,) = read(PROCEDURE.format(side="left"), NoteType.PROCEDURE)
    assert found.strength is Strength.PRIMARY
    assert found.hints["immediate"] and found.hints["from_scores"]
    assert found.hints["other_side"] is None


def test_a_side_that_the_description_contradicts_is_told() -> None:
    (found,) = read(PROCEDURE.format(side="right"), NoteType.PROCEDURE)
    assert found.fact.laterality is Laterality.LEFT
    assert found.hints["other_side"] is Laterality.RIGHT


def test_an_addendum_is_told_on_its_own_day() -> None:
    text = PROCEDURE.format(side="left") + "ADDENDUM 06/20/2025: Called, 60% better for a week.\n"
    first, later = read(text, NoteType.PROCEDURE)
    assert first.note_date == date(2025, 6, 12)
    assert later.note_date == date(2025, 6, 20)
    assert later.fact.relief_percent == (60, 60)
    assert not later.hints["immediate"]


def test_the_second_one_and_the_block_are_told_with_what_they_point_to() -> None:
    (found,) = read("The second block gave 80% relief.")
    assert (found.hints["ordinal"], found.hints["generic"]) == (2, True)


def test_a_report_of_imaging_tells_no_injection() -> None:
    assert read("INDICATION: prior right SI joint injection with 80% relief.", NoteType.IMAGING) == []


@pytest.mark.parametrize("text", ["", " ", "injection", "SI", "#2 1/1/25", "%", "block block block", "(first 3/4/25)"])
def test_scraps_are_read_without_an_error(text: str) -> None:
    if text.strip():
        read(text)
        read(text, NoteType.PROCEDURE)
