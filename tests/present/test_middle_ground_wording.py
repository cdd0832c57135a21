"""Sentences beside the measures of NPS: titles, value bands, pains and praise, decisions; nobody is blamed, noise is noise."""

from dataclasses import replace
from datetime import date

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from custlib.measure.difference import Difference as Means
from custlib.measure.movement import movement
from custlib.present import wording
from custlib.surveying import KNOWN, NPS, Scale
from tests.present import nps_cases as case
from tests.present.nps_cases import BANDS, HOSTILE, NAN, band_scores, bands, compared, page

titles, told, hurts = wording.nps_titles, wording.middle_ground, wording.pains
EVERY = [case.page, case.undated, case.few, case.nothing]
# Words that would make somebody the culprit.
BLAME = ("fault", "blame", "fail", "guilty", "careless", "bad ", "poor ", "worst", "responsible for the")


def every_sentence(found):
    said = [
        titles.distribution_title(found), titles.alt_distribution(found), titles.waves_title(found.waves), titles.alt_waves(found.waves),
        titles.others_title(found), titles.alt_others(found), titles.movement_title(found), titles.alt_movement(found),
        titles.waves_title(found.waves, found.year_change), titles.worth_title(found.worth), titles.alt_worth(found.worth), titles.stake_title(found.stake, "EUR"), titles.alt_stake(found.stake, "EUR"),
        hurts.message(found, "stage"), hurts.message(found, "theme"), hurts.title(found), hurts.alt(found), *hurts.notes(found),
        told.bands_message(found), told.bands_note(found), *told.notes(found), told.list_note(found), told.ceiling_message(found),
        told.prediction_message(found), *(text for _, text in told.candidates(found)), *told.definitions(found).values(), told.checked(found, 3),
    ]  # fmt: skip
    return [text for text in said if text]


@pytest.mark.parametrize("make", EVERY)
def test_no_sentence_has_holes_or_blames_anybody(make):
    for text in every_sentence(make()):
        assert (
            "nan" not in text.lower().split()
            and "None" not in text
            and "  " not in text
            and "not available (" not in text
        )
        assert text[0] in "“-−" or not text[0].islower()
        assert not [word for word in BLAME if word in text.lower()], text


@pytest.mark.parametrize(
    ("shares", "expected"),
    [
        (case.GIVEN, "7% stand below the middle ground, 64% in it, 29% above it"),
        (
            (0, 0, 0, 0, 0, 25, 25, 25, 25, 0, 0),
            "0% stand below the middle ground, 100% in it, 0% above it",
        ),
        (
            (50, 0, 0, 0, 0, 0, 0, 0, 0, 0, 50),
            "50% stand below the middle ground, 0% in it, 50% above it",
        ),
    ],
)
def test_the_distribution_is_titled_by_who_stands_where(shares, expected):
    assert titles.distribution_title(page(shares)) == expected


def test_of_few_answers_nothing_is_said_and_nothing_drawn():
    for found in (case.few(), case.nothing()):
        assert titles.distribution_title(found) == "The scores given cannot be shown"
        assert titles.others_title(found) == "Other companies with our NPS cannot be shown"
    assert titles.distribution_title(page((30,) + (0,) * 10)).startswith("100% stand below")
    assert titles.distribution_title(page((29,) + (0,) * 10)) == "The scores given cannot be shown"


@pytest.mark.parametrize(
    ("waves", "expected"),
    [
        (case.STEADY, "No single wave of 18 judged lies beyond its limits"),
        (case.FALLEN, "NPS fell below its limits: −35 in the latest wave judged"),
        ((*case.STEADY[:-1], 0.5), "NPS rose above its limits: +49 in the latest wave judged"),
        ((*case.STEADY[:20], 0.5, *case.STEADY[21:]), "1 wave lies beyond its limits, of 18 judged; the latest does not"),
        (case.STEADY[:13], "The one wave judged does not lie beyond its limits"),
        (case.STEADY[:12], "No wave can be judged yet: too little is known of the year before"),
        ((), "NPS by wave cannot be shown"),
    ],
)  # fmt: skip
def test_noise_is_called_noise_and_a_signal_a_signal(waves, expected):
    assert titles.waves_title(case.of_waves(waves)) == expected


def test_a_drift_that_no_wave_shows_is_not_titled_as_nothing():
    change, steady = page().year_change, case.of_waves(case.STEADY)
    assert (
        titles.waves_title(steady, change)
        == "A rise of 9.6 points in a year; no single wave beyond its limits"
    )
    down = replace(change, value=-0.096, low=-0.165, high=-0.028)
    assert titles.waves_title(steady, down).startswith("A fall of 9.6 points")
    assert titles.waves_title(steady, replace(change, low=-0.01)).startswith("No single wave")
    assert titles.waves_title(case.of_waves(case.FALLEN), down).startswith("NPS fell below its limits")
    late = case.of_waves((*case.STEADY[:20], 0.5, *case.STEADY[21:]))
    assert titles.waves_title(late, down).startswith("1 wave lies"), (
        "a signal ten months ago is no slow drift"
    )
    long_ago = case.of_waves((*case.STEADY[:16], 0.5, *case.STEADY[17:]))
    assert titles.waves_title(long_ago, down).startswith("A fall")


def test_a_latest_wave_of_few_answers_is_not_the_one_judged():
    steady, handful = case.of_waves(case.STEADY), case.of_waves((0.9,), start=(2026, 7), answers=10)
    both = pd.concat([steady, handful], ignore_index=True)
    assert titles.waves_title(both) == "No single wave of 18 judged lies beyond its limits"
    assert "1 wave of too few answers is not drawn" in titles.alt_waves(both)
    assert "beyond their limits: June 2026 (−35)" in titles.alt_waves(case.of_waves(case.FALLEN))


def test_parts_are_cut_where_a_class_or_the_middle_begins():
    def cut(lowest, highest, middle):
        return [
            (first, last)
            for first, last, _ in titles.parts(Scale(lowest=lowest, highest=highest, middle=middle))
        ]

    assert cut(0, 10, [5, 8]) == [(0, 4), (5, 6), (7, 8), (9, 10)]
    assert cut(1, 10, [7, 8]) == [(1, 6), (7, 8), (9, 10)]
    assert cut(0, 10, [4, 9]) == [(0, 3), (4, 6), (7, 8), (9, 9), (10, 10)]
    assert titles.parts(KNOWN[NPS])[1][2] == "5 to 6: detractors, middle ground"


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 1), st.integers(1, 9), st.integers(0, 8))
def test_parts_hold_every_score_once(lowest, first, more):
    middle = [max(first, lowest + 1), min(max(first, lowest + 1) + more, 9)]
    pieces = titles.parts(Scale(lowest=lowest, highest=10, middle=middle))
    assert [score for start, end, _ in pieces for score in range(start, end + 1)] == list(range(lowest, 11))


def test_moves_inside_a_class_are_counted_in_the_title():
    pairs = [(5, 6, 30), (9, 10, 30), (6, 7, 20), (8, 8, 20)]
    moves = pd.DataFrame(
        [(*row, 0, None) for row in pairs], columns=["before", "after", "customers", "active", "value"]
    )
    found = page(moves=moves, movement=movement(moves, KNOWN[NPS]))
    assert titles.movement_title(found) == "Of those whose score moved, 75% stayed in their NPS class"
    assert (
        "Of 100 customers 80 customers rose, no customers fell and 20 customers stayed"
        in titles.alt_movement(found)
    )
    still = moves[3:].assign(customers=40)
    assert (
        titles.movement_title(page(movement=movement(still, KNOWN[NPS])))
        == "Nobody's score moved between two answers"
    )
    handful = moves[3:]
    assert (
        titles.movement_title(page(movement=movement(handful, KNOWN[NPS])))
        == "Who moved between two answers cannot be shown"
    )


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 60), min_size=11, max_size=11), st.integers(0, 1))
def test_scores_given_by_few_are_put_together_within_their_class(sizes, lowest):
    scale = Scale(lowest=lowest, highest=10, middle=[5, 8])
    moves = pd.DataFrame({"before": range(lowest, 11), "after": 9, "customers": sizes[lowest:]})
    groups = titles.grouped(moves, scale, 30)
    assert [score for first, last in groups for score in range(first, last + 1)] == list(scale.scores)
    assert {7, 9} <= {first for first, _ in groups}
    for low, high, _ in titles.class_spans(scale):
        mine = [(first, last) for first, last in groups if low <= first <= high]
        small = [group for group in mine if moves[moves.before.between(*group)].customers.sum() < 30]
        assert not small or len(mine) == 1, "a group of few is a whole class"


@pytest.mark.parametrize(
    ("verdict", "expected"),
    [
        ("middle", "Loss differs within the middle ground, and not measurably below"), ("extremes", "Loss differs between the NPS classes"),
        ("every point", "Each point up goes with less loss"), ("nothing", "Who gave a higher score left no less often"),
        ("reversed", "Who gave a higher score left more often"), ("other", "in none of the simple shapes"),
        ("cannot tell", "What a point is worth cannot be told from these answers"),
    ],
)  # fmt: skip
def test_the_title_of_loss_by_score_follows_the_verdict(verdict, expected):
    assert expected in titles.worth_title(case.worth(verdict))


def test_a_stake_that_is_noise_has_no_amount_in_its_title():
    noise = case.stake(lows=(-1e5, -2e5, -3e5))
    assert titles.stake_title(noise, "EUR") == "No programme's value at stake can be told from nothing yet"
    assert titles.stake_title(case.stake(), "EUR") == "Moving the middle up by a point: €1.24m at stake"
    assert titles.stake_title(None, "EUR") == "Value at stake cannot be shown"
    assert told.candidates(page(stake=noise))[0] == (0.0, "")
    assert told.candidates(page(worth=case.worth("nothing")))[0] == (0.0, "")


MANY = (300, 600, 1900, 3100, 4280)


@pytest.mark.parametrize(
    ("ends", "expected"),
    [
        ((0.30, 0.30), "there is no measurable difference"),
        ((0.45, 0.15), "is measurably lower than that of"),
        ((0.15, 0.45), "is measurably higher than that of"),
    ],
)
def test_customers_of_low_value_are_unhappier_only_where_it_is_measurable(ends, expected):
    scores = band_scores(ends, MANY)
    text = told.bands_message(page(bands=bands(scores), **compared(scores)))
    assert expected in text and text.startswith(
        "Customers of low value are served at lower cost, €18.00 to €40.00 each against €96.00 to €480;"
    )
    assert "“next 30%” and “bottom 50%”" in text and "“top 1%”, “next 4%” and “next 15%”" in text


def test_service_is_called_different_only_where_its_cost_is():
    def served(costs):
        return told.bands_message(
            page(bands=bands(costs=pd.Series(costs, index=BANDS[: len(costs)], dtype=float)))
        ).split(";")[0]

    assert (
        served([])
        == "What serving each band costs is not known, or would tell of few, so whether they are served differently cannot be said"
    )
    assert served([10.0] * 5) == "Serving a customer costs the same at both ends, €10.00"
    assert (
        served([1.0, 1.0, 1.0, 5.0, 9.0])
        == "Customers of low value are served at higher cost, €5.00 to €9.00 each against €1.00"
    )
    assert (
        served([9.0, 5.0, 2.0, 4.0, 3.0])
        == "Serving a customer costs €3.00 to €4.00 at the low end and €2.00 to €9.00 at the top"
    )


def test_bands_of_few_answers_are_not_compared():
    text = told.bands_message(case.few())
    assert (
        text.startswith("Whether customers of low value are served differently")
        and "fewer than 30 customers" in text
    )
    assert (
        told.bands_message(case.nothing())
        == "The score by value band is not available: nobody was asked on the scale of NPS."
    )
    assert "not shown" in told.bands_note(page()) and "not shown" not in told.bands_note(
        page(bands=bands(band_scores(answers=MANY)))
    )


def test_why_something_is_missing_is_said():
    found = page(why={"change": "no dates"})
    assert (
        told.missing(found, "change", "whether NPS changed")
        == "Whether NPS changed is not available: when customers answered is not known."
    )
    assert told.missing(found, "stake", "value at stake") == "Value at stake is not available."
    assert told.why(page(why={"score": "not asked"}), "stake") == "nobody was asked on the scale of NPS"
    lost = told.missing(page(why={"stake": "no log"}), "stake", "a stake")
    assert lost == "A stake is not available: what customers bought is not recorded."
    assert told.ceiling_message(case.undated()).endswith("when customers answered is not known.")
    assert told.prediction_message(case.undated()).endswith("when customers answered is not known.")


def test_notes_tell_whose_answers_count():
    assert told.notes(page(repeated=1, undeclared=("mood", "=1+1"), first=date(2025, 7, 3))) == [
        "One answer per customer, the last, of those given from 3 July 2025 to 28 June 2026.",
        "1 answer was given again by the same customer in a wave: the last counts, of two on one day the lower.",
        "“mood” and “=1+1” are left out: no scale is declared, so what is high or low is not known.",
    ]
    assert "carry no dates" in told.notes(case.undated())[-1]
    assert not told.notes(case.nothing())
    assert "\u202e" not in "".join(told.notes(page(undeclared=(HOSTILE,))))


@pytest.mark.parametrize(
    ("talk", "expected"),
    [
        (240, "240 active customers are detractors"),
        (1, "1 active customer is a detractor"),
        (0, "Nobody is to be put"),
        (None, "No list of"),
    ],
)
def test_the_list_is_named_and_nobody_on_it(talk, expected):
    assert told.list_note(page(talk=talk)).startswith(expected)


def test_pains_and_praise_stand_side_by_side_with_owner_and_status():
    assert hurts.message(page()) == (
        "Stage of the journey named most often by detractors: “help line”, by 130 of 310 (42%; 115 in the twelve months before) with €247k of"
        " customer lifetime value, looked after by head of service, 3 complaints about it still open, and “opening an account”, by 106 of 310 (34%;"
        " 91 in the twelve months before), an order that chance may have made. Stage of the journey named most often by promoters: “app”, by 164 of"
        " 290 (57%; 149 in the twelve months before) with €394k of customer lifetime value, and “branch”, by 133 of 290 (46%; 118 in the twelve"
        " months before), an order that chance may have made."
    )
    assert (
        hurts.title(page())
        == "Detractors name most often “help line” and “opening an account”, promoters “app” and “branch”"
    )
    assert "months before" not in hurts.message(case.undated(), "theme")


@pytest.mark.parametrize(
    ("heads", "named"),
    [((130, 106), 2), ((130, 100), 1), ((130, 101), 2), ((60, 40), 1), ((61, 42), 2), ((50,), 1), ((), 0), ((40, 40, 40), 2)],
)  # fmt: skip
def test_who_is_first_is_said_only_where_chance_hardly_made_the_order(heads, named):
    """130 - 100 > 1.96 sqrt(230) = 29.7, and 29 < 1.96 sqrt(231) = 29.8; 60 - 40 > 19.6, and 19 < 1.96 sqrt(103) = 19.9."""
    rows = pd.DataFrame({"group": list("abc")[: len(heads)], "customers": heads})
    assert len(hurts.first(rows)) == named


def test_what_is_named_by_far_the_most_is_named_alone():
    far = case.told_rows(("branch", "app"), {}, most=160)
    far.loc[(far.side == "pain") & (far.group == "app"), "customers"] = 60
    found = page(pains=case.pains(stages=far))
    assert (
        hurts.message(found)
        .split(". ")[0]
        .endswith("of customer lifetime value, 3 complaints about it still open")
    )
    assert hurts.title(found).startswith("Detractors name most often “branch”, promoters “app”")
    assert "by 160 customers" in hurts.message(page(pains=case.pains(stages=far, detractors=0)))


def test_answers_that_tell_of_no_stage_are_not_called_few():
    assert hurts.message(case.undated(), "stage") == (
        "What detractors and promoters speak of is not available by stage of the journey: their answers tell of none that is known."
    )


def test_one_place_may_please_and_hurt_and_a_side_may_be_silent():
    same = case.pains(stages=case.told_rows(("branch",), {}))
    text = hurts.message(page(pains=same))
    assert "by detractors: “branch”, by 130 of 310" in text and "by promoters: “branch”, by 40 of 290" in text
    praise = case.told_rows(("branch",), {}, most=3)
    assert hurts.message(page(pains=case.pains(stages=praise))).startswith(
        "No stage of the journey was named by 30 detractors or more. Stage"
    )
    assert hurts.title(page(pains=case.pains(stages=praise))) == "Promoters name most often “branch”"
    assert (
        hurts.message(case.few())
        == "No stage of the journey was named by 30 customers or more on either side in 12 months, so none is shown."
    )


def test_what_customers_wrote_is_one_line_of_a_few_letters():
    rows = case.told_rows((HOSTILE, "b"), {HOSTILE: HOSTILE})
    found = page(pains=case.pains(stages=rows, themes=rows))
    for text in (hurts.message(found), hurts.title(found), hurts.alt(found), hurts.candidate(found)[1]):
        assert "\u202e" not in text and "very long very long very long" not in text
    assert len(hurts.title(found).split()) <= 15
    assert hurts.said(" a\u202eb\n\tc ") == "ab c" and hurts.said(None) == hurts.said(NAN) == ""


def test_reasons_that_no_theme_knows_are_counted():
    assert (
        hurts.notes(page())[0]
        == "Of 1,240 reasons given in words 905 name a theme, 335 none that is known; words are compared, not understood."
    )
    assert "every one names a theme" in hurts.notes(page(pains=case.pains(sorted=1240)))[0]
    assert (
        hurts.notes(case.nothing()) == [] and len(hurts.notes(page(pains=case.pains(given=0, sorted=0)))) == 2
    )


def test_without_declared_themes_like_words_stand_for_them():
    text = hurts.notes(page(pains=case.pains(declared=False)))[0]
    assert text == (
        "No themes are declared: of 1,240 reasons given in words those that 30 customers or more gave in the same words stand for themes, and all"
        " others are left out."
    )


def test_where_no_words_are_alike_no_theme_is_said_to_be_unknown():
    none = case.pains(declared=False, themes=case.empty(case.told_rows()))
    assert hurts.message(page(pains=none), "theme").endswith(
        "no themes are declared, and no reason was given in the same words by 30 customers or more."
    )


def test_a_name_that_is_cut_in_a_title_ends_in_an_ellipsis():
    rows = case.told_rows(("the way to the app", "branch"), {}, most=200)
    rows.loc[(rows.side == "pain") & (rows.group == "branch"), "customers"] = 60
    rows.loc[(rows.side == "praise") & (rows.group == "branch"), "customers"] = 400
    assert hurts.title(page(pains=case.pains(stages=rows))) == (
        "Detractors name most often “the way to the…”, promoters “branch”"
    )


def test_the_weighted_score_is_defined_by_what_it_is_weighted_by():
    assert "Each tenure counts" in told.definitions(page(weighted_by=("tenure",)))["Weighted score"]
    assert "Each value band and tenure counts" in told.definitions(page())["Weighted score"]


def test_decisions_are_weighed_in_money():
    programme, cost, pain, silent = told.candidates(page())
    assert programme[0] == 1_240_000.0 and programme[1].startswith(
        "Moving the middle up by a point goes with €1.24m (€620k to €1.9m)"
    )
    assert cost == (400_000.0, cost[1]) and cost[1].startswith("Creating delight is put down at €400k")
    assert pain[0] == 247_000.0 and "ask head of service, who looks after it" in pain[1]
    assert silent == (0.0, ""), "those who answer are worth more here"
    assert wording.decisions(told.candidates(page()))[0] == programme[1]
    assert wording.decisions(told.candidates(case.nothing())) == []
    assert told.candidates(page(simulated=case.simulated(costs={})))[1] == (0.0, "")


def test_those_who_keep_silent_count_only_where_they_are_measurably_worth_more():
    found = page()
    values = Means(100.0, 140.0, -55.0, -25.0, 2622, 4578)
    weight, text = told.candidates(page(response=replace(found.response, values=values)))[3]
    assert weight == 40.0 * 4578 and "€40.00 more each than those who did (€140 against €100)" in text
    # Noise, those who answer worth more, and too few who kept silent.
    for other in (
        replace(values, high=5.0),
        replace(values, now=140.0, then=100.0, low=25.0, high=55.0),
        replace(values, cannot="few customers"),
    ):
        assert told.candidates(page(response=replace(found.response, values=other)))[3] == (0.0, "")
    few = replace(found.response, values=values, invited=found.response.answered + 29)
    assert told.candidates(page(response=few))[3] == (0.0, "")


def test_definitions_are_those_of_what_is_known():
    full, bare = told.definitions(page()), told.definitions(case.undated())
    assert {
        "Net promoter score",
        "Middle ground",
        "Control limits",
        "Value at stake",
        "AUC",
        "Response rate",
    } <= set(full)
    assert not {"Control limits", "Value at stake", "AUC", "Response rate", "Hidden movement"} & set(bare)
    assert "at 0 to 4" in full["Fixing the basics"] and "at 9." in full["Creating delight"]
    assert all(text.endswith(".") for text in [*full.values(), *bare.values()])
    wide = page(scale=Scale(lowest=0, highest=10, middle=[5, 9]))
    assert "no score of this scale" in told.definitions(wide)["Creating delight"]


def test_only_what_was_compared_is_said_to_agree():
    assert told.checked(page(), 12) == (
        "Answers by class, by part of the scale, moves, invitations, value at stake by programme and words and deeds were added up and compared"
        " with the whole in 12 ways: all agree."
    )
    assert told.checked(case.undated(), 6).startswith(
        "Answers by class and by part of the scale were added up"
    )
    assert told.checked(page(), 0) == "There is nothing to compare, as nobody's answer is known."


def test_bands_are_said_to_be_todays_and_of_whom():
    assert (
        "of customers who are still active, by the band they are in today; those who have left since"
        in told.bands_note(page())
    )
    assert "still active" not in told.bands_note(page(has_log=False))


def test_too_few_lost_are_not_called_too_few_answers():
    assert (
        told.reason(case.few(), "stake") == "few lost"
        and told.reason(page(why={"stake": "too few"}), "stake") == "too few"
    )
    stake = wording.point_worth.stake_message(None, "EUR", told.reason(case.few(), "stake"))
    assert (
        stake
        == "Value at stake is not available: of those who were followed too few were lost, or too few kept, to say."
    )


def test_a_difference_that_would_mostly_be_seen_measures_2_8_standard_errors():
    assert told.seen_from(0.02) == (
        "with as many answers a difference of 5.6 points is seen in 80% of cases, and smaller ones are often missed"
    )
