"""The Net Promoter Score with its error: how sure it is, whether it moved, and how many answers it would take to see that."""

from dataclasses import dataclass
from math import ceil, inf, sqrt

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.stats import norm

from custlib.errors import CustlibError
from custlib.measure.clv.fit import REACH
from custlib.surveying import CLASSES, DETRACTOR, FIRST_PASSIVE, FIRST_PROMOTER, PASSIVE, PROMOTER

ALPHA = 0.05
# Rocks 2016: as many answers are thought to be added to a score's own, a quarter of them promoters and a quarter detractors.
ADDED = 3.0
# Of two scores half as many are added to each, as Agresti and Caffo (2000) halve them for the difference of two shares.
ADDED_TO_EACH = ADDED / 2


@dataclass(frozen=True)
class Interval:
    """The limits between which a figure lies with 95% confidence."""

    low: float
    high: float

    def holds(self, value: float) -> bool:
        """Say whether a value lies within."""
        return self.low <= value <= self.high


@dataclass(frozen=True)
class Score:
    """The Net Promoter Score of a number of answers, at least one.

    Attributes
    ----------
    promoters, passives, detractors : int
        Customers who gave 9 or 10, 7 or 8, and 6 or less.
    """

    promoters: int
    passives: int
    detractors: int

    def __post_init__(self) -> None:
        counts = (self.promoters, self.passives, self.detractors)
        if min(counts) < 0 or any(part != int(part) for part in counts):
            raise CustlibError(f"answers are counted in whole numbers from 0 on, not {counts}")
        if not sum(counts):
            raise CustlibError("nobody answered: there is no Net Promoter Score of nothing")

    @property
    def answers(self) -> int:
        """How many answered."""
        return self.promoters + self.passives + self.detractors

    @property
    def promoter_share(self) -> float:
        """Promoters among the answers."""
        return self.promoters / self.answers

    @property
    def passive_share(self) -> float:
        """Passives among the answers."""
        return self.passives / self.answers

    @property
    def detractor_share(self) -> float:
        """Detractors among the answers."""
        return self.detractors / self.answers

    @property
    def nps(self) -> float:
        """The share of promoters less that of detractors, from -1 to 1."""
        return (self.promoters - self.detractors) / self.answers

    @property
    def variance(self) -> float:
        """The variance of one answer counted as 1, 0 or -1: p_pro + p_det - NPS^2."""
        return self.promoter_share + self.detractor_share - self.nps**2

    @property
    def se(self) -> float:
        """The standard error of the score: sqrt(variance / answers)."""
        return sqrt(self.variance / self.answers)

    @property
    def wald(self) -> Interval:
        """The score, and 1.96 standard errors to either side: too short of few answers, and of no width where all agree."""
        return _around(self.nps, self.se)

    @property
    def adjusted(self) -> Interval:
        """The adjusted Wald interval: as if three more had answered, 3/4 of one a promoter and 3/4 of one a detractor."""
        centre, variance = smoothed(self, ADDED)
        return _around(centre, sqrt(variance / (self.answers + ADDED)))


def smoothed(found: Score, added: float) -> tuple[float, float]:
    """Give score and variance as if `added` more had answered, a quarter of them promoters and a quarter detractors."""
    answers = found.answers + added
    promoters, detractors = ((part + added / 4) / answers for part in (found.promoters, found.detractors))
    return promoters - detractors, promoters + detractors - (promoters - detractors) ** 2


def _around(centre: float, se: float) -> Interval:
    return Interval(max(centre - REACH * se, -1.0), min(centre + REACH * se, 1.0))


def signs(scores: ArrayLike) -> NDArray[np.int64]:
    """Count each score as NPS does: 1 of a promoter, 0 of a passive, -1 of a detractor."""
    given = np.asarray(scores)
    return (given >= FIRST_PROMOTER).astype(np.int64) - (given < FIRST_PASSIVE).astype(np.int64)


def classes(scores: ArrayLike) -> list[str]:
    """Name the NPS class of each score."""
    names = {-1: DETRACTOR, 0: PASSIVE, 1: PROMOTER}
    return [names[int(sign)] for sign in signs(scores)]


def score(distribution: pd.DataFrame) -> Score:
    """Count a distribution of answers into the three classes.

    Parameters
    ----------
    distribution : DataFrame
        ``score``, ``customers``.

    Raises
    ------
    CustlibError
        Where nobody answered.

    References
    ----------
    F. Reichheld, The one number you need to grow, Harvard Business Review 81:12 (2003) 46-54. Variance and intervals: B. Rocks,
    Interval estimation for the "Net Promoter Score", The American Statistician 70:4 (2016) 365-372,
    doi:10.1080/00031305.2016.1198279.
    """
    names = pd.Series(classes(distribution.score), index=distribution.index, dtype=object)
    counts = distribution.customers.groupby(names).sum()
    detractors, passives, promoters = (int(counts.get(name, 0)) for name in CLASSES)
    return Score(promoters, passives, detractors)


def score_of(*, promoters: int, passives: int, detractors: int) -> Score:
    """Give the score of counted classes.

    Raises
    ------
    CustlibError
        Where nobody answered, or a count is none.
    """
    return Score(promoters, passives, detractors)


@dataclass(frozen=True)
class Difference:
    """A score less an earlier one (or that of another group), and whether it is more than noise.

    Attributes
    ----------
    value : float
        The difference itself, -2 to 2.
    se : float
        Its standard error, of the adjusted scores.
    low, high : float
        Its 95% interval, around the difference of the adjusted scores.
    z, p : float
        That difference by its standard error, and the chance of one as large, either way, if nothing had changed.
    answers, answers_before : int
    in_both : int
        Customers whose answer counts on both sides.
    """

    value: float
    se: float
    low: float
    high: float
    z: float
    p: float
    answers: int
    answers_before: int
    in_both: int = 0

    @property
    def measurable(self) -> bool:
        """Whether the interval leaves zero out."""
        return self.low > 0 or self.high < 0


def difference(now: Score, before: Score, both: pd.DataFrame | None = None) -> Difference:
    """Test whether a score differs from another one.

    Half of the three answers that the adjusted interval adds are added to each score: then the interval of a difference holds it in
    about 95% of samples from 30 answers on (94% to 97% as simulated, more where nearly all agree; without them down to 92%), and does
    not vanish where all agree.

    Parameters
    ----------
    both : DataFrame, optional
        ``before``, ``now`` (scores), ``customers``: those whose answers count on both sides. As the same people answer alike, the
        difference is then surer: the variance is less by twice sum (a - NPS)(b - NPS') / (n n'), over these, a and b their
        answers as 1, 0 or -1. None: two groups that have nobody in common.

    Raises
    ------
    CustlibError
        Where more have answered twice than have answered.

    References
    ----------
    A. Agresti and B. Caffo, Simple and effective confidence intervals for proportions and differences of proportions result from
    adding two successes and two failures, The American Statistician 54:4 (2000) 280-288, doi:10.1080/00031305.2000.10474560.
    """
    n, m = now.answers + ADDED_TO_EACH, before.answers + ADDED_TO_EACH
    (later, v_later), (earlier, v_earlier) = smoothed(now, ADDED_TO_EACH), smoothed(before, ADDED_TO_EACH)
    twice, shared = 0, 0.0
    if both is not None and len(both):
        heads = both.customers.to_numpy(dtype=float)
        twice = int(heads.sum())
        if twice > min(now.answers, before.answers):
            raise CustlibError(
                f"{twice} answered on both sides, but only {now.answers} and {before.answers} on each"
            )
        shared = float((heads * (signs(both.now) - now.nps) * (signs(both.before) - before.nps)).sum())
    se = sqrt(max(v_later / n + v_earlier / m - 2 * shared / (n * m), 0.0))
    centre = later - earlier
    z = centre / se if se else 0.0 if not centre else inf
    low, high = max(centre - REACH * se, -2.0), min(centre + REACH * se, 2.0)
    chance = float(2 * norm.sf(abs(z)))
    return Difference(now.nps - before.nps, se, low, high, z, chance, now.answers, before.answers, twice)


def sample_size(variance: float, change: float, *, power: float = 0.8, level: float = ALPHA) -> int:
    """Say how many answers each of two waves needs for a change of the score to be seen.

    Parameters
    ----------
    variance : float
        Of one answer (`Score.variance`), alike in both waves; nobody answers both.
    change : float
        In shares: .05 is five points.
    power : float
        How often the change, where there is one, is to be found.
    level : float
        How often one may be found where there is none.

    Returns
    -------
    int
        2 variance (z_(1 - level/2) + z_power)^2 / change^2, rounded up; at least 1.

    Raises
    ------
    CustlibError
        For no change, and for a power or level that is no share.
    """
    if not (change and 0 < power < 1 and 0 < level < 1):
        raise CustlibError(
            f"no number of answers shows a change of {change} with power {power} at level {level}"
        )
    z = norm.ppf(1 - level / 2) + norm.ppf(power)
    return max(ceil(2 * variance * z**2 / change**2), 1)


def answers_for_margin(variance: float, margin: float, *, level: float = ALPHA) -> int:
    """Say how many answers make a score sure to plus or minus `margin` (.05: five points).

    Raises
    ------
    CustlibError
        For a margin of nothing or less.
    """
    if margin <= 0:
        raise CustlibError("no number of answers makes a score certain")
    return max(ceil(variance * (norm.ppf(1 - level / 2) / margin) ** 2), 1)
