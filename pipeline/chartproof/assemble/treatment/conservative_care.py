"""Merges the stated totals of conservative care: the latest one, with the response last told."""

from __future__ import annotations

from chartproof.assemble.merge import fuse, latest_first
from chartproof.extract.finding import Finding
from chartproof.model import FactBase


def merge(findings: list[Finding]) -> list[FactBase]:
    """One fact: care goes on from note to note, so the latest total holds."""
    return [fuse(findings, latest_first)] if findings else []
