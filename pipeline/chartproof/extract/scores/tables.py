"""Tables with a column for each visit: rows of pain scores and of the ODI, each value with the date of its column."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from chartproof.extract.finding import Finding, finding
from chartproof.extract.scores.visits import day_told, first_visit
from chartproof.language.reading import Cell, Line, Reading
from chartproof.model import PartialDate
from chartproof.model.facts import DisabilityScore, PainScore
from chartproof.model.vocab import DisabilityInstrument, NoteType, PainScale, ScoreQualifier

_VALUE = re.compile(
    r"^[<>~]?\s?(?P<n>\d{1,3}(?:\.\d)?)(?:\s?[-/]\s?(?P<n2>\d{1,3}))?\s?(?P<unit>%|mm|cm|pts?|points?)?(?:\s?\(.*\))?$"
)
_MEASURE_HEAD = re.compile(r"(?:measure|outcome|outcome measure|instrument|scale|test|score)s?", re.I)
# a cell that is a day and nothing else: read by itself, since "08 Jan    11 Apr" would be read across the gap
_DAY_ALONE = re.compile(r"\d{1,2}/(?!10$)\d{1,2}|\d{1,2} [A-Z][A-Za-z]{2,8}|[A-Z][A-Za-z]{2,8}\.? \d{1,2}")
_GRADE = re.compile(r"[0-5][+-]?/5")
_EMPTY = re.compile(r"^(?:-+|n/?a|nt|not (?:done|tested|taken)|deferred|__+|\?)$", re.I)


@dataclass(frozen=True)
class _Column:
    column: int
    date: PartialDate | None
    counts: bool  # False for a column of goals or changes
    qualifier: ScoreQualifier | None = None  # before or after the injection, in a procedure note


@dataclass
class Found:
    """The findings and the lines (start offsets) that were read for them."""

    findings: list[Finding] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)


def extract(reading: Reading) -> Found:
    """Scores of tables whose heading line holds two dates or visits at least."""
    out = Found()
    columns: list[_Column] = []
    measures: list[Cell | None] = []
    rows_since = 0
    blank = False
    for line in _with_columns(reading):
        named = _measures(reading, line)
        if named:
            measures = named
            continue
        if measures:
            found = _dated_row(reading, line, measures)
            if found:
                out.findings += found
                out.lines.append(line.start)
                continue
            measures = [] if line.text.strip() else measures
        head = _heading(reading, line)
        if head:
            columns, rows_since, blank = head, 0, False
            continue
        if not columns:
            continue
        if line.text.strip() and _is_rule(line.text):
            continue  # "+------+------+" under a heading
        rows_since += 1
        if len(line.cells) < 2 or rows_since > 25:
            if not line.text.strip() and not blank:
                blank = True
                continue  # a blank line under the heading or between rows
            columns = [] if len(line.cells) < 2 else columns
            continue
        blank = False
        found = _row(reading, line, columns)
        if found:
            out.findings += found
            out.lines.append(line.start)
    return out


def _with_columns(reading: Reading) -> list[Line]:
    """The lines of a note; a table whose cells were exported one a line is put back into rows."""
    out: list[Line] = []
    lines = reading.lines
    i = 0
    while i < len(lines):
        if not _MEASURE_HEAD.fullmatch(lines[i].text.strip()):
            out.append(lines[i])
            i += 1
            continue
        run = i
        while run < len(lines) and len(lines[run].cells) == 1 and len(lines[run].text.strip()) < 40:
            run += 1
        width = 1
        while i + width < run and _is_visit(reading, lines[i + width].cells[0]):
            width += 1
        at = i
        while width > 2 and at + width <= run:
            cells = tuple(
                Cell(c.start, c.end, c.text, 20 * k)
                for k, c in enumerate(line.cells[0] for line in lines[at : at + width])
            )
            values = [c.text for c in cells[1:]]
            if at > i and not all(_VALUE.match(v) or _EMPTY.match(v) for v in values):
                break
            out.append(Line(lines[at].start, lines[at + width - 1].end, "  ".join(c.text for c in cells), cells))
            at += width
        if at == i:
            out.append(lines[i])
            at += 1
        i = at
    return out


def _is_visit(reading: Reading, cell: Cell) -> bool:
    """Whether a cell names a visit: a date, or "Eval", "D/C"."""
    names = ("table_first_visit", "table_this_visit", "table_other_column")
    return len(cell.text) < 28 and bool(
        reading.dates_in(cell.start, cell.end) or any(reading.patterns.regexes[n].match(cell.text) for n in names)
    )


def _heading(reading: Reading, line: Line) -> list[_Column]:
    """The columns of a heading line; empty where it is none."""
    columns: list[_Column] = []
    for i, cell in enumerate(line.cells):
        if _is_rule(cell.text):
            continue
        if re.search(r"\b(?:dob|born|birth)\b", cell.text, re.I):
            return []
        dates = [d for d in reading.dates_in(cell.start, cell.end) if d.value.precision == "day"]
        alone = day_told(reading, cell.text) if _DAY_ALONE.fullmatch(cell.text) else None
        around = _injection_column(reading, cell)
        if alone:
            columns.append(_Column(cell.column, alone, True))
        elif around:
            columns.append(_Column(cell.column, reading.date, True, around))
        elif dates:
            columns.append(_Column(cell.column, dates[0].value, True))
        elif reading.patterns.regexes["table_first_visit"].match(cell.text) and len(cell.text) < 28:
            columns.append(_Column(cell.column, first_visit(reading), True))
        elif reading.patterns.regexes["table_this_visit"].match(cell.text) and len(cell.text) < 28:
            columns.append(_Column(cell.column, reading.date, True))
        elif reading.patterns.regexes["table_other_column"].match(cell.text) and len(cell.text) < 28:
            columns.append(_Column(cell.column, None, False))
        elif i > 0:
            return []  # a cell that is no visit: no heading
    if all(_GRADE.fullmatch(cell.text) for cell in line.cells[1:]):
        return []  # "strength   2/5   4/5"
    # one cell of a heading may be the name of the first column; a line of prose with one date is no heading
    return columns if len(columns) >= 2 and any(c.counts for c in columns) else []


def _injection_column(reading: Reading, cell: Cell) -> ScoreQualifier | None:
    """Whether a heading of a procedure note says before or after the injection ("Pre", "Post 15 min", "Discharge")."""
    if reading.note.type is not NoteType.PROCEDURE or len(cell.text) > 28:
        return None
    value = next((v for v, m in reading.patterns.find("score_qualifier", cell.text) if m.start() <= 1), None)
    if value in ("pre_injection", "baseline"):
        return ScoreQualifier.PRE_INJECTION
    is_after = value == "post_injection" or re.match(r"(?:discharge|d/?c|recovery|\d+\s?(?:min|hr))", cell.text, re.I)
    return ScoreQualifier.POST_INJECTION if is_after else None


def _measures(reading: Reading, line: Line) -> list[Cell | None]:
    """The cells of a heading "Date   NPRS   ODI" from its second on, None for other measures; empty for other lines."""
    if len(line.cells) < 2 or not re.match(r"(?:date|visit|dos|session)\b", line.cells[0].text, re.I):
        return []
    regexes = reading.patterns.regexes
    named = [
        c if regexes["odi_name"].search(c.text) or regexes["score_pain_word"].search(c.text) else None
        for c in line.cells[1:]
    ]
    return named if any(named) and not any(re.search(r"\d", c.text) for c in line.cells) else []


def _dated_row(reading: Reading, line: Line, measures: list[Cell | None]) -> list[Finding]:
    """The values of a row that opens with a date, each with the measure of its column."""
    if len(line.cells) != len(measures) + 1 or not re.match(
        r"\d{1,2}[/-]\d{1,2}|[A-Z][a-z]{2}\w* \d", line.cells[0].text
    ):
        return []
    dates = [d.value for d in reading.dates_in(line.cells[0].start, line.cells[0].end) if d.value.precision == "day"]
    day = dates[0] if dates else day_told(reading, line.cells[0].text)
    if day is None:
        return []
    out = []
    for cell, measure in zip(line.cells[1:], measures, strict=True):
        m = _VALUE.match(cell.text)
        if measure is None or m is None:
            continue
        if reading.patterns.regexes["odi_name"].search(measure.text):
            out.append(_odi(reading, line, measure, m, day, line.cells[0].start))
        else:
            found = _pain(reading, line, measure, m, day, line.cells[0].start)
            out += [found] if found else []
    return out


def _is_rule(text: str) -> bool:
    return not re.search(r"[A-Za-z0-9]", text)


def _row(reading: Reading, line: Line, columns: list[_Column]) -> list[Finding]:
    label, values = line.cells[0], list(line.cells[1:])
    regexes = reading.patterns.regexes
    is_odi = regexes["odi_name"].search(label.text)
    is_pain = regexes["score_pain_word"].search(label.text) and not regexes["score_measure"].search(label.text)
    other_site = any(value == "other" for value, _ in reading.patterns.find("score_site", label.text))
    if not is_odi and (not is_pain or other_site):
        return []
    out = []
    for cell, column in _aligned(values, columns):
        if not column.counts or column.date is None:
            continue
        m = _VALUE.match(cell.text)
        if m is None:
            continue
        if is_odi:
            out.append(_odi(reading, line, label, m, column.date, label.start))
        else:
            found = _pain(reading, line, label, m, column.date, label.start)
            if found is None:
                continue
            if column.qualifier and isinstance(found.fact, PainScore):
                found.fact.qualifier = column.qualifier
            out.append(found)
    return out


def _aligned(values: list[Cell], columns: list[_Column]) -> list[tuple[Cell, _Column]]:
    """Each value with its column: in order where the row is full, else by the nearest place."""
    if len(values) == len(columns):
        return list(zip(values, columns, strict=True))
    return [(v, min(columns, key=lambda c: abs(c.column - v.column))) for v in values if not _EMPTY.match(v.text)]


def _odi(reading: Reading, line: Line, label: Cell, m: re.Match[str], date: PartialDate, start: int) -> Finding:
    value = float(m["n"])
    raw = reading.patterns.regexes["odi_raw"].search(label.text)
    if m["n2"] == "50" or (raw and m["unit"] != "%" and value <= 50):
        value *= 2
    evidence = [reading.evidence(start, line.cells[-1].end)]
    return finding(
        DisabilityScore(instrument=DisabilityInstrument.ODI, date=date, value=min(value, 100.0), evidence=evidence),
        reading.note,
    )


def _pain(reading: Reading, line: Line, label: Cell, m: re.Match[str], date: PartialDate, start: int) -> Finding | None:
    is_vas = bool(reading.patterns.regexes["score_vas_word"].search(label.text))
    low = float(m["n"])
    high = float(m["n2"]) if m["n2"] and m["n2"] not in ("10", "100") else low
    millimetres = m["unit"] == "mm" or m["n2"] == "100" or (is_vas and low > 10)
    if millimetres:
        low, high, is_vas = low / 10, high / 10, True
    if not low <= high <= 10:
        return None
    qualifier = reading.patterns.first("score_qualifier", label.text)
    fact = PainScore(
        qualifier=ScoreQualifier(qualifier)
        if qualifier in ("average", "worst", "best", "baseline")
        else ScoreQualifier.CURRENT,
        date=date,
        scale=PainScale.VAS if is_vas or m["unit"] == "cm" else PainScale.NRS,
        value=(low, high),
        evidence=[reading.evidence(start, line.cells[-1].end)],
    )
    return finding(fact, reading.note, at=line.start)
