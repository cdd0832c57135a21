"""The valuation basis: the parameters a year's ledger is valued on, fitted to nothing that the year brought.

Parameters fitted again on the period they are to judge absorb its surprises. So a ledger's are those of the 31
December before its year, or of the first month with enough data; they are kept, and no later month changes them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from custlib.data.digest import digest
from custlib.measure.clv.fit import Fit
from custlib.measure.clv.groups import MODELS, Group, fit_groups, pooled
from custlib.measure.clv.spend import choose
from custlib.measure.equity import Drawn, draw_groups
from custlib.measure.ledger_prices import DRAWS
from custlib.periods import Month, add_months, months_between
from custlib.prepare import Prepared
from custlib.prepare.files import made_once, part_path
from custlib.prepare.patterns import PatternViews, model_of

# Parameters whose bound has a meaning as a limit: nobody has been seen to leave.
LIMITS = frozenset({"gamma", "delta"})
# Of a basis so much at most is given up because customers seen then may be old ones.
TRUNCATED = 3
# Settings that the fits of a basis rest on, beside the customers of its month end.
_RESTS_ON = ("clv_segment", "clv_segment_minimum", "left_truncation_months", "min_group")


@dataclass(frozen=True)
class Basis:
    """Fits to what was known at one month's end.

    Attributes
    ----------
    month : date
        The month at whose end they were made.
    groups : tuple of Group
        BG/BB for customers known by what they do, sBG for contracts.
    drawn : tuple
        One per group: the draws of its bootstrap; None where it has none.
    truncation : int
        Months from the beginning of the data in which a customer first seen may be an old one, for these fits.
    at_limit : tuple of str
        Names of groups in which nobody has been seen to leave: valued as if nobody ever would.
    key : str
        Names everything the basis was made from.
    """

    month: Month
    groups: tuple[Group, ...]
    drawn: tuple[Drawn | None, ...]
    truncation: int
    at_limit: tuple[str, ...]
    key: str

    @property
    def trusted(self) -> bool:
        """Whether every group can be valued."""
        return bool(self.groups) and all(group.trusted for group in self.groups)


def basis_month(month: Month, data_start: Month, months: int) -> Month | None:
    """Say at which month's end the parameters were fitted that a month is valued on.

    Parameters
    ----------
    data_start : date
        First month of the data.
    months : int
        Months of data that a basis needs.

    Returns
    -------
    date or None
        December of the year before, where so many months of data lie up to it; else the first month that has them; None
        for months up to and including that one.
    """
    december = Month(month.year - 1, 12, 1)
    if months_between(data_start, december) + 1 >= months:
        return december
    first = add_months(data_start, months - 1)
    return first if first < month else None


def basis_of(prepared: Prepared, month: Month, con: Any) -> Basis:
    """Fit a basis, or read what was fitted before.

    Parameters
    ----------
    prepared : Prepared
        Any month not before `month`: the basis is the same.
    month : date
        The month at whose end it is made.
    con
        The engine on which patterns are counted.
    """
    path, key, truncation = _file(prepared, month)
    return made_once(path, prepared.cache, lambda: _fit(prepared, month, con, key, truncation))


def pooled_group(prepared: Prepared, basis: Basis, kind: str, con: Any) -> tuple[Group, Drawn | None]:
    """Fit everybody of a kind together, as those are valued whose segment was not there when the basis was made."""
    own = [i for i, group in enumerate(basis.groups) if group.kind == kind]
    if len(own) == 1:
        return basis.groups[own[0]], basis.drawn[own[0]]
    path = part_path(prepared.cache, "basis", basis.month, digest(basis.key, "pooled", kind), "pickle")

    def fit() -> tuple[Group, Drawn | None]:
        views = _views(prepared, con, basis.truncation)
        cells, spending = views.cells(basis.month), views.spending(basis.month)
        one = {kind: cells[kind].assign(segment="all")} if kind in cells else {}
        found = _fitted(views, one, spending.assign(segment="all"))
        return (found.groups[0], found.drawn[0]) if found.groups else (_nobody(kind), None)

    return made_once(path, prepared.cache, fit)


def _nobody(kind: str) -> Group:
    return Group(kind, "all", (), "sbg" if kind == "contract" else "bgbb", 0, 0, problem="few customers")


def _file(prepared: Prepared, month: Month) -> tuple[Path, str, int]:
    """Name a basis after the customers of its own month end, which no later month changes."""
    settings = prepared.company.settings
    known = months_between(prepared.rules.data_start, month) + 1
    truncation = min(settings.left_truncation_months, known // TRUNCATED)
    chosen = {name: getattr(settings, name) for name in _RESTS_ON}
    key = digest(prepared.files.months["base"][month].name, chosen, truncation, DRAWS)
    return part_path(prepared.cache, "basis", month, key, "pickle"), key, truncation


def ledger_views(prepared: Prepared, con: Any) -> PatternViews:
    """Open the patterns of months, whatever model the report shows values by: those of a ledger."""
    return _views(prepared, con, prepared.company.settings.left_truncation_months)


def _views(prepared: Prepared, con: Any, truncation: int) -> PatternViews:
    changed = {"clv_model": "bgbb", "seasonal_clock": False, "left_truncation_months": truncation}
    settings = prepared.company.settings.model_copy(update=changed)
    company = replace(prepared.company, settings=settings)
    return PatternViews(replace(prepared, company=company), con)


@dataclass(frozen=True)
class _Fitted:
    groups: tuple[Group, ...]
    drawn: tuple[Drawn | None, ...]
    at_limit: tuple[str, ...]


def _fit(prepared: Prepared, month: Month, con: Any, key: str, truncation: int) -> Basis:
    views = _views(prepared, con, truncation)
    found = _fitted(views, views.cells(month), views.spending(month))
    return Basis(month, found.groups, found.drawn, truncation, found.at_limit, key)


def _fitted(views: PatternViews, cells: Mapping[str, pd.DataFrame], spending: pd.DataFrame) -> _Fitted:
    settings = views.prepared.company.settings
    models = {kind: model_of(views.prepared, kind) for kind in cells}
    minimum = max(settings.clv_segment_minimum, settings.min_group)
    groups, _ = fit_groups(cells, spending, models=models, minimum=minimum)
    limits = [_at_limit(group, cells[group.kind], spending) for group in groups]
    groups = tuple(limit or group for limit, group in zip(limits, groups, strict=True))
    at_limit = tuple(group.name for limit, group in zip(limits, groups, strict=True) if limit is not None)
    return _Fitted(groups, _drawn(groups, cells, spending), at_limit)


def _at_limit(group: Group, cells: pd.DataFrame, spending: pd.DataFrame) -> Group | None:
    """Take a fit that says no more than that nobody has been seen to leave as what it is; None for any other.

    Customer equity does not do so: it would say how long customers stay. A ledger says what a month changed, and any
    stated basis serves as long as it is the same at both ends.
    """
    if group.problem != "at bound":
        return None
    part = cells[cells.segment.isin(group.members) & cells.fitted]
    usable = pooled(part, group.model)
    fit: Fit = group.fit if group.fit is not None else MODELS[group.model].fit(usable)
    leaving = fit["gamma"] / (fit["gamma"] + fit["delta"])
    lived = float(usable.customers.to_numpy(float) @ np.maximum(usable.n.to_numpy(float), 1))
    if not fit.converged or not set(fit.at_bound) <= LIMITS or leaving * lived >= 1:
        return None
    spend = choose(spending[(spending.kind == group.kind) & spending.segment.isin(group.members)])
    return replace(
        group, fit=fit, spend=spend, problem="" if spend.available else "no margin", detail=group.detail
    )


def _drawn(
    groups: Sequence[Group], cells: Mapping[str, pd.DataFrame], spending: pd.DataFrame
) -> tuple[Drawn | None, ...]:
    """Draw every group that has standard errors."""
    found: list[Drawn | None] = []
    for group in groups:
        known = group.trusted and group.fit is not None and np.isfinite(group.fit.covariance).all()
        found += draw_groups([group], cells, spending, count=DRAWS) if known else [None]
    return tuple(found)
