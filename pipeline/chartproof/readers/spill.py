"""Raw notes put aside on the disk until all of an export has been seen, and given back chart by chart.

One SQLite file in a private folder inside the work folder (the batch's output folder), removed when it is done with.
SQLite's own temporary files are kept out of the system's folders.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from chartproof.model.vocab import NoteType
from chartproof.readers.raw_note import RawNote
from chartproof.readers.unreadable import Unreadable

FOLDER = ".unsorted"


class Spill:
    """Notes by chart on the disk. Use as a context manager."""

    def __init__(self, work_folder: Path) -> None:
        self._folder = work_folder / FOLDER
        shutil.rmtree(self._folder, ignore_errors=True)  # left by a run that was killed
        self._folder.mkdir(mode=0o700, parents=True)
        path = self._folder / "notes.sqlite"
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
        self._base = sqlite3.connect(path, isolation_level=None)
        for setting in ("journal_mode=OFF", "synchronous=OFF", "temp_store=MEMORY", "locking_mode=EXCLUSIVE"):
            self._base.execute(f"PRAGMA {setting}")
        self._base.execute("PRAGMA cache_size=-64000")
        self._base.execute("CREATE TABLE note (seq INTEGER PRIMARY KEY, head TEXT, content BLOB)")
        self._base.execute("CREATE TABLE place (chart TEXT, seq INTEGER, PRIMARY KEY (chart, seq)) WITHOUT ROWID")
        self._base.execute("BEGIN")
        self._count = 0

    def add(self, note: RawNote | Unreadable) -> None:
        """Put one aside.

        Raises:
            OSError: the disk is full or cannot be written.
        """
        self._count += 1
        key, head, content = _packed(note)
        try:
            self._base.execute("INSERT INTO note VALUES (?, ?, ?)", (self._count, head, content))
            self._base.execute("INSERT INTO place VALUES (?, ?)", (key, self._count))
        except sqlite3.Error as error:
            raise OSError(f"cannot write to the work folder ({error})") from None

    def charts(self) -> Iterator[tuple[str, Iterator[RawNote | Unreadable]]]:
        """Each chart with its notes, charts in the order of their ids, notes as they were put aside."""
        last: str | None = None
        while True:
            row = self._base.execute(
                "SELECT chart FROM place WHERE chart > ? ORDER BY chart LIMIT 1"
                if last is not None
                else "SELECT chart FROM place ORDER BY chart LIMIT 1",
                (last,) if last is not None else (),
            ).fetchone()
            if row is None:
                return
            last = str(row[0])
            yield last, self._notes(last)

    def _notes(self, chart: str) -> Iterator[RawNote | Unreadable]:
        rows = self._base.execute(
            "SELECT head, content FROM place JOIN note USING (seq) WHERE chart = ? ORDER BY place.seq", (chart,)
        )
        for head, content in rows:
            yield _unpacked(head, content)

    def __enter__(self) -> Spill:
        return self

    def __exit__(self, *exception: object) -> None:
        self._base.close()
        shutil.rmtree(self._folder, ignore_errors=True)


def _packed(note: RawNote | Unreadable) -> tuple[str, str, str | bytes]:
    if isinstance(note, Unreadable):
        return note.chart_id, json.dumps([note.chart_id, note.where, note.reason, note.lost]), ""
    head: dict[str, Any] = dict(note.__dict__)
    content = head.pop("content")
    head["date"] = note.date.isoformat() if note.date else None
    return note.chart, json.dumps(head), content


def _unpacked(head: str, content: str | bytes) -> RawNote | Unreadable:
    data = json.loads(head)
    if isinstance(data, list):
        return Unreadable(*data)
    data["date"] = date.fromisoformat(data["date"]) if data["date"] else None
    data["type"] = NoteType(data["type"]) if data["type"] else None
    data["pages"] = tuple(data["pages"])
    return RawNote(content=content, **data)
