"""Facts as one note tells them, one module a family."""

from __future__ import annotations

from chartproof.extract import (
    conditions,
    exam,
    imaging,
    injections,
    labs,
    nicotine,
    orders,
    pattern,
    scores,
    treatment,
)
from chartproof.extract.finding import Finding, Strength, finding
from chartproof.language.reading import Reading

FAMILIES = (injections, treatment, exam, imaging, scores, pattern, conditions, nicotine, labs, orders)


def extract_note(reading: Reading) -> list[Finding]:
    """Everything that one note tells, family by family."""
    return [found for family in FAMILIES for found in family.extract(reading)]


__all__ = ["FAMILIES", "Finding", "Strength", "extract_note", "finding"]
