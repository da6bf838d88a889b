"""Merges therapy courses, medication and stated totals of conservative care of all notes.

The kinds are therapy, medication and conservative_care (corpora/GUIDE.md section 2).
"""

from __future__ import annotations

from chartproof.assemble.merge import Merged
from chartproof.assemble.treatment import conservative_care, medication, therapy
from chartproof.extract.finding import Finding
from chartproof.model import Request


def assemble(findings: list[Finding], request: Request) -> Merged:
    """One fact per course, drug and stated total.

    Args:
        findings: those of this family's kinds, in the order of their notes.
        request: what is requested (side, date).
    """
    facts = [
        *therapy.merge([f for f in findings if f.kind == "therapy"]),
        *medication.merge([f for f in findings if f.kind == "medication"]),
        *conservative_care.merge([f for f in findings if f.kind == "conservative_care"]),
    ]
    return facts, []


__all__ = ["assemble"]
