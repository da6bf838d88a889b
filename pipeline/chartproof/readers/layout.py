"""Plain text from marked-up documents: blocks on lines of their own, tables in aligned columns, as notes are typed."""

from __future__ import annotations

import re
from collections.abc import Sequence

_BLANKS = re.compile(r"[ \t\r\n\f]+")
_MAX_COLUMN = 48


class Writer:
    """Collects text as a browser would lay it out: runs of blanks are one, blocks begin a line."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._line: list[str] = []
        self._blank_wanted = False
        self._space_wanted = False

    def text(self, text: str) -> None:
        """Running text; its line breaks are blanks."""
        folded = _BLANKS.sub(" ", text)
        if not folded:
            return
        if folded == " ":
            self._space_wanted = bool(self._line)
            return
        if (self._space_wanted or folded[0] == " ") and self._line:
            self._line.append(" ")
        self._line.append(folded.strip(" "))
        self._space_wanted = folded[-1] == " "

    def verbatim(self, text: str) -> None:
        """Text whose blanks and line breaks count."""
        first, *rest = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        if self._space_wanted and self._line and first:
            self._line.append(" ")
        self._space_wanted = False
        if first:
            self._line.append(first)
        for line in rest:
            self.line_break()
            if line:
                self._line.append(line)

    def line_break(self) -> None:
        """End the line, also one that is empty."""
        self._lines.append("".join(self._line).rstrip())
        self._line.clear()
        self._space_wanted = False

    def block(self, *, spaced: bool = False) -> None:
        """Begin a line, after an empty one where the block is ``spaced``; no effect at the start."""
        self._space_wanted = False
        if self._line:
            self.line_break()
        if spaced and self._lines and self._lines[-1]:
            self._lines.append("")

    def value(self) -> str:
        """The text so far, without empty lines around it and never two in a row."""
        lines = [*self._lines, "".join(self._line).rstrip()]
        return re.sub(r"\n{3,}", "\n\n", "\n".join(lines).strip("\n")).replace("\u00a0", " ")


def table_text(rows: Sequence[Sequence[str]]) -> str:
    """A table as text: columns aligned with blanks, or, where cells hold several lines, cell below cell."""
    filled = [[cell.strip("\n") for cell in row] for row in rows if any(cell.strip() for cell in row)]
    if not filled:
        return ""
    lines: list[str] = []
    widths: dict[int, int] = {}
    for row in filled:
        for place, cell in enumerate(row):
            if "\n" not in cell:
                widths[place] = max(widths.get(place, 0), min(len(cell), _MAX_COLUMN))
    for row in filled:
        if any("\n" in cell for cell in row):
            lines += [cell for cell in row if cell.strip()]
        else:
            lines.append("  ".join(cell.ljust(widths[place]) for place, cell in enumerate(row)).rstrip())
    return "\n".join(lines)
