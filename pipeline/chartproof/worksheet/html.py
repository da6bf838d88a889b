"""The worksheet as one HTML page that needs nothing beside itself: no network, no other file, no server."""

from __future__ import annotations

import base64
import hashlib
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

import chartproof
from chartproof.model import Case, Chart, Determination
from chartproof.worksheet import words
from chartproof.worksheet.quotes import numbers_in_words
from chartproof.worksheet.sheet import build_sheet

# Characters that a page may not hold or that would rewrite what a reader sees, each shown as one visible sign:
# control characters, directional overrides, and halves of surrogate pairs (which no encoding can write).
_UNSHOWABLE = (
    {code: chr(0x2400 + code) for code in range(0x20) if chr(code) not in "\t\n\r"}
    | {code: "\ufffd" for code in range(0x7F, 0xA0)}
    | dict.fromkeys((0x202D, 0x202E), "\ufffd")
    | dict.fromkeys(range(0xD800, 0xE000), "\ufffd")
)


def render_html(chart: Chart, case: Case, determinations: list[Determination]) -> str:
    """Write the worksheet of one chart as a self-contained page.

    Args:
        chart: the notes as read; offsets of evidence count characters of their texts.
        case: the facts, and the request as completed from the notes.
        determinations: one for each policy, in the order in which they are to be shown.

    Returns:
        The page. All text of the chart is escaped; the page allows itself no resource and no script but its own.

    Raises:
        ValueError: a quote does not stand at its offsets in its note; the message never holds the text.
    """
    style, script = _file("worksheet.css"), _file("worksheet.js")
    page = (
        _environment()
        .get_template("worksheet.html")
        .render(
            sheet=build_sheet(chart, case, determinations),
            version=chartproof.__version__,
            style=Markup(style),
            script=Markup(script),
            policy_of_content=(
                f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; "
                "base-uri 'none'; form-action 'none'"
            ),
        )
    )
    return page.translate(_UNSHOWABLE)


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _breakable(id: str) -> Markup:
    """An id that may be broken after a dot or an underscore."""
    return escape(id).replace(".", Markup(".<wbr>")).replace("_", Markup("_<wbr>"))


@cache
def _file(name: str) -> str:
    """A file beside the templates, as it goes into the page."""
    environment = _environment()
    assert environment.loader is not None
    return environment.loader.get_source(environment, name)[0]


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("chartproof.worksheet"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["breakable"] = _breakable
    environment.globals["words"] = words
    environment.globals["numbers_in_words"] = numbers_in_words
    return environment
