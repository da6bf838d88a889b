"""The pieces of meaning of an exam, and how strongly the words between two of them part them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal

from chartproof.model.vocab import Laterality

EventKind = Literal["item", "result", "side", "carry", "same", "except", "group"]
OPPOSITE = {"positive": "negative", "negative": "positive", "present": "absent", "absent": "present"}
BLANK = "\x00"  # stands for what an unticked box leaves out of a text
_FULL_STOP = re.compile(
    r"[.;]|(?<!,)(?<!, )\n|\s{3,}|\b(?:while|whereas|but|however|although|though|yet)\b", re.IGNORECASE
)
_DECIMAL = re.compile(r"\.(?=\d)|\.{3,}")
_IN_PARENTHESES = re.compile(r"\([^()]*\)")
_JOIN = re.compile(r"\b(?:and|or|with|nor)\b|[/&]", re.IGNORECASE)


@dataclass
class Event:
    """A piece of meaning in the text.

    Attributes:
        value: the name of a test or site, a result, a side, or a word for a group ("all", "both", "none", "rest").
        form: of a result: "word" (either side of its items), "is" (behind them), "of" (before them).
        felt: the result is told by what the test brings on, not by a verdict.
        side: the side that stands beside it.
        words: the words to quote for it, where they are more than its own (its side, its "no").
        pairs: of a result, the results of two sides written as one ("+/-").
    """

    kind: EventKind
    value: str
    start: int
    end: int
    form: str = "word"
    felt: bool = False
    side: Laterality | None = None
    pairs: tuple[tuple[Laterality | None, str], ...] = ()
    words: tuple[int, int] | None = None

    def quote(self) -> tuple[int, int]:
        """The words to quote: its own, with the side beside it."""
        return (self.start, self.end) if self.words is None else self.words

    def widen(self, start: int, end: int) -> None:
        """Quote [start, end) with it."""
        low, high = self.quote()
        self.words = (min(low, start), max(high, end))


@dataclass
class Statement:
    """A result and what it is about.

    Attributes:
        items: tests or sites, each with the side written beside it.
        groups: words that stand for tests named before; only where no test is named.
        side: the side told for all of them, if one.
    """

    result: Event
    value: str
    items: list[Event] = field(default_factory=list)
    groups: list[Event] = field(default_factory=list)
    side: Laterality | None = None

    def span(self) -> tuple[int, int]:
        """From the first to the last of its words."""
        events = [self.result, *self.items, *self.groups]
        return min(e.quote()[0] for e in events), max(e.quote()[1] for e in events)

    def sides(self) -> set[Laterality]:
        """The sides written beside its words."""
        return {e.side for e in [*self.items, *self.groups, self.result] if e.side is not None}


def gap_strength(text: str, start: int, end: int) -> int:
    """How strongly the words between two events part them: 0 not, 1 "and", 2 a comma, 3 a stop or "while"."""
    between = _DECIMAL.sub("", _IN_PARENTHESES.sub("", text[start:end]))
    if _FULL_STOP.search(between):
        return 3
    if "," in between or BLANK in between or " comma " in between:
        return 2
    return 1 if _JOIN.search(between) else 0
