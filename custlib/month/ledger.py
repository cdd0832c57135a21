"""A month's ledgers: patterns of both ends priced on the frozen basis, and joined to the customers in the engine."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from custlib.aggregate.ledger import SURPRISE
from custlib.data.digest import digest
from custlib.measure.equity import monthly_rate
from custlib.measure.ledger_months import Monthly
from custlib.measure.ledger_prices import PriceList, price_list
from custlib.measure.spread import RATE_FACTORS
from custlib.month.ledger_engine import LedgerEngine
from custlib.periods import Month, add_months, month_range
from custlib.prepare import basis as fits
from custlib.prepare.basis import Basis, basis_month, pooled_group
from custlib.prepare.files import made_once, part_path

if TYPE_CHECKING:
    from custlib.month.figures import CustomerMonth


@dataclass(frozen=True)
class Ledgers:
    """The monthly ledgers that an opened month can have, each made once and kept."""

    month: CustomerMonth
    _lists: dict[tuple[Month, str], PriceList] = field(default_factory=dict)
    _bases: dict[Month, Basis] = field(default_factory=dict)
    _cells: dict[Month, pd.DataFrame] = field(default_factory=dict)

    @property
    def start(self) -> Month:
        """The first month of which margin is known."""
        prepared = self.month.prepared
        return max(prepared.rules.data_start, prepared.money_start)

    @property
    def rate(self) -> float:
        """Discount rate of a month."""
        return self.engine.rate

    def basis_month(self, month: Month) -> Month | None:
        """Say on which month's basis a month is valued (see `custlib.prepare.basis.basis_month`)."""
        return basis_month(month, self.start, self.month.company.settings.valuation_basis_months)

    def basis(self, at: Month) -> Basis:
        """Give the basis fitted at a month's end."""
        if at not in self._bases:
            self._bases[at] = fits.basis_of(self.month.prepared, at, self.month.con)
        return self._bases[at]

    def available(self, count: int) -> list[Month]:
        """List the latest `count` months up to this one that have a ledger: after a basis, and on bases that can be trusted."""
        found: list[Month] = []
        for month in reversed(list(month_range(self.start, self.month.month))):
            at = self.basis_month(month)
            if len(found) == count or at is None or not self.basis(at).trusted:
                break
            found.append(month)
        return found[::-1]

    def monthly(self, month: Month) -> Monthly | None:
        """Make a month's ledger, or read it; None where a kind of relationship is newer than the basis."""
        path, cache = self._file(month), self.month.prepared.cache
        return made_once(path, cache, lambda: self._make(month), before=lambda: self._prepare(month))

    def basis_of(self, month: Month) -> Basis:
        """Give the basis that a month is valued on; it must have one."""
        at = self.basis_month(month)
        assert at is not None
        return self.basis(at)

    def _before(self, month: Month) -> Basis:
        """Give the basis of the month before; this month's own where that had none."""
        at = self.basis_month(add_months(month, -1))
        return self.basis(at) if at is not None and self.basis(at).trusted else self.basis_of(month)

    def _file(self, month: Month) -> Path:
        """Name the ledger after the customers of its month end, its bases, and what it is split by."""
        prepared, settings = self.month.prepared, self.month.company.settings
        bands = [band.model_dump(mode="json") for band in settings.value_bands]
        rests_on = digest(
            prepared.files.months["base"][month].name, self.basis_of(month).key, self._before(month).key,
            settings.discount_rate, bands, self.dimensions, SURPRISE, [each.name for each in fields(Monthly)],
        )  # fmt: skip
        return part_path(prepared.cache, "ledger", month, rests_on, "pickle")

    @cached_property
    def engine(self) -> LedgerEngine:
        """Where customers are."""
        return LedgerEngine(self.month)

    @property
    def dimensions(self) -> list[str]:
        """What ledgers are split by."""
        return self.engine.dimensions

    def cells(self, month: Month) -> pd.DataFrame:
        """Count the patterns of a month end; those of the two asked for last are kept."""
        if month not in self._cells:
            while len(self._cells) > 1:
                self._cells.pop(next(iter(self._cells)))
            self._cells[month] = self.engine.cells(month)
        return self._cells[month]

    def priced(self, month: Month, basis: Basis) -> PriceList:
        """Price the patterns of a month end on a basis; the close of a month is the opening of the next."""
        key = (month, basis.key)
        if key not in self._lists:
            while len(self._lists) > 1:
                self._lists.pop(next(iter(self._lists)))
            annual = self.month.company.settings.discount_rate
            self._lists[key] = price_list(
                self.cells(month), basis.groups, basis.drawn, self.fallback(month, basis),
                rate=self.rate, rates=[monthly_rate(factor * annual) for factor in RATE_FACTORS],
            )  # fmt: skip
        return self._lists[key]

    def fallback(self, month: Month, basis: Basis) -> dict:
        """Fit a kind's customers together where a segment has come that the basis does not know."""
        cells = self.cells(month)[["kind", "group"]].drop_duplicates()
        known = {(group.kind, name) for group in basis.groups for name in group.members}
        kinds = {group.kind for group in basis.groups}
        new = {kind for kind, name in zip(cells.kind, cells.group, strict=True) if (kind, name) not in known}
        return {
            kind: pooled_group(self.month.prepared, basis, kind, self.month.con)
            for kind in sorted(new & kinds)
        }

    def _prepare(self, month: Month) -> None:
        """Make what has a lock of its own, before the ledger's is taken."""
        for at, basis in self._ends(month):
            self.fallback(at, basis)

    def _ends(self, month: Month) -> list[tuple[Month, Basis]]:
        before = add_months(month, -1)
        return [(before, self._before(month)), (before, self.basis_of(month)), (month, self.basis_of(month))]

    def _make(self, month: Month) -> Monthly | None:
        earlier, opening, closing = (self.priced(at, basis) for at, basis in self._ends(month))
        if not (earlier.complete and opening.complete and closing.complete):
            return None
        basis = self.basis_of(month)
        return self.engine.ledger(
            month, earlier, opening, closing, basis_month=basis.month, at_limit=bool(basis.at_limit)
        )


def consecutive(ledgers: Ledgers, count: int) -> list[Monthly]:
    """Make the latest monthly ledgers, at most `count`, none missing between."""
    found: list[Monthly] = []
    for month in ledgers.available(count):
        made = ledgers.monthly(month)
        found = [*found, made] if made is not None else []
    return found
