"""Sums of the page of NPS and the middle ground that are made in two ways, held against one another."""

from decimal import Decimal
from math import isclose
from typing import Any

from custlib.errors import CustlibError


def check(found: Any) -> int:
    """Hold every partition against its whole; count what was compared.

    Parameters
    ----------
    found : NpsMiddleGround
        See `custlib.month.nps.NpsMiddleGround`.

    Raises
    ------
    CustlibError
        When classes, boxes, moves, strata or programmes are not the whole they are parts of; it names both.
    """
    checks = 0
    if found.score is not None:
        checks += _equal(
            "promoters, passives and detractors", int(found.distribution.customers.sum()), found.score.answers
        )
        for other in found.others:
            net = other.promoters - other.detractors
            checks += _equal(
                "promoters less detractors elsewhere", net, found.score.promoters - found.score.detractors
            )
    for boxes in found.boxes.values():
        parts = boxes.below.customers + boxes.middle.customers + boxes.above.customers
        checks += _equal("below, in and above the middle", parts, boxes.answers)
    if (moved := found.movement) is not None:
        checks += _equal(
            "those who moved up and down",
            moved.moved_up.customers + moved.moved_down.customers,
            moved.moved.customers,
        )
        seen = moved.crossing_up.customers + moved.crossing_down.customers
        checks += _equal("moves seen and not seen", seen + moved.hidden.customers, moved.moved.customers)
        checks += _close("the mean's parts", moved.mean_changed_class + moved.mean_hidden, moved.mean_change)
    if (asked := found.response) is not None:
        for table in (asked.by_band, asked.by_tenure, asked.fatigue):
            checks += _equal("invitations by group", int(table.invited.sum()), asked.invited)
    if (stake := found.stake) is not None:
        for name in ("customers", "value"):
            by_score = stake.scores.groupby("programme")[name].sum()
            for row in stake.programmes.itertuples():
                checks += _close(
                    f"{name} of a programme's scores",
                    float(by_score.get(row.programme, 0.0)),
                    float(getattr(row, name)),
                )
    if (done := found.said_done) is not None:
        checks += _equal("words and deeds", int(done.table.customers.sum()), done.answers)
        change = sum(done.table.after, Decimal(0)) - sum(done.table.before, Decimal(0))
        checks += _equal("margin after less margin before", sum(done.table.change, Decimal(0)), change)
    return checks


def _equal(what: str, part: Any, whole: Any) -> int:
    if part != whole:
        raise CustlibError(f"NPS and the middle ground: {what} add up to {part}, and the whole is {whole}")
    return 1


def _close(what: str, part: float, whole: float) -> int:
    if not isclose(part, whole, rel_tol=1e-9, abs_tol=1e-9):
        raise CustlibError(f"NPS and the middle ground: {what} add up to {part}, and the whole is {whole}")
    return 1
