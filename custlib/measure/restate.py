"""What has become of figures that an earlier page printed, and why they moved."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from custlib.results import KEY, compare

# A run's basis: what its figures rest on. See `custlib.prepare.Prepared.basis`.
Basis = Mapping[str, Any]

LATE, DEFINITIONS, SETTINGS = "late data", "definitions version", "settings"
FILE, METHODS, MODEL = "company file", "methods version", "model"
UNKNOWN = "cause not recorded"

COLUMNS = [*KEY, "unit", "then", "then_status", "now", "now_status", "change", "reason"]


def changed_months(then: Basis, now: Basis, month: str) -> list[str]:
    """List the months up to `month` whose rows, or whose customers as known then, are other than before."""
    before, after = then.get("months", {}), now.get("months", {})
    known = sorted(each for each in {*before, *after} if each <= month)
    moved = [each for each in known if _part(before, each, "data") != _part(after, each, "data")]
    lists = [each for each in known if _part(before, each, "customers") != _part(after, each, "customers")]
    # A customer list is cumulative: it differs from the first change on, and only that month is news.
    return sorted({*moved, *lists[:1]})


def _part(months: Mapping[str, Any], month: str, name: str) -> Any:
    return months.get(month, {}).get(name)


def late_rows(then: Basis, now: Basis, month: str) -> int | None:
    """Count the rows that were added (or taken away, negative) in the months up to `month`; None if unknown."""
    before, after = then.get("months"), now.get("months")
    if not before or not after:
        return None
    known = [each for each in {*before, *after} if each <= month]
    return sum(int(_part(after, each, "rows") or 0) - int(_part(before, each, "rows") or 0) for each in known)


def causes(then: Basis, now: Basis, month: str) -> list[str]:
    """Name everything two runs' bases differ in that can move a figure of `month`.

    Returns
    -------
    list of str
        `LATE`, `DEFINITIONS`, `SETTINGS`, `FILE`, `METHODS`, `MODEL`; none when nothing recorded differs,
        and [`UNKNOWN`] when the earlier run recorded no basis.
    """
    if not then:
        return [UNKNOWN]
    pairs = {
        DEFINITIONS: "definitions",
        SETTINGS: "settings",
        FILE: "company_file",
        METHODS: "methods",
        MODEL: "models",
    }
    found = [name for name, key in pairs.items() if then.get(key) != now.get(key)]
    if changed_months(then, now, month):
        found.insert(0, LATE)
    return found


def restatements(then: pd.DataFrame, now: pd.DataFrame, *, before: Basis, after: Basis) -> pd.DataFrame:
    """List the figures that are not what they were, with the reason.

    Parameters
    ----------
    then, now : DataFrame
        Results rows: as printed before, and for the same months as they are computed today. Figures
        that only one of them has are left out: there is nothing to compare.
    before, after : mapping
        The bases of both runs.

    Returns
    -------
    DataFrame
        `COLUMNS`: one row per figure that changed; ``then`` and ``now`` are texts as in the results, empty where
        the status is not "ok"; ``change`` is their difference, empty where one is.
    """
    both = compare(then, now, on=KEY)
    both = both[(both.status_a != "") & (both.status_b != "")]
    moved = both[(both.value_a != both.value_b) | (both.status_a != both.status_b)].copy()
    reasons = {month: causes(before, after, month) for month in moved.month.unique()}
    moved["reason"] = ["; ".join(reasons[month]) or UNKNOWN for month in moved.month]
    moved = moved.rename(
        columns={"value_a": "then", "status_a": "then_status", "value_b": "now", "status_b": "now_status"}
    )
    return moved[COLUMNS].reset_index(drop=True)
