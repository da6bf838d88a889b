"""A batch: charts in; cases.jsonl, worksheets/ and quarantine.jsonl out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from chartproof.batch.engine import Task, run_tasks
from chartproof.batch.private_files import make_private_folder, private_file, safe_name, write_private
from chartproof.batch.process import Done, Options
from chartproof.batch.record import json_line, quarantine_record
from chartproof.readers import RequestOverrides, Unreadable, read_charts

CASES = "cases.jsonl"
QUARANTINE = "quarantine.jsonl"
WORKSHEETS = "worksheets"

_STATUSES = ("met", "not_met", "unsure")


@dataclass(frozen=True)
class ChartOutcome:
    """One line of the summary: per policy its outcome and how many criteria are met, not met and unsure."""

    chart_id: str
    policies: dict[str, tuple[str, dict[str, int]]]


@dataclass
class Summary:
    """What a batch came to. ``quarantine`` holds the rows of quarantine.jsonl."""

    charts: list[ChartOutcome] = field(default_factory=list)
    quarantine: list[dict[str, str]] = field(default_factory=list)

    @property
    def is_complete(self) -> bool:
        """True where every chart and every note was read and answered."""
        return all(row["lost"] == "field" for row in self.quarantine)

    def to_json(self) -> dict[str, Any]:
        charts = [
            {
                "chart_id": chart.chart_id,
                "policies": {name: {"status": status, **counts} for name, (status, counts) in chart.policies.items()},
            }
            for chart in self.charts
        ]
        return {"charts": charts, "quarantine": self.quarantine}


def run_batch(
    source: Path,
    out: Path,
    options: Options | None = None,
    overrides: RequestOverrides | None = None,
    *,
    workers: int = 1,
    on_chart: Callable[[str, int], None] | None = None,
) -> Summary:
    """Score every chart under a path and write the results to a folder.

    What cannot be read or fails goes to quarantine.jsonl, and the rest goes on. Files are written with mode 0600 under
    other names and renamed when complete; cases.jsonl and quarantine.jsonl take their names at the end. Equal input
    gives equal files.

    Args:
        source: charts in any form that ``read_charts`` knows.
        out: the folder to write to; made where there is none.
        workers: processes to use.
        on_chart: called after each chart with its id and how many are done.

    Raises:
        FileNotFoundError: there is no ``source``, or no such folder of patterns or policies.
        ValueError: ``out`` lies in ``source``, or patterns or policies are wrong.
        OSError: ``out`` cannot be written.
    """
    if not source.exists():
        raise FileNotFoundError(f"no such file or folder: {source}")
    if source.is_dir() and out.resolve().is_relative_to(source.resolve()):
        raise ValueError(f"{out} lies in {source}: the results would be read as charts; choose another folder")
    make_private_folder(out)
    make_private_folder(out / WORKSHEETS)
    summary = Summary()
    with private_file(out / CASES) as cases, private_file(out / QUARANTINE) as quarantine:

        def set_aside(row: dict[str, str]) -> None:
            summary.quarantine.append(row)
            quarantine.write(json_line(row))

        tasks = _tasks(source, overrides or RequestOverrides(), set_aside, out / WORKSHEETS)
        for count, result in enumerate(run_tasks(tasks, options or Options(), workers), start=1):
            worksheet = _worksheet(out / WORKSHEETS, result.chart_id)
            if isinstance(result, Done):
                cases.write(json_line(result.record))
                write_private(worksheet, result.html)
                summary.charts.append(_outcome(result.record))
            else:
                worksheet.unlink(missing_ok=True)  # one of an earlier run would pass for the result
                set_aside(quarantine_record(result.chart_id, result.stage, result.reason))
            if on_chart:
                on_chart(result.chart_id, count)
    return summary


def _tasks(
    source: Path, overrides: RequestOverrides, set_aside: Callable[[dict[str, str]], None], worksheets: Path
) -> Iterator[Task]:
    """The charts that could be read, each with what of it could not; all that could not be is set aside."""
    unread: list[Unreadable] = []
    first_use: set[str] = set()  # the file names of the charts so far
    for item in read_charts(source, overrides):
        if isinstance(item, Unreadable):
            set_aside(quarantine_record(item.chart_id, "read", item.reason, item.where, item.lost))
            if item.lost == "chart" and safe_name(item.chart_id).casefold() not in first_use:
                _worksheet(worksheets, item.chart_id).unlink(missing_ok=True)
            else:
                unread.append(item)
            continue
        own = tuple(one for one in unread if one.chart_id == item.chart_id)
        unread.clear()
        # Ids that differ in case alone share a file name on some systems.
        name = safe_name(item.chart_id).casefold()
        if name in first_use:
            reason = "another chart of this run has this chart id; give each chart its own"
            set_aside(quarantine_record(item.chart_id, "read", reason))
            continue
        first_use.add(name)
        yield item, own


def _worksheet(folder: Path, chart_id: str) -> Path:
    return folder / f"{safe_name(chart_id)}.html"


def _outcome(record: dict[str, Any]) -> ChartOutcome:
    policies = {}
    for determination in record["determinations"]:
        statuses = [criterion["status"] for criterion in determination["criteria"]]
        policies[determination["policy"]] = (determination["status"], {s: statuses.count(s) for s in _STATUSES})
    return ChartOutcome(record["chart_id"], policies)
