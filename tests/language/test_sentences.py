import pytest

from chartproof.language.sentences import find_clauses, find_sentences


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("Pain is 7.5 today. It is worse.", ["Pain is 7.5 today.", "It is worse."]),
        ("Seen by Dr. Lee on 3/4. No change.", ["Seen by Dr. Lee on 3/4.", "No change."]),
        ("Ibuprofen 800 mg q.i.d. with food. No relief.", ["Ibuprofen 800 mg q.i.d. with food.", "No relief."]),
        ("after R SIJ inj. on 3/4/25 she was better", ["after R SIJ inj. on 3/4/25 she was better"]),
        ("FABER +, T. thrust +. Gaenslen neg.", ["FABER +, T. thrust +.", "Gaenslen neg."]),
        ("FABER pos on R. Distraction neg.", ["FABER pos on R.", "Distraction neg."]),
        ("1. Pain\n2. Stiffness", ["1. Pain", "2. Stiffness"]),
        ("V. R. Sandhu, MD", ["V. R. Sandhu, MD"]),
        ("Better for 3 wks. Then it came back.", ["Better for 3 wks.", "Then it came back."]),
        ("He is well!  Is he?  Yes.", ["He is well!", "Is he?", "Yes."]),
        ("", []),
        ("   \n \n", []),
    ],
)
def test_sentences(text, sentences):
    assert [text[a:b] for a, b in find_sentences(text)] == sentences


def test_clauses_end_at_semicolons_and_but():
    text = "No evidence of infection or tumor; ankylosis is present but no fracture"
    parts = [text[a:b].strip(" ;") for a, b in find_clauses(text, 0, len(text))]
    assert parts == ["No evidence of infection or tumor", "ankylosis is present", "but no fracture"]


def test_a_clause_without_end_is_cut():
    text = "no " + "fracture, " * 1000
    spans = find_clauses(text, 0, len(text))
    assert max(b - a for a, b in spans) <= 1000
    assert "".join(text[a:b] for a, b in spans) == text
