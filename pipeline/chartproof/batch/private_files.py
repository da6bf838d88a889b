"""Files and folders that their owner alone can read, written whole or not at all."""

from __future__ import annotations

import hashlib
import io
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, TextIO, cast

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?", re.IGNORECASE)
_MAX_NAME = 80

PART = ".part"
"""How the name of a file ends that is being written."""


def make_private_folder(folder: Path) -> None:
    """Make a folder with mode 0700 where there is none; a folder that is there keeps its mode.

    Raises:
        OSError: it cannot be made, or a file of that name is there.
    """
    if not folder.is_dir():
        folder.mkdir(parents=True, mode=0o700)
        folder.chmod(0o700)


@contextmanager
def private_bytes(path: Path) -> Iterator[BinaryIO]:
    """Open a file of mode 0600 for writing; it takes its name only when it is complete and on the disk.

    Where the block raises, nothing is left behind and a file that had the name stays as it was. Where the process is
    killed, a file ``.*.part`` is left, which ``remove_parts`` removes.
    """
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=PART)  # made with mode 0600
    try:
        with os.fdopen(handle, "wb") as file:
            yield cast(BinaryIO, file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
        _sync_folder(path.parent)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


@contextmanager
def private_file(path: Path) -> Iterator[TextIO]:
    """``private_bytes`` for text: UTF-8, lines ended by a line feed."""
    with private_bytes(path) as file:
        text = io.TextIOWrapper(file, encoding="utf-8", newline="\n")
        yield text
        text.flush()
        text.detach()


def remove_parts(folder: Path) -> None:
    """Remove what a killed process left half-written in a folder. Nobody else may be writing there."""
    if folder.is_dir():
        for path in folder.glob(f".*{PART}"):
            path.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    """A renamed file is safe from a power cut only when its folder is on the disk too."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:  # some systems open no folders
        return
    try:
        os.fsync(handle)
    except OSError:
        pass
    finally:
        os.close(handle)


def write_private(path: Path, content: str | bytes) -> None:
    """Write a whole file as ``private_bytes`` does; a text in UTF-8."""
    with private_bytes(path) as file:
        file.write(content if isinstance(content, bytes) else content.encode("utf-8"))


def safe_name(chart_id: str) -> str:
    """A file name (without suffix) for a chart id: no separators, no leading dot, at most 89 ASCII characters.

    An id that has to be changed gets a digest of itself, so that two ids never share a name.
    """
    name = _UNSAFE.sub("_", chart_id).strip(".")[:_MAX_NAME]
    if name != chart_id or not name or _RESERVED.fullmatch(name):
        name = f"{name}-{hashlib.sha256(chart_id.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"
    return name
