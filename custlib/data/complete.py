"""Whether a month can be reported yet: by the clock, and by the data or by the file that says they have come."""

from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from custlib.company import Company
from custlib.data.report import CheckReport
from custlib.errors import NotComplete
from custlib.periods import Month, add_months, month_end, month_of, month_text


def today_at(company: Company) -> date:
    """Give today's date where the company is."""
    return datetime.now(ZoneInfo(company.timezone)).date()


def why_not_yet(company: Company, month: Month, today: date) -> str | None:
    """Say what is known of a month without opening the data: it has not ended, or its success file is missing."""
    if month_end(month) >= today:
        return f"it ends on {month_end(month)}"
    if company.success_file is None:
        return None
    name = company.success_file.replace("{month}", month_text(month))
    if (Path(company.connection.folder or company.connection.location) / name).is_file():
        return None
    return f"the file {name} is not in {company.connection.shown}"


def why_not_complete(company: Company, report: CheckReport, month: Month, today: date) -> str | None:
    """Say why a month is not complete, or give None when it is.

    A month is complete when it has ended by the clock and, where the company file names a `success_file`,
    that file is there: nothing else is asked then. Without one, `complete_through` has to cover the month, or
    a transaction to be dated within its last `complete_tolerance_days` days or later. Rows dated in
    the future prove nothing. Where margin comes from customer_months, that must reach the month.
    """
    why = why_not_yet(company, month, today)
    if why is not None or company.success_file is not None:
        return why
    booked = report.customer_months_last
    if booked is not None and booked < month:
        return f"customer_months ends with {month_text(booked)}"
    if company.complete_through is not None and month <= company.complete_through:
        return None
    if not len(report.months):
        return None if booked is not None else "nothing dated says so"
    tolerance = company.settings.complete_tolerance_days
    last = report.last_date(today)
    if last is not None and last > month_end(month) - timedelta(days=tolerance):
        return None
    return f"the last transaction is dated {last}, and none lies in its last {tolerance} days or later"


def latest_complete_month(company: Company, report: CheckReport, today: date) -> Month:
    """Give the latest month that can be reported.

    Raises
    ------
    NotComplete
        When there is none.
    """
    if not company.has_log and company.complete_through is not None:
        # Nothing tells of months: there is one, under which the surveys are filed.
        if why := why_not_yet(company, company.complete_through, today):
            raise NotComplete(f"{month_text(company.complete_through)} is not complete: {why}")
        return company.complete_through
    last, booked = report.last_date(today), report.customer_months_last
    ends = [month_of(last)] if last else [booked] if booked else []
    if not ends:
        raise NotComplete(f"{company.name}: no month is complete, because no row is dated before {today}")
    ended = add_months(month_of(today), -1)
    # Without a success file the rows tell how far the months reach; with one they do not.
    month = ended if company.success_file else min(ends[0], ended)
    first = report.first_month or add_months(month, -24)
    while month >= first:
        if why_not_complete(company, report, month, today) is None:
            return month
        month = add_months(month, -1)
    looked = f"\n  looked for {company.success_file} in {company.connection.shown}" * bool(
        company.success_file
    )
    raise NotComplete(f"{company.name}: no month since {month_text(first)} is complete{looked}")


def require_complete(company: Company, report: CheckReport, month: Month, today: date) -> None:
    """Refuse a month that is not complete.

    Raises
    ------
    NotComplete
        With the reason and the latest month that is complete.
    """
    why = why_not_complete(company, report, month, today)
    if why is None:
        return
    try:
        latest = f"the latest complete month is {month_text(latest_complete_month(company, report, today))}"
    except NotComplete:
        latest = "no month is complete yet"
    advice = (
        "the month is reported once that file is there"
        if company.success_file
        else "where all data have come, set complete_through in the company file"
    )
    raise NotComplete(f"{month_text(month)} is not complete: {why}\n  {latest}; {advice}")
