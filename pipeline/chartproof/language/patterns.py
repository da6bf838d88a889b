"""Loads patterns/*.yaml: phrases for the target matcher, context rules, section titles, and regexes with fragments.

A file holds any of these keys (all optional):

``fragments``   name -> regex text; ``<name>`` in any regex of any file stands for ``(?:regex text)``.
``targets``     list of {category, value, phrases?, regex?, case_sensitive?}: what is looked for in notes.
``context``     list of {category, direction, phrases, max_scope?, reach_back?, types?}: ConText modifiers.
``sections``    list of {category, titles}: headings of notes.
``zones``       list of {category, regex}: sentences that assert nothing of the patient (policy quotes, teaching).
``vocabulary``  name -> value -> list of regexes: word lists for the parsers in ``extract/``.
``regexes``     name -> regex: single expressions for the parsers in ``extract/``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from operator import itemgetter
from pathlib import Path

from chartproof.language.gate import OWN, GatedRegex
from chartproof.language.pattern_files import PatternError, read_pattern_files
from chartproof.language.places import ANYWHERE, NOWHERE, Places, Spans, cuts_word
from chartproof.language.scanner import Engine, Hit, Scan, Scanner, default_engine

__all__ = ["ContextPattern", "PatternError", "Patterns", "TargetPattern", "load_patterns"]


@dataclass(frozen=True)
class TargetPattern:
    category: str
    value: str
    phrases: tuple[str, ...] = ()
    regex: GatedRegex | None = None
    case_sensitive: bool = False


@dataclass(frozen=True)
class ContextPattern:
    category: str
    direction: str
    phrases: tuple[str, ...]
    max_scope: int | None = None
    reach_back: int | None = None  # tokens between what stands before and a bidirectional modifier
    types: frozenset[str] | None = None


_by_value = itemgetter(2, 0)


def _all_bits(regexes: list[GatedRegex]) -> int:
    """The bits of several regexes; 0 where one of them always runs, or there is none."""
    bits = 0
    for regex in regexes:
        if not regex.bit:
            return 0
        bits |= regex.bit
    return bits


@dataclass
class Patterns:
    """All that patterns/*.yaml say, compiled. The regexes share one scanner, so that a text is scanned once for all."""

    scanner: Scanner
    targets: list[TargetPattern] = field(default_factory=list)
    context: list[ContextPattern] = field(default_factory=list)
    sections: dict[str, str] = field(default_factory=dict)  # title in lower case -> category
    zones: list[tuple[str, GatedRegex]] = field(default_factory=list)
    vocabulary: dict[str, dict[str, GatedRegex]] = field(default_factory=dict)
    regexes: dict[str, GatedRegex] = field(default_factory=dict)
    _bits: dict[tuple[str, ...], int] = field(default_factory=dict)

    def find(
        self, vocabulary: str, text: str, start: int = 0, end: int | None = None
    ) -> Iterator[tuple[str, re.Match[str]]]:
        """All hits of a vocabulary in ``text[start:end]`` in order of position, longest first, without overlap.

        Yields (value, match); offsets count from the start of ``text``.

        Raises:
            KeyError: no pattern file defines that vocabulary.
        """
        hits = self._hits(vocabulary, text, start, len(text) if end is None else end)
        if not hits:
            return
        hits.sort()
        at = start
        for first, minus_last, _, value, m in hits:
            if first >= at and -minus_last > first:
                yield value, m
                at = -minus_last

    def find_each(
        self, vocabulary: str, text: str, start: int = 0, end: int | None = None
    ) -> list[tuple[str, re.Match[str]]]:
        """All hits of every value of a vocabulary in ``text[start:end]``, value by value in its order; those of different
        values may overlap.

        Raises:
            KeyError: no pattern file defines that vocabulary.
        """
        hits = self._hits(vocabulary, text, start, len(text) if end is None else end)
        return [(value, m) for _, _, _, value, m in sorted(hits, key=_by_value)]

    def _hits(self, vocabulary: str, text: str, start: int, end: int) -> list[Hit]:
        words = self.vocabulary[vocabulary]
        last = self.scanner.last
        scan = last[1] if text is last[0] else self.scanner.scan(text)
        if scan is not None:
            return scan.matches(vocabulary, words, text, start, end)
        each = enumerate(words.items())
        return [(m.start(), -m.end(), n, value, m) for n, (value, r) in each for m in r.finditer(text, start, end)]

    def may_hold(self, names: tuple[str, ...], text: str, start: int, end: int) -> bool:
        """False where nothing of these vocabularies and regexes matches within ``text[start:end]``."""
        last = self.scanner.last
        scan = last[1] if text is last[0] else self.scanner.scan_at_once(text)
        if scan is None:
            return True
        places = scan.of_names.get(names) or self._places_of(names, scan)
        if places is NOWHERE or places is ANYWHERE:
            return places is ANYWHERE
        if start <= 0 and end >= len(text):
            return True
        return places.any_in(start, end) or cuts_word(text, start) or cuts_word(text, end)

    def may_hold_several(self, names: tuple[str, ...], least: int, text: str, start: int, end: int) -> bool:
        """False where fewer than ``least`` things of these match within ``text[start:end]``; one may be of several."""
        scan = self.scanner.scan_at_once(text)
        if scan is None or cuts_word(text, start) or cuts_word(text, end):
            return True
        found = 0
        for name in names:
            places = scan.of_names.get((name,)) or self._places_of((name,), scan)
            if places is ANYWHERE:
                return True
            found += places.count_in(start, end, least)
            if found >= least:
                return True
        return False

    def spans_with(self, names: tuple[str, ...], spans: Spans) -> Sequence[int]:
        """The numbers of the spans in which something of these vocabularies and regexes may match."""
        scan = self.scanner.scan_at_once(spans.text)
        places = ANYWHERE if scan is None else scan.of_names.get(names) or self._places_of(names, scan)
        if places is ANYWHERE:
            return range(len(spans.spans))
        return spans.cut if places is NOWHERE else spans.with_any(places)

    def _places_of(self, names: tuple[str, ...], scan: Scan) -> Places:
        """Where something of these may begin in a scanned text; ``ANYWHERE`` where one of them always runs."""
        bits = self._bits_of(names)
        places = ANYWHERE if not bits else scan.places_of(bits) if scan.mask & bits else NOWHERE
        scan.of_names[names] = places
        return places

    def _bits_of(self, names: tuple[str, ...]) -> int:
        bits = self._bits.get(names)
        if bits is None:
            bits = self._bits[names] = _all_bits([regex for name in names for regex in self._named(name)])
        return bits

    def _named(self, name: str) -> Iterable[GatedRegex]:
        """The regexes of a vocabulary, of one value of it ("pain_site.hip"), or the one regex of that name."""
        vocabulary, _, value = name.partition(".")
        if value:
            return (self.vocabulary[vocabulary][value],)
        return self.vocabulary[name].values() if name in self.vocabulary else (self.regexes[name],)

    def first(self, vocabulary: str, text: str, start: int = 0, end: int | None = None) -> str | None:
        """The value of the first hit of a vocabulary, or None."""
        return next((value for value, _ in self.find(vocabulary, text, start, end)), None)


@lru_cache(maxsize=4)
def _load(root: Path | None, engine: Engine) -> Patterns:
    content = read_pattern_files(root)
    scanner = Scanner(engine, beside=OWN if OWN.engine == engine else None, words=content.words)
    pool = [GatedRegex(one.regex, scanner, one.known, one.by_first) for one in content.pool]
    return Patterns(
        scanner,
        targets=[
            TargetPattern(category, value, tuple(phrases), None if regex is None else pool[regex], sensitive)
            for category, value, phrases, regex, sensitive in content.targets
        ],
        context=[
            ContextPattern(
                category, direction, tuple(phrases), scope, back, None if types is None else frozenset(types)
            )
            for category, direction, phrases, scope, back, types in content.context
        ],
        sections=content.sections,
        zones=[(category, pool[regex]) for category, regex in content.zones],
        vocabulary={
            name: {value: pool[regex] for value, regex in values.items()} for name, values in content.vocabulary.items()
        },
        regexes={name: pool[regex] for name, regex in content.regexes.items()},
    )


def load_patterns(folder: Path | None = None, engine: Engine | None = None) -> Patterns:
    """What the pattern files say, ready for use; read once a process.

    Args:
        folder: a folder of pattern files; None for those that ship with chartproof.
        engine: what looks for the words of the regexes; None for ``default_engine()``.

    Raises:
        FileNotFoundError: there is no such folder.
        PatternError: a file is wrong; the message says where and how to mend it.
    """
    return _load(folder, engine or default_engine())
