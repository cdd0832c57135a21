"""Segments by rule, the few who matter most, those who bring little, cost to serve, and what is worth a decision."""

from typing import Any

import pandas as pd

from custlib.measure.figures import FEW
from custlib.periods import month_name
from custlib.present.numbers import count, money, percent, share
from custlib.present.wording.concentration import known
from custlib.present.wording.decisions import NOTHING, Candidate
from custlib.present.wording.loss import MORE_HALVED, REFUTED, claimed, whole
from custlib.present.wording.value_bands import BELOW
from custlib.present.wording.words import listed, people, quoted, sentence

NO_RULE, VALUE_BAND = "no rule", "value band"
# A customer who brings so much of the whole is a risk of its own.
_MUCH = 0.1


def named(segment: Any) -> str:
    """Name a segment in a sentence: the company's own word quoted, whom no rule caught in ours."""
    return "customers whom no rule caught" if segment == NO_RULE else quoted(str(segment))


def shown(segments: pd.DataFrame) -> pd.DataFrame:
    """Give the segments that may be shown and have anybody in them."""
    if not len(segments):
        return segments
    rows = segments[~segments.hidden.astype(bool) & segments.customers.notna()]
    return rows[rows.customers.astype(float) > 0]


def segments_message(segments: pd.DataFrame, currency: str, word: str, *, has_rules: bool) -> str:
    """Say which segment brings most, and how many no rule caught; without rules, how to set them."""
    if not has_rules:
        return (
            "No segments by rule are set. Give the company file `segmentation` under its settings: the levels of each dimension, and rules"
            " that put a name to combinations of them. docs/contract.md shows how."
        )
    rows = shown(segments)
    if rows.empty:
        return "Segments by rule are not available, or each is too small to show."
    told = [_most(segments, rows, currency, word), _uncaught(segments, rows)]
    return sentence("; ".join(text for text in told if text))


def _most(segments: pd.DataFrame, rows: pd.DataFrame, currency: str, word: str) -> str:
    """Say which rule's segment brings most: of those that may be shown, where others may not."""
    caught = rows[(rows.segment != NO_RULE) & rows.margin.notna()]
    if caught.empty:
        return ""
    of_rules = segments[segments.segment != NO_RULE]
    unseen = bool((of_rules.hidden.astype(bool) | of_rules.margin.isna() & (of_rules.customers != 0)).any())
    those = "of the segments that may be shown " if unseen else ""
    first = caught.loc[caught.margin.astype(float).idxmax()]
    if float(first.margin) <= 0:
        return (
            f"{those}none brings more than nothing"
            if unseen
            else "no segment by rule brings more than nothing"
        )
    brings = f"{money(first.margin, currency)} of {word}"
    if known(first.margin_share):
        brings += f", {share(first.margin_share)} of it"
    about = f"{people(first.customers)}, {share(first.share)} of active ones, with {brings}"
    if len(caught) > 1:
        return f"{those}{named(first.segment)} brings most: {about}"
    return (
        f"only {named(first.segment)} may be shown: {about}" if unseen else f"{named(first.segment)}: {about}"
    )


def _uncaught(segments: pd.DataFrame, rows: pd.DataFrame) -> str:
    """Say how many are caught by no rule; that this may not be told, where it may not."""
    left = rows[rows.segment == NO_RULE]
    if left.empty:
        hidden = segments[segments.segment == NO_RULE].hidden.astype(bool).any()
        return "how many no rule caught may not be shown" if hidden else "every customer is caught by a rule"
    row = left.iloc[0]
    verb = "is" if int(row.customers) == 1 else "are"
    return f"{people(row.customers)} ({share(row.share)}) {verb} caught by no rule"


def segments_notes(found: Any) -> list[str]:
    """Say which rules can never be reached, and that small segments are not shown."""
    told = []
    if found.unreached:
        names = [quoted(str(rule)) for rule in found.unreached]
        one = len(names) == 1
        told.append(
            sentence(
                f"the rule{'' if one else 's'} {listed(names)} can never be reached, as rules above {'it' if one else 'them'} take every customer"
                f" {'it asks' if one else 'they ask'} for"
            )
        )
    if found.has_rules and len(found.segments) and found.segments.hidden.astype(bool).any():
        told.append(
            sentence(
                f"segments of fewer than {people(found.min_group)}, and those that would tell of them, are not shown"
            )
        )
    return told


def segments_title(segments: pd.DataFrame, word: str) -> str:
    """Say what the segment that brings most is of customers and of money."""
    rows = shown(segments)
    rows = rows[rows.margin.notna()] if len(rows) else rows
    if rows.empty:
        return "Segments by rule cannot be shown"
    first = rows.loc[rows.margin.astype(float).idxmax()]
    name = "No rule" if first.segment == NO_RULE else quoted(str(first.segment))
    held = f", {share(first.margin_share)} of {word}" if known(first.margin_share) else ""
    return f"{name}: {share(first.share)} of customers{held}"


def alt_segments(segments: pd.DataFrame, word: str) -> str:
    """Describe the pairs of bars."""
    rows = shown(segments)
    if rows.empty:
        return "No bars: segments by rule are not available."
    said = [
        f"{row.segment} {share(row.share)} of customers, {share(row.margin_share)} of {word}"
        for row in rows.itertuples()
    ]
    return f"Two bars per segment, its share of customers and of {word}: {'; '.join(said)}."


def high_value_message(found: Any) -> str:
    """Say how many of the customers who bring most are shrinking now, beside those growing."""
    high = found.high_value
    if high is None or not high.customers:
        return "Which high-value customers are shrinking cannot be said: there are none."
    held = f", who bring {share(high.share)} of {found.word}" if known(high.share) else ""
    verb = "is" if high.customers == 1 else "are"
    text = f"{people(high.customers)} {verb} of high value{held}"
    if high.comparable is None or not high.comparable:
        return sentence(
            f"{text}; whether they shrink or grow cannot be said yet, as the data do not reach back a year for any of them"
        )
    of = f"of {count(high.comparable)} with a year to compare " if high.comparable != high.customers else ""
    less, more = ("none" if not many else count(many) for many in (high.shrinking, high.growing))
    return sentence(
        f"{text}; {of}{less} brought less in the latest three months than in the same a year ago, and {more} brought more"
        f"{_VERDICTS[high.verdict]}"
    )


MORE_SHRINKING = "more shrinking"
# What the difference between those who bring less and those who bring more amounts to.
_VERDICTS = {
    MORE_SHRINKING: ": more of them shrink than grow, by more than chance would have it",
    "more growing": ": more of them grow than shrink, by more than chance would have it",
    "cannot tell": ": which of the two are more may be chance",
    "none": "",
}


def firms_message(found: Any) -> str:
    """Say how much hangs on the largest customers, for companies that sell to companies; "" for others."""
    firms = found.top_firms
    if not found.b2b or firms is None or not len(firms):
        return ""
    told = firms[firms.share.notna()]
    if told.empty:
        return sentence(
            f"how much {found.word} hangs on the largest customers is not meaningful, or would tell of too few"
        )
    said = [
        f"the largest customer brings {share(row.share)}"
        if int(row.rank_to) == 1
        else f"the largest {count(row.rank_to)} together {share(row.share)}"
        for row in told.itertuples()
    ]
    return sentence(f"of all {found.word} {listed(said)}: that much would be missing if they left")


def low_value_message(found: Any) -> str:
    """Say how many meet the company's written definition of low value; or that none is agreed."""
    low = found.low_value
    if low is None:
        return (
            "No definition of a low-value customer is agreed. Until one is written down (`low_value` in the company file), nobody should be"
            " treated as one."
        )
    rule = f"less than {money(low.value_below, found.currency)} of {found.word} in {people(found.window, 'month')}"
    if known(low.value_to_come_below):
        rule += f" and less than {money(low.value_to_come_below, found.currency)} still to come"
    who = f"the company's definition of low value ({quoted(low.meaning)}: {rule})"
    if not low.customers:
        return sentence(f"nobody meets {who}")
    verb = "meets" if low.customers == 1 else "meet"
    text = f"{people(low.customers)} {verb} {who}"
    if known(low.margin) and low.customers >= FEW:
        held = f", {share(low.share)} of all" if known(low.share) and low.share >= 0 else ""
        text += f"; together they bring {money(low.margin, found.currency)}{held}"
    return sentence(f"{text}. First ask what would lift them or serve them at lower cost")


def thanks_message(found: Any) -> str:
    """Say how many long-standing customers there are to thank."""
    thanks = found.thanks
    if thanks is None:
        return "Who has been a customer for long cannot be said: nobody's beginning is known for long enough."
    if not thanks.customers:
        return sentence(
            f"no active customer has been one for {people(thanks.months, 'month')} or more, as far as their beginnings are known"
        )
    verb = "has" if thanks.customers == 1 else "have"
    part = f", {share(thanks.of_active)} of the active," if known(thanks.of_active) else ""
    return sentence(
        f"{people(thanks.customers)}{part} {verb} been with us for {people(thanks.months, 'month')} or more: somebody might thank them"
    )


def lists_note() -> str:
    """Say where lists of customers are, and where they are not."""
    return (
        "Lists of the customers behind these counts are files under lists/, each with a customer and a reason, made on request and for your"
        " eyes; no page names a customer."
    )


def few_note() -> str:
    """Say why money stands as not available beside a count that is there."""
    return sentence(
        f"money of fewer than {people(FEW)}, and what subtraction would tell of so few, is left out of the tables and stands there as not"
        " available"
    )


def costs_message(found: Any) -> str:
    """Say where serving customers takes most of what they bring; where costs are not known, what the page cannot show."""
    if not found.knows_costs:
        return sentence(
            f"cost to serve is not known, so this page cannot show who costs more than they bring; give it by customer and month, and every"
            f" share of {found.word} here is worked out after it"
        )
    rows = found.costs
    rows = rows[~rows.hidden.astype(bool) & rows.gross.notna() & rows.cost.notna()] if len(rows) else rows
    # Of the band below zero it is so by its meaning.
    rows = rows[~_by_its_meaning(rows)] if len(rows) else rows
    if rows.empty:
        return "What serving each group costs is not available, or each group is too small to show."
    over = rows[[float(row.cost) > float(row.gross) for row in rows.itertuples()]]
    if len(over):
        worst = max(over.itertuples(), key=lambda row: float(row.cost) - float(row.gross))
        return sentence(
            f"serving {group(worst)} costs more than they bring: {money(worst.cost, found.currency)} against"
            f" {money(worst.gross, found.currency)} before it"
        )
    told = rows[rows.ratio.notna()]
    if told.empty:
        return "What serving each group costs cannot be set against what it brings."
    worst, best = told.loc[told.ratio.astype(float).idxmax()], told.loc[told.ratio.astype(float).idxmin()]
    if share(worst.ratio) == share(best.ratio):
        return sentence(
            f"serving customers takes the same share of what they bring in every group shown, {share(worst.ratio)}"
        )
    return sentence(
        f"serving customers takes most of what they bring for {group(worst)}, {share(worst.ratio)}, and least for {group(best)}, {share(best.ratio)}"
    )


def _by_its_meaning(rows: pd.DataFrame) -> pd.Series:
    """Mark the band below zero, which costs more than it brings by what it is."""
    return (rows.by == VALUE_BAND) & (rows.segment == BELOW)


def group(row: Any) -> str:
    """Name a group by which costs are told: ``customers of the value band “top 1%”``, ``customers won in 2024``."""
    by = str(row.by).replace("_", " ")
    return (
        f"customers won in {row.segment}"
        if by == "won in"
        else f"customers of the {by} {quoted(str(row.segment))}"
    )


def candidates(found: Any) -> list[Candidate]:
    """Weigh what the page found, in money."""
    return [
        _whose_loss(found),
        _shrinking(found),
        _serving(found),
        _to_develop(found),
        _silent(found),
        _firms(found),
    ]


def _whose_loss(found: Any) -> Candidate:
    """Point at value lost beyond the claim, where customers alone do not show it."""
    test, row = found.loss, whole(found.loss)
    if row is None or test.verdict_value != REFUTED or int(row.lost) < FEW:
        return NOTHING
    text = (
        f"a year's loss took {percent(row.value_rate)} of {found.word}, {money(row.lost_value, found.currency)}, against a claim of about"
        f" {claimed(test.claim)}: "
    )
    if test.verdict_customers != REFUTED:
        text += "a count of customers alone does not show it, so report loss in money beside it, and decide which of the leavers would have been worth keeping"
    else:
        text += "decide which of the leavers would have been worth keeping, and what that may cost"
    return float(row.lost_value), sentence(text)


def _shrinking(found: Any) -> Candidate:
    """Point at high-value customers who bring less than a year ago, where these are more than those who bring more, and not by chance."""
    high = found.high_value
    if high is None or not high.comparable or high.shrinking < FEW or not known(high.margin):
        return NOTHING
    # Without a share the money, too, would tell of a handful, or there is none to speak of.
    if high.verdict != MORE_SHRINKING or not known(high.share):
        return NOTHING
    part = float(high.margin) * high.shrinking / high.customers
    if part <= 0:
        return NOTHING
    return part, sentence(
        f"{people(high.shrinking)} of high value brought less in the latest three months than in the same a year ago, and only"
        f" {count(high.growing)} brought more, which chance hardly explains; at the mean of their group they bring"
        f" {money(part, found.currency)} in {people(found.window, 'month')}: decide who speaks with them, beginning with those who bring most"
    )


def _serving(found: Any) -> Candidate:
    """Point at the group in which serving customers costs more than they bring."""
    if not found.knows_costs or not len(found.costs):
        return NOTHING
    # Value bands follow from what is left after the cost: that one of them costs more than it brings is no finding.
    rows = found.costs[
        ~found.costs.hidden.astype(bool)
        & found.costs.gross.notna()
        & found.costs.cost.notna()
        & (found.costs.by != VALUE_BAND)
    ]
    short = [float(row.cost) - float(row.gross) for row in rows.itertuples()]
    if not short or max(short) <= 0:
        return NOTHING
    row = rows.iloc[short.index(max(short))]
    return max(short), sentence(
        f"serving {group(row)} costs {money(max(short), found.currency)} more than they bring: look for a way of serving them"
        " that costs less, before anything else"
    )


def _to_develop(found: Any) -> Candidate:
    """Point at customers who bring little now and are expected to bring much."""
    if found.potential is None:
        return NOTHING
    rows = found.potential.plans[found.potential.plans.plan == "develop"]
    if rows.empty or not known(rows.equity.iloc[0]) or not int(rows.customers.iloc[0]):
        return NOTHING
    row = rows.iloc[0]
    gap = float(row.equity) - max(float(row.margin), 0.0) if known(row.margin) else 0.0
    if gap <= 0:
        return NOTHING
    return gap, sentence(
        f"{people(row.customers)} brought {money(row.margin, found.currency)} in {people(found.window, 'month')} and"
        f" {'is' if int(row.customers) == 1 else 'are'} expected to bring {money(row.equity, found.currency)} in all months to come: decide"
        f" what to try with them first; the table suggests to {row['first']}"
    )


def _silent(found: Any) -> Candidate:
    """Point at silent loss where more halved than doubled, by more than chance."""
    row = whole(found.loss)
    if row is None or found.loss.silent_verdict != MORE_HALVED or not known(row.halved_fall):
        return NOTHING
    return float(row.halved_fall), sentence(
        f"{people(row.halved)} stayed and bring half as much in 12 months or less, {money(row.halved_fall, found.currency)} less together; fewer have doubled, and chance hardly explains it:"
        " ask what changed for them, since they count as kept"
    )


def _firms(found: Any) -> Candidate:
    """Point at a single customer on whom much hangs."""
    if not found.b2b or found.top_firms is None or not len(found.top_firms) or found.main is None:
        return NOTHING
    rows = found.top_firms[(found.top_firms.rank_to == 1) & found.top_firms.share.notna()]
    if rows.empty or rows.share.iloc[0] < _MUCH or found.main.total is None:
        return NOTHING
    part = float(rows.share.iloc[0])
    return part * float(found.main.total), sentence(
        f"one customer brings {share(part)} of all {found.word}: decide how that relationship is looked after, and by how many"
    )


def definitions(found: Any) -> dict[str, str]:
    """Give the definitions that this page needs, by term, in reading order."""
    word, window = found.word, people(found.window, "month")
    anew = " that is set anew once a year" if found.thresholds_yearly else ""
    when = f" in {month_name(found.bands_since)}" if found.bands_since is not None else ""
    told = {
        "Buyers": f"customers with a qualifying purchase in the window ({window} unless another is named), or with a contract open at its end.",
        "Share of the top fifth": f"{word} of the most profitable fifth of buyers, of the {word} of all of them, losses taken off.",
        "Gini coefficient": f"how uneven {word} is among buyers who bring something: nought where all bring the same, near one where one brings all.",
        "Whale curve": f"customers from the most to the least profitable, and which share of all {word} they bring taken together.",
        "Value band": f"active customers by their {word} in {window}: from an amount on{anew}; below zero is a band of its own.",
        "Segment by rule": "the first rule of the company file whose levels a customer meets; who meets none is caught by no rule.",
        "Annual loss": "customers active a year ago and not now, of those active then; in value, what they had brought in the 12 months to then.",
        "Silent loss": "customers active then and now who bring half of what they brought in 12 months, or less.",
        "High value": f"active customers who bring at least the {word} from which on the top fifth of customers began{when}.",
        "95% interval": "where the figure would lie in 95 of 100 cases had chance sent other customers of the same kind: the base counts as a"
        " sample of its own process.",
    }
    return {term: sentence(meaning) for term, meaning in told.items()}


def checked(ties: int) -> str:
    """Say how many ways of adding up were compared and agree."""
    if not ties:
        return "There is nothing to compare, as no sums were made."
    return sentence(
        f"customers and money of bands, segments, tenths and moves were added up and compared with the whole in {people(ties, 'way')}: all agree"
    )
