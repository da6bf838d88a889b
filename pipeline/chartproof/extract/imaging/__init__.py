"""Extracts imaging."""

from __future__ import annotations

from chartproof.extract.finding import Finding
from chartproof.language.reading import Reading


def extract(reading: Reading) -> list[Finding]:
    """The findings of one note."""
    return []
