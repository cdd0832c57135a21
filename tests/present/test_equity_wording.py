"""Sentences of customer equity: sign, zero, noise, singular, what is not known, and what is not to be relied on."""

from dataclasses import replace

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from custlib.measure.clv.backtest import AVERAGE, REPEAT
from custlib.measure.clv.choice import Candidate, Choice
from custlib.measure.clv.groups import Test as Comparison
from custlib.measure.clv.spend import Correlation
from custlib.measure.equity import Estimate
from custlib.present import wording
from custlib.present.wording.holders import apart
from tests.present import equity_cases as case
from tests.present.equity_cases import NAN, TERMS, compared, fitted, group, naive, page, spent, untested

EVENTS = "active months"
said, tests, models = wording.equity, wording.backtest, wording.models
held, learned, ceilings = wording.holders, wording.learned, wording.ceilings
lives, worths, assumed = wording.behaviour, wording.won_and_lost, wording.assumptions


def lead(**changed):
    return said.lead(page(**changed), "June 2026")


def test_the_lead_says_what_the_base_is_worth_and_how_sure():
    assert lead() == (
        "The 1,200 customers known at the end of June 2026 are worth €1.00m of margin still to come (95% interval €930k to €1.1m)."
    )
    revenue = replace(TERMS, word="revenue", currency="GBP")
    assert "worth £1.00m of revenue still to come (95% interval" in lead(terms=revenue)
    unsure = lead(total=Estimate(1_000_000.0))
    assert unsure.endswith("still to come; how sure that is cannot be said.")


def test_a_base_that_costs_more_than_it_brings_is_not_said_to_be_worth_something():
    assert "are expected to cost €5,000 more than they bring" in lead(
        total=Estimate(-5000.0, -9000.0, -100.0)
    )
    told = lead(total=Estimate(5000.0, -9000.0, 19_000.0))
    assert told.startswith(
        "Whether the 1,200 customers known at the end of June 2026 will bring more than they cost cannot be told"
    )


def test_a_model_that_loses_is_said_to_lose_before_anything_and_without_its_value():
    losing = compared("loses", error=-0.34, naive=naive((REPEAT, 4750.0, -0.05), (AVERAGE, 6000.0, 0.2)))
    assert lead(backtest=losing) == (
        "Customer lifetime values are not to be relied on: over the 12 months foretold the model was off by 34.0%,"
        " a naive forecast (the months before, repeated) by 5.0%."
    )


@pytest.mark.parametrize("verdict", ["beats", "cannot tell", "none"])
def test_no_other_verdict_takes_the_lead(verdict):
    assert "are worth €1.00m" in lead(backtest=compared(verdict) if verdict != "none" else untested())


@pytest.mark.parametrize(
    ("problem", "detail", "expected"),
    [
        (
            "few customers",
            "",
            "the model could learn from 40 customers only, and fewer than 100 tell too little",
        ),
        (
            "short",
            "",
            "have been seen for less than 3 months, which is too short to tell a pause from a departure",
        ),
        ("not converged", "", "no one set of parameters describes the data better than others like it"),
        ("at bound", "gamma", "nobody, or hardly anybody, of all customers has been seen to leave"),
        ("at bound", "alpha, beta", "are active all alike, or hardly anybody was active again"),
        ("no margin", "", "what an active month of all customers brings cannot be told from the data"),
    ],
)
def test_each_problem_says_what_is_missing_and_what_would_help_and_gives_no_figure(problem, detail, expected):
    bad = group(problem=problem, detail=detail, fitted_customers=40)
    told = lead(available=False, groups=(bad,), total=Estimate(None))
    assert told.startswith("What our customers are worth cannot be said: ") and expected in told
    assert "help" in told and "€" not in told
    for word in ("because of", "fault", "fail", "blame", "wrong"):
        assert word not in told
    worthless = page(available=False, groups=(bad,), total=Estimate(None), mean=Estimate(None))
    assert said.worth_message(worthless) == "What customers are worth is not available."
    assert said.worth_arithmetic(worthless) == ""
    assert learned.message(bad, (bad,), TERMS).startswith("All customers: ")
    assert ceilings.candidates(worthless) == []


def test_a_problem_of_one_kind_names_it_and_is_told_once():
    groups = (
        group("use", "web", problem="at bound", detail="gamma, delta"),
        group("use", "all others"),
        group("contract", model="sbg", problem="short"),
    )
    told = models.why_not(groups)
    assert told.count("customers without a contract of “web” has been seen to leave") == 1
    assert (
        "the parameters delta and gamma ran to the end" in told
        and "contracts have been seen for less" in told
    )
    assert models.why_not(()).startswith("there is no customer")
    same = (group(problem="short"), group(problem="short"))
    assert models.why_not(same).count("seen for less than") == 1


@pytest.mark.parametrize(
    ("groups", "many", "one"),
    [
        ([group()], "active months", "active month"),
        ([group("contract", model="sbg")], "months of contract", "month of contract"),
        ([group(model="bgnbd")], "purchase days", "purchase day"),
        ([group(model="pareto_nbd")], "purchase days", "purchase day"),
        ([group(), group(name="web"), group("contract", model="sbg")], "active months and months of contract", "active month or month of contract"),
        ([], "active months", "active month"),
    ],
)  # fmt: skip
def test_what_is_counted_has_the_name_of_the_model(groups, many, one):
    assert (models.events(groups), models.events(groups, one=True)) == (many, one)
    assert models.spent_on(groups) == (
        "" if {each.kind for each in groups} <= {"contract"} else one.split(" or ")[0]
    )


def test_units_are_named_with_money_horizon_discounting_and_the_models_with_their_reasons():
    both = (group(), group("contract", model="sbg"))
    told = models.terms_note(both, replace(TERMS, horizon=36, word="revenue"))
    assert told.startswith(
        "Unit: EUR of revenue still to come in the 36 months after June 2026, discounted at 10.0% a year (0.797% a month);"
    )
    assert "BG/BB for customers without a contract, since" in told
    assert (
        "the shifted beta-geometric for contracts, since a contract is open until it is seen to end" in told
    )
    assert "in all months after June 2026" in models.terms_note((group(),), TERMS)


def test_mean_stands_beside_median_and_what_lies_far_ahead():
    assert said.worth_message(page()) == (
        "A customer is worth €833 (€770 to €900) on average and half of them no more than €200; 21% of all value lies more"
        " than 60 months ahead."
    )
    assert "ahead" not in said.worth_message(page(beyond=None))  # a horizon cuts it
    assert "half" not in said.worth_message(page(median=NAN))
    assert said.worth_arithmetic(page()) == "€1,000,000.00 / 1,200 customers = €833.30"


@pytest.mark.parametrize(
    ("active", "expected"),
    [
        (
            850,
            "the rule calls 850 active, fewer: some who are silent for longer than the window are expected back",
        ),
        (
            950,
            "the rule calls 950 active, more: some who bought within the window have probably left already",
        ),
        (880, "the rule calls 880 active, which is no measurable difference"),
        (None, "how many are active by the rule is not available"),
    ],
)
def test_customers_by_the_model_stand_beside_the_rule(active, expected):
    told = said.active_message(Estimate(870.0, 855.0, 890.0), active, 1200)
    assert (
        told.startswith("By the model 870 (855 to 890) of 1,200 customers are still customers; ")
        and expected in told
    )
    assert "not available" in said.active_message(Estimate(None), 5, 9)
    assert said.active_message(Estimate(230.0, 230.0, 230.0), 230, 324) == (
        "By the model 230 of 324 customers are still customers, exactly those whom the rule calls active: a contract leaves nothing to guess."
    )


def test_who_is_not_covered_is_said_only_where_there_is_anybody():
    assert said.coverage_notes(page()) == []
    older, without = said.coverage_notes(page(older_share=0.23, unvalued=1))
    assert older.startswith("23% of customer equity lies with customers who are older than the data")
    assert without.startswith("1 customer without any qualifying activity")


def test_segments_hidden_ones_never_told():
    told = held.segments_message(case.SEGMENTS, "acquisition_channel", "EUR")
    assert told == (
        "By acquisition channel “branch” holds most, €600k (€550k to €650k), 60% of customer equity; a customer of “branch” is worth"
        " most, €1,500 (€1,300 to €1,700), one of “web” least, €500 (€460 to €540)."
    )
    assert (
        held.segments_title(case.SEGMENTS, "acquisition_channel") == "“branch” holds 60% of customer equity"
    )
    assert "letter" not in told + held.alt_segments(case.SEGMENTS, "EUR")


def test_segments_noise_one_none_and_losses():
    alike = case.SEGMENTS.assign(mean_low=400.0, mean_high=1600.0)
    assert held.segments_message(alike, "region", "EUR").endswith(
        "between the means per customer there is no measurable difference."
    )
    one = held.segments_message(case.SEGMENTS.iloc[:1], "region", "EUR")
    assert one == "By region only “branch” can be shown, with €600k (€550k to €650k), 60% of customer equity."
    nothing = case.SEGMENTS.iloc[2:]
    assert "not available, or each is too small" in held.segments_message(nothing, "region", "EUR")
    assert held.segments_title(nothing, "region") == "Who holds customer equity cannot be shown"
    assert held.segments_message(case.SEGMENTS.iloc[:0], "", "EUR").startswith("No segments are set")
    losing = case.SEGMENTS.assign(equity=[600_000.0, -100_000.0, NAN])
    assert "%" not in held.segments_message(losing, "region", "EUR").split(";")[0].replace("95%", "")
    assert "%" not in held.segments_title(losing, "region")


def test_the_spread_adds_the_first_fifth_up():
    told = held.spread_message(case.HOLDERS, 0.78, "EUR")
    assert told == (
        "The most valuable fifth of customers hold 72% of customer equity, the most valuable hundredth (12 customers) 12%, and the"
        " less valuable half 6%; 78% of customers are worth less than the mean."
    )
    assert held.spread_title(case.HOLDERS).endswith("hold 72% of customer equity")
    below = case.HOLDERS.assign(share=[0.3, 0.4, 0.3, 0.1, -0.1])
    assert "less valuable half less than nothing" in held.spread_message(below, None, "EUR")
    nil = case.HOLDERS.assign(share=NAN)
    assert "not meaningful" in held.spread_message(nil, 0.5, "EUR")
    assert held.spread_title(nil) == held.spread_title(nil.iloc[:0]) == "How equity is spread cannot be said"


@given(*[st.floats(-1e6, 1e6) for _ in range(4)])
def test_intervals_are_apart_only_where_nothing_is_in_both(a, b, c, d):
    (low, high), (other_low, other_high) = sorted((a, b)), sorted((c, d))
    shared = max(low, other_low) <= min(high, other_high)
    assert apart(low, high, other_low, other_high) == apart(other_low, other_high, low, high) == (not shared)
    assert not apart(low, high, NAN, other_high) and not apart(None, high, other_low, other_high)


def test_new_customers_against_the_cost_of_winning_them():
    told = worths.joiners_message(case.JOINERS, "EUR", "margin")
    assert told == (
        "A customer won in the latest 12 months was worth €310 (€290 to €330) of margin still to come at the end of the month of"
        " acquisition, after €12.00 in that month; winning one cost €45.00, so that what was spent comes back 7.2 times, that month included; most if won by"
        " “branch”, €520 (€480 to €560), least by “web”, €205 (€190 to €220)."
    )
    assert (
        worths.joiners_title(case.JOINERS, "EUR") == "Won by “branch” a customer is worth €520, by “web” €205"
    )
    assert "cost €27.50" in worths.alt_joiners(case.JOINERS, "EUR")


@pytest.mark.parametrize(
    ("value", "cost", "expected"),
    [
        (310.0, NAN, "what winning one cost is not recorded for enough of them"),
        (310.0, 0.0, "winning one cost nothing"),
        (310.0, 400.0, "winning one cost more, €400"),
        (-10.0, 40.0, "winning one cost €40.00, which it is not expected to bring back"),
        (0.0, 40.0, "which it is not expected to bring back"),
    ],
)
def test_costs_that_are_missing_nil_or_too_high(value, cost, expected):
    whole = case.JOINERS.iloc[:1].assign(value=value, cost=cost)
    told = worths.joiners_message(whole, "EUR", "margin")
    assert expected in told and "times" not in told


def test_what_the_first_month_brought_pays_for_winning_too():
    """A shop earns most at once: 38 still to come after 60 at the first purchase, for 80 spent on it."""
    shop = case.JOINERS.assign(value=38.0, low=30.0, high=45.0, first_month=60.0, cost=80.0)
    assert "comes back 1.2 times, that month included" in worths.joiners_message(shop, "EUR", "margin")
    assert "cost more than" not in worths.joiners_title(shop, "EUR")
    assert all("more was spent" not in text for _, text in ceilings.candidates(case.page(joiners=shop)))
    dear = shop.assign(cost=120.0)
    assert "cost more than" in worths.joiners_title(dear, "EUR")
    told = [text for _, text in ceilings.candidates(case.page(joiners=dear)) if "more was spent" in text]
    assert "one is worth €38.00 after €60.00 in the first month" in told[0]


def test_new_customers_titles_follow_what_the_data_say():
    one = case.JOINERS.iloc[:1]
    assert worths.joiners_title(one, "EUR") == "A new customer is worth €310, winning one cost €45.00"
    assert worths.joiners_title(one.assign(cost=NAN), "EUR") == "A new customer is worth €310"
    dear = case.JOINERS.assign(cost=[45.0, 80.0, 300.0])
    assert worths.joiners_title(dear, "EUR") == "Won by “web”, customers cost more than they are worth"
    chance = dear.assign(high=[330.0, 560.0, 310.0])
    assert worths.joiners_title(chance, "EUR").startswith("Won by “branch” a customer is worth €520")
    both = case.JOINERS.assign(cost=900.0)
    assert worths.joiners_title(both, "EUR") == "In 2 of 2 channels, customers cost more than they are worth"
    alike = case.JOINERS.assign(low=100.0, high=900.0)
    assert "no measurable difference" in worths.joiners_title(alike, "EUR")
    assert "between the ways of winning them there is no measurable difference" in worths.joiners_message(
        alike, "EUR", "margin"
    )
    assert worths.joiners_message(one.assign(customers=0), "EUR", "margin").startswith(
        "Nobody, or too few, were won"
    )
    unvalued = worths.joiners_message(case.JOINERS.iloc[:0], "EUR", "margin", available=False)
    assert unvalued == "What a new customer is worth is not available."
    assert worths.joiners_message(case.JOINERS.iloc[:0], "EUR", "margin").startswith("Nobody, or too few,")
    assert (
        worths.joiners_message(one.assign(value=NAN), "EUR", "margin")
        == "What a new customer is worth is not available."
    )
    assert (
        worths.joiners_title(one.assign(value=NAN), "EUR") == "What a new customer is worth cannot be shown"
    )


def test_past_and_future_of_cohorts_are_never_added():
    told = worths.cohorts_message(case.COHORTS, "EUR", "margin")
    assert "those won in 2024 have brought €250 each so far, with €420 each still to come" in told.replace(
        "Those", "those"
    )
    assert told.endswith(
        "The two are not added up: the one is margin counted, the other a forecast, discounted to today."
    )
    assert "670" not in told
    unknown = worths.cohorts_message(case.COHORTS.iloc[:1].assign(to_date=NAN), "EUR", "revenue")
    assert "an unknown amount so far" in unknown and "the one is revenue counted" in unknown
    assert "not available" in worths.cohorts_message(case.COHORTS.assign(clv=NAN), "EUR", "margin")


def test_a_lost_customer_is_valued_before_the_silence_and_replaced_by_new_ones():
    told = worths.lost_message(case.LOST, "EUR", "margin")
    assert told == (
        "A customer lost this month was worth €420 (€380 to €460) of margin still to come at the end of the last active month, before"
        " silence or a closure took it away; a new one is worth €300 at the end of the first month: it takes 1.4 (1.2 to 1.6) new customers to replace"
        " one lost, and 1.3 by the leavers of the latest twelve months."
    )
    assert worths.lost_arithmetic(case.LOST, "EUR").startswith(
        "€420.00 / €300.00 = 1.400 (20 customers lost in 1 month, 25 won)"
    )


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"rate": NAN, "new_value": -4.0}, "how many replace one is then not meaningful"),
        ({"rate": NAN, "new_value": NAN}, "what a new one is worth is not available"),
        (
            {"value": NAN},
            "what the 20 customers lost this month were worth by customer lifetime value is not available",
        ),
        ({"customers": 0}, "Nobody was lost, so there is nobody to replace."),
    ],
)
def test_an_exchange_rate_is_said_only_where_it_means_something(changed, expected):
    table = case.LOST.assign(**changed)
    assert expected.lower() in worths.lost_message(table, "EUR", "margin").lower()
    assert "it takes" not in worths.lost_message(table, "EUR", "margin")
    assert worths.lost_message(case.LOST.iloc[:0], "EUR", "margin").endswith("is not available.") or changed


def test_another_page_says_first_what_is_not_to_be_relied_on():
    assert worths.lost_headline(page()) == worths.lost_message(case.LOST, "EUR", "margin")
    losing = worths.lost_headline(page(backtest=compared("loses")))
    assert (
        losing.startswith("Customer lifetime values are not to be relied on: ")
        and " By them, a customer lost" in losing
    )
    none = worths.lost_headline(page(available=False, groups=(group(problem="short"),)))
    assert none.startswith(
        "What leavers were worth by customer lifetime value cannot be said: all customers have been seen"
    )


def test_a_rate_whose_interval_reaches_zero_has_an_upper_end_only():
    told = worths.lost_message(case.LOST.assign(rate_low=-0.1), "EUR", "margin")
    assert "it takes 1.4 (at most 1.6) new customers" in told


def test_without_leavers_this_month_the_years_are_told():
    table = case.LOST.assign(customers=[0, 260])
    assert worths.lost_message(table, "EUR", "margin").startswith(
        "A customer lost over the year was worth €390"
    )
    assert worths.lost_message(case.LOST.iloc[:0], "EUR", "margin") == (
        "What the lost were worth by customer lifetime value is not available."
    )


def test_the_map_tells_what_silence_takes_among_customers_of_one_tenure():
    told = lives.map_message(case.MAP, "EUR")
    assert told == (
        "Worth most are customers of 24 to 35 months active in the month: €990 each, silent for 12 or more months €90.00."
    )
    assert lives.map_title(case.MAP, "EUR") == "With silence a customer's value goes from €990 to €90.00"
    turned = case.MAP.assign(mean=[10.0, 20.0, 500.0, 300.0, 900.0])
    assert lives.map_title(turned, "EUR").startswith("Silence takes no value away: €500 at first")
    assert lives.map_title(case.MAP.iloc[[0, 2]], "EUR") == "Value by tenure and recency"
    assert lives.map_message(case.MAP.iloc[[2]], "EUR").endswith("active in the month: €990 each.")
    # A longer silence tells more than a fuller cell.
    fuller = case.MAP.assign(customers=[9000, 9000, 30, 30, 30], recency=["0", "1", "0", "1", "12 or more"])
    assert lives.map_title(fuller, "EUR") == "With silence a customer's value goes from €990 to €90.00"
    assert lives.map_note(case.MAP, 30) == ""
    assert lives.map_note(case.MAP.assign(mean=[1.0, NAN, 2.0, 3.0, 4.0]), 30).startswith(
        "Cells of fewer than 30 customers"
    )
    hidden = case.MAP.assign(mean=NAN)
    assert "not available" in lives.map_message(hidden, "EUR") and "cannot be shown" in lives.map_title(
        hidden, "EUR"
    )
    assert lives.alt_map(hidden, "EUR").startswith("No map")


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (
            Correlation(0.01, -0.05, 0.07, 600),
            "No measurable difference: who is active more often does not bring more or less",
        ),
        (
            Correlation(0.3, 0.2, 0.4, 600),
            "values those seen rarely too high, and the busiest a little too low",
        ),
        (
            Correlation(-0.3, -0.4, -0.2, 600),
            "values those seen rarely too low, and the busiest a little too high",
        ),
        (None, "cannot be said: too few customers"),
    ],
)
def test_whether_spend_goes_with_frequency_and_what_that_does(found, expected):
    assert expected in lives.independence_message(found, "purchase day")
    assert "Under a contract" in lives.independence_message(found, "")


def test_a_back_test_names_both_naive_forecasts_and_its_verdict():
    told = tests.message(compared(), EVENTS)
    assert told == (
        "Fitted to what was known at the end of June 2025, the model expected 5,100 active months of 800 customers in the 12 months"
        " after; 5,000 came, so it foretold 2.0% too many (in money 2.0% too little); it comes nearer than every naive forecast (the months before, repeated: 10.0%"
        " too many; the same average for everybody: 20.0% too few)."
    )
    assert "a naive forecast comes nearer" in tests.message(compared("loses"), EVENTS)
    assert "may be chance" in tests.message(compared("cannot tell"), EVENTS)
    alone = compared("cannot tell", naive=naive().iloc[:0])
    assert tests.message(alone, EVENTS).endswith("there is no naive forecast to compare it with.")
    assert "foretold practically right (in money" in tests.message(compared(error=0.0001), EVENTS)
    assert "in money" not in tests.message(compared(margin_error=NAN), EVENTS)


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("short", "a model needs at least 3 months before; every further month of data helps"),
        ("not fitted", "no model could be fitted that is to be trusted; a longer history helps"),
        ("nothing came", "did anything in the months to be foretold"),
    ],
)
def test_without_a_back_test_the_reason_is_given_and_nothing_else(reason, expected):
    none = untested(reason)
    told = tests.message(none, EVENTS)
    assert told.startswith("There is no back-test: ") and expected in told and "nan" not in told
    assert tests.arithmetic(none) == tests.money_note(none, "EUR", "margin") == ""
    for text in (tests.tracking_title(none), tests.deciles_title(none), tests.alive_title(none)):
        assert "cannot be compared" in text
    for text in (tests.alt_tracking(none, EVENTS), tests.alt_deciles(none), tests.alt_alive(none)):
        assert text.startswith("No ")
    assert "not available" in tests.alive_message(none)


def test_errors_in_words_follow_their_sign():
    assert [tests.off(error) for error in (0.031, -0.02, 0.0004, -0.0004)] == [
        "3.1% too many", "2.0% too few", "practically right", "practically right",
    ]  # fmt: skip
    assert tests.tracking_title(compared(error=-0.1)) == "Over 12 months the model foretold 10.0% too few"
    assert tests.tracking_title(compared(error=0.0)) == "Over 12 months as many came as the model foretold"
    assert tests.arithmetic(compared()).startswith("5,100 expected / 5,000 came − 1 = 2.0%")


def test_money_of_the_back_test_and_a_holdout_that_was_cut():
    told = tests.money_note(compared(months=8), "EUR", "margin")
    assert told == (
        "In money: €98.0k of margin foretold, €100k came (2.0% too little). The data allow 8 months to be foretold, not the 12 asked for."
    )
    assert "%" not in tests.money_note(compared(margin_error=NAN), "EUR", "margin")


def test_money_is_set_beside_the_money_of_the_months_before():
    worse = compared(margin_error=0.27, margin_actual=100_000.0, margin_repeat=125_000.0)
    told = tests.money_note(worse, "EUR", "margin")
    assert "the months before, repeated, would have been 25.0% too much, nearer than the model" in told
    better = tests.money_note(replace(worse, margin_repeat=60_000.0), "EUR", "margin")
    assert "would have been 40.0% too little" in better and "nearer" not in better


def test_chances_are_weighed_by_customers():
    test = compared()
    assert tests.miss(test.alive) == pytest.approx((0.02 * 100 + 0.04 * 200 + 0.01 * 100) / 400)
    assert tests.alive_title(test) == "Chances to be active again missed by 2.7 points on average"
    assert tests.alive_message(test) == (
        "Active again within 12 months were 96.0% of the 100 customers with the highest chance (95.0%) and 7.0% of the 100 with the"
        " lowest (5.0%)."
    )
    one = replace(test, alive=test.alive.iloc[:1])
    assert tests.alive_message(one).startswith("All customers had a chance of 5.0%")
    assert tests.deciles_title(replace(test, deciles=test.deciles.iloc[:1])).startswith(
        "All customers had one forecast"
    )


def test_a_season_is_told_with_its_months_and_what_follows():
    flat = case.CALENDAR.assign(ratio=[1.0] * 4 + [0.92] + [1.0] * 7)
    told = tests.calendar_message(flat, ["bgbb"], EVENTS, seasonal=False)
    assert told.startswith(
        "Furthest from what the model expects of a month of the year is May (8% fewer), which is near enough"
    )
    odd = case.CALENDAR.assign(ratio=[0.7, 0.8] + [1.0] * 8 + [1.2, 1.5])
    told = tests.calendar_message(odd, ["bgbb"], EVENTS, seasonal=True)
    assert "in December (50% more), January (30% fewer) and February (20% fewer)" in told
    assert "so single months are not judged" in told and "clv_model: bgnbd and seasonal_clock: true" in told
    assert "(with seasonal_clock: true in" in tests.calendar_message(
        odd, ["pareto_nbd"], "purchase days", seasonal=True
    )
    assert "cannot be said yet" in tests.calendar_message(case.CALENDAR.iloc[:0], [], EVENTS, seasonal=False)


def test_parameters_are_told_as_habits():
    alone = (group(),)
    told = learned.message(group(), alone, TERMS)
    assert told == (
        "All customers: while a customer, one is active in 62% of months (the middle half of customers: 39% to 87%); a new one's chance to"
        " leave in a month is 19.1% (the middle half of customers: 4.1% to 28.9%); an active month brings €20.00 of margin on average;"
        " a customer's own mean counts for half of what is expected after 2.0 active months."
    )
    contract = group("contract", model="sbg")
    assert learned.message(contract, (contract,), TERMS).startswith(
        "Contracts: a new one's chance to leave in a month is 3.2%"
    )
    recorded = group(fit=fitted(alpha=1.0, beta=1.0, gamma=1.0, delta=9.0, kappa=0.4))
    assert "40% of departures are recorded" in learned.message(recorded, alone, TERMS)
    days = group(
        name="web", model="bgnbd", fit=fitted("bgnbd", r=0.243, alpha=4.414, a=0.793, b=2.426),
        spend=spent(method="credibility", k=float("inf")),
    )  # fmt: skip
    told = learned.message(days, (days,), TERMS)
    assert told.startswith("Customers of “web”: while a customer, one has 0.24 purchase days a month")
    assert told.endswith("some bring nothing or less), between customers without a measurable difference.")


@pytest.mark.parametrize(
    ("test", "segment", "expected"),
    [
        (Comparison(214.3, 12, 1e-9), "acquisition_channel", "behave measurably differently"),
        (Comparison(4.3, 12, 0.97), "acquisition_channel", "there is no measurable difference in behaviour"),
        (None, "acquisition_channel", "no comparison of fits by acquisition channel that could be trusted"),
        (None, "", "every new customer is worth the same"),
    ],
)
def test_separate_fits_are_compared_with_one_for_all(test, segment, expected):
    assert expected in learned.test_message(test, segment)


def test_habits_stand_in_a_table_with_empty_places_where_a_model_knows_nothing():
    assert learned.row(group(), "EUR") == (
        "62% of months (39% to 87%)", "19.1% a month (4.1% to 28.9%)", "", "€20.00", "2.0",
    )  # fmt: skip
    contract = group("contract", model="sbg", spend=spent(k=float("inf")))
    assert learned.row(contract, "EUR")[0] == "" and learned.row(contract, "EUR")[-1].startswith("never")
    assert (
        "after a purchase day"
        in learned.row(group(model="bgnbd", fit=fitted("bgnbd", r=1, alpha=4, a=1, b=3)), "EUR")[1]
    )


def test_letters_are_explained_for_the_models_there_are():
    told = learned.letters((group(), group("contract", model="sbg")))
    assert (
        told.startswith("Alpha and beta tell how often customers are active in a month")
        and "kappa" not in told
    )
    assert "gamma and delta tell how likely customers are to leave in a month" in told
    days = learned.letters((group(model="bgnbd", fit=fitted("bgnbd", r=1, alpha=4, a=1, b=3)),))
    assert (
        days.startswith("R and alpha tell how often customers buy")
        and "a and b tell" in days
        and "beta" not in days
    )
    assert learned.letters((group(problem="short"),)) == ""


def test_letters_that_two_models_share_are_explained_for_the_one_there_is():
    """Alpha and beta are a pair under BG/BB; under Pareto/NBD each belongs to another."""
    fit = fitted("pareto_nbd", r=0.553, alpha=10.578, s=0.606, beta=11.669)
    told = learned.letters((group(model="pareto_nbd", fit=fit), group("contract", model="sbg")))
    assert "r and alpha tell how often customers buy" in told and "lpha and beta" not in told
    assert "s and beta tell how likely customers are to leave in a month" in told
    known = group(model="pareto_nbd", fit=fit)
    assert "a new one's chance to leave in a month is 17.5%" in learned.message(known, (known,), TERMS)
    assert "a month" in learned.row(known, "EUR")[1] and "days a month" in learned.row(known, "EUR")[0]
    alike = group(model="pareto_nbd", problem="at bound", detail="s")
    assert "has been seen to leave" in models.problem(alike, (alike,))
    assert "active all alike" in models.problem(group(problem="at bound", detail="alpha"), (alike,))


@pytest.mark.parametrize(
    ("model", "ran", "expected"),
    [
        ("pareto_nbd", "beta", "some of all customers leave at once and the others, as far as the data tell, never"),
        ("bgnbd", "b", "some of all customers leave at once and the others, as far as the data tell, never"),
        ("bgbb", "delta", "some of all customers leave at once and the others, as far as the data tell, never"),
        ("bgbb", "beta", "some of all customers have an active month whenever they can and the others, as far as the data tell, none"),
        ("bgnbd", "a, b", "nobody, or hardly anybody, of all customers has been seen to leave"),
        ("pareto_nbd", "alpha", "are active all alike, or hardly anybody was active again"),
    ],
)  # fmt: skip
def test_at_which_end_a_parameter_ran_out_is_told(model, ran, expected):
    """A spread that runs to its other end, customers all alike, is an answer: here they are of two sorts and none between."""
    made = group(model=model, problem="at bound", detail=ran)
    told = models.problem(made, (made,))
    assert expected in told and f"{ran.replace(', ', ' and ')} ran to the end of the range searched" in told
    assert told.endswith("a longer history helps") or "so do recorded closures" in told


DATED = " for customers whose first purchase is in the data"
AUTO = "the company file leaves it to the back-test (clv_model: auto) and "
FLATTERED = " (chosen by the months that it is tested on, it may look better in them than in those to come)"
FIELD = (
    Candidate("bgbb", 0.041, 0.001),
    Candidate("bgnbd", problem="at bound"),
    Candidate("pareto_nbd", -0.008, 0.001),
)


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        (Choice("pareto_nbd", "nearest", 12, FIELD), f"{AUTO}the back-test chose it: over 12 months it was off by 0.8%"
         f"{DATED}, BG/BB by 4.1% and BG/NBD could not be relied on{FLATTERED}"),
        (Choice("pareto_nbd", "nearest", 12, (*(Candidate(name, problem="short") for name in ("bgbb", "bgnbd")), FIELD[2])),
         f"{AUTO}it is the only one whose fit can be trusted: over 12 months it was off by 0.8%"
         f"{DATED}"),
        (Choice("bgbb", "simplest", 1, FIELD, "bgbb"), f"{AUTO}of the models that the back-test cannot tell from the"
         f" nearest it is the simplest: over 1 month it was off by 4.1%{DATED}, BG/NBD could not be relied on and Pareto/NBD by 0.8%{FLATTERED}"),
        (Choice("bgbb", "short"), f"{AUTO}the data are too short for a back-test to choose a model, so that the simplest"
         " is taken"),
        (Choice("bgbb", "not fitted", 12, FIELD, "pareto_nbd"), f"{AUTO}no model could be fitted and back-tested that is"
         " to be trusted, so that the simplest is taken (a month before it was Pareto/NBD, so that values of the two months are of"
         " different models)"),
        (Choice("bgbb", "nobody"), f"{AUTO}nobody is without a contract, so that the simplest is taken"),
    ],
)  # fmt: skip
def test_how_the_model_was_chosen_is_told(choice, expected):
    assert models.chosen(choice) == expected
    one = group(model=choice.model)
    assert models.terms_note((one,), replace(TERMS, choice=choice)).endswith(f", since {expected}.")
    contract = group("contract", model="sbg")
    assert "since a contract is open" in models.terms_note((contract,), replace(TERMS, choice=choice))


def test_notes_say_of_whom_fits_are_made_and_why_there_is_none():
    good, bad = group(name="web"), group(name="all others", problem="few customers", fitted_customers=40)
    told = learned.notes((good, bad), TERMS)
    assert told[1] == (
        "The fits are made of 1,040 customers whose beginning is known, out of 2,400; a segment has a fit of its own from 1,000"
        " customers, the others share one."
    )
    assert told[2].startswith("Of all other customers the model could learn from 40 customers only")
    assert max((good, bad, group(customers=5)), key=learned.size).customers == 1200


def test_sensitivity_ranks_what_is_assumed():
    assert assumed.sensitivity_message(case.SENSITIVITY) == (
        "Of what is assumed, the margin (−10.0% at 10% lower, +10.0% at 10% higher) moves customer equity most; then the discount rate"
        " (−7.0% at 15.0% a year, +8.0% at 5.0% a year); 64% of it within 36 months is to come."
    )
    limited = case.SENSITIVITY.assign(assumption="horizon", setting=0, change=0.4)
    assert assumed.sensitivity_message(limited) == "No other rate or margin was tried."
    assert "not available" in assumed.sensitivity_message(case.SENSITIVITY.iloc[:0])


def test_the_shortcut_stands_beside_the_sum_with_its_two_errors():
    told = assumed.shortcut_message(case.SHORTCUT, "EUR")
    assert "gives €264k; added up customer by customer it is €1.00m: the shortcut says 74% less." in told
    assert "It takes everybody for new (€310 each), while who is active today" in told and "€1,118" in told
    assert "the inactive for worthless, who are worth €50.0k together" in told
    losing = replace(case.SHORTCUT, residual_active=-60_000.0)
    assert "not meaningful" in assumed.shortcut_message(losing, "EUR")
    assert "by chance the same" in assumed.shortcut_message(
        replace(case.SHORTCUT, product=1_001_000.0), "EUR"
    )
    assert "cannot be set against the sum" in assumed.shortcut_message(None, "EUR")
    closed = assumed.shortcut_message(replace(case.SHORTCUT, residual_inactive=0.0), "EUR")
    assert closed.endswith("that the inactive are worth nothing is true here.")
    assert assumed.shortcut_arithmetic(None, "EUR") == ""
    written = assumed.shortcut_arithmetic(case.SHORTCUT, "EUR")
    assert written.startswith(
        "€310 × 850 customers = €264k; €950k of the active + €50.0k of the inactive = €1.00m"
    )


@pytest.mark.parametrize(
    ("assumption", "value", "expected"),
    [
        ("discount rate", 0.05, "5.0% a year"),
        ("margin", 0.9, "10% lower"),
        ("margin", 1.1, "10% higher"),
        ("horizon", 36, "36 months"),
        ("horizon", 0, "all months to come"),
    ],
)
def test_settings_of_assumptions_in_words(assumption, value, expected):
    assert assumed.setting(assumption, value) == expected


def test_decisions_give_ceilings_and_point_at_what_costs_more_than_it_brings():
    found = [text for _, text in ceilings.candidates(page()) if text]
    assert len(found) == 2
    assert "the most that keeping one may cost" in found[0] and "€390 each" in found[0]
    assert found[1].startswith(
        "The 350 customers who are inactive by the rule are still worth €50.0k, €143 each"
    )
    dear = case.JOINERS.assign(cost=[45.0, 80.0, 300.0])
    (weight, text), *_ = ceilings.candidates(page(joiners=dear))
    assert weight == -(300.0 - 205.0 - 11.0) * 200 and text.startswith(
        "Winning a customer by “web” cost €300, and one is worth €205 after €11.00 in the first month"
    )
    # The interval reaches the cost: it may be chance.
    assert ceilings.candidates(page(joiners=dear.assign(high=310.0)))[0][1] == ""
    said_all = " ".join(text for _, text in ceilings.candidates(page(joiners=dear))).lower()
    for word in ("because", "caused", "due to", "fault", "fail", "blame", "thanks to"):
        assert word not in said_all


def test_nothing_is_decided_on_a_model_that_loses():
    assert ceilings.candidates(page(backtest=compared("loses"))) == []
    closed = page(shortcut=replace(case.SHORTCUT, active=1200, residual_inactive=0.0))
    assert [text for _, text in ceilings.candidates(closed) if "inactive" in text] == []


def test_checks_say_how_many_sums_agree():
    assert said.checked(3).endswith("in 3 other ways, over customers: all agree.")
    assert said.checked(0).startswith("There is no sum")


def test_definitions_name_money_and_horizon():
    terms = models.definitions(replace(TERMS, word="revenue", horizon=24))
    assert (
        "Revenue that a customer is expected to bring in the 24 months after"
        in terms["Customer lifetime value"]
    )
    assert all(meaning.endswith(".") for meaning in terms.values())


def test_frames_without_rows_say_not_available_everywhere():
    nobody = pd.DataFrame()
    for text in (
        held.spread_message(nobody, None, "EUR"),
        worths.joiners_message(nobody, "EUR", "margin"),
        worths.cohorts_message(nobody, "EUR", "margin"),
        worths.lost_message(nobody, "EUR", "margin"),
        lives.map_message(nobody, "EUR"),
        assumed.sensitivity_message(nobody),
    ):
        assert "not available" in text or "Nobody" in text
    for alt in (
        held.alt_spread(nobody, "EUR"),
        worths.alt_joiners(nobody, "EUR"),
        lives.alt_map(nobody, "EUR"),
    ):
        assert alt.startswith("No ")
