"""What a fit and the draws of a bootstrap are found by: the gradient of counted patterns is the sum over their scores."""

import numpy as np
import pandas as pd
import pytest

from custlib.measure.clv import bgbb, bgnbd, gamma_gamma, pareto_nbd, sbg
from custlib.measure.clv.fit import Fit
from custlib.measure.clv.lives import Lives, likelihood
from custlib.measure.clv.lives_together import total

from .lives import counted, live, model, pattern

DAYS = pd.DataFrame(
    {"x": [0, 0, 1, 3, 40], "t_x": [0.0, 0.0, 2.0, 30.0, 51.0], "T": [38.0, 20.0, 38.0, 38.0, 52.0], "customers": [5, 3, 2, 4, 1]}
)  # fmt: skip
CONTRACTS = pd.DataFrame(
    {
        "n": [3, 5, 5, 9],
        "before": [0, 0, 7, 12],
        "closed": [True, False, True, False],
        "customers": [4, 9, 2, 5],
    }
)
SPENT = pd.DataFrame({"x": [1, 2, 5], "total": [20.0, 55.0, 90.0], "customers": [6.0, 3.0, 2.0]})
DRAWN = np.random.default_rng(3)


@pytest.mark.parametrize(
    ("module", "rows", "values"),
    [
        (bgnbd, DAYS, (0.3, 5.0, 0.8, 2.5)),
        (pareto_nbd, DAYS, (0.6, 10.0, 0.6, 12.0)),
        (sbg, CONTRACTS, (0.7, 4.0)),
        (gamma_gamma, SPENT, (3.0, 4.0, 15.0)),
    ],
)
def test_gradient_of_drawn_counts_is_the_sum_of_scores(module, rows, values):
    fit = Fit(module.NAME, module.PARAMETERS, np.array(values), np.eye(len(values)), 0.0, 1, converged=True)
    known = module.prepared(rows) if hasattr(module, "prepared") else rows
    for _ in range(3):
        drawn = DRAWN.poisson(rows.customers.to_numpy(float)).astype(float)
        found = module.gradient(fit, known, drawn)
        assert found == pytest.approx(drawn @ module.scores(fit, rows), rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("kappa", [None, 0.4])
@pytest.mark.parametrize("older", [0.0, 0.4])
def test_lives_together_are_lives_added_up(kappa, older):
    """With customers older than the data or without, with recorded departures or without, for many patterns and for few."""
    rng = np.random.default_rng(7)
    frame = counted(live(rng, 3_000, (1.2, 0.8, 0.7, 6.0), 14, kappa=kappa or 0.0, older=older))
    more = () if kappa is None else (kappa,)
    fit = model(1.1, 0.9, 0.8, 5.0, *more)
    for rows in (frame, frame[::40].reset_index(drop=True)):
        drawn = rng.poisson(rows.customers.to_numpy(float)).astype(float)
        logs, slopes = likelihood(fit.values, Lives.of(rows), slopes=True)
        height, slope = total(fit.values, Lives.of(rows), drawn)
        assert height == pytest.approx(drawn @ logs, rel=1e-12)
        assert slope == pytest.approx(slopes @ drawn, rel=1e-9, abs=1e-9)
        assert bgbb.gradient(fit, rows, drawn) == pytest.approx(slope, rel=1e-14)


def test_a_pattern_that_cannot_be_has_no_part_in_the_gradient():
    """Where no departure is ever recorded nobody is closed: a search meets a wall, and a draw goes on without."""
    rows = pd.concat([pattern(2, 2, 4, customers=3), pattern(1, 1, 2, closed=True)], ignore_index=True)
    values, counts = np.array([1.0, 2.0, 1.0, 3.0, 0.0]), rows.customers.to_numpy(float)
    height, slope = total(values, Lives.of(rows), counts)
    assert height == -np.inf
    assert slope == pytest.approx(total(values, Lives.of(rows[:1]), counts[:1])[1], rel=1e-12)
