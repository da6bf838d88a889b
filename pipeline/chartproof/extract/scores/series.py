"""Rows that list a value for each visit under a line that names the visits: "Oswestry, % .... 48, 42, 46".

Tables with a column a visit are read in ``tables``; here the visits are told in words above ("day one, then week 8
(16 Oct), then now"; "May 6 against today") and the values stand in a row behind the label.
"""

from __future__ import annotations

import re

from chartproof.extract.finding import finding
from chartproof.extract.scores.tables import Found
from chartproof.extract.scores.visits import first_visit, is_really_score
from chartproof.language.reading import Line, Reading
from chartproof.model import PartialDate
from chartproof.model.facts import DisabilityScore, PainScore
from chartproof.model.vocab import DisabilityInstrument, NoteType, PainScale, ScoreQualifier

_ROW = re.compile(
    r"[ \t*|-]*(?P<label>[A-Za-z][^\n]{2,58}?)\s?(?:\.{3,}|:|=|\s{2,}|\|)\s*"
    r"(?P<values>\d{1,3}(?:\.\d)?\s?%?(?:\s?(?:,|\||;|-{1,2}>|\bthen\b|\bto\b|\s{3,})\s?\d{1,3}(?:\.\d)?\s?%?){1,4})"
    r"(?![\d/.-])"
)
_VALUE = re.compile(r"\d{1,3}(?:\.\d)?")
_VISIT = re.compile(
    r"\b(?P<first>day (?:one|1)|(?:the )?first (?:day|visit|session)|initial(?:ly)?|eval(?:uation)?|intake|baseline"
    r"|start|opening|admission|soc|visit 1)\b"
    r"|\b(?P<last>today|now|this visit|current|discharge|d/c|final|close|last (?:day|visit|session)|end|at present)\b",
    re.I,
)
_ABOVE = 8  # lines from the naming line to a row, at most


def extract(reading: Reading, taken: list[int]) -> Found:
    """The scores of such rows.

    Args:
        taken: starts of lines that were read as rows of tables.
    """
    out = Found()
    if reading.note.type not in (NoteType.PT, NoteType.OTHER, NoteType.PROGRESS, NoteType.CONSULT, NoteType.LETTER):
        return out
    regexes = reading.patterns.regexes
    read = set(taken)
    for i, line in enumerate(reading.lines):
        if line.start in read:
            continue
        m = _ROW.match(line.text)
        if m is None:
            continue
        label = m["label"]
        is_odi = regexes["odi_name"].search(label) is not None
        is_pain = regexes["score_pain_word"].search(label) is not None and not regexes["score_measure"].search(label)
        other = any(v == "other" for v, _ in reading.patterns.find("score_site", label))
        if not (is_odi or is_pain) or other or regexes["score_goal"].search(label):
            continue
        values = [float(v[0]) for v in _VALUE.finditer(m["values"])]
        days = _named_above(reading, i, len(values))
        if days is None:
            continue
        out.lines.append(line.start)
        evidence = [reading.evidence(line.start + m.start("label"), line.start + m.end("values"))]
        for value, day in zip(values, days, strict=True):
            fact = (
                _odi(value, day, is_raw=_is_raw(reading, label, m["values"]))
                if is_odi
                else _pain(reading, label, value, day)
            )
            if fact is not None and day is not None:
                fact.evidence = evidence
                out.findings.append(finding(fact, reading.note, at=line.start + m.start("values")))
    return out


def _named_above(reading: Reading, index: int, count: int) -> list[PartialDate | None] | None:
    """The days of the nearest line above that names as many visits as there are values; None where there is none."""
    for line in reversed(reading.lines[max(0, index - _ABOVE) : index]):
        if not line.text.strip():
            continue
        named = _visits(reading, line)
        if len(named) == count and any(day is not None for day in named):
            return named
    return None


def _visits(reading: Reading, line: Line) -> list[PartialDate | None]:
    """The visits that a line names, in order, with their days; a date in brackets belongs to the visit before it."""
    found: list[tuple[int, int, PartialDate | None]] = []
    for d in reading.dates_in(line.start, line.end):
        if d.value.precision == "day" and d.value.first <= reading.note.date and not is_really_score(reading, d):
            found.append((d.start, d.end, d.value))
    first, out = first_visit(reading), []
    for m in _VISIT.finditer(reading.text, line.start, line.end):
        if any(0 <= start - m.end() <= 12 or start <= m.start() < end for start, end, _ in found):
            continue  # "eval 5/6", "day one (21 Aug)"
        found.append((m.start(), m.end(), first if m["first"] else reading.date))
    for _, _, day in sorted(found, key=lambda f: f[0]):
        out.append(day)
    return out


def _is_raw(reading: Reading, label: str, values: str) -> bool:
    """Whether a row tells points of 50: its label says so, and no percent sign stands in it."""
    return reading.patterns.regexes["odi_raw"].search(label) is not None and "%" not in values


def _odi(value: float, day: PartialDate | None, *, is_raw: bool) -> DisabilityScore | None:
    percent = 2 * value if is_raw and value <= 50 else value
    if percent > 100:
        return None
    return DisabilityScore(instrument=DisabilityInstrument.ODI, date=day, value=percent, evidence=[])


def _pain(reading: Reading, label: str, value: float, day: PartialDate | None) -> PainScore | None:
    is_vas = reading.patterns.regexes["score_vas_word"].search(label) is not None
    value = value / 10 if is_vas and value > 10 else value
    if value > 10:
        return None
    named = reading.patterns.first("score_qualifier", label)
    return PainScore(
        qualifier=ScoreQualifier(named) if named in ("average", "worst", "best") else ScoreQualifier.CURRENT,
        date=day,
        scale=PainScale.VAS if is_vas else PainScale.NRS,
        value=(value, value),
        evidence=[],
    )
