"""What weighs on detractors and what promoters praise, side by side: customers, what they are worth, and who takes care of it."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from custlib.measure.figures import FEW

SIDES = ("pain", "praise")
COLUMNS = ["side", "group", "customers", "customers_before", "value", "owner", "complaints", "open", "hidden"]


@dataclass(frozen=True)
class Pains:
    """Pains and praise of the latest twelve months.

    Attributes
    ----------
    stages, themes : DataFrame
        One row per ``side`` ("pain" or "praise") and ``group`` (stage, or theme): ``customers``, ``customers_before`` (of the twelve months before;
        -1 where these are not known, or fewer than the smallest group), ``value`` (what the active among them are worth; NaN of fewer than five), ``owner`` (a role, or ""),
        ``complaints`` and ``open`` (of this stage in the same months; NaN: not known), ``hidden`` (fewer customers than the smallest
        group; everything else is then empty). Largest first.
    given, sorted : int
        Reasons given in the twelve months, and those of which a theme is known.
    months : int
        12, or 0 where answers have no dates: all of them.
    detractors, promoters : int
        Customers who gave such an answer in the same months, with a reason or without.
    declared : bool
        Whether the company file names themes; otherwise reasons that many gave in the same words stand for them.
    """

    stages: pd.DataFrame
    themes: pd.DataFrame
    given: int
    sorted: int
    months: int
    detractors: int
    promoters: int
    declared: bool = True


def pains_and_praise(
    people: pd.DataFrame,
    group: str,
    *,
    owners: dict[str, str],
    unsettled: pd.DataFrame,
    min_group: int,
    before: bool,
) -> pd.DataFrame:
    """Lay counts of customers by side and group out for reading.

    Parameters
    ----------
    people : DataFrame
        ``side``, `group`, ``customers``, ``customers_before``, ``active`` (those of whom there is a value), ``value``.
    owners : dict
        Group -> role, where the company file names one.
    unsettled : DataFrame
        ``stage``, ``owner``, ``complaints``, ``open``; empty where nothing is known.
    before : bool
        Whether the twelve months before are known.
    """
    rows = people.rename(columns={group: "group"})
    value = rows["value"].astype(float).where(rows.active.astype(int) >= FEW, np.nan)
    rows = rows.assign(value=value, customers_before=rows.customers_before if before else -1)
    settled = _settled(unsettled)
    by_feedback = rows.group.map(settled.owner) if len(settled) else pd.Series("", index=rows.index)
    rows["owner"] = (
        rows.group.map(owners).where(lambda told: told.notna() & (told != ""), by_feedback).fillna("")
    )
    for name in ("complaints", "open"):
        rows[name] = rows.group.map(settled[name]).astype(float) if len(settled) else np.nan
    # A customer may be in several groups, or in none: what is hidden cannot be had by subtraction.
    rows["hidden"] = rows.customers.astype(int) < min_group
    rows.loc[rows.customers_before.astype(int) < min_group, "customers_before"] = -1
    hide = ["value", "complaints", "open"]
    rows.loc[rows.hidden, hide] = np.nan
    rows["order"] = rows.side.map({name: place for place, name in enumerate(SIDES)})
    kept = rows[rows.customers > 0].sort_values(
        ["order", "customers", "group"], ascending=[True, False, True]
    )
    return kept.reset_index(drop=True).reindex(columns=COLUMNS)


def _settled(unsettled: pd.DataFrame) -> pd.DataFrame:
    """Add complaints up by stage; its owner is who has most of them."""
    if unsettled.empty:
        return pd.DataFrame(columns=["owner", "complaints", "open"])
    ordered = unsettled.sort_values(["complaints", "owner"], ascending=[False, True])
    sums = ordered.groupby("stage")[["complaints", "open"]].sum()
    return sums.assign(owner=ordered.dropna(subset=["owner"]).groupby("stage").owner.first()).fillna(
        {"owner": ""}
    )
