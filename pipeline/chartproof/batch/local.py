"""The local engine: worker processes of this machine.

Each worker has a pipe of its own and tells when it begins a chart and a note, so that one that dies or hangs is noticed
and known by the chart it was at. That chart is tried once more, alone; if that fails too it is set aside. No more is
read ahead than the workers need, and a worker that has grown is replaced, so that memory is bounded over any number of
notes.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from typing import Any

from chartproof.batch.process import Failed, describe_error
from chartproof.batch.work import Finished, OutputError, SetAside, Work, Worker

Result = Finished | SetAside

_READ_AHEAD_CHARACTERS = 20_000_000
_CHUNK_CHARACTERS = 400_000
_TRIES = 2
_BARREN_DEATHS = 5


@dataclass(frozen=True)
class Limits:
    """How long anything may take, in seconds, and how much a worker may grow, in bytes."""

    note: float = 60
    chart: float = 600
    start: float = 300
    growth: int = 256 * 2**20
    chunk: int = 8
    """Charts handed to a worker at once."""


class WorkerError(RuntimeError):
    """The workers cannot work at all."""


def run_local(
    work: Iterable[Work | None], build: Callable[[], Worker], workers: int, limits: Limits | None = None
) -> Iterator[Result]:
    """The results of charts as they come, in no order.

    Args:
        work: charts to do, taken as they are needed; None gives the engine a turn while there is nothing to do.
        build: makes the ``Worker`` of a process; must be picklable. Called in each worker process.
        workers: processes, started as they are needed; 0 does everything in this one, without limits of time.

    Raises:
        ValueError, FileNotFoundError: patterns or policies are wrong; the message says file and line.
        OutputError: an output file cannot be written.
        WorkerError: workers die before they do anything.
    """
    if workers == 0:
        here = build()
        for one in work:
            if one is not None:
                yield here(one)
        return
    crew = _Crew(build, workers, limits or Limits())
    try:
        yield from crew.results(iter(work))
    finally:
        crew.stop()


@dataclass(eq=False)
class _Member:
    """A worker process as its parent knows it."""

    process: Any
    pipe: Connection
    since: float
    """When it was started, or began its chart."""
    ready: bool = False
    chunk: deque[Work] = field(default_factory=deque)
    at_work: bool = False
    """True from the begin of the first chart of its chunk to its result."""
    note: str = ""
    note_since: float = 0
    first_size: int = 0
    size: int = 0

    @property
    def is_free(self) -> bool:
        return self.ready and not self.chunk


class _Crew:
    def __init__(self, build: Callable[[], Worker], workers: int, limits: Limits) -> None:
        self._build = build
        self._workers = workers
        self._limits = limits
        # A forked process may inherit a lock that a thread of its parent holds.
        self._context = multiprocessing.get_context("spawn")
        self._members: list[_Member] = []
        self._pending: deque[Work] = deque()
        self._alone: deque[Work] = deque()
        self._tries: dict[int, int] = {}
        self._results: deque[Result] = deque()
        self._barren = 0

    def results(self, work: Iterator[Work | None]) -> Iterator[Result]:
        more = True
        while True:
            if more and self._has_room():
                try:
                    one = next(work)
                except StopIteration:
                    more = False
                else:
                    if one is not None:
                        self._pending.append(one)
            self._hand_out()
            self._listen(0 if more and self._has_room() else self._patience())
            self._watch_the_clock()
            while self._results:
                yield self._results.popleft()
            if not more and not self._pending and not self._alone and not any(m.chunk for m in self._members):
                return

    def stop(self) -> None:
        for member in self._members:
            member.process.kill()
        for member in self._members:
            self._bury(member)
        self._members.clear()

    def _has_room(self) -> bool:
        enough = self._limits.chunk * (self._workers + 1)
        return len(self._pending) < enough and sum(map(_characters, self._pending)) < _READ_AHEAD_CHARACTERS

    def _hand_out(self) -> None:
        free = [member for member in self._members if member.is_free]
        for member in list(free):
            if self._alone:
                chunk = [self._alone.popleft()]
            elif self._pending:
                chunk = self._next_chunk()
            else:
                break
            free.remove(member)
            member.chunk.extend(chunk)
            member.since = time.monotonic()
            try:
                member.pipe.send(chunk)
            except OSError:
                self._lost(member)
        coming = sum(1 for member in self._members if not member.ready)
        while len(self._members) < self._workers and len(self._pending) + len(self._alone) > coming + len(free):
            self._start()
            coming += 1

    def _next_chunk(self) -> list[Work]:
        count = max(1, min(self._limits.chunk, len(self._pending) // self._workers))
        chunk = [self._pending.popleft()]
        characters = _characters(chunk[0])
        while len(chunk) < count and (characters := characters + _characters(self._pending[0])) <= _CHUNK_CHARACTERS:
            chunk.append(self._pending.popleft())
        return chunk

    def _start(self) -> None:
        ours, theirs = self._context.Pipe()
        process = self._context.Process(
            target=_work, args=(theirs, self._build, self._limits.chart), daemon=True, name="chartproof worker"
        )
        process.start()
        theirs.close()  # so that its end is seen
        self._members.append(_Member(process, ours, time.monotonic()))

    def _listen(self, patience: float) -> None:
        if not self._members:
            return
        for pipe in wait([member.pipe for member in self._members], timeout=patience):
            member = next(m for m in self._members if m.pipe is pipe)
            if not self._hear(member):
                self._lost(member)
            elif member.is_free and member.size > member.first_size + self._limits.growth:
                self._retire(member)

    def _hear(self, member: _Member) -> bool:
        """Take in one message; False where the worker has ended."""
        try:
            what, *rest = member.pipe.recv()
        except (EOFError, OSError):
            return False
        now = time.monotonic()
        if what == "ready":
            member.ready, member.since = True, now
        elif what == "chart":
            member.at_work, member.since, member.note = True, now, ""
        elif what == "note":
            member.note, member.note_since = rest[0], now
        elif what == "result":
            result, member.size = rest
            member.first_size = member.first_size or member.size
            member.at_work, member.note = False, ""
            member.chunk.popleft()
            self._tries.pop(result.position, None)
            self._barren = 0
            self._results.append(result)
        elif what == "output":
            raise OutputError(*rest)
        else:
            kind, message = rest
            raise {"FileNotFoundError": FileNotFoundError, "ValueError": ValueError}.get(kind, WorkerError)(message)
        return True

    def _patience(self) -> float:
        """Seconds until a limit may be passed."""
        now = time.monotonic()
        return max(0.01, min([1.0, *(self._deadline(member)[0] - now for member in self._members)]))

    def _deadline(self, member: _Member) -> tuple[float, str]:
        """When a worker is to be given up, and for what."""
        if not member.ready:
            return member.since + self._limits.start, "start"
        if not member.chunk:
            return float("inf"), ""
        chart = member.since + self._limits.chart
        if member.at_work and member.note and member.note_since + self._limits.note < chart:
            return member.note_since + self._limits.note, "note"
        return chart, "chart"

    def _watch_the_clock(self) -> None:
        now = time.monotonic()
        for member in list(self._members):
            deadline, what = self._deadline(member)
            if now >= deadline and not member.pipe.poll():
                if what == "start":
                    raise WorkerError(f"a worker was not ready after {self._limits.start:g} s")
                self._lost(member, what)

    def _lost(self, member: _Member, too_long: str = "") -> None:
        """A worker that ended, or has to: its chart is suspect, the rest of its chunk is not."""
        member.process.kill()
        while self._said_more(member):
            pass
        self._members.remove(member)
        self._bury(member)
        if not member.at_work:
            self._barren += 1
            if self._barren >= _BARREN_DEATHS * self._workers:
                raise WorkerError("worker processes end before they do anything; is there enough memory?")
        elif member.chunk:
            suspect = member.chunk.popleft()
            tries = self._tries[suspect.position] = self._tries.get(suspect.position, 0) + 1
            if tries < _TRIES:
                self._alone.append(suspect)
            else:
                del self._tries[suspect.position]
                self._results.append(self._given_up(suspect, member, too_long))
        self._pending.extendleft(reversed(member.chunk))

    def _said_more(self, member: _Member) -> bool:
        """Take in what a worker said before its end."""
        try:
            more = member.pipe.poll()
        except OSError:
            return False
        return more and self._hear(member)

    def _given_up(self, work: Work, member: _Member, too_long: str) -> SetAside:
        chart_id, notes = work.chart.chart_id, len(work.chart.notes)
        if too_long:
            limit = self._limits.note if too_long == "note" else self._limits.chart
            failed = Failed(chart_id, "time", f"the {too_long} took longer than {limit:g} s, twice", member.note)
        else:
            reason = "the worker process ended while it was at this chart, twice; perhaps for want of memory"
            failed = Failed(chart_id, "process", reason, member.note)
        return SetAside(work.position, failed, notes)

    def _retire(self, member: _Member) -> None:
        """Let a worker go that has grown; another is started when there is work."""
        try:
            member.pipe.send(None)
        except OSError:
            pass
        self._members.remove(member)
        self._bury(member)

    def _bury(self, member: _Member) -> None:
        member.pipe.close()
        member.process.join(5)
        if member.process.is_alive():
            member.process.kill()
            member.process.join()
        member.process.close()


def _characters(work: Work) -> int:
    return sum(len(note.text) for note in work.chart.notes)


def _work(pipe: Connection, build: Callable[[], Worker], limit: float) -> None:
    """The life of a worker process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent to answer
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    try:
        try:
            worker = build()
        except Exception as error:
            pipe.send(_broken(error))
            return
        pipe.send(("ready",))
        while (chunk := pipe.recv()) is not None:
            for work in chunk:
                _end_after(2 * limit + 10)  # a worker that hangs when its parent has died
                pipe.send(("chart",))
                try:
                    result = worker(work, lambda note: pipe.send(("note", note)))
                except OutputError as error:
                    pipe.send(("output", error.errno, error.strerror))
                    return
                pipe.send(("result", result, _size()))
            _end_after(0)
    except (EOFError, BrokenPipeError, ConnectionResetError):  # the parent is gone
        os._exit(1)


def _broken(error: Exception) -> tuple[str, str, str]:
    """What went wrong while patterns and policies were loaded. It concerns their files and no note, so that a message
    that this project worded can be told."""
    if isinstance(error, FileNotFoundError):
        return "broken", "FileNotFoundError", str(error)
    if isinstance(error, ValueError) and (
        type(error) is ValueError or type(error).__module__.startswith("chartproof.")
    ):
        return "broken", "ValueError", str(error)
    return "broken", "", f"a worker cannot start: {describe_error(error)}"


def _end_after(seconds: float) -> None:
    if hasattr(signal, "setitimer"):
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_REAL, seconds)


def _size() -> int:
    """Bytes of memory this process holds; 0 where the system does not tell."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError):
        return 0
