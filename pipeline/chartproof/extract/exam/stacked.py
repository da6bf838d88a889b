"""Reads an exam table whose cells stand one below the other: "FABER", "Right", "Positive", "Left", "Negative"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from chartproof.extract.exam.cells import cell_item, cell_side, test_result
from chartproof.language.reading import Cell, Line, Reading
from chartproof.language.sides import find_sides
from chartproof.model.facts import ProvocativeTest
from chartproof.model.vocab import Laterality, TestName, TestResult

_CELL = 40  # characters of a line that is one cell, at most
_LEAST = 2  # tests that make a table
_HEADER = re.compile(
    r"\W*(?:tests?|special tests?|maneuvers?|manoeuvres?|results?|sides?|findings?|provocation|provocative tests?)\W*$",
    re.IGNORECASE,
)
_RESULT = re.compile(
    r"\W*(?:(?:weakly |strongly |mildly )?"
    r"(?:pos(?:itive)?|neg(?:ative)?|equiv(?:ocal)?)\b.{0,30}|[+-]|\(\+\)|\(-\)|\+{2,3}"
    r"|yes|no|NT|n/?a|not (?:tested|done|performed)|deferred|pain(?:ful|less)?|no pain|concordant(?: pain)?)\W*$",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class _Piece:
    kind: str  # test, side, result, header
    line: Line
    cell: Cell
    name: str = ""
    side: Laterality | None = None


def read_stacked(reading: Reading) -> list[tuple[ProvocativeTest, list[Line]]]:
    """The tests of such tables, each with the lines that tell it."""
    if not reading.may_name("provocative_test", but="other"):
        return []
    out: list[tuple[ProvocativeTest, list[Line]]] = []
    for run in _runs(reading):
        told = _of_run(reading, run)
        if len({fact.name for fact, _ in told}) >= _LEAST:
            out += told
    return out


def _runs(reading: Reading) -> Iterator[list[_Piece]]:
    run: list[_Piece] = []
    for line in reading.lines:
        words = line.text.strip()
        if not words:
            continue
        piece = _piece(reading, line) if len(words) <= _CELL and len(line.cells) == 1 else None
        if piece is not None:
            run.append(piece)
            continue
        if len(run) > 2 * _LEAST:
            yield run
        run = []
    if len(run) > 2 * _LEAST:
        yield run


def _piece(reading: Reading, line: Line) -> _Piece | None:
    cell = line.cells[0]
    side = cell_side(reading, cell.text)
    if side is not None:
        return _Piece("side", line, cell, side=side)
    if _RESULT.match(cell.text):
        return _Piece("result", line, cell)
    if _HEADER.match(cell.text):
        return _Piece("header", line, cell)
    name = cell_item(reading, cell, "provocative_test")
    if name is None:
        return None
    own = next((s.side for s in find_sides(reading.text, cell.start, cell.end)), None)
    return _Piece("test", line, cell, name, own)


def _of_run(reading: Reading, run: list[_Piece]) -> list[tuple[ProvocativeTest, list[Line]]]:
    """ "Right", "Left" once at the head and two results a test; or a side before each result; or one result a test."""
    out: list[tuple[ProvocativeTest, list[Line]]] = []
    order: tuple[Laterality, Laterality] | None = None
    at = 0
    while at < len(run):
        kinds = [p.kind for p in run[at : at + 3]]
        if kinds == ["side", "side", "test"]:
            first, second = run[at].side, run[at + 1].side
            order = (first, second) if first is not None and second is not None and first != second else None
            at += 2
            continue
        if kinds[0] != "test":
            at += 1
            continue
        test = run[at]
        answers: list[tuple[Laterality | None, _Piece]] = []
        at += 1
        if order is not None and [p.kind for p in run[at : at + 2]] == ["result", "result"]:
            answers = list(zip(order, run[at : at + 2], strict=True))
            at += 2
        elif kinds[1:2] == ["side"]:
            while [p.kind for p in run[at : at + 2]] == ["side", "result"]:
                answers.append((run[at].side, run[at + 1]))
                at += 2
        elif kinds[1:2] == ["result"] and kinds[2:3] != ["result"]:
            answers = [(test.side, run[at])]
            at += 1
        for side, answer in answers:
            result = test_result(reading, answer.cell)
            if result is None or test.name == "other":
                continue
            fact = ProvocativeTest(
                name=TestName(test.name),
                laterality=side,
                date=reading.date,
                result=TestResult(result),
                evidence=[reading.evidence(test.cell.start, answer.cell.end)],
            )
            out.append((fact, [test.line, answer.line]))
    return out
