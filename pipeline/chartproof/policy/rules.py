"""The rule language of ``policies/*.yaml``: the logic, and what is a rule.

A rule is a mapping with one operator, and beside it, where wanted, ``label`` (the rule in plain words) and ``obtain``
(what to get, from whom, when it is not met).

Logic: ``all_of any_of none_of at_least not unless conditional see``.
Facts: ``count_events each_event latest_value exclusion request``.
Imaging: ``imaging_study imaging_shows``. Exam: ``positive_test positive_tests tenderness no_other_tenderness
pain_pattern``. Care: ``care_duration course_length nicotine_free``. They are told in ``operators``.
Order and number: ``at_most preceded_by none_after_failure new_episode performed_alone`` (``operators_order``).
Figures: ``value lab sustained_relief relief_by_scores visits care_in_period`` (``operators_figures``).
Paper: ``codes documented by_hand external never_covered`` (``operators_paper``). Indications: ``present``
(``operators_present``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Discriminator, Field, Tag, model_validator
from typing_extensions import TypeAliasType

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
from chartproof.policy.operators_figures import (
    CareInPeriod,
    LabIs,
    RelievedByScores,
    SustainedRelief,
    Value,
    Visits,
)
from chartproof.policy.operators_order import AtMost, NewEpisode, NoneAfterFailure, PerformedAlone, PrecededBy
from chartproof.policy.operators_paper import ByHand, Codes, Documented, External, NeverCovered
from chartproof.policy.operators_present import Present


class AllOf(RuleBase):
    """Every part is met (strong Kleene)."""

    OPERATOR = "all_of"
    all_of: list[Rule] = Field(min_length=1)


class AnyOf(RuleBase):
    """One part is met (strong Kleene)."""

    OPERATOR = "any_of"
    any_of: list[Rule] = Field(min_length=1)


class NoneOf(RuleBase):
    """No part is met (strong Kleene)."""

    OPERATOR = "none_of"
    none_of: list[Rule] = Field(min_length=1)


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


class Excused(Strict):
    required: Rule
    exception: Rule


class Unless(RuleBase):
    """What is required, unless a documented exception holds. An exception that is not documented changes nothing; one
    that is open (possible, contradictory) leaves open what the requirement does not meet."""

    OPERATOR = "unless"
    unless: Excused


class Choice(Strict):
    if_: Rule = Field(alias="if")
    then: Rule
    otherwise: Rule = Field(alias="else")
    undocumented: Literal["unsure", "else"] = Field(
        "unsure", description="how a condition that is not documented reads; unsure: met only where both ways are"
    )


class Conditional(RuleBase):
    """One rule where a condition is met, another where it is not: 18 months if related to pregnancy, else 6."""

    OPERATOR = "conditional"
    conditional: Choice


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


# With a name of its own: a rule stands in a dozen places, and its validators are made once and not for each.
Rule = TypeAliasType(
    "Rule",
    Annotated[
        Annotated[AllOf, Tag("all_of")]
        | Annotated[AnyOf, Tag("any_of")]
        | Annotated[AtLeast, Tag("at_least")]
        | Annotated[Not, Tag("not")]
        | Annotated[NoneOf, Tag("none_of")]
        | Annotated[Unless, Tag("unless")]
        | Annotated[Conditional, Tag("conditional")]
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
        | Annotated[NicotineFree, Tag("nicotine_free")]
        | Annotated[AtMost, Tag("at_most")]
        | Annotated[PrecededBy, Tag("preceded_by")]
        | Annotated[NoneAfterFailure, Tag("none_after_failure")]
        | Annotated[NewEpisode, Tag("new_episode")]
        | Annotated[PerformedAlone, Tag("performed_alone")]
        | Annotated[Value, Tag("value")]
        | Annotated[LabIs, Tag("lab")]
        | Annotated[SustainedRelief, Tag("sustained_relief")]
        | Annotated[RelievedByScores, Tag("relief_by_scores")]
        | Annotated[Visits, Tag("visits")]
        | Annotated[CareInPeriod, Tag("care_in_period")]
        | Annotated[Codes, Tag("codes")]
        | Annotated[Documented, Tag("documented")]
        | Annotated[ByHand, Tag("by_hand")]
        | Annotated[External, Tag("external")]
        | Annotated[NeverCovered, Tag("never_covered")]
        | Annotated[Present, Tag("present")],
        Discriminator(_operator),
        BeforeValidator(_one_operator),
    ],
)

OPERATORS: dict[str, type[RuleBase]] = {model.OPERATOR: model for model in RuleBase.__subclasses__()}


def parts(rule: RuleBase) -> list[RuleBase]:
    """The rules directly within a rule."""
    match rule:
        case AllOf():
            return list(rule.all_of)
        case AnyOf():
            return list(rule.any_of)
        case AtLeast():
            return list(rule.at_least.of)
        case NoneOf():
            return list(rule.none_of)
        case Not():
            return [rule.not_]
        case Unless():
            return [rule.unless.required, rule.unless.exception]
        case Conditional():
            return [rule.conditional.if_, rule.conditional.then, rule.conditional.otherwise]
        case _:
            return []


def references(rule: RuleBase) -> list[str]:
    """The ids that a rule sees, at any depth."""
    here = [rule.see] if isinstance(rule, See) else []
    return here + [name for part in parts(rule) for name in references(part)]
