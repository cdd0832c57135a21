"""The customer equity page's small tables, laid out."""

from calendar import month_name as calendar_names
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from custlib.measure.clv.backtest import Backtest
from custlib.measure.clv.groups import Group
from custlib.measure.equity import FAR
from custlib.present import wording
from custlib.present.numbers import (
    NOT_AVAILABLE,
    Writer,
    count,
    decimal,
    interval,
    money_interval,
    percent,
    share,
    signed,
    text,
    writer,
)
from custlib.present.tables import Table, table

ALL = "all"


def worth(equity: Any, active: Any) -> Table:
    """Lay out what the base is worth: figure, value and 95% interval, each in words."""
    currency, rows = equity.terms.currency, []
    for label, found in (("Customer equity", equity.total), ("Per customer, mean", equity.mean)):
        rows.append((label, writer(currency)(found.value), money_interval(found.low, found.high, currency)))
    rows.append(("Per customer, median", writer(currency)(equity.median), ""))
    if equity.beyond is not None:
        rows.append((f"Of it more than {FAR} months ahead", share(equity.beyond), ""))
    alive = equity.expected_active
    rows.append(("Customers known", count(equity.customers), ""))
    rows.append(("Still customers by the model", count(alive.value), interval(alive.low, alive.high)))
    rows.append(("Active by the rule", count(active), ""))
    frame = pd.DataFrame(rows, columns=["figure", "value", "interval"])
    columns = {"figure": ("Figure", str), "value": ("Value", str), "interval": ("95% interval", str)}
    return table(frame, name="worth", title="What the base is worth", columns=columns)


def _interval(frame: pd.DataFrame, low: str, high: str, currency: str) -> list[str]:
    return [money_interval(*ends, currency) for ends in zip(frame[low], frame[high], strict=True)]


def held(parts: Mapping[str, pd.DataFrame], currency: str) -> Table:
    """Lay out who holds customer equity, segment by segment, the largest first; hidden ones stay away."""
    frames = [
        frame[~frame.hidden.astype(bool)]
        .sort_values("equity", ascending=False, kind="stable")
        .assign(dimension=name.replace("_", " "))
        for name, frame in parts.items()
        if len(frame)
    ]
    names = [
        "dimension",
        "segment",
        "customers",
        "active",
        "equity",
        "interval",
        "share",
        "mean",
        "mean_interval",
    ]
    whole = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=names)
    if frames:
        whole["interval"] = _interval(whole, "low", "high", currency)
        whole["mean_interval"] = _interval(whole, "mean_low", "mean_high", currency)
    money = writer(currency)
    columns: dict[str, tuple[str, Writer]] = {
        "dimension": ("Split by", str),
        "segment": ("Segment", str),
        "customers": ("Customers", count),
        "active": ("Active", count),
        "equity": ("Equity", money),
        "interval": ("95% interval", str),
        "share": ("Share", share),
        "mean": ("Per customer", money),
        "mean_interval": ("95% interval each", str),
    }
    return table(whole, name="held", title="Customer equity by segment", columns=columns)


def joiners(equity: Any) -> Table:
    """Lay out what new customers are worth, way by way of winning them, against their cost."""
    currency, frame = equity.terms.currency, equity.joiners
    shown = frame.assign(
        segment=["All" if name == ALL else name for name in frame.segment],
        interval=_interval(frame, "low", "high", currency),
    )
    money = writer(currency)
    columns: dict[str, tuple[str, Writer]] = {
        "segment": ("Won by", str),
        "customers": ("Customers", count),
        "first_month": ("In the first month", money),
        "value": ("Still to come", money),
        "interval": ("95% interval", str),
        "cost": ("Cost of winning one", money),
        "ratio": ("To come / cost", lambda value: decimal(value, 1) if value > 0 else "not meaningful"),
        "net": ("Left after cost", money),
    }
    if frame.cost.isna().all():
        columns = {name: column for name, column in columns.items() if name not in ("cost", "ratio", "net")}
    title = "Customers won in the latest 12 months, per customer"
    return table(shown, name="joiners", title=title, columns=columns)


def cohorts(equity: Any) -> Table:
    """Lay out what customers won at different times have brought and are still to bring, per customer."""
    money, word = writer(equity.terms.currency), equity.terms.word
    columns: dict[str, tuple[str, Writer]] = {
        "cohort": ("Won in", str),
        "customers": ("Customers", count),
        "to_date": (f"{word.capitalize()} to date, counted", money),
        "clv": ("Still to come, forecast", money),
        "cost": ("Cost of winning one", money),
    }
    if equity.cohorts.cost.isna().all():
        columns.pop("cost")
    title = "Per customer, by when they were won: the two amounts are not added up"
    shown = equity.cohorts.assign(
        cohort=[wording.won_and_lost.cohort(name) for name in equity.cohorts.cohort]
    )
    return table(shown, name="cohorts", title=title, columns=columns)


def lost(found: pd.DataFrame, currency: str, *, name: str = "lost") -> Table:
    """Lay out what lost customers were worth beside new ones, for the month and the year."""
    spans = {1: "the month", 12: "12 months"}
    shown = found.assign(
        span=[spans.get(int(months), f"{months} months") for months in found.months],
        interval=_interval(found, "low", "high", currency),
    )
    money = writer(currency)
    columns: dict[str, tuple[str, Writer]] = {
        "span": ("In", str),
        "customers": ("Lost", count),
        "value": ("Worth of one", money),
        "interval": ("95% interval", str),
        "new_customers": ("New", count),
        "new_value": ("Worth of a new one", money),
        "rate": ("New ones for a lost one", lambda value: decimal(value, 1)),
    }
    return table(
        shown, name=name, title="Lost and new customers at their customer lifetime value", columns=columns
    )


def frequency(equity: Any, counted: str) -> Table:
    """Lay out what an event brings by how often customers were active."""
    columns: dict[str, tuple[str, Writer]] = {
        "active_months": (f"{counted.capitalize()}s after the first", str),
        "customers": ("Customers", count),
        "mean": (f"{equity.terms.word.capitalize()} per {counted}", writer(equity.terms.currency)),
    }
    title = f"{equity.terms.word.capitalize()} per {counted}, by how often customers were active"
    return table(equity.frequency, name="frequency", title=title, columns=columns)


def forecasts(test: Backtest, events: str) -> Table:
    """Lay out the model's forecast beside the naive ones and what came."""
    rows: list[tuple[str, float, float | None]] = [("The model", test.predicted, test.error)]
    rows += [
        (wording.backtest.NAIVE[row.key].capitalize(), row.predicted, row.error)
        for row in test.naive.itertuples()
    ]
    rows.append(("What came", test.actual, None))
    frame = pd.DataFrame(rows, columns=["forecast", "total", "error"])
    frame["error"] = [
        "" if value is None or value != value else signed(value, percent) for value in frame.error
    ]
    columns: dict[str, tuple[str, Writer]] = {
        "forecast": ("Forecast", str),
        "total": (events.capitalize(), count),
        "error": ("Error", str),
    }
    return table(
        frame, name="forecasts", title="Forecasts of the months the model had not seen", columns=columns
    )


def calendar(equity: Any, events: str) -> Table:
    """Lay out what came against what was expected, by month of the year."""
    frame = equity.calendar.assign(
        month=[calendar_names[int(place)] for place in equity.calendar.calendar_month]
    )
    frame["departure"] = frame.ratio - 1
    columns: dict[str, tuple[str, Writer]] = {
        "month": ("Month of the year", str),
        "actual": ("Came", count),
        "expected": ("Expected", count),
        "departure": ("More or less", lambda value: signed(value, share)),
    }
    title = f"{events.capitalize()} by month of the year"
    return table(frame, name="calendar", title=title, columns=columns)


def parameters(groups: Sequence[Group]) -> Table:
    """Lay out the parameters of every fit that is to be trusted, with 95% intervals and what they are for."""
    rows = []
    for group in groups:
        if group.fit is None or not group.trusted:
            continue
        ends = group.fit.intervals()
        for name, value, (low, high) in zip(group.fit.names, group.fit.values, ends, strict=True):
            named = wording.models.who(group, groups)
            rows.append(
                (
                    named[:1].upper() + named[1:],
                    name,
                    float(value),
                    interval(low, high, _three),
                    wording.models.MEANING.get(name, ""),
                )
            )
    frame = pd.DataFrame(rows, columns=["customers", "parameter", "value", "interval", "meaning"])
    columns: dict[str, tuple[str, Writer]] = {
        "customers": ("Fitted to", str),
        "parameter": ("Parameter", str),
        "value": ("Estimate", _three),
        "interval": ("95% interval", str),
        "meaning": ("Tells", str),
    }
    return table(frame, name="parameters", title="Parameters of the models", columns=columns)


def _three(value: Any) -> str:
    """Write a parameter with three digits after the point, a large one with fewer."""
    if value is None or value != value:
        return NOT_AVAILABLE
    return decimal(value, 3 if abs(value) < 10 else 1)


def sensitivity(equity: Any) -> Table:
    """Lay out what customer equity would be under other assumptions."""
    columns: dict[str, tuple[str, Writer]] = {
        "assumption": ("Assumed", lambda value: text(value).capitalize()),
        "setting": ("Instead", str),
        "equity": ("Customer equity", writer(equity.terms.currency)),
        "change": ("Change", lambda value: signed(value, percent)),
    }
    title = "Customer equity under other assumptions"
    frame = equity.sensitivity.assign(
        setting=[
            wording.assumptions.setting(row.assumption, row.setting)
            for row in equity.sensitivity.itertuples()
        ]
    )
    return table(frame, name="sensitivity", title=title, columns=columns)
