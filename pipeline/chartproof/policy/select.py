"""Which policies to evaluate for a request."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date

from chartproof.model.chart import Request
from chartproof.policy.errors import unknown
from chartproof.policy.schema import Policy


def select_policies(policies: Mapping[str, Policy], ids: list[str] | None, request: Request) -> list[Policy]:
    """The policies to evaluate, in the order of ``policies`` (or of ``ids``).

    A policy whose ``selected`` is ``always`` is a candidate for every request, one with ``payer`` only where its payer
    is named (by the request or in ``ids``), one with ``id`` only by its id.

    Args:
        policies: all that are loaded, by id.
        ids: ids of policies (taken as named, in force or not) or names of payers; None: where the request names a payer
            that policies are of, those of that payer, else those selected always; of these, all whose procedure codes
            hold the request's CPT code, or all where it states none. Of several versions of one policy, the one in
            force on the request's date is taken; where none was, the last before it, or the first to come.
        request: the request.

    Raises:
        ValueError: a name is neither the id of a policy nor a payer; says which are known.
    """
    if ids is None:
        own = [p for p in policies.values() if request.payer is not None and _is_named(p, request.payer)]
        candidates = [p for p in own if p.selected != "id"] if own else _always(policies.values())
        return _in_force(_for_code(candidates, request), request.request_date)
    chosen: list[Policy] = []
    for name in ids:
        if name in policies:
            chosen.append(policies[name])
            continue
        of_payer = [p for p in policies.values() if name.casefold() in _names(p)]
        if not of_payer:
            known = [*policies, *dict.fromkeys(p.payer for p in policies.values())]
            raise ValueError(unknown("policy or payer", name, known))
        by_payer = [p for p in of_payer if p.selected != "id"] or of_payer
        chosen += _in_force(_for_code(by_payer, request) or by_payer, request.request_date)
    return list({p.id: p for p in chosen}.values())


def waiting_for_payer(policies: Mapping[str, Policy], request: Request) -> list[str]:
    """The payers, in order of their names, that have policies for the request's code which are only evaluated where
    the payer is named."""
    named = [p for p in policies.values() if p.selected == "payer"]
    return sorted({p.payer for p in _for_code(named, request)}, key=str.casefold)


def _always(policies: Iterable[Policy]) -> list[Policy]:
    return [p for p in policies if p.selected == "always"]


def _for_code(policies: Iterable[Policy], request: Request) -> list[Policy]:
    return [p for p in policies if request.cpt is None or request.cpt in p.procedure_codes]


def _names(policy: Policy) -> set[str]:
    return {name.casefold() for name in (policy.payer, *policy.also_called)}


def _is_named(policy: Policy, payer: str) -> bool:
    """Whether the payer of a request is the policy's: one of its names stands in it as whole words ("Aetna PPO")."""
    said = payer.casefold()
    return any(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", said) for name in _names(policy))


def _in_force(policies: list[Policy], day: date) -> list[Policy]:
    """One version of each series, in the order of the first of its versions."""
    series: dict[str, list[Policy]] = {}
    for policy in policies:
        series.setdefault(policy.series, []).append(policy)
    return [_best(versions, day) for versions in series.values()]


def _best(versions: list[Policy], day: date) -> Policy:
    """The version in force, the newest if several are; else the last that ended before the day, since a version still
    to come cannot be applied; else the first to come."""
    in_force = [p for p in versions if p.effective.covers(day)]
    if in_force:
        return max(in_force, key=lambda p: p.effective.start or date.min)
    over = [p for p in versions if p.effective.end is not None and p.effective.end < day]
    if over:
        return max(over, key=lambda p: p.effective.end or date.min)
    return min(versions, key=lambda p: p.effective.start or date.max)
