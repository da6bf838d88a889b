"""Which answers a rule can give at all, whatever the chart: what its tests can be asked to show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from chartproof.policy import operators as o
from chartproof.policy import operators_figures as of
from chartproof.policy import operators_order as oo
from chartproof.policy import operators_paper as op
from chartproof.policy import rules as r
from chartproof.policy.kleene import MET, NOT_MET, UNSURE, Truth, negation
from chartproof.policy.where import Where, check_kind, may_be_unstated

ALL = frozenset((MET, NOT_MET, UNSURE))


def reachable(rule: o.RuleBase, named: Mapping[str, o.RuleBase]) -> frozenset[Truth]:
    """The answers that some chart gets (of a stated side, with no contradictions). It may name one that no chart gets
    where parts of a rule depend on each other."""
    can = _by_operator(rule, named)
    return frozenset(UNSURE if answer == MET else answer for answer in can) if rule.not_read else can


def _by_operator(rule: o.RuleBase, named: Mapping[str, o.RuleBase]) -> frozenset[Truth]:
    match rule:
        case r.AllOf():
            return _at_least(len(rule.all_of), [reachable(part, named) for part in rule.all_of])
        case r.AnyOf():
            return _at_least(1, [reachable(part, named) for part in rule.any_of])
        case r.AtLeast():
            return _at_least(rule.at_least.n, [reachable(part, named) for part in rule.at_least.of])
        case r.NoneOf():
            return _at_least(len(rule.none_of), [_negated(reachable(part, named)) for part in rule.none_of])
        case r.Not():
            return _negated(reachable(rule.not_, named))
        case r.See():
            return reachable(named[rule.see], named)
        case r.Unless():
            required, exception = reachable(rule.unless.required, named), reachable(rule.unless.exception, named)
            return required | (exception & {MET})
        case r.Conditional():
            ways = reachable(rule.conditional.then, named) | reachable(rule.conditional.otherwise, named)
            return ways | (reachable(rule.conditional.if_, named) & {UNSURE})
        case o.CountEvents():
            return _count(rule.count_events)
        case o.Exclusion():
            return ALL if rule.exclusion.conditions or rule.exclusion.findings else frozenset((MET, UNSURE))
        case o.StudyExists():
            return ALL if rule.imaging_study.within_days else frozenset((MET, UNSURE))
        case o.EachEvent():
            return ALL if rule.each_event.fails_if else frozenset((MET, UNSURE))
        case oo.PerformedAlone():
            return ALL
        case of.CareInPeriod():
            care = rule.care_in_period
            return ALL if care.within or care.shorter == "not_met" else frozenset((MET, UNSURE))
        case op.Codes():
            open_ = rule.codes.silence == UNSURE or rule.codes.side_modifier
            return ALL if open_ else frozenset((MET, NOT_MET))
        case op.Documented():
            paper = rule.documented
            can = {UNSURE} | (set() if paper.author else {MET}) | ({NOT_MET} if paper.missing == "not_met" else set())
            return frozenset(can)
        case op.ByHand() | op.External():
            return frozenset((UNSURE,))
        case op.NeverCovered():
            return frozenset((NOT_MET,))
        case _:
            return ALL


def _count(count: o.EventCount) -> frozenset[Truth]:
    can: set[Truth] = {MET, count.silence}
    asks = bool(count.where.tests or count.where.any_of or count.within or count.episode_gap_days)
    if asks or count.n > 1:
        can.add(count.otherwise)
    spaced = count.days_apart or count.differ or count.require_any
    if spaced or count.within or count.episode_gap_days or count.stated_count:
        can.add(UNSURE)
    if any(_can_be_open(where, count.kind) for where in (count.of, count.where)):
        can.add(UNSURE)
    return frozenset(can)


def _can_be_open(where: Where, kind: str) -> bool:
    model = check_kind(kind)
    tests = [*where.tests.items(), *(pair for way in where.any_of for pair in way.tests.items())]
    return any(
        (test.silence == "unsure" and may_be_unstated(model, name))
        or (test.is_of_figure() and name.endswith("percent"))
        for name, test in tests
    )


def _at_least(n: int, parts: Sequence[frozenset[Truth]]) -> frozenset[Truth]:
    can: set[Truth] = set()
    if sum(MET in part for part in parts) >= n:
        can.add(MET)
    if sum(NOT_MET in part for part in parts) > len(parts) - n:
        can.add(NOT_MET)
    open_ = sum(UNSURE in part for part in parts)
    sure_met = sum(part == {MET} for part in parts)
    sure_not = sum(part == {NOT_MET} for part in parts)
    if open_ and sure_met < n and len(parts) - sure_not >= n:
        can.add(UNSURE)
    return frozenset(can)


def _negated(can: frozenset[Truth]) -> frozenset[Truth]:
    return frozenset(negation(answer) for answer in can)
