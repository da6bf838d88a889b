"""What there is to obtain or to do, and the facts that it would bring."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from chartproof.model.facts import FACT_MODELS, FactBase
from chartproof.policy.answer import Answer
from chartproof.policy.reading import Reading
from chartproof.policy.where import AttributeTest, Where, allowed_values, attribute_names, may_be_unstated

CLINICIAN = "treating clinician"


@dataclass(frozen=True)
class Move:
    """One thing to obtain or to do.

    Attributes:
        key: which document or event it is; moves of one key are one step.
        kind: document, event, request (a change of the request) or by_hand (nothing here can tell that it is done).
        what: what it must state.
        source: who has it.
        facts: the facts that it brings, as attributes with their kind.
        completes: the fact that it completes, where it is about one that is told already.
    """

    key: tuple[str, ...]
    kind: str
    what: str
    source: str
    facts: tuple[Mapping[str, Any], ...] = field(default=(), hash=False, compare=False)
    completes: FactBase | None = field(default=None, hash=False, compare=False)


Remedy = tuple[Move, ...]
"""One way to turn a rule to met: what must be obtained or done, together."""

Make = Callable[[Any, Answer, Reading], list[Remedy]]
"""From a rule of one operator, its answer and the chart to the ways that there are."""


def asked_facts(where: Where, model: type[FactBase]) -> list[dict[str, Any]]:
    """The attributes that would fit a filter, one dictionary for each of its alternatives."""
    own = {name: _fitting(test, model, name) for name, test in where.tests.items() if test.silence != "met"}
    if not where.any_of:
        return [own]
    return [{**own, **more} for way in where.any_of for more in asked_facts(way, model)]


def _fitting(test: AttributeTest, model: type[FactBase], name: str) -> Any:
    if test.among is not None:
        return test.among[0]
    if test.not_in is not None:
        allowed = [value for value in allowed_values(model, name) or () if value not in test.not_in]
        return allowed[0] if allowed else _TEXT.get(name, "documented")
    low = test.min if test.min is not None else 0.0
    high = test.max if test.max is not None else test.below - 1 if test.below is not None else low
    if "tuple" in str(model.model_fields[name].annotation):
        return (low, 100.0 if test.max is None and test.below is None else high)
    return max(low, high)


_TEXT = {"steroid": "triamcinolone", "anesthetic": "bupivacaine"}


def usual_value(name: str, model: type[FactBase]) -> Any:
    """A value that an attribute may have, where only that it is stated matters."""
    allowed = allowed_values(model, name)
    if allowed is not None:
        return allowed[0]
    if "tuple" in _annotation(model, name):
        return (0.0, 0.0)
    return _TEXT.get(name, "documented" if "str" in _annotation(model, name) else 1)


def _annotation(model: type[FactBase], name: str) -> str:
    """The type of an attribute as written; ``class`` of a medication is an alias."""
    fields = {field.alias or key: field for key, field in model.model_fields.items()}
    return str(fields[name].annotation)


def new_fact(kind: str, told: Mapping[str, Any], reading: Reading) -> dict[str, Any]:
    """A fact told on the day of the request, on the requested side; what its kind must state is filled in."""
    model = FACT_MODELS[kind]
    needed = {name for name in attribute_names(model) if not may_be_unstated(model, name)} - told.keys()
    made: dict[str, Any] = {"kind": kind, **{name: usual_value(name, model) for name in needed}, **told}
    if "date" in model.model_fields:
        made.setdefault("date", str(reading.today))
    if "laterality" in model.model_fields and reading.side is not None:
        made.setdefault("laterality", str(reading.request.laterality or reading.side))
    return made


def from_clinician(what: str, *facts: Mapping[str, Any]) -> list[Remedy]:
    """The one way of a note of the treating clinician that states it."""
    return [(Move(("note", CLINICIAN, what), "document", what, CLINICIAN, facts),)]
