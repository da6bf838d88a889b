"""Extracts where and how long it hurts, and what the pain limits.

Kinds: pain_pattern, pain_duration, functional_limitation.
"""

from __future__ import annotations

from chartproof.extract.finding import Finding
from chartproof.extract.pattern import limits, onset, where
from chartproof.language.reading import Reading

_LONG = 1200  # characters: a note of this length that is about pain says so


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


def is_of_here(reading: Reading) -> bool:
    """False for a long note that names no place of this pain, such as that of a knee or a chest."""
    return _may_be_of(reading, "pain_of_here")


def _may_be_of(reading: Reading, regex: str) -> bool:
    """Whether the note may be about such pain. A message of two lines may leave out what it is all about."""
    return len(reading.text) < _LONG or reading.patterns.regexes[regex].search(reading.text) is not None
