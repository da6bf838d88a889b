"""Exports of a chart as other software writes them, for the tests that read them back."""

from __future__ import annotations

import base64
import csv
import html
import io
import json
import textwrap
from pathlib import Path
from xml.sax.saxutils import escape

from chartproof.model import Chart, Note

PATIENT = "P-1"


def rows_of(chart: Chart) -> list[dict[str, str]]:
    """The notes of a chart as rows of an Epic Clarity dump."""
    return [
        {
            "NOTE_ID": note.id,
            "PAT_ID": PATIENT,
            "CONTACT_DATE": note.date.isoformat() + " 00:00:00",
            "IP_NOTE_TYPE": note.type.value,
            "NOTE_TEXT": note.text,
        }
        for note in chart.notes
    ]


def csv_bytes(rows: list[dict], encoding: str = "utf-8", delimiter: str = ",", line_end: str = "\r\n") -> bytes:
    """Rows as CSV, as Python's own writer makes it."""
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(rows[0]), delimiter=delimiter, lineterminator=line_end)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode(encoding, "replace")


def write_parquet(path: Path, rows: list[dict]) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.Table.from_pylist(rows), path)


def docx_bytes(note: Note) -> bytes:
    """A note as a Word file: title in the page header, a paragraph a line, lines with wide gaps in them as tables."""
    import docx

    document = docx.Document()
    first, *lines = note.text.split("\n")
    document.sections[0].header.paragraphs[0].text = first
    for line in lines:
        document.add_paragraph(line)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def pdf_bytes(note: Note, font: str = "Courier", size: int = 8, width: int = 100) -> bytes:
    """A note as a PDF with a text layer, lines wrapped as they are on paper, as many pages as it takes."""
    from reportlab.lib.pagesizes import letter
    from reportlab.pdfgen import canvas

    out = io.BytesIO()
    page = canvas.Canvas(out, pagesize=letter)
    lines = [part for line in note.text.split("\n") for part in (_wrapped(line, width) or [""])]
    per_page = 60
    for start in range(0, len(lines), per_page):
        page.setFont(font, size)
        for number, line in enumerate(lines[start : start + per_page]):
            page.drawString(40, 750 - 11 * number, line.replace("≥", ">=").replace("→", "->"))
        page.showPage()
    page.save()
    return out.getvalue()


def _wrapped(line: str, width: int) -> list[str]:
    if len(line) <= width:
        return [line]
    return textwrap.wrap(line, width, replace_whitespace=False, drop_whitespace=True, break_long_words=False)


def scan_bytes(pages: int = 1) -> bytes:
    """A PDF of pictures without text."""
    from reportlab.lib.utils import ImageReader
    from reportlab.pdfgen import canvas

    pixel = base64.b64decode(
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
    )
    out = io.BytesIO()
    page = canvas.Canvas(out)
    for _ in range(pages):
        page.drawImage(ImageReader(io.BytesIO(pixel)), 0, 0, 500, 700)
        page.showPage()
    page.save()
    return out.getvalue()


def rtf_bytes(note: Note) -> bytes:
    """A note as electronic records export it: font and colour tables, a style a line, escapes for all but ASCII."""

    def escaped(text: str) -> str:
        out = []
        for char in text:
            if char in "\\{}":
                out.append("\\" + char)
            elif char == "\t":
                out.append("\\tab ")
            elif ord(char) < 128:
                out.append(char)
            else:
                try:
                    out.append("".join(f"\\'{byte:02x}" for byte in char.encode("cp1252")))
                except UnicodeEncodeError:
                    out.append(f"\\u{ord(char)}?")
        return "".join(out)

    head = (
        r"{\rtf1\ansi\ansicpg1252\deff0\deflang1033{\fonttbl{\f0\fswiss\fcharset0 Arial;}{\f1\fmodern Courier New;}}"
        "\r\n" + r"{\colortbl ;\red0\green0\blue0;\red0\green0\blue128;}{\*\generator EHR 10.2;}"
        "\r\n" + r"{\info{\author Exporter}{\title Progress Notes}}\viewkind4\uc1\pard\cf1\f0\fs20 "
    )
    lines = [rf"\pard\plain\f1\fs18 {escaped(line)}\par" for line in note.text.split("\n")]
    return (head + "\r\n".join(lines) + "\r\n}").encode("ascii")


def html_bytes(note: Note, preformatted: bool = False) -> bytes:
    """A note as HTML: one ``pre``, or a ``div`` a line with the blanks kept as ``&nbsp;``."""
    head = '<!DOCTYPE html><html><head><meta charset="utf-8"><title></title><style>p {color: red}</style></head><body>'
    if preformatted:
        body = f"<pre>{html.escape(note.text)}</pre>"
    else:
        lines = [html.escape(line).replace("  ", " &nbsp;") for line in note.text.split("\n")]
        body = "".join(f"<div>{line or '<br>'}</div>\n" for line in lines)
    return f"{head}{body}</body></html>".encode()


def fhir_resources(chart: Chart, attach: list[tuple[str, bytes]] | None = None) -> list[dict]:
    """DocumentReferences, and DiagnosticReports for imaging and laboratory notes, with the text inlined."""
    resources = []
    for place, note in enumerate(chart.notes):
        kind, data = attach[place] if attach else ("text/plain; charset=utf-8", note.text.encode())
        attachment = {"contentType": kind, "data": base64.b64encode(data).decode()}
        common = {"id": f"n{place}", "subject": {"reference": f"Patient/{PATIENT}"}}
        if note.type in ("imaging", "lab"):
            resources.append(
                {
                    "resourceType": "DiagnosticReport", **common, "status": "final", "code": {"text": note.type.value},
                    "effectiveDateTime": f"{note.date}T09:30:00-05:00", "presentedForm": [attachment],
                }
            )  # fmt: skip
        else:
            resources.append(
                {
                    "resourceType": "DocumentReference", **common, "status": "current",
                    "type": {"text": note.type.value}, "date": "2026-01-05T00:00:00Z",
                    "context": {"period": {"start": f"{note.date}T08:00:00-05:00"}},
                    "content": [{"attachment": attachment}],
                }
            )  # fmt: skip
    return resources


def bundle_of(resources: list[dict]) -> bytes:
    patient = {"resourceType": "Patient", "id": PATIENT}
    entries = [{"fullUrl": f"urn:uuid:{one['id']}", "resource": one} for one in [patient, *resources]]
    return json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries}, indent=1).encode()


def ccda_bytes(chart: Chart, body: str = "", patient: str = PATIENT) -> bytes:
    """A C-CDA document with a section of Note Activity entries, each with its note in base64."""
    entries = "".join(
        f"""<entry><act classCode="ACT" moodCode="EVN">
        <templateId root="2.16.840.1.113883.10.20.22.4.202" extension="2016-11-01"/>
        <code code="34109-9" codeSystem="2.16.840.1.113883.6.1" displayName="Note">
          <translation code="x" codeSystem="2.16.840.1.113883.6.1" displayName="{note.type.value}"/></code>
        <text mediaType="text/plain" representation="B64">{base64.b64encode(note.text.encode()).decode()}</text>
        <statusCode code="completed"/><effectiveTime value="{note.date:%Y%m%d}0930-0500"/></act></entry>"""
        for note in chart.notes
    )
    notes = f"<component><section><title>Notes</title>{entries}</section></component>" if entries else ""
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:sdtc="urn:hl7-org:sdtc">
  <typeId root="2.16.840.1.113883.1.3" extension="POCD_HD000040"/>
  <title>Clinical Summary</title><effectiveTime value="20260105120000-0500"/>
  <recordTarget><patientRole><id root="2.16.840.1.113883.19.5" extension="{escape(patient)}"/></patientRole></recordTarget>
  <component><structuredBody>{body}{notes}</structuredBody></component>
</ClinicalDocument>""".encode()


def sections_of(note: Note) -> str:
    """A note as the narrative of one C-CDA section, a line break a line."""
    lines = "<br/>".join(escape(line).replace("  ", " \u00a0") for line in note.text.split("\n"))
    return f"<component><section><title></title><text><paragraph>{lines}</paragraph></text></section></component>"
