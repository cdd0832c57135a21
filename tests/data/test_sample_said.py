"""What customers of the committed bank say: rows as the codebook has them, the story, and odd characters kept."""

from pathlib import Path

import duckdb
import pytest

from custlib.company import load_company
from custlib.data.checks import check
from custlib.data.sample.house import METRICS
from custlib.data.sample.words import HOSTILE
from custlib.data.source import open_source

FOLDER = Path(__file__).resolve().parents[2] / "data" / "sample"
TABLES = ("surveys", "feedback", "promises", "operations", "channels", "products", "events")
SHORT = "case better when 'higher' then value < minimum else value > minimum end"


@pytest.fixture(scope="module")
def said() -> duckdb.DuckDBPyConnection:
    con = duckdb.connect()
    for name in (*TABLES, "customers"):
        con.execute(f"create view {name} as select * from read_parquet('{FOLDER}/{name}.parquet')")
    con.execute("""
        create view answers as select distinct on (customer_id, wave) * from surveys
        where metric = 'nps' and score is not null order by customer_id, wave, date desc""")
    return con


def one(con: duckdb.DuckDBPyConnection, query: str):
    return con.execute(query).fetchone()[0]


def year(con: duckdb.DuckDBPyConnection, last: int) -> list[str]:
    """Work out the figures of the twelve months to a June straight from the tables."""
    within = f"between date '{last - 1}-07-01' and date '{last}-06-30'"
    nps = f"select 100 * (avg((score >= 9)::int) - avg((score <= 6)::int)) from answers where date {within}"
    invited = (
        f"select count(distinct (customer_id, wave)) from surveys where metric = 'nps' and date {within}"
    )
    kept = f"select avg(coalesce(kept_on <= due_on, false)::int) from promises where due_on {within}"
    return [
        f"{one(con, invited):,}",
        f"{one(con, f'select count(*) from answers where date {within}'):,}",
        f"{one(con, nps):+.0f}",
        f"{one(con, f'select count(*) from feedback where kind = $$complaint$$ and date {within}'):,}",
        f"{one(con, kept):.1%}",
        f"{one(con, f'select count(*) from operations where {SHORT} and month {within}')}",
    ]


def story_lines(con: duckdb.DuckDBPyConnection) -> str:
    """Write the second table of the codebook's story."""
    names = ("invitations in the four waves", "customers' answers to them", "NPS", "complaints",
             "promises due that were kept in time", f"times a figure of its own fell short, of {12 * len(METRICS)}")  # fmt: skip
    rows = zip(names, year(con, 2025), year(con, 2026), strict=True)
    return "\n".join(f"| {name} | {before} | {now} |" for name, before, now in rows)


def test_the_codebook_tells_what_was_said_with_the_right_figures(said):
    assert story_lines(said) in (FOLDER / "README.md").read_text()


def test_the_story_is_there_and_the_banks_own_figures_tell_it_first(said):
    short = [str(m)[:7] for (m,) in said.execute(f"select month from operations where {SHORT} group by month having count(*) > 1 order by month").fetchall()]  # fmt: skip
    assert short[0] == "2025-06" and short[-1] < "2026-06"
    complaints = dict(said.execute("select strftime(date, '%Y-%m'), count(*) from feedback where kind = 'complaint' group by 1").fetchall())  # fmt: skip
    assert complaints["2025-06"] < 30 < 150 < complaints["2025-07"]
    waves = dict(said.execute("select wave, 100 * (avg((score >= 9)::int) - avg((score <= 6)::int)) from answers group by 1").fetchall())  # fmt: skip
    assert len(waves) == 11 and waves["2025-Q2"] > 25 > waves["2025-Q3"]
    calm = [value for wave, value in waves.items() if wave < "2025-Q3"]
    assert 20 < sum(calm) / len(calm) < 45


def test_rows_obey_the_codebook(said):
    def count(query: str) -> int:
        return one(said, f"select count(*) from {query}")

    assert count("surveys where (metric = 'nps') <> (wave is not null)") == 0
    assert count("surveys where score is null and (reason is not null or expectation is not null)") == 0
    assert count("surveys where metric = 'nps' and wave <> year(date) || '-Q' || quarter(date)") == 0
    assert count("surveys where metric = 'nps' and month(date) not in (2, 5, 8, 11)") == 0
    assert count("surveys where metric = 'nps' and (stage is null) <> (reason is null)") == 0
    assert (
        count("surveys join customers using (customer_id) where date < acquired_on or date > closed_on") == 0
    )
    assert count("surveys where date not between date '2023-07-01' and date '2026-07-09'") == 0
    assert count("feedback where verbatim is null or kind is null or owner is null or status is null") == 0
    assert (
        count("feedback where (status = 'resolved') <> (resolved_on is not null) or resolved_on <= date") == 0
    )
    assert count("feedback where greatest(date, coalesce(resolved_on, date)) > date '2026-07-09'") == 0
    assert count("feedback f join customers using (customer_id) where f.date < acquired_on") == 0
    assert count("promises where kept_on > date '2026-07-09' or due_on > date '2026-07-16'") == 0
    assert count("operations") == 36 * len(METRICS)
    assert count("feedback where product not in (from (select product from products))") == 0
    for table, columns in (("surveys", ("metric", "stage", "wave")), ("feedback", ("kind", "stage", "channel", "status")),
                           ("promises", ("promise", "stage")), ("operations", ("better", "stage")), ("channels", ("kind",))):  # fmt: skip
        text = (FOLDER / "README.md").read_text()
        for column in columns:
            told = said.execute(
                f"select distinct {column} from {table} where {column} is not null"
            ).fetchall()
            assert all(f"`{word}`" in text for (word,) in told if column != "wave"), (table, column)


def test_odd_characters_arrive_unchanged(said):
    """Markup, formulas, quotes, line breaks and right-to-left text, from the file through the contract."""
    words = "select reason as words from surveys union all select verbatim from feedback"
    held = {text for (text,) in said.execute(f"select distinct words from ({words}) where words is not null").fetchall()}  # fmt: skip
    assert set(HOSTILE) <= held
    assert any(any(ord(sign) > 0x1F000 for sign in text) for text in held)  # an emoji
    assert any("ß" in text or "ö" in text for text in held)
    with open_source(load_company("sample")) as source:
        for table, column in (("surveys", "reason"), ("surveys", "expectation"), ("feedback", "verbatim")):
            written = said.execute(f"select {column}, count(*) from {table} group by 1").fetchall()
            read = source.sql(f"SELECT {column}, count(*) FROM {table} GROUP BY 1")
            assert dict(read) == dict(written)


def test_the_sample_is_fit_without_a_warning():
    company = load_company("sample")
    with open_source(company) as source:
        report = check(source, company)
        assert set(source.bindings) == {*TABLES, "transactions", "customers", "customer_months"}
    assert report.violations == () and report.exit_code == 0
    assert all(report.counts[f"{name}_rows"] == report.counts[f"{name}_source_rows"] > 0 for name in TABLES)
