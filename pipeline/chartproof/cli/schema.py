"""``chartproof schema``."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from chartproof.cli.messages import did_you_mean, fail, print_json


def schema(
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="note, chart, request, fact, evidence, case, ...")
    ] = None,
) -> None:
    """Print the JSON Schema of what goes in and comes out; without NAME, of everything, by name."""
    from pydantic import TypeAdapter

    from chartproof import model
    from chartproof.policy.json_schema import policy_schema

    things: dict[str, Any] = {
        "note": model.Note,
        "chart": model.Chart,
        "request": model.Request,
        "fact": model.Fact,
        "evidence": model.Evidence,
        "case": model.Case,
        "determination": model.Determination,
    }
    schemas = {key: TypeAdapter(thing).json_schema for key, thing in things.items()} | {"policy": policy_schema}
    if name is None:
        print_json({key: make() for key, make in schemas.items()})
    elif name in schemas:
        print_json(schemas[name]())
    else:
        fail(f"there is no schema of that name{did_you_mean(name, schemas)} There are: {', '.join(schemas)}")
