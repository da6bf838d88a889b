"""A folder of text files without a request: whose they are, their names tell.

Notes of two patients in one chart would be the worst a reader can do: the one's injection would satisfy a criterion of
the other. So files fall into one chart only where their names say so, and into charts of their own otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from chartproof.model import Chart
from chartproof.readers.chart_folder import build_chart
from chartproof.readers.note_date import date_in_name
from chartproof.readers.note_type import name_words, only_tells_the_type, type_in_name
from chartproof.readers.request_yaml import RequestOverrides
from chartproof.readers.unreadable import Unreadable

_EDGES = " _-.,#"
_ORDINAL = re.compile(r"\d{1,3}")


def read_text_folder(
    chart_id: str, files: list[Path], overrides: RequestOverrides, where: str, form: str | None = None
) -> Iterator[Chart | Unreadable]:
    """Text files or documents that are the notes of one chart; ``form`` as ``note_file.read_notes`` takes it."""
    yield from build_chart(chart_id, files, {}, "", overrides, where, form)


def group_by_chart(files: list[Path]) -> dict[str | None, list[Path]]:
    """Files by the chart their names tell; under None those that are notes of the chart their folder is named after."""
    groups: dict[str | None, list[Path]] = {}
    for path in files:
        groups.setdefault(chart_of_name(path.stem), []).append(path)
    return groups


def chart_of_name(stem: str) -> str | None:
    """The chart that the name of a note's file tells.

    ``P-1001_2025-03-04_consult`` and ``P-1001_consult`` are notes of P-1001; ``01_2025-03-04_consult``,
    ``2025-03-04_pt`` and ``consult`` tell no chart (None); any other name is that of a chart.
    """
    found = date_in_name(stem)
    if found is not None:
        before, after = stem[: found.start].strip(_EDGES), stem[found.end :].strip(_EDGES)
        if before and not _ORDINAL.fullmatch(before) and not only_tells_the_type(before):
            return _without_type(before)
        if not after or only_tells_the_type(after) or _ORDINAL.fullmatch(after):
            return None
        return _without_type(after)
    if only_tells_the_type(stem):
        return None
    return _without_type(stem)


def _without_type(part: str) -> str:
    """A part of a name without a note type at its end: ``P-1001_pt`` -> ``P-1001``."""
    head, separator, tail = part.rpartition("_")
    if separator and head.strip(_EDGES) and len(name_words(tail)) == 1 and type_in_name(tail):
        return head.strip(_EDGES)
    return part
