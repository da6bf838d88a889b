"""One pass over a text that tells which words of many regexes stand where in it.

Every regex gives its scanner the words of which each of its matches holds one (see literals.py). A text is scanned
once, however many regexes are asked about it, and remembered for as long as its note is being read.
"""

from __future__ import annotations

import os
import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from itertools import repeat
from typing import Any, Literal, Protocol, TypeVar

try:
    import ahocorasick
except ImportError:  # no wheel for this platform: the scan in plain Python gives the same
    ahocorasick = None

from chartproof.language.common_words import EVERYWHERE
from chartproof.language.literals import OTHER, Needed, mark, single
from chartproof.language.places import Places
from chartproof.language.regex_code import Lazy
from chartproof.language.words import Words

Engine = Literal["ahocorasick", "python", "off"]
ENGINES: tuple[Engine, ...] = ("ahocorasick", "python", "off")
_VARIABLE = "CHARTPROOF_PREFILTER"

# Characters. In a shorter text (a clause, what stands before a word) a regex looks for itself: scanning costs more.
_SHORT = 400
# Characters. Where more might stand between the beginning of a match and its word, the regex does its own searching.
_LONGEST_RUN = 300
# Characters. A longer text is taken to hold all that stands in most notes.
_HOLDS_ALL = 1500
_LONGEST_STRETCH = 500  # characters of a stretch of places at which matches can begin
# So many neighbouring places are tried one by one; where there are more a regex does its own searching.
MOST_TRIED = 120
_FOLDED = OTHER + "iIsSkK"
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


class Scanned(Protocol):
    """A regex whose words a scanner looks for."""

    @property
    def bit(self) -> int:
        """Its words in the mask of a scan; 0 where it always runs."""

    @property
    def always_runs(self) -> bool:
        """Whether it looks for itself wherever it is asked."""

    @property
    def ends(self) -> tuple[str, ...]:
        """Those of its words that count only where a word ends behind them."""

    def finditer(self, text: str, pos: int = 0, endpos: int | None = None) -> Iterator[re.Match[str]]:
        """As of ``re.Pattern``."""


_R = TypeVar("_R", bound=Scanned)


# Where the matches of a regex can begin: first and last places of stretches, words that they may begin any distance
# before, and the alternatives that are looked for by themselves, each with its places.
Tried = tuple[list[int], list[int], list[int], list[tuple[Lazy, "Places | None"]]]

# What a regex of a vocabulary matches, so that it sorts: start, end with a minus, the number of the value, value, match.
Hit = tuple[int, int, int, str, re.Match[str]]

ALONE: Tried = ([], [], [], [])  # it does its own searching


_NO_PLACES: list[int] = []


def find_all(text: str, marked_text: str) -> list[int]:
    """The places of the last character of a text, wherever it stands."""
    lasts, back, at = [], len(text) - 1, marked_text.find(text)
    while at >= 0:
        lasts.append(at + back)
        at = marked_text.find(text, at + 1)
    return lasts


class Scan:
    """What one scan found in a text.

    Attributes:
        marked, length: the marked text (see ``literals.mark``), and its length.
        mask: bit n: a match of regex n is possible.
        tried: where the regexes that were asked about the text are tried in it (see gate.py).
        of_names: where something of these vocabularies and regexes may begin (see ``Patterns.may_hold``).
    """

    __slots__ = (
        "_bounded", "_folded", "_groups", "_hits", "_live", "_places", "_scanner", "length", "marked", "mask",
        "of_names", "tried",
    )  # fmt: skip

    def __init__(self, scanner: Scanner, marked_text: str, lasts: dict[int, list[int] | None], plain: bool):
        self._scanner = scanner
        self.marked = marked_text
        self.length = len(marked_text)
        # of each text looked for where its last characters stand; None of what stands in most notes
        self._hits = lasts
        # what characters outside ASCII look like in a marked text
        self._folded = "" if plain else _FOLDED
        self._places: dict[int, Places] = {}
        self._groups: dict[int, Places] = {}
        self._live: dict[str, _Live] = {}
        self._bounded: dict[tuple[int, bool, bool], list[int]] = {}
        self.tried: dict[Any, Tried] = {}
        self.of_names: dict[tuple[str, ...], Places] = {}
        mask = 0
        known, bits_of = scanner.words.known_bits, scanner.words.bits
        for text_id, found in lasts.items():
            free, length, bounded = known.get(text_id) or bits_of(text_id)
            mask |= free
            for left, right, bits in bounded:
                if found is None:
                    mask |= bits
                elif bits & ~mask:
                    for last in found:
                        if right and marked_text[last + 1 : last + 2].isalpha():
                            continue
                        if not left or last < length or not marked_text[last - length].isalpha():
                            mask |= bits
                            break
        self.mask = mask

    def _run_before(self, at: int, between: str) -> int | None:
        """Where the run of such characters begins that ends before a place; None of a long one."""
        least = max(0, at - _LONGEST_RUN - 1)
        low = least + len(self.marked[least:at].rstrip(between))
        return low if low >= at - _LONGEST_RUN else None

    def _starts(self, text_id: int, left: bool, right: bool) -> list[int]:
        """Where a text looked for begins, bounded so."""
        text, lasts = self.marked, self._lasts(text_id)
        back = self._scanner.words.bits(text_id)[1] - 1
        if right:
            starts = [last - back for last in lasts if not text[last + 1 : last + 2].isalpha()]
        else:
            starts = [last - back for last in lasts] if back else [*lasts]
        if left:
            starts = [start for start in starts if not (start and text[start - 1].isalpha())]
        self._bounded[text_id, left, right] = starts
        return starts

    def _lasts(self, text_id: int) -> list[int]:
        """Where the last characters of a text looked for stand."""
        lasts = self._hits.get(text_id, _NO_PLACES)
        if lasts is None:
            lasts = self._hits[text_id] = find_all(self._scanner.words.texts[text_id], self.marked)
        return lasts

    def hides(self, ends: tuple[str, ...], end: int) -> bool:
        """Whether a window that ends there holds one of these words which the scan did not see, as it goes on behind."""
        return self.marked[end : end + 1].isalpha() and self.marked.endswith(ends, 0, end)

    def places(self, number: int) -> Places:
        """Where matches of regex ``number`` can begin."""
        places = self._places.get(number)
        if places is None:
            points: list[int] = []
            stretches: list[tuple[int, int]] = []
            far: list[int] = []
            words, hits, known_starts = self._scanner.words, self._hits, self._bounded
            wanted = words.wanted(number)
            for text_id in wanted.keys() & hits.keys() if len(wanted) > 1 else wanted:
                for left, right, near, furthest in wanted[text_id]:
                    starts = known_starts.get((text_id, left, right))
                    if starts is None:
                        starts = self._starts(text_id, left, right)
                    if furthest is None:
                        between = words.between(number) + self._folded
                        for start in starts:
                            low = self._run_before(start, between)
                            if low is None:
                                far.append(start)
                            elif low <= start - near:
                                stretches.append((low, start - near))
                    elif furthest != near:
                        stretches += [(start - furthest, start - near) for start in starts]
                    elif near:
                        points += [start - near for start in starts]
                    else:
                        points += starts
            places = self._places[number] = Places(points, stretches, far)
        return places

    def matches(self, vocabulary: str, regexes: Mapping[str, _R], text: str, start: int, end: int) -> list[Hit]:
        """What the regexes of a vocabulary match in [start, end) of this text.

        Args:
            vocabulary: its name, under which what is found is remembered.
        """
        known = self._live.get(vocabulary)
        if known is None:
            known = self._live[vocabulary] = _Live(self, vocabulary, regexes)
        # a word may end there that the scan of the whole did not see
        if end < self.length and self.marked[end].isalpha() and self.hides(known.ends, end):
            each = enumerate(regexes.items())
            return [(m.start(), -m.end(), n, value, m) for n, (value, r) in each for m in r.finditer(text, start, end)]
        return known.matches(text, start, end) if known.items else []

    def ends_of(self, vocabulary: str, regexes: Mapping[str, _R]) -> tuple[str, ...]:
        """The words of a vocabulary that count only where a word ends behind them."""
        known = self._scanner.ends_of.get(vocabulary)
        if known is None:
            known = tuple({text for regex in regexes.values() for text in regex.ends})
            self._scanner.ends_of[vocabulary] = known
        return known

    def places_of(self, bits: int) -> Places:
        """Where matches of any of the regexes whose bits these are can begin."""
        places = self._groups.get(bits)
        if places is None:
            left = bits & self.mask
            each = []
            while left:
                each.append(self.places(left.bit_length() - 1))
                left ^= 1 << left.bit_length() - 1
            if len(each) == 1:
                places = each[0]
            else:
                points = [at for p in each if p.lows is p.highs for at in p.lows]
                stretches = [
                    stretch for p in each if p.lows is not p.highs for stretch in zip(p.lows, p.highs, strict=True)
                ]
                places = Places(points, stretches, [at for p in each for at in p.far])
            self._groups[bits] = places
        return places


class _Live:
    """Those regexes of a vocabulary that may match in a text, and where.

    Attributes:
        items: value and regex, in the order of the vocabulary.
        ends: words of them all that count only where a word ends behind them.
    """

    __slots__ = ("_free", "_highs", "_longest", "_lows", "_numbers", "_try", "ends", "items")

    def __init__(self, scan: Scan, vocabulary: str, regexes: Mapping[str, Any]):
        mask = scan.mask
        self.ends = scan.ends_of(vocabulary, regexes)
        self.items = [item for item in regexes.items() if not item[1].bit or item[1].bit & mask]
        self._free: list[int] = []
        # of each item what tries it at a place; None of those that look for themselves, in windows where they may match
        self._try: list[Callable[[str, int, int], re.Match[str] | None] | None] = []
        stretches: list[tuple[int, int, int]] = []
        for n, (_, regex) in enumerate(self.items):
            if regex.always_runs:
                self._free.append(n)
                self._try.append(None)
                continue
            lows, highs, far, rest = scan.tried.get(regex) or regex.look_at(scan)
            if (
                rest
                or far
                or (lows is not highs and any(high - low > MOST_TRIED for low, high in zip(lows, highs, strict=False)))
            ):
                self._try.append(None)
                places = scan.places_of(regex.bit)
                lows, highs, far = places.lows, places.highs, places.far
            else:
                self._try.append(regex.match_at)
            if lows is highs:
                stretches += zip(lows, highs, repeat(n))
            else:
                for low, high in zip(lows, highs, strict=True):
                    if high - low < _LONGEST_STRETCH:
                        stretches.append((low, high, n))
                    else:  # in parts, as all that begin so far before a window are looked at
                        starts = range(low, high + 1, _LONGEST_STRETCH)
                        stretches += [(at, min(high, at + _LONGEST_STRETCH - 1), n) for at in starts]
            stretches += zip(far, far, repeat(n))
        stretches.sort()
        self._lows = [low for low, _, _ in stretches]
        self._highs = [high for _, high, _ in stretches]
        self._numbers = [n for _, _, n in stretches]
        self._longest = max((high - low for low, high, _ in stretches), default=0)

    def matches(self, text: str, start: int, end: int) -> list[Hit]:
        """What they match in [start, end)."""
        hits: list[Hit] = []
        lows, highs, items = self._lows, self._highs, self.items
        running = {*self._free}
        behind: dict[int, int] = {}  # where the last match of each ends
        i = bisect_left(lows, start - self._longest)
        while i < len(lows) and lows[i] < end:
            at, high, n = lows[i], highs[i], self._numbers[i]
            i += 1
            if high < start:
                continue
            match = self._try[n]
            if match is None:
                running.add(n)
                continue
            at = max(at, start, behind.get(n, 0))
            while at <= high:
                m = match(text, at, end)
                if m is None:
                    at += 1
                else:
                    behind[n] = at = m.end()
                    hits.append((m.start(), -at, n, items[n][0], m))
        for n in running:
            value, regex = items[n]
            hits += [(m.start(), -m.end(), n, value, m) for m in regex.finditer(text, start, end)]
        return hits


class Scanner:
    """The words of many regexes, looked for in one pass over a text.

    Args:
        engine: ``ahocorasick``, ``python`` (the same without a compiled library), or ``off`` (regexes run as they are).
        beside: another scanner of the same engine, whose words are looked for in the same pass over a note.
        words: those of regexes that are known already.

    Attributes:
        ends_of: of each vocabulary that was asked for: those of its texts that count only where a word ends behind them.
        last: the text that was asked about last, and what stands in it.
    """

    def __init__(self, engine: Engine, *, beside: Scanner | None = None, words: Words | None = None):
        self.engine = engine
        self.words = words or Words()
        self.ends_of: dict[str, tuple[str, ...]] = {}
        self._beside = beside
        # what looks for the words, for how many regexes it was made, and which of its words ``beside`` wants
        self._lookup: _Lookup | None = None
        self._versions = (0, 0)
        self._theirs: dict[int, int] = {}
        self._scans: dict[str, Scan] = {}
        self.last: tuple[str, Scan | None] = ("", None)
        self._note = ""

    def add(self, need: Needed) -> int:
        """Take in what a regex needs; returns its number."""
        self.ends_of.clear()
        self.forget()
        return self.words.add(need)

    def scan(self, text: str) -> Scan | None:
        """What stands in ``text``, remembered until ``forget``; None for a short text, where it does not pay."""
        if text is self.last[0]:
            return self.last[1]
        if self.engine == "off":
            return None
        # of the length of the note: a copy of it with something blotted out
        if text is not self._note and (
            len(text) == len(self._note) or (len(text) < _SHORT and text not in self._scans)
        ):
            return None
        return self.scan_at_once(text)

    def scan_at_once(self, text: str) -> Scan | None:
        """What stands in ``text``, however short; None where the engine is ``off``."""
        if text is self.last[0]:
            return self.last[1]
        if self.engine == "off":
            return None
        scan = self._scans.get(text)
        if scan is None:
            marked_text = mark(text)
            scan = Scan(self, marked_text, self._ours(self._looked_up(marked_text)), text.isascii())
            self._keep(text, scan)
        self.last = (text, scan)
        return scan

    def read(self, text: str) -> None:
        """Scan the text of a note, which is what most is asked about; the note before is let go of.

        A text of the same length that is asked about later is a copy of it with something blotted out. There may be
        thousands, looked at in small windows, so that they are not scanned.
        """
        if text is self._note and text in self._scans:
            return
        beside = self._beside
        self._begin(text)
        if beside is None or self.engine == "off":
            self.scan_at_once(text)
            return
        beside._begin(text)
        marked_text, plain = mark(text), text.isascii()
        hits = self._looked_up(marked_text)
        their_ids = self._theirs
        theirs = {their_ids[n]: hits[n] for n in hits.keys() & their_ids.keys()}
        self._keep(text, Scan(self, marked_text, self._ours(hits), plain))
        beside._keep(text, Scan(beside, marked_text, theirs, plain))

    def _looked_up(self, marked_text: str) -> dict[int, list[int] | None]:
        """Where the words stand, with those of ``beside``, which have higher numbers or are ours too."""
        beside = self._beside
        versions = len(self.words), len(beside.words) if beside is not None else 0
        if self._lookup is None or self._versions != versions:
            texts = self.words.texts
            if beside is not None:
                ids, their_ids = self.words.ids, beside.words.ids
                texts = [*texts, *(text for text in beside.words.texts if text not in ids)]
                self._theirs = {n: their_ids[text] for n, text in enumerate(texts) if text in their_ids}
            self._lookup, self._versions = _Lookup(texts, self.engine), versions
        return self._lookup.hits(marked_text)

    def _ours(self, hits: dict[int, list[int] | None]) -> dict[int, list[int] | None]:
        ours = len(self.words.texts)
        return hits if self._beside is None else {n: starts for n, starts in hits.items() if n < ours}

    def _begin(self, text: str) -> None:
        self.forget()
        self._note = text

    def _keep(self, text: str, scan: Scan) -> None:
        if len(self._scans) >= _MOST_SCANS:
            self._scans.clear()
        self._scans[text] = scan
        self.last = (text, scan)

    def forget(self) -> None:
        """Let go of the texts scanned so far."""
        self._scans.clear()
        self.last = ("", None)
        self._note = ""


class _Lookup:
    """Finds many texts in a marked text."""

    def __init__(self, texts: list[str], engine: Engine):
        self._texts = texts
        letters = [text for text in texts if len(text) == 1 and text.isalnum()]
        self._letters = single(letters)
        self._letter_ids = {text: n for n, text in enumerate(texts) if len(text) == 1 and text.isalnum()}
        self._everywhere = dict.fromkeys(n for n, text in enumerate(texts) if text in EVERYWHERE)
        self._automaton: ahocorasick.Automaton | None = None
        if engine == "ahocorasick":
            automaton = ahocorasick.Automaton(ahocorasick.STORE_INTS)
            automaton.add_word("\0", len(texts))  # an empty one cannot be asked
            for text_id, text in enumerate(texts):
                if text not in self._letter_ids and text not in EVERYWHERE:
                    automaton.add_word(text, text_id)
            automaton.make_automaton()
            self._automaton = automaton

    def hits(self, marked_text: str) -> dict[int, list[int] | None]:
        """Number of a text looked for -> the places of its last character; None of what stands in most texts."""
        found: defaultdict[int, list[int]] = defaultdict(list)
        if self._automaton is not None:
            for last, text_id in self._automaton.iter(marked_text):
                found[text_id].append(last)
            found.pop(len(self._texts), None)
        else:
            for text_id, text in enumerate(self._texts):
                if text in marked_text and text not in self._letter_ids and text not in EVERYWHERE:
                    found[text_id] = find_all(text, marked_text)
        letter_ids = self._letter_ids
        for m in self._letters.finditer(marked_text):
            found[letter_ids[m[0]]].append(m.start())
        hits: dict[int, list[int] | None] = {**found}
        if len(marked_text) > _HOLDS_ALL:
            hits.update(self._everywhere)
        else:
            hits.update((text_id, None) for text_id in self._everywhere if self._texts[text_id] in marked_text)
        return hits
