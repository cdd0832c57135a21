"""Whether the model foresaw what came: the back-test against naive forecasts, and the calendar, in words."""

from calendar import month_name as calendar_names
from collections.abc import Sequence

import pandas as pd

from custlib.measure.clv.backtest import AVERAGE, REPEAT, Backtest
from custlib.measure.clv.groups import DAILY_MODELS, SHORTEST
from custlib.periods import month_name
from custlib.present.numbers import average, count, decimal, money, percent, share
from custlib.present.wording.words import listed, people, sentence

NAIVE = {
    REPEAT: "the months before, repeated",
    AVERAGE: "the same average for everybody",
}
ALIKE = 0.0005


def off(error: float) -> str:
    """Write by how much a forecast missed: ``3.1% too many``, ``2.0% too few``."""
    if abs(error) < ALIKE:
        return "practically right"
    return f"{percent(abs(error))} too {'many' if error > 0 else 'few'}"


def losing(test: Backtest) -> str:
    """Say first of all that the model did worse than a naive forecast."""
    best = _nearest(test.naive)
    return sentence(
        f"customer lifetime values are not to be relied on: over the {people(test.months, 'month')} foretold the model was off by"
        f" {percent(abs(test.error))}, a naive forecast ({NAIVE[best.key]}) by {percent(abs(best.error))}"
    )


def message(test: Backtest, events: str) -> str:
    """Say whether the model beats the naive forecasts, and by what."""
    if test.verdict == "none" or test.then is None:
        return sentence(f"there is no back-test: {_why_none(test)}")
    came = f"{count(test.actual)} came"
    amount = ""
    if test.margin_error == test.margin_error:
        amount = f" (in money {percent(abs(test.margin_error))} too {'much' if test.margin_error > 0 else 'little'})"
    text = (
        f"fitted to what was known at the end of {month_name(test.then)}, the model expected {count(test.predicted)} {events} of"
        f" {people(test.customers)} in the {people(test.months, 'month')} after; {came}, so it foretold {off(test.error)}{amount}"
    )
    naive = "; ".join(f"{NAIVE[row.key]}: {off(row.error)}" for row in test.naive.itertuples())
    verdict = {
        "beats": f"it comes nearer than every naive forecast ({naive})",
        "loses": f"a naive forecast comes nearer ({naive}), so its values are not proven",
        "cannot tell": f"whether that is nearer than naive forecasts cannot be told, as the difference may be chance ({naive})"
        if naive
        else "there is no naive forecast to compare it with",
    }[test.verdict]
    return sentence(f"{text}; {verdict}")


def _why_none(test: Backtest) -> str:
    if test.reason == "short":
        return f"to foretell even {people(1, 'month')} a model needs at least {people(SHORTEST, 'month')} before; every further month of data helps"
    if test.reason == "not fitted":
        return "to what was known at its beginning no model could be fitted that is to be trusted; a longer history helps"
    return "none of the customers it would be about did anything in the months to be foretold"


def arithmetic(test: Backtest) -> str:
    """Write the error out, with the interval of what could have come."""
    if test.verdict == "none":
        return ""
    return (
        f"{count(test.predicted)} expected / {count(test.actual)} came \N{MINUS SIGN} 1 = {percent(test.error)}; customers like these could by"
        f" chance have made it {count(test.low)} to {count(test.high)}"
    )


def money_note(test: Backtest, currency: str, word: str) -> str:
    """Say how near the forecast came in money, and that a shorter holdout than asked was used where it was."""
    if test.verdict == "none":
        return ""
    text = f"in money: {money(test.margin_predicted, currency)} of {word} foretold, {money(test.margin_actual, currency)} came"
    if test.margin_error == test.margin_error:
        text += f" ({percent(abs(test.margin_error))} too {'much' if test.margin_error > 0 else 'little'})"
        text += _repeated_money(test)
    if test.months < test.asked:
        text += f". The data allow {people(test.months, 'month')} to be foretold, not the {count(test.asked)} asked for"
    return sentence(text)


def _repeated_money(test: Backtest) -> str:
    """Say how near the money of the months before would have come, if repeated: values are money, and counts alone prove none."""
    off_by = test.margin_repeat / test.margin_actual - 1
    if off_by != off_by:
        return ""
    text = f"; the months before, repeated, would have been {percent(abs(off_by))} too {'much' if off_by > 0 else 'little'}"
    if abs(test.margin_error) > abs(off_by):
        text += ", nearer than the model: in money its values are not proven"
    return text


def _nearest(naive: pd.DataFrame):
    return naive.loc[naive.error.abs().idxmin()]


def tracking_title(test: Backtest) -> str:
    """Say how far the forecast was off."""
    if test.verdict == "none":
        return "What was foretold and what came cannot be compared"
    if abs(test.error) < ALIKE:
        return f"Over {people(test.months, 'month')} as many came as the model foretold"
    return f"Over {people(test.months, 'month')} the model foretold {off(test.error)}"


def alt_tracking(test: Backtest, events: str) -> str:
    """Describe the two panels at their end."""
    if test.verdict == "none" or test.tracking.empty:
        return "No lines: what was expected and what came is not available."
    last = test.tracking.iloc[-1]
    return (
        f"Two lines by month, expected and came, and their running totals below; in {month_name(last.month)} {count(last.expected)}"
        f" {events} were expected and {count(last.actual)} came. The last {people(test.months, 'month')}, which the model had not seen, are shaded."
    )


def deciles_title(test: Backtest) -> str:
    """Set the tenth of customers with the highest forecast against that with the lowest."""
    if test.deciles.empty:
        return "Forecasts by customer cannot be compared with what came"
    low, high = test.deciles.iloc[0], test.deciles.iloc[-1]
    if len(test.deciles) == 1:
        return f"All customers had one forecast, {average(high.predicted)} each; {average(high.actual)} came"
    return (
        f"Where most was foretold {average(high.actual)} came per customer, where least {average(low.actual)}"
    )


def alt_deciles(test: Backtest) -> str:
    """Describe the two lines, tenth by tenth."""
    if test.deciles.empty:
        return "No lines: forecasts by customer are not available."
    said = [
        f"{int(row.decile)}: {average(row.predicted)} foretold, {average(row.actual)} came"
        for row in test.deciles.itertuples()
    ]
    return f"Two lines over tenths of customers, the lowest forecast first; per customer: {'; '.join(said)}."


def miss(alive: pd.DataFrame) -> float | None:
    """Give the mean distance between chance and outcome, each group counted by its customers."""
    known = alive.dropna() if len(alive) else alive
    heads = known.customers.sum() if len(known) else 0
    return float(((known.predicted - known.actual).abs() * known.customers).sum() / heads) if heads else None


def alive_title(test: Backtest) -> str:
    """Say by how much chances to be active missed what came."""
    far = miss(test.alive)
    if far is None:
        return "Chances to be active cannot be compared with what came"
    return f"Chances to be active again missed by {decimal(far * 100, 1)} points on average"


def alive_message(test: Backtest) -> str:
    """Say how many were active of those with the lowest and with the highest chance."""
    far = miss(test.alive)
    if far is None:
        return "Chances to be active again are not available: there are contracts only, or there is no back-test."
    low, high = test.alive.iloc[0], test.alive.iloc[-1]
    span = f"within {people(test.months, 'month')}"
    if len(test.alive) == 1:
        return sentence(
            f"all customers had a chance of {percent(high.predicted)} to be active again {span}; {percent(high.actual)} were"
        )
    return sentence(
        f"active again {span} were {percent(high.actual)} of the {people(high.customers)} with the highest chance ({percent(high.predicted)}) and"
        f" {percent(low.actual)} of the {count(low.customers)} with the lowest ({percent(low.predicted)})"
    )


def alt_alive(test: Backtest) -> str:
    """Describe the dots about the diagonal."""
    if miss(test.alive) is None:
        return "No dots: chances to be active are not available."
    said = [f"{share(row.predicted)} foretold, {share(row.actual)} came" for row in test.alive.itertuples()]
    return f"A dot per group of customers about the line on which both are the same: {'; '.join(said)}."


def calendar_message(table: pd.DataFrame, models: Sequence[str], events: str, *, seasonal: bool) -> str:
    """Say whether some months of the year depart from what the model expects, and what follows from it."""
    known = table.dropna(subset=["ratio"]) if len(table) else table
    if known.empty:
        return sentence("whether some months of the year are stronger than others cannot be said yet")
    far = (known.ratio - 1).abs().sort_values(ascending=False, kind="stable").index
    said = [
        f"{calendar_names[int(known.calendar_month[i])]} ({_way(known.ratio[i])})"
        for i in far[: 3 if seasonal else 1]
    ]
    if not seasonal:
        return sentence(
            f"furthest from what the model expects of a month of the year is {said[0]}, which is near enough for single months to be judged"
            " against it"
        )
    daily = DAILY_MODELS & set(models)
    clock = "seasonal_clock: true" if daily else "clv_model: bgnbd and seasonal_clock: true"
    return sentence(
        f"{events} are seasonal, furthest from what the model expects in {listed(said)}; so single months are not judged against it, only"
        f" whole years (with {clock} in the company file, time is counted by the season)"
    )


def _way(ratio: float) -> str:
    return (
        "as expected"
        if abs(ratio - 1) < 0.005
        else f"{share(abs(ratio - 1))} {'more' if ratio > 1 else 'fewer'}"
    )
