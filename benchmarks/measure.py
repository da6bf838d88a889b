"""Interleaved measurements in CPU time: what else runs on the machine then troubles all that is compared alike."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from chartproof.model import Chart

Subject = Callable[[Chart], object]


@dataclass(frozen=True)
class Timing:
    """Seconds of CPU time for the same notes, once a repetition, and how many notes they were."""

    seconds: tuple[float, ...]
    notes: int

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)

    @property
    def notes_per_second(self) -> float:
        return self.notes / self.median

    @property
    def milliseconds(self) -> float:
        """Milliseconds a note."""
        return 1000 * self.median / self.notes


def interleaved(subjects: Mapping[str, Subject], charts: Sequence[Chart], repetitions: int) -> dict[str, Timing]:
    """Time every subject on every chart, chart by chart in turn; a first round, not counted, warms all of them up."""
    seconds: dict[str, list[float]] = {name: [] for name in subjects}
    for round_ in range(repetitions + 1):
        spent = dict.fromkeys(subjects, 0.0)
        for chart in charts:
            for name, run in subjects.items():
                before = time.process_time()
                run(chart)
                spent[name] += time.process_time() - before
        if round_:
            for name in subjects:
                seconds[name].append(spent[name])
    notes = sum(len(chart.notes) for chart in charts)
    return {name: Timing(tuple(times), notes) for name, times in seconds.items()}


def ratio(one: Timing, other: Timing) -> tuple[float, float, float]:
    """How many times the rate of ``other`` that of ``one`` is: median, least and most over the repetitions."""
    ratios = [b / a for a, b in zip(one.seconds, other.seconds, strict=True)]
    return statistics.median(ratios), min(ratios), max(ratios)
