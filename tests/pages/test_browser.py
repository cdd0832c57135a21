"""Each page in a real browser with the network off: complete, quiet, and readable on a phone and on paper."""

import json
from itertools import pairwise

import pytest

from custlib.present import theme
from tests.pages.conftest import DESKTOP, PHONE, look

pytestmark = pytest.mark.browser


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


def test_pages_are_small(chromium, pages):
    """A page of eight figures is at most 1.5 megabytes."""
    for page in pages:
        look(chromium, page, DESKTOP)
        pictures = chromium.execute_script("return document.images.length")
        assert page.stat().st_size < 150_000 + 170_000 * pictures, page.name
    assert len(pages) >= 2


def test_a_phone_gets_pictures_with_larger_letters(chromium, pages):
    drawn = 0
    for page in pages:
        shown = {}
        for device in (PHONE, DESKTOP):
            look(chromium, page, device)
            shown[device["width"]] = chromium.execute_script(
                "return [...document.images].map(i => [i.currentSrc.length, i.naturalWidth, i.getBoundingClientRect().width])"
            )
        for (_, narrow, phone), (_, wide, desktop) in zip(shown[390], shown[1280], strict=True):
            assert (narrow, wide) == (round(theme.NARROW * theme.DPI), theme.WIDTH * theme.DPI)
            # the smallest letters have 12 points
            assert 12 / 72 * theme.DPI * phone / narrow >= 12
            assert 12 / 72 * theme.DPI * desktop / wide >= 14
        drawn += len(shown[390])
    assert drawn


def test_a_wide_table_shows_that_it_goes_on_and_keeps_its_names_in_sight(chromium, pages):
    wide = 0
    for page in pages:
        look(chromium, page, PHONE)
        chromium.execute_script("document.querySelectorAll('details').forEach(d => d.open = true)")
        boxes = chromium.execute_script("""
            return [...document.querySelectorAll('.table-box')].filter(b => b.scrollWidth > b.clientWidth + 1).map(b => {
                const style = getComputedStyle(b);
                b.scrollLeft = 1e6;
                const edge = b.getBoundingClientRect().left;
                const names = [...b.querySelectorAll('tbody td.gt_left:first-child:has(+ td.gt_right)')];
                const caption = b.querySelector('caption');
                return {fades: (style.backgroundImage.match(/linear-gradient/g) || []).length,
                        attached: style.backgroundAttachment, moved: b.scrollLeft,
                        names: names.map(n => n.getBoundingClientRect().left - edge),
                        caption: caption.getBoundingClientRect().width - b.clientWidth}; })""")
        for box in boxes:
            assert box["fades"] == 4 and box["attached"].split(", ") == ["local", "local", "scroll", "scroll"]
            assert box["moved"] > 0 and box["caption"] <= 1
            assert all(abs(left) <= 1 for left in box["names"]), (page.name, box)
        wide += len(boxes)
    assert wide


def test_an_unfolded_tile_does_not_stretch_its_neighbours(chromium, pages):
    (first,) = [page for page in pages if page.name == "index.html"]
    look(chromium, first, DESKTOP)
    heights = "return [...document.querySelectorAll('.tile')].map(t => t.getBoundingClientRect().height)"
    before = chromium.execute_script(heights)
    chromium.execute_script("document.querySelector('.tile details').open = true")
    after = chromium.execute_script(heights)
    assert after[0] > before[0]
    assert all(now <= then for now, then in zip(after[1:], before[1:], strict=True))


def test_the_small_lines_say_where_they_begin_and_end(chromium, pages):
    (first,) = [page for page in pages if page.name == "index.html"]
    look(chromium, first, DESKTOP)
    said = chromium.execute_script(
        "return [...document.querySelectorAll('svg.sparkline')].map(s => [s.getAttribute('aria-label'),"
        " s.closest('.tile').querySelector('.value').innerText])"
    )
    assert said
    for label, value in said:
        assert " from " in label and label.endswith(f"to {value}"), label
