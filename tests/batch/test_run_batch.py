"""A batch: what it writes, what it sets aside, and that the rest goes on."""

import hashlib
import json

import pyarrow.parquet as pq
import pytest

import stand_ins
from chartproof.batch import Options
from chartproof.batch import run_batch as _run_batch
from chartproof.readers import RequestOverrides
from stand_ins import SECRET, WORDS, write, write_charts


@pytest.fixture(autouse=True)
def _stand_ins(monkeypatch):
    stand_ins.install(monkeypatch)


def run_batch(*args, **named):
    return _run_batch(*args, workers=0, **named)  # in this process, where the stand-ins are


def lines(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_a_row_of_cases(tmp_path):
    write_charts(tmp_path / "in", A=f"Left {WORDS}, ≥ 75% relief.")
    summary = run_batch(tmp_path / "in", tmp_path / "out")
    (row,) = lines(tmp_path / "out" / "cases.jsonl")
    quote = {"note": "2025-01-02_procedure.txt", "start": 5, "end": 23, "quote": WORDS}
    assert row["facts"] == [{"kind": "injection", "target": "si_joint", "status": "performed", "evidence": [quote]}]
    assert row["chart_id"] == "A"
    assert row["request"]["laterality"] == "left"
    assert row["conflicts"] == []
    assert row["determinations"][0]["status"] == "meets"
    assert row["determinations"][0]["criteria"] == [
        {
            "id": "1",
            "status": "met",
            "reason": "satisfied",
            "label": "an injection",
            "citation": None,
            "required": "one injection",
            "found": "1 injections",
            "evidence": [{**quote, "section": None, "reading": None}],
            "obtain": [],
            "recommendation": False,
            "parts": [],
        }
    ]
    assert row["notes"] == [
        {
            "id": "2025-01-02_procedure.txt",
            "date": "2025-01-02",
            "date_source": "file name",
            "type": "procedure",
            "source": "A/notes/2025-01-02_procedure.txt",
            "converter": "text",
            "sha256": hashlib.sha256(f"Left {WORDS}, ≥ 75% relief.".encode()).hexdigest(),
        }
    ]
    assert set(row["versions"]) == {"chartproof", "patterns", "policies"}
    assert (tmp_path / "out" / "worksheets" / "A.html").read_text() == "<html>A []</html>"
    assert lines(tmp_path / "out" / "quarantine.jsonl") == []
    assert summary.is_complete
    answer = summary.to_json()
    assert answer["charts"] == [
        {"chart_id": "A", "policies": {"demo-2025": {"status": "meets", "met": 1, "not_met": 0, "unsure": 0}}}
    ]
    assert answer["quarantine"] == []
    assert answer["manifest"]["exit_reason"] == "finished"
    assert answer["manifest"]["outcomes"] == {"demo-2025": {"meets": 1}}
    assert answer["manifest"] == json.loads((tmp_path / "out" / "manifest.json").read_text())


def test_one_bad_chart_is_set_aside_and_the_rest_goes_on(tmp_path):
    write_charts(
        tmp_path / "in",
        A="no injection",
        B=f"BOOM {SECRET}",
        C=f"NOPAGE {SECRET}",
        D=WORDS,
    )
    write(tmp_path / "in" / "E" / "request.yaml", "request_date: soon")
    write(tmp_path / "in" / "E" / "notes" / "2025-01-02.txt", "text")
    write(tmp_path / "out" / "worksheets" / "B.html", "of an earlier run")
    summary = run_batch(tmp_path / "in", tmp_path / "out")
    assert [row["chart_id"] for row in lines(tmp_path / "out" / "cases.jsonl")] == ["A", "D"]
    assert sorted(p.name for p in (tmp_path / "out" / "worksheets").iterdir()) == ["A.html", "D.html"]
    rows = lines(tmp_path / "out" / "quarantine.jsonl")
    assert [(r["chart_id"], r["stage"], r["where"], r["lost"]) for r in rows] == [
        ("B", "case", "", "chart"),
        ("C", "worksheet", "", "chart"),
        ("E", "read", "E/request.yaml", "chart"),
    ]
    assert rows[0]["reason"].startswith("ValueError at chartproof/batch/process.py:")
    assert rows[2]["reason"] == "request_date is not a full date; write YYYY-MM-DD"
    assert SECRET not in (tmp_path / "out" / "quarantine.jsonl").read_text()
    assert not summary.is_complete


def test_a_note_that_was_not_read_is_told_in_the_chart_too(tmp_path):
    write_charts(tmp_path / "in", A=WORDS, B=WORDS)
    write(tmp_path / "in" / "A" / "notes" / "undated.txt", SECRET)
    summary = run_batch(tmp_path / "in", tmp_path / "out")
    first, second = lines(tmp_path / "out" / "cases.jsonl")
    reason = "no date in its name or at its head; name the file YYYY-MM-DD_<type>.txt"
    assert first["unread"] == [{"where": "A/notes/undated.txt", "lost": "note", "reason": reason}]
    assert first["determinations"][0]["notices"] == [f"Not read, and so not looked at: A/notes/undated.txt ({reason})"]
    assert second["unread"] == [] and second["determinations"][0]["notices"] == []
    assert not summary.is_complete


def test_an_unused_key_leaves_the_batch_complete(tmp_path):
    write_charts(tmp_path / "in", A=WORDS)
    with (tmp_path / "in" / "A" / "request.yaml").open("a") as file:
        file.write("ward: 4\n")
    summary = run_batch(tmp_path / "in", tmp_path / "out")
    assert summary.is_complete
    assert [(row["lost"], row["reason"]) for row in summary.quarantine] == [("field", "ward is not used")]


def test_equal_input_gives_equal_files(tmp_path):
    write_charts(tmp_path / "in", A=WORDS, B="BOOM", C="none")
    for out in ("one", "two", "two"):
        run_batch(tmp_path / "in", tmp_path / out)
    for name in ("cases.jsonl", "quarantine.jsonl", "worksheets/A.html"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_everything_is_private_and_nothing_is_left_over(tmp_path):
    write_charts(tmp_path / "in", A=WORDS)
    run_batch(tmp_path / "in", tmp_path / "out" / "deep", csv=True)
    found = {
        p.relative_to(tmp_path / "out").as_posix(): oct(p.stat().st_mode & 0o777) for p in (tmp_path / "out").rglob("*")
    }
    tables = ("facts", "criteria", "notes", "note_text", "note_nlp")
    files = ["cases.jsonl", "quarantine.jsonl", "manifest.json", "work.sqlite", "work.sqlite-journal"]
    files += [f"{name}.{form}" for name in tables for form in ("parquet", "csv")]
    assert found == {
        "deep": "0o700",
        "deep/worksheets": "0o700",
        "deep/worksheets/A.html": "0o600",
        **{f"deep/{name}": "0o600" for name in files},
    }


def test_chart_ids_that_are_paths_or_twice(tmp_path):
    write_charts(tmp_path / "in", A=WORDS, B=WORDS, C=WORDS)
    write(tmp_path / "in" / "B" / "request.yaml", "chart_id: ../../escaped\nprocedure: {cpt: 27279}")
    write(tmp_path / "in" / "C" / "request.yaml", "chart_id: A\nprocedure: {cpt: 27279}")
    run_batch(tmp_path / "in", tmp_path / "out")
    assert [row["chart_id"] for row in lines(tmp_path / "out" / "cases.jsonl")] == ["A", "../../escaped"]
    assert [row["reason"] for row in lines(tmp_path / "out" / "quarantine.jsonl")] == [
        "another chart of this run has this chart id; give each chart its own"
    ]
    names = sorted(p.name for p in (tmp_path / "out" / "worksheets").iterdir())
    assert len(names) == 2 and names[0].startswith("A.html")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["in", "out"]


def test_policies_by_id_and_options_of_the_request(tmp_path):
    write_charts(tmp_path / "in", A=WORDS)
    run_batch(
        tmp_path / "in",
        tmp_path / "out",
        Options(policy_ids=("other-2024", "demo-2025")),
        RequestOverrides(laterality="right"),
    )
    (row,) = lines(tmp_path / "out" / "cases.jsonl")
    assert [d["policy"] for d in row["determinations"]] == ["other-2024", "demo-2025"]
    assert (row["request"]["laterality"], row["request"]["sources"]["laterality"]) == ("right", "option")


def test_wrong_use(tmp_path):
    write_charts(tmp_path / "in", A=WORDS)
    with pytest.raises(FileNotFoundError):
        run_batch(tmp_path / "nothing", tmp_path / "out")
    with pytest.raises(ValueError, match="choose another folder"):
        run_batch(tmp_path / "in", tmp_path / "in" / "out")
    with pytest.raises(ValueError, match=r"demo\.yaml:3"):
        run_batch(tmp_path / "in", tmp_path / "out", Options(policies=tmp_path))
    assert not (tmp_path / "out" / "cases.jsonl").exists()


def test_progress(tmp_path):
    write_charts(tmp_path / "in", A=WORDS, B="BOOM")
    told = []

    def tell(state):
        told.append((state.charts, state.reused, state.notes, state.set_aside, state.expected_notes, state.writing))

    run_batch(tmp_path / "in", tmp_path / "out", on_progress=tell)
    assert told == [(1, 0, 1, 0, 2, False), (1, 0, 2, 1, 2, False), (1, 0, 2, 1, 2, True)]
    told.clear()
    run_batch(tmp_path / "in", tmp_path / "out", on_progress=tell)
    assert told == [(1, 1, 1, 0, 2, False), (1, 1, 2, 1, 2, False), (1, 1, 2, 1, 2, True)]


def test_pages_are_left_out_on_request(tmp_path):
    write_charts(tmp_path / "in", A=WORDS)
    run_batch(tmp_path / "in", tmp_path / "out", Options(worksheets=False))
    assert not (tmp_path / "out" / "worksheets").exists()
    assert pq.read_table(tmp_path / "out" / "facts.parquet").num_rows == 1


# --- what is done is not done again -------------------------------------------------------------------------------


@pytest.fixture
def read(monkeypatch):
    """The ids of the charts whose notes are read."""
    found = []
    case = stand_ins.Pipeline.case

    def counted(self, chart, on_note=None):
        found.append(chart.chart_id)
        return case(self, chart, on_note)

    monkeypatch.setattr(stand_ins.Pipeline, "case", counted)
    return found


def everything(out):
    """The files of a batch but for manifest and store."""
    paths = [p for p in sorted(out.rglob("*")) if p.is_file() and not p.name.startswith(("manifest", "work."))]
    return {p.relative_to(out).as_posix(): p.read_bytes() for p in paths}


def test_a_rerun_reads_nothing(tmp_path, read):
    write_charts(tmp_path / "in", A=WORDS, B="none", C="BOOM")
    run_batch(tmp_path / "in", tmp_path / "out")
    before = everything(tmp_path / "out")
    read.clear()
    summary = run_batch(tmp_path / "in", tmp_path / "out")
    assert read == ["C"]  # what was set aside is tried again
    assert everything(tmp_path / "out") == before
    assert summary.manifest["counts"]["reused"] == 2


def test_a_changed_note_is_read_again_and_nothing_else(tmp_path, read):
    write_charts(tmp_path / "in", A=WORDS, B="none")
    run_batch(tmp_path / "in", tmp_path / "out")
    write_charts(tmp_path / "in", B=f"now a {WORDS}", C=WORDS)
    read.clear()
    run_batch(tmp_path / "in", tmp_path / "out")
    assert read == ["B", "C"]
    run_batch(tmp_path / "in", tmp_path / "fresh")
    assert everything(tmp_path / "out") == everything(tmp_path / "fresh")


def test_a_changed_policy_judges_the_facts_anew_and_reads_nothing(tmp_path, read, monkeypatch):
    write_charts(tmp_path / "in", A=WORDS, B="none")
    run_batch(tmp_path / "in", tmp_path / "out")
    read.clear()
    other = Options(policy_ids=("other-2024",))
    run_batch(tmp_path / "in", tmp_path / "out", other)
    assert read == []
    run_batch(tmp_path / "in", tmp_path / "fresh", other)
    assert everything(tmp_path / "out") == everything(tmp_path / "fresh")
    assert {d["policy"] for row in lines(tmp_path / "out" / "cases.jsonl") for d in row["determinations"]} == {
        "other-2024"
    }


def test_changed_patterns_or_code_read_everything_again(tmp_path, read, monkeypatch):
    write_charts(tmp_path / "in", A=WORDS)
    (tmp_path / "patterns").mkdir()
    write(tmp_path / "patterns" / "a.yaml", "a: 1\n")
    options = Options(patterns=tmp_path / "patterns")
    run_batch(tmp_path / "in", tmp_path / "out", options)
    write(tmp_path / "patterns" / "a.yaml", "a: 2\n")
    run_batch(tmp_path / "in", tmp_path / "out", options)
    monkeypatch.setattr("chartproof.batch.run.code_digest", lambda: "other code")
    run_batch(tmp_path / "in", tmp_path / "out", options)
    assert read == ["A", "A", "A"]


def test_a_page_that_is_gone_or_changed_is_made_anew(tmp_path, read):
    write_charts(tmp_path / "in", A=WORDS, B=WORDS)
    run_batch(tmp_path / "in", tmp_path / "out")
    before = everything(tmp_path / "out")
    (tmp_path / "out" / "worksheets" / "A.html").unlink()
    write(tmp_path / "out" / "worksheets" / "B.html", "scribbled over")
    read.clear()
    run_batch(tmp_path / "in", tmp_path / "out")
    assert read == []
    assert everything(tmp_path / "out") == before


def test_a_chart_that_is_no_longer_there_leaves_nothing(tmp_path):
    write_charts(tmp_path / "in", A=WORDS, B=f"{WORDS} {SECRET}")
    run_batch(tmp_path / "in", tmp_path / "out")
    for path in sorted((tmp_path / "in" / "B").rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()
    (tmp_path / "in" / "B").rmdir()
    run_batch(tmp_path / "in", tmp_path / "out")
    run_batch(tmp_path / "in", tmp_path / "fresh")
    assert everything(tmp_path / "out") == everything(tmp_path / "fresh")


def test_a_chart_that_fails_now_keeps_nothing_of_before(tmp_path):
    write_charts(tmp_path / "in", A=WORDS)
    run_batch(tmp_path / "in", tmp_path / "out")
    write_charts(tmp_path / "in", A="BOOM")
    run_batch(tmp_path / "in", tmp_path / "out")
    assert lines(tmp_path / "out" / "cases.jsonl") == []
    assert list((tmp_path / "out" / "worksheets").iterdir()) == []
    assert [row["chart_id"] for row in lines(tmp_path / "out" / "quarantine.jsonl")] == ["A"]


def test_what_a_killed_process_left_half_written_is_removed(tmp_path):
    write_charts(tmp_path / "in", A=WORDS)
    write(tmp_path / "out" / ".x1.part", "half")
    write(tmp_path / "out" / "worksheets" / ".x2.part", "half")
    run_batch(tmp_path / "in", tmp_path / "out")
    assert not [p for p in (tmp_path / "out").rglob(".*")]


def test_two_batches_do_not_write_to_one_folder(tmp_path):
    write_charts(tmp_path / "in", A=WORDS)
    said = []

    def second(state):
        with pytest.raises(ValueError, match="another batch is writing"):
            run_batch(tmp_path / "in", tmp_path / "out")
        said.append(1)

    run_batch(tmp_path / "in", tmp_path / "out", on_progress=second)
    assert said == [1, 1]


def test_a_damaged_store_is_told(tmp_path):
    write_charts(tmp_path / "in", A=WORDS)
    write(tmp_path / "out" / "work.sqlite", "no database, but long enough to be taken for one" * 100)
    with pytest.raises(ValueError, match="damaged; remove it"):
        run_batch(tmp_path / "in", tmp_path / "out")
