"""The data quality page's small tables, laid out from what the checks counted."""

from typing import Any

import pandas as pd

from custlib.periods import Month, add_months, month_range, month_text, parse_month


def policies(report: Any) -> pd.DataFrame:
    """List warnings and policies with their counts: what, rows, done. No customer's id is among them.

    Parameters
    ----------
    report : CheckReport
        The check of the source.
    """
    rows = [(f"{v.table}: {v.rule}", v.count or None, v.hint) for v in report.violations]
    rows += [(f"{p.table}: {p.name}", p.rows, p.text) for p in report.policies]
    rows = rows or [("nothing", 0, "nothing to do")]
    return pd.DataFrame(rows, columns=["what", "rows", "done"], dtype=object)


def rows_by_month(report: Any, month: Month, *, length: int = 36) -> pd.DataFrame:
    """Count the log's rows by month up to the one reported: month, rows; a month without any has none."""
    counted = dict(zip(report.months.month, report.months.rows, strict=True))
    first = parse_month(min(counted, default=month_text(month)))
    span = month_range(max(first, add_months(month, 1 - length)), month)
    rows = [(month_text(each), counted.get(month_text(each), 0)) for each in span]
    return pd.DataFrame(rows, columns=["month", "rows"])
