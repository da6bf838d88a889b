"""What a reader could not read, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Unreadable:
    """Something of an export that was not read. Never holds text of a note.

    ``lost`` says how much is missing because of it: the whole ``chart``; a ``note`` (the chart follows without it where
    it has others); a ``field`` of the request file that is not used (the chart follows).
    """

    chart_id: str
    where: str
    """The file or folder, counted from the path that was asked for."""
    reason: str
    """What is wrong and how to mend it."""
    lost: Literal["chart", "note", "field"] = "note"


def os_reason(error: OSError) -> str:
    """What the system said, without its paths."""
    if isinstance(error, PermissionError):
        return "no permission to read it"
    if isinstance(error, FileNotFoundError):
        return "it is not there (a broken link, or removed while reading)"
    return f"the system cannot read it: {error.strerror or type(error).__name__}"
