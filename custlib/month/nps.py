"""What customers say, and what a point of it is worth: the one object behind the page of NPS and the middle ground."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pandas as pd

from custlib.measure.middle_ground import Boxes, Portrait
from custlib.measure.movement import Movement
from custlib.measure.nps import Difference, Score
from custlib.measure.nps_checks import check
from custlib.measure.nps_figures import nps_figures
from custlib.measure.pains import Pains
from custlib.measure.post_strata import Weighted
from custlib.measure.responses import Response
from custlib.measure.worth import PointWorth, SaidDone, Stake
from custlib.month.answers import answering
from custlib.month.said import said, said_without_log
from custlib.periods import Month
from custlib.prepare.files import made_once
from custlib.results import Figure
from custlib.surveying import NPS, Scale, scales_of

if TYPE_CHECKING:
    from custlib.month.figures import CustomerMonth

# Settings the page rests on beside those of the models.
RESTS_ON = (
    "value_bands", "value_window_months", "active_window_months", "scales", "invitations_recorded", "answers_window_months",
    "outcome_months", "answers_followed_months", "themes", "programme_costs", "talk_to", "segmentation", "material_change",
)  # fmt: skip
NOT_ASKED, NO_LOG, NO_DATES, FEW, NO_INVITATIONS, NO_VALUE = (
    "not asked", "no log", "no dates", "too few", "no invitations", "no value",
)  # fmt: skip


@dataclass(frozen=True)
class NpsMiddleGround:
    """What customers say of the company, who says it, and what comes after.

    Attributes
    ----------
    asked : bool
        Whether the company has answers on the scale of the NPS.
    dated, has_log : bool
        Whether answers have dates; whether a table says what customers did.
    window, outcome : int
        Months whose answers make the score; months for which customers are followed after an answer.
    scale : Scale
        On which NPS was asked; `declared` where it is another one than 0 to 10.
    undeclared : tuple of str
        What else was asked, on scales that nobody declared: left out.
    first, last : date or None
        Months of the first and last answer of the window.
    repeated : int
        Answers given again within a wave, of which the last counts; of the window.
    distribution : DataFrame
        ``score``, ``customers``: each customer's last answer of the window, every score of the scale.
    score, before : Score or None
        Of the window, and of the one of the same length before it. None: nobody answered.
    change : Difference or None
    year, year_before, year_change
        The same of twelve months and the twelve before them: a drift that single waves do not show.
    weighted : Weighted or None
        The score weighted to the base by value band and tenure; `weighted_by`: those of the two of which more than one level is known.
    boxes, distributions, scales : dict
        By scale, nps first.
    others : tuple of Portrait
        Unlike companies with the same score.
    waves : DataFrame
        See `custlib.measure.nps_waves.waves`.
    moves : DataFrame
        ``before``, ``after`` (scores), ``customers``, ``value``: last answers of the latest year beside the ones before.
    movement : Movement or None
    bands : DataFrame
        By today's value band, last answers of twelve months of customers who are still active: ``population``, ``answers``, ``promoters``, ``passives``, ``detractors``, ``nps``, ``low``, ``high``,
        ``mean``, ``top_2``, ``ok_or_better``, ``middle``, ``bottom``, ``cost`` (to serve, per customer; NaN: not known), ``hidden``.
    served, served_bands
        The NPS of the low bands less that of the top ones, and their names. None where either has few answers.
    response : Response or None
    worth, stake, simulated, prediction, said_done
        What a point is worth (see `custlib.measure.worth`).
    pains : Pains or None
    value_word : str
        What is at risk: "customer lifetime value", or the word of the company's money.
    talk : int or None
        Customers on this month's list of detractors to talk to.
    why : dict
        Why something is None: "not asked", "no log", "no dates", "too few", "no invitations", "no value".
    """

    currency: str
    word: str
    min_group: int
    dated: bool
    has_log: bool
    window: int
    outcome: int
    scale: Scale
    declared: bool
    asked: bool = False
    undeclared: tuple[str, ...] = ()
    first: Month | None = None
    last: Month | None = None
    repeated: int = 0
    distribution: pd.DataFrame = field(default_factory=pd.DataFrame)
    score: Score | None = None
    before: Score | None = None
    change: Difference | None = None
    year: Score | None = None
    year_before: Score | None = None
    year_change: Difference | None = None
    weighted: Weighted | None = None
    weighted_by: tuple[str, ...] = ()
    boxes: Mapping[str, Boxes] = field(default_factory=dict)
    distributions: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    scales: Mapping[str, Scale] = field(default_factory=dict)
    others: tuple[Portrait, ...] = ()
    waves: pd.DataFrame = field(default_factory=pd.DataFrame)
    moves: pd.DataFrame = field(default_factory=pd.DataFrame)
    movement: Movement | None = None
    bands: pd.DataFrame = field(default_factory=pd.DataFrame)
    served: Difference | None = None
    served_bands: tuple[str, str] = ("", "")
    response: Response | None = None
    worth: PointWorth | None = None
    stake: Stake | None = None
    simulated: pd.DataFrame = field(default_factory=pd.DataFrame)
    prediction: pd.DataFrame = field(default_factory=pd.DataFrame)
    said_done: SaidDone | None = None
    pains: Pains | None = None
    value_word: str = ""
    talk: int | None = None
    why: Mapping[str, str] = field(default_factory=dict)

    def check(self) -> int:
        """Compare sums that are made in two ways, and count them (see `custlib.measure.nps_checks.check`)."""
        return check(self)

    def figures(self) -> Iterator[Figure]:
        """Name every figure of the page."""
        yield from nps_figures(self)


def nps_of(month: CustomerMonth) -> NpsMiddleGround:
    """Work out what a month's customers say, or read what was worked out before."""
    path = month.prepared.kept("nps", "pickle", *RESTS_ON, said=True)
    before = (lambda: month.equity) if month.prepared.has_log else (lambda: None)
    return made_once(path, month.prepared.cache, lambda: _make(month), before=before)


def _make(month: CustomerMonth) -> NpsMiddleGround:
    settings, units = month.company.settings, month.units
    has_log = month.prepared.has_log
    told: dict[str, Any] = {
        "currency": units.currency, "word": month.prepared.money, "min_group": units.min_group, "dated": has_log,
        "has_log": has_log, "window": settings.answers_window_months, "outcome": settings.outcome_months,
        "scale": scales_of(settings.scales)[NPS], "declared": NPS in settings.scales, "value_word": month.prepared.money,
    }  # fmt: skip
    if month.surveys is None:
        return NpsMiddleGround(**told, why={"score": NOT_ASKED})
    with answering(month) as answers:
        return NpsMiddleGround(**told | (said(answers) if has_log else said_without_log(answers)))
