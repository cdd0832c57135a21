"""What customers say in companies made for it, from files to the page's object: who counts, what came after, whom to talk to."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
import yaml

from custlib import open_month
from custlib.data.collect import collect
from custlib.measure.worth import simulate
from custlib.month.voices import list_name
from custlib.periods import add_months
from tests.month.test_equity import MONTHS, company

END = date(2024, 12, 1)
SAID = ["customer_id", "date", "metric", "score", "wave", "stage", "reason"]


def asked(rows: list[tuple]) -> pd.DataFrame:
    """Give rows of (customer, day, score[, stage, reason]) as a survey without waves."""
    return pd.DataFrame(
        [(who, day, "nps", score, None, *[*more, None, None][:2]) for who, day, score, *more in rows],
        columns=SAID,
    )


def opened(folder, log, said: pd.DataFrame, *, month="2024-12", **settings):
    """Open a company with surveys."""
    path = company(folder, log, settings={"min_group": 5, "answers_window_months": 3} | settings)
    said.assign(date=pd.to_datetime(said.date), score=said.score.astype(float)).to_parquet(
        folder / "surveys.parquet"
    )
    with open(path) as file:
        written = yaml.safe_load(file)
    written["tables"]["surveys"] = {"from": "surveys.parquet"}
    with open(path, "w") as file:
        yaml.safe_dump(written, file)
    return open_month(path, month)


def buying(names, months=MONTHS, amount=10.0) -> pd.DataFrame:
    """Give a purchase a month."""
    rows = [(name, month, amount) for name in names for month in months]
    return pd.DataFrame(rows, columns=["customer_id", "date", "amount"])


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A hundred customers who all answer in two waves; detractors of the first leave after it."""
    names = [f"c{i:03}" for i in range(100)]
    scores = dict(zip(names, [*[3] * 20, *[7] * 30, *[9] * 50], strict=True))
    leaving = names[:10]
    log = pd.concat([buying(names[10:]), buying(leaving, MONTHS[:26])])
    early = [
        (name, date(2024, 2, 6), score, "help", "you never rang me back") for name, score in scores.items()
    ]
    late = [
        (name, date(2024, 11, 6), min(score + (name > "c049"), 10), "use", None)
        for name, score in scores.items()
    ]
    late += [("c020", date(2024, 11, 2), 0, None, None)]  # given again four days later: the last counts
    silent = [(f"c{i:03}", date(2024, 8, 6), None) for i in range(40)]
    settings = {"themes": [{"name": "Calling back", "words": ["rang", "call"], "owner": "Head of Service"}]}
    return opened(tmp_path_factory.mktemp("said"), log, asked([*early, *late, *silent]), **settings)


def test_the_score_is_of_the_last_answers_of_the_window(made):
    found = made.nps
    assert (found.score.promoters, found.score.passives, found.score.detractors) == (50, 30, 20)
    assert found.score.nps == pytest.approx(0.30) and found.score.variance == pytest.approx(0.61)
    assert (found.first, found.last, found.repeated) == (date(2024, 11, 6), date(2024, 11, 6), 1)
    assert found.distribution.set_index("score").customers.to_dict() == {
        3: 20,
        7: 30,
        10: 50,
    } | dict.fromkeys((0, 1, 2, 4, 5, 6, 8, 9), 0)
    assert {figure.measure: figure.value for figure in found.figures() if figure.dimension == "all"}[
        "nps"
    ] == pytest.approx(0.30)
    assert found.check() > 10


def test_no_answer_before_means_no_change_and_says_why(made):
    assert made.nps.before is None and made.nps.change is None and made.nps.why["change"] == "too few"


def test_movement_is_of_individuals_and_sees_what_nps_does_not(made):
    moved = made.nps.movement
    assert (moved.pairs, moved.moved.customers, moved.hidden.customers) == (100, 50, 50)
    assert moved.nps_change == 0 and moved.hidden_share.value == 1 and moved.mean_change == pytest.approx(0.5)
    # What those are worth who have not left: 12 months of 10 each.
    assert moved.value == 90 * 120


def test_invitations_without_an_answer_count_as_asked(made):
    response = made.nps.response
    assert (response.invited, response.answered) == (240, 200)
    by_earlier = response.fatigue.set_index("earlier")
    assert by_earlier.invited.to_dict() == {0: 100, 1: 100, 2: 40}
    assert by_earlier.answered.to_dict() == {0: 100, 1: 60, 2: 40}


def test_pains_and_praise_are_counted_by_customer_with_who_takes_care(made):
    pains = made.nps.pains
    themes = pains.themes.set_index("side")
    assert themes.loc["pain", "customers"] == 20 and themes.loc["pain", "owner"] == "Head of Service"
    assert themes.loc["praise", "customers"] == 50
    # Ten of the twenty have left: only the others are still at risk.
    assert themes.loc["pain", "value"] == pytest.approx(
        collect(made.answers.worth.filter(made.answers.worth.customer_id < "c020")).worth.astype(float).sum()
    )
    stages = pains.stages.set_index(["side", "group"]).customers.to_dict()
    assert stages == {
        ("pain", "help"): 20,
        ("pain", "use"): 20,
        ("praise", "help"): 50,
        ("praise", "use"): 50,
    }


def test_those_to_talk_to_are_detractors_who_are_still_there_and_were_not_listed_before(
    made, tmp_path, monkeypatch
):
    assert made.nps.talk == 10
    wanted = {f"c{i:03}" for i in range(10, 20)}
    assert set(collect(made.lists["talk_to"].table).customer_id) == wanted
    folder = tmp_path / "lists"
    folder.mkdir()
    monkeypatch.setattr("custlib.data.lists.workbook", lambda: tmp_path)
    (folder / f"{list_name('valued', add_months(END, -2))}.csv").write_text(
        "customer_id,reason\nc010,x\n'c011,x\n"
    )
    (folder / f"{list_name('valued', add_months(END, -4))}.csv").write_text("customer_id,reason\nc012,x\n")
    (folder / f"{list_name('valued', add_months(END, -1))}.csv").write_bytes(b"\xff\xfe\x00broken")
    again = open_month(made.company, "2024-12")
    assert set(collect(again.lists["talk_to"].table).customer_id) == wanted - {"c010", "c011"}


def test_later_answers_change_nothing_earlier(made, tmp_path):
    then = open_month(made.company, "2024-09").nps
    assert then.score is None and then.movement is None and then.why["score"] == "too few"
    assert then.waves.wave.tolist() == ["2024-02"]


def test_what_was_never_asked_is_said_to_be(tmp_path):
    found = open_month(company(tmp_path, buying(["a", "b"])), "2024-12").nps
    assert (
        not found.asked and found.score is None and found.why == {"score": "not asked"} and found.check() == 0
    )
    assert all(figure.status == "not_available" for figure in found.figures())


def test_a_scale_from_one_to_ten_counts_as_declared_and_other_scales_beside_it(tmp_path):
    rows = asked([(f"c{i:02}", date(2024, 12, 3), 1 + i % 10) for i in range(40)])
    more = rows.assign(metric="effort", score=1 + rows.index % 7)
    other = rows.assign(metric="mood", score=0.5)
    scales = {
        "nps": {"lowest": 1, "highest": 10, "middle": [5, 8]}, "effort": {"lowest": 1, "highest": 7, "middle": [3, 5]},
    }  # fmt: skip
    log = buying([f"c{i:02}" for i in range(40)])
    found = opened(tmp_path, log, pd.concat([rows, more, other]), scales=scales).nps
    assert found.declared and found.score.nps == pytest.approx(0.2 - 0.6)
    assert list(found.boxes) == ["nps", "effort"] and found.undeclared == ("mood",)
    assert found.boxes["effort"].answers == 40 and found.distribution.score.tolist() == list(range(1, 11))


HOSTILE = [
    "<script>alert(1)</script>",
    "=cmd|' /C calc'!A0",
    "\u202eright to left",
    "x" * 5_000,
    "{{ 7*7 }}",
    "'; DROP TABLE surveys; --",
]


def test_hostile_words_are_counted_and_do_nothing(tmp_path):
    rows = [
        (f"c{i:03}", date(2024, 12, 3), 2, "<img src=x onerror=alert(1)>", HOSTILE[i % len(HOSTILE)])
        for i in range(60)
    ]
    found = opened(tmp_path, buying([f"c{i:03}" for i in range(60)]), asked(rows)).nps
    assert set(found.pains.themes.group) == set(HOSTILE)
    assert (found.pains.themes.customers == 10).all() and found.pains.given == 60


@pytest.fixture(scope="module")
def followed(tmp_path_factory):
    """Four thousand customers whose chance of staying rises from score to score; each answers in May 2024 and never again."""
    rng = np.random.default_rng(11)
    names = [f"c{i:04}" for i in range(4_000)]
    scores = rng.integers(0, 11, len(names))
    stay = rng.random(len(names)) < 0.35 + 0.05 * scores
    staying = [name for name, stays in zip(names, stay, strict=True) if stays]
    leaving = sorted(set(names) - set(staying))
    log = pd.concat([buying(staying), buying(leaving, MONTHS[:29])])
    # Who stays buys at least in the last month followed, and everybody in the one before the answer; else in two months of three.
    log = log[(rng.random(len(log)) < 2 / 3) | (log.date == MONTHS[-2]) | (log.date == MONTHS[27])]
    said = asked([(name, date(2024, 5, 6), int(score)) for name, score in zip(names, scores, strict=True)])
    costs = {"programme_costs": {"delight": 1000.0}}
    return (
        opened(tmp_path_factory.mktemp("followed"), log, said, answers_window_months=8, **costs),
        scores,
        stay,
    )


def test_what_comes_after_is_counted_from_first_answers_and_complete_months(followed):
    view, scores, stay = followed
    worth = view.nps.worth
    assert (worth.months, worth.answers, worth.lost) == (6, 4_000, int((~stay).sum()))
    raw = {row.first: row.raw_loss for row in worth.groups.itertuples()}
    assert raw == pytest.approx({score: (~stay[scores == score]).mean() for score in range(11)})
    assert worth.verdict == "every point" and worth.per_point.high < 1


def test_the_stake_follows_the_definition_and_the_programmes_part_the_base(followed):
    view, _, _ = followed
    stake = view.nps.stake
    base = view.base
    active = int(collect(base.filter(base.active).count().as_table()).iloc[0, 0])
    assert stake.customers == pytest.approx(active)
    for row in stake.scores.itertuples():
        by_hand = row.customers * (
            row.gain_retention * (row.clv - row.margin) / row.retention + row.gain_margin
        )
        assert row.value == pytest.approx(by_hand)
    simulated = simulate(stake, costs={"delight": 1000.0}).set_index("programme")
    assert view.nps.simulated.set_index("programme").net.equals(simulated.net)


def test_an_answer_whose_months_are_not_over_is_not_followed(followed):
    view, _, _ = followed
    before = open_month(view.company, "2024-10").nps
    assert before.worth is None and before.stake is None and before.why["worth"] == "not over"


def test_a_month_before_the_value_window_is_full_has_a_page_all_the_same(tmp_path):
    """Nobody's value and band are known, nor what serving them costs over a year; the score is."""
    view = open_month("sample", "2023-11")
    assert view.nps.score.answers > 200 and view.nps.check() > 0
    assert view.nps.worth is None and set(view.nps.why.values()) == {
        "no history",
        "no value",
        "not over",
        "too few",
    }


def test_of_fewer_answers_than_the_smallest_group_there_is_no_score(tmp_path):
    names = [f"c{i:02}" for i in range(40)]
    said = asked([(name, date(2024, 12, 3), 9) for name in names[:4]])
    found = opened(tmp_path, buying(names), said).nps
    assert found.asked and found.score is None and found.why["score"] == "too few"
    assert not found.boxes and found.others == ()


def test_bands_are_of_those_who_are_still_there_by_the_band_they_are_in_today(made):
    bands = made.nps.bands
    assert bands.answers.sum() == 90 and bands.population.sum() == 90
    # All are alike in band and tenure: there is nothing to weight by.
    assert (
        made.nps.score.answers == 100 and made.nps.weighted is None and made.nps.why["weighted"] == "no value"
    )


def test_a_drift_of_a_year_is_set_beside_the_year_before(tmp_path):
    names = [f"c{i:03}" for i in range(120)]
    rows = [(name, date(2023, 5, 3), 9) for name in names] + [
        (name, date(2024, 5, 3), 9 if name > "c080" else 3) for name in names
    ]
    found = opened(tmp_path, buying(names), asked(rows)).nps
    assert found.year_before.nps == 1 and found.year_change.in_both == 120 and found.year_change.high < 0
    assert found.change is None and found.why["change"] == "too few"


def test_answers_of_long_ago_leave_their_wave_and_nothing_else(tmp_path):
    names = [f"c{i:02}" for i in range(40)]
    said = asked([(name, date(2023, 5, 3), 9) for name in names])
    settings = {"answers_followed_months": 1, "outcome_months": 1}
    found = opened(tmp_path, buying(names), said, **settings).nps
    assert (
        found.score is None and found.why["score"] == "too few" and found.waves.wave.tolist() == ["2023-05"]
    )
    assert found.response is None and found.worth is None and found.check() >= 0
