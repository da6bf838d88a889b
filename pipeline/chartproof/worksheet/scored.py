"""What a worksheet is made from: a chart that was just scored, or its row of ``cases.jsonl``."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from pydantic import TypeAdapter, ValidationError

import chartproof
from chartproof.model import FACT, Case, Chart, Conflict, CriterionResult, Determination, Request
from chartproof.model.vocab import NoteType
from chartproof.worksheet.authors import author_role

_CONFLICTS: TypeAdapter[list[Conflict]] = TypeAdapter(list[Conflict])
_DETERMINATIONS: TypeAdapter[list[Determination]] = TypeAdapter(list[Determination])


@dataclass(frozen=True)
class Paper:
    """A note of the chart. ``text`` is None where only the record of the note is at hand."""

    id: str
    date: date
    date_source: str
    type: NoteType
    sha256: str
    text: str | None = None
    role: str = ""
    """Who wrote it, as the signature says (``physician``); empty where that is not known."""


@dataclass(frozen=True)
class Scored:
    """A chart, scored."""

    chart_id: str
    case: Case
    determinations: list[Determination]
    papers: list[Paper]
    versions: dict[str, str] = field(default_factory=dict)

    @property
    def notes_hash(self) -> str:
        """One SHA-256 over all notes: of their own digests in hexadecimal, joined with line feeds."""
        return hashlib.sha256("\n".join(paper.sha256 for paper in self.papers).encode()).hexdigest()


def walk(results: Sequence[CriterionResult]) -> Iterator[CriterionResult]:
    """Criteria and all their parts."""
    for result in results:
        yield result
        yield from walk(result.parts)


def of_chart(
    chart: Chart, case: Case, determinations: Sequence[Determination], versions: Mapping[str, str] | None = None
) -> Scored:
    """A chart with its notes at hand.

    Args:
        versions: what the result depends on, by name; this version of chartproof where nothing is told.
    """
    papers = [
        Paper(note.id, note.date, note.date_source, note.type, note.sha256, note.text, author_role(note.text))
        for note in chart.notes
    ]
    told = dict(versions) if versions else {"chartproof": chartproof.__version__}
    return Scored(chart.chart_id, case, list(determinations), papers, told)


def of_record(record: Mapping[str, Any], chart: Chart | None = None) -> Scored:
    """A row of ``cases.jsonl``, which holds the quotes but not the notes.

    Args:
        record: the row.
        chart: the chart as it can be read now; a note of it that is still the same lends its text.

    Raises:
        ValueError: the row is not such a record; the message says where, and repeats nothing of the row.
    """
    place = "the row"
    try:
        chart_id = record["chart_id"]
        place = "request"
        request = Request.model_validate(record["request"])
        place = "facts"
        facts = [FACT.validate_python(fact) for fact in record["facts"]]
        place = "conflicts"
        conflicts = _CONFLICTS.validate_python(record["conflicts"])
        place = "determinations"
        determinations = _DETERMINATIONS.validate_python(record["determinations"])
        place = "notes"
        papers = [_paper(note, chart) for note in record["notes"]]
        place = "versions"
        versions = {str(key): str(value) for key, value in record["versions"].items()}
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors(include_input=False)[0]["loc"])
        raise ValueError(f"not a row of cases.jsonl: {place} is wrong at {where or 'its start'}") from None
    except KeyError as error:
        raise ValueError(f"not a row of cases.jsonl: it has no {error.args[0]!r}") from None
    except (TypeError, AttributeError, ValueError):
        raise ValueError(f"not a row of cases.jsonl: {place} is wrong") from None
    case = Case(chart_id=str(chart_id), request=request, facts=facts, conflicts=conflicts)
    determinations = [
        one.model_copy(update={"criteria": [_with_facts(result, case) for result in one.criteria]})
        for one in determinations
    ]
    return Scored(str(chart_id), case, determinations, papers, versions)


def _paper(note: Mapping[str, Any], chart: Chart | None) -> Paper:
    same = next((n for n in chart.notes if n.id == note["id"] and n.sha256 == note["sha256"]), None) if chart else None
    return Paper(
        id=note["id"],
        date=date.fromisoformat(note["date"]),
        date_source=note["date_source"],
        type=NoteType(note["type"]),
        sha256=note["sha256"],
        text=same.text if same else None,
        role=author_role(same.text) if same else "",
    )


def _with_facts(result: CriterionResult, case: Case) -> CriterionResult:
    """A record does not repeat the facts that decide: they are those all of whose words the criterion quotes."""
    quoted = {(e.note, e.start, e.end) for e in result.evidence}
    facts = [
        fact for fact in case.facts if fact.evidence and {(e.note, e.start, e.end) for e in fact.evidence} <= quoted
    ]
    parts = [_with_facts(part, case) for part in result.parts]
    return result.model_copy(update={"facts": facts, "parts": parts})
