"""A chart that went through an export gives the facts of its plain text."""

from __future__ import annotations

import gzip
import json
import shutil

import pytest
from export_writers import (
    PATIENT,
    bundle_of,
    ccda_bytes,
    csv_bytes,
    docx_bytes,
    fhir_resources,
    html_bytes,
    pdf_bytes,
    rows_of,
    rtf_bytes,
    sections_of,
    write_parquet,
)  # fmt: skip

from chartproof.model import Chart
from chartproof.readers import RequestOverrides, read_charts

CHARTS = ("D01", "D05")


def facts_of(case) -> list[str]:
    """Facts without the place of their words, which a document's line breaks may move."""
    found = []
    for fact in case.facts:
        data = fact.to_json()
        data.pop("evidence", None)
        found.append(json.dumps(data, sort_keys=True, default=str))
    return sorted(found)


def quotes_of(case) -> list[str]:
    return sorted(evidence.quote for fact in case.facts for evidence in fact.evidence)


@pytest.fixture(scope="session", params=CHARTS)
def plain(request, dev, pipeline, tmp_path_factory):
    """A chart of texts, its overrides, and its case."""
    (stated,) = (c for c in read_charts(dev / request.param) if isinstance(c, Chart))
    folder = tmp_path_factory.mktemp("plain") / PATIENT
    shutil.copytree(dev / request.param / "notes", folder)
    asked = stated.request
    overrides = RequestOverrides(asked.cpt, asked.laterality, asked.request_date, asked.setting)
    (chart,) = read_charts(folder, overrides, one_chart=True)
    return chart, overrides, pipeline.case(chart)


@pytest.fixture
def check(plain, pipeline):
    """Read a path and compare its one chart with the plain one."""
    chart, overrides, case = plain

    def compare(path, *, converter, same_text=False, **options):
        found = [item for item in read_charts(path, overrides, **options) if not is_field(item)]
        assert [type(item).__name__ for item in found] == ["Chart"], found
        (other,) = found
        assert other.chart_id == PATIENT
        assert [(n.date, n.type) for n in other.notes] == [(n.date, n.type) for n in chart.notes]
        assert {n.converter.split()[0] for n in other.notes} == {converter}
        assert all(n.source for n in other.notes)
        again = pipeline.case(other)
        again.check_evidence(other)
        assert facts_of(again) == facts_of(case) and len(case.facts) > 15
        if same_text:
            assert [n.text for n in other.notes] == [n.text for n in chart.notes]
            assert quotes_of(again) == quotes_of(case)

    return compare


def is_field(item) -> bool:
    return getattr(item, "lost", "") == "field"


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("notes.csv", {}),
        ("notes.tsv", {"delimiter": "\t"}),
        ("notes.csv", {"encoding": "utf-8-sig"}),
        ("notes.csv", {"encoding": "utf-16"}),
        ("notes.csv", {"line_end": "\n"}),
    ],
)
def test_csv(plain, check, tmp_path, name, options):
    (tmp_path / name).write_bytes(csv_bytes(rows_of(plain[0]), **options))
    check(tmp_path / name, converter="text", same_text=True)


def test_parquet(plain, check, tmp_path):
    write_parquet(tmp_path / "notes.parquet", rows_of(plain[0]))
    check(tmp_path / "notes.parquet", converter="text", same_text=True)


def test_parquet_in_parts_as_spark_writes_it(plain, check, tmp_path):
    rows = rows_of(plain[0])
    for part in range(3):
        write_parquet(tmp_path / f"part-0000{part}.snappy.parquet", rows[part::3])
    (tmp_path / "_SUCCESS").write_bytes(b"")
    check(tmp_path, converter="text")


def test_jsonl(plain, check, tmp_path):
    lines = [json.dumps(row) for row in rows_of(plain[0])]
    (tmp_path / "notes.jsonl").write_text("\n".join(lines))
    check(tmp_path / "notes.jsonl", converter="text", same_text=True)


def test_jsonl_of_charts(plain, check, tmp_path):
    chart = plain[0].model_copy(update={"chart_id": PATIENT})
    (tmp_path / "charts.jsonl").write_text(chart.model_dump_json() + "\n")
    check(tmp_path / "charts.jsonl", converter="text", same_text=True)


def document_folder(plain, folder, suffix, write):
    for note in plain[0].notes:
        (folder / PATIENT).mkdir(exist_ok=True)
        (folder / PATIENT / note.id.replace(".txt", suffix)).write_bytes(write(note))
    return folder / PATIENT


@pytest.mark.parametrize(
    ("suffix", "write", "converter"),
    [
        (".rtf", rtf_bytes, "striprtf"),
        (".html", html_bytes, "html"),
        (".htm", lambda note: html_bytes(note, preformatted=True), "html"),
        (".docx", docx_bytes, "python-docx"),
        (".pdf", pdf_bytes, "pypdf"),
        (".doc", rtf_bytes, "striprtf"),
    ],
)
def test_documents(plain, check, tmp_path, suffix, write, converter):
    check(document_folder(plain, tmp_path, suffix, write), converter=converter, one_chart=True)


def test_rtf_in_the_cells_of_a_csv(plain, check, tmp_path):
    rows = rows_of(plain[0])
    for row, note in zip(rows, plain[0].notes, strict=True):
        row["NOTE_TEXT"] = rtf_bytes(note).decode("ascii")
    (tmp_path / "notes.csv").write_bytes(csv_bytes(rows))
    check(tmp_path / "notes.csv", converter="striprtf")


def test_fhir_bulk(plain, check, tmp_path):
    resources = fhir_resources(plain[0])
    for kind in ("DocumentReference", "DiagnosticReport"):
        lines = [json.dumps(one) for one in resources if one["resourceType"] == kind]
        (tmp_path / f"{kind}.ndjson").write_text("\n".join(lines) + "\n")
    (tmp_path / "Patient.ndjson").write_text(json.dumps({"resourceType": "Patient", "id": PATIENT}) + "\n")
    check(tmp_path, converter="text")


def test_fhir_bulk_with_binaries_apart(plain, check, tmp_path):
    """Contents kept in Binary.ndjson, named by relative reference, by URL, and by URL with a version."""
    resources, binaries = fhir_resources(plain[0]), []
    forms = ("Binary/{}", "https://ehr.example/fhir/Binary/{}", "https://ehr.example/fhir/Binary/{}/_history/2")
    for place, one in enumerate(resources):
        attachment = one["content"][0]["attachment"] if "content" in one else one["presentedForm"][0]
        key = f"b{place}"
        binaries.append(
            {"resourceType": "Binary", "id": key, "contentType": "text/plain", "data": attachment.pop("data")}
        )
        attachment["url"] = forms[place % 3].format(key)
    notes, told = tmp_path / "DocumentReference.ndjson", tmp_path / "Binary-1.ndjson"
    notes.write_text("\n".join(map(json.dumps, resources)) + "\n")
    told.write_text("\n".join(map(json.dumps, reversed(binaries))) + "\n")
    check(tmp_path, converter="text")


def test_binaries_that_no_note_names_are_told(tmp_path):
    (tmp_path / "Binary.ndjson").write_text('{"resourceType": "Binary", "id": "b1", "data": "eA=="}\n' * 1)
    (tmp_path / "DocumentReference.ndjson").write_text("")
    told = [(one.where, one.lost, one.reason) for one in read_charts(tmp_path)]
    assert told[0] == ("Binary.ndjson", "field", "1 resource(s) of type Binary belong to no note and are not used")


@pytest.mark.parametrize("name", ["notes.csv.gz", "notes.jsonl.gz", "DocumentReference.ndjson.gz"])
def test_packed_exports(plain, check, tmp_path, name):
    if "csv" in name:
        raw = csv_bytes(rows_of(plain[0]))
    elif "jsonl" in name:
        raw = "\n".join(map(json.dumps, rows_of(plain[0]))).encode()
    else:
        raw = "\n".join(map(json.dumps, fhir_resources(plain[0]))).encode()
    (tmp_path / name).write_bytes(gzip.compress(raw))
    check(tmp_path / name, converter="text")


@pytest.mark.parametrize(
    ("kind", "write", "converter"),
    [
        ("text/html", html_bytes, "html"),
        ("application/rtf", rtf_bytes, "striprtf"),
        ("application/pdf", pdf_bytes, "pypdf"),
    ],
)
def test_fhir_bundle(plain, check, tmp_path, kind, write, converter):
    resources = fhir_resources(plain[0], [(kind, write(note)) for note in plain[0].notes])
    (tmp_path / "bundle.json").write_bytes(bundle_of(resources))
    check(tmp_path / "bundle.json", converter=converter)


def test_fhir_resources_are_valid(plain):
    from fhir.resources.R4B.bundle import Bundle

    Bundle.model_validate_json(bundle_of(fhir_resources(plain[0])))


def test_ccda_with_embedded_notes(plain, check, tmp_path):
    (tmp_path / "summary.xml").write_bytes(ccda_bytes(plain[0]))
    check(tmp_path / "summary.xml", converter="text")


def test_one_cell(plain, check, tmp_path):
    text = "".join(f"===== {n.date:%m/%d/%Y} {n.type.value} =====\n{n.text}\n" for n in plain[0].notes)
    (tmp_path / "charts.csv").write_bytes(csv_bytes([{"patient": PATIENT, "text": text}]))
    check(tmp_path / "charts.csv", converter="text")


def test_pdf_in_a_proportional_font(plain, check, tmp_path):
    def write(note):
        return pdf_bytes(note, font="Helvetica", size=8, width=110)

    check(document_folder(plain, tmp_path, ".pdf", write), converter="pypdf", one_chart=True)


def test_ccda_sections_as_the_note(plain, check, tmp_path):
    for note in plain[0].notes:
        folder = tmp_path / PATIENT
        folder.mkdir(exist_ok=True)
        raw = ccda_bytes(plain[0].model_copy(update={"notes": []}), body=sections_of(note))
        raw = raw.replace(b"20260105120000", f"{note.date:%Y%m%d}120000".encode())
        raw = raw.replace(b"Clinical Summary", note.type.value.encode())
        (folder / note.id.replace(".txt", ".xml")).write_bytes(raw)
    check(tmp_path, converter="ccda")
