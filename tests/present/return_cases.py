"""A page of Return on Customer to say sentences of: small, made by hand, footing, and changed part by part by the tests."""

from datetime import date
from decimal import Decimal
from types import SimpleNamespace

import pandas as pd

from custlib.measure.equity import Estimate
from custlib.measure.ledger_months import Ledger
from custlib.measure.retention import RetentionPoint
from custlib.measure.roc import Return
from custlib.measure.roc_history import Profits

NAN = float("nan")
JUNE, MAY, YEAR_AGO, BASIS = date(2026, 6, 1), date(2026, 5, 1), date(2025, 6, 1), date(2025, 12, 1)
STATUSES = ("continuing", "lapsed", "won back", "dormant", "closed")
SURPRISES = {
    "survival": ("9120.115", "-31050.504", "5210.305", "-27980.105", "-3040.25"),
    "frequency": ("14400.305", "-8210.105", "1130.004", "-11020.208", "0"),
    "spend": ("-6230.335", "0", "412.105", "0", "0"),
}
ALL = {"unwinding": "95000.125", "expected": "-260400.455", "new": "152300.335"}


def lines(factor="1", **changed):
    """Give the lines of a ledger: those of status "all", and the surprises by status."""
    whole = {name: sum(map(Decimal, values)) for name, values in SURPRISES.items()}
    every = {**{name: Decimal(value) for name, value in ALL.items()}, **whole, **changed}
    rows = [(name, "all", float(Decimal(value) * Decimal(factor))) for name, value in every.items()]
    rows += [
        (name, status, float(Decimal(value) * Decimal(factor)))
        for name, values in SURPRISES.items()
        for status, value in zip(STATUSES, values, strict=True)
    ]
    return pd.DataFrame(rows, columns=["line", "status", "amount"])


def ledger(months=12, **changed):
    """Give a ledger that foots: the closing is worked out from opening, restatement and lines."""
    told = {
        "months": months, "opening_month": YEAR_AGO if months == 12 else MAY, "closing_month": JUNE,
        "opening": 1_250_000.333 if months == 12 else 953_082.04, "restatement": -42_000.125 if months == 12 else 0.0,
        "lines": lines() if months == 12 else lines("0.08"), "residual": 4e-8,
        "customers_opening": 1500, "customers_new": 300 if months == 12 else 25, "customers_closing": 1800,
    }  # fmt: skip
    told |= changed
    whole = told["lines"].amount[told["lines"].status == "all"].sum()
    told.setdefault("closing", told["opening"] + told["restatement"] + whole + told["residual"])
    return Ledger(**told)


def returned(months=12, **changed):
    """Give the returns that go with the ledger of a period: over twelve months value used up, beyond chance."""
    found = ledger(months)
    told = {
        "months": months, "literal": Estimate(0.0074, -0.0136, 0.0294), "closed": Estimate(-0.0437, -0.065, -0.022),
        "total": Estimate(0.041, 0.020, 0.063), "acquisition": Estimate(0.0847, 0.08, 0.09),
        "hurdle": Estimate(0.0760001, 0.075, 0.077), "value_created": Estimate(-43_750.12, -70_000.0, -17_000.0),
        "profit": Decimal("121608.68"), "margin": Decimal("171608.68"), "acquisition_cost": Decimal("50000.00"),
        "opening": found.opening, "closing": found.closing, "change_with_restatement": found.closing - found.opening,
        "new_customers": 300,
    }  # fmt: skip
    if months == 1:
        told |= {
            "literal": Estimate(0.0042, -0.003, 0.011), "closed": Estimate(-0.0041, -0.010, 0.002),
            "total": Estimate(0.0042, -0.003, 0.011), "acquisition": Estimate(0.0083, 0.0073, 0.0093),
            "hurdle": Estimate(0.00797414, 0.00797414, 0.00797414), "value_created": Estimate(-3_600.0, -12_000.0, 4_900.0),
            "profit": Decimal("9628.69"), "margin": Decimal("13628.69"), "acquisition_cost": Decimal("4000.00"),
            "new_customers": 25,
        }  # fmt: skip
    told |= changed
    told.setdefault("cost_known", told["acquisition_cost"] is not None)
    return Return(**told)


def free(**changed):
    """What new customers cost is not known: they would hide that those of before used value up."""
    told = {
        "acquisition_cost": None,
        "total": Estimate(0.14, 0.12, 0.16),
        "value_created": Estimate(-149_625.0, -179_000.0, -121_000.0),
    }
    return returned(**{**told, **changed})


def above(**changed):
    """Value created, beyond chance."""
    told = {
        "literal": Estimate(0.128, 0.10, 0.149), "total": Estimate(0.128, 0.10, 0.149), "closed": Estimate(0.106, 0.08, 0.13),
        "acquisition": Estimate(0.022, 0.018, 0.026), "value_created": Estimate(65_000.0, 30_000.0, 91_000.0),
    }  # fmt: skip
    return returned(**{**told, **changed})


def unsure(**changed):
    """The interval holds the hurdle."""
    told = {"total": Estimate(0.081, 0.05, 0.112), "value_created": Estimate(6_250.0, -32_500.0, 45_000.0)}
    return returned(**{**told, **changed})


def history(months=18, **changed):
    """Give a row per month since the basis: twelve months are known from the twelfth on."""
    rows = []
    for place in range(months):
        far = place >= 11
        roc = 0.14 - 0.1 * (place - 11) / 6 if far else NAN
        before = Decimal("180000") if place >= 15 else None
        profit = Decimal(200000 + 1000 * place)
        quadrant = None if before is None else "creating" if roc >= 0.09 else "harvesting"
        month = pd.Timestamp(2025, 1, 1) + pd.DateOffset(months=place)
        rows.append(
            (
                month.date(), 1_000_000.0 + place, 1_000_001.0 + place, 0.006, 0.008, roc, 0.09 if far else NAN, roc - 0.02, roc + 0.02,
                (roc - 0.09) * 1e6, profit if far else None, before, quadrant,
            )
        )  # fmt: skip
    names = [
        "month", "opening", "closing", "roc_1", "hurdle_1", "roc_12", "hurdle_12", "low_12", "high_12", "value_created_12",
        "profit_12", "profit_12_before", "quadrant",
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=names).assign(**changed)


SEGMENTS = pd.DataFrame(
    [
        ("branch", 700, 90, 800_000.0, 820_000.0, 0.12, 0.10, 0.14, 0.16, 0.13, 0.19, 0.09, 56_000.0, 32_000.0, 80_000.0, 60_000.0, 55_000.0,
         8_000.0, "creating", 2_000.0, False),
        ("web", 500, 150, 300_000.0, 250_000.0, 0.06, 0.03, 0.09, 0.08, 0.05, 0.11, 0.09, -3_000.0, -12_000.0, 6_000.0, 40_000.0, 38_000.0,
         15_000.0, "harvesting", -500.0, False),
        ("paid", 290, 55, 150_000.0, 90_000.0, -0.14, -0.21, -0.07, -0.20, -0.27, -0.13, 0.09, -43_500.0, -54_000.0, -33_000.0, -9_000.0, 2_000.0,
         25_000.0, "destroying", -1_500.0, False),
        ("letter", 10, 5, *[NAN] * 15, None, NAN, True),
    ],
    columns=[
        "segment", "customers", "customers_new", "opening", "closing", "roc", "low", "high", "total", "total_low", "total_high", "hurdle",
        "value_created", "value_low", "value_high", "profit", "profit_before", "acquisition_cost", "quadrant", "reclassified", "hidden",
    ],
).assign(cost_known=True, moves_hidden=False, new_hidden=False)  # fmt: skip


def segment_lines(ledger, shares=("0.5", "0.3", "0.2"), names=("branch", "web", "paid")):
    """Give a ledger by segment: each line in the same parts, and moves from the first to the last."""
    rows = []
    for place, (name, share) in enumerate(zip(names, map(Decimal, shares), strict=True)):
        amounts = {
            line: share * Decimal(repr(ledger.line(line)))
            for line in ("unwinding", "expected", *SURPRISES, "new")
        }
        opening, restated = (share * Decimal(repr(each)) for each in (ledger.opening, ledger.restatement))
        moved = Decimal("5000.005") * (1 if place == len(names) - 1 else 0 if place else -1)
        told = {"opening": opening, "restatement": restated, **amounts, "reclassified": moved}
        told["closing"] = sum(told.values())
        rows += [(name, line, float(amount)) for line, amount in told.items()]
    return pd.DataFrame(rows, columns=["segment", "line", "amount"])


SENSITIVITY = pd.DataFrame(
    [
        ("discount rate", 0.05, 0.012, 0.045, -41_250.0),
        ("discount rate", 0.15, 0.071, 0.13, -73_750.0),
        ("margin", 0.9, 0.038, 0.09, -58_000.0),
        ("margin", 1.1, 0.044, 0.09, -64_000.0),
    ],
    columns=["assumption", "setting", "roc", "hurdle", "value_created"],
)
JOINERS = pd.DataFrame(
    [
        ("all", 300, 310.0, 290.0, 330.0, 12.0, 95.0, 3.3, 215.0, 7.0),
        ("branch", 100, 520.0, 480.0, 560.0, 14.0, 80.0, 6.5, 440.0, 4.0),
        ("paid", 200, 60.0, 50.0, 70.0, 5.0, 102.5, 0.6, -42.5, NAN),
    ],
    columns=[
        "segment",
        "customers",
        "value",
        "low",
        "high",
        "first_month",
        "cost",
        "ratio",
        "net",
        "payback",
    ],
)
POINT = RetentionPoint(points=1.0, customers=15.2, value=Estimate(9_400.0, 8_100.0, 10_900.0))

PROFITS = Profits({date(2023, 1, 1): Decimal("12000.00"), JUNE: Decimal("14000.00")}, {})


def page(**changed):
    told = {
        "currency": "EUR", "word": "margin", "month": JUNE, "annual_rate": 0.10, "monthly_rate": 0.00797414, "basis_month": BASIS,
        "basis_months": 12, "available": True, "reason": "", "pooled": (), "pooled_kinds": {}, "at_limit": False, "unsure": False,
        "ledgers": {1: ledger(1), 12: ledger(12)}, "returns": {1: returned(1), 12: returned(12)},
        "refitted": Estimate(1_020_000.0, 960_000.0, 1_080_000.0), "model_difference": 0.0, "history": history(),
        "quadrant": "harvesting", "alarm": True, "profit_now": Decimal("121608.68"), "profit_before": Decimal("100000.00"),
        "segments": {"acquisition_channel": SEGMENTS, "value_band": pd.DataFrame()}, "sensitivity": SENSITIVITY,
        "segment_lines": {"acquisition_channel": segment_lines(ledger(12)), "value_band": pd.DataFrame()},
        "joiners": JOINERS, "retention_point": POINT, "seasonal": False, "profits": PROFITS,
    }  # fmt: skip
    return SimpleNamespace(**{**told, **changed})


def missing(reason="short", **changed):
    """Give a page of a month that has no return yet."""
    none = {"available": False, "reason": reason, "ledgers": {}, "returns": {}, "history": history().iloc[:0], "segments": {}, "segment_lines": {},
            "sensitivity": SENSITIVITY.iloc[:0], "retention_point": None, "quadrant": None, "alarm": False, "profit_now": None,
            "profit_before": None, "model_difference": None, "refitted": Estimate(None)}  # fmt: skip
    return page(**{**none, "basis_month": None if reason == "short" else BASIS, **changed})
