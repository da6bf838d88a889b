"""Merges imaging studies and what they show of all notes (imaging_study, imaging_finding).

A report is the primary document of its study. What other notes tell of it adds evidence; only where no report tells a
study or a finding does their telling make a fact of its own.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from chartproof.assemble.merge import Merged, unique_evidence
from chartproof.extract.finding import Finding, Strength
from chartproof.model import Conflict, FactBase, PartialDate, Request
from chartproof.model.facts import ImagingFinding, ImagingStudy
from chartproof.model.vocab import FindingName, Laterality, Presence, Region

# Regions that one film or scan may be called by.
_NEAR = {
    Region.SI_JOINT: {Region.SI_JOINT, Region.PELVIS},
    Region.PELVIS: {Region.PELVIS, Region.SI_JOINT, Region.HIP},
    Region.HIP: {Region.HIP, Region.PELVIS},
}
# Notes often tell the day of the report for that of the exam.
_REPORTING_DAYS = 3
# Findings that take the region of their study where no joint is named.
_GENERAL = {FindingName.FRACTURE, FindingName.TUMOR, FindingName.INFECTION, FindingName.INSTABILITY}
_WORN = {
    FindingName.DEGENERATION, FindingName.SCLEROSIS, FindingName.OSTEOPHYTES, FindingName.JOINT_SPACE_NARROWING,
    FindingName.EROSION, FindingName.ANKYLOSIS, FindingName.BONE_MARROW_EDEMA, FindingName.OSTEOARTHRITIS,
    FindingName.DISC_DEGENERATION, FindingName.DISC_HERNIATION, FindingName.STENOSIS, FindingName.FACET_ARTHROPATHY,
}  # fmt: skip
# What decides against a procedure: kept from a retelling too, though the report was not read so.
_GRAVE = {
    FindingName.FRACTURE, FindingName.TUMOR, FindingName.INFECTION, FindingName.INSTABILITY, FindingName.STENOSIS,
    FindingName.INFLAMMATORY_ARTHROPATHY, FindingName.NEURAL_COMPRESSION, FindingName.DISC_HERNIATION,
    FindingName.SPONDYLOLISTHESIS, FindingName.OSTEOARTHRITIS,
}  # fmt: skip


@dataclass
class _Slot:
    """One fact of the case in the making, with its tellings."""

    fact: ImagingStudy | ImagingFinding
    told: list[Finding] = field(default_factory=list)

    @property
    def strength(self) -> Strength:
        return max(found.strength for found in self.told)

    def build(self) -> FactBase:
        by_note = sorted(self.told, key=lambda f: (f.note_date, f.note_id))
        evidence = unique_evidence(e for found in by_note for e in found.fact.evidence)
        return self.fact.model_copy(update={"evidence": evidence})


def assemble(findings: list[Finding], request: Request) -> Merged:
    """One fact per study and per thing seen in it.

    Args:
        findings: those of this family's kinds, in the order of their notes.
        request: what is requested (side, date).
    """
    ranked = sorted(findings, key=lambda f: (-f.strength, -_precision(f.fact.date), f.note_date, f.note_id))  # type: ignore[attr-defined]
    studies: list[_Slot] = []
    for found in ranked:
        if isinstance(found.fact, ImagingStudy):
            _place_study(found, found.fact, studies)
    seen: list[_Slot] = []
    for found in ranked:
        if isinstance(found.fact, ImagingFinding):
            _place_finding(found, found.fact, seen, studies)
    _settle_doubts(seen)
    conflicts: list[Conflict] = []
    order = sorted(studies, key=lambda s: s.fact.date or "9") + sorted(seen, key=lambda s: s.fact.date or "9")
    return [slot.build() for slot in order], conflicts


def _precision(date: PartialDate | None) -> int:
    return 0 if date is None else len(date)


def _same_time(a: PartialDate | None, b: PartialDate | None, slack: int = 0) -> bool:
    if a is None or b is None or a.could_equal(b):
        return True
    return a.precision == b.precision == "day" and abs((a.first - b.first).days) <= slack


def _place_study(found: Finding, fact: ImagingStudy, studies: list[_Slot]) -> None:
    host = _host(
        found, fact.modality, fact.region, fact.date, fact.laterality, studies, exact=found.strength == Strength.PRIMARY
    )
    if host is None:
        studies.append(_Slot(fact, [found]))
        return
    host.told.append(found)
    study = host.fact
    better = fact.date if _precision(fact.date) > _precision(study.date) else study.date
    host.fact = study.model_copy(update={"date": better, "laterality": study.laterality or fact.laterality})


def _host(
    found: Finding,
    modality: str | None,
    region: str | None,
    date: PartialDate | None,
    side: Laterality | None,
    studies: list[_Slot],
    exact: bool = False,
) -> _Slot | None:
    """The study that a telling is of: same modality and region, a date that fits, the latest where none is told."""
    fitting = [
        s
        for s in studies
        if modality in (None, s.fact.modality)
        and _same_time(date, s.fact.date, 0 if exact else _REPORTING_DAYS)
        and (s.fact.date is None or s.fact.date.first <= found.note_date)
    ]
    same = [s for s in fitting if region is None or s.fact.region == region]
    if side in (Laterality.LEFT, Laterality.RIGHT):
        same = [s for s in same if s.fact.laterality in (None, side, Laterality.BILATERAL)]
    if exact:
        same = [s for s in same if s.fact.date == date]
    elif not same and region is not None:
        near = _NEAR.get(Region(region), set())
        others = [s for s in fitting if any(t.note_id != found.note_id for t in s.told)]
        same = [s for s in others if s.fact.region in near and (date is None or s.fact.date == date)]
    return max(same, key=lambda s: (s.fact.date or "", s.strength), default=None)


def _place_finding(found: Finding, fact: ImagingFinding, seen: list[_Slot], studies: list[_Slot]) -> None:
    host: _Slot | None = None
    if found.strength < Strength.PRIMARY:
        region = found.hints.get("study")
        host = _host(found, fact.modality, region or _of_study(fact, studies), fact.date, None, studies)
        if host is not None and fact.modality is not None:
            own = host.fact.region if fact.finding in _GENERAL and fact.region == region else fact.region
            fact = fact.model_copy(update={"date": host.fact.date or fact.date, "region": own})
    slots = [
        s
        for s in seen
        if isinstance(s.fact, ImagingFinding)
        and s.fact.region == fact.region
        and fact.modality in (None, s.fact.modality)
        and _same_time(fact.date, s.fact.date)
    ]
    same = [s for s in slots if s.fact.finding == fact.finding]  # type: ignore[union-attr]
    if found.strength == Strength.PRIMARY:
        same = [s for s in same if s.fact.laterality == fact.laterality and s.fact.date == fact.date]
    else:
        same = [s for s in same if _covers(s.fact.laterality, fact.laterality)]
        if not same and fact.finding == FindingName.NORMAL and any(s.strength > found.strength for s in slots):
            # "hip films are normal" of a report that told it finding by finding
            for slot in slots:
                if slot.fact.presence == Presence.ABSENT and slot.fact.finding in _WORN:  # type: ignore[union-attr]
                    slot.told.append(found)
                    break
            return
    if (
        not same
        and host is not None
        and host.strength == Strength.PRIMARY
        and not _weighs(fact)
        and _is_reported(fact, host, seen)
    ):
        return  # the report says what was seen there (corpora/GUIDE.md section 2)
    if not same:
        seen.append(_Slot(fact, [found]))
        return
    for slot in same:
        if slot.fact.presence == fact.presence:  # type: ignore[union-attr]
            slot.told.append(found)
            _fill(slot, fact, found.strength)


def _fill(slot: _Slot, fact: ImagingFinding, strength: Strength) -> None:
    """What the better telling leaves open may be told by its equals only: a summary adds nothing to a report."""
    if strength < slot.strength:
        return
    kept = slot.fact
    assert isinstance(kept, ImagingFinding)
    slot.fact = kept.model_copy(
        update={
            "severity": kept.severity or fact.severity,
            "laterality": kept.laterality or fact.laterality,
            "date": kept.date or fact.date,
            "modality": kept.modality or fact.modality,
        }
    )


def _weighs(fact: ImagingFinding) -> bool:
    return fact.finding in _GRAVE and fact.presence != Presence.ABSENT


def _is_reported(fact: ImagingFinding, study: _Slot, seen: list[_Slot]) -> bool:
    """Whether the report of the study tells of the same joint or part of the spine."""
    return any(
        s.strength == Strength.PRIMARY
        and (s.fact.modality, s.fact.date, s.fact.region) == (study.fact.modality, study.fact.date, fact.region)
        for s in seen
    )


def _of_study(fact: ImagingFinding, studies: list[_Slot]) -> str | None:
    """The region of the study in which a finding of this region was most likely seen."""
    near = _NEAR.get(fact.region, {fact.region})
    regions = {s.fact.region for s in studies if fact.modality in (None, s.fact.modality)}
    if fact.region in regions:
        return fact.region
    return next((r for r in sorted(regions) if r in near), fact.region)


def _covers(side: Laterality | None, other: Laterality | None) -> bool:
    return side == other or side is None or other is None or Laterality.BILATERAL in (side, other)


def _settle_doubts(seen: list[_Slot]) -> None:
    """A finding that was possible and that a later study looked at again and refuted is absent (GUIDE section 2)."""
    facts = [s for s in seen if isinstance(s.fact, ImagingFinding)]
    for slot in facts:
        doubt = slot.fact
        if not isinstance(doubt, ImagingFinding) or doubt.presence != Presence.POSSIBLE or doubt.date is None:
            continue
        for other in facts:
            later = other.fact
            if (
                isinstance(later, ImagingFinding)
                and later.presence == Presence.ABSENT
                and (later.region, later.finding) == (doubt.region, doubt.finding)
                and later.date is not None
                and later.date.first > doubt.date.last
                and _covers(later.laterality, doubt.laterality)
            ):
                slot.fact = doubt.model_copy(update={"presence": Presence.ABSENT})
                slot.told += other.told
                break
