"""clv_model: auto, from files to the page: the back-test chooses once a month, and the page says how."""

import numpy as np
import pandas as pd
import pytest

from custlib import open_month
from custlib.measure.clv.choice import CANDIDATES
from custlib.month.backtest import backtest_month
from custlib.month.valued import Valued
from custlib.periods import add_months
from custlib.prepare import choice as prepared_choice
from custlib.prepare.choice import choice_of, resolved
from custlib.prepare.holdout import held
from custlib.prepare.patterns import USE, PatternViews
from custlib.present import wording
from tests.month.test_equity import company

DAYS = pd.date_range("2022-01-01", "2024-12-31")


def often(seed, customers=150):
    """Draw purchases of customers who come some ten to twenty days a month while they are customers: never a month without."""
    rng = np.random.default_rng(seed)
    start = rng.integers(0, 365, customers)
    rate = 0.3 + rng.gamma(4, 0.05, customers)
    lifetime = rng.exponential(1 / rng.gamma(1.5, 1 / 900, customers))
    parts = []
    for i in range(customers):
        bought = np.flatnonzero(rng.random(len(DAYS)) < rate[i])
        bought = np.union1d(bought[(bought > start[i]) & (bought < start[i] + lifetime[i])], start[i])
        parts.append(pd.DataFrame({"customer_id": f"c{i:04d}", "date": DAYS[bought], "amount": 10 + i % 7}))
    return pd.concat(parts, ignore_index=True)


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return company(tmp_path_factory.mktemp("often"), often(1), settings={"clv_model": "auto"})


@pytest.fixture(scope="module")
def view(path):
    # The month before is opened first, as it is where months are reported as they come.
    before = open_month(path, "2024-11")
    choice_of(before.prepared)
    return open_month(path, "2024-12")


def test_a_model_whose_fit_is_not_trusted_is_not_chosen(view):
    """Who is active in every month tells a model of months nothing; one of days is left."""
    found = choice_of(view.prepared)
    by = {each.model: each for each in found.candidates}
    assert by["bgbb"].problem == "at bound" and not by["bgbb"].known
    assert found.model in ("bgnbd", "pareto_nbd") and by[found.model].known
    assert found.months == 12 and by[found.model].off < 0.2
    assert found.before in ("bgnbd", "pareto_nbd")


def test_the_error_compared_is_that_of_the_back_test_printed(view):
    found, valued = choice_of(view.prepared), Valued(view)
    own = next(each for each in found.candidates if each.model == found.model)
    assert own.error == pytest.approx(backtest_month(valued).error, rel=1e-9)
    groups, terms = valued.valuation.groups, valued.valuation.terms
    assert {group.model for group in groups} == {found.model}
    assert terms.choice == found
    errors = {
        (each.dimension, each.segment): each
        for each in view.equity.figures()
        if each.measure == "backtest_error"
    }
    assert errors["model_chosen", found.model].value == errors["model", found.model].value == own.error
    assert errors["model", "bgbb"].status == "not_available" and ("model_chosen", "bgbb") not in errors
    told = wording.models.terms_note(groups, terms)
    assert (
        "leaves it to the back-test (clv_model: auto) and" in told and "BG/BB could not be relied on" in told
    )


def test_all_models_are_tested_on_the_same_customers(tmp_path):
    """BG/BB is fitted to customers older than the data, too; models of days are not."""
    log = often(2, 60)
    names = [f"c{i:04d}" for i in range(60)]
    listed = pd.DataFrame(
        {"customer_id": names, "acquired_on": pd.Timestamp("2022-01-01"), "closed_on": pd.NaT}
    )
    listed.loc[:19, "acquired_on"] = pd.Timestamp("2021-06-01")
    view = open_month(company(tmp_path, log, customers=listed), "2024-12")
    then = add_months(view.month, -12)
    heads = {}
    for model in CANDIDATES:
        views = PatternViews(prepared_choice._under(view.prepared, model), view.con)
        for dated in (False, True):
            heads[model, dated] = held(views, then, view.month, 12, [USE], dated=dated)[USE].customers.sum()
    assert {heads[model, True] for model in CANDIDATES} == {40}
    assert heads["bgbb", False] == 60 and heads["bgnbd", False] == 40


def test_to_name_the_model_gives_the_same_values(view, path):
    found = choice_of(view.prepared)
    named = open_month(path, "2024-12", f"clv_model: {found.model}")
    assert choice_of(named.prepared) is None
    frames = [
        each.values.select("customer_id", "clv", "clv_model").execute().sort_values("customer_id")
        for each in (view, named)
    ]
    assert frames[0].equals(frames[1].set_axis(frames[0].index))
    assert set(frames[0].clv_model) == {found.model}
    assert resolved(view.prepared).company.settings.clv_model == found.model


def test_what_was_chosen_is_read_and_not_chosen_again(view, path, monkeypatch):
    found = choice_of(view.prepared)
    monkeypatch.setattr(prepared_choice, "_choose", lambda prepared: pytest.fail("chosen again"))
    assert choice_of(open_month(path, "2024-12").prepared) == found


def test_where_the_data_are_too_short_it_is_the_default_and_the_page_says_so(path):
    view = open_month(path, "2022-02")
    found = choice_of(view.prepared)
    assert (found.model, found.reason, found.candidates) == ("bgbb", "short", ())
    assert "too short for a back-test to choose" in wording.models.chosen(found)


def test_contracts_alone_leave_nothing_to_choose(tmp_path):
    names = [f"c{i:03d}" for i in range(40)]
    log = pd.DataFrame({"customer_id": names, "date": pd.Timestamp("2023-01-05"), "amount": 10.0})
    listed = pd.DataFrame(
        {"customer_id": names, "acquired_on": pd.Timestamp("2022-03-01"), "closed_on": pd.NaT}
    )
    listed.loc[:4, "closed_on"] = pd.Timestamp("2023-06-15")
    path = company(
        tmp_path, log, customers=listed, relationship="contractual", settings={"clv_model": "auto"}
    )
    found = choice_of(open_month(path, "2024-12").prepared)
    assert (found.model, found.reason) == ("bgbb", "nobody")
