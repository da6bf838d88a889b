"""Merges pain scores, ODI and BMI of all notes (pain_score, disability_score, measurement)."""

from __future__ import annotations

from collections.abc import Hashable

from chartproof.assemble.merge import Merged, merge_same, unique_evidence
from chartproof.extract.finding import Finding
from chartproof.model import FactBase, Request
from chartproof.model.facts import DisabilityScore, Measurement, PainScore
from chartproof.model.vocab import Laterality, ScoreQualifier

_OPPOSITE = {Laterality.LEFT: Laterality.RIGHT, Laterality.RIGHT: Laterality.LEFT}
_INJECTION = (ScoreQualifier.PRE_INJECTION, ScoreQualifier.POST_INJECTION)


def assemble(findings: list[Finding], request: Request) -> Merged:
    """One fact per score of a day, qualifier and scale; every distinct value of a day is a fact of its own.

    Args:
        findings: those of this family's kinds, in the order of their notes.
        request: what is requested; scores of the other side alone are left out.
    """
    wanted = _of_requested_side(findings, request)
    wanted = _without_template_zeros(wanted)
    wanted = _corrected(wanted)
    wanted = _first_after_injection(wanted)
    wanted = _undated_joined(wanted)
    return merge_same(wanted, key=_key)


def _key(fact: FactBase) -> Hashable:
    if isinstance(fact, PainScore):
        return (fact.kind, fact.qualifier, str(fact.date), fact.value)
    if isinstance(fact, DisabilityScore | Measurement):
        return (fact.kind, str(fact.date), round(fact.value, 1))
    raise TypeError(f"no fact of this family: {fact.kind}")  # type: ignore[attr-defined]


def _of_requested_side(findings: list[Finding], request: Request) -> list[Finding]:
    other = _OPPOSITE.get(request.laterality) if request.laterality else None
    return [f for f in findings if other is None or f.hints.get("side") != other]


def _without_template_zeros(findings: list[Finding]) -> list[Finding]:
    """A "pain score 0" of the vitals beside a score that the patient told that day is the template's."""
    told = {
        f.fact.date
        for f in findings
        if isinstance(f.fact, PainScore) and not f.hints.get("vitals") and f.fact.value[1] > 0
    }
    return [
        f
        for f in findings
        if not (
            isinstance(f.fact, PainScore) and f.hints.get("vitals") and f.fact.value == (0, 0) and f.fact.date in told
        )
    ]


def _corrected(findings: list[Finding]) -> list[Finding]:
    """A score told as a correction takes the place of the others of its day."""
    right = {f.fact.date: f for f in findings if isinstance(f.fact, DisabilityScore) and f.hints.get("corrected")}
    return [
        f
        for f in findings
        if not isinstance(f.fact, DisabilityScore)
        or f.fact.date not in right
        or f.hints.get("corrected")
        or f.fact.value == right[f.fact.date].fact.value  # type: ignore[attr-defined]
        or f.note_date > right[f.fact.date].note_date
    ]


def _first_after_injection(findings: list[Finding]) -> list[Finding]:
    """Of the scores that one note tells after an injection of its day only the first counts."""
    kept: list[Finding] = []
    seen: set[tuple[str, str]] = set()
    for f in findings:
        if isinstance(f.fact, PainScore) and f.fact.qualifier is ScoreQualifier.POST_INJECTION and f.fact.date:
            key = (f.note_id, str(f.fact.date))
            if key in seen:
                continue
            seen.add(key)
        kept.append(f)
    return kept


def _undated_joined(findings: list[Finding]) -> list[Finding]:
    """A score before or after an injection, told again without a date, is the dated one of the same value."""
    dated = {(f.fact.qualifier, f.fact.value): f for f in findings if isinstance(f.fact, PainScore) and f.fact.date}
    kept = []
    for f in findings:
        fact = f.fact
        if isinstance(fact, PainScore) and fact.date is None and fact.qualifier in _INJECTION:
            same = dated.get((fact.qualifier, fact.value))
            if same is not None:
                same.fact.evidence = unique_evidence([*same.fact.evidence, *fact.evidence])
                continue
        kept.append(f)
    return kept
