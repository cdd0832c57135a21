"""A month is complete by the clock and by the data, or by the file that says they have come."""

from datetime import date

import pandas as pd
import pytest

from custlib.company import load_company
from custlib.data.complete import latest_complete_month, require_complete, why_not_yet
from custlib.data.report import CheckReport
from custlib.errors import NotComplete, UsageError

TODAY = date(2026, 6, 15)
COMPANY = """
company: shop
title: Shop
connection: {folder: data}
currency: GBP
relationship: non_contractual
success_file: "{month}/_SUCCESS"
tables:
  transactions: {from: log.csv}
"""


def reported(*days: date) -> CheckReport:
    """Give the report of a log with rows on these days."""
    months = pd.DataFrame(
        {"month": [f"{day:%Y-%m}" for day in days], "first_date": days, "last_past_date": days, "rows": 1}
    )
    return CheckReport((), (), {}, months)


@pytest.fixture
def shop(tmp_path):
    """Give the company and a function that marks a month as delivered."""
    (tmp_path / "data").mkdir()
    (tmp_path / "shop.yaml").write_text(COMPANY)

    def deliver(month: str) -> None:
        (tmp_path / "data" / month).mkdir()
        (tmp_path / "data" / month / "_SUCCESS").touch()

    return load_company(tmp_path / "shop.yaml"), deliver


def test_the_latest_month_is_the_last_whose_file_is_there(shop):
    company, deliver = shop
    deliver("2026-03")
    deliver("2026-04")
    report = reported(date(2026, 1, 2), date(2026, 5, 30))
    # May has rows to its end, and yet its file has not come
    assert latest_complete_month(company, report, TODAY) == date(2026, 4, 1)
    require_complete(company, report, date(2026, 4, 1), TODAY)
    with pytest.raises(NotComplete) as refusal:
        require_complete(company, report, date(2026, 5, 1), TODAY)
    first, second = str(refusal.value).splitlines()
    assert first.startswith("2026-05 is not complete: the file 2026-05/_SUCCESS is not in ")
    assert second == "  the latest complete month is 2026-04; the month is reported once that file is there"


def test_the_file_is_enough_though_the_last_days_are_empty(shop):
    company, deliver = shop
    deliver("2026-05")
    assert latest_complete_month(company, reported(date(2026, 5, 2)), TODAY) == date(2026, 5, 1)


def test_a_month_that_has_not_ended_is_not_complete_whatever_lies_there(shop):
    company, deliver = shop
    deliver("2026-06")
    assert why_not_yet(company, date(2026, 6, 1), TODAY) == "it ends on 2026-06-30"
    with pytest.raises(
        NotComplete, match=r"no month since 2026-05 is complete\n  looked for \{month\}/_SUCCESS in "
    ):
        latest_complete_month(company, reported(date(2026, 5, 2)), TODAY)


def test_a_folder_of_that_name_is_no_file(shop, tmp_path):
    company, _ = shop
    (tmp_path / "data" / "2026-05" / "_SUCCESS").mkdir(parents=True)
    assert why_not_yet(company, date(2026, 5, 1), TODAY) is not None


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("_SUCCESS", "a path with {month} in it"),
        ("{month}/{day}", "a path with {month} in it"),
        ("{month}*/_SUCCESS", "a path with {month} in it"),
        ("/data/{month}", "a file inside the connection's folder"),
        ("../{month}/_SUCCESS", "a file inside the connection's folder"),
        ("a/../../{month}", "a file inside the connection's folder"),
        ("{month}/", "a file inside the connection's folder"),
    ],
)
def test_a_path_that_cannot_be_one_file_of_each_month_is_refused(tmp_path, written, said):
    (tmp_path / "shop.yaml").write_text(COMPANY.replace("{month}/_SUCCESS", written))
    with pytest.raises(UsageError, match=f"success_file: {said}"):
        load_company(tmp_path / "shop.yaml")


def test_only_a_folder_has_files_and_only_one_rule_decides(tmp_path):
    (tmp_path / "shop.yaml").write_text(COMPANY.replace("folder: data", "duckdb: shop.duckdb"))
    with pytest.raises(UsageError, match=r"success_file goes with connection\.folder"):
        load_company(tmp_path / "shop.yaml")
    (tmp_path / "shop.yaml").write_text(COMPANY + "complete_through: 2026-05\n")
    with pytest.raises(UsageError, match="complete_through and success_file both say when"):
        load_company(tmp_path / "shop.yaml")
