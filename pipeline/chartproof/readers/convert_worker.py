"""The process that converts documents (see ``document``): requests on standard input, answers on standard output.
output.

A request is the length of a JSON head (4 bytes), the head with ``kind`` and ``size``, and the bytes of the document; an
answer the length of a JSON text (8 bytes) and that text: ``parts``, or an ``error`` that says nothing of the document.
"""

from __future__ import annotations

import json
import logging
import os
import struct
import sys
import warnings
from typing import BinaryIO

from chartproof.readers.converted import CannotConvert, Converted
from chartproof.readers.limits import CONVERT_BYTES, CONVERT_SECONDS
from chartproof.readers.text_file import NotText


def convert_here(kind: str, raw: bytes) -> list[Converted]:
    """The texts of a document, converted in this process.

    Raises:
        CannotConvert: it gives no text.
    """
    if kind == "rtf":
        from chartproof.readers.rtf import rtf_text

        return [rtf_text(raw)]
    if kind == "html":
        from chartproof.readers.html import html_text

        return [html_text(raw)]
    if kind == "pdf":
        from chartproof.readers.pdf import pdf_text

        return [pdf_text(raw)]
    if kind == "docx":
        from chartproof.readers.docx import docx_text

        return [docx_text(raw)]
    if kind == "ccda":
        from chartproof.readers.ccda import ccda_texts

        return ccda_texts(raw)
    raise CannotConvert(f"there is no converter for {kind}")


def answer(kind: str, raw: bytes) -> dict:
    """The answer to a request. Never raises for what the document holds."""
    try:
        parts = convert_here(kind, raw)
    except (CannotConvert, NotText) as error:
        return {"error": str(error)}
    except MemoryError:
        return {"error": "converting it took more memory than a document may"}
    except Exception as error:  # a parser's message may quote the document
        return {"error": f"it is broken, or no {kind.upper()} document ({type(error).__name__})"}
    if not any(part.text.strip() for part in parts):
        return {"error": "it holds no text"}
    return {"parts": [part.to_json() for part in parts]}


def _limit_memory() -> None:
    try:
        import resource
    except ImportError:  # Windows
        return
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (CONVERT_BYTES, hard))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _limit_time() -> None:
    """Have the system end this process when it has used its time for one document (SIGXCPU)."""
    try:
        import resource
    except ImportError:  # Windows: the parent's clock alone
        return
    usage = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(usage.ru_utime + usage.ru_stime) + 1 + CONVERT_SECONDS, hard))


def _exactly(pipe: BinaryIO, size: int) -> bytes:
    data = pipe.read(size)
    if len(data) < size:
        raise SystemExit(0)  # the parent is gone
    return data


def main() -> None:
    """Answer requests until standard input ends."""
    _limit_memory()
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    requests = sys.stdin.buffer
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a parser prints is no answer
    while True:
        (size,) = struct.unpack(">I", _exactly(requests, 4))
        head = json.loads(_exactly(requests, size))
        raw = _exactly(requests, head["size"])
        _limit_time()
        data = json.dumps(answer(head["kind"], raw)).encode()
        answers.write(struct.pack(">Q", len(data)) + data)
        answers.flush()


if __name__ == "__main__":
    main()
