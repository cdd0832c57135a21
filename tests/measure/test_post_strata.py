"""The base's score from some answers: by hand, against a twin, and on a base where the silent are less happy."""

from math import sqrt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from custlib.errors import CustlibError
from custlib.measure.nps import score_of
from custlib.measure.post_strata import merged_strata, post_stratified, weights

BANDS, TENURES = ["top", "mid", "low"], ["new", "some", "old"]
ORDER = {"bands": BANDS, "tenures": TENURES}
COLUMNS = ["value_band", "tenure", "population", "promoters", "passives", "detractors"]


def strata(*rows):
    return pd.DataFrame(rows, columns=COLUMNS)


def answered(counts):
    """Give the strata of a matrix of answers, bands down and tenures across."""
    rows = [
        (band, tenure, counts[at][to]) for at, band in enumerate(BANDS) for to, tenure in enumerate(TENURES)
    ]
    return pd.DataFrame(rows, columns=["value_band", "tenure", "answers"])


def groups(counts, **changed):
    """Name the merged strata as sets of cells."""
    cells = answered(counts)
    number = merged_strata(cells, **{**ORDER, **changed})
    return [
        {f"{row.value_band} {row.tenure}" for row in part.itertuples()} for _, part in cells.groupby(number)
    ]


def test_a_weighted_score_by_hand():
    """A fifth of the base scores .5 (n = 20, v = .65), four fifths 0 (n = 41, v = 20/41)."""
    found = post_stratified(strata(("top", "old", 200, 13, 4, 3), ("low", "old", 800, 10, 21, 10)), **ORDER)
    assert found.nps == pytest.approx(0.2 * 0.5 + 0.8 * 0.0)
    assert found.se == pytest.approx(sqrt(0.04 * (0.8 - 0.25) / 19 + 0.64 * (20 / 41) / 40))
    assert (found.answers, found.population, found.strata, found.merged, found.covered) == (
        61,
        1000,
        2,
        0,
        1.0,
    )
    spread = 0.2 * 0.8 + 0.8 * 20 / 41 - 0.1**2
    assert found.design_effect == pytest.approx(found.se**2 / (spread / 61))


def test_one_stratum_is_the_plain_score_with_one_answer_less():
    found = post_stratified(strata(("top", "old", 5000, 50, 30, 20)), **ORDER)
    plain = score_of(promoters=50, passives=30, detractors=20)
    assert found.nps == pytest.approx(plain.nps) and found.se == pytest.approx(sqrt(0.61 / 99))
    assert (found.low, found.high) == pytest.approx((plain.adjusted.low, plain.adjusted.high), abs=1e-3)
    assert found.design_effect == pytest.approx(100 / 99)


def test_of_many_answers_the_interval_is_two_errors_to_each_side():
    found = post_stratified(
        strata(("top", "old", 200, 1300, 400, 300), ("low", "old", 800, 1000, 2100, 1000)), **ORDER
    )
    assert (found.low, found.high) == pytest.approx(
        (found.nps - 1.96 * found.se, found.nps + 1.96 * found.se), abs=2e-4
    )


def test_where_all_agree_the_interval_still_has_a_width():
    found = post_stratified(strata(("top", "old", 100, 20, 0, 0), ("low", "old", 900, 30, 0, 0)), **ORDER)
    assert found.nps == 1.0 and found.se == 0 and found.low < 0.95 and found.high == 1.0


def test_small_strata_join_the_smaller_neighbour_in_tenure():
    assert groups([[30, 4, 20], [10, 10, 10], [12, 12, 12]])[:2] == [{"top new"}, {"top some", "top old"}]
    assert groups([[3, 4, 20], [10, 10, 10], [12, 12, 12]])[0] == {"top new", "top some", "top old"}
    assert len(groups([[10, 10, 10]] * 3)) == 9


def test_a_small_band_joins_the_next_one_tenure_by_tenure():
    found = groups([[1, 2, 3], [20, 30, 40], [50, 60, 70]])
    assert found[0] == {"top new", "mid new"} and found[2] == {"top old", "mid old"} and len(found) == 6
    last = groups([[20, 30, 40], [50, 60, 70], [0, 0, 9]])
    assert last[-1] == {"mid old", "low old"} and len(last) == 6
    assert len(groups([[1, 0, 2], [0, 2, 0], [1, 0, 3]])) == 1


def test_levels_out_of_order_come_last():
    cells = pd.DataFrame(
        [("unknown", "old", 3), ("top", "unknown", 3), ("top", "old", 20), ("low", "old", 30)],
        columns=["value_band", "tenure", "answers"],
    )
    number = merged_strata(cells, **ORDER)
    assert number[1] == number[2] and number[0] == number[3] != number[1]


def test_what_has_no_answer_of_its_own_is_said():
    found = post_stratified(
        strata(("top", "new", 100, 0, 0, 0), ("top", "old", 300, 20, 5, 5), ("low", "old", 600, 20, 10, 10)),
        **ORDER,
    )
    assert found.covered == pytest.approx(0.9) and (found.strata, found.merged) == (2, 1)
    assert found.table.tenures.tolist() == [("new", "old"), ("old",)]
    assert found.nps == pytest.approx(0.4 * 0.5 + 0.6 * 0.25)


def test_levels_are_listed_in_their_order_however_the_rows_come():
    rows = [
        ("low", "old", 50, 1, 1, 1),
        ("mid", "new", 30, 9, 9, 9),
        ("low", "new", 20, 1, 2, 2),
        ("top", "some", 10, 1, 0, 0),
    ]
    one, other = (post_stratified(strata(*each), **ORDER) for each in (rows, rows[::-1]))
    assert one.table.equals(other.table) and (one.nps, one.se) == pytest.approx((other.nps, other.se))
    assert one.table.value_bands.tolist() == [("top", "mid", "low")]
    assert one.table.tenures.tolist() == [("new", "some", "old")]


def test_too_few_cannot_be_weighted():
    for wrong in (strata(("top", "old", 10, 1, 0, 0)), strata(("top", "old", 0, 9, 9, 9))):
        assert post_stratified(wrong, **ORDER) is None


def test_it_mends_who_answers_and_its_interval_holds_the_base():
    """The happy fifth at the top answers four times as readily: the plain score is far off, the weighted one is not."""
    truth = {"top": (0.7, 0.2, 0.1), "mid": (0.4, 0.4, 0.2), "low": (0.2, 0.4, 0.4)}
    people = {"top": 200, "mid": 300, "low": 500}
    asked = {"top": 160, "mid": 60, "low": 80}
    base = sum(people[band] / 1000 * (each[0] - each[2]) for band, each in truth.items())
    rng = np.random.default_rng(5)
    held, plain_held = 0, 0
    for _ in range(300):
        drawn = {band: rng.multinomial(asked[band], truth[band]).tolist() for band in BANDS}
        found = post_stratified(
            strata(*((band, "old", people[band], *drawn[band]) for band in BANDS)), **ORDER
        )
        promoters, passives, detractors = (sum(each) for each in zip(*drawn.values(), strict=True))
        plain = score_of(promoters=promoters, passives=passives, detractors=detractors).adjusted
        held += found.low <= base <= found.high
        plain_held += plain.holds(base)
    # Four standard errors of 300 draws; 2,000 draws of another seed were held 95.5% of the time.
    assert held / 300 == pytest.approx(0.95, abs=4 * sqrt(0.95 * 0.05 / 300))
    assert plain_held / 300 < 0.2


CELLS = st.lists(
    st.tuples(
        st.sampled_from([*BANDS, "unknown"]),
        st.sampled_from([*TENURES, "unknown"]),
        st.integers(0, 500),
        st.tuples(*[st.integers(0, 15)] * 3),
    ),
    min_size=1,
    max_size=12,
    unique_by=lambda cell: cell[:2],
)


@given(CELLS)
def test_what_is_extrapolated_adds_up_and_has_the_weighted_score(cells):
    table = strata(*((band, tenure, people, *counts) for band, tenure, people, counts in cells))
    answers = table[COLUMNS[3:]].to_numpy().sum()
    if answers < 2 or not table.population.sum():
        assert post_stratified(table, **ORDER) is None
        return
    given_scores = pd.DataFrame(
        [
            (band, tenure, score, customers)
            for band, tenure, _, counts in cells
            for score, customers in zip((10, 8, 2), counts, strict=True)
        ],
        columns=["value_band", "tenure", "score", "customers"],
    )
    found = weights(given_scores, table[COLUMNS[:3]], **ORDER)
    weighted = post_stratified(table, **ORDER)
    assert found.customers.sum() == pytest.approx(table.population.sum())
    by_score = found.set_index("score").customers.reindex([10, 2], fill_value=0.0)
    assert (by_score[10] - by_score[2]) / weighted.population == pytest.approx(weighted.nps, abs=1e-9)
    assert -1 <= weighted.low <= weighted.nps + 0.5 and weighted.high <= 1
    sizes = weighted.table.answers
    assert sizes.min() >= 10 or len(sizes) == 1
    assert weighted.table.weight.sum() == pytest.approx(1) and sizes.sum() == answers


def test_customers_who_gave_each_score_by_hand():
    """Of 100 at the top 10 of 20 gave a 9, of 300 below 15 of 30."""
    answers = pd.DataFrame(
        [("top", "old", 9, 10), ("top", "old", 5, 10), ("low", "new", 9, 15), ("low", "new", 2, 15)],
        columns=["value_band", "tenure", "score", "customers"],
    )
    people = pd.DataFrame(
        [("top", "old", 100), ("low", "new", 240), ("low", "old", 60)],
        columns=["value_band", "tenure", "population"],
    )
    found = weights(answers, people, **ORDER)
    assert found.set_index("score").customers.to_dict() == {2: 150.0, 5: 50.0, 9: 200.0}
    with pytest.raises(CustlibError, match="nothing to extrapolate"):
        weights(answers.assign(customers=0), people, **ORDER)
