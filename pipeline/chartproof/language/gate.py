"""Regexes that only run where they can match: one scan of a text tells which words stand where in it.

Every ``GatedRegex`` gives its scanner the words of which each of its matches holds one (see literals.py). A text is
scanned once, however many regexes are asked about it, and remembered for as long as its note is being read. A regex
none of whose words stand in the text has no match there; of the others most begin at a word, or a few characters
before it, so that they are tried at those places alone. What comes out is what the regex alone would give.
"""

from __future__ import annotations

import os
import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from typing import Literal

try:
    import ahocorasick
except ImportError:  # no wheel for this platform: the scan in plain Python gives the same
    ahocorasick = None

from chartproof.language.literals import Needed, Reach, Word, mark, marked, needed, single, split

Engine = Literal["ahocorasick", "python", "off"]
ENGINES: tuple[Engine, ...] = ("ahocorasick", "python", "off")
_VARIABLE = "CHARTPROOF_PREFILTER"

# So many neighbouring places are tried one by one; where there are more the regex does its own searching.
_MOST_TRIED = 40
# Characters. In a shorter text (a clause, what stands before a word) a regex looks for itself: scanning costs more.
_SHORT = 400
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


class Places:
    """Where matches of one regex can begin in a text.

    Attributes:
        lows, highs: first and last places of stretches in which one can begin; in order, apart from one another.
        far: where words stand that a match may begin any distance before.
    """

    __slots__ = ("far", "highs", "lows")

    def __init__(self, stretches: list[tuple[int, int]], far: list[int]):
        self.far = sorted(far)
        self.lows: list[int] = []
        self.highs: list[int] = []
        for low, high in sorted(stretches):
            if self.highs and low <= self.highs[-1] + 1:
                self.highs[-1] = max(self.highs[-1], high)
            else:
                self.lows.append(low)
                self.highs.append(high)

    def all(self) -> list[int]:
        """Every single place."""
        return [place for low, high in zip(self.lows, self.highs, strict=True) for place in range(low, high + 1)]

    def any_in(self, start: int, end: int) -> bool:
        """Whether a match can begin in [start, end)."""
        if self.far:
            far = bisect_left(self.far, start)
            if far < len(self.far) and self.far[far] < end:
                return True
        first = bisect_left(self.highs, start)
        return first < len(self.highs) and self.lows[first] < end


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


class Scan:
    """What one scan found in a text."""

    __slots__ = ("_groups", "_hits", "_live", "_marked", "_places", "_scanner", "mask")

    def __init__(self, scanner: Scanner, text: str):
        self._scanner = scanner
        self._marked = mark(text)
        self._hits = scanner.hits(self._marked)
        self._places: dict[int, Places] = {}
        self._groups: dict[int, Places] = {}
        # of a vocabulary: what may match, what of it is not gated, the bits of the others
        self._live: dict[str, tuple[list[tuple[str, GatedRegex]], list[tuple[str, GatedRegex]], int]] = {}
        mask = 0
        variants = scanner.variants
        for text_id, starts in self._hits.items():
            free, length, bounded = variants[text_id]
            mask |= free
            for left, right, bits in bounded:
                if bits & ~mask:
                    for start in starts:
                        if self._is_bounded(start, start + length, left, right):
                            mask |= bits
                            break
        self.mask = mask  # bit n: a match of regex n is possible

    def _is_bounded(self, start: int, end: int, left: bool, right: bool) -> bool:
        text = self._marked
        if left and start and text[start - 1].isalpha():
            return False
        return not (right and end < len(text) and text[end].isalpha())

    def places(self, number: int) -> Places:
        """Where matches of regex ``number`` can begin."""
        places = self._places.get(number)
        if places is None:
            stretches: list[tuple[int, int]] = []
            far: list[int] = []
            wanted = self._scanner.wanted[number]
            for text_id in wanted.keys() & self._hits.keys():
                length = self._scanner.variants[text_id][1]
                for left, right, near, furthest in wanted[text_id]:
                    starts = self._hits[text_id]
                    if left or right:
                        starts = [s for s in starts if self._is_bounded(s, s + length, left, right)]
                    if furthest is None:
                        far.extend(starts)
                    else:
                        stretches.extend((start - furthest, start - near) for start in starts)
            places = self._places[number] = Places(stretches, far)
        return places

    def possible(
        self, vocabulary: str, regexes: dict[str, GatedRegex], start: int, end: int
    ) -> list[tuple[str, GatedRegex]]:
        """Those regexes of a vocabulary that may match in [start, end) of this text.

        Args:
            vocabulary: its name, under which what is found is remembered.
        """
        known = self._live.get(vocabulary)
        if known is None:
            mask = self.mask
            live = [item for item in regexes.items() if not item[1].bit or item[1].bit & mask]
            free = [item for item in live if item[1].always_runs]
            bits = 0
            for _, regex in live:
                bits |= 0 if regex.always_runs else regex.bit
            known = self._live[vocabulary] = live, free, bits
        live, free, bits = known
        if len(live) == len(free) or cuts_word(self._marked, end) or self.places_of(bits).any_in(start, end):
            return live
        return free

    def places_of(self, bits: int) -> Places:
        """Where matches of any of the regexes whose bits these are can begin."""
        places = self._groups.get(bits)
        if places is None:
            left = bits & self.mask
            each = []
            while left:
                each.append(self.places(left.bit_length() - 1))
                left ^= 1 << left.bit_length() - 1
            stretches = [stretch for p in each for stretch in zip(p.lows, p.highs, strict=True)]
            places = self._groups[bits] = Places(stretches, [at for p in each for at in p.far])
        return places


class Scanner:
    """The words of many regexes, looked for in one pass over a text.

    Args:
        engine: ``ahocorasick``, ``python`` (the same without a compiled library), or ``off`` (regexes run as they are).
    """

    def __init__(self, engine: Engine):
        self.engine = engine
        self.wanted: list[dict[int, list[tuple[bool, bool, int, int | None]]]] = []  # of a regex: text -> bounds, reach
        # of a text: the regexes that want it anywhere; its length; those that want it bounded left, right
        self.variants: list[tuple[int, int, list[tuple[bool, bool, int]]]] = []
        self._texts: list[str] = []
        self._ids: dict[str, int] = {}
        self._automaton: ahocorasick.Automaton | None = None
        self._letters: re.Pattern[str] | None = None
        self._scans: dict[str, Scan] = {}
        self._last: tuple[str, Scan | None] = ("", None)
        self._note = ""

    def add(self, words: dict[Word, Reach]) -> int:
        """Register the words of a regex; returns its number."""
        number = len(self.wanted)
        wanted: dict[int, list[tuple[bool, bool, int, int | None]]] = {}
        for word, reach in words.items():
            # what is bounded on the left stands in upper case where it does
            left = word.left and not word.text[0].isalpha()
            for text in marked(word):
                text_id = self._ids.setdefault(text, len(self._texts))
                if text_id == len(self._texts):
                    self._texts.append(text)
                    self.variants.append((0, len(text), []))
                wanted.setdefault(text_id, []).append((left, word.right, *reach))
                free, length, bounded = self.variants[text_id]
                if not left and not word.right:
                    self.variants[text_id] = (free | 1 << number, length, bounded)
                    continue
                for i, (other_left, right, bits) in enumerate(bounded):
                    if (other_left, right) == (left, word.right):
                        bounded[i] = (left, right, bits | 1 << number)
                        break
                else:
                    bounded.append((left, word.right, 1 << number))
        self.wanted.append(wanted)
        self._automaton = self._letters = None
        self.forget()
        return number

    def scan(self, text: str) -> Scan | None:
        """What stands in ``text``, remembered until ``forget``; None for a short text, where it does not pay."""
        if text is self._last[0]:
            return self._last[1]
        if self.engine == "off":
            return None
        # of the length of the note: a copy of it with something blotted out
        if text is not self._note and (
            len(text) == len(self._note) or (len(text) < _SHORT and text not in self._scans)
        ):
            return None
        return self._scanned(text)

    def scan_at_once(self, text: str) -> Scan | None:
        """What stands in ``text``, however short; None where the engine is ``off``."""
        if text is self._last[0]:
            return self._last[1]
        return None if self.engine == "off" else self._scanned(text)

    def _scanned(self, text: str) -> Scan:
        scan = self._scans.get(text)
        if scan is None:
            if len(self._scans) >= _MOST_SCANS:
                self._scans.clear()
            scan = self._scans[text] = Scan(self, text)
        self._last = (text, scan)
        return scan

    def read(self, text: str) -> None:
        """Scan the text of a note, which is what most is asked about.

        A text of the same length that is asked about later is a copy of it with something blotted out. There may be
        thousands, looked at in small windows, so that they are not scanned.
        """
        self._note = text
        self.scan_at_once(text)

    def forget(self) -> None:
        """Let go of the texts scanned so far."""
        self._scans.clear()
        self._last = ("", None)
        self._note = ""

    def hits(self, marked_text: str) -> dict[int, list[int]]:
        """Number of a text looked for -> where it begins."""
        if self.engine == "ahocorasick":
            hits = self._ahocorasick(marked_text)
        else:
            hits = {}
            for text_id, text in enumerate(self._texts):
                at = marked_text.find(text) if len(text) > 1 or not text.isalnum() else -1
                while at >= 0:
                    hits.setdefault(text_id, []).append(at)
                    at = marked_text.find(text, at + 1)
        if self._letters is None:
            self._letters = single([text for text in self._texts if len(text) == 1 and text.isalnum()])
        for m in self._letters.finditer(marked_text):
            hits.setdefault(self._ids[m[0]], []).append(m.start())
        return hits

    def _ahocorasick(self, marked_text: str) -> dict[int, list[int]]:
        if self._automaton is None:
            automaton = ahocorasick.Automaton()
            automaton.add_word("\0", (0, 0))  # an empty one cannot be asked
            for text_id, text in enumerate(self._texts):
                if len(text) > 1 or not text.isalnum():
                    automaton.add_word(text, (text_id, len(text) - 1))
            automaton.make_automaton()
            self._automaton = automaton
        hits: dict[int, list[int]] = {}
        for last, (text_id, back) in self._automaton.iter(marked_text):
            if text_id in hits:
                hits[text_id].append(last - back)
            else:
                hits[text_id] = [last - back]
        return hits


_NONE: Iterator[re.Match[str]] = iter(())

# For the regexes that stand in the code.
OWN = Scanner(default_engine())


def gated(source: str, flags: int = 0) -> GatedRegex:
    """A regex of the code's own, run only where it can match (with the default engine)."""
    return GatedRegex(re.compile(source, flags), OWN)


class GatedRegex:
    """A compiled regex that is only run where it can match. Its methods are those of ``re.Pattern``.

    Args:
        regex: the regex.
        scanner: the scanner it shares with the others that are asked about the same texts.
        need: what ``needed`` gives for the regex, or ``split`` for those of its alternatives that are not in ``rest``,
            where that is known already.
        rest: the alternatives that are looked for by themselves, each with what it needs.
    """

    __slots__ = (
        "_bits", "_may_be_empty", "_number", "_regex", "_rest", "_scanner", "bit",
        "findall", "finditer", "flags", "fullmatch", "groupindex", "match", "pattern", "search", "split", "sub",
    )  # fmt: skip

    def __init__(
        self,
        regex: re.Pattern[str],
        scanner: Scanner,
        need: Needed | Literal["look"] | None = "look",
        rest: Sequence[tuple[re.Pattern[str], Needed | None]] = (),
    ):
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
        self.bit = 0  # those of its alternatives in the mask of a scan; 0 for a regex of which one always runs
        if scanner.engine == "off":
            return
        if need == "look":
            need, rest = _look(regex)
        if need is None and not rest:
            return
        self._scanner = scanner
        self._may_be_empty = isinstance(need, Needed) and need.may_be_empty
        self._number = scanner.add(need.words) if isinstance(need, Needed) else -1
        self._rest = tuple((one, 1 << scanner.add(its.words) if its is not None else 0) for one, its in rest)
        self._bits = 1 << self._number if self._number >= 0 else 0
        for _, bit in self._rest:
            self._bits |= bit
        if all(bit for _, bit in self._rest):
            self.bit = self._bits
        self.search = self._gated_search
        self.finditer = self._gated_finditer

    def __repr__(self) -> str:
        return f"GatedRegex({self._regex!r})"

    @property
    def always_runs(self) -> bool:
        """Whether it looks for itself wherever it is asked."""
        return not self.bit or self._may_be_empty

    def may_match(self, text: str, start: int, end: int) -> bool:
        """False where the scan of ``text`` rules out a match in ``text[start:end]``, taken as a text of its own."""
        scan = self._scanner.scan(text) if self.bit else None
        if scan is None:
            return True
        if cuts_word(text, start) or cuts_word(text, end):
            return True  # a word may begin or end there that the scan of the whole did not see
        return bool(scan.mask & self.bit) and scan.places_of(self.bit).any_in(start, end)

    def spans_with(self, spans: Spans) -> Sequence[int]:
        """The numbers of the spans in which, each taken as a text of its own, a match is possible."""
        scan = self._scanner.scan_at_once(spans.text) if self.bit else None
        if scan is None:
            return range(len(spans.spans))
        return spans.with_any(scan.places_of(self.bit)) if scan.mask & self.bit else spans.cut

    def _gated_search(self, text: str, pos: int = 0, endpos: int | None = None) -> re.Match[str] | None:
        end = len(text) if endpos is None else endpos
        scan = self._scanner.scan(text)
        if scan is None:
            return self._regex.search(text, pos, end)
        if self.bit and not scan.mask & self.bit:
            return None
        tried = self._tried(scan, text, pos, end)
        return self._regex.search(text, pos, end) if tried is None else next(tried, None)

    def _gated_finditer(self, text: str, pos: int = 0, endpos: int | None = None) -> Iterator[re.Match[str]]:
        scan = self._scanner.scan(text)
        end = len(text) if endpos is None else endpos
        if scan is None:
            return self._regex.finditer(text, pos, end)
        if self.bit and not scan.mask & self.bit:
            return _NONE
        tried = self._tried(scan, text, pos, end)
        return self._regex.finditer(text, pos, end) if tried is None else tried

    def _tried(self, scan: Scan, text: str, pos: int, end: int) -> Iterator[re.Match[str]] | None:
        """The matches at the places where one can begin; None where the regex does its own searching."""
        if self._may_be_empty:
            return None
        # a regex takes the end it is given for the end of a word, which the scan did not know of
        if cuts_word(text, end):
            return None
        places = scan.places(self._number) if self._number >= 0 else _NOWHERE
        if places.far:
            far = bisect_left(places.far, pos)
            if far < len(places.far) and places.far[far] < end:
                return None
        if self._rest:
            mask = scan.mask
            rest = [one for one, bit in self._rest if not bit or (mask & bit and scan.places_of(bit).any_in(pos, end))]
            if rest:
                return self._try_all(rest, places, text, pos, end)
        first = bisect_left(places.highs, pos)
        if first == len(places.lows) or places.lows[first] >= end:
            return _NONE
        return self._try_places(places, first, text, pos, end)

    def _try_places(self, places: Places, first: int, text: str, at: int, endpos: int) -> Iterator[re.Match[str]]:
        return self._try_until(places, first, text, at, endpos, endpos)

    def _try_until(
        self, places: Places, first: int, text: str, at: int, stop: int, endpos: int
    ) -> Iterator[re.Match[str]]:
        """The matches that begin at the places before ``stop``, from place ``first`` on."""
        match, lows, highs = self._regex.match, places.lows, places.highs
        for i in range(first, len(lows)):
            low, high = lows[i], highs[i]
            if low >= stop:
                return
            at = max(at, low)
            while at <= high:
                if high - at > _MOST_TRIED:
                    m = self._regex.search(text, at, endpos)
                    if m is None:
                        return
                else:
                    m = match(text, at, endpos)
                if m is None:
                    at += 1
                else:
                    yield m
                    at = m.end()

    def _try_all(
        self, rest: list[re.Pattern[str]], places: Places, text: str, at: int, endpos: int
    ) -> Iterator[re.Match[str]]:
        """The matches, where some alternatives do their own searching. At each place the whole regex decides."""
        nowhere = len(text) + 1
        starts = [-1] * len(rest)  # where the next match of each begins
        while True:
            for i, one in enumerate(rest):
                if starts[i] < at:
                    m = one.search(text, at, endpos)
                    starts[i] = nowhere if m is None else m.start()
            best = min(starts)
            first = bisect_left(places.highs, at)
            found = next(self._try_until(places, first, text, at, min(best, endpos), endpos), None)
            if found is None:
                if best == nowhere:
                    return
                found = self._regex.match(text, best, endpos)
                if found is None:  # cannot be: one of its alternatives matches there
                    at = best + 1
                    continue
            yield found
            at = found.end()


_NOWHERE = Places([], [])


def _look(regex: re.Pattern[str]) -> tuple[Needed | None, list[tuple[re.Pattern[str], Needed | None]]]:
    """What a regex needs, and the alternatives of it that are looked for by themselves."""
    parts = split(regex.pattern, regex.flags)
    if parts is None:
        return needed(regex.pattern, regex.flags), []
    return parts.near, [(re.compile(one.source, regex.flags), one.need) for one in parts.rest]


def cuts_word(text: str, at: int) -> bool:
    """Whether a word goes on over a position."""
    if not 0 < at < len(text):
        return False
    after = text[at]  # most often white space
    if not (after.isalnum() or after == "_"):
        return False
    before = text[at - 1]
    return before.isalnum() or before == "_"
