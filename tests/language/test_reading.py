from datetime import date

import pytest

from chartproof.language.nlp import clinical
from chartproof.language.reading import Reading
from chartproof.model import Note


def read(text: str, note_type: str = "progress") -> Reading:
    return Reading(Note(id="n.txt", date=date(2025, 6, 12), type=note_type, text=text), clinical())


@pytest.mark.parametrize(
    ("text", "word", "kind"),
    [
        ("She has fibromyalgia.", "fibromyalgia", "affirmed"),
        ("She denies fibromyalgia.", "fibromyalgia", "negated"),
        ("No evidence of infection or tumor; ankylosis is present.", "ankylosis", "affirmed"),
        ("Cannot exclude fracture.", "fracture", "possible"),
        ("The patient is negative for fracture.", "fracture", "negated"),
        ("Erosions cannot be excluded.", "Erosions", "possible"),
        ("FHx: ankylosing spondylitis in brother", "ankylosing", "family"),
        ("Family History:\nMother: rheumatoid arthritis", "rheumatoid", "family"),
        ("Her husband has fibromyalgia.", "fibromyalgia", "other_person"),
        ("Patient declined SI injection.", "SI injection", "declined"),
        ("If blocks fail, consider fusion.", "fusion", "hypothetical"),
        ("Policy requires 75% relief on two occasions.", "relief", "policy"),
        ("IMPRESSION: No pneumonia.", "pneumonia", "negated"),
        ("denies fever, and has diabetes", "diabetes", "affirmed"),
        ("No fracture but degeneration is seen", "degeneration", "affirmed"),
    ],
)
def test_assertion(text, word, kind):
    reading = read(text)
    start = reading.text.index(word)
    assert reading.assertion(start, start + len(word)).kind == kind


def test_sections_on_a_one_line_note():
    text = "HISTORY: Pain for 6 months.,PAST MEDICAL HISTORY:  Gout.,FAMILY HISTORY:, Lupus in mother."
    assert [(s.category, s.title) for s in read(text).sections] == [
        ("hpi", "HISTORY"),
        ("pmh", "PAST MEDICAL HISTORY"),
        ("family_history", "FAMILY HISTORY"),
    ]


def test_negation_stays_within_its_section():
    reading = read("ALLERGIES: No.,PAST MEDICAL HISTORY: Gout.")
    start = reading.text.index("Gout")
    assert reading.assertion(start, start + 4).kind == "affirmed"


def test_evidence_quotes_the_note_itself():
    text = "She had “eighty percent” relief."
    reading = read(text)
    at = reading.text.index("80")
    evidence = reading.evidence(at, at + len("80 percent"))
    assert evidence.quote == "eighty percent"
    assert text[evidence.start : evidence.end] == evidence.quote


@pytest.mark.parametrize("text", ["", " \n\t ", "\x00", "a" * 5000, "1" * 3000, "(" * 2000, ". " * 2000, "\n" * 2000])
def test_odd_notes_are_read(text):
    reading = read(text)
    assert reading.targets == [] and reading.dates == []
