"""The worksheet as workbook, Word document, PDF and FHIR."""

from __future__ import annotations

import io
import json
import re
import sys
import zipfile
from datetime import UTC, datetime

import pytest
from docx import Document
from openpyxl import load_workbook
from pypdf import PdfReader
from worksheet_samples import at, corpus_chart, criterion, determination, gold_case, policy_determinations, small_chart

from chartproof.model import FACT, Case, Conflict, Gap
from chartproof.worksheet.build import build_sheet
from chartproof.worksheet.docx import render_docx
from chartproof.worksheet.fhir import ORIGIN, SPAN, bundle, render_fhir
from chartproof.worksheet.html import paper_page
from chartproof.worksheet.pdf import PdfUnavailable, render_pdf, require_pdf
from chartproof.worksheet.reviews import Review, ReviewBook
from chartproof.worksheet.scored import of_chart
from chartproof.worksheet.xlsx import MAX_CELL, render_xlsx

NOW = datetime(2025, 5, 1, 12, 0, tzinfo=UTC)
HOSTILE = '=HYPERLINK("http://x.example","y") <script>&amp;\x00\x1b\ufffe \u202e\u05db\u05d0\u05d1 \U0001f9b4'
SHOWN = '=HYPERLINK("http://x.example","y") <script>&amp;\u2400\u241b\ufffd \ufffd\u05db\u05d0\u05d1 \U0001f9b4'


@pytest.fixture(scope="module")
def d10():
    chart = corpus_chart("D10")
    case = gold_case(chart)
    return build_sheet(of_chart(chart, case, policy_determinations(case), {"chartproof": "9", "patterns": "abc"}))


@pytest.fixture(scope="module")
def hostile():
    """A sheet whose every text is hostile."""
    chart = small_chart(HOSTILE, "+1-1")
    e = at(chart, "n1.txt", 0, len(HOSTILE))
    plus = at(chart, "n2.txt", 0, 4)
    case = Case(
        chart_id=chart.chart_id,
        request=chart.request.model_copy(update={"device": HOSTILE, "patient_id": "@SUM(A1)"}),
        facts=[
            FACT.validate_python({"kind": "device", "name": HOSTILE, "evidence": [e]}),
            FACT.validate_python({"kind": "medication", "name": HOSTILE, "start": "2024-03", "evidence": [e]}),
        ],
        conflicts=[Conflict(kind="lab", attribute="value", values=[HOSTILE, "&"], evidence=[e, plus])],
    )
    gap = Gap(what=HOSTILE, source="-2+3", why=HOSTILE)
    told = determination(
        criterion("=1+1", "unsure", [e, plus], label=HOSTILE, found="=2+2", required=HOSTILE, obtain=[gap]),
        criterion("2", found="x" * 300),
        title=HOSTILE,
        notices=[HOSTILE],
        status="needs_documentation",
    )
    return build_sheet(of_chart(chart, case, [told]))


# --- workbook ----------------------------------------------------------------------------------------------------


def book_of(*sheets):
    return load_workbook(io.BytesIO(render_xlsx(list(sheets))))


def rows_of(page):
    heads = [cell.value for cell in page[1]]
    return [dict(zip(heads, [c.value for c in row], strict=True)) for row in page.iter_rows(min_row=2)]


def test_the_log_holds_charts_by_outcome_criteria_and_what_to_obtain(d10):
    chart = small_chart("text")
    meets = build_sheet(
        of_chart(chart, Case(chart_id="T01", request=chart.request, facts=[]), [determination(criterion("1"))])
    )
    book = book_of(meets, d10)
    assert book.sheetnames == ["Charts", "Criteria", "To obtain", "About"]
    charts = rows_of(book["Charts"])
    assert [row["Chart"] for row in charts] == ["D10", "D10", "D10", "T01"]
    assert [row["Outcome"] for row in charts] == ["Does not meet"] * 3 + ["Meets"]
    assert (charts[1]["Payer"], charts[1]["Met"], charts[1]["Not met"], charts[1]["Unsure"]) == ("Centene", 6, 7, 0)
    assert len(rows_of(book["Criteria"])) == 1 + sum(len(policy.rows) for policy in d10.policies)
    assert [row["What"].lower() for row in rows_of(book["To obtain"])] == [item.what.lower() for item in d10.obtain]


def test_a_chart_to_which_no_policy_applies_is_in_the_log_too():
    chart = small_chart("text")
    book = book_of(build_sheet(of_chart(chart, Case(chart_id="T01", request=chart.request, facts=[]), [])))
    [row] = rows_of(book["Charts"])
    assert (row["Chart"], row["Outcome"], row["Procedure"]) == ("T01", "No policy applies", "27279")
    assert len(row["Hash of the notes"]) == 64


def test_the_log_can_be_filtered_its_head_stays_and_the_reviewer_chooses(d10):
    book = book_of(d10)
    for name, frozen in (("Charts", "B2"), ("Criteria", "D2"), ("To obtain", "B2")):
        page = book[name]
        assert page.freeze_panes == frozen
        assert page.auto_filter.ref == page.dimensions
    [choice] = book["Criteria"].data_validations.dataValidation
    column = next(cell.column_letter for cell in book["Criteria"][1] if cell.value == "Your review")
    assert choice.formula1 == '"agree,disagree,n.a."'
    assert str(choice.sqref) == f"{column}2:{column}{book['Criteria'].max_row}"
    [decision] = book["Charts"].data_validations.dataValidation
    assert decision.formula1 == '"Approve,Refer to a physician reviewer"'


def test_no_text_becomes_a_formula_a_link_or_a_broken_file(hostile):
    data = render_xlsx([hostile])
    book = load_workbook(io.BytesIO(data))
    cells = [cell for page in book for row in page.iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} == {"s", "n"}
    assert not [cell for cell in cells if cell.hyperlink]
    assert not [name for name in zipfile.ZipFile(io.BytesIO(data)).namelist() if "external" in name.lower()]
    first = rows_of(book["Criteria"])[0]
    assert (first["Criterion"], first["Found"], first["What it asks, in short"]) == ("=1+1", "=2+2", SHOWN)
    assert all(cell.quotePrefix for cell in book["Criteria"][2])


def test_what_a_cell_cannot_hold_is_cut_and_says_so():
    chart = small_chart("text")
    told = determination(criterion("1", found="x" * 100_000), criterion("2", found="x" * MAX_CELL))
    sheet = build_sheet(of_chart(chart, Case(chart_id="T01", request=chart.request, facts=[]), [told]))
    [first, second] = rows_of(book_of(sheet)["Criteria"])
    assert len(first["Found"]) == MAX_CELL and first["Found"].endswith("(more on the chart's own worksheet)")
    assert second["Found"] == "x" * MAX_CELL


# --- Word document -----------------------------------------------------------------------------------------------


def docx_text(data: bytes) -> str:
    document = Document(io.BytesIO(data))
    return "\n".join("".join(t.text or "" for t in p.iter() if t.tag.endswith("}t")) for p in document.element.body.iter()
                     if p.tag.endswith("}p"))  # fmt: skip


def test_the_document_tells_everything(d10):
    text = docx_text(render_docx(d10))
    for policy in d10.policies:
        assert f"{policy.determination.policy}, {policy.in_force}" in text
        for row in policy.rows:
            assert row.result.label in text and row.result.id in text
    for words in (
        "Summary",
        "What to obtain",
        "Timeline up to the request of 2025-11-04",
        "Coding checks",
        "Refer to a physician reviewer",
        "Passages that criteria quote",
    ):
        assert words in text
    assert "deny" not in text.lower() and "denial" not in text.lower()
    footer = "".join(p.text for p in Document(io.BytesIO(render_docx(d10))).sections[0].footer.paragraphs)
    assert "Chartproof 9, patterns abc" in footer and d10.scored.notes_hash in footer


def test_the_passages_are_not_the_whole_notes(d10):
    text = docx_text(render_docx(d10))
    shown = text[text.index("Passages that criteria quote") :]
    assert len(shown) < sum(len(paper.text) for paper in d10.scored.papers)
    assert [note.paper.id for note in d10.notes if note.passages] == re.findall(r"\((\d\d_[\w-]+\.txt)\)", shown)


def test_hostile_text_makes_a_whole_document(hostile):
    text = docx_text(render_docx(hostile))
    assert SHOWN in text and "=2+2" in text
    assert "\u202e" not in text


# --- PDF ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def weasyprint():
    """WeasyPrint, where it and the library of the system it stands on are there."""
    try:
        require_pdf()
    except PdfUnavailable as error:
        pytest.skip(f"{error}; on Debian: apt-get install libpangoft2-1.0-0 libharfbuzz-subset0")
    import weasyprint

    return weasyprint


def test_pdf_is_written_and_nothing_of_it_is_logged(hostile, caplog, weasyprint):
    data = render_pdf(hostile)
    assert caplog.text == ""  # a character that no font has would be told there
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(data)).pages).replace("\x00", "")
    assert "Prior-authorization worksheet" in text and "Passages that criteria quote" in text
    assert "<script>" in text and "Refer to a physician reviewer" in text


def test_the_page_for_pdf_gives_no_cause_for_a_warning(caplog, weasyprint):
    chart = small_chart("Left SI joint injected with 80% relief.", "other")
    evidence = [at(chart, "n1.txt", 28, 38)]
    injection = {"kind": "injection", "target": "si_joint", "status": "performed", "date": "2025-01-01"}
    case = Case(
        chart_id="T01",
        request=chart.request,
        facts=[FACT.validate_python({**injection, "evidence": evidence})],
        conflicts=[Conflict(kind="lab", attribute="value", values=["a"], evidence=[at(chart, "n2.txt", 0, 5)])],
    )
    told = determination(criterion("1", evidence=evidence, parts=[criterion("1/1", evidence=evidence)]))
    page = paper_page(build_sheet(of_chart(chart, case, [told])))
    assert weasyprint.HTML(string=page, media_type="print").write_pdf()[:5] == b"%PDF-"
    assert [r.getMessage() for r in caplog.records if r.levelname in ("WARNING", "ERROR")] == []
    # a quote leads to its passage, and one without a passage leads nowhere
    assert re.findall(r'href="#(s\d+)"', page) and set(re.findall(r'href="#(s\d+)"', page)) == {"s1"}


def test_without_weasyprint_the_message_says_what_to_install(hostile, monkeypatch):
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    with pytest.raises(PdfUnavailable, match=r"pip install 'chartproof\[pdf\]'"):
        render_pdf(hostile)


# --- FHIR --------------------------------------------------------------------------------------------------------


def resources(made, kind):
    return [entry["resource"] for entry in made["entry"] if entry["resource"]["resourceType"] == kind]


def validated(made):
    """Each resource through the R4B classes; R4B changed none of the kinds used here."""
    from fhir.resources.R4B import get_fhir_model_class

    get_fhir_model_class("Bundle").model_validate(made)
    for entry in made["entry"]:
        get_fhir_model_class(entry["resource"]["resourceType"]).model_validate(entry["resource"])


def test_the_bundle_is_valid(d10, hostile):
    for sheet in (d10, hostile):
        validated(json.loads(render_fhir(sheet, NOW)))


def test_every_reference_leads_to_a_resource_of_the_bundle(d10):
    made = bundle(d10, NOW)
    urls = [entry["fullUrl"] for entry in made["entry"]]
    assert len(urls) == len(set(urls))
    assert set(re.findall(r'"reference": "([^"]+)"', json.dumps(made))) <= set(urls)
    assert {entry["fullUrl"] for entry in made["entry"]} == {f"urn:uuid:{e['resource']['id']}" for e in made["entry"]}


def test_answers_say_their_origin_and_stand_on_observations(d10):
    made = bundle(d10, NOW)
    form, response = resources(made, "Questionnaire")[1], resources(made, "QuestionnaireResponse")[1]
    assert response["questionnaire"] == form["url"] == "urn:chartproof:policy:centene-cp-mp-126-2022-06"
    asked = {q["linkId"] for item in form["item"] for q in [item, *item["item"]]}
    told = {a["linkId"]: a["answer"][0] for item in response["item"] for a in item["item"]}
    assert set(told) <= asked and {item["linkId"] for item in response["item"]} <= asked
    assert told["II.C/status"]["valueCoding"]["code"] == "not_met"
    for answer in told.values():
        assert answer["extension"][0] == {"url": ORIGIN, "extension": [{"url": "source", "valueCode": "auto-client"}]}
    facts = {entry["fullUrl"] for entry in made["entry"] if entry["resource"]["resourceType"] == "Observation"}
    standing = [e["valueReference"]["reference"] for e in told["II.C/status"]["extension"][1:]]
    assert standing and set(standing) <= facts


def test_observations_give_the_place_of_their_words(d10):
    made = bundle(d10, NOW)
    notes = {f"urn:uuid:{r['id']}": r["description"] for r in resources(made, "DocumentReference")}
    texts = {paper.id: paper.text for paper in d10.scored.papers}
    spans = 0
    for observation in resources(made, "Observation"):
        for source in observation["derivedFrom"]:
            [extension] = source["extension"]
            assert extension["url"] == SPAN
            told = {part["url"]: next(v for k, v in part.items() if k != "url") for part in extension["extension"]}
            assert texts[notes[source["reference"]]][told["start"] : told["end"]] == told["quote"]
            spans += 1
    assert spans == sum(len(fact.evidence) for fact in d10.scored.case.facts) > 50


def test_what_a_reviewer_said_is_a_manual_answer():
    chart = small_chart("text")
    case = Case(chart_id="T01", request=chart.request, facts=[])
    scored = of_chart(chart, case, [determination(criterion("1"))])
    [row] = build_sheet(scored).policies[0].rows
    said = Review(**row.key.model_dump(), verdict="disagree", comment="no", reviewer="A. Nurse")
    made = bundle(build_sheet(scored, ReviewBook([said])), NOW)
    validated(json.loads(json.dumps(made)))
    answers = {a["linkId"]: a["answer"][0] for a in resources(made, "QuestionnaireResponse")[0]["item"][0]["item"]}
    assert answers["1/review"]["valueCoding"]["code"] == "disagree"
    assert answers["1/comment"]["valueString"] == "no"
    origin = answers["1/review"]["extension"][0]["extension"]
    assert origin[0]["valueCode"] == "manual"
    assert origin[1]["extension"][0]["valueReference"] == {"display": "A. Nurse"}


def test_provenance_names_software_notes_and_time_and_the_rest_is_the_same_each_time(d10):
    made = bundle(d10, NOW)
    [provenance] = resources(made, "Provenance")
    assert provenance["recorded"] == "2025-05-01T12:00:00+00:00"
    assert len(provenance["entity"]) == len(d10.scored.papers)
    [device] = resources(made, "Device")
    assert [v["value"] for v in device["version"]] == ["9", "abc"]
    assert bundle(d10, NOW) == made
    with pytest.raises(ValueError, match="time zone"):
        render_fhir(d10, datetime(2025, 5, 1))
