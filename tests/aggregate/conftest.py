"""Random logs as engine tables, and the library's chain of month tables over them."""

import importlib.util
import sys
from collections.abc import Iterable, Sequence
from decimal import Decimal
from pathlib import Path

import ibis
import pandas as pd
import pytest

from custlib.aggregate import values as values_module
from custlib.aggregate.panel import panel
from custlib.aggregate.segments import with_core, with_products, with_segments
from custlib.aggregate.values import Rules
from custlib.data.collect import MonthlyQueries
from tests.aggregate.twin import Log, first_of


@pytest.fixture(scope="session")
def engine():
    """One engine for all random logs; tables are replaced from log to log."""
    con = ibis.duckdb.connect()
    con.raw_sql("SET enable_progress_bar = false")
    con.raw_sql("SET threads = 1")
    return con


def rules_of(log: Log, segments=()) -> Rules:
    return Rules(
        relationship=log.relationship,
        active_window=log.active_window,
        value_window=log.value_window,
        data_start=first_of(log.start),
        history_complete=log.complete,
        segments=tuple(segments),
    )


def fill(con, table: str, rows: Iterable[Sequence]) -> None:
    """Write rows into a table, all at once: one by one takes the engine longer than most of what is tested."""
    rows = list(rows)
    if rows:
        row = f"({', '.join('?' * len(rows[0]))})"
        cells = [cell for each in rows for cell in each]
        con.execute(f"INSERT INTO {table} VALUES {', '.join([row] * len(rows))}", cells)


def tables_of(engine, log: Log):
    """Load a log: the transactions and customers of the contract."""
    engine.raw_sql(
        "CREATE OR REPLACE TABLE transactions (customer_id VARCHAR, date DATE, amount DECIMAL(18,4),"
        " qualifying BOOLEAN, product VARCHAR, excluded VARCHAR)"
    )
    fill(engine.con, "transactions", [(*row, None) for row in log.rows])
    engine.raw_sql(
        "CREATE OR REPLACE TABLE customers (customer_id VARCHAR, acquired_on DATE, closed_on DATE,"
        " closure_reason VARCHAR, acquisition_channel VARCHAR)"
    )
    fill(engine.con, "customers", [(name, *facts) for name, facts in log.listed.items()])
    if log.flags is not None:
        engine.raw_sql("ALTER TABLE customers ADD COLUMN contract BOOLEAN")
        engine.raw_sql("CREATE OR REPLACE TEMP TABLE flags (customer_id VARCHAR, contract BOOLEAN)")
        fill(engine.con, "flags", log.flags.items())
        engine.raw_sql(
            "UPDATE customers SET contract = flags.contract FROM flags"
            " WHERE customers.customer_id = flags.customer_id"
        )
    return engine.table("transactions"), engine.table("customers")


def costs_of(engine, log: Log):
    """Load what serving customers cost; None for a company that does not say."""
    if not log.costs:
        return None
    engine.raw_sql("CREATE OR REPLACE TABLE costs (customer_id VARCHAR, date DATE, cost DECIMAL(18,4))")
    fill(engine.con, "costs", log.costs)
    return engine.table("costs")


def month_tables(engine, log: Log, *, segments=(), last: int | None = None, make=None):
    """Build the panel and the table of every month end; `make` stands in for `values` (mutants).

    As when a company's months are prepared, a query is compiled once and run for every month.
    """
    transactions, customers = tables_of(engine, log)
    made_of = panel(transactions, costs=costs_of(engine, log), margin_share=Decimal(1))
    engine.create_table("panel", made_of, overwrite=True)
    whole, queries = engine.table("panel"), MonthlyQueries(engine)
    rules, made, previous = rules_of(log, segments), {}, None

    def base(at):
        table = (make or values_module.values)(
            whole, month=at, rules=rules, previous=previous, customers=customers
        )
        table = with_core(table, whole, None, month=at, rules=rules)
        table = with_products(table, month=at, statement=None, products=None)
        return with_segments(table, month=at, rules=rules, customers=customers, statement=None)

    for month in range(log.start, (last or log.start + log.months - 1) + 1):
        text = queries.text(previous is None, first_of(month), base)
        engine.raw_sql(f"CREATE OR REPLACE TABLE base_{month} AS {text}")
        engine.raw_sql(f"CREATE OR REPLACE VIEW previous AS SELECT * FROM base_{month}")
        previous, made[month] = engine.table("previous"), engine.table(f"base_{month}")
    return whole, made


def rows(table) -> pd.DataFrame:
    return table.execute()


def mutant(path: Path, old: str, new: str):
    """Load a module with one change in its source; the change must be there to make."""
    text = path.read_text()
    assert text.count(old) >= 1, f"{old!r} is no longer in {path.name}: choose another mutant"
    spec = importlib.util.spec_from_loader("mutant", loader=None)
    module = importlib.util.module_from_spec(spec)
    sys.modules["mutant"] = module  # dataclasses look their module up by name
    exec(compile(text.replace(old, new, 1), str(path), "exec"), module.__dict__)
    return module
