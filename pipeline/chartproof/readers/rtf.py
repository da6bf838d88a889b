"""RTF as electronic records export it, with striprtf. Struck-out, deleted and hidden text is left out."""

from __future__ import annotations

import re
from importlib.metadata import version

from striprtf.striprtf import rtf_to_text

from chartproof.readers.converted import CannotConvert, Converted
from chartproof.readers.html import STRUCK_OUT
from chartproof.readers.text_file import canonical

_CELL = re.compile(r"\\(?:nest)?cell(?![a-zA-Z])")
_NEST_ROW = re.compile(r"\\nestrow(?![a-zA-Z])")
_BIN = re.compile(rb"\\bin(\d{1,10}) ?")
# A run that begins with one of these, up to the end of its group or to the word that switches it off again.
_STRUCK = re.compile(r"\\(?:striked?1?|deleted|v)(?![a-zA-Z0-9])")
_TOKEN = re.compile(r"\\'[0-9a-fA-F]{2}|\\[a-zA-Z]{1,32}-?\d{0,10} ?|\\[^a-zA-Z]|[{}]|[^\\{}]+", re.DOTALL)
_ON = re.compile(r"\\(strike|striked1?|deleted|v)1? ?$")
_OFF = re.compile(r"\\(strike|striked|deleted|v)0 ?$")


def rtf_text(raw: bytes) -> Converted:
    """The text of an RTF document.

    Raises:
        CannotConvert: it is no RTF, or holds no text.
        NotText: it is binary.
    """
    source = _without_binary(raw).decode("latin-1").lstrip("\ufeff \t\r\n\0")
    if source.startswith("\xef\xbb\xbf"):
        source = source[3:]
    if not source.startswith("{\\rtf"):
        raise CannotConvert("it is no RTF document")
    left_out = False
    if _STRUCK.search(source):
        source, left_out = _without_struck(source)
    source = _NEST_ROW.sub(r"\\par", _CELL.sub(r"\\tab", source))
    # Bytes above ASCII stand for characters of the code page that the document names; striprtf reads them as escapes.
    source = re.sub(r"[\x80-\xff]", lambda match: f"\\'{ord(match.group()):02x}", source)
    text = canonical(rtf_to_text(source, encoding="cp1252", errors="replace").replace("\u00a0", " "))
    text = re.sub(r"[ \t]+$", "", text, flags=re.MULTILINE).strip("\n")
    if not text.strip():
        raise CannotConvert("it holds no text; if it shows a picture of the note, that needs OCR")
    return Converted(text, f"striprtf {version('striprtf')}", left_out=(STRUCK_OUT,) if left_out else ())


def _without_binary(raw: bytes) -> bytes:
    """The document without the raw bytes of pictures, which may hold braces."""
    parts, at = [], 0
    while match := _BIN.search(raw, at):
        parts.append(raw[at : match.start()])
        at = match.end() + int(match.group(1))
    return b"".join([*parts, raw[at:]]) if parts else raw


def _without_struck(source: str) -> tuple[str, bool]:
    """The document without text that is struck out, deleted or hidden, and whether there was any.

    ``\\plain`` and the end of a group end such text, as RTF says.
    """
    kept: list[str] = []
    stack: list[frozenset[str]] = []
    active: frozenset[str] = frozenset()
    found = False
    for match in _TOKEN.finditer(source):
        token = match.group()
        if token == "{":
            stack.append(active)
        elif token == "}":
            active = stack.pop() if stack else frozenset()
        elif on := _ON.fullmatch(token):
            active |= {on.group(1).rstrip("1")}
        elif off := _OFF.fullmatch(token):
            active -= {off.group(1)}
        elif token.strip() == "\\plain":
            active = frozenset()
        elif active and (token[0] != "\\" or token[1] == "'" or re.match(r"\\u-?\d", token)):
            found = found or bool(token.strip())
            continue
        kept.append(token)
    return "".join(kept), found
