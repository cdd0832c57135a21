"""What customers did after a month's end, by the pattern they showed at it."""

from collections.abc import Sequence

import ibis.expr.types as ir
import pandas as pd

from custlib.aggregate import patterns as shown
from custlib.measure.clv.days import MONTH as WEEKS
from custlib.periods import Month, add_months
from custlib.prepare.patterns import CONTRACT, USE, PatternViews, is_daily

DAYS = ("kind", "group", "fitted", "days_x", "first_day", "last_day", "later_days", "closed")


def held(
    views: PatternViews,
    then: Month,
    now: Month,
    months: int,
    kinds: Sequence[str] = (CONTRACT, USE),
    *,
    dated: bool = False,
) -> dict[str, pd.DataFrame]:
    """Give what customers did after `then`, by kind and by the pattern they showed at it (see `custlib.measure.clv.backtest`).

    They are those whom the model was fitted to; if `dated`, under a model of months, too, only those to whom a model of days could be:
    whose first purchase day the data show.
    """
    known, earlier = views.patterns(then), add_months(then, -months)
    past = views.base(earlier) if earlier >= views.prepared.rules.data_start else None
    found = {}
    for kind in kinds:
        daily = is_daily(views.prepared, kind)
        mine = known.filter((known.kind == kind) & known.fitted)
        if daily or dated:
            mine = mine.filter(mine.first_day.notnull() & ~mine.older)
        after = shown.holdout(mine, views.base(now), earlier=past, daily=daily)
        frame = _named(views, shown.holdout_cells(after, keys=DAYS if daily else shown.PATTERN))
        if daily:
            frame = views.in_weeks(frame, then).assign(seen=lambda table: table["T"] / WEEKS)
        else:
            frame = frame.assign(events=frame.x, seen=frame.n)
        if len(frame):
            found[kind] = frame
    return found


def _named(views: PatternViews, table: ir.Table) -> pd.DataFrame:
    names = {"active_months": "actual", "active_squares": "actual_squares", "past_active_months": "past"}
    return views.frame(table).rename(columns=names)
