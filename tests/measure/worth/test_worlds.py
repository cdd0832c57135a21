"""Five worlds without labels: at 100,000 answers each is told apart from the others, at 500 none is."""

from functools import cache

import numpy as np
import pytest

from custlib.data.sample.worlds import EVERY_POINT, EXTREMES, MIDDLE, NOTHING, REVERSED
from custlib.measure.worth import point_worth, predictors, stake
from custlib.present.wording import point_worth as said
from custlib.surveying import KNOWN, PROGRAMMES
from tests.measure.worth import lives

SCALE, MONTHS, SEED = KNOWN["nps"], 6, 20261122
WORLDS = {
    "every point": EVERY_POINT,
    "extremes": EXTREMES,
    "middle": MIDDLE,
    "nothing": NOTHING,
    "reversed": REVERSED,
}
SENTENCES = {
    "every point": "loss falls with every point, in the middle as at the ends",
    "extremes": "is not borne out here",
    "middle": "is borne out here, and more",
    "nothing": "loss does not differ by the score",
    "reversed": "loss rises with the score",
}
CEILINGS = {
    "every point": (None, "none found"),
    "extremes": (9, "found"),
    "middle": (9, "found"),
    "nothing": (None, "cannot tell"),
    "reversed": (None, "cannot tell"),
}


@cache
def cells(world, answers):
    return lives.cells(WORLDS[world], answers, SEED)


@cache
def worth(world, answers=100_000):
    return point_worth(cells(world, answers), SCALE, months=MONTHS)


@pytest.mark.parametrize("world", WORLDS)
def test_of_many_the_shape_is_told(world):
    found = worth(world)
    assert found.verdict == world
    assert (found.ceiling, found.ceiling_state) == CEILINGS[world]
    sentence = said.shape_message(found)
    assert SENTENCES[world] in sentence
    assert not any(other in sentence for name, other in SENTENCES.items() if name != world)


@pytest.mark.parametrize("world", WORLDS)
def test_of_many_the_value_at_stake_holds_the_truth_and_no_other(world):
    rows = stake(worth(world), lives.standing()).programmes
    assert tuple(rows.programme) == PROGRAMMES

    def holds(truth):
        return bool(((rows.low <= truth) & (truth <= rows.high)).all())

    assert {name: holds(lives.truth(other)) for name, other in WORLDS.items()} == {
        name: name == world for name in WORLDS
    }


@pytest.mark.parametrize("world", WORLDS)
def test_of_few_nothing_can_be_told(world):
    found = worth(world, 500)
    assert found.verdict == "cannot tell" and found.few and found.lost < found.needed == 100
    assert stake(found, lives.standing()) is None
    sentence = said.shape_message(found)
    assert sentence.startswith("What a point is worth cannot be told:") and sentence.endswith("stays open.")
    assert "the claim" not in sentence


@pytest.mark.parametrize("world", WORLDS)
def test_adjusted_loss_is_that_of_all_customers_with_such_a_score(world):
    """Raw loss is not: newer customers score lower and leave more often, so it falls more steeply."""
    share = lives.kinds().share.to_numpy()
    groups = worth(world).groups
    place = (groups["first"] == groups["last"]).to_numpy()
    score = groups["first"][place].to_numpy()
    truth = (share @ lives.chances(WORLDS[world]))[score]
    error = (groups.high - groups.low)[place].to_numpy() / 4
    assert (abs(groups.loss[place] - truth) < 4 * error).all()
    if world == "nothing":
        steep = [np.polyfit(score, groups[name][place], 1)[0] for name in ("raw_loss", "loss")]
        assert steep[0] < 2 * min(steep[1], 0)


def test_prediction_names_the_reading_of_its_world():
    best = {}
    for world in ("extremes", "middle"):
        rows = predictors(cells(world, 100_000), SCALE).set_index("predictor")
        best[world] = rows.log_loss[:5].idxmin()
        assert rows.gain_low["behaviour_and_score"] > 0
        assert rows.auc_low["behaviour_and_score"] > rows.auc_high["behaviour"]
        assert rows.behind_low["ok_or_better"] > 0
    assert best == {"extremes": "nps_class", "middle": "full_scale"}
    none = predictors(cells("nothing", 100_000), SCALE).set_index("predictor")
    assert none.gain_low["behaviour_and_score"] <= 0
