"""Who was asked and who answered: response rates, whether those who answer are worth more, and whether being asked often wears out."""

from dataclasses import dataclass
from decimal import Decimal
from math import sqrt
from typing import Any

import pandas as pd

from custlib.errors import CustlibError
from custlib.measure.clv.fit import REACH
from custlib.measure.difference import Difference, Sums, mean_difference
from custlib.measure.figures import FEW, small_segments
from custlib.measure.loss import share_interval

MEANS = ["value_answered", "value_silent"]
GROUP_COLUMNS = ["invited", "answered", "rate", "low", "high", *MEANS]
# Invitations in the twelve months before; so many stands for more, too.
MOST_EARLIER = 3


@dataclass(frozen=True)
class Response:
    """How many of the invitations were answered, and by whom.

    Attributes
    ----------
    invited, answered : int
    rate, low, high : float
        Answered among the invited, with Wilson's 95% interval.
    value_answered, value_silent : Decimal or None
        What those who answered are worth per head, and those who did not; None of nobody.
    values : Difference or None
        The first less the second, with Welch's interval; None where a side has fewer than two, or nobody differs.
    by_band, by_tenure : DataFrame
        ``value_band`` (or ``tenure``), ``invited``, ``answered``, ``rate``, ``low``, ``high``, ``value_answered``, ``value_silent`` (Decimal; None of
        nobody, and where either side has fewer than five), as the levels come.
    fatigue : DataFrame
        By invitations in the twelve months before: ``earlier`` (0 to 3; 3: three or more), ``invited``, ``answered``, ``rate``, ``low``, ``high``.
    often : Difference or None
        The rate of those invited most often less that of those not invited before, among customers of like tenure (Mantel-Haenszel); None
        where nobody was invited before, or all were. Association: who is invited often may be another customer in other ways.
    per_customer_year : float or None
        Invitations per customer and year; None where the base is not known.
    """

    invited: int
    answered: int
    rate: float
    low: float
    high: float
    value_answered: Decimal | None
    value_silent: Decimal | None
    values: Difference | None
    by_band: pd.DataFrame
    by_tenure: pd.DataFrame
    fatigue: pd.DataFrame
    often: Difference | None
    per_customer_year: float | None

    @property
    def value_difference(self) -> float | None:
        """What those who answered are worth more, per head."""
        return self.values.change if self.values else None

    @property
    def value_low(self) -> float | None:
        """Lower limit of it."""
        return self.values.low if self.values else None

    @property
    def value_high(self) -> float | None:
        """Upper limit of it."""
        return self.values.high if self.values else None


def response(
    invitations: pd.DataFrame, *, customers: int | None = None, months: int | None = None
) -> Response:
    """Say how many answered, and set those who did beside those who did not.

    Parameters
    ----------
    invitations : DataFrame
        One row per combination: ``value_band``, ``tenure``, ``earlier`` (invitations of the customer in the twelve months before: 0, 1, 2, or 3 for
        three and more), ``answered`` (bool), ``customers`` (invited), ``value`` (Decimal, the sum of what they are worth), ``squares`` (the
        sum of its squares).
    customers : int, optional
        Customers who could have been invited.
    months : int, optional
        Over how many months the invitations are counted.

    Raises
    ------
    CustlibError
        Where nobody was invited.
    """
    rows = invitations[invitations.customers > 0]
    if rows.empty:
        raise CustlibError("nobody was invited: there is no response to tell of")
    invited, answered = _sides(rows)
    did, did_not = (_sums(rows[rows.answered.astype(bool) == side]) for side in (True, False))
    fatigue = _rates(rows, "earlier").drop(columns=["value_answered", "value_silent"])
    fatigue = fatigue.sort_values("earlier", ignore_index=True)
    return Response(
        invited,
        answered,
        *share_interval(answered, invited),
        value_answered=did.mean if did else None,
        value_silent=did_not.mean if did_not else None,
        values=mean_difference(did, did_not) if did and did_not else None,
        by_band=_rates(rows, "value_band"),
        by_tenure=_rates(rows, "tenure"),
        fatigue=fatigue,
        often=_often(rows),
        per_customer_year=invited / customers * 12 / months if customers and months else None,
    )


def _sides(rows: pd.DataFrame) -> tuple[int, int]:
    """Count who was invited, and who answered."""
    return int(rows.customers.sum()), int(rows.customers[rows.answered.astype(bool)].sum())


def _sums(rows: pd.DataFrame) -> Sums | None:
    """Add up what customers are worth; None of nobody, and where it is not known of all."""
    if rows.empty or rows["value"].isna().any():
        return None
    squares = sum((Decimal(str(each)) for each in rows.squares), Decimal(0))
    return Sums(int(rows.customers.sum()), sum(map(Decimal, rows["value"]), Decimal(0)), squares)


def _rates(rows: pd.DataFrame, by: str) -> pd.DataFrame:
    """Give the response by the levels of a column, as they come."""
    told: list[dict[str, Any]] = []
    for level, part in rows.groupby(by, sort=False):
        invited, answered = _sides(part)
        sides = (_sums(part[part.answered.astype(bool) == side]) for side in (True, False))
        means = [side.mean if side else None for side in sides]
        told.append(
            {by: level}
            | dict(
                zip(
                    GROUP_COLUMNS,
                    [invited, answered, *share_interval(answered, invited), *means],
                    strict=True,
                )
            )
        )
    table = pd.DataFrame(told, columns=[by, *GROUP_COLUMNS])
    # What a handful brought per head is what these brought, and so is what is left when all others are taken off.
    sides_of = table.set_index(by)[["answered"]].assign(silent=(table.invited - table.answered).to_numpy())
    few = table[by].isin(small_segments(sides_of, min_group=FEW))
    for column in MEANS:
        table[column] = table[column].astype(object).where(~few, None)
    return table


def _often(rows: pd.DataFrame) -> Difference | None:
    """Compare who was invited most often before with who was not, among customers of like tenure.

    Who has been with the company for long has been invited often, and answers more readily anyway. In each tenure h the rates are set
    side by side and weighted by a b / (a + b), the invitations of both sides: the Mantel-Haenszel risk difference.
    """
    most = rows.earlier.max()
    if most == 0 or (rows.earlier > 0).all():
        return None
    counts = rows.assign(answers=rows.customers.where(rows.answered.astype(bool), 0))
    sums = counts.groupby(["tenure", "earlier"])[["customers", "answers"]].sum().unstack(fill_value=0)
    a, b = (sums["customers"][each].to_numpy(float) for each in (most, 0))
    both = (a > 0) & (b > 0)
    if not both.any():
        return None
    a, b = a[both], b[both]
    weight = a * b / (a + b)
    weight = weight / weight.sum()
    now, then = (sums["answers"][each].to_numpy(float)[both] / n for each, n in ((most, a), (0, b)))
    # Where all or none answered a variance of nothing would be too sure: one answer and one silence are added.
    error = sum(
        float(weight**2 @ (smooth * (1 - smooth) / n))
        for smooth, n in (((now * a + 1) / (a + 2), a), ((then * b + 1) / (b + 2), b))
    )
    high, low = float(weight @ now), float(weight @ then)
    reach = REACH * sqrt(error)
    return Difference(high, low, high - low - reach, high - low + reach, int(a.sum()), int(b.sum()), error)
