"""The one guarded crossing from the engine to pandas."""

import ibis.expr.types as ir
import pandas as pd

from custlib.errors import CustlibError

MAX_ROWS = 100_000


def collect(table: ir.Table, *, max_rows: int = MAX_ROWS) -> pd.DataFrame:
    """Run a query and give its rows as a frame.

    Parameters
    ----------
    table : Table
        A lazy table, meant to be small: rows per segment, month or pattern.
    max_rows : int
        More rows than this are refused, so that no list of customers slips into a notebook.

    Returns
    -------
    DataFrame
        Decimals stay ``Decimal`` and exact.

    Raises
    ------
    CustlibError
        When there are more rows; the message says how to have them all the same.
    """
    frame = table.limit(max_rows + 1).execute()
    if len(frame) > max_rows:
        raise CustlibError(
            f"the query has more than {max_rows:,} rows\n"
            f"  aggregate it first, or call collect(table, max_rows=...) if you mean to hold them all in memory"
        )
    return frame
