"""Merges what all notes tell of each course of therapy.

A course of physical therapy told in several notes is one fact; a second clinic's course, or one of clearly other
dates, is a second. Of every other type there is one fact, unless its dates are clearly apart.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from chartproof.assemble.merge import unique_evidence
from chartproof.extract.finding import Finding, Strength
from chartproof.model import FactBase, PartialDate
from chartproof.model.dates import weeks_between
from chartproof.model.facts import Therapy
from chartproof.model.vocab import TherapyResponse, TherapyStatus, TherapyType

_LONGEST = timedelta(days=400)  # between the first and the last day of one course
_RENEWED = timedelta(days=45)  # a restriction told to begin so long after one was imposed is that one renewed
_VISITED = frozenset(
    {
        TherapyType.PHYSICAL_THERAPY,
        TherapyType.CHIROPRACTIC,
        TherapyType.ACUPUNCTURE,
        TherapyType.MASSAGE,
        TherapyType.OSTEOPATHIC_MANIPULATION,
    }
)
_MOST_WEEKS_A_VISIT = 4  # a length told with fewer visits than one in so many weeks contradicts them
_NEVER_BEGUN = (TherapyStatus.PLANNED, TherapyStatus.DECLINED)


def merge(findings: list[Finding]) -> list[FactBase]:
    """One fact per course."""
    by_type: dict[tuple[TherapyType, str], list[Finding]] = {}
    for found in sorted(findings, key=lambda f: (f.note_date, f.note_id)):
        by_type.setdefault((_fact(found).type, found.hints.get("word", "")), []).append(found)
    return [_one(course) for tellings in by_type.values() for course in _courses(tellings)]


def _fact(found: Finding) -> Therapy:
    assert isinstance(found.fact, Therapy)
    return found.fact


def _courses(tellings: list[Finding]) -> list[list[Finding]]:
    """The tellings of one type, parted into courses."""
    unused = [f for f in tellings if f.hints.get("not_begun")]
    if unused:  # what was handed over before, and is now told not to have been begun
        begun = [f for f in tellings if not (f.hints.get("weak") and f.note_date <= unused[-1].note_date)]
        tellings = [f for f in begun if f is not unused[0]] + unused[:1] if begun else unused
    done = [f for f in tellings if _fact(f).status not in _NEVER_BEGUN]
    courses: list[list[Finding]] = []
    # Of each course one telling of those that are alike: a note may tell the same a thousand times.
    unlike: dict[int, dict[tuple[object, ...], Finding]] = {}
    # those with dates or visits first: what has none joins one of them
    for found in sorted(done, key=lambda f: (-_definite(f), -f.strength)):
        fitting = [c for c in courses if all(_may_be_one(found, other) for other in unlike[id(c)].values())]
        if not fitting:
            joined: list[Finding] = []
            courses.append(joined)
            unlike[id(joined)] = {}
        elif len(fitting) == 1:
            joined = fitting[0]
        else:
            joined = max(fitting, key=lambda c: (_same_visits(found, c), _latest(c)))
        joined.append(found)
        unlike[id(joined)].setdefault(_told_by(found), found)
    planned = [f for f in tellings if _fact(f).status in _NEVER_BEGUN]
    if not courses:
        return [planned] if planned else []
    extra: list[Finding] = []
    for found in planned:
        course = _carried_out(found, courses)
        if course is None:
            extra.append(found)
        elif _fact(found).status is TherapyStatus.PLANNED:
            course.append(found)
    return [*courses, *([extra] if extra and _fact(extra[0]).type is TherapyType.PHYSICAL_THERAPY else [])]


def _definite(found: Finding) -> int:
    fact = _fact(found)
    return (
        2 * bool(fact.start and fact.end)
        + bool(fact.start or fact.end)
        + bool(fact.sessions)
        + bool(found.hints.get("document"))
    )


def _latest(course: list[Finding]) -> PartialDate:
    dates = [d for f in course for d in (_fact(f).end, _fact(f).start) if d]
    return max(dates) if dates else PartialDate("1900")


def _same_visits(found: Finding, course: list[Finding]) -> bool:
    visits = _fact(found).sessions
    return visits is not None and any(_fact(f).sessions == visits for f in course)


def _may_be_one(a: Finding, b: Finding) -> bool:
    """Whether two tellings may be of one course: their dates meet, and one note does not count its visits twice."""
    one, two = _fact(a), _fact(b)
    if a.hints.get("imposed") or b.hints.get("imposed"):
        return True  # restrictions renewed at a later visit are kept up, not new ones
    if {one.supervised, two.supervised} == {True, False}:
        return False  # visits in a clinic, and a course by video or app
    apart = one.sessions is not None and two.sessions is not None and one.sessions != two.sessions
    if a.note_id == b.note_id and apart and not (a.hints.get("document") or b.hints.get("document")):
        return False
    for begun, ended in ((one, two), (two, one)):
        if begun.start and not begun.end and ended.end and not ended.start:
            # "since 9/20" in one note, "finished 12/6" in a later one
            return begun.start.first <= ended.end.last <= begun.start.last + _LONGEST
    first, second = _span(one, a), _span(two, b)
    if first is None or second is None:
        return True
    return bool(first[0] <= second[1] and second[0] <= first[1])


def _told_by(found: Finding) -> tuple[object, ...]:
    """All of a telling that ``_may_be_one`` looks at."""
    fact, hints = _fact(found), found.hints
    of_note = found.note_id, found.note_date, bool(hints.get("imposed")), bool(hints.get("document"))
    return (*of_note, fact.supervised, fact.sessions, fact.start, fact.end, fact.status)


def _span(fact: Therapy, found: Finding) -> tuple[date, date] | None:
    """The days that a course may have lasted from and to, as far as told; None where it has no date."""
    if fact.start is None:
        return (fact.end.first, fact.end.last) if fact.end else None
    if fact.end:
        return fact.start.first, max(fact.start.first, fact.end.last)
    # Told by its first day, a course may have gone on until the note; told by a period, it was then.
    reach = {"year": timedelta(0), "month": timedelta(days=183)}.get(fact.start.precision)
    last = found.note_date
    if fact.status is not TherapyStatus.ONGOING and reach is not None:
        last = min(last, fact.start.last + reach)
    return fact.start.first, max(fact.start.first, last)


def _carried_out(found: Finding, courses: list[list[Finding]]) -> list[Finding] | None:
    """The course that a plan came to, or that the plan repeats; None for a plan of another course."""
    if not found.hints.get("again"):
        return max(courses, key=_latest)
    for course in courses:
        starts = [start.first for f in course if f.note_date > found.note_date and (start := _fact(f).start)]
        if any(start >= found.note_date for start in starts):
            return course
    return None


def _one(tellings: list[Finding]) -> Therapy:
    """One course from its tellings: the primary document first, the latest state, all evidence."""
    in_time = sorted(tellings, key=lambda f: (f.note_date, f.note_id))
    done = [f for f in in_time if _fact(f).status not in _NEVER_BEGUN]
    if not done:
        return _fused(in_time, _latest_status(in_time))
    status = _latest_status(done)
    return _fused(in_time, status, done)


def _latest_status(tellings: list[Finding]) -> TherapyStatus | None:
    strong = [_fact(f).status for f in tellings if _fact(f).status and not f.hints.get("weak")]
    weak = [_fact(f).status for f in tellings if _fact(f).status]
    if strong and strong[-1] is TherapyStatus.ONGOING and _is_over_by_then(tellings):
        return TherapyStatus.COMPLETED
    return strong[-1] if strong else weak[-1] if weak else None


def _is_over_by_then(tellings: list[Finding]) -> bool:
    """Whether the last note of several tells of visits as had that an earlier one tells as going on."""
    last = tellings[-1]
    if _fact(last).type not in _VISITED or _fact(last).status is not TherapyStatus.COMPLETED:
        return False
    seen = max(f.note_date for f in tellings if _fact(f).status is TherapyStatus.ONGOING and not f.hints.get("weak"))
    return last.note_date - seen >= _RENEWED


def _fused(in_time: list[Finding], status: TherapyStatus | None, done: list[Finding] | None = None) -> Therapy:
    source = done if done is not None else in_time
    by_weight = sorted(source, key=lambda f: (-f.strength, f.note_date, f.note_id))
    documents = [f for f in source if f.strength is Strength.PRIMARY]
    # that a note imposes a restriction dates it only where nobody tells since when it is kept
    own = [d for f in by_weight if (d := _fact(f).start) and not f.hints.get("imposed")]
    first_imposed = min((d for f in by_weight if f.hints.get("imposed") and (d := _fact(f).start)), default=None)
    if own and first_imposed and first_imposed.last + _RENEWED < own[0].first:
        own = []  # "light duty since May" goes on with what was restricted in January
    start = _start(own or [first_imposed] if first_imposed else own)
    end = _end(documents, source, status)
    sessions = _sessions(documents, source)
    weeks: float | None = None
    if start and end and start.precision == end.precision == "day" and start <= end:
        weeks = weeks_between(start.first, end.first)
    else:
        weeks = next((w for f in by_weight if (w := _fact(f).duration_weeks) is not None), None)
        if weeks is not None and sessions is not None and weeks > sessions * _MOST_WEEKS_A_VISIT:
            weeks = None  # "four months of PT", says the patient; the clinic counts two visits
    supervised = next((s for f in by_weight if (s := _fact(f).supervised) is not None), None)
    return Therapy(
        type=_fact(in_time[0]).type,
        duration_weeks=weeks,
        sessions=sessions,
        start=start,
        end=end,
        supervised=supervised,
        response=_response(documents, source),
        status=status,
        evidence=unique_evidence(e for f in in_time for e in _fact(f).evidence),
    )


def _start(dates: Iterable[PartialDate | None]) -> PartialDate | None:
    told = [d for d in dates if d]
    if not told:
        return None
    return max((d for d in told if d.could_equal(told[0])), key=len)


def _end(documents: list[Finding], source: list[Finding], status: TherapyStatus | None) -> PartialDate | None:
    if status is TherapyStatus.ONGOING:
        return None
    for tellings in (documents, source):
        ends = [e for f in tellings if (e := _fact(f).end)]
        if ends:
            return max(ends, key=len)
    seen = [f.hints["last_seen"] for f in documents if f.hints.get("last_seen")]
    if status is TherapyStatus.COMPLETED and seen:
        return max(seen)  # a later note says that the course is over, which the clinic saw until then
    return None


def _sessions(documents: list[Finding], source: list[Finding]) -> int | None:
    """Visits: the most that the clinic's documents count, else the first count told."""
    counted = [s for f in documents if (s := _fact(f).sessions) is not None]
    told = [s for f in source if f not in documents and (s := _fact(f).sessions) is not None]
    last = documents[-1] if documents else None
    if counted and (last is None or _fact(last).status is TherapyStatus.COMPLETED or not told):
        return max(counted)
    return max([*counted, *told]) if counted or told else None


def _response(documents: list[Finding], source: list[Finding]) -> TherapyResponse | None:
    """The discharge document's judgement, else the last one told; that it could not be done stays true."""
    # a result told of a whole list says less of one treatment than one told of it alone
    alone = [f for f in source if not f.hints.get("summed_up")]
    for tellings in (documents, alone, source):
        told = [r for f in tellings if (r := _fact(f).response)]
        for value in (TherapyResponse.UNABLE, TherapyResponse.WORSENED):
            if value in told:
                return value
        if told:
            return told[-1]
    return None
