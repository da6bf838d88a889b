"""One chart's result as plain JSON data: the row of cases.jsonl, and what ``score --format json`` prints."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import chartproof
from chartproof.model import Case, Chart, Determination
from chartproof.readers import Unreadable


def case_record(
    chart: Chart,
    case: Case,
    determinations: Sequence[Determination] | None,
    versions: dict[str, str],
    unread: Sequence[Unreadable] = (),
) -> dict[str, Any]:
    """The record of a chart. It holds no time and no path, so that equal input gives equal output.

    Args:
        determinations: None where no policy was asked; the record then has no such key.
        unread: what of the chart could not be read.
    """
    record: dict[str, Any] = {
        "chart_id": chart.chart_id,
        "request": case.request.model_dump(mode="json"),
        "facts": [fact.to_json() for fact in case.facts],
        "conflicts": [conflict.model_dump(mode="json") for conflict in case.conflicts],
    }
    if determinations is not None:
        record["determinations"] = [determination.model_dump(mode="json") for determination in determinations]
    record["notes"] = [
        {
            "id": note.id,
            "date": note.date.isoformat(),
            "date_source": note.date_source,
            "type": note.type.value,
            "source": note.source,
            "converter": note.converter,
            "sha256": note.sha256,
        }
        for note in chart.notes
    ]
    record["unread"] = [unreadable_record(one) for one in unread]
    record["versions"] = versions
    return record


def unreadable_record(unreadable: Unreadable) -> dict[str, str]:
    return {"where": unreadable.where, "lost": unreadable.lost, "reason": unreadable.reason}


LOST_UNKNOWN = "lost of no known chart"
"""In the counts of a manifest: rows whose chart is not known. Any chart may lack notes because of them."""


def quarantine_record(chart_id: str, stage: str, reason: str, where: str = "", lost: str = "chart") -> dict[str, str]:
    """A row of quarantine.jsonl. ``lost`` says what is missing: the ``chart``, a ``note``, or a ``field``."""
    return {"chart_id": chart_id, "stage": stage, "where": where, "lost": lost, "reason": reason}


def json_line(record: dict[str, Any]) -> str:
    return json.dumps(record, ensure_ascii=False) + "\n"


def code_digest() -> str:
    """A digest of the package's source: what was worked out by other code is not used again."""
    package = Path(chartproof.__file__).parent
    return _digest(package, package.rglob("*.py"))


def versions_of(patterns: Path, policies: Path | None) -> dict[str, str]:
    """The versions that a result depends on; data folders by a digest of the files that are read from them."""
    versions = {"chartproof": chartproof.__version__, "patterns": _digest(patterns, patterns.rglob("*.yaml"))}
    if policies is not None:
        versions["policies"] = _digest(policies, policies.glob("*.yaml"))
    return versions


def _digest(folder: Path, files: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for path in sorted(files):
        digest.update(f"{path.relative_to(folder).as_posix()}\0".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]
