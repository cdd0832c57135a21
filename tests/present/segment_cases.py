"""A page of value segments to say sentences of: small, made by hand, and changed part by part by the tests."""

from datetime import date
from decimal import Decimal
from fractions import Fraction
from types import SimpleNamespace

import numpy as np
import pandas as pd

from custlib.measure.banded import cross_table
from custlib.measure.bands import Migration
from custlib.measure.concentration import Concentration, Measured
from custlib.measure.difference import Difference
from custlib.measure.intake import Intake
from custlib.measure.loss import LossTest
from custlib.measure.managed import LowValued, Thanks
from custlib.measure.potential import FIRST, PLANS, Potential
from custlib.measure.rates import Rates

NAN = float("nan")
BANDS = ["top 1%", "next 4%", "next 15%", "next 30%", "bottom 50%", "below zero"]


def measured(value=None, low=None, high=None, reliable=True):
    return Measured(value, low, high, reliable)


def curve(shares):
    """Give the cumulative shares of equal parts of the customers, most profitable first."""
    shares = np.asarray(shares, dtype=float)
    parts = np.linspace(0, 1, len(shares) + 1)
    ranks = np.round(parts * 1200).astype(int)
    return pd.DataFrame({"customers": parts, "margin": [0.0, *np.cumsum(shares)], "rank": ranks})


CURVE = curve([0.61, 0.22, 0.15, 0.10, -0.08])
# A fifth of the customers at 61%, four fifths at the peak of 108%.
_RISE = 1.08 * np.linspace(0, 1, 81) ** (np.log(0.61 / 1.08) / np.log(0.25))
CONVEX = curve(np.r_[np.diff(_RISE), np.full(20, -0.004)])


def concentration(months=12, **changed):
    told = {
        "months": months, "customers": 1200, "total": Decimal("240000.00"), "positive": 900, "zero": 100, "negative": 200,
        "positive_total": Decimal("259200.00"), "negative_total": Decimal("-19200.00"), "gini": measured(0.62, 0.60, 0.64),
        "top": {0.01: measured(0.12, 0.10, 0.14, False), 0.05: measured(0.30, 0.28, 0.32), 0.10: measured(0.44, 0.41, 0.47),
                0.20: measured(0.61, 0.58, 0.64), 0.50: measured(0.93, 0.92, 0.94)},
        "holding": {0.5: measured(0.13, 0.12, 0.14), 0.8: measured(0.35, 0.33, 0.37)},
        "whale_peak": 1.08, "whale_at": 0.80, "loss_maker_share": 200 / 1200, "hill": 2.6, "curve": CONVEX,
        "available": True, "mean": 200.0, "median": 90.0, "below_mean": 0.74,
    }  # fmt: skip
    return Concentration(**{**told, **changed})


def top(value, low=None, high=None, reliable=True, **changed):
    """Give a concentration whose top fifth holds a share."""
    shares = {**concentration().top, 0.20: measured(value, low, high, reliable)}
    return concentration(**{"top": shares, **changed})


def equal(**changed):
    """All bring the same."""
    told = {
        "gini": measured(0.0, 0.0, 0.0), "top": {p: measured(p, p, p) for p in (0.01, 0.05, 0.1, 0.2, 0.5)},
        "holding": {p: measured(p, p, p) for p in (0.5, 0.8)}, "whale_peak": 1.0, "whale_at": 1.0,
        "loss_maker_share": 0.0, "negative": 0, "negative_total": Decimal(0), "positive": 1200, "zero": 0,
        "curve": curve([0.2] * 5), "below_mean": 0.0, "hill": None, "median": 200.0,
    }  # fmt: skip
    return concentration(**{**told, **changed})


def whale(**changed):
    """One customer brings nearly all."""
    shares = np.r_[0.96, np.full(99, 0.04 / 99)]
    told = {
        "customers": 100, "gini": measured(0.95, None, None, False),
        "top": {p: measured(0.96 + (p - 0.01) * 0.04, None, None, False) for p in (0.01, 0.05, 0.1, 0.2, 0.5)},
        "holding": {0.5: measured(0.5 / 0.96 / 100, None, None, False), 0.8: measured(0.8 / 0.96 / 100, None, None, False)},
        "whale_peak": 1.0, "whale_at": 1.0, "loss_maker_share": 0.0, "negative": 0, "negative_total": Decimal(0),
        "curve": curve(shares), "below_mean": 0.99, "hill": 0.4,
    }  # fmt: skip
    return concentration(**{**told, **changed})


def nothing(**changed):
    """Nobody bought: nothing to measure."""
    none = measured()
    told = {
        "customers": 0, "total": None, "positive": 0, "zero": 0, "negative": 0, "positive_total": None,
        "negative_total": None, "gini": none, "top": dict.fromkeys((0.01, 0.05, 0.1, 0.2, 0.5), none),
        "holding": dict.fromkeys((0.5, 0.8), none), "whale_peak": None, "whale_at": None, "loss_maker_share": 0.0,
        "hill": None, "curve": CURVE.iloc[:0], "available": False, "mean": None, "median": None, "below_mean": None,
    }  # fmt: skip
    return concentration(**{**told, **changed})


def losing(**changed):
    """Together customers cost more than they bring."""
    return nothing(**{"customers": 300, "available": True, "total": Decimal("-500.00"), **changed})


def windows():
    found = {}
    for months, share in ((1, 0.52), (3, 0.55), (6, 0.58), (12, 0.61), (24, 0.66)):
        found[months] = top(share, share - 0.03, share + 0.03, months=months, customers=400 + 60 * months)
    return found


def rates(**changed):
    told = {
        "model": "bgbb",
        "customers": 3000,
        "top_fifth": measured(0.72, 0.70, 0.74),
        "gini": measured(0.66, 0.64, 0.68),
    }
    return Rates(**{**told, **changed})


COUNTS = pd.DataFrame(
    [(3, 0.41, 0.71, 0.65), (12, 0.57, 0.72, 0.66)],
    columns=["months", "buyers_top_fifth", "rates_top_fifth", "rates_gini"],
)


def deciles(**changed):
    """Ten tenths of 90 customers and the loss-makers: value falls with the tenth, by frequency more than by size."""
    rows = []
    for place in range(1, 11):
        often, each, rate = 24.0 / place, 40.0 / place**0.5, 0.25
        rows.append(
            (place, 90, 90 / 1100, 90 * often * each * rate, NAN, often, each, rate, often * each * rate)
        )
    rows.append(("loss-makers", 200, 200 / 1100, -19_200.0, NAN, 3.0, 12.0, -19_200 / 7200, -96.0))
    names = ["decile", "customers", "customers_share", "margin", "margin_share", "per_customer", "per_purchase", "margin_rate",
             "margin_per_customer"]  # fmt: skip
    frame = pd.DataFrame(rows, columns=names)
    frame["margin_share"] = frame.margin / frame.margin.sum()
    return frame.assign(**changed)


LAYERS = pd.DataFrame(
    [
        ("everyone ever seen", "everyone", 3000, 71.0, 12.0, 0.78, 213_000.0),
        ("the active", "active", 1200, 177.5, 80.0, 0.71, 213_000.0),
        ("repeat buyers", "repeat", 1000, 205.0, 110.0, 0.68, 205_000.0),
        ("without loss-makers", "not_losing", 850, 262.0, 150.0, 0.65, 222_700.0),
        ("without the top 1%", "without_top", 841, 228.0, 148.0, 0.62, 191_748.0),
        ("core customers", "core", 420, 310.0, 260.0, 0.60, 130_200.0),
    ],
    columns=["layer", "key", "customers", "mean", "median", "below_mean", "margin"],
)
VALUE_BANDS = pd.DataFrame(
    [
        ("top 1%", 10, 10 / 1200, 28_800.0, 0.12, 2100.0, 2880.0, 3000.0, 31_800.0, False),
        ("next 4%", 40, 40 / 1200, 43_200.0, 0.18, 800.0, 1080.0, 6000.0, 49_200.0, False),
        ("next 15%", 150, 150 / 1200, 79_200.0, 0.33, 350.0, 528.0, 12_000.0, 91_200.0, False),
        ("next 30%", 300, 300 / 1200, 84_000.0, 0.35, 150.0, 280.0, 18_000.0, 102_000.0, False),
        ("bottom 50%", 500, 500 / 1200, 24_000.0, 0.10, 0.0, 48.0, 20_000.0, 44_000.0, False),
        ("below zero", 200, 200 / 1200, -19_200.0, -0.08, NAN, -96.0, 30_000.0, 10_800.0, False),
    ],
    columns=[
        "band",
        "customers",
        "share",
        "margin",
        "margin_share",
        "threshold",
        "mean",
        "cost",
        "gross",
        "hidden",
    ],
)
RESET = pd.DataFrame(
    {
        "band": BANDS,
        "customers_before": [12, 48, 160, 290, 490, 200],
        "customers_after": [10, 40, 150, 300, 500, 200],
        "moved_in": [0, 2, 8, 20, 30, 0],
        "moved_out": [2, 10, 18, 10, 20, 0],
    }
)
SEGMENTS = pd.DataFrame(
    [
        ("to protect", 180, 0.15, 108_000.0, 0.45, 600.0, 400_000.0, False),
        ("to develop", 420, 0.35, 84_000.0, 0.35, 200.0, 350_000.0, False),
        ("tiny", 4, NAN, NAN, NAN, NAN, NAN, True),
        ("no rule", 596, 0.497, 48_000.0, 0.20, 80.5, 100_000.0, False),
    ],
    columns=["segment", "customers", "share", "margin", "margin_share", "mean", "equity", "hidden"],
)


def crossed(by="acquisition channel", rows=(("branch", 600, 150), ("web", 500, 50), ("comparison", 300, 0))):
    """Give groups by how many of their customers are in the bands of the top, the most first."""
    cells = pd.DataFrame(
        [
            (name, band, size)
            for name, people, top in rows
            for band, size in (("next 15%", top), ("bottom 50%", people - top))
            if size
        ],
        columns=["segment", "band", "customers"],
    )
    return cross_table(cells, by, BANDS, BANDS[:3], set())


def migration(**changed):
    """Bands of a year ago by bands of today: most stay, some fall, some are lost."""
    there, rows = [*BANDS, "lost"], []
    then = dict(zip(BANDS, (10, 40, 150, 300, 500, 180), strict=True))
    for place, (band, heads) in enumerate(then.items()):
        parts = {band: 0.6, there[min(place + 1, 5)]: 0.0, "lost": 0.1 + 0.02 * place}
        parts[there[min(place + 1, 5)]] += 0.3 - 0.02 * place
        parts[band] += 1 - sum(parts.values())
        for to, part in parts.items():
            rows.append(
                (
                    band,
                    to,
                    round(heads * part),
                    100.0 * heads * part,
                    0.0 if to == "lost" else 90.0 * heads * part,
                )
            )
    rows += [("new", "bottom 50%", 240, 0.0, 14_000.0), ("new", "next 15%", 10, 0.0, 4000.0),
             ("won back", "bottom 50%", 30, 0.0, 1500.0)]  # fmt: skip
    table = pd.DataFrame(rows, columns=["from_band", "to_band", "customers", "value_then", "value_now"])
    table["hidden"] = (table.customers < 5) & (table.customers > 0)
    told = {"names": tuple(BANDS), "table": table, "top": tuple(BANDS[:3]), "top_customers": 200, "top_kept": 0.71,
            "top_fell": 0.18, "top_lost": 0.11, "top_value": Decimal(96_000), "top_lost_value": Decimal(9600)}  # fmt: skip
    return Migration(**{**told, **changed})


LOSSES = pd.DataFrame(
    [
        ("top 1%", 10, 1, 0.10, 0.018, 0.404, 28_000.0, 2000.0, 0.071, 0.01, 0.30),
        ("next 4%", 40, 2, 0.05, 0.014, 0.165, 42_000.0, 2400.0, 0.057, 0.02, 0.15),
        ("next 15%", 150, 6, 0.04, 0.018, 0.085, 78_000.0, 3600.0, 0.046, 0.02, 0.09),
        ("next 30%", 300, 3, 0.01, 0.003, 0.029, 82_000.0, 700.0, 0.009, 0.003, 0.03),
        ("bottom 50%", 500, 2, 0.004, 0.001, 0.014, 24_000.0, 90.0, 0.004, 0.001, 0.02),
        ("below zero", 180, 0, 0.0, 0.0, 0.021, -18_000.0, 0.0, NAN, NAN, NAN),
        ("all", 1180, 14, 0.0119, 0.0071, 0.0198, 236_000.0, 14_160.0, 0.06, 0.04, 0.09),
    ],
    columns=["segment", "customers", "lost", "rate", "low", "high", "value", "lost_value", "value_rate", "value_low", "value_high"],
).assign(
    closed=[0, 0, 2, 1, 1, 0, 4], closed_rate=[0, 0, 0.013, 0.003, 0.002, 0, 0.0034],
    closed_low=[0, 0, 0.004, 0.001, 0, 0, 0.0013], closed_high=[0.28, 0.09, 0.05, 0.02, 0.011, 0.021, 0.0087],
    closed_value_rate=[0, 0, 0.012, 0.003, 0.002, NAN, 0.005], closed_value_low=[0, 0, 0.003, 0, 0, NAN, 0.002],
    closed_value_high=[0.2, 0.1, 0.04, 0.02, 0.02, NAN, 0.0095],
    stayed=[9, 38, 144, 297, 498, 0, 986], halved=[1, 5, 16, 50, 130, 0, 202],
    halved_share=[0.111, 0.132, 0.111, 0.168, 0.261, NAN, 0.205], halved_low=[0.02, 0.06, 0.07, 0.13, 0.22, NAN, 0.18],
    halved_high=[0.44, 0.27, 0.17, 0.21, 0.30, NAN, 0.23], halved_fall=[1800.0, 4000.0, 6000.0, 9000.0, 7000.0, NAN, 27_800.0],
    doubled=[0, 3, 9, 40, 160, 0, 212], doubled_share=[0.0, 0.079, 0.0625, 0.135, 0.321, NAN, 0.215],
    doubled_low=[0.0, 0.03, 0.03, 0.10, 0.28, NAN, 0.19], doubled_high=[0.3, 0.21, 0.11, 0.18, 0.36, NAN, 0.24],
    doubled_rise=[0.0, 3000.0, 5000.0, 8000.0, 9000.0, NAN, 25_000.0],
)  # fmt: skip


SILENT = {"silent_verdict": "cannot tell", "silent_p": 0.6}
MONEY_OF = {
    "lost": ["lost_value", "value_rate", "value_low", "value_high"],
    "closed": ["closed_value_rate"],
    "halved": ["halved_fall"],
    "doubled": ["doubled_rise"],
}


def loss(verdict_customers="open", verdict_value="refuted", verdict_closed="supported", **changed):
    """Give a test of the claim; changes of columns go to the line of the whole base."""
    table, claim = LOSSES.assign(younger=0), changed.pop("claim", 0.01)
    silent = {name: changed.pop(name, value) for name, value in SILENT.items()}
    for name, value in changed.items():
        table[name] = [*table[name].tolist()[:-1], value]
    for part, money in MONEY_OF.items():
        few = (table[part] > 0) & (table[part] < 5)
        table[money] = table[money].mask(few)
        table["private"] = few if part == "lost" else table.private
    return LossTest(
        claim=claim, table=table, verdict_customers=verdict_customers, verdict_value=verdict_value,
        verdict_closed=verdict_closed, **silent,
    )  # fmt: skip


CONTEXT = pd.DataFrame(
    [(14, 14_160.0, 250, 18_000.0, 30, 1500.0)],
    columns=[
        "lost_customers",
        "lost_value",
        "new_customers",
        "new_value",
        "won_back_customers",
        "won_back_value",
    ],
)


def intake(low=-16.0, high=-4.0, cannot="", **changed):
    told = {
        "months": 6, "customers_now": 250, "customers_then": 200, "total_now": Decimal(22_500), "total_then": Decimal(20_000),
        "quantity": Fraction(4750), "quality": Fraction(-2250), "difference": Difference(90, 100, low, high, 250, 200, cannot=cannot),
    }  # fmt: skip
    return Intake(**{**told, **changed})


LEVELS = ["high", "middle", "low", "negative"]


def potential(**changed):
    heads = [[120, 60, 20, 0], [60, 150, 90, 0], [20, 90, 370, 20], [0, 10, 90, 100]]
    rows = [
        (
            now,
            to,
            PLANS[now, to],
            heads[i][j],
            heads[i][j] * (400.0 - 130 * i),
            heads[i][j] * (900.0 - 280 * j),
            heads[i][j] // 5,
            False,
        )
        for i, now in enumerate(LEVELS)
        for j, to in enumerate(LEVELS)
        if heads[i][j]
    ]
    names = ["now", "to_come", "plan", "customers", "margin", "equity", "shrinking", "hidden"]
    cells = pd.DataFrame(rows, columns=names)
    plans = cells.groupby("plan", sort=False)[["customers", "margin", "equity"]].sum().reset_index()
    plans = plans.assign(first=plans.plan.map(FIRST), hidden=False)
    return Potential(**{"cells": cells, "plans": plans, **changed})


COSTS = pd.DataFrame(
    [
        ("value band", "top 1%", 31_800.0, 3000.0, 3000 / 31_800, False),
        ("value band", "bottom 50%", 44_000.0, 20_000.0, 20 / 44, False),
        ("value band", "below zero", 10_800.0, 30_000.0, 30 / 10.8, False),
        ("won in", "2024", 60_000.0, 30_000.0, 0.5, False),
        ("acquisition channel", "letter", NAN, NAN, NAN, True),
    ],
    columns=["by", "segment", "gross", "cost", "ratio", "hidden"],
)


def high_value(**changed):
    told = {
        "customers": 200,
        "margin": 146_400.0,
        "share": 0.61,
        "shrinking": 42,
        "growing": 30,
        "comparable": 180,
        "verdict": "cannot tell",
    }
    return SimpleNamespace(**{**told, **changed})


TOP_FIRMS = pd.DataFrame({"rank_to": [1, 5, 10, 20], "share": [0.21, 0.44, 0.55, 0.68]})


def low_value(**changed):
    told = {"meaning": "little now, and little to come", "value_below": 20.0, "value_to_come_below": 30.0,
            "customers": 310, "margin": Decimal(1800), "share": 0.0075}  # fmt: skip
    return LowValued(**{**told, **changed})


def thanks(**changed):
    return Thanks(**{"months": 60, "customers": 85, "dated": 900, "of_active": 0.071, **changed})


def page(**changed):
    told = {
        "currency": "EUR", "word": "margin", "window": 12, "span": 12, "knows_costs": True, "b2b": False, "min_group": 10,
        "windows": windows(), "main": concentration(), "claimed_top_fifth": 0.8, "rates": rates(), "counts": COUNTS,
        "equal_customers": deciles(), "equal_profit": deciles(customers=[10, 15, 25, 40, 60, 90, 120, 150, 180, 210, 200]),
        "layers": LAYERS, "bands": VALUE_BANDS, "bands_since": date(2026, 6, 1), "reset": RESET, "segments": SEGMENTS,
        "has_rules": True, "unreached": (), "migration": migration(), "loss": loss(), "loss_context": CONTEXT,
        "intake": intake(), "potential": potential(), "high_value": high_value(), "top_firms": TOP_FIRMS.iloc[:0],
        "low_value": low_value(), "thanks": thanks(), "costs": COSTS, "exact_total": True, "thresholds_yearly": True,
    }  # fmt: skip
    return SimpleNamespace(**{**told, **changed})
