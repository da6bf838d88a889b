"""A batch: what it writes, what it sets aside, and that the rest goes on."""

import hashlib
import json

import pytest

import stand_ins
from chartproof.batch import Options, run_batch
from chartproof.readers import RequestOverrides
from stand_ins import SECRET, WORDS, write, write_charts


@pytest.fixture(autouse=True)
def _stand_ins(monkeypatch):
    stand_ins.install(monkeypatch)


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
            "sha256": hashlib.sha256(f"Left {WORDS}, ≥ 75% relief.".encode()).hexdigest(),
        }
    ]
    assert set(row["versions"]) == {"chartproof", "patterns", "policies"}
    assert (tmp_path / "out" / "worksheets" / "A.html").read_text() == "<html>A []</html>"
    assert lines(tmp_path / "out" / "quarantine.jsonl") == []
    assert summary.is_complete
    assert summary.to_json() == {
        "charts": [
            {"chart_id": "A", "policies": {"demo-2025": {"status": "meets", "met": 1, "not_met": 0, "unsure": 0}}}
        ],
        "quarantine": [],
    }


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
    run_batch(tmp_path / "in", tmp_path / "out" / "deep")
    found = {
        p.relative_to(tmp_path / "out").as_posix(): oct(p.stat().st_mode & 0o777) for p in (tmp_path / "out").rglob("*")
    }
    assert found == {
        "deep": "0o700",
        "deep/cases.jsonl": "0o600",
        "deep/quarantine.jsonl": "0o600",
        "deep/worksheets": "0o700",
        "deep/worksheets/A.html": "0o600",
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
    run_batch(tmp_path / "in", tmp_path / "out", on_chart=lambda chart, count: told.append((chart, count)))
    assert told == [("A", 1), ("B", 2)]
