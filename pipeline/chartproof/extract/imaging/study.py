"""What the readers of imaging hand to each other: a study as told, and one thing seen in it."""

from __future__ import annotations

from dataclasses import dataclass, field

from chartproof.language.dates import DateMention
from chartproof.model import PartialDate
from chartproof.model.vocab import Laterality

SPINE = ("lumbar_spine", "thoracic_spine", "cervical_spine")
PAIRED = ("si_joint", "hip")


@dataclass
class Study:
    """A study as a title or a sentence tells it; ``spans`` are where it is told, as offsets of the text read."""

    modality: str
    region: str | None
    side: Laterality | None = None
    date: PartialDate | None = None
    spans: list[tuple[int, int]] = field(default_factory=list)


@dataclass(frozen=True)
class Seen:
    """One finding as one piece of a sentence tells it.

    ``overall`` is true in an impression, whose severity speaks for all levels; ``central`` where the words are of the
    canal, which has no side; ``faint`` where they only say that nothing was found ("hips negative").
    """

    finding: str
    region: str
    presence: str
    side: Laterality | None
    severity: str | None
    start: int
    end: int
    cue: str | None = None
    overall: bool = False
    central: bool = False
    faint: bool = False


@dataclass(frozen=True)
class Frame:
    """What stands where a sentence leaves it open: the region and modality of the study it is told of."""

    region: str | None
    modality: str | None = None

    @property
    def spine(self) -> str:
        return self.region if self.region in SPINE else "lumbar_spine"


@dataclass
class Mention:
    """A study as a note tells it, with the span [low, high) of the words that belong to it."""

    modality: str | None
    regions: dict[str, Laterality | None]
    start: int
    end: int
    low: int
    high: int
    date: DateMention | None = None
    seen: list[Seen] = field(default_factory=list)
    is_done: bool = False
    more: list[tuple[int, int]] = field(default_factory=list)

    def studies(self) -> list[Study]:
        """The studies told, where modality and region are."""
        if self.modality is None:
            return []
        when = self.date.value if self.date else None
        regions = self.regions
        if self.modality != "radiograph" and len(regions) > 1 and set(regions) & {"si_joint", "pelvis"}:
            keep = "si_joint" if "si_joint" in regions else "pelvis"
            regions = {r: s for r, s in regions.items() if r == keep or r in SPINE}
        end = max(self.end, self.date.end) if self.date and self.date.end - self.end < 40 else self.end
        start = min(self.start, self.date.start) if self.date and self.start - self.date.start < 40 else self.start
        return [Study(self.modality, r, s, when, [(start, end)]) for r, s in regions.items()]
