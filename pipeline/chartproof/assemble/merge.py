"""Merging tellings of one event or state: which value goes first, and all evidence kept."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Hashable, Iterable
from operator import itemgetter
from typing import Any

from chartproof.extract.finding import Finding
from chartproof.model import Conflict, Evidence, FactBase

_START = itemgetter(0)
Merged = tuple[list[FactBase], list[Conflict]]


def unique_evidence(spans: Iterable[Evidence]) -> list[Evidence]:
    """Evidence without repeats, in the order given; a span inside another of the same note is left out."""
    # Of a note, no span is inside another: in the order of their starts they are in that of their ends too.
    of_notes: dict[str, list[tuple[int, int, int, Evidence]]] = {}
    for number, e in enumerate(spans):
        kept = of_notes.setdefault(e.note, [])
        before = bisect_right(kept, e.start, key=_START) - 1
        if before >= 0 and kept[before][1] >= e.end:
            continue
        first = beyond = bisect_left(kept, e.start, key=_START)
        while beyond < len(kept) and kept[beyond][1] <= e.end:
            beyond += 1
        kept[first:beyond] = [(e.start, e.end, number, e)]
    every = [item for kept in of_notes.values() for item in kept]
    return [e for _, _, _, e in sorted(every, key=itemgetter(2))]


def in_order_of_weight(findings: Iterable[Finding]) -> list[Finding]:
    """The strongest telling first; among equals the earlier note first (the first follow-up gives the figure)."""
    return sorted(findings, key=lambda f: (-f.strength, f.note_date, f.note_id))


def latest_first(findings: Iterable[Finding]) -> list[Finding]:
    """The latest note first, whatever its strength: for states, where the latest telling wins."""
    return sorted(findings, key=lambda f: (f.note_date, f.note_id, f.strength), reverse=True)


def fuse(findings: list[Finding], order: Callable[[Iterable[Finding]], list[Finding]] = in_order_of_weight) -> FactBase:
    """One fact from several tellings: each attribute from the first telling in ``order`` that states it; all evidence.

    Raises:
        ValueError: no findings.
    """
    if not findings:
        raise ValueError("nothing to fuse")
    ranked = order(findings)
    values: dict[str, Any] = {}
    for found in ranked:
        for name in type(found.fact).model_fields:
            if name in ("kind", "evidence"):
                continue
            value = getattr(found.fact, name)
            if value is not None and values.get(name) is None:
                values[name] = value
    by_note = sorted(findings, key=lambda f: (f.note_date, f.note_id))
    evidence = unique_evidence(e for f in by_note for e in f.fact.evidence)
    return type(ranked[0].fact)(**values, evidence=evidence)


def key_of(fact: FactBase) -> Hashable:
    """Kind and key attributes (``KEYS``): what makes two tellings the same thing by default."""
    return (fact.kind, *(str(getattr(fact, name)) for name in fact.KEYS))  # type: ignore[attr-defined]


def merge_same(
    findings: list[Finding],
    key: Callable[[FactBase], Hashable] = key_of,
    order: Callable[[Iterable[Finding]], list[Finding]] = in_order_of_weight,
) -> Merged:
    """Fuse the findings that agree on ``key``; keep the order in which they are first told."""
    groups: dict[Hashable, list[Finding]] = {}
    for found in findings:
        groups.setdefault(key(found.fact), []).append(found)
    return [fuse(group, order) for group in groups.values()], []
