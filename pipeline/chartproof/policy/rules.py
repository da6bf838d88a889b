"""The rule language of ``policies/*.yaml``: the logic, and what is a rule.

A rule is a mapping with one operator, and beside it, where wanted, ``label`` (the rule in plain words) and ``obtain``
(what to get, from whom, when it is not met).

Logic: ``all_of any_of at_least not see``.
Facts: ``count_events each_event latest_value exclusion request``.
Imaging: ``imaging_study imaging_shows``. Exam: ``positive_test positive_tests tenderness no_other_tenderness
pain_pattern``. Care: ``care_duration course_length nicotine_free``. They are told in ``operators``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, Discriminator, Field, Tag, model_validator

from chartproof.policy.errors import RuleFault, unknown
from chartproof.policy.operators import (
    CareDuration,
    CountEvents,
    CourseLength,
    EachEvent,
    Exclusion,
    ImagingShows,
    LatestValue,
    NicotineFree,
    NoOtherTenderness,
    PainPattern,
    PositiveTest,
    PositiveTests,
    RequestIs,
    RuleBase,
    Strict,
    StudyExists,
    Tenderness,
)


class AllOf(RuleBase):
    """Every part is met (strong Kleene)."""

    OPERATOR = "all_of"
    all_of: list[Rule] = Field(min_length=1)


class AnyOf(RuleBase):
    """One part is met (strong Kleene)."""

    OPERATOR = "any_of"
    any_of: list[Rule] = Field(min_length=1)


class SomeOf(Strict):
    n: int = Field(ge=1)
    of: list[Rule] = Field(min_length=1)

    @model_validator(mode="after")
    def _reachable(self) -> SomeOf:
        if self.n > len(self.of):
            raise RuleFault(("n",), f"asks for {self.n} of {len(self.of)} parts")
        return self


class AtLeast(RuleBase):
    """At least n parts are met (strong Kleene)."""

    OPERATOR = "at_least"
    at_least: SomeOf


class Not(RuleBase):
    """The part is not met."""

    OPERATOR = "not"
    not_: Rule = Field(alias="not")


class See(RuleBase):
    """The answer of another criterion, or of a definition, of the same policy."""

    OPERATOR = "see"
    see: str


_BESIDE = frozenset(RuleBase.model_fields)


def _operator(value: Any) -> str | None:
    if isinstance(value, RuleBase):
        return value.OPERATOR
    return next((key for key in value if key in OPERATORS), None) if isinstance(value, Mapping) else None


def _one_operator(value: Any) -> Any:
    if isinstance(value, RuleBase):
        return value
    if not isinstance(value, Mapping):
        raise RuleFault((), "a rule is a mapping with one operator, e.g. `all_of: [...]`")
    keys = [key for key in value if key not in _BESIDE]
    for key in keys:
        if key not in OPERATORS:
            raise RuleFault((key,), unknown("operator", key, OPERATORS))
    if len(keys) != 1:
        raise RuleFault((), "a rule has one operator; here " + (" and ".join(map(str, keys)) or "there is none"))
    return value


Rule = Annotated[
    Annotated[AllOf, Tag("all_of")]
    | Annotated[AnyOf, Tag("any_of")]
    | Annotated[AtLeast, Tag("at_least")]
    | Annotated[Not, Tag("not")]
    | Annotated[See, Tag("see")]
    | Annotated[CountEvents, Tag("count_events")]
    | Annotated[EachEvent, Tag("each_event")]
    | Annotated[LatestValue, Tag("latest_value")]
    | Annotated[Exclusion, Tag("exclusion")]
    | Annotated[RequestIs, Tag("request")]
    | Annotated[StudyExists, Tag("imaging_study")]
    | Annotated[ImagingShows, Tag("imaging_shows")]
    | Annotated[PositiveTest, Tag("positive_test")]
    | Annotated[PositiveTests, Tag("positive_tests")]
    | Annotated[Tenderness, Tag("tenderness")]
    | Annotated[NoOtherTenderness, Tag("no_other_tenderness")]
    | Annotated[PainPattern, Tag("pain_pattern")]
    | Annotated[CareDuration, Tag("care_duration")]
    | Annotated[CourseLength, Tag("course_length")]
    | Annotated[NicotineFree, Tag("nicotine_free")],
    Discriminator(_operator),
    BeforeValidator(_one_operator),
]

OPERATORS: dict[str, type[RuleBase]] = {model.OPERATOR: model for model in RuleBase.__subclasses__()}

_MODELS: list[type[BaseModel]] = [SomeOf, *OPERATORS.values()]
for _model in _MODELS:
    _model.model_rebuild()


def parts(rule: RuleBase) -> list[RuleBase]:
    """The rules directly within a rule."""
    match rule:
        case AllOf():
            return list(rule.all_of)
        case AnyOf():
            return list(rule.any_of)
        case AtLeast():
            return list(rule.at_least.of)
        case Not():
            return [rule.not_]
        case _:
            return []


def references(rule: RuleBase) -> list[str]:
    """The ids that a rule sees, at any depth."""
    here = [rule.see] if isinstance(rule, See) else []
    return here + [name for part in parts(rule) for name in references(part)]
