"""What the checks found, as `custlib check` prints it."""

from collections.abc import Iterator

from custlib.company import Company
from custlib.data.report import CheckReport, Violation
from custlib.present.numbers import count, money_exact

_VERDICTS = {0: "fit to report from", 1: "fit to report from, with warnings", 2: "not fit to report from"}


def findings(report: CheckReport, company: Company, *, show_keys: bool) -> str:
    """Write a check's result: the verdict, the log and its parts, every violation, the policies and their counts.

    Parameters
    ----------
    show_keys
        Whether example keys are printed; they name customers, so only a person at a terminal,
        or one who asks for them, sees any.
    """
    errors = [violation for violation in report.violations if violation.level == "error"]
    warnings = [violation for violation in report.violations if violation.level != "error"]
    lines = [f"{company.title}: {_VERDICTS[report.exit_code]}"]
    for heading, found in (("Errors", errors), ("Warnings", warnings)):
        if found:
            lines += ["", heading]
            lines += [line for violation in found for line in _violation(violation, show_keys)]
    if report.parts():
        lines += ["", "The log and its parts"]
        for name, rows, total in report.parts():
            lines.append(f"  {name}: {count(rows)} rows, {money_exact(total, company.currency)}")
    if report.policies:
        lines += ["", "Counted, and what is done with them"]
        for policy in report.policies:
            amount = "" if policy.amount is None else f", {money_exact(policy.amount, company.currency)}"
            lines += [
                f"  {policy.table}, {policy.name}: {count(policy.rows)} rows{amount}",
                f"    {policy.text}",
            ]
    return "\n".join(lines)


def _violation(violation: Violation, show_keys: bool) -> Iterator[str]:
    yield f"  {violation.line}"
    if violation.hint:
        yield f"    {violation.hint}"
    if violation.examples and show_keys:
        yield f"    for example {', '.join(violation.examples)}"
