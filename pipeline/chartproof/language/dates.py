"""Dates in notes: absolute, partial, without a year, and relative to the note's date.

A relative date is resolved to the precision of its unit (days and weeks -> day, months -> YYYY-MM, years -> YYYY;
corpora/GUIDE.md section 2). A date without a year is the latest one on or before the note's date. Numeric dates are
month first, as US notes write them, unless the first number cannot be a month.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from dateutil.relativedelta import MO, TH, relativedelta

from chartproof.language.gate import GatedRegex, gated
from chartproof.model.dates import PartialDate

_MONTH_NAMES = ("january february march april may june july august september october november december").split()
_MONTHS = {name: i + 1 for i, name in enumerate(_MONTH_NAMES)}
_MONTHS |= {name[:3]: i for name, i in list(_MONTHS.items())} | {"sept": 9}
_MONTH = r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
_DAYS = {name: i for i, name in enumerate("monday tuesday wednesday thursday friday saturday sunday".split())}
_YEAR = r"(?:19[3-9]\d|20[0-4]\d)"
_UNIT = r"(?P<unit>day|week|wk|month|mo|year|yr)s?"
_PART = (
    r"(?:(?P<part>early|mid|late|the middle of|the beginning of|the end of|the first week of|the last week of)[\s-]+)?"
)

# What may stand before a month and day without a year ("2/6") for it to be a date rather than a score.
_MD_CUE = re.compile(
    r"(?:\b(?:on|since|from|of|dated|date|until|till|through|thru|to|by|before|after|and|mri|xr|ct|x-ray|xray|film|films|radiographs?|"
    r"spine|pelvis|hips?|joints?|sij?|inj|injections?|blocks?|shots?|done|performed|completed|visit|started|begun|begins|labs?|cotinine|note|consult|"
    r"review|contrast|views?|w/o|initial|interim|final|midpoint|(?:date|exam|study|dos|scan|performed|done|taken|completed|collected|obtained)\s?:|drawn|collected|stopped|quit|d/c'?d?|onset|last|seen|issued|fitted|dispensed|evaluated|attended|visits|eval|dc|sij|siji|report|called|soc|wk of|week of)\.?|#\s?[1-4]|[(,;@&]|[-]|\d\)?\s+(?=\d))\s*\(?$",
    re.I,
)
# "Finished PT 10/29"
_THERAPY_THEN = re.compile(
    r"\b(?:start(?:ed|s)?|finish(?:ed)?|began|ended|stopped|completed|quit) (?:PT|therapy|HEP|chiro) $", re.I
)
_MD_NOT = re.compile(
    r"^\s*(?:out of|on (?:the |a )?(?:nrs|vas|scale|pain)|pain|strength|motor|positive|pos\b|tests?|maneuvers?|provocat|nrs|reps|visits|goals?|bilat|%|days|\))",
    re.I,
)

# "the MRI of April 23" is of a day, "since April 23" of a month
_THING_OF_A_DAY = re.compile(
    r"\b(?:MRI?|CT|x-?rays?|films?|scans?|radiographs?|stud(?:y|ies)|visits?|notes?|letters?|injections?|blocks?|reports?) of $",
    re.I,
)
_PATTERNS: list[tuple[str, GatedRegex]] = [
    ("ymd", gated(rf"(?<![\d.-])(?P<y>{_YEAR})(?P<sep>[-./])(?P<m>0?[1-9]|1[0-2])(?P=sep)(?P<d>0?[1-9]|[12]\d|3[01])(?!\d)")),
    ("mdy", gated(rf"(?:(?<![\d./-])|(?<=/\d-)|(?<=/\d\d-)|(?<=/\d{{4}}-))(?P<m>\d{{1,2}})(?P<sep>[/.-])(?P<d>\d{{1,2}})(?P=sep)(?P<y>{_YEAR}|'?\d{{2}})(?![\d/]|\.\d)")),
    ("mony", gated(rf"\b(?P<d>\d{{1,2}})(?:st|nd|rd|th)?[\s-]*(?:of\s+)?(?P<mon>{_MONTH})\.?,?[\s-]*(?P<y>{_YEAR})\b", re.I)),
    ("mond", gated(rf"\b(?P<d>\d{{1,2}})-(?P<mon>{_MONTH})-(?P<y>{_YEAR}|\d{{2}})\b", re.I)),
    ("mond", gated(r"\b(?P<d>\d{2}) ?(?P<mon>(?-i:JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC)) ?(?P<y>\d{2})\b(?![:/@])")),
    ("ymd", gated(r"(?<![\d./-])(?P<y>20[0-4]\d)(?P<m>0[1-9]|1[0-2])(?P<d>0[1-9]|[12]\d|3[01])(?![\d.-])")),
    ("mdy", gated(rf"(?<![\d./-])(?P<m>\d{{1,2}}) / (?P<d>\d{{1,2}}) / (?P<y>{_YEAR}|\d{{2}})(?![\d/])")),
    ("md,y", gated(rf"\b(?P<mon>{_MONTH})\.?\s+(?P<d>\d{{1,2}})(?:st|nd|rd|th)?(?:,\s*|\s+)(?P<y>{_YEAR})\b", re.I)),
    ("my", gated(rf"\b{_PART}(?P<mon>{_MONTH})\.?,?\s*(?:of\s+)?(?P<y>{_YEAR}|'\d\d)\b", re.I)),
    ("m_this", gated(rf"\b{_PART}(?P<mon>{_MONTH})(?:\s+(?P<d>\d{{1,2}})(?:st|nd|rd|th)?)?,?\s+(?:of\s+)?(?P<which>this|last)\s+year\b", re.I)),
    ("m/d_this", gated(r"(?<![\d./-])(?P<m>0?[1-9]|1[0-2])/(?P<d>0?[1-9]|[12]\d|3[01]),?\s+(?:of\s+)?(?P<which>this|last)\s+year\b", re.I)),
    ("md", gated(rf"\b(?P<mon>{_MONTH})\.?\s+(?P<d>\d{{1,2}})(?:st|nd|rd|th)?\b(?!\s*(?:%|percent|mg|mL|weeks|visits|[:/]\d))(?!,?\s*{_YEAR})", re.I)),
    ("dm", gated(rf"(?<!#)\b(?:the\s+)?(?P<d>\d{{1,2}})(?:st|nd|rd|th)?(?:(?:\s+of)?\s+|-)(?P<mon>{_MONTH})\b(?!\.?,?[\s-]*{_YEAR}|-\d\d\b)", re.I)),
    ("ym", gated(rf"(?<![\d./-])(?P<y>{_YEAR})-(?P<m>0[1-9]|1[0-2])(?![\d/-])")),
    ("m/y", gated(rf"(?:(?<![\d./-])|(?<=/\d{{4}}-))(?P<m>0?[1-9]|1[0-2])[/-](?P<y>{_YEAR})(?![\d/])(?!-(?!\d{{1,2}}/\d{{4}}|present|now|current))")),
    ("quarter", gated(rf"\bQ(?P<q>[1-4])\s*(?:of\s*)?(?P<y>{_YEAR})\b", re.I)),
    ("season", gated(rf"\b(?:(?:early|mid|late|this|last|this past|the)[\s-]+(?:part of\s+)?)?(?P<season>spring|summer|fall|autumn|winter)(?:\s+(?:of\s+)?(?P<y>{_YEAR}|'\d\d))\b", re.I)),
    ("lastseason", gated(r"\b(?:last|this past|this|over the|in the|by late|by early|late|early|the)\s+(?P<season>spring|summer|fall|autumn|winter)\b", re.I)),
    ("ago", gated(rf"\b(?:(?P<about>about|approximately|around|roughly|some|nearly|almost|over|more than)\s+)?(?P<n>\d{{1,2}}(?:\.\d)?|an?|a couple(?: of)?|half an?)(?:-\d{{1,2}}|\s+(?:to|or|and a half)\s*(?:\d{{1,2}})?)?\s*{_UNIT}\s+(?:ago|back|prior|earlier)\b", re.I)),
    ("holiday", gated(r"\b(?P<holiday>new year'?s(?: day| eve)?|(?:the )?(?:first|start|beginning|turn) of (?:the|this) year|christmas(?: day| eve)?|july 4th|4th of july|thanksgiving|labor day|memorial day)\b(?:,?\s+(?:of\s+)?(?P<y>(?:19[3-9]|20[0-4])\d))?", re.I)),
    ("lastunit", gated(r"\b(?P<which>last|this|this past|past|the last)\s+(?P<unit>week|month|year)\b(?!\s+(?:or so|and (?:a half|\d|change)))", re.I)),
    ("weekday", gated(r"\b(?:last|this past|this|on)\s+(?P<day>monday|tuesday|wednesday|thursday|friday|saturday|sunday)\b", re.I)),
    ("lastmonth", gated(rf"\b(?P<which>last|this past|this|in|since|during|until|till|by|from|through|to|late|mid|early|around)[\s-]+(?:(?:early|mid|late)[\s-]+|the (?:middle|end|beginning|start) of )?(?P<mon>{_MONTH})\b(?!\.?,?\s*(?:\d|of (?:this|last)|this year|last year|'\d))", re.I)),
    ("today", gated(r"\b(?P<when>today|this morning|this afternoon|this evening|this visit|at this visit|yesterday|tonight)\b", re.I)),
    ("m/d", gated(r"(?:(?<![\d./-])|(?<=/\d\d-))(?P<m>0?[1-9]|1[0-2])/(?P<d>0?[1-9]|[12]\d|3[01])(?![\d/%]|th\b|-(?!\d{1,2}/\d)|\.\d|\s*(?:out of|mL|mg))")),
    ("mon-", gated(rf"\b(?P<mon>{_MONTH})\.?(?=\s*(?:-|to|through|thru|and)\s*(?:early|mid|late)?[\s-]*(?:{_MONTH})\b)", re.I)),
    ("-mon", gated(rf"(?<=[a-z.]-)(?P<mon>{_MONTH})\b(?!\.?,?\s*(?:\d|of (?:this|last)|'\d))", re.I)),
    ("year", gated(rf"(?<![\d./,$#-])(?P<y>{_YEAR})(?![\d/-]|\.\d|\s*(?:mg|mL|hours|hrs|h\b|units|ng|calories))")),
    ("year2", gated(r"(?<=[\s(,])'(?P<y>[0-3]\d|9\d)(?![\w\d'\"/-]|\.\d)")),
]  # fmt: skip

# What a text must hold for a form to stand in it, where a faster regex than the form's tells.
_FULL_YEAR = re.compile(r"1(?=9[3-9]\d)|2(?=0[0-4]\d)")  # branches of plain characters are found fast
_ANY_YEAR = re.compile(r"1(?=9[3-9]\d)|2(?=0[0-4]\d)|'(?=\d\d)")
_NEEDED: dict[str, re.Pattern[str] | GatedRegex] = {
    **dict.fromkeys(("ymd", "ym", "m/y", "year", "mony", "md,y", "quarter"), _FULL_YEAR),
    **dict.fromkeys(("my", "season"), _ANY_YEAR),
    "year2": re.compile(r"'\d\d"),
    "m/d": re.compile(r"/\d"),
    "mdy": re.compile(r"\d[/.-]\d{1,2}[/.-]['\d]|\d / \d"),
    **dict.fromkeys(("m_this", "m/d_this"), gated(r"\b(?:this|last)\s+year\b", re.I)),
    "ago": gated(r"(?:day|week|wk|month|mo|year|yr)s?\s+(?:ago|back|prior|earlier)\b", re.I),
}

_VISIT_OR_VALUE = re.compile(r"(?:\b(?:visit|session|eval|soc|d/c)\s?#?\d{0,2}|%|/10)\s\($", re.I)

# month -> from its first day to the holiday of no fixed day: Memorial Day, Labor Day, Thanksgiving
_HOLIDAY_RULES = {
    5: relativedelta(day=31, weekday=MO(-1)), 9: relativedelta(weekday=MO(+1)), 11: relativedelta(weekday=TH(+4)),
}  # fmt: skip
_HOLIDAYS: dict[str, tuple[int, int | None]] = {
    "christmas": (12, 25), "eve": (12, 31), "july": (7, 4), "thanksgiving": (11, None), "labor": (9, None), "memorial": (5, None),
}  # fmt: skip


@dataclass(frozen=True)
class DateMention:
    """A date as told.

    Attributes:
        start, end: span in the text read.
        value: the date, to the precision told.
        form: which way of writing it was (``mdy``, ``ago``, ``year`` ...); ``year`` and ``m/d`` are the weak ones.
        told: True when its year or the whole date was worked out from the note's date.
    """

    start: int
    end: int
    value: PartialDate
    form: str
    told: bool = False


@dataclass(frozen=True)
class DateRange:
    """Two dates told as from ... to ...; ``end`` of the dates may be the note's date ("to present")."""

    start: int
    end: int
    first: PartialDate
    last: PartialDate


def _year(text: str, anchor: date) -> int:
    text = text.lstrip("'")
    if len(text) == 4:
        return int(text)
    year = 2000 + int(text)
    return year if year <= anchor.year + 10 else year - 100


def _month_day_before(month: int, day: int | None, anchor: date, forward: bool = False) -> PartialDate | None:
    year = anchor.year
    try:
        if day is None:
            return PartialDate.of(year if month <= anchor.month else year - 1, month)
        candidate = date(year, month, day)
    except ValueError:
        return None
    if candidate > anchor and not (forward and (candidate - anchor).days < 60):
        return PartialDate.of(year - 1, month, day)
    return PartialDate.of(year, month, day)


def _season(m: re.Match[str], anchor: date) -> PartialDate:
    start_month = {"spring": 3, "summer": 6, "fall": 9, "autumn": 9, "winter": 12}[m["season"].lower()]
    year = anchor.year if start_month <= anchor.month else anchor.year - 1
    if year == anchor.year and m[0].lower().startswith("last") and anchor.month < start_month + 3:
        year -= 1  # "last summer", said in June
    return PartialDate.of(year)


_PAIR_AFTER = re.compile(r"\s*(?:-|to|through|thru|until)\s*(?P<m>\d{1,2})/(?P<y>\d\d)(?![\d/])", re.I)
_PAIR_BEFORE = re.compile(r"(?<![\d/])(?P<m>\d{1,2})/(?P<y>\d\d)\s*(?:-|to|through|thru|until)\s*$", re.I)


def _month_first(g: dict[str, str], anchor: date) -> date:
    return date(2000 + int(g["d"]), _MONTHS[g["mon"].lower()[:3]], 1)


def _month_and_year(m: re.Match[str], text: str, anchor: date) -> PartialDate | None:
    """The month of "8/24" in "8/24-11/24": two such numbers of one late year, or of two in turn, are months."""
    month, year = int(m["m"]), int(m["d"])
    after = _PAIR_AFTER.match(text, m.end())
    before = _PAIR_BEFORE.search(text, max(0, m.start() - 16), m.start())
    first = (year, month) if after else (int(before["y"]), int(before["m"])) if before else None
    last = (int(after["y"]), int(after["m"])) if after else (year, month) if before else None
    if first is None or last is None or not (first[1] <= 12 and last[1] <= 12):
        return None
    now = anchor.year - 2000
    months = 12 * (last[0] - first[0]) + last[1] - first[1]
    if not (now - 3 <= first[0] <= last[0] <= now and 0 < months <= 11 and (last[0] == first[0] or last[1] < first[1])):
        return None
    return PartialDate.of(2000 + year, month) if date(2000 + last[0], last[1], 1) <= anchor else None


def _resolve(form: str, m: re.Match[str], text: str, anchor: date) -> tuple[PartialDate, bool] | None:
    g = m.groupdict()
    if form in ("ymd", "mdy"):
        month, day, year = int(g["m"]), int(g["d"]), _year(g["y"], anchor)
        if month > 12:
            month, day = day, month
        return PartialDate.of(year, month, day), False
    if form in ("mony", "mond", "md,y"):
        return PartialDate.of(_year(g["y"], anchor), _MONTHS[g["mon"].lower()[:3]], int(g["d"])), False
    if form == "my":
        return PartialDate.of(_year(g["y"], anchor), _MONTHS[g["mon"].lower()[:3]]), False
    if form == "m_this":
        year = anchor.year - (g["which"].lower() == "last")
        return PartialDate.of(year, _MONTHS[g["mon"].lower()[:3]], int(g["d"]) if g["d"] else None), True
    if form == "m/d_this":
        return PartialDate.of(anchor.year - (g["which"].lower() == "last"), int(g["m"]), int(g["d"])), True
    if form in ("md", "dm"):
        # "in Nov 23" is a month of a year; of a day one says "on"
        if (
            form == "md"
            and anchor.year - 3 <= 2000 + int(g["d"]) <= anchor.year
            and re.search(
                r"\b(?:in|since|until|by|of|during|early|mid|late)[ -]$", text[max(0, m.start() - 8) : m.start()], re.I
            )
            and not re.match(r"(?:st|nd|rd|th)", text[m.start("d") + len(g["d"]) :])
            and not _THING_OF_A_DAY.search(text, max(0, m.start() - 24), m.start())
            and _month_first(g, anchor) <= anchor
        ):
            return PartialDate.of(2000 + int(g["d"]), _MONTHS[g["mon"].lower()[:3]]), False
        value = _month_day_before(_MONTHS[g["mon"].lower()[:3]], int(g["d"]), anchor)
        return (value, True) if value else None
    if form in ("ym", "m/y"):
        return PartialDate.of(int(g["y"]), int(g["m"])), False
    if form == "quarter":
        return PartialDate.of(int(g["y"])), False
    if form == "season":
        return PartialDate.of(_year(g["y"], anchor)), False
    if form == "lastseason":
        return _season(m, anchor), True
    if form == "ago":
        told = g["n"].lower()
        n = 0.5 if told.startswith("half") else 2.0 if "couple" in told else 1.0 if told in ("a", "an") else float(told)
        unit = {"wk": "week", "mo": "month", "yr": "year"}.get(g["unit"].lower(), g["unit"].lower())
        return _back(anchor, n, unit), True
    if form == "lastunit":
        this = g["which"].lower() == "this"
        unit = g["unit"].lower()
        if unit == "week":
            return None  # "last week" is no day
        return _back(anchor, 0 if this else 1, unit), True
    if form == "weekday":
        back = (anchor.weekday() - _DAYS[g["day"].lower()]) % 7
        return PartialDate(anchor - timedelta(days=back or 7)), True
    if form in ("lastmonth", "mon-"):
        month = _MONTHS[g["mon"].lower()[:3]]
        # "may" is a verb far more often than a month
        if g["mon"] == "may" or (g["mon"].lower() in ("mar", "may") and not g["mon"][0].isupper()):
            return None
        return _month_day_before(month, None, anchor), True  # type: ignore[return-value]
    if form == "-mon":
        # "Feb-May": the end of a span of months
        if not re.search(rf"\b{_MONTH}\.?\s*-$", text[max(0, m.start() - 12) : m.start()], re.I):
            return None
        value = _month_day_before(_MONTHS[g["mon"].lower()[:3]], None, anchor)
        return (value, True) if value else None
    if form == "holiday":
        name = g["holiday"].lower()
        month_day = next((md for word, md in _HOLIDAYS.items() if word in name), (1, 1))
        value = _month_day_before(*month_day, anchor)
        if g["y"]:
            fixed = date(int(g["y"]), month_day[0], month_day[1] or 1)
            value = PartialDate(fixed if month_day[1] else fixed + _HOLIDAY_RULES[month_day[0]])
        return (value, True) if value else None
    if form == "today":
        return PartialDate(anchor - timedelta(days=g["when"].lower() == "yesterday")), True
    if form == "m/d":
        of_range = _month_and_year(m, text, anchor)
        if of_range:
            return of_range, False
        if text[m.start() - 1 : m.start()] == "-":
            return None
        before = text[max(0, m.start() - 14) : m.start()]
        # no score is out of more than ten, save counts of visits
        sure = int(g["d"]) > 12 and re.search(
            r"\b(?:positive|negative|pos|neg|normal|clean|relief|better)\s*$", before, re.I
        )
        after = text[m.end() : m.end() + 20]
        bracketed = int(g["d"]) > 12 or int(g["m"]) > int(g["d"]) or _VISIT_OR_VALUE.search(before)
        if after.startswith(")") and bracketed:
            after = ""  # "(8/30)", "(9/1)", "visit 6 (2/3)" and "44% (2/3)" are no scores
        # "5/20 - 7/1": no pair of scores has such a first number
        sure = sure or (
            int(g["d"]) > 12
            and re.match(r"\s*(?:-|to|through|thru|until)\s*\d{1,2}/\d{1,2}(?![\d/])", text[m.end() : m.end() + 18])
        )
        sure = sure or re.match(r"\s*(?:-|to|through|thru|until)\s*\d{1,2}/\d{1,2}/\d\d", text[m.end() : m.end() + 20])
        sure = sure or _THERAPY_THEN.search(text, max(0, m.start() - 20), m.start())
        if not (_MD_CUE.search(before) or sure) or _MD_NOT.match(after):
            return None
        if (
            int(g["d"]) in (5, 10)
            and int(g["m"]) <= int(g["d"])
            and not re.search(
                r"\b(?:on|from|since|dated|of)\s*$|#\s?\d\s*\(?$", text[max(0, m.start() - 8) : m.start()], re.I
            )
        ):
            return None  # a score out of 5 or 10
        value = _month_day_before(int(g["m"]), int(g["d"]), anchor)
        return (value, True) if value else None
    if form == "year2":
        return PartialDate.of(_year(g["y"], anchor)), True
    if form == "year":
        return PartialDate.of(int(g["y"])), False
    raise AssertionError(form)


def _back(anchor: date, n: float, unit: str) -> PartialDate:
    if unit == "day":
        return PartialDate(anchor - timedelta(days=n))
    if unit == "week":
        return PartialDate(anchor - timedelta(days=7 * n))
    if unit == "month":
        then = anchor - relativedelta(months=int(n), days=15 if n % 1 else 0)
        return PartialDate.of(then.year, then.month)
    then = anchor - relativedelta(months=round(12 * n))
    return PartialDate.of(then.year)


def find_dates(text: str, anchor: date) -> list[DateMention]:
    """Every date told in ``text``, in order, without overlap.

    Args:
        text: the text as read.
        anchor: the note's date.
    """
    taken: list[DateMention] = []
    covered = bytearray(len(text))
    holds = {regex: regex.search(text) is not None for regex in set(_NEEDED.values())}
    for form, pattern in _PATTERNS:
        if form in _NEEDED and not holds[_NEEDED[form]]:
            continue
        for m in pattern.finditer(text):
            start, end = m.span()
            if any(covered[start:end]):
                continue
            try:
                resolved = _resolve(form, m, text, anchor)
            except ValueError:  # 2025-02-30, 13/45/2024
                continue
            if resolved is None:
                continue
            covered[start:end] = b"\1" * (end - start)
            if form == "lastmonth" and m["which"].lower() not in ("last", "this", "this past"):
                start = m.start("mon")  # "through mid-April": the preposition belongs to a range
            taken.append(DateMention(start, end, resolved[0], form, resolved[1]))
    return sorted(taken, key=lambda d: d.start)


_TO = re.compile(
    r"\s*(?:\(?\d{1,2}:\d\d\)?\s*)?(?:-+>?|to|through|thru|until|till|and|ending|ended|into|up to|-\s*last visit|discharged|d/c'?d?)\s*(?:about\s+|the (?:middle|end|beginning) of\s+|early\s+|mid-?\s*|late\s+)?",
    re.I,
)
_PRESENT = re.compile(r"\s*(?:-+>?|to|through|thru|until)\s*(?:the\s+)?(?P<now>present|now|current|today|date)\b", re.I)


def find_ranges(text: str, dates: list[DateMention], anchor: date) -> Iterator[DateRange]:
    """Pairs of dates told as a period: "8/7/23 - 11/17/23", "Aug to Nov 2023", "from Jan 9 through April 14"."""
    for a, b in itertools.pairwise(dates):
        between = text[a.end : b.start]
        if len(between) > 30 or not _TO.fullmatch(between):
            continue
        if re.fullmatch(r"\s*and\s*", between, re.I) and not re.search(
            r"\bbetween\s*$", text[max(0, a.start - 10) : a.start], re.I
        ):
            continue
        first, last = a.value, b.value
        if a.form in ("mon-", "lastmonth", "md", "dm", "m/d") and not b.told and last.month is not None:
            # "Aug-Nov 2023": the year told once
            year = last.year - (1 if (first.month or 1) > last.month else 0)
            try:
                first = PartialDate.of(year, first.month, first.day)
            except ValueError:
                continue
        if first.first <= last.last:
            yield DateRange(a.start, b.end, first, last)
    for a in dates:
        m = _PRESENT.match(text, a.end)
        if m and a.value.first <= anchor:
            yield DateRange(a.start, m.end(), a.value, PartialDate(anchor))
