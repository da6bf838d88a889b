"""What a person sees in a terminal: tables of facts, criteria, policies and batches, and progress."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.box import SIMPLE, SIMPLE_HEAD
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from chartproof.batch import Progress, Summary
    from chartproof.model import Case, Chart, CriterionResult, Determination, Evidence, FactBase

_WIDTH_OF_A_PIPE = 160
_MAX_QUOTE = 110

_STYLES = {
    "met": "green",
    "not_met": "red",
    "unsure": "yellow",
    "meets": "bold green",
    "does_not_meet": "bold red",
    "needs_documentation": "bold yellow",
}


def terminal() -> Console:
    """A console that prints what it is given and no more."""
    # Words of a chart are never markup: everything is printed as Text, and rich guesses at no colours.
    width = None if sys.stdout.isatty() else _WIDTH_OF_A_PIPE
    return Console(file=sys.stdout, markup=False, highlight=False, emoji=False, width=width)


def _words(value: str) -> str:
    return value.replace("_", " ")


def status_text(value: str) -> Text:
    """A status or outcome in words and its colour."""
    return Text(_words(value), style=_STYLES.get(value, ""))


def _tokens(text: str) -> set[str]:
    return set(re.findall(r"[a-z]{2,}|\d+", text.casefold()))


def _most_telling(evidence: Sequence[Evidence], said: str) -> Evidence:
    """The quote that shares most words and figures with what is said of it; of equals, the one nearest its source."""
    wanted = _tokens(said)

    def shared(one: Evidence) -> int:
        # A figure says more than a word: "80%" proves a relief, "injection" names it.
        return sum(3 if token.isdigit() else 1 for token in _tokens(one.quote) & wanted)

    return max(evidence, key=shared)


def _quote(evidence: Sequence[Evidence], said: str, dates: dict[str, str]) -> Text:
    """The quote that tells most of what is ``said``, with the note it stands in and that note's date."""
    if not evidence:
        return Text("")
    first = _most_telling(evidence, said)
    words = " ".join(first.quote.split())
    if len(words) > _MAX_QUOTE:
        words = words[: _MAX_QUOTE - 1] + "…"
    more = f" (+{len(evidence) - 1})" if len(evidence) > 1 else ""
    # The date is told beside the note's name unless the name has it.
    when = dates.get(first.note, "")
    when = "" if when in first.note else f", {when}"
    return Text.assemble(f"“{words}”", " ", (f"{first.note}{when}{more}", "dim"))


def _dates(chart: Chart) -> dict[str, str]:
    return {note.id: note.date.isoformat() for note in chart.notes}


def _attribute(value: Any) -> str:
    if isinstance(value, list):
        return "–".join(f"{v:g}" if isinstance(v, float) else str(v) for v in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)


def new_table(*columns: str, box: Any = SIMPLE_HEAD) -> Table:
    """An empty table with these columns."""
    made = Table(box=box, show_edge=False, pad_edge=False, header_style="bold")
    for column in columns:
        made.add_column(column, overflow="fold")
    return made


def _print_request(console: Console, case: Case) -> None:
    request = case.request
    console.print(Text(f"{case.chart_id}", style="bold"))
    parts = []
    for name in ("cpt", "laterality", "setting", "request_date", "device"):
        value = getattr(request, name)
        if value is not None:
            source = request.sources.get(name)
            parts.append(f"{_words(name)} {value}" + (f" ({source})" if source else ""))
    console.print(Text("request: " + ("; ".join(parts))))
    console.print()


def print_case(chart: Chart, case: Case) -> None:
    """The facts of a chart with their most telling quotes, and the conflicts."""
    console = terminal()
    _print_request(console, case)
    dates = _dates(chart)
    table = new_table("fact", "what", "quote, note")
    for fact in case.facts:
        what = ", ".join(f"{_words(name)} {_attribute(value)}" for name, value in fact.attributes().items())
        table.add_row(_words(fact.kind), Text(what), _quote(fact.evidence, f"{_words(fact.kind)} {what}", dates))
    console.print(table)
    for conflict in case.conflicts:
        told = " or ".join(conflict.values)
        console.print(Text(f"conflict: {_words(conflict.kind)}, {_words(conflict.attribute)}: {told}", style="yellow"))
    console.print(Text(f"\n{len(case.facts)} facts from {len(chart.notes)} notes"))


def print_assumed(facts: Sequence[FactBase], case: Case) -> None:
    """What was assumed, in full, so that nobody takes the answer for the notes'."""
    console = terminal()
    for fact in facts:
        kind = fact.to_json()["kind"]
        told = ", ".join(f"{_words(name)} {_attribute(value)}" for name, value in fact.attributes().items())
        console.print(Text(f"assumed, not in the notes: {_words(kind)}: {told}", style="bold yellow"))
        day = fact.attributes().get("date")
        if day is not None and str(day) > case.request.request_date.isoformat():
            late = f"  it is dated after the request of {case.request.request_date}, from which windows count back"
            console.print(Text(late, style="yellow"))


def print_score(chart: Chart, case: Case, determinations: Sequence[Determination]) -> None:
    """Per policy its outcome, a row a criterion with the deciding quote, and what to obtain."""
    console = terminal()
    _print_request(console, case)
    dates = _dates(chart)
    for determination in determinations:
        head = Text.assemble((determination.policy, "bold"), f"  {determination.title}: ")
        console.print(head + status_text(determination.status.value))
        for notice in determination.notices:
            console.print(Text(f"  note: {notice}", style="yellow"))
        table = new_table("id", "status", "required", "found", "quote, note")
        for criterion in determination.criteria:
            _add_criterion(table, criterion, dates, depth=0)
        console.print(table)
        _print_gaps(console, determination.criteria)
        console.print()
    if len(determinations) > 1:
        _print_outcomes(console, determinations)


def _print_outcomes(console: Console, determinations: Sequence[Determination]) -> None:
    """A row a policy, last of all, where a person looks first: its outcome, and what is not met or unsure."""
    table = new_table("policy", "outcome", "met", "not met", "unsure", box=SIMPLE)
    table.columns[0].no_wrap = True
    for one in determinations:
        ids: dict[str, list[str]] = {"met": [], "not_met": [], "unsure": []}
        for criterion in one.criteria:
            if not criterion.recommendation:
                ids[criterion.status.value].append(criterion.id)
        named = (", ".join(ids[key]) for key in ("not_met", "unsure"))
        table.add_row(Text(one.policy), status_text(one.status.value), str(len(ids["met"])), *map(Text, named))
    console.print(Text("in short", style="bold"))
    console.print(table)


def _add_criterion(table: Table, result: CriterionResult, dates: dict[str, str], depth: int) -> None:
    """A row, and below it its parts where they tell why it is not met; their own parts are for JSON and worksheet.

    A row with parts below has the criterion's label alone: what is asked, found and quoted stands in its parts.
    """
    parts = result.parts if result.status.value != "met" and depth == 0 else []
    table.add_row(
        Text("  " * depth + result.id),
        status_text(result.status.value)
        + Text(" (assumed)" if _is_assumed(result) else "", style="yellow")
        + Text(" (advice)" if result.recommendation else "", style="dim"),
        Text(result.label if parts else result.required),
        Text("" if parts else result.found),
        Text("") if parts else _quote(result.evidence, result.found, dates),
    )
    for part in parts:
        _add_criterion(table, part, dates, depth + 1)


def _is_assumed(result: CriterionResult) -> bool:
    """True where the answer stands on a fact of --what-if."""
    return any(e.reading == "assumed" for e in result.evidence)


def _print_gaps(console: Console, criteria: Sequence[CriterionResult]) -> None:
    gaps: dict[tuple[str, str, str], list[str]] = {}
    for criterion in criteria:
        for gap in criterion.obtain:
            gaps.setdefault((gap.what, gap.source, gap.why), []).append(criterion.id)
    if gaps:
        console.print(Text("to obtain", style="bold"))
        for (what, source, why), ids in gaps.items():
            console.print(Text(f"  - {what}; from: {source} [{', '.join(dict.fromkeys(ids))}]"))
            console.print(Padding(Text(why, style="dim"), (0, 0, 0, 6)))


_LOG_SECONDS = 10.0


@contextmanager
def progress() -> Iterator[Callable[[Progress], None]]:
    """Tell on standard error how far a batch is: a running line in a terminal, a plain line now and then elsewhere."""
    begin = time.monotonic()
    if not sys.stderr.isatty():
        last = [begin]

        def tell(state: Progress) -> None:
            now = time.monotonic()
            if now - last[0] >= _LOG_SECONDS or (state.writing and now - begin >= _LOG_SECONDS):
                last[0] = now
                print(_progress_line(state, now - begin), file=sys.stderr, flush=True)

        yield tell
        return
    from rich.progress import BarColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    line = TextColumn("{task.fields[line]}", markup=False)
    columns = (SpinnerColumn(), TimeElapsedColumn(), BarColumn(bar_width=12), line)
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None, line="starting")
        shown = [0.0]

        def show(state: Progress) -> None:
            now = time.monotonic()
            if now - shown[0] >= 0.1 or state.writing:
                shown[0] = now
                line = _progress_line(state, now - begin)
                bar.update(task, total=state.expected_notes, completed=state.notes, line=line)

        yield show


def _progress_line(state: Progress, seconds: float) -> str:
    rate = state.notes_read / seconds if seconds > 0 else 0.0
    parts = [f"{state.notes:,} notes, {state.charts:,} charts"]
    if state.reused:
        parts.append(f"{state.reused:,} done before")
    parts += [f"{state.set_aside:,} set aside", f"{rate:,.1f} notes/s"]
    if state.writing:
        parts.append("writing tables")
    elif state.expected_notes and rate:
        left = max(0.0, state.expected_notes - state.notes) / rate
        parts.append(f"about {timedelta(seconds=round(left))} left")
    return ", ".join(parts)


def print_summary(summary: Summary, out: Path) -> None:
    """A row a chart and policy, what was set aside, the outcomes, and where the files are."""
    from chartproof.batch.manifest import MANIFEST
    from chartproof.batch.private_files import safe_name
    from chartproof.batch.record import LOST_UNKNOWN
    from chartproof.batch.run import WORKSHEETS

    console = terminal()
    counts = summary.manifest["counts"]
    table = new_table("chart", "policy", "outcome", "met", "not met", "unsure", box=SIMPLE)
    for chart in summary.charts:
        name = chart.chart_id
        for policy, (status, numbers) in chart.policies.items():
            row = (str(numbers[key]) for key in ("met", "not_met", "unsure"))
            table.add_row(Text(name), Text(policy), status_text(status), *row)
            name = ""
        if not chart.policies:
            table.add_row(Text(name), Text("no policy applies", style="yellow"))
    if table.row_count:
        console.print(table)
    if (more := counts["cases"] - len(summary.charts)) > 0:
        console.print(Text(f"... and {more:,} more charts"))
    for line in summary.quarantine:
        where = f" {line['where']}:" if line["where"] else ""
        of = f"{line['chart_id']}, {line['lost']}" if line["chart_id"] else f"{line['lost']} of no known chart"
        told = f"set aside: {of}, {line['stage']}:{where} {line['reason']}"
        console.print(Text(told, style="yellow"))
    if (more := counts["quarantine"] - len(summary.quarantine)) > 0:
        console.print(Text(f"... and {more:,} more set aside"))
    if unknown := counts.get(LOST_UNKNOWN):
        told = f"{unknown:,} of these {'belongs' if unknown == 1 else 'belong'} to no chart that is known"
        told += ": any chart may lack notes that they held"
        console.print(Text(told, style="bold yellow"))
    if counts["cases"] > 1:
        for policy, outcomes in summary.manifest["outcomes"].items():
            told = ", ".join(f"{outcomes[key]:,} {_words(key)}" for key in sorted(outcomes))
            console.print(Text(f"{policy}: {told}"))
    seconds = sum(summary.manifest["seconds"].values())
    read = counts["notes_read"]
    rate = f", {read / seconds:,.1f} a second" if read and seconds >= 1 else ""
    before = f" ({counts['reused']:,} of them by an earlier run)" if counts["reused"] else ""
    took = timedelta(seconds=round(seconds))
    scored = "1 chart" if counts["cases"] == 1 else f"{counts['cases']:,} charts"
    aside = "1 row" if counts["quarantine"] == 1 else f"{counts['quarantine']:,} rows"
    console.print(Text(f"{scored} scored{before}, {aside} set aside"))
    console.print(Text(f"{read:,} notes gone through in {took}{rate}"))
    console.print(Text(f"tables       {out}: {', '.join(summary.manifest['files'])}"))
    if summary.charts and (out / WORKSHEETS).is_dir():
        first = out / WORKSHEETS / f"{safe_name(summary.charts[0].chart_id)}.html"
        if first.exists():
            console.print(Text(f"worksheets   {first} and {counts['cases'] - 1:,} more"))
    console.print(Text(f"manifest     {out / MANIFEST}"))
