"""A policy: one version of one payer's criteria."""

from __future__ import annotations

from datetime import date

from pydantic import BaseModel, ConfigDict, Field, model_validator

from chartproof.policy.errors import RuleFault, unknown
from chartproof.policy.operators import Obtain, RuleBase
from chartproof.policy.rules import Rule, references


class Criterion(BaseModel):
    """One criterion under the payer's own number."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    label: str = Field(description="the criterion in plain words (a paraphrase)")
    citation: str = Field(description="where it stands in the policy")
    rule: Rule
    recommendation: bool = Field(default=False, description="answered and shown, and left out of the outcome")
    obtain: list[Obtain] = Field(default_factory=list, description="what to get when it is not met, and from whom")


class Effective(BaseModel):
    """The days on which a version is in force, both included. A null is a date that was not read."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    start: date | None = Field(None, alias="from")
    end: date | None = Field(None, alias="to")

    def covers(self, day: date) -> bool:
        return (self.start is None or self.start <= day) and (self.end is None or day <= self.end)


class Policy(BaseModel):
    """One version of a policy. Versions of one policy share their ``series``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    payer: str
    also_called: list[str] = Field(default_factory=list, description="other names of the payer")
    title: str
    version: str
    series: str
    effective: Effective
    supersedes: str | None = None
    line_of_business: list[str] = Field(default_factory=list)
    procedure_codes: list[str] = Field(min_length=1, description="CPT codes that the criteria are for")
    source: str = Field(description="where the text was read")
    verified: str = Field(description="which statements were checked against the source, and when")
    definitions: dict[str, Rule] = Field(default_factory=dict, description="rules that criteria refer to with `see`")
    criteria: list[Criterion] = Field(min_length=1)

    @model_validator(mode="after")
    def _references_end(self) -> Policy:
        """Ids are given once, and every ``see`` leads to a rule, never back to itself."""
        seen: set[str] = set(self.definitions)
        for i, criterion in enumerate(self.criteria):
            if criterion.id in seen:
                raise RuleFault(("criteria", i, "id"), f"the id '{criterion.id}' is given twice")
            seen.add(criterion.id)
        rules = self.rules()
        places: dict[str, tuple[str | int, ...]] = {name: ("definitions", name) for name in self.definitions}
        places |= {c.id: ("criteria", i, "rule") for i, c in enumerate(self.criteria)}
        for name, rule in rules.items():
            for target in references(rule):
                if target not in rules:
                    raise RuleFault(places[name], unknown("criterion or definition", target, rules))
            if _reaches(name, name, rules, set()):
                raise RuleFault(places[name], f"'{name}' refers to itself")
        return self

    def rules(self) -> dict[str, RuleBase]:
        """Every named rule: definitions and criteria by id."""
        return {**self.definitions, **{c.id: c.rule for c in self.criteria}}


def _reaches(start: str, goal: str, rules: dict[str, RuleBase], passed: set[str]) -> bool:
    for target in references(rules[start]):
        if target == goal:
            return True
        if target not in passed and target in rules:
            passed.add(target)
            if _reaches(target, goal, rules, passed):
                return True
    return False
