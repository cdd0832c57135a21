"""A page of customer equity to say sentences of: small, made by hand, and changed part by part by the tests."""

from datetime import date
from types import SimpleNamespace

import numpy as np
import pandas as pd

from custlib.measure.clv.backtest import AVERAGE, REPEAT, Backtest
from custlib.measure.clv.fit import Fit, Parameter
from custlib.measure.clv.groups import Group
from custlib.measure.clv.spend import Correlation, Spend
from custlib.measure.equity import Estimate, Terms
from custlib.measure.spread import Shortcut

JUNE = date(2026, 6, 1)
NAN = float("nan")
TERMS = Terms("EUR", "margin", 0.10, 0, JUNE, 36, "acquisition_channel", 1000)


def fitted(model="bgbb", **values):
    values = values or {"alpha": 1.2, "beta": 0.75, "gamma": 0.66, "delta": 2.8}
    parameters = tuple(Parameter(name) for name in values)
    found = np.array(list(values.values()), dtype=float)
    return Fit(model, parameters, found, np.diag([0.01] * len(found)), -1.0, 100, True)


def spent(**changed):
    told = {"method": "gamma-gamma", "mu": 22.0, "k": 2.0, "idle_cost": 2.0, "fit": None, "customers": 500}
    return Spend(**{**told, **changed})


def group(kind="use", name="all", model="bgbb", **changed):
    values = {"gamma": 0.66, "delta": 20.0} if model == "sbg" else {}
    fit = changed.pop("fit", fitted(model, **values))
    spend = changed.pop("spend", spent())
    told = {"customers": 1200, "fitted_customers": 1000, **changed}
    return Group(kind, name, (name,), model, fit=fit, spend=spend, **told)


def naive(*rows):
    table = pd.DataFrame(
        rows or [(REPEAT, 5500.0, 0.10), (AVERAGE, 4000.0, -0.20)], columns=["key", "predicted", "error"]
    )
    return table


def compared(verdict="beats", **changed):
    months = pd.date_range("2024-07-01", periods=24, freq="MS").date
    tracking = pd.DataFrame(
        {"month": months, "expected": 410.0, "actual": 400.0, "holdout": [False] * 12 + [True] * 12}
    )
    deciles = pd.DataFrame(
        {
            "decile": range(1, 11),
            "customers": 80,
            "predicted": np.linspace(0.1, 9.1, 10),
            "actual": np.linspace(0.2, 9.0, 10),
        }
    )
    alive = pd.DataFrame(
        {"predicted": [0.05, 0.5, 0.95], "actual": [0.07, 0.46, 0.96], "customers": [100, 200, 100]}
    )
    told = {
        "months": 12, "asked": 12, "then": date(2025, 6, 1), "customers": 800, "predicted": 5100.0, "actual": 5000.0,
        "low": 4900.0, "high": 5100.0, "error": 0.02, "naive": naive(), "margin_predicted": 98_000.0,
        "margin_actual": 100_000.0, "margin_error": -0.02, "tracking": tracking, "deciles": deciles, "alive": alive,
    }  # fmt: skip
    return Backtest(verdict=verdict, **{**told, **changed})


def untested(reason="short"):
    return Backtest(0, 12, None, "none", reason)


SEGMENTS = pd.DataFrame(
    [
        ("branch", 400, 350, 600_000.0, 550_000.0, 650_000.0, 1500.0, 1375.0, 1625.0, 0.6, False),
        ("web", 800, 500, 400_000.0, 370_000.0, 430_000.0, 500.0, 462.5, 537.5, 0.4, False),
        ("letter", 10, 9, NAN, NAN, NAN, NAN, NAN, NAN, NAN, True),
    ],
    columns=["segment", "customers", "active", "equity", "low", "high", "mean", "mean_low", "mean_high", "share", "hidden"],
)  # fmt: skip
HOLDERS = pd.DataFrame(
    [
        ("top 1%", 12, 120_000.0, 0.12, 10_000.0),
        ("next 4%", 48, 240_000.0, 0.24, 5_000.0),
        ("next 15%", 180, 360_000.0, 0.36, 2_000.0),
        ("next 30%", 360, 220_000.0, 0.22, 611.1),
        ("bottom 50%", 600, 60_000.0, 0.06, 100.0),
    ],
    columns=["layer", "customers", "equity", "share", "mean"],
)
JOINERS = pd.DataFrame(
    [
        ("all", 300, 310.0, 290.0, 330.0, 12.0, 45.0, 6.9, 265.0),
        ("branch", 100, 520.0, 480.0, 560.0, 14.0, 80.0, 6.5, 440.0),
        ("web", 200, 205.0, 190.0, 220.0, 11.0, 27.5, 7.5, 177.5),
    ],
    columns=["segment", "customers", "value", "low", "high", "first_month", "cost", "ratio", "net"],
)
COHORTS = pd.DataFrame(
    [("2024", 300, 250.0, 420.0, 40.0), ("2025", 310, 90.0, 380.0, 41.0)],
    columns=["cohort", "customers", "to_date", "clv", "cost"],
)
LOST = pd.DataFrame(
    [
        (1, 20, 420.0, 380.0, 460.0, 25, 300.0, 280.0, 320.0, 1.4, 1.2, 1.6),
        (12, 260, 390.0, 370.0, 410.0, 300, 310.0, 295.0, 325.0, 1.258, 1.2, 1.32),
    ],
    columns=[
        "months",
        "customers",
        "value",
        "low",
        "high",
        "new_customers",
        "new_value",
        "new_low",
        "new_high",
        "rate",
        "rate_low",
        "rate_high",
    ],
)
MAP = pd.DataFrame(
    [
        ("0 to 5", "0", 90, 400.0, 0.95),
        ("0 to 5", "3 to 5", 60, 40.0, 0.1),
        ("24 to 35", "0", 300, 990.0, 0.99),
        ("24 to 35", "1", 90, 500.0, 0.8),
        ("24 to 35", "12 or more", 80, 90.0, 0.2),
    ],
    columns=["tenure", "recency", "customers", "mean", "p_alive"],
)
FREQUENCY = pd.DataFrame(
    [("1", 100, 21.0), ("2 to 5", 300, 22.5), ("over 5", 200, 22.2)],
    columns=["active_months", "customers", "mean"],
)
CALENDAR = pd.DataFrame({"calendar_month": range(1, 13), "actual": 100.0, "expected": 100.0, "ratio": 1.0})
SENSITIVITY = pd.DataFrame(
    [
        ("discount rate", 0.05, 1_080_000.0, 0.08),
        ("discount rate", 0.15, 930_000.0, -0.07),
        ("margin", 0.9, 900_000.0, -0.10),
        ("margin", 1.1, 1_100_000.0, 0.10),
        ("horizon", 36, 640_000.0, -0.36),
    ],
    columns=["assumption", "setting", "equity", "change"],
)
SHORTCUT = Shortcut(
    active=850, new_value=310.0, residual_value=1117.6, product=263_500.0, residual_active=950_000.0, residual_inactive=50_000.0
)  # fmt: skip


def page(**changed):
    told = {
        "terms": TERMS, "groups": (group(),), "test": None, "available": True,
        "total": Estimate(1_000_000.0, 930_000.0, 1_080_000.0), "mean": Estimate(833.3, 775.0, 900.0), "median": 200.0,
        "customers": 1200, "expected_active": Estimate(870.0, 855.0, 890.0), "beyond": 0.21, "older_share": 0.0,
        "unvalued": 0, "joiners": JOINERS, "cohorts": COHORTS, "lost": LOST, "map": MAP, "holders": HOLDERS,
        "below_mean": 0.78, "frequency": FREQUENCY, "calendar": CALENDAR, "seasonal": False, "sensitivity": SENSITIVITY,
        "shortcut": SHORTCUT, "backtest": compared(), "independence": Correlation(0.01, -0.05, 0.07, 600),
    }  # fmt: skip
    return SimpleNamespace(**{**told, **changed})
