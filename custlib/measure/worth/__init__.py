"""What a point of a score is worth: shapes of its effect, value at stake, prediction, and what was said against what was done.

point_worth(cells, scale, *, months) -> PointWorth | None
stake(worth, standing) -> Stake | None
simulate(stake, *, reach=1.0, costs=None) -> DataFrame
predictors(cells, scale) -> DataFrame
said_done(rows) -> SaidDone | None
"""

from custlib.measure.worth.found import PointWorth, Ratio, SaidDone, Stake

__all__ = ["PointWorth", "Ratio", "SaidDone", "Stake"]
