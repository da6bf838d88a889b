"""One text file to one note."""

from __future__ import annotations

from pathlib import Path

from chartproof.model import Note
from chartproof.readers.note_date import date_in_head, date_in_name
from chartproof.readers.note_type import type_in_head, type_in_name
from chartproof.readers.text_file import TEXT_SUFFIXES, NotText, read_text
from chartproof.readers.unreadable import Unreadable, os_reason

NO_DATE = "no date in its name or at its head; name the file YYYY-MM-DD_<type>.txt"


def is_text_name(path: Path) -> bool:
    """True where the name is that of a text file. Hidden files (``.DS_Store``) are none and are passed over."""
    return path.suffix.lower() in TEXT_SUFFIXES


def read_note(path: Path, chart_id: str, where: str) -> Note | Unreadable:
    """The note in a text file; its id is the file's name. Never raises for what the file holds."""
    if not is_text_name(path):
        return Unreadable(chart_id, where, f"not read: {path.suffix} is no text file; save it as .txt")
    try:
        text = read_text(path)
    except NotText as error:
        return Unreadable(chart_id, where, str(error))
    except OSError as error:
        return Unreadable(chart_id, where, os_reason(error))
    found = date_in_name(path.stem) or date_in_head(text)
    if found is None:
        return Unreadable(chart_id, where, NO_DATE)
    note_type = type_in_name(path.stem) or type_in_head(text)
    return Note(id=path.name, date=found.day, type=note_type, text=text, date_source=found.source)
