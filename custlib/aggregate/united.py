"""Records of customers put side by side: what several tables of one row per customer say of each."""

from collections.abc import Mapping, Sequence

import ibis
import ibis.expr.types as ir


def united(
    parts: Sequence[ir.Table], *, kinds: Mapping[str, str], earliest: Sequence[str], latest: Sequence[str]
) -> ir.Table:
    """Unite tables of one row per customer: every customer of any of them, and of each column what they say together.

    Joined and not put below one another and summed: most tables know but a few columns, and an engine that groups by
    customer carries all of them for every row.

    Parameters
    ----------
    parts : sequence of Table
        Each has ``customer_id``, not NULL, once, and any of the columns of `kinds`.
    kinds : mapping
        Column -> its type, in the order of the result.
    earliest, latest : sequence of str
        Columns of which the least, or the greatest, of the parts' is wanted, NULL where no part has one. All others are
        summed, and nothing is zero.
    """
    whole = parts[0]
    for part in parts[1:]:
        # Both sides get names of their own: Ibis takes a name that both have for the first table's that ever had it.
        mine, its = (
            table.rename({f"{side}_{name}": name for name in table.columns})
            for side, table in (("mine", whole), ("its", part))
        )
        both = mine.outer_join(its, [("mine_customer_id", "its_customer_id")])
        told = {"customer_id": ibis.coalesce(both.mine_customer_id, both.its_customer_id)}
        for name in kinds:
            held = [both[f"{side}_{name}"] for side in ("mine", "its") if f"{side}_{name}" in both.columns]
            if held:
                told[name] = (
                    held[0] if len(held) == 1 else _together(held[0], held[1], name, earliest, latest)
                )
        whole = both.select(**told)
    dates = (*earliest, *latest)
    return whole.select(
        "customer_id",
        **{name: _or_nothing(whole, name, kind, keeps_null=name in dates) for name, kind in kinds.items()},
    )


def _together(
    mine: ir.Value, its: ir.Value, name: str, earliest: Sequence[str], latest: Sequence[str]
) -> ir.Value:
    if name in earliest:
        return ibis.least(ibis.coalesce(mine, its), ibis.coalesce(its, mine))
    if name in latest:
        return ibis.greatest(ibis.coalesce(mine, its), ibis.coalesce(its, mine))
    return (mine.fill_null(ibis.literal(0, mine.type())) + its.fill_null(ibis.literal(0, its.type()))).cast(
        mine.type()
    )


def _or_nothing(table: ir.Table, name: str, kind: str, *, keeps_null: bool) -> ir.Value:
    if name not in table.columns:
        return ibis.null(kind) if keeps_null else ibis.literal(0, kind)
    return table[name].cast(kind) if keeps_null else table[name].cast(kind).fill_null(ibis.literal(0, kind))
