"""Ledgers of customer equity as they are printed: a reader of the HTML adds every column up again, and it foots.

The tables are parsed as a browser would; nothing but the printed digits takes part.
"""

from decimal import Decimal
from html.parser import HTMLParser

import pytest

from custlib import open_month
from custlib.measure.ledger_months import ledger
from custlib.month.ledger import Ledgers, consecutive
from custlib.present import return_tables

CENT = Decimal("0.01")


class Tables(HTMLParser):
    """Collects the rows of each table by the id of the box it stands in."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: dict[str, list[list[str]]] = {}
        self._name, self._open = "", False
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        name = dict(attrs).get("id") or ""
        if tag == "div" and name.startswith("table-"):
            self._name = name.removeprefix("table-")
            self.found[self._name] = []
        elif tag == "tr" and self._name:
            self.found[self._name].append([])
        elif tag in ("td", "th"):
            self._open = True
            if self._name and self.found[self._name]:
                self.found[self._name][-1].append("")

    def handle_endtag(self, tag):
        if tag in ("td", "th"):
            self._open = False

    def handle_data(self, data):
        if self._open and self._name and self.found[self._name]:
            self.found[self._name][-1][-1] += data


def amount(text: str) -> Decimal | None:
    """Read a printed amount; None for an empty cell."""
    # A page keeps a sign and its amount together by characters of no width.
    digits = "".join(letter for letter in text.replace("\N{MINUS SIGN}", "-") if letter in "-.0123456789")
    return Decimal(digits) if digits else None


def readd(rows: list[list[str]]) -> int:
    """Add a printed ledger up: its lines to its closing, and the parts of each line to the line; count the lines."""
    lines = [(label, amount(part), amount(whole)) for label, part, whole in rows[1:]]
    opening, closing = lines[0], lines[-1]
    assert opening[0].startswith("Opening") and closing[0].startswith("Closing")
    assert sum(whole for _, _, whole in lines[:-1] if whole is not None) == closing[2]
    parts, counted = Decimal(0), 0
    for _label, part, whole in lines[:-1]:
        if part is not None:
            parts, counted = parts + part, counted + 1
        elif counted:
            assert parts == whole
            parts, counted = Decimal(0), 0
    (rest,) = (whole for label, _, whole in lines if label.startswith("Left over"))
    assert rest is not None and abs(rest) <= CENT * len(lines)
    return len(lines)


def refoot(rows: list[list[str]]) -> int:
    """Add a printed table of statuses up, down and across."""
    cells = [[amount(text) for text in row[1:]] for row in rows[1:]]
    for row in cells:
        assert sum(row[:-1]) == row[-1]
    for column in zip(*cells, strict=True):
        assert sum(column[:-1]) == column[-1]
    return len(cells)


def printed(name: str, month: str, months: int, currency: str) -> dict[str, list[list[list[str]]]]:
    """Print the ledgers of the latest months: each alone, and all of them as one."""
    found = consecutive(Ledgers(open_month(name, month)), months)
    assert len(found) == months
    made: dict[str, list[list[list[str]]]] = {"ledger": [], "statuses": []}
    for part in [*([each] for each in found), found]:
        book = ledger(part)
        for kind, table in (
            ("ledger", return_tables.ledger(book, currency)),
            ("statuses", return_tables.statuses(book, currency)),
        ):
            (rows,) = Tables(table.html).found.values()
            made[kind].append(rows)
    return made


@pytest.mark.parametrize(("name", "month", "currency"), [("cdnow", "1998-06", "USD")])
def test_the_ledgers_of_a_music_shop_foot_in_each_month_after_the_basis(name, month, currency):
    made = printed(name, month, 6, currency)
    assert [readd(rows) > 15 for rows in made["ledger"]] == [True] * 7
    assert all(refoot(rows) > 2 for rows in made["statuses"])


def test_the_ledgers_of_a_wholesaler_foot_in_each_month_after_the_basis(online_retail_folder):
    made = printed("online_retail", "2011-11", 6, "GBP")
    assert [readd(rows) > 15 for rows in made["ledger"]] == [True] * 7
    assert all(refoot(rows) > 2 for rows in made["statuses"])


def test_the_published_page_of_a_bank_foots_over_a_month_and_over_a_year(reported):
    page = (reported("sample", "2026-06") / "05_return_on_customer.html").read_text(encoding="utf-8")
    found = Tables(page).found
    assert readd(found["ledger-1"]) > 15 and readd(found["ledger-12"]) > 15
    assert refoot(found["ledger-statuses-1"]) > 2 and refoot(found["ledger-statuses-12"]) > 2
    # The year opens where the month a year ago closed, and closes where this month does.
    assert found["ledger-1"][-1][-1] == found["ledger-12"][-1][-1]


def test_a_reader_who_adds_up_would_notice():
    """The check above fails on a ledger of which one cent is wrong."""
    rows = [["Line", "Of it", "Amount"], ["Opening", "", "€10.00"], ["a: x", "€1.00", ""], ["a", "", "€1.00"],
            ["Left over: rounding", "", "€0.00"], ["Closing", "", "€11.00"]]  # fmt: skip
    assert readd(rows) == 5
    for place, cell in ((1, "€10.01"), (2, "€1.01")):
        wrong = [list(row) for row in rows]
        wrong[place][2 if place == 1 else 1] = cell
        with pytest.raises(AssertionError):
            readd(wrong)
