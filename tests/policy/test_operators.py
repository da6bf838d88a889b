"""Each operator on small cases: the request is for the right side on 2025-07-01."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from chartproof.model.case import CriterionResult
from chartproof.policy import evaluate
from chartproof.policy.cases import make_case
from chartproof.policy.schema import Policy

HEAD = {
    "id": "small",
    "payer": "Payer",
    "title": "Title",
    "version": "1",
    "series": "small",
    "effective": {"from": "2024-01-01", "to": None},
    "procedure_codes": ["27279"],
    "source": "a text",
    "verified": "by hand",
}


def judge(rule: str | dict[str, Any], facts: list[str], request: dict[str, Any] | None = None) -> CriterionResult:
    """A rule written as YAML on facts written as YAML."""
    content = yaml.safe_load(rule) if isinstance(rule, str) else rule
    policy = Policy.model_validate({**HEAD, "criteria": [{"id": "a", "label": "a", "citation": "1", "rule": content}]})
    case = make_case([yaml.safe_load("{" + fact + "}") for fact in facts], request or {})
    return evaluate(policy, case).criteria[0]


def answer(rule: str, facts: list[str], request: dict[str, Any] | None = None) -> str:
    result = judge(rule, facts, request)
    return f"{result.status} {result.reason}"


def injection(day: str, more: str = "", side: str = "right") -> str:
    date = f", date: {day}" if day else ""
    return f"kind: injection, target: si_joint, status: performed, laterality: {side}{date}" + (
        f", {more}" if more else ""
    )


OF = "kind: injection, of: {target: si_joint, status: performed}"

# --- number and order -------------------------------------------------------------------------------------------------

AT_MOST = f"at_most: {{{OF}, max: 2, days: 365, per: joint}}"


@pytest.mark.parametrize(
    ("rule", "facts", "expected"),
    [
        # The request is the third where two were given in the year before it: the edge is the 365th day.
        (AT_MOST, [injection("2024-07-01"), injection("2025-01-05")], "not_met contradicted"),
        (AT_MOST, [injection("2024-06-30"), injection("2025-01-05")], "met satisfied"),
        (AT_MOST, [injection("2024-07"), injection("2025-01-05")], "not_met contradicted"),
        (AT_MOST, [injection("2024-06"), injection("2025-01-05")], "met satisfied"),
        (AT_MOST, [injection("2024"), injection("2025-01-05")], "unsure incomplete"),
        (AT_MOST, [injection(""), injection("2025-01-05")], "unsure incomplete"),
        (AT_MOST, [injection("2025-01-05"), injection("2025-02-05", side="left")], "met satisfied"),
        (AT_MOST, [injection("2025-01-05"), "kind: injection_count, target: si_joint, count: 3"], "unsure incomplete"),
        (AT_MOST, [], "met satisfied"),
        (AT_MOST.replace("joint}", "joint, silence: unsure}"), [], "unsure undocumented"),
        # Two sides on two days are two sessions, on one day one.
        (
            AT_MOST.replace("joint}", "session}"),
            [injection("2025-01-05"), injection("2025-02-05", side="left")],
            "not_met contradicted",
        ),
        (
            AT_MOST.replace("joint}", "session}"),
            [injection("2025-01-05"), injection("2025-01-05", side="left")],
            "met satisfied",
        ),
        # Past windows alone: any three within 365 days, whenever.
        (
            AT_MOST.replace("joint}", "joint, with_request: false}"),
            [injection("2022-01-01"), injection("2022-05-01"), injection("2023-01-01")],
            "not_met contradicted",
        ),
        (
            AT_MOST.replace("joint}", "joint, with_request: false}"),
            [injection("2022-01-01"), injection("2022-05-01"), injection("2023-01-02")],
            "met satisfied",
        ),
    ],
)
def test_at_most(rule: str, facts: list[str], expected: str) -> None:
    assert answer(rule, facts) == expected


BEFORE_REQUEST = """
preceded_by:
  kind: injection
  of_request: true
  by: {of: {target: si_joint, status: performed, purpose: diagnostic}, where: {relief_percent: {min: 75}}}
  max_days: 365
"""
THERAPEUTIC_AFTER = """
preceded_by:
  kind: injection
  of: {target: si_joint, status: performed, purpose: therapeutic}
  by: {of: {target: si_joint, status: performed, purpose: diagnostic}, where: {relief_percent: {min: 75}}}
  silence: met
"""
GOOD = "purpose: diagnostic, relief_percent: [75, 75]"
BAD = "purpose: diagnostic, relief_percent: [74, 74]"


@pytest.mark.parametrize(
    ("rule", "facts", "expected"),
    [
        (BEFORE_REQUEST, [injection("2025-03-01", GOOD)], "met satisfied"),
        (BEFORE_REQUEST, [injection("2025-03-01", BAD)], "not_met contradicted"),
        (BEFORE_REQUEST, [injection("2025-03-01", "purpose: diagnostic")], "unsure incomplete"),
        (BEFORE_REQUEST, [injection("2025-03-01", "relief_percent: [90, 90]")], "unsure incomplete"),
        (BEFORE_REQUEST, [injection("2024-07-01", GOOD)], "met satisfied"),
        (BEFORE_REQUEST, [injection("2024-06-30", GOOD)], "not_met contradicted"),
        (BEFORE_REQUEST, [injection("2025-03-01", GOOD, side="left")], "unsure undocumented"),
        (BEFORE_REQUEST, [], "unsure undocumented"),
        (THERAPEUTIC_AFTER, [], "met satisfied"),
        (THERAPEUTIC_AFTER, [injection("2025-03-01", GOOD)], "met satisfied"),
        (
            THERAPEUTIC_AFTER,
            [injection("2025-03-01", GOOD), injection("2025-04-01", "purpose: therapeutic")],
            "met satisfied",
        ),
        (
            THERAPEUTIC_AFTER,
            [injection("2025-03-01", BAD), injection("2025-04-01", "purpose: therapeutic")],
            "not_met contradicted",
        ),
        (
            THERAPEUTIC_AFTER,
            [injection("2025-05-01", GOOD), injection("2025-04-01", "purpose: therapeutic")],
            "not_met contradicted",
        ),
        (THERAPEUTIC_AFTER, [injection("2025-04-01", "purpose: therapeutic")], "unsure undocumented"),
    ],
)
def test_preceded_by(rule: str, facts: list[str], expected: str) -> None:
    assert answer(rule, facts) == expected


NO_SECOND = "none_after_failure: {kind: injection, of: {target: si_joint, status: performed, purpose: diagnostic}, where: {relief_percent: {min: 75}}}"


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ([injection("2025-03-01", BAD)], "met satisfied"),
        ([injection("2025-03-01", BAD), injection("2025-04-01", GOOD)], "not_met contradicted"),
        ([injection("2025-03-01", GOOD), injection("2025-04-01", BAD)], "met satisfied"),
        ([injection("2025-03-01", "purpose: diagnostic"), injection("2025-04-01", GOOD)], "unsure incomplete"),
        ([injection("2025-03-01", BAD), injection("2025-03", GOOD)], "unsure incomplete"),
        ([], "met satisfied"),
    ],
)
def test_none_after_failure(facts: list[str], expected: str) -> None:
    assert answer(NO_SECOND, facts) == expected


def test_the_request_may_be_the_event_after_a_failure() -> None:
    rule = NO_SECOND.replace("{kind", "{with_request: true, kind")
    assert answer(rule, [injection("2025-03-01", BAD)]) == "not_met contradicted"
    assert answer(rule, [injection("2025-03-01", GOOD)]) == "met satisfied"


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2023-07-02", "met satisfied"),  # 730 days before
        ("2023-07-03", "not_met contradicted"),
        ("2023", "unsure incomplete"),
        ("", "unsure incomplete"),
    ],
)
def test_new_episode(day: str, expected: str) -> None:
    assert answer(f"new_episode: {{{OF}, gap_days: 730}}", [injection(day)]) == expected
    assert answer(f"new_episode: {{{OF}, gap_days: 730}}", []) == "unsure undocumented"


def test_events_of_an_earlier_episode_do_not_count() -> None:
    rule = f"count_events: {{{OF}, n: 2, episode_gap_days: 730}}"
    assert answer(rule, [injection("2025-01-05"), injection("2024-01-05")]) == "met satisfied"
    assert answer(rule, [injection("2025-01-05"), injection("2022-12-01")]) == "not_met contradicted"
    assert answer(rule, [injection("2025-01-05"), injection("2023")]) == "unsure incomplete"
    # The request itself opens a new episode where the last event is long ago.
    assert answer(rule, [injection("2023-06-30"), injection("2023-01-05")]) == "not_met contradicted"


ALONE = "performed_alone: {of: {target: si_joint, status: performed}}"


@pytest.mark.parametrize(
    ("rule", "facts", "expected"),
    [
        (ALONE, [injection("2025-03-01")], "met satisfied"),
        (ALONE, [injection("2025-03-01", "concurrent: false")], "met satisfied"),
        (ALONE, [injection("2025-03-01", "concurrent: true")], "not_met contradicted"),
        (
            ALONE,
            [injection("2025-03-01"), "kind: injection, target: facet_joint, status: performed, date: 2025-03-01"],
            "not_met contradicted",
        ),
        (
            ALONE,
            [injection("2025-03-01"), "kind: injection, target: facet_joint, status: performed, date: 2025-03"],
            "unsure incomplete",
        ),
        (
            ALONE,
            [injection("2025-03-01"), "kind: injection, target: facet_joint, status: planned, date: 2025-03-01"],
            "met satisfied",
        ),
        (ALONE.replace("}}", "}, silence: unsure}"), [injection("2025-03-01")], "unsure incomplete"),
        (ALONE, [], "unsure undocumented"),
    ],
)
def test_performed_alone(rule: str, facts: list[str], expected: str) -> None:
    assert answer(rule, facts) == expected


# --- counts -----------------------------------------------------------------------------------------------------------


def test_a_window_on_events() -> None:
    rule = f"count_events: {{{OF}, within: 365}}"
    assert answer(rule, [injection("2024-07-01")]) == "met satisfied"
    assert answer(rule, [injection("2024-06-30")]) == "not_met stale"
    assert answer(rule, [injection("2024")]) == "unsure incomplete"
    assert answer(rule, []) == "unsure undocumented"


def test_a_window_before_the_surgery() -> None:
    rule = "count_events: {kind: lab, of: {analyte: cotinine}, within: {days: 42, before: surgery_date}}"
    lab = "kind: lab, analyte: cotinine, date: {}"
    surgery = "kind: surgery, name: si_fusion, status: planned, laterality: right, date: 2025-08-01"
    assert answer(rule, [lab.format("2025-06-20"), surgery]) == "met satisfied"
    assert answer(rule, [lab.format("2025-06-19"), surgery]) == "not_met stale"
    # No date of the surgery: it is after the request, so only what is too old already is sure.
    assert answer(rule, [lab.format("2025-06-20")]) == "unsure incomplete"
    assert answer(rule, [lab.format("2025-05-19")]) == "not_met stale"


def test_blocks_with_two_different_anesthetics() -> None:
    rule = f"count_events: {{{OF}, n: 2, days_apart: 1, differ: anesthetic}}"
    one, two = injection("2025-03-01", "anesthetic: lidocaine"), injection("2025-04-01", "anesthetic: bupivacaine")
    assert answer(rule, [one, two]) == "met satisfied"
    assert answer(rule, [one, injection("2025-04-01", "anesthetic: lidocaine")]) == "not_met contradicted"
    assert answer(rule, [one, injection("2025-04-01")]) == "unsure incomplete"


def test_an_event_that_may_be_of_another_sort_does_not_qualify() -> None:
    """A purpose that is not stated is no diagnostic purpose."""
    rule = "count_events: {kind: injection, of: {target: si_joint, purpose: diagnostic}}"
    assert answer(rule, [injection("2025-03-01")]) == "unsure incomplete"
    assert answer(rule, [injection("2025-03-01", "purpose: therapeutic")]) == "unsure undocumented"
    assert answer(rule, [injection("2025-03-01", "purpose: diagnostic")]) == "met satisfied"


# --- figures ----------------------------------------------------------------------------------------------------------

SCORES = [
    "kind: pain_score, qualifier: average, value: [8, 8], date: 2025-01-10, scale: nrs",
    "kind: pain_score, qualifier: average, value: [6, 6], date: 2025-03-01, scale: nrs",
    "kind: pain_score, qualifier: average, value: [2, 3], date: 2025-05-01, scale: nrs",
]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("select: latest, min: 3", "unsure incomplete"),
        ("select: latest, min: 4", "not_met contradicted"),
        ("select: latest, max: 3", "met satisfied"),
        ("select: latest, below: 3", "unsure incomplete"),
        ("select: first, min: 8", "met satisfied"),
        ("select: highest, min: 9", "not_met contradicted"),
        ("select: highest, max: 8", "met satisfied"),
        ("select: lowest, min: 2", "met satisfied"),
        ("select: lowest, min: 3", "unsure incomplete"),
        ("select: latest, min: 5, before_event: {kind: injection, of: {target: si_joint, status: performed}}", "met satisfied"),
        ("select: latest, min: 7, before_event: {kind: injection, of: {target: si_joint, status: performed}}", "not_met contradicted"),
        ("select: highest, min: 8, before_event: {kind: injection, of: {target: si_joint, status: performed}}", "met satisfied"),
        ("select: latest, min: 5, before_event: {kind: injection, of: {target: hip_joint}}", "unsure undocumented"),
        ("select: highest, min: 5, within: 90", "not_met contradicted"),
        ("select: highest, min: 5, within: 30", "unsure stale"),
    ],
)  # fmt: skip
def test_value(asked: str, expected: str) -> None:
    facts = [*SCORES, injection("2025-03-01"), injection("2025-04-15")]
    assert answer(f"value: {{kind: pain_score, attribute: value, {asked}}}", facts) == expected


LAB = "lab: {analyte: [nicotine, cotinine], specimen: {cotinine: [urine]}, max: 10, unit: ng/mL, within: 42}"


@pytest.mark.parametrize(
    ("lab", "expected"),
    [
        ("value: 10, unit: ng/mL, specimen: urine, date: 2025-05-20, source: lab_report", "met satisfied"),
        ("value: 10.1, unit: ng/mL, specimen: urine, date: 2025-05-20, source: lab_report", "not_met contradicted"),
        ("value: 9, unit: ng/mL, specimen: urine, date: 2025-05-19, source: lab_report", "unsure stale"),
        ("value: 50, unit: ng/mL, specimen: urine, date: 2025-05-19, source: lab_report", "unsure stale"),
        ("value: 9, unit: ng/mL, specimen: urine, date: 2025-06-01, source: narrative", "unsure incomplete"),
        ("value: 90, unit: ng/mL, specimen: urine, date: 2025-06-01, source: narrative", "not_met contradicted"),
        ("value: 9, unit: ng/mL, specimen: serum, date: 2025-06-01, source: lab_report", "unsure undocumented"),
        ("value: 9, unit: ng/mL, date: 2025-06-01, source: lab_report", "unsure incomplete"),
        ("value: 9, specimen: urine, date: 2025-06-01, source: lab_report", "unsure incomplete"),
        ("value: 0.009, unit: ug/mL, specimen: urine, date: 2025-06-01, source: lab_report", "met satisfied"),
        ("value: 1, unit: ug/mL, specimen: urine, date: 2025-06-01, source: lab_report", "not_met contradicted"),
        ("comparator: <, value: 10, unit: ng/mL, specimen: urine, date: 2025-06-01, source: lab_report", "met satisfied"),
        ("comparator: <, value: 200, unit: ng/mL, specimen: urine, date: 2025-06-01, source: lab_report", "unsure incomplete"),
        ("comparator: '>', value: 10, unit: ng/mL, specimen: urine, date: 2025-06-01, source: lab_report", "not_met contradicted"),
        ("comparator: '>', value: 5, unit: ng/mL, specimen: urine, date: 2025-06-01, source: lab_report", "unsure incomplete"),
        ("interpretation: negative, specimen: urine, date: 2025-06-01, source: lab_report", "unsure incomplete"),
    ],
)  # fmt: skip
def test_lab(lab: str, expected: str) -> None:
    assert answer(LAB, [f"kind: lab, analyte: cotinine, {lab}"]) == expected


def test_the_latest_lab_decides() -> None:
    low = "kind: lab, analyte: cotinine, value: 2, unit: ng/mL, specimen: urine, source: lab_report, date: 2025-05-25"
    high = low.replace("value: 2", "value: 90").replace("05-25", "06-10")
    assert answer(LAB, [low, high]) == "not_met contradicted"
    assert answer(LAB, [low, high.replace("06-10", "05-22")]) == "met satisfied"
    assert answer(LAB.replace("within", "select: any, within"), [low, high]) == "met satisfied"


QUARTER = f"sustained_relief: {{{OF}, min_percent: 50, for_days: 90}}"
PHASE = f"sustained_relief: {{{OF}, min_percent: 75, anesthetic_hours: {{lidocaine: 1, bupivacaine: 4}}}}"


@pytest.mark.parametrize(
    ("rule", "more", "expected"),
    [
        (QUARTER, "relief_percent: [50, 50], relief_days: 90", "met satisfied"),
        (QUARTER, "relief_percent: [50, 50], relief_days: 89", "not_met contradicted"),
        (QUARTER, "relief_percent: [49, 49], relief_days: 90", "not_met contradicted"),
        (QUARTER, "relief_percent: [40, 60], relief_days: 90", "unsure incomplete"),
        (QUARTER, "relief_percent: [80, 80]", "unsure incomplete"),
        (QUARTER, "relief_percent: [80, 80], relief_temporary: true", "unsure incomplete"),
        (PHASE, "relief_percent: [80, 80], relief_days: 0.05, anesthetic: lidocaine", "met satisfied"),
        (PHASE, "relief_percent: [80, 80], relief_days: 0.05, anesthetic: bupivacaine", "not_met contradicted"),
        (PHASE, "relief_percent: [80, 80], relief_days: 0.25, anesthetic: bupivacaine", "met satisfied"),
        # An anesthetic not told is taken for the longest.
        (PHASE, "relief_percent: [80, 80], relief_days: 0.05", "not_met contradicted"),
        (PHASE, "relief_percent: [80, 80], relief_days: 1", "met satisfied"),
    ],
)
def test_sustained_relief(rule: str, more: str, expected: str) -> None:
    assert answer(rule, [injection("2025-03-01", more)]) == expected


FALL = f"relief_by_scores: {{{OF}, min_percent: 75}}"


def _pair(before: str, after: str, scale: str = "nrs", day: str = "2025-03-01") -> list[str]:
    return [
        f"kind: pain_score, qualifier: pre_injection, value: {before}, date: 2025-03-01, scale: nrs",
        f"kind: pain_score, qualifier: post_injection, value: {after}, date: {day}, scale: {scale}",
    ]


@pytest.mark.parametrize(
    ("scores", "more", "expected"),
    [
        (_pair("[8, 8]", "[2, 2]"), "", "met satisfied"),
        (_pair("[8, 8]", "[3, 3]"), "", "not_met contradicted"),
        (_pair("[8, 8]", "[1, 3]"), "", "unsure incomplete"),
        (_pair("[8, 8]", "[2, 2]", scale="vas"), "", "not_met contradicted"),
        (_pair("[8, 8]", "[2, 2]", day="2025-03-02"), "", "met satisfied"),
        (_pair("[8, 8]", "[2, 2]", day="2025-03-03"), "", "unsure incomplete"),
        (_pair("[8, 8]", "[2, 2]"), "relief_percent: [80, 80]", "met satisfied"),
        (_pair("[8, 8]", "[2, 2]"), "relief_percent: [50, 50]", "unsure conflicting"),
        # A bare percentage is not enough.
        ([], "relief_percent: [90, 90]", "unsure incomplete"),
        (_pair("[0, 0]", "[0, 0]"), "", "not_met contradicted"),
    ],
)
def test_relief_by_scores(scores: list[str], more: str, expected: str) -> None:
    assert answer(FALL, [injection("2025-03-01", more), *scores]) == expected


def test_function_by_the_same_operator() -> None:
    rule = f"relief_by_scores: {{{OF}, score: disability_score, before_days: 60, after_from: 14, after_to: 120, min_percent: 50}}"
    facts = [
        injection("2025-03-01"),
        "kind: disability_score, instrument: odi, value: 60, date: 2025-02-01",
        "kind: disability_score, instrument: odi, value: {}, date: 2025-04-01",
    ]
    assert answer(rule, [*facts[:2], facts[2].format(30)]) == "met satisfied"
    assert answer(rule, [*facts[:2], facts[2].format(31)]) == "not_met contradicted"
    assert answer(rule, facts[:2]) == "unsure incomplete"


# --- care -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("course", "expected"),
    [
        ("sessions: 4, duration_weeks: 6, end: 2025-03-01", "met satisfied"),
        ("sessions: 3, duration_weeks: 6, end: 2025-03-01", "not_met contradicted"),
        ("sessions: 4, duration_weeks: 5, end: 2025-03-01", "not_met contradicted"),
        ("duration_weeks: 6, end: 2025-03-01", "unsure incomplete"),
        ("sessions: 4, end: 2025-03-01", "unsure incomplete"),
        ("sessions: 4, duration_weeks: 6, end: 2024-12-30", "met satisfied"),
        ("sessions: 4, duration_weeks: 6, end: 2024-12-29", "not_met contradicted"),
        ("sessions: 4, duration_weeks: 6, status: declined", "unsure undocumented"),
    ],
)
def test_visits(course: str, expected: str) -> None:
    rule = "visits: {type: [physical_therapy], min_visits: 4, min_weeks: 6, within: 183}"
    assert answer(rule, [f"kind: therapy, type: physical_therapy, {course}"]) == expected


CARE = "care_in_period: {therapy: [physical_therapy, home_exercise], min_weeks: 6, within: 183}"
PT = "kind: therapy, type: physical_therapy, start: {}, end: {}"


@pytest.mark.parametrize(
    ("rule", "facts", "expected"),
    [
        (CARE, [PT.format("2025-01-15", "2025-02-26")], "met satisfied"),  # 42 days
        (CARE, [PT.format("2025-01-15", "2025-02-25")], "unsure incomplete"),
        (CARE.replace("within", "shorter: not_met, within"), [PT.format("2025-01-15", "2025-02-25")], "not_met contradicted"),
        # Only the days in the window count.
        (CARE, [PT.format("2024-11-01", "2025-02-09")], "unsure incomplete"),
        (CARE, [PT.format("2024-11-01", "2025-02-10")], "met satisfied"),
        (CARE, [PT.format("2024-01-01", "2024-12-29")], "not_met stale"),
        # Courses that overlap count once.
        (CARE, [PT.format("2025-01-15", "2025-02-10"), PT.format("2025-01-20", "2025-02-15")], "unsure incomplete"),
        (CARE, ["kind: therapy, type: physical_therapy, duration_weeks: 8"], "unsure incomplete"),
        (CARE, [], "unsure undocumented"),
        # Two courses of three weeks with a gap of 14 days, and of 15.
        (
            CARE.replace("within", "max_gap_days: 14, within"),
            [PT.format("2025-01-15", "2025-02-05"), PT.format("2025-02-19", "2025-03-12")],
            "met satisfied",
        ),
        (
            CARE.replace("within", "max_gap_days: 14, within"),
            [PT.format("2025-01-15", "2025-02-05"), PT.format("2025-02-20", "2025-03-13")],
            "unsure incomplete",
        ),
    ],
)  # fmt: skip
def test_care_in_period(rule: str, facts: list[str], expected: str) -> None:
    assert answer(rule, facts) == expected


def test_nicotine_by_lab_alone_and_by_specimen() -> None:
    rule = (
        "nicotine_free: {free_days: null, analyte: [cotinine], positive_analyte: [cotinine], max_value: 10, unit: [ng/mL],"
        " within_days: 42, source: [lab_report], specimen: {cotinine: [urine]}}"
    )
    quit_long_ago = "kind: nicotine_status, status: former, quit_date: 2010"
    lab = "kind: lab, analyte: cotinine, value: 3, unit: ng/mL, date: 2025-06-20, source: lab_report, specimen: {}"
    assert answer(rule, [quit_long_ago]) == "unsure incomplete"
    assert answer(rule, [quit_long_ago, lab.format("urine")]) == "met satisfied"
    assert answer(rule, [quit_long_ago, lab.format("serum")]) == "unsure incomplete"
    assert answer(rule, ["kind: nicotine_status, status: never"]) == "met satisfied"


# --- logic ------------------------------------------------------------------------------------------------------------

PREGNANT = "count_events: {kind: condition, of: {name: pregnancy}, where: {presence: present}}"
MONTHS = """
conditional:
  if: {RULE}
  then: {value: {kind: pain_duration, attribute: months, min: 18}}
  else: {value: {kind: pain_duration, attribute: months, min: 6}}
"""


@pytest.mark.parametrize(
    ("more", "facts", "expected"),
    [
        ("", ["kind: condition, name: pregnancy, presence: present", "kind: pain_duration, months: 12"], "not_met contradicted"),
        ("", ["kind: condition, name: pregnancy, presence: present", "kind: pain_duration, months: 18"], "met satisfied"),
        ("", ["kind: condition, name: pregnancy, presence: absent", "kind: pain_duration, months: 6"], "met satisfied"),
        ("", ["kind: condition, name: pregnancy, presence: absent", "kind: pain_duration, months: 5.9"], "not_met contradicted"),
        # Not documented: sure only where both ways agree.
        ("", ["kind: pain_duration, months: 12"], "unsure undocumented"),
        ("", ["kind: pain_duration, months: 20"], "met satisfied"),
        ("", ["kind: pain_duration, months: 3"], "not_met contradicted"),
        ("  undocumented: else\n", ["kind: pain_duration, months: 12"], "met satisfied"),
    ],
)  # fmt: skip
def test_conditional(more: str, facts: list[str], expected: str) -> None:
    assert answer(MONTHS.replace("RULE", PREGNANT) + more, facts) == expected


UNLESS = """
unless:
  required: {course_length: {type: [physical_therapy], min_weeks: 6, combine: longest}}
  exception: {count_events: {kind: therapy, of: {type: physical_therapy}, where: {response: unable}}}
"""


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (["kind: therapy, type: physical_therapy, duration_weeks: 6"], "met satisfied"),
        (["kind: therapy, type: physical_therapy, duration_weeks: 2, response: unable"], "met satisfied"),
        (["kind: therapy, type: physical_therapy, duration_weeks: 2, response: failed"], "not_met contradicted"),
        (["kind: therapy, type: physical_therapy, duration_weeks: 2"], "unsure incomplete"),
        ([], "unsure undocumented"),
    ],
)
def test_unless(facts: list[str], expected: str) -> None:
    assert answer(UNLESS, facts) == expected


def test_an_exception_nobody_documented_changes_nothing() -> None:
    rule = "unless: {required: {request: {field: setting, in: [outpatient]}}, exception: {RULE}}".replace(
        "RULE", PREGNANT
    )
    assert answer(rule, [], {"setting": "inpatient"}) == "not_met contradicted"
    assert (
        answer(rule, ["kind: condition, name: pregnancy, presence: present"], {"setting": "inpatient"})
        == "met satisfied"
    )


def test_none_of() -> None:
    rule = "none_of: [{RULE}, {request: {field: setting, in: [inpatient]}}]".replace("RULE", PREGNANT)
    absent, present = (f"kind: condition, name: pregnancy, presence: {p}" for p in ("absent", "present"))
    assert answer(rule, [absent]) == "met satisfied"
    assert answer(rule, [present]) == "not_met contradicted"
    assert answer(rule, []) == "unsure undocumented"
    assert answer(rule, [absent], {"setting": "inpatient"}) == "not_met contradicted"


def test_a_figure_that_was_not_read_leaves_what_would_be_met_open() -> None:
    rule = f"{{count_events: {{{OF}, n: 2}}, not_read: spacing of the injections}}"
    result = judge(rule, [injection("2025-03-01"), injection("2025-04-01")])
    assert (result.status, result.reason) == ("unsure", "external")
    assert "not read in the policy: spacing of the injections" in result.found
    assert answer(rule, [injection("2025-03-01")]) == "not_met contradicted"


# --- request, codes, documents ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "facts", "request_", "expected"),
    [
        ("request: {field: laterality, not_in: [bilateral]}", [], {}, "met satisfied"),
        ("request: {field: laterality, not_in: [bilateral]}", [], {"laterality": "bilateral"}, "not_met contradicted"),
        ("request: {field: device, in: [ifuse-3d]}", [], {}, "unsure undocumented"),
        ("codes: {system: icd10, in: [M46.1], starts_with: [M43.2]}", [], {"icd10": ["M43.28"]}, "met satisfied"),
        ("codes: {system: icd10, in: [M46.1], starts_with: [M43.2]}", [], {"icd10": ["M54.5"]}, "not_met contradicted"),
        ("codes: {system: icd10, in: [M46.1], starts_with: [M43.2]}", [], {}, "unsure undocumented"),
        ("codes: {system: icd10, in: [M46.1]}", ["kind: code, system: icd10, value: M46.1"], {}, "met satisfied"),
        ("codes: {system: icd10, source: request, in: [M46.1]}", ["kind: code, system: icd10, value: M46.1"], {}, "unsure undocumented"),
        ("codes: {system: cpt, not_in: ['27280']}", [], {}, "met satisfied"),
        ("codes: {system: cpt, not_in: ['27280']}", ["kind: code, system: cpt, value: '27280'"], {}, "not_met contradicted"),
        (
            "codes: {system: cpt, not_together: [['27096', '64451']]}",
            ["kind: code, system: cpt, value: '64451'"],
            {"cpt": "27096"},
            "not_met contradicted",
        ),
        (
            "codes: {system: cpt, in: ['27279'], side_modifier: {left: [LT], right: [RT]}}",
            ["kind: code, system: cpt, value: '27279', modifiers: [RT]"],
            {},
            "met satisfied",
        ),
        (
            "codes: {system: cpt, in: ['27279'], side_modifier: {left: [LT], right: [RT]}}",
            ["kind: code, system: cpt, value: '27279', modifiers: [LT]"],
            {},
            "not_met contradicted",
        ),
        ("codes: {system: cpt, in: ['27279'], side_modifier: {right: [RT]}}", [], {}, "unsure incomplete"),
        ("by_hand: {what: films in two views}", [], {}, "unsure undocumented"),
        ("external: {criteria: another set}", [], {}, "unsure external"),
        ("never_covered: {why: unproven}", [], {}, "not_met not_covered"),
        ("all_of: [{never_covered: {why: unproven}}, {external: {criteria: x}}]", [], {}, "not_met not_covered"),
    ],
)  # fmt: skip
def test_request_codes_and_what_is_not_decided(
    rule: str, facts: list[str], request_: dict[str, Any], expected: str
) -> None:
    assert answer(rule, facts, request_) == expected


DOCUMENT = f"documented: {{{OF}, note_type: [procedure], states: [guidance, contrast]}}"


@pytest.mark.parametrize(
    ("rule", "more", "expected"),
    [
        (DOCUMENT, "guidance: ct, contrast: true, told_in: procedure", "met satisfied"),
        (DOCUMENT, "guidance: ct, contrast: false, told_in: procedure", "met satisfied"),
        (DOCUMENT, "guidance: ct, told_in: procedure", "unsure incomplete"),
        (DOCUMENT, "guidance: ct, contrast: true, told_in: consult", "unsure incomplete"),
        (DOCUMENT.replace("]}", "], missing: not_met}"), "guidance: ct, contrast: true, told_in: consult", "not_met contradicted"),
        (DOCUMENT.replace("]}", "], author: the operator}"), "guidance: ct, contrast: true, told_in: procedure", "unsure incomplete"),
    ],
)  # fmt: skip
def test_documented(rule: str, more: str, expected: str) -> None:
    assert answer(rule, [injection("2025-03-01", more)]) == expected


def test_every_document_or_one() -> None:
    good, bad = "guidance: ct, contrast: true, told_in: procedure", "told_in: progress"
    facts = [injection("2025-03-01", good), injection("2025-04-01", bad)]
    assert answer(DOCUMENT, facts) == "met satisfied"
    assert answer(DOCUMENT.replace("]}", "], every: true}"), facts) == "unsure incomplete"
    assert answer(DOCUMENT, []) == "unsure undocumented"


def test_an_exclusion_where_silence_is_not_enough() -> None:
    rule = "exclusion: {conditions: [fibromyalgia], silence: unsure}"
    assert answer(rule, []) == "unsure undocumented"
    assert answer(rule, ["kind: condition, name: fibromyalgia, presence: absent"]) == "met satisfied"
    assert answer(rule, ["kind: condition, name: fibromyalgia, presence: present"]) == "not_met contradicted"
    assert answer(rule.replace(", silence: unsure", ""), []) == "met satisfied"


def test_a_recommendation_does_not_decide() -> None:
    rule = {"request": {"field": "setting", "in": ["outpatient"]}}
    advice = {"id": "b", "label": "b", "citation": "2", "rule": {"never_covered": {"why": "x"}}, "recommendation": True}
    criteria = [{"id": "a", "label": "a", "citation": "1", "rule": rule}, advice]
    done = evaluate(Policy.model_validate({**HEAD, "criteria": criteria}), make_case([], {}))
    assert done.status == "meets"
    assert [(c.id, str(c.status), c.recommendation) for c in done.criteria] == [
        ("a", "met", False),
        ("b", "not_met", True),
    ]


def test_every_operator_has_an_example_in_the_documentation(repo: Path) -> None:
    """Each YAML block of the list of operators is a rule, and together they use every operator."""
    import re

    from pydantic import TypeAdapter

    from chartproof.policy.rules import OPERATORS, Rule

    text = (repo / "docs" / "policies.md").read_text(encoding="utf-8")
    listed = text.partition("## The operators")[2].partition("\n## ")[0]
    blocks = re.findall(r"```yaml\n(.*?)```", listed, re.DOTALL)
    shown = {TypeAdapter(Rule).validate_python(yaml.safe_load(block)).OPERATOR for block in blocks}
    assert set(OPERATORS) - shown == set()
