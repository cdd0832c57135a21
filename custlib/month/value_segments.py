"""Where the month's value sits: everything the page of value segments shows, made once and kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pandas as pd

from custlib.measure.bands import Migration
from custlib.measure.concentration import BENCHMARKS, Concentration
from custlib.measure.intake import Intake
from custlib.measure.loss import LossTest
from custlib.measure.managed import HighValue, LowValued, Thanks
from custlib.measure.potential import Potential
from custlib.measure.rates import Rates
from custlib.measure.value_checks import check
from custlib.measure.value_figures import value_figures
from custlib.month.bands import banded
from custlib.month.held import holding
from custlib.month.shares import shares
from custlib.periods import Month
from custlib.prepare.files import made_once
from custlib.results import Figure

if TYPE_CHECKING:
    from custlib.month.figures import CustomerMonth

# Settings on which the page rests, beside those of the models.
RESTS_ON = (
    "value_bands", "segmentation", "low_value", "claimed_loss_rate", "claimed_top_fifth", "thank_after_months", "b2b",
)  # fmt: skip


@dataclass(frozen=True)
class ValueSegments:
    """Where the value of a month's customers sits.

    Attributes
    ----------
    currency, word : str
        The money, and what it is ("margin", "revenue", ...).
    window : int
        Months over which a customer's value is counted.
    span : int
        Length of the comparison that the data allow: 12, 1, or 0 for none.
    knows_costs, b2b : bool
        Whether cost to serve is part of the margin; whether customers are firms.
    min_group : int
    windows : dict of int to Concentration
        Of each window that the data reach, in order.
    claimed_top_fifth : float
        What received wisdom says the top fifth hold.
    rates : Rates
        Window-free concentration of activity, by the fitted models.
    counts : DataFrame
        Row per window: ``months``; ``buyers_top_fifth``, the share of purchases by the top fifth of its buyers;
        ``rates_top_fifth`` and ``rates_gini`` of the rates that its counts tell of. Empty where the data are too short.
    equal_customers, equal_profit : DataFrame
        Deciles (see `custlib.measure.deciles`).
    layers : DataFrame
        Averages peeled (see `custlib.measure.peeling`).
    bands, segments : DataFrame
        Customers by value band and by rule (see `custlib.measure.banded`).
    bands_since : date or None
        The month at whose end the bands' amounts were set.
    top : tuple of str
        The bands that make up the top fifth.
    reset : DataFrame or None
        Whom that moved (see `custlib.measure.bands.reset_effect`); None where they were set for the first time.
    crossed : dict of str to DataFrame
        By segment column: how its groups are spread over the bands (see `custlib.measure.banded.cross_table`).
    has_rules : bool
    unreached : tuple of str
        Segments of rules that nobody can meet, because rules above take everybody.
    migration, loss, intake, potential : Migration, LossTest, Intake, Potential or None
        None where the data do not reach, or customers cannot be valued.
    loss_context : DataFrame
        One row: customers and value lost, new and won back in the same year. Empty without a year.
    high_value : HighValue or None
    low_value : LowValued or None
        None where no definition is agreed.
    thanks : Thanks or None
    top_firms : DataFrame
        ``rank_to``, ``share`` of the margin of the window's buyers; empty unless customers are firms.
    costs : DataFrame
        Cost to serve by group; empty where it is not known.
    active_customers, active_margin : int, Decimal or None
        The active customers and what they brought in the value window, which bands and segments are parts of.
    exact_total : bool
        Whether the margin of the window's buyers may be told to the cent: not where they are a few more or fewer than the active, or
        than all customers, so that subtraction would tell of these; nor where they are few.
    thresholds_yearly : bool
        Whether the bands' amounts are set once a year; False where the company file fixes them all, and where each month sets
        its own.
    """

    currency: str
    word: str
    window: int
    span: int
    knows_costs: bool
    b2b: bool
    min_group: int
    claimed_top_fifth: float
    windows: dict[int, Concentration]
    rates: Rates
    counts: pd.DataFrame
    equal_customers: pd.DataFrame
    equal_profit: pd.DataFrame
    layers: pd.DataFrame
    top_firms: pd.DataFrame
    bands: pd.DataFrame
    bands_since: Month | None
    top: tuple[str, ...]
    reset: pd.DataFrame | None
    segments: pd.DataFrame
    crossed: dict[str, pd.DataFrame]
    has_rules: bool
    unreached: tuple[str, ...]
    migration: Migration | None
    loss: LossTest | None
    loss_context: pd.DataFrame
    intake: Intake | None
    potential: Potential | None
    high_value: HighValue | None
    low_value: LowValued | None
    thanks: Thanks | None
    costs: pd.DataFrame
    active_customers: int
    active_margin: Decimal | None
    exact_total: bool = True
    thresholds_yearly: bool = True

    @property
    def benchmarks(self) -> tuple[tuple[str, float, str], ...]:
        """What others have published of the top fifth's share: of whom, the share, the source."""
        return BENCHMARKS

    @property
    def main(self) -> Concentration:
        """Concentration over the value window."""
        return self.windows.get(self.window, Concentration(self.window))

    def check(self) -> int:
        """Compare sums that are made in two ways, and count them (see `custlib.measure.value_checks.check`)."""
        return check(self)

    def figures(self) -> Iterator[Figure]:
        """Name every figure of the page."""
        yield from value_figures(self)


def value_segments_of(month: CustomerMonth) -> ValueSegments:
    """Work out where a month's value sits, or read what was worked out before."""
    path = month.prepared.kept("value_segments", "pickle", *RESTS_ON)
    return made_once(path, month.prepared.cache, lambda: _make(month), before=lambda: month.equity)


def _make(month: CustomerMonth) -> ValueSegments:
    settings, units = month.company.settings, month.units
    told: dict[str, Any] = {
        "currency": units.currency,
        "word": month.prepared.money,
        "window": units.value_window,
        "knows_costs": month.knows_costs,
        "b2b": settings.b2b,
        "min_group": units.min_group,
        "claimed_top_fifth": settings.claimed_top_fifth,
    }
    with holding(month) as held:
        groups = banded(held)
        spread = shares(held, bands=groups["bands"].customers.tolist())
        return ValueSegments(**told, **spread, **groups)
