"""Pain, limits and care count only in charts that speak of the SI joint or the low back, unless they are too short to say."""

from __future__ import annotations

from datetime import date

import pytest

from chartproof.model import Chart, Note, Request
from chartproof.pipeline import Pipeline

KNEE = (
    "The patient is seen for her right knee. She fell from a ladder in the spring and twisted it. She cannot walk more than a "
    "block and has trouble sleeping. Pain 7/10 today. She went to physical therapy for 8 weeks without benefit. "
)
FILLER = (
    "The wound of the forearm was cleaned and dressed; sutures come out on the tenth day and she knows whom to call. "
)
OF_THE_PAIN = {"functional_limitation", "pain_score", "therapy"}


def kinds(pipeline: Pipeline, *texts: str) -> set[str]:
    notes = [Note(id=f"{n}.txt", date=date(2025, 5, n + 1), type="progress", text=text) for n, text in enumerate(texts)]
    return {
        fact.kind
        for fact in pipeline.case(
            Chart(chart_id="C", request=Request(request_date=date(2025, 6, 1)), notes=notes)
        ).facts
    }


@pytest.fixture(scope="module")
def pipeline() -> Pipeline:
    return Pipeline()


def test_a_long_chart_of_another_complaint_tells_no_pain_limits_or_care(pipeline: Pipeline) -> None:
    smoker = "She smokes a pack of cigarettes a day. "
    assert kinds(pipeline, KNEE + smoker + 8 * FILLER) == {"nicotine_status"}


@pytest.mark.parametrize(
    "names", ["Low back pain.", "SI joint tender.", "LBP.", "Buttock pain.", "M53.3", "Her back hurts."]
)
def test_one_word_of_the_region_in_any_note_is_enough(pipeline: Pipeline, names: str) -> None:
    assert kinds(pipeline, KNEE + 8 * FILLER, names) >= OF_THE_PAIN


def test_a_short_chart_may_leave_unsaid_which_pain_it_is_about(pipeline: Pipeline) -> None:
    short = "Pain 7/10 today. Cannot sleep. Went to physical therapy for 8 weeks."
    assert kinds(pipeline, short) == {"pain_score", "functional_limitation", "therapy"}


@pytest.mark.parametrize(
    "words",
    ["The back of the hand is red.", "He came back in May.", "Back to work on Monday.", "Regular, normal S1 and S2."],
)
def test_back_is_not_always_the_back(pipeline: Pipeline, words: str) -> None:
    assert not kinds(pipeline, KNEE + words + 8 * FILLER) & OF_THE_PAIN
