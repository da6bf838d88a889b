"""``chartproof worksheet`` and ``chartproof import-review``; a pipeline and policies of a few lines stand in."""

import json
import sys

import pytest
from openpyxl import load_workbook
from typer.testing import CliRunner

import chartproof.worksheet
import stand_ins
from chartproof.cli import app
from stand_ins import SECRET, WORDS, write, write_charts

REAL = chartproof.worksheet


@pytest.fixture
def charts(tmp_path, monkeypatch):
    stand_ins.install(monkeypatch)
    monkeypatch.setitem(sys.modules, "chartproof.worksheet", REAL)
    return write_charts(tmp_path / "in", A=f"Left {WORDS} <b>", B=f"BOOM {SECRET}", C="no words")


def run(*args: object):
    return CliRunner().invoke(app, [str(a) for a in args])


def test_every_format_of_a_chart(charts, tmp_path):
    out = tmp_path / "out"
    result = run("worksheet", charts / "A", "-o", out, "--format", "html,docx,xlsx,fhir")
    assert (result.exit_code, result.stdout) == (0, "")
    assert {p.name for p in out.iterdir()} == {"A.html", "A.docx", "A.fhir.json", "worksheets.xlsx"}
    assert {p.stat().st_mode & 0o777 for p in out.iterdir()} == {0o600}
    assert out.stat().st_mode & 0o777 == 0o700
    assert result.stderr.splitlines() == [str(out / n) for n in ("A.html", "A.docx", "A.fhir.json", "worksheets.xlsx")]
    assert "Left </span>" not in (out / "A.html").read_text()
    assert json.loads((out / "A.fhir.json").read_text())["resourceType"] == "Bundle"


def test_one_file_is_named_by_its_end(charts, tmp_path):
    assert run("worksheet", charts / "A", "-o", tmp_path / "a.html").exit_code == 0
    assert "<title>Worksheet A</title>" in (tmp_path / "a.html").read_text()
    assert run("worksheet", charts / "A", "-o", tmp_path / "a.xlsx").exit_code == 0
    assert load_workbook(tmp_path / "a.xlsx").sheetnames[0] == "Charts"
    refused = run("worksheet", charts / "A", "-o", tmp_path / "b.html", "--format", "docx")
    assert (refused.exit_code, "give a folder" in refused.stderr) == (2, True)
    assert run("worksheet", charts / "A", "-o", tmp_path / "no" / "a.html").exit_code == 2


@pytest.mark.parametrize("wrong", ["odt", "html,odt", ",", ""])
def test_an_unknown_format_is_told(charts, tmp_path, wrong):
    result = run("worksheet", charts / "A", "-o", tmp_path / "out", "--format", wrong)
    assert result.exit_code == 2
    assert "choose of html, docx, xlsx, pdf, fhir" in result.stderr


def test_pdf_without_weasyprint_says_what_to_install_and_writes_nothing(charts, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    result = run("worksheet", charts / "A", "-o", tmp_path / "out", "--format", "html,pdf")
    assert (result.exit_code, "pip install 'chartproof[pdf]'" in result.stderr) == (2, True)
    assert not (tmp_path / "out").exists()


@pytest.fixture
def cases(charts, tmp_path):
    """The results of charts A and C, and two lines that are none."""
    rows = []
    for name in ("A", "C"):
        rows.append(json.dumps(json.loads(run("score", charts / name, "--format", "json").stdout)))
    write(tmp_path / "cases.jsonl", "\n".join([rows[0], "{broken " + SECRET, json.dumps([SECRET]), rows[1]]) + "\n")
    return tmp_path / "cases.jsonl"


def test_the_results_of_a_batch(cases, tmp_path):
    result = run("worksheet", cases, "-o", tmp_path / "out", "--format", "html,xlsx")
    assert result.exit_code == 1
    assert {p.name for p in (tmp_path / "out").iterdir()} == {"A.html", "C.html", "worksheets.xlsx"}
    assert "cases.jsonl line 2: not JSON" in result.stderr and "cases.jsonl line 3: not a row" in result.stderr
    assert SECRET not in result.output
    assert "The text of this note is not at hand." in (tmp_path / "out" / "A.html").read_text()


def test_the_notes_of_a_batch_are_shown_where_they_are_unchanged(charts, cases, tmp_path):
    write(charts / "C" / "notes" / "2025-01-02_procedure.txt", "changed")
    result = run("worksheet", cases, "-o", tmp_path / "out", "--charts", charts)
    assert "chart C: notes have changed since; they are not shown" in result.stderr
    assert "not at hand" not in (tmp_path / "out" / "A.html").read_text()
    assert "not at hand" in (tmp_path / "out" / "C.html").read_text()


def test_a_batch_can_be_narrowed_to_a_policy_but_not_scored_anew(cases, tmp_path):
    run("worksheet", cases, "-o", tmp_path / "one.xlsx", "--policy", "acme")
    refused = run("worksheet", cases, "-o", tmp_path / "none.xlsx", "--policy", "other")
    assert refused.exit_code == 1 and not (tmp_path / "none.xlsx").exists()
    assert "chart A: it was not scored against a policy or payer of that name" in refused.stderr
    assert load_workbook(tmp_path / "one.xlsx")["Charts"].max_row == 3
    result = run("worksheet", cases, "-o", tmp_path / "out", "--cpt", "27279")
    assert (result.exit_code, "scored already" in result.stderr) == (2, True)


def test_what_a_reviewer_writes_comes_back_on_the_next_worksheet(cases, tmp_path):
    out = tmp_path / "out"
    run("worksheet", cases, "-o", out, "--format", "xlsx")
    book = load_workbook(out / "worksheets.xlsx")
    page = book["Criteria"]
    heads = {cell.value: cell.column for cell in page[1]}
    page.cell(2, heads["Your review"]).value = "disagree"
    page.cell(2, heads["Your comment"]).value = SECRET
    page.cell(3, heads["Your review"]).value = "perhaps"
    book.save(out / "worksheets.xlsx")
    result = run("import-review", out / "worksheets.xlsx")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "set aside: worksheets.xlsx: Criteria row 3: the review is none of agree, disagree, n.a." in result.stderr
    assert f"{out / 'reviews.jsonl'}: 1 reviews" in result.stderr and SECRET not in result.output
    assert (out / "reviews.jsonl").stat().st_mode & 0o777 == 0o600
    run("worksheet", cases, "-o", out, "--format", "html,xlsx")
    assert f">{SECRET}</textarea>" in (out / "A.html").read_text()
    assert SECRET not in (out / "C.html").read_text()
    assert run("import-review", out / "worksheets.xlsx").exit_code == 0
    assert len((out / "reviews.jsonl").read_text().splitlines()) == 1


def test_a_file_that_is_no_worksheet_and_a_broken_list_are_told(charts, tmp_path):
    write(tmp_path / "a.txt", "x")
    result = run("import-review", tmp_path / "a.txt")
    assert (result.exit_code, "neither .xlsx nor .docx" in result.stderr) == (2, True)
    assert "--format docx,xlsx" in result.stderr  # where answers are read from
    write(tmp_path / "reviews.jsonl", f'{{"chart_id": "{SECRET}"}}\n')
    result = run("worksheet", charts / "A", "-o", tmp_path / "a.html")
    assert (result.exit_code, "reviews.jsonl:1: not a review" in result.stderr) == (2, True)
    assert SECRET not in result.output


def test_a_file_of_no_format_is_not_taken_for_a_folder(charts, tmp_path):
    result = run("worksheet", charts / "A", "-o", tmp_path / "sheet.txt")
    assert result.exit_code == 2
    assert "no format is written to a .txt file; name a folder, or one file that ends in .html" in result.stderr
    assert not (tmp_path / "sheet.txt").exists()
    assert run("worksheet", charts / "A", "-o", tmp_path / "of.2025").exit_code == 0  # a folder may have a dot


def test_a_chart_to_which_no_policy_applies_is_written_and_told(charts, tmp_path):
    write(charts / "A" / "request.yaml", "chart_id: A\nrequest_date: 2025-04-14\n")
    result = run("worksheet", charts / "A", "-o", tmp_path / "out", "--format", "html,xlsx,docx,fhir")
    assert (result.exit_code, "no policy applies to this request" in result.stderr) == (0, True)
    assert load_workbook(tmp_path / "out" / "worksheets.xlsx")["Charts"]["K2"].value == "No policy applies"
