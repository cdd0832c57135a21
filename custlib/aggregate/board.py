"""What a board counts of newcomers and leavers beside their number: costs, referrals, reasons."""

import ibis
import ibis.expr.types as ir
from ibis import _

from custlib.aggregate.flows import ALL, CAME_AND_WENT, NEW, gone
from custlib.aggregate.panel import MONEY


def _newcomers(compared: ir.Table, customers: ir.Table | None) -> ir.Table:
    """Keep who joined within a comparison, with what the customer list says of the winning."""
    new = compared.filter(_.status.isin([NEW, CAME_AND_WENT]))
    new = new.select("customer_id", "status", "v_now", segment="segment_now")
    kinds = {"acquisition_cost": MONEY, "referred_by": "string"}
    have = [name for name in kinds if customers is not None and name in customers.columns]
    if customers is not None and have:
        new = new.left_join(customers.select("customer_id", *have), "customer_id").drop("customer_id_right")
    return new.mutate(**{name: ibis.null(kind) for name, kind in kinds.items() if name not in have})


def newcomers(compared: ir.Table, customers: ir.Table | None) -> ir.Table:
    """Add up what it cost to win those who joined, and count those who were referred.

    Parameters
    ----------
    compared : Table
        See `custlib.aggregate.flows.compare`.
    customers : Table or None
        The customer list as at the month.

    Returns
    -------
    Table
        One row per ``status`` (new, came_and_went) and ``segment``: ``customers``, ``known`` (with a recorded
        acquisition cost) and the sum of that ``cost`` (NULL where none is), ``referred`` customers and
        their closing margin ``referred_value`` (NULL where nobody was).
    """
    new = _newcomers(compared, customers)
    return new.group_by("status", "segment").agg(
        customers=_.count(),
        known=_.acquisition_cost.count(),
        cost=_.acquisition_cost.sum(),
        referred=_.referred_by.count(),
        referred_value=_.v_now.sum(where=_.referred_by.notnull()),
    )


def referrers(
    compared: ir.Table, customers: ir.Table | None, base: ir.Table, *, months: int, by: str | None = None
) -> ir.Table:
    """Count referrals of new customers by the segment of those who made them.

    Parameters
    ----------
    base : Table
        Customers at the month, in which a referrer's segment `by` stands.
    months : int
        Length of the comparison; within a single month who came and went is new too.

    Returns
    -------
    Table
        One row per ``segment`` of the referrer (NULL: not a known customer): ``referrers`` (each counted
        once), ``referred`` customers and their closing margin ``value``.
    """
    counted = [NEW, CAME_AND_WENT] if months == 1 else [NEW]
    new = _newcomers(compared, customers).filter(_.referred_by.notnull() & _.status.isin(counted))
    if by is None:
        both = new.mutate(segment=ibis.literal(ALL))
    else:
        theirs = base.select(referrer=_.customer_id, group=_[by])
        both = new.left_join(theirs, new.referred_by == theirs.referrer).mutate(segment=_.group)
    return both.group_by("segment").agg(
        referrers=_.referred_by.nunique(), referred=_.count(), value=_.v_now.sum()
    )


def lost_reasons(compared: ir.Table, *, months: int) -> ir.Table:
    """Count leavers by the ``segment`` they left from and the recorded ``reason`` (NULL: none)."""
    return gone(compared, months=months).group_by("segment", reason=_.closure_reason).agg(customers=_.count())
