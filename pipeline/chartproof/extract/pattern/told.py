"""What one sentence, label or ticked line tells of the pain's place."""

from __future__ import annotations

from dataclasses import dataclass, field

from chartproof.extract.pattern.sites import Site
from chartproof.model.vocab import Laterality


@dataclass
class Told:
    """What one telling says; ``tier`` 1 is the account of the visit, 2 the chief complaint, 3 an assessment.

    ``sites`` are places as the patterns name them, also those that the guide has no word for (``pelvis``, ``leg``);
    ``bounds`` are the places beyond which the pain is said not to go.
    """

    tier: int
    sites: list[str] = field(default_factory=list)
    bounds: list[Site] = field(default_factory=list)
    sides: list[Laterality] = field(default_factory=list)
    radiating: bool | None = None
    below_l5: bool | None = None
    spans: list[tuple[int, int]] = field(default_factory=list)

    @property
    def locates(self) -> bool:
        return bool(self.sites or self.sides or self.bounds)
