"""The models of a month, fitted to the patterns of its end."""

from collections.abc import Container
from dataclasses import replace

import pandas as pd

from custlib.measure.clv.groups import DAILY_MODELS, Group, Test, fit_groups
from custlib.periods import Month
from custlib.prepare.patterns import CONTRACT, USE, PatternViews, model_of


def fit_month(
    views: PatternViews, month: Month, kinds: Container[str] = (CONTRACT, USE)
) -> tuple[tuple[Group, ...], Test | None, dict[str, pd.DataFrame], pd.DataFrame]:
    """Fit the models to what was known at a month's end; give also the cells and the spending they were fitted to."""
    cells = {kind: part for kind, part in views.cells(month).items() if kind in kinds}
    spending = views.spending(month)
    models = {kind: model_of(views.prepared, kind) for kind in cells}
    settings = views.prepared.company.settings
    # Parameters tell of a segment, so none is fitted by itself that is too small to be shown.
    minimum = max(settings.clv_segment_minimum, settings.min_group)
    groups, test = fit_groups(cells, spending, models=models, minimum=minimum)
    steps = views.weeks_ahead(month)
    groups = tuple(replace(group, steps=steps) if group.model in DAILY_MODELS else group for group in groups)
    return groups, test, cells, spending
