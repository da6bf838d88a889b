"""The words of many regexes, as a scanner looks for them: every text once, with the regexes that want it.

What a thousand regexes need is plain data, so that it can be kept (see pattern_files.py) and be there at once. What is
made of it for a text or a regex is made when that text is first met, or that regex first asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from chartproof.language.literals import Needed, characters, marked

# Of one that wants a text: its number, whether no letter may stand before and after the text, and how far behind the
# beginning of a match it begins: at least, and (None: any distance) at most.
Wanting = tuple[int, bool, bool, int, int | None]


class Words:
    """What is looked for, for whom.

    Attributes:
        texts: what is looked for in a marked text (see ``literals.mark``).
        known_bits: what ``bits`` gave so far.
    """

    def __init__(self) -> None:
        self.texts: list[str] = []
        self._ids: dict[str, int] | None = {}
        self._wanting: list[list[Wanting]] = []  # of each text
        self._texts_of: list[list[int]] = []  # of each regex
        self._between: list[int] = []  # of each regex
        self.known_bits: dict[int, tuple[int, int, list[tuple[bool, bool, int]]]] = {}
        self._wanted: dict[int, dict[int, list[tuple[bool, bool, int, int | None]]]] = {}
        self._characters: dict[int, str] = {}

    def __len__(self) -> int:
        """How many regexes there are."""
        return len(self._texts_of)

    def as_json(self) -> list[Any]:
        """What JSON can hold, for ``from_json``."""
        return [self.texts, self._wanting, self._texts_of, self._between]

    @classmethod
    def from_json(cls, kept: Sequence[Any]) -> Words:
        """What ``as_json`` gave.

        Raises:
            ValueError: it gave something else.
        """
        words = cls()
        words.texts, words._wanting, words._texts_of, words._between = kept
        words._ids = None
        return words

    @property
    def ids(self) -> dict[str, int]:
        """The number of each text."""
        if self._ids is None:
            self._ids = {text: n for n, text in enumerate(self.texts)}
        return self._ids

    def add(self, need: Needed) -> int:
        """Take in what a regex needs; returns its number."""
        number, ids = len(self._texts_of), self.ids
        texts: dict[int, None] = {}
        for word, reach in need.words.items():
            # what is bounded on the left stands in upper case where it does
            left = word.left and not word.text[0].isalpha()
            for text in marked(word):
                text_id = ids.setdefault(text, len(self.texts))
                if text_id == len(self.texts):
                    self.texts.append(text)
                    self._wanting.append([])
                self._wanting[text_id].append((number, left, word.right, *reach))
                self.known_bits.pop(text_id, None)
                texts[text_id] = None
        self._texts_of.append(list(texts))
        self._between.append(need.between)
        return number

    def bits(self, text_id: int) -> tuple[int, int, list[tuple[bool, bool, int]]]:
        """Of a text: the bits of the regexes that want it anywhere; its length; those that want it bounded on the left,
        on the right.
        """
        bits = self.known_bits.get(text_id)
        if bits is None:
            by_bounds: dict[tuple[bool, bool], int] = {}
            for number, left, right, _, _ in self._wanting[text_id]:
                by_bounds[left, right] = by_bounds.get((left, right), 0) | 1 << number
            free = by_bounds.pop((False, False), 0)
            bounded = [(left, right, of) for (left, right), of in by_bounds.items()]
            bits = self.known_bits[text_id] = (free, len(self.texts[text_id]), bounded)
        return bits

    def wanted(self, number: int) -> dict[int, list[tuple[bool, bool, int, int | None]]]:
        """Of a regex: text -> how it is bounded, and how far behind the beginning of a match it begins."""
        wanted = self._wanted.get(number)
        if wanted is None:
            wanted = self._wanted[number] = {
                text_id: [
                    (left, right, near, far) for of, left, right, near, far in self._wanting[text_id] if of == number
                ]
                for text_id in self._texts_of[number]
            }
        return wanted

    def ends(self, number: int) -> set[str]:
        """Of a regex: those of its texts that count only where a word ends behind them."""
        wanted = self.wanted(number)
        ends = {self.texts[text_id] for text_id, each in wanted.items() if any(right for _, right, _, _ in each)}
        return ends | {self.texts[text_id] for text_id in wanted if len(self.texts[text_id]) == 1}

    def between(self, number: int) -> str:
        """Of a regex: what may stand between the beginning of a match and a word any distance behind it."""
        known = self._characters.get(number)
        if known is None:
            known = self._characters[number] = "".join(sorted(characters(self._between[number])))
        return known
