"""What rules regexes out before they run changes no fact: on, off, and without the compiled library.

Each engine reads in a process of its own: the regexes that stand in the code take the engine of the environment.
"""

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from chartproof.evaluate.phenomena import load_phenomena
from chartproof.model import Chart
from chartproof.pipeline import Pipeline
from chartproof.readers.charts import read_charts

CORPORA = Path(__file__).resolve().parents[1] / "corpora"
SAMPLE = {"dev": 6, "styles": 8, "phenomena": 8}
"""Every how many charts of a corpus one is read: without the engine, reading takes two times as long."""
SLOWER = 8
"""Of these again a sample for the scan in plain Python, which takes six times as long."""


def _charts(name: str) -> list[Chart]:
    if name == "phenomena":
        return [phenomenon.chart for phenomenon in load_phenomena(CORPORA / name)]
    return [chart for chart in read_charts(CORPORA / name) if isinstance(chart, Chart)]


def print_cases(step: int) -> None:
    """The case of each chart of the sample, or of every step-th of it, with the engine of the environment."""
    pipeline = Pipeline()
    for name, every in SAMPLE.items():
        for number, chart in list(enumerate(_charts(name)))[:: every * step]:  # retold charts share an id
            print(json.dumps([name, f"{number} {chart.chart_id}", pipeline.case(chart).model_dump_json()]))


def _cases(engine: str, step: int = 1) -> dict[tuple[str, str], str]:
    done = subprocess.run(
        [sys.executable, "-c", f"from test_prefilter_changes_nothing import print_cases; print_cases({step})"],
        env={
            **os.environ,
            "CHARTPROOF_PREFILTER": engine,
            "PYTHONPATH": os.pathsep.join([str(Path(__file__).parent), *filter(None, sys.path)]),
        },
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return {(name, chart): case for name, chart, case in map(json.loads, done.stdout.splitlines())}


@pytest.mark.slow
def test_the_facts_are_the_same():
    with ThreadPoolExecutor() as pool:  # a thread waits for each of the processes
        expected, filtered, plain = pool.map(_cases, ("off", "ahocorasick", "python"), (1, 1, SLOWER))
    assert len(expected) > 190
    assert sum('"kind"' in case for case in expected.values()) > 150
    assert [key for key in expected if filtered[key] != expected[key]] == []
    assert len(plain) > 20
    assert [key for key in plain if plain[key] != expected[key]] == []
