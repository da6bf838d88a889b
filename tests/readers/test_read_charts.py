"""Charts from the forms a path can have."""

from datetime import date
from pathlib import Path

import pytest

from chartproof.model import Chart
from chartproof.readers import RequestOverrides, Unreadable, read_charts
from chartproof.readers.text_folder import chart_of_name

CORPUS = Path(__file__).resolve().parents[2] / "corpora" / "dev"
SECRET = "Zebulon Quackenbush"
REQUEST = "chart_id: X1\nrequest_date: 2025-04-14\nprocedure: {cpt: 27279, laterality: left, setting: outpatient}\n"


def write(folder: Path, files: dict[str, str | bytes]) -> Path:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


def read(path: Path, **options) -> tuple[list[Chart], list[Unreadable]]:
    found = list(read_charts(path, RequestOverrides(**options)))
    return [c for c in found if isinstance(c, Chart)], [u for u in found if isinstance(u, Unreadable)]


def test_a_chart_folder_of_the_corpus():
    charts, unread = read(CORPUS / "D01")
    assert unread == []
    (chart,) = charts
    assert chart.chart_id == "D01"
    assert chart.request.model_dump(mode="json") == {
        "request_date": "2025-10-20",
        "cpt": "27279",
        "laterality": "right",
        "setting": "inpatient",
        "icd10": ["M53.3", "M51.34"],
        "device": "iFuse Implant System",
        "patient_id": "P-48213",
        "payer": None,
        "sources": dict.fromkeys(
            ["patient_id", "cpt", "device", "icd10", "request_date", "laterality", "setting"], "request.yaml"
        ),
    }
    assert [(n.id, n.date.isoformat(), n.type.value, n.date_source) for n in chart.notes][:2] == [
        ("01_2024-11-12_consult.txt", "2024-11-12", "consult", "file name"),
        ("02_2025-03-18_pt.txt", "2025-03-18", "pt", "file name"),
    ]
    first = CORPUS / "D01" / "notes" / "01_2024-11-12_consult.txt"
    assert chart.notes[0].text == first.read_text(encoding="utf-8")


def test_a_folder_of_chart_folders(tmp_path):
    write(tmp_path, {"b/request.yaml": REQUEST.replace("X1", "B"), "b/notes/2025-01-02_pt.txt": "PT"})
    write(tmp_path, {"a/deep/request.yml": REQUEST.replace("X1", "A"), "a/deep/notes/2025-01-02_pt.txt": "PT"})
    charts, unread = read(tmp_path)
    assert [c.chart_id for c in charts] == ["A", "B"]
    assert unread == []


def test_options_go_before_the_file(tmp_path):
    write(tmp_path, {"request.yaml": REQUEST.replace("left", "lfet"), "notes/2025-01-02_pt.txt": "PT"})
    charts, unread = read(tmp_path, laterality="right", request_date=date(2025, 5, 1))
    assert unread == []
    request = charts[0].request
    assert (request.laterality, request.request_date, request.setting) == ("right", date(2025, 5, 1), "outpatient")
    assert request.sources == {
        "cpt": "request.yaml",
        "setting": "request.yaml",
        "laterality": "option",
        "request_date": "option",
    }


def test_without_a_request_the_latest_note_dates_it(tmp_path):
    write(tmp_path, {"2025-01-02_pt.txt": "PT", "2025-03-02_mri.txt": "MRI"})
    charts, unread = read(tmp_path)
    assert unread == []
    assert charts[0].chart_id == tmp_path.name
    assert charts[0].request.request_date == date(2025, 3, 2)
    assert charts[0].request.sources == {"request_date": "latest note"}
    assert charts[0].request.laterality is None


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("request_date: 2025-02-30\nprocedure: {}", "request_date"),
        ("request_date: [1]", "request_date"),
        ("request_date: 2025-04", "request_date is not a full date"),
        (f"patient_id: {SECRET}\nprocedure: [", "line 2"),
        ("- a\n- b", "keys and values"),
        ("procedure: fusion", "procedure holds no keys"),
        ("procedure: {laterality: lfet}", "left, right or bilateral"),
        ("procedure: {setting: home}", "outpatient or inpatient"),
        ("procedure: {laterality: left, laterality: right}", "a key stands twice at line 1"),
        ("a: &a [*a]\nb: {? *a : 1}", "YAML"),
        ("[" * 5000, "YAML"),
        (b"%PDF-1.4", "a PDF"),
        ("", "empty"),
    ],
)
def test_a_broken_request_file_quarantines_the_chart(tmp_path, content, says):
    write(tmp_path, {"request.yaml": content, "notes/2025-01-02_pt.txt": "PT"})
    charts, unread = read(tmp_path)
    assert charts == []
    (one,) = unread
    assert (one.chart_id, one.where, one.lost) == (tmp_path.name, "request.yaml", "chart")
    assert says in one.reason
    assert SECRET not in one.reason


def test_an_unknown_key_is_told_and_the_chart_goes_on(tmp_path):
    text = REQUEST + "laterality: right\npayr: Acme\n"
    write(tmp_path, {"request.yaml": text, "notes/2025-01-02_pt.txt": "PT"})
    charts, unread = read(tmp_path)
    assert charts[0].request.laterality == "left"
    assert [(u.lost, u.reason) for u in unread] == [
        ("field", "laterality is not used here; write it under procedure"),
        ("field", "payr is not used; did you mean payer?"),
    ]


def test_a_note_that_cannot_be_read_is_told_and_the_chart_goes_on(tmp_path):
    write(
        tmp_path,
        {
            "c/request.yaml": REQUEST,
            "c/notes/2025-01-02_pt.txt": "PT",
            "c/notes/blank.txt": "",
            "c/notes/scan.pdf": b"%PDF-1.4",
            "c/notes/scan.txt": b"%PDF-1.4",
            "c/notes/undated.txt": f"{SECRET} says the pain is 7/10.",
            "c/notes/.DS_Store": b"\0\1",
            "c/late.txt": "2025-02-02",
            "c/gold/facts.yaml": "[]",
        },
    )
    (tmp_path / "c/notes/gone.txt").symlink_to(tmp_path / "nowhere.txt")
    charts, unread = read(tmp_path)
    assert [n.id for n in charts[0].notes] == ["2025-01-02_pt.txt"]
    assert {(u.chart_id, u.lost) for u in unread} == {("X1", "note")}
    assert [(u.where, u.reason) for u in unread] == [
        ("c/late.txt", "not read: it lies beside notes/; put it into notes/"),
        ("c/notes/blank.txt", "it is empty"),
        ("c/notes/gone.txt", "it is not there (a broken link, or removed while reading)"),
        ("c/notes/scan.pdf", "it is broken, or no PDF document (PdfStreamError)"),
        ("c/notes/scan.txt", "it is broken, or no PDF document (PdfStreamError)"),
        ("c/notes/undated.txt", "no date in its name or at its head; name the file YYYY-MM-DD_<type>.txt"),
    ]


def test_a_chart_without_a_readable_note_is_told(tmp_path):
    write(tmp_path, {"c/request.yaml": REQUEST, "c/notes/undated.txt": "pain", "d/request.yaml": REQUEST})
    (tmp_path / "e").mkdir()
    charts, unread = read(tmp_path)
    assert charts == []
    assert [(u.chart_id, u.where, u.lost) for u in unread] == [
        ("X1", "c/notes/undated.txt", "note"),
        ("X1", "c/notes", "chart"),
        ("X1", "d", "chart"),
        ("e", "e", "chart"),
    ]


def test_no_permission_is_told(tmp_path, monkeypatch):
    write(tmp_path, {"c/notes/2025-01-02_pt.txt": "PT", "d/x.txt": "x", "e/notes/2025-01-02_pt.txt": "PT"})
    read_bytes, iterdir = Path.read_bytes, Path.iterdir

    def refuse(path: Path, otherwise):
        if path.name == "d" or path.parent.parent.name == "c":
            raise PermissionError(13, "Permission denied", str(path))
        return otherwise(path)

    monkeypatch.setattr(Path, "read_bytes", lambda path: refuse(path, read_bytes))
    monkeypatch.setattr(Path, "iterdir", lambda path: refuse(path, iterdir))
    charts, unread = read(tmp_path)
    assert [c.chart_id for c in charts] == ["e"]
    assert [(u.where, u.lost, u.reason) for u in unread] == [
        ("c/notes/2025-01-02_pt.txt", "note", "no permission to read it"),
        ("c/notes", "chart", "no note that can be read"),
        ("d", "chart", "no permission to read it"),
    ]


def test_links_that_go_round_end(tmp_path):
    write(tmp_path, {"a/2025-01-02_pt.txt": "PT"})
    (tmp_path / "a/loop").symlink_to(tmp_path)
    charts, unread = read(tmp_path)
    assert [c.chart_id for c in charts] == ["a"]
    assert [u.reason for u in unread] == ["a link back to a folder it lies in"]


def test_a_single_file_and_a_missing_path(tmp_path):
    write(tmp_path, {"P-7.txt": "CLINIC\nDOS: 03/04/2025   DOB: 1/1/1960\nPHYSICAL THERAPY"})
    charts, _ = read(tmp_path / "P-7.txt")
    assert (charts[0].chart_id, charts[0].notes[0].date, charts[0].notes[0].type) == ("P-7", date(2025, 3, 4), "pt")
    assert charts[0].notes[0].date_source == "text, line 2"
    with pytest.raises(FileNotFoundError):
        list(read_charts(tmp_path / "nothing"))


def test_text_files_fall_into_charts_by_their_names(tmp_path):
    names = ["P1_2025-01-02_pt.txt", "P1_2025-02-02_mri.txt", "P2_2025-01-02.txt", "2025-01-05_consult.txt"]
    write(tmp_path, dict.fromkeys(names, "words"))
    write(tmp_path, {"sub/note one 2025-01-02.txt": "words", "sub/two 2025-01-03.txt": "words"})
    charts, unread = read(tmp_path)
    assert unread == []
    by_id = {c.chart_id: [n.id for n in c.notes] for c in charts}
    assert by_id == {
        "P1": ["P1_2025-01-02_pt.txt", "P1_2025-02-02_mri.txt"],
        "P2": ["P2_2025-01-02.txt"],
        tmp_path.name: ["2025-01-05_consult.txt"],
        "sub": ["note one 2025-01-02.txt", "two 2025-01-03.txt"],
    }


def test_one_chart_takes_all_files_of_a_folder(tmp_path):
    write(tmp_path, {"smith 2025-01-02.txt": "words", "jones 2025-01-03.txt": "words"})
    assert [c.chart_id for c in read(tmp_path)[0]] == ["jones", "smith"]
    (chart,) = read_charts(tmp_path, one_chart=True)
    assert isinstance(chart, Chart)
    assert len(chart.notes) == 2


@pytest.mark.parametrize(
    ("stem", "chart"),
    [
        ("P-1001_2025-03-04_consult", "P-1001"),
        ("P-1001_consult", "P-1001"),
        ("01_2025-03-04_consult", None),
        ("2025-03-04_pt", None),
        ("2025-03-04", None),
        ("consult_2025-03-04", None),
        ("consult", None),
        ("1001_2025-03-04", "1001"),
        ("101", "101"),  # a bare number may be a patient
        ("2025-03-04_smith", "smith"),
        ("2025-03-04_smith_mri", "smith"),
        ("note_001", "note_001"),
    ],
)
def test_chart_of_name(stem, chart):
    assert chart_of_name(stem) == chart
