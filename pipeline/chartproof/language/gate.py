"""Regexes that only run where they can match: one scan of a text tells which words stand where in it.

Every ``GatedRegex`` gives its scanner the words of which each of its matches holds one (see literals.py). A text is
scanned once, however many regexes are asked about it, and remembered for as long as its note is being read. A regex
none of whose words stand in the text has no match there; of the others most begin at a word, or a few characters
before it, so that they are tried at those places alone. What comes out is what the regex alone would give.
"""

from __future__ import annotations

import os
import re
from bisect import bisect_left
from collections.abc import Callable, Iterator
from typing import Literal

try:
    import ahocorasick
except ImportError:  # no wheel for this platform: the scan in plain Python gives the same
    ahocorasick = None

from chartproof.language.literals import Needed, Word, fold, needed

Engine = Literal["ahocorasick", "python", "off"]
ENGINES: tuple[Engine, ...] = ("ahocorasick", "python", "off")
_VARIABLE = "CHARTPROOF_PREFILTER"

# A regex whose word stands at most so many characters further from its beginning in one match than in another is
# tried at each possible beginning.
_FEW_BEGINNINGS = 8
# Texts remembered within one note; more are only seen in a note of a megabyte.
_MOST_SCANS = 5000


def default_engine() -> Engine:
    """The engine named by the environment variable CHARTPROOF_PREFILTER, else the fastest that is installed.

    Raises:
        ValueError: the variable names no engine.
    """
    name = os.environ.get(_VARIABLE) or ("ahocorasick" if ahocorasick is not None else "python")
    for engine in ENGINES:
        if name == engine:
            return engine
    raise ValueError(f"{_VARIABLE} is {name!r}; it is one of {', '.join(ENGINES)}")


class Scan:
    """What one scan found in a text."""

    __slots__ = ("_folded", "_hits", "_places", "_scanner", "mask")

    def __init__(self, scanner: Scanner, text: str):
        self._scanner = scanner
        self._folded = fold(text)
        self._hits = scanner.hits(self._folded)
        self._places: dict[int, list[int]] = {}
        self.mask = 0  # bit n: a match of regex n is possible
        for text_id, starts in self._hits.items():
            for left, right, mask in scanner.variants[text_id]:
                if mask & ~self.mask and (not (left or right) or self._stands_alone(text_id, starts, left, right)):
                    self.mask |= mask

    def _stands_alone(self, text_id: int, starts: list[int], left: bool, right: bool) -> bool:
        length = len(self._scanner.texts[text_id])
        return any(self._is_bounded(start, start + length, left, right) for start in starts)

    def _is_bounded(self, start: int, end: int, left: bool, right: bool) -> bool:
        text = self._folded
        if left and start and ((before := text[start - 1]).isalnum() or before == "_"):
            return False
        return not (right and end < len(text) and ((after := text[end]).isalnum() or after == "_"))

    def places(self, number: int) -> list[int]:
        """Where the words of regex ``number`` begin, in order."""
        places = self._places.get(number)
        if places is None:
            found: set[int] = set()
            wanted = self._scanner.wanted[number]
            for text_id in wanted.keys() & self._hits.keys():
                starts = self._hits[text_id]
                length = len(self._scanner.texts[text_id])
                for left, right in wanted[text_id]:
                    if left or right:
                        found.update(s for s in starts if self._is_bounded(s, s + length, left, right))
                    else:
                        found.update(starts)
            places = self._places[number] = sorted(found)
        return places


class Scanner:
    """The words of many regexes, looked for in one pass over a text.

    Args:
        engine: ``ahocorasick``, ``python`` (the same without a compiled library), or ``off`` (regexes run as they are).
    """

    def __init__(self, engine: Engine):
        self.engine = engine
        self.texts: list[str] = []
        self.variants: list[list[tuple[bool, bool, int]]] = []  # of a text: bounded left, right; regexes that want it
        self.wanted: list[dict[int, list[tuple[bool, bool]]]] = []  # of a regex: text -> bounds
        self._ids: dict[str, int] = {}
        self._automaton: ahocorasick.Automaton | None = None
        self._scans: dict[str, Scan] = {}

    def add(self, words: frozenset[Word]) -> int:
        """Register the words of a regex; returns its number."""
        number = len(self.wanted)
        wanted: dict[int, list[tuple[bool, bool]]] = {}
        for word in words:
            text_id = self._ids.setdefault(word.text, len(self.texts))
            if text_id == len(self.texts):
                self.texts.append(word.text)
                self.variants.append([])
            wanted.setdefault(text_id, []).append((word.left, word.right))
            variants = self.variants[text_id]
            for i, (left, right, mask) in enumerate(variants):
                if (left, right) == (word.left, word.right):
                    variants[i] = (left, right, mask | 1 << number)
                    break
            else:
                variants.append((word.left, word.right, 1 << number))
        self.wanted.append(wanted)
        self._automaton = None
        self._scans.clear()
        return number

    def scan(self, text: str) -> Scan:
        """What stands in ``text``; remembered until ``forget``."""
        scan = self._scans.get(text)
        if scan is None:
            if len(self._scans) >= _MOST_SCANS:
                self._scans.clear()
            scan = self._scans[text] = Scan(self, text)
        return scan

    def forget(self) -> None:
        """Let go of the texts scanned so far."""
        self._scans.clear()

    def hits(self, folded: str) -> dict[int, list[int]]:
        """Number of a text looked for -> where it begins in ``folded``."""
        if self.engine == "ahocorasick":
            return self._ahocorasick(folded)
        hits: dict[int, list[int]] = {}
        for text_id, text in enumerate(self.texts):
            at = folded.find(text)
            while at >= 0:
                hits.setdefault(text_id, []).append(at)
                at = folded.find(text, at + 1)
        return hits

    def _ahocorasick(self, folded: str) -> dict[int, list[int]]:
        if self._automaton is None:
            automaton = ahocorasick.Automaton()
            for text_id, text in enumerate(self.texts):
                automaton.add_word(text, (text_id, len(text) - 1))
            automaton.make_automaton()
            self._automaton = automaton
        hits: dict[int, list[int]] = {}
        for last, (text_id, back) in self._automaton.iter(folded):
            if text_id in hits:
                hits[text_id].append(last - back)
            else:
                hits[text_id] = [last - back]
        return hits


class GatedRegex:
    """A compiled regex that is only run where it can match. Its methods are those of ``re.Pattern``.

    Args:
        regex: the regex.
        scanner: the scanner it shares with the others that are asked about the same texts.
    """

    __slots__ = (
        "_few", "_finditer", "_needed", "_number", "_regex", "_scanner", "bit",
        "findall", "finditer", "flags", "fullmatch", "groupindex", "match", "pattern", "search", "split", "sub",
    )  # fmt: skip

    def __init__(self, regex: re.Pattern[str], scanner: Scanner):
        self._regex = regex
        self.pattern: str = regex.pattern
        self.flags: int = regex.flags
        self.groupindex = regex.groupindex
        self.match = regex.match
        self.fullmatch = regex.fullmatch
        self.findall = regex.findall
        self.sub = regex.sub
        self.split = regex.split
        self.search: Callable[..., re.Match[str] | None] = regex.search
        self.finditer: Callable[..., Iterator[re.Match[str]]] = regex.finditer
        self.bit = 0  # in the mask of a scan; 0 for a regex that is always run
        need = None if scanner.engine == "off" else needed(regex.pattern, regex.flags)
        if need is not None:
            self._scanner = scanner
            self._needed: Needed = need
            self._number = scanner.add(need.words)
            self.bit = 1 << self._number
            self._few = need.high is not None and need.high - need.low <= _FEW_BEGINNINGS and not need.may_be_empty
            self.search = self._gated_search
            self.finditer = self._gated_finditer

    def __repr__(self) -> str:
        return f"GatedRegex({self._regex!r})"

    def _gated_search(self, text: str, pos: int = 0, endpos: int | None = None) -> re.Match[str] | None:
        scan = self._scanner.scan(text)
        if not scan.mask & self.bit:
            return None
        if pos == 0 and endpos is None and not self._few:
            return self._regex.search(text)
        return next(self._where_possible(scan, text, pos, len(text) if endpos is None else endpos), None)

    def _gated_finditer(self, text: str, pos: int = 0, endpos: int | None = None) -> Iterator[re.Match[str]]:
        scan = self._scanner.scan(text)
        if not scan.mask & self.bit:
            return iter(())
        return self._where_possible(scan, text, pos, len(text) if endpos is None else endpos)

    def _where_possible(self, scan: Scan, text: str, pos: int, endpos: int) -> Iterator[re.Match[str]]:
        regex, need = self._regex, self._needed
        if 0 < endpos < len(text) and _within_word(text, endpos):
            # a regex takes the end it is given for the end of a word, which the scan did not know of
            yield from regex.finditer(text, pos, endpos)
            return
        places = scan.places(self._number)
        first = bisect_left(places, pos + need.low)
        last = bisect_left(places, endpos, first)
        if first == last:
            return
        if not self._few:
            if need.high is not None:
                pos = max(pos, places[first] - need.high)
            yield from regex.finditer(text, pos, endpos)
            return
        assert need.high is not None
        match, at = regex.match, pos
        for place in places[first:last]:
            low = place - need.high
            for start in range(low if low > at else at, place - need.low + 1):
                m = match(text, start, endpos)
                if m is not None:
                    yield m
                    at = m.end()
                    break
                at = start + 1


def _within_word(text: str, at: int) -> bool:
    before, after = text[at - 1], text[at]
    return (before.isalnum() or before == "_") and (after.isalnum() or after == "_")
