"""Customers whose scores, controls and departures follow a written world; what their figures truly are, beside them."""

import numpy as np
import pandas as pd

from custlib.data.sample import TRUTH
from custlib.measure.worth.cells import CONTROLS

SCORES = np.arange(11)
WEIGHTS = np.array(TRUTH.voice.scores)
LEVELS = {
    "value_band": ["top", "high", "middle", "low"],
    "tenure": ["under 1", "1 to 3", "over 3"],
    "trend": ["down", "same", "up"],
    "recency": ["this month", "earlier"],
}
SHARES = [[0.05, 0.15, 0.3, 0.5], [0.3, 0.4, 0.3], [0.25, 0.5, 0.25], [0.8, 0.2]]
# times the monthly chance to leave, by level
LEAVING = [[0.5, 0.7, 1.0, 1.3], [1.5, 1.0, 0.7], [1.4, 1.0, 0.8], [0.9, 1.4]]
# newer customers score lower: without controls, a point would seem to be worth more than it is
TILT = [-0.1, 0.0, 0.1]
EARNED = [120.0, 60.0, 30.0, 10.0]  # mean margin in the months of who is kept, by value band
MONTHLY, SILENT = 0.015, 4  # chance to leave in a month; months in which who leaves is not seen again
BASE, CLV = 1_000_000, 400.0


def kinds() -> pd.DataFrame:
    """Give every combination of controls, with its share of customers, its dropout and what it brings."""
    places = np.array(np.meshgrid(*[np.arange(len(shares)) for shares in SHARES], indexing="ij")).reshape(
        4, -1
    )
    rows = pd.DataFrame(
        {name: np.array(LEVELS[name])[place] for name, place in zip(CONTROLS, places, strict=True)}
    )
    rows["share"] = np.prod([np.array(s)[place] for s, place in zip(SHARES, places, strict=True)], axis=0)
    rows["theta"] = MONTHLY * np.prod([np.array(s)[p] for s, p in zip(LEAVING, places, strict=True)], axis=0)
    rows["earned"] = np.array(EARNED)[places[0]]
    rows["tilt"] = np.array(TILT)[places[1]]
    return rows


def chances(world) -> np.ndarray:
    """Give the chance to be lost, by kind of customer and score."""
    multiple = world.leaving(WEIGHTS)[world.group_of()]
    return 1 - (1 - np.outer(kinds().theta, multiple)) ** SILENT


def cells(world, answers: int, seed: int) -> pd.DataFrame:
    """Draw the cells of so many customers' first answers."""
    rng, rows = np.random.default_rng(seed), kinds()
    tilted = WEIGHTS * np.exp(np.outer(rows.tilt, SCORES))
    share = rows.share.to_numpy()[:, None] * tilted / tilted.sum(axis=1, keepdims=True)
    share = np.repeat(share[:, :, None] / 5, 5, axis=2)
    n = rng.multinomial(answers, share.ravel() / share.sum()).reshape(share.shape)
    lost = rng.binomial(n, chances(world)[:, :, None])
    kind, score, fold = np.nonzero(n)
    n, kept = n[kind, score, fold], (n - lost)[kind, score, fold]
    found = rows.loc[kind, list(CONTROLS)].reset_index(drop=True)
    found = found.assign(score=score, fold=fold, customers=n, kept=kept)
    # margins of those kept are exponential: their sum in a cell is gamma, and so, nearly, is the sum of squares
    who = np.repeat(np.arange(len(found)), kept)
    each = rng.exponential(rows.earned.to_numpy()[kind][who])
    found["margin"] = np.bincount(who, each, len(found))
    found["squares"] = np.bincount(who, each**2, len(found))
    return found


def standing() -> pd.DataFrame:
    """Give who stands where in the whole base, and what they are worth."""
    return pd.DataFrame({"score": SCORES, "customers": BASE * WEIGHTS / WEIGHTS.sum(), "clv": CLV})


def truth(world) -> np.ndarray:
    """Give the true value at stake of the three programmes, from the definition."""
    rows, kept = kinds(), 1 - chances(world)
    share = rows.share.to_numpy()
    rho, earned = share @ kept, (share * rows.earned.to_numpy()) @ kept
    people = standing().customers.to_numpy()
    value = [
        people[s] * ((rho[s + 1] - rho[s]) * (CLV - earned[s]) / rho[s] + earned[s + 1] - earned[s])
        for s in range(10)
    ]
    return np.array([sum(value[:5]), sum(value[5:9]), value[9]])
