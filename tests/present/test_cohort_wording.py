"""Sentences of cohorts, beginnings, returns and the board: sign, zero, noise, and what is not known."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from types import SimpleNamespace

import pandas as pd
import pytest

from custlib.measure.beginnings import Beginners
from custlib.measure.board import NOBODY, Known, Sheet, Winning, winning
from custlib.measure.difference import FEW_CUSTOMERS, FEW_MONTHS, Difference
from custlib.measure.generations import Generation, Plan
from custlib.measure.layers import Layers
from custlib.measure.mix import split
from custlib.measure.payback import Row
from custlib.measure.reasons_by_segment import reasons_by_segment
from custlib.measure.returns import came_back
from custlib.present import cohort_tables, wording
from custlib.present.numbers import writer
from custlib.present.wording import spans

JUNE = date(2026, 6, 1)
BLANK = "\N{NO-BREAK SPACE}"
said = wording.cohorts


def found(*values, names=("Before July 2023", "2024", "2025"), spans="year"):
    table = pd.DataFrame(
        {"month": JUNE, "layer": names[: len(values)], "value": [Decimal(v) for v in values], "customers": 9}
    )
    return Layers(table, spans, names[0])


def test_layers_say_who_carries_the_month_and_what_the_newest_bring():
    text = said.layers_message(found(70, 20, 10), JUNE, "EUR", "margin")
    assert (
        text
        == "Of the €100 of margin in June 2026, customers won before July 2023 brought €70.00 (70%) and customers won in 2025 brought €10.00 (10%)."
    )
    assert (
        said.layers_title(found(70, 20, 10), JUNE, "margin")
        == "Customers won before July 2023 bring 70% of the month's margin"
    )
    newest = said.layers_message(found(10, 20, 70), JUNE, "EUR", "margin")
    assert newest == "Of the €100 of margin in June 2026, customers won in 2025 brought €70.00 (70%)."


def test_shares_of_a_month_with_losses_are_not_told():
    text = said.layers_message(found(70, 50, -20), JUNE, "EUR", "margin")
    assert "%" not in text and "customers won in 2025 brought −€20.00" in text
    assert (
        said.layers_title(found(70, 50, -20), JUNE, "margin")
        == "Customers won before July 2023 bring more of the month's margin than any other layer"
    )
    assert "cannot be shown" in said.layers_title(found(), JUNE, "margin")
    losing = said.layers_message(found(-70, 20, -20), JUNE, "EUR", "margin")
    assert (
        losing
        == "All layers together brought −€70.00 of margin in June 2026, least of all customers won before July 2023 (−€70.00)."
    )
    assert said.layers_title(found(-70, 20), JUNE, "margin").startswith("The month's margin is negative")
    assert said.layers_title(found(-20, 20), JUNE, "margin").startswith("The month's margin is nil")
    assert said.layers_message(found(), JUNE, "EUR", "margin").startswith(
        "The data do not reach back far enough"
    )
    assert said.layers_arithmetic(found(70, 20, 10), JUNE, "EUR").endswith("+ €10.00 (2025) = €100.00")


def test_small_layers_are_said_to_lie_in_others_only_where_one_does():
    assert said.layers_notes(found(70, 20, 10), 30) == []
    (note,) = said.layers_notes(replace(found(70, 20, 10), folded=True), 30)
    assert note.startswith("A layer of fewer than 30 customers")


@pytest.mark.parametrize(
    ("layer", "expected"),
    [("2024", "won in 2024"), ("2024 Q2", "won in 2024 Q2"), ("1997-03", "won in March 1997"), ("Before July 2023", "won before July 2023"), ("Not active yet", "never active")],
)  # fmt: skip
def test_layers_in_words(layer, expected):
    assert said.won(layer) == expected


def month(text):
    year, number = text.split("-")
    return date(int(year), int(number), 1)


@pytest.mark.parametrize(
    ("first", "last", "label", "when"),
    [
        ("2025-01", "2025-12", "2025", "in 2025"),
        ("2024-07", "2025-06", "Jul 2024–Jun 2025", "from July 2024 to June 2025"),
        ("2025-04", "2025-06", "2025 Q2", "from April to June 2025"),
        ("2025-06", "2025-08", "Jun–Aug 2025", "from June to August 2025"),
        ("2024-12", "2025-02", "Dec 2024–Feb 2025", "from December 2024 to February 2025"),
        ("1997-03", "1997-03", "Mar 1997", "in March 1997"),
    ],
)
def test_months_of_acquisition_in_words(first, last, label, when):
    assert spans.label(month(first), month(last)) == label.replace(" ", BLANK)
    assert spans.when(month(first), month(last)) == when


def row(age, payback, *, known=True, margin=5):
    generation = Generation(date(2025, 1, 1), date(2025, 3, 1), 90)
    value = None if margin is None else Decimal(margin)
    return Row(generation, age, {3: 0.5, 12: None}, value, Decimal(9) if known else None, payback, known)


def test_payback_tells_the_old_from_the_young_and_not_yet_from_not_known():
    text = said.payback_message(
        [row(30, 16), row(26, 25), row(25, None), row(24, 20), row(3, None), row(2, None)],
        "margin",
        costs=True,
    )
    assert text == (
        "Of the 3 groups of joiners that have had 25 months, 2 have earned back what it cost to win them (after 16 to 25"
        " months); the 3 younger groups have not had as long, and 1 of them paid back already."
    )
    alone = said.payback_message([row(30, 16), row(3, 1)], "margin", costs=True)
    assert alone == (
        "The one group of joiners that has had 16 months has earned back what it cost to win them (after 1 to 16"
        " months); the one younger group has not had as long and has paid back already."
    )
    assert said.payback_message([row(3, None)], "margin", costs=True) == (
        "The one group of joiners has not earned back what it cost to win them after 3 months."
    )
    assert (
        said.payback_message([row(30, 5), row(20, 5)], "margin", costs=True)
        == "Of the 2 groups of joiners that have had 5 months, all have earned back what it cost to win them (after 5 months)."
    )
    assert said.payback_message([row(3, None), row(2, None)], "margin", costs=True) == (
        "None of the 2 groups of joiners has earned back what it cost to win them; the eldest has had 3 months."
    )
    # A group that could not yet have paid back is not counted against.
    young = said.payback_message(
        [row(30, 24), row(25, 16), row(20, None), row(14, None)], "margin", costs=True
    )
    assert young == (
        "Of the 2 groups of joiners that have had 24 months, all have earned back what it cost to win them (after 16 to"
        " 24 months); the 2 younger groups have not had as long."
    )
    start = "Whether customers earn back what it cost to win them is not available: "
    old = row(30, None, known=False)
    assert said.payback_message([old], "margin", costs=False) == start + "no acquisition cost is recorded."
    assert said.payback_message([old], "margin", costs=True).endswith("is recorded for too few of them.")
    assert said.payback_message([], "margin", costs=True).endswith(
        "no group of joiners is large enough to tell of."
    )
    moneyless = row(30, None, known=False, margin=None)
    assert said.payback_message([moneyless], "revenue", costs=True).endswith(
        "their revenue is not known from the start."
    )


def test_the_cohort_table_says_not_yet_and_not_available():
    table = cohort_tables.cohorts([row(30, 16), row(3, None), row(30, None, known=False)])
    assert list(table.payback) == [16, "not at 3 months", None] and list(table.age) == [30, 3, 30]
    columns = cohort_tables.cohort_columns(table, "margin", writer("EUR"), costs=True)
    assert list(columns) == ["won", "customers", "active_3", "age", "margin", "cost", "payback"]
    assert "payback" not in cohort_tables.cohort_columns(table, "margin", writer("EUR"), costs=False)


PLAN = Plan(
    12,
    6,
    (
        Generation(date(2025, 1, 1), date(2025, 12, 1), 606),
        Generation(date(2024, 1, 1), date(2024, 12, 1), 411),
    ),
)


def difference(now, then, low, high):
    return Difference(now, then, low, high, 606, 411)


@pytest.mark.parametrize(
    ("margin", "expected", "title"),
    [
        (difference(14.35, 27.96, -20.04, -7.18), "€13.61 less than those won in 2024 at that age (95% interval €7.18 to €20.04 less)", "brought less than those of 2024"),
        (difference(27.96, 14.35, 7.18, 20.04), "€13.61 more than those won in 2024 at that age (95% interval €7.18 to €20.04 more)", "brought more than those of 2024"),
        (difference(14.0, 15.0, -4.0, 2.0), "against €15.00 for those won in 2024: no measurable difference (95% interval −€4.00 to +€2.00)", "no measurable difference between joiners of 2025 and 2024"),
        (difference(14.0, 14.0, -3.0, 3.0), "no measurable difference", "no measurable difference"),
        (difference(-2.0, 5.0, -12.0, -2.0), "had brought −€2.00 of margin each 6 months after the month of acquisition, €7.00 less", "brought less"),
    ],
)  # fmt: skip
def test_generations_follow_the_sign_and_the_interval(margin, expected, title):
    text = said.generations_message(PLAN, {"margin": margin}, "EUR", "margin")
    assert expected in text and text.startswith("The 606 customers won in 2025 had brought")
    assert title in said.generations_title(PLAN, {"margin": margin})
    assert len(said.generations_title(PLAN, {"margin": margin}).split()) <= 15


@pytest.mark.parametrize(
    ("cannot", "length", "why"),
    [
        (FEW_CUSTOMERS, 12, "too few customers to tell whether they differ"),
        (FEW_MONTHS, 1, "one month against another cannot tell a trend"),
        (FEW_MONTHS, 3, "so few months cannot tell a trend"),
    ],
)
def test_what_cannot_be_told_is_not_called_a_difference(cannot, length, why):
    plan = Plan(length, 6, PLAN.generations)
    found = replace(difference(14.35, 27.96, -20.04, -7.18), cannot=cannot)
    assert said.generations_message(plan, {"margin": found}, "EUR", "margin").endswith(
        f"acquisition, against €27.96 for those won in 2024: {why}."
    )
    assert said.generations_title(plan, {"margin": found}) == (
        "Joiners of 2025 and of 2024, side by side to 6 months and beyond"
    )
    share = replace(difference(0.80, 0.91, -0.149, -0.063), cannot=cannot)
    text = said.activity_message(plan, {"active": share}, "purchase")
    assert text.endswith(f"against 91% of those won in 2024: {why}.")


def test_generations_that_cannot_be_compared():
    assert said.generations_message(None, {}, "EUR", "margin").startswith(
        "There are no two groups of joiners yet"
    )
    assert said.generations_message(PLAN, {"margin": None}, "EUR", "margin").startswith(
        "The data do not reach back"
    )
    assert said.generations_notes(None, {}, "purchase", 12) == []
    assert said.activity_message(PLAN, {"active": None}, "purchase") == ""


def test_shares_at_equal_age_are_told_in_points():
    text = said.activity_message(
        PLAN,
        {"active": difference(0.80, 0.91, -0.149, -0.063), "again": difference(0.97, 0.96, -0.01, 0.03)},
        "purchase",
    )
    assert text == (
        "6 months after the month of acquisition 80% were still active by the rule, against 91% of those won in 2024, 11.0 points less"
        " (95% interval 6.3 to 14.9 less); 97% had made a second purchase on another day, against 96%: no measurable"
        " difference (95% interval −1.0 to +3.0 points)."
    )
    # An interval that leaves zero out does not print as one that holds it.
    edge = said.activity_message(PLAN, {"active": difference(0.97, 0.99, -0.036, -0.0001)}, "purchase")
    assert "interval under 0.1 to 3.6 less" in edge
    short = said.generations_notes(Plan(3, 3, PLAN.generations), {}, "purchase", 12)[-1]
    assert "differ by their season too" in short and "before 12 months are over" in short


def table(**columns):
    return pd.DataFrame({"hidden": False, **columns})


WHO = Beginners(date(2024, 7, 1), date(2025, 6, 1), (1, 3, 6, 12))
begun = wording.beginnings


def test_second_purchases_are_repeat_buying():
    seen = table(
        channel=["all"], customers=[200], months_1=[40], months_3=[60], months_6=[80], months_12=[100]
    )
    text = begun.second_message(seen, WHO, {"all": 2}, "purchase", contractual=False)
    assert text == (
        "Of the 200 customers who made their first purchase from July 2024 to June 2025, 20% made a second one on another day"
        " within a month and 50% within a year; half of those who did had done so within 2 months."
    )
    assert "not retention" in begun.second_note("purchase")
    assert "retention" not in text and "retained" not in text
    nobody = begun.second_message(
        seen.assign(months_1=0, months_12=0), WHO, {"all": None}, "purchase", contractual=False
    )
    assert "half of those" not in nobody and "0% made a second one" in nobody
    assert begun.second_message(None, None, {}, "purchase", contractual=True).startswith("Under a contract")
    assert begun.second_message(None, None, {}, "purchase", contractual=False).startswith(
        "The data do not reach"
    )
    assert (begun.noun(volume=True), begun.noun(volume=False)) == ("transaction", "purchase")


def test_activation_names_the_channels_that_differ_most_and_what_is_missing():
    seen = table(
        channel=["all", "web", "shop"],
        customers=[100, 60, 40],
        active_age_12=[90, 55, 35],
        core_age_12=[30, 6, 24],
    )
    text = begun.activation_message(seen, WHO, core=True, openings=True)
    assert text == (
        "Of the 100 relationships opened from July 2024 to June 2025, 90% were active within a year and 30% were core customers:"
        " 60% of those won by “shop”, 10% of those won by “web”."
    )
    assert begun.activation_message(seen, WHO, core=False, openings=True).endswith(
        "who became a core customer is not available."
    )
    assert "no customer list says when" in begun.activation_message(None, None, core=True, openings=False)
    assert begun.activation_message(None, None, core=True, openings=True).startswith("The data do not reach")
    equal = table(
        channel=["all", "web", "shop"],
        customers=[80, 40, 40],
        active_age_12=[80, 40, 40],
        core_age_12=[20, 10, 10],
    )
    assert "“" not in begun.activation_message(equal, WHO, core=True, openings=True)
    hidden = seen.assign(hidden=[False, True, True])
    assert "“" not in begun.activation_message(hidden, WHO, core=True, openings=True)
    assert (
        list(cohort_tables.steps(hidden, Beginners(JUNE, JUNE, (12,)), core=True).label) == ["All (100)"] * 2
    )


@pytest.mark.parametrize(
    ("patterns", "said"),
    [
        ({0b100: 5, 0b101: 3}, "Of the 8 losses 1 month ago, 3 (38%) had come back within 1 month: “lost” is what a rule says"),
        ({0b100: 5, 0b101: 1}, "1 (17%) had come back within 1 month"),
        ({0b100: 1}, "Of the one loss 1 month ago, none had come back"),
        ({0b111: 5}, "Nobody was called lost 1 month ago"),
    ],
)  # fmt: skip
def test_returns_with_one_none_and_nobody(patterns, said):
    rows = pd.DataFrame(list(patterns.items()), columns=["pattern", "customers"])
    assert said in begun.returns_message(came_back(rows, known=1), contractual=False)
    assert begun.returns_message(came_back(rows, known=0), contractual=False).startswith(
        "The data do not reach"
    )
    assert "rule" not in begun.returns_message(came_back(rows, known=1), contractual=True)


def test_losses_are_told_of_after_the_same_time_for_all():
    """Recent losses have had less time to come back, so they are not put together with the older ones."""
    # Lost 7 months ago and back 6 months later; lost 8 months ago and back 7 later, which is too late to count.
    rows = pd.DataFrame([(0b100000010, 4), (0b1000000010, 3), (0b1100, 9)], columns=["pattern", "customers"])
    assert begun.returns_message(came_back(rows, known=12), contractual=True) == (
        "Of the 7 losses 6 to 12 months ago, 4 (57%) had come back within 6 months."
    )


ALL_KNOWN = Known(newcomers=True, value=True, margin=True, costs=True, referrals=True)


def sheet(
    whole, *, known=ALL_KNOWN, new=9, months=12, segments=None, reasons=None, hidden=None, suppressed=()
):
    comparison = pd.DataFrame(
        {"new": new, "new_value": Decimal(8), "lost": 3, "retained": 40, "opening": 43, "closing": 49},
        index=["all"],
    )
    by = {"web": segments} if segments else {}
    parts = {"channel": comparison.rename(index={"all": "web"})} if segments else {}
    return Sheet(
        months, {"all": comparison, **parts}, {"all": {"all": whole}, **({"channel": by} if segments else {})},
        {"all": {}, "channel": {}}, reasons or {}, hidden or {"channel": set()}, known, frozenset(suppressed),
    )  # fmt: skip


def won(margin, cost, *, acquired=9, referred=0, referrers=0):
    return Winning(
        acquired,
        acquired,
        cost and Decimal(cost),
        margin and Decimal(margin),
        referred,
        Decimal(12),
        referrers,
        0,
        Decimal(0),
    )


board = wording.board


def test_profit_follows_its_sign_and_says_what_is_missing():
    assert board.profit_message(sheet(won("500", "100")), "EUR", "margin") == (
        "Over a year all known customers brought €500 of margin; winning 9 customers cost €100, which leaves €400 of profit."
    )
    assert board.profit_message(sheet(won("50", "100")), "EUR", "margin").endswith("so that €50.00 was lost.")
    assert "is recorded for 9 of 9 only" in board.profit_message(sheet(won("50", None)), "EUR", "margin")
    assert board.profit_message(sheet(won(None, "5")), "EUR", "margin").startswith("The data do not reach")
    none = Known(newcomers=True, value=True, margin=True, costs=False, referrals=False)
    assert board.profit_message(sheet(won("50", None), known=none), "EUR", "margin").endswith(
        "is not recorded, so profit is not available."
    )
    nobody = board.profit_message(sheet(won("50", Decimal(0), acquired=0)), "EUR", "margin")
    assert nobody.endswith("nobody was won, so all of it is profit.")
    some = board.profit_message(sheet(won("500", "100"), new=7), "EUR", "margin")
    assert "winning 9 customers (7 still active, 2 who came and went) cost €100" in some
    assert board.profit_arithmetic(won("500", "100"), "EUR") == "€500.00 − €100.00 = €400.00"
    assert board.profit_arithmetic(won("500", None), "EUR") == ""


@pytest.mark.parametrize(
    ("sent", "referred", "acquired", "said"),
    [
        (4, 3, 9, "Over a year 4 of the 9 customers won (44%) were referred; 3 of these are still active, sent by 2 customers, and have brought €12.00 so far."),
        (1, 1, 9, "1 of the 9 customers won (11%) was referred; it is still active, sent by 1 customer, and has brought"),
        (2, 1, 9, "2 of the 9 customers won (22%) were referred; 1 of these is still active, sent by 1 customer, and has"),
        (2, 0, 9, "2 of the 9 customers won (22%) were referred; none of them is still active."),
        (1, 1, 1, "the only customer won (100%) was referred; it is still active"),
        (0, 0, 9, "none of the 9 customers won was referred"),
        (0, 0, 0, "nobody was won, so nobody was referred"),
    ],
)  # fmt: skip
def test_referrals_count_everyone_won_and_say_who_is_still_active(sent, referred, acquired, said):
    whole = won("500", "100", acquired=acquired, referred=referred, referrers=min(referred, 2))
    whole = replace(whole, referred_won=sent)
    assert said in board.referrals_message(sheet(whole), "EUR")
    unknown = Known(newcomers=True, value=True, margin=True, costs=True, referrals=False)
    assert "no customer list says it" in board.referrals_message(sheet(whole, known=unknown), "EUR")


def test_the_referred_who_came_and_went_were_won_too():
    rows = [
        ("new", "all", 9, 9, Decimal(9), 3, Decimal(5)),
        ("came_and_went", "all", 2, 2, Decimal(2), 1, None),
    ]
    columns = ["status", "segment", "customers", "known", "cost", "referred", "referred_value"]
    sent = pd.DataFrame(columns=["segment", "referrers", "referred", "value"])
    newcomers = pd.DataFrame(rows, columns=columns, dtype=object)
    whole = winning(newcomers, sent, pd.Series({"all": Decimal(50)}), months=12, known=ALL_KNOWN)["all"]
    assert (whole.acquired, whole.referred_won, whole.referred, whole.referred_value) == (11, 4, 3, 5)


def test_the_board_hides_money_of_few_and_names_a_reason_that_may_be_shown():
    lost = pd.DataFrame(
        [("web", "price", 40), ("web", None, 40)], columns=["segment", "reason", "customers"], dtype=object
    )
    reasons = {"channel": reasons_by_segment(lost, min_group=30, hidden=set())}
    few = {("new_margin", "channel", "web"), ("profit", "channel", "web")}
    made = sheet(
        won("500", "100"), segments=won("90", "20", acquired=3), reasons=reasons, new=3, suppressed=few
    )
    rows = cohort_tables.board(made, writer("EUR"))
    assert list(rows.segment) == ["All customers", "channel: web"]
    assert list(rows.new) == ["3 (€8.00)", "3 (hidden)"] and list(rows.profit) == [400, "hidden"]
    assert rows.lost[1] == "3, price (40)"
    assert board.note(made, "margin", hides=cohort_tables.hides(rows.iloc[:1])).endswith(
        "with the reason most often named where enough gave it; after the referred, how many others the group itself sent."
    )
    assert list(cohort_tables.board_columns(made, "margin", writer("EUR"))) == [
        "segment",
        "new",
        "lost",
        "kept",
        "margin",
        "profit",
        "referred",
    ]
    assert cohort_tables.hides(rows) and board.note(made, "margin", hides=True).endswith(
        "few customers be worked out."
    )
    inactive = replace(won("90", "20"), private=True)
    assert list(cohort_tables.board(sheet(won("500", "100"), segments=inactive), writer("EUR")).margin) == [
        500,
        "hidden",
    ]
    gone = cohort_tables.board(
        sheet(won("500", "100"), segments=won("90", "20"), hidden={"channel": {"web"}}), writer("EUR")
    )
    assert len(gone) == 1
    none = Known(newcomers=False, value=False, margin=True, costs=False, referrals=False)
    assert cohort_tables.board(sheet(won("5", None), known=none), writer("EUR")).empty
    assert NOBODY.profit == 0


def test_a_segment_active_at_neither_end_stays_on_the_board_while_it_brought_or_cost_money():
    made = sheet(won("500", "100"), segments=won("90", "20"))
    made.comparisons["channel"].loc[:, ["opening", "closing"]] = 0
    assert list(cohort_tables.board(made, writer("EUR")).segment) == ["All customers", "channel: web"]
    hidden = replace(made, hidden={"channel": {"web"}})
    assert len(cohort_tables.board(hidden, writer("EUR"))) == 1
    empty = replace(made, winning={**made.winning, "channel": {"web": NOBODY}})
    assert len(cohort_tables.board(empty, writer("EUR"))) == 1


def test_what_is_worth_a_decision_is_measured_and_blames_nobody():
    less = {"margin": difference(14.35, 27.96, -20.04, -7.18)}
    losing = sheet(won("500", "100"), segments=won("-60", "40", acquired=30))
    (weight, text), (cost, other) = board.candidates(PLAN, less, losing, "EUR", "margin")
    assert (
        weight == pytest.approx(13.61 * 606)
        and "€13.61 of margin less each 6 months after" in text
        and "€8,248 in all" in text
    )
    assert (
        cost == 100
        and "“web” by channel took €100 more than it brought, €40.00 of it for winning 30 customers" in other
    )
    for word in ("because", "caused", "due to", "fault", "fail", "blame"):
        assert word not in (text + other).lower()
    noise = {"margin": difference(14.0, 15.0, -4.0, 2.0)}
    month = sheet(won("500", "100"), segments=won("-60", "40"), months=1)
    quiet = board.candidates(PLAN, noise, month, "EUR", "margin") + board.candidates(
        None, {}, month, "EUR", "margin"
    )
    assert [said for _, said in quiet] == [""] * 4
    hidden = sheet(won("500", "100"), segments=won("-60", "40"), hidden={"channel": {"web"}})
    assert board.candidates(None, {}, hidden, "EUR", "margin")[1] == (0.0, "")
    few = sheet(won("500", "100"), segments=won("-60", "40"), suppressed={("profit", "channel", "web")})
    assert board.candidates(None, {}, few, "EUR", "margin")[1] == (0.0, "")


def test_terms_only_of_what_a_company_has():
    assert "Paid back" not in said.terms("revenue", costs=False, openings=False)
    assert {"Paid back", "Profit", "Opened"} <= set(said.terms("margin", costs=True, openings=True))
    assert said.checked(1, 12) == (
        "1 cohort holds as many customers as were new in the month, and the layers of 12 months add up to the last digit."
    )
    assert said.checked(0, 2) == "The layers of 2 months add up to the last digit."
    assert said.checked(33, 1).startswith("33 cohorts hold as many") and "of 1 month add up" in said.checked(
        33, 1
    )


@pytest.mark.parametrize(("moved", "stays"), [((), True), (("lost_customers",), False)])
def test_a_figure_that_moved_is_not_said_to_stay(moved, stays):
    """The lost are today's count, so that it stays as it was only where it is the printed one."""
    restated = pd.DataFrame({"measure": list(moved)})
    since = SimpleNamespace(month=JUNE, lost=9, returned=2, restated=restated)
    text = wording.since.returned(since)
    assert text.startswith(
        "Of the 9 customers lost in June 2026, 2 have come back since and count as won back"
    )
    assert text.endswith("the figure for June 2026 stays as it was.") == stays


def test_a_difference_is_split_by_channel_only_where_there_is_one():
    now = {"ads": (252, Decimal(-3024)), "web": (354, Decimal(8850))}
    then = {"ads": (41, Decimal(-697)), "web": (370, Decimal(8140))}
    mix = split(now, then, min_group=30)
    less = {"margin": difference(9.61, 18.11, -12.0, -5.0)}
    text = said.generations_message(PLAN, less, "EUR", "margin", mix)
    assert text.endswith(
        "Of it, −€12.01 comes from another mix of channels, +€3.52 from customers of the same channel."
    )
    noise = {"margin": difference(14.0, 15.0, -4.0, 2.0)}
    assert "mix" not in said.generations_message(PLAN, noise, "EUR", "margin", mix)
    assert said.channels_note(PLAN, mix, "EUR", "margin") == (
        "Margin each 6 months after the month of acquisition, by channel, 2025 against 2024:"
        " “web” €25.00 (354) against €22.00 (370); “ads” −€12.00 (252) against −€17.00 (41)."
    )
    assert (
        said.channels_note(PLAN, None, "EUR", "margin")
        == said.channels_note(None, mix, "EUR", "margin")
        == ""
    )
    gone = split(now, {"web": (370, Decimal(8140))}, min_group=30)
    assert "“ads” −€12.00 (252) against nobody" in said.channels_note(PLAN, gone, "EUR", "margin")
