"""What phenomena cannot say of the pain's place, duration and limits: evidence, and the choice among several notes."""

from datetime import date

import pytest

from chartproof.model import Chart, Note, Request
from chartproof.model.facts import FunctionalLimitation, PainDuration, PainPattern
from chartproof.model.vocab import Activity, Laterality, NoteType, PainSite


def _facts(pipeline, *notes, kind, request_date=date(2025, 7, 1)):
    made = [
        Note(id=f"{i:02d}_{day}_{note_type}.txt", date=date.fromisoformat(day), type=NoteType(note_type), text=text)
        for i, (day, note_type, text) in enumerate(notes, 1)
    ]
    chart = Chart(chart_id="C", request=Request(request_date=request_date), notes=made)
    return [f for f in pipeline.case(chart).facts if isinstance(f, kind)]


def test_one_pattern_a_note(pipeline):
    facts = _facts(
        pipeline,
        ("2025-01-10", "consult", "HPI: Left buttock pain. It shoots down the left leg."),
        ("2025-06-12", "consult", "HPI: Pain over the left SI joint, below L5. It no longer radiates."),
        kind=PainPattern,
    )
    assert [(str(f.date), f.radiating, f.site) for f in facts] == [
        ("2025-01-10", True, [PainSite.BUTTOCK]),
        ("2025-06-12", False, [PainSite.SI_JOINT]),
    ]


def test_chief_complaint_fills_in_only_where_the_history_names_no_place(pipeline):
    text = "CHIEF COMPLAINT: right hip pain\nHPI: {}"
    (told,) = _facts(
        pipeline, ("2025-06-12", "consult", text.format("Pain is over the right SI joint.")), kind=PainPattern
    )
    (untold,) = _facts(pipeline, ("2025-06-12", "consult", text.format("Worse since spring.")), kind=PainPattern)
    assert told.site == [PainSite.SI_JOINT]
    assert untold.site == [PainSite.HIP]


def test_pattern_points_to_the_words_of_place_and_of_radiation(pipeline):
    (fact,) = _facts(
        pipeline,
        ("2025-06-12", "consult", "HPI: Pain sits over the left SI joint. It does not radiate."),
        kind=PainPattern,
    )
    assert [e.quote for e in fact.evidence] == ["over the left SI joint", "It does not radiate."]
    assert fact.laterality is Laterality.LEFT


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_dated_onset_goes_before_a_stated_length_in_whatever_order(pipeline, order):
    texts = ("HPI: two years of left SI joint pain.", "HPI: left SI joint pain since March 2024.")
    notes = [(f"2025-0{i + 5}-12", "consult", texts[k]) for i, k in enumerate(order)]
    (fact,) = _facts(pipeline, *notes, kind=PainDuration)
    assert fact.months == pytest.approx(15.5, abs=0.3)


def test_duration_is_counted_to_the_request(pipeline):
    note = ("2025-01-12", "consult", "HPI: right buttock pain for 12 months.")
    (early,) = _facts(pipeline, note, kind=PainDuration, request_date=date(2025, 1, 12))
    (late,) = _facts(pipeline, note, kind=PainDuration, request_date=date(2025, 7, 12))
    assert (early.months, late.months) == (12.0, pytest.approx(18.0, abs=0.2))


def test_limitation_of_several_notes_is_one_fact_with_all_evidence(pipeline):
    facts = _facts(
        pipeline,
        ("2025-01-10", "pt", "S: Cannot sit through a meeting."),
        ("2025-06-12", "consult", "HPI: Sitting is limited to 20 minutes."),
        kind=FunctionalLimitation,
    )
    assert [f.activity for f in facts] == [Activity.SITTING]
    assert [e.note[:2] for e in facts[0].evidence] == ["01", "02"]
