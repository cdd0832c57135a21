"""What is built: the panel from the source, and the customers of every month end; only what is missing."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import ibis
import ibis.expr.types as ir
from ibis import _

from custlib.aggregate import panel as panels
from custlib.aggregate.segments import with_core, with_products, with_segments
from custlib.aggregate.values import Rules, months_on, values
from custlib.data.collect import MonthlyQueries, typed
from custlib.data.digest import SAID
from custlib.data.schema import TABLES
from custlib.data.source import Source
from custlib.periods import Month, add_months
from custlib.prepare.files import Files, Progress, save

# How kinds of the contract are kept in what customers said.
_TYPES = {"id": "string", "text": "string", "date": "date", "number": "float64"}


def build(source: Source, files: Files, rules: Rules, margin_share: Decimal, progress: Progress) -> None:
    """Make every file that is missing: months of the source first, then month ends in order."""
    if files.customers and not files.customers.exists() and source.customers is not None:
        save(source.con, typed(source.con, source.customers), files.customers)
    _build_months(source, files, margin_share, progress)
    if files.months.get("base"):
        _build_base(source.con, files, rules, progress)


def _build_months(source: Source, files: Files, margin_share: Decimal, progress: Progress) -> None:
    """Reduce the log one month at a time, so that memory holds one month's customers at most."""
    queries = MonthlyQueries(source.con)

    def panel(month: Month) -> ir.Table:
        return panels.panel(
            _of_month(source.transactions, "date", month),
            customer_months=_of_month(source.customer_months, "month", month),
            costs=_of_month(source.costs, "date", month),
            margin_share=margin_share,
            month=month,
        )

    def products(month: Month) -> ir.Table:
        return panels.products(_of_month(source.transactions, "date", month))

    def statement(month: Month) -> ir.Table:
        return _of_month(source.customer_months, "month", month)

    def said(table: str) -> Callable[[Month], ir.Table]:
        return lambda month: _said(source, table, month)

    makers = {"panel": panel, "products": products, "statement": statement} | {
        table: said(table) for table in SAID
    }
    wanted = {
        month for kind in makers for month, path in files.months.get(kind, {}).items() if not path.exists()
    }
    for done, month in enumerate(sorted(wanted), start=1):
        for kind, make in makers.items():
            path = files.months.get(kind, {}).get(month)
            if path is not None and not path.exists():
                save(source.con, queries.text(kind, month, make), path)
        progress.step("panel", done, len(wanted))


def _said(source: Source, table: str, month: Month) -> ir.Table:
    """Give what is kept of a month's surveys or feedback; a column that the company does not have is NULL.

    Feedback of nobody known is kept: it says what was said, if not by whom. Without a log all that lies before the
    month's end, or has no date, is filed under the month.
    """
    rows = source.con.table(table)
    if source.company.has_log:
        rows = rows.filter((_.date >= ibis.date(month)) & (_.date < months_on(month, 1)))
    elif "date" in rows.columns:
        rows = rows.filter(_.date.isnull() | (_.date < months_on(month, 1)))
    types = {column.name: _TYPES[column.kind] for column in TABLES[table].columns}
    return rows.select(
        **{
            name: rows[name].cast(types[name]) if name in rows.columns else ibis.null(types[name])
            for name in SAID[table]
        }
    )


def _of_month(table: ir.Table | None, column: str, month: Month) -> ir.Table | None:
    if table is None:
        return None
    # Bare comparisons with dates let Parquet skip the row groups of other months.
    return table.filter(
        (_[column] >= ibis.date(month)) & (_[column] < months_on(month, 1)) & _.customer_id.notnull()
    )


def _build_base(con: Any, files: Files, rules: Rules, progress: Progress) -> None:
    """Make the customers of every month end, each from the month before."""
    queries = MonthlyQueries(con)
    customers = queries.view("listed", files.listed)
    wanted = sorted(month for month, path in files.months["base"].items() if not path.exists())
    for done, month in enumerate(wanted, start=1):
        # Of the panel also the month that the longest window has just left behind.
        reach = {"panel": rules.look_back, "products": rules.look_back - 1, "statement": rules.look_back - 1}
        panel, products, statement = (
            queries.view(kind, files.between(kind, add_months(month, -back), month))
            for kind, back in reach.items()
        )
        previous = queries.view("previous", files.at("base", add_months(month, -1)))

        def base(
            at: Month, panel=panel, products=products, statement=statement, previous=previous
        ) -> ir.Table:
            table = values(panel, month=at, rules=rules, previous=previous, customers=customers)
            table = with_core(table, panel, statement, month=at, rules=rules)
            table = with_products(table, month=at, statement=statement, products=products)
            return with_segments(table, month=at, rules=rules, customers=customers, statement=statement)

        save(con, queries.text(("base", previous is None), month, base), files.months["base"][month])
        progress.step("customers", done, len(wanted))
