"""Notes that nobody here wrote run through, and nothing of them gets out.

The real notes are not part of the project; the test runs where they lie beside the checkout.
"""

from __future__ import annotations

import json
import logging
from datetime import date
from pathlib import Path

import pytest

from chartproof.model import Chart, Note, Request

NOTES = Path(__file__).resolve().parents[2] / "shared" / "realnotes" / "mtsamples.jsonl"


@pytest.mark.skipif(not NOTES.exists(), reason="the real notes are not on this machine")
def test_every_real_note_runs_through_and_nothing_reaches_stderr(pipeline, capfd):
    handlers = list(logging.getLogger().handlers)
    lines = NOTES.read_text(encoding="utf-8").splitlines()
    for line in lines:
        row = json.loads(line)
        note = Note(id=f"{row['note_id']}.txt", date=date(2025, 5, 1), type="other", text=row["text"])
        chart = Chart(chart_id=row["note_id"], request=Request(request_date=date(2025, 6, 1)), notes=[note])
        case = pipeline.case(chart)  # checks that every quote stands at its offsets
        assert case.chart_id == row["note_id"]
    out, err = capfd.readouterr()
    assert (out, err) == ("", "")
    assert logging.getLogger().handlers == handlers
    assert len(lines) > 400
