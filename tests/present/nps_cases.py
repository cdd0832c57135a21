"""Pages on NPS to say sentences of: full, undated, of few answers, of nothing; made by hand and measured by the measures."""

from datetime import date
from decimal import Decimal
from functools import cache
from types import SimpleNamespace

import numpy as np
import pandas as pd

from custlib.measure.middle_ground import boxes, other_companies
from custlib.measure.movement import movement
from custlib.measure.nps import difference, score
from custlib.measure.nps_bands import by_band, served
from custlib.measure.nps_waves import waves
from custlib.measure.pains import Pains, pains_and_praise
from custlib.measure.post_strata import post_stratified
from custlib.measure.responses import response
from custlib.measure.worth import PointWorth, Ratio, Stake, said_done, simulate
from custlib.measure.worth.prediction import COLUMNS
from custlib.surveying import CLASSES, KNOWN, NPS, PROGRAMMES, Scale, programme_of

NAN = float("nan")
HOSTILE = "<script>alert('x')</script> =1+1 $a_b$ \u202edesrever\u202c " + "very long " * 30
CURRENCY, WORD = "EUR", "margin"
BANDS = ["top 1%", "next 4%", "next 15%", "next 30%", "bottom 50%"]
TENURES = ["up to 1 year", "1 to 3 years", "over 3 years"]
# Of 0 to 10: 31% detractors, 40% passives, 29% promoters, and three in four at 5 or above.
GIVEN = (18, 6, 11, 15, 20, 95, 145, 190, 210, 170, 120)
BEFORE = (25, 9, 15, 22, 31, 110, 150, 180, 190, 150, 98)


def distribution(given=GIVEN, first=0):
    return pd.DataFrame({"score": range(first, first + len(given)), "customers": given})


def of_waves(scores=(), start=(2024, 1), answers=150):
    """Give waves of so many answers, a month apart, whose scores are those listed (shares)."""
    rows = []
    for place, nps in enumerate(scores):
        year, month = divmod(start[1] - 1 + place, 12)
        passives = round(0.4 * answers)
        promoters = round((answers - passives + nps * answers) / 2)
        detractors = answers - passives - promoters
        rows.append(
            (
                f"{start[0] + year}-{month + 1:02}",
                date(start[0] + year, month + 1, 1),
                promoters,
                passives,
                detractors,
            )
        )
    frame = pd.DataFrame(rows, columns=["wave", "month", "promoters", "passives", "detractors"])
    return waves(frame, min_group=30)


# Noise for two years and a half, but for the last wave.
STEADY = tuple(0.02 + 0.05 * np.sin(np.arange(30) * 2.4))
FALLEN = (*STEADY[:-1], -0.34)


def moves(per=40, twice=True):
    """Pairs of scores: most stay or move a point, some by two; what they bring rises with the score before."""
    rows = []
    for before in range(11):
        for after in range(max(0, before - 3), min(10, before + 3) + 1):
            size = int(per / (1 + abs(after - before) ** 2) * (1 + before / 5))
            rows.append((before, after, size if twice else 0, size, Decimal(size * (80 + 30 * before))))
    return pd.DataFrame(rows, columns=["before", "after", "customers", "active", "value"])


def band_scores(ends=(0.30, 0.22), answers=(12, 60, 190, 310, 428)):
    """Scores by band: promoters grow fewer from the first band to the last, in shares from one end to the other."""
    rows = []
    for place, (band, heads) in enumerate(zip(BANDS, answers, strict=True)):
        promoters = round(heads * (ends[0] + (ends[1] - ends[0]) * place / 4))
        detractors = round(heads * 0.3)
        for score_given, size in ((10, promoters), (8, heads - promoters - detractors), (5, detractors)):
            rows.append((band, score_given, size))
    return pd.DataFrame(rows, columns=["value_band", "score", "customers"])


COSTS = pd.Series([480.0, 210.0, 96.0, 40.0, 18.0], index=BANDS)


def bands(scores=None, costs=COSTS, **changed):
    rows = band_scores() if scores is None else scores
    people = rows.groupby("value_band").customers.sum().mul(3).rename("population").reset_index()
    return by_band(rows, people, costs, scale=KNOWN[NPS], bands=BANDS, min_group=30).assign(**changed)


def compared(scores=None):
    """Set the last two bands against the first three, as the page does."""
    rows = band_scores() if scores is None else scores
    found, names = served(rows, high=BANDS[:3], low=BANDS[3:], min_group=30)
    return {"served": found, "served_bands": names}


def invitations(answering=0.4):
    rows = []
    for place, band in enumerate(BANDS):
        for tenure in TENURES:
            for earlier in range(4):
                asked = [6, 24, 90, 180, 300][place]
                did = round(asked * answering * (1 - 0.06 * earlier))
                for answered, size in ((True, did), (False, asked - did)):
                    value = Decimal(900 - 190 * place + (40 if answered else 0))
                    rows.append(
                        (band, tenure, earlier, answered, size, value * size, float(value) ** 2 * size * 1.2)
                    )
    names = ["value_band", "tenure", "earlier", "answered", "customers", "value", "squares"]
    return pd.DataFrame(rows, columns=names)


def strata():
    rows = []
    for place, band in enumerate(BANDS):
        for step, tenure in enumerate(TENURES):
            answers = [4, 20, 63, 103, 143][place]
            promoters, detractors = round(answers * (0.34 - 0.03 * step)), round(answers * 0.29)
            rows.append(
                (band, tenure, answers * (3 + step), promoters, answers - promoters - detractors, detractors)
            )
    names = ["value_band", "tenure", "population", "promoters", "passives", "detractors"]
    return pd.DataFrame(rows, columns=names)


GROUPS = pd.DataFrame(
    [
        ("0-3", 0, 3, 1.6, 310, 71, 0.229, 0.185, 0.279, 0.214, 0.170, 0.258, 610.0, 540.0, 680.0),
        ("4", 4, 4, 4.0, 180, 36, 0.200, 0.148, 0.264, 0.196, 0.141, 0.251, 640.0, 560.0, 720.0),
        ("5", 5, 5, 5.0, 420, 67, 0.160, 0.127, 0.198, 0.163, 0.128, 0.198, 700.0, 640.0, 760.0),
        ("6", 6, 6, 6.0, 610, 79, 0.130, 0.105, 0.158, 0.133, 0.107, 0.159, 745.0, 695.0, 795.0),
        ("7", 7, 7, 7.0, 720, 72, 0.100, 0.080, 0.124, 0.103, 0.081, 0.125, 790.0, 745.0, 835.0),
        ("8", 8, 8, 8.0, 840, 67, 0.080, 0.063, 0.100, 0.082, 0.063, 0.101, 820.0, 778.0, 862.0),
        ("9", 9, 9, 9.0, 660, 40, 0.061, 0.045, 0.082, 0.060, 0.042, 0.078, 830.0, 782.0, 878.0),
        ("10", 10, 10, 10.0, 460, 25, 0.054, 0.037, 0.079, 0.058, 0.036, 0.080, 835.0, 778.0, 892.0),
    ],
    columns=["label", "first", "last", "mean", "answers", "lost", "raw_loss", "raw_low", "raw_high", "loss", "low", "high", "margin",
             "margin_low", "margin_high"],
)  # fmt: skip
SHAPES = pd.DataFrame(
    [
        ("flat", 0, -1402.1, 2820.2, 0.3401, 96.3, 7, 1e-17, 0.0),
        ("linear", 1, -1358.0, 2734.0, 0.3294, 8.1, 6, 0.231, 0.916),
        ("nps_classes", 2, -1368.7, 2757.4, 0.3321, 29.5, 5, 2e-5, 0.694),
        ("middle", 1, -1356.9, 2731.8, 0.3291, 5.9, 6, 0.434, 0.939),
        ("free", 7, -1353.95, 2737.9, 0.3299, 0.0, 0, 1.0, 1.0),
    ],
    columns=["shape", "parameters", "log_likelihood", "aic", "log_loss", "lr", "df", "p", "explained"],
)  # fmt: skip


def worth(verdict="middle", **changed):
    rows = len(changed.get("groups", GROUPS))
    told = {
        "months": 6, "answers": 4200, "lost": 457, "scale": KNOWN[NPS], "groups": GROUPS, "shapes": SHAPES, "verdict": verdict,
        "open_shapes": (verdict,) if verdict == "middle" else ("linear", "middle"), "per_point": Ratio(0.83, 0.79, 0.87, 1e-12), "ceiling": 9,
        "ceiling_state": "found", "nearest": "middle", "few": False, "needed": 10, "matters": 0.05,
        "retention": 1 - GROUPS.loss.to_numpy()[:rows], "earned": GROUPS.margin.to_numpy()[:rows], "covariance": np.eye(2 * rows) * 1e-4,
    }  # fmt: skip
    return PointWorth(**{**told, **changed})


def stake(
    values=(410_000.0, 1_240_000.0, 90_000.0),
    lows=(120_000.0, 620_000.0, -160_000.0),
    highs=(700_000.0, 1_860_000.0, 340_000.0),
    verdict="middle",
):
    scale = KNOWN[NPS]
    scores = [
        (
            s,
            programme_of(s, scale),
            900.0 + 120 * s,
            1400.0 + 20 * s,
            0.8 + 0.015 * s,
            600.0 + 20 * s,
            0.02,
            25.0,
            90_000.0,
            40_000.0,
            140_000.0,
        )
        for s in range(10)
    ]
    names = [
        "score",
        "programme",
        "customers",
        "clv",
        "retention",
        "margin",
        "gain_retention",
        "gain_margin",
        "value",
        "low",
        "high",
    ]
    programmes = pd.DataFrame(
        {
            "programme": PROGRAMMES,
            "customers": [4700.0, 6700.0, 2000.0],
            "value": values,
            "low": lows,
            "high": highs,
            "measurable": [low > 0 or high < 0 for low, high in zip(lows, highs, strict=True)],
        }
    )
    return Stake(
        months=6,
        scores=pd.DataFrame(scores, columns=names),
        programmes=programmes,
        customers=15_500.0,
        verdict=verdict,
        covariance=np.eye(3),
    )


COSTING = {"fix_basics": 150_000.0, "move_middle": 300_000.0, "delight": 400_000.0}


def simulated(found=None, costs=COSTING, reach=1.0):
    return simulate(found or stake(), reach=reach, costs=costs)


PREDICTION = pd.DataFrame(
    [
        ("nps_class", 0.583, 0.561, 0.605, 0.3340, 0.320, 0.348, -0.020, -0.030, -0.010, 0.0046, 0.0012, 0.0080),
        ("top_2_box", 0.561, 0.541, 0.581, 0.3371, 0.323, 0.351, -0.023, -0.033, -0.013, 0.0077, 0.0031, 0.0123),
        ("ok_or_better", 0.552, 0.535, 0.569, 0.3362, 0.322, 0.350, -0.022, -0.032, -0.012, 0.0068, 0.0024, 0.0112),
        ("mean", 0.621, 0.596, 0.646, 0.3294, 0.315, 0.343, -0.015, -0.025, -0.005, 0.0, 0.0, 0.0),
        ("full_scale", 0.618, 0.593, 0.643, 0.3299, 0.316, 0.344, -0.016, -0.026, -0.006, 0.0005, -0.0008, 0.0018),
        ("behaviour", 0.741, 0.718, 0.764, 0.3140, 0.300, 0.328, 0.0, 0.0, 0.0, NAN, NAN, NAN),
        ("behaviour_and_score", 0.762, 0.740, 0.784, 0.3052, 0.291, 0.319, 0.0088, 0.0041, 0.0135, NAN, NAN, NAN),
    ],
    columns=COLUMNS,
)  # fmt: skip


def said_and_done(size=1):
    """Say and do: of promoters some brought less or left, of detractors some brought more."""
    rows = []
    for name, sizes in zip(
        CLASSES, ((60, 180, 160, 100), (70, 420, 500, 410), (30, 300, 420, 450)), strict=True
    ):
        for done, heads in zip(("lost", "less", "same", "more"), sizes, strict=True):
            before = Decimal(heads * size * 700)
            after = before * {"lost": 0, "less": Decimal("0.6"), "same": 1, "more": Decimal("1.5")}[done]
            rows.append((name, done, heads * size, before, after))
    return said_done(pd.DataFrame(rows, columns=["said", "done", "customers", "before", "after"]))


STAGES = ("help line", "opening an account", "statement", "branch", "app")
OWNERS = {"help line": "head of service", "statement": "accounts"}


def told_rows(names=STAGES, owners=OWNERS, *, most=130, before=True, unsettled=True):
    """Stages or themes, each named by fewer detractors and by more promoters than the one before it."""
    people = pd.DataFrame(
        [
            (side, name, heads, max(heads - 15, 0), heads, Decimal(heads * worth))
            for place, name in enumerate(names)
            for side, heads, worth in (
                ("pain", max(most - 24 * place, 1), 1900),
                ("praise", 40 + 31 * place, 2400),
            )
        ],
        columns=["side", "stage", "customers", "customers_before", "active", "value"],
    )
    complaints = pd.DataFrame(
        {
            "stage": list(names),
            "owner": [owners.get(name) for name in names],
            "complaints": 40,
            "open": range(3, 3 + len(names)),
        }
    )
    return pains_and_praise(
        people,
        "stage",
        owners=dict(owners),
        unsettled=complaints if unsettled else pd.DataFrame(),
        min_group=30,
        before=before,
    )


def pains(**changed):
    told = {
        "stages": told_rows(), "themes": told_rows(("fees", "waiting", "explained well"), {"fees": "pricing"}, unsettled=False),
        "given": 1240, "sorted": 905, "months": 12, "detractors": 310, "promoters": 290,
    }  # fmt: skip
    return Pains(**{**told, **changed})


def csat():
    return distribution((40, 70, 210, 400, 280), 1)


@cache
def _full(given):
    """Everything a page knows, made once: tests change a page by giving it other parts, and write into none."""
    scale, shown = KNOWN[NPS], distribution(given)
    now = score(shown)
    return {
        "currency": CURRENCY, "word": WORD, "min_group": 30, "dated": True, "has_log": True, "window": 12, "outcome": 6, "scale": scale,
        "declared": False, "undeclared": (), "asked": True, "first": date(2025, 7, 3), "last": date(2026, 6, 28), "repeated": 14,
        "distribution": shown, "score": now, "before": score(distribution(BEFORE)), "change": difference(now, score(distribution(BEFORE))),
        "year": now, "year_before": score(distribution(BEFORE)), "year_change": difference(now, score(distribution(BEFORE))),
        "weighted": post_stratified(strata(), bands=BANDS, tenures=TENURES), "weighted_by": ("value band", "tenure"),
        "boxes": {NPS: boxes(shown, scale), "csat": boxes(csat(), KNOWN["csat"])},
        "distributions": {NPS: shown, "csat": csat()}, "scales": {NPS: scale, "csat": KNOWN["csat"]},
        "others": other_companies(now, scale, shown), "waves": of_waves(STEADY), "moves": moves(), "movement": movement(moves(), scale),
        "bands": bands(), **compared(),
        "response": response(invitations(), customers=6000, months=12), "worth": worth(), "stake": stake(), "simulated": simulated(),
        "prediction": PREDICTION, "said_done": said_and_done(), "pains": pains(), "value_word": "customer lifetime value", "talk": 240, "why": {},
    }  # fmt: skip


def page(given=GIVEN, **changed):
    """A dated company that knows everything."""
    return SimpleNamespace(**{**_full(tuple(given)), **changed})


def empty(frame):
    return frame.iloc[:0]


def undated(**changed):
    """A survey with a 1-10 scale and attributes, without dates, log or invitations."""
    scale = Scale(lowest=1, highest=10, middle=[5, 8])
    shown = distribution((30, 12, 25, 40, 190, 250, 1200, 3400, 3900, 4565), 1)
    told = {
        "dated": False, "has_log": False, "scale": scale, "declared": True, "undeclared": ("humeur",), "first": None, "last": None, "repeated": 0,
        "distribution": shown, "score": score(shown), "before": None, "change": None, "year": None, "year_before": None, "year_change": None, "weighted": None,
        "boxes": {NPS: boxes(shown, scale)},
        "distributions": {NPS: shown}, "scales": {NPS: scale}, "others": other_companies(score(shown), scale, shown),
        "waves": of_waves(), "moves": empty(moves()), "movement": None, "bands": bands(costs=COSTS[:0]), "response": None, "worth": None,
        "stake": None, "simulated": empty(simulated()), "prediction": empty(PREDICTION), "said_done": None, "talk": None,
        "pains": pains(
            stages=empty(told_rows()), themes=told_rows(("choix", "prix", "conseil"), {}, before=False, unsettled=False), months=0
        ), "value_word": "margin",
        "why": dict.fromkeys(("change", "waves", "movement", "response", "worth", "stake", "prediction", "said_done"), "no dates"),
    }  # fmt: skip
    return page(**{**told, **changed})


def few(**changed):
    """A dated company with a dozen answers: nothing can be told from noise, and no score is given."""
    rows = bands(band_scores(answers=(0, 1, 2, 4, 6)))
    told = {
        "score": None, "distribution": pd.DataFrame(), "distributions": {}, "scales": {}, "others": (), "before": None, "change": None, "year": None,
        "year_before": None, "year_change": None, "weighted": None, "waves": of_waves((0.0,) * 14, answers=13), "moves": empty(moves()), "movement": None,
        "bands": rows, "served": None, "served_bands": ("", ""), "worth": worth("cannot tell", few=True, needed=50), "stake": None,
        "simulated": empty(simulated()), "prediction": empty(PREDICTION), "said_done": None,
        "pains": pains(stages=told_rows(("help line",), most=9).iloc[:1], themes=empty(told_rows()), given=9, sorted=4),
        "boxes": {}, "talk": 0,
        "why": dict.fromkeys(("score", "change", "year_change", "movement", "stake"), "too few"),
    }  # fmt: skip
    return page(**{**told, **changed})


def nothing(**changed):
    """A company that asked nobody."""
    none = pd.DataFrame({"score": list(KNOWN[NPS].scores), "customers": 0})
    told = {
        "asked": False, "first": None, "last": None, "repeated": 0, "distribution": none, "score": None, "before": None, "change": None, "year": None, "year_before": None,
        "year_change": None, "weighted": None, "boxes": {}, "distributions": {}, "others": (), "waves": of_waves(), "moves": empty(moves()), "movement": None,
        "bands": empty(bands()), "served": None, "served_bands": ("", ""), "response": None, "worth": None, "stake": None,
        "simulated": empty(simulated()), "prediction": empty(PREDICTION), "said_done": None, "pains": None, "talk": None,
        "why": {"score": "not asked"},
    }  # fmt: skip
    return page(**{**told, **changed})
