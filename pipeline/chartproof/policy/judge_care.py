"""Judges of conservative care and of nicotine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from chartproof.model import facts as f
from chartproof.model.dates import PartialDate, days_before, weeks_between
from chartproof.model.facts import FactBase
from chartproof.model.vocab import (
    Comparator,
    DrugStatus,
    EventStatus,
    Interpretation,
    NicotineState,
    Reason,
    TherapyResponse,
    TherapyStatus,
)
from chartproof.policy import kleene
from chartproof.policy.answer import Answer, met, not_met, settled, undocumented, unsure
from chartproof.policy.kleene import MET, NOT_MET, UNSURE, Truth
from chartproof.policy.operators import CareDuration, CareLength, CourseLength, Nicotine, NicotineFree, Window
from chartproof.policy.operators_figures import CareInPeriod, CarePeriod, Visits
from chartproof.policy.reading import Reading
from chartproof.policy.where import Where, at_least, named, say

_NEVER_BEGUN = (TherapyStatus.PLANNED, TherapyStatus.DECLINED)
# The length of pain is told in months or years; a course that ended within a month of the onset may still be of it.
_ONSET_SLACK = timedelta(days=31)


@dataclass(frozen=True)
class _Span:
    """A course of care in days: the earliest and latest day that its start and its end may be."""

    fact: FactBase
    start: tuple[date, date]
    end: tuple[date, date]


def care_duration(rule: CareDuration, reading: Reading) -> Answer:
    """Length of conservative care; see ``CareDuration``."""
    asked = rule.care_duration
    stated = [fact for fact in reading.facts(f.ConservativeCare) if fact.duration_weeks is not None]
    if stated:
        latest = reading.latest(stated)
        found = "; ".join(f"stated total of {fact.duration_weeks:g} weeks" for fact in latest)
        answers = {(fact.duration_weeks or 0) >= asked.min_weeks for fact in latest}
        if len(answers) > 1:
            return unsure(found, latest, "conservative_care", Reason.CONFLICTING)
        return (met if answers.pop() else not_met)(found, latest, "conservative_care")
    spans, lengths = _courses(asked, reading)
    long_enough = [fact for fact, weeks in lengths if weeks >= asked.min_weeks]
    if long_enough:
        return met("a course of " + ", ".join(_say_course(x) for x in long_enough), long_enough, "conservative_care")
    if not spans:
        facts = [fact for fact, _ in lengths]
        if facts:
            return unsure("no dated course; " + ", ".join(_say_course(x) for x in facts), facts, "conservative_care")
        return undocumented("length of conservative care", "conservative_care")
    first = min(spans, key=lambda s: s.start[1])
    last = max(spans, key=lambda s: s.end[0])
    days = (last.end[0] - first.start[1]).days
    facts = [first.fact] if first is last else [first.fact, last.fact]
    found = f"no stated total; dated care from {first.start[1]} to {last.end[0]}, {days} days: "
    found += ", ".join(_say_course(fact) for fact in facts)
    return (met if days >= asked.min_days else unsure)(found, facts, "conservative_care")


def course_length(rule: CourseLength, reading: Reading) -> Answer:
    """Length of courses of therapy; see ``CourseLength``."""
    asked = rule.course_length
    courses = []
    for fact in reading.facts(f.Therapy):
        if fact.type in asked.type and fact.status not in _NEVER_BEGUN and not _before_this_pain(fact, reading):
            courses.append((fact, asked.where.judge(fact), _weeks(fact, reading)))
    name = " or ".join(say(t) for t in asked.type)
    if not courses:
        declined = [x for x in reading.facts(f.Therapy) if x.type in asked.type and x.status == TherapyStatus.DECLINED]
        if declined:
            return not_met(f"{name}: declined", declined, "therapy")
        return undocumented(name, "therapy")
    combine = sum if asked.combine == "sum" else max
    low = combine([weeks[0] for _, fits, weeks in courses if fits == MET] or [0.0])
    high = combine([weeks[1] for _, fits, weeks in courses if fits != NOT_MET] or [0.0])
    # Several short courses may or may not be one treatment.
    high = max(high, sum(weeks[1] for _, fits, weeks in courses if fits != NOT_MET))
    facts = [fact for fact, _, _ in courses]
    found = "; ".join(
        _say_course(fact) + ("" if fits == MET else ", " + _why(fact, asked.where)) for fact, fits, _ in courses
    )
    return settled(at_least(low, high, asked.min_weeks), found, facts, "therapy")


def visits(rule: Visits, reading: Reading) -> Answer:
    """Completed visits of one course over a period; see ``Visits``."""
    asked = rule.visits
    answers: list[tuple[Truth, str]] = []
    courses = [
        fact
        for fact in reading.facts(f.Therapy)
        if fact.type in asked.type and fact.status not in _NEVER_BEGUN and not _before_this_pain(fact, reading)
    ]
    for fact in courses:
        low, high = _weeks(fact, reading)
        enough = UNSURE if fact.sessions is None else MET if fact.sessions >= asked.min_visits else NOT_MET
        parts = [asked.where.judge(fact), enough]
        if asked.min_weeks is not None:
            parts.append(at_least(low, high, asked.min_weeks))
        if asked.max_weeks is not None:
            parts.append(MET if high <= asked.max_weeks else NOT_MET if low > asked.max_weeks else UNSURE)
        if asked.within is not None:
            told = reading.told(fact) if fact.status == TherapyStatus.ONGOING else None
            parts.append(reading.in_window(fact.end or (PartialDate(told) if told else None), asked.within))
        unstated = "" if fact.sessions is not None else ", number of visits not documented"
        answers.append((kleene.all_of(parts), _say_course(fact) + unstated))
    if not courses:
        return undocumented(" or ".join(say(t) for t in asked.type), "therapy")
    status = kleene.any_of(answer for answer, _ in answers)
    chosen = [(fact, text) for fact, (answer, text) in zip(courses, answers, strict=True) if answer == status]
    found = "; ".join(text for _, text in chosen)
    make = {MET: met, NOT_MET: not_met}.get(status, unsure)
    return make(found, [fact for fact, _ in chosen], "therapy")


# What may fill a period with care.
_CARE = (f.Therapy, f.Medication, f.Injection)


def care_in_period(rule: CareInPeriod, reading: Reading) -> Answer:
    """Weeks of dated care in a window; see ``CareInPeriod``."""
    asked = rule.care_in_period
    taken = [fact for fact in reading.every(*_CARE) if reading.counts(fact) and _is_asked(fact, asked)]
    spans = []
    for fact in taken:
        if isinstance(fact, f.Injection):
            if fact.date is not None:
                spans.append(_Span(fact, (fact.date.first, fact.date.last), (fact.date.first, fact.date.last)))
        elif isinstance(fact, f.Therapy | f.Medication):
            ongoing = fact.status in (TherapyStatus.ONGOING, DrugStatus.CURRENT)
            span = _span(fact, ongoing, reading)
            spans += [span] if span is not None else []
    if not taken:
        return undocumented("conservative care", "conservative_care")
    undated = len(spans) < len(taken)
    spans = _of_this_pain(spans, reading)
    edge = _window_edge(asked.within, reading)
    inside = [span for span in spans if edge is None or span.end[1] >= edge]
    if spans and not inside and not undated:
        found = "all care ended before the window: " + ", ".join(_say_course(span.fact) for span in spans)
        return not_met(found, [span.fact for span in spans], "conservative_care", Reason.STALE)
    # What is certain: from the latest day that a course may have begun to the earliest that it may have ended.
    sure = [(max(s.start[1], edge) if edge else s.start[1], s.end[0]) for s in inside if s.end[0] >= s.start[1]]
    sure = [(start, end) for start, end in sure if end >= start]
    days = _longest_run(sure, asked.max_gap_days) if asked.max_gap_days is not None else _days_covered(sure)
    facts = [span.fact for span in inside] or taken
    when = f" {asked.within.words()}" if asked.within else ""
    found = f"{days} days of dated care{when}: " + ", ".join(_say_course(fact) for fact in facts)
    if days >= asked.min_weeks * 7:
        return met(found, facts, "conservative_care")
    if asked.shorter == "not_met" and not undated and all(s.start[0] == s.start[1] for s in inside):
        return not_met(found, facts, "conservative_care")
    return unsure(found, facts, "conservative_care")


def nicotine_free(rule: NicotineFree, reading: Reading) -> Answer:
    """Nicotine status and labs; see ``NicotineFree``."""
    asked = rule.nicotine_free
    told = reading.latest(reading.facts(f.NicotineStatus))
    labs = reading.facts(f.Lab)
    positive = [lab for lab in labs if lab.analyte in asked.positive_analyte and _positive(lab, asked)]
    if not told:
        if positive:
            return unsure("status not documented; " + _say_labs(positive), positive, "nicotine_status")
        return undocumented("nicotine status", "nicotine_status")
    if len({fact.status for fact in told}) > 1:
        return unsure("told as " + " and ".join(x.status for x in told), told, "nicotine_status", Reason.CONFLICTING)
    status = told[0]
    if status.status == NicotineState.CURRENT:
        return not_met(
            "current nicotine user" + (f" ({say(status.product)})" if status.product else ""), told, "nicotine_status"
        )
    if status.status == NicotineState.NEVER:
        if positive:
            found = "never a nicotine user, but " + _say_labs(positive)
            return unsure(found, [*told, *positive], "lab", Reason.CONFLICTING)
        return met("never a nicotine user", told, "nicotine_status")
    since = f"quit {status.quit_date or 'at a date not documented'}"
    after = [lab for lab in positive if _follows(lab.date, status.quit_date) == MET]
    if after:
        return not_met(f"{since}; after that {_say_labs(after)}", [*told, *after], "lab")
    doubtful = [lab for lab in positive if _follows(lab.date, status.quit_date) == UNSURE]
    if doubtful:
        return unsure(f"{since}; {_say_labs(doubtful)}, perhaps after that", [*told, *doubtful], "lab")
    if asked.free_days is not None and _free_long_enough(status.quit_date, asked.free_days, reading):
        return met(since, told, "nicotine_status")
    recent = [(lab, _low_enough(lab, asked, reading)) for lab in labs if lab.analyte in asked.analyte]
    good = [lab for lab, answer in recent if answer == MET]
    if good:
        return met(f"{since}; {_say_labs(good)}", [*told, *good], "lab")
    others = [lab for lab, _ in recent]
    found = f"{since}; " + (f"no recent lab report: {_say_labs(others)}" if others else "no lab report")
    old = bool(others) and all(reading.within(lab.date, asked.within_days) == NOT_MET for lab in others)
    return unsure(found, [*told, *others], "lab", Reason.STALE if old else Reason.INCOMPLETE)


# --- days of care -----------------------------------------------------------------------------------------------------


def _is_asked(fact: FactBase, asked: CarePeriod) -> bool:
    match fact:
        case f.Therapy():
            return fact.type in asked.therapy and fact.status not in _NEVER_BEGUN
        case f.Medication():
            return asked.medication and fact.status not in (DrugStatus.PLANNED, DrugStatus.CONTRAINDICATED)
        case f.Injection():
            return fact.status == EventStatus.PERFORMED and fact.target in asked.injections
        case _:
            return False


def _window_edge(window: Window | None, reading: Reading) -> date | None:
    """The first day of a window; with an anchor other than the request, the latest that it may be."""
    if window is None:
        return None
    anchor = reading.today
    if window.before == "surgery_date":
        anchor = max((x.date.last for x in reading.facts(f.Surgery) if x.date), default=anchor)
    if window.before == "last_injection":
        given = [x for x in reading.facts(f.Injection) if x.date and x.status == EventStatus.PERFORMED]
        anchor = max((x.date.last for x in given if x.date), default=anchor)
    return days_before(anchor, window.days)


def _days_covered(spans: Sequence[tuple[date, date]]) -> int:
    """Days that lie in at least one span; a span of one day is none."""
    return sum((end - start).days for start, end in _runs(spans, 0))


def _longest_run(spans: Sequence[tuple[date, date]], gap: int) -> int:
    """Length in days of the longest run of spans with no gap of more than ``gap`` days."""
    return max(((end - start).days for start, end in _runs(spans, gap)), default=0)


def _runs(spans: Sequence[tuple[date, date]], gap: int) -> list[tuple[date, date]]:
    runs: list[tuple[date, date]] = []
    for start, end in sorted(spans):
        if runs and (start - runs[-1][1]).days <= gap:
            runs[-1] = (runs[-1][0], max(runs[-1][1], end))
        else:
            runs.append((start, end))
    return runs


# --- courses ----------------------------------------------------------------------------------------------------------


def _courses(asked: CareLength, reading: Reading) -> tuple[list[_Span], list[tuple[FactBase, float]]]:
    """The dated courses of care of this pain before the request, and the courses told only by their length (weeks)."""
    spans: list[_Span] = []
    lengths: list[tuple[FactBase, float]] = []
    for fact in reading.every(*_CARE):
        if not reading.counts(fact):
            continue
        match fact:
            case f.Therapy() if fact.status not in _NEVER_BEGUN:
                ongoing = fact.status == TherapyStatus.ONGOING
            case f.Medication() if fact.status not in (DrugStatus.PLANNED, DrugStatus.CONTRAINDICATED):
                ongoing = fact.status == DrugStatus.CURRENT
            case f.Injection() if fact.status == EventStatus.PERFORMED and fact.target in asked.injections:
                if fact.date is not None:
                    day = (fact.date.first, fact.date.last)
                    spans.append(_Span(fact, day, day))
                continue
            case _:
                continue
        span = _span(fact, ongoing, reading)
        if span is not None:
            spans.append(span)
        elif fact.duration_weeks is not None:
            lengths.append((fact, fact.duration_weeks))
    return _of_this_pain(spans, reading), lengths


def _span(fact: f.Therapy | f.Medication, ongoing: bool, reading: Reading) -> _Span | None:
    """A course with a start or an end. What is not known of the other end counts for nothing: the course is then a
    point in time."""
    length = timedelta(weeks=fact.duration_weeks) if fact.duration_weeks is not None else None
    start = (fact.start.first, fact.start.last) if fact.start else None
    end = (fact.end.first, fact.end.last) if fact.end else None
    if start is None and end is None:
        return None
    if start is not None and end is None:
        told = reading.told(fact) if ongoing else None
        if told is not None:
            end = (max(told, start[0]), max(told, start[0]))
        else:
            end = (start[0] + length, start[1] + length) if length else start
    if start is None and end is not None:
        start = (end[0] - length, end[1] - length) if length else end
    assert start is not None and end is not None
    return _Span(fact, start, end)


def _of_this_pain(spans: Sequence[_Span], reading: Reading) -> list[_Span]:
    """The spans cut to the time between the onset of the pain and the request; those outside it left out."""
    onset = reading.onset()
    kept = []
    for span in spans:
        if span.start[0] > reading.today or (onset and span.end[1] < onset - _ONSET_SLACK):
            continue
        floor = onset or date.min
        start = (max(span.start[0], floor), max(span.start[1], floor))
        end = (min(span.end[0], reading.today), min(span.end[1], reading.today))
        kept.append(_Span(span.fact, start, (max(end[0], floor), max(end[1], floor))))
    return kept


def _before_this_pain(fact: f.Therapy, reading: Reading) -> bool:
    onset = reading.onset()
    end = fact.end or (fact.start if fact.status == TherapyStatus.COMPLETED and fact.duration_weeks is None else None)
    return onset is not None and end is not None and end.last < onset - _ONSET_SLACK


def _weeks(fact: f.Therapy, reading: Reading) -> tuple[float, float]:
    """The least and the most weeks that a course lasted (infinite where no length can be told)."""
    if fact.duration_weeks is not None:
        return fact.duration_weeks, fact.duration_weeks
    if fact.start and fact.end:
        return max(0.0, weeks_between(fact.start.last, fact.end.first)), weeks_between(fact.start.first, fact.end.last)
    if fact.start and fact.status == TherapyStatus.ONGOING:
        told = reading.told(fact)
        known = max(0.0, weeks_between(fact.start.last, told)) if told else 0.0
        return known, max(known, weeks_between(fact.start.first, reading.today))
    if fact.response == TherapyResponse.UNABLE:
        return 0.0, 0.0
    return 0.0, float("inf")


def _say_course(fact: FactBase) -> str:
    name = say(getattr(fact, "type", None) or getattr(fact, "name", None) or getattr(fact, "target", ""))
    if isinstance(fact, f.Injection):
        return f"{name} injection ({fact.date})" if fact.date else f"{name} injection"
    weeks, sessions = getattr(fact, "duration_weeks", None), getattr(fact, "sessions", None)
    start, end = getattr(fact, "start", None) or getattr(fact, "date", None), getattr(fact, "end", None)
    said = [
        f"{weeks:g} weeks" if weeks is not None else "",
        f"{sessions} visits" if sessions is not None else "",
        f"{start} to {end}" if start and end else f"from {start}" if start else f"until {end}" if end else "",
        say(getattr(fact, "status", None) or ""),
        say(getattr(fact, "response", None) or ""),
    ]
    if weeks is None and not (start and end) and isinstance(fact, f.Therapy):
        said.append("length not documented")
    return f"{name} ({', '.join(part for part in said if part)})"


def _why(fact: FactBase, where: Where) -> str:
    answers = where.answers(fact)
    open_ = [f"{named(name)} not documented" for name, answer in answers.items() if answer == UNSURE]
    failing = [f"not {where.words_of(name)}" for name, answer in answers.items() if answer == NOT_MET]
    return ", ".join(open_ + failing)


# --- nicotine ---------------------------------------------------------------------------------------------------------


def _positive(lab: f.Lab, asked: Nicotine) -> bool:
    """A result that shows use: over the limit, or called positive with no value that says otherwise."""
    value = _value(lab, asked)
    return value == NOT_MET or (value == UNSURE and lab.interpretation == Interpretation.POSITIVE)


def _value(lab: f.Lab, asked: Nicotine) -> Truth:
    """Whether the value is at most the limit; unsure without a value in a known unit, or where its bound spans it."""
    if lab.value is None or (lab.unit is not None and lab.unit not in asked.unit):
        return UNSURE
    at_most = lab.value <= asked.max_value
    match lab.comparator:
        case Comparator.LT | Comparator.LE:
            return MET if at_most else UNSURE
        case Comparator.GT:
            return UNSURE if lab.value < asked.max_value else NOT_MET
        case Comparator.GE:
            return UNSURE if at_most else NOT_MET
        case _:
            return MET if at_most else NOT_MET


def _low_enough(lab: f.Lab, asked: Nicotine, reading: Reading) -> Truth:
    source = UNSURE if lab.source is None else MET if lab.source in asked.source else NOT_MET
    serves = asked.specimen.get(lab.analyte)
    specimen = MET if serves is None else UNSURE if lab.specimen is None else MET if lab.specimen in serves else NOT_MET
    return kleene.all_of([_value(lab, asked), source, specimen, reading.within(lab.date, asked.within_days)])


def _follows(test: PartialDate | None, quit_date: PartialDate | None) -> Truth:
    """Whether a test was after quitting."""
    if test is None or quit_date is None:
        return UNSURE
    return MET if test.first > quit_date.last else NOT_MET if test.last < quit_date.first else UNSURE


def _free_long_enough(quit_date: PartialDate | None, days: int, reading: Reading) -> bool:
    return quit_date is not None and quit_date.last <= days_before(reading.today, days)


def _say_labs(labs: Sequence[f.Lab]) -> str:
    said = []
    for lab in labs:
        value = f"{lab.comparator or ''}{lab.value:g} {lab.unit or ''}".strip("= ") if lab.value is not None else ""
        words = (
            say(lab.analyte),
            value,
            say(lab.interpretation or ""),
            f"({lab.date or 'undated'},",
            f"{say(lab.source or 'source not told')})",
        )
        said.append(" ".join(word for word in words if word))
    return "; ".join(said)
