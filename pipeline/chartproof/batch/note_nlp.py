"""Facts as rows of NOTE_NLP, the table of the OMOP Common Data Model v5.4 for what was read from notes.

One row for each quote of each fact. Columns, order and lengths are those of the CDM
(https://ohdsi.github.io/CommonDataModel/cdm54.html#note_nlp). No vocabulary is mapped: the concept ids are 0, "no
matching concept", and ``term_modifiers`` holds the kind and the attributes of the fact.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

import chartproof
from chartproof.model import Chart

NOTE_NLP = pa.schema(
    [
        pa.field("note_nlp_id", pa.int64()),
        pa.field("note_id", pa.int64()),
        pa.field("section_concept_id", pa.int32()),
        pa.field("snippet", pa.string()),
        pa.field("offset", pa.string()),
        pa.field("lexical_variant", pa.string()),
        pa.field("note_nlp_concept_id", pa.int32()),
        pa.field("note_nlp_source_concept_id", pa.int32()),
        pa.field("nlp_system", pa.string()),
        pa.field("nlp_date", pa.date32()),
        pa.field("nlp_datetime", pa.timestamp("us")),
        pa.field("term_exists", pa.string()),
        pa.field("term_temporal", pa.string()),
        pa.field("term_modifiers", pa.string()),
    ]
)

_SHORT, _LONG = 250, 2000
"""varchar(250) and varchar(2000) of the CDM."""

_MAX_ID = 2**63 - 1
_DENIED = {("presence", "absent"), ("result", "negative"), ("status", "never"), ("status", "declined")}
_TIMES = {"planned": "Future", "performed": "Past", "completed": "Past", "past": "Past", "former": "Past"}


def note_key(chart_id: str, note_id: str) -> int:
    """The ``note_id`` of a note: the id itself where it is a positive integer, as one exported from OMOP is; else a
    63-bit digest of chart and note, the same in every run."""
    if note_id.isascii() and note_id.isdigit() and 0 < int(note_id) <= _MAX_ID:
        return int(note_id)
    return _digest(chart_id, note_id)


def note_nlp_rows(chart: Chart, facts: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The rows of one chart. ``nlp_date`` is left to the writer, which knows when the batch was begun.

    Args:
        facts: as the ``facts`` of cases.jsonl.
    """
    texts = {note.id: note.text for note in chart.notes}
    rows = []
    for position, fact in enumerate(facts):
        modifiers = ";".join(f"{name}={_words(value)}" for name, value in fact.items() if name != "evidence")
        for number, quote in enumerate(fact["evidence"]):
            rows.append(
                {
                    "note_nlp_id": _digest(chart.chart_id, str(position), str(number)),
                    "note_id": note_key(chart.chart_id, quote["note"]),
                    "section_concept_id": 0,
                    "snippet": _around(texts[quote["note"]], quote["start"], quote["end"]),
                    "offset": str(quote["start"]),
                    "lexical_variant": quote["quote"][:_SHORT],
                    "note_nlp_concept_id": 0,
                    "note_nlp_source_concept_id": 0,
                    "nlp_system": f"chartproof {chartproof.__version__}"[:_SHORT],
                    "term_exists": "N" if _DENIED & set(_plain(fact)) else "Y",
                    "term_temporal": _TIMES.get(str(fact.get("status"))),
                    "term_modifiers": modifiers[:_LONG],
                }
            )
    return rows


def _plain(fact: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(name, value) for name, value in fact.items() if isinstance(value, str)]


def _words(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ",".join(_words(one) for one in value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _around(text: str, start: int, end: int) -> str:
    """At most 250 characters of the note with the quote in their middle."""
    room = max(0, _SHORT - (end - start))
    first = max(0, start - room // 2)
    return text[first : first + _SHORT]


def _digest(*parts: str) -> int:
    joined = "\0".join(parts).encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.sha256(joined).digest()[:8], "big") & _MAX_ID
