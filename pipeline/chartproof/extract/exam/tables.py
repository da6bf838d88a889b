"""Reads tables of an exam: tests as rows under Right and Left, sides as rows under tests, and columns of dates.

The order of the heading decides which column is which side. What a cell says beyond its result is a note. A row of
totals ("Total  4/5  0/5") is a count.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from chartproof.extract.exam.cells import BARE, cell_item, cell_side, site_result, test_result
from chartproof.extract.exam.counts import count_value
from chartproof.extract.exam.events import side_order
from chartproof.extract.exam.side_by_side import read_side_by_side
from chartproof.extract.exam.stacked import read_stacked
from chartproof.extract.exam.table_heads import Column, Table, date_columns, read_heading
from chartproof.extract.finding import Finding, Strength, finding
from chartproof.language.reading import Cell, Line, Reading
from chartproof.language.sides import find_sides
from chartproof.model import PartialDate
from chartproof.model.facts import FactBase, ProvocativeCount, ProvocativeTest, Tenderness
from chartproof.model.vocab import Laterality, NoteType, Presence, TendernessSite, TestName, TestResult

_COMMAS = re.compile(r"[^,]*(?:,\S[^,]*){2,}")  # a row of comma-separated values; prose has a space behind a comma
_TWO = re.compile(r"([^\s/|,]+)\s*[/|,]\s*([^\s/|,]+)")
_SIDED_VALUE = re.compile(
    r"(?<![\w/])(?P<side>right|left|RT?|LT?)\b\s?[:=]?\s{0,3}(?:\d{1,2}/\d{1,2}\s{1,3})?(?P<told>[^\s|,;][^|,;]{0,30}?)"
    r"(?=\s*[,;/]?\s*(?<![\w/])(?:right|left|RT?|LT?)\b|\s*$)",
    re.I,
)
_RULE = re.compile(r"^[\s|:+=_-]*$")
_LEADER = re.compile(r"[\s*-]*(?P<label>[A-Za-z][^.|\n]{2,60}?)[ ]?\.{2,}[ .]*(?=[^\s.])")
_VALUE = re.compile(r"[^\s|.](?:[^|\n ]|[ ](?![ |]))*")
_BAR_IN_PARENTHESES = re.compile(r"\([^()|\n]{1,20}\|[^()|\n]{1,20}\)")
_MARK = re.compile(
    r"(?:x|\[x\]|yes|y|right|left|R|L|RT|LT|B|BL|b/l|bilat\w*|both|R ?/ ?L|R,? ?L|\+)(?:\W*"
    r"|(?<=[xX\]])\s[\w\"].{0,40})$",
    re.I,
)
_PALPATION = re.compile(r"palpat|tender", re.I)
_TOUCH = re.compile(r"tend|TTP|palp", re.I)
_OF_TOTAL = re.compile(r"\b(?:out )?of ([3-9])\b")
_PARTS = re.compile(r"\S+(?:\s?\([^()]*\))?")  # "2 (pos) 0 (neg)" is two values
_LONGEST_HEADING = 54  # characters of a heading of one cell, "Right and left"
_MIDDLE = frozenset(("lumbar_spine", "coccyx"))  # sites that have no side


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
    for test, lines in read_stacked(reading):
        out.findings.append(finding(test, reading.note, Strength.FIRST_HAND))
        out.tests.append((test.name.value, test.laterality, lines[0].start))
        out.lines += lines
    for one, line in read_side_by_side(reading):
        out.findings.append(finding(one, reading.note, Strength.FIRST_HAND))
        if isinstance(one, ProvocativeTest):
            out.tests.append((one.name.value, one.laterality, line.start))
        out.lines.append(line)
    stacked = {line.start for line in out.lines}
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
        if _RULE.match(line.text) or line.start in stacked:
            continue
        cells = _cells(line)
        if table is None and len(cells) < 2 and len(line.text.strip()) > _LONGEST_HEADING:
            above = line.text
            continue
        columns = read_heading(reading, line, cells, dates)
        if columns is not None:
            side = _side_of_heading(reading, cells) if any(c.result for c in columns) else None
            table = Table(
                columns, side=side, tender=bool(_PALPATION.search(line.text) or _PALPATION.match(above.strip()))
            )
            heading, misses, above = line, 0, ""
            continue
        above = line.text
        told = date_columns(reading, cells)
        if told is not None:
            table, dates, heading = Table(told, side=_side_of_heading(reading, cells)), told, line
            continue
        if table is None:
            continue
        found = _row(reading, line, cells, table)
        if not found and any(reading.targets_of("provocative_test", c.start, c.end) for c in cells[1:]):
            found = None  # a sentence under a table
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


def _side_in(cell: Cell) -> Laterality | None:
    """The side that a value tells: "pos L", "no pain R, no pain L"."""
    sides = {s.side for s in find_sides(cell.text)}
    if sides == {Laterality.LEFT, Laterality.RIGHT}:
        parts = [re.sub(r"\W|\b(?:R|L|right|left)\b", "", part) for part in re.split(r"[,;/]| and ", cell.text)]
        return Laterality.BILATERAL if len(set(parts)) == 1 else None
    return sides.pop() if len(sides) == 1 else None


def _side_of_heading(reading: Reading, cells: list[Cell]) -> Laterality | None:
    """The one side in the first cell of a heading: "EXAM, SI (L)   08/26/25   02/03/26"."""
    first = cells[0]
    sides = {s.side for s in find_sides(reading.text, first.start, first.end)}
    return sides.pop() if len(sides) == 1 and not reading.dates_in(first.start, first.end) else None


def _strength(reading: Reading, fact: FactBase) -> Strength:
    return Strength.FIRST_HAND if getattr(fact, "date", None) == reading.date else Strength.SUMMARY


def _cells(line: Line) -> list[Cell]:
    """The cells of a line; between bars the empty ones too."""
    leader = _LEADER.match(line.text)
    if leader is not None:
        return _behind_leader(line, leader)
    if line.text.count("|") < 2 and not _COMMAS.fullmatch(line.text):
        pair = _BAR_IN_PARENTHESES.search(line.text)
        if pair is not None:  # "Special tests (R | L)" is one heading
            start = next((c.start for c in line.cells if c.end > line.start + pair.start()), line.start)
            end = line.start + pair.end()
            one = Cell(start, end, line.text[start - line.start : pair.end()], start - line.start)
            return [*(c for c in line.cells if c.end <= start), one, *(c for c in line.cells if c.start >= end)]
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


def _behind_leader(line: Line, leader: re.Match[str]) -> list[Cell]:
    """The cells of "Patrick / FABER ......... pos | neg": the label, and the values behind the dots."""
    spans = [leader.span("label"), *(m.span() for m in _VALUE.finditer(line.text, leader.end()))]
    return [Cell(line.start + a, line.start + b, line.text[a:b], a) for a, b in spans]


def _row(reading: Reading, line: Line, cells: list[Cell], table: Table) -> list[FactBase] | None:
    """The facts of a row; None where the line is no row of the table."""
    if not cells:
        return None
    if table.columns[0].test is not None or any(c.test for c in table.columns):
        return list(_side_row(reading, line, cells, table)) if _is_side_row(reading, cells) else None
    first, values = cells[0], _slashed(reading, cells[1:])
    if reading.patterns.regexes["exam_total_row"].match(first.text) or (
        len(cells) == 1 and re.match(r"\s*(?:total|positive)\b", first.text, re.I)
    ):
        return list(_total_row(reading, line, cells, table))
    if reading.patterns.regexes["exam_count_label"].search(first.text) and any(
        reading.patterns.regexes["exam_n_of_m"].search(v.text) for v in values
    ):
        return list(_total_row(reading, line, cells, table))
    test = cell_item(reading, first, "provocative_test")
    site = cell_item(reading, first, "tender_site") if test is None else None
    if (test is None and site is None) or not values:
        collapsed = _collapsed(reading, line, cells, table)
        return collapsed if collapsed is not None else ([] if _other_row(values, table) else None)
    if site is not None and not table.tender and not any(_TOUCH.search(c.text) for c in cells):
        return None
    if any(reading.targets_of(kind, v.start, v.end) for kind in ("provocative_test", "tender_site") for v in values):
        if any(reading.patterns.regexes["exam_checkbox"].search(v.text) for v in values):
            return None  # boxes of several questions on one line
    side = next((s.side for s in find_sides(reading.text, first.start, first.end)), table.side)
    facts: list[FactBase] = []
    sided = _sided_values(table, values) if test not in (None, "other") else []
    if sided:
        for column, half, cell in sided:
            result = None if column.skip else test_result(reading, cell)
            if result is not None and not (column.dated and column.date is None):
                facts.append(_fact(reading, test, None, result, half, column.date, line, cells))
        return facts
    values = _unpaired(reading, table, values)
    middle = site in _MIDDLE and len(values) == 1
    told_side: Laterality | None
    for column, cell in _aligned(table.columns, values):
        if column.skip or (test == "other"):
            continue
        if column.dated and column.date is None:
            continue
        pair = _pair(reading, cell.text)
        order = column.order or side_order(reading, line.start, first.end)
        if test and column.side is None and pair is not None and order is not None:
            for half, told in zip(order, pair, strict=True):
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
        if test and told_side is None:
            told_side = _side_in(cell)
        facts.append(_fact(reading, test, site, result, told_side, column.date, line, cells))
    return _of_both(facts)


def _sided_values(table: Table, values: list[Cell]) -> list[tuple[Column, Laterality, Cell]]:
    """The values of a row that names its sides in the cells: "FABER   R +  L -   R +  L -" under two dates."""
    columns = [c for c in table.columns if not c.skip]
    if any(c.side or c.test or c.result for c in columns):
        return []
    parts = [
        (Laterality.RIGHT if m["side"][0] in "Rr" else Laterality.LEFT, _part(cell, m.start("told"), m.end("told")))
        for cell in values
        for m in _SIDED_VALUE.finditer(cell.text)
    ]
    if len(parts) < 2:
        return []
    if len(parts) == 2 * len(columns):
        return [(columns[n // 2], side, cell) for n, (side, cell) in enumerate(parts)]
    return [(min(columns, key=lambda c: abs(c.at - cell.column)), side, cell) for side, cell in parts]


def _slashed(reading: Reading, values: list[Cell]) -> list[Cell]:
    """One cell for "-  /  +", whose signs stand far apart."""
    if len(values) < 3 or values[1].text not in ("/", "|"):
        return values
    start, end = values[0].start, values[2].end
    return [Cell(start, end, f"{values[0].text} / {values[2].text}", values[0].column), *values[3:]]


def _part(cell: Cell, start: int, end: int) -> Cell:
    """The characters [start, end) of a cell as a cell."""
    return Cell(cell.start + start, cell.start + end, cell.text[start:end], cell.column + start)


def _pair(reading: Reading, text: str) -> tuple[str, str] | None:
    """The two halves of "+ / -" and "pos, posterior / neg"."""
    regexes = reading.patterns.regexes
    pair = regexes["exam_pair"].fullmatch(text) or regexes["exam_pair_words"].fullmatch(text)
    return None if pair is None else (pair["a"], pair["b"])


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


def _unpaired(reading: Reading, table: Table, values: list[Cell]) -> list[Cell]:
    """Two cells for a "+ / -" or a "2 (pos) 0 (neg)" under a "R / L" that is two columns."""
    sided = [c for c in table.columns if c.side is not None]
    if len(sided) != 2 or not values or len(values) >= len(sided):
        return values
    cell = values[0]
    pair = _TWO.fullmatch(cell.text)
    words = reading.patterns.regexes["exam_pair_words"].fullmatch(cell.text)
    if words is not None:
        return [_part(cell, *words.span("a")), _part(cell, *words.span("b")), *values[1:]]
    spans = [pair.span(1), pair.span(2)] if pair is not None else [m.span() for m in _PARTS.finditer(cell.text)]
    if len(spans) != 2 or (pair is None and "(" not in cell.text):
        return values
    parts = [_part(cell, a, b) for a, b in spans]
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
    name = BARE.get(hits[0].value, hits[0].value)
    return [
        _fact(reading, name, None, r, c.side, c.date, line, cells) for c, r in zip(sided, results, strict=False) if r
    ]


def _word_result(reading: Reading, word: str) -> str | None:
    cell = Cell(0, len(word), word, 0)
    return test_result(reading, cell, word)


def _is_side_row(reading: Reading, cells: list[Cell]) -> bool:
    return cell_side(reading, cells[0].text) is not None or bool(reading.dates_in(cells[0].start, cells[0].end))


def _side_row(reading: Reading, line: Line, cells: list[Cell], table: Table) -> Iterator[FactBase]:
    side = cell_side(reading, cells[0].text)
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
    told = [(v, list(reading.patterns.regexes["exam_n_of_m"].finditer(v.text))) for v in values]
    values = [_part(v, *hit.span()) for v, hits in told for hit in hits] if any(len(h) > 1 for _, h in told) else values
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
    of = _OF_TOTAL.search(cells[0].text)
    total = int(m["m"]) if m else int(of[1]) if of else None
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
