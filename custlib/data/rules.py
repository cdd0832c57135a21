"""The rules a table must keep, each as one DuckDB test that is true for a row that breaks it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from custlib.data.binding import INPUT, Binding, Bound
from custlib.data.columns import (
    given,
    id_spoiled,
    is_float,
    is_number,
    is_text,
    literal,
    number_pattern,
    quote,
)

Level = Literal["error", "warning"]

_EARLIEST = date(1970, 1, 1)
_EARLIEST_OF_A_PERSON = date(1900, 1, 1)  # of the tables that say when a relationship began
_WRITTEN_DATE = "[0-9]{1,2}[./ -][0-9]{1,2}[./ -][0-9]{2,4}([ T].*)?"
_MAY_BE_EMPTY = (("transactions", "customer_id"), ("surveys", "score"))  # must be mapped, and that is all
_MONEY_LIMIT = "1e14"  # DECIMAL(18,4) ends here


@dataclass(frozen=True)
class Rule:
    """A rule of one column: `test` is the SQL that is true where it is broken; `shown` the value to show.

    `of_day` says the same of a row's day alone, for rules that depend on today; None for all others.
    """

    column: str
    text: str
    level: Level
    hint: str
    test: str
    shown: str = "NULL"
    of_day: Callable[[date], bool] | None = None


def row_rules(binding: Binding, currency: str, today: date) -> list[Rule]:
    """Give every rule that one row alone can break, for all mapped columns of a table."""
    rules: list[Rule] = []
    for bound in binding.columns.values():
        rules += _required(binding, bound)
        if bound.kind == "id":
            rules += _ids(bound)
        elif bound.kind in ("date", "month"):
            rules += _dates(binding, bound, today)
        elif bound.kind in ("money", "number"):
            rules += _amounts(binding, bound)
        elif bound.kind == "flag":
            test = f"{given(bound.input, bound.type)} AND {quote(bound.name)} IS NULL"
            rules.append(
                Rule(bound.name, "neither yes nor no", "error", "write true or false", test, bound.input)
            )
    if binding.spec.currency_column:
        written = f"upper(trim(CAST({quote(INPUT + 'currency')} AS VARCHAR)))"
        hint = (
            f"keep one currency with filter: \"{binding.spec.currency_column} = '{currency}'\", or convert it"
        )
        test = f"{written} IS DISTINCT FROM {literal(currency)}"
        rules.append(Rule("currency", f"not in {currency}", "error", hint, test, written))
    return rules


def _required(binding: Binding, bound: Bound) -> list[Rule]:
    """Demand that a required column is filled; two need not be, and that is a stated policy of each."""
    table = binding.table.name
    also = table == "transactions" and bound.name == "margin"
    if not (bound.required or also) or (table, bound.name) in _MAY_BE_EMPTY:
        return []
    what = "amount" if bound.kind == "money" else bound.kind
    hint = "mend the rows, or leave them out with a filter"
    return [Rule(bound.name, f"{what} missing", "error", hint, _absent(bound))]


def _absent(bound: Bound) -> str:
    if is_float(bound.type) and bound.kind in ("money", "number"):
        return f"{bound.input} IS NULL"  # NaN is reported as not finite
    return f"NOT coalesce({given(bound.input, bound.type)}, false)"


def _ids(bound: Bound) -> list[Rule]:
    # only where two customers would become one; the test is too dear for every order and product
    test = id_spoiled(bound.input, bound.type) if bound.name in ("customer_id", "referred_by") else "false"
    if test == "false":
        return []
    hint = "export the column as text: written like 1.23457E+11, different customers become one"
    return [Rule(bound.name, "id that lost digits", "error", hint, test, f"CAST({bound.input} AS VARCHAR)")]


def _dates(binding: Binding, bound: Bound, today: date) -> list[Rule]:
    name, value = quote(bound.name), bound.input
    bad = f"({given(value, bound.type)} AND {name} IS NULL)"
    shown = f"CAST({value} AS VARCHAR)"
    rules = []
    date_format = binding.spec.options.date_format
    if date_format and (is_text(bound.type) or is_number(bound.type)):
        hint = "mend the rows, or declare options: {date_format: ...} as the dates are written"
        rules.append(Rule(bound.name, f"date not written as {date_format}", "error", hint, bad, shown))
    elif is_text(bound.type):
        written = f"coalesce(regexp_full_match(trim({value}), '{_WRITTEN_DATE}'), false)"
        hint = 'day or month first? declare it, for example options: {date_format: "%d/%m/%Y"}'
        rules.append(Rule(bound.name, "ambiguous date", "error", hint, f"{bad} AND {written}", shown))
        hint = 'write dates as 2026-06-30, or declare options: {date_format: ...} such as "%d.%m.%Y"'
        rules.append(Rule(bound.name, "not a date", "error", hint, f"{bad} AND NOT {written}", shown))
    elif is_number(bound.type):
        hint = 'declare options: {date_format: "%Y%m%d"}, or compute a date with an expression'
        rules.append(Rule(bound.name, "number where a date is expected", "error", hint, bad, shown))
    elif bound.type != "DATE" and not bound.type.startswith("TIMESTAMP"):
        rules.append(
            Rule(bound.name, f"{bound.type} where a date is expected", "error", "map another column", bad)
        )
    return rules + _plausible(binding, bound, today)


def _plausible(binding: Binding, bound: Bound, today: date) -> list[Rule]:
    name, shown = quote(bound.name), f"CAST({quote(bound.name)} AS VARCHAR)"
    relationship = binding.table.name in ("customers", "customer_months")
    first = _EARLIEST_OF_A_PERSON if relationship else _EARLIEST
    # a contract may be closed and a promise fall due years ahead; nothing else is known so early
    ahead = 20 * 366 if bound.name in ("closed_on", "due_on") else 366
    last = today + timedelta(days=ahead)
    test = f"({name} < DATE '{first}' OR {name} > DATE '{last}')"
    hint = f"expected {first} to {last}; a placeholder becomes NULL with nullif({bound.expression}, ...)"
    return [
        Rule(bound.name, "implausible date", "error", hint, test, shown, lambda day: not first <= day <= last)
    ]


def _amounts(binding: Binding, bound: Bound) -> list[Rule]:
    value, name = bound.input, quote(bound.name)
    money = bound.kind == "money"
    shown = f"CAST({value} AS VARCHAR)"
    rules = []
    if is_float(bound.type):
        place = (binding.table.name, bound.name)
        required = (bound.required or place == ("transactions", "margin")) and place not in _MAY_BE_EMPTY
        test = f"(isinf({value}){f' OR isnan({value})' if required else ''})"
        hint = "mend the rows or the expression: infinity and NaN have no sum"
        rules.append(Rule(bound.name, "not finite", "error", hint, test, shown))
        large = f"(isfinite({value}) AND abs({value}) >= {_MONEY_LIMIT})"
    elif is_number(bound.type):
        large = f"({value} IS NOT NULL AND {name} IS NULL)"
    elif is_text(bound.type):
        decimal = binding.spec.options.decimal
        number = f"coalesce(regexp_full_match(trim({value}), '{number_pattern(decimal)}'), false)"
        large = f"({number} AND {name} IS NULL)"
        hint = (
            f"the decimal mark is declared as {decimal!r}; without currency signs and blanks"
            if decimal
            else 'without currency signs and blanks; a decimal comma is declared by options: {decimal: ","}'
        )
        bad = f"({given(value, bound.type)} AND NOT {number})"
        rules.append(Rule(bound.name, "not a number", "error", hint, bad, shown))
    else:
        wrong = f"{value} IS NOT NULL"
        return [
            Rule(bound.name, f"{bound.type} where a number is expected", "error", "map another column", wrong)
        ]
    if money:
        hint = "amounts must stay below 100,000,000,000,000; is it the right column?"
        rules.append(Rule(bound.name, "amount too large", "error", hint, large, shown))
    if bound.name in ("cost", "cost_to_serve", "acquisition_cost"):
        hint = "costs are written as positive amounts"
        rules.append(Rule(bound.name, "negative cost", "warning", hint, f"{name} < 0", shown))
    return rules


def row_key(binding: Binding) -> str:
    """Give the expression by which examples name a row: its order, customer and day, or what makes it unique."""
    named = [
        ("order_id", "order "),
        ("customer_id", "customer "),
        ("date", ""),
        ("month", ""),
        ("due_on", ""),
    ]
    if not binding.table.names_customers:
        named += [(name, f"{name} ") for name in binding.table.unique if name != "month"]
    parts = [f"{literal(word)} || CAST({quote(n)} AS VARCHAR)" for n, word in named if binding.has(n)]
    return f"concat_ws(', ', {', '.join(parts)})"
