"""The batch log as a workbook: charts by outcome, criteria with room for the reviewer, and what to obtain."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass

from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from chartproof.model.vocab import CriterionStatus, Outcome
from chartproof.worksheet import words
from chartproof.worksheet.characters import showable
from chartproof.worksheet.reviews import VERDICTS
from chartproof.worksheet.sheet import DECISIONS, SIGN_OFF, UNSURE, CriterionRow, PolicySheet, Sheet

CRITERIA, CHARTS = "Criteria", "Charts"
# Columns that are read back; see import_review.
CHART, POLICY, VERSION, CRITERION, KEY = "Chart", "Policy", "Version", "Criterion", "Review key"
REVIEW, COMMENT, REVIEWER, REVIEW_DATE = "Your review", "Your comment", "Reviewer", "Review date"

MAX_CELL = 32_767
"""Characters that a cell can hold (Excel specifications and limits)."""
MAX_SHOWN = 1_000
"""Quotes of one criterion are cut to this many characters; the worksheet of the chart has them in full."""
_MORE = " … (more on the chart's own worksheet)"

_COLOURS = {
    "met": ("#E4F4E9", "#0B5D2A"),
    "not_met": ("#FDEBEB", "#9B1C1C"),
    "unsure": ("#FFF2D4", "#704400"),
    "meets": ("#E4F4E9", "#0B5D2A"),
    "does_not_meet": ("#FDEBEB", "#9B1C1C"),
    "needs_documentation": ("#FFF2D4", "#704400"),
}
_OUTCOMES = [Outcome.DOES_NOT_MEET, Outcome.NEEDS_DOCUMENTATION, Outcome.MEETS]


@dataclass(frozen=True)
class _Column:
    name: str
    width: float
    entry: bool = False
    """A column for the reviewer to fill in."""


_CHART_COLUMNS = [
    _Column(CHART, 14),
    _Column("Patient", 14),
    _Column("Procedure", 10),
    _Column("Side", 9),
    _Column("Setting", 11),
    _Column("Request date", 12),
    _Column("Payer", 18),
    _Column(POLICY, 26),
    _Column(VERSION, 18),
    _Column("In force", 24),
    _Column("Outcome", 20),
    _Column("Met", 6),
    _Column("Not met", 8),
    _Column("Unsure", 8),
    _Column("What decides it", 70),
    _Column("Contradictions", 12),
    _Column("Your decision", 22, True),
    _Column(REVIEWER, 16, True),
    _Column(REVIEW_DATE, 12, True),
    _Column("Rationale", 40, True),
    _Column("Hash of the notes", 20),
]
_CRITERIA_COLUMNS = [
    _Column(CHART, 14),
    _Column("Payer", 16),
    _Column(CRITERION, 16),
    _Column("What it asks, in short", 40),
    _Column("Status", 10),
    _Column("Why", 18),
    _Column("Required", 40),
    _Column("Found", 46),
    _Column("Quotes", 60),
    _Column("To obtain", 40),
    _Column(REVIEW, 13, True),
    _Column(COMMENT, 40, True),
    _Column(REVIEWER, 14, True),
    _Column(REVIEW_DATE, 12, True),
    _Column("Earlier review", 26),
    _Column("Citation", 24),
    _Column(POLICY, 26),
    _Column(VERSION, 18),
    _Column(KEY, 19),
]
_OBTAIN_COLUMNS = [
    _Column(CHART, 14),
    _Column("What", 50),
    _Column("From", 26),
    _Column("Why", 60),
    _Column("For", 34),
    _Column("Urgency", 40),
    _Column("Asked on", 12, True),
    _Column("Received on", 12, True),
]


def render_xlsx(sheets: Sequence[Sheet]) -> bytes:
    """The log of many charts.

    Every cell is written as text: what a note says is never a formula and never a link. What a cell cannot hold is
    cut, and the cell says so.
    """
    buffer = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with Workbook(buffer, options) as book:
        formats = _Formats(book)
        _charts(book, formats, sheets)
        _criteria(book, formats, sheets)
        _obtain(book, formats, sheets)
        _about(book, formats, sheets)
    return buffer.getvalue()


class _Formats:
    def __init__(self, book: Workbook) -> None:
        # The quote prefix keeps "=1+1" a text even when somebody edits the cell.
        base = {"valign": "top", "text_wrap": True, "font_size": 10, "quote_prefix": True}
        base |= {"bottom": 4, "bottom_color": "#B8C2CC"}
        self.text = book.add_format(base)
        self.entry = book.add_format(base | {"bg_color": "#FFFFE8", "border": 1, "border_color": "#C8C8A0"})
        self.head = book.add_format(base | {"bold": True, "bg_color": "#1C3A5B", "font_color": "#FFFFFF"})
        self.number = book.add_format(base | {"align": "center"})
        self.coloured = {
            name: book.add_format(base | {"bold": True, "bg_color": ground, "font_color": ink})
            for name, (ground, ink) in _COLOURS.items()
        }


def _table(
    book: Workbook, formats: _Formats, name: str, columns: list[_Column], rows: list[list[object]], frozen: int
) -> Worksheet:
    """A sheet with a head that stays, a filter, and the first columns in sight."""
    page = book.add_worksheet(name)
    for place, column in enumerate(columns):
        page.set_column(place, place, column.width)
        page.write_string(0, place, column.name, formats.head)
    for count, row in enumerate(rows, start=1):
        page.set_row(count, _height(row, columns))
        for place, (value, column) in enumerate(zip(row, columns, strict=True)):
            if isinstance(value, int):
                page.write_number(count, place, value, formats.number)
            else:
                style = formats.entry if column.entry else formats.text
                if isinstance(value, CriterionStatus | Outcome):
                    style, value = formats.coloured[value.value], (words.STATUS | words.OUTCOME)[value]  # type: ignore[operator]
                _write(page, count, place, str(value), style)
    page.freeze_panes(1, frozen)
    page.autofilter(0, 0, max(len(rows), 1), len(columns) - 1)
    page.set_landscape()
    page.fit_to_pages(1, 0)
    page.repeat_rows(0)
    page.set_footer("&L&A&RPage &P of &N")
    return page


def _height(row: list[object], columns: list[_Column]) -> float:
    """Points for the tallest cell of a row, up to a screenful; not every program works it out by itself."""
    lines = 1
    for value, column in zip(row, columns, strict=True):
        told = str(value).splitlines() or [""]
        lines = max(lines, sum(-(-max(len(line), 1) // int(column.width * 1.15)) for line in told))
    return min(13.5 * lines + 2, 270)


def _write(page: Worksheet, row: int, place: int, text: str, style: Format) -> None:
    text = showable(text)
    if len(text) > MAX_CELL:
        text = text[: MAX_CELL - len(_MORE)] + _MORE
    if text:
        page.write_string(row, place, text, style)
    else:
        page.write_blank(row, place, None, style)


def _choices(page: Worksheet, columns: list[_Column], name: str, count: int, values: Sequence[str], say: str) -> None:
    place = next(i for i, column in enumerate(columns) if column.name == name)
    rule = {
        "validate": "list",
        "source": list(values),
        "ignore_blank": True,
        "error_title": name,
        "error_message": say,
        "input_title": name,
        "input_message": say,
    }
    page.data_validation(1, place, max(count, 1), place, rule)


def _charts(book: Workbook, formats: _Formats, sheets: Sequence[Sheet]) -> None:
    pairs = [(sheet, policy) for sheet in sheets for policy in sheet.policies]
    pairs.sort(key=lambda pair: _OUTCOMES.index(pair[1].determination.status))  # the sort keeps the charts' order
    rows = [_chart_row(sheet, policy) for sheet, policy in pairs]
    rows += [_chart_without_policy(sheet) for sheet in sheets if not sheet.policies]
    page = _table(book, formats, CHARTS, _CHART_COLUMNS, rows, 1)
    _choices(page, _CHART_COLUMNS, "Your decision", len(rows), list(DECISIONS.values()), "Approve, or refer.")


def _chart_without_policy(sheet: Sheet) -> list[object]:
    blank: list[object] = [""] * (len(_CHART_COLUMNS) - 8)
    row = [*_request(sheet), "", *blank, sheet.scored.notes_hash]
    row[next(i for i, column in enumerate(_CHART_COLUMNS) if column.name == "Outcome")] = "No policy applies"
    return row


def _request(sheet: Sheet) -> list[object]:
    request = sheet.scored.case.request
    return [
        sheet.scored.chart_id,
        request.patient_id or "",
        request.cpt or "",
        str(request.laterality or ""),
        str(request.setting or ""),
        request.request_date.isoformat(),
    ]


def _chart_row(sheet: Sheet, policy: PolicySheet) -> list[object]:
    told = policy.determination
    deciding = "\n".join(
        f"{words.SIGN[row.result.status]} {row.result.id} {row.result.label}: {_found(row)}" for row in policy.deciding
    )
    more = f"\nand {policy.more_open} more" if policy.more_open else ""
    return [
        *_request(sheet),
        told.payer,
        told.policy,
        told.version,
        policy.in_force.partition(", ")[2],
        told.status,
        *(policy.counts[status] for status in (CriterionStatus.MET, CriterionStatus.NOT_MET, CriterionStatus.UNSURE)),
        deciding + more or "Every criterion is met.",
        len(sheet.conflicts),
        *("" for _ in range(4)),
        sheet.scored.notes_hash,
    ]


def _criteria(book: Workbook, formats: _Formats, sheets: Sequence[Sheet]) -> None:
    rows = [_criterion_row(policy, row) for sheet in sheets for policy in sheet.policies for row in policy.rows]
    page = _table(book, formats, CRITERIA, _CRITERIA_COLUMNS, rows, 3)
    say = "agree, disagree or n.a.; `chartproof import-review` reads it back."
    _choices(page, _CRITERIA_COLUMNS, REVIEW, len(rows), list(VERDICTS.values()), say)


def _criterion_row(policy: PolicySheet, row: CriterionRow) -> list[object]:
    result, review = row.result, row.review
    verdict = VERDICTS[review.verdict] if review and review.verdict else ""
    earlier = ""
    if review and not row.review_holds:
        earlier = f"{verdict or 'no verdict'} when the chart was read otherwise"
        earlier += f": {review.comment}" if review.comment else ""
    now = review if review and row.review_holds else None
    return [
        row.key.chart_id,
        policy.determination.payer,
        result.id,
        result.label,
        result.status,
        words.REASON[result.reason] if row.open else "",
        result.required,
        _found(row),
        _quotes(row),
        "\n".join(f"{gap.what}; from {gap.source}" for gap in result.obtain) if row.open else "",
        verdict if now else "",
        now.comment if now else "",
        now.reviewer if now else "",
        now.date if now else "",
        earlier,
        result.citation or "",
        policy.determination.policy,
        policy.determination.version,
        row.key.reviewed,
    ]


def _found(row: CriterionRow) -> str:
    return row.result.found or words.REASON[row.result.reason]


def _quotes(row: CriterionRow) -> str:
    """The quotes of a criterion and its parts, a line each."""
    lines: dict[str, None] = {}

    def collect(one: CriterionRow) -> None:
        for group in one.groups:
            for quote in group.quotes:
                lines[f"[{quote.number}] “{' '.join(quote.quote.split())}” {quote.source}"] = None
        for part in one.parts:
            collect(part)

    collect(row)
    text = ""
    for line in lines:
        if text and len(text) + len(line) > MAX_SHOWN:
            return text + _MORE
        text += f"\n{line}" if text else line
    return text


def _obtain(book: Workbook, formats: _Formats, sheets: Sequence[Sheet]) -> None:
    rows: list[list[object]] = []
    for sheet in sheets:
        names = {policy.letter: policy.determination.payer for policy in sheet.policies}
        for item in sheet.obtain:
            refs = ", ".join(f"{names[ref.letter]} {ref.id}" for ref in item.criteria)
            urgency = "missing: unsure without it" if item.missing else "not met on what the notes say"
            rows.append(
                [
                    sheet.scored.chart_id,
                    words.capital(item.what),
                    item.source,
                    "\n".join(item.whys),
                    refs,
                    urgency,
                    "",
                    "",
                ]
            )
    _table(book, formats, "To obtain", _OBTAIN_COLUMNS, rows, 1)


def _about(book: Workbook, formats: _Formats, sheets: Sequence[Sheet]) -> None:
    page = book.add_worksheet("About")
    page.set_column(0, 0, 110)
    versions = dict.fromkeys(sheet.versions for sheet in sheets)
    lines = [
        "Prior-authorization batch log",
        SIGN_OFF,
        UNSURE,
        f"{CHARTS}: one row a chart and policy, worst outcome first. {CRITERIA}: one row a criterion. "
        "To obtain: one row a document.",
        "Yellow columns are yours. `chartproof import-review` reads those of the sheet Criteria back.",
        "Rows may be sorted and filtered. Leave these columns as they are: "
        f"{CHART}, {POLICY}, {VERSION}, {CRITERION}, {KEY}.",
        *(f"Made with {version}." for version in versions),
    ]
    for count, line in enumerate(lines):
        _write(page, count, 0, line, formats.text)
    page.hide_gridlines(2)
