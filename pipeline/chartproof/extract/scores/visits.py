"""When a score was taken: the dates of a course of therapy and the date told beside a value."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from itertools import pairwise
from operator import itemgetter

from chartproof.language.dates import DateMention, find_dates
from chartproof.language.reading import Reading
from chartproof.model import PartialDate
from chartproof.model.vocab import NoteType

# What may stand between a value and the date that it belongs to.
_BETWEEN = re.compile(
    r"[\s(),:;=%/-]*(?:(?:on|at|as|of|dated|date|the|eval(?:uation)?|initial|re-?eval(?:uation)?|visit|last|first|for|reference|is|was|it|rates?|rated|she|he|pt|"
    r"patient|pain|nprs|nrs|vas|odi|oswestry|score[ds]?|d/c|dc|discharge|intake|soc|start|care|s|o|today|now|current|currently|and|her|his|disability|index|"
    r"percent|raw|done|completed|taken|level|report(?:s|ed)|recorded|obtained|measured|administered|noted|in|of)[\s(),:;=%/-]*){0,7}",
    re.I,
)
# "56% when we first met in October", "7/10 back when she started therapy in May"
_WHEN = re.compile(r"\s?(?:back )?(?:when|at the time|as)(?: [a-z']{1,12}){1,7} (?:in|on|of)\s", re.I)
# Forms of dates that tell one day, or a month at least.
EXACT = frozenset("ymd mdy mony mond md,y my md dm ym m/y m/d today lastmonth m_this".split())
_NOT_OF_VALUE = re.compile(
    r"\b(?:since|after|following|until|till|before|injection|injected|block|inj|siji|surgery|fusion|shot|mri|ct|xr|x-ray|dob|start(?:ed|ing)?|stopped)\b[^.;]{0,25}$",
    re.I,
)


_TO = re.compile(r"\s?(?:-|to|thru|through|until|till|and)\s?", re.I)
_DATE_CUE = re.compile(
    r"\b(?:on|since|dated|until|till|by|drawn|collected|done|seen|completed|scheduled|sched|received"
    r"|resulted|returned|faxed|called|due|w/ (?:the )?pt|with (?:the )?(?:pt|patient))\s*$"
    r"|\b(?:inj\w*|blocks?|shots?|visits?|mri|ct|films?|notes?|labs?|message|call|siji?|letter|report|exam|study|x-?rays?|procedure|pt|surgery)\s+(?:of|from)\s*$",
    re.I,
)


def is_really_score(reading: Reading, date: DateMention) -> bool:
    """Whether what was read as month and day is a score out of ten ("an average of 6/10", "from 8/10 to 3/10")."""
    if date.form != "m/d" or date.value.day != 10:
        return False
    return not _DATE_CUE.search(reading.text[max(0, date.start - 24) : date.start])


def first_visit(reading: Reading) -> PartialDate | None:
    """The date of a course's first visit or evaluation as this note tells it."""
    return reading.once(_first_visit)


def _first_visit(reading: Reading) -> PartialDate | None:
    regexes, text = reading.patterns.regexes, reading.text
    for date in reading.dates:
        if date.value.precision != "day" or date.value.first > reading.note.date:
            continue
        before = text[max(0, date.start - 45) : date.start]
        if regexes["score_first_visit"].search(before) or regexes["score_first_visit_after"].match(
            text[date.end : date.end + 24]
        ):
            return date.value
    return _start_of_course(reading) if reading.note.type in (NoteType.PT, NoteType.OTHER) else None


def _start_of_course(reading: Reading) -> PartialDate | None:
    """The first of two dates that a therapy note tells as the course that ends with it: "3/18/2024 thru 7/12/2024"."""
    for first, last in pairwise(reading.dates):
        if first.value.precision != "day" or last.value.precision != "day":
            continue
        if not _TO.fullmatch(reading.text[first.end : last.start]):
            continue
        ended = (reading.note.date - last.value.first).days
        if 0 <= ended <= 7 and (last.value.first - first.value.first).days >= 14:
            return first.value
    return None


def told_date(reading: Reading, start: int, end: int, low: int, high: int) -> DateMention | None:
    """The date that is told of the value at [start, end), looked for within [low, high): right before or behind it."""
    near: list[tuple[int, DateMention]] = []
    for date in reading.dates_in(low, high):
        if date.form not in EXACT or date.value.first > reading.note.date or is_really_score(reading, date):
            continue
        if date.end <= start:
            between = reading.text[date.end : start]
            # a date that opens a line or sentence is the date of what the line tells
            opens = not _OPENING.sub("", reading.text[low : date.start]).strip(" -*|([")
            if not opens and _NOT_OF_VALUE.search(reading.text[max(low, date.start - 45) : date.start]):
                continue
            if _BETWEEN.fullmatch(between) or (opens and len(between) < 40):
                near.append((start - date.end, date))
        elif date.start >= end:
            between = reading.text[end : date.start]
            if (_BETWEEN.fullmatch(between) or _WHEN.fullmatch(between)) and not _NOT_OF_VALUE.search(between):
                near.append((date.start - end, date))
    return min(near, key=lambda n: n[0])[1] if near else None


_OPENING = re.compile(r"^\W*(?:on|as of|in|by|since)\s$", re.I)
_AT_EVALUATION = re.compile(
    r"\bat (?:the |this )?(?:initial |pt |therapy )?(?:eval(?:uation)?|intake)\b", re.IGNORECASE
)
# Without one of these words a therapy note that tells of an evaluation is the evaluation's own.
_LATER_VISIT = re.compile(
    r"\b(?:visits?|sessions?|discharged?|d/?c|progress\w*|re-?(?:eval|assess|test|exam)\w*|today|now|currently?|to date"
    r"|last|final|treatments?|attended|weeks of|since|improv\w*|goals?|previous\w*|prior)\b",
    re.IGNORECASE,
)


def value_date(reading: Reading, start: int, end: int, low: int, high: int) -> PartialDate | None:
    """The date of a score told within [low, high): an explicit one, that of the first visit, or the note's.

    None where the words put it at an earlier visit whose date this note does not tell.
    """
    told = told_date(reading, start, end, low, high)
    if told is not None and told.form != "today":
        return told.value
    around = reading.text[low:high]
    carried = _carried(reading, start)
    if carried is not None:
        return carried
    headed = _headed(reading, start, is_now=bool(reading.patterns.regexes["score_says_now"].search(around)))
    if headed is not None:
        return headed
    regexes = reading.patterns.regexes
    other = regexes["score_says_other"].search(around)
    if other and not regexes["score_says_now"].search(around):
        return reading.date if _is_last_visit(reading, other[0]) else None
    says_first = reading.patterns.regexes["score_says_first"].search(around)
    if (
        says_first
        and not reading.patterns.regexes["score_says_now"].search(around)
        and not reading.once(_is_first_visit_note)
    ):
        first = first_visit(reading)
        return first if first or reading.note.type is NoteType.PT else reading.date
    return _sent(reading, start) or reading.date


def _is_last_visit(reading: Reading, words: str) -> bool:
    """Whether "visit 12" is the last of the visits that the note counts ("12 visits", "visits used: 12")."""
    number = re.search(r"visit #?(\d{1,2})", words, re.I)
    if number is None:
        return False
    n = number[1]
    return re.search(rf"\bvisits\b\D{{0,14}}\b{n}\b|\b{n} (?:\w+ )?visits\b", reading.text, re.I) is not None


_HEAD = 300  # characters before a date in which the words that make it a heading stand
_CARRIED = re.compile(r"\b(?:carried|copied|brought|pulled)\s(?:forward|over|in)\b[^\n:]{0,40}", re.I)


def _carried(reading: Reading, position: int) -> PartialDate | None:
    """The day from which a line says that it was carried forward: "Carried forward from 2/3/25: present 5"."""
    starts = reading.once(_carried_starts)
    first = bisect_left(starts, reading.line_at(position).start)
    m = _CARRIED.match(reading.text, starts[first], position) if first < len(starts) else None
    dates = reading.dates_in(m.start(), m.end() + 1) if m else []
    return dates[0].value if dates and dates[0].value.precision == "day" else None


def _carried_starts(reading: Reading) -> list[int]:
    return [m.start() for m in _CARRIED.finditer(reading.text)]


_HEADER = re.compile(
    r"[ \t\[(-]*(?:(?:from|sent|to|re|date|message|msg|reply|posted|received)\b[^\n]{0,60}"
    r"|(?:mon|tue|wed|thu|fri|sat|sun)\w*,? )?"
    r"\d{1,2}[/-]\d{1,2}[/-]\d{2,4},?\s+(?:at\s)?\d{1,2}:\d\d",
    re.I,
)


def _sent(reading: Reading, position: int) -> PartialDate | None:
    """The day on which a message of a thread was sent, where headers with date and time part its messages."""
    if reading.note.type not in (NoteType.OTHER, NoteType.TELEPHONE, NoteType.LETTER, NoteType.INTAKE):
        return None
    sent = reading.once(_headers)
    before = bisect_right(sent, reading.line_at(position).start, key=itemgetter(0))
    return sent[before - 1][1] if before else None


def _headers(reading: Reading) -> list[tuple[int, PartialDate]]:
    """The lines that head the messages of a thread: where each begins, and the day of its message."""
    if "@" not in reading.text and not _THREAD.search(reading.text):
        return []
    sent = []
    for line in reading.lines:
        if _HEADER.match(line.text):
            dates = [d for d in reading.dates_in(line.start, line.end) if d.value.precision == "day"]
            if dates and dates[0].value.first <= reading.note.date:
                sent.append((line.start, dates[0].value))
    return sent


_THREAD = re.compile(r"(?m)^[ \t]*(?:from|sent|to|subject)\s?:|\bmessage thread\b|\b(?:am|pm)\s{1,4}from\s?:", re.I)


# a line that opens with its day: "7/24   Pain 7/10.   ODI 36%", "Mon 8/14: pain 6"
_LINE_DAY = re.compile(
    r"[ \t*-]*(?:(?:mon|tue|wed|thu|fri|sat|sun)\w*\.?,? )?(?P<day>\d{1,2}/(?!10(?:\s?[,;.)]|\s(?!\s)))\d{1,2})"
    r"(?![\d/])(?:\s{2,}|\s?[:|-]\s|\s(?=pain|nrs|nprs|odi|vas|oswestry))",
    re.I,
)


def _headed(reading: Reading, position: int, is_now: bool) -> PartialDate | None:
    """The date that heads the line, or the part of it, that a score stands in: "SOC 2/3: NPRS 7/10, ODI 52%".

    Args:
        is_now: the score is told as today's; then only a date of its own sentence goes before that.
    """
    line = reading.line_at(position)
    opening = _LINE_DAY.match(line.text)
    if opening and position > line.start + opening.end() and position - line.start < 160:
        day = day_told(reading, opening["day"])
        if day is not None:
            return day
    begin = reading.sentence_at(position).start if is_now else line.start
    for date in reversed(reading.dates_in(begin, position)):
        if (
            date.form not in EXACT
            or date.form == "today"
            or date.value.precision != "day"
            or is_really_score(reading, date)
        ):
            continue
        before = reading.text[max(line.start, date.start - _HEAD) : date.start]
        if position - date.end < 110 and reading.patterns.regexes["score_day_head"].search(before):
            return date.value if date.value.first <= reading.note.date else None
        return None
    return None


def _is_first_visit_note(reading: Reading) -> bool:
    """Whether this note is itself the evaluation: its "initial" scores are then its own."""
    if reading.note.type is not NoteType.PT:
        return False
    first = first_visit(reading)
    if first is not None:
        return first.first == reading.note.date
    if _AT_EVALUATION.search(reading.text) and not _LATER_VISIT.search(reading.text):
        return True
    return any(
        re.match(r"[^.:]{0,50}\b(?:initial|pt|therapy) eval(?:uation)?\b[^.:%]{0,40}$", line.text, re.I)
        for line in reading.lines[:6]
    )


def day_told(reading: Reading, words: str) -> PartialDate | None:
    """The day that words alone tell, on or before the note's; None where they tell none."""
    m = re.fullmatch(r"\W{0,2}(?P<m>\d{1,2})/(?P<d>\d{1,2})\W{0,2}", words)
    if m:
        for year in (reading.note.date.year, reading.note.date.year - 1):
            try:
                value = PartialDate.of(year, int(m["m"]), int(m["d"]))
            except ValueError:
                return None
            if value.first <= reading.note.date:
                return value
        return None
    dates = [d for d in find_dates(words, reading.note.date) if d.value.precision == "day"]
    return dates[0].value if dates and dates[0].value.first <= reading.note.date else None
