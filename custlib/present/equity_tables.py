"""The customer equity page's small tables, laid out."""

from calendar import month_name as calendar_names
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from custlib.measure.clv.backtest import Backtest
from custlib.measure.clv.groups import Group
from custlib.measure.equity import FAR, Estimate
from custlib.measure.equity_figures import BOUNDLESS
from custlib.present import wording
from custlib.present.numbers import (
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


def _estimates(frame: pd.DataFrame, names: tuple[str, str, str], currency: str) -> list[str]:
    """Write amounts with their intervals in brackets."""
    rows = zip(*(frame[name] for name in names), strict=True)
    return [wording.equity.brackets(Estimate(*row), currency) for row in rows]


def held(parts: Mapping[str, pd.DataFrame], currency: str) -> Table:
    """Lay out who holds customer equity, segment by segment, the largest first; hidden ones stay away."""
    lines = []
    for name, frame in parts.items():
        if not len(frame):
            continue
        shown = frame[~frame.hidden.astype(bool)].sort_values("equity", ascending=False, kind="stable")
        shown = shown.assign(
            group=[f"{name.replace('_', ' ')}: {segment}" for segment in shown.segment],
            held=_estimates(shown, ("equity", "low", "high"), currency),
            each=_estimates(shown, ("mean", "mean_low", "mean_high"), currency),
        )
        lines.append(shown)
    names = ["group", "customers", "active", "held", "share", "each"]
    whole = pd.concat(lines, ignore_index=True) if lines else pd.DataFrame(columns=names)
    columns: dict[str, tuple[str, Writer]] = {
        "group": ("Segment", str),
        "customers": ("Customers", count),
        "active": ("Active", count),
        "held": ("Equity (95% interval)", str),
        "share": ("Share", share),
        "each": ("Per customer (95% interval)", str),
    }
    return table(whole, name="segments", title="Customer equity by segment", columns=columns)


def joiners(equity: Any) -> Table:
    """Lay out what new customers are worth, way by way of winning them, against their cost."""
    currency, frame = equity.terms.currency, equity.joiners
    shown = frame.assign(
        segment=["All" if name == ALL else name for name in frame.segment],
        worth=_estimates(frame, ("value", "low", "high"), currency),
    )
    money = writer(currency)
    columns: dict[str, tuple[str, Writer]] = {
        "segment": ("Won by", str),
        "customers": ("Customers", count),
        "first_month": ("In the first month", money),
        "worth": ("Still to come (95% interval)", str),
        "cost": ("Cost of winning one", money),
        "ratio": ("To come / cost", lambda value: decimal(value, 1) if value > 0 else "not meaningful"),
    }
    if frame.cost.isna().all():
        columns = {name: column for name, column in columns.items() if name not in ("cost", "ratio")}
    title = "Customers won in the latest 12 months, per customer"
    return table(shown, name="new-customers", title=title, columns=columns)


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
        worth=_estimates(found, ("value", "low", "high"), currency),
        new_worth=_estimates(found, ("new_value", "new_low", "new_high"), currency),
    )
    columns: dict[str, tuple[str, Writer]] = {
        "span": ("In", str),
        "customers": ("Lost", count),
        "worth": ("Worth of a lost one (95% interval)", str),
        "new_customers": ("New", count),
        "new_worth": ("Worth of a new one (95% interval)", str),
        "rate": ("New ones for a lost one", lambda value: decimal(value, 1)),
    }
    title = "Lost and new customers at their customer lifetime value"
    return table(shown, name=name, title=title, columns=columns)


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
        "departure": ("More or less", lambda value: signed(value, _whole)),
    }
    title = f"{events.capitalize()} by month of the year"
    return table(frame, name="calendar", title=title, columns=columns)


def _whole(value: Any) -> str:
    return percent(value, 0)


def habits(groups: Sequence[Group], currency: str) -> Table:
    """Lay out what the fits to be trusted say of customers: how active, how likely to leave, what they bring."""
    trusted = [
        group for group in groups if group.trusted and group.fit is not None and group.spend is not None
    ]
    rows = [(_named(group, groups), *wording.learned.row(group, currency)) for group in trusted]
    names = ["customers", "active", "leave", "recorded", "brings", "half"]
    columns: dict[str, tuple[str, Writer]] = {
        "customers": ("Customers", str),
        "active": ("Active, while a customer", str),
        "leave": ("Leave, of the new", str),
        "recorded": ("Departures recorded", str),
        "brings": (f"{wording.models.events(groups, one=True).capitalize()} brings", str),
        "half": ("Own mean counts half after", str),
    }
    frame = pd.DataFrame(rows, columns=names)
    for name in ("active", "recorded"):
        if not frame[name].any():
            columns.pop(name)
    title = "What the models have learned (in brackets: the middle half of customers)"
    return table(frame, name="habits", title=title, columns=columns)


def _named(group: Group, groups: Sequence[Group]) -> str:
    named = wording.models.who(group, groups)
    return named[:1].upper() + named[1:]


def parameters(groups: Sequence[Group]) -> Table:
    """Lay out the parameters of every fit that is to be trusted, with 95% intervals: one line per fit."""
    trusted = [group for group in groups if group.fit is not None and group.trusted]
    names = list(dict.fromkeys(name for group in trusted if group.fit for name in group.fit.names))
    rows = []
    for group in trusted:
        assert group.fit is not None
        told = zip(group.fit.names, group.fit.values, group.fit.intervals(), strict=True)
        alike = dict.fromkeys(group.fit.alike, wording.learned.ALIKE)
        row = {name: _with_ends(float(value), *ends) for name, value, ends in told} | alike
        rows.append({"customers": _named(group, groups), **{name: row.get(name, "") for name in names}})
    frame = pd.DataFrame(rows, columns=["customers", *names])
    columns: dict[str, tuple[str, Writer]] = {
        "customers": ("Fitted to", str),
        **{name: (name, str) for name in names},
    }
    return table(frame, name="parameters", title="Parameters of the models (95% interval)", columns=columns)


def _with_ends(value: float, low: float, high: float) -> str:
    """Write a parameter with its interval; one at the end of its range has none."""
    if not low < high:
        return f"{_three(value)} (end of its range)" if low == high else _three(value)
    if high > BOUNDLESS:
        return f"{_three(value)} (from {_three(low)} on)"
    return f"{_three(value)} ({interval(low, high, _three)})"


def _three(value: Any) -> str:
    """Write a parameter in three digits or so."""
    return decimal(value, 3 if abs(value) < 1 else 2 if abs(value) < 10 else 1 if abs(value) < 100 else 0)


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
