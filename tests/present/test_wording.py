"""Sentences follow their numbers: sign, plural, missing, zero; and never say more than is known."""

from decimal import Decimal

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from custlib.measure.figures import YearOfMargin
from custlib.measure.reconcile import Part, Reconciliation
from custlib.measure.series import Series
from custlib.present import wording
from custlib.present.wording.words import compared, listed, people, sentence


def past(*values, unit="customers"):
    """Twelve months and more: the given values a year ago, a month ago and now."""
    year, month, now = (None if v is None else Decimal(v) for v in values)
    return Series("x", unit, (year, *[None] * 10, month, now))


def row(**given):
    names = (
        "opening", "new", "won_back", "lost", "closing", "retained", "growing", "declining",
        "opening_value", "new_value", "won_back_value", "lost_value", "growth", "decline", "closing_value",
        "moved_in", "moved_out",
    )  # fmt: skip
    return pd.Series({name: Decimal(given.get(name, 0)) for name in names}, dtype=object)


@pytest.mark.parametrize(
    ("heads", "worth", "expected"),
    [
        ((100, 110, 120), (50, 50, 40), "We have 120 active customers, 20.0% more than a year ago, but together they are worth 20.0% less."),
        ((100, 110, 90), (50, 50, 40), "We have 90 active customers, 10.0% fewer than a year ago, and together they are worth 20.0% less."),
        ((100, 100, 100), (50, 50, 50), "We have 100 active customers, practically as many as a year ago, and together they are worth practically as much as then."),
        ((None, 1, 2), (None, None, None), "We have 2 active customers, 100.0% more than a month ago."),
        ((None, None, 2), (None, None, 7), "We have 2 active customers; the data are too short to say how many there were before."),
    ],
)  # fmt: skip
def test_the_lead_says_which_way_people_and_value_went(heads, worth, expected):
    assert wording.lead(past(*heads), past(*worth, unit="EUR")) == expected


def test_what_is_not_available_is_said_and_not_zero():
    for text in (*wording.in_and_out(None, "June 2026"), wording.bridge_message(None, "EUR", "margin", 12)):
        assert text.startswith("The data do not reach back far enough to say")
    assert wording.arithmetic(None) == wording.value_arithmetic(None, "EUR") == ""
    assert wording.lead(past(None, None, None), past(None, None, None)).startswith("The data do not reach")


def test_in_and_out_with_singulars_and_nobody():
    came, left = wording.in_and_out(row(opening=10, new=1, lost=0, closing=11), "June 2026")
    assert came == "1 new customer joined in June 2026."
    assert left == "No customers left, so the month ends with 11 customers, 1 more than at the start."
    came, left = wording.in_and_out(row(opening=10, won_back=2, lost=2, closing=10), "June 2026")
    assert came == "No new customers joined but 2 former customers came back in June 2026."
    assert left == "2 customers left, so the month ends with 10 customers, as many as at the start."


def test_the_bridge_names_the_largest_movements_with_their_signs():
    year = row(opening_value=100, new_value=5, lost_value=30, growth=4, decline=9, closing_value=70)
    text = wording.bridge_message(year, "EUR", "margin", 12)
    assert text == (
        "Over the year the margin of active customers fell by €30.00; the largest movements were customers who left"
        " (−€30.00), customers who stayed and shrank (−€9.00) and customers who joined (+€5.00)."
    )
    assert wording.bridge_title(year, "margin", 12) == "Over the year margin fell: those who left took most"
    flat = row(opening_value=7, closing_value=7)
    assert "did not change" in wording.bridge_message(flat, "EUR", "margin", 1)


@pytest.mark.parametrize(
    ("lost", "new", "said"),
    [
        (
            YearOfMargin(2, Decimal(300)),
            YearOfMargin(3, Decimal(150)),
            "it takes 3.0 new customers to replace one lost",
        ),
        (YearOfMargin(2, Decimal(-4)), YearOfMargin(3, Decimal(150)), "not meaningful"),
        (YearOfMargin(2, Decimal(4)), YearOfMargin(3, Decimal(-150)), "not meaningful"),
        (YearOfMargin(0, Decimal(0)), YearOfMargin(3, Decimal(150)), "Nobody left or nobody joined"),
        (YearOfMargin(None, None), YearOfMargin(3, Decimal(150)), "do not reach back far enough"),
    ],
)
def test_the_exchange_rate_is_said_only_where_it_means_something(lost, new, said):
    assert said in wording.exchange_message(lost, new, "EUR", "margin")


def test_noise_is_not_called_a_change_and_a_short_past_is_said():
    steady = Series("x", "customers", tuple(Decimal(100 + i * i % 7) for i in range(30)))
    assert "is usual against the 24 before it" in wording.usual_message(steady, steady, "margin")
    jump = Series("x", "customers", (*steady.values, Decimal(400)))
    assert "is unusual against the 24 before it" in wording.usual_message(jump, steady, "margin")
    flat = Series("x", "customers", tuple(Decimal(100 + i) for i in range(30)))
    short = Series("x", "customers", steady.values[:4])
    assert "in most of the 24 months before it the change was the same" in wording.usual_message(
        flat, flat, "margin"
    )
    assert "cannot be told: there are only 2 earlier changes, and 12 are needed" in wording.usual_message(
        short, short, "margin"
    )


def log(source, known, unnamed, left_out=0):
    parts = [Part(10, Decimal(amount)) for amount in (source, known, unnamed)]
    excluded = {"outside the filter": Part(1, Decimal(left_out))} if left_out else {}
    return Reconciliation(*parts, excluded, Part(0, Decimal(0)), Part(0, Decimal(0)), Part(0, Decimal(0)))


def test_reconciliation_in_words_keeps_every_part():
    text = wording.reconciliation_message(log(100, 70, 20, 10), "EUR")
    assert text == (
        "Of €100 in the source to the month's end, €70.00 belongs to known customers, €20.00 (20%) to nobody we can name"
        " and €10.00 is left out by the company file's own rules."
    )


def test_at_most_three_decisions_the_weightiest_first():
    found = wording.decisions([(1.0, "a"), (-9.0, "b"), (0.0, ""), (3.0, "c"), (2.0, "d")])
    assert found == ["b", "c", "d"]


def test_no_decision_blames_or_claims_a_cause():
    year = row(
        opening=10,
        closing=12,
        opening_value=100,
        closing_value=60,
        lost_value=10,
        decline=40,
        growth=5,
        new_value=5,
    )
    segments = pd.DataFrame(
        [("channel", "web", 5, 6, 1, Decimal(40), Decimal(-30)), ("channel", "shop", 5, 6, 0, Decimal(20), Decimal(-10))],
        columns=["dimension", "segment", "opening", "closing", "lost", "value", "change"],
    )  # fmt: skip
    found = wording.base_candidates(
        year, YearOfMargin(1, Decimal(50)), YearOfMargin(1, Decimal(5)), segments, "EUR", "margin", months=12
    )
    month = (year, YearOfMargin(1, Decimal(50)), YearOfMargin(1, Decimal(5)), segments, "EUR", "margin")
    assert wording.base_candidates(*month, months=1) == []  # a month is noise
    said = " ".join(text for _, text in found).lower()
    assert len([text for _, text in found if text]) == 4
    for word in ("because", "caused", "due to", "fault", "fail", "blame", "thanks to"):
        assert word not in said


def test_segments_name_the_best_and_the_worst():
    columns = ["dimension", "segment", "opening", "closing", "lost", "value", "change"]
    rows = [
        ("channel", "web", 5, 6, 1, Decimal(40), Decimal(3)),
        ("channel", "shop", 5, 4, 1, Decimal(20), Decimal(-10)),
    ]
    text = wording.segments_message(
        pd.DataFrame(rows, columns=columns), "EUR", "margin", 12, dimensions=["channel"]
    )
    assert "most margin was lost in “shop” by channel (−€10.00 of margin, −1 customer)" in text
    up = pd.DataFrame([rows[0]], columns=columns)
    assert "every segment shown held or gained" in wording.segments_message(
        up, "EUR", "margin", 12, dimensions=["channel"]
    )
    assert "too small to show" in wording.segments_message(
        up.iloc[:0], "EUR", "margin", 12, dimensions=["channel"]
    )


@given(st.decimals(-5, 5, places=4))
def test_a_verb_follows_the_sign(rate):
    said = compared(rate)
    if said.endswith("more"):
        assert rate > 0
    elif said.endswith("fewer"):
        assert rate < 0
    else:
        assert abs(rate) < Decimal("0.0006")


def test_small_words():
    assert [people(n) for n in (0, 1, 1234, None)] == [
        "no customers",
        "1 customer",
        "1,234 customers",
        "an unknown number of customers",
    ]
    assert (listed([]), listed(["a"]), listed(["a", "b", "c"])) == ("", "a", "a, b and c")
    assert sentence("it is so.") == "It is so."
