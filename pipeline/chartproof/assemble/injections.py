"""Merges injections and stated totals of injections of all notes (injection, injection_count).

One fact per event (injection_events.py finds them). The procedure's document says what was done; the first follow-up
that gives a figure says what came of it (corpora/GUIDE.md section 2). A plan that was carried out is no fact beside
the injection; a refusal is one.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from chartproof.assemble.injection_events import Event, apart, find_events, injection, sides_fit
from chartproof.assemble.merge import Merged, unique_evidence
from chartproof.extract.finding import Finding
from chartproof.model import Conflict, Evidence, FactBase, PartialDate, Request
from chartproof.model.facts import Injection, InjectionCount
from chartproof.model.vocab import InjectionTarget, Laterality

_DONE = ("guidance", "contrast", "route", "purpose", "anesthetic", "steroid", "concurrent")
_DISPUTABLE = ("guidance", "contrast", "route", "anesthetic", "steroid")


def assemble(findings: list[Finding], request: Request) -> Merged:
    """One fact per event or state.

    Args:
        findings: those of this family's kinds, in the order of their notes.
        request: what is requested (side, date).
    """
    injections = [f for f in findings if isinstance(f.fact, Injection)]
    counts = [f for f in findings if isinstance(f.fact, InjectionCount)]
    events = find_events([f for f in injections if injection(f).status == "performed"])
    known = {e.target for e in events}
    declined = _same_wish(
        [
            f
            for f in injections
            if injection(f).status == "declined" and (_of_a_target(f) or known == {InjectionTarget.SI_JOINT})
        ]
    )
    plans = _open_plans([f for f in injections if injection(f).status == "planned"], events, declined)
    facts: list[FactBase] = []
    conflicts: list[Conflict] = []
    for event in events:
        event.tellings.sort(key=lambda f: (f.note_date, f.note_id))
        fact, disputed = _fuse(event)
        facts.append(fact)
        conflicts += disputed
    _mark_concurrent(events, facts)
    facts += [_wish(group) for group in [*plans, *declined]]
    facts += _totals(counts)
    return facts, conflicts


# -- plans and refusals -----------------------------------------------------------------------------------------------


def _of_a_target(found: Finding) -> bool:
    """Whether a refusal says of what, by its own words or by what its note is about."""
    return not found.hints.get("generic") or bool(found.hints.get("likely"))


def _same_wish(findings: list[Finding]) -> list[list[Finding]]:
    """Tellings of one plan, or of one refusal, together."""
    groups: list[list[Finding]] = []
    for found in findings:
        fact = injection(found)
        for group in groups:
            first = injection(group[0])
            if first.target == fact.target and sides_fit(first.laterality, fact.laterality):
                group.append(found)
                break
        else:
            groups.append([found])
    return groups


def _open_plans(plans: list[Finding], events: list[Event], declined: list[list[Finding]]) -> list[list[Finding]]:
    """The plans that nothing came of yet; one carried out is evidence of the injection, one refused later is none."""
    still_open: list[Finding] = []
    for found in plans:
        fact = injection(found)
        done = [
            e
            for e in events
            if e.target == (InjectionTarget.SI_JOINT if found.hints.get("generic") else fact.target)
            and sides_fit(e.side, fact.laterality)
            and (e.date.last >= found.note_date if e.date else any(f.note_date > found.note_date for f in e.tellings))
        ]
        if done:
            min(done, key=lambda e: e.date.first if e.date else date.max).plans.append(found)
            continue
        of_joint = found.hints.get("likely") or {e.target for e in events} == {InjectionTarget.SI_JOINT}
        if found.hints.get("generic") and not (of_joint and fact.date is not None):
            continue
        refused = any(
            injection(group[0]).target == fact.target
            and sides_fit(injection(group[0]).laterality, fact.laterality)
            and any((f.note_date, f.note_id) >= (found.note_date, found.note_id) for f in group)
            for group in declined
        )
        if not refused:
            still_open.append(found)
    return _same_wish(still_open)


def _wish(group: list[Finding]) -> Injection:
    """A plan or a refusal: what its tellings state, the later one first."""
    values: dict[str, Any] = {}
    for found in sorted(group, key=lambda f: (f.note_date, f.note_id), reverse=True):
        for name, value in found.fact:
            if name not in ("kind", "evidence") and value is not None and values.get(name) is None:
                values[name] = value
    return Injection(**values, evidence=unique_evidence(e for f in group for e in f.fact.evidence))


# -- one fact of an event ---------------------------------------------------------------------------------------------


def _fuse(event: Event) -> tuple[Injection, list[Conflict]]:
    """The fact: what was done from the procedure's document, the outcome from the first follow-up with a figure."""
    conflicts: list[Conflict] = []
    values: dict[str, Any] = {
        "target": event.target,
        "status": "performed",
        "date": _date(event),
        "laterality": _laterality(event),
    }
    weighty = sorted(event.tellings, key=lambda f: (-f.strength, f.note_date, f.note_id))
    for name in _DONE:
        told = [f for f in weighty if getattr(f.fact, name) is not None] or [
            f for f in event.of_all if getattr(f.fact, name) is not None
        ]
        if not told:
            continue
        first = getattr(told[0].fact, name)
        equals = [f for f in told if f.strength == told[0].strength]
        different = {str(getattr(f.fact, name)) for f in equals}
        if len(different) > 1 and name in _DISPUTABLE:
            conflicts.append(_conflict(name, equals))
            continue
        values[name] = first
    for name in ("purpose",) if event.target is InjectionTarget.SI_JOINT else ("purpose", "route", "guidance"):
        if values.get(name) is None:
            values[name] = next((v for f in event.plans if (v := getattr(f.fact, name)) is not None), None)
    side_put_right = any("laterality" in f.hints.get("corrects", ()) for f in event.tellings)
    for found in event.tellings if not side_put_right else ():
        other = found.hints.get("other_side")
        if other is not None:
            sides = [str(injection(found).laterality), str(other)]
            conflicts.append(
                Conflict(kind="injection", attribute="laterality", values=sides, evidence=found.fact.evidence)
            )
    relief, disputed = _relief(event)
    values["relief_percent"] = relief
    if disputed:
        conflicts.append(_conflict("relief_percent", disputed))
    later = [*event.tellings, *event.of_all]
    values["relief_days"] = next((v for f in later if (v := injection(f).relief_days) is not None), None)
    if values["relief_days"] is None:
        values["relief_days"] = _days_until(event, values["date"])
    if any(injection(f).relief_ended for f in later):
        values["relief_ended"] = True
    if values["relief_days"] is None and any(injection(f).relief_temporary for f in later):
        values["relief_temporary"] = True
    evidence = unique_evidence(e for f in [*later, *event.plans] for e in f.fact.evidence)
    return Injection(**values, evidence=evidence), conflicts


def _days_until(event: Event, done: PartialDate | None) -> float | None:
    """Days from the injection to the day on which its relief is told to have ended, where both are known."""
    if done is None or done.precision != "day":
        return None
    for found in event.tellings:
        until = found.hints.get("until")
        if until is not None and 0 < (until - done.first).days <= 730:
            return float((until - done.first).days)
    return None


def _date(event: Event) -> PartialDate | None:
    """The procedure document's date, else the most precise one told, the earlier telling first."""
    dated = [f for f in event.tellings if injection(f).date is not None]
    if not dated:
        return None
    best = min(dated, key=lambda f: (-f.strength, -len(injection(f).date or ""), f.note_date, f.note_id))
    return injection(best).date


def _laterality(event: Event) -> Laterality | None:
    if event.half:
        return event.side
    put_right = [f for f in event.tellings if "laterality" in f.hints.get("corrects", ()) and injection(f).laterality]
    if put_right:
        return injection(max(put_right, key=lambda f: (f.note_date, f.note_id))).laterality
    sided = [f for f in event.tellings if injection(f).laterality is not None]
    if not sided:
        return None
    return injection(min(sided, key=lambda f: (-f.strength, f.note_date, f.note_id))).laterality


def _relief(event: Event) -> tuple[tuple[float, float] | None, list[Finding]]:
    """The first follow-up's figure; where two tellings of one day differ, both spanned; else that of the day itself."""
    put_right = [
        f
        for f in event.tellings
        if "relief_percent" in f.hints.get("corrects", ()) and injection(f).relief_percent is not None
    ]
    if put_right:  # the latest correction decides
        return injection(max(put_right, key=lambda f: (f.note_date, f.note_id))).relief_percent, []
    later = [f for f in event.tellings if injection(f).relief_percent is not None and not f.hints.get("immediate")]
    of_all = [f for f in event.of_all if injection(f).relief_percent is not None]
    at_once = [f for f in event.tellings if injection(f).relief_percent is not None and f.hints.get("immediate")]
    # a diary added to the procedure's document says more of this injection than what is told of several together
    diary = [f for f in at_once if not f.hints.get("from_scores") and injection(f).relief_days is not None]
    for tellings in (later, diary, of_all, at_once):
        if not tellings:
            continue
        day = tellings[0].note_date
        equals = [f for f in tellings if f.note_date == day]
        ranges = [r for f in equals if (r := injection(f).relief_percent) is not None]
        first = ranges[0]
        if any(apart(first, other) for other in ranges[1:]):
            return (min(r[0] for r in ranges), max(r[1] for r in ranges)), equals
        return first, []
    return None, []


def _conflict(name: str, findings: list[Finding]) -> Conflict:
    values: list[str] = []
    evidence: list[Evidence] = []
    for f in findings:
        value = getattr(f.fact, name)
        text = f"{value[0]:g}-{value[1]:g}" if isinstance(value, tuple) else str(value)
        if text not in values:
            values.append(text)
        evidence += f.fact.evidence
    return Conflict(kind="injection", attribute=name, values=values, evidence=unique_evidence(evidence))


def _mark_concurrent(events: list[Event], facts: list[FactBase]) -> None:
    """Injections of different targets on the same day were one session; the opposite SI joint is no other site."""
    for event, fact in zip(events, facts, strict=True):
        assert isinstance(fact, Injection)
        others = [
            other
            for other, told in zip(events, facts, strict=True)
            if other is not event
            and isinstance(told, Injection)
            and told.target != fact.target
            and told.date is not None
            and told.date == fact.date
            and told.date.precision == "day"
        ]
        if others:
            fact.concurrent = True


# -- stated totals ----------------------------------------------------------------------------------------------------


def _totals(findings: list[Finding]) -> list[FactBase]:
    """One total a target and side: the latest note's, with the evidence of all that say the same."""
    groups: list[list[tuple[Finding, InjectionCount]]] = []
    for found in findings:
        fact = found.fact
        assert isinstance(fact, InjectionCount)
        for group in groups:
            first = group[0][1]
            if first.target == fact.target and sides_fit(first.laterality, fact.laterality):
                group.append((found, fact))
                break
        else:
            groups.append([(found, fact)])
    out: list[FactBase] = []
    for group in groups:
        _, latest = max(group, key=lambda told: (told[0].note_date, told[0].note_id, told[1].count))
        side = next((s for _, fact in reversed(group) if (s := fact.laterality) is not None), None)
        evidence = unique_evidence(e for _, fact in group if fact.count == latest.count for e in fact.evidence)
        out.append(InjectionCount(target=latest.target, laterality=side, count=latest.count, evidence=evidence))
    return out
