"""Check, reduce, keep: the only place that materialises, once and under a lock.

The cache holds, per company and source, a panel (customer x month) and per set of rules the
customers of every month end. Everything else reads these; the folder is safe to delete.
"""

import fcntl
import hashlib
import json
import os
import pickle
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import ibis
import ibis.expr.types as ir
from ibis import _

from custlib.aggregate import panel as panels
from custlib.aggregate.segments import with_core, with_products, with_segments
from custlib.aggregate.values import Rules, months_on, values
from custlib.company import Company
from custlib.data.cache import cache_folder
from custlib.data.checks import CheckReport, check, latest_complete_month, require_complete
from custlib.data.collect import MonthlyQueries, typed
from custlib.data.source import Source, open_source
from custlib.errors import DataError
from custlib.periods import Month, add_months, month_of, month_range, month_text, parse_month

# Raised whenever the same data would give other figures; CHANGELOG says which and why.
METHODS_VERSION = "1"
# Prepared sources kept per company, the newest first.
KEPT = 3

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Prepared:
    """One company's tables, ready to read.

    Attributes
    ----------
    month : date
        The month reported.
    report : CheckReport
        What the check of the source found (no customer ids).
    folder : Path
        Where this source's panel lies; ``base_folder`` holds one table per month end.
    money : str
        What the company's margin is: "margin", or "revenue" where nothing tells margin from amount.
    """

    company: Company
    month: Month
    rules: Rules
    report: CheckReport
    fingerprint: str
    folder: Path
    base_folder: Path
    money: str
    has_revenue: bool
    amount_is_volume: bool
    knows_costs: bool


def prepare(company: Company, month: str = "latest", *, progress: Progress = lambda text: None) -> Prepared:
    """Check the source and build what is missing from the cache.

    Parameters
    ----------
    month : str
        ``YYYY-MM``, or "latest" for the latest complete month.

    Raises
    ------
    DataError
        When the data are not fit to report from.
    NotComplete
        When the month asked for is not over, or its data have not all come.
    """
    cache = cache_folder(company.name)
    with open_source(company) as source, _locked(cache):
        folder = cache / _digest(
            METHODS_VERSION, company.file_hash, company.settings.margin_share, source.fingerprint
        )
        today = datetime.now(ZoneInfo(company.timezone)).date()
        report = _checked(source, company, folder, today, progress)
        report.raise_if_unfit()
        if month == "latest":
            chosen = latest_complete_month(company, report, today)
        else:
            chosen = parse_month(month)
            require_complete(company, report, chosen, today)
        rules = _rules(source, company, report)
        if chosen < rules.data_start:
            raise DataError(
                f"{month_text(chosen)} lies before the data, which begin in {month_text(rules.data_start)}"
            )
        _build_panel(source, company, folder, report, progress)
        _forget(cache, folder)
        base_folder = folder / f"base-{_digest(repr(rules))}"
        _build_base(source.con, rules, folder, base_folder, chosen, progress)
        booked = _columns(source.customer_months)
        return Prepared(
            company, chosen, rules, report, source.fingerprint, folder, base_folder,
            money=_money_word(source, company),
            has_revenue="revenue" in booked or "margin" not in booked,
            amount_is_volume="margin" in booked,
            knows_costs=_knows_costs(source),
        )  # fmt: skip


def _columns(table: ir.Table | None) -> set[str]:
    return set(table.columns) if table is not None else set()


def _money_word(source: Source, company: Company) -> str:
    """Name the money honestly: without a margin of its own it is revenue."""
    margins = {"margin"} & (_columns(source.transactions) | _columns(source.customer_months))
    if margins or company.settings.margin_share != 1:
        return "margin"
    return "revenue less cost to serve" if _knows_costs(source) else "revenue"


def _knows_costs(source: Source) -> bool:
    return source.costs is not None or "cost_to_serve" in _columns(source.customer_months)


def _checked(source: Source, company: Company, folder: Path, today: date, progress: Progress) -> CheckReport:
    """Check once per source and day; what is kept holds counts, never a customer's id."""
    kept = folder / f"check-{today}.pickle"
    if kept.exists():
        return pickle.loads(kept.read_bytes())
    progress("checking the source")
    report = check(source, company, today=today).without_examples()
    if report.fit:
        folder.mkdir(parents=True, exist_ok=True)
        write_aside(kept, lambda path: path.write_bytes(pickle.dumps(report)))
    return report


def _rules(source: Source, company: Company, report: CheckReport) -> Rules:
    settings = company.settings
    return Rules(
        relationship=company.relationship,
        active_window=settings.active_window_months,
        value_window=settings.value_window_months,
        data_start=_first_month(source, report),
        history_complete=company.history == "complete",
        material_change=Decimal(str(settings.material_change)),
        core=settings.core,
        segments=tuple(settings.segments),
    )


def _first_month(source: Source, report: CheckReport) -> Month:
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


def _build_panel(
    source: Source, company: Company, folder: Path, report: CheckReport, progress: Progress
) -> None:
    """Reduce the log one month at a time, so that memory holds one month's customers at most."""
    done = folder / "panel.done"
    if done.exists():
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
    for month in month_range(_first_month(source, report), last):
        progress(f"panel {month_text(month)} of {month_text(last)}")
        _save(source.con, queries.text("panel", month, part), part_path(folder / "panel", month))
        if has_products:
            _save(source.con, queries.text("products", month, bought), part_path(folder / "products", month))
    for name in ("customers", "customer_months"):
        if (table := source.table(name)) is not None:
            _save(source.con, typed(source.con, table), folder / f"{name}.parquet")
    done.touch()


def _of_month(table: ir.Table | None, column: str, month: Month) -> ir.Table | None:
    if table is None:
        return None
    # Bare comparisons with dates let Parquet skip the row groups of other months.
    return table.filter(
        (_[column] >= ibis.date(month)) & (_[column] < months_on(month, 1)) & _.customer_id.notnull()
    )


def _build_base(
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

        _save(con, queries.text(("base", previous is None), month, base), target)


def _forget(cache: Path, folder: Path) -> None:
    """Delete what was prepared from older versions of the source, but for the last few used."""
    os.utime(folder)
    others = [path for path in cache.iterdir() if path.is_dir()]
    for path in sorted(others, key=lambda path: path.stat().st_mtime, reverse=True)[KEPT:]:
        shutil.rmtree(path, ignore_errors=True)


def part_path(folder: Path, month: Month) -> Path:
    """Give the file of one month."""
    return folder / f"{month_text(month)}.parquet"


def parts(folder: Path, first: Month, last: Month) -> list[str]:
    """List the files of the months from `first` to `last` that there are."""
    return existing([part_path(folder, month) for month in month_range(first, last)])


def existing(paths: list[Path]) -> list[str]:
    """Keep the files that there are; an optional table has none."""
    return [str(path) for path in paths if path.exists()]


def _save(con: Any, query: str, path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)

    def copy(aside: Path) -> None:
        target = str(aside).replace("'", "''")
        con.raw_sql(f"COPY ({query}) TO '{target}' (FORMAT parquet, COMPRESSION zstd)")

    write_aside(path, copy)


def write_aside(path: Path, write: Callable[[Path], object]) -> None:
    """Write next to the target and rename, so that a reader never meets half a file."""
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    write(aside)
    os.replace(aside, path)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Let one process at a time build; the others wait and then find the work done."""
    with open(folder / ".lock", "w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _digest(*parts: object) -> str:
    return hashlib.sha256(json.dumps([str(part) for part in parts]).encode()).hexdigest()[:16]


def clean() -> Path:
    """Delete every prepared and converted table; give the folder that was emptied."""
    root = cache_folder(".")
    for child in root.iterdir():
        shutil.rmtree(child) if child.is_dir() else child.unlink()
    return root
