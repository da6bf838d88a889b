"""The data model: notes in, facts, a case, a determination. pydantic and nothing else."""

from chartproof.model.case import Case, Conflict, CriterionResult, Determination, Gap
from chartproof.model.chart import Chart, Note, Request
from chartproof.model.dates import PartialDate
from chartproof.model.evidence import Evidence
from chartproof.model.facts import FACT, FACT_MODELS, KINDS, Fact, FactBase

__all__ = [
    "FACT",
    "FACT_MODELS",
    "KINDS",
    "Case",
    "Chart",
    "Conflict",
    "CriterionResult",
    "Determination",
    "Evidence",
    "Fact",
    "FactBase",
    "Gap",
    "Note",
    "PartialDate",
    "Request",
]
