"""Sentences of Return on Customer: sign, equal, chance, singular, what is not known, and names that are not to be trusted."""

import re
from datetime import date
from decimal import Decimal
from types import SimpleNamespace

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from custlib.measure.equity import Estimate
from custlib.measure.retention import RetentionPoint
from custlib.measure.roc_history import Profits
from custlib.month.figures import PAGES
from custlib.present import wording
from tests.present import return_cases as case
from tests.present.return_cases import NAN, above, missing, page, returned, unsure

said, based, booked, judged, won = (
    wording.returns, wording.return_basis, wording.ledger, wording.quadrants, wording.acquisition,
)  # fmt: skip
HOSTILE = "<b>$x$</b>"
COUNTED = Estimate(None)
_UNREADABLE = re.compile(r"\bnan\b|\bNone\b(?! of)|\binf\b|Decimal|  |\.\.")


def year(row, **changed):
    """A page whose twelve months are those given."""
    return page(returns={1: returned(1), 12: row}, **changed)


def month(row=None, **changed):
    """A page of which the month alone is known."""
    return page(
        returns={1: row or returned(1)}, ledgers={1: case.ledger(1)}, quadrant=None, alarm=False, **changed
    )


def every_sentence(found):
    """Give all that the page says of itself, in one list."""
    ledger, dimension = booked.longest(found), "acquisition_channel"
    points = judged.map_points(found, dimension)
    return [
        said.lead(found), said.literal_message(found), said.literal_arithmetic(found), said.parts_message(found), said.parts_arithmetic(found),
        said.month_message(found), based.basis_message(found), *based.basis_notes(found), based.restatement_message(found),
        based.refitted_message(found), based.model_note(found), based.sensitivity_message(found), booked.message(ledger, "EUR"),
        booked.arithmetic(ledger, "EUR"), booked.customers_message(ledger), booked.footing_note(ledger, "EUR"), booked.bridge_title(ledger, "EUR"),
        booked.alt_bridge(ledger, "EUR"), judged.message(found), judged.alarm(found), judged.history_message(found.history),
        judged.history_title(found.history), judged.alt_history(found.history), judged.map_title(found), judged.alt_map(points, "EUR"),
        judged.segments_message(found, dimension), won.message(found.joiners, "EUR"),
        won.payback_message(found.joiners), won.retention_message(found.retention_point, "EUR"),
        *(text for _, text in won.candidates(found)),
    ]  # fmt: skip


def assert_speakable(texts):
    for text in texts:
        assert not _UNREADABLE.search(text), text


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (
            returned(),
            "Over 12 months our customers returned 4.1% (2.0% to 6.3%) on what they were worth, 3.5 points less than they had to earn: value of"
            " €43.8k (€17k to €70k) was used up.",
        ),
        (above(), "12.8% (10.0% to 14.9%) on what they were worth, 5.2 points more than they had to earn: value of €65.0k (€30k to €91k) was created."),
        (
            unsure(),
            "Whether we created customer value or used it up over 12 months cannot be told: our customers returned 8.1% (5.0% to 11.2%) on what they were"
            " worth, and the 7.6% that they had to earn lies within what chance allows.",
        ),
        (returned(total=Estimate(0.041)), "3.5 points less than they had to earn; how sure that is cannot be said."),
        (returned(total=Estimate(-0.052, -0.07, -0.03)), "returned −5.2% (−7.0% to −3.0%) on what they were worth, 12.8 points less"),
        (
            returned(total=Estimate(0.09), hurdle=Estimate(0.09), value_created=Estimate(0.0)),
            "returned 9.0% on what they were worth, just what they had to earn; how sure that is cannot be said.",
        ),
        (
            returned(total=Estimate(0.09, 0.09, 0.09), hurdle=Estimate(0.09), value_created=Estimate(0.0, 0.0, 0.0)),
            "returned 9.0% on what they were worth, just what they had to earn: value was neither created nor used up.",
        ),
        (
            returned(total=Estimate(0.0763, 0.0762, 0.0764), value_created=Estimate(3.4, 1.0, 6.0)),
            "less than a tenth of a point more than they had to earn: value of €3.40 (€1.0 to €6.0) was created.",
        ),
        (returned(value_created=COUNTED), "3.5 points less than they had to earn: value was used up."),
        (returned(total=COUNTED, closed=COUNTED), "cannot be said: nobody's value is known at both ends of the period."),
        (
            returned(opening=0.0, total=COUNTED, closed=COUNTED),
            "cannot be said: at the beginning customers were worth €0, not more than nothing, so that a return on it is not meaningful.",
        ),
        (returned(opening=-31_000.0, total=COUNTED, closed=COUNTED), "were worth −€31.0k, not more than nothing"),
    ],
)  # fmt: skip
def test_the_lead_says_created_or_used_up_only_beyond_chance(row, expected):
    told = said.lead(page(returns={12: row}))
    assert expected in told
    assert_speakable([told])


def test_the_interval_of_the_return_and_that_of_the_value_have_to_agree():
    """The draws of return and hurdle go together, so that one interval may hold the hurdle and the other not nothing."""
    one = returned(total=Estimate(0.041, 0.02, 0.08))
    other = returned(value_created=Estimate(-43_750.0, -70_000.0, 100.0))
    assert [said.verdict(row, page()) for row in (one, other)] == [said.OPEN, said.OPEN]
    assert said.verdict(returned(), page()) == said.USED_UP and said.verdict(above(), page()) == said.CREATED


def test_without_acquisition_cost_new_customers_are_left_out_of_the_judgement():
    """Customers who cost nothing would be value for nothing: their return of 14% does not hide −4.4% of those before."""
    row = case.free()
    assert said.lead(year(row)) == (
        "Over 12 months the customers known at the beginning of each month returned −4.4% (−6.5% to −2.2%) on what they were worth, 12.0 points less than they had to"
        " earn: value of €150k (€120k to €180k) was used up. What winning new ones cost is not recorded for enough of them, so that they are left out of the"
        " judgement."
    )
    assert said.parts_arithmetic(year(row)) == "(−4.370% − 7.600%) × €1.25m = −€150k"
    assert "as what winning new ones cost is not known" in judged.message(year(row, quadrant="harvesting"))
    assert "while customers known at the beginning of each month returned −4.4%" in judged.alarm(year(row))
    assert won.candidates(year(row))[0][0] == -149_625.0
    assert "as what winning" not in judged.message(page())
    assert "not recorded" not in said.lead(page())
    assert (
        "winning new ones (their first month and their value at its end), before what that cost, which is not known, added 8.5 points"
        in said.parts_message(year(row))
    )
    assert "before what winning new ones cost, which is not known" in said.literal_message(year(row))


@pytest.mark.parametrize(
    ("at_limit", "why"),
    [(True, "hardly anybody had been seen to leave"), (False, "less than 12 months of data lie behind it")],
)
def test_what_nobody_can_be_sure_of_is_told_and_not_judged(at_limit, why):
    """Seen without anybody leaving, customers are worth too much: no verdict, interval, field, alarm or decision."""
    young = {"unsure": True, "profits": Profits({date(2025, 10, 1): Decimal(1)}, {})}
    how = {"unsure": True, "at_limit": True} if at_limit else young
    for found in (page(**how), month(**how, seasonal=True)):
        lead = said.lead(found)
        assert f"is not judged: {'when a basis of these months was taken ' if at_limit else ''}{why}" in lead
        assert " had to be earned; whether customer value was created or used up is not judged" in lead
        everything = " ".join(every_sentence(found))
        for verdict in (
            "value of €",
            "points less than",
            "points more than",
            "created most",
            "used up most",
            "harvesting",
            "would turn",
            "lies within what chance",
        ):
            assert verdict not in everything, verdict
        assert "2.0% to 6.3%" not in everything and why in judged.message(found)
        assert judged.alarm(found) == "" and won.candidates(found) == []
        assert judged.map_points(found, "acquisition_channel").empty and judged.map_title(found).endswith(
            "yet"
        )
    assert said.month_message(page(**how)).endswith("it is not judged either.")
    assert "hardly anybody had been seen to leave" in said.lead(page(unsure=True)), (
        "an earlier basis, not the month's own"
    )
    assert said.lead(page(unsure=True)).startswith(
        "Over 12 months our customers returned 4.1% on what they were worth, where 7.6% had"
    )


def test_a_month_alone_is_told_and_not_judged_where_it_has_its_season():
    text = said.lead(month())
    assert text.startswith("Whether we created customer value or used it up in June 2026 cannot be told")
    assert text.endswith("A return over 12 months is not available yet.")
    row = returned(1, total=Estimate(0.002, 0.001, 0.003), value_created=Estimate(-5000.0, -6000.0, -4000.0))
    assert "was used up" in said.lead(month(row))
    text = said.lead(month(row, seasonal=True))
    assert text.startswith(
        "In June 2026 our customers returned 0.2% (0.1% to 0.3%) on what they were worth, where 0.8% had to be earned."
    )
    assert "A month is not judged here" in text and "used up" not in text


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (missing(), "rests on what 12 months of data tell, and these are not the months that it judges; the return is there from the first month after 12 months of data on."),
        (missing(month=date(2023, 11, 1)), "the return is there from January 2024 on."),
        (missing(month=date(2023, 11, 1), basis_months=24), "rests on what 24 months of data tell, and these are not the months that it judges; the return is there from January 2025 on."),
        (missing(basis_months=6, profits=Profits({}, {})), "from the first month after 6 months of data on."),
        (missing("not fitted"), "could not be fitted so that it can be relied on at the end of December 2025"),
        (missing("opening not positive"), "worth nothing, or less, so that a return on it is not meaningful."),
        (missing(""), "nobody's value is known at both ends of the period."),
    ],
)  # fmt: skip
def test_where_there_is_no_return_the_lead_says_why(found, expected):
    assert said.lead(found).startswith("Whether customer value was created or used up cannot be said: ")
    assert expected in said.lead(found)
    assert_speakable(every_sentence(found))
    assert won.candidates(found) == [] and judged.alarm(found) == ""


def test_the_articles_formula_comes_out_as_written():
    text, sums = said.literal_message(page()), said.literal_arithmetic(page())
    assert text.startswith(
        "By the article's formula, word for word, the return over 12 months is 0.7% (−1.4% to 2.9%): customers brought a profit of €122k"
    )
    assert (
        "customer equity fell by €112k from €1.25m, of which −€42.0k is a restatement by a new basis" in text
    )
    assert sums == "(€121,608.68 + €1,137,641.54 − €1,250,000.33) / €1,250,000.33 = 0.740%"
    assert pytest.approx(0.0074, abs=5e-6) == (121608.68 + 1137641.54 - 1250000.33) / 1250000.33
    plain = year(returned(profit=Decimal("-5.00")), ledgers={12: case.ledger(12, restatement=0.0)})
    assert "a loss of €5.00" in said.literal_message(plain) and "restatement" not in said.literal_message(
        plain
    )
    still = year(returned(profit=Decimal(0), change_with_restatement=0.0), ledgers={})
    assert (
        "customers brought no profit, and customer equity stood at €1.14m at both ends"
        in said.literal_message(still)
    )
    none = year(returned(literal=COUNTED))
    assert said.literal_message(none).endswith(
        "not available, or not meaningful."
    ) and not said.literal_arithmetic(none)


def test_what_new_customers_added_stands_between_the_two_returns():
    assert said.parts_message(page()) == (
        "The customers known at the beginning of each month returned −4.4% (−6.5% to −2.2%); winning new ones (their first month and their value at its end),"
        " after what that cost, added 8.5 points, which makes"
        " 4.1% (2.0% to 6.3%) for all. 7.6% had to be earned."
    )
    took = year(returned(acquisition=Estimate(-0.012, -0.02, -0.01)))
    assert "after what that cost, took 1.2 points away" in said.parts_message(took)
    assert "added nothing" in said.parts_message(year(returned(acquisition=Estimate(0.0))))
    assert said.parts_message(year(returned(closed=COUNTED))).endswith("not available.")
    assert said.parts_arithmetic(page()) == "(4.100% − 7.600%) × €1.25m = −€43.8k"
    assert said.parts_arithmetic(year(returned(value_created=COUNTED))) == ""


def test_the_month_stands_beside_the_year():
    text = said.month_message(page())
    assert (
        text
        == "June 2026 alone returned 0.4% (−0.3% to 1.1%), where 0.8% had to be earned: what lies between may be chance."
    )
    assert said.month_message(page(seasonal=True)).endswith(
        "it is not judged, as months here have their season."
    )
    assert said.month_message(month()) == ""
    good = returned(1, total=Estimate(0.02, 0.01, 0.03), value_created=Estimate(9.0, 1.0, 12.0))
    assert said.month_message(page(returns={1: good, 12: returned()})).endswith("value was created.")
    bad = returned(1, total=Estimate(-0.02, -0.03, -0.01), value_created=Estimate(-9.0, -12.0, -1.0))
    assert said.month_message(page(returns={1: bad, 12: returned()})).endswith("value was used up.")
    gone = returned(1, total=COUNTED, closed=COUNTED)
    assert said.month_message(page(returns={1: gone, 12: returned()})).endswith("is not available.")
    none = returned(1, opening=-1.0, total=COUNTED, closed=COUNTED)
    assert "not meaningful" in said.month_message(page(returns={1: none, 12: returned()}))


def test_the_basis_is_named_and_what_is_unusual_of_it():
    assert based.basis_message(page()).startswith(
        "The months of 2026 are valued at both ends by what was known at the end of December 2025; that basis stays as it is until December has ended"
    )
    assert "a basis of their own" in based.basis_message(page())
    assert "a basis of their own" not in based.basis_message(page(ledgers={1: case.ledger(1)}))
    assert "no basis" in based.basis_message(missing())
    young = page(basis_month=date(2026, 3, 1))
    assert based.basis_message(young).startswith(
        "The months after March 2026 are valued at both ends by what was known at the end of March 2026"
    )
    usual = based.basis_notes(page())
    assert len(usual) == 1 and "10.0% a year (0.797% a month)" in usual[0]
    told = " ".join(based.basis_notes(page(basis_months=6, at_limit=True, pooled_kinds={"use": (HOSTILE,)})))
    assert "needs 6 months of data here and not 12 months" in told and "as if nobody leaves for good" in told
    assert (
        f"of “{HOSTILE}” there were none, or too few, without a contract when the basis was taken at the end of December 2025"
        in told.replace("Of", "of")
    )
    assert "begins later" in based.basis_notes(page(basis_months=24))[0]
    two = based.basis_notes(page(pooled_kinds={"contract": ("a", "b"), "use": ("c",)}))
    assert two[0].startswith("Of “a” and “b” there were none, or too few, with a contract")
    assert two[0].endswith(
        "those with a contract in them are valued by what all customers with a contract together tell."
    )
    assert two[1].startswith("Of “c” ") and len(two) == 3


def test_a_restatement_is_no_return():
    text = based.restatement_message(page())
    assert "worth €42.0k less in January than in December" in text and "no part of the return" in text
    assert "counted neither as earned nor as lost" in text
    more = page(ledgers={12: case.ledger(12, restatement=42_000.0)})
    assert "worth €42.0k more in January" in based.restatement_message(more)
    assert (
        based.restatement_message(page(ledgers={1: case.ledger(1)}))
        == "No new basis was taken in June 2026, so that nothing is restated."
    )
    assert "in these 12 months" in based.restatement_message(
        page(ledgers={12: case.ledger(12, restatement=0.0)})
    )
    assert based.restatement_message(missing()).endswith("not available.")


def test_equity_fitted_again_stands_beside_the_closing():
    assert based.refitted_message(page()).startswith(
        "The ledger closes at €1.14m; if its models were fitted again today it would be €1.02m (€960k to €1.08m), €118k less: that is what the months"
    )
    more = page(refitted=Estimate(1_500_000.0))
    assert "€1.50m, €362k more" in based.refitted_message(more)
    assert based.refitted_message(page(refitted=Estimate(1_137_000.0))).endswith("practically the same.")
    assert based.refitted_message(page(refitted=COUNTED)).endswith("is not available.")
    assert based.refitted_message(missing()).endswith("not available.")
    assert "would become the restatement, were the next basis taken today" in based.refitted_message(page())


def test_another_model_or_horizon_is_one_line():
    assert based.model_note(page()) == "" and based.model_note(missing()) == ""
    assert "has €120,000.50 less than this ledger's closing" in based.model_note(
        page(model_difference=-120_000.5)
    )
    assert "has €0.02 more" in based.model_note(page(model_difference=0.02))
    for nothing in (None, NAN):
        assert "nothing to reconcile" in based.model_note(page(model_difference=nothing))


def test_sensitivity_says_whether_the_answer_turns():
    assert based.sensitivity_message(page()).startswith(
        "None of the rates and margins tried turns the answer: value created runs from −€73.8k (a discount"
    )
    turned = case.SENSITIVITY.assign(value_created=[9_000.0, -73_750.0, 1_000.0, NAN])
    text = based.sensitivity_message(page(sensitivity=turned))
    assert (
        "with a discount rate of 5.0% a year and a margin 10% lower it would turn" in text
        and "+€9,000" in text
    )
    assert based.sensitivity_message(page(sensitivity=case.SENSITIVITY.iloc[:0])).endswith("not available.")
    assert based.sensitivity_message(page(sensitivity=case.SENSITIVITY.assign(value_created=NAN))).endswith(
        "not available."
    )


def test_the_ledger_in_a_sentence():
    ledger = case.ledger()
    assert booked.message(ledger, "EUR") == (
        "Over the 12 months to June 2026 customer equity fell from €1.25m to €1.14m; most was added because new customers came (+€152k); most was taken"
        " because fewer customers than expected look still to be there (−€47.7k) and a new basis values customers lower (−€42.0k)."
    )
    assert booked.message(case.ledger(1), "EUR").startswith("In June 2026 customer equity fell")
    assert booked.message(None, "EUR").endswith("not available.") and booked.arithmetic(None, "EUR") == ""
    up = case.ledger(lines=case.lines(survival="500000", spend="1"))
    assert (
        "most was added because more customers than expected look still to be there (+€500k) and new customers came"
        in booked.message(up, "EUR")
    )
    assert "a new basis values customers lower (−€42.0k) and who is there comes less often" in booked.message(
        up, "EUR"
    )
    still = case.ledger(lines=case.lines().assign(amount=0.0), restatement=0.0)
    assert booked.message(still, "EUR") == "Over the 12 months to June 2026 customer equity stayed at €1.25m."
    assert booked.bridge_title(still, "EUR") == "Customer equity stood at €1.25m at both ends"
    assert booked.bridge_title(ledger, "EUR").endswith("beyond the foreseen, survival took most")
    assert booked.bridge_title(up, "EUR").endswith(
        "rose from €1.25m to €1.69m; beyond the foreseen, survival added most"
    )
    restated = case.ledger(restatement=-200_000.0)
    assert booked.bridge_title(restated, "EUR").endswith("beyond the foreseen, restatement took most")
    foreseen = case.ledger(lines=case.lines(survival="0", frequency="0", spend="0"), restatement=0.0)
    assert booked.bridge_title(foreseen, "EUR") == "Customer equity fell from €1.25m to €1.24m"


def test_the_arithmetic_of_the_ledger_adds_up():
    text = booked.arithmetic(case.ledger(), "EUR")
    plain = re.sub(r"\([a-z ]+\)|[€,]", "", text).replace("\N{MINUS SIGN}", "-").replace(" ", "")
    left, right = plain.split("=")
    assert sum(map(float, re.findall(r"[+-]?[0-9.]+", left))) == pytest.approx(float(right), abs=0.05)
    assert "+ €152,300.34 (new customers)" in text and "− €42,000.13 (restatement)" in text
    assert "restatement" not in booked.arithmetic(case.ledger(1), "EUR")


def test_customers_and_what_is_left_over():
    assert booked.customers_message(case.ledger()).startswith(
        "The ledger opens with 1,500 customers, 300 customers are new in it, and it closes with 1,800"
    )
    assert "1 customer is new in it" in booked.customers_message(case.ledger(customers_new=1))
    assert "no customers are new" in booked.customers_message(case.ledger(customers_new=0))
    assert booked.customers_message(None) == booked.footing_note(None, "EUR") == ""
    assert "less than €0.01 is left over" in booked.footing_note(case.ledger(), "EUR")
    assert "nothing is left over" in booked.footing_note(case.ledger(residual=0.0), "EUR")
    assert "€0.02 is left over" in booked.footing_note(case.ledger(residual=0.02), "EUR")
    assert (
        "none of the three and no status has to" in booked.mean_note()
        and "no line of the ledger" in booked.profit_note()
    )


@pytest.mark.parametrize(
    ("name", "profit", "row", "expected"),
    [
        ("harvesting", "121608.68", returned(), "Profit rose from €100k to €122k and the return lies 3.5 points below the hurdle: harvesting, that is"),
        ("creating", "121608.68", above(), "5.2 points above the hurdle: creating"),
        ("investing", "80000", above(), "Profit fell from €100k to €80.0k and the return lies 5.2 points above the hurdle: investing"),
        ("destroying", "80000", returned(), "3.5 points below the hurdle: destroying, that is, profit did not grow"),
        ("investing", "100000", above(), "Profit stood at €100k, as a year before, and the return"),
    ],
)  # fmt: skip
def test_the_four_fields(name, profit, row, expected):
    found = year(row, quadrant=name, profit_now=Decimal(profit))
    assert expected in judged.message(found) and "by chance" not in judged.message(found)
    assert (
        judged.map_title(found).startswith(name.capitalize()) and len(judged.map_title(found).split()) <= 15
    )
    assert "may lie on the other side of the hurdle by chance" in judged.message(
        year(unsure(), quadrant=name)
    )


def test_without_a_year_before_there_is_no_field():
    for found in (page(quadrant=None), page(profit_before=None), missing()):
        assert judged.message(found).startswith("Profit cannot be set against the return yet")
    assert judged.map_title(page(quadrant=None)).endswith("yet")


def test_the_alarm_names_both_sums_and_blames_nobody():
    text = judged.alarm(page())
    assert text == (
        "Profit rose from €100k to €122k, €21.6k more than a year earlier, while customers returned 4.1% where 7.6% had to be earned: value of €43.8k (€17k to"
        " €70k) was used up. A look at profit alone would not show it. That both happened in the same months does not say that one made the other."
    )
    assert judged.alarm(page(alarm=False)) == "" and judged.alarm(page(profit_before=None)) == ""
    near = returned(total=Estimate(0.07, 0.05, 0.09), value_created=Estimate(-7500.0, -32_000.0, 17_000.0))
    assert judged.alarm(year(near)).endswith("The return lies so near the hurdle that this may be chance.")
    assert "value was used up" in judged.alarm(year(returned(value_created=COUNTED)))


def test_the_history_says_since_when():
    assert judged.history_message(case.history()) == (
        "The return over 12 months lay above the hurdle in 3 of 7 months known; since March 2026 it has been below."
    )
    assert (
        judged.history_title(case.history())
        == "The return stands at 4.0%, below the hurdle of 9.0%; December 2025: 14.0%"
    )
    assert judged.history_message(case.history(12)).endswith(
        "known of one month only, December 2025: it lay above the hurdle."
    )
    assert judged.history_title(case.history(12)) == "The return stands at 14.0%, above the hurdle of 9.0%"
    long = case.history(30)
    assert "June 2026: 4.0%" in judged.history_title(long)
    always = case.history(18, roc_12=0.2)
    assert (
        judged.history_message(always)
        == "The return over 12 months lay above the hurdle in 7 of 7 months known."
    )
    for none in (case.history(5), case.history().iloc[:0]):
        assert "not known of any month yet" in judged.history_message(none)
        assert judged.history_title(none).endswith("cannot be shown yet") and judged.alt_history(
            none
        ).startswith("No line")


def by(table, dimension="acquisition_channel", **changed):
    return judged.segments_message(page(segments={dimension: table}, **changed), dimension)


def test_segments_are_named_only_beyond_noise():
    text = by(case.SEGMENTS)
    assert text == (
        "By acquisition channel “branch” created most value, €56.0k at a return of 16.0%, and “paid” used up most, €43.5k at a return of −20.0%; 1 of 3"
        " segments does not differ measurably from the hurdle."
    )
    wide = case.SEGMENTS.assign(value_low=-1e6, value_high=1e6)
    assert "chance would hardly explain" in by(wide)
    assert "chance would hardly explain" in by(case.SEGMENTS.assign(value_low=NAN, value_high=NAN))
    for none in (pd.DataFrame(), case.SEGMENTS.assign(hidden=True), case.SEGMENTS.assign(value_created=NAN)):
        assert "not available, not meaningful, or of segments too small" in by(none, "value_band")
    # A rate of next to nothing is not meaningful; value in money is.
    assert "“branch” created most value, €56.0k, and" in by(case.SEGMENTS.assign(total=NAN, roc=NAN))
    assert "at a return of 12.0%" in by(case.SEGMENTS.assign(cost_known=False))
    for past in ("value_band", "core_status", "cohort"):
        assert "new ones all begin in the same" in by(case.SEGMENTS, past) and "branch" not in by(
            case.SEGMENTS, past
        )
    assert "not available" in judged.segments_message(missing(), "region")
    assert judged.segments_message(missing(), "").startswith("Returns by segment are not available")
    only = by(case.SEGMENTS.iloc[2:3], "region")
    assert only == "By region “paid” used up most value, €43.5k at a return of −20.0%."
    assert f"“{HOSTILE}”" in by(case.SEGMENTS.assign(segment=HOSTILE))
    assert "letter" not in text and "the column of moves" in judged.moves_note()


def test_a_return_on_next_to_nothing_is_said_to_say_little():
    assert judged.small_note(page(), "acquisition_channel") == "" == judged.small_note(missing(), "region")
    wild = page(segments={"region": case.SEGMENTS.assign(roc=[0.1, NAN, 0.1, NAN])})
    assert judged.small_note(wild, "region").startswith("“web” was worth so little at the opening")
    both = page(segments={"region": case.SEGMENTS.assign(roc=[0.1, NAN, NAN, NAN])})
    assert judged.small_note(both, "region").startswith("“web” and “paid” were worth so little")


def test_segments_of_a_month_with_its_season_are_not_judged():
    early = {"returns": {1: returned(1)}, "ledgers": {1: case.ledger(1)}}
    assert "is not judged as months here have their season" in by(case.SEGMENTS, **early, seasonal=True)
    assert "“branch” created" in by(case.SEGMENTS, **early)


def test_points_of_the_map_need_both_profits():
    table = case.SEGMENTS.assign(profit_before=[15_000.0, NAN, 2_000.0, 1.0])
    found = page(segments={"acquisition_channel": table, "region": pd.DataFrame()})
    points = judged.map_points(found, "acquisition_channel")
    assert points.label.tolist() == ["All", "branch", "paid"]
    assert points.profit.tolist() == pytest.approx([21_608.68, 45_000.0, -11_000.0])
    assert points["return"].tolist() == pytest.approx([0.041 - 0.0760001, 0.07, -0.29])
    assert "branch profit +€45.0k, return +7.0 points" in judged.alt_map(points, "EUR")
    assert judged.alt_map(points.iloc[:0], "EUR").startswith("No points")
    assert judged.map_points(missing(), "acquisition_channel").empty
    assert judged.map_points(found, "region").label.tolist() == ["All"]


def test_what_winning_customers_cost_against_what_they_bring():
    assert won.message(case.JOINERS, "EUR") == (
        "Winning 300 customers cost €95.00 each; each brought €12.00 in the first month and was then worth €310, together €227 more than the cost;"
        " “paid” cost €103 for €65.00."
    )
    dear = case.JOINERS.assign(cost=900.0)
    assert "€578 less than the cost" in won.message(dear, "EUR")
    assert "and 1 more channel cost more than their customers are worth" in won.message(dear, "EUR")
    # Where the interval reaches the cost, the difference may be chance.
    assert "paid" not in won.message(case.JOINERS.assign(high=[330.0, 560.0, 98.0]), "EUR")
    none = case.JOINERS.iloc[:0]
    assert won.message(none, "EUR", valued=True).startswith("Nobody, or too few")
    assert won.message(none, "EUR", valued=False).endswith(
        "values of those won in the latest 12 months are not available, as the page of customer equity has none."
    )
    assert won.message(none, "EUR").endswith("are not available, or too few were won.")
    for column in ("cost", "value"):
        assert "cannot be set against" in won.message(case.JOINERS.assign(**{column: NAN}), "EUR")
    losing = case.JOINERS.assign(value=[310.0, 520.0, -60.0], high=[330.0, 560.0, -50.0])
    assert "“paid” cost €103 for customers who cost €55.00 more than they bring" in won.message(losing, "EUR")
    assert "€0 in the first month" in won.message(case.JOINERS.assign(first_month=NAN), "EUR")


def test_payback_by_channel():
    assert won.payback_message(case.JOINERS) == (
        "What winning customers cost was earned back by those won by “branch” after 4 months; by those won by “paid” not in the months seen, as far as is known."
    )
    assert won.payback_message(case.JOINERS.assign(payback=NAN)).startswith(
        "What winning customers cost has not been earned back"
    )
    assert (
        won.payback_message(case.JOINERS.iloc[:1])
        == "What winning customers cost was earned back by all of them together after 7 months."
    )
    for none in (case.JOINERS.assign(cost=NAN), case.JOINERS.iloc[:0], case.JOINERS.drop(columns="payback")):
        assert won.payback_message(none).endswith("not available.")
    assert "“branch” in the month of acquisition;" in won.payback_message(
        case.JOINERS.assign(payback=[7.0, 0.0, NAN])
    )
    assert "after 1 month;" in won.payback_message(case.JOINERS.assign(payback=[7.0, 1.0, NAN]))


def test_a_point_of_retention_has_a_worth_and_no_known_cost():
    assert won.retention_message(case.POINT, "EUR") == (
        "Were 1 percentage point more of those who are customers today still there in 12 months, 15 customers, customer equity would be €9,400 (€8,100 to €11k)"
        " higher; those kept are taken for such as leave, and not for the best."
    )
    few = RetentionPoint(0.5, 1.02, Estimate(3.0))
    text = won.retention_message(few, "EUR")
    assert (
        text.startswith("Were 0.5 percentage points more")
        and "1.0 customer, customer equity would be €3.00 higher" in text
    )
    assert won.retention_message(RetentionPoint(1.0, NAN, Estimate(-3.0)), "EUR").endswith(
        "an unknown number of them, customer equity would not be higher."
    )
    for none in (None, RetentionPoint(1.0, 1.0, COUNTED)):
        assert won.retention_message(none, "EUR").endswith("not available.")
    assert "nobody knows from these data" in won.retention_note()


def test_decisions_come_with_their_money():
    told = wording.decisions(won.candidates(page()))
    assert len(told) == 3
    assert told[0].startswith(
        "Though profit rose, customers earned €43.8k less than they had to over 12 months"
    )
    assert told[1].startswith(
        "Of the groups by acquisition channel “paid” used up most value, €43.5k at a return of −20.0%"
    )
    assert told[2].startswith("A point of retention is worth €9,400") and any(
        "Winning the 200 customers" in text for _, text in won.candidates(page())
    )
    quiet = year(above(), segments={}, joiners=case.JOINERS.iloc[:0], retention_point=None, alarm=False)
    assert wording.decisions(won.candidates(quiet)) == []
    assert (
        wording.decisions(
            won.candidates(
                year(
                    unsure(),
                    segments={"value_band": case.SEGMENTS},
                    joiners=case.JOINERS.iloc[:1],
                    retention_point=None,
                )
            )
        )
        == []
    )
    seasonal = month(
        returned(1, total=Estimate(0.002, 0.001, 0.003), value_created=Estimate(-5000.0, -6000.0, -4000.0)),
        seasonal=True,
    )
    assert not won.candidates(seasonal)[0][1]
    assert "36 months" in won.payback_note()
    calm = wording.decisions(won.candidates(page(alarm=False)))
    assert calm[0].endswith(
        "find out in which months, segments and lines of the ledger that arose, and begin there."
    )
    assert "Though" not in " ".join(wording.decisions(won.candidates(page(alarm=False))))


@pytest.mark.parametrize(
    "found",
    [
        page(), page(unsure=True), page(unsure=True, at_limit=True), month(unsure=True), year(above()), year(unsure()), month(), month(seasonal=True), missing(), year(returned(acquisition_cost=None)),
        year(returned(opening=-5.0, literal=COUNTED, closed=COUNTED, total=COUNTED, acquisition=COUNTED, hurdle=COUNTED, value_created=COUNTED)),
        page(joiners=case.JOINERS.assign(cost=NAN, payback=NAN, ratio=NAN, net=NAN)), page(model_difference=NAN),
        page(ledgers={12: case.ledger(lines=case.lines("0.000001"))}),
    ],
)  # fmt: skip
def test_whatever_the_month_brings_sentences_can_be_read(found):
    assert_speakable(every_sentence(found))
    for text in (
        booked.bridge_title(booked.longest(found), "EUR"),
        judged.history_title(found.history),
        judged.map_title(found),
    ):
        assert len(text.split()) <= 15


@settings(max_examples=40, deadline=None)
@given(
    value=st.floats(-3, 3), width=st.floats(0, 1), hurdle=st.floats(0, 0.2), opening=st.floats(-1e7, 1e9), restated=st.floats(-1e6, 1e6)
)  # fmt: skip
def test_any_figures_make_a_sentence(value, width, hurdle, opening, restated):
    made = Estimate(value, value - width, value + width)
    gap = (value - hurdle) * opening
    row = returned(
        total=made, literal=made, closed=made, acquisition=Estimate(value / 2), hurdle=Estimate(hurdle), opening=opening,
        value_created=Estimate(gap, gap - abs(opening) * width, gap + abs(opening) * width),
    )  # fmt: skip
    found = year(row, ledgers={12: case.ledger(restatement=restated)})
    assert_speakable(every_sentence(found))
    # Below that, the product of both may be too small for a number.
    if opening > 1 and abs(value - hurdle) > width + 1e-9:
        assert ("was created" in said.lead(found)) == (value > hurdle)
        assert ("was used up" in said.lead(found)) == (value < hurdle)
    elif opening > 1 and width > abs(value - hurdle):
        assert "cannot be told" in said.lead(found)


def test_definitions_and_checks():
    terms = based.definitions(page())
    assert {
        "Return on Customer",
        "Known at the beginning of each month",
        "Hurdle",
        "Value created",
        "Unwinding",
        "Restatement",
        "Valuation basis",
        "95% interval",
    } <= set(terms)
    assert all(meaning.endswith(".") for meaning in terms.values()) and "12 months" in terms["Hurdle"]
    assert "first 6 months of data" in based.definitions(page(basis_months=6))["Valuation basis"]
    assert based.checked(7).endswith("in 7 ways: all agree.") and based.checked(1).endswith(
        "in 1 way: all agree."
    )
    assert "nothing to compare" in based.checked(0)


def test_who_is_judged_is_not_called_one_base_over_a_year():
    """Over twelve months the base is taken anew each month: who was won in one is in that of the next."""
    told = " ".join([*every_sentence(page()), *based.definitions(page()).values()])
    assert "opening base" not in told and "closed base" not in told.lower()
    assert "customers known at the beginning of each month returned" in told
    assert "customers known at the beginning of the month returned" in said.parts_message(month())
    assert "met with other luck" in based.definitions(page())["95% interval"]


def test_the_pages_headline_figures_are_named():
    names = wording.since.HEADLINES["05_return_on_customer"]
    assert {measure for measure, months in names if months == 12} >= {
        "return_on_customer", "return_on_customer_closed", "hurdle_rate", "value_created", "profit",
    }  # fmt: skip


def test_every_page_has_headline_figures_to_compare():
    assert set(wording.since.HEADLINES) == set(PAGES)


def test_scores_of_an_earlier_page_are_printed_in_points():
    row = SimpleNamespace(measure="nps", unit="ratio", value_a="0.219047619", status_a="ok", change=-0.013)
    assert wording.since._written(row, "a") == "21.9" and wording.since._change(row) == "−1.3"


def test_rates_of_an_earlier_page_are_printed_as_rates():
    row = SimpleNamespace(
        measure="return_on_customer", unit="ratio", value_a=0.0412, status_a="ok", change=-0.013
    )
    assert wording.since._written(row, "a") == "4.12%" and wording.since._change(row) == "−1.30%"
    other = SimpleNamespace(measure="gini", unit="ratio", value_a=0.0412, status_a="ok", change=-0.013)
    assert wording.since._written(other, "a") == "0.04"
