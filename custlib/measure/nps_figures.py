"""What the results of NPS and the middle ground are called."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import numpy as np

from custlib.results import Figure, figure
from custlib.surveying import NPS, PROGRAMMES

CENT = Decimal("0.01")
YEAR = 12
BOXES = {
    "top_2_box_share": "top_2",
    "bottom_box_share": "bottom",
    "ok_or_better_share": "ok_or_better",
    "middle_share": "middle",
}
BANDS = {"nps": ("nps", "ratio"), "ok_or_better_share": ("ok_or_better", "share"), "middle_share": ("middle", "share"),
         "mean_score": ("mean", "average")}  # fmt: skip
PREDICTORS = (
    "nps_class",
    "top_2_box",
    "ok_or_better",
    "mean",
    "full_scale",
    "behaviour",
    "behaviour_and_score",
)


def nps_figures(found: Any) -> Iterator[Figure]:
    """Name every figure of the page of NPS and the middle ground.

    Parameters
    ----------
    found : NpsMiddleGround
        See `custlib.month.nps.NpsMiddleGround`. Its windows: the months whose answers make the score; 12 for bands, movement and
        invitations; the months followed for what comes after; 0 where answers have no dates.
    """
    window, year = (found.window, YEAR) if found.dated else (0, 0)
    yield from _score(found, window)
    yield from _boxes(found, window)
    yield from _response(found, year)
    moved = found.movement.hidden_share if found.movement else None
    yield _part(
        "hidden_movement_share", moved, year, n=found.movement.moved.customers if found.movement else None
    )
    yield from _bands(found, year)
    yield from _stake(found)
    yield from _prediction(found)


def _score(found: Any, window: int) -> Iterator[Figure]:
    one, weighted = found.score, found.weighted
    if one is None:
        yield _none("nps", "ratio", window)
        yield (
            figure("responses", 0, "customers", window)
            if found.asked
            else _none("responses", "customers", window)
        )
    else:
        limits = {"low": one.adjusted.low, "high": one.adjusted.high}
        yield figure("nps", one.nps, "ratio", window, n=one.answers, **limits)
        yield figure("responses", one.answers, "customers", window)
    if weighted is None:
        yield _none("nps_weighted", "ratio", window)
    else:
        limits = {"low": weighted.low, "high": weighted.high}
        yield figure("nps_weighted", weighted.nps, "ratio", window, n=weighted.answers, **limits)


def _boxes(found: Any, window: int) -> Iterator[Figure]:
    """Give shares and mean, of other scales than NPS with the scale's name."""
    for name in dict.fromkeys([NPS, *found.boxes]):
        boxes = found.boxes.get(name)
        where = ("all", "all") if name == NPS else ("scale", name)
        n = boxes.answers if boxes else None
        for measure, part in BOXES.items():
            yield _part(measure, getattr(boxes, part) if boxes else None, window, *where, n=n)
        yield _part("mean_score", boxes.mean if boxes else None, window, *where, n=n, unit="average")


def _response(found: Any, year: int) -> Iterator[Figure]:
    one = found.response
    if one is None:
        yield _none("response_rate", "share", year)
        return
    yield figure("response_rate", one.rate, "share", year, low=one.low, high=one.high, n=one.invited)


def _bands(found: Any, year: int) -> Iterator[Figure]:
    for row in found.bands.itertuples():
        where = ("value_band", str(row.value_band))
        for measure, (column, unit) in BANDS.items():
            if row.hidden:
                yield _none(measure, unit, year, *where, status="suppressed")
                continue
            limits = {"low": row.low, "high": row.high} if measure == "nps" else {}
            yield figure(
                measure,
                getattr(row, column),
                unit,
                year,
                n=int(row.answers),
                dimension=where[0],
                segment=where[1],
                **limits,
            )


def _stake(found: Any) -> Iterator[Figure]:
    table = found.stake.programmes.set_index("programme") if found.stake else None
    for programme in PROGRAMMES:
        where = ("programme", programme)
        if table is None or not np.isfinite(table.loc[programme, "value"]):
            yield _none("value_at_stake", found.currency, found.outcome, *where)
            continue
        row = table.loc[programme]
        yield figure(
            "value_at_stake", Decimal(str(row["value"])).quantize(CENT), found.currency, found.outcome,
            low=row.low, high=row.high, dimension=where[0], segment=where[1],
        )  # fmt: skip


def _prediction(found: Any) -> Iterator[Figure]:
    table = found.prediction.set_index("predictor") if len(found.prediction) else None
    for predictor in PREDICTORS:
        where = ("predictor", predictor)
        if table is None or predictor not in table.index or not np.isfinite(table.loc[predictor, "auc"]):
            yield _none("auc", "ratio", found.outcome, *where)
            continue
        row = table.loc[predictor]
        yield figure(
            "auc",
            row.auc,
            "ratio",
            found.outcome,
            low=row.auc_low,
            high=row.auc_high,
            dimension=where[0],
            segment=where[1],
        )


def _part(
    measure: str,
    part: Any,
    window: int,
    dimension: str = "all",
    segment: str = "all",
    *,
    n: int | None,
    unit: str = "share",
) -> Figure:
    if part is None:
        return _none(measure, unit, window, dimension, segment)
    where = {"dimension": dimension, "segment": segment}
    return figure(measure, part.value, unit, window, low=part.low, high=part.high, n=n, **where)


def _none(
    measure: str,
    unit: str,
    window: int,
    dimension: str = "all",
    segment: str = "all",
    *,
    status: str = "not_available",
) -> Figure:
    return Figure(measure, None, unit, window, dimension, segment, status=status)
