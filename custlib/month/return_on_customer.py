"""Return on Customer of a month: everything its page shows, made once and kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from custlib.aggregate import flows
from custlib.aggregate import ledger as rows
from custlib.aggregate.values import months_on
from custlib.data.collect import collect
from custlib.measure.clv.groups import DAILY_MODELS
from custlib.measure.equity import UNKNOWN, Estimate
from custlib.measure.figures import FEW
from custlib.measure.ledger_months import ALL, Ledger, Monthly, ledger
from custlib.measure.ledger_prices import DRAWS
from custlib.measure.retention import RetentionPoint, retention_point
from custlib.measure.roc import Return, interval, returns, sensitivity
from custlib.measure.roc_checks import check
from custlib.measure.roc_figures import roc_figures
from custlib.measure.roc_history import HISTORY, YEAR, Profits, alarm, by_segment, history, segment_lines
from custlib.measure.roc_payback import paybacks
from custlib.month.ledger import Ledgers, consecutive
from custlib.month.valued import Valued
from custlib.periods import Month, add_months, month_of, months_between
from custlib.prepare.files import made_once, unpickle
from custlib.results import Figure

if TYPE_CHECKING:
    from custlib.month.equity import Equity
    from custlib.month.figures import CustomerMonth

# Settings on which the page rests, beside those of the models.
RESTS_ON = ("valuation_basis_months", "value_bands")
SHORT, NOT_FITTED, NOT_POSITIVE = "short", "not fitted", "opening not positive"


@dataclass(frozen=True)
class ReturnOnCustomer:
    """Did the month, and the year to it, create customer value, or use it up?

    Always without a horizon, and with BG/BB for use and sBG for contracts, whatever model the report shows values by.

    Attributes
    ----------
    currency, word : str
        The money, and what it is ("margin", "revenue", ...).
    month : date
    annual_rate, monthly_rate : float
        Discount rates.
    basis_month : date or None
        The month at whose end the parameters were fitted that the month is valued on; None before there are any.
    basis_months : int
        Months of data that a basis needs.
    truncation : int
        Months from the beginning of the data in which customers first seen may be old ones, for the basis.
    available : bool
        Whether there is a ledger.
    reason : str
        "" or why not: "short" (no month end before this one has enough data), "not fitted" (the basis cannot be trusted); or
        "opening not positive": there is a ledger, and nothing that a return could be on.
    pooled : tuple of str
        Segments that the month's own basis does not know, valued by the fit of everybody of their kind.
    pooled_kinds : dict of str to tuple of str
        The same by kind, "use" or "contract": the others of a segment may be valued by its own fit.
    unsure : bool
        Whether nothing is judged: a basis of the months shown saw nobody leave, or less than a year of data is known. Then there
        are figures, and no intervals, quadrants or alarm.
    at_limit : bool
        Whether the basis saw nobody leave, and values customers as if nobody ever would.
    ledgers, returns : dict of int to Ledger, Return
        By length, 1 and, where so many are known, 12 months.
    refitted : Estimate
        Customer equity on the ledger's own models fitted today, whichever model the report shows, without a horizon.
    model_difference : float or None
        That page's total less the ledger's closing: another model, horizon or basis.
    history : DataFrame
        See `custlib.measure.roc_history.history`.
    quadrant : str or None
        Of the twelve months (see `custlib.measure.roc.quadrant`).
    alarm : bool
        Profit rose against the year before, and customers returned less than the hurdle.
    profit_now, profit_before : Decimal or None
        Of these twelve months and those before; less acquisition cost where it is known of both.
    segments : dict of str to DataFrame
        By dimension: see `custlib.measure.roc_history.by_segment`.
    segment_lines : dict of str to DataFrame
        By dimension: see `custlib.measure.roc_history.segment_lines`.
    sensitivity : DataFrame
        See `custlib.measure.roc.sensitivity`; of the longest period.
    joiners : DataFrame
        See `custlib.month.equity.Equity`; and ``payback``: months until a customer won has earned what winning one costs, at the
        pace of those won in the latest three years (NaN: not within them, or cost not known).
    retention_point : RetentionPoint or None
    seasonal : bool
        Whether the year has seasons that the model does not know, or less than a year is known: then a single month's return is not judged.
    profits : Profits
        Margin and acquisition cost month by month.
    """

    currency: str
    word: str
    month: Month
    annual_rate: float
    monthly_rate: float
    basis_month: Month | None
    basis_months: int
    truncation: int
    available: bool
    reason: str
    pooled: tuple[str, ...]
    pooled_kinds: dict[str, tuple[str, ...]]
    unsure: bool
    at_limit: bool
    ledgers: dict[int, Ledger]
    returns: dict[int, Return]
    refitted: Estimate
    model_difference: float | None
    history: pd.DataFrame
    quadrant: str | None
    alarm: bool
    profit_now: Decimal | None
    profit_before: Decimal | None
    segments: dict[str, pd.DataFrame]
    segment_lines: dict[str, pd.DataFrame]
    sensitivity: pd.DataFrame
    joiners: pd.DataFrame
    retention_point: RetentionPoint | None
    seasonal: bool
    profits: Profits = field(repr=False)

    def check(self) -> int:
        """Compare sums that are made in two ways, and count them (see `custlib.measure.roc_checks.check`)."""
        return check(self)

    def figures(self) -> Iterator[Figure]:
        """Name every figure of the page."""
        yield from roc_figures(self)


def return_on_customer_of(month: CustomerMonth) -> ReturnOnCustomer:
    """Work a month's Return on Customer out, or read what was worked out before."""
    path = month.prepared.kept("return_on_customer", "pickle", *RESTS_ON)
    if (found := unpickle(path)) is None:
        # Each has a lock of its own.
        equity, ledgers = month.equity, Ledgers(month)
        found = _make(month, ledgers, consecutive(ledgers, HISTORY + YEAR - 1), equity)
    return made_once(path, month.prepared.cache, lambda: found)


def _make(month: CustomerMonth, ledgers: Ledgers, months: list[Monthly], equity: Equity) -> ReturnOnCustomer:
    at = ledgers.basis_month(month.month)
    basis = ledgers.basis(at) if at is not None else None
    settings = month.company.settings
    periods = [length for length in (1, YEAR) if len(months) >= length]
    year = months_between(ledgers.start, month.month) + 1 >= YEAR
    unsure = not year or any(each.at_limit for each in months[-max(periods, default=1) :])
    found = {length: returns(months[-length:], sure=not unsure) for length in periods}
    books = {length: ledger(months[-length:]) for length in periods}
    profits = _profits(month, ledgers)
    table = history(months, profits)
    now, before = profits.years(month.month)
    longest, pooled = found.get(max(periods, default=0)), _pooled(months)
    reason = SHORT if at is None else NOT_FITTED if not months else ""
    if longest is not None and not longest.meaningful:
        reason = NOT_POSITIVE
    group = max(settings.min_group, FEW)
    segments = {
        name: by_segment(months, name, min_group=group, sure=not unsure) for name in ledgers.dimensions
    } if months else {}  # fmt: skip
    return ReturnOnCustomer(
        currency=month.units.currency, word=month.prepared.money, month=month.month,
        annual_rate=settings.discount_rate, monthly_rate=ledgers.rate, basis_month=at,
        basis_months=settings.valuation_basis_months, truncation=basis.truncation if basis else 0,
        available=bool(months), reason=reason,
        pooled=tuple(sorted({name for names in pooled.values() for name in names})), pooled_kinds=pooled,
        unsure=unsure, at_limit=bool(months and basis and basis.at_limit), ledgers=books, returns=found,
        refitted=_refitted(month, ledgers, equity),
        model_difference=_difference(equity, books.get(1)), history=table,
        quadrant=table.quadrant.iloc[-1] if len(table) and not unsure else None,
        alarm=alarm(now, before, found.get(YEAR)), profit_now=now, profit_before=before,
        segments=segments,
        segment_lines={name: segment_lines(months, name, table) for name, table in segments.items()},
        sensitivity=sensitivity(months[-max(periods):], settings.discount_rate) if months else pd.DataFrame(),
        joiners=_joiners(month, equity), retention_point=_point(ledgers, month.month, sure=not unsure) if months else None,
        seasonal=equity.seasonal or not year, profits=profits,
    )  # fmt: skip


def _pooled(months: list[Monthly]) -> dict[str, tuple[str, ...]]:
    """Give, by kind, the segments valued by their kind's fit in the year so far: since the latest basis."""
    latest = [each for each in months[-YEAR:] if each.basis_month == months[-1].basis_month]
    pairs = sorted({pair for each in latest for pair in each.pooled})
    return {kind: tuple(name for each, name in pairs if each == kind) for kind, _ in pairs}


def _difference(equity: Equity, book: Ledger | None) -> float | None:
    value = equity.total.value
    return None if book is None or value is None else value - book.closing


def _refitted(month: CustomerMonth, ledgers: Ledgers, equity: Equity) -> Estimate:
    """Give equity on the parameters of the ledger's own models fitted today, without a horizon.

    Where the report shows values by these models they are the report's; no interval where it has a horizon. Else a basis
    is fitted at the month's end, as if it were taken today.
    """
    if any(group.model in DAILY_MODELS for group in equity.groups):
        return _as_basis(month, ledgers)
    if equity.total.value is None or not equity.terms.horizon:
        return equity.total
    if not equity.terms.annual_rate:
        return UNKNOWN
    valued = Valued(month)
    worth = [valued.valuer.worth(kind, part, horizon=0).sum() for kind, part in valued.cells.items()]
    return Estimate(float(np.sum(worth)))


def _as_basis(month: CustomerMonth, ledgers: Ledgers) -> Estimate:
    basis = ledgers.basis(month.month)
    if not basis.trusted or not ledgers.rate:
        return UNKNOWN
    prices = ledgers.priced(month.month, basis)
    cells = prices.table[["customers", "total", "pattern"]].assign(segment=ALL)
    return interval(prices.worth(cells, [ALL])[0, : 1 + DRAWS])


def _profits(month: CustomerMonth, ledgers: Ledgers) -> Profits:
    """Add up what customers brought and what winning them cost, month by month since margin is known."""
    relationship = month.company.relationship
    bases = ledgers.engine.views.bases(ledgers.start, month.month)
    brought = collect(rows.monthly_profit(bases, relationship=relationship))
    won = collect(rows.won_each_month(month.base, ledgers.engine.costs, relationship=relationship))
    return Profits(
        {month_of(row.month): row.margin for row in brought.itertuples()},
        {
            month_of(row.first_active): (int(row.customers), int(row.costs), row.cost)
            for row in won.itertuples()
        },
    )


def _joiners(month: CustomerMonth, equity: Equity) -> pd.DataFrame:
    """Add to the latest customers won, by segment, when one of them will have earned what winning one costs."""
    table = equity.joiners
    if not len(table):
        return table.assign(payback=np.nan)
    start = max(add_months(month.month, 1 - HISTORY), month.prepared.money_start)
    base = flows.joiners(month.base)
    won = base.filter(base.first_active >= months_on(start, 0))
    patterns = Valued(month).patterns
    brought = collect(rows.margin_by_age(won, month._panel_view(start, month.month), patterns))
    told = won.select("customer_id", "first_active").inner_join(
        patterns.select("customer_id", "group"), "customer_id"
    )
    sizes = collect(told.group_by("group", "first_active").agg(customers=told.count()))
    return table.assign(payback=paybacks(table, brought, sizes, month=month.month))


def _point(ledgers: Ledgers, at: Month, *, sure: bool) -> RetentionPoint | None:
    basis = ledgers.basis_of(at)
    if basis.at_limit:
        # Where nobody has been seen to leave there is nobody to keep.
        return None
    fallback = ledgers.fallback(at, basis)
    drawn = basis.drawn if sure else (None,) * len(basis.groups)
    return retention_point(ledgers.cells(at), basis.groups, drawn, fallback, rate=ledgers.rate)
