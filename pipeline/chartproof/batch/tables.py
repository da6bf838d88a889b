"""The tables of a batch: their columns, and the rows that one chart gives to each.

Every engine writes these columns, in this order and of these types, whatever facts a run has: a table can be appended
to one of last month. Columns of ``facts`` carry the names of corpora/GUIDE.md section 2.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from chartproof.batch.note_nlp import NOTE_NLP, note_key, note_nlp_rows
from chartproof.model import Chart, PartialDate

_EVIDENCE = pa.list_(
    pa.struct(
        [
            pa.field("note_id", pa.string()),
            pa.field("start", pa.int32()),
            pa.field("end", pa.int32()),
            pa.field("quote", pa.string()),
            pa.field("section", pa.string()),
            pa.field("reading", pa.string()),
        ]
    )
)
_OBTAIN = pa.list_(pa.struct([pa.field(name, pa.string()) for name in ("what", "source", "why")]))

_WORDS = (
    "target status date laterality guidance route purpose anesthetic steroid type start end response name class "
    "product quit_date analyte specimen comparator unit interpretation source result modality region finding presence "
    "severity qualifier scale instrument activity fixation approach system"
).split()
_NUMBERS = "relief_days duration_weeks months".split()
_COUNTS = "count sessions positive total".split()
_FLAGS = "contrast relief_temporary relief_ended concurrent supervised radiating below_l5".split()
_LISTS = "site modifiers".split()
_RANGES = "relief_percent value".split()
"""``x_low`` and ``x_high``, equal where the chart gives one number. A ``value`` that is no number is ``value_text``."""

ATTRIBUTES = frozenset([*_WORDS, *_NUMBERS, *_COUNTS, *_FLAGS, *_LISTS, *_RANGES])
"""Every attribute of a fact that a column holds."""

FACTS = pa.schema(
    [
        pa.field("chart_id", pa.string()),
        pa.field("patient_id", pa.string()),
        pa.field("fact", pa.int32()),
        pa.field("kind", pa.string()),
        *(pa.field(name, pa.string()) for name in _WORDS),
        pa.field("date_first", pa.date32()),
        pa.field("date_last", pa.date32()),
        *(pa.field(name, pa.float64()) for name in _NUMBERS),
        *(pa.field(f"{name}_{end}", pa.float64()) for name in _RANGES for end in ("low", "high")),
        pa.field("value_text", pa.string()),
        *(pa.field(name, pa.int32()) for name in _COUNTS),
        *(pa.field(name, pa.bool_()) for name in _FLAGS),
        *(pa.field(name, pa.list_(pa.string())) for name in _LISTS),
        pa.field("evidence", _EVIDENCE),
    ]
)
CRITERIA = pa.schema(
    [
        *(pa.field(name, pa.string()) for name in ("chart_id", "patient_id", "policy", "policy_version", "outcome")),
        pa.field("position", pa.int32()),
        *(
            pa.field(name, pa.string())
            for name in ("criterion", "status", "reason", "label", "citation", "required", "found")
        ),
        pa.field("evidence", _EVIDENCE),
        pa.field("obtain", _OBTAIN),
    ]
)
NOTES = pa.schema(
    [
        *(pa.field(name, pa.string()) for name in ("chart_id", "patient_id", "note_id")),
        pa.field("position", pa.int32()),
        pa.field("date", pa.date32()),
        *(pa.field(name, pa.string()) for name in ("date_source", "type", "sha256")),
        pa.field("characters", pa.int64()),
        *(pa.field(name, pa.string()) for name in ("source", "converter")),
        pa.field("omop_note_id", pa.int64()),
    ]
)
NOTE_TEXT = pa.schema([pa.field(name, pa.string()) for name in ("chart_id", "note_id", "sha256", "text")])

SCHEMAS: dict[str, pa.Schema] = {
    "facts": FACTS,
    "criteria": CRITERIA,
    "notes": NOTES,
    "note_text": NOTE_TEXT,
    "note_nlp": NOTE_NLP,
}
"""The tables by name, in the order they are written."""


def chart_tables(chart: Chart, record: Mapping[str, Any]) -> dict[str, pa.RecordBatch]:
    """The rows that one chart gives to each table.

    Args:
        chart: the chart as read.
        record: its row of cases.jsonl.

    Raises:
        pyarrow.ArrowInvalid, UnicodeEncodeError: a value fits no column.
    """
    patient = record["request"].get("patient_id")
    rows: dict[str, list[dict[str, Any]]] = {
        "facts": [_fact(chart.chart_id, patient, i, fact) for i, fact in enumerate(record["facts"])],
        "criteria": list(_criteria(chart.chart_id, patient, record.get("determinations") or ())),
        "notes": [_note(chart, patient, i) for i in range(len(chart.notes))],
        "note_text": [
            {"chart_id": chart.chart_id, "note_id": note.id, "sha256": note.sha256, "text": note.text}
            for note in chart.notes
        ],
        "note_nlp": note_nlp_rows(chart, record["facts"]),
    }
    return {name: pa.RecordBatch.from_pylist(rows[name], schema=schema) for name, schema in SCHEMAS.items()}


def _evidence(evidence: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [{**{k: v for k, v in one.items() if k != "note"}, "note_id": one["note"]} for one in evidence]


def _fact(chart_id: str, patient: str | None, position: int, fact: Mapping[str, Any]) -> dict[str, Any]:
    row: dict[str, Any] = {"chart_id": chart_id, "patient_id": patient, "fact": position}
    for name, value in fact.items():
        if name == "evidence":
            row[name] = _evidence(value)
        elif name in _RANGES:
            if isinstance(value, str):
                row[f"{name}_text"] = value
            else:
                low, high = value if isinstance(value, list | tuple) else (value, value)
                row[f"{name}_low"], row[f"{name}_high"] = low, high
        elif name in _LISTS and not isinstance(value, list):
            row[name] = [value]
        else:
            row[name] = value
    if isinstance(row.get("date"), str):
        when = PartialDate(row["date"])
        row["date_first"], row["date_last"] = when.first, when.last
    return row


def _criteria(chart_id: str, patient: str | None, determinations: Sequence[Mapping[str, Any]]) -> Any:
    for determination in determinations:
        for position, criterion in enumerate(determination["criteria"]):
            yield {
                "chart_id": chart_id,
                "patient_id": patient,
                "policy": determination["policy"],
                "policy_version": determination["version"],
                "outcome": determination["status"],
                "position": position,
                "criterion": criterion["id"],
                **{name: criterion[name] for name in ("status", "reason", "label", "citation", "required", "found")},
                "evidence": _evidence(criterion["evidence"]),
                "obtain": criterion["obtain"],
            }


def _note(chart: Chart, patient: str | None, position: int) -> dict[str, Any]:
    note = chart.notes[position]
    return {
        "chart_id": chart.chart_id,
        "patient_id": patient,
        "note_id": note.id,
        "position": position,
        "date": note.date,
        "date_source": note.date_source,
        "type": note.type.value,
        "sha256": note.sha256,
        "characters": len(note.text),
        "source": note.source,
        "converter": note.converter,
        "omop_note_id": note_key(chart.chart_id, note.id),
    }
