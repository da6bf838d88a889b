"""Kept facts and the shipped policies: a case out of the store is judged as the one that was read."""

import shutil

import pytest

from chartproof.batch import Options, run_batch


@pytest.mark.slow
def test_kept_facts_are_judged_as_read_ones(dev, repo, tmp_path, monkeypatch):
    """Every criterion is answered alike, and the page is the same; no note is read for it."""
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "D05").symlink_to(dev / "D05")
    (tmp_path / "few").mkdir()
    shutil.copy(sorted((repo / "policies").glob("*.yaml"))[0], tmp_path / "few")
    few, all_ = Options(policies=tmp_path / "few"), Options(policies=repo / "policies")
    run_batch(tmp_path / "in", tmp_path / "whole", all_, workers=0)
    run_batch(tmp_path / "in", tmp_path / "out", few, workers=0)

    def read(self, chart, on_note=None):
        raise AssertionError("a note is read")

    monkeypatch.setattr("chartproof.pipeline.Pipeline.case", read)
    summary = run_batch(tmp_path / "in", tmp_path / "out", all_, workers=0)
    assert summary.quarantine == []
    for path in (tmp_path / "whole").rglob("*"):
        if path.is_file() and not path.name.startswith(("manifest", "work.")):
            assert (tmp_path / "out" / path.relative_to(tmp_path / "whole")).read_bytes() == path.read_bytes(), (
                path.name
            )
