"""Sentences on NPS: measurable or noise, few or none, singular, people and not only scores, and pages of every kind."""

import re
from datetime import date
from decimal import Decimal
from functools import cache
from types import SimpleNamespace

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from custlib.measure.middle_ground import boxes, other_companies
from custlib.measure.movement import movement
from custlib.measure.nps import difference, score, score_of
from custlib.measure.nps_waves import waves
from custlib.measure.post_strata import post_stratified
from custlib.measure.responses import response
from custlib.present import nps_charts, nps_tables, wording
from custlib.surveying import KNOWN, NPS
from tests.present import nps_cases as case

said, folk = wording.nps, wording.nps_people
_UNREADABLE = re.compile(
    r"\bnan\b|\bNone\b|\binf\b|Decimal|  |\.\.|\b1 (customers|answers|promoters|passives|detractors|invitations|waves)\b"
)
TEN = KNOWN[NPS]


def every_sentence(found):
    sentences = [
        said.lead, said.arithmetic, said.score_message, said.change_message, said.year_message, said.drift_note, said.noise_note, said.weighted_message, said.waves_message,
        said.scale_note, folk.people_message, folk.boxes_message, folk.others_message, folk.movement_message, folk.movement_parts,
        folk.middle_message, folk.response_message, folk.who_answers_message, folk.fatigue_message,
    ]  # fmt: skip
    return [each(found) for each in sentences] + [
        said.weighted_note(found),
        said.waves_note(),
        folk.movement_note(),
    ]


@cache
def full():
    """What the sentences of this module read of a page that knows everything, made once."""
    shown, before = case.distribution(), score(case.distribution(case.BEFORE))
    return {
        "currency": "EUR", "word": "margin", "min_group": 30, "window": 12, "scale": TEN, "scales": {NPS: TEN, "csat": KNOWN["csat"]}, "why": {},
        "score": score(shown), "before": before, "change": difference(score(shown), before),
        "year": score(shown), "year_before": before, "year_change": difference(score(shown), before), "moves": case.moves(),
        "boxes": {NPS: boxes(shown, TEN), "csat": boxes(case.csat(), KNOWN["csat"])}, "others": other_companies(score(shown), TEN, shown),
        "weighted": post_stratified(case.strata(), bands=case.BANDS, tenures=case.TENURES), "weighted_by": ("value band", "tenure"), "waves": case.of_waves(case.STEADY),
        "movement": movement(case.moves(), TEN), "response": response(case.invitations(), customers=6000, months=12),
    }  # fmt: skip


def page(**changed):
    return SimpleNamespace(**{**full(), **changed})


def page_of(given, **changed):
    """A page of other answers, with all that follows from them."""
    shown = case.distribution(given)
    now = score(shown)
    told = {"score": now, "boxes": {NPS: boxes(shown, TEN)}, "others": other_companies(now, TEN, shown)}
    return page(**{**told, "change": difference(now, full()["before"]), **changed})


def turned(now, before, **changed):
    """A page whose score moved from one to the other: promoters, passives, detractors."""
    one, other = (score_of(promoters=p, passives=q, detractors=r) for p, q, r in (now, before))
    return page(score=one, before=other, change=difference(one, other), **changed)


@pytest.mark.parametrize("kind", ["page", "undated", "few", "nothing"])
def test_every_kind_of_page_can_be_read(kind):
    for text in every_sentence(getattr(case, kind)()):
        assert not _UNREADABLE.search(text), text
        assert not text or text[0].isupper() or text[0].isdigit() or text[0] == "(", text


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(0, 60), min_size=11, max_size=11).filter(any), st.integers(0, 40))
def test_any_answers_can_be_said(given_scores, moved):
    rows = case.moves(per=moved)
    found = page_of(given_scores, moves=rows, movement=movement(rows, TEN) if rows.customers.sum() else None)
    for text in every_sentence(found):
        assert not _UNREADABLE.search(text), text


def test_the_lead_tells_the_score_and_whom_it_leaves_out():
    assert said.lead(page()) == (
        "NPS is −2 (−7 to +3); it leaves out that 640 of 1,000 customers stand in the middle ground (5 to 8), and that 93%"
        " found us OK or better."
    )
    assert "+58.2 (+57.2 to +59.1)" in said.lead(case.undated())


def test_of_few_no_figure_is_told():
    found = case.few()
    for text in (
        said.lead(found),
        said.score_message(found),
        said.change_message(found),
        folk.people_message(found),
        folk.others_message(found),
    ):
        assert "fewer than 30 answers nothing is said" in text
    assert said.arithmetic(found) == "" and "NPS is" not in " ".join(every_sentence(found))
    note = said.noise_note(found)
    assert "differ as much as they can" in note and note.endswith("here there are fewer than 30.")
    assert "differ as much as they can" in said.noise_note(page_of((9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1)))


def test_of_nobody_the_reason_is_told():
    for text in (said.lead(case.nothing()), folk.boxes_message(case.nothing())):
        assert text.endswith("is not available: nobody was asked on the scale of NPS.")
    assert said.noise_note(case.nothing()) == ""


@pytest.mark.parametrize(
    ("counts", "told"),
    [
        ((500, 300, 200), "measurably more promoters than detractors"),
        ((200, 300, 500), "measurably more detractors than promoters"),
        ((300, 400, 300), "whether there are more promoters or more detractors cannot be told"),
    ],
)
def test_which_are_more_is_said_beyond_chance_only(counts, told):
    assert told in said.score_message(turned(counts, counts))


def test_a_change_is_told_beyond_chance_only_and_noise_is_called_noise():
    assert said.change_message(turned((500, 300, 200), (400, 300, 300))).startswith(
        "NPS rose by more than chance explains: NPS is +30.0 after +10.0 in the 12 months before, +20.0 points (+"
    )
    assert said.change_message(turned((400, 300, 300), (500, 300, 200))).startswith(
        "NPS fell by more than chance explains"
    )
    noise = said.change_message(turned((51, 30, 19), (50, 30, 20)))
    assert noise.startswith("No measurable change: NPS is +32.0 after +30.0") and "Noise alone" in noise
    assert noise.endswith(
        "with as many answers a difference of 30.6 points is seen in 80% of cases, and smaller ones are often missed."
    )
    assert "rose" not in noise and "fell" not in noise
    assert "29 answers of the 12 months before are too few" in said.change_message(
        turned((50, 30, 20), (9, 10, 10))
    )


def test_how_many_answers_it_takes_is_said_at_the_companys_own_variance():
    """Variance .61: 3,831 in each wave, and 938."""
    text = said.noise_note(turned((500, 300, 200), (500, 300, 200)))
    assert (
        "about 3,800 answers in each of two waves" in text
        and "within 5 points with about 940; here there are 1,000" in text
    )
    calm = said.noise_note(turned((100, 800, 100), (100, 800, 100)))
    assert "about 1,300 answers" in calm
    assert [said.about(each) for each in (7, 99, 938, 3831, 12_345)] == [
        "7",
        "99",
        "about 940",
        "about 3,800",
        "about 12,000",
    ]


def test_weighting_says_whether_it_matters_and_for_whom_neighbours_speak():
    def weighted(rows):
        frame = pd.DataFrame(
            rows, columns=["value_band", "tenure", "population", "promoters", "passives", "detractors"]
        )
        return post_stratified(frame, bands=["top", "low"], tenures=["new", "old"])

    same = page(
        score=score_of(promoters=70, passives=60, detractors=70),
        weighted=weighted([("top", "old", 900, 70, 60, 70)]),
    )
    assert "makes no difference beyond the interval" in said.weighted_message(same)
    assert "nobody answered" not in said.weighted_message(same)
    other = page(
        score=score_of(promoters=210, passives=20, detractors=70),
        weighted=weighted(
            [("top", "new", 100, 200, 10, 10), ("low", "new", 700, 10, 10, 60), ("low", "old", 200, 0, 0, 0)]
        ),
    )
    text = said.weighted_message(other)
    assert (
        "moves the score beyond the interval; 20% of customers are in groups of which nobody answered" in text
    )
    assert "beside +47 of the answers" in text


def test_waves_are_noise_unless_they_leave_their_limits():
    noise, signal = (
        said.waves_message(page(waves=case.of_waves(each))) for each in (case.STEADY, case.FALLEN)
    )
    assert noise.startswith("The latest wave, of June 2026, is +4, within") and "by itself no signal" in noise
    assert "of 17 earlier waves judged no single one lay beyond its limits" in noise
    assert (
        "below what the 12 months before it let expect" in signal and "a signal, to be looked into" in signal
    )
    young = said.waves_message(page(waves=case.of_waves((0.1, 0.2))))
    assert "whether that is more than noise cannot be told" in young and "earlier" not in young
    assert "13 answers are fewer than 30" in said.waves_message(case.few())
    after = page(waves=case.of_waves((*case.FALLEN, 0.0)))
    assert "of 18 earlier waves judged one lay beyond its limits" in said.waves_message(after)
    assert said.waves_message(case.undated()).endswith(
        "is not available: when customers answered is not known."
    )


def test_the_year_may_drift_though_no_single_wave_shows_it():
    rise, fall = (score_of(promoters=p, passives=300, detractors=700 - p) for p in (400, 300))
    drifted = page(year=rise, year_before=fall, year_change=difference(rise, fall))
    text = said.year_message(drifted)
    assert text.startswith(
        "A measurable rise over the year: NPS is +10.0 in the latest twelve months after −10.0 in the twelve before, +20.0"
    )
    assert (
        text.endswith("which no single wave shows: several drifted together.")
        and said.drift_note(drifted) == text
    )
    seen = page(**{**vars(drifted), "waves": case.of_waves(case.FALLEN)})
    assert "drift" not in said.year_message(seen)
    unjudged = page(**{**vars(drifted), "waves": case.of_waves((0.1, 0.2))})
    assert "drift" not in said.year_message(unjudged)
    still = page(year=rise, year_before=rise, year_change=difference(rise, rise))
    assert (
        said.year_message(still).startswith("No measurable change over the year")
        and said.drift_note(still) == ""
    )
    assert "often missed" in said.year_message(still)
    assert said.year_message(case.few()).endswith("is not available: too few customers answered.")
    assert said.year_message(case.undated()).endswith(
        "is not available: when customers answered is not known."
    )


def test_a_scale_without_a_zero_is_said():
    assert "from 1 to 10: nobody could give a 0" in said.scale_note(case.undated())
    assert said.scale_note(page()) == ""


def test_people_are_counted_on_every_scale():
    assert folk.people_message(page()) == (
        "290 of 1,000 customers were really happy (9 to 10), 640 stood in the middle ground (5 to 8), and for 70 it was not even OK (0 to 4)."
    )
    assert folk.people_message(page(), "csat").startswith(
        "280 of 1,000 customers were really happy (5), 610 stood"
    )
    alone = page_of((0, 0, 0, 0, 0, 40, 0, 0, 0, 0, 0))
    assert folk.people_message(alone).startswith(
        "Nobody of 40 customers was really happy"
    ) and "for nobody it was" in folk.people_message(alone)
    few = page(
        boxes={
            NPS: page().boxes[NPS],
            "csat": boxes(case.distribution((1, 1, 1, 1, 1), 1), KNOWN["csat"]),
        }
    )
    assert "5 answers are fewer than 30" in folk.people_message(few, "csat")


def test_boxes_are_told_with_their_intervals():
    text = folk.boxes_message(page())
    assert (
        text.startswith("The mean of 1,000 answers is 7.24 (7.1")
        and "29.0% (26.3% to 31.9%) gave 9 or 10 (top-2-box)" in text
    )
    assert "1.8% (1.1% to 2.8%) gave a 0 (bottom-box)" in text


def test_another_company_of_the_same_score_is_told_in_people():
    text = folk.others_message(page_of((0, 0, 0, 0, 0, 0, 20, 0, 30, 0, 50)))
    assert "a company of 30 promoters, 70 passives and no detractors has our NPS" in text.replace(
        "A company", "a company"
    )
    assert "one of 65 promoters, no passives and 35 detractors" in text and "(+30)" in text


def moved(*cells, active=None):
    """Make what a page knows of moves; all are active, or at most so many of each."""
    rows = [
        (
            before,
            after,
            customers,
            customers if active is None else min(active, customers),
            Decimal(str(value)),
        )
        for before, after, customers, value in cells
    ]
    frame = pd.DataFrame(rows, columns=["before", "after", "customers", "active", "value"])
    return {"moves": frame, "movement": movement(frame, TEN)}


def test_movement_tells_what_nps_did_not_see_in_people_and_money():
    found = page(**moved((9, 9, 50, 900), (6, 7, 10, 100), (9, 10, 30, 3000)))
    text = folk.movement_message(found)
    assert text.startswith(
        "Of 90 customers who answered twice, 40 gave a higher score the second time and none a lower one; 75.0% ("
    )
    assert text.endswith("so that NPS did not see them: 30 customers, who bring €3,000 of margin.")
    assert folk.movement_parts(found).startswith("Their mean moved by +0.444 (")
    assert (
        "+0.111 by those who changed class, +0.333 by those who did not; their NPS moved by +11.1 points (+4.6 to +17.6)."
        in folk.movement_parts(found)
    )
    assert (
        folk.middle_message(found)
        == "Out of the middle ground none rose and none fell; none came up into it and none came down."
    )


def test_money_of_a_handful_is_not_told_and_a_few_pairs_are_not_told_of():
    handful = folk.movement_message(page(**moved((9, 9, 50, 900), (9, 10, 4, 3000))))
    assert handful.endswith("did not see them: 4 customers.") and "€" not in handful
    few = page(**moved((9, 9, 9, 90), (9, 10, 20, 300)))
    assert "29 customers answered twice, fewer than 30" in folk.movement_message(few)
    assert folk.movement_parts(few) == folk.middle_message(few) == ""
    still = page(**moved((9, 9, 50, 900)))
    assert folk.movement_message(still) == "Of 50 customers who answered twice nobody gave another score."


@pytest.mark.parametrize(
    ("cells", "active", "told"),
    [
        (((9, 9, 50, 900), (9, 10, 30, 3000)), None, True),
        # A class before and after of four; of a hundred, of whom four are active; and four who moved down unseen.
        (((9, 9, 50, 900), (9, 10, 30, 3000), (6, 9, 4, 77)), None, False),
        (((9, 9, 100, 900), (9, 10, 100, 3000)), 4, False),
        (((9, 9, 50, 900), (9, 10, 30, 3000), (10, 9, 4, 77)), None, False),
        (((9, 9, 50, 900), (9, 10, 30, 3000), (10, 9, 5, 77)), None, True),
        # Four who gave the same score: what is left of their class when those who moved are taken off.
        (((9, 9, 4, 900), (9, 10, 30, 3000)), None, False),
    ],
)  # fmt: skip
def test_money_of_moves_is_told_only_where_no_part_is_of_a_handful(cells, active, told):
    text = folk.movement_message(page(**moved(*cells, active=active)))
    assert ("€" in text) == told and "did not see them" in text


def test_a_mean_that_did_not_measurably_move_is_said_to():
    assert "not measurably" in folk.movement_parts(page(**moved((5, 6, 50, 1), (6, 5, 49, 1))))


def invited(did, did_not, *, value_did=100, value_did_not=60, earlier=(0, 0)):
    """Invitations answered and not, of customers whose values scatter around two means."""
    rows = []
    for answered, many, mean, before in (
        (True, did, value_did, earlier[0]),
        (False, did_not, value_did_not, earlier[1]),
    ):
        squares = many * (mean**2 + 20.0**2)
        rows.append(("top", "old", before, answered, many, Decimal(mean * many), squares))
    names = ["value_band", "tenure", "earlier", "answered", "customers", "value", "squares"]
    return response(pd.DataFrame(rows, columns=names), customers=1000, months=12)


def test_who_answers_is_told_beyond_chance_only():
    richer = folk.who_answers_message(page(response=invited(200, 300)))
    assert richer.startswith(
        "Those who answer bring measurably more than those who keep silent: €100 of margin each against €60.00"
    )
    poorer = folk.who_answers_message(page(response=invited(200, 300, value_did=50, value_did_not=60)))
    assert "measurably less" in poorer and "less of customers who bring much" in poorer
    alike = folk.who_answers_message(page(response=invited(200, 300, value_did=60)))
    assert alike.startswith(
        "Between those who answer and those who keep silent there is no measurable difference"
    )
    assert "too few answered" in folk.who_answers_message(page(response=invited(10, 300)))
    assert "they are too few" in folk.who_answers_message(page(response=invited(60, 300)))


def test_response_is_told_with_its_interval():
    text = folk.response_message(page(response=invited(200, 300)))
    assert (
        text
        == "Of 500 invitations 200 were answered, 40.0% (35.8% to 44.4%); there are 0.5 invitations per customer and year."
    )
    assert "20 invitations are fewer than 30" in folk.response_message(page(response=invited(5, 15)))


def of_fatigue(first, again):
    """Rates of those not invited before and of those invited three times, of 500 each."""
    rows = []
    for earlier, rate in ((0, first), (3, again)):
        did = int(500 * rate)
        rows += [
            ("top", "old", earlier, True, did, Decimal(did), 1.0 * did),
            ("top", "old", earlier, False, 500 - did, Decimal(500 - did), 500.0 - did),
        ]
    names = ["value_band", "tenure", "earlier", "answered", "customers", "value", "squares"]
    return page(response=response(pd.DataFrame(rows, columns=names)))


def test_being_asked_often_is_said_to_go_together_with_silence_and_not_to_cause_it():
    text = folk.fatigue_message(of_fatigue(0.4, 0.3))
    assert text.startswith(
        "Of customers who have been with us equally long, 30.0% answered of those invited 3 times or more in the 12 months before, and 40.0% of those not"
    )
    assert "measurably fewer" in text and "need not be because of it" in text
    assert "measurably more" in folk.fatigue_message(of_fatigue(0.3, 0.4))
    alike = folk.fatigue_message(of_fatigue(0.4, 0.39))
    assert "no measurable difference, which does not prove that asking often is harmless" in alike
    assert "may be another customer in other ways than tenure" in alike
    assert "cannot be told" in folk.fatigue_message(page(response=invited(200, 300)))


def test_limits_are_told_with_a_decimal_where_they_are_near():
    assert said.with_limits(0.534, 0.522, 0.547) == "+53.4 (+52.2 to +54.7)"
    assert said.with_limits(0.3, 0.1405, 0.442) == "+30 (+14 to +44)"


def test_where_nobody_stands_in_the_middle_nothing_is_left_out_of_the_score():
    ends = page_of((90, 0, 0, 0, 0, 0, 0, 0, 0, 0, 100))
    assert said.lead(ends) == (
        "NPS is +5 (−9 to +19); nobody of 190 customers stands in the middle ground (5 to 8), and 53% found us OK or better."
    )
    one = page_of((90, 0, 0, 0, 0, 0, 1, 0, 0, 0, 99))
    assert "it leaves out that 1 of 190 customers stands in the middle ground" in said.lead(one)


def test_where_all_are_promoters_no_other_company_has_the_score():
    """1 passive less and 1 promoter more would be another score: of 40 promoters and a passive nobody else is made."""
    text = folk.others_message(page_of((0, 0, 0, 0, 0, 0, 0, 0, 1, 30, 10)))
    assert text == (
        "No other company of as many answers has our NPS: it takes 40 promoters, 1 passive and no detractors. Inside these classes scores may"
        " differ all the same, and the mean goes from 8.95 to 9.95."
    )


def test_the_score_is_said_to_be_weighted_by_what_is_known_only():
    tenure = page(weighted_by=("tenure",))
    for text in (said.weighted_message(tenure), said.weighted_note(tenure)):
        assert "tenure" in text and "value band" not in text
    assert "who answered, by this, makes" in said.weighted_message(
        tenure
    ) or "made up" in said.weighted_message(tenure)
    nothing = page(weighted=None, weighted_by=(), why={"weighted": "no value"})
    assert said.weighted_message(nothing).startswith(
        "The score of the whole base is not available: what customers are"
    )


def test_waves_of_answers_all_alike_are_not_called_unknown():
    rows = [(f"w{place}", date(2025 + place // 12, 1 + place % 12, 1), 0, 40, 0) for place in range(14)]
    drawn = waves(
        pd.DataFrame(rows, columns=["wave", "month", "promoters", "passives", "detractors"]), min_group=30
    )
    assert said.waves_message(page(waves=drawn)).endswith(
        "cannot be told, as all answers of the 12 months before it are alike."
    )
    assert (
        wording.nps_titles.waves_title(drawn)
        == "No wave can be judged: all answers of the year before were alike"
    )
    young = wording.nps_titles.waves_title(drawn.iloc[:3])
    assert young == "No wave can be judged yet: too little is known of the year before"
    assert "counts of each customer the last answer only" in said.waves_note()


@pytest.mark.parametrize(
    ("key", "told"),
    [
        ("no history", "the data do not reach back so far"),
        ("no variance", "all answers are alike"),
        ("not over", "of no answer the months after it are over yet"),
        ("no value", "is not known so far: the months that tell it are not all on record"),
    ],
)
def test_every_message_knows_every_reason(key, told):
    found = page(
        **{
            **vars(case.nothing()),
            "score": full()["score"],
            "boxes": full()["boxes"],
            "weighted": None,
            "why": dict.fromkeys(
                ("change", "year_change", "movement", "weighted", "worth", "stake", "prediction", "said_done", "response", "served"), key
            ),
        }
    )  # fmt: skip
    worth, ground = wording.point_worth, wording.middle_ground
    for text in (
        said.change_message(found), said.year_message(found), said.weighted_message(found), folk.movement_message(found),
        folk.response_message(found), folk.who_answers_message(found), folk.fatigue_message(found), ground.ceiling_message(found),
        ground.prediction_message(found), worth.shape_message(None, ground.reason(found, "worth")),
        worth.stake_message(None, "EUR", ground.reason(found, "stake")),
        worth.said_done_message(None, "EUR", months=6, why=ground.reason(found, "said_done")),
        ground.bands_message(case.page(served=None, why=found.why)),
    ):  # fmt: skip
        assert text.endswith(f"{told}."), text


def test_one_of_few_is_singular_and_fewer_than_one_is_none():
    lone = page(
        boxes={NPS: page().boxes[NPS], "csat": boxes(case.distribution((0, 0, 1, 0, 0), 1), KNOWN["csat"])}
    )
    assert folk.people_message(lone, "csat").endswith("is not told: 1 answer is fewer than 30.")
    bare = page(score=None, min_group=1, why={"score": "too few"})
    assert said.lead(bare) == "The Net Promoter Score is not told: of not one answer nothing is said."


def test_a_company_that_asks_another_scale_only_is_told_of_it():
    found = case.nothing(boxes={"csat": boxes(case.csat(), KNOWN["csat"])}, scales={"csat": KNOWN["csat"]})
    assert said.lead(found).endswith("is not available: nobody was asked on the scale of NPS.")
    assert folk.other_scales(found) == [
        "On the scale “csat”: 280 of 1,000 customers were really happy (5), 610 stood in the middle ground (3 to 4), and for 110 it was not even"
        " OK (1 to 2)."
    ]
    assert folk.other_scales(page(min_group=1001)) == folk.other_scales(case.nothing()) == []
    assert nps_tables.any_scale(found) and nps_tables.boxes(found).frame.answers.tolist() == [1000]
    assert not nps_tables.any_scale(case.nothing()) and not nps_tables.any_scale(page(min_group=1001))
    for text in every_sentence(found):
        assert not _UNREADABLE.search(text), text


def test_who_moved_may_be_told_and_not_drawn():
    """Thirty-six customers, four of each kind of score: every row of the map would be of a handful."""
    thin = page(**moved(*((before, 10 - before, 4, 40) for before in (0, 2, 3, 4, 5, 7, 8, 9, 10))))
    assert wording.nps_titles.moved(thin) is not None and not nps_charts.mapped(thin)
    assert "too few customers" in folk.unmapped_note()
    assert nps_charts.mapped(page()) and not nps_charts.mapped(case.few())
    assert nps_tables.movement(thin).frame.detractor.tolist() == ["8", "8", "8"], (
        "counts of classes are shown all the same"
    )
    assert "every count is shown, small ones too" in folk.movement_note()
