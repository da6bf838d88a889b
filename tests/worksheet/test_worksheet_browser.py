"""The page in a browser: links, filters, keys, print, accessibility, and that it reaches for nothing."""

from __future__ import annotations

import io
import re
import shutil

import pytest
from worksheet_samples import at, corpus_chart, criterion, determination, gold_case, policy_determinations, small_chart

from chartproof.model import FACT, Case, Conflict, Gap
from chartproof.worksheet import render_html

playwright = pytest.importorskip("playwright.sync_api")
CHROMIUM = shutil.which("chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium; on Debian: apt-get install chromium"),
]


@pytest.fixture(scope="module")
def browser():
    with playwright.sync_playwright() as started:
        one = started.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield one
        one.close()


@pytest.fixture
def show(browser, tmp_path):
    """Open a page and keep what it asks of the network, says on the console, and stumbles over."""
    opened = []

    def open_page(html: str, width: int = 1440, height: int = 1000):
        path = tmp_path / "sheet.html"
        path.write_text(html, encoding="utf-8")
        page = browser.new_page(viewport={"width": width, "height": height})
        page.troubles = []
        page.on("request", lambda request: request.url != path.as_uri() and page.troubles.append(request.url))
        page.on("console", lambda message: page.troubles.append(message.text))
        page.on("pageerror", lambda error: page.troubles.append(str(error)))
        page.goto(path.as_uri())
        opened.append(page)
        return page

    yield open_page
    for page in opened:
        assert page.troubles == []
        page.close()


@pytest.fixture(scope="module")
def d10_html() -> str:
    chart = corpus_chart("D10")
    case = gold_case(chart)
    return render_html(chart, case, policy_determinations(case))


HOSTILE = (
    "<script>document.title='owned'</script> <img src=http://x.example/a onerror=\"document.title='owned'\">\n"
    "&lt;b&gt; &amp;amp; &#x41; </div></article></mark> \u05db\u05d0\u05d1 \u05d2\u05d1 \u0628\u0627\u0644\u0638\u0647\u0631 \U0001f9b4\U0001f468\u200d\u2695\ufe0f e\u0301\n"
    "<style>body{display:none}</style> <a href=http://x.example>go</a> <base href=http://x.example>\n"
)


def small_page(*texts: str, size: int = 10) -> str:
    chart = small_chart(*texts)
    quotes = [at(chart, "n1.txt", 0, size), at(chart, "n1.txt", size // 2, size + 5)]
    case = Case(
        chart_id=chart.chart_id,
        request=chart.request,
        facts=[
            FACT.validate_python({"kind": "device", "name": "<b>", "evidence": quotes}),
            FACT.validate_python(
                {"kind": "surgery", "name": "other", "date": "2024", "status": "performed", "evidence": quotes}
            ),
        ],
        conflicts=[Conflict(kind="lab", attribute="value", values=["<i>", "&"], evidence=quotes)],
    )
    gap = Gap(what="<s>report", source="&lab", why="none")
    told = determination(
        criterion("I.A", "unsure", quotes[:1], label="<u>", obtain=[gap]),
        criterion("I.B", "met", quotes[1:]),
        criterion("I.C", "not_met", parts=[criterion("I.C/1", "not_met", quotes)]),
        status="does_not_meet",
    )
    return render_html(chart, case, [told])


def in_view(page, locator) -> bool:
    box = locator.bounding_box()
    return box is not None and box["y"] < page.viewport_size["height"] and box["y"] + box["height"] > 0


def test_a_click_on_a_quote_shows_its_words_and_back_leads_to_the_criterion(show, d10_html):
    page = show(d10_html)
    row = page.locator("tr.criterion").nth(8)
    link = row.locator(".quotes a").first
    link.scroll_into_view_if_needed()
    number = re.search(r"\d+", link.locator(".num").inner_text()).group()
    mark = page.locator(f"mark#s{number}")
    assert not in_view(page, mark)
    link.click()
    playwright.expect(mark).to_have_class(re.compile("flash"))
    page.wait_for_timeout(100)
    assert in_view(page, mark)
    back = page.locator("#back")
    assert back.inner_text().endswith(row.locator(".cid").inner_text())
    back.click()
    assert in_view(page, link) and back.is_hidden()
    assert link.evaluate("e => e === document.activeElement")


def test_from_the_words_to_the_criteria_that_stand_on_them(show, d10_html):
    page = show(d10_html)
    refs = page.locator(".text .refs", has=page.locator("a.crit")).first
    refs.locator("summary").click()
    use = refs.locator("a.crit").first
    name = use.get_attribute("href")[1:]
    use.click()
    target = page.locator(f"[id='{name}']")
    page.wait_for_timeout(100)
    assert in_view(page, target)
    page.keyboard.press("Escape")
    assert refs.get_attribute("open") is None


def test_filters_put_what_is_open_first_or_alone(show, d10_html):
    page = show(d10_html)
    body = page.locator("table.criteria > tbody").first

    def shown() -> list[str]:
        return body.evaluate("b => [...b.children].filter(r => !r.hidden).map(r => r.className.split(' ')[1])")

    plain = shown()
    page.get_by_label("not met and unsure first").check()
    assert shown() == sorted(plain, key=["not_met", "unsure", "met"].index)
    page.get_by_label("not met and unsure only").check()
    assert shown() == [status for status in sorted(plain) if status != "met"]
    page.get_by_label("all, in the policy's order").check()
    assert shown() == plain


def test_a_link_to_a_row_that_the_filter_hides_shows_it(show, d10_html):
    page = show(d10_html)
    page.get_by_label("not met and unsure only").check()
    name = page.locator("tr.criterion.met").first.get_attribute("id")
    assert page.locator(f"[id='{name}']").is_hidden()
    page.locator(f".text .refs a[href='#{name}'], .text .refs a[href^='#{name}']").first.evaluate("a => a.click()")
    assert page.locator(f"[id='{name}']").is_visible()


def test_the_keyboard_reaches_everything(show):
    page = show(small_page(HOSTILE))
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the summary"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.url.endswith("#notes")
    seen = set()
    for _ in range(90):
        page.keyboard.press("Tab")
        seen.add(page.evaluate("(e => e.name || e.id || e.getAttribute('href') || e.tagName)(document.activeElement)"))
    assert {"show", "unfold", "print-all", "r-c-A-I.A", "t-c-A-I.A", "#s1", "decision", "reviewer", "rationale"} <= seen
    page.locator("[name='r-c-A-I.A'][value=agree]").focus()
    page.keyboard.press("ArrowDown")
    assert page.locator("[name='r-c-A-I.A'][value=disagree]").is_checked()


def test_keys_pressed_on_nothing_scroll_the_criteria(show, d10_html):
    page = show(d10_html, height=600)
    page.keyboard.press("PageDown")
    page.wait_for_timeout(300)
    assert page.locator("#left").evaluate("e => e.scrollTop") > 200


def pdf_of(page) -> tuple[int, str]:
    import pypdf

    pages = pypdf.PdfReader(io.BytesIO(page.pdf(format="Letter"))).pages
    return len(pages), " ".join(" ".join(p.extract_text() for p in pages).split())


def test_the_print_is_short_and_with_the_box_ticked_complete(show, d10_html):
    page = show(d10_html)
    short, text = pdf_of(page)
    assert "Passages that criteria quote" in text and "Facts in the chart" not in text
    assert "Refer to a physician reviewer" in text and "Skip to" not in text
    page.get_by_label("print all notes and facts too").check()
    long, text = pdf_of(page)
    assert "Facts in the chart" in text and "Passages that criteria quote" not in text
    assert short <= 22 < long


def test_what_the_filter_hides_is_printed(show):
    page = show(small_page(HOSTILE))
    page.get_by_label("not met and unsure only").check()
    assert "label of I.B" in pdf_of(page)[1]


def test_a_hostile_note_stays_text(show):
    page = show(small_page(HOSTILE, HOSTILE))
    assert page.title() == "Worksheet T01"
    assert page.locator("#n2 .text").inner_text().rstrip() == HOSTILE.rstrip()
    assert page.locator("script").count() == 1 and page.locator("img").count() == 0
    assert page.locator("mark#s1").inner_text() == HOSTILE[:10]
    assert page.locator("body").is_visible()


def test_a_note_of_a_megabyte_can_be_read_and_followed(show):
    text = "pain of the left SI joint, rated seven of ten.\n" * 22_000
    chart = small_chart(text)
    end = len(text) - 40
    quote = at(chart, "n1.txt", end, end + 20)
    case = Case(chart_id="T01", request=chart.request, facts=[])
    page = show(render_html(chart, case, [determination(criterion("1", evidence=[quote]))]))
    page.locator(".quotes a").first.click()
    playwright.expect(page.locator("mark#s1")).to_be_in_viewport()
    assert page.locator("#n1 .text").evaluate("e => e.textContent.length") > 1_000_000


def test_the_page_s_own_policy_lets_no_other_script_run(show):
    page = show(small_page(HOSTILE))
    page.troubles_before = list(page.troubles)
    blocked = page.evaluate(
        "() => new Promise(done => { addEventListener('securitypolicyviolation', e => done(e.effectiveDirective));"
        " const s = document.createElement('script'); s.textContent = 'document.title = 1'; document.body.append(s); })"
    )
    assert blocked in ("script-src-elem", "script-src") and page.title() == "Worksheet T01"
    page.troubles.clear()  # the browser says on the console what it refused


@pytest.mark.parametrize("width", [1440, 390])
def test_axe_finds_nothing_serious(show, d10_html, width):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    for html in (d10_html, small_page(HOSTILE)) if width == 1440 else (d10_html,):
        page = show(html, width=width)
        page.locator("#unfold").click()
        found = axe.run(page).response["violations"]
        grave = [(v["id"], v["nodes"][0]["html"]) for v in found if v["impact"] in ("serious", "critical")]
        assert grave == []


def test_nothing_runs_off_a_narrow_screen(show, d10_html):
    page = show(d10_html, width=390, height=800)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    # What to obtain takes the whole width there, and says which line is whose.
    [what, source] = (page.locator(f"#obtain tbody tr:first-child > :nth-child({n})").first for n in (1, 2))
    assert what.bounding_box()["width"] > 300
    assert "From" in source.evaluate("cell => getComputedStyle(cell, '::before').content")
