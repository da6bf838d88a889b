"""One chart all the way: case, determinations, worksheet. Built once a process, used for many charts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chartproof.batch.record import case_record, versions_of
from chartproof.data import data_folder
from chartproof.model import Case, Chart, Determination
from chartproof.readers import Unreadable


@dataclass(frozen=True)
class Options:
    """What a process needs to know. ``None`` takes the shipped patterns, the shipped policies, all that apply.

    ``policy_ids`` may hold names of payers too, as ``chartproof.policy.select_policies`` takes them.
    """

    patterns: Path | None = None
    policies: Path | None = None
    policy_ids: tuple[str, ...] | None = None
    worksheets: bool = True


@dataclass(frozen=True)
class Done:
    """A chart that went all the way, as plain data that a worker can hand back."""

    chart_id: str
    record: dict[str, Any]
    html: str


@dataclass(frozen=True)
class Failed:
    """A chart that did not. ``reason`` names the class of the error and its place, never its message.

    ``where`` is the id of the note that was being read, where that is known.
    """

    chart_id: str
    stage: str
    reason: str
    where: str = ""


class ChartProcess:
    """The pipeline and the policies, loaded once.

    Raises:
        ValueError: patterns or policies are wrong; the message says file and line.
        FileNotFoundError: there is no such folder.
    """

    def __init__(self, options: Options) -> None:
        from chartproof.pipeline import Pipeline  # loads the language library: seconds
        from chartproof.policy import load_policies

        self._options = options
        self.policies = load_policies(options.policies)
        self.pipeline = Pipeline(options.patterns)
        self.versions = versions_of(
            data_folder("patterns", options.patterns), data_folder("policies", options.policies)
        )
        if options.policies is not None:  # the library is read too
            library = versions_of(data_folder("patterns", options.patterns), data_folder("policies"))
            self.versions["policies"] = f"{library['policies']}+{self.versions['policies']}"

    def determinations(self, chart: Chart, case: Case, unread: Sequence[Unreadable]) -> list[Determination]:
        """What the policies make of a chart's case: those asked for by name, or all that apply to the request."""
        from chartproof.policy import evaluate, select_policies

        ids = list(self._options.policy_ids) if self._options.policy_ids else None
        dates = {note.id: note.date for note in chart.notes}
        found = [evaluate(policy, case, dates) for policy in select_policies(self.policies, ids, case.request)]
        notices = [f"Not read, and so not looked at: {one.where} ({one.reason})" for one in unread]
        return [d.model_copy(update={"notices": [*d.notices, *notices]}) for d in found]

    def __call__(
        self,
        chart: Chart,
        unread: Sequence[Unreadable] = (),
        *,
        stored: Mapping[str, Any] | None = None,
        on_note: Callable[[str], None] | None = None,
    ) -> Done | Failed:
        """Take a chart all the way; an error of any stage makes it a ``Failed``.

        Args:
            unread: what of the chart could not be read.
            stored: the record of an earlier run whose facts still hold; no note is read then.
            on_note: called with the id of each note when its reading begins, and with "" when all are read.
        """
        stage = "case"
        try:
            case = stored_case(stored) if stored is not None else self.pipeline.case(chart, on_note)
            if on_note:
                on_note("")
            stage = "policy"
            determinations = self.determinations(chart, case, unread)
            html = ""
            if self._options.worksheets:
                from chartproof.worksheet import render_html

                stage = "worksheet"
                html = render_html(chart, case, determinations, self.versions)
            return Done(chart.chart_id, case_record(chart, case, determinations, self.versions, unread), html)
        except Exception as error:
            return Failed(chart.chart_id, stage, describe_error(error))


def stored_case(record: Mapping[str, Any]) -> Case:
    """The case in a record of cases.jsonl."""
    return Case.model_validate({name: record[name] for name in ("chart_id", "request", "facts", "conflicts")})


def describe_error(error: BaseException) -> str:
    """Class and place of an error. Its message is left out: it may quote a note."""
    package = Path(__file__).resolve().parents[1]
    place = ""
    trace = error.__traceback__
    while trace is not None:
        path = Path(trace.tb_frame.f_code.co_filename)
        if path.is_relative_to(package):
            place = f" at chartproof/{path.relative_to(package).as_posix()}:{trace.tb_lineno}"
        trace = trace.tb_next
    return f"{type(error).__name__}{place}"
