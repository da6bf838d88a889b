"""Files made to break a reader end in quarantine, and what is sound beside them is read."""

from __future__ import annotations

import base64
import gzip
import io
import json
import resource
import zipfile
from datetime import date

import pytest
from export_writers import ccda_bytes, csv_bytes, fhir_resources, scan_bytes, write_parquet

from chartproof.model import Chart, Note
from chartproof.readers import Unreadable, limits, read_charts
from chartproof.readers import document as document_module

SECRET = "Zebulon Quackenbush"
GOOD = {
    "note_id": "1",
    "patient_id": "P1",
    "note_date": "2025-03-04",
    "note_type": "consult",
    "note_text": "FABER positive.",
}


def read(path, **options):
    found = list(read_charts(path, **options))
    for item in found:
        if isinstance(item, Unreadable):
            assert SECRET not in item.reason + item.where + item.chart_id
    return [c for c in found if isinstance(c, Chart)], [u for u in found if isinstance(u, Unreadable)]


def reasons(unread):
    return [(u.chart_id, u.lost, u.reason) for u in unread]


@pytest.fixture
def small_limits(monkeypatch):
    """Limits that a test reaches with small files."""
    from chartproof.readers import by_chart, delimited, json_lines, parquet, table_row

    for module in (delimited, json_lines):
        monkeypatch.setattr(module, "MAX_ROW_CHARS", 20_000)
        monkeypatch.setattr(module, "_PIECE", 1_000)
    for module in (table_row, parquet):
        monkeypatch.setattr(module, "MAX_NOTE_CHARS", 10_000)
    monkeypatch.setattr(by_chart, "MAX_CHART_NOTES", 50)
    return monkeypatch


def rows(*texts):
    return [{**GOOD, "note_id": str(n), "patient_id": f"P{n}", "note_text": text} for n, text in enumerate(texts, 1)]


@pytest.mark.parametrize("long", ["x" * 15_000, "x" * 50_000, '"' * 30_000, "a,b\n" * 10_000, '",\n"' * 9_000])
def test_a_cell_that_is_too_long(tmp_path, small_limits, long):
    (tmp_path / "a.csv").write_bytes(csv_bytes(rows("One.", long, "Three.")))
    charts, unread = read(tmp_path / "a.csv")
    assert [(c.chart_id, c.notes[0].text) for c in charts] == [("P1", "One."), ("P3", "Three.")]
    told = [u for u in unread if u.reason != "no note that can be read"]
    assert len(told) == 1 and "million characters" in told[0].reason and told[0].where == "a.csv, line 3"


def test_a_200_mb_cell_is_not_loaded(tmp_path):
    path = tmp_path / "a.csv"
    with path.open("w") as file:
        file.write('patient_id,note_date,note_text\nP1,2025-03-04,One\nP2,2025-03-04,"')
        for _ in range(200):
            file.write("x" * 999_999 + "\n")
        file.write('"\nP3,2025-03-04,Three\n')
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    charts, unread = read(path)
    assert [c.chart_id for c in charts] == ["P1", "P3"]
    assert reasons(unread) == [("", "note", "a row of more than 40 million characters; is a quote left open?")]
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 300_000  # kB


def test_a_quote_that_is_never_closed(tmp_path, small_limits):
    text = 'patient_id,note_date,note_text\nP1,2025-03-04,One\nP2,2025-03-04,"open\n' + "P3,2025-03-04,x\n" * 5_000
    (tmp_path / "a.csv").write_text(text)
    charts, unread = read(tmp_path / "a.csv")
    assert [c.chart_id for c in charts] == ["P1"]
    assert "is a quote left open?" in unread[0].reason


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ('P2,2025-03-04,"a" b', "not valid CSV"),
        ("P2,2025-03-04,a,b", "4 cells where the header has 3"),
        ("P2,2025-03-04", "2 cells where the header has 3"),
        (",2025-03-04,lost text", "no patient in its row"),
        ("P2,2025-03-04, ", "the text is empty"),
        ("x" * 300 + ",2025-03-04,a", "an id of more than 200 characters"),
        ("P2\x07,2025-03-04,a", "control characters"),
        ("P2,,no date here", "no date in its column"),
    ],
)
def test_a_row_that_cannot_be_used(tmp_path, row, says):
    text = f"patient_id,note_date,note_text\nP1,2025-03-04,One\n{row}\nP3,2025-03-04,Three\n"
    (tmp_path / "a.csv").write_text(text)
    charts, unread = read(tmp_path / "a.csv")
    assert [c.chart_id for c in charts] == ["P1", "P3"]
    assert says in unread[0].reason and unread[0].where == "a.csv, line 3"


def test_a_million_columns(tmp_path):
    (tmp_path / "a.csv").write_text(",".join(f"c{n}" for n in range(1_000_000)) + "\n1,2\n")
    (tmp_path / "b.csv").write_text("patient_id,note_date,note_text\nP1,2025-03-04,One\n" + "," * 1_000_000 + "\n")
    (tmp_path / "c.jsonl").write_text(json.dumps({f"k{n}": n for n in range(100_000)}))
    charts, unread = read(tmp_path)
    assert [c.chart_id for c in charts] == ["P1"]
    assert sorted((u.where, u.lost) for u in unread) == [
        ("a.csv", "chart"),
        ("b.csv, line 3", "note"),
        ("c.jsonl, line 1", "note"),
    ]


def test_parquet_with_too_many_columns_too_long_cells_and_broken(tmp_path, small_limits):
    write_parquet(tmp_path / "a.parquet", rows("One.", "x" * 11_000, "Three."))
    write_parquet(tmp_path / "b.parquet", [{f"c{n}": 1 for n in range(6_000)}])
    raw = (tmp_path / "a.parquet").read_bytes()
    (tmp_path / "c.parquet").write_bytes(raw[: len(raw) // 2])
    (tmp_path / "d.parquet").write_bytes(b"PAR1 nothing")
    charts, unread = read(tmp_path)
    assert [c.chart_id for c in charts] == ["P1", "P3"]
    assert [(u.where, u.reason.split(";")[0]) for u in unread if u.where] == [
        ("a.parquet, row 2", "a cell of more than 20 million characters"),
        ("b.parquet", "it has more than 5000 columns"),
        ("c.parquet", "it is no Parquet file, or a broken one"),
        ("d.parquet", "it is no Parquet file, or a broken one"),
    ]


def test_json_that_is_too_deep_too_long_or_none(tmp_path, small_limits):
    lines = ["[" * 100_000, json.dumps({**GOOD, "note_text": "x" * 30_000}), "{", "[1]", json.dumps(GOOD), '{"a": 1}']
    (tmp_path / "a.jsonl").write_text("\n".join(lines))
    charts, unread = read(tmp_path / "a.jsonl")
    assert [c.chart_id for c in charts] == ["P1"]
    assert [u.where for u in unread] == [f"a.jsonl, line {n}" for n in (1, 2, 3, 4, 6)]


def test_a_chart_with_more_notes_than_memory_is_meant_for(tmp_path, small_limits):
    many = [{**GOOD, "note_id": str(n), "patient_id": "P2"} for n in range(51)]
    (tmp_path / "a.csv").write_bytes(csv_bytes([GOOD, *many, {**GOOD, "patient_id": "P3"}]))
    charts, unread = read(tmp_path / "a.csv")
    assert [c.chart_id for c in charts] == ["P1", "P3"]
    assert [(u.chart_id, u.lost) for u in unread] == [("P2", "chart")]


@pytest.mark.parametrize(
    "doctype",
    [
        '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;">]>',
        '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">',
    ],
)
def test_entities_in_xml_are_refused(tmp_path, doctype):
    raw = (
        ccda_bytes(Chart.model_construct(notes=[]))
        .decode()
        .replace("<ClinicalDocument", doctype + "<ClinicalDocument", 1)
    )
    (tmp_path / "a.xml").write_text(raw.replace("Clinical Summary", "&c;&a;"))
    charts, unread = read(tmp_path / "a.xml")
    assert charts == []
    assert reasons(unread) == [("", "chart", "it declares a document type or entities, which a C-CDA never does")]


@pytest.mark.parametrize("body", ["<a>" * 50_000, "<section>" * 150 + "x" + "</section>" * 150, "", "<?xml", "<x/>"])
def test_xml_that_is_none(tmp_path, body):
    (tmp_path / "a.xml").write_text(body if body in ("", "<?xml", "<x/>") else ccda_bytes(
        Chart.model_construct(notes=[]), body=f"<component>{body}</component>").decode())  # fmt: skip
    charts, unread = read(tmp_path / "a.xml")
    assert charts == [] and len(unread) == 1


def note_file(tmp_path, name, raw):
    folder = tmp_path / "P1"
    folder.mkdir(exist_ok=True)
    (folder / name).write_bytes(raw)
    (folder / "2025-03-04_consult.txt").write_text("FABER positive.")
    charts, unread = read(folder, one_chart=True)
    return [n.id for n in charts[0].notes], [(u.where, u.reason) for u in unread]


def docx_with(parts):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for name, data in parts.items():
            package.writestr(name, data)
    return out.getvalue()


def test_a_zip_bomb(tmp_path):
    raw = docx_with({"word/document.xml": b" " * 250_000_000})
    assert len(raw) < 1_000_000
    assert note_file(tmp_path, "2025-03-05_a.docx", raw) == (
        ["2025-03-04_consult.txt"], [("2025-03-05_a.docx", "it unpacks to more than 200 MB")],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "raw", "says"),
    [
        ("2025-03-05_a.docx", docx_with({"xl/workbook.xml": b"x"}), "no Word document"),
        ("2025-03-05_a.docx", b"PK\x03\x04 broken", "no DOCX file, or a broken one"),
        ("2025-03-05_a.docx", b"", "no DOCX file"),
        ("2025-03-05_a.pdf", b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>", "no PDF document"),
        ("2025-03-05_a.pdf", scan_bytes(), "needs OCR: it has no text layer"),
        ("2025-03-05_a.rtf", b"{\\rtf1 " + b"{" * 100_000, "holds no text"),
        ("2025-03-05_a.rtf", b"{\\rtf1 {\\pict\\bin5 }}}}}}", "holds no text"),
        ("2025-03-05_a.rtf", b"no rtf", "it is no RTF document"),
        ("2025-03-05_a.html", b"<html><script>alert(1)</script></html>", "it holds no text"),
        ("2025-03-05_a.html", b"", "it is empty"),
        ("2025-03-05_a.xml", b"<!DOCTYPE a []><a/>", "document type"),
    ],
)
def test_a_document_without_text(tmp_path, name, raw, says):
    ids, told = note_file(tmp_path, name, raw)
    assert ids == ["2025-03-04_consult.txt"]
    assert len(told) == 1 and says in told[0][1], told


def test_html_nested_very_deep(tmp_path):
    raw = b"<p>FABER positive</p>" + b"<div>" * 1_000 + b"ASLR positive"
    ids, told = note_file(tmp_path, "2025-03-05_a.html", raw)
    assert ids == ["2025-03-04_consult.txt"]
    assert told == [("2025-03-05_a.html", "it is nested too deep, or a piece of it is too long")]


def test_a_document_that_takes_too_long(tmp_path, monkeypatch):
    document_module.end_child()
    monkeypatch.setattr(document_module, "CONVERT_SECONDS", 0.0)
    ids, told = note_file(tmp_path, "2025-03-05_a.rtf", b"{\\rtf1 FABER positive}")
    assert told == [("2025-03-05_a.rtf", "converting it took more than 60 seconds")]
    monkeypatch.undo()
    ids, told = note_file(tmp_path, "2025-03-05_a.rtf", b"{\\rtf1 FABER positive}")
    assert (len(ids), told) == (2, [])


def test_a_document_that_takes_too_much_memory(tmp_path, monkeypatch):
    # Forty thousand pages of one shared stream are small on the disk.
    document_module.end_child()
    kids = b" ".join(b"3 0 R" for _ in range(40_000))
    raw = (
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
        b"2 0 obj<</Type/Pages/Count 40000/Kids[" + kids + b"]>>endobj\n"
        b"3 0 obj<</Type/Page/Parent 2 0 R>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF"
    )
    ids, told = note_file(tmp_path, "2025-03-05_a.pdf", raw)
    assert ids == ["2025-03-04_consult.txt"] and len(told) == 1


def test_ids_are_data_and_no_paths(tmp_path):
    evil = [{**GOOD, "patient_id": "../../../tmp/evil", "note_id": "../../x"}, {**GOOD, "patient_id": "/etc/passwd"}]
    (tmp_path / "a.csv").write_bytes(csv_bytes(evil))
    charts, _ = read(tmp_path / "a.csv", work_folder=tmp_path)
    assert sorted(c.chart_id for c in charts) == ["../../../tmp/evil", "/etc/passwd"]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.csv"]


def test_broken_base64_and_urls_in_fhir(tmp_path):
    note = Note(id="n", date=date(2025, 3, 4), type="consult", text="FABER positive.")
    resources = fhir_resources(Chart.model_construct(notes=[note] * 5))
    attachments = [one["content"][0]["attachment"] for one in resources]
    attachments[0]["data"] = "!!!!"
    attachments[1].pop("data")
    attachments[1]["url"] = "http://127.0.0.1:9/Binary/1"
    attachments[2]["data"] = ""
    resources[3]["status"] = "entered-in-error"
    (tmp_path / "a.ndjson").write_text("\n".join(map(json.dumps, resources)))
    charts, unread = read(tmp_path / "a.ndjson")
    assert [n.id for n in charts[0].notes] == ["n4"]
    assert [(u.where, u.lost, u.reason) for u in unread] == [
        ("a.ndjson, line 1", "note", "its attachment is base64 that cannot be decoded"),
        (
            "a.ndjson, line 2",
            "note",
            "its text is only referred to by a URL, which is never fetched; export it inline, "
            "or with its Binary.ndjson",
        ),
        ("a.ndjson, line 3", "note", "its attachment is empty"),
        ("a.ndjson, line 4", "field", "not read: it is entered in error"),
    ]


def test_the_limits_are_those_the_messages_tell():
    assert limits.MAX_NOTE_CHARS == 20_000_000 and limits.MAX_ROW_CHARS == 40_000_000
    assert base64.b64encode(b"x" * 300).__len__() * limits.MAX_NOTE_CHARS / 300 <= limits.MAX_ROW_CHARS


def test_packed_files_that_are_damaged_or_bombs(tmp_path):
    raw = gzip.compress(csv_bytes([GOOD] * 50))
    (tmp_path / "cut.csv.gz").write_bytes(raw[:-20])
    (tmp_path / "none.csv.gz").write_bytes(b"note_id,patient_id,text\n1,2,3\n")
    with gzip.open(tmp_path / "bomb.csv.gz", "wb", 9) as file:
        file.write(b"patient_id,note_date,note_text\n")
        for _ in range(80):
            file.write(b"\0" * 1_000_000)
    _, unread = read(tmp_path)
    damaged = "it is no gzip file, or damaged or cut off; export it anew"
    bomb = "it is packed far more tightly than notes can be; unpack it and look what it holds"
    told = {(one.where, one.lost, one.reason) for one in unread}
    assert {("cut.csv.gz", "chart", damaged), ("none.csv.gz", "chart", damaged), ("bomb.csv.gz", "chart", bomb)} <= told
