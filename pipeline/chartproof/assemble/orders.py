"""Merges requests, surgeries, devices, codes and implant complications of all notes."""

from __future__ import annotations

from chartproof.assemble.merge import Merged, fuse, latest_first, merge_same
from chartproof.extract.finding import Finding
from chartproof.model import FactBase, Request
from chartproof.model.facts import Code, Device, Surgery
from chartproof.model.vocab import DeviceStatus, EventStatus, SurgeryName


def assemble(findings: list[Finding], request: Request) -> Merged:
    """One fact per code, product, operation and complication."""
    facts: list[FactBase] = []
    devices = [f for f in findings if isinstance(f.fact, Device)]
    facts += _devices(devices)
    facts += _codes([f for f in findings if isinstance(f.fact, Code)])
    facts += _surgeries([f for f in findings if isinstance(f.fact, Surgery)], request)
    complications, _ = merge_same(
        _with_sides([f for f in findings if f.kind == "implant_complication"]),
        key=lambda fact: (fact.name, fact.laterality),  # type: ignore[attr-defined]
        order=latest_first,
    )
    return facts + complications, []


def _with_sides(complications: list[Finding]) -> list[Finding]:
    """A telling without a side is of the one side that the chart gives for implants."""
    sides = {f.fact.laterality for f in complications if f.fact.laterality}  # type: ignore[attr-defined]
    if len(sides) == 1:
        for found in complications:
            found.fact.laterality = next(iter(sides))  # type: ignore[attr-defined]
    return complications


def _devices(findings: list[Finding]) -> list[FactBase]:
    """One a product; "iFuse" beside "iFuse-3D" is the same product named short."""
    groups: list[list[Finding]] = []
    for found in findings:
        home = next((g for g in groups if _is_same(g[0], found)), None)
        if home is None:
            groups.append([found])
        else:
            home.append(found)
    if len(groups) > 1:
        # "the product proposed consists of bone graft alone" speaks of the product named elsewhere
        named = [g for g in groups if "graft" not in g[0].fact.name and "dowel" not in g[0].fact.name]  # type: ignore[attr-defined]
        groups = named or groups
    out = []
    for group in groups:
        fact = fuse(group, latest_first)
        assert isinstance(fact, Device)
        # the fullest name; a plan of the latest note goes before an earlier one
        fact.name = max((f.fact.name for f in group), key=len)  # type: ignore[attr-defined]
        if all(f.fact.status is DeviceStatus.IMPLANTED for f in group):  # type: ignore[attr-defined]
            fact.status = DeviceStatus.IMPLANTED
        out.append(fact)
    return list(out)


def _is_same(one: Finding, other: Finding) -> bool:
    """The same product, named in full or short; one in place and one asked for are two."""
    in_place = [f.fact.status is DeviceStatus.IMPLANTED for f in (one, other)]  # type: ignore[attr-defined]
    a, b = _plain(one), _plain(other)
    return (a.startswith(b) or b.startswith(a)) and in_place[0] is in_place[1]


def _plain(found: Finding) -> str:
    """A device's name without hyphens and spaces."""
    assert isinstance(found.fact, Device)
    return found.fact.name.replace("-", "").replace(" ", "")


def _codes(findings: list[Finding]) -> list[FactBase]:
    merged, _ = merge_same(findings)
    for fact in merged:
        assert isinstance(fact, Code)
        told = {m for f in findings if f.fact.value == fact.value for m in f.fact.modifiers or []}  # type: ignore[attr-defined]
        fact.modifiers = sorted(told) or None
    return merged


def _surgeries(findings: list[Finding], request: Request) -> list[FactBase]:
    """Tellings of one operation agree in name and status, and may agree in side and date."""
    groups: list[list[Finding]] = []
    unlike: list[dict[tuple[object, ...], Surgery]] = []  # of each group, the tellings that differ from one another
    dated_first = sorted(findings, key=lambda f: (f.fact.date is None, f.note_date, f.note_id))  # type: ignore[attr-defined]
    for found in dated_first:
        fact = found.fact
        assert isinstance(fact, Surgery)
        home = next((n for n, told in enumerate(unlike) if all(_may_be_same(x, fact) for x in told.values())), None)
        if home is None:
            home = len(groups)
            groups.append([])
            unlike.append({})
        groups[home].append(found)
        unlike[home].setdefault((fact.name, fact.status, fact.laterality, fact.date), fact)
    out = [fuse(g) for g in groups]
    for fact, group in zip(out, groups, strict=True):
        assert isinstance(fact, Surgery)
        dates = [f.fact.date for f in group if f.fact.date]  # type: ignore[attr-defined]
        fact.date = max(dates, key=len, default=None)
        requested = fact.name is SurgeryName.SI_FUSION and fact.status is EventStatus.PLANNED
        if requested and fact.laterality is None and request.laterality:
            fact.laterality = request.laterality
    return list(out)


def _may_be_same(one: Surgery, other: Surgery) -> bool:
    if one.name is not other.name or one.status is not other.status:
        return False
    if one.laterality and other.laterality and one.laterality is not other.laterality:
        return False
    if one.date and other.date:
        return one.date.could_equal(other.date)
    return one.name is not SurgeryName.OTHER
