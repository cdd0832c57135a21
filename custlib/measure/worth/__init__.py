"""What a point of a score is worth: shapes of its effect, value at stake, prediction, and what was said against what was done."""

from custlib.measure.worth.found import Contrary, PointWorth, Ratio, SaidDone, Stake
from custlib.measure.worth.point import point_worth
from custlib.measure.worth.prediction import predictors
from custlib.measure.worth.said_done import said_done
from custlib.measure.worth.stake import simulate, stake

__all__ = [
    "Contrary",
    "PointWorth",
    "Ratio",
    "SaidDone",
    "Stake",
    "point_worth",
    "predictors",
    "said_done",
    "simulate",
    "stake",
]
