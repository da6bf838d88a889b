"""Merges provocative tests, their stated counts, and tenderness (provocative_test, provocative_count, tenderness).

An exam has a date; what is told of it again later is evidence for it and no new fact. Results of one exam that
contradict each other, neither of them nearer to the exam, are both kept (corpora/GUIDE.md section 3).
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from chartproof.assemble.merge import Merged, fuse, unique_evidence
from chartproof.extract.finding import Finding, Strength
from chartproof.model import Conflict, FactBase, PartialDate, Request
from chartproof.model.facts import ProvocativeCount, ProvocativeTest, Tenderness
from chartproof.model.vocab import Laterality

_RESULT = {"provocative_test": "result", "provocative_count": "positive", "tenderness": "presence"}


def assemble(findings: list[Finding], request: Request) -> Merged:
    """One fact per finding of an exam.

    Args:
        findings: those of this family's kinds, in the order of their notes.
        request: what is requested (side, date).
    """
    facts: list[FactBase] = []
    conflicts: list[Conflict] = []
    placed = _placed(findings)
    _tender_on_both_sides(placed)
    for kind in _RESULT:
        groups = _groups([f for f in placed if f.kind == kind])
        merged, disputed = _settled(groups)
        facts += merged
        conflicts += disputed
    return facts, conflicts


def _tender_on_both_sides(findings: list[Finding]) -> None:
    """One site told of the left and of the right with the same result on the same day is told of both."""
    told: dict[Hashable, list[Finding]] = {}
    for found in findings:
        if isinstance(found.fact, Tenderness) and found.fact.laterality is not None:
            told.setdefault((found.fact.site, _date(found.fact)), []).append(found)
    for same in told.values():
        sides = {_side(f.fact) for f in same}
        if {Laterality.LEFT, Laterality.RIGHT} <= sides and len({_result(f.fact) for f in same}) == 1:
            for found in same:
                found.fact = found.fact.model_copy(update={"laterality": Laterality.BILATERAL})


def _subject(fact: FactBase) -> Hashable:
    """What was examined: the test, the site, or the whole of the tests."""
    if isinstance(fact, ProvocativeTest):
        return fact.name
    return fact.site if isinstance(fact, Tenderness) else None


def _result(fact: FactBase) -> Hashable:
    if isinstance(fact, ProvocativeCount):
        return fact.positive, fact.total
    return getattr(fact, _RESULT[fact.kind])  # type: ignore[attr-defined]


def _side(fact: FactBase) -> Laterality | None:
    return fact.laterality  # type: ignore[attr-defined, no-any-return]


def _date(fact: FactBase) -> str:
    return str(getattr(fact, "date", None) or "")


def _placed(findings: list[Finding]) -> list[Finding]:
    """Give what is told again the date of the exam that it retells.

    A letter's account without a day is a retelling only where one earlier exam holds all of it; else it is an exam of
    its own day.
    """
    first_hand = [f for f in findings if not f.hints.get("retold")]
    out: list[Finding] = []
    for note_id in dict.fromkeys(f.note_id for f in findings):
        of_note = [f for f in findings if f.note_id == note_id]
        undated = [f for f in of_note if f.hints.get("retold") and f.fact.date == str(f.note_date)]  # type: ignore[attr-defined]
        sources = [{f.note_id for f in first_hand if _retells(found, f)} for found in undated]
        shared = set.intersection(*sources) if sources else set()
        for found in of_note:
            same = [f for f in first_hand if _retells(found, f)] if found.hints.get("retold") else []
            if found in undated:
                same = [f for f in same if f.note_id in shared]
            if same:
                source = max(same, key=lambda f: _date(f.fact)).fact
                update = {"date": source.date, "laterality": _side(source)}  # type: ignore[attr-defined]
                found.fact = found.fact.model_copy(update=update)
            out.append(found)
    return out


def _retells(found: Finding, first: Finding) -> bool:
    """Whether ``found`` may tell ``first`` again: the same result of an exam before it, on a day that fits."""
    told: PartialDate | None = found.fact.date  # type: ignore[attr-defined]
    own = told is None or told == str(found.note_date)  # no day told beside the note's own
    seen: PartialDate | None = first.fact.date  # type: ignore[attr-defined]
    return (
        first.note_id != found.note_id
        and first.note_date <= found.note_date
        and first.kind == found.kind
        and _subject(first.fact) == _subject(found.fact)
        and _result(first.fact) == _result(found.fact)
        and _side(found.fact) in (None, _side(first.fact))
        and (own or (told is not None and seen is not None and told.could_equal(seen)))
    )


def _groups(findings: list[Finding]) -> list[list[Finding]]:
    """The tellings of one finding: same subject, date, result and side; a telling without a side joins one with it."""
    sided: dict[Hashable, list[Finding]] = {}
    for found in sorted(findings, key=lambda f: _side(f.fact) is None):
        fact = found.fact
        base = (_subject(fact), _date(fact), _result(fact))
        side = _side(fact)
        key: Hashable = (*base, side)
        if side is None:
            key = next(((*base, s) for s in Laterality if (*base, s) in sided), key)
        elif side != Laterality.BILATERAL and (*base, Laterality.BILATERAL) in sided:
            key = (*base, Laterality.BILATERAL)
        sided.setdefault(key, []).append(found)
    order = {id(f): n for n, f in enumerate(findings)}
    return sorted(sided.values(), key=lambda group: min(order[id(f)] for f in group))


def _settled(groups: Sequence[list[Finding]]) -> Merged:
    """Of contradicting groups the ones nearest to the exam; equal ones are kept and told as a conflict."""
    facts: list[FactBase] = []
    conflicts: list[Conflict] = []
    by_place: dict[Hashable, list[list[Finding]]] = {}
    for group in groups:
        fact = group[0].fact
        by_place.setdefault((_subject(fact), _date(fact), _side(fact)), []).append(group)
    _put_right(by_place)
    for rivals in by_place.values():
        strongest = max(f.strength for group in rivals for f in group)
        kept = [group for group in rivals if max(f.strength for f in group) == strongest]
        merged = [fuse(group) for group in kept]
        facts += merged
        if len(kept) > 1:
            conflicts.append(
                Conflict(
                    kind=merged[0].kind,  # type: ignore[attr-defined]
                    attribute=_RESULT[merged[0].kind],  # type: ignore[attr-defined]
                    values=[str(_value(fact)) for fact in merged],
                    evidence=unique_evidence(e for fact in merged for e in fact.evidence),
                )
            )
    return facts, conflicts


def _put_right(by_place: dict[Hashable, list[list[Finding]]]) -> None:
    """A corrected count that states no side ("two of five were positive") is of the one side that was counted."""
    for place in [key for key in by_place if key[0] is None and key[2] is None]:  # type: ignore[index]
        sided = [key for key in by_place if key[:2] == place[:2] and key[2] is not None]  # type: ignore[index]
        if len(sided) == 1 and all(f.strength == Strength.PRIMARY for group in by_place[place] for f in group):
            for group in by_place.pop(place):
                for found in group:
                    found.fact = found.fact.model_copy(update={"laterality": sided[0][2]})  # type: ignore[index]
                by_place[sided[0]].append(group)


def _value(fact: FactBase) -> Hashable:
    return getattr(fact, _RESULT[fact.kind])  # type: ignore[attr-defined]
