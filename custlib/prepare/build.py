"""The two things that are built: the panel from the source, and the customers of every month end."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir
from ibis import _

from custlib.aggregate import panel as panels
from custlib.aggregate.segments import with_core, with_products, with_segments
from custlib.aggregate.values import Rules, months_on, values
from custlib.company import Company
from custlib.data.checks import CheckReport
from custlib.data.collect import MonthlyQueries, typed
from custlib.data.source import Source
from custlib.errors import DataError
from custlib.periods import Month, add_months, month_of, month_range, month_text, parse_month
from custlib.prepare.files import Progress, existing, part_path, parts, save, write_aside


def build_panel(
    source: Source, company: Company, folder: Path, report: CheckReport, progress: Progress
) -> None:
    """Reduce the log one month at a time, so that memory holds one month's customers at most."""
    done = folder / "panel.done"
    if done.exists() and all((folder / name).exists() for name in done.read_text().split()):
        return
    queries, last = MonthlyQueries(source.con), _last_month(source, report)
    share = Decimal(str(company.settings.margin_share))

    def part(month: Month) -> ir.Table:
        return panels.panel(
            _of_month(source.transactions, "date", month),
            customer_months=_of_month(source.customer_months, "month", month),
            costs=_of_month(source.costs, "date", month),
            margin_share=share,
        )

    def bought(month: Month) -> ir.Table:
        return panels.products(_of_month(source.transactions, "date", month))

    has_products = source.transactions is not None and "product" in source.transactions.columns
    for month in month_range(first_month(source, report), last):
        progress(f"panel {month_text(month)} of {month_text(last)}")
        save(source.con, queries.text("panel", month, part), part_path(folder / "panel", month))
        if has_products:
            save(source.con, queries.text("products", month, bought), part_path(folder / "products", month))
    for name in ("customers", "customer_months"):
        if (table := source.table(name)) is not None:
            save(source.con, typed(source.con, table), folder / f"{name}.parquet")
    made = [path for path in folder.rglob("*.parquet") if not path.parent.name.startswith("base-")]
    write_aside(
        done, lambda aside: aside.write_text("\n".join(str(path.relative_to(folder)) for path in made))
    )


def _of_month(table: ir.Table | None, column: str, month: Month) -> ir.Table | None:
    if table is None:
        return None
    # Bare comparisons with dates let Parquet skip the row groups of other months.
    return table.filter(
        (_[column] >= ibis.date(month)) & (_[column] < months_on(month, 1)) & _.customer_id.notnull()
    )


def build_base(
    con: Any, rules: Rules, folder: Path, base_folder: Path, last: Month, progress: Progress
) -> None:
    """Make the customers of every month end up to `last`, each from the month before."""
    queries = MonthlyQueries(con)
    customers = queries.view("listed", existing([folder / "customers.parquet"]))
    statement = queries.view("statement", existing([folder / "customer_months.parquet"]))
    for month in month_range(rules.data_start, last):
        target = part_path(base_folder, month)
        if target.exists():
            continue
        progress(f"customers at {month_text(month)} of {month_text(last)}")
        span = (add_months(month, 1 - rules.look_back), month)
        panel = queries.view("panel", parts(folder / "panel", *span))
        products = queries.view("products", parts(folder / "products", *span))
        previous = queries.view("previous", existing([part_path(base_folder, add_months(month, -1))]))

        def base(at: Month, panel=panel, products=products, previous=previous) -> ir.Table:
            table = values(panel, month=at, rules=rules, previous=previous, customers=customers)
            table = with_core(table, panel, statement, month=at, rules=rules)
            table = with_products(table, month=at, statement=statement, products=products)
            return with_segments(table, month=at, rules=rules, customers=customers, statement=statement)

        save(con, queries.text(("base", previous is None), month, base), target)


def first_month(source: Source, report: CheckReport) -> Month:
    """Give the first month of the log, or of the monthly statement where there is no log."""
    if report.first_month is not None:
        return report.first_month
    return month_of(_statement(source).month.min().execute())


def _last_month(source: Source, report: CheckReport) -> Month:
    if len(report.months):
        return parse_month(report.months["month"].max())
    return month_of(_statement(source).month.max().execute())


def _statement(source: Source) -> ir.Table:
    """Give the monthly statement of a company that has no log."""
    if source.customer_months is None:
        raise DataError(
            "no table says what customers did\n  name transactions or customer_months in the company file"
        )
    return source.customer_months
