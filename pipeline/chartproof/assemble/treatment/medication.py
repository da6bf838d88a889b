"""Merges what all notes tell of each drug: the latest state, the earliest start, the last response."""

from __future__ import annotations

from chartproof.assemble.merge import unique_evidence
from chartproof.extract.finding import Finding
from chartproof.model import FactBase, PartialDate
from chartproof.model.dates import weeks_between
from chartproof.model.facts import Medication
from chartproof.model.vocab import DrugClass, DrugResponse, DrugStatus

# weeks between two months from which on the length is told to a tenth, whichever days of the months are meant
_LONG_ENOUGH = 12.5


def merge(findings: list[Finding]) -> list[FactBase]:
    """One fact per drug. A class told without a name ("NSAIDs") is a fact only where no drug of it is named."""
    named: dict[tuple[str, bool], list[Finding]] = {}
    groups: dict[DrugClass, list[Finding]] = {}
    for found in sorted(findings, key=lambda f: (f.note_date, f.note_id)):
        fact = found.fact
        assert isinstance(fact, Medication)
        if found.hints.get("group"):
            groups.setdefault(fact.drug_class or DrugClass.OTHER, []).append(found)
        else:
            named.setdefault((fact.name, fact.drug_class is DrugClass.TOPICAL), []).append(found)
    facts: list[FactBase] = [_one(tellings) for tellings in named.values()]
    classes = {fact.drug_class for fact in facts if isinstance(fact, Medication)}
    for drug_class, tellings in groups.items():
        told = any(f.fact.status or f.fact.response for f in tellings)  # type: ignore[attr-defined]
        if drug_class not in classes and told:
            facts.append(_one(tellings))
    return facts


def _one(tellings: list[Finding]) -> Medication:
    """The state of one drug, from its tellings in the order of their notes."""
    told = [(f, f.fact) for f in tellings]
    facts = [fact for _, fact in told if isinstance(fact, Medication)]
    status = _status(tellings)
    start = _earliest([f.start for f in facts if f.start])
    if start is None and tellings[0].hints.get("supposed_start"):
        start = tellings[0].hints["supposed_start"]  # first told of where a plan orders it
    ends = [f.end for f in facts if f.end]
    end = ends[-1] if ends and status is not DrugStatus.CURRENT else None
    weeks = next((f.duration_weeks for f in reversed(facts) if f.duration_weeks is not None), None)
    if start and end and start.precision == end.precision == "day" and start <= end:
        weeks = weeks_between(start.first, end.first)
    elif weeks is None and start and end and "year" not in (start.precision, end.precision):
        between = weeks_between(start.first, end.first)
        weeks = between if between >= _LONG_ENOUGH else None
    return Medication(
        name=facts[0].name,
        drug_class=facts[0].drug_class,  # type: ignore[call-arg]
        response=_response(facts, {id(fact) for f, fact in told if f.hints.get("summed_up")}),
        status=status,
        start=start,
        end=end,
        duration_weeks=weeks,
        evidence=unique_evidence(e for f in facts for e in f.evidence),
    )


def _status(tellings: list[Finding]) -> DrugStatus | None:
    """The last state plainly told, else the last one told at all. What was taken is no longer planned."""
    stated = [(f.fact.status, bool(f.hints.get("weak"))) for f in tellings if f.fact.status]  # type: ignore[attr-defined]
    taken = [(s, w) for s, w in stated if s is not DrugStatus.PLANNED]
    for candidates in (taken, stated):
        strong = [s for s, weak in candidates if not weak]
        if strong:
            return strong[-1]
        if candidates:
            return candidates[-1][0]
    return None


def _response(facts: list[Medication], summed_up: set[int]) -> DrugResponse | None:
    """The last response told; that a drug was not tolerated stays true, unless it is taken again.

    One told of a whole list (``summed_up``: the ids of such facts) counts where none is told of the drug alone.
    """
    told = [f for f in facts if f.response and id(f) not in summed_up] or [f for f in facts if f.response]
    if not told:
        return None
    for fact in told:
        later = [f for f in facts[facts.index(fact) :] if f.status is DrugStatus.CURRENT]
        if fact.response is DrugResponse.INTOLERANT and not later:
            return fact.response
    return told[-1].response


def _earliest(dates: list[PartialDate]) -> PartialDate | None:
    """The first start told, made more precise by another telling that agrees with it."""
    if not dates:
        return None
    first = min(dates, key=lambda d: d.first)
    return max((d for d in dates if d.could_equal(first)), key=len)
