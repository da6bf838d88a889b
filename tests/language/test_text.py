"""What the rules read against what the note says, and the way back."""

import pytest

from chartproof.language.text import read_text


@pytest.mark.parametrize(
    ("note", "read"),
    [
        ("eighty-five percent better", "85 percent better"),
        ("seven out of ten", "7 out of 10"),
        ("one hundred fifty-eight pounds", "158 pounds"),
        ("one of the tests, no one", "one of the tests, no one"),
        ("one percent lidocaine", "1 percent lidocaine"),
        ("☒ pos ☐ neg", "[x] pos [ ] neg"),
        ("7O% relief of SlJ injection", "70% relief of SIJ injection"),
        ("l0 ng/mL", "10 ng/mL"),
        ("fusion of L4 to S1 in June", "fusion of L4 to S1 in June"),
        ("positive thigh\nthrust on the left", "positive thigh thrust on the left"),
        ("relief of 75\n%", "relief of 75 %"),
        ("intra-\narticular", "intra-articular"),
        ("sacro-\niliac", "sacroiliac"),
        ("FABER   +   -\nGaenslen   -   -", "FABER   +   -\nGaenslen   -   -"),
        ("Meds: none\nAllergies: none", "Meds: none\nAllergies: none"),
        ("- belt\n- heat", "- belt\n- heat"),
    ],
)
def test_evened_out(note, read):
    assert read_text(note).text == read


def test_hard_wrapped_prose_is_joined_and_lists_are_not():
    note = (
        "He localizes it to the right buttock, with some spread into the back of the right\n"
        "thigh on a bad day, and there has been none of the foot numbness that he had before\n"
        "his operation in June of 2019 and he tells me that he did quite well with that for\n"
        "a while.\n"
        "1. Right sacroiliac joint pain.\n"
        "2. Hypertension.\n"
    )
    lines = read_text(note).text.split("\n")
    assert lines[0].endswith("for a while.")
    assert lines[1:3] == ["1. Right sacroiliac joint pain.", "2. Hypertension."]


@pytest.mark.parametrize("note", ["eighty-five percent — “better”", "a\tb", "left\nthigh ☒ ½ 7O% done", "", "\ufeff x"])
def test_every_span_leads_back_to_the_note(note):
    reading = read_text(note)
    last = 0
    for i in range(len(reading.text)):
        start, end = reading.to_note(i, i + 1)
        assert 0 <= start < end <= len(note)
        assert start >= last - 40
        last = start
    at = reading.text.find("85")
    if at >= 0:
        start, end = reading.to_note(at, at + 2)
        assert note[start:end] == "eighty-five"


def test_a_mended_slip_is_marked():
    reading = read_text("about 7O% relief, then 80%")
    at = reading.text.index("70")
    assert reading.is_repaired(at, at + 2)
    at = reading.text.index("80")
    assert not reading.is_repaired(at, at + 2)


@pytest.mark.parametrize(
    ("scanned", "read"),
    [
        ("sacroiIiac joint under fIuoroscopy per protocoI", "sacroiliac joint under fluoroscopy per protocol"),
        ("lsovue 0.5 mL, lmpression, lbuprofen", "Isovue 0.5 mL, Impression, Ibuprofen"),
        ("lidocaine l mL, 0.5 %; l%", "lidocaine 1 mL, 0.5 %; 1%"),
        ("PR0CEDURE N0TE", "PROCEDURE NOTE"),
        # what is right as it stands
        (
            "McIvor mouth gag, iFuse, 185 lbs, COVID, B12, low dose",
            "McIvor mouth gag, iFuse, 185 lbs, COVID, B12, low dose",
        ),
    ],
)
def test_slips_with_one_reading_are_mended(scanned, read):
    assert read_text(scanned).text == read
