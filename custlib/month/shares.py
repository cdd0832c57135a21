"""How a month's margin is spread over its buyers: concentration by window, deciles, layers, rates."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import Any, Literal

import ibis.expr.types as ir
import pandas as pd

from custlib.aggregate import concentration as ranking
from custlib.aggregate import held as rows
from custlib.aggregate import peeled
from custlib.data.collect import collect
from custlib.measure.concentration import Concentration, measured
from custlib.measure.cuts import Cuts, ends_of, guarded, thinned
from custlib.measure.deciles import BELOW, LOSS_MAKERS, deciles
from custlib.measure.figures import FEW, small_segments
from custlib.measure.peeling import peel
from custlib.measure.rates import Rates, activity_concentration, counted, fit_counts, observed
from custlib.month.held import COUNTED, Held
from custlib.month.valued import Valued

FIRMS = (1, 5, 10, 20)
TENTHS: tuple[Literal["equal_customers", "equal_profit"], ...] = ("equal_customers", "equal_profit")
COUNT_COLUMNS = ["months", "buyers_top_fifth", "rates_top_fifth", "rates_gini"]


def shares(held: Held, *, bands: Sequence[int] = ()) -> dict[str, Any]:
    """Work out what only the spread of margin over buyers needs: part of `custlib.month.value_segments.ValueSegments`.

    Parameters
    ----------
    bands : sequence of int
        The customers in each value band, the most valuable first.
    """
    month, firms = held.month, held.month.company.settings.b2b
    windows, top = {}, pd.DataFrame(columns=["rank_to", "share"])
    buyers, active = 0, sum(bands)
    tenths: dict[str, pd.DataFrame] = dict.fromkeys(TENTHS, pd.DataFrame())
    for months in held.windows:
        ranked = held.ranked(months)
        marks = held.of_window("marks", ranked, ranking.marks)
        one = measured(held.of_window("totals", ranked, ranking.totals).iloc[0], marks, months=months)
        told, cuts = (one, None) if firms else guarded(one)
        if months == held.window:
            buyers = one.customers
            # Where nearly all buyers are active, the bands cut the same ranking.
            if cuts and abs(active - buyers) < FEW:
                cuts = cuts.telling(*accumulate(bands))
            tenths, cuts = _tenths(ranked, cuts)
            top = _firms(one, marks) if firms else top
        windows[months] = thinned(told, cuts) if cuts else told
    few = 1 if firms else FEW
    layers = collect(peeled.peeled(month.base)) if held.windows else _NOBODY
    everyone = int(layers.loc[layers.layer == "everyone", "customers"].sum())
    # What is told of the active, of all, and of the buyers must not differ by a few customers.
    gaps = (buyers, everyone - buyers, abs(active - buyers) if bands else 0)
    exact = not any(0 < gap < few for gap in gaps)
    if not exact:
        tenths = {by: _masked(table, [False] * 10) for by, table in tenths.items()}
    return {
        "windows": windows,
        "rates": _rates(held),
        "counts": _counts(held),
        **tenths,
        "layers": peel(layers, few=few, besides=(buyers, active) if bands else (buyers,)),
        "exact_total": exact,
        "top_firms": top,
    }


_NOBODY = pd.DataFrame(columns=["layer", "customers", "margin", "below", "middle"])


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


def _tenths(ranked: ir.Table, cuts: Cuts | None) -> tuple[dict[str, pd.DataFrame], Cuts | None]:
    """Take tenths apart; those of few, and what subtraction tells of them, keep their number only.

    Where a tenth would end within a handful of customers of another sum of the ranking, it ends a few ranks away.
    """
    parts = collect(ranking.deciles(ranked))
    if cuts is None:
        return {by: deciles(parts, by) for by in TENTHS}, None
    ends, moved, said = dict[str, list[int]](), dict[str, list[int]](), dict[str, list[bool]]()
    for by in TENTHS:
        ends[by] = ends_of(parts.groupby(by).customers.sum().items())
        moved[by], said[by], cuts = cuts.settled(ends[by])
    if moved != ends:
        parts = collect(ranking.deciles(ranked, moved))
    # Those above zero end where their own sum does; it is told with the peak of the curve, or not at all.
    last = cuts.clear(cuts.positive)
    return {by: _masked(deciles(parts, by), [*said[by], last]) for by in TENTHS}, cuts


def _masked(table: pd.DataFrame, said: Sequence[bool]) -> pd.DataFrame:
    """Take the money out of tenths next to an end that is not told, and of those of few."""
    if not len(table):
        return table
    names = table.decile.astype(str)
    private = small_segments(table.customers.set_axis(names), min_group=FEW)
    numbers = table.decile.replace(LOSS_MAKERS, BELOW).astype(int)
    for end, told in enumerate(said, 1):
        if not told:
            before, after = numbers[numbers <= end], numbers[numbers > end]
            private |= {*names[before.index[-1:]], *names[after.index[:1]]}
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
        table = rows.counts(month.base, held.spent, month=month.month, months=months, since=longest)
        seen = collect(table).sort_values("purchases")
        if not (seen.purchases > 0).any():
            return pd.DataFrame(columns=COUNT_COLUMNS)
        of_rates = counted(fit_counts(seen.purchases, seen.customers, exposure=months))
        top, _ = observed(seen.purchases, seen.customers)
        found.append((months, top, of_rates.top_fifth.value, of_rates.gini.value))
    return pd.DataFrame(found, columns=COUNT_COLUMNS)
