"""HTML to text with lxml's lenient parser. Nothing it refers to is loaded; struck-out text is left out."""

from __future__ import annotations

import re
from importlib.metadata import version

from lxml import etree

from chartproof.readers.converted import CannotConvert, Converted
from chartproof.readers.layout import Writer, table_text
from chartproof.readers.text_file import canonical, encoding_of

_SPACED = frozenset("p h1 h2 h3 h4 h5 h6 table ul ol dl blockquote pre".split())
_BLOCKS = _SPACED | frozenset(
    "address article aside body dd div dt fieldset figure footer form header hr html legend li main nav section tr "
    "thead tbody tfoot caption center details summary title".split()
)
_LEFT_OUT = frozenset("head script style template noscript object iframe svg math select".split())
_STRUCK = frozenset("del s strike".split())
_CHARSET = re.compile(rb"""<(?:meta|\?xml)[^>]{0,300}?(?:charset|encoding)\s*=\s*["']?([\w-]{1,30})""", re.IGNORECASE)
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_LINE_THROUGH = re.compile(r"line-through", re.IGNORECASE)
_PRE = re.compile(r"white-space\s*:\s*pre", re.IGNORECASE)
STRUCK_OUT = "struck-out text is left out"


def html_text(raw: bytes) -> Converted:
    """The text of an HTML document or fragment.

    Raises:
        CannotConvert: it holds no text.
        NotText: it is binary.
    """
    source = re.sub(r"^\s*<\?xml[^>]*\?>", "", _decoded(raw).replace("\0", ""))
    parser = etree.HTMLParser(no_network=True, remove_comments=True, remove_pis=True, huge_tree=False)
    root = etree.fromstring(source, parser) if source.strip() else None
    # The parser mends all it can; what it cannot (elements nested too deep), it drops with all that follows.
    if any(error.level == etree.ErrorLevels.FATAL for error in parser.error_log):
        raise CannotConvert("it is nested too deep, or a piece of it is too long")
    if root is None:
        raise CannotConvert("it is empty")
    struck: list[bool] = []
    text = canonical(_text_of(root, struck))
    if not text.strip():
        raise CannotConvert("it holds no text")
    return Converted(text, f"html 1 (lxml {version('lxml')})", left_out=(STRUCK_OUT,) if struck else ())


def _decoded(raw: bytes) -> str:
    encoding, errors = encoding_of(raw)
    declared = _CHARSET.search(raw[:4096]) if encoding == "utf-8" else None
    if declared:
        name = declared.group(1).decode("ascii").lower()
        if name not in ("utf-8", "utf8", "us-ascii"):
            # Browsers read Latin-1 as cp1252 too.
            encoding, errors = ("cp1252" if name in ("iso-8859-1", "latin1") else name), "replace"
    try:
        return raw.decode(encoding, errors)
    except LookupError:
        return raw.decode("utf-8", "chartproof-cp1252")


def _text_of(root: etree._Element, struck: list[bool]) -> str:
    writers = [Writer()]
    tables: list[list[list[str]]] = []
    verbatim: list[etree._Element] = []
    skip: etree._Element | None = None
    for event, element in etree.iterwalk(root, events=("start", "end")):
        name = element.tag if isinstance(element.tag, str) else ""
        if skip is not None:
            if event == "end" and element is skip:
                skip = None
                _put(writers[-1], element.tail, bool(verbatim))
            continue
        style = element.get("style") or ""
        if event == "start":
            is_struck = name in _STRUCK or bool(_LINE_THROUGH.search(style))
            if name in _LEFT_OUT or is_struck or _HIDDEN.search(style):
                if is_struck and "".join(element.itertext()).strip():
                    struck.append(True)
                skip = element
                continue
            writer = writers[-1]
            if name in _BLOCKS:
                writer.block(spaced=name in _SPACED)
            if name == "table":
                tables.append([])
            elif name == "tr" and tables:
                tables[-1].append([])
            elif name in ("td", "th") and tables:
                if not tables[-1]:
                    tables[-1].append([])
                writers.append(Writer())
            elif name == "br":
                writer.line_break()
            elif name == "li":
                writer.text("- ")
            elif name == "input":
                _input(writer, element)
            if name in ("pre", "textarea") or _PRE.search(style):
                verbatim.append(element)
            _put(writers[-1], element.text, bool(verbatim))
            continue
        if verbatim and verbatim[-1] is element:
            verbatim.pop()
        if name in ("td", "th") and tables and len(writers) > 1:
            cell = writers.pop().value()
            tables[-1][-1].append(cell)
            tables[-1][-1] += [""] * (min(_span(element), 50) - 1)
        elif name == "table" and tables:
            writers[-1].verbatim(table_text(tables.pop()))
        if name in _BLOCKS:
            writers[-1].block(spaced=name in _SPACED)
        if element is not root:
            _put(writers[-1], element.tail, bool(verbatim))
    return writers[0].value()


def _put(writer: Writer, text: str | None, verbatim: bool) -> None:
    if text:
        if verbatim:
            writer.verbatim(text)
        else:
            writer.text(text)


def _input(writer: Writer, element: etree._Element) -> None:
    kind = (element.get("type") or "text").lower()
    if kind in ("checkbox", "radio"):
        writer.text("[x] " if element.get("checked") is not None else "[ ] ")
    elif kind == "text" and element.get("value"):
        writer.text(element.get("value") or "")


def _span(element: etree._Element) -> int:
    text = element.get("colspan") or "1"
    return int(text) if text.isdecimal() and len(text) < 4 and text != "0" else 1
