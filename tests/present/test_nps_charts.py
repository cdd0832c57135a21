"""Charts and tables of NPS and the middle ground: nothing lost on a phone or a slide, nothing of the few, and words are words."""

import csv
import io
import re
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from custlib.measure.movement import movement
from custlib.present import charts, nps_charts, nps_tables, theme, wording, worth_tables
from custlib.present.charts.pictures import page_picture, png
from custlib.surveying import KNOWN, NPS, Scale
from tests.present import nps_cases as case
from tests.present.drawings import assert_nothing_is_lost, drawn
from tests.present.nps_cases import HOSTILE, NAN, page

FACTS = {"company": "Lindenhafen Bank", "month": "June 2026", "currency": "EUR"}
TEXTS = charts.Words("It is so", "Answers, UK", "surveys", "Columns.")
WORDS = {"words": TEXTS, "name": "a"}
SEVEN = range(7)
EVENTS = {"events": [{"date": "2025-09-14", "text": "New app"}]}
MANY = {"date": "2025-11-02", "text": "A very long event that has to be explained in words below the picture"}
PAGE = page()


def every_chart(found=None):
    found = found or PAGE
    return [
        nps_charts.distribution(found, FACTS),
        nps_charts.waves(found.waves, FACTS, found.year_change),
        nps_charts.others(found, FACTS),
        nps_charts.movement(found, FACTS),
        nps_charts.worth(found, FACTS),
        nps_charts.stake(found, FACTS),
        nps_charts.pains(found, FACTS),
    ]


def every_table(found=None):
    found = found or PAGE
    return [
        nps_tables.scores(found),
        nps_tables.boxes(found),
        nps_tables.others(found),
        nps_tables.movement(found),
        nps_tables.moves(found),
        nps_tables.bands(found),
        nps_tables.response(found, "value_band"),
        nps_tables.response(found, "tenure"),
        nps_tables.fatigue(found),
        worth_tables.worth(found),
        worth_tables.shapes(found),
        worth_tables.stake(found),
        worth_tables.simulated(found),
        worth_tables.prediction(found.prediction),
        worth_tables.said_done(found),
        nps_tables.pains(found, "stage"),
        nps_tables.pains(found, "theme"),
    ]


def said_in(chart):
    return [text for text, _ in drawn(chart.figure)]


def narrow(chart):
    return page_picture(chart.draw, height=chart.height, width=theme.NARROW)


def assert_whole(chart):
    """Assert that nothing is lost on a phone, where there is least room, and that letters are large enough there."""
    figure = narrow(chart)
    assert_nothing_is_lost(figure)
    sizes = [text.get_fontsize() for text in figure.findobj(lambda item: hasattr(item, "get_fontsize"))]
    assert min(sizes) * 362 / (figure.get_figwidth() * 72) >= 12


@pytest.mark.parametrize("place", SEVEN)
def test_nothing_is_cut_off_or_lies_on_something_else(place):
    chart = every_chart(PAGE)[place]
    assert_whole(chart)
    assert_nothing_is_lost(chart.figure)
    assert_nothing_is_lost(chart.slide)


@pytest.mark.parametrize("place", [1, 6])
def test_the_same_page_gives_the_same_picture(place):
    chart, again = every_chart(PAGE)[place], every_chart(page())[place]
    assert png(chart.figure) == png(again.figure)


@pytest.mark.parametrize("make", [case.undated, case.few])
def test_every_page_can_be_drawn(make):
    for chart in every_chart(make()):
        assert_whole(chart)


@pytest.mark.parametrize("make", [case.page, case.undated, case.few, case.nothing])
def test_every_title_is_short_and_every_figure_is_described(make):
    for chart in every_chart(make()):
        assert len(chart.words.title.split()) <= 15 and chart.alt.endswith(".")


def test_where_nobody_was_asked_nothing_is_drawn():
    for chart in every_chart(case.nothing()):
        assert said_in(chart) == ["not available"] and chart.height == theme.EMPTY
        assert chart.alt.startswith("No ")


def test_the_seven_figures_have_names_of_their_own_and_so_have_the_tables():
    names = [chart.name for chart in every_chart()] + [grid.name for grid in every_table()]
    assert len(set(names)) == len(names) == 24
    assert all(re.fullmatch(r"[a-z0-9-]+", name) for name in names)
    assert all(len(grid.title.split()) <= 15 for grid in every_table())


def test_columns_are_the_shares_of_the_answers_in_the_colours_of_their_classes():
    chart = nps_charts.distribution(page(), FACTS)
    bars = chart.figure.axes[0].patches
    assert [bar.get_height() for bar in bars] == [heads / 1000 for heads in case.GIVEN]
    colours = [tuple(bar.get_facecolor()) for bar in bars]
    assert (
        len(set(colours[:7])) == len(set(colours[7:9])) == len(set(colours[9:])) == 1
        and len(set(colours)) == 3
    )
    assert {"detractors", "passives", "promoters", "the middle ground", "21"} <= set(said_in(chart))
    assert chart.table["share"].sum() == pytest.approx(1)


def test_the_line_over_the_middle_ground_reaches_from_its_first_score_to_its_last():
    scale = Scale(lowest=1, highest=10, middle=[6, 7])
    found = page(scale=scale, distribution=case.distribution((1, 2, 3, 4, 5, 60, 70, 80, 90, 100), 1))
    axes = nps_charts.distribution(found, FACTS).figure.axes[0]
    (line,) = [line for line in axes.lines if len(line.get_xdata()) == 4]
    assert (min(line.get_xdata()), max(line.get_xdata())) == (5.58, 7.42)
    assert [text.get_text() for text in axes.get_xticklabels()] == [str(score) for score in range(1, 11)]


@settings(max_examples=4, deadline=None)
@given(st.lists(st.integers(0, 10**6), min_size=11, max_size=11).filter(any))
def test_any_distribution_fits_on_a_phone(given):
    frame = case.distribution(given)
    groups = wording.nps_titles.class_spans(KNOWN[NPS])
    chart = charts.scale(frame, groups=groups, span=(5, 8, "the middle ground"), **WORDS)
    assert_whole(chart)


def test_more_groups_than_colours_are_refused():
    groups = [(score, score, str(score)) for score in range(4)]
    with pytest.raises(ValueError, match="4 groups; there are 3"):
        charts.scale(case.distribution(), groups=groups, **WORDS)


def test_a_signal_is_a_diamond_of_another_colour_and_is_explained():
    steady, fallen = (nps_charts.waves(case.of_waves(waves), FACTS) for waves in (case.STEADY, case.FALLEN))
    markers = [line.get_marker() for line in fallen.figure.axes[0].lines]
    assert markers.count("D") == 1 and "D" not in [line.get_marker() for line in steady.figure.axes[0].lines]
    assert "■ a wave beyond its limits" in said_in(fallen) and "−35" in said_in(fallen)
    assert "■ a wave beyond its limits" not in said_in(steady)
    assert_whole(fallen)


def test_limits_are_drawn_only_where_a_wave_can_be_judged():
    waves = case.of_waves(case.STEADY)
    axes = nps_charts.waves(waves, FACTS).figure.axes[0]
    assert len(axes.collections) >= 3 * 18 and waves.lower.notna().sum() == 18
    short = nps_charts.waves(case.of_waves(case.STEADY[:6]), FACTS)
    assert "■ limits of a single wave" not in said_in(short)
    assert_whole(short)


@pytest.mark.parametrize("name", [HOSTILE, "=1+1", "spring\n\u202eevaw"])
def test_the_name_of_a_wave_is_words_and_nothing_else(name):
    table = nps_charts.waves(case.of_waves(case.STEADY[:3]).assign(wave=name), FACTS).table
    assert table.wave.tolist() == [wording.pains.said(name, 60)] * 3
    assert not {"\u202e", "\n"} & set("".join(table.wave))


def test_waves_of_one_month_stand_beside_one_another_and_gaps_stay_gaps():
    waves = case.of_waves(case.STEADY[:4])
    waves["month"] = [date(2026, 1, 1), date(2026, 1, 1), date(2026, 4, 1), date(2026, 5, 1)]
    axes = nps_charts.waves(waves, FACTS).figure.axes[0]
    places = [line.get_xdata()[0] for line in axes.lines if line.get_marker() == "o"]
    assert places == [-0.25, 0.25, 3.0, 4.0]


def test_one_wave_of_all_promoters_can_be_drawn_and_events_are_marked():
    one = case.of_waves((0.6,), answers=100)
    assert_whole(nps_charts.waves(one, FACTS))
    chart = nps_charts.waves(case.of_waves(case.STEADY), FACTS | EVENTS)
    assert "New app" in said_in(chart) and "New app" in chart.alt
    assert_whole(chart)
    assert_whole(nps_charts.waves(case.of_waves(case.FALLEN), FACTS | {"events": [*EVENTS["events"], MANY]}))


def test_what_happened_stands_beside_the_wave_after_it():
    waves = case.of_waves(case.STEADY[:3])
    waves["month"] = [date(2025, 7, 1), date(2025, 10, 1), date(2025, 10, 1)]
    chart = nps_charts.waves(waves, FACTS | EVENTS)
    assert chart.table.events.tolist() == ["", "14 Sep 2025: New app", ""]
    assert "Events since the wave before" in [label for label, _ in chart.columns.values()]


def test_limits_of_waves_that_are_far_apart_are_a_quarter_wide():
    waves = case.of_waves(case.STEADY[:16])
    waves["month"] = [date(2023 + place // 4, 2 + 3 * (place % 4), 1) for place in range(16)]
    axes = nps_charts.waves(waves, FACTS).figure.axes[0]
    shades = [part.get_paths()[0].vertices[:, 0] for part in axes.collections if part.get_alpha() == 0.22]
    assert len(shades) == 4 and all(shade.max() - shade.min() == 3 for shade in shades)


def test_companies_with_our_score_are_cut_where_class_or_middle_begin():
    chart = nps_charts.others(page(), FACTS)
    assert [label for label, _ in chart.columns.values()][1:] == [
        "0 to 4: detractors", "5 to 6: detractors, middle ground", "7 to 8: passives, middle ground", "9 to 10: promoters",
    ]  # fmt: skip
    parts = chart.table.drop(columns="label")
    assert parts.sum(axis=1).tolist() == pytest.approx([1.0] * 5)
    bars = chart.figure.axes[0].patches
    assert [bar.get_width() for bar in bars[:4]] == pytest.approx([0.07, 0.24, 0.40, 0.29])
    wide = page(scale=Scale(lowest=0, highest=10, middle=[4, 9]))
    assert len(nps_charts.others(wide, FACTS).columns) == 1 + 5
    assert_whole(nps_charts.others(wide, FACTS))


def test_a_bar_of_which_a_part_is_missing_is_not_drawn():
    frame = pd.DataFrame({"label": ["a", "b"], "x": [0.4, NAN], "y": [0.6, 0.5]})
    chart = charts.stacked(frame, parts=[("x", "first"), ("y", "second")], **WORDS)
    assert len(chart.figure.axes[0].patches) == 2 and "not available" in said_in(chart)
    with pytest.raises(ValueError, match="6 parts; there are 5"):
        charts.stacked(frame, parts=[("x", "a")] * 6, **WORDS)


def test_moves_are_shares_of_their_row_and_lines_part_the_classes():
    found = page()
    chart = nps_charts.movement(found, FACTS)
    row = chart.table[chart.table.before == "7"].iloc[0]
    given = found.moves[found.moves.before == 7]
    assert row["7"] == pytest.approx(
        int(given[given.after == 7].customers.iloc[0]) / int(given.customers.sum())
    )
    axes = chart.figure.axes[0]
    assert sorted(
        float(line.get_xdata()[0]) for line in axes.lines if line.get_xdata()[0] == line.get_xdata()[1]
    ) == [6.5, 8.5]


def test_moves_of_few_are_not_told():
    moves = case.moves(per=6)
    found = page(moves=moves, movement=movement(moves, KNOWN[NPS]))
    chart = nps_charts.movement(found, FACTS)
    groups = wording.nps_titles.grouped(moves, KNOWN[NPS], 30)
    assert (
        chart.table.before.tolist() == [wording.nps_titles.reach(*group) for group in groups]
        and len(groups) < 11
    )
    for row, group in zip(chart.table.itertuples(index=False), groups, strict=True):
        heads = moves[moves.before.between(*group)].customers.sum()
        assert all(share != share or share * heads >= 5 - 1e-9 for share in row[1:])
    assert_whole(chart)
    few = case.moves()
    few = few[few.before.isin([0, 1]) | (few.before > 6)]
    few = few.assign(customers=few.customers.where(few.before > 1, 2), active=2)
    thin = nps_charts.movement(page(moves=few, movement=movement(few, KNOWN[NPS])), FACTS)
    assert thin.table.iloc[0, 0] == "0 to 6" and thin.table.iloc[0, 1:].isna().all(), (
        "fewer than thirty detractors in all"
    )
    # One class before and after is a handful: no cell is told in money, nor any other sum of moves.
    matrix = found.movement.class_matrix
    assert ((matrix.active > 0) & (matrix.active < 5)).any()
    grid = nps_tables.movement(found)
    assert (
        "€" not in grid.html and "margin" not in grid.title and "value" not in nps_tables.moves(found).frame
    )
    assert "€" in nps_tables.movement(page()).html and nps_tables.movement(page()).title.endswith(
        "their margin"
    )


def test_a_dot_is_what_like_customers_lost_and_its_stroke_what_was_counted():
    chart = nps_charts.worth(page(), FACTS)
    dots = [line.get_xdata()[0] for line in chart.figure.axes[0].lines if line.get_marker() == "o"]
    assert (
        dots == case.GROUPS.loss.tolist() and chart.table.raw_loss.tolist() == case.GROUPS.raw_loss.tolist()
    )
    assert {"Score 0 to 3", "Score 10", "■ as counted", "■ like customers compared"} <= set(said_in(chart))


def test_without_a_model_what_was_counted_is_drawn_and_called_so():
    groups = case.GROUPS.assign(loss=NAN, low=NAN, high=NAN)
    found = page(worth=case.worth("cannot tell", groups=groups))
    chart = nps_charts.worth(found, FACTS)
    dots = [line.get_xdata()[0] for line in chart.figure.axes[0].lines if line.get_marker() == "o"]
    assert dots == case.GROUPS.raw_loss.tolist() and "■ like customers compared" not in said_in(chart)
    assert "like customers" not in chart.words.subtitle + chart.alt
    assert worth_tables.worth(found).frame.adjusted.tolist() == ["not available"] * 8


@pytest.mark.parametrize(
    ("values", "reach"),
    [((4e5, 1.2e6, 9e4), 3e5), ((-4e5, -1.2e6, -9e4), 1e5), ((0.0, 0.0, 0.0), 1.0), ((2.0, 9e9, -3e9), 1e9), ((5e5, NAN, 2e5), 1e5)],
)  # fmt: skip
def test_any_stake_fits(values, reach):
    found = case.stake(values, [value - reach for value in values], [value + reach for value in values])
    assert_whole(nps_charts.stake(page(stake=found), FACTS))


def test_pains_stand_to_the_left_and_praise_to_the_right():
    chart = nps_charts.pains(page(), FACTS)
    widths = [bar.get_width() for bar in chart.figure.axes[0].patches]
    assert widths == [-130, -106, -82, -58, -34, 40, 71, 102, 133, 164]
    one = case.pains(stages=case.told_rows(("a", "b", "c"), {}, most=40))
    chart = nps_charts.pains(page(pains=one), FACTS)
    assert chart.table.pain.isna().sum() == 2 and said_in(chart).count("not shown") == 2
    assert_whole(chart)


@pytest.mark.parametrize("name", [HOSTILE, "שלום עולם של בנק", "$" * 60, "=HYPERLINK(1)", "\t\n", "a" * 500])
def test_what_customers_wrote_is_words_and_nothing_else(name):
    stages = case.told_rows((name, "branch"), {name: f"owner {HOSTILE}"})
    found = page(
        pains=case.pains(stages=stages, themes=stages),
        undeclared=(name,),
        boxes={name: page().boxes[NPS]},
        scales={name: KNOWN[NPS]},
    )
    chart = nps_charts.pains(found, FACTS)
    assert_whole(chart)
    assert b"<script" not in chart.slide_svg() and "\u202e" not in chart.alt + chart.words.title
    assert len(chart.words.title.split()) <= 15
    for grid in (nps_tables.pains(found, "stage"), nps_tables.pains(found, "theme"), nps_tables.boxes(found)):
        assert "<script" not in grid.html and "\u202e" not in grid.html
        cells = [cell for row in csv.reader(io.StringIO(grid.csv().decode())) for cell in row]
        assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]


def test_scores_stand_beside_the_months_before_and_the_weighted_one():
    frame = nps_tables.scores(page()).frame
    assert frame.nps.tolist()[0] == "−2.0 (−6.8 to +2.8)" and len(frame) == 3
    assert nps_tables.scores(case.undated()).frame.what.tolist()[0] == "These answers"
    assert "none" in nps_tables.scores(case.nothing()).html


def test_bands_of_few_answers_have_their_number_only():
    frame = nps_tables.bands(page()).frame
    assert frame.answers.tolist() == [12, 60, 190, 310, 428]
    # The second band is not told either: less the others, it would tell of the first.
    assert frame.nps.tolist()[:2] == ["not shown"] * 2 and frame["mean"].isna().tolist() == [
        True,
        True,
        False,
        False,
        False,
    ]
    assert "cost" in frame and "cost" not in nps_tables.bands(case.undated()).frame


def test_money_of_a_handful_is_not_shown():
    found = page()
    frame = nps_tables.response(found, "value_band").frame
    assert frame.value_answered.tolist()[0] == "€940"
    handful = found.response.by_band.assign(answered=4)
    told = nps_tables.response(page(response=replace(found.response, by_band=handful)), "value_band").frame
    assert set(told.value_answered) == {"not shown"} and not set(told.value_silent) & {"not shown"}
    said = case.said_and_done()
    table = said.table.assign(customers=[3, *said.table.customers[1:]])
    frame = worth_tables.said_done(page(said_done=replace(said, table=table))).frame
    # Of detractors three left: what these brought could be had from the other three rows.
    for name in ("before", "change"):
        assert set(frame[name][:4]) == {"not shown"} and "not shown" not in set(frame[name][4:])


def test_a_scale_of_few_answers_and_the_cost_of_a_small_band_are_not_shown():
    few = page(min_group=1001)
    assert set(nps_tables.boxes(few).frame.iloc[0, 2:]) == {"not shown"}
    lean = page(bands=page().bands.assign(cost=[NAN, 210.0, 96.0, 40.0, 18.0]))
    assert nps_tables.bands(lean).frame.cost.tolist()[:2] == ["not shown", "€210"]


def test_response_of_few_who_were_asked_is_not_shown():
    handful = page().response.fatigue.assign(invited=[1800, 1800, 633, 12])
    found = page(response=replace(page().response, fatigue=handful))
    frame = nps_tables.fatigue(found).frame
    assert frame.rate.tolist()[-1] == "not shown" and frame.earlier.tolist() == ["0", "1", "2", "3 or more"]


def test_programmes_are_set_against_what_they_cost_where_that_is_known():
    frame = worth_tables.simulated(page()).frame
    assert frame.net.tolist()[2] == "−€310k (−€560k to −€60k)" and frame.reach.tolist() == [
        "37%",
        "24%",
        "no reach",
    ]
    free = worth_tables.simulated(page(simulated=case.simulated(costs={}))).frame
    assert not {"cost", "net", "reach"} & set(free.columns)
    lost = case.stake((-1e5, 2e5, 0.0), (-2e5, 1e5, -1e5), (-5e4, 3e5, 1e5))
    assert (
        worth_tables.simulated(page(simulated=case.simulated(lost))).frame.reach.tolist()[0]
        == "not available"
    )


def test_tables_of_prediction_and_shapes():
    frame = worth_tables.prediction(case.PREDICTION).frame
    assert frame.auc.tolist()[5] == "0.74 (0.72 to 0.76)" and frame.gain.tolist()[5] == "compared with"
    assert frame.gain.tolist()[6] == "+0.0088 (+0.0041 to +0.0135)"
    told = worth_tables.shapes(page()).frame
    assert told.p.tolist() == ["<0.001", "0.231", "<0.001", "0.434", "1.000"]
    said = worth_tables.said_done(page()).frame
    assert said.change.tolist()[0] == "−€42.0k" and said.done.tolist()[:2] == ["left", "brought less"]
    assert worth_tables.stake(page()).frame.gain_retention.tolist()[0] == 0.02


def test_pains_without_dates_owners_or_complaints_leave_their_columns_away():
    frame = nps_tables.pains(case.undated(), "theme").frame
    assert frame.columns.tolist() == ["side", "group", "customers", "value"]
    frame = nps_tables.pains(page(), "stage").frame
    assert frame.owner.tolist()[0] == "head of service" and frame.open.tolist()[0] == 3
    assert not nps_tables.pains(case.few(), "stage").frame.size


def test_moves_add_up_as_printed():
    frame = nps_tables.moves(page()).frame
    heads = frame.customers.tolist()
    assert heads[0] == sum(heads[1:5]) and frame.value[0] == sum(frame.value[1:5])
    # Leaving the middle ground cuts across the classes: with money, that of a few could be had.
    assert frame.value[5:].isna().all()
    bare = page().moves.assign(value=None)
    told = nps_tables.moves(page(moves=bare, movement=movement(bare, KNOWN[NPS]))).frame
    assert "value" not in told
    free = case.moves().assign(value=Decimal(0))
    assert nps_tables.moves(page(moves=free, movement=movement(free, KNOWN[NPS]))).frame.value[0] == 0
