"""The worksheet as one HTML page."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from worksheet_samples import (
    at,
    corpus_chart,
    criterion,
    determination,
    gold_case,
    policy_determinations,
    small_chart,
)

from chartproof.model import FACT, Case, Chart, Conflict, Determination, Evidence, Gap
from chartproof.worksheet import render_html

BLOCKS = {"td", "th", "dt", "dd", "li", "p", "div", "summary"}
VOID = {"meta", "input", "wbr", "br", "hr", "link", "img"}


class Page(HTMLParser):
    """A parsed page: its elements, and the text under each id and each class. Fails where tags do not nest."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.stack: list[tuple[str, dict[str, str], list[str]]] = []
        self.done: list[tuple[str, dict[str, str], str]] = []
        self.feed(html)
        self.close()
        assert not self.stack, f"never closed: {[tag for tag, _, _ in self.stack]}"

    def handle_starttag(self, tag, attrs):
        attributes = {name: value or "" for name, value in attrs}
        self.elements.append((tag, attributes))
        if tag not in VOID:
            self.stack.append((tag, attributes, []))

    def handle_endtag(self, tag):
        assert self.stack and self.stack[-1][0] == tag, f"</{tag}> closes <{self.stack[-1][0] if self.stack else ''}>"
        opened, attributes, parts = self.stack.pop()
        self.done.append((opened, attributes, "".join(parts)))
        if tag in BLOCKS:
            self.handle_data(" ")

    def handle_data(self, data):
        for _, _, parts in self.stack:
            parts.append(data)

    @property
    def ids(self) -> list[str]:
        return [a["id"] for _, a in self.elements if "id" in a]

    @property
    def links(self) -> list[str]:
        return [a["href"] for tag, a in self.elements if tag == "a"]

    def texts(self, tag: str | None = None, *, id: str | None = None, cls: str | None = None) -> list[str]:
        return [
            text
            for t, a, text in self.done
            if (tag is None or t == tag)
            and (id is None or a.get("id") == id)
            and (cls is None or cls in a.get("class", "").split())
        ]


def case_of(chart: Chart, *facts: dict, conflicts: list[Conflict] | None = None) -> Case:
    return Case(
        chart_id=chart.chart_id,
        request=chart.request,
        facts=[FACT.validate_python(f) for f in facts],
        conflicts=conflicts or [],
    )


@pytest.fixture(scope="module")
def d02() -> tuple[Chart, Case, list[Determination]]:
    chart = corpus_chart("D02")
    case = gold_case(chart)
    return chart, case, policy_determinations(case)


@pytest.fixture(scope="module")
def d02_html(d02) -> str:
    return render_html(*d02)


@pytest.fixture(scope="module")
def d10_html() -> str:
    """A chart of seven notes with many criteria not met."""
    chart = corpus_chart("D10")
    case = gold_case(chart)
    return render_html(chart, case, policy_determinations(case))


def notes_as_read(html: str) -> list[str]:
    """The text of each note, with the references after quotes taken out."""
    bodies = re.findall(r'<div class="text" dir="auto">(.*?)</div>\s*</article>', html, re.S)
    bare = [re.sub(r'<details class="refs".*?</details>', "", body, flags=re.S) for body in bodies]
    return [Page(f"<div>{body}</div>").texts("div")[0] for body in bare]


def test_a_chart_of_seven_notes_stays_under_500_kb(d02_html, d10_html):
    assert len(d02_html.encode()) < 500_000
    assert len(d10_html.encode()) < 500_000


def test_every_note_stands_in_full_and_unchanged(d02, d02_html):
    assert notes_as_read(d02_html) == [note.text for note in d02[0].notes]


@pytest.mark.parametrize("html", ["d02_html", "d10_html"])
def test_every_link_has_its_target_and_every_id_is_one_element(html, request):
    page = Page(request.getfixturevalue(html))
    assert len(page.ids) == len(set(page.ids))
    assert {link for link in page.links if not link.startswith("#")} == set()
    assert {link[1:] for link in page.links} - set(page.ids) == set()


def test_every_quote_is_linked_to_its_words_and_back(d02, d02_html):
    _, case, determinations = d02
    page = Page(d02_html)
    spans = {(e.note, e.start, e.end) for fact in case.facts for e in fact.evidence}
    marks = {a["id"] for tag, a in page.elements if tag == "mark" and "id" in a}
    assert len(marks) == len(spans)
    assert {link[1:] for link in page.links if re.fullmatch(r"#s\d+", link)} == marks
    # each criterion with evidence, or the part of it that quotes the words, is reached from the notes
    notes = d02_html[d02_html.index('<aside class="right"') :]
    with_evidence = 0
    for letter, told in zip("ABC", determinations, strict=True):
        for result in told.criteria:
            if result.evidence:
                with_evidence += 1
                assert re.search(rf'href="#c-{letter}-{re.escape(result.id)}["_]', notes), result.id
    assert with_evidence > 30


def test_a_mark_holds_exactly_the_quoted_words():
    chart = small_chart("Left SI joint injected with 80% relief.")
    e = at(chart, "n1.txt", 5, 13)
    page = Page(render_html(chart, case_of(chart), [determination(criterion("1", evidence=[e]))]))
    assert page.texts("mark", id="s1") == ["SI joint"]


def test_overlapping_quotes_are_split_and_keep_one_id_each():
    chart = small_chart("abc def ghi")
    quotes = [at(chart, "n1.txt", 0, 7), at(chart, "n1.txt", 4, 11), at(chart, "n1.txt", 4, 7)]
    html = render_html(chart, case_of(chart), [determination(criterion("1", evidence=quotes))])
    page = Page(html)
    # in the order of the notes; of two that start together the longer first
    pieces = {n: "".join(t for tag, a, t in page.done if tag == "mark" and a.get("data-q") == n) for n in "123"}
    assert pieces == {"1": "abc def", "2": "def ghi", "3": "def"}
    assert sorted(i for i in page.ids if re.fullmatch(r"s\d+", i)) == ["s1", "s2", "s3"]
    assert notes_as_read(html) == ["abc def ghi"]


HOSTILE = (
    "<script>alert(1)</script> </div></article> &amp; &lt;b&gt; \"quoted\" 'single' {{ 7*7 }} {% raw %}\n"
    "<img src=x onerror=alert(1)> <!-- \u05db\u05d0\u05d1 \u0628\u0627\u0644\u0638\u0647\u0631 --> ]]> \U0001f9b4\U0001f468\u200d\u2695\ufe0f end\n"
    "</mark></details></aside><style>*{display:none}</style>\ttab  two spaces\n"
)


def test_hostile_text_stays_text():
    chart = small_chart(HOSTILE)
    script = at(chart, "n1.txt", 0, 25)
    bone = HOSTILE.index("\U0001f9b4")
    emoji = at(chart, "n1.txt", bone, bone + 4)
    case = case_of(
        chart,
        {"kind": "device", "name": "<b onclick=x>", "evidence": [script, emoji]},
        conflicts=[Conflict(kind="lab", attribute="value", values=["<i>", "&"], evidence=[script, emoji])],
    )
    case.request.device = '"><script>alert(2)</script>'
    html = render_html(
        chart,
        case,
        [
            determination(
                criterion(
                    'I"><svg/onload=x>',
                    "unsure",
                    [script],
                    label="<u>",
                    obtain=[Gap(what="<s>", source="&", why="<p>")],
                ),
                status="needs_documentation",
                title="</title><script>",
                notices=["<script>"],
            )
        ],
    )
    page = Page(html)
    assert [tag for tag, _ in page.elements].count("script") == 1
    assert [tag for tag, _ in page.elements].count("style") == 1
    assert not {"img", "svg", "s", "u", "i"} & {tag for tag, _ in page.elements}
    assert not [name for _, a in page.elements for name in a if name.startswith("on")]
    assert notes_as_read(html) == [HOSTILE]
    marked = [text for tag, a, text in page.done if tag == "mark" and "id" in a]
    assert marked == [script.quote, emoji.quote]
    assert script.quote in page.texts("bdi")
    # a criterion's id becomes a link target only in a form that needs no escaping
    assert all(re.fullmatch(r"[A-Za-z0-9._~-]+", i) for i in page.ids)


def test_characters_a_page_cannot_show_are_replaced_one_for_one():
    chart = small_chart("a\x00b\x1bc\ud800d\u202ee\x85f")
    html = render_html(chart, case_of(chart), [determination(criterion("1", evidence=[at(chart, "n1.txt", 2, 5)]))])
    html.encode("utf-8")
    assert notes_as_read(html) == ["a\u2400b\u241bc\ufffdd\ufffde\ufffdf"]


def test_nothing_is_fetched_and_only_the_page_s_own_style_and_script_are_allowed(d02_html):
    page = Page(d02_html)
    assert not [a for _, a in page.elements for name in a if name in ("src", "srcset", "action", "style", "poster")]
    assert not {"link", "img", "iframe", "object", "embed", "base", "form"} & {tag for tag, _ in page.elements}
    assert "url(" not in d02_html and "@import" not in d02_html
    [policy] = [a["content"] for tag, a in page.elements if a.get("http-equiv") == "Content-Security-Policy"]
    allowed = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert allowed["default-src"] == "'none'"
    for tag in ("script", "style"):
        [text] = page.texts(tag)
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert allowed[f"{tag}-src"] == f"'sha256-{digest}'"
    assert set(allowed) == {"default-src", "script-src", "style-src", "base-uri", "form-action"}


def test_summary_names_outcome_counts_and_the_criteria_that_decide():
    chart = small_chart("text")
    gap = Gap(what="report", source="clinic", why="none")
    told = determination(
        criterion("1"),
        criterion("2", "unsure", obtain=[gap]),
        criterion("3", "not_met", obtain=[gap]),
        criterion("4", "not_met"),
        criterion("5", "unsure"),
        status="does_not_meet",
    )
    page = Page(render_html(chart, case_of(chart), [told, determination(criterion("1"))]))
    [summary] = page.texts("section", id="summary")
    words = " ".join(summary.split())
    assert "Does not meet 1 met, 2 not met, 2 unsure" in words
    # not met before unsure; what a document could mend after what none could
    assert [words.index(f"label of {n}") for n in "435"] == sorted(words.index(f"label of {n}") for n in "435")
    assert "label of 2" not in words and "label of 1" not in words
    assert "and 1 more that is not met or unsure" in words
    assert "Meets 1 met, 0 not met, 0 unsure Every criterion is met." in words


def test_the_status_is_said_in_words_and_with_a_sign():
    chart = small_chart("text")
    results = [criterion("1"), criterion("2", "not_met"), criterion("3", "unsure")]
    page = Page(render_html(chart, case_of(chart), [determination(*results, status="does_not_meet")]))
    assert page.texts(cls="status") == ["✓ Met", "✕ Not met", "? Unsure"]


def test_what_to_obtain_is_listed_once_with_all_its_criteria():
    chart = small_chart("text")
    gap = Gap(what="MRI report", source="imaging center", why="no MRI in the chart")
    again = Gap(what="mri report", source="Imaging center", why="no date")
    first = determination(
        criterion("1", "unsure", obtain=[gap]), criterion("2", obtain=[gap]), status="needs_documentation"
    )
    second = determination(
        criterion("1", "unsure", parts=[criterion("1.a", "unsure", obtain=[again]), criterion("1.b", obtain=[gap])]),
        status="needs_documentation",
    )
    page = Page(render_html(chart, case_of(chart), [first, second]))
    [section] = page.texts("section", id="obtain")
    words = " ".join(section.split())
    assert words.endswith("MRI report imaging center no MRI in the chart no date A 1 B 1")


def test_why_to_obtain_says_once_what_two_policies_find():
    chart = small_chart("text")
    told = [
        Gap(what="examination", source="clinic", why="FABER positive; not documented: ASLR"),
        Gap(what="examination", source="clinic", why="FABER positive; not documented: sacral thrust"),
    ]
    pages = [determination(criterion("1", "unsure", obtain=[gap]), status="needs_documentation") for gap in told]
    [section] = Page(render_html(chart, case_of(chart), pages)).texts("section", id="obtain")
    words = " ".join(section.split())
    assert words.endswith(
        "Examination clinic FABER positive; not documented: ASLR not documented: sacral thrust A 1 B 1"
    )


def test_a_part_does_not_say_its_label_twice():
    chart = small_chart("text")
    part = criterion("1/1", "unsure").model_copy(update={"label": "CT of hip", "found": "CT of hip: not documented"})
    page = Page(render_html(chart, case_of(chart), [determination(criterion("1", "unsure", parts=[part]))]))
    assert any(
        text.endswith("CT of hip: not documented") and text.count("CT of hip") == 1 for text in page.texts("summary")
    )


def test_conflicts_show_both_sides_with_their_words():
    chart = small_chart("Relief was 80%.", "Relief was 40%.")
    sides = [at(chart, "n1.txt", 11, 14), at(chart, "n2.txt", 11, 14)]
    conflict = Conflict(kind="injection", attribute="relief_percent", values=["eighty", "forty"], evidence=sides)
    page = Page(render_html(chart, case_of(chart, conflicts=[conflict]), [determination(criterion("1"))]))
    [section] = page.texts("section", id="conflicts")
    words = " ".join(section.split())
    assert "Injections: relief percent" in words
    assert re.search(r"eighty ?\[1\] 80% note 1, 2025-01-01, consult ?forty ?\[2\] 40% note 2, 2025-01-02", words)
    assert "1 contradiction between notes" in " ".join(page.texts("section", id="summary")[0].split())


def test_what_only_a_criterion_that_is_not_met_asks_for_comes_after_what_is_missing():
    chart = small_chart("text")
    missing, more = (
        Gap(what="lab report", source="laboratory", why="none"),
        Gap(what="film", source="center", why="old"),
    )
    told = determination(
        criterion("1", "not_met", obtain=[more]),
        criterion("2", "not_met", obtain=[more]),
        criterion("3", "unsure", obtain=[missing]),
        status="does_not_meet",
    )
    page = Page(render_html(chart, case_of(chart), [told]))
    [section] = page.texts("section", id="obtain")
    order = [section.index(t) for t in ("Missing:", "Lab report", "Not met on what the notes say", "Film")]
    assert order == sorted(order)


def test_parts_stand_under_their_criterion_and_quote_their_own_words():
    chart = small_chart("contrast used, relief 80%")
    a, b = at(chart, "n1.txt", 0, 13), at(chart, "n1.txt", 15, 25)
    told = criterion("1", "unsure", [a, b], parts=[criterion("1.a", "met", [a]), criterion("1.b", "unsure", [])])
    html = render_html(chart, case_of(chart), [determination(told, status="needs_documentation")])
    page = Page(html)
    [part] = page.texts("li", id="c-A-1.a")
    assert "contrast used" in part
    [row] = page.texts("tr", id="c-A-1")
    assert row.count("contrast used") == 1 and row.count("relief 80%") == 1
    folds = [a for tag, a in page.elements if tag == "details" and "fold" in a.get("class", "")]
    assert ["open" in a for a in folds] == [False, True]  # what is met is folded


def test_the_reading_and_the_section_of_a_quote_are_told():
    chart = small_chart("Denies fibromyalgia")
    e = Evidence(note="n1.txt", start=7, end=19, quote="fibromyalgia", section="PMH", reading="negated: denies")
    page = Page(render_html(chart, case_of(chart), [determination(criterion("1", evidence=[e]))]))
    assert "note 1, 2025-01-01, consult, under PMH; read as negated: denies" in page.texts(cls="from")


def test_the_reviewer_can_answer_each_criterion_and_sign_but_the_sheet_offers_no_denial(d02_html):
    page = Page(d02_html)
    fields = [(a.get("type"), a["name"], a.get("value")) for tag, a in page.elements if tag == "input" and "name" in a]
    assert [v for t, n, v in fields if n == "r-c-B-II.G"] == ["agree", "disagree", "na"]
    assert [v for t, n, v in fields if n == "decision"] == ["approve", "refer"]
    assert {"reviewer", "reviewed"} <= {n for _, n, _ in fields}
    [signoff] = page.texts("section", id="signoff")
    assert "deny" not in signoff.lower() and "denial" not in signoff.lower()


def test_every_field_has_a_label(d02_html):
    labels = 0
    depth_of_label = 0
    for token in re.finditer(r"<(/?)(label|input|textarea)\b", d02_html):
        closing, tag = token.groups()
        if tag == "label":
            depth_of_label += -1 if closing else 1
            labels += not closing
        elif not closing:
            assert depth_of_label == 1
    assert labels > 100


def test_headings_go_down_one_level_at_a_time(d02_html):
    levels = [int(tag[1]) for tag, _ in Page(d02_html).elements if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_language_landmarks_and_no_colour_alone(d02_html):
    page = Page(d02_html)
    tags = [tag for tag, _ in page.elements]
    assert dict(page.elements)["html"]["lang"] == "en"
    for landmark in ("header", "main", "aside", "footer", "nav"):
        assert tags.count(landmark) == 1


def test_the_request_says_where_it_was_read():
    chart = small_chart("text")
    chart.request.sources = {"cpt": "n1.txt", "laterality": "option"}
    page = Page(render_html(chart, case_of(chart), [determination(criterion("1"))]))
    [header] = page.texts("header")
    words = " ".join(header.split())
    assert "Procedure CPT 27279 n1.txt" in words and "Side left option" in words
    assert "Setting not stated" in words
    assert "#n1" in page.links


def test_the_footer_names_the_version_and_each_note_s_hash(d02, d02_html):
    import chartproof

    [footer] = Page(d02_html).texts("footer")
    assert f"Chartproof {chartproof.__version__}" in footer
    for note in d02[0].notes:
        assert f"{note.id} {note.sha256[:12]}" in " ".join(footer.split())


def test_the_same_chart_gives_the_same_page(d02, d02_html):
    assert render_html(*d02) == d02_html


def test_contrast_of_the_colours_is_at_least_aa(d02_html):
    colours = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", d02_html))

    def luminance(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        r, g, b = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * r + 0.7152 * g + 0.0722 * b

    def contrast(one: str, other: str) -> float:
        light, dark = sorted((luminance(one), luminance(other)), reverse=True)
        return (light + 0.05) / (dark + 0.05)

    pairs = [("met", "met-bg"), ("not", "not-bg"), ("unsure", "unsure-bg"), ("ink", "mark"), ("ink", "flash")]
    pairs += [(colour, "pale") for colour in ("ink", "soft", "link")]
    for text, ground in pairs:
        assert contrast(colours[text], colours[ground]) >= 4.5, (text, ground)


def test_words_that_cannot_be_told_apart_stand_under_all_values():
    chart = small_chart("Relief was 80%, or 40%.")
    conflict = Conflict(kind="lab", attribute="value", values=["80", "40"], evidence=[at(chart, "n1.txt", 0, 22)])
    page = Page(render_html(chart, case_of(chart, conflicts=[conflict]), [determination(criterion("1"))]))
    [section] = page.texts("section", id="conflicts")
    assert "80 or 40[1] Relief was 80%, or 40" in " ".join(section.split())
