"""Parquet, a few rows at a time and only the columns that are needed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from chartproof.readers.columns import BadColumns, Columns, find_columns
from chartproof.readers.limits import MAX_COLUMNS, MAX_NOTE_CHARS
from chartproof.readers.raw_note import RawNote
from chartproof.readers.table_row import TOO_LONG, BadId, id_of, row_to_note
from chartproof.readers.unreadable import Unreadable

_ROWS = 256


def read_parquet(path: Path, mapping: Mapping[str, str] | None, where: str) -> Iterator[RawNote | Unreadable]:
    """The notes of a Parquet file.

    Raises:
        BadColumns: its columns cannot be used, or it is no Parquet file.
        OSError: the system cannot read it.
    """
    for number, values, columns in _rows(path, mapping, None):
        source = f"{where}, row {number}"
        if isinstance(values, str):
            yield Unreadable("", source, values)
            continue
        note = row_to_note(values, columns, source, f"row-{number}")
        if note is not None:
            yield note


def keys_of_parquet(path: Path, mapping: Mapping[str, str] | None) -> Iterator[str]:
    """The chart id of each row that has one, in order; no other column is read.

    Raises:
        BadColumns: its columns cannot be used, or it is no Parquet file.
        OSError: the system cannot read it.
    """
    for _, values, columns in _rows(path, mapping, "patient"):
        if isinstance(values, str):
            continue
        try:
            key = id_of(values.get(columns.at["patient"][0]))
        except BadId:
            continue
        if key:
            yield key


def _rows(
    path: Path, mapping: Mapping[str, str] | None, role: str | None
) -> Iterator[tuple[int, dict[int, Any] | str, Columns]]:
    """Rows with their number from 1; a message in place of one that cannot be used."""
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(path, memory_map=True, thrift_container_size_limit=1_000_000)
    except (pa.ArrowException, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise BadColumns("it is no Parquet file, or a broken one") from None
    with file:
        names = list(file.schema_arrow.names)
        if len(names) > MAX_COLUMNS or file.metadata.num_columns > MAX_COLUMNS:
            raise BadColumns(f"it has more than {MAX_COLUMNS} columns")
        columns = find_columns(names, mapping)
        places = columns.wanted if role is None else list(columns.at[role][:1])
        wanted = [names[place] for place in places]
        text = names[columns.at["text"][0]]
        number = 0
        for group in range(file.num_row_groups):
            rows = file.metadata.row_group(group).num_rows
            if role is None and _average(file.metadata.row_group(group), text) > MAX_NOTE_CHARS:
                yield number + 1, f"{TOO_LONG}; {rows} row(s) from here on are not read", columns
                number += rows
                continue
            read = 0
            try:
                for batch in file.iter_batches(batch_size=_ROWS, use_threads=False, row_groups=[group], columns=wanted):
                    cells = [_short(batch.column(batch.schema.get_field_index(name)), pa, pc) for name in wanted]
                    for at in range(batch.num_rows):
                        read += 1
                        values = {place: column[at] for place, column in zip(places, cells, strict=True)}
                        too_long = any(value is _TOO_LONG for value in values.values())
                        yield number + read, TOO_LONG if too_long else values, columns
            except (pa.ArrowException, OSError, UnicodeDecodeError, OverflowError):
                yield number + read + 1, f"the file is broken here; {rows - read} row(s) are not read", columns
            number += rows


_TOO_LONG = object()


def _short(column: Any, pa: Any, pc: Any) -> list[Any]:
    """A column as Python values, without loading those that are too long."""
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    kind = column.type
    if not any(
        test(kind)
        for test in (pa.types.is_string, pa.types.is_large_string, pa.types.is_binary, pa.types.is_large_binary)
    ):
        if pa.types.is_nested(kind):
            return [None] * len(column)
        return list(column.to_pylist())
    long = pc.greater(pc.binary_length(column), MAX_NOTE_CHARS)
    if not pc.any(long).as_py():
        return list(column.to_pylist())
    flags = long.to_pylist()
    values = pc.if_else(pc.fill_null(long, False), pa.scalar(None, kind), column).to_pylist()
    return [_TOO_LONG if flag else value for flag, value in zip(flags, values, strict=True)]


def _average(group: Any, name: str) -> float:
    """Bytes a value of a column takes on average in a row group, as its footer states it."""
    for place in range(group.num_columns):
        column = group.column(place)
        if column.path_in_schema == name:
            return float(column.total_uncompressed_size / max(1, column.num_values))
    return 0.0
