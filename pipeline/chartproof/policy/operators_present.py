"""The operator that asks for a disorder, imaging finding or implant complication: an indication, not an exclusion."""

from __future__ import annotations

from pydantic import Field, model_validator

from chartproof.model import vocab as v
from chartproof.policy.errors import RuleFault
from chartproof.policy.operators import FindingFilter, RuleBase, Strict


class Asked(Strict):
    conditions: list[v.ConditionName] = Field(default_factory=list)
    findings: list[FindingFilter] = Field(default_factory=list)
    complications: list[v.ComplicationName] = Field(default_factory=list)
    within_days: int | None = Field(default=None, description="only findings of studies of the last so many days")

    @model_validator(mode="after")
    def _asks_something(self) -> Asked:
        if not (self.conditions or self.findings or self.complications):
            raise RuleFault((), "asks nothing; give one of: conditions, findings, complications")
        return self

    def names(self) -> list[str]:
        """What is asked for, by its names in the guide."""
        found = [name for sort in self.findings for name in sort.finding]
        return list(dict.fromkeys(str(name) for name in (*self.conditions, *found, *self.complications)))


class Present(RuleBase):
    """One of the named disorders, findings or complications is there. Possible, contradictory or not documented:
    unsure. Only where each of them is said to be absent (a region called normal has no finding): not_met."""

    OPERATOR = "present"
    present: Asked
