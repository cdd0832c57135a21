"""Sentences of value segments: sign, equal, chance, singular, what is not known, and what would tell of few."""

from dataclasses import replace
from decimal import Decimal
from itertools import product

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from custlib.measure.concentration import BENCHMARKS, of_values
from custlib.measure.loss import loss_test
from custlib.present import segment_tables, wording
from tests.present import segment_cases as case
from tests.present.segment_cases import NAN, measured, page

said, peeled, banded, tested = wording.concentration, wording.peeling, wording.value_bands, wording.loss
told, plans, won = wording.value_segments, wording.potential, wording.intake


def lead(main, **changed):
    return said.lead(page(main=main, **changed))


@pytest.mark.parametrize(
    ("main", "expected"),
    [
        (case.concentration(), "The top fifth of customers bring 61% of margin (58% to 64%), not 80%."),
        (case.top(0.79, 0.76, 0.82), "bring 79% of margin (76% to 82%), as received wisdom has it (80%)."),
        (case.top(0.91, 0.89, 0.93), "bring 91% of margin (89% to 93%), more than the 80% of received wisdom."),
        (case.top(0.796, 0.792, 0.799), "bring 79.6% of margin (79.2% to 79.9%), not 80%."),
        (case.top(0.83, 0.804, 0.86), "bring 83.0% of margin (80.4% to 86.0%), more than the 80% of received wisdom."),
        (case.top(1.2, 1.1, 1.3), "(110% to 130%), more than all there is: the others together bring less than nothing."),
        (case.top(1.2, None, None, False), "120% of margin, more than all there is: the others together bring less than nothing."),
        (
            case.top(0.85, 0.5, 0.99, False),
            "85% of margin, where received wisdom has 80%; so few bring so much that an interval would be unreliable.",
        ),
    ],
)  # fmt: skip
def test_the_lead_sets_the_top_fifth_against_received_wisdom(main, expected):
    assert lead(main).endswith(expected) and lead(main).startswith("The top fifth of customers bring")


def test_three_bases_get_the_right_sentence():
    """All equal, exactly eighty to twenty, and one whale, from plain numbers."""
    equal = lead(of_values([10.0] * 1000))
    assert (
        equal
        == "The top fifth of customers bring a fifth of margin, not 80%: all bring the same, and nobody stands out."
    )
    pareto = lead(of_values([4.0] * 200 + [0.25] * 800))
    assert "bring 80% of margin" in pareto and "as received wisdom has it (80%)" in pareto
    one = lead(of_values([1e6] + [0.5] * 999))
    assert one == (
        "One customer alone brings nearly all the margin, and the other 999 together the rest: what received wisdom says of a top fifth"
        " (80%) is no question here."
    )
    half = lead(of_values([600.0] + [1.0] * 400))
    assert half.startswith(
        "One customer alone brings more than 50% of margin, and the other 400 together the rest"
    )
    losers = lead(of_values([1000.0] + [1.0] * 90 + [-1.0] * 80))
    assert "the rest, some of them less than nothing" in losers


def test_a_claim_is_the_companys_own():
    assert lead(case.concentration(), claimed_top_fifth=0.6).endswith(
        "(58% to 64%), as received wisdom has it (60%)."
    )
    assert lead(case.concentration(), claimed_top_fifth=0.5, word="revenue").endswith(
        "more than the 50% of received wisdom."
    )


@pytest.mark.parametrize(
    ("main", "expected"),
    [
        (case.nothing(), "cannot be said: the data do not reach back far enough."),
        (case.nothing(available=True), "cannot be said: nobody bought."),
        (case.losing(), "not meaningful: taken together, 300 customers bring less than nothing."),
        (
            case.losing(total=Decimal(0), customers=1),
            "not meaningful: taken together, 1 customer brings nothing.",
        ),
        (
            case.concentration(customers=12, top=dict.fromkeys((0.01, 0.05, 0.1, 0.2, 0.5), measured())),
            "How margin is spread is not told of 12 customers: the top fifth of so few would be a handful.",
        ),
        (
            case.concentration(top=dict.fromkeys((0.01, 0.05, 0.1, 0.2, 0.5), measured())),
            "How much of margin the top fifth of customers bring is not told: beside the other figures of this page it would tell of a handful.",
        ),
        (case.equal(customers=1), "There is one customer only, so how margin is spread is no question."),
    ],
)
def test_where_shares_mean_nothing_that_is_said(main, expected):
    assert lead(main).endswith(expected)
    found = page(main=main)
    assert said.split_message(found) == "The split that is really ours cannot be said."
    assert said.whale_message(found).endswith("not available.")
    assert said.whale_title(found) == "How margin is spread cannot be shown"
    assert said.alt_whale(found).startswith("No curve")


@given(st.lists(st.floats(-1000, 1000).map(lambda value: round(value, 2)), min_size=1, max_size=60))
def test_whatever_customers_bring_there_is_one_sentence_without_a_number_that_is_none(values):
    found = page(main=of_values(values), exact_total=len(values) % 2 == 0)
    for text in (
        said.lead(found),
        said.split_message(found),
        said.whale_message(found),
        said.whale_title(found),
        said.arithmetic(found),
    ):
        assert "nan" not in text and "None" not in text and "inf" not in text
    assert said.lead(found).endswith(".") and said.lead(found).count("not available") == 0


def test_the_split_is_ours():
    assert said.split_message(page()) == (
        "The split that is really ours is 80:35: 80% of margin lies with 35% of customers (33% to 37%), half of it with 13%."
    )
    assert said.split_message(page(main=case.whale())) == (
        "The split that is really ours: one customer of 100 holds 80% of margin and more."
    )
    unsure = case.concentration(holding={0.5: measured(0.1), 0.8: measured(0.3, 0.2, 0.4, False)})
    assert "30% of customers, half of it with 10%" in said.split_message(page(main=unsure))


def test_the_whole_is_written_out_unless_that_tells_of_few():
    assert said.arithmetic(page()).startswith(
        "900 customers above zero bring €259,200.00, 100 nothing, 200 below zero −€19,200.00: together €240,000.00 in 12 months."
    )
    assert (
        "below zero" not in said.arithmetic(page(main=case.equal()))
        and said.arithmetic(page(main=case.nothing())) == ""
    )
    rounded = said.arithmetic(page(exact_total=False))
    assert (
        "bring €259k, 100 nothing, 200 below zero −€19.2k: together €240k" in rounded and ".00" not in rounded
    )
    few_rounded = said.arithmetic(page(main=case.concentration(negative=3), exact_total=False))
    assert few_rounded.startswith("Together €240k of 1,200 customers")
    below = case.losing(
        positive=0, positive_total=Decimal(0), zero=100, negative=200, negative_total=Decimal(-500)
    )
    assert said.arithmetic(page(main=below)).startswith(
        "No customer is above zero, 100 bring nothing, 200 below zero bring −€500.00: together −€500.00 in 12 months."
    )
    assert said.arithmetic(page(main=case.nothing(available=True, total=Decimal(0)))).startswith(
        "Nobody bought in 12"
    )
    few = said.arithmetic(page(main=case.concentration(negative=3)))
    assert few.startswith("Together €240,000.00 of 1,200 customers") and "19,200" not in few


def test_benchmarks_stand_with_their_sources_and_with_care():
    text = said.benchmarks_message(page(), BENCHMARKS)
    assert text.count("McCarthy & Winer (2019)") == 1 and "Kim, Singh & Winer (2017)" in text
    assert "brands of packaged goods 73%" in text and "here it is 61%" in text and "read with care" in text
    assert "here it is" not in said.benchmarks_message(page(main=case.nothing()), BENCHMARKS)
    assert said.benchmarks_message(page(), ()) == ""


def test_what_is_given_back():
    assert said.whale_message(page()) == (
        "80% of customers bring 108% of margin; 200 customers (17%) bring less than nothing and give 8% back."
    )
    assert (
        said.whale_message(page(main=case.equal())) == "No customer is below zero, so nothing is given back."
    )
    little = case.concentration(whale_peak=1.001, negative=6)
    assert (
        said.whale_message(page(main=little))
        == "Hardly any margin is given back: 6 customers are below zero."
    )
    alone = said.whale_message(page(main=case.concentration(whale_peak=1.001, negative=1)))
    assert (
        alone == "1 customer is below zero; what they give back is not told, as it would tell of a handful."
    )
    withheld = case.concentration(whale_peak=None, whale_at=None, positive_total=None, negative_total=None)
    assert said.whale_message(page(main=withheld)).startswith(
        "200 customers are below zero; what they give back is not told"
    )
    assert said.arithmetic(page(main=withheld)).startswith("Together €240,000.00 of 1,200 customers")
    # What three customers give back is theirs.
    few = said.whale_message(page(main=case.concentration(whale_peak=1.3, negative=3)))
    assert "30%" not in few and "130%" not in said.alt_whale(
        page(main=case.concentration(whale_peak=1.3, negative=3))
    )


def test_without_cost_to_serve_the_page_says_what_it_cannot_show():
    assert said.whale_note(page()) == ""
    assert "cannot show customers whose service costs more than they bring" in said.whale_note(
        page(knows_costs=False)
    )
    assert (
        said.whale_title(page(knows_costs=False))
        == "Before cost to serve, the top fifth bring 61% of margin; 8% is given back"
    )
    assert said.whale_title(page()) == "The top fifth bring 61% of margin; 8% is given back"
    assert said.whale_title(page(main=case.whale())) == "One customer brings nearly all the margin"
    assert said.whale_title(page(main=case.equal())) == "All bring the same, and nobody stands out"


def test_few_customers_are_in_no_description():
    assert "1% of customers" in said.alt_whale(page()) and "1% of customers" not in said.alt_whale(
        page(main=case.whale())
    )


def test_windows_differ_only_beyond_chance():
    assert said.windows_message(case.windows(), "margin") == (
        "Over the longest window margin is more concentrated than over the shortest: the top fifth of a month's buyers bring 52% (49% to"
        " 55%) of its margin, of 24 months 66% (63% to 69%)."
    )
    falling = {1: case.top(0.8, 0.78, 0.82, months=1), 12: case.top(0.6, 0.58, 0.62)}
    assert "margin is less concentrated than over the shortest" in said.windows_message(falling, "margin")
    alike = {3: case.top(0.6, 0.5, 0.7), 12: case.top(0.68, 0.6, 0.75)}
    text = said.windows_message(alike, "margin")
    assert text.startswith("Between the shortest and the longest window there is no measurable difference")
    assert "of a 3-month window's buyers" in text and "concentrated than" not in text
    for unsure in (case.top(0.9, 0.8, 0.99, False), case.top(0.9)):
        text = said.windows_message({1: unsure, 12: case.top(0.6, 0.58, 0.62)}, "margin")
        assert text.startswith(
            "Whether margin is more or less concentrated over a longer window cannot be judged"
        )
        assert "bring 90% of its margin, of 12 months 60% (58% to 62%)" in text
    assert said.windows_message({12: case.top(0.6)}, "margin").startswith("The data reach one window only")
    assert "one window only" in said.windows_message({1: case.losing(), 12: case.top(0.6)}, "margin")
    assert said.windows_message({}, "margin").endswith("not available.")
    assert " as " not in said.windows_message(case.windows(), "margin")  # no cause is known


def test_a_window_longer_than_the_data_is_called_all_the_data():
    short, full = case.top(0.5, 0.48, 0.52, months=1, customers=400), case.top(0.6, 0.58, 0.62)
    same = {1: short, 12: full, 24: replace(full, months=24)}
    assert said.windows_message(same, "margin").endswith("of all the data 60% (58% to 62%).")
    frame = segment_tables.windows(same, "margin").frame
    assert frame.window.tolist() == ["1 month", "12 months (all the data)", "24 months (all the data)"]
    longer = {**same, 24: case.top(0.7, 0.68, 0.72, months=24, customers=1500)}
    assert "of 24 months 70%" in said.windows_message(longer, "margin")
    assert "of 24 months 70%" in said.windows_message(longer, "margin", data_months=30)
    assert "of all the data 70%" in said.windows_message(longer, "margin", data_months=15)
    told_once = said.windows_message({12: full, 24: replace(full, months=24)}, "margin")
    assert (
        told_once
        == "The data reach one window only: in all the data there are the top fifth bring 60% of margin."
    )
    assert segment_tables.windows(longer, "margin", data_months=15).frame.window.tolist()[1:] == [
        "12 months",
        "24 months (all the data)",
    ]


def test_rates_are_never_the_same_thing_as_buyers_money():
    text = said.rates_message(page())
    assert text.startswith(
        "Of the activity rates (active months while a customer lasts) of everybody ever won, the fifth with the highest hold 72% (70% to 74%)"
    )
    assert "never to be set beside one another" in text
    assert "includes customers who have left and counts how many purchases a month brings" in text
    assert "counts below" not in said.rates_message(page(counts=case.COUNTS.iloc[:0]))
    assert "cannot be said" in said.rates_message(page(rates=case.rates(model="", top_fifth=measured())))
    days = said.rates_message(page(rates=case.rates(model="bgnbd")))
    assert "(purchase days while a customer lasts)" in days and "purchases and not the days with any" in days
    narrow = case.rates(top_fifth=measured(0.2401, 0.2391, 0.2412))
    assert "24.0% (23.9% to 24.1%)" in said.rates_message(page(rates=narrow))


def test_counts_of_short_and_long_windows_agree_or_not():
    assert "agree (71% and 72%)" in said.counts_message(case.COUNTS)
    apart = case.COUNTS.assign(rates_top_fifth=[0.9, 0.7])
    assert "do not agree, so the model is to be taken with care (90% and 70%)" in said.counts_message(apart)
    for short in (case.COUNTS.iloc[:1], case.COUNTS.iloc[:0]):
        assert said.counts_message(short).endswith("cannot be said.")


def test_what_makes_the_top_tenth_different():
    frame = case.deciles()
    rest = frame.iloc[1:10]
    often = 24 / (rest.customers * rest.per_customer).sum() * rest.customers.sum()
    assert f"{often:.1f} times as many purchases" in said.deciles_message(frame)
    assert "about the same margin rate" in said.deciles_message(frame)
    alike = case.deciles(per_customer=4.0, per_purchase=10.0)
    assert "about as many purchases, about as much per purchase" in said.deciles_message(alike)
    for nothing in (NAN, 1.0):  # not known, or revenue is all there is
        assert "margin rate" not in said.deciles_message(case.deciles(margin_rate=nothing))
    fewer = frame.assign(per_customer=[2.0] + [4.0] * 10)
    assert "0.5 times as many purchases" in said.deciles_message(fewer)
    assert "too few customers" in said.deciles_message(frame.iloc[[0, 10]])
    contracts = frame.assign(per_customer=0.0, per_purchase=NAN, margin_rate=NAN)
    assert "purchases are not known" in said.deciles_message(contracts)


def test_how_many_bring_a_tenth_unless_they_are_a_handful():
    text = said.profit_message(page().equal_profit, "margin")
    assert "the most profitable 10 bring" in text and "the least profitable 210" in text
    few = case.deciles(customers=[1, 6, 20, 40, 60, 90, 120, 150, 180, 210, 200])
    assert (
        said.profit_message(few, "margin")
        == "So few bring the first tenth of the margin that how many would tell of them."
    )
    assert "too few customers" in said.profit_message(case.deciles().iloc[:1], "margin")


def test_the_average_is_peeled():
    assert peeled.message(case.LAYERS, "EUR") == (
        "Of everyone ever seen the average customer is worth €71.00, the typical one €12.00: 78% are below average; of core customers,"
        " the last layer peeled, it is €310 and €260: nearer to one another, yet still no average that describes a customer."
    )
    idle = case.LAYERS.iloc[:1].assign(median=0.0)
    assert peeled.message(idle, "EUR").endswith("the typical one nothing: 78% are below average.")
    assert peeled.title(idle, "EUR") == "The average customer is worth €71.00, the typical one nothing"
    assert "that average describes a customer" in peeled.message(
        case.LAYERS.assign(median=case.LAYERS["mean"]), "EUR"
    )
    stays = case.LAYERS.assign(median=case.LAYERS["mean"] / 4)
    assert peeled.message(stays, "EUR").endswith("no average here describes a customer.")
    losing = case.LAYERS.assign(mean=-5.0, median=-8.0)
    assert peeled.message(losing, "EUR").endswith("it is −€5.00 and −€8.00.")
    for nothing in (case.LAYERS.iloc[:0], case.LAYERS.assign(mean=NAN)):
        assert "not available" in peeled.message(nothing, "EUR") and "cannot be shown" in peeled.title(
            nothing, "EUR"
        )
        assert peeled.alt(nothing, "EUR").startswith("No dots")


def test_bands():
    assert banded.message(case.VALUE_BANDS, "EUR", "margin") == (
        "“top 1%” is 1% of active customers and 12% of margin; “bottom 50%” is 42% of active customers and 10% of margin; 200 customers"
        " bring less than nothing, −€19.2k together."
    )
    hidden = case.VALUE_BANDS.assign(margin=None, margin_share=NAN)
    assert "is not shown" in banded.message(hidden, "EUR", "margin") and "€" not in banded.message(
        hidden, "EUR", "margin"
    )
    assert banded.title(hidden, "margin") == "“top 1%”: 1% of customers"
    only = case.VALUE_BANDS.iloc[:1]
    assert banded.message(only, "EUR", "margin") == "“top 1%” is 1% of active customers and 12% of margin."
    none = case.VALUE_BANDS.iloc[5:]
    assert "nobody active brings anything" in banded.message(none, "EUR", "margin")
    assert banded.title(none.iloc[:0], "margin") == "Value bands cannot be shown"
    assert banded.alt(none.iloc[:0], "margin").startswith("No bars")


def test_thresholds_and_what_setting_them_did():
    note = banded.thresholds_note(case.VALUE_BANDS, page().bands_since, "EUR")
    fixed = banded.thresholds_note(case.VALUE_BANDS, page().bands_since, "EUR", yearly=False)
    assert fixed.startswith("The bands begin at these amounts: “top 1%” from €2,100") and "year" not in fixed
    assert banded.reset_message(None, yearly=False) == ""
    assert "stand since June 2026" in note and "“top 1%” from €2,100" in note and "bottom" not in note
    assert banded.thresholds_note(case.VALUE_BANDS.assign(threshold=None), None, "EUR") == ""
    assert banded.reset_message(case.RESET) == (
        "60 customers stand in another band only because the thresholds were set anew, though nothing has changed for them: “next 15%”"
        " had 160 customers by the old ones, and has 150 by the new."
    )
    still = case.RESET.assign(moved_in=0, moved_out=0, customers_before=case.RESET.customers_after)
    assert (
        banded.reset_message(still)
        == "That the thresholds were set anew moved nobody from one band to another."
    )
    swapped = still.assign(moved_in=[1, 0, 0, 0, 0, 0])
    assert banded.reset_message(swapped).startswith(
        "1 customer stands"
    ) and "as many as before" in banded.reset_message(swapped)
    assert "are the first" in banded.reset_message(None)


def test_where_last_years_top_went():
    moved = case.migration()
    assert banded.migration_message(moved, "EUR", "margin") == (
        "Of last year's 200 top customers (“top 1%”, “next 4%”, “next 15%”) 71% are still at the top, 18% stand lower and 11% were lost;"
        " the lost had brought €9,600 in 12 months, 10% of the margin of them all."
    )
    assert "€9,600 in the value window, 10%" in banded.migration_message(moved, "EUR", "margin", 1)
    few = replace(moved, top_lost=0.01)
    assert "€" not in banded.migration_message(few, "EUR", "margin")
    all_gone = replace(moved, top_lost=1.0, top_kept=0.0, top_fell=0.0)
    assert "€" not in banded.migration_message(all_gone, "EUR", "margin")
    nobody = replace(moved, top_customers=0, top_kept=None, top_fell=None, top_lost=None)
    assert "there were none" in banded.migration_message(nobody, "EUR", "margin")
    for missing in (None, nobody):
        assert banded.migration_title(missing) == "Where customers went cannot be shown"
    assert "reach back" in banded.migration_message(None, "EUR", "margin")
    assert banded.alt_migration(moved.table.iloc[:0]).startswith("No map")
    # Where the data reach back a month only, nothing is said of a year.
    month = (
        banded.migration_message(moved, "EUR", "margin", 1)
        + banded.migration_title(moved, 1)
        + banded.alt_migration(moved.table, 1)
    )
    assert (
        "last month's 200 top customers" in month and "the band a month ago" in month and "year" not in month
    )


def test_who_came():
    table = case.migration().table
    text = banded.arrivals_message(table, "EUR", "margin")
    assert text.startswith(
        "250 customers are new, with €18.0k of margin in 12 months, 96% of them in “bottom 50%”; 30 customers are won back"
    )
    assert text.endswith("all of them in “bottom 50%”.")
    assert "€18.0k of margin in the value window" in banded.arrivals_message(table, "EUR", "margin", 1)
    lone = table[table.from_band == "won back"].assign(customers=1)
    assert banded.arrivals_message(lone, "EUR", "margin") == "1 customer is won back, now in “bottom 50%”."
    assert (
        banded.arrivals_message(table.iloc[:3], "EUR", "margin")
        == "Nobody is new or was won back over the year."
    )
    assert banded.arrivals_message(table.iloc[:3], "EUR", "margin", 1).endswith("over the month.")


def sums(lost, lost_value, customers=20_000, each=100.0):
    """Give the engine's sums of a base in which all but the lost bring the same."""
    value = customers * each
    mean = lost_value / lost
    row = {
        "segment": "all", "customers": customers, "value": value, "squares": (customers - lost) * each**2 + lost * mean**2,
        "lost": lost, "lost_value": lost_value, "lost_squares": lost * mean**2, "closed": None, "closed_value": None,
        "closed_squares": None, "stayed": customers - lost, "stayed_value": value - lost_value, "halved": 10,
        "halved_value": 1000.0, "halved_fall": 600.0, "doubled": 12, "doubled_value": 900.0, "doubled_rise": 1000.0,
    }  # fmt: skip
    return pd.DataFrame([row])


def test_equal_loss_of_customers_and_opposite_verdicts_in_value():
    small = loss_test(sums(200, 0.002 * 2_000_000), claim=0.0125)
    large = loss_test(sums(200, 0.06 * 2_000_000), claim=0.0125)
    assert tested.lead(small, "margin").endswith(
        "the claim of about 1.25% holds for customers and for margin."
    )
    text = tested.lead(large, "margin")
    assert text.startswith("We lose 1.0% of customers a year (") and ", but 6.0% of margin (" in text
    assert text.endswith("holds for customers and not for margin.")


VERDICTS = ("supported", "refuted", "open", "none")


@pytest.mark.parametrize(("customers", "value"), list(product(VERDICTS, VERDICTS)))
def test_every_pair_of_verdicts_has_a_sentence_of_its_own(customers, value):
    text = tested.verdict(customers, value, "margin")
    assert "customers" in text and "margin" in text
    others = [
        tested.verdict(a, b, "margin") for a, b in product(VERDICTS, VERDICTS) if (a, b) != (customers, value)
    ]
    assert text not in others
    assert ("refuted" in (customers, value)) == (" not " in f" {text} " or "neither for" in text)


def test_the_lead_of_the_test():
    assert tested.lead(case.loss(), "margin") == (
        "We lose 1.2% of customers a year (0.7% to 2.0%), but 6.0% of margin (4.0% to 9.0%): the claim of about 1% can neither be upheld"
        " nor refuted for customers, and does not hold for margin."
    )
    alike = case.loss("open", "open", value_rate=0.012, value_low=0.006, value_high=0.02)
    assert " and 1.2% of margin" in tested.lead(
        alike, "margin"
    ) and "the losses may be chance" in tested.lead(alike, "margin")
    assert tested.lead(case.loss(claim=0.015), "margin").count("about 1.5%") == 1
    for text in (tested.lead(None, "margin"), tested.lead(case.loss(customers=0), "margin")):
        assert text == "How much is lost in a year cannot be tested: the data do not reach back far enough."


def test_what_few_leavers_had_brought_is_theirs():
    few = case.loss(lost=3)
    for text in (
        tested.lead(few, "margin"),
        tested.arithmetic(few, "margin", "EUR"),
        tested.title(few, "margin"),
        tested.alt(few, "margin"),
    ):
        assert "6.0%" not in text and "€" not in text
    assert tested.arithmetic(case.loss(lost=1, customers=1), "margin", "EUR").startswith(
        "1 of 1 customer active then is not now."
    )
    assert tested.arithmetic(case.loss(lost=0), "margin", "EUR").startswith(
        "Of 1,180 customers active then nobody was lost. Refuted"
    )
    assert "of margin in the 12 months to then" in tested.arithmetic(case.loss(), "margin", "EUR")
    nearly_all = case.loss(lost=1177, verdict_value="none")
    nearly_all.table.loc[6, "private"] = True
    assert tested.lead(nearly_all, "margin").count("is not shown, as it would tell of a handful") == 1
    worthless = case.loss(verdict_value="none", value_rate=NAN)
    assert "brought none between them" in tested.lead(worthless, "margin")
    assert tested.title(worthless, "margin") == "We lose 1.2% of customers a year"


def test_recorded_closures_count_otherwise():
    assert tested.closed_message(case.loss(closed=8), "margin") == (
        "By recorded closures alone we lose 0.3% (0.1% to 0.9%) of customers and 0.5% (0.2% to 1.0%) of margin: counted so, the claim holds"
        " for customers; the other 6 customers lost fell silent without a closure."
    )
    assert "of margin" not in tested.closed_message(case.loss(closed=3), "margin")
    assert "even so, the claim does not hold" in tested.closed_message(
        case.loss(verdict_closed="refuted"), "margin"
    )
    assert "neither be upheld" in tested.closed_message(case.loss(verdict_closed="open"), "margin")
    assert "not recorded" in tested.closed_message(
        case.loss(verdict_closed="none", closed_rate=NAN), "margin"
    )
    assert tested.closed_message(None, "margin").endswith("cannot be said.")


def test_bands_differ_only_beyond_chance():
    assert tested.bands_message(case.loss(), "margin").startswith(
        "Between the value bands there is no measurable difference"
    )
    clear = case.loss()
    clear.table.loc[0, ["rate", "low", "high"]] = [0.4, 0.3, 0.5]
    assert (
        "most are lost of “top 1%”, 40.0% (30.0% to 50.0%) of its customers, and fewest of “below zero”"
        in tested.bands_message(clear, "margin")
    )
    assert tested.bands_message(None, "margin").endswith("cannot be said.")


def test_silent_loss_beside_its_mirror():
    assert "no measurable difference, so nothing here says that we lose silently" in tested.silent_message(
        case.loss(), "EUR", "margin"
    )
    more = tested.silent_message(case.loss(silent_verdict="more halved", silent_p=0.001), "EUR", "margin")
    assert "more halved than doubled, and by more than chance would have it" in more
    assert "202 (20.5%) bring half as much margin in 12 months or less, €27.8k less together" in more
    less = case.loss(silent_verdict="more doubled")
    assert tested.silent_message(less, "EUR", "margin").endswith(
        "more doubled than halved, by more than chance would have it."
    )
    assert "left aside" not in more
    young = tested.silent_message(case.loss(younger=130), "EUR", "margin")
    assert young.endswith(
        "; 130 customers who had been with us for less than the 12 months counted then are left aside."
    )
    assert (
        "1 customer who had been with us for less than the 12 months counted then is left"
        in tested.silent_message(case.loss(younger=1), "EUR", "margin")
    )
    one = case.loss(stayed=1, halved=0, doubled=1, halved_share=0.0, doubled_share=1.0, silent_verdict="none")
    assert tested.silent_message(one, "EUR", "margin") == (
        "Of the one customer who stayed, none brings half as much margin in 12 months or less; 1 (100.0%) brings twice as much or more: so"
        " nothing here says that we lose silently."
    )
    few = tested.silent_message(case.loss(halved=4, doubled=2), "EUR", "margin")
    assert "€" not in few
    for nobody in (None, case.loss(stayed=0), case.loss(halved_share=NAN)):
        assert tested.silent_message(nobody, "EUR", "margin").startswith("Silent loss cannot be said")
    assert "by chance alone" in tested.silent_note()


def test_gross_beside_net():
    text = tested.net_message(case.CONTEXT, "EUR", "margin")
    assert "net +236" in text and "net +€3,840" in text
    fewer = tested.net_message(case.CONTEXT.assign(new_customers=0, new_value=0.0), "EUR", "margin")
    assert "nobody new came: net −14" in fewer and "net −€14.2k" in fewer
    assert "€" not in tested.net_message(case.CONTEXT.assign(lost_customers=2), "EUR", "margin")
    assert "one new customer came" in tested.net_message(
        case.CONTEXT.assign(new_customers=1), "EUR", "margin"
    )
    assert "not available" in tested.net_message(case.CONTEXT.iloc[:0], "EUR", "margin")


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, "more customers, but less valuable ones (per head −€16.00 to −€4.00)."),
        ({"low": 4.0, "high": 16.0}, "more customers, and better ones (per head +€4.00 to +€16.00)."),
        ({"customers_now": 150}, "fewer customers, and less valuable ones (per head −€16.00 to −€4.00)."),
        ({"customers_now": 150, "low": 4.0, "high": 16.0}, "fewer customers, but better ones (per head +€4.00 to +€16.00)."),
        ({"customers_now": 200, "low": 4.0, "high": 16.0}, "as many customers, and better ones (per head +€4.00 to +€16.00)."),
        ({"low": -6.0, "high": 4.0}, "no measurable difference in what each brings; the difference per head may be chance (per head −€6.00 to +€4.00)."),
        ({"cannot": "few customers"}, "too few customers were won to tell from chance (per head −€16.00 to −€4.00)."),
        ({"cannot": "few months"}, "too few months tell by how much months differ among themselves (per head −€16.00 to −€4.00)."),
        ({"difference": None}, "no measurable difference in what each brings; the difference per head may be chance."),
    ],
)  # fmt: skip
def test_more_customers_or_better_ones(changed, expected):
    assert won.message(case.intake(**changed), "EUR", "margin").endswith(expected)


def test_intakes_that_cannot_be_compared():
    assert "cannot be said" in won.message(None, "EUR", "margin") and won.arithmetic(None, "EUR") == ""
    few = case.intake(customers_then=3)
    assert "€" not in won.message(few, "EUR", "margin") + won.arithmetic(few, "EUR")
    assert "as many as the earlier" in won.message(case.intake(customers_now=200), "EUR", "margin")
    assert "+€4,750" in won.arithmetic(case.intake(), "EUR") and "−€2,250" in won.arithmetic(
        case.intake(), "EUR"
    )


def test_potential():
    assert plans.message(case.potential(), "EUR", "margin").startswith(
        "There are 180 customers to protect, who bring €"
    )
    assert "to develop" in plans.message(case.potential(), "EUR", "margin")
    assert "bring less than a year ago, and come first" in plans.message(case.potential(), "EUR", "margin")
    lone = case.potential().cells.query("plan == 'protect'").iloc[:1].assign(customers=1, shrinking=1)
    lone_plan = (
        case.potential().plans.query("plan == 'protect'").assign(customers=1, margin=500.0, equity=900.0)
    )
    assert plans.message(case.potential(cells=lone, plans=lone_plan), "EUR", "margin") == (
        "There is 1 customer to protect, who brings €500 of margin now, and €900 are still to come; of those to protect 1 brings less"
        " than a year ago, and comes first."
    )
    calm = case.potential(cells=case.potential().cells.assign(shrinking=0))
    assert "of those to protect nobody brings less than a year ago" in plans.message(calm, "EUR", "margin")
    unknown = case.potential(cells=case.potential().cells.assign(shrinking=NAN))
    assert "a year ago" not in plans.message(unknown, "EUR", "margin")
    hidden = case.potential(plans=case.potential().plans.assign(margin=NAN, equity=NAN))
    assert "€" not in plans.message(hidden, "EUR", "margin")
    few = case.potential(plans=case.potential().plans.query("plan == 'let go'"))
    assert plans.message(few, "EUR", "margin").startswith("No customer stands where")
    for nothing in (None, case.potential(cells=case.potential().cells.iloc[:0])):
        assert "not available" in plans.message(
            nothing, "EUR", "margin"
        ) and "cannot be shown" in plans.title(nothing)
        assert plans.alt(nothing).startswith("No map")
    assert (
        plans.title(case.potential()) == "80 customers below the top today are expected at the top tomorrow"
    )
    top = case.potential(cells=case.potential().cells.query("now == 'high'"))
    assert plans.title(top) == "Those at the top today are those expected at the top tomorrow"


def test_segments_by_rule():
    def message(frame, has_rules=True):
        return told.segments_message(frame, "EUR", "margin", has_rules=has_rules)

    assert message(case.SEGMENTS.drop(index=2)) == (
        "“to protect” brings most: 180 customers, 15% of active ones, with €108k of margin, 45% of it; 596 customers (50%) are caught by"
        " no rule."
    )
    assert "tiny" not in message(case.SEGMENTS) + told.alt_segments(case.SEGMENTS, "margin")
    assert message(case.SEGMENTS).startswith(
        "Of the segments that may be shown “to protect” brings most: 180"
    )
    assert message(case.SEGMENTS.iloc[:2]).endswith("every customer is caught by a rule.")
    assert "`segmentation`" in message(case.SEGMENTS.iloc[:0], has_rules=False)
    assert "too small to show" in message(case.SEGMENTS.iloc[2:3])
    assert message(case.SEGMENTS.iloc[3:]) == "596 customers (50%) are caught by no rule."
    assert told.segments_title(case.SEGMENTS.iloc[3:], "margin") == "No rule: 50% of customers, 20% of margin"
    assert told.segments_title(case.SEGMENTS.iloc[2:3], "margin") == "Segments by rule cannot be shown"
    assert told.alt_segments(case.SEGMENTS.iloc[:0], "margin").startswith("No bars")


def test_notes_of_segments():
    assert told.segments_notes(page(has_rules=False, segments=case.SEGMENTS.iloc[:0])) == []
    one, hidden = told.segments_notes(page(unreached=("a",)))
    assert one == "The rule “a” can never be reached, as rules above it take every customer it asks for."
    assert "fewer than 10 customers" in hidden
    both = told.segments_notes(page(unreached=("a", "b")))[0]
    assert both.startswith(
        "The rules “a” and “b” can never be reached, as rules above them take every customer they ask for"
    )


def test_high_value_customers_who_shrink_beside_those_who_grow():
    assert told.high_value_message(page()) == (
        "200 customers are of high value, who bring 61% of margin; of 180 with a year to compare 42 brought less in the latest three months"
        " than in the same a year ago, and 30 brought more: which of the two are more may be chance."
    )
    surely = told.high_value_message(page(high_value=case.high_value(verdict="more shrinking", shrinking=90)))
    assert surely.endswith("more of them shrink than grow, by more than chance would have it.")
    better = told.high_value_message(page(high_value=case.high_value(verdict="more growing", growing=90)))
    assert better.endswith("more of them grow than shrink, by more than chance would have it.")
    still = case.high_value(verdict="none", shrinking=0, growing=0)
    assert told.high_value_message(page(high_value=still)).endswith(
        "none brought less in the latest three months than in the same a year ago, and none brought more."
    )
    unknown = case.high_value(comparable=None, shrinking=None, growing=None)
    assert "cannot be said yet" in told.high_value_message(page(high_value=unknown))
    one = case.high_value(customers=1, comparable=1, shrinking=1, growing=0, share=None)
    assert told.high_value_message(page(high_value=one)).startswith(
        "1 customer is of high value; 1 brought less in the latest three months than in the same a year ago, and none brought more:"
    )
    for nobody in (None, case.high_value(customers=0)):
        assert "there are none" in told.high_value_message(page(high_value=nobody))


def test_how_much_hangs_on_the_largest_only_where_customers_are_firms():
    assert told.firms_message(page(top_firms=case.TOP_FIRMS)) == ""
    assert told.firms_message(page(b2b=True, top_firms=case.TOP_FIRMS)) == (
        "Of all margin the largest customer brings 21%, the largest 5 together 44%, the largest 10 together 55% and the largest 20 together 68%: that much would be"
        " missing if they left."
    )
    assert "not meaningful" in told.firms_message(page(b2b=True, top_firms=case.TOP_FIRMS.assign(share=NAN)))
    assert told.firms_message(page(b2b=True)) == ""


def test_low_value_is_what_the_company_wrote():
    text = told.low_value_message(page())
    assert (
        "“little now, and little to come”: less than €20.00 of margin in 12 months and less than €30.00 still to come"
        in text
    )
    assert "First ask what would lift them" in text and "1% of all" in text
    assert "No definition of a low-value customer is agreed" in told.low_value_message(page(low_value=None))
    assert told.low_value_message(page(low_value=case.low_value(customers=0))).startswith("Nobody meets")
    alone = told.low_value_message(
        page(low_value=case.low_value(customers=1, margin=None, share=None, value_to_come_below=None))
    )
    assert alone.startswith("1 customer meets") and "still to come" not in alone and "together" not in alone


def test_thanks():
    assert told.thanks_message(page()) == (
        "85 customers, 7% of the active, have been with us for 60 months or more: somebody might thank them."
    )
    assert "1 customer, 7% of the active, has been" in told.thanks_message(
        page(thanks=case.thanks(customers=1))
    )
    assert told.thanks_message(page(thanks=case.thanks(customers=0))).startswith("No active customer")
    assert "cannot be said" in told.thanks_message(page(thanks=None))
    assert "fewer than 5 customers" in told.few_note()
    assert "lists/" in told.lists_note() and "no page names a customer" in told.lists_note()


DEAR = pd.DataFrame([("won in", "2025", 100.0, 250.0, 2.5, False)], columns=case.COSTS.columns)


def test_that_the_band_below_zero_costs_more_than_it_brings_is_no_finding():
    texts = " ".join(text for _, text in told.candidates(page()))
    assert "costs" not in texts
    namesake = case.COSTS.assign(by="acquisition channel")
    assert "Serving customers of the acquisition channel “below zero” costs" in told.costs_message(
        page(costs=namesake)
    )


def test_cost_to_serve():
    assert told.costs_message(page()) == (
        "Serving customers takes most of what they bring for customers won in 2024, 50%, and least for customers of the value band “top 1%”, 9%."
    )
    dear = pd.concat([case.COSTS, DEAR])
    assert told.costs_message(page(costs=dear)) == (
        "Serving customers won in 2025 costs more than they bring: €250 against €100 before it."
    )
    assert "cannot show who costs more than they bring" in told.costs_message(page(knows_costs=False))
    assert "not available" in told.costs_message(page(costs=case.COSTS.iloc[:0]))
    assert "not available" in told.costs_message(page(costs=case.COSTS.iloc[4:]))
    same = case.COSTS.assign(gross=100.0, cost=40.0, ratio=0.4)
    assert "the same share of what they bring in every group shown, 40%" in told.costs_message(
        page(costs=same)
    )
    assert "cannot be set against" in told.costs_message(
        page(costs=case.COSTS.assign(gross=0.0, cost=0.0, ratio=NAN))
    )


def test_decisions_have_their_money_and_blame_nobody():
    found = page(
        loss=case.loss("open", "refuted", silent_verdict="more halved"),
        b2b=True,
        top_firms=case.TOP_FIRMS,
        high_value=case.high_value(verdict="more shrinking", shrinking=60),
        costs=pd.concat([case.COSTS, DEAR]),
        window=6,
    )
    candidates = told.candidates(found)
    assert all(weight > 0 and text.endswith(".") for weight, text in candidates)
    assert len(wording.decisions(candidates)) == 3
    everything = " ".join(text for _, text in candidates)
    assert all(
        part in everything
        for part in (
            "in 6 months and are expected to bring", "in all months to come", "stayed and bring half as much in 12 months",
            "60 customers of high value brought less in the latest three months than in the same a year ago, and only 30 brought more",
            "they bring €43.9k in 6 months", "serving customers won in 2025 costs €150 more".capitalize(),
        )
    )  # fmt: skip
    assert "below zero" not in everything and "a year:" not in everything
    assert "a count of customers alone does not show it" in everything and "bad" not in everything
    assert "One customer brings 21% of all margin" in everything


def test_nothing_found_is_nothing_to_decide():
    empty = page(
        loss=None,
        high_value=None,
        costs=case.COSTS.iloc[:0],
        potential=None,
        main=case.nothing(),
        low_value=None,
        thanks=None,
    )
    assert wording.decisions(told.candidates(empty)) == []
    private = case.high_value(verdict="more shrinking", shrinking=60, share=None)
    for high in (case.high_value(), private):
        chance = page(high_value=high, costs=case.COSTS.iloc[:0])
        assert not any("high value" in text for _, text in told.candidates(chance))
    few = page(
        loss=case.loss(lost=3, halved=3), costs=case.COSTS.iloc[:0], potential=case.potential(plans=case.potential().plans.assign(equity=NAN)),
        high_value=case.high_value(shrinking=3, verdict="more shrinking"), b2b=True, top_firms=case.TOP_FIRMS.assign(share=0.05),
    )  # fmt: skip
    assert wording.decisions(told.candidates(few)) == []
    both = page(loss=case.loss("refuted", "refuted"))
    assert "what that may cost" in " ".join(text for _, text in told.candidates(both))


def test_names_of_the_company_are_quoted():
    hostile = "<b>$x$</b>"
    assert f"“{hostile}”" in told.segments_message(
        case.SEGMENTS.assign(segment=hostile), "EUR", "margin", has_rules=True
    )
    assert f"“{hostile}”" in banded.message(case.VALUE_BANDS.assign(band=hostile), "EUR", "margin")


def test_where_segments_are_hidden_nothing_is_claimed_of_all_of_them():
    def message(frame):
        return told.segments_message(frame, "EUR", "margin", has_rules=True)

    columns = case.SEGMENTS.columns
    hidden_first = case.SEGMENTS.assign(hidden=[True, False, True, False])
    assert message(hidden_first).startswith("Only “to develop” may be shown: 420 customers")
    nobody_told = case.SEGMENTS.assign(hidden=[False, False, True, True])
    text = message(nobody_told)
    assert "every customer" not in text and text.endswith("; how many no rule caught may not be shown.")
    few = case.SEGMENTS.iloc[[0, 1, 3]].assign(margin=[108_000.0, NAN, 48_000.0])
    assert message(few).startswith("Only “to protect” may be shown")
    empty = pd.DataFrame([("Rest", 40, 1.0, 0.0, NAN, 0.0, NAN, False)], columns=columns)
    assert (
        message(empty) == "No segment by rule brings more than nothing; every customer is caught by a rule."
    )
    assert message(pd.concat([empty, case.SEGMENTS.iloc[2:3]])).startswith(
        "Of the segments that may be shown none brings more than nothing"
    )
    alone = message(case.SEGMENTS.iloc[:1])
    assert alone.startswith("“to protect”: 180 customers") and alone.endswith(
        "every customer is caught by a rule."
    )


def test_of_few_top_customers_numbers_are_told():
    def moved(many, kept, fell):
        lost = many - kept - fell
        return case.migration(
            top_customers=many, top_kept=kept / many, top_fell=fell / many, top_lost=lost / many
        )

    def both(found):
        return banded.migration_message(found, "EUR", "margin").split(") ")[1], banded.migration_title(found)

    assert both(moved(3, 3, 0)) == (
        "all are still at the top.",
        "All of last year's top customers are still at the top",
    )
    assert both(moved(3, 0, 3)) == (
        "all stand lower.", "None of last year's 3 top customers is still at the top, none was lost"
    )  # fmt: skip
    assert both(moved(3, 2, 1)) == (
        "2 are still at the top, 1 stands lower and none was lost.",
        "2 of last year's 3 top customers are still at the top, none was lost",
    )
    assert both(moved(4, 1, 1)) == (
        "1 is still at the top, 1 stands lower and 2 were lost.",
        "1 of last year's 4 top customers is still at the top, 2 were lost",
    )
    assert both(moved(1, 1, 0)) == ("is still at the top.", "Last year's top customer is still at the top")
    assert both(moved(1, 0, 1)) == ("stands lower.", "Last year's top customer stands lower")
    assert both(moved(1, 0, 0)) == ("was lost.", "Last year's top customer was lost")
    assert both(moved(50, 0, 0)) == ("all were lost.", "All of last year's top customers were lost")


def test_what_is_set_once_a_year_is_called_so():
    assert "set anew once a year" in told.definitions(page())["Value band"]
    assert "once a year" not in told.definitions(page(thresholds_yearly=False))["Value band"]
    high = told.definitions(page())["High value"]
    assert high == (
        "Active customers who bring at least the margin from which on the top fifth of customers began in June 2026."
    )
    assert told.definitions(page(bands_since=None))["High value"].endswith("customers began.")


def test_definitions_and_checks():
    terms = told.definitions(page())
    assert {
        "Share of the top fifth",
        "Annual loss",
        "Whale curve",
        "Value band",
        "Silent loss",
        "High value",
    } <= set(terms)
    assert all(meaning.endswith(".") for meaning in terms.values()) and "12 months" in terms["Buyers"]
    assert told.checked(7).endswith("in 7 ways: all agree.") and told.checked(1).endswith(
        "in 1 way: all agree."
    )
    assert "nothing to compare" in told.checked(0)


def test_the_pages_headline_figures_are_named():
    names = wording.since.HEADLINES["03_value_segments"]
    assert {measure for measure, _ in names} >= {
        "top_20_share",
        "gini",
        "annual_customer_loss_rate",
        "annual_value_loss_rate",
    }


def test_groups_are_set_apart_by_the_top_only_beyond_noise():
    said = wording.value_bands.crossed_message({"channel": case.crossed()}, ["next 15%"])
    assert said == (
        "Of the customers of “branch” 25% are in “next 15%”, the most by acquisition channel; of those of “comparison” nobody."
    )
    alike = case.crossed(rows=(("a <b>", 60, 6), ("b", 50, 4)))
    said = wording.value_bands.crossed_message({"channel": alike}, ["next 15%"])
    assert (
        said
        == "By acquisition channel there is no measurable difference in how many customers are in “next 15%”."
    )
    assert wording.value_bands.crossed_message({}, ["next 15%"]) == ""
    assert wording.value_bands.crossed_message({"channel": case.crossed(rows=(("one", 60, 6),))}, ["x"]) == ""
    assert "a &lt;b&gt;" in segment_tables.crossed({"channel": alike}).html
