"""Whatever a note holds, reading it ends without an exception, and every quote stands at its offsets."""

from __future__ import annotations

from datetime import date

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chartproof.model import Chart, Note, Request
from chartproof.model.vocab import NoteType

# Pieces of clinical language, so that the parsers are reached; and any text at all.
_PIECES = st.sampled_from(
    "SI joint injection|right|left|bilateral|FABER|thigh thrust|+|-|pos|neg|80%|80-90% relief|7/10|3/4/25|on 3/4/2025|for 6 weeks|"
    "PT|physical therapy x 8 wks|denies|no|MRI LUMBAR SPINE|IMPRESSION:|EXAM:|\n|\n\n|. |, |; |: |[x]|[ ]|☒|☐|ODI 34/50|BMI 31|"
    "cotinine <2 ng/mL|quit smoking 2019|ibuprofen|stopped|no fracture|sclerosis|R/L|2 of 5|4/5 positive|last Tuesday|six weeks ago|"
    "1.|  |\t|A1c 7.4%|M53.3|27279-LT|iFuse-3D|tender over|fibromyalgia|half|three-quarters|0/10|100%|(|)|/|>|<|=|eighty-five percent|"
    "Family History:|mother|declined|planned|if|02/30/2025|13/45/99|L5-S1|relief lasted|hours|Pain 6 -> 2|worst|average".split(
        "|"
    )
)
_CLINICAL = st.lists(_PIECES, max_size=40).map(" ".join)
_ANY = st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), max_size=300)


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.one_of(_CLINICAL, _ANY), st.sampled_from(list(NoteType)))
def test_any_note(pipeline, text, note_type):
    note = Note(id="01_2025-06-12_x.txt", date=date(2025, 6, 12), type=note_type, text=text)
    pipeline.case(Chart(chart_id="c", request=Request(request_date=date(2025, 7, 1)), notes=[note]))
