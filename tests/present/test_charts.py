"""Charts say what the table says, draw gaps as gaps, and give the same bytes each time."""

import math
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from custlib.present import charts, theme
from custlib.present.charts.frame import spread

TEXTS = charts.Words("More came", "Customers, UK", "transactions", "Bars.")
WORDS = {"words": TEXTS, "name": "a"}
MONTHS = ["2026-01", "2026-02", "2026-04", "2026-05"]
FLOWS = pd.DataFrame({"month": MONTHS, "new": [3, 4, None, 6], "won": [1, 1, 2, 0], "lost": [2, 5, 1, 3]})
BRIDGE = pd.DataFrame(
    {
        "label": ["Opening", "New", "Lost", "Closing"],
        "value": [Decimal("100.10"), Decimal("20.05"), Decimal("-5.15"), Decimal("115.00")],
        "kind": ["total", "change", "change", "total"],
    }
)
LAYERS = pd.DataFrame(
    [("2026-01", "2025", Decimal("10.10")), ("2026-02", "2025", Decimal("9.20")), ("2026-03", "2025", Decimal("8.05")),
     ("2026-02", "2026", Decimal("3.00")), ("2026-03", "2026", Decimal("6.01"))],
    columns=["month", "layer", "value"],
)  # fmt: skip
CURVES = pd.DataFrame(
    [("2024", 0, 1.0), ("2024", 1, 3.0), ("2024", 3, 6.0), ("2025", 0, 2.0), ("2025", 1, 5.0)],
    columns=["cohort", "age", "value"],
)
STEPS = pd.DataFrame(
    [(channel, span, step, 0.5 if step == "core" else 1.0)
     for channel in ("Branch", "Recommended by a friend of a friend")
     for span in ("within 1 month", "within 3 months", "within 6 months")
     for step in ("active", "core")],
    columns=["channel", "within", "step", "value"],
)  # fmt: skip


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
        charts.layers(LAYERS, unit="GBP", **WORDS),
        charts.curves(CURVES, unit="GBP", reference=(4.0, "Cost of one"), **WORDS),
        charts.steps(STEPS, label="channel", unit="share", **WORDS),
    ]


@pytest.mark.parametrize("place", range(8))
def test_each_chart_draws_the_same_bytes_with_nothing_of_the_machine_in_them(place):
    chart, again = every_chart()[place], every_chart()[place]
    assert chart.png() == chart.png() == again.png()
    assert b"tEXt" not in chart.png()
    width = int.from_bytes(chart.png()[16:20], "big")
    assert width == theme.WIDTH * theme.DPI


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
        charts.lines(FLOWS, x="month", y="new", unit="customers", words=replace(TEXTS, alt=" "), name="a")
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


def test_layers_lie_upon_one_another_and_add_up_exactly():
    chart = charts.layers(LAYERS.sample(frac=1, random_state=1), unit="GBP", **WORDS)
    assert list(chart.table.columns) == ["month", "2025", "2026", "total"]
    # Before its first month a layer is nothing, not unknown.
    assert list(chart.table["2026"]) == [Decimal(0), Decimal("3.00"), Decimal("6.01")]
    assert list(chart.table["total"]) == [Decimal("10.10"), Decimal("12.20"), Decimal("14.06")]
    said = [text.get_text() for text in chart.figure.axes[0].texts]
    assert said == ["2025 £8.05", "2026 £6.01", "Total £14.06"]
    oldest, newest = (area.get_paths()[0].vertices for area in chart.figure.axes[0].collections)
    assert oldest[:, 1].min() == 0 and oldest[:, 1].max() == 10.10
    assert newest[:, 1].max() == pytest.approx(14.06)


def test_a_month_in_which_a_layer_is_unknown_has_no_total():
    unknown = LAYERS.assign(value=[*LAYERS.value[:2], None, *LAYERS.value[3:]])
    chart = charts.layers(unknown, unit="GBP", **WORDS)
    assert list(chart.table["total"]) == [Decimal("10.10"), Decimal("12.20"), None]
    assert chart.table["2025"].iloc[2] is None
    nothing = charts.layers(LAYERS.assign(value=None), unit="GBP", **WORDS)
    assert [text.get_text() for text in nothing.figure.axes[0].texts] == ["not available"]


def test_many_layers_become_few_without_losing_a_penny():
    frame = pd.DataFrame(
        [("2026-06", str(year), Decimal(year) / 100) for year in range(2010, 2026)],
        columns=["month", "layer", "value"],
    )
    chart = charts.layers(frame, unit="GBP", most=4, **WORDS)
    assert list(chart.table.columns) == ["month", "2022 and before", "2023", "2024", "2025", "total"]
    assert chart.table["2022 and before"].iloc[0] == sum(Decimal(year) / 100 for year in range(2010, 2023))
    assert chart.table["total"].iloc[0] == sum(frame.value)


def test_what_a_layer_took_hangs_below_the_line():
    chart = charts.layers(LAYERS.assign(value=[10, 10, 10, -4, -4]), unit="GBP", **WORDS)
    assert list(chart.table["total"]) == [10, 6, 6]
    brought, took = (area.get_paths()[0].vertices[:, 1] for area in chart.figure.axes[0].collections)
    assert brought.min() == 0 and took.min() == -4 and took.max() == 0
    # A layer that took at first and brought later has an area on each side of the line, and none across it.
    mixed = charts.layers(LAYERS.assign(value=[10, 10, 10, -4, 5]), unit="GBP", **WORDS)
    areas = [area.get_paths()[0].vertices[:, 1] for area in mixed.figure.axes[0].collections]
    assert [(area.min(), area.max()) for area in areas] == [(0, 10), (10, 15), (-4, 0)]


def test_ordered_tones_differ_and_their_words_can_be_read():
    for count in range(1, 9):
        tones = theme.tones(count)
        assert len(tones) == count
        steps = [theme.contrast(light, dark) for dark, light in pairwise(tones)]
        assert all(step >= 1.3 for step in steps), (count, steps)
        assert all(theme.contrast(theme.as_text(tone)) >= 4.5 for tone in tones)


def test_curves_keep_the_gap_of_an_age_that_nobody_tells_of():
    chart = charts.curves(CURVES, unit="GBP", reference=(4.0, "Cost of one"), **WORDS)
    assert list(chart.table.columns) == ["age", "2024", "2025"]
    assert list(chart.table["age"]) == [0, 1, 2, 3]
    assert chart.table["2024"].isna().tolist() == [False, False, True, False]
    said = {text.get_text(): text for text in chart.figure.axes[0].texts}
    assert set(said) == {"2024 £6.00", "2025 £5.00", "Cost of one"}
    assert said["2025 £5.00"].get_color() == theme.BLUE  # the latest, unless told otherwise
    with pytest.raises(ValueError, match=r"chart a: age 0.5; ages are whole months"):
        charts.curves(CURVES.assign(age=0.5), unit="GBP", **WORDS)


def test_of_many_curves_the_chosen_the_first_and_the_last_are_named():
    frame = pd.DataFrame(
        [(f"2024-{cohort:02d}", age, cohort + age) for cohort in range(1, 13) for age in range(14 - cohort)],
        columns=["cohort", "age", "value"],
    )
    chart = charts.curves(frame, highlight="2024-05", unit="customers", **WORDS)
    assert sorted(text.get_text() for text in chart.figure.axes[0].texts) == [
        "2024-01 13",
        "2024-05 13",
        "2024-12 13",
    ]
    assert len(chart.table.columns) == 13


def test_steps_have_a_panel_per_span_and_a_row_per_group():
    chart = charts.steps(STEPS.assign(value=[None, *STEPS.value[1:]]), label="channel", unit="share", **WORDS)
    panels = chart.figure.axes
    assert [panel.get_title(loc="left") for panel in panels] == [
        "within 1\nmonth",
        "within 3\nmonths",
        "within 6\nmonths",
    ]
    assert [text.get_text() for text in panels[0].texts] == [
        "not\navailable", "100%", "50%", "50%", "■ core", "■ active",
    ]  # fmt: skip
    assert len({panel.get_xlim() for panel in panels}) == 1
    assert list(chart.table.columns)[:3] == ["channel", "active, within 1 month", "core, within 1 month"]
    assert pd.isna(chart.table.iloc[0, 1]) and chart.table.iloc[1, 2] == 0.5
    with pytest.raises(ValueError, match="more than one row for the same channel, within and step"):
        charts.steps(pd.concat([STEPS, STEPS]), label="channel", unit="share", **WORDS)


def test_labels_stay_within_their_room():
    placed = spread([0.0, 0.1, 9.9, 10.0], sizes=[1.0] * 4, within=(0.0, 10.0))
    assert placed == pytest.approx([0.5, 1.5, 8.5, 9.5])


@pytest.mark.parametrize(
    ("top", "labels"),
    [
        (15_000, ["£0", "£2.5k", "£5k", "£7.5k", "£10k", "£12.5k", "£15k"]),
        (7_000, ["£0", "£2,000", "£4,000", "£6,000"]),
        (90, ["£0", "£20", "£40", "£60", "£80"]),
        (2.5e6, ["£0", "£500k", "£1m", "£1.5m", "£2m", "£2.5m"]),
    ],
)
def test_an_axis_has_one_way_of_writing(top, labels):
    frame = pd.DataFrame({"month": MONTHS, "v": [0, 1, 2, top]})
    axes = charts.lines(frame, x="month", y="v", unit="GBP", **WORDS).figure.axes[0]
    low, high = axes.get_ylim()
    shown = [tick.get_text() for tick in axes.get_yticklabels() if low <= tick.get_position()[1] <= high]
    assert len(shown) >= 3 and [text for text in labels if text in shown] == shown
