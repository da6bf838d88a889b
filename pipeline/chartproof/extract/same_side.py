"""Words that tell a side by pointing back at the one told before: "on that side", "ipsilateral"."""

from __future__ import annotations

import re

from chartproof.language.gate import gated
from chartproof.language.sides import SideMention, find_sides
from chartproof.model.vocab import Laterality

_REACH = 240  # characters back to the side that such words lean on
_SAME_SIDE = gated(r"\b(?:(?:on |of |at )?(?:that|the same|this) side\b|ipsilateral\b)", re.IGNORECASE)


def same_sides(text: str, start: int, end: int) -> list[SideMention]:
    """The sides told by such words in [start, end): the one of left and right told last before each."""
    out: list[SideMention] = []
    for m in _SAME_SIDE.finditer(text, start, end):
        low = max(text.rfind("\n\n", 0, m.start()), m.start() - _REACH, 0)
        before = [s.side for s in find_sides(text, low, m.start()) if s.side != Laterality.BILATERAL]
        if before:
            out.append(SideMention(m.start(), m.end(), before[-1]))
    return out
