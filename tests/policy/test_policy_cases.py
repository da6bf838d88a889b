"""The cases of policies/tests/*.yaml: facts in the guide's words, and the status that each criterion must have."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from gold_cases import made_case

from chartproof.policy import Policy, evaluate, load_policies

CASES = Path(__file__).resolve().parents[2] / "policies" / "tests"


def _cases() -> list[Any]:
    return [
        pytest.param(case, id=f"{file.stem}: {case['name']}")
        for file in sorted(CASES.glob("*.yaml"))
        for case in yaml.safe_load(file.read_text(encoding="utf-8"))
    ]


@pytest.fixture(scope="module")
def policies() -> dict[str, Policy]:
    return load_policies()


@pytest.mark.parametrize("case", _cases())
def test_case(case: dict[str, Any], policies: dict[str, Policy]) -> None:
    made = made_case(case.get("facts", []), case.get("request", {}))
    for policy, expected in case["expect"].items():
        results = {result.id: result for result in evaluate(policies[policy], made).criteria}
        for criterion, want in expected.items():
            status, _, reason = str(want).partition(" ")
            got = results[criterion]
            assert got.status == status, f"{policy} {criterion}: {got.status} ({got.found})"
            if reason:
                assert got.reason == reason, f"{policy} {criterion}: {got.reason} ({got.found})"


def test_every_criterion_has_a_case_of_each_status() -> None:
    """met, not_met and unsure, but for the criteria that nothing in a chart can fail."""
    tried: dict[tuple[str, str], set[str]] = {}
    for param in _cases():
        for policy, expected in param.values[0]["expect"].items():
            for criterion, want in expected.items():
                tried.setdefault((policy, criterion), set()).add(str(want).split(" ")[0])
    never_failing = {
        ("centene-cp-mp-126-2022-06", "II.A.1"),  # a drug not tried is a gap, never a refusal
        ("centene-cp-mp-126-2022-06", "II.A.2"),
    }
    never_unsure = {("aim-sij-fusion-2022-09", "X.no_fixation")}  # silence on the device counts as absence
    missing = []
    for policy in load_policies().values():
        for criterion in policy.criteria:
            key = (policy.id, criterion.id)
            wanted = {"met", "not_met", "unsure"}
            wanted -= {"not_met"} if key in never_failing else set()
            wanted -= {"unsure"} if key in never_unsure else set()
            if lacking := wanted - tried.get(key, set()):
                missing.append((*key, sorted(lacking)))
    assert missing == []
