"""A note as an export gives it, before it is converted, dated and put into a chart."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from chartproof.model.vocab import NoteType


@dataclass(frozen=True)
class RawNote:
    """One row, entry or document.

    ``chart`` is the id of the chart (the patient) it belongs to. ``content`` is text, or the bytes of a document.
    ``line`` orders rows that hold parts of one note. ``converter`` is set where ``content`` was converted already.
    ``request`` holds what the export states of the request, by the names of ``columns.REQUEST_ROLES``.
    """

    chart: str
    note_id: str
    content: str | bytes
    source: str
    date: date | None = None
    date_source: str = ""
    type: NoteType | None = None
    line: float | None = None
    converter: str = ""
    pages: tuple[int, ...] = ()
    request: dict[str, str] = field(default_factory=dict)

    @property
    def size(self) -> int:
        return len(self.content)
