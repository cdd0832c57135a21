"""What is built: the panel from the source, and the customers of every month end; only what is missing."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path
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
from custlib.data.spark import Spark
from custlib.periods import Month, add_months
from custlib.prepare.files import Files, Progress, save, write_aside

# How kinds of the contract are kept in what customers said.
_TYPES = {"id": "string", "text": "string", "date": "date", "number": "float64"}


def build(source: Source, files: Files, rules: Rules, margin_share: Decimal, progress: Progress) -> None:
    """Make every file that is missing: months of the source first, then month ends in order."""
    if files.customers and not files.customers.exists() and source.customers is not None:
        listed = typed(source.con, source.customers)
        spark = source.spark
        if spark is None:
            save(source.con, listed, files.customers)
        else:
            _write(files.customers, lambda aside: spark.save(listed, aside))
    makers = _makers(source, margin_share)
    if source.spark is not None:
        _build_runs(source, source.spark, files, makers, progress)
    else:
        _build_months(source, files, makers, progress)
    if files.months.get("base"):
        _build_base(source.con, files, rules, progress)


def _write(path: Path, write: Callable[[Path], object]) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_aside(path, write)


def _makers(source: Source, margin_share: Decimal) -> dict[str, Callable[[Month, Month], ir.Table]]:
    """Give for every kind of file the table of the months from one to another."""

    def panel(first: Month, last: Month) -> ir.Table:
        return panels.panel(
            _of_months(source.transactions, "date", first, last),
            customer_months=_of_months(source.customer_months, "month", first, last),
            costs=_of_months(source.costs, "date", first, last),
            margin_share=margin_share,
            month=first if first == last else None,
        )

    def products(first: Month, last: Month) -> ir.Table:
        return panels.products(_of_months(source.transactions, "date", first, last))

    def statement(first: Month, last: Month) -> ir.Table:
        return _of_months(source.customer_months, "month", first, last)

    def said(table: str) -> Callable[[Month, Month], ir.Table]:
        return lambda first, last: _said(source, table, first, last)

    return {"panel": panel, "products": products, "statement": statement} | {
        table: said(table) for table in SAID
    }


def _build_months(
    source: Source,
    files: Files,
    makers: Mapping[str, Callable[[Month, Month], ir.Table]],
    progress: Progress,
) -> None:
    """Reduce the log one month at a time, so that memory holds one month's customers at most."""
    queries = MonthlyQueries(source.con)
    wanted = {
        month for kind in makers for month, path in files.months.get(kind, {}).items() if not path.exists()
    }
    for done, month in enumerate(sorted(wanted), start=1):
        for kind, make in makers.items():
            path = files.months.get(kind, {}).get(month)
            if path is not None and not path.exists():

                def month_of(at: Month, make: Callable[[Month, Month], ir.Table] = make) -> ir.Table:
                    return make(at, at)

                save(source.con, queries.text(kind, month, month_of), path)
        progress.step("panel", done, len(wanted))


def _build_runs(
    source: Source,
    spark: Spark,
    files: Files,
    makers: Mapping[str, Callable[[Month, Month], ir.Table]],
    progress: Progress,
) -> None:
    """Have the log reduced by Spark, one query for each run of months that follow one another.

    Starting a query is dear there, and memory is Spark's own affair; a query per month would read the log as often.
    """
    wanted = {
        kind: sorted(month for month, path in files.months.get(kind, {}).items() if not path.exists())
        for kind in makers
    }
    done, total = 0, sum(len(months) for months in wanted.values())
    for kind, months in wanted.items():
        column = "date" if kind in SAID else "month"
        for run in _runs(months):
            paths = {month: files.months[kind][month] for month in run}
            next(iter(paths.values())).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            query = typed(source.con, makers[kind](run[0], run[-1]))
            if source.company.has_log:
                spark.save_parts(query, column, paths)
            else:  # all is filed under the only month, whatever its day
                spark.save(query, paths[run[0]])
            done += len(run)
            progress.step("panel", done, total)


def _runs(months: list[Month]) -> list[list[Month]]:
    """Split months into runs without a gap."""
    runs: list[list[Month]] = []
    for month in months:
        if runs and add_months(runs[-1][-1], 1) == month:
            runs[-1].append(month)
        else:
            runs.append([month])
    return runs


def _said(source: Source, table: str, first: Month, last: Month) -> ir.Table:
    """Give what is kept of months' surveys or feedback; a column that the company does not have is NULL.

    Feedback of nobody known is kept: it says what was said, if not by whom. Without a log all that lies before the
    month's end, or has no date, is filed under the month.
    """
    rows = source.con.table(table)
    if source.company.has_log:
        rows = rows.filter((_.date >= ibis.date(first)) & (_.date < months_on(last, 1)))
    elif "date" in rows.columns:
        rows = rows.filter(_.date.isnull() | (_.date < months_on(last, 1)))
    types = {column.name: _TYPES[column.kind] for column in TABLES[table].columns}
    return rows.select(
        **{
            name: rows[name].cast(types[name]) if name in rows.columns else ibis.null(types[name])
            for name in SAID[table]
        }
    )


def _of_months(table: ir.Table | None, column: str, first: Month, last: Month) -> ir.Table | None:
    if table is None:
        return None
    # Bare comparisons with dates let Parquet skip the row groups of other months.
    return table.filter(
        (_[column] >= ibis.date(first)) & (_[column] < months_on(last, 1)) & _.customer_id.notnull()
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
