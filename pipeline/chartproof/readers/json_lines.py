"""JSONL: one note a line with the keys that a table's columns would have, or one chart a line with a list ``notes``."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TextIO

from chartproof.readers.columns import BadColumns, Columns, find_columns
from chartproof.readers.limits import MAX_COLUMNS, MAX_ROW_CHARS
from chartproof.readers.packed import open_bytes, open_text
from chartproof.readers.raw_note import RawNote
from chartproof.readers.table_row import BadId, id_of, row_to_note
from chartproof.readers.text_file import encoding_of
from chartproof.readers.unreadable import Unreadable

_PIECE = 1 << 20
NOT_JSON = "not valid JSON"


def read_json_lines(path: Path, mapping: Mapping[str, str] | None, where: str) -> Iterator[RawNote | Unreadable]:
    """The notes of a JSONL file.

    Raises:
        CannotConvert: it is packed, and damaged.
        OSError: the system cannot read it.
    """
    known: dict[tuple[str, ...], Columns | str] = {}
    for number, value in json_values(path):
        source = f"{where}, line {number}"
        if isinstance(value, str):
            yield Unreadable("", source, value)
            continue
        for place, row in enumerate(_rows(value), start=1):
            names = tuple(row)
            if names not in known:
                if len(known) > 1000:
                    known.clear()
                known[names] = _columns(names, mapping)
            columns = known[names]
            if isinstance(columns, str):
                yield Unreadable("", source, columns)
                continue
            default = f"row-{number}" if "notes" not in value else f"row-{number}-{place}"
            note = row_to_note(dict(enumerate(row.values())), columns, source, default)
            if note is not None:
                yield note


def keys_of_json_lines(path: Path, mapping: Mapping[str, str] | None) -> Iterator[str]:
    """The chart id of each note that has one, in order.

    Raises:
        CannotConvert: it is packed, and damaged.
        OSError: the system cannot read it.
    """
    for _, value in json_values(path):
        if isinstance(value, dict):
            for row in _rows(value):
                columns = _columns(tuple(row), mapping)
                if isinstance(columns, Columns):
                    try:
                        key = id_of(list(row.values())[columns.at["patient"][0]])
                    except BadId:
                        continue
                    if key:
                        yield key


def json_values(path: Path) -> Iterator[tuple[int, dict[str, Any] | str]]:
    """The object on each line with the line's number, or what is wrong with the line. Blank lines are left out.

    Raises:
        CannotConvert: it is packed, and damaged.
        OSError: the system cannot read it.
    """
    with open_bytes(path) as file:
        encoding, errors = encoding_of(file.read(65536))
    with open_text(path, encoding, errors, newline="\n") as file:
        for number, line in enumerate(_lines(file), start=1):
            if line is None:
                yield number, f"a line of more than {MAX_ROW_CHARS // 1_000_000} million characters"
                continue
            if not line.strip():
                continue
            try:
                value = json.loads(line)
            except (ValueError, RecursionError):
                yield number, NOT_JSON
                continue
            yield number, value if isinstance(value, dict) else "not a JSON object"


def _lines(file: TextIO) -> Iterator[str | None]:
    while line := file.readline(MAX_ROW_CHARS):
        if len(line) < MAX_ROW_CHARS or line.endswith("\n"):
            yield line
            continue
        while (rest := file.readline(_PIECE)) and not rest.endswith("\n"):
            pass
        yield None


def _rows(value: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The notes of an object: itself, or those of its list ``notes`` with the chart's id and request."""
    notes = value.get("notes")
    if not isinstance(notes, list):
        yield {key: cell for key, cell in value.items() if not isinstance(cell, dict | list)}
        return
    chart = {key: cell for key, cell in value.items() if not isinstance(cell, dict | list)}
    request = value.get("request")
    if isinstance(request, dict):
        for key, name in (("cpt", "request_cpt"), ("laterality", "request_side"), ("setting", "request_setting")):
            chart[name] = request.get(key)
        chart["request_date"], chart["payer"] = request.get("request_date"), request.get("payer")
    for note in notes:
        if isinstance(note, dict):
            yield chart | {key: cell for key, cell in note.items() if not isinstance(cell, dict | list)}
        else:
            yield chart | {"text": note}


def _columns(names: tuple[str, ...], mapping: Mapping[str, str] | None) -> Columns | str:
    if len(names) > MAX_COLUMNS:
        return f"more than {MAX_COLUMNS} keys"
    try:
        return find_columns(names, {role: name for role, name in (mapping or {}).items() if _needed(role, name, names)})
    except BadColumns as error:
        return str(error)


def _needed(role: str, name: str, names: tuple[str, ...]) -> bool:
    """JSON leaves out keys without a value; only the text and the patient have to be there."""
    return role in ("text", "patient") or name in names
