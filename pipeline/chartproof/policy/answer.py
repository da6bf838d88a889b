"""The answer of a rule, and how answers of parts make one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from chartproof.model.facts import FactBase
from chartproof.model.vocab import Reason
from chartproof.policy.kleene import MET, NOT_MET, UNSURE, Truth
from chartproof.policy.operators import RuleBase


@dataclass(frozen=True)
class Answer:
    """A rule's answer.

    Attributes:
        status: met, not_met or unsure.
        reason: why.
        found: what the chart shows, in words.
        facts: the facts that decide.
        parts: the answers of the rule's parts, in order, each with its rule.
        kinds: fact kinds that would settle it; they choose what to obtain where the policy does not say.
    """

    status: Truth
    reason: Reason
    found: str
    facts: tuple[FactBase, ...] = ()
    parts: tuple[tuple[RuleBase, Answer], ...] = field(default=())
    kinds: tuple[str, ...] = ()


def met(found: str, facts: Sequence[FactBase] = (), kind: str | None = None) -> Answer:
    return Answer(MET, Reason.SATISFIED, found, tuple(facts), kinds=(kind,) if kind else ())


def not_met(
    found: str, facts: Sequence[FactBase] = (), kind: str | None = None, reason: Reason = Reason.CONTRADICTED
) -> Answer:
    return Answer(NOT_MET, reason, found, tuple(facts), kinds=(kind,) if kind else ())


def unsure(
    found: str, facts: Sequence[FactBase] = (), kind: str | None = None, reason: Reason = Reason.INCOMPLETE
) -> Answer:
    return Answer(UNSURE, reason, found, tuple(facts), kinds=(kind,) if kind else ())


def settled(status: Truth, found: str, facts: Sequence[FactBase] = (), kind: str | None = None) -> Answer:
    """The answer of a status that is reckoned: satisfied, contradicted or incomplete."""
    make = {MET: met, NOT_MET: not_met}.get(status, unsure)
    return make(found, facts, kind)


def undocumented(what: str, kind: str | None = None) -> Answer:
    return Answer(UNSURE, Reason.UNDOCUMENTED, f"{what}: not documented", kinds=(kind,) if kind else ())


def composed(status: Truth, pairs: Sequence[tuple[RuleBase, Answer]]) -> Answer:
    """The answer of parts taken together: it stands on the parts that have its status (unsure: on those open)."""
    answers = [answer for _, answer in pairs]
    deciding = [a for a in answers if a.status == status] or answers
    return Answer(
        status,
        _reason(status, answers, deciding),
        "; ".join(dict.fromkeys(piece for a in deciding for piece in _pieces(a.found))),
        tuple(unique(fact for a in deciding for fact in a.facts)),
        tuple(pairs),
        tuple(dict.fromkeys(kind for a in deciding for kind in a.kinds)),
    )


def _pieces(found: str) -> list[str]:
    """What is found, one by one, so that what two parts rest on is told once; whole where brackets hold a list."""
    pieces = [piece for piece in found.split("; ") if piece]
    return pieces if all(piece.count("(") == piece.count(")") for piece in pieces) else [found]


def turned(answer: Answer, status: Truth) -> Answer:
    """The same findings with another status, as negation reads them."""
    reason = {MET: Reason.SATISFIED, NOT_MET: Reason.CONTRADICTED}.get(status, answer.reason)
    return replace(answer, status=status, reason=reason)


def unique(facts: Iterable[FactBase]) -> list[FactBase]:
    """Facts without repeats, in order (facts cannot be hashed; the same object is the same fact)."""
    kept: dict[int, FactBase] = {}
    for fact in facts:
        kept.setdefault(id(fact), fact)
    return list(kept.values())


def _reason(status: Truth, answers: Sequence[Answer], deciding: Sequence[Answer]) -> Reason:
    if status == MET:
        return Reason.SATISFIED
    reasons = {a.reason for a in deciding}
    if len(reasons) == 1 and reasons <= {Reason.STALE, Reason.EXTERNAL, Reason.NOT_COVERED}:
        return reasons.pop()
    if status == NOT_MET:
        return Reason.CONTRADICTED
    if Reason.CONFLICTING in reasons:
        return Reason.CONFLICTING
    if reasons == {Reason.UNDOCUMENTED} and not any(a.status == MET and a.facts for a in answers):
        return Reason.UNDOCUMENTED
    return Reason.INCOMPLETE
