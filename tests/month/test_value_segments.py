"""Where value sits in companies made for it, from files to sentences: who holds it, who is lost, who is in which band."""

from decimal import Decimal
from itertools import combinations

import pandas as pd
import pytest
from ibis import _

from custlib import open_month
from custlib.cli import main
from custlib.data.collect import collect
from custlib.month.figures import CustomerMonth
from custlib.present import wording
from custlib.results import value_of
from tests.figures import SEGMENTS, figures_of
from tests.measure.test_cuts import places
from tests.month.test_equity import MONTHS, company, lives

# A year of one purchase a month, as ids and amounts say; the last two years of the data.
LAST_YEAR, YEAR_BEFORE = MONTHS[24:], MONTHS[12:24]


def purchases(spent: dict[str, float], months=(*YEAR_BEFORE, *LAST_YEAR)) -> pd.DataFrame:
    rows = [(name, month, amount / 12) for name, amount in spent.items() for month in months]
    return pd.DataFrame(rows, columns=["customer_id", "date", "amount"])


def opened(folder, log, **settings):
    path = company(folder, log, settings={"min_group": 5, "claimed_loss_rate": 0.01} | settings)
    return open_month(path, "2024-12")


def test_where_all_bring_the_same_nobody_stands_out(tmp_path):
    found = opened(tmp_path, purchases({f"c{i:03}": 120.0 for i in range(90)})).value_segments
    assert found.main.gini.value == 0 and found.main.top[0.2].value == pytest.approx(0.2, abs=1e-12)
    said = wording.concentration.lead(found)
    assert "a fifth of revenue, not 80%" in said and "nobody stands out" in said
    # Equal customers stay together: nobody is above the threshold that they all set.
    assert found.bands.customers.tolist() == [90, 0, 0, 0, 0, 0]


def test_exactly_eighty_to_twenty_is_as_received_wisdom_has_it(tmp_path):
    spent = {f"a{i:03}": 1920.0 for i in range(18)} | {f"b{i:03}": 120.0 for i in range(72)}
    found = opened(tmp_path, purchases(spent)).value_segments
    assert found.main.top[0.2].value == pytest.approx(0.8, abs=1e-12)
    assert found.main.holding[0.8].value == pytest.approx(0.2, abs=1e-12)
    said = wording.concentration.lead(found)
    assert "80%" in said and "not 80%" not in said


def test_one_whale_is_said_to_be_one(tmp_path):
    spent = {"whale": 990_000.0} | {f"b{i:03}": 12.0 for i in range(89)}
    found = opened(tmp_path, purchases(spent)).value_segments
    said = wording.concentration.lead(found)
    assert found.main.top[0.2].value > 0.99 and not found.main.top[0.2].reliable
    # How many hold a half is not told: they are a handful.
    assert found.main.holding[0.5].value is None and "whale" not in said and "so few bring so much" in said
    # One person's margin is in no table, nor what is left when the others are taken off.
    assert found.bands.hidden.any() and found.bands[found.bands.hidden].margin.isna().all()
    few = found.equal_profit[found.equal_profit.customers < 5]
    assert len(few) and few.margin_share.isna().all()


@pytest.fixture(scope="module")
def losing(tmp_path_factory):
    """Two bases of 5,000 that lose the same fifty customers in number: the smallest, or those who bring most."""
    worth = {f"c{i:04}": 12.0 + i * 0.24 for i in range(4_950)} | {f"d{i:04}": 8_000.0 for i in range(50)}
    small = {f"c{i:04}" for i in range(50)}
    large = {name for name in worth if name.startswith("d")}
    both = {}
    for kind, gone in (("small", small), ("large", large)):
        before = purchases(worth, months=YEAR_BEFORE)
        after = purchases(
            {name: amount for name, amount in worth.items() if name not in gone}, months=LAST_YEAR
        )
        both[kind] = opened(tmp_path_factory.mktemp(kind), pd.concat([before, after]))
    return both


def test_the_same_loss_of_customers_may_be_two_losses_of_value(losing):
    small, large = (losing[kind].value_segments.loss for kind in ("small", "large"))
    assert small.whole.rate == large.whole.rate == 0.01
    assert small.whole.value_rate < 0.002 and large.whole.value_rate > 0.05
    assert (small.verdict_value, large.verdict_value) == ("supported", "refuted")
    said = [wording.loss.lead(test, "revenue") for test in (small, large)]
    assert said[0] != said[1] and "revenue" in said[1]


def test_bands_and_moves_partition_customers_and_money(losing):
    view = losing["large"]
    found = view.value_segments
    active = view.base.filter(_.active)
    base = collect(active.aggregate(n=_.count(), v=_.value.sum()))
    assert found.bands.customers.sum() == found.active_customers == base.n.iloc[0] == 4_950
    assert sum(found.bands.margin, Decimal(0)) == found.active_margin == Decimal(base.v.iloc[0])
    moved = found.migration
    assert moved.opening().customers.sum() == 5_000 and moved.closing().customers.sum() == 4_950
    assert moved.closing().value.sum() == found.active_margin
    assert found.check() > 10


def test_results_name_what_the_page_says(losing):
    view = losing["large"]
    rows = figures_of(view, SEGMENTS)
    found = view.value_segments
    assert float(value_of(rows, "top_20_share", 12)) == pytest.approx(found.main.top[0.2].value, rel=1e-9)
    assert float(value_of(rows, "annual_value_loss_rate", 12)) == pytest.approx(
        found.loss.whole.value_rate, rel=1e-9
    )
    bands = rows[(rows.measure == "band_customers") & (rows.status == "ok")]
    assert bands.value.astype(int).sum() == 4_950 and set(bands.dimension) == {"value_band"}
    # No customer list records closures, so nothing is said of them.
    assert set(rows[rows.measure == "annual_recorded_loss_rate"].status) == {"not_available"}


def test_a_ranking_told_in_four_ways_tells_of_nobody_by_subtraction(tmp_path):
    spent = {f"c{i:03}": 12.0 + (i * i % 997) for i in range(283)}
    found = opened(tmp_path, purchases(spent)).value_segments
    ends = []
    for table in (found.equal_customers, found.equal_profit):
        assert table.customers.sum() == 283
        for place in range(len(table) - 1):
            if table.margin.iloc[place : place + 2].notna().all():
                ends.append(int(table.customers.iloc[: place + 1].sum()))
    # Everybody is active, so that the bands cut the same ranking.
    ends += [int(rank) for rank in found.bands.customers.cumsum()]
    where = places(found.main, ends)
    shares = {0.0, 283.0} | {round(part * 283, 9) for part in found.main.top}
    bands = {float(rank) for rank in found.bands.customers.cumsum()}
    near = [
        (one, other)
        for one, other in combinations(where, 2)
        if other - one < 5 - 1e-6 and not (one in shares | bands and other in shares | bands)
    ]
    assert len(ends) > 15 and not near


def test_a_window_of_three_buyers_is_no_reason_to_refuse_the_month(tmp_path):
    spent = {f"c{i:03}": 120.0 + i for i in range(60)}
    log = purchases(spent)
    few = log.customer_id.isin(["c001", "c002", "c003"]) | (log.date < MONTHS[-1])
    view = opened(tmp_path, log[few])
    found = view.value_segments
    assert found.windows[1].customers == 3 and not len(found.windows[1].curve) and found.check() > 10
    rows = figures_of(view, SEGMENTS)
    short = rows[
        (rows.window_months == 1) & rows.measure.isin(["top_20_share", "customers_holding_80_share"])
    ]
    assert len(short) == 2 and set(short.status) == {"suppressed"}


def test_what_the_data_do_not_reach_is_not_available(tmp_path):
    log = purchases({f"c{i:03}": 100.0 + i for i in range(100)}, months=MONTHS[-3:])
    path = company(tmp_path, log, settings={"active_window_months": 3})
    text = (tmp_path / "valued.yaml").read_text().replace("history: complete", "history: observed")
    (tmp_path / "valued.yaml").write_text(text)
    view = open_month(path, "2024-12")
    found = view.value_segments
    assert sorted(found.windows) == [1, 3] and found.bands_since is None and found.loss is None
    assert view.segmented is None and not view.lists and found.potential is None
    rows = figures_of(view, SEGMENTS)
    mine = rows[(rows.notebook == "03_value_segments") & (rows.window_months == 12)]
    assert len(mine) and set(mine.status) == {"not_available"}
    for said in (wording.concentration.lead(found), wording.loss.lead(None, "revenue")):
        assert "not available" in said.lower() or "cannot" in said.lower()


def test_lists_are_written_on_request_with_reasons_and_without_formulas(tmp_path, monkeypatch, capsys):
    """A customer called like a formula is of low value; those who shrink and matter are listed to be protected."""
    spent = {"=cmd()": 3.0} | {f"c{i:03}": 120.0 + i for i in range(200)}
    log = purchases(spent)
    shrunk = log.customer_id.isin(["c198", "c199"]) & (log.date >= MONTHS[-3])
    log["amount"] = log.amount.where(~shrunk, log.amount * 0.6)
    low = {"value_below": 10, "meaning": "less than ten euro a year"}
    path = company(tmp_path, log, settings={"low_value": low, "thank_after_months": 24})
    monkeypatch.setattr("custlib.data.lists.workbook", lambda: tmp_path)
    with pytest.raises(SystemExit) as ended:
        main(["lists", "--company", path, "--month", "2024-12"])
    assert ended.value.code in (None, 0)
    printed = capsys.readouterr().out
    assert "1 customer in lists/valued-2024-12-serve_cheaper.csv" in printed and "cmd" not in printed
    written = (tmp_path / "lists" / "valued-2024-12-serve_cheaper.csv").read_text().splitlines()
    assert written == ["customer_id,reason", "'=cmd(),of low value: less than ten euro a year"]
    shrinking = (tmp_path / "lists" / "valued-2024-12-shrinking.csv").read_text().splitlines()[1:]
    assert {line.split(",")[0] for line in shrinking} == {"c198", "c199"}


def test_a_segment_of_the_opened_month_is_what_the_page_counts(losing):
    view = losing["small"]
    table = view.segmented
    counted = (
        collect(table.group_by("value_band").agg(customers=table.count())).set_index("value_band").customers
    )
    told = view.value_segments.bands.set_index("band").customers
    assert counted.to_dict() == told[told > 0].to_dict()


def test_who_came_within_the_opening_year_did_not_double_by_staying(tmp_path):
    """All pay the same each month: who came half a year before has half a year then and a whole one now."""
    old = purchases({f"a{i:03}": 120.0 for i in range(60)}, months=MONTHS)
    came = purchases({f"b{i:03}": 120.0 for i in range(40)}, months=MONTHS[18:])
    found = opened(tmp_path, pd.concat([old, came])).value_segments.loss
    assert (found.whole.stayed, found.whole.younger, found.whole.doubled) == (60, 40, 0)
    assert found.silent_verdict == "none"


def test_three_lost_in_a_year_are_counted_and_their_money_is_not_told(tmp_path):
    spent = {f"c{i:03}": 120.0 + i for i in range(90)}
    log = purchases(spent)
    log = log[~log.customer_id.isin(["c001", "c050", "c080"]) | (log.date < LAST_YEAR[0])]
    view = opened(tmp_path, log)
    rows = figures_of(view, SEGMENTS)
    mine = rows[(rows.notebook == "03_value_segments") & (rows.segment == "all")]
    status = mine.set_index("measure").status
    assert status.annual_customer_loss_rate == "ok" and status.annual_value_loss_rate == "suppressed"
    assert view.value_segments.loss.verdict_value == "none"


def test_buyers_who_are_a_few_more_than_the_active_are_not_told_by_subtraction(tmp_path):
    spent = {f"c{i:03}": 120.0 + i for i in range(200)}
    log = purchases(spent)
    both = {}
    for gone in (3, 6):
        silent = {f"c{i:03}" for i in range(gone)}
        folder = tmp_path / str(gone)
        folder.mkdir()
        kept = log[~log.customer_id.isin(silent) | (log.date < LAST_YEAR[6])]
        both[gone] = opened(folder, kept, active_window_months=3).value_segments
    for gone, found in both.items():
        assert (found.main.customers, found.active_customers) == (200, 200 - gone)
        assert found.exact_total == (gone == 6)
        assert found.equal_customers.margin.notna().any() == (gone == 6)
        # Bands tell what the active brought; so all customers, three more, are no layer.
        assert ("everyone" in set(found.layers.key)) == (gone == 6)


def test_amounts_that_a_company_fixes_are_not_set_each_year(tmp_path):
    log = purchases({f"c{i:03}": 120.0 + i for i in range(40)})
    fixed = [{"name": "large", "at_least": 140}, {"name": "rest"}]
    for name, settings in {"own": {}, "fixed": {"value_bands": fixed}}.items():
        (tmp_path / name).mkdir()
        assert opened(tmp_path / name, log, **settings).value_segments.thresholds_yearly == (name == "own")


def test_the_list_of_whom_to_protect_is_that_plan(tmp_path):
    view = open_month(company(tmp_path, lives(1), settings={"thank_after_months": 1}), "2024-12")
    lists, found = view.lists, view.value_segments
    plans = found.potential.plans.set_index("plan").customers
    counted = {name: int(one.table.count().execute()) for name, one in lists.items()}
    assert counted["protect"] == plans["protect"] > 0
    assert counted["shrinking"] == found.high_value.shrinking > 0
    assert lists["thank"].reason.startswith("a customer for 1 month or more")


def test_what_pages_share_of_a_month_is_counted_once(tmp_path, monkeypatch):
    """Another page, which opens the month anew, finds the comparison where the first one kept it."""
    first = opened(tmp_path, purchases({f"c{i:03}": 120.0 + i for i in range(60)}))
    wanted = first.comparison(1)

    def refuse(*_, **__):
        raise AssertionError("counted again")

    monkeypatch.setattr("custlib.month.tables.flows.flows_by_dimension", refuse)
    pd.testing.assert_frame_equal(CustomerMonth(first.prepared).comparison(1), wanted)
    with pytest.raises(AssertionError, match="counted again"):
        CustomerMonth(first.prepared).comparison(12)
