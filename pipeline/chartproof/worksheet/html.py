"""The worksheet as one HTML page that needs nothing beside itself: no network, no other file, no server."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from chartproof.model import Case, Chart, Determination
from chartproof.worksheet import words
from chartproof.worksheet.build import build_sheet
from chartproof.worksheet.characters import showable
from chartproof.worksheet.quotes import numbers_in_words
from chartproof.worksheet.reviews import VERDICTS, ReviewBook
from chartproof.worksheet.scored import of_chart
from chartproof.worksheet.sheet import DECISIONS, SIGN_OFF, UNSURE, Sheet


def render_html(
    chart: Chart,
    case: Case,
    determinations: list[Determination],
    versions: Mapping[str, str] | None = None,
    reviews: ReviewBook | None = None,
) -> str:
    """Write the worksheet of one chart as a self-contained page.

    Args:
        chart: the notes as read; offsets of evidence count characters of their texts.
        case: the facts, and the request as completed from the notes.
        determinations: one for each policy, in the order in which they are to be shown.
        versions: of the software, patterns and policies, by name, for the footer.
        reviews: what reviewers said before.

    Returns:
        The page. All text of the chart is escaped; the page allows itself no resource and no script but its own.

    Raises:
        ValueError: a quote does not stand at its offsets in its note; the message never holds the text.
    """
    return sheet_page(build_sheet(of_chart(chart, case, determinations, versions), reviews))


def sheet_page(sheet: Sheet) -> str:
    """The page of a worksheet."""
    style, script = _file("worksheet.css") + _file("browser.css"), _file("worksheet.js")
    policy_of_content = (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )
    return _page(sheet, paper=False, style=style, script=script, policy_of_content=policy_of_content)


def paper_page(sheet: Sheet) -> str:
    """The page for a maker of PDF: boxes to tick for fields, passages for notes, and no script.

    Links lead to what is on paper: a quote to its passage.
    """
    page = _page(sheet, paper=True, style=_file("worksheet.css"), script="", policy_of_content="default-src 'none'")
    there = set(re.findall(r' id="([^"]+)"', page))
    return re.sub(r' href="#([^"]+)"', lambda link: link.group() if link.group(1) in there else "", page)


def _page(sheet: Sheet, *, paper: bool, style: str, script: str, policy_of_content: str) -> str:
    page = (
        _environment()
        .get_template("worksheet.html")
        .render(
            sheet=sheet, paper=paper, style=Markup(style), script=Markup(script), policy_of_content=policy_of_content
        )
    )
    return showable(page)


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
    environment.globals |= {"SIGN_OFF": SIGN_OFF, "UNSURE": UNSURE, "DECISIONS": DECISIONS, "VERDICTS": VERDICTS}
    return environment
