"""The part of clv.py that lifetimes does, run by an environment of its own: times, likelihood and values to a file."""

import json
import statistics
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
from lifetimes import BetaGeoFitter, GammaGammaFitter


def main(drawn: Path, out: Path, rate: float, repeats: int) -> None:
    """Fit both models and value everybody, as often as asked; the median of the seconds."""
    columns = pd.DataFrame(dict(np.load(drawn)))
    x, t_x, T = columns.x, columns.t_x / 7, columns["T"] / 7
    again = x > 0
    mean = columns.total / x.clip(lower=1)
    taken: dict[str, list[float]] = {"bgnbd": [], "gamma_gamma": [], "clv": []}
    for _ in range(repeats):
        started = time.perf_counter()
        model = BetaGeoFitter().fit(x, t_x, T)
        taken["bgnbd"].append(time.perf_counter() - started)
        started = time.perf_counter()
        spend = GammaGammaFitter().fit(x[again], mean[again])
        taken["gamma_gamma"].append(time.perf_counter() - started)
        started = time.perf_counter()
        value = spend.customer_lifetime_value(model, x, t_x, T, mean, time=12, discount_rate=rate, freq="W")
        taken["clv"].append(time.perf_counter() - started)
    found = {
        "seconds": {name: statistics.median(times) for name, times in taken.items()},
        "bgnbd": [float(model.params_[name]) for name in ("r", "alpha", "a", "b")],
        "gamma_gamma": [float(spend.params_[name]) for name in ("p", "q", "v")],
        "clv": float(np.sum(value)),
    }
    out.write_text(json.dumps(found))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4]))
