"""``chartproof worksheet`` and ``chartproof import-review``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from chartproof.cli.inputs import charts_by_id, no_policy, read_one_chart, request_overrides, scoring_options
from chartproof.cli.messages import INCOMPLETE, fail, finish, is_ours, loading, must_exist, warn
from chartproof.cli.options import (
    CptOption,
    DateOption,
    MapOption,
    PatternsOption,
    PoliciesOption,
    PolicyOption,
    ReaderOption,
    SettingOption,
    SideOption,
)

if TYPE_CHECKING:
    from chartproof.readers import Unreadable

# Ends of files that nobody gives to a folder: a format mistaken, not a folder to be made.
_NO_FOLDERS = (".txt", ".htm", ".doc", ".xls", ".csv", ".json", ".jsonl", ".rtf", ".xml", ".png")


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
        fail(str(error))
    if ending is None and output.suffix.lower() in _NO_FOLDERS and not output.is_dir():
        known = ", ".join(SUFFIX.values())
        fail(f"no format is written to a {output.suffix} file; name a folder, or one file that ends in {known}")
    if one_file and formats != [ending]:
        fail(f"{output} is the name of one {ending} file; give a folder for --format {form}")
    folder = output.parent if one_file else output
    if one_file and not folder.is_dir():
        fail(f"there is no folder {folder}")
    must_exist(source)
    if reviews is not None:
        must_exist(reviews)
    try:
        book = ReviewBook(read_reviews(reviews or folder / FILE))
    except ValueError as error:
        fail(str(error))
    unread: list[Unreadable] = []
    problems: list[str] = []
    if source.suffix.lower() == ".jsonl":
        if any(option is not None for option in (cpt, side, request_date, setting, patterns, policies)):
            fail("CASES.jsonl is scored already: --cpt, --side and the like go with a chart")
        if one_file and ending != "xlsx":
            fail(f"CASES.jsonl may hold many charts; give a folder, not {output.name}")
        scored = read_cases(source, charts_by_id(charts), policy or [], problems)
    else:
        read, unread = read_one_chart(source, request_overrides(cpt, side, request_date, setting), reader, columns)
        options = scoring_options(patterns, policies, policy)
        with loading():
            from chartproof.batch import ChartProcess

            process = ChartProcess(options)
        case = process.pipeline.case(read)
        determinations = process.determinations(read, case, unread)
        if not determinations:
            warn(no_policy(process.policies, case.request))
        scored = iter([of_chart(read, case, determinations, process.versions)])

    def path_of(chart_id: str, name: str) -> Path:
        return output if one_file else folder / (f"{safe_name(chart_id)}{SUFFIX[name]}" if chart_id else LOG)

    try:
        make_private_folder(folder)
        written = write_worksheets(scored, formats, book, path_of, write_private, describe_error, datetime.now(UTC))
    except OSError as error:
        fail(f"cannot write to {output}: {error.strerror}")
    for path in written.paths:
        typer.echo(f"{path}", err=True)
    for problem in problems + written.failed:
        warn(problem)
    if problems or written.failed or not written.paths:
        raise typer.Exit(INCOMPLETE)
    finish(unread)


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
        must_exist(file)
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
        if not is_ours(error):
            raise
        fail(str(error))
    except OSError as error:
        fail(f"cannot write {target}: {error.strerror}")
    typer.echo(f"{target}: {len(known)} reviews", err=True)
    for problem in problems:
        warn(f"set aside: {problem}")
    if problems:
        raise typer.Exit(INCOMPLETE)
