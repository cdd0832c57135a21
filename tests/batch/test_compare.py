"""`custlib compare`: two runs side by side, from months, folders or files."""

import json

import pytest

from custlib import results
from custlib.batch.compare import differences, plain, read_run, side_by_side
from custlib.errors import UsageError
from custlib.periods import parse_month
from custlib.results import Figure, figure


def publish(out, month, *figures, **manifest):
    folder = out / month
    frame = results.to_frame(figures, month=parse_month(month), notebook="01_customer_base")
    results.save(frame, folder / "results.csv")
    (folder / "manifest.json").write_text(json.dumps({"month": month, **manifest}))


@pytest.fixture
def out(tmp_path):
    web = {"dimension": "channel", "segment": "web"}
    publish(
        tmp_path,
        "2026-01",
        figure("active_customers", 100, "customers", 3),
        figure("core_margin_share", 0.5, "share", 12),
        figure("margin", 10, "EUR", 1),
        figure("active_customers", 40, "customers", 3, **web),
        company={"settings": {"active_window_months": {"value": 3}}},
    )
    publish(
        tmp_path,
        "2026-02",
        figure("active_customers", 110, "customers", 3),
        figure("core_margin_share", 0.504, "share", 12),
        figure("margin", 10, "EUR", 1),
        Figure("active_customers", None, "customers", 3, status="suppressed", **web),
        figure("exchange_rate_first_year", None, "ratio", 1),
        company={"settings": {"active_window_months": {"value": 6}}},
    )
    return tmp_path


def lines(table):
    return {(row.measure, row.of): [row.a, row.b, row.change, row.percent] for row in table.itertuples()}


def test_months_are_set_side_by_side(out):
    runs = read_run("2026-01", out), read_run("2026-02", out)
    assert lines(side_by_side(*runs)) == {
        ("active_customers", ""): ["100", "110", "+10", "+10.0%"],
        ("core_margin_share", ""): ["50.0%", "50.4%", "+0.4 points", ""],
        ("exchange_rate_first_year", ""): ["not there", "not available", "", ""],
        ("margin", ""): ["€10.00", "€10.00", "€0.00", "0.0%"],
    }
    assert list(differences(*runs)) == ["month: 2026-01 | 2026-02", "setting active_window_months: 3 | 6"]


def test_segments_and_changes_on_request(out):
    runs = read_run(str(out / "2026-01"), out), read_run(str(out / "2026-02" / "results.csv"), out)
    table = side_by_side(*runs, segments=True, changed=True)
    assert ("active_customers", "channel: web") in lines(table)
    assert lines(table)["active_customers", "channel: web"] == ["40", "suppressed", "", ""]
    assert "margin" not in set(table.measure)


def test_each_company_keeps_its_currency_and_differences_are_told_in_points(tmp_path):
    publish(tmp_path, "2026-01", figure("margin", 10, "EUR", 1), figure("gap", -0.1072, "difference", 6))
    publish(tmp_path, "2026-02", figure("margin", 12, "USD", 1), figure("gap", -0.0072, "difference", 6))
    table = lines(side_by_side(read_run("2026-01", tmp_path), read_run("2026-02", tmp_path)))
    assert table["margin", ""] == ["€10.00", "$12.00", "", ""]
    assert table["gap", ""][:3] == ["\N{MINUS SIGN}10.7 points", "\N{MINUS SIGN}0.7 points", "+10.0 points"]


def test_a_mean_score_is_a_plain_number(tmp_path):
    publish(tmp_path, "2026-01", figure("mean_score", 7.154, "average", 12))
    publish(tmp_path, "2026-02", figure("mean_score", 7.834, "average", 12))
    table = lines(side_by_side(read_run("2026-01", tmp_path), read_run("2026-02", tmp_path)))
    assert table["mean_score", ""] == ["7.15", "7.83", "+0.68", "+9.5%"]


@pytest.mark.parametrize("value", ["abc", "NaN", "Infinity", "1e999999", "5\nactive_customers"])
def test_a_value_that_is_no_number_is_refused_at_once(out, value):
    path = out / "2026-02" / "results.csv"
    path.write_text(path.read_text().replace(",110,", f',"{value}",'))
    with pytest.raises(UsageError, match="no number"):
        side_by_side(read_run("2026-01", out), read_run("2026-02", out))


@pytest.mark.parametrize(
    "manifest", ["[1]", '{"company": null}', '{"company": {"settings": [1]}}', "not json"]
)
def test_a_damaged_manifest_tells_nothing_and_stops_nothing(out, manifest):
    (out / "2026-02" / "manifest.json").write_text(manifest)
    runs = read_run("2026-01", out), read_run("2026-02", out)
    assert list(differences(*runs)) and len(side_by_side(*runs))


def test_for_a_program_values_are_plain_and_have_their_units(out):
    both = plain(read_run("2026-01", out), read_run("2026-02", out)).set_index("measure")
    row = both.loc["core_margin_share", ["value_a", "value_b", "unit", "change"]]
    assert row.tolist() == ["0.5", "0.504", "share", "0.004"]


def test_what_is_not_there_is_named_with_the_months_that_are(out):
    with pytest.raises(UsageError, match=r"(?s)'2025-12' is no published month.*2026-01, 2026-02"):
        read_run("2025-12", out)
    (out / "text.csv").write_text("a,b\n1,2\n")
    with pytest.raises(UsageError, match="not a table of results"):
        read_run(str(out / "text.csv"), out)
