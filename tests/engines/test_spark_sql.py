"""What is refused and what is named when Spark is the connection; nothing here starts Spark."""

import sys
from pathlib import Path

import duckdb
import pytest
import yaml

from custlib.company import load_company
from custlib.data import spark_session
from custlib.data.log_checks import log_profile
from custlib.data.source import open_source
from custlib.data.spark import Spark
from custlib.data.spark_functions import NotPortable, java_pattern
from custlib.data.spark_sql import expression_to_spark, to_spark
from custlib.errors import DataError, UsageError

pytestmark = pytest.mark.usefixtures("cache")


@pytest.fixture(autouse=True)
def installed(monkeypatch):
    """Binding needs no Spark, so these tests run where it is not installed, too."""
    monkeypatch.setattr(spark_session, "_found", lambda name: True)


@pytest.fixture(scope="module")
def type_of():
    con = duckdb.connect()
    con.execute(
        "CREATE TABLE t (a VARCHAR, b VARCHAR, n INTEGER, x DOUBLE, m DECIMAL(12,2), d DATE, z TIMESTAMPTZ)"
    )
    yield lambda query: con.execute(f"DESCRIBE {query}").fetchall()[0][1]
    con.close()


def company(folder: Path, transactions: dict, spark: str = "local[2]", **others) -> Path:
    """Write a company of three rows whose connection is Spark."""
    folder.mkdir(exist_ok=True)
    with duckdb.connect() as con:
        con.execute(
            "COPY (SELECT 'C' || i AS customer_id, DATE '2026-01-01' + CAST(i AS INTEGER) AS date, 1.5 * i AS amount, 'x' AS note "
            f"FROM range(3) AS r(i)) TO '{folder}/log.parquet' (FORMAT parquet)"
        )
    written = {
        "company": "shop", "title": "A shop", "connection": {"spark": spark, "folder": "."}, "currency": "EUR",
        "relationship": "non_contractual", "tables": {"transactions": {"from": "log.parquet", **transactions}},
    }  # fmt: skip
    (folder / "shop.yaml").write_text(yaml.safe_dump(written | others))
    return folder / "shop.yaml"


REFUSED = {
    "jaro_winkler_similarity(a, 'x') > 1": "jaro_winkler_similarity",
    "median(n)": "median",
    "a[1:2]": "a[1",
    "strptime(a, '%c')": "%c",
    "CAST(a AS DATE)": "a cast of text to DATE",
    "a < d": "days beside text",
    "a = 5": "numbers beside text",
    "a IN ('1', 2)": "numbers beside text",
    "coalesce(a, n)": "numbers beside text",
    "CASE WHEN n > 1 THEN a ELSE 0 END": "numbers beside text",
    "n > 1 = n": "numbers beside yes or no",
    "regexp_matches(a, '\\bx')": "\\b",
    "regexp_matches(a, '(?i)x')": "(?i",
    "regexp_matches(a, b)": "not written out",
    "regexp_replace(a, 'x', 'y')": "first match",
    "left(a, -1)": "positions",
    "date_trunc('hour', d)": "date_trunc",
    "year(z)": "year of TIMESTAMP WITH TIME ZONE",
    "d + INTERVAL 5 HOUR": "HOUR",
    "n IN (SELECT 1)": "a query",
    "CAST(x AS DECIMAL(20,2))": "18 digits",
    "random()": "random()",
    "dayofweek(d)": "dayofweek()",
    "len(a)": None,
}


@pytest.mark.parametrize("text", REFUSED)
def test_what_is_not_known_to_mean_the_same_is_refused(text, type_of):
    if REFUSED[text] is None:
        assert expression_to_spark(text, "t", type_of, zone="UTC") == "(length(`a`))"
        return
    with pytest.raises(NotPortable) as caught:
        expression_to_spark(text, "t", type_of, zone="UTC")
    assert REFUSED[text].lower() in str(caught.value).lower()


def test_check_names_table_column_expression_and_function(tmp_path):
    columns = {"customer_id": "customer_id", "date": "date", "amount": "amount", "order_id": "soundex(note)"}
    bad = columns | {"order_id": "levenshtein(note, 'y')"}
    with (
        pytest.raises(UsageError) as caught,
        open_source(load_company(company(tmp_path / "a", {"columns": bad}))),
    ):
        pass
    first, second = str(caught.value).splitlines()
    assert first.startswith("transactions.order_id: ") and "levenshtein(note, 'y')" in first
    assert second.startswith("  levenshtein()")
    # What DuckDB itself does not know is refused in DuckDB's way.
    with (
        pytest.raises(UsageError, match=r"transactions\.order_id: cannot be computed"),
        open_source(load_company(company(tmp_path / "b", {"columns": columns}))),
    ):
        pass


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"filter": "levenshtein(note, 'y') > 1"}, "transactions: the filter"),
        ({"qualifying": "levenshtein(note, 'y') > 1"}, "transactions: qualifying"),
        ({"currency_column": "levenshtein(note, 'y')"}, "transactions.currency_column"),
    ],
)
def test_filter_and_qualifying_are_looked_at_too(change, where, tmp_path):
    with pytest.raises(UsageError, match=where), open_source(load_company(company(tmp_path, change))):
        pass


def test_the_scope_is_looked_at_too(tmp_path):
    file = company(tmp_path, {}, scope={"name": "part", "where": "levenshtein(note, 'y') > 1"})
    with pytest.raises(UsageError, match="the scope"), open_source(load_company(file)):
        pass


def test_wide_surveys_are_refused_with_the_way_out(tmp_path):
    file = company(tmp_path, {})
    written = yaml.safe_load(file.read_text())
    written["tables"]["surveys"] = {
        "from": "log.parquet",
        "columns": {"customer_id": "customer_id", "date": "date"},
        "scores": {"nps": "amount"},
    }
    file.write_text(yaml.safe_dump(written))
    with pytest.raises(UsageError, match=r"surveys\.scores: Spark"), open_source(load_company(file)):
        pass


def test_no_session_is_started_by_opening_a_folder(tmp_path, monkeypatch):
    monkeypatch.setattr(spark_session, "_here", lambda company: pytest.fail("a session was started"))
    with open_source(load_company(company(tmp_path, {}))) as source:
        assert source.transactions.columns == ("customer_id", "date", "amount", "qualifying", "excluded")
        # Whoever asks DuckDB for the rows is told where they are, and finds no empty table.
        with pytest.raises(duckdb.Error, match="read by Spark"):
            source.transactions.filter(source.transactions.amount > 0).execute()


def test_what_duckdb_counted_is_not_taken_for_what_spark_would(tmp_path, monkeypatch):
    """Where files cannot be told apart (as two links to one), both engines read the log as one part of one state."""
    asked = []
    monkeypatch.setattr(Spark, "rows", lambda source, query: asked.append(query) or [])
    file = company(tmp_path, {"from": "*.csv"})
    (tmp_path / "log.csv").write_text("customer_id,date,amount\nC1,2026-01-01,1.5\nC2,2026-01-02,3.0\n")
    (tmp_path / "again.csv").symlink_to(tmp_path / "log.csv")
    by_duckdb = file.with_name("duckdb.yaml")
    by_duckdb.write_text(file.read_text().replace("  spark: local[2]\n", ""))
    for each in (by_duckdb, file):
        assert not asked
        with open_source(load_company(each)) as source:
            assert source.bindings["transactions"].files == ()
            counted = log_profile(source, source.company)
            assert int(counted.frame.rows.sum()) == (0 if source.spark else 4)
    assert len(asked) == 1


def test_missing_extra_is_named(tmp_path, monkeypatch):
    monkeypatch.undo()
    monkeypatch.setitem(sys.modules, "pyspark", None)
    with pytest.raises(UsageError) as caught, open_source(load_company(company(tmp_path, {}))):
        pass
    assert str(caught.value).splitlines()[1] == '  pip install "custlib[spark]"'
    assert 'needs the extra "spark"' in str(caught.value)


def test_missing_java_is_named(tmp_path, monkeypatch):
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    file = company(tmp_path / "a", {})
    with open_source(load_company(file)) as source, pytest.raises(UsageError, match="needs Java 17"):
        source.sql("SELECT count(*) FROM transactions")


def test_an_unreachable_server_is_named_without_its_token(tmp_path, monkeypatch):
    def unreachable(location):
        raise ConnectionError(location)

    monkeypatch.setattr(spark_session, "_remote", unreachable)
    monkeypatch.setattr(spark_session, "_java_runs", lambda: True)
    file = company(tmp_path, {}, spark="sc://server:15002/;token=geheim")
    with open_source(load_company(file)) as source:
        assert "geheim" not in repr(source)
        with pytest.raises(UsageError) as caught:
            source.sql("SELECT count(*) FROM transactions")
    assert "geheim" not in str(caught.value) and "server" not in str(caught.value)
    assert str(caught.value).startswith("connection.spark: Spark (sc)")


def test_a_missing_folder_is_named(tmp_path):
    file = company(tmp_path, {})
    file.write_text(file.read_text().replace("folder: .", "folder: nowhere"))
    with (
        pytest.raises(DataError, match="the folder that Spark is to read does not exist"),
        open_source(load_company(file)),
    ):
        pass


@pytest.mark.parametrize(
    ("written", "java"),
    [
        ("^a.$", "(?d)^a.\\z"),
        ("[$.]", "(?d)[$.]"),
        ("a\\.b\\$", "(?d)a\\.b\\$"),
        ("[[x]", "(?d)[\\[x]"),
        ("[^0-9]{2,3}(?:a|b)", "(?d)[^0-9]{2,3}(?:a|b)"),
    ],
)
def test_regular_expressions_are_written_for_java(written, java):
    assert java_pattern(written) == java


@pytest.mark.parametrize(
    ("query", "spark"),
    [
        ("SELECT a FROM t ORDER BY a LIMIT 5", "SELECT `a` FROM `t` ORDER BY `a` ASC NULLS LAST LIMIT 5"),
        ("SELECT count(*) FILTER (WHERE n > 1) FROM t", "SELECT count(*) FILTER (WHERE (`n` > 1)) FROM `t`"),
        ("SELECT d - d FROM t", "SELECT CAST(datediff(`d`, `d`) AS BIGINT) FROM `t`"),
        ("SELECT n // 2, n % 2 FROM t", "SELECT (`n` div nullif(2, 0)), (`n` % nullif(2, 0)) FROM `t`"),
        ("SELECT 'it''s \\ so' FROM t", "SELECT 'it\\'s \\\\ so' FROM `t`"),
        ("SELECT CAST(m AS INTEGER) FROM t", "SELECT CAST(round(`m`, 0) AS INT) FROM `t`"),
        ("SELECT hash(a) FROM t", "SELECT CAST(xxhash64(`a`, isnull(`a`)) AS DECIMAL(38,0)) FROM `t`"),
        ("SELECT z AT TIME ZONE 'Europe/Berlin' FROM t",
         "SELECT convert_timezone('UTC', 'Europe/Berlin', CAST(`z` AS TIMESTAMP_NTZ)) FROM `t`"),
    ],
)  # fmt: skip
def test_statements_are_written_for_spark(query, spark, type_of):
    assert to_spark(query, type_of, zone="UTC") == spark


def test_a_day_moved_by_a_month_stays_a_day_where_it_is_compared(type_of):
    """So that Spark can leave out the files and row groups of other months."""
    written = to_spark(
        "SELECT a FROM t WHERE d < (MAKE_DATE(2026, 1, 1) + INTERVAL '1' MONTH)", type_of, zone="UTC"
    )
    assert written.endswith("WHERE (`d` < add_months(make_date(2026, 1, 1), 1))")
