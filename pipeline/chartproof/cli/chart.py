"""``chartproof extract`` and ``chartproof score``: one chart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from chartproof.cli.inputs import no_policy, read_one_chart, request_overrides, scoring_options
from chartproof.cli.messages import fail, finish, loading, print_json, warn
from chartproof.cli.options import (
    ChartPath,
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
    from chartproof.batch import ChartProcess
    from chartproof.model import Case, Chart, Determination, FactBase
    from chartproof.policy.plan import Plan


def extract(
    chart: ChartPath,
    cpt: CptOption = None,
    side: SideOption = None,
    request_date: DateOption = None,
    setting: SettingOption = None,
    reader: ReaderOption = "auto",
    columns: MapOption = None,
    patterns: PatternsOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Print the facts of one chart, each with the words that prove it."""
    from chartproof.batch.record import case_record, versions_of
    from chartproof.data import data_folder

    read, unread = read_one_chart(chart, request_overrides(cpt, side, request_date, setting), reader, columns)
    with loading():
        from chartproof.pipeline import Pipeline

        versions = versions_of(data_folder("patterns", patterns), None)
        pipeline = Pipeline(patterns)
    case = pipeline.case(read)
    if form is Format.JSON:
        print_json(case_record(read, case, None, versions, unread))
    else:
        from chartproof import console

        console.print_case(read, case)
    finish(unread)


def score(
    chart: ChartPath,
    policy: PolicyOption = None,
    cpt: CptOption = None,
    side: SideOption = None,
    request_date: DateOption = None,
    setting: SettingOption = None,
    reader: ReaderOption = "auto",
    columns: MapOption = None,
    patterns: PatternsOption = None,
    policies: PoliciesOption = None,
    what_if: Annotated[
        list[str] | None,
        typer.Option("--what-if", metavar="FACT", help='assume a fact: "lab cotinine <2 ng/mL 2025-04-01"; repeatable'),
    ] = None,
    plan: Annotated[
        bool, typer.Option("--plan", help="the fewest documents or events that would turn each outcome to meets")
    ] = False,
    form: FormatOption = Format.TABLE,
) -> None:
    """Answer each criterion of each policy that applies: met, not met or unsure, and what to obtain."""
    assumed = _parse_facts(what_if or ())  # a word that is not known is told before notes are read
    read, unread = read_one_chart(chart, request_overrides(cpt, side, request_date, setting), reader, columns)
    options = scoring_options(patterns, policies, policy)
    with loading():
        from chartproof.batch import ChartProcess
        from chartproof.batch.record import case_record

        process = ChartProcess(options)
    case = process.pipeline.case(read)
    if assumed:
        from chartproof.policy.assume import assume

        case = assume(case, what_if or ())
    determinations = process.determinations(read, case, unread)
    if not determinations:
        warn(no_policy(process.policies, case.request))
    plans = _plans(determinations, process, case, read) if plan else []
    if form is Format.JSON:
        record = case_record(read, case, determinations, process.versions, unread)
        record |= {"assumed": [fact.to_json() for fact in assumed]} if assumed else {}
        print_json(record | ({"plans": [asdict(one) for one in plans]} if plan else {}))
    else:
        from chartproof import console

        if assumed:
            console.print_assumed(assumed, case)
        console.print_score(read, case, determinations)
        if plan:
            from chartproof import console_policies

            console_policies.print_plans(plans)
    finish(unread)


def _parse_facts(texts: Sequence[str]) -> list[FactBase]:
    """The facts of --what-if."""
    if not texts:
        return []
    from chartproof.policy.assume import parse_fact

    facts = []
    for text in texts:
        try:
            facts.append(parse_fact(text))
        except ValueError as error:
            fail(f"--what-if {text!r}: {error}")
    return facts


def _plans(determinations: Sequence[Determination], process: ChartProcess, case: Case, chart: Chart) -> list[Plan]:
    from chartproof.policy.plan import make_plan

    dates = {note.id: note.date for note in chart.notes}
    return [make_plan(process.policies[one.policy], case, dates) for one in determinations]
