"""What is wrong with a policy file, said so that it can be mended."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any


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


def read_utf8(file: Path) -> str:
    """The text of a YAML file.

    Raises:
        PolicyError: it is not UTF-8; says in which line.
    """
    raw = file.read_bytes()
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise PolicyError(file, line, "", "is not UTF-8; save the file as UTF-8 text") from None


def plain(fault: Mapping[str, Any]) -> str:
    """What pydantic finds wrong with a value of a YAML file, in words that say how to mend it."""
    kind, value = str(fault["type"]), fault.get("input")
    if kind in ("float_parsing", "float_type"):
        return f"{value!r} is no number"
    if kind.startswith("int_"):
        return f"{value!r} is no whole number"
    if kind.startswith("date"):
        return f"{value!r} is no date; write YYYY-MM-DD"
    if kind.startswith("bool"):
        return f"{value!r} is neither true nor false"
    return str(fault["msg"])


def unknown(what: str, word: object, known: Iterable[str]) -> str:
    """ "unknown <what> 'word'" with the nearest known words, or all of them where none is near."""
    words = sorted(known)
    near = get_close_matches(str(word), words, n=1, cutoff=0.6)
    hint = f"did you mean '{near[0]}'?" if near else "known: " + ", ".join(words)
    return f"unknown {what} '{word}'; {hint}"
