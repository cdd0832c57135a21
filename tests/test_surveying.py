"""Scales, themes and programmes as a company declares them: what is taken, and what is refused with the reason."""

import pytest
from pydantic import ValidationError

from custlib.errors import UsageError
from custlib.settings import Settings
from custlib.surveying import DELIGHT, FIX_BASICS, KNOWN, MOVE_MIDDLE, NPS, programme_of


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"scales": {"nps": {"lowest": 0, "highest": 5, "middle": [2, 3]}}}, "nps goes from 0 to 10"),
        ({"scales": {"NPS": {"lowest": 0, "highest": 10, "middle": [5, 8]}}}, "small letters: 'nps'"),
        ({"scales": {" ": {"lowest": 1, "highest": 5, "middle": [3, 4]}}}, "needs the name"),
        ({"scales": {"ease": {"lowest": 1, "highest": 5, "middle": [1, 4]}}}, "at least one score below"),
        ({"scales": {"ease": {"lowest": 1, "highest": 5, "middle": [4, 3]}}}, "at least one score below"),
        (
            {"scales": {"ease": {"lowest": 0, "highest": 200, "middle": [5, 8]}}},
            "lowest must lie below highest",
        ),
        ({"themes": [{"name": "A", "words": ["!!!"]}]}, "there is no word"),
        ({"themes": [{"name": "A", "words": ["a"]}, {"name": "a ", "words": ["b"]}]}, "two themes"),
        ({"programme_costs": {"fix_basics": -1.0}}, "greater than or equal to 0"),
        ({"programme_costs": {"fix_basic": 1.0}}, "programme_costs"),
    ],
)
def test_what_cannot_be_meant_is_refused(settings, said):
    with pytest.raises(ValidationError) as refused:
        Settings.model_validate(settings)
    assert said in str(refused.value)


def test_programmes_part_the_scale():
    scale = KNOWN[NPS]
    assert [programme_of(score, scale) for score in range(10)] == [
        *[FIX_BASICS] * 5,
        *[MOVE_MIDDLE] * 4,
        DELIGHT,
    ]
    with pytest.raises(UsageError, match="above 10"):
        programme_of(10, scale)
