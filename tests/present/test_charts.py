"""Charts say what the table says, draw gaps as gaps, and give the same bytes each time."""

import math
from decimal import Decimal
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from custlib.present import charts, theme
from custlib.present.charts.frame import spread

WORDS = {
    "title": "More came",
    "subtitle": "Customers, UK",
    "source": "transactions",
    "alt": "Bars.",
    "name": "a",
}
MONTHS = ["2026-01", "2026-02", "2026-04", "2026-05"]
FLOWS = pd.DataFrame({"month": MONTHS, "new": [3, 4, None, 6], "won": [1, 1, 2, 0], "lost": [2, 5, 1, 3]})
BRIDGE = pd.DataFrame(
    {
        "label": ["Opening", "New", "Lost", "Closing"],
        "value": [Decimal("100.10"), Decimal("20.05"), Decimal("-5.15"), Decimal("115.00")],
        "kind": ["total", "change", "change", "total"],
    }
)


def every_chart() -> list[charts.Chart]:
    bars = pd.DataFrame(
        {"label": ["A rather long name of a reason", "b"], "value": [5, np.nan], "other": [1, 2]}
    )
    return [
        charts.lines(FLOWS, x="month", y="new", unit="customers", **WORDS),
        charts.in_and_out(
            FLOWS, came={"new": "New", "won": "Won back"}, left={"lost": "Lost"}, unit="customers", **WORDS
        ),
        charts.bridge(BRIDGE, unit="GBP", **WORDS),
        charts.bars(bars, highlight="b", unit="customers", **WORDS),
        charts.paired_bars(bars, first=("value", "Before"), second=("other", "After"), unit="GBP", **WORDS),
    ]


@pytest.mark.parametrize("place", range(5))
def test_each_chart_draws_the_same_bytes_with_nothing_of_the_machine_in_them(place):
    chart, again = every_chart()[place], every_chart()[place]
    assert chart.png() == chart.png() == again.png()
    assert b"tEXt" not in chart.png()
    width = int.from_bytes(chart.png()[16:20], "big")
    assert width == theme.WIDTH * theme.DPI


@pytest.mark.parametrize("place", range(5))
def test_text_in_a_chart_is_large_enough_for_a_phone(place):
    figure = every_chart()[place].figure
    sizes = [
        text.get_fontsize() for text in figure.findobj(match=lambda artist: hasattr(artist, "get_fontsize"))
    ]
    # shown 362 CSS pixels wide, a point is this many pixels
    pixels = 362 / (figure.get_figwidth() * 72)
    assert min(sizes) * pixels >= 9.9


def test_a_gap_is_a_gap_in_line_and_table():
    chart = charts.lines(FLOWS, x="month", y="new", unit="customers", **WORDS)
    assert list(chart.table["month"]) == ["2026-01", "2026-02", "2026-03", "2026-04", "2026-05"]
    assert chart.table["new"].isna().tolist() == [False, False, True, True, False]
    drawn = chart.figure.axes[0].lines[0].get_ydata()
    assert [math.isnan(value) for value in drawn] == [False, False, True, True, False]
    # the value between two gaps is marked by a dot of its own
    assert any(
        list(line.get_ydata()) == [6.0] and line.get_marker() == "o" for line in chart.figure.axes[0].lines
    )


def test_one_line_is_highlighted_and_each_is_named_at_its_end():
    frame = pd.DataFrame({"month": MONTHS * 2, "channel": ["Branch"] * 4 + ["Web"] * 4, "v": range(8)})
    chart = charts.lines(frame, x="month", y="v", by="channel", highlight="Web", unit="customers", **WORDS)
    colours = {line.get_color() for line in chart.figure.axes[0].lines}
    assert colours == {theme.BLUE, theme.GREY}
    said = [text.get_text() for text in chart.figure.axes[0].texts]
    assert {"Branch 3", "Web 7"} <= set(said)
    assert list(chart.table.columns) == ["month", "Branch", "Web"]


def test_nothing_to_draw_is_said():
    empty = pd.DataFrame({"month": MONTHS, "v": [None] * 4})
    chart = charts.lines(empty, x="month", y="v", unit="customers", **WORDS)
    assert [text.get_text() for text in chart.figure.axes[0].texts] == ["not available"]


def test_a_figure_with_nothing_to_show_takes_little_room():
    empty = pd.DataFrame({"label": ["a", "b"], "value": [None, None], "kind": ["total", "change"]})
    for chart in (charts.bars(empty, unit="GBP", **WORDS), charts.bridge(empty, unit="GBP", **WORDS)):
        assert [text.get_text() for text in chart.figure.axes[0].texts] == ["not available"]
        assert chart.figure.get_figheight() == theme.EMPTY


def test_a_bridge_that_does_not_add_up_is_refused():
    wrong = BRIDGE.assign(value=[100, 20, -5, 116])
    with pytest.raises(ValueError, match=r"'Closing' is 116.0 but the steps above it add up to 115.0"):
        charts.bridge(wrong, unit="GBP", **WORDS)


def test_a_bridge_with_a_missing_step_says_so_and_still_draws_its_totals():
    chart = charts.bridge(BRIDGE.assign(value=[100.0, None, -5.0, 116.0]), unit="GBP", **WORDS)
    said = [text.get_text() for text in chart.figure.axes[0].texts]
    assert said == ["£100", "not available", "−£5.00", "£116"]


def test_messages_name_chart_column_and_choice():
    with pytest.raises(ValueError, match="chart a: no column 'nwe'; there are month, new, won, lost"):
        charts.lines(FLOWS, x="month", y="nwe", unit="customers", **WORDS)
    with pytest.raises(ValueError, match="alt is empty"):
        charts.lines(FLOWS, x="month", y="new", unit="customers", **{**WORDS, "alt": " "})
    with pytest.raises(ValueError, match="kind 'sum' of 'Opening'; use 'total' or 'change'"):
        charts.bridge(BRIDGE.assign(kind="sum"), unit="GBP", **WORDS)
    with pytest.raises(ValueError, match="more than one row for the same month"):
        charts.lines(pd.concat([FLOWS, FLOWS]), x="month", y="new", unit="customers", **WORDS)


def test_colours_have_contrast_on_white():
    def luminance(colour: str) -> float:
        parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    for colour in (*theme.PALETTE, theme.GREY):
        assert 1.05 / (luminance(colour) + 0.05) >= 3
        assert 1.05 / (luminance(theme.AS_TEXT.get(colour, colour)) + 0.05) >= 4.5


def test_labels_are_moved_apart_and_keep_their_order():
    placed = spread([5.0, 5.1, 5.2, 20.0], sizes=[1.0] * 4)
    assert placed == sorted(placed)
    assert all(later - earlier >= 0.99 for earlier, later in pairwise(placed))


def test_a_sparkline_breaks_where_a_value_is_missing_and_says_its_label():
    drawn = charts.sparkline([1, 2, None, 4, None, 3], label='Active "customers"')
    assert drawn.count("M") == 3 and 'aria-label="Active &quot;customers&quot;"' in drawn
    assert charts.sparkline([None, 1]) == charts.sparkline([]) == ""
    assert 'aria-hidden="true"' in charts.sparkline([1, 1])
