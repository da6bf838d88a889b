"""Reads "; the same for the figure-four test": one more test with every result just told."""

from __future__ import annotations

from dataclasses import replace

from chartproof.extract.exam.meaning import Event, Statement, gap_strength

Same = tuple[Event, list[Event]]


def take_same(text: str, events: list[Event]) -> tuple[list[Event], list[Same]]:
    """The events without such words and their tests; and each of those words with its tests."""
    out: list[Event] = []
    taken: list[Same] = []
    at = 0
    while at < len(events):
        event = events[at]
        at += 1
        if event.kind != "same":
            out.append(event)
            continue
        items: list[Event] = []
        end = event.end
        while at + len(items) < len(events) and (item := events[at + len(items)]).kind == "item":
            if items and gap_strength(text, end, item.start) > 1:
                break
            items.append(item)
            end = item.end
        rest = events[at + len(items) :]
        own = bool(rest) and rest[0].kind == "result" and gap_strength(text, end, rest[0].start) < 2
        if items and not own:
            taken.append((event, items))
            at += len(items)
    return out, taken


def with_same(statements: list[Statement], taken: list[Same]) -> list[Statement]:
    """The statements with those of the tests that share a result told before them."""
    out = list(statements)
    for words, items in taken:
        before = [s for s in out if s.items and s.result.start < words.start]
        if not before:
            continue
        names = {i.value for i in before[-1].items}
        for told in [s for s in before if {i.value for i in s.items} == names]:
            side = told.side or next((i.side for i in told.items if i.side), None)
            result = Event("result", told.value, words.start, words.end, pairs=told.result.pairs)
            own = [replace(item) for item in items]
            out.append(Statement(result, told.value, own, side=next((i.side for i in own if i.side), side)))
    return out
