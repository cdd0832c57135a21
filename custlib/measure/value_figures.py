"""What the results of value segments are called."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import numpy as np

from custlib.measure.concentration import Concentration, Measured
from custlib.measure.loss import private_rows
from custlib.results import Figure, figure

YEAR = 12
TOP = {
    0.01: "top_1_share",
    0.05: "top_5_share",
    0.1: "top_10_share",
    0.2: "top_20_share",
    0.5: "top_50_share",
}
WINDOWS = (1, 3, 6, 12, 24)


def value_figures(found: Any) -> Iterator[Figure]:
    """Name every figure of the page of value segments.

    Parameters
    ----------
    found : ValueSegments
        See `custlib.month.value_segments.ValueSegments`.
    """
    for months in sorted({*WINDOWS, found.window}):
        yield from _concentration(found.windows.get(months, Concentration(months)))
    yield from _losses(found)
    yield from _groups(found.bands, "band", found)
    yield from _groups(found.segments, "segment", found)


def _concentration(one: Concentration) -> Iterator[Figure]:
    """Name what one window's concentration is."""
    yield _share("gini", one.gini, one, one.positive)
    for part, measure in TOP.items():
        # The most profitable may hold more than all where others give it back: a ratio, not a share.
        yield _share(measure, one.top[part], one, one.customers, unit="ratio")
    yield _share("customers_holding_80_share", one.holding[0.8], one, one.customers)
    yield _share("whale_peak", Measured(one.whale_peak), one, one.customers, unit="ratio")
    yield _share("loss_maker_share", Measured(one.loss_maker_share), one, one.customers)


def _share(measure: str, value: Measured, one: Concentration, n: int, unit: str = "share") -> Figure:
    if value.value is None:
        if measure in one.withheld:
            return Figure(measure, None, unit, one.months, status="suppressed")
        # Where the window is there and yet nothing comes of it, the total is not above zero.
        status = "not_meaningful" if one.available else "not_available"
        return Figure(measure, None, unit, one.months, status=status)
    return figure(measure, value.value, unit, one.months, low=value.low, high=value.high, n=n)


LOSSES = {
    "annual_customer_loss_rate": ("rate", "low", "high", "customers", "share"),
    "annual_value_loss_rate": ("value_rate", "value_low", "value_high", "customers", "ratio"),
    "annual_recorded_loss_rate": ("closed_rate", "closed_low", "closed_high", "customers", "share"),
    "silent_loss_share": ("halved_share", "halved_low", "halved_high", "stayed", "share"),
}


def _losses(found: Any) -> Iterator[Figure]:
    """Name what a year took, of all and by value band."""
    if found.loss is None:
        for measure, (*_, unit) in LOSSES.items():
            yield figure(measure, None, unit, YEAR)
        return
    table = found.loss.table
    for row in table.assign(private=private_rows(table)).to_dict("records"):
        whole = row["segment"] == "all"
        where: dict[str, Any] = {} if whole else {"dimension": "value_band", "segment": str(row["segment"])}
        for measure, (name, low, high, counted, unit) in LOSSES.items():
            n, value = int(row[counted]), row[name]
            if unit == "ratio" and row["private"]:
                yield Figure(measure, None, unit, YEAR, status="suppressed", **where)
            elif value is None or not np.isfinite(value):
                meant = n and measure != "annual_recorded_loss_rate"
                status = "not_meaningful" if meant else "not_available"
                yield Figure(measure, None, unit, YEAR, status=status, **where)
            else:
                yield figure(
                    measure,
                    float(value),
                    unit,
                    YEAR,
                    low=float(row[low]),
                    high=float(row[high]),
                    n=n,
                    **where,
                )


def _groups(table: Any, kind: str, found: Any) -> Iterator[Figure]:
    """Name customers and margin of bands or segments."""
    for row in table.to_dict("records"):
        where: dict[str, Any] = {"dimension": f"value_{kind}", "segment": str(row[kind])}
        count = int(row["customers"])
        away = bool(row["hidden"])
        # Bands are set by rank: their counts tell of nobody. Segments are not.
        if away and kind == "segment":
            yield Figure("segment_customers", None, "customers", found.window, status="suppressed", **where)
        else:
            yield figure(f"{kind}_customers", count, "customers", found.window, n=count, **where)
        money = f"{kind}_margin"
        if away:
            yield Figure(money, None, found.currency, found.window, status="suppressed", **where)
        else:
            yield figure(money, Decimal(row["margin"]), found.currency, found.window, n=count, **where)
