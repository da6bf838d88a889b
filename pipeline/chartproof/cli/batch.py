"""``chartproof batch``: many charts, on this machine or on Spark."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from chartproof.cli.inputs import column_mapping, must_be_reader, request_overrides, scoring_options
from chartproof.cli.messages import BUG, INCOMPLETE, INTERRUPTED, fail, is_ours, must_exist, print_json
from chartproof.cli.options import (
    CptOption,
    DateOption,
    Format,
    FormatOption,
    MapOption,
    PatternsOption,
    PoliciesOption,
    PolicyOption,
    ReaderOption,
    SettingOption,
    SideOption,
)

if TYPE_CHECKING:
    from datetime import date

    from chartproof.batch import Options
    from chartproof.readers import RequestOverrides

_GO_ON = "Give the same command again to go on."


class Engine(StrEnum):
    LOCAL = "local"
    SPARK = "spark"


def batch(
    source: Annotated[
        str,
        typer.Argument(
            metavar="INPUT",
            help="a folder of charts in any form CHART may have, or an export: CSV, Parquet, JSONL, FHIR, C-CDA",
        ),
    ],
    out: Annotated[str, typer.Option("--output", "-o", metavar="OUT", help="the folder to write to")],
    policy: PolicyOption = None,
    cpt: CptOption = None,
    side: SideOption = None,
    request_date: DateOption = None,
    setting: SettingOption = None,
    reader: ReaderOption = "auto",
    columns: MapOption = None,
    engine: Annotated[
        Engine, typer.Option("--engine", help="this machine's processes; or Spark: Parquet in and out, on any path")
    ] = Engine.LOCAL,
    master: Annotated[str | None, typer.Option("--master", help="spark: its master, such as local[*]")] = None,
    partitions: Annotated[int | None, typer.Option("--partitions", min=1, help="spark: tasks to divide into")] = None,
    workers: Annotated[
        int | None,
        typer.Option(
            "--workers", min=0, max=256, help="processes; 0: this one, without limits of time. Default: cores"
        ),
    ] = None,
    csv: Annotated[bool, typer.Option("--csv", help="write each table as CSV too")] = False,
    worksheets: Annotated[bool, typer.Option("--worksheets/--no-worksheets", help="a page for each chart")] = True,
    note_seconds: Annotated[float, typer.Option("--note-seconds", min=0.1, help="the longest a note may take")] = 60,
    chart_seconds: Annotated[
        float, typer.Option("--chart-seconds", min=0.1, help="the longest a chart may take")
    ] = 600,
    nlp_date: Annotated[
        str | None,
        typer.Option("--nlp-date", help="YYYY-MM-DD, for note_nlp. Default: the day OUT was begun"),
    ] = None,
    patterns: PatternsOption = None,
    policies: PoliciesOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Score many charts and write tables: cases.jsonl, facts, criteria, notes and note_nlp as Parquet, worksheets/.

    quarantine.jsonl holds what could not be read or failed, with the reason; the rest goes on. A run that was stopped
    goes on where it was when the same command is given again.
    """
    if engine is Engine.LOCAL:
        must_exist(Path(source))
    must_be_reader(reader)
    overrides = request_overrides(cpt, side, request_date, setting)
    options = scoring_options(patterns, policies, policy, worksheets and engine is Engine.LOCAL)
    day = _day("--nlp-date", nlp_date)
    mapping = column_mapping(columns)
    from chartproof import console
    from chartproof.batch import Limits, WorkerError, run_batch

    limits = Limits(note=note_seconds, chart=chart_seconds)
    if engine is Engine.SPARK:
        if csv or reader not in ("auto", "parquet"):
            fail("--engine spark reads Parquet and writes Parquet; leave out --csv and --reader")
        named = {"mapping": mapping, "limits": limits, "nlp_date": day, "partitions": partitions}
        content = _spark(source, out, master, options, overrides, **named)
        print_json(content)
        raise typer.Exit(INCOMPLETE if any(content["counts"][f"lost {one}"] for one in ("chart", "note")) else 0)
    done = [0]
    try:
        with _terminated_is_interrupted(), console.progress() as tell:

            def on_progress(state: Any) -> None:
                done[0] = state.charts
                tell(state)

            summary = run_batch(
                Path(source),
                Path(out),
                options,
                overrides,
                workers=_cores() if workers is None else workers,
                limits=limits,
                csv=csv,
                reader=reader,
                mapping=mapping,
                nlp_date=day,
                on_progress=on_progress,
            )
    except KeyboardInterrupt:
        fail(f"stopped; {done[0]} charts are done and kept in {out}. {_GO_ON}", INTERRUPTED)
    except OSError as error:
        kept = f". What was done is kept; {_GO_ON[0].lower()}{_GO_ON[1:]}" if done[0] else ""
        fail(str(error) if error.errno is None else f"cannot write to {out}: {error.strerror}{kept}")
    except WorkerError as error:
        fail(str(error), BUG)
    except ValueError as error:
        if not is_ours(error):
            raise
        fail(str(error))
    if form is Format.JSON:
        print_json(summary.to_json())
    else:
        console.print_summary(summary, Path(out))
    if not summary.is_complete:
        raise typer.Exit(INCOMPLETE)


def _spark(
    source: str, out: str, master: str | None, options: Options, overrides: RequestOverrides, **named: Any
) -> dict[str, Any]:
    try:
        from chartproof.batch.spark import run_spark, start_session

        spark = start_session(master)
    except ImportError as error:
        fail(str(error))
    try:
        return run_spark(spark, source, out, options, overrides, **named)
    except (FileNotFoundError, ValueError) as error:
        if isinstance(error, ValueError) and not is_ours(error):
            raise
        fail(str(error))
    finally:
        spark.stop()


@contextmanager
def _terminated_is_interrupted() -> Iterator[None]:
    """A batch that is told to end (SIGTERM, as by a job scheduler) ends as with Ctrl-C."""

    def interrupt(number: int, frame: object) -> NoReturn:
        raise KeyboardInterrupt

    try:
        before = signal.signal(signal.SIGTERM, interrupt)
    except ValueError:  # not the main thread
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _cores() -> int:
    """The cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _day(option: str, text: str | None) -> date | None:
    from datetime import date

    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        fail(f"{option} {text!r}: not a full date; write YYYY-MM-DD")
