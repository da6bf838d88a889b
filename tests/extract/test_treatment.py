"""What corpora/phenomena/treatment.yaml cannot express: quotes, windows of words, and texts that hold nothing."""

from __future__ import annotations

from datetime import date

import pytest

from chartproof.extract import treatment
from chartproof.extract.treatment.mentions import find_mentions
from chartproof.extract.treatment.responses import read_responses
from chartproof.language.nlp import clinical
from chartproof.language.reading import Reading
from chartproof.model import Note


def read(text: str, note_type: str = "progress") -> Reading:
    return Reading(Note(id="01.txt", date=date(2025, 6, 12), type=note_type, text=text), clinical())


@pytest.mark.parametrize("text", ["", " \n\n ", "|||", "PT", "PT:", "Medications:\n", "((((", "[x] [ ]", "NSAIDs"])
@pytest.mark.parametrize("note_type", ["progress", "pt", "intake", "procedure", "lab"])
def test_texts_with_next_to_nothing_are_read(text: str, note_type: str) -> None:
    treatment.extract(read(text, note_type))


def test_quotes_stand_in_the_note_as_written() -> None:
    text = "Pt completed PT lO weeks (2O visits)\nw/o relief. Takes lbuprofen 8OO mg."
    found = treatment.extract(read(text))
    assert {f.kind for f in found} == {"therapy", "medication"}
    for finding in found:
        for e in finding.fact.evidence:
            assert text[e.start : e.end] == e.quote


def test_words_between_two_treatments_are_parted_at_the_last_comma() -> None:
    reading = read("Naproxen for 3 months, no help, and then tramadol, which made her sick.")
    ((naproxen, tramadol),) = find_mentions(reading)
    assert reading.text[slice(*naproxen.after)].startswith(" for 3 months, no help,")
    assert reading.text[slice(*tramadol.after)] == ", which made her sick."
    responses = read_responses(reading, [naproxen, tramadol])
    assert responses[naproxen][0] == "failed"
    assert responses[tramadol][0] == "intolerant"


def test_an_injection_ends_the_words_about_a_drug() -> None:
    reading = read("He takes gabapentin, and an SI joint injection gave 80% relief.")
    (group,) = find_mentions(reading)
    assert group[0].value == "gabapentin"
    assert group[0] not in read_responses(reading, group)


def test_generic_and_brand_are_one_mention() -> None:
    ((mention,),) = find_mentions(read("ibuprofen (ADVIL,MOTRIN) 800 MG tablet"))
    assert mention.value == "ibuprofen"


@pytest.mark.parametrize("word", ["no the any ", "PT and ", "naproxen, ", "1 visit of ", "not had any "])
def test_long_lines_are_read_in_bounded_time(word: str) -> None:
    treatment.extract(read(word * 300))


def test_laboratory_and_radiology_reports_tell_of_no_treatment() -> None:
    assert treatment.extract(read("History: pain despite PT and naproxen.", "imaging")) == []
