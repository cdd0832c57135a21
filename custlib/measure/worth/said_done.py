"""What customers said against what they did: promoters who bought less, detractors who bought more."""

from decimal import Decimal

import pandas as pd

from custlib.measure.loss import share_interval
from custlib.measure.worth.found import Contrary, SaidDone
from custlib.surveying import CLASSES, DETRACTOR, PROMOTER

LOST, LESS, SAME, MORE = DONE = ("lost", "less", "same", "more")


def said_done(rows: pd.DataFrame) -> SaidDone | None:
    """Lay out what those who said one thing did in the months after.

    Parameters
    ----------
    rows : DataFrame
        ``said`` (detractor, passive, promoter), ``done`` (lost, less, same, more), ``customers``, ``before`` and ``after`` (Decimal: their margin in as many
        months before and after the answer).

    Returns
    -------
    SaidDone or None
        None of nobody.
    """
    if rows.empty or not int(rows.customers.sum()):
        return None
    found = []
    for said in CLASSES:
        mine = rows[rows.said == said]
        of = int(mine.customers.sum())
        for done in DONE:
            here = mine[mine.done == done]
            customers = int(here.customers.sum())
            before, after = _money(here.before), _money(here.after)
            share, low, high = share_interval(customers, of)
            found.append((said, done, customers, share, low, high, before, after, after - before))
    columns = ["said", "done", "customers", "share", "low", "high", "before", "after", "change"]
    table = pd.DataFrame(found, columns=columns)
    return SaidDone(
        table,
        int(table.customers.sum()),
        _contrary(table, PROMOTER, (LOST, LESS)),
        _contrary(table, DETRACTOR, (MORE,)),
    )


def _contrary(table: pd.DataFrame, said: str, done: tuple[str, ...]) -> Contrary:
    mine = table[table.said == said]
    here = mine[mine.done.isin(done)]
    customers, of = int(here.customers.sum()), int(mine.customers.sum())
    return Contrary(customers, of, *share_interval(customers, of), _money(here.change))


def _money(values: pd.Series) -> Decimal:
    return sum((Decimal(str(value)) for value in values), Decimal(0))
