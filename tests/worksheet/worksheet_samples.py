"""Charts and determinations to write worksheets of: a chart of the corpus with its gold, and small ones made up."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import yaml

from chartproof.model import FACT, Case, Chart, CriterionResult, Determination, Evidence, Note, Request
from chartproof.policy import evaluate, load_policies, select_policies

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


def policy_determinations(case: Case) -> list[Determination]:
    """What the shipped policies make of the case, in the policies' order."""
    policies = load_policies()
    return [evaluate(policy, case) for policy in select_policies(policies, None, case.request)]


_REASON_OF = {"met": "satisfied", "not_met": "contradicted", "unsure": "undocumented"}


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
            "reason": _REASON_OF[status],
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
