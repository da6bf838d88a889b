"""Injections: which tellings are one event, and which of them is believed."""

from __future__ import annotations

from datetime import date
from typing import Any

from chartproof.assemble.injections import assemble
from chartproof.extract.finding import Finding, Strength
from chartproof.model import Evidence, Request
from chartproof.model.facts import Injection, InjectionCount
from chartproof.model.vocab import NoteType

REQUEST = Request(request_date=date(2025, 7, 1))
_HINTS = ("ordinal", "count", "group", "combined", "generic", "immediate", "date_form", "other_side")
_place = iter(range(0, 10**6, 10))


def told(day: str, strength: Strength = Strength.SUMMARY, **values: Any) -> Finding:
    """A telling in the note of that day; the names of hints go into the hints."""
    hints = {name: values.pop(name) for name in _HINTS if name in values}
    note = values.pop("note", f"{day}.txt")
    at = next(_place)
    fact = Injection(
        **{"target": "si_joint", "status": "performed", **values},
        evidence=[Evidence(note=note, start=at, end=at + 5, quote="words")],
    )
    return Finding(fact, note, date.fromisoformat(day), NoteType.PROGRESS, strength, hints)


def procedure(day: str, **values: Any) -> Finding:
    return told(
        day,
        Strength.PRIMARY,
        date=day,
        **{"laterality": "left", "guidance": "fluoroscopy", "immediate": True, **values},
    )


def merged(*findings: Finding) -> list[dict[str, Any]]:
    facts, _ = assemble(list(findings), REQUEST)
    return [fact.attributes() for fact in facts]


def test_procedure_and_follow_ups_are_one_event() -> None:
    (fact,) = merged(
        procedure("2025-01-14", contrast=True, relief_percent=(75, 75)),
        told("2025-02-10", laterality="left", relief_percent=(80, 80), relief_days=28),
        told("2025-04-01", date="2025-01", relief_percent=(60, 60)),
    )
    assert fact["date"] == "2025-01-14"
    assert fact["contrast"] is True
    assert fact["relief_percent"] == [80, 80]  # the first follow-up, not the room, not the later summary
    assert fact["relief_days"] == 28


def test_scores_of_the_room_count_where_no_follow_up_gives_a_figure() -> None:
    (fact,) = merged(
        procedure("2025-01-14", relief_percent=(87.5, 87.5)), told("2025-02-10", laterality="left", relief_days=21)
    )
    assert fact["relief_percent"] == [87.5, 87.5]
    assert fact["relief_days"] == 21


def test_a_summary_never_contradicts_the_procedure_document() -> None:
    (fact,) = merged(
        procedure("2025-01-14", steroid="triamcinolone"),
        told("2025-03-01", date="2025-01-14", guidance="ct", steroid="none", contrast=True),
    )
    assert fact["guidance"] == "fluoroscopy"
    assert fact["steroid"] == "triamcinolone"
    assert fact["contrast"] is True  # what the document does not say may come from elsewhere


def test_a_day_misremembered_is_the_same_event_and_another_week_is_not() -> None:
    near = merged(procedure("2025-01-14"), told("2025-02-10", date="2025-01-16", laterality="left"))
    far = merged(procedure("2025-01-14"), told("2025-02-10", date="2025-01-28", laterality="left"))
    assert [f["date"] for f in near] == ["2025-01-14"]
    assert [f["date"] for f in far] == ["2025-01-14", "2025-01-28"]


def test_three_weeks_ago_may_be_a_few_days_off() -> None:
    (fact,) = merged(
        procedure("2025-01-14"), told("2025-02-10", date="2025-01-20", date_form="ago", relief_percent=(75, 75))
    )
    assert (fact["date"], fact["relief_percent"]) == ("2025-01-14", [75, 75])


def test_the_other_side_is_another_event() -> None:
    facts = merged(
        procedure("2025-01-14"), told("2025-02-10", date="2025-01", laterality="right", relief_percent=(80, 80))
    )
    assert [(f["laterality"], f.get("relief_percent")) for f in facts] == [("left", None), ("right", [80, 80])]


def test_a_number_tells_which_one() -> None:
    first, second = merged(
        procedure("2025-01-14"),
        procedure("2025-03-04"),
        told("2025-05-01", ordinal=2, relief_percent=(90, 90)),
        told("2025-05-01", ordinal=1, relief_percent=(80, 80)),
    )
    assert (first["date"], first["relief_percent"]) == ("2025-01-14", [80, 80])
    assert (second["date"], second["relief_percent"]) == ("2025-03-04", [90, 90])


def test_a_second_one_that_nobody_dates_is_an_event_of_its_own() -> None:
    facts = merged(procedure("2025-01-14"), told("2025-05-01", ordinal=2, laterality="left", relief_percent=(60, 60)))
    assert [(f.get("date"), f.get("relief_percent")) for f in facts] == [("2025-01-14", None), (None, [60, 60])]


def test_the_block_is_the_latest_one_before_the_note() -> None:
    first, second = merged(
        procedure("2025-01-14"),
        told("2025-02-01", generic=True, relief_percent=(70, 70)),
        procedure("2025-03-04"),
        told("2025-04-01", generic=True, relief_percent=(90, 90)),
    )
    assert first["relief_percent"] == [70, 70]
    assert second["relief_percent"] == [90, 90]


def test_the_block_of_nothing_known_is_no_event() -> None:
    assert merged(told("2025-02-01", generic=True, relief_percent=(90, 90))) == []


def test_anesthetic_only_points_to_the_one_without_steroid() -> None:
    first, second = merged(
        procedure("2025-01-14", steroid="none"),
        procedure("2025-03-04", steroid="triamcinolone"),
        told("2025-05-01", steroid="none", relief_percent=(85, 85)),
    )
    assert first["relief_percent"] == [85, 85]
    assert "relief_percent" not in second


def test_history_before_the_first_procedure_is_an_event_of_its_own() -> None:
    facts = merged(told("2025-01-05", date="2022", relief_percent=(50, 50)), procedure("2025-01-14"))
    assert [f["date"] for f in facts] == ["2022", "2025-01-14"]


def test_copied_forward_is_one_event_with_all_its_evidence() -> None:
    findings = [told(day, date="2025-03-04", laterality="right") for day in ("2025-04-01", "2025-05-01", "2025-06-01")]
    facts, _ = assemble(findings, REQUEST)
    assert len(facts) == 1
    assert [e.note for e in facts[0].evidence] == ["2025-04-01.txt", "2025-05-01.txt", "2025-06-01.txt"]


def test_both_are_given_what_is_told_of_both() -> None:
    facts = merged(
        procedure("2025-01-14"),
        procedure("2025-03-04", relief_percent=(50, 50)),
        told("2025-04-01", date="2025-03-04", relief_percent=(90, 90)),
        told("2025-05-01", group=True, count=2, relief_percent=(75, 100), concurrent=False),
    )
    assert [f["relief_percent"] for f in facts] == [[75, 100], [90, 90]]  # an own figure goes first
    assert [f["concurrent"] for f in facts] == [False, False]


def test_a_bare_total_invents_no_event() -> None:
    count = InjectionCount(target="si_joint", count=2, evidence=[Evidence(note="n", start=0, end=1, quote="2")])
    facts = merged(
        told("2025-05-01", group=True, count=2),
        Finding(count, "n", date(2025, 5, 1), NoteType.PROGRESS, Strength.SUMMARY, {}),
    )
    assert facts == [{"target": "si_joint", "count": 2}]


def test_two_tellings_of_one_day_span_and_are_a_conflict() -> None:
    facts, conflicts = assemble(
        [
            told("2025-05-01", note="a", date="2025-03-04", relief_percent=(60, 60), guidance="ct"),
            told("2025-05-01", note="b", date="2025-03-04", relief_percent=(80, 80), guidance="fluoroscopy"),
        ],
        REQUEST,
    )
    (fact,) = [f.attributes() for f in facts]
    assert fact["relief_percent"] == [60, 80]
    assert "guidance" not in fact
    assert [(c.attribute, c.values) for c in conflicts] == [
        ("guidance", ["ct", "fluoroscopy"]),
        ("relief_percent", ["60-60", "80-80"]),
    ]
    assert {e.note for c in conflicts for e in c.evidence} == {"a", "b"}


def test_a_title_against_its_description_is_a_conflict_of_sides() -> None:
    _, conflicts = assemble([procedure("2025-01-14", other_side="right")], REQUEST)
    assert [(c.attribute, c.values) for c in conflicts] == [("laterality", ["left", "right"])]


def test_another_target_on_the_same_day_was_one_session_and_the_other_si_joint_is_not() -> None:
    facts = merged(
        procedure("2025-01-14"),
        procedure("2025-01-14", laterality="right"),
        procedure("2025-03-04", target="piriformis"),
        procedure("2025-03-04"),
    )
    assert [(f["target"], f.get("concurrent")) for f in facts] == [
        ("si_joint", None),
        ("si_joint", None),
        ("piriformis", True),
        ("si_joint", True),
    ]


def test_pain_back_in_any_telling_ends_the_relief() -> None:
    (fact,) = merged(
        procedure("2025-01-14"),
        told("2025-02-01", laterality="left", relief_percent=(80, 80), relief_temporary=True),
        told("2025-04-01", laterality="left", relief_ended=True),
    )
    assert fact["relief_ended"] is True
    assert fact["relief_temporary"] is True


def test_temporary_is_left_out_once_a_duration_is_told() -> None:
    (fact,) = merged(
        procedure("2025-01-14"),
        told("2025-02-01", laterality="left", relief_temporary=True),
        told("2025-04-01", laterality="left", relief_days=21),
    )
    assert "relief_temporary" not in fact
    assert fact["relief_days"] == 21


def test_a_plan_carried_out_is_no_fact_but_evidence() -> None:
    facts, _ = assemble(
        [told("2025-01-05", status="planned", laterality="left", contrast=True), procedure("2025-01-14")], REQUEST
    )
    (fact,) = facts
    assert fact.attributes()["status"] == "performed"
    assert "contrast" not in fact.attributes()  # what was planned for a joint is not what was done
    assert [e.note for e in fact.evidence] == ["2025-01-14.txt", "2025-01-05.txt"]


def test_a_plan_after_the_last_injection_stays() -> None:
    facts = merged(procedure("2025-01-14"), told("2025-02-05", status="planned", laterality="left"))
    assert [f["status"] for f in facts] == ["performed", "planned"]


def test_a_plan_refused_later_is_the_refusal_alone() -> None:
    facts = merged(told("2025-02-05", status="planned", laterality="left"), told("2025-03-05", status="declined"))
    assert facts == [{"target": "si_joint", "status": "declined"}]


def test_a_total_is_the_latest_told() -> None:
    def total(day: str, count: int, side: str | None) -> Finding:
        fact = InjectionCount(
            target="si_joint", laterality=side, count=count, evidence=[Evidence(note=day, start=0, end=1, quote="1")]
        )
        return Finding(fact, day, date.fromisoformat(day), NoteType.PROGRESS, Strength.SUMMARY, {})

    facts = merged(total("2025-01-01", 1, "left"), total("2025-03-01", 2, None), total("2025-03-01", 1, "right"))
    assert facts == [
        {"target": "si_joint", "laterality": "left", "count": 2},
        {"target": "si_joint", "laterality": "right", "count": 1},
    ]
