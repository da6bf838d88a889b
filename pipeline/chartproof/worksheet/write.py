"""Worksheets in the formats asked for: one file a chart and format, and one workbook for all."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from chartproof.model import Chart
from chartproof.worksheet.build import build_sheet
from chartproof.worksheet.reviews import ReviewBook
from chartproof.worksheet.scored import Scored, of_record
from chartproof.worksheet.sheet import Sheet

SUFFIX = {"html": ".html", "docx": ".docx", "xlsx": ".xlsx", "pdf": ".pdf", "fhir": ".fhir.json"}
LOG = "worksheets.xlsx"


@dataclass
class Written:
    """What came of it. ``failed`` says by chart what could not be written, and repeats nothing of its notes."""

    paths: list[Path] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)


def formats_of(text: str) -> list[str]:
    """``html,docx`` as a list, each once.

    Raises:
        ValueError: one is unknown, or none is given.
    """
    names = list(dict.fromkeys(name.strip().lower() for name in text.split(",") if name.strip()))
    unknown = [name for name in names if name not in SUFFIX]
    if unknown or not names:
        raise ValueError(f"--format {text!r}: choose of {', '.join(SUFFIX)}, with commas between them")
    return names


def check_formats(formats: Iterable[str]) -> None:
    """Make sure before any work that what a format needs is there.

    Raises:
        chartproof.worksheet.pdf.PdfUnavailable: PDF is asked for and WeasyPrint is missing.
    """
    if "pdf" in formats:
        from chartproof.worksheet.pdf import require_pdf

        require_pdf()


def render(sheet: Sheet, form: str, recorded: datetime) -> str | bytes:
    """One worksheet in one format.

    Args:
        form: a key of ``SUFFIX``.
        recorded: the time that FHIR wants to be told.
    """
    match form:
        case "html":
            from chartproof.worksheet.html import sheet_page

            return sheet_page(sheet)
        case "docx":
            from chartproof.worksheet.docx import render_docx

            return render_docx(sheet)
        case "pdf":
            from chartproof.worksheet.pdf import render_pdf

            return render_pdf(sheet)
        case "fhir":
            from chartproof.worksheet.fhir import render_fhir

            return render_fhir(sheet, recorded)
        case "xlsx":
            from chartproof.worksheet.xlsx import render_xlsx

            return render_xlsx([sheet])
    raise KeyError(form)


def write_worksheets(
    charts: Iterable[Scored],
    formats: Sequence[str],
    reviews: ReviewBook,
    path_of: Callable[[str, str], Path],
    write: Callable[[Path, str | bytes], None],
    describe: Callable[[BaseException], str],
    recorded: datetime,
) -> Written:
    """Write the worksheets of all charts; what fails for one does not stop the others.

    Args:
        path_of: the file for a chart's id (empty for the workbook of all) and a format.
        write: writes a file.
        describe: an error in words that repeat nothing of a note.

    Raises:
        OSError: a file cannot be written.
    """
    written = Written()
    log: list[Sheet] = []
    for scored in charts:
        try:
            sheet = build_sheet(scored, reviews)
            pages = [
                (path_of(scored.chart_id, form), render(sheet, form, recorded)) for form in formats if form != "xlsx"
            ]
        except Exception as error:
            written.failed.append(f"chart {scored.chart_id}: {describe(error)}")
            continue
        if "xlsx" in formats:
            log.append(sheet)
        for path, content in pages:
            write(path, content)
            written.paths.append(path)
    if log:
        from chartproof.worksheet.xlsx import render_xlsx

        path = path_of("", "xlsx")
        write(path, render_xlsx(log))
        written.paths.append(path)
    return written


def read_cases(path: Path, charts: dict[str, Chart], policies: Sequence[str], problems: list[str]) -> Iterator[Scored]:
    """The charts of a ``cases.jsonl``.

    Args:
        charts: charts as they can be read now, by id: they lend their notes' texts.
        policies: ids or payers of the policies to keep; all where empty.
        problems: takes what is wrong with a line, or with its chart; the rest goes on.
    """
    wanted = {name.casefold() for name in policies}
    with path.open(encoding="utf-8") as lines:
        for count, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                record = _object(line)
                scored = of_record(record, charts.get(str(record.get("chart_id"))))
            except ValueError as error:
                problems.append(f"{path.name} line {count}: {error}")
                continue
            if scored.chart_id in charts and any(paper.text is None for paper in scored.papers):
                problems.append(f"chart {scored.chart_id}: notes have changed since; they are not shown")
            if wanted:
                kept = [d for d in scored.determinations if {d.policy.casefold(), d.payer.casefold()} & wanted]
                if not kept:
                    problems.append(
                        f"chart {scored.chart_id}: it was not scored against a policy or payer of that name"
                    )
                    continue
                scored.determinations[:] = kept
            yield scored


def _object(line: str) -> dict[str, Any]:
    try:
        record = json.loads(line)
    except ValueError:
        raise ValueError("not JSON") from None
    if not isinstance(record, dict):
        raise ValueError("not a row of cases.jsonl: no object")
    return record
