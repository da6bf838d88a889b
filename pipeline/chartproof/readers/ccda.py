"""C-CDA (HL7 CDA R2) to text: the sections of a document as one note, and each note embedded in it as one of its own.

Embedded are an unstructured body (``nonXMLBody``), the Note Activity entries (template
2.16.840.1.113883.10.20.22.4.202) and observation media whose text is base64. A DOCTYPE, and with it every entity, is
refused; nothing is loaded from elsewhere.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from datetime import date
from importlib.metadata import version
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from chartproof.readers.converted import CannotConvert, Converted
from chartproof.readers.layout import Writer, table_text
from chartproof.readers.text_file import NotText, canonical

_V3 = "{urn:hl7-org:v3}"
_ENTRIES = {f"{_V3}{name}" for name in ("act", "observation", "observationMedia", "procedure")}
_MAX_DEPTH = 100
_PICTURES = ("image/", "audio/", "video/")


def ccda_texts(raw: bytes) -> list[Converted]:
    """The texts of a C-CDA document: first that of its sections (may be empty), then those of the embedded notes.

    Raises:
        CannotConvert: it is no C-CDA, declares entities, or is nested too deep.
    """
    try:
        root = fromstring(_without_blanks(raw), forbid_dtd=True, forbid_entities=True, forbid_external=True)
    except DefusedXmlException:
        raise CannotConvert("it declares a document type or entities, which a C-CDA never does") from None
    except (ParseError, ValueError):
        raise CannotConvert("it is broken XML") from None
    if root.tag.rpartition("}")[2] != "ClinicalDocument":
        raise CannotConvert("it is XML, but no C-CDA document")
    _check_depth(root)
    title = _plain(root.find(f"{_V3}title"))
    patient = _patient(root)
    day = _day(root.find(f"{_V3}componentOf/{_V3}encompassingEncounter/{_V3}effectiveTime")) or _day(
        root.find(f"{_V3}effectiveTime")
    )
    converter = f"ccda 1 (defusedxml {version('defusedxml')})"
    lost: list[str] = []
    embedded = list(_embedded(root, title, day, patient, lost))
    body = _sections(root, title)
    main = Converted(body, converter, lost=tuple(lost), title=title, day=day, patient=patient)
    if not body and embedded and not lost:
        return embedded
    return [main, *embedded]


def _without_blanks(raw: bytes) -> bytes:
    return raw.lstrip(b"\xef\xbb\xbf \t\r\n") if raw[:1] in (b"\xef", b" ", b"\t", b"\r", b"\n") else raw


def _check_depth(root: Element) -> None:
    level = [root]
    for _ in range(_MAX_DEPTH):
        level = [child for element in level for child in element]
        if not level:
            return
    raise CannotConvert(f"its elements are nested more than {_MAX_DEPTH} deep")


def _patient(root: Element) -> str:
    """The first id of the patient: its extension, or its root where it has none."""
    for one in root.iterfind(f"{_V3}recordTarget/{_V3}patientRole/{_V3}id"):
        value = (one.get("extension") or one.get("root") or "").strip()
        if value and one.get("nullFlavor") is None:
            return value
    return ""


def _day(element: Element | None) -> str:
    """The day of a time (``@value``, or its ``low``) in ISO form; blank where there is none."""
    if element is None:
        return ""
    low = element.find(f"{_V3}low")
    for one in (element, low):
        match = re.match(r"(\d{4})(\d\d)(\d\d)", (one.get("value") or "") if one is not None else "")
        if match:
            try:
                return date(*map(int, match.groups())).isoformat()
            except ValueError:
                continue
    return ""


def _plain(element: Element | None) -> str:
    return " ".join("".join(element.itertext()).split())[:300] if element is not None else ""


def _sections(root: Element, title: str) -> str:
    sections = root.findall(f"{_V3}component/{_V3}structuredBody/{_V3}component/{_V3}section")
    blocks = [block for section in sections for block in _section(section)]
    if not blocks:
        return ""
    return canonical("\n\n".join([title, *blocks] if title else blocks)).strip("\n")


def _section(section: Element) -> Iterator[str]:
    """A section as its title and narrative, then its sub-sections. A section without any text is left out."""
    text = section.find(f"{_V3}text")
    narrative = ""
    if text is not None and text.get("representation") != "B64":
        writer = Writer()
        _narrate(text, writer)
        narrative = writer.value()
    title = _plain(section.find(f"{_V3}title"))
    if narrative.strip():
        yield f"{title}\n{narrative}" if title else narrative
    for child in section.iterfind(f"{_V3}component/{_V3}section"):
        yield from _section(child)


def _narrate(element: Element, writer: Writer) -> None:
    """Write narrative markup (CDA R2, section 4.3.5): paragraphs, lists, tables, line breaks."""
    writer.text(element.text or "")
    for child in element:
        name = child.tag.rpartition("}")[2] if isinstance(child.tag, str) else ""
        if name == "br":
            writer.line_break()
        elif name == "table":
            writer.block()
            writer.verbatim(table_text(_rows(child)))
            writer.block()
        elif name in ("paragraph", "list", "caption", "footnote"):
            writer.block()
            _narrate(child, writer)
            writer.block()
        elif name == "item":
            writer.block()
            writer.text("- ")
            _narrate(child, writer)
            writer.block()
        elif name == "content" and (child.get("revised") == "delete"):
            pass
        elif name not in ("renderMultiMedia",):
            _narrate(child, writer)
        writer.text(child.tail or "")


def _rows(table: Element) -> list[list[str]]:
    rows = []
    for row in table.iter(f"{_V3}tr"):
        cells = []
        for cell in row:
            writer = Writer()
            _narrate(cell, writer)
            cells.append(writer.value())
            span = cell.get("colspan") or "1"
            cells += [""] * (min(int(span), 50) - 1 if span.isdecimal() and span != "0" else 0)
        rows.append(cells)
    return rows


def _embedded(root: Element, title: str, day: str, patient: str, lost: list[str]) -> Iterator[Converted]:
    body = root.find(f"{_V3}component/{_V3}nonXMLBody/{_V3}text")
    if body is not None:
        yield from _one(body, title, day, patient, "body", lost)
    number = 0
    for element in root.iter():
        if element.tag not in _ENTRIES:
            continue
        for text in (element.find(f"{_V3}text"), element.find(f"{_V3}value")):
            if text is None or text.get("representation") != "B64":
                continue
            number += 1
            own = _day(element.find(f"{_V3}effectiveTime")) or _day(element.find(f"{_V3}author/{_V3}time")) or day
            yield from _one(text, _code_name(element) or title, own, patient, f"note-{number}", lost)


def _code_name(element: Element) -> str:
    """What the codes of an entry call the note; the translation is the more exact (Note Activity)."""
    code = element.find(f"{_V3}code")
    if code is None:
        return ""
    names = [code.find(f"{_V3}translation"), code]
    return next((name.get("displayName") or "" for name in names if name is not None and name.get("displayName")), "")


def _one(text: Element, title: str, day: str, patient: str, name: str, lost: list[str]) -> Iterator[Converted]:
    """The text of an embedded note, converted."""
    from chartproof.readers.convert_worker import convert_here
    from chartproof.readers.document import kind_of, plain_text

    media = (text.get("mediaType") or "text/plain").lower()
    what = f"an embedded note ({name})"
    if text.find(f"{_V3}reference") is not None and not (text.text or "").strip():
        lost.append(f"{what} is only referred to; nothing is fetched")
        return
    if media.startswith(_PICTURES):
        lost.append(f"{what} is a picture: needs OCR")
        return
    if text.get("representation") == "B64":
        try:
            raw = base64.b64decode("".join("".join(text.itertext()).split()), validate=True)
        except (binascii.Error, ValueError):
            lost.append(f"{what} is base64 that cannot be decoded")
            return
        if text.get("compression"):
            lost.append(f"{what} is compressed, which is not read")
            return
    else:
        raw = "".join(text.itertext()).encode("utf-8")
    try:
        kind = kind_of(raw)
        parts = [plain_text(raw)] if kind is None else [] if kind == "ccda" else convert_here(kind, raw)
    except (CannotConvert, NotText) as error:
        lost.append(f"{what}: {error}")
        return
    if not any(part.text.strip() for part in parts):
        lost.append(f"{what} holds no text that can be read")
        return
    for part in parts:
        yield Converted(
            part.text,
            part.converter,
            part.pages,
            part.lost,
            part.left_out,
            title=title,
            day=day,
            patient=patient,
            name=name,
        )
