"""Each page on paper: printed by a browser, it holds every headline and every table, whole and in order."""

import base64
import io
import re
import unicodedata

import pytest
from pypdf import PdfReader

from tests.pages.conftest import DESKTOP, look

pytestmark = pytest.mark.browser

MILLIMETRE = 1 / 25.4
PAPERS = {"A4": (210 * MILLIMETRE, 297 * MILLIMETRE), "Letter": (8.5, 11.0)}
# The blocks of a page that paper shows, a table's rows as wholes, with what stands first in each.
BLOCKS = """
    const hidden = e => e.closest('.code, .contents, .skip, .back');
    return [...document.querySelectorAll(arguments[0])].filter(e => !hidden(e)).map(e => e.textContent)"""
EVERYTHING = "h1, h2, h3, h4, p, li:not(.pages li), .pages a, dt, dd, tr, figure summary, .headline summary"


def bare(text: str) -> str:
    """Leave out blanks and joiners, and take ligatures apart."""
    return re.sub(r"[\s\u2060]+", "", unicodedata.normalize("NFKC", text))


def printed(browser, page, paper: str = "A4") -> list[str]:
    """Print a page and give the words of each sheet, without blanks."""
    return [bare(sheet.extract_text()) for sheet in pdf(browser, page, paper).pages]


def pdf(browser, page, paper: str) -> PdfReader:
    look(browser, page, DESKTOP)
    wide, tall = PAPERS[paper]
    settings = {"paperWidth": wide, "paperHeight": tall, "printBackground": False}
    done = browser.execute_cdp_cmd("Page.printToPDF", settings)
    return PdfReader(io.BytesIO(base64.b64decode(done["data"])))


@pytest.mark.parametrize("paper", PAPERS)
def test_every_headline_and_every_table_is_on_paper(chromium, pages, paper):
    counted = {"headline": 0, "tr": 0}
    for page in pages:
        sheets = "".join(printed(chromium, page, paper))
        blocks = [bare(text) for text in chromium.execute_script(BLOCKS, EVERYTHING)]
        assert [text for text in blocks if text not in sheets] == [], page.name
        for found, selector in (("headline", ".headline p"), ("tr", "tr")):
            texts = [bare(text) for text in chromium.execute_script(BLOCKS, selector)]
            # As often as on the screen: one row of a table does not stand for its like in another.
            short = [text for text in set(texts) if sheets.count(text) < texts.count(text)]
            assert short == [], (page.name, short)
            counted[found] += len(texts)
    assert counted["headline"] and counted["tr"] > 5


def test_what_serves_the_screen_is_not_on_paper(chromium, pages):
    for page in pages:
        sheets = "".join(printed(chromium, page))
        for selector in (".skip", ".contents summary", ".back"):
            for text in chromium.execute_script(
                "return [...document.querySelectorAll(arguments[0])].map(e => e.textContent)", selector
            ):
                assert bare(text) not in sheets, (page.name, text)
        for code in chromium.execute_script(
            "return [...document.querySelectorAll('.code pre')].map(e => e.textContent)"
        ):
            assert bare(code) not in sheets
        for name in chromium.execute_script(
            "return [...document.querySelectorAll('.pages a')].map(a => a.getAttribute('href'))"
        ):
            assert f"({name})" in sheets


def test_a_figure_and_a_heading_stay_with_what_belongs_to_them(chromium, pages):
    figures = headings = 0
    for page in pages:
        reader = pdf(chromium, page, "A4")
        sheets = [bare(sheet.extract_text()) for sheet in reader.pages]
        titles = [
            bare(text)
            for text in chromium.execute_script(
                "return [...document.querySelectorAll('figure .chart-words')].map(e => e.innerText)"
            )
        ]
        # A picture is drawn where its words are: the words of each figure, whole, on a sheet with a picture.
        on = [next(number for number, sheet in enumerate(sheets) if words in sheet) for words in titles]
        drawn = [number for number, sheet in enumerate(reader.pages) for _ in sheet.images]
        assert sorted(on) == drawn, page.name
        figures += len(titles)
        after = chromium.execute_script("""
            return [...document.querySelectorAll('main h2, main h3:not(.tile h3)')].map(h => {
                const next = h.nextElementSibling; return next && next.matches('p')
                    ? [h.innerText, next.innerText] : null; }).filter(Boolean)""")
        for heading, text in after:
            both = bare(heading) + bare(text)[:30]
            assert any(both in sheet for sheet in sheets), (page.name, heading)
        headings += len(after)
        last = [bare(text) for text in chromium.execute_script(BLOCKS, "h2, h3, caption, summary")]
        assert [text for text in last if any(sheet.endswith(text) for sheet in sheets)] == [], page.name
    assert figures and headings


def test_nothing_runs_over_the_edge_of_the_paper(chromium, pages):
    for page in pages:
        for width in (round((210 - 32) / 25.4 * 96), round((8.5 * 25.4 - 32) / 25.4 * 96)):
            look(chromium, page, {"width": width, "height": 1000, "deviceScaleFactor": 1, "mobile": False})
            chromium.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
            chromium.execute_script("document.querySelectorAll('*').forEach(e => e.getBoundingClientRect())")
            over = chromium.execute_script(
                "return [...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right"
                " > arguments[0] + 1).map(e => e.outerHTML.slice(0, 80))",
                width,
            )
            chromium.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
            assert over == [], page.name
