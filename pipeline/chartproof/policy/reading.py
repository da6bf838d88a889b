"""The case as a criterion reads it: sides, windows, and what is latest.

Source: corpora/GUIDE.md section 3, "General readings".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeVar

from pydantic import ValidationError

from chartproof.model.case import Case
from chartproof.model.chart import Request
from chartproof.model.dates import DAYS_PER_MONTH, PartialDate, days_before
from chartproof.model.facts import FACT, FactBase, Injection, PainDuration, Surgery
from chartproof.model.vocab import EventStatus, Laterality
from chartproof.policy.answer import Answer
from chartproof.policy.kleene import MET, NOT_MET, UNSURE, Truth
from chartproof.policy.operators import Window
from chartproof.policy.where import dated

F = TypeVar("F", bound=FactBase)

_DAY_IN_NAME = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass
class Asked:
    """What was asked of a case while an answer was found: these kinds of facts and, maybe, the request."""

    kinds: set[type[FactBase]] = field(default_factory=set)
    request: bool = False

    def add(self, other: Asked) -> None:
        self.kinds |= other.kinds
        self.request = self.request or other.request


@dataclass
class Reading:
    """A case read for one side. All that judges ask of the case they ask here, so that ``asked`` tells it.

    Attributes:
        case: the case.
        side: the side that evidence must be of, or state no side; None: every side counts.
        note_dates: note id -> its date; for notes not in it, the date in the note's name is taken.
        answered: answers of named rules already given, so that ``see`` gives the same one, with what they asked.
        asked: what has been asked so far.
    """

    case: Case
    side: Laterality | None
    note_dates: Mapping[str, date] = field(default_factory=dict)
    answered: dict[str, tuple[Answer, Asked]] = field(default_factory=dict)
    asked: Asked = field(default_factory=Asked)
    _of: dict[type[FactBase], list[Any]] = field(default_factory=dict)

    @property
    def request(self) -> Request:
        """What is asked for."""
        self.asked.request = True
        return self.case.request

    @property
    def today(self) -> date:
        """The day that every window is counted back from."""
        return self.request.request_date

    def every(self, *models: type[F]) -> list[F]:
        """The facts of these kinds, of whatever side."""
        self.asked.kinds.update(models)
        return [fact for fact in self.case.facts if isinstance(fact, models)]

    def facts(self, model: type[F]) -> list[F]:
        """The facts of a kind that count for the side: of that side, bilateral, or of no written side."""
        self.asked.kinds.add(model)
        known = self._of.get(model)
        if known is None:
            known = self._of[model] = [f for f in self.case.facts if isinstance(f, model) and self.counts(f)]
        return [*known]

    def counts(self, fact: FactBase) -> bool:
        """True unless the fact is of the other side alone."""
        side = getattr(fact, "laterality", None)
        return side is None or self.side is None or side in (self.side, Laterality.BILATERAL)

    def told(self, fact: FactBase) -> date | None:
        """The date of the latest note that tells the fact."""
        days = [day for e in fact.evidence if (day := self._note_date(e.note)) is not None]
        return max(days, default=None)

    def _note_date(self, note: str) -> date | None:
        if note in self.note_dates:
            return self.note_dates[note]
        match = _DAY_IN_NAME.search(note)
        try:
            return date.fromisoformat(match.group()) if match else None
        except ValueError:
            return None

    def when(self, fact: FactBase) -> PartialDate | None:
        """The fact's date, else the date of the latest note that tells it."""
        told = self.told(fact)
        return dated(fact) or (PartialDate(told) if told else None)

    def days(self, facts: Iterable[FactBase]) -> list[PartialDate]:
        """The dates of facts, earliest first, those of none left out."""
        days = [day for fact in facts if (day := self.when(fact)) is not None]
        return sorted(days, key=lambda day: (day.first, day.last))

    def latest(self, facts: Iterable[F]) -> list[F]:
        """The facts that none is later than: those of the latest date, and those that may be of it."""
        pairs = [(fact, self.when(fact)) for fact in facts]
        days = [day for _, day in pairs if day is not None]
        if not days:
            return [fact for fact, _ in pairs]
        top = max(day.first for day in days)
        return [fact for fact, day in pairs if day is not None and day.last >= top]

    def within(self, day: PartialDate | None, days: int | None) -> Truth:
        """Whether a date lies in the window of so many days before the request; unsure where it may or may not."""
        if days is None:
            return MET
        if day is None:
            return UNSURE
        edge = days_before(self.today, days)
        return MET if day.first >= edge else NOT_MET if day.last < edge else UNSURE

    def in_window(self, day: PartialDate | None, window: Window | None) -> Truth:
        """Whether a date lies in a window, whatever its anchor; unsure where it may or may not. See ``Window``."""
        if window is None:
            return MET
        if window.before == "request_date":
            return self.within(day, window.days)
        if day is None:
            return UNSURE
        if window.before == "surgery_date":
            surgeries = [x.date for x in self.facts(Surgery) if x.date and x.status == EventStatus.PLANNED]
            if not surgeries:  # later than the request, so what is too old then is too old for it
                return NOT_MET if day.last < days_before(self.today, window.days) else UNSURE
            first, last = min(d.first for d in surgeries), max(d.last for d in surgeries)
        else:
            given = [x for x in self.facts(Injection) if x.date and x.status == EventStatus.PERFORMED]
            latest = self.days(self.latest(given))
            if not latest:
                return UNSURE
            first, last = min(d.first for d in latest), max(d.last for d in latest)
            if day.first > last:
                return NOT_MET
        if day.first >= days_before(last, window.days):
            return MET
        return NOT_MET if day.last < days_before(first, window.days) else UNSURE

    def onset(self) -> date | None:
        """The day since when this pain is there, where the chart says how long (the longest that may be meant)."""
        months = [fact.months for fact in self.facts(PainDuration)]
        return days_before(self.today, round(max(months) * DAYS_PER_MONTH)) if months else None


def told_otherwise(case: Case) -> list[tuple[str, Case]]:
    """For each value of each conflict of a case that the case's facts do not hold: the values told, in words, and the
    case as it would be with that value. Values that do not fit the attribute are passed over."""
    cases = []
    for conflict in case.conflicts:
        words = f"{conflict.attribute.replace('_', ' ')} {' and '.join(conflict.values)}"
        for i, fact in enumerate(case.facts):
            if fact.kind != conflict.kind or not any(e.overlaps(c) for e in fact.evidence for c in conflict.evidence):
                continue
            for value in conflict.values:
                if value == str(fact.attributes().get(conflict.attribute)):
                    continue
                try:
                    told = FACT.validate_python({**fact.model_dump(by_alias=True), conflict.attribute: value})
                except ValidationError:
                    continue
                facts = [*case.facts[:i], told, *case.facts[i + 1 :]]
                cases.append((words, case.model_copy(update={"facts": facts})))
    return cases
