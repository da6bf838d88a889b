"""A chart folder: ``request.yaml`` and ``notes/`` of texts or documents (corpora/GUIDE.md section 1), not ``gold/``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from chartproof.model import Chart, Note
from chartproof.readers.note_file import is_note_name, read_notes
from chartproof.readers.request_yaml import (
    FILE_NAMES,
    BadRequest,
    RequestOverrides,
    build_request,
    read_request_file,
)
from chartproof.readers.unreadable import Unreadable, os_reason


def is_chart_folder(folder: Path) -> bool:
    """True where a folder holds a request file or a folder ``notes``."""
    return any((folder / name).exists() for name in FILE_NAMES) or (folder / "notes").is_dir()


def read_chart_folder(folder: Path, overrides: RequestOverrides, where: str) -> Iterator[Chart | Unreadable]:
    """The chart in a folder, after what of it could not be read.

    Without a folder ``notes`` the text files beside the request file are the notes.
    """
    chart_id = folder.resolve().name
    stated: dict[str, Any] = {}
    stated_in = ""
    try:
        request_files = [folder / name for name in FILE_NAMES if (folder / name).exists()]
        notes_folder = folder / "notes" if (folder / "notes").is_dir() else folder
        beside = [] if notes_folder == folder else [p for p in visible(folder) if p.is_file()]
        files = visible(notes_folder)
    except OSError as error:
        yield Unreadable(chart_id, where, os_reason(error), "chart")
        return
    if len(request_files) > 1:
        yield Unreadable(chart_id, where, f"holds both {' and '.join(FILE_NAMES)}; remove one", "chart")
        return
    for path in request_files:
        stated_in = path.name
        try:
            request_file = read_request_file(path, overrides)
        except BadRequest as error:
            yield Unreadable(chart_id, within(where, path.name), str(error), "chart")
            return
        except OSError as error:
            yield Unreadable(chart_id, within(where, path.name), os_reason(error), "chart")
            return
        chart_id = request_file.chart_id or chart_id
        stated = request_file.values
        for unused in request_file.unused:
            yield Unreadable(chart_id, within(where, path.name), unused, "field")
    for path in beside:
        if path not in request_files and is_note_name(path) and path.suffix != "":
            yield Unreadable(chart_id, within(where, path.name), "not read: it lies beside notes/; put it into notes/")
    if notes_folder == folder:
        files = [p for p in files if p not in request_files and not (p.is_dir() and p.name == "gold")]
    else:
        where = within(where, "notes")
    yield from build_chart(chart_id, files, stated, stated_in, overrides, where)


def build_chart(
    chart_id: str,
    files: Iterable[Path],
    stated: dict[str, Any],
    stated_in: str,
    overrides: RequestOverrides,
    where: str,
    form: str | None = None,
) -> Iterator[Chart | Unreadable]:
    """The chart of some note files, after those of them that could not be read.

    Args:
        stated: fields of the request that a file states.
        stated_in: the name of that file.
        where: the folder of the files, for messages.
        form: what to take each file for (see ``note_file.read_notes``).
    """
    notes: list[Note] = []
    for path in sorted(files, key=lambda p: p.name):
        for note in read_notes(path, chart_id, within(where, path.name), form):
            if isinstance(note, Unreadable):
                yield note
            else:
                notes.append(note)
    if not notes:
        yield Unreadable(chart_id, where, "no note that can be read", "chart")
        return
    yield Chart(chart_id=chart_id, request=build_request(stated, stated_in, overrides, notes), notes=notes)


def visible(folder: Path) -> list[Path]:
    """What a folder holds, by name, without hidden files.

    Raises:
        OSError: the system cannot list it.
    """
    return sorted((p for p in folder.iterdir() if not p.name.startswith(".")), key=lambda p: p.name)


def within(where: str, name: str) -> str:
    return name if where in ("", ".") else f"{where}/{name}"
