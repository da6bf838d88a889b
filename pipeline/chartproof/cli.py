"""The command ``chartproof``. Thin: it reads options, calls a stage, and hands what came out to the console.

Everything heavy is imported where it is used, so that ``--help`` answers at once.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer
from typer.core import TyperGroup

if TYPE_CHECKING:
    from datetime import date

    from chartproof.batch import ChartProcess, Options
    from chartproof.model import Case, Chart, Determination, FactBase
    from chartproof.policy import Policy
    from chartproof.policy.cases import PolicyCase
    from chartproof.policy.plan import Plan
    from chartproof.readers import RequestOverrides, Unreadable

EPILOG = (
    "Exit codes: 0 done; 1 done, but something was not read or failed and was set aside; 2 wrong use, or wrong "
    "patterns or policies; 3 an error of the program; 130 stopped with Ctrl-C. With --format json the answer alone is "
    "on standard output, messages are on standard error. No note ever leaves this machine, and none is quoted in a "
    "message."
)

INCOMPLETE, USAGE, BUG, INTERRUPTED = 1, 2, 3, 130
NO_POLICY = "no policy applies to this request; see `chartproof policies list`, or name one with --policy"


class Format(StrEnum):
    TABLE = "table"
    JSON = "json"


class Engine(StrEnum):
    LOCAL = "local"
    SPARK = "spark"


class _Group(TyperGroup):
    """Commands whose unexpected errors show class and place alone: a message or a traceback may quote a note."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except BrokenPipeError:  # the reader of our output, such as `head`, has seen enough
            sys.stdout = None  # type: ignore[assignment]  # nothing to flush at exit
            raise typer.Exit(0) from None
        except Exception as error:
            if type(error).__module__.startswith(("typer", "click")):
                raise
            from chartproof.batch.process import describe_error

            _fail(f"an error of the program: {describe_error(error)}", BUG)


app = typer.Typer(
    cls=_Group,
    help="From the notes of a chart to a payer's criteria, each answer quoting the note it stands on.",
    epilog=EPILOG,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
)
policies_app = typer.Typer(cls=_Group, help="List, show, check, test and compare policies.", no_args_is_help=True)
app.add_typer(policies_app, name="policies")

ChartPath = Annotated[
    Path,
    typer.Argument(
        metavar="CHART",
        help="a chart folder (request.yaml, notes/), a folder of texts or documents, one of them, "
        "or an export that holds one chart",
    ),
]
PatternsOption = Annotated[Path | None, typer.Option("--patterns", help="a folder of patterns of your own")]
PoliciesOption = Annotated[
    Path | None, typer.Option("--policies", help="a folder of policies of your own; adds to the library")
]
PolicyOption = Annotated[
    list[str] | None,
    typer.Option("--policy", help="a policy's id or a payer; may be repeated. Without it, all that apply"),
]
FormatOption = Annotated[Format, typer.Option("--format", help="a table to read, or JSON")]
CptOption = Annotated[str | None, typer.Option("--cpt", help="the requested procedure, e.g. 27279")]
SideOption = Annotated[str | None, typer.Option("--side", help="left, right or bilateral")]
DateOption = Annotated[str | None, typer.Option("--request-date", help="YYYY-MM-DD; time windows count back from it")]
SettingOption = Annotated[str | None, typer.Option("--setting", help="outpatient or inpatient")]
ReaderOption = Annotated[
    str,
    typer.Option(
        "--reader",
        help="INPUT is auto, folder, text, one-cell, csv, parquet, jsonl, fhir, ccda, rtf, html, pdf or docx",
    ),
]
MapOption = Annotated[
    str | None,
    typer.Option(
        "--map",
        help="columns of a table: patient=PAT_ID,note_id=NOTE_ID,text=NOTE_TEXT,date=CONTACT_DATE,type=NOTE_TYPE. "
        "Names of OMOP, MIMIC and common records are known",
    ),
]


def _version(wanted: bool) -> None:
    if wanted:
        import chartproof

        typer.echo(f"chartproof {chartproof.__version__}")
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and stop.")
    ] = False,
) -> None:
    pass


@app.command(epilog=EPILOG)
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

    read, unread = _read_one(chart, _overrides(cpt, side, request_date, setting), reader, columns)
    with _loading():
        from chartproof.pipeline import Pipeline

        versions = versions_of(data_folder("patterns", patterns), None)
        pipeline = Pipeline(patterns)
    case = pipeline.case(read)
    if form is Format.JSON:
        _print_json(case_record(read, case, None, versions, unread))
    else:
        from chartproof import console

        console.print_case(read, case)
    _finish(unread)


@app.command(epilog=EPILOG)
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
    read, unread = _read_one(chart, _overrides(cpt, side, request_date, setting), reader, columns)
    options = _options(patterns, policies, policy)
    with _loading():
        from chartproof.batch import ChartProcess
        from chartproof.batch.record import case_record

        process = ChartProcess(options)
    case = process.pipeline.case(read)
    if assumed:
        from chartproof.policy.assume import assume

        case = assume(case, what_if or ())
    determinations = process.determinations(read, case, unread)
    if not determinations:
        from chartproof.policy.select import waiting_for_payer

        payers = ", ".join(waiting_for_payer(process.policies, case.request))
        named = f"; there are policies of {payers}: name the payer" if payers else ""
        _warn(f"no policy applies to this request{named}; see `chartproof policies list`, or name one with --policy")
    plans = _plans(determinations, process, case, read) if plan else []
    if form is Format.JSON:
        record = case_record(read, case, determinations, process.versions, unread)
        record |= {"assumed": [fact.to_json() for fact in assumed]} if assumed else {}
        _print_json(record | ({"plans": [asdict(one) for one in plans]} if plan else {}))
    else:
        from chartproof import console

        if assumed:
            console.print_assumed(assumed, case)
        console.print_score(read, case, determinations)
        if plan:
            from chartproof import console_policies

            console_policies.print_plans(plans)
    _finish(unread)


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
            _fail(f"--what-if {text!r}: {error}")
    return facts


def _plans(determinations: Sequence[Determination], process: ChartProcess, case: Case, chart: Chart) -> list[Plan]:
    from chartproof.policy.plan import make_plan

    dates = {note.id: note.date for note in chart.notes}
    return [make_plan(process.policies[one.policy], case, dates) for one in determinations]


@app.command(epilog=EPILOG)
def worksheet(
    source: Annotated[
        Path, typer.Argument(metavar="CHART|CASES.jsonl", help="a chart as for score, or the results of a batch")
    ],
    output: Annotated[
        Path,
        typer.Option("--output", "-o", metavar="DIR", help="the folder to write to; or one file, by its name's end"),
    ],
    form: Annotated[
        str | None, typer.Option("--format", help="html, docx, xlsx, pdf, fhir, with commas; html without it")
    ] = None,
    policy: PolicyOption = None,
    charts: Annotated[
        Path | None, typer.Option("--charts", help="with CASES.jsonl: where the charts are, to show their notes")
    ] = None,
    reviews: Annotated[
        Path | None, typer.Option("--reviews", help="what reviewers said before; reviews.jsonl beside the output")
    ] = None,
    cpt: CptOption = None,
    side: SideOption = None,
    request_date: DateOption = None,
    setting: SettingOption = None,
    reader: ReaderOption = "auto",
    columns: MapOption = None,
    patterns: PatternsOption = None,
    policies: PoliciesOption = None,
) -> None:
    """Write worksheets: criteria, quotes, what to obtain, sign-off.

    One file a chart and format; xlsx is one workbook for all, DIR/worksheets.xlsx.
    """
    from datetime import UTC, datetime

    from chartproof.batch.private_files import make_private_folder, safe_name, write_private
    from chartproof.batch.process import describe_error
    from chartproof.worksheet.pdf import PdfUnavailable
    from chartproof.worksheet.reviews import FILE, ReviewBook, read_reviews
    from chartproof.worksheet.scored import of_chart
    from chartproof.worksheet.write import LOG, SUFFIX, check_formats, formats_of, read_cases, write_worksheets

    ending = next((name for name, end in SUFFIX.items() if output.name.lower().endswith(end)), None)
    one_file = ending is not None and not output.is_dir()
    try:
        formats = formats_of(form if form is not None else ending if one_file and ending else "html")
        check_formats(formats)
    except (ValueError, PdfUnavailable) as error:
        _fail(str(error))
    if one_file and formats != [ending]:
        _fail(f"{output} is the name of one {ending} file; give a folder for --format {form}")
    folder = output.parent if one_file else output
    if one_file and not folder.is_dir():
        _fail(f"there is no folder {folder}")
    _must_exist(source)
    if reviews is not None:
        _must_exist(reviews)
    try:
        book = ReviewBook(read_reviews(reviews or folder / FILE))
    except ValueError as error:
        _fail(str(error))
    unread: list[Unreadable] = []
    problems: list[str] = []
    if source.suffix.lower() == ".jsonl":
        if any(option is not None for option in (cpt, side, request_date, setting, patterns, policies)):
            _fail("CASES.jsonl is scored already: --cpt, --side and the like go with a chart")
        if one_file and ending != "xlsx":
            _fail(f"CASES.jsonl may hold many charts; give a folder, not {output.name}")
        scored = read_cases(source, _charts_by_id(charts), policy or [], problems)
    else:
        read, unread = _read_one(source, _overrides(cpt, side, request_date, setting), reader, columns)
        options = _options(patterns, policies, policy)
        with _loading():
            from chartproof.batch import ChartProcess

            process = ChartProcess(options)
        case = process.pipeline.case(read)
        determinations = process.determinations(read, case, unread)
        if not determinations:
            _warn(NO_POLICY)
        scored = iter([of_chart(read, case, determinations, process.versions)])

    def path_of(chart_id: str, name: str) -> Path:
        return output if one_file else folder / (f"{safe_name(chart_id)}{SUFFIX[name]}" if chart_id else LOG)

    try:
        make_private_folder(folder)
        written = write_worksheets(scored, formats, book, path_of, write_private, describe_error, datetime.now(UTC))
    except OSError as error:
        _fail(f"cannot write to {output}: {error.strerror}")
    for path in written.paths:
        typer.echo(f"{path}", err=True)
    for problem in problems + written.failed:
        _warn(problem)
    if problems or written.failed or not written.paths:
        raise typer.Exit(INCOMPLETE)
    _finish(unread)


@app.command("import-review", epilog=EPILOG)
def import_review(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE...", help="a worksheet (.docx) or batch log (.xlsx), filled in")
    ],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="the file to add to; reviews.jsonl beside the first FILE")
    ] = None,
) -> None:
    """Read agree, disagree and comments of reviewers back into reviews.jsonl, for worksheets made later."""
    from chartproof.batch.private_files import write_private
    from chartproof.worksheet import import_review as reader
    from chartproof.worksheet.reviews import FILE, as_lines, merged, read_reviews

    for file in files:
        _must_exist(file)
    target = output or files[0].parent / FILE
    problems: list[str] = []
    try:
        known = read_reviews(target)
        for file in files:
            found = reader.import_review(file)
            known = merged(known, found.reviews)
            typer.echo(f"{file}: {len(found.reviews)} reviews, {found.blank} criteria without", err=True)
            problems += [f"{file.name}: {problem}" for problem in found.problems]
        write_private(target, as_lines(known))
    except ValueError as error:
        if not _is_ours(error):
            raise
        _fail(str(error))
    except OSError as error:
        _fail(f"cannot write {target}: {error.strerror}")
    typer.echo(f"{target}: {len(known)} reviews", err=True)
    for problem in problems:
        _warn(f"set aside: {problem}")
    if problems:
        raise typer.Exit(INCOMPLETE)


@app.command(epilog=EPILOG)
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
        _must_exist(Path(source))
    _must_be_reader(reader)
    overrides = _overrides(cpt, side, request_date, setting)
    options = _options(patterns, policies, policy, worksheets and engine is Engine.LOCAL)
    day = _day("--nlp-date", nlp_date)
    mapping = _mapping(columns)
    from chartproof import console
    from chartproof.batch import Limits, WorkerError, run_batch

    limits = Limits(note=note_seconds, chart=chart_seconds)
    if engine is Engine.SPARK:
        if csv or reader not in ("auto", "parquet"):
            _fail("--engine spark reads Parquet and writes Parquet; leave out --csv and --reader")
        named = {"mapping": mapping, "limits": limits, "nlp_date": day, "partitions": partitions}
        content = _spark(source, out, master, options, overrides, **named)
        _print_json(content)
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
        _fail(f"stopped; {done[0]} charts are done and kept in {out}. {_GO_ON}", INTERRUPTED)
    except OSError as error:
        kept = f". What was done is kept; {_GO_ON[0].lower()}{_GO_ON[1:]}" if done[0] else ""
        _fail(str(error) if error.errno is None else f"cannot write to {out}: {error.strerror}{kept}")
    except WorkerError as error:
        _fail(str(error), BUG)
    except ValueError as error:
        if not _is_ours(error):
            raise
        _fail(str(error))
    if form is Format.JSON:
        _print_json(summary.to_json())
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
        _fail(str(error))
    try:
        return run_spark(spark, source, out, options, overrides, **named)
    except (FileNotFoundError, ValueError) as error:
        if isinstance(error, ValueError) and not _is_ours(error):
            raise
        _fail(str(error))
    finally:
        spark.stop()


_GO_ON = "Give the same command again to go on."


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


def _mapping(text: str | None) -> dict[str, str] | None:
    from chartproof.readers import parse_map

    try:
        return parse_map(text) if text else None
    except ValueError as error:
        _fail(f"--map: {error}")


def _day(option: str, text: str | None) -> date | None:
    from datetime import date

    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        _fail(f"{option} {text!r}: not a full date; write YYYY-MM-DD")


@app.command(epilog=EPILOG)
def evaluate(
    path: Annotated[
        Path, typer.Argument(metavar="PATH", help="a folder of charts with gold, one such chart, or phenomena")
    ],
    split: Annotated[str | None, typer.Option("--split", help="tune (D01-D16) or check (D17-D24)")] = None,
    kinds: Annotated[str | None, typer.Option("--kinds", help="compare these fact kinds only, with commas")] = None,
    from_gold: Annotated[
        bool, typer.Option("--from-gold", help="judge the policies on the gold facts, without reading notes")
    ] = False,
    errors: Annotated[
        Path | None, typer.Option("--errors", help="write each difference, with its quotes, to this file")
    ] = None,
    show_check: Annotated[
        bool, typer.Option("--show-check", help="list differences of the charts kept for checking too")
    ] = False,
    patterns: PatternsOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Compare with gold: precision, recall and F1 of facts, accuracy of criteria, and the unsafe rate."""
    _must_exist(path)
    with _loading():
        from chartproof.evaluate.command import run
        from chartproof.pipeline import Pipeline

        pipeline = Pipeline(patterns)
    try:
        code = run(
            path,
            pipeline=pipeline,
            split=split,
            kinds=kinds,
            from_gold=from_gold,
            errors=errors,
            show_check=show_check,
            as_json=form is Format.JSON,
        )
    except ValueError as error:
        if not _raised_by(error, "chartproof.evaluate"):
            raise
        _fail(str(error))
    if code:
        raise typer.Exit(code)


PolicyId = Annotated[str, typer.Argument(metavar="ID", help="a policy's id; see `chartproof policies list`")]
PolicyIds = Annotated[
    list[str] | None, typer.Argument(metavar="[ID]...", help="ids of policies; without them, the user's or all")
]


@policies_app.command("list", epilog=EPILOG)
def policies_list(policies: PoliciesOption = None, form: FormatOption = Format.TABLE) -> None:
    """The policies there are, by id."""
    found = _load_policies(policies)
    if form is Format.JSON:
        keys = {"id", "payer", "title", "version", "series", "effective", "supersedes", "procedure_codes", "source"}
        keys |= {"line_of_business"}
        _print_json([policy.model_dump(mode="json", include=keys, by_alias=True) for policy in found.values()])
    else:
        from chartproof import console_policies

        console_policies.print_policies(list(found.values()))


@policies_app.command("show", epilog=EPILOG)
def policies_show(policy_id: PolicyId, policies: PoliciesOption = None, form: FormatOption = Format.TABLE) -> None:
    """One policy: where it comes from, when it is in force, and what each criterion asks for."""
    policy = _policy(policy_id, _load_policies(policies))
    if form is Format.JSON:
        _print_json(policy.model_dump(mode="json", by_alias=True, exclude_none=True))
    else:
        from chartproof import console_policies

        console_policies.print_policy(policy)


@policies_app.command("check", epilog=EPILOG)
def policies_check(ids: PolicyIds = None, policies: PoliciesOption = None, form: FormatOption = Format.TABLE) -> None:
    """Read the policies and their cases, and say what is to be mended: words not known, statuses that no case tests.

    Every status that a criterion can have needs a case in the folder `tests` beside the policies.
    """
    every, own, cases = _policies_and_cases(ids, policies)
    from chartproof.policy.check import problems

    found = problems(own, cases, every)
    if form is Format.JSON:
        _print_json([asdict(one) for one in found])
    else:
        from chartproof import console_policies

        console_policies.print_problems(found, len(own))
    if found:
        raise typer.Exit(INCOMPLETE)


@policies_app.command("test", epilog=EPILOG)
def policies_test(ids: PolicyIds = None, policies: PoliciesOption = None, form: FormatOption = Format.TABLE) -> None:
    """Run the cases in the folder `tests` beside the policies, and list the criteria that answer otherwise."""
    every, own, cases = _policies_and_cases(ids, policies)
    from chartproof.policy.cases import run_case

    outcomes = [one for case in cases for one in run_case(case, every) if one.policy in own]
    failed = [one for one in outcomes if not one.passed]
    if form is Format.JSON:
        rows = [
            {"case": o.case.name, "file": str(o.case.file), "line": o.case.line, "policy": o.policy}
            | {"criterion": o.criterion, "expected": o.expected, "got": o.got, "found": o.found}
            for o in failed
        ]
        _print_json({"cases": len(cases), "answers": len(outcomes), "failed": rows})
    else:
        from chartproof import console_policies

        console_policies.print_test(outcomes, len(cases))
    if failed:
        raise typer.Exit(INCOMPLETE)


@policies_app.command("diff", epilog=EPILOG)
def policies_diff(
    old_id: Annotated[str, typer.Argument(metavar="A", help="a policy's id")],
    new_id: Annotated[str, typer.Argument(metavar="B", help="another's")],
    cases: Annotated[
        Path | None, typer.Option("--cases", metavar="CASES.jsonl", help="cases of a batch: which change outcome")
    ] = None,
    policies: PoliciesOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Which criteria and thresholds differ between two policies, in words; with --cases, which cases it changes."""
    found = _load_policies(policies)
    old, new = _policy(old_id, found), _policy(new_id, found)
    from chartproof.policy.compare import compare, compare_cases

    changes = compare(old, new)
    rows = compare_cases(_records(cases), old, new) if cases is not None else None
    if form is Format.JSON:
        data: dict[str, Any] = {"changes": [asdict(change) for change in changes]}
        if rows is not None:
            data["cases"] = [asdict(row) for row in rows]
        _print_json(data)
    else:
        from chartproof import console_policies

        console_policies.print_diff(old, new, changes, rows)


def _policies_and_cases(
    ids: Sequence[str] | None, folder: Path | None
) -> tuple[dict[str, Policy], dict[str, Policy], list[PolicyCase]]:
    """All policies, those looked at (those named; else the user's; else all), and the cases beside them."""
    from chartproof.data import data_folder
    from chartproof.policy import load_policies
    from chartproof.policy.cases import load_cases

    every = _load_policies(folder)
    with _loading():
        own = load_policies(folder, library=False)
        chosen = {one: _policy(one, every) for one in ids} if ids else own
        cases = load_cases(data_folder("policies", folder) / "tests", every)
        if folder is not None and any(one not in own for one in chosen):
            cases = load_cases(data_folder("policies") / "tests", every) + cases
    return every, chosen, [case for case in cases if any(policy in chosen for policy in case.expect)]


def _policy(policy_id: str, found: Mapping[str, Policy]) -> Policy:
    if policy_id not in found:
        near = _did_you_mean(policy_id, found)
        _fail(f"there is no policy {policy_id!r}{near} See `chartproof policies list`")
    return found[policy_id]


def _records(file: Path) -> list[dict[str, Any]]:
    """The records of a cases.jsonl."""
    _must_exist(file)
    records = []
    with _loading():
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
            try:
                record = json.loads(line)
            except json.JSONDecodeError:
                _fail(f"{file}:{number}: no JSON; give the cases.jsonl that `chartproof batch` writes")
            if not isinstance(record, dict):
                _fail(f"{file}:{number}: no case as `chartproof batch` writes it")
            records.append(record)
    return records


@app.command(epilog=EPILOG)
def schema(
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="note, chart, request, fact, evidence, case, ...")
    ] = None,
) -> None:
    """Print the JSON Schema of what goes in and comes out; without NAME, of everything, by name."""
    from pydantic import TypeAdapter

    from chartproof import model
    from chartproof.policy.json_schema import policy_schema

    things: dict[str, Any] = {
        "note": model.Note,
        "chart": model.Chart,
        "request": model.Request,
        "fact": model.Fact,
        "evidence": model.Evidence,
        "case": model.Case,
        "determination": model.Determination,
    }
    schemas = {key: TypeAdapter(thing).json_schema for key, thing in things.items()} | {"policy": policy_schema}
    if name is None:
        _print_json({key: make() for key, make in schemas.items()})
    elif name in schemas:
        _print_json(schemas[name]())
    else:
        _fail(f"there is no schema of that name{_did_you_mean(name, schemas)} There are: {', '.join(schemas)}")


# --- what the commands share -------------------------------------------------------------------------------------


def _read_one(
    path: Path, overrides: RequestOverrides, reader: str, columns: str | None
) -> tuple[Chart, list[Unreadable]]:
    """The one chart at a path, and what of it could not be read; tells the latter on standard error."""
    _must_exist(path)
    _must_be_reader(reader)
    mapping = _mapping(columns)
    from chartproof.readers import Unreadable, read_charts

    charts: list[Chart] = []
    unread: list[Unreadable] = []
    for item in read_charts(path, overrides, one_chart=True, reader=reader, mapping=mapping):
        if isinstance(item, Unreadable):
            unread.append(item)
        else:
            charts.append(item)
        if len(charts) > 1:
            _fail(f"{path} holds more than one chart; name one of them, or use `chartproof batch`")
    for one in unread:
        _warn(f"not read: {one.where or path.name}: {one.reason}")
    if not charts:
        _fail(f"{path} holds no chart that can be read", INCOMPLETE)
    return charts[0], unread


def _charts_by_id(path: Path | None) -> dict[str, Chart]:
    """The charts under a path, for the texts of their notes; what cannot be read is told."""
    if path is None:
        return {}
    _must_exist(path)
    from chartproof.readers import Unreadable, read_charts

    found: dict[str, Chart] = {}
    for item in read_charts(path):
        if isinstance(item, Unreadable):
            _warn(f"not read: {item.where or path.name}: {item.reason}")
        else:
            found[item.chart_id] = item
    return found


def _overrides(cpt: str | None, side: str | None, request_date: str | None, setting: str | None) -> RequestOverrides:
    from chartproof.readers import RequestOverrides
    from chartproof.readers.note_date import parse_date
    from chartproof.readers.request_yaml import parse_setting, parse_side

    values: dict[str, Any] = {}
    for option, name, parse, text in (
        ("--side", "laterality", parse_side, side),
        ("--request-date", "request_date", parse_date, request_date),
        ("--setting", "setting", parse_setting, setting),
    ):
        if text is not None:
            try:
                values[name] = parse(text)
            except ValueError as error:
                _fail(f"{option} {text!r}: {error}")
    return RequestOverrides(cpt=cpt, **values)


def _options(
    patterns: Path | None, policies: Path | None, ids: Sequence[str] | None, worksheets: bool = True
) -> Options:
    from chartproof.batch import Options

    found = _load_policies(policies)
    if ids:
        from datetime import date

        from chartproof.model import Request
        from chartproof.policy import select_policies

        with _loading():  # an unknown name is told now, not chart by chart
            select_policies(found, list(ids), Request(request_date=date.today()))
    return Options(patterns, policies, tuple(ids) if ids else None, worksheets)


def _load_policies(folder: Path | None) -> dict[str, Policy]:
    with _loading():
        from chartproof.policy import load_policies

        return load_policies(folder)


def _did_you_mean(word: str, known: Any) -> str:
    import difflib

    near = difflib.get_close_matches(word, list(known), n=1, cutoff=0.4)
    return f"; did you mean {near[0]}?" if near else "."


class _loading:
    """What goes wrong while patterns and policies are loaded concerns their files, and no note: it is told in full."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, OSError) or (isinstance(error, ValueError) and _is_ours(error)):
            _fail(str(error))


def _is_ours(error: ValueError) -> bool:
    """True for the errors this project words itself; others, such as pydantic's, repeat the values they refuse."""
    return type(error) is ValueError or type(error).__module__.startswith("chartproof.")


def _raised_by(error: BaseException, package: str) -> bool:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return trace is not None and str(trace.tb_frame.f_globals.get("__name__", "")).startswith(package)


def _must_exist(path: Path) -> None:
    if not path.exists():
        near = _did_you_mean(path.name, (p.name for p in path.parent.iterdir())) if path.parent.is_dir() else ""
        _fail(f"there is no file or folder {path}{near}")


def _must_be_reader(reader: str) -> None:
    from chartproof.readers import READERS

    if reader not in READERS:
        _fail(
            f"--reader: there is no reader {reader!r}{_did_you_mean(reader, READERS)} There are: {', '.join(READERS)}"
        )


def _print_json(data: Any) -> None:
    typer.echo(json.dumps(data, ensure_ascii=False, indent=2))


def _warn(message: str) -> None:
    typer.echo(f"chartproof: {message}", err=True)


def _fail(message: str, code: int = USAGE) -> NoReturn:
    _warn(message)
    raise typer.Exit(code)


def _finish(unread: Sequence[Unreadable]) -> None:
    if any(one.lost != "field" for one in unread):
        raise typer.Exit(INCOMPLETE)
