"""The columns of the tables, and what goes into them."""

import json
import re
from datetime import date

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

import stand_ins
from chartproof.batch import run_batch
from chartproof.batch.note_nlp import NOTE_NLP, note_key, note_nlp_rows
from chartproof.batch.tables import ATTRIBUTES, FACTS, SCHEMAS, chart_tables
from chartproof.model import FACT_MODELS, Chart, Note, Request
from stand_ins import WORDS, write_charts

TEXT = "Pain 4-6/10 in 2024-11. FABER (-). Cotinine <= 3 ng/mL. " + "x" * 400


def chart() -> Chart:
    note = Note(id="n1", date=date(2025, 1, 2), type="progress", text=TEXT, source="export.csv, row 7")
    request = Request(request_date=date(2025, 4, 14), patient_id="P-1")
    return Chart(chart_id="A", request=request, notes=[note])


def evidence(words: str):
    start = TEXT.index(words)
    return [{"note": "n1", "start": start, "end": start + len(words), "quote": words}]


FACTS_TOLD = [
    {
        "kind": "pain_score",
        "qualifier": "current",
        "date": "2024-11",
        "value": [4.0, 6.0],
        "evidence": evidence("4-6/10"),
    },
    {"kind": "provocative_test", "name": "faber", "result": "negative", "evidence": evidence("FABER (-)")},
    {"kind": "lab", "analyte": "cotinine", "value": 3.0, "comparator": "<=", "evidence": evidence("<= 3 ng/mL")},
    {"kind": "code", "system": "cpt", "value": "27279", "modifiers": ["50"], "evidence": evidence("10")},
    {"kind": "tenderness", "site": "si_joint", "presence": "present", "evidence": evidence("Pain")},
    {"kind": "pain_pattern", "site": ["buttock", "groin"], "radiating": False, "evidence": evidence("x" * 400)},
]
RECORD = {"chart_id": "A", "request": {"patient_id": "P-1"}, "facts": FACTS_TOLD, "determinations": []}


def test_every_attribute_of_every_kind_has_a_column():
    for model in FACT_MODELS.values():
        names = {field.alias or name for name, field in model.model_fields.items()} - {"kind", "evidence"}
        assert names <= ATTRIBUTES, model


def test_the_columns_stay_as_they_are():
    """A change here breaks tables that are appended to: add at the end of a group, and say so in the changelog."""
    assert {name: len(schema) for name, schema in SCHEMAS.items()} == {
        "facts": 64,
        "criteria": 15,
        "notes": 12,
        "note_text": 4,
        "note_nlp": 14,
    }
    assert FACTS.names[:9] == [
        "chart_id", "patient_id", "fact", "kind", "target", "status", "date", "laterality", "guidance",
    ]  # fmt: skip


def test_facts_as_rows():
    rows = chart_tables(chart(), RECORD)["facts"].to_pylist()
    told = [
        {k: v for k, v in row.items() if v is not None and k not in ("chart_id", "patient_id", "evidence")}
        for row in rows
    ]
    assert told == [
        {
            "fact": 0, "kind": "pain_score", "qualifier": "current", "date": "2024-11",
            "date_first": date(2024, 11, 1), "date_last": date(2024, 11, 30), "value_low": 4.0, "value_high": 6.0,
        },
        {"fact": 1, "kind": "provocative_test", "name": "faber", "result": "negative"},
        {"fact": 2, "kind": "lab", "analyte": "cotinine", "comparator": "<=", "value_low": 3.0, "value_high": 3.0},
        {"fact": 3, "kind": "code", "system": "cpt", "value_text": "27279", "modifiers": ["50"]},
        {"fact": 4, "kind": "tenderness", "site": ["si_joint"], "presence": "present"},
        {"fact": 5, "kind": "pain_pattern", "site": ["buttock", "groin"], "radiating": False},
    ]  # fmt: skip
    assert {(row["chart_id"], row["patient_id"]) for row in rows} == {("A", "P-1")}
    quote = {"note_id": "n1", "start": 5, "end": 11, "quote": "4-6/10", "section": None, "reading": None}
    assert rows[0]["evidence"] == [quote]


def test_notes_and_their_text():
    tables = chart_tables(chart(), RECORD)
    (note,) = tables["notes"].to_pylist()
    assert (note["source"], note["converter"], note["characters"]) == ("export.csv, row 7", "text", len(TEXT))
    assert tables["note_text"].to_pylist() == [
        {"chart_id": "A", "note_id": "n1", "sha256": chart().notes[0].sha256, "text": TEXT}
    ]
    assert note["omop_note_id"] == tables["note_nlp"].to_pylist()[0]["note_id"]


def test_note_nlp_has_the_columns_of_the_cdm():
    """OMOP CDM v5.4, NOTE_NLP: names and order, and the lengths of its varchar columns."""
    assert NOTE_NLP.names == [
        "note_nlp_id", "note_id", "section_concept_id", "snippet", "offset", "lexical_variant", "note_nlp_concept_id",
        "note_nlp_source_concept_id", "nlp_system", "nlp_date", "nlp_datetime", "term_exists", "term_temporal",
        "term_modifiers",
    ]  # fmt: skip
    rows = chart_tables(chart(), RECORD)["note_nlp"].to_pylist()
    lengths = {"snippet": 250, "offset": 50, "lexical_variant": 250, "nlp_system": 250, "term_exists": 1}
    for row in rows:
        for name, length in {**lengths, "term_temporal": 50, "term_modifiers": 2000}.items():
            assert len(row[name] or "") <= length
        assert 0 < row["note_nlp_id"] < 2**63
    assert [row["term_exists"] for row in rows] == ["Y", "N", "Y", "Y", "Y", "Y"]
    assert [row["offset"] for row in rows] == [str(fact["evidence"][0]["start"]) for fact in FACTS_TOLD]
    assert rows[1]["lexical_variant"] == "FABER (-)"
    assert rows[1]["term_modifiers"] == "kind=provocative_test;name=faber;result=negative"
    assert "FABER (-)" in rows[1]["snippet"]
    assert rows[0]["term_modifiers"] == "kind=pain_score;qualifier=current;date=2024-11;value=4,6"


def test_ids_of_notes():
    assert note_key("A", "12345") == 12345
    assert note_key("A", "n1") == note_key("A", "n1") != note_key("B", "n1")
    assert note_key("A", "²") > 2**32  # a digit that is no number
    assert 0 < note_key("A", "9" * 40) < 2**63


@pytest.mark.parametrize(
    ("fact", "when"),
    [
        ({"kind": "injection", "status": "planned"}, "Future"),
        ({"kind": "injection", "status": "performed"}, "Past"),
        ({"kind": "medication", "status": "current"}, None),
    ],
)
def test_when(fact, when):
    (row,) = note_nlp_rows(chart(), [{**fact, "evidence": evidence("Pain")}])
    assert row["term_temporal"] == when


def test_tables_of_a_run(tmp_path, monkeypatch):
    stand_ins.install(monkeypatch)
    write_charts(tmp_path / "in", A=f"Left {WORDS}", B='no, or "not"')
    run_batch(tmp_path / "in", tmp_path / "out", workers=0, csv=True, nlp_date=date(2025, 6, 1))
    for name, schema in SCHEMAS.items():
        assert pq.read_schema(tmp_path / "out" / f"{name}.parquet").equals(schema), name
    criteria = pq.read_table(tmp_path / "out" / "criteria.parquet").to_pylist()
    assert [(row["chart_id"], row["criterion"], row["status"], row["outcome"]) for row in criteria] == [
        ("A", "1", "met", "meets"),
        ("B", "1", "unsure", "needs_documentation"),
    ]
    assert criteria[1]["obtain"] == [{"what": "procedure note", "source": "pain clinic", "why": "no injection found"}]
    (row,) = pq.read_table(tmp_path / "out" / "note_nlp.parquet").to_pylist()
    assert row["nlp_date"] == date(2025, 6, 1)
    facts = pa.csv.read_csv(tmp_path / "out" / "facts.csv")
    assert facts.column_names == FACTS.names
    assert json.loads(facts["evidence"][0].as_py())[0]["quote"] == WORDS
    texts = pa.csv.read_csv(tmp_path / "out" / "note_text.csv")["text"].to_pylist()
    assert texts == [f"Left {WORDS}", 'no, or "not"']


def test_the_manifest_tells_what_the_files_are(tmp_path, monkeypatch):
    import hashlib

    stand_ins.install(monkeypatch)
    write_charts(tmp_path / "in", A=WORDS, B="BOOM")
    run_batch(tmp_path / "in", tmp_path / "out", workers=0)
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    for name, told in manifest["files"].items():
        content = (tmp_path / "out" / name).read_bytes()
        assert told == {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    assert set(manifest["files"]) == {"cases.jsonl", "quarantine.jsonl", *(f"{name}.parquet" for name in SCHEMAS)}
    counts = {"charts": 1, "reused": 0, "notes_read": 2, "set_aside": 1, "cases": 1, "quarantine": 1, "lost chart": 1}
    assert counts.items() <= manifest["counts"].items()
    assert set(manifest["versions"]) == {"chartproof", "patterns", "policies", "code"}
    assert {"python", "spacy", "medspacy", "pyarrow"} <= set(manifest["software"])
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:]{8}\+00:00", manifest[when]) for when in ("begun", "ended"))
