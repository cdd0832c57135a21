"""How often intervals of concentration and of lost value hold the truth, on simulated bases.

    make coverage            # many bases of 2,000 and of 60,000 customers: some minutes

The tests run a few of them. What is known of each distribution in closed form is the truth.
"""

import argparse

import numpy as np
import pandas as pd
from scipy.stats import binom, gamma, norm

from custlib.measure.concentration import HOLDING, TOP, of_values
from custlib.measure.loss import value_interval
from custlib.measure.rates import gamma_gini, gamma_top_share

# Money has four places: on this scale next to nobody of a continuous distribution is rounded to nothing.
SCALE = 10_000
NAMES = [*(f"top {part:.0%}" for part in TOP), *(f"holding {held:.0%}" for held in HOLDING), "gini"]


def gammas(shape):
    truth = [gamma_top_share(shape, part) for part in TOP]
    truth += [gamma.sf(gamma.isf(held, shape + 1), shape) for held in HOLDING]
    return lambda rng, n: rng.gamma(shape, SCALE, n), [*truth, gamma_gini(shape)]


def lognormals(spread):
    truth = [norm.sf(norm.isf(part) - spread) for part in TOP]
    truth += [norm.sf(norm.isf(held) + spread) for held in HOLDING]
    return lambda rng, n: SCALE * rng.lognormal(0, spread, n), [*truth, 2 * norm.cdf(spread / np.sqrt(2)) - 1]


def paretos(index):
    truth = [part ** (1 - 1 / index) for part in TOP] + [held ** (index / (index - 1)) for held in HOLDING]
    return lambda rng, n: SCALE * (rng.pareto(index, n) + 1), [*truth, 1 / (2 * index - 1)]


def after_costs(spread, cost):
    """Lognormal margins less the same cost for everybody: some bring a loss. Of the Gini of the rest no truth is given."""
    mean = np.exp(spread**2 / 2)
    truth = [(mean * norm.sf(norm.isf(part) - spread) - cost * part) / (mean - cost) for part in TOP]
    grid = np.linspace(1e-6, 1, 1_000_001)
    whole = (mean * norm.sf(norm.isf(grid) - spread) - cost * grid) / (mean - cost)
    truth += [grid[np.argmax(whole >= held)] for held in HOLDING]
    return lambda rng, n: SCALE * (rng.lognormal(0, spread, n) - cost), [*truth, np.nan]


# Bases whose intervals are to be believed, and one whose variance has no end.
LIGHT = {
    "gamma .5": gammas(0.5),
    "gamma 2": gammas(2),
    "lognormal .8": lognormals(0.8),
    "losses": after_costs(0.8, 0.5),
}
HEAVY = {"Pareto 1.5": paretos(1.5)}


def held(drawn_by, truth, *, customers, runs, seed=7):
    """Count, of every figure, the intervals that hold the truth, and those called reliable that do."""
    rng, truth = np.random.default_rng(seed), np.array(truth)
    hits, trusted, kept = (np.zeros(len(NAMES)) for _ in range(3))
    for _ in range(runs):
        found = of_values(np.round(drawn_by(rng, customers), 4))
        figures = [*found.top.values(), *found.holding.values(), found.gini]
        hit = np.array([each.low <= true <= each.high for each, true in zip(figures, truth, strict=True)])
        reliable = np.array([each.reliable for each in figures])
        hits, trusted, kept = hits + hit, trusted + reliable, kept + (hit & reliable)
    return pd.DataFrame({"held": hits, "reliable": trusted, "of them": kept}, index=NAMES)[~np.isnan(truth)]


def value_losses(spread, slope, *, customers, runs, seed=7):
    """Count the intervals of lost value that hold the truth, where 1% are lost: more of the large (slope 1) or of the small (-1)."""
    rng, hits = np.random.default_rng(seed), 0
    for _ in range(runs):
        value = rng.lognormal(0, spread, customers)
        place = 2 * np.argsort(np.argsort(value)) / (customers - 1) - 1
        chance = 0.01 * (1 + slope * place)
        gone = value[rng.random(customers) < chance]
        _, low, high = value_interval(gone.sum(), (gone**2).sum(), value.sum(), (value**2).sum(), customers)
        hits += low <= chance @ value / value.sum() <= high
    return hits


def too_few(runs, level):
    """Give the number of intervals below which a true coverage of `level` is all but excluded."""
    return int(binom.ppf(0.0005, runs, level))


if __name__ == "__main__":
    asked = argparse.ArgumentParser()
    asked.add_argument("--runs", type=int, default=300)
    runs, good = asked.parse_args().runs, True
    for customers, times in ((2_000, runs), (60_000, max(runs // 10, 1))):
        for name, (draw, truth) in (LIGHT | HEAVY).items():
            table = held(draw, truth, customers=customers, runs=times)
            print(f"{name}, {customers} customers, {times} bases\n{table.to_string()}\n")
            sure = table[table.reliable == times] if name in LIGHT else table[table.reliable > 0.1 * times]
            good &= bool((sure.held >= too_few(times, 0.92)).all()) and (name in LIGHT or sure.empty)
    for spread in (0.5, 1.0, 1.5):
        for slope in (-1, 0, 1):
            hits = value_losses(spread, slope, customers=2_000, runs=5 * runs)
            print(f"lost value, spread {spread}, slope {slope}: {hits} of {5 * runs}")
            good &= hits >= too_few(5 * runs, 0.95)
    raise SystemExit(0 if good else 1)
