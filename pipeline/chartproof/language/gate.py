"""Regexes that only run where they can match, as the scan of a text tells (see scanner.py).

A regex none of whose words stand in the text has no match there; of the others most begin at a word, or a few
characters before it, so that they are tried at those places alone. What comes out is what the regex alone would give.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from chartproof.language.alternatives import Known, look
from chartproof.language.literals import LONGEST_WORD, mark
from chartproof.language.places import NOWHERE, Places, Spans, cuts_word
from chartproof.language.regex_code import Lazy
from chartproof.language.scanner import ALONE, MOST_TRIED, Scan, Scanner, Tried, default_engine

_NONE: Iterator[re.Match[str]] = iter(())
_NOT_THERE: Tried = ([], [], [], [])

_Match = Callable[..., re.Match[str] | None]

# For the regexes that stand in the code.
OWN = Scanner(default_engine())


def gated(source: str, flags: int = 0, scanner: Scanner = OWN) -> GatedRegex:
    """A regex of the code's own, run only where it can match (with the default engine)."""
    return GatedRegex(re.compile(source, flags), scanner)


class GatedRegex:
    """A compiled regex that is only run where it can match. Its methods are those of ``re.Pattern``.

    Args:
        regex: the regex; of one that is not made yet, that is done when it first has to run.
        scanner: the scanner it shares with the others that are asked about the same texts.
        known: what its scanner knows of it; None where its words are still to be found out.
        by_first: what ``by_first_character`` gives for the regex.
    """

    __slots__ = (
        "_by_first",
        "_lazy",
        "_number",
        "_regex",
        "_rest",
        "_scanner",
        "_searches",
        "always_runs",
        "begins",
        "bit",
        "ends",
        "findall",
        "flags",
        "fullmatch",
        "groupindex",
        "match",
        "match_at",
        "pattern",
        "split",
        "sub",
    )  # fmt: skip

    def __init__(
        self,
        regex: re.Pattern[str] | Lazy,
        scanner: Scanner,
        known: Known | None = None,
        by_first: Mapping[str, Lazy] | None = None,
    ):
        # Made when it is first asked for: see __getattr__. ``begins``, ``ends``: words of which the scan sees none where a
        # window begins, or ends, with it within a word.
        self.begins: tuple[str, ...]
        self.ends: tuple[str, ...]
        self._regex: re.Pattern[str]
        self.match_at: _Match
        self.flags: int
        self.groupindex: Mapping[str, int]
        self.match: _Match
        self.fullmatch: _Match
        self.findall: Callable[..., list[Any]]
        self.sub: Callable[..., str]
        self.split: Callable[..., list[Any]]
        self._lazy = regex if isinstance(regex, Lazy) else Lazy.of(regex)
        self.pattern: str = self._lazy.source
        self._by_first = by_first
        self._scanner = scanner
        self._searches, self._number, self.bit = True, -1, 0
        self._rest: tuple[tuple[Lazy, int], ...] = ()
        if scanner.engine != "off":
            known = known or look(self.pattern, self._lazy.flags, scanner.add)
            self._searches, self._number, self._rest = known
            # ``bit``: those of its alternatives in the mask of a scan; 0 for a regex of which one always runs
            if all(of_one >= 0 for _, of_one in self._rest):
                self.bit = 1 << self._number if self._number >= 0 else 0
                for _, of_one in self._rest:
                    self.bit |= 1 << of_one
        # whether it looks for itself wherever it is asked
        self.always_runs = not self.bit or self._searches

    def __getattr__(self, name: str) -> Any:
        if name in ("begins", "ends"):
            numbers = [number for number in (self._number, *(number for _, number in self._rest)) if number >= 0]
            words = self._scanner.words
            self.begins = tuple({words.texts[text] for number in numbers for text in words.wanted(number)})
            self.ends = tuple({text for number in numbers for text in words.ends(number)})
            return object.__getattribute__(self, name)
        if name not in self.__slots__:
            raise AttributeError(name)
        regex = self._regex = self._lazy.pattern
        self.flags, self.groupindex = regex.flags, regex.groupindex
        self.match, self.fullmatch, self.findall = regex.match, regex.fullmatch, regex.findall
        self.sub, self.split = regex.sub, regex.split
        self.match_at = _match_by_first(regex, self._by_first) if self._by_first else regex.match
        return object.__getattribute__(self, name)

    def __repr__(self) -> str:
        return f"GatedRegex({self.pattern!r})"

    def may_match(self, text: str, start: int, end: int) -> bool:
        """False where the scan of ``text`` rules out a match in ``text[start:end]``, taken as a text of its own."""
        if not self.bit:
            return True
        scan = self._scanner.scan(text)
        if scan is None:
            return True
        if scan.mask & self.bit and scan.places_of(self.bit).any_in(start, end):
            return True
        return self._is_hidden(scan, text, start, end)

    def _is_hidden(self, scan: Scan, text: str, start: int, end: int) -> bool:
        """Whether ``text[start:end]``, taken as a text of its own, may hold a word that the scan of the whole did not see,
        as a window that begins or ends within a word makes words of its parts.
        """
        begins, ends = cuts_word(text, start), cuts_word(text, end)
        if not (begins or ends):
            return False
        if end - start <= 2 * LONGEST_WORD:
            return True
        if begins and mark(text[start : start + LONGEST_WORD]).startswith(self.begins):
            return True
        return ends and scan.hides(self.ends, end)

    def spans_with(self, spans: Spans) -> Sequence[int]:
        """The numbers of the spans in which, each taken as a text of its own, a match is possible."""
        if not self.bit:
            return range(len(spans.spans))
        scan = self._scanner.scan_at_once(spans.text)
        if scan is None:
            return range(len(spans.spans))
        return spans.with_any(scan.places_of(self.bit)) if scan.mask & self.bit else spans.cut

    def search_apart(self, text: str, start: int, end: int) -> re.Match[str] | None:
        """The first match in ``text[start:end]``, taken as a text of its own; positions count from its beginning."""
        own = text[start:end]
        if not self.bit:
            return self._regex.search(own)
        scan = self._scanner.scan(text)
        if scan is None or self._searches or self._is_hidden(scan, text, start, end):
            return self._regex.search(own)
        if not scan.mask & self.bit:
            return None
        places = scan.places_of(self.bit)
        if places.far and _any_from(places.far, start, end):
            return self._regex.search(own)
        for i in range(bisect_left(places.highs, start), len(places.lows)):
            if places.lows[i] >= end:
                break
            for at in range(max(start, places.lows[i]), min(end, places.highs[i] + 1)):
                m = self.match_at(own, at - start, end - start)
                if m is not None:
                    return m
        return None

    def search(self, text: str, pos: int = 0, endpos: int | None = None) -> re.Match[str] | None:
        """As of ``re.Pattern``."""
        last = self._scanner.last
        scan = last[1] if text is last[0] else self._scanner.scan(text)
        end = len(text) if endpos is None else endpos
        if scan is None:
            return self._regex.search(text, pos, end)
        tried = scan.tried.get(self) or self.look_at(scan)
        if end < scan.length and scan.marked[end].isalpha() and scan.hides(self.ends, end):
            return self._regex.search(text, pos, end)
        if tried is _NOT_THERE:
            return None
        if tried is ALONE:
            return self._regex.search(text, pos, end)
        lows, highs, far, rest = tried
        if far and _any_from(far, pos, end):
            return self._regex.search(text, pos, end)
        if rest:
            live = [one for one in rest if one[1] is None or one[1].any_in(pos, end)]
            if live:
                return next(self._try_all(live, lows, highs, text, pos, end), None)
        i = bisect_left(highs, pos)
        if i == len(lows) or lows[i] >= end:
            return None
        match = self.match_at
        while i < len(lows):
            low, high = lows[i], highs[i]
            if low >= end:
                return None
            low = max(low, pos)
            if high - low > MOST_TRIED:
                return self._regex.search(text, low, end)
            while low <= high:
                m = match(text, low, end)
                if m is not None:
                    return m
                low += 1
            i += 1
        return None

    def finditer(self, text: str, pos: int = 0, endpos: int | None = None) -> Iterator[re.Match[str]]:
        """As of ``re.Pattern``."""
        last = self._scanner.last
        scan = last[1] if text is last[0] else self._scanner.scan(text)
        end = len(text) if endpos is None else endpos
        if scan is None:
            return self._regex.finditer(text, pos, end)
        tried = scan.tried.get(self) or self.look_at(scan)
        if end < scan.length and scan.marked[end].isalpha() and scan.hides(self.ends, end):
            return self._regex.finditer(text, pos, end)
        if tried is _NOT_THERE:
            return _NONE
        if tried is ALONE:
            return self._regex.finditer(text, pos, end)
        lows, highs, far, rest = tried
        if far and _any_from(far, pos, end):
            return self._regex.finditer(text, pos, end)
        if rest:
            live = [one for one in rest if one[1] is None or one[1].any_in(pos, end)]
            if live:
                return self._try_all(live, lows, highs, text, pos, end)
        first = bisect_left(highs, pos)
        if first == len(lows) or lows[first] >= end:
            return _NONE
        return _matches(self._regex, self.match_at, lows, highs, first, text, pos, end, end)

    def look_at(self, scan: Scan) -> Tried:
        """Where matches can begin in the text of a scan, and which alternatives are looked for by themselves there.

        It is kept with the scan, since a regex is asked about many windows of one text.
        """
        if self._searches:
            tried = ALONE
        elif self.bit and not scan.mask & self.bit:
            tried = _NOT_THERE
        else:
            places = scan.places(self._number) if self._number >= 0 else NOWHERE
            mask = scan.mask
            live: list[tuple[Lazy, Places | None]] = []
            for one, number in self._rest:
                if number < 0:
                    live.append((one, None))
                elif mask >> number & 1:
                    of_one = scan.places(number)
                    if of_one.lows or of_one.far:
                        live.append((one, of_one))
            tried = places.lows, places.highs, places.far, live
        scan.tried[self] = tried
        return tried

    def _try_all(
        self,
        rest: list[tuple[Lazy, Places | None]],
        lows: list[int],
        highs: list[int],
        text: str,
        at: int,
        endpos: int,
    ) -> Iterator[re.Match[str]]:
        """The matches, where some alternatives are tried by themselves. At each place the whole regex decides."""
        nowhere = len(text) + 1
        starts = [-1] * len(rest)  # where the next match of each begins
        while True:
            for i, (one, of_one) in enumerate(rest):
                if starts[i] < at:
                    m = _next(one.pattern, of_one, text, at, endpos)
                    starts[i] = nowhere if m is None else m.start()
            best = min(starts)
            first = bisect_left(highs, at)
            stop = min(best, endpos)
            found = next(_matches(self._regex, self.match_at, lows, highs, first, text, at, stop, endpos), None)
            if found is None:
                if best == nowhere:
                    return
                found = self._regex.match(text, best, endpos)
                if found is None:  # cannot be: one of its alternatives matches there
                    at = best + 1
                    continue
            yield found
            at = found.end()


def _match_by_first(regex: re.Pattern[str], by_first: Mapping[str, Lazy]) -> _Match:
    """As the regex's own ``match``; where it fails, it fails sooner."""
    whole, others = regex.match, by_first.get("")

    def match(text: str, at: int, endpos: int) -> re.Match[str] | None:
        character = text[at : at + 1].lower()
        if "" < character < "\x80":
            part = by_first.get(character)
            if (part is None or part.pattern.match(text, at, endpos) is None) and (
                others is None or others.pattern.match(text, at, endpos) is None
            ):
                return None
        return whole(text, at, endpos)

    return match


def _matches(
    regex: re.Pattern[str],
    match: _Match,
    lows: list[int],
    highs: list[int],
    first: int,
    text: str,
    at: int,
    stop: int,
    endpos: int,
) -> Iterator[re.Match[str]]:
    """The matches of a regex that begin at the places before ``stop``, from place ``first`` on."""
    for i in range(first, len(lows)):
        low, high = lows[i], highs[i]
        if low >= stop:
            return
        if low > at:
            at = low
        while at <= high:
            if high - at > MOST_TRIED:
                m = regex.search(text, at, endpos)
                if m is None:
                    return
            else:
                m = match(text, at, endpos)
            if m is None:
                at += 1
            else:
                yield m
                at = m.end()


def _any_from(places: list[int], start: int, end: int) -> bool:
    """Whether one of these places, in order, stands in [start, end)."""
    first = bisect_left(places, start)
    return first < len(places) and places[first] < end


def _next(regex: re.Pattern[str], places: Places | None, text: str, at: int, endpos: int) -> re.Match[str] | None:
    """The first match of a regex from a place on."""
    if places is None:
        return regex.search(text, at, endpos)
    lows, highs = places.lows, places.highs
    if places.far and _any_from(places.far, at, endpos):
        return regex.search(text, at, endpos)
    first = bisect_left(highs, at)
    return next(_matches(regex, regex.match, lows, highs, first, text, at, endpos, endpos), None)
