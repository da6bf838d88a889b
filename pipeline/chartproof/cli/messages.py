"""What the commands say, on which stream, and with which exit code they end."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import typer

if TYPE_CHECKING:
    from chartproof.readers import Unreadable

INCOMPLETE, USAGE, BUG, INTERRUPTED = 1, 2, 3, 130


def print_json(data: Any) -> None:
    """On standard output, indented."""
    typer.echo(json.dumps(data, ensure_ascii=False, indent=2))


def warn(message: str) -> None:
    """A line on standard error."""
    typer.echo(f"chartproof: {message}", err=True)


def fail(message: str, code: int = USAGE) -> NoReturn:
    """A line on standard error, and the end of the program with this exit code."""
    warn(message)
    raise typer.Exit(code)


def finish(unread: Sequence[Unreadable]) -> None:
    """Exit code 1 where something was lost; a field of a note that could not be read is no loss."""
    if any(one.lost != "field" for one in unread):
        raise typer.Exit(INCOMPLETE)


class loading:
    """What goes wrong while patterns and policies are loaded concerns their files, and no note: it is told in full."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, OSError) or (isinstance(error, ValueError) and is_ours(error)):
            fail(str(error))


def is_ours(error: ValueError) -> bool:
    """True for the errors this project words itself; others, such as pydantic's, repeat the values they refuse."""
    return type(error) is ValueError or type(error).__module__.startswith("chartproof.")


def raised_by(error: BaseException, package: str) -> bool:
    """True for an error that a module of this package raised itself."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return trace is not None and str(trace.tb_frame.f_globals.get("__name__", "")).startswith(package)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The end of a message about an unknown word: the known one that is nearest, if any is near."""
    import difflib

    near = difflib.get_close_matches(word, list(known), n=1, cutoff=0.4)
    return f"; did you mean {near[0]}?" if near else "."


def must_exist(path: Path) -> None:
    """Fail, with a name that is near, where there is nothing at this path."""
    if not path.exists():
        near = did_you_mean(path.name, (p.name for p in path.parent.iterdir())) if path.parent.is_dir() else ""
        fail(f"there is no file or folder {path}{near}")
