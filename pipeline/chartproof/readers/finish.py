"""Raw notes of one chart to the chart: parts of a note joined, documents converted, notes dated and typed."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from chartproof.model import Chart, Note
from chartproof.readers.converted import CannotConvert, Converted
from chartproof.readers.document import convert, kind_of, plain_text
from chartproof.readers.limits import MAX_NOTE_CHARS
from chartproof.readers.note_date import date_in_head, parse_date
from chartproof.readers.note_type import type_in_head
from chartproof.readers.one_cell import split_notes
from chartproof.readers.raw_note import RawNote
from chartproof.readers.request_yaml import RequestOverrides, build_request, parse_setting, parse_side
from chartproof.readers.table_row import day_of, type_of_title
from chartproof.readers.text_file import NotText, canonical
from chartproof.readers.unreadable import Unreadable

NO_DATE = "no date in its column or at its head; map the column with --map date=COLUMN"
_CHUNK = 255


def finish_chart(chart_id: str, raw: Sequence[RawNote], overrides: RequestOverrides) -> Iterator[Chart | Unreadable]:
    """The chart of some raw notes, after what of them could not be used."""
    notes: list[Note] = []
    for one in _joined(raw):
        for note in finish_note(one):
            if isinstance(note, Unreadable):
                yield note
            else:
                notes.append(note)
    unique, repeated = _unique(notes)
    yield from (Unreadable(chart_id, note.source, "the same note as another; used once", "field") for note in repeated)
    if not unique:
        yield Unreadable(chart_id, raw[0].source if raw else "", "no note that can be read", "chart")
        return
    unique.sort(key=lambda note: note.date)
    stated, unused = _stated(raw, overrides)
    yield from (Unreadable(chart_id, raw[0].source, reason, "field") for reason in unused)
    yield Chart(chart_id=chart_id, request=build_request(stated, "export", overrides, unique), notes=unique)


def finish_note(raw: RawNote) -> Iterator[Note | Unreadable]:
    """The notes in a raw note: one, or those of a cell or document that holds several."""
    try:
        parts = _parts(raw)
    except CannotConvert as error:
        yield Unreadable(raw.chart, raw.source, str(error))
        return
    yield from notes_of_parts(raw, parts)


def notes_of_parts(raw: RawNote, parts: Sequence[Converted], *, no_date: str = NO_DATE) -> Iterator[Note | Unreadable]:
    """The notes of a document's parts, after what of them is lost. ``no_date`` is told of one without a date."""
    for number, part in enumerate(parts):
        for lost in part.lost:
            yield Unreadable(raw.chart, raw.source, lost)
        for left_out in part.left_out:
            yield Unreadable(raw.chart, raw.source, left_out, "field")
        if not part.text.strip():
            if not part.lost and len(parts) == 1:
                yield Unreadable(raw.chart, raw.source, "the text is empty")
            continue
        if len(part.text) > MAX_NOTE_CHARS:
            yield Unreadable(raw.chart, raw.source, f"more than {MAX_NOTE_CHARS // 1_000_000} million characters")
            continue
        one = replace(raw, note_id=f"{raw.note_id}/{part.name or number + 1}") if number else raw
        # What a file's name or a row says of the note goes for the document, not for those embedded in it.
        if part.day and (number or one.date is None):
            one = replace(one, date=date.fromisoformat(part.day), date_source="document")
        if part.title and (number or one.type is None):
            one = replace(one, type=type_of_title(part.title))
        yield from _notes_of_text(one, part, no_date)


def _notes_of_text(raw: RawNote, part: Converted, no_date: str) -> Iterator[Note | Unreadable]:
    pieces = split_notes(part.text)
    if pieces is None:
        yield _note(raw, part, no_date)
        return
    for number, piece in enumerate(pieces, start=1):
        text = part.text[piece.start : piece.end]
        pages = tuple(p - piece.start for p in part.pages if piece.start < p < piece.end)
        one = replace(
            raw,
            note_id=f"{raw.note_id}/{number}",
            source=f"{raw.source}, part {number}",
            date=piece.day,
            date_source="header line",
            type=type_of_title(piece.title),
        )
        yield _note(one, replace(part, text=text, pages=pages), no_date)


def _note(raw: RawNote, part: Converted, no_date: str) -> Note | Unreadable:
    day, day_source = raw.date, raw.date_source
    if day is None:
        found = date_in_head(part.text)
        if found is None:
            return Unreadable(raw.chart, raw.source, no_date)
        day, day_source = found.day, found.source
    return Note(
        id=raw.note_id,
        date=day,
        type=raw.type or type_in_head(part.text),
        text=part.text,
        date_source=day_source,
        source=raw.source,
        converter=part.converter,
        pages=part.pages,
    )


def _parts(raw: RawNote) -> list[Converted]:
    """The texts in a raw note.

    Raises:
        CannotConvert: it holds none.
    """
    content = raw.content
    if raw.converter and isinstance(content, str):
        return [Converted(content, raw.converter, raw.pages)]
    kind = kind_of(content)
    if kind is None and isinstance(content, str) and content.startswith(("JVBERi0", "UEsDB", "e1xydGY")):
        try:  # a PDF, DOCX or RTF in a cell of text
            content = base64.b64decode(content, validate=False)
            kind = kind_of(content)
        except (binascii.Error, ValueError):
            raise CannotConvert("the text is base64 that cannot be decoded") from None
    if kind is not None:
        return convert(kind, content.encode("utf-8", "replace") if isinstance(content, str) else content)
    if isinstance(content, bytes):
        return [plain_text(content)]
    try:
        return [Converted(canonical(content), "text")]
    except NotText as error:
        raise CannotConvert(str(error)) from None


def _joined(raw: Sequence[RawNote]) -> list[RawNote]:
    """Rows that hold the lines or chunks of one note, joined in order; the others as they are."""
    groups: dict[str, list[RawNote]] = {}
    alone: list[RawNote] = []
    for one in raw:
        if one.line is None or not isinstance(one.content, str):
            alone.append(one)
        else:
            groups.setdefault(one.note_id, []).append(one)
    for rows in groups.values():
        rows.sort(key=lambda row: row.line or 0.0)
        texts = [str(row.content) for row in rows]
        # Chunks of one width were cut anywhere, even in a word; all else is lines.
        widths = {len(text) for text in texts[:-1]}
        chunks = len(widths) == 1 and min(widths) >= _CHUNK and len(texts[-1]) <= min(widths)
        content = ("" if chunks else "\n").join(text if chunks else text.rstrip("\r\n") for text in texts)
        alone.append(replace(rows[0], content=content, date=rows[0].date))
    return alone


def _unique(notes: Sequence[Note]) -> tuple[list[Note], list[Note]]:
    """Notes with ids of their own, and those that are the same as another in id, date and text."""
    by_id: dict[str, list[Note]] = {}
    repeated: list[Note] = []
    unique: list[Note] = []
    for note in notes:
        same = by_id.setdefault(note.id, [])
        if any(one.date == note.date and one.text == note.text for one in same):
            repeated.append(note)
            continue
        same.append(note)
        unique.append(note)
    taken = set(by_id)
    result = []
    seen: set[str] = set()
    for note in unique:
        if note.id in seen:
            number = 2
            while f"{note.id}~{number}" in taken:
                number += 1
            note = note.model_copy(update={"id": f"{note.id}~{number}"})
            taken.add(note.id)
        seen.add(note.id)
        result.append(note)
    return result, repeated


def _stated(raw: Sequence[RawNote], overrides: RequestOverrides) -> tuple[dict[str, Any], list[str]]:
    """What the export states of the request, and what of it is not used because it is wrong or says two things."""
    stated: dict[str, Any] = {}
    unused: list[str] = []
    parsers = {
        "side": ("laterality", parse_side),
        "setting": ("setting", parse_setting),
        "request_date": ("request_date", parse_date),
    }
    for role in ("cpt", "side", "setting", "request_date", "payer"):
        values = {one.request[role] for one in raw if role in one.request}
        name, parse = parsers.get(role, (role, str))
        if not values or getattr(overrides, name, None) is not None:
            continue
        if len(values) > 1:
            unused.append(f"{role}: the rows of this chart state different values; state it with an option")
            continue
        value: Any = values.pop()
        try:
            stated[name] = (day_of(value) or parse(value)) if role == "request_date" else parse(value)
        except ValueError as error:
            unused.append(f"{role} {error}")
    return stated, unused
