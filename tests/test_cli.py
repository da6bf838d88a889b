"""The command line: what it prints, where, and with which exit code."""

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import jsonschema
import pytest
from typer.testing import CliRunner

import stand_ins
from chartproof.cli import app
from stand_ins import SECRET, WORDS, write, write_charts

PYTHON = sys.executable
PROGRESS = re.compile(r"\d+ notes, \d charts, 0 set aside, [\d.]+ notes/s(, about [\d:]+ left|, writing tables)?")


@pytest.fixture
def charts(tmp_path, monkeypatch) -> Path:
    """A folder of charts: A scores, B breaks the pipeline, C has a note without a date; stand-ins do the work."""
    stand_ins.install(monkeypatch)
    write_charts(tmp_path / "in", A=f"Left {WORDS} [bold]no markup[/bold].", B=f"BOOM {SECRET}", C="no words")
    write(tmp_path / "in" / "C" / "notes" / "undated.txt", SECRET)
    return tmp_path / "in"


def run(*args: object):
    return CliRunner().invoke(app, [str(a) for a in args])


def test_help_is_fast_because_it_loads_nothing_heavy():
    code = (
        "import sys\nfrom chartproof.cli import app\n"
        "try:\n    app(['--help'])\nexcept SystemExit:\n    pass\n"
        "print([m for m in ('spacy', 'medspacy', 'pydantic', 'yaml', 'jinja2', 'chartproof.model') if m in sys.modules])"
    )
    done = subprocess.run([PYTHON, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
    assert "Exit codes: 0 done" in done.stdout


def test_version():
    result = run("--version")
    assert result.exit_code == 0
    assert result.stdout.startswith("chartproof ")


def test_score_in_json_is_alone_on_standard_output(charts):
    result = run("score", charts / "A", "--format", "json")
    assert (result.exit_code, result.stderr) == (0, "")
    answer = json.loads(result.stdout)
    assert list(answer) == [
        "chart_id", "request", "facts", "conflicts", "determinations", "notes", "unread", "versions",
    ]  # fmt: skip
    assert [d["policy"] for d in answer["determinations"]] == ["demo-2025"]
    assert answer["facts"][0]["evidence"][0]["quote"] == WORDS


def test_score_prints_a_table(charts):
    result = run("score", charts / "A", "--policy", "other-2024")
    assert (result.exit_code, result.stderr) == (0, "")
    assert "other-2024  Demo: meets" in result.stdout
    assert f"“{WORDS}” 2025-01-02_procedure.txt" in result.stdout
    assert "laterality left (request.yaml)" in result.stdout


def test_score_ends_with_the_outcomes_of_all_policies_in_short(charts):
    result = run("score", charts / "C", "--policy", "demo-2025", "--policy", "other-2024")
    *_, head, _, first, second = result.stdout.rstrip().splitlines()
    assert head.split() == ["policy", "outcome", "met", "not", "met", "unsure"]
    assert first.split() == ["demo-2025", "needs", "documentation", "0", "1"]
    assert second.split()[0] == "other-2024"


def test_a_code_that_no_policy_has_is_told_with_those_that_there_are():
    from chartproof.cli.inputs import no_policy

    policies = {
        "a": SimpleNamespace(procedure_codes=["27279"], selected="payer", payer="Acme"),
        "b": SimpleNamespace(procedure_codes=["27280", "27279"], selected="id", payer="Other"),
    }
    told = no_policy(policies, SimpleNamespace(cpt="99999"))
    assert told.startswith("no policy is for CPT 99999; there are policies for 27279, 27280; see ")
    told = no_policy(policies, SimpleNamespace(cpt="27279"))
    assert told.startswith("no policy applies to this request; there are policies of Acme: name the payer; see ")


def test_an_empty_folder_is_told_by_its_name(tmp_path):
    (tmp_path / "empty").mkdir()
    result = run("score", tmp_path / "empty")
    assert result.exit_code == 1
    assert result.stderr.startswith("chartproof: not read: empty: no notes in this folder\n")


def test_score_says_what_to_obtain_and_what_was_not_read(charts):
    result = run("score", charts / "C")
    assert result.exit_code == 1
    assert "  - procedure note; from: pain clinic [1]\n      no injection found" in result.stdout
    assert "needs documentation" in result.stdout
    assert result.stderr.startswith("chartproof: not read: notes/undated.txt: no date in its name")
    assert SECRET not in result.output


def test_extract(charts):
    result = run("extract", charts / "A")
    assert result.exit_code == 0
    assert "target si_joint, status performed" in result.stdout
    assert "1 facts from 1 notes" in result.stdout
    result = run("extract", charts / "A", "--format", "json", "--side", "R", "--request-date", "3/4/2025")
    answer = json.loads(result.stdout)
    assert "determinations" not in answer
    assert answer["request"]["sources"] == {
        "cpt": "request.yaml", "setting": "request.yaml", "laterality": "option", "request_date": "option",
    }  # fmt: skip
    assert (answer["request"]["laterality"], answer["request"]["request_date"]) == ("right", "2025-03-04")


def test_batch(charts, tmp_path):
    result = run("batch", charts, "-o", tmp_path / "out", "--workers", 0, "--csv")
    assert (result.exit_code, result.stderr) == (1, "")
    assert "set aside: B, chart, case: ValueError at chartproof/batch/process.py:" in result.stdout
    assert "demo-2025: 1 meets, 1 needs documentation" in result.stdout
    assert "2 charts scored, 2 rows set aside\n3 notes gone through in 0:00:0" in result.stdout
    assert "facts.csv" in result.stdout
    assert SECRET not in result.output
    assert len((tmp_path / "out" / "cases.jsonl").read_text().splitlines()) == 2


def test_batch_in_json(charts, tmp_path):
    result = run("batch", charts, "-o", tmp_path / "out", "--workers", 0, "--format", "json")
    answer = json.loads(result.stdout)
    assert [c["chart_id"] for c in answer["charts"]] == ["A", "C"]
    assert [row["chart_id"] for row in answer["quarantine"]] == ["B", "C"]


def test_a_batch_without_losses_exits_with_0(charts, tmp_path):
    assert run("batch", charts / "A", "-o", tmp_path / "out", "--workers", 0).exit_code == 0


def test_a_batch_that_is_stopped_says_how_to_go_on(charts, tmp_path, monkeypatch):
    """The second chart stops it, as Ctrl-C or a scheduler would; the first is kept."""
    case = stand_ins.Pipeline.case

    def stopped(self, chart, on_note=None):
        if chart.chart_id == "B":
            os.kill(os.getpid(), signal.SIGTERM)
        return case(self, chart, on_note)

    monkeypatch.setattr(stand_ins.Pipeline, "case", stopped)
    result = run("batch", charts, "-o", tmp_path / "out", "--workers", 0)
    assert result.exit_code == 130
    says = (
        f"chartproof: stopped; 1 charts are done and kept in {tmp_path / 'out'}. Give the same command again to go on."
    )
    assert result.stderr.strip() == says
    assert json.loads((tmp_path / "out" / "manifest.json").read_text())["exit_reason"] == "interrupted"
    assert not (tmp_path / "out" / "cases.jsonl").exists()
    monkeypatch.setattr(stand_ins.Pipeline, "case", case)
    result = run("batch", charts, "-o", tmp_path / "out", "--workers", 0)
    assert "2 charts scored (1 of them by an earlier run)" in result.stdout


def test_an_error_of_the_program_tells_class_and_place_alone(charts):
    result = run("score", charts / "B")
    assert result.exit_code == 3
    assert result.stderr.startswith("chartproof: an error of the program: ValueError at chartproof/cli/chart.py:")
    assert SECRET not in result.output
    assert "Traceback" not in result.output


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["score", "{in}/AA"], "there is no file or folder"),
        (["score", "{in}"], "more than one chart"),
        (
            ["score", "{in}/A", "--policy", "demo-2024"],
            "unknown policy or payer 'demo-2024'; did you mean 'demo-2025'?",
        ),
        (["score", "{in}/A", "--policies", "{in}"], "demo.yaml:3: unknown key 'rul'"),
        (["score", "{in}/A", "--patterns", "{in}/none"], "no folder of patterns"),
        (["score", "{in}/A", "--side", "lfet"], "--side 'lfet': is not one of left, right or bilateral"),
        (["score", "{in}/A", "--request-date", "soon"], "--request-date 'soon': not a full date"),
        (["score", "{in}/A", "--format", "xml"], "--format"),
        (["score"], "CHART"),
        (["batch", "{in}", "-o", "{in}/out"], "choose another folder"),
        (["batch", "{in}", "-o", "{in}/../out", "--nlp-date", "today"], "--nlp-date 'today': not a full date"),
        (["batch", "{in}/A", "-o", "{in}/B/request.yaml"], "File exists"),
        (["schema", "fcat"], "did you mean fact?"),
        (["policies", "show", "demo"], "no policy 'demo'; did you mean demo-2025?"),
    ],
)
def test_wrong_use_is_told_in_a_line(charts, monkeypatch, args, says):
    if args[0] == "schema":
        monkeypatch.undo()
    result = run(*[a.replace("{in}", str(charts)) for a in args])
    assert result.exit_code == 2
    assert says in result.stderr
    assert result.stdout == ""
    assert "Traceback" not in result.stderr


def test_a_chart_without_a_note_is_told(tmp_path):
    (tmp_path / "empty").mkdir()
    result = run("score", tmp_path / "empty")
    assert result.exit_code == 1
    assert "no notes in this folder" in result.stderr


def test_schemas_accept_what_is_printed(charts, monkeypatch):
    answer = json.loads(run("score", charts / "A", "--format", "json").stdout)
    monkeypatch.undo()
    schemas = json.loads(run("schema").stdout)
    assert list(schemas) == ["note", "chart", "request", "fact", "evidence", "case", "determination", "policy"]
    jsonschema.validate(answer["request"], schemas["request"])
    for fact in answer["facts"]:
        jsonschema.validate(fact, schemas["fact"])
    for determination in answer["determinations"]:
        jsonschema.validate(determination, schemas["determination"])
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**answer["facts"][0], "side": "left"}, schemas["fact"])
    assert json.loads(run("schema", "fact").stdout) == schemas["fact"]


# --- with the pipeline and the policies as shipped -----------------------------------------------------------------


def chartproof(*args: object) -> subprocess.CompletedProcess[str]:
    command = [PYTHON, "-c", "from chartproof.cli import app; app()", *map(str, args)]
    return subprocess.run(command, capture_output=True, text=True)


def test_policies_list_and_show():
    ids = [policy["id"] for policy in json.loads(run("policies", "list", "--format", "json").stdout)]
    assert {"centene-cp-mp-126-2022-06", "aim-sij-fusion-2022-09", "nrs70-sij-fusion-2025"} <= set(ids)
    table = run("policies", "list").stdout.split()
    assert set(ids) <= set(table)  # an id stands on one line: it is copied into --policy
    shown = run("policies", "show", "nrs70-sij-fusion-2025").stdout
    assert "27279" in shown and "6.pt" in shown
    assert json.loads(run("policies", "show", "nrs70-sij-fusion-2025", "--format", "json").stdout)["criteria"]


@pytest.mark.slow
def test_a_real_chart_in_json(dev):
    done = chartproof("score", dev / "D01", "--format", "json")
    assert (done.returncode, done.stderr) == (0, "")
    answer = json.loads(done.stdout)
    assert answer["facts"] and len(answer["determinations"]) >= 3
    texts = {path.name: path.read_text(encoding="utf-8") for path in (dev / "D01" / "notes").iterdir()}
    quotes = [e for fact in answer["facts"] for e in fact["evidence"]]
    quotes += [e for d in answer["determinations"] for c in d["criteria"] for e in c["evidence"]]
    for quote in quotes:
        assert texts[quote["note"]][quote["start"] : quote["end"]] == quote["quote"]
    schemas = json.loads(run("schema").stdout)
    for determination in answer["determinations"]:
        jsonschema.validate(determination, schemas["determination"])


@pytest.mark.slow
def test_two_workers_write_what_one_writes(dev, tmp_path):
    for name in ("D01", "D06", "D09"):
        (tmp_path / "in").mkdir(exist_ok=True)
        (tmp_path / "in" / name).symlink_to(dev / name)
    once = ("--nlp-date", "2025-06-01")
    one = chartproof("batch", tmp_path / "in", "-o", tmp_path / "one", "--workers", "1", *once)
    two = chartproof("batch", tmp_path / "in", "-o", tmp_path / "two", "--workers", "2", *once)
    assert (one.returncode, two.returncode) == (0, 0)
    for done in (one, two):  # standard error holds progress alone; whether it is told, and when, is the machine's
        assert [line for line in done.stderr.splitlines() if not PROGRESS.fullmatch(line)] == []
    for name in ("cases.jsonl", "quarantine.jsonl", "facts.parquet", "note_nlp.parquet", "worksheets/D06.html"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
