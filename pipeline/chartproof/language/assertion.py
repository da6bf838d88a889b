"""What a mention asserts: affirmed, negated, possible, planned, declined, somebody else's, or nothing at all.

Decided here and nowhere else, with the cue that decided, so that evidence can show it. What goes before what:
a zone or section that asserts nothing of the patient, then whose it is, then declined, hypothetical and planned, then
negated, possible and historical.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal[
    "affirmed", "negated", "possible", "historical", "hypothetical", "planned", "declined",
    "family", "other_person", "policy", "education",
]  # fmt: skip

ORDER: tuple[Kind, ...] = (
    "policy", "education", "family", "other_person", "declined", "hypothetical", "planned", "negated", "possible", "historical",
)  # fmt: skip

# A section whose every sentence is read so.
SECTION_ASSERTION: dict[str, Kind] = {
    "family_history": "family",
    "policy": "policy",
    "education": "education",
    "instructions": "education",
    "consent": "education",
}


@dataclass(frozen=True)
class Assertion:
    """How a mention is to be read: the kind that goes first, the cue that decided, and all kinds that apply."""

    kind: Kind
    cue: str | None = None
    kinds: frozenset[str] = frozenset()

    @property
    def says_nothing(self) -> bool:
        """True where the words assert nothing of this patient: policy text, teaching, hypotheses, other people."""
        return self.kind in ("policy", "education", "family", "other_person", "hypothetical")

    def has(self, kind: Kind) -> bool:
        return kind in self.kinds

    def describe(self) -> str | None:
        """For ``Evidence.reading``: None for a plain statement."""
        return None if self.kind == "affirmed" else f"{self.kind}: {self.cue}" if self.cue else self.kind


AFFIRMED = Assertion("affirmed")


def decide(cues: dict[Kind, str]) -> Assertion:
    """The assertion from the cues that apply (kind -> the words)."""
    for kind in ORDER:
        if kind in cues:
            return Assertion(kind, cues[kind], frozenset(cues))
    return AFFIRMED
