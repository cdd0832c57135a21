"""`init` on folders as strangers have them, and the way from what it writes to data fit to report."""

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
TODAY = date(2026, 6, 15)

# latin-1, semicolons, decimal commas, dd/mm/yyyy, ids with leading zeros, two files with different columns
FIRST = """Kundennummer;Belegdatum;Umsatz in Euro;Artikel
00012;28/11/2025;1.234,50;Töpfe
00013;01/12/2025;-5,25;Blumen
00012;02/12/2025;19,90;Töpfe
"""
SECOND = """Kunde-Nr;Belegdatum;Umsatz in Euro;Artikel;Filiale
00012;05/01/2026;10,00;Töpfe;Köln
00014;31/01/2026;7,25;Äpfel;Bonn
;28/02/2026;3,00;Äpfel;Bonn
"""


@pytest.fixture
def nasty(tmp_path: Path) -> Path:
    folder = tmp_path / "Gärtnerei 2026"
    folder.mkdir()
    for name, text in (("verkauf_2025.csv", FIRST), ("verkauf_2026.csv", SECOND)):
        (folder / name).write_bytes(text.replace("\n", "\r\n").encode("latin-1"))
    (folder / "README.txt").write_text("what the files are")
    return folder


def opened(file: Path):
    company = load_company(file)
    with open_source(company) as source:
        log = source.con.con.execute("SELECT * FROM transactions ORDER BY date").fetchall()
        return log, check(source, company, today=TODAY)


def test_nasty_folder_is_fit_as_init_describes_it(nasty, tmp_path):
    file = tmp_path / "companies" / "garden.yaml"
    told = init(nasty, file)
    assert "settle the 4 lines marked CHOOSE" in told
    log, report = opened(file)
    assert report.violations == ()
    assert [row[0] for row in log] == ["00012", "00013", "00012", "00012", "00014", None]
    assert [row[1] for row in log][:2] == [date(2025, 11, 28), date(2025, 12, 1)]
    assert [row[2] for row in log][:3] == [Decimal("1234.5000"), Decimal("-5.2500"), Decimal("19.9000")]
    assert report.counts["source_amount"] == Decimal("1269.4000")
    assert report.counts["unattributed_rows"] == 1


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


def test_customers_are_found_beside_the_log(root, tmp_path):
    text = init(root / "data" / "sample")
    file = tmp_path / "sample.yaml"
    file.write_text(text)
    company = load_company(file)
    assert company.tables["transactions"].source == "transactions/*.parquet"
    assert company.tables["customers"].columns["acquired_on"] == "acquired_on"
    with open_source(company) as source:
        assert source.customers is not None


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
    assert "00012" not in file.read_text()
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
    assert "verkauf_*.csv" in text
