"""What the answers of an opened month say: every attribute of the page of NPS, from the engine's small frames."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import ibis
import pandas as pd

from custlib.aggregate import answers as counting
from custlib.data.collect import collect
from custlib.measure import movement as moving
from custlib.measure import worth as points
from custlib.measure.middle_ground import boxes, complete, other_companies
from custlib.measure.nps import Difference, Score, difference, score
from custlib.measure.nps_bands import by_band, served
from custlib.measure.nps_waves import waves
from custlib.measure.post_strata import post_stratified, weights
from custlib.measure.responses import response
from custlib.month.answers import SHOWN, YEAR, Answers
from custlib.month.voices import pains, talked_to
from custlib.periods import Month, add_months
from custlib.segmentation import UNKNOWN, top_bands
from custlib.surveying import FIRST_PASSIVE, FIRST_PROMOTER, NPS, scales_of

CENT = Decimal("0.01")


def said(found: Answers) -> dict[str, Any]:
    """Give what the answers of a company with a log say (see `custlib.month.nps.NpsMiddleGround`)."""
    told = _scores(found)
    if not told["asked"]:
        return told
    why = dict[str, str]()
    told |= _compared(found, told, why) | _invited(found, why) | _banded(found, told, why)
    told |= _worth(found, why)
    told["pains"] = pains(found)
    told["talk"] = talked_to(found)
    told["value_word"] = (
        "customer lifetime value" if found.month.equity.available else found.month.prepared.money
    )
    return told | {"why": told.get("why", {}) | why}


def said_without_log(found: Answers) -> dict[str, Any]:
    """Give what answers say of which nobody knows when they were given: no comparison, and nothing that comes after."""
    told = _scores(found)
    missing = ("change", "waves", "movement", "worth", "stake", "prediction", "said_done")
    recorded = found.month.company.settings.invitations_recorded
    told["why"] = dict.fromkeys(missing, "no dates") | {
        "weighted": "no log",
        "response": "no log" if recorded else "no invitations",
    } | told["why"]  # fmt: skip
    if told["asked"]:
        told |= _banded_without_log(found)
        told["pains"] = pains(found)
    return told


def _scores(found: Answers) -> dict[str, Any]:
    """Give the distributions of every scale, and the score."""
    known = scales_of(found.month.company.settings.scales)
    recent = found.of_window(found.asked)
    counted = collect(counting.scores(counting.last_answers(recent), "metric"))
    names = collect(found.asked.select("metric").distinct()).metric.tolist()
    # Of a handful an answer would be somebody's own.
    heads = counted.groupby("metric").customers.sum()
    given = [name for name in known if heads.get(name, 0) >= found.month.units.min_group]
    frames = {
        name: complete(counted.loc[counted.metric == name, ["score", "customers"]], known[name])
        for name in given
    }
    told: dict[str, Any] = {
        "undeclared": tuple(sorted(name for name in names if name not in known)),
        "asked": NPS in names,
        "distributions": frames,
        "scales": {name: known[name] for name in frames},
        "boxes": {name: boxes(frame, known[name]) for name, frame in frames.items()},
        "why": {} if NPS in frames else {"score": "too few" if NPS in names else "not asked"},
    }
    if NPS not in frames:
        return told
    now = score(frames[NPS])
    span = collect(
        recent.filter((recent.metric == NPS) & recent.score.notnull()).aggregate(
            first=recent.date.min(),
            last=recent.date.max(),
            repeated=(recent.given - 1).sum(where=recent.given > 1),
        )
    ).iloc[0]
    return told | {
        "distribution": frames[NPS],
        "score": now,
        "others": other_companies(now, known[NPS], frames[NPS]),
        "first": _day(span["first"]),
        "last": _day(span["last"]),
        "repeated": int(span.repeated) if pd.notna(span.repeated) else 0,
    }


def _day(value: Any) -> Month | None:
    return None if pd.isna(value) else pd.Timestamp(value).date()


def _compared(found: Answers, told: dict[str, Any], why: dict[str, str]) -> dict[str, Any]:
    """Set the score beside those before it, and individuals beside themselves."""
    month, scale = found.month.month, scales_of(found.month.company.settings.scales)[NPS]
    frame = collect(counting.classes(counting.within(found.nps, month=month, months=SHOWN + YEAR)))
    frame = frame.assign(month=frame.month.map(_day)).sort_values(["month", "wave"], ignore_index=True)
    drawn = waves(frame, min_group=found.month.units.min_group)
    given: dict[str, Any] = {"waves": drawn}
    moved = collect(counting.pairs(found.nps, found.month.known, month=month))
    given["moves"] = moved
    given["movement"] = moving.movement(moved, scale) if len(moved) else None
    if given["movement"] is None:
        why["movement"] = "too few"
    windows = {"before": ("score", "change", found.window), "year_before": ("year", "year_change", YEAR)}
    for before, (now, change, months) in windows.items():
        compared = _difference(found, months)
        if compared is None:
            reaches = found.since is not None and found.since <= add_months(month, 1 - 2 * months)
            why[change] = "too few" if reaches else "no history"
            continue
        given |= {now: compared[0], before: compared[1], change: compared[2]}
    return given


def _difference(found: Answers, months: int) -> tuple[Score, Score, Difference] | None:
    """Set the score of some months beside that of as many before, less what those who are in both make alike; None of too few."""
    month, scale = found.month.month, scales_of(found.month.company.settings.scales)[NPS]
    ends = [
        counting.last_answers(counting.within(found.nps, month=end, months=months))
        for end in (month, add_months(month, -months))
    ]
    frames = [complete(collect(counting.scores(end)), scale) for end in ends]
    if min(frame.customers.sum() for frame in frames) < found.month.units.min_group:
        return None
    now, before = ends
    both = now.select("customer_id", now="score").inner_join(
        before.select("customer_id", before="score"), "customer_id"
    )
    twice = collect(both.group_by("before", "now").agg(customers=both.count()))
    later, earlier = (score(frame) for frame in frames)
    return later, earlier, difference(later, earlier, twice)


def _invited(found: Answers, why: dict[str, str]) -> dict[str, Any]:
    """Say who answers of those who were asked."""
    asked = counting.within(found.told, month=found.month.month, months=YEAR)
    frame = collect(counting.invitations(asked))
    if not found.month.company.settings.invitations_recorded or frame.answered.all():
        why["response"] = "no invitations"
        return {}
    places = {name: place for place, name in enumerate(found.band_names)}
    frame = frame.sort_values("value_band", key=lambda bands: bands.map(places), kind="stable")
    frame["value"] = frame["value"].where(frame.valued == frame.customers, None)
    # Per year only where a year has been asked in.
    whole = found.since is not None and found.since <= add_months(found.month.month, 1 - YEAR)
    customers = int(found.strata().population.sum()) if whole else None
    return {"response": response(frame, customers=customers, months=YEAR)}


def _banded(found: Answers, told: dict[str, Any], why: dict[str, str]) -> dict[str, Any]:
    """Weight the score to the base, and give every measure by value band."""
    scale, levels = scales_of(found.month.company.settings.scales)[NPS], _levels(found)
    strata, min_group = found.strata(), found.month.units.min_group
    given: dict[str, Any] = {"weighted": None}
    told_by = {"value_band": "value band", "tenure": "tenure"}
    given["weighted_by"] = tuple(
        name
        for column, name in told_by.items()
        if strata.loc[strata[column] != UNKNOWN, column].nunique() > 1
    )
    if not given["weighted_by"]:
        why["weighted"] = "no value"
    elif told.get("score") is not None:
        now = found.scores_by_stratum(months=found.window)
        given["weighted"] = post_stratified(counting_of(now, strata), **levels)
    year = found.scores_by_stratum(months=YEAR)
    table = by_band(year, strata, _costs(found), scale=scale, bands=found.band_names, min_group=min_group)
    top = top_bands(found.month.company.settings.value_bands)
    rest = tuple(found.band_names[-4:-2])  # the last band and the one below zero
    pair, names = served(year, high=top, low=rest, min_group=min_group)
    if pair is None:
        why["served"] = "no value" if found.bands is None else "too few"
    return given | {"bands": table, "served": pair, "served_bands": names}


def _levels(found: Answers) -> dict[str, Any]:
    return {"bands": found.band_names, "tenures": found.tenure_names}


def counting_of(scores: pd.DataFrame, strata: pd.DataFrame) -> pd.DataFrame:
    """Lay scores by stratum out as classes by stratum, with the population; strata that nobody answered in have zeros."""
    cell = ["value_band", "tenure"]
    classes = {
        "promoters": scores.score >= FIRST_PROMOTER,
        "passives": scores.score.between(FIRST_PASSIVE, FIRST_PROMOTER - 1),
        "detractors": scores.score < FIRST_PASSIVE,
    }
    sums = [scores[where].groupby(cell).customers.sum().rename(name) for name, where in classes.items()]
    people = strata.groupby(cell).population.sum()
    return pd.concat([people, *sums], axis=1).fillna(0).astype(int).reset_index()


def _costs(found: Answers) -> pd.Series:
    """Give the cost to serve per active customer of each band over the value window; empty where it is not known."""
    if not found.month.knows_costs or found.held.window not in found.held.windows:
        return pd.Series(dtype=float)
    spent = found.held.spent.select("customer_id", cost=f"cost_{found.held.window}")
    both = found.worth.inner_join(spent, "customer_id")
    frame = collect(both.group_by("value_band").agg(cost=both.cost.sum(), customers=both.count()))
    return (frame.cost.astype(float) / frame.customers).set_axis(frame.value_band)


def _worth(found: Answers, why: dict[str, str]) -> dict[str, Any]:
    """Say what comes after a score, what a point more would be worth, and how well scores predict."""
    scale = scales_of(found.month.company.settings.scales)[NPS]
    cells = found.cells()
    if cells.empty:
        over = found.since is not None and found.since <= add_months(found.month.month, -found.outcome)
        why |= dict.fromkeys(("worth", "stake", "prediction", "said_done"), "too few" if over else "not over")
        return {}
    worth = points.point_worth(cells, scale, months=found.outcome)
    given = {
        "worth": worth,
        "prediction": points.predictors(cells, scale),
        "said_done": points.said_done(found.deeds()),
    }
    standing = _standing(found)
    stake = points.stake(worth, standing) if worth is not None and standing is not None else None
    if stake is None:
        why["stake"] = "too few" if worth is None else "few lost" if worth.few else "no value"
        return given
    costs = {str(name): cost for name, cost in found.month.company.settings.programme_costs.items()}
    return given | {"stake": stake, "simulated": points.simulate(stake, costs=costs)}


def _standing(found: Answers) -> pd.DataFrame | None:
    """Extrapolate scores to the base, with what those who stand there are worth; None where nobody can be valued."""
    year, strata = found.scores_by_stratum(months=YEAR), found.strata()
    if not found.month.equity.available or not len(year):
        return None
    people = weights(year, strata, **_levels(found))
    # What customers are worth is extrapolated as they are themselves, in whole cents.
    cents = strata.assign(population=[int(amount / CENT) for amount in strata.clv])
    worth = weights(year, cents, **_levels(found)).rename(columns={"customers": "worth"})
    both = people.merge(worth, on="score")
    # A score that only those gave who are in a stratum without anybody active is nobody's today.
    both = both[both.customers > 0]
    return both.assign(clv=both.worth * float(CENT) / both.customers)[["score", "customers", "clv"]]


def _banded_without_log(found: Answers) -> dict[str, Any]:
    """Give every measure by band of what the customer list says customers brought, where it says so."""
    worth = found.listed_worth
    if worth is None:
        return {}
    scale, min_group = scales_of(found.month.company.settings.scales)[NPS], found.month.units.min_group
    nps = counting.last_answers(found.nps)
    both = nps.inner_join(worth.select("customer_id", "value_band"), "customer_id")
    scores = collect(counting.scores(both, "value_band")).assign(tenure="unknown")
    strata = collect(worth.group_by("value_band").agg(population=ibis._.count())).assign(tenure="unknown")
    table = by_band(
        scores, strata, pd.Series(dtype=float), scale=scale, bands=found.band_names, min_group=min_group
    )
    top = top_bands(found.month.company.settings.value_bands)
    pair, names = served(scores, high=top, low=tuple(found.band_names[-4:-2]), min_group=min_group)
    return {"bands": table, "served": pair, "served_bands": names}
