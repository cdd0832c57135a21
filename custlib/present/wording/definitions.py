"""What each word means here, with the company's own windows filled in: the foot of every page."""

from collections.abc import Sequence

import pandas as pd

from custlib.company import Company
from custlib.present.numbers import share
from custlib.present.wording.words import listed, people, sentence


def definitions(company: Company, word: str) -> dict[str, str]:
    """Give the definitions in force, by term, in reading order.

    Parameters
    ----------
    word : str
        What the company's money is: "margin", "revenue", ...
    """
    settings = company.settings
    active_window = people(settings.active_window_months, "month")
    value_window = people(settings.value_window_months, "month")
    bought = f"at least one qualifying transaction in the {active_window} to the month's end"
    active = {
        "non_contractual": bought,
        "contractual": "a contract open at the month's end",
        "mixed": f"{bought}, or a contract open then, and not closed",
    }[company.relationship]
    log = company.tables.get("transactions")
    rule = (log.qualifying if log else None) or "amount >= 0"
    gone = {
        "non_contractual": f"not at this one: the last qualifying transaction lies {active_window} back",
        "contractual": "not at this one: the contract has ended",
        "mixed": f"not at this one: closed, or the last qualifying transaction lies {active_window} back",
    }[company.relationship]
    terms = {
        "Active": f"{active}. Qualifying: {rule}. Returns change value, never activity.",
        "New": "active now, never before, and not a customer from before the data begin.",
        "Won back": "active now, not at the month end before, and not new.",
        "Lost": f"active at the month end before and {gone}.",
        "Retained": "active at both month ends.",
        "Value": f"{word} of a customer in the {value_window} to the month's end."
        + ("" if settings.value_window_months == 12 else " The annual comparison uses 12 months."),
        word.capitalize(): _money_meaning(company, word),
        "Grew or shrank materially": f"{word} moved by more than {share(settings.material_change)} of what it was"
        " at the opening, where that was above zero; the money lines count every change.",
        "Last active year": f"{word} in the 12 months to a leaver's last active month.",
        "First year": f"{word} in the first 12 months of the latest month's joiners who have had them.",
        "Unusual": "further from the median of up to 24 earlier monthly changes than three times their spread"
        " (1.4826 x the median absolute deviation); at least 12 changes are needed.",
    }
    if settings.core:
        terms["Core customer"] = f"active, and {_core(company)}."
    return {term: sentence(meaning) for term, meaning in terms.items()}


def _money_meaning(company: Company, word: str) -> str:
    """Say what the company's money is made of, from the tables and columns it has."""
    tables = company.tables
    monthly = (tables["customer_months"].columns or {}) if "customer_months" in tables else {}
    whole = "customer_months" in tables and not monthly
    parts = {
        "revenue": "the amounts of all rows, returns taken off; nothing tells margin from revenue",
        "margin": "gross margin as the company books it",
    }
    text = parts.get(word, "the amounts of all rows, returns taken off")
    if word == "margin" and company.settings.margin_share != 1:
        text = f"{share(company.settings.margin_share)} of the amounts, where no margin is booked"
    if "costs" in tables or "cost_to_serve" in monthly or whole:
        text += ", less cost to serve where it is booked"
    return f"{text}."


def _core(company: Company) -> str:
    core = company.settings.core
    assert core is not None
    said = [listed([_condition(c) for c in core.all])] if core.all else []
    said += ["any of: " + ", ".join(_condition(c) for c in core.any)] if core.any else []
    return ", and ".join(said)


def _condition(condition) -> str:
    metric = condition.metric.replace("_", " ")
    window = "in the month" if condition.window_months == 1 else f"over {condition.window_months} months"
    for name, words in (("at_least", "at least"), ("at_most", "at most"), ("equals", "equal to")):
        limit = getattr(condition, name)
        if limit is not None:
            written = f"{limit:,g}" if isinstance(limit, float) else str(limit)
            return f"{metric} {words} {written} {window}"
    return metric


def terms_table(terms: dict[str, str], only: Sequence[str] | None = None) -> pd.DataFrame:
    """Lay definitions out: term, meaning; `only` names the terms a page uses."""
    chosen = [(term, meaning) for term, meaning in terms.items() if only is None or term in only]
    return pd.DataFrame(chosen, columns=["term", "meaning"])
