"""Files of an export that may be packed with gzip, opened so that a hostile one costs bounded time."""

from __future__ import annotations

import gzip
import io
import zlib
from pathlib import Path
from typing import IO, Any, cast

from chartproof.readers.converted import CannotConvert
from chartproof.readers.limits import MAX_PACKED_RATIO

_ALLOWED = 50_000_000
"""Bytes that may come out of a packed file before its ratio is looked at: short files pack oddly."""


def is_packed(path: Path) -> bool:
    """True where the name says gzip (``notes.csv.gz``)."""
    return path.suffix.lower() == ".gz"


def unpacked_name(path: Path) -> Path:
    """The path without ``.gz``, whose suffix tells the format."""
    return path.with_suffix("") if is_packed(path) else path


def open_bytes(path: Path) -> IO[bytes]:
    """A file's bytes, unpacked where its name says gzip.

    Raises:
        OSError: the system cannot open it.
        CannotConvert: while it is read: it is damaged, cut off, or far more tightly packed than text ever is.
    """
    if is_packed(path):
        return cast("IO[bytes]", io.BufferedReader(_Unpacking(path), 1 << 20))
    return path.open("rb")


def open_text(path: Path, encoding: str, errors: str, newline: str) -> io.TextIOWrapper:
    """A file's text, unpacked as ``open_bytes`` does; the arguments are those of ``open``."""
    return io.TextIOWrapper(open_bytes(path), encoding=encoding, errors=errors, newline=newline)


class _Unpacking(io.RawIOBase):
    def __init__(self, path: Path):
        self._size = path.stat().st_size
        self._file = gzip.open(path, "rb")  # noqa: SIM115 - closed with this file
        self._out = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            data = self._file.read(len(buffer))
        except (EOFError, zlib.error, gzip.BadGzipFile):
            raise CannotConvert("it is no gzip file, or damaged or cut off; export it anew") from None
        self._out += len(data)
        if self._out > max(_ALLOWED, MAX_PACKED_RATIO * self._size):
            raise CannotConvert("it is packed far more tightly than notes can be; unpack it and look what it holds")
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self._file.close()
        super().close()
