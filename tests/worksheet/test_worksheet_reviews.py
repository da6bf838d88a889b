"""What reviewers said: kept, found again, and read back from what they filled in."""

from __future__ import annotations

import io

import pytest
from docx import Document
from docx.oxml.ns import qn
from openpyxl import load_workbook
from worksheet_samples import at, criterion, determination, small_chart

from chartproof.model import Case
from chartproof.worksheet.build import build_sheet
from chartproof.worksheet.docx import render_docx
from chartproof.worksheet.html import sheet_page
from chartproof.worksheet.import_review import NoReviewFile, import_review
from chartproof.worksheet.reviews import Key, Review, ReviewBook, as_lines, merged, read_reviews, reviewed_hash
from chartproof.worksheet.scored import of_chart
from chartproof.worksheet.xlsx import render_xlsx

TEXT = "Left SI joint injected with 80% relief."


def sheet(reviews=(), found="found", status="met"):
    chart = small_chart(TEXT)
    told = determination(
        criterion("II.A", status, [at(chart, "n1.txt", 28, 38)], found=found),
        criterion("II.B", "unsure"),
        criterion("II.C", "not_met"),
        status="does_not_meet",
    )
    case = Case(chart_id=chart.chart_id, request=chart.request, facts=[])
    return build_sheet(of_chart(chart, case, [told]), ReviewBook(reviews))


def key(criterion_id: str, of=None) -> Key:
    return next(row.key for row in (of or sheet()).policies[0].rows if row.result.id == criterion_id)


def review(criterion_id: str, verdict="agree", comment="", of=None, **told) -> Review:
    return Review(**key(criterion_id, of).model_dump(), verdict=verdict, comment=comment, **told)


def test_the_hash_covers_status_found_and_quotes_and_no_offsets():
    chart = small_chart("80% relief", " 80% relief")
    base = criterion("1", evidence=[at(chart, "n1.txt", 0, 10)])
    moved = base.model_copy(update={"evidence": [at(chart, "n2.txt", 1, 11).model_copy(update={"note": "n1.txt"})]})
    assert reviewed_hash(moved) == reviewed_hash(base)
    for change in ({"status": "unsure"}, {"found": "else"}, {"required": "else"}, {"evidence": []}):
        assert reviewed_hash(base.model_copy(update=change)) != reviewed_hash(base)


def test_a_review_stays_with_its_reading_and_is_told_as_earlier_with_another():
    told = [review("II.A", "disagree", "not this side", reviewer="A. Nurse", date="2025-04-20")]
    same = sheet(told).policies[0].rows[0]
    assert same.review_holds and same.review.comment == "not this side"
    other = sheet(told, found="another finding")
    assert other.policies[0].rows[0].review is not None and not other.policies[0].rows[0].review_holds
    assert other.policies[0].rows[1].review is None
    page = sheet_page(other)
    assert "Reviewed before, when the chart was read otherwise: <b>disagree</b>" in page
    assert 'value="disagree" checked' not in page
    page = sheet_page(sheet(told))
    assert 'value="disagree" checked' in page and ">not this side</textarea>" in page
    assert "by <bdi>A. Nurse</bdi>, 2025-04-20" in page


def test_a_new_review_takes_the_place_of_one_with_its_key_and_no_other():
    old = [review("II.A", "agree"), review("II.B", "na")]
    other_reading = review("II.A", "disagree", of=sheet(found="else"))
    both = merged(old, [review("II.A", "disagree", "changed my mind"), other_reading])
    assert [(r.criterion, r.verdict, r.comment) for r in both] == [
        ("II.B", "na", ""),
        ("II.A", "disagree", "changed my mind"),
        ("II.A", "disagree", ""),
    ]


def test_the_file_holds_what_was_written(tmp_path):
    told = [review("II.A", "disagree", 'two\nlines "quoted" \u2028 \u05db')]
    path = tmp_path / "reviews.jsonl"
    assert read_reviews(path) == []
    path.write_text(as_lines(told), encoding="utf-8")
    assert read_reviews(path) == told
    path.write_text(as_lines(told) + '{"chart_id": "Zebulon", "verdict": "maybe"}\n', encoding="utf-8")
    with pytest.raises(ValueError, match=r"reviews\.jsonl:2: not a review: policy") as refused:
        read_reviews(path)
    assert "Zebulon" not in str(refused.value)


# --- workbook ----------------------------------------------------------------------------------------------------


def fill_xlsx(path, **entries: dict[str, object]) -> None:
    """Write the log and fill rows in by criterion."""
    book = load_workbook(io.BytesIO(render_xlsx([sheet()])))
    page = book["Criteria"]
    heads = {cell.value: cell.column for cell in page[1]}
    for row in range(2, page.max_row + 1):
        for head, value in entries.get(page.cell(row, heads["Criterion"]).value, {}).items():
            page.cell(row, heads[head]).value = value
    book.save(path)


def test_a_filled_workbook_is_read_back(tmp_path):
    import datetime

    path = tmp_path / "log.xlsx"
    fill_xlsx(
        path,
        **{
            "II.A": {"Your review": "agree", "Reviewer": "A. Nurse", "Review date": datetime.datetime(2025, 4, 20)},
            "II.C": {"Your review": "N.A.", "Your comment": "=not a formula"},
        },
    )
    read = import_review(path)
    assert read.reviews == [
        review("II.A", "agree", reviewer="A. Nurse", date="2025-04-20"),
        review("II.C", "na", "=not a formula"),
    ]
    assert (read.blank, read.problems) == (1, [])


def test_rows_in_another_order_keep_their_reviews(tmp_path):
    path = tmp_path / "log.xlsx"
    fill_xlsx(path, **{"II.A": {"Your review": "agree"}, "II.C": {"Your review": "disagree"}})
    book = load_workbook(path)
    page = book["Criteria"]
    rows = [[cell.value for cell in row] for row in page.iter_rows(min_row=2)]
    for row, values in enumerate(reversed(rows), start=2):
        for column, value in enumerate(values, start=1):
            page.cell(row, column).value = value
    book.save(path)
    assert {r.criterion: r.verdict for r in import_review(path).reviews} == {"II.A": "agree", "II.C": "disagree"}


def test_a_word_that_is_no_answer_and_a_lost_key_are_set_aside_without_their_words(tmp_path):
    path = tmp_path / "log.xlsx"
    fill_xlsx(
        path,
        **{
            "II.A": {"Your review": "Zebulon"},
            "II.B": {"Your review": "agree", "Review key": None},
            "II.C": {"Your comment": "kept"},
        },
    )
    read = import_review(path)
    assert [r.comment for r in read.reviews] == ["kept"]
    assert read.problems == [
        "Criteria row 2: the review is none of agree, disagree, n.a.",
        "Criteria row 3: a key column is empty",
    ]


def test_files_that_are_none_of_ours_are_refused(tmp_path):
    from openpyxl import Workbook

    book = Workbook()
    book.save(tmp_path / "other.xlsx")
    Document().save(tmp_path / "other.docx")
    (tmp_path / "broken.xlsx").write_bytes(b"no zip")
    (tmp_path / "broken.docx").write_bytes(b"no zip")
    (tmp_path / "a.txt").write_text("x")
    for name, message in {
        "other.xlsx": "no sheet 'Criteria'",
        "other.docx": "no review fields",
        "broken.xlsx": "cannot be read as XLSX",
        "broken.docx": "cannot be read as DOCX",
        "a.txt": "neither .xlsx nor .docx",
    }.items():
        with pytest.raises(NoReviewFile, match=message):
            import_review(tmp_path / name)


# --- Word document -----------------------------------------------------------------------------------------------


def review_cells(document):
    """The review cells by criterion."""
    found = {}
    for table in document.tables:
        if table.rows[0].cells[-1].text == "Reviewer" and table.rows[0].cells[0].text == "Criterion":
            for row in table.rows[1:]:
                found[row.cells[0].paragraphs[0].text] = row.cells[2]
    return found


def tick(cell, verdict):
    """As a click in the word processor does."""
    w14 = "{http://schemas.microsoft.com/office/word/2010/wordml}"
    for control in cell._tc.iter(qn("w:sdt")):
        if control.find(f"{qn('w:sdtPr')}/{qn('w:tag')}").get(qn("w:val")) == verdict:
            next(control.iter(f"{w14}checked")).set(f"{w14}val", "1")
            next(control.iter(qn("w:t"))).text = "☒"


def write_comment(cell, text):
    for control in cell._tc.iter(qn("w:sdt")):
        properties = control.find(qn("w:sdtPr"))
        if properties.find(qn("w:tag")).get(qn("w:val")) == "comment":
            properties.remove(properties.find(qn("w:showingPlcHdr")))
            next(control.iter(qn("w:t"))).text = text


def test_a_filled_document_is_read_back(tmp_path):
    document = Document(io.BytesIO(render_docx(sheet())))
    cells = review_cells(document)
    tick(cells["II.A"], "disagree")
    write_comment(cells["II.A"], "agree with the side, not with the relief")
    cells["II.B"].paragraphs[2].add_run(" x")  # typed behind "n.a." as on paper
    cells["II.C"].add_paragraph("typed below the field")
    document.save(tmp_path / "a.docx")
    read = import_review(tmp_path / "a.docx")
    assert read.reviews == [
        review("II.A", "disagree", "agree with the side, not with the relief"),
        review("II.B", "na"),
        review("II.C", None, "typed below the field"),
    ]
    assert (read.blank, read.problems) == (0, [])


def test_an_untouched_document_has_no_reviews_and_an_earlier_one_is_not_read_as_new(tmp_path):
    told = [review("II.A", "disagree", "old words")]
    (tmp_path / "a.docx").write_bytes(render_docx(sheet(told, found="another finding")))
    read = import_review(tmp_path / "a.docx")
    assert (read.reviews, read.blank) == ([], 3)
    (tmp_path / "b.docx").write_bytes(render_docx(sheet(told)))
    assert import_review(tmp_path / "b.docx").reviews == told


def test_two_ticks_are_set_aside(tmp_path):
    document = Document(io.BytesIO(render_docx(sheet())))
    for verdict in ("agree", "disagree"):
        tick(review_cells(document)["II.B"], verdict)
    document.save(tmp_path / "a.docx")
    read = import_review(tmp_path / "a.docx")
    assert (read.reviews, read.problems) == ([], ["criterion II.B of p-1: two answers are ticked"])


def test_the_one_who_signs_is_the_reviewer(tmp_path):
    document = Document(io.BytesIO(render_docx(sheet())))
    tick(review_cells(document)["II.A"], "agree")
    for control in document.element.body.iter(qn("w:sdt")):
        properties = control.find(qn("w:sdtPr"))
        tag = properties.find(qn("w:tag")).get(qn("w:val"))
        if tag in ("reviewer", "date"):
            properties.remove(properties.find(qn("w:showingPlcHdr")))
            next(control.iter(qn("w:t"))).text = {"reviewer": "A. Nurse", "date": "2025-04-20"}[tag]
    document.save(tmp_path / "a.docx")
    assert import_review(tmp_path / "a.docx").reviews == [review("II.A", reviewer="A. Nurse", date="2025-04-20")]
