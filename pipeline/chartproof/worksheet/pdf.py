"""The worksheet as PDF, for filing: the page as it prints. Needs WeasyPrint, which is an extra."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

from chartproof.worksheet.html import paper_page
from chartproof.worksheet.sheet import Sheet

MISSING = (
    "PDF needs WeasyPrint, which is not installed (or cannot find the Pango library of the system): "
    "pip install 'chartproof[pdf]'; the other formats need nothing more"
)


class PdfUnavailable(RuntimeError):
    """WeasyPrint, or the library of the system it stands on, is missing. The message says what to do."""


def require_pdf() -> None:
    """Make sure that PDF can be written.

    Raises:
        PdfUnavailable: it cannot.
    """
    try:
        import weasyprint  # noqa: F401
    except (ImportError, OSError):  # OSError: the library of the system is not found
        raise PdfUnavailable(MISSING) from None


def render_pdf(sheet: Sheet) -> bytes:
    """The worksheet as PDF: what the page prints, with the passages it quotes and without the notes in full.

    Raises:
        PdfUnavailable: WeasyPrint is missing.
    """
    require_pdf()
    import weasyprint

    with _silence():
        pdf: bytes = _document(weasyprint, sheet).write_pdf(pdf_tags=True)
    return pdf


def _document(weasyprint: Any, sheet: Sheet) -> Any:
    return weasyprint.HTML(string=paper_page(sheet), media_type="print", base_url=None, url_fetcher=_refuse)


@contextmanager
def _silence() -> Iterator[None]:
    """WeasyPrint logs the characters that no font has; they are a note's, so nothing of it goes to a log."""
    loggers = [logging.getLogger(name) for name in ("weasyprint", "fontTools")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


def _refuse(url: str, *args: Any, **kwargs: Any) -> NoReturn:
    """The page names no resource; nothing is ever fetched."""
    raise ValueError("a worksheet fetches nothing")
