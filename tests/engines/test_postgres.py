"""PostgreSQL as a source: the same figures as from files, one month for one month, and never a password."""

import json
import os
import re
import subprocess
import sys
import textwrap
import time
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
import yaml

from custlib import open_month
from custlib.company import Company, load_company
from custlib.data.cache import cache_root
from custlib.data.database import fetch_tables, one_look
from custlib.data.database_connection import opened
from custlib.data.source import open_source
from custlib.errors import DataError, UsageError

# Every sign of a URL is in it.
PASSWORD = "hunter2@:/?#%+ ü"
SALES = "SELECT * FROM (VALUES ('a', DATE '2024-01-03', 10.0), ('b', DATE '2024-01-31', 20.5), ('a', DATE '2024-02-01', 5.0), ('c', NULL, 1.0)) AS t(customer_id, date, amount)"


@pytest.fixture(scope="module")
def server(postgres, root):
    """Give the server with a schema `shop` and an account that may read it."""
    postgres.do("CREATE SCHEMA shop")
    postgres.user("reader", PASSWORD, "shop")
    return postgres


@pytest.fixture(autouse=True)
def password(monkeypatch):
    monkeypatch.setenv("READER", PASSWORD)


class Shop:
    """A company whose tables are in the database."""

    def __init__(self, server, folder: Path) -> None:
        self.server, self.folder, self.said = server, folder, []
        self.url, self.tables = server.url(), {"transactions": {"from": "shop.sales"}}
        self.timezone = "UTC"

    def company(self) -> Company:
        head = {"company": "shop", "title": "A shop", "currency": "EUR", "relationship": "non_contractual"}
        file = self.folder / "shop.yaml"
        rest = {"connection": {"database": self.url}, "timezone": self.timezone, "tables": self.tables}
        file.write_text(yaml.safe_dump(head | rest))
        return load_company(file)

    def rows(self, query: str = "SELECT * FROM transactions ORDER BY ALL") -> list[tuple]:
        self.said.clear()
        with open_source(self.company(), self.said.append) as source:
            return source.sql(query)

    def fetched(self) -> list[str]:
        """Open the source and give the labels of the parts that were fetched."""
        before = set(self.parts())
        self.rows("SELECT 1")
        return sorted(
            re.sub(r"db-[0-9a-f]+-(.+)-[0-9a-f]+\.parquet", r"\1", name)
            for name in set(self.parts()) - before
        )

    def parts(self) -> list[str]:
        return sorted(path.name for path in (cache_root() / "staged").glob("*.parquet"))


@pytest.fixture
def shop(server, tmp_path, cache):
    # What the tests of whole companies left would be looked at, too.
    server.do("DROP SCHEMA IF EXISTS bank, retail CASCADE")
    server.do("DROP SCHEMA shop CASCADE", "CREATE SCHEMA shop", "GRANT USAGE ON SCHEMA shop TO reader",
              "ALTER DEFAULT PRIVILEGES IN SCHEMA shop GRANT SELECT ON TABLES TO reader")  # fmt: skip
    server.load("shop.sales", f"({SALES})")
    return Shop(server, tmp_path)


# --- the same figures ---


def test_the_sample_has_the_same_results_from_a_database(server, root, tmp_path):
    from tests.engines.postgres_server import in_database

    server.do("CREATE SCHEMA bank")
    tables = yaml.safe_load((root / "companies" / "sample.yaml").read_text())["tables"]
    for name, table in tables.items():
        server.load(f"bank.{name}", f"'{root / 'data' / 'sample' / table['from']}'")
    server.do("GRANT USAGE ON SCHEMA bank TO reader", "GRANT SELECT ON ALL TABLES IN SCHEMA bank TO reader")
    file = in_database(root / "companies" / "sample.yaml", tmp_path / "sample.yaml", server.url(), "bank")
    from_database, from_folder = open_month(str(file), "2025-06"), open_month("sample", "2025-06")
    # Every digest of every month is the same, and so every prepared table is.
    assert from_database.prepared.inputs == from_folder.prepared.inputs
    assert from_database.prepared.files == from_folder.prepared.files
    one, other = from_database.prepared.report, from_folder.prepared.report
    assert (
        one.violations == other.violations and one.policies == other.policies and one.counts == other.counts
    )
    assert len(from_database.results_frame) > 1_000
    assert from_database.results_frame.to_csv() == from_folder.results_frame.to_csv()


@pytest.mark.real_data
def test_online_retail_has_the_same_results_from_a_database(
    server, root, tmp_path, online_retail_folder, monkeypatch
):
    from tests.engines.postgres_server import in_database

    server.do("CREATE SCHEMA retail", "GRANT USAGE ON SCHEMA retail TO reader")
    (file,) = (path for path in online_retail_folder.iterdir() if path.suffix == ".parquet")
    server.load("retail.transactions", f"'{file}'")
    server.do("GRANT SELECT ON ALL TABLES IN SCHEMA retail TO reader")
    company = root / "companies" / "online_retail.yaml"
    written = in_database(company, tmp_path / "retail.yaml", server.url(), "retail")
    expected = open_month(str(company), "2011-11").results_frame
    # Nothing prepared from the folder is at hand: all is worked out once more.
    monkeypatch.setenv("CUSTLIB_CACHE", str(tmp_path / "another"))
    found = open_month(str(written), "2011-11").results_frame
    assert len(expected) > 300 and found.to_csv() == expected.to_csv()


# --- what is fetched ---


def test_rows_arrive_whole_and_undated_ones_too(shop):
    columns = "customer_id, date, amount"
    assert shop.rows(f"SELECT {columns} FROM transactions ORDER BY ALL") == [
        ("a", date(2024, 1, 3), Decimal("10.0")), ("a", date(2024, 2, 1), Decimal("5.0")),
        ("b", date(2024, 1, 31), Decimal("20.5")), ("c", None, Decimal("1.0")),
    ]  # fmt: skip
    assert shop.said == [
        "transactions: fetching 3 of the 3 months of shop.sales",
        "transactions: fetched 4 rows of shop.sales",
    ]


def test_only_months_that_changed_are_fetched_again(shop):
    assert shop.fetched() == ["2024-01", "2024-02", "undated"]
    assert shop.fetched() == []
    shop.server.do("INSERT INTO shop.sales VALUES ('d', '2024-03-09', 7)")
    assert shop.fetched() == ["2024-03"]
    shop.server.do("UPDATE shop.sales SET amount = amount + 0.1 WHERE date = '2024-01-31'")
    assert shop.fetched() == ["2024-01"]
    shop.server.do("DELETE FROM shop.sales WHERE date IS NULL")
    assert shop.fetched() == [] and shop.said == []
    assert shop.rows("SELECT count(*), sum(amount) FROM transactions") == [(4, Decimal("42.6"))]


def test_values_that_change_places_are_noticed(shop):
    shop.server.load(
        "shop.texts",
        "(SELECT 'x' AS customer_id, DATE '2024-01-01' AS date, 1 AS amount, 'a' AS channel, NULL AS product)",
    )
    shop.tables["transactions"]["from"] = "shop.texts"
    assert shop.fetched() == ["2024-01"]
    shop.server.do("UPDATE shop.texts SET channel = NULL, product = 1")
    assert shop.fetched() == ["2024-01"]
    assert shop.rows("SELECT channel, product FROM transactions") == [(None, "1")]


def test_a_table_without_a_plain_date_is_fetched_whole(shop):
    shop.tables["transactions"]["columns"] = {
        "customer_id": "customer_id", "date": "date + 1", "amount": "amount"
    }  # fmt: skip
    assert shop.fetched() == ["all"]
    shop.server.do("INSERT INTO shop.sales VALUES ('d', '2024-03-09', 7)")
    assert shop.fetched() == ["all"] and shop.said[-1] == "transactions: fetched 5 rows of shop.sales"


def test_an_empty_table_has_its_columns(shop):
    shop.server.do("TRUNCATE shop.sales")
    assert shop.rows() == [] and len(shop.parts()) == 1
    assert shop.fetched() == []


def test_tables_of_a_pattern_are_one(shop):
    shop.server.load(
        "shop.sales_2025", "(SELECT 'z' AS customer_id, DATE '2025-01-01' AS date, 2.0 AS amount)"
    )
    shop.tables["transactions"]["from"] = "shop.SALES*"
    assert shop.rows("SELECT count(*), sum(amount) FROM transactions") == [(5, Decimal("38.5"))]


def test_parts_that_are_no_longer_so_go_after_a_day(shop):
    shop.fetched()
    shop.server.do("UPDATE shop.sales SET amount = 11 WHERE date = '2024-02-01'")
    shop.fetched()
    staged = cache_root() / "staged"
    assert len(shop.parts()) == 4
    for path in staged.iterdir():
        os.utime(path, (time.time() - 2 * 86_400,) * 2)
    shop.fetched()
    assert len(shop.parts()) == 3 and not list(staged.glob("aside-*"))
    assert {path.stem for path in staged.glob("*.parquet")} <= {path.stem for path in staged.glob("*.json")}
    assert all(path.stat().st_mtime > time.time() - 600 for path in staged.glob("*.parquet"))


def test_nobody_else_may_read_what_was_fetched(shop):
    shop.rows()
    assert (cache_root() / "staged").stat().st_mode & 0o077 == 0


def test_a_run_looks_once(shop):
    shop.rows()
    with one_look():
        before = shop.rows()
        shop.server.do("INSERT INTO shop.sales VALUES ('d', '2024-03-09', 7)")
        shop.url = shop.url.replace("reader", "nobody")
        # A process of the run needs no database: it is not even asked.
        code = f"from custlib.data.source import open_source; from custlib.company import load_company\nwith open_source(load_company({str(shop.folder / 'shop.yaml')!r})) as s: print(s.sql('SELECT count(*) FROM transactions'))"
        shop.company()
        told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
        assert told.stdout.strip() == "[(4,)]", told.stderr
        assert shop.rows() == before
    shop.url = shop.server.url()
    assert len(shop.rows()) == len(before) + 1


def test_all_is_read_of_one_moment(shop):
    with opened(shop.company().connection.location) as backend:
        count = "SELECT count(*) FROM shop.sales"
        before = backend.con.execute(count).fetchone()
        shop.server.do("INSERT INTO shop.sales VALUES ('late', '2024-01-01', 1)")
        assert backend.con.execute(count).fetchone() == before == (4,)


def test_types_of_postgres_arrive_as_what_they_are(shop):
    shop.timezone = "America/New_York"
    shop.server.do(
        "CREATE TYPE shop.how AS ENUM ('card', 'cash')",
        """CREATE TABLE shop.odd (customer_id uuid, date timestamptz, amount numeric, order_id numeric(50, 3),
        channel shop.how, tags text[], doc jsonb, price money, code char(4), rate real, due date, kept timestamp,
        ref oid, took interval, place point, raw bytea)""",
        """INSERT INTO shop.odd VALUES ('12345678-1234-5678-1234-567812345678', '2024-03-01 04:00+00', 12.3456, 7,
        'card', '{a,b}', '{"k": [1]}', '$1,234.50', 'ab', 0.1, 'infinity', '9999-12-31 23:59:59.5', 42, '1 day', '(1,2)', '\\x00ff'),
        (NULL, 'infinity', 'NaN', 'NaN', NULL, NULL, NULL, NULL, NULL, 'NaN', '-infinity', 'infinity', NULL, NULL, NULL, NULL),
        (NULL, '0044-03-15 BC', 1e40, NULL, NULL, NULL, NULL, NULL, NULL, NULL, '0044-03-15 BC', NULL, NULL, NULL, NULL, NULL)""",
    )
    shop.tables["transactions"]["from"] = "shop.odd"
    # The night of 1 March in UTC is still February in New York; parts are of months of UTC.
    assert shop.fetched() == ["2024-03", "undated"]
    assert shop.rows(
        "SELECT customer_id, date, amount, order_id, channel FROM transactions ORDER BY ALL"
    ) == [
        ("12345678-1234-5678-1234-567812345678", date(2024, 2, 29), Decimal("12.3456"), "7", "card"),
        (None, None, None, None, None),
        (None, None, None, None, None),
    ]
    told = "tags, doc, price, code, rate, due, CAST(kept AS VARCHAR), ref, took, place, CAST(raw AS VARCHAR)"
    assert shop.rows(f"SELECT {told} FROM typed_transactions WHERE tags IS NOT NULL") == [
        ("{a,b}", '{"k": [1]}', Decimal("1234.5"), "ab  ", pytest.approx(0.1), None, "9999-12-31 23:59:59.5", 42,
         "1 day", "(1,2)", "\\x00\\xFF")
    ]  # fmt: skip


def test_the_last_month_and_the_first_of_the_calendar_are_fetched(shop):
    shop.server.do(
        "INSERT INTO shop.sales VALUES ('e', '9999-12-31', 2), ('f', '0001-01-01', 3), ('g', '10000-01-01', 4)"
    )
    assert shop.fetched() == ["0001-01", "2024-01", "2024-02", "9999-12", "undated"]
    dated = "SELECT customer_id, date FROM transactions WHERE customer_id >= 'e' ORDER BY ALL"
    assert shop.rows(dated) == [("e", date(9999, 12, 31)), ("f", date(1, 1, 1)), ("g", None)]


def test_memory_does_not_grow_with_the_table(shop):
    """A month of 600,000 wide rows: the process that fetches it takes a part of what they take in the database."""
    shop.server.do(
        "CREATE TABLE shop.wide AS SELECT (i % 997)::text AS customer_id, DATE '2024-01-01' + i % 31 AS date,"
        " 1.5 AS amount, repeat(md5(i::text), 18) AS note FROM generate_series(1, 600000) AS i"
    )
    shop.tables["transactions"]["from"] = "shop.wide"
    with shop.server.boss() as boss:
        (size,) = boss.execute("SELECT pg_total_relation_size('shop.wide') / 1e6").fetchone()
    shop.company()
    code = textwrap.dedent(f"""
        import resource
        from custlib.company import load_company
        from custlib.data.database import fetch_tables
        import ibis.backends.postgres
        company = load_company({str(shop.folder / "shop.yaml")!r})
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        fetch_tables(company)
        unit = 1e6 if {sys.platform == "darwin"} else 1e3
        print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / unit)
    """)
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert told.returncode == 0, told.stderr
    assert size > 350 and float(told.stdout) < 175, (size, told.stdout)


# --- what goes wrong ---


def refused(shop, kind=DataError) -> str:
    """Open the source, and give the message; nobody who reads or logs it learns the password."""
    with pytest.raises(kind) as caught:
        shop.rows()
    error = caught.value
    assert error.__suppress_context__ or error.__context__ is None
    assert "hunter2" not in f"{error} {error!r} {shop.company()!r}"
    return str(error)


def test_the_password_is_nowhere(shop):
    shop.rows()
    company = shop.company()
    assert "hunter2" not in f"{company!r} {company.public()} {shop.said}"
    for path in cache_root().rglob("*"):
        assert not path.is_file() or b"hunter2" not in path.read_bytes(), path


def test_a_wrong_password(shop, monkeypatch):
    monkeypatch.setenv("READER", "hunter2 was changed")
    said = refused(shop)
    assert "does not let this user in" in said and "reader" not in said and str(shop.server.port) not in said


def test_an_unknown_user_and_an_unknown_database(shop):
    shop.url = shop.server.url(user="stranger")
    assert "does not let this user in" in refused(shop)
    shop.url = shop.server.url(database="elsewhere")
    assert "no database of that name" in refused(shop)


def test_a_server_that_is_not_there(shop):
    shop.url = shop.url.replace(str(shop.server.port), "1")
    said = refused(shop)
    assert said.startswith("connection: the postgresql database does not answer") and "127.0.0.1" not in said


def test_a_server_that_dies_while_it_is_read(shop, monkeypatch, caplog):
    from custlib.data import database

    def dies(reader):
        shop.server.stop()
        yield from real(reader)

    real = database._row_groups
    monkeypatch.setattr(database, "_row_groups", dies)
    # More rows than come at once, so that the server is asked again.
    shop.server.do("INSERT INTO shop.sales SELECT 'x', DATE '2024-05-01', 1 FROM generate_series(1, 100000)")
    try:
        assert "the database went away" in refused(shop)
    finally:
        shop.server.start()
    assert "hunter2" not in caplog.text and "reader" not in caplog.text


def test_a_table_that_is_not_there_and_its_nearest(shop):
    shop.tables["transactions"]["from"] = "shop.sails"
    assert "has no table 'shop.sails'" in (said := refused(shop)) and "shop.sales" in said
    shop.tables["transactions"]["from"] = "shopp.sales"
    assert "shop.sales" in refused(shop)
    shop.tables["transactions"]["from"] = "shop.nothing_*"
    assert "has no table 'shop.nothing_*'" in refused(shop)
    shop.tables["transactions"]["from"] = "a.b.c.d"
    assert "catalog.schema.table" in refused(shop, UsageError)


def test_names_that_differ_in_capitals_alone(shop):
    shop.server.do('ALTER TABLE shop.sales ADD "Amount" numeric')
    assert "transactions: the table 'shop.sales' of the database has two columns called 'amount'" in refused(
        shop
    )


def test_a_table_that_may_not_be_read(shop):
    shop.server.do("REVOKE SELECT ON shop.sales FROM reader")
    assert "transactions: the table of the database may not be read by this user" in refused(shop)


def test_nothing_is_written_even_by_who_could(shop):
    """A view may call what writes; the transaction is read-only, so that it fails."""
    shop.server.do(
        "CREATE TABLE shop.traces (n int)",
        "CREATE FUNCTION shop.trace() RETURNS int LANGUAGE sql VOLATILE SECURITY DEFINER AS 'INSERT INTO shop.traces VALUES (1) RETURNING n'",
        "CREATE VIEW shop.sly AS SELECT customer_id, date, amount, shop.trace() AS t FROM shop.sales",
        "GRANT SELECT ON shop.sly TO reader",
    )
    shop.tables["transactions"]["from"] = "shop.sly"
    assert "transactions: the table of the database cannot be read (ReadOnlySqlTransaction)" in refused(shop)
    with shop.server.boss() as boss:
        assert boss.execute("SELECT count(*) FROM shop.traces").fetchone() == (0,)


def test_the_connection_is_closed_afterwards(shop):
    shop.rows()
    with shop.server.boss() as boss:
        asked = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'reader'"
        for _ in range(50):  # the server takes a moment to notice
            if boss.execute(asked).fetchone() == (0,):
                return
            time.sleep(0.1)
    raise AssertionError("a connection was left open")


@pytest.mark.parametrize(("url", "package"), [("snowflake://u:hunter2@a/d", "ibis-framework[snowflake]"), ("postgresql://u:hunter2@h/d", "custlib[postgres]")])  # fmt: skip
def test_a_missing_package_is_named(tmp_path, url, package):
    code = textwrap.dedent(f"""
        import sys
        sys.modules["psycopg"] = sys.modules["snowflake"] = None
        from custlib.data.database_connection import opened
        with opened({url!r}):
            pass
    """)
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert f'pip install "{package}"' in told.stderr
    assert "UsageError" in told.stderr and told.stderr.count("hunter2") == code.count("hunter2") - 1


def test_what_is_no_url_of_a_database(shop):
    for shop.url in ("nosuch://u:hunter2@h/d", "shop", "pyspark://hunter2"):
        assert "must be the URL of a database that Ibis connects to" in refused(shop, UsageError)


def test_the_check_of_the_command_line_reads_it(shop, monkeypatch, capsys):
    from custlib.cli import main

    shop.company()
    monkeypatch.setattr(sys, "argv", ["custlib", "check", "--company", str(shop.folder / "shop.yaml")])
    with pytest.raises(SystemExit) as ended:
        main()
    said = "".join(capsys.readouterr())
    assert ended.value.code == 2 and "transactions.date" in said and "hunter2" not in said


def test_init_looks_at_it_and_keeps_the_password_to_itself(shop, tmp_path, capsys):
    from custlib.data.discover import init

    shop.server.do("CREATE TABLE shop.secret (n int)", "REVOKE ALL ON shop.secret FROM reader")
    for url in (shop.url, shop.url.replace("${READER}", "hunter2")):
        if "READER" not in url:
            shop.server.do("ALTER ROLE reader PASSWORD 'hunter2'")
        text = init(url)
        assert "hunter2" not in text and re.search(r"database: .*reader:\$\{(READER|PGPASSWORD)\}@127", text)
        assert "from: shop.sales" in text and "customer_id: customer_id" in text and "4 rows" in text
    shop.server.do(f"ALTER ROLE reader PASSWORD '{PASSWORD}'")
    file = tmp_path / "found.yaml"
    init(shop.url, file)
    with open_source(load_company(file)) as source:
        assert source.sql("SELECT count(*) FROM transactions") == [(4,)]


def test_clean_removes_what_was_fetched(shop):
    from custlib.prepare.cleaning import clean_company

    shop.rows()
    assert len(shop.parts()) == 3
    clean_company("shop")
    assert shop.parts() == [] and len(shop.rows()) == 4
    state = next(
        path
        for path in (cache_root() / "staged").glob("db-*.json")
        if "looked" in json.loads(path.read_text())
    )
    assert set(json.loads(state.read_text())) == {"looked", "tables"}
    assert fetch_tables(shop.company())["transactions"].stamps
