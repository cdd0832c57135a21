"""The claim that hardly anybody is lost, put to the test in customers and in value, in words."""

from typing import Any

import pandas as pd

from custlib.measure.figures import FEW
from custlib.present.numbers import count, interval, money, number, percent, signed, writer
from custlib.present.wording.concentration import known
from custlib.present.wording.holders import apart
from custlib.present.wording.words import people, quoted, sentence

ALL = "all"
REFUTED, SUPPORTED, OPEN, NONE = "refuted", "supported", "open", "none"
NOT_TESTED = "How much is lost in a year cannot be tested: the data do not reach back far enough."


def claimed(claim: float) -> str:
    """Write a claimed rate without noughts: ``1%``, ``1.25%``."""
    return percent(claim, 2).rstrip("%").rstrip("0").rstrip(".") + "%"


def whole(test: Any) -> pd.Series | None:
    """Give the line of the whole base; None where nobody was active a year ago."""
    if test is None or not len(test.table):
        return None
    rows = test.table[test.table.segment == ALL]
    return rows.iloc[0] if len(rows) and rows.iloc[0].customers else None


def rate(row: Any, name: str = "") -> str:
    """Write a rate with its interval: ``1.2% (0.7% to 2.0%)``; name is "", "value", "closed" or "closed_value"."""
    head = f"{name}_" if name else ""
    value, low, high = row[f"{head}rate"], row[f"{head}low"], row[f"{head}high"]
    if not known(value):
        return "an unknown share"
    return f"{percent(value)} ({interval(low, high, percent)})" if known(low) else percent(value)


def few(row: Any) -> bool:
    """Say whether what the lost of a line had brought would tell of a handful (see `custlib.measure.loss.private_rows`)."""
    return bool(row["private"])


def _few(row: Any, name: str) -> bool:
    return bool(0 < row[name] < FEW)


def ends(row: Any, name: str = "") -> str:
    """Write a rate's interval in brackets; "" where there is none."""
    head = f"{name}_" if name else ""
    low, high = row[f"{head}low"], row[f"{head}high"]
    return f" ({interval(low, high, percent)})" if known(low) else ""


def lead(test: Any, word: str, months: int = 12) -> str:
    """Say which share of customers and of value is lost, and the verdict on the claim for each.

    Parameters
    ----------
    test : object or None
        See `custlib.measure.loss.LossTest`; None where the data do not reach back.
    months : int
        How far the comparison reaches back.
    """
    row = whole(test)
    if row is None:
        return NOT_TESTED
    when = "a year" if months == 12 else f"in {people(months, 'month')}"
    people_lost = f"we lose {percent(row['rate'])} of customers {when}{ends(row)}"
    claim = f"the claim of about {claimed(test.claim)}"
    if few(row) or not known(row.value_rate):
        why = "it would tell of a handful" if few(row) else "those active then brought none between them"
        return sentence(
            f"{people_lost}; what they had brought of {word} is not shown, as {why}: {claim} {_alone(test.verdict_customers)} customers"
        )
    joined = ", but" if apart(row.low, row.high, row.value_low, row.value_high) else " and"
    return sentence(
        f"{people_lost}{joined} {percent(row.value_rate)} of {word}{ends(row, 'value')}: {claim}"
        f" {verdict(test.verdict_customers, test.verdict_value, word)}"
    )


_ALONE = {
    SUPPORTED: "holds for",
    REFUTED: "does not hold for",
    OPEN: "can neither be upheld nor refuted for",
    NONE: "cannot be tested for",
}


def _alone(found: str) -> str:
    return _ALONE[found]


def verdict(customers: str, value: str, word: str = "value") -> str:
    """Say what becomes of the claim: ``holds for customers and not for margin``."""
    if customers == value:
        return {
            SUPPORTED: f"holds for customers and for {word}",
            REFUTED: f"holds neither for customers nor for {word}",
            OPEN: f"can neither be upheld nor refuted, for customers as for {word}: the losses may be chance",
            NONE: f"cannot be tested, for customers or for {word}",
        }[customers]
    if (customers, value) == (SUPPORTED, REFUTED):
        return f"holds for customers and not for {word}"
    if (customers, value) == (REFUTED, SUPPORTED):
        return f"holds for {word} and not for customers"
    return f"{_alone(customers)} customers, and {_alone(value)} {word}"


def arithmetic(test: Any, word: str, currency: str) -> str:
    """Write the two rates out."""
    row = whole(test)
    if row is None:
        return ""
    text = (
        f"{count(row.lost)} of {people(row.customers)} active then {'is' if row.lost == 1 else 'are'} not now"
    )
    if not row.lost:
        text = f"of {people(row.customers)} active then nobody was lost"
    elif known(row.value_rate) and not few(row):
        text += f"; they had brought {money(row.lost_value, currency)} of {money(row.value, currency)} of {word} in the 12 months to then"
    return sentence(
        f"{text}. Refuted where the interval begins above the claim, supported where it ends at or below it, else open"
    )


def closed_message(test: Any, word: str) -> str:
    """Say what recorded closures alone tell, which is another way of counting."""
    row = whole(test)
    if row is None:
        return "What recorded closures tell of a year cannot be said."
    if test.verdict_closed == NONE or not known(row.closed_rate):
        return "Closures are not recorded, so that only the rule of activity can tell who is lost."
    value = f" and {rate(row, 'closed_value')} of {word}" if known(row.closed_value_rate) else ""
    told = {
        SUPPORTED: "counted so, the claim holds for customers",
        REFUTED: "even so, the claim does not hold for customers",
        OPEN: "counted so, the claim can neither be upheld nor refuted",
    }[test.verdict_closed]
    silent = ""
    if row.lost > row.closed:
        silent = f"; the other {people(row.lost - row.closed)} lost fell silent without a closure"
    return sentence(
        f"by recorded closures alone we lose {rate(row, 'closed')} of customers{value}: {told}{silent}"
    )


def by_band(test: Any) -> pd.DataFrame:
    """Give the lines of the bands; none where there are none."""
    return (
        test.table[(test.table.segment != ALL) & (test.table.customers > 0)]
        if test is not None
        else pd.DataFrame()
    )


def bands_message(test: Any, word: str) -> str:
    """Say in which value band most customers are lost and in which fewest, where the difference is more than chance."""
    rows = by_band(test)
    if len(rows) < 2:
        return "Whether more are lost of one value band than of another cannot be said."
    best, worst = rows.loc[rows.rate.astype(float).idxmin()], rows.loc[rows.rate.astype(float).idxmax()]
    if not apart(best.low, best.high, worst.low, worst.high):
        return "Between the value bands there is no measurable difference in the share of customers lost."
    return sentence(
        f"by value band most are lost of {quoted(worst.segment)}, {rate(worst)} of its customers, and fewest of {quoted(best.segment)}, {rate(best)}"
    )


def title(test: Any, word: str) -> str:
    """Say the two rates."""
    row = whole(test)
    if row is None:
        return "How much is lost in a year cannot be shown"
    if few(row) or not known(row.value_rate):
        return f"We lose {percent(row.rate)} of customers a year"
    return f"We lose {percent(row.rate)} of customers and {percent(row.value_rate)} of {word} a year"


def alt(test: Any, word: str) -> str:
    """Describe the dots with their lines, and the stroke at the claim."""
    row = whole(test)
    if row is None:
        return "No dots: how much is lost in a year is not available."
    said = [f"all in customers {rate(row)}"]
    if known(row.value_rate) and not few(row):
        said.append(f"all in {word} {rate(row, 'value')}")
    said += [f"customers of {line['segment']} {rate(line)}" for line in by_band(test).to_dict("records")]
    return f"A dot per line with its 95% interval, and a stroke at the claimed {claimed(test.claim)}: {'; '.join(said)}."


def silent_message(test: Any, currency: str, word: str) -> str:
    """Set those who stayed and halved beside those who doubled: only what is more on one side is loss or gain."""
    row = whole(test)
    if row is None or not row.stayed or not known(row.halved_share):
        if test is None:
            return "Silent loss cannot be said: the data do not reach back far enough."
        return "Silent loss cannot be said: nobody, or nobody who brought anything, was active both then and now."
    less = (
        f", {money(row.halved_fall, currency)} less together" if row.halved and known(row.halved_fall) else ""
    )
    more = f", {money(row.doubled_rise, currency)} more" if row.doubled and known(row.doubled_rise) else ""
    stayed = "the one customer" if row.stayed == 1 else f"the {people(row.stayed)}"
    text = (
        f"of {stayed} who stayed, {_bringing(row, 'halved')} half as much {word} in 12 months or less{less};"
        f" {_bringing(row, 'doubled')} twice as much or more{more}"
    )
    return sentence(f"{text}: {_SILENT[test.silent_verdict]}{_left_aside(int(row.younger))}")


MORE_HALVED = "more halved"
_SILENT = {
    MORE_HALVED: "more halved than doubled, and by more than chance would have it, so value is lost that no count of leavers shows",
    "more doubled": "more doubled than halved, by more than chance would have it",
    "cannot tell": "between halving and doubling there is no measurable difference, so nothing here says that we lose silently",
    NONE: "so nothing here says that we lose silently",
}


def _bringing(row: Any, what: str) -> str:
    """Write how many bring so much: ``none brings``, ``1 (0.5%) brings``, ``202 (20.5%) bring``."""
    number = int(row[what])
    if not number:
        return "none brings"
    return f"{count(number)} ({percent(row[f'{what}_share'])}) {'brings' if number == 1 else 'bring'}"


def _left_aside(younger: int) -> str:
    """Say how many are not counted because they had not been customers for as long as value was counted."""
    if not younger:
        return ""
    verb = "is" if younger == 1 else "are"
    return (
        f"; {people(younger)} who had been with us for less than the 12 months counted then {verb} left aside"
    )


def silent_note() -> str:
    """Say why some halve by chance alone, and why the young are left aside."""
    return (
        "Some halve and some double by chance alone, though nothing has changed for them: whoever stood at the top then had luck, too. So"
        " in the upper bands more halve and in the lower ones more double, and only the whole base is to be judged by this. Whoever had"
        " not been a customer for the whole 12 months counted then is left aside: a year that is not full makes the next one look like growth."
    )


def _newcomers(heads: Any) -> str:
    return "nobody new" if not heads else "one new customer" if heads == 1 else f"{count(heads)} new ones"


def net_message(context: pd.DataFrame, currency: str, word: str) -> str:
    """Set gross loss beside what came, in customers and in money: the net hides both."""
    if context is None or not len(context):
        return "Gross loss beside what came is not available."
    row = context.iloc[0]
    if not known(row.lost_customers) or not known(row.new_customers):
        return "Gross loss beside what came is not available."
    heads = int(row.new_customers - row.lost_customers)
    text = f"gross, {people(row.lost_customers)} left over the year and {_newcomers(row.new_customers)} came: net {signed(heads, count)}"
    shown = not _few(row, "lost_customers") and not _few(row, "new_customers")
    if known(row.lost_value) and known(row.new_value) and shown:
        net = number(row.new_value) - number(row.lost_value)  # type: ignore[operator]
        text += (
            f"; the leavers had brought {money(row.lost_value, currency)} of {word} in 12 months, the new ones bring {money(row.new_value, currency)} so far:"
            f" net {signed(net, writer(currency))}"
        )
    return sentence(f"{text}. A net figure alone shows neither")
