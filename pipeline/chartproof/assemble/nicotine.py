"""Merges nicotine status of all notes (nicotine_status): one fact, the state as of the latest note that tells it."""

from __future__ import annotations

from chartproof.assemble.merge import Merged, unique_evidence
from chartproof.extract.finding import Finding
from chartproof.model import Conflict, PartialDate, Request
from chartproof.model.facts import NicotineStatus
from chartproof.model.vocab import NicotineState


def assemble(findings: list[Finding], request: Request) -> Merged:
    """One fact. A plain "nonsmoker" of a chart that elsewhere tells of use means that the use has ended."""
    ordered = sorted(findings, key=lambda f: (f.note_date, f.note_id), reverse=True)
    facts = [f.fact for f in ordered if isinstance(f.fact, NicotineStatus)]
    latest, newest = facts[0], ordered[0]
    status = latest.status
    used = [f for f in facts if f.status is not NicotineState.NEVER]
    conflicts: list[Conflict] = []
    if status is NicotineState.NEVER and used:
        if newest.hints.get("weak") and used[0].status is NicotineState.FORMER:
            status = NicotineState.FORMER
        else:
            # "never" after use was told cannot be: the use stands, and both sides are shown
            status = used[0].status
            conflicts.append(_conflict(latest, used[0]))
    elif newest.hints.get("also"):
        told = [str(status), *newest.hints["also"]]
        conflicts.append(Conflict(kind="nicotine_status", attribute="status", values=told, evidence=latest.evidence))
    same = [f for f in facts if f.status is status]
    product = next((f.product for f in facts if f.product), None) if status is not NicotineState.NEVER else None
    fact = NicotineStatus(
        status=status,
        product=product,
        quit_date=_quit_date(same) if status is NicotineState.FORMER else None,
        evidence=unique_evidence(e for f in [*same, *facts] for e in f.evidence),
    )
    return [fact], conflicts


def _quit_date(facts: list[NicotineStatus]) -> PartialDate | None:
    """The quit date told last, made more precise by an earlier telling that agrees with it."""
    dates = [f.quit_date for f in facts if f.quit_date]
    if not dates:
        return None
    best = dates[0]
    for other in dates[1:]:
        if len(other) > len(best) and other.could_equal(best):
            best = other
    return best


def _conflict(one: NicotineStatus, other: NicotineStatus) -> Conflict:
    return Conflict(
        kind="nicotine_status",
        attribute="status",
        values=[str(other.status), str(one.status)],
        evidence=unique_evidence([*other.evidence, *one.evidence]),
    )
