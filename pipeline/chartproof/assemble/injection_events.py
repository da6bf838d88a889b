"""Which tellings of injections are of one event.

An injection is told by its procedure's document, by follow-ups, by letters. A telling belongs to an event of its
target on a compatible side by its date, else by its number ("the second one"), else it is the latest one before its
note; one that fits no event is an event of its own.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from chartproof.extract.finding import Finding, Strength
from chartproof.model import PartialDate
from chartproof.model.facts import Injection
from chartproof.model.vocab import InjectionTarget, Laterality

_SLIP = timedelta(days=6)  # a follow-up that misremembers the day
_NEXT_MONTH = timedelta(days=7)  # "the April injection" of March 28
_SINCE = timedelta(days=31)  # "4 weeks s/p"
_AFTERWARDS = timedelta(days=130)  # a follow-up that names no injection is of one documented shortly before
_ROUGH = timedelta(days=10)  # "three weeks ago"


@dataclass
class Event:
    """The tellings of one injection."""

    target: InjectionTarget
    side: Laterality | None
    date: PartialDate | None
    ordinal: int | None = None
    tellings: list[Finding] = field(default_factory=list)
    of_all: list[Finding] = field(default_factory=list)  # tellings of several injections together
    plans: list[Finding] = field(default_factory=list)
    half: bool = False  # one side of a session of both joints

    @property
    def primary(self) -> bool:
        return any(f.strength is Strength.PRIMARY for f in self.tellings)

    def add(self, found: Finding) -> None:
        fact = injection(found)
        self.tellings.append(found)
        if self.date is None or (fact.date is not None and not self.primary and len(fact.date) > len(self.date)):
            self.date = fact.date if fact.date is not None else self.date
        self.side = self.side or fact.laterality
        if self.ordinal is None and (found.hints.get("ordinal") or 0) > 0:
            self.ordinal = found.hints["ordinal"]


def apart(a: tuple[float, float], b: tuple[float, float]) -> bool:
    """Two ranges that disagree by more than the tolerance of 10%."""
    return a[1] * 1.1 < b[0] or b[1] * 1.1 < a[0]


def injection(found: Finding) -> Injection:
    """The fact of a finding of this kind."""
    assert isinstance(found.fact, Injection)
    return found.fact


def sides_fit(a: Laterality | None, b: Laterality | None) -> bool:
    """The same side, or one of them untold; a bilateral injection is told of one side too."""
    return a is None or b is None or a == b or Laterality.BILATERAL in (a, b)


def _side_distance(a: Laterality | None, b: Laterality | None) -> int:
    return 0 if a == b else 1 if a is None or b is None else 2


def find_events(findings: list[Finding]) -> list[Event]:
    """The events that the tellings of performed injections make up, in the order in which they are first told."""
    events: list[Event] = []
    primary = [f for f in findings if f.strength is Strength.PRIMARY]
    for found in primary:
        fact = injection(found)
        same = [
            e for e in events if e.target == fact.target and sides_fit(e.side, fact.laterality) and e.date == fact.date
        ]
        if same:
            same[0].add(found)
        else:
            events.append(_new(found))
    rest = [f for f in findings if f.strength is not Strength.PRIMARY and not _corrects_side(f, events)]
    # dated tellings first: an undated one may point to an injection that only a later note dates
    for found in [f for f in rest if injection(f).date is not None and not f.hints.get("group")]:
        _place_dated(found, events)
    for found in [f for f in rest if injection(f).date is None or f.hints.get("group")]:
        if found.hints.get("group"):
            continue
        _place_undated(found, events)
    for found in rest:
        if found.hints.get("group"):
            _place_group(found, events)
    events = [half for event in events for half in _by_side(event)]
    return sorted(events, key=lambda e: min((f.note_date, f.note_id) for f in [*e.tellings, *e.of_all]))


def _corrects_side(found: Finding, events: list[Event]) -> bool:
    """Put a telling that corrects the side to the event that was told of the other side; whether there is one."""
    fact = injection(found)
    if "laterality" not in found.hints.get("corrects", ()) or fact.laterality is None:
        return False
    told_wrong = [
        e
        for e in events
        if e.target == fact.target
        and e.side in (Laterality.LEFT, Laterality.RIGHT)
        and e.date is not None
        and e.date.first <= found.note_date
        and (fact.date is None or e.date.could_equal(fact.date))
    ]
    others = [e for e in told_wrong if e.side is not fact.laterality]
    if not others or (fact.date is None and len({e.date for e in told_wrong}) > 1):
        return False
    others[-1].add(found)
    others[-1].side = fact.laterality
    return True


def _by_side(event: Event) -> list[Event]:
    """A session of both joints whose sides were told to differ is an injection a side; any other event as it is."""
    if event.side is not Laterality.BILATERAL:
        return [event]
    outcomes = {
        side: [
            r
            for f in event.tellings
            if injection(f).laterality is side and (r := injection(f).relief_percent) is not None
        ]
        for side in (Laterality.LEFT, Laterality.RIGHT)
    }
    left, right = outcomes[Laterality.LEFT], outcomes[Laterality.RIGHT]
    if not left or not right or left[0] == right[0]:
        return [event]
    return [
        Event(
            event.target,
            side,
            event.date,
            event.ordinal,
            [f for f in event.tellings if injection(f).laterality in (None, side, Laterality.BILATERAL)],
            list(event.of_all),
            list(event.plans),
            half=True,
        )
        for side in (Laterality.LEFT, Laterality.RIGHT)
    ]


def _new(found: Finding) -> Event:
    fact = injection(found)
    event = Event(fact.target, fact.laterality, fact.date)
    event.add(found)
    return event


def _kin(found: Finding, events: list[Event]) -> list[Event]:
    """The events of the telling's target and side; of any target where it names none."""
    fact = injection(found)
    fits = [
        e
        for e in events
        if (found.hints.get("generic") or e.target == fact.target) and sides_fit(e.side, fact.laterality)
    ]
    if fact.laterality is None:
        return fits
    best = min((_side_distance(e.side, fact.laterality) for e in fits), default=0)
    return [e for e in fits if _side_distance(e.side, fact.laterality) == best] if best < 2 else fits


def _place_dated(found: Finding, events: list[Event]) -> None:
    fact = injection(found)
    assert fact.date is not None
    day = fact.date
    all_kin = [
        e
        for e in events
        if (found.hints.get("generic") or e.target == fact.target) and sides_fit(e.side, fact.laterality)
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
    if not fits and found.hints.get("date_form") == "m/d":
        # "SI joint 9/23" may be of September 2023
        month = [e for e in all_kin if e.primary and e.date is not None and e.date.first.month == day.first.month]
        fits = [e for e in month if e.date and abs((e.date.first - day.first).days) < 31] if len(month) == 1 else []
    if not fits:
        fits = _misremembered(found, events, all_kin)
    if not fits and (found.hints.get("ordinal") or 0) > 0:
        fits = [e for e in all_kin if e.date is None and e.ordinal == found.hints["ordinal"]]
    if not fits and found.hints.get("date_form") == "s/p":
        near = [e for e in all_kin if e.date is not None and abs(e.date.first - day.first) <= _SINCE]
        fits = sorted(near, key=lambda e: abs(e.date.first - day.first) if e.date else _SINCE)[:1]
    if not fits:
        if found.hints.get("generic") and not (found.hints.get("likely") or _of_the_joint(found, events)):
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


def _of_the_joint(found: Finding, events: list[Event]) -> bool:
    """A dated telling that says how it was done, in a chart whose injections were all of the SI joint."""
    fact = injection(found)
    told = sum(getattr(fact, name) is not None for name in ("guidance", "contrast", "anesthetic", "steroid"))
    return told >= 2 and {e.target for e in events} == {InjectionTarget.SI_JOINT}


def _misremembered(found: Finding, events: list[Event], kin: list[Event]) -> list[Event]:
    """The one documented injection that a telling means with the wrong side, or with the month next to its own."""
    fact = injection(found)
    day = fact.date
    assert day is not None
    if day.precision == "day":
        same_day = [e for e in events if e.target == fact.target and e.date == day]
        return same_day if len(same_day) == 1 and same_day[0].primary else []
    if day.precision != "month":
        return []
    near = [
        e
        for e in kin
        if e.primary
        and e.date is not None
        and e.date.precision == "day"
        and day.first - _NEXT_MONTH <= e.date.first <= day.last + _NEXT_MONTH
    ]
    told_apart = any(f.note_id == found.note_id for e in near for f in e.tellings)
    return near if len(near) == 1 and not told_apart else []


def _contradictions(event: Event, fact: Injection) -> int:
    """How many attributes of what was done differ between the event's tellings and this one."""
    count = 0
    for name in ("guidance", "steroid"):
        told = next((v for f in event.tellings if (v := getattr(f.fact, name)) is not None), None)
        mine = getattr(fact, name)
        if told is not None and mine is not None and told != mine and (name != "steroid" or "none" in (told, mine)):
            count += 1
    return count


def _past(found: Finding, events: list[Event]) -> list[Event]:
    """The events before the telling's note, oldest first; undated ones first of all."""
    past = [e for e in events if e.date is None or e.date.first <= found.note_date]
    own = [
        e for e in past if not any(f.note_id == found.note_id and f.strength is Strength.PRIMARY for f in e.tellings)
    ]
    return sorted(own, key=lambda e: (e.date is not None, e.date.first if e.date else found.note_date))


def _place_undated(found: Finding, events: list[Event]) -> None:
    fact = injection(found)
    kin = _past(found, _kin(found, events))
    if not kin:
        kin = _past(
            found,
            [
                e
                for e in events
                if (found.hints.get("generic") or e.target == fact.target) and sides_fit(e.side, fact.laterality)
            ],
        )
    kin = [e for e in kin if not (_is_of_the_day(e, found) and _lies_back(found))]
    if found.hints.get("implicit"):
        kin = [e for e in kin if _just_before(e, found) and sides_fit(e.side, fact.laterality)]
        kin = [e for e in kin if found.hints.get("generic") or e.target == fact.target]
        if not kin:
            return
    ordinal = found.hints.get("ordinal")
    if ordinal and ordinal > 0:
        if found.hints.get("generic"):
            kin = [e for e in kin if e.target == InjectionTarget.SI_JOINT] or kin
        numbered = [e for e in kin if e.ordinal == ordinal]
        in_order = _of_one_series([e for e in kin if e.date is not None])
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
    if found.hints.get("implicit") and not found.hints.get("generic"):
        kin[-1].add(found)
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
    (latest if latest in free or not free else free[0]).add(found)


def _is_of_the_day(event: Event, found: Finding) -> bool:
    """Whether an event took place on the day of a telling's note."""
    return event.date is not None and event.date.precision == "day" and event.date.first == found.note_date


def _lies_back(found: Finding) -> bool:
    """A telling of an earlier injection than today's: its words say so, or what came of it took days or is over."""
    fact = injection(found)
    return bool(found.hints.get("earlier")) or (fact.relief_days or 0) >= 1 or bool(fact.relief_ended)


def _just_before(event: Event, found: Finding) -> bool:
    """Whether an event is documented to the day, not long before the note of a telling."""
    day = event.date
    return day is not None and day.precision == "day" and found.note_date - day.first <= _AFTERWARDS


def _of_one_series(in_order: list[Event]) -> list[Event]:
    """The events that a number counts: those documented here, where older ones elsewhere lie more than a year back."""
    documented = [e for e in in_order if e.primary]
    if not documented or documented[0].date is None:
        return in_order
    first = documented[0].date.first
    return [e for e in in_order if e.primary or (e.date is not None and (first - e.date.last).days <= 365)]


def _distinct_from(found: Finding, kin: list[Event]) -> bool:
    """An undated telling beside dated ones of the same note, with an outcome that theirs rules out, is another one."""
    relief = injection(found).relief_percent
    if relief is None:
        return False
    for event in kin:
        for other in event.tellings:
            theirs = injection(other).relief_percent
            other_side = injection(other).laterality
            if event.side is Laterality.BILATERAL and other_side != injection(found).laterality:
                return False  # the other joint of one session
            if other.note_id == found.note_id and theirs is not None and not apart(relief, theirs):
                return False
            if theirs is None:
                return False
    return True


def _says_outcome(fact: Injection) -> bool:
    return fact.relief_percent is not None or fact.relief_days is not None


def _place_group(found: Finding, events: list[Event]) -> None:
    """ "Two SI injections, each ...": said of all that are known; else events of their own where it says more."""
    fact = injection(found)
    kin = [
        e for e in _past(found, [e for e in events if e.target == fact.target and sides_fit(e.side, fact.laterality)])
    ]
    if found.hints.get("generic"):
        kin = _past(found, [e for e in events if e.target == InjectionTarget.SI_JOINT])
    kin = [e for e in kin if not (_is_of_the_day(e, found) and _lies_back(found))]
    if kin:
        for event in kin:
            event.of_all.append(found)
        return
    count = found.hints.get("count")
    if found.hints.get("generic") or (count and not _says_outcome(fact) and fact.date is None):
        return
    for _ in range(min(count or 1, 4)):
        events.append(_new(found))
