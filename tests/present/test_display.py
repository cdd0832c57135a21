"""What reaches a page: one kind of output each, escaped, the same every time, and files beside it."""

import json
from base64 import b64encode
from decimal import Decimal

import pandas as pd
import pytest

from custlib.present import charts, display, tables
from custlib.present.numbers import count

FRAME = pd.DataFrame({"reason": ["<script>", "price"], "customers": [1200, None]})


@pytest.fixture
def shown(monkeypatch) -> list[dict]:
    """Collect what would be displayed."""
    outputs: list[dict] = []
    monkeypatch.setattr(
        display, "display", lambda data, raw, metadata: outputs.append(data | {"about": metadata})
    )
    return outputs


def chart() -> charts.Chart:
    words = charts.Words(title="A <b>", subtitle="Lost, UK", source="log & list", alt='Two "bars"')
    return charts.bars(FRAME, label="reason", value="customers", unit="customers", words=words, name="why")


def test_a_chart_is_three_outputs_of_one_kind_each(shown, tmp_path):
    display.begin_page("01_base", str(tmp_path))
    display.show_chart(chart())
    words, picture, table = shown
    assert [set(output) - {"about"} for output in shown] == [{"text/html"}, {"image/png"}, {"text/html"}]
    assert "A &lt;b&gt;" in words["text/html"]
    assert picture["about"]["image/png"]["alt"] == 'Two "bars"'
    assert "&lt;script&gt;" in table["text/html"] and "<script>" not in table["text/html"]
    assert "not available" in table["text/html"] and "log &amp; list" in table["text/html"]
    # The page's picture is without words, and a phone gets one of its own; the slide's has them inside.
    assert picture["image/png"] == b64encode(chart().png()).decode()
    assert picture["about"]["image/png"]["narrow"] == b64encode(chart().narrow_png()).decode()
    assert (tmp_path / "figures" / "01_base-why.png").read_bytes() == chart().slide_png()
    assert b">A &lt;b&gt;</text>" in (tmp_path / "figures" / "01_base-why.svg").read_bytes()
    assert (
        tmp_path / "tables" / "01_base-why.csv"
    ).read_text() == "reason,customers\n<script>,1200.0\nprice,\n"


def test_displays_are_the_same_every_time_and_stable_in_name(shown):
    for _ in range(2):
        display.begin_page("01_base")
        display.show_chart(chart())
    assert shown[:3] == shown[3:]


def test_a_name_is_used_once_per_page(shown):
    display.begin_page("01_base")
    display.show_chart(chart())
    with pytest.raises(ValueError, match="'why' is already shown"):
        display.show_table(FRAME, name="why", title="Again")


def test_a_notebook_keeps_one_picture_per_figure(shown):
    display.begin_page("01_base")
    display.show_chart(chart())
    assert set(shown[1]["about"]["image/png"]) == {"width", "alt"}


def test_outside_a_batch_run_nothing_is_written(shown, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    display.begin_page("01_base")
    display.show_chart(chart())
    display.save_page(title="t", lead="l", facts={})
    assert list(tmp_path.iterdir()) == []


def test_the_page_file_holds_what_was_said_and_no_nan(shown, tmp_path):
    display.begin_page("01_base", str(tmp_path))
    display.show_headline("We grew.", key="grew", arithmetic="1 + 1 = 2", definition="d")
    display.show_decisions(["a", "b", "c", "d"])
    display.save_page(
        title="t", lead="l", facts={"month": "June"}, tiles=[{"spark": [1, float("nan"), None]}]
    )
    said = json.loads((tmp_path / "01_base.page.json").read_text())
    assert said["decisions"] == ["a", "b", "c"]
    assert said["headlines"] == [
        {"key": "grew", "sentence": "We grew.", "arithmetic": "1 + 1 = 2", "definition": "d"}
    ]
    assert said["tiles"] == [{"spark": [1, None, None]}]
    display.begin_page("02_next", str(tmp_path))
    display.save_page(title="t", lead="l", facts={})
    assert json.loads((tmp_path / "02_next.page.json").read_text())["headlines"] == []


def test_headlines_notes_and_decisions_are_escaped(shown):
    display.begin_page("x")
    display.show_headline("<i>", arithmetic="1 < 2", definition="a & b")
    display.show_note("<i>")
    display.show_decisions(["<i>"])
    display.show_decisions([])
    assert all("<i>" not in output["text/html"] for output in shown)
    assert "Nothing on this page" in shown[-1]["text/html"]


def test_a_table_aligns_by_kind_names_its_columns_and_needs_no_style_of_its_own():
    grid = tables.table(FRAME, name="t", title="Why", columns={"customers": ("Lost <customers>", count)})
    assert "Lost &lt;customers&gt;" in grid.html and "<caption>Why</caption>" in grid.html
    assert '<td headers="table-t-c0" class="gt_row gt_right">1,200</td>' in grid.html
    assert list(grid.frame.columns) == ["customers"]
    assert len(grid.html) < 1500
    assert ">none</td>" in tables.table(FRAME[:0], name="t", title="Why").html
    with pytest.raises(ValueError, match="table t: no column 'x'; there are reason, customers"):
        tables.table(FRAME, name="t", title="Why", columns={"x": ("X", count)})


def test_a_table_for_spreadsheets_holds_no_formula_and_full_precision():
    frame = pd.DataFrame(
        {
            "=name": ["=1+1", "@x", "a=b", None],
            "change": [-1.25, 3, None, 1 / 3],
            "heads": pd.Series([1, None, Decimal("-2.50"), 4], dtype=object),
        }
    )
    said = tables.table(frame, name="t", title="Why").csv().decode()
    assert said == "'=name,change,heads\n'=1+1,-1.25,1\n'@x,3.0,\na=b,,-2.50\n,0.3333333333333333,4\n"
