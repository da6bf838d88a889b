"""Extracts provocative tests, their stated counts, and tenderness (provocative_test, provocative_count, tenderness)."""

from __future__ import annotations

import re

from chartproof.extract.exam.counts import read_counts
from chartproof.extract.exam.memory import Memory, Told
from chartproof.extract.exam.provocation import names_a_test, read_tests
from chartproof.extract.exam.tables import read_tables
from chartproof.extract.exam.tenderness import Palpation, read_tenderness, speaks_of_touch
from chartproof.extract.exam.units import Unit, find_units
from chartproof.extract.finding import Finding
from chartproof.language.reading import Reading
from chartproof.model.facts import ProvocativeTest
from chartproof.model.vocab import Laterality

# A total behind the tests it counts: "3 of 5". It begins with a class, not "none", so that it is found fast.
_COUNT = re.compile(r"[\deE]\s*(?:/|(?:out )?of)\s*(?:the )?[4-7]", re.IGNORECASE)


def extract(reading: Reading) -> list[Finding]:
    """The findings of one note: its tables first, then its sentences and rows in order."""
    tables = read_tables(reading)
    out = list(tables.findings)
    tested, touched = names_a_test(reading), speaks_of_touch(reading)
    counted = reading.may_hold(("exam_provocation_strict",)) or (
        _COUNT.search(reading.text) is not None and bool(reading.targets_of("provocative_test"))
    )
    if not (counted or tested or touched):
        return out
    memory = Memory([])
    palpation = Palpation()
    pending = list(tables.tests)
    block, block_start = -1, 0
    for unit in find_units(reading, tables.lines):
        if unit.block != block:
            block, block_start = unit.block, len(out)
        _side_of_all(reading, unit, out[block_start:])
        while pending and pending[0][2] < unit.start:
            name, side, _ = pending.pop(0)
            memory.tests.append(Told(name, side, unit.block, ""))
        named = bool(memory.tests) and memory.tests[-1].block >= unit.block - 1
        if tested:
            out += read_tests(reading, unit, memory)
        if counted:
            out += read_counts(reading, unit, named)
        if touched:
            out += read_tenderness(reading, unit, palpation)
    return out


def _side_of_all(reading: Reading, unit: Unit, told: list[Finding]) -> None:
    """ "Compression negative, distraction positive. All right-sided.": the side of the tests told without one."""
    m = reading.patterns.regexes["exam_side_of_all"].match(unit.text[unit.start : unit.end])
    if m is None:
        return
    side = Laterality.LEFT if m["side"].lower().startswith("l") else Laterality.RIGHT
    for found in told:
        if isinstance(found.fact, ProvocativeTest) and found.fact.laterality is None:
            found.fact = found.fact.model_copy(update={"laterality": side})
