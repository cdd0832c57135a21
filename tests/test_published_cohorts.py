"""Cohorts, second purchases and returns against plain pandas on the raw rows of the public data sets.

Nothing of the library takes part in the expected figures but the reading of the files. The three cohorts of
CDNOW have 7,846, 8,476 and 7,248 customers (P. Fader and B. Hardie, Interfaces 31:3, 2001: 23,570 in all).
"""

from decimal import Decimal

import pandas as pd
import pytest

from custlib import open_month
from custlib.company import load_company
from custlib.data.source import open_source
from custlib.periods import month_text
from tests.figures import BASE, figures_of

pytestmark = pytest.mark.real_data

CDNOW = {"1997-01": 7846, "1997-02": 8476, "1997-03": 7248}
# New customers by month, as in test_published_base for March and November.
ONLINE_RETAIL = {
    "2011-03": 452, "2011-04": 300, "2011-05": 284, "2011-06": 242, "2011-07": 188, "2011-08": 169,
    "2011-09": 299, "2011-10": 358, "2011-11": 324,
}  # fmt: skip


def raw(company: str, month: str) -> pd.DataFrame:
    """Read the rows of known customers to a month's end: customer, day, amount, month."""
    with open_source(load_company(company)) as source:
        rows = source.transactions.filter(source.transactions.customer_id.notnull()).execute()
    rows = rows[rows.excluded.isna()][["customer_id", "date", "amount"]]
    rows["month"] = pd.PeriodIndex(rows.date, freq="M")
    return rows[rows.month <= month]


class Plain:
    """The base's past in pandas: first months, activity by a window, second days."""

    def __init__(self, rows: pd.DataFrame, window: int):
        self.rows, self.window = rows, window
        self.bought = rows[rows.amount >= 0]
        self.days = self.bought.drop_duplicates(["customer_id", "date"]).sort_values(["customer_id", "date"])
        self.first = self.bought.groupby("customer_id").month.min()

    def active(self, month: str) -> set:
        months = self.bought.month
        at = pd.Period(month, "M")
        return set(self.bought.customer_id[(months <= at) & (months > at - self.window)])

    def cohort(self, month: str) -> set:
        return set(self.first.index[self.first == month])

    def margin(self, cohort: str, age: int) -> Decimal:
        """Add amounts up from the month of acquisition on; a few returned something before they bought."""
        rows = self.rows[self.rows.customer_id.isin(self.cohort(cohort)) & (self.rows.month >= cohort)]
        return sum(rows.amount[rows.month <= pd.Period(cohort, "M") + age], Decimal(0))

    def again(self, first: str, last: str, months: int) -> tuple[int, int]:
        """Count customers who began in these months, and those with a second day within so many months."""
        inside = set(self.first.index[(self.first >= first) & (self.first <= last)])
        days = self.days[self.days.customer_id.isin(inside)].groupby("customer_id").date
        start, second = pd.to_datetime(days.nth(0)), pd.to_datetime(days.nth(1))
        start.index, second.index = self.days.customer_id[start.index], self.days.customer_id[second.index]
        limit = start + pd.DateOffset(months=months)
        return len(inside), int((second <= limit.reindex(second.index)).sum())


@pytest.fixture(scope="module")
def cdnow():
    return open_month("cdnow", "1998-06"), Plain(raw("cdnow", "1998-06"), 12)


@pytest.fixture(scope="module")
def retail(online_retail_folder):
    view = open_month("online_retail", "2011-11", "active_window_months: 3\nvalue_window_months: 3")
    return view, Plain(raw("online_retail", "2011-11"), 3)


@pytest.mark.parametrize(("name", "expected"), [("cdnow", CDNOW), ("retail", ONLINE_RETAIL)])
def test_cohorts_as_published(request, name, expected):
    view, plain = request.getfixturevalue(name)
    sizes = {month_text(month): int(n) for month, n in view.cohorts.table.customers.items()}
    assert sizes == expected
    assert {month: len(plain.cohort(month)) for month in expected} == expected
    assert sum(CDNOW.values()) == 23_570


@pytest.mark.parametrize("name", ["cdnow", "retail"])
def test_survival_and_margin_of_every_cohort_at_every_age(request, name):
    view, plain = request.getfixturevalue(name)
    table = view.cohorts.table
    active = {
        month: plain.active(month)
        for month in map(str, pd.period_range(plain.rows.month.min(), plain.rows.month.max(), freq="M"))
    }
    for cohort in table.customers.index:
        members = plain.cohort(month_text(cohort))
        for age in range(table.age(cohort) + 1):
            month = str(pd.Period(month_text(cohort), "M") + age)
            assert table.active.at[cohort, age] == len(members & active[month]), (cohort, age)
            assert table.margin.at[cohort, age] == plain.margin(month_text(cohort), age), (cohort, age)
        # By first purchase everybody is active in the month of acquisition.
        assert table.active.at[cohort, 0] == table.customers[cohort]


@pytest.mark.parametrize(
    ("name", "first", "last", "spans"),
    [("cdnow", "1997-01", "1997-03", (1, 3, 6, 12)), ("retail", "2011-03", "2011-05", (1, 3, 6))],
)
def test_second_purchases(request, name, first, last, spans):
    view, plain = request.getfixturevalue(name)
    who = view.beginnings.buyers
    assert (month_text(who.first), month_text(who.last), who.within) == (first, last, spans)
    row = view.beginnings.second.iloc[0]
    for span in spans:
        assert (row.customers, row[f"months_{span}"]) == plain.again(first, last, span)


def test_second_purchases_of_cdnow_are_these(cdnow):
    row = cdnow[0].beginnings.second.iloc[0]
    assert list(row[["customers", "months_1", "months_3", "months_6", "months_12"]]) == [
        23570,
        4116,
        6894,
        8868,
        10810,
    ]


@pytest.mark.parametrize(("name", "months"), [("cdnow", 12), ("retail", 8)])
def test_the_lost_of_earlier_months_who_came_back(request, name, months):
    view, plain = request.getfixturevalue(name)
    end = pd.Period(month_text(view.month), "M")
    for row in view.cohorts.returns.itertuples():
        month = end - row.months_ago
        lost = plain.active(str(month - 1)) - plain.active(str(month))
        since = set().union(*(plain.active(str(month + n)) for n in range(1, row.months_ago + 1)))
        assert (row.lost, row.came_back) == (len(lost), len(lost & since))
        assert row.active_now == len(lost & plain.active(str(end)))
    assert len(view.cohorts.returns) == months


@pytest.mark.parametrize("name", ["cdnow", "retail"])
def test_margin_per_head_at_equal_age_and_its_error(request, name):
    """Means and standard errors from single customers are those from sums and squares in the engine."""
    view, plain = request.getfixturevalue(name)
    plan, found = view.cohorts.plan, view.cohorts.differences["margin"]
    errors = []
    for generation, mean in ((plan.latest, found.now), (plan.earlier, found.then)):
        inside = (plain.first >= month_text(generation.first)) & (plain.first <= month_text(generation.last))
        first = plain.first[inside]
        rows = plain.rows[plain.rows.customer_id.isin(first.index)]
        age = (rows.month - rows.customer_id.map(first)).map(lambda gap: gap.n)
        brought = (
            rows.amount[(age >= 0) & (age <= plan.age)]
            .astype(float)
            .groupby(rows.customer_id)
            .sum()
            .reindex(first.index, fill_value=0)
        )
        assert float(mean) == pytest.approx(brought.mean(), rel=1e-9)
        errors.append(brought.var() / len(brought))
    assert found.error == pytest.approx(sum(errors), rel=1e-3)
    # Months that differ among themselves may widen the interval; nothing narrows it.
    reach = (found.high - found.low) / 2
    assert reach >= 1.95 * sum(errors) ** 0.5
    # Single months, as in CDNOW, have nothing to be widened by and tell no trend.
    if plan.length == 1:
        assert reach == pytest.approx(1.96 * sum(errors) ** 0.5, rel=0.004) and not found.measurable


@pytest.mark.parametrize("name", ["cdnow", "retail"])
def test_layers_are_the_margin_of_every_month(request, name):
    view, plain = request.getfixturevalue(name)
    table = view.cohorts.layers.table
    whole = plain.rows.groupby("month").amount.agg(lambda cells: sum(cells, Decimal(0)))
    for month, rows in table.groupby("month"):
        assert sum(rows.value, Decimal(0)) == whole[pd.Period(month, "M")]
    assert view.cohorts.check(view.history) == ({"cdnow": 18, "retail": 9}[name], table.month.nunique())


def test_what_these_companies_cannot_know_is_said(retail):
    found = figures_of(retail[0], BASE)
    for measure in ("profit", "acquisition_cost", "referred_customers", "activation_share", "payback_months"):
        assert set(found[found.measure == measure].status) == {"not_available"}, measure
    quarters = found[(found.dimension == "acquired_in") & (found.measure == "margin")]
    assert list(quarters.segment) == ["2011 Q1", "2011 Q2", "2011 Q3", "2011 Q4", "Before March 2011"]
