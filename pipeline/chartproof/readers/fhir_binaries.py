"""The Binary resources of a FHIR bulk export, found again when a DocumentReference names one.

A bulk export may keep the contents of attachments apart, in ``Binary.ndjson`` files beside the others
(https://hl7.org/fhir/R4/binary.html). Only where each stands is kept in memory, not what it holds.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from chartproof.readers.limits import MAX_BINARIES, MAX_ROW_CHARS
from chartproof.readers.packed import is_packed

_PIECE = 1 << 20
_IS_BINARY = re.compile(rb'"resourceType"\s*:\s*"Binary"')
# As in "Binary.ndjson", "1.Binary.ndjson", "Binary-000.ndjson", "Binary_2.json".
_NAME = re.compile(r"(?:^|[^A-Za-z])Binary(?:[^A-Za-z]|$)", re.I)


def is_binaries(path: Path) -> bool:
    """True for a plain ndjson file whose first line is a Binary resource."""
    if is_packed(path) or not _NAME.search(path.stem):
        return False
    try:
        with path.open("rb") as file:
            return _IS_BINARY.search(file.readline(_PIECE)) is not None
    except OSError:
        return False


class Binaries:
    """Where each Binary resource of an export stands; ``too_many`` where some were left out for their number."""

    def __init__(self, files: Iterable[Path]):
        """Raises: OSError: the system cannot read one of the files."""
        self._files = list(files)
        self._at: dict[str, tuple[int, int]] = {}
        self._used: set[str] = set()
        self.too_many = False
        for number, path in enumerate(self._files):
            for offset, line in _lines(path):
                resource = _resource(line)
                if resource is None or not isinstance(resource.get("id"), str):
                    continue
                if len(self._at) >= MAX_BINARIES:
                    self.too_many = True
                    return
                self._at[resource["id"]] = (number, offset)

    @property
    def unused(self) -> int:
        """How many no DocumentReference or DiagnosticReport has asked for."""
        return len(self._at) - len(self._used)

    def get(self, reference: str) -> dict[str, Any] | None:
        """The Binary that a URL or relative reference ends in (``.../Binary/ID``), or None.

        Raises:
            OSError: the system cannot read its file any more.
        """
        parts = reference.split("/_history/")[0].rstrip("/").split("/")
        if len(parts) < 2 or parts[-2] != "Binary" or parts[-1] not in self._at:
            return None
        number, offset = self._at[parts[-1]]
        self._used.add(parts[-1])
        with self._files[number].open("rb") as file:
            file.seek(offset)
            return _resource(file.readline(MAX_ROW_CHARS))


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """Each line with the byte it begins at; lines that are too long are left out."""
    with path.open("rb") as file:
        offset = 0
        while line := file.readline(MAX_ROW_CHARS):
            start, offset = offset, offset + len(line)
            if line.endswith(b"\n") or len(line) < MAX_ROW_CHARS:
                yield start, line
                continue
            while rest := file.readline(_PIECE):
                offset += len(rest)
                if rest.endswith(b"\n"):
                    break


def _resource(line: bytes) -> dict[str, Any] | None:
    try:
        value = json.loads(line.removeprefix(b"\xef\xbb\xbf"))
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) and value.get("resourceType") == "Binary" else None
