"""Reads tables of an exam: tests as rows under Right and Left, sides as rows under tests, and columns of dates.

The order of the heading decides which column is which side. What a cell says beyond its result is a note. A row of
totals ("Total  4/5  0/5") is a count.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from chartproof.extract.exam.cells import site_result, test_result
from chartproof.extract.exam.counts import count_value
from chartproof.extract.exam.events import side_order
from chartproof.extract.finding import Finding, Strength, finding
from chartproof.language.reading import Cell, Line, Reading
from chartproof.language.sides import find_sides
from chartproof.model import PartialDate
from chartproof.model.facts import FactBase, ProvocativeCount, ProvocativeTest, Tenderness
from chartproof.model.vocab import Laterality, NoteType, Presence, TendernessSite, TestName, TestResult

_BARE = {"compression_bare": "compression", "distraction_bare": "distraction"}
_COMMAS = re.compile(r"[^,]*(?:,\S[^,]*){2,}")  # a row of comma-separated values; prose has a space behind a comma
_TWO = re.compile(r"([^\s/|,]+)\s*[/|,]\s*([^\s/|,]+)")
_RULE = re.compile(r"^[\s|:+=_-]*$")
_MARK = re.compile(r"(?:x|\[x\]|yes|y|right|left|R|L|RT|LT|B|BL|b/l|bilat\w*|both|R ?/ ?L|R,? ?L|\+)\W*$", re.I)
_RESULT_HEADING = {
    "positive": re.compile(r"(?:pos(?:itive)?|\+)\W*$", re.I),
    "negative": re.compile(r"(?:neg(?:ative)?|-)\W*$", re.I),
    "equivocal": re.compile(r"(?:equiv(?:ocal)?|indeterminate|\+/-)\W*$", re.I),
    "not_done": re.compile(r"(?:not (?:tested|done|performed|assessed)|NT|unable|deferred|N/A)\W*$", re.I),
}
_TODAY = re.compile(r"\b(?:today|current|now|this visit|re-?eval\w*|re-?assess\w*|discharge|d/c|final)\b", re.I)
_EARLIER = re.compile(r"\b(?:initial|eval\w*|baseline|SOC|start|previous|prior|last|intake|IE|admission)\b", re.I)
_PALPATION = re.compile(r"palpat|tender", re.I)
_TOUCH = re.compile(r"tend|TTP|palp", re.I)
_PARTS = re.compile(r"\S+(?:\s?\([^()]*\))?")  # "2 (pos) 0 (neg)" is two values
_MIDDLE = frozenset(("lumbar_spine", "coccyx"))  # sites that have no side
_FILLER = re.compile(r"\b(?:tests?|signs?|maneuvers?|joint|sij?|result|right|left|R|L|and|or)\b|[^A-Za-z]", re.I)
_LONGEST_HEADING = 54  # characters of a heading of one cell, "Right and left"
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


@dataclass
class Tables:
    """What the tables of a note tell.

    Attributes:
        findings: the facts.
        lines: the lines that are rows or headings, not to be read again as sentences.
        tests: (name, side, offset) of the tests, for words elsewhere that lean on them.
    """

    findings: list[Finding] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    tests: list[tuple[str, Laterality | None, int]] = field(default_factory=list)


def read_tables(reading: Reading) -> Tables:
    """Every exam table of a note."""
    out = Tables()
    if reading.note.type in (NoteType.IMAGING, NoteType.LAB):
        return out
    table: Table | None = None
    dates: list[Column] = []
    heading: Line | None = None
    misses = 0
    above = ""
    for line in reading.lines:
        if not line.text.strip():
            if table is not None and table.rows:
                table, dates = None, []
            continue
        if _RULE.match(line.text):
            continue
        cells = _cells(line)
        if table is None and len(cells) < 2 and len(line.text.strip()) > _LONGEST_HEADING:
            above = line.text
            continue
        columns = _heading(reading, line, cells, dates)
        if columns is not None:
            table = Table(columns, tender=bool(_PALPATION.search(line.text) or _PALPATION.match(above.strip())))
            heading, misses, above = line, 0, ""
            continue
        above = line.text
        told = _date_columns(reading, cells)
        if told is not None:
            table, dates, heading = Table(told), told, line
            continue
        if table is None:
            continue
        found = _row(reading, line, cells, table)
        if found is None:
            misses += 1
            if misses > 2 or (table.rows == 0 and misses > 1):
                table, dates = None, []
            continue
        misses = 0
        if not table.rows and heading is not None:
            out.lines.append(heading)
        table.rows += 1
        out.lines.append(line)
        for fact in found:
            out.findings.append(finding(fact, reading.note, _strength(reading, fact)))
            if isinstance(fact, ProvocativeTest):
                out.tests.append((fact.name.value, fact.laterality, line.start))
    return out


def _strength(reading: Reading, fact: FactBase) -> Strength:
    return Strength.FIRST_HAND if getattr(fact, "date", None) == reading.date else Strength.SUMMARY


def _cells(line: Line) -> list[Cell]:
    """The cells of a line; between bars the empty ones too."""
    if line.text.count("|") < 2 and not _COMMAS.fullmatch(line.text):
        return [c for c in line.cells if not re.fullmatch(r"[-*]", c.text) or c is not line.cells[0]]
    cells, at = [], 0
    pieces = re.split(r"[|,]" if "|" not in line.text else r"\|", line.text)
    for n, piece in enumerate(pieces):
        lead = len(piece) - len(piece.lstrip())
        if piece.strip() or 0 < n < len(pieces) - 1:
            start = line.start + at + lead
            cells.append(Cell(start, start + len(piece.strip()), piece.strip(), at + lead))
        at += len(piece) + 1
    return cells


def _side(reading: Reading, text: str) -> Laterality | None:
    m = reading.patterns.regexes["exam_side_cell"].match(text.strip())
    if m is None:
        return None
    told = m["side"].lower()
    return (
        Laterality.RIGHT if told.startswith("r") else Laterality.LEFT if told.startswith("l") else Laterality.BILATERAL
    )


def _sides_of(reading: Reading, cells: list[Cell]) -> list[Column]:
    """The side columns of a heading; "R L" or "Right / Left" in one cell are two."""
    columns: list[Column] = []
    for cell in cells:
        side = _side(reading, cell.text)
        if side is not None:
            columns.append(Column(cell.column, side=side))
            continue
        order = reading.patterns.regexes["exam_two_sides"].search(cell.text)
        if order is not None and (cell is cells[-1] or len(cells) == 1):
            right_first = order["first"].lower().startswith("r")
            pair = (Laterality.RIGHT, Laterality.LEFT) if right_first else (Laterality.LEFT, Laterality.RIGHT)
            at = cell.column + order.start("first"), cell.column + order.start("second")
            columns += [Column(at[0], side=pair[0]), Column(at[1], side=pair[1])]
        elif columns:
            columns.append(Column(cell.column, skip=True))  # "Comments"
    return columns


def _heading(reading: Reading, line: Line, cells: list[Cell], dates: list[Column]) -> list[Column] | None:
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
        single = len(cells) == 2 and len(sided) == 1 and _TEST_WORDS.search(cells[0].text) and len(cells[0].text) < 40
        if not single:
            return None
    if len(cells) > 1 and reading.dates_in(cells[-1].start, cells[-1].end):
        return None  # "3/1/25 (R/L)   4/12/25 (R/L)": columns of dates
    if len(line.text.strip()) > 40 + 14 * len(cells):
        return None  # a sentence that ends with "right and left"
    if dates and len(sided) == 2 * len(dates):
        for n, column in enumerate(sided):
            column.date, column.dated = dates[n // 2].date, True
    return columns


def _result_columns(cells: list[Cell]) -> list[Column] | None:
    """Columns headed Positive and Negative, in which a row has its mark."""
    columns = []
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
        test = _item(reading, cell, "provocative_test")
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


def _date_columns(reading: Reading, cells: list[Cell]) -> list[Column] | None:
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
            first = _first_visit(reading)
            columns.append(Column(cell.column, date=first, dated=True, skip=first is None))
            known += first is not None
        elif n == 0 and len(cell.text) < 30 and not re.search(r"\d", cell.text):
            continue
        else:
            return None
    return columns if len(columns) >= 2 and known else None


def _first_visit(reading: Reading) -> PartialDate | None:
    """The day of a course's first exam ("SOC 05/06/2024"), where the note tells one such day."""
    told = {
        d.value
        for d in reading.dates
        if d.value.precision == "day"
        and d.value.first < reading.note.date
        and reading.patterns.regexes["exam_first_visit"].search(reading.text[max(0, d.start - 40) : d.start])
    }
    return told.pop() if len(told) == 1 else None


def _cell_date(reading: Reading, text: str) -> PartialDate | None:
    """A month and day alone in a cell: the latest such day on or before the note's."""
    m = re.fullmatch(r"(?:[A-Za-z. -]{0,14})\(?(\d{1,2})/(\d{1,2})\)?", text.strip())
    if m is None:
        return None
    for year in (reading.note.date.year, reading.note.date.year - 1):
        try:
            value = PartialDate.of(year, int(m[1]), int(m[2]))
        except ValueError:
            return None
        if value.first <= reading.note.date:
            return value
    return None


def _item(reading: Reading, cell: Cell, category: str) -> str | None:
    """The one test or site that a cell names, and nothing else but filler."""
    hits = reading.targets_of(category, cell.start, cell.end)
    values = {_BARE.get(h.value, h.value) for h in hits}
    if not values and category == "provocative_test" and len(cell.text) < 14:
        return reading.patterns.first("exam_abbreviation", cell.text)
    if len(values) != 1:
        return None
    rest = cell.text
    for hit in sorted(hits, key=lambda h: -h.start):
        rest = rest[: hit.start - cell.start] + rest[hit.end - cell.start :]
    rest = re.sub(r"\([^()]*\)", "", rest)
    return values.pop() if len(_FILLER.sub("", rest)) <= 12 else None


def _row(reading: Reading, line: Line, cells: list[Cell], table: Table) -> list[FactBase] | None:
    """The facts of a row; None where the line is no row of the table."""
    if not cells:
        return None
    if table.columns[0].test is not None or any(c.test for c in table.columns):
        return list(_side_row(reading, line, cells, table)) if _is_side_row(reading, cells) else None
    first, values = cells[0], cells[1:]
    if reading.patterns.regexes["exam_total_row"].match(first.text) or (
        len(cells) == 1 and re.match(r"\s*(?:total|positive)\b", first.text, re.I)
    ):
        return list(_total_row(reading, line, cells, table))
    if reading.patterns.regexes["exam_count_label"].search(first.text) and any(
        reading.patterns.regexes["exam_n_of_m"].search(v.text) for v in values
    ):
        return list(_total_row(reading, line, cells, table))
    test = _item(reading, first, "provocative_test")
    site = _item(reading, first, "tender_site") if test is None else None
    if (test is None and site is None) or not values:
        collapsed = _collapsed(reading, line, cells, table)
        return collapsed if collapsed is not None else ([] if _other_row(values, table) else None)
    if site is not None and not table.tender and not any(_TOUCH.search(c.text) for c in cells):
        return None
    if any(reading.targets_of(kind, v.start, v.end) for kind in ("provocative_test", "tender_site") for v in values):
        if any(reading.patterns.regexes["exam_checkbox"].search(v.text) for v in values):
            return None  # boxes of several questions on one line
    side = next((s.side for s in find_sides(reading.text, first.start, first.end)), None)
    facts: list[FactBase] = []
    values = _unpaired(table, values)
    middle = site in _MIDDLE and len(values) == 1
    for column, cell in _aligned(table.columns, values):
        if column.skip or (test == "other"):
            continue
        if column.dated and column.date is None:
            continue
        pair = reading.patterns.regexes["exam_pair"].fullmatch(cell.text)
        order = column.order or side_order(reading, line.start, first.end)
        if test and column.side is None and pair is not None and order is not None:
            for half, told in zip(order, (pair["a"], pair["b"]), strict=True):
                result = test_result(reading, cell, told)
                if result is not None:
                    facts.append(_fact(reading, test, site, result, half, column.date, line, cells))
            continue
        if column.result is not None:
            if test and column.result != "not_done" and _MARK.match(cell.text):
                told_side = next((s.side for s in find_sides(cell.text)), side)
                facts.append(_fact(reading, test, site, column.result, told_side, column.date, line, cells))
            continue
        result = test_result(reading, cell) if test else site_result(reading, cell)
        if result is None:
            continue
        told_side = None if middle else column.side or side
        facts.append(_fact(reading, test, site, result, told_side, column.date, line, cells))
    return _of_both(facts)


def _of_both(facts: list[FactBase]) -> list[FactBase]:
    """One fact for a site that is alike on both sides of a row."""
    if len(facts) != 2 or not all(isinstance(f, Tenderness) for f in facts):
        return facts
    first, second = (f.model_dump(exclude={"evidence", "laterality"}) for f in facts)
    sides = {f.laterality for f in facts if isinstance(f, Tenderness)}
    if first != second or sides != {Laterality.LEFT, Laterality.RIGHT}:
        return facts
    return [facts[0].model_copy(update={"laterality": Laterality.BILATERAL})]


def _fact(
    reading: Reading,
    test: str | None,
    site: str | None,
    result: str,
    side: Laterality | None,
    date: PartialDate | None,
    line: Line,
    cells: list[Cell],
) -> FactBase:
    evidence = [reading.evidence(cells[0].start, cells[-1].end)]
    date = date or reading.date
    if test is not None:
        return ProvocativeTest(
            name=TestName(test), laterality=side, date=date, result=TestResult(result), evidence=evidence
        )
    assert site is not None
    place = TendernessSite.OTHER if site == "far" else TendernessSite(site)
    return Tenderness(site=place, laterality=side, date=date, presence=Presence(result), evidence=evidence)


def _other_row(values: list[Cell], table: Table) -> bool:
    """A row of something else ("Hip IR  30  32") does not end the table."""
    return bool(values) and len(values) <= len(table.columns) + 1 and all(len(v.text) < 40 for v in values)


def _aligned(columns: list[Column], values: list[Cell]) -> Iterator[tuple[Column, Cell]]:
    """Each value with its column: in order where the numbers agree, else by place in the line."""
    if len(values) >= len(columns):
        yield from zip(columns, values, strict=False)
        return
    left = list(columns)
    for cell in values:
        column = min(left, key=lambda c: abs(c.at - cell.column), default=None)
        if column is not None:
            left.remove(column)
            yield column, cell


def _unpaired(table: Table, values: list[Cell]) -> list[Cell]:
    """Two cells for a "+ / -" or a "2 (pos) 0 (neg)" under a "R / L" that is two columns."""
    sided = [c for c in table.columns if c.side is not None]
    if len(sided) != 2 or not values or len(values) >= len(sided):
        return values
    cell = values[0]
    pair = _TWO.fullmatch(cell.text)
    spans = [pair.span(1), pair.span(2)] if pair is not None else [m.span() for m in _PARTS.finditer(cell.text)]
    if len(spans) != 2 or (pair is None and "(" not in cell.text):
        return values
    parts = [Cell(cell.start + a, cell.start + b, cell.text[a:b], cell.column + a) for a, b in spans]
    return [*parts, *values[1:]]


def _collapsed(reading: Reading, line: Line, cells: list[Cell], table: Table) -> list[FactBase] | None:
    """A row whose gaps were lost in a fax: "FABER + -"."""
    hits = [t for t in reading.targets_of("provocative_test", line.start, line.end)]
    sided = [c for c in table.columns if not c.skip]
    if len(hits) != 1 or reading.text[line.start : hits[0].start].strip(" -*|") or hits[0].value == "other":
        return None
    rest = reading.text[hits[0].end : line.end].strip(" :.|")
    parts = [p for p in re.split(r"[\s|]+", rest) if p]
    results = [_word_result(reading, p) for p in parts[: len(sided)]]
    if (
        len(parts) < len(sided)
        or not all(results)
        or (len(parts) > len(sided) and not parts[len(sided)].startswith("("))
    ):
        return None
    name = _BARE.get(hits[0].value, hits[0].value)
    return [
        _fact(reading, name, None, r, c.side, c.date, line, cells) for c, r in zip(sided, results, strict=False) if r
    ]


def _word_result(reading: Reading, word: str) -> str | None:
    cell = Cell(0, len(word), word, 0)
    return test_result(reading, cell, word)


def _is_side_row(reading: Reading, cells: list[Cell]) -> bool:
    return _side(reading, cells[0].text) is not None or bool(reading.dates_in(cells[0].start, cells[0].end))


def _side_row(reading: Reading, line: Line, cells: list[Cell], table: Table) -> Iterator[FactBase]:
    side = _side(reading, cells[0].text)
    dates = reading.dates_in(cells[0].start, cells[0].end)
    date = dates[0].value if dates else reading.date
    if side is None:
        side = next((s.side for s in find_sides(reading.text, cells[0].start, cells[0].end)), None)
    for column, cell in _aligned(table.columns, cells[1:]):
        if column.total:
            yield from _count(reading, cell, side, date, line, cells)
        elif column.test is not None and column.test != "other":
            result = test_result(reading, cell)
            if result is not None:
                yield _fact(reading, column.test, None, result, side, date, line, cells)


def _total_row(reading: Reading, line: Line, cells: list[Cell], table: Table) -> Iterator[FactBase]:
    values = cells[1:]
    if not values:
        hits = list(reading.patterns.regexes["exam_n_of_m"].finditer(reading.text, line.start, line.end))
        values = [Cell(h.start(), h.end(), h[0], h.start() - line.start) for h in hits]
    for column, cell in _aligned([c for c in table.columns if not c.skip], values):
        yield from _count(reading, cell, column.side, column.date or reading.date, line, cells)


def _count(
    reading: Reading, cell: Cell, side: Laterality | None, date: PartialDate, line: Line, cells: list[Cell]
) -> Iterator[FactBase]:
    m = reading.patterns.regexes["exam_n_of_m"].search(cell.text)
    plain = re.fullmatch(r"\d", cell.text.strip())
    if m is None and plain is None:
        return
    side = side or next((s.side for s in find_sides(reading.text, cell.start, cell.end)), None)
    side = side or next((s.side for s in find_sides(reading.text, cells[0].start, cells[0].end)), None)
    total = int(m["m"]) if m else None
    positive = count_value(m["n"], total or 0) if m else int(cell.text)
    if total is not None and positive > total:
        return
    yield ProvocativeCount(
        laterality=side,
        date=date,
        positive=positive,
        total=total,
        evidence=[reading.evidence(cells[0].start, cells[-1].end)],
    )
