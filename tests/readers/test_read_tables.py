"""Rows of tables: columns, ids, dates, types, parts of notes, and their charts."""

from __future__ import annotations

import json
import random
import stat
from datetime import date, datetime

import pytest
from export_writers import csv_bytes, write_parquet

from chartproof.model import Chart
from chartproof.readers import BadColumns, RequestOverrides, Unreadable, by_chart, parse_map, read_charts
from chartproof.readers.by_chart import is_sorted
from chartproof.readers.columns import find_columns
from chartproof.readers.one_cell import split_notes
from chartproof.readers.table_row import BadId, day_of, id_of


def read(path, **options):
    found = list(read_charts(path, **options))
    return [c for c in found if isinstance(c, Chart)], [u for u in found if isinstance(u, Unreadable)]


def write(tmp_path, rows):
    (tmp_path / "a.csv").write_bytes(csv_bytes(rows))
    return tmp_path / "a.csv"


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ("note_id person_id note_date note_datetime note_type_concept_id note_title note_text provider_id",  # OMOP CDM
         {"note_id": "note_id", "patient": "person_id", "text": "note_text", "date": "note_date", "type": "note_title"}),
        ("ROW_ID SUBJECT_ID HADM_ID CHARTDATE CHARTTIME STORETIME CATEGORY DESCRIPTION CGID ISERROR TEXT",  # MIMIC-III
         {"note_id": "ROW_ID", "patient": "SUBJECT_ID", "text": "TEXT", "date": "CHARTTIME", "type": "CATEGORY", "error": "ISERROR"}),
        ("note_id subject_id hadm_id note_type note_seq charttime storetime text",  # MIMIC-IV-Note
         {"note_id": "note_id", "patient": "subject_id", "text": "text", "date": "charttime", "type": "note_type"}),
        ("encounter_num patient_num concept_cd start_date observation_blob",  # i2b2
         {"patient": "patient_num", "text": "observation_blob", "date": "start_date"}),
        ("PAT_ID NOTE_ID LINE NOTE_TEXT CONTACT_DATE IP_NOTE_TYPE",  # Epic Clarity
         {"note_id": "NOTE_ID", "patient": "PAT_ID", "text": "NOTE_TEXT", "date": "CONTACT_DATE", "type": "IP_NOTE_TYPE", "line": "LINE"}),
        ("TIUDocumentSID PatientSID ReferenceDateTime TIUStandardTitle ReportText",  # VA CDW
         {"note_id": "TIUDocumentSID", "patient": "PatientSID", "text": "ReportText", "date": "ReferenceDateTime", "type": "TIUStandardTitle"}),
    ],
)  # fmt: skip
def test_known_exports(header, found):
    names = header.split()
    columns = find_columns(names)
    assert {role: names[places[0]] for role, places in columns.at.items()} == found


def test_a_mapping_goes_before_what_is_known():
    columns = find_columns(["text", "patient_id", "Body Of Note", "mrn"], parse_map("text=Body Of Note,patient=MRN"))
    assert (columns.at["text"], columns.at["patient"]) == ((2,), (3,))


@pytest.mark.parametrize(
    ("mapping", "says"),
    [
        ("text", "is no role=COLUMN"),
        ("txt=NOTE", "did you mean text"),
        ("text=A,text=B", "text stands twice"),
        ("text=", "is no role=COLUMN"),
    ],
)
def test_a_mapping_that_is_none(mapping, says):
    with pytest.raises(BadColumns, match=says):
        parse_map(mapping)


@pytest.mark.parametrize(
    ("names", "mapping", "says"),
    [
        (["a", "b"], None, r"no column is known for the text; name it with --map text=COLUMN \(it has a, b\)"),
        (["note_text"], None, "no column is known for the patient"),
        (["note_text", "NOTE_TEXT", "mrn"], None, "2 columns could be the text"),
        (["note_text", "mrn"], {"date": "note_txet"}, "did you mean note_text"),
        (["note_text", "A", "A"], {"patient": "A"}, "there are 2 columns A"),
    ],
)
def test_headers_that_cannot_be_used(names, mapping, says):
    with pytest.raises(BadColumns, match=says):
        find_columns(names, mapping)


def test_words_of_a_note_in_place_of_a_header_are_not_repeated():
    with pytest.raises(BadColumns) as error:
        find_columns(["Zebulon, 52, has pain 7/10"])
    assert "Zebulon" not in str(error.value)


@pytest.mark.parametrize(
    ("value", "day"),
    [
        ("2025-03-04", date(2025, 3, 4)),
        ("2025-03-04T10:11:12.123Z", date(2025, 3, 4)),
        ("2025-03-04 10:11:12", date(2025, 3, 4)),
        ("3/4/2025 10:11 AM", date(2025, 3, 4)),
        ("20250304", date(2025, 3, 4)),
        ("04-MAR-25", date(2025, 3, 4)),
        ("2180-05-06 00:00:00", date(2180, 5, 6)),
        (datetime(2025, 3, 4, 9), date(2025, 3, 4)),
        ("March 4, 2025", date(2025, 3, 4)),
        ("2025-13-45", None),
        ("0001-01-01", None),
        ("soon", None),
    ],
)
def test_day_of(value, day):
    assert day_of(value) == day


@pytest.mark.parametrize(
    ("value", "text"), [(7, "7"), (7.0, "7"), (" a ", "a"), (None, ""), (float("nan"), ""), ("07", "07")]
)
def test_id_of(value, text):
    assert id_of(value) == text


@pytest.mark.parametrize("value", ["x" * 201, "a\nb", "a\x00", "\ud800"])
def test_id_of_refuses(value):
    with pytest.raises(BadId):
        id_of(value)


ROW = {"note_id": "1", "mrn": "P1", "note_date": "2025-03-04", "note_type": "Progress Notes", "note_text": "Pain."}


def test_a_note_keeps_where_it_came_from(tmp_path):
    charts, unread = read(write(tmp_path, [ROW]))
    assert unread == []
    (note,) = charts[0].notes
    assert note.model_dump(mode="json") == {
        "id": "1", "date": "2025-03-04", "type": "progress", "text": "Pain.", "date_source": "column",
        "source": "a.csv, line 2", "converter": "text", "pages": [],
    }  # fmt: skip
    assert charts[0].request.sources == {"request_date": "latest note"}


def test_rows_of_a_request(tmp_path):
    stated = {"request_cpt": "27279", "request_side": "LT", "request_date": "2025-04-14", "payer": "Acme"}
    charts, unread = read(write(tmp_path, [{**ROW, **stated, "request_setting": "home"}]))
    request = charts[0].request
    assert (request.cpt, request.laterality, request.request_date, request.payer) == (
        "27279",
        "left",
        date(2025, 4, 14),
        "Acme",
    )
    assert [(u.lost, u.reason) for u in unread] == [("field", "setting is not one of outpatient or inpatient")]


def test_rows_that_state_two_sides_state_none(tmp_path):
    rows = [{**ROW, "request_side": "left"}, {**ROW, "note_id": "2", "request_side": "right"}]
    charts, unread = read(write(tmp_path, rows))
    assert charts[0].request.laterality is None
    assert "state different values" in unread[0].reason
    charts, unread = read(tmp_path / "a.csv", overrides=RequestOverrides(laterality="right"))
    assert (charts[0].request.laterality, unread) == ("right", [])


def test_chunks_and_lines_of_a_note_are_joined(tmp_path):
    text = "".join(f"word{n} " for n in range(100))
    rows = [{**ROW, "line": n + 1, "note_text": text[n * 300 : n * 300 + 300]} for n in range(3)]
    rows += [{**ROW, "note_id": "2", "line": n, "note_text": line} for n, line in ((10, "c"), (2, "b"), (1, "a"))]
    charts, unread = read(write(tmp_path, [rows[0], rows[2], rows[1], *rows[3:]]))
    assert unread == []
    assert [n.text for n in charts[0].notes] == [text, "a\nb\nc"]


def test_ids_that_come_twice(tmp_path):
    rows = [ROW, ROW, {**ROW, "note_text": "Addendum."}]
    charts, unread = read(write(tmp_path, rows))
    assert [(n.id, n.text) for n in charts[0].notes] == [("1", "Pain."), ("1~2", "Addendum.")]
    assert [(u.lost, u.where, u.reason) for u in unread] == [
        ("field", "a.csv, line 3", "the same note as another; used once")
    ]


def test_rows_that_the_export_marks_as_errors(tmp_path):
    charts, unread = read(write(tmp_path, [{**ROW, "ISERROR": ""}, {**ROW, "note_id": "2", "ISERROR": "1"}]))
    assert [n.id for n in charts[0].notes] == ["1"]
    assert [(u.chart_id, u.lost) for u in unread] == [("P1", "note")]


def test_parquet_types(tmp_path):
    rows = [
        {"person_id": 12, "note_id": 3.0, "note_date": date(2025, 3, 4), "note_text": "a"},
        {"person_id": 12, "note_id": None, "note_date": None, "note_text": "DOS: 03/05/2025"},
        {"person_id": None, "note_id": 5.0, "note_date": None, "note_text": "b"},
    ]
    write_parquet(tmp_path / "a.parquet", rows)
    charts, unread = read(tmp_path / "a.parquet")
    assert [(n.id, n.date.day, n.source) for n in charts[0].notes] == [
        ("3", 4, "a.parquet, row 1"),
        ("row-2", 5, "a.parquet, row 2"),
    ]
    assert [u.where for u in unread] == ["a.parquet, row 3"]


def test_tables_of_one_folder_are_taken_together(tmp_path):
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "a.csv").write_bytes(csv_bytes([ROW]))
    write_parquet(tmp_path / "b.parquet", [{**ROW, "note_id": "2"}])
    (tmp_path / "c.jsonl").write_text(json.dumps({**ROW, "note_id": "3"}))
    charts, unread = read(tmp_path)
    assert unread == []
    assert [n.id for n in charts[0].notes] == ["2", "3", "1"]


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ("a a b c", True), ("c b b a", True), ("9 10 11", True), ("11 10 9 9", True), ("1 10 2", True), ("a b a", False),
        ("7 07 7", False), ("1 3 2 3", False), ("", True), ("x", True), ("2 10 a", False),
    ],
)  # fmt: skip
def test_is_sorted(keys, expected):
    assert is_sorted(keys.split()) is expected


@pytest.mark.parametrize("order", ["sorted", "memory", "disk"])
def test_charts_are_whole_whatever_the_order(tmp_path, monkeypatch, order):
    rows = [{**ROW, "note_id": f"{n}", "mrn": f"P{n // 5:02d}", "note_text": f"Note {n}."} for n in range(100)]
    if order != "sorted":
        random.Random(1).shuffle(rows)
    if order == "disk":
        monkeypatch.setattr(by_chart, "SPILL_CHARS", 5_000)
    work = tmp_path / "out"
    work.mkdir(mode=0o700)
    path = write(tmp_path, rows)
    found = []
    for item in read_charts(path, work_folder=work):
        assert isinstance(item, Chart)
        found.append((item.chart_id, sorted(int(n.id) for n in item.notes)))
        if order == "disk":
            (folder,) = work.iterdir()
            assert stat.S_IMODE(folder.stat().st_mode) == 0o700
            assert {stat.S_IMODE(one.stat().st_mode) for one in folder.iterdir()} == {0o600}
    assert found == [(f"P{n:02d}", list(range(n * 5, n * 5 + 5))) for n in range(20)]
    assert list(work.iterdir()) == []


def test_an_unsorted_export_without_a_work_folder_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(by_chart, "SPILL_CHARS", 1_000)
    rows = [{**ROW, "note_id": f"{n}", "mrn": f"P{n % 2}"} for n in range(10)]
    charts, unread = read(write(tmp_path, rows))
    assert charts == []
    assert [(u.lost, u.where) for u in unread] == [("chart", "a.csv")]


def test_an_iteration_that_is_broken_off_leaves_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(by_chart, "SPILL_CHARS", 1_000)
    rows = [{**ROW, "note_id": f"{n}", "mrn": f"P{n % 2}"} for n in range(10)]
    work = tmp_path / "out"
    charts = read_charts(write(tmp_path, rows), work_folder=work)
    next(charts)
    charts.close()
    assert list(work.iterdir()) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("=== 11/12/2024 Consult ===\na\n=== 12/01/2024 PT ===\nb", [("2024-11-12", "consult"), ("2024-12-01", "pt")]),
        ("[2024-11-12] Progress note\na\n[2024-12-01] MRI\nb", [("2024-11-12", "progress"), ("2024-12-01", "imaging")]),
        ("Note 1 of 2: 11/12/2024 Consult\na\nNote 2 of 2: 12/01/2024 PT\nb", [("2024-11-12", "consult"), ("2024-12-01", "pt")]),
        ("Note Date: 11/12/2024  Note Type: Consult\na\nNote Date: 12/01/2024  Note Type: PT\n", [("2024-11-12", "consult"), ("2024-12-01", "pt")]),
        ("Progress Notes by A. Smith, MD at 11/12/2024 1:40 PM\na\nConsults by B. Lee, MD at 12/01/2024 8:00 AM\nb",
         [("2024-11-12", "progress"), ("2024-12-01", "consult")]),
        ("=== 11/12/2024 Consult ===\nonly one", None),
        ("Consult\n=== 11/12/2024 ===\na\n=== 12/12/2024 ===\nb", None),
        ("=== Consult ===\n=== 11/12/2024 ===\na\n=== 12/12/2024 ===\nb", None),
        ("Seen 11/12/2024\nSeen 12/12/2024", None),
        ("", None),
    ],
)  # fmt: skip
def test_texts_of_several_notes(tmp_path, text, expected):
    pieces = split_notes(text)
    if expected is None:
        assert pieces is None
        return
    charts, unread = read(write(tmp_path, [{"mrn": "P1", "note_text": text}]))
    assert unread == []
    assert [(n.date.isoformat(), n.type) for n in charts[0].notes] == expected
    assert "".join(n.text for n in charts[0].notes) == text


def test_a_text_file_of_several_notes_when_asked_for(tmp_path):
    (tmp_path / "P7.txt").write_text("=== 11/12/2024 Consult ===\nDOS: 11/12/2024\n=== 12/01/2024 PT ===\nb\n")
    charts, _ = read(tmp_path / "P7.txt")
    assert len(charts[0].notes) == 1
    charts, unread = read(tmp_path / "P7.txt", reader="one-cell")
    assert (charts[0].chart_id, len(charts[0].notes), unread) == ("P7", 2, [])


def test_a_reader_that_is_forced(tmp_path):
    (tmp_path / "dump.dat").write_bytes(csv_bytes([ROW]))
    charts, unread = read(tmp_path / "dump.dat", reader="csv")
    assert (charts[0].chart_id, unread) == ("P1", [])
    charts, unread = read(tmp_path, reader="fhir")
    assert charts == [] and unread[0].lost in ("chart", "note")
    (tmp_path / "note.txt").write_text("<p>DOS: 03/04/2025</p>")
    charts, _ = read(tmp_path / "note.txt", reader="text")
    assert charts[0].notes[0].text == "<p>DOS: 03/04/2025</p>"
    charts, _ = read(tmp_path / "note.txt", reader="html")
    assert charts[0].notes[0].text == "DOS: 03/04/2025"
    with pytest.raises(ValueError, match="no reader"):
        read(tmp_path, reader="excel")


def test_marks_beside_tables_are_passed_over_and_delta_tables_refused(tmp_path):
    (tmp_path / "a").mkdir()
    write_parquet(tmp_path / "a" / "part-0.parquet", [ROW])
    for name in ("_SUCCESS", "_metadata", ".part-0.parquet.crc"):
        (tmp_path / "a" / name).write_bytes(b"x")
    (tmp_path / "b" / "_delta_log").mkdir(parents=True)
    write_parquet(tmp_path / "b" / "part-0.parquet", [{**ROW, "mrn": "P2"}])
    charts, unread = read(tmp_path / "a")
    assert ([c.chart_id for c in charts], unread) == (["P1"], [])
    charts, unread = read(tmp_path)
    assert [c.chart_id for c in charts] == ["P1"]
    assert [(u.where, u.lost, u.reason.split(",")[0]) for u in unread] == [("b", "chart", "it is a Delta table")]


def test_texts_beside_tables_are_read_too(tmp_path):
    write(tmp_path, [ROW])
    (tmp_path / "P2_2025-03-05_consult.txt").write_text("FABER positive.")
    (tmp_path / "other.json").write_text("{}")
    charts, unread = read(tmp_path)
    assert [c.chart_id for c in charts] == ["P1", "P2"]
    name = tmp_path.name
    assert [(u.chart_id, u.where, u.lost) for u in unread] == [(name, "other.json", "note"), (name, "", "chart")]
