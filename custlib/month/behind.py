"""From a figure to the customers behind it: the sums of the pages, split by customer instead of by segment.

No rule is written twice: the same aggregates run as for the figures, with the customer's id in the
place of a segment, so that the rows count up, and their worth adds up, to what was published.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import ibis
import ibis.expr.types as ir
from ibis import _

from custlib.aggregate import flows
from custlib.aggregate.values import YEAR
from custlib.data.collect import collect
from custlib.errors import UsageError
from custlib.measure.figures import NEEDS
from custlib.month.choice import Choice, choose
from custlib.month.tables import VALUE_OF
from custlib.periods import add_months, month_text
from custlib.settings import nearest

if TYPE_CHECKING:
    from custlib.month.figures import CustomerMonth

DATES = ("first_active", "last_active", "acquired_on", "closed_on", "closure_reason")
MADE = ("status", "worth", "value_then", "value_now")


@dataclass(frozen=True)
class Line:
    """A line of a comparison.

    Attributes
    ----------
    who : str
        A status of `flows.compare`, or "opening", "moved_in", "moved_out".
    needs : str
        The line's name in the comparison, which says how much history it needs.
    worth : str
        What a customer adds in money: "v_now", "v_then", "change", "growth", "decline" or "last year".
    only : str
        A count of `flows.flows` that is one for the customers of this line; "" for all with the status.
    """

    who: str
    needs: str
    worth: str = "v_now"
    only: str = ""


@dataclass(frozen=True)
class Stock:
    """A stock of a month end: who is counted in `flows.stock`, what is added up, which windows must be full."""

    who: str
    worth: str
    needs: tuple[str, ...] = ()


_BY_MARGIN = ("growing", "declining", "steady", "unchanged", "not_positive")
_BY_NUMBER = ("more_transactions", "fewer_transactions", "more_products", "fewer_products")
LINES = {
    "opening_active_customers": Line("opening", "opening", "v_then"),
    "opening_active_margin": Line("opening", "opening_value", "v_then"),
    "new_customers": Line(flows.NEW, "new"),
    "new_margin": Line(flows.NEW, "new_value"),
    "won_back_customers": Line(flows.WON_BACK, "won_back"),
    "won_back_margin": Line(flows.WON_BACK, "won_back_value"),
    "lost_customers": Line(flows.LOST, "lost", "last year"),
    "lost_margin": Line(flows.LOST, "lost_value", "v_then"),
    "lost_annual_margin": Line(flows.LOST, "lost", "last year"),
    "retained_customers": Line(flows.RETAINED, "retained"),
    "retained_margin_growth": Line(flows.RETAINED, "growth", "growth"),
    "retained_margin_decline": Line(flows.RETAINED, "decline", "decline"),
    "came_and_went_customers": Line(flows.CAME_AND_WENT, "came_and_went"),
    **{f"moved_{way}_customers": Line(f"moved_{way}", f"moved_{way}") for way in ("in", "out")},
    **{f"moved_{way}_margin": Line(f"moved_{way}", f"moved_{way}_value") for way in ("in", "out")},
    **{f"{name}_customers": Line(flows.RETAINED, name, "change", name) for name in _BY_MARGIN},
    **{f"{name}_customers": Line(flows.RETAINED, name, "v_now", name) for name in _BY_NUMBER},
}
STOCKS = {
    "active_customers": Stock("active", "value", ("active",)),
    "first_seen_customers": Stock("first_seen", "value", ("active",)),
    "active_margin": Stock("active", "value", ("active", "value")),
    "inactive_margin": Stock("inactive", "inactive_value", ("active", "value")),
    "core_customers": Stock("core", "core_value", ("active", "core")),
    "core_margin_share": Stock("core", "core_value", ("active", "core", "value")),
    "transactions": Stock("buyers", "margin"),
    "revenue": Stock("revenue", "revenue"),
    "volume": Stock("amount", "amount"),
    "margin": Stock("known", "margin"),
}
FIRST_YEAR = "new_first_year_margin"
MEASURES = (*STOCKS, *LINES, FIRST_YEAR)
NOBODY = {
    "exchange_rate_first_year": "it is a ratio of two groups; ask for lost_annual_margin or new_first_year_margin",
    "came_back_share": "it counts losses and returns of the past, not customers of the month",
}


def customers_behind(
    view: "CustomerMonth", measure: str, window_months: int | None = None, **segments: Any
) -> ir.Table:
    """List the customers behind a figure, one row each; see `CustomerMonth.customers_behind`."""
    choice = choose(view.known, segments, taken=MADE)
    if measure in STOCKS:
        found = _stock(view, measure, window_months, choice)
    elif measure in LINES:
        found = _line(view, measure, window_months, choice)
    elif measure == FIRST_YEAR:
        found = _joiners(view, window_months, choice)
    else:
        raise UsageError(_no_such(view, measure))
    dates = view.known.select("customer_id", *(name for name in DATES if name not in found.columns))
    return found.left_join(dates, "customer_id").drop("customer_id_right")


def _no_such(view: "CustomerMonth", measure: str) -> str:
    if measure in NOBODY:
        return f"no customers stand behind {measure}: {NOBODY[measure]}"
    if measure in set(collect(view.results.select("measure").distinct()).measure):
        listed = ", ".join(MEASURES)
        return f"no list of customers is made for {measure}\n  lists are made for {listed}"
    return f"no figure is called {measure!r}{nearest(measure, MEASURES)}"


def _shown(view: "CustomerMonth", choice: Choice) -> list[str]:
    """Name the segment columns that are listed: those by which figures are split, and those asked for."""
    return list(dict.fromkeys([*view.dimensions, *choice.columns]))


def _stock(view: "CustomerMonth", measure: str, window: int | None, choice: Choice) -> ir.Table:
    """List who was something at the month's end; status is active or inactive."""
    units, stock = view.units, STOCKS[measure]
    windows = {
        "active": (units.value_window, YEAR) if measure.endswith("_margin") else (units.active_window,),
        "first_seen": (units.active_window,),
        "inactive": (units.value_window, YEAR),
        "core": (units.value_window if measure.endswith("_share") else units.core_window,),
    }.get(stock.who, (1,))
    window = _window(measure, window, windows)
    worth, needs = stock.worth, stock.needs
    if windows == (units.value_window, YEAR) and window != units.value_window:
        worth, needs = worth.replace("value", "margin_12"), ("active", "year")
    known = view.complete(at=view.month) | {"revenue": units.has_revenue, "amount": units.amount_is_volume}
    if not all(known[need] for need in (*needs, *({stock.who} & {"revenue", "amount"}))):
        raise _not_available(view, measure, window)
    values = view.known
    choice.refuse_values_nobody_has(values)
    each = flows.stock(values, by="customer_id").rename(customer_id="segment")
    each = each.mutate(inactive=each.known - each.active)
    # Money may be booked, or taken back, in a month without a purchase.
    counted = each[stock.who] != 0
    counted = counted | (each.buyers > 0) if stock.who in ("revenue", "amount") else counted
    return _about(view, each.filter(counted).select("customer_id", worth=each[worth]), choice)


def _about(view: "CustomerMonth", found: ir.Table, choice: Choice) -> ir.Table:
    """Add status and segments as they stand at the month's end, and keep those chosen."""
    values, shown = view.known, _shown(view, choice)
    about = values.filter(choice.matches(values)).select(
        "customer_id", *shown, status=ibis.ifelse(values.active, "active", "inactive")
    )
    joined = found.inner_join(about, "customer_id")
    return joined.select("customer_id", "status", "worth", *shown)


def _joiners(view: "CustomerMonth", window: int | None, choice: Choice) -> ir.Table:
    """List the latest cohort that has had its first 12 months, with what each brought in them."""
    cohort = view.new_year()[1]
    if cohort is None:
        raise _not_available(view, FIRST_YEAR, _window(FIRST_YEAR, window, (1,)))
    _window(FIRST_YEAR, window, (1,))
    choice.refuse_values_nobody_has(view.known)
    end = add_months(cohort, YEAR - 1)
    bases = view.con.read_parquet(view._parts("base", end, end))
    year = flows.new_first_year_margin(view.base, bases, cohort=cohort, by="customer_id")
    return _about(view, year.select(customer_id=_.segment, worth=_.margin), choice)


def _line(view: "CustomerMonth", measure: str, window: int | None, choice: Choice) -> ir.Table:
    """List who is counted in a line of the comparison with an earlier month end."""
    line = LINES[measure]
    months = _window(measure, window, (YEAR,) if line.who == flows.CAME_AND_WENT else (1, YEAR))
    if line.who.startswith("moved") and not choice.columns:
        example = (view.dimensions or ["region"])[0]
        raise UsageError(
            f"{measure} is counted by segment only\n  name one: customers_behind({measure!r}, {example}=...)"
        )
    opening = add_months(view.month, -months)
    known = view.complete_flow(months, opening)
    if not (known["active"] and known[NEEDS.get(line.needs, "active")]):
        raise _not_available(view, measure, months)
    now, then = view.known, view.known_at(opening)
    if line.only.endswith("_products") and not _any(now.products):
        raise _not_available(view, measure, months)
    choice.refuse_values_nobody_has(now, then)
    shown = _shown(view, choice)
    compared = flows.compare(now, then, month=view.month, months=months, value=VALUE_OF[months])
    compared = compared.mutate(segment_then=_.customer_id, segment_now=_.customer_id)
    each = flows.flows(compared, material_change=view.prepared.rules.material_change)
    each = each.rename(customer_id="segment_now", value_then="v_then", value_now="v_now").drop("segment_then")
    joined = each.inner_join(_both_ends(now, then, shown), "customer_id")
    placed = _placed(joined.filter(_who(joined, line, months, choice)), line, choice, shown)
    if line.worth == "last year":
        placed = _with_last_year(view, placed, compared, months)
    else:
        placed = placed.mutate(worth=_worth(placed)[line.worth])
    return placed.select("customer_id", *MADE, *shown)


def _both_ends(now: ir.Table, then: ir.Table, shown: list[str]) -> ir.Table:
    """Give each customer's segments at both ends, under ``now_<name>`` and ``then_<name>``."""
    after = now.select("customer_id", **{f"now_{name}": now[name] for name in shown})
    before = then.select("customer_id", **{f"then_{name}": then[name] for name in shown})
    return after.left_join(before, "customer_id").drop("customer_id_right")


def _who(joined: ir.Table, line: Line, months: int, choice: Choice) -> ir.BooleanValue:
    """Say who is counted in a line, wherever they are counted."""
    # A contract opened and closed within one month is both new and lost.
    brief = (joined.status == flows.CAME_AND_WENT) & ibis.literal(months == 1)
    stayed = choice.matches(joined, "now_") & choice.matches(joined, "then_") if choice.columns else None
    who = {
        "opening": joined.status.isin([flows.RETAINED, flows.LOST]),
        flows.NEW: (joined.status == flows.NEW) | brief,
        flows.LOST: (joined.status == flows.LOST) | brief,
        "moved_in": (joined.status == flows.RETAINED) & ~stayed if stayed is not None else None,
        "moved_out": (joined.status == flows.RETAINED) & ~stayed if stayed is not None else None,
    }.get(line.who, joined.status == line.who)
    return who & (joined[line.only] > 0) if line.only else who


def _placed(joined: ir.Table, line: Line, choice: Choice, shown: list[str]) -> ir.Table:
    """Put each customer into the segment in which the line counts it, and keep those chosen."""
    closing = line.who in (flows.NEW, flows.WON_BACK, flows.CAME_AND_WENT, "moved_in")
    side = ibis.literal(closing) | (joined.status == flows.CAME_AND_WENT)
    # Why and when somebody left is known at the close only.
    segments = {
        name: joined[f"now_{name}"]
        if name in DATES
        else ibis.ifelse(side, joined[f"now_{name}"], joined[f"then_{name}"])
        for name in shown
    }
    placed = joined.mutate(**segments) if segments else joined
    return placed.filter(choice.matches(placed))


def _worth(placed: ir.Table) -> dict[str, ir.Value]:
    return {
        # What came and went within the month leaves with what it brings at the close.
        "v_then": ibis.ifelse(placed.status == flows.CAME_AND_WENT, placed.value_now, placed.value_then),
        "v_now": placed.value_now,
        "change": placed.value_now - placed.value_then,
        "growth": placed.growth,
        "decline": placed.decline,
    }


def _with_last_year(view: "CustomerMonth", placed: ir.Table, compared: ir.Table, months: int) -> ir.Table:
    """Add what each leaver brought in the 12 months to the last active one; NULL where the data begin later."""
    if not view.knows_leavers(months, at=view.month):
        return placed.mutate(worth=ibis.null(placed.value_now.type()))
    first = view.first_leaving_month(months, at=view.month)
    # Lazy, and read later: not by a view that is to stand for other files by then.
    bases = view.con.read_parquet(view._parts("base", first, view.month))
    year = flows.lost_annual_margin(compared, bases, months=months)
    year = year.select(customer_id=_.segment, worth=_.margin)
    return placed.left_join(year, "customer_id").drop("customer_id_right")


def _any(column: ir.Column) -> bool:
    return bool(collect(column.count().name("known").as_table()).known.iloc[0])


def _window(measure: str, window: int | None, known: tuple[int, ...]) -> int:
    if window is None:
        return known[0]
    if window not in known:
        words = " or ".join(dict.fromkeys(str(months) for months in known))
        raise UsageError(f"{measure} has a window of {words} months, not of {window}")
    return window


def _not_available(view: "CustomerMonth", measure: str, window: int) -> UsageError:
    start = month_text(view.prepared.rules.data_start)
    return UsageError(
        f"{measure} with a window of {window} months is not available in {month_text(view.month)}\n"
        f"  the data, which begin in {start}, do not reach far enough, or lack what it is made of"
    )
