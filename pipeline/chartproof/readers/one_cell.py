"""A text that holds several notes, each under a header line, as some exports put a whole chart into one cell or file.

A note that is cut in two would give its second half a wrong date, so a text is cut only where its first line is a
header, the same form of header comes again, and each holds a full date.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from chartproof.readers.note_date import find_dates

_WORD = r"(?:note|report|document|encounter)"
_FORMS: tuple[re.Pattern[str], ...] = tuple(
    re.compile(pattern, re.IGNORECASE | re.MULTILINE)
    for pattern in (
        # ===== 11/12/2024 Consult =====
        r"^[ \t]*(?P<mark>={3,}|-{3,}|#{2,}|\*{3,}|_{3,}|~{3,})[ \t]*[^\s=#*_~-][^\n]{0,200}$",
        # [2024-11-12] Progress note
        r"^[ \t]*\[[^\]\n]{6,60}\][^\n]{0,120}$",
        # Note 2 of 6: 11/12/2024 Consult;  Document #3 - 2024-11-12
        rf"^[ \t]*{_WORD}[ \t]*(?:no\.?|number|#)?[ \t]*\d{{1,4}}(?:[ \t]*(?:of|/)[ \t]*\d{{1,4}})?\b[^\n]{{0,160}}$",
        # Note Date: 11/12/2024  Note Type: Consult
        rf"^[ \t]*{_WORD}[ \t]*date(?:/time)?[ \t]*:[^\n]{{0,160}}$",
        # Progress Notes by Smith, MD at 11/12/2024 1:40 PM
        r"^[ \t]*[A-Z][\w&/ -]{2,50} by [^\n]{2,80} (?:at|on) \d[^\n]{5,40}$",
    )
)
_MIN = 2
_NOISE = re.compile(
    r"[=\-#*_~\[\]|]+|\b(?:note|document|encounter|entry|visit) (?:date|type|title|id|no)\b:?", re.IGNORECASE
)


@dataclass(frozen=True)
class Piece:
    """One note of several in a text, with its header line."""

    start: int
    end: int
    day: date
    title: str


def split_notes(text: str) -> list[Piece] | None:
    """The notes in a text of several; None where it is one note."""
    first = re.match(r"\s*", text)
    begin = first.end() if first else 0
    line_end = text.find("\n", begin)
    if line_end < 0 or line_end - begin > 260:
        return None
    for form in _FORMS:
        match = form.match(text, begin)
        if match is None or _day(match.group()) is None:
            continue
        shape = _shape(match)
        heads = [
            (one.start(), day, one.group())
            for one in form.finditer(text, begin)
            if _shape(one) == shape and (day := _day(one.group())) is not None
        ]
        if len(heads) < _MIN:
            continue
        starts = [0, *(start for start, _, _ in heads[1:])]
        ends = [*starts[1:], len(text)]
        return [
            Piece(start, end, day, _NOISE.sub(" ", head))
            for start, end, (_, day, head) in zip(starts, ends, heads, strict=True)
        ]
    return None


def _shape(match: re.Match[str]) -> str:
    """What headers of one text have in common: the mark, and for other forms the form alone."""
    return (match.groupdict().get("mark") or "")[:3]


def _day(line: str) -> date | None:
    return next((day for _, day in find_dates(line)), None)
