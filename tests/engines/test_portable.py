"""No figure rests on what engines do differently: every query of a whole company, and the source that makes them."""

import ast

import ibis
import pytest
from ibis import _
from ibis.backends.duckdb import Backend

from custlib import open_month
from custlib.data.sample import SEED, truth_of, write_sample
from tests.engines.portable import faults, source_faults

ROOMS = ("aggregate", "month", "prepare", "measure")
TOY = ibis.table(
    {"customer_id": "string", "month": "date", "amount": "decimal(18, 4)", "clv": "float64", "n": "int64"},
    name="toy",
)


@pytest.fixture(scope="module")
def asked(tmp_path_factory, root):
    """Give every expression that a small bank's whole month compiles."""
    folder = tmp_path_factory.mktemp("portable")
    write_sample(folder / "data", 120, SEED, truth_of("default"))
    written = (root / "companies" / "sample.yaml").read_text()
    assert written.count("../data/sample") == 1
    (folder / "sample.yaml").write_text(written.replace("../data/sample", "data"))
    expressions = []
    with pytest.MonkeyPatch.context() as patch:
        real = Backend.compile

        def compiled(self, expression, /, **options):
            expressions.append(expression)
            return real(self, expression, **options)

        patch.setattr(Backend, "compile", compiled)
        patch.setenv("CUSTLIB_CACHE", str(folder / "cache"))
        month = open_month(str(folder / "sample.yaml"), "2025-06")
        assert len(month.results_frame) > 1_000
    return expressions


def test_no_query_of_a_month_asks_what_engines_answer_differently(asked):
    assert len(asked) > 150
    assert {fault for expression in asked for fault in faults(expression.as_table())} == set()


def test_no_source_asks_what_engines_answer_differently(root):
    files = [path for room in ROOMS for path in sorted((root / "custlib" / room).rglob("*.py"))]
    assert len(files) > 80
    assert [fault for path in files for fault in source_faults(path)] == []


OFFENDERS = {
    "approx_nunique": TOY.agg(x=_.n.approx_nunique()),
    "approx_median": TOY.agg(x=_.n.approx_median()),
    "hash": TOY.select(x=_.customer_id.hash()),
    "mode": TOY.agg(x=_.n.mode()),
    "kurtosis": TOY.agg(x=_.n.kurtosis()),
    "arbitrary": TOY.agg(x=_.n.arbitrary()),
    "argmax": TOY.agg(x=_.customer_id.argmax(_.n)),
    "sample": TOY.sample(0.5, seed=1),
    "random": TOY.mutate(x=ibis.random()),
    "now": TOY.mutate(x=ibis.now()),
    "ntile": TOY.mutate(x=ibis.ntile(4).over(order_by="n")),
    "sum of doubles": TOY.group_by("customer_id").agg(x=_.clv.sum()),
    "sum of doubles under a filter": TOY.agg(x=_.clv.sum(where=_.n > 0)),
    "running sum of doubles": TOY.mutate(x=_.clv.sum().over(order_by="n")),
    "mean of decimals": TOY.agg(x=_.amount.mean()),
    "deviation of doubles": TOY.agg(x=_.clv.std()),
    "median of doubles": TOY.agg(x=_.clv.median()),
    "quantile of decimals": TOY.agg(x=_.amount.quantile(0.5)),
    "first": TOY.agg(x=_.n.first()),
    "last": TOY.agg(x=_.n.last()),
    "collect": TOY.agg(x=_.customer_id.collect()),
    "group_concat": TOY.agg(x=_.customer_id.group_concat()),
    "row_number": TOY.mutate(x=ibis.row_number()),
    "lag": TOY.mutate(x=_.n.lag().over(group_by="customer_id")),
    "limit": TOY.limit(5),
    "limit after a filter of the ordered": TOY.order_by("n").filter(_.n > 1).limit(5),
    "limit inside a join": TOY.join(TOY.view().limit(3), "customer_id").agg(x=_.count()),
    "text of a double": TOY.select(x=_.clv.cast("string")),
    "double cut to a whole number": TOY.select(x=_.clv.cast("int64")),
    "decimal cut to a whole number": TOY.select(x=_.amount.cast("int64")),
}
ALLOWED = {
    "sum of decimals": TOY.agg(x=_.amount.sum(where=_.clv > 0)),
    "sum and mean of whole numbers": TOY.agg(x=_.n.sum(), y=_.n.mean()),
    "first in an order": TOY.agg(x=_.n.first(order_by=_.month)),
    "collect in an order": TOY.agg(x=_.customer_id.collect(order_by=_.n)),
    "row number in an order": TOY.mutate(x=ibis.row_number().over(order_by=["amount", "customer_id"])),
    "limit in an order": TOY.order_by("n").limit(5),
    "a guard of memory": TOY.limit(200_000),
    "floor": TOY.select(x=_.clv.floor().cast("int64")),
    "largest double": TOY.agg(x=_.clv.max()),
}


@pytest.mark.parametrize("name", OFFENDERS)
def test_each_offender_is_caught(name):
    assert faults(OFFENDERS[name])


@pytest.mark.parametrize("name", ALLOWED)
def test_what_is_the_same_everywhere_is_let_pass(name):
    assert faults(ALLOWED[name]) == []


WRITTEN = [
    "t.n.approx_nunique()", "t.n.approx_median()", "t.x.hash()", "t.x.mode()", "t.x.kurtosis()", "t.x.arbitrary()",
    "t.x.argmax(t.y)", "t.sample(0.1)", "t.sample(0.1, seed=3)", "t.x.median()", "t.x.quantile(0.5)", "t.x.std()",
    "t.x.first()", "t.x.last(where=t.y)", "t.x.collect()", "t.x.group_concat()", "t.limit(5)", "t.head()",
    "t.order_by('x').filter(_.y).limit(5)", "ibis.range(0, 5)", "ibis.random()", "ibis.now()", "ibis.today()",
]  # fmt: skip


@pytest.mark.parametrize("text", WRITTEN)
def test_each_offender_is_caught_by_its_source(text, tmp_path):
    ast.parse(text)
    (tmp_path / "one.py").write_text(f"import ibis\nfrom ibis import _\nfound = {text}\n")
    assert list(source_faults(tmp_path / "one.py"))
    # Who uses no Ibis asks no engine.
    (tmp_path / "one.py").write_text(f"found = {text}\n")
    assert not list(source_faults(tmp_path / "one.py"))


@pytest.mark.parametrize(
    "text",
    [
        "t.order_by('x').limit(5)",
        "t.x.first(order_by=t.y)",
        "digests.first('costs')",
        "queries.collect(1, 2)",
    ],
)
def test_a_source_that_keeps_an_order_is_let_pass(text, tmp_path):
    (tmp_path / "one.py").write_text(f"import ibis\nfound = {text}\n")
    assert list(source_faults(tmp_path / "one.py")) == []
