"""Which model a month's customers are valued by: what the company file says, or what the back-test decides, once a month."""

import pickle
from dataclasses import replace

import pandas as pd

from custlib.data.engine import bounded
from custlib.measure.clv.backtest import Backtest, backtest, holdout_months
from custlib.measure.clv.choice import AUTO, CANDIDATES, DEFAULT, Candidate, Choice, judged, ranked, reason_of
from custlib.measure.clv.groups import Group
from custlib.periods import Month, add_months
from custlib.prepare import Prepared
from custlib.prepare.files import SILENT, Progress, unpickle, write_aside
from custlib.prepare.fitting import fit_month
from custlib.prepare.holdout import held
from custlib.prepare.patterns import USE, PatternViews


def resolved(prepared: Prepared, progress: Progress = SILENT) -> Prepared:
    """Give the same month under the model that it is valued by."""
    choice = choice_of(prepared, progress)
    return prepared if choice is None else _under(prepared, choice.model)


def choice_of(prepared: Prepared, progress: Progress = SILENT) -> Choice | None:
    """Give the choice made for a month, or make and keep it; None where the company file names a model.

    No lock is taken, since who values customers may hold it: two processes that choose at the same time choose alike.
    """
    if prepared.company.settings.clv_model != AUTO:
        return None
    path = prepared.kept("choice", "pickle")
    found = unpickle(path)
    if isinstance(found, Choice):
        path.touch()
        return found
    progress.say("choosing the model of customer lifetime value")
    made = replace(_choose(prepared), before=_before(prepared))
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_aside(path, lambda aside: aside.write_bytes(pickle.dumps(made)))
    return made


def _under(prepared: Prepared, model: str) -> Prepared:
    settings = prepared.company.settings.model_copy(update={"clv_model": model})
    return replace(prepared, company=replace(prepared.company, settings=settings))


def _before(prepared: Prepared) -> str:
    """Look the choice of the month before up, where that month has been opened in the same state of its data."""
    month = add_months(prepared.month, -1)
    base = prepared.files.months.get("base", {}).get(month)
    if base is None:
        return ""
    # A base is named after its month and what the month's figures are made from.
    inputs = base.stem.split("-", 2)[2]
    found = unpickle(replace(prepared, month=month, inputs=inputs).kept("choice", "pickle"))
    return found.model if isinstance(found, Choice) else ""


def _choose(prepared: Prepared) -> Choice:
    """Back-test every model, and take the first in the order of choice whose fit to all the data can be trusted."""
    bounds = prepared.company.connection
    con = bounded(bounds.memory_limit, bounds.threads)
    plain = PatternViews(_under(prepared, DEFAULT), con)
    if USE not in plain.cells(prepared.month):
        return Choice(DEFAULT, "nobody")
    months = holdout_months(prepared.company.settings.backtest_months, prepared.months_of_data)
    then = add_months(prepared.month, -months)
    if not months or then <= prepared.rules.data_start:
        return Choice(DEFAULT, "short")
    views = {model: PatternViews(_under(prepared, model), con) for model in CANDIDATES}
    candidates = {model: _tested(views[model], then, months) for model in CANDIDATES}
    while order := ranked(tuple(candidates.values())):
        first = order[0]
        problem = _problem(_groups(views[first.model], prepared.month))
        if not problem:
            tried = tuple(candidates.values())
            return Choice(first.model, reason_of(first, tried), months, tried)
        candidates[first.model] = replace(first, problem=problem)
    return Choice(DEFAULT, "not fitted", months, tuple(candidates.values()))


def _tested(views: PatternViews, then: Month, months: int) -> Candidate:
    """Back-test one model on those known by what they do, the same customers for every model."""
    model = views.prepared.company.settings.clv_model
    groups = _groups(views, then)
    problem = _problem(groups)
    if problem:
        return Candidate(model, problem=problem)
    # Customers older than the data are easier or harder to foretell, and models of days are not fitted to them.
    after = held(views, then, views.prepared.month, months, [USE], dated=True)
    if not after:
        return judged(model, Backtest(months, months, then, "none", "nothing came"))
    test = backtest(groups, after, months=months, asked=months, then=then, tracking=pd.DataFrame())
    return judged(model, test)


def _groups(views: PatternViews, month: Month) -> tuple[Group, ...]:
    return fit_month(views, month, [USE])[0]


def _problem(groups: tuple[Group, ...]) -> str:
    """Give the first reason not to trust a fit; "" where all can be."""
    if not groups:
        return "few customers"
    return next((group.problem for group in groups if group.problem), "")
