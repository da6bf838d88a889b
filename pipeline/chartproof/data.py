"""Where patterns and policies are found: a user's folder first, then the checkout, then the installed package."""

from __future__ import annotations

import os
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def data_folder(name: str, override: Path | None = None) -> Path:
    """The folder of shipped data called ``name`` (``patterns`` or ``policies``).

    Args:
        name: the folder's name.
        override: a folder of the user's; goes before all. The environment variable ``CHARTPROOF_<NAME>`` comes next.

    Raises:
        FileNotFoundError: there is no such folder; the message says where was looked.
    """
    from_env = os.environ.get(f"CHARTPROOF_{name.upper()}")
    candidates = [
        Path(override) if override else None,
        Path(from_env) if from_env else None,
        _PACKAGE.parents[1] / name,  # a checkout: pipeline/chartproof/data.py -> <top>/<name>
        _PACKAGE / "_data" / name,  # a wheel
    ]
    if override is not None:
        candidates = candidates[:1]
    looked = [c for c in candidates if c is not None]
    for candidate in looked:
        if candidate.is_dir():
            return candidate
    raise FileNotFoundError(f"no folder of {name}; looked at: " + ", ".join(str(c) for c in looked))
