"""Reads a list of tests with a row of results behind it: "FABER, TT, comp R: + + - -"."""

from __future__ import annotations

import re
from collections.abc import Iterator

from chartproof.extract.exam.events import side_order
from chartproof.extract.exam.meaning import BLANK, Event, Statement
from chartproof.extract.exam.units import Unit
from chartproof.language.reading import Reading
from chartproof.language.sides import find_sides
from chartproof.model.vocab import Laterality

_BARE = "_bare"
_SIDE = r"(?:R|L|Rt|Lt|RT|LT|right|left|Right|Left|b/l|bilat(?:eral(?:ly)?)?)"
_SIGN = (
    r"(?:\(?\+{1,3}\)?|\(-\)|-(?!\w)|\?|(?:[Pp]os(?:itive)?|POS|[Nn]eg(?:ative)?|NEG|[Ee]quiv(?:ocal)?|NT|N/T"
    r"|not (?:done|tested)|deferred|painful|painless)\b)"
)
_SEP = r"(?:\s{0,2}[,;/]\s{0,2}(?:and |& ?)?|\s{1,2}(?:and |& ?)?)"
_RUN = re.compile(
    rf"(?<![\w+/-])(?:\(?(?P<before>{_SIDE})\)?\s?[:=]?\s?)?(?<![\w+])(?P<run>{_SIGN}(?:{_SEP}{_SIGN}){{1,8}})"
    rf"(?:\s?,?\s?\(?(?:on (?:the )?|for (?:the )?)?(?P<after>{_SIDE})\b(?: side)?\)?)?(?P<each>,?\s+respectively)?"
    r"(?=\s*(?:[.;,)|\n]|$))"
)
_ONE = re.compile(_SIGN)
_OF_TWO_SIDES = re.compile(rf"{_SIGN}\s{{0,2}}/\s{{0,2}}{_SIGN}")
_DASH = re.compile(r"-\s{1,2}[A-Za-z]")
_LINK = re.compile(r"[\s:=]*(?:\b(?:were|are|was|tested|results?)\b[\s:]*)?$")
_BOUNDARY = re.compile(r"[;:\n|]|\.\s+(?=[A-Z])")
_RESULT_WORD = re.compile(r"\+|\bpos|\bneg(?!l)|\d\s?/\s?\d|tender|TTP", re.IGNORECASE)
_PART = re.compile(r"[,/&]|\band\b")
_SIDE_WORDS = re.compile(rf"\b(?:on (?:the )?)?{_SIDE}\b(?: side)?|[()]")
_FIRST_WORDS = re.compile(r"^.*\b(?:tests?|testing|maneuvers?|exam\w*|signs?|cluster)\b\W*")
_LIST_REACH = 160  # characters from the first test of a list to its row of results, at most
_VALUES = {"+": "positive", "p": "positive", "-": "negative", "n": "negative", "?": "equivocal", "e": "equivocal"}


def take_sign_rows(reading: Reading, unit: Unit) -> tuple[str, list[Statement]]:
    """The text of a piece without such lists (of the same length), and their tests, each with its own result.

    Where there are not as many results as tests nobody can say whose they are: neither are read.
    """
    out: list[Statement] = []
    text = unit.text
    if unit.ticked:
        return text, out
    low, last = unit.start, None
    for m in _RUN.finditer(unit.text, unit.start, unit.end):
        if _DASH.match(m["run"]) and len(_ONE.findall(m["run"])) == 2:
            continue  # "Compression - neg": a dash
        if _OF_TWO_SIDES.fullmatch(m["run"]):
            continue  # "+/-" of one or of both sides
        count = len(_ONE.findall(m["run"]))
        found = _list_before(reading, unit.text, low, m.start(), 1 if count == 2 and not m["run"][:1].isalpha() else 2)
        if found is None and last is not None and not unit.text[low : m.start()].strip(" ,;"):
            found = last  # "R + + -, L - - -"
        if found is None:
            continue
        start, parts = found
        words = m["run"][:1].isalpha() and len(parts) == 2 and m["each"] is None
        if words and m["after"]:
            continue  # "FABER and thigh thrust positive, negative on the left"
        text = text[:start] + BLANK * (m.end() - start) + text[m.end() :]
        low, last = m.end(), found
        signs = list(_ONE.finditer(unit.text, m.start("run"), m.end("run")))
        if len(parts) == 1:
            out += _of_two_sides(start, parts, signs, m, side_order(reading, start, m.start()))
        elif len(signs) == len(parts) and not (
            len(signs) == 2 and not m["before"] and side_order(reading, start, m.start())
        ):
            out += _paired(unit.text, start, parts, signs, m)
    return text, out


def _list_before(reading: Reading, text: str, low: int, end: int, least: int) -> tuple[int, list[Event | None]] | None:
    """The list of ``least`` tests or more right before ``end``: where it begins, and its tests (None where none)."""
    link = _LINK.search(text, max(low, end - 40), end)
    stop = end if link is None else link.start()
    low = max(low, stop - _LIST_REACH)
    start = max((m.end() for m in _BOUNDARY.finditer(text, low, stop)), default=low)
    if _RESULT_WORD.search(text, start, stop) or BLANK in text[start:stop]:
        return None
    heading = _FIRST_WORDS.match(text[start:stop])
    if heading is not None and heading.end() < stop - start:
        start += heading.end()
    cuts = [start, *(x for m in _PART.finditer(text, start, stop) for x in m.span()), stop]
    spans = [(a, b) for a, b in zip(cuts[::2], cuts[1::2], strict=True) if text[a:b].strip(" ()")]
    if len(spans) == 1:
        spans = [m.span() for m in re.compile(r"[^\s()]+").finditer(text, *spans[0]) if not _SIDE_WORDS.fullmatch(m[0])]
        if any(_test(reading, text, *span) is None for span in spans):
            return None
    parts = [_test(reading, text, *span) for span in spans if _SIDE_WORDS.sub("", text[span[0] : span[1]]).strip()]
    if len(parts) < least or not any(p is not None and p.value != "other" for p in parts):
        return None
    return start, parts


def _test(reading: Reading, text: str, start: int, end: int) -> Event | None:
    """The one test that a part of a list names."""
    named = {t.value.removesuffix(_BARE) for t in reading.targets_of("provocative_test", start, end)}
    if not named:
        short = reading.patterns.first("exam_abbreviation", _SIDE_WORDS.sub("", text[start:end]).strip())
        named = set() if short is None else {short}
    if len(named) != 1:
        return None
    side = next((s.side for s in find_sides(text, start, end)), None)
    return Event("item", named.pop(), start, end, side=side)


def _paired(
    text: str, start: int, parts: list[Event | None], signs: list[re.Match[str]], m: re.Match[str]
) -> Iterator[Statement]:
    """Each test of a list with the result that stands in its place."""
    told = m["before"] or m["after"]
    sides = {s.side for s in find_sides(f" {told} ")} if told else {p.side for p in parts if p and p.side}
    side = sides.pop() if len(sides) == 1 else None
    for part, sign in zip(parts, signs, strict=True):
        value = "not_done" if sign[0][:2] in ("NT", "N/", "no", "de") else _value(sign[0])
        if part is None or value == "not_done":
            continue
        item = Event("item", part.value, start, m.end(), side=Laterality(side) if side else None)
        yield Statement(Event("result", value, *sign.span()), value, [item], side=item.side)


def _of_two_sides(
    start: int,
    parts: list[Event | None],
    signs: list[re.Match[str]],
    m: re.Match[str],
    order: tuple[Laterality, Laterality] | None,
) -> Iterator[Statement]:
    """ "FABER (R/L): + -": one test with a sign for each side; without an order of sides "+ -" tells nothing."""
    same = _value(signs[0][0]) == _value(signs[1][0])
    sides = order if order is not None else (Laterality.BILATERAL,) if same else ()
    for side, sign, part in zip(sides, signs, parts * 2, strict=False):
        if part is not None:
            item = Event("item", part.value, start, m.end(), side=side)
            yield Statement(Event("result", _value(sign[0]), *sign.span()), _value(sign[0]), [item], side=side)


def _value(sign: str) -> str:
    if sign.startswith("pain"):
        return "negative" if sign.endswith("less") else "positive"
    return _VALUES[sign.strip("()")[0].lower()]
