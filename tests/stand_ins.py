"""A pipeline and a policy of a few lines, so that batch and command line are tested for what is theirs alone."""

import os
import re
import signal
import sys
import time
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

from chartproof.model import Case, Chart, CriterionResult, Determination, Evidence, Gap
from chartproof.model.facts import Injection

SECRET = "Zebulon Quackenbush"
"""A name that stands in notes and must never stand in a message."""

WORDS = "SI joint injection"
REQUEST = "chart_id: {0}\nrequest_date: 2025-04-14\nprocedure: {{cpt: 27279, laterality: left, setting: outpatient}}\n"


class Pipeline:
    def __init__(self, patterns: Path | None = None) -> None:
        if patterns is not None and not patterns.is_dir():
            raise FileNotFoundError(f"no folder of patterns; looked at: {patterns}")

    def case(self, chart: Chart, on_note=None) -> Case:
        facts = []
        for note in chart.notes:
            if on_note:
                on_note(note.id)
            _misbehave(note.text)
            if "BOOM" in note.text:
                raise ValueError(f"cannot read {note.text}")
            at = note.text.find(WORDS)
            if at >= 0:
                evidence = Evidence(note=note.id, start=at, end=at + len(WORDS), quote=WORDS)
                facts.append(Injection(target="si_joint", status="performed", evidence=[evidence]))
        return Case(chart_id=chart.chart_id, request=chart.request, facts=facts)


def _misbehave(text: str) -> None:
    """Notes that stand for what kills or stops a process."""
    if "KILL" in text:
        os.kill(os.getpid(), signal.SIGKILL)
    if "ONCE" in text:  # the file named after the word is there the second time
        once = Path(text.split("ONCE ")[1].split()[0])
        if not once.exists():
            once.touch()
            os.kill(os.getpid(), signal.SIGKILL)
    if "HANG" in text:
        re.match(r"(a+)+$", "a" * 64 + "b")
    if "UNTIL" in text:  # waits until the file named after the word is there
        until = Path(text.split("UNTIL ")[1].split()[0])
        while not until.exists():
            time.sleep(0.02)
    if "SLOW" in text:
        time.sleep(0.02)


def load_policies(folder: Path | None = None) -> dict[str, SimpleNamespace]:
    if folder is not None:
        raise ValueError(f"{folder}/demo.yaml:3: unknown key 'rul'; did you mean 'rule'?")
    return {
        name: SimpleNamespace(procedure_codes=["27279"], selected="always", payer="Demo", id=name)
        for name in ("demo-2025", "other-2024")
    }


def select_policies(policies, ids, request):
    if unknown := [name for name in ids or () if name not in policies]:
        raise ValueError(f"unknown policy or payer '{unknown[0]}'; did you mean 'demo-2025'?")
    return [policies[name] for name in ids] if ids else [policies["demo-2025"]] if request.cpt else []


def evaluate(policy, case: Case, note_dates) -> Determination:
    status = "met" if case.facts else "unsure"
    result = CriterionResult(
        id="1",
        status=status,
        reason="satisfied" if case.facts else "undocumented",
        label="an injection",
        required="one injection",
        found=f"{len(case.facts)} injections",
        evidence=[e for fact in case.facts for e in fact.evidence],
        obtain=[] if case.facts else [Gap(what="procedure note", source="pain clinic", why="no injection found")],
    )
    outcome = "meets" if case.facts else "needs_documentation"
    return Determination(policy=policy.id, title="Demo", payer="Acme", version="1", status=outcome, criteria=[result])


def render_html(chart: Chart, case: Case, determinations: list[Determination], versions: dict[str, str]) -> str:
    if any("NOPAGE" in note.text for note in chart.notes):
        raise RuntimeError(f"cannot show {chart.notes[0].text}")
    return f"<html>{chart.chart_id} {determinations[0].notices if determinations else ''}</html>"


def install(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put the stand-ins in the place of the pipeline, the policies and the worksheet."""
    for name, parts in {
        "chartproof.pipeline": [Pipeline],
        "chartproof.policy": [load_policies, select_policies, evaluate],
        "chartproof.worksheet": [render_html],
    }.items():
        module = ModuleType(name)
        for part in parts:
            setattr(module, part.__name__, part)
        monkeypatch.setitem(sys.modules, name, module)


def write_charts(folder: Path, **notes: str) -> Path:
    """A folder of chart folders, each with a request and one note."""
    for chart_id, text in notes.items():
        write(folder / chart_id / "request.yaml", REQUEST.format(chart_id))
        write(folder / chart_id / "notes" / "2025-01-02_procedure.txt", text)
    return folder


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
