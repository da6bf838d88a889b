"""The notes that the benchmarks read: those of corpora/dev with other numbers, real ones, and hostile ones."""

from __future__ import annotations

import json
import os
import random
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from chartproof.model import Chart, Note, Request
from chartproof.readers.charts import read_charts

REPO = Path(__file__).resolve().parents[1]
# Lines of JSON with note_id and text; they are not part of the project.
REAL_NOTES = Path(os.environ.get("REAL_NOTES") or REPO.parent / "shared" / "realnotes" / "mtsamples.jsonl")
_DATE = date(2025, 5, 1)
_NUMBER = re.compile(r"(?<![\d.])\d{1,2}(?![\d.])")


def one_note(chart_id: str, text: str) -> Chart:
    """A chart of one note without a type."""
    note = Note(id=f"{chart_id}.txt", date=_DATE, type="other", text=text)
    return Chart(chart_id=chart_id, request=Request(request_date=date(2025, 6, 1)), notes=[note])


def dev_charts() -> list[Chart]:
    """The charts of corpora/dev."""
    return [c for c in read_charts(REPO / "corpora" / "dev") if isinstance(c, Chart)]


def varied_charts(notes: int, seed: int = 7) -> Iterator[Chart]:
    """The dev charts over and over, with other numbers and dates each time, until there are ``notes`` notes."""
    chance, charts, made = random.Random(seed), dev_charts(), 0

    def other(m: re.Match[str]) -> str:
        low, high = (10, 28) if len(m[0]) == 2 else (1, 9)
        return str(chance.randint(low, high)) if chance.random() < 0.5 else m[0]

    while made < notes:
        for chart in charts:
            kept = chart.notes[: notes - made]
            if not kept:
                return
            varied = [note.model_copy(update={"text": _NUMBER.sub(other, note.text)}) for note in kept]
            made += len(kept)
            yield chart.model_copy(update={"notes": varied})


def real_charts(path: Path = REAL_NOTES) -> list[Chart]:
    """One chart a real note; none where the notes do not lie beside the checkout."""
    if not path.exists():
        return []
    rows = (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines())
    return [one_note(row["note_id"], row["text"]) for row in rows]


def texts_of_length(characters: int) -> dict[str, str]:
    """Texts of about so many characters: prose of the dev charts, on many lines and on one, and hostile ones."""
    prose = "\n\n".join(note.text for chart in dev_charts()[:6] for note in chart.notes)
    prose = (prose * (characters // len(prose) + 1))[:characters]
    line = " ".join(prose.split())[:characters]
    repeated = {
        "one word": "injection ",
        "scores": "back pain 7/10, ",
        "negations": "no pain but ",
        "dates": "back pain 3/4/2025 to 5/6/2025, ",
        "tests": "FABER positive on the right, ",
        "no space": "x",
        "brackets": "[ ] (",
    }
    return {"prose": prose, "one line": line} | {
        name: (unit * (characters // len(unit) + 1))[:characters] for name, unit in repeated.items()
    }
