"""Whether the data can carry a report, in words."""

from collections.abc import Sequence
from decimal import Decimal

import pandas as pd

from custlib.present.numbers import count, money, share
from custlib.present.wording.words import listed, people, sentence



def fitness(month: str, rows: int, warnings: int) -> str:
    """Say that a month is fit to report (one that is not never gets here), and how many warnings there are."""
    text = f"the data for {month} are fit to report: {people(rows, 'row')} read, none breaks a rule of the contract"
    if warnings:
        text += f"; {people(warnings, 'policy')} applied, listed below".replace("policys", "policies")
    return sentence(text)


def reconciliation_message(source: Decimal, attributed: Decimal, unattributed: Decimal, excluded: Decimal, currency: str) -> str:
    """Say how the source's amount splits into what this report covers and what it does not."""
    parts = [f"{money(attributed, currency)} belongs to known customers"]
    parts += [f"{money(unattributed, currency)} to nobody we can name"] if unattributed else []
    parts += [f"{money(excluded, currency)} is left out by the company file's own rules"] if excluded else []
    return sentence(f"of {money(source, currency)} in the source to the month's end, {listed(parts)}")


def unattributed_message(unattributed: Decimal, source: Decimal) -> str:
    """Say how much of the amount cannot be linked to a customer."""
    if source <= 0:
        return "The source's amount is not above zero, so shares of it mean nothing."
    part = unattributed / source
    if not unattributed:
        return "Every amount in the source belongs to a known customer."
    return sentence(f"{share(part)} of the amount in the source has no customer and is missing from every customer figure")


def window_message(table: pd.DataFrame, window: int) -> str:
    """Say how often the company's own window calls somebody lost who then comes back."""
    row = table[table.window == window]
    if row.empty or not row.lost.iloc[0]:
        return sentence(f"the data are too short to test a window of {people(window, 'month')}")
    text = (
        f"with a window of {people(window, 'month')}, {share(row.share.iloc[0])} of the {count(row.lost.iloc[0])}"
        " times a customer was called lost, the customer came back within the data"
    )
    shortest = table.iloc[0]
    if shortest.window < window and shortest.lost:
        text += f" (with {people(shortest.window, 'month')}: {share(shortest.share)})"
    return sentence(text)


def unknowns(
    *, unattributed: Decimal | None, missing: Sequence[str], reasons_known: float | None, no_cost: bool
) -> str:
    """Say what this report does not know, the largest gaps first.

    Parameters
    ----------
    unattributed : Decimal or None
        Share of the source's amount without a customer.
    missing : sequence of str
        What is not available, in words.
    reasons_known : float or None
        Share of the leavers whose reason is recorded.
    no_cost : bool
        Whether cost to serve is unknown.
    """
    gaps = []
    if unattributed:
        gaps.append(f"who stands behind {share(unattributed)} of the amount")
    if reasons_known is not None and reasons_known < 1:
        gaps.append(
            "why customers leave" if reasons_known == 0 else f"why {share(1 - reasons_known)} of those who left did so"
        )
    gaps += list(missing)
    gaps += ["what customers cost to serve"] if no_cost else []
    gaps.append("what customers feel")
    return sentence(f"what this report does not know: {listed(gaps[:5])}")
