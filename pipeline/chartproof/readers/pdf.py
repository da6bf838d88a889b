"""PDF with a text layer to text, page by page, with pypdf. Columns keep their places; a page of pictures needs OCR."""

from __future__ import annotations

import io
import re
from importlib.metadata import version

from pypdf import PageObject, PdfReader
from pypdf.errors import PyPdfError

from chartproof.readers.converted import CannotConvert, Converted
from chartproof.readers.limits import MAX_PAGES
from chartproof.readers.text_file import canonical

NEEDS_OCR = "needs OCR: it has no text layer"
# A page with less than this is a picture with a stamp on it, where it has a picture.
_MIN_CHARS = 24


def pdf_text(raw: bytes) -> Converted:
    """The text of a PDF.

    Raises:
        CannotConvert: it is locked with a password, has too many pages, or no page has text.
        NotText: its text is binary.
    """
    reader = PdfReader(io.BytesIO(raw), strict=False)
    if reader.is_encrypted:
        try:
            opened = bool(reader.decrypt(""))
        except (PyPdfError, ImportError, NotImplementedError):
            opened = False
        if not opened:
            raise CannotConvert("it is locked with a password; save it without one")
    count = len(reader.pages)
    if count > MAX_PAGES:
        raise CannotConvert(f"it has more than {MAX_PAGES} pages; split it")
    texts: list[str] = []
    unread: list[int] = []
    for number in range(count):
        page = reader.pages[number]
        text = _page_text(page)
        if len(re.sub(r"\s", "", text)) < _MIN_CHARS and _has_picture(page):
            unread.append(number + 1)
        texts.append(text)
    if not any(text.strip() for text in texts) or len(unread) == count:
        raise CannotConvert(NEEDS_OCR)
    text, starts = "", []
    for page_text in texts:
        if text:
            text += "\n"
            starts.append(len(text))
        text += page_text.strip("\n") + "\n"
    lost = (f"needs OCR: page {', '.join(map(str, unread))} of {count} has no text layer",) if unread else ()
    return Converted(text, f"pypdf {version('pypdf')}", pages=tuple(starts), lost=lost)


def _page_text(page: PageObject) -> str:
    try:
        text = page.extract_text(extraction_mode="layout", layout_mode_space_vertically=True)
    except (PyPdfError, KeyError, ValueError, TypeError, AttributeError, IndexError, ZeroDivisionError):
        text = page.extract_text()  # fonts without widths
    text = canonical(text.replace("\u00a0", " ").replace("\u00ad", ""))
    return re.sub(r"\n{3,}", "\n\n", re.sub(r"[ \t]+$", "", text, flags=re.MULTILINE))


def _has_picture(page: PageObject) -> bool:
    try:
        objects = page["/Resources"]["/XObject"]  # type: ignore[index]
        return any(objects[name].get_object().get("/Subtype") in ("/Image", "/Form") for name in objects)
    except (PyPdfError, KeyError, TypeError, AttributeError):
        return False
