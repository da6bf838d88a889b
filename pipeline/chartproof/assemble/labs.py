"""Merges laboratory values of all notes (lab): one fact a specimen and analyte; the report goes before what is told."""

from __future__ import annotations

from chartproof.assemble.merge import Merged, fuse
from chartproof.extract.finding import Finding, Strength
from chartproof.model import Request
from chartproof.model.facts import Lab
from chartproof.model.vocab import Comparator


def assemble(findings: list[Finding], request: Request) -> Merged:
    """One fact per draw. A screen and its confirmation on one specimen are one lab."""
    groups: list[list[Finding]] = []
    # reports first, so that a retelling finds its report
    for found in sorted(findings, key=lambda f: (-f.strength, f.note_date, f.note_id)):
        home = next((g for g in groups if _same(g, found)), None)
        if home is None:
            groups.append([found])
        else:
            home.append(found)
    facts = [fuse(_ranked(g), order=list) for g in groups]
    return sorted(facts, key=lambda f: (str(f.analyte), str(f.date or ""))), []  # type: ignore[attr-defined]


def _ranked(group: list[Finding]) -> list[Finding]:
    """A value goes before a bare word, within the same strength."""
    return sorted(group, key=lambda f: (-f.strength, f.fact.value is None, f.note_date, f.note_id))  # type: ignore[attr-defined]


def _same(group: list[Finding], found: Finding) -> bool:
    one, other = group[0].fact, found.fact
    assert isinstance(one, Lab) and isinstance(other, Lab)
    if one.analyte is not other.analyte:
        return False
    if one.specimen and other.specimen and one.specimen is not other.specimen:
        return False
    told_before = found.strength is Strength.SUMMARY and group[0].strength is Strength.PRIMARY
    if told_before and found.note_date < group[0].note_date:
        return False  # told before the specimen's report existed
    if one.date and other.date:
        same_day = one.date.could_equal(other.date)
        # a retelling may carry the day of the report instead of the day of the draw
        near = found.strength is Strength.SUMMARY and abs((one.date.first - other.date.first).days) <= 4
        if not (same_day or (near and one.value == other.value)):
            return False
    if one.interpretation and other.interpretation and one.interpretation is not other.interpretation:
        return False
    return one.value is None or other.value is None or _agree(one, other)


def _agree(one: Lab, other: Lab) -> bool:
    assert one.value is not None and other.value is not None
    if Comparator.EQ not in (one.comparator, other.comparator):
        return True
    return abs(one.value - other.value) <= 0.02 * max(abs(one.value), abs(other.value))
