"""Cases made from the gold facts of a chart, so that policies are tested without reading notes."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from chartproof.model import FACT, Case, Evidence, Request
from chartproof.policy.cases import make_case
from chartproof.policy.load import LOADER


def gold_case(chart: Path) -> Case:
    """The case that a chart's gold facts make; quotes stand at their place in the notes, whitespace aside."""
    case = _read_case(chart)
    return case.model_copy(update={"facts": list(case.facts)})  # a test may leave facts out


@cache
def _read_case(chart: Path) -> Case:
    request = _read(chart / "request.yaml")
    facts = []
    for fact in _read(chart / "gold" / "facts.yaml"):
        evidence = [_evidence(chart, e) for e in fact.pop("evidence", [])]
        facts.append(FACT.validate_python(_dates_as_text(fact) | {"evidence": evidence}))
    procedure = request["procedure"]
    return Case(
        chart_id=request["chart_id"],
        request=Request(request_date=request["request_date"], patient_id=request["patient_id"], **procedure),
        facts=facts,
    )


def _read(file: Path) -> Any:
    return yaml.load(file.read_text(encoding="utf-8"), Loader=LOADER)


def _evidence(chart: Path, evidence: dict[str, str]) -> Evidence:
    text = (chart / "notes" / evidence["note"]).read_text(encoding="utf-8")
    pattern = r"\s+".join(re.escape(word) for word in str(evidence["quote"]).split())
    match = re.search(pattern, text)
    assert match, f"a quote does not stand in {evidence['note']}"
    return Evidence(note=evidence["note"], start=match.start(), end=match.end(), quote=match.group())


def _dates_as_text(fact: dict[str, Any]) -> dict[str, Any]:
    return {
        key: str(value) if key in ("date", "start", "end", "quit_date") and value is not None else value
        for key, value in fact.items()
    }


made_case = make_case
