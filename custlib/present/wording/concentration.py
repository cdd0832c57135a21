"""How few customers bring how much, in words: against received wisdom, in other windows, and by tenths."""

from collections.abc import Mapping, Sequence
from itertools import groupby, pairwise
from typing import Any

import pandas as pd

from custlib.measure.figures import FEW
from custlib.present.numbers import (
    Writer,
    count,
    decimal,
    interval,
    money,
    money_exact,
    number,
    percent,
    share,
)
from custlib.present.wording.holders import apart
from custlib.present.wording.words import listed, people, sentence

FIFTH, HALF, MOST = 0.2, 0.5, 0.8
LOSING = "loss-makers"
# A peak that is written 100% says nothing.
_NOTHING_BACK = 0.005
# Shares nearer to one another than this are the same to a reader.
_ALIKE = 0.005
_ABOUT_AS = 0.05
_SAMPLE = "The interval takes the base for a sample of what its own process might have produced."


def known(value: Any) -> bool:
    """Say whether there is a number: neither None nor NaN."""
    return number(value) is not None


def top(found: Any, part: float = FIFTH) -> Any:
    """Give the share that a part of the customers holds, as measured; None where it has no value."""
    measure = found.top.get(part) if found is not None and found.available else None
    return measure if measure is not None and known(measure.value) else None


def holding(found: Any, part: float = MOST) -> Any:
    """Give the smallest share of customers that hold a part, as measured; None where it has no value."""
    measure = found.holding.get(part) if found is not None and found.available else None
    return measure if measure is not None and known(measure.value) else None


def sure(measure: Any) -> bool:
    """Say whether a share has an interval that can be relied on."""
    return bool(measure.reliable) and known(measure.low) and known(measure.high)


def with_interval(measure: Any, write: Writer = share) -> str:
    """Write a share with its interval in brackets: ``61% (58% to 64%)``; one that is unreliable is said to be so."""
    if measure is None or not known(measure.value):
        return "not available"
    written = write(measure.value)
    if sure(measure):
        if measure.low == measure.high:
            return written
        if write is share and share(measure.low) == written == share(measure.high):
            return with_interval(
                measure, percent
            )  # an interval that begins and ends at the figure says nothing
        return f"{written} ({interval(measure.low, measure.high, write)})"
    return f"{written} (interval unreliable)"


def alone(found: Any) -> float | None:
    """Give the part of the money that one customer alone brings or exceeds: most of it, half of it, or neither (None)."""
    for part in (MOST, HALF):
        measure = holding(found, part)
        if measure is not None and measure.value * found.customers <= 1 + 1e-9:
            return part
    return None


def alike(found: Any) -> bool:
    """Say whether all bring the same, so that the top fifth bring a fifth."""
    fifth, gini = top(found), found.gini
    if fifth is None or abs(fifth.value - FIFTH) >= _ALIKE:
        return False
    return not known(gini.value) or gini.value < 2 * _ALIKE


def given_back(found: Any) -> float:
    """Give the part that customers below zero take away again, where it is worth a word and tells of no few; else nought."""
    if not known(found.whale_peak) or found.negative < FEW:
        return 0.0
    back = float(found.whale_peak) - 1
    return back if back >= _NOTHING_BACK else 0.0


def meaningless(found: Any, word: str) -> str:
    """Say why shares mean nothing; "" where they mean something; no full stop."""
    if found is None or not found.available or not found.customers:
        why = (
            "nobody bought"
            if found is not None and found.available
            else "the data do not reach back far enough"
        )
        return f"how {word} is spread over customers cannot be said: {why}"
    if found.total is not None and found.total <= 0:
        verb = "brings" if found.customers == 1 else "bring"
        less = "nothing" if found.total == 0 else "less than nothing"
        return f"shares of {word} are not meaningful: taken together, {people(found.customers)} {verb} {less}"
    if found.customers == 1:
        return f"there is one customer only, so how {word} is spread is no question"
    if top(found) is None and FIFTH * found.customers >= FEW:
        why = "beside the other figures of this page it would tell of a handful"
        return f"how much of {word} the top fifth of customers bring is not told: {why}"
    if top(found) is None:
        return f"how {word} is spread is not told of {people(found.customers)}: the top fifth of so few would be a handful"
    return ""


def against(measure: Any, claim: float) -> tuple[str, Writer]:
    """Say on which side of a claim a share lies ("as", "less", "more" or "unsure"), and how to write it so that this shows."""
    if not sure(measure):
        return "unsure", share
    side = "as"
    if measure.high < claim:
        side = "less"
    elif measure.low > claim:
        side = "more"
    shown = [share(item) for item in (measure.value, measure.low, measure.high)]
    # Rounded to the claim, a share that differs from it would contradict the sentence.
    return side, percent if side != "as" and share(claim) in shown else share


def lead(found: Any) -> str:
    """Say what the top fifth bring, how sure that is, and whether received wisdom holds.

    Parameters
    ----------
    found : object
        The page's object (`view.value_segments`): ``main``, ``word``, ``claimed_top_fifth``.
    """
    main, word, claim = found.main, found.word, float(found.claimed_top_fifth)
    if problem := meaningless(main, word):
        return sentence(problem)
    if alike(main):
        return sentence(
            f"the top fifth of customers bring a fifth of {word}, not {share(claim)}: all bring the same, and nobody stands out"
        )
    if part := alone(main):
        much = "nearly all" if top(main, FIFTH).value < 1.05 and part == MOST else f"more than {share(part)}"
        others = main.customers - 1
        return sentence(
            f"one customer alone brings {much} {'the' if much == 'nearly all' else 'of'} {word}, and the other {count(others)}"
            f" together {_rest(main, part)}: what received wisdom says of a top fifth ({share(claim)}) is no question here"
        )
    fifth = top(main)
    side, write = against(fifth, claim)
    text = f"the top fifth of customers bring {write(fifth.value)} of {word}"
    ends = f" ({interval(fifth.low, fifth.high, write)})"
    if fifth.value > 1:
        return sentence(
            f"{text}{ends if sure(fifth) else ''}, more than all there is: the others together bring less than nothing"
        )
    told = {
        "as": f"{ends}, as received wisdom has it ({share(claim)})",
        "less": f"{ends}, not {share(claim)}",
        "more": f"{ends}, more than the {share(claim)} of received wisdom",
        "unsure": f", where received wisdom has {share(claim)}; so few bring so much that an interval would be unreliable",
    }[side]
    return sentence(text + told)


def _rest(main: Any, part: float) -> str:
    """Say that the others bring the rest, which may be less than nothing."""
    return (
        "the rest"
        if (main.whale_peak or 1) < 1 + _NOTHING_BACK
        else "the rest, some of them less than nothing"
    )


def arithmetic(found: Any) -> str:
    """Write out what the whole is and whose it is."""
    main = found.main
    if main is None or not main.available or main.total is None:
        return ""
    if not main.customers:
        return sentence(f"nobody bought in {people(main.months, 'month')}")
    # To the cent only where no other exact figure, subtracted, tells of a handful.
    write = money_exact if found.exact_total else money
    whole = write(main.total, found.currency)
    told = main.positive_total is not None and main.negative_total is not None
    if not told or any(0 < heads < FEW for heads in (main.positive, main.negative)):
        return sentence(
            f"together {whole} of {people(main.customers)} in {people(main.months, 'month')}. {_SAMPLE}"
        )
    above = "no customer is above zero"
    if main.positive:
        above = f"{people(main.positive)} above zero bring {write(main.positive_total, found.currency)}"
    verb = "" if main.positive else " brings" if main.zero == 1 else " bring"
    nothing = f", {count(main.zero)}{verb} nothing" if main.zero else ""
    verb = "" if main.positive else " bring"
    below = (
        f", {count(main.negative)} below zero{verb} {write(main.negative_total, found.currency)}"
        if main.negative
        else ""
    )
    text = f"{above}{nothing}{below}: together {whole} in {people(main.months, 'month')}. {_SAMPLE}"
    return sentence(text)


def split_message(found: Any) -> str:
    """Say which split is really ours: the share of customers that hold most, and half, of the money."""
    main, word = found.main, found.word
    most, half = holding(main), holding(main, HALF)
    if meaningless(main, word) or most is None:
        return "The split that is really ours cannot be said."
    if alone(main) == MOST:
        return sentence(
            f"the split that is really ours: one customer of {count(main.customers)} holds {share(MOST)} of {word} and more"
        )
    ends = f" ({interval(most.low, most.high, share)})" if sure(most) and most.low != most.high else ""
    text = f"the split that is really ours is {share(MOST).rstrip('%')}:{share(most.value).rstrip('%')}: {share(MOST)} of {word} lies with {share(most.value)} of customers{ends}"
    if half is not None:
        text += f", half of it with {share(half.value)}"
    return sentence(text)


def benchmarks_message(found: Any, benchmarks: Sequence[Sequence[Any]]) -> str:
    """Set the top fifth's share beside published ones, with the source of each and with care.

    Parameters
    ----------
    benchmarks : sequence of (what, share, source)
    """
    if not benchmarks:
        return ""
    told = []
    for source, rows in groupby(benchmarks, key=lambda row: row[2]):
        shares = listed([f"{row[0]} {share(row[1])}" for row in rows])
        told.append(f"{shares} ({source})")
    fifth = top(found.main)
    ours = f"; here it is {share(fifth.value)}" if fifth is not None else ""
    return sentence(
        f"published shares of the top fifth: {'; '.join(told)}{ours}. They are of sales and not of profit, of other windows and by other"
        " definitions, so the comparison is to be read with care"
    )


def whale_message(found: Any) -> str:
    """Say what customers below zero take away again; that cost to serve is missing, where it is."""
    main, word = found.main, found.word
    if meaningless(main, word):
        return "The curve of cumulative shares is not available."
    back = given_back(main)
    if main.negative and (main.negative < FEW or not known(main.whale_peak)):
        verb = "is" if main.negative == 1 else "are"
        return sentence(
            f"{people(main.negative)} {verb} below zero; what they give back is not told, as it would tell of a handful"
        )
    if not back:
        few = (
            f"hardly any {word} is given back: {people(main.negative)} are below zero"
            if main.negative
            else "no customer is below zero, so nothing is given back"
        )
        return sentence(few)
    return sentence(
        f"{share(main.whale_at)} of customers bring {share(main.whale_peak)} of {word}; {people(main.negative)}"
        f" ({share(main.loss_maker_share)}) bring less than nothing and give {share(back)} back"
    )


def whale_note(found: Any) -> str:
    """Say what the curve cannot show where cost to serve is not known; "" where it is."""
    if found.knows_costs:
        return ""
    return sentence(
        f"cost to serve is not known, so the curve shows {found.word} before it, and cannot show customers whose service costs more than"
        " they bring; with it, the curve would rise further and fall deeper"
    )


def whale_title(found: Any) -> str:
    """Say what the top fifth bring and what is given back; before cost to serve, where that is not known."""
    main, word = found.main, found.word
    if meaningless(main, word):
        return f"How {word} is spread cannot be shown"
    before = "" if found.knows_costs else "Before cost to serve, "
    if alike(main):
        text = "all bring the same, and nobody stands out"
    elif alone(main) == MOST:
        text = f"one customer brings nearly all the {word}"
    else:
        text = f"the top fifth bring {share(top(main).value)} of {word}"
        if back := given_back(main):
            text += f"; {share(back)} is given back"
    return before + text if before else text[:1].upper() + text[1:]


def alt_whale(found: Any) -> str:
    """Describe the curve by its marks."""
    main = found.main
    if meaningless(main, found.word):
        return "No curve: cumulative shares are not available."
    marks = [
        f"{share(part)} of customers at {share(top(main, part).value)}"
        for part in sorted(main.top)
        if top(main, part) and part * main.customers >= FEW
    ]
    peak = (
        f"; its peak at {share(main.whale_at)} of customers is {share(main.whale_peak)}"
        if given_back(main)
        else ""
    )
    told = f": {', '.join(marks)}{peak}" if marks else ""
    return (
        f"Curve of the cumulative share of {found.word} over customers, most profitable first{told}; a straight line"
        " shows where it would run if all brought the same."
    )


def all_from(windows: Mapping[int, Any], data_months: int | None = None) -> int | None:
    """Give the length from which on a window holds all the data there are; None where none does.

    Parameters
    ----------
    windows : mapping of int to Concentration
        By months.
    data_months : int, optional
        How many months the data hold. Where that is not known, windows hold the same only when there is nothing more.
    """
    if data_months is not None:
        return min((months for months in windows if months >= data_months), default=None)
    lengths = sorted(windows, reverse=True)
    found = None
    for longer, shorter in pairwise(lengths):
        one, other = windows[longer], windows[shorter]
        same = (one.customers, one.total, one.top) == (other.customers, other.total, other.top)
        if not one.available or not same:
            break
        found = shorter
    return found


def windows_message(windows: Mapping[int, Any], word: str, *, data_months: int | None = None) -> str:
    """Say how the top fifth's share differs between the shortest and the longest window, where that is more than chance.

    Parameters
    ----------
    windows : mapping of int to Concentration
        By months.
    data_months : int, optional
        See `all_from`.
    """
    every = all_from(windows, data_months)
    told = {
        months: top(found)
        for months, found in sorted(windows.items())
        if top(found) is not None and (every is None or months <= every)
    }
    if not told:
        return f"How {word} is spread in windows of different lengths is not available."
    (short, first), (long, last) = next(iter(told.items())), list(told.items())[-1]
    if short == long:
        where = "in all the data there are" if short == every else f"in {people(short, 'month')}"
        return sentence(
            f"the data reach one window only: {where} the top fifth bring {share(first.value)} of {word}"
        )
    whole = "of all the data" if long == every else f"of {span(long, many=True)}"
    ends = f"the top fifth of a {span(short)}'s buyers bring {_brought(first)} of its {word}, {whole} {_brought(last)}"
    if not sure(first) or not sure(last):
        why = "so few bring so much that intervals are unreliable"
        return sentence(
            f"whether {word} is more or less concentrated over a longer window cannot be judged, as {why}: {ends}"
        )
    if not apart(first.low, first.high, last.low, last.high):
        return sentence(
            f"between the shortest and the longest window there is no measurable difference in how concentrated {word} is: {ends}"
        )
    more = "more" if last.value > first.value else "less"
    return sentence(f"over the longest window {word} is {more} concentrated than over the shortest: {ends}")


def _brought(measure: Any) -> str:
    """Write a share with its interval, where that can be relied on."""
    return with_interval(measure) if sure(measure) else share(measure.value)


def span(months: int, *, many: bool = False) -> str:
    """Name a window: ``month``, ``12-month window``; as a whole ``one month``, ``12 months``."""
    if many:
        return "one month" if months == 1 else f"{count(months)} months"
    return "month" if months == 1 else f"{count(months)}-month window"


# What a rate of each model counts, and what counts of purchases count beside it.
_COUNTED = {
    "bgbb": ("active months", "how many purchases a month brings and not whether it brings any"),
    "bgnbd": ("purchase days", "purchases and not the days with any"),
    "pareto_nbd": ("purchase days", "purchases and not the days with any"),
    "nbd": ("purchases", "purchases of the months seen"),
}


def rates_message(found: Any) -> str:
    """Say how concentrated rates of activity are among all ever won, and that this is neither the buyers' money nor their purchases."""
    rates = found.rates
    if rates is None or not rates.model or not known(rates.top_fifth.value):
        return "How concentrated activity is, whatever the window, cannot be said: no model of purchases can be relied on."
    what, counted = _COUNTED.get(rates.model, ("activity", "purchases"))
    text = (
        f"of the activity rates ({what} while a customer lasts) of everybody ever won, the fifth with the highest hold"
        f" {with_interval(rates.top_fifth)}, whatever the window: that is concentration of activity, not of buyers' {found.word}, and the"
        " two are never to be set beside one another as the same thing"
    )
    if len(found.counts):
        text += f"; nor is it that of the table of counts below, which includes customers who have left and counts {counted}"
    return sentence(text)


def counts_message(counts: pd.DataFrame) -> str:
    """Say that rates learned from a short window agree with those from a long one, where buyers' shares do not; or that they do not."""
    told = counts[counts.rates_top_fifth.notna()] if len(counts) else counts
    if len(told) < 2:
        return "Whether counts of a longer window tell the same of the rates behind them cannot be said."
    first, last = told.iloc[0], told.iloc[-1]
    apart = abs(float(last.rates_top_fifth) - float(first.rates_top_fifth))
    rates = f"{share(first.rates_top_fifth)} and {share(last.rates_top_fifth)}"
    buyers = f"{share(first.buyers_top_fifth)} and {share(last.buyers_top_fifth)}"
    verdict = "agree" if apart < _ABOUT_AS else "do not agree, so the model is to be taken with care"
    return sentence(
        f"learned from counts of {people(first.months, 'month')} and of {people(last.months, 'month')}, the shares of the most active fifth"
        f" {verdict} ({rates}); what the top fifth of buyers were seen to buy was {buyers}"
    )


def _tenths(table: pd.DataFrame) -> pd.DataFrame:
    """Give the tenths of customers who bring something, the highest first, without empty ones."""
    if not len(table):
        return table
    rows = table[(table.decile.astype(str) != LOSING) & (table.customers > 0)]
    return rows.assign(order=rows.decile.astype(int)).sort_values("order")


def rates_differ(rows: pd.DataFrame) -> bool:
    """Say whether margin is something else than value: where nothing tells the two apart, a rate says nothing."""
    told = rows.margin_rate.dropna().astype(float)
    return bool(len(told)) and bool((told != 1).any())


def _together(rows: pd.DataFrame) -> tuple[float, float, float]:
    """Give purchases per customer, value per purchase and margin rate of several tenths taken together."""
    heads = rows.customers.astype(float)
    times = heads * rows.per_customer.astype(float)
    value = (times * rows.per_purchase.astype(float).fillna(0)).sum()
    margin = rows.margin.astype(float).sum()
    often, all_times = times.sum() / heads.sum(), times.sum()
    rate = margin / value if value > 0 and rates_differ(rows) else float("nan")
    return often, value / all_times if all_times > 0 else float("nan"), rate


def deciles_message(table: pd.DataFrame) -> str:
    """Say what makes the top tenth different from the others: more purchases, more per purchase, a higher margin rate.

    Parameters
    ----------
    table : DataFrame
        Tenths with equally many customers, see `custlib.measure.concentration`.
    """
    rows = _tenths(table)
    if len(rows) < 2:
        return "What makes the top tenth different cannot be said: too few customers bring anything."
    highest, others = _together(rows.iloc[:1]), _together(rows.iloc[1:])
    told = [
        said
        for mine, theirs, words in zip(highest, others, _DIFFERENT, strict=True)
        if (said := _times(mine, theirs, *words))
    ]
    if not told:
        return "What makes the top tenth different cannot be said: purchases are not known."
    return sentence(
        "what makes a customer of the top tenth different from one of the other tenths above zero, taken together:"
        f" {listed(told)}"
    )


# What a factor is called where it is so many times another, and where both are about the same.
_DIFFERENT = (
    ("as many purchases", "about as many purchases"),
    ("as much per purchase", "about as much per purchase"),
    ("the margin rate", "about the same margin rate"),
)


def _times(mine: float, theirs: float, words: str, same: str) -> str:
    """Write how many times another one is; "" where that means nothing."""
    if not known(mine) or not known(theirs) or mine <= 0 or theirs <= 0:
        return ""
    return same if abs(mine / theirs - 1) < _ABOUT_AS else f"{decimal(mine / theirs, 1)} times {words}"


def profit_message(table: pd.DataFrame, word: str) -> str:
    """Say how few bring as much as how many."""
    rows = _tenths(table)
    if len(rows) < 2:
        return sentence(
            f"how few bring a tenth of the {word} cannot be said: too few customers bring anything"
        )
    if int(rows.customers.iloc[0]) < FEW:
        return sentence(f"so few bring the first tenth of the {word} that how many would tell of them")
    first, last, whole = rows.iloc[0], rows.iloc[-1], float(rows.margin.astype(float).sum())
    return sentence(
        f"of the {word} of customers above zero the most profitable {count(first.customers)} bring {share(first.margin / whole)},"
        f" the least profitable {count(last.customers)} {share(last.margin / whole)}"
    )
