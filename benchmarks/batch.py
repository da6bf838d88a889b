"""How fast the engines are, how much memory they hold, and whether they give the same tables.

    python -m benchmarks.batch speed   --notes 2000 --workers 1 2   # the local engine by number of workers
    python -m benchmarks.batch memory  --notes 2000 20000           # memory of each process by number of notes
    python -m benchmarks.batch spark   --notes 20000                # Spark against the local engine
    python -m benchmarks.batch compare --copies 1                   # both engines' tables, row by row
    python -m benchmarks.batch notes   --notes 20000 -o notes.parquet

The notes are those of corpora/dev (D01-D16), copied under other chart ids until there are enough; each copy's notes end
in a line of their own, so that no text comes twice. Work goes to a temporary folder, or to --keep FOLDER.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import psutil
import pyarrow as pa
import pyarrow.parquet as pq

from chartproof.batch import Options, run_batch
from chartproof.batch.tables import SCHEMAS
from chartproof.model import Chart
from chartproof.readers import read_charts

TOP = Path(__file__).resolve().parents[1]
DAY = date(2025, 6, 1)
COLUMNS = pa.schema(
    [
        *(pa.field(name, pa.string()) for name in ("patient_id", "note_id")),
        pa.field("note_date", pa.date32()),
        *(pa.field(name, pa.string()) for name in ("note_type", "note_text")),
        *(pa.field(f"request_{name}", pa.string()) for name in ("cpt", "side", "setting", "date")),
    ]
)


def rows_of(chart: Chart, copy: int) -> Iterator[dict[str, Any]]:
    """The notes of a chart as an export would hold them. Copy 0 is the chart itself."""
    request = chart.request
    for note in chart.notes:
        yield {
            "patient_id": f"{chart.chart_id}-{copy:06}",
            "note_id": f"{copy:06}_{note.id}",
            "note_date": note.date,
            "note_type": note.type.value,
            "note_text": note.text + (f"\nCopy {copy}." if copy else ""),
            "request_cpt": request.cpt,
            "request_side": request.laterality.value if request.laterality else None,
            "request_setting": request.setting.value if request.setting else None,
            "request_date": request.request_date.isoformat(),
        }


def write_notes(path: Path, notes: int | None, copies: int | None = None) -> int:
    """A table of at least so many notes (whole charts), sorted by patient; how many it holds."""
    charts = [c for c in read_charts(TOP / "corpora" / "dev") if isinstance(c, Chart) and c.chart_id <= "D16"]
    one = sum(len(chart.notes) for chart in charts)
    copies = copies or -(-(notes or one) // one)
    count = 0
    waiting: list[dict[str, Any]] = []
    with pq.ParquetWriter(path, COLUMNS) as writer:
        for chart in charts:
            for copy in range(copies):
                if notes is not None and count >= notes:
                    break
                waiting += rows_of(chart, copy)
                count += len(chart.notes)
                if len(waiting) >= 5000:
                    writer.write_table(pa.Table.from_pylist(waiting, schema=COLUMNS))
                    waiting.clear()
        writer.write_table(pa.Table.from_pylist(waiting, schema=COLUMNS))
    return count


class Watch(threading.Thread):
    """The most memory of this process and of any of its children while something runs, in MB."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self._most: dict[int, int] = {}
        self._end = threading.Event()

    def run(self) -> None:
        while not self._end.wait(0.5):
            for process in [psutil.Process(), *psutil.Process().children(recursive=True)]:
                try:
                    size = process.memory_info().rss >> 20
                    self._most[process.pid] = max(self._most.get(process.pid, 0), size)
                except psutil.Error:
                    pass

    def stop(self) -> dict[str, int]:
        self._end.set()
        self.join()
        workers = [size for pid, size in self._most.items() if pid != os.getpid()]
        return {"parent": self._most.get(os.getpid(), 0), "largest worker": max(workers, default=0)}


def local(source: Path, out: Path, workers: int) -> dict[str, Any]:
    watch = Watch()
    watch.start()
    start, before = time.monotonic(), psutil.Process().cpu_times()
    summary = run_batch(source, out, Options(worksheets=False), workers=workers, nlp_date=DAY)
    seconds, after = time.monotonic() - start, psutil.Process().cpu_times()
    notes = summary.manifest["counts"]["notes"]
    return {
        "engine": "local",
        "workers": workers,
        "notes": notes,
        "seconds": round(seconds, 1),
        "notes a second": round(notes / seconds, 1),
        "table seconds": round(summary.manifest["seconds"]["tables"], 1),
        "processor seconds": {
            "parent": round(after.user + after.system - before.user - before.system, 1),
            "workers": round(
                after.children_user + after.children_system - before.children_user - before.children_system, 1
            ),
        },
        "MB": watch.stop(),
    }


def spark(source: Path, out: Path, master: str, partitions: int | None) -> dict[str, Any]:
    from chartproof.batch.spark import run_spark, start_session

    path = os.pathsep.join(filter(None, [str(TOP / "pipeline"), os.environ.get("PYTHONPATH", "")]))
    os.environ["PYTHONPATH"] = path
    os.environ.setdefault(
        "PYSPARK_SUBMIT_ARGS", f"--conf spark.executorEnv.PYTHONPATH={path} --conf spark.ui.enabled=false pyspark-shell"
    )
    start = time.monotonic()
    session = start_session(master)
    begun = time.monotonic()
    content = run_spark(session, str(source), str(out), nlp_date=DAY, partitions=partitions)
    seconds = time.monotonic() - begun
    session.stop()
    return {
        "engine": f"spark {master}",
        "notes": content["counts"]["notes"],
        "start seconds": round(begun - start, 1),
        "seconds": round(seconds, 1),
        "notes a second": round(content["counts"]["notes"] / seconds, 1),
        "table seconds": content["seconds"]["tables"],
    }


def differing(one: Path, other: Path) -> list[str]:
    """The tables of two folders whose rows differ, whatever their order and files."""
    return [name for name in SCHEMAS if _rows(one, name) != _rows(other, name)]


def _rows(folder: Path, name: str) -> list[str]:
    table = pq.read_table(folder / f"{name}.parquet")
    return sorted(json.dumps(row, default=str, sort_keys=True) for row in table.to_pylist())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["speed", "memory", "spark", "compare", "notes"])
    parser.add_argument("--notes", type=int, nargs="+")
    parser.add_argument("--copies", type=int)
    parser.add_argument("--workers", type=int, nargs="+", default=[2])
    parser.add_argument("--master", default="local-cluster[2,1,1024]")
    parser.add_argument("--partitions", type=int)
    parser.add_argument("--keep", type=Path, help="work here and leave it")
    parser.add_argument("-o", "--output", type=Path, help="notes: the table to write")
    args = parser.parse_args()
    if args.what == "notes":
        print(write_notes(args.output, args.notes[0] if args.notes else None, args.copies), "notes")
        return 0
    with tempfile.TemporaryDirectory() as made:
        folder = args.keep or Path(made)
        folder.mkdir(parents=True, exist_ok=True)
        for notes in args.notes or [None]:
            source = folder / f"notes-{notes or 'all'}.parquet"
            # By a process of its own: what it takes to write them is not to count as the batch's.
            made_by = [sys.executable, "-m", "benchmarks.batch", "notes", "-o", str(source)]
            made_by += ["--notes", str(notes)] if notes else []
            made_by += ["--copies", str(args.copies)] if args.copies else []
            subprocess.run(made_by, check=True, stdout=subprocess.DEVNULL)
            for workers in args.workers:
                print(json.dumps(local(source, folder / f"local-{notes}-{workers}", workers)), flush=True)
            if args.what in ("spark", "compare"):
                out = folder / f"spark-{notes}"
                print(json.dumps(spark(source, out, args.master, args.partitions)), flush=True)
                differ = differing(folder / f"local-{notes}-{args.workers[-1]}", out)
                print(f"tables that differ: {', '.join(differ)}" if differ else "tables equal, row by row", flush=True)
                if differ:
                    return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
