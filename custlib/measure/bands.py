"""Value bands from month to month and from year to year: thresholds, the effect of a new set, and who moved."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import pandas as pd

from custlib.errors import CustlibError
from custlib.measure.few import hidden_cells
from custlib.periods import Month, add_months
from custlib.segmentation import Band, Thresholds

NEW, WON_BACK, LOST = "new", "won back", "lost"


def set_at(month: Month, *, first: Month) -> Month | None:
    """Give the month at whose end the thresholds of `month` were set.

    Parameters
    ----------
    first : date
        The first month whose value window lies within the data.

    Returns
    -------
    date or None
        December of the year before; `first` where the data begin later; None for a month before `first`.
    """
    if month < first:
        return None
    return max(Month(month.year - 1, 12, 1), first)


def set_before(since: Month, *, first: Month) -> Month | None:
    """Give the month whose thresholds held until those of `since` were set; None where these are the first."""
    earlier = set_at(since, first=first)
    return None if earlier == since else earlier


def first_complete(start: Month, window: int) -> Month:
    """Give the first month whose value window is full of months of data.

    A history that is complete has nothing before them; but amounts set by the first customers' first weeks would not last
    a year, so that its first thresholds wait for a full window, too.
    """
    return add_months(start, window - 1)


def thresholds(cuts: pd.DataFrame, bands: Sequence[Band], *, since: Month) -> Thresholds:
    """Read thresholds from the engine's cuts.

    Parameters
    ----------
    cuts : DataFrame
        See `custlib.aggregate.bands.cuts`, one row.
    bands : sequence of Band
        The same, in the same order.
    """
    row, amounts = cuts.iloc[0], list[Decimal | None]()
    for place, band in enumerate(bands[:-1]):
        if band.at_least is not None:
            amounts.append(Decimal(str(band.at_least)))
        else:
            found = row[f"cut_{place}"]
            amounts.append(None if found is None or found != found else Decimal(found))
    return Thresholds(tuple(band.name for band in bands), tuple(amounts), since)


def reset_effect(crossed: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """Count customers by band under the old and the new thresholds.

    Parameters
    ----------
    crossed : DataFrame
        See `custlib.aggregate.bands.reset`.
    names : sequence of str
        All bands in order.

    Returns
    -------
    DataFrame
        One row per band: ``band``, ``customers_before``, ``customers_after``, and ``moved_in`` and ``moved_out``: those whom
        nothing but the new thresholds put into it, and out of it.
    """
    moved = crossed[crossed.band_before != crossed.band_after]
    counts = {
        "customers_before": crossed.groupby("band_before").customers.sum(),
        "customers_after": crossed.groupby("band_after").customers.sum(),
        "moved_in": moved.groupby("band_after").customers.sum(),
        "moved_out": moved.groupby("band_before").customers.sum(),
    }
    columns = {name: [int(found.get(band, 0)) for band in names] for name, found in counts.items()}
    return pd.DataFrame({"band": list(names), **columns})


@dataclass(frozen=True)
class Migration:
    """Customers by band a year ago and now, both by today's thresholds.

    Attributes
    ----------
    names : tuple of str
        The bands in order.
    table : DataFrame
        Row per pair that anybody is in: ``from_band`` (a band, "new" or "won back"), ``to_band`` (a band or
        "lost"), ``customers``, ``value_then`` (of those active then; zero for the new and the won back), ``value_now``
        (of those active now; zero for the lost), ``hidden``: money of so few, or what would tell of it by subtraction,
        that it is not to be shown.
    top : tuple of str
        The bands that make up the top.
    top_customers : int
        Customers in the top a year ago.
    top_kept, top_fell, top_lost : float or None
        Shares of them: still in the top, active in a lower band, no longer active. None without any.
    top_value, top_lost_value : Decimal
        What the top brought in the year to then, and the part of it of those since lost.
    """

    names: tuple[str, ...]
    table: pd.DataFrame
    top: tuple[str, ...]
    top_customers: int
    top_kept: float | None
    top_fell: float | None
    top_lost: float | None
    top_value: Decimal
    top_lost_value: Decimal

    def opening(self) -> pd.DataFrame:
        """Add up by band a year ago: ``customers``, ``value`` (index: the bands)."""
        return self._sums("from_band", "value_then")

    def closing(self) -> pd.DataFrame:
        """Add up by band now: ``customers``, ``value`` (index: the bands)."""
        return self._sums("to_band", "value_now")

    def _sums(self, side: str, money: str) -> pd.DataFrame:
        rows = {}
        for name in self.names:
            part = self.table[self.table[side] == name]
            rows[name] = (int(part.customers.sum()), sum(part[money], Decimal(0)))
        return pd.DataFrame.from_dict(rows, orient="index", columns=["customers", "value"])


def migration(flows: pd.DataFrame, names: Sequence[str], *, top: Sequence[str]) -> Migration:
    """Lay out who moved from which band to which.

    Parameters
    ----------
    flows : DataFrame
        See `custlib.aggregate.flows.flows`, its segments the bands of both ends by the same thresholds.
    names : sequence of str
        All bands in order.
    top : sequence of str
        The bands of the top (see `custlib.segmentation.top_bands`).
    """
    rows = []
    for row in flows.itertuples():
        count, then, now = int(row.customers), Decimal(row.v_then), Decimal(row.v_now)
        if row.status == "retained":
            rows.append((row.segment_then, row.segment_now, count, then, now))
        elif row.status == "lost":
            # What lies in the window of one who is no longer active is in no band.
            rows.append((row.segment_then, LOST, count, then, Decimal(0)))
        elif row.status in ("new", "won_back"):
            rows.append((NEW if row.status == "new" else WON_BACK, row.segment_now, count, Decimal(0), now))
    table = pd.DataFrame(rows, columns=["from_band", "to_band", "customers", "value_then", "value_now"])
    table = table.sort_values(
        ["from_band", "to_band"], key=lambda side: side.map(_place(names)), ignore_index=True
    )
    # The new and the won back brought nothing then, and the lost bring nothing now.
    came, went = table.from_band.isin([NEW, WON_BACK]), table.to_band == LOST
    kinds = table.assign(came=table.from_band.where(came, ""), went=table.to_band.where(went, ""))
    sorts = [(came, ("from_band", "went")), (went, ("to_band", "came"))]
    table["hidden"] = hidden_cells(kinds, (), sorts=sorts)
    was = table[table.from_band.isin(list(top))]
    gone, kept = was[was.to_band == LOST], was[was.to_band.isin(list(top))]
    before, still, left = (int(part.customers.sum()) for part in (was, kept, gone))

    def share(count: int) -> float | None:
        return count / before if before else None

    return Migration(
        tuple(names), table, tuple(top), before,
        top_kept=share(still), top_fell=share(before - still - left), top_lost=share(left),
        top_value=sum(was.value_then, Decimal(0)), top_lost_value=sum(gone.value_then, Decimal(0)),
    )  # fmt: skip


def _place(names: Sequence[str]) -> dict[str, int]:
    return {name: place for place, name in enumerate([*names, NEW, WON_BACK, LOST])}


def check_migration(found: Migration, opening: pd.DataFrame, closing: pd.DataFrame) -> None:
    """Hold a migration against the stocks of both ends, to the customer and to the last digit of money.

    Parameters
    ----------
    opening, closing : DataFrame
        See `custlib.aggregate.bands.totals` (``segment``, ``customers``, ``value``), of each month end on its own, by the
        same thresholds.

    Raises
    ------
    CustlibError
        When a band does not tie; it names the band, the end and both figures.
    """
    for end, sums, stock in (("opening", found.opening(), opening), ("closing", found.closing(), closing)):
        told = stock.set_index("segment")
        stranger = [name for name in told.index if name not in sums.index and int(told.customers[name])]
        if stranger:
            raise CustlibError(f"migration: the {end} base holds the band {stranger[0]!r}, which is no band")
        for name, row in sums.iterrows():
            count = int(told.customers[name]) if name in told.index else 0
            money = Decimal(told.value[name]) if name in told.index else Decimal(0)
            if row.customers != count or row.value != money:
                raise CustlibError(
                    f"migration: the band {name!r} does not tie at the {end}: {row.customers} customers with"
                    f" {row.value} moved, {count} with {money} are in the base"
                )
