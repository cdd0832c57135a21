"""Cohorts, layers and payback of a small base worked by hand, and the identities they keep."""

from datetime import date
from decimal import Decimal

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from custlib.errors import CustlibError
from custlib.measure import payback
from custlib.measure.cohorts import check_cohorts, cohort_figures, follow, per_head, telling_ages
from custlib.measure.layers import check_published, layer_figures, layers
from custlib.periods import add_months, month_text

JAN, FEB, MAR, APR = (date(2024, month, 1) for month in (1, 2, 3, 4))


def frame(columns, *rows):
    return pd.DataFrame(rows, columns=columns.split(), dtype=object)


# Ten were won in January at 20 each, six in February (one cost unknown: five of six is under 95%), forty before.
SIZES = frame(
    "origin cohort customers known cost",
    ("joined", JAN, 10, 10, Decimal(200)),
    ("joined", FEB, 6, 5, Decimal(30)),
    ("before", None, 40, 0, None),
    ("never", None, 2, 0, None),
)
ACTIVITY = frame("cohort month active", (JAN, JAN, 10), (JAN, FEB, 9), (JAN, MAR, 6), (FEB, FEB, 6))
MONEY = frame(
    "origin cohort month margin customers",
    ("joined", JAN, date(2023, 12, 1), Decimal(-7), 1),  # a cost booked before the first active month
    ("joined", JAN, JAN, Decimal(80), 10),
    ("joined", JAN, FEB, Decimal(70), 9),
    ("joined", JAN, APR, Decimal(60), 6),
    ("joined", FEB, FEB, Decimal("12.5"), 6),
    ("before", None, JAN, Decimal(300), 40),
    ("before", None, APR, Decimal(250), 30),
    ("never", None, FEB, Decimal(-3), 2),
)


def cohorts(**changed):
    given = (
        dict(sizes=SIZES, activity=ACTIVITY, money=MONEY, month=APR, money_start=date(2023, 12, 1)) | changed
    )
    return follow(
        given["sizes"],
        given["activity"],
        given["money"],
        month=given["month"],
        money_start=given["money_start"],
    )


def test_a_cohort_is_followed_over_its_ages():
    found = cohorts()
    assert list(found.active.loc[JAN]) == [10, 9, 6, 0]
    # February's cohort has had three months only; nobody was active after the first.
    assert list(found.active.loc[FEB]) == [6, 0, 0, None]
    # What was booked before the month of acquisition is in no cohort's life.
    assert list(found.margin.loc[JAN]) == [80, 150, 150, 210]
    assert list(found.margin.loc[FEB]) == [Decimal("12.5")] * 3 + [None]
    assert found.margin_to_date(JAN) == 210 and found.age(FEB) == 2
    assert found.at_age(found.margin, FEB, 36) is None


def test_payback_is_the_first_age_at_which_margin_reaches_cost():
    found = cohorts()
    # 20 each: 8 after January, 15 by March, 21 by April.
    assert (found.cost[JAN], found.payback(JAN)) == (20, 3)
    # Of February's costs one in six is missing: not available, which is not "not yet".
    assert found.cost[FEB] is None and not found.payback_known(FEB) and found.payback(FEB) is None
    cheap = SIZES.assign(cost=[Decimal(80), Decimal(30), None, None], known=[10, 6, 0, 0])
    found = cohorts(sizes=cheap)
    assert found.payback(JAN) == 0
    assert found.payback_known(FEB) and found.payback(FEB) is None  # 12.50 of 30: not yet


def test_once_paid_back_a_later_loss_does_not_undo_it():
    money = frame(
        "origin cohort month margin customers",
        ("joined", JAN, JAN, Decimal(250), 10),
        ("joined", JAN, FEB, Decimal(-100), 10),
    )
    assert cohorts(money=money).payback(JAN) == 0


def test_margin_before_money_is_known_is_not_zero():
    found = cohorts(money_start=FEB)
    assert list(found.margin.loc[JAN]) == [None] * 4 and not found.payback_known(JAN)
    assert found.margin.at[FEB, 0] == Decimal("12.5")


@pytest.mark.parametrize(
    ("cost", "known", "customers", "expected"),
    [(Decimal(95), 95, 100, 1), (Decimal(94), 94, 100, None), (None, 0, 3, None), (Decimal(0), 3, 3, 0)],
)
def test_a_cost_is_known_when_it_is_recorded_for_nearly_all(cost, known, customers, expected):
    assert per_head(cost, known, customers) == expected


def test_ages_within_the_window_tell_nothing_of_activity():
    assert telling_ages(1) == (1, 3, 6, 12, 24, 36)
    assert telling_ages(3) == (3, 6, 12, 24, 36)
    assert telling_ages(12) == (12, 24, 36)


def test_figures_of_cohorts_and_suppression_of_small_ones():
    rows = {
        (f.measure, f.segment, f.window_months): f
        for f in cohort_figures(cohorts(), window=1, currency="EUR", min_group=5)
    }
    assert (
        rows["cohort_active_share", "2024-01", 3].value == 0
        and rows["cohort_active_share", "2024-01", 1].value == 0.9
    )
    assert rows["cohort_margin", "2024-01", 0].value == 210
    assert rows["payback_months", "2024-01", 0].value == 3
    assert rows["payback_months", "2024-02", 0].status == "not_available"
    assert rows["cohort_margin_to_cost", "2024-01", 0].value == pytest.approx(1.05)
    assert ("cohort_active_share", "2024-02", 3) not in rows  # not reached
    hidden = list(cohort_figures(cohorts(), window=1, currency="EUR", min_group=8))
    assert {f.status for f in hidden} == {"suppressed"}  # six are few, and ten would give them away


def history(measure, *rows, status="ok"):
    return pd.DataFrame(
        [(month, measure, 1, "all", str(value), status) for month, value in rows],
        columns=["month", "measure", "window_months", "dimension", "value", "status"],
    )


def test_cohorts_are_the_new_customers_of_their_months():
    good = history("new_customers", ("2024-01", 10), ("2024-02", 6), ("2024-03", 0))
    assert check_cohorts(cohorts(), good) == 3
    with pytest.raises(CustlibError, match=r"cohort of 2024-02: 6 customers were won in it, but 7 were new"):
        check_cohorts(cohorts(), history("new_customers", ("2024-02", 7)))
    assert check_cohorts(cohorts(), history("new_customers", ("2024-02", ""), status="not_available")) == 0


TOTALS = frame(
    "month margin",
    (date(2023, 12, 1), Decimal(-7)),
    (JAN, Decimal(380)),
    (FEB, Decimal("79.5")),
    (APR, Decimal(310)),
)


def made(min_group=1, **changed):
    given = dict(sizes=SIZES, money=MONEY, totals=TOTALS, first=JAN, month=APR) | changed
    return layers(
        given["sizes"],
        given["money"],
        given["totals"],
        first=given["first"],
        month=given["month"],
        min_group=min_group,
    )


def test_layers_of_a_month_add_up_and_name_who_is_older():
    found = made()
    assert (found.spans, found.before) == ("month", "Before January 2024")
    assert dict(found.of(APR)) == {"Before January 2024": 250, "2024-01": 60, "2024-02": 0}
    # Those who were never active belong to the lowest layer; here they are two, and two are not told of alone.
    assert dict(found.of(FEB)) == {"Before January 2024": 0, "2024-01": 67, "2024-02": Decimal("12.5")}
    many = MONEY.assign(customers=[9] * len(MONEY))
    assert made(money=many).of(FEB)["Before January 2024"] == -3


def test_layers_that_do_not_add_up_are_refused():
    wrong = TOTALS.assign(margin=[Decimal(-7), Decimal(380), Decimal("79.4999"), Decimal(310)])
    with pytest.raises(
        CustlibError, match=r"margin of 2024-02: the layers add up to 79.5, the month to 79.4999"
    ):
        made(totals=wrong)
    lost = MONEY[MONEY.month != FEB]
    with pytest.raises(CustlibError, match="margin of 2024-02"):
        made(money=lost)


def test_a_small_layer_lies_in_the_one_below_it():
    assert not made(money=MONEY.assign(customers=9)).folded
    found = made(min_group=8)
    assert found.folded
    assert dict(found.of(APR)) == {"Before January 2024": 250, "2024-01": 60}
    assert dict(found.of(FEB)) == {"Before January 2024": 0, "2024-01": Decimal("79.5")}
    # And so does, for one month, a layer of which fewer than five customers had anything booked.
    few = MONEY.copy()
    few.loc[few.month.eq(APR) & few.cohort.eq(JAN), "customers"] = 4
    assert dict(made(money=few).of(APR)) == {"Before January 2024": 310, "2024-01": 0, "2024-02": 0}


def test_layers_published_beside_another_margin_are_refused():
    assert (
        check_published(made(), history("margin", ("2024-01", 380), ("2023-12", -7), ("2024-04", "310.00")))
        == 2
    )
    with pytest.raises(CustlibError, match="margin of 2024-04"):
        check_published(made(), history("margin", ("2024-04", 311)))


def test_layer_figures_add_up_to_the_margin_of_the_month():
    rows = list(layer_figures(made(), month=APR, currency="EUR"))
    assert sum(row.value for row in rows) == 310 and {row.dimension for row in rows} == {"acquired_in"}


def test_a_layer_that_lies_in_another_is_suppressed_and_the_other_named_with_it():
    """In April four of January's customers had something booked: their money lies with the oldest layer."""
    few = MONEY.copy()
    few.loc[few.month.eq(APR) & few.cohort.eq(JAN), "customers"] = 4
    rows = {f.segment: f for f in layer_figures(made(money=few), month=APR, currency="EUR")}
    whole = rows["Before January 2024 with 2024-01"]
    assert (whole.value, whole.status) == (310, "ok")
    assert (rows["2024-01"].value, rows["2024-01"].status) == (None, "suppressed")
    # A layer that nobody booked anything in has brought nothing, which is known.
    assert (rows["2024-02"].value, rows["2024-02"].status, rows["2024-02"].n) == (0, "ok", 0)


@pytest.mark.parametrize(
    ("months", "spans"),
    [((0, 12, 24), "year"), ((0, 3, 11), "quarter"), ((0, 1, 2), "month"), ((0,), "month"), ((), "month")],
)
def test_the_coarsest_span_of_which_there_are_three_makes_the_layers(months, spans):
    start = date(2023, 1, 1)
    sizes = frame(
        "origin cohort customers known cost", *(("joined", add_months(start, n), 9, 0, None) for n in months)
    )
    money = MONEY.iloc[:0]
    last = add_months(start, 24)
    found = layers(sizes, money, TOTALS.iloc[:0], first=start, month=last, min_group=1)
    assert found.spans == spans
    assert list(found.of(last).index) == sorted(found.of(last).index)


cells = st.lists(
    st.tuples(st.integers(-1, 14), st.integers(0, 14), st.integers(-500, 500), st.integers(0, 9)), max_size=40
)


@settings(deadline=None)
@given(cells, st.integers(1, 12))
def test_whatever_is_hidden_the_layers_add_up(cells, min_group):
    """Random cohorts (-1: older than the data), months and amounts: nothing of a month is lost or counted twice."""
    start, last = date(2022, 11, 1), date(2024, 1, 1)
    heads = {}
    for cohort, *_rest in cells:
        heads[cohort] = heads.get(cohort, 0) + 3
    key = lambda n: ("before", None) if n < 0 else ("joined", add_months(start, n))  # noqa: E731
    sizes = frame(
        "origin cohort customers known cost", *((*key(n), size, 0, None) for n, size in heads.items())
    )
    rows = {(c, m): (Decimal(v) / 100, n) for c, m, v, n in cells}
    money = frame(
        "origin cohort month margin customers",
        *((*key(c), add_months(start, m), v, n) for (c, m), (v, n) in rows.items()),
    )
    whole = {}
    for (_cohort, month), (value, _n) in rows.items():
        whole[add_months(start, month)] = whole.get(add_months(start, month), Decimal(0)) + value
    totals = frame("month margin", *whole.items())
    found = layers(sizes, money, totals, first=start, month=last, min_group=min_group)
    for month, rows_of in found.table.groupby("month"):
        assert sum(rows_of.value) == whole.get(month, 0)
        assert rows_of.layer.is_unique
    shown = found.table[(found.table.customers > 0) & (found.table.customers < 5)]
    # Few are seen on their own only where there is nobody else at all to put them with.
    assert all(
        (found.table[found.table.month == row.month].customers > 0).sum() == 1 for row in shown.itertuples()
    )


def test_the_page_lists_months_and_past_a_year_of_them_quarters():
    found = payback.rows(cohorts(), window=1, min_group=1)
    assert [(row.generation.first, row.age, row.payback, row.known) for row in found] == [
        (JAN, 3, 3, True),
        (FEB, 2, None, False),
    ]
    assert (
        (found[0].margin, found[0].cost) == (21, 20)
        and found[0].active[3] == 0
        and found[0].active[6] is None
    )
    months = [add_months(date(2023, 1, 1), n) for n in range(14)]
    sizes = frame(
        "origin cohort customers known cost", *(("joined", month, 5, 5, Decimal(50)) for month in months)
    )
    money = frame(
        "origin cohort month margin customers",
        *(("joined", month, month, Decimal(40), 5) for month in months),
    )
    many = follow(sizes, ACTIVITY.iloc[:0], money, month=date(2024, 3, 1), money_start=months[0])
    found = payback.rows(many, window=1, min_group=1)
    assert [month_text(row.generation.first) for row in found] == [
        "2023-01",
        "2023-04",
        "2023-07",
        "2023-10",
        "2024-01",
    ]
    assert [(row.generation.customers, row.age) for row in found] == [
        (15, 12),
        (15, 9),
        (15, 6),
        (15, 3),
        (10, 1),
    ]
    # Margin and payback stand at the age that all of the quarter have reached, so they cannot contradict each other.
    assert all(row.margin == 8 and row.payback is None and row.known for row in found)


def test_a_quarter_pays_back_when_all_of_it_together_have():
    months = [add_months(date(2023, 1, 1), n) for n in range(14)]
    sizes = frame(
        "origin cohort customers known cost", *(("joined", month, 5, 5, Decimal(50)) for month in months)
    )
    late = [("joined", month, add_months(month, 1), Decimal(20), 5) for month in months]
    first = [("joined", month, month, Decimal(35), 5) for month in months]
    money = frame("origin cohort month margin customers", *first, *late)
    many = follow(sizes, ACTIVITY.iloc[:0], money, month=date(2024, 3, 1), money_start=months[0])
    assert [row.payback for row in payback.rows(many, window=1, min_group=1)] == [1] * 5
