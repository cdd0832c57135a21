"""Fit BG/NBD with pymc-marketing: run by its own environment's Python, which has nothing of ours.

Flat priors, so that the most probable parameters are the most likely ones.
"""

import json
import sys
from importlib.metadata import version
from pathlib import Path

import pandas as pd
from pymc_extras.prior import Prior
from pymc_marketing.clv import BetaGeoModel

NAMES = ("r", "alpha", "a", "b")


def main(customers: Path, asked: Path, out: Path) -> None:
    """Read customers and the patterns asked about; write parameters and what is expected of them."""
    columns = {"x": "frequency", "t_x": "recency"}
    data, patterns = (pd.read_csv(path).rename(columns=columns) for path in (customers, asked))
    model = BetaGeoModel(data=data, model_config={name: Prior("HalfFlat") for name in NAMES})
    model.fit(method="map", progressbar=False)
    ahead = [
        float(model.expected_purchases(data=patterns[patterns.customer_id == i], future_t=weeks).squeeze())
        for i, weeks in zip(patterns.customer_id, patterns.weeks, strict=True)
    ]
    alive = model.expected_probability_alive(data=patterns).squeeze()
    found = {name: float(model.idata.posterior[name].squeeze()) for name in NAMES}
    packages = ("pymc-marketing", "pymc", "pytensor", "numpy", "scipy")
    found |= {"expected": ahead, "alive": [float(value) for value in alive]}
    out.write_text(json.dumps(found | {"versions": {name: version(name) for name in packages}}))


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:4]))
