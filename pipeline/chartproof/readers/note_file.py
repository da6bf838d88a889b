"""One file of text, or one document (RTF, HTML, PDF, DOCX, C-CDA), to its note or notes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from chartproof.model import Note
from chartproof.readers.converted import CannotConvert, Converted
from chartproof.readers.document import KINDS, convert, kind_of
from chartproof.readers.finish import notes_of_parts
from chartproof.readers.limits import MAX_DOCUMENT_BYTES
from chartproof.readers.note_date import date_in_head, date_in_name
from chartproof.readers.note_type import type_in_head, type_in_name
from chartproof.readers.raw_note import RawNote
from chartproof.readers.text_file import TEXT_SUFFIXES, NotText, read_text
from chartproof.readers.unreadable import Unreadable, os_reason

NO_DATE = "no date in its name or at its head; name the file YYYY-MM-DD_<type>.txt"
DOCUMENT_SUFFIXES = {".rtf", ".html", ".htm", ".xhtml", ".pdf", ".docx", ".doc"}
TEXT, ONE_CELL = "text", "one-cell"


def is_note_name(path: Path) -> bool:
    """True where the name is that of a text or document. Hidden files (``.DS_Store``) are none and are passed over."""
    return path.suffix.lower() in TEXT_SUFFIXES | DOCUMENT_SUFFIXES


def read_notes(path: Path, chart_id: str, where: str, form: str | None = None) -> Iterator[Note | Unreadable]:
    """The note in a file, or the notes of a document that holds several; the first one's id is the file's name.

    Args:
        form: what to take the file for: ``text``, ``one-cell`` (a text of several notes) or a kind of document; None
            finds it out. Never raises for what the file holds.
    """
    if form is None and not is_note_name(path) and path.suffix.lower() != ".xml":
        yield Unreadable(chart_id, where, f"not read: {path.suffix} is no text file; save it as .txt")
        return
    try:
        if form in (TEXT, ONE_CELL):
            parts = [Converted(read_text(path), "text")]
        else:
            kind = form or _kind(path)
            parts = [Converted(read_text(path), "text")] if kind is None else convert(kind, _bytes(path))
    except (NotText, CannotConvert) as error:
        yield Unreadable(chart_id, where, str(error))
        return
    except OSError as error:
        yield Unreadable(chart_id, where, os_reason(error))
        return
    found = date_in_name(path.stem)
    raw = RawNote(
        chart=chart_id,
        note_id=path.name,
        content="",
        source=where,
        date=found.day if found else None,
        date_source=found.source if found else "",
        type=type_in_name(path.stem),
    )
    if parts[0].converter == "text" and form != ONE_CELL:
        yield _plain_note(raw, parts[0])
    else:
        yield from notes_of_parts(raw, parts, no_date=NO_DATE)


def _plain_note(raw: RawNote, part: Converted) -> Note | Unreadable:
    if raw.date is None:
        found = date_in_head(part.text)
        if found is None:
            return Unreadable(raw.chart, raw.source, NO_DATE)
        raw = replace(raw, date=found.day, date_source=found.source)
    assert raw.date is not None
    return Note(
        id=raw.note_id,
        date=raw.date,
        type=raw.type or type_in_head(part.text),
        text=part.text,
        date_source=raw.date_source,
        source=raw.source,
    )


def _kind(path: Path) -> str | None:
    """The kind of document a file is: by its content, else by its name (a broken PDF is still none that is text)."""
    if not path.is_file():
        return None  # read_text says so
    with path.open("rb") as file:
        kind = kind_of(file.read(8192))
    named = path.suffix.lower().lstrip(".")
    if kind is None and named in KINDS:
        return named
    if kind is None and named in ("htm", "xhtml", "xml"):
        return "ccda" if named == "xml" else "html"
    return kind


def _bytes(path: Path) -> bytes:
    if not path.is_file():
        path.stat()
        raise NotText("it is not a plain file")
    if path.stat().st_size > MAX_DOCUMENT_BYTES:
        raise CannotConvert(f"it is larger than {MAX_DOCUMENT_BYTES // 1_000_000} MB")
    return path.read_bytes()
