"""Fit BG/NBD with lifetimes: run by its own environment's Python, which has nothing of ours."""

import json
import sys
from importlib.metadata import version
from math import log
from pathlib import Path

import pandas as pd
from lifetimes import BetaGeoFitter


def main(customers: Path, asked: Path, out: Path) -> None:
    """Read customers and the patterns asked about; write parameters and what is expected of them."""
    data, patterns = pd.read_csv(customers), pd.read_csv(asked)
    model = BetaGeoFitter().fit(data.x, data.t_x, data["T"])
    found = {name: float(model.params_[name]) for name in ("r", "alpha", "a", "b")}
    found["expected"] = [
        float(model.conditional_expected_number_of_purchases_up_to_time(row.weeks, row.x, row.t_x, row.T))
        for row in patterns.itertuples()
    ]
    alive = model.conditional_probability_alive(patterns.x, patterns.t_x, patterns["T"])
    found |= {
        "alive": [float(value) for value in alive],
        # Per customer, and of times multiplied by its own scale; ours is of weeks.
        "log_likelihood": float(
            data.x.sum() * log(model._scale) - model._negative_log_likelihood_ * len(data)
        ),
        "versions": {name: version(name) for name in ("lifetimes", "numpy", "scipy", "pandas")},
    }
    out.write_text(json.dumps(found))


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:4]))
