"""Policies as data: criteria in a small rule language, answered met, not met or unsure for a case.

policies = load_policies()
for policy in select_policies(policies, None, case.request):
    determination = evaluate(policy, case)
"""

from chartproof.policy.errors import PolicyError
from chartproof.policy.evaluate import evaluate, roll_up
from chartproof.policy.load import load_policies, load_policy
from chartproof.policy.schema import Criterion, Policy
from chartproof.policy.select import select_policies

__all__ = [
    "Criterion",
    "Policy",
    "PolicyError",
    "evaluate",
    "load_policies",
    "load_policy",
    "roll_up",
    "select_policies",
]
