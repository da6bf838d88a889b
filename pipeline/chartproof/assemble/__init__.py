"""The facts of all notes -> one Case: same event once, latest state, contradictions kept as conflicts."""

from __future__ import annotations

from chartproof.assemble import (
    conditions,
    exam,
    imaging,
    injections,
    labs,
    nicotine,
    orders,
    pattern,
    scores,
    treatment,
)
from chartproof.extract.finding import Finding
from chartproof.model import Case, Conflict, FactBase, Request

# family -> the kinds it merges, in the order of the case
_FAMILIES = (
    (injections, ("injection", "injection_count")),
    (treatment, ("therapy", "medication", "conservative_care")),
    (nicotine, ("nicotine_status",)),
    (labs, ("lab",)),
    (exam, ("provocative_test", "provocative_count", "tenderness")),
    (imaging, ("imaging_study", "imaging_finding")),
    (scores, ("pain_score", "disability_score", "measurement")),
    (pattern, ("pain_duration", "pain_pattern", "functional_limitation")),
    (conditions, ("condition", "source_exclusion")),
    (orders, ("device", "code", "surgery", "implant_complication")),
)


def assemble(chart_id: str, request: Request, findings: list[Finding]) -> Case:
    """Merge the findings of all notes.

    Args:
        findings: of every note, in the order of the notes.
    """
    facts: list[FactBase] = []
    conflicts: list[Conflict] = []
    for family, kinds in _FAMILIES:
        own = [f for f in findings if f.kind in kinds]
        if own:
            merged, disputed = family.assemble(own, request)
            facts += merged
            conflicts += disputed
    return Case(chart_id=chart_id, request=request, facts=facts, conflicts=conflicts)  # type: ignore[arg-type]
