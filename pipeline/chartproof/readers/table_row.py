"""One row of a table, whatever kind of file it is from, to one raw note."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from chartproof.model.vocab import NoteType
from chartproof.readers.columns import REQUEST_ROLES, Columns
from chartproof.readers.limits import MAX_ID_CHARS, MAX_NOTE_CHARS
from chartproof.readers.note_date import parse_date
from chartproof.readers.note_type import type_in_name
from chartproof.readers.raw_note import RawNote
from chartproof.readers.unreadable import Unreadable

TOO_LONG = f"a cell of more than {MAX_NOTE_CHARS // 1_000_000} million characters"
NO_PATIENT = "no patient in its row, so it belongs to no chart"

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_TIME_OF_DAY = re.compile(r"[T ]+\d{1,2}:\d\d.{0,24}$")
_ORACLE = re.compile(r"(\d{1,2})-([A-Za-z]{3})-(\d\d|\d{4})")


class BadId(ValueError):
    """A value that is no id."""


def row_to_note(
    cells: Mapping[int, Any], columns: Columns, source: str, default_id: str
) -> RawNote | Unreadable | None:
    """The note in a row; None where the row is blank.

    Args:
        cells: the values of the row by position; those that are not there are blank.
        source: the file and the row, for messages.
        default_id: the note's id where the table has no column for it.
    """

    def cell(role: str) -> Any:
        for place in columns.at.get(role, ()):
            value = cells.get(place)
            if value is not None and str(value).strip():
                return value
        return None

    content = cell("text")
    try:
        chart, note_id = id_of(cell("patient")), id_of(cell("note_id"))
    except BadId as error:
        return Unreadable("", source, str(error))
    if content is None and not chart:
        return None if not note_id else Unreadable("", source, NO_PATIENT)
    if not chart:
        return Unreadable("", source, NO_PATIENT)
    if content is None:
        return Unreadable(chart, source, "the text is empty")
    if str(cell("error")).strip().lower() in ("1", "true", "y", "1.0"):
        return Unreadable(chart, source, "the export marks it as an error; correct it there")
    if isinstance(content, bytes | bytearray | memoryview):
        content = bytes(content)
    elif not isinstance(content, str):
        content = str(content)
    if len(content) > MAX_NOTE_CHARS:
        return Unreadable(chart, source, TOO_LONG)
    day, day_source = _first_date(cells, columns)
    line = cell("line")
    request = {role: str(value).strip() for role in REQUEST_ROLES if (value := cell(role)) is not None}
    return RawNote(
        chart=chart,
        note_id=note_id or default_id,
        content=content,
        source=source,
        date=day,
        date_source=day_source,
        type=_first_type(cells, columns),
        line=_number(line),
        request=request,
    )


def id_of(value: Any) -> str:
    """A cell as an id: trimmed, ``123.0`` of a number column as ``123``; blank where there is none.

    Raises:
        BadId: it is longer than any id, or holds control characters: the columns are probably shifted.
    """
    if value is None:
        return ""
    if isinstance(value, float):
        value = int(value) if value.is_integer() else ("" if value != value else value)
    text = str(value).strip()
    if len(text) > MAX_ID_CHARS:
        raise BadId(f"an id of more than {MAX_ID_CHARS} characters; are the columns right?")
    if _CONTROL.search(text):
        raise BadId("an id with control characters; are the columns right?")
    return text


def day_of(value: Any) -> date | None:
    """A cell as a day, in any form that tables have (ISO with or without time, 3/4/2025, 20250304, 04-MAR-25).

    Years beyond this century are taken: de-identified exports shift dates there.
    """
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    text = str(value).strip()[:64]
    for read in (_iso, _oracle, parse_date):
        for form in (text, _TIME_OF_DAY.sub("", text)):
            try:
                day = read(form)
            except ValueError:
                continue
            if 1900 <= day.year < 2300:
                return day
    return None


def _iso(text: str) -> date:
    return datetime.fromisoformat(text).date()


def _oracle(text: str) -> date:
    match = _ORACLE.fullmatch(text)
    if not match:
        raise ValueError
    day, month, year = match.groups()
    if len(year) == 2:
        year = f"{20 if int(year) < 69 else 19}{year}"
    return parse_date(f"{day} {month} {year}")


def _first_date(cells: Mapping[int, Any], columns: Columns) -> tuple[date | None, str]:
    for place in columns.at.get("date", ()):
        value = cells.get(place)
        if value is not None and str(value).strip():
            day = day_of(value)
            if day is not None:
                return day, "column"
    return None, ""


def _first_type(cells: Mapping[int, Any], columns: Columns) -> NoteType | None:
    for place in columns.at.get("type", ()):
        value = cells.get(place)
        found = type_of_title(str(value)) if value is not None else None
        if found is not None:
            return found
    return None


def type_of_title(title: str) -> NoteType | None:
    """The type that an export's own word for a note tells (``Progress Notes``, ``Radiology``), or None."""
    word = title.strip().lower()
    if word in set(NoteType):
        return NoteType(word)
    return type_in_name(title[:200])


def _number(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError):
        return None
