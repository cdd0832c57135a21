"""Two month ends compared: who came, who left, who stayed, and what each of them brought."""

from collections.abc import Sequence
from decimal import Decimal

import ibis
import ibis.expr.types as ir
from ibis import _

from custlib.aggregate.panel import MONEY, zero
from custlib.aggregate.values import YEAR, months_on
from custlib.periods import Month

NEW, WON_BACK, RETAINED, LOST = "new", "won_back", "retained", "lost"
CAME_AND_WENT, INACTIVE = "came_and_went", "inactive"
ALL = "all"
HALF_YEAR = 6


def acquired_since(
    first_active: ir.Value, acquired_before: ir.Value, opening: ir.DateValue
) -> ir.BooleanValue:
    """Say who became a customer after the opening month end: never active before, not older than the data."""
    return (first_active > opening) & ~acquired_before


def compare(
    now: ir.Table,
    then: ir.Table | None,
    *,
    month: Month,
    months: int,
    value: str,
    by: str | None = None,
    dimensions: Sequence[str] = (),
) -> ir.Table:
    """Set each customer's closing beside its opening and name what happened between.

    Parameters
    ----------
    now, then : Table
        Customers at `month` and `months` earlier (see `values`); `then` None when the data begin later.
    value : str
        Which margin counts: "value" (the value window) or "margin_12".
    by : str or None
        A segment column; a customer has one at the opening and one at the close.
    dimensions : sequence of str
        More of them, for `flows_by_dimension`.

    Returns
    -------
    Table
        One row per customer known at `month`: ``status`` (new, won_back, retained, lost, came_and_went,
        inactive), ``v_then``, ``v_now`` (0 where unknown then), ``transactions_then/_now``,
        ``products_then/_now`` (NULL: not recorded), ``segment_then/_now``, and for each of the `dimensions` by its place
        ``segment_0_then/_now``..., ``last_active``, ``closed_on`` as known at the close.
    """
    opening = months_on(month, -months)
    columns = ["customer_id", "active", value, "transactions_12", "products"]
    columns += [*([by] if by else []), *dimensions]
    if then is None:
        then = now.filter(ibis.literal(False))
    before = then.select(*dict.fromkeys(columns))
    before = before.rename({f"{name}_then": name for name in before.columns if name != "customer_id"})
    both = now.left_join(before, "customer_id").drop("customer_id_right")
    was = both.active_then.fill_null(False)
    arrived = acquired_since(both.first_active, both.acquired_before, opening).fill_null(False)
    status = ibis.cases(
        (both.active & was, RETAINED),
        (both.active & ~was & arrived, NEW),
        (both.active & ~was & ~arrived, WON_BACK),
        (~both.active & was, LOST),
        (~both.active & ~was & arrived, CAME_AND_WENT),
        else_=INACTIVE,
    )
    segment = ibis.literal(ALL)
    places: dict[str, ir.Value] = {}
    for place, name in enumerate(dimensions):
        places |= {f"segment_{place}_now": both[name], f"segment_{place}_then": both[f"{name}_then"]}
    return both.select(
        "customer_id", "first_active", "acquired_before", "last_active", "closed_on", "closure_reason",
        status=status,
        v_now=both[value], v_then=both[f"{value}_then"].fill_null(zero()).cast(MONEY),
        transactions_now=both.transactions_12, transactions_then=both.transactions_12_then.fill_null(0),
        products_now=both.products, products_then=both.products_then,
        segment_now=both[by] if by else segment, segment_then=both[f"{by}_then"] if by else segment, **places,
    )  # fmt: skip


def flows(compared: ir.Table, *, material_change: Decimal) -> ir.Table:
    """Add the comparison up by what happened and by segment.

    Returns
    -------
    Table
        One row per status and pair of segments: customers, margin at both ends, the money of growth and
        of decline (never cut), customers beyond the material change (opening margin above zero),
        within it, exactly unchanged, with an opening margin of zero or less; and the same for the
        number of transactions and products.
    """
    return _added_up(compared, ["status", "segment_then", "segment_now"], material_change)


def flows_by_dimension(
    compared: ir.Table, dimensions: Sequence[str], *, material_change: Decimal
) -> ir.Table:
    """Add the comparison up for the whole base and by each dimension, setting customers side by side once.

    Parameters
    ----------
    compared : Table
        See `compare`, with these `dimensions`.

    Returns
    -------
    Table
        The rows of `flows` by every dimension, each with its name in ``dimension`` ("all": the whole base).
    """
    places = {name: f"segment_{place}" for place, name in enumerate(dimensions)}
    keys = [f"{place}_{end}" for place in places.values() for end in ("then", "now")]
    cells = _added_up(compared, ["status", *keys], material_change)
    sums = [name for name in cells.columns if name not in ("status", *keys)]
    parts = []
    for name, place in [(ALL, None), *places.items()]:
        ends = {
            f"segment_{end}": cells[f"{place}_{end}"].cast("string") if place else ibis.literal(ALL)
            for end in ("then", "now")
        }
        by = cells.group_by("status", **ends, dimension=ibis.literal(name))
        parts.append(by.agg(**{each: cells[each].sum().cast(cells[each].type()) for each in sums}))
    return ibis.union(*parts) if dimensions else parts[0]


def _added_up(compared: ir.Table, keys: Sequence[str], material_change: Decimal) -> ir.Table:
    change = compared.v_now - compared.v_then
    # In ten-thousandths and with whole factors, so that no double takes part and nothing overflows.
    basis = int(material_change * 10_000)
    wide = "decimal(38, 4)"
    scaled, limit = change.cast(wide) * 10_000, compared.v_then.cast(wide) * basis
    positive = compared.v_then > 0
    moved = change != 0

    def beyond(now: ir.Value, then: ir.Value, sign: int):
        return (sign * (now - then) * 10_000 > then * basis) & (then > 0)

    t_now, t_then = compared.transactions_now, compared.transactions_then
    p_now, p_then = compared.products_now, compared.products_then
    return compared.group_by(*keys).agg(
        customers=_.count(),
        v_now=_.v_now.sum(),
        v_then=_.v_then.sum(),
        growth=ibis.greatest(change, zero()).sum(),
        decline=ibis.greatest(-change, zero()).sum(),
        growing=(positive & (scaled > limit)).sum(),
        declining=(positive & (-scaled > limit)).sum(),
        steady=(positive & moved & (scaled <= limit) & (-scaled <= limit)).sum(),
        unchanged=(positive & ~moved).sum(),
        not_positive=(compared.v_then <= 0).sum(),
        more_transactions=beyond(t_now, t_then, 1).sum(),
        fewer_transactions=beyond(t_now, t_then, -1).sum(),
        more_products=(p_now > p_then).sum(),
        fewer_products=(p_now < p_then).sum(),
    )


def stock(base: ir.Table, *, by: str | None = None) -> ir.Table:
    """Count and value the customers of one month end, by segment; its own query, not a result of flows."""
    active = base.active
    core = base.core.fill_null(False)
    return base.group_by(segment=base[by] if by else ibis.literal(ALL)).agg(
        known=_.count(),
        active=active.sum(),
        value=_.value.sum(where=active),
        inactive_value=_.value.sum(where=~active),
        margin_12=_.margin_12.sum(where=active),
        inactive_margin_12=_.margin_12.sum(where=~active),
        core=(active & core).sum(),
        core_value=_.value.sum(where=active & core),
        first_seen=(active & base.first_seen).sum(),
        transactions=_.transactions_1.sum(),
        buyers=(base.transactions_1 > 0).sum(),
        revenue=_.revenue_1.sum(),
        amount=_.amount_1.sum(),
        margin=_.margin_1.sum(),
    )


def _year_of(customers: ir.Table, bases: ir.Table, last: ir.Value) -> ir.Table:
    """Sum 12 months of margin per segment of `customers`, up to each one's own last month: what its month end says of it."""
    told = customers.mutate(last=last).select("customer_id", "segment", "last")
    year = bases.select("month", "margin_12", known="customer_id")
    joined = told.left_join(year, [told.customer_id == year.known, told["last"] == year.month])
    return joined.group_by("segment").agg(
        customers=joined.customer_id.count(), margin=joined.margin_12.sum().fill_null(zero())
    )


def gone(compared: ir.Table, *, months: int) -> ir.Table:
    """Keep the leavers, each with the ``segment`` it left from.

    Within a single month a contract opened and closed counts as lost, from the segment it had at the close.
    """
    brief = ibis.literal(months == 1) & (compared.status == CAME_AND_WENT)
    left = compared.filter((compared.status == LOST) | brief)
    return left.mutate(segment=ibis.ifelse(left.status == LOST, left.segment_then, left.segment_now))


def lost_annual_margin(compared: ir.Table, bases: ir.Table, *, months: int) -> ir.Table:
    """Sum what leavers brought in the 12 months to their last active month, by the segment they left.

    `bases` holds the customers of all month ends from that of the earliest possible leaver's last month on.
    """
    lost = gone(compared, months=months)
    return _year_of(lost, bases, lost.last_active)


def joiners(base: ir.Table) -> ir.Table:
    """Keep the customers whose first active month is known to be their acquisition."""
    return base.filter(~_.acquired_before & ~_.first_seen & _.first_active.notnull())


def cohort_sizes(base: ir.Table, *, month: Month) -> ir.Table:
    """Count customers by the month in which they were new, for months that have had their first year."""
    old = joiners(base).filter(_.first_active <= months_on(month, 1 - YEAR))
    return old.group_by("first_active").agg(customers=_.count())


def new_first_year_margin(
    base: ir.Table, bases: ir.Table, *, cohort: Month, by: str | None = None
) -> ir.Table:
    """Sum what the customers new in `cohort` brought in their first 12 months, by the segment of `base`.

    `bases` holds the customers at the end of these months, or of more month ends.
    """
    joined = joiners(base).filter(_.first_active == ibis.date(cohort))
    joined = joined.mutate(segment=joined[by] if by else ibis.literal(ALL))
    return _year_of(joined, bases, months_on(cohort, YEAR - 1))


def gaps(bases: ir.Table, *, month: Month) -> ir.Table:
    """Count the pauses between active months: the raw material for choosing the window.

    Parameters
    ----------
    bases : Table
        Customers of every month end up to `month`, one below the other.

    Returns
    -------
    Table
        One row per (``gap``, ``rest``): months from an active month to the next one (NULL: none came up
        to `month`) and months from it to `month`; ``times`` counts them.
    """
    shown = bases.filter(bases.month <= ibis.date(month))
    again = shown.filter((shown.last_bought == shown.month) & shown.bought_before.notnull())
    ended = again.group_by("month", since="bought_before").agg(times=_.count())
    gap = _number(ended.month) - _number(ended.since)
    ended = ended.select(gap=gap, rest=_ago(ended.since, month), times=ended.times)
    last = shown.filter((shown.month == ibis.date(month)) & shown.last_bought.notnull())
    pending = last.group_by("last_bought").agg(times=_.count())
    rest = _ago(pending.last_bought, month)
    pending = pending.select(gap=ibis.null("int64"), rest=rest, times=pending.times)
    return ended.union(pending)


def _ago(day: ir.DateValue, month: Month) -> ir.IntegerValue:
    return _number(ibis.date(month)) - _number(day)


def _number(day: ir.DateValue) -> ir.IntegerValue:
    """Give calendar months a running number."""
    return day.year().cast("int64") * 12 + day.month().cast("int64")


def leavers(compared: ir.Table, panel: ir.Table, *, months: int) -> ir.Table:
    """Describe leavers by recorded reason, else by their last three active-side months.

    Returns
    -------
    Table
        One row per ``reason`` (NULL: none recorded) and ``trend`` ("falling", "steady", "rising",
        "single": bought in one month only, "recent": a customer for less than half a year, so that there
        is nothing to compare with) with ``customers`` and their annual ``margin``.
    """
    lost = gone(compared, months=months)
    joined = lost.select("customer_id", "closure_reason", "first_active", "last_active").left_join(
        panel.select("customer_id", "month", "transactions", "margin"), "customer_id"
    )
    age = (joined.last_active.year() - joined.month.year()) * 12 + (
        joined.last_active.month() - joined.month.month()
    )
    per = joined.mutate(age=age).group_by("customer_id", "closure_reason", "first_active", "last_active").agg(
        late=_.transactions.sum(where=(_.age >= 0) & (_.age < 3)).fill_null(0),
        early=_.transactions.sum(where=(_.age >= 3) & (_.age < 6)).fill_null(0),
        months=_.month.count(where=(_.transactions > 0) & (_.age >= 0) & (_.age < YEAR)),
        margin=_.margin.sum(where=(_.age >= 0) & (_.age < YEAR)).fill_null(zero()),
    )  # fmt: skip
    stay = (per.last_active.year() - per.first_active.year()) * 12 + (
        per.last_active.month() - per.first_active.month()
    )
    trend = ibis.cases(
        (per.months <= 1, "single"),
        (stay < HALF_YEAR - 1, "recent"),
        (per.late < per.early, "falling"),
        (per.late > per.early, "rising"),
        else_="steady",
    )
    return per.group_by(reason=per.closure_reason, trend=trend).agg(
        customers=_.count(), margin=_.margin.sum()
    )
