"""What became of the figures that an earlier page printed, in words."""

from typing import Any

import pandas as pd

from custlib.measure import restate
from custlib.periods import month_name, parse_month
from custlib.present.numbers import (
    NOT_AVAILABLE,
    count,
    decimal,
    number,
    percent,
    share_change,
    signed,
    writer,
)
from custlib.present.wording.words import listed, people, sentence

# Which figures a page leads with, by measure and length of the comparison (None: the stock's own window).
HEADLINES: dict[str, dict[tuple[str, int | None], str]] = {
    "00_data_quality": {
        ("source_rows", 0): "Rows of the source, to the month's end",
        ("source_amount", 0): "Amount of the source",
        ("unattributed_rows", 0): "Rows without a customer",
        ("unattributed_amount", 0): "Amount without a customer",
        ("excluded_rows", 0): "Rows left out by the company file's rules",
    },
    "01_customer_base": {
        ("active_customers", None): "Active customers",
        ("active_margin", None): "What they brought in the value window",
        ("new_customers", 1): "New customers",
        ("won_back_customers", 1): "Won back",
        ("lost_customers", 1): "Lost",
        ("core_customers", None): "Core customers",
        ("core_margin_share", None): "Core customers' share of the value",
        ("lost_annual_margin", 1): "What the lost brought in their last active year",
        ("new_first_year_margin", 1): "What joiners bring in their first year",
        ("exchange_rate_first_year", 1): "New customers to replace one lost",
    },
    "02_customer_equity": {
        ("customer_equity", None): "Customer equity",
        ("clv_mean", None): "Value of a customer, mean",
        ("clv_median", None): "Value of a customer, median",
        ("expected_active_customers", None): "Still customers by the model",
        ("clv_new_customer_mean", 1): "Value of a new customer",
        ("clv_lost_customer_mean", 1): "Value of a lost customer when last active",
        ("exchange_rate_clv", 1): "New customers to replace one lost, by value",
    },
    "03_value_segments": {
        ("top_20_share", 12): "Share of the top fifth, in 12 months",
        ("customers_holding_80_share", 12): "Customers who hold four fifths",
        ("gini", 12): "Gini coefficient",
        ("loss_maker_share", 12): "Customers below zero",
        ("annual_customer_loss_rate", 12): "Customers lost in a year",
        ("annual_value_loss_rate", 12): "Value lost in a year",
        ("silent_loss_share", 12): "Stayed and halved",
    },
    "04_nps_middle_ground": {
        ("nps", None): "Net promoter score, in points",
        ("nps_weighted", None): "Net promoter score as of the whole base, in points",
        ("mean_score", None): "Mean score",
        ("middle_share", None): "Those who are just OK",
        ("responses", None): "Customers who answered",
        ("response_rate", 12): "Of those invited, answered",
        ("hidden_movement_share", 12): "Of those whose score moved, stayed in their class",
    },
    "05_return_on_customer": {
        ("return_on_customer", 12): "Return on Customer, 12 months",
        ("return_on_customer_closed", 12): "Of the opening base alone",
        ("hurdle_rate", 12): "What had to be earned",
        ("value_created", 12): "Value created",
        ("profit", 12): "Profit, after winning customers",
        ("customer_equity_opening", 12): "Customer equity at the opening",
        ("customer_equity_closing", 12): "Customer equity at the closing",
    },
}

# Ratios that are read as rates: by a hundredth of a point.
_RATES = ("return_on_customer", "return_on_customer_closed", "hurdle_rate")
# Scores kept as fractions and read in points.
_SCORES = ("nps", "nps_weighted")
# Means of scores, by whatever name an earlier version called their unit.
_MEANS = ("mean_score",)

_REASONS = {
    restate.LATE: "rows that came late",
    restate.DEFINITIONS: "another version of the definitions",
    restate.SETTINGS: "other settings",
    restate.FILE: "a changed company file",
    restate.METHODS: "another version of the methods",
    restate.MODEL: "another model",
    restate.UNKNOWN: "a cause that was not recorded",
}


def message(since: Any) -> str:
    """Say whether the figures of the earlier page still stand, and why not where they do not."""
    if since is None:
        return "There is no earlier page to compare with."
    month, moved = month_name(since.month), headline_changes(since)
    if not len(moved) and not _known(since):
        text = f"nothing can be compared with the page for {month}: none of its headline figures is available, then or now"
    elif not len(moved):
        text = f"what the page for {month} printed still stands: {people(len(headline_rows(since)), 'headline figure')}, none has moved"
    else:
        figures = people(len(moved), "headline figure")
        text = f"{figures} of {month} {'is' if len(moved) == 1 else 'are'} no longer what the page printed, because of {_why(since)}"
    return sentence(text)


def _known(since: Any) -> bool:
    """Say whether any figure that the page leads with was known then, or is now."""
    measures = [measure for measure, _ in HEADLINES[_notebook(since)]]
    rows = since.figures[since.figures.measure.isin(measures)]
    return bool(((rows.status_a == "ok") | (rows.status_b == "ok")).any())


def _why(since: Any) -> str:
    reasons = dict.fromkeys(part for text in since.restated.reason for part in text.split("; "))
    return listed([_REASONS[reason] for reason in reasons])


def notes(since: Any) -> list[str]:
    """Give what there is to say below the table: late rows, customers who returned, further figures."""
    return [text for text in (late(since), returned(since), rest(since)) if text]


def title(since: Any) -> str:
    """Title the table of headline figures then and now."""
    printed = f" on {since.finished}" if since.finished else ""
    return f"Headline figures of {month_name(since.month)}: as printed{printed}, and as they are today"


COLUMNS = {
    "figure": ("Figure", str),
    "then": ("Printed", str),
    "now": ("Today", str),
    "change": ("Change", str),
    "reason": ("Because of", str),
}


def late(since: Any) -> str:
    """Say which months of the source have changed since the earlier page, and by how many rows."""
    if since is None or not since.late_months:
        return ""
    months = [month_name(parse_month(month)) for month in since.late_months]
    shown = listed(months if len(months) <= 4 else [*months[:3], f"{count(len(months) - 3)} further months"])
    rows = since.late_rows
    moved = f" The months to {month_name(since.month)} hold {signed(rows, count)} rows." if rows else ""
    return f"Since that page the source has changed in {shown}.{moved}"


def returned(since: Any) -> str:
    """Say how many of those the earlier page called lost are active again: the rule, not a mistake."""
    if since is None or since.lost is None or since.returned is None or not since.lost:
        return ""
    month = month_name(since.month)
    if not since.returned:
        return sentence(f"of the {people(since.lost)} lost in {month}, none has come back so far")
    verb = "has" if since.returned == 1 else "have"
    # `lost` is today's count: where it is no longer the printed one, nothing stays as it was.
    stays = (
        "" if "lost_customers" in set(since.restated.measure) else f"; the figure for {month} stays as it was"
    )
    return sentence(
        f"of the {people(since.lost)} lost in {month}, {count(since.returned)} {verb} come back since and "
        f"{'counts' if since.returned == 1 else 'count'} as won back{stays}"
    )


def rest(since: Any) -> str:
    """Say where the figures are that moved and are no headline of this page."""
    if since is None:
        return ""
    others = len(since.restatements) - len(headline_changes(since))
    if others <= 0:
        return ""
    return sentence(
        f"restatements.csv lists {people(others, 'further figure')} of this and earlier months that "
        f"{'is' if others == 1 else 'are'} no longer as printed"
    )


def headline_rows(since: Any) -> pd.DataFrame:
    """Lay out every headline figure then and now: figure, then, now, change, reason."""
    columns = ["figure", "then", "now", "change", "reason"]
    if since is None:
        return pd.DataFrame(columns=columns)
    reasons = since.restated.set_index(["measure", "window_months"]).reason
    rows = []
    for (measure, months), label in HEADLINES[_notebook(since)].items():
        found = since.figures[since.figures.measure == measure]
        if months is not None:
            found = found[found.window_months == months]
        # Money has a window of twelve months beside the value window; the page leads with the latter.
        own = found[found.window_months != 12] if len(found) > 1 else found
        for row in own.head(1).itertuples():
            key = (row.measure, row.window_months)
            because = "; ".join(_REASONS[part] for part in reasons.get(key, "").split("; ") if part)
            then, now = (_written(row, side) for side in ("a", "b"))
            rows.append((label, then, now, _change(row), because))
    return pd.DataFrame(rows, columns=columns)


def headline_changes(since: Any) -> pd.DataFrame:
    """Keep the headline figures that have moved."""
    rows = headline_rows(since)
    return rows[rows.reason != ""]


def _notebook(since: Any) -> str:
    return str(since.figures.notebook.iloc[0]) if len(since.figures) else next(iter(HEADLINES))


def _written(row: Any, side: str) -> str:
    value, status = getattr(row, f"value_{side}"), getattr(row, f"status_{side}")
    if status != "ok":
        return status.replace("_", " ") or NOT_AVAILABLE
    return _writer(row)(value)


def _change(row: Any) -> str:
    if not row.change or not float(row.change):
        return ""
    return share_change(row.change) if row.unit == "share" else signed(row.change, _writer(row))


def _writer(row: Any):
    if row.measure in _RATES:
        return lambda value: percent(value, 2)
    if row.measure in _SCORES:
        return lambda value: decimal((number(value) or 0) * 100, 1)
    if row.measure in _MEANS or row.unit in ("ratio", "average"):
        return lambda value: decimal(value, 2)
    return writer(row.unit)
