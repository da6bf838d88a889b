"""One injection as one note tells it, gathered piece by piece while the note is read."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from typing import Any

from chartproof.extract.finding import Finding, Strength
from chartproof.language.reading import Reading
from chartproof.model import Evidence, PartialDate
from chartproof.model.facts import Injection
from chartproof.model.vocab import Laterality

DEFAULT_TARGET = "si_joint"


@dataclass
class Telling:
    """An injection that a note tells of.

    Attributes:
        target: None while only "the block" was said and nothing before says of what.
        status: performed, planned or declined.
        ordinal: which of several, where told; -1 for the latest.
        group: stands for all injections of its target and side ("two SI injections, each ...").
        of_group: one of those that were told of together before ("the March one").
        combined: stands for all injections of one session ("the combined procedure").
        bare: only a date stands for it ("after 07/29 80% better").
        primary: the document was made of this injection.
        certain: the words say that it was done.
        likely: where it names no site, it is an SI joint's by what the note is about.
        earlier: the words say that it lies before another one ("her previous injection").
        implicit: no injection is named; what is told is of the last one before the note.
        corrects: attributes that the words put right where another note told them wrong.
        immediate: its relief was told in the procedure room.
        told_on: the date of an addendum that tells it, where that is not the note's date.
        until: the day on which relief is told to have ended.
        other_side: the side that the description tells where the title tells another.
        values, spans: attributes of the fact with the span that proves each, and further spans.
    """

    target: str | None
    status: str = "performed"
    side: Laterality | None = None
    date: PartialDate | None = None
    date_form: str | None = None
    ordinal: int | None = None
    count: int | None = None
    group: bool = False
    combined: bool = False
    bare: bool = False
    of_group: bool = False
    primary: bool = False
    immediate: bool = False
    certain: bool = True
    likely: bool = False
    told_on: datetime.date | None = None
    section: int = -1
    sentence: int = -1
    values: dict[str, Any] = field(default_factory=dict)
    scores: tuple[float, float] | None = None
    spans: list[tuple[int, int]] = field(default_factory=list)
    disputed: list[tuple[float, float]] = field(default_factory=list)
    relief_section: int | None = None
    other_side: tuple[Laterality, int, int] | None = None
    aside: bool = False  # a second site of the session, named in the description
    partial: bool = False  # all of several, of which the words by it tell of some ("two of the three blocks")
    until: datetime.date | None = None
    later: bool = False  # the stated figure is of a day after that of the scores
    corrects: frozenset[str] = frozenset()
    implicit: bool = False
    earlier: bool = False
    twin: bool = False  # one side of a session told for both joints

    def put(self, name: str, value: Any, start: int, end: int) -> None:
        """Take an attribute where none was told before; the span is evidence either way."""
        if self.values.get(name) is None:
            self.values[name] = value
            self.spans.append((start, end))
        elif self.values[name] == value:
            self.spans.append((start, end))

    def relief(self) -> tuple[float, float] | None:
        """Stated relief; scores of the same telling where none is stated; both spanned where they disagree."""
        stated = self.values.get("relief_percent")
        for other in self.disputed:
            if stated is not None:
                stated = (min(stated[0], other[0]), max(stated[1], other[1]))
        if stated is None or self.scores is None or self.later:
            return stated or self.scores
        low, high = stated
        score = self.scores[0]
        if low - 0.1 * max(low, score) <= score <= high + 0.1 * max(high, score):
            return low, high
        return min(low, score), max(high, score)

    def finding(self, reading: Reading) -> Finding:
        """The finding of this telling."""
        note = reading.note
        values = {k: v for k, v in self.values.items() if k != "relief_percent"}
        relief = self.relief()
        if relief is not None and relief[1] == 0:
            values.pop("relief_ended", None)  # what never came did not end
        if self.status != "performed":
            values = {k: v for k, v in values.items() if k in ("guidance", "purpose", "route", "steroid")}
            relief = None
        evidence: list[Evidence] = []
        if self.other_side is not None:
            self.spans.append(self.other_side[1:])
        for start, end in sorted(set(self.spans)):
            evidence.append(reading.evidence(start, end))
        fact = Injection(
            target=self.target or DEFAULT_TARGET,  # type: ignore[arg-type]
            status=self.status,  # type: ignore[arg-type]
            date=self.date,
            laterality=self.side,
            relief_percent=relief,
            evidence=evidence,
            **values,
        )
        strength = Strength.PRIMARY if self.primary else Strength.SUMMARY
        hints = {
            "ordinal": self.ordinal,
            "count": self.count,
            "group": self.group,
            "combined": self.combined,
            "generic": self.target is None,
            "likely": self.likely,
            "implicit": self.implicit,
            "earlier": self.earlier,
            "corrects": self.corrects,
            "immediate": self.immediate or (self.primary and self.told_on is None),
            "from_scores": self.values.get("relief_percent") is None and self.scores is not None,
            "date_form": self.date_form,
            "until": self.until,
            "other_side": self.other_side[0] if self.other_side else None,
        }
        return Finding(fact, note.id, self.told_on or note.date, note.type, strength, hints)
