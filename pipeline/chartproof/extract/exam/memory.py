"""What a note told so far of provocative tests, for words that lean on it: "the same maneuvers", "the others"."""

from __future__ import annotations

from dataclasses import dataclass, field

from chartproof.extract.exam.meaning import Event
from chartproof.model.vocab import Laterality

# Tests that are done on one side at a time; "the same maneuvers on the right" means these.
REPEATED = frozenset(
    "faber thigh_thrust gaenslen compression distraction sacral_thrust aslr long_ligament yeoman".split()
)


@dataclass(frozen=True)
class Told:
    """A test as told, for words that lean on it later: "the same maneuvers", "also"."""

    name: str
    side: Laterality | None
    block: int
    result: str


@dataclass
class Memory:
    """What the note told so far.

    Attributes:
        tests: in order.
        waiting: a result that waits for the list of tests under it.
        last: the tests of the last statement, for "on the left it is negative".
        performed: tests that a sentence names as done, without a result; the end of that sentence.
        stressed: the side that a sentence says is tested, and the passage of that sentence.
        named_alone: a test alone on its line, whose sides stand on the lines below, and the end of that line.
    """

    tests: list[Told]
    waiting: Event | None = None
    stressed: tuple[Laterality, int] | None = None
    waiting_block: int = -1
    last: list[str] = field(default_factory=list)
    named_alone: tuple[str, int] | None = None
    performed: tuple[list[Event], int] | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing was told that words may lean on."""
        return not self.tests and self.waiting is None and self.named_alone is None and self.performed is None

    def named(self, side: Laterality | None, negative: bool = False) -> list[str]:
        """The tests of the latest passage that were told for another side than ``side``.

        Args:
            negative: they were painless on that side; of a test told of no side this says no more than is told.
        """
        if not self.tests:
            return []
        block = self.tests[-1].block
        recent = [t for t in self.tests if t.block >= block - 1 and t.name in REPEATED]
        sided = [t for t in recent if (t.side is not None or negative) and t.side != side]
        return list(dict.fromkeys(t.name for t in (sided or recent) if side is None or t.side != side))

    def corrected(self, name: str) -> Laterality | None:
        """The one side on which a test was told, for the words that put it right."""
        sides = {t.side for t in self.tests if t.name == name}
        return sides.pop() if len(sides) == 1 else None

    def last_side(self) -> Laterality | None:
        """The one side of the tests told last, if it is one."""
        return self.tests[-1].side if self.tests else None

    def told_side(self) -> Laterality | None:
        """The left or right that was told last."""
        sides = (t.side for t in reversed(self.tests))
        return next((s for s in sides if s in (Laterality.LEFT, Laterality.RIGHT)), None)
