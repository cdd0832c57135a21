"""The volume and value bridges between two month ends, for the whole base and for segments.

Every line comes from its own sum in the engine; nothing here is obtained by subtracting from the
total that it helps to prove, and `check_identities` refuses tables whose bridges do not close.
"""

from decimal import Decimal

import pandas as pd

from custlib.errors import CustlibError

VOLUME = ["opening", "new", "won_back", "moved_in", "lost", "moved_out", "closing"]
VALUE = [
    "opening_value", "new_value", "won_back_value", "moved_in_value", "growth",
    "lost_value", "moved_out_value", "decline", "closing_value",
]  # fmt: skip
DETAIL = [
    "retained", "came_and_went", "growing", "declining", "steady", "unchanged", "not_positive",
    "more_transactions", "fewer_transactions", "more_products", "fewer_products",
]  # fmt: skip
_KEPT = [name for name in DETAIL if name not in ("retained", "came_and_went")]


def _total(rows: pd.DataFrame, segment: str, column: str) -> pd.Series:
    """Sum a column by one of the two segment columns; Decimal and integer sums stay exact."""
    return (
        rows.groupby(segment)[column].agg(lambda cells: _sum(cells)) if len(rows) else pd.Series(dtype=object)
    )


def _sum(cells) -> Decimal | int | None:
    known = [cell for cell in cells if cell is not None and cell == cell]
    return sum(known[1:], known[0]) if known else None


def comparison(
    flows: pd.DataFrame, opening: pd.DataFrame, closing: pd.DataFrame, *, months: int, value: str = "value"
) -> pd.DataFrame:
    """Lay out both bridges, one row per segment.

    Parameters
    ----------
    flows : DataFrame
        Rows per status and pair of segments (``custlib.aggregate.flows.flows``).
    opening, closing : DataFrame
        Stocks of the two month ends (``custlib.aggregate.flows.stock``), queried on their own.
    months : int
        Length of the comparison. A contract opened and closed within a single month is both new and lost;
        over a longer stretch such customers are counted apart as ``came_and_went``.
    value : str
        Which of the stocks' margins the bridge runs on: "value" or "margin_12".

    Returns
    -------
    DataFrame
        Index ``segment``; `VOLUME`, `VALUE` and `DETAIL`, ``inactive_value`` (margin of those inactive at
        the close). Counts are integers, money Decimal. Product counts are None where not recorded.
    """
    by_status = {status: rows for status, rows in flows.groupby("status")}
    none = flows.iloc[:0]
    new, back = by_status.get("new", none), by_status.get("won_back", none)
    lost, kept = by_status.get("lost", none), by_status.get("retained", none)
    brief = by_status.get("came_and_went", none)
    movers = kept[kept.segment_then != kept.segment_now]
    table = pd.DataFrame(
        {
            "opening": opening.set_index("segment").active,
            "new": _total(new, "segment_now", "customers"),
            "won_back": _total(back, "segment_now", "customers"),
            "moved_in": _total(movers, "segment_now", "customers"),
            "lost": _total(lost, "segment_then", "customers"),
            "moved_out": _total(movers, "segment_then", "customers"),
            "closing": closing.set_index("segment").active,
            "opening_value": opening.set_index("segment")[value],
            "new_value": _total(new, "segment_now", "v_now"),
            "won_back_value": _total(back, "segment_now", "v_now"),
            "moved_in_value": _total(movers, "segment_now", "v_now"),
            "growth": _total(kept, "segment_then", "growth"),
            "lost_value": _total(lost, "segment_then", "v_then"),
            "moved_out_value": _total(movers, "segment_then", "v_now"),
            "decline": _total(kept, "segment_then", "decline"),
            "closing_value": closing.set_index("segment")[value],
            "inactive_value": closing.set_index("segment")[f"inactive_{value}"],
            "retained": _total(kept, "segment_then", "customers"),
            "came_and_went": _total(brief, "segment_now", "customers"),
            **{name: _total(kept, "segment_then", name) for name in _KEPT},
        }
    )
    table = _filled(table, products=kept.more_products.notna().any() if len(kept) else False)
    if months == 1 and len(brief):
        for column, source in (
            ("new", "customers"),
            ("lost", "customers"),
            ("new_value", "v_now"),
            ("lost_value", "v_now"),
        ):
            table[column] += _total(brief, "segment_now", source).reindex(table.index).fillna(0)
    return table.rename_axis("segment").sort_index()


def _filled(table: pd.DataFrame, *, products: bool) -> pd.DataFrame:
    """Put zero where a segment had nobody; products stay None where they are not recorded."""
    money = {*VALUE, "inactive_value"}
    for name in table.columns:
        zero = Decimal(0) if name in money else 0
        cells = [zero if cell is None or cell != cell else cell for cell in table[name]]
        if name.endswith("_products") and not products:
            cells = [None] * len(cells)
        kind = object if name in money or None in cells else "int64"
        table[name] = pd.Series(cells, index=table.index, dtype=kind)
    return table


def check_identities(table: pd.DataFrame) -> None:
    """Refuse a comparison whose volume or value bridge does not close to the last digit, in any segment.

    Raises
    ------
    CustlibError
        Naming the segment, the line and by how much it is out.
    """
    for segment, row in table.iterrows():
        volume = row.opening + row.new + row.won_back + row.moved_in - row.lost - row.moved_out
        value = (
            row.opening_value + row.new_value + row.won_back_value + row.moved_in_value + row.growth
            - row.lost_value - row.moved_out_value - row.decline
        )  # fmt: skip
        kept = row.growing + row.declining + row.steady + row.unchanged + row.not_positive
        for name, made, stated in (
            ("active customers", volume, row.closing),
            ("margin of active customers", value, row.closing_value),
            ("retained customers", kept, row.retained),
        ):
            if made != stated:
                raise CustlibError(f"{segment}: the bridge of {name} ends at {made}, the count says {stated}")
