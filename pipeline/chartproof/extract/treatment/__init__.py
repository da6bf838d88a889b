"""Extracts therapy courses, medication trials and stated totals of conservative care.

The kinds are therapy, medication and conservative_care (corpora/GUIDE.md section 2).
"""

from __future__ import annotations

from chartproof.extract.finding import Finding
from chartproof.extract.treatment import conservative_care, medication, practitioner_document, therapy, therapy_document
from chartproof.extract.treatment.mentions import find_mentions
from chartproof.language.reading import Reading


def extract(reading: Reading) -> list[Finding]:
    """The findings of one note."""
    if reading.is_report:
        return []
    groups = find_mentions(reading)
    return [
        *therapy_document.extract(reading),
        *practitioner_document.extract(reading),
        *therapy.extract(reading, groups),
        *medication.extract(reading, groups),
        *conservative_care.extract(reading),
    ]


def extract_drugs(reading: Reading) -> list[Finding]:
    """The drugs of one note."""
    if reading.is_report or not reading.may_hold(("drug", "drug_group")):
        return []
    return medication.extract(reading, find_mentions(reading, drugs_alone=True))
