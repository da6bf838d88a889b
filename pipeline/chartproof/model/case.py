"""The case assembled from a chart's facts, and what a policy makes of it."""

from __future__ import annotations

from datetime import date
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, SerializeAsAny

from chartproof.model.chart import Chart, Request
from chartproof.model.evidence import Evidence
from chartproof.model.facts import Fact, FactBase
from chartproof.model.vocab import CriterionStatus, Outcome, Reason


class Conflict(BaseModel):
    """Two or more tellings of one thing that disagree, none of them later or stronger."""

    model_config = ConfigDict(extra="forbid")

    kind: str
    attribute: str
    values: list[str] = Field(description="the values told, in the order of their notes")
    evidence: list[Evidence] = Field(description="the words behind each value")


class Case(BaseModel):
    """All facts of one chart, one fact per real-world event or state."""

    model_config = ConfigDict(extra="forbid")

    chart_id: str
    request: Request
    facts: list[Fact]
    conflicts: list[Conflict] = Field(default_factory=list)

    def of_kind(self, kind: str) -> list[Any]:
        """The facts of one kind, in the case's order."""
        return [fact for fact in self.facts if fact.kind == kind]

    def check_evidence(self, chart: Chart) -> None:
        """Make sure that every quote stands at its offsets in its note.

        Raises:
            ValueError: one does not; the message names kind, note and offsets, never the text.
        """
        texts = {note.id: note.text for note in chart.notes}
        for fact in self.facts:
            for e in fact.evidence:
                if texts.get(e.note, "")[e.start : e.end] != e.quote:
                    raise ValueError(f"evidence of a {fact.kind} does not stand in {e.note} at {e.start}-{e.end}")


class Gap(BaseModel):
    """Something to obtain, from whom, and why."""

    model_config = ConfigDict(extra="forbid")

    what: str
    source: str = Field(description="who has it, e.g. 'therapy clinic'")
    why: str


class CriterionResult(BaseModel):
    """One criterion (or a part of one) of a policy, answered."""

    model_config = ConfigDict(extra="forbid", frozen=True)  # shared between charts of which it says the same

    id: str
    status: CriterionStatus
    reason: Reason
    label: str = Field(description="the criterion in plain words")
    citation: str | None = None
    required: str = Field(description="what the criterion asks for, in words")
    found: str = Field(description="what the chart shows, in words")
    evidence: list[Evidence] = Field(default_factory=list)
    facts: list[SerializeAsAny[FactBase]] = Field(default_factory=list, exclude=True, description="the deciding facts")
    obtain: list[Gap] = Field(default_factory=list)
    recommendation: bool = Field(default=False, description="advice of the policy: shown, and left out of the outcome")
    parts: list[CriterionResult] = Field(default_factory=list, description="the sub-criteria, in order")


class Determination(BaseModel):
    """What one policy version makes of one case."""

    model_config = ConfigDict(extra="forbid")

    policy: str
    title: str
    payer: str
    version: str
    effective_from: date | None = None
    effective_to: date | None = None
    status: Outcome
    criteria: list[CriterionResult]
    notices: list[str] = Field(default_factory=list, description="e.g. the version was not in force on the date")
