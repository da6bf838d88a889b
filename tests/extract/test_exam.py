"""What the phenomena of the exam cannot say: the linking itself, conflicts, strength, and evidence."""

from datetime import date
from itertools import pairwise

import pytest

from chartproof.assemble.exam import assemble
from chartproof.extract.exam import extract
from chartproof.extract.exam.counts import count_value
from chartproof.extract.exam.link import link
from chartproof.extract.exam.meaning import BLANK, Event, gap_strength
from chartproof.extract.exam.units import find_units, tick
from chartproof.extract.finding import Finding, Strength
from chartproof.language.nlp import clinical
from chartproof.language.reading import Reading
from chartproof.model import Note, Request
from chartproof.model.vocab import Laterality

DAY = date(2025, 6, 12)


def reading(text: str, note_id: str = "01.txt", day: date = DAY, type: str = "progress") -> Reading:
    return Reading(Note(id=note_id, date=day, type=type, text=text), clinical(None))


def found(text: str, **note) -> list[Finding]:
    return extract(reading(text, **note))


def events(text: str, *pieces: tuple[str, str, str]) -> list[Event]:
    """Events from (kind, value, the words), each found behind the one before it."""
    out, at = [], 0
    for kind, value, words in pieces:
        at = text.index(words, at)
        out.append(Event(kind, value, at, at + len(words)))  # type: ignore[arg-type]
        at += len(words)
    return out


@pytest.mark.parametrize(
    ("between", "strength"),
    [
        (" ", 0),
        (": ", 0),
        (" and ", 1),
        (" / ", 1),
        (", ", 2),
        (f" {BLANK}{BLANK} ", 2),
        ("; ", 3),
        (". ", 3),
        (" while ", 3),
        ("    ", 3),
        (" (mild, brief) ", 0),
    ],
)
def test_how_strongly_a_gap_parts(between: str, strength: int) -> None:
    assert gap_strength(between, 0, len(between)) == strength


def test_a_result_between_two_names_goes_with_the_nearer_one() -> None:
    text = "FABER positive, negative distraction"
    pieces = (("item", "faber", "FABER"), ("result", "positive", "positive"), ("result", "negative", "negative"), ("item", "distraction", "distraction"))  # fmt: skip
    told = [(s.value, [i.value for i in s.items]) for s in link(text, events(text, *pieces))]
    assert told == [("positive", ["faber"]), ("negative", ["distraction"])]


def test_prefix_and_suffix_results_share_the_list_between_them_at_its_widest_gap() -> None:
    text = "positive FABER and thigh thrust, Gaenslen negative"
    pieces = (("result", "positive", "positive"), ("item", "faber", "FABER"), ("item", "thigh_thrust", "thigh thrust"), ("item", "gaenslen", "Gaenslen"), ("result", "negative", "negative"))  # fmt: skip
    told = [(s.value, [i.value for i in s.items]) for s in link(text, events(text, *pieces))]
    assert told == [("positive", ["faber", "thigh_thrust"]), ("negative", ["gaenslen"])]


def test_a_name_without_a_result_says_nothing() -> None:
    text = "FABER, thigh thrust"
    assert link(text, events(text, ("item", "faber", "FABER"), ("item", "thigh_thrust", "thigh thrust"))) == []


def test_the_side_across_the_weaker_gap() -> None:
    text = "FABER positive, left thigh thrust negative"
    pieces = (("item", "faber", "FABER"), ("result", "positive", "positive"), ("side", "left", "left"), ("item", "thigh_thrust", "thigh thrust"), ("result", "negative", "negative"))  # fmt: skip
    thrust = link(text, events(text, *pieces))[1]
    assert thrust.items[0].side == Laterality.LEFT


@pytest.mark.parametrize(("told", "total", "value"), [("4", 5, 4), ("none", 6, 0), ("All", 5, 5), ("one", 5, 1)])
def test_numbers_of_a_count(told: str, total: int, value: int) -> None:
    assert count_value(told, total) == value


def test_unticked_choices_are_blanked_and_offsets_stay() -> None:
    note = reading("FABER [x] pos [ ] neg")
    text, ticked = tick(note, 0, len(note.text))
    assert ticked
    assert len(text) == len(note.text)
    assert text.replace(BLANK, "").split() == ["FABER", "pos"]


def test_radiology_and_laboratory_reports_hold_no_exam() -> None:
    assert found("Tender left SI joint. FABER positive.", type="imaging") == []
    assert found("FABER positive.", type="lab") == []


def test_evidence_is_tight_and_quotes_the_note() -> None:
    text = "SI:  FABER\tpositive on the left. Gait normal."
    (faber,) = found(text)
    (quote,) = faber.fact.evidence
    assert quote.quote == "FABER\tpositive on the left"
    assert text[quote.start : quote.end] == quote.quote


def test_an_exam_told_again_is_a_summary_and_an_own_one_is_first_hand() -> None:
    (own,) = found("EXAM: FABER positive on the right.")
    (again,) = found("Exam of 3/4/2025: FABER positive on the right.")
    assert own.strength == Strength.FIRST_HAND
    assert again.strength == Strength.SUMMARY
    assert again.fact.attributes()["date"] == "2025-03-04"


def test_results_that_contradict_within_a_note_are_both_kept_and_told_as_a_conflict() -> None:
    findings = found("EXAM: Thigh thrust positive left.\nASSESSMENT: Thigh thrust negative left.")
    facts, conflicts = assemble(findings, Request(request_date=DAY))
    assert sorted(f.attributes()["result"] for f in facts) == ["negative", "positive"]
    (conflict,) = conflicts
    assert (conflict.kind, conflict.attribute, conflict.values) == (
        "provocative_test",
        "result",
        ["positive", "negative"],
    )


def test_the_exam_itself_outweighs_what_another_note_says_of_it() -> None:
    exam = found("EXAM: FABER negative on the left.", day=date(2025, 3, 4))
    letter = found("Exam of 3/4/2025: FABER positive on the left.", note_id="02.txt")
    facts, conflicts = assemble([*exam, *letter], Request(request_date=DAY))
    assert [f.attributes()["result"] for f in facts] == ["negative"]
    assert conflicts == []


def test_a_retelling_by_month_finds_its_day() -> None:
    exam = found("EXAM: FABER positive on the left.", day=date(2025, 3, 4))
    later = found("Her exam in March 2025 showed FABER positive on the left.", note_id="02.txt")
    facts, _ = assemble([*exam, *later], Request(request_date=DAY))
    assert [f.attributes()["date"] for f in facts] == ["2025-03-04"]
    assert {e.note for f in facts for e in f.evidence} == {"01.txt", "02.txt"}


def test_pieces_stay_short_so_that_time_does() -> None:
    pieces = list(find_units(reading("FABER positive left, thigh thrust negative right, " * 100), []))
    assert len(pieces) > 3
    assert max(p.end - p.start for p in pieces) <= 1200
    assert all(a.end <= b.start for a, b in pairwise(pieces))
