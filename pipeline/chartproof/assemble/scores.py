"""Merges pain scores, ODI and BMI of all notes (pain_score, disability_score, measurement)."""

from __future__ import annotations

from chartproof.assemble.merge import Merged, merge_same
from chartproof.extract.finding import Finding
from chartproof.model import Request


def assemble(findings: list[Finding], request: Request) -> Merged:
    """One fact per event or state.

    Args:
        findings: those of this family's kinds, in the order of their notes.
        request: what is requested (side, date).
    """
    return merge_same(findings)
