"""How a month's margin is spread over its buyers: concentration by window, deciles, layers, rates."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd

from custlib.aggregate import concentration as ranking
from custlib.aggregate import held as rows
from custlib.aggregate import peeled
from custlib.data.collect import collect
from custlib.measure.concentration import Concentration, Measured, measured
from custlib.measure.deciles import deciles
from custlib.measure.figures import FEW, small_segments
from custlib.measure.peeling import peel
from custlib.measure.rates import Rates, activity_concentration, counted, fit_counts, observed
from custlib.measure.value_figures import few_at_top
from custlib.month.held import Held
from custlib.month.valued import Valued

# Windows whose counts of purchases are set side by side, so that one sees what the window makes of the same customers.
COUNTED = (3, 12)
FIRMS = (1, 5, 10, 20)
COUNT_COLUMNS = ["months", "buyers_top_fifth", "rates_top_fifth", "rates_gini"]


def shares(held: Held) -> dict[str, Any]:
    """Work out what only the spread of margin over buyers needs: part of `custlib.month.value_segments.ValueSegments`."""
    month, firms = held.month, held.month.company.settings.b2b
    windows, parts, top = {}, pd.DataFrame(), pd.DataFrame(columns=["rank_to", "share"])
    for months in held.windows:
        ranked = held.ranked(months)
        marks = held.of_window("marks", ranked, ranking.marks)
        one = measured(held.of_window("totals", ranked, ranking.totals).iloc[0], marks, months=months)
        windows[months] = one if firms else _guarded(one)
        if months == held.window:
            parts = collect(ranking.deciles(ranked))
            top = _firms(one, marks) if firms else top
    few = 1 if firms else FEW
    return {
        "windows": windows,
        "rates": _rates(held),
        "counts": _counts(held),
        "equal_customers": _tenths(parts, "equal_customers", few),
        "equal_profit": _tenths(parts, "equal_profit", few),
        "layers": peel(collect(peeled.peeled(month.base)), few=few)
        if held.windows
        else peel(_NOBODY, few=few),
        "top_firms": top,
    }


_NOBODY = pd.DataFrame(columns=["layer", "customers", "margin", "below", "middle"])


def _guarded(one: Concentration) -> Concentration:
    """Take away what tells of a handful of persons: the share of a top of few, and points of the curve among few."""
    top = {part: Measured(None) if few_at_top(one, part) else found for part, found in one.top.items()}
    return replace(one, top=top, curve=one.shown_curve(FEW))


def _firms(one: Concentration, marks: pd.DataFrame) -> pd.DataFrame:
    """Give the share of the largest customers, where customers are firms."""
    held = marks.set_index("rank").sum_to
    whole = one.total if one.total is not None and one.total > 0 else None
    rows = [
        (rank, float(held[rank] / whole) if whole else float("nan"))
        for rank in FIRMS
        if rank < one.customers and rank in held.index
    ]
    return pd.DataFrame(rows, columns=["rank_to", "share"])


def _tenths(parts: pd.DataFrame, by: Any, few: int) -> pd.DataFrame:
    """Take tenths apart; those of few, and what subtraction tells of them, keep their number only."""
    if not len(parts):
        return pd.DataFrame()
    table = deciles(parts, by)
    names = table.decile.astype(str)
    private = small_segments(table.customers.set_axis(names), min_group=few)
    money = [name for name in table.columns if name not in ("decile", "customers", "customers_share")]
    table[money] = table[money].astype(float).mask(names.isin(list(private)))
    return table


def _rates(held: Held) -> Rates:
    """Measure the concentration of the rates behind activity, by the month's models."""
    valuation = Valued(held.month).valuation
    pairs = zip(valuation.groups, valuation.drawn, strict=True)
    drawn = [
        each.model for group, each in pairs if group.kind == "use" and group.trusted and each is not None
    ]
    return activity_concentration(valuation.groups, drawn)


def _counts(held: Held) -> pd.DataFrame:
    """Set what counts of a short and of a long window tell of the same customers side by side."""
    month, found = held.month, []
    longest = max(COUNTED)
    if month.prepared.rules.relationship == "contractual" or not month.reaches(longest + 1, at=month.month):
        return pd.DataFrame(columns=COUNT_COLUMNS)
    for months in COUNTED:
        table = rows.counts(month.base, month.panel, month=month.month, months=months, since=longest)
        seen = collect(table).sort_values("purchases")
        if not (seen.purchases > 0).any():
            return pd.DataFrame(columns=COUNT_COLUMNS)
        of_rates = counted(fit_counts(seen.purchases, seen.customers, exposure=months))
        top, _ = observed(seen.purchases, seen.customers)
        found.append((months, top, of_rates.top_fifth.value, of_rates.gini.value))
    return pd.DataFrame(found, columns=COUNT_COLUMNS)
