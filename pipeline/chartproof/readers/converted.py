"""What a converter makes of a document."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Converted:
    """The text of a document, canonical (see ``text_file``).

    ``converter`` names what made it, with its version. ``pages`` holds the offsets where the pages after the first
    begin. ``lost`` says what of the document is not in the text; ``left_out`` what was left out of it on purpose.
    ``title``, ``day`` (ISO), ``patient`` and ``name`` are set where the document itself states them.
    """

    text: str
    converter: str
    pages: tuple[int, ...] = ()
    lost: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    title: str = ""
    day: str = ""
    patient: str = ""
    name: str = ""

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Converted:
        values: dict[str, Any] = {
            key: tuple(value) if isinstance(value, list) else value for key, value in data.items()
        }
        return cls(**values)


class CannotConvert(ValueError):
    """A document that gives no text; the message says why, and holds nothing of it."""
