"""The averages peeled, from the naive one inward, in words: mean against median, and who is below."""

import pandas as pd

from custlib.present.numbers import count, money, share
from custlib.present.wording.words import people, sentence

# A layer as part of a sentence, by its key.
WITHOUT = {
    "active": "without those who are not active",
    "repeat": "without those who came once only",
    "not_losing": "without those who bring less than nothing",
    "without_top": "without the top hundredth, too",
    "core": "of core customers",
}
_CLOSE = 0.1


def told(layers: pd.DataFrame) -> pd.DataFrame:
    """Give the layers of which mean and median are known."""
    return layers[layers["mean"].notna() & layers["median"].notna()] if len(layers) else layers


def message(layers: pd.DataFrame, currency: str) -> str:
    """Say what the average customer is worth, what the typical one, and what peeling makes of the average."""
    shown = told(layers)
    if shown.empty:
        return "What the average customer brings is not available."
    naive, last = shown.iloc[0], shown.iloc[-1]
    text = f"of {layer(naive)} the average customer is worth {money(naive['mean'], currency)}, the typical one {_typical(naive, currency)}"
    if share(naive.below_mean) != "not available":
        text += f": {share(naive.below_mean)} are below average"
    if len(shown) == 1:
        return sentence(text)
    return sentence(
        f"{text}; {WITHOUT.get(str(last.key), f'of {last.layer}')}, the last layer peeled, it is {money(last['mean'], currency)} and"
        f" {_typical(last, currency)}{_nearer(naive, last)}"
    )


def layer(row: pd.Series) -> str:
    """Name a layer in a sentence."""
    return str(row.layer)


def _typical(row: pd.Series, currency: str) -> str:
    median = float(row["median"])
    return "nothing" if abs(median) < 0.005 else money(median, currency)


def distance(row: pd.Series) -> float | None:
    """Give how far the median lies below the mean, as a share of the mean; None where the mean is not above zero."""
    mean = float(row["mean"])
    return 1 - float(row["median"]) / mean if mean > 0 else None


def _nearer(naive: pd.Series, last: pd.Series) -> str:
    """Say whether the peeled average tells more of the typical customer than the naive one."""
    before, after = distance(naive), distance(last)
    if before is None or after is None:
        return ""
    if abs(after) <= _CLOSE:
        return ": that average describes a customer"
    if abs(after) < abs(before) - _CLOSE:
        return ": nearer to one another, yet still no average that describes a customer"
    return ": no average here describes a customer"


def title(layers: pd.DataFrame, currency: str) -> str:
    """Say what the naive average hides."""
    shown = told(layers)
    if shown.empty:
        return "What the average customer brings cannot be shown"
    naive = shown.iloc[0]
    return f"The average customer is worth {money(naive['mean'], currency)}, the typical one {_typical(naive, currency)}"


def alt(layers: pd.DataFrame, currency: str) -> str:
    """Describe the pairs of dots."""
    shown = told(layers)
    if shown.empty:
        return "No dots: what the average customer brings is not available."
    said = [
        f"{row.layer} ({people(row.customers)}) median {money(row.median, currency)}, mean {money(row.mean, currency)}, {share(row.below_mean)} below the mean"
        for row in shown.itertuples()
    ]
    return f"Two dots per layer of customers, median and mean, joined by a line: {'; '.join(said)}."


def labels(layers: pd.DataFrame) -> list[str]:
    """Name the rows of the chart."""
    return [f"{row.layer[:1].upper()}{row.layer[1:]}" for row in layers.itertuples()]


def below(layers: pd.DataFrame) -> list[str]:
    """Say below each row's name which share of its customers lies below its mean."""
    return [
        f"{share(row.below_mean)} below mean" if row.below_mean == row.below_mean else count(row.customers)
        for row in layers.itertuples()
    ]
