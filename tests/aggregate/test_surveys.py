"""Answers: which of several counts, what was known before, what came after, and how they are counted."""

from datetime import date
from decimal import Decimal

import ibis
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from custlib.aggregate import answers, surveys, voices
from custlib.aggregate.panel import MONEY
from custlib.periods import add_months
from custlib.segmentation import Levels, Thresholds
from custlib.surveying import Theme

M = date(2025, 5, 1)
SURVEYS = ibis.schema(
    {"customer_id": "string", "date": "date", "metric": "string", "score": "float64", "wave": "string",
     "stage": "string", "reason": "string"}
)  # fmt: skip


def table(rows: list[tuple]) -> ibis.Table:
    """Give rows of (customer, day, score[, wave, stage, reason, metric]) as a surveys table."""
    full = []
    for customer, day, score, *more in rows:
        wave, stage, reason, metric = (
            [*more, *[None] * (3 - min(len(more), 3)), "nps"][:4] if len(more) < 4 else more
        )
        full.append((customer, day, metric, score, wave, stage, reason))
    return ibis.memtable(pd.DataFrame(full, columns=SURVEYS.names), schema=SURVEYS)


def rows_of(expression: ibis.Table, *by: str) -> list[dict]:
    """Run an expression and give its rows in an order of their own."""
    frame = expression.execute()
    return frame.sort_values(list(by) or list(frame.columns), ignore_index=True).to_dict("records")


def test_of_several_answers_in_a_wave_the_last_counts_and_an_answer_before_any_invitation():
    found = rows_of(
        surveys.asked(
            table(
                [
                    ("a", date(2025, 5, 2), 1.0, "w"),
                    ("a", date(2025, 5, 9), 9.0, "w"),
                    ("a", date(2025, 5, 20), None, "w"),  # a reminder sent after the answer
                    ("b", date(2025, 5, 3), None, "w"),
                    ("c", date(2025, 5, 3), 8.0, "w"),
                    ("c", date(2025, 5, 3), 4.0, "w"),  # the same day: the lower
                    ("d", date(2025, 5, 3), 7.0),
                    ("d", date(2025, 6, 3), 6.0),  # without waves each month is one
                ]
            )
        ),
        "customer_id",
        "wave",
    )
    told = [(r["customer_id"], r["wave"], r["score"], r["given"]) for r in found]
    assert told[0] == ("a", "w", 9.0, 2)
    assert told[1][:2] == ("b", "w") and pd.isna(told[1][2]) and told[1][3] == 0
    assert told[2:] == [("c", "w", 4.0, 2), ("d", "2025-05", 7.0, 1), ("d", "2025-06", 6.0, 1)]


def test_earlier_invitations_are_those_of_the_twelve_months_before():
    months = [date(2024, 5, 3), date(2024, 6, 3), date(2025, 5, 3), date(2025, 6, 3), date(2026, 7, 3)]
    found = rows_of(surveys.asked(table([("a", day, None) for day in months])), "date")
    assert [row["earlier"] for row in found] == [0, 1, 2, 2, 0]


def panel(rows: list[tuple]) -> ibis.Table:
    """Give rows of (customer, month, transactions, margin) as a panel."""
    frame = pd.DataFrame(rows, columns=["customer_id", "month", "transactions", "margin"])
    kinds = {"customer_id": "string", "month": "date", "transactions": "int64", "margin": MONEY}
    return ibis.memtable(frame, schema=ibis.schema(kinds))


def base(rows: list[dict]) -> ibis.Table:
    """Give customers of a month end; what is not named has a common value."""
    usual = {
        "active": True, "value": Decimal(100), "first_active": add_months(M, -20), "last_active": add_months(M, -1),
        "acquired_on": None, "acquired_before": False, "first_seen": False, "under_contract": False, "closed_on": None,
    }  # fmt: skip
    kinds = {
        "customer_id": "string", "active": "boolean", "value": MONEY, "first_active": "date", "last_active": "date",
        "acquired_on": "date", "acquired_before": "boolean", "first_seen": "boolean", "under_contract": "boolean", "closed_on": "date",
    }  # fmt: skip
    return ibis.memtable(pd.DataFrame([usual | row for row in rows])[list(kinds)], schema=ibis.schema(kinds))


BANDS = Thresholds(("high", "low"), (Decimal(150),), add_months(M, -5))


def standing(asked, then, end, months, relationship="non_contractual"):
    return surveys.standing(
        surveys.asked(asked), then, end, panel(months), month=M, outcome=2, bands=BANDS, tenures=Levels().tenure,
        relationship=relationship, material_change=Decimal("0.25"),
    )  # fmt: skip


def test_what_was_known_before_is_of_the_month_before_and_what_came_after_of_the_months_after():
    asked = table(
        [("a", date(2025, 5, 9), 9.0), ("b", date(2025, 5, 9), 3.0), ("late", date(2025, 6, 9), 9.0)]
    )
    then = base(
        [
            {"customer_id": "a", "value": Decimal(200)},
            {"customer_id": "b", "value": Decimal(-5), "last_active": add_months(M, -3)},
        ]
    )
    months = [
        ("a", add_months(M, -7), 1, Decimal(1000)),  # too long ago for anything here
        ("a", add_months(M, -5), 4, Decimal(5)),
        ("a", add_months(M, -2), 2, Decimal(10)),
        ("a", add_months(M, -1), 3, Decimal(20)),
        ("a", M, 50, Decimal(5000)),  # the month of the answer is neither before nor after
        ("a", add_months(M, 2), 1, Decimal(7)),
        ("a", add_months(M, 3), 9, Decimal(900)),  # after the months followed
        ("b", add_months(M, 1), 0, Decimal(-2)),  # a cost, and no purchase
    ]
    found = rows_of(standing(asked, then, base([{"customer_id": "a"}]), months), "customer_id")
    assert [row["customer_id"] for row in found] == ["a", "b"]
    first, second = found
    assert (first["value_band"], first["tenure"], first["recency"], first["trend"]) == (
        "high",
        "one to five years",
        "last month",
        "same",
    )
    assert (first["before"], first["after"], first["kept"]) == (Decimal(30), Decimal(7), True)
    assert (second["value_band"], second["recency"], second["trend"]) == ("below zero", "longer ago", "same")
    assert (second["before"], second["after"], second["kept"]) == (Decimal(0), Decimal(-2), False)


@pytest.mark.parametrize(
    ("relationship", "bought", "open_", "kept"),
    [
        ("non_contractual", 1, False, True), ("non_contractual", 0, True, False),
        ("contractual", 1, False, False), ("contractual", 0, True, True),
        ("mixed", 1, False, True), ("mixed", 0, True, True), ("mixed", 0, False, False),
    ],
)  # fmt: skip
def test_who_is_kept_depends_on_what_makes_a_customer(relationship, bought, open_, kept):
    end = base(
        [{"customer_id": "a", "under_contract": True, "closed_on": None if open_ else add_months(M, 1)}]
    )
    months = [("a", add_months(M, 1), bought, Decimal(1))]
    found = rows_of(
        standing(
            table([("a", date(2025, 5, 9), 9.0)]), base([{"customer_id": "a"}]), end, months, relationship
        )
    )
    assert [row["kept"] for row in found] == [kept]


def test_what_is_not_known_is_called_unknown_and_months_not_over_keep_nobody():
    found = rows_of(standing(table([("a", date(2025, 5, 9), 9.0)]), None, None, [("x", M, 1, Decimal(1))]))
    (row,) = found
    assert {row[name] for name in ("value_band", "tenure", "trend", "recency")} == {"unknown"}
    assert (
        pd.isna(row["kept"]) and pd.isna(row["after"]) and pd.isna(row["was_active"]) and row["before"] == 0
    )


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.integers(0, 23), st.integers(0, 10)), max_size=40))
def test_answers_are_counted_as_a_twin_in_pandas_counts_them(drawn):
    rows = [(who, add_months(date(2023, 7, 1), month), float(score)) for who, month, score in drawn]
    frame = pd.DataFrame(rows, columns=["customer_id", "date", "score"])
    asked = surveys.asked(table(rows))
    once = frame.sort_values("score").drop_duplicates(["customer_id", "date"])
    last = once.sort_values("date").drop_duplicates("customer_id", keep="last")
    found = {row["score"]: row["customers"] for row in rows_of(answers.scores(answers.last_answers(asked)))}
    assert found == last.score.astype(int).value_counts().to_dict()
    waves = {row["wave"]: row["promoters"] - row["detractors"] for row in rows_of(answers.classes(asked))}
    once = once.assign(sign=(once.score >= 9).astype(int) - (once.score <= 6))
    assert waves == once.groupby(once.date.map(lambda day: f"{day:%Y-%m}")).sign.sum().to_dict()


def test_pairs_are_the_last_two_answers_of_a_year():
    asked = surveys.asked(
        table(
            [
                ("a", date(2024, 2, 1), 2.0), ("a", date(2024, 11, 1), 5.0), ("a", date(2025, 5, 1), 6.0),
                ("b", date(2023, 5, 1), 9.0), ("b", date(2025, 5, 1), 9.0),  # two years apart
                ("c", date(2023, 9, 1), 9.0), ("c", date(2024, 4, 1), 9.0),  # nothing this year
                ("d", date(2025, 4, 1), 8.0), ("d", date(2025, 5, 1), None),
            ]
        )
    )  # fmt: skip
    found = rows_of(answers.pairs(asked, base([{"customer_id": "a", "value": Decimal(12)}]), month=M))
    assert found == [{"before": 5, "after": 6, "customers": 1, "active": 1, "value": Decimal(12)}]


def test_first_answers_are_one_per_customer_in_folds_of_customers():
    asked = table([(f"c{i:03}", date(2025, 5, 9), float(i % 11)) for i in range(40)])
    then = base([{"customer_id": f"c{i:03}", "active": i != 7} for i in range(40)])
    told = standing(asked, then, base([{"customer_id": "c000"}]), [("c000", add_months(M, 1), 1, Decimal(3))])
    first = surveys.first_answers(told)
    frame = first.execute()
    assert "c007" not in set(frame.customer_id) and len(frame) == 39
    assert frame.fold.value_counts().max() - frame.fold.value_counts().min() <= 1
    counted = surveys.cells(first).execute()
    assert (
        counted.customers.sum() == 39
        and counted.kept.sum() == 1
        and counted.margin.sum() == 3
        and counted.squares.sum() == 9
    )
    done = rows_of(answers.deeds(first, outcome=2, material_change=Decimal("0.25")), "said", "done")
    assert sum(row["customers"] for row in done) == 39
    assert [row for row in done if row["done"] != "lost"] == [
        {"said": "detractor", "done": "more", "customers": 1, "before": Decimal(0), "after": Decimal(3)}
    ]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("A fee for this", True), ("Fees, fees and fees", True), ("the (fee)", True), ("l'attente", False),
        ("good coffee", False), ("", False), ("<b>fee</b>", True), ("waited\ntoo  LONG", True), ("=fee()", True),
    ],
)  # fmt: skip
def test_a_theme_is_found_where_its_words_begin_a_word(words, told):
    text = ibis.memtable(pd.DataFrame({"reason": [words]}), schema=ibis.schema({"reason": "string"}))
    theme = Theme(name="x", words=["Fee", "too long", "bon d'achat"])
    assert (
        bool(text.select(found=voices.mentions(voices.parted(text.reason), theme)).execute().found[0]) is told
    )


def test_words_of_few_are_no_theme():
    rows = [(f"c{i}", date(2025, 5, 9), 2.0, "w", None, "too slow") for i in range(5)]
    rows += [
        ("x", date(2025, 5, 9), 2.0, "w", None, "my name is Anna"),
        ("x", date(2024, 3, 9), 2.0, "v", None, "too slow"),
    ]
    sided = voices.sided(surveys.asked(table(rows)), month=M)
    found = rows_of(voices.people(voices.repeated(sided, least=5), worth([("c1", 10)]), "theme"))
    assert found == [
        {
            "side": "pain",
            "theme": "too slow",
            "customers": 5,
            "customers_before": 1,
            "active": 1,
            "value": Decimal(10),
        }
    ]


def worth(rows: list[tuple]) -> ibis.Table:
    """Give (customer, worth) as the active customers."""
    frame = pd.DataFrame([(who, Decimal(much)) for who, much in rows], columns=["customer_id", "worth"])
    return ibis.memtable(frame, schema=ibis.schema({"customer_id": "string", "worth": MONEY}))


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(-50, 2000), min_size=1, max_size=40), st.integers(1, 12))
def test_half_of_those_talked_to_are_the_most_valuable_and_the_rest_are_spread(amounts, count):
    people = worth([(f"c{i:02}", amount) for i, amount in enumerate(amounts)])
    found = [
        row[0] for row in voices.to_talk_to(people, people, count=count).execute().itertuples(index=False)
    ]
    ordered = [name for _, name in sorted((-amount, f"c{i:02}") for i, amount in enumerate(amounts))]
    assert len(found) == len(set(found)) == min(count, len(amounts))
    assert found[: count - count // 2] == ordered[: count - count // 2]
    assert [ordered.index(name) for name in found] == sorted(ordered.index(name) for name in found)
    if count // 2 and len(amounts) > count:
        assert found[-1] == ordered[-1]


def test_a_row_delivered_twice_is_one_answer_and_a_named_wave_is_no_month():
    rows = [
        ("a", date(2025, 5, 2), 7.0),
        ("a", date(2025, 5, 2), 7.0),
        ("a", date(2025, 5, 9), 2.0, "2025-05"),
    ]
    found = rows_of(surveys.asked(table(rows)), "named")
    assert [(row["score"], row["given"], row["named"]) for row in found] == [(7.0, 1, False), (2.0, 1, True)]
    assert len(rows_of(answers.classes(surveys.asked(table(rows))))) == 2


def test_who_was_no_active_customer_is_in_a_level_of_their_own():
    then = base([{"customer_id": "a", "active": False}])
    asked = table([("a", date(2025, 5, 9), 9.0), ("new", date(2025, 5, 9), 9.0)])
    found = rows_of(standing(asked, then, None, [("x", M, 1, Decimal(1))]), "customer_id")
    assert [row["value_band"] for row in found] == [surveys.NOT_ACTIVE, surveys.NOT_ACTIVE]
