"""Extracts requests and what was operated on (surgery, device, code, implant_complication)."""

from __future__ import annotations

from chartproof.extract.finding import Finding
from chartproof.extract.orders import codes, complications, devices, surgeries
from chartproof.language.reading import Reading


def extract(reading: Reading) -> list[Finding]:
    """The findings of one note."""
    return [
        *devices.extract(reading),
        *codes.extract(reading),
        *surgeries.extract(reading),
        *complications.extract(reading),
    ]
