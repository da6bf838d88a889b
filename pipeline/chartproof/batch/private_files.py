"""Files and folders that their owner alone can read, written whole or not at all."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?", re.IGNORECASE)
_MAX_NAME = 80


def make_private_folder(folder: Path) -> None:
    """Make a folder with mode 0700 where there is none; a folder that is there keeps its mode.

    Raises:
        OSError: it cannot be made, or a file of that name is there.
    """
    if not folder.is_dir():
        folder.mkdir(parents=True, mode=0o700)
        folder.chmod(0o700)


@contextmanager
def private_file(path: Path) -> Iterator[TextIO]:
    """Open a file of mode 0600 for writing; it takes its name only when it is complete and on the disk.

    Where the block raises, nothing is left behind and a file that had the name stays as it was.
    """
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")  # made with mode 0600
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def write_private(path: Path, content: str | bytes) -> None:
    """Write a whole file as ``private_file`` does."""
    with private_file(path) as file:
        if isinstance(content, bytes):
            file.buffer.write(content)
        else:
            file.write(content)


def safe_name(chart_id: str) -> str:
    """A file name (without suffix) for a chart id: no separators, no leading dot, at most 89 ASCII characters.

    An id that has to be changed gets a digest of itself, so that two ids never share a name.
    """
    name = _UNSAFE.sub("_", chart_id).strip(".")[:_MAX_NAME]
    if name != chart_id or not name or _RESERVED.fullmatch(name):
        name = f"{name}-{hashlib.sha256(chart_id.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"
    return name
