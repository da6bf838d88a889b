"""A policy: one version of one payer's criteria."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from chartproof.policy.errors import RuleFault, unknown
from chartproof.policy.operators import Obtain, RuleBase
from chartproof.policy.rules import Rule, references


class Criterion(BaseModel):
    """One criterion under the payer's own number."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    id: str
    label: str = Field(description="the criterion in plain words (a paraphrase)")
    citation: str = Field(description="where it stands in the policy")
    source: str | None = Field(default=None, description="the text it was read in, where that is not the policy's own")
    rule: Rule
    recommendation: bool = Field(default=False, description="answered and shown, and left out of the outcome")
    obtain: list[Obtain] = Field(default_factory=list, description="what to get when it is not met, and from whom")


class Effective(BaseModel):
    """The days on which a version is in force, both included. A null is a date that was not read."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True, populate_by_name=True)

    start: date | None = Field(None, alias="from")
    end: date | None = Field(None, alias="to")

    def covers(self, day: date) -> bool:
        return (self.start is None or self.start <= day) and (self.end is None or day <= self.end)


class Verified(BaseModel):
    """What was read of the policy's text, where, and when. A bare text in YAML stands for ``read``."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    read: str = Field(description="which statements were checked against which text, and which were not read")
    where: str | None = Field(default=None, description="the copy that was read")
    on: date | None = Field(default=None, description="the day on which it was read")
    secondhand: bool = Field(default=False, description="figures are told by others; the payer's own text was not read")

    @model_validator(mode="before")
    @classmethod
    def _bare_text(cls, value: Any) -> Any:
        # YAML 1.1 reads the key `on` as true.
        if isinstance(value, Mapping) and True in value:
            return {("on" if key is True else key): one for key, one in value.items()}
        return {"read": value} if isinstance(value, str) else value

    def words(self) -> str:
        """All of it in one text."""
        said = [self.read.strip(), f"in: {self.where}" if self.where else "", f"on {self.on}" if self.on else ""]
        return "; ".join(part for part in said if part)


class Policy(BaseModel):
    """One version of a policy. Versions of one policy share their ``series``."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    id: str
    payer: str
    also_called: list[str] = Field(default_factory=list, description="other names of the payer")
    title: str
    version: str
    series: str
    effective: Effective
    supersedes: str | None = None
    selected: Literal["always", "payer", "id"] = Field(
        default="always",
        description="evaluated without being named: always; only where the payer is named; only by its id",
    )
    line_of_business: list[str] = Field(default_factory=list)
    procedure_codes: list[str] = Field(min_length=1, description="CPT codes that the criteria are for")
    source: str = Field(description="where the text was read")
    verified: Verified = Field(description="what was read of the text, where, and when")
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
