"""Words that stand for some of the tests named before: "the first three", "the last", "the others"."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from chartproof.extract.exam.meaning import Event, Statement
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


def with_the_rest(
    statements: list[Statement],
    unit_side: Laterality | None,
    named: Callable[[Laterality | None], list[str]],
    performed: list[Event],
) -> list[Statement]:
    """The statements with the tests that their "others" or "rest" stand for.

    "RIGHT: thigh thrust +, others -": the others are those told of the other side, or named as done before.

    Args:
        unit_side: the side that a label before the piece tells.
        named: the tests told of another side than the given one.
        performed: tests that the sentence before named as done.
    """
    told = {i.value for s in statements for i in s.items}
    out = []
    for statement in statements:
        rest = next((i for i in statement.items if i.value == "rest"), None)
        if rest is not None and statement.value in ("positive", "negative"):
            side = rest.side or statement.side or unit_side
            names = [i.value for i in performed if i.value not in told]
            if not performed and side in (Laterality.LEFT, Laterality.RIGHT):
                names = [name for name in named(side) if name not in told]
            sides = {i.side for i in performed}
            shared = next(iter(sides)) if len(sides) == 1 else None
            items = [i for i in statement.items if i is not rest]
            items += [Event("item", n, rest.start, rest.end, side=side or shared, words=rest.words) for n in names]
            if names:
                statement = replace(statement, items=items)
        out.append(statement)
    return out
