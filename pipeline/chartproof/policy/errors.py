"""What is wrong with a policy file, said so that it can be mended."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path


class PolicyError(ValueError):
    """A policy file cannot be used.

    Attributes:
        file: the file.
        line: line in the file, counted from 1.
        path: where in the file, e.g. ``criteria[3].rule.count_events.where.guidance``.
        problem: what is wrong and, where it can be guessed, what was meant.
    """

    def __init__(self, file: Path, line: int, path: str, problem: str) -> None:
        self.file, self.line, self.path, self.problem = file, line, path, problem
        super().__init__(f"{file}:{line}: {path + ': ' if path else ''}{problem}")


class RuleFault(ValueError):
    """A fault found while a rule is read; ``path`` leads to it from the mapping being read."""

    def __init__(self, path: tuple[str | int, ...], problem: str) -> None:
        self.path, self.problem = path, problem
        super().__init__(problem)


def unknown(what: str, word: object, known: Iterable[str]) -> str:
    """ "unknown <what> 'word'" with the nearest known words, or all of them where none is near."""
    words = sorted(known)
    near = get_close_matches(str(word), words, n=1, cutoff=0.6)
    hint = f"did you mean '{near[0]}'?" if near else "known: " + ", ".join(words)
    return f"unknown {what} '{word}'; {hint}"
