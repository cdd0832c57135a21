"""What only the log is asked: its totals and months, what it must not be as a whole, and rows that are no fault."""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import pandas as pd

from custlib.company import Company
from custlib.data.binding import Binding, take_as_written, texts_of_ids
from custlib.data.columns import id_mended, quote
from custlib.data.profile import KEPT, SHARE, Profile, Tell, profile
from custlib.data.report import EXCLUSION_COLUMNS, Policy, Violation
from custlib.data.rules import Rule, row_rules
from custlib.data.source import Source
from custlib.data.table_rules import table_rules
from custlib.periods import Month, add_months, month_text, parse_month

# Above so many rows repeated ones are looked for within files and among a part of the rows, as they are read.
MANY = 20_000_000

ANY_DAY = date(2000, 1, 1)
_NOBODY, _ZERO, _RETURN, _QUALIFYING = "customer_id IS NULL", "amount = 0", "amount < 0", "qualifying"
_FILTERED = "excluded = 'filter'"

# Tests that are true of a row, and tests that are not.
Part = tuple[tuple[str, ...], tuple[str, ...]]


def mended(binding: Binding) -> list[str]:
    """Give the tests that an id was written as a decimal number, one per column of ids."""
    columns = binding.columns.values()
    tests = [id_mended(bound.input, bound.type) for bound in columns if bound.kind == "id"]
    return [test for test in tests if test != "false"]


def rewritten(binding: Binding) -> str:
    """Give the test that cleaning changed an id that is text."""
    changed = (f"{quote(bound.name)} IS DISTINCT FROM {bound.input}" for bound in texts_of_ids(binding))
    return " OR ".join(changed) or "false"


def parts(binding: Binding) -> dict[str, Part]:
    """Give the parts into which the log's rows and amounts are split, each with its tests; "" is all of it."""
    found: dict[str, Part] = {
        "": ((), ()),
        "attributed": ((KEPT,), (_NOBODY,)),
        "unattributed": ((KEPT, _NOBODY), ()),
        "excluded": ((), (KEPT,)),
        "zero": ((KEPT, _ZERO), ()),
        "return": ((KEPT, _RETURN), ()),
        "qualifying": ((_QUALIFYING,), ()),
    }
    reasons = {EXCLUSION_COLUMNS[reason]: f"excluded = '{reason}'" for reason in binding.excluding}
    return found | {f"excluded_{name}": ((test,), ()) for name, test in reasons.items()}


def log_profile(source: Source, company: Company, *, tell: Tell = lambda stage, done, total: None) -> Profile:
    """Profile the log by all that its checks ask; the same for every day on which it is asked."""
    binding = source.bindings["transactions"]
    # Rules that depend on today are asked of days; the others are the same on any.
    rules = [*row_rules(binding, company.currency, ANY_DAY), *table_rules(binding, ANY_DAY)]
    tests = [rule.test for rule in rules if rule.of_day is None]
    asked = [test for true, false in parts(binding).values() for test in (*true, *false)]
    asked += [_FILTERED, rewritten(binding), *mended(binding), *tests]
    return profile(source, binding, asked, tell=tell)


def spare_cleaning(source: Source, counts: Mapping[str, Any]) -> None:
    """Read the log's ids as they are written, where the check found that cleaning changes none of them."""
    if source.spark is None and counts.get("transactions_ids_rewritten") == 0:
        take_as_written(source.con.con, source.bindings["transactions"])


def totals_of(held: Profile, binding: Binding) -> dict[str, Any]:
    """Give the rows and amounts of the whole log and of its parts."""
    totals: dict[str, Any] = {}
    for part, (true, false) in parts(binding).items():
        chosen = held.where(*true, but=false)
        prefix = f"{part}_" if part else "source_"
        totals[f"{prefix}rows"] = held.rows(chosen)
        totals[f"{prefix}amount"] = sum(held.frame.amount[chosen], Decimal(0))
    totals["transactions_ids_mended"] = sum(held.rows(held.where(test)) for test in mended(binding))
    totals["transactions_ids_rewritten"] = held.rows(held.where(rewritten(binding)))
    totals["repeats"] = int(held.frame.repeats.sum())
    days = held.frame.date[held.where(KEPT)].dropna()
    totals["highest_day"] = max((day.day for day in days), default=0)
    return totals


def months_of(held: Profile, binding: Binding, today: date) -> pd.DataFrame:
    """Give the same by month, with the first and the last day of what no filter leaves out (None: nothing is left)."""
    counted: dict[str, pd.Series] = {}
    for part, (true, false) in parts(binding).items():
        chosen = held.where(*true, but=false)
        prefix = f"{part}_" if part else ""
        counted[f"{prefix}rows"] = held.frame.rows.where(chosen, 0)
        counted[f"{prefix}amount"] = held.frame.amount.where(chosen, Decimal(0))
    frame = pd.DataFrame({"month": held.months, **counted})
    months = frame[frame.month.notna()].groupby("month", sort=True).sum().reset_index()
    seen = held.where(but=[_FILTERED]) & held.frame.date.notna()
    past = seen & held.frame.date.map(lambda day: day is not None and day <= today)
    for name, rows, one in (
        ("first_date", seen, min),
        ("last_date", seen, max),
        ("last_past_date", past, max),
    ):
        months[name] = _of_days(held, rows, one, months.month)
    months["month"] = [month_text(month) for month in months.month]
    return months


def _of_days(held: Profile, rows: pd.Series, one: Callable[..., date], months: pd.Series) -> pd.Series:
    found: Mapping[Any, date] = {
        month: one(days) for month, days in held.frame.date[rows].groupby(held.months[rows])
    }
    return pd.Series([found.get(month) for month in months], dtype=object)


def emptiness(table: str, source_rows: int, kept: int) -> list[Violation]:
    """Give what is wrong with a table of which nothing is left; nothing where there are rows."""
    if not source_rows:
        return [Violation(table, "", "the table is empty", "error", 0, "is it the right file or table?")]
    if not kept:
        return [
            Violation(table, "", "no row is left by filter and scope", "error", 0, "look at filter and scope")
        ]
    return []


def log_as_a_whole(
    totals: dict[str, Any], months: pd.DataFrame, binding: Binding, found: list[tuple[Rule, int]]
) -> list[Violation]:
    """Give what only the whole log can break: it is empty, nobody is named, months are missing."""
    kept = totals["attributed_rows"] + totals["unattributed_rows"]
    violations = emptiness("transactions", totals["source_rows"], kept)
    if kept and not totals["attributed_rows"]:
        hint = "is it the right column? no figure of a customer can be computed"
        violations.append(Violation("transactions", "customer_id", "no row has a customer", "error", 0, hint))
    elif (
        kept
        and not totals["qualifying_rows"]
        and not any(count for rule, count in found if rule.level == "error")
    ):
        hint = "no customer would ever be active; look at the qualifying rule"
        violations.append(Violation("transactions", "qualifying", "no row qualifies", "error", 0, hint))
    written = binding.spec.options.date_format or ""
    day_and_month = "%d" in written and "%m" in written and not written.startswith("%Y")
    if 0 < totals.pop("highest_day") <= 12 and day_and_month and kept >= 100:
        hint = f"no date proves the order of day and month: make sure that they are written as {written}"
        violations.append(Violation("transactions", "date", "no day above 12", "warning", 0, hint))
    present = set(months.loc[months["last_date"].notna(), "month"]) if len(months) else set()
    gaps = _gaps(present)
    if gaps:
        hint = f"no row is dated in {', '.join(gaps[:5])}: is a file missing?"
        violations.append(
            Violation(
                "transactions", "date", "months without a row", "warning", len(gaps), hint, unit="month"
            )
        )
    return violations


def _gaps(present: set[str]) -> list[str]:
    if not present:
        return []
    month: Month = parse_month(min(present))
    last = parse_month(max(present))
    gaps: list[str] = []
    while month < last and len(gaps) <= 600:
        if month_text(month) not in present:
            gaps.append(month_text(month))
        month = add_months(month, 1)
    return gaps


def log_policies(source: Source, binding: Binding, totals: dict[str, Any]) -> list[Policy]:
    """State what was done with rows that are no fault, and how many there were."""
    texts = {
        "unattributed": ("rows without a customer", "kept in the totals, in no customer's figures"),
        "zero": ("zero amounts", "kept; they count as activity unless qualifying says otherwise"),
        "return": ("returns", "kept; they change value, never activity"),
        "excluded_filter": ("rows outside the filter", "left out"),
        "excluded_scope": ("rows outside the scope", "left out"),
        "excluded_duplicate": ("rows with a key seen before", "left out; the earliest row of a key is kept"),
    }
    policies = [
        Policy("transactions", name, totals[f"{part}_rows"], totals[f"{part}_amount"], text)
        for part, (name, text) in texts.items()
        if totals.get(f"{part}_rows")
    ]
    sampled, repeats = binding.files and totals["source_rows"] > MANY, totals.pop("repeats")
    duplicates = totals["exact_duplicates"] = repeats if sampled else _exact_duplicates(source, binding)
    if duplicates:
        text = "left out where the key repeats" if binding.spec.key else "kept, because no key is declared"
        among = f", within a file, among one row in {SHARE}" if sampled else ""
        policies.append(Policy("transactions", f"exact duplicates{among}", duplicates, None, text))
    return policies


def _exact_duplicates(source: Source, binding: Binding) -> int:
    """Count the rows of the source that repeat an earlier one in every column."""
    columns = ", ".join(quote(name) for name in binding.source_columns)
    typed = quote("typed_" + binding.table.name)
    # grouping by a hash first keeps whole rows out of memory; only rows that share one are compared
    hashed = f"hash({columns})"
    query = (
        f"WITH shared AS (SELECT {hashed} AS h FROM {typed} GROUP BY 1 HAVING count(*) > 1) "
        f"SELECT coalesce(sum(n - 1), 0) FROM (SELECT count(*) AS n FROM {typed} "
        f"WHERE {hashed} IN (SELECT h FROM shared) GROUP BY {columns})"
    )
    return int(source.sql(query)[0][0])
