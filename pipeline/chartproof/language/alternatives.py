"""The alternatives of a regex, and what each of them needs."""

from __future__ import annotations

import re
import re._parser as sre_parser
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from chartproof.language.literals import Needed, Reach, Word, first_characters, needed
from chartproof.language.regex_code import Lazy

# Characters. To try a longer regex at a place takes as long as to try many; it is cut up by how its alternatives begin.
_LARGE = 2500
# Of so many characters with which an alternative can begin it is not tried by its first.
_MANY = 10
# An alternative may stand in the parts of several characters, but together they are no more than so many times as long.
_COPIES = 5


class Branch(NamedTuple):
    """One of the alternatives of a regex, with what each of its matches holds (None where nothing can be told)."""

    source: str
    need: Needed | None


@dataclass(frozen=True)
class Split:
    """A regex of several alternatives, of which some can be tried place by place.

    Attributes:
        near: what the matches of all those hold; None where there is none.
        rest: the others: a match may begin any distance before its word, or holds no word at all.
    """

    near: Needed | None
    rest: tuple[Branch, ...]


def split(source: str, flags: int) -> Split | None:
    """What the matches of each alternative of a regex hold; None where nothing is gained over ``needed``.

    Args:
        source: a regex that compiles.
        flags: those that it is compiled with.
    """
    sources = alternatives(source)
    if len(sources) < 2:
        return None
    whole = needed(source, flags)
    if whole is not None and (whole.may_be_empty or _is_near(whole)):
        return None
    near: dict[Word, Reach] = {}
    between = 0
    rest: list[Branch] = []
    for one in sources:
        try:
            re.compile(one, flags)
        except re.error:  # it refers to a group of another alternative
            return None
        need = needed(one, flags)
        if _may_be_empty(one, flags):
            return None
        if need is None or not _is_near(need):
            rest.append(Branch(one, need))
            continue
        between |= need.between
        for word, reach in need.words.items():
            near[word] = _either(near.get(word), reach)
    if len(rest) == len(sources) and all(branch.need is None for branch in rest):
        return None
    return Split(Needed(near, between=between) if near else None, tuple(rest))


class Known(NamedTuple):
    """What a scanner knows of a regex.

    Attributes:
        searches: it does its own searching, as a match may be of no length or nothing is known that it holds.
        number: of the regex among those whose words are looked for; -1 where it has none.
        rest: those of its alternatives that are looked for by themselves, each with its number; the words of ``number``
            are then those of the others.
    """

    searches: bool
    number: int
    rest: tuple[tuple[Lazy, int], ...]


def look(source: str, flags: int, add: Callable[[Needed], int]) -> Known:
    """Find out the words of a regex.

    Args:
        source: a regex that compiles.
        flags: those that it is compiled with.
        add: takes in what a regex needs and gives it a number.
    """
    parts = split(source, flags)
    need = parts.near if parts else needed(source, flags)
    number = -1 if need is None else add(need)
    rest = [
        (Lazy.compiled(one.source, flags), -1 if one.need is None else add(one.need))
        for one in (parts.rest if parts else ())
    ]
    searches = need.may_be_empty if need is not None else not rest
    return Known(searches, number, tuple(rest))


def _is_near(need: Needed) -> bool:
    return all(furthest is not None for _, furthest in need.words.values())


def _may_be_empty(source: str, flags: int) -> bool:
    return sre_parser.parse(source, flags).getwidth()[0] == 0


def _either(one: Reach | None, other: Reach) -> Reach:
    if one is None:
        return other
    furthest = None if one[1] is None or other[1] is None else max(one[1], other[1])
    return min(one[0], other[0]), furthest


def alternatives(source: str) -> list[str]:
    """The alternatives of a regex, those within a group that is all there is taken apart too.

    One that sets flags for all of it, or is written over lines with comments, is left whole.
    """
    if re.search(r"\(\?[aiLmsux]+\)|\(\?#", source):
        return [source]
    parts = _cut(source)
    if len(parts) > 1:
        return [one for part in parts for one in alternatives(part)]
    # within a group alone, or one between word boundaries
    left = r"\b" if source.startswith(r"\b(?:") else ""
    right = r"\b" if source.endswith(r")\b") else ""
    group = source[len(left) : len(source) - len(right)]
    if not (group.startswith("(?:") and group.endswith(")") and _closes_at_end(group)):
        return [source]
    return [f"{left}(?:{one}){right}" if left or right else one for one in alternatives(group[3:-1])]


_ATOM = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|[()|]", re.DOTALL)


def _cut(source: str) -> list[str]:
    """A regex cut at the bars that stand in no group."""
    parts, begun, depth = [], 0, 0
    for m in _ATOM.finditer(source):
        if m[0] == "|" and depth == 0:
            parts.append(source[begun : m.start()])
            begun = m.end()
        depth += (m[0] == "(") - (m[0] == ")")
    return [*parts, source[begun:]]


def _closes_at_end(source: str) -> bool:
    """Whether the group that opens at the beginning of a regex closes at its end."""
    depth = 0
    for m in _ATOM.finditer(source):
        depth += (m[0] == "(") - (m[0] == ")")
        if depth == 0:
            return m.end() == len(source)
    return False


def by_first_character(source: str, flags: int) -> dict[str, str]:
    """Of a long regex of many alternatives: a character -> a regex of those alternatives that can begin with it.

    Characters are of ASCII and in lower case. Under "" stand the alternatives that can begin with many; with a character
    that is not there no other match begins. Empty where a regex is short, or cannot be cut up. Groups have other numbers
    in the parts.
    """
    if len(source) < _LARGE or re.search(r"\\[1-9]|\(\?P=|\(\?\(", source):
        return {}
    begin: dict[str, list[str]] = {}
    for one in alternatives(source):
        first = {c.lower() for c in first_characters(one, flags)}
        for c in first if len(first) <= _MANY else ("",):
            begin.setdefault(c, []).append(f"(?:{one})")
    parts = {c: "|".join(ones) for c, ones in begin.items()}
    few = sum(map(len, set(parts.values()))) < _COPIES * len(source) and len(parts.get("", "")) < len(source) // 2
    return parts if few else {}
