"""Small companies at the edges of the definitions, from files to results."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest
import yaml

from custlib import open_month
from custlib.results import value_of
from tests.figures import BASE, figures_of


def company(
    folder: Path, *, relationship: str = "non_contractual", settings: dict | None = None, **tables
) -> str:
    """Write a company of the given tables (lists of rows as mappings) and give its file."""
    folder.mkdir(parents=True, exist_ok=True)
    written = {
        "company": "edge", "title": "Edge", "currency": "EUR", "timezone": "UTC", "relationship": relationship,
        "connection": {"folder": "."}, "complete_through": "2024-12", "settings": settings or {}, "tables": {},
    }  # fmt: skip
    for name, rows in tables.items():
        pd.DataFrame(rows).to_parquet(folder / f"{name}.parquet")
        written["tables"][name] = {"from": f"{name}.parquet"}
    (folder / "edge.yaml").write_text(yaml.safe_dump(written))
    return str(folder / "edge.yaml")


def bought(name: str, *days: date, amount: float = 10.0) -> list[dict]:
    return [{"customer_id": name, "date": pd.Timestamp(day), "amount": amount} for day in days]


def months(first: int, last: int, year: int = 2024) -> list[date]:
    return [date(year + (m - 1) // 12, (m - 1) % 12 + 1, 5) for m in range(first, last + 1)]


def test_under_a_contract_paying_makes_nobody_a_customer(tmp_path):
    log = bought("payer", date(2024, 1, 20), date(2024, 3, 2)) + bought("stranger", date(2024, 2, 2))
    listed = [
        {"customer_id": "payer", "acquired_on": date(2024, 2, 10), "closed_on": None},
        {"customer_id": "other", "acquired_on": date(2023, 5, 1), "closed_on": date(2024, 2, 29)},
    ]
    path = company(tmp_path, relationship="contractual", transactions=log, customers=listed)
    found = open_month(path, "2024-02").results_frame
    assert value_of(found, "new_customers", 1) == 1
    assert value_of(found, "won_back_customers", 1) == 0
    assert value_of(found, "lost_customers", 1) == 1
    assert set(found[found.measure == "came_back_share"].status) <= {"not_available"}


def test_a_contract_opened_and_closed_in_the_month_is_valued_with_the_leavers(tmp_path):
    log = [
        row for m in range(1, 14) for row in bought("kept", date(2023 + (m - 1) // 12, (m - 1) % 12 + 1, 3))
    ]
    log += bought("brief", date(2024, 2, 12), amount=36.0)
    listed = [
        {"customer_id": "kept", "acquired_on": date(2022, 1, 1), "closed_on": None},
        {"customer_id": "brief", "acquired_on": date(2024, 2, 10), "closed_on": date(2024, 2, 20)},
    ]
    path = company(tmp_path, relationship="contractual", transactions=log, customers=listed)
    view = open_month(path, "2024-02")
    found = view.results_frame
    assert value_of(found, "lost_customers", 1) == value_of(found, "new_customers", 1) == 1
    assert value_of(found, "lost_annual_margin", 1) == 36
    assert view.reasons(1).customers.sum() == 1


def test_an_attribute_of_somebody_not_yet_acquired_is_not_known(tmp_path):
    log = bought("early", date(2024, 5, 10)) + bought("other", date(2024, 1, 3), date(2024, 6, 3))
    listed = [
        {"customer_id": "early", "acquired_on": date(2024, 7, 2), "kind": "shop"},
        {"customer_id": "other", "acquired_on": date(2024, 1, 1), "kind": "web"},
    ]
    path = company(
        tmp_path, transactions=log, customers=listed, settings={"segments": ["kind"], "min_group": 1}
    )
    before, after = (
        open_month(path, month).base.execute().set_index("customer_id").kind
        for month in ("2024-06", "2024-07")
    )
    assert (before["early"], after["early"]) == ("unknown", "shop")


def test_money_that_begins_later_than_the_log_is_not_zero_before(tmp_path):
    log = [
        row
        for name in "abc"
        for row in bought(name, *months(1, 12, 2022), *months(1, 12, 2023), *months(1, 12))
    ]
    margin = [
        {"customer_id": name, "month": day.replace(day=1), "margin": 5.0}
        for name in "abc"
        for day in months(1, 12)
    ]
    path = company(tmp_path, transactions=log, customer_months=margin, settings={"active_window_months": 3})
    found = figures_of(open_month(path, "2024-06"), BASE)
    year = found[(found.dimension == "all") & (found.window_months == 12)].set_index("measure").status
    assert year["opening_active_margin"] == year["active_margin"] == "not_available"
    assert year["retained_customers"] == "ok"
    assert value_of(figures_of(open_month(path, "2024-12"), BASE), "active_margin", 12) == 3 * 12 * 5


def test_a_core_that_brings_more_than_the_whole_has_no_share(tmp_path):
    log, margin = [], []
    for name, brings in (("good", 9.0), ("dear", -1.0)):
        log += bought(name, *months(1, 12)) * (3 if name == "good" else 1)
        margin += [
            {"customer_id": name, "month": day.replace(day=1), "margin": brings} for day in months(1, 12)
        ]
    core = {"all": [{"metric": "transactions", "at_least": 2}]}
    path = company(
        tmp_path, transactions=log, customer_months=margin, settings={"active_window_months": 3, "core": core}
    )
    found = figures_of(open_month(path, "2024-12"), BASE)
    share = found[(found.measure == "core_margin_share") & (found.dimension == "all")].iloc[0]
    assert (share.status, share.value) == ("not_meaningful", "")


@pytest.mark.parametrize(("combine", "is_core"), [("mean", False), ("max", True)])
def test_a_mean_over_three_months_counts_the_months_without_a_purchase(tmp_path, combine, is_core):
    log = bought("a", *[date(2024, 12, 4)] * 9) + bought("a", date(2024, 1, 1))
    core = {"all": [{"metric": "transactions", "window_months": 3, "combine": combine, "at_least": 5}]}
    path = company(tmp_path, transactions=log, settings={"active_window_months": 3, "core": core})
    assert bool(open_month(path, "2024-12").base.execute().core[0]) is is_core


def test_large_money_does_not_break_a_run(tmp_path):
    log = [row for month in months(1, 12) for row in bought("a", month, amount=5e12)]
    found = open_month(
        company(tmp_path, transactions=log, settings={"active_window_months": 3}), "2024-12"
    ).results_frame
    assert value_of(found, "margin", 1) == Decimal("5000000000000")


def test_a_margin_share_of_large_money_is_exact(tmp_path):
    log = [row for month in months(1, 12) for row in bought("a", month, amount=4_000_000_000.5)]
    path = company(tmp_path, transactions=log, settings={"active_window_months": 3, "margin_share": 0.375})
    assert value_of(figures_of(open_month(path, "2024-12"), BASE), "margin", 1) == Decimal("1500000000.1875")


def test_a_row_dated_in_the_future_makes_no_month_complete(tmp_path):
    from custlib.company import load_company
    from custlib.data.checks import check, latest_complete_month
    from custlib.data.source import open_source

    path = Path(
        company(
            tmp_path,
            transactions=bought("a", *months(1, 4)) + bought("a", date(2024, 4, 28), date(2024, 11, 28)),
        )
    )
    path.write_text(path.read_text().replace("complete_through: 2024-12", "complete_through: 2024-01"))
    today = date(2024, 11, 21)
    with open_source(load_company(path)) as source:
        report = check(source, load_company(path), today=today)
        assert latest_complete_month(load_company(path), report, today) == date(2024, 4, 1)


def test_a_cache_that_lost_a_part_is_built_again(tmp_path, cache):
    log = [row for name in "ab" for row in bought(name, *months(1, 12))]
    path = company(tmp_path / "c", transactions=log, settings={"active_window_months": 3})
    before = open_month(path, "2024-12").results_frame
    for part in [*cache.rglob("panel/2024-10.parquet"), *cache.rglob("base-*/*.parquet")]:
        part.unlink()
    assert open_month(path, "2024-12").results_frame.equals(before)


@pytest.mark.parametrize("name", ["active", "products", "customer_id", "closure_reason", "margin_12"])
def test_a_segment_cannot_take_a_name_of_the_workbook(tmp_path, name):
    from custlib.errors import UsageError

    listed = [{"customer_id": "a", "acquired_on": date(2024, 1, 1), name: "x"}]
    path = company(
        tmp_path, transactions=bought("a", *months(1, 12)), customers=listed, settings={"segments": [name]}
    )
    with pytest.raises(UsageError, match="cannot be a segment"):
        open_month(path, "2024-12")


def test_without_a_log_neither_check_nor_report_calls_the_data_fit(tmp_path):
    from custlib.errors import DataError

    statement = [{"customer_id": "a", "month": day.replace(day=1), "margin": 5.0} for day in months(1, 12)]
    path = company(tmp_path, customer_months=statement)
    with pytest.raises(DataError, match="transactions: the company file names no such table"):
        open_month(path, "2024-12")
