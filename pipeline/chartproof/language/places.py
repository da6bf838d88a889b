"""Where in a text the matches of a regex can begin, and in which of its sentences therefore one may stand."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence


def cuts_word(text: str, at: int) -> bool:
    """Whether a word goes on over a position."""
    if not 0 < at < len(text):
        return False
    after = text[at]  # most often white space
    if not (after.isalnum() or after == "_"):
        return False
    before = text[at - 1]
    return before.isalnum() or before == "_"


class Places:
    """Where matches of one regex can begin in a text.

    Attributes:
        lows, highs: first and last places of stretches in which one can begin; in order, apart from one another.
        far: where words stand that a match may begin any distance before.
    """

    __slots__ = ("far", "highs", "lows")

    def __init__(self, points: list[int], stretches: list[tuple[int, int]], far: list[int]):
        far.sort()
        self.far = far
        if not stretches:  # by far most often
            points = sorted(set(points)) if len(points) > 1 else points
            self.lows = self.highs = points
            return
        self.lows = []
        self.highs = []
        for low, high in sorted([*stretches, *zip(points, points, strict=True)]):
            if self.highs and low <= self.highs[-1] + 1:
                self.highs[-1] = max(self.highs[-1], high)
            else:
                self.lows.append(low)
                self.highs.append(high)

    def any_in(self, start: int, end: int) -> bool:
        """Whether a match can begin in [start, end)."""
        if self.far:
            far = bisect_left(self.far, start)
            if far < len(self.far) and self.far[far] < end:
                return True
        first = bisect_left(self.highs, start)
        return first < len(self.highs) and self.lows[first] < end

    def count_in(self, start: int, end: int, most: int) -> int:
        """At how many places in [start, end) a match can begin; ``most`` where they are not single places."""
        if self.lows is not self.highs or self.far:
            return most if self.any_in(start, end) else 0
        return bisect_left(self.lows, end) - bisect_left(self.lows, start)


NOWHERE = Places([], [], [])
ANYWHERE = Places([], [], [])  # a regex of which the words are not known; told apart by what it is, not by its places


class Spans:
    """Spans of one text, in order and apart from one another, to ask in which of them a regex may match.

    Attributes:
        cut: the numbers of those that begin or end within a word, which the scan of the whole text did not see so.
    """

    __slots__ = ("cut", "ends", "spans", "starts", "text")

    def __init__(self, text: str, spans: Sequence[tuple[int, int]]):
        self.text, self.spans = text, spans
        self.starts = [start for start, _ in spans]
        self.ends = [end for _, end in spans]
        self.cut = [n for n, (start, end) in enumerate(spans) if cuts_word(text, start) or cuts_word(text, end)]

    def with_any(self, places: Places) -> list[int]:
        """The numbers of the spans in which a match can begin, in order."""
        found = set(self.cut)
        starts, ends = self.starts, self.ends
        for at in places.far:
            n = bisect_right(starts, at) - 1
            if n >= 0 and at < ends[n]:
                found.add(n)
        for low, high in zip(places.lows, places.highs, strict=True):
            n = max(0, bisect_right(starts, low) - 1)
            while n < len(starts) and starts[n] <= high:
                if ends[n] > low:
                    found.add(n)
                n += 1
        return sorted(found)
