"""The body mass index (measurement, bmi)."""

from __future__ import annotations

import re

from chartproof.extract.finding import Finding, finding
from chartproof.language.reading import Reading
from chartproof.model import PartialDate
from chartproof.model.facts import Measurement
from chartproof.model.vocab import MeasurementName

_READING = re.compile(r"(?<![\d.])(?P<value>[1-7]\d\.\d{1,2})(?!\d)")


def extract(reading: Reading) -> list[Finding]:
    """Each BMI told (kg/m2); thresholds and goals are none."""
    regexes, text = reading.patterns.regexes, reading.text
    out = [_told(reading, m) for m in regexes["bmi"].finditer(text) if not _is_threshold(reading, m.start())]
    for m in regexes["bmi_readings"].finditer(text):
        out += _dated_readings(reading, m.end())
    return out


def _told(reading: Reading, m: re.Match[str]) -> Finding:
    """One BMI: the later of "36.8 -> 33.1", and of the day told in parentheses behind it."""
    value, end = float(m["value"]), m.end()
    later = reading.patterns.regexes["bmi_later"].match(reading.text, end)
    if later:
        value, end = float(later["value"]), later.end()
    behind = reading.patterns.regexes["bmi_unit"].match(reading.text, end)
    at = behind.end() if behind else end
    dates = [d for d in reading.dates_in(at, at + 16) if reading.text[at : d.start].strip() in ("(", "on", "(on")]
    date = dates[0].value if dates and dates[0].value.first <= reading.note.date else reading.date
    return _found(reading, value, (m.start(), end), date)


def _is_threshold(reading: Reading, start: int) -> bool:
    if reading.patterns.regexes["bmi_goal"].search(reading.text[max(0, start - 50) : start]):
        return True
    return reading.assertion(start, start + 3, ignore=("historical", "negated", "possible", "planned")).says_nothing


def _dated_readings(reading: Reading, start: int) -> list[Finding]:
    """The date and value pairs that follow a heading "BMI readings from last 3 encounters"."""
    out = []
    for m in _READING.finditer(reading.text, start, min(len(reading.text), start + 160)):
        dates = reading.dates_in(max(start, m.start() - 20), m.start())
        if dates:
            out.append(_found(reading, float(m["value"]), (dates[-1].start, m.end()), dates[-1].value))
    return out


def _found(reading: Reading, value: float, span: tuple[int, int], date: PartialDate) -> Finding:
    return finding(
        Measurement(name=MeasurementName.BMI, date=date, value=value, evidence=[reading.evidence(*span)]), reading.note
    )
