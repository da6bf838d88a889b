"""Every phenomenon of corpora/phenomena, read exactly as its file says."""

from pathlib import Path

import pytest

from chartproof.evaluate import Phenomenon, load_phenomena, run_phenomenon

FOLDER = Path(__file__).resolve().parents[1] / "corpora" / "phenomena"


def _parameter(phenomenon: Phenomenon):
    known = phenomenon.known_failure
    marks = [pytest.mark.xfail(reason=known, strict=True)] if known else []
    return pytest.param(phenomenon, id=phenomenon.name, marks=marks)


@pytest.mark.parametrize("phenomenon", [_parameter(phenomenon) for phenomenon in load_phenomena(FOLDER)])
def test_phenomenon(phenomenon: Phenomenon, pipeline) -> None:
    differences = run_phenomenon(phenomenon, pipeline)
    assert not differences, "\n" + "\n".join(differences)
