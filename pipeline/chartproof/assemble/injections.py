"""Merges injections and stated totals of injections of all notes (injection, injection_count).

One fact per event. An event is told by its procedure document, by follow-ups, by letters; a telling belongs to an
event of its target on a compatible side by its date, else by its number ("the second one"), else it is the latest one
before its note. The procedure document says what was done; the first follow-up that gives a figure says what came of
it (corpora/GUIDE.md section 2). A telling that fits no event is an event of its own.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from chartproof.assemble.merge import Merged, unique_evidence
from chartproof.extract.finding import Finding, Strength
from chartproof.model import Conflict, Evidence, FactBase, PartialDate, Request
from chartproof.model.facts import Injection, InjectionCount
from chartproof.model.vocab import InjectionTarget, Laterality

_DONE = ("guidance", "contrast", "route", "purpose", "anesthetic", "steroid", "concurrent")
_DISPUTABLE = ("guidance", "contrast", "route", "anesthetic", "steroid")
_LATEST = -1
_SLIP = timedelta(days=3)  # a follow-up that misremembers the day
_ROUGH = timedelta(days=10)  # "three weeks ago"


@dataclass
class _Event:
    """The tellings of one injection."""

    target: InjectionTarget
    side: Laterality | None
    date: PartialDate | None
    ordinal: int | None = None
    tellings: list[Finding] = field(default_factory=list)
    of_all: list[Finding] = field(default_factory=list)  # tellings of several injections together
    plans: list[Finding] = field(default_factory=list)

    @property
    def primary(self) -> bool:
        return any(f.strength is Strength.PRIMARY for f in self.tellings)

    def add(self, found: Finding) -> None:
        fact = _injection(found)
        self.tellings.append(found)
        if self.date is None or (fact.date is not None and not self.primary and len(fact.date) > len(self.date)):
            self.date = fact.date if fact.date is not None else self.date
        self.side = self.side or fact.laterality
        if self.ordinal is None and (found.hints.get("ordinal") or 0) > 0:
            self.ordinal = found.hints["ordinal"]


def assemble(findings: list[Finding], request: Request) -> Merged:
    """One fact per event or state.

    Args:
        findings: those of this family's kinds, in the order of their notes.
        request: what is requested (side, date).
    """
    injections = [f for f in findings if isinstance(f.fact, Injection)]
    counts = [f for f in findings if isinstance(f.fact, InjectionCount)]
    events = _events([f for f in injections if _injection(f).status == "performed"])
    declined = _same_wish([f for f in injections if _injection(f).status == "declined" and not f.hints.get("generic")])
    plans = _open_plans([f for f in injections if _injection(f).status == "planned"], events, declined)
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


def _injection(found: Finding) -> Injection:
    assert isinstance(found.fact, Injection)
    return found.fact


def _sides_fit(a: Laterality | None, b: Laterality | None) -> bool:
    """The same side, or one of them untold; a bilateral injection is told of one side too."""
    return a is None or b is None or a == b or Laterality.BILATERAL in (a, b)


def _side_distance(a: Laterality | None, b: Laterality | None) -> int:
    return 0 if a == b else 1 if a is None or b is None else 2


# -- which event a telling belongs to ---------------------------------------------------------------------------------


def _events(findings: list[Finding]) -> list[_Event]:
    """The events that the tellings of performed injections make up, in the order in which they are first told."""
    events: list[_Event] = []
    primary = [f for f in findings if f.strength is Strength.PRIMARY]
    for found in primary:
        fact = _injection(found)
        same = [
            e for e in events if e.target == fact.target and _sides_fit(e.side, fact.laterality) and e.date == fact.date
        ]
        if same:
            same[0].add(found)
        else:
            events.append(_new(found))
    rest = [f for f in findings if f.strength is not Strength.PRIMARY]
    # dated tellings first: an undated one may point to an injection that only a later note dates
    for found in [f for f in rest if _injection(f).date is not None and not f.hints.get("group")]:
        _place_dated(found, events)
    for found in [f for f in rest if _injection(f).date is None or f.hints.get("group")]:
        if found.hints.get("group"):
            continue
        _place_undated(found, events)
    for found in rest:
        if found.hints.get("group"):
            _place_group(found, events)
    return sorted(events, key=lambda e: min((f.note_date, f.note_id) for f in [*e.tellings, *e.of_all]))


def _new(found: Finding) -> _Event:
    fact = _injection(found)
    event = _Event(fact.target, fact.laterality, fact.date)
    event.add(found)
    return event


def _kin(found: Finding, events: list[_Event]) -> list[_Event]:
    """The events of the telling's target and side; of any target where it names none."""
    fact = _injection(found)
    fits = [
        e
        for e in events
        if (found.hints.get("generic") or e.target == fact.target) and _sides_fit(e.side, fact.laterality)
    ]
    if fact.laterality is None:
        return fits
    best = min((_side_distance(e.side, fact.laterality) for e in fits), default=0)
    return [e for e in fits if _side_distance(e.side, fact.laterality) == best] if best < 2 else fits


def _place_dated(found: Finding, events: list[_Event]) -> None:
    fact = _injection(found)
    assert fact.date is not None
    day = fact.date
    all_kin = [
        e
        for e in events
        if (found.hints.get("generic") or e.target == fact.target) and _sides_fit(e.side, fact.laterality)
    ]
    fits = [e for e in all_kin if e.date is not None and e.date.could_equal(day)]
    if not fits:
        slack = _ROUGH if found.hints.get("date_form") == "ago" and day.precision == "day" else _SLIP
        if found.hints.get("date_form") == "ago" and day.precision == "month":
            slack = timedelta(days=31)
        if day.precision == "day" or slack > _SLIP:
            fits = [
                e
                for e in all_kin
                if e.date is not None
                and e.date.precision == "day"
                and e.primary
                and day.first - slack <= e.date.first <= day.last + slack
            ]
    if not fits and (found.hints.get("ordinal") or 0) > 0:
        fits = [e for e in all_kin if e.date is None and e.ordinal == found.hints["ordinal"]]
    if not fits:
        if found.hints.get("generic") and not found.hints.get("likely"):
            return
        events.append(_new(found))
        return
    fits = sorted(
        fits,
        key=lambda e: (
            _side_distance(e.side, fact.laterality),
            e.target != InjectionTarget.SI_JOINT,
            _contradictions(e, fact),
        ),
    )
    if found.hints.get("combined"):
        for event in fits:
            event.add(found)
        return
    wanted = [e for e in fits if e.ordinal == found.hints.get("ordinal")] if found.hints.get("ordinal") else []
    (wanted or fits)[0].add(found)


def _contradictions(event: _Event, fact: Injection) -> int:
    """How many attributes of what was done differ between the event's tellings and this one."""
    count = 0
    for name in ("guidance", "steroid"):
        told = next((v for f in event.tellings if (v := getattr(f.fact, name)) is not None), None)
        mine = getattr(fact, name)
        if told is not None and mine is not None and told != mine and (name != "steroid" or "none" in (told, mine)):
            count += 1
    return count


def _past(found: Finding, events: list[_Event]) -> list[_Event]:
    """The events before the telling's note, oldest first; undated ones first of all."""
    past = [e for e in events if e.date is None or e.date.first <= found.note_date]
    own = [
        e for e in past if not any(f.note_id == found.note_id and f.strength is Strength.PRIMARY for f in e.tellings)
    ]
    return sorted(own, key=lambda e: (e.date is not None, e.date.first if e.date else found.note_date))


def _place_undated(found: Finding, events: list[_Event]) -> None:
    fact = _injection(found)
    kin = _past(found, _kin(found, events))
    if not kin:
        kin = _past(
            found,
            [
                e
                for e in events
                if (found.hints.get("generic") or e.target == fact.target) and _sides_fit(e.side, fact.laterality)
            ],
        )
    ordinal = found.hints.get("ordinal")
    if ordinal and ordinal > 0:
        if found.hints.get("generic"):
            kin = [e for e in kin if e.target == InjectionTarget.SI_JOINT] or kin
        numbered = [e for e in kin if e.ordinal == ordinal]
        in_order = [e for e in kin if e.date is not None]
        if numbered:
            numbered[-1].add(found)
        elif ordinal <= len(in_order) and in_order[ordinal - 1].ordinal in (None, ordinal):
            in_order[ordinal - 1].add(found)
        elif not found.hints.get("generic"):
            events.append(_new(found))
        return
    if not kin:
        if not found.hints.get("generic") or (found.hints.get("likely") and _says_outcome(fact)):
            events.append(_new(found))
        return
    told_in_same_note = [e for e in kin if any(f.note_id == found.note_id for f in e.tellings)]
    if len(told_in_same_note) == len(kin) > 0 and _distinct_from(found, kin):
        events.append(_new(found))
        return
    latest = kin[-1]
    if found.hints.get("generic"):
        session = [e for e in kin if e.date == latest.date]
        latest = next((e for e in session if e.target == InjectionTarget.SI_JOINT), latest)
        if found.hints.get("combined"):
            for event in session:
                event.add(found)
            return
    free = [e for e in reversed(kin) if _contradictions(e, fact) == 0]
    (free[0] if free else latest).add(found)


def _distinct_from(found: Finding, kin: list[_Event]) -> bool:
    """An undated telling beside dated ones of the same note, with an outcome that theirs rules out, is another one."""
    relief = _injection(found).relief_percent
    if relief is None:
        return False
    for event in kin:
        for other in event.tellings:
            theirs = _injection(other).relief_percent
            if other.note_id == found.note_id and theirs is not None and not _apart(relief, theirs):
                return False
            if theirs is None:
                return False
    return True


def _says_outcome(fact: Injection) -> bool:
    return fact.relief_percent is not None or fact.relief_days is not None


def _place_group(found: Finding, events: list[_Event]) -> None:
    """ "Two SI injections, each ...": said of all of them that are known; else events of their own where it says more."""
    fact = _injection(found)
    kin = [
        e for e in _past(found, [e for e in events if e.target == fact.target and _sides_fit(e.side, fact.laterality)])
    ]
    if found.hints.get("generic"):
        kin = _past(found, [e for e in events if e.target == InjectionTarget.SI_JOINT])
    if kin:
        for event in kin:
            event.of_all.append(found)
        return
    count = found.hints.get("count")
    if found.hints.get("generic") or (count and not _says_outcome(fact) and fact.date is None):
        return
    for _ in range(min(count or 1, 4)):
        events.append(_new(found))


# -- plans and refusals -----------------------------------------------------------------------------------------------


def _same_wish(findings: list[Finding]) -> list[list[Finding]]:
    """Tellings of one plan, or of one refusal, together."""
    groups: list[list[Finding]] = []
    for found in findings:
        fact = _injection(found)
        for group in groups:
            first = _injection(group[0])
            if first.target == fact.target and _sides_fit(first.laterality, fact.laterality):
                group.append(found)
                break
        else:
            groups.append([found])
    return groups


def _open_plans(plans: list[Finding], events: list[_Event], declined: list[list[Finding]]) -> list[list[Finding]]:
    """The plans that nothing came of yet; one carried out is evidence of the injection, one refused later is none."""
    still_open: list[Finding] = []
    for found in plans:
        fact = _injection(found)
        done = [
            e
            for e in events
            if e.target == (InjectionTarget.SI_JOINT if found.hints.get("generic") else fact.target)
            and _sides_fit(e.side, fact.laterality)
            and (e.date.last >= found.note_date if e.date else any(f.note_date > found.note_date for f in e.tellings))
        ]
        if done:
            min(done, key=lambda e: e.date.first if e.date else date.max).plans.append(found)
            continue
        if found.hints.get("generic"):
            continue
        refused = any(
            _injection(group[0]).target == fact.target
            and _sides_fit(_injection(group[0]).laterality, fact.laterality)
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


def _apart(a: tuple[float, float], b: tuple[float, float]) -> bool:
    """Two ranges that disagree by more than the tolerance of 10%."""
    return a[1] * 1.1 < b[0] or b[1] * 1.1 < a[0]


def _fuse(event: _Event) -> tuple[Injection, list[Conflict]]:
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
    for found in event.tellings:
        other = found.hints.get("other_side")
        if other is not None:
            sides = [str(_injection(found).laterality), str(other)]
            conflicts.append(
                Conflict(kind="injection", attribute="laterality", values=sides, evidence=found.fact.evidence)
            )
    relief, disputed = _relief(event)
    values["relief_percent"] = relief
    if disputed:
        conflicts.append(_conflict("relief_percent", disputed))
    later = [*event.tellings, *event.of_all]
    values["relief_days"] = next((v for f in later if (v := _injection(f).relief_days) is not None), None)
    if any(_injection(f).relief_ended for f in later):
        values["relief_ended"] = True
    if values["relief_days"] is None and any(_injection(f).relief_temporary for f in later):
        values["relief_temporary"] = True
    evidence = unique_evidence(e for f in [*later, *event.plans] for e in f.fact.evidence)
    return Injection(**values, evidence=evidence), conflicts


def _date(event: _Event) -> PartialDate | None:
    """The procedure document's date, else the most precise one told, the earlier telling first."""
    dated = [f for f in event.tellings if _injection(f).date is not None]
    if not dated:
        return None
    best = min(dated, key=lambda f: (-f.strength, -len(_injection(f).date or ""), f.note_date, f.note_id))
    return _injection(best).date


def _laterality(event: _Event) -> Laterality | None:
    sided = [f for f in event.tellings if _injection(f).laterality is not None]
    if not sided:
        return None
    return _injection(min(sided, key=lambda f: (-f.strength, f.note_date, f.note_id))).laterality


def _relief(event: _Event) -> tuple[tuple[float, float] | None, list[Finding]]:
    """The first follow-up's figure; where two tellings of one day differ, both spanned; else that of the day itself."""
    later = [f for f in event.tellings if _injection(f).relief_percent is not None and not f.hints.get("immediate")]
    of_all = [f for f in event.of_all if _injection(f).relief_percent is not None]
    at_once = [f for f in event.tellings if _injection(f).relief_percent is not None and f.hints.get("immediate")]
    for tellings in (later, of_all, at_once):
        if not tellings:
            continue
        day = tellings[0].note_date
        equals = [f for f in tellings if f.note_date == day]
        ranges = [r for f in equals if (r := _injection(f).relief_percent) is not None]
        first = ranges[0]
        if any(_apart(first, other) for other in ranges[1:]):
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


def _mark_concurrent(events: list[_Event], facts: list[FactBase]) -> None:
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
    groups: list[list[Finding]] = []
    for found in findings:
        for group in groups:
            if group[0].fact.target == found.fact.target and _sides_fit(
                group[0].fact.laterality, found.fact.laterality
            ):  # type: ignore[attr-defined]
                group.append(found)
                break
        else:
            groups.append([found])
    out: list[FactBase] = []
    for group in groups:
        latest = max(group, key=lambda f: (f.note_date, f.note_id, f.fact.count))  # type: ignore[attr-defined]
        side = next((s for f in reversed(group) if (s := f.fact.laterality) is not None), None)  # type: ignore[attr-defined]
        same = [f for f in group if f.fact.count == latest.fact.count]  # type: ignore[attr-defined]
        out.append(
            InjectionCount(
                target=latest.fact.target,  # type: ignore[attr-defined]
                laterality=side,
                count=latest.fact.count,  # type: ignore[attr-defined]
                evidence=unique_evidence(e for f in same for e in f.fact.evidence),
            )
        )
    return out
