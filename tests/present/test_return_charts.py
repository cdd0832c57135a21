"""Charts and tables of Return on Customer: what is printed re-adds, nothing is lost on a phone or a slide, nothing of the hidden."""

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from html.parser import HTMLParser

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from custlib.measure.equity import Estimate
from custlib.present import charts, return_charts, return_tables, theme, wording
from custlib.present.charts.pictures import page_picture
from tests.present import return_cases as case
from tests.present.drawings import assert_nothing_is_lost, drawn
from tests.present.return_cases import NAN, missing, page, returned

FACTS = {"company": "Lindenhafen Bank", "month": "June 2026", "currency": "EUR"}
EVENTS = {"events": [{"date": "2026-01-05", "text": "Service failure"}]}
TEXTS = charts.Words("It is so", "Return, UK", "transactions", "Dots.")
HOSTILE = "<script>alert('x')</script> $a_b$ “=1+1”"
CHANNEL = "acquisition_channel"
BEFORE = case.SEGMENTS.assign(profit_before=[45_000.0, 38_000.0, 2_000.0, NAN])


class Cells(HTMLParser):
    """Read the rows of a table as a script would that knows nothing of how it was made."""

    def __init__(self, markup):
        super().__init__()
        self.rows, self.cell = [], None
        self.feed(markup)

    def handle_starttag(self, tag, attrs):
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.cell = ""

    def handle_data(self, data):
        if self.cell is not None:
            self.cell += data

    def handle_endtag(self, tag):
        if tag in ("td", "th"):
            self.rows[-1].append(self.cell.strip())
            self.cell = None


def amount(text):
    """Read a printed amount; None where the cell is empty."""
    return Decimal(text.replace("\N{MINUS SIGN}", "-").replace("€", "").replace(",", "")) if text else None


def printed(grid):
    """Give a table's printed rows, without its headings."""
    return Cells(grid.html).rows[1:]


def every_chart(found=None):
    found = found or page(segments={CHANNEL: BEFORE})
    return [
        return_charts.bridge(found.ledgers.get(12), FACTS),
        return_charts.history(found.history, FACTS | EVENTS),
        return_charts.quadrants(found, CHANNEL, FACTS),
    ]


def every_table(found=None):
    found = found or page()
    ledgers = [
        make(found.ledgers[months], "EUR")
        for months in found.ledgers
        for make in (return_tables.ledger, return_tables.statuses)
    ]
    statements = [
        return_tables.statement(found.returns[months], found.ledgers[months], "EUR", "margin")
        for months in found.ledgers
    ]
    return [
        *ledgers, *statements, return_tables.returns(found), return_tables.fields(found.history, "EUR"),
        *(return_tables.segments(table, name, "EUR") for name, table in found.segments.items()),
        *(return_tables.segment_ledger(found, name, "EUR") for name in found.segments),
        return_tables.reconciliation(found), return_tables.joiners(found.joiners, "EUR"), return_tables.sensitivity(found),
    ]  # fmt: skip


def said_in(chart):
    return [text for text, _ in drawn(chart.figure)]


def assert_whole(chart):
    assert_nothing_is_lost(chart.figure)
    assert_nothing_is_lost(page_picture(chart.draw, height=chart.height, width=theme.NARROW))
    assert_nothing_is_lost(chart.slide)


def assert_foots(ledger):
    grid = return_tables.ledger(ledger, "EUR")
    rows = printed(grid)
    amounts = [amount(row[2]) for row in rows]
    assert sum(value for value in amounts[:-1] if value is not None) == amounts[-1]
    parts = []
    for label, part, whole in rows:
        assert (part == "") != (whole == ""), label
        if part:
            parts.append(amount(part))
        elif parts:
            assert sum(parts) == amount(whole), label
            parts = []
    assert not parts
    # A line has one rounding on the page: of its whole.
    for line in ("survival", "frequency", "spend"):
        (whole,) = (row[2] for row in rows if row[0] == wording.ledger.NAMES[line])
        assert amount(whole) == return_tables.cents(ledger.line(line))
    return amounts


@pytest.mark.parametrize("months", [1, 12])
def test_the_printed_ledger_foots(months):
    ledger = case.ledger(months)
    amounts = assert_foots(ledger)
    rows = printed(return_tables.ledger(ledger, "EUR"))
    assert amounts[-1] == Decimal(str(round(ledger.closing, 2)))
    assert [row[0] for row in rows][-2:] == ["Left over: rounding", "Closing, end of June 2026"]
    assert rows[0][0] == ("Opening, end of June 2025" if months == 12 else "Opening, end of May 2026")
    assert any(row[0].startswith("Restatement") for row in rows) == (months == 12)
    assert 'id="table-ledger-' + str(months) in return_tables.ledger(ledger, "EUR").html


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.floats(-1e7, 1e7), min_size=15, max_size=15), st.lists(st.floats(-1e6, 1e6), min_size=3, max_size=3),
    st.floats(-1e8, 1e9), st.floats(-1e6, 1e6),
)  # fmt: skip
def test_any_ledger_foots_as_printed(parts, others, opening, restated):
    names = ("survival", "frequency", "spend")
    rows = [(names[at // 5], case.STATUSES[at % 5], value) for at, value in enumerate(parts)]
    rows += [(name, "all", sum(parts[5 * at : 5 * at + 5])) for at, name in enumerate(names)]
    rows += [
        (name, "all", value) for name, value in zip(("unwinding", "expected", "new"), others, strict=True)
    ]
    lines = pd.DataFrame(rows, columns=["line", "status", "amount"])
    ledger = case.ledger(opening=opening, restatement=restated, lines=lines, residual=0.0)
    assert_foots(ledger)
    statuses = [[amount(cell) for cell in row[1:]] for row in printed(return_tables.statuses(ledger, "EUR"))]
    for row in statuses:
        assert sum(row[:-1]) == row[-1]
    for column in zip(*statuses, strict=True):
        assert sum(column[:-1]) == column[-1]
    statement = {
        row[0]: amount(row[1])
        for row in printed(return_tables.statement(returned(), ledger, "EUR", "margin"))
    }
    values = list(statement.values())
    assert values[0] + values[1] == values[2] and values[2] + values[3] + values[4] == values[5]
    assert values[5] + values[6] == values[7] and values[8] + values[9] == values[0]


def test_what_rounding_a_lines_parts_leaves_is_the_largest_parts():
    """0.005, 0.005 and 5.005 are 0.01, 0.01 and 5.01 each by itself, and 5.02 together: as that they stand everywhere."""
    lines = case.lines().assign(amount=0.0)
    mine = lines.line == "survival"
    lines.loc[mine & lines.status.isin(["continuing", "lapsed", "dormant"]), "amount"] = [0.005, 0.005, 5.005]
    lines.loc[mine & (lines.status == "all"), "amount"] = 5.015
    ledger = case.ledger(lines=lines)
    told = {row[0]: row for row in printed(return_tables.ledger(ledger, "EUR"))}
    assert told["Survival against expected"][2] == "€5.02"
    assert [told[f"Survival: {status}"][1] for status in ("continuing", "lapsed", "dormant")] == ["€0.01", "€0.01", "€5.00"]  # fmt: skip
    statuses = {row[0]: row[1] for row in printed(return_tables.statuses(ledger, "EUR"))}
    assert statuses["All"] == "€5.02" and statuses["Dormant"] == "€5.00"
    assert "€5.02 (survival)" in wording.ledger.arithmetic(ledger, "EUR")
    lines.loc[mine & (lines.status == "all"), "amount"] = 6.0
    with pytest.raises(ValueError, match="its parts leave"):
        return_tables.statuses(ledger, "EUR")


def test_few_of_a_status_stand_among_others_and_the_lines_still_foot():
    lines = case.lines()
    merged = lines[~lines.status.isin(["won back", "closed"])]
    gone = lines[lines.status.isin(["won back", "closed"])].groupby("line", as_index=False).amount.sum()
    ledger = case.ledger(lines=pd.concat([merged, gone.assign(status="others")], ignore_index=True))
    assert_foots(ledger)
    rows = [row[0] for row in printed(return_tables.statuses(ledger, "EUR"))]
    assert rows == ["Continuing", "Lapsed", "Dormant", "Others", "All"]


@pytest.mark.parametrize("months", [1, 12])
def test_a_period_that_begins_in_january_opens_on_the_new_basis(months):
    ledger = case.ledger(months, opening_month=date(2025, 12, 1), restatement=-42_000.125)
    rows = printed(return_tables.ledger(ledger, "EUR"))
    assert_foots(ledger)
    assert rows[0][:2] == ["Opening, end of December 2025", rows[0][1]] and rows[0][1] and not rows[0][2]
    assert rows[1] == ["Restatement: new basis", "−€42,000.13", ""]
    assert rows[2][0] == "Opening on the new basis"
    assert amount(rows[2][2]) == amount(rows[0][1]) + amount(rows[1][1])
    plain = printed(
        return_tables.ledger(case.ledger(months, opening_month=date(2025, 12, 1), restatement=0.0), "EUR")
    )
    assert not any(row[0] == "Opening on the new basis" for row in plain)


def test_a_ledger_that_does_not_foot_is_not_printed():
    broken = case.ledger(closing=1_000_000.0)
    with pytest.raises(ValueError, match="more than rounding"):
        return_tables.ledger(broken, "EUR")
    with pytest.raises(ValueError, match="add up"):
        return_charts.bridge(broken, FACTS)


def test_the_statement_comes_to_the_value_created_of_the_return():
    rows = printed(return_tables.statement(returned(), case.ledger(), "EUR", "margin"))
    told = {row[0]: amount(row[1]) for row in rows}
    assert float(told["Beyond what had to be earned"]) == pytest.approx(
        returned().value_created.value, abs=0.05
    )
    made = told["Profit and change of customer equity"] / Decimal(str(returned().opening))
    assert float(made) == pytest.approx(returned().total.value, abs=1e-6)
    unknown = printed(
        return_tables.statement(returned(acquisition_cost=None), case.ledger(), "EUR", "margin")
    )
    assert unknown[1][1] == "not available" and amount(unknown[2][1]) == amount(unknown[0][1])


@pytest.mark.parametrize("place", range(3))
def test_nothing_is_cut_off_or_lies_on_something_else(place):
    assert_whole(every_chart()[place])


@pytest.mark.parametrize("place", range(3))
def test_the_same_frame_gives_the_same_bytes_and_letters_are_large_enough(place):
    chart, again = every_chart()[place], every_chart()[place]
    assert chart.png() == again.png() and chart.slide_svg() == again.slide_svg()
    narrow = page_picture(chart.draw, height=chart.height, width=theme.NARROW)
    sizes = [text.get_fontsize() for text in narrow.findobj(lambda item: hasattr(item, "get_fontsize"))]
    assert min(sizes) * 362 / (narrow.get_figwidth() * 72) >= 12
    assert len(chart.words.title.split()) <= 15


@pytest.mark.parametrize("place", range(3))
def test_without_a_return_there_is_nothing_to_draw(place):
    chart = every_chart(missing())[place]
    assert said_in(chart) == ["not available"] and chart.height == theme.EMPTY


@pytest.mark.parametrize("place", range(3))
def test_hostile_names_are_words_and_nothing_else(place):
    segments = {CHANNEL: BEFORE.assign(segment=[f"{HOSTILE} {at}" for at in range(4)])}
    chart = every_chart(page(segments=segments))[place]
    assert_whole(chart)
    assert b"<script" not in chart.slide_svg()
    assert "<script" not in return_tables.segments(segments[CHANNEL], CHANNEL, "EUR").html


@pytest.mark.parametrize(
    "ledger",
    [
        case.ledger(restatement=0.0, lines=case.lines().assign(amount=0.0)), case.ledger(opening=-50_000.0), case.ledger(opening=2.5e9),
        case.ledger(lines=case.lines("0.0001"), restatement=0.0), case.ledger(lines=case.lines(new="2500000")),
    ],
)  # fmt: skip
def test_any_waterfall_fits(ledger):
    assert_whole(return_charts.bridge(ledger, FACTS))


def test_the_waterfall_has_a_step_per_line():
    chart = return_charts.bridge(case.ledger(), FACTS)
    assert chart.table.label.tolist() == [
        "Opening, June 2025", "Restatement", "Unwinding", "Expected margin", "Survival", "Frequency", "Spend", "New customers", "Closing, June 2026",
    ]  # fmt: skip
    assert "Restatement" not in return_charts.bridge(case.ledger(1), FACTS).table.label.tolist()


@pytest.mark.parametrize(
    "history",
    [
        case.history(12), case.history(36), case.history(18, low_12=NAN, high_12=NAN), case.history(18, roc_12=-0.3, low_12=-0.4, high_12=-0.2),
        case.history(18, hurdle_12=NAN), case.history(18, roc_12=0.09, hurdle_12=0.09, low_12=0.09, high_12=0.09),
    ],
)  # fmt: skip
def test_any_history_fits(history):
    assert_whole(return_charts.history(history, FACTS))


def test_the_history_begins_with_the_first_return_and_names_both_lines():
    chart = return_charts.history(case.history(), FACTS | EVENTS)
    assert chart.table.month.tolist()[0] == "2025-12" and len(chart.table) == 7
    said = " ".join(said_in(chart)).replace("\n", " ")
    assert "Return 4.0%" in said and "Hurdle 9.0%" in said and "Service failure" in said
    assert "Service failure" in chart.alt and "Events" in [heading for heading, _ in chart.columns.values()]


def test_a_gap_in_the_history_stays_a_gap():
    table = case.history().assign(roc_12=lambda frame: frame.roc_12.mask(frame.index.isin([12, 14])))
    axes = return_charts.history(table, FACTS).figure.axes[0]
    lonely = [
        line
        for line in axes.lines
        if line.get_marker() == "o" and line.get_markersize() == 4 and len(line.get_xdata()) == 1
    ]
    assert lonely, "a month between two gaps is a dot"


def test_each_dot_lies_in_its_field():
    chart = return_charts.quadrants(page(segments={CHANNEL: BEFORE}), CHANNEL, FACTS)
    said = said_in(chart)
    assert {"creating", "investing", "harvesting", "destroying", "All", "branch", "web", "paid"} <= set(said)
    assert "letter" not in " ".join(said) + chart.alt
    boxes = dict(drawn(chart.figure))
    assert boxes["creating"].x0 > boxes["investing"].x1 and boxes["creating"].y0 > boxes["harvesting"].y1
    assert boxes["destroying"].y1 < boxes["investing"].y0 and boxes["destroying"].x1 < boxes["harvesting"].x0
    axes = chart.figure.axes[0]
    dots = [line for line in axes.lines if line.get_marker() == "o"]
    assert (
        len(dots) == 4
        and axes.get_xlim()[0] == -axes.get_xlim()[1]
        and axes.get_ylim()[0] == -axes.get_ylim()[1]
    )


@pytest.mark.parametrize(
    ("x", "y"),
    [([0.0], [0.0]), ([1e9, -2.0], [0.3, -4.0]), ([5.0] * 12, [0.01] * 12), ([NAN, 5.0], [0.1, -0.2]), ([-900.0] * 9, [2.0] * 9)],
)  # fmt: skip
def test_any_dots_fit(x, y):
    frame = pd.DataFrame(
        {"label": [f"a channel of a long name {at}" for at in range(len(x))], "x": x, "y": y}
    )
    chart = charts.fields(
        frame, x="x", y="y", names=("creating", "investing", "harvesting", "destroying"), across=("profit", str), upwards=("return", str), words=TEXTS, name="a",
    )  # fmt: skip
    assert_whole(chart)
    assert len([line for line in chart.figure.axes[0].lines if line.get_marker() == "o"]) == sum(
        value == value for value in x
    )


def test_what_is_not_there_is_refused():
    frame = pd.DataFrame({"label": ["a"], "x": [1.0]})
    with pytest.raises(ValueError, match="no column 'y'"):
        charts.fields(
            frame,
            x="x",
            y="y",
            names=("a", "b", "c", "d"),
            across=("x", str),
            upwards=("y", str),
            words=TEXTS,
            name="a",
        )
    with pytest.raises(ValueError, match="no column 'month'"):
        charts.hurdle(
            frame, value=("value", "v"), against=("hurdle", "h"), words=TEXTS, unit="rate", name="a"
        )


def test_returns_stand_beside_each_other_with_their_intervals():
    frame = return_tables.returns(page()).frame
    assert (
        frame.what.tolist()[0] == "Return, by the article's formula"
        and frame.what.tolist()[-1] == "Value created"
    )
    assert frame.m12.tolist()[3:] == [
        "4.10% (2.00% to 6.30%)",
        "7.60% (7.50% to 7.70%)",
        "−€43.8k (−€70k to −€17k)",
    ]
    assert frame.m12[2] == "+8.47% (+8.00% to +9.00%)" and frame.m1[4] == "0.80%"
    unsure = return_tables.returns(page(unsure=True)).frame
    assert unsure.m12.tolist()[3:] == ["4.10%", "7.60%", "−€43.8k"]
    assert unsure.what.tolist()[-1] == "Beyond the hurdle, not judged"
    free = return_tables.returns(page(returns={12: case.free()})).frame
    assert free.what.tolist()[-1] == "Value created, without new ones where their cost is not known"
    assert free.m12.tolist()[-1].startswith("−€150k")
    none = Estimate(None)
    gone = replace(
        returned(), literal=none, closed=none, total=none, acquisition=none, hurdle=none, value_created=none
    )
    assert return_tables.returns(page(returns={12: gone})).frame.m12.tolist() == ["not available"] * 6
    assert len(return_tables.returns(missing()).frame) == 6


def test_fields_by_month_come_latest_first():
    frame = return_tables.fields(case.history(), "EUR").frame
    assert frame.month.tolist()[0] == "2026-06" and len(frame) == 7
    assert frame.quadrant.tolist() == ["harvesting"] * 3 + ["not available"] * 4
    assert return_tables.fields(case.history().iloc[:0], "EUR").html


def test_segments_are_ordered_by_value_created_and_hidden_ones_stay_away():
    grid = return_tables.segments(case.SEGMENTS, CHANNEL, "EUR")
    assert grid.frame.segment.tolist() == ["branch", "web", "paid"] and "letter" not in grid.html
    assert (
        grid.frame.made.tolist()[0] == "12.0% (10.0% to 14.0%)"
        and grid.frame.whole.tolist()[0] == "16.0% (13.0% to 19.0%)"
    )
    assert (
        grid.frame.value.tolist()[2] == "−€43.5k (−€54k to −€33k)"
        and grid.name == "returns-acquisition-channel"
    )

    def made(**changed):
        return return_tables.segments(case.SEGMENTS.assign(**changed), CHANNEL, "EUR").frame

    assert made(roc=NAN, opening=-5.0).made.tolist() == ["not meaningful"] * 3
    assert made(roc=NAN).made.tolist() == ["not meaningful"] * 3
    assert made(reclassified=[NAN, 1.0, -1.0, NAN]).moves.tolist() == ["not shown", "+€1.00", "−€1.00"]
    assert made(low=NAN).made.tolist()[0] == "12.0%"
    assert made(value_created=NAN).value.tolist() == ["not available"] * 3
    assert "none" in return_tables.segments(case.SEGMENTS.iloc[:0], "value_band", "EUR").html
    assert "none" in return_tables.segments(pd.DataFrame(), "value_band", "EUR").html


def refooted(grid):
    """Add a printed ledger by segment up, down and across; give its rows."""
    rows = printed(grid)
    cells = [[amount(cell) for cell in row[1:]] for row in rows]
    for row in cells:
        assert sum(cell for cell in row[:-1] if cell is not None) == row[-1]
    for column in zip(*cells, strict=True):
        assert sum(column[:-1]) == column[-1]
    return rows


def test_the_ledger_by_segment_adds_up_down_and_across_to_the_ledger_of_all():
    grid = return_tables.segment_ledger(page(segments={}), CHANNEL, "EUR")
    rows = refooted(grid)
    assert Cells(grid.html).rows[0] == ["Amount in EUR", "branch", "web", "paid", "All"]
    assert [row[0] for row in rows][:2] == ["Opening, end of June 2025", "Restatement: new basis"]
    assert [row[0] for row in rows][-3:] == [
        "Moves between segments",
        "Left over: rounding",
        "Closing, end of June 2026",
    ]
    # One line has one rounding: that of the ledger of all.
    whole = {row[0]: row[2] for row in printed(return_tables.ledger(case.ledger(), "EUR")) if row[2]}
    assert {row[0]: row[-1] for row in rows if row[0] in whole} == whole
    moves = next(row for row in rows if row[0].startswith("Moves"))
    assert [amount(cell) for cell in moves[1:]] == [Decimal("-5000.01"), 0, Decimal("5000.01"), 0]
    assert return_tables.segment_ledger(missing(), "", "EUR").html
    assert return_tables.segment_ledger(page(), "value_band", "EUR").html


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(-1e6, 1e6), min_size=6, max_size=6), st.floats(1e4, 1e8), st.floats(-1e5, 1e5))
def test_any_ledger_by_segment_foots_as_printed(values, opening, restated):
    names = ("unwinding", "expected", "survival", "frequency", "spend", "new")
    lines = pd.DataFrame(
        [(name, "all", value) for name, value in zip(names, values, strict=True)],
        columns=["line", "status", "amount"],
    )
    book = case.ledger(opening=opening, restatement=restated, lines=lines, residual=0.0)
    split = case.segment_lines(book, ("0.333333", "0.333333", "0.333334"))
    refooted(
        return_tables.segment_ledger(
            page(ledgers={12: book}, segments={}, segment_lines={CHANNEL: split}), CHANNEL, "EUR"
        )
    )


def test_what_is_not_shown_of_segments_stands_together_and_wrong_ledgers_are_refused():
    lines = case.segment_lines(
        case.ledger(), ("0.4", "0.3", "0.2", "0.1"), ("branch", "web", "paid", HOSTILE)
    )
    hidden = lines[lines.segment != "paid"].copy()
    hidden.loc[(hidden.segment == HOSTILE) & hidden.line.isin(["new", "closing"]), "amount"] = NAN
    grid = return_tables.segment_ledger(page(segment_lines={CHANNEL: hidden}), CHANNEL, "EUR")
    assert Cells(grid.html).rows[0] == ["Amount in EUR", "branch", "web", "Not shown", "All"]
    opening = refooted(grid)[0]
    assert amount(opening[3]) == amount(opening[4]) - amount(opening[1]) - amount(opening[2])
    named = return_tables.segment_ledger(page(segments={}, segment_lines={CHANNEL: lines}), CHANNEL, "EUR")
    assert Cells(named.html).rows[0][-2] == HOSTILE and "<script" not in named.html
    ends = lines.line == "closing"
    wrong = lines.assign(amount=lines.amount + 100.0 * (ends & (lines.segment == "web")))
    with pytest.raises(ValueError, match="leaves"):
        return_tables.segment_ledger(page(segments={}, segment_lines={CHANNEL: wrong}), CHANNEL, "EUR")
    apart = wrong.assign(amount=wrong.amount - 100.0 * (ends & (lines.segment == "paid")))
    with pytest.raises(ValueError, match="does not add up to its closing"):
        return_tables.segment_ledger(page(segments={}, segment_lines={CHANNEL: apart}), CHANNEL, "EUR")


def test_the_reconciliation_adds_up():
    rows = [amount(row[1]) for row in printed(return_tables.reconciliation(page(model_difference=-1234.565)))]
    assert rows[0] + rows[1] == rows[2] and rows[1] == Decimal("-1234.57")
    unknown = printed(return_tables.reconciliation(page(model_difference=None, refitted=Estimate(None))))
    assert [row[1] for row in unknown[1:]] == ["not available"] * 3
    assert all(row[1] == "not available" for row in printed(return_tables.reconciliation(missing())))


def test_acquisition_and_sensitivity():
    frame = return_tables.joiners(case.JOINERS, "EUR").frame
    assert (
        frame.payback.tolist() == ["7 months", "4 months", "not in the months seen"]
        and frame.segment[0] == "All"
    )
    without = return_tables.joiners(case.JOINERS.assign(cost=NAN), "EUR").frame
    assert not {"cost", "net", "payback"} & set(without.columns)
    # The first month is left of a customer too, as the sentence above the table has it: 310 + 12 - 95.
    assert frame.net.tolist() == [227.0, 454.0, -37.5]
    bare = return_tables.joiners(case.JOINERS.assign(first_month=NAN, net=0.0), "EUR").frame
    assert bare.net.tolist() == [215.0, 440.0, -42.5]
    partly = return_tables.joiners(case.JOINERS.assign(cost=[NAN, 80.0, 102.5]), "EUR").frame
    assert partly.payback[0] == "not available"
    assert return_tables.joiners(case.JOINERS.iloc[:0], "EUR").html
    assert (
        return_tables.joiners(case.JOINERS.assign(payback=0.0), "EUR").frame.payback[0]
        == "in the month itself"
    )
    judged = printed(return_tables.sensitivity(page(returns={12: case.free()})))
    assert judged[0][2] == "−4.37%", "the return that is judged, as in the other rows"
    rows = printed(return_tables.sensitivity(page()))
    assert rows[0][0] == "As worked out" and rows[1][1] == "5.0% a year" and rows[3][1] == "10% lower"
    assert len(printed(return_tables.sensitivity(missing()))) == 1


def test_every_chart_and_table_of_the_page_has_a_name_of_its_own():
    names = [chart.name for chart in every_chart()] + [grid.name for grid in every_table()]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-z0-9-]+", name) for name in names)
    assert all(len(grid.title.split()) <= 15 for grid in every_table())
