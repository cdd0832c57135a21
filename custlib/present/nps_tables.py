"""The tables of the page on NPS and the middle ground, laid out; what customers or the company wrote is inert in them."""

from typing import Any

import pandas as pd

from custlib.measure.figures import FEW
from custlib.present import wording
from custlib.present.numbers import (
    NOT_AVAILABLE,
    Writer,
    count,
    decimal,
    interval,
    points,
    share,
    writer,
)
from custlib.present.tables import Table, table
from custlib.present.wording.concentration import known
from custlib.present.wording.nps_titles import company, measured, money_of_moves
from custlib.surveying import CLASSES

Columns = dict[str, tuple[str, Writer]]
_NOT_SHOWN = "not shown"


def scores(found: Any) -> Table:
    """Lay the score of now beside the one before and the weighted one, each with its interval."""
    rows: list[tuple[Any, ...]] = []
    for label, each in (("These answers", found.score), ("The months before", found.before)):
        if each is not None:
            told = _with_points(each.nps, each.adjusted.low, each.adjusted.high)
            rows.append((label, each.answers, each.promoters, each.passives, each.detractors, told))
    if found.weighted is not None:
        each = found.weighted
        rows.append(
            (
                "Weighted to all customers",
                each.answers,
                None,
                None,
                None,
                _with_points(each.nps, each.low, each.high),
            )
        )
    columns: Columns = {
        "what": ("Of", str),
        "answers": ("Answers", count),
        "promoters": ("Promoters", count),
        "passives": ("Passives", count),
        "detractors": ("Detractors", count),
        "nps": ("NPS (95% interval)", str),
    }
    frame = pd.DataFrame(rows, columns=list(columns))
    blank = ["promoters", "passives", "detractors"]
    return table(
        frame, name="net-promoter-score", title="The score, and how sure it is", columns=columns, blank=blank
    )


def _with_points(value: Any, low: Any, high: Any) -> str:
    return (
        f"{points(value, 1)} ({interval(low, high, lambda each: points(each, 1))})"
        if known(value)
        else NOT_AVAILABLE
    )


def boxes(found: Any) -> Table:
    """Lay out how each scale's answers sum up in several ways."""
    rows = []
    for metric, each in found.boxes.items():
        mean = decimal(each.mean.value, 2)
        if known(each.mean.low):
            mean += f" ({interval(each.mean.low, each.mean.high, lambda value: decimal(value, 2))})"
        # What lies below and above the middle is all but it: one click away, under the figure.
        parts = (each.ok_or_better, each.middle, each.top_2, each.bottom)
        told = (mean, *(measured(part) for part in parts))
        if each.answers < found.min_group:
            told = (_NOT_SHOWN,) * len(told)
        scale = f"{wording.pains.said(metric)}, {found.scales[metric]}"
        rows.append((scale, each.answers, *told))
    columns: Columns = {
        "scale": ("Scale", str),
        "answers": ("Answers", count),
        "mean": ("Mean", str),
        "ok": ("OK or better", str),
        "middle": ("Middle ground", str),
        "top": ("Top two", str),
        "bottom": ("Lowest score", str),
    }
    frame = pd.DataFrame(rows, columns=list(columns))
    return table(frame, name="boxes", title="The same answers, summed up in other ways", columns=columns)


def any_scale(found: Any) -> bool:
    """Say whether any scale, that of NPS or another, has enough answers for its row."""
    return any(each.answers >= found.min_group for each in found.boxes.values())


def others(found: Any) -> Table:
    """Lay companies out that have our score."""
    rows = [
        (company(each.name), each.promoters, each.passives, each.detractors, each.mean, each.ok_or_better)
        for each in found.others
    ]
    columns: Columns = {
        "company": ("Company", str),
        "promoters": ("Promoters", count),
        "passives": ("Passives", count),
        "detractors": ("Detractors", count),
        "mean": ("Mean score", lambda value: decimal(value, 2)),
        "ok": ("OK or better", share),
    }
    frame = pd.DataFrame(rows, columns=list(columns))
    return table(frame, name="other-companies", title="The same score in other companies", columns=columns)


def movement(found: Any) -> Table:
    """Lay out who went from which class to which, in customers; in what they bring too, where no cell is a handful's."""
    write = writer(found.currency) if money_of_moves(found) else None
    cells = {(row.before, row.after): row for row in found.movement.class_matrix.itertuples()}
    rows = [(name.capitalize(), *(_cell(cells[name, other], write) for other in CLASSES)) for name in CLASSES]
    columns: Columns = {
        "before": ("Before", str),
        **{other: (f"{other.capitalize()} after", str) for other in CLASSES},
    }
    frame = pd.DataFrame(rows, columns=list(columns))
    title = "Customers by class before and after" + (f", and their {found.word}" if write else "")
    return table(frame, name="classes-before-and-after", title=title, columns=columns)


def _cell(row: Any, write: Writer | None) -> str:
    """Write customers, and their money where it may be told."""
    return f"{count(row.customers)} ({write(row.value)})" if write and row.customers else count(row.customers)


def moves(found: Any) -> Table:
    """Lay out what NPS saw of those whose score moved, and what it did not; money where it tells of no handful."""
    moved = found.movement
    lines = [
        ("Moved by a point or more", moved.moved),
        ("into a higher class", moved.crossing_up),
        ("into a lower class", moved.crossing_down),
        ("up inside a class, unseen by NPS", moved.hidden_up),
        ("down inside a class, unseen by NPS", moved.hidden_down),
        ("Left the middle ground upwards", moved.middle_up),
        ("Left the middle ground downwards", moved.middle_down),
        ("Came into it from below", moved.middle_from_below),
        ("Came into it from above", moved.middle_from_above),
    ]
    # Who left the middle ground may be in another class or not: with their money, that of a few could be had by subtraction.
    rows = [
        (label, part.customers, part.value if place < _PARTS else None)
        for place, (label, part) in enumerate(lines)
    ]
    columns: Columns = {
        "what": ("Customers who", str),
        "customers": ("Customers", count),
        "value": (f"Their {found.word}", writer(found.currency)),
    }
    frame = pd.DataFrame(rows, columns=list(columns))
    if not money_of_moves(found):
        columns.pop("value")
    title = "What moved, and what of it NPS saw"
    return table(frame, name="moves", title=title, columns=columns, blank=["value"])


_PARTS = 5  # lines of `moves` whose money is told: all who moved, and the four parts that they are made of


def _money(value: Any, customers: Any, write: Writer) -> str:
    if not known(value):
        return NOT_AVAILABLE
    return _NOT_SHOWN if 0 < customers < FEW else write(value)


def bands(found: Any) -> Table:
    """Lay every measure out by value band; of too few answers only their number stands there."""
    write = writer(found.currency)
    rows = found.bands.assign(
        nps=[
            _with_points(row.nps, row.low, row.high) if not row.hidden else _NOT_SHOWN
            for row in found.bands.itertuples()
        ],
        cost=[write(row.cost) if known(row.cost) else _NOT_SHOWN for row in found.bands.itertuples()],
    )
    columns: Columns = {
        "value_band": ("Value band", str),
        "population": ("Customers", count),
        "cost": ("Cost to serve each", str),
        "answers": ("Answers", count),
        "nps": ("NPS (95% interval)", str),
        "ok_or_better": ("OK or better", share),
        "middle": ("Middle ground", share),
        "top_2": ("Top two", share),
        "mean": ("Mean", lambda value: decimal(value, 2)),
        "bottom": ("Lowest score", share),
    }
    if found.bands.cost.isna().all():
        columns.pop("cost")
    if rows.population.isna().all():
        columns.pop("population")
    return table(rows, name="bands", title="Every measure by value band", columns=columns, blank=_OF_FEW)


_OF_FEW = ("mean", "ok_or_better", "middle", "top_2", "bottom")


def response(found: Any, by: str) -> Table:
    """Lay response out by value band or tenure: who was asked, who answered, and what they bring."""
    write = writer(found.currency)
    rows = {"value_band": found.response.by_band, "tenure": found.response.by_tenure}[by]
    label = {"value_band": "Value band", "tenure": "Tenure"}[by]
    told = rows.assign(
        rate=[_rate(row, found.min_group) for row in rows.itertuples()],
        value_answered=[_money(row.value_answered, row.answered, write) for row in rows.itertuples()],
        value_silent=[
            _money(row.value_silent, row.invited - row.answered, write) for row in rows.itertuples()
        ],
    )
    columns: Columns = {
        by: (label, str),
        "invited": ("Asked", count),
        "answered": ("Answered", count),
        "rate": ("Response (95% interval)", str),
        "value_answered": (f"Mean {found.word} of who answered", str),
        "value_silent": ("Of who did not", str),
    }
    title = f"Who answers, by {label.lower()}"
    return table(told, name=f"response-{by.replace('_', '-')}", title=title, columns=columns)


def _rate(row: Any, least: int) -> str:
    if row.invited < least:
        return _NOT_SHOWN
    return f"{share(row.rate)} ({interval(row.low, row.high, share)})" if known(row.rate) else NOT_AVAILABLE


def fatigue(found: Any) -> Table:
    """Lay response out by how often a customer had been asked in the year before."""
    rows = found.response.fatigue
    most = rows.earlier.max() if len(rows) else 0
    told = rows.assign(
        earlier=[
            f"{count(row.earlier)}{' or more' if row.earlier == most and most > 1 else ''}"
            for row in rows.itertuples()
        ],
        rate=[_rate(row, found.min_group) for row in rows.itertuples()],
    )
    columns: Columns = {
        "earlier": ("Asked before, in 12 months", str),
        "invited": ("Asked", count),
        "answered": ("Answered", count),
        "rate": ("Response (95% interval)", str),
    }
    return table(
        told, name="fatigue", title="Response by how often customers were asked before", columns=columns
    )


def pains(found: Any, what: str) -> Table:
    """Lay stages or themes out by side: customers, the months before, value, and who looks after them."""
    said = wording.pains
    rows = said.told(found, what)
    rows = pd.concat([rows[rows.side == side] for side in (said.PAIN, said.PRAISE)])
    known_before = [
        row.customers_before if known(row.customers_before) and row.customers_before >= 0 else None
        for row in rows.itertuples()
    ]
    told = pd.DataFrame(
        {
            "side": [
                {"pain": "Detractors", "praise": "Promoters"}.get(side, str(side)) for side in rows.side
            ],
            "group": [said.said(name, 60) or NOT_AVAILABLE for name in rows.group],
            "customers": list(rows.customers),
            "before": pd.Series(known_before, dtype=object),
            "value": list(rows.value),
            "open": list(rows.open),
            "owner": [said.said(name, 60) for name in rows.owner],
        }
    )
    columns: Columns = {
        "side": ("Who", str),
        "group": (what.capitalize(), str),
        "customers": ("Customers", count),
        "before": ("In the 12 months before", count),
        "value": (f"Their {found.value_word}", writer(found.currency)),
        "open": ("Complaints still open", count),
        "owner": ("Looked after by", str),
    }
    for name in ("before", "value", "open"):
        if told[name].isna().all():
            columns.pop(name)
    if not any(told.owner):
        columns.pop("owner")
    title = f"What detractors and promoters speak of, by {what}"
    return table(told, name=f"{what}s", title=title, columns=columns)
