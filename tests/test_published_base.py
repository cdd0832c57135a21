"""The customer base against figures worked out elsewhere, on the public data sets.

The counts and amounts stand in the project's definitions and were computed with plain SQL on the raw
files; nothing of the library took part in making them.
"""

from decimal import Decimal

import pytest

from custlib import open_month
from custlib.results import value_of
from tests.figures import BASE, QUALITY, figures_of

THREE = "active_window_months: 3\nvalue_window_months: 3"

ONLINE_RETAIL = {
    "2011-03": {
        "opening_active_customers": 1682,
        "new_customers": 452,
        "won_back_customers": 0,
        "lost_customers": 358,
    },
    "2011-11": {
        "opening_active_customers": 2480,
        "new_customers": 324,
        "won_back_customers": 282,
        "lost_customers": 234,
        "opening_active_margin": "2524437.83",
        "new_margin": "135467.28",
        "won_back_margin": "136657.43",
        "lost_margin": "97222.59",
        "retained_margin_growth": "559578.29",
        "retained_margin_decline": "219385.77",
    },
}


@pytest.fixture(scope="module", params=sorted(ONLINE_RETAIL))
def retail(request, online_retail_folder):
    return open_month("online_retail", request.param, THREE)


@pytest.fixture(scope="module")
def november(online_retail_folder):
    return figures_of(open_month("online_retail", "2011-11", THREE), QUALITY, BASE)


def test_online_retail_flows_and_money(retail):
    expected = ONLINE_RETAIL[f"{retail.month:%Y-%m}"]
    found = figures_of(retail, BASE)
    got = {name: value_of(found, name, 1) for name in expected}
    assert {name: round(value, 2) for name, value in got.items()} == {
        name: Decimal(value) for name, value in expected.items()
    }
    assert (
        value_of(found, "active_customers", 3) == {"2011-03": 1776, "2011-11": 2852}[f"{retail.month:%Y-%m}"]
    )


def test_online_retail_reconciles_to_november(november):
    found = november
    assert value_of(found, "source_rows", 0) == 516_384
    assert round(value_of(found, "source_amount", 0), 2) == Decimal("9314079.92")
    assert value_of(found, "unattributed_rows", 0) == 127_216
    assert value_of(found, "unattributed_amount", 0) == Decimal("1356520.49")
    assert round(value_of(found, "active_margin", 3), 2) == Decimal("3039532.47")


def test_online_retail_says_what_twelve_months_cannot_tell(november):
    found = november
    for measure in ("lost_annual_margin", "new_first_year_margin", "exchange_rate_first_year"):
        rows = found[(found.measure == measure) & (found.dimension == "all")]
        assert set(rows.status) == {"not_available"}
    annual = found[(found.window_months == 12) & found.measure.str.endswith("_customers")]
    assert set(annual[annual.dimension == "all"].status) == {"not_available"}


def test_the_first_month_of_online_retail_is_first_seen_not_new(online_retail_folder):
    first = open_month("online_retail", "2011-02", THREE)
    base = first.base.execute()
    december = base[base.first_active.astype(str).str.startswith("2010-12")]
    assert len(december) == 885 and december.first_seen.all()
    assert value_of(figures_of(first, BASE), "new_customers", 1) is None


@pytest.mark.parametrize(
    ("month", "expected"),
    [
        ("1998-01", {("lost_customers", 1): 4445, ("active_customers", 12): 19125}),
        (
            "1998-06",
            {
                ("won_back_customers", 1): 171,
                ("lost_customers", 1): 499,
                ("active_customers", 12): 8332,
                ("lost_margin", 1): Decimal("17899.76"),
                ("lost_annual_margin", 1): Decimal("48637.97"),
                ("source_rows", 0): 69_659,
                ("source_amount", 0): Decimal("2500315.63"),
            },
        ),
    ],
)
def test_cdnow(month, expected):
    found = figures_of(open_month("cdnow", month), QUALITY, BASE)
    assert {key: value_of(found, *key) for key in expected} == expected


def test_cdnow_has_23570_customers_and_its_window_behaves_as_described():
    view = open_month("cdnow", "1998-06")
    assert view.base.customer_id.nunique().execute() == 23_570
    windows = view.windows().set_index("window")
    # Nearly half at one month, about 5% at twelve.
    assert round(windows.share[1], 2) == 0.46
    assert round(windows.share[12], 2) == 0.05
    assert windows.share.is_monotonic_decreasing
