"""SQL for engines that no test here can run: it is compiled, parsed again, and asks what it should.

That is less than a run: `docs/engines.md` says so. What is looked for in the SQL is what went wrong while it was written.
"""

from datetime import date
from decimal import Decimal

import ibis
import pytest
import sqlglot
import sqlglot.expressions as sge
from ibis.config import Config

from custlib.aggregate.panel import panel
from custlib.data.database_queries import digests, rows_of, sendable, tells_change

DIALECTS = ("bigquery", "snowflake", "databricks", "postgres", "pyspark")
# As a warehouse has it: a decimal without a scale, a moment with its offset, things that are no column of ours.
LOG = ibis.table(
    {
        "customer_id": "string", "date": "date", "at": "timestamp('UTC')", "plain": "timestamp",
        "amount": "decimal(18, 4)", "loose": "decimal", "rate": "float64", "n": "int64", "flag": "boolean",
        "ref": "uuid", "doc": "json",
    },
    name="log",
)  # fmt: skip
CONTRACT = {
    "transactions": ibis.table(
        {"customer_id": "string", "date": "date", "amount": "decimal(18, 4)", "margin": "decimal(18, 4)",
         "qualifying": "boolean", "excluded": "string"}, name="transactions",
    ),
    "customer_months": ibis.table(
        {"customer_id": "string", "month": "date", "revenue": "decimal(18, 4)", "margin": "decimal(18, 4)"},
        name="customer_months",
    ),
    "costs": ibis.table({"customer_id": "string", "date": "date", "cost": "decimal(18, 4)"}, name="costs"),
}  # fmt: skip


class Spark(Config):
    """What Ibis asks of its own options when it compiles for Spark, and only a connection sets."""

    treat_nan_as_null: bool = False


JANUARY = date(2024, 1, 1)


def parsed(expression: ibis.Table, dialect: str) -> tuple[str, sge.Expression]:
    """Compile an expression for an engine, and read what came of it as that engine's SQL."""
    with pytest.MonkeyPatch.context() as patch:
        if dialect == "pyspark":
            patch.setattr(ibis.options, "pyspark", Spark())
        text = str(ibis.to_sql(expression, dialect=dialect))
    (tree,) = sqlglot.parse(text, read="spark" if dialect == "pyspark" else dialect)
    assert not list(tree.find_all(sge.Command)), text
    return text, tree


@pytest.mark.parametrize("column", ["date", "at", "plain"])
@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_month_is_asked_for_by_bare_comparisons(dialect, column):
    text, tree = parsed(sendable(rows_of(LOG, column, JANUARY, dialect), dialect), dialect)
    where = tree.find(sge.Where)
    bounds = [*where.find_all(sge.GTE), *where.find_all(sge.LT)]
    assert len(bounds) == 2 and all(isinstance(bound.this, sge.Column) for bound in bounds), text
    # The next month begins where this one ends.
    assert all(any(each in str(bound) for each in ("2024-01-01", "2024, 1, 1", "2024-02-01", "2024, 2, 1")) for bound in bounds)  # fmt: skip
    assert tree.find(sge.Select).named_selects == list(LOG.columns)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_rows_without_a_day_are_asked_for(dialect):
    _, tree = parsed(rows_of(LOG, "at", None, dialect), dialect)
    assert tree.find(sge.Where).find(sge.Is) is not None


@pytest.mark.parametrize("column", ["date", "at", None])
@pytest.mark.parametrize("dialect", DIALECTS)
def test_change_is_told_by_one_query(dialect, column):
    text, tree = parsed(digests(LOG, column, dialect), dialect)
    assert {"month", "rows", "content"} == set(tree.find(sge.Select).named_selects)
    assert (tree.find(sge.Group) is not None) == (column is not None)
    hashed = {"bigquery": "FARM_FINGERPRINT", "snowflake": "HASH", "databricks": "XXHASH64", "postgres": "HASHTEXTEXTENDED"}  # fmt: skip
    assert (hashed.get(dialect, "nothing") in text.upper()) == tells_change(dialect)
    # Sums of 64 bits go beyond 64 bits.
    if tells_change(dialect):
        (total,) = [each for each in tree.find_all(sge.Sum) if not each.find(sge.Case)] or [
            tree.find(sge.Sum)
        ]
        assert total.find(sge.Cast).to.this in (sge.DataType.Type.DECIMAL, sge.DataType.Type.BIGDECIMAL), text


@pytest.mark.parametrize("dialect", DIALECTS)
def test_decimals_and_what_no_parquet_file_holds_are_cast(dialect):
    _, tree = parsed(sendable(LOG, dialect), dialect)
    cast = {each.alias_or_name: each.find(sge.Cast) for each in tree.find(sge.Select).expressions}
    assert cast["loose"] is not None and cast["ref"] is not None
    assert cast["n"] is None and cast["rate"] is None


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_panel_is_one_group_by_in_every_dialect(dialect, monkeypatch):
    if dialect == "snowflake":  # Ibis knows how it unites bits there, and not on Spark
        monkeypatch.setattr("custlib.aggregate.panel.bit_or", lambda mask: mask.bit_or())
    expression = panel(**CONTRACT, margin_share=Decimal("0.3"))
    text, tree = parsed(expression, dialect)
    assert set(expression.columns) == set(tree.find(sge.Select).named_selects)
    assert "BIT_OR" in text.upper() or "BITOR" in text.upper()
    assert len(list(tree.find_all(sge.Group))) >= 1 and not list(tree.find_all(sge.Limit))


def test_a_dialect_that_cannot_be_read_is_noticed():
    with pytest.raises(sqlglot.errors.ParseError):
        sqlglot.parse("SELECT a b c FROM", read="bigquery")
