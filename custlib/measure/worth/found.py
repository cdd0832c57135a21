"""What is found on the worth of a point: which shape it has, what is at stake, and what was said against what was done."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from custlib.surveying import Scale

Floats = NDArray[np.float64]
FLAT, LINEAR, NPS_CLASSES, MIDDLE, FREE = SHAPES = ("flat", "linear", "nps_classes", "middle", "free")
SIMPLE = (LINEAR, NPS_CLASSES, MIDDLE)
Verdict = Literal["extremes", "middle", "every point", "nothing", "reversed", "cannot tell", "other"]
CeilingState = Literal["found", "none found", "cannot tell"]


class Ratio(NamedTuple):
    """An odds ratio of loss per point, with its 95% interval and the chance of one as far from 1 where there is none."""

    value: float
    low: float
    high: float
    p: float


@dataclass(frozen=True)
class PointWorth:
    """What customers did in the months after an answer, by score.

    Attributes
    ----------
    months : int
        Length of the outcome.
    answers, lost : int
        Customers with a first answer and complete months after it; those of them without a purchase or contract in the months.
    scale : Scale
    groups : DataFrame
        One row per group of scores, the lowest first: ``label``, ``first``, ``last``, ``mean`` score, ``answers``, ``lost``; ``raw_loss`` with
        Wilson's ``raw_low``, ``raw_high``; ``loss`` (``low``, ``high``) as if every customer had given such a score, all else as it is;
        ``margin`` (``margin_low``, ``margin_high``) per customer in the months, likewise. Adjusted figures are NaN where no model can be
        fitted: one group only.
    shapes : DataFrame
        One row per shape: ``shape``, ``parameters``, ``log_likelihood``, ``aic``, ``log_loss`` (cross-validated, per customer),
        ``lr``, ``df``, ``p`` (against the free shape; p is 1 where there is nothing between them), ``explained`` (part of what the free
        shape adds to the likelihood of the flat one; NaN where it adds nothing). Empty where no model can be fitted.
    verdict : str
        See `custlib.measure.worth.shapes.judge`.
    open_shapes : tuple of str
        Shapes that stand: one where the verdict names it, several where it cannot be told, none where all are rejected.
    per_point : Ratio or None
        Odds of loss of a score over those of the score below, on a straight line; None where no model can be fitted.
    ceiling : int or None
        The score above which another point no longer lowers loss measurably.
    ceiling_state : str
        "found", "none found" (each point up to the highest still lowers it), "cannot tell".
    nearest : str or None
        The simple shape that comes nearest, by AIC; None where no model can be fitted.
    few : bool
        Fewer were lost, or kept, than the shapes need (`needed`): nothing is judged.
    needed : int
    matters : float
        An effect on the odds, per point, that would matter; such as .05.
    retention, earned, covariance : arrays
        Adjusted share kept and margin by group, and their covariance (retention first); for `stake`. Empty where no model can be fitted.
    """

    months: int
    answers: int
    lost: int
    scale: Scale
    groups: pd.DataFrame
    shapes: pd.DataFrame
    verdict: Verdict
    open_shapes: tuple[str, ...]
    per_point: Ratio | None
    ceiling: int | None
    ceiling_state: CeilingState
    nearest: str | None
    few: bool
    needed: int
    matters: float
    retention: Floats = field(repr=False)
    earned: Floats = field(repr=False)
    covariance: Floats = field(repr=False)

    @property
    def fitted(self) -> bool:
        """Say whether there was enough to fit a model to."""
        return len(self.retention) > 0


@dataclass(frozen=True)
class Stake:
    """What would be gained if everybody at a score stood a point higher and did as those do who stand there.

    Attributes
    ----------
    months : int
        How long the lift is assumed to last.
    scores : DataFrame
        One row per score but the highest: ``score``, ``programme``, ``customers`` (of the whole base), ``clv``, ``retention``, ``margin``
        expected in the months, ``gain_retention``, ``gain_margin`` (to the next score up), ``value``, ``low``, ``high`` (95%).
    programmes : DataFrame
        One row per programme: ``programme``, ``customers``, ``value``, ``low``, ``high`` (95% for all three together), ``measurable`` (the
        interval leaves zero out).
    customers : float
        Of the whole base, those at the highest score too.
    verdict : str
        On the shape of the effect (see `PointWorth`).
    covariance : array
        Of the programmes' values.
    """

    months: int
    scores: pd.DataFrame
    programmes: pd.DataFrame
    customers: float
    verdict: Verdict
    covariance: Floats = field(repr=False)


@dataclass(frozen=True)
class SaidDone:
    """What customers said against what they did.

    Attributes
    ----------
    table : DataFrame
        One row per ``said`` (detractor, passive, promoter) and ``done`` (lost, less, same, more), all twelve: ``customers``, ``share`` of those who said
        so (``low``, ``high``: Wilson; NaN of nobody), ``before``, ``after``, ``change`` (Decimal: margin).
    answers : int
    less : Contrary
        Promoters who bought less or left.
    more : Contrary
        Detractors who bought more.
    """

    table: pd.DataFrame
    answers: int
    less: "Contrary"
    more: "Contrary"


@dataclass(frozen=True)
class Contrary:
    """Customers who did the contrary of what they said: how many of how many, and what their margin changed by."""

    customers: int
    of: int
    share: float
    low: float
    high: float
    change: Decimal
