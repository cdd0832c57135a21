"""The committed sample: the same to the byte, as its codebook says, and with its story in it."""

from dataclasses import replace
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from custlib.company import load_company
from custlib.data.sample import SEED, TRUTH, WORLDS, generate, house, worlds, write_sample
from custlib.data.sample.truth import as_markdown
from custlib.data.source import open_source
from custlib.errors import UsageError

FOLDER = Path(__file__).resolve().parents[2] / "data" / "sample"
README = FOLDER / "README.md"
LOG = "transactions/*.parquet"
BESIDE = ("surveys", "feedback", "promises", "operations", "channels", "products", "events")


def bank_of(folder: Path) -> duckdb.DuckDBPyConnection:
    """Open the written tables of a bank as tx, cu and cm."""
    con = duckdb.connect()
    for name, files in (("tx", LOG), ("cu", "customers.parquet"), ("cm", "customer_months.parquet")):
        con.execute(f"create view {name} as select * from read_parquet('{folder}/{files}')")
    return con


def story(con: duckdb.DuckDBPyConnection, year: int) -> dict[str, float]:
    """Work out the June figures of a year straight from the tables, independently of the workbook."""
    con.execute(f"set variable t = date '{year}-06-30'")
    con.execute("""
        create or replace temp table active_now as
        with uses as (select distinct customer_id from tx where amount >= 0 and channel <> 'bank'
          and date between date_trunc('month', getvariable('t')) - interval 2 month and getvariable('t'))
        select customer_id from cu left join uses using (customer_id)
        where acquired_on <= getvariable('t') and (closed_on is null or closed_on > getvariable('t'))
          and (contract or uses.customer_id is not null)""")
    con.execute("""
        create or replace temp table worth as
        select customer_id, coalesce(sum(margin - cost_to_serve), 0) as v,
               coalesce(max(average_balance) filter (month = date_trunc('month', getvariable('t'))), 0) as balance
        from active_now left join (select * from cm where month <= getvariable('t')
             and month > getvariable('t') - interval 12 month) using (customer_id)
        group by customer_id""")
    con.execute("""
        create or replace temp table busy as
        select customer_id from tx where amount >= 0 and channel <> 'bank'
          and date between date_trunc('month', getvariable('t')) and getvariable('t')
        group by customer_id having count(*) >= 10""")
    active, margin, losers = con.execute("select count(*), sum(v), avg((v < 0)::int) from worth").fetchone()
    core = con.execute(
        "select count(*) from worth join busy using (customer_id) where balance >= 2500"
    ).fetchone()
    return {"active": active, "margin": float(margin), "core": core[0] / active, "losers": losers}


def story_lines(con: duckdb.DuckDBPyConnection) -> str:
    """Write the table of the codebook's story."""
    before, now = story(con, 2025), story(con, 2026)
    return "\n".join([
        f"| active customers | {before['active']:,} | {now['active']:,} |",
        f"| their margin over twelve months, after cost to serve, EUR | {before['margin']:,.0f} | {now['margin']:,.0f} |",
        f"| share who are core customers | {before['core']:.1%} | {now['core']:.1%} |",
        f"| share who cost more than they bring | {before['losers']:.1%} | {now['losers']:.1%} |",
    ])  # fmt: skip


def leavers_and_joiners(con: duckdb.DuckDBPyConnection) -> tuple[float, float]:
    """Give margin per head: of the customers of June 2025 who were gone a year later, in the year to June 2025;
    and of those who came in July 2025, in their first year.
    """
    story(con, 2026)
    con.execute("create or replace temp table still as select customer_id from active_now")
    story(con, 2025)
    lost = con.execute("select avg(v) from worth anti join still using (customer_id)").fetchone()[0]
    joined = con.execute("""
        select sum(margin - cost_to_serve) / count(distinct customer_id) from cu join cm using (customer_id)
        where acquired_on between date '2025-07-01' and date '2025-07-31' and month <= date '2026-06-01'
        """).fetchone()[0]
    return float(lost), float(joined)


@pytest.fixture(scope="module")
def committed() -> duckdb.DuckDBPyConnection:
    return bank_of(FOLDER)


def test_the_committed_files_are_what_the_generator_writes(tmp_path):
    written = write_sample(tmp_path)
    names = {p.relative_to(tmp_path) for p in written}
    assert names == {p.relative_to(FOLDER) for p in FOLDER.rglob("*.parquet")}
    for name in names:
        assert pq.read_table(tmp_path / name).equals(pq.read_table(FOLDER / name)), name
    assert sum(file.stat().st_size for file in FOLDER.rglob("*") if file.is_file()) <= 3_000_000


def test_the_same_seed_gives_the_same_bytes_and_another_seed_another_bank(tmp_path):
    first, again, other = (
        write_sample(tmp_path / n, 300, seed) for n, seed in (("a", 5), ("b", 5), ("c", 6))
    )
    assert [p.read_bytes() for p in first] == [p.read_bytes() for p in again]
    drawn = [p.stem not in ("channels", "products", "events") for p in first]  # these are no matter of chance
    assert [a.read_bytes() != c.read_bytes() for a, c in zip(first, other, strict=True)] == drawn


def test_written_tables_are_those_in_memory(tmp_path):
    bank = generate(300)
    write_sample(tmp_path, 300)
    names = {path.stem for path in tmp_path.glob("*.parquet")}
    assert names == {"customers", "customer_months", *BESIDE}
    for name in names:
        assert _plain(getattr(bank, name)).equals(pq.read_table(tmp_path / f"{name}.parquet")), name
    years = pa.concat_tables(pq.read_table(p) for p in sorted((tmp_path / "transactions").iterdir()))
    assert _plain(bank.transactions).equals(years)
    assert bank.truth == TRUTH and bank.hidden.num_rows == 300


def _plain(table: pa.Table) -> pa.Table:
    plain = [
        pa.field(f.name, f.type.value_type if pa.types.is_dictionary(f.type) else f.type)
        for f in table.schema
    ]
    return table.cast(pa.schema(plain)).combine_chunks()


def test_writing_leaves_other_files_alone(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    write_sample(tmp_path, 200)
    write_sample(tmp_path, 200)
    assert (tmp_path / "notes.txt").read_text() == "mine"
    assert not list(tmp_path.rglob("*.part"))


@pytest.mark.parametrize("customers, seed", [(99, SEED), (1_000_001, SEED), (2_500, -1)])
def test_numbers_out_of_range_are_refused(customers, seed):
    with pytest.raises(UsageError, match="is not"):
        generate(customers, seed=seed)


def test_the_codebook_states_every_column_and_every_parameter():
    text = README.read_text()
    assert as_markdown(TRUTH) in text
    assert house.as_markdown() in text
    named = {"default, no-failure": WORLDS["default"].world}
    named |= {name: WORLDS[name].world for name in ("extremes", "middle", "nothing", "reversed")}
    assert worlds.as_markdown(named, TRUTH.voice.scores) in text
    for file in FOLDER.rglob("*.parquet"):
        for column in pq.read_schema(file).names:
            assert f"| `{column}` |" in text, (file.name, column)


def test_the_codebook_tells_the_story_with_the_right_figures(committed):
    assert story_lines(committed) in README.read_text()


def test_the_company_file_opens_the_sample():
    with open_source(load_company("sample")) as source:
        assert source.transactions is not None and source.costs is None
        assert source.customers.count().execute() == 2_500
        assert {"average_balance", "products_held", "days_in_arrears", "region"} <= set(
            source.customer_months.columns
        )
        posted = source.transactions.filter(source.transactions.channel == "bank")
        assert posted.count().execute() > 10_000
        assert not posted.qualifying.any().execute()


def test_rows_obey_the_codebook(committed):
    def count(query: str) -> int:
        return committed.execute(f"select count(*) from {query}").fetchone()[0]

    assert committed.execute("select min(date), max(date) from tx").fetchone() == tuple(
        committed.execute("select date '2023-07-01', date '2026-07-09'").fetchone()
    )
    assert committed.execute("select max(month) from cm").fetchone()[0].isoformat() == "2026-06-01"
    cards = "(select * from tx where channel <> 'bank')"
    assert count(f"{cards} where customer_id is null") > 100
    assert count(f"{cards} where amount = 0") > 100
    assert count(f"{cards} where amount < 0 and product <> 'card'") == 0
    assert (
        count("tx where channel = 'bank' and (amount <= 0 or customer_id is null or month(date) % 3 <> 0)")
        == 0
    )
    # nobody uses a card before the account is opened, or from the month of its closure on
    assert count(f"{cards} join cu using (customer_id) where date < acquired_on") == 0
    assert count(f"{cards} join cu using (customer_id) where date >= date_trunc('month', closed_on)") == 0
    # everyone who came is active in that month; everyone older has a package or is seen
    used = f"(select distinct customer_id, date_trunc('month', date) m from {cards} where amount >= 0)"
    assert count("cu where acquired_on >= '2023-07-01'") == count(
        f"cu join {used} u on u.customer_id = cu.customer_id and u.m = date_trunc('month', acquired_on)"
    )
    assert count(f"cu where acquired_on < '2023-07-01' and not contract and customer_id not in (select customer_id from {used} where m < '2026-07-01')") == 0  # fmt: skip
    assert count("cu where (acquisition_cost is null) <> (acquired_on < '2023-07-01')") == 0
    assert count("cu where referred_by is not null and acquisition_channel <> 'referral'") == 0
    assert count("cu a join cu b on a.referred_by = b.customer_id where b.acquired_on > a.acquired_on") == 0
    assert count("cu where closure_reason is not null and closed_on is null") == 0
    assert count("cm where days_in_arrears % 30 <> 0 or products_held not between 1 and 6") == 0


def test_money_follows_from_the_written_rates(committed):
    t = TRUTH
    rows, agreeing, posted = committed.execute(f"""
        with volume as (select customer_id, date_trunc('month', date) as month, sum(amount) as spent,
                               bool_or(amount >= 0) as used
                        from (select distinct * from tx) where channel <> 'bank' group by all),
        month as (select cm.*, contract, acquisition_channel as way, coalesce(spent, 0) as spent,
                         coalesce(used, false) as used
                  from cm join cu using (customer_id) left join volume using (customer_id, month)),
        income as (select *, round(average_balance * {t.paid_rate} / 12, 2) as paid,
                   case when contract then {t.package_fee} when way = 'comparison' or not used then 0 else 1.0 end
                   + {t.product_fee} * (products_held - 1) as fees from month)
        select count(*), avg((abs(revenue - average_balance * {t.lending_rate} / 12 - fees - spent * {t.interchange})
                              <= 0.011 and abs(revenue - paid - margin) <= 0.011)::int), sum(paid) from income
    """).fetchone()
    assert rows > 50_000
    # two equal purchases on one day cannot be told from a row delivered twice
    assert agreeing > 0.999
    interest = committed.execute("select sum(amount) from tx where product = 'interest'").fetchone()[0]
    assert 0.95 * float(posted) < float(interest) < float(posted)


def test_the_story_is_there_in_the_committed_bank(committed):
    before, now = story(committed, 2025), story(committed, 2026)
    assert now["active"] > 1.1 * before["active"]
    assert now["margin"] < 0.9 * before["margin"]
    assert now["core"] < before["core"] - 0.02
    lost, joined = leavers_and_joiners(committed)
    assert lost > 2 * joined


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_story_does_not_hang_on_the_seed(seed, tmp_path):
    write_sample(tmp_path / "failed", seed=seed)
    write_sample(tmp_path / "held", seed=seed, truth=replace(TRUTH, failure=None))
    failed, held = bank_of(tmp_path / "failed"), bank_of(tmp_path / "held")
    before, now, without = story(failed, 2025), story(failed, 2026), story(held, 2026)
    assert story(held, 2025) == before  # one and the same bank until then
    assert now["active"] > 1.1 * before["active"] and now["margin"] < 0.9 * before["margin"]
    assert without["margin"] > 0.97 * before["margin"]
    assert now["core"] < before["core"]
    lost, joined = leavers_and_joiners(failed)
    assert lost > 1.5 * joined
