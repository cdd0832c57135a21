"""Averages peeled: the base as a whole, and what is left of it layer by layer."""

import ibis
import ibis.expr.types as ir
from ibis import _

# The layers from the naive average inward; the core is of the active, by the company's own rule.
LAYERS = ("everyone", "active", "repeat", "not_losing", "without_top", "core")
# One customer of so many is the top that the last layer but the core leaves out.
TOP = 100


def repeat_buyer(base: ir.Table) -> ir.BooleanValue:
    """Say who has bought on more than one day as far as anybody can know, or is bound by a contract."""
    return (base.active_days >= 2) | base.acquired_before | base.under_contract


def peeled(base: ir.Table) -> ir.Table:
    """Count each layer of the base and say how its margin is spread.

    Parameters
    ----------
    base : Table
        Customers at a month (see `custlib.aggregate.values`), with ``core``.

    Returns
    -------
    Table
        One row per ``layer`` of `LAYERS` with anybody in it: ``customers``; ``margin``, the sum of ``value``; ``below``, customers
        below the layer's mean; ``middle``, the sum of the two values in the middle of its ranking (of one and the
        same value twice where their number is odd), twice the median.
    """
    known = base.select(
        "value",
        active=base.active,
        repeat=base.active & repeat_buyer(base),
        core=base.active & base.core.fill_null(False),
    )
    earning = known.filter(_.repeat & (_.value >= 0))
    place = ibis.row_number().over(ibis.window(order_by=ibis.desc("value"))) + 1
    rest = earning.mutate(place=place, many=_.value.count().over(ibis.window()))
    parts = {
        "everyone": known,
        "active": known.filter(_.active),
        "repeat": known.filter(_.repeat),
        "not_losing": earning,
        # Rounded up, so that of a small base the one customer goes who makes the mean.
        "without_top": rest.filter((_.place - 1) * TOP >= _.many),
        "core": known.filter(_.core),
    }
    layers = ibis.union(*(part.select("value", layer=ibis.literal(name)) for name, part in parts.items()))
    own = ibis.window(group_by="layer")
    spread = layers.mutate(
        count=_.value.count().over(own).cast("int64"),
        total=_.value.sum().over(own).cast("decimal(38, 4)"),
        place=ibis.row_number().over(ibis.window(group_by="layer", order_by="value")) + 1,
    )
    middle = (spread.place == (spread["count"] + 1) // 2).cast("int64") + (
        spread.place == spread["count"] // 2 + 1
    ).cast("int64")
    return spread.group_by("layer").agg(
        customers=_.place.count(),
        margin=_.value.sum(),
        below=(_.value.cast("decimal(38, 4)") * _["count"] < _.total).sum().cast("int64"),
        middle=(spread.value * middle).sum(),
    )
