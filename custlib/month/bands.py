"""A month's customers in bands, segments and plans; what a year took of them, and what it brought."""

from __future__ import annotations

from typing import Any

import ibis
import pandas as pd
from ibis import _

from custlib.aggregate import held as rows
from custlib.aggregate import losses, managed, potential
from custlib.aggregate.flows import ALL
from custlib.aggregate.values import UNKNOWN, months_on
from custlib.data.collect import collect
from custlib.measure.banded import (
    BAND_COLUMNS,
    COST_COLUMNS,
    SEGMENT_COLUMNS,
    band_table,
    cost_table,
    cross_table,
    segment_table,
)
from custlib.measure.bands import LOST, Migration, check_migration, migration
from custlib.measure.figures import FEW, small_segments
from custlib.measure.generations import sums_of
from custlib.measure.intake import Intake, intake
from custlib.measure.loss import LossTest, loss_test
from custlib.measure.managed import managed as read_managed
from custlib.measure.potential import potential as plan
from custlib.month.held import BAND, SEGMENT, YEAR, Held, segment_names
from custlib.month.tables import VALUE_OF
from custlib.segmentation import top_bands, unreachable

CONTEXT = [
    "lost_customers",
    "lost_value",
    "new_customers",
    "new_value",
    "won_back_customers",
    "won_back_value",
]


def banded(held: Held) -> dict[str, Any]:
    """Work out what bands, segments and plans need: part of `custlib.month.value_segments.ValueSegments`."""
    month, settings = held.month, held.month.company.settings
    moved = _year(held)
    told: dict[str, Any] = {
        "bands_since": held.since, "has_rules": settings.segmentation is not None, "unreached": _unreached(settings),
        "intake": _intake(held), "top": top_bands(settings.value_bands), "thresholds_yearly": held.yearly, **moved,
    }  # fmt: skip
    if held.bands is None or not month.complete(at=month.month)["active"]:
        return told | _NOTHING
    customers = held.customers
    sums = collect(customers.aggregate(customers=_.count(), value=_.value.sum()))
    by_band = collect(rows.serving(customers, customers[BAND].name("segment")))
    definition, long = settings.low_value, settings.thank_after_months
    groups = read_managed(
        collect(
            managed.managed(
                customers, material_change=held.material_change, definition=definition, long_months=long
            )
        ).iloc[0],
        recent=held.recent, definition=definition, long_months=long, few=1 if settings.b2b else FEW,
    )  # fmt: skip
    return told | {
        "active_customers": int(sums.customers.iloc[0]),
        "active_margin": sums["value"].iloc[0],
        "bands": band_table(by_band, held.bands, held.names, knows_costs=month.knows_costs),
        "reset": held.reset(),
        "segments": _segments(held),
        "crossed": _crossed(held),
        "potential": _potential(held),
        "high_value": groups.high,
        "low_value": groups.low,
        "thanks": groups.thanks,
        "costs": _costs(held, by_band),
    }


_NOTHING: dict[str, Any] = {
    "active_customers": 0, "active_margin": None, "bands": pd.DataFrame(columns=BAND_COLUMNS), "reset": None,
    "segments": pd.DataFrame(columns=SEGMENT_COLUMNS), "crossed": {}, "potential": None, "high_value": None, "low_value": None,
    "thanks": None, "costs": pd.DataFrame(columns=COST_COLUMNS),
}  # fmt: skip


def _unreached(settings: Any) -> tuple[str, ...]:
    """Name the segments of rules that nobody can meet."""
    if settings.segmentation is None:
        return ()
    rules = settings.segmentation.rules
    numbers = unreachable(settings.segmentation, settings.value_bands)
    return tuple(dict.fromkeys(rules[number - 1].segment for number in numbers))


def _year(held: Held) -> dict[str, Any]:
    """Compare with a year ago, or with a month ago where the data reach no further."""
    month = held.month
    span = month.span
    bridge = month.bridge(span)
    found: dict[str, Any] = {
        "span": 0,
        "migration": None,
        "loss": None,
        "loss_context": pd.DataFrame(columns=CONTEXT),
    }
    if bridge is None or held.bands is None or bridge.closing_value is None:
        return found
    compared = held.compared(span, VALUE_OF[span])
    top = top_bands(month.company.settings.value_bands)
    moves: Migration = migration(held.moves(compared), held.names, top=top)
    check_migration(moves, *(held.stock(months, VALUE_OF[span]) for months in (span, 0)))
    found |= {"span": span, "migration": moves}
    if span < YEAR:
        return found
    return found | {"loss": _loss(held, compared, moves), "loss_context": _context(bridge)}


def _loss(held: Held, compared: Any, moves: Migration) -> LossTest:
    """Test the claim, on the whole base and by band; money of few is taken away by band."""
    month, firms = held.month, held.month.company.settings.b2b
    # Both ends count the margin of a year, whatever the value window.
    since = months_on(month.month, 1 - 2 * YEAR)
    sums = collect(losses.losses(compared, since=since))
    order = {name: place for place, name in enumerate(held.names)}
    sums = sums.sort_values("segment", key=lambda names: names.map(order), ignore_index=True)
    whole = {name: sums[name].sum() for name in sums.columns if name != "segment"}
    sums = pd.concat([sums, pd.DataFrame([{"segment": ALL, **whole}])], ignore_index=True)
    listed = month.customers
    if listed is None or "closed_on" not in month.con.read_parquet(month.prepared.files.listed).columns:
        sums[["closed", "closed_value", "closed_squares"]] = None
    # What the table of moves hides of the lost, the loss by band does not give away.
    gone = moves.table[(moves.table.to_band == LOST) & moves.table.hidden.astype(bool)]
    return loss_test(
        sums,
        claim=month.company.settings.claimed_loss_rate,
        few=1 if firms else FEW,
        hidden=() if firms else set(gone.from_band),
    )


def _context(bridge: pd.Series) -> pd.DataFrame:
    """Set the year's losses beside what came in."""
    names = [(kind, f"{kind}_value") for kind in ("lost", "new", "won_back")]
    cells = [bridge[name] for pair in names for name in pair]
    return pd.DataFrame([cells], columns=CONTEXT)


def _intake(held: Held) -> Intake | None:
    """Compare the latest intake with the one before, at the age that all of both have reached."""
    cohorts = held.month.cohorts
    found = cohorts.brought
    if cohorts.plan is None or found is None:
        return None
    (now, by_now), (then, by_then) = (
        sums_of(found, each) for each in (cohorts.plan.latest, cohorts.plan.earlier)
    )
    return intake(now, then, months=cohorts.plan.age + 1, months_now=by_now, months_then=by_then)


def _segments(held: Held) -> pd.DataFrame:
    """Add the segments by rule up."""
    names = segment_names(held.month.company.settings)
    if not names:
        return pd.DataFrame(columns=SEGMENT_COLUMNS)
    customers = held.customers
    sums = collect(
        customers.group_by(segment=customers[SEGMENT]).agg(
            customers=_.count(),
            value=_.value.sum().cast("decimal(38, 4)"),
            equity=_.clv.sum().cast("decimal(38, 4)"),
        )
    )
    return segment_table(
        sums, names, min_group=held.month.units.min_group, equity_known=held.month.equity.available
    )


def _crossed(held: Held) -> dict[str, pd.DataFrame]:
    """Cross the company's segments with the value bands."""
    month, customers, found = held.month, held.customers, dict[str, pd.DataFrame]()
    top = top_bands(month.company.settings.value_bands)
    for name in month.dimensions:
        cells = customers.group_by(segment=customers[name].cast("string"), band=customers[BAND])
        sums = collect(cells.agg(customers=_.count()))
        words = name.replace("_", " ")
        found[name] = cross_table(sums, words, held.names, top, month.hidden_segments[name])
    return found


def _potential(held: Held) -> Any:
    """Lay today out against tomorrow; nothing where customers cannot be valued."""
    if not held.month.equity.available:
        return None
    cells = collect(potential.grid(held.customers, material_change=held.material_change))
    return plan(cells, year_known=held.year_known)


def _costs(held: Held, by_band: pd.DataFrame) -> pd.DataFrame:
    """Set cost to serve beside what it is taken from: by band, by year of acquisition, by the company's segments."""
    month, customers = held.month, held.customers
    if not month.knows_costs:
        return pd.DataFrame(columns=COST_COLUMNS)
    order = {name: place for place, name in enumerate(held.names)}
    bands = by_band.sort_values("segment", key=lambda names: names.map(order))
    few = small_segments(bands.set_index("segment").customers, min_group=FEW)
    parts = [cost_table(bands, "value band", few)]
    won = ibis.ifelse(customers.acquired_before, customers.acquired_on, customers.first_active).year()
    year = ibis.ifelse(customers.first_seen, ibis.null("string"), won.cast("string")).fill_null(UNKNOWN)
    by_year = collect(rows.serving(customers, year.name("segment"))).sort_values("segment")
    group = month.units.min_group
    small = small_segments(by_year.set_index("segment").customers, min_group=max(group, FEW))
    parts.append(cost_table(by_year, "won in", small))
    for name in month.dimensions:
        found = collect(rows.serving(customers, customers[name].cast("string").name("segment")))
        hidden = month.hidden_segments[name] | small_segments(
            found.set_index("segment").customers, min_group=max(group, FEW)
        )
        parts.append(cost_table(found.sort_values("segment"), name.replace("_", " "), hidden))
    return pd.concat(parts, ignore_index=True)
