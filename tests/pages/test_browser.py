"""Each page in a real browser with the network off: complete, quiet, and readable on a phone and on paper."""

import json
from itertools import pairwise
from pathlib import Path

import pytest

from tests.batch.conftest import GOOD, SAVING, company_at, report_of, write_notebook

pytestmark = pytest.mark.browser

PHONE = {"width": 390, "height": 844, "deviceScaleFactor": 2, "mobile": True}
DESKTOP = {"width": 1280, "height": 900, "deviceScaleFactor": 1, "mobile": False}
WIDE = """
wide = pd.DataFrame({{f"Measure number {{i}}": [i * 1000.5, 2] for i in range(12)}})
show_table(wide, name="wide", title="A table too wide for a phone")
"""


@pytest.fixture(scope="session")
def demonstration(tmp_path_factory) -> Path:
    """Give a published month of a demonstration company."""
    folder = tmp_path_factory.mktemp("pages")
    write_notebook(folder / "notebooks", "00_first", GOOD, WIDE, saving=SAVING)
    report_of(company_at(folder), folder / "notebooks", folder / "reports")
    return folder / "reports" / "2026-06"


@pytest.fixture(scope="session")
def sample(tmp_path_factory, root) -> Path:
    """Give the published latest month of the sample company; skip before there are notebooks."""
    from custlib.batch.progress import PlainProgress
    from custlib.batch.report import make_report
    from custlib.company import load_company

    if not list((root / "notebooks").glob("0*.ipynb")):
        pytest.skip("no notebooks yet")
    out = tmp_path_factory.mktemp("sample") / "reports"
    return make_report(load_company("sample"), out=out, show=PlainProgress()).parent


@pytest.fixture(params=["demonstration", "sample"])
def pages(request) -> list[Path]:
    """Give the pages of a published month, page one among them."""
    return sorted(request.getfixturevalue(request.param).glob("*.html"))


def look(browser, page: Path, device: dict) -> None:
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", device)
    browser.get(page.as_uri())


def test_pages_ask_for_nothing_and_report_no_error(chromium, pages):
    for page in pages:
        chromium.get_log("performance")
        look(chromium, page, DESKTOP)
        asked = []
        for entry in chromium.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                asked.append(message["params"]["request"]["url"])
        assert [url for url in asked if not url.startswith("data:")] == [page.as_uri()]
        assert chromium.get_log("browser") == []


def test_every_picture_is_drawn_and_has_words(chromium, pages):
    drawn = 0
    for page in pages:
        look(chromium, page, PHONE)
        pictures = chromium.execute_script(
            "return [...document.images].map(i => [i.complete, i.naturalWidth, i.alt, i.getBoundingClientRect().width])"
        )
        for complete, natural, alt, width in pictures:
            assert complete and natural > 600 and len(alt) > 20
            assert width <= 366
        drawn += len(pictures)
        assert chromium.execute_script(
            "return [...document.querySelectorAll('svg')].every(s => s.getAttribute('aria-label') || s.ariaHidden)"
        )
    assert drawn


def test_no_page_scrolls_sideways_on_a_phone(chromium, pages):
    for page in pages:
        look(chromium, page, PHONE)
        chromium.execute_script("document.querySelectorAll('details').forEach(d => d.open = true)")
        assert chromium.execute_script("return document.documentElement.scrollWidth") == 390, page.name
        beyond = """
            const inBox = e => e.closest('.table-box, pre');
            return [...document.querySelectorAll('main *, header *, footer *')]
              .filter(e => !inBox(e) && e.getBoundingClientRect().right > 391 && e.getClientRects().length)
              .map(e => e.outerHTML.slice(0, 80))"""
        assert chromium.execute_script(beyond) == [], page.name
        small = """
            return [...document.querySelectorAll('body *')].filter(e => e.getClientRects().length && e.innerText
              && parseFloat(getComputedStyle(e).fontSize) < 12).map(e => e.outerHTML.slice(0, 80))"""
        assert chromium.execute_script(small) == []


def test_headings_are_in_order_and_the_contents_lead_to_them(chromium, pages):
    for page in pages:
        look(chromium, page, DESKTOP)
        levels = chromium.execute_script(
            "return [...document.querySelectorAll('h1,h2,h3,h4,h5,h6')].map(h => Number(h.tagName[1]))"
        )
        assert levels[0] == 1 and levels.count(1) == 1
        assert all(after - before <= 1 for before, after in pairwise(levels)), levels
        lost = """return [...document.querySelectorAll('a[href^="#"]')].filter(a =>
            !document.getElementById(a.getAttribute('href').slice(1))).map(a => a.href)"""
        assert chromium.execute_script(lost) == []
        twice = """const ids = [...document.querySelectorAll('[id]')].map(e => e.id);
            return ids.filter((id, place) => ids.indexOf(id) !== place)"""
        assert chromium.execute_script(twice) == [], page.name


def test_contents_are_open_beside_the_text_and_folded_on_a_phone(chromium, pages):
    shown = """return [...document.querySelectorAll('.contents li a')].map(a => a.checkVisibility(
        {contentVisibilityAuto: true}) && a.getBoundingClientRect().height > 0)"""
    for page in (page for page in pages if page.name != "index.html"):
        for device, seen in ((DESKTOP, True), (PHONE, False)):
            look(chromium, page, device)
            chromium.execute_script("document.querySelectorAll('*').forEach(e => e.getBoundingClientRect())")
            assert set(chromium.execute_script(shown)) == {seen}, (page.name, device["width"])


def test_links_between_pages_and_to_files_work_from_disk(chromium, pages):
    for page in pages:
        look(chromium, page, DESKTOP)
        links = chromium.execute_script("return [...document.links].map(a => a.getAttribute('href'))")
        for link in links:
            assert link.startswith("#") or (page.parent / link).is_file(), f"{page.name}: {link}"
        assert page.name == "index.html" or "index.html" in links


def test_words_have_contrast(chromium, pages):
    """Every text is at least 4.5:1 against the nearest background behind it."""
    script = """
        const lum = c => c.map(v => v / 255).map(v => v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
            .reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
        const rgb = s => s.match(/[\\d.]+/g).map(Number);
        const behind = e => { for (; e; e = e.parentElement) {
            const c = rgb(getComputedStyle(e).backgroundColor); if (c.length === 3 || c[3] > 0) return c.slice(0, 3); }
            return [255, 255, 255]; };
        const low = [];
        document.querySelectorAll('details').forEach(d => d.open = true);
        for (const e of document.querySelectorAll('body *')) {
            if (![...e.childNodes].some(n => n.nodeType === 3 && n.data.trim())) continue;
            const [a, b] = [lum(rgb(getComputedStyle(e).color).slice(0, 3)), lum(behind(e))].sort((x, y) => y - x);
            if ((a + .05) / (b + .05) < 4.5) low.push(e.outerHTML.slice(0, 80));
        }
        return low"""
    for page in pages:
        look(chromium, page, DESKTOP)
        assert chromium.execute_script(script) == [], page.name


def test_pages_are_complete_without_scripts(chromium, pages):
    for page in pages:
        look(chromium, page, DESKTOP)
        with_scripts = chromium.find_element("tag name", "body").text
        chromium.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
        look(chromium, page, DESKTOP)
        chromium.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
        assert chromium.find_element("tag name", "body").text == with_scripts
        assert len(with_scripts) > 200
        assert chromium.execute_script("return document.scripts.length") == 0


def test_on_paper_tables_are_shown_and_code_is_not(chromium, pages):
    tables = 0
    for page in pages:
        look(chromium, page, DESKTOP)
        chromium.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
        # a subtree that was folded is laid out only when something asks for its size
        chromium.execute_script("document.querySelectorAll('*').forEach(e => e.getBoundingClientRect())")
        seen = """return [...document.querySelectorAll(arguments[0])].filter(e =>
            e.checkVisibility({contentVisibilityAuto: true, visibilityProperty: true}) && e.getBoundingClientRect().height > 0)
            .length"""
        every = "return document.querySelectorAll(arguments[0]).length"
        for shown in ("table", "details:not(.code) > p", "img"):
            assert chromium.execute_script(seen, shown) == chromium.execute_script(every, shown), (
                page.name,
                shown,
            )
        for hidden in (".code", ".code pre", ".contents", ".skip"):
            assert chromium.execute_script(seen, hidden) == 0, (page.name, hidden)
        cut = """return [...document.querySelectorAll('.table-box')].filter(e =>
            getComputedStyle(e).overflowX !== 'visible').length"""
        assert chromium.execute_script(cut) == 0
        tables += chromium.execute_script(every, "table")
        chromium.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
    assert tables


def test_pages_are_small(pages):
    for page in pages:
        assert page.stat().st_size < 3_000_000
    assert len(pages) >= 2
