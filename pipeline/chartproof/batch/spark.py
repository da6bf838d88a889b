"""The Spark engine: notes in Parquet on any path Spark knows, charts grouped by patient, the same tables as Parquet.

Rows become notes and charts through the same functions as in the Parquet reader, and charts become rows of tables
through the same functions as in the local engine, so that both give the same tables. Each Python process of an executor
builds its pipeline once and uses it for all its charts.
"""

from __future__ import annotations

import os
import signal
import sys
import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from chartproof.batch import manifest
from chartproof.batch.local import Limits
from chartproof.batch.outputs import CASES, QUARANTINE, stamped
from chartproof.batch.process import ChartProcess, Done, Failed, Options
from chartproof.batch.record import LOST_UNKNOWN, code_digest, json_line, quarantine_record, versions_of
from chartproof.batch.tables import SCHEMAS, chart_tables
from chartproof.batch.work import Process
from chartproof.data import data_folder
from chartproof.model import Chart
from chartproof.readers import RequestOverrides, Unreadable
from chartproof.readers.by_chart import charts_of
from chartproof.readers.columns import Columns, find_columns
from chartproof.readers.table_row import row_to_note

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

WORK = "work.parquet"

_NOTES_A_TASK = 500

_FILE, _ROW, _CHART = "_chartproof_file", "_chartproof_row", "_chartproof_chart"
_LINE = pa.field("line", pa.string())
_SET_ASIDE = pa.field("set_aside", pa.list_(pa.struct([(name, pa.string()) for name in quarantine_record("", "", "")])))

_process: tuple[Options, Process] | None = None


class _TooLong(Exception):
    """A limit of time is passed."""


@dataclass(frozen=True)
class Job:
    """What an executor needs to know; picklable, and small."""

    columns: Columns
    names: tuple[str, ...]
    options: Options
    overrides: RequestOverrides
    limits: Limits
    nlp_date: date
    process: Callable[[Options], Process] = ChartProcess

    def __call__(self, group: pa.Table) -> pa.Table:
        """All rows of one patient to one row: the chart's line, its rows of each table, and what is set aside."""
        global _process
        if _process is None or _process[0] != self.options:
            _process = (self.options, self.process(self.options))
        return _result(list(self._charts(group, _process[1])))

    def _charts(self, group: pa.Table, process: Process) -> Iterator[dict[str, Any]]:
        unread: list[Unreadable] = []
        for item in charts_of(lambda: self._notes(group), tuple, self.overrides, "", None):
            if isinstance(item, Unreadable):
                unread.append(item)
                continue
            own = tuple(one for one in unread if one.chart_id == item.chart_id)
            yield from map(_set_aside, unread)
            unread.clear()
            yield self._chart(item, own, process)
        yield from map(_set_aside, unread)

    def _notes(self, group: pa.Table) -> Iterator[Any]:
        """The notes of a patient in the order of the files and their rows, whatever way the shuffle brought them."""
        rows = group.sort_by([(_FILE, "ascending"), (_ROW, "ascending")]).to_pylist()
        for row in rows:
            cells = {place: row[self.names[place]] for place in self.columns.wanted}
            number = row[_ROW] + 1
            note = row_to_note(cells, self.columns, f"{row[_FILE]}, row {number}", f"row-{number}")
            if note is not None:
                yield note

    def _chart(self, chart: Chart, unread: tuple[Unreadable, ...], process: Process) -> dict[str, Any]:
        with _time_limits(self.limits) as on_note:
            try:
                done = process(chart, unread, on_note=on_note)
            except _TooLong:  # raised between two stages
                done = Failed(chart.chart_id, "time", "_TooLong")
        if isinstance(done, Done):
            try:
                tables = chart_tables(chart, done.record)
                tables["note_nlp"] = stamped(tables["note_nlp"], self.nlp_date)
                rows = {name: batch.to_pylist() for name, batch in tables.items()}
                return {"line": json_line(done.record).rstrip("\n"), **rows, "set_aside": []}
            except Exception as error:
                done = Failed(chart.chart_id, "tables", type(error).__name__)
        if done.reason.startswith("_TooLong"):
            reason = f"a note took longer than {self.limits.note:g} s, or the chart than {self.limits.chart:g} s"
            done = Failed(chart.chart_id, "time", reason)
        return {"set_aside": [quarantine_record(done.chart_id, done.stage, done.reason, done.where)]}


@contextmanager
def _time_limits(limits: Limits) -> Iterator[Callable[[str], None]]:
    """Raise ``_TooLong`` in this thread when a note or the chart takes too long; that ends a regular expression too."""

    def stop(number: int, frame: object) -> None:
        raise _TooLong

    end = time.monotonic() + limits.chart

    def on_note(note: str) -> None:
        left = max(0.001, end - time.monotonic())
        signal.setitimer(signal.ITIMER_REAL, min(limits.note, left) if note else left)

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, limits.chart)
    try:
        yield on_note
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _set_aside(unread: Unreadable) -> dict[str, Any]:
    row = quarantine_record(unread.chart_id, "read", unread.reason, unread.where, unread.lost)
    return {"set_aside": [row]}


def result_schema() -> pa.Schema:
    """One row a chart: its line of cases.jsonl, its rows of each table, what is set aside."""
    return pa.schema(
        [_LINE, *(pa.field(name, pa.list_(pa.struct(list(s)))) for name, s in SCHEMAS.items()), _SET_ASIDE]
    )


def _result(rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    return pa.Table.from_pylist(list(rows), schema=result_schema())


def start_session(master: str | None = None) -> SparkSession:
    """The Spark session that is there (as under ``spark-submit``), or a new one.

    Raises:
        ImportError: pyspark is not installed; the message says how.
    """
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)  # executors run what the driver runs
    try:
        from pyspark.sql import SparkSession
    except ImportError:
        raise ImportError("the Spark engine needs pyspark: pip install 'chartproof[spark]', and Java 17") from None
    # It is told of pandas, which is not used here: rows go through Arrow.
    warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas", FutureWarning)
    builder = SparkSession.builder.appName("chartproof").config("spark.hadoop.fs.permissions.umask-mode", "077")
    return (builder.master(master) if master else builder).getOrCreate()


def run_spark(
    spark: SparkSession,
    source: str,
    out: str,
    options: Options | None = None,
    overrides: RequestOverrides | None = None,
    *,
    mapping: Mapping[str, str] | None = None,
    limits: Limits | None = None,
    nlp_date: date | None = None,
    partitions: int | None = None,
    process: Callable[[Options], Process] = ChartProcess,
) -> dict[str, Any]:
    """Score the charts in a table of notes and write the tables.

    Args:
        source: Parquet, one row a note, on any path Spark knows; columns as the Parquet reader knows them.
        out: a path Spark can write to; what is there under the tables' names is replaced.
        mapping: columns by role (``chartproof.readers.parse_map``).
        nlp_date: the date of the rows of ``note_nlp``; today where it is None.
        partitions: tasks that the charts are divided into; else one for 500 notes, and two for each core at least.
        process: makes what takes a chart all the way; importable on the executors.

    Returns:
        The manifest.

    Raises:
        chartproof.readers.BadColumns: the columns cannot be used.
        FileNotFoundError: there is no such table, or no such folder of patterns or policies.
        ValueError: patterns or policies are wrong.
    """
    from pyspark.sql.pandas.types import from_arrow_schema

    options = options or Options(worksheets=False)
    begun, start = manifest.now(), time.monotonic()
    patterns, policies = data_folder("patterns", options.patterns), data_folder("policies", options.policies)
    spark.conf.set("spark.sql.session.timeZone", "UTC")  # a date in a column is that date everywhere
    _try_out(options)
    table = _read(spark, source)
    columns = find_columns(table.columns, mapping)
    names = tuple(table.columns)
    job = Job(
        columns, names, options, overrides or RequestOverrides(), limits or Limits(), nlp_date or date.today(), process
    )

    def work(group: pa.Table) -> pa.Table:  # Spark counts the parameters of a plain function right
        return job(group)

    # By the size of the rows Spark would put all of this work into a few tasks; a number that is asked for is kept.
    tasks = partitions or _tasks(table.count(), spark.sparkContext.defaultParallelism)
    grouped = _with_key(table, columns, names).repartition(tasks, _CHART).groupBy(_CHART)
    result = grouped.applyInArrow(work, from_arrow_schema(result_schema(), prefer_timestamp_ntz=True))
    # Written once and read again: each table is taken from what was worked out, and no note is read twice.
    result.write.mode("overwrite").parquet(f"{out}/{WORK}")
    seconds = {"charts": round(time.monotonic() - start, 3)}
    counts = _write_tables(spark.read.parquet(f"{out}/{WORK}"), out)
    seconds["tables"] = round(time.monotonic() - start - seconds["charts"], 3)
    content = {
        "exit_reason": "finished",
        "begun": begun,
        "ended": manifest.now(),
        "source": source,
        "engine": "spark",
        "master": spark.sparkContext.master,
        "versions": {**versions_of(patterns, policies), "code": code_digest()[:16]},
        "software": {**manifest.software_versions(), "spark": spark.version},
        "policies": list(options.policy_ids) if options.policy_ids else "all that apply",
        "seconds": seconds,
        "counts": counts,
    }
    _write_lines(spark, [manifest.dumped(content)], f"{out}/{manifest.MANIFEST}")
    return content


def _tasks(notes: int, cores: int) -> int:
    """Tasks long enough (about a minute) to hide what it costs to start one, and enough of them to end together."""
    return max(2 * cores, -(-notes // _NOTES_A_TASK))


def _try_out(options: Options) -> None:
    """Wrong YAML of the user's is told here, in a line, and not by tasks that fail."""
    if options.patterns is not None:
        from chartproof.pipeline import Pipeline

        Pipeline(options.patterns)
    if options.policies is not None:
        from chartproof.policy import load_policies

        load_policies(options.policies)


def _read(spark: SparkSession, source: str) -> DataFrame:
    from pyspark.errors import AnalysisException

    try:
        return spark.read.parquet(source)
    except AnalysisException as error:
        raise FileNotFoundError(f"Spark cannot read {source} as Parquet: {error.getCondition()}") from None


def _with_key(table: DataFrame, columns: Columns, names: Sequence[str]) -> DataFrame:
    """The columns that are needed, where each row stood, and the chart it goes to."""
    from pyspark.sql import functions as f

    def column(name: str) -> Any:
        return f.col("`" + name.replace("`", "``") + "`")

    patient = f.trim(column(names[columns.at["patient"][0]]).cast("string"))
    # Rows without a patient are set aside one by one; in one group they would all go to one task.
    nobody = f.concat(f.lit("\0"), (f.col("_metadata.row_index") % 1000).cast("string"))
    return table.select(
        *(column(names[place]) for place in columns.wanted),
        f.col("_metadata.file_name").alias(_FILE),
        f.col("_metadata.row_index").alias(_ROW),
        f.when(patient.isNull() | (patient == ""), nobody).otherwise(patient).alias(_CHART),
    )


def _write_tables(work: DataFrame, out: str) -> dict[str, int]:
    """Each table from the charts, and how many rows it has."""
    from pyspark.sql import functions as f

    for name in SCHEMAS:
        work.selectExpr(f"inline({name})").write.mode("overwrite").option("compression", "zstd").parquet(
            f"{out}/{name}.parquet"
        )
    work.where("line IS NOT NULL").select("line").write.mode("overwrite").text(f"{out}/{CASES}")
    rows = work.selectExpr("explode(set_aside) AS row")
    rows.select(f.to_json("row", {"ignoreNullFields": "false"})).write.mode("overwrite").text(f"{out}/{QUARANTINE}")
    sums = work.agg(
        f.count("line").alias("cases"),
        *(f.sum(f.expr(f"coalesce(size({name}), 0)")).alias(name) for name in (*SCHEMAS, "set_aside")),
        *(
            f.sum(f.expr(f"size(filter(set_aside, one -> one.lost = '{lost}'))")).alias(f"lost {lost}")
            for lost in ("chart", "note", "field")
        ),
        f.sum(f.expr("size(filter(set_aside, one -> one.chart_id = '' AND one.lost != 'field'))")).alias(LOST_UNKNOWN),
    ).first()
    found = {name: int(value or 0) for name, value in (sums.asDict() if sums else {}).items()}
    return {"quarantine": found.pop("set_aside", 0), **found}


def _write_lines(spark: SparkSession, lines: Iterable[str], path: str) -> None:
    spark.createDataFrame([(line,) for line in lines], "value string").coalesce(1).write.mode("overwrite").text(path)
