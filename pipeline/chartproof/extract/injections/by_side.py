"""A session of both joints whose outcome is told side by side ("left 75% better, right 50%"): a telling a side."""

from __future__ import annotations

import re
from dataclasses import replace

from chartproof.extract.injections.telling import Telling
from chartproof.language.reading import Reading
from chartproof.model.vocab import Laterality

SIDES = (Laterality.LEFT, Laterality.RIGHT)
_PERCENT = r"\d{1,3}(?:\s?(?:-|to)\s?\d{1,3})? ?(?:%|percent\b|pct\b)"
_NOTHING = (
    r"|\bno (?:change|relief|benefit|help|improvement|better|different|difference)\b|\bnot? (?:helped|help)\b"
    r"|\bnothing\b"
)
# the side before its figure ("Relief LEFT: 70-75%", "the left was 75 percent improved", "L 80% R 40%")
_SIDE_FIRST = re.compile(
    r"\b(?P<side>left|right|(?-i:[LR]T?))\b(?: (?:side|one|SI joint|SIJ|joint|SI|injection|block|shot|buttock))?"
    r"(?P<between>[^.;%\d]{0,28}?)(?:" + _PERCENT + _NOTHING + ")",
    re.I,
)
_ANOTHER_SIDE = re.compile(r"\b(?:left|right)\b", re.I)
_FIGURE_FIRST = re.compile(
    r"\d ?(?:%|percent|pct)(?: (?:relief|better|improved|improvement|gone|less))?,?\s*\(?(?:(?:on|in"
    r"|for|from) (?:the )?)?$",
    re.I,
)
_RELIEF = re.compile(
    r"\b(?:relie\w+|better|improve\w*|help\w*|gone|less|reduc\w+|benefit|response|gave|got)\b"
    r"|\d ?%,? ?(?:for |x ?|/ ?)?(?:about |only |just )?(?:\d{1,2}|a) ?"
    r"(?:weeks?|wks?|days?|months?|mos?|hours?|hrs?|h)\b",
    re.I,
)


def sides_told(text: str, start: int, end: int) -> list[tuple[int, int, Laterality]]:
    """The sides that a figure of relief follows in [start, end), in order: (start, end of the side's word, side)."""
    if not _RELIEF.search(text, max(0, start - 60), end):
        return []
    out: list[tuple[int, int, Laterality]] = []
    for m in _SIDE_FIRST.finditer(text, start, end):
        if _ANOTHER_SIDE.search(m["between"]):
            continue
        if not out and _FIGURE_FIRST.search(text, start, m.start()):
            return []  # "80% R, 40% L"
        side = Laterality.LEFT if m["side"][0] in "lL" else Laterality.RIGHT
        out.append((m.start("side"), m.end("side"), side))
    return out


def split(told: Telling) -> list[Telling]:
    """The telling of a session of both joints as one for the left and one for the right."""
    return [
        replace(told, side=side, values=dict(told.values), spans=list(told.spans), disputed=[], twin=True)
        for side in SIDES
    ]


def side_of_all(reading: Reading, tellings: list[Telling]) -> None:
    """ "Injections 1/14 and 3/11 ... both left SI joint": the side of all that were told shortly before."""
    for sentence in reading.sentences:
        for m in reading.patterns.regexes["injection_all_on"].finditer(reading.text, sentence.start, sentence.end):
            side = Laterality.LEFT if m["side"][0] in "lL" else Laterality.RIGHT
            meant = [
                t
                for t in tellings
                if t.status == "performed"
                and not t.primary
                and t.target in (None, "si_joint")
                and 0 <= sentence.index - t.sentence <= 3
            ]
            if len(meant) > 1 or any(t.group for t in meant):
                for t in meant:
                    if t.side is None:
                        t.side = side
                        t.spans.append(m.span())
