"""Charts and determinations to write worksheets of: a chart of the corpus with its gold, and small ones made up."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import yaml

from chartproof.model import FACT, Case, Chart, CriterionResult, Determination, Evidence, Gap, Note, Request

CORPUS = Path(__file__).resolve().parents[2] / "corpora" / "dev"


def corpus_chart(name: str) -> Chart:
    """A chart of the corpus, read the plain way."""
    folder = CORPUS / name
    told = yaml.safe_load((folder / "request.yaml").read_text(encoding="utf-8"))
    request = Request(
        request_date=told["request_date"],
        patient_id=told["patient_id"],
        **told["procedure"],
        sources=dict.fromkeys(("request_date", "patient_id", *told["procedure"]), "request.yaml"),
    )
    notes = []
    for path in sorted((folder / "notes").glob("*.txt")):
        _, day, kind = path.stem.split("_", 2)
        notes.append(Note(id=path.name, date=date.fromisoformat(day), type=kind, text=path.read_text(encoding="utf-8")))
    return Chart(chart_id=told["chart_id"], request=request, notes=notes)


def found_in(chart: Chart, note_id: str, quote: str, **told: str) -> Evidence:
    """The quote as evidence; white space in it stands for any white space of the note."""
    text = chart.note(note_id).text
    match = re.search(r"\s+".join(re.escape(word) for word in quote.split()), text)
    assert match is not None, f"no such words in {note_id}"
    return Evidence(note=note_id, start=match.start(), end=match.end(), quote=match.group(), **told)


def gold_case(chart: Chart) -> Case:
    """The facts that a careful reviewer wrote down, with offsets."""
    told = yaml.safe_load((CORPUS / chart.chart_id / "gold" / "facts.yaml").read_text(encoding="utf-8"))
    facts = []
    for fact in told:
        evidence = [found_in(chart, e["note"], e["quote"]) for e in fact.pop("evidence")]
        fact = {k: (v.isoformat() if isinstance(v, date) else v) for k, v in fact.items()}
        facts.append(FACT.validate_python({**fact, "evidence": evidence}))
    return Case(chart_id=chart.chart_id, request=chart.request, facts=facts)


# Which facts show what a criterion is about; enough to lay a worksheet out.
_ABOUT = {
    "injection": ("II.G", "II.H", "2.injection", "5", "1", "2"),
    "provocative_test": ("II.D", "3.provocative", "8"),
    "tenderness": ("II.C", "3.fortin", "3.tenderness"),
    "pain_pattern": ("II.B", "3.pattern"),
    "imaging_finding": ("II.F.1", "II.F.2", "II.F.3", "4.sij", "4.pelvis", "4.lumbar", "4.degeneration", "4"),
    "therapy": ("II.A.2", "II.A.3", "2.conservative", "6.pt"),
    "conservative_care": ("II.A.duration", "6"),
    "medication": ("II.A.1",),
    "pain_score": ("1.vas", "7"),
    "disability_score": ("1.odi",),
    "pain_duration": ("1.duration",),
    "condition": ("II.E", "X.generalized_pain", "X.inflammatory"),
    "source_exclusion": ("3.other_sources", "3"),
    "nicotine_status": ("5",),
}
_STATUS_OF = {"met": "satisfied", "not_met": "contradicted", "unsure": "undocumented"}


def gold_determinations(case: Case) -> list[Determination]:
    """Determinations with the gold statuses and, for words and quotes, stand-ins."""
    told = yaml.safe_load((CORPUS / case.chart_id / "gold" / "criteria.yaml").read_text(encoding="utf-8"))
    determinations = []
    for policy, statuses in told.items():
        criteria = []
        for criterion, status in statuses.items():
            facts = [f for f in case.facts if criterion in _ABOUT.get(f.kind, ())]
            criteria.append(
                CriterionResult(
                    id=criterion,
                    status=status,
                    reason=_STATUS_OF[status],
                    label=f"What criterion {criterion} asks of the chart, said in some eight plain words",
                    citation=f"section {criterion}",
                    required="at least two image-guided, intra-articular injections with at least 75% relief",
                    found="" if status == "unsure" else "two such injections, 2024-01-16 and 2024-03-12",
                    evidence=[] if status == "unsure" else [e for f in facts for e in f.evidence],
                    facts=facts,
                    obtain=[]
                    if status != "unsure"
                    else [Gap(what="the report of the study", source="imaging center", why="none is in the chart")],
                )
            )
        values = set(statuses.values())
        determinations.append(
            Determination(
                policy=policy,
                title="Sacroiliac Joint Fusion",
                payer=policy.split("-")[0].capitalize(),
                version=policy[-7:],
                effective_from=date(2022, 6, 1),
                status="does_not_meet"
                if "not_met" in values
                else "needs_documentation"
                if "unsure" in values
                else "meets",
                criteria=criteria,
            )
        )
    return determinations


def small_chart(*texts: str) -> Chart:
    """A made-up chart; note ``n1.txt`` holds the first text."""
    return Chart(
        chart_id="T01",
        request=Request(request_date=date(2025, 4, 14), cpt="27279", laterality="left"),
        notes=[
            Note(id=f"n{place}.txt", date=date(2025, 1, place), type="consult", text=text)
            for place, text in enumerate(texts, start=1)
        ],
    )


def at(chart: Chart, note_id: str, start: int, end: int) -> Evidence:
    """Evidence at offsets."""
    return Evidence(note=note_id, start=start, end=end, quote=chart.note(note_id).text[start:end])


def criterion(id: str, status: str = "met", evidence: list[Evidence] | None = None, **told: object) -> CriterionResult:
    """A criterion with as little as the model asks for."""
    return CriterionResult(
        **{
            "id": id,
            "status": status,
            "reason": _STATUS_OF[status],
            "label": f"label of {id}",
            "required": "required",
            "found": "found",
            "evidence": evidence or [],
            **told,
        }
    )


def determination(*criteria: CriterionResult, status: str = "meets", **told: object) -> Determination:
    """A determination of a made-up policy."""
    return Determination(
        **{
            "policy": "p-1",
            "title": "Policy one",
            "payer": "Payer",
            "version": "1",
            "status": status,
            "criteria": list(criteria),
            **told,
        }
    )
