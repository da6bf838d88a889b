"""A batch on this machine: charts in, tables and worksheets out, and nothing done twice."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from chartproof.batch import manifest
from chartproof.batch.expected import expected_notes
from chartproof.batch.keys import Keys
from chartproof.batch.local import Limits, run_local
from chartproof.batch.outputs import SHOWN, ChartOutcome, Written, stale_worksheets, write_tables
from chartproof.batch.private_files import make_private_folder, remove_parts
from chartproof.batch.process import ChartProcess, Options
from chartproof.batch.record import code_digest, json_line, quarantine_record, versions_of
from chartproof.batch.store import Store
from chartproof.batch.work import Finished, Process, Work, Worker, unpack_record, worksheet_stands
from chartproof.data import data_folder
from chartproof.model import Chart
from chartproof.readers import RequestOverrides, Unreadable, read_charts

WORKSHEETS = "worksheets"


@dataclass
class Progress:
    """How far a batch is."""

    charts: int = 0
    """Charts done, by this run or an earlier one."""
    reused: int = 0
    """Those of them that an earlier run did."""
    notes: int = 0
    """The notes of the charts that are done or set aside."""
    notes_read: int = 0
    """Those of them that this run read."""
    set_aside: int = 0
    expected_notes: int | None = None
    """About how many notes there are; None where that is not known."""
    writing: bool = False
    """True when all charts are done and the tables are being written."""


@dataclass
class Summary:
    """What a batch came to. ``charts`` and ``quarantine`` hold the first 200 each; the files hold all."""

    charts: list[ChartOutcome] = field(default_factory=list)
    quarantine: list[dict[str, str]] = field(default_factory=list)
    manifest: dict[str, Any] = field(default_factory=dict)

    @property
    def is_complete(self) -> bool:
        """True where every chart and every note was read and answered."""
        return not any(self.manifest["counts"].get(f"lost {what}") for what in ("chart", "note"))

    def to_json(self) -> dict[str, Any]:
        charts = [
            {
                "chart_id": chart.chart_id,
                "policies": {name: {"status": status, **counts} for name, (status, counts) in chart.policies.items()},
            }
            for chart in self.charts
        ]
        return {"charts": charts, "quarantine": self.quarantine, "manifest": self.manifest}


def run_batch(
    source: Path,
    out: Path,
    options: Options | None = None,
    overrides: RequestOverrides | None = None,
    *,
    workers: int = 1,
    limits: Limits | None = None,
    csv: bool = False,
    nlp_date: date | None = None,
    process: Callable[[Options], Process] = ChartProcess,
    reader: str = "auto",
    mapping: Mapping[str, str] | None = None,
    on_progress: Callable[[Progress], None] | None = None,
) -> Summary:
    """Score every chart under a path and write the tables to a folder.

    What cannot be read or fails goes to quarantine.jsonl, and the rest goes on. What is done is kept in ``work.sqlite``
    as it comes: a run that was cut off goes on where it stopped, a chart whose notes have not changed is not read
    again, and one whose facts hold is only judged anew where policies have changed. Charts that were set aside are
    tried again. Equal input gives equal tables, however often the run was cut off.

    Args:
        source: charts in any form that ``read_charts`` knows.
        out: the folder to write to; made where there is none.
        workers: processes to use; 0 works in this one, without limits of time.
        csv: write each table as CSV too.
        nlp_date: the date of the rows of ``note_nlp``; the day the folder was begun where it is None.
        process: makes what takes a chart all the way; picklable, called once in each worker.
        reader, mapping: as ``read_charts`` takes them: the form of the export, and its columns.
        on_progress: called after each chart.

    Raises:
        FileNotFoundError: there is no ``source``, or no such folder of patterns or policies.
        ValueError: ``out`` lies in ``source``, another batch writes to it, or patterns or policies are wrong.
        OSError: ``out`` cannot be written. What was done is kept.
        chartproof.batch.local.WorkerError: the worker processes cannot work.
    """
    if not source.exists():
        raise FileNotFoundError(f"no such file or folder: {source}")
    if source.is_dir() and out.resolve().is_relative_to(source.resolve()):
        raise ValueError(f"{out} lies in {source}: the results would be read as charts; choose another folder")
    options = options or Options()
    batch = _Batch(source, out, options, workers)
    make_private_folder(out)
    if options.worksheets:
        make_private_folder(out / WORKSHEETS)
    with Store(out) as store:
        for folder in (out, out / WORKSHEETS):
            remove_parts(folder)
        try:
            batch.tell("running")
            build = partial(_worker, process, options, out)
            engine = partial(run_local, build=build, workers=workers, limits=limits)
            charts = read_charts(source, overrides, reader=reader, mapping=mapping, work_folder=out)
            batch.work_through(store, engine, charts, on_progress)
            written = batch.write(store, nlp_date, csv, on_progress)
        except BaseException as error:
            batch.tell_end(error)
            raise
    return Summary(written.charts, written.quarantine, batch.manifest)


def _worker(process: Callable[[Options], Process], options: Options, out: Path) -> Worker:
    return Worker(process(options), out / WORKSHEETS if options.worksheets else None)


class _Batch:
    """One run: its keys, its counts, its manifest."""

    def __init__(self, source: Path, out: Path, options: Options, workers: int) -> None:
        self._source = source
        self._out = out
        self._pages = out / WORKSHEETS if options.worksheets else None
        patterns, policies = data_folder("patterns", options.patterns), data_folder("policies", options.policies)
        versions = versions_of(patterns, policies)
        code = code_digest()
        self._keys = Keys(code, versions["patterns"], versions["policies"], options.policy_ids)
        self._progress = Progress()
        self._start = time.monotonic()
        self.manifest: dict[str, Any] = {
            "exit_reason": "running",
            "begun": manifest.now(),
            "ended": None,
            "source": str(source),
            "engine": "local",
            "workers": workers,
            "versions": {**versions, "code": code[:16]},
            "software": manifest.software_versions(),
            "policies": list(options.policy_ids) if options.policy_ids else "all that apply",
            "seconds": {},
            "counts": {},
            "files": {},
        }

    def tell(self, reason: str) -> None:
        self.manifest["exit_reason"] = reason
        manifest.write_manifest(self._out, self.manifest)

    def tell_end(self, error: BaseException) -> None:
        """Write down why a run ended early, where that is possible."""
        self.manifest["counts"] = self._counts()
        self.manifest["ended"] = manifest.now()
        try:
            self.tell("interrupted" if isinstance(error, KeyboardInterrupt) else f"error: {type(error).__name__}")
        except OSError:  # the disk is full, or gone; the error on its way out says so
            pass

    def work_through(
        self,
        store: Store,
        engine: Callable[[Iterator[Work | None]], Iterator[Any]],
        charts: Iterable[Chart | Unreadable],
        on_progress: Callable[[Progress], None] | None,
    ) -> None:
        """Do what is not done. Whatever ends this early, what was done is kept."""
        tell = on_progress or (lambda progress: None)
        if on_progress:
            self._progress.expected_notes = expected_notes(self._source)
        try:
            for result in engine(self._work(store, charts, tell)):
                if isinstance(result, Finished):
                    store.keep(result)
                    self._progress.charts += 1
                else:
                    one = result.failed
                    row = quarantine_record(one.chart_id, one.stage, one.reason, one.where)
                    self._set_aside(store, result.position, row)
                self._progress.notes += result.notes
                self._progress.notes_read += result.notes
                tell(self._progress)
        finally:
            self.manifest["seconds"]["charts"] = round(time.monotonic() - self._start, 3)
        store.forget_others()
        store.commit()

    def write(
        self, store: Store, nlp_date: date | None, csv: bool, on_progress: Callable[[Progress], None] | None
    ) -> Written:
        """Write the tables and close the manifest."""
        if on_progress:
            self._progress.writing = True
            on_progress(self._progress)
        start = time.monotonic()
        begun = store.meta("begun", date.today().isoformat())
        written = write_tables(store, self._out, nlp_date or date.fromisoformat(begun), csv=csv)
        for path in stale_worksheets(store, self._out / WORKSHEETS):
            path.unlink(missing_ok=True)
        self.manifest["seconds"]["tables"] = round(time.monotonic() - start, 3)
        self.manifest["counts"] = {**self._counts(), **written.counts}
        self.manifest["outcomes"] = written.outcomes
        self.manifest["files"] = written.files
        self.manifest["ended"] = manifest.now()
        self.tell("finished")
        return written

    def _counts(self) -> dict[str, int]:
        done = self._progress
        names = ("charts", "reused", "notes_read", "set_aside")
        return {name: getattr(done, name) for name in names}

    def _work(
        self,
        store: Store,
        charts: Iterable[Chart | Unreadable],
        tell: Callable[[Progress], None],
    ) -> Iterator[Work | None]:
        """The charts that are not done, each with what of it could not be read; None for one that is."""
        unread: list[Unreadable] = []
        for position, item in enumerate(charts):
            if isinstance(item, Unreadable):
                row = quarantine_record(item.chart_id, "read", item.reason, item.where, item.lost)
                self._set_aside(store, position, row)
                if item.lost != "chart" or store.claimed(item.chart_id):
                    unread.append(item)
                continue
            own = tuple(one for one in unread if one.chart_id == item.chart_id)
            unread.clear()
            case_key, policy_key = self._keys.case_key(item), self._keys.policy_key(item, own)
            if not store.claim(position, item.chart_id, case_key, policy_key):
                reason = "another chart of this run has this chart id; give each chart its own"
                self._set_aside(store, position, quarantine_record(item.chart_id, "read", reason))
                continue
            kept = store.kept(item.chart_id)
            if kept is None or kept.case_key != case_key:
                yield Work(position, item, own)
            elif kept.policy_key != policy_key or not worksheet_stands(self._pages, item.chart_id, kept.worksheet):
                yield Work(position, item, own, unpack_record(store.line(item.chart_id)))
            else:
                self._progress.charts += 1
                self._progress.reused += 1
                self._progress.notes += len(item.notes)
                tell(self._progress)
                yield None

    def _set_aside(self, store: Store, position: int, row: dict[str, str]) -> None:
        # A file's name may hold what is no character; it is told, and breaks no file.
        store.set_aside(position, json_line(row).encode("utf-8", "backslashreplace").decode("utf-8"))
        self._progress.set_aside += 1


__all__ = ["SHOWN", "WORKSHEETS", "Progress", "Summary", "run_batch"]
