"""A list of customers: whole, harmless in a spreadsheet, its owner's alone, never among reports or in git."""

import csv
import os
import stat
import subprocess
from datetime import date, datetime
from decimal import Decimal

import ibis
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from custlib import save_list
from custlib.data import lists
from custlib.data.lists import harmless, strike
from custlib.errors import CustlibError, UsageError


@pytest.fixture
def home(tmp_path, monkeypatch):
    """Give a workbook of its own, in no git."""
    monkeypatch.setattr(lists, "workbook", lambda: tmp_path)
    return tmp_path


def read(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


PEOPLE = pd.DataFrame(
    {
        "worth": [Decimal("12.5000"), Decimal("-3.0000")],
        "customer_id": ["0001002", "0000007"],
        "note": ["=HYPERLINK(1)", None],
        "since": [date(2024, 2, 3), None],
        "at": [datetime(2024, 2, 3), datetime(2024, 2, 3, 10, 30)],
    }
)


def test_a_list_holds_id_reason_and_the_rest_in_the_order_given(home):
    saved = save_list(PEOPLE, "call-2026-03", reason="lost in March")
    assert read(saved.path) == [
        ["customer_id", "reason", "worth", "note", "since", "at"],
        ["0001002", "lost in March", "12.5000", "'=HYPERLINK(1)", "2024-02-03", "2024-02-03"],
        ["0000007", "lost in March", "-3.0000", "", "", "2024-02-03 10:30:00"],
    ]
    assert (saved.path, saved.customers) == (home / "lists" / "call-2026-03.csv", 2)


def test_what_is_shown_of_a_list_is_its_place_its_length_and_what_it_replaced(home):
    first = save_list(PEOPLE, "a", reason="b")
    assert repr(first) == str(first) == "2 customers in lists/a.csv"
    again = save_list(PEOPLE[:1], "a.csv", reason="b")
    assert repr(again) == "1 customer in lists/a.csv; replaced a list of 2 customers"
    assert repr(save_list(PEOPLE[:0], "a", reason="b")).endswith("; replaced a list of 1 customer")
    assert repr(save_list(PEOPLE, "a", reason="b")).endswith("; replaced a list of 0 customers")
    first.path.write_bytes("customer_id\nMüller\n".encode("cp1252"))
    assert repr(save_list(PEOPLE, "a", reason="b")).endswith("; replaced a file that could not be read")


def test_a_lazy_table_is_written_with_its_limit(home):
    table = ibis.memtable({"customer_id": [f"{n:03}" for n in range(12)]})
    assert save_list(table.order_by("customer_id"), "all", reason="x").customers == 12
    with pytest.raises(CustlibError, match="more than 5 customers"):
        save_list(table, "all", reason="x", max_rows=5)
    assert len(read(home / "lists" / "all.csv")) == 13  # the older list is still there


def test_only_the_owner_can_enter_and_read(home):
    umask = os.umask(0)
    try:
        saved = save_list(PEOPLE, "a", reason="b")
    finally:
        os.umask(umask)
    assert stat.S_IMODE(saved.path.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(saved.path.stat().st_mode) == 0o600
    saved.path.parent.chmod(0o755)
    saved.path.chmod(0o644)
    saved = save_list(PEOPLE, "a", reason="b")
    assert stat.S_IMODE(saved.path.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(saved.path.stat().st_mode) == 0o600
    assert [path.name for path in saved.path.parent.iterdir()] == ["a.csv"]


@pytest.mark.parametrize("failure", [RuntimeError, KeyboardInterrupt])
def test_a_list_that_could_not_be_finished_leaves_nothing(home, failure):
    class Broken:
        def __str__(self):
            raise failure

    path = save_list(PEOPLE, "a", reason="b").path
    before = path.read_bytes()
    with pytest.raises(failure):
        save_list(PEOPLE.assign(note=["x", Broken()]), "a", reason="b")
    assert list(path.parent.iterdir()) == [path] and path.read_bytes() == before


@pytest.mark.parametrize("name", ["../a", "a/b", "", ".a", "a b", "/a", "a\n", None, 7, b"a"])
def test_a_name_is_not_a_path(home, name):
    with pytest.raises(UsageError, match="a list needs a name of letters"):
        save_list(PEOPLE, name, reason="b")
    assert not (home / "lists").exists()


def test_the_longest_name_is_written_and_a_longer_one_refused(home):
    assert save_list(PEOPLE, "a" * lists.LONGEST, reason="b").path.exists()
    with pytest.raises(UsageError, match=f"at most {lists.LONGEST} characters, not {lists.LONGEST + 1}"):
        save_list(PEOPLE, "a" * (lists.LONGEST + 1), reason="b")


def test_half_a_character_is_refused_and_nothing_is_left(home):
    broken = pd.Series(["1", "\ud800"], dtype=object)
    for table, reason in ((PEOPLE, "\ud800"), (PEOPLE.assign(customer_id=broken), "b")):
        with pytest.raises(UsageError, match="cannot be written as UTF-8"):
            save_list(table, "a", reason=reason)
        assert not list((home / "lists").iterdir())


@pytest.mark.parametrize(
    ("table", "reason", "said"),
    [
        (PEOPLE, None, "say why these customers are listed"),
        (PEOPLE, " ", "say why these customers are listed"),
        (PEOPLE.drop(columns="customer_id"), "b", "needs a column 'customer_id'"),
        (PEOPLE.assign(reason="c"), "b", "may have no column of its own called 'reason'"),
    ],
)
def test_a_list_needs_ids_and_a_reason(home, table, reason, said):
    with pytest.raises(UsageError, match=said):
        save_list(table, "a", reason=reason)
    assert not (home / "lists").exists()


def test_lists_are_not_kept_among_reports(home):
    (home / "published" / ".runs").mkdir(parents=True)
    (home / "link").symlink_to(home / "published")
    for folder in ("reports", "reports/2026-06/lists", "published/x", "link"):
        with pytest.raises(UsageError, match="not kept among reports"):
            save_list(PEOPLE, "a", reason="b", folder=home / folder)
    (home / "lists").symlink_to(home / "published")
    with pytest.raises(UsageError, match="not kept among reports"):
        save_list(PEOPLE, "a", reason="b")
    assert not list(home.rglob("*.csv"))


def test_another_folder_must_be_its_owners_alone(home):
    shared = home / "shared"
    shared.mkdir(mode=0o755)
    with pytest.raises(UsageError, match=r"(?s)others may enter .*chmod 700"):
        save_list(PEOPLE, "a", reason="b", folder=shared)
    shared.chmod(0o700)
    assert save_list(PEOPLE, "a", reason="b", folder=shared).path == shared / "a.csv"


def test_git_must_not_see_a_list(home):
    subprocess.run(["git", "init", "-q", str(home)], check=True)
    with pytest.raises(UsageError, match=r"git would track lists/a.csv"):
        save_list(PEOPLE, "a", reason="b")
    (home / ".gitignore").write_text("lists/\n")
    saved = save_list(PEOPLE, "a", reason="b")
    subprocess.run(["git", "-C", str(home), "add", "-f", str(saved.path)], check=True)
    with pytest.raises(UsageError, match="git would track"):  # it does already
        save_list(PEOPLE, "a", reason="b")


def test_the_repository_ignores_where_lists_and_copies_go(root):
    for name in ("lists/a.csv", "work/90_explore-sample-latest.ipynb", "reports/2026-06/index.html"):
        done = subprocess.run(["git", "-C", str(root), "check-ignore", "-q", name])
        assert done.returncode == 0, name


@given(st.text())
def test_no_text_is_taken_for_a_formula(text):
    safe = harmless(text)
    assert not safe.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
    assert safe in (text, f"'{text}")


class TestStrike:
    def test_the_rows_of_one_customer_go_and_the_others_stay_to_the_byte(self, home):
        path = save_list(pd.concat([PEOPLE, PEOPLE[1:]]), "a", reason='said "no", twice').path
        lines = path.read_text().splitlines()
        assert strike(path, "0000007") == 2
        assert path.read_text().splitlines() == lines[:2]
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert strike(path, "0000007") == 0

    def test_leading_zeros_count(self, home):
        path = save_list(PEOPLE, "a", reason="b").path
        assert strike(path, "7") == strike(path, "1002") == strike(path, "00000007") == 0
        assert len(read(path)) == 3

    def test_an_id_that_looks_like_a_formula_is_found(self, home):
        path = save_list(PEOPLE.assign(customer_id=["=1", "@b"]), "a", reason="b").path
        assert strike(path, "=1") == 1
        assert [row[0] for row in read(path)] == ["customer_id", "'@b"]

    def test_a_file_that_is_no_list_is_left_alone(self, home):
        path = home / "other.csv"
        path.write_text("name\n0000007\n")
        assert strike(path, "0000007") == 0 and path.read_text() == "name\n0000007\n"
