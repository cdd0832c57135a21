"""Which model the back-test chooses: the nearest, unless a simpler one cannot be told from it."""

from datetime import date

import pytest

from custlib.measure.clv.backtest import Backtest
from custlib.measure.clv.choice import CANDIDATES, Candidate, judged, ranked, reason_of


def field(*errors, noise=0.001, problems=("", "", "")):
    return [
        Candidate(model, error, noise, problem)
        for model, error, problem in zip(CANDIDATES, errors, problems, strict=True)
    ]


@pytest.mark.parametrize(
    ("errors", "noise", "order", "reason"),
    [
        ((0.01, 0.05, 0.09), 0.001, "bgbb bgnbd pareto_nbd", "nearest"),
        ((0.09, -0.05, 0.01), 0.001, "pareto_nbd bgnbd bgbb", "nearest"),
        # Within a point, however many customers there are.
        ((-0.019, 0.05, 0.01), 0.0, "bgbb pareto_nbd bgnbd", "simplest"),
        ((0.0201, 0.011, 0.010), 0.0, "bgnbd pareto_nbd bgbb", "simplest"),
        # Within chance: 1.96 times the root of two squares of 3% is 8.3%.
        ((0.09, 0.05, 0.01), 0.03, "bgbb bgnbd pareto_nbd", "simplest"),
        ((0.10, 0.05, 0.01), 0.03, "bgnbd pareto_nbd bgbb", "simplest"),
        # One too many, one too few: had more come, one would be nearer and the other further, so that chance reaches to 11.8%.
        ((-0.12, 0.20, 0.01), 0.03, "bgbb pareto_nbd bgnbd", "simplest"),
        ((-0.13, 0.20, 0.01), 0.03, "pareto_nbd bgbb bgnbd", "nearest"),
        # Too few and too many are equally wrong.
        ((-0.30, 0.30, -0.05), 0.001, "pareto_nbd bgbb bgnbd", "nearest"),
    ],
)
def test_the_simplest_of_those_as_near_as_the_best_comes_first(errors, noise, order, reason):
    found = ranked(field(*errors, noise=noise))
    assert [each.model for each in found] == order.split()
    assert reason_of(found[0], field(*errors, noise=noise)) == reason


def test_a_model_that_is_not_trusted_takes_no_part_however_near():
    problems = ("at bound", "", "not converged")
    found = ranked(field(0.0, 0.4, 0.0, problems=problems))
    assert [each.model for each in found] == ["bgnbd"]
    assert reason_of(found[0], field(0.0, 0.4, 0.0, problems=problems)) == "nearest"
    assert ranked(field(None, None, None)) == ()


def test_a_back_test_is_judged_by_its_error_and_what_chance_could_have_done():
    came = Backtest(
        12, 12, date(2023, 12, 1), "beats", predicted=110, actual=100, low=80.40036, high=119.59964, error=0.1
    )
    assert judged("bgbb", came) == Candidate("bgbb", 0.1, pytest.approx(0.1), "")
    none = Backtest(12, 12, date(2023, 12, 1), "none", "nothing came")
    assert judged("bgnbd", none).problem == "nothing came" and not judged("bgnbd", none).known
