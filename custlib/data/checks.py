"""Are the data fit to report from? The log is read once for all its rules, totals and months."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from custlib.company import Company
from custlib.data.binding import Binding
from custlib.data.columns import id_mended, literal, quote
from custlib.data.complete import latest_complete_month, require_complete, why_not_complete
from custlib.data.relations import relation_violations, repeated
from custlib.data.report import EXCLUSION_COLUMNS, CheckReport, Policy, Violation
from custlib.data.rules import Rule, row_key, row_rules
from custlib.data.source import Source
from custlib.data.table_rules import table_rules
from custlib.periods import Month, add_months, month_text, parse_month
from custlib.surveying import Scale, scales_of

__all__ = [
    "CheckReport", "Policy", "Violation", "check", "latest_complete_month", "require_complete", "why_not_complete",
]  # fmt: skip

EXAMPLES = 5


def check(source: Source, company: Company, *, today: date | None = None) -> CheckReport:
    """Check every table of a source against the contract.

    Parameters
    ----------
    today : date, optional
        The day by which dates are in the future; by default today in the company's time zone.

    Returns
    -------
    CheckReport
        Violations in the order of the contract, errors first; it does not raise for unfit data.

    Raises
    ------
    DataError
        When an expression of the company file fails while it is computed.
    """
    today = today or datetime.now(ZoneInfo(company.timezone)).date()
    violations: list[Violation] = []
    policies: list[Policy] = []
    counts: dict[str, int | Decimal] = {}
    months = pd.DataFrame(columns=["month"])
    booked = None
    for name, binding in source.bindings.items():
        scales = scales_of(company.settings.scales)
        rules = [*row_rules(binding, company.currency, today), *table_rules(binding, today, scales)]
        if name == "transactions":
            totals, months, found = _log(source, binding, rules, today)
            violations += _log_as_a_whole(totals, months, binding, found)
            policies += _policies(source, binding, totals)
            counts |= totals
        else:
            totals, found = _side_table(source, binding, rules)
            counts |= totals
            violations += _emptiness(name, totals[f"{name}_source_rows"], totals[f"{name}_rows"])
            if totals[f"{name}_rows"] and totals.get(f"{name}_unanswered_rows") == totals[f"{name}_rows"]:
                hint = "is it the right column? then the table only says who was invited"
                violations.append(Violation(name, "score", "no row has a score", "warning", 0, hint))
            policies += _side_policies(binding, totals, company)
            policies += _undeclared(source, binding, scales)
            if name == "customer_months" and binding.has("margin"):
                booked = source.sql("SELECT max(month) FROM customer_months")[0][0]
        violations += [_violation(source, binding, rule, count) for rule, count in found if count]
        violations += repeated(source, binding)
    for name in source.bindings:
        if mended := int(counts[f"{name}_ids_mended"]):
            text = "17850.0 is read as 17850 in every table"
            policies.append(Policy(name, "ids written as decimal numbers", mended, None, text))
    if "transactions" not in source.bindings and (company.has_log or "surveys" not in source.bindings):
        hint = "the pages there are so far tell what customers did: name the log in the company file"
        violations.append(
            Violation("transactions", "", "the company file names no such table", "error", 0, hint)
        )
    violations += relation_violations(source)
    violations.sort(key=lambda violation: violation.level != "error")
    return CheckReport(tuple(violations), tuple(policies), counts, months, booked)


_KEPT = "excluded IS NULL"


def _tests(rules: Iterable[Rule]) -> list[str]:
    return [f"count(*) FILTER (WHERE {_KEPT} AND {rule.test})" for rule in rules]


def _mended(binding: Binding) -> str:
    tests = [id_mended(bound.input, bound.type) for bound in binding.columns.values() if bound.kind == "id"]
    return " + ".join(f"count(*) FILTER (WHERE {test})" for test in tests) or "0"


def _computed(binding: Binding) -> list[str]:
    """Compute every expression of the company file once, so that one that fails does so here."""
    return [f"count({quote(bound.name)})" for bound in binding.columns.values() if bound.computed]


def _log(
    source: Source, binding: Binding, rules: list[Rule], today: date
) -> tuple[dict[str, Any], pd.DataFrame, list[tuple[Rule, int]]]:
    """Read the log once: per month its rows, its amounts by part, and the rows that break each rule."""
    parts = {
        "": "true",
        "attributed": f"{_KEPT} AND customer_id IS NOT NULL",
        "unattributed": f"{_KEPT} AND customer_id IS NULL",
        "excluded": "excluded IS NOT NULL",
        "zero": f"{_KEPT} AND amount = 0",
        "return": f"{_KEPT} AND amount < 0",
        "qualifying": "qualifying",
    }
    for reason in binding.excluding:
        parts[f"excluded_{EXCLUSION_COLUMNS[reason]}"] = f"excluded = '{reason}'"
    named: dict[str, str] = {}
    for part, test in parts.items():
        prefix = f"{part}_" if part else ""
        named[f"{prefix}rows"] = f"count(*) FILTER (WHERE {test})"
        named[f"{prefix}amount"] = f"CAST(coalesce(sum(amount) FILTER (WHERE {test}), 0) AS DECIMAL(38,4))"
    unfiltered = "excluded IS NULL OR excluded <> 'filter'"
    named["ids_mended_rows"] = _mended(binding)
    named["first_date"] = f"min(date) FILTER (WHERE {unfiltered})"
    named["last_date"] = f"max(date) FILTER (WHERE {unfiltered})"
    named["last_past_date"] = f"max(date) FILTER (WHERE ({unfiltered}) AND date <= DATE '{today}')"
    named["highest_day"] = f"max(day(date)) FILTER (WHERE {_KEPT})"
    selected = ", ".join([*named.values(), *_tests(rules), *_computed(binding)])
    rows = source.sql(
        f"SELECT CAST(date_trunc('month', date) AS DATE) AS month, {selected} FROM {binding.full} GROUP BY 1 ORDER BY 1"
    )
    width = 1 + len(named)
    found = [(rule, sum(row[width + i] for row in rows)) for i, rule in enumerate(rules)]
    frame = pd.DataFrame([row[:width] for row in rows], columns=["month", *named], dtype=object)
    totals: dict[str, Any] = {}
    for name in named:
        if name.endswith("rows"):
            totals[name] = int(sum(frame[name]))
            frame[name] = frame[name].astype("int64")
        elif name.endswith("amount"):
            totals[name] = sum(frame[name], Decimal(0))
    highest = [day for day in frame["highest_day"] if day is not None]
    totals["highest_day"] = max(highest, default=0)
    dated = frame[frame["month"].notna()].drop(columns="highest_day").reset_index(drop=True)
    dated["month"] = [month_text(month) for month in dated["month"]]
    dated = dated.drop(columns="ids_mended_rows")
    totals["transactions_ids_mended"] = totals.pop("ids_mended_rows")
    totals = {(f"source_{k}" if k in ("rows", "amount") else k): v for k, v in totals.items()}
    return totals, dated, found


def _log_as_a_whole(
    totals: dict[str, Any], months: pd.DataFrame, binding: Binding, found: list[tuple[Rule, int]]
) -> list[Violation]:
    """Give what only the whole log can break: it is empty, nobody is named, months are missing."""
    kept = totals["attributed_rows"] + totals["unattributed_rows"]
    violations = _emptiness("transactions", totals["source_rows"], kept)
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


def _emptiness(table: str, source_rows: int, kept: int) -> list[Violation]:
    if not source_rows:
        return [Violation(table, "", "the table is empty", "error", 0, "is it the right file or table?")]
    if not kept:
        return [
            Violation(table, "", "no row is left by filter and scope", "error", 0, "look at filter and scope")
        ]
    return []


def _side_table(
    source: Source, binding: Binding, rules: list[Rule]
) -> tuple[dict[str, Any], list[tuple[Rule, int]]]:
    """Read a table once: its rows, those kept, what is counted in it, and the rows that break each rule."""
    name = binding.table.name
    named = {"source_rows": "true", "rows": _KEPT}
    if name == "feedback" and binding.has("customer_id"):
        named["unattributed_rows"] = f"{_KEPT} AND customer_id IS NULL"
    if name == "surveys" and binding.has("score"):
        named["unanswered_rows"] = f"{_KEPT} AND score IS NULL"
    counted = [f"count(*) FILTER (WHERE {test})" for test in named.values()]
    selected = ", ".join([*counted, _mended(binding), *_tests(rules), *_computed(binding)])
    row = source.sql(f"SELECT {selected} FROM {binding.full}")[0]
    totals = {f"{name}_{part}": count for part, count in zip(named, row, strict=False)}
    totals[f"{name}_ids_mended"] = row[len(named)]
    return totals, list(zip(rules, row[len(named) + 1 :], strict=False))


def _side_policies(binding: Binding, totals: dict[str, Any], company: Company) -> list[Policy]:
    """State what is done with rows of a table beside the log that are no fault."""
    name, policies = binding.table.name, []
    if rows := totals.get(f"{name}_unattributed_rows"):
        text = "kept in the totals, in no customer's figures"
        policies.append(Policy(name, "rows without a customer", rows, None, text))
    if rows := totals.get(f"{name}_unanswered_rows"):
        called, text = "invited, did not answer", "kept: they say who was invited, and are in no score"
        if not company.settings.invitations_recorded:
            called, text = (
                "not answered",
                "in no score; who was not asked and who did not answer, nobody wrote down",
            )
        policies.append(Policy(name, called, rows, None, text))
    if company.scope is not None and "scope" not in binding.excluding:
        text = "it names no customers, so it is the whole company's"
        policies.append(
            Policy(name, "rows outside the reach of the scope", totals[f"{name}_rows"], None, text)
        )
    return policies


def _undeclared(source: Source, binding: Binding, scales: Mapping[str, Scale]) -> list[Policy]:
    """Name what customers were asked on a scale that nobody declared: any number is taken for an answer."""
    if binding.table.name != "surveys":
        return []
    known = ", ".join(literal(metric) for metric in scales)
    asked = f"FROM surveys WHERE lower(metric) NOT IN ({known})"
    rows = source.sql(f"SELECT count(*) {asked}")[0][0]
    if not rows:
        return []
    metrics = [
        metric for (metric,) in source.sql(f"SELECT DISTINCT metric {asked} ORDER BY 1 LIMIT {EXAMPLES + 1}")
    ]
    named = ", ".join(metrics[:EXAMPLES]) + (", ..." if len(metrics) > EXAMPLES else "")
    text = f"kept, and in no figure until settings.scales says how far each goes: {named}"
    return [Policy("surveys", "answers on a scale nobody declared", rows, None, text)]


def _violation(source: Source, binding: Binding, rule: Rule, count: int) -> Violation:
    """Fetch a few examples of a broken rule; ordered, so that they are the same every time."""
    shown = f"{row_key(binding)} || coalesce(': ' || CAST({rule.shown} AS VARCHAR), '')"
    rows = source.sql(
        f"SELECT {shown} AS example FROM {binding.full} WHERE {_KEPT} AND {rule.test} "
        f"ORDER BY example LIMIT {EXAMPLES}"
    )
    examples = tuple(row[0] for row in rows)
    return Violation(binding.table.name, rule.column, rule.text, rule.level, count, rule.hint, examples)


def _policies(source: Source, binding: Binding, totals: dict[str, Any]) -> list[Policy]:
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
    duplicates = totals["exact_duplicates"] = _exact_duplicates(source, binding)
    if duplicates:
        text = "left out where the key repeats" if binding.spec.key else "kept, because no key is declared"
        policies.append(Policy("transactions", "exact duplicates", duplicates, None, text))
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
