"""From fitted groups to customer equity: what patterns are worth, and how sure that is."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from custlib.measure.clv.choice import Choice
from custlib.measure.clv.fit import REACH, Floats
from custlib.measure.clv.groups import Group, group_of, pooled
from custlib.measure.clv.resample import DRAWS, draws, prepared
from custlib.measure.clv.spend import Spend, spend_draws

LEVEL = (2.5, 97.5)
# The share of equity beyond this many months is printed: nobody has seen that far.
FAR = 60
# Cells whose draws are held in memory together.
_AT_ONCE = 20_000


def monthly_rate(annual: float) -> float:
    """Give the rate of a month, twelve of which make a year's."""
    return float((1 + annual) ** (1 / 12) - 1)


@dataclass(frozen=True)
class Terms:
    """In what unit customer value is given.

    Attributes
    ----------
    currency, word : str
        The currency, and what the money is: "margin", "revenue", ...
    annual_rate : float
        Discount rate of a year.
    horizon : int
        Months that count; 0 for all to come.
    month : date
        The month at whose end customers are valued.
    months_of_data : int
        From the first month of the data to it.
    segment : str
        Column by which customers are fitted, "" for none.
    minimum : int
        Customers from which a segment has a fit of its own.
    choice : Choice or None
        How the model was chosen; None where the company file names it.
    """

    currency: str
    word: str
    annual_rate: float
    horizon: int
    month: date
    months_of_data: int
    segment: str
    minimum: int
    choice: Choice | None = None

    @property
    def monthly_rate(self) -> float:
        """Discount rate of a month: twelve of them make a year's."""
        return monthly_rate(self.annual_rate)


@dataclass(frozen=True)
class Estimate:
    """A model's figure with its 95% interval; None where it is not available."""

    value: float | None
    low: float | None = None
    high: float | None = None

    def times(self, factor: float) -> "Estimate":
        """Multiply all three by a factor above zero."""
        parts = (self.value, self.low, self.high)
        return Estimate(*(None if part is None else part * factor for part in parts))

    def widened(self, error: float) -> "Estimate":
        """Add a sampling error that is independent of the parameters' (a standard error, in the same unit)."""
        if self.value is None or self.low is None or self.high is None:
            return self
        down, up = (np.hypot(abs(end - self.value), REACH * error) for end in (self.low, self.high))
        return Estimate(self.value, float(self.value - down), float(self.value + up))


UNKNOWN = Estimate(None)


@dataclass(frozen=True)
class Drawn:
    """The draws of one group: (draw, parameter) of its model, and of its spend."""

    model: Floats
    spend: Floats


def draw_groups(
    groups: Sequence[Group], cells: Mapping[str, pd.DataFrame], spending: pd.DataFrame, *, count: int = DRAWS
) -> list[Drawn | None]:
    """Draw the parameters of every group that can be valued; None for the others."""
    found: list[Drawn | None] = []
    for group in groups:
        if not group.trusted or group.fit is None or group.spend is None:
            found.append(None)
            continue
        frame = cells[group.kind]
        usable = pooled(frame[frame.fitted & frame.segment.isin(group.members)], group.model)
        spent = spending[(spending.kind == group.kind) & spending.segment.isin(group.members)]
        name = f"{group.kind} {group.name}"
        found.append(
            Drawn(
                draws(group.module, group.fit, usable, count=count, name=name),
                spend_draws(group.spend, spent, count=count, name=name),
            )
        )
    return found


@dataclass(frozen=True)
class Book:
    """What each pattern of a group is good for, at the estimates (first column) and at every draw.

    Attributes
    ----------
    keys : DataFrame
        The distinct patterns.
    months : ndarray
        (pattern, 1 + draws): discounted expected active months (contracts: open months; models of days: purchase days).
    alive : ndarray
        The same for P(alive).
    spend : list of Spend
        1 + draws.
    """

    keys: pd.DataFrame
    months: Floats
    alive: Floats
    spend: list[Spend]

    def place(self, patterns: pd.DataFrame) -> NDArray[np.int64]:
        """Give the row of each pattern; -1 for one that is not in the book."""
        names = list(self.keys.columns)
        return pd.MultiIndex.from_frame(self.keys).get_indexer(pd.MultiIndex.from_frame(patterns[names]))


def write_book(group: Group, drawn: Drawn, patterns: pd.DataFrame, terms: Terms) -> Book | None:
    """Work out what every pattern of a group is good for; None where the group cannot be valued."""
    if not group.trusted or group.fit is None or group.spend is None:
        return None
    keys = patterns[group.module.KEYS].drop_duplicates(ignore_index=True)
    fits = [group.fit, *(group.fit.at(values) for values in drawn.model)]
    known = prepared(group.module, keys)
    months = [
        group.module.discounted(fit, known, terms.monthly_rate, terms.horizon, **group.ahead) for fit in fits
    ]
    alive = [group.module.p_alive(fit, known) for fit in fits]
    spend = [group.spend, *(group.spend.at(*values) for values in drawn.spend)]
    return Book(keys, np.array(months).T, np.array(alive).T, spend)


@dataclass(frozen=True)
class Valuer:
    """Values patterns at the estimates and at every draw.

    Attributes
    ----------
    groups : tuple of Group
    books : tuple of Book
        One per group; None for a group that cannot be valued.
    terms : Terms
    """

    groups: tuple[Group, ...]
    books: tuple[Book | None, ...]
    terms: Terms

    @property
    def available(self) -> bool:
        """Whether every group can be valued."""
        return bool(self.groups) and all(book is not None for book in self.books)

    def worth(
        self, kind: str, frame: pd.DataFrame, *, rate: float | None = None, horizon: int | None = None
    ) -> Floats:
        """Give the value of each row at the estimates, under other terms where they are given.

        Parameters
        ----------
        frame : DataFrame
            Cells as in `sums`.
        rate, horizon : optional
            A yearly discount rate, and months that count.

        Returns
        -------
        ndarray
            Value of all customers of the row together; NaN where the group cannot be valued.
        """
        monthly = self.terms.monthly_rate if rate is None else monthly_rate(rate)
        months = self.terms.horizon if horizon is None else horizon
        found = np.full(len(frame), np.nan)
        for i, rows in _rows(group_of(self.groups, kind, frame.segment)):
            group = self.groups[i]
            if group.trusted and group.fit is not None and group.spend is not None:
                part = frame[rows]
                ahead = group.module.discounted(group.fit, part, monthly, months, **group.ahead)
                found[rows] = ahead * _margin(group.spend, part) * part.customers.to_numpy(float)
        return found

    def sums(
        self, cells: Mapping[str, pd.DataFrame], *, by: str | None = None
    ) -> tuple[list[str], Floats, Floats]:
        """Add the value of cells up, at the estimates and at every draw.

        Parameters
        ----------
        cells : mapping of str to DataFrame
            By kind: ``segment``, keys, ``events`` (of one customer), ``customers``, ``total`` (margin of all
            customers of the cell), and `by`.

        Returns
        -------
        segments : list of str
            Values of `by` in order; ["all"] where it is None.
        equity : ndarray
            (segment, 1 + draws), the first column at the estimates; NaN where a group cannot be valued.
        alive : ndarray
            The same for the sum of P(alive).
        """
        labels = [
            frame[by].astype(str) if by else pd.Series("all", index=frame.index) for frame in cells.values()
        ]
        codes, names = pd.factorize(pd.concat(labels, ignore_index=True), sort=True)
        width = max((book.months.shape[1] for book in self.books if book is not None), default=1)
        equity, alive = np.zeros((len(names), width)), np.zeros((len(names), width))
        begin = 0
        for kind, frame in cells.items():
            code = codes[begin : begin + len(frame)]
            begin += len(frame)
            for i, rows in _rows(group_of(self.groups, kind, frame.segment)):
                value, lives = _add_up(self.books[i], frame[rows], code[rows], len(names))
                equity += value
                alive += lives
        return [str(name) for name in names], equity, alive


def _add_up(
    book: Book | None, part: pd.DataFrame, code: NDArray[np.int64], size: int
) -> tuple[Floats, Floats]:
    """Add up one group's cells by segment, once for the estimates and once for each draw."""
    if book is None:
        missing = np.where(np.isin(np.arange(size), code), np.nan, 0.0)[:, None]
        return missing, missing
    place = book.place(part)
    customers, events, total = (part[name].to_numpy(float) for name in ("customers", "events", "total"))
    mean = total / customers
    value, lives = np.zeros((size, len(book.spend))), np.zeros((size, len(book.spend)))
    for rows in np.array_split(np.arange(len(part)), len(part) // _AT_ONCE + 1):
        margin = np.stack([spend.margin(events[rows], mean[rows]) for spend in book.spend], axis=1)
        heads, which = customers[rows, None], code[rows]
        np.add.at(value, which, heads * book.months[place[rows]] * margin)
        np.add.at(lives, which, heads * book.alive[place[rows]])
    return value, lives


def _margin(spend: Spend, cells: pd.DataFrame) -> Floats:
    """Give the expected margin per active month of a cell's mean customer: it is linear in the margin so far."""
    customers = cells.customers.to_numpy(float)
    return spend.margin(cells.events.to_numpy(float), cells.total.to_numpy(float) / customers)


def _rows(which: NDArray[np.int64]) -> Iterator[tuple[int, NDArray[np.bool_]]]:
    for i in np.unique(which):
        yield int(i), which == i


def estimate(row: Floats) -> Estimate:
    """Give the figure at the estimates, and between which values 95% of the draws lie.

    The estimate lies within by construction: where the draws are lopsided, the interval reaches it.
    """
    if not np.isfinite(row).all():
        return UNKNOWN
    if len(row) < 2:
        return Estimate(float(row[0]))
    low, high = np.percentile(row[1:], LEVEL)
    return Estimate(float(row[0]), float(min(low, row[0])), float(max(high, row[0])))


def mean_error(customers: int, total: float, squares: float) -> float:
    """Give the standard error of a mean per customer, from the sum and the sum of squares over customers."""
    if customers < 2:
        return float("nan")
    mean = total / customers
    return float(np.sqrt(max(squares - customers * mean**2, 0.0) / (customers - 1) / customers))
