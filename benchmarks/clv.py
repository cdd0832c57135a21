"""What customer value costs for a million customers, against lifetimes 0.11.3 in the same run.

Customers are drawn as on CDNOW. Both sides begin with one row per customer in memory and end with a value per
customer in memory; finding the distinct patterns counts as part of the fit. lifetimes runs in an environment
of its own (`make peers` builds it), one after the other, on one thread each.
"""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import argparse
import json
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from custlib.measure.clv import bgnbd, gamma_gamma
from custlib.measure.clv.fit import Fit
from custlib.measure.clv.spend import Spend

ROOT = Path(__file__).resolve().parents[1]
RATE = 1.1 ** (1 / 12) - 1
BUYING, SPENDING = (0.243, 4.414, 0.793, 2.426), (6.25, 3.74, 15.44)
WIDTH = 0.02


def draw(customers: int, seed: int = 1) -> dict[str, np.ndarray]:
    """Draw customers won over twelve weeks and seen for up to 39: x, t_x and T in days, and what x days brought."""
    rng = np.random.default_rng(seed)
    r, alpha, a, b = BUYING
    rate, leaving = rng.gamma(r, 1 / alpha / 7, customers), rng.beta(a, b, customers)
    T = rng.integers(188, 273, customers)
    x, t_x, now = (np.zeros(customers) for _ in range(3))
    still = np.arange(customers)
    while len(still):
        # Days are counted: a second purchase on one day is no second day.
        now[still] += np.maximum(np.ceil(rng.exponential(1 / np.maximum(rate[still], 1e-12))), 1)
        still = still[now[still] <= T[still]]
        x[still] += 1
        t_x[still] = now[still]
        still = still[rng.random(len(still)) >= leaving[still]]
    p, q, gamma = SPENDING
    total = rng.gamma(p * np.maximum(x, 1)) / rng.gamma(q, 1 / gamma, customers) * (x > 0)
    return {"x": x.astype(np.int64), "t_x": t_x.astype(np.int64), "T": T.astype(np.int64), "total": total}


def count(drawn: dict[str, np.ndarray]) -> tuple[pd.DataFrame, np.ndarray]:
    """Find the distinct patterns, their customers, and each customer's place among them, by a table of all there could be."""
    x, t_x, T = drawn["x"], drawn["t_x"], drawn["T"]
    first, lengths, days = T.min(), int(np.ptp(T)) + 1, int(t_x.max()) + 1
    key = (x * days + t_x) * lengths + (T - first)
    number = np.bincount(key)
    found = np.flatnonzero(number)
    rank = np.empty(len(number), dtype=np.int64)
    rank[found] = np.arange(len(found))
    rest, T_of = np.divmod(found, lengths)
    x_of, t_of = np.divmod(rest, days)
    frame = {"x": x_of, "t_x": t_of / 7, "T": (T_of + first) / 7, "customers": number[found]}
    return pd.DataFrame(frame), rank[key]


def bins(drawn: dict[str, np.ndarray]) -> pd.DataFrame:
    """Count totals in fine bins of their logarithm."""
    again = drawn["x"] > 0
    x, total = drawn["x"][again], drawn["total"][again]
    place, keys = pd.factorize((x << 32) + np.floor(np.log(total) / WIDTH).astype(np.int64) + (1 << 20))
    number = np.bincount(place)
    return pd.DataFrame({"x": keys >> 32, "total": np.bincount(place, total) / number, "customers": number})


def value(
    fit: Fit, spend: Spend, drawn: dict[str, np.ndarray], patterns: pd.DataFrame, place: np.ndarray
) -> np.ndarray:
    """Give every customer's discounted margin of twelve months."""
    return bgnbd.discounted(fit, patterns, RATE, 12)[place] * spend.margin(drawn["x"], drawn["total"])


def timed(make: Callable[[], Any], repeats: int) -> tuple[float, Any]:
    """Do it as often as asked: the median of the seconds, and what was made."""
    seconds = []
    for _ in range(repeats):
        started = time.perf_counter()
        made = make()
        seconds.append(time.perf_counter() - started)
    return statistics.median(seconds), made


def peer(python: Path, drawn: dict[str, np.ndarray], repeats: int) -> dict:
    """Let lifetimes do the same."""
    with tempfile.TemporaryDirectory() as folder:
        np.savez(Path(folder) / "drawn.npz", **drawn)
        script = str(Path(__file__).with_name("clv_lifetimes.py"))
        command = [
            str(python),
            script,
            f"{folder}/drawn.npz",
            f"{folder}/found.json",
            str(RATE),
            str(repeats),
        ]
        subprocess.run(command, check=True)
        return json.loads((Path(folder) / "found.json").read_text())


def main() -> None:
    """Run the comparison and print it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--python", type=Path, default=ROOT / ".venv-peers" / "lifetimes" / "bin" / "python")
    chosen = parser.parse_args()
    if not chosen.python.exists():
        parser.error(f"{chosen.python} is not there: run `make peers`")
    drawn = draw(chosen.customers)
    ours = {}
    ours["bgnbd"], (fit, patterns, place) = timed(
        lambda: (lambda counted: (bgnbd.fit(counted[0]), *counted))(count(drawn)), chosen.repeats
    )
    ours["gamma_gamma"], spent = timed(lambda: gamma_gamma.fit(bins(drawn)), chosen.repeats)
    k, mu = gamma_gamma.weight(spent)
    spend = Spend("gamma-gamma", mu, k, 0.0, spent, chosen.customers)
    ours["clv"], values = timed(lambda: value(fit, spend, drawn, patterns, place), chosen.repeats)
    found = peer(chosen.python, drawn, chosen.repeats)
    print(
        f"{chosen.customers:,} customers, {len(patterns):,} patterns, {int((drawn['x'] > 0).sum()):,} came again"
    )
    for name, title in (("bgnbd", "BG/NBD fit"), ("gamma_gamma", "Gamma-Gamma fit"), ("clv", "12-month CLV")):
        theirs = found["seconds"][name]
        print(
            f"{title:16} custlib {ours[name]:7.3f} s   lifetimes {theirs:7.3f} s   {theirs / ours[name]:7.1f} x"
        )
    at_theirs = patterns.customers @ bgnbd.log_likelihood(fit.at(found["bgnbd"]), patterns)
    print(f"log-likelihood   custlib {fit.log_likelihood:.4f}   lifetimes {at_theirs:.4f}")
    rows = bins(drawn)
    spent_theirs = rows.customers @ gamma_gamma.log_likelihood(spent.at(found["gamma_gamma"]), rows)
    print(f"  of spend       custlib {spent.log_likelihood:.4f}   lifetimes {spent_theirs:.4f}")
    print(f"sum of values    custlib {values.sum():,.0f}   lifetimes {found['clv']:,.0f}")


if __name__ == "__main__":
    main()
