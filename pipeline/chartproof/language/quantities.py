"""Typed values in notes: percentages, lengths of time, scores out of ten, doses.

Number words were turned into digits before (text.py), so digits and a few fractions are all that is left to read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from chartproof.language.gate import gated
from chartproof.language.places import Spans
from chartproof.model.dates import DAYS_PER_MONTH, DAYS_PER_YEAR

_NUM = r"\d{1,3}(?:\.\d+)?"
_DAYS = {
    "minute": 1 / 1440,
    "hour": 1 / 24,
    "day": 1.0,
    "night": 1.0,
    "week": 7.0,
    "fortnight": 14.0,
    "month": DAYS_PER_MONTH,
    "year": float(DAYS_PER_YEAR),
}
_UNITS = {
    "min": "minute", "mins": "minute", "minute": "minute", "minutes": "minute",
    "h": "hour", "hr": "hour", "hrs": "hour", "hour": "hour", "hours": "hour",
    "d": "day", "day": "day", "days": "day", "night": "night", "nights": "night",
    "fortnight": "fortnight", "fortnights": "fortnight", "w": "week", "wk": "week", "wks": "week", "week": "week", "weeks": "week",
    "m": "month", "mo": "month", "mos": "month", "mth": "month", "mths": "month", "month": "month", "months": "month",
    "y": "year", "yr": "year", "yrs": "year", "year": "year", "years": "year",
}  # fmt: skip
_UNIT = r"(?P<unit>minutes?|mins?|hours?|hrs?|h|days?|nights?|weeks?|wks?|fortnights?|months?|mths?|mos?|years?|yrs?|d|w)\b\.?"
_FEW = {
    "a": 1.0,
    "an": 1.0,
    "one": 1.0,
    "a couple of": 2.0,
    "a couple": 2.0,
    "couple of": 2.0,
    "half a": 0.5,
    "half an": 0.5,
}


@dataclass(frozen=True)
class Duration:
    """A length of time in days, as a range; ``bound`` is ``>=`` or ``<=`` where only one end was told."""

    start: int
    end: int
    low: float
    high: float
    unit: str
    bound: str | None = None

    @property
    def days(self) -> float:
        """The length in days; of a range its low end ("4-6 weeks" proves four)."""
        return self.low

    @property
    def weeks(self) -> float:
        return round(self.low / 7, 1)


_DURATION = re.compile(
    rf"(?:(?P<bound>more than|over|at least|greater than|upwards of|in excess of|well over|(?<![-=])>=?|less than|under|up to|at most|<=?|nearly|almost|about|around|roughly|approximately|~)\s*)?"
    rf"(?:(?<!\d/)(?<!\d)(?P<n>{_NUM})(?:\s?\(\d{{1,3}}\))?(?P<half>\s*(?:and a half|and (?:1|one) half|and 1/2|1/2|-and-a-half|and-one-half))?(?:\s*(?:-|to|or)\s*(?P<n2>{_NUM}))?|(?P<few>a couple of|a couple|couple of|half an?|an?|one)(?P<half2>\s+and a half)?)"
    rf"\s*[-+]?\s*(?:full |solid |good |consecutive |straight |whole |entire |total |additional |more )?{_UNIT}(?P<half3>\s+and a half)?(?![- ]?olds?\b)",
    re.IGNORECASE,
)


# Every length of time holds one of these.
_TIME = gated(
    r"min|hour|(?<![a-z])hr|day|night|week|(?<![a-z])wk|month|mth|(?<![a-z])mos?\b|year|(?<![a-z])yr|(?<![a-z])[dhw]\b",
    re.IGNORECASE,
)


def may_tell_duration(text: str, start: int, end: int) -> bool:
    """False where ``text[start:end]`` names no unit of time."""
    return _TIME.may_match(text, start, end)


def spans_with_duration(spans: Spans) -> Sequence[int]:
    """The numbers of the spans that may name a unit of time."""
    return _TIME.spans_with(spans)


def find_durations(text: str, start: int = 0, end: int | None = None) -> Iterator[Duration]:
    """Lengths of time told in ``text[start:end]``, in order ("6 weeks", "2-3 days", "a year and a half", ">6 mo")."""
    return iter(_durations(text, start, len(text) if end is None else end))


@lru_cache(maxsize=128)  # several families ask about the same sentence
def _durations(text: str, start: int, end: int) -> tuple[Duration, ...]:
    return tuple(_each_duration(text, start, end)) if _TIME.may_match(text, start, end) else ()


def _each_duration(text: str, start: int, end: int) -> Iterator[Duration]:
    for m in _DURATION.finditer(text, start, end):
        unit_text = m["unit"].lower().rstrip(".")
        if unit_text in ("d", "w", "h") and m["few"]:
            continue
        unit = _UNITS[unit_text]
        low = float(m["n"]) if m["n"] else _FEW[" ".join(m["few"].lower().split())]
        if m["half"] or m["half2"] or m["half3"]:
            low += 0.5
        high = float(m["n2"]) if m["n2"] else low
        if high < low:
            continue
        bound = (m["bound"] or "").lower()
        kind = (
            ">=" if bound.startswith((">", "more", "over", "at least", "greater", "upwards", "in excess", "well"))
            else "<=" if bound.startswith(("<", "less", "under", "up to", "at most"))
            else None
        )  # fmt: skip
        days = _DAYS[unit]
        unit = "week" if unit == "fortnight" else unit
        yield Duration(m.start(), m.end(), low * days, high * days, unit, kind)


@dataclass(frozen=True)
class Percent:
    """A percentage as a closed range within 0-100 (">75%" is 75-100, "<50%" is 0-50)."""

    start: int
    end: int
    low: float
    high: float


_PERCENT = re.compile(
    rf"(?:(?P<bound>more than|greater than|over|at least|upwards of|better than|in excess of|exceeding|(?<![-=])>=?|less than|under|below|at most|up to|no more than|<=?|about|around|roughly|approximately|maybe|~)\s*)?"
    rf"(?<![\d/.])(?P<n>{_NUM})\s*(?:%|percent|per cent|pct)?\s*(?:(?:-|to|or|and)\s*(?P<n2>{_NUM})\s*)?(?P<sign>%|percent|per cent|pct)(?P<plus>\s*\+|\s+or (?:more|better|greater)|\s+or less)?",
    re.IGNORECASE,
)


def find_percents(text: str, start: int = 0, end: int | None = None) -> Iterator[Percent]:
    """Percentages told in ``text[start:end]``, in order. Values above 100 are left out."""
    end = len(text) if end is None else end
    for m in _PERCENT.finditer(text, start, end):
        low = float(m["n"])
        high = float(m["n2"]) if m["n2"] else low
        if low > 100 or high > 100:
            continue
        low, high = min(low, high), max(low, high)
        bound, plus = (m["bound"] or "").lower(), (m["plus"] or "").lower()
        if bound.startswith(
            (">", "more", "greater", "over", "at least", "upwards", "better", "in excess", "exceed")
        ) or ("+" in plus or "more" in plus or "better" in plus or "greater" in plus):
            high = 100.0
        elif bound.startswith(("<", "less", "under", "below", "at most", "up to", "no more")) or "less" in plus:
            low = 0.0
        yield Percent(m.start(), m.end(), low, high)


@dataclass(frozen=True)
class Score:
    """A pain score on 0-10; ``scale`` is ``vas`` only where the words say so."""

    start: int
    end: int
    low: float
    high: float
    scale: str


_SCORE_10 = re.compile(
    r"(?<![\d/.])(?P<n>10|\d(?:\.\d)?)(?:\s*(?:-|to|or)\s*(?P<n2>10|\d(?:\.\d)?))?\s*(?:/\s*10\b|out of (?:a possible )?10\b|over 10\b)(?!/)",
    re.I,
)
_SCORE_MM = re.compile(
    r"(?<![\d/.])(?P<n>100|\d{1,2})(?:\s*(?:-|to)\s*(?P<n2>100|\d{1,2}))?\s*(?:mm\b|millimeters?\b|millimetres?\b|/\s*100\b|out of 100\b)",
    re.I,
)


def find_scores(text: str, start: int = 0, end: int | None = None) -> Iterator[Score]:
    """Scores written "7/10", "6 to 8 out of 10" or in millimetres ("68 mm"), in order; the latter are VAS."""
    end = len(text) if end is None else end
    hits = []
    for m in _SCORE_10.finditer(text, start, end):
        low = float(m["n"])
        hits.append(Score(m.start(), m.end(), low, float(m["n2"]) if m["n2"] else low, "nrs"))
    for m in _SCORE_MM.finditer(text, start, end):
        low = float(m["n"]) / 10
        hits.append(Score(m.start(), m.end(), low, float(m["n2"]) / 10 if m["n2"] else low, "vas"))
    yield from sorted((h for h in hits if h.low <= h.high <= 10), key=lambda h: h.start)
