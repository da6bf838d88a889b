"""The date of a note: from the name of its file, or from a date line at the head of its text.

Numeric dates are read month first, the American way; day first only where the first number cannot be a month.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_MONTH = (
    r"(?P<{0}>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)"
)

_ISO = r"(?P<y1>(?:19|20)\d\d)(?P<s1>[-/._])(?P<m1>\d{1,2})(?P=s1)(?P<d1>\d{1,2})"
_FORMS = (
    _ISO + r"|(?P<m2>\d{1,2})(?P<s2>[-/])(?P<d2>\d{1,2})(?P=s2)(?P<y2>(?:19|20)\d\d|\d\d)"
    r"|(?P<m5>\d{1,2})(?P<s5>[._])(?P<d5>\d{1,2})(?P=s5)(?P<y5>(?:19|20)\d\d)"
    r"|" + _MONTH.format("m3") + r"[. ,_-]{1,2}(?P<d3>\d{1,2})(?:st|nd|rd|th)?[ ,_-]{1,2}(?P<y3>(?:19|20)\d\d)"
    r"|(?P<d4>\d{1,2})(?:st|nd|rd|th)?[ ._-]?" + _MONTH.format("m4") + r"[. ,_-]{0,2}(?P<y4>(?:19|20)\d\d)"
)
_DATE = re.compile(rf"(?<![\dA-Za-z])(?:{_FORMS})(?![\dA-Za-z])", re.IGNORECASE)

# In a file name a date may be glued to words, and may have no separators. The ISO forms go first: the ordinal before
# one may look like the month of another form (``1_02_2025-03-04``).
_IN_NAME = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"(?<!\d)(?:{_ISO})(?!\d)",
        r"(?<!\d)(?P<y1>(?:19|20)\d\d)(?P<m1>\d\d)(?P<d1>\d\d)(?!\d)",
        rf"(?<!\d)(?:{_FORMS})(?!\d)",
        r"(?<!\d)(?P<m1>\d\d)(?P<d1>\d\d)(?P<y1>(?:19|20)\d\d)(?!\d)",
    )
)

_HEAD_LINES = 25
_HEAD_CHARS = 2500
# A date that no label tells counts in the first lines alone; below them begins the story.
_BARE_LINES = 8

# What stands right before a date decides whose date it is. Tried in this order.
_GAP = r"[\s.,:#(\[=-]{0,24}$"
_NOT_THE_NOTE = re.compile(
    r"\b(?:d\.?\s?o\.?\s?b|birth|birth\s?date|date of birth|born(?: on)?|onset|(?:injury|loss|accident|start)(?: date)?"
    r"|date of (?:loss|injury|accident|onset)|doi|dol"
    r"|(?:last|prior|previous|next|return)(?: \w{1,12}){0,2}"
    r"|f/u|since|expires?|exp|quit(?: on)?|comparison|compared?(?: to| with)?|lmp|thru|through|until|to|from"
    r"|start of care|soc|initial eval(?:uation)?:|cert(?:ification)?(?: period)?|s/p|status post|updated|effective"
    r"|fax of|policy|version|rev(?:ised)?|form)\.?\b"
    + _GAP
    # "Follow-up" close by is the next visit; across a gap it is the title of this one.
    + r"|\bfollow[- ]?up(?: \w{1,12}){0,2}[ .,:(]{0,3}$",
    re.IGNORECASE,
)
_COLLECTED = re.compile(
    r"\b(?:collected|collection(?: date)?|coll|drawn|received|rcvd|specimen(?: collected)?|date of collection)\b"
    + _GAP,
    re.IGNORECASE,
)
_SECONDHAND = re.compile(
    r"\b(?:print(?:ed)?(?: date| on)?|run|reported|report(?: date)?|rptd|resulted|signed(?: on| by)?|issued"
    r"|released(?: to [\w ]{1,30})?|compiled|faxed|scanned|transcribed|entered|admi(?:t|ssion)(?: date)?"
    r"|order(?:ed)?(?: date)?|referr(?:al|ed)(?: date)?|request(?:ed)?(?: date)?|surgery(?: date)?"
    r"|date of (?:surgery|admission|report|referral))\b" + _GAP,
    re.IGNORECASE,
)
_THE_NOTE = re.compile(
    r"\b(?:dos|d\.o\.s|service(?: date)?"
    r"|date of (?:service|visit|encounter|procedure|operation|exam|examination|evaluation|consultation|study|injection"
    r"|discharge|dictation|note|assessment|letter|call)"
    r"|(?:visit|enc|encounter|appt|appointment|procedure|operation|exam|examination|study|evaluation|consult"
    r"|consultation|note|discharge|assessment|contact|call|session|treatment)(?:[. ]+date)?(?:/time)?"
    r"|examined|evaluated|seen|performed|dictated|completed(?: online)?|created|date(?:/time)?|dated)\b" + _GAP,
    re.IGNORECASE,
)
# A label in a heading, and not the verb of a sentence: a colon, a gap, or nothing else before it in its column.
_LABEL_FORM = re.compile(r"(?:[:=(\[#]|\s{2,}|\t)[\s.]*$|(?:^|\s{2}|\t|[|;,(\[]|[-–—] )\s*(?:[\w./]+ ){0,3}[\w./]+\s*$")
_BARE_BEFORE = re.compile(r"(?:^|\s{2}|\t|[|;•·]|\s[-–—]{1,2}|\.\s)[\s(\[>*=.-]*$")
_BARE_AFTER = re.compile(r"[)\].]*(?:\s*$|\s{2}|\t|\s*[|;(]|,?\s+\d{1,2}:\d\d|\s*[-–—]|\.\s)")
_ALONE = re.compile(
    r"[\s(\[*=-]*(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\.?,?\s+)?$", re.IGNORECASE
)


@dataclass(frozen=True)
class FoundDate:
    """A date, and where it was read (``file name`` or ``text, line 3``)."""

    day: date
    source: str
    start: int
    end: int


def _year(text: str) -> int:
    # Two digits: notes are of this century up to 69, as in POSIX.
    value = int(text)
    return value if value > 99 else value + (2000 if value < 69 else 1900)


def _calendar(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _day(match: re.Match[str]) -> date | None:
    """The day a match of ``_DATE`` means; None where the calendar has no such day."""
    group = match.groupdict()
    for n in "12345":
        if group.get(f"y{n}") is None:
            continue
        year, day = _year(group[f"y{n}"]), int(group[f"d{n}"])
        name = group[f"m{n}"]
        if not name.isdigit():
            return _calendar(year, _MONTHS.index(name[:3].lower()) + 1, day)
        month = int(name)
        if month > 12 and n in "25":
            month, day = day, month
        return _calendar(year, month, day)
    return None


def find_dates(text: str) -> Iterator[tuple[re.Match[str], date]]:
    """The full dates written in a text, in order: the match and the day it means."""
    for match in _DATE.finditer(text):
        day = _day(match)
        if day is not None:
            yield match, day


def parse_date(text: str) -> date:
    """The day a text means that is nothing but a date, in any form this module reads.

    Raises:
        ValueError: it is no full date.
    """
    match = _DATE.fullmatch(text.strip())
    day = _day(match) if match else None
    if day is None:
        raise ValueError("not a full date; write YYYY-MM-DD")
    return day


def date_in_name(stem: str) -> FoundDate | None:
    """The first date in a file's name (without its suffix), e.g. ``01_2025-03-04_consult`` or ``mri_20250304``."""
    for pattern in _IN_NAME:
        for match in pattern.finditer(stem):
            day = _day(match)
            if day is not None:
                return FoundDate(day, "file name", match.start(), match.end())
    return None


def date_in_head(text: str) -> FoundDate | None:
    """The date of a note as the first lines of its text tell it.

    A date that stands alone on its line, or is called the date of service, visit, exam or procedure, goes before one in
    a column without a label, that before a date of printing, reporting or ordering, and that before the collection of a
    specimen. Dates of birth, onset, injury, or of another visit are never taken, nor one in the middle of a sentence.
    """
    best: tuple[int, FoundDate] | None = None
    offset = 0
    for number, line in enumerate(text[:_HEAD_CHARS].split("\n")[:_HEAD_LINES], start=1):
        previous_end = 0
        for match, day in find_dates(line):
            before, after = line[max(previous_end, match.start() - 60) : match.start()], line[match.end() :]
            rank = _rank(before, after, bare_counts=previous_end == 0 and number <= _BARE_LINES)
            previous_end = match.end()
            if rank is not None and (best is None or rank < best[0]):
                found = FoundDate(day, f"text, line {number}", offset + match.start(), offset + match.end())
                best = (rank, found)
        offset += len(line) + 1
    return best[1] if best else None


def _rank(before: str, after: str, *, bare_counts: bool) -> int | None:
    """How good a date is as the note's own, 0 the best; None where it is the date of something else."""
    if _NOT_THE_NOTE.search(before):
        return None
    if _COLLECTED.search(before):
        return 3
    if _SECONDHAND.search(before):
        return 2
    if _THE_NOTE.search(before) and _LABEL_FORM.search(before):
        return 0
    if bare_counts and _ALONE.fullmatch(before) and not after.strip(" \t.)]"):
        return 0
    if bare_counts and _BARE_BEFORE.search(before) and _BARE_AFTER.match(after):
        return 1
    return None
