"""Documents (RTF, HTML, PDF, DOCX, C-CDA) to text: what kind one is, and its conversion in a process of its own.

A document may be made so that a parser takes hours or all memory for it. So each is converted in a child process that
has a limit of memory and, for each document, of time; it is started once and started again after it had to be ended.
"""

from __future__ import annotations

import atexit
import json
import os
import re
import select
import signal
import struct
import subprocess
import sys
import threading
import time
from typing import IO, Any

from chartproof.readers.converted import CannotConvert, Converted
from chartproof.readers.limits import CONVERT_SECONDS, CONVERT_WALL, MAX_DOCUMENT_BYTES
from chartproof.readers.text_file import NotText, decode, encoding_of

KINDS = ("rtf", "html", "pdf", "docx", "ccda")

_HTML = re.compile(
    r"\s*(?:<\?xml[^>]{0,200}\?>\s*)?(?:<!--.{0,500}?-->\s*)?<(?:!doctype\s+html|html|head|body|div|pre|p|span|table|font)\b",
    re.I | re.S,
)
_XML = re.compile(r"\s*<(?:\?xml|!DOCTYPE|!--|\w+:?ClinicalDocument|ClinicalDocument)", re.IGNORECASE)


def kind_of(content: str | bytes) -> str | None:
    """What kind of document the content is by its first characters; None for plain text."""
    if isinstance(content, bytes):
        if content[:1024].lstrip().startswith(b"%PDF") or b"%PDF-" in content[:1024]:
            return "pdf"
        if content.startswith(b"PK\x03\x04"):
            return "docx"
        raw = content[:8192]
        head = raw.decode(*encoding_of(raw))
    else:
        head = content[:8192]
    head = head.lstrip("\ufeff \t\r\n\0")
    if head.startswith("{\\rtf"):
        return "rtf"
    if _XML.match(head) and re.search(r"<(?:\w{1,20}:)?ClinicalDocument\b", head):
        return "ccda"
    if _HTML.match(head):
        return "html"
    if head.startswith("<?xml") or head.startswith("<!DOCTYPE"):
        return "ccda"  # whatever XML it is, its converter says what is wrong with it
    return None


def convert(kind: str, raw: bytes) -> list[Converted]:
    """The texts of a document: one, or for C-CDA that of its sections and those of the notes embedded in it.

    Raises:
        CannotConvert: it gives no text, or takes more time or memory than a document may.
    """
    if len(raw) > MAX_DOCUMENT_BYTES:
        raise CannotConvert(f"it is larger than {MAX_DOCUMENT_BYTES // 1_000_000} MB")
    with _LOCK:
        global _child
        if _child is None or _child.pid != os.getpid():
            _child = _Child()
        try:
            answer = _child.ask(kind, raw)
        except _Dead as error:
            _child.end()
            _child = None
            raise CannotConvert(str(error)) from None
    if "error" in answer:
        raise CannotConvert(answer["error"])
    return [Converted.from_json(part) for part in answer["parts"]]


def plain_text(raw: bytes) -> Converted:
    """Bytes of a plain text as a conversion.

    Raises:
        CannotConvert: they are no text.
    """
    try:
        return Converted(decode(raw), "text")
    except NotText as error:
        raise CannotConvert(str(error)) from None


_TOO_SLOW = f"converting it took more than {CONVERT_SECONDS} seconds"
_TOO_LARGE = "converting it took more memory than a document may"


class _Dead(Exception):
    """The child did not answer; the message says what that means."""


class _Child:
    """The process that converts (``convert_worker``), and the pipes to it."""

    def __init__(self) -> None:
        self.pid = os.getpid()
        environment = {key: value for key, value in os.environ.items() if not key.startswith("COVERAGE")}
        environment["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "chartproof.readers.convert_worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # parsers warn with words of the document
            env=environment,
            start_new_session=True,  # Ctrl-C is for the parent, which ends the child
        )

    def ask(self, kind: str, raw: bytes) -> dict[str, Any]:
        assert self._process.stdin is not None and self._process.stdout is not None
        deadline = time.monotonic() + CONVERT_SECONDS * CONVERT_WALL
        try:
            head = json.dumps({"kind": kind, "size": len(raw)}).encode()
            self._process.stdin.write(struct.pack(">I", len(head)) + head)
            self._process.stdin.write(raw)
            self._process.stdin.flush()
        except OSError:
            raise _Dead(_TOO_LARGE) from None
        (size,) = struct.unpack(">Q", self._read(self._process.stdout, 8, deadline))
        answer: dict[str, Any] = json.loads(self._read(self._process.stdout, size, deadline))
        return answer

    def _read(self, pipe: IO[bytes], size: int, deadline: float) -> bytes:
        parts, missing = [], size
        while missing:
            ready, _, _ = select.select([pipe], [], [], max(0.0, deadline - time.monotonic()))
            if not ready:
                raise _Dead(_TOO_SLOW)
            part = os.read(pipe.fileno(), min(missing, 1 << 20))
            if not part:
                code = self._process.wait()
                raise _Dead(_TOO_SLOW if code == -getattr(signal, "SIGXCPU", 0) else _TOO_LARGE)
            parts.append(part)
            missing -= len(part)
        return b"".join(parts)

    def end(self) -> None:
        self._process.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            try:
                pipe and pipe.close()
            except OSError:
                pass
        self._process.wait()


_LOCK = threading.Lock()
_child: _Child | None = None


@atexit.register
def end_child() -> None:
    """End the child process of this process, if there is one."""
    global _child
    if _child is not None and _child.pid == os.getpid():
        _child.end()
    _child = None
