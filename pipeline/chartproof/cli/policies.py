"""``chartproof policies``: list, show, check, test, diff."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from chartproof.cli.inputs import read_policies
from chartproof.cli.messages import INCOMPLETE, did_you_mean, fail, loading, must_exist, print_json
from chartproof.cli.options import Format, FormatOption, PoliciesOption

if TYPE_CHECKING:
    from chartproof.policy import Policy
    from chartproof.policy.cases import PolicyCase


PolicyId = Annotated[str, typer.Argument(metavar="ID", help="a policy's id; see `chartproof policies list`")]
PolicyIds = Annotated[
    list[str] | None, typer.Argument(metavar="[ID]...", help="ids of policies; without them, the user's or all")
]


def list_policies(policies: PoliciesOption = None, form: FormatOption = Format.TABLE) -> None:
    """The policies there are, by id."""
    found = read_policies(policies)
    if form is Format.JSON:
        keys = {"id", "payer", "title", "version", "series", "effective", "supersedes", "procedure_codes", "source"}
        keys |= {"line_of_business"}
        print_json([policy.model_dump(mode="json", include=keys, by_alias=True) for policy in found.values()])
    else:
        from chartproof import console_policies

        console_policies.print_policies(list(found.values()))


def show_policy(policy_id: PolicyId, policies: PoliciesOption = None, form: FormatOption = Format.TABLE) -> None:
    """One policy: where it comes from, when it is in force, and what each criterion asks for."""
    policy = _policy(policy_id, read_policies(policies))
    if form is Format.JSON:
        print_json(policy.model_dump(mode="json", by_alias=True, exclude_none=True))
    else:
        from chartproof import console_policies

        console_policies.print_policy(policy)


def check_policies(ids: PolicyIds = None, policies: PoliciesOption = None, form: FormatOption = Format.TABLE) -> None:
    """Read the policies and their cases, and say what is to be mended: words not known, statuses that no case tests.

    Every status that a criterion can have needs a case in the folder `tests` beside the policies.
    """
    every, own, cases = _policies_and_cases(ids, policies)
    from chartproof.policy.check import problems

    found = problems(own, cases, every)
    if form is Format.JSON:
        print_json([asdict(one) for one in found])
    else:
        from chartproof import console_policies

        console_policies.print_problems(found, len(own))
    if found:
        raise typer.Exit(INCOMPLETE)


def test_policies(ids: PolicyIds = None, policies: PoliciesOption = None, form: FormatOption = Format.TABLE) -> None:
    """Run the cases in the folder `tests` beside the policies, and list the criteria that answer otherwise."""
    every, own, cases = _policies_and_cases(ids, policies)
    from chartproof.policy.cases import run_case

    outcomes = [one for case in cases for one in run_case(case, every) if one.policy in own]
    failed = [one for one in outcomes if not one.passed]
    if form is Format.JSON:
        rows = [
            {"case": o.case.name, "file": str(o.case.file), "line": o.case.line, "policy": o.policy}
            | {"criterion": o.criterion, "expected": o.expected, "got": o.got, "found": o.found}
            for o in failed
        ]
        print_json({"cases": len(cases), "answers": len(outcomes), "failed": rows})
    else:
        from chartproof import console_policies

        console_policies.print_test(outcomes, len(cases))
    if failed:
        raise typer.Exit(INCOMPLETE)


def diff_policies(
    old_id: Annotated[str, typer.Argument(metavar="A", help="a policy's id")],
    new_id: Annotated[str, typer.Argument(metavar="B", help="another's")],
    cases: Annotated[
        Path | None, typer.Option("--cases", metavar="CASES.jsonl", help="cases of a batch: which change outcome")
    ] = None,
    policies: PoliciesOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Which criteria and thresholds differ between two policies, in words; with --cases, which cases it changes."""
    found = read_policies(policies)
    old, new = _policy(old_id, found), _policy(new_id, found)
    from chartproof.policy.compare import compare, compare_cases

    changes = compare(old, new)
    rows = compare_cases(_records(cases), old, new) if cases is not None else None
    if form is Format.JSON:
        data: dict[str, Any] = {"changes": [asdict(change) for change in changes]}
        if rows is not None:
            data["cases"] = [asdict(row) for row in rows]
        print_json(data)
    else:
        from chartproof import console_policies

        console_policies.print_diff(old, new, changes, rows)


def _policies_and_cases(
    ids: Sequence[str] | None, folder: Path | None
) -> tuple[dict[str, Policy], dict[str, Policy], list[PolicyCase]]:
    """All policies, those looked at (those named; else the user's; else all), and the cases beside them."""
    from chartproof.data import data_folder
    from chartproof.policy import load_policies
    from chartproof.policy.cases import load_cases

    every = read_policies(folder)
    with loading():
        own = load_policies(folder, library=False)
        chosen = {one: _policy(one, every) for one in ids} if ids else own
        cases = load_cases(data_folder("policies", folder) / "tests", every)
        if folder is not None and any(one not in own for one in chosen):
            cases = load_cases(data_folder("policies") / "tests", every) + cases
    return every, chosen, [case for case in cases if any(policy in chosen for policy in case.expect)]


def _policy(policy_id: str, found: Mapping[str, Policy]) -> Policy:
    if policy_id not in found:
        near = did_you_mean(policy_id, found)
        fail(f"there is no policy {policy_id!r}{near} See `chartproof policies list`")
    return found[policy_id]


def _records(file: Path) -> list[dict[str, Any]]:
    """The records of a cases.jsonl."""
    must_exist(file)
    records = []
    with loading():
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
            try:
                record = json.loads(line)
            except json.JSONDecodeError:
                fail(f"{file}:{number}: no JSON; give the cases.jsonl that `chartproof batch` writes")
            if not isinstance(record, dict):
                fail(f"{file}:{number}: no case as `chartproof batch` writes it")
            records.append(record)
    return records
