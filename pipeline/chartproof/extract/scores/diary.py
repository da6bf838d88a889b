"""The lines of a diary kept after an injection, as read over the phone or copied into a note.

The first score of the injection's day that follows the injection counts, and each later dated day
(corpora/GUIDE.md section 2, finer readings).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from chartproof.extract.finding import Finding, finding
from chartproof.extract.scores.by_date import LEDGER
from chartproof.extract.scores.tables import Found
from chartproof.language.gate import gated
from chartproof.language.reading import Line, Reading
from chartproof.model import PartialDate
from chartproof.model.facts import PainScore
from chartproof.model.vocab import NoteType, PainScale, ScoreQualifier

_DAY = re.compile(r"\bday\s?#?\s?(?P<n>\d{1,2})\b", re.I)
_MONTH_DAY = re.compile(r"(?:^|[\s(*-])(?P<m>1[0-2]|0?[1-9])/(?P<d>3[01]|[12]\d|0?[1-9])(?![\d/])")
_DAY_AND_SCORE = gated(r"\bday\s?#?\s?\d{1,2}\s?[:=]\s?(?:10|\d)(?:\s?/\s?10)?(?![\d/.%])", re.I)
_ABOVE = 120  # characters back to the line that says it is a diary
_BEFORE = re.compile(
    r"\b(?:pre|before(?! (?:leaving|discharge|going|i |she |he |we ))|baseline|prior|arrival|holding)\b", re.I
)
_DATE_OF = re.compile(
    r"\b(?:date|dos|done|performed|given)(?: of (?:the )?(?:service|procedure|injection|block))?\s?[:.]?\s*$", re.I
)


@dataclass(frozen=True)
class _Row:
    line: Line
    label: str
    low: float
    high: float
    end: int


def extract(reading: Reading, spans: list[tuple[int, int]]) -> Found:
    """The scores of diary lines, with the lines read.

    Args:
        spans: stretches of text that were read as a diary told in running words.
    """
    out = Found()
    if reading.note.type in (NoteType.IMAGING, NoteType.LAB):
        return out
    diary = reading.patterns.regexes["score_diary"]
    if diary.search(reading.text) is None and _DAY_AND_SCORE.search(reading.text) is None:
        return out
    open_for = 0  # lines that may still pass before the first row
    rows: list[_Row] = []
    blocks: list[list[_Row]] = []
    for line in reading.lines:
        if any(line.start < high and low < line.end for low, high in spans):
            continue
        parts = _on_one_line(reading, line)
        if parts:
            blocks.append(parts)
            continue
        row = _read_row(reading, line) if open_for or rows else None
        if row:
            rows.append(row)
            continue
        if rows:
            blocks.append(rows)
            rows = []
            open_for = 0
        if diary.search(reading.text, line.start, line.end):
            open_for = 4
        elif open_for:
            open_for -= 1
    blocks.append(rows)
    for block in blocks:
        if len(block) >= 2:
            out.findings += _block(reading, block)
            out.lines += [reading.line_at(row.line.start).start for row in block]
    return out


def _read_row(reading: Reading, line: Line) -> _Row | None:
    """A line that tells a time and a score, e.g. "Day 3 (9/1)   2" or "+30 min  1/10"."""
    regexes, text = reading.patterns.regexes, line.text
    if len(text) > 110 or LEDGER.match(text) or not regexes["score_diary_time"].search(text[:60]):
        return None
    hidden = regexes["score_diary_when"].sub(lambda m: "#" * len(m[0]), text)
    for date in reading.dates_in(line.start, line.end):
        hidden = hidden[: date.start - line.start] + "#" * (date.end - date.start) + hidden[date.end - line.start :]
    m = regexes["score_diary_score"].search(hidden)
    if m is None or m.start() > 60 or m.start() == 0 or not re.search(r"[\s:=|-]$", text[: m.start()]):
        return None
    low = float(m["n"])
    high = float(m["n2"]) if m["n2"] else low
    return _Row(line, text[: m.start()], low, high, line.start + m.end()) if low <= high <= 10 else None


def _on_one_line(reading: Reading, line: Line) -> list[_Row]:
    """The rows of a diary told in one line: "Diary: pre 8; 30 min 1; 2 h 1; day 3 7"."""
    days = list(_DAY_AND_SCORE.finditer(reading.text, line.start, line.end))
    if len(days) >= 3:
        above = reading.text[max(0, line.start - _ABOVE) : line.end]
        if reading.patterns.regexes["score_diary"].search(above):
            pieces = (Line(m.start(), m.end(), m[0], ()) for m in days)
            return [row for piece in pieces if (row := _read_row(reading, piece)) is not None]
    cue = reading.patterns.regexes["score_diary"].search(reading.text, line.start, line.end)
    if cue is None:
        return []
    rows: list[_Row] = []
    for m in re.finditer(r"[^;,|:]+(?::\s?[^;,|:]+)?", reading.text[cue.end() : line.end]):
        start = cue.end() + m.start()
        # what stands before the last bracket or dash of the introduction is no row
        lead = re.match(r".*[)]\s*|.*\s-\s", m[0]) if not rows else None
        start += lead.end() if lead else 0
        row = _read_row(reading, Line(start, cue.end() + m.end(), m[0][lead.end() if lead else 0 :], ()))
        if row:
            rows.append(row)
    return rows if len(rows) >= 3 else []


@dataclass(frozen=True)
class Entry:
    """A score of a diary and where it stands.

    Attributes:
        before: it says that it was taken before the injection.
        day: the day that it tells, or that of the entry above it.
        value: least and most of the score.
    """

    before: bool
    day: PartialDate | None
    value: tuple[float, float]
    start: int
    end: int


def diary_scores(reading: Reading, entries: Sequence[Entry], injected: PartialDate | None) -> list[Finding]:
    """The scores of one diary: one before the injection, the first of its day, and those of later days."""
    first = entries[0].start
    is_vas = reading.patterns.regexes["score_vas_word"].search(reading.text, max(0, first - 200), first)
    out: list[Finding] = []
    had_first_day = False
    for entry in entries:
        if entry.before and not out:
            qualifier, told = ScoreQualifier.PRE_INJECTION, injected
        else:
            qualifier, told = ScoreQualifier.POST_INJECTION, entry.day
            if told == injected:
                if had_first_day:
                    continue
                had_first_day = True
        fact = PainScore(
            qualifier=qualifier,
            date=told,
            scale=PainScale.VAS if is_vas else PainScale.NRS,
            value=entry.value,
            evidence=[reading.evidence(entry.start, entry.end)],
        )
        out.append(finding(fact, reading.note, at=entry.start))
    return out


def _block(reading: Reading, rows: list[_Row]) -> list[Finding]:
    day = injected = injection_date(reading, rows[0].line.start)
    entries = []
    for row in rows:
        day = _day(reading, row, injected) or day
        before = _BEFORE.search(row.label) is not None
        entries.append(Entry(before, day, (row.low, row.high), row.line.start, row.end))
    return diary_scores(reading, entries, injected)


def _day(reading: Reading, row: _Row, injected: PartialDate | None) -> PartialDate | None:
    """The day that a row names: a date, or the number of days since the injection."""
    dates = [d for d in reading.dates_in(row.line.start, row.end) if d.value.precision == "day"]
    if dates:
        return dates[0].value
    month_day = _MONTH_DAY.search(row.label)
    if month_day:
        anchor = injected.first if injected else reading.note.date
        for year in (anchor.year, anchor.year + 1):
            try:
                value = PartialDate.of(year, int(month_day["m"]), int(month_day["d"]))
            except ValueError:
                return None
            if value.first >= anchor or injected is None:
                return value
    if injected is None or injected.precision != "day":
        return None
    if re.search(r"\bnext (?:day|morning)\b", row.label, re.I):
        return PartialDate(injected.first + timedelta(days=1))
    number = _DAY.search(row.label)
    if number:
        return PartialDate(injected.first + timedelta(days=int(number["n"])))
    return None


def injection_date(reading: Reading, position: int, reach: int = 600) -> PartialDate | None:
    """The date told of an injection nearest before a position, within ``reach`` characters.

    A procedure note's own date stands for it.
    """
    if reading.note.type is NoteType.PROCEDURE:
        return reading.date
    cue = reading.patterns.regexes["score_injection_word"]
    dates = [d for d in reading.dates_in(max(0, position - reach), position) if d.value.precision == "day"]
    for date in reversed(dates):
        if (
            date.form != "today"
            and date.value.first <= reading.note.date
            and cue.search(
                reading.text,
                max(0, date.start - (180 if _DATE_OF.search(reading.text[: date.start][-40:]) else 70)),
                min(len(reading.text), date.end + 40),
            )
        ):
            return date.value
    return None
