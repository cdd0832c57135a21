"""Which model values those who are known by what they do, where the company leaves it to the back-test.

Models count different things, active months or purchase days, so that what is compared has no unit: by what share of what came
a model's forecast of the holdout was off, for customers whom all of them are fitted to. Other customers of the same kind would have made another total; models no further
apart than that can explain, or than a point, foresaw equally well, and of them the simplest is taken.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from custlib.measure.clv import bgbb, bgnbd, pareto_nbd
from custlib.measure.clv.backtest import Backtest
from custlib.measure.clv.fit import REACH

# What a company file says to leave it to the back-test.
AUTO = "auto"
# The models that can be chosen, the simplest first: months of which each is active or not; days, and who leaves does so on one;
# days, and whoever is silent may have left.
CANDIDATES = (bgbb.NAME, bgnbd.NAME, pareto_nbd.NAME)
DEFAULT = CANDIDATES[0]
# A difference between errors that no decision would rest on: one point.
MATERIAL = 0.01


@dataclass(frozen=True)
class Candidate:
    """How one model did.

    Attributes
    ----------
    error : float or None
        Foretold / came - 1, of all months of the holdout together and of customers whose first purchase the data show; None where it could not be fitted or nothing came.
    noise : float
        Standard error of that from the sampling of customers.
    problem : str
        "" where its fit can be trusted, at the beginning of the holdout and at the month's end; else why not, as in
        `custlib.measure.clv.groups.Group`.
    """

    model: str
    error: float | None = None
    noise: float = 0.0
    problem: str = ""

    @property
    def known(self) -> bool:
        """Whether it takes part in the choice."""
        return not self.problem and self.error is not None

    @property
    def off(self) -> float:
        """By what share of what came it was off, too many or too few; without end where that is not known."""
        return float("inf") if self.error is None else abs(self.error)


@dataclass(frozen=True)
class Choice:
    """The model taken, and why.

    Attributes
    ----------
    model : str
    reason : str
        "nearest" (measurably nearer to what came than every simpler one), "simplest" (of those that cannot be told from the best),
        "short" (the data allow no back-test), "nobody" (there are contracts only) or "not fitted" (no model could be back-tested);
        of the last three the default is taken.
    months : int
        Length of the holdout.
    candidates : tuple of Candidate
    before : str
        What was chosen for the month before; "" where that is not known.
    """

    model: str
    reason: str
    months: int = 0
    candidates: tuple[Candidate, ...] = ()
    before: str = ""


def judged(model: str, test: Backtest, problem: str = "") -> Candidate:
    """Reduce a back-test to what models are compared by."""
    if test.verdict == "none":
        return Candidate(model, problem=problem or test.reason)
    return Candidate(model, test.error, (test.high - test.low) / (2 * REACH) / test.actual, problem)


def ranked(candidates: Sequence[Candidate]) -> tuple[Candidate, ...]:
    """Put those that can be chosen into the order of choice: equals of the best from the simplest on, then the others by error.

    Two errors are equal where they differ by no more than `MATERIAL`, or than chance: 1.96 standard errors of their difference.
    """
    known = [each for each in candidates if each.known]
    if not known:
        return ()
    best = min(known, key=lambda each: each.off)

    def place(each: Candidate) -> tuple[bool, float]:
        beyond = each.off - best.off
        worse = beyond > max(MATERIAL, REACH * _chance(each, best))
        return worse, each.off if worse else CANDIDATES.index(each.model)

    return tuple(sorted(known, key=place))


def _chance(one: Candidate, other: Candidate) -> float:
    """Give a standard error of the difference between the sizes of two errors, rather too large than too small.

    Had more come, all forecasts would have been lower beside it. Of two on the same side of what came both errors then move alike,
    and as if of different customers their difference moves more than it does. Of two on either side one shrinks by as much as the
    other grows: the standard errors add up.
    """
    if (one.error or 0.0) * (other.error or 0.0) < 0:
        return one.noise + other.noise
    return float((one.noise**2 + other.noise**2) ** 0.5)


def reason_of(chosen: Candidate, candidates: Sequence[Candidate]) -> str:
    """Say whether the model taken is the nearest, or the simplest of those as near."""
    nearest = min((each for each in candidates if each.known), key=lambda each: each.off)
    return "nearest" if chosen.model == nearest.model else "simplest"
