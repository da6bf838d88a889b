"""Dates known to the day, the month or the year, and lengths of time as the guide counts them.

Source: corpora/GUIDE.md section 2 (a month is 30.4 days, a year 365 days) and section 3 (windows).
"""

from __future__ import annotations

import calendar
import re
from datetime import date, timedelta
from typing import Any, Literal

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

DAYS_PER_MONTH = 30.4
DAYS_PER_YEAR = 365

_FORM = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")


class PartialDate(str):
    """An ISO date of day, month or year precision: ``2025-03-04``, ``2025-03`` or ``2025``.

    It is a string, so that it compares, sorts and serialises as one.

    Raises:
        ValueError: the text is none of the three forms, or no day of the calendar.
    """

    __slots__ = ()

    def __new__(cls, value: str | date | int) -> PartialDate:
        text = value.isoformat()[:10] if isinstance(value, date) else str(value)
        match = _FORM.fullmatch(text)
        if match is None:
            raise ValueError(f"not a date: {text!r}; write YYYY-MM-DD, YYYY-MM or YYYY")
        year, month, day = (int(part) if part else 1 for part in match.groups())
        date(year, month, day)  # ValueError for 2025-02-30
        return super().__new__(cls, text)

    @classmethod
    def of(cls, year: int, month: int | None = None, day: int | None = None) -> PartialDate:
        """Build from parts; leave out the day, or day and month, for less precision."""
        text = f"{year:04d}"
        if month is not None:
            text += f"-{month:02d}"
            if day is not None:
                text += f"-{day:02d}"
        return cls(text)

    @property
    def precision(self) -> Literal["day", "month", "year"]:
        return "year" if len(self) == 4 else "month" if len(self) == 7 else "day"

    @property
    def year(self) -> int:
        return int(self[:4])

    @property
    def month(self) -> int | None:
        return int(self[5:7]) if len(self) >= 7 else None

    @property
    def day(self) -> int | None:
        return int(self[8:10]) if len(self) == 10 else None

    @property
    def first(self) -> date:
        """The first day that the date may mean."""
        return date(self.year, self.month or 1, self.day or 1)

    @property
    def last(self) -> date:
        """The last day that the date may mean."""
        month = self.month or 12
        return date(self.year, month, self.day or calendar.monthrange(self.year, month)[1])

    def could_equal(self, other: PartialDate) -> bool:
        """True when both may mean the same day: ``2025-03`` and ``2025-03-04``."""
        return self.first <= other.last and other.first <= self.last

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            lambda value: value if isinstance(value, cls) else cls(value),
            serialization=core_schema.plain_serializer_function_ser_schema(str, return_schema=core_schema.str_schema()),
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"type": "string", "pattern": r"^\d{4}(-\d{2}(-\d{2})?)?$", "description": "YYYY-MM-DD, YYYY-MM or YYYY"}


def days_before(anchor: date, days: int) -> date:
    """The day that lies ``days`` days before ``anchor``."""
    return anchor - timedelta(days=days)


def weeks_between(start: date, end: date) -> float:
    """Weeks from start to end (days / 7, one decimal), as the guide counts ``duration_weeks``."""
    return round((end - start).days / 7, 1)


def to_weeks(value: float, unit: str) -> float:
    """Turn a length in ``day week month year`` into weeks (one decimal from 1.4 on; whole numbers stay whole).

    Raises:
        KeyError: another unit.
    """
    days = {"day": 1.0, "week": 7.0, "month": DAYS_PER_MONTH, "year": float(DAYS_PER_YEAR)}[unit]
    return round(value * days / 7, 1)


def months_between(start: date, end: date) -> float:
    """Months from start to end, a month being 30.4 days (one decimal)."""
    return round((end - start).days / DAYS_PER_MONTH, 1)
