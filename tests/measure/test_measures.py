"""Small measures by hand: usual changes, the window, the exchange rate, reconciliation, suppression."""

from decimal import Decimal

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from custlib.errors import CustlibError
from custlib.measure.figures import YearOfMargin, exchange_rate, small_segments
from custlib.measure.reasons import reasons
from custlib.measure.reconcile import reconcile
from custlib.measure.series import Series, largest, series
from custlib.measure.usual import judge
from custlib.measure.window import returned_by_window
from custlib.periods import parse_month


def path(*changes, start=100):
    values = [start]
    for change in changes:
        values.append(values[-1] + change)
    return values


def test_a_change_is_judged_against_median_and_mad_of_those_before():
    # Twelve earlier changes 1..12: median 6.5, absolute deviations 0.5..5.5 twice, MAD 3, spread 4.4478.
    verdict = judge(path(*range(1, 13), 19))
    assert (verdict.median, verdict.changes, verdict.verdict) == (6.5, 12, "usual")
    assert verdict.spread == pytest.approx(4.4478)
    # The limit is 3 x 4.4478 = 13.34 from the median.
    assert judge(path(*range(1, 13), 20)).verdict == "unusual"


@pytest.mark.parametrize(
    "values",
    [
        path(*range(1, 12), 5),  # eleven earlier changes
        path(*[3] * 20, 9),  # none of them differ
        [1.0, None, 3.0],  # the month before is missing
        [5.0],
    ],
)
def test_a_short_or_flat_past_cannot_tell(values):
    assert judge(values).verdict == "cannot tell"


def test_only_the_last_24_changes_count():
    assert judge(path(*[1000, -1000] * 20, *[1, 2, 3] * 8, 60)).verdict == "unusual"


def gaps(*rows):
    return pd.DataFrame(rows, columns=["gap", "rest", "times"])


def test_returns_by_window_by_hand():
    # Six months of data. One customer paused 3 months, one 1 month, two stopped 2 months before the end.
    table = returned_by_window(gaps((3, 5, 1), (1, 5, 1), (None, 2, 2)), months_of_data=6).set_index("window")
    # With 1 month: lost are the pause of 3 and both who stopped; the pause of 1 month never loses.
    assert (table.lost[1], table.came_back[1]) == (3, 1)
    assert (table.lost[2], table.came_back[2], table.share[2]) == (3, 1, pytest.approx(1 / 3))
    # With 3 months nobody is lost: the pause is not longer, and two months of silence are too few.
    assert table.lost[3] == 0 and pd.isna(table.share[3])
    # The two who stopped were called lost within the last three months.
    assert table.recent[1] == 2
    assert list(table.index) == [1, 2, 3, 4, 5]


def test_exchange_rate_is_the_ratio_of_means():
    lost, new = YearOfMargin(4, Decimal(200)), YearOfMargin(10, Decimal(250))
    assert exchange_rate(lost, new) == 2.0
    assert exchange_rate(YearOfMargin(0, Decimal(0)), new) is None
    assert exchange_rate(YearOfMargin(None, None), new) is None
    assert exchange_rate(lost, YearOfMargin(3, Decimal(-6))) is None


def months(**changed):
    row = {"month": "2024-01", "rows": 10, "amount": Decimal(100)}
    for part, (rows, amount) in {
        "attributed": (7, 80), "unattributed": (2, 15), "excluded": (1, 5), "excluded_filter": (1, 5),
        "return": (1, -3), "zero": (0, 0),
    }.items():  # fmt: skip
        row |= {f"{part}_rows": rows, f"{part}_amount": Decimal(amount)}
    return pd.DataFrame([row | changed, row | {"month": "2024-02"}])


def test_reconciliation_stops_at_the_month_and_closes():
    log = reconcile(months(), month=parse_month("2024-01"))
    log.check()
    assert (log.source.rows, log.source.amount, log.later.rows) == (10, 100, 10)
    assert log.excluded["outside the filter"].amount == 5


def test_a_part_that_is_missing_is_noticed():
    with pytest.raises(CustlibError, match=r"add up to 101 amount, the source holds 100"):
        reconcile(months(attributed_amount=Decimal(81)), month=parse_month("2024-01")).check()


def test_small_segments_hide_one_more_from_subtraction():
    sizes = pd.Series({"a": 500, "b": 31, "c": 12})
    assert small_segments(sizes, min_group=30) == {"b", "c"}
    # Fifteen hidden together are still a small group, so the next smallest joins them.
    assert small_segments(pd.Series({"a": 500, "b": 3, "c": 12, "d": 40}), min_group=30) == {"b", "c", "d"}
    # A segment small at one end only is small.
    ends = pd.DataFrame({"opening": {"a": 500, "b": 5, "c": 90}, "closing": {"a": 500, "b": 80, "c": 90}})
    assert small_segments(ends, min_group=30) == {"b", "c"}
    assert small_segments(pd.Series({"a": 500}), min_group=30) == set()
    assert small_segments(pd.Series({"a": 500, "b": 40, "unknown": 0}), min_group=30) == set()


def test_series_compares_with_a_month_and_a_year_earlier():
    rows = [("2024-01", "10"), ("2025-01", "20"), ("2024-12", "16")]
    history = pd.DataFrame(rows, columns=["month", "value"]).assign(
        measure="x", window_months=1, dimension="all", unit="customers", status="ok"
    )
    past = series(history, "x", 1, month=parse_month("2025-01"))
    assert (past.now, past.change(1), past.rate(12)) == (20, 4, 1)
    assert past.change(2) is None and past.same_month_change is None
    assert Series("x", "share", (Decimal(0), Decimal(1))).rate(1) is None


def test_largest_contributions_leave_nothing_out_but_zeros():
    assert largest({"a": Decimal(-5), "b": Decimal(3), "c": Decimal(0)}) == [("a", -5), ("b", 3)]


def leavers(*rows):
    return pd.DataFrame(rows, columns=["reason", "trend", "customers", "margin"])


def test_small_reasons_are_put_together_and_no_course_is_told_by_subtraction():
    found = leavers(
        ("fees", "steady", 40, Decimal(9)), ("moved", "falling", 3, Decimal(1)), ("moved", "single", 2, Decimal(1)),
        (None, "falling", 50, Decimal(4)), (None, "single", 1, Decimal(2)),
    )  # fmt: skip
    table = reasons(found, known=True, past=True, min_group=30)
    assert list(table.reason) == ["fees", "other recorded reasons", "not recorded"]
    assert list(table.customers) == [40, 5, 51] and list(table.value) == [9, 2, 6]
    assert reasons(found, known=True, past=False, min_group=1).value.isna().all()
    assert reasons(found, known=False, past=True, min_group=1).empty


@given(st.lists(st.integers(0, 10**6), min_size=14, max_size=40))
def test_a_verdict_is_the_same_when_everything_is_shifted(values):
    assert judge(values).verdict == judge([value + 1000 for value in values]).verdict
