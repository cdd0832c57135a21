"""The part of clv.py that custlib does, run as a process of its own: seconds, parameters and memory to a file."""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from clv_measured import measured

from custlib.measure.clv import bgnbd, gamma_gamma, pareto_nbd
from custlib.measure.clv.spend import Spend

MODELS = {"bgnbd": bgnbd, "pareto_nbd": pareto_nbd}
WIDTH = 0.02
# Places of a table for each customer.
SPARSE = 100
YEAR = 52.0

Drawn = dict[str, np.ndarray]


def count(drawn: Drawn) -> tuple[pd.DataFrame, np.ndarray]:
    """Find the distinct patterns, their customers, and each customer's place among them.

    By a table of all there could be, where that is not much larger than the customers.
    """
    x, t_x, T = drawn["x"], drawn["t_x"], drawn["T"]
    first, lengths, days = T.min(), int(np.ptp(T)) + 1, int(t_x.max()) + 1
    key = (x * days + t_x) * lengths + (T - first)
    if int(key.max()) > SPARSE * len(key):
        found, place, counts = np.unique(key, return_inverse=True, return_counts=True)
    else:
        number = np.bincount(key)
        found = np.flatnonzero(number)
        rank = np.empty(len(number), dtype=np.int64)
        rank[found] = np.arange(len(found))
        place, counts = rank[key], number[found]
    rest, T_of = np.divmod(found, lengths)
    x_of, t_of = np.divmod(rest, days)
    frame = {"x": x_of, "t_x": t_of / 7, "T": (T_of + first) / 7, "customers": counts}
    return pd.DataFrame(frame), place


def bins(drawn: Drawn) -> pd.DataFrame:
    """Count totals in fine bins of their logarithm."""
    again = drawn["x"] > 0
    x, total = drawn["x"][again], drawn["total"][again]
    place, keys = pd.factorize((x << 32) + np.floor(np.log(total) / WIDTH).astype(np.int64) + (1 << 20))
    number = np.bincount(place)
    return pd.DataFrame({"x": keys >> 32, "total": np.bincount(place, total) / number, "customers": number})


def purchases(name: str, drawn: Drawn, repeats: int) -> dict[str, Any]:
    """Fit a model of purchases, finding the patterns included, and foretell a year of every customer."""

    def fit() -> tuple[Any, pd.DataFrame, np.ndarray]:
        patterns, place = count(drawn)
        return MODELS[name].fit(patterns), patterns, place

    fitting, (found, patterns, place) = measured(fit, repeats)
    ahead, year = measured(
        lambda: MODELS[name].expected(found, patterns, 1, steps=[YEAR])[:, 0][place], repeats
    )
    return {
        "seconds": fitting, "predicting": ahead, "parameters": found.values.tolist(), "sum": float(year.sum()),
        "finite": float(np.isfinite(year).mean()), "said": "" if found.trusted else "not to be trusted",
    }  # fmt: skip


def spend(drawn: Drawn, repeats: int) -> dict[str, Any]:
    """Fit the model of spend."""
    fitting, found = measured(lambda: gamma_gamma.fit(bins(drawn)), repeats)
    return {"seconds": fitting, "parameters": found.values.tolist()}


def values(drawn: Drawn, repeats: int, rate: float) -> dict[str, Any]:
    """Give every customer's discounted margin of twelve months, by models fitted before."""
    patterns, place = count(drawn)
    fit, spent = bgnbd.fit(patterns), gamma_gamma.fit(bins(drawn))
    k, mu = gamma_gamma.weight(spent)
    margin = Spend("gamma-gamma", mu, k, 0.0, spent, len(place))
    taken, found = measured(
        lambda: bgnbd.discounted(fit, patterns, rate, 12)[place] * margin.margin(drawn["x"], drawn["total"]),
        repeats,
    )
    return {"seconds": taken, "sum": float(found.sum())}


def main(drawn: Path, out: Path, task: str, rate: float, repeats: int) -> None:
    """Do one task."""
    data = dict(np.load(drawn))
    if task in MODELS:
        found = purchases(task, data, repeats)
    else:
        found = spend(data, repeats) if task == "gamma_gamma" else values(data, repeats, rate)
    out.write_text(json.dumps(found))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], float(sys.argv[4]), int(sys.argv[5]))
