"""Customer equity at its edges: nobody to value, segments of few, names that mean two things, files that are broken."""

import numpy as np
import pandas as pd
import pytest

from custlib import open_month
from custlib.data.collect import collect
from custlib.measure.clv import bgbb
from custlib.measure.clv.fit import Fit
from custlib.measure.clv.groups import Group
from custlib.measure.clv.spend import Spend
from custlib.measure.equity_figures import _parameters
from custlib.measure.spread import tenure_map
from custlib.present import equity_tables, wording
from custlib.results import value_of
from tests.figures import EQUITY, figures_of
from tests.month.test_equity import company, lives


def with_list(folder, log, channels, *, settings):
    listed = pd.DataFrame({"customer_id": sorted(log.customer_id.unique()), "acquisition_channel": channels})
    return company(folder, log, customers=listed, settings={"segments": ["acquisition_channel"]} | settings)


def later(log: pd.DataFrame) -> pd.DataFrame:
    """Give a log in which only the last half year holds purchases; before it, everything is returned."""
    return log.assign(amount=log.amount.where(log.date >= "2024-06-01", -1.0))


@pytest.mark.parametrize(
    ("model", "ghosts"), [("bgbb", False), ("bgnbd", True)], ids=["nobody", "never seen"]
)
def test_a_base_of_nobody_is_a_statement(tmp_path, model, ghosts):
    """Nobody has bought yet; of those won before the data none was ever seen."""
    names = [f"g{i}" for i in range(150)]
    listed = (
        pd.DataFrame({"customer_id": names, "acquired_on": pd.Timestamp("2020-01-01")}) if ghosts else None
    )
    path = company(tmp_path, later(lives(1, 60)), customers=listed, settings={"clv_model": model})
    view = open_month(path, "2023-05")
    equity = view.equity
    assert not equity.available and equity.total.value is None
    assert "cannot be said" in wording.equity.lead(equity, "May 2023")
    assert {each.status for each in equity.figures()} == {"not_available"}
    known = collect(view.values.aggregate(rows=view.values.count(), known=view.values.clv.count()))
    assert int(known.known.iloc[0]) == 0
    assert equity.check() == 0


@pytest.fixture(scope="module")
def few(tmp_path_factory):
    """Open a company with a channel of two who left long ago, and one of seven won of late."""
    log = lives(1, 500, first=36)
    days = log.groupby("customer_id").date
    old = set(days.max()[days.max() < "2023-06-01"].index[:2])
    odd = set(days.min()[days.min() >= "2024-01-01"].index[:7])
    names = sorted(log.customer_id.unique())
    told = ["old" if n in old else "odd" if n in odd else "web" if n < "c00250" else "shop" for n in names]
    path = with_list(tmp_path_factory.mktemp("few"), log, told, settings={"clv_segment_minimum": 2_000})
    return open_month(path, "2024-12")


def test_a_segment_of_few_is_hidden_even_where_none_of_them_is_active(few):
    table = few.equity.by("acquisition_channel").set_index("segment")
    assert table.hidden["old"] and table.drop(columns="hidden").loc["old"].isna().all()
    rows = figures_of(few, EQUITY)
    mine = rows[(rows.dimension == "acquisition_channel") & (rows.notebook == "02_customer_equity")]
    assert set(mine[mine.segment == "old"].status) == {"suppressed"}
    # Subtracting the others from the whole must not tell either.
    shown = mine[(mine.measure == "customer_equity") & (mine.status == "ok")]
    assert len(shown) and few.equity.customers - shown.n.astype(int).sum() >= few.units.min_group


def test_few_new_customers_of_a_channel_are_no_difference_of_the_others(few):
    customers = few.equity.joiners.set_index("segment").customers
    assert len(customers) > 1 and customers["all"] - customers.drop("all").sum() >= few.units.min_group


def test_values_are_one_table_however_often_they_are_asked_for(few):
    valued = few.values.filter(few.values.clv > 0)
    assert 0 < int(collect(valued.count().name("n").as_table()).n.iloc[0]) <= few.equity.customers


def test_files_that_broke_are_made_again(few):
    for kept in (few.prepared.kept("equity", "pickle"), few.prepared.kept("values", "pickle")):
        kept.write_bytes(kept.read_bytes()[:99])
    again = open_month(str(few.company.path), "2024-12")
    assert again.equity.total.value == pytest.approx(few.equity.total.value, rel=1e-9)


def test_an_empty_cell_of_the_map_is_no_difference_of_the_others():
    cells = pd.DataFrame({"tenure": [5, 5, 20, 20], "silent": [0, 2, 0, 2], "customers": [50, 60, 40, 3],
                          "worth": [500.0, 60.0, 400.0, 7.0], "alive": [50.0, 30.0, 40.0, 1.0]})  # fmt: skip
    found = tenure_map(cells, min_group=30)
    assert found.customers.sum() == 110 and found["mean"].notna().sum() == 2
    assert len(tenure_map(cells.iloc[:0], min_group=30)) == 0


def test_a_channel_called_like_the_rest_of_them_is_told_from_it():
    groups = [
        group(name, members)
        for name, members in [("all others", ("all others",)), ("all others", ("t1", "t2"))]
    ]
    names = {each.segment for each in _parameters(groups)}
    assert {"bgbb 'all others' alpha", "bgbb all others alpha"} <= names and len(names) == 14


def group(name: str, members: tuple[str, ...], covariance: np.ndarray | None = None) -> Group:
    spread = np.eye(4) * 0.01 if covariance is None else covariance
    values = np.array([1.2, 0.8, 0.7, 5.0])
    fit = Fit("bgbb", bgbb.PARAMETERS[: len(values)], values, spread, -1.0, 200, True)
    return Group("use", name, members, "bgbb", 200, 200, fit, Spend("credibility", 10.0, 1.0, 0.0, None, 200))


def test_a_parameter_whose_interval_has_no_end_is_written_so():
    wild = group("all", ("all",), np.diag([0.01, 0.01, 5e3, 5e3]))
    told = {each.segment: each for each in _parameters([wild])}["bgbb all delta"]
    assert told.status == "ok" and told.high is None
    assert " on)" in equity_tables.parameters([wild]).html


def test_money_that_is_all_nothing_is_no_doubt(tmp_path):
    view = open_month(company(tmp_path, lives(5, 600).assign(amount=0.0)), "2024-12")
    assert view.equity.total.value == 0
    assert wording.equity.lead(view.equity, "December 2024").endswith(
        "expected to bring no revenue any more: €0."
    )
    assert value_of(figures_of(view, EQUITY), "customer_equity") == 0
