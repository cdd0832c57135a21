"""What the documents say of the models of customer value, held against the models there are."""

from pathlib import Path

import pytest

from custlib.measure.clv.choice import AUTO, CANDIDATES
from custlib.present.wording.models import NAMES

DOCS = Path(__file__).resolve().parents[2] / "docs"


@pytest.mark.parametrize("name", ["glossary.md", "assumptions.md", "methods.md"])
def test_every_model_that_can_be_chosen_is_in_the_documents(name):
    text = (DOCS / name).read_text(encoding="utf-8")
    assert [NAMES[model] for model in CANDIDATES if NAMES[model] not in text] == []
    assert f"`clv_model: {AUTO}`" in text


def test_assumptions_are_numbered_from_one():
    lines = (DOCS / "assumptions.md").read_text(encoding="utf-8").splitlines()
    numbers = [int(line.split("|")[1]) for line in lines if line[2:3].isdigit()]
    assert numbers == list(range(1, len(numbers) + 1)) and len(numbers) > 20
