"""Lives drawn from a BG/BB, independently of the code under test, and the published counts of donors."""

import numpy as np
import pandas as pd

from custlib.measure.clv import bgbb
from custlib.measure.clv.fit import Fit

DONORS = """
0,0,3464; 1,1,1091; 1,2,277; 1,3,129; 1,4,78; 1,5,119; 1,6,129; 2,2,613; 2,3,255; 2,4,155; 2,5,173; 2,6,234; 3,3,322;
3,4,181; 3,5,225; 3,6,357; 4,4,240; 4,5,284; 4,6,512; 5,5,335; 5,6,728; 6,6,1203"""


def donors():
    """Count the 11,104 donors of Fader, Hardie & Shang 2010 (table 2) by what they gave over six years."""
    rows = [tuple(map(int, part.split(","))) for part in DONORS.replace("\n", "").split(";")]
    return pd.DataFrame(rows, columns=["x", "t_x", "customers"]).assign(n=6, before=0, closed=False)


def model(alpha, beta, gamma, delta, kappa=None):
    """Give a BG/BB at known parameters."""
    parameters = bgbb.PARAMETERS if kappa is None else (*bgbb.PARAMETERS, bgbb.KAPPA)
    values = np.array([alpha, beta, gamma, delta, *([] if kappa is None else [kappa])])
    size = len(values)
    return Fit("bgbb", parameters, values, np.eye(size), 0.0, 1, True)


def pattern(x, t_x, n, before=0, closed=False, customers=1):
    """Give one pattern."""
    row = {"x": x, "t_x": t_x, "n": n, "before": before, "closed": closed, "customers": customers}
    return pd.DataFrame([row])


def live(rng, customers, truth, months, *, kappa=0.0, older=0.0, ahead=0):
    """Draw lives month by month: one row per customer, with what happened in the `ahead` months after.

    Acquisitions are spread over the months; a share `older` was won 1 to 60 months before them.
    """
    alpha, beta, gamma, delta = truth
    before = np.where(rng.random(customers) < older, rng.integers(1, 61, customers), 0)
    start = np.where(before > 0, 0, rng.integers(0, months, customers))
    n = months - start
    p, theta = rng.beta(alpha, beta, customers), rng.beta(gamma, delta, customers)
    lived = rng.geometric(np.maximum(theta, 1e-12)) - 1 - before
    month = np.arange(1, months + ahead + 1)
    active = (rng.random((customers, months + ahead)) < p[:, None]) & (month <= lived[:, None])
    seen = active & (month <= n[:, None])
    x, t_x = seen.sum(axis=1), (seen * month).max(axis=1)
    closed = (lived < n) & (lived >= 0) & (rng.random(customers) < kappa)
    came = (active & (month > n[:, None]) & (month <= n[:, None] + ahead)).sum(axis=1)
    frame = pd.DataFrame(
        {"x": x, "t_x": t_x, "n": np.where(closed, np.maximum(lived, 0), n), "before": before, "closed": closed,
         "age": n, "came": came, "alive": lived >= n}
    )  # fmt: skip
    return frame[(frame.before == 0) | (frame.x > 0)].reset_index(drop=True)


def counted(frame):
    """Count equal lives."""
    return frame.groupby(bgbb.KEYS).size().rename("customers").reset_index()
