"""Judges of number, order and company of events."""

from __future__ import annotations

from collections.abc import Sequence

from chartproof.model import facts as f
from chartproof.model.dates import PartialDate
from chartproof.model.vocab import CriterionStatus, EventStatus, Reason
from chartproof.policy import kleene
from chartproof.policy.answer import Answer, met, not_met, settled, undocumented, unsure
from chartproof.policy.judge_events import Group, apart, events, judge_event, qualifies, say_event, undescribed
from chartproof.policy.kleene import MET, NOT_MET, UNSURE, Truth
from chartproof.policy.operators import Events
from chartproof.policy.operators_order import AtMost, NewEpisode, NoneAfterFailure, PerformedAlone, PrecededBy
from chartproof.policy.reading import Reading
from chartproof.policy.where import dated


def at_most(rule: AtMost, reading: Reading) -> Answer:
    """The most events in a rolling window; see ``AtMost``."""
    asked = rule.at_most
    sort = asked if asked.per == "joint" else asked.model_copy(update={"side": "either"})
    judged = [(group, qualifies(group, sort, reading)[0]) for group in events(sort, reading)]
    judged = [(group, answer) for group, answer in judged if answer != NOT_MET]
    missing = undescribed(sort, reading, len(judged))
    if not judged and not missing and asked.silence != MET:
        return _silent(asked.silence, sort)
    request = PartialDate(reading.today)
    least = _fullest([dated(g[0]) for g, a in judged if a == MET], asked.days, request if asked.with_request else None)
    most = missing + _fullest(
        [dated(g[0]) for g, _ in judged], asked.days, request if asked.with_request else None, possible=True
    )
    facts = [fact for group, _ in judged for fact in group]
    told = "; ".join(say_event(group[0], "") for group, _ in judged) or f"no {sort.name()} documented"
    if missing:
        told += f"; {missing} more stated, not described"
    counted = " with the one requested" if asked.with_request else ""
    if least > asked.max:
        return not_met(f"{least} in {asked.days} days{counted}: {told}", facts, sort.kind)
    if most > asked.max:
        return unsure(f"up to {most} in {asked.days} days{counted}: {told}", facts, sort.kind)
    return met(f"{most} in {asked.days} days{counted}: {told}", facts, sort.kind)


def preceded_by(rule: PrecededBy, reading: Reading) -> Answer:
    """An event of one sort before each of another; see ``PrecededBy``."""
    asked = rule.preceded_by
    earlier = asked.earlier()
    before = [(group, qualifies(group, earlier, reading)[0]) for group in events(earlier, reading)]
    if asked.of_request:
        later: list[tuple[PartialDate | None, str, Group]] = [(PartialDate(reading.today), "the request", [])]
    else:
        qualifying = [(g, qualifies(g, asked, reading)[0]) for g in events(asked, reading)]
        later = [(dated(g[0]), say_event(g[0], ""), g) for g, answer in qualifying if answer != NOT_MET]
        if not later:
            return _silent(asked.silence, asked)
    answers: list[Truth] = []
    told: list[str] = []
    facts = []
    for day, name, group in later:
        others = [(g, answer) for g, answer in before if g is not group and not _same(g, group)]
        ways = [
            (g, kleene.all_of((answer, _ordered(dated(g[0]), day, asked.min_days, asked.max_days))))
            for g, answer in others
        ]
        status = kleene.any_of(answer for _, answer in ways) if ways else UNSURE
        answers.append(status)
        shown = [g for g, answer in ways if answer == status] or [g for g, _ in ways]
        facts += [fact for g in (group, *shown) for fact in g]
        said = "; ".join(say_event(g[0], judge_event(g, earlier.where)[1]) for g in shown)
        told.append(f"before {name}: {said or earlier.name() + ' not documented'}")
    if not before:
        return undocumented("; ".join(t.removesuffix(" not documented") for t in told), asked.kind)
    return settled(kleene.all_of(answers), "; ".join(told), facts, asked.kind)


def none_after_failure(rule: NoneAfterFailure, reading: Reading) -> Answer:
    """No event after one that failed; see ``NoneAfterFailure``."""
    asked = rule.none_after_failure
    judged = [(g, *qualifies(g, asked, reading)) for g in events(asked, reading)]
    if not judged:
        return _silent(asked.silence, asked)
    days = [dated(g[0]) for g, _, _ in judged]
    if asked.with_request:
        days.append(PartialDate(reading.today))
    broken: list[Truth] = []
    for (_, answer, _), day in zip(judged, days, strict=False):
        after = [_ordered(day, other, 1, None) for other in days if other is not day]
        broken.append(kleene.all_of((kleene.negation(answer), kleene.any_of(after))))
    status = kleene.negation(kleene.any_of(broken))
    told = "; ".join(say_event(g[0], why) for g, _, why in judged)
    return settled(status, told, [fact for g, _, _ in judged for fact in g], asked.kind)


def new_episode(rule: NewEpisode, reading: Reading) -> Answer:
    """The last event lies long enough ago; see ``NewEpisode``."""
    asked = rule.new_episode
    judged = [(g, qualifies(g, asked, reading)[0]) for g in events(asked, reading)]
    judged = [(g, answer) for g, answer in judged if answer != NOT_MET]
    if not judged:
        return _silent(asked.silence, asked)
    request = PartialDate(reading.today)
    # An event long ago never speaks against a new episode; a late one does if it is an event of the sort.
    late = [kleene.negation(apart(dated(g[0]), request, asked.gap_days)) for g, _ in judged]
    status = kleene.negation(kleene.any_of(kleene.all_of((a, b)) for (_, a), b in zip(judged, late, strict=True)))
    told = "; ".join(say_event(g[0], "") for g, _ in judged)
    return settled(status, told, [fact for g, _ in judged for fact in g], asked.kind)


def performed_alone(rule: PerformedAlone, reading: Reading) -> Answer:
    """Injections given with no other; see ``PerformedAlone``."""
    asked = rule.performed_alone
    chosen = [x for x in reading.facts(f.Injection) if asked.of.judge(x) != NOT_MET]
    chosen = [x for x in chosen if x.status == EventStatus.PERFORMED and asked.where.judge(x) != NOT_MET]
    if not chosen:
        return undocumented("such an injection", "injection")
    answers: list[Truth] = []
    told: list[str] = []
    facts: list[f.Injection] = []
    for fact in chosen:
        others = [
            x
            for x in reading.every(f.Injection)
            if x.status == EventStatus.PERFORMED and asked.of.judge(x) == NOT_MET and asked.not_with.judge(x) != NOT_MET
        ]
        same_day = [_same_day(fact.date, x.date) for x in others]
        of_day = [x for x, same in zip(others, same_day, strict=True) if same != NOT_MET and x.date is not None]
        if fact.concurrent or MET in same_day:
            status, why = NOT_MET, "another site injected too"
        elif of_day or (fact.concurrent is None and asked.silence == "unsure"):
            status, why = UNSURE, "other sites not documented" if not of_day else "another site perhaps injected too"
        else:
            status, why = MET, ""
        answers.append(status)
        told.append(say_event(fact, why))
        facts += [fact, *of_day]
    return settled(kleene.all_of(answers), "; ".join(told), facts, "injection")


# --- what they share --------------------------------------------------------------------------------------------------


def _fullest(
    days: Sequence[PartialDate | None], length: int, request: PartialDate | None, possible: bool = False
) -> int:
    """The most events that a window of ``length`` days holds for certain, or (``possible``) may hold.

    With a request, only windows that end at it, and it counts as one.
    """
    dates = [day for day in days if day is not None]
    undated = sum(day is None for day in days) if possible else 0

    def together(early: PartialDate, late: PartialDate) -> bool:
        if possible:
            return (late.first - early.last).days <= length
        return (late.last - early.first).days <= length

    if request is not None:
        return 1 + undated + sum(together(day, request) for day in dates if day.first <= request.last)
    return undated + max(
        (sum(together(day, last) and day.first <= last.last for day in dates) for last in dates), default=0
    )


def _ordered(early: PartialDate | None, late: PartialDate | None, min_days: int, max_days: int | None) -> Truth:
    """Whether one date lies at least, and at most, so many days before another."""
    if early is None or late is None:
        return UNSURE
    low, high = (late.first - early.last).days, (late.last - early.first).days
    answers: list[Truth] = [MET if low >= min_days else NOT_MET if high < min_days else UNSURE]
    if max_days is not None:
        answers.append(MET if high <= max_days else NOT_MET if low > max_days else UNSURE)
    return kleene.all_of(answers)


def _same_day(one: PartialDate | None, other: PartialDate | None) -> Truth:
    if one is None or other is None:
        return NOT_MET  # two events of unknown date are not put together
    return MET if one == other and one.precision == "day" else UNSURE if one.could_equal(other) else NOT_MET


def _same(one: Group, other: Group) -> bool:
    return any(a is b for a in one for b in other)


def _silent(silence: CriterionStatus, sort: Events) -> Answer:
    found = f"{sort.name()}: not documented"
    if silence == MET:
        return met(found, kind=sort.kind)
    if silence == NOT_MET:
        return not_met(found, kind=sort.kind, reason=Reason.UNDOCUMENTED)
    return undocumented(sort.name(), sort.kind)
