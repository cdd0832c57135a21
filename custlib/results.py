"""A run's figures: one row per measure, window and segment, saved as text that machines compare.

``results.csv`` holds the reported month only, ``history.csv`` the same columns for the months
before it. The first six columns together name a figure and never repeat.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from pathlib import Path

import pandas as pd

from custlib.errors import CustlibError
from custlib.periods import Month, month_text

KEY = ["month", "notebook", "measure", "window_months", "dimension", "segment"]
COLUMNS = [*KEY, "value", "low", "high", "unit", "n", "status"]
STATUSES = ("ok", "not_available", "not_meaningful", "suppressed")

Number = int | float | Decimal
_PLAIN = r"-?\d{1,40}(\.\d{1,40})?(e[-+]\d{1,2})?"


@dataclass(frozen=True)
class Figure:
    """One figure of one month.

    Attributes
    ----------
    measure : str
        Name from the codebook in ``docs/methods.md``.
    value : int, float, Decimal or None
        Counts are integers, money decimals in the company's currency, shares 0 to 1.
        None exactly when `status` is not "ok".
    unit : str
        "customers", "rows", "transactions", "share", "ratio" or the currency code.
    window_months : int
        Length of the comparison for flows and bridges, look-back for stocks, 0 for cumulative figures.
    n : int or None
        How many customers (or rows) stand behind the value.
    """

    measure: str
    value: Number | None
    unit: str
    window_months: int
    dimension: str = "all"
    segment: str = "all"
    low: float | None = None
    high: float | None = None
    n: int | None = None
    status: str = "ok"

    def __post_init__(self) -> None:
        if self.status not in STATUSES:
            raise CustlibError(f"{self.measure}: status {self.status!r} is not one of {', '.join(STATUSES)}")
        if (self.value is None) == (self.status == "ok"):
            raise CustlibError(f"{self.measure}: a value goes with status 'ok' and with no other")


def figure(measure: str, value: Number | None, unit: str, window_months: int, **rest) -> Figure:
    """Make a figure whose missing value is called "not_available" unless `rest` says otherwise."""
    if value is None:
        rest.setdefault("status", "not_available")
    return Figure(measure, value, unit, window_months, **rest)


def number_text(value: Number | None) -> str:
    """Write a number the same way on every machine; nothing for None.

    Money keeps every digit that is not a trailing zero and at least two decimals; floats keep
    ten significant digits, which is more than a model figure deserves and less than rounding noise.
    """
    if value is None or value != value:
        return ""
    if isinstance(value, Decimal):
        cents = value.quantize(Decimal("0.01"))
        return f"{cents:f}" if cents == value else f"{value.normalize():f}"
    if isinstance(value, float):
        return f"{value:.10g}"
    return str(int(value))


def to_frame(figures: Iterable[Figure], *, month: Month, notebook: str) -> pd.DataFrame:
    """Lay figures out as a table of text, sorted by the six key columns.

    Raises
    ------
    CustlibError
        When two figures have the same name, window and segment.
    """
    rows = []
    for item in figures:
        row = asdict(item) | {"month": month_text(month), "notebook": notebook}
        row |= {name: number_text(row[name]) for name in ("value", "low", "high", "n")}
        rows.append(row)
    return unite([pd.DataFrame(rows, columns=COLUMNS)])


def unite(frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Put several results tables into one, sorted, and refuse repeated keys."""
    frame = pd.concat([part for part in frames if len(part)] or [pd.DataFrame(columns=COLUMNS)])
    frame = frame[COLUMNS].astype({"window_months": int}).sort_values(KEY, kind="stable", ignore_index=True)
    repeated = frame[frame.duplicated(KEY)]
    if len(repeated):
        raise CustlibError(f"results name a figure twice: {tuple(repeated.iloc[0][KEY])}")
    return frame


def save(frame: pd.DataFrame, path: Path) -> None:
    """Write a results table as CSV (UTF-8, line feeds), the same bytes for the same figures."""
    path.parent.mkdir(parents=True, exist_ok=True)
    frame.to_csv(path, index=False, lineterminator="\n")


def load(path: Path) -> pd.DataFrame:
    """Read a results table: every column text but ``window_months``; an empty value stays empty text."""
    frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    return frame[COLUMNS].astype({"window_months": int})


def value_of(
    frame: pd.DataFrame,
    measure: str,
    window_months: int | None = None,
    *,
    month: str | None = None,
    dimension: str = "all",
    segment: str = "all",
) -> Decimal | None:
    """Look one figure up; None when it is absent, not available or suppressed."""
    rows = frame[(frame.measure == measure) & (frame.dimension == dimension) & (frame.segment == segment)]
    if window_months is not None:
        rows = rows[rows.window_months == window_months]
    if month is not None:
        rows = rows[rows.month == month]
    if len(rows) > 1:
        raise CustlibError(f"{measure}: {len(rows)} figures fit; name the window or the month")
    return Decimal(rows.value.iloc[0]) if len(rows) and rows.status.iloc[0] == "ok" else None


def compare(a: pd.DataFrame, b: pd.DataFrame, *, on: Sequence[str] = KEY) -> pd.DataFrame:
    """Set the figures of two results tables side by side.

    Parameters
    ----------
    on : sequence of str
        What names a figure: `KEY`, or `KEY` without the month to compare two months.

    Returns
    -------
    DataFrame
        `on`, ``unit_a``, ``value_a``, ``status_a``, ``unit_b``, ``value_b``, ``status_b``, ``unit`` (that of
        both, "" where they differ) and ``change`` (b less a), all text; unit and status are empty where a table
        does not have the figure, the change where there is none to take.

    Raises
    ------
    CustlibError
        When a table names a figure twice or a value is no number.
    """
    names = list(on)
    parts = [frame[[*names, "unit", "value", "status"]] for frame in (a, b)]
    for part in parts:
        repeated, values = part.duplicated(names).any(), part.value[part.status == "ok"]
        if repeated or not values.str.fullmatch(_PLAIN).all():
            raise CustlibError("a table of results names a figure twice, or holds a value that is no number")
    both = parts[0].merge(parts[1], how="outer", on=names, suffixes=("_a", "_b"))
    both = both.fillna("").sort_values(names, kind="stable", ignore_index=True)
    only_one = (both.unit_a == "") | (both.unit_b == "")
    both["unit"] = (both.unit_a + both.unit_b).where(
        only_one, both.unit_b.where(both.unit_a == both.unit_b, "")
    )
    comparable = (both.status_a == "ok") & (both.status_b == "ok") & (both.unit_a == both.unit_b)
    pairs = zip(both.value_a, both.value_b, comparable, strict=True)
    both["change"] = [_difference(then, now) if known else "" for then, now, known in pairs]
    sides = [f"{column}_{side}" for side in "ab" for column in ("unit", "value", "status")]
    return both[[*names, *sides, "unit", "change"]]


def _difference(then: str, now: str) -> str:
    """Subtract exactly; of whole numbers the difference is written as one."""
    change = Decimal(now) - Decimal(then)
    return number_text(change if "." in then + now else int(change))


def keep(
    figures: Iterable[Figure],
    *,
    month: Month,
    notebook: str,
    folder: str,
    history: pd.DataFrame | None = None,
    restatements: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Lay a notebook's figures out and, in a batch run, write them where the run collects them.

    Parameters
    ----------
    folder : str
        Nothing is written when it is "".
    history : DataFrame or None
        Results rows of the months before, for ``history.csv``.
    restatements : DataFrame or None
        What an earlier page printed and is no longer so, for ``restatements.csv``.
    """
    frame = to_frame(figures, month=month, notebook=notebook)
    if folder:
        save(frame, Path(folder) / f"{notebook}.results.csv")
        if history is not None:
            save(history, Path(folder) / f"{notebook}.history.csv")
        if restatements is not None:
            save(restatements, Path(folder) / f"{notebook}.restatements.csv")
    return frame
