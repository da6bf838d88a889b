"""What rules regexes out before they run changes no fact: on, off, and without the compiled library."""

from pathlib import Path

import pytest

from chartproof.evaluate.phenomena import load_phenomena
from chartproof.model import Chart
from chartproof.pipeline import Pipeline
from chartproof.readers.charts import read_charts

CORPORA = Path(__file__).resolve().parents[1] / "corpora"


def _charts(name: str) -> list[Chart]:
    if name == "phenomena":
        return [phenomenon.chart for phenomenon in load_phenomena(CORPORA / name)[::5]]
    return [chart for chart in read_charts(CORPORA / name) if isinstance(chart, Chart)]


@pytest.fixture(scope="module")
def unfiltered() -> Pipeline:
    return Pipeline(engine="off")


@pytest.mark.slow
@pytest.mark.parametrize("corpus", ["dev", "styles", "phenomena"])
def test_the_facts_are_the_same(corpus, unfiltered):
    engines = {name: Pipeline(engine=name) for name in ("ahocorasick", "python")}
    charts = _charts(corpus)
    assert len(charts) > 10
    different = [
        (chart.chart_id, name)
        for chart in charts
        for expected in [unfiltered.case(chart).model_dump_json()]
        for name, pipeline in engines.items()
        if pipeline.case(chart).model_dump_json() != expected
    ]
    assert different == []
