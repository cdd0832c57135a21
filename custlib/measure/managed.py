"""Who is managed as a group, and what each group brings."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from custlib.measure.figures import FEW
from custlib.segmentation import LowValue


@dataclass(frozen=True)
class HighValue:
    """The active customers of high value: the top fifth by the amounts that hold this year.

    Attributes
    ----------
    customers : int
    margin : Decimal
        Of the value window.
    share : float or None
        Of the margin of all active customers; None where that is not above zero.
    comparable : int or None
        Those of them who brought something in the latest quarter's months a year earlier; None where the data do
        not reach back so far.
    shrinking, growing : int or None
        Of the comparable, those who bring less, or more, than a year earlier beyond the material change.
    """

    customers: int
    margin: Decimal
    share: float | None
    comparable: int | None
    shrinking: int | None
    growing: int | None


@dataclass(frozen=True)
class LowValued:
    """The active customers of low value by the company's written definition, with that definition.

    `margin` is None where so few are meant that it would be one person's; `share` is its part of the margin of all active
    customers, None where that is not above zero or `margin` is None.
    """

    meaning: str
    value_below: float
    value_to_come_below: float | None
    customers: int
    margin: Decimal | None
    share: float | None


@dataclass(frozen=True)
class Thanks:
    """The active customers who have stayed `months` or longer; `dated`: those whose beginning anybody knows."""

    months: int
    customers: int
    dated: int
    of_active: float


@dataclass(frozen=True)
class Managed:
    """High-value customers, low-value ones by definition (None: no definition agreed), long-standing ones (None: no beginning known)."""

    high: HighValue
    low: LowValued | None
    thanks: Thanks | None


def managed(
    sums: Mapping[str, Any], *, recent: bool, definition: LowValue | None, long_months: int
) -> Managed:
    """Read the groups off the engine's sums.

    Parameters
    ----------
    sums : mapping
        The row of `custlib.aggregate.managed.managed`.
    recent : bool
        Whether the data hold the latest quarter's months of a year earlier.
    """
    count = {name: int(sums[name]) for name in ("customers", "high", "comparable", "shrinking", "growing")}
    whole, held = Decimal(sums["value"]), Decimal(sums["high_value"])
    moved = (count["comparable"], count["shrinking"], count["growing"]) if recent else (None, None, None)
    high = HighValue(count["high"], held, float(held / whole) if whole > 0 else None, *moved)
    return Managed(high, _low(sums, definition), _thanks(sums, long_months))


def _low(sums: Mapping[str, Any], definition: LowValue | None) -> LowValued | None:
    if definition is None:
        return None
    customers, active = int(sums["low"]), int(sums["customers"])
    # Nobody, a few, or all but a few: then the sum would tell of few.
    private = 0 < customers < FEW or 0 < active - customers < FEW
    held, whole = Decimal(sums["low_value"]), Decimal(sums["value"])
    return LowValued(
        definition.meaning,
        definition.value_below,
        definition.value_to_come_below,
        customers,
        None if private else held,
        None if private or whole <= 0 else float(held / whole),
    )


def _thanks(sums: Mapping[str, Any], months: int) -> Thanks | None:
    active, dated, long = (int(sums[name]) for name in ("customers", "dated", "long"))
    return Thanks(months, long, dated, long / active) if dated else None
