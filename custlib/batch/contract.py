"""The contract of what a run publishes for machines, checked before anything is published."""

import pandas as pd
import pandera.pandas as pa
from pandera.errors import SchemaErrors

from custlib.errors import RunFailed
from custlib.results import KEY, STATUSES

_NUMBER = r"|-?\d+(\.\d+)?(e[-+]\d+)?"

RESULTS = pa.DataFrameSchema(
    {
        "month": pa.Column(str, pa.Check.str_matches(r"^\d{4}-\d{2}$")),
        "notebook": pa.Column(str, pa.Check.str_matches(r"^\d{2}_[a-z_]+$")),
        "measure": pa.Column(str, pa.Check.str_matches(r"^[a-z][a-z_0-9]*$")),
        "window_months": pa.Column(int, pa.Check.in_range(0, 120)),
        "dimension": pa.Column(str, pa.Check.str_length(min_value=1)),
        "segment": pa.Column(str, pa.Check.str_length(min_value=1)),
        "value": pa.Column(str, pa.Check.str_matches(f"^({_NUMBER})$")),
        "low": pa.Column(str, pa.Check.str_matches(f"^({_NUMBER})$")),
        "high": pa.Column(str, pa.Check.str_matches(f"^({_NUMBER})$")),
        "unit": pa.Column(str, pa.Check.str_length(min_value=1)),
        "n": pa.Column(str, pa.Check.str_matches(r"^\d*$")),
        "status": pa.Column(str, pa.Check.isin(STATUSES)),
    },
    checks=[
        pa.Check(
            lambda frame: (frame.status == "ok") == (frame.value != ""),
            name="a value goes with status ok and with no other",
        ),
        pa.Check(
            lambda frame: (
                (frame.unit != "share") | pd.to_numeric(frame.value, errors="coerce").fillna(0).between(0, 1)
            ),
            name="a share lies between 0 and 1",
        ),
    ],
    unique=KEY,
    strict=True,
    ordered=True,
)


def require_results(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    """Give the table back when it keeps the contract.

    Raises
    ------
    RunFailed
        Naming the table, the first broken rule and the figures that break it (no customer is in them).
    """
    try:
        return RESULTS.validate(frame, lazy=True)
    except SchemaErrors as error:
        # What is wrong with one column comes before what is wrong between columns.
        cases = error.failure_cases.sort_values("schema_context", kind="stable")
        first = cases.iloc[0]
        rows = [place for place in cases["index"].dropna().unique()[:3] if place in frame.index]
        examples = [" ".join(map(str, frame.loc[place, KEY])) for place in rows]
        raise RunFailed(
            f"{name}.csv: {_where(first)} breaks the rule {first['check']!r}\n  "
            + "\n  ".join(examples or [str(first["failure_case"])])
        ) from None


def _where(case: pd.Series) -> str:
    return str(case["column"]) if case["schema_context"] == "Column" else "a row"
