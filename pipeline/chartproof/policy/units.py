"""Units of laboratory values: which are one quantity, and the factor to its first unit."""

from __future__ import annotations

# unit (lower case) -> (quantity, factor). µ is written in three ways.
UNITS: dict[str, tuple[str, float]] = {
    "ng/ml": ("mass in volume", 1.0),
    "ug/l": ("mass in volume", 1.0),
    "mcg/l": ("mass in volume", 1.0),
    "\N{MICRO SIGN}g/l": ("mass in volume", 1.0),
    "\N{GREEK SMALL LETTER MU}g/l": ("mass in volume", 1.0),
    "ng/dl": ("mass in volume", 0.01),
    "ng/l": ("mass in volume", 0.001),
    "pg/ml": ("mass in volume", 0.001),
    "ug/dl": ("mass in volume", 10.0),
    "ug/ml": ("mass in volume", 1000.0),
    "mcg/ml": ("mass in volume", 1000.0),
    "mg/l": ("mass in volume", 1000.0),
    "mg/dl": ("mass in volume", 10000.0),
    "%": ("share", 1.0),
    "percent": ("share", 1.0),
}


def convert(value: float, unit: str | None, to: str) -> float | None:
    """A value in another unit; None where a unit is not stated, not known, or of another quantity."""
    if unit is None:
        return None
    have, want = UNITS.get(unit.casefold()), UNITS[to.casefold()]
    if have is None or have[0] != want[0]:
        return None
    return value * have[1] / want[1]
