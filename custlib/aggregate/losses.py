"""What a year took: who left, and who stayed and brings half as much, in customers and in money."""

import ibis.expr.types as ir
from ibis import _

from custlib.aggregate.carried import SQUARES, square
from custlib.aggregate.flows import LOST, RETAINED
from custlib.aggregate.panel import zero
from custlib.aggregate.patterns import WIDE


def losses(compared: ir.Table, *, since: ir.DateValue) -> ir.Table:
    """Add up, by segment at the opening, what became of the customers of a month end.

    Parameters
    ----------
    compared : Table
        See `custlib.aggregate.flows.compare`.
    since : date expression
        First month of the value window at the opening. Who became a customer in it or later had less than a full window
        then, and brings more now without anything having changed.

    Returns
    -------
    Table
        One row per ``segment``: ``customers`` active at the opening, their ``value`` then and its ``squares``; of the
        ``lost`` (inactive at the close by the rule) and of the ``closed`` (of these, who closed the account in between,
        as recorded) the same; ``stayed``: active at both ends, above zero at the opening and a customer before `since`, ``stayed_value``;
        ``younger``: the same, but for when they became customers; of the stayed those whose value ``halved`` or more, what they
        brought then, and by how much it fell (``halved_fall``); and those whose value at least ``doubled``, likewise (``doubled_rise``).
    """
    then = compared.filter(compared.status.isin([LOST, RETAINED]))
    lost = then.status == LOST
    closed = lost & then.closed_on.notnull()
    both = (then.status == RETAINED) & (then.v_then > 0)
    full = (then.acquired_before | (then.first_active < since)).fill_null(False)
    stayed, younger = both & full, both & ~full
    halved, doubled = stayed & (2 * then.v_now <= then.v_then), stayed & (then.v_now >= 2 * then.v_then)
    change = then.v_now - then.v_then

    def count(where: ir.BooleanValue) -> ir.IntegerScalar:
        return where.sum().cast("int64")

    def money(amount: ir.Value, where: ir.BooleanValue | None = None) -> ir.DecimalScalar:
        return amount.sum(where=where).fill_null(zero()).cast(WIDE)

    def squares(where: ir.BooleanValue | None = None) -> ir.DecimalScalar:
        return square(then.v_then).sum(where=where).fill_null(zero()).cast(SQUARES)

    return then.group_by(segment=then.segment_then).agg(
        customers=_.count(), value=money(then.v_then), squares=squares(),
        lost=count(lost), lost_value=money(then.v_then, lost), lost_squares=squares(lost),
        closed=count(closed), closed_value=money(then.v_then, closed), closed_squares=squares(closed),
        stayed=count(stayed), stayed_value=money(then.v_then, stayed), younger=count(younger),
        halved=count(halved), halved_value=money(then.v_then, halved), halved_fall=money(-change, halved),
        doubled=count(doubled), doubled_value=money(then.v_then, doubled), doubled_rise=money(change, doubled),
    )  # fmt: skip
