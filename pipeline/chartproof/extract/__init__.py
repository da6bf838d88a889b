"""Facts as one note tells them, one module a family."""

from __future__ import annotations

import importlib
import sys
import types

# TEMPORARY while families are being rebuilt
_mods = []
for _n in ("injections", "treatment", "exam", "imaging", "scores", "pattern", "conditions", "nicotine", "labs", "orders"):
    try:
        _m = importlib.import_module("chartproof.extract." + _n)
        _m.extract  # noqa: B018
    except Exception as _e:
        print("family", _n, "unusable:", type(_e).__name__, _e, file=sys.stderr)
        _m = types.SimpleNamespace(extract=lambda reading: [])
    _mods.append(_m)
from chartproof.extract.finding import Finding, Strength, finding
from chartproof.language.reading import Reading

FAMILIES = tuple(_mods)


def extract_note(reading: Reading) -> list[Finding]:
    """Everything that one note tells, family by family."""
    out = []
    for family in FAMILIES:
        try:
            out += family.extract(reading)
        except Exception as e:  # TEMPORARY
            import os
            if os.environ.get("STRICT"):
                raise
            print("family failed:", getattr(family, "__name__", "?"), type(e).__name__, e, file=sys.stderr)
    return out


__all__ = ["FAMILIES", "Finding", "Strength", "extract_note", "finding"]
