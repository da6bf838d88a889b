"""What the columns of a table say of the injection of a row: "Relief (%)  80", "Duration (wks)  5", "Pre  8  Post  2".

A cell with its unit ("80%", "5 wks") is read as in any text; here a bare figure or word gets its meaning from the
heading of its column.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from chartproof.extract.injections.cues import UNIT_DAYS, Cue, relief_from_scores
from chartproof.language.reading import Cell, Line, Reading

_REACH = 14  # rows below a heading
_RELIEF = re.compile(r"\b(?:relief|improve\w*|benefit|better|response|result|outcome|effect)\b", re.I)
_PERCENT = re.compile(r"%|\bpercent\b|\bpct\b", re.I)
_LENGTH = re.compile(
    r"\b(?:duration|how long|lasted|length|dur)\b|\b(?:weeks?|wks?|days?|hours?|hrs?|months?) of\b", re.I
)
_UNIT = re.compile(r"\b(?P<unit>weeks?|wks?|days?|hours?|hrs?|h|months?|mos?)\b", re.I)
_BEFORE = re.compile(r"\b(?:pre|before|baseline)\b", re.I)
_AFTER = re.compile(r"\b(?:post|after)\b", re.I)
_HEADING = re.compile(
    r"\b(?:dates?|procedures?|injections?|target|site|side|relief|duration|response|guidance|type|level|provider|pre|post"
    r"|before|after|result|outcome|lasted|dos|joint|benefit)\b",
    re.I,
)
_NOTHING = re.compile(r"(?:none|nil|no(?: relief| help| benefit| change)?|0|zero|nothing|negligible)", re.I)
_ALL = re.compile(r"(?:complete|total|full|all|100)(?: relief)?", re.I)
_FIGURE = re.compile(
    r"[~≈]?(?P<bound>[<>≤≥])?=?\s?(?P<low>\d{1,3})(?:\s?(?:-|to)\s?(?P<high>\d{1,3}))?(?: ?%| ?percent)?"
)
_SCORE = re.compile(r"(?P<score>10|\d(?:\.\d)?)(?:\s?/\s?10)?")
_WITH_UNIT = re.compile(
    r"[~≈]?\s?(?P<n>\d{1,3}(?:\.\d)?)\s?(?P<unit>weeks?|wks?|days?|d|hours?|hrs?|h|months?|mos?)\.?", re.I
)
_NUMBER = re.compile(r"[~≈]?\s?(?P<n>\d{1,3}(?:\.\d)?)")


def row_cues(reading: Reading, start: int, end: int) -> list[Cue]:
    """The cues of the bare cells in [start, end), where it is a row under headings."""
    index = reading.line_index(start)
    line = reading.lines[index]
    if len(line.cells) < 3:
        return []
    heading = _heading(reading, index)
    if heading is None:
        return []
    out: list[Cue] = []
    scores: dict[str, tuple[float, Cell]] = {}
    for cell, title in _paired(line, heading):
        if not start <= cell.start < end:
            continue
        if _RELIEF.search(title) and not _LENGTH.search(title):
            out += _relief(cell, title)
        elif _LENGTH.search(title):
            out += _length(cell, title)
        else:
            which = "before" if _BEFORE.search(title) else "after" if _AFTER.search(title) else None
            told = _SCORE.fullmatch(cell.text)
            if which and told:
                scores.setdefault(which, (float(told["score"]), cell))
    if len(scores) == 2:
        value = relief_from_scores(scores["before"][0], scores["after"][0])
        if value is not None:
            first, last = sorted((scores["before"][1], scores["after"][1]), key=lambda c: c.start)
            out.append(Cue("scores", first.start, last.end, value))
    return out


def _heading(reading: Reading, index: int) -> Line | None:
    """The line of headings above a row; rows of a table follow one another."""
    for at in range(index - 1, max(-1, index - 1 - _REACH), -1):
        line = reading.lines[at]
        if not line.text.strip():
            return None
        if len(line.cells) < 3:
            continue
        named = [c for c in line.cells if _HEADING.search(c.text)]
        if len(named) >= 3 and not any(re.search(r"\d", c.text) for c in line.cells):
            return line
    return None


def _paired(line: Line, heading: Line) -> Iterator[tuple[Cell, str]]:
    """Each cell with its column's heading: by number where the row is full, else by where it stands."""
    if len(line.cells) == len(heading.cells):
        yield from ((cell, title.text) for cell, title in zip(line.cells, heading.cells, strict=True))
        return
    for cell in line.cells:
        nearest = min(heading.cells, key=lambda title: abs(title.column - cell.column))
        if abs(nearest.column - cell.column) <= 3:
            yield cell, nearest.text


def _relief(cell: Cell, title: str) -> Iterator[Cue]:
    figure = _FIGURE.fullmatch(cell.text)
    if _NOTHING.fullmatch(cell.text):
        yield Cue("percent", cell.start, cell.end, (0.0, 0.0))
    elif _ALL.fullmatch(cell.text):
        yield Cue("percent", cell.start, cell.end, (100.0, 100.0))
    elif figure and _PERCENT.search(title + cell.text):
        low, high = float(figure["low"]), float(figure["high"] or figure["low"])
        if figure["bound"]:
            low, high = (low, 100.0) if figure["bound"] in ">≥" else (0.0, high)
        if low <= high <= 100:
            yield Cue("percent", cell.start, cell.end, (low, high))


def _length(cell: Cell, title: str) -> Iterator[Cue]:
    told = _WITH_UNIT.fullmatch(cell.text)
    unit, number = told or _UNIT.search(title), told or _NUMBER.fullmatch(cell.text)
    if unit and number:
        days = float(number["n"]) * UNIT_DAYS[unit["unit"][0].lower()]
        yield Cue("days", cell.start, cell.end, round(days, 3))
