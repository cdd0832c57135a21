"""Return on Customer over time and by segment, profit against a year earlier, and the alarm."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from custlib.measure.equity import UNKNOWN, Estimate
from custlib.measure.figures import FEW, small_segments
from custlib.measure.ledger import LINES, NEW
from custlib.measure.ledger_months import Monthly, segment_ledger, total
from custlib.measure.roc import Return, cost_of, quadrant, returns
from custlib.periods import Month, add_months

YEAR = 12
HISTORY = 36
# A segment's rate means nothing on less than this share of the whole's opening, nor beyond so much.
THINNEST, WILDEST = 0.01, 1.0
# What tells of those who moved; of those who were won; and of them too where their cost is known.
OF_MOVED = ["reclassified", "closing"]
OF_NEW = ["closing", "total", "total_low", "total_high", "profit", "acquisition_cost"]
CREATED = ["value_created", "value_low", "value_high"]
HISTORY_COLUMNS = [
    "month", "opening", "closing", "roc_1", "hurdle_1", "roc_12", "low_12", "high_12", "hurdle_12", "value_created_12",
    "profit_12", "profit_12_before", "quadrant",
]  # fmt: skip


@dataclass(frozen=True)
class Profits:
    """What each month's customers brought, and what winning the new ones cost, from the beginning of the data on.

    Attributes
    ----------
    margin : dict
        Month -> margin of its customers.
    won : dict
        Month -> customers won, those whose cost is recorded, and the sum of it.
    """

    margin: Mapping[Month, Decimal]
    won: Mapping[Month, tuple[int, int, Decimal]]

    def years(self, month: Month) -> tuple[Decimal | None, Decimal | None]:
        """Give the profit of the twelve months to a month, and of the twelve before; None where the data do not reach.

        Acquisition cost is taken off where it is known of both, so that the two are of one kind.
        """
        now = [add_months(month, -back) for back in range(YEAR)]
        before = [add_months(each, -YEAR) for each in now]
        sums = [self._margin(each) for each in (now, before)]
        costs = [self._cost(each) for each in (now, before)]
        known = [cost for cost, margin in zip(costs, sums, strict=True) if margin is not None]
        off = all(cost is not None for cost in known)
        one, other = (
            None if margin is None else margin - (cost or 0 if off else 0)
            for margin, cost in zip(sums, costs, strict=True)
        )
        return one, other

    def _margin(self, months: Sequence[Month]) -> Decimal | None:
        if not all(month in self.margin for month in months):
            return None
        return sum((self.margin[month] for month in months), Decimal(0))

    def _cost(self, months: Sequence[Month]) -> Decimal | None:
        found = [self.won.get(month, (0, 0, Decimal(0))) for month in months]
        customers, recorded = sum(each[0] for each in found), sum(each[1] for each in found)
        known = any(each[1] for each in self.won.values())
        return cost_of(recorded, sum((each[2] for each in found), Decimal(0)), customers, recorded=known)


def history(months: Sequence[Monthly], profits: Profits) -> pd.DataFrame:
    """Give each month's return, and that of the twelve months to it where all are known.

    Returns
    -------
    DataFrame
        One row per month, at most `HISTORY`: `HISTORY_COLUMNS`; ``opening`` and ``closing`` of the month; returns are those judged
        (`custlib.measure.roc.Return.judged`); no interval and no quadrant where a basis saw nobody leave; NaN, or None of profits
        and quadrant, where not known.
    """
    rows = []
    for place in range(max(len(months) - HISTORY, 0), len(months)):
        one = returns(months[place : place + 1])
        far = returns(months[place - YEAR + 1 : place + 1]) if place >= YEAR - 1 else None
        now, before = profits.years(months[place].month)
        year = [far.judged.value, far.judged.low, far.judged.high, far.hurdle.value, far.value_created.value] if far else [None] * 5  # fmt: skip
        sure = not any(month.at_limit for month in months[max(place - YEAR + 1, 0) : place + 1])
        rows.append(
            (
                months[place].month, one.opening, one.closing, one.judged.value, one.hurdle.value, *year, now, before,
                quadrant(now, before, year[0], year[3]) if sure else None,
            )
        )  # fmt: skip
    frame = pd.DataFrame(rows, columns=HISTORY_COLUMNS)
    numbers = [
        name for name in HISTORY_COLUMNS if name not in ("month", "profit_12", "profit_12_before", "quadrant")
    ]
    frame["quadrant"] = frame.quadrant.astype(object).where(frame.quadrant.notna(), None)
    return frame.astype(dict.fromkeys(numbers, float))


def alarm(now: Any, before: Any, found: Return | None) -> bool:
    """Say whether profit rose against the year before while value was used up by more than chance."""
    if found is None or found.value_created.high is None or now is None or before is None:
        return False
    return bool(now > before and found.value_created.high < 0)


def by_segment(
    months: Sequence[Monthly], dimension: str, *, min_group: int, sure: bool = True
) -> pd.DataFrame:
    """Give Return on Customer by a segment, over twelve months where so many are known, else over the latest.

    Returns
    -------
    DataFrame
        One row per segment: ``customers`` at the opening, ``customers_new``; ``opening``, ``closing``; ``roc`` of the closed base with
        ``low``, ``high``; ``total`` with ``total_low``, ``total_high``; ``hurdle``; ``value_created`` (of the total) with ``value_low``, ``value_high``;
        ``profit``, ``profit_before`` (in the twelve months before; NaN where not known), ``acquisition_cost`` (NaN: not known);
        ``quadrant``; ``reclassified`` (value of those who came less that of those who went); ``hidden``, and then nothing else
        but the count; ``moves_hidden``: one to four came or went, or hide such a segment: no ``reclassified``, and no ``closing``, which
        would tell of it; ``new_hidden``: so many were won: nothing that holds the new. A rate is NaN (not meaningful) where it is
        beyond `WILDEST`, or on less than `THINNEST` of the whole's opening.
    """
    span = YEAR if len(months) >= YEAR else 1
    late = months[-span:]
    early = months[-2 * YEAR : -YEAR] if len(months) >= 2 * YEAR else []
    table = segment_ledger(late, dimension)
    if not len(table):
        return pd.DataFrame()
    sizes = table.set_index("segment")
    # What the new of a month brought is told of by the difference of two returns only.
    hidden = small_segments(sizes[["customers_opening", "customers_closing"]], min_group=min_group)
    fresh, moved = _few(sizes[["customers_new"]]), _few(sizes[["customers_in", "customers_out"]])
    whole = float(total(table.opening))
    rows = []
    for line in table.to_dict("records"):
        name = str(line["segment"])
        found = returns(late, dimension=dimension, segment=name, sure=sure)
        before = segment_profit(early, dimension, name, cost=found.acquisition_cost is not None)
        closed, made, hurdle = _rates(found, thin=found.opening < THINNEST * whole)
        rows.append(
            {
                "segment": name, "customers": line["customers_opening"], "customers_new": line["customers_new"],
                "opening": float(line["opening"]), "closing": float(line["closing"]),
                "roc": closed.value, "low": closed.low, "high": closed.high,
                "total": made.value, "total_low": made.low, "total_high": made.high,
                "hurdle": hurdle.value, "cost_known": found.cost_known, "value_created": found.value_created.value,
                "value_low": found.value_created.low, "value_high": found.value_created.high,
                "profit": float(found.profit), "profit_before": before,
                "acquisition_cost": None if found.acquisition_cost is None else float(found.acquisition_cost),
                "quadrant": _quadrant(found, before) if sure else None,
                "reclassified": float(line["reclassified_in"] - line["reclassified_out"]), "hidden": name in hidden,
                "moves_hidden": name in moved, "new_hidden": name in fresh,
            }
        )  # fmt: skip
    frame = pd.DataFrame(rows)
    told = (
        "segment",
        "customers",
        "customers_new",
        "hidden",
        "quadrant",
        "cost_known",
        "moves_hidden",
        "new_hidden",
    )
    numbers = [name for name in frame if name not in told]
    frame[numbers] = frame[numbers].astype(float).mask(frame.hidden)
    frame[OF_MOVED] = frame[OF_MOVED].mask(frame.moves_hidden)
    frame[OF_NEW] = frame[OF_NEW].mask(frame.new_hidden)
    # Judged by the closed base nothing of the new is in it.
    frame[CREATED] = frame[CREATED].mask(frame.new_hidden & frame.cost_known)
    shown = ~frame.hidden & ~frame.new_hidden & frame.quadrant.notna()
    frame["quadrant"] = frame.quadrant.astype(object).where(shown, None)
    return frame


def _few(sizes: pd.DataFrame) -> set[str]:
    """Name the segments with fewer than `FEW` of anything, and those that hide them; nobody hides nobody."""
    return small_segments(sizes[(sizes > 0).any(axis=1)], min_group=FEW)


def _rates(found: Return, *, thin: bool) -> tuple[Estimate, Estimate, Estimate]:
    """Give the returns and the hurdle of a segment as far as they mean anything."""
    if thin:
        return UNKNOWN, UNKNOWN, UNKNOWN
    closed, made = (
        UNKNOWN if one.value is not None and abs(one.value) > WILDEST else one
        for one in (found.closed, found.total)
    )
    return closed, made, found.hurdle


def segment_lines(months: Sequence[Monthly], dimension: str, shown: pd.DataFrame) -> pd.DataFrame:
    """Give the ledger of each segment that is shown, over the same months as `by_segment`, whose table is `shown`.

    Returns
    -------
    DataFrame
        ``segment``, ``line`` (opening, restatement, the lines, new, reclassified, closing), ``amount``: opening and all between are the
        closing. NaN where one to four customers moved or were won. Hidden segments have no rows.
    """
    table = segment_ledger(months[-(YEAR if len(months) >= YEAR else 1) :], dimension)
    rows = []
    known = shown[~shown.hidden].set_index("segment") if len(shown) else shown
    for line in table.to_dict("records"):
        name = line["segment"]
        if name not in known.index:
            continue
        amounts = {each: float(line[each]) for each in ("opening", "restatement", *LINES, NEW)}
        amounts |= {
            "reclassified": float(line["reclassified_in"] - line["reclassified_out"]), "closing": float(line["closing"])
        }  # fmt: skip
        if known.moves_hidden[name]:
            amounts |= {"reclassified": np.nan, "closing": np.nan}
        if known.new_hidden[name]:
            amounts |= {NEW: np.nan, "closing": np.nan}
        rows += [(name, each, amount) for each, amount in amounts.items()]
    return pd.DataFrame(rows, columns=["segment", "line", "amount"]).astype({"amount": float})


def _quadrant(found: Return, before: float | None) -> str | None:
    return quadrant(float(found.profit), before, found.judged.value, found.hurdle.value)


def segment_profit(months: Sequence[Monthly], dimension: str, segment: str, *, cost: bool) -> float | None:
    """Give what a segment's customers brought, less what winning them cost where `cost`; None where not known."""
    if not months:
        return None
    every = pd.concat([month.of(dimension) for month in months], ignore_index=True)
    fresh = every.status == NEW
    mine = every[np.where(fresh, every.now == segment, every.then == segment).astype(bool)]
    new = mine[mine.status == NEW]
    recorded = any(month.recorded for month in months)
    spent = cost_of(int(new.costs.sum()), total(new.cost), int(new.customers.sum()), recorded=recorded)
    if cost and spent is None:
        return None
    return float(total(mine.margin) - (spent or 0 if cost else 0))
