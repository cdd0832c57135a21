"""The CDNOW 1/10 sample, as the papers used it: read out of the wheel that carries it, never imported."""

from functools import cache

import numpy as np
import pandas as pd

from custlib.data.fetch import wheel_folder

BEGIN, END = np.datetime64("1997-01-01"), np.datetime64("1997-09-30")


def published(name: str) -> pd.DataFrame:
    """Give one of the summaries that travel with the log, as printed: time rounded to a hundredth of a week."""
    return pd.read_csv(wheel_folder("lifetimes==0.11.3") / "lifetimes" / "datasets" / name)


@cache
def purchases() -> pd.DataFrame:
    """Give the days on which a customer of the sample bought, and what was spent on them, to the end of September 1997."""
    log = pd.read_csv(
        wheel_folder("lifetimes==0.11.3") / "lifetimes" / "datasets" / "CDNOW_sample.txt",
        sep=r"\s+",
        names=["master", "customer", "day", "units", "spend"],
    )
    log["day"] = pd.to_datetime(log.day.astype(str), format="%Y%m%d")
    days = log.groupby(["customer", "day"], as_index=False).spend.sum()
    return days[days.day <= END]


@cache
def customers() -> pd.DataFrame:
    """Give one row per customer: x repeat days, t_x and T in weeks of seven days, and what the repeat days brought."""
    days = purchases()
    first = days.groupby("customer").day.transform("min")
    repeat = days.assign(spend=days.spend.where(days.day > first, 0.0))
    found = repeat.groupby("customer").agg(
        first=("day", "min"), last=("day", "max"), days=("day", "size"), total=("spend", "sum")
    )
    weeks = pd.DataFrame({"x": found.days - 1})
    weeks["t_x"] = (found["last"] - found["first"]).dt.days / 7
    weeks["T"] = (pd.Timestamp(END) - found["first"]).dt.days / 7
    return weeks.assign(total=found.total)


@cache
def patterns() -> pd.DataFrame:
    """Count customers by pattern."""
    return customers().groupby(["x", "t_x", "T"], as_index=False).size().rename(columns={"size": "customers"})
