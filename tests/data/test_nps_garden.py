"""The French garden centres: a wide file of two encodings, without dates, read through the contract as it is."""

import re
import unicodedata
from collections import Counter
from decimal import Decimal

import pytest
from ibis import _

from custlib import open_month
from custlib.company import load_company
from custlib.data.checks import check
from custlib.data.collect import collect
from custlib.data.source import open_source
from custlib.surveying import FIRST_PASSIVE, FIRST_PROMOTER


@pytest.fixture(scope="module")
def garden(nps_garden_folder):
    """Open the company's one month."""
    return open_month("nps_garden")


def test_the_file_is_fit_and_its_blanks_are_counted(nps_garden_folder):
    company = load_company("nps_garden")
    with open_source(company) as source:
        report = check(source, company)
    assert report.violations == () and report.counts["surveys_rows"] == 3 * 13_954
    assert [(policy.name, policy.rows) for policy in report.policies] == [("not answered", 342 + 61 + 182)]


def test_the_score_is_the_published_one_and_blanks_are_no_passives(garden):
    nps = collect(garden.surveys.filter(_.metric == "nps"))
    given = nps.score.dropna()
    lead = int((given >= FIRST_PROMOTER).sum() - (given < FIRST_PASSIVE).sum())
    assert (len(nps), len(given), given.min(), given.max()) == (13_954, 13_612, 1, 10)
    assert round(100 * lead / len(given), 2) == 53.42
    assert round(100 * lead / len(nps), 2) == 52.11
    assert nps.date.isna().all() and nps.customer_id.is_unique


def test_each_question_has_its_own_answers(garden):
    table = garden.surveys
    counted = collect(table.group_by("metric").agg(asked=table.count(), answers=table.score.count()))
    assert {row.metric: (row.asked, row.answers) for row in counted.itertuples()} == {
        "nps": (13_954, 13_612), "satisfaction": (13_954, 13_893), "intention": (13_954, 13_772),
    }  # fmt: skip


def test_words_of_both_encodings_are_the_same_words(garden, nps_garden_folder):
    raw = (nps_garden_folder / "nps.csv").read_bytes()
    reasons = collect(garden.surveys.filter((_.metric == "nps") & _.reason.notnull())).reason
    assert len(reasons) == 3_839
    text = " ".join(reasons)
    assert not [
        letter for letter in set(text) if unicodedata.category(letter) == "Cc" and letter not in "\n\r\t"
    ]
    found = Counter(letter for letter in text if ord(letter) > 127)
    assert (
        found["é"] == raw.count(b"\x82") + raw.count(b"\xe9")
        and min(found["è"], found["à"], found["ê"]) > 400
    )
    for word in ("compliqué", "oublié", "étaient"):
        written = [raw.count(word.encode(page)) for page in ("latin-1", "cp850")]
        assert min(written) > 0 and text.count(word) == sum(written)


def test_the_themes_are_what_customers_write_about(garden):
    reasons = collect(garden.surveys.filter((_.metric == "nps") & _.reason.notnull())).reason.str.lower()
    found = {
        theme.name: reasons.str.contains("|".join(rf"\b{re.escape(word)}" for word in theme.words))
        for theme in garden.company.settings.themes
    }
    assert len(found) == 7 and min(theme.sum() for theme in found.values()) > 150
    assert sum(found.values()).gt(0).mean() > 0.7


def test_a_customer_is_worth_visits_times_tickets_where_a_ticket_tells(garden):
    value = garden.customer_value
    found = collect(
        value.aggregate(customers=value.count(), least=value.value.min(), whole=value.value.sum())
    )
    assert found.customers[0] == 13_954 - 246 and found.least[0] > 0
    assert collect(value.filter(value.customer_id == "2368")).value.tolist() == [
        Decimal("295.5500")
    ]  # 23 x 12.85
