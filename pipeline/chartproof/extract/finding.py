"""What an extractor hands to the assembly: a fact as one note tells it, and how strongly."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import IntEnum
from typing import Any

from chartproof.model import FactBase, Note
from chartproof.model.vocab import NoteType


class Strength(IntEnum):
    """How near a telling is to the event; the higher one wins where tellings differ (corpora/GUIDE.md section 2)."""

    SUMMARY = 1  # told again later: a consult's, a letter's or a summary's account
    FIRST_HAND = 2  # the visit's own account: an exam of that day, the follow-up that asks for the relief
    PRIMARY = 3  # the document made of the event itself: procedure note, radiology report, laboratory report


@dataclass
class Finding:
    """One fact from one note, its evidence in place.

    Attributes:
        fact: the fact; ``fact.evidence`` quotes this note only.
        note_id, note_date, note_type: the note that tells it.
        strength: see ``Strength``.
        hints: what the assembly of this kind may need beyond the fact, e.g. ``{"ordinal": 2}`` for "the second block".
    """

    fact: FactBase
    note_id: str
    note_date: date
    note_type: NoteType
    strength: Strength = Strength.FIRST_HAND
    hints: dict[str, Any] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        return self.fact.kind  # type: ignore[attr-defined, no-any-return]


def finding(fact: FactBase, note: Note, strength: Strength = Strength.FIRST_HAND, **hints: Any) -> Finding:
    """A finding of this note."""
    return Finding(fact, note.id, note.date, note.type, strength, hints)
