"""The files of a batch, written from the store in the order of the input, each whole or not at all."""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from chartproof.batch.private_files import private_bytes
from chartproof.batch.record import LOST_UNKNOWN
from chartproof.batch.store import Store
from chartproof.batch.tables import SCHEMAS
from chartproof.batch.work import unpack

CASES = "cases.jsonl"
QUARANTINE = "quarantine.jsonl"

SHOWN = 200
"""How many charts and set-aside rows a summary holds itself; the files hold all."""

_GROUP_BYTES = 4 * 2**20
_MERGE = 64
_STATUSES = ("met", "not_met", "unsure")


@dataclass(frozen=True)
class ChartOutcome:
    """One line of the summary: per policy its outcome and how many criteria are met, not met and unsure."""

    chart_id: str
    policies: dict[str, tuple[str, dict[str, int]]]


@dataclass
class Written:
    """What the files hold."""

    charts: list[ChartOutcome] = field(default_factory=list)
    """The first of them."""
    quarantine: list[dict[str, str]] = field(default_factory=list)
    """The first rows of it."""
    counts: Counter[str] = field(
        default_factory=lambda: Counter({name: 0 for name in ("cases", "quarantine", *SCHEMAS)})
    )
    """Rows by table; ``cases``; ``quarantine``, and of that ``lost chart``, ``lost note``, ``lost field``, and how many
    charts or notes lost belong to no chart that is known (``LOST_UNKNOWN``)."""
    outcomes: dict[str, Counter[str]] = field(default_factory=dict)
    """Per policy, charts by outcome."""
    files: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Per file its size in bytes and its sha256."""


def write_tables(store: Store, out: Path, nlp_date: date, *, csv: bool = False) -> Written:
    """Write every table of this run.

    Args:
        nlp_date: the date that the rows of ``note_nlp`` carry.
        csv: write each table as CSV too; lists become JSON.

    Raises:
        OSError: a file cannot be written; those that were there stay as they were.
    """
    written = Written()
    with ExitStack() as stack:
        # Left in this order, so that each takes its name when all are complete.
        cases = stack.enter_context(private_bytes(out / CASES))
        quarantine = stack.enter_context(private_bytes(out / QUARANTINE))
        files = {name: stack.enter_context(private_bytes(out / f"{name}.parquet")) for name in SCHEMAS}
        writers = {name: _TableWriter(files[name], schema, nlp_date) for name, schema in SCHEMAS.items()}
        for writer in writers.values():
            stack.callback(writer.abandon)
        for row, line, tables in store.rows():
            if row is not None:
                _take_in_row(written, json.loads(row))
                quarantine.write(row.encode("utf-8"))
                continue
            text = unpack(line)
            cases.write(text)
            _take_in_case(written, text)
            for name, packed in tables.items():
                batch = writers[name].add(packed)
                written.counts[name] += batch.num_rows
                if name == "criteria":
                    _take_in_criteria(written, batch)
        for writer in writers.values():
            writer.close()
        for file in (cases, quarantine, *files.values()):  # a full disk is told before the first takes its name
            file.flush()
            os.fsync(file.fileno())
    if csv:
        for name in SCHEMAS:
            _write_csv(out / f"{name}.parquet", out / f"{name}.csv")
    names = [CASES, QUARANTINE, *(f"{name}.parquet" for name in SCHEMAS), *(f"{n}.csv" for n in SCHEMAS if csv)]
    written.files = {name: _fingerprint(out / name) for name in names}
    return written


class _TableWriter:
    """Rows to Parquet in groups whose bounds depend on the rows alone, so that equal rows give equal files.

    Rows wait as they were packed, a tenth of their size, until they make a group: so no more than one group of one
    table is in memory at a time, however many charts there are.
    """

    def __init__(self, file: BinaryIO, schema: pa.Schema, nlp_date: date) -> None:
        self._schema = schema
        self._writer = pq.ParquetWriter(file, schema, compression="zstd")
        self._nlp_date = nlp_date
        self._waiting: list[bytes] = []
        self._bytes = 0

    def add(self, packed: bytes) -> pa.RecordBatch:
        """Take in the rows of a chart; returned as they are."""
        batch = _batch(packed, self._schema)
        if batch.num_rows:
            self._waiting.append(packed)
            self._bytes += batch.nbytes
            if self._bytes >= _GROUP_BYTES:
                self._flush()
        return batch

    def close(self) -> None:
        self._flush()
        self._writer.close()

    def abandon(self) -> None:
        """Let go of the file after an error; nothing where it is closed."""
        try:
            self._writer.close()
        except (OSError, ValueError):
            pass

    def _flush(self) -> None:
        # The columns of a few rows take more memory than the rows: they are joined a few charts at a time.
        parts = [self._joined(self._waiting[i : i + _MERGE]) for i in range(0, len(self._waiting), _MERGE)]
        if parts:
            self._writer.write_table(pa.concat_tables(parts).combine_chunks())
        self._waiting, self._bytes = [], 0
        del parts
        pa.default_memory_pool().release_unused()

    def _joined(self, packed: Sequence[bytes]) -> pa.Table:
        batches = [_batch(one, self._schema) for one in packed]
        if "nlp_date" in self._schema.names:
            batches = [stamped(batch, self._nlp_date) for batch in batches]
        return pa.Table.from_batches(batches, self._schema).combine_chunks()


def _batch(packed: bytes, schema: pa.Schema) -> pa.RecordBatch:
    return pa.ipc.read_record_batch(pa.py_buffer(unpack(packed)), schema)


def stamped(batch: pa.RecordBatch, nlp_date: date) -> pa.RecordBatch:
    """Rows of ``note_nlp`` with their date."""
    columns = list(batch.columns)
    place = batch.schema.get_field_index("nlp_date")
    columns[place] = pa.repeat(pa.scalar(nlp_date, pa.date32()), batch.num_rows)
    return pa.RecordBatch.from_arrays(columns, schema=batch.schema)


def _take_in_row(written: Written, row: dict[str, str]) -> None:
    written.counts["quarantine"] += 1
    written.counts[f"lost {row['lost']}"] += 1
    if not row["chart_id"] and row["lost"] != "field":
        written.counts[LOST_UNKNOWN] += 1
    if len(written.quarantine) < SHOWN:
        written.quarantine.append(row)


def _take_in_case(written: Written, text: bytes) -> None:
    written.counts["cases"] += 1
    if len(written.charts) < SHOWN:
        written.charts.append(_outcome(json.loads(text)))


def _take_in_criteria(written: Written, batch: pa.RecordBatch) -> None:
    pairs = zip(batch.column("policy").to_pylist(), batch.column("outcome").to_pylist(), strict=True)
    for policy, outcome in dict.fromkeys(pairs):
        written.outcomes.setdefault(policy, Counter())[outcome] += 1


def _outcome(record: dict[str, Any]) -> ChartOutcome:
    policies = {}
    for determination in record["determinations"]:
        statuses = [criterion["status"] for criterion in determination["criteria"]]
        policies[determination["policy"]] = (determination["status"], {s: statuses.count(s) for s in _STATUSES})
    return ChartOutcome(record["chart_id"], policies)


def _write_csv(source: Path, target: Path) -> None:
    """A table as CSV: a header, UTF-8, text in quotes; lists as JSON."""
    with pq.ParquetFile(source) as parquet, private_bytes(target) as file:
        schema = pa.schema([pa.field(f.name, _csv_type(f.type)) for f in parquet.schema_arrow])
        with pa.csv.CSVWriter(file, schema) as writer:
            for batch in parquet.iter_batches():
                arrays = [
                    _as_json(array) if _is_nested(array.type) else array.cast(_csv_type(array.type))
                    for array in batch.columns
                ]
                writer.write_batch(pa.RecordBatch.from_arrays(arrays, schema=schema))


def _is_nested(kind: pa.DataType) -> bool:
    return bool(pa.types.is_nested(kind))


def _csv_type(kind: pa.DataType) -> pa.DataType:
    return pa.string() if _is_nested(kind) else kind


def _as_json(array: pa.Array) -> pa.Array:
    values = (None if value is None else json.dumps(value, ensure_ascii=False) for value in array.to_pylist())
    return pa.array(values, pa.string())


def _fingerprint(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        return {"bytes": path.stat().st_size, "sha256": hashlib.file_digest(file, "sha256").hexdigest()}


def stale_worksheets(store: Store, folder: Path) -> Iterator[Path]:
    """Pages of charts that did not go all the way in this run: they would pass for its results."""
    if folder.is_dir():
        yield from (path for path in folder.glob("*.html") if not store.is_done(path.stem))
