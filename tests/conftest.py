"""Fixtures that several test folders use."""

from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("untimed", deadline=None)  # what a busy machine takes for an example says nothing
settings.load_profile("untimed")

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
