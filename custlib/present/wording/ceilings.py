"""What may be spent at most to win, to keep and to win back, as decisions worth taking."""

from typing import Any

import pandas as pd

from custlib.present.numbers import money
from custlib.present.wording.decisions import NOTHING, Candidate
from custlib.present.wording.won_and_lost import ALL, channels, first_month, known, line
from custlib.present.wording.words import people, quoted, sentence


def candidates(equity: Any) -> list[Candidate]:
    """Weigh what the page found, in money; nothing where the model cannot be relied on."""
    if not equity.available or equity.backtest.verdict == "loses":
        return []
    currency = equity.terms.currency
    return [_dear(equity.joiners, currency), *_ceilings(equity, currency)]


def _dear(joiners: pd.DataFrame, currency: str) -> Candidate:
    """Point at the way of winning on which most more was spent than its customers are worth."""
    table = joiners[joiners.value.notna() & joiners.cost.notna()] if len(joiners) else joiners
    table = table[table.segment != ALL] if len(channels(joiners)) else table
    best = NOTHING
    for row in table.itertuples():
        brought = first_month(row)
        short = float(row.cost - row.value - brought) * int(row.customers)
        # Where the interval reaches the cost, the difference may be chance.
        if short <= -float(best[0]) or not known(row.high) or row.high + brought >= row.cost:
            continue
        after = f" after {money(brought, currency)} in the first month" if brought else ""
        won = "" if row.segment == ALL else f" by {quoted(row.segment)}"
        best = (
            -short,
            sentence(
                f"winning a customer{won} cost {money(row.cost, currency)}, and one is worth {money(row.value, currency)}{after}: for the"
                f" {people(row.customers)} won in 12 months {money(short, currency)} more was spent than is expected back; decide what may be"
                " spent there"
            ),
        )
    return best


def _ceilings(equity: Any, currency: str) -> list[Candidate]:
    """Give what keeping and winning back may cost at most, by what is lost and what lies with the inactive."""
    found: list[Candidate] = []
    row, short = line(equity.lost, "months", 12), equity.shortcut
    if row is not None and row.customers and known(row.value) and row.value > 0:
        total = float(row.value) * int(row.customers)
        found.append(
            (
                total,
                sentence(
                    f"the {people(row.customers)} lost over the year were worth {money(total, currency)} when last active,"
                    f" {money(row.value, currency)} each: that is the most that keeping one may cost, where it does keep the customer; set it against"
                    " what is spent on keeping customers today"
                ),
            )
        )
    heads = 0 if short is None else equity.customers - int(short.active)
    if heads > 0 and short.residual_inactive and short.residual_inactive > 0:
        found.append(
            (
                float(short.residual_inactive),
                sentence(
                    f"the {people(heads)} who are inactive by the rule are still worth {money(short.residual_inactive, currency)},"
                    f" {money(short.residual_inactive / heads, currency)} each on average: decide what may be spent on winning them back, and on whom"
                ),
            )
        )
    return found
