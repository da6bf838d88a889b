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

FAMILIES = (
    injections.extract,
    treatment.extract,
    exam.extract,
    imaging.extract,
    scores.extract,
    pattern.extract,
    conditions.extract,
    nicotine.extract,
    labs.extract,
    orders.extract,
)
# What counts too in a chart that speaks of another part of the body alone.
FAMILIES_ELSEWHERE = (
    treatment.extract_drugs,
    imaging.extract,
    scores.extract_bmi,
    conditions.extract_disorders,
    nicotine.extract,
    labs.extract,
    orders.extract,
)


def extract_note(reading: Reading, *, of_region: bool = True) -> list[Finding]:
    """Everything that one note tells, family by family.

    Args:
        of_region: False for a note of a chart that never speaks of the SI joint or the low back (see region.py): tests,
            injections, scores, limits and care there are those of another complaint.
    """
    return [found for family in (FAMILIES if of_region else FAMILIES_ELSEWHERE) for found in family(reading)]


__all__ = ["FAMILIES", "FAMILIES_ELSEWHERE", "Finding", "Strength", "extract_note", "finding"]
