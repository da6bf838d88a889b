"""``manifest.json``: what made the tables of a folder, what they hold, and how the run ended."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from chartproof.batch.private_files import write_private

MANIFEST = "manifest.json"

_LIBRARIES = ("spacy", "medspacy", "pydantic", "pyarrow", "lxml", "pypdf", "python-docx", "striprtf", "pyspark")


def software_versions() -> dict[str, str]:
    """Versions of Python and of the libraries that a result may depend on."""
    found = {"python": platform.python_version()}
    for name in _LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            pass
    return found


def now() -> str:
    """UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def write_manifest(out: Path, content: Mapping[str, Any]) -> None:
    """Write the manifest.

    Raises:
        OSError: it cannot be written.
    """
    write_private(out / MANIFEST, dumped(content) + "\n")


def dumped(content: Mapping[str, Any]) -> str:
    return json.dumps(content, ensure_ascii=True, indent=2)
