"""What customer value costs, and how good it is, against lifetimes 0.11.3 and pymc-marketing 0.19.2.

Customers are drawn as on CDNOW, and, for the last table, as at a bank: up to 730 purchase days in two years. Every side begins
with one row per customer in memory and ends with a value per customer in memory; finding the distinct patterns counts as part of
our fit. Each task is a process of its own in an environment of its own (`make peers` builds them), one after the other, on one
thread; its memory is the most the process ever held (Linux tells), what it imports included. Likelihoods are worked out by us, at the parameters that each side
found, so that they can be compared.
"""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import argparse
import json
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

# What each side does lies in a folder of its own, where no other file has the name of something that a peer imports.
HERE = Path(__file__).resolve().parent
sys.path.append(str(HERE / "clv_sides"))

from clv_custlib import MODELS, bins, count  # noqa: E402

from custlib.measure.clv import gamma_gamma  # noqa: E402

PEERS = HERE.parent / ".venv-peers"
RATE = 1.1 ** (1 / 12) - 1
BUYING, SPENDING = (0.243, 4.414, 0.793, 2.426), (6.25, 3.74, 15.44)
# Of a bank: purchase days a week, and leaving.
OFTEN = (2.0, 0.3, 1.2, 60.0)
SIDES = ("custlib", "lifetimes", "lifetimes_counted", "pymc_marketing")
TASKS = {
    "bgnbd": "BG/NBD",
    "pareto_nbd": "Pareto/NBD",
    "gamma_gamma": "Gamma-Gamma",
    "clv": "12-month CLV",
}
# What takes a peer so long that it is not asked for every size.
SLOW = {("lifetimes", "pareto_nbd"), ("lifetimes_counted", "pareto_nbd"), ("pymc_marketing", "pareto_nbd")}

# Log-likelihoods this near are of one and the same fit; seconds are compared of no others.
EQUAL = 0.1

Drawn = dict[str, np.ndarray]


def draw(customers: int, seed: int = 1) -> Drawn:
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
    return _paid(rng, x, t_x, T)


def draw_bank(customers: int, seed: int = 1) -> Drawn:
    """Draw customers of a bank, seen for one to two years, up to every day."""
    rng = np.random.default_rng(seed)
    r, alpha, s, beta = OFTEN
    chance = -np.expm1(-rng.gamma(r, 1 / alpha, customers) / 7)
    T = rng.integers(365, 731, customers)
    lived = np.minimum(7 * rng.exponential(1 / rng.gamma(s, 1 / beta, customers)), T).astype(np.int64)
    x = rng.binomial(lived, chance)
    # The last of x days that fall anywhere in the days lived.
    t_x = np.maximum(np.ceil(lived * rng.random(customers) ** (1 / np.maximum(x, 1))), x) * (x > 0)
    return _paid(rng, x, t_x, T)


def _paid(rng: np.random.Generator, x: np.ndarray, t_x: np.ndarray, T: np.ndarray) -> Drawn:
    p, q, gamma = SPENDING
    total = rng.gamma(p * np.maximum(x, 1)) / rng.gamma(q, 1 / gamma, len(x)) * (x > 0)
    return {"x": x.astype(np.int64), "t_x": t_x.astype(np.int64), "T": T.astype(np.int64), "total": total}


def python_of(side: str) -> Path:
    """Give the Python of a side's environment, whether it is there or not."""
    return (
        Path(sys.executable)
        if side == "custlib"
        else PEERS / side.removesuffix("_counted") / "bin" / "python"
    )


def ask(side: str, task: str, drawn: Path, *, repeats: int, patience: float) -> dict[str, Any]:
    """Let a side do one task in a process of its own: what it found, and its memory in GB; or what it said instead."""
    script = HERE / "clv_sides" / f"clv_{side.removesuffix('_counted')}.py"
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | dict.fromkeys(
        ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"
    )
    with tempfile.TemporaryDirectory() as folder:
        out, errors = Path(folder) / "found.json", Path(folder) / "errors"
        command = [
            str(python_of(side)),
            str(script),
            str(drawn),
            str(out),
            task,
            str(RATE),
            str(repeats),
            side,
        ]
        with errors.open("w") as handle:
            process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=handle)
            gigabytes = _watched(process, time.monotonic() + patience)
        if process.returncode == -9:
            return {"said": f"no answer in {patience:,.0f} s", "gigabytes": gigabytes}
        if not out.exists():
            lines = errors.read_text().strip().splitlines() or ["nothing"]
            return {"said": lines[-1][:150], "gigabytes": gigabytes}
        return {"gigabytes": gigabytes, **json.loads(out.read_text())}


def _watched(process: subprocess.Popen[bytes], end: float) -> float:
    """Wait for a process, and give the most memory that it ever held, in GB; it is ended where it takes too long."""
    held = 0
    status = Path(f"/proc/{process.pid}/status")
    while process.poll() is None:
        try:
            # The kernel's own high-water mark: what a process inherits from the one that started it is not in it.
            found = re.search(r"VmHWM:\s+(\d+) kB", status.read_text())
        except OSError:
            found = None
        held = max(held, int(found[1]) if found else 0)
        if time.monotonic() > end:
            process.kill()
            process.wait()
        time.sleep(0.02)
    return held * 1024 / 1e9


def likelihood(task: str, drawn: Drawn, parameters: list[float]) -> float:
    """Give the log-likelihood of all customers under parameters that a side found."""
    if not np.isfinite(parameters).all() or min(parameters) <= 0:
        return float("nan")
    if task == "gamma_gamma":
        rows = bins(drawn)
        model = gamma_gamma.fit(rows.head(200)).at(parameters)
        return float(rows.customers @ gamma_gamma.log_likelihood(model, rows))
    patterns, _ = count(drawn)
    model = MODELS[task].fit(patterns.head(50), hessian=False).at(parameters)
    return float(patterns.customers @ MODELS[task].log_likelihood(model, patterns))


def rows_of(
    drawn: Drawn, tasks: list[str], sides: list[str], *, slow: bool, repeats: int, patience: float
) -> Iterator[list[str]]:
    """Give a row of the table for every task and side, ours first."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "drawn.npz"
        np.savez(path, **drawn)
        for task in tasks:
            ours: dict[str, Any] = {}
            for side in sides:
                if side == "lifetimes_counted" and task not in MODELS:
                    continue
                if not slow and (side, task) in SLOW:
                    yield _row(drawn, task, side, {"said": "not asked: too slow"}, ours)
                    continue
                often = 1 if (side, task) in SLOW else repeats
                found = ask(side, task, path, repeats=often, patience=patience)
                if "parameters" in found:
                    found["height"] = likelihood(task, drawn, found["parameters"])
                ours = found if side == "custlib" else ours
                yield _row(drawn, task, side, found, ours)


def _row(drawn: Drawn, task: str, side: str, found: dict[str, Any], ours: dict[str, Any]) -> list[str]:
    apart = ours.get("height", 0.0) - found["height"] if "height" in found and ours else 0.0

    def ratio(name: str) -> str:
        known = side != "custlib" and name in found and name in ours and not apart > EQUAL
        return f"{found[name] / ours[name]:,.1f} x" if known else ""

    def told(name: str, form: str) -> str:
        return format(found[name], form) if name in found else ""

    finite = found.get("finite", 1.0)
    said = [
        found.get("said", ""),
        f"{1 - finite:.0%} of forecasts are no number" if finite < 1 else "",
        f"another end: its log-likelihood is {apart:,.1f} lower" if apart > EQUAL else "",
    ]
    compared = side != "custlib" and "height" in found and "height" in ours
    below = format(apart, ",.3f") if compared else ""
    return [
        f"{len(drawn['x']):,}", TASKS[task], side, told("seconds", ",.3f"), ratio("seconds"), told("predicting", ",.3f"),
        ratio("predicting"), told("height", ",.3f"), below, told("sum", ",.0f"), told("gigabytes", ".2f"), "; ".join(filter(None, said)),
    ]  # fmt: skip


HEAD = ["customers", "task", "side", "fit or value, s", "/ ours", "forecast, s", "/ ours", "log-likelihood", "below ours", "sum", "GB", "said"]  # fmt: skip


def show(title: str, rows: Iterator[list[str]]) -> None:
    """Print a table row by row, as it comes."""
    print(f"\n{title}\n\n| {' | '.join(HEAD)} |\n|{' --- |' * len(HEAD)}")
    for row in rows:
        print(f"| {' | '.join(row)} |", flush=True)


def main() -> None:
    """Run the comparison and print it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, nargs="*", default=[10_000, 100_000, 1_000_000, 2_000_000])
    parser.add_argument(
        "--models", nargs="+", choices=list(TASKS), default=list(TASKS), help="what to compare"
    )
    parser.add_argument("--sides", nargs="+", choices=SIDES, default=list(SIDES))
    parser.add_argument(
        "--repeats", type=int, default=3, help="medians of so many, of fewer where they take long"
    )
    parser.add_argument(
        "--slow-up-to", type=int, default=100_000, help="ask peers for Pareto/NBD up to so many customers"
    )
    parser.add_argument("--skip-slow", action="store_true", help="do not ask peers for Pareto/NBD at all")
    parser.add_argument(
        "--bank", type=int, default=5_000, help="customers at a bank's frequencies; 0 for none"
    )
    parser.add_argument(
        "--patience", type=float, default=1_800, help="seconds after which a process is given up"
    )
    chosen = parser.parse_args()
    sides = [side for side in SIDES if side in chosen.sides]
    missing = [side for side in sides if not python_of(side).exists()]
    if missing:
        parser.error(f"no environment of {', '.join(missing)}: run `make peers`")
    asked = {"repeats": chosen.repeats, "patience": chosen.patience}
    for customers in chosen.customers:
        slow = not chosen.skip_slow and customers <= chosen.slow_up_to
        drawn = draw(customers)
        patterns = len(count(drawn)[0])
        title = f"{customers:,} customers as on CDNOW, {patterns:,} patterns, {int((drawn['x'] > 0).sum()):,} came again"
        show(title, rows_of(drawn, chosen.models, sides, slow=slow, **asked))
    tasks = [task for task in chosen.models if task in MODELS]
    if chosen.bank and tasks:
        drawn = draw_bank(chosen.bank)
        title = f"{chosen.bank:,} customers as at a bank: {drawn['x'].mean():,.0f} purchase days on average, at most {drawn['x'].max()}"
        show(title, rows_of(drawn, tasks, sides, slow=not chosen.skip_slow, **asked))


if __name__ == "__main__":
    main()
