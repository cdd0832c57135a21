"""Events on charts of months: seen, said and written down, and never in the way of a number."""

from datetime import date, timedelta

import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from custlib.periods import month_range, parse_month
from custlib.present import charts, theme
from custlib.present.charts.events import MOST_EXPLAINED, marker
from custlib.present.charts.pictures import page_picture
from tests.present.drawings import assert_nothing_is_lost, drawn

MONTHS = list(month_range(parse_month("2025-01"), parse_month("2025-12")))
WORDS = charts.Words("More came", "Customers, UK", "transactions", "A line that rises.")
FRAME = pd.DataFrame({"month": MONTHS, "value": [10 * place for place in range(12)]})


def line(*events: tuple[str, str], frame: pd.DataFrame = FRAME, **rest) -> charts.Chart:
    marked = [{"date": day, "text": text} for day, text in events]
    return charts.lines(
        frame, x="month", y="value", unit="customers", name="a", words=WORDS, events=marked, **rest
    )


def said(chart: charts.Chart) -> set[str]:
    return {text for text, _ in drawn(chart.figure)}


def uprights(chart: charts.Chart) -> list[float]:
    """Give the places of the thin lines (each has a wider white one behind it)."""
    lines = chart.figure.axes[0].lines
    return [item.get_xdata()[0] for item in lines if item.get_linewidth() == 0.9]


def test_an_event_stands_in_its_month_with_its_text_above():
    chart = line(("2025-03-01", "Price rise"), ("2025-10-31", "New shop"))
    first, second = uprights(chart)
    # March is the third month: it reaches from half a month before place 2 to half a month after.
    assert first == pytest.approx(1.5 + 0.5 / 31) and second == pytest.approx(8.5 + 30.5 / 31)
    assert {"Price rise", "New shop"} <= said(chart)
    assert chart.alt == ("A line that rises. Marked events: 1 Mar 2025: Price rise; 31 Oct 2025: New shop.")
    column = chart.table["events"]
    assert column[2] == "1 Mar 2025: Price rise" and column[9] == "31 Oct 2025: New shop"
    assert (column != "").sum() == 2
    assert chart.columns["events"][0] == "Events"


def test_without_events_nothing_is_added():
    for chart in (
        line(),
        line(("2024-12-31", "Before")),
        line(("2026-01-01", "After")),
        line(("2025-05-05", " \t ")),
    ):
        assert chart.alt == "A line that rises."
        assert list(chart.table.columns) == ["month", "value"]
        assert uprights(chart) == []
        assert chart.png() == line().png()


def test_an_axis_of_plain_numbers_has_no_days():
    frame = pd.DataFrame({"window": [1, 2, 3], "value": [3, 2, 1]})
    chart = charts.lines(
        frame, x="window", y="value", unit="customers", name="a", words=WORDS,
        events=[{"date": "2025-03-01", "text": "Price rise"}],
    )  # fmt: skip
    assert chart.events == () and chart.alt == WORDS.alt


def test_texts_that_do_not_fit_beside_one_another_are_numbered_and_explained():
    chart = line(("2025-03-01", "Prices went up in the north"), ("2025-03-20", "Prices went up in the south"))
    assert {
        "(1) 1 Mar 2025: Prices went up in the north",
        "(2) 20 Mar 2025: Prices went up in the south",
    } <= said(chart)
    assert "1\N{EN DASH}2" in said(chart) or {"1", "2"} <= said(chart)
    # The words below make the picture taller; the drawing itself keeps its size.
    assert chart.figure.get_figheight() > line().figure.get_figheight() + 0.3
    long = line(("2025-03-01", "A text that is longer than anybody wants to read, " * 9))
    assert any(text.startswith("(1) 1 Mar 2025: A text") for text in said(long))
    assert any(text.endswith("\N{HORIZONTAL ELLIPSIS}") for text in said(long))
    assert len(long.table["events"][2]) <= 220


def test_of_many_events_the_latest_are_explained_and_all_are_in_the_table():
    events = [(f"2025-{month:02d}-15", f"Event {month}") for month in range(1, 13)]
    chart = line(*events)
    explained = sorted(text for text in said(chart) if text.startswith("("))
    assert len(explained) == MOST_EXPLAINED and explained[-1] == "(6) 15 Dec 2025: Event 12"
    assert "Lines without a number: earlier events, named in the table" in said(chart)
    assert len(uprights(chart)) == 12
    assert list(chart.table["events"]) == [f"15 {month:%b} 2025: Event {month.month}" for month in MONTHS]
    assert chart.alt.startswith(
        "A line that rises. Marked events, after 6 earlier ones: 15 Jul 2025: Event 7;"
    )
    twice = line(("2025-03-05", "B"), ("2025-03-01", "A"))
    assert twice.table["events"][2] == "1 Mar 2025: A; 5 Mar 2025: B"


def test_a_series_called_events_keeps_its_name():
    frame = FRAME.assign(kind="events")
    chart = line(("2025-03-01", "Price rise"), frame=frame, by="kind")
    assert list(chart.table.columns) == ["month", "events", "events_"]


def test_a_date_that_is_none_is_named():
    with pytest.raises(ValueError, match="chart a: event on '3 July'; a date is written YYYY-MM-DD"):
        line(("3 July", "Price rise"))


def test_bars_and_layers_of_months_carry_events_too():
    marked = [{"date": "2025-03-01", "text": "Price rise"}]
    flows = FRAME.assign(lost=5)
    for chart in (
        charts.in_and_out(
            flows,
            came={"value": "New"},
            left={"lost": "Lost"},
            unit="customers",
            name="a",
            words=WORDS,
            events=marked,
        ),
        charts.layers(FRAME.assign(layer="2025"), unit="GBP", name="a", words=WORDS, events=marked),
    ):
        assert uprights(chart) and "Price rise" in said(chart) and "Price rise" in chart.alt
        assert chart.table["events"][2] == "1 Mar 2025: Price rise"


DAYS = st.integers(-40, 400).map(lambda day: str(date(2025, 1, 1) + timedelta(day)))
TEXTS = st.text(alphabet="ab W$\\é", max_size=70)


# Without shrinking: each try draws three pictures.
@settings(max_examples=12, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(
    events=st.lists(st.tuples(DAYS, TEXTS), max_size=14),
    values=st.lists(st.integers(-50, 1000), min_size=12, max_size=12),
    series=st.integers(1, 3),
)
def test_no_label_of_an_event_lies_on_another_or_on_a_number(events, values, series):
    frame = pd.concat(
        [FRAME.assign(value=[item * (1 + k) for item in values], kind=f"Line {k}") for k in range(series)]
    )
    chart = line(*events, frame=frame, by="kind")
    inside = [text for day, text in events if day.startswith("2025") and text.strip()]
    assert len(chart.events) == len(inside) == len(uprights(chart))
    for figure in (
        chart.figure,
        page_picture(chart.draw, height=chart.height, width=theme.NARROW, mark=marker(chart.events)),
        chart.slide,
    ):
        assert_nothing_is_lost(figure)
