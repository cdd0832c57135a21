"""Patterns out, values back: fit the models to a month's patterns, and write every customer's value.

The fits are made of counted patterns; what they say of each pattern is joined to the customers in the
engine. Both are kept, and made again only where the month, or a setting they rest on, changed.
"""

import pickle
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from custlib.aggregate.valued import DAILY, MONTHLY, unvalued, valued
from custlib.data.engine import bounded
from custlib.measure.clv.choice import Choice
from custlib.measure.clv.groups import Group, Test, group_of
from custlib.measure.clv.spend import Spend
from custlib.measure.equity import Drawn, Terms, draw_groups
from custlib.prepare import Prepared
from custlib.prepare.choice import choice_of, resolved
from custlib.prepare.files import SILENT, Progress, making, save, unpickle, write_aside
from custlib.prepare.fitting import fit_month
from custlib.prepare.patterns import PatternViews, is_daily

# A weight of the mean over customers too small to be seen in a margin beside one event of the customer's own.
LEAST = 1e-9


@dataclass(frozen=True)
class Valuation:
    """What a month's fits say; the customers' values lie in `table`.

    Attributes
    ----------
    groups : tuple of Group
        Fits and spend by kind and segment.
    drawn : tuple
        One per group: the draws of its bootstrap, None where it cannot be valued.
    test : Test or None
        Of separate fits against one for all.
    terms : Terms
        Currency, discounting, horizon.
    table : Path
        Parquet: see `custlib.aggregate.valued.valued`.
    """

    groups: tuple[Group, ...]
    drawn: tuple[Drawn | None, ...]
    test: Test | None
    terms: Terms
    table: Path


def value_customers(prepared: Prepared, progress: Progress = SILENT) -> Valuation:
    """Value every customer of the month, or read what was valued before.

    Who finds it there waits for nobody; who does not waits for whoever makes it.
    """
    table = prepared.kept("values", "parquet")
    fits = table.with_suffix(".pickle")
    found = unpickle(fits)
    if found is None or not table.exists():
        chosen = resolved(prepared, progress)
        with making(table, prepared.cache, progress.say):
            found = unpickle(fits)
            if found is None or not table.exists():
                progress.say("fitting customer lifetime value")
                found = _make(chosen, choice_of(prepared), table, fits)
    # The cache may lie elsewhere than when the fits were kept.
    return replace(found, table=table)


def _make(prepared: Prepared, choice: Choice | None, table: Path, fits: Path) -> Valuation:
    bounds = prepared.company.connection
    views = PatternViews(prepared, bounded(bounds.memory_limit, bounds.threads))
    groups, test, cells, spending = fit_month(views, prepared.month)
    drawn = tuple(draw_groups(groups, cells, spending))
    found = Valuation(groups, drawn, test, _terms(prepared, views.segment, choice), table)
    parts = [_valued(views, kind, frame, groups, found.terms) for kind, frame in cells.items()]
    # Nobody may be a customer yet: a table without rows has the same columns.
    parts = parts or [unvalued(views.patterns(prepared.month))]
    query = parts[0] if len(parts) == 1 else parts[0].union(*parts[1:])
    save(views.con, views.typed(query), table)
    write_aside(fits, lambda path: path.write_bytes(pickle.dumps(found)))
    return found


def _terms(prepared: Prepared, segment: str, choice: Choice | None) -> Terms:
    settings = prepared.company.settings
    return Terms(
        currency=prepared.company.currency,
        word=prepared.money,
        annual_rate=settings.discount_rate,
        horizon=settings.horizon_months,
        month=prepared.month,
        months_of_data=prepared.months_of_data,
        segment=segment,
        minimum=settings.clv_segment_minimum,
        choice=choice,
    )


def _valued(
    views: PatternViews, kind: str, cells: pd.DataFrame, groups: Sequence[Group], terms: Terms
) -> Any:
    """Price every pattern of a kind and join the prices to its customers."""
    daily = is_daily(views.prepared, kind)
    keys = DAILY if daily else MONTHLY
    distinct = cells.drop_duplicates(["segment", *views.keys(kind)], ignore_index=True)
    prices = _prices(groups, kind, distinct, terms).assign(group=distinct.segment)
    prices = prices.drop_duplicates(list(keys), ignore_index=True)[[*keys, "months", "months_last", "alive"]]
    customers = views.patterns(views.prepared.month)
    customers = customers.filter(customers.kind == kind)
    if distinct.empty:
        # Nobody of this kind has shown what the model counts.
        return unvalued(customers)
    return valued(
        customers,
        views.register(f"prices {kind}", prices),
        views.register(f"spend {kind}", _spend(groups, kind, distinct)),
        keys=keys,
        events="later_days" if daily else "x",
    )


def _prices(groups: Sequence[Group], kind: str, cells: pd.DataFrame, terms: Terms) -> pd.DataFrame:
    """Give each pattern's discounted expected months now and at the end of the last active month, and P(alive)."""
    which = group_of(groups, kind, cells.segment)
    found = cells.assign(months=np.nan, months_last=np.nan, alive=np.nan)
    for i in np.unique(which):
        group, rows = groups[i], which == i
        if not group.trusted or group.fit is None:
            continue
        part = cells[rows]
        ahead = (group.fit, terms.monthly_rate, terms.horizon)
        found.loc[rows, "months"] = group.module.discounted(ahead[0], part, *ahead[1:], **group.ahead)
        last = group.module.at_last_activity(part)
        found.loc[rows, "months_last"] = group.module.discounted(ahead[0], last, *ahead[1:], **group.ahead)
        found.loc[rows, "alive"] = group.module.p_alive(group.fit, part)
    return found


def _spend(groups: Sequence[Group], kind: str, cells: pd.DataFrame) -> pd.DataFrame:
    """Write each segment's expected margin per active month as a fraction that the engine can work out."""
    rows = []
    for name in sorted(cells.segment.unique()):
        group = groups[int(group_of(groups, kind, pd.Series([name]))[0])]
        rows.append({"group": name, **_fraction(group.spend), "model": group.model, "clv_group": group.name})
    return pd.DataFrame(rows)


def _fraction(spend: Spend | None) -> Mapping[str, float | None]:
    if spend is None or not spend.available:
        return dict.fromkeys(("prior", "counted", "weight", "per_event", "idle_cost"), float("nan"))
    if np.isinf(spend.k):
        # Customers do not differ by more than chance: everybody is expected at the mean.
        parts = (spend.mu, 0.0, 1.0, 0.0)
    else:
        # Where months do not differ k is 0, and the mean of a customer without any would be 0 / 0: as good as 0 does.
        k = max(spend.k, LEAST)
        parts = (k * spend.mu, 1.0, k, 1.0)
    return dict(zip(("prior", "counted", "weight", "per_event"), parts, strict=True)) | {
        "idle_cost": spend.idle_cost
    }
