"""The smallest set of missing documents or events that would turn a determination to ``meets``, or why none can."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from chartproof.model import FACT, Case, Evidence, Request
from chartproof.model.vocab import Laterality, Outcome
from chartproof.policy.answer import Answer
from chartproof.policy.assume import ASSUMED, same_event
from chartproof.policy.evaluate import answer_criteria, evaluate
from chartproof.policy.kleene import MET
from chartproof.policy.reading import Reading
from chartproof.policy.remedies import remedies
from chartproof.policy.remedy_moves import CLINICIAN, Move, Remedy
from chartproof.policy.schema import Policy

_STATES = 300  # sets of steps that the search keeps
_ROUNDS = 3

# What a new injection is taken to be where the policy does not ask.
_USUAL_INJECTION = {
    "guidance": "fluoroscopy",
    "contrast": True,
    "route": "intra_articular",
    "steroid": "triamcinolone",
    "relief_percent": (80.0, 100.0),
    "relief_days": 90,
}


@dataclass(frozen=True)
class Step:
    """One document to obtain or event to happen.

    Attributes:
        kind: document, event, request (a change of the request) or by_hand (to be settled by a person).
        what: what it must state.
        source: who has it.
        criteria: the criteria that it serves.
    """

    kind: str
    what: str
    source: str
    criteria: list[str]


@dataclass(frozen=True)
class Plan:
    """What would turn a determination to ``meets``.

    Attributes:
        policy: the policy's id.
        outcome: the outcome as it is.
        steps: the smallest set found; empty where the outcome is ``meets``, or where none can turn it.
        blocked: criterion id -> why no document or event turns it.
        reaches: the outcome with the facts that the steps would bring, checked by judging it anew; ``meets``, or
            ``needs_documentation`` where a step is to be settled by hand.
        open: criteria that are still open then.
    """

    policy: str
    outcome: Outcome
    steps: list[Step] = field(default_factory=list)
    blocked: dict[str, str] = field(default_factory=dict)
    reaches: Outcome | None = None
    open: list[str] = field(default_factory=list)


def make_plan(policy: Policy, case: Case, note_dates: Mapping[str, date] | None = None) -> Plan:
    """The plan for a policy and a case. Recommendations are left out: they do not decide.

    The search is over what each open criterion could be turned by, as few steps as possible over all of them; a
    document that serves several criteria counts once. The result is judged anew before it is told.
    """
    dates = note_dates or {}
    now = evaluate(policy, case, dates)
    told = answer_criteria(policy, case, dates)
    case = case.model_copy(update={"conflicts": []})
    served: dict[Move, list[str]] = {}
    for _ in range(_ROUNDS):  # what one step brings may ask for another: a new injection for its length of relief
        choices, blocked = _choices(policy, case, dates, told)
        if blocked and not served:
            return Plan(policy.id, now.status, blocked=blocked)
        if not choices:
            break
        chosen = _fewest([ways for _, ways in choices])
        moves = list(dict.fromkeys(move for way in chosen for move in way))
        if all(move in served for move in moves):
            break
        for move in moves:
            of_move = [criterion for (criterion, _), way in zip(choices, chosen, strict=True) if move in way]
            served[move] = list(dict.fromkeys([*served.get(move, []), *of_move]))
        case = _with(case, moves)
        told = answer_criteria(policy, case, dates)
    then = evaluate(policy, case, dates)
    open_ = [x.id for x in then.criteria if x.status != MET and not x.recommendation]
    return Plan(policy.id, now.status, _steps(list(served), served), {}, then.status, open_)


def _choices(
    policy: Policy, case: Case, dates: Mapping[str, date], told: Mapping[str, Answer]
) -> tuple[list[tuple[str, list[Remedy]]], dict[str, str]]:
    """The ways to turn each open criterion of a case without conflicts, and those that nothing turns, with why.

    ``told`` are the answers with the conflicts: where they differ, the contradiction must be settled too.
    """
    settled = answer_criteria(policy, case, dates)
    side = case.request.laterality
    reading = Reading(case, side if side != Laterality.BILATERAL else Laterality.LEFT, dates)
    choices: list[tuple[str, list[Remedy]]] = []
    blocked: dict[str, str] = {}
    for criterion in policy.criteria:
        if criterion.recommendation or told[criterion.id].status == MET:
            continue
        answer = settled[criterion.id]
        ways = remedies(criterion.rule, answer, reading, policy.rules())
        if answer.status != told[criterion.id].status:
            ways = [(*way, _clarify(told[criterion.id].found)) for way in ways]
        if ways:
            choices.append((criterion.id, ways))
        else:
            blocked[criterion.id] = told[criterion.id].found
    return choices, blocked


def _clarify(found: str) -> Move:
    what = f"a note that settles what the notes contradict: {found.rpartition('contradict each other: ')[2]}"
    return Move(("note", CLINICIAN, what), "document", what, CLINICIAN)


# --- the search -------------------------------------------------------------------------------------------------------


def _cost(way: Sequence[Move]) -> tuple[int, int, int]:
    """Steps; of these, those to settle by hand and those that must happen first; then all that must be stated."""
    steps = {_document(move) for move in way}
    heavy = {_document(move) for move in way if move.kind != "document"}
    return len(steps), len(heavy), len(way)


def _fewest(each: Sequence[Sequence[Remedy]]) -> list[Remedy]:
    """One way for every criterion, so that all together take the fewest steps."""
    states: list[tuple[dict[Move, None], list[Remedy]]] = [({}, [])]
    for ways in each:
        grown: dict[frozenset[Move], tuple[dict[Move, None], list[Remedy]]] = {}
        for moves, picked in states:
            for way in ways:
                together = {**moves, **dict.fromkeys(way)}
                grown.setdefault(frozenset(together), (together, [*picked, way]))
        states = sorted(grown.values(), key=lambda state: _cost(list(state[0])))[:_STATES]
    return states[0][1] if states else []


def _document(move: Move) -> tuple[str, ...]:
    """The document or event of a move: notes of one source are one."""
    return move.key[:2] if move.key[0] == "note" else move.key


def _steps(moves: Sequence[Move], served: Mapping[Move, list[str]]) -> list[Step]:
    grouped: dict[tuple[str, ...], list[Move]] = {}
    for move in moves:
        grouped.setdefault(_document(move), []).append(move)
    steps = []
    for key, of_key in grouped.items():
        whats = list(dict.fromkeys(move.what for move in of_key))
        if key[0] == "note":
            what = "note with: " + "; ".join(one.removeprefix("note of ") for one in whats)
        else:
            what = "; ".join(whats)
        criteria = list(dict.fromkeys(one for move in of_key for one in served[move]))
        steps.append(Step(of_key[0].kind, what, of_key[0].source, criteria))
    return steps


# --- the case as it would be ------------------------------------------------------------------------------------------


def _with(case: Case, moves: Sequence[Move]) -> Case:
    """The case with the facts that the moves bring."""
    facts: list[Any] = list(case.facts)
    request = case.request.model_dump()
    merged: dict[tuple[Any, ...], tuple[Move, list[dict[str, Any]]]] = {}
    for move in moves:
        if move.kind == "request":
            request |= dict(move.facts[0])
            continue
        key = (*move.key, id(move.completes))
        known = merged.setdefault(key, (move, []))[1]
        for i, fact in enumerate(move.facts):
            same = move.key[0] in ("event", "record", "therapy") and i < len(known)
            if same:
                known[i] = _both(known[i], fact)
            else:
                known.append(dict(fact))
    for move, brought in merged.values():
        for told in brought:
            note_type = told.pop("told_in", None)
            if told["kind"] == "injection" and move.completes is None:
                told = {**_USUAL_INJECTION, "status": "performed", **told}
            if told["kind"] == "imaging_study":
                facts = [
                    x
                    for x in facts
                    if x.kind != "imaging_study" or x.date is not None or x.modality != told["modality"]
                ]
            name = f"{ASSUMED}_{case.request.request_date}" + (f"_{note_type}" if note_type else "")
            evidence = Evidence(note=f"{name}.txt", start=0, end=len(ASSUMED), quote=ASSUMED, reading=ASSUMED)
            if move.completes is not None:
                place = next(i for i, x in enumerate(facts) if x is move.completes or _was(x, move.completes))
                old = facts[place]
                facts[place] = FACT.validate_python(
                    {**old.model_dump(exclude_none=True), **told, "evidence": [*old.evidence, evidence]}
                )
                continue
            fact = FACT.validate_python({**told, "evidence": [evidence]})
            facts = [x for x in facts if fact.KEYS or type(x) is not type(fact)]  # a state is told anew
            if not any(same_event(fact, x) and x.attributes() == fact.attributes() for x in facts):
                facts.append(fact)
    return case.model_copy(update={"facts": facts, "request": Request.model_validate(request)})


def _was(fact: Any, completed: Any) -> bool:
    """True for the fact that an earlier move completed already."""
    return (
        type(fact) is type(completed)
        and bool(completed.evidence)
        and fact.evidence[: len(completed.evidence)] == completed.evidence
    )


def _both(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """What two criteria ask of one event; of two ranges what lies in both."""
    both = {**one, **other}
    for name in one.keys() & other.keys():
        a, b = one[name], other[name]
        if isinstance(a, tuple) and isinstance(b, tuple):
            both[name] = (max(a[0], b[0]), min(a[1], b[1])) if max(a[0], b[0]) <= min(a[1], b[1]) else a
        elif isinstance(a, float | int) and isinstance(b, float | int) and not isinstance(a, bool):
            both[name] = max(a, b)
        elif name == "date":
            both[name] = min(a, b)
    return both
