"""Judges of events, figures, exclusions and the request."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from itertools import combinations, pairwise

from chartproof.model import facts as f
from chartproof.model.dates import PartialDate
from chartproof.model.facts import FACT_MODELS, FactBase
from chartproof.model.vocab import FindingName, Presence, Reason, TherapyStatus
from chartproof.policy import kleene
from chartproof.policy.answer import Answer, composed, met, not_met, settled, undocumented, unsure
from chartproof.policy.kleene import MET, NOT_MET, UNSURE, Truth
from chartproof.policy.operators import (
    SUBJECT,
    CountEvents,
    EachEvent,
    EventCount,
    Events,
    Exclusion,
    FindingFilter,
    LatestValue,
    RequestIs,
)
from chartproof.policy.reading import Reading
from chartproof.policy.where import YES_NO, Where, at_least, attribute, dated, either, named, say

# Facts that tell of one event.
Group = list[FactBase]
_SLIP_GRADE = re.compile(r"\bgrade (I{1,3}|IV|[1-5l|])(?![\w.])", re.IGNORECASE)  # "l" and "|" are a 1 misread


def count_events(rule: CountEvents, reading: Reading) -> Answer:
    """Count of events; see ``CountEvents``."""
    count = rule.count_events
    return count_with(count, reading, lambda group: judge_event(group, count.where))


def count_with(count: EventCount, reading: Reading, judge: Callable[[Group], tuple[Truth, str]]) -> Answer:
    """Count of the events that ``judge`` says qualify; it gives the answer and why an event does not."""
    groups = events(count, reading)
    what = count.name()
    if not groups:
        declined = _declined(count, reading)
        return not_met(f"{what}: declined", declined, count.kind) if declined else _silent(count, what)
    judged = [(group, *qualifies(group, count, reading, judge(group))) for group in groups]
    answers = {id(group): answer for group, answer, _ in judged}
    qualify = [group for group, answer, _ in judged if answer == MET]
    might = [group for group, answer, _ in judged if answer == UNSURE]
    for picked in combinations(qualify, count.n):
        if _together(picked, count, answers) == MET:
            facts = [fact for group in picked for fact in group]
            return met("; ".join(say_event(group[0], "") for group in picked), facts, count.kind)
    told = "; ".join(say_event(group[0], why) for group, _, why in judged)
    facts = [fact for group in groups for fact in group]
    missing = undescribed(count, reading, len(groups)) if count.stated_count else 0
    if missing:
        told += f"; {missing} more stated, not described"
    possible = qualify + might
    reach = any(_together(picked, count, answers) != NOT_MET for picked in combinations(possible, count.n))
    # An event that is only counted may be anything, so it can stand for any of those still needed.
    reach = reach or (missing > 0 and len(possible) + missing >= count.n)
    if reach:
        conflict = any(len(group) > 1 for group in might)
        return unsure(told, facts, count.kind, Reason.CONFLICTING if conflict else Reason.INCOMPLETE)
    if count.otherwise == NOT_MET:
        outside = count.within is not None and all(judge(group)[0] == MET for group in groups)
        return not_met(told, facts, count.kind, Reason.STALE if outside else Reason.CONTRADICTED)
    return met(told, facts, count.kind) if count.otherwise == MET else unsure(told, facts, count.kind)


def each_event(rule: EachEvent, reading: Reading) -> Answer:
    """Every qualifying event states the attribute; see ``EachEvent``."""
    asked = rule.each_event
    groups = events(asked, reading)
    if not groups:
        return undocumented(asked.name(), asked.kind)
    chosen = [g for g in groups if qualifies(g, asked, reading)[0] == MET] or groups
    answers, told = [], []
    for fact in (fact for group in chosen for fact in group):
        value = attribute(fact, asked.attribute)
        if value is not None:
            answers.append(MET)
            told.append(say_event(fact, stated(asked.attribute, value) if isinstance(value, float) else ""))
        else:
            fails = asked.fails_if is not None and asked.fails_if.judge(fact) == MET
            answers.append(NOT_MET if fails else UNSURE)
            how = ", only " + asked.fails_if.words() if fails and asked.fails_if else ""
            told.append(say_event(fact, f"{named(asked.attribute)} not documented{how}"))
    facts = [fact for group in chosen for fact in group]
    found = "; ".join(told)
    return settled(kleene.all_of(answers), found, facts, asked.kind)


def latest_value(rule: LatestValue, reading: Reading) -> Answer:
    """The latest figure against a threshold; see ``LatestValue``."""
    asked = rule.latest_value
    model = FACT_MODELS[asked.kind]
    facts = [fact for fact in reading.facts(model) if asked.of.judge(fact) == MET]
    if not facts:
        return undocumented(say(asked.kind), asked.kind)
    latest = reading.latest(facts)
    by_day: dict[PartialDate | None, list[FactBase]] = {}
    for fact in latest:
        by_day.setdefault(reading.when(fact), []).append(fact)
    answers = {
        day: kleene.any_of(_reaches(fact, asked.attribute, asked.min) for fact in on) for day, on in by_day.items()
    }
    contradicted = any(
        _differ_in_nothing_else(one, other, asked.attribute)
        and _reaches(one, asked.attribute, asked.min) != _reaches(other, asked.attribute, asked.min)
        for one, other in combinations(latest, 2)
    )
    found = "; ".join(_say_value(fact, asked.attribute, asked.unit, reading) for fact in latest)
    # A date known to the month only may or may not be the latest: then both readings must agree.
    one_fact_kind = not model.KEYS
    values = {str(attribute(fact, asked.attribute)) for fact in latest}
    if len(set(answers.values())) > 1 or contradicted:
        return unsure(found, latest, asked.kind, Reason.CONFLICTING)
    if one_fact_kind and len(values) > 1:
        sides = {_reaches(fact, asked.attribute, asked.min) for fact in latest}
        if len(sides) > 1:
            return unsure(found, latest, asked.kind, Reason.CONFLICTING)
    return settled(next(iter(answers.values())), found, latest, asked.kind)


def _differ_in_nothing_else(one: FactBase, other: FactBase, name: str) -> bool:
    """Whether two facts are one thing told with two figures: the same questionnaire on the same day."""
    own, others = ({k: v for k, v in fact.attributes().items() if k != name} for fact in (one, other))
    return own == others and attribute(one, name) != attribute(other, name)


def exclusion(rule: Exclusion, reading: Reading) -> Answer:
    """Met unless a disorder or finding is present or possible; see ``Exclusion``."""
    asked = rule.exclusion
    answers = []
    for name in [*asked.conditions, *asked.unlocated]:
        told = reading.latest(c for c in reading.facts(f.Condition) if c.name == name)
        if told:
            answers.append(presence_told(told, say(name), "condition", unlocated=name in asked.unlocated))
        elif asked.silence == "unsure":
            answers.append(undocumented(say(name), "condition"))
    for sort in asked.findings:
        of_sort = findings_told(sort, asked.within_days, reading)
        answers += of_sort
        if asked.silence == "unsure":
            told_of = {fact.finding for a in of_sort for fact in a.facts if isinstance(fact, f.ImagingFinding)}
            answers += [undocumented(say(x), "imaging_finding") for x in sort.finding if x not in told_of]
    open_or_failing = [a for a in answers if a.status != MET]
    if not open_or_failing:
        absent = "; ".join(dict.fromkeys(a.found for a in answers)) or "none documented"
        return met(absent, [fact for a in answers for fact in a.facts])
    return composed(kleene.all_of(a.status for a in answers), [(rule, a) for a in open_or_failing])


def request(rule: RequestIs, reading: Reading) -> Answer:
    """A field of the request; see ``RequestIs``."""
    asked = rule.request
    value = getattr(reading.request, asked.field)
    if value is None:
        return undocumented(f"{asked.field} of the request")
    found = f"{asked.field}: {say(value)}"
    wanted = str(value) in asked.among if asked.among is not None else str(value) not in (asked.not_in or ())
    return met(found) if wanted else not_met(found)


# --- events -----------------------------------------------------------------------------------------------------------


def events(sort: Events, reading: Reading) -> list[Group]:
    """The events of a sort; facts of one day and thing are one event, told differently."""
    groups: list[Group] = []
    model = FACT_MODELS[sort.kind]
    of_side = (
        reading.facts(model) if sort.side == "requested" else [x for x in reading.every(model) if type(x) is model]
    )
    facts = [fact for fact in of_side if sort.of.judge(fact) != NOT_MET]
    for fact in sorted(facts, key=lambda fact: dated(fact) or ""):
        day = dated(fact)
        same = next((g for g in groups if day is not None and day.precision == "day" and dated(g[0]) == day), None)
        if same is not None and sort.kind == "injection":
            same.append(fact)
        else:
            groups.append([fact])
    return groups


def judge_event(group: Group, where: Where) -> tuple[Truth, str]:
    """A group's answer, and why it does not qualify."""
    tellings = [(where.judge(fact), fact) for fact in group]
    values = {value for value, _ in tellings}
    value = values.pop() if len(values) == 1 else UNSURE
    if value == MET:
        return MET, ""
    lacking, failing = [], []
    for _, fact in tellings:
        for name, answer in where.answers(fact).items():
            if answer == NOT_MET:
                failing.append(_say_failing(fact, name, where))
            elif answer == UNSURE:
                lacking.append(_say_open(fact, name, where))
    told = list(dict.fromkeys(failing)) if value == NOT_MET else list(dict.fromkeys(lacking + failing))
    return value, ", ".join(told)


def qualifies(
    group: Group, sort: Events, reading: Reading, judged: tuple[Truth, str] | None = None
) -> tuple[Truth, str]:
    """Whether an event qualifies, and why not: by ``where`` (or as ``judged`` says), as certain to be of the sort, in
    the window, and of the present episode."""
    answer, why = judged or judge_event(group, sort.where)
    reasons = [why]
    lacking = [name for fact in group for name, of in sort.of.answers(fact).items() if of == UNSURE]
    if lacking and answer != NOT_MET:
        reasons += [f"{named(name)} not documented" for name in dict.fromkeys(lacking)]
        answer = UNSURE
    if sort.within is not None:
        inside = reading.in_window(dated(group[0]), sort.within)
        if inside != MET and answer != NOT_MET:
            reasons.append(f"not {'certain to be ' if inside == UNSURE else ''}{sort.within.words()}")
        answer = kleene.all_of((answer, inside))
    if sort.episode_gap_days is not None:
        now = _this_episode(group, sort, reading)
        if now != MET and answer != NOT_MET:
            reasons.append("of an earlier episode" if now == NOT_MET else "perhaps of an earlier episode")
        answer = kleene.all_of((answer, now))
    return answer, ", ".join(reason for reason in reasons if reason)


def _this_episode(group: Group, sort: Events, reading: Reading) -> Truth:
    """Whether no gap of ``episode_gap_days`` lies between the event and the request."""
    day = dated(group[0])
    if day is None:
        return UNSURE
    later = [d for g in events(sort, reading) if (d := dated(g[0])) is not None and d.last > day.last]
    chain = [day, *sorted(later, key=lambda d: (d.first, d.last)), PartialDate(reading.today)]
    gaps = [apart(one, other, sort.episode_gap_days or 1) for one, other in pairwise(chain)]
    return kleene.negation(kleene.any_of(gaps))


def _together(picked: Sequence[Group], count: EventCount, judged: Mapping[int, Truth]) -> Truth:
    """Whether events picked may count together: far enough apart, one of them of the sort asked for, all qualifying."""
    firsts = [group[0] for group in picked]
    answers = [judged[id(group)] for group in picked]
    if count.differ is not None:
        answers += [_differ(attribute(a, count.differ), attribute(b, count.differ)) for a, b in combinations(firsts, 2)]
    if count.days_apart is not None:
        answers += [apart(dated(a), dated(b), count.days_apart) for a, b in combinations(firsts, 2)]
    if count.require_any is not None:
        answers.append(kleene.any_of(judge_event(group, count.require_any)[0] for group in picked))
    return kleene.all_of(answers)


def _differ(one: object, other: object) -> Truth:
    return UNSURE if one is None or other is None else NOT_MET if one == other else MET


def apart(one: PartialDate | None, other: PartialDate | None, days: int) -> Truth:
    """Whether two dates lie at least so many days apart, for every (met) or no (not_met) day that they may mean."""
    if one is None or other is None:
        return UNSURE
    early, late = sorted((one, other), key=lambda day: (day.first, day.last))
    if (late.first - early.last).days >= days:
        return MET
    return UNSURE if max((late.last - early.first).days, (early.last - late.first).days) >= days else NOT_MET


def undescribed(count: Events, reading: Reading, described: int) -> int:
    """How many events a stated total tells of beyond those described."""
    if count.kind != "injection":
        return 0
    target = count.of.tests.get("target")
    totals = [
        fact.count
        for fact in reading.facts(f.InjectionCount)
        if (fact.laterality is not None or reading.side is None or not _other_side(count, reading))
        and (target is None or target.judge(fact.target) == MET)
    ]
    return max(0, max(totals, default=0) - described)


def _other_side(count: Events, reading: Reading) -> bool:
    """True where such events of the other side are documented, so that a total of no side may be of them."""
    others = (fact for fact in reading.every(FACT_MODELS[count.kind]) if not reading.counts(fact))
    return any(count.of.judge(fact) == MET for fact in others)


def _declined(count: EventCount, reading: Reading) -> Sequence[FactBase]:
    """Courses of therapy that would count had the patient not declined them: told to be missing, not left unsaid."""
    if count.kind != "therapy":
        return []
    declined = [x for x in reading.facts(f.Therapy) if x.status == TherapyStatus.DECLINED]
    return [x for x in declined if count.of.judge(x.model_copy(update={"status": TherapyStatus.COMPLETED})) == MET]


def _silent(count: EventCount, what: str) -> Answer:
    found = f"{what}: not documented"
    if count.silence == MET:
        return met(found, kind=count.kind)
    if count.silence == NOT_MET:
        return not_met(found, kind=count.kind, reason=Reason.UNDOCUMENTED)
    return undocumented(what, count.kind)


def say_event(fact: FactBase, why: str) -> str:
    subject = SUBJECT.get(str(getattr(fact, "kind", "")))
    said = [
        dated(fact) or "",
        say(getattr(fact, "laterality", None) or ""),
        say(getattr(fact, subject)) if subject else "",
        say(getattr(fact, "kind", "")) if subject is None or subject == "target" else "",
    ]
    event = " ".join(str(part) for part in said if part)
    relief = getattr(fact, "relief_percent", None)
    if relief is not None and "relief" not in why:
        event += f", relief {figure(relief)}%"
    return f"{event}: {why}" if why else event


def _say_attribute(fact: FactBase, name: str) -> str:
    """The values of an attribute, or of several joined by " / ", as far as they are stated."""
    values = {one: attribute(fact, one) for one in name.split(" / ")}
    return ", ".join(stated(one, value) for one, value in values.items() if value is not None)


def stated(name: str, value: object) -> str:
    """An attribute with its value: "relief 80-90%", "relief lasted 21 days", "no other site injected"."""
    if isinstance(value, bool) and name in YES_NO:
        return YES_NO[name][0 if value else 1]
    if name == "relief_percent":
        return f"relief {figure(value)}%"
    if name == "relief_days":
        return f"relief lasted {figure(value)} days"
    if name == "duration_weeks":
        return f"{figure(value)} weeks"
    return f"{say(name)} {figure(value)}"


def _say_failing(fact: FactBase, name: str, where: Where) -> str:
    """An attribute that speaks against the event, with what is asked; or that its silence does."""
    known = _say_attribute(fact, name)
    return known + _asked(name, where) if known else f"{_names(name)} not documented"


def _say_open(fact: FactBase, name: str, where: Where) -> str:
    """An attribute that leaves the event open: not documented, or a range over the threshold."""
    known = _say_attribute(fact, name)
    return known + _asked(name, where) if known and " / " not in name else f"{_names(name)} not documented"


def _asked(name: str, where: Where) -> str:
    """What is asked of an attribute, where its value alone does not show why it falls short."""
    test = where.tests.get(name)
    return f" (asked: {test.words()}{'%' if name == 'relief_percent' else ''})" if test and name not in YES_NO else ""


def _names(name: str) -> str:
    return either(named(one) for one in name.split(" / "))


def figure(value: object) -> str:
    if isinstance(value, tuple):
        low, high = value
        return f"{low:g}" if low == high else f"{low:g}-{high:g}"
    return f"{value:g}" if isinstance(value, float) else say(value)


# --- figures ----------------------------------------------------------------------------------------------------------


def _reaches(fact: FactBase, name: str, threshold: float) -> Truth:
    value = attribute(fact, name)
    low, high = value if isinstance(value, tuple) else (value, value)
    return at_least(low, high, threshold)


def _say_value(fact: FactBase, name: str, unit: str, reading: Reading) -> str:
    day = reading.when(fact) if type(fact).KEYS else None
    subject = getattr(fact, "qualifier", None) or getattr(fact, "instrument", None) or getattr(fact, "kind", "")
    return " ".join(str(p) for p in (day or "", say(subject), figure(attribute(fact, name)) + unit) if p)


# --- exclusions -------------------------------------------------------------------------------------------------------


def presence_told(
    told: Sequence[f.Condition | f.ImagingFinding | f.ImplantComplication],
    what: str,
    kind: str,
    unlocated: bool = False,
) -> Answer:
    """Facts of one disorder or finding, none later than another."""
    presences = {fact.presence for fact in told}
    if presences == {Presence.ABSENT}:
        return met(f"{what}: absent", told, kind)
    if {Presence.PRESENT, Presence.ABSENT} <= presences:
        return unsure(f"{what}: told as present and as absent", told, kind, Reason.CONFLICTING)
    if Presence.PRESENT in presences:
        if unlocated:
            return unsure(f"{what}: present, site or currency not clear", told, kind)
        return not_met(f"{what}: present", told, kind)
    return unsure(f"{what}: possible", told, kind)


def findings_told(sort: FindingFilter, within_days: int | None, reading: Reading) -> list[Answer]:
    """One answer for each finding of a filter that the chart tells of: by region, the latest telling."""
    told: dict[tuple[str, str], list[f.ImagingFinding]] = {}
    for fact in reading.facts(f.ImagingFinding):
        if fact.finding not in sort.finding or fact.region not in sort.region:
            continue
        if sort.modality is not None and fact.modality is not None and fact.modality not in sort.modality:
            continue
        if reading.within(dated(fact), within_days) == NOT_MET:
            continue
        told.setdefault((fact.region, fact.finding), []).append(fact)
    answers = []
    for (region, finding), facts in told.items():
        latest = reading.latest(facts)
        passed_over = [x for x in latest if x.presence != Presence.ABSENT and _mild_enough(x, sort)]
        counted = [x for x in latest if not any(x is y for y in passed_over)]
        days = list(dict.fromkeys(reading.days(latest)))
        what = f"{say(finding)} of {say(region)}" + (f" ({', '.join(days)})" if days else "")
        if not counted:
            answers.append(met(f"{what}: no worse than {sort.worse_than}", latest, "imaging_finding"))
        elif any(x.presence == Presence.PRESENT for x in counted) and not _one_study(counted):
            # Two studies of one day, one seeing what the other does not: the one that sees it counts.
            seen = [x for x in counted if x.presence == Presence.PRESENT]
            answers.append(presence_told(seen, what, "imaging_finding"))
        else:
            answers.append(presence_told(counted, what, "imaging_finding"))
    return answers


def _mild_enough(fact: f.ImagingFinding, sort: FindingFilter) -> bool:
    order = ["mild", "moderate", "severe"]
    if sort.worse_than is None:
        return False
    if fact.severity is None:
        return _is_slip_of_grade_1(fact)
    return order.index(fact.severity) <= order.index(sort.worse_than)


def _is_slip_of_grade_1(fact: f.ImagingFinding) -> bool:
    """A grade 1 slip is mild (corpora/GUIDE.md section 3): the grade stands in the words of the report."""
    if fact.finding != FindingName.SPONDYLOLISTHESIS:
        return False
    grades = {m[1].upper() for told in fact.evidence for m in _SLIP_GRADE.finditer(told.quote)}
    return bool(grades) and grades <= {"1", "I", "L", "|"}


def _one_study(facts: Sequence[f.ImagingFinding]) -> bool:
    return len({fact.modality for fact in facts}) == 1
