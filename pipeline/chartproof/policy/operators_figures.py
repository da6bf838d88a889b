"""Operators on figures: scores with a selector, laboratory values, relief that lasts, relief from scores, visits, care.

A range against a threshold is decided by its bounds (corpora/GUIDE.md section 3).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field, model_validator

from chartproof.model import vocab as v
from chartproof.policy.errors import RuleFault, unknown
from chartproof.policy.operators import EventCount, Events, RuleBase, Strict, Window, check_attribute
from chartproof.policy.units import UNITS
from chartproof.policy.where import Where, check_kind, check_where


class Threshold(Strict):
    """At least ``min``, at most ``max``, less than ``below``: those given must all hold."""

    min: float | None = None
    max: float | None = None
    below: float | None = None

    @model_validator(mode="after")
    def _asks_something(self) -> Threshold:
        if self.min is None and self.max is None and self.below is None:
            raise RuleFault((), "asks nothing; give one of: min, max, below")
        return self

    def limits(self) -> str:
        """The limits in words."""
        said = [(self.min, "at least"), (self.max, "at most"), (self.below, "under")]
        return " and ".join(f"{how} {limit:g}" for limit, how in said if limit is not None)


class SelectedValue(Threshold):
    kind: Literal["pain_score", "disability_score", "pain_duration", "measurement"]
    attribute: str
    of: Where = Field(default_factory=Where)
    select: Literal["latest", "first", "highest", "lowest"] = "latest"
    before_event: Events | None = Field(None, description="only figures up to the first such event that qualifies")
    within: Window | None = None
    unit: str = ""

    @model_validator(mode="before")
    @classmethod
    def _known_words(cls, value: Any) -> Any:
        if isinstance(value, Mapping):
            check_where(check_kind(value.get("kind")), value.get("of", {}), ("of",))
            if isinstance(value.get("attribute"), str):
                check_attribute(value["kind"], value["attribute"], "attribute")
        return value


class Value(RuleBase):
    """A figure chosen by ``select`` against thresholds; of several on the chosen date the highest counts.

    ``before_event`` gives a baseline: the latest, first, highest or lowest figure up to the event's day.
    """

    OPERATOR = "value"
    value: SelectedValue


class LabValue(Threshold):
    analyte: list[v.Analyte]
    unit: str = Field(description="unit of the limits; values in another known unit are converted")
    specimen: dict[v.Analyte, list[v.Specimen]] = Field(
        default_factory=dict, description="specimens that serve, by analyte; an analyte not named: any"
    )
    within: Window | None = Field(None, description="window of the collection date")
    source: list[v.LabSource] = Field(default_factory=lambda: [v.LabSource.LAB_REPORT])
    select: Literal["latest", "any"] = "latest"

    @model_validator(mode="after")
    def _known_unit(self) -> LabValue:
        if self.unit.casefold() not in UNITS:
            raise RuleFault(("unit",), unknown("unit", self.unit, UNITS))
        return self


class LabIs(RuleBase):
    """A laboratory value within limits: analyte, specimen, unit, window and document. A value known by a bound only
    ("<2") is decided where the bound allows it. A value that fails the limits is not_met whatever told it; one that
    would do but comes from another document, or is out of the window, leaves the answer unsure."""

    OPERATOR = "lab"
    lab: LabValue


class Lasting(EventCount):
    min_percent: float = Field(ge=0, le=100)
    for_days: float | None = Field(None, description="relief lasts at least so many days")
    anesthetic_hours: dict[str, float] | None = Field(
        None, description="relief lasts the time in which the anesthetic works: hours by generic name"
    )

    @model_validator(mode="after")
    def _one_length(self) -> Lasting:
        if (self.for_days is None) == (not self.anesthetic_hours):
            raise RuleFault((), "give one of: for_days, anesthetic_hours")
        return self


class SustainedRelief(RuleBase):
    """Count of injections whose relief reached ``min_percent`` and lasted: so many days, or as long as the anesthetic
    works. An anesthetic not told, or not in the list: the longest time in the list is asked. Relief called temporary,
    or gone by an untold time, and no length: unsure."""

    OPERATOR = "sustained_relief"
    sustained_relief: Lasting


class ScoreChange(EventCount):
    score: Literal["pain_score", "disability_score"] = "pain_score"
    before: Where = Field(default_factory=Where, description="which scores are of before; pain: pre_injection")
    after: Where = Field(default_factory=Where, description="which are of after; pain: post_injection")
    before_days: int = Field(0, ge=0, description="a score of before is of the event's day or so many days earlier")
    after_from: int = Field(0, ge=0, description="a score of after is taken from so many days after the event")
    after_to: int = Field(1, ge=0, description="to so many days after it; the best of them counts")
    same_scale: bool = Field(True, description="both scores name the same scale")
    min_percent: float = Field(ge=0, le=100, description="the score falls by so many percent")
    agree_within: float = Field(10, description="a stated percentage may differ by so many points")

    @model_validator(mode="before")
    @classmethod
    def _known_scores(cls, value: Any) -> Any:
        if isinstance(value, Mapping):
            for part in ("before", "after"):
                if part in value:
                    check_where(check_kind(value.get("score", "pain_score")), value[part], (part,))
            if value.get("score", "pain_score") == "pain_score":
                usual = {"before": {"qualifier": "pre_injection"}, "after": {"qualifier": "post_injection"}}
                return {**usual, **value}
        return value


class RelievedByScores(RuleBase):
    """Count of events after which a score fell by ``min_percent``: (before - after) / before, from one pair on one
    scale. A bare stated percentage is not enough; one that disagrees with the scores is a conflict.

    Source of the formula: corpora/GUIDE.md section 2, "NRS before and after".
    """

    OPERATOR = "relief_by_scores"
    relief_by_scores: ScoreChange


class VisitsIn(Strict):
    type: list[v.TherapyType]
    where: Where = Field(default_factory=Where)
    min_visits: int = Field(ge=1)
    min_weeks: float | None = Field(None, description="over at least so many weeks")
    max_weeks: float | None = Field(None, description="over at most so many weeks")
    within: Window | None = Field(None, description="the course ended, or went on, in the window")

    @model_validator(mode="before")
    @classmethod
    def _known_words(cls, value: Any) -> Any:
        if isinstance(value, Mapping):
            check_where(check_kind("therapy"), value.get("where", {}), ("where",))
        return value


class Visits(RuleBase):
    """One course of therapy with at least so many completed visits over a period."""

    OPERATOR = "visits"
    visits: VisitsIn


class CarePeriod(Strict):
    therapy: list[v.TherapyType] = Field(default_factory=list)
    medication: bool = False
    injections: list[v.InjectionTarget] = Field(default_factory=list)
    min_weeks: float
    within: Window | None = Field(None, description="only the days in the window count")
    max_gap_days: int | None = Field(None, ge=0, description="consecutive: the longest run with no longer gap counts")
    shorter: Literal["unsure", "not_met"] = Field("unsure", description="answer where the dated care is shorter")

    @model_validator(mode="after")
    def _some_care(self) -> CarePeriod:
        if not (self.therapy or self.medication or self.injections):
            raise RuleFault((), "names no care; give therapy, medication or injections")
        return self


class CareInPeriod(RuleBase):
    """Dated care that lasted so many weeks, in a window where one is given, in one run where ``max_gap_days`` is.

    Without ``max_gap_days`` the days under care are added up. All care ended before the window: not_met (stale).
    """

    OPERATOR = "care_in_period"
    care_in_period: CarePeriod
