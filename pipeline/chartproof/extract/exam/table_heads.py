"""Reads the headings of exam tables: columns of sides, of results, of tests and of dates."""

from __future__ import annotations

import re
from dataclasses import dataclass

from chartproof.extract.exam.cells import cell_item, cell_side
from chartproof.extract.exam.days import first_visit, latest_day
from chartproof.extract.exam.events import side_order
from chartproof.language.reading import Cell, Line, Reading
from chartproof.model import PartialDate
from chartproof.model.vocab import Laterality

_RESULT_HEADING = {
    "positive": re.compile(
        r"(?:pos(?:itive)?|\+|(?:own|usual|familiar|known|his|her|typical|concordant|index) pain|painful|reproduced"
        r"|reproduces(?: pain)?|concordant|yes)\W*$",
        re.I,
    ),
    "negative": re.compile(r"(?:neg(?:ative)?|-|no pain|painless|pain-?free|not painful|nothing|none|no)\W*$", re.I),
    "equivocal": re.compile(
        r"(?:equiv(?:ocal)?|indeterminate|\+/-|unclear|unsure|uncertain|questionable|\?)\W*$", re.I
    ),
    "not_done": re.compile(
        r"(?:not (?:tested|done|performed|assessed|examined|tried)|NT|ND|unable|deferred|omitted|skipped|N/A)\W*$", re.I
    ),
}
_TODAY = re.compile(r"\b(?:today|current|now|this visit|re-?eval\w*|re-?assess\w*|discharge|d/c|final)\b", re.I)
_EARLIER = re.compile(r"\b(?:initial|eval\w*|baseline|SOC|start|previous|prior|last|intake|IE|admission)\b", re.I)
_TEST_WORDS = re.compile(
    r"test|maneuver|manoeuvre|provoc|special|SIJ?\b|sacro|cluster|sign|palpat|tender|site|exam|battery", re.I
)


@dataclass
class Column:
    """What a column of values is about: ``at`` is the place of its heading in the line, ``order`` that of two sides
    told in it ("3/1/25 (R/L)")."""

    at: int
    side: Laterality | None = None
    order: tuple[Laterality, Laterality] | None = None
    date: PartialDate | None = None
    dated: bool = False
    test: str | None = None
    total: bool = False
    result: str | None = None
    skip: bool = False


@dataclass
class Table:
    columns: list[Column]
    tender: bool = False
    rows: int = 0
    side: Laterality | None = None


_ENDS_OF_SIDE = ("t", "l", "r")  # of "right", "left", "RT", "L": how two sides by their names end


def _sides_of(reading: Reading, cells: list[Cell]) -> list[Column]:
    """The side columns of a heading; "R L" or "Right / Left" in one cell are two."""
    columns: list[Column] = []
    for cell in cells:
        side = cell_side(reading, cell.text)
        if side is not None:
            columns.append(Column(cell.column, side=side))
            continue
        ends = cell.text.rstrip(") \t")[-1:].lower() in _ENDS_OF_SIDE
        order = reading.patterns.regexes["exam_two_sides"].search(cell.text) if ends else None
        if order is not None and (cell is cells[-1] or len(cells) == 1):
            right_first = order["first"].lower().startswith("r")
            pair = (Laterality.RIGHT, Laterality.LEFT) if right_first else (Laterality.LEFT, Laterality.RIGHT)
            at = cell.column + order.start("first"), cell.column + order.start("second")
            columns += [Column(at[0], side=pair[0]), Column(at[1], side=pair[1])]
        elif columns:
            columns.append(Column(cell.column, skip=True))  # "Comments"
    return columns


def read_heading(reading: Reading, line: Line, cells: list[Cell], dates: list[Column]) -> list[Column] | None:
    """The columns, where the line is the heading of a table of tests or of sides."""
    if not cells:
        return None
    tests = _test_columns(reading, cells)
    if tests is not None:
        return tests
    named = reading.targets_of("provocative_test", line.start, line.end)
    if any(t.value != "other" for t in named):
        return None
    results = _result_columns(cells)
    if results is not None:
        return results
    columns = _sides_of(reading, cells)
    sided = [c for c in columns if c.side is not None]
    if len(sided) < 2:
        site = bool(cells) and cell_item(reading, cells[0], "tender_site") is not None
        single = (
            not site
            and len(cells) == 2
            and len(sided) == 1
            and _TEST_WORDS.search(cells[0].text)
            and len(cells[0].text) < 40
        )
        if not single:
            return None
    if len(line.text.strip()) > 40 + 14 * len(cells):
        return None  # a sentence that ends with "right and left"
    if len(cells) > 1 and reading.dates_in(cells[-1].start, cells[-1].end):
        return None  # "3/1/25 (R/L)   4/12/25 (R/L)": columns of dates
    if dates and len(sided) == 2 * len(dates):
        for n, column in enumerate(sided):
            column.date, column.dated = dates[n // 2].date, True
    return columns


def _result_columns(cells: list[Cell]) -> list[Column] | None:
    """Columns headed Positive and Negative, in which a row has its mark."""
    columns: list[Column] = []
    if any(cell.text in ("/", "|") for cell in cells):
        return None  # "FABER   -  /  +": a row
    for n, cell in enumerate(cells):
        result = next((value for value, word in _RESULT_HEADING.items() if word.match(cell.text)), None)
        if result is not None:
            columns.append(Column(cell.column, result=result))
        elif n and columns:
            columns.append(Column(cell.column, skip=True))
        elif n or len(cell.text) > 40:
            return None
    told = [c.result for c in columns if c.result is not None]
    labelled = cells[0].column > 8 or _TEST_WORDS.search(cells[0].text) is not None
    return columns if labelled and {"positive", "negative"} <= set(told) and len(set(told)) == len(told) else None


def _test_columns(reading: Reading, cells: list[Cell]) -> list[Column] | None:
    columns: list[Column] = []
    named = 0
    for n, cell in enumerate(cells):
        test = cell_item(reading, cell, "provocative_test")
        if test is not None and next(reading.patterns.find("exam_result", cell.text), None) is not None:
            return None  # "Gaenslen's L (+)": tests with their results
        if test is not None:
            named += test != "other"
            columns.append(Column(cell.column, test=test))
        elif re.fullmatch(r"(?:total|positive|score|# ?pos\w*|count)\b.{0,12}", cell.text, re.I):
            columns.append(Column(cell.column, total=True))
        elif n == 0 and re.fullmatch(
            r"(?:side|test|SI.{0,20}|date|exam.{0,12}|provoc.{0,14}|maneuver)s?:?", cell.text, re.I
        ):
            continue
        elif columns:
            columns.append(Column(cell.column, skip=True))
        else:
            return None
    return columns if named >= 2 else None


def date_columns(reading: Reading, cells: list[Cell]) -> list[Column] | None:
    """Columns of dates ("3/1/25   4/12/25", "Eval (3/1)   Today"); those without a date known are left out."""
    columns: list[Column] = []
    known = 0
    if cells and reading.patterns.regexes["exam_total_row"].match(cells[0].text):
        return None  # "Total  4/5  3/5"
    for n, cell in enumerate(cells):
        if len(cell.text) > 30:
            return None
        hits = reading.dates_in(cell.start, cell.end)
        value = hits[0].value if hits and hits[0].value.first <= reading.note.date else _cell_date(reading, cell.text)
        if value is None and re.search(r"\btoday\b", cell.text, re.I):
            value = reading.date
        if value is not None:
            known += 1
            columns.append(Column(cell.column, date=value, dated=True, order=side_order(reading, cell.start, cell.end)))
        elif _TODAY.search(cell.text) and (n or cell.column > 8):
            known += 1
            columns.append(Column(cell.column, date=reading.date, dated=True))
        elif _EARLIER.search(cell.text) and (n or cell.column > 8):
            first = first_visit(reading)
            columns.append(Column(cell.column, date=first, dated=True, skip=first is None))
            known += first is not None
        elif n == 0 and len(cell.text) < 30 and not re.search(r"\d", cell.text):
            continue
        else:
            return None
    return columns if len(columns) >= 2 and known else None


def _cell_date(reading: Reading, text: str) -> PartialDate | None:
    """A month and day alone in a cell: the latest such day on or before the note's."""
    m = re.fullmatch(r"(?:[A-Za-z. -]{0,14})(\(?\d{1,2}/\d{1,2}\)?)", text.strip())
    return None if m is None else latest_day(reading, m[1])
