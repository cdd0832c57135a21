"""Behind every figure stand as many customers as it says, and they are worth what it says."""

from datetime import date
from decimal import Decimal

import pandas as pd
import pytest
import yaml
from ibis import _

from custlib import open_month
from custlib.data.collect import collect
from custlib.errors import CustlibError, UsageError
from custlib.month.behind import FIRST_YEAR, LINES, MEASURES, NOBODY, STOCKS
from custlib.month.figures import PAGES
from tests.figures import BASE, QUALITY, figures_of

WINDOWED = [
    *[
        (name, window)
        for name in LINES
        for window in (1, 12)
        if (name, window) != ("came_and_went_customers", 1)
    ],
    *[(name, None) for name in STOCKS],
    ("active_margin", 12),
    ("inactive_margin", 12),
    (FIRST_YEAR, 1),
]
# Without min_group, so that no segment is hidden and every one can be compared.
SHOWN = "min_group: 1\nvalue_window_months: 6"


@pytest.fixture(scope="module")
def view():
    return open_month("sample", "2026-06", SHOWN)


@pytest.fixture(scope="module")
def usual(reported):
    """Open the month as it was published, so that the figures of all its pages are there already."""
    reported("sample", "2026-06")
    return open_month("sample", "2026-06")


@pytest.fixture(scope="module")
def published(view):
    """Give the figures of the customer base by measure, window, dimension and segment."""
    rows = figures_of(view, BASE)
    rows = rows[rows.status == "ok"]
    return rows.set_index(["measure", "window_months", "dimension", "segment"])[["value", "unit", "n"]]


def window_of(published, measure, window):
    """Give the window under which a measure is published; a stock's is its own."""
    return window or published.loc[measure].index.get_level_values("window_months")[0]


def segments_of(published, measure, window, dimension):
    """Give a measure's figures by segment; none where all are suppressed."""
    key = (measure, window, dimension)
    index = published.index.droplevel("segment")
    return published[[each == key for each in index]].droplevel([0, 1, 2])


def agree(row, customers, worth, where):
    """Compare one published figure with the customers behind it."""
    if row.unit == "customers":
        assert int(row.value) == customers, where
        return
    if where[0] not in ("revenue", "volume"):  # they count buyers; money moves without a purchase too
        assert int(row.n) == customers, where
    if row.unit == "EUR":
        assert Decimal(row.value) == worth, where


@pytest.mark.parametrize(
    ("measure", "window"), [pair for pair in WINDOWED if not pair[0].startswith("moved")]
)
def test_rows_and_worth_are_the_published_figures_of_the_base_and_of_every_segment(
    view, published, measure, window
):
    behind = view.customers_behind(measure, window)
    counted = collect(
        behind.group_by(view.dimensions).agg(
            rows=_.count(), customers=_.customer_id.nunique(), worth=_.worth.sum()
        )
    )
    assert (counted.rows == counted.customers).all()
    window = window_of(published, measure, window)
    total = (counted.rows.sum(), sum(counted.worth, Decimal(0)))
    agree(published.loc[(measure, window, "all", "all")], *total, (measure,))
    for dimension in view.dimensions:
        assert set(counted[dimension]) <= set(view.stock(by=dimension).segment)
        for segment, row in segments_of(published, measure, window, dimension).iterrows():
            part = counted[counted[dimension] == segment]
            where = (measure, dimension, segment)
            agree(row, part.rows.sum(), sum(part.worth, Decimal(0)), where)


def test_the_core_share_is_that_of_the_customers_behind_it(view, published):
    whole = Decimal(published.loc[("active_margin", 6, "all", "all")].value)
    part = collect(view.customers_behind("core_margin_share").agg(worth=_.worth.sum())).worth[0]
    share = float(published.loc[("core_margin_share", 6, "all", "all")].value)
    assert float(part / whole) == pytest.approx(share, rel=1e-9)


@pytest.mark.parametrize("months", [1, 12])
@pytest.mark.parametrize("way", ["in", "out"])
def test_those_who_moved_are_found_by_the_segment_they_moved_into_or_out_of(view, published, way, months):
    measure, moved = f"moved_{way}_customers", 0
    for dimension in ("region", "core_status"):
        money = segments_of(published, f"moved_{way}_margin", months, dimension)
        for segment, row in segments_of(published, measure, months, dimension).iterrows():
            behind = view.customers_behind(measure, months, **{dimension: segment})
            found = collect(behind.group_by(dimension).agg(customers=_.count(), worth=_.worth.sum()))
            assert set(found[dimension]) <= {segment}
            assert int(row.value) == found.customers.sum()
            if segment in money.index:
                assert Decimal(money.loc[segment].value) == sum(found.worth, Decimal(0))
            moved += int(row.value)
    assert moved > 0


def test_a_segment_is_named_by_the_end_of_its_column_and_several_must_all_hold(view):
    both = view.customers_behind("lost_customers", 12, channel="web", region="Harbour")
    frame = collect(both)
    assert len(frame) and set(frame.acquisition_channel) == {"web"} and set(frame.region) == {"Harbour"}
    whole = collect(view.customers_behind("lost_customers", 12))
    chosen = whole[(whole.acquisition_channel == "web") & (whole.region == "Harbour")]
    assert sorted(chosen.customer_id) == sorted(frame.customer_id)


def test_any_attribute_of_the_customer_list_chooses(view):
    attributes = collect(view.values.select("customer_id", "age_band", "contract"))
    whole = collect(view.customers_behind("active_customers")).merge(attributes, on="customer_id")
    band = whole.age_band.mode()[0]
    found = collect(view.customers_behind("active_customers", age_band=band, contract=True))
    expected = whole[(whole.age_band == band) & whole.contract.eq(True)]
    assert sorted(found.customer_id) == sorted(expected.customer_id) and len(found)


def test_the_worth_of_leavers_is_their_last_active_year(view):
    lost = collect(view.customers_behind("lost_customers", 12))
    leaver = lost.sort_values("worth", ascending=False).iloc[0]
    panel = collect(view.panel.filter(_.customer_id == leaver.customer_id)).set_index("month").sort_index()
    last = pd.Timestamp(leaver.last_active)
    year = panel.loc[last - pd.DateOffset(months=11) : last]
    assert leaver.worth == sum(year.margin) and len(year) == 12


def test_reasons_for_leaving_are_a_segment_too(view):
    reasons = view.reasons(12)
    reason = reasons[reasons.recorded].iloc[0]
    behind = collect(view.customers_behind("lost_customers", 12, reason=reason.reason))
    assert (len(behind), behind.worth.sum()) == (reason.customers, reason.value)


@pytest.mark.parametrize(
    ("measure", "window", "segments", "said"),
    [
        ("lost_custmers", None, {}, "no figure is called 'lost_custmers'; did you mean 'lost_customers'?"),
        ("exchange_rate_first_year", None, {}, "no customers stand behind exchange_rate_first_year: it is a ratio"),
        ("source_rows", None, {}, "no list of customers is made for source_rows"),
        ("lost_customers", None, {"chanel": "web"}, "no column 'chanel'; did you mean"),
        ("lost_customers", None, {"channel": "wbe"}, "no customer has acquisition_channel 'wbe'; did you mean 'web'"),
        ("lost_customers", None, {"active": "yes"}, "active holds boolean, not 'yes'"),
        ("lost_customers", 3, {}, "lost_customers has a window of 1 or 12 months, not of 3"),
        ("active_customers", 12, {}, "active_customers has a window of 3 months, not of 12"),
        ("came_and_went_customers", 1, {}, "came_and_went_customers has a window of 12 months"),
        ("moved_in_customers", None, {}, "is counted by segment only"),
    ],
)  # fmt: skip
def test_what_cannot_be_answered_is_refused_with_the_nearest_name(usual, measure, window, segments, said):
    with pytest.raises(UsageError, match=said.replace("?", r"\?")):
        usual.customers_behind(measure, window, **segments)


def test_an_id_that_nobody_has_is_refused_without_naming_another(view):
    with pytest.raises(UsageError) as refusal:
        view.customers_behind("active_customers", customer_id="0001002x")
    assert str(refusal.value) == "no customer has customer_id '0001002x'"


def test_a_text_that_cannot_be_encoded_is_refused(view):
    with pytest.raises(UsageError, match="a character of it is broken"):
        view.customers_behind("active_customers", customer_id="\ud800")


def test_every_figure_of_the_results_is_answered_or_refused_with_its_reason(usual):
    for measure in set(collect(usual.results.select("measure").distinct()).measure) - set(MEASURES):
        with pytest.raises(
            UsageError, match=f"^no (customers stand behind|list of customers is made for) {measure}"
        ):
            usual.customers_behind(measure)
    assert set(NOBODY).isdisjoint(MEASURES)


def test_what_the_data_do_not_reach_back_for_is_not_available():
    early = open_month("sample", "2023-12")
    with pytest.raises(UsageError, match="with a window of 12 months is not available in 2023-12"):
        early.customers_behind("lost_customers", 12)
    # The log begins in July 2023: who left is known, but not what they brought in a whole year.
    lost = collect(early.customers_behind("lost_customers"))
    assert len(lost) and lost.worth.isna().all()


def test_a_company_that_has_its_whole_history_had_nobody_before_its_data_begin(tmp_path):
    # a buys in every month, b in the first only, c from May on: in June a and c are active, all new in 12 months.
    bought = {"a": range(1, 13), "b": [1], "c": range(5, 13)}
    rows = [(name, pd.Timestamp(2024, month, 5), 10.0) for name, every in bought.items() for month in every]
    log = pd.DataFrame(rows, columns=["customer_id", "date", "amount"])
    log.to_parquet(tmp_path / "transactions.parquet")
    company = {
        "company": "young", "title": "Young", "currency": "EUR", "timezone": "UTC", "history": "complete",
        "relationship": "non_contractual", "connection": {"folder": "."}, "complete_through": "2024-12",
        "settings": {"active_window_months": 3}, "tables": {"transactions": {"from": "transactions.parquet"}},
    }  # fmt: skip
    (tmp_path / "young.yaml").write_text(yaml.safe_dump(company))
    view = open_month(str(tmp_path / "young.yaml"), "2024-06")
    rows = figures_of(view, BASE)
    rows = rows[(rows.window_months == 12) & (rows.dimension == "all") & (rows.status == "ok")]
    figures = rows.set_index("measure").value
    for measure, who in (("new_customers", ["a", "c"]), ("opening_active_customers", [])):
        behind = collect(view.customers_behind(measure, 12))
        assert sorted(behind.customer_id) == who and int(figures[measure]) == len(who)
    assert view.known_at(date(2023, 6, 1)).schema() == view.known.schema()
    with pytest.raises(UsageError, match=r"(?s)nothing is known of 2024-09.*the data of 2024-01 to 2024-06"):
        view.known_at(date(2024, 9, 1))


def test_a_contract_opened_and_closed_in_one_month_is_behind_new_and_lost(tmp_path):
    log = [
        {"customer_id": "kept", "date": pd.Timestamp(2023, month, 3), "amount": 5.0} for month in range(1, 13)
    ]
    log += [{"customer_id": "kept", "date": pd.Timestamp(2024, 2, 3), "amount": 5.0}]
    log += [{"customer_id": "brief", "date": pd.Timestamp(2024, 2, 12), "amount": 36.0}]
    listed = [
        {"customer_id": "kept", "acquired_on": date(2022, 1, 1), "closed_on": None, "kind": "old"},
        {
            "customer_id": "brief",
            "acquired_on": date(2024, 2, 10),
            "closed_on": date(2024, 2, 20),
            "kind": "late",
        },
    ]
    for name, rows in (("transactions", log), ("customers", listed)):
        pd.DataFrame(rows).to_parquet(tmp_path / f"{name}.parquet")
    company = {
        "company": "edge", "title": "Edge", "currency": "EUR", "timezone": "UTC", "relationship": "contractual",
        "connection": {"folder": "."}, "complete_through": "2024-12", "settings": {"segments": ["kind"]},
        "tables": {name: {"from": f"{name}.parquet"} for name in ("transactions", "customers")},
    }  # fmt: skip
    (tmp_path / "edge.yaml").write_text(yaml.safe_dump(company))
    view = open_month(str(tmp_path / "edge.yaml"), "2024-02")
    for measure in ("new_customers", "lost_customers", "lost_margin"):
        (row,) = collect(view.customers_behind(measure, kind="late")).itertuples()
        assert (row.customer_id, row.status, row.worth) == ("brief", "came_and_went", 36)
    assert collect(view.customers_behind("retained_customers")).customer_id.tolist() == ["kept"]


def test_results_are_a_table_of_numbers_and_two_months_can_be_joined(view, monkeypatch):
    # A join needs one page of each month; fitting their models would prove nothing here.
    for page in set(PAGES) - {QUALITY, BASE}:
        monkeypatch.delitem(PAGES, page)
    now = view.months_ago(0).results
    assert set(collect(now.notebook.as_table().distinct()).notebook) == set(PAGES)
    earlier = view.months_ago(12)
    assert earlier.month == date(2025, 6, 1) and earlier.company is view.company
    key = ["measure", "window_months", "dimension", "segment"]
    both = now.inner_join(earlier.results, key).filter(_.measure == "active_customers")
    (row,) = collect(both.filter(_.dimension == "all")).itertuples()
    assert (row.value, row.value_right) == (1836, 1515)
    stayed = view.base.filter(_.active).inner_join(earlier.base.filter(_.active), "customer_id")
    assert collect(stayed.agg(customers=_.count())).customers[0] == view.bridge(12).retained
    assert collect(now.filter(_.status != "ok", _.value.notnull())).empty


def test_values_are_one_row_per_customer_of_the_base_with_what_the_list_says(view):
    counted = collect(
        view.values.agg(rows=_.count(), customers=_.customer_id.nunique(), costs=_.acquisition_cost.count())
    ).iloc[0]
    assert counted.rows == counted.customers == collect(view.base.agg(rows=_.count())).rows[0]
    assert counted.costs > 0


def test_an_opened_month_whose_tables_were_removed_says_so(tmp_path, cache):
    days = pd.date_range("2024-01-01", "2024-12-01", freq="MS") + pd.Timedelta(days=4)
    log = pd.DataFrame({"customer_id": "a", "date": days, "amount": 5.0})
    log.to_parquet(tmp_path / "transactions.parquet")
    company = {
        "company": "edge", "title": "Edge", "currency": "EUR", "timezone": "UTC",
        "relationship": "non_contractual", "connection": {"folder": "."}, "complete_through": "2024-12",
        "tables": {"transactions": {"from": "transactions.parquet"}},
    }  # fmt: skip
    (tmp_path / "edge.yaml").write_text(yaml.safe_dump(company))
    view = open_month(str(tmp_path / "edge.yaml"), "2024-12")
    panel = view.panel
    next((cache / "edge" / "panel").glob("2024-03-*.parquet")).unlink()
    with pytest.raises(CustlibError, match="no longer in the cache"):
        view.panel  # noqa: B018
    with pytest.raises(CustlibError, match="removed while it was read"):
        collect(panel)
    assert len(collect(open_month(str(tmp_path / "edge.yaml"), "2024-12").panel)) == 12


class TestTopCustomers:
    def test_only_where_the_company_says_that_customers_are_firms(self, view):
        with pytest.raises(UsageError, match="sample: single customers are not named"):
            view.top_customers()

    def test_the_largest_by_margin_with_their_share_of_the_whole(self):
        firms = open_month("sample", "2026-06", "b2b: true")
        top = firms.top_customers(7)
        base = collect(firms.base).sort_values(["value", "customer_id"], ascending=[False, True]).head(7)
        assert top.customer_id.tolist() == base.customer_id.tolist()
        assert top.margin.tolist() == base.value.tolist()
        whole = collect(firms.base.agg(whole=_.value.sum())).whole[0]
        assert top.share.tolist() == [float(margin / whole) for margin in base.value]
        with pytest.raises(UsageError, match="n must be at least 1, not 0"):
            firms.top_customers(0)

    def test_nobody_is_ranked_before_the_data_fill_the_window(self):
        early = open_month("sample", "2023-12", "b2b: true").top_customers()
        assert early.empty and list(early.columns) == ["customer_id", "margin", "share"]
