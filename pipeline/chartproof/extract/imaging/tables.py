"""Tables of a report: a column for each side ("FINDING  R  L"), or a line for each level ("LEVEL  DISC  CANAL")."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from chartproof.extract.imaging.items import SIZED
from chartproof.extract.imaging.study import PAIRED, SPINE, Frame, Seen
from chartproof.extract.imaging.units import Label, Unit, anatomy_in, sides_in
from chartproof.language.patterns import Patterns
from chartproof.language.reading import Cell, Line, Reading
from chartproof.model.vocab import Laterality

_RIGHT = re.compile(r"(?:R|RT|right)\.?(?: (?:side|SI|SIJ|sacroiliac|hip|joint)s?)*", re.I)
_LEFT = re.compile(r"(?:L|LT|left)\.?(?: (?:side|SI|SIJ|sacroiliac|hip|joint)s?)*", re.I)
_LEVEL = re.compile(r"[TLS]\d{1,2} ?[-/] ?[LS]?\d\b.{0,8}$|level$", re.I)
_SPACE = re.compile(r"\b(?:joint|cartilage)? ?(?:spaces?|width)\b", re.I)
_ARTHROSIS = {"si_joint": "degeneration", "hip": "osteoarthritis"}
_OF_A_JOINT = ("arthrosis", "joint_space_narrowing")
_FAR = 10  # characters by which a cell may stand beside the head of its column


@dataclass
class Tables:
    """What the tables of a text tell: findings, cells to be read like a sentence, and the spans of their lines."""

    seen: list[Seen] = field(default_factory=list)
    units: list[Unit] = field(default_factory=list)
    spans: list[tuple[int, int]] = field(default_factory=list)


def tables_in(reading: Reading, spans: list[tuple[int, int, bool]], frame: Frame) -> Tables:
    """Read the tables within the spans of a report's body."""
    out = Tables()
    if not spans:
        return out
    first, last = reading.line_index(spans[0][0]), reading.line_index(spans[-1][1] - 1)
    lines = reading.lines[first : last + 1]
    at = 0
    while at < len(lines):
        sides = _side_columns(lines[at])
        levels = {} if sides else _level_columns(reading.patterns, lines[at])
        at += 1
        if not sides and not levels:
            continue
        rows: list[Line] = []
        while at < len(lines) and len(lines[at].cells) > 1 and not lines[at].cells[0].text.endswith(":"):
            rows.append(lines[at])
            at += 1
        read = [row for row in rows if _row(reading, row, sides, levels, frame, out)]
        if read:
            head = lines[at - len(rows) - 1]
            empty = reading.patterns.regexes["img_cell_empty"]
            silent = [row for row in rows if all(empty.fullmatch(cell.text) for cell in row.cells[1:])]
            out.spans += [(line.start, line.end) for line in [head, *read, *silent]]
    return out


def _row(
    reading: Reading,
    row: Line,
    sides: list[tuple[int, Laterality]],
    levels: dict[int, str],
    frame: Frame,
    out: Tables,
) -> bool:
    if sides:
        return _side_row(reading, row, sides, frame, out)
    return _level_row(reading.patterns, reading.text, row, levels, frame, out)


def _side_columns(line: Line) -> list[tuple[int, Laterality]]:
    """The columns of a head with one for the right and one for the left: (column, side)."""
    if not 2 <= len(line.cells) <= 4:
        return []
    out = []
    for cell in line.cells:
        if _RIGHT.fullmatch(cell.text):
            out.append((cell.column, Laterality.RIGHT))
        elif _LEFT.fullmatch(cell.text):
            out.append((cell.column, Laterality.LEFT))
    return out if len({side for _, side in out}) == 2 == len(out) else []


def _level_columns(patterns: Patterns, line: Line) -> dict[int, str]:
    """The columns of a head that names what is told of each level: column -> finding."""
    if len(line.cells) < 3 or not re.match(r"levels?$|segments?$|disc level$", line.cells[0].text, re.I):
        return {}
    out = {}
    for cell in line.cells[1:]:
        finding = patterns.first("imaging_column", cell.text)
        if finding:
            out[cell.column] = finding
    return out if len(out) > 1 else {}


def _nearest(cell: Cell, columns: list[int]) -> int | None:
    near = min(columns, key=lambda c: abs(c - cell.column))
    return near if abs(near - cell.column) <= _FAR else None


def _side_row(reading: Reading, row: Line, sides: list[tuple[int, Laterality]], frame: Frame, out: Tables) -> bool:
    text, patterns = reading.text, reading.patterns
    label, cells = row.cells[0], row.cells[1:]
    told: list[tuple[Cell, Laterality | None]]
    if len(cells) == len(sides):
        told = [(cell, side) for cell, (_, side) in zip(cells, sides, strict=True)]
    else:
        by_column = dict(sides)
        near = [(cell, _nearest(cell, list(by_column))) for cell in cells]
        told = [(cell, by_column[column]) for cell, column in near if column is not None]
        if not told and len(cells) == 1 and _presence(patterns, cells[0].text) == "absent":
            told = [(cells[0], None)]  # one answer, between the columns, for both
    findings = [finding for finding, _ in patterns.find("imaging_finding", text, label.start, label.end)]
    if not findings and _SPACE.search(label.text):
        findings = ["joint_space_narrowing"]
    place = next((a.region for a in anatomy_in(patterns, text, label.start, label.end) if a.region in PAIRED), None)
    region = place or (frame.region if frame.region in PAIRED else "si_joint")
    done = False
    for cell, side in told:
        if not findings and side is None:
            continue
        if not findings:
            out.units.append(Unit(cell.start, cell.end, False, Label(region, side, False), own=True))
            done = True
            continue
        presence = _presence(patterns, cell.text)
        if presence is None:
            continue
        done = True
        for finding in findings:
            severity = _severity(patterns, cell.text, finding) if presence != "absent" else None
            name = _ARTHROSIS[region] if finding == "arthrosis" else finding
            out.seen.append(Seen(name, region, presence, side, severity, row.start, row.end))
    return done


def _level_row(patterns: Patterns, text: str, row: Line, columns: dict[int, str], frame: Frame, out: Tables) -> bool:
    if not _LEVEL.match(row.cells[0].text):
        return False
    region = frame.region if frame.region in SPINE else "lumbar_spine"
    for cell in row.cells[1:]:
        column = _nearest(cell, list(columns))
        presence = _presence(patterns, cell.text)
        if column is None or presence is None:
            continue
        finding = columns[column]
        own = [f for f, _ in patterns.find("imaging_finding", text, cell.start, cell.end) if f not in _OF_A_JOINT]
        if finding == "disc" and (presence == "absent" or not own):
            continue
        if finding == "facet_arthropathy" and presence == "absent":
            continue
        if finding != "disc" and own and finding not in own:
            finding = own[0]  # "facets / nerve": the cell itself says of what it tells
        side = next((s.side for s in sides_in(patterns, text, cell.start, cell.end)), None)
        severity = _severity(patterns, cell.text, finding) if presence != "absent" else None
        for name in own if finding == "disc" else [finding]:
            out.seen.append(Seen(name, region, presence, side, severity, row.start, cell.end))
    return True


def _presence(patterns: Patterns, cell: str) -> str | None:
    regexes = patterns.regexes
    if not re.search(r"\w|[-+?]", cell) or regexes["img_cell_empty"].fullmatch(cell):
        return None
    if regexes["img_cell_absent"].match(cell):
        return "absent"
    return "possible" if regexes["img_maybe"].search(cell) else "present"


def _severity(patterns: Patterns, cell: str, finding: str) -> str | None:
    degree = patterns.first("imaging_severity", cell)
    if degree == "small":
        return None if finding in SIZED else "mild"
    return degree
