"""Fit BG/NBD and Pareto/NBD with pymc-marketing: run by its own environment's Python, which has nothing of ours.

Flat priors, so that the most probable parameters are the most likely ones.
"""

import json
import sys
from importlib.metadata import version
from pathlib import Path

import pandas as pd
from pymc_extras.prior import Prior
from pymc_marketing.clv import BetaGeoModel, ParetoNBDModel

MODELS = {
    "bgnbd": (BetaGeoModel, ("r", "alpha", "a", "b")),
    "pareto_nbd": (ParetoNBDModel, ("r", "alpha", "s", "beta")),
}


def main(customers: Path, asked: Path, out: Path) -> None:
    """Read customers and the patterns asked about; write each model's parameters and what it expects of them."""
    columns = {"x": "frequency", "t_x": "recency"}
    data, patterns = (pd.read_csv(path).rename(columns=columns) for path in (customers, asked))
    found = {name: fitted(*model, data, patterns) for name, model in MODELS.items()}
    packages = ("pymc-marketing", "pymc", "pytensor", "numpy", "scipy")
    out.write_text(json.dumps({**found, "versions": {name: version(name) for name in packages}}))


def fitted(kind: type, names: tuple[str, ...], data: pd.DataFrame, patterns: pd.DataFrame) -> dict:
    """Fit one model."""
    model = kind(data=data, model_config={name: Prior("HalfFlat") for name in names})
    model.fit(method="map", progressbar=False)
    ahead = [
        float(model.expected_purchases(data=patterns[patterns.customer_id == i], future_t=weeks).squeeze())
        for i, weeks in zip(patterns.customer_id, patterns.weeks, strict=True)
    ]
    alive = model.expected_probability_alive(data=patterns).squeeze()
    return {
        **{name: float(model.idata.posterior[name].squeeze()) for name in names},
        "expected": ahead,
        "alive": [float(value) for value in alive],
    }


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:4]))
