"""Titles of studies, the blocks of a printout, and what the evidence of a finding says; the rest is in the phenomena."""

from datetime import date

import pytest

from chartproof.extract.imaging import extract
from chartproof.extract.imaging.reports import reports_in
from chartproof.extract.imaging.titles import studies_named, titles_in
from chartproof.language.nlp import clinical
from chartproof.language.reading import Reading
from chartproof.model import Note


def read(text: str, type: str = "imaging") -> Reading:
    note = Note(id="01_2025-06-12_imaging.txt", date=date(2025, 6, 12), type=type, text=text)
    return Reading(note, clinical(None))


@pytest.mark.parametrize(
    ("title", "studies"),
    [
        ("MRI LUMBAR SPINE W/O CONTRAST", [("mri", "lumbar_spine", None)]),
        ("XR PELVIS AP WITH INLET/OUTLET; XR HIP LEFT 2 VIEWS", [("radiograph", "pelvis", None), ("radiograph", "hip", "left")]),
        ("RADIOGRAPHS OF PELVIS AND BOTH HIPS", [("radiograph", "pelvis", None), ("radiograph", "hip", "bilateral")]),
        ("Pelvis, AP and bilateral oblique SI views", [("radiograph", "pelvis", None), ("radiograph", "si_joint", "bilateral")]),
        ("CT ABDOMEN AND PELVIS WITH CONTRAST", [("ct", "pelvis", None)]),
        ("CT PELVIS / SI JOINTS WO", [("ct", "si_joint", None)]),
        ("MRI PELVIS W/O (SACROILIAC PROTOCOL)", [("mri", "pelvis", None)]),
        ("PELVIS, AP, WITH FERGUSON VIEW OF THE SACRUM", [("radiograph", "pelvis", None)]),
        ("CERVICAL SPINE, THREE VIEWS", [("radiograph", "cervical_spine", None)]),
        ("SACRUM AND COCCYX 2 VIEWS", [("radiograph", "other", None)]),
        ("NM BONE SCAN WITH SPECT/CT OF THE PELVIS", [("spect_ct", "pelvis", None)]),
        ("Left hip:", []),
    ],
)  # fmt: skip
def test_studies_that_a_title_names(title: str, studies: list[tuple[str, str, str | None]]) -> None:
    named = studies_named(clinical(None).patterns, title, 0, len(title))
    assert [(s.modality, s.region, s.side) for s in named] == studies


@pytest.mark.parametrize(
    "line",
    [
        "IMPRESSION: Normal MRI of the sacroiliac joints.",
        "MRI of the sacroiliac joints or CT would be more sensitive.",
        "Lumbar radiographs unremarkable.",
        "COMPARISON: AP pelvis radiograph 07/18/2023.",
        "CT-GUIDED RIGHT SACROILIAC JOINT INJECTION",
    ],
)
def test_lines_that_are_no_title(line: str) -> None:
    assert titles_in(read(line)) == []


def test_a_printout_is_split_into_its_studies_with_their_dates() -> None:
    text = (
        "RADIOLOGY     printed 04/24/2024\n"
        "--- 04/23/2024  MRI LUMBAR SPINE WO ------\n"
        "Hx: leg pain, r/o disc.\n"
        "Marrow signal normal, no tumor.\n"
        "--- 02/06/2024  XR PELVIS AP ------\n"
        "Normal hips.\n"
    )
    reports = reports_in(read(text))
    assert [(s.modality, s.region, s.date) for r in reports for s in r.studies] == [
        ("mri", "lumbar_spine", "2024-04-23"),
        ("radiograph", "pelvis", "2024-02-06"),
    ]


def test_evidence_says_what_denied_the_finding() -> None:
    findings = extract(read("CT SI JOINTS 06/10/2025\nThere is no erosion and no ankylosis."))
    told = {f.fact.finding: f.fact.evidence[0] for f in findings if f.kind == "imaging_finding"}
    assert told["erosion"].quote == "no erosion"
    assert told["erosion"].reading == "negated: no"
    assert told["ankylosis"].quote == "no ankylosis."


def test_a_note_without_imaging_yields_nothing() -> None:
    assert extract(read("Left SI joint tenderness. No instability. Normal hips.", "progress")) == []
