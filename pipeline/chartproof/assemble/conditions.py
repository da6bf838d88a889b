"""Merges the patient's own disorders, and what was ruled out as a source of pain, of all notes.

The latest clinician's statement goes first. A questionnaire's or a checklist's "no" does not undo what a clinician
found; a disorder that is there is not undone by a later "possible".
"""

from __future__ import annotations

from itertools import groupby

from chartproof.assemble.merge import Merged, merge_same, unique_evidence
from chartproof.extract.finding import Finding, Strength
from chartproof.model import Conflict, FactBase, Request
from chartproof.model.facts import Condition
from chartproof.model.vocab import ConditionName, Laterality, Presence

# States that come and go: the latest word on them stands, whoever says it.
_CHANGING = frozenset({"anticoagulation", "pregnancy", "infection"})

# Names that stand for several disorders: that one of them is absent does not undo another.
_SEVERAL = frozenset({"connective_tissue_disorder", "malignancy", "substance_use_disorder"})


def assemble(findings: list[Finding], request: Request) -> Merged:
    """One fact per disorder (and side, where two sides differ), one per excluded source.

    Args:
        findings: those of this family's kinds, in the order of their notes.
        request: what is requested (side, date).
    """
    named: dict[str, list[Finding]] = {}
    for found in findings:
        if isinstance(found.fact, Condition):
            named.setdefault(str(found.fact.name), []).append(found)
    facts: list[FactBase] = []
    conflicts: list[Conflict] = []
    for name, told in named.items():
        merged, disputed = _disorder(name, told)
        facts += merged
        conflicts += disputed
    excluded, _ = merge_same([f for f in findings if not isinstance(f.fact, Condition)])
    return facts + excluded, conflicts


def _disorder(name: str, findings: list[Finding]) -> Merged:
    told = [f for f in findings if not f.hints.get("film")]
    if not told:
        return [], []
    state: set[Presence] = set()
    ordered = sorted(told, key=lambda f: (f.note_date, f.note_id))
    for _, group in groupby(ordered, key=lambda f: f.note_id):
        state = _after_note(name, state, list(group))
    agreeing = [f for f in ordered if f.fact.presence in state]  # type: ignore[attr-defined]
    if len(state) > 1:
        facts = [_one(name, [f for f in agreeing if _presence(f) is p]) for p in Presence if p in state]
        quotes = unique_evidence(e for f in agreeing for e in f.fact.evidence)
        conflict = Conflict(
            kind="condition", attribute=f"presence of {name}", values=[str(f.presence) for f in facts], evidence=quotes
        )
        return list(facts), [conflict]
    films = [f for f in findings if f.hints.get("film")] if Presence.PRESENT in state else []
    return list(_by_side(name, agreeing, films)), []


def _after_note(name: str, state: set[Presence], told: list[Finding]) -> set[Presence]:
    """The state of a disorder after one more note."""
    weight = max(f.hints["weight"] for f in told)
    heaviest = [f for f in told if f.hints["weight"] == weight]
    said = {_presence(f) for f in heaviest}
    if Presence.POSSIBLE in said and len(said) > 1:
        said.discard(Presence.POSSIBLE)
    if name in _SEVERAL and Presence.PRESENT in said | state:
        return {Presence.PRESENT}
    if len(said) > 1:
        return said
    (presence,) = said
    if presence is Presence.ABSENT and state - {Presence.ABSENT} and name not in _CHANGING:
        # a film or an examination told again does not undo a diagnosis; what was only possible it settles
        aside = 1 if Presence.PRESENT in state else 0
        by_form = "form" if aside else "list"
        weak = all(f.strength is Strength.SUMMARY or f.hints[by_form] or f.hints["weight"] == aside for f in heaviest)
        return state if weak else said
    if presence is Presence.POSSIBLE and Presence.PRESENT in state:
        return state
    return said


def _presence(found: Finding) -> Presence:
    assert isinstance(found.fact, Condition)
    return found.fact.presence


def _by_side(name: str, findings: list[Finding], films: list[Finding]) -> list[Condition]:
    """One fact, or one a side where left and right are told and never both."""
    sides = [f.fact.laterality for f in findings if f.fact.laterality]  # type: ignore[attr-defined]
    if set(sides) == {Laterality.LEFT, Laterality.RIGHT}:
        first = findings[0].fact.laterality or sides[0]  # type: ignore[attr-defined]
        return [
            _one(name, [f for f in findings if f.fact.laterality in (side, None if side is first else side)], side)  # type: ignore[attr-defined]
            for side in dict.fromkeys(sides)
        ]
    if not sides and films:
        shown = {f.fact.laterality for f in films}  # type: ignore[attr-defined]
        if len(shown) == 1:
            return [_one(name, [*findings, *films], shown.pop())]
    if _presence(findings[0]) is Presence.ABSENT and not findings[-1].fact.laterality:  # type: ignore[attr-defined]
        return [_one(name, findings)]  # "no right radiculopathy", and then "radiculopathy excluded"
    return [_one(name, findings, sides[-1] if sides else None)]


def _one(name: str, findings: list[Finding], side: Laterality | None = None) -> Condition:
    return Condition(
        name=ConditionName(name),
        presence=_presence(findings[0]),
        laterality=side,
        evidence=unique_evidence(e for f in findings for e in f.fact.evidence),
    )
