"""Who is fitted together: kinds of relationship, and segments large enough for parameters of their own.

Under one set of parameters all new customers are worth the same, whoever won them. So each segment with
enough customers gets its own fit, and the others share one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import chi2

from custlib.measure.clv import bgbb, bgnbd, pareto_nbd, sbg
from custlib.measure.clv.fit import Fit
from custlib.measure.clv.spend import Spend, choose

MODELS: dict[str, ModuleType] = {module.NAME: module for module in (bgbb, bgnbd, pareto_nbd, sbg)}
# Models whose clock runs by days; the others count months.
DAILY_MODELS = frozenset({bgnbd.NAME, pareto_nbd.NAME})
# Fewer customers than this tell nothing of four parameters; fewer months nothing of leaving.
FEWEST = 100
SHORTEST = 3
EVERYBODY, OTHERS = "all", "all others"


@dataclass(frozen=True)
class Group:
    """Customers who share parameters.

    Attributes
    ----------
    kind : str
        "use" (known by what they do) or "contract".
    name : str
        The segment; "all others" for those too small for a fit of their own, "all" where there is one fit only.
    members : tuple of str
        Segments in it.
    customers, fitted_customers : int
        In the population; and in the likelihood.
    problem : str
        "" where the group can be valued, else "few customers", "short", "not converged", "at bound" or "no margin".
    detail : str
        Parameters that ran to the end of their range.
    steps : tuple of float
        For a model of days: lengths of the months ahead in weeks of its clock, begun again after the last; () where
        months are of one length.
    """

    kind: str
    name: str
    members: tuple[str, ...]
    model: str
    customers: int
    fitted_customers: int
    fit: Fit | None = field(default=None, repr=False)
    spend: Spend | None = field(default=None, repr=False)
    problem: str = ""
    detail: str = ""
    steps: tuple[float, ...] = ()

    @property
    def ahead(self) -> dict[str, Any]:
        """What the model's functions of months ahead need to know of these months."""
        return {"steps": self.steps} if self.steps else {}

    @property
    def trusted(self) -> bool:
        """Whether figures may be made of it."""
        return not self.problem

    @property
    def module(self) -> ModuleType:
        """The model's functions."""
        return MODELS[self.model]


@dataclass(frozen=True)
class Test:
    """Likelihood-ratio test of separate fits against one for all: do segments differ in behaviour at all?"""

    statistic: float
    degrees: int
    p_value: float


def fit_groups(
    cells: Mapping[str, pd.DataFrame],
    spending: pd.DataFrame,
    *,
    models: Mapping[str, str],
    minimum: int,
) -> tuple[tuple[Group, ...], Test | None]:
    """Fit every kind of relationship, by segment where that is large enough.

    Parameters
    ----------
    cells : mapping of str to DataFrame
        By kind, one row per segment and pattern: ``segment``, ``fitted`` (whether it may enter a likelihood), the
        model's `KEYS`, ``customers``.
    spending : DataFrame
        One row per kind, segment and bin of total margin: see `custlib.measure.clv.spend.choose`.
    models : mapping of str to str
        The model of each kind.
    minimum : int
        Customers in the likelihood from which a segment is fitted by itself.

    Returns
    -------
    groups : tuple of Group
        Those with a fit of their own first, the others last.
    test : Test or None
        Of customers known by what they do; None where they share one fit, or one of the fits is not to be trusted.
    """
    groups: list[Group] = []
    test = None
    for kind, frame in cells.items():
        spent = spending[spending.kind == kind]
        found = _fit_kind(kind, frame, spent, models[kind], minimum)
        groups += found
        if kind == "use":
            test = _test(found, frame)
    return tuple(groups), test


def _fit_kind(kind: str, frame: pd.DataFrame, spent: pd.DataFrame, model: str, minimum: int) -> list[Group]:
    sizes = frame[frame.fitted].groupby("segment").customers.sum().sort_values(ascending=False, kind="stable")
    large = [str(name) for name in sizes.index[sizes >= minimum]]
    everybody = sorted(map(str, frame.segment.unique()))
    own = [_fit(kind, name, [name], frame, spent, model) for name in large] if len(everybody) > 1 else []
    own = [group for group in own if group.trusted]
    while True:
        taken = {group.name for group in own}
        rest = [name for name in everybody if name not in taken]
        if not rest:
            return own
        others = _fit(kind, OTHERS if own else EVERYBODY, rest, frame, spent, model)
        # A rest too small to be fitted takes the smallest of the others to itself.
        if others.trusted or not own:
            return [*own, others]
        own.pop()


def _fit(
    kind: str, name: str, members: Sequence[str], frame: pd.DataFrame, spent: pd.DataFrame, model: str
) -> Group:
    part = frame[frame.segment.isin(members)]
    usable = pooled(part[part.fitted], model)
    fitted = int(usable.customers.sum())
    group = Group(kind, name, tuple(members), model, int(part.customers.sum()), fitted)
    if fitted < FEWEST:
        return replace(group, problem="few customers")
    if MODELS[model].months_seen(usable) < SHORTEST:
        return replace(group, problem="short")
    if kind == "contract" and not usable.closed.any():
        return replace(group, problem="at bound", detail="gamma")
    fit = MODELS[model].fit(usable)
    group = replace(group, fit=fit)
    if fit.at_bound:
        return replace(group, problem="at bound", detail=", ".join(fit.at_bound))
    if not fit.converged:
        return replace(group, problem="not converged")
    spend = choose(spent[spent.segment.isin(members)])
    return replace(group, spend=spend, problem="" if spend.available else "no margin")


def pooled(cells: pd.DataFrame, model: str) -> pd.DataFrame:
    """Count equal patterns of several segments together."""
    return cells.groupby(MODELS[model].KEYS, as_index=False, sort=True).customers.sum()


def _test(groups: Sequence[Group], frame: pd.DataFrame) -> Test | None:
    if len(groups) < 2 or not all(group.fit is not None and group.fit.converged for group in groups):
        return None
    together = groups[0].module.fit(pooled(frame[frame.fitted], groups[0].model))
    if not together.converged:
        return None
    apart = sum(group.fit.log_likelihood for group in groups if group.fit is not None)
    degrees = sum(len(g.fit.values) for g in groups if g.fit is not None) - len(together.values)
    statistic = max(2 * (apart - together.log_likelihood), 0.0)
    return Test(statistic, degrees, float(chi2.sf(statistic, degrees)))


def group_of(groups: Sequence[Group], kind: str, segments: pd.Series) -> np.ndarray:
    """Give the position of each segment's group in `groups`."""
    known = {name: i for i, group in enumerate(groups) if group.kind == kind for name in group.members}
    return segments.map(known).to_numpy(int)
