"""What would turn an open rule to met: for each operator the facts that a document or an event would bring.

Only documents and events that may truly be missing are proposed. What the chart denies (a negative test, a disorder
present, a low score) is not: such a rule has no remedy, and its answer says why.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations, product

from chartproof.policy import operators as o
from chartproof.policy import remedy_events, remedy_findings
from chartproof.policy import rules as r
from chartproof.policy.answer import Answer
from chartproof.policy.kleene import MET, UNSURE
from chartproof.policy.obtain import DEFAULTS
from chartproof.policy.reading import Reading
from chartproof.policy.remedy_moves import Make, Move, Remedy
from chartproof.policy.words import words

_MOST = 24  # alternatives kept for a rule
_MAKERS: dict[type[o.RuleBase], Make] = {**remedy_events.MAKERS, **remedy_findings.MAKERS}


def remedies(rule: o.RuleBase, answer: Answer, reading: Reading, named: Mapping[str, o.RuleBase]) -> list[Remedy]:
    """The ways to turn a rule to met, each a set of moves; none where there is no way. Met already: one of no moves."""
    if answer.status == MET:
        return [()]
    found = _remedies(rule, answer, reading, named)
    if rule.not_read is not None:
        move = Move(("policy", rule.not_read), "by_hand", f"read in the policy: {rule.not_read}", "payer")
        found = [(*way, move) for way in found or [()]] if answer.status == UNSURE else found
    return sorted({frozenset(way): way for way in found}.values(), key=len)[:_MOST]


def _remedies(rule: o.RuleBase, answer: Answer, reading: Reading, named: Mapping[str, o.RuleBase]) -> list[Remedy]:
    parts = [pair for pair in answer.parts if pair[0] is not rule]

    def ways(pairs: Sequence[tuple[o.RuleBase, Answer]]) -> list[list[Remedy]]:
        return [remedies(part, of_part, reading, named) for part, of_part in pairs]

    match rule:
        case r.See():
            return remedies(named[rule.see], answer, reading, named)
        case r.AllOf():
            return _all(ways(parts))
        case r.AnyOf() | r.Unless():
            return [way for of_part in ways(parts) for way in of_part]
        case r.AtLeast():
            each = ways(parts)
            return [way for some in combinations(each, rule.at_least.n) for way in _all(list(some))]
        case r.Conditional():
            return _all(ways(parts[1:])) if parts else []
        case r.Not() | r.NoneOf():
            return _statement(rule, answer, named)
        case _:
            make = _MAKERS.get(type(rule))
            made = make(rule, answer, reading) if make is not None else []
            return made or _statement(rule, answer, named)


def _all(each: list[list[Remedy]]) -> list[Remedy]:
    """One way for every part."""
    if any(not of_part for of_part in each):
        return []
    return [tuple(dict.fromkeys(m for way in picked for m in way)) for picked in product(*(x[:4] for x in each))][:96]


def _statement(rule: o.RuleBase, answer: Answer, named: Mapping[str, o.RuleBase]) -> list[Remedy]:
    """For an open rule of which it cannot be said what facts would settle it: what the policy asks to obtain."""
    if answer.status != UNSURE:
        return []
    wanted = list(rule.obtain) or [DEFAULTS[kind] for kind in answer.kinds if kind in DEFAULTS]
    what, source = (wanted[0].what, wanted[0].source) if wanted else (words(rule, named), "whoever knows")
    return [(Move(("by hand", what), "by_hand", what, source),)]
