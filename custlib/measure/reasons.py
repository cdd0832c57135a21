"""Why customers left: by recorded reason, else by how their last purchases went."""

from typing import Any

import pandas as pd

from custlib.measure.figures import small_segments
from custlib.results import Figure, figure

OTHER = "other recorded reasons"
TRENDS = {
    "falling": "fewer than before",
    "steady": "as many as before",
    "rising": "more than before",
    "single": "one month only",
    "recent": "within the first half year",
}


def reasons(leavers: pd.DataFrame, *, known: bool, past: bool, min_group: int) -> pd.DataFrame:
    """Group leavers by recorded reason, and those without one by how their purchases went.

    Parameters
    ----------
    known : bool
        Whether the comparison is available at all.
    past : bool
        Whether the data hold every leaver's last active year; without it neither its margin nor the course
        of the purchases is known.
    min_group : int
        Smaller groups are put together.

    Returns
    -------
    DataFrame
        ``reason`` in words, ``recorded``, ``trend``, ``customers``, ``value`` (margin in their last active
        year); recorded reasons first, most customers first. Empty where the comparison is not available.
    """
    columns = ["reason", "recorded", "trend", "customers", "value"]
    if not known or leavers.empty:
        return pd.DataFrame(columns=columns)
    rows = leavers.assign(recorded=leavers.reason.notna().astype(bool))
    rows["trend"] = rows.trend.map(TRENDS).where(~rows.recorded, "")
    if not past:
        rows["trend"] = ""
    told = "not recorded; last purchases " + rows.trend
    rows["reason"] = rows.reason.where(rows.recorded, told if past else "not recorded")
    sizes = rows.groupby("reason").customers.transform("sum")
    rows.loc[(sizes < min_group) & rows.recorded, "reason"] = OTHER
    _merge_small_courses(rows, min_group)
    grouped = rows.groupby(["recorded", "trend", "reason"], sort=True)
    table = (
        grouped[["customers", "margin"]].agg(lambda cells: sum(cells.iloc[1:], cells.iloc[0])).reset_index()
    )
    table["value"] = table.margin if past else None
    order = ["recorded", "customers", "reason"]
    return table.sort_values(order, ascending=[False, False, True], kind="stable", ignore_index=True)[columns]


def _merge_small_courses(rows: pd.DataFrame, min_group: int) -> None:
    """Put courses of purchases that few took together, and with the next smallest while they are still few."""
    courses = rows[~rows.recorded].groupby("reason").customers.sum().sort_values(kind="stable")
    merged: list[str] = []
    for course, size in courses.items():
        if size >= min_group and (not merged or courses[merged].sum() >= min_group):
            break
        merged.append(course)
    if merged:
        name = "not recorded" if len(merged) == len(courses) else "not recorded; another course of purchases"
        rows.loc[rows.reason.isin(merged) & ~rows.recorded, ["reason", "trend"]] = [name, ""]


def reason_figures(table: pd.DataFrame, *, months: int, currency: str, min_group: int) -> list[Figure]:
    """Name leavers and their last active year's margin by reason; small groups are suppressed.

    Parameters
    ----------
    table : DataFrame
        ``reason``, ``customers``, ``value``, one row per reason (or per course of the last purchases).
    """
    sizes = table.set_index("reason").customers.astype(int)
    hidden = small_segments(sizes, min_group=min_group)
    found = []
    for row in table.itertuples():
        where: dict[str, Any] = {"dimension": "closure_reason", "segment": str(row.reason)}
        if row.reason in hidden:
            found.append(Figure("lost_customers", None, "customers", months, status="suppressed", **where))
            found.append(Figure("lost_annual_margin", None, currency, months, status="suppressed", **where))
            continue
        heads = int(row.customers)
        found.append(Figure("lost_customers", heads, "customers", months, n=heads, **where))
        found.append(figure("lost_annual_margin", row.value, currency, months, n=heads, **where))
    return found
