"""Words that stand for some of the tests named before: "the first three", "the last", "the others"."""

from __future__ import annotations

import re
from dataclasses import replace

from chartproof.extract.exam.link import Event, Statement
from chartproof.model.vocab import Laterality

_ORDINAL = re.compile(
    r"\b(?P<which>first|last|latter|former)(?: (?P<count>[2-6]|two|three|four))?"
    r"(?= (?:of (?:these|them|which)\b|tests?\b|maneuvers?\b|is\b|was\b|are\b|were\b|alone\b|only\b|did\b|does\b|do\b"
    r"|reproduc|provok|positive|negative|caus|elicit|produc))",
    re.IGNORECASE,
)
_NUMBERS = {"two": 2, "three": 3, "four": 4}


def ordinal_items(text: str, start: int, end: int, named: list[Event]) -> list[Event]:
    """The tests that "the first three", "the last two", "the former" mean, each at the place of those words."""
    out: list[Event] = []
    for m in _ORDINAL.finditer(text, start, end):
        told = (m["count"] or "").lower()
        count = _NUMBERS.get(told) or int(told or 1)
        if count > len(named) or (not told and m["which"].lower() in ("former", "latter") and len(named) != 2):
            continue
        chosen = named[:count] if m["which"].lower() in ("first", "former") else named[-count:]
        out += [replace(item, start=m.start(), end=m.end(), words=None) for item in chosen]
    return out


def with_the_rest(statement: Statement, names: list[str], side: Laterality | None) -> Statement:
    """The statement with the tests that its "others" or "rest" stands for."""
    rest = next(i for i in statement.items if i.value == "rest")
    items = [i for i in statement.items if i is not rest]
    items += [Event("item", name, rest.start, rest.end, side=rest.side or side, words=rest.words) for name in names]
    return replace(statement, items=items)
