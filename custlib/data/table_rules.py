"""Rules that belong to one table alone: its scales, its order of days, which way is better."""

from collections.abc import Mapping
from datetime import date, timedelta

from custlib.data.binding import Binding
from custlib.data.columns import literal, quote
from custlib.data.rules import Rule
from custlib.surveying import KNOWN, Scale

# days that have happened; a promise may fall due, a contract end and an event be planned years ahead
_HAPPENED = {
    "transactions": ("date",), "costs": ("date",), "surveys": ("date",), "feedback": ("date", "resolved_on"),
    "promises": ("kept_on",), "operations": ("month",),
}  # fmt: skip


def table_rules(binding: Binding, today: date, scales: Mapping[str, Scale] = KNOWN) -> list[Rule]:
    """Give the rules of one table alone, for the columns it has mapped; `scales` are those of its surveys."""
    rules = [_not_yet(binding, name, today) for name in _HAPPENED.get(binding.table.name, ())]
    own = {"customers": _customers, "feedback": _feedback, "operations": _operations}
    rules += own[binding.table.name](binding) if binding.table.name in own else []
    rules += _surveys(scales) if binding.table.name == "surveys" else []
    return [rule for rule in rules if binding.has(rule.column)]


def _not_yet(binding: Binding, name: str, today: date) -> Rule:
    day = quote(name)
    last = today + timedelta(days=366)
    test = f"({day} > DATE '{today}' AND {day} <= DATE '{last}')"
    hint = "rows after the reported month are counted and left out of it"
    shown = f"CAST({day} AS VARCHAR)"
    return Rule(name, "date in the future", "warning", hint, test, shown, lambda found: today < found <= last)


def _customers(binding: Binding) -> list[Rule]:
    rules = []
    if binding.has("acquired_on"):
        hint = "are the two columns swapped, or was the customer won back?"
        shown = "concat(acquired_on, ' to ', closed_on)"
        test = "closed_on < acquired_on"
        rules.append(Rule("closed_on", "closed before acquired", "error", hint, test, shown))
    hint = "leave referred_by empty where nobody referred the customer"
    test = "referred_by = customer_id"
    return [*rules, Rule("referred_by", "referred by the customer itself", "warning", hint, test)]


def _surveys(scales: Mapping[str, Scale]) -> list[Rule]:
    """Keep each scale known or declared to its whole numbers; what nobody declared may hold any number."""
    known = ", ".join(literal(metric) for metric in scales)
    hint = f"small letters: {', '.join(scales)}; an expression such as lower(...) does it"
    test = f"metric <> lower(metric) AND lower(metric) IN ({known})"
    rules = [Rule("metric", "known scale in capital letters", "error", hint, test, "metric")]
    for metric, scale in scales.items():
        text = f"{metric} that is not a whole number from {scale}"
        hint = (
            "leave it empty where an invited customer did not answer; "
            f"another scale needs another metric than {metric}, or a declaration under settings.scales"
        )
        outside = f"score NOT BETWEEN {scale.lowest} AND {scale.highest} OR score <> floor(score)"
        test = f"lower(metric) = {literal(metric)} AND score IS NOT NULL AND ({outside})"
        rules.append(Rule("score", text, "error", hint, test, "CAST(score AS VARCHAR)"))
    return rules


def _feedback(binding: Binding) -> list[Rule]:
    hint = "are the two columns swapped?"
    shown = "concat(date, ' to ', resolved_on)"
    return [Rule("resolved_on", "settled before it came in", "warning", hint, "resolved_on < date", shown)]


def _operations(binding: Binding) -> list[Rule]:
    hint = "write higher or lower, or leave it empty where higher is better"
    test = "better IS NOT NULL AND better NOT IN ('higher', 'lower')"
    return [Rule("better", "neither higher nor lower", "error", hint, test, "better")]
