"""The passages of the notes that criteria quote, for paper: enough around each quote to read it in its place."""

from __future__ import annotations

from dataclasses import dataclass

from chartproof.worksheet.quotes import Quotes, Token, cut
from chartproof.worksheet.scored import Paper

_AROUND = 160
"""Characters to look back and ahead for the ends of the line that holds a quote."""


@dataclass(frozen=True)
class Passage:
    """A piece of a note with its quotes marked. The dots say where the note goes on."""

    tokens: list[Token]
    cut_before: bool
    cut_after: bool


def passages(quotes: Quotes, paper: Paper) -> list[Passage]:
    """The passages of a note that hold the quotes criteria stand on, in order; quotes near each other share one.

    A note whose text is not at hand has none.
    """
    text = paper.text
    if text is None:
        return []
    spans = sorted((s, e, n) for (note, s, e), n in quotes.numbers.items() if note == paper.id and quotes.decides(n))
    windows: list[list[int]] = []
    for start, end, _ in spans:
        first, last = _line_start(text, start), _line_end(text, end)
        if windows and first <= windows[-1][1] + 2:
            windows[-1][1] = max(windows[-1][1], last)
        else:
            windows.append([first, last])
    found = []
    for first, last in windows:
        inside = [(s - first, e - first, n) for s, e, n in spans if first <= s and e <= last]
        before, after = text[:first].rstrip(" \t"), text[last:].lstrip(" \t")
        found.append(
            Passage(
                cut(text[first:last], inside),
                cut_before=bool(before) and before[-1] not in "\r\n",
                cut_after=bool(after) and after[0] not in "\r\n",
            )
        )
    return found


def _line_start(text: str, position: int) -> int:
    """Where the line begins, or a word within reach of the position."""
    floor = max(0, position - _AROUND)
    line = text.rfind("\n", floor, position)
    if line >= 0:
        return line + 1
    if floor == 0:
        return 0
    space = text.find(" ", floor, position)
    return space + 1 if space >= 0 else floor


def _line_end(text: str, position: int) -> int:
    ceiling = min(len(text), position + _AROUND)
    line = text.find("\n", position, ceiling)
    if line >= 0:
        return line
    if ceiling == len(text):
        return ceiling
    space = text.rfind(" ", position, ceiling)
    return space if space >= 0 else ceiling
