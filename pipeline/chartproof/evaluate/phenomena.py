"""Phenomena: short texts with their exact right reading, one YAML file a family (corpora/phenomena/README.md)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from chartproof.evaluate.charts import CasePipeline, flatten
from chartproof.evaluate.compare import ComparableFact, Pair, pair_facts
from chartproof.evaluate.gold import STATUSES, EvaluationError, as_model_input, faults, gold_fact, locate, output_fact
from chartproof.evaluate.render import plain
from chartproof.model import FACT, KINDS, Case, Chart, Note, Request
from chartproof.policy import evaluate, load_policies

DEFAULT_DATE = date(2025, 6, 12)
DEFAULT_REQUEST_DATE = date(2025, 7, 1)

_CASE_KEYS = {"id", "text", "type", "date", "request", "notes", "kinds", "facts", "criteria", "known_failure"}
_NOTE_KEYS = {"text", "type", "date"}


class PhenomenaError(EvaluationError):
    """A file of phenomena that cannot be used; one line a fault, each naming file and case."""


@dataclass(frozen=True)
class Phenomenon:
    """One text and its right reading. ``facts`` are all facts of ``kinds``; facts of other kinds are ignored."""

    family: str
    id: str
    chart: Chart
    kinds: tuple[str, ...]
    facts: tuple[ComparableFact, ...]
    criteria: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    known_failure: str | None = None

    @property
    def name(self) -> str:
        return f"{self.family}/{self.id}"


def is_phenomena(path: Path) -> bool:
    """True for a YAML file, and for a folder with YAML files and no charts in it."""
    if path.is_file():
        return path.suffix == ".yaml"
    return any(path.glob("*.yaml")) and not (path / "request.yaml").exists()


def load_phenomena(path: Path) -> list[Phenomenon]:
    """Read every ``*.yaml`` of a folder, or one file, in order of names.

    Raises:
        PhenomenaError: faults in the files, all of them together.
    """
    path = Path(path)
    found: list[Phenomenon] = []
    wrong: list[str] = []
    for file in [path] if path.is_file() else sorted(path.glob("*.yaml")):
        phenomena, faults_of_file = _load_file(file)
        found += phenomena
        wrong += faults_of_file
    if wrong:
        raise PhenomenaError("\n".join(wrong))
    return found


def _load_file(path: Path) -> tuple[list[Phenomenon], list[str]]:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f":{mark.line + 1}" if mark else ""
        return [], [f"{path.name}{where}: not YAML: {getattr(error, 'problem', None) or error}"]
    wrong = _faults_of_file(content)
    if wrong:
        return [], [f"{path.name}: {fault}" for fault in wrong]
    found = []
    ids = Counter(str(case.get("id")) for case in content["cases"] if isinstance(case, dict))
    for index, case in enumerate(content["cases"]):
        name = str(case.get("id", f"case {index}")) if isinstance(case, dict) else f"case {index}"
        try:
            if ids[name] > 1:
                raise ValueError(f"the id stands {ids[name]} times; ids are unique in a file")
            found.append(_phenomenon(case, content["family"], content.get("kinds") or ()))
        except ValidationError as error:
            fault = "; ".join(f"{'.'.join(map(str, f['loc']))}: {f['msg']}" for f in error.errors(include_url=False))
            wrong.append(f"{path.name}: {name}: {fault}")
        except ValueError as error:
            wrong.append(f"{path.name}: {name}: {error}")
        except (TypeError, AttributeError):
            wrong.append(f"{path.name}: {name}: a list, a mapping or a text stands where another is expected")
    return found, wrong


def _faults_of_file(content: Any) -> list[str]:
    if (
        not isinstance(content, dict)
        or not isinstance(content.get("family"), str)
        or not isinstance(content.get("cases"), list)
    ):
        return ["a file has `family: <name>`, `kinds: [...]` and `cases: [...]`"]
    unknown = sorted(set(content) - {"family", "kinds", "cases"})
    return [f"unknown key {key!r}; there are family, kinds, cases" for key in unknown] + _unknown_kinds(
        content.get("kinds") or ()
    )


def _unknown_kinds(kinds: Iterable[str]) -> list[str]:
    return [f"unknown kind {kind!r}; there are {', '.join(KINDS)}" for kind in kinds if kind not in KINDS]


def _phenomenon(case: Any, family: str, family_kinds: Sequence[str]) -> Phenomenon:
    if not isinstance(case, dict) or "id" not in case:
        raise ValueError("a case is a mapping with an `id`")
    if unknown := sorted(set(case) - _CASE_KEYS):
        raise ValueError(f"unknown key {', '.join(unknown)}; there are {', '.join(sorted(_CASE_KEYS))}")
    kinds = tuple(case.get("kinds") or family_kinds)
    if wrong := _unknown_kinds(kinds):
        raise ValueError("; ".join(wrong))
    if "facts" not in case and "criteria" not in case:
        raise ValueError("no `facts`; write `facts: []` where the text holds none")
    chart = _chart(case)
    return Phenomenon(
        family=family,
        id=str(case["id"]),
        chart=chart,
        kinds=kinds if "facts" in case else (),
        facts=tuple(_fact(fact, index, kinds, chart) for index, fact in enumerate(case.get("facts") or ())),
        criteria=_criteria(case.get("criteria") or {}),
        known_failure=case.get("known_failure"),
    )


def _chart(case: Mapping[str, Any]) -> Chart:
    if ("text" in case) == ("notes" in case):
        raise ValueError("a case has either `text` or `notes`")
    if "notes" in case and {"type", "date"} & set(case):
        raise ValueError("with `notes`, each note has its own `type` and `date`")
    told = case.get("notes") or [{name: case[name] for name in _NOTE_KEYS if name in case}]
    notes = []
    for number, note in enumerate(told, start=1):
        if not isinstance(note, dict) or "text" not in note or set(note) - _NOTE_KEYS:
            raise ValueError(f"note {number}: a note has `text` and may have `type` and `date`, nothing else")
        day, kind = note.get("date", DEFAULT_DATE), note.get("type", "progress")
        notes.append(
            Note.model_validate(
                {"id": f"{number:02}_{day}_{kind}.txt", "date": day, "type": kind, "text": note["text"]}
            )
        )
    request = {"request_date": DEFAULT_REQUEST_DATE, **(case.get("request") or {})}
    return Chart(chart_id=str(case["id"]), request=Request.model_validate(request), notes=notes)


def _fact(fact: Any, index: int, kinds: Sequence[str], chart: Chart) -> ComparableFact:
    if not isinstance(fact, dict) or fact.get("kind") not in KINDS:
        kind = fact.get("kind") if isinstance(fact, dict) else fact
        raise ValueError(f"fact {index}: unknown kind {kind!r}; there are {', '.join(KINDS)}")
    if fact["kind"] not in kinds:
        raise ValueError(f"fact {index}: {fact['kind']} is not among the kinds compared; add it to `kinds`")
    try:
        FACT.validate_python(as_model_input(fact))
    except ValidationError as error:
        raise ValueError(f"fact {index} ({fact['kind']}): {faults(error)}") from None
    quotes = []
    for quote in fact.get("evidence") or ():
        holding = [note.id for note in chart.notes if locate(quote, note.text)] if isinstance(quote, str) else []
        if not holding:
            raise ValueError(f"fact {index} ({fact['kind']}): no note has the quote {quote!r}")
        quotes += [{"note": note, "quote": quote} for note in holding]
    return gold_fact({**fact, "evidence": quotes}, {note.id: note.text for note in chart.notes})


def _criteria(criteria: Mapping[str, Mapping[str, str]]) -> dict[str, dict[str, str]]:
    named = {
        str(policy): {str(name): str(status) for name, status in parts.items()} for policy, parts in criteria.items()
    }
    for policy, parts in named.items():
        for name, status in parts.items():
            if status not in STATUSES:
                raise ValueError(f"criteria: {policy} {name} is {status!r}; write one of {', '.join(STATUSES)}")
    return named


def run_phenomenon(phenomenon: Phenomenon, pipeline: CasePipeline) -> list[str]:
    """What the pipeline reads otherwise than the phenomenon says, one line each; empty means right.

    Every attribute must be equal in both directions (numbers within 10%), no fact may be missing or spurious, and
    where the phenomenon gives evidence, the fact's own must overlap it.
    """
    case = pipeline.case(phenomenon.chart)
    output = [output_fact(fact.to_json()) for fact in case.facts if fact.kind in phenomenon.kinds]
    differences = [line for pair in pair_facts(phenomenon.facts, output) for line in _differences(pair)]
    return differences + (_wrong_criteria(phenomenon, case) if phenomenon.criteria else [])


def _differences(pair: Pair) -> Iterable[str]:
    if pair.output is None and pair.gold is not None:
        yield f"missing {_told(pair.gold)}"
    elif pair.gold is None and pair.output is not None:
        words = "".join(f' "{" ".join(quote.text.split())}"' for quote in pair.output.quotes)
        yield f"spurious {_told(pair.output)}, read from{words or ' nothing'}"
    elif pair.gold is not None and pair.output is not None:
        for name in (*pair.missed, *pair.different, *pair.spurious):
            right, read = (plain(fact.attributes.get(name)) for fact in (pair.gold, pair.output))
            yield f"{_told(pair.gold)}: {name} is {right}, read as {read}"
        if pair.gold.quotes and not pair.evidence_overlaps:
            yield f"{_told(pair.gold)}: the evidence is elsewhere"


def _told(fact: ComparableFact) -> str:
    return f"{fact.kind}({', '.join(f'{name}={plain(value)}' for name, value in fact.attributes.items())})"


def _wrong_criteria(phenomenon: Phenomenon, case: Case) -> list[str]:
    policies = load_policies()
    note_dates = {note.id: note.date for note in phenomenon.chart.notes}
    lines = []
    for policy, criteria in phenomenon.criteria.items():
        if policy not in policies:
            lines.append(f"unknown policy {policy}; there are {', '.join(policies)}")
            continue
        found = {result.id: result for result in flatten(evaluate(policies[policy], case, note_dates).criteria)}
        for name, status in criteria.items():
            if name not in found:
                lines.append(f"{policy} has no criterion {name}")
            elif found[name].status != status:
                lines.append(f"{policy} {name}: {status}, answered {found[name].status} ({found[name].found})")
    return lines
