"""Bands, levels and rules as they are written: what is taken, what is refused, and which rules nobody can meet."""

from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from custlib.company import load_company
from custlib.segmentation import (
    BANDS,
    BELOW_ZERO,
    DIMENSIONS,
    NO_RULE,
    RESERVED,
    Band,
    Levels,
    Rule,
    Segmentation,
    allowed_levels,
    check_rules,
    now_levels,
    unreachable,
)
from custlib.settings import Settings


def bands(*written) -> list[Band]:
    return Settings.model_validate({"value_bands": list(written)}).value_bands


def test_defaults_are_those_of_the_definitions():
    default = Settings()
    told = [(band.name, band.top_share, band.at_least) for band in default.value_bands]
    assert told == [
        ("top 1%", 0.01, None), ("next 4%", 0.05, None), ("next 15%", 0.2, None), ("next 30%", 0.5, None),
        ("bottom 50%", None, None),
    ]  # fmt: skip
    assert (default.claimed_loss_rate, default.claimed_top_fifth, default.thank_after_months) == (
        0.01,
        0.80,
        60,
    )
    assert default.segmentation is None and default.low_value is None


def test_a_share_is_kept_as_it_was_written():
    assert bands({"name": "top", "top_share": 0.07}, {"name": "rest"})[0].share == Fraction(7, 100)
    with pytest.raises(ValidationError, match=r"up to six decimal places, not 0\.12345678"):
        bands({"name": "top", "top_share": 0.12345678}, {"name": "rest"})


def test_shares_and_amounts_fall_each_for_themselves():
    taken = bands(
        {"name": "named", "at_least": 1000}, {"name": "top", "top_share": 0.1}, {"name": "some", "at_least": 5},
        {"name": "half", "top_share": 0.5}, {"name": "rest"},
    )  # fmt: skip
    assert [band.name for band in taken] == ["named", "top", "some", "half", "rest"]
    assert [band.name for band in bands({"name": "everybody"})] == ["everybody"]


@pytest.mark.parametrize("name", RESERVED)
def test_names_that_tables_use_are_refused(name):
    with pytest.raises(ValidationError, match="because the workbook uses it itself"):
        bands({"name": name})


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ([], "needs at least one band"),
        ([{"name": "a", "top_share": 0.2, "at_least": 5}, {"name": "b"}], "needs exactly one of"),
        (
            [{"name": "a", "top_share": 0.2}, {"name": "b", "top_share": 0.2}, {"name": "c"}],
            "must be larger than",
        ),
        ([{"name": "a", "at_least": 5}, {"name": "b", "at_least": 5}, {"name": "c"}], "must be smaller than"),
        ([{"name": "a", "at_least": 0}, {"name": "b"}], "greater than 0"),
        ([{"name": ""}], "at least 1 character"),
    ],
)
def test_bands_that_are_none_are_refused(written, said):
    with pytest.raises(ValidationError, match=said):
        bands(*written)


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        ({"thank_after_months": 0}, "greater than or equal to 1"),
        ({"claimed_loss_rate": 1}, "less than 1"),
        ({"low_value": {"value_below": 1, "meaning": ""}}, "at least 1 character"),
        ({"segmentation": {"rules": []}}, "at least 1 item"),
        ({"segmentation": {"rules": [{"segment": ""}]}}, "at least 1 character"),
        ({"segmentation": {"levels": {"tenure": [{"name": "a", "at_least": 5}]}, "rules": [{"segment": "A"}]}},
         "'a' is the last one and has the rest"),
        ({"segmentation": {"levels": {"tenure": [{"name": "a"}, {"name": "b"}]}, "rules": [{"segment": "A"}]}},
         "level 'a' needs at_least"),
        ({"segmentation": {"levels": {"products": [{"name": "unknown"}]}, "rules": [{"segment": "A"}]}},
         "'unknown' cannot be a level's name"),
    ],
)  # fmt: skip
def test_settings_that_say_nothing_are_refused(chosen, said):
    with pytest.raises(ValidationError, match=said):
        Settings.model_validate(chosen)


def test_levels_there_are():
    allowed = allowed_levels(Levels(), BANDS)
    assert tuple(allowed) == DIMENSIONS
    assert allowed["value_now"] == (*(band.name for band in BANDS), BELOW_ZERO)
    assert allowed["value_to_come"] == ("high", "middle", "low", BELOW_ZERO, "unknown")
    assert allowed["trend"] == ("new", "growing", "steady", "declining", "unknown")
    assert allowed["core"] == ("core", "not core", "unknown")
    mine = [Band(name="large", at_least=10), Band(name="small")]
    grouped = Levels(value_now={"any": ["large", "small", BELOW_ZERO]})
    assert now_levels(grouped, mine) == {"any": ("large", "small", BELOW_ZERO)}
    assert allowed_levels(grouped, mine)["value_now"] == ("any",)
    check_rules(
        Segmentation(levels=grouped, rules=[Rule(segment="A", value_now=["any"])]), mine, has_core=False
    )
    with pytest.raises(
        ValueError, match=r"levels\.value_now\.none: names no band; the bands are large, small, below"
    ):
        empty = Levels(value_now={"none": []})
        check_rules(Segmentation(levels=empty, rules=[Rule(segment="A")]), mine, has_core=False)


def written(*rules) -> Segmentation:
    return Segmentation.model_validate(
        {"rules": [{"segment": f"S{i}", **rule} for i, rule in enumerate(rules)]}
    )


def test_rules_that_nobody_can_meet_are_known():
    assert unreachable(
        written({"trend": ["new"]}, {"core": ["core"]}, {"trend": ["new"], "core": ["core"]}), BANDS
    ) == (3,)
    # Together two rules can leave nothing to a third that neither covers alone.
    halves = written(
        {"trend": ["new", "growing", "unknown"]}, {"trend": ["steady", "declining"]}, {"core": ["core"]}
    )
    assert unreachable(halves, BANDS) == (3,)
    assert unreachable(written({}, {"core": ["core"]}, {}), BANDS) == (2, 3)
    assert unreachable(written({"core": ["core"]}, {"core": ["not core"]}, {}), BANDS) == ()


ALLOWED = allowed_levels(Levels(), BANDS)
FEW = ("trend", "core")
rule = st.fixed_dictionaries(
    {}, optional={name: st.lists(st.sampled_from(ALLOWED[name]), min_size=1, unique=True) for name in FEW}
)


@settings(deadline=None)
@given(st.lists(rule, min_size=1, max_size=6))
def test_a_rule_is_unreachable_when_no_customer_can_get_there(rules):
    # A twin that tries every kind of customer there can be.
    first = set()
    for trend, core in product(*(ALLOWED[name] for name in FEW)):
        has = {"trend": trend, "core": core}
        meets = [i for i, each in enumerate(rules, 1) if all(has[name] in each[name] for name in each)]
        first |= set(meets[:1])
    assert set(unreachable(written(*rules), BANDS)) == set(range(1, len(rules) + 1)) - first


def test_segments_come_in_the_order_of_their_rules():
    table = Segmentation(rules=[Rule(segment="B"), Rule(segment="A"), Rule(segment="B")])
    assert table.segments == ("B", "A", NO_RULE)


@pytest.mark.parametrize("name", ["sample", "cdnow", "online_retail"])
def test_the_shipped_rules_can_all_be_met(root, name):
    chosen = load_company(root / "companies" / f"{name}.yaml").settings
    assert chosen.segmentation is not None
    assert unreachable(chosen.segmentation, chosen.value_bands) == ()
    # A segment's name is for people: no code words.
    assert not any("_" in segment for segment in chosen.segmentation.segments)


def test_settings_over_a_company_file_are_checked_together(root):
    narrow = {"value_bands": [{"name": "large", "at_least": 10.0}, {"name": "small"}]}
    with pytest.raises(
        ValueError, match=r"levels\.value_now\.high: unknown band 'top 1%'; the names are below zero, large"
    ):
        load_company(root / "companies" / "sample.yaml", settings=narrow)
    rules = {"rules": [{"segment": "Large", "value_now": ["large"]}]}
    company = load_company(root / "companies" / "sample.yaml", settings={**narrow, "segmentation": rules})
    assert company.settings.segmentation is not None and len(company.settings.segmentation.rules) == 1
