"""docs/policies.md: its commands run, and its blocks are parts of the files of the example."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from chartproof.cli import app

REPO = Path(__file__).resolve().parents[2]
TEXT = (REPO / "docs" / "policies.md").read_text(encoding="utf-8")
COMMANDS = [
    line for block in re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL) for line in block.splitlines() if line.strip()
]
EXAMPLE = REPO / "docs" / "examples" / "facet-rfa"


def _run(command: str, monkeypatch: pytest.MonkeyPatch) -> str:
    program, *args = shlex.split(command.partition(">" if " > " in command else "\0")[0])
    assert program == "chartproof"
    monkeypatch.chdir(REPO)
    result = CliRunner().invoke(app, args)
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_runs(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert _run(command, monkeypatch)


def test_there_are_commands() -> None:
    assert len(COMMANDS) == 12


def test_the_blocks_of_the_guide_are_parts_of_the_example() -> None:
    guide = TEXT.partition("## From nothing")[2].partition("\n## ")[0]
    files = "\n".join(file.read_text(encoding="utf-8") for file in EXAMPLE.rglob("*.yaml"))
    blocks = re.findall(r"```yaml\n(.*?)```", guide, re.DOTALL)
    assert len(blocks) == 4
    for block in blocks:
        assert block in files


def test_the_example_on_its_chart(monkeypatch: pytest.MonkeyPatch) -> None:
    folder = "docs/examples/facet-rfa"
    said = _run(f"chartproof score {folder}/chart --policies {folder} --plan", monkeypatch)
    assert "example-facet-rfa-2025  Lumbar facet radiofrequency ablation: needs documentation" in said
    assert "settle by hand: the plan names levels and guidance; from: the documents [5]" in said
    assert "2025-04-01 right medial branch injection" in said
