"""D01 is the chart of the worked determination: it must come out as that determination's summary table."""

from __future__ import annotations

from datetime import date

import pytest

from chartproof.policy import evaluate, load_policies
from chartproof.readers import RequestOverrides, read_charts


@pytest.fixture(scope="module")
def determination(pipeline, dev):
    (chart,) = read_charts(dev / "D01", RequestOverrides())
    case = pipeline.case(chart)
    return evaluate(load_policies()["nrs70-sij-fusion-2025"], case, {note.id: note.date for note in chart.notes})


@pytest.mark.parametrize(
    ("criterion", "status", "reason"),
    [
        ("1", "not_met", None),  # one injection of two
        ("2", "not_met", None),  # relief called temporary, no duration
        ("3", "not_met", None),  # flattening of the thoracic cord
        ("4", "unsure", "undocumented"),  # no imaging of the SI joint
        ("5", "unsure", "undocumented"),  # no nicotine status
        ("6", "met", "satisfied"),  # more than a year of conservative care
        ("6.pt", "not_met", None),  # six weeks, stopped because it aggravated the pain
        ("7", "met", "satisfied"),  # 7/10
        ("8", "met", "satisfied"),  # thigh thrust, FABER, compression
        ("9", "not_met", None),  # inpatient
    ],
)
def test_the_summary_table(determination, criterion, status, reason):
    result = next(r for r in determination.criteria if r.id == criterion)
    assert result.status == status
    if reason:
        assert result.reason == reason
    if status == "met":
        assert result.evidence
    else:
        assert result.obtain


def test_it_does_not_meet(determination):
    assert determination.status == "does_not_meet"
    met = next(r for r in determination.criteria if r.id == "8")
    assert {e.note for e in met.evidence} == {"06_2025-09-23_consult.txt"}
    assert determination.effective_from is None or determination.effective_from <= date(2025, 10, 20)
