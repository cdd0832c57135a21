"""Charts and tables of value segments: what the frames say, nothing lost on a phone or a slide, nothing of the few."""

from dataclasses import replace
from decimal import Decimal
from itertools import pairwise

import pandas as pd
import pytest

from custlib.measure.concentration import BENCHMARKS, of_values
from custlib.present import charts, segment_charts, segment_tables, theme
from custlib.present.charts.pictures import page_picture
from tests.present import segment_cases as case
from tests.present.drawings import assert_nothing_is_lost, drawn
from tests.present.segment_cases import NAN, page

FACTS = {"company": "Lindenhafen Bank", "month": "June 2026", "currency": "EUR"}
TEXTS = charts.Words("It is so", "Margin, UK", "transactions", "Dots.")
WORDS = {"words": TEXTS, "name": "a"}
HOSTILE = "<script>alert('x')</script> $a_b$ “=1+1”"


def every_chart(found=None):
    found = found or page()
    return [
        segment_charts.whale(found, FACTS),
        segment_charts.peeling(found.layers, FACTS),
        segment_charts.bands(found.bands, found.word, FACTS),
        segment_charts.segments(found.segments, found.word, FACTS),
        segment_charts.migration(found.migration, FACTS),
        segment_charts.loss(found.loss, found.word, FACTS),
        segment_charts.potential(found.potential, FACTS),
    ]


def said_in(chart):
    return [text for text, _ in drawn(chart.figure)]


def assert_whole(chart):
    assert_nothing_is_lost(chart.figure)
    assert_nothing_is_lost(page_picture(chart.draw, height=chart.height, width=theme.NARROW))
    assert_nothing_is_lost(chart.slide)


@pytest.mark.parametrize("place", range(7))
def test_nothing_is_cut_off_or_lies_on_something_else(place):
    assert_whole(every_chart()[place])


@pytest.mark.parametrize("place", range(7))
def test_the_same_frame_gives_the_same_bytes_and_letters_are_large_enough(place):
    chart, again = every_chart()[place], every_chart()[place]
    assert chart.png() == again.png() and chart.slide_svg() == again.slide_svg()
    narrow = page_picture(chart.draw, height=chart.height, width=theme.NARROW)
    sizes = [text.get_fontsize() for text in narrow.findobj(lambda item: hasattr(item, "get_fontsize"))]
    assert min(sizes) * 362 / (narrow.get_figwidth() * 72) >= 12


@pytest.mark.parametrize("place", range(7))
def test_a_title_has_at_most_fifteen_words_whatever_the_money_is_called(place):
    long = page(word="revenue less cost to serve", knows_costs=True)
    for found in (page(), page(knows_costs=False, word="revenue"), long):
        assert len(every_chart(found)[place].words.title.split()) <= 15


@pytest.mark.parametrize(
    "main",
    [
        case.equal(),
        case.whale(),
        case.top(0.21, 0.2, 0.22),
        case.top(0.98, None, None, False),
        case.concentration(whale_peak=1.01, whale_at=0.95),
        of_values([90.0] * 25 + [-25.0] * 75),
        of_values([1, 2, 3, 4, 90]),
        of_values([5.0] * 50),
        of_values([100.0] * 20 + [1.0] * 70 + [-8.0] * 10),
    ],
)
def test_the_curve_is_whole_for_every_base(main):
    assert_whole(segment_charts.whale(page(main=main), FACTS))


def test_the_curve_marks_the_top_fifth_and_the_peak_where_there_is_one():
    said = said_in(segment_charts.whale(page(), FACTS))
    assert {"top fifth:\n61%", "peak: 108%", "all: 100%", "if all brought the same"} <= set(said)
    flat = page(main=case.concentration(whale_peak=1.0, whale_at=0.8, negative=0))
    assert not any("peak" in text for text in said_in(segment_charts.whale(flat, FACTS)))


def test_the_curve_gives_no_single_customers_away():
    values = [1000.0] + [10.0] * 98 + [-700.0]
    chart = segment_charts.whale(page(main=of_values(values)), FACTS)
    # Ranks shown leave at least five customers between each other, and at the end.
    ranks = [round(float(part) * 100) for part in chart.table.customers]
    assert all(later - earlier >= 5 for earlier, later in pairwise(ranks))
    assert not any("peak" in text for text in said_in(chart))


def test_without_cost_to_serve_the_curve_says_so():
    chart = segment_charts.whale(page(knows_costs=False), FACTS)
    assert (
        "before cost to serve" in chart.words.title.lower() and "before cost to serve" in chart.words.subtitle
    )
    assert "share of margin, before cost to serve" in said_in(chart)
    known = segment_charts.whale(page(), FACTS)
    assert "before cost" not in known.words.title + known.words.subtitle + " ".join(said_in(known))


@pytest.mark.parametrize("main", [case.nothing(), case.losing(), case.nothing(available=True)])
def test_a_curve_that_means_nothing_is_not_drawn(main):
    chart = segment_charts.whale(page(main=main), FACTS)
    assert said_in(chart) == ["not available"] and chart.height == theme.EMPTY


def test_median_and_mean_stand_on_their_own_sides_and_the_label_says_who_is_below():
    chart = segment_charts.peeling(case.LAYERS, FACTS)
    places = {text: box for text, box in drawn(chart.figure)}
    assert places["€12.00"].x1 < places["€71.00"].x0
    assert "Everyone ever seen\n78% below mean" in places
    swapped = case.LAYERS.assign(mean=case.LAYERS["median"], median=case.LAYERS["mean"])
    places = {text: box for text, box in drawn(segment_charts.peeling(swapped, FACTS).figure)}
    assert places["€12.00"].x1 < places["€71.00"].x0
    assert list(chart.table.columns) == ["label", "median", "mean"]


@pytest.mark.parametrize(
    "layers",
    [
        case.LAYERS.assign(mean=-30.0, median=-400_000.0),
        case.LAYERS.assign(mean=[71.0, NAN, 205.0, 262.0, 228.0, 310.0]),
        case.LAYERS.assign(mean=5.0, median=5.0),
        case.LAYERS.assign(mean=0.0, median=0.0),
        case.LAYERS.assign(mean=1.2e9, median=0.0),
        case.LAYERS.iloc[:1],
    ],
)
def test_layers_of_any_size_fit(layers):
    assert_whole(segment_charts.peeling(layers, FACTS))


def test_without_layers_there_is_nothing_to_draw():
    assert said_in(segment_charts.peeling(case.LAYERS.iloc[:0], FACTS)) == ["not available"]
    missing = segment_charts.peeling(case.LAYERS.assign(mean=[71.0] + [NAN] * 5), FACTS)
    assert said_in(missing).count("not available") == 5


def test_a_bands_money_that_is_hidden_is_not_drawn():
    bands = case.VALUE_BANDS.assign(hidden=[True] + [False] * 5)
    chart = segment_charts.bands(bands, "margin", FACTS)
    assert "12%" not in said_in(chart) and "not available" in said_in(chart)
    assert pd.isna(chart.table.margin_share.iloc[0])
    assert "€28.8k" not in segment_tables.bands(bands, "margin", "EUR", since=None, knows_costs=True).html


def test_hidden_segments_are_in_neither_picture_nor_table():
    chart = segment_charts.segments(case.SEGMENTS, "margin", FACTS)
    assert list(chart.table.label) == ["to protect", "to develop", "no rule"]
    assert "tiny" not in " ".join(said_in(chart)) + chart.alt
    assert "tiny" not in segment_tables.segments(case.SEGMENTS, "margin", "EUR").html
    unknown = segment_tables.segments(case.SEGMENTS.assign(equity=NAN), "margin", "EUR")
    assert "equity" not in unknown.frame


def test_without_segments_there_is_nothing_to_draw():
    assert said_in(segment_charts.segments(case.SEGMENTS.iloc[:0], "margin", FACTS)) == ["not available"]
    assert said_in(segment_charts.bands(case.VALUE_BANDS.iloc[:0], "margin", FACTS)) == ["not available"]


def test_migration_has_a_row_per_band_and_new_and_won_back_and_a_column_for_the_lost():
    chart = segment_charts.migration(case.migration(), FACTS)
    assert list(chart.table.from_band) == [*case.BANDS, "new", "won back"]
    assert list(chart.table.columns) == ["from_band", *case.BANDS, "lost"]
    sums = chart.table.drop(columns="from_band").astype(float).sum(axis=1)
    assert sums.tolist() == pytest.approx([1.0] * 8)
    assert "96" in said_in(chart) and not any("%" in text for text in said_in(chart) if text[0].isdigit())


@pytest.mark.parametrize("missing", [None, "empty"])
def test_without_migration_there_is_nothing_to_draw(missing):
    moved = (
        None
        if missing is None
        else case.migration(table=case.migration().table.iloc[:0], top_customers=0, top_kept=None)
    )
    assert said_in(segment_charts.migration(moved, FACTS)) == ["not available"]


def test_migration_over_a_month_says_nothing_of_a_year():
    chart = segment_charts.migration(case.migration(), FACTS, 1)
    words = " ".join([*said_in(chart), chart.alt, chart.words.title, chart.words.subtitle])
    assert "a month ago" in words and "year" not in words
    assert "A month ago" in segment_tables.migration(case.migration(), "EUR", 1).html


def test_the_claim_is_marked_and_an_interval_that_runs_far_ends_in_an_arrow():
    chart = segment_charts.loss(case.loss(), "margin", FACTS)
    axes = chart.figure.axes[0]
    arrows = [line for line in axes.lines if line.get_marker() == ">"]
    assert len(arrows) == 2 and axes.get_xlim()[1] < 0.2
    assert chart.table.high.tolist()[2] == 0.404
    assert {"the claim: 1%"} <= {text.lstrip("\N{BLACK SQUARE} ") for text in said_in(chart)}
    assert set(chart.table.claim) == {0.01}


def test_what_few_had_brought_is_not_drawn_and_without_a_test_there_is_nothing():
    chart = segment_charts.loss(case.loss(lost=3), "margin", FACTS)
    assert "6.0%" not in said_in(chart) and "6.0%" not in chart.alt + chart.words.title
    assert said_in(segment_charts.loss(None, "margin", FACTS)) == ["not available"]


def test_each_cell_of_potential_names_its_plan():
    chart = segment_charts.potential(case.potential(), FACTS)
    assert "120\nprotect" in said_in(chart) and "370\nserve\ncheaper" in said_in(chart)
    assert list(chart.table.columns) == ["now", "high", "middle", "low", "negative"]
    assert said_in(segment_charts.potential(None, FACTS)) == ["not available"]


def test_potential_may_not_know_what_is_to_come():
    cells = case.potential().cells
    unknown = cells[cells.to_come == "high"].assign(to_come="unknown", plan="not known", equity=NAN)
    found = case.potential(cells=pd.concat([cells, unknown], ignore_index=True))
    chart = segment_charts.potential(found, FACTS)
    assert list(chart.table.columns)[-1] == "unknown"
    assert_whole(chart)


@pytest.mark.parametrize("place", range(7))
def test_hostile_names_are_words_and_nothing_else(place):
    bands = {name: f"{HOSTILE} {name}" for name in case.BANDS}
    moved = case.migration()
    table = moved.table.replace({"from_band": bands, "to_band": bands})
    losses = case.loss()
    found = page(
        segments=case.SEGMENTS.assign(segment=[HOSTILE, "b", "c", "no rule"]),
        bands=case.VALUE_BANDS.assign(band=[*bands.values()]),
        layers=case.LAYERS.assign(layer=HOSTILE),
        migration=replace(
            moved, names=tuple(bands.values()), top=tuple(list(bands.values())[:3]), table=table
        ),
        loss=replace(losses, table=losses.table.assign(segment=losses.table.segment.replace(bands))),
    )
    chart = every_chart(found)[place]
    assert_nothing_is_lost(chart.figure)
    assert b"<script" not in chart.slide_svg()


def test_a_dumbbell_refuses_what_is_not_there():
    with pytest.raises(ValueError, match="no column 'mean'"):
        charts.between(
            pd.DataFrame({"label": ["a"], "median": [1]}),
            first=("median", "m"),
            second=("mean", "n"),
            unit="EUR",
            **WORDS,
        )
    with pytest.raises(ValueError, match="no column 'margin'"):
        charts.cumulative(pd.DataFrame({"customers": [0, 1]}), x_label="x", y_label="y", **WORDS)


def test_a_line_that_is_not_longer_than_the_limit_stays_as_it_was():
    frame = pd.DataFrame({"label": ["a", "b"], "value": [1.0, 9.0], "low": [0.5, 2.0], "high": [2.0, 10.0]})
    plain = charts.ranges(frame, unit="average", **WORDS)
    assert plain.png() == charts.ranges(frame, unit="average", limit=10.0, **WORDS).png()
    # A dot is never beyond the limit.
    cut = charts.ranges(frame, unit="average", limit=3.0, **WORDS).figure.axes[0]
    assert [line.get_xdata()[0] for line in cut.lines if line.get_marker() == ">"] == [9.0]


def test_windows_stand_side_by_side_with_intervals():
    html = segment_tables.windows({**case.windows(), 36: case.nothing(months=36)}, "margin").html
    frame = segment_tables.windows({**case.windows(), 36: case.nothing(months=36)}, "margin").frame
    assert frame.window.tolist() == ["1 month", "3 months", "6 months", "12 months", "24 months", "36 months"]
    assert frame.top_fifth[3] == "61% (58% to 64%)" and frame.gini[3] == "0.62 (0.60 to 0.64)"
    assert frame.top_fifth[5] == "not available" and "not available" in html
    unreliable = segment_tables.windows({12: case.whale()}, "margin").frame
    assert unreliable.top_fifth[0] == "97% (interval unreliable)"


def test_benchmarks_name_their_sources():
    frame = segment_tables.benchmarks(page(), BENCHMARKS).frame
    assert frame.top_fifth.tolist() == ["61% (58% to 64%)", "73%", "67%", "59%"]
    assert all("(20" in source for source in frame.source[1:])
    assert segment_tables.benchmarks(page(main=case.nothing()), ()).frame.top_fifth.tolist() == [
        "not available"
    ]


def test_tenths_multiply_out_and_hide_the_money_of_a_handful():
    found = segment_tables.equal_customers(page())
    assert "highest" in found.html and "zero or less" in found.html and "margin_rate" in found.frame
    for nothing in (NAN, 1.0):  # not known, or revenue is all there is
        unknown = page(equal_customers=case.deciles(margin_rate=nothing))
        assert "margin_rate" not in segment_tables.equal_customers(unknown).frame
    few = segment_tables.equal_profit(
        page(equal_profit=case.deciles(customers=[1, 6, 20, 40, 60, 90, 120, 150, 180, 210, 200]))
    )
    hidden = few.frame.margin.isna().tolist()
    assert hidden == [True, True] + [False] * 9


def test_losses_of_few_show_no_money():
    frame = segment_tables.loss(case.loss(), "margin").frame
    assert (
        frame.value.tolist()[:2] == ["not shown", "not shown"]
        and frame.value.iloc[-1] == "6.0% (4.0% to 9.0%)"
    )
    assert frame.band.iloc[-1] == "All" and "closed" in frame
    # Whom subtraction would tell of is the measure's to say, whatever the number.
    beside = case.loss()
    beside.table.loc[2, "private"] = True
    assert segment_tables.loss(beside, "margin").frame.value.tolist()[2] == "not shown"
    assert "closed" not in segment_tables.loss(case.loss(verdict_closed="none"), "margin").frame
    silent = segment_tables.silent(case.loss(), "EUR").frame
    assert "below zero" not in silent.band.tolist() and pd.isna(silent.fall.iloc[0])
    assert (
        silent.halved.iloc[-1] == "202: 21% (18% to 23%)" or silent.halved.iloc[-1] == "202: 20% (18% to 23%)"
    )


def test_gross_and_net():
    frame = segment_tables.net(case.CONTEXT, "margin", "EUR").frame
    assert frame.flow.tolist() == ["Lost", "New", "Won back", "Net of new and lost"]
    assert frame.customers.tolist()[-1] == "+236" and frame.value.tolist()[-1] == "+€3,840"
    few = segment_tables.net(case.CONTEXT.assign(lost_customers=2), "margin", "EUR").frame
    assert few.value.tolist()[0] == few.value.tolist()[-1] == "not shown"


def test_moves_of_few_show_no_money():
    frame = segment_tables.migration(case.migration(), "EUR").frame
    few = frame[frame.customers < 5]
    assert len(few) and few.value_then.isna().all() and few.value_now.isna().all()


def test_small_tables_have_what_there_is():
    found = page(b2b=True, top_firms=case.TOP_FIRMS)
    assert segment_tables.firms(found.top_firms, "margin").html.count("%") == 4
    costs = segment_tables.costs(found.costs, "margin", "EUR")
    assert (
        "letter" not in costs.html and "278%" in costs.html and "won in: 2024" in costs.frame.group.tolist()
    )
    assert segment_tables.costs(found.costs.iloc[:0], "margin", "EUR").html
    assert "€90.00" in segment_tables.intake(found.intake, "EUR").html
    assert "Protect" in segment_tables.plans(found.potential, "margin", "EUR").html
    unknown = case.potential(cells=case.potential().cells.assign(shrinking=NAN))
    assert "shrinking" not in segment_tables.potential(unknown, "margin", "EUR").frame
    assert "Everyone ever seen" in segment_tables.peeling(found.layers, "EUR").html
    assert "57%" in segment_tables.counts(found.counts).html
    bands = segment_tables.bands(found.bands, "margin", "EUR", since=found.bands_since, knows_costs=False)
    assert "June 2026" in bands.title and "cost" not in bands.frame and "no lower end" in bands.html
    assert segment_tables.bands(
        found.bands.assign(threshold=Decimal("12.50")), "margin", "EUR", since=None, knows_costs=True
    ).html


def test_every_chart_and_table_of_the_page_has_a_name_of_its_own():
    found, word = page(b2b=True, top_firms=case.TOP_FIRMS), "margin"
    tables = [
        segment_tables.windows(found.windows, word), segment_tables.counts(found.counts), segment_tables.benchmarks(found, BENCHMARKS),
        segment_tables.equal_customers(found), segment_tables.equal_profit(found), segment_tables.peeling(found.layers, "EUR"),
        segment_tables.bands(found.bands, word, "EUR", since=None, knows_costs=True), segment_tables.segments(found.segments, word, "EUR"),
        segment_tables.migration(found.migration, "EUR"), segment_tables.loss(found.loss, word), segment_tables.silent(found.loss, "EUR"),
        segment_tables.net(found.loss_context, word, "EUR"), segment_tables.intake(found.intake, "EUR"),
        segment_tables.potential(found.potential, word, "EUR"), segment_tables.plans(found.potential, word, "EUR"),
        segment_tables.firms(found.top_firms, word), segment_tables.costs(found.costs, word, "EUR"),
    ]  # fmt: skip
    names = [each.name for each in (*tables, *every_chart(found))] + ["since", "definitions"]
    assert len(set(names)) == len(names)
    assert all("None" not in each.html and ">nan<" not in each.html for each in tables)


def test_html_of_names_is_escaped():
    hostile = case.SEGMENTS.assign(segment=[HOSTILE, "b", "c", "no rule"])
    assert "<script" not in segment_tables.segments(hostile, "margin", "EUR").html
    assert "<script" not in segment_tables.costs(case.COSTS.assign(segment=HOSTILE), "margin", "EUR").html
