"""The valuation basis: which month's it is, that later months leave it alone, and what it says at its limits."""

from datetime import date

import pytest

from custlib import open_month
from custlib.periods import month_text, parse_month
from custlib.prepare import basis as made
from custlib.prepare.basis import basis_month, basis_of, pooled_group
from tests.month.test_equity import company, lives


@pytest.mark.parametrize(
    "month, start, months, expected",
    [
        ("2026-06", "2023-07", 12, "2025-12"),
        ("2024-12", "2023-07", 12, "2024-06"),
        ("2024-07", "2023-07", 12, "2024-06"),
        ("2024-06", "2023-07", 12, None),
        ("2025-01", "2024-01", 12, "2024-12"),
        ("2025-01", "2024-02", 12, None),
        ("2025-02", "2024-02", 12, "2025-01"),
        ("1998-01", "1997-01", 12, "1997-12"),
        ("2011-06", "2010-12", 6, "2011-05"),
        ("2011-05", "2010-12", 6, None),
        # One month of data up to a December is enough where one is asked for.
        ("2011-01", "2010-12", 1, "2010-12"),
    ],
)
def test_the_basis_is_that_of_the_year_before_or_the_first_there_can_be(month, start, months, expected):
    found = basis_month(parse_month(month), parse_month(start), months)
    assert (month_text(found) if found else None) == expected


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    return company(tmp_path_factory.mktemp("shop"), lives(1))


def test_a_later_month_reads_the_basis_and_does_not_fit_it_again(shop, monkeypatch):
    early, late = open_month(shop, "2024-03"), open_month(shop, "2024-12")
    month = date(2023, 12, 1)
    found = basis_of(early.prepared, month, early.con)
    assert found.trusted and found.month == month and not found.at_limit
    assert {group.model for group in found.groups} == {"bgbb"}

    def never(*args, **rest):
        raise AssertionError("fitted again")

    monkeypatch.setattr(made, "fit_groups", never)
    again = basis_of(late.prepared, month, late.con)
    assert again.key == found.key
    assert (again.groups[0].fit.values == found.groups[0].fit.values).all()
    # Nor does the model that values are shown by: the ledger has its own.
    daily = open_month(shop, "2024-12", settings="clv_model: bgnbd\ndiscount_rate: 0.2")
    assert basis_of(daily.prepared, month, daily.con).key == found.key
    # With one fit for all, that is the fit of whoever comes later.
    assert pooled_group(late.prepared, again, "use", late.con)[0] is again.groups[0]


def test_nothing_after_its_month_enters_a_basis(shop, tmp_path, monkeypatch):
    """The same company before its last year, prepared in a cache of its own."""
    log = lives(1)
    other = company(tmp_path, log[log.date < "2024-01-01"].copy())
    month = date(2023, 12, 1)
    late = open_month(shop, "2024-12")
    one = basis_of(late.prepared, month, late.con)
    monkeypatch.setenv("CUSTLIB_CACHE", str(tmp_path / "cache"))
    early = open_month(other, "2023-12")
    two = basis_of(early.prepared, month, early.con)
    assert (one.groups[0].fit.values == two.groups[0].fit.values).all()
    assert (one.drawn[0].model == two.drawn[0].model).all()


def test_where_nobody_was_seen_to_leave_that_is_the_limit_and_is_said(tmp_path):
    """No value of customers could be given, as it would say how long they stay; a ledger can, on that stated basis."""
    view = open_month(company(tmp_path, lives(7, 400, p=(3.0, 3.0), theta=(1.0, 1e9))), "2024-12")
    assert not view.equity.available
    found = basis_of(view.prepared, date(2023, 12, 1), view.con)
    assert found.at_limit == ("all",) and found.trusted
    fit = found.groups[0].fit
    assert fit["gamma"] / (fit["gamma"] + fit["delta"]) < 1e-4
    assert found.drawn[0] is not None


def test_a_basis_of_too_few_customers_is_not_trusted(tmp_path):
    view = open_month(company(tmp_path, lives(3, 40)), "2024-12")
    found = basis_of(view.prepared, date(2023, 12, 1), view.con)
    assert not found.trusted and found.groups[0].problem == "few customers"


def test_at_most_a_third_of_a_basis_is_given_up_to_customers_who_may_be_older(shop):
    settings = "left_truncation_months: 24"
    view = open_month(shop, "2024-12", settings=settings)
    assert basis_of(view.prepared, date(2023, 12, 1), view.con).truncation == 8
    view = open_month(shop, "2024-12", settings="left_truncation_months: 3")
    assert basis_of(view.prepared, date(2023, 12, 1), view.con).truncation == 3
