"""Exports of many patients in files: which format a file has, and the charts of all such files together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path

from chartproof.model import Chart
from chartproof.readers.by_chart import charts_of
from chartproof.readers.columns import BadColumns
from chartproof.readers.converted import CannotConvert
from chartproof.readers.delimited import keys_of_delimited, read_delimited
from chartproof.readers.document import convert
from chartproof.readers.fhir import read_fhir
from chartproof.readers.fhir_binaries import Binaries, is_binaries
from chartproof.readers.json_lines import keys_of_json_lines, read_json_lines
from chartproof.readers.limits import MAX_BINARIES, MAX_DOCUMENT_BYTES
from chartproof.readers.packed import is_packed, open_bytes, unpacked_name
from chartproof.readers.parquet import keys_of_parquet, read_parquet
from chartproof.readers.raw_note import RawNote
from chartproof.readers.request_yaml import RequestOverrides
from chartproof.readers.table_row import BadId, id_of, type_of_title
from chartproof.readers.text_file import encoding_of
from chartproof.readers.unreadable import Unreadable, os_reason

FORMATS = ("csv", "parquet", "jsonl", "fhir", "ccda")
_SUFFIXES = {
    ".csv": "csv", ".tsv": "csv", ".tab": "csv", ".psv": "csv",
    ".parquet": "parquet", ".pq": "parquet",
    ".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "json",
    ".xml": "ccda", ".ccda": "ccda", ".cda": "ccda",
}  # fmt: skip


def format_of(path: Path) -> str | None:
    """The format of an export's file by its name, for JSON also by its beginning; None where it is none of them."""
    found = _SUFFIXES.get(unpacked_name(path).suffix.lower())
    if is_packed(path) and found in ("parquet", "ccda"):
        return None
    if found not in ("jsonl", "json"):
        return found
    try:
        with open_bytes(path) as file:
            head = file.read(65536)
    except (OSError, CannotConvert):
        return "jsonl"  # reading it will say what is wrong
    if '"resourceType"' in head.decode(*encoding_of(head)):
        return "fhir"
    return "jsonl" if found == "jsonl" else None


def read_exports(
    files: Sequence[tuple[Path, str, str]],
    overrides: RequestOverrides,
    mapping: Mapping[str, str] | None,
    work_folder: Path | None,
) -> Iterator[Chart | Unreadable]:
    """The charts of export files, taken together: a patient's notes may lie in several.

    Args:
        files: path, format, and name for messages of each.
        mapping: columns by role, as ``columns.parse_map`` gives them.
        work_folder: where notes may be put aside while they are grouped (see ``by_chart``).

    Raises:
        OSError: the work folder cannot be written.
    """
    has_keys = all(form in ("csv", "parquet", "jsonl") for _, form, _ in files)

    def read() -> Iterator[RawNote | Unreadable]:
        contents = {path: where for path, form, where in files if form == "fhir" and is_binaries(path)}
        try:
            binaries = Binaries(contents)
        except OSError as error:
            yield Unreadable("", next(iter(contents.values())), os_reason(error), "chart")
            binaries = Binaries(())
        for path, form, where in files:
            if path in contents:
                continue
            try:
                if not path.is_file():
                    path.stat()
                    raise BadColumns("it is not a plain file")
                yield from _read(path, form, where, mapping, binaries)
            except (BadColumns, CannotConvert) as error:
                yield Unreadable("", where, str(error), "chart")
            except OSError as error:
                yield Unreadable("", where, os_reason(error), "chart")
        if contents:
            yield from _about_binaries(binaries, ", ".join(contents.values()))

    def keys() -> Iterator[str]:
        for path, form, _ in files:
            if path.is_file():
                try:
                    yield from _keys(path, form, mapping)
                except (BadColumns, CannotConvert, OSError):
                    pass  # told when it is read

    where = files[0][2] if len(files) == 1 else "."
    yield from charts_of(read, keys if has_keys else None, overrides, where, work_folder)


def _about_binaries(binaries: Binaries, where: str) -> Iterator[Unreadable]:
    if binaries.too_many:
        reason = f"more than {MAX_BINARIES} Binary resources; the others were not looked at; divide the export"
        yield Unreadable("", where, reason, "chart")
    if binaries.unused:
        reason = f"{binaries.unused} resource(s) of type Binary belong to no note and are not used"
        yield Unreadable("", where, reason, "field")


def _read(
    path: Path, form: str, where: str, mapping: Mapping[str, str] | None, binaries: Binaries
) -> Iterator[RawNote | Unreadable]:
    if form == "csv":
        yield from read_delimited(path, mapping, where)
    elif form == "parquet":
        yield from read_parquet(path, mapping, where)
    elif form == "jsonl":
        yield from read_json_lines(path, mapping, where)
    elif form == "fhir":
        yield from read_fhir(path, where, binaries)
    else:
        yield from _read_ccda(path, where)


def _keys(path: Path, form: str, mapping: Mapping[str, str] | None) -> Iterator[str]:
    if form == "csv":
        return keys_of_delimited(path, mapping)
    if form == "parquet":
        return keys_of_parquet(path, mapping)
    return keys_of_json_lines(path, mapping)


def _read_ccda(path: Path, where: str) -> Iterator[RawNote | Unreadable]:
    if path.stat().st_size > MAX_DOCUMENT_BYTES:
        raise CannotConvert(f"it is larger than {MAX_DOCUMENT_BYTES // 1_000_000} MB")
    parts = convert("ccda", path.read_bytes())
    try:
        chart = id_of(parts[0].patient) or path.stem
    except BadId as error:
        raise CannotConvert(str(error)) from None
    for part in parts:
        for reason in part.lost:
            yield Unreadable(chart, where, reason)
        for reason in part.left_out:
            yield Unreadable(chart, where, reason, "field")
        if part.text.strip():
            yield RawNote(
                chart=chart,
                note_id=f"{path.name}/{part.name}" if part.name else path.name,
                content=part.text,
                source=where,
                date=date.fromisoformat(part.day) if part.day else None,
                date_source="document" if part.day else "",
                type=type_of_title(part.title),
                converter=part.converter,
                pages=part.pages,
            )
