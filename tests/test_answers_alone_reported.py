"""The whole report of a company that has answers alone: what can be said is said, the rest is not available, and nobody is named."""

import re
from collections import Counter
from html import unescape
from pathlib import Path

import pytest

from custlib import results


@pytest.fixture(scope="module")
def garden(reported) -> Path:
    """Give the folder of the garden centres' one month."""
    return reported("nps_garden", "2021-12")


def words(page: Path) -> str:
    """Give the words of a page in one line."""
    text = re.sub(r"<(style|script|svg)\b.*?</\1>", " ", page.read_text(encoding="utf-8"), flags=re.S)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", text)).split())


def test_one_page_is_made_and_page_one_says_which_are_not_there(garden):
    assert {page.name for page in garden.glob("*.html")} == {"index.html", "04_nps_middle_ground.html"}
    said = words(garden / "index.html")
    assert "Not available, because no table says what customers did: Data quality, Customer base," in said
    assert "What our customers say" in said and "NPS is +53.4" in said


def test_the_figures_are_those_of_the_answers_and_none_needs_a_date(garden):
    found = results.load(garden / "results.csv")
    whole = found[found.dimension == "all"].set_index("measure")
    assert set(found.month) == {"2021-12"} and set(found.notebook) == {"04_nps_middle_ground"}
    assert round(100 * float(whole.value.nps), 2) == 53.42
    assert int(whole.value.responses) == 13_612
    unknown = {"response_rate", "hidden_movement_share", "nps_weighted"}
    assert {name: whole.status[name] for name in unknown} == dict.fromkeys(unknown, "not_available")
    assert set(found[found.measure == "value_at_stake"].status) <= {"not_available"}


def test_what_would_need_dates_is_said_not_to_be_available(garden):
    said = words(garden / "04_nps_middle_ground.html")
    assert "nobody could give a 0" in said and "8,465 of 13,612 customers were really happy" in said
    assert "What a point is worth is not available" in said and "NPS by wave is not available" in said
    assert said.count("not available") > 5 and "nan" not in Counter(said.casefold().split())


def test_no_reason_of_a_customer_is_printed(garden, nps_garden_folder):
    raw = (nps_garden_folder / "nps.csv").read_bytes().decode("latin-1")
    long = [line.split('"')[3] for line in raw.splitlines() if line.count('"') == 4]
    long = [reason for reason in long if len(reason) > 40 and reason.isascii()]
    said = words(garden / "04_nps_middle_ground.html") + (garden / "results.csv").read_text()
    assert len(long) > 300 and not [reason for reason in long if reason in said]
