"""Which of a series an injection is told to be: "block 1/2", "injection 2 of 3", "(2/2)".

A fraction beside the word is a day too ("injection 1/3: 80%"). It is a number of a series where no injection can have
been on that day: the document of another day's procedure, a day told right beside it, both numbers of one series in
one note, or a day that lies far back from the note.
"""

from __future__ import annotations

import re
from datetime import date, timedelta

from chartproof.language.reading import Reading
from chartproof.model.vocab import NoteType

_FAR = timedelta(days=150)
_OF = re.compile(
    r"\(?(?:no\.? |number |#\s?)?(?P<n>[1-6])\s?(?:of|out of)\s?(?:a series of |a planned )?"
    r"(?P<total>[2-6])\b(?! the\b)",
    re.I,
)
_FRACTION = re.compile(
    r"\(?#?(?P<n>[1-4])\s?/\s?(?P<total>[2-4])\b(?![/\d%]|\.\d|\s*(?:out of|relief|better|of the pain|gone))"
)
_LEAD = re.compile(r"[\s,:;#(-]{0,3}(?:(?:series|no\.?|number|part|session|round|dose)\s?)?", re.I)
_NAMED = re.compile(r"\b(?:series|no\.?|number|part|session|round)\s?$|#$", re.I)
_DAY_FOLLOWS = re.compile(r"\)?,?\s*(?:(?:done|on|performed|given|was|dated|of)\s+){0,3}\(?$", re.I)


def series_number(reading: Reading, end: int, high: int) -> tuple[int, int, int] | None:
    """The number in its series told at ``end``, right behind an injection's words: (number, start, end)."""
    text = reading.text
    lead = _LEAD.match(text, end, high)
    at = lead.end() if lead else end
    told = _OF.match(text, at, high)
    if told and int(told["n"]) <= int(told["total"]):
        return int(told["n"]), told.start("n"), told.end()
    told = _FRACTION.match(text, at, high)
    if told is None or int(told["n"]) > int(told["total"]):
        return None
    if _NAMED.search(text, end, told.start("n")) or not _may_be_day(reading, told):
        return int(told["n"]), told.start("n"), told.end()
    return None


def _may_be_day(reading: Reading, told: re.Match[str]) -> bool:
    """Whether the fraction can be the day of an injection told in this note."""
    note, text = reading.note, reading.text
    try:
        day = date(note.date.year, int(told["n"]), int(told["total"]))
    except ValueError:
        return False
    if day > note.date:
        day = day.replace(year=day.year - 1)
    if note.type is NoteType.PROCEDURE and note.date - day > timedelta(days=3):
        line = reading.line_at(told.start())
        if not re.search(r"\d ?%|\brelief|\bs/p\b|\bafter\b|\bprior\b|\bprevious", line.text, re.I):
            return False
    if note.date - day > _FAR:
        return False
    behind = next(iter(reading.dates_in(told.end(), min(len(text), told.end() + 24))), None)
    if behind is not None and behind.value.day and _DAY_FOLLOWS.fullmatch(text, told.end(), behind.start):
        return False
    line = reading.line_at(told.start())
    ahead = next(iter(reading.dates_in(line.start, told.start())), None)
    if ahead is not None and ahead.value.day and not text[line.start : ahead.start].strip(" -*("):
        return False
    total = told["total"]
    others = {m["n"] for m in re.finditer(rf"(?<![\d/.])(?P<n>[1-4])/{total}(?![/\d%]|\.\d)", text)}
    return {str(n) for n in range(1, int(total) + 1)} - others != set()
