"""Extracts where and how long it hurts, and what the pain limits.

Kinds: pain_pattern, pain_duration, functional_limitation.
"""

from __future__ import annotations

from chartproof.extract.finding import Finding
from chartproof.extract.pattern import limits, onset, where
from chartproof.extract.region import LONG_NOTE, is_of_here
from chartproof.language.reading import Reading


def extract(reading: Reading) -> list[Finding]:
    """The findings of one note."""
    if not is_of_here(reading):
        return []
    found = onset.extract(reading)
    if _may_be_of(reading, "pain_anywhere"):
        found = where.extract(reading) + found
    if _may_be_of(reading, "pain_of_limits"):
        found = found + limits.extract(reading)
    return found


def _may_be_of(reading: Reading, regex: str) -> bool:
    """Whether the note may be about such pain. A message of two lines may leave out what it is all about."""
    return len(reading.text) < LONG_NOTE or reading.patterns.regexes[regex].search(reading.text) is not None
