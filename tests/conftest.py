"""Fixtures that several test folders use."""

from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def repo() -> Path:
    """The top folder of the checkout."""
    return REPO


@pytest.fixture(scope="session")
def dev() -> Path:
    """The folder of the development charts."""
    return REPO / "corpora" / "dev"


@pytest.fixture(scope="session")
def pipeline():
    """The default pipeline, built once: building it takes longer than most tests."""
    from chartproof.pipeline import Pipeline

    return Pipeline()
