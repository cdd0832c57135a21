"""What to do with whom: customers by what they bring today and what is expected of them, and the plan for each cell.

A plan is a place to begin, not a verdict on customers or on those who look after them.
"""

from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import pandas as pd

from custlib.measure.few import hidden_cells
from custlib.measure.figures import FEW, small_segments
from custlib.segmentation import HIGH, LOW, MIDDLE, NEGATIVE, UNKNOWN

NOW = (HIGH, MIDDLE, LOW, NEGATIVE)
TO_COME = (*NOW, UNKNOWN)
PROTECT, DEVELOP, MAINTAIN, CHEAPER, LET_GO, OPEN = (
    "protect",
    "develop",
    "maintain",
    "serve cheaper",
    "let go",
    "not known",
)
# By what customers bring now, then by what is expected of them: high, middle, low, negative.
_TABLE = {
    HIGH: (PROTECT, PROTECT, MAINTAIN, CHEAPER),
    MIDDLE: (DEVELOP, MAINTAIN, MAINTAIN, CHEAPER),
    LOW: (DEVELOP, MAINTAIN, CHEAPER, CHEAPER),
    NEGATIVE: (DEVELOP, CHEAPER, CHEAPER, LET_GO),
}
PLANS = {
    (now, to_come): plan for now, plans in _TABLE.items() for to_come, plan in zip(NOW, plans, strict=True)
} | {(now, UNKNOWN): OPEN for now in NOW}
FIRST = {
    PROTECT: "name somebody who answers for the relationship, and keep every promise made to it",
    DEVELOP: "find out what keeps them from buying more, and offer the one thing that fits",
    MAINTAIN: "keep the service they have, and ask those of whom little is expected what has changed",
    CHEAPER: "serve at lower cost: by another channel, fewer visits, larger and fewer orders, or another price",
    LET_GO: "first a way of serving that costs less, another price or another product; only what none of these"
    " mends is left to end by itself",
    OPEN: "wait until there is enough history to value them",
}


@dataclass(frozen=True)
class Potential:
    """Customers by today and tomorrow, and by plan.

    Attributes
    ----------
    cells : DataFrame
        Row per cell with anybody in it: ``now``, ``to_come``, ``plan``, ``customers``, ``margin`` (of the value window),
        ``equity`` (sum of clv; NaN where it is unknown), ``shrinking`` (customers) and
        ``new`` (not active a year ago: too early to judge them), both NaN where the data reach back less than a year;
        ``hidden``; NaN where hidden.
    plans : DataFrame
        Row per plan with anybody in it: ``plan``, ``customers``, ``margin``, ``equity``, ``first`` (what to try first),
        ``hidden``.
    """

    cells: pd.DataFrame
    plans: pd.DataFrame


def potential(grid: pd.DataFrame, *, year_known: bool = True, few: int = FEW) -> Potential:
    """Give each cell its plan and add the plans up.

    Cells are set by rank, so how many customers are in one may be told; money of fewer than `few` of them may not,
    nor what subtraction from a row, a column, a plan or the whole would tell of so few.

    Parameters
    ----------
    grid : DataFrame
        See `custlib.aggregate.potential.grid`.
    year_known : bool
        Whether the data reach back to a year ago; otherwise nobody knows who is shrinking, or new.
    """
    cells = grid.assign(
        plan=[PLANS[now, to_come] for now, to_come in zip(grid.now, grid.to_come, strict=True)],
        customers=grid.customers.astype(int),
    )
    order = {name: place for place, name in enumerate(TO_COME)}
    cells = cells.sort_values(["now", "to_come"], key=lambda side: side.map(order), ignore_index=True)
    heads = cells.groupby("plan").customers.sum()
    private = small_segments(heads, min_group=few) if len(heads) else set[str]()
    cells["hidden"] = hidden_cells(
        cells, ("now", "to_come", "plan"), few=few, already=cells.plan.isin(private)
    )
    plans = _plans(cells, private)
    money = ["margin", "equity", "shrinking", "new"]
    cells[money] = cells[money].astype(float).mask(cells.hidden)
    cells["equity"] = cells.equity.mask(cells.to_come == UNKNOWN)
    if not year_known:
        cells[["shrinking", "new"]] = np.nan
    columns = ["now", "to_come", "plan", "customers", *money, "hidden"]
    return Potential(cells[columns], plans)


def _plans(cells: pd.DataFrame, private: set[str]) -> pd.DataFrame:
    rows = []
    for plan in FIRST:
        part = cells[cells.plan == plan]
        if not len(part):
            continue
        hidden = plan in private
        margin = np.nan if hidden else float(sum(part.margin, Decimal(0)))
        equity = np.nan if hidden or plan == OPEN else float(sum(part.equity, Decimal(0)))
        rows.append((plan, int(part.customers.sum()), margin, equity, FIRST[plan], hidden))
    return pd.DataFrame(rows, columns=["plan", "customers", "margin", "equity", "first", "hidden"])
