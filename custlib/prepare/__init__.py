"""Check, reduce, keep: the only place that materialises, once and under a lock.

The cache holds, per company and source, a panel (customer x month) and per set of rules the
customers of every month end. Everything else reads these; the folder is safe to delete.
"""

import hashlib
import json
import pickle
import shutil
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import ibis.expr.types as ir

from custlib.aggregate.values import Rules
from custlib.company import Company
from custlib.data.cache import LOCK, ROOMS, cache_folder
from custlib.data.checks import CheckReport, check, latest_complete_month, require_complete
from custlib.data.source import Source, open_source
from custlib.errors import DataError
from custlib.periods import Month, month_of, month_text, parse_month
from custlib.prepare.build import build_base, build_panel, first_month
from custlib.prepare.files import Progress, existing, forget, locked, part_path, parts, write_aside

__all__ = ["METHODS_VERSION", "Prepared", "clean", "existing", "part_path", "parts", "prepare", "write_aside"]

# Raised whenever the same data would give other figures; CHANGELOG says which and why.
METHODS_VERSION = "1"


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
    money_start, statement_start : date
        First month for which every source of money, or the monthly statement, has rows.
    """

    company: Company
    month: Month
    rules: Rules
    report: CheckReport
    fingerprint: str
    folder: Path
    base_folder: Path
    money: str
    money_start: Month
    statement_start: Month | None
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
    with open_source(company) as source, locked(cache):
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
        build_panel(source, company, folder, report, progress)
        forget(cache, folder)
        base_folder = folder / f"base-{_digest(repr(rules))}"
        build_base(source.con, rules, folder, base_folder, chosen, progress)
        booked = _columns(source.customer_months)
        return Prepared(
            company, chosen, rules, report, source.fingerprint, folder, base_folder,
            money=_money_word(source, company),
            money_start=max([rules.data_start, *_money_months(source)]),
            statement_start=_first(source.customer_months, "month"),
            has_revenue="revenue" in booked or "margin" not in booked,
            amount_is_volume="margin" in booked,
            knows_costs=_knows_costs(source),
        )  # fmt: skip


def _first(table: ir.Table | None, column: str) -> Month | None:
    """Give the first month a table has a row in; None without the table or a row."""
    day = table[column].min().execute() if table is not None else None
    return None if day is None or day != day else month_of(day)


def _money_months(source: Source) -> list[Month]:
    """Give the first month of each source of margin beside the log; before it margin is not known."""
    found = [_first(source.costs, "date")]
    if {"margin", "cost_to_serve"} & _columns(source.customer_months):
        found.append(_first(source.customer_months, "month"))
    return [month for month in found if month is not None]


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
        data_start=first_month(source, report),
        history_complete=company.history == "complete",
        material_change=Decimal(str(settings.material_change)),
        core=settings.core,
        segments=tuple(settings.segments),
    )


def _digest(*parts: object) -> str:
    return hashlib.sha256(json.dumps([str(part) for part in parts]).encode()).hexdigest()[:16]


def clean() -> Path:
    """Delete every prepared and converted table, and nothing else; give the folder they were in."""
    root = cache_folder(".")
    for child in root.iterdir():
        # A cache may have been put into a folder that holds other things: only what is ours goes.
        if child.is_dir() and (child.name in ROOMS or (child / LOCK).exists()):
            shutil.rmtree(child)
    return root
