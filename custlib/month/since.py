"""Since an earlier page: what it printed, what the same figures are today, and why they moved."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from custlib import results
from custlib.errors import CustlibError
from custlib.measure import restate
from custlib.measure.reconcile import reconcile
from custlib.periods import Month, month_text, months_between, parse_month

if TYPE_CHECKING:
    from custlib.month.figures import CustomerMonth


# Pages whose figures are worked out anew for the earlier month; of models and of square roots machines differ in
# the last digits.
ANEW = ("02_customer_equity", "03_value_segments", "04_nps_middle_ground", "05_return_on_customer")
SAME_DIGITS = 6


@dataclass(frozen=True)
class Since:
    """An earlier month's page beside today's figures of the same month.

    Attributes
    ----------
    month : date
        The month of the earlier page.
    finished : str
        Day on which it was published (``YYYY-MM-DD``), "" where it does not say.
    figures : DataFrame
        Figures of the whole base for that month, as `custlib.results.compare` gives them: ``a`` is what was
        printed, ``b`` what it is today.
    restatements : DataFrame
        See `custlib.measure.restate.restatements`; all months the earlier page told of.
    late_rows : int or None
        Rows by which the months up to that one have grown (or shrunk) since.
    late_months : list of str
        Months of the source that changed.
    lost, returned : int or None
        Customers lost in the earlier page's month, and how many of them are active at this month's end; None
        where the page is not about losses, the month is more than a year ago, or its losses are not known.
    """

    month: Month
    finished: str
    figures: pd.DataFrame
    restatements: pd.DataFrame
    late_rows: int | None
    late_months: list[str]
    lost: int | None = None
    returned: int | None = None

    @property
    def restated(self) -> pd.DataFrame:
        """The restatements of the earlier page's own month."""
        return self.restatements[self.restatements.month == month_text(self.month)]


def since(view: "CustomerMonth", published: str, *, notebook: str) -> Since | None:
    """Compare a notebook's figures with the latest earlier page of the same company.

    Parameters
    ----------
    published : str
        Folder that holds the published months; with "" nothing is compared.
    notebook : str
        Whose figures, such as ``01_customer_base``.

    Returns
    -------
    Since or None
        None where there is no earlier page.
    """
    # Without a log there is no earlier month to work out anew: the answers are filed under this one.
    folder = _earlier(Path(published), view) if published and view.prepared.has_log else None
    if folder is None:
        return None
    manifest = _manifest(folder)
    month = parse_month(manifest["month"])
    then = _whole(_printed(folder), notebook)
    now = _whole(_today(view, month, notebook), notebook)
    before, after = _basis(manifest), view.prepared.basis
    text = month_text(month)
    return Since(
        month,
        str(manifest.get("finished") or "")[:10],
        results.compare(then[then.month == text], now[now.month == text]),
        restate.restatements(then, now, before=before, after=after),
        restate.late_rows(before, after, text),
        restate.changed_months(before, after, text) if before else [],
        *(_returned(view, month) if notebook == "01_customer_base" else (None, None)),
    )


def _returned(view: "CustomerMonth", month: Month) -> tuple[int | None, int | None]:
    """Count those the month's page called lost, and those of them active at this month's end."""
    returns = view.cohorts.returns
    rows = returns[returns.months_ago == months_between(month, view.month)]
    return (int(rows.lost.iloc[0]), int(rows.active_now.iloc[0])) if len(rows) else (None, None)


def _earlier(published: Path, view: "CustomerMonth") -> Path | None:
    """Find the latest published month of this company before the one reported."""
    for link in sorted(published.glob("[0-9][0-9][0-9][0-9]-[0-9][0-9]"), reverse=True):
        if link.name >= month_text(view.month):
            continue
        said = _manifest(link)
        told = said.get("company")
        told = told if isinstance(told, dict) else {}
        ours = (told.get("company"), told.get("scope")) == (view.company.name, view.company.scope_name)
        # The run's own folder, not the link: another run may replace the link while this one reads.
        if ours and said.get("status") == "published" and said.get("month") == link.name:
            return link.resolve()
    return None


def _manifest(folder: Path) -> dict[str, Any]:
    """Read a run's manifest; empty where it cannot be read, as nothing is known of such a run."""
    try:
        said = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def _basis(manifest: dict[str, Any]) -> dict[str, Any]:
    """Give what an earlier run recorded of its basis; empty where it is not whole."""
    basis = manifest.get("basis")
    months = basis.get("months") if isinstance(basis, dict) else None
    whole = isinstance(months, dict) and all(
        isinstance(told, dict) and isinstance(told.get("rows"), int) for told in months.values()
    )
    return basis if whole and isinstance(basis, dict) else {}


def _printed(folder: Path) -> pd.DataFrame:
    try:
        parts = [results.load(folder / f"{name}.csv") for name in ("results", "history")]
    except (OSError, ValueError, KeyError):
        raise CustlibError(
            f"the figures published in {folder.name} cannot be read\n  remove that month and publish it again"
        ) from None
    # The month itself is in both; the results are what its pages print.
    frame = pd.concat(parts).drop_duplicates(results.KEY)
    return frame.reset_index(drop=True)


def _today(view: "CustomerMonth", month: Month, notebook: str) -> pd.DataFrame:
    if notebook in ANEW:
        then = view.months_ago(months_between(month, view.month))
        return results.to_frame(then.page_figures(notebook), month=month, notebook=notebook)
    if notebook == "00_data_quality":
        log = reconcile(view.prepared.report.months, month=month)
        return results.to_frame(log.figures(view.company.currency), month=month, notebook=notebook)
    return view.history


def _whole(frame: pd.DataFrame, notebook: str) -> pd.DataFrame:
    """Keep a notebook's figures of the whole base, those worked out anew to the digits that every machine gives alike."""
    whole = frame[(frame.dimension == "all") & (frame.notebook == notebook)]
    if notebook not in ANEW:
        return whole
    shown = [f"{float(value):.{SAME_DIGITS}g}" if value else "" for value in whole.value]
    return whole.assign(value=shown)
