"""DOCX to text: headers, paragraphs, tables and text boxes in their order, then footers.

python-docx opens the package; its ``Paragraph.text`` leaves out text inside tracked insertions and content controls, so
the runs are read from the XML: insertions are read, deletions and struck-out or hidden runs are not.
"""

from __future__ import annotations

import io
import zipfile
from importlib.metadata import version
from typing import Any

import docx
from docx.oxml.ns import qn

from chartproof.readers.converted import CannotConvert, Converted
from chartproof.readers.html import STRUCK_OUT
from chartproof.readers.layout import table_text
from chartproof.readers.limits import MAX_UNPACKED_BYTES
from chartproof.readers.text_file import canonical

_MAX_FILES = 5_000
_W = {
    name: qn(f"w:{name}")
    for name in "p tbl tr tc t tab br cr noBreakHyphen sym rPr strike dstrike vanish val "
    "del moveFrom delText instrText char sdt sdtContent r ffData checkBox checked default txbxContent pPr "
    "fldChar gridSpan tcPr vMerge numPr".split()
}
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_SKIPPED = {_W["del"], _W["moveFrom"], _W["instrText"], _W["delText"], _FALLBACK}
# Wingdings and Wingdings 2: ticked and empty boxes.
_SYMBOLS = {"FE": "☑", "FD": "☒", "A8": "☐", "6F": "☐", "A3": "☐", "52": "☑", "53": "☒", "FC": "✓", "FB": "✗"}


def docx_text(raw: bytes) -> Converted:
    """The text of a DOCX file.

    Raises:
        CannotConvert: it is no DOCX, unpacks to far too much, or holds no text.
        NotText: its text is binary.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as package:
            files = package.infolist()
    except zipfile.BadZipFile:
        raise CannotConvert("it is no DOCX file, or a broken one") from None
    if len(files) > _MAX_FILES or sum(file.file_size for file in files) > MAX_UNPACKED_BYTES:
        raise CannotConvert(f"it unpacks to more than {MAX_UNPACKED_BYTES // 1_000_000} MB")
    if "word/document.xml" not in {file.filename for file in files}:
        raise CannotConvert("it is a ZIP or Office file, but no Word document; save it as .docx or .txt")
    document = docx.Document(io.BytesIO(raw))
    reader = _Reader()
    heads: list[str] = []
    feet: list[str] = []
    for section in document.sections:
        for parts, found in (
            ((section.first_page_header, section.header), heads),
            ((section.first_page_footer, section.footer), feet),
        ):
            for part in parts:
                if not part.is_linked_to_previous:
                    text = reader.blocks(part._element)
                    if text.strip() and text not in found:
                        found.append(text)
    body = reader.blocks(document.element.body)
    text = canonical("\n".join([*heads, body, *feet])).strip("\n").replace("\u00a0", " ")
    if not text.strip():
        raise CannotConvert("it holds no text; if it shows a picture of the note, that needs OCR")
    return Converted(text, f"python-docx {version('python-docx')}", left_out=(STRUCK_OUT,) if reader.struck else ())


class _Reader:
    """Text of the blocks in an element; ``struck`` says whether struck-out or hidden text was left out."""

    def __init__(self) -> None:
        self.struck = False

    def blocks(self, element: Any) -> str:
        """The paragraphs and tables in an element, one a line."""
        found: list[str] = []
        for child in element:
            if child.tag == _W["p"]:
                boxes: list[str] = []
                found.append(self._inline(child, boxes))
                found += boxes
            elif child.tag == _W["tbl"]:
                found.append(self._table(child))
            elif child.tag not in _SKIPPED and isinstance(child.tag, str):
                text = self.blocks(child)  # content controls, insertions
                if text:
                    found.append(text)
        return "\n".join(found)

    def _table(self, table: Any) -> str:
        rows = []
        for row in table.iter(_W["tr"]):
            if _nearest(row, _W["tbl"]) is not table:
                continue
            cells: list[str] = []
            for cell in row.iter(_W["tc"]):
                if _nearest(cell, _W["tr"]) is not row:
                    continue
                merged = cell.find(f"{_W['tcPr']}/{_W['vMerge']}")
                below = merged is not None and merged.get(_W["val"]) != "restart"
                cells.append("" if below else self.blocks(cell))
                span = cell.find(f"{_W['tcPr']}/{_W['gridSpan']}")
                width = span.get(_W["val"]) if span is not None else "1"
                cells += [""] * (min(int(width), 50) - 1 if str(width).isdecimal() else 0)
            rows.append(cells)
        return table_text(rows)

    def _inline(self, element: Any, boxes: list[str]) -> str:
        parts: list[str] = []
        for child in element:
            tag = child.tag
            if tag in _SKIPPED or tag in (_W["pPr"], _W["rPr"]):
                continue
            if tag == _W["r"] and self._is_left_out(child):
                self.struck = self.struck or any((t.text or "").strip() for t in child.iter(_W["t"]))
            elif tag == _W["t"]:
                parts.append(child.text or "")
            elif tag == _W["tab"]:
                parts.append("\t")
            elif tag in (_W["br"], _W["cr"]):
                parts.append("\n")
            elif tag == _W["noBreakHyphen"]:
                parts.append("-")
            elif tag == _W["sym"]:
                parts.append(_SYMBOLS.get((child.get(_W["char"]) or "")[-2:].upper(), ""))
            elif tag == _W["checkBox"]:
                parts.append("[x]" if _is_on(child.find(_W["checked"]), child.find(_W["default"])) else "[ ]")
            elif tag == _W["txbxContent"]:
                boxes.append(self.blocks(child))
            elif isinstance(tag, str):
                parts.append(self._inline(child, boxes))
        return "".join(parts)

    def _is_left_out(self, run: Any) -> bool:
        properties = run.find(_W["rPr"])
        return properties is not None and any(
            _is_on(properties.find(_W[name]), None) for name in ("strike", "dstrike", "vanish")
        )


def _is_on(element: Any, otherwise: Any) -> bool:
    if element is None:
        return otherwise is not None and _is_on(otherwise, None)
    return element.get(_W["val"]) not in ("0", "false", "off")


def _nearest(element: Any, tag: str) -> Any:
    above = element.getparent()
    while above is not None and above.tag != tag:
        above = above.getparent()
    return above
