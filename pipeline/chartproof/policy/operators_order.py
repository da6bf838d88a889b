"""Operators on the number, order and company of events: limits, dependencies, episodes, injections alone.

The requested procedure is an event of its own, on the date of the request, where ``of_request`` or ``with_request`` say
so. Dates known to the month or year are read for every day that they may mean.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field, model_validator

from chartproof.model import vocab as v
from chartproof.policy.operators import Events, RuleBase, Strict
from chartproof.policy.where import Where, check_kind, check_where


class Limit(Events):
    max: int = Field(ge=0, description="the most events that a window may hold")
    days: int = Field(ge=1, description="length of the rolling window")
    per: Literal["joint", "session"] = Field(
        description="joint: events of the requested side; session: days with such an event on either side"
    )
    with_request: bool = Field(
        True, description="the request counts as one more, and only windows that hold it are looked at"
    )
    silence: v.CriterionStatus = Field(v.CriterionStatus.MET, description="answer where no such event is documented")


class AtMost(RuleBase):
    """No rolling window holds more than ``max`` qualifying events. A stated total that exceeds what is described may
    lie in the window, so it leaves the answer open."""

    OPERATOR = "at_most"
    at_most: Limit


class Earlier(Strict):
    """The earlier event: which facts are of its sort, and which of them serve."""

    of: Where = Field(default_factory=Where)
    where: Where = Field(default_factory=Where)


class Order(Events):
    by: Earlier = Field(description="the event that must come before; of the same kind")
    min_days: int = Field(1, ge=0, description="at least so many days before")
    max_days: int | None = Field(None, description="at most so many days before")
    of_request: bool = Field(False, description="the request itself must be preceded; of, where are not used")
    silence: v.CriterionStatus = Field(
        v.CriterionStatus.UNSURE, description="answer where no event that needs a predecessor is documented"
    )

    @model_validator(mode="before")
    @classmethod
    def _known_earlier(cls, value: Any) -> Any:
        if isinstance(value, Mapping) and isinstance(value.get("by"), Mapping):
            for part in ("of", "where"):
                if part in value["by"]:
                    check_where(check_kind(value.get("kind")), value["by"][part], ("by", part))
        return value

    def earlier(self) -> Events:
        """The sort of the earlier event."""
        return Events(kind=self.kind, of=self.by.of, where=self.by.where, side=self.side)


class PrecededBy(RuleBase):
    """Each qualifying event (or the request) comes after an event of the sort ``by``: therapeutic after a positive
    diagnostic. An earlier event documented that does not serve: not_met; none documented: unsure."""

    OPERATOR = "preceded_by"
    preceded_by: Order


class Stop(Events):
    with_request: bool = Field(False, description="the request counts as a later event of the sort")
    silence: v.CriterionStatus = Field(v.CriterionStatus.MET, description="answer where no such event is documented")


class NoneAfterFailure(RuleBase):
    """No event of the sort follows one that did not qualify: no second diagnostic after a failed first."""

    OPERATOR = "none_after_failure"
    none_after_failure: Stop


class Gap(Events):
    gap_days: int = Field(ge=1)
    silence: v.CriterionStatus = Field(
        v.CriterionStatus.UNSURE, description="answer where no earlier event is documented"
    )


class NewEpisode(RuleBase):
    """The last qualifying event lies at least ``gap_days`` before the request: a new episode."""

    OPERATOR = "new_episode"
    new_episode: Gap


class Company(Strict):
    of: Where = Field(description="the injections that must be alone")
    where: Where = Field(default_factory=Where, description="which of them are looked at; others are passed over")
    not_with: Where = Field(default_factory=Where, description="other injections of the same day that count against it")
    silence: Literal["met", "unsure"] = Field("met", description="how nothing told about other sites reads")

    @model_validator(mode="before")
    @classmethod
    def _known_words(cls, value: Any) -> Any:
        if isinstance(value, Mapping):
            for part in ("of", "where", "not_with"):
                if part in value:
                    check_where(check_kind("injection"), value[part], (part,))
        return value


class PerformedAlone(RuleBase):
    """No such injection was given together with one of another site: ``concurrent`` false, and no other of its day.

    Silence on other sites counts as not concurrent (corpora/GUIDE.md section 2, injection) unless ``silence: unsure``.
    """

    OPERATOR = "performed_alone"
    performed_alone: Company
