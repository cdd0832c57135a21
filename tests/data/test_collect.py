"""The crossing from the engine to pandas says in our words what stops it."""

from datetime import date

import ibis
import pytest

from custlib.data.collect import MonthlyQueries, collect
from custlib.errors import CustlibError


@pytest.fixture
def cramped(tmp_path):
    """Give an engine that may hold 10 MB and has nowhere to put the rest."""
    con = ibis.duckdb.connect(memory_limit="10MB", threads=1, temp_directory="")
    con.con.execute(
        "CREATE VIEW many AS SELECT hash(range)::VARCHAR || repeat('x', 100) AS name FROM range(2000000)"
    )
    return con


def test_memory_that_runs_out_is_told_with_what_bounds_it(cramped):
    names = cramped.table("many").group_by("name").agg(rows=ibis._.count())
    with pytest.raises(
        CustlibError, match=r"memory ran out while figures were worked out\n.*connection.memory_limit"
    ):
        collect(names.aggregate(names=ibis._["rows"].max()))
    queries = MonthlyQueries(cramped)
    with pytest.raises(CustlibError, match="memory ran out"):
        queries.collect("names", date(2026, 1, 1), lambda month: names.aggregate(names=ibis._["rows"].max()))
