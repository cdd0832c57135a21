"""Who is managed as a group, and what each group brings."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from custlib.measure.figures import FEW
from custlib.measure.loss import more_of
from custlib.segmentation import LowValue

_NOT_KNOWN: tuple[None, Any] = (None, "none")
MovedVerdict = Literal["more shrinking", "more growing", "cannot tell", "none"]


@dataclass(frozen=True)
class HighValue:
    """The active customers of high value, by the amount that held the top fifth of the active with zero or more in December.

    Not by the value bands, whose amounts may be others.

    Attributes
    ----------
    customers : int
    margin : Decimal
        Of the value window.
    share : float or None
        Of the margin of all active customers; None where that is not above zero, and where these, or the others, are so few
        that it would tell of them.
    comparable : int or None
        Those of them who brought something in the latest quarter's months a year earlier; None where the data do
        not reach back so far.
    shrinking, growing : int or None
        Of the comparable, those who bring less, or more, than a year earlier beyond the material change.
    chance : float or None
        How likely numbers of shrinking and growing as unequal are where each is as likely (see `custlib.measure.loss.more_of`).
    verdict : str
        "more shrinking" or "more growing" beyond chance, "cannot tell", "none" (nobody is either, or it is not known).
    """

    customers: int
    margin: Decimal
    share: float | None
    comparable: int | None
    shrinking: int | None
    growing: int | None
    chance: float | None = None
    verdict: MovedVerdict = "none"


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
    sums: Mapping[str, Any], *, recent: bool, definition: LowValue | None, long_months: int, few: int = FEW
) -> Managed:
    """Read the groups off the engine's sums.

    Parameters
    ----------
    sums : mapping
        The row of `custlib.aggregate.managed.managed`.
    recent : bool
        Whether the data hold the latest quarter's months of a year earlier.
    few : int
        What fewer customers bring is not told.
    """
    count = {name: int(sums[name]) for name in ("customers", "high", "comparable", "shrinking", "growing")}
    whole, held = Decimal(sums["value"]), Decimal(sums["high_value"])
    comparable, shrinking, growing = (
        (count["comparable"], count["shrinking"], count["growing"]) if recent else (None, None, None)
    )
    told = whole > 0 and not _private(count["high"], count["customers"], few)
    found = more_of(count["shrinking"], count["growing"], "more shrinking", "more growing")
    chance, verdict = found if recent else _NOT_KNOWN
    high = HighValue(
        count["high"],
        held,
        float(held / whole) if told else None,
        comparable,
        shrinking,
        growing,
        chance,
        verdict,
    )
    return Managed(high, _low(sums, definition, few), _thanks(sums, long_months))


def _private(customers: int, whole: int, few: int) -> bool:
    """Say whether a group is of a few, or all but a few, so that its sum would tell of few."""
    return 0 < customers < few or 0 < whole - customers < few


def _low(sums: Mapping[str, Any], definition: LowValue | None, few: int) -> LowValued | None:
    if definition is None:
        return None
    customers = int(sums["low"])
    private = _private(customers, int(sums["customers"]), few)
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
