"""Filters over the attributes of facts: ``guidance: [fluoroscopy, ct]``, ``relief_percent: {min: 75}``.

A filter answers met, not_met or unsure for a fact; an attribute that the chart does not state leaves it unsure, unless
the filter says with ``silence`` how silence reads. A range against a threshold is decided by its bounds
(corpora/GUIDE.md section 3): low >= threshold qualifies, high < threshold does not, otherwise it might.
"""

from __future__ import annotations

import types
from collections.abc import Iterable, Mapping
from enum import StrEnum
from functools import cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, model_validator

from chartproof.model.dates import PartialDate
from chartproof.model.facts import FACT_MODELS, FactBase
from chartproof.model.spelling import spell
from chartproof.policy import kleene
from chartproof.policy.errors import RuleFault, unknown
from chartproof.policy.kleene import MET, NOT_MET, UNSURE, Truth

_COMPARISONS = ("in", "not_in", "min", "max", "below", "silence")


class AttributeTest(BaseModel):
    """What one attribute of a fact must be. A bare value or list in YAML stands for ``in``."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True, populate_by_name=True)

    among: list[str | bool] | None = Field(None, alias="in", description="one of these values")
    not_in: list[str | bool] | None = Field(None, description="stated, and none of these values")
    min: float | None = Field(None, description="at least")
    max: float | None = Field(None, description="at most")
    below: float | None = Field(None, description="less than")
    silence: Literal["met", "not_met", "unsure"] = Field("unsure", description="how an unstated attribute reads")

    @model_validator(mode="before")
    @classmethod
    def _bare_value(cls, value: Any) -> Any:
        if isinstance(value, Mapping):
            return value
        return {"in": value if isinstance(value, list) else [value]}

    @model_validator(mode="after")
    def _asks_something(self) -> AttributeTest:
        asked = (self.among, self.not_in, self.min, self.max, self.below)
        if all(part is None for part in asked):
            raise RuleFault((), "asks nothing; give a value, a list, or one of: in, not_in, min, max, below")
        return self

    def judge(self, value: Any) -> Truth:
        """The filter's answer for a value as a fact holds it (None: not stated)."""
        if value is None:
            return Truth(self.silence)
        if self.among is not None:
            return MET if _plain(value) in self.among else NOT_MET
        if self.not_in is not None:
            return NOT_MET if _plain(value) in self.not_in else MET
        low, high = value if isinstance(value, tuple) else (float(value), float(value))
        answers = []
        if self.min is not None:
            answers.append(at_least(low, high, self.min))
        if self.below is not None:
            answers.append(kleene.negation(at_least(low, high, self.below)))
        if self.max is not None:
            answers.append(MET if high <= self.max else NOT_MET if low > self.max else UNSURE)
        return kleene.all_of(answers)

    def is_of_figure(self) -> bool:
        """True where a figure is asked for, so that a range may leave it open."""
        return any(limit is not None for limit in (self.min, self.max, self.below))

    def words(self) -> str:
        """The test in words, without the attribute's name."""
        if self.among is not None:
            return either(say(v) for v in self.among)
        if self.not_in is not None:
            return "stated, and not " + either(say(v) for v in self.not_in)
        said = [(self.min, "at least"), (self.max, "at most"), (self.below, "under")]
        return " and ".join(f"{how} {limit:g}" for limit, how in said if limit is not None)


def at_least(low: float, high: float, threshold: float) -> Truth:
    """A range against a threshold: low >= threshold qualifies, high < threshold does not, else it might."""
    return MET if low >= threshold else NOT_MET if high < threshold else UNSURE


class Where(BaseModel):
    """Tests of attributes that must all hold, and alternatives (``any_of``) of which one must."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    tests: dict[str, AttributeTest] = Field(default_factory=dict)
    any_of: list[Where] = Field(default_factory=list)

    @model_validator(mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        if not isinstance(value, Mapping) or "tests" in value:
            return value
        return {"tests": {k: v for k, v in value.items() if k != "any_of"}, "any_of": value.get("any_of", [])}

    def judge(self, fact: FactBase) -> Truth:
        return kleene.all_of([*self.answers(fact).values()])

    def answers(self, fact: FactBase) -> dict[str, Truth]:
        """Attribute name -> answer; an ``any_of`` stands under the names of its attributes joined by " / "."""
        answers = {name: test.judge(attribute(fact, name)) for name, test in self.tests.items()}
        if self.any_of:
            name = " / ".join(dict.fromkeys(n for way in self.any_of for n in way.tests))
            answers[name] = kleene.any_of(way.judge(fact) for way in self.any_of)
        return answers

    def words_of(self, name: str) -> str:
        """The test of one attribute in words; its name where several tests share it."""
        return _in_words(name, self.tests[name]) if name in self.tests else named(name)

    def words(self) -> str:
        said = [_in_words(name, test) for name, test in self.tests.items()]
        if self.any_of:
            ways = either(way.words() for way in self.any_of)
            said.append(f"({ways})" if said else ways)
        return ", ".join(said)


# Tests that read better than "attribute value": what is asked of the attribute, in words.
_SAID = {
    "guidance": "guided by {}",
    "route": "{}",
    "relief_percent": "{}% relief",
    "duration_weeks": "{} weeks",
    "relief_days": "relief for {} days",
    "status": "{}",
    "purpose": "{}",
    "name": "{}",
    "fixation": "{}",
    "approach": "{} approach",
}
_SAID_NOT = {"status": "not just {}", "response": "response other than {}", "purpose": "not {}"}
# The attributes as a person names them, where the guide's word with blanks does not say it.
_NAMED = {
    "guidance": "image guidance",
    "route": "needle in or beside the joint",
    "relief_percent": "percent relief",
    "relief_days": "length of relief",
    "relief_ended": "whether the pain came back",
    "concurrent": "whether another site was injected",
    "duration_weeks": "length in weeks",
    "sessions": "number of visits",
    "supervised": "whether visits were in person",
    "response": "how it worked",
    "quit_date": "date of quitting",
    "laterality": "side",
    "below_l5": "whether below L5",
    "months": "length in months",
    "fixation": "how it fixes the joint",
}
YES_NO = {
    "contrast": ("with contrast", "without contrast"),
    "concurrent": ("another site injected too", "no other site injected"),
    "supervised": ("in-person visits", "without in-person visits"),
    "relief_ended": ("the pain came back", "the pain did not come back"),
    "relief_temporary": ("relief called temporary", "relief not called temporary"),
}


def _in_words(name: str, test: AttributeTest) -> str:
    """A test with its attribute, in words."""
    if name in YES_NO and test.among is not None and len(test.among) == 1:
        return YES_NO[name][0 if test.among[0] else 1]
    if name == "purpose" and test.among is not None:
        return either("diagnostic-therapeutic" if v == "both" else say(v) for v in test.among)
    if name in _SAID and test.not_in is None:
        return _SAID[name].format(test.words())
    if test.not_in == ["none"]:
        return f"{say(name)} given"
    if name in _SAID_NOT and test.not_in is not None:
        return _SAID_NOT[name].format(either(say(v) for v in test.not_in))
    return f"{say(name)} {test.words()}"


def named(name: str) -> str:
    """An attribute as a person names it: ``relief_percent`` as "percent relief"."""
    return _NAMED.get(name) or say(name)


def either(items: Iterable[str]) -> str:
    """Alternatives in words: "fluoroscopy, CT or ultrasound"."""
    return _joined(items, "or")


def both(items: Iterable[str]) -> str:
    """What is all asked for, in words: "bupivacaine, methylprednisolone and contrast"."""
    return _joined(items, "and")


def _joined(items: Iterable[str], word: str) -> str:
    *most, last = list(items) or [""]
    return f"{', '.join(most)} {word} {last}" if most else last


def attribute(fact: FactBase, name: str) -> Any:
    """The value of an attribute by its name in the guide (``class`` of a medication is an alias)."""
    return getattr(fact, _fields(type(fact))[name])


def say(value: object) -> str:
    """A word of the guide as a person reads it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return spell(value)


def check_kind(kind: object, path: tuple[str | int, ...] = ("kind",)) -> type[FactBase]:
    """The model of a fact kind.

    Raises:
        RuleFault: there is no such kind.
    """
    if kind is None:
        raise RuleFault((), "'kind' is missing; it names a fact kind")
    if not isinstance(kind, str) or kind not in FACT_MODELS:
        raise RuleFault(path, unknown("fact kind", kind, FACT_MODELS))
    return FACT_MODELS[kind]


def check_where(model: type[FactBase], where: object, path: tuple[str | int, ...]) -> None:
    """Make sure that a filter as written names attributes of the kind, and values that they can have.

    Raises:
        RuleFault: it does not; ``path`` of the fault leads to the word.
    """
    if isinstance(where, Where):  # made in code, so read and checked before
        return
    if not isinstance(where, Mapping):
        raise RuleFault(path, "is no mapping of attribute to value")
    kind = model.model_fields["kind"].default
    for name, test in where.items():
        if name == "any_of":
            if not isinstance(test, list):
                raise RuleFault((*path, name), "is no list")
            for i, way in enumerate(test):
                check_where(model, way, (*path, name, i))
            continue
        if name not in _fields(model):
            raise RuleFault((*path, name), unknown(f"attribute of {kind}", name, attribute_names(model)))
        for value, at in _stated(test, (*path, name)):
            allowed = allowed_values(model, name)
            if allowed is not None and value not in allowed:
                raise RuleFault(at, unknown(f"value of {kind}.{name}", value, map(str, allowed)))


def allowed_values(model: type[FactBase], name: str) -> list[str | bool] | None:
    """The closed list of values of an attribute; None where any text or number may stand.

    Raises:
        RuleFault: the kind has no such attribute.
    """
    if name not in _fields(model):
        raise RuleFault((), unknown(f"attribute of {model.model_fields['kind'].default}", name, _fields(model)))
    for part in _parts(model.model_fields[_fields(model)[name]].annotation):
        if part is bool:
            return [True, False]
        if isinstance(part, type) and issubclass(part, StrEnum):
            return [member.value for member in part]
        if get_origin(part) is Literal:
            return list(get_args(part))
    return None


def attribute_names(model: type[FactBase]) -> list[str]:
    """The attributes of a kind, by their names in the guide, in its order."""
    return [name for name in _fields(model) if name not in ("kind", "evidence")]


def may_be_unstated(model: type[FactBase], name: str) -> bool:
    """True where a fact of the kind may leave the attribute out."""
    return not model.model_fields[_fields(model)[name]].is_required()


def _stated(test: object, path: tuple[str | int, ...]) -> list[tuple[Any, tuple[str | int, ...]]]:
    """The values that a test as written names, each with its path."""
    if isinstance(test, Mapping):
        for key in test:
            if key not in _COMPARISONS:
                raise RuleFault((*path, key), unknown("comparison", key, _COMPARISONS))
        return [pair for key in ("in", "not_in") if key in test for pair in _stated(test[key], (*path, key))]
    if isinstance(test, list):
        return [(value, (*path, i)) for i, value in enumerate(test)]
    return [(test, path)]


@cache
def _fields(model: type[FactBase]) -> dict[str, str]:
    """Name in the guide -> name in Python."""
    return {field.alias or name: name for name, field in model.model_fields.items()}


def _parts(annotation: Any) -> list[Any]:
    """The plain types within Optional, Annotated and list."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return _parts(get_args(annotation)[0])
    if origin in (Union, types.UnionType, list):
        return [part for arg in get_args(annotation) for part in _parts(arg)]
    return [annotation]


def _plain(value: Any) -> str | bool:
    return value if isinstance(value, bool) else str(value)


def dated(fact: FactBase) -> PartialDate | None:
    """The fact's own date, where its kind has one and the chart states it."""
    value = getattr(fact, "date", None)
    return value if isinstance(value, PartialDate) else None
