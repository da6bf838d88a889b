"""Which policies to evaluate for a request."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from chartproof.model.chart import Request
from chartproof.policy.errors import unknown
from chartproof.policy.schema import Policy


def select_policies(policies: Mapping[str, Policy], ids: list[str] | None, request: Request) -> list[Policy]:
    """The policies to evaluate, in the order of ``policies`` (or of ``ids``).

    Args:
        policies: all that are loaded, by id.
        ids: ids of policies (taken as named, in force or not) or names of payers; None: all policies whose procedure
            codes hold the request's CPT code, or all where it states none. Of several versions of one policy, the one
            in force on the request's date is taken; where none was, the nearest.
        request: the request.

    Raises:
        ValueError: a name is neither the id of a policy nor a payer; says which are known.
    """
    if ids is None:
        fitting = [p for p in policies.values() if request.cpt is None or request.cpt in p.procedure_codes]
        return _in_force(fitting, request.request_date)
    chosen: list[Policy] = []
    for name in ids:
        if name in policies:
            chosen.append(policies[name])
            continue
        of_payer = [p for p in policies.values() if name.casefold() in _names(p)]
        if not of_payer:
            known = [*policies, *(p.payer for p in policies.values())]
            raise ValueError(unknown("policy or payer", name, known))
        for_code = [p for p in of_payer if request.cpt is None or request.cpt in p.procedure_codes]
        chosen += _in_force(for_code or of_payer, request.request_date)
    return list({p.id: p for p in chosen}.values())


def _names(policy: Policy) -> set[str]:
    return {name.casefold() for name in (policy.payer, *policy.also_called)}


def _in_force(policies: list[Policy], day: date) -> list[Policy]:
    """One version of each series, in the order of the first of its versions."""
    series: dict[str, list[Policy]] = {}
    for policy in policies:
        series.setdefault(policy.series, []).append(policy)
    return [_best(versions, day) for versions in series.values()]


def _best(versions: list[Policy], day: date) -> Policy:
    """The version in force, the newest if several are; else the one that starts or ended nearest to the day."""
    in_force = [p for p in versions if p.effective.covers(day)]
    if in_force:
        return max(in_force, key=lambda p: p.effective.start or date.min)

    def distance(policy: Policy) -> int:
        edges = [edge for edge in (policy.effective.start, policy.effective.end) if edge is not None]
        return min(abs((edge - day).days) for edge in edges)

    return min(versions, key=distance)
