"""Judges of the examination: provocative tests, tenderness, and the pattern of the pain."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date

from chartproof.model import facts as f
from chartproof.model.vocab import Laterality, Presence, Reason, TendernessSite, TestName, TestResult
from chartproof.policy import kleene
from chartproof.policy.answer import Answer, composed, met, not_met, undocumented, unsure
from chartproof.policy.kleene import MET, NOT_MET, UNSURE, Truth
from chartproof.policy.operators import (
    ManyTests,
    NoOtherTenderness,
    PainPattern,
    PositiveTest,
    PositiveTests,
    Tenderness,
)
from chartproof.policy.reading import Reading
from chartproof.policy.where import both, say


def positive_test(rule: PositiveTest, reading: Reading) -> Answer:
    """The latest result of one test; see ``PositiveTest``."""
    return _test(rule.positive_test.name, rule.positive_test.stale_days, reading)


def positive_tests(rule: PositiveTests, reading: Reading) -> Answer:
    """Positive tests of a list, counted; see ``PositiveTests``."""
    asked = rule.positive_tests
    answers = {name: _test(name, asked.stale_days, reading) for name in asked.of}
    told = {name: a for name, a in answers.items() if a.facts and a.reason != Reason.STALE}
    positive = [a for a in told.values() if a.status == MET]
    open_ = [a for a in told.values() if a.status == UNSURE]
    facts = [fact for a in told.values() for fact in a.facts]
    found = _say_tests(answers)
    counted = _stated_count(asked, reading)
    by_name: Truth
    if len(positive) >= asked.n:
        by_name = MET
    elif len(told) >= asked.documented and len(positive) + len(open_) < asked.n:
        by_name = NOT_MET
    else:
        by_name = UNSURE
    last_named = max((day.first for day in reading.days(facts)), default=None)
    if counted is not None:
        count, day = counted
        if last_named is None or (day is not None and day > last_named):
            return _by_count(count, asked)
        if by_name == UNSURE:
            # Which tests an earlier exam counted is not told, so the later results cannot be set against them.
            earlier = _by_count(count, asked)
            text = f"earlier, without names: {earlier.found}; since then: {found}"
            return unsure(text, [*earlier.facts, *facts], "provocative_test")
    if by_name == MET:
        return met(
            _say_tests({name: a for name, a in told.items() if a.status == MET}),
            [fact for a in positive for fact in a.facts],
            "provocative_test",
        )
    if by_name == NOT_MET:
        return not_met(found, facts, "provocative_test")
    if not told:
        stale = [a for a in answers.values() if a.reason == Reason.STALE]
        if stale:
            stale_facts = [fact for a in stale for fact in a.facts]
            return unsure("; ".join(a.found for a in stale), stale_facts, "provocative_test", Reason.STALE)
        return undocumented("provocative tests", "provocative_test")
    conflict = any(a.reason == Reason.CONFLICTING for a in open_)
    reason = Reason.CONFLICTING if conflict else Reason.INCOMPLETE
    missing = ", ".join(say(name) for name in asked.of if name not in told)
    return unsure(found + (f"; not documented: {missing}" if missing else ""), facts, "provocative_test", reason)


def tenderness(rule: Tenderness, reading: Reading) -> Answer:
    """Tenderness of one site; see ``Tenderness``."""
    return _tender(rule.tenderness.site, reading)


def no_other_tenderness(rule: NoOtherTenderness, reading: Reading) -> Answer:
    """Tenderness of every other site that was examined; see ``NoOtherTenderness``."""
    own = rule.no_other_tenderness.site
    sites = [site for site in TendernessSite if site != own]
    answers = [a for a in (_tender(site, reading) for site in sites) if a.facts]
    if not answers:
        return undocumented(f"tenderness at a site other than the {say(own)}", "tenderness")
    turned = []
    for a in answers:
        match a.status:
            case kleene.MET:
                turned.append(not_met(a.found, a.facts, "tenderness"))
            case kleene.NOT_MET:
                turned.append(met(a.found, a.facts, "tenderness"))
            case _:
                turned.append(a)
    status = kleene.all_of(a.status for a in turned)
    return composed(status, [(rule, a) for a in turned])


def pain_pattern(rule: PainPattern, reading: Reading) -> Answer:
    """The latest pain pattern, element by element; see ``PainPattern``."""
    asked = rule.pain_pattern
    patterns = reading.facts(f.PainPattern)
    if not patterns:
        return undocumented("pain pattern", "pain_pattern")
    readers: dict[str, Callable[[], Answer]] = {
        "unilateral": lambda: _element(
            patterns, lambda p: p.laterality, lambda side: side != Laterality.BILATERAL, "side of the pain", reading
        ),
        "non_radiating": lambda: _element(
            patterns, lambda p: p.radiating, lambda radiates: not radiates, "radiating", reading
        ),
        "at_joint": lambda: _at_joint(patterns, asked.at_joint, asked.near_joint, reading),
    }
    answers = [(rule, readers[name]()) for name in asked.elements]
    return composed(kleene.all_of(a.status for _, a in answers), answers)


# --- tests ------------------------------------------------------------------------------------------------------------


def _test(name: TestName, stale_days: int, reading: Reading) -> Answer:
    """The latest result of a test: positive met, negative not_met, anything else unsure."""
    latest = reading.latest(fact for fact in reading.facts(f.ProvocativeTest) if fact.name == name)
    if not latest:
        return undocumented(f"{say(name).removesuffix(' test')} test", "provocative_test")
    results = {fact.result for fact in latest}
    days = ", ".join(dict.fromkeys(reading.days(latest)))
    found = f"{say(name)} {' and '.join(sorted(results))}" + (f" ({days})" if days else "")
    if results == {TestResult.NEGATIVE}:
        return not_met(found, latest, "provocative_test")
    if results != {TestResult.POSITIVE}:
        reason = Reason.CONFLICTING if len(results) > 1 else Reason.INCOMPLETE
        return unsure(found, latest, "provocative_test", reason)
    exam = _latest_exam(reading)
    last = max((day.last for day in reading.days(latest)), default=None)
    if exam is not None and last is not None and (exam - last).days > stale_days:
        text = f"{found}, more than {stale_days} days before the latest exam ({exam})"
        return unsure(text, latest, "provocative_test", Reason.STALE)
    return met(found, latest, "provocative_test")


def _say_tests(answers: Mapping[TestName, Answer]) -> str:
    """Results of one sort and day together: "thigh thrust and FABER positive (2025-03-04)"."""
    grouped: dict[tuple[str, str], list[str]] = {}
    others = []
    for name, answer in sorted(answers.items(), key=lambda pair: list(TestName).index(pair[0])):
        if not answer.facts:
            continue
        what = f"{say(name)} "
        if answer.reason == Reason.STALE or answer.status == UNSURE or not answer.found.startswith(what):
            others.append(answer.found)
        else:
            result, _, days = answer.found.removeprefix(what).partition(" ")
            grouped.setdefault((result, days), []).append(say(name))
    order = sorted(grouped.items(), key=lambda pair: pair[0][0] != "positive")
    said = [f"{both(names)} {result} {days}".rstrip() for (result, days), names in order]
    return "; ".join([*said, *others])


def _latest_exam(reading: Reading) -> date | None:
    exams = reading.every(f.ProvocativeTest, f.ProvocativeCount, f.Tenderness)
    return max((day.first for day in reading.days(exams)), default=None)


def _stated_count(asked: ManyTests, reading: Reading) -> tuple[list[f.ProvocativeCount], date | None] | None:
    """The latest stated count whose exam names no single test with its result, and its day."""
    named = {reading.when(x) for x in reading.every(f.ProvocativeTest) if _is_named_test(x)}
    counts = [x for x in reading.facts(f.ProvocativeCount) if reading.when(x) is None or reading.when(x) not in named]
    latest = reading.latest(counts)
    if not latest:
        return None
    day = max((day.first for day in reading.days(latest)), default=None)
    exam = _latest_exam(reading)
    if exam is not None and day is not None and (exam - day).days > asked.stale_days:
        return None
    return latest, day


def _is_named_test(fact: object) -> bool:
    # The finger test is a sign of its own; naming it beside "4 of 5 provocative tests" names none of the five.
    return isinstance(fact, f.ProvocativeTest) and fact.name != TestName.FORTIN_FINGER


def _by_count(counts: Sequence[f.ProvocativeCount], asked: ManyTests) -> Answer:
    answers = []
    for fact in counts:
        if fact.positive >= asked.n:
            answers.append(MET)
        elif fact.positive < asked.n and fact.total is not None and fact.total >= asked.documented:
            answers.append(NOT_MET)
        else:
            answers.append(UNSURE)
    said = [f"{x.positive} of {x.total or 'an unstated number'} tests positive ({x.date or 'undated'})" for x in counts]
    found = "; ".join(said)
    if len(set(answers)) > 1:
        return unsure(found, counts, "provocative_test", Reason.CONFLICTING)
    make = {MET: met, NOT_MET: not_met}.get(answers[0], unsure)
    return make(found, counts, "provocative_test")


# --- tenderness -------------------------------------------------------------------------------------------------------


def _tender(site: TendernessSite, reading: Reading) -> Answer:
    """Tenderness of a site when last examined: present met, absent not_met, possible or contradictory unsure."""
    latest = reading.latest(fact for fact in reading.facts(f.Tenderness) if fact.site == site)
    if not latest:
        return undocumented(f"tenderness of the {say(site)}", "tenderness")
    presences = {fact.presence for fact in latest}
    days = ", ".join(dict.fromkeys(reading.days(latest)))
    found = f"{say(site)} tenderness {' and '.join(sorted(presences))}" + (f" ({days})" if days else "")
    if len(presences) > 1:
        return unsure(found, latest, "tenderness", Reason.CONFLICTING)
    if presences == {Presence.PRESENT}:
        return met(found, latest, "tenderness")
    if presences == {Presence.ABSENT}:
        return not_met(found, latest, "tenderness")
    return unsure(found, latest, "tenderness")


# --- pain pattern -----------------------------------------------------------------------------------------------------


def _element(
    patterns: Sequence[f.PainPattern],
    read: Callable[[f.PainPattern], object],
    holds: Callable[[object], bool],
    name: str,
    reading: Reading,
) -> Answer:
    """The latest statement of one element."""
    latest = reading.latest(p for p in patterns if read(p) is not None)
    if not latest:
        return undocumented(name, "pain_pattern")
    found = "; ".join(dict.fromkeys(f"{name}: {say(read(p))} ({reading.when(p) or 'undated'})" for p in latest))
    answers = {holds(read(p)) for p in latest}
    if len(answers) > 1:
        return unsure(found, latest, "pain_pattern", Reason.CONFLICTING)
    return (met if answers.pop() else not_met)(found, latest, "pain_pattern")


def _at_joint(patterns: Sequence[f.PainPattern], at: Sequence[str], near: Sequence[str], reading: Reading) -> Answer:
    """Below L5 or over the joint: the latest level and the latest sites, each by itself."""
    level = _element(patterns, lambda p: p.below_l5, bool, "below L5", reading)
    latest = reading.latest(p for p in patterns if p.site)
    answers = {_sites(p.site or [], at, near) for p in latest}
    said = dict.fromkeys(
        f"{' and '.join(say(s) for s in p.site or [])} ({reading.when(p) or 'undated'})" for p in latest
    )
    site_found = "pain at: " + "; ".join(said)
    if not latest:
        return level
    site = answers.pop() if len(answers) == 1 else UNSURE
    facts = [*level.facts, *(p for p in latest if not any(p is x for x in level.facts))]
    found = f"{level.found}; {site_found}" if level.facts else site_found
    if MET in (level.status, site) and NOT_MET in (level.status, site):
        return _later_of(level, site, latest, facts, found, reading)
    if MET in (level.status, site):
        return met(found, facts, "pain_pattern")
    if NOT_MET in (level.status, site):
        return not_met(found, facts, "pain_pattern")
    return unsure(found, facts, "pain_pattern")


def _sites(sites: Sequence[str], at: Sequence[str], near: Sequence[str]) -> Truth:
    if any(site in at for site in sites):
        return MET
    return UNSURE if any(site in near for site in sites) else NOT_MET


def _later_of(
    level: Answer,
    site: Truth,
    sites: Sequence[f.PainPattern],
    facts: Sequence[f.FactBase],
    found: str,
    reading: Reading,
) -> Answer:
    """Level and sites disagree: the later one decides; of one date they contradict each other."""
    level_days = [day.first for day in reading.days(level.facts)]
    site_days = [day.first for day in reading.days(sites)]
    if not level_days or not site_days or max(level_days) == max(site_days):
        return unsure(found, facts, "pain_pattern", Reason.CONFLICTING)
    status = level.status if max(level_days) > max(site_days) else site
    return (met if status == MET else not_met)(found, facts, "pain_pattern")
