"""Who moved: matrices made by hand, parts that add up, and a twin that counts customer by customer."""

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from custlib.errors import CustlibError
from custlib.measure.movement import Moves, movement
from custlib.surveying import KNOWN, NPS

TEN = KNOWN[NPS]
CELLS = st.lists(
    st.tuples(st.integers(0, 10), st.integers(0, 10), st.integers(0, 9), st.decimals(-500, 5000, places=2)),
    min_size=1,
    max_size=40,
).filter(lambda cells: any(cell[2] for cell in cells))


def table(*cells):
    rows = [(before, after, customers, Decimal(str(value))) for before, after, customers, value in cells]
    frame = pd.DataFrame(rows, columns=["before", "after", "customers", "value"])
    return frame.assign(active=(frame.customers + 1) // 2)


HAND = table(
    (6, 6, 10, 100),  # did not move
    (3, 6, 4, 40),  # up by three, a detractor still, into the middle
    (6, 7, 3, 30),  # up into the passives, inside the middle
    (8, 9, 2, 50),  # up into the promoters, out of the middle
    (9, 10, 5, 75),  # up, a promoter still
    (8, 7, 6, 60),  # down, a passive still
    (10, 2, 1, 12.5),  # down, from the top to below the middle
    (5, 4, 2, 10),  # down, a detractor still, out of the middle
)


def test_a_matrix_by_hand():
    found = movement(HAND, TEN)
    assert found.pairs == 33 and found.value == Decimal("377.5")
    assert found.moved == Moves(23, Decimal("277.5"))
    assert (found.moved_up, found.moved_down) == (Moves(14, Decimal(195)), Moves(9, Decimal("82.5")))
    assert found.hidden == Moves(17, Decimal(185)) and found.value_hidden == 185
    assert (found.hidden_up.customers, found.hidden_down.customers) == (9, 8)
    assert (found.crossing_up, found.crossing_down) == (Moves(5, Decimal(80)), Moves(1, Decimal("12.5")))
    assert found.hidden_share.value == pytest.approx(17 / 23) and found.hidden_share.low < 17 / 23
    # Steps: 4x3 + 3 + 2 + 5 - 6 - 8 - 2 = 6; of the hidden 12 + 5 - 6 - 2 = 9, of those who changed class 3 + 2 - 8 = -3.
    assert found.mean_change == pytest.approx(6 / 33)
    assert (found.mean_hidden, found.mean_changed_class) == pytest.approx((9 / 33, -3 / 33))
    # Three left the detractors, two joined the promoters, one went from promoter to detractor.
    assert found.nps_change == pytest.approx((3 + 2 - 2) / 33)
    # Five of +1 and one of -2 among 33: variance (9 - 33 (3/33)^2) / 32 = 3/11, standard error 1/11.
    assert (found.nps_low, found.nps_high) == pytest.approx((1 / 11 - 1.959964 / 11, 1 / 11 + 1.959964 / 11))
    assert (found.middle_up, found.middle_down) == (Moves(2, Decimal(50)), Moves(2, Decimal(10)))
    assert (found.middle_from_below, found.middle_from_above) == (Moves(4, Decimal(40)), Moves(0, Decimal(0)))


def test_all_nine_moves_between_classes_are_told():
    cells = movement(HAND, TEN).class_matrix.set_index(["before", "after"])
    assert len(cells) == 9
    assert cells.customers.to_dict() == {
        ("detractor", "detractor"): 16, ("detractor", "passive"): 3, ("detractor", "promoter"): 0,
        ("passive", "detractor"): 0, ("passive", "passive"): 6, ("passive", "promoter"): 2,
        ("promoter", "detractor"): 1, ("promoter", "passive"): 0, ("promoter", "promoter"): 5,
    }  # fmt: skip
    assert cells.loc[("detractor", "detractor"), "value"] == 150
    assert (
        cells.loc[("detractor", "detractor"), "active"] == 5 + 2 + 1
        and cells.active.sum() == HAND.active.sum()
    )


def test_where_nobody_moved_no_share_is_hidden():
    found = movement(table((9, 9, 50, 500), (2, 2, 8, 0)), TEN)
    assert found.hidden_share is None and found.moved == Moves(0, Decimal(0)) and found.mean_change == 0


def test_a_score_can_stand_still_while_everybody_moves():
    """Half rise from 0 to 6, half fall from 10 to 9: nobody changes class, and the mean rises by two and a half."""
    found = movement(table((0, 6, 50, 1), (10, 9, 50, 1)), TEN)
    assert found.nps_change == 0 and found.hidden_share.value == 1.0
    assert found.mean_change == found.mean_hidden == 2.5 and found.mean_changed_class == 0
    assert found.mean_low < 2.5 < found.mean_high


def test_what_is_not_known_of_some_is_said_of_none():
    unknown = HAND.assign(value=[None, *HAND["value"][1:]])
    found = movement(unknown, TEN)
    assert found.value is None and found.value_hidden is None and found.hidden.customers == 17
    assert found.class_matrix["value"].isna().all()


def test_of_nobody_there_is_no_movement():
    for nobody in (table(), table((1, 2, 0, 0))):
        with pytest.raises(CustlibError, match="nobody answered twice"):
            movement(nobody, TEN)
    alone = movement(table((1, 2, 1, 5)), TEN)
    assert alone.mean_low is None and alone.mean_change == 1


@given(CELLS)
def test_parts_add_up(cells):
    found = movement(table(*cells), TEN)
    for name in ("customers", "value"):
        of = {key: getattr(getattr(found, key), name) for key in (
            "moved", "moved_up", "moved_down", "hidden", "hidden_up", "hidden_down", "crossing_up", "crossing_down",
        )}  # fmt: skip
        assert of["moved"] == of["moved_up"] + of["moved_down"]
        assert of["moved"] == of["hidden"] + of["crossing_up"] + of["crossing_down"]
        assert of["hidden"] == of["hidden_up"] + of["hidden_down"]
    assert found.class_matrix.customers.sum() == found.pairs
    assert sum(found.class_matrix["value"]) == found.value
    assert found.mean_change == pytest.approx(found.mean_changed_class + found.mean_hidden, abs=1e-12)


@given(CELLS)
def test_against_a_twin_that_counts_customers_one_by_one(cells):
    found = movement(table(*cells), TEN)
    people = [(before, after) for before, after, customers, _ in cells for _ in range(customers)]

    def kind(answer):
        return 1 if answer > 8 else -1 if answer < 7 else 0

    def stands(answer):
        return 1 if answer > 8 else -1 if answer < 5 else 0

    moved = [(one, two) for one, two in people if one != two]
    assert found.pairs == len(people) and found.moved.customers == len(moved)
    assert found.hidden.customers == sum(kind(one) == kind(two) for one, two in moved)
    change = Fraction(sum(kind(two) - kind(one) for one, two in people), len(people))
    assert found.nps_change == pytest.approx(float(change), abs=1e-12)
    out = [(one, two) for one, two in moved if stands(one) == 0 and stands(two)]
    assert (found.middle_up.customers, found.middle_down.customers) == (
        sum(stands(two) > 0 for _, two in out), sum(stands(two) < 0 for _, two in out),
    )  # fmt: skip
    into = [one for one, two in moved if stands(one) and stands(two) == 0]
    assert found.middle_from_below.customers + found.middle_from_above.customers == len(into)
    if len(people) > 1:
        steps = np.array([two - one for one, two in people])
        half = 1.959964 * steps.std(ddof=1) / np.sqrt(len(steps))
        assert (found.mean_low, found.mean_high) == pytest.approx((steps.mean() - half, steps.mean() + half))
