"""Reads two lists that stand beside each other, one for each side: "FABER: POSITIVE      FABER: NEGATIVE"."""

from __future__ import annotations

from chartproof.extract.exam.cells import BARE, site_result, test_result
from chartproof.language.reading import Cell, Line, Reading, Target
from chartproof.language.sides import find_sides
from chartproof.model.facts import FactBase, ProvocativeTest, Tenderness
from chartproof.model.vocab import Laterality, Presence, TendernessSite, TestName, TestResult

_SLACK = 4  # columns that a list may stand out to the left of its heading
_SIDES = {Laterality.LEFT, Laterality.RIGHT}


def read_side_by_side(reading: Reading) -> list[tuple[FactBase, Line]]:
    """The tests and tenderness of such lists, each with its line."""
    if not reading.may_name("provocative_test", but="other"):
        return []
    out: list[tuple[FactBase, Line]] = []
    heading: tuple[Laterality, Laterality, int] | None = None
    for line in reading.lines:
        if not line.text.strip():
            heading = None
            continue
        told = _heading(reading, line)
        if told is not None:
            heading = told
        elif heading is not None:
            found = _row(reading, line, heading)
            if found is None:
                heading = None
            else:
                out += [(fact, line) for fact in found]
    return out


def _heading(reading: Reading, line: Line) -> tuple[Laterality, Laterality, int] | None:
    """The side of each list, and the column where the second one begins."""
    if len(line.cells) != 2 or any(len(c.text) > 40 or ":" in c.text[:-1] for c in line.cells):
        return None
    sides = [{s.side for s in find_sides(reading.text, c.start, c.end)} for c in line.cells]
    if any(len(s) != 1 for s in sides) or sides[0] | sides[1] != _SIDES:
        return None
    if reading.targets_of("provocative_test", line.start, line.end):
        return None
    return sides[0].pop(), sides[1].pop(), line.cells[1].column


def _row(reading: Reading, line: Line, heading: tuple[Laterality, Laterality, int]) -> list[FactBase] | None:
    """The facts of a line that names the same thing in both lists; None where the lists have ended."""
    first, second, column = heading
    split = line.start + column - _SLACK
    for category in ("provocative_test", "tender_site"):
        named = list(reading.targets_of(category, line.start, line.end))
        left = [t for t in named if t.start < split]
        right = [t for t in named if t.start >= split]
        if not left or not right or {t.value for t in left} != {t.value for t in right}:
            continue
        out: list[FactBase] = []
        for side, targets, end in ((first, left, right[0].start), (second, right, line.end)):
            out += _fact(reading, category, targets, side, end)
        return out
    return None


def _fact(reading: Reading, category: str, targets: list[Target], side: Laterality, end: int) -> list[FactBase]:
    name, start = BARE.get(targets[0].value, targets[0].value), targets[-1].end
    words = reading.text[start:end]
    lead = len(words) - len(words.lstrip(" :.-|"))
    if "-" in words[:lead] and not words.strip(" :.-|"):
        lead = words.index("-")
    cell = Cell(start + lead, start + len(words.rstrip()), words[lead:].rstrip(), 0)
    evidence = [reading.evidence(targets[0].start, max(cell.end, targets[-1].end))]
    if category == "provocative_test":
        result = test_result(reading, cell) if cell.text and name != "other" else None
        if result is None:
            return []
        return [
            ProvocativeTest(
                name=TestName(name), laterality=side, date=reading.date, result=TestResult(result), evidence=evidence
            )
        ]
    presence = site_result(reading, cell) if cell.text and name not in ("ignore", "far") else None
    if presence is None:
        return []
    return [
        Tenderness(
            site=TendernessSite(name),
            laterality=side,
            date=reading.date,
            presence=Presence(presence),
            evidence=evidence,
        )
    ]
