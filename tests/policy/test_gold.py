"""The shipped policies over the gold facts of the development charts: criteria as the charts' readers answered them."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
import yaml
from gold_cases import gold_case

from chartproof.policy import evaluate, load_policies

TUNE = [f"D{i:02}" for i in range(1, 17)]
CHECK = [f"D{i:02}" for i in range(17, 25)]


def _gold(chart: Path) -> dict[str, dict[str, str]]:
    return yaml.safe_load((chart / "gold" / "criteria.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", TUNE)
def test_tuning_charts(dev: Path, name: str) -> None:
    case = gold_case(dev / name)
    policies = load_policies()
    for policy, gold in _gold(dev / name).items():
        got = {result.id: str(result.status) for result in evaluate(policies[policy], case).criteria}
        assert got == gold, policy


def test_check_charts(dev: Path) -> None:
    """Only the number is looked at, so that these charts stay a check."""
    policies = load_policies()
    agree: Counter[bool] = Counter()
    for name in CHECK:
        case = gold_case(dev / name)
        for policy, gold in _gold(dev / name).items():
            agree.update(str(r.status) == gold[r.id] for r in evaluate(policies[policy], case).criteria)
    accuracy = agree[True] / agree.total()
    assert accuracy >= 0.99
