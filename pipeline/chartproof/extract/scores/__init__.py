"""Extracts pain scores, ODI and BMI (pain_score, disability_score, measurement)."""

from __future__ import annotations

from chartproof.extract.finding import Finding
from chartproof.extract.region import is_of_here
from chartproof.extract.scores import bmi, by_date, diary, diary_pairs, leaders, odi, prose, series, tables
from chartproof.language.reading import Reading


def extract(reading: Reading) -> list[Finding]:
    """The findings of one note: those of its tables and diaries first, then of its sentences."""
    if not is_of_here(reading):
        return bmi.extract(reading)
    columns = tables.extract(reading)
    listed = series.extract(reading, columns.lines)
    dated = by_date.extract(reading)
    dotted = leaders.extract(reading)
    told = diary_pairs.extract(reading, [*columns.lines, *listed.lines, *dated.lines, *dotted.lines])
    days = diary.extract(reading, told.spans)
    read = [*columns.lines, *listed.lines, *days.lines, *dated.lines, *dotted.lines]
    return [
        *columns.findings,
        *listed.findings,
        *days.findings,
        *dated.findings,
        *dotted.findings,
        *told.findings,
        *prose.extract(reading, read, told.spans),
        *odi.extract(reading, read),
        *bmi.extract(reading),
    ]


def extract_bmi(reading: Reading) -> list[Finding]:
    """The BMI of one note, which is the patient's whatever the complaint."""
    return bmi.extract(reading)
