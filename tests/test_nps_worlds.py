"""The sample bank at 100,000 customers in each of its worlds, from files to the sentence: which way a claim comes out.

Some minutes each; what the measures make of these worlds is tried in tests/measure/worth on customers drawn directly.
"""

import pytest

from custlib import open_month
from custlib.data.sample import WORLDS, write_sample
from custlib.present import wording

# What a page must find in each truth, and a piece of what it must say.
FOUND = {
    "no-failure": ("every point", "falls with every point"),
    "extremes": ("extremes", "between detractors, passives and promoters"),
    "middle": ("middle", "across the middle ground"),
    "nothing": ("nothing", "does not differ by the score"),
    "reversed": ("reversed", "rises with the score"),
}


@pytest.mark.long
@pytest.mark.parametrize("world", FOUND)
def test_the_page_finds_the_world_it_was_given(world, root, tmp_path):
    write_sample(tmp_path / "data", customers=100_000, truth=WORLDS[world])
    text = (root / "companies" / "sample.yaml").read_text(encoding="utf-8")
    path = tmp_path / "bank.yaml"
    path.write_text(
        text.replace("../data/sample", "data").replace("company: sample", "company: bank"), encoding="utf-8"
    )
    found = open_month(str(path), "2026-06").nps
    verdict, said = FOUND[world]
    assert found.worth.verdict == verdict
    assert said in wording.point_worth.shape_message(found.worth, found.why)
    assert found.check() > 20
