"""Operators on codes and documents, on what no fact holds, and on what is not decided here or never covered."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from chartproof.model import vocab as v
from chartproof.policy.errors import RuleFault
from chartproof.policy.operators import Events, RuleBase, Strict, check_attribute


class CodeList(Strict):
    system: v.CodeSystem
    source: Literal["request", "notes", "either"] = Field("either", description="where the codes are read")
    among: list[str] | None = Field(None, alias="in", description="one of these codes")
    starts_with: list[str] | None = Field(None, description="a code that begins so")
    not_in: list[str] | None = Field(None, description="none of these codes")
    not_together: list[list[str]] | None = Field(None, description="groups of codes that must not all be there")
    side_modifier: dict[v.Laterality, list[str]] | None = Field(
        None, description="a code of `in` bears one of the modifiers of the requested side"
    )
    silence: v.CriterionStatus = Field(v.CriterionStatus.UNSURE, description="answer where no code is documented")

    @model_validator(mode="after")
    def _asks_something(self) -> CodeList:
        asked = (self.among, self.starts_with, self.not_in, self.not_together)
        if all(part is None for part in asked):
            raise RuleFault((), "asks nothing; give one of: in, starts_with, not_in, not_together")
        return self


class Codes(RuleBase):
    """The codes of the request and of the notes against lists. What is given must all hold (``in`` and
    ``starts_with`` are alternatives)."""

    OPERATOR = "codes"
    codes: CodeList


class Documents(Events):
    states: list[str] = Field(default_factory=list, description="attributes that must be stated")
    note_type: list[v.NoteType] | None = Field(None, description="told in a note of one of these types")
    author: str | None = Field(None, description="who must have written it; not read from notes, so never settled")
    every: bool = Field(False, description="each event of the sort, not just one")
    missing: Literal["unsure", "not_met"] = Field("unsure", description="answer where the document does not do")

    @model_validator(mode="after")
    def _known_attributes(self) -> Documents:
        for name in self.states:
            check_attribute(self.kind, name, "states")
        return self


class Documented(RuleBase):
    """A fact is documented in a note of a type, with the elements asked for: a lab report, not a surgeon's summary."""

    OPERATOR = "documented"
    documented: Documents


class Look(Strict):
    what: str = Field(description="what a person must look at, e.g. films in two views")


class ByHand(RuleBase):
    """Something that no fact kind holds: always unsure, with what to look at."""

    OPERATOR = "by_hand"
    by_hand: Look


class Elsewhere(Strict):
    criteria: str = Field(description="the criteria that decide, e.g. a licensed set")


class External(RuleBase):
    """Criteria that are not held here: always unsure, reason ``external``."""

    OPERATOR = "external"
    external: Elsewhere


class Never(Strict):
    why: str


class NeverCovered(RuleBase):
    """Never covered: always not_met, reason ``not_covered``."""

    OPERATOR = "never_covered"
    never_covered: Never
