"""Do 95% intervals hold the truth 95% of the time, and are they no wider than they need be? Simulated bases, fitted and valued.

``python -m tests.measure.clv.coverage --simulations 200`` is the long form (``make coverage``).
"""

import argparse
from datetime import date

import numpy as np
import pandas as pd

from custlib.measure.clv import bgbb, pareto_nbd
from custlib.measure.clv.fit import Fit
from custlib.measure.clv.groups import fit_groups
from custlib.measure.clv.resample import draws as draw_parameters
from custlib.measure.clv.spend import Spend
from custlib.measure.equity import Terms, Valuer, draw_groups, estimate, write_book

from .buying import draw_until
from .lives import live

# p, theta; then spend of an active month: Gamma-Gamma p, q, gamma.
TRUTH = np.array([2.0, 1.5, 0.8, 10.0])
SPEND = np.array([4.0, 5.0, 60.0])
NAMES = (*bgbb.PARAMETERS, "p", "q", "gamma of spend", "equity")
MONTHS, CUSTOMERS = 24, 2_000
TERMS = Terms("EUR", "margin", 0.10, 0, date(2024, 12, 1), MONTHS, "", 1_000)


def base(rng, customers=CUSTOMERS):
    """Draw customers: patterns of their lives, and what they spent in active months."""
    frame = live(rng, customers, TRUTH, MONTHS)
    p, q, gamma = SPEND
    scale = rng.gamma(q, 1 / gamma, len(frame))
    frame["total"] = np.where(frame.x > 0, rng.gamma(np.maximum(p * frame.x, 1e-9)) / scale, 0.0)
    frame["squares"] = frame.total**2 / np.maximum(frame.x, 1)
    return frame.assign(segment="all", kind="use", fitted=True, events=frame.x, idle=0.0)


def cells(frame):
    """Count patterns, and spending in bins of two per cent, as the engine does."""
    keys = ["segment", "fitted", *bgbb.KEYS, "events"]
    counted = frame.groupby(keys).agg(customers=("total", "size"), total=("total", "sum")).reset_index()
    place = np.where(frame.total > 0, np.floor(np.log(np.maximum(frame.total, 1e-9)) / 0.02), -1e6)
    table = frame.assign(bin=place, total_squares=frame.total**2)
    sums = table.groupby(["kind", "segment", "x", "bin"])[["total", "total_squares", "squares", "idle"]].sum()
    sums["customers"] = table.groupby(["kind", "segment", "x", "bin"]).size()
    return {"use": counted}, sums.reset_index()


def worth(values, spend, frame):
    """Give customer equity at given parameters."""
    p, q, gamma = spend
    mean = Spend("gamma-gamma", p * gamma / (q - 1), (q - 1) / p, 0.0, None, 1)
    months = bgbb.discounted(model(values), frame, TERMS.monthly_rate)
    return float(months @ mean.margin(frame.x, frame.total))


def model(values):
    """Give a BG/BB at known parameters."""
    return Fit("bgbb", bgbb.PARAMETERS, np.asarray(values), np.eye(4), 0.0, 1, True)


def simulate(seed, *, draws):
    """Give truth, low and high of every parameter and of equity for one simulated base; None where it was not fitted."""
    frame = base(np.random.default_rng(seed))
    counted, spending = cells(frame)
    groups, _ = fit_groups(counted, spending, models={"use": "bgbb"}, minimum=1_000)
    (group,) = groups
    assert group.trusted and group.spend.method == "gamma-gamma"
    (drawn,) = draw_groups(groups, counted, spending, count=draws)
    valuer = Valuer(groups, (write_book(group, drawn, counted["use"], TERMS),), TERMS)
    equity = estimate(valuer.sums(counted)[1][0])
    ends = np.concatenate([group.fit.intervals(), group.spend.fit.intervals(), [[equity.low, equity.high]]])
    truth = [*TRUTH, *SPEND, worth(TRUTH, SPEND, frame)]
    return np.column_stack([truth, ends])


def cramer_rao(customers=60_000):
    """Give the least width a 95% interval of each figure can have for `CUSTOMERS` customers, in large samples.

    From the information in simulated customers at the truth, and for equity its slopes.
    """
    frame = base(np.random.default_rng(99), customers)
    from custlib.measure.clv import gamma_gamma

    active = frame[frame.x > 0]
    spent = gamma_gamma.fit(active.assign(customers=1).iloc[:5_000]).at(SPEND)
    scores = bgbb.scores(model(TRUTH), frame), gamma_gamma.scores(spent, active)
    bounds = [np.linalg.inv(each.T @ each * CUSTOMERS / len(frame)) for each in scores]
    sample = frame.iloc[:CUSTOMERS]
    slopes = [
        _slope(lambda values: worth(values, SPEND, sample), TRUTH),
        _slope(lambda values: worth(TRUTH, values, sample), SPEND),
    ]
    equity = sum(slope @ bound @ slope for slope, bound in zip(slopes, bounds, strict=True))
    variances = np.concatenate([np.diag(bounds[0]), np.diag(bounds[1]), [equity]])
    return 2 * 1.959964 * np.sqrt(variances)


def _slope(function, at):
    steps = np.eye(len(at)) * at * 1e-4
    return np.array([(function(at + step) - function(at - step)) / (2 * step.sum()) for step in steps])


def run(simulations, *, draws=100):
    """Give, per figure, how many intervals hold the truth and the median width against the least there can be."""
    found = np.array([simulate(1_000 + seed, draws=draws) for seed in range(simulations)])
    truth, low, high = np.moveaxis(found, 2, 0)
    names = [getattr(name, "name", name) for name in NAMES]
    held = ((low <= truth) & (truth <= high)).sum(axis=0)
    return pd.DataFrame({"held": held, "width": np.median(high - low, axis=0) / cramer_rao()}, index=names)


# Pareto/NBD: r, alpha, s, beta; customers seen for 40 to 104 weeks.
OF_DAYS = np.array([0.9, 6.0, 0.8, 25.0])


def simulate_days(seed, *, count, customers=1_000):
    """Give truth, low and high of every parameter of Pareto/NBD, and of the purchases to come in a year, for one simulated base.

    The interval of the year is made of draws of the parameters, as everywhere.
    """
    lengths = np.random.default_rng(seed).choice(np.arange(40.0, 105.0, 8.0), customers)
    drawn = draw_until(OF_DAYS, lengths, seed + 1)
    fit = pareto_nbd.fit(drawn, starts=[(1.0, 5.0, 1.0, 30.0)])
    assert fit.trusted
    parameters = draw_parameters(pareto_nbd, fit, drawn, count=count, name=str(seed))
    known = pareto_nbd.prepared(drawn)
    year = [pareto_nbd.expected(fit.at(values), known, 12).sum() for values in parameters]
    ends = np.vstack([fit.intervals(), np.percentile(year, (2.5, 97.5))])
    return np.column_stack([[*OF_DAYS, pareto_nbd.expected(fit.at(OF_DAYS), known, 12).sum()], ends])


def run_days(simulations, *, count=100):
    """Give, per figure of Pareto/NBD, how many intervals hold the truth."""
    found = np.array([simulate_days(2_000 + 2 * seed, count=count) for seed in range(simulations)])
    truth, low, high = np.moveaxis(found, 2, 0)
    names = [*(parameter.name for parameter in pareto_nbd.PARAMETERS), "purchases of a year"]
    return pd.DataFrame({"held": ((low <= truth) & (truth <= high)).sum(axis=0)}, index=names)


if __name__ == "__main__":
    asked = argparse.ArgumentParser()
    asked.add_argument("--simulations", type=int, default=200)
    number = asked.parse_args().simulations
    table = run(number, draws=200)
    print(table.assign(share=table.held / number).round(3).to_string())
    of_days = run_days(number)
    print(of_days.assign(share=of_days.held / number).round(3).to_string())
    held = pd.concat([table.held, of_days.held])
    raise SystemExit(
        0 if held.between(0.91 * number, 0.985 * number).all() and (table.width <= 2).all() else 1
    )
