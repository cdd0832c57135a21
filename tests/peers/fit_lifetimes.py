"""Fit BG/NBD and Pareto/NBD with lifetimes: run by its own environment's Python, which has nothing of ours."""

import json
import sys
from importlib.metadata import version
from math import log
from pathlib import Path

import numpy as np
import pandas as pd
from lifetimes import BetaGeoFitter, ParetoNBDFitter

MODELS = {
    "bgnbd": (BetaGeoFitter, ("r", "alpha", "a", "b")),
    "pareto_nbd": (ParetoNBDFitter, ("r", "alpha", "s", "beta")),
}


def main(customers: Path, asked: Path, out: Path) -> None:
    """Read customers and the patterns asked about; write each model's parameters and what it expects of them."""
    data, patterns = pd.read_csv(customers), pd.read_csv(asked)
    found = {name: fitted(*model, data, patterns) for name, model in MODELS.items()}
    versions = {name: version(name) for name in ("lifetimes", "numpy", "scipy", "pandas")}
    out.write_text(json.dumps({**found, "versions": versions}))


def fitted(fitter: type, names: tuple[str, ...], data: pd.DataFrame, patterns: pd.DataFrame) -> dict:
    """Fit one model."""
    # One of them begins at random.
    np.random.seed(1)
    model = fitter().fit(data.x, data.t_x, data["T"])
    # Of times multiplied by a scale of its own, and of BG/NBD per customer; ours is of weeks and of all.
    each = len(data) if fitter is BetaGeoFitter else 1
    height = float(data.x.sum() * log(model._scale) - model._negative_log_likelihood_ * each)
    ahead = [
        float(model.conditional_expected_number_of_purchases_up_to_time(row.weeks, row.x, row.t_x, row.T))
        for row in patterns.itertuples()
    ]
    alive = model.conditional_probability_alive(patterns.x, patterns.t_x, patterns["T"])
    return {
        **{name: float(model.params_[name]) for name in names},
        "expected": ahead,
        "alive": [float(value) for value in alive],
        "log_likelihood": height,
    }


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:4]))
