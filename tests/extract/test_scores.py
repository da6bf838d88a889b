"""What phenomena cannot say of scores: the words pointed to, and how tellings of several notes are merged."""

from datetime import date

from chartproof.model import Chart, Note, Request
from chartproof.model.facts import DisabilityScore, PainScore
from chartproof.model.vocab import Laterality, NoteType, ScoreQualifier


def _facts(pipeline, *notes, kind=PainScore, side=Laterality.RIGHT):
    made = [
        Note(id=f"{i:02d}_{day}_{note_type}.txt", date=date.fromisoformat(day), type=NoteType(note_type), text=text)
        for i, (day, note_type, text) in enumerate(notes, 1)
    ]
    request = Request(request_date=date(2025, 7, 1), laterality=side)
    return [f for f in pipeline.case(Chart(chart_id="C", request=request, notes=made)).facts if isinstance(f, kind)]


def test_scores_quote_their_own_words(pipeline):
    facts = _facts(pipeline, ("2025-06-12", "progress", "HPI: Average pain 6/10, worst 9/10, best 2/10."))
    quotes = {str(f.qualifier): f.evidence[0].quote for f in facts}
    assert quotes == {"average": "Average pain 6/10", "worst": "worst 9/10", "best": "best 2/10"}


def test_number_words_are_quoted_as_written(pipeline):
    (fact,) = _facts(pipeline, ("2025-06-12", "progress", "She puts her pain at seven on most days."))
    assert fact.value == (7, 7)
    assert "seven on most days" in fact.evidence[0].quote


def test_score_told_again_later_is_one_fact_with_evidence_of_both_notes(pipeline):
    facts = _facts(
        pipeline,
        ("2025-03-04", "procedure", "Pain before injection 8/10. Pain after injection 1/10."),
        ("2025-04-01", "consult", "HPI: the SI joint injection of 3/4/25 took her pain from 8 to 1."),
    )
    assert [(f.qualifier, str(f.date), f.value) for f in facts] == [
        (ScoreQualifier.PRE_INJECTION, "2025-03-04", (8, 8)),
        (ScoreQualifier.POST_INJECTION, "2025-03-04", (1, 1)),
    ]
    assert all(len({e.note for e in f.evidence}) == 2 for f in facts)


def test_scores_of_the_other_side_count_where_that_side_is_requested(pipeline):
    note = ("2025-06-12", "progress", "HPI: Left SI pain 2/10. Right SI pain 7/10.")
    assert [f.value for f in _facts(pipeline, note, side=Laterality.RIGHT)] == [(7, 7)]
    assert [f.value for f in _facts(pipeline, note, side=Laterality.LEFT)] == [(2, 2)]
    assert len(_facts(pipeline, note, side=None)) == 2


def test_only_the_first_score_after_an_injection_counts_on_its_day(pipeline):
    facts = _facts(
        pipeline, ("2025-03-04", "procedure", "Pain 15 min after injection: 3/10. Pain 60 min after injection: 1/10.")
    )
    assert [(f.qualifier, f.value) for f in facts] == [(ScoreQualifier.POST_INJECTION, (3, 3))]


def test_odi_of_a_first_visit_whose_date_is_not_told_is_left_out(pipeline):
    facts = _facts(pipeline, ("2025-04-30", "pt", "ODI 52% at evaluation, 44% today."), kind=DisabilityScore)
    assert [(str(f.date), f.value) for f in facts] == [("2025-04-30", 44)]


def test_reports_of_imaging_and_laboratory_hold_no_scores(pipeline):
    assert _facts(pipeline, ("2025-06-12", "imaging", "HISTORY: Pain 8/10."), kind=(PainScore, DisabilityScore)) == []
