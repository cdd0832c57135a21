"""What a URL of a database must be, and that nothing of a wrong one is repeated; no server is needed."""

import sqlite3

import pytest
import yaml

from custlib.company import load_company
from custlib.data.database import one_look
from custlib.data.database_look import without_password
from custlib.data.source import open_source
from custlib.errors import CustlibError


def rows(tmp_path, url: str) -> list[tuple]:
    told = {"company": "shop", "title": "Shop", "connection": {"database": url}, "currency": "EUR",
            "relationship": "non_contractual", "tables": {"transactions": {"from": "sales"}}}  # fmt: skip
    (tmp_path / "shop.yaml").write_text(yaml.safe_dump(told))
    with open_source(load_company(tmp_path / "shop.yaml")) as source:
        return source.sql("SELECT customer_id, amount FROM transactions ORDER BY ALL")


def refused(tmp_path, url: str) -> CustlibError:
    with pytest.raises(CustlibError) as caught:
        rows(tmp_path, url)
    error = caught.value
    assert "hunter2" not in f"{error} {error.__cause__}"
    assert error.__suppress_context__ or error.__context__ is None
    return caught.value


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://reader:hunter2@[::1/db",
        "postgresql://hunter2\u2100@host/db",
    ],  # which Python quotes in its error
)
def test_what_cannot_be_taken_apart_is_not_repeated(tmp_path, cache, url):
    error = refused(tmp_path, url)
    assert (
        str(error).startswith("connection.database is not written as a URL must be\n")
        and error.exit_code == 64
    )


def test_no_file_is_made_where_there_is_none(tmp_path, cache):
    for kind, said in (
        ("sqlite", "sqlite database does not exist"),
        ("duckdb", "named by connection.duckdb"),
    ):
        assert said in str(refused(tmp_path, f"{kind}:///{tmp_path}/shop.db"))
    assert not (tmp_path / "shop.db").exists()


@pytest.mark.parametrize(
    ("url", "written"),
    [
        ("postgresql://u:hunter2@h:5432/db", "postgresql://u:${PGPASSWORD}@h:5432/db"),
        ("postgresql://u:hunt@er2@h/db", "postgresql://u:${PGPASSWORD}@h/db"),
        ("postgresql://h/db?user=u&password=hunter2&sslmode=require", "postgresql://h/db?user=u&password=${PGPASSWORD}&sslmode=require"),
        ("snowflake://u:hunter2@a/d?token=hunter2", "snowflake://u:${PGPASSWORD}@a/d?token=${PGPASSWORD}"),
        ("postgresql://u:${READER}@h/db?password=${OTHER}", "postgresql://u:${READER}@h/db?password=${OTHER}"),
        ("postgresql://u@h/db", "postgresql://u@h/db"),
    ],
)  # fmt: skip
def test_a_password_written_out_becomes_a_variable_wherever_it_stands(url, written):
    assert without_password(url) == written


@pytest.mark.parametrize(
    "noted", ["", "[]", "null", '{"looked": 1e18}', '{"looked": 1e18, "tables": {}}', '{"looked": "x"}']
)
def test_what_is_noted_of_a_look_and_is_not_whole_is_looked_at_again(tmp_path, cache, noted):
    """The database is SQLite's, whose driver is Python's own."""
    with sqlite3.connect(tmp_path / "shop.db") as con:
        con.execute("CREATE TABLE sales (customer_id text, date date, amount real)")
        con.execute("INSERT INTO sales VALUES ('a', '2026-03-01', 3.5), ('b', '2026-03-02', 4)")
    con.close()
    url = f"sqlite:///{tmp_path}/shop.db"
    with one_look(0):
        before = rows(tmp_path, url)
        (kept,) = (path for path in (cache / "staged").glob("db-*.json") if "looked" in path.read_text())
        kept.write_text(noted)
        assert rows(tmp_path, url) == before and len(before) == 2
