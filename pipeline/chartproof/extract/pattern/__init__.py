"""Extracts where and how long it hurts, and what the pain limits.

Kinds: pain_pattern, pain_duration, functional_limitation.
"""

from __future__ import annotations

from chartproof.extract.finding import Finding
from chartproof.extract.pattern import limits, onset, where
from chartproof.language.reading import Reading


def extract(reading: Reading) -> list[Finding]:
    """The findings of one note."""
    return [*where.extract(reading), *onset.extract(reading), *limits.extract(reading)]
