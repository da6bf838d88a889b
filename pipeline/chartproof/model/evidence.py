"""Evidence: the words of a note that prove a fact."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, model_validator


class Evidence(BaseModel):
    """A span of a note. ``quote`` is exactly ``note.text[start:end]`` of the note as read.

    ``section`` is the note's own heading over the span, if any. ``reading`` says, where the words are not a plain
    statement, how they were read and on what cue ("negated: denies"), so that a reviewer can check the reading.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    note: str = Field(description="file name (id) of the note")
    start: int = Field(ge=0, description="offset of the first character in the note's text")
    end: int = Field(description="offset after the last character")
    quote: str = Field(min_length=1)
    section: str | None = None
    reading: str | None = None

    @model_validator(mode="after")
    def _length_fits(self) -> Evidence:
        if self.end - self.start != len(self.quote):
            raise ValueError("the quote does not fit its offsets")  # no note text in messages
        return self

    def overlaps(self, other: Evidence) -> bool:
        return self.note == other.note and self.start < other.end and other.start < self.end
