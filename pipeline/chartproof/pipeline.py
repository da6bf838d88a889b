"""The whole way from a chart to its case: read every note, extract, assemble."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from chartproof.assemble import assemble
from chartproof.assemble.request import fill_request
from chartproof.extract import extract_note
from chartproof.language.nlp import clinical
from chartproof.language.reading import Reading
from chartproof.model import Case, Chart


class Pipeline:
    """Reads charts. Built once per process (about a second), then used for many charts; not thread-safe.

    Args:
        patterns: a folder of pattern files; None for those that ship with chartproof.

    Raises:
        chartproof.language.patterns.PatternError: a pattern file is wrong.
    """

    def __init__(self, patterns: Path | None = None):
        self._clinical = clinical(patterns)

    def read(self, chart: Chart) -> list[Reading]:
        """Each note, read, in the chart's order."""
        return [Reading(note, self._clinical) for note in chart.notes if note.text.strip()]

    def case(self, chart: Chart, on_note: Callable[[str], None] | None = None) -> Case:
        """The case of one chart; the request's missing fields are filled from the notes.

        Args:
            on_note: called with the id of each note when its reading begins, so that a caller can limit its time.

        Raises:
            ValueError: a quote does not stand at its offsets (a bug; the message holds no note text).
        """
        readings, findings = [], []
        for note in chart.notes:
            if not note.text.strip():
                continue
            if on_note:
                on_note(note.id)
            reading = Reading(note, self._clinical)
            readings.append(reading)
            findings += extract_note(reading)
        case = assemble(chart.chart_id, chart.request, findings)
        case.request = fill_request(chart.request, list(case.facts), readings)
        case.check_evidence(chart)
        return case
