"""The part of clv.py that lifetimes does, run by an environment of its own: seconds, parameters and memory to a file.

As "lifetimes_counted" it is given distinct patterns with their customers as weights, which it allows.
"""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from clv_measured import measured
from lifetimes import BetaGeoFitter, GammaGammaFitter, ParetoNBDFitter

MODELS = {
    "bgnbd": (BetaGeoFitter, ("r", "alpha", "a", "b")),
    "pareto_nbd": (ParetoNBDFitter, ("r", "alpha", "s", "beta")),
}
YEAR = 52.0


def counted(rows: pd.DataFrame) -> pd.DataFrame:
    """Count equal patterns."""
    return rows.groupby(["x", "t_x", "T"], as_index=False).size().rename(columns={"size": "weights"})


def purchases(name: str, rows: pd.DataFrame, repeats: int, *, patterns: bool) -> dict[str, Any]:
    """Fit a model of purchases and foretell a year of every customer."""
    fitter, names = MODELS[name]

    def fit() -> Any:
        np.random.seed(1)
        used = counted(rows) if patterns else rows
        weights = {"weights": used.weights} if patterns else {}
        return fitter().fit(used.x, used.t_x, used["T"], **weights)

    fitting, found = measured(fit, repeats)
    ahead, year = measured(
        lambda: np.asarray(
            found.conditional_expected_number_of_purchases_up_to_time(YEAR, rows.x, rows.t_x, rows["T"])
        ),
        repeats,
    )
    return {
        "seconds": fitting, "predicting": ahead, "parameters": [float(found.params_[name]) for name in names],
        "sum": float(np.nansum(year)), "finite": float(np.isfinite(year).mean()), "said": "",
    }  # fmt: skip


def values(rows: pd.DataFrame, repeats: int, rate: float) -> dict[str, Any]:
    """Give every customer's discounted margin of twelve months, by models fitted before."""
    again = rows.x > 0
    model = BetaGeoFitter().fit(rows.x, rows.t_x, rows["T"])
    spend = GammaGammaFitter().fit(rows.x[again], rows["mean"][again])
    taken, found = measured(
        lambda: spend.customer_lifetime_value(
            model, rows.x, rows.t_x, rows["T"], rows["mean"], time=12, discount_rate=rate, freq="W"
        ),
        repeats,
    )
    return {"seconds": taken, "sum": float(np.sum(found))}


def main(drawn: Path, out: Path, task: str, rate: float, repeats: int, side: str) -> None:
    """Do one task."""
    rows = pd.DataFrame(dict(np.load(drawn)))
    rows = rows.assign(t_x=rows.t_x / 7, T=rows["T"] / 7, mean=rows.total / rows.x.clip(lower=1))
    if task in MODELS:
        found = purchases(task, rows, repeats, patterns=side == "lifetimes_counted")
    elif task == "gamma_gamma":
        again = rows[rows.x > 0]
        fitting, model = measured(lambda: GammaGammaFitter().fit(again.x, again["mean"]), repeats)
        found = {"seconds": fitting, "parameters": [float(model.params_[name]) for name in ("p", "q", "v")]}
    else:
        found = values(rows, repeats, rate)
    out.write_text(json.dumps(found))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], float(sys.argv[4]), int(sys.argv[5]), sys.argv[6])
