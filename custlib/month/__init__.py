"""One month of one company, opened: its tables, its comparisons, and its figures.

``open_month("sample", "2025-06")`` is the data scientist's and the notebooks' way in. Tables stay
lazy in the engine; what comes back as a frame is small: rows per status, segment or month.
"""

from custlib.company import Company, load_company
from custlib.errors import UsageError
from custlib.month.figures import CustomerMonth
from custlib.prepare import prepare
from custlib.settings import read_mapping

__all__ = ["CustomerMonth", "open_month"]


def open_month(company: str | Company, month: str = "latest", settings: str = "") -> CustomerMonth:
    """Open a month of a company, preparing its tables when they are not there yet.

    Parameters
    ----------
    company : str
        Name of a company file, or its path.
    month : str
        ``YYYY-MM``, or "latest" for the latest complete month.
    settings : str
        YAML (or JSON) of settings that override the company file's, such as
        ``"active_window_months: 3"``; "" for none.

    Raises
    ------
    UsageError, DataError, NotComplete
        As `custlib.company.load_company` and `custlib.prepare.prepare`.
    """
    texts = {"month": month, "settings": settings}
    for name, value in (texts if isinstance(company, Company) else {"company": company, **texts}).items():
        if not isinstance(value, str):
            raise UsageError(f"{name} must be a text, not {value!r}\n  write it in quotation marks")
    if isinstance(company, str):
        company = load_company(company, settings=read_mapping(settings, "settings") if settings else None)
    return CustomerMonth(prepare(company, month))
