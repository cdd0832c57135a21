"""Tiles for page one: a figure, its change against a month and a year earlier, and its past as a line."""

from typing import Any

from custlib.measure.series import Series
from custlib.present.numbers import NOT_AVAILABLE, Writer, number, percent, signed, writer


def tile(
    series: Series, *, label: str, arithmetic: str = "", definition: str = "", judged: bool = False
) -> dict[str, Any]:
    """Describe a tile, every text ready to print.

    Parameters
    ----------
    judged
        Whether the month's change is called usual or unusual.
    """
    write = writer(series.unit)
    return {
        "measure": series.measure,
        "label": label,
        "value": write(series.now) if series.now is not None else NOT_AVAILABLE,
        "change_month": _change(series, 1, write),
        "change_year": _change(series, 12, write),
        "verdict": _verdict(series) if judged else "",
        "spark": [None if (value := number(each)) is None else float(value) for each in series.values],
        "spark_said": _ends(series, write),
        "arithmetic": arithmetic,
        "definition": definition,
    }


def _change(series: Series, months: int, write: Writer) -> str:
    change = series.change(months)
    if change is None:
        return NOT_AVAILABLE
    if series.unit == "share":
        points = signed(change * 100, lambda value: f"{value:.1f}".replace("-", "\N{MINUS SIGN}"))
        return f"{points} points"
    rate = series.rate(months)
    return signed(change, write) + (f" ({signed(rate, percent)})" if rate is not None else "")


def _ends(series: Series, write: Writer) -> str:
    """Say where a line begins and ends, for those who cannot see it."""
    known = [value for value in series.values if value is not None]
    return f"from {write(known[0])} to {write(known[-1])}" if known else ""


def _verdict(series: Series) -> str:
    verdict = series.verdict
    if verdict.verdict != "cannot tell":
        return f"The month's change is {'a usual' if verdict.verdict == 'usual' else 'an unusual'} one"
    if verdict.change is None or verdict.spread is None:
        return "Too short a past to judge the month's change"
    return "No usual change to compare with"
