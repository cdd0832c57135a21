"""The volume and value bridges between two month ends, for the whole base and for segments.

Every line comes from its own sum in the engine; nothing here is obtained by subtracting from the
total that it helps to prove, and `check_identities` refuses tables whose bridges do not close.
"""

from decimal import Decimal
from typing import Any

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
_LINES = [*VOLUME, *VALUE, "inactive_value", *DETAIL]
_MONEY = {*VALUE, "inactive_value"}
MOVERS = "movers"
# Line -> whose, by which of the two segments, and what is added up; stocks are no sums of flows.
_SUMS = {
    "new": ("new", "segment_now", "customers"),
    "won_back": ("won_back", "segment_now", "customers"),
    "moved_in": (MOVERS, "segment_now", "customers"),
    "lost": ("lost", "segment_then", "customers"),
    "moved_out": (MOVERS, "segment_then", "customers"),
    "new_value": ("new", "segment_now", "v_now"),
    "won_back_value": ("won_back", "segment_now", "v_now"),
    "moved_in_value": (MOVERS, "segment_now", "v_now"),
    "growth": ("retained", "segment_then", "growth"),
    "lost_value": ("lost", "segment_then", "v_then"),
    "moved_out_value": (MOVERS, "segment_then", "v_now"),
    "decline": ("retained", "segment_then", "decline"),
    "retained": ("retained", "segment_then", "customers"),
    "came_and_went": ("came_and_went", "segment_now", "customers"),
    **{
        name: ("retained", "segment_then", name)
        for name in DETAIL
        if name not in ("retained", "came_and_went")
    },
}
# Who came and went within one month is both new and lost in it.
_BRIEF = {"new": "customers", "lost": "customers", "new_value": "v_now", "lost_value": "v_now"}

Cell = Decimal | int | None
Sums = dict[str, Cell]


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
    rows = _by_status(flows)
    before, after = opening.set_index("segment"), closing.set_index("segment")
    sums: dict[str, Sums] = {
        "opening": before.active.to_dict(),
        "closing": after.active.to_dict(),
        "opening_value": before[value].to_dict(),
        "closing_value": after[value].to_dict(),
        "inactive_value": after[f"inactive_{value}"].to_dict(),
        **{line: _total(rows.get(status, []), by, column) for line, (status, by, column) in _SUMS.items()},
    }
    if months == 1 and "came_and_went" in rows:
        for line, column in _BRIEF.items():
            brief = _total(rows["came_and_went"], "segment_now", column)
            sums[line] = {name: _sum([sums[line].get(name), brief.get(name)]) for name in sums[line] | brief}
    products = any(not _missing(row["more_products"]) for row in rows.get("retained", []))
    return _laid_out(sums, products=products)


def _by_status(flows: pd.DataFrame) -> dict[str, list[dict[str, Any]]]:
    """Give the rows of each status, and of those who stayed the ones that changed their segment."""
    found: dict[str, list[dict[str, Any]]] = {}
    for row in flows.to_dict("records"):
        found.setdefault(row["status"], []).append(row)
        if row["status"] == "retained" and row["segment_then"] != row["segment_now"]:
            found.setdefault(MOVERS, []).append(row)
    return found


def _total(rows: list[dict[str, Any]], segment: str, column: str) -> Sums:
    """Sum a column by one of the two segment columns; Decimal and integer sums stay exact."""
    cells: dict[str, list[Cell]] = {}
    for row in rows:
        if not _missing(row[segment]):
            cells.setdefault(row[segment], []).append(row[column])
    return {name: _sum(found) for name, found in cells.items()}


def _sum(cells: list[Cell]) -> Cell:
    known: list[Any] = [cell for cell in cells if not _missing(cell)]
    return sum(known[1:], known[0]) if known else None


def _missing(cell: Any) -> bool:
    return cell is None or cell != cell


def _laid_out(sums: dict[str, Sums], *, products: bool) -> pd.DataFrame:
    """Put zero where a segment had nobody; products stay None where they are not recorded."""
    segments = sorted({name for found in sums.values() for name in found})
    index = pd.Index(segments, name="segment")
    columns = {}
    for line in _LINES:
        zero = Decimal(0) if line in _MONEY else 0
        cells = [sums[line].get(name) for name in segments]
        cells = [zero if _missing(cell) else cell for cell in cells]
        if line.endswith("_products") and not products:
            cells = [None] * len(cells)
        kind = object if line in _MONEY or None in cells else "int64"
        columns[line] = pd.Series(cells, index=index, dtype=kind)
    return pd.DataFrame(columns, index=index)


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
