"""The cases of policies/tests/*.yaml: facts in the guide's words, and the status that each criterion must have."""

from __future__ import annotations

from pathlib import Path

import pytest

from chartproof.policy import Policy, load_policies
from chartproof.policy.cases import PolicyCase, load_cases, run_case, untested

POLICIES = load_policies()
CASES = load_cases(Path(__file__).resolve().parents[2] / "policies" / "tests", POLICIES)


@pytest.fixture(scope="module")
def policies() -> dict[str, Policy]:
    return POLICIES


@pytest.mark.parametrize("case", [pytest.param(case, id=f"{case.file.stem}: {case.name}") for case in CASES])
def test_case(case: PolicyCase, policies: dict[str, Policy]) -> None:
    for outcome in run_case(case, policies):
        assert outcome.passed, f"{outcome.policy} {outcome.criterion}: {outcome.got} ({outcome.found})"


def test_every_criterion_has_a_case_of_each_status_that_it_can_have() -> None:
    assert untested(POLICIES, CASES) == {}
