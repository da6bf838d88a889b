"""Extracts pain scores, ODI and BMI (pain_score, disability_score, measurement)."""

from __future__ import annotations

from chartproof.extract.finding import Finding, finding
from chartproof.language.reading import Reading
from chartproof.model.facts import Measurement


def extract(reading: Reading) -> list[Finding]:
    """The findings of one note."""
    out = []
    for m in reading.patterns.regexes["bmi"].finditer(reading.text):
        fact = Measurement(name="bmi", date=reading.date, value=float(m["value"]), evidence=[reading.evidence(*m.span())])
        out.append(finding(fact, reading.note))
    return out
