"""Fits, groups of scores and the verdict on shapes, against plain arithmetic and against statsmodels one by one."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2

from custlib.measure.worth import fits, point_worth
from custlib.measure.worth.ceiling import searched
from custlib.measure.worth.cells import CONTROLS, LEAST, POOLED, grouped, tidied
from custlib.measure.worth.found import FREE, SHAPES, Ratio
from custlib.measure.worth.shapes import FAR, Shaped, judge, marks_of
from custlib.surveying import KNOWN, Scale

SCALE = KNOWN["nps"]


def cells(*rows, fold=None):
    """Make cells of (score, kept, lost, margin of each kept), with controls that say nothing."""
    found = pd.DataFrame(rows, columns=["score", "kept", "lost", "each"])
    found["customers"] = found.kept + found.lost
    found["margin"], found["squares"] = found.kept * found.each, found.kept * found.each**2
    found = found.assign(**dict.fromkeys(CONTROLS, "unknown"))
    return found.assign(fold=np.arange(len(found)) % 5 if fold is None else fold)


def spread(*rows):
    """The same, with a fifth of each in every fold."""
    return pd.concat([cells(*rows, fold=fold) for fold in range(5)], ignore_index=True)


def test_two_groups_by_hand():
    """A fifth of detractors is lost and a twentieth of promoters: odds .25 and .0526; who is kept brings 10 and 12."""
    found = point_worth(spread((3, 16, 4, 10.0), (9, 19, 1, 12.0)), SCALE, months=6)
    # ten or more lost are needed of each group, so all are one
    assert found.lost == 25 and len(found.groups) == 1 and not found.fitted and found.verdict == "cannot tell"
    found = point_worth(spread((3, 160, 40, 10.0), (9, 190, 10, 12.0)), SCALE, months=6)
    rows = found.groups
    assert list(rows.label) == ["0-6", "7-10"] and list(rows["mean"]) == [3.0, 9.0]
    assert rows.loss.tolist() == pytest.approx([0.2, 0.05]) == rows.raw_loss.tolist()
    assert rows.margin.tolist() == pytest.approx([8.0, 11.4])
    assert found.per_point.value == pytest.approx(((50 / 950) / (200 / 800)) ** (1 / 6))
    # by the sandwich, as for a single share: p (1 - p) / n; and the variance of what each brought, the lost too
    assert np.diag(found.covariance) == pytest.approx([
        0.2 * 0.8 / 1000, 0.05 * 0.95 / 1000, 100 * 0.8 * 0.2 / 1000, 144 * 0.95 * 0.05 / 1000,
    ])  # fmt: skip
    # margin and being kept go together wholly: sum (k - p)(10 k - 10 p) / n^2
    assert found.covariance[0, 2] == pytest.approx(10 * 0.2 * 0.8 / 1000)
    assert found.covariance[0, 3] == pytest.approx(0, abs=1e-15)
    lr = found.shapes.set_index("shape").lr
    deviance = 2 * sum(
        n * np.log(n / (total * share))
        for n, total, share in ((200, 1000, 0.125), (800, 1000, 0.875), (50, 1000, 0.125), (950, 1000, 0.875))
    )
    assert lr["flat"] == pytest.approx(deviance) and lr["linear"] == pytest.approx(0, abs=1e-6)


def random_cells(seed, rows=120):
    rng = np.random.default_rng(seed)
    found = pd.DataFrame({
        "score": rng.integers(0, 11, rows),
        **{name: rng.choice(["a", "b", "unknown"], rows) for name in CONTROLS},
        "fold": rng.integers(0, 5, rows),
        "customers": rng.integers(5, 60, rows),
    })  # fmt: skip
    found["kept"] = rng.binomial(found.customers, 0.55 + 0.03 * found.score)
    each = rng.exponential(10, rows)
    found["margin"], found["squares"] = found.kept * each, found.kept * each**2 * 1.5
    return found


@pytest.mark.parametrize("seed", [1, 2])
def test_grouped_fits_are_those_of_customers_one_by_one(seed):
    """Likelihood, adjusted loss and its error, against a plain binomial model of single customers."""
    counted = random_cells(seed)
    found = point_worth(counted, SCALE, months=6)
    single = counted.loc[counted.index.repeat(counted.customers)]
    lost = (single.groupby(level=0).cumcount() >= single.kept).to_numpy(float)
    groups = grouped(tidied(counted), SCALE)
    place = groups.of(single.score)
    dummies = pd.get_dummies(single[list(CONTROLS)], drop_first=True).to_numpy(float)
    marks = (place[:, None] == np.arange(1, len(groups.spans))).astype(float)
    design = np.column_stack([np.ones(len(single)), dummies, marks])
    plain = sm.GLM(lost, design, family=sm.families.Binomial()).fit(cov_type="HC0", tol=1e-12, maxiter=100)
    assert found.shapes.log_likelihood.iloc[-1] == pytest.approx(plain.llf, abs=1e-6)
    assert found.shapes.aic.iloc[-1] == pytest.approx(plain.aic, abs=1e-6)
    for group in range(len(groups.spans)):
        as_if = design.copy()
        as_if[:, 1 + dummies.shape[1] :] = np.arange(1, len(groups.spans)) == group
        chance = plain.predict(as_if)
        assert found.groups.loss[group] == pytest.approx(chance.mean(), abs=1e-8)
        pull = (chance * (1 - chance)) @ as_if / len(as_if)
        variance = pull @ plain.cov_params() @ pull
        assert found.covariance[group, group] == pytest.approx(variance, rel=1e-5)
    margin = sm.OLS(np.where(lost == 1, 0.0, single.margin / single.kept.clip(lower=1)), design).fit()
    assert found.earned[-1] - found.earned[0] == pytest.approx(margin.params[-1], rel=1e-6)


@given(st.integers(0, 10_000))
def test_newton_finds_what_the_search_finds(seed):
    rng = np.random.default_rng(seed)
    design = np.column_stack([np.ones(12), rng.normal(size=(12, 2)), np.zeros(12)])
    lost, kept = rng.integers(1, 30, 12).astype(float), rng.integers(1, 90, 12).astype(float)
    slow = fits.logit(design, lost, kept)
    quick = fits.again(design, lost, kept)
    assert fits.log_likelihood(design @ quick, lost, kept) == pytest.approx(slow.likelihood, abs=1e-6)
    assert design @ quick == pytest.approx(design @ slow.beta, abs=1e-4)


def test_an_effect_without_end_stops_the_likelihood_and_not_the_fit():
    design = np.array([[1.0, 0.0], [1.0, 1.0]])
    lost, kept = np.array([10.0, 0.0]), np.array([30.0, 50.0])
    line = design @ fits.again(design, lost, kept)
    assert line[0] == pytest.approx(np.log(1 / 3), abs=1e-6) and line[1] < -12
    assert np.isfinite(line).all()


@settings(max_examples=40)
@given(
    st.lists(st.integers(0, 60), min_size=11, max_size=11),
    st.lists(st.integers(0, 25), min_size=11, max_size=11),
)
def test_groups_part_the_scale_and_each_can_be_estimated(kept, lost):
    rows = tidied(cells(*((score, *pair, 1.0) for score, pair in enumerate(zip(kept, lost, strict=True)))))
    if rows.empty:
        return
    groups = grouped(rows, SCALE)
    assert [score for first, last in groups.spans for score in range(first, last + 1)] == list(range(11))
    place = groups.of(rows.score)
    for group, (first, last) in enumerate(groups.spans):
        assert first <= groups.means[group] <= last
        if len(groups.spans) > 1:
            mine = rows[place == group]
            assert min(mine.kept.sum(), mine.lost.sum()) >= LEAST
    shapes = {shape: marks_of(shape, groups, SCALE, groups.sizes(rows)) for shape in SHAPES}
    free = np.column_stack([np.ones(len(groups.spans)), shapes[FREE]])
    for marks in shapes.values():  # each a special case of the free one
        assert np.linalg.matrix_rank(np.column_stack([free, marks])) == len(groups.spans)


def test_limits_of_classes_and_of_the_middle_are_merged_last():
    """With 10 lost at each of 0-4, 7 and 10 and 4 at each other score, 5 and 6 belong together, and 8 goes to the 7."""
    lost = [10, 10, 10, 10, 10, 5, 5, 10, 4, 6, 10]
    rows = tidied(cells(*((score, 100, n, 1.0) for score, n in enumerate(lost))))
    assert grouped(rows, SCALE).labels == ["0", "1", "2", "3", "4", "5-6", "7-8", "9-10"]


def test_levels_too_thin_to_be_estimated_are_pooled():
    rows = cells((1, 50, 20, 1.0), (2, 50, 20, 1.0), (3, 9, 30, 1.0), (4, 8, 4, 1.0), (5, 4, 9, 1.0))
    rows["tenure"] = ["a", "b", "c", "d", None]
    assert set(tidied(rows).tenure) == {"a", "b", POOLED}
    rows["tenure"] = ["a", "b", "b", "b", "d"]
    # alone still too thin: with the level of most customers
    assert set(tidied(rows).tenure) == {"a", "b"}
    assert tidied(rows)[["customers", "kept"]].sum().tolist() == rows[["customers", "kept"]].sum().tolist()


def test_marks_of_shapes():
    groups = grouped(tidied(cells(*((score, 50, 50, 1.0) for score in range(11)))), SCALE)
    sizes = np.ones(11)
    assert marks_of("linear", groups, SCALE, sizes).ravel().tolist() == list(range(11))
    assert marks_of("middle", groups, SCALE, sizes).ravel().tolist() == [2] * 5 + [5, 6, 7, 8] + [9.5] * 2
    assert marks_of("nps_classes", groups, SCALE, sizes).sum(axis=1).tolist() == [0] * 7 + [1] * 2 + [2] * 2
    assert marks_of("flat", groups, SCALE, sizes).shape == (11, 0)
    ten = Scale(lowest=1, highest=10, middle=[5, 8])
    groups = grouped(tidied(cells(*((score, 50, 50, 1.0) for score in range(1, 11)))), ten)
    assert groups.labels == [str(score) for score in range(1, 11)]


def table(*, lr, gain, log_loss=(0.3, 0.2, 0.2, 0.2, 0.2)):
    """Shapes with these likelihood ratios against the free one, which gains so much over the flat one."""
    rows = pd.DataFrame({"shape": SHAPES, "parameters": [0, 1, 2, 1, 10], "log_loss": log_loss})
    lr = np.array([gain, *lr, 0.0])
    rows["log_likelihood"] = -1000 - lr / 2
    rows["aic"] = 2 * rows.parameters - 2 * rows.log_likelihood
    rows["p"] = [chi2.sf(x, df) if df else 1.0 for x, df in zip(lr, 10 - rows.parameters, strict=True)]
    return rows.assign(lr=lr, explained=1 - lr / gain)


DOWN, UP, WIDE, NARROW = (
    Ratio(0.8, 0.7, 0.9, 0.0), Ratio(1.2, 1.1, 1.3, 0.0), Ratio(1.0, 0.9, 1.1, 1.0), Ratio(1.0, 0.97, 1.03, 1.0),
)  # fmt: skip


@pytest.mark.parametrize(
    ("lr", "gain", "slope", "expected"),
    [
        ((8, 80, 60), 300, DOWN, ("every point", ("linear",))),
        ((80, 8, 60), 300, DOWN, ("extremes", ("nps_classes",))),
        ((80, 60, 8), 300, DOWN, ("middle", ("middle",))),
        ((8, 60, 9), 300, DOWN, ("cannot tell", ("linear", "middle"))),
        ((8, 60, 8 + FAR + 1), 90, DOWN, ("every point", ("linear",))),
        ((80, 60, 50), 300, DOWN, ("other", ())),
        ((80, 60, 30), 3000, DOWN, ("middle", ("middle",))),  # a trifle, of very many customers
        ((8, 80, 60), 300, UP, ("reversed", ("linear",))),
        ((9, 9, 9), 9.5, NARROW, ("nothing", ("flat",))),
        ((9, 9, 9), 9.5, WIDE, ("cannot tell", ("flat", "linear", "nps_classes", "middle"))),
    ],
)
def test_the_verdict_follows_its_order(lr, gain, slope, expected):
    found = Shaped(table(lr=lr, gain=gain), slope, (slope, slope), True, slope.low > 1)
    assert judge(found, few=False) == expected
    assert judge(found, few=True)[0] == "cannot tell"


def test_a_directed_test_finds_what_the_one_of_ten_degrees_does_not():
    """A gain of 18 on ten degrees is not beyond 1.25%; 14 of it on one is."""
    found = Shaped(table(lr=(4, 16, 12), gain=18), DOWN, (DOWN, DOWN), True, False)
    assert judge(found, few=False)[0] == "every point"


def test_likelihood_and_prediction_must_agree():
    losses = (0.3, 0.21, 0.2, 0.2, 0.2)
    found = Shaped(table(lr=(4, 14, 12), gain=200, log_loss=losses), DOWN, (DOWN, DOWN), True, False)
    assert judge(found, few=False) == ("cannot tell", ("linear", "nps_classes", "middle"))


def test_classes_out_of_order_are_no_extremes():
    found = Shaped(table(lr=(80, 8, 60), gain=300), DOWN, (DOWN, DOWN), False, False)
    assert judge(found, few=False) == ("other", ())


def test_a_valley_is_no_rise_though_its_line_goes_up():
    up = Ratio(1.2, 1.1, 1.3, 0.0)
    nothing_stands = Shaped(table(lr=(80, 80, 80), gain=300), up, (up, up), False, False)
    assert judge(nothing_stands, few=False) == ("other", ())
    for rising, verdict in ((False, "other"), (True, "reversed")):
        classes = Shaped(table(lr=(80, 8, 80), gain=300), up, (up, up), False, rising)
        assert judge(classes, few=False)[0] == verdict
    line = Shaped(table(lr=(4, 80, 80), gain=300), up, (up, up), False, False)
    assert judge(line, few=False)[0] == "reversed"


def test_where_every_class_was_merged_away_there_are_no_steps_between_classes():
    """Next to nobody gave a 7 or more: they go with those at 5, and no limit of a class lies between the two groups."""
    found = point_worth(spread((1, 300, 60, 1.0), (5, 300, 30, 1.0), (9, 2, 0, 1.0)), SCALE, months=6)
    assert len(found.groups) == 2 and found.groups["last"][0] < 5
    rows = found.shapes.set_index("shape")
    assert rows.parameters["nps_classes"] == 0 and rows.p["nps_classes"] < 1e-4
    assert found.verdict != "extremes"


def stepped(steps, error):
    """Groups of a score each, with these log-odds and the same error of each."""
    count = len(steps)
    covariance = np.full((count, count), error**2) + np.eye(count) * error**2
    covariance[0, :] = covariance[:, 0] = 0
    return (
        SimpleNamespace(
            steps=np.array(steps),
            steps_covariance=covariance,
            retention=np.full(count, 0.5),
            covariance=np.eye(2 * count) * error**2,
        ),
        SimpleNamespace(
            spans=[(score, score) for score in range(count)], means=tuple(map(float, range(count)))
        ),
    )


@pytest.mark.parametrize(
    ("steps", "error", "expected"),
    [
        ([0, -0.5, -1, -1.5, -1.5, -1.5], 0.02, (3, "found")),
        ([0, -0.5, -1, -1.5, -2, -2.5], 0.02, (None, "none found")),
        ([0, -0.5, -1, -1.5, -1.5, -1.5], 2.0, (None, "cannot tell")),
        ([0, 0, 0, 0, 0, 0], 0.02, (None, "cannot tell")),
        ([0, -0.5, -1, -1.5, -1.55, -1.6], 0.05, (3, "found")),
        ([0, -0.2, -0.4, -0.6, -0.8, -0.9], 0.06, (None, "cannot tell")),  # too flat at the top by chance
    ],
)
def test_a_ceiling_is_searched_from_the_top(steps, error, expected):
    assert searched(*stepped(steps, error)) == expected


def test_nobody_has_no_point():
    assert point_worth(cells(), SCALE, months=6) is None
