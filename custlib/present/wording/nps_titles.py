"""Titles and alternative texts of the figures on NPS and the middle ground: each says what its data say."""

from typing import Any

import pandas as pd

from custlib.measure.figures import FEW
from custlib.measure.nps import classes
from custlib.periods import month_name
from custlib.present.numbers import (
    NOT_AVAILABLE,
    decimal,
    interval,
    money,
    money_interval,
    percent,
    points,
    share,
)
from custlib.present.wording.concentration import known
from custlib.present.wording.words import listed, people
from custlib.surveying import DELIGHT, FIRST_PASSIVE, FIRST_PROMOTER, FIX_BASICS, MOVE_MIDDLE, NPS, Scale

PROGRAMMES = {
    FIX_BASICS: "fix the basics",
    MOVE_MIDDLE: "move the middle up",
    DELIGHT: "create delight",
}
DOING = {
    FIX_BASICS: "fixing the basics",
    MOVE_MIDDLE: "moving the middle up",
    DELIGHT: "creating delight",
}
_VERDICTS = {
    "extremes": "Loss differs between the NPS classes, and not measurably within them",
    "middle": "Loss differs within the middle ground, and not measurably below or above it",
    "every point": "Each point up goes with less loss, from end to end",
    "nothing": "Who gave a higher score left no less often",
    "reversed": "Who gave a higher score left more often",
    "other": "Loss goes with the score, in none of the simple shapes",
    "cannot tell": "What a point is worth cannot be told from these answers",
}


_COMPANIES = {
    "ours": "Ours",
    "most passives": "As many passives as can be",
    "fewest passives": "As few passives as can be",
    "kindest": "Our classes, kindest scores",
    "harshest": "Our classes, harshest scores",
}


def company(name: str) -> str:
    """Name a company that has our score."""
    return _COMPANIES.get(name, name)


def reach(first: int, last: int) -> str:
    """Write scores that follow one another: ``5 to 8``, ``10``."""
    return str(first) if first == last else f"{first} to {last}"


def class_spans(scale: Scale) -> list[tuple[int, int, str]]:
    """Give the first and the last score of each NPS class, from the lowest, with its name."""
    return [
        (scale.lowest, FIRST_PASSIVE - 1, "detractors"),
        (FIRST_PASSIVE, FIRST_PROMOTER - 1, "passives"),
        (FIRST_PROMOTER, scale.highest, "promoters"),
    ]


def parts(scale: Scale) -> list[tuple[int, int, str]]:
    """Cut the scores wherever a class or the middle ground begins, and name the pieces by both."""
    first, last = scale.middle
    cuts = sorted({scale.lowest, first, FIRST_PASSIVE, FIRST_PROMOTER, last + 1} - {scale.highest + 1})
    ends = [*[start - 1 for start in cuts[1:]], scale.highest]
    found = []
    for start, end in zip(cuts, ends, strict=True):
        (name,) = (name for low, high, name in class_spans(scale) if low <= start <= high)
        inside = ", middle ground" if first <= start <= last else ""
        found.append((start, end, f"{reach(start, end)}: {name}{inside}"))
    return found


def few(found: Any) -> bool:
    """Say whether so few answered that nothing is said of them."""
    return bool(found.score is None or found.score.answers < found.min_group)


def distribution_title(found: Any) -> str:
    """Say how many stand below the middle ground, in it and above it: parts that leave nobody out and count nobody twice."""
    boxes = found.boxes.get(NPS)
    if few(found) or boxes is None:
        return "The scores given cannot be shown"
    return f"{share(boxes.below.value)} stand below the middle ground, {share(boxes.middle.value)} in it, {share(boxes.above.value)} above it"


def alt_distribution(found: Any) -> str:
    """Describe the columns."""
    frame = found.distribution
    total = int(frame.customers.sum()) if len(frame) else 0
    if few(found):
        return "No columns: nobody's score is known, or too few answered."
    said = [f"{row.score}: {share(row.customers / total)}" for row in frame.itertuples()]
    return (
        f"A column per score, the share of {people(total, 'answer')} that gave it: {'; '.join(said)}. A line marks the middle ground,"
        f" {reach(*found.scale.middle)}."
    )


def judged(waves: pd.DataFrame) -> pd.DataFrame:
    """Give the waves that have limits to be judged by."""
    return waves[waves.lower.notna() & waves.nps.notna()] if len(waves) else waves


def alike(waves: pd.DataFrame) -> pd.Series:
    """Say of each wave whether it has no limits because all answers of the year before it were alike, which tells nothing of noise."""
    return waves.expected.notna() & waves.lower.isna() & waves.nps.notna()


def of_late(waves: pd.DataFrame) -> pd.DataFrame:
    """Give the waves judged of the twelve months to the latest wave."""
    rows = judged(waves)
    if rows.empty:
        return rows
    last = waves.month.iloc[-1]
    return rows[[(last.year - day.year) * 12 + last.month - day.month < 12 for day in rows.month]]


def waves_title(waves: pd.DataFrame, change: Any = None) -> str:
    """Say whether a single wave lies beyond its limits, the latest first of all, and whether the year drifted though none does.

    Parameters
    ----------
    change : Difference, optional
        The score of the latest twelve months less that of the twelve before.
    """
    rows = judged(waves)
    if not len(waves) or waves.nps.isna().all():
        return "NPS by wave cannot be shown"
    if rows.empty:
        if alike(waves).any():
            return "No wave can be judged: all answers of the year before were alike"
        return "No wave can be judged yet: too little is known of the year before"
    last, far = rows.iloc[-1], int((rows.signal != 0).sum())
    if last.signal:
        way = "rose above" if last.signal > 0 else "fell below"
        return f"NPS {way} its limits: {points(last.nps)} in the latest wave judged"
    if change is not None and change.measurable and not (of_late(waves).signal != 0).any():
        return f"A {drift(change)} of {decimal(abs(change.value) * 100)} points in a year; no single wave beyond its limits"
    if not far:
        one = (
            "The one wave judged does not lie"
            if len(rows) == 1
            else f"No single wave of {len(rows)} judged lies"
        )
        return f"{one} beyond its limits"
    lie = "wave lies beyond its" if far == 1 else "waves lie beyond their"
    return f"{far} {lie} limits, of {len(rows)} judged; the latest does not"


def drift(change: Any) -> str:
    """Name the way of a measurable change."""
    return "rise" if change.low > 0 else "fall"


def alt_waves(waves: pd.DataFrame) -> str:
    """Describe the chart of waves by its ends and its signals."""
    told = waves[waves.nps.notna()] if len(waves) else waves
    if told.empty:
        return "No dots: NPS by wave is not available."
    first, last = told.iloc[0], told.iloc[-1]
    far = [f"{month_name(row.month)} ({points(row.nps)})" for row in told.itertuples() if row.signal]
    signals = f"beyond their limits: {listed(far)}" if far else "none beyond its limits"
    few = len(waves) - len(told)
    left = (
        f" {people(few, 'wave')} of too few answers {'is' if few == 1 else 'are'} not drawn." if few else ""
    )
    return (
        f"A dot per wave with its interval, from {points(first.nps)} in {month_name(first.month)} to {points(last.nps)} in"
        f" {month_name(last.month)}; {signals}.{left}"
    )


def others_title(found: Any) -> str:
    """Say that companies of different customers have our score."""
    if few(found) or len(found.others) < 2:
        return "Other companies with our NPS cannot be shown"
    means = [each.ok_or_better for each in found.others]
    told = f"NPS {points(found.score.nps)} in each, while {share(min(means))} to {share(max(means))} are OK or better"
    return (
        told
        if share(min(means)) != share(max(means))
        else f"{len(found.others)} companies, each of NPS {points(found.score.nps)}"
    )


def alt_others(found: Any) -> str:
    """Describe each company's parts."""
    if few(found) or len(found.others) < 2:
        return "No bars: there is no score to compare."
    said = [
        f"{company(each.name)}: {people(each.promoters, 'promoter')}, {people(each.passives, 'passive')}, {people(each.detractors, 'detractor')}"
        for each in found.others
    ]
    return f"A bar per company, its answers by groups of scores from the lowest to the highest. {'; '.join(said)}."


def moved(found: Any) -> Any:
    """Give who moved between two answers; None where it is not known, or too few answered twice."""
    return None if found.movement is None or found.movement.pairs < found.min_group else found.movement


def money_of_moves(found: Any) -> bool:
    """Say whether money may stand beside moves: where no class before and after, and no part of the moves, is a handful of active customers.

    With all cells and their sums shown, what one or a few bring could otherwise be had by subtraction.
    """
    who, moves = moved(found), found.moves
    if who is None or not known(who.value):
        return False
    cells = who.class_matrix
    parts = [*cells.active[cells.customers > 0], *unseen(moves).groupby("way").active.sum()]
    return all(active >= FEW for active in parts)


def unseen(moves: pd.DataFrame) -> pd.DataFrame:
    """Give the pairs of scores that lie in one class, with their ``way``: up (1), down (-1), or the same score (0)."""
    rows = moves[moves.customers > 0]
    same = [one == other for one, other in zip(classes(rows.before), classes(rows.after), strict=True)]
    rows = rows[same]
    return rows.assign(way=(rows.after > rows.before) * 1 - (rows.after < rows.before) * 1)


def grouped(moves: pd.DataFrame, scale: Scale, least: int) -> list[tuple[int, int]]:
    """Put neighbouring scores of a class together until each group was given before by enough to be shown; a class is never left.

    Parameters
    ----------
    moves : DataFrame
        ``before``, ``after``, ``customers``.
    """
    groups: list[tuple[int, int]] = []
    for first, last, _ in class_spans(scale):
        start, mine = first, list[tuple[int, int]]()
        for score in range(first, last + 1):
            if moves[moves.before.between(start, score)].customers.sum() >= least:
                mine.append((start, score))
                start = score + 1
        if start <= last:  # what is left of the class joins the group below it
            mine[-1:] = [(mine[-1][0] if mine else start, last)]
        groups += mine
    return groups


def movement_title(found: Any) -> str:
    """Say how much of what moved NPS did not see."""
    who = moved(found)
    if who is None:
        return "Who moved between two answers cannot be shown"
    if who.hidden_share is None:
        return "Nobody's score moved between two answers"
    return f"Of those whose score moved, {share(who.hidden_share.value)} stayed in their NPS class"


def alt_movement(found: Any) -> str:
    """Describe the matrix by who stayed, rose and fell."""
    who = moved(found)
    if who is None:
        return "No map: too few answered twice, or when they answered is not known."
    rose, fell, hidden = (people(part.customers) for part in (who.moved_up, who.moved_down, who.hidden))
    return (
        f"A map of the score before, down, by the score after, across, as shares of those who gave the score before; lines part the NPS"
        f" classes. Of {people(who.pairs)} {rose} rose, {fell} fell and {people(who.pairs - who.moved.customers)} stayed at their score;"
        f" {hidden} moved within a class."
    )


def worth_title(worth: Any) -> str:
    """Say what shape loss has over the score, by the verdict of the tests."""
    if worth is None or not len(worth.groups):
        return "What a point is worth cannot be shown"
    return _VERDICTS.get(worth.verdict, _VERDICTS["cannot tell"])


def alt_worth(worth: Any) -> str:
    """Describe the dots: loss by group of scores, and as it was counted."""
    if worth is None or not len(worth.groups):
        return "No dots: too few customers were followed after their answer."
    if worth.groups.loss.isna().all():
        said = [
            f"{row.label} {share(row.raw_loss)} ({interval(row.raw_low, row.raw_high, share)})"
            for row in worth.groups.itertuples()
        ]
        return f"A dot per group of scores on its interval, the share lost as counted: {'; '.join(said)}."
    said = [
        f"{row.label} {share(row.loss)} ({interval(row.low, row.high, share)}), as counted {share(row.raw_loss)}"
        for row in worth.groups.itertuples()
    ]
    return f"A dot per group of scores on its interval, the share lost with like customers compared: {'; '.join(said)}."


def stake_title(stake: Any, currency: str) -> str:
    """Name the programme with most at stake, where that is measurable."""
    rows = told_programmes(stake)
    if rows.empty:
        return "Value at stake cannot be shown"
    sure = rows[rows.measurable.astype(bool)]
    if sure.empty:
        return "No programme's value at stake can be told from nothing yet"
    row = sure.loc[sure.value.astype(float).idxmax()]
    return f"{DOING[row.programme].capitalize()} by a point: {money(row.value, currency)} at stake"


def alt_stake(stake: Any, currency: str) -> str:
    """Describe the dots of the programmes."""
    rows = told_programmes(stake)
    if rows.empty:
        return "No dots: value at stake is not available."
    said = [
        f"{PROGRAMMES[row.programme]} {money(row.value, currency)} ({money_interval(row.low, row.high, currency)})"
        for row in rows.itertuples()
    ]
    return f"A dot per programme on its interval, the value that goes with one point up: {'; '.join(said)}."


def told_programmes(stake: Any) -> pd.DataFrame:
    """Give the programmes of which a value is known."""
    if stake is None or not len(stake.programmes):
        return pd.DataFrame(columns=["programme", "customers", "value", "low", "high", "measurable"])
    return stake.programmes[[known(value) for value in stake.programmes.value]]


def measured(part: Any) -> str:
    """Write a share with its interval in brackets: ``54% (51% to 57%)``."""
    if part is None or not known(part.value):
        return NOT_AVAILABLE
    write = percent if share(part.low) == share(part.high) else share
    return f"{write(part.value)} ({interval(part.low, part.high, write)})"
