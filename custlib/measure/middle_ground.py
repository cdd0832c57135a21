"""All the answers instead of one number: how many people stand where, and how unlike companies with the same score can be."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
import pandas as pd

from custlib.errors import CustlibError
from custlib.measure.clv.fit import REACH
from custlib.measure.loss import share_interval
from custlib.measure.nps import Score, signs
from custlib.surveying import FIRST_PASSIVE, FIRST_PROMOTER, Scale

OURS, MOST_PASSIVES, FEWEST_PASSIVES = "ours", "most passives", "fewest passives"
KINDEST, HARSHEST = "kindest", "harshest"


@dataclass(frozen=True)
class Part:
    """Some of those who answered: how many customers, and which share, with Wilson's 95% interval."""

    customers: int
    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Mean:
    """A mean score with its 95% interval (normal; None of one answer, whose spread nobody knows)."""

    value: float
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Boxes:
    """What a distribution of answers on an ordered scale comes to.

    `below`, `middle` and `above` are everybody, once; so are `below` and `ok_or_better`.

    Attributes
    ----------
    answers : int
    mean : Mean
        Of the scores.
    top_2 : Part
        Gave one of the two highest scores.
    bottom : Part
        Gave the lowest score.
    ok_or_better : Part
        From the lower end of the middle ground up.
    below, middle, above : Part
        Below the middle ground, in it, and above it: who was not even served well enough, who was OK, and who was really happy.
    """

    answers: int
    mean: Mean
    top_2: Part
    bottom: Part
    ok_or_better: Part
    below: Part
    middle: Part
    above: Part


@dataclass(frozen=True)
class Portrait:
    """A company that has our Net Promoter Score, and as many answers; ours among them.

    Attributes
    ----------
    name : str
        "ours", "most passives", "fewest passives", "kindest", "harshest".
    distribution : DataFrame
        ``score``, ``customers`` (whole people), every score of the scale.
    promoters, passives, detractors : int
    mean, ok_or_better : float
        The mean score, and the share from the lower end of the middle ground up.
    """

    name: str
    distribution: pd.DataFrame
    promoters: int
    passives: int
    detractors: int
    mean: float
    ok_or_better: float


def complete(distribution: pd.DataFrame, scale: Scale) -> pd.DataFrame:
    """Give every score of a scale a row, nobody's too.

    Returns
    -------
    DataFrame
        ``score``, ``customers`` (int), from the lowest score up.

    Raises
    ------
    CustlibError
        Where a score is none of the scale's.
    """
    told = distribution.groupby("score").customers.sum() if len(distribution) else pd.Series(dtype=int)
    if strange := sorted(set(told.index) - set(scale.scores)):
        raise CustlibError(f"score {strange[0]} is not on the scale from {scale}")
    counts = [int(told.get(score, 0)) for score in scale.scores]
    return pd.DataFrame({"score": list(scale.scores), "customers": counts})


def boxes(distribution: pd.DataFrame, scale: Scale) -> Boxes:
    """Sum a distribution up in several ways, as no single one tells all.

    Parameters
    ----------
    distribution : DataFrame
        ``score``, ``customers``; scores of nobody may be left out.

    Raises
    ------
    CustlibError
        Where nobody answered, or a score is none of the scale's.
    """
    rows = complete(distribution, scale)
    scores, heads = rows.score.to_numpy(), rows.customers.to_numpy()
    answers = int(heads.sum())
    if not answers:
        raise CustlibError("nobody answered: a distribution of nothing says nothing")

    def part(where: np.ndarray) -> Part:
        customers = int(heads[where].sum())
        return Part(customers, *share_interval(customers, answers))

    first, last = scale.middle
    return Boxes(
        answers,
        _mean(scores, heads),
        top_2=part(scores >= scale.highest - 1),
        bottom=part(scores == scale.lowest),
        ok_or_better=part(scores >= scale.ok),
        below=part(scores < first),
        middle=part((scores >= first) & (scores <= last)),
        above=part(scores > last),
    )


def _mean(scores: np.ndarray, heads: np.ndarray) -> Mean:
    """Give the mean with its interval: 1.96 times the root of the variance (of n - 1) over n."""
    answers = int(heads.sum())
    mean = float(scores @ heads) / answers
    if answers < 2:
        return Mean(mean, None, None)
    reach = REACH * sqrt(float((scores - mean) ** 2 @ heads) / (answers - 1) / answers)
    return Mean(mean, max(mean - reach, float(scores.min())), min(mean + reach, float(scores.max())))


def other_companies(score: Score, scale: Scale, distribution: pd.DataFrame) -> tuple[Portrait, ...]:
    """Draw the most unlike companies with our score and as many answers.

    The score is promoters less detractors, divided by the answers: each company here has as many answers as we have, and as many more
    promoters than detractors, so that its score is ours exactly. In whole people:

    - "most passives": the fewest promoters and detractors with that difference, all others passive;
    - "fewest passives": all others in pairs of a promoter and a detractor; one passive is left where others are odd;
    - "kindest" and "harshest": our own classes, but every answer as high, or as low, as its class has.

    In the first two the answers of a class are spread over its scores as ours are (evenly where we have none of it), by largest
    remainders.

    Parameters
    ----------
    score : Score
        Of the distribution.
    distribution : DataFrame
        ``score``, ``customers``: of metric nps.

    Raises
    ------
    CustlibError
        Where the score is not the distribution's.
    """
    rows = complete(distribution, scale)
    scores, ours = rows.score.to_numpy(), rows.customers.to_numpy()
    sign = signs(scores)
    counts = tuple(int(ours[sign == each].sum()) for each in (1, 0, -1))
    if counts != (score.promoters, score.passives, score.detractors):
        raise CustlibError("this score is not the score of these answers")
    net, answers = score.promoters - score.detractors, score.answers
    pairs = (answers - abs(net)) // 2
    fewest = (pairs + max(net, 0), answers - abs(net) - 2 * pairs, pairs + max(-net, 0))
    most = (max(net, 0), answers - abs(net), max(-net, 0))

    def spread(sizes: Sequence[int]) -> np.ndarray:
        heads = np.zeros(len(scores), dtype=int)
        for each, size in zip((1, 0, -1), sizes, strict=True):
            heads[sign == each] = _apportioned(size, ours[sign == each])
        return heads

    def pushed(ends: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
        heads = np.zeros(len(scores), dtype=int)
        for each, size in zip((1, 0, -1), counts, strict=True):
            heads[scores == ends(scores[sign == each])] = size
        return heads

    found = {
        OURS: ours,
        MOST_PASSIVES: spread(most),
        FEWEST_PASSIVES: spread(fewest),
        KINDEST: pushed(np.max),
        HARSHEST: pushed(np.min),
    }
    return tuple(_portrait(name, heads, scores, scale) for name, heads in found.items())


def _apportioned(size: int, weights: np.ndarray) -> np.ndarray:
    """Share whole people out in proportion to weights, by largest remainders; evenly where all are zero."""
    parts = [int(weight) for weight in weights]
    whole = sum(parts)
    if not whole:
        parts, whole = [1] * len(parts), len(parts)
    given = [size * part // whole for part in parts]
    # Ties go to the lower score.
    order = sorted(range(len(parts)), key=lambda place: (-(size * parts[place] % whole), place))
    for place in order[: size - sum(given)]:
        given[place] += 1
    return np.array(given)


def _portrait(name: str, heads: np.ndarray, scores: np.ndarray, scale: Scale) -> Portrait:
    answers = int(heads.sum())
    return Portrait(
        name,
        pd.DataFrame({"score": scores, "customers": heads}),
        promoters=int(heads[scores >= FIRST_PROMOTER].sum()),
        passives=int(heads[(scores >= FIRST_PASSIVE) & (scores < FIRST_PROMOTER)].sum()),
        detractors=int(heads[scores < FIRST_PASSIVE].sum()),
        mean=float(scores @ heads) / answers,
        ok_or_better=float(heads[scores >= scale.ok].sum()) / answers,
    )
