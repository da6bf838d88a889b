"""What is to be mended in a set of policies that can be read: statuses no case tests, versions that overlap."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations

from chartproof.policy.cases import PolicyCase, untested
from chartproof.policy.errors import unknown
from chartproof.policy.schema import Effective, Policy


@dataclass(frozen=True)
class Problem:
    """Something to mend: of which policy, of which criterion (or ""), and what."""

    policy: str
    criterion: str
    what: str


def problems(
    policies: Mapping[str, Policy], cases: Sequence[PolicyCase], library: Mapping[str, Policy] | None = None
) -> list[Problem]:
    """The problems of policies, in their order.

    Args:
        policies: those to check.
        cases: their cases.
        library: all policies that ``supersedes`` may name; else ``policies``.
    """
    known = {**(library or {}), **policies}
    found = []
    gaps = untested(policies, cases)
    for policy in policies.values():
        if policy.supersedes is not None and policy.supersedes not in known:
            found.append(Problem(policy.id, "", "supersedes: " + unknown("policy", policy.supersedes, known)))
        start, end = policy.effective.start, policy.effective.end
        if start is not None and end is not None and end < start:
            found.append(Problem(policy.id, "", f"in force from {start} to {end}, which is before that"))
        for criterion, statuses in gaps.get(policy.id, {}).items():
            lacking = " and none that is ".join(status.replace("_", " ") for status in statuses)
            found.append(Problem(policy.id, criterion, f"no case that is {lacking}"))
    for one, other in combinations(policies.values(), 2):
        if one.series == other.series and _overlap(one.effective, other.effective):
            found.append(Problem(other.id, "", f"in force at the same time as {one.id}, a version of the same series"))
    return found


def _overlap(one: Effective, other: Effective) -> bool:
    if any(x.start is None and x.end is None for x in (one, other)):  # no dates read: nothing is known of an overlap
        return False
    latest_start = max(one.start or date.min, other.start or date.min)
    return latest_start <= min(one.end or date.max, other.end or date.max)
