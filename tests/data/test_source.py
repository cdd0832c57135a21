"""From files as companies have them to the tables of the contract."""

import gzip
import os
import stat
import subprocess
import sys
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import openpyxl
import pytest
import yaml

from custlib.company import load_company
from custlib.data import fetch
from custlib.data.cache import cache_root
from custlib.data.checks import check
from custlib.data.source import open_source
from custlib.errors import CustlibError, DataError, UsageError

pytestmark = pytest.mark.usefixtures("cache")
TODAY = date(2026, 6, 15)
PLAIN = {"customer_id": "customer", "date": "day", "amount": "amount"}


class Shop:
    """A company made of the files a test writes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.tables: dict[str, dict] = {}
        self.more: dict = {"connection": {"folder": "."}}

    def table(self, name: str, source: str, columns: dict[str, str] | None = None, **more) -> None:
        self.tables[name] = {"from": source, **({"columns": columns} if columns else {}), **more}

    def csv(self, text: str, name: str = "log.csv", encoding: str = "utf-8", **more) -> None:
        (self.folder / name).write_bytes(text.encode(encoding))
        self.table("transactions", more.pop("source", name), more.pop("columns", PLAIN), **more)

    def parquet(self, query: str, name: str = "log.parquet") -> None:
        with duckdb.connect() as con:
            con.execute(f"COPY ({query}) TO '{self.folder / name}' (FORMAT parquet)")

    def company(self):
        file = self.folder / "shop.yaml"
        head = {"company": "shop", "title": "A shop", "currency": "EUR", "relationship": "non_contractual"}
        file.write_text(yaml.safe_dump({**head, **self.more, "tables": self.tables}))
        return load_company(file)

    def rows(self, query: str = "SELECT customer_id, date, amount FROM transactions ORDER BY ALL"):
        with open_source(self.company()) as source:
            return source.con.con.execute(query).fetchall()

    def check(self):
        company = self.company()
        with open_source(company) as source:
            return check(source, company, today=TODAY)


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


def test_leading_zeros_blanks_and_fractions_of_ids(shop):
    shop.csv(
        "customer,day,amount\n 007 ,2026-01-01,1\n17850.0,2026-01-01,2\n,2026-01-01,3\nA.0,2026-01-01,4\n"
    )
    assert [row[0] for row in shop.rows()] == ["007", "17850", "A.0", None]
    assert shop.check().counts["transactions_ids_mended"] == 1


def test_both_sides_of_a_join_are_mended_alike(shop):
    shop.parquet(
        "SELECT unnest([17850.0, 12345.0, NULL, 'nan'::DOUBLE]) AS customer, DATE '2026-01-01' AS day, 1 AS amount"
    )
    shop.table("transactions", "log.parquet", PLAIN)
    (shop.folder / "people.csv").write_text("customer,since\n17850,2020-01-01\n12345.00,2020-01-01\n")
    shop.table("customers", "people.csv", {"customer_id": "customer", "acquired_on": "since"})
    joined = shop.rows("SELECT count(*) FROM transactions JOIN customers USING (customer_id)")
    assert joined == [(2,)]
    report = shop.check()
    assert report.violations == ()
    assert report.counts["unattributed_rows"] == 2
    assert report.counts["transactions_ids_mended"] == 2
    assert report.counts["customers_ids_mended"] == 1


def test_expressions_see_numbers_where_ids_stay_text(shop):
    shop.csv(
        "customer,day,quantity,price\n1,2026-01-01,3,2.50\n2,2026-01-02,-1,0.333\n",
        columns={**PLAIN, "amount": "quantity * price"},
    )
    assert [row[2] for row in shop.rows()] == [Decimal("7.5000"), Decimal("-0.3330")]
    assert [row[0] for row in shop.rows()] == ["1", "2"]


def test_number_that_is_no_number_in_one_row_is_named_when_an_expression_needs_it(shop):
    shop.csv(
        "customer,day,quantity,price\n1,2026-01-01,3,2.50\n2,2026-01-02,x,1\n",
        columns={**PLAIN, "amount": "quantity * price"},
    )
    with pytest.raises(UsageError, match="not every value of quantity is a number"):
        shop.rows()


def test_declared_missing_values_are_null(shop):
    shop.csv(
        "customer,day,quantity,price\nNA,2026-01-01,3,2\nB,2026-01-02,1,n/a\n",
        columns={**PLAIN, "amount": "quantity * coalesce(price, 0)"},
        options={"missing": ["NA", "n/a"]},
    )
    assert [row[0] for row in shop.rows()] == ["B", None]


@pytest.mark.parametrize(
    ("written", "decimal", "amount"),
    [
        ("1.234,50", ",", "1234.5000"),
        ("1 234,50", ",", "1234.5000"),
        ("1\u202f234,50", ",", "1234.5000"),
        ("-0,5", ",", "-0.5000"),
        ("1,234.50", ".", "1234.5000"),
        ("1’234.50", ".", "1234.5000"),
        ("1e3", None, "1000.0000"),
        ("+5", None, "5.0000"),
        (" 7 ", None, "7.0000"),
        (".5", None, "0.5000"),
        ("0.00005", None, "0.0001"),
    ],
)
def test_amounts_as_they_are_written(shop, written, decimal, amount):
    options = {"delimiter": ";"} | ({"decimal": decimal} if decimal else {})
    shop.csv(f"customer;day;amount\nA;2026-01-01;{written}\n", options=options)
    assert shop.rows()[0][2] == Decimal(amount)


@pytest.mark.parametrize(
    ("written", "decimal"),
    [
        ("1.234,50", "."),
        ("12.34", ","),
        ("1,23,4", "."),
        ("1,234", None),
        ("5 EUR", None),
        ("1_000", None),
        ("nan", None),
    ],
)
def test_amounts_that_are_not_understood_are_never_made_up(shop, written, decimal):
    options = {"delimiter": ";"} | ({"decimal": decimal} if decimal else {})
    shop.csv(f"customer;day;amount\nA;2026-01-01;{written}\n", options=options)
    assert shop.rows()[0][2] is None
    assert shop.check().violations[0].line == "transactions.amount: not a number (1 row)"


@pytest.mark.parametrize(
    ("written", "date_format", "day"),
    [
        ("2026-03-31", None, date(2026, 3, 31)),
        ("2026-03-31T23:30:00", None, date(2026, 3, 31)),
        ("2026-03-31 23:30:00.123", None, date(2026, 3, 31)),
        ("2026-03-31T23:30:00Z", None, date(2026, 4, 1)),
        ("2026-03-31T19:30:00-05:00", None, date(2026, 4, 1)),
        ("03/04/2026", "%d/%m/%Y", date(2026, 4, 3)),
        ("03/04/2026", "%m/%d/%Y", date(2026, 3, 4)),
        ("20260403", "%Y%m%d", date(2026, 4, 3)),
        ("3 Apr 2026", "%d %b %Y", date(2026, 4, 3)),
        ("31/03/2026 23:30 +0000", "%d/%m/%Y %H:%M %z", date(2026, 4, 1)),
        ("03/04/2026", None, None),
        ("2026/04/03", None, None),
        ("2026-4-3", None, None),
        ("2026-04-31", None, None),
        ("2026-04-03x", None, None),
        ("20260403", None, None),
    ],
)
def test_days_as_they_are_written(shop, written, date_format, day):
    shop.more["timezone"] = "Europe/Berlin"
    shop.csv(
        f"customer,day,amount\nA,{written},1\n", options={"date_format": date_format} if date_format else {}
    )
    assert shop.rows()[0][1] == day


def test_moments_of_a_typed_column_move_to_the_time_zone(shop):
    shop.more["timezone"] = "Asia/Tokyo"
    shop.parquet(
        "SELECT 'A' AS customer, TIMESTAMPTZ '2026-03-31 23:30:00+00' AS day, 1.0 AS amount "
        "UNION ALL BY NAME SELECT 'B' AS customer, TIMESTAMPTZ '2026-03-31 10:00:00+00' AS day, 2.0 AS amount"
    )
    shop.table("transactions", "log.parquet", PLAIN)
    assert [row[1] for row in shop.rows()] == [date(2026, 4, 1), date(2026, 3, 31)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "cp1252", "utf-16"])
def test_encodings(shop, encoding):
    options = {} if encoding.startswith("utf-8") else {"encoding": encoding}
    shop.csv("customer,day,amount\nMüller,2026-01-01,1\n", encoding=encoding, options=options)
    assert shop.rows()[0][0] == "Müller"


def test_compressed_text(shop):
    (shop.folder / "log.csv.gz").write_bytes(gzip.compress(b"customer,day,amount\nA,2026-01-01,1\n"))
    shop.table("transactions", "log.csv.gz", PLAIN)
    assert shop.rows() == [("A", date(2026, 1, 1), Decimal("1.0000"))]


def test_quotes_line_breaks_and_blank_lines(shop):
    shop.csv(
        'customer,day,amount,"note, long"\r\n"A ""x""",2026-01-01,1,"two\r\nlines"\r\n\r\nB,2026-01-02,2,\r\n'
    )
    assert [row[0] for row in shop.rows()] == ['A "x"', "B"]


def test_runs_of_blanks_without_header(shop):
    shop.csv(
        " 00001 19970101  1   11.77\r\n 00002 19970112  1   12.00\r\n",
        columns={"customer_id": "column0", "date": "column1", "amount": "column3"},
        options={"delimiter": "whitespace", "header": False, "date_format": "%Y%m%d"},
    )
    assert shop.rows()[0] == ("00001", date(1997, 1, 1), Decimal("11.7700"))


def test_files_with_different_columns_are_one_table(shop):
    (shop.folder / "log_1.csv").write_text("customer,day,amount\n01,2026-01-01,1\n")
    (shop.folder / "log_2.csv").write_text("day,shop,client,amount\n2026-02-01,Rome,02,2\n")
    columns = {**PLAIN, "customer_id": "coalesce(customer, client)", "channel": "shop"}
    shop.table("transactions", "log_*.csv", columns)
    assert shop.rows("SELECT customer_id, channel FROM transactions ORDER BY 1") == [
        ("01", None),
        ("02", "Rome"),
    ]


def test_workbook(shop):
    book = openpyxl.Workbook()
    book.active.append(["customer", "day", "amount", "order", None])
    book.active.append([17850, datetime(2026, 1, 1, 9), 2.5, 536365])
    book.active.append([17851.0, datetime(2026, 1, 2), 3, "C536379"])
    book.active.append([])
    book.active.append([None, datetime(2026, 1, 3), -1])
    book.save(shop.folder / "log.xlsx")
    shop.table("transactions", "log.xlsx", {**PLAIN, "order_id": "order"})
    assert shop.rows("SELECT customer_id, date, amount, order_id FROM transactions ORDER BY date") == [
        ("17850", date(2026, 1, 1), Decimal("2.5000"), "536365"),
        ("17851", date(2026, 1, 2), Decimal("3.0000"), "C536379"),
        (None, date(2026, 1, 3), Decimal("-1.0000"), None),
    ]


def test_database_is_opened_read_only_and_patterns_are_one_table(shop):
    file = shop.folder / "shop.duckdb"
    with duckdb.connect(str(file)) as con:
        con.execute("CREATE SCHEMA crm")
        con.execute("CREATE TABLE crm.log_1 AS SELECT 1 AS customer, DATE '2026-01-01' AS day, 1.5 AS amount")
        con.execute(
            "CREATE TABLE crm.log_2 AS SELECT 'till' AS channel, 2 AS customer, DATE '2026-02-01' AS day, 2 AS amount"
        )
    before = file.read_bytes()
    shop.more["connection"] = {"duckdb": "shop.duckdb"}
    shop.table("transactions", "crm.log_*", {**PLAIN, "channel": "channel"})
    assert shop.rows() == [
        ("1", date(2026, 1, 1), Decimal("1.5000")),
        ("2", date(2026, 2, 1), Decimal("2.0000")),
    ]
    with open_source(shop.company()) as source, pytest.raises(duckdb.Error, match="read-only"):
        source.con.con.execute("DELETE FROM company_file.crm.log_1")
    assert file.read_bytes() == before


def test_database_that_another_program_writes_to(shop):
    file = shop.folder / "shop.duckdb"
    shop.more["connection"] = {"duckdb": "${SHOP_DATABASE:-shop.duckdb}"}
    shop.table("transactions", "log", PLAIN)
    holder = f"import duckdb, sys; con = duckdb.connect({str(file)!r}); print('open', flush=True); sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", holder], stdin=-1, stdout=-1) as other:
        other.stdout.readline()
        with pytest.raises(DataError, match="is open for writing in another program"):
            shop.rows()
        other.communicate()


def test_path_from_the_environment_is_not_in_the_message(shop, monkeypatch):
    monkeypatch.setenv("SHOP_FOLDER", "/hunter2")
    shop.more["connection"] = {"folder": "${SHOP_FOLDER}/log"}
    shop.table("transactions", "log.csv", PLAIN)
    with pytest.raises(DataError) as caught:
        shop.rows()
    assert str(caught.value).splitlines()[0] == "connection: the folder ${SHOP_FOLDER}/log does not exist"
    assert "hunter2" not in str(caught.value)


def test_damaged_pages_of_a_file(shop):
    shop.parquet(
        "SELECT hash(i)::VARCHAR AS customer, DATE '2026-01-01' AS day, i AS amount FROM range(100000) t(i)"
    )
    file = shop.folder / "log.parquet"
    whole = bytearray(file.read_bytes())
    whole[1000:200_000] = bytes(199_000)
    file.write_bytes(whole)
    shop.table("transactions", "log.parquet", PLAIN)
    with pytest.raises(DataError, match="cannot be read to its end"):
        shop.check()


def test_columns_may_be_left_out_where_they_have_the_names_of_the_contract(shop):
    (shop.folder / "log.csv").write_text("CUSTOMER_ID,date,amount,Unknown Thing\nA,2026-01-01,1,x\n")
    shop.table("transactions", "log.csv")
    with open_source(shop.company()) as source:
        assert source.transactions.columns == ("customer_id", "date", "amount", "qualifying", "excluded")
        assert source.customers is None
        assert source.costs is None


def test_attributes_are_text_or_numbers(shop):
    shop.csv("customer,day,amount\nA,2026-01-01,1\n")
    (shop.folder / "people.csv").write_text("id,zip,age,score,vip\nA,01234,30,1.5,yes\n")
    columns = {"customer_id": "id", "zip": "zip", "age": "age", "score": "score", "contract": "vip"}
    shop.table("customers", "people.csv", columns)
    with open_source(shop.company()) as source:
        types = {name: str(type_) for name, type_ in source.customers.schema().items()}
        assert types == {
            "customer_id": "string",
            "zip": "string",
            "age": "float64",
            "score": "float64",
            "contract": "boolean",
        }
        assert source.con.con.execute("SELECT zip, age, contract FROM customers").fetchall() == [
            ("01234", 30.0, True)
        ]


def test_months_are_first_days(shop):
    (shop.folder / "months.csv").write_text("customer_id,month,margin\nA,2026-01,1\nA,2026-02-28,2\n")
    shop.table("customer_months", "months.csv")
    rows = shop.rows("SELECT month, margin FROM customer_months ORDER BY 1")
    assert rows == [(date(2026, 1, 1), Decimal("1.0000")), (date(2026, 2, 1), Decimal("2.0000"))]


def test_reasons_for_leaving_rows_out(shop):
    rows = ["A,2026-01-01,1,O1,FR,paid", "A,2026-01-02,2,O2,FR,open", "B,2026-01-03,4,O3,DE,paid",
            "A,2026-01-05,8,O1,FR,paid", "A,2026-01-06,16,,FR,paid", "A,2026-01-07,32,,FR,paid"]  # fmt: skip
    shop.csv(
        "customer,day,amount,order,country,state\n" + "\n".join(rows) + "\n",
        columns={**PLAIN, "order_id": "order"},
        filter="state = 'paid'",
        key=["order_id"],
    )
    shop.more["scope"] = {"where": "country = 'FR'", "name": "France"}
    found = shop.rows("SELECT amount::INT, excluded, qualifying FROM transactions ORDER BY 1")
    assert found == [
        (1, None, True), (2, "filter", False), (4, "scope", False), (8, "duplicate key", False),
        (16, None, True), (32, None, True),
    ]  # fmt: skip
    report = shop.check()
    counts = report.counts
    assert counts["source_amount"] == 63
    assert counts["attributed_amount"] == 49
    assert [counts[f"excluded_{r}_amount"] for r in ("filter", "scope", "duplicate")] == [2, 4, 8]
    assert (
        counts["source_amount"]
        == counts["attributed_amount"] + counts["unattributed_amount"] + counts["excluded_amount"]
    )


def test_earliest_row_of_a_key_is_kept_wherever_it_stands(shop):
    shop.csv("customer,day,amount,order\nA,2026-02-01,2,O1\nA,2026-01-01,1,O1\n", key=["order"])
    assert shop.rows("SELECT amount::INT FROM transactions WHERE excluded IS NULL") == [(1,)]


def test_scope_of_customers_is_that_of_their_rows(shop):
    shop.csv("customer,day,amount\nA,2026-01-01,1\nB,2026-01-01,2\n,2026-01-01,4\n")
    (shop.folder / "people.csv").write_text("customer_id,region\nA,north\nB,south\n")
    shop.table("customers", "people.csv")
    shop.more["scope"] = {"where": "region = 'north'", "name": "the north"}
    assert shop.rows("SELECT customer_id FROM customers") == [("A",)]
    found = shop.rows("SELECT customer_id, excluded FROM transactions ORDER BY amount")
    assert found == [("A", None), ("B", "scope"), (None, "scope")]


def test_scope_that_a_side_table_cannot_follow_is_refused(shop):
    shop.csv("customer,day,amount,country\nA,2026-01-01,1,FR\n")
    (shop.folder / "costs.csv").write_text("customer_id,date,cost\nA,2026-01-01,1\n")
    shop.table("costs", "costs.csv")
    shop.more["scope"] = {"where": "country = 'FR'", "name": "France"}
    with pytest.raises(UsageError, match="costs: the scope cannot be applied to this table"):
        shop.rows()


def test_qualifying_sees_contract_and_source_columns(shop):
    shop.csv(
        "customer,day,amount,origin\nA,2026-01-01,1,till\nA,2026-01-02,2,bank\nA,2026-01-03,-3,till\nA,2026-01-04,0,till\n",
        qualifying="amount >= 0 AND origin <> 'bank'",
    )
    assert shop.rows("SELECT qualifying FROM transactions ORDER BY date") == [
        (True,),
        (False,),
        (False,),
        (True,),
    ]


def test_conversion_is_done_once_and_again_when_the_file_changes(shop, cache):
    shop.csv("customer,day,amount\nA,2026-01-01,1\n")
    shop.rows()
    staged = list((cache / "staged").glob("*.parquet"))
    made = staged[0].stat().st_mtime_ns
    with open_source(shop.company()) as source:
        first = source.fingerprint
    assert [f.stat().st_mtime_ns for f in (cache / "staged").glob("*.parquet")] == [made]
    shop.csv("customer,day,amount\nA,2026-01-01,2\nB,2026-01-01,2\n")
    assert len(shop.rows()) == 2
    with open_source(shop.company()) as source:
        assert source.fingerprint != first


def test_cache_is_the_owners_alone(cache):
    os.makedirs(cache, mode=0o755)
    assert stat.S_IMODE(cache_root().stat().st_mode) == 0o700


def test_failing_expression_shows_no_value(shop):
    shop.csv(
        "customer,day,amount,when\nA,2026-01-01,1,sekrit\n",
        columns={**PLAIN, "product": "CAST(when AS DATE)"},
    )
    with pytest.raises(CustlibError) as caught:
        shop.check()
    assert "sekrit" not in str(caught.value)


def test_wheel_that_cannot_be_fetched_says_where_to_place_it(shop, cache, monkeypatch):
    asked = []

    def offline(command, **more):
        asked.append(command)
        raise OSError("no network; http://user:hunter2@index")

    monkeypatch.setattr(fetch.subprocess, "run", offline)
    shop.more["connection"] = {"wheel": "lifetimes==0.11.3"}
    shop.table("transactions", "x.csv", PLAIN)
    with pytest.raises(DataError) as caught:
        shop.rows()
    assert str(caught.value).startswith("the wheel lifetimes==0.11.3 could not be downloaded\n")
    assert str(cache / "wheels") in str(caught.value)
    assert "hunter2" not in str(caught.value)
    assert "--no-deps" in asked[0]
    assert "lifetimes==0.11.3" in asked[0]


def test_wheel_placed_by_hand_is_used(shop, cache, monkeypatch):
    import zipfile

    monkeypatch.setattr(fetch.subprocess, "run", lambda *args, **more: pytest.fail("pip was called"))
    (cache / "wheels").mkdir(parents=True)
    with zipfile.ZipFile(cache / "wheels" / "Some_Data-1.0-py3-none-any.whl", "w") as archive:
        archive.writestr("some/log.csv", "customer,day,amount\nA,2026-01-01,1\n")
    shop.more["connection"] = {"wheel": "some-data==1.0"}
    shop.table("transactions", "some/log.csv", PLAIN)
    assert shop.rows() == [("A", date(2026, 1, 1), Decimal("1.0000"))]


def test_wheel_needs_an_exact_version(shop):
    shop.more["connection"] = {"wheel": "lifetimes"}
    shop.table("transactions", "x.csv", PLAIN)
    with pytest.raises(UsageError, match="must be name==version"):
        shop.rows()
