"""Gold of a chart: the facts and criterion statuses that a careful reviewer wrote (corpora/GUIDE.md, sections 2, 3)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from chartproof.evaluate.compare import ComparableFact, Quote, normal_attributes
from chartproof.model import FACT, Case, Chart

STATUSES = ("met", "not_met", "unsure")


class EvaluationError(ValueError):
    """Something asked for, or some gold, that nothing can be compared with. Holds no note text."""


@dataclass(frozen=True)
class Gold:
    """``facts`` as YAML has them; ``criteria`` as policy id -> criterion id -> status; ``comments`` likewise."""

    facts: list[dict[str, Any]]
    criteria: dict[str, dict[str, str]]
    comments: dict[tuple[str, str], str]


def has_gold(chart_folder: Path) -> bool:
    """True when a chart's folder holds gold facts or gold criteria."""
    return any((chart_folder / "gold" / name).is_file() for name in ("facts.yaml", "criteria.yaml"))


def load_gold(chart_folder: Path) -> Gold:
    """Read ``gold/facts.yaml`` and ``gold/criteria.yaml`` of a chart; a file that is missing counts as empty.

    Raises:
        EvaluationError: a file is no YAML of the expected shape; the message names the file.
    """
    facts_file, criteria_file = chart_folder / "gold" / "facts.yaml", chart_folder / "gold" / "criteria.yaml"
    facts = _read(facts_file, list)
    for index, fact in enumerate(facts):
        if not isinstance(fact, dict) or "kind" not in fact:
            raise EvaluationError(f"{facts_file}: entry {index} is no fact; a fact is a mapping with a `kind`")
    criteria = {
        str(policy): {str(criterion): str(status) for criterion, status in (statuses or {}).items()}
        for policy, statuses in _read(criteria_file, dict).items()
    }
    for policy, statuses in criteria.items():
        for criterion, status in statuses.items():
            if status not in STATUSES:
                raise EvaluationError(
                    f"{criteria_file}: {policy} {criterion} is {status!r}; write one of {', '.join(STATUSES)}"
                )
    return Gold(facts, criteria, _comments(criteria_file))


def _read(path: Path, shape: type) -> Any:
    if not path.is_file():
        return shape()
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        raise EvaluationError(f"{path}{where}: not YAML") from None
    content = shape() if content is None else content
    if not isinstance(content, shape):
        raise EvaluationError(f"{path}: expected a {'list of facts' if shape is list else 'mapping'}")
    return content


_POLICY_LINE = re.compile(r"(\S+):\s*(?:#.*)?$")
_STATUS_LINE = re.compile(r"\s+[\"']?([\w.]+)[\"']?:\s*\w+\s*#\s*(.+)")


def _comments(path: Path) -> dict[tuple[str, str], str]:
    """The reviewer's remarks behind the statuses, by (policy, criterion): why it is so."""
    comments: dict[tuple[str, str], str] = {}
    policy = ""
    for line in path.read_text(encoding="utf-8").splitlines() if path.is_file() else ():
        if match := _POLICY_LINE.match(line):
            policy = match[1].strip("\"'")
        elif match := _STATUS_LINE.match(line):
            comments[policy, match[1]] = match[2].strip()
    return comments


def locate(quote: str, text: str) -> tuple[tuple[int, int], ...]:
    """Every place where a quote stands in a text, any run of blanks matching any other."""
    words = str(quote).split()
    if not words:
        return ()
    return tuple(match.span() for match in re.finditer(r"\s+".join(map(re.escape, words)), text))


def gold_fact(fact: Mapping[str, Any], texts: Mapping[str, str]) -> ComparableFact:
    """A fact of gold ready to compare.

    Args:
        fact: as YAML has it.
        texts: the notes' texts by note id; a quote of an unknown note, or one not found, has no place.
    """
    quotes = tuple(
        Quote(str(e.get("note")), str(e.get("quote")), locate(e.get("quote", ""), texts.get(str(e.get("note")), "")))
        for e in fact.get("evidence") or ()
    )
    return ComparableFact(str(fact["kind"]), normal_attributes(fact), quotes)


def output_fact(fact: Mapping[str, Any]) -> ComparableFact:
    """A fact of the output (``fact.to_json()``) ready to compare."""
    quotes = tuple(
        Quote(
            e["note"],
            e["quote"],
            ((e["start"], e["end"]),),
            "; ".join(filter(None, (e.get("section"), e.get("reading")))),
        )
        for e in fact.get("evidence") or ()
    )
    return ComparableFact(str(fact["kind"]), normal_attributes(fact), quotes)


def gold_case(chart: Chart, facts: Iterable[Mapping[str, Any]]) -> Case:
    """A case made of gold facts, for judging policies without extraction. A quote stands at its first place.

    Raises:
        EvaluationError: a fact does not fit the model; the message names chart, entry, attribute and fault.
    """
    texts = {note.id: note.text for note in chart.notes}
    built = []
    for index, fact in enumerate(facts):
        evidence = [
            {"note": quote.note, "start": start, "end": end, "quote": texts[quote.note][start:end]}
            for quote in gold_fact(fact, texts).quotes
            for start, end in quote.spans[:1]
        ]
        try:
            built.append(FACT.validate_python({**as_model_input(fact), "evidence": evidence}))
        except ValidationError as error:
            raise EvaluationError(f"{chart.chart_id}: gold fact {index} ({fact['kind']}): {faults(error)}") from None
    return Case(chart_id=chart.chart_id, request=chart.request, facts=built)


def as_model_input(fact: Mapping[str, Any]) -> dict[str, Any]:
    """A fact as YAML has it, without evidence, with what YAML read as a number but is text put right (a CPT code)."""
    content = {name: value for name, value in fact.items() if name != "evidence" and value is not None}
    if content.get("kind") == "code":
        content["value"] = str(content.get("value"))
        content["modifiers"] = [str(modifier) for modifier in content.get("modifiers") or ()]
    return content


def faults(error: ValidationError) -> str:
    """What is wrong in a fact, by attribute, without the fact's values."""
    return "; ".join(
        f"{'.'.join(str(part) for part in fault['loc'][1:]) or 'kind'}: {fault['msg']}"  # loc[0] is the kind
        for fault in error.errors(include_input=False, include_url=False)
    )
