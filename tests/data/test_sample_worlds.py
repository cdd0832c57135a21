"""In each world leaving depends on the score as the codebook says, at 100,000 customers, and on nothing else.

Worlds without the failure share their customers and what becomes of them; only the scores differ. What is
asked of a shape is a likelihood-ratio test at 1 in 10,000: far beyond it for shapes that are wrong,
within it for the one that is right.
"""

from dataclasses import replace
from functools import cache

import numpy as np
import pyarrow.compute as pc
import pytest
from scipy.stats import chi2

from custlib.data.sample import SEED, TRUTH, WORLDS, generate, hidden, truth_of
from custlib.data.sample.lives import live
from custlib.data.sample.mood import draw_moods, scores
from custlib.data.sample.people import draw_people
from custlib.data.sample.surveys import is_wave, wave
from custlib.data.sample.truth import CHANNELS
from custlib.data.sample.worlds import World, coupling
from custlib.errors import UsageError
from tests.data.conftest import CUSTOMERS, FAILURE, Z, all_within, z

SHAPES = ("no-failure", "extremes", "middle", "nothing", "reversed")
WEIGHTS = np.array(TRUTH.voice.scores)
OUTCOME = 6  # months
RARE = 1e-4


@cache
def customers(failure: bool):
    truth = TRUTH if failure else WORLDS["no-failure"]
    return live(draw_people(CUSTOMERS, SEED, truth), CUSTOMERS, SEED, truth)


@cache
def satisfaction(world: str) -> dict[int, np.ndarray]:
    """Give everybody's satisfaction in the month of each wave."""
    truth = WORLDS[world]
    people, lives = customers(truth.failure is not None)
    moods = draw_moods(people, SEED, truth)
    waves = [month for month in range(truth.months) if is_wave(month, truth)]
    return {month: scores(moods, people, lives, month, SEED, truth) for month in waves}


@cache
def answers(world: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Give customer, month and score of every answer; of two in a wave, the last."""
    truth = WORLDS[world]
    people, lives = customers(truth.failure is not None)
    invited, found = np.zeros((CUSTOMERS, 0), bool), []
    for month, mood in satisfaction(world).items():
        rows = wave(people, lives, mood, invited, month, SEED, truth)
        invited = np.column_stack([invited, np.isin(np.arange(CUSTOMERS), rows.who)])
        last = np.full(CUSTOMERS, -1)
        given = np.flatnonzero(rows.score >= 0)
        given = given[np.argsort(rows.day[given], kind="stable")]
        last[rows.who[given]] = rows.score[given]
        who = np.flatnonzero(last >= 0)
        found.append((who, np.full(len(who), month), last[who]))
    who, month, score = (np.concatenate(part) for part in zip(*found, strict=True))
    return who, month, score


def relative_dropout(world: str, who: np.ndarray, month: np.ndarray | int) -> np.ndarray:
    """Give theta over its mean among customers of the same channel, or package, who stayed as long."""
    people, _ = customers(WORLDS[world].failure is not None)
    churn = [(TRUTH.channels[c].gamma, TRUTH.channels[c].delta) for c in CHANNELS] + [TRUTH.package_churn]
    gamma, delta = np.array(churn)[np.where(people.package, len(CHANNELS), people.channel)[who]].T
    return people.theta[who] * (gamma + delta + month - people.month[who]) / gamma


def by_group(world: World) -> np.ndarray:
    """Give the columns that tell the groups apart, for each score from 0 to 10."""
    group = world.group_of()
    return (group[:, None] == np.arange(1, group.max() + 1)).astype(float)


SHAPE_COLUMNS = {
    "every point, in a straight line": np.arange(11.0)[:, None],
    "extremes": by_group(WORLDS["extremes"].world),
    "middle": by_group(WORLDS["middle"].world),
    "nothing": np.zeros((11, 0)),
    "free": np.eye(11)[:, 1:],
}
RIGHT = {"no-failure": "every point, in a straight line", "reversed": "every point, in a straight line"}


def outcome(world: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Give, per answer with six complete months after it: the score, whether all of them are silent, controls."""
    people, lives = customers(WORLDS[world].failure is not None)
    who, month, score = answers(world)
    complete = month + OUTCOME < TRUTH.months
    who, month, score = who[complete], month[complete], score[complete]

    def active(first: int, last: int) -> np.ndarray:
        return sum(lives.active[who, np.maximum(month + j, 0)].astype(float) for j in range(first, last + 1))

    before = month - 1
    controls = np.column_stack([
        *(people.channel[who] == c for c in range(1, len(CHANNELS))),
        people.package[who],
        np.log(month - people.month[who]),
        active(-3, -1),
        active(-3, -1) - active(-6, -4),
        np.log(people.balance[who, before]),
        np.log(people.rate[who] + 0.1),
    ]).astype(float)  # fmt: skip
    return score, active(1, OUTCOME) == 0, controls


def logistic(
    design: np.ndarray, successes: np.ndarray, trials: np.ndarray
) -> tuple[float, np.ndarray, np.ndarray]:
    """Give log-likelihood, coefficients and standard errors of a logistic regression, by Newton's method."""
    beta = np.zeros(design.shape[1])
    beta[0] = np.log(successes.sum() / (trials - successes).sum())
    for _ in range(25):
        chance = 1 / (1 + np.exp(-design @ beta))
        bend = (design * (trials * chance * (1 - chance))[:, None]).T @ design
        # a score of which nobody left has no finite odds: a trace of a ridge stops it far out
        step = np.linalg.solve(bend + 1e-9 * np.eye(len(beta)), design.T @ (successes - trials * chance))
        beta = beta + np.clip(step, -2, 2)
        if np.abs(step).max() < 1e-8:
            break
    fitted = np.logaddexp(0, design @ beta)
    likelihood = successes @ (design @ beta) - trials @ fitted
    return float(likelihood), beta, np.sqrt(np.diag(np.linalg.pinv(bend)))


@cache
def fits(world: str, controlled: bool) -> dict[str, tuple[float, float, float]]:
    """Give the log-likelihood, the last coefficient and its standard error, for each shape."""
    score, silent, controls = outcome(world)
    if controlled:
        known, rows, trials = controls, score, np.ones(len(score))
    else:  # without controls, answers of one score are alike
        rows, known = np.arange(11), np.zeros((11, 0))
        silent, trials = np.bincount(score, silent), np.bincount(score).astype(float)
    found = {}
    for name, columns in SHAPE_COLUMNS.items():
        design = np.column_stack([np.ones(len(rows)), known, columns[rows]])
        likelihood, beta, error = logistic(design, silent.astype(float), trials)
        found[name] = (likelihood, beta[-1], error[-1])
    return found


def test_the_regression_is_one():
    """Two groups by hand: odds of 1/9 and 1/3."""
    design = np.array([[1.0, 0.0], [1.0, 1.0]])
    likelihood, beta, error = logistic(design, np.array([10.0, 25.0]), np.array([100.0, 100.0]))
    assert beta == pytest.approx([np.log(1 / 9), np.log(3)])
    assert likelihood == pytest.approx(
        10 * np.log(0.1) + 90 * np.log(0.9) + 25 * np.log(0.25) + 75 * np.log(0.75)
    )
    assert error[1] == pytest.approx(np.sqrt(1 / 10 + 1 / 90 + 1 / 25 + 1 / 75))


def p_against_free(world: str, shape: str, controlled: bool) -> float:
    """Give the p-value of a shape within the free one, in which each score has a level of its own."""
    found = fits(world, controlled)
    free = SHAPE_COLUMNS["free"].shape[1] - SHAPE_COLUMNS[shape].shape[1]
    return float(chi2.sf(2 * (found["free"][0] - found[shape][0]), free))


@pytest.mark.parametrize("controlled", [False, True], ids=["raw", "adjusted"])
@pytest.mark.parametrize("world", SHAPES)
def test_leaving_has_the_shape_of_the_world_and_not_another(world, controlled):
    right = RIGHT.get(world, world)
    assert p_against_free(world, right, controlled) > RARE
    wrong = {
        "no-failure": ("extremes", "middle", "nothing"), "reversed": ("nothing",), "nothing": (),
        "extremes": ("every point, in a straight line", "nothing"), "middle": ("extremes", "nothing"),
    }[world]  # fmt: skip
    assert all(p_against_free(world, shape, controlled) < RARE for shape in wrong)


def test_controls_change_nothing_and_each_point_is_worth_the_slope():
    """The log of the odds of six silent months falls by about world.slope a point, adjusted or not."""
    raw, adjusted = (fits("no-failure", c)["every point, in a straight line"] for c in (False, True))
    assert abs(raw[1] - adjusted[1]) < raw[2]
    assert -0.20 - Z * raw[2] < adjusted[1] < -0.15
    _, slope, error = fits("reversed", True)["every point, in a straight line"]
    assert slope > 10 * error


@pytest.mark.parametrize("world", SHAPES)
def test_dropout_by_score_is_as_the_codebook_prints_it(world):
    """Theta itself, which no table shows: the mean by score, among all customers of one month."""
    truth, month = WORLDS[world], 28
    mood = satisfaction(world)[month]
    who = np.flatnonzero(mood >= 0)
    y, score, group = relative_dropout(world, who, month), mood[who], truth.world.group_of()
    told = truth.world.leaving(WEIGHTS)[group]
    mean = np.array([y[score == s].mean() for s in range(11)])
    error = np.array([y[score == s].std() / np.sqrt((score == s).sum()) for s in range(11)])
    all_within({s: (mean[s] - told[s]) / error[s] for s in range(11)})
    assert np.abs(mean / told - 1).max() < 0.2
    flat = sum(
        ((mean - np.average(mean[group == g], weights=error[group == g] ** -2))[group == g] ** 2
         / error[group == g] ** 2).sum()
        for g in range(group.max() + 1)
    )  # fmt: skip
    if (degrees := 10 - group.max()) > 0:
        assert chi2.sf(flat, degrees) > RARE


@pytest.mark.parametrize("world", SHAPES)
def test_who_answered_leaves_next_month_as_often_as_the_codebook_prints(world):
    """Departures, not theta, and only of those who answered: their expected number is the sum of the table."""
    _, lives = customers(False)
    who, month, score = answers(world)
    people, _ = customers(False)
    told = WORLDS[world].world.leaving(WEIGHTS)[WORLDS[world].world.group_of()]
    average = people.theta[who] / relative_dropout(world, who, month)
    left, found = lives.left[who] == month + 1, {}
    for s in range(11):
        expected = (average[score == s] * told[s]).sum()
        found[s] = (left[score == s].sum() - expected) / np.sqrt(expected)
    all_within(found)


@pytest.mark.parametrize("world", SHAPES)
def test_scores_have_their_shares_in_every_channel_and_at_every_tenure(world):
    people, _ = customers(False)
    mood = satisfaction(world)[28]
    tenure, found = 28 - people.month, {}
    for kind in (*CHANNELS, "package"):
        of_kind = (
            people.package
            if kind == "package"
            else ~people.package & (people.channel == CHANNELS.index(kind))
        )
        for first, last in ((0, 12), (12, 48), (48, 999)):
            some = mood[of_kind & (tenure >= first) & (tenure < last) & (mood >= 0)]
            if len(some) < 500:
                continue
            for low, high in ((0, 6), (7, 8), (9, 10)):
                share = WEIGHTS[low : high + 1].sum()
                found[kind, first, low] = z(((some >= low) & (some <= high)).sum(), len(some), share)
    assert len(found) >= 3 * 12
    all_within(found)


def test_worlds_differ_in_scores_and_in_nothing_else():
    calm = [generate(400, truth=WORLDS[name]) for name in SHAPES]
    for name in ("customers", "transactions", "customer_months", "hidden", "operations", "events"):
        assert all(getattr(bank, name).equals(getattr(calm[0], name)) for bank in calm), name
    waves = [bank.surveys.filter(pc.is_valid(bank.surveys["wave"])) for bank in calm]
    invited = [
        set(zip(*table.select(["customer_id", "wave"]).to_pydict().values(), strict=True)) for table in waves
    ]
    assert len(invited[0]) > 500 and all(asked == invited[0] for asked in invited)
    assert len({tuple(table["score"].to_pylist()) for table in waves}) == len(SHAPES)
    assert hidden(400, truth=WORLDS["middle"]).equals(calm[0].hidden)


def test_scores_follow_a_person_without_standing_still():
    first, second = (satisfaction("no-failure")[m] for m in (25, 28))
    both = (first >= 0) & (second >= 0)
    correlation = np.corrcoef(first[both], second[both])[0, 1]
    assert 0.45 < correlation < 0.75
    assert 0.5 < (first[both] != second[both]).mean() < 0.9
    # where the score has nothing to do with theta it lasts through the person alone
    first, second = (satisfaction("nothing")[m] for m in (25, 28))
    assert 0.4 < np.corrcoef(first[both], second[both])[0, 1] < 0.7


def nps(score: np.ndarray) -> float:
    return 100 * float((score >= 9).mean() - (score <= 6).mean())


def test_the_failure_lowers_the_scores_of_the_exposed_and_of_nobody_else():
    _, lives = customers(True)
    calm, failed = satisfaction("no-failure"), satisfaction("default")
    for month in (22, 25, 28, 34):
        here = (calm[month] >= 0) & (failed[month] >= 0)
        spared = here & (~lives.exposed if month >= FAILURE.month else True)
        assert (calm[month][spared] == failed[month][spared]).all()
    month = 25
    here = (calm[month] >= 0) & (failed[month] >= 0) & lives.exposed
    assert here.sum() > 5_000
    assert (failed[month][here] <= calm[month][here]).all()
    driven, staying = here & lives.driven_out, here & ~lives.driven_out
    assert nps(calm[month][here]) > 20 > -10 > nps(failed[month][staying]) > nps(failed[month][driven]) + 30


def test_answers_give_a_plausible_nps_that_falls_with_the_failure():
    _, month, score = answers("default")
    waves = {m: nps(score[month == m]) for m in np.unique(month)}
    assert len(waves) == 11
    calm = [value for m, value in waves.items() if m < FAILURE.month]
    after = [value for m, value in waves.items() if m >= FAILURE.month]
    assert all(20 < value < 45 for value in calm)
    assert max(after) < min(calm) - 3 and after[0] == min(after)
    _, month, score = answers("no-failure")
    assert all(20 < nps(score[month == m]) < 45 for m in waves)


@pytest.mark.parametrize("name", WORLDS)
def test_every_world_has_a_name_and_can_be_drawn(name):
    assert truth_of(name) is WORLDS[name]
    assert (WORLDS[name].failure is None) == (name != "default")
    assert generate(200, truth=replace(WORLDS[name], failure=FAILURE)).surveys.num_rows > 300


def test_unknown_worlds_and_impossible_ones_are_refused():
    with pytest.raises(UsageError, match="unknown world 'midle'; did you mean 'middle'"):
        truth_of("midle")
    with pytest.raises(UsageError, match=r"a slope of 0\.6 is too steep"):
        coupling(World(("0-6", "7-8", "9-10"), 0.6), WEIGHTS, 0.9, 11.0)
    for groups in (("0-4", "6-10"), ("5-10", "0-4"), ("0-6", "6-10"), ("1-10",)):
        with pytest.raises(UsageError, match="do not part the scores 0 to 10"):
            World(groups, 0.2).group_of()
