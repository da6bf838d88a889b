"""Notes, the request, and the chart that holds them."""

from __future__ import annotations

import hashlib
from datetime import date
from functools import cached_property

from pydantic import BaseModel, ConfigDict, Field

from chartproof.model.vocab import Laterality, NoteType, Setting


class Note(BaseModel):
    """One note as read. Offsets of evidence count characters of ``text``."""

    model_config = ConfigDict(frozen=True, extra="forbid", ignored_types=(cached_property,))

    id: str = Field(description="file name of the note, unique in its chart")
    date: date
    type: NoteType
    text: str
    date_source: str = Field("file name", description="where the note's date was read")
    source: str = Field(default="", description="where in the export the note was read: file, and row, line or entry")
    converter: str = Field(default="text", description="what made the text of the source, with its version")
    pages: tuple[int, ...] = Field(default=(), description="where in the text the pages after the first begin")

    @cached_property
    def sha256(self) -> str:
        """A digest of the text."""
        return hashlib.sha256(self.text.encode("utf-8", "surrogatepass")).hexdigest()


class Request(BaseModel):
    """What is requested, and when. Time windows count back from ``request_date``.

    ``sources`` says for each field where it was read: ``request.yaml``, ``option`` or the file name of a note.
    """

    model_config = ConfigDict(extra="forbid")

    request_date: date
    cpt: str | None = None
    laterality: Laterality | None = None
    setting: Setting | None = None
    icd10: list[str] = Field(default_factory=list)
    device: str | None = None
    patient_id: str | None = None
    payer: str | None = None
    sources: dict[str, str] = Field(default_factory=dict)


class Chart(BaseModel):
    """One patient's request and the notes that came with it, in order of their ids.

    ``request`` holds what the reader could establish; its missing fields may be filled from the notes later.
    """

    model_config = ConfigDict(extra="forbid")

    chart_id: str
    request: Request
    notes: list[Note] = Field(min_length=1)

    def note(self, note_id: str) -> Note:
        """The note of that id.

        Raises:
            KeyError: there is none.
        """
        for note in self.notes:
            if note.id == note_id:
                return note
        raise KeyError(note_id)
