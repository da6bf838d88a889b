"""The JSON Schema of a policy file, for editors that complete and check YAML while it is written.

It is the schema of the models, made to say what may be written: bare values in attribute filters, the attributes and
values of each fact kind, a bare number for a window, a bare text for ``verified``.
"""

from __future__ import annotations

from typing import Any

from chartproof.model import FACT_MODELS
from chartproof.policy.schema import Policy
from chartproof.policy.where import allowed_values, attribute_names

_FILTERS = ("of", "where", "require_any", "fails_if", "not_with")
_SCHEMA = "https://json-schema.org/draft/2020-12/schema"


def policy_schema() -> dict[str, Any]:
    """The schema, as plain JSON data."""
    schema = Policy.model_json_schema(by_alias=True)
    defs: dict[str, Any] = schema["$defs"]
    for kind in FACT_MODELS:
        defs[f"filter_{kind}"] = _filter(kind)
    for name, of_model in list(defs.items()):
        if not name.startswith("filter_"):
            _say_filters(of_model)
    defs["Where"] = {"type": "object", "description": "attribute filter: what attributes must be"}
    defs.pop("AttributeTest", None)
    _also(defs, "Window", {"type": "integer", "minimum": 1, "description": "days before the request"})
    _also(defs, "Verified", {"type": "string"})
    return {"$schema": _SCHEMA, "$id": "chartproof-policy", **schema}


def _filter(kind: str) -> dict[str, Any]:
    """What a filter on a kind may say."""
    model = FACT_MODELS[kind]
    properties = {name: _test(allowed_values(model, name)) for name in attribute_names(model)}
    own = {"$ref": f"#/$defs/filter_{kind}"}
    properties["any_of"] = {"type": "array", "items": own, "description": "alternatives"}
    return {"type": "object", "properties": properties, "additionalProperties": False}


def _test(allowed: list[str | bool] | None) -> dict[str, Any]:
    one: dict[str, Any] = {"enum": allowed} if allowed is not None else {"type": ["string", "number", "boolean"]}
    several = {"type": "array", "items": one}
    comparison = {
        "type": "object",
        "properties": {
            "in": several,
            "not_in": several,
            "min": {"type": "number"},
            "max": {"type": "number"},
            "below": {"type": "number"},
            "silence": {"enum": ["met", "not_met", "unsure"]},
        },
        "additionalProperties": False,
    }
    return {"anyOf": [one, several, comparison]}


def _say_filters(of_model: dict[str, Any]) -> None:
    """Let the filters of a model on facts be those of the kind that it names."""
    properties = of_model.get("properties", {})
    # An operator has its payload under its own name; the tag that tells operators apart is no key of the file.
    if "kind" not in properties:
        for name, kind in (("Course", "therapy"), ("VisitsIn", "therapy"), ("Company", "injection")):
            if of_model.get("title") == name:
                _point(properties, kind)
        return
    kinds = properties["kind"].get("enum") or list(FACT_MODELS)
    properties["kind"] = {"enum": kinds, "description": "a fact kind"}
    of_model["allOf"] = [
        {
            "if": {"properties": {"kind": {"const": kind}}, "required": ["kind"]},
            "then": {
                "properties": {name: {"$ref": f"#/$defs/filter_{kind}"} for name in _FILTERS if name in properties}
            },
        }
        for kind in kinds
    ]


def _point(properties: dict[str, Any], kind: str) -> None:
    for name in _FILTERS:
        if name in properties:
            properties[name] = {"$ref": f"#/$defs/filter_{kind}"}


def _also(defs: dict[str, Any], name: str, bare: dict[str, Any]) -> None:
    defs[name] = {"anyOf": [bare, defs[name]]}
