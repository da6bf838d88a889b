"""Pieces of a Word document that python-docx has no word for: boxes to tick, fields to fill, hidden text, shading."""

from __future__ import annotations

from typing import Any

from docx.oxml import parse_xml
from docx.oxml.ns import qn
from lxml import etree

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
W14 = "http://schemas.microsoft.com/office/word/2010/wordml"
OFF, ON = "☐", "☒"


def _element(tag: str, **attributes: str) -> Any:
    element = etree.Element(f"{{{W}}}{tag}", nsmap={"w": W, "w14": W14})
    for name, value in attributes.items():
        element.set(f"{{{W}}}{name}", value)
    return parse_xml(etree.tostring(element))


def _w14(parent: Any, tag: str, **attributes: str) -> Any:
    element = etree.SubElement(parent, f"{{{W14}}}{tag}")
    for name, value in attributes.items():
        element.set(f"{{{W14}}}{name}", value)
    return element


def tick_box(tag: str, alias: str, checked: bool) -> Any:
    """A box that Word and LibreOffice tick at a click (Office Open XML content control, [MS-DOCX] 2.5.1.9)."""
    control = _element("sdt")
    properties = etree.SubElement(control, qn("w:sdtPr"))
    etree.SubElement(properties, qn("w:alias")).set(qn("w:val"), alias)
    etree.SubElement(properties, qn("w:tag")).set(qn("w:val"), tag)
    box = _w14(properties, "checkbox")
    _w14(box, "checked", val="1" if checked else "0")
    _w14(box, "checkedState", val="2612", font="MS Gothic")
    _w14(box, "uncheckedState", val="2610", font="MS Gothic")
    content = etree.SubElement(control, qn("w:sdtContent"))
    run = etree.SubElement(content, qn("w:r"))
    fonts = etree.SubElement(etree.SubElement(run, qn("w:rPr")), qn("w:rFonts"))
    for name in ("ascii", "hAnsi", "eastAsia"):
        fonts.set(qn(f"w:{name}"), "MS Gothic")
    etree.SubElement(run, qn("w:t")).text = ON if checked else OFF
    return control


def text_field(tag: str, alias: str, text: str, placeholder: str) -> Any:
    """A field to write in; the placeholder, in grey, goes when something is written."""
    control = _element("sdt")
    properties = etree.SubElement(control, qn("w:sdtPr"))
    etree.SubElement(properties, qn("w:alias")).set(qn("w:val"), alias)
    etree.SubElement(properties, qn("w:tag")).set(qn("w:val"), tag)
    if not text:
        etree.SubElement(properties, qn("w:showingPlcHdr"))
    etree.SubElement(properties, qn("w:text")).set(qn("w:multiLine"), "1")
    run = etree.SubElement(etree.SubElement(control, qn("w:sdtContent")), qn("w:r"))
    if not text:
        etree.SubElement(etree.SubElement(run, qn("w:rPr")), qn("w:color")).set(qn("w:val"), "595959")
    for count, line in enumerate((text or placeholder).splitlines()):
        if count:
            etree.SubElement(run, qn("w:br"))
        piece = etree.SubElement(run, qn("w:t"))
        piece.text = line
        piece.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
    return control


def shade(cell: Any, colour: str) -> None:
    """Colour a table cell."""
    cell._tc.get_or_add_tcPr().append(_element("shd", val="clear", color="auto", fill=colour))


def repeat_head(row: Any) -> None:
    """Let a row stand on top of each page that its table reaches."""
    row._tr.get_or_add_trPr().append(_element("tblHeader"))


def keep_together(row: Any) -> None:
    """Let a row not break over pages."""
    row._tr.get_or_add_trPr().append(_element("cantSplit"))


def own_font(style: Any) -> None:
    """Let a heading's own font count: the template's theme goes before it otherwise."""
    fonts = style.element.rPr.rFonts
    for name in [name for name in fonts.attrib if name.endswith("Theme")]:
        del fonts.attrib[name]


def add_field(paragraph: Any, instruction: str) -> None:
    """A field that the word processor works out, such as ``PAGE``."""
    field = _element("fldSimple", instr=instruction)
    run = etree.SubElement(field, qn("w:r"))
    etree.SubElement(run, qn("w:t")).text = "1"
    paragraph._p.append(field)
