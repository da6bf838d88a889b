"""What a batch has done so far: ``work.sqlite`` in the output folder, from which the tables are written.

A chart is kept under its key, a digest of its content, the patterns and the code, so that work is never done twice and
never served when anything it rests on has changed. A transaction that a crash cuts off is as if it had never begun.
"""

from __future__ import annotations

import errno
import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from chartproof.batch.private_files import safe_name
from chartproof.batch.tables import SCHEMAS
from chartproof.batch.work import Finished

WORK = "work.sqlite"

_CREATE = f"""
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS done (
    name TEXT PRIMARY KEY,        -- the chart's file name, in lower case
    case_key TEXT NOT NULL,       -- what its facts rest on
    policy_key TEXT NOT NULL,     -- what its determinations rest on besides
    worksheet TEXT NOT NULL,
    line BLOB NOT NULL,
    {", ".join(f"{name} BLOB NOT NULL" for name in SCHEMAS)}
);
CREATE TABLE IF NOT EXISTS run (
    position INTEGER PRIMARY KEY, -- of the input
    name TEXT UNIQUE,             -- NULL where something was set aside that is no chart
    case_key TEXT, policy_key TEXT,
    set_aside TEXT                -- the row of quarantine.jsonl
);
"""
_PRAGMAS = (
    "locking_mode=EXCLUSIVE",
    "journal_mode=TRUNCATE",
    "synchronous=FULL",
    "temp_store=MEMORY",  # nothing outside the output folder
    "secure_delete=ON",  # what is dropped is overwritten
)
_COMMIT_SECONDS = 1.0


class StoreError(ValueError):
    """The store cannot be used; the message says why and what to do."""


@dataclass(frozen=True)
class Kept:
    """What is known of a chart from earlier."""

    case_key: str
    policy_key: str
    worksheet: str


class Store:
    """The store of one output folder, locked for this process; a context manager that keeps what was done.

    Raises:
        StoreError: another batch is writing to the folder, or the file is damaged.
        OSError: the system refuses, or the disk is full.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / WORK
        os.close(os.open(self.path, os.O_CREAT | os.O_RDWR, 0o600))  # the journal gets the mode of the file
        self.path.chmod(0o600)
        self._db = sqlite3.connect(self.path, isolation_level=None, timeout=0)
        with self._errors():
            for pragma in _PRAGMAS:
                self._db.execute(f"PRAGMA {pragma}")
            self._db.execute("BEGIN EXCLUSIVE")
            self._begin_anew_where_columns_differ()
            for statement in _CREATE.split(";"):
                self._db.execute(statement)
            self._db.execute("DELETE FROM run")
        self._last_commit = time.monotonic()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        try:
            self._db.execute("COMMIT")
        except sqlite3.Error:  # what was committed before stands; the error on its way out says more
            pass
        finally:
            self._db.close()

    def _begin_anew_where_columns_differ(self) -> None:
        """A store that another version wrote holds nothing that this one could use."""
        found = [row[1] for row in self._db.execute("PRAGMA table_info(done)")]
        expected = ["name", "case_key", "policy_key", "worksheet", "line", *SCHEMAS]
        if found and found != expected:
            self._db.execute("DROP TABLE done")
            self._db.execute("DROP TABLE IF EXISTS run")

    def meta(self, name: str, default: str) -> str:
        """A value kept with the work; ``default`` is kept where there is none yet."""
        with self._errors():
            self._db.execute("INSERT OR IGNORE INTO meta VALUES (?, ?)", (name, default))
            value: str = self._db.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()[0]
        return value

    def put_meta(self, name: str, value: str) -> None:
        with self._errors():
            self._db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, value))

    def claim(self, position: int, chart_id: str, case_key: str, policy_key: str) -> bool:
        """Enter a chart of this run; False where another of this run has its name."""
        with self._errors():
            row = (position, _name(chart_id), case_key, policy_key)
            found = self._db.execute(
                "INSERT OR IGNORE INTO run(position, name, case_key, policy_key) VALUES (?, ?, ?, ?)", row
            )
        return found.rowcount == 1

    def claimed(self, chart_id: str) -> bool:
        """True where a chart of this run has this chart's name."""
        with self._errors():
            found = self._db.execute("SELECT 1 FROM run WHERE name = ?", (_name(chart_id),)).fetchone()
        return found is not None

    def kept(self, chart_id: str) -> Kept | None:
        with self._errors():
            row = self._db.execute(
                "SELECT case_key, policy_key, worksheet FROM done WHERE name = ?", (_name(chart_id),)
            ).fetchone()
        return Kept(*row) if row else None

    def line(self, chart_id: str) -> bytes:
        """The packed record of a chart that is kept."""
        with self._errors():
            row = self._db.execute("SELECT line FROM done WHERE name = ?", (_name(chart_id),)).fetchone()
        line: bytes = row[0]
        return line

    def keep(self, finished: Finished) -> None:
        """Keep what came of a chart of this run."""
        with self._errors():
            name, case_key, policy_key = self._db.execute(
                "SELECT name, case_key, policy_key FROM run WHERE position = ?", (finished.position,)
            ).fetchone()
            values = [name, case_key, policy_key, finished.worksheet, finished.line]
            values += [finished.tables[table] for table in SCHEMAS]
            self._db.execute(f"INSERT OR REPLACE INTO done VALUES ({', '.join('?' * len(values))})", values)
        self._commit_sometimes()

    def set_aside(self, position: int, row: str) -> None:
        """Note what is set aside, as a line of quarantine.jsonl; where it is a chart of this run, nothing of it is
        kept."""
        with self._errors():
            self._db.execute(
                "INSERT INTO run(position, set_aside) VALUES (?, ?) "
                "ON CONFLICT(position) DO UPDATE SET set_aside = excluded.set_aside",
                (position, row),
            )
            self._db.execute("DELETE FROM done WHERE name = (SELECT name FROM run WHERE position = ?)", (position,))
        self._commit_sometimes()

    def rows(self) -> Iterator[tuple[str | None, bytes, dict[str, bytes]]]:
        """All of this run in the order of the input: a line of quarantine.jsonl, or None and a chart's packed record
        and tables."""
        columns = ", ".join(f"done.{name}" for name in SCHEMAS)
        query = f"SELECT set_aside, line, {columns} FROM run LEFT JOIN done USING (name) ORDER BY position"
        with self._errors():
            for set_aside, line, *tables in self._db.execute(query):
                yield set_aside, line, dict(zip(SCHEMAS, tables, strict=True))

    def is_done(self, stem: str) -> bool:
        """True where a chart of this run went all the way whose file name (without suffix) is this."""
        with self._errors():
            query = "SELECT 1 FROM run JOIN done USING (name) WHERE name = ? AND set_aside IS NULL"
            return self._db.execute(query, (stem.casefold(),)).fetchone() is not None

    def forget_others(self) -> None:
        """Drop the charts that are not in this run: their patients' data has no more business here."""
        with self._errors():
            self._db.execute("DELETE FROM done WHERE name NOT IN (SELECT name FROM run WHERE name IS NOT NULL)")

    def commit(self) -> None:
        with self._errors():
            self._db.execute("COMMIT")
            self._db.execute("BEGIN EXCLUSIVE")
        self._last_commit = time.monotonic()

    def _commit_sometimes(self) -> None:
        if time.monotonic() - self._last_commit >= _COMMIT_SECONDS:
            self.commit()

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """SQLite's errors as what they mean to a person."""
        try:
            yield
        except sqlite3.DatabaseError as error:
            code = getattr(error, "sqlite_errorcode", 0) & 0xFF
            if code == sqlite3.SQLITE_BUSY:
                raise StoreError(f"another batch is writing to {self.path.parent}; wait for it to end") from None
            if code == sqlite3.SQLITE_FULL:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)) from None
            if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
                raise StoreError(f"{self.path} is damaged; remove it and run again, from the beginning") from None
            if code in (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN):
                raise OSError(errno.EIO, f"the system refused to write ({error})") from None
            raise


def _name(chart_id: str) -> str:
    # Ids that differ in case alone share a file name on some systems.
    return safe_name(chart_id).casefold()
