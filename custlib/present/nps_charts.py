"""Charts of the page on NPS: who stands where, what moved, which companies share our score, and what a point is worth."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from custlib.measure.figures import FEW
from custlib.measure.middle_ground import OURS
from custlib.present import charts, wording
from custlib.present.captions import caption
from custlib.present.charts import Chart
from custlib.surveying import DELIGHT, FIRST_PASSIVE, FIRST_PROMOTER, FIX_BASICS, MOVE_MIDDLE

Facts = Mapping[str, Any]
_LIKE = "like customers compared"


def distribution(found: Any, facts: Facts) -> Chart:
    """Draw how many of a hundred gave each score, the NPS classes below and the middle ground above."""
    said = wording.nps_titles
    none = pd.DataFrame({"score": list(found.scale.scores), "customers": 0})
    first, last = found.scale.middle
    return charts.scale(
        none if said.few(found) else found.distribution,
        groups=said.class_spans(found.scale),
        span=(first, last, "the middle ground"),
        name="scores",
        words=caption(
            "Of a hundred answers",
            facts,
            title=said.distribution_title(found),
            alt=said.alt_distribution(found),
        ),
    )


_WAVE = 60  # letters of a wave's name


def waves(table: pd.DataFrame, facts: Facts, change: Any = None) -> Chart:
    """Draw the score of each wave with its interval against what the year before lets expect; `change` (of the year) is for its title."""
    said = wording.nps_titles
    # A wave's name is the company's own text, as a stage's is.
    named = table.assign(wave=[wording.pains.said(name, _WAVE) for name in table.wave])
    return charts.control(
        named,
        value="nps",
        unit="points",
        said=(
            "a wave, 95% interval",
            "a wave beyond its limits",
            "limits of a single wave",
            "latest 12 months",
        ),
        name="waves",
        events=facts.get("events", ()),
        words=caption(
            "Net promoter score by wave",
            facts,
            title=said.waves_title(table, change),
            alt=said.alt_waves(table),
        ),
    )


def others(found: Any, facts: Facts) -> Chart:
    """Draw the answers of companies that all have our score, by the groups of scores it does not tell apart."""
    said = wording.nps_titles
    pieces = said.parts(found.scale)
    rows = []
    for each in () if said.few(found) else found.others:
        heads = each.distribution.set_index("score").customers
        parts = [float(heads.loc[first:last].sum() / heads.sum()) for first, last, _ in pieces]
        rows.append((said.company(each.name), *parts))
    columns = [f"from_{first}" for first, _, _ in pieces]
    return charts.stacked(
        pd.DataFrame(rows, columns=["label", *columns]),
        parts=[(column, piece[2]) for column, piece in zip(columns, pieces, strict=True)],
        highlight=said.company(OURS),
        name="others",
        words=caption(
            "Of a hundred answers by groups of scores",
            facts,
            title=said.others_title(found),
            alt=said.alt_others(found),
        ),
    )


def movement(found: Any, facts: Facts) -> Chart:
    """Draw where those who gave each score stand at their later answer; lines part the NPS classes."""
    said = wording.nps_titles
    groups = _grouped(found)
    names = [said.reach(first, last) for first, last in groups]
    return charts.heat(
        _shares(found),
        row="before",
        column="after",
        value="share",
        row_label="score before: of 100 of each row",
        column_label="score after",
        unit="share",
        lines=[
            name
            for name, (first, _) in zip(names, groups, strict=True)
            if first in (FIRST_PASSIVE, FIRST_PROMOTER)
        ],
        name="movement",
        words=caption(
            "Scores of the same customers before and after",
            facts,
            title=said.movement_title(found),
            alt=said.alt_movement(found),
        ),
    )


def mapped(found: Any) -> bool:
    """Say whether any cell of the map of moves may be told; without one there is nothing to draw."""
    return bool(_shares(found).share.notna().any())


def _moves(found: Any) -> pd.DataFrame:
    none = pd.DataFrame(columns=["before", "after", "customers"])
    return none if wording.nps_titles.moved(found) is None else found.moves


def _grouped(found: Any) -> list[tuple[int, int]]:
    """Give the first and the last score of each row and column of the map."""
    return wording.nps_titles.grouped(_moves(found), found.scale, found.min_group)


def _shares(found: Any) -> pd.DataFrame:
    """Give the cells of the map: ``before``, ``after``, ``share`` of who gave the scores before (NaN: not told)."""
    moves, groups, rows = _moves(found), _grouped(found), []
    for before in groups:
        given = moves[moves.before.between(*before)]
        for after in groups:
            size = int(given[given.after.between(*after)].customers.sum())
            # Of few who gave a score, and of a handful in a cell, nothing is told.
            told = given.customers.sum() >= found.min_group and size >= FEW
            share = size / int(given.customers.sum()) if told else float("nan")
            rows.append((*(wording.nps_titles.reach(*group) for group in (before, after)), share))
    return pd.DataFrame(rows, columns=["before", "after", "share"])


def worth(found: Any, facts: Facts) -> Chart:
    """Draw the share lost by score with like customers compared, beside the share as it was counted."""
    said = wording.nps_titles
    groups = found.worth.groups if found.worth is not None else pd.DataFrame(columns=_LOSS)
    names = [f"Score {str(label).replace('-', ' to ')}" for label in groups.label] if len(groups) else []
    adjusted = len(groups) > 0 and groups.loss.notna().any()
    frame = groups.assign(label=names)
    if not adjusted and len(groups):
        frame = frame.assign(loss=frame.raw_loss, low=frame.raw_low, high=frame.raw_high)
    return charts.ranges(
        frame,
        value="loss",
        mark=("raw_loss", "as counted") if adjusted else None,
        meant=_LIKE if adjusted else "",
        unit="rate",
        name="point-worth",
        words=caption(
            f"Share lost in the {wording.people(found.outcome, 'month')} after the answer"
            + (f" ({_LIKE})" if adjusted else ""),
            facts,
            title=said.worth_title(found.worth),
            alt=said.alt_worth(found.worth),
        ),
    )


_LOSS = ["label", "loss", "low", "high", "raw_loss"]


def stake(found: Any, facts: Facts) -> Chart:
    """Draw the value of one point up by programme, each with its interval."""
    said = wording.nps_titles
    rows = said.told_programmes(found.stake)
    rows = rows.set_index("programme").reindex(
        [name for name in (FIX_BASICS, MOVE_MIDDLE, DELIGHT) if name in set(rows.programme)]
    )
    frame = pd.DataFrame(
        {
            "label": [said.PROGRAMMES[name].capitalize() for name in rows.index],
            "value": rows.value.astype(float).to_list(),
            "low": rows.low.astype(float).to_list(),
            "high": rows.high.astype(float).to_list(),
        }
    )
    return charts.ranges(
        frame,
        unit=found.currency,
        name="stake",
        words=caption(
            "Value that goes with one point up",
            facts,
            title=said.stake_title(found.stake, found.currency),
            alt=said.alt_stake(found.stake, found.currency),
        ),
    )


def pains(found: Any, facts: Facts) -> Chart:
    """Draw what detractors and promoters speak of on either side of one line."""
    said = wording.pains
    return charts.mirrored(
        said.pairs(found),
        left=("pain", "detractors"),
        right=("praise", "promoters"),
        unit="customers",
        missing="not shown",
        name="pains-and-praise",
        words=caption("Customers who speak of it", facts, title=said.title(found), alt=said.alt(found)),
    )
