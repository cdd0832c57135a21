"""Pictures for page, phone and slide: complete, readable, the same every time, and deaf to what texts try."""

from io import BytesIO
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text
from PIL import Image

from custlib.periods import add_months, month_range, parse_month
from custlib.present import charts, theme
from custlib.present.charts import Words
from custlib.present.charts.events import marker
from custlib.present.charts.pictures import page_picture, png
from tests.present.drawings import assert_nothing_is_lost, drawn, png_size
from tests.present.test_charts import FLOWS, MONTHS, TEXTS, every_chart


@pytest.mark.parametrize("place", range(8))
def test_text_in_a_phones_picture_is_as_large_as_that_around_it(place):
    chart = every_chart()[place]
    narrow = page_picture(chart.draw, height=chart.height, width=theme.NARROW)
    # a page shows it 362 CSS pixels wide, where a point is this many pixels
    pixels = 362 / (narrow.get_figwidth() * 72)
    assert min(text.get_fontsize() for text in narrow.findobj(Text)) * pixels >= 12
    assert int.from_bytes(chart.narrow_png()[16:20], "big") == round(theme.NARROW * theme.DPI)


@pytest.mark.parametrize("place", range(8))
def test_nothing_of_a_picture_is_cut_off_or_lies_on_something_else(place):
    chart = every_chart()[place]
    assert_nothing_is_lost(chart.figure)
    assert_nothing_is_lost(page_picture(chart.draw, height=chart.height, width=theme.NARROW))
    assert_nothing_is_lost(chart.slide)


@pytest.mark.parametrize("place", range(8))
def test_few_colours_look_like_all_of_them(place):
    figure = every_chart()[place].figure
    few, whole = (
        np.asarray(Image.open(BytesIO(png(figure, colours=colours))).convert("RGB")).astype(int)
        for colours in (128, None)
    )
    assert (few[0, 0] == 255).all()
    off = np.abs(few - whole).max(axis=2)
    assert (
        off.max() < 96 and (off > 8).mean() < 0.002
    )  # only among the shades at the edges of letters and lines


def test_a_picture_of_few_colours_keeps_each_of_them():
    figure = Figure(figsize=(2, 1), dpi=100)
    for place, colour in enumerate(theme.PALETTE):
        figure.add_axes((place / 4, 0, 0.25, 1), facecolor=colour).set(xticks=[], yticks=[])
        figure.axes[-1].spines[:].set_visible(False)
    few = np.asarray(Image.open(BytesIO(png(figure, colours=128))).convert("RGB"))
    found = ["#" + bytes(few[50, 25 + 50 * place]).hex().upper() for place in range(4)]
    assert found == list(theme.PALETTE)


@pytest.mark.parametrize("length", [2, 18, 36, 120])
def test_months_and_names_have_room_however_many_there_are(length):
    months = list(month_range(parse_month("2016-07"), add_months(parse_month("2016-07"), length - 1)))
    marked = [{"date": "2016-07-05", "text": "Price rise"}, {"date": "2016-08-31", "text": "A new web shop"}]
    words = {"words": TEXTS, "name": "a", "unit": "GBP", "events": marked}
    layered = pd.DataFrame(
        [
            (month, f"Before July {year}", 1000 * (year - 2009))
            for month in months
            for year in range(2010, 2016)
        ],
        columns=["month", "layer", "value"],
    )
    flows = pd.DataFrame({"month": months, "new": 12345, "won": range(length), "lost": 12345})
    for chart in (
        charts.layers(layered, **words),
        charts.lines(
            layered, x="month", y="value", by="layer", reference=(2500, "Cost of winning one"), **words
        ),
        charts.in_and_out(flows, came={"new": "New", "won": "Won back"}, left={"lost": "Lost"}, **words),
    ):
        narrow = page_picture(chart.draw, height=chart.height, width=theme.NARROW, mark=marker(chart.events))
        for figure in (chart.figure, narrow, chart.slide):
            assert_nothing_is_lost(figure)


@pytest.mark.parametrize("count", [1, 4, 25])
def test_rows_of_long_names_are_never_on_one_another(count):
    frame = pd.DataFrame(
        {"label": [f"{row} " + "A long name of a segment " * 4 for row in range(count)], "value": 1.0}
    )
    long = Words("A title that goes on " * 20, "Customers, " + "place " * 40, "from " * 60, "Bars.")
    chart = charts.bars(frame, unit="GBP", words=long, name="a")
    assert_nothing_is_lost(chart.figure)
    assert_nothing_is_lost(chart.slide)
    assert png_size(chart.slide_png()) == (1920, 1080)


@pytest.mark.parametrize("place", range(8))
def test_a_slide_holds_its_words_and_is_the_same_every_time(place):
    chart, again = every_chart()[place], every_chart()[place]
    assert png_size(chart.slide_png()) == (1920, 1080)
    assert chart.slide_png() == again.slide_png()
    assert b"tEXt" not in chart.slide_png()
    drawing = chart.slide_svg()
    assert drawing == chart.slide_svg() == again.slide_svg()
    root = ElementTree.fromstring(drawing)
    said = [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]
    assert said.count("More came") == said.count("Customers, UK") == said.count("Source: transactions") == 1
    assert root.find("{http://www.w3.org/2000/svg}title").text == "More came"
    assert root.find("{http://www.w3.org/2000/svg}desc").text == "Bars."
    assert (
        b"DejaVu Sans', Verdana" in drawing and b"<dc:date>" not in drawing and b"atplotlib v" not in drawing
    )


HOSTILE = [
    "$x$ costs $\\frac{", "\\textbf{", "$", "$$", "a_b^c $\\alpha$", "<b>&amp;</b> ]]> <script>", "tab\tline\nend\r\x00\x1b[0m",
    "\u202eright to left\u202c", "שלום עולם", "日本語", "x" * 400, "e\u0301\u200d\ufeff", "-->", "%s {0} \\",
]  # fmt: skip


@pytest.mark.filterwarnings("error:constrained_layout not applied")
@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_texts_from_data_are_drawn_as_they_are_and_never_run(text):
    frame = pd.DataFrame({"month": MONTHS, "channel": text, "v": [1, 2, 3, 4]})
    words = Words(text, f"Customers, {text}", text, f"A line. {text}")
    marked = [{"date": "2026-02-03", "text": text}, {"date": "2026-02-04", "text": "a" * 60}]
    chart = charts.lines(
        frame,
        x="month",
        y="v",
        by="channel",
        unit="USD",
        words=words,
        name="a",
        events=marked,
        reference=(2.0, text),
    )
    assert chart.png()
    ElementTree.fromstring(chart.slide_svg())
    assert all(item.isprintable() for item in chart.alt.removeprefix(words.alt))


@pytest.mark.filterwarnings("error:constrained_layout not applied")
@pytest.mark.parametrize("text", ["$\\frac{ <b>&amp; \x00", "x" * 400])
def test_no_kind_of_chart_reads_a_text_as_anything_but_a_text(text):
    words = Words(text, f"Customers, {text}", text, f"A line. {text}")
    rows = pd.DataFrame({"label": [text, "b"], "value": [1, 2], "kind": ["total", "change"]})
    panels = pd.DataFrame({"label": [text] * 2, "within": text, "step": [text, "b"], "value": [0.1, 0.2]})
    layered = pd.DataFrame({"month": MONTHS, "layer": text, "value": [1, 2, 3, 4]})
    for chart in (
        charts.in_and_out(FLOWS, came={"new": text}, left={"lost": text}, unit="USD", words=words, name="a"),
        charts.bars(rows, unit="USD", words=words, name="a", highlight=text),
        charts.paired_bars(
            rows, first=("value", text), second=("value", text), unit="USD", words=words, name="a"
        ),
        charts.bridge(rows, unit="USD", words=words, name="a"),
        charts.layers(layered, unit="USD", words=words, name="a"),
        charts.steps(panels, unit="share", words=words, name="a"),
    ):
        assert chart.png()
        ElementTree.fromstring(chart.slide_svg())


def test_a_dollar_sign_is_money_and_not_a_formula():
    frame = pd.DataFrame({"label": ["from $5 to $10"], "value": [7.5]})
    words = Words("From $5 to $10", "Spend, US", "till", "One bar.")
    chart = charts.bars(frame, unit="USD", words=words, name="a")
    said = {text for text, _ in drawn(chart.slide)}
    assert {"From $5 to $10", "from $5 to $10", "$7.50"} <= said
    assert not any(text.get_parse_math() for text in chart.slide.findobj(Text))
