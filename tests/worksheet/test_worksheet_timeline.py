"""The case in time."""

from datetime import date
from itertools import pairwise

from worksheet_samples import small_chart

from chartproof.model import FACT, Case
from chartproof.worksheet.timeline import GUTTER, WIDTH, build_timeline


def timeline(*facts: dict):
    chart = small_chart("text")  # requested 2025-04-14
    told = [FACT.validate_python(fact) for fact in facts]
    return build_timeline(Case(chart_id="T01", request=chart.request, facts=told))


def injection(when: str, **told: object) -> dict:
    return {"kind": "injection", "target": "si_joint", "status": "performed", "date": when, **told}


def test_without_a_dated_fact_there_is_no_timeline():
    assert timeline({"kind": "pain_duration", "months": 12}) is None
    assert timeline({"kind": "injection", "target": "si_joint", "status": "performed"}) is None


def test_injections_tell_their_relief_and_what_was_declined_is_left_out():
    told = timeline(
        injection("2025-01-10", laterality="left", relief_percent=[80, 90]),
        injection("2025-05", status="planned"),
        injection("2025-02-10", status="declined"),
    )
    assert [(e.when, e.label, e.planned) for e in told.events] == [
        ("2025-01-10", "Left SI joint, 80–90% relief", False),
        ("2025-05", "SI joint", True),
    ]


def test_a_course_is_a_bar_and_a_month_stands_for_all_its_days():
    told = timeline(
        {"kind": "therapy", "type": "physical_therapy", "start": "2024-06-01", "end": "2024-09-01", "sessions": 12},
        {"kind": "imaging_study", "modality": "mri", "region": "si_joint", "date": "2025-02"},
    )
    course, study = told.events
    assert (course.label, course.is_course) == ("Physical therapy, 12 visits", True)
    assert (study.first, study.last, study.is_course) == (date(2025, 2, 1), date(2025, 2, 28), False)


def test_the_tests_of_a_day_and_the_scores_of_a_day_are_one_event():
    told = timeline(
        *(
            {"kind": "provocative_test", "name": n, "laterality": "left", "date": "2025-01-10", "result": r}
            for n, r in (("faber", "positive"), ("gaenslen", "negative"), ("thigh_thrust", "positive"))
        ),
        {"kind": "disability_score", "instrument": "odi", "date": "2025-01-10", "value": 48},
        {"kind": "pain_score", "qualifier": "worst", "date": "2025-01-10", "scale": "nrs", "value": [8, 8]},
    )
    assert [(e.lane, e.label) for e in told.events] == [
        ("Tests", "Left 2 of 3 positive"),
        ("Scores", "ODI 48%; 8/10 worst"),
    ]


def test_what_is_long_past_stands_at_the_edge_with_its_date():
    told = timeline(
        {"kind": "surgery", "name": "lumbar_fusion", "status": "performed", "date": "2009"}, injection("2025-01-10")
    )
    marks = {mark.label: mark.x for lane in told.lanes for mark in lane.marks}
    assert marks["2009: Lumbar fusion"] == GUTTER
    assert marks["SI joint"] > GUTTER + 100


def test_no_two_labels_of_a_row_cross():
    told = timeline(*(injection(f"2025-01-{day:02d}", relief_percent=[day, day]) for day in range(1, 29)))
    rows: dict[float, list[tuple[float, float]]] = {}
    for lane in told.lanes:
        for mark in lane.marks:
            length = len(mark.label) * 5.8
            left = mark.text_x - length if mark.end else mark.x
            right = mark.x if mark.end else mark.text_x + length
            rows.setdefault(mark.y, []).append((left, right))
            assert left >= 0 and right <= WIDTH
    for taken in rows.values():
        taken.sort()
        assert all(first[1] <= second[0] for first, second in pairwise(taken))
