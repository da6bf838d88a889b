"""Reads the course of a treatment in the words about it: dates, length, visits."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, timedelta

from chartproof.extract.treatment.conservative_care import total_in
from chartproof.extract.treatment.mentions import Mention, Span
from chartproof.language.dates import DateMention
from chartproof.language.quantities import Duration, find_durations
from chartproof.language.reading import Reading
from chartproof.model import PartialDate

_VISITED = ("physical_therapy", "chiropractic", "osteopathic_manipulation", "massage", "acupuncture", "other")
_ORDINALS = (
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth "
    "sixteenth seventeenth eighteenth nineteenth twentieth"
).split()
_IN_BOTH = re.compile(r" and (?:in |early |late |into )?", re.IGNORECASE)
_ALL_IN = re.compile(r"\ball (?:of (?:them|it|which) )?(?:in|during|within) $", re.IGNORECASE)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_AND_MONTH = re.compile(
    r" and (?:early |late )?"
    r"(?P<month>January|February|March|April|May|June|July|August|September|October|November|December)"
    r"\b(?! \d)",
)
_LEFT = re.compile(
    r"\b(?:discharged?|d/c(?:'?d)?|released?|graduat(?:ed|ion)|finish(?:ed|ing)|complet(?:ed|ing|ion)|done|through|out|off)"
    r"(?: from| of| with| w/)?(?: (?:the|her|his|their|formal|outpatient|supervised|a|course|of))*\s*$",
    re.IGNORECASE,
)
_VISITS_HEAD = re.compile(
    r"(?:#|no\.?|number|total)?(?: of)? ?(?:visits|sessions|treatments|appts|appointments)"
    r"(?: (?:attended|completed|kept|#))?",
    re.IGNORECASE,
)


# "titrated to 900 mg, stopped 4/2024"
_ENDED_AFTER = re.compile(r"[,;] ?(?:and |then )?(?:d/?c'?e?d?|stopped|quit|discontinued|ended|off)\b", re.IGNORECASE)


@dataclass
class Course:
    """What is told of a course; ``spans`` are the words it was read from."""

    start: PartialDate | None = None
    end: PartialDate | None = None
    weeks: float | None = None
    sessions: int | None = None
    spans: list[Span] = field(default_factory=list)


def read_course(reading: Reading, mention: Mention, *, ended: bool = False, planned: bool = False) -> Course:
    """The course told in the words about one mention.

    Args:
        ended: the words say that the treatment is over, so that a bare date next to "finished" is its end.
        planned: the treatment is still to come, so that "another 6 weeks" is its length.
    """
    course = Course()
    _read_dates(reading, mention, course, ended)
    _read_length(reading, mention, course, planned)
    if mention.value in _VISITED:
        told = visits_in(reading, mention.before[0], mention.after[1]) or _visits_in_table(reading, mention)
        if told:
            course.sessions = told[0]
            course.spans.append(told[1])
    return course


def visits_in(reading: Reading, low: int, high: int) -> tuple[int, Span] | None:
    """The number of completed visits told first in [low, high), and where; those planned or authorised do not count."""
    regexes, text = reading.patterns.regexes, reading.text
    for m in regexes["tx_visits"].finditer(text, low, high):
        group = m.lastgroup
        if group is None:
            continue
        told_used = group in ("t", "u")  # "24 authorized, 18 used": what stands before the number speaks of another
        if not told_used and regexes["tx_visits_not"].search(text, max(low, m.start() - 45), m.start(group)):
            continue
        if group.startswith("ord"):
            word = m[group].lower()
            return _ORDINALS.index(word) + 1 if word in _ORDINALS else int(re.sub(r"\D", "", word)), m.span()
        if regexes["tx_visits_missed"].match(text, m.end(), high):
            continue  # "at visit number six, which did not take place"
        if group == "half":
            return 6, m.span()
        if group == "dozen":
            return 12 * (1 if m[group] == "a" else int(m[group])), m.span()
        return int(m[group]), m.span()
    return None


def _visits_in_table(reading: Reading, mention: Mention) -> tuple[int, Span] | None:
    """The number in the column headed "Visits" of the table row that begins with the treatment."""
    index = reading.line_index(mention.start)
    row = reading.lines[index].cells
    if len(row) < 3 or not any(c.start <= mention.start < c.end for c in row):
        return None
    for above in range(index - 1, max(-1, index - 12), -1):
        for i, head in enumerate(reading.lines[above].cells):
            if not _VISITS_HEAD.fullmatch(head.text):
                continue
            same = len(row) == len(reading.lines[above].cells)
            cell = row[i] if same else min(row[1:], key=lambda c: abs(c.column - head.column))
            return (int(cell.text), (cell.start, cell.end)) if re.fullmatch(r"\d{1,3}", cell.text) else None
    return None


# "Keflex 500 mg, one three times a day x 10 days and Lortab": what stands before "and" is of the drug before it
_AND_THEN = re.compile(r"(?: \([^()]*\))?(?:,| and|;|\.)", re.I)
_ANOTHERS = re.compile(r"\b(?:as well as|plus|along with)\b", re.I)


def _read_length(reading: Reading, mention: Mention, course: Course, planned: bool) -> None:
    for low, high in (mention.after, mention.before):
        told = list(find_durations(reading.text, low, high))
        for duration in told if low >= mention.end else reversed(told):  # of two before it the nearer
            into = reading.patterns.regexes["tx_into"].fullmatch(reading.text, duration.end, mention.start)
            if course.weeks is not None or not (into or _is_length(reading, duration, low)):
                continue
            span = reading.patterns.regexes["tx_past_span"].search(reading.text, low, duration.start)
            if span and duration.start - mention.end > 20:
                continue
            between = reading.text[duration.end : max(duration.end, mention.start)]
            in_front = duration.end <= mention.start and mention.kind != "therapy"
            if _ANOTHERS.search(between) or (in_front and _AND_THEN.match(between)):
                continue  # "Keflex x 7 days as well as Tylenol #3"
            if not planned and _is_ordered(reading, duration, mention):
                continue
            more = reading.patterns.regexes["tx_more"].search(reading.text, low, duration.start)
            if (planned or not more) and not _is_of_all_care(reading, duration, mention):
                course.weeks = duration.weeks
                course.spans.append((duration.start, duration.end))


def _is_length(reading: Reading, duration: Duration, low: int) -> bool:
    """Whether a length of time is the length of the treatment, not of its relief, its rhythm or its distance."""
    text, regexes = reading.text, reading.patterns.regexes
    if duration.unit in ("minute", "hour") or (duration.bound == "<=" and duration.low > 60):
        return False
    after = text[duration.end : duration.end + 25]
    before = text[max(low, duration.start - 40) : duration.start]
    postop = regexes["tx_for_after_operation"].match(after) and re.search(r"\b(?:for|x) ?$", before, re.I)
    if (regexes["tx_duration_not_after"].match(after) and not postop) or regexes["tx_duration_not_before"].search(
        before
    ):
        return False
    if any(d.start <= duration.start < d.end for d in reading.dates):
        return False
    told = text[duration.start : duration.end]
    if not re.search(r"\d", told) and re.search(
        r"(?:\b(?:days?|times|visits?|sessions?|hours?|nights?|mornings?|evenings?|afternoons?|once|twice|thrice)|\dx)\s*$",
        before,
    ):
        return False  # "5 days a week"
    if duration.unit in ("day", "night"):
        if (
            not text[duration.start : duration.end].lstrip("~>< ")[:1].isdigit()
            and "about" not in text[duration.start : duration.end]
        ):
            return False
        return bool(
            re.search(
                r"\b(?:after|x|for|over|of|within|about|around|(?:after|for|over) (?:some|only|just|roughly))\s*$",
                before,
            )
        ) or bool(re.match(r"\s+(?:of|trial|course|supply)\b", after))
    return not re.search(r"\b(?:a|per|each|every|times a|x/|/)\s*$", before) or before.rstrip().endswith(" a")


def _is_ordered(reading: Reading, duration: Duration, mention: Mention) -> bool:
    """Whether a length is only what was ordered: "PT was prescribed for 12 weeks but she attended 4 sessions"."""
    text, regexes = reading.text, reading.patterns.regexes
    before = text[max(mention.sentence.start, duration.start - 60) : duration.start]
    after = text[duration.end : min(duration.end + 50, mention.sentence.end)]
    return bool(regexes["tx_length_ordered"].search(before) or regexes["tx_length_ordered_after"].match(after))


def _is_of_all_care(reading: Reading, duration: Duration, mention: Mention) -> bool:
    """Whether a length is that of conservative care as a whole, told where its parts are listed."""
    total = total_in(reading, mention.sentence)
    if total is not None and total[1].start == duration.start:
        return True
    line = reading.line_at(duration.start)
    return bool(reading.patterns.regexes["care_total_line"].match(reading.text[line.start : duration.start]))


def _read_dates(reading: Reading, mention: Mention, course: Course, ended: bool) -> None:
    text, regexes = reading.text, reading.patterns.regexes
    if _read_years(reading, mention, course):
        return
    ranges = [r for low, high in (mention.after, mention.before) for r in reading.ranges if low <= r.start < high]
    ranges = [r for r in ranges if r.start >= mention.end or _leads_to(reading, r.end, mention)]
    for r in ranges[:1]:
        course.start = r.first
        if r.last != PartialDate(reading.note.date) or not re.search(
            r"present|now|current|today|date", text[r.start : r.end], re.I
        ):
            course.end = r.last
        course.spans.append((r.start, r.end))
        return
    dates = reading.dates_in(*mention.after)
    dates += [d for d in reading.dates_in(*mention.before) if _leads_to(reading, d.end, mention)]
    previous, end_of_last = mention.end, 0
    for d in dates:
        in_front = d.end <= mention.start
        low = mention.before[0] if in_front else max(previous, mention.end)
        role = _role(reading, d, low, mention, course)
        previous = d.end
        if regexes["tx_event_after"].match(text[d.end : d.end + 25]):
            continue
        if role is None or d.value.first > reading.note.date:
            continue
        if _IN_BOTH.fullmatch(text, end_of_last, d.start) and course.start and not course.end and role == "start":
            role = "end"  # "in August and September", "over March and April 2023"
            if course.start.first > d.value.first:
                course.start = PartialDate(f"{d.value.first.year}{str(course.start)[4:]}")
        end_of_last = d.end
        if regexes["tx_over_the_past"].search(text, max(0, d.start - 14), d.end):
            continue  # "over the past year" dates nothing
        if role == "start" and _is_new(d.value, course.start):
            course.start = d.value
        elif role == "end" and _is_new(d.value, course.end):
            course.end = d.value
        else:
            continue
        only = _ALL_IN.search(text, max(0, d.start - 20), d.start)
        if (only or regexes["tx_only_then"].match(text[d.end : d.end + 12])) and d.value.precision != "day":
            course.start = course.end = d.value  # "03/2025 only"
        course.spans.append((d.start, d.end))
        following = _AND_MONTH.match(text, d.end) if role == "start" and d.value.precision == "month" else None
        if following and course.end is None:
            month = _MONTHS.index(following["month"][:3].lower()) + 1  # "in August and September"
            year = d.value.first.year + (month < d.value.first.month)
            if (year, month) <= (reading.note.date.year, reading.note.date.month):
                course.end = PartialDate.of(year, month)
                course.spans.append(following.span())
    m = regexes["tx_last_week"].search(text, mention.end, mention.after[1])
    if m and ended and regexes["tx_end_word"].search(text, mention.end, m.start()) and course.end is None:
        course.end = PartialDate(reading.note.date - timedelta(days=7))
        course.spans.append(m.span())
    elif m and course.start is None and regexes["tx_start_word"].search(text, mention.sentence.start, m.start()):
        course.start = PartialDate(reading.note.date - timedelta(days=7))
        course.spans.append(m.span())


def _read_years(reading: Reading, mention: Mention, course: Course) -> bool:
    """A course told by years alone: "2022-2024", "through the whole of 2023"."""
    text, regexes = reading.text, reading.patterns.regexes
    high = min(mention.after[1], mention.end + 80)
    whole = regexes["tx_whole_year"].search(text, mention.end, high)
    if whole:
        course.start = course.end = PartialDate(whole["year"] or whole["year2"])
        course.weeks = 52.0
        course.spans.append(whole.span())
        return True
    years = regexes["tx_years"].search(text, mention.end, high)
    if years is None or regexes["tx_no_date_word"].search(text[mention.end : years.start()]):
        return False
    if years["first"] > years["last"] or int(years["last"]) > reading.note.date.year:
        return False
    course.start, course.end = PartialDate(years["first"]), PartialDate(years["last"])
    course.spans.append(years.span())
    return True


def _is_new(value: PartialDate, known: PartialDate | None) -> bool:
    """Whether nothing is known yet, or the same only less precisely ("this spring, six visits in May")."""
    return known is None or (len(value) > len(known) and value.could_equal(known))


def _leads_to(reading: Reading, end: int, mention: Mention) -> bool:
    """Whether a date in front of a mention is its own ("In May he completed PT", "from May 1 he attended PT")."""
    between = reading.text[end : mention.start]
    return bool(reading.patterns.regexes["tx_subject_follows"].match(between))


def _role(reading: Reading, d: DateMention, low: int, mention: Mention, course: Course) -> str | None:
    """``start`` or ``end`` of the course, or None for a date of something else."""
    text, regexes = reading.text, reading.patterns.regexes
    words = text[max(low, d.start - 60) : d.start]
    lead = text[max(mention.sentence.start, mention.start - 30) : mention.start]
    if _LEFT.search(lead) and 0 <= d.start - mention.end <= 7 and mention.kind == "therapy":
        return "end"  # "since discharge from PT on 4/11/25"
    other = regexes["tx_no_date_word"].search(
        text[mention.start : mention.end] + words if d.start > mention.end else words
    )
    if other and not regexes["tx_since_injury"].search(words) and not _ENDED_AFTER.search(other[0]):
        return None
    if regexes["tx_disorder_since"].search(words) or regexes["tx_note_by"].search(lead):
        return None
    if mention.value == "home_exercise" and regexes["tx_since_therapy"].search(words):
        return "start"  # "exercises at home since discharge in April"
    starts = [m.end() for m in regexes["tx_start_word"].finditer(words)]
    ends = [m.end() for m in regexes["tx_end_word"].finditer(words)]
    front = (mention.sentence.section.title or "") + " " + text[mention.before[0] : mention.start]
    begun = regexes["tx_start_word"].search(front) and not regexes["tx_end_word"].search(front) and course.start is None
    if (
        not starts
        and not ends
        and not begun
        and d.start >= mention.end
        and d.form not in ("season", "lastseason", "year")
    ):
        m = regexes["tx_end_word"].search(text, d.end, min(d.end + 45, mention.after[1]))
        within = m and d.value.precision == "month" and re.search(r",\s*and\b|;", text[d.end : m.start()])
        another = m and reading.dates_in(m.end(), min(m.end() + 14, mention.after[1]))  # "eval 2/3, d/c 4/18"
        if m and not within and not another and not regexes["tx_start_word"].search(text, d.end, m.start()):
            return "end"  # but not "six visits in May, and quit because ..."
    if not starts and not ends:
        if d.form == "lastseason" and mention.kind != "therapy":
            return None
        if d.end <= mention.start:
            front = text[d.end : mention.start]
        starts = [1 for _ in regexes["tx_start_word"].finditer(front)]
        ends = [1 for _ in regexes["tx_end_word"].finditer(front)]
    if d.form == "today":
        return "end" if ends and not starts else "start" if starts else None
    if ends and (not starts or ends[-1] >= starts[-1]):
        return "end"  # "off since" ends what "since" begins
    if starts:
        return "start"
    if mention.kind != "therapy" and d.value.precision == "month" and _stands_with_pack(reading, d, mention):
        return "start"
    if mention.kind != "therapy" and not re.search(
        r"\b(?:in|during|over|from|for|of|by|around|circa)\s*(?:\w+\s)?$", text[max(0, d.start - 20) : d.start], re.I
    ):
        return None  # a date beside a drug may be of its filling
    return "start"


def _stands_with_pack(reading: Reading, d: DateMention, mention: Mention) -> bool:
    """Whether a month stands right after a short course of a drug: "Medrol taper 3/2025"."""
    return bool(
        re.fullmatch(
            r"[^.;:]{0,25}\b(?:dose ?pac?k|pack|taper|burst|course|trial|tried|trialed)s?[ ,(]{1,3}",
            reading.text[mention.end : d.start],
            re.IGNORECASE,
        )
    )


def latest_day(month: int, day: int, before: date) -> date | None:
    """The last day of that month and day on or before a date; None where the calendar has no such day."""
    for year in (before.year, before.year - 1):
        try:
            found = date(year, month, day)
        except ValueError:
            return None
        if found <= before:
            return found
    return None
