"""Merges where and how long it hurts, and what the pain limits, as all notes tell it.

Kinds: pain_pattern, pain_duration, functional_limitation.
"""

from __future__ import annotations

from datetime import date

from chartproof.assemble.merge import Merged, merge_same, unique_evidence
from chartproof.extract.finding import Finding
from chartproof.model import FactBase, Request
from chartproof.model.dates import months_between
from chartproof.model.facts import PainDuration


def assemble(findings: list[Finding], request: Request) -> Merged:
    """One pattern a note, one limitation an activity, and one duration for the chart.

    Args:
        findings: those of this family's kinds, in the order of their notes.
        request: what is requested; the pain's duration is counted to its date.
    """
    durations = [f for f in findings if isinstance(f.fact, PainDuration)]
    others, conflicts = merge_same([f for f in findings if not isinstance(f.fact, PainDuration)])
    facts: list[FactBase] = [*others]
    if durations:
        facts.insert(0, _duration(durations, request.request_date))
    return facts, conflicts


def _duration(findings: list[Finding], request_date: date) -> PainDuration:
    """The onset that weighs most; among equals the one that most tellings agree with, then the one told first."""

    def months(found: Finding) -> float:
        return months_between(found.hints["onset"], request_date)

    def agreeing(found: Finding) -> list[Finding]:
        own = months(found)
        return [f for f in findings if abs(months(f) - own) <= max(1.0, 0.12 * own)]

    ranked = sorted(findings, key=lambda f: (-f.hints["weight"], -len(agreeing(f)), f.note_date, f.note_id))
    best = ranked[0]
    evidence = unique_evidence(e for f in [best, *agreeing(best)] for e in f.fact.evidence)
    return PainDuration(months=max(0.0, months(best)), evidence=evidence)
