"""Who moved from one wave to the next, in customers and in money, and what of it the Net Promoter Score did not see."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from math import sqrt

import numpy as np
import pandas as pd

from custlib.errors import CustlibError
from custlib.measure.clv.fit import REACH
from custlib.measure.loss import share_interval
from custlib.measure.middle_ground import Part
from custlib.measure.nps import classes, signs
from custlib.surveying import CLASSES, Scale


@dataclass(frozen=True)
class Moves:
    """Some of those who answered twice: how many customers, and what they are worth together (None: not known)."""

    customers: int
    value: Decimal | None


@dataclass(frozen=True)
class Movement:
    """What became of the answers of those who gave one in both waves.

    `moved_up` and `moved_down` are `moved`; so are `hidden`, `crossing_up` and `crossing_down`.

    Attributes
    ----------
    pairs : int
        Customers with an answer in both.
    value : Decimal or None
        What they are worth together; None where it is not known, as in every other amount here.
    moved, moved_up, moved_down : Moves
        Gave another score: a higher one, a lower one.
    hidden, hidden_up, hidden_down : Moves
        Of the moved, those who stayed inside one class of NPS, which therefore did not see them.
    crossing_up, crossing_down : Moves
        Of the moved, those who went into a better class or a worse one.
    hidden_share : Part or None
        `hidden` among the moved, with its interval; None where nobody moved.
    class_matrix : DataFrame
        ``before``, ``after`` (detractor, passive, promoter: nine rows in this order), ``customers``, ``active`` (those of whom
        `value` is), ``value``.
    mean_change : float
        Mean of the later scores less the mean of the earlier ones, of the pairs; `mean_low`, `mean_high`: its 95% interval, of the
        differences within customers (None of a single pair).
    mean_changed_class, mean_hidden : float
        What those made of it who changed class, and what the hidden made of it; they add up to it.
    nps_change : float
        Change of the score of the pairs, in shares; `nps_low`, `nps_high`: its interval, likewise.
    middle_up, middle_down : Moves
        Left the middle ground upwards, and downwards.
    middle_from_below, middle_from_above : Moves
        Came into it.
    """

    pairs: int
    value: Decimal | None
    moved: Moves
    moved_up: Moves
    moved_down: Moves
    hidden: Moves
    hidden_up: Moves
    hidden_down: Moves
    crossing_up: Moves
    crossing_down: Moves
    hidden_share: Part | None
    class_matrix: pd.DataFrame
    mean_change: float
    mean_low: float | None
    mean_high: float | None
    mean_changed_class: float
    mean_hidden: float
    nps_change: float
    nps_low: float | None
    nps_high: float | None
    middle_up: Moves
    middle_down: Moves
    middle_from_below: Moves
    middle_from_above: Moves

    @property
    def value_hidden(self) -> Decimal | None:
        """What the customers are worth whose move NPS did not see."""
        return self.hidden.value


def movement(table: pd.DataFrame, scale: Scale) -> Movement:
    """Follow individuals from one wave to the next.

    Parameters
    ----------
    table : DataFrame
        One row per pair of scores: ``before``, ``after``, ``customers``, ``value`` (Decimal, what these are worth; NULL anywhere: nothing is
        said in money).
    scale : Scale
        Of metric nps.

    Raises
    ------
    CustlibError
        Where nobody answered twice.

    Notes
    -----
    These are observed moves: who is asked twice does not always give the same score, though nothing has changed. So some moves
    are noise, and which they are cannot be told from two answers.
    """
    rows = table[table.customers > 0]
    if rows.empty:
        raise CustlibError("nobody answered twice: there is no movement to follow")
    heads = rows.customers.to_numpy(dtype=np.int64)
    before, after = rows.before.to_numpy(dtype=np.int64), rows.after.to_numpy(dtype=np.int64)
    money = None if rows["value"].isna().any() else rows["value"].to_numpy(dtype=object)

    def those(where: np.ndarray) -> Moves:
        worth = None if money is None else sum(money[where], Decimal(0))
        return Moves(int(heads[where].sum()), worth)

    step, crossed = after - before, signs(after) - signs(before)
    hidden = (step != 0) & (crossed == 0)
    pairs, moved = int(heads.sum()), those(step != 0)
    unseen = those(hidden)
    mean, seen = (_mean_interval(each, heads) for each in (step, crossed))
    active = rows.active.to_numpy(dtype=np.int64)
    first, last = scale.middle
    was, came = (np.sign((each > last) * 1 - (each < first) * 1) for each in (before, after))
    return Movement(
        pairs,
        those(np.ones(len(rows), dtype=bool)).value,
        moved,
        moved_up=those(step > 0),
        moved_down=those(step < 0),
        hidden=unseen,
        hidden_up=those(hidden & (step > 0)),
        hidden_down=those(hidden & (step < 0)),
        crossing_up=those(crossed > 0),
        crossing_down=those(crossed < 0),
        hidden_share=Part(unseen.customers, *share_interval(unseen.customers, moved.customers))
        if moved.customers
        else None,
        class_matrix=_matrix(before, after, active, those),
        mean_change=float(heads @ step) / pairs,
        mean_low=mean[0],
        mean_high=mean[1],
        mean_changed_class=float(heads @ np.where(hidden, 0, step)) / pairs,
        mean_hidden=float(heads @ np.where(hidden, step, 0)) / pairs,
        nps_change=float(heads @ crossed) / pairs,
        nps_low=seen[0],
        nps_high=seen[1],
        middle_up=those((was == 0) & (came > 0)),
        middle_down=those((was == 0) & (came < 0)),
        middle_from_below=those((was < 0) & (came == 0)),
        middle_from_above=those((was > 0) & (came == 0)),
    )


def _mean_interval(step: np.ndarray, heads: np.ndarray) -> tuple[float | None, float | None]:
    """Give the interval of the mean change, from the spread of the changes of individuals."""
    pairs = int(heads.sum())
    if pairs < 2:
        return None, None
    mean = float(heads @ step) / pairs
    reach = REACH * sqrt(float(heads @ (step - mean) ** 2) / (pairs - 1) / pairs)
    return mean - reach, mean + reach


def _matrix(
    before: np.ndarray, after: np.ndarray, active: np.ndarray, those: Callable[[np.ndarray], Moves]
) -> pd.DataFrame:
    """Count the moves between classes, all nine."""
    was, came = np.array(classes(before), dtype=object), np.array(classes(after), dtype=object)
    rows = []
    for one in CLASSES:
        for other in CLASSES:
            here = (was == one) & (came == other)
            found = those(here)
            rows.append(
                {
                    "before": one, "after": other, "customers": found.customers, "active": int(active[here].sum()),
                    "value": found.value,
                }
            )  # fmt: skip
    return pd.DataFrame(rows)
