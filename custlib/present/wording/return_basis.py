"""What Return on Customer rests on, in words: the frozen basis, its restatement, equity fitted again, and other assumptions."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from custlib.periods import month_name
from custlib.present.numbers import money, money_exact, percent, signed, writer
from custlib.present.wording import assumptions, returns
from custlib.present.wording.returns import known
from custlib.present.wording.words import listed, people, quoted, sentence

# A basis of another length is said to be one.
USUAL = 12


def basis_message(found: Any) -> str:
    """Say on which parameters values rest, and until when these stay as they are."""
    if found.basis_month is None:
        return sentence(f"there is no basis to value customers on: {returns.why_not(found)}")
    text = (
        f"{_months(found)} are valued at both ends by what was known at the end of {month_name(found.basis_month)}; that basis stays as it is until"
        " December has ended, so that no month is judged by what it has itself taught"
    )
    ledger = _ledger(found)
    if ledger is not None and ledger.restatement:
        text += ". Months of the year before rest on a basis of their own"
    return sentence(text)


def _months(found: Any) -> str:
    """Name the months that the basis values: of a year, or those after the first basis."""
    first = found.basis_month.year == found.month.year
    return f"the months after {month_name(found.basis_month)}" if first else f"the months of {found.month:%Y}"


def basis_notes(found: Any) -> list[str]:
    """Say what is unusual about the basis, and what the return leaves out."""
    told = []
    if found.basis_months != USUAL:
        told.append(
            sentence(
                f"the basis needs {people(found.basis_months, 'month')} of data here and not {people(USUAL, 'month')}, as the company file has it:"
                f" {'the less it has seen, the less it can be relied on' if found.basis_months < USUAL else 'the return begins later for it'}"
            )
        )
    if found.at_limit:
        told.append(
            sentence(
                "when the basis was taken hardly anybody had been seen to leave, so that customers are valued as if nobody leaves for good;"
                " this makes them worth too much, and each who falls silent costs too much"
            )
        )
    told += [_pooled(found, kind, names) for kind, names in found.pooled_kinds.items()]
    told.append(
        sentence(
            f"values count all months to come, discounted at {percent(found.annual_rate)} a year ({percent(found.monthly_rate, 3)} a month),"
            " whatever horizon other pages show: to leave out months far ahead would pretend a return when they come nearer"
        )
    )
    return told


def _pooled(found: Any, kind: str, names: Sequence[str]) -> str:
    """Say which segments the month's own basis does not know, of those with or of those without a contract."""
    who = {"contract": "with a contract", "use": "without a contract"}.get(kind, f"of the kind {kind}")
    one = len(names) == 1
    when = "" if found.basis_month is None else f" at the end of {month_name(found.basis_month)}"
    return sentence(
        f"of {listed([quoted(str(name)) for name in names])} there were none, or too few, {who} when the basis was taken{when}: those {who} in"
        f" {'it' if one else 'them'} are valued by what all customers {who} together tell"
    )


def restatement_message(found: Any) -> str:
    """Say what the change of basis did to equity, and that it is no part of the return."""
    ledger = _ledger(found)
    if ledger is None:
        return "What a change of basis did is not available."
    if not ledger.restatement:
        return sentence(f"no new basis was taken {_over(ledger)}, so that nothing is restated")
    moved = float(ledger.restatement)
    way = "more" if moved > 0 else "less"
    text = (
        f"the basis was taken anew at the year's end, by which the same customers were worth {money(abs(moved), found.currency)} {way} in January"
        " than in December; it is counted neither as earned nor as lost, and is a line of the ledger and no part of the return"
    )
    return sentence(text)


def _ledger(found: Any) -> Any:
    return found.ledgers[max(found.ledgers)] if found.ledgers else None


def _over(ledger: Any) -> str:
    return (
        f"in {month_name(ledger.closing_month)}"
        if ledger.months == 1
        else f"in these {people(ledger.months, 'month')}"
    )


def refitted_message(found: Any) -> str:
    """Set the ledger's closing against equity by the latest parameters and against the page of customer equity."""
    ledger = _ledger(found)
    if ledger is None:
        return "Customer equity by the basis is not available."
    currency, closing = found.currency, float(ledger.closing)
    text = (
        f"the ledger closes at {money(closing, currency)}; if its models were fitted again today it would be"
    )
    if not known(found.refitted.value):
        return sentence(
            f"the ledger closes at {money(closing, currency)}; what it would be if its models were fitted again today is not available"
        )
    gap = found.refitted.value - closing
    said = returns.with_interval(returns.told(found.refitted, found), lambda value: money(value, currency))
    text += f" {said}"
    if money(found.refitted.value, currency) == money(closing, currency):
        return sentence(f"{text}, practically the same")
    return sentence(
        f"{text}, {money(abs(gap), currency)} {'more' if gap > 0 else 'less'}: that is what the months since the basis have taught, and it"
        " would become the restatement, were the next basis taken today"
    )


def model_note(found: Any) -> str:
    """Say what another model, horizon or fit for display makes of the difference to the page of customer equity; "" without one."""
    if not found.ledgers:
        return ""
    if not known(found.model_difference):
        return "The page of customer equity has no total, so that there is nothing to reconcile it with."
    if not abs(float(found.model_difference)) >= assumptions.PENNY:
        return ""
    return sentence(
        f"the page of customer equity has {money_exact(abs(float(found.model_difference)), found.currency)}"
        f" {'more' if found.model_difference > 0 else 'less'} than this ledger's closing: it may look ahead less far, use another model, and is fitted to"
        " today; the table holds that difference in one line"
    )


def sensitivity_message(found: Any) -> str:
    """Say whether another discount rate or margin would turn the verdict."""
    table, months = found.sensitivity, returns.period(found)
    row = None if months is None else found.returns[months]
    rows = table[table.value_created.notna()] if len(table) else table
    if row is None or not known(row.value_created.value) or rows.empty:
        return "What the return would be under other assumptions is not available."
    here = float(row.value_created.value) > 0
    turned = [_setting(each) for each in rows.itertuples() if (float(each.value_created) > 0) != here]
    least, most = (
        rows.loc[rows.value_created.astype(float).idxmin()],
        rows.loc[rows.value_created.astype(float).idxmax()],
    )
    money_signed = lambda value: signed(value, writer(found.currency))  # noqa: E731
    span = f"{money_signed(least.value_created)} ({_setting(least)}) to {money_signed(most.value_created)} ({_setting(most)})"
    if found.unsure:
        return sentence(
            f"under other rates and margins what lies beyond the hurdle runs from {span}; none of it is judged"
        )
    if turned:
        return sentence(
            f"the answer hangs on what is assumed: with {listed(turned)} it would turn; value created runs from {span}"
        )
    return sentence(f"none of the rates and margins tried turns the answer: value created runs from {span}")


def _setting(row: Any) -> str:
    """Name an assumption and its setting: ``a discount rate of 5.0% a year``, ``a margin 10% lower``."""
    said = assumptions.setting(row.assumption, row.setting)
    return f"a margin {said}" if row.assumption == "margin" else f"a {row.assumption} of {said}"


def definitions(found: Any) -> dict[str, str]:
    """Give the definitions that this page needs, by term, in reading order."""
    year = people(returns.YEAR, "month")
    told = {
        "Return on Customer": "profit made on customers in the period, and the change of what they are worth, as a part of what they were worth at"
        " its beginning. Profit is their margin less what winning new ones cost, where that is known (against a year earlier: of both years).",
        "Customer equity": f"{found.word} that all customers together are expected to bring in all months to come, discounted. What they brought before is"
        " not in it.",
        "Known at the beginning of each month": f"the customers of before the month: their {found.word} and the change of their value, without those won in it. Over {year} it is"
        " the sum of the months, each with the customers known at its own beginning: who was won in one month counts here from the next on, so that this is not the return of those"
        f" known {year} ago.",
        "Hurdle": f"what customers have to earn so that their value is not used up: the discount rate for a month; over {year} the unwinding of its months as a part of"
        " the opening, which is less than the yearly rate because what was received need not earn any more.",
        "Value created": "return less hurdle, times customer equity at the beginning; below zero it is value used up.",
        "Unwinding": "the discount of one month on the opening value: what is expected has come a month nearer.",
        "Expected margin": "the margin that was expected of the month and in the opening value; received or not, it is not to come any more.",
        "Survival": "more or fewer customers look still to be there than were expected to, at what those are worth who are.",
        "Frequency": "who is still there comes more or less often than expected.",
        "Spend": "what an active month of a customer is expected to bring has changed by what the latest ones brought.",
        "New customers": "value at the month's end of those first active in the month.",
        "Restatement": "the opening of January by the new basis less the closing of December by the old one, of the same customers.",
        "Valuation basis": f"the parameters by which customers are valued: fitted at the end of December to what was known then, or after the first"
        f" {people(found.basis_months, 'month')} of data, and kept for the year.",
        "95% interval": "where the figure would lie in 95 of 100 cases had chance sent other customers of the same kind to fit the basis to, and had the customers of these months themselves met with"
        " other luck; that the model itself may be wrong is not in it.",
    }
    return {term: sentence(meaning) for term, meaning in told.items()}


def sensitivity_rows(table: pd.DataFrame) -> pd.DataFrame:
    """Give the sensitivity table with its settings in words."""
    return table.assign(
        setting=[assumptions.setting(row.assumption, row.setting) for row in table.itertuples()]
    )


def checked(sums: int) -> str:
    """Say how many sums of the ledger were compared and agree."""
    if not sums:
        return "There is nothing to compare, as there is no ledger."
    return sentence(
        f"the ledger's lines, statuses, segments and months were added up and compared with one another in {people(sums, 'way')}: all agree"
    )
