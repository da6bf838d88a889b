"""Left, right, both: the side that words near a finding tell.

A side written directly at the finding goes before one elsewhere in its clause; two different sides in one clause are
told apart by which is nearer, and left open where that does not decide.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from chartproof.model.vocab import Laterality

_SIDE = re.compile(
    r"(?P<both>\b(?:bilateral(?:ly)?|bilat|b/l|(?-i:BL|B(?= (?:PSIS|SIJ?|SI joints?|GTs?|GTBs?|trochanters?|piriformis|hips|buttocks?|paraspinals?|knees|LEs?)\b))|(?-i:(?:(?<= [+-] )|(?<=[+-]\) )|(?<=\bNT )|(?<=\bTTP )|(?<=\bneg )|(?<=\bpos ))B(?=\s*(?:[.,;)]|$))|(?<=[A-Za-z]: )B(?=\s?(?:\(?[+-]|neg\b|pos\b))|(?<=[A-Za-z] )B(?= ?(?:\([+-]|[+-](?!\w)|neg\b|pos\b)))|(?:(?<!were )(?<!are )|(?!both (?:painful|positive|negative|pos\b|neg\b|provocative)))both(?: sides)?|n?either(?= (?:side|greater|troch|SI\b|SIJ|sacro|hip|PSIS|sulc|pirif|groin|joint|buttock))|each side|on both sides|right and left|left and right|(?-i:R and L|L and R|R/L|L/R|R\+L|L\+R|R & L|L & R)|(?:right|left|[RL])\s*(?:>+|(?:side )?(?:greater|more|worse|more so) than(?: (?:on )?the)?)\s*(?:right|left|[RL]))\b)"
    r"|(?P<left>\bleft(?:-sided| sided| side)?\b(?! (?:with|us|me|him|her|the|in|over|a|to|for|walking|without|hand(?:ed)?\b|ventric|ovarian|kidney|renal|alone|off|work|early)\b)|\b(?<=on )left\b|(?<=on the )left\b|\bleft-sided\b|(?-i:\b(?:L|LT|Lt|lt)\b)(?![1-5]\b|[1-5][-/]|-spine| spine|\.?\s?Sp\b|'s|\s*[1-5](?:\s*-|\b)|/min)|(?-i:-LT\b))"
    r"|(?P<right>\bright(?:-sided| sided| side)?\b(?! (?:now|away|back|after|around|where|at the|before|over \d|under|hand(?:ed)?\b|-hand|ovarian|kidney|renal|upper quadrant)\b)|\b(?<=on the )right\b|\bright-sided\b|(?-i:\b(?:R|RT|Rt|rt)\b)(?!\.?N\.?\b|'s|/min)|(?-i:-RT\b))",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class SideMention:
    start: int
    end: int
    side: Laterality


def find_sides(text: str, start: int = 0, end: int | None = None) -> Iterator[SideMention]:
    """The side words in ``text[start:end]``, in order. "R>L" and "both" are bilateral."""
    for m in _SIDE.finditer(text, start, len(text) if end is None else end):
        side = Laterality.BILATERAL if m["both"] else Laterality.LEFT if m["left"] else Laterality.RIGHT
        yield SideMention(m.start(), m.end(), side)


def side_near(text: str, start: int, end: int, low: int, high: int) -> Laterality | None:
    """The side of what stands at ``text[start:end]``, looked for within ``text[low:high]`` (its clause or sentence).

    One side in the window: that side. Several: the last one before the finding within 40 characters without a comma or
    "and" in between, else the nearest; left and right both directly joined ("left and right hips") are bilateral.
    """
    sides = list(find_sides(text, low, high))
    if not sides:
        return None
    values = {s.side for s in sides}
    if len(values) == 1:
        return sides[0].side
    inside = [s for s in sides if s.start >= start and s.end <= end]
    if inside:
        return inside[-1].side
    before = [s for s in sides if s.end <= start]
    if (
        before
        and start - before[-1].end <= 40
        and not re.search(r"[,;:]|\band\b|\bbut\b", text[before[-1].end : start])
    ):
        return before[-1].side
    after = [s for s in sides if s.start >= end]
    if after and after[0].start - end <= 30 and not re.search(r"[,;:]|\bbut\b", text[end : after[0].start]):
        return after[0].side
    nearest = min(sides, key=lambda s: start - s.end if s.end <= start else s.start - end if s.start >= end else 0)
    return nearest.side
