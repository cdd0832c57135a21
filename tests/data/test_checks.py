"""The figures of the public data sets, the parts that add up, and when a month is complete."""

import pickle
from datetime import date
from decimal import Decimal

import duckdb
import pandas as pd
import pytest
import yaml

from custlib.company import load_company
from custlib.data.checks import check, latest_complete_month, require_complete
from custlib.data.source import open_source
from custlib.errors import DataError, NotComplete

TODAY = date(2026, 6, 15)


def cents(amount: Decimal) -> Decimal:
    return round(amount, 2)


def to_month(report, month: str) -> dict:
    past = report.months[report.months["month"] <= month]
    return {name: past[name].sum() for name in past if name.endswith(("rows", "amount"))}


@pytest.fixture
def retail(online_retail_folder, cache):
    company = load_company("online_retail")
    with open_source(company) as source:
        yield company, check(source, company, today=TODAY)


def test_online_retail_as_published(retail):
    """UCI Online Retail: rows, invoices' total, rows without a customer, exact duplicates."""
    _, report = retail
    assert report.exit_code == 0
    assert report.counts["source_rows"] == 541_909
    assert cents(report.counts["source_amount"]) == Decimal("9747747.93")
    assert report.counts["unattributed_rows"] == 135_080
    assert report.counts["exact_duplicates"] == 5_268
    assert report.counts["transactions_ids_mended"] == 406_829
    november = to_month(report, "2011-11")
    assert november["rows"] == 516_384
    assert cents(november["amount"]) == Decimal("9314079.92")
    assert november["unattributed_rows"] == 127_216
    assert cents(november["unattributed_amount"]) == Decimal("1356520.49")
    assert report.later_rows(date(2011, 11, 1)) == 541_909 - 516_384


def test_online_retail_against_pandas(retail, online_retail_folder):
    _, report = retail
    frame = pd.read_parquet(next(online_retail_folder.glob("*.parquet")))
    assert report.counts["exact_duplicates"] == frame.duplicated().sum()
    by_month = frame.groupby(frame["InvoiceDate"].dt.strftime("%Y-%m"))
    assert report.months["rows"].tolist() == by_month.size().tolist()
    assert report.months["attributed_rows"].tolist() == by_month["CustomerID"].count().tolist()


def test_december_2011_is_not_complete(retail):
    company, report = retail
    assert latest_complete_month(company, report, TODAY) == date(2011, 11, 1)
    require_complete(company, report, date(2011, 11, 1), TODAY)
    with pytest.raises(
        NotComplete, match="2011-12 is not complete: the last transaction is dated 2011-12-09"
    ):
        require_complete(company, report, date(2011, 12, 1), TODAY)


@pytest.mark.real_data
def test_cdnow_as_published(cache):
    """Fader and Hardie's CDNOW master file, out of the lifetimes wheel."""
    company = load_company("cdnow")
    try:
        with open_source(company) as source:
            report = check(source, company, today=TODAY)
            customers = source.transactions.customer_id.nunique().execute()
    except DataError as error:
        if "could not be downloaded" in str(error):
            pytest.skip(str(error).splitlines()[0])
        raise
    assert customers == 23_570
    assert report.counts["source_rows"] == 69_659
    assert report.counts["source_amount"] == Decimal("2500315.63")
    assert report.exit_code == 0
    assert latest_complete_month(company, report, TODAY) == date(1998, 6, 1)


@pytest.fixture
def shop(tmp_path, cache):
    """Give a function that checks a log written as CSV rows: customer, date, amount."""

    def checked(rows: list[str], today: date = TODAY, months: str | None = None, **more):
        (tmp_path / "log.csv").write_text("\n".join(["customer_id,date,amount", *rows]) + "\n")
        tables = {"transactions": {"from": "log.csv"}}
        if months:
            (tmp_path / "months.csv").write_text("customer_id,month,margin\n" + months)
            tables["customer_months"] = {"from": "months.csv"}
        told = {
            "company": "shop", "title": "A shop", "currency": "EUR", "relationship": "non_contractual",
            "connection": {"folder": "."}, "tables": tables, **more,
        }  # fmt: skip
        (tmp_path / "shop.yaml").write_text(yaml.safe_dump(told))
        company = load_company(tmp_path / "shop.yaml")
        with open_source(company) as source:
            return company, check(source, company, today=today)

    return checked


def test_parts_of_each_month_are_sums_of_their_own_and_add_up(shop):
    _, report = shop(["A,2026-01-05,10", ",2026-01-06,2.5", "A,2026-02-01,-4", "B,2026-02-02,0"])
    months = report.months
    assert months["month"].tolist() == ["2026-01", "2026-02"]
    assert (
        months["rows"] == months["attributed_rows"] + months["unattributed_rows"] + months["excluded_rows"]
    ).all()
    assert months["amount"].tolist() == [Decimal("12.5"), Decimal("-4")]
    assert months["attributed_amount"].tolist() == [Decimal("10"), Decimal("-4")]
    assert months["return_amount"].tolist() == [Decimal("0"), Decimal("-4")]
    assert months["zero_rows"].tolist() == [0, 1]
    assert months["last_date"].tolist() == [date(2026, 1, 6), date(2026, 2, 2)]
    assert report.first_month == date(2026, 1, 1)


def test_examples_are_five_at_most_and_the_same_every_time(shop):
    _, report = shop([f"C{i:02d},2026-01-05,x" for i in range(40, 0, -1)])
    (violation, *_) = report.violations
    assert violation.count == 40
    assert violation.examples == tuple(f"customer C{i:02d}, 2026-01-05: x" for i in range(1, 6))
    assert "C01" not in pickle.dumps(report.without_examples()).decode("latin-1")


@pytest.mark.parametrize(
    ("last", "today", "latest"),
    [
        ("2026-05-31", "2026-06-01", "2026-05"),  # ended yesterday
        ("2026-05-22", "2026-06-15", "2026-05"),  # the first of the last ten days
        ("2026-05-21", "2026-06-15", "2026-04"),  # one day too early
        ("2026-06-10", "2026-06-15", "2026-05"),  # the month runs still
        ("2026-06-30", "2026-06-30", "2026-05"),  # and does so on its last day
        ("2026-06-30", "2026-07-01", "2026-06"),
        ("2099-01-01", "2026-06-15", "2026-04"),  # a row in the future proves nothing
    ],
)
def test_month_is_complete_when_it_has_ended_and_its_last_days_have_come(shop, last, today, latest):
    rows = ["A,2026-03-31,1", "A,2026-04-30,1", f"A,{last},1"]
    company, report = shop(rows, today=date.fromisoformat(today))
    assert str(latest_complete_month(company, report, date.fromisoformat(today)))[:7] == latest


def test_declared_months_are_complete_though_their_last_days_are_empty(shop):
    rows = ["A,2026-04-30,1", "A,2026-05-03,1"]
    company, report = shop(rows, complete_through="2026-05")
    assert latest_complete_month(company, report, TODAY) == date(2026, 5, 1)


def test_tolerance_is_a_setting(shop):
    company, report = shop(["A,2026-05-03,1"], settings={"complete_tolerance_days": 31})
    assert latest_complete_month(company, report, TODAY) == date(2026, 5, 1)


def test_month_waits_for_the_margins_that_are_its_money(shop):
    company, report = shop(["A,2026-04-30,1", "A,2026-05-31,1"], months="A,2026-04,1\n")
    assert latest_complete_month(company, report, TODAY) == date(2026, 4, 1)
    with pytest.raises(NotComplete, match="2026-05 is not complete: customer_months ends with 2026-04"):
        require_complete(company, report, date(2026, 5, 1), TODAY)


def test_no_month_is_complete(shop):
    company, report = shop(["A,2026-06-03,1"])
    with pytest.raises(NotComplete):
        latest_complete_month(company, report, TODAY)
    with pytest.raises(NotComplete, match="no month is complete yet"):
        require_complete(company, report, date(2026, 6, 1), TODAY)


def test_rows_of_the_filter_do_not_move_the_beginning_of_the_data(tmp_path, shop):
    with duckdb.connect() as con:
        con.execute(
            "COPY (SELECT 'A' AS customer_id, unnest([DATE '1971-01-01', DATE '2026-05-31']) AS date, 1 AS amount) "
            f"TO '{tmp_path / 'log.parquet'}' (FORMAT parquet)"
        )
    table = {"from": "log.parquet", "filter": "date > '2000-01-01'"}
    _, report = shop([], tables={"transactions": table})
    assert report.fit
    assert report.first_month == date(2026, 5, 1)
    assert report.counts["excluded_filter_rows"] == 1


def test_parts_of_the_log_add_up(shop):
    _, report = shop(["A,2026-01-05,10", ",2026-01-06,2.5", "A,2026-03-01,-4"])
    whole, *parts = report.parts()
    assert whole == ("all transactions", 3, Decimal("8.5"))
    assert parts == [("of a customer", 2, Decimal("6")), ("of nobody known", 1, Decimal("2.5"))]
    (violation,) = report.violations
    assert violation.line == "transactions.date: months without a row (1 month)"
    assert violation.hint == "no row is dated in 2026-02: is a file missing?"
    assert report.exit_code == 1
