"""The command that evaluates: charts with gold, or phenomena."""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from chartproof.evaluate.charts import CasePipeline, default_pipeline, evaluate_charts
from chartproof.evaluate.gold import EvaluationError
from chartproof.evaluate.phenomena import is_phenomena, load_phenomena, run_phenomenon
from chartproof.evaluate.render import error_list, tables


def evaluate(
    path: Annotated[Path, typer.Argument(exists=True, help="a folder of charts with gold, one chart, or phenomena")],
    split: Annotated[str | None, typer.Option(help="tune (D01-D16) or check (D17-D24); all charts without it")] = None,
    kinds: Annotated[
        str | None, typer.Option(help="fact kinds to compare, with commas; policies are not judged then")
    ] = None,
    charts: Annotated[str | None, typer.Option(help="ids of the charts to compare, with commas")] = None,
    criteria: Annotated[bool, typer.Option("--criteria", help="judge the policies although --kinds is given")] = False,
    from_gold: Annotated[bool, typer.Option("--from-gold", help="judge the policies on the gold facts")] = False,
    errors: Annotated[Path | None, typer.Option(help="write every difference, with quotes, to this file")] = None,
    show_check: Annotated[
        bool, typer.Option("--show-check", help="list errors of the charts kept for checking too")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="print the figures as JSON")] = False,
) -> None:
    """Compare output with gold and print precision, recall, F1, criterion accuracy and the unsafe rate."""
    try:
        code = run(
            path,
            split=split,
            kinds=kinds,
            charts=charts,
            criteria=criteria,
            from_gold=from_gold,
            errors=errors,
            show_check=show_check,
            as_json=as_json,
        )
    except EvaluationError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None
    if code:
        raise typer.Exit(code)


def run(
    path: Path,
    *,
    pipeline: CasePipeline | None = None,
    split: str | None = None,
    kinds: str | None = None,
    charts: str | None = None,
    criteria: bool = False,
    from_gold: bool = False,
    errors: Path | None = None,
    show_check: bool = False,
    as_json: bool = False,
) -> int:
    """Evaluate charts or phenomena and print the tables (or, with ``as_json``, the figures as JSON).

    Returns:
        The exit code: 0, or 1 where a phenomenon is not as it says.

    Raises:
        EvaluationError: what is asked for cannot be evaluated; the message says why.
    """
    if is_phenomena(path):
        return _phenomena(path, pipeline)
    if errors and split == "check" and not show_check:
        raise EvaluationError(
            "the charts of split check are kept for checking; their errors are listed only with --show-check"
        )
    report = evaluate_charts(
        path,
        split=split,
        pipeline=pipeline,
        kinds=_names(kinds),
        charts=_names(charts),
        criteria=criteria or None,
        from_gold=from_gold,
        show_check=show_check,
    )
    typer.echo(json.dumps(report.to_json(), indent=1) if as_json else tables(report))
    if errors:
        found = report.errors
        _write_private(errors, error_list(found))
        left_out = not show_check and any(result.split == "check" for result in report.results)
        note = f"{len(found)} errors in {errors}" + ("; those of split check are left out" if left_out else "")
        typer.echo(note, err=as_json)
    return 0


def _names(text: str | None) -> list[str] | None:
    return [name.strip() for name in text.split(",") if name.strip()] if text else None


def _write_private(path: Path, text: str) -> None:
    """Write a file that its owner alone can read; it may quote notes."""
    path.unlink(missing_ok=True)  # a file that is there would keep its mode
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)


def _phenomena(path: Path, pipeline: CasePipeline | None) -> int:
    """Run phenomena, print the failures and the counts by family, and return the exit code."""
    phenomena = load_phenomena(path)
    pipeline = pipeline or default_pipeline()
    passed: Counter[str] = Counter()
    failed_as_known: Counter[str] = Counter()
    unexpected = 0
    for phenomenon in phenomena:
        differences = run_phenomenon(phenomenon, pipeline)
        if not differences:
            passed[phenomenon.family] += 1
            if phenomenon.known_failure:
                unexpected += 1
                typer.echo(f"{phenomenon.name}: right now; take its known_failure away")
            continue
        if phenomenon.known_failure:
            failed_as_known[phenomenon.family] += 1
        else:
            unexpected += 1
        typer.echo(
            f"{phenomenon.name}" + (f"  (known: {phenomenon.known_failure})" if phenomenon.known_failure else "")
        )
        for difference in differences:
            typer.echo(f"    {difference}")
    typer.echo(f"{'family':<28}{'cases':>7}{'right':>7}{'known failures':>16}")
    totals = Counter(phenomenon.family for phenomenon in phenomena)
    for family, total in totals.items():
        typer.echo(f"{family:<28}{total:>7}{passed[family]:>7}{failed_as_known[family]:>16}")
    typer.echo(f"{'all':<28}{totals.total():>7}{passed.total():>7}{failed_as_known.total():>16}")
    return 1 if unexpected else 0
