"""Random logs as engine tables, and the library's chain of month tables over them."""

from decimal import Decimal

import ibis
import pandas as pd
import pytest

from custlib.aggregate import values as values_module
from custlib.aggregate.panel import panel
from custlib.aggregate.segments import with_core, with_products, with_segments
from custlib.aggregate.values import Rules
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


def tables_of(engine, log: Log):
    """Load a log: the transactions and customers of the contract."""
    engine.raw_sql(
        "CREATE OR REPLACE TABLE transactions (customer_id VARCHAR, date DATE, amount DECIMAL(18,4),"
        " qualifying BOOLEAN, product VARCHAR, excluded VARCHAR)"
    )
    engine.con.executemany(
        "INSERT INTO transactions VALUES (?, ?, ?, ?, ?, NULL)", [list(r) for r in log.rows]
    )
    engine.raw_sql(
        "CREATE OR REPLACE TABLE customers (customer_id VARCHAR, acquired_on DATE, closed_on DATE,"
        " closure_reason VARCHAR, acquisition_channel VARCHAR)"
    )
    if log.listed:
        engine.con.executemany(
            "INSERT INTO customers VALUES (?, ?, ?, ?, ?)",
            [[name, *facts] for name, facts in log.listed.items()],
        )
    return engine.table("transactions"), engine.table("customers")


def month_tables(engine, log: Log, *, segments=(), last: int | None = None, make=None):
    """Build the panel and the table of every month end; `make` stands in for `values` (mutants)."""
    transactions, customers = tables_of(engine, log)
    engine.create_table("panel", panel(transactions, margin_share=Decimal(1)), overwrite=True)
    whole = engine.table("panel")
    rules, made, previous = rules_of(log, segments), {}, None
    for month in range(log.start, (last or log.start + log.months - 1) + 1):
        day = first_of(month)
        base = (make or values_module.values)(
            whole, month=day, rules=rules, previous=previous, customers=customers
        )
        base = with_core(base, whole, None, month=day, rules=rules)
        base = with_products(base, month=day, statement=None, products=None)
        base = with_segments(base, month=day, rules=rules, customers=customers, statement=None)
        name = f"base_{month}"
        engine.create_table(name, base, overwrite=True)
        previous = made[month] = engine.table(name)
    return whole, made


def rows(table) -> pd.DataFrame:
    return table.execute()
