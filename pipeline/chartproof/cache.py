"""What was worked out once and can be worked out again: one file an entry, in a folder of the user's.

An entry that is missing, damaged or unreadable is no entry, and one that cannot be written is not written; neither is
told. Nothing of a chart is ever put here. The environment variable CHARTPROOF_CACHE names another folder; ``off`` keeps
nothing.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import tempfile
import zlib
from pathlib import Path
from typing import Any

_VARIABLE = "CHARTPROOF_CACHE"
_KEPT = 8
"""Entries of one kind; the oldest go."""


def cache_folder() -> Path | None:
    """Where entries are kept: CHARTPROOF_CACHE, else ``chartproof`` among the caches; None where there is no place."""
    named = os.environ.get(_VARIABLE)
    if named:
        return None if named == "off" else Path(named)
    if sys.platform == "win32":
        local = os.environ.get("LOCALAPPDATA")
        return Path(local, "chartproof", "cache") if local else None
    xdg = os.environ.get("XDG_CACHE_HOME", "")
    if os.path.isabs(xdg):  # the XDG specification has relative ones ignored
        return Path(xdg, "chartproof")
    try:
        home = Path.home()
    except RuntimeError:
        return None
    return home.joinpath(*(["Library", "Caches"] if sys.platform == "darwin" else [".cache"]), "chartproof")


def digest(*parts: bytes | str) -> str:
    """A key for ``read_entry``: what an entry is made from, part by part. No other parts have the same."""
    total = hashlib.sha256()
    for part in parts:
        total.update(hashlib.sha256(part.encode("utf-8") if isinstance(part, str) else part).digest())
    return total.hexdigest()


def read_entry(kind: str, key: str) -> Any:
    """The entry that ``write_entry`` wrote under a key, or None.

    Args:
        kind: a word for what is kept.
        key: of ``digest``.
    """
    folder = cache_folder()
    if folder is None:
        return None
    try:
        with open(_path(folder, kind, key), "rb") as file:
            if not _is_ours(os.fstat(file.fileno())):
                return None
            seal, body = file.readline(), file.read()
        return json.loads(zlib.decompress(body)) if seal == _seal(key, body) else None
    except (OSError, ValueError, zlib.error):
        return None


def write_entry(kind: str, key: str, content: Any) -> None:
    """Keep something under a key, in a file that its owner alone can read and that is whole or not there.

    Args:
        content: what JSON can hold; with anything else nothing is kept.
    """
    folder = cache_folder()
    if folder is None:
        return
    try:
        body = zlib.compress(json.dumps(content, separators=(",", ":")).encode("ascii"), level=1)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, temporary = tempfile.mkstemp(dir=folder, prefix=f".{kind}-", suffix=".part")  # made with mode 0600
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(_seal(key, body) + body)
            os.replace(temporary, _path(folder, kind, key))
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
        by_age = sorted(folder.glob(f"{kind}-*.z"), key=lambda path: path.stat().st_mtime)
        for path in by_age[:-_KEPT]:
            path.unlink(missing_ok=True)
    except (OSError, TypeError, ValueError):
        pass


def _path(folder: Path, kind: str, key: str) -> Path:
    return folder / f"{kind}-{key[:32]}.z"


def _seal(key: str, body: bytes) -> bytes:
    """The first line of an entry: a sum over its key and content, which a damaged entry does not have."""
    return hashlib.sha256(key.encode() + body).hexdigest().encode() + b"\n"


def _is_ours(status: os.stat_result) -> bool:
    """Whether none but its owner, who we are, can have written a file."""
    return not hasattr(os, "getuid") or (status.st_uid == os.getuid() and not status.st_mode & 0o022)
