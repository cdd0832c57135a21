"""Charts and tables of customer equity: what the frames say, nothing lost on a phone or a slide, nothing of the hidden."""

import pandas as pd
import pytest

from custlib.present import charts, equity_charts, equity_tables, theme
from custlib.present.charts.heat import on, shades
from custlib.present.charts.pictures import page_picture
from tests.present import equity_cases as case
from tests.present.drawings import assert_nothing_is_lost, drawn
from tests.present.equity_cases import NAN, compared, group, page, untested

FACTS = {"company": "Lindenhafen Bank", "month": "June 2026", "currency": "EUR"}
TEXTS = charts.Words("It is so", "Margin, UK", "transactions", "Dots.")
WORDS = {"words": TEXTS, "name": "a"}
EVENTS = "active months"
MONTHS = {
    "events": [
        {"date": "2025-07-05", "text": "Service failure"},
        {"date": "2024-10-01", "text": "A new shop"},
    ]
}


def every_chart() -> list[charts.Chart]:
    test = compared()
    return [
        equity_charts.held(case.SEGMENTS, "acquisition_channel", FACTS),
        equity_charts.spread(case.HOLDERS, FACTS),
        equity_charts.joiners(case.JOINERS, FACTS),
        equity_charts.tenure_and_recency(case.MAP, FACTS),
        equity_charts.tracking(test, EVENTS, FACTS | MONTHS),
        equity_charts.deciles(test, EVENTS, FACTS),
        equity_charts.alive(test, FACTS),
    ]


@pytest.mark.parametrize("place", range(7))
def test_nothing_is_cut_off_or_lies_on_something_else(place):
    chart = every_chart()[place]
    assert_nothing_is_lost(chart.figure)
    assert_nothing_is_lost(page_picture(chart.draw, height=chart.height, width=theme.NARROW))
    assert_nothing_is_lost(chart.slide)


@pytest.mark.parametrize("place", range(7))
def test_the_same_frame_gives_the_same_bytes_and_letters_are_large_enough(place):
    chart, again = every_chart()[place], every_chart()[place]
    assert chart.png() == again.png() and chart.slide_svg() == again.slide_svg()
    narrow = page_picture(chart.draw, height=chart.height, width=theme.NARROW)
    sizes = [text.get_fontsize() for text in narrow.findobj(lambda item: hasattr(item, "get_fontsize"))]
    assert min(sizes) * 362 / (narrow.get_figwidth() * 72) >= 12


def test_hidden_segments_are_in_neither_picture_nor_table():
    chart = equity_charts.held(case.SEGMENTS, "acquisition_channel", FACTS)
    assert list(chart.table.label) == ["branch", "web"]
    assert "letter" not in " ".join(text for text, _ in drawn(chart.figure)) + chart.alt
    table = equity_tables.held({"acquisition_channel": case.SEGMENTS, "region": pd.DataFrame()}, "EUR")
    assert list(table.frame.group) == ["acquisition channel: branch", "acquisition channel: web"]
    assert table.frame.held[0] == "€600k (€550k to €650k)" and table.frame.each[1] == "€500 (€460 to €540)"
    assert "none" in equity_tables.held({}, "EUR").html


def test_an_interval_is_a_line_a_cost_a_stroke_and_one_without_either_a_dot():
    frame = case.JOINERS.assign(label=case.JOINERS.segment, low=[290.0, NAN, 190.0], cost=[45.0, 80.0, NAN])
    chart = charts.ranges(frame, mark=("cost", "Cost of winning one"), meant="Worth", unit="EUR", **WORDS)
    axes = chart.figure.axes[0]
    dots = [line.get_xdata()[0] for line in axes.lines if line.get_marker() == "o"]
    assert dots == [310.0, 520.0, 205.0]
    assert {"€310", "€520", "€205"} <= {text for text, _ in drawn(chart.figure)}
    assert list(chart.table.columns) == ["label", "value", "low", "high", "cost"]


def test_what_is_negative_is_named_on_its_left_and_what_is_missing_is_said():
    frame = pd.DataFrame(
        {
            "label": ["a", "b", "c"],
            "value": [100.0, -20.0, NAN],
            "low": [90, -40, NAN],
            "high": [110, -5, NAN],
        }
    )
    chart = charts.ranges(frame, unit="EUR", **WORDS)
    places = {text: box for text, box in drawn(chart.figure)}
    zero = chart.figure.axes[0].transData.transform((0, 0))[0]
    assert places["−€20.00"].x1 < chart.figure.axes[0].transData.transform((-40, 0))[0] < zero
    assert "not available" in places
    losing = frame.iloc[:2].assign(
        label=["branch", "comparison"], value=[458e3, -15.6e3], low=[126e3, -39e3], high=[533e3, -1e3]
    )
    assert_nothing_is_lost(
        page_picture(
            (chart := charts.ranges(losing, unit="EUR", **WORDS)).draw,
            height=chart.height,
            width=theme.NARROW,
        )
    )
    nothing = charts.ranges(frame.iloc[2:], unit="EUR", **WORDS)
    assert nothing.height == theme.EMPTY


def test_a_map_is_darker_where_value_is_higher_and_empty_where_nobody_may_be_told_of():
    hidden = case.MAP.assign(mean=[400.0, NAN, 990.0, 500.0, 90.0])
    chart = equity_charts.tenure_and_recency(hidden, FACTS)
    assert list(chart.table.columns) == ["tenure", "0", "3 to 5", "1", "12 or more"]
    said = [text for text, _ in drawn(chart.figure)]
    assert "990" in said and "400" in said and said.count("\N{MIDDLE DOT}") == 4
    colours = shades([[1.0, 5.0], [9.0, NAN]])
    dark = [theme.contrast(colours[value]) for value in (1.0, 5.0, 9.0)]
    assert dark == sorted(dark)
    assert all(theme.contrast(colour, on(colour)) >= 4.5 for colour in colours.values())


def test_a_map_keeps_the_order_of_categories_and_refuses_a_cell_twice():
    ordered = pd.Categorical(case.MAP.recency, ["0", "1", "3 to 5", "6 to 11", "12 or more"], ordered=True)
    chart = equity_charts.tenure_and_recency(case.MAP.assign(recency=ordered), FACTS)
    assert list(chart.table.columns) == ["tenure", "0", "1", "3 to 5", "12 or more"]
    with pytest.raises(ValueError, match="more than one row for the same tenure and recency"):
        equity_charts.tenure_and_recency(pd.concat([case.MAP, case.MAP], ignore_index=True), FACTS)


def test_tracking_adds_up_and_shades_what_was_not_seen():
    chart = equity_charts.tracking(compared(), EVENTS, FACTS | MONTHS)
    assert (
        chart.table["Came, added up"].iloc[-1] == 24 * 400
        and chart.table["Expected, added up"].iloc[0] == 410
    )
    assert list(chart.table.unseen) == ["no"] * 12 + ["yes"] * 12
    assert chart.table.events.tolist().count("5 Jul 2025: Service failure") == 1
    upper, lower = chart.figure.axes
    for axes in (upper, lower):
        (shade,) = [patch for patch in axes.patches if patch.get_alpha() == 0.45]
        assert shade.get_x() == 11.5
    gap = compared()
    gap.tracking.loc[3, "actual"] = NAN
    ended = equity_charts.tracking(gap, EVENTS, FACTS).table["Came, added up"]
    assert ended.notna().sum() == 3


def test_dots_of_chances_grow_with_their_customers():
    chart = equity_charts.alive(compared(), FACTS)
    dots = [line for line in chart.figure.axes[0].lines if line.get_marker() == "o"]
    sizes = [dot.get_markersize() for dot in dots]
    assert sizes[1] > sizes[0] == sizes[2] and sizes[1] ** 2 / sizes[0] ** 2 == pytest.approx(2)


def test_without_a_back_test_there_is_nothing_to_draw_and_it_is_said():
    test = untested()
    empty = pd.DataFrame(columns=["predicted", "actual", "customers"])
    chart = charts.calibration(empty, **WORDS)
    assert [text for text, _ in drawn(chart.figure)] == ["not available"]
    tracking = pd.DataFrame(
        {
            "month": ["2026-05", "2026-06"],
            "expected": [1.0, 2.0],
            "actual": [NAN, NAN],
            "holdout": [False, True],
        }
    )
    chart = charts.tracking(tracking, unit="events", **WORDS)
    assert chart.height == theme.EMPTY and [text for text, _ in drawn(chart.figure)] == ["not available"]
    assert len(test.tracking) == len(test.deciles) == len(test.alive) == 0


def test_tables_leave_out_columns_of_which_nothing_is_known():
    costless = page(
        joiners=case.JOINERS.assign(cost=NAN, ratio=NAN, net=NAN), cohorts=case.COHORTS.assign(cost=NAN)
    )
    assert (
        "cost" not in equity_tables.joiners(costless).frame and "cost" in equity_tables.joiners(page()).frame
    )
    assert "cost" not in equity_tables.cohorts(costless).frame
    one = equity_tables.habits((group(),), "EUR")
    assert "recorded" not in one.frame and one.frame.customers[0] == "All customers"
    contract = equity_tables.habits((group("contract", model="sbg"),), "EUR")
    assert "active" not in contract.frame


def test_tables_say_what_means_nothing():
    losing = page(joiners=case.JOINERS.assign(ratio=[-2.0, 6.5, 7.5]))
    assert "not meaningful" in equity_tables.joiners(losing).html
    worthless = page(total=case.Estimate(None), mean=case.Estimate(None), median=None, beyond=None)
    written = equity_tables.worth(worthless, None).frame
    assert written.value[0] == "not available" and not written.figure.str.contains("months ahead").any()


def test_parameters_stand_in_a_line_per_fit_that_is_trusted():
    bound = group(name="web", fit=case.fitted(alpha=2.0, beta=1.0, gamma=100.0, delta=1e5))
    covariance = bound.fit.covariance.copy()
    covariance[3, 3] = 0.0
    fit = type(bound.fit)(**{**vars(bound.fit), "covariance": covariance})
    groups = (
        group(name="web", fit=fit),
        group("contract", model="sbg"),
        group(name="all others", problem="short"),
    )
    frame = equity_tables.parameters(groups).frame
    assert list(frame.columns) == ["customers", "alpha", "beta", "gamma", "delta"]
    assert list(frame.customers) == ["Customers without a contract of “web”", "Contracts"]
    assert frame.alpha[1] == "" and frame.delta[0] == "100,000 (end of its range)"
    assert frame.gamma[1].startswith("0.660 (")


def test_forecasts_stand_beside_what_came():
    frame = equity_tables.forecasts(compared(), EVENTS).frame
    assert list(frame.forecast) == [
        "The model",
        "The months before, repeated",
        "The same average for everybody",
        "What came",
    ]
    assert list(frame.error) == ["+2.0%", "+10.0%", "−20.0%", ""]


def test_small_departures_of_a_season_have_no_odd_sign():
    flat = page(calendar=case.CALENDAR.assign(ratio=[1.00003, 1.2] + [1.0] * 10))
    html = equity_tables.calendar(flat, EVENTS).html
    assert "+&lt;1%" not in html and "+20%" in html and ">0%<" in html
