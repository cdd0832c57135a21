"""Customers who buy at random moments until they leave: drawn, not worked out, to judge BG/NBD by."""

import numpy as np
import pandas as pd


def buy(rates, leaving, lengths, rng):
    """Draw repeat purchases within given times: their number and the moment of the last (0: none).

    After each purchase the customer leaves with its own probability `leaving`.
    """
    count, last, now = np.zeros(len(rates)), np.zeros(len(rates)), np.zeros(len(rates))
    still = np.flatnonzero(lengths > 0)
    while len(still):
        now[still] += rng.exponential(1 / rates[still])
        still = still[now[still] < lengths[still]]
        count[still] += 1
        last[still] = now[still]
        still = still[rng.random(len(still)) >= leaving[still]]
    return count, last


def draw(values, lengths, seed):
    """Draw customers of BG/NBD with parameters r, alpha, a, b: one row each, with rate and probability of leaving."""
    r, alpha, a, b = values
    rng = np.random.default_rng(seed)
    rates, leaving = rng.gamma(r, 1 / alpha, len(lengths)), rng.beta(a, b, len(lengths))
    x, t_x = buy(rates, leaving, lengths, rng)
    return pd.DataFrame({"x": x, "t_x": t_x, "T": lengths, "customers": 1, "rate": rates, "leaving": leaving})


def buy_until(rates, lifetimes, lengths, rng):
    """Draw repeat purchases within given times of customers who leave at a moment of their own: number, and moment of the last."""
    seen = np.minimum(lifetimes, lengths)
    count = rng.poisson(rates * seen)
    # The last of x moments that fall anywhere.
    return count.astype(float), seen * rng.random(len(seen)) ** (1 / np.maximum(count, 1)) * (count > 0)


def draw_until(values, lengths, seed):
    """Draw customers of Pareto/NBD with parameters r, alpha, s, beta: one row each, with rate, rate of leaving and lifetime."""
    r, alpha, s, beta = values
    rng = np.random.default_rng(seed)
    rates, leaving = rng.gamma(r, 1 / alpha, len(lengths)), rng.gamma(s, 1 / beta, len(lengths))
    lifetimes = rng.exponential(1 / np.maximum(leaving, 1e-300))
    x, t_x = buy_until(rates, lifetimes, lengths, rng)
    return pd.DataFrame(
        {
            "x": x,
            "t_x": t_x,
            "T": lengths,
            "customers": 1,
            "rate": rates,
            "leaving": leaving,
            "lifetime": lifetimes,
        }
    )
