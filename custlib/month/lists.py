"""Lists of customers to act upon, each with its reason; they stay in the engine until somebody writes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import ibis
import ibis.expr.types as ir

from custlib.aggregate import managed
from custlib.data.lists import SavedList, save_list
from custlib.measure.potential import DEVELOP, FIRST, LET_GO, PLANS, PROTECT
from custlib.month.voices import TALK_TO, to_talk_to
from custlib.periods import month_text
from custlib.segmentation import DECLINING

if TYPE_CHECKING:
    from custlib.month.figures import CustomerMonth

# No list is longer than the engine can count.
NO_END = 2**62


@dataclass(frozen=True)
class CustomerList:
    """Customers to act upon: ``customer_id``, those who matter most first, and why they are listed."""

    name: str
    reason: str
    table: ir.Table


def customer_lists(month: CustomerMonth) -> Mapping[str, CustomerList]:
    """Give the month's lists by name; those that the data do not allow are left out.

    Returns
    -------
    mapping
        ``shrinking``: of high value and shrinking; ``protect``: of high value, and much is still to come; ``develop``: much more is expected of them than they bring; ``thank``: customers
        for long; ``serve_cheaper``: of low value by the company's written definition; ``let_go``: they cost more than they bring
        and are expected to; ``talk_to``: detractors of the latest three months, drawn by what they are worth, but for those on a list
        of this name in the three months before.
    """
    found = _by_segment(month)
    if month.answers is not None:
        reason = "gave a low score lately: ask what went wrong, and what would have been right"
        found[TALK_TO] = CustomerList(TALK_TO, reason, to_talk_to(month.answers).select("customer_id"))
    return found


def _by_segment(month: CustomerMonth) -> dict[str, CustomerList]:
    """Give the lists that are made of what customers bring."""
    # Not `segmented`: each list would join what nobody asks for here.
    table = month._held.customers if month._held.bands is not None else None
    settings, found = month.company.settings, dict[str, CustomerList]()
    if table is None:
        return found

    def add(name: str, reason: str, wanted: ir.BooleanValue, first: ir.Value) -> None:
        ordered = table.filter(wanted).order_by(first, ibis.asc("customer_id"))
        found[name] = CustomerList(name, reason, ordered.select("customer_id"))

    moved = managed.moving(table, material_change=month.prepared.rules.material_change)
    if month.value_segments.high_value and month.value_segments.high_value.comparable is not None:
        shrinking = managed.high_value(table) & (moved == DECLINING).fill_null(False)
        reason = "of high value, and brought less in the latest three months than in the same a year ago: ask what changed"
        add("shrinking", reason, shrinking, ibis.desc("value"))
    if month.equity.available:
        add(
            "protect",
            f"of high value, and more is to come: {FIRST[PROTECT]}",
            _planned(table, PROTECT),
            ibis.desc("value"),
        )
        add("develop", f"much is to come: {FIRST[DEVELOP]}", _planned(table, DEVELOP), ibis.desc("clv"))
        add(
            "let_go",
            f"costs more than it brings: {FIRST[LET_GO]}",
            _planned(table, LET_GO),
            ibis.asc("value"),
        )
    if settings.low_value is not None:
        low = managed.low_value(table, settings.low_value)
        add("serve_cheaper", f"of low value: {settings.low_value.meaning}", low, ibis.asc("value"))
    if month.value_segments.thanks is not None:
        long = settings.thank_after_months
        months = f"{long} {'month' if long == 1 else 'months'}"
        years = (table.tenure >= settings.thank_after_months).fill_null(False)
        reason = f"a customer for {months} or more: thank them for staying"
        add("thank", reason, years, ibis.desc("tenure"))
    return found


def _planned(table: ir.Table, plan: str) -> ir.BooleanValue:
    """Say for whom a plan is meant."""
    cells = [cell for cell, meant in PLANS.items() if meant == plan]
    return ibis.or_(*((table.now == now) & (table.to_come == to_come) for now, to_come in cells)).fill_null(
        False
    )


def save_lists(month: CustomerMonth) -> list[SavedList]:
    """Write the month's lists to ``lists/``, named by company, month and purpose (see `custlib.save_list`)."""
    stem = f"{month.company.name}-{month_text(month.month)}"
    return [
        save_list(one.table, f"{stem}-{one.name}", reason=one.reason, max_rows=NO_END)
        for one in customer_lists(month).values()
    ]
