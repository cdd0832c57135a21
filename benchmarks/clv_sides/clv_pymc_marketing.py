"""The part of clv.py that pymc-marketing does, run by an environment of its own: seconds, parameters and memory to a file.

The most probable parameters under flat priors, which are the most likely ones. It compiles what it is about to do: that is done
before on a few customers, and is in no figure.
"""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from clv_measured import measured
from pymc_extras.prior import Prior
from pymc_marketing.clv import BetaGeoModel, GammaGammaModel, ParetoNBDModel

MODELS = {
    "bgnbd": (BetaGeoModel, ("r", "alpha", "a", "b")),
    "pareto_nbd": (ParetoNBDModel, ("r", "alpha", "s", "beta")),
    "gamma_gamma": (GammaGammaModel, ("p", "q", "v")),
}
FEW = 300
YEAR = 52.0


def fitted(name: str, rows: pd.DataFrame) -> Any:
    """Fit a model."""
    kind, names = MODELS[name]
    model = kind(data=rows, model_config={each: Prior("HalfFlat") for each in names})
    model.fit(method="map", progressbar=False)
    return model


def parameters(name: str, model: Any) -> list[float]:
    """Give what was found."""
    return [float(model.idata.posterior[each].squeeze()) for each in MODELS[name][1]]


def foretold(model: Any, rows: pd.DataFrame) -> np.ndarray:
    """Foretell a year of every customer."""
    return np.asarray(model.expected_purchases(data=rows, future_t=YEAR).squeeze())


def purchases(name: str, rows: pd.DataFrame, repeats: int) -> dict[str, Any]:
    """Fit a model of purchases and foretell a year of every customer."""
    foretold(fitted(name, rows.head(FEW)), rows.head(FEW))
    fitting, model = measured(lambda: fitted(name, rows), repeats)
    ahead, year = measured(lambda: foretold(model, rows), repeats)
    return {
        "seconds": fitting, "predicting": ahead, "parameters": parameters(name, model), "sum": float(np.nansum(year)),
        "finite": float(np.isfinite(year).mean()), "said": "",
    }  # fmt: skip


def values(rows: pd.DataFrame, repeats: int, rate: float) -> dict[str, Any]:
    """Give every customer's discounted margin of twelve months, by models fitted before."""
    model, spend = fitted("bgnbd", rows), fitted("gamma_gamma", rows[rows.frequency > 0])
    taken, found = measured(
        lambda: spend.expected_customer_lifetime_value(
            transaction_model=model, data=rows, future_t=12, discount_rate=rate, time_unit="W"
        ),
        repeats,
    )
    return {"seconds": taken, "sum": float(found.sum())}


def main(drawn: Path, out: Path, task: str, rate: float, repeats: int) -> None:
    """Do one task."""
    data = dict(np.load(drawn))
    rows = pd.DataFrame({
        "customer_id": np.arange(len(data["x"])), "frequency": data["x"], "recency": data["t_x"] / 7, "T": data["T"] / 7,
        "monetary_value": data["total"] / np.maximum(data["x"], 1),
    })  # fmt: skip
    if task == "gamma_gamma":
        again = rows[rows.frequency > 0]
        fitted(task, again.head(FEW))
        fitting, model = measured(lambda: fitted(task, again), repeats)
        found = {"seconds": fitting, "parameters": parameters(task, model)}
    else:
        found = purchases(task, rows, repeats) if task in MODELS else values(rows, repeats, rate)
    out.write_text(json.dumps(found))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], float(sys.argv[4]), int(sys.argv[5]))
