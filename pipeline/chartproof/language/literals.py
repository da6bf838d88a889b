"""What must stand in a text for a regex to match there: a set of words of which every match holds at least one.

Read off the parsed regex, as RE2's FilteredRE2 does. Letters are folded to lower case, so that one scan of the folded
text serves regexes with and without IGNORECASE. A word may be bounded: where the regex has ``\\b``, ``(?<![a-z])`` or the like
before or after it, it only counts where no letter stands beside it.
"""

from __future__ import annotations

import re
import re._constants as sre
import re._parser as sre_parser
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from chartproof.language.common_words import rate

# How many texts a part of a regex may stand for before its parts are looked at one by one.
_MOST_TEXTS = 32
# How many characters a class may hold for each to be a text of its own.
_MOST_OF_CLASS = 8
# Characters. Longer words select no better.
LONGEST_WORD = 7
# Where a match may begin any distance before a word, a regex looks for itself; that costs as much as so many places.
_SEARCHED = 12
# The same where what stands between is bounded by the end of a sentence.
_RUN = 8
# What it costs to look for one word more, in places of a thousand words.
_LOOKED_FOR = 0.02
_BOUND = "\0"  # stands for \b while texts are put together

# All characters of ASCII, as bits; of each, its bit and that of the other case.
ASCII = (1 << 128) - 1
_BOTH_CASES = [1 << ord(chr(code).lower()) | 1 << ord(chr(code).upper()) for code in range(128)]

# Letters outside ASCII that a regex with IGNORECASE takes for ASCII ones (docs of ``re.IGNORECASE``).
_FOLD = {0x130: "i", 0x131: "i", 0x17F: "s", 0x212A: "k"}
_FOLDED = [chr(code).lower() for code in range(128)]
OTHER = "\x7f"


class _Plain(dict[int, str]):
    """Folds every character to ASCII, those that no word holds to one that stands for them all; filled as met."""

    def __missing__(self, code: int) -> str:
        if code < 128:
            folded = _FOLDED[code]
        else:
            folded = _FOLD.get(code, OTHER)
        self[code] = folded
        return folded


_PLAIN = _Plain()


def fold(text: str) -> str:
    """``text`` with ASCII letters in lower case; of the same length."""
    return text.translate(_PLAIN)


def mark(text: str) -> str:
    """A text of the same length in which to look for words: letters in lower case, in upper after no ASCII letter."""
    return (text if text.isascii() else text.translate(_PLAIN)).title()


def characters(bits: int) -> frozenset[str]:
    """The characters of ASCII whose bits are set."""
    return frozenset(chr(code) for code in range(128) if bits >> code & 1)


def single(characters: Iterable[str]) -> re.Pattern[str]:
    """Finds letters and figures by themselves in a marked text; they would begin too many words to be looked for as such.

    Args:
        characters: capitals and figures.
    """
    return re.compile(f"[{''.join(sorted(characters))}](?![A-Za-z])(?<![A-Za-z].)" if characters else "(?!)", re.DOTALL)


def marked(word: Word) -> tuple[str, ...]:
    """How a word looks in a marked text: in one way where it is bounded on the left, else in either of two."""
    title = word.text.title()
    if word.left or not word.text[0].isalpha():
        return (title,)
    return (title, title[0].lower() + title[1:])


@dataclass(frozen=True, order=True)
class Word:
    """A folded text to look for; ``left`` and ``right`` say that no ASCII letter may stand beside it."""

    text: str
    left: bool = False
    right: bool = False


# How far behind the beginning of a match a word begins: at least and (None: any distance) at most so many characters.
Reach = tuple[int, int | None]


@dataclass(frozen=True)
class Needed:
    """Every match holds, or looks ahead at, one of ``words``.

    Attributes:
        words: each with how far behind the beginning of the match it begins.
        may_be_empty: a match may be of no length.
        between: the ASCII characters, in both cases, that may stand between the beginning of a match and its word, as
            bits of a number (see ``characters``).
    """

    words: dict[Word, Reach]
    may_be_empty: bool = False
    between: int = 0

    def moved(self, low: int, high: int | None, over: int) -> Needed:
        """The same seen from ``low`` to ``high`` characters further ahead, over these characters."""
        if low == high == 0:
            return self
        words = {word: (a + low, _sum(b, high)) for word, (a, b) in self.words.items()}
        return Needed(words, between=self.between | over)


def _sum(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else one + other


@dataclass(frozen=True)
class _Part:
    """A part of a regex: all texts it stands for (None: too many to list), its lengths, the best of what it needs, and
    the ASCII characters that it may take in, as bits.
    """

    texts: frozenset[str] | None
    low: int
    high: int | None
    needed: Needed | None = None
    over: int = 0


_NOTHING = _Part(frozenset({""}), 0, 0)
_WORD_BOUNDARY = _Part(frozenset({_BOUND}), 0, 0)


def needed(source: str, flags: int) -> Needed | None:
    """What every match of a regex holds, or None where nothing worth looking for can be told.

    Args:
        source: a regex that compiles.
        flags: those that it is compiled with.
    """
    if flags & re.ASCII:  # a word ends elsewhere there
        return None
    ignores_case = bool(flags & re.IGNORECASE) and "(?-i" not in source
    part = _Analysis(ignores_case).sequence(sre_parser.parse(source, flags))
    best = _better(part.needed, _from_texts(part.texts, 0, 0))
    return replace(best, may_be_empty=True) if best is not None and part.low == 0 else best


def _is_word(character: str) -> bool:
    return character.isalnum() or character == "_"


def _word(text: str) -> Word:
    left, right = text.startswith(_BOUND), text.endswith(_BOUND)
    plain = text.replace(_BOUND, "")
    if not plain:
        return Word("")
    # \b beside a sign means that a letter stands there, which nothing is made of
    left, right = left and _is_word(plain[0]), right and _is_word(plain[-1])
    if len(plain) > LONGEST_WORD:
        return Word(plain[:LONGEST_WORD], left)
    return Word(plain, left, right)


def _from_texts(texts: Iterable[str] | None, low: int, high: int | None, between: int = 0) -> Needed | None:
    if texts is None:
        return None
    words = {_word(text) for text in texts}
    if not words or any(_weight(word) < 1 for word in words):
        return None
    if len(words) > 1:  # "week" stands wherever "weeks" does
        plain = {word.text for word in words if not word.left and not word.right}
        at_start = {word.text for word in words if not word.right}
        words = {
            word
            for word in words
            if not any(
                word.text[:n] in plain or (word.left and word.text[:n] in at_start)
                for n in range(1, len(word.text) + (word.right or (word.left and word.text in plain)))
            )
        }
    return Needed(dict.fromkeys(words, (low, high)), between=between)


@cache
def _weight(word: Word) -> float:
    """How rare a word is, roughly; below 1 it is not worth looking for."""
    text = word.text
    letters = sum(map(str.isalnum, text))
    if letters == 0:
        return 1.0 if text.strip(" .,-)'\n") or len(text) > 2 else 0.0
    alone = word.left and word.right
    if letters == 1 and len(text) == 1 and not alone:
        return 0.0
    if letters <= 2 - word.left and len(text.strip()) <= 2 - word.left and not word.right:
        return 0.0  # within every other word
    return letters + 0.8 * (len(text.replace(" ", "")) - letters) + 0.8 * (word.left + word.right) - 1


def _better(one: Needed | None, other: Needed | None) -> Needed | None:
    if one is None or other is None:
        return one or other
    return one if _score(one) >= _score(other) else other


def _score(n: Needed) -> float:
    """How little work is left where these words are looked for: the negative of what it costs, roughly."""
    far_off = _SEARCHED if n.between >> ord(".") & 1 else _RUN
    return -sum(_cost(word, *reach, far_off) for word, reach in n.words.items())


def _cost(word: Word, near: int, far: int | None, far_off: float) -> float:
    at_each = far_off if far is None else 1 + min(far - near, _SEARCHED)
    return _LOOKED_FOR + at_each * rate(word.text, word.left, word.right)


def first_characters(source: str, flags: int) -> frozenset[str]:
    """The ASCII characters that a match can begin with, in both cases; all of them where that cannot be told.

    Args:
        source: a regex that compiles.
        flags: those that it is compiled with.
    """
    first, may_be_empty = _first(sre_parser.parse(source, flags))
    return characters(ASCII if may_be_empty else first)


def _first(items: Iterable[tuple[Any, Any]]) -> tuple[int, bool]:
    """What a sequence of parts can begin with, and whether it can be empty."""
    first = 0
    for op, argument in items:
        if op in (sre.AT, sre.ASSERT, sre.ASSERT_NOT):
            continue
        if op is sre.LITERAL:
            return first | _both_cases(argument), False
        if op is sre.IN:
            return first | _in_class(argument), False
        if op in (sre.SUBPATTERN, sre.ATOMIC_GROUP):
            of_part, empty = _first(argument[-1] if op is sre.SUBPATTERN else argument)
        elif op is sre.BRANCH:
            each = [_first(branch) for branch in argument[1]]
            of_part, empty = _union(over for over, _ in each), any(empty for _, empty in each)
        elif op in (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT):
            of_part, empty = _first(argument[2])
            empty = empty or argument[0] == 0
        else:
            return ASCII, True
        first |= of_part
        if not empty:
            return first, False
    return first, True


class _Analysis:
    """Reads a parsed regex; ``ignores_case`` where all of it is matched with IGNORECASE."""

    def __init__(self, ignores_case: bool):
        self._ignores_case = ignores_case

    def sequence(self, items: Iterable[tuple[Any, Any]], bounded: bool = False) -> _Part:
        """A part made of parts; ``bounded`` where no letter can stand before it."""
        texts: frozenset[str] = frozenset(
            {_BOUND if bounded else ""}
        )  # what the parts since ``begun`` stand for, put together
        begun: Reach = (0, 0)
        run = ""  # plain letters to be put behind each of ``texts``
        low: int = 0
        high: int | None = 0
        best: Needed | None = None
        whole = True
        over = over_begun = 0  # the characters taken in so far, and until ``begun``
        for op, argument in items:
            if op is sre.LITERAL and 0 < argument < 128:  # by far the most frequent part
                run += _FOLDED[argument]
                over |= _BOTH_CASES[argument]
                low += 1
                high = None if high is None else high + 1
                continue
            if run:
                texts, run = frozenset(text + run for text in texts), ""
            part = self._part(op, argument, all(text.endswith(_BOUND) for text in texts))
            if part.needed is not None:
                best = _better(best, part.needed.moved(low, high, over))
            if part.texts is not None and len(texts) * len(part.texts) <= max(_MOST_TEXTS, len(texts), len(part.texts)):
                if part is not _NOTHING:
                    texts = frozenset(a + b for a in texts for b in part.texts)
            else:
                best = _better(best, _from_texts(texts, *begun, over_begun))
                whole = False
                if part.texts is not None:
                    texts, begun, over_begun = part.texts, (low, high), over
                else:
                    texts = frozenset({""})
                    begun = (low + part.low, _sum(high, part.high))
                    over_begun = over | part.over
            over |= part.over
            low += part.low
            high = _sum(high, part.high)
        if run:
            texts = frozenset(text + run for text in texts)
        if whole:
            return _Part(texts, low, high, best, over)
        return _Part(None, low, high, _better(best, _from_texts(texts, *begun, over_begun)), over)

    def _part(self, op: Any, argument: Any, bounded: bool) -> _Part:
        if op is sre.LITERAL:
            return _Part(_literal(argument), 1, 1, over=_both_cases(argument))
        if op is sre.IN:
            return _Part(_class(argument), 1, 1, over=_in_class(argument))
        if op in (sre.NOT_LITERAL, sre.ANY, sre.RANGE, sre.CATEGORY):
            return _Part(None, 1, 1, over=ASCII)
        if op is sre.AT:
            return _WORD_BOUNDARY if argument is sre.AT_BOUNDARY else _NOTHING
        if op is sre.SUBPATTERN and not argument[1] & re.ASCII:
            return self.sequence(argument[-1], bounded)
        if op is sre.ATOMIC_GROUP:
            return self.sequence(argument, bounded)
        if op is sre.BRANCH:
            return _branch([self.sequence(branch, bounded) for branch in argument[1]])
        if op in (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT):
            return _repeat(argument[0], argument[1], self.sequence(argument[2], bounded and argument[1] == 1))
        if op is sre.ASSERT and argument[0] == 1:
            ahead = self.sequence(argument[1], bounded)
            return _Part(frozenset({""}), 0, 0, _better(ahead.needed, _from_texts(ahead.texts, 0, 0)))
        if op is sre.ASSERT:  # what stands before: of one length
            behind = self.sequence(argument[1])
            return _Part(frozenset({""}), 0, 0, _from_texts(behind.texts, -behind.low, -behind.low))
        if op is sre.ASSERT_NOT and self._any_letter(argument[1]):
            return _WORD_BOUNDARY
        if op in (sre.ASSERT, sre.ASSERT_NOT):
            return _NOTHING
        return _Part(None, 0, None, over=ASCII)  # what refers to another group, and what a later Python may bring

    def _any_letter(self, items: Any) -> bool:
        """Whether a part is one character, and any ASCII letter will do."""
        if len(items) != 1 or items[0][0] is not sre.IN:
            return False
        ranges = [argument for op, argument in items[0][1] if op is sre.RANGE]
        lower, upper = (97, 122) in ranges, (65, 90) in ranges
        word = (sre.CATEGORY, sre.CATEGORY_WORD) in items[0][1]
        return word or (lower and upper) or (self._ignores_case and (lower or upper))


def _both_cases(code: int) -> int:
    return _BOTH_CASES[code] if code < 128 else 0


def _union(sets: Iterable[int]) -> int:
    union = 0
    for one in sets:
        union |= one
    return union


def _in_class(items: list[tuple[Any, Any]]) -> int:
    """The ASCII characters of a class, in both cases, as bits."""
    over = 0
    for op, argument in items:
        if op is sre.LITERAL:
            over |= _both_cases(argument)
        elif op is sre.RANGE:
            over |= _union(1 << code for code in range(argument[0], min(argument[1], 127) + 1))
        elif op is sre.CATEGORY and argument in _CATEGORIES:
            over |= _CATEGORIES[argument]
        elif op is not sre.NEGATE:
            return ASCII
    each = range(128)
    if items and items[0][0] is sre.NEGATE:
        # what is left out in one case alone may stand in the other
        return _union(1 << code for code in each if _BOTH_CASES[code] & ~over)
    return _union(_BOTH_CASES[code] for code in each if over >> code & 1)


def _matching(source: str) -> int:
    return _union(1 << code for code in range(128) if re.match(source, chr(code)))


_CATEGORIES = {
    sre.CATEGORY_DIGIT: _matching(r"\d"),
    sre.CATEGORY_NOT_DIGIT: _matching(r"\D"),
    sre.CATEGORY_SPACE: _matching(r"\s"),
    sre.CATEGORY_NOT_SPACE: _matching(r"\S"),
    sre.CATEGORY_WORD: _matching(r"\w"),
    sre.CATEGORY_NOT_WORD: _matching(r"\W"),
}


def _literal(code: int) -> frozenset[str] | None:
    return frozenset({_FOLDED[code]}) if 0 < code < 128 else None


def _class(items: list[tuple[Any, Any]]) -> frozenset[str] | None:
    texts: set[str] = set()
    for op, argument in items:
        codes = (
            range(argument, argument + 1)
            if op is sre.LITERAL
            else range(argument[0], argument[1] + 1)
            if op is sre.RANGE
            else ()
        )
        if not 0 < len(codes) <= _MOST_OF_CLASS:
            return None
        for code in codes:
            text = _literal(code)
            if text is None:
                return None
            texts |= text
    return frozenset(texts) if len(texts) <= _MOST_OF_CLASS else None


def _branch(parts: list[_Part]) -> _Part:
    low = min(part.low for part in parts)
    high = None if any(part.high is None for part in parts) else max(part.high or 0 for part in parts)
    over = _union(part.over for part in parts)
    if all(part.texts is not None for part in parts):
        texts = frozenset(t for part in parts for t in part.texts or ())
        looked_at = [part.needed for part in parts]  # what stands before or behind: "(?:(?<=via )|(?<=with ))"
        return _Part(texts, low, high, None if None in looked_at else _any_of(looked_at), over)
    needs = [_better(part.needed, _from_texts(part.texts, 0, 0)) for part in parts]
    if any(n is None for n in needs):
        return _Part(None, low, high, over=over)
    return _Part(None, low, high, _any_of(needs), over)


def _any_of(needs: Sequence[Needed | None]) -> Needed:
    words: dict[Word, Reach] = {}
    for n in needs:
        for word, (near, far) in n.words.items() if n is not None else ():
            if word in words:
                other, furthest = words[word]
                near, far = min(near, other), None if far is None or furthest is None else max(far, furthest)
            words[word] = (near, far)
    return Needed(words, between=_union(n.between for n in needs if n is not None))


def _repeat(least: int, most: Any, part: _Part) -> _Part:
    if least == 0 and most == 1:
        texts = None if part.texts is None else part.texts | {""}
        return _Part(texts, 0, part.high, over=part.over)
    if least == most == 1:
        return part
    bounded = most is not sre.MAXREPEAT and part.high is not None
    high = int(most) * (part.high or 0) if bounded else None
    if least == 0:
        return _Part(None, 0, high, over=part.over)
    return _Part(None, least * part.low, high, _better(part.needed, _from_texts(part.texts, 0, 0)), part.over)
