"""Reads lists of boxes: "[x] FABER  [ ] Gaenslen"."""

from __future__ import annotations

import re
from collections.abc import Iterator

from chartproof.extract.exam.meaning import Event, Statement
from chartproof.extract.exam.units import Unit
from chartproof.language.reading import Reading
from chartproof.model.vocab import Laterality

_TICKED = re.compile(r"(?:\[[xX]\]|\([xX]\))\s*(?:\w{1,5} )?$")
_TICKED_AFTER = re.compile(
    r"[^\w\[(]*(?:(?:[RL]|right|left)\b[^\w\[(]{0,4})?(?:\[[xX]\]|\([xX]\)|\[ \]\s*\w+\s*(?:\[[xX]\]|\([xX]\)))"
)


def boxed_alone(reading: Reading, unit: Unit, events: list[Event]) -> list[Event]:
    """Tests right behind a ticked box, where a test without a box follows that has a result of its own.

    "[x] thigh thrust  [x] FABER    Gaenslen +/-": the sign is Gaenslen's alone.
    """
    if not unit.ticked:
        return []
    items = [e for e in events if e.kind == "item"]
    ticked = [i for i in items if _TICKED.search(reading.text, max(unit.start, i.start - 12), i.start)]
    plain = [i for i in items if i not in ticked and _told_before_next(events, items, i)]
    return [i for i in ticked if plain and i.start < plain[-1].start and not _told_before_next(events, items, i)]


def _told_before_next(events: list[Event], items: list[Event], item: Event) -> bool:
    """Whether a result stands between a test and the next one."""
    high = next((i.start for i in items if i.start >= item.end), None)
    return any(e.kind == "result" and e.start >= item.end and (high is None or e.start < high) for e in events)


def ticked_tests(reading: Reading, unit: Unit, events: list[Event], statements: list[Statement]) -> Iterator[Statement]:
    """Tests whose box is ticked and that have no result of their own."""
    if not unit.ticked:
        return
    owned = {id(i) for s in statements for i in s.items} | {i.start for s in statements for i in s.items}
    items = [e for e in events if e.kind == "item"]
    head = reading.text[unit.start : items[0].start] if items else ""
    if reading.patterns.regexes["exam_box_performed"].search(head):
        return
    told = {e.value for e in events if e.kind == "side"}
    only = Laterality(told.pop()) if len(told) == 1 else None
    for n, item in enumerate(items):
        if item.start in owned or item.value in ("other", "rest"):
            continue
        high = items[n + 1].start if n + 1 < len(items) else unit.end
        before = _TICKED.search(reading.text, max(unit.start, item.start - 12), item.start)
        after = _TICKED_AFTER.match(reading.text, item.end, high)
        if before is None and (after is None or _TICKED.search(reading.text, max(0, high - 6), high)):
            continue
        side = next(
            (Laterality(e.value) for e in events if e.kind == "side" and item.start - 12 <= e.start < high), only
        )
        last = after.end() if after is not None and before is None else item.end
        result = Event("result", "positive", before.start() if before else item.start, last)
        yield Statement(result, "positive", [item], side=side)
