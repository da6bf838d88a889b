"""CSV and TSV: rows in bounded memory, in any encoding that ``text_file`` reads.

Records are cut before they are parsed, so that one that is too long (a 200 MB cell, a quote that is never closed) is
passed over without being loaded. A row with more or fewer cells than the header is set aside: with shifted columns a
note could fall into another patient's chart.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TextIO

from chartproof.readers.columns import BadColumns, Columns, find_columns
from chartproof.readers.limits import MAX_COLUMNS, MAX_HEADER_CHARS, MAX_ROW_CHARS
from chartproof.readers.packed import open_bytes, open_text
from chartproof.readers.raw_note import RawNote
from chartproof.readers.table_row import BadId, id_of, row_to_note
from chartproof.readers.text_file import encoding_of
from chartproof.readers.unreadable import Unreadable

_PIECE = 1 << 20
_START, _PLAIN, _QUOTED, _QUOTE_SEEN = range(4)

csv.field_size_limit(max(csv.field_size_limit(), MAX_ROW_CHARS))


def read_delimited(path: Path, mapping: Mapping[str, str] | None, where: str) -> Iterator[RawNote | Unreadable]:
    """The notes of a CSV or TSV file with a header line.

    Raises:
        BadColumns: the header cannot be used.
        CannotConvert: it is packed, and damaged.
        OSError: the system cannot read it.
    """
    with _open(path) as file:
        records = _records(file)
        delimiter, columns, count = _header(records, mapping)
        for number, line, record in records:
            source = f"{where}, line {line}"
            row = _cells(record, delimiter, count)
            if isinstance(row, str):
                yield Unreadable("", source, row)
                continue
            note = row_to_note(dict(enumerate(row)), columns, source, f"row-{number}")
            if note is not None:
                yield note


def keys_of_delimited(path: Path, mapping: Mapping[str, str] | None) -> Iterator[str]:
    """The chart id of each row that has one, in order.

    Raises:
        BadColumns: the header cannot be used.
        CannotConvert: it is packed, and damaged.
        OSError: the system cannot read it.
    """
    with _open(path) as file:
        records = _records(file)
        delimiter, columns, count = _header(records, mapping)
        place = columns.at["patient"][0]
        for _, _, record in records:
            row = _cells(record, delimiter, count)
            if not isinstance(row, str):
                try:
                    key = id_of(row[place])
                except (BadId, IndexError):
                    continue
                if key:
                    yield key


def _open(path: Path) -> TextIO:
    with open_bytes(path) as file:
        encoding, errors = encoding_of(file.read(65536))
    return open_text(path, encoding, errors, newline="")


def _header(
    records: Iterator[tuple[int, int, str | None]], mapping: Mapping[str, str] | None
) -> tuple[str, Columns, int]:
    _, _, record = next(records, (0, 0, ""))
    if not record or not record.strip():
        raise BadColumns("it is empty" if record is not None else "its first line is no header: it is far too long")
    if len(record) > MAX_HEADER_CHARS or max(map(record.count, ",\t;|")) >= MAX_COLUMNS:
        raise BadColumns(f"its first line is no header: it has more than {MAX_COLUMNS} columns or is far too long")
    delimiter = max(",\t;|", key=record.count)
    try:
        names = next(csv.reader([record], delimiter=delimiter, strict=True))
    except (csv.Error, StopIteration):
        raise BadColumns("its first line is no header") from None
    return delimiter, find_columns(names, mapping), len(names)


def _cells(record: str | None, delimiter: str, count: int) -> list[str] | str:
    """The cells of a record, or what is wrong with it."""
    if record is None:
        return f"a row of more than {MAX_ROW_CHARS // 1_000_000} million characters; is a quote left open?"
    if '"' not in record and record.count(delimiter) >= MAX_COLUMNS:
        return f"a row of more than {MAX_COLUMNS} cells"
    try:
        row = next(csv.reader([record], delimiter=delimiter, strict=True), [])
    except csv.Error:
        return "not valid CSV: a quote or a line break inside a cell is not quoted as it should be"
    if len(row) < count and not (len(row) == 1 and not row[0].strip()):
        return f"{len(row)} cells where the header has {count}; is a line break inside a cell not quoted?"
    if len(row) > count and any(cell.strip() for cell in row[count:]):
        return f"{len(row)} cells where the header has {count}; is a separator inside a cell not quoted?"
    return row


def _records(file: TextIO) -> Iterator[tuple[int, int, str | None]]:
    """Records with their number and line (the header is 1); None for one that is too long. Blank lines are left out."""
    number, line, delimiter = 0, 1, ""
    while True:
        pieces: list[str] = []
        size, state, start, too_long = 0, _START, line, False
        while True:
            piece = file.readline(_PIECE)
            if not piece:
                break
            delimiter = delimiter or max(",\t;|", key=piece.count)
            state = _after(piece, state, delimiter)
            size += len(piece)
            ended = piece.endswith(("\n", "\r"))
            line += ended
            if size > MAX_ROW_CHARS:
                too_long = True
                pieces.clear()
            else:
                pieces.append(piece)
            if ended and state != _QUOTED:
                break
        if not size:
            return
        record = None if too_long else "".join(pieces)
        if record is None or record.strip():
            number += 1
            yield number, start, record


def _after(piece: str, state: int, delimiter: str) -> int:
    """Where in a record the parser stands after a piece of it, as the ``csv`` module reads it."""
    if state in (_START, _PLAIN) and '"' not in piece:
        return _START if piece.endswith(delimiter) else _PLAIN
    at, end = 0, len(piece)
    while at < end:
        if state == _QUOTED:
            at = piece.find('"', at) + 1
            if at == 0:
                return _QUOTED
            state = _QUOTE_SEEN
        elif state == _START:
            if piece[at] == '"':
                state, at = _QUOTED, at + 1
            else:
                state = _PLAIN
        elif state == _QUOTE_SEEN and piece[at] == '"':
            state, at = _QUOTED, at + 1
        else:
            at = piece.find(delimiter, at) + 1
            if at == 0:
                return _PLAIN
            state = _START
    return state
