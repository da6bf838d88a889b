"""What the converters make of documents."""

from __future__ import annotations

import io

import docx
import pytest
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from export_writers import pdf_bytes, scan_bytes
from pypdf import PdfReader, PdfWriter

from chartproof.model import Note
from chartproof.readers.ccda import ccda_texts
from chartproof.readers.converted import CannotConvert
from chartproof.readers.document import kind_of
from chartproof.readers.docx import docx_text
from chartproof.readers.html import html_text
from chartproof.readers.layout import table_text
from chartproof.readers.pdf import pdf_text
from chartproof.readers.rtf import rtf_text


def note(text):
    return Note(id="n", date="2025-03-04", type="consult", text=text)


def saved(document):
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


# --- HTML ---


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("<p>Pain  7/10\n in the <b>left</b> buttock.</p><p>FABER +</p>", "Pain 7/10 in the left buttock.\n\nFABER +"),
        ("<div>one<br>two<br/><br/>three</div>", "one\ntwo\n\nthree"),
        ("<ul><li>FABER</li><li>Gaenslen</li></ul>", "- FABER\n- Gaenslen"),
        ("<pre>a   b\n  c</pre>", "a   b\n  c"),
        ("<div style='white-space: pre-wrap'>a   b\n  c</div>", "a   b\n  c"),
        ("<p>75&nbsp;%&nbsp;&nbsp;relief &ge; 6 wk &lt;</p>", "75 %  relief ≥ 6 wk <"),
        ("<head><title>x</title></head><style>p{}</style><script>y</script><p>z<!-- c --></p>", "z"),
        ("<p><input type=checkbox checked>Yes <input type='checkbox'>No</p>", "[x] Yes [ ] No"),
        (
            "<table><tr><th>Test<th>Left<th>Right<tr><td>FABER<td>+<td>-<tr><td>Thigh thrust<td>-<td>-</table>",
            "Test          Left  Right\nFABER         +     -\nThigh thrust  -     -",
        ),
        ("<table><tr><td><p>HPI</p><p>Pain.</p></td><td><p>Exam</p></td></tr></table>", "HPI\n\nPain.\nExam"),
        ("<table><tr><td>a<table><tr><td>b<td>c</table>d</table>", "a\n\nb  c\n\nd"),
        ("plain words with no tag", "plain words with no tag"),
    ],
)
def test_html(source, text):
    converted = html_text(source.encode())
    assert converted.text == text
    assert converted.left_out == ()


def test_html_says_that_struck_out_text_is_left_out():
    converted = html_text(
        b"<p>Relief was <del>80%</del> <span style='text-decoration: line-through'>90%</span> 20%.</p>"
    )
    assert converted.text == "Relief was 20%."
    assert converted.left_out == ("struck-out text is left out",)


@pytest.mark.parametrize(
    "raw",
    [
        "<html><head><meta charset='windows-1252'></head><p>“75°”</p>".encode("cp1252"),
        "<html><p>“75°”</p>".encode("utf-16"),
        "<html><p>“75°”</p>".encode("cp1252"),
        "<?xml version='1.0' encoding='utf-8'?><html><p>“75°”</p></html>".encode(),
        "<html><meta charset='nonsense-8'><p>“75°”</p></html>".encode(),
    ],
)
def test_html_encodings(raw):
    assert html_text(raw).text == "“75°”"


# --- RTF ---


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (r"Pain 7/10\par FABER +", "Pain 7/10\nFABER +"),
        (r"\'93no relief\'94 \u8805? 75\'b0", "“no relief” ≥ 75°"),
        (r"\trowd\cellx1\cellx2 FABER\cell +\cell\row Gaenslen\cell -\cell\row", "FABER\t+\nGaenslen\t-"),
        (r"{\*\template secret}{\info{\author A}}a{\pict\pngblip 89504e47}b", "ab"),
        (r"a\line b\tab c", "a\nb\tc"),
        (r"{\field{\*\fldinst HYPERLINK x}{\fldrslt shown}}", "shown"),
    ],
)
def test_rtf(body, text):
    converted = rtf_text(rf"{{\rtf1\ansi\ansicpg1252\deff0{{\fonttbl{{\f0 Arial;}}}}\f0 {body}}}".encode())
    assert converted.text == text
    assert converted.left_out == ()


@pytest.mark.parametrize(
    "body",
    [r"Relief {\strike 80%}20%", r"Relief \strike 80%\strike0 20%", r"Relief {\deleted 80%}20%", r"Relief \v 80%\v0 20%",
     r"Relief \strike 80%\plain 20%", r"{\strike {\b 80%}}{Relief }20%"],
)  # fmt: skip
def test_rtf_leaves_struck_out_text_out_and_says_so(body):
    converted = rtf_text(rf"{{\rtf1 {body}}}".encode())
    assert converted.text == "Relief 20%"
    assert converted.left_out == ("struck-out text is left out",)


# --- DOCX ---


def test_docx_with_headers_tables_and_footers():
    document = docx.Document()
    document.sections[0].header.paragraphs[0].text = "DOS: 03/04/2025"
    document.sections[0].footer.paragraphs[0].text = "Signed: A. Smith"
    document.add_paragraph("Exam")
    table = document.add_table(rows=2, cols=2)
    for place, text in enumerate(("FABER", "positive", "Gaenslen", "negative")):
        table.cell(place // 2, place % 2).text = text
    document.add_paragraph("Plan")
    converted = docx_text(saved(document))
    assert converted.text == "DOS: 03/04/2025\nExam\nFABER     positive\nGaenslen  negative\nPlan\nSigned: A. Smith"
    assert converted.converter.startswith("python-docx 1.")


def test_docx_reads_insertions_and_leaves_deletions_out():
    document = docx.Document()
    paragraph = document.add_paragraph("Relief ")
    for tag, text_tag, text in (("w:del", "w:delText", "80%"), ("w:ins", "w:t", "20%")):
        change, run, inner = OxmlElement(tag), OxmlElement("w:r"), OxmlElement(text_tag)
        inner.text = text
        run.append(inner)
        change.append(run)
        paragraph._p.append(change)
    struck = paragraph.add_run(" 90%")
    struck.font.strike = True
    hidden = paragraph.add_run(" hidden")
    hidden.font.hidden = True
    paragraph.add_run("\tnow").add_break()
    converted = docx_text(saved(document))
    assert converted.text.strip() == "Relief 20%\tnow"
    assert converted.left_out == ("struck-out text is left out",)


def test_docx_ticks_and_content_controls():
    document = docx.Document()
    paragraph = document.add_paragraph()
    for code, label in (("F0FE", " Yes "), ("F0A8", " No")):
        symbol = OxmlElement("w:sym")
        symbol.set(qn("w:font"), "Wingdings")
        symbol.set(qn("w:char"), code)
        paragraph.add_run()._r.append(symbol)
        paragraph.add_run(label)
    control, content, inner = OxmlElement("w:sdt"), OxmlElement("w:sdtContent"), OxmlElement("w:p")
    control.append(content)
    content.append(inner)
    run, text = OxmlElement("w:r"), OxmlElement("w:t")
    text.text = "in a control"
    run.append(text)
    inner.append(run)
    document.element.body.insert(1, control)
    assert docx_text(saved(document)).text == "☑ Yes ☐ No\nin a control"


# --- PDF ---


def test_pdf_pages_and_columns():
    text = "\n".join(["FABER          positive      negative", *(f"line {n}" for n in range(1, 70))])
    converted = pdf_text(pdf_bytes(note(text)))
    assert converted.text.split("\n")[0] == "FABER          positive      negative"
    (second,) = converted.pages
    assert converted.text[second:].startswith("line 60\n")
    assert [line for line in converted.text.split("\n") if line][-1] == "line 69"


def merged(*documents):
    writer = PdfWriter()
    for raw in documents:
        writer.append(PdfReader(io.BytesIO(raw)))
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def test_a_scanned_page_among_others_is_told():
    converted = pdf_text(merged(pdf_bytes(note("First page.")), scan_bytes(), pdf_bytes(note("Third page."))))
    assert [line for line in converted.text.split("\n") if line] == ["First page.", "Third page."]
    assert converted.lost == ("needs OCR: page 2 of 3 has no text layer",)


def test_a_locked_pdf_is_told():
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf_bytes(note("First page.")))))
    writer.encrypt("word", algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    with pytest.raises(CannotConvert, match="locked with a password"):
        pdf_text(out.getvalue())


# --- C-CDA ---


def ccda(body):
    return f"""<ClinicalDocument xmlns="urn:hl7-org:v3"><title>Progress Note</title>
<effectiveTime value="20250304"/><recordTarget><patientRole><id extension="P1"/></patientRole></recordTarget>
<component>{body}</component></ClinicalDocument>""".encode()


def test_ccda_narrative():
    (part,) = ccda_texts(
        ccda("""<structuredBody><component><section><title>Exam</title><text>
        <paragraph>FABER <content styleCode="Bold">positive</content>.</paragraph>
        <list><item>Gaenslen negative</item><item>ASLR<br/>positive</item></list>
        <table><thead><tr><th>Date</th><th>NRS</th></tr></thead><tbody><tr><td>03/04</td><td>7/10</td></tr></tbody></table>
        <content revised="delete">gone</content></text>
        <component><section><title>Sub</title><text>inner</text></section></component></section></component>
        <component><section><title>Empty</title></section></component></structuredBody>""")
    )
    assert part.text == (
        "Progress Note\n\nExam\nFABER positive.\n- Gaenslen negative\n- ASLR\npositive\nDate   NRS\n03/04  7/10\n\nSub\ninner"
    )
    assert (part.day, part.patient, part.title) == ("2025-03-04", "P1", "Progress Note")


def test_ccda_unstructured_body():
    (part,) = ccda_texts(
        ccda('<nonXMLBody><text mediaType="text/rtf" representation="B64">e1xydGYxIEZBQkVSICt9</text></nonXMLBody>')
    )
    assert (part.text, part.name, part.converter.split()[0]) == ("FABER +", "body", "striprtf")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            '<text mediaType="application/pdf"><reference value="http://127.0.0.1:9/a.pdf"/></text>',
            "nothing is fetched",
        ),
        ('<text mediaType="image/png" representation="B64">iVBORw0K</text>', "needs OCR"),
        ('<text mediaType="text/plain" representation="B64">!</text>', "cannot be decoded"),
    ],
)
def test_ccda_embedded_notes_that_cannot_be_read(text, says):
    (part,) = ccda_texts(ccda(f"<nonXMLBody>{text}</nonXMLBody>"))
    assert part.text == "" and says in part.lost[0]


# --- all ---


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"%PDF-1.4", "pdf"),
        ("\ufeff{\\rtf1", "rtf"),
        ("\n<!DOCTYPE HTML PUBLIC ''>", "html"),
        ("<div>x</div>", "html"),
        ("<?xml version='1.0'?>\n<ClinicalDocument xmlns='urn:hl7-org:v3'>", "ccda"),
        ("<?xml version='1.0'?><html>", "html"),
        (b"PK\x03\x04", "docx"),
        ("Pain <div 5/10", None),
        ("< 75% relief", None),
        ("", None),
    ],
)
def test_kind_of(content, kind):
    assert kind_of(content) == kind


def test_table_text_keeps_columns_apart():
    assert table_text([["a", "b"], ["", ""], ["long cell", "c"]]) == "a          b\nlong cell  c"
    assert table_text([]) == ""
