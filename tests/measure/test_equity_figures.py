"""What stands in the results of customer equity where a parameter means nothing by itself, and where nothing is discounted."""

from dataclasses import replace
from datetime import date
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from custlib.measure.clv import bgbb, sbg
from custlib.measure.clv.choice import Candidate, Choice
from custlib.measure.clv.fit import Fit
from custlib.measure.clv.groups import Group
from custlib.measure.clv.spend import Spend
from custlib.measure.equity import Terms, Valuer
from custlib.measure.equity_figures import _choice, _parameters
from custlib.measure.spread import sensitivity
from custlib.prepare.valuation import _fraction

SPEND = Spend("credibility", 20.0, 2.0, 0.0, None, 100)


def group(module, values, parameters, **ended):
    covariance = np.diag([0.01] * len(values))
    fit = Fit(module.NAME, parameters, np.array(values), covariance, -1.0, 500, True, **ended)
    return Group("use", "all", ("all",), module.NAME, 500, 500, fit, SPEND)


@pytest.mark.parametrize(
    ("ended", "not_meaningful"), [((), set()), (("delta",), {"gamma", "delta"}), (("kappa",), set())]
)
def test_parameters_of_customers_all_alike_are_not_meaningful(ended, not_meaningful):
    made = group(bgbb, [1.2, 0.7, 900.0, 90_000.0, 0.999999], (*bgbb.PARAMETERS, bgbb.KAPPA), ended=ended)
    found = {figure.segment.split()[-1]: figure for figure in _parameters((made,))}
    assert {name for name, figure in found.items() if figure.status == "not_meaningful"} == not_meaningful
    assert all(found[name].value is None for name in not_meaningful)
    assert found["alpha"].low < 1.2 < found["alpha"].high
    # At the end of its range it is known, and has no interval.
    assert (found["kappa"].value, found["kappa"].low is None) == (0.999999, "kappa" in ended)


@pytest.mark.parametrize("rate", [0.0, 0.1])
def test_without_discounting_the_months_to_come_are_not_added_up_for_ever(rate):
    made = group(sbg, [0.764, 1.296], sbg.PARAMETERS)
    terms = Terms("EUR", "margin", rate, 36, date(2026, 6, 1), 36, "", 1000)
    cells = pd.DataFrame(
        {
            "segment": ["all"],
            "n": 2,
            "before": 0,
            "closed": False,
            "events": 2,
            "customers": 10,
            "total": 400.0,
        }
    )
    table = sensitivity(Valuer((made,), (None,), terms), {"use": cells})
    assert (0 in set(table.setting[table.assumption == "horizon"])) == (rate > 0)
    assert ("discount rate" in set(table.assumption)) == (rate > 0)
    assert np.isfinite(table.equity).all()


def test_where_months_do_not_differ_the_engine_expects_what_the_measure_does():
    """k = 0, as with flat prices: a new customer is expected at the mean, everybody else at the own mean."""
    spend = replace(SPEND, k=0.0)
    told = SimpleNamespace(**_fraction(spend))
    for x, total in ((0, 0.0), (1, 7.0), (30, 900.0)):
        engine = (told.prior + told.counted * total) / (told.weight + told.per_event * x) - told.idle_cost
        assert engine == pytest.approx(float(spend.margin(x, total)), rel=1e-8)


def test_the_model_that_was_chosen_is_among_the_results():
    """Where the company file names it nothing is added: it stands in the manifest, among the settings."""
    tried = (
        Candidate("bgbb", 0.041, 0.001),
        Candidate("bgnbd", 0.3, problem="at bound"),
        Candidate("pareto_nbd", -0.008),
    )
    found = list(_choice(Choice("pareto_nbd", "nearest", 12, tried)))
    assert [(each.dimension, each.segment, each.value) for each in found] == [
        ("model", "bgbb", 0.041),
        ("model", "bgnbd", None),
        ("model", "pareto_nbd", -0.008),
        ("model_chosen", "pareto_nbd", -0.008),
    ]
    assert {(each.measure, each.window_months) for each in found} == {("backtest_error", 12)}
    short = list(_choice(Choice("bgbb", "short")))
    assert [(each.dimension, each.segment, each.status) for each in short] == [
        ("model_chosen", "bgbb", "not_available")
    ]
    assert not list(_choice(None)) and not list(_choice(Choice("bgbb", "nobody")))
