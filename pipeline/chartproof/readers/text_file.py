"""Bytes of a text file to the canonical text of a note.

Offsets of evidence count characters of the canonical text: decoded, every line break a ``\\n``, no NUL, every other
control character but tab a space.
"""

from __future__ import annotations

import codecs
import re
from pathlib import Path

MAX_BYTES = 20_000_000
TEXT_SUFFIXES = {".txt", ".text", ".md", ""}

_BOMS = (  # UTF-32 first: its little-endian mark begins with that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (codecs.BOM_UTF8, "utf-8-sig"),
)

_MAGIC = (
    (b"%PDF", "a PDF"),
    (b"PK\x03\x04", "a Word, Excel or ZIP file"),
    (b"\xd0\xcf\x11\xe0", "an old Word or Excel file"),
    (b"{\\rtf", "an RTF document"),
    (b"\x1f\x8b", "a gzip file"),
    (b"\x89PNG", "an image"),
    (b"\xff\xd8\xff", "an image"),
    (b"II*\x00", "an image"),
    (b"MM\x00*", "an image"),
)

_LINE_BREAKS = re.compile("\r\n|[\r\v\f\x85\u2028\u2029]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_CONTROLS = {code: " " for code in (*range(0x20), *range(0x7F, 0xA0)) if code not in (0x09, 0x0A)} | {0x00: None}

_CONTROL = re.compile("[" + "".join(map(re.escape, map(chr, _CONTROLS))) + "]")

# The share of control characters (line breaks and tabs apart; a few are let pass) above which a file is no text.
_BINARY_SHARE = 0.05


class NotText(ValueError):
    """A file that holds no text; the message says why and how to mend it."""


def _cp1252_for_bad_bytes(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("cp1252", "replace"), error.end


# Byte by byte, so that one stray Windows quote does not turn the UTF-8 of the rest into mojibake.
codecs.register_error("chartproof-cp1252", _cp1252_for_bad_bytes)


def decode(raw: bytes) -> str:
    """The canonical text of a file's bytes: UTF-8, UTF-16 and UTF-32 with a mark (UTF-16 also without), else cp1252.

    Raises:
        NotText: the bytes are a document, an image or other binary data.
    """
    for magic, what in _MAGIC:
        if raw.startswith(magic):
            raise NotText(f"it is {what}, not plain text; save it as a .txt file")
    return canonical(raw.decode(*encoding_of(raw)))


def encoding_of(raw: bytes) -> tuple[str, str]:
    """The encoding of a file by its first bytes, and the name of the handler for bytes that do not fit it."""
    for bom, encoding in _BOMS:
        if raw.startswith(bom):
            return encoding, "chartproof-cp1252" if encoding == "utf-8-sig" else "replace"
    sample = raw[:4096]
    pairs = len(sample) // 2
    for encoding, nul_at in (("utf-16-le", 1), ("utf-16-be", 0)):
        if pairs and sample[nul_at::2].count(0) > 0.6 * pairs and sample[1 - nul_at :: 2].count(0) < 0.1 * pairs:
            return encoding, "replace"
    return "utf-8", "chartproof-cp1252"


def canonical(text: str) -> str:
    """The canonical form of a text that is decoded.

    Raises:
        NotText: too much of it is control characters.
    """
    if _SURROGATE.search(text):  # half a character, as JSON can escape it; no encoding can write it
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    text = _LINE_BREAKS.sub("\n", text)
    controls = len(_CONTROL.findall(text)) if _CONTROL.search(text) else 0
    if controls > 4 + _BINARY_SHARE * len(text):
        raise NotText("it is not text but binary data; save it as a .txt file")
    return text.translate(_CONTROLS)


def read_text(path: Path) -> str:
    """The canonical text of a file.

    Raises:
        NotText: it is too large, binary, or holds nothing but blanks; the message tells no text of it.
        OSError: the system cannot read it.
    """
    if not path.is_file():  # a pipe or a device would never end
        path.stat()
        raise NotText("it is not a plain file")
    if path.stat().st_size > MAX_BYTES:
        raise NotText(f"it is larger than {MAX_BYTES // 1_000_000} MB; split it into notes")
    text = decode(path.read_bytes())
    if not text.strip():
        raise NotText("it is empty")
    return text
