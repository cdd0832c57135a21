"""The value segments page's small tables, laid out."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import pandas as pd

from custlib.measure.figures import FEW
from custlib.measure.loss import private_rows
from custlib.periods import month_name
from custlib.present import wording
from custlib.present.numbers import (
    Writer,
    average,
    count,
    decimal,
    interval,
    percent,
    share,
    signed,
    text,
    writer,
)
from custlib.present.tables import Table, table
from custlib.present.wording import people
from custlib.present.wording.concentration import LOSING, MOST, holding, known, top, with_interval

Columns = dict[str, tuple[str, Writer]]


def _nothing(value: Any, write: Writer = share) -> str:
    """Write a share that may have no meaning."""
    return write(value) if known(value) else "not available"


def windows(found: Mapping[int, Any], word: str, *, data_months: int | None = None) -> Table:
    """Lay windows of different lengths side by side: who bought, the top fifth's share, the Gini, who holds four fifths."""
    rows = []
    every = wording.concentration.all_from(found, data_months)
    for months, each in sorted(found.items()):
        gini = each.gini if each.available and known(each.gini.value) else None
        rows.append(
            (
                people(months, "month")
                + (" (all the data)" if every is not None and months >= every else ""),
                int(each.customers) if each.available else None,
                with_interval(top(each)),
                with_interval(holding(each)),
                with_interval(gini, _two) if gini is not None else "not available",
            )
        )
    columns: Columns = {
        "window": ("Window", str),
        "customers": ("Buyers", count),
        "top_fifth": (f"Top fifth's share of {word} (95% interval)", str),
        "holding": (f"Customers who hold {share(MOST)} (95% interval)", str),
        "gini": ("Gini coefficient, those above zero (95% interval)", str),
    }
    frame = pd.DataFrame(rows, columns=list(columns))
    return table(
        frame, name="windows", title=f"How {word} is spread, by length of the window", columns=columns
    )


def _two(value: Any) -> str:
    return decimal(value, 2)


def counts(frame: pd.DataFrame) -> Table:
    """Lay out what the top fifth of buyers were seen to buy beside the concentration of the rates behind it."""
    columns: Columns = {
        "months": ("Months counted", count),
        "buyers_top_fifth": ("Of purchases seen: the top fifth of buyers", share),
        "rates_top_fifth": ("Of rates, those who left among them: the most active fifth of all", share),
        "rates_gini": ("Gini coefficient of these rates", _two),
    }
    title = "Purchases seen in a window, and the rates behind them: not the same thing"
    return table(frame, name="activity", title=title, columns=columns)


def benchmarks(found: Any, published: Sequence[Sequence[Any]]) -> Table:
    """Lay published shares of the top fifth out below ours, with their sources."""
    ours = top(found.main)
    rows = [("Here", with_interval(ours), "this page")]
    rows += [(str(row[0])[:1].upper() + str(row[0])[1:], share(row[1]), str(row[2])) for row in published]
    columns: Columns = {
        "what": ("Of", str),
        "top_fifth": ("Share of the top fifth", str),
        "source": ("Source", str),
    }
    frame = pd.DataFrame(rows, columns=list(columns))
    title = "The top fifth here and elsewhere: other windows, other definitions"
    return table(frame, name="benchmarks", title=title, columns=columns)


def deciles(frame: pd.DataFrame, word: str, currency: str, *, name: str, title: str) -> Table:
    """Lay tenths of customers or of profit out: customers x purchases each x value per purchase x margin rate."""
    money = writer(currency)
    shown = frame.assign(
        decile=[_tenth(item) for item in frame.decile],
        # What a handful of customers brought is theirs.
        **{column: frame[column].mask(_few(frame)) for column in _MONEY if column in frame},
    )
    columns: Columns = {
        "decile": ("Tenth", str),
        "customers": ("Customers", count),
        "per_customer": ("Purchases each", average),
        "per_purchase": ("Value per purchase", money),
        "margin_rate": (f"{word.capitalize()} of value", percent),
        "margin": (word.capitalize(), money),
        "margin_share": ("Share", share),
        "margin_per_customer": ("Per customer", money),
    }
    if not wording.concentration.rates_differ(frame):
        columns.pop("margin_rate")
    return table(shown, name=name, title=title, columns=columns)


_MONEY = ("per_purchase", "margin_rate", "margin", "margin_share", "margin_per_customer")


def _few(frame: pd.DataFrame) -> pd.Series:
    """Say which lines hold so few customers, or would tell of so few by subtraction, that their money is not shown."""
    heads = frame.customers.astype(int)
    few = (heads > 0) & (heads < FEW)
    while 0 < heads[few].sum() < FEW and (heads[~few] > 0).any():
        few.loc[heads[~few & (heads > 0)].idxmin()] = True
    return few


def _tenth(item: Any) -> str:
    if str(item) == LOSING:
        return "zero or less"
    return "highest" if int(item) == 1 else str(int(item))


def equal_customers(found: Any) -> Table:
    """Lay out tenths of customers, the most profitable first."""
    title = f"Tenths of the customers above zero, by {found.word}"
    return deciles(found.equal_customers, found.word, found.currency, name="tenths-of-customers", title=title)


def equal_profit(found: Any) -> Table:
    """Lay out how many customers bring each tenth of the money."""
    title = f"Tenths of the {found.word} of customers above zero: how many bring each"
    return deciles(found.equal_profit, found.word, found.currency, name="tenths-of-profit", title=title)


def peeling(frame: pd.DataFrame, currency: str) -> Table:
    """Lay the layers out: who, how many, mean, median, share below the mean."""
    money = writer(currency)
    columns: Columns = {
        "layer": ("Customers", lambda value: text(value)[:1].upper() + text(value)[1:]),
        "customers": ("Number", count),
        "mean": ("Mean", money),
        "median": ("Median", money),
        "below_mean": ("Below the mean", share),
    }
    return table(frame, name="layers", title="The averages, peeled layer by layer", columns=columns)


def bands(frame: pd.DataFrame, word: str, currency: str, *, since: date | None, knows_costs: bool) -> Table:
    """Lay value bands out: from which amount on, customers, money, and what serving them costs where it is known."""
    money, said = writer(currency), wording.value_bands
    shown = frame.assign(start=[said.threshold(value, currency) for value in frame.threshold])
    for column in ("margin", "margin_share", "mean", "cost", "gross"):
        shown[column] = shown[column].mask(shown.hidden.astype(bool))
    columns: Columns = {
        "band": ("Band", str),
        "start": ("From", str),
        "customers": ("Customers", count),
        "share": ("Of customers", share),
        "margin": (word.capitalize(), money),
        "margin_share": (f"Of {word}", share),
        "mean": ("Per customer", money),
    }
    if knows_costs:
        columns |= {"gross": ("Before cost to serve", money), "cost": ("Cost to serve", money)}
    title = "Value bands" + (f", by thresholds of {month_name(since)}" if since else "")
    return table(shown, name="bands", title=title, columns=columns)


def segments(frame: pd.DataFrame, word: str, currency: str) -> Table:
    """Lay segments by rule out, those whom no rule caught among them; hidden ones stay away."""
    money = writer(currency)
    shown = wording.value_segments.shown(frame)
    columns: Columns = {
        "segment": ("Segment", str),
        "customers": ("Customers", count),
        "share": ("Of customers", share),
        "margin": (word.capitalize(), money),
        "margin_share": (f"Of {word}", share),
        "mean": ("Per customer", money),
        "equity": ("Still to come", money),
    }
    if not len(shown) or shown.equity.isna().all():
        columns.pop("equity")
    return table(shown, name="segments", title="Segments by rule", columns=columns)


def crossed(parts: Mapping[str, pd.DataFrame]) -> Table:
    """Lay out how each group's customers are spread over the value bands, those with most at the top first."""
    shown = [frame for frame in parts.values() if len(frame)]
    whole = pd.concat(shown, ignore_index=True) if shown else pd.DataFrame(columns=["group", "customers"])
    known = {"by", "segment", "customers", "top_share", "top_low", "top_high", "group"}
    bands = [name for name in whole.columns if name not in known]
    if shown:
        whole["group"] = [f"{row.by}: {row.segment}" for row in whole.itertuples()]
    columns: Columns = {
        "group": ("Customers of", str),
        "customers": ("Active", count),
        **{name: (name, _nothing) for name in bands},
    }
    return table(
        whole, name="crossed", title="How each group is spread over the value bands", columns=columns
    )


def migration(moved: Any, currency: str, months: int = 12) -> Table:
    """Lay the moves out: from, to, customers, what they brought then and bring now; money of few is not shown."""
    money, over = writer(currency), wording.value_bands.brought_in(months)
    frame = moved.table
    frame = frame[frame.customers.astype(int) > 0]
    if "hidden" in frame:
        frame = frame.assign(
            **{side: frame[side].mask(frame.hidden.astype(bool)) for side in ("value_then", "value_now")}
        )
    columns: Columns = {
        "from_band": (f"{wording.span_words(months).capitalize()} ago", str),
        "to_band": ("Now", str),
        "customers": ("Customers", count),
        "value_then": (f"Brought then, {over}", money),
        "value_now": (f"Bring now, {over}", money),
    }
    title = "Where the customers of each value band went, by today's thresholds"
    return table(frame, name="moves", title=title, columns=columns)


def loss(test: Any, word: str) -> Table:
    """Lay the loss of a year out by value band: in customers, in money, by recorded closures."""
    said = wording.loss
    rows = test.table
    private = private_rows(rows).tolist()
    frame = pd.DataFrame(
        {
            "band": ["All" if name == said.ALL else name for name in rows.segment],
            "customers": rows.customers,
            "lost": rows.lost,
            **{
                column: [
                    "not shown" if hidden and prefix == "value" else _rate(row, prefix)
                    for row, hidden in zip(rows.to_dict("records"), private, strict=True)
                ]
                for column, prefix in (("rate", ""), ("value", "value"), ("closed", "closed"))
            },
        }
    )
    columns: Columns = {
        "band": ("Value band then", str),
        "customers": ("Active then", count),
        "lost": ("Lost", count),
        "rate": ("Of customers (95% interval)", str),
        "value": (f"Of {word} in the 12 months to then (95% interval)", str),
        "closed": ("By recorded closures (95% interval)", str),
    }
    if test.verdict_closed == said.NONE:
        columns.pop("closed")
    return table(frame, name="losses", title="What a year took, by value band a year ago", columns=columns)


def _rate(row: Mapping[str, Any], prefix: str) -> str:
    head = f"{prefix}_" if prefix else ""
    value, low, high = (row[f"{head}{name}"] for name in ("rate", "low", "high"))
    if not known(value):
        return "not available"
    return f"{percent(value)} ({interval(low, high, percent)})"


def silent(test: Any, currency: str) -> Table:
    """Lay those who stayed and halved beside those who stayed and doubled, by value band."""
    said, money = wording.loss, writer(currency)
    rows = test.table[test.table.stayed > 0]
    frame = pd.DataFrame(
        {
            "band": ["All" if name == said.ALL else name for name in rows.segment],
            "stayed": rows.stayed,
            "halved": [_part(row, "halved") for row in rows.to_dict("records")],
            "fall": rows.halved_fall,
            "doubled": [_part(row, "doubled") for row in rows.to_dict("records")],
            "rise": rows.doubled_rise,
        }
    )
    columns: Columns = {
        "band": ("Value band then", str),
        "stayed": ("Stayed", count),
        "halved": ("Half or less (95% interval)", str),
        "fall": ("Less by, in 12 months", money),
        "doubled": ("Double or more (95% interval)", str),
        "rise": ("More by, in 12 months", money),
    }
    title = "Stayed, and bring half or less beside double or more: some of both is chance"
    return table(frame, name="silent-loss", title=title, columns=columns)


def _part(row: Mapping[str, Any], what: str) -> str:
    value, low, high = (row[f"{what}_{name}"] for name in ("share", "low", "high"))
    if not known(value):
        return "not available"
    return f"{count(row[what])}: {share(value)} ({interval(low, high, share)})"


def net(context: pd.DataFrame, word: str, currency: str) -> Table:
    """Lay gross loss beside what came, and the net of both."""
    money = writer(currency)
    row = context.iloc[0]
    lines: list[tuple[str, str, str]] = []
    for label, kind in (("Lost", "lost"), ("New", "new"), ("Won back", "won_back")):
        if f"{kind}_customers" in context:
            lines.append((label, count(row[f"{kind}_customers"]), _money(row, kind, money)))
    lines.append(("Net of new and lost", _net(row, "customers", count), _net(row, "value", money)))
    columns: Columns = {
        "flow": ("Over the year", str),
        "customers": ("Customers", str),
        "value": (f"{word.capitalize()} in the 12 months", str),
    }
    frame = pd.DataFrame(lines, columns=list(columns))
    return table(frame, name="gross-and-net", title="Gross loss beside what came", columns=columns)


def _money(row: Any, kind: str, money: Writer) -> str:
    """Write what a flow brought; of a handful it is theirs."""
    if not known(row[f"{kind}_customers"]) or 0 < row[f"{kind}_customers"] < FEW:
        return "not shown"
    return _nothing(row[f"{kind}_value"], money)


def _net(row: Any, what: str, write: Writer) -> str:
    came, left = row[f"new_{what}"], row[f"lost_{what}"]
    few = any(0 < row[f"{kind}_customers"] < FEW for kind in ("new", "lost"))
    if not known(came) or not known(left) or (few and what == "value"):
        return "not shown" if few else "not available"
    return signed(came - left, write)


def intake(found: Any, currency: str) -> Table:
    """Lay the latest intake beside the one before."""
    columns: Columns = {
        "what": ("First months of those won", str),
        "then": ("The earlier intake", str),
        "now": ("The later", str),
        "change": ("Change", str),
    }
    frame = pd.DataFrame(wording.intake.rows(found, currency), columns=list(columns))
    return table(frame, name="intake", title="More customers, or better ones", columns=columns)


def potential(found: Any, word: str, currency: str) -> Table:
    """Lay out the cells of value now by value to come, with the plan for each."""
    money = writer(currency)
    columns: Columns = {
        "now": ("Value now", str),
        "to_come": ("Value to come", str),
        "plan": ("Plan", str),
        "customers": ("Customers", count),
        "shrinking": ("Bring less than a year ago", count),
        "margin": (f"{word.capitalize()} now", money),
        "equity": ("Still to come", money),
    }
    rows = wording.potential.cells(found)
    if rows.shrinking.isna().all():
        columns.pop("shrinking")
    return table(rows, name="cells", title="Value now by value to come", columns=columns)


def plans(found: Any, word: str, currency: str) -> Table:
    """Lay the plans out: for how many, what is at stake, what to try first."""
    money = writer(currency)
    columns: Columns = {
        "plan": ("Plan", lambda value: text(value)[:1].upper() + text(value)[1:]),
        "customers": ("Customers", count),
        "margin": (f"{word.capitalize()} now", money),
        "equity": ("Still to come", money),
        "first": ("What to try first", str),
    }
    return table(found.plans, name="plans", title="What to try first", columns=columns)


def firms(frame: pd.DataFrame, word: str) -> Table:
    """Lay out how much hangs on the largest customers."""
    columns: Columns = {
        "rank_to": ("The largest", count),
        "share": (f"Share of {word}", share),
    }
    return table(frame, name="largest", title="How much hangs on the largest customers", columns=columns)


def costs(frame: pd.DataFrame, word: str, currency: str) -> Table:
    """Lay out what serving each group costs beside what it brings before that; hidden groups stay away."""
    money = writer(currency)
    shown = frame[~frame.hidden.astype(bool)] if len(frame) else frame
    shown = shown.assign(group=[_group(row) for row in shown.itertuples()])
    columns: Columns = {
        "group": ("Customers of", str),
        "gross": (f"{word.capitalize()} before cost to serve", money),
        "cost": ("Cost to serve", money),
        "ratio": ("Of what they bring", lambda value: percent(value, 0)),
    }
    return table(
        shown,
        name="cost-to-serve",
        title="What serving customers costs, beside what they bring",
        columns=columns,
    )


def _group(row: Any) -> str:
    return f"{str(row.by).replace('_', ' ')}: {row.segment}"
