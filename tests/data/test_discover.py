"""`init` on folders as strangers have them, and the way from what it writes to data fit to report."""

import importlib.util
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from custlib.company import load_company
from custlib.data.checks import check
from custlib.data.discover import init
from custlib.data.source import open_source
from custlib.errors import DataError, UsageError

pytestmark = pytest.mark.usefixtures("cache")
TODAY = date(2026, 7, 15)

_spec = importlib.util.spec_from_file_location("stranger", Path(__file__).with_name("stranger.py"))
stranger = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(stranger)


@pytest.fixture
def nasty(tmp_path: Path) -> Path:
    folder = tmp_path / "Gärtnerei 2026"
    stranger.write(folder)
    return folder


def opened(file: Path):
    company = load_company(file)
    with open_source(company) as source:
        log = source.con.con.execute("SELECT * FROM transactions ORDER BY date").fetchall()
        return log, check(source, company, today=TODAY)


def test_strangers_folder_is_fit_as_init_describes_it(nasty, tmp_path):
    """Every amount, day and leading zero arrives, though nothing in the folder is as it should be."""
    file = tmp_path / "companies" / "garden.yaml"
    assert "settle the 4 lines marked CHOOSE" in init(nasty, file)
    written = stranger.purchases()
    log, report = opened(file)
    assert report.violations == ()
    assert report.counts["source_amount"] == sum(Decimal(str(row[2])) for row in written)
    assert report.counts["unattributed_rows"] == sum(row[0] == "" for row in written)
    assert sorted((row[0] or "", row[1]) for row in log) == sorted(row[:2] for row in written)
    company = load_company(file)
    assert company.tables["transactions"].source == "Verkäufe *.csv"
    assert company.tables["customers"].columns["acquisition_channel"] == "Werbeweg"


def test_second_log_under_another_name_is_pointed_out(nasty):
    (nasty / "Verkäufe 2026.csv").rename(nasty / "Neuer Laden.csv")
    assert "  # CHOOSE: Neuer Laden.csv looks like transactions too" in init(nasty)


def test_day_and_month_are_never_guessed(tmp_path):
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "sales.csv").write_text("client,date,amount\nA,03/04/2026,1.00\nB,05/06/2026,2.00\n")
    file = tmp_path / "shop.yaml"
    init(folder, file)
    text = file.read_text()
    assert '# date_format: "%d/%m/%Y"' in text
    assert '# date_format: "%m/%d/%Y"' in text
    with pytest.raises(DataError, match=r"transactions.date: ambiguous date \(2 rows\)"):
        opened(file)[1].raise_if_unfit()
    file.write_text(text.replace('# date_format: "%d/%m/%Y"', 'date_format: "%d/%m/%Y"'))
    log, report = opened(file)
    assert report.fit
    assert [row[1] for row in log] == [date(2026, 4, 3), date(2026, 6, 5)]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("13/04/2026", "%d/%m/%Y"),
        ("04/13/2026", "%m/%d/%Y"),
        ("13.04.26", "%d.%m.%y"),
        ("20260413", "%Y%m%d"),
    ],
)
def test_a_day_above_twelve_proves_the_order(tmp_path, written, expected):
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "sales.csv").write_text(f"client,date,amount\nA,{written},1.00\n")
    file = tmp_path / "shop.yaml"
    init(folder, file)
    log, report = opened(file)
    assert load_company(file).tables["transactions"].options.date_format == expected
    assert report.fit
    assert log[0][1] == date(2026, 4, 13)


def test_online_retail_is_recognised_whole(online_retail_folder, tmp_path):
    file = tmp_path / "retail.yaml"
    init(online_retail_folder, file)
    _, report = opened(file)
    assert report.counts["source_rows"] == 541_909
    assert round(report.counts["source_amount"], 2) == Decimal("9747747.93")


def test_customers_and_tables_called_as_in_the_contract_are_found_beside_the_log(root, tmp_path):
    file = tmp_path / "sample.yaml"
    assert "settle the 4 lines" in init(root / "data" / "sample", file)
    company = load_company(file)
    assert set(company.tables) == set(load_company("sample").tables)
    assert company.tables["transactions"].source == "transactions/*.parquet"
    assert company.tables["customers"].columns["acquired_on"] == "acquired_on"
    assert company.tables["customer_months"].columns["average_balance"] == "average_balance"
    with open_source(company) as source:
        assert source.customers is not None
        report = check(source, company, today=TODAY)
    assert report.violations == ()
    assert report.counts["surveys_rows"] > report.counts["surveys_unanswered_rows"] > 0


def test_table_called_as_in_the_contract_with_other_columns_is_left_to_a_person(tmp_path):
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "sales.csv").write_text("client,date,amount\nA,2026-01-05,1.00\n")
    (folder / "products.csv").write_text("sku,colour\nP1,red\n")
    (folder / "feedback 2025.csv").write_text("Date,Verbatim,Mood\n31.01.2025,Nice,3\n")
    file = tmp_path / "shop.yaml"
    text = init(folder)
    init(folder, file)
    assert (
        "  # products.csv: not used; the other tables there may be: costs, customer_months, surveys" in text
    )
    company = load_company(file)
    assert company.tables["feedback"].columns == {"date": "Date", "verbatim": "Verbatim"}
    assert company.tables["feedback"].options.date_format == "%d.%m.%Y"
    assert opened(file)[1].fit


def test_database_is_looked_at_read_only(tmp_path):
    file = tmp_path / "shop.duckdb"
    with duckdb.connect(str(file)) as con:
        con.execute("CREATE TABLE sales AS SELECT 'A' AS customer_id, DATE '2026-01-05' AS day, 3.5 AS total")
        con.execute(
            "CREATE SCHEMA crm; CREATE TABLE crm.people AS SELECT 'A' AS customer_id, 'web' AS channel"
        )
    before = file.stat().st_mtime_ns
    described = tmp_path / "shop.yaml"
    init(file, described)
    log, report = opened(described)
    assert log[0][:3] == ("A", date(2026, 1, 5), Decimal("3.5000"))
    assert load_company(described).tables["customers"].source == "crm.people"
    assert report.fit
    assert file.stat().st_mtime_ns == before


def test_what_is_written_holds_no_value_and_is_never_written_over(nasty, tmp_path):
    file = tmp_path / "garden.yaml"
    init(nasty, file)
    assert "000012" not in file.read_text()
    with pytest.raises(UsageError, match="exists already"):
        init(nasty, file)


def test_nothing_to_look_at(tmp_path):
    with pytest.raises(UsageError, match="there is no folder or file"):
        init(tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="nothing in 'empty' can be read as a table"):
        init(tmp_path / "empty")


def test_file_nobody_can_read_is_named_and_the_others_are_described(nasty):
    (nasty / "broken.xlsx").write_bytes(b"not a workbook")
    text = init(nasty)
    assert "# not read: init: file 'broken.xlsx' cannot be read as an Excel workbook" in text
    assert "Verkäufe *.csv" in text
