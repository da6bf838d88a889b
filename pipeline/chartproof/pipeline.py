"""The whole way from a chart to its case: read every note, extract, assemble."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from chartproof.language.kept_regexes import kept_regexes
from chartproof.model import Case, Chart

with kept_regexes():
    from chartproof.assemble import assemble
    from chartproof.assemble.request import NoteTold, fill_request, told_by
    from chartproof.extract import Finding, extract_note
    from chartproof.extract.region import LONG_CHART, names_region
    from chartproof.language.nlp import clinical
    from chartproof.language.reading import Reading
    from chartproof.language.scanner import Engine


class Pipeline:
    """Reads charts. Built once per process (about a second), then used for many charts; not thread-safe.

    Args:
        patterns: a folder of pattern files; None for those that ship with chartproof.
        engine: what rules regexes out before they run (see language/scanner.py); None for the fastest installed. It
            changes the time that a chart takes, never its facts.

    Raises:
        chartproof.language.patterns.PatternError: a pattern file is wrong.
    """

    def __init__(self, patterns: Path | None = None, engine: Engine | None = None):
        self._clinical = clinical(patterns, engine)

    def read(self, chart: Chart) -> list[Reading]:
        """Each note, read, in the chart's order."""
        return list(self._readings(chart))

    def _readings(self, chart: Chart, on_note: Callable[[str], None] | None = None) -> Iterator[Reading]:
        for note in chart.notes:
            if not note.text.strip():
                continue
            if on_note:
                on_note(note.id)
            yield Reading(note, self._clinical)

    def case(self, chart: Chart, on_note: Callable[[str], None] | None = None) -> Case:
        """The case of one chart; the request's missing fields are filled from the notes.

        Args:
            on_note: called with the id of each note when its reading begins, so that a caller can limit its time.

        Raises:
            ValueError: a quote does not stand at its offsets (a bug; the message holds no note text).
        """
        told: list[NoteTold] = []
        findings: list[Finding] = []
        for reading, of_region in self._by_region(chart, on_note):
            findings.extend(extract_note(reading, of_region=of_region))
            told.append(told_by(reading))  # while what was scanned is known
        case = assemble(chart.chart_id, chart.request, findings)
        case.request = fill_request(chart.request, list(case.facts), told)
        case.check_evidence(chart)
        return case

    def _by_region(self, chart: Chart, on_note: Callable[[str], None] | None) -> Iterator[tuple[Reading, bool]]:
        """Each note, read, in the chart's order, and whether the chart speaks of the region (see extract/region.py).

        Notes are read one after the other, since what was scanned is known for one note. Those before the first that
        names the region wait for it; where none does, all of them are of another complaint.
        """
        waiting: list[Reading] = []
        named = sum(len(note.text) for note in chart.notes) < LONG_CHART
        for reading in self._readings(chart, on_note):
            if not named and not names_region(reading):
                waiting.append(reading)
                continue
            if waiting:
                yield from ((earlier, True) for earlier in self._again(waiting, on_note))
                waiting = []
                reading.scan()
            named = True
            yield reading, True
        yield from ((reading, False) for reading in self._again(waiting, on_note))

    @staticmethod
    def _again(readings: list[Reading], on_note: Callable[[str], None] | None) -> Iterator[Reading]:
        for reading in readings:
            if on_note:
                on_note(reading.note.id)
            reading.scan()
            yield reading
