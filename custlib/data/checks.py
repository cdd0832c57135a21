"""Are the data fit to report from? The log is read once for all its rules, totals and months."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from custlib.company import Company
from custlib.data.binding import Binding
from custlib.data.columns import literal, quote
from custlib.data.complete import latest_complete_month, require_complete, why_not_complete
from custlib.data.files import FILE
from custlib.data.log_checks import (
    emptiness,
    log_as_a_whole,
    log_policies,
    log_profile,
    mended,
    months_of,
    spare_cleaning,
    totals_of,
)
from custlib.data.profile import KEPT, Tell
from custlib.data.relations import relation_violations, repeated
from custlib.data.report import CheckReport, Policy, Violation
from custlib.data.rules import Rule, row_key, row_rules
from custlib.data.source import Source
from custlib.data.table_rules import table_rules
from custlib.surveying import Scale, scales_of

__all__ = [
    "CheckReport", "Policy", "Violation", "check", "latest_complete_month", "require_complete", "why_not_complete",
]  # fmt: skip

EXAMPLES = 5


def check(
    source: Source,
    company: Company,
    *,
    today: date | None = None,
    tell: Tell = lambda stage, done, total: None,
) -> CheckReport:
    """Check every table of a source against the contract.

    Parameters
    ----------
    today : date, optional
        The day by which dates are in the future; by default today in the company's time zone.
    tell : callable, optional
        Told how many files of the log are read.

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
            held = log_profile(source, company, tell=tell)
            totals, months = totals_of(held, binding), months_of(held, binding, today)
            found = [(rule, held.rows(held.broken(rule))) for rule in rules]
            violations += log_as_a_whole(totals, months, binding, found)
            policies += log_policies(source, binding, totals)
            counts |= totals
            spare_cleaning(source, totals)
        else:
            totals, found = _side_table(source, binding, rules)
            counts |= totals
            violations += emptiness(name, totals[f"{name}_source_rows"], totals[f"{name}_rows"])
            if totals[f"{name}_rows"] and totals.get(f"{name}_unanswered_rows") == totals[f"{name}_rows"]:
                hint = "is it the right column? then the table only says who was invited"
                violations.append(Violation(name, "score", "no row has a score", "warning", 0, hint))
            policies += _side_policies(binding, totals, company)
            policies += _undeclared(source, binding, scales)
            if name == "customer_months" and binding.has("margin"):
                booked = source.sql("SELECT max(month) FROM customer_months")[0][0]
        files = {rule: held.files_with(rule) for rule, _ in found} if name == "transactions" else {}
        violations += [
            _violation(source, binding, rule, count, files.get(rule, [])) for rule, count in found if count
        ]
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


def _tests(rules: Iterable[Rule]) -> list[str]:
    return [f"count(*) FILTER (WHERE {KEPT} AND {rule.test})" for rule in rules]


def _mended(binding: Binding) -> str:
    return " + ".join(f"count(*) FILTER (WHERE {test})" for test in mended(binding)) or "0"


def _computed(binding: Binding) -> list[str]:
    """Compute every expression of the company file once, so that one that fails does so here."""
    return [f"count({quote(bound.name)})" for bound in binding.columns.values() if bound.computed]


def _side_table(
    source: Source, binding: Binding, rules: list[Rule]
) -> tuple[dict[str, Any], list[tuple[Rule, int]]]:
    """Read a table once: its rows, those kept, what is counted in it, and the rows that break each rule."""
    name = binding.table.name
    named = {"source_rows": "true", "rows": KEPT}
    if name == "feedback" and binding.has("customer_id"):
        named["unattributed_rows"] = f"{KEPT} AND customer_id IS NULL"
    if name == "surveys" and binding.has("score"):
        named["unanswered_rows"] = f"{KEPT} AND score IS NULL"
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


def _violation(
    source: Source, binding: Binding, rule: Rule, count: int, files: Sequence[str] = ()
) -> Violation:
    """Fetch a few examples of a broken rule; ordered, so that they are the same every time.

    Where it is known which files break it, no other is read.
    """
    where = f"{quote(FILE)} IN ({', '.join(literal(file) for file in files)}) AND " if files else ""
    shown = f"{row_key(binding)} || coalesce(': ' || CAST({rule.shown} AS VARCHAR), '')"
    rows = source.sql(
        f"SELECT {shown} AS example FROM {binding.full} WHERE {where}{KEPT} AND {rule.test} "
        f"ORDER BY example LIMIT {EXAMPLES}"
    )
    examples = tuple(row[0] for row in rows)
    return Violation(binding.table.name, rule.column, rule.text, rule.level, count, rule.hint, examples)
