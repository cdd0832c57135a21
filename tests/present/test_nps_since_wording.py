"""What an earlier page on NPS printed, beside what is known today: each figure in its own unit, each change with one sign."""

from datetime import date
from types import SimpleNamespace

import pandas as pd
import pytest

from custlib.present.wording import since

COLUMNS = [
    "notebook",
    "measure",
    "window_months",
    "value_a",
    "value_b",
    "status_a",
    "status_b",
    "unit",
    "change",
]


def page(*rows, moved=()):
    """Two pages of figures; those of `moved` are restated."""
    frame = pd.DataFrame([("04_nps_middle_ground", *row) for row in rows], columns=COLUMNS)
    restated = pd.DataFrame(
        [(measure, 12, "settings") for measure in moved], columns=["measure", "window_months", "reason"]
    )
    return SimpleNamespace(month=date(2026, 6, 1), figures=frame, restated=restated, restatements=restated)


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (("mean_score", 12, "7.15", "7.83", "ok", "ok", "average", "0.68"), ["7.15", "7.83", "+0.68"]),
        # An earlier version called its unit points: a mean is a mean all the same.
        (("mean_score", 12, "7.83", "7.15", "ok", "ok", "", "-0.68"), ["7.83", "7.15", "−0.68"]),
        (("nps", 12, "-0.02", "0.14", "ok", "ok", "ratio", "0.16"), ["−2.0", "14.0", "+16.0"]),
        (
            ("middle_share", 12, "0.605", "0.46", "ok", "ok", "share", "-0.145"),
            ["61%", "46%", "−14.5 points"],
        ),
        (("responses", 12, "100", "90", "ok", "ok", "customers", "-10"), ["100", "90", "−10"]),
        (("responses", 12, "100", "100", "ok", "ok", "customers", "0"), ["100", "100", ""]),
    ],
)
def test_each_figure_is_written_in_its_unit_and_its_change_with_one_sign(row, told):
    (line,) = since.headline_rows(page(row)).itertuples()
    assert [line.then, line.now, line.change] == told


def test_what_was_never_available_is_not_said_to_stand():
    none = ("nps", 12, "", "", "not_available", "not_available", "ratio", "")
    assert since.message(page(none)) == (
        "Nothing can be compared with the page for June 2026: none of its headline figures is available, then or now."
    )
    known = ("responses", 12, "100", "100", "ok", "ok", "customers", "0")
    assert since.message(page(none, known)).endswith("2 headline figures, none has moved.")
    assert "1 headline figure of June 2026 is no longer" in since.message(
        page(none, known, moved=["responses"])
    )
