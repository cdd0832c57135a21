"""Whether the data can carry a report, in words."""

from typing import Any

import pandas as pd

from custlib.measure.reconcile import Reconciliation
from custlib.present.numbers import count, money, money_exact, share
from custlib.present.wording.words import listed, people, sentence


def fitness(month: str, rows: int, report: Any) -> str:
    """Say that a month is fit to report (one that is not never gets here), and how much was noticed."""
    text = f"the data for {month} are fit to report: {people(rows, 'row')} to the month's end, none breaks a rule that would stop a report"
    warnings = len(report.violations)
    if warnings:
        text += f", {people(warnings, 'warning')} to read below"
    return sentence(text)


def reconciliation_message(log: Reconciliation, currency: str) -> str:
    """Say how the source's amount splits into what this report covers and what it does not."""
    parts = [f"{money(log.attributed.amount, currency)} belongs to known customers"]
    if log.unattributed.rows:
        part = f" ({share(log.unattributed.amount / log.source.amount)})" if log.source.amount > 0 else ""
        parts.append(f"{money(log.unattributed.amount, currency)}{part} to nobody we can name")
    if log.excluded_total.rows:
        parts.append(
            f"{money(log.excluded_total.amount, currency)} is left out by the company file's own rules"
        )
    return sentence(
        f"of {money(log.source.amount, currency)} in the source to the month's end, {listed(parts)}"
    )


def reconciliation_arithmetic(log: Reconciliation, currency: str) -> str:
    """Write the reconciliation out, to the hundredth."""
    parts = [log.attributed, log.unattributed, log.excluded_total]
    return (
        " + ".join(money_exact(part.amount, currency) for part in parts)
        + f" = {money_exact(log.source.amount, currency)} (known + unnamed + left out; "
        + " + ".join(count(part.rows) for part in parts)
        + f" = {count(log.source.rows)} rows)"
    )


def later_note(log: Reconciliation, month: str) -> str:
    """Say what is dated after the month and therefore left out."""
    if not log.later.rows:
        return f"Nothing in the source is dated after {month}."
    rows = people(log.later.rows, "row")
    return sentence(
        f"{rows} dated after {month} {'is' if log.later.rows == 1 else 'are'} left out of this month's figures"
    )


def window_message(table: pd.DataFrame, window: int) -> str:
    """Say how often the company's own window calls somebody lost who then comes back."""
    row = table[table.window == window]
    if table.empty:
        return "A contract ends when it ends: no window decides who is lost here."
    if row.empty or not row.lost.iloc[0]:
        return sentence(f"the data are too short to test a window of {people(window, 'month')}")
    if row.share.isna().iloc[0]:
        return sentence(
            f"by a window of {people(window, 'month')} all {count(row.lost.iloc[0])} losses fell in the last three months:"
            " too early to say who will come back"
        )
    text = (
        f"judged by purchases alone and a window of {people(window, 'month')}, a customer was called lost"
        f" {count(row.lost.iloc[0])} times, and {share(row.share.iloc[0])} of them came back within the data"
    )
    shortest = table.iloc[0]
    if shortest.window < window and shortest.lost:
        text += f" (with {people(shortest.window, 'month')}: {share(shortest.share)})"
    return sentence(text)


def window_recent(table: pd.DataFrame, window: int) -> str:
    """Say how many of the losses are too recent to tell."""
    row = table[table.window == window]
    if row.empty or not row.lost.iloc[0]:
        return "There are no losses to judge by this window yet."
    recent, lost = int(row.recent.iloc[0]), int(row.lost.iloc[0])
    if not recent:
        return "None of these losses is too recent to tell."
    return sentence(
        f"{count(recent)} of these {count(lost)} losses fell in the last three months: too recent to tell who was only"
        " pausing, so the share may still change"
    )


def unknowns(log: Reconciliation, reasons: pd.DataFrame, *, missing: bool, costs: bool, asked: bool) -> str:
    """Say what this report does not know, the largest gaps first.

    Parameters
    ----------
    missing : bool
        Whether the annual comparison lacks history.
    costs : bool
        Whether cost to serve is known.
    asked : bool
        Whether anybody asks customers what they think.
    """
    gaps = []
    if log.unattributed.rows and 0 < log.unattributed.amount <= log.source.amount:
        gaps.append(
            f"who stands behind {share(log.unattributed.amount / log.source.amount)} of the amount in the source"
        )
    if missing:
        gaps.append("how this year compares with the one before, for want of older data")
    if len(reasons):
        unknown = reasons.customers[~reasons.recorded.astype(bool)].sum() / reasons.customers.sum()
        which = "those who left" if unknown == 1 else f"{share(unknown)} of those who left"
        gaps += [f"why {which} did so"] if unknown else []
    gaps += [] if costs else ["what customers cost to serve"]
    gaps.append("what those feel who were not asked or did not answer" if asked else "what customers feel")
    return sentence(f"we do not know {listed(gaps)}")
