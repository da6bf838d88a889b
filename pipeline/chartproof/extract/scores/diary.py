"""The lines of a diary kept after an injection, as read over the phone or copied into a note.

The first score of the injection's day that follows the injection counts, and each later dated day
(corpora/GUIDE.md section 2, finer readings).
"""

from __future__ import annotations

import re
from datetime import timedelta

from chartproof.extract.finding import Finding, finding
from chartproof.extract.scores.tables import Found
from chartproof.language.reading import Line, Reading
from chartproof.model import PartialDate
from chartproof.model.facts import PainScore
from chartproof.model.vocab import NoteType, PainScale, ScoreQualifier

_DAY = re.compile(r"\bday\s?#?\s?(?P<n>\d{1,2})\b", re.I)
_BEFORE = re.compile(r"\b(?:pre|before|baseline|prior|arrival)\b", re.I)


def extract(reading: Reading) -> Found:
    """The scores of diary lines, with the lines read."""
    out = Found()
    if reading.note.type in (NoteType.IMAGING, NoteType.LAB):
        return out
    regexes = reading.patterns.regexes
    open_for = 0  # lines that may still pass before the first row
    rows: list[tuple[Line, re.Match[str]]] = []
    blocks: list[list[tuple[Line, re.Match[str]]]] = []
    for line in reading.lines:
        m = regexes["score_diary_row"].match(line.text) if open_for or rows else None
        if m and regexes["score_diary_time"].search(m["label"]):
            rows.append((line, m))
            continue
        if rows:
            blocks.append(rows)
            rows = []
            open_for = 0
        if regexes["score_diary"].search(line.text):
            open_for = 4
        elif open_for:
            open_for -= 1
    blocks.append(rows)
    for block in blocks:
        if len(block) >= 2:
            out.findings += _block(reading, block)
            out.lines += [line.start for line, _ in block]
    return out


def _block(reading: Reading, rows: list[tuple[Line, re.Match[str]]]) -> list[Finding]:
    injected = injection_date(reading, rows[0][0].start)
    scale = PainScale.VAS if reading.patterns.regexes["score_vas_word"].search(reading.text, max(0, rows[0][0].start - 200), rows[0][0].start) else PainScale.NRS
    out: list[Finding] = []
    had_first_day = False
    day = injected
    for line, m in rows:
        low = float(m["n"])
        high = float(m["n2"]) if m["n2"] else low
        if not low <= high <= 10:
            continue
        dates = [d for d in reading.dates_in(line.start, line.start + m.end("n")) if d.value.precision == "day"]
        number = _DAY.search(m["label"])
        if dates:
            day = dates[0].value
        elif number and injected and injected.precision == "day":
            day = PartialDate(injected.first + timedelta(days=int(number["n"])))
        if _BEFORE.search(m["label"]) and not (number or out):
            qualifier, day_told = ScoreQualifier.PRE_INJECTION, injected
        else:
            qualifier, day_told = ScoreQualifier.POST_INJECTION, day
            if day_told == injected:
                if had_first_day:
                    continue
                had_first_day = True
        evidence = [reading.evidence(line.start, line.start + m.end())]
        fact = PainScore(qualifier=qualifier, date=day_told, scale=scale, value=(low, high), evidence=evidence)
        out.append(finding(fact, reading.note, at=line.start))
    return out


def injection_date(reading: Reading, position: int, reach: int = 600) -> PartialDate | None:
    """The date told of an injection, nearest before a position within ``reach`` characters; a procedure note's own date."""
    if reading.note.type is NoteType.PROCEDURE:
        return reading.date
    cue = reading.patterns.regexes["score_injection_word"]
    dates = [d for d in reading.dates_in(max(0, position - reach), position) if d.value.precision == "day"]
    for date in reversed(dates):
        if date.form != "today" and date.value.first <= reading.note.date and cue.search(reading.text, max(0, date.start - 70), min(len(reading.text), date.end + 40)):
            return date.value
    return None
