"""``chartproof evaluate``: against gold."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from chartproof.cli.messages import fail, loading, must_exist, raised_by
from chartproof.cli.options import Format, FormatOption, PatternsOption


def evaluate(
    path: Annotated[
        Path, typer.Argument(metavar="PATH", help="a folder of charts with gold, one such chart, or phenomena")
    ],
    split: Annotated[str | None, typer.Option("--split", help="tune (D01-D16) or check (D17-D24)")] = None,
    kinds: Annotated[str | None, typer.Option("--kinds", help="compare these fact kinds only, with commas")] = None,
    from_gold: Annotated[
        bool, typer.Option("--from-gold", help="judge the policies on the gold facts, without reading notes")
    ] = False,
    errors: Annotated[
        Path | None, typer.Option("--errors", help="write each difference, with its quotes, to this file")
    ] = None,
    show_check: Annotated[
        bool, typer.Option("--show-check", help="list differences of the charts kept for checking too")
    ] = False,
    patterns: PatternsOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Compare with gold: precision, recall and F1 of facts, accuracy of criteria, and the unsafe rate."""
    must_exist(path)
    with loading():
        from chartproof.evaluate.command import run
        from chartproof.pipeline import Pipeline

        pipeline = Pipeline(patterns)
    try:
        code = run(
            path,
            pipeline=pipeline,
            split=split,
            kinds=kinds,
            from_gold=from_gold,
            errors=errors,
            show_check=show_check,
            as_json=form is Format.JSON,
        )
    except ValueError as error:
        if not raised_by(error, "chartproof.evaluate"):
            raise
        fail(str(error))
    if code:
        raise typer.Exit(code)
