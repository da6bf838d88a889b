"""Characters that a page or document may not hold, or that would rewrite what a reader sees, as visible signs."""

from __future__ import annotations

# Control characters, directional overrides, halves of surrogate pairs (which no encoding can write), non-characters.
_SIGNS = (
    {code: chr(0x2400 + code) for code in range(0x20) if chr(code) not in "\t\n\r"}
    | {code: "\ufffd" for code in range(0x7F, 0xA0)}
    | dict.fromkeys((0x202D, 0x202E, 0xFFFE, 0xFFFF), "\ufffd")
    | dict.fromkeys(range(0xD800, 0xE000), "\ufffd")
)


def showable(text: str) -> str:
    """The text with each character that cannot be shown replaced by one that can: lengths stay the same."""
    return text.translate(_SIGNS)
