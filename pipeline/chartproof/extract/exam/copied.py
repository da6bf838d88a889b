"""Exams that a note does not make itself: copied forward, imported, or told to be those of an earlier visit."""

from __future__ import annotations

import re
from dataclasses import dataclass

from chartproof.language.reading import Reading
from chartproof.model import PartialDate

_REACH = 1500  # characters back to the words that say so, at most
_ENDS = re.compile(r"[.)\]>:\n]")
_DENIED = re.compile(r"\b(?:not|no|none|never|without)\b[^.;\n]{0,40}$|n't\b[^.;\n]{0,40}$", re.IGNORECASE)


@dataclass(frozen=True)
class Copied:
    """Text that is told to be copied, and the day of the exam it was copied from; None where no day is told."""

    day: PartialDate | None


def marked_copy(reading: Reading, start: int) -> Copied | None:
    """The marked copy that a position stands in: "*** BEGIN COPIED TEXT, PM&R 02/11/2025 ***" to its end mark."""
    marks = reading.patterns.regexes["exam_copy_begins"], reading.patterns.regexes["exam_copy_ends"]
    begun = None
    for mark in marks[0].finditer(reading.text, 0, start):
        begun = mark
    if begun is None or marks[1].search(reading.text, begun.end(), start):
        return None
    line = reading.line_at(begun.start())
    return Copied(_day_in(reading, line.start, line.end))


def taken_over(reading: Reading, start: int) -> Copied | None:
    """The earlier exam that a position tells: "[exam below is carried forward from 10/8/2024]", in its paragraph.

    Without a day only where the words say that nothing was examined this time.
    """
    regexes = reading.patterns.regexes
    if not reading.may_hold(("exam_taken_over",)):
        return None
    low = max(_low(reading, start), start - _REACH)
    mark = None
    for hit in regexes["exam_taken_over"].finditer(reading.text, low, start):
        mark = hit
    if mark is None:
        return None
    ends = _ENDS.search(reading.text, mark.end(), start)
    cut = start if ends is None else ends.end()
    if regexes["exam_done_again"].search(reading.text, mark.start(), cut):
        return None
    for own in regexes["exam_own"].finditer(reading.text, cut, start):
        if not _DENIED.search(reading.text, cut, own.start()):
            return None  # "Today: ..."
    day = _day_in(reading, mark.start(), cut)
    if day is not None:
        return Copied(day) if day != reading.date else None
    return Copied(None) if regexes["exam_not_again"].search(reading.text, low, start) else None


def _low(reading: Reading, start: int) -> int:
    """Where the exam begins that a position is in: its headings, else its paragraph."""
    own = reading.section_at(start)
    if own.parent != "exam":
        return max(reading.text.rfind("\n\n", 0, start), 0)
    at = reading.sections.index(own)
    while at and reading.sections[at - 1].parent == "exam":
        at -= 1
    return reading.sections[at].start


def _day_in(reading: Reading, start: int, end: int) -> PartialDate | None:
    days = [d.value for d in reading.dates_in(start, end) if d.value.first <= reading.note.date]
    return days[0] if days else None
