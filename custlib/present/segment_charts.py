"""Charts of the page on value segments: who brings how much, what averages hide, where customers went, what is lost."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from custlib.measure.figures import FEW
from custlib.present import charts, wording
from custlib.present.captions import caption
from custlib.present.charts import Chart
from custlib.present.charts.cumulative import Mark
from custlib.present.numbers import count, share
from custlib.present.wording import span_words
from custlib.present.wording.concentration import FIFTH, given_back, meaningless, top

Facts = Mapping[str, Any]
_CHOSEN_BY_RULE = ["segment", "share", "margin_share"]


def whale(found: Any, facts: Facts) -> Chart:
    """Draw the cumulative share of margin over customers, most profitable first; the top fifth and the peak marked."""
    said, main, word = wording.concentration, found.main, found.word
    marks: list[Mark] = []
    shown = pd.DataFrame(columns=["customers", "margin"])
    if not meaningless(main, word):
        shown = main.shown_curve() if hasattr(main, "shown_curve") else main.curve
        fifth = top(main)
        if fifth is not None and FIFTH * main.customers >= FEW:
            marks.append((FIFTH, float(fifth.value), f"top fifth: {share(fifth.value)}"))
        if given_back(main):
            marks.append((float(main.whale_at), float(main.whale_peak), f"peak: {share(main.whale_peak)}"))
    before = "" if found.knows_costs else ", before cost to serve"
    return charts.cumulative(
        shown,
        marks=marks,
        equal="if all brought the same",
        whole=f"all: {share(1)}",
        x_label="share of customers, most profitable first",
        y_label=f"share of {word}{before}",
        name="whale",
        words=caption(
            f"Cumulative share of {word}{' before cost to serve' if before else ''}",
            facts,
            title=said.whale_title(found),
            alt=said.alt_whale(found),
        ),
    )


def peeling(layers: pd.DataFrame, facts: Facts) -> Chart:
    """Draw median and mean of each layer, from the naive average inward."""
    said, currency = wording.peeling, facts["currency"]
    return charts.between(
        layers.assign(label=said.labels(layers), note=said.below(layers)),
        note="note",
        first=("median", "typical (median)"),
        second=("mean", "average (mean)"),
        unit=currency,
        name="peeling",
        words=caption(
            "What a customer brings by layer of customers",
            facts,
            title=said.title(layers, currency),
            alt=said.alt(layers, currency),
        ),
    )


def bands(table: pd.DataFrame, word: str, facts: Facts) -> Chart:
    """Draw each value band's share of customers beside its share of margin."""
    said = wording.value_bands
    shown = said.shown(table)
    return charts.paired_bars(
        shown.assign(
            label=[f"{row.band} ({count(row.customers)})" for row in shown.itertuples()],
            margin_share=shown.margin_share.mask(shown.hidden.astype(bool)),
        ),
        first=("share", "share of active customers"),
        second=("margin_share", f"share of {word}"),
        unit="share",
        name="value-bands",
        words=caption(
            f"Share of customers and of {word} by value band",
            facts,
            title=said.title(table, word),
            alt=said.alt(table, word),
        ),
    )


def segments(table: pd.DataFrame, word: str, facts: Facts) -> Chart:
    """Draw each rule's share of customers beside its share of margin; whom no rule caught come last."""
    said = wording.value_segments
    shown = said.shown(table) if len(table) else pd.DataFrame(columns=_CHOSEN_BY_RULE)
    return charts.paired_bars(
        shown.assign(label=shown.segment),
        first=("share", "share of active customers"),
        second=("margin_share", f"share of {word}"),
        unit="share",
        name="segments-by-rule",
        words=caption(
            f"Share of customers and of {word} by segment",
            facts,
            title=said.segments_title(table, word),
            alt=said.alt_segments(table, word),
        ),
    )


def migration(moved: Any, facts: Facts, months: int = 12) -> Chart:
    """Draw where each band's customers of a year (or so many months) ago are now, as shares of the band; new and won back below."""
    said = wording.value_bands
    rows = said.shares(moved.table) if moved is not None else pd.DataFrame()
    names = list(moved.names) if moved is not None else []
    there = [*names, said.NEW, said.WON_BACK], [*names, said.LOST]
    frame = pd.DataFrame(
        {
            side: pd.Categorical(list(rows[side]) if len(rows) else [], order, ordered=True)
            for side, order in zip(("from_band", "to_band"), there, strict=True)
        }
    ).assign(share=list(rows.share) if len(rows) else [])
    return charts.heat(
        frame,
        row="from_band",
        column="to_band",
        value="share",
        row_label=f"{span_words(months)} ago: 100 of each row are now",
        column_label="band now",
        unit="share",
        upright=True,
        name="migration",
        words=caption(
            f"Where the customers of each value band went in {span_words(months)}",
            facts,
            title=said.migration_title(moved, months),
            alt=said.alt_migration(rows if moved is None else moved.table, months),
        ),
    )


def loss(test: Any, word: str, facts: Facts) -> Chart:
    """Draw the shares lost of customers and of margin with their intervals against the claim, and the bands' below them."""
    said = wording.loss
    lines = []
    row = said.whole(test)
    if row is not None:
        lines.append(("All: customers", row["rate"], row.low, row.high))
        value = (row.value_rate, row.value_low, row.value_high)
        lines.append((f"All: {word}", *((None,) * 3 if said.few(row) else value)))
        lines += [
            (line["segment"], line["rate"], line["low"], line["high"])
            for line in said.by_band(test).to_dict("records")
        ]
    frame = pd.DataFrame(lines, columns=["label", "value", "low", "high"])
    claim = float(test.claim) if test is not None else None
    # The interval of a band of a handful reaches so far that nothing else could be read beside it.
    limit = max([5 * (claim or 0), *(1.5 * frame.high[:2].dropna()), *(1.2 * frame.value.dropna())])
    return charts.ranges(
        frame.assign(claim=claim),
        mark=("claim", f"the claim: {said.claimed(claim)}" if claim is not None else "the claim"),
        meant="lost in a year",
        limit=limit,
        highlight=list(frame.label[:2]),
        unit="rate",
        name="loss",
        words=caption(
            "Share lost in a year (bands: of customers)",
            facts,
            title=said.title(test, word),
            alt=said.alt(test, word),
        ),
    )


def potential(found: Any, facts: Facts) -> Chart:
    """Draw how many customers are in each cell of value now by value to come, with the plan for it."""
    said = wording.potential
    rows = (
        said.cells(found)
        if found is not None
        else pd.DataFrame(columns=["now", "to_come", "customers", "plan"])
    )
    order = list(dict.fromkeys([*rows.now, *rows.to_come])) if len(rows) else []
    levels = [level for level in ("high", "middle", "low", "negative", "unknown") if level in order]
    levels += [level for level in order if level not in levels]
    frame = rows.assign(
        now=pd.Categorical(rows.now, levels, ordered=True),
        to_come=pd.Categorical(rows.to_come, levels, ordered=True),
    )
    return charts.heat(
        frame,
        row="now",
        column="to_come",
        value="customers",
        note="plan",
        row_label="value now",
        column_label="value to come",
        unit="customers",
        name="potential",
        words=caption(
            "Customers by value now and value to come", facts, title=said.title(found), alt=said.alt(found)
        ),
    )
