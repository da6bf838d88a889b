"""What a worksheet shows, arranged for reading, whatever it is then written to (page, document, table)."""

from __future__ import annotations

from dataclasses import dataclass, field

from chartproof.model import CriterionResult, Determination
from chartproof.model.vocab import CriterionStatus
from chartproof.worksheet.coding import CodingCheck
from chartproof.worksheet.passages import Passage
from chartproof.worksheet.quotes import Quotes, Token
from chartproof.worksheet.reviews import Key, Review
from chartproof.worksheet.scored import Paper, Scored
from chartproof.worksheet.timeline import Timeline

SIGN_OFF = (
    "This sheet compares notes with published criteria. The decision is the reviewer's; a request that does not meet "
    "the criteria is referred to a physician."
)
DECISIONS = {"approve": "Approve", "refer": "Refer to a physician reviewer"}
"""What the sheet offers. It never offers a denial."""
UNSURE = "Unsure means that the notes do not settle the criterion; a payer reads it as not met."


@dataclass(frozen=True)
class Cited:
    """A quote as the worksheet cites it."""

    number: int
    quote: str
    note: str
    section: str | None
    reading: str | None
    in_text: bool
    """True where the note's text is at hand, with the quote marked in it."""

    @property
    def source(self) -> str:
        """``note 2, 2024-01-16, procedure, physician, under PLAN; read as negated: denies``"""
        text = self.note + (f", under {self.section}" if self.section else "")
        return text + (f"; read as {self.reading}" if self.reading else "")


@dataclass(frozen=True)
class QuoteGroup:
    """The quotes of one fact, or quotes that belong to no single fact (``fact`` empty)."""

    fact: str
    anchor: str
    quotes: list[Cited]


@dataclass(frozen=True)
class Ref:
    """A link to a criterion, with the letter of its policy."""

    anchor: str
    letter: str
    id: str


@dataclass(frozen=True)
class CriterionRow:
    """One criterion, or a part of one, ready to be written."""

    anchor: str
    result: CriterionResult
    groups: list[QuoteGroup]
    parts: list[CriterionRow]
    key: Key
    review: Review | None = None
    """What a reviewer said of the criterion before, of this reading or an earlier one."""

    @property
    def review_holds(self) -> bool:
        """True where the reading is the one that was reviewed."""
        return self.review is not None and self.review.reviewed == self.key.reviewed

    @property
    def numbers(self) -> list[int]:
        """The numbers of the row's own quotes."""
        return sorted({quote.number for group in self.groups for quote in group.quotes})

    @property
    def open(self) -> bool:
        """True where the criterion is not met or unsure."""
        return self.result.status != CriterionStatus.MET


@dataclass(frozen=True)
class PolicySheet:
    """One determination: its letter (empty when it is the only one), its rows and what decides it."""

    letter: str
    anchor: str
    determination: Determination
    rows: list[CriterionRow]
    counts: dict[CriterionStatus, int]
    deciding: list[CriterionRow]

    @property
    def in_force(self) -> str:
        """``version 2, in force from 2022-06-01 to 2023-05-31``."""
        told = self.determination
        text = f"version {told.version}"
        if told.effective_from:
            text += f", in force from {told.effective_from}"
            text += f" to {told.effective_to}" if told.effective_to else ""
        return text

    @property
    def name(self) -> str:
        """``B Centene``; without a letter where the policy is the only one."""
        return f"{self.letter} {self.determination.payer}".strip()

    @property
    def more_open(self) -> int:
        """How many criteria that are not met or unsure the summary leaves out."""
        return sum(row.open for row in self.rows) - sum(row.open for row in self.deciding)


@dataclass
class ToObtain:
    """Something to obtain, once however many criteria ask for it.

    ``missing`` says that a criterion is unsure for want of it. Where it is false, every criterion that names it is not
    met on what the notes say, and only a document that says more than they do could change that.
    """

    what: str
    source: str
    missing: bool = False
    whys: list[str] = field(default_factory=list)
    criteria: list[Ref] = field(default_factory=list)


@dataclass(frozen=True)
class ConflictSheet:
    """A contradiction: what it is about, and each telling with the words behind it."""

    about: str
    tellings: list[tuple[str, list[Cited]]]


@dataclass(frozen=True)
class FactRow:
    """One fact of the list of facts."""

    anchor: str
    date: str
    title: str
    details: str
    quotes: list[Cited]


@dataclass(frozen=True)
class RequestField:
    """One line of what is requested and where it was read (``note_anchor`` where that is a note)."""

    name: str
    value: str
    source: str
    note_anchor: str


@dataclass(frozen=True)
class NoteSheet:
    """A note with its quotes marked."""

    anchor: str
    place: int
    paper: Paper
    kind: str
    label: str
    tokens: list[Token]
    passages: list[Passage]


@dataclass(frozen=True)
class Sheet:
    """Everything that one worksheet shows."""

    scored: Scored
    request: list[RequestField]
    policies: list[PolicySheet]
    obtain: list[ToObtain]
    conflicts: list[ConflictSheet]
    timeline: Timeline | None
    coding: list[CodingCheck]
    facts: list[tuple[str, list[FactRow]]]
    notes: list[NoteSheet]
    quotes: Quotes

    @property
    def has_notes(self) -> bool:
        """True where the text of at least one note is at hand."""
        return any(note.paper.text is not None for note in self.notes)

    @property
    def versions(self) -> str:
        """``chartproof 0.1.0, patterns 0a1b..., policies 2c3d...``"""
        return ", ".join(f"{name} {version}" for name, version in self.scored.versions.items())
