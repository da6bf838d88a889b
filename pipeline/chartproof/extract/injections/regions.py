"""Where an outcome is felt: of several sites injected in one session, "the groin is 90% better" tells of the hip."""

from __future__ import annotations

import re

from chartproof.extract.injections.telling import Telling
from chartproof.language.reading import Reading

_REACH = 60  # characters before a cue in which its region is named
_CLAUSE = re.compile(r"[.;,:%\n]|\b(?:but|and|while|whereas)\b", re.IGNORECASE)
_ITS_NAME = re.compile(r"\b(?:inj\w*|blocks?|shots?|procedures?|same day|session)\b", re.IGNORECASE)
_BEHIND = re.compile(
    r"\s*(?:relief|better|improve\w*|reduction|benefit|less)?\s*(?:of|in|for|at|over)\s+(?:\w+\s){0,3}$", re.IGNORECASE
)


def by_region(reading: Reading, start: int, end: int, owners: list[Telling], session: list[Telling]) -> list[Telling]:
    """Of whom the outcome in [start, end) is told: the injection of the region that its clause names.

    Args:
        owners: those it would be told of without a region.
        session: all injections of the session; where they are of one site, or the region is of none of them, the
            owners stay.
    """
    if len({t.target for t in session}) < 2:
        return owners
    region = _region(reading, start, end)
    same = [t for t in session if region is not None and t.target == region and t.status == "performed"]
    return same or owners


def _region(reading: Reading, start: int, end: int) -> str | None:
    text = reading.text
    low = max(0, start - _REACH)
    breaks = [m.end() for m in _CLAUSE.finditer(text, low, start)]
    low = breaks[-1] if breaks else low
    before = [
        (m.start(), value)
        for value, m in reading.patterns.find("injection_region", text, low, start)
        if not _ITS_NAME.search(text, m.end(), start)
    ]
    if before:
        return max(before)[1]
    behind = sorted(
        (m.start(), value) for value, m in reading.patterns.find("injection_region", text, end, end + _REACH)
    )
    return behind[0][1] if behind and _BEHIND.match(text[end : behind[0][0]]) else None
