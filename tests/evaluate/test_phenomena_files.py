"""Loading files of phenomena and running them; the phenomena themselves are in tests/test_phenomena.py."""

from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from chartproof.evaluate import load_phenomena, run_phenomenon
from chartproof.evaluate.command import evaluate
from chartproof.evaluate.phenomena import PhenomenaError
from chartproof.model import FACT, Case, Chart

FAMILY = """
family: injection
kinds: [injection, injection_count]
cases:
  - id: relief-range
    text: |
      80-90% relief after right
      SI joint block.
    facts:
      - kind: injection
        target: si_joint
        status: performed
        laterality: right
        relief_percent: [80, 90]
        evidence: ["80-90% relief", "after right SI joint"]
  - id: none
    text: No injection so far.
    type: pt
    date: 2025-01-02
    request: {laterality: right, cpt: "27279", request_date: 2025-02-03}
    facts: []
    known_failure: not yet read
  - id: two-notes
    notes:
      - {text: First note., type: procedure, date: 2025-01-02}
      - {text: Second note.}
    kinds: [surgery]
    facts: []
"""


def write(folder: Path, text: str = FAMILY, name: str = "injection.yaml") -> Path:
    (folder / name).write_text(text)
    return folder


class Reads:
    def __init__(self, *facts: dict) -> None:
        self.facts = facts

    def case(self, chart: Chart) -> Case:
        return Case(chart_id=chart.chart_id, request=chart.request, facts=[FACT.validate_python(f) for f in self.facts])


def block(start: int = 0, end: int = 13, **changes) -> dict:
    text = "80-90% relief after right\nSI joint block.\n"
    told = {
        "kind": "injection",
        "target": "si_joint",
        "status": "performed",
        "laterality": "right",
        "relief_percent": (80, 90),
    }
    quote = {"note": "01_2025-06-12_progress.txt", "start": start, "end": end, "quote": text[start:end]}
    return {**told, "evidence": [quote], **changes}


def test_a_case_becomes_a_chart(tmp_path):
    first, second, third = load_phenomena(write(tmp_path))
    assert [one.name for one in (first, second, third)] == [
        "injection/relief-range",
        "injection/none",
        "injection/two-notes",
    ]
    assert [note.id for note in first.chart.notes] == ["01_2025-06-12_progress.txt"]
    assert first.chart.request.request_date.isoformat() == "2025-07-01"
    assert first.facts[0].attributes == {
        "target": "si_joint",
        "status": "performed",
        "laterality": "right",
        "relief_percent": [80, 90],
    }
    assert [quote.spans for quote in first.facts[0].quotes] == [((0, 13),), ((14, 34),)]
    assert (second.chart.notes[0].type, str(second.chart.notes[0].date), second.known_failure) == (
        "pt",
        "2025-01-02",
        "not yet read",
    )
    assert (second.chart.request.cpt, second.chart.request.laterality, str(second.chart.request.request_date)) == (
        "27279",
        "right",
        "2025-02-03",
    )
    assert [note.id for note in third.chart.notes] == ["01_2025-01-02_procedure.txt", "02_2025-06-12_progress.txt"]
    assert (first.kinds, third.kinds) == (("injection", "injection_count"), ("surgery",))


def test_the_right_reading_has_no_differences(tmp_path):
    relief = load_phenomena(write(tmp_path))[0]
    assert run_phenomenon(relief, Reads(block())) == []
    assert run_phenomenon(relief, Reads(block(relief_percent=(80, 85)))) == []  # within 10%
    other = {"kind": "measurement", "name": "bmi", "value": 31}
    assert run_phenomenon(relief, Reads(block(), other)) == []  # a kind that the case does not compare


def test_differences_are_told_both_ways(tmp_path):
    relief, nothing, _ = load_phenomena(write(tmp_path))
    assert run_phenomenon(relief, Reads()) == [
        "missing injection(target=si_joint, status=performed, laterality=right, relief_percent=[80, 90])"
    ]
    assert run_phenomenon(nothing, Reads(block())) == [
        "spurious injection(target=si_joint, status=performed, laterality=right, relief_percent=[80, 90]), "
        'read from "80-90% relief"'
    ]
    told = "injection(target=si_joint, status=performed, laterality=right, relief_percent=[80, 90])"
    assert run_phenomenon(relief, Reads(block(relief_percent=None, laterality="left", guidance="ct"))) == [
        f"{told}: relief_percent is [80, 90], read as (none)",
        f"{told}: laterality is right, read as left",
        f"{told}: guidance is (none), read as ct",
    ]
    assert run_phenomenon(relief, Reads(block(35, 40))) == [f"{told}: the evidence is elsewhere"]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("kinds: [injection, injection_count]", "kinds: [injektion]", "injection.yaml: unknown kind 'injektion'"),
        ("family: injection", "famly: injection", "injection.yaml: a file has `family"),
        ("relief_percent:", "relief:", r"injection.yaml: relief-range: fact 0 \(injection\): relief: Extra inputs"),
        (
            "status: performed",
            "status: done",
            r"injection.yaml: relief-range: fact 0 \(injection\): status: Input should be",
        ),
        (
            "        status: performed\n",
            "",
            r"injection.yaml: relief-range: fact 0 \(injection\): status: Field required",
        ),
        (
            "kind: injection",
            "kind: surgery",
            "injection.yaml: relief-range: fact 0: surgery is not among the kinds compared",
        ),
        ("id: none", "id: relief-range", "injection.yaml: relief-range: the id stands 2 times"),
        (
            '"80-90% relief"',
            '"70% relief"',
            r"injection.yaml: relief-range: fact 0 \(injection\): no note has the quote",
        ),
        ("    type: pt", "    typ: pt", "injection.yaml: none: unknown key typ"),
        ("    type: pt", "    type: physio", "injection.yaml: none: type: Input should be"),
        ("    text: No injection so far.\n", "", "injection.yaml: none: a case has either `text` or `notes`"),
        ("    facts: []\n    known", "    known", "injection.yaml: none: no `facts`; write `facts: "),
        ("request: {laterality: right,", "request: [{laterality: right,", r"injection.yaml:\d+: not YAML"),
        (
            "    facts: []\n    known",
            "    facts: 3\n    known",
            "injection.yaml: none: a list, a mapping or a text stands",
        ),
        ("  - id: none", "  - id: [none", r"injection.yaml:\d+: not YAML"),
        ("date: 2025-01-02\n", "date: January\n", "injection.yaml: none: date: Input should be a valid date"),
    ],
)
def test_faults_name_file_and_case(tmp_path, old, new, said):
    assert old in FAMILY
    with pytest.raises(PhenomenaError, match=said):
        load_phenomena(write(tmp_path, FAMILY.replace(old, new, 1)))


def test_all_faults_of_all_files_are_told_together(tmp_path):
    write(tmp_path, FAMILY.replace("status: performed", "status: done"), "a.yaml")
    write(tmp_path, FAMILY.replace("type: pt", "type: physio"), "b.yaml")
    with pytest.raises(PhenomenaError) as raised:
        load_phenomena(tmp_path)
    assert [line.split(":")[0] for line in str(raised.value).splitlines()] == ["a.yaml", "b.yaml"]


def test_one_file_and_an_empty_folder(tmp_path):
    assert load_phenomena(tmp_path) == []
    assert len(load_phenomena(write(tmp_path) / "injection.yaml")) == 3


def test_the_command_tells_failures_and_counts(tmp_path, monkeypatch):
    app = typer.Typer()
    app.command()(evaluate)
    monkeypatch.setattr("chartproof.evaluate.command.default_pipeline", Reads)
    result = CliRunner().invoke(app, [str(write(tmp_path))])
    assert result.exit_code == 1
    assert result.output.splitlines() == [
        "injection/relief-range",
        "    missing injection(target=si_joint, status=performed, laterality=right, relief_percent=[80, 90])",
        "injection/none: right now; take its known_failure away",
        "family                        cases  right  known failures",
        "injection                         3      2               0",
        "all                               3      2               0",
    ]
    write(tmp_path, FAMILY.replace("type: pt", "type: physio"))
    assert CliRunner().invoke(app, [str(tmp_path)]).exit_code == 2


def test_a_failure_that_is_known_is_no_fault(tmp_path, monkeypatch):
    app = typer.Typer()
    app.command()(evaluate)
    monkeypatch.setattr("chartproof.evaluate.command.default_pipeline", Reads)
    known = FAMILY.replace("  - id: none", "    known_failure: hard\n  - id: none").replace(
        "    known_failure: not yet read\n", ""
    )
    result = CliRunner().invoke(app, [str(write(tmp_path, known))])
    assert result.exit_code == 0
    assert result.output.startswith("injection/relief-range  (known: hard)\n    missing injection(")
