"""What goes to a worker and what comes back: plain data, ready for the store. And the worker's side of a chart."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from chartproof.batch.private_files import safe_name, write_private
from chartproof.batch.process import Done, Failed
from chartproof.batch.record import json_line
from chartproof.batch.tables import chart_tables
from chartproof.model import Chart
from chartproof.readers import Unreadable

OnNote = Callable[[str], None]
"""Called with the id of each note when its reading begins, and with "" when all are read."""


@dataclass(frozen=True)
class Work:
    """One chart to do.

    ``stored`` is the record of an earlier run whose facts still hold: they are judged anew, and no note is read.
    """

    position: int
    chart: Chart
    unread: tuple[Unreadable, ...] = ()
    stored: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Finished:
    """A chart that went all the way. ``line`` and ``tables`` are compressed; ``worksheet`` is a digest of the page."""

    position: int
    chart_id: str
    notes: int
    line: bytes
    tables: dict[str, bytes]
    worksheet: str


@dataclass(frozen=True)
class SetAside:
    """A chart that did not."""

    position: int
    failed: Failed
    notes: int = 0


class Process(Protocol):
    """What takes one chart all the way; ``ChartProcess`` is the one that reads notes."""

    def __call__(
        self,
        chart: Chart,
        unread: tuple[Unreadable, ...] = ...,
        *,
        stored: Mapping[str, Any] | None = ...,
        on_note: OnNote | None = ...,
    ) -> Done | Failed: ...


class OutputError(OSError):
    """An output file cannot be written: the whole batch stops, for no chart is at fault."""


class Worker:
    """Takes work to what the store keeps. Built once a process.

    Args:
        process: takes a chart all the way.
        worksheets: the folder for the pages; None for none.
    """

    def __init__(self, process: Process, worksheets: Path | None) -> None:
        self._process = process
        self._worksheets = worksheets

    def __call__(self, work: Work, on_note: OnNote | None = None) -> Finished | SetAside:
        """Do one chart. An error of any stage sets it aside.

        Raises:
            OutputError: its worksheet cannot be written.
        """
        notes = len(work.chart.notes)
        done = self._process(work.chart, work.unread, stored=work.stored, on_note=on_note)
        if isinstance(done, Failed):
            return SetAside(work.position, done, notes)
        try:
            line = pack(json_line(done.record).encode("utf-8"))
            tables = {
                name: pack(batch.serialize().to_pybytes())
                for name, batch in chart_tables(work.chart, done.record).items()
            }
        except Exception as error:  # a value that no table can hold, such as half a character
            return SetAside(work.position, Failed(done.chart_id, "tables", type(error).__name__), notes)
        digest = ""
        if self._worksheets is not None:
            try:
                write_private(worksheet_path(self._worksheets, done.chart_id), done.html)
            except OSError as error:
                raise OutputError(error.errno, error.strerror) from None
            digest = hashlib.sha256(done.html.encode("utf-8")).hexdigest()
        return Finished(work.position, done.chart_id, notes, line, tables, digest)


def worksheet_path(folder: Path, chart_id: str) -> Path:
    return folder / f"{safe_name(chart_id)}.html"


def worksheet_stands(folder: Path | None, chart_id: str, digest: str) -> bool:
    """True where the page of a chart is the one that was written, or none is wanted."""
    if folder is None:
        return True
    try:
        return hashlib.sha256(worksheet_path(folder, chart_id).read_bytes()).hexdigest() == digest
    except OSError:
        return False


def pack(data: bytes) -> bytes:
    return zlib.compress(data, 1)


def unpack(data: bytes) -> bytes:
    return zlib.decompress(data)


def unpack_record(line: bytes) -> dict[str, Any]:
    record: dict[str, Any] = json.loads(unpack(line))
    return record
