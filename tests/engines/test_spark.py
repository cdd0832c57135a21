"""Spark gives the same rows, the same faults and the same figures as DuckDB; one session serves all these tests."""

import importlib.util
import json
import os
import shutil
import socket
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest
import yaml

from custlib import open_month, results
from custlib.batch.progress import PlainProgress
from custlib.batch.report import make_report
from custlib.company import load_company
from custlib.data import spark, spark_session, spark_tables
from custlib.data.checks import check
from custlib.data.source import open_source
from custlib.errors import CustlibError, DataError
from custlib.prepare import prepare
from custlib.settings import read_file

TODAY = date(2026, 6, 15)
SERVER = "org.apache.spark.sql.connect.SparkConnectPlugin"


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("localhost", 0))
        return one.getsockname()[1]


PORT = _free_port()


@pytest.fixture(scope="module", autouse=True)
def java(tmp_path_factory):
    """Skip without Spark or Java; start Spark in a cache that outlives each test's own, as it works there till the end."""
    pytest.importorskip("pyspark", reason='the spark extra is not installed: pip install "custlib[spark]"')
    if shutil.which("java") is None and not os.environ.get("JAVA_HOME"):
        pytest.skip("no Java is installed (Debian: openjdk-17-jre-headless)")
    with pytest.MonkeyPatch.context() as patch:
        # Short statements are compiled no further than they are worth.
        patch.setenv("JDK_JAVA_OPTIONS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")
        patch.setenv("CUSTLIB_CACHE", str(tmp_path_factory.mktemp("spark")))
        if spark_session._found("grpc"):  # the same Spark serves as a server, too
            server = f"--conf spark.plugins={SERVER} --conf spark.connect.grpc.binding.port={PORT}"
            patch.setenv("PYSPARK_SUBMIT_ARGS", f"{server} pyspark-shell")
        spark_session.open_session(load_company(small(tmp_path_factory.mktemp("first"), LOG)))
        yield


def of_each(company: dict, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Write a company file for DuckDB, then one for Spark, over the same files; each has a cache of its own."""
    for kind in ("duckdb", "spark"):
        connection = dict(company["connection"]) | ({"spark": "local[2]"} if kind == "spark" else {})
        file = folder / f"{company['company']}-{kind}.yaml"
        file.write_text(yaml.safe_dump(company | {"connection": connection}, sort_keys=False))
        monkeypatch.setenv("CUSTLIB_CACHE", str(folder / f"cache of {kind}"))
        yield file


def prepared(view) -> dict[tuple[str, str], list]:
    """Give the rows of all prepared files, by kind and month."""
    rows = {}
    with duckdb.connect() as con:
        for kind, months in view.prepared.files.months.items():
            for month, path in months.items():
                found = con.execute(f"SELECT * FROM '{path}' ORDER BY ALL")
                rows[kind, f"{month:%Y-%m}"] = [[c[:2] for c in found.description], *found.fetchall()]
    return rows


def makers(view) -> set[str]:
    """Say which programs wrote what the source was reduced to; a month without rows is written by neither engine."""
    files = view.prepared.files
    kinds = {kind: list(months.values()) for kind, months in files.months.items() if kind != "base"}
    written = [path for paths in kinds.values() for path in paths] + [files.customers] * bool(files.customers)
    parquet = [pq.read_metadata(path) for path in written]
    return {each.created_by.split()[0] for each in parquet if each.num_rows}


def worked_out(file: Path, month: str, monkeypatch: pytest.MonkeyPatch) -> bytes:
    """Give a month's results, worked out in this process, as they are written."""
    path = file.with_suffix(".csv")
    results.save(open_month(str(file), month).results_frame, path)
    return path.read_bytes()


def reported(file: Path, month: str, monkeypatch: pytest.MonkeyPatch) -> bytes:
    """Give the results that a whole report publishes; what runs its notebooks finds no Java, and needs none."""

    def prepared_by(*asked, **how):
        found = prepare(*asked, **how)
        monkeypatch.setenv("PATH", str(Path(sys.executable).parent))
        monkeypatch.delenv("JAVA_HOME", raising=False)
        return found

    out = file.parent / "reports"
    make_report(load_company(file), month=month, out=out, show=PlainProgress(), prepared_by=prepared_by)
    return (out / month / "results.csv").read_bytes()


def alike(company: dict, folder: Path, month: str, monkeypatch, by_spark=worked_out) -> None:
    """Hold a company's month from Spark to the one from DuckDB: every row, every fault, every figure."""
    views, rows, written = [], [], []
    for file, work in zip(of_each(company, folder, monkeypatch), (worked_out, by_spark), strict=True):
        written.append(work(file, month, monkeypatch))
        views.append(open_month(str(file), month))
        rows.append(prepared(views[-1]))
    one, other = views
    assert (makers(one), makers(other)) == ({"DuckDB"}, {"parquet-mr"})
    assert rows[1] == rows[0]
    for part in ("violations", "policies", "counts"):
        assert getattr(other.prepared.report, part) == getattr(one.prepared.report, part)
    assert other.prepared.report.months.equals(one.prepared.report.months)
    assert other.prepared.events == one.prepared.events
    # What is fitted rests on counts and sums of the same rows: to the last digit, and so within 1e-6.
    assert written[1] == written[0]
    assert written[0].count(b",ok\n") > 100
    assert written[0].count(b",05_return_on_customer,equity_line,1,line,") > 10
    assert b",05_return_on_customer,customer_equity_closing,1,all,all,," not in written[0]


def test_the_sample_has_the_same_results_in_a_whole_report(root, tmp_path, cache, monkeypatch):
    written = read_file(root / "companies" / "sample.yaml", "sample")
    written["connection"] = {"folder": str(root / "data" / "sample")}
    written["settings"]["valuation_basis_months"] = 9  # so that an early month has a ledger
    alike(written, tmp_path, "2024-04", monkeypatch, by_spark=reported)


@pytest.mark.real_data
def test_online_retail_has_the_same_results(root, tmp_path, cache, monkeypatch, online_retail_folder):
    written = read_file(root / "companies" / "online_retail.yaml", "online_retail")
    written["connection"] = {"folder": str(online_retail_folder)}
    alike(written, tmp_path, "2011-06", monkeypatch)


# --- the same faults ---

SPOILED = """kunde,tag,betrag,wert,marke,flag,zeit
C1,05.01.2026,"10,50",1.5,a-1,yes,2026-01-05 23:30:00+00:00
C2,17.1.2026,"1.020,00",nan,,no,2026-01-17T10:00:00Z
C1,03.02.2026,"-5,00",inf,b-2,maybe,2026-02-03 10:00:00
 C3 ,31.02.2026,"7,25",1e3,c-3,,2026-02-28 24:00:00
C3,28.02.26,"7.25",2,,n,2026-02-28
17850.0,28.02.2026,x,-3,d-4,,not a day
1.23E+11,28.02.2026,"99999999999999999,00",,e-5,1,01/02/2026
,01.01.1950,"0,00",,,,
C4,30.06.2027,"1,00",,,,
C1,05.01.2026,"10,50",1.5,a-1,yes,2026-01-05 23:30:00+00:00
"""
LISTED = """id,seit,bis,kosten,wert
C1,2026-01-06,2026-01-05,-1,1
C1,2026-01-06,,2.5,2
C2,06/01/2026,,1e400,3
C3,2026-13-01,,,x
"""


def test_spoiled_rows_break_the_same_rules_with_the_same_examples(tmp_path, cache, monkeypatch):
    (tmp_path / "log.csv").write_text(SPOILED)
    (tmp_path / "customers.csv").write_text(LISTED)
    columns = {
        "customer_id": "kunde", "date": "tag", "amount": "betrag", "margin": "try_cast(wert AS DOUBLE) * 1.1",
        "order_id": "lower(marke) || '/' || coalesce(flag, '-')", "product": "split_part(marke, '-', 2)",
    }  # fmt: skip
    company = {
        "company": "shop", "title": "A shop", "connection": {"folder": "."}, "currency": "EUR",
        "relationship": "non_contractual", "timezone": "Europe/Berlin",
        "tables": {
            "transactions": {
                "from": "log.csv", "columns": columns, "key": ["order_id", "date"],
                "filter": "kunde IS DISTINCT FROM 'C4'", "qualifying": "amount > 0 AND product NOT LIKE 'z%'",
                "options": {"date_format": "%d.%m.%Y", "decimal": ","},
            },
            "customers": {
                "from": "customers.csv",
                "columns": {"customer_id": "id", "acquired_on": "seit", "closed_on": "bis",
                            "acquisition_cost": "kosten"},
            },
            "feedback": {"from": "log.csv", "columns": {"customer_id": "kunde", "date": "zeit", "kind": "marke"}},
        },
    }  # fmt: skip
    reports = []
    for file in of_each(company, tmp_path, monkeypatch):
        with open_source(load_company(file)) as source:
            reports.append(check(source, source.company, today=TODAY))
    one, other = reports
    assert len(one.violations) > 12
    assert other.violations == one.violations
    assert (other.policies, other.counts) == (one.policies, one.counts)
    assert other.months.equals(one.months)


def test_a_scope_known_by_the_customer_goes_with_a_key(tmp_path, cache, monkeypatch):
    (tmp_path / "log.csv").write_text(
        "kunde,tag,betrag,beleg\nC1,2026-01-05,1,a\nC1,2026-01-06,2,a\nC2,2026-01-05,3,a\nC9,2026-01-07,4,b\n,2026-01-08,5,b\n"
    )
    (tmp_path / "customers.csv").write_text("id,region\nC1,north\nC2,south\nC3,north\n")
    company = {
        "company": "shop", "title": "A shop", "connection": {"folder": "."}, "currency": "EUR",
        "relationship": "non_contractual", "scope": {"name": "the north", "where": "region = 'north'"},
        "tables": {
            "transactions": {
                "from": "log.csv", "key": ["order_id"],
                "columns": {"customer_id": "kunde", "date": "tag", "amount": "betrag", "order_id": "beleg"},
            },
            "customers": {"from": "customers.csv", "columns": {"customer_id": "id", "region": "region"}},
        },
    }  # fmt: skip
    told = []
    for file in of_each(company, tmp_path, monkeypatch):
        with open_source(load_company(file)) as source:
            report = check(source, source.company, today=TODAY)
            rows = source.sql("SELECT customer_id, amount, excluded FROM transactions ORDER BY amount")
            told.append((rows, report.violations, report.policies, report.counts))
    assert told[1] == told[0]
    assert [row[2] for row in told[0][0]] == [None, "duplicate key", "scope", "scope", "scope"]


# A few of the faults that tests/data/test_bad_inputs.py has all of, each seen in the rows and not in the file.
_spec = importlib.util.spec_from_file_location(
    "bad_inputs_of_spark", Path(__file__).parents[1] / "data" / "bad_inputs.py"
)
bad_inputs = sys.modules["bad_inputs_of_spark"] = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(bad_inputs)
FAULTS = (
    "ambiguous dates", "dates as numbers", "implausible date", "amount in words", "decimal comma not declared",
    "amount not finite", "ids spoiled by a spreadsheet", "two currencies", "customer listed twice",
    "closed before acquired", "customer-month twice", "a month without a row", "column missing from one file",
)  # fmt: skip


@pytest.mark.parametrize(
    "bad", [bad for bad in bad_inputs.ALL if bad.name in FAULTS], ids=lambda bad: bad.name
)
def test_bad_inputs_are_refused_in_the_same_words(bad, tmp_path, cache, monkeypatch):
    written = yaml.safe_load(bad_inputs.build(bad, tmp_path).read_text())
    told = []
    for file in of_each(written, tmp_path, monkeypatch):
        with pytest.raises(CustlibError) as caught, open_source(load_company(file)) as source:
            check(source, source.company, today=TODAY).raise_if_unfit()
        told.append((type(caught.value), str(caught.value)))
    assert told[1] == told[0]


# --- the same meaning, expression by expression ---

ROWS = """
SELECT * FROM (VALUES
    (1, 'C1 ', ' x', 1.00005::DOUBLE, 2.675::DECIMAL(12,3), 5, DATE '2024-02-29', TIMESTAMP '2024-02-29 23:59:59.12', TIMESTAMPTZ '2024-03-31 00:30:00+00', '1e3', '5.3.2024'),
    (2, 'a.b$c', chr(160) || 'y' || chr(8195), -0.00005, -2.665, -7, DATE '2023-12-31', TIMESTAMP '2023-01-01 00:00:00', TIMESTAMPTZ '2024-10-27 00:30:00+00', '-2.5', ' 29.2.2023'),
    (3, NULL, '', 1e16, 0, 0, DATE '1969-07-20', NULL, NULL, '1.5e-3', '1.13.2024'),
    (4, 'Ä\\', 'Öl', 'nan', NULL, NULL, NULL, TIMESTAMP '2024-12-31 12:00:00', TIMESTAMPTZ '2024-01-01 00:00:00+00', 'x', '01.02.69'),
    (5, 'line' || chr(10), 'tab' || chr(9), '-inf', 99999.995, 2147483, DATE '2024-01-01', TIMESTAMP '1999-12-31 23:59:59.999999', TIMESTAMPTZ '1999-12-31 23:00:00+00', '', '20240305'),
    (6, '17850.0', 'n', 12345678.9, 1.005, 3, DATE '2024-06-30', TIMESTAMP '2024-06-30 10:00:00', TIMESTAMPTZ '2024-06-30 22:30:00+00', ' 7 ', '1.2.2024 x'),
    (7, '3', 'o', 1.25e-7, 2.345, 64, DATE '2024-07-01', TIMESTAMP '2024-07-01 00:00:01', TIMESTAMPTZ '2024-07-01 00:00:00.5+00', '2.5', '31.12.1999'),
    (8, 'C', 'p', 9007199254740993, 0.0005, 1, DATE '2024-07-02', NULL, NULL, '99999999999999', NULL)
) AS t(i, a, b, x, m, n, d, t, z, s, w)
"""
MEANINGS = [
    "trim(b)", "length(trim(b))", "ltrim(a)", "rtrim(a)", "trim(a, 'C')", "lower(a)", "upper(b)", "length(a)",
    "a || b", "concat(a, '-', n)", "concat_ws('/', a, m, d)", "replace(a, '.', ',')", "left(a, 2)", "right(a, 2)",
    "substring(a, 2, 3)", "split_part(a, '.', 2)", "starts_with(a, 'C')", "ends_with(a, ' ')", "contains(a, '.')",
    "a LIKE 'C%'", "a LIKE '%\\'", "a ILIKE 'c_'", "a NOT LIKE 'C%'", "a NOT ILIKE 'c_'", "a IN ('C', '3')", "a NOT IN ('C', '3')", "a IS NULL",
    "a IS DISTINCT FROM 'C'", "regexp_matches(a, '^.$')", "regexp_matches(a, 'e$')", "regexp_full_match(a, '[a-z.$]+')",
    "regexp_matches(a, 'e.')", "regexp_replace(a, '[.$]', '<\\0>', 'g')", "regexp_replace(a, '^(.)(.)', '\\2$\\1')",
    "regexp_extract(a, '([0-9]+)\\.([0-9])', 1)", "nullif(a, 'C')", "coalesce(a, b, '-')", "greatest(n, 2)", "least(n, 2)",
    "n + 1", "n * 2.5", "n * x", "m * m", "m * n", "m - 1", "-m", "n / 2", "n / 0", "x / n", "m / n", "n // 2", "n // 0",
    "n % 3", "n % 0", "x + n", "abs(n)", "abs(x)", "round(x)", "round(x, 2)", "round(m, 2)", "round(m)", "floor(m)", "ceil(m)",
    "round(n)", "isnan(x)", "isinf(x)", "isfinite(x)", "x > 0", "x = x", "m BETWEEN 0 AND 2.5", "n <> 3", "NOT n > 0",
    "CAST(x AS VARCHAR)", "CAST(m AS VARCHAR)", "CAST(n AS VARCHAR)", "CAST(d AS VARCHAR)", "CAST(t AS VARCHAR)",
    "CAST(z AS VARCHAR)", "CAST(n > 0 AS VARCHAR)", "try_cast(x AS DECIMAL(18,4))", "try_cast(x AS BIGINT)",
    "CAST(m AS INTEGER)", "CAST(m AS DECIMAL(12,2))", "CAST(m AS DOUBLE)", "CAST(n AS DECIMAL(18,4))",
    "try_cast(s AS DOUBLE)", "try_cast(s AS DECIMAL(18,4))", "try_cast(s AS BIGINT)", "try_cast(s AS INTEGER)",
    "CASE WHEN n > 2 THEN 'more' WHEN n IS NULL THEN 'none' ELSE 'less' END", "CASE n WHEN 5 THEN 1 END",
    "if(n > 2, a, b)", "ifnull(a, 'none')", "year(d)", "month(t)", "day(d)", "quarter(d)", "extract(month FROM d)",
    "d + 5", "d - 5", "d - DATE '2024-01-01'", "d + INTERVAL 1 MONTH", "t + INTERVAL 2 DAY", "d - INTERVAL 1 YEAR",
    "d >= DATE '2024-01-01'", "d < DATE '2024-01-31' + INTERVAL 1 MONTH", "date_diff('day', DATE '2024-01-01', d)",
    "date_trunc('month', d)", "date_trunc('week', t)", "date_trunc('quarter', d)", "date_trunc('year', d)",
    "CAST(t AS DATE)", "CAST(d AS TIMESTAMP)", "strftime(d, '%Y-%m')", "strftime(t, '%d.%m.%Y um %H:%M')",
    "CAST(z AT TIME ZONE 'Europe/Berlin' AS DATE)", "z AT TIME ZONE 'America/New_York'", "CAST(z AS DATE)",
    "try_strptime(w, '%d.%m.%Y')", "try_strptime(w, '%d.%m.%y')", "try_strptime(w, '%Y%m%d')", "make_date(2024, 2, n)",
    "d = '2024-01-01'", "n IN (5, NULL)", "a = b OR n IS NULL", "a = b AND n > 0",
]  # fmt: skip
MEANINGS.remove("make_date(2024, 2, n)")  # which fails for the 64th of February, in both


def test_every_expression_means_the_same(tmp_path, cache, monkeypatch):
    with duckdb.connect() as con:
        con.execute("SET TimeZone = 'UTC'")
        con.execute(f"COPY ({ROWS}) TO '{tmp_path}/log.parquet' (FORMAT parquet)")
    company = {
        "company": "shop", "title": "A shop", "connection": {"folder": "."}, "currency": "EUR",
        "relationship": "non_contractual", "timezone": "Europe/Berlin",
        "tables": {"transactions": {"from": "log.parquet", "columns": {"customer_id": "i", "date": "d", "amount": "m"}}},
    }  # fmt: skip
    shown = ", ".join(f"CAST({text} AS VARCHAR) AS c{i}" for i, text in enumerate(MEANINGS))
    query = f"SELECT i, {shown} FROM typed_transactions ORDER BY i"
    found = []
    for file in of_each(company, tmp_path, monkeypatch):
        with open_source(load_company(file)) as source:
            found.append(source.sql(query))
    # Zero has no sign for a person, nor has what is no number.
    unsigned = {"-0.0": "0.0", "-nan": "nan"}
    one, other = ([[unsigned.get(value, value) for value in row] for row in rows] for rows in found)
    assert len(one) == 8
    different = [
        (MEANINGS[i - 1] if i else "i", ours, theirs)
        for row, others in zip(one, other, strict=True)
        for i, (ours, theirs) in enumerate(zip(row, others, strict=True))
        if ours != theirs
    ]
    assert different == []


# --- what a session is started for ---


def small(folder: Path, rows: str, spark_url: str = "local[2]", **transactions) -> Path:
    """Write a company of a few rows for Spark."""
    folder.mkdir(exist_ok=True)
    with duckdb.connect() as con:
        con.execute(f"COPY ({rows}) TO '{folder}/log.parquet' (FORMAT parquet)")
    file = folder / "shop.yaml"
    written = {
        "company": "shop", "title": "A shop", "connection": {"spark": spark_url, "folder": "."}, "currency": "EUR",
        "relationship": "non_contractual", "complete_through": "2026-03",
        "tables": {"transactions": {"from": "log.parquet", **transactions}},
    }  # fmt: skip
    file.write_text(yaml.safe_dump(written))
    return file


LOG = "SELECT 'C' || i % 3 AS customer_id, DATE '2026-01-10' + CAST(i AS INTEGER) * 4 AS date, i * 1.5 AS amount FROM range(18) AS r(i)"


def test_who_finds_everything_in_the_cache_starts_no_session(tmp_path, cache, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    file = small(tmp_path / "shop", LOG)
    (tmp_path / "shop" / "events.csv").write_text("date,text\n2026-02-03,new shop\n2026-04-01,later\n")
    written = yaml.safe_load(file.read_text())
    written["tables"]["events"] = {"from": "events.csv"}
    file.write_text(yaml.safe_dump(written))
    first = open_month(str(file), "2026-03").prepared
    assert first.events == ((date(2026, 2, 3), "new shop"),)
    assert not first.files.missing()
    monkeypatch.setattr(spark, "open_session", lambda company: pytest.fail("a session was started"))
    assert open_month(str(file), "2026-03").prepared.inputs == first.inputs
    # Nothing of Spark's is left where one works, and nothing of it was printed.
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cache", "shop"]
    assert not list((tmp_path / "cache" / "spill").glob("aside-*"))
    told = capfd.readouterr()
    assert "WARN" not in told.err and "Spark" not in told.err + told.out


def test_a_failing_expression_is_told_without_the_value(tmp_path, cache, capfd):
    columns = {"customer_id": "customer_id", "date": "date", "amount": "CAST(customer_id AS INTEGER)"}
    file = small(tmp_path / "shop", LOG, columns=columns)
    with open_source(load_company(file)) as source, pytest.raises(DataError) as caught:
        check(source, source.company, today=TODAY)
    assert str(caught.value).startswith("shop: an expression of the company file fails on the data")
    assert "C1" not in str(caught.value)
    told = capfd.readouterr()
    assert "C1" not in told.err + told.out


def test_columns_that_only_some_files_have_are_missing_in_the_others(tmp_path, cache, monkeypatch):
    file = small(tmp_path / "shop", "SELECT 'C1' AS customer_id, DATE '2026-01-01' AS date, 1.5 AS amount")
    with duckdb.connect() as con:
        for year, extra in ((2024, "7 AS points"), (2025, "'x' AS note")):
            folder = tmp_path / "shop" / f"year={year}"
            folder.mkdir()
            con.execute(
                f"COPY (SELECT 'C2' AS customer_id, TIMESTAMP_NS '{year}-05-01 10:00:00' AS date, 2 AS amount, {extra}) "
                f"TO '{folder}/log.parquet' (FORMAT parquet)"
            )
    written = yaml.safe_load(file.read_text())
    written["tables"]["transactions"]["from"] = "year=*/log.parquet"
    rows = []
    for engine in of_each(written | {"connection": {"folder": "."}}, tmp_path / "shop", monkeypatch):
        with open_source(load_company(engine)) as source:
            assert source.bindings["transactions"].source_columns["year"] == "BIGINT"
            rows.append(source.sql("SELECT *, date, amount FROM full_transactions ORDER BY date")[0][:3])
            rows[-1] += tuple(
                source.sql("SELECT year, points, note, date FROM full_transactions ORDER BY year")
            )
    assert rows[0] == rows[1]


@pytest.fixture
def catalog(tmp_path, cache):
    """Give a table of Spark's catalog, as another program would have made it."""
    file = small(tmp_path / "shop", LOG)
    company = load_company(file)
    with open_source(company) as source:
        session = source.spark.session
    session.sql("CREATE SCHEMA IF NOT EXISTS shop_of_tests")
    session.read.parquet(str(tmp_path / "shop" / "log.parquet")).write.mode("overwrite").saveAsTable(
        "shop_of_tests.sales"
    )
    written = yaml.safe_load(file.read_text())
    written["connection"] = {"spark": "local[2]"}
    written["tables"]["transactions"]["from"] = "shop_of_tests.sales"
    (tmp_path / "shop" / "catalog.yaml").write_text(yaml.safe_dump(written))
    try:
        yield session, file, tmp_path / "shop" / "catalog.yaml"
    finally:
        session.sql("DROP SCHEMA shop_of_tests CASCADE")
        os.environ.pop(spark_tables._HANDED_OVER, None)


def test_tables_of_a_catalog_give_the_same_and_are_scanned_once_for_all_pages(catalog, monkeypatch):
    session, file, by_catalog = catalog
    from_files, view = (open_month(str(one), "2026-03") for one in (file, by_catalog))
    assert prepared(view) == prepared(from_files)
    # A process that this one starts takes its word for the state of the tables.
    process, rest = os.environ[spark_tables._HANDED_OVER].split(":", 1)
    assert process == str(os.getpid())
    with monkeypatch.context() as patch:
        patch.setenv(spark_tables._HANDED_OVER, f"1:{rest}")
        patch.setattr(spark, "open_session", lambda company: pytest.fail("a session was started"))
        assert open_month(str(by_catalog), "2026-03").prepared.inputs == view.prepared.inputs
    # Nobody else does, nor this one for long: a row more is noticed.
    session.sql("INSERT INTO shop_of_tests.sales VALUES ('C1', DATE '2026-02-02', 7.5)")
    monkeypatch.setattr(spark_tables, "_SECONDS", -1)
    assert open_month(str(by_catalog), "2026-03").prepared.inputs != view.prepared.inputs


@pytest.mark.parametrize("where", ["folder", "catalog"])
def test_a_server_gives_the_same_in_batches(where, catalog, monkeypatch):
    pytest.importorskip("grpc", reason='the spark extra is not installed: pip install "custlib[spark]"')
    monkeypatch.setattr(spark, "_BATCH", 4)
    _, file, by_catalog = catalog
    from_files = open_month(str(file), "2026-03")
    asked = file if where == "folder" else by_catalog
    served = asked.with_name("served.yaml")
    served.write_text(asked.read_text().replace("local[2]", f"sc://localhost:{PORT}"))
    assert prepared(open_month(str(served), "2026-03")) == prepared(from_files)


def test_a_table_that_the_catalog_lacks_is_named(catalog):
    _, _, by_catalog = catalog
    by_catalog.write_text(by_catalog.read_text().replace("shop_of_tests.sales", "shop_of_tests.nothing"))
    with (
        pytest.raises(DataError, match=r"transactions: Spark's catalog has no table 'shop_of_tests.nothing'"),
        open_source(load_company(by_catalog)),
    ):
        pass


def test_memory_and_threads_bound_spark_in_this_process(tmp_path, monkeypatch):
    file = small(tmp_path / "shop", LOG, spark_url="local[64]")
    monkeypatch.setenv("CUSTLIB_THREADS", "3")
    assert spark_session._bounded(load_company(file)) == ("local[3]", 3)
    assert spark_session._megabytes("2GiB") == 2048 and spark_session._megabytes("1.5 GB") == 1430
    assert json.dumps(spark_session._megabytes(None)) == "null"
