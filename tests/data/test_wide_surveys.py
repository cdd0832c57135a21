"""Survey files with one column per metric, and text files in which two encodings are mixed."""

import gzip
from pathlib import Path

import pytest
import yaml

from custlib.company import Options, load_company
from custlib.data.checks import check
from custlib.data.collect import collect
from custlib.data.source import open_source
from custlib.data.staging import transcode
from custlib.errors import CustlibError, DataError, UsageError

pytestmark = pytest.mark.usefixtures("cache")

LOG = "customer_id,date,amount\nA,2026-05-05,10\nB,2026-05-06,5\nC,2026-05-06,5\n"
WIDE = "Kunde;Tag;Note;Zufriedenheit;Grund\nA;2026-05-01;9;4;gut\nB;2026-05-02;;2;\nC;2026-05-03;3,0;;teuer\n"
SCORES = {"nps": "Note", "csat": "Zufriedenheit"}
COLUMNS = {"customer_id": "Kunde", "date": "Tag", "reason": "Grund"}


@pytest.fixture
def company(tmp_path: Path):
    """Give what writes a company with a wide survey file and gives the path of its company file."""

    def written(
        text: str = WIDE, *, scores=SCORES, columns=COLUMNS, options=None, files=None, **more
    ) -> Path:
        for name, content in (files or {"surveys.csv": text}).items():
            (tmp_path / name).write_text(content, encoding="utf-8")
        (tmp_path / "log.csv").write_text(LOG)
        surveys = {
            "from": "surveys*.csv",
            "scores": scores,
            "options": {"delimiter": ";", "decimal": ","} | (options or {}),
        }
        told = {
            "company": "wide", "title": "Wide", "currency": "EUR", "relationship": "non_contractual",
            "connection": {"folder": "."},
            "tables": {
                "transactions": {"from": "log.csv"},
                "surveys": surveys | ({"columns": columns} if columns is not None else {}) | more,
            },
        }  # fmt: skip
        (tmp_path / "wide.yaml").write_text(yaml.safe_dump(told))
        return tmp_path / "wide.yaml"

    return written


def surveys(path: Path) -> list[tuple]:
    """Read the rows of a company's surveys, in order, None for what is missing."""
    with open_source(load_company(path)) as source:
        frame = collect(source.table("surveys")).astype(object)
    frame = frame.where(frame.notna(), None)
    return sorted(frame[["customer_id", "metric", "score"]].itertuples(index=False, name=None), key=repr)


def test_each_metric_of_a_row_becomes_a_row_and_an_empty_one_is_unanswered(company):
    path = company()
    assert surveys(path) == [
        ("A", "csat", 4.0), ("A", "nps", 9.0), ("B", "csat", 2.0), ("B", "nps", None), ("C", "csat", None),
        ("C", "nps", 3.0),
    ]  # fmt: skip
    with open_source(load_company(path)) as source:
        report = check(source, source.company)
    assert report.fit and (report.counts["surveys_rows"], report.counts["surveys_unanswered_rows"]) == (6, 2)


def test_each_metric_keeps_its_own_rule(company):
    with open_source(load_company(company(WIDE.replace(";2;", ";6;").replace("3,0", "zehn")))) as source:
        errors = [violation.line for violation in check(source, source.company).violations]
    assert errors == [
        "surveys.score: not a number (1 row)",
        "surveys.score: csat that is not a whole number from 1 to 5 (1 row)",
    ]


def test_a_score_may_be_computed_and_stand_beside_one_that_is_text(company):
    path = company(scores={"nps": "Note", "csat": "Zufriedenheit / 1.0", "effort": "CAST('NaN' AS DOUBLE)"}, options={"decimal": None})  # fmt: skip
    with pytest.raises(DataError, match=r"not a number"), open_source(load_company(path)) as source:
        check(source, source.company).raise_if_unfit()  # 3,0 is no number without a declared comma
    path = company(WIDE.replace("3,0", "3"), scores={"nps": "Note", "csat": "Zufriedenheit / 1.0", "effort": "CAST('NaN' AS DOUBLE)"}, options={"decimal": None})  # fmt: skip
    assert surveys(path)[:3] == [("A", "csat", 4.0), ("A", "effort", None), ("A", "nps", 9.0)]


def test_without_columns_the_others_keep_their_names(company):
    text = "customer_id;date;metric;score;Note;Zufriedenheit\nA;2026-05-01;old;99;9;4\n"
    assert surveys(company(text, columns=None)) == [("A", "csat", 4.0), ("A", "nps", 9.0)]


@pytest.mark.parametrize(
    "given, line",
    [
        ({"scores": {"nps": "Nota"}}, r"^surveys.scores.nps: the source has no column 'Nota'; did you mean 'Note'\?"),
        ({"scores": {"nps": "no_such(Note)"}}, r"^surveys.scores.nps: cannot be computed from"),
        ({"columns": COLUMNS | {"metric": "'nps'"}}, r"scores has a column for each metric, so columns needs no metric"),
        ({"scores": {}}, r"tables.surveys.scores"),
        ({"columns": {"date": "Tag"}}, r"tables.surveys: the column 'customer_id' is missing"),
        ({"files": {"surveys1.csv": WIDE, "surveys2.csv": WIDE.replace("Note", "Punkte")}},
         r"^surveys.scores.nps: file 'surveys2.csv' has no column 'Note'"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(company, given, line):
    with pytest.raises(CustlibError, match=line):
        surveys(company(**given))


def test_only_surveys_have_scores(company, tmp_path):
    told = yaml.safe_load(company().read_text())
    told["tables"]["transactions"]["scores"] = {"nps": "amount"}
    (tmp_path / "wide.yaml").write_text(yaml.safe_dump(told))
    with pytest.raises(UsageError, match=r"tables.transactions.scores: only surveys have scores"):
        load_company(tmp_path / "wide.yaml")


MIXED = b"id,said\n1,d\xe9j\xe0 vu\n2,d\x82j\x85 vu\n3,\x80\x9f\n"
READ = "id,said\n1,déjà vu\n2,déjà vu\n3,Çƒ\n"


@pytest.mark.parametrize("suffix", [".csv", ".csv.gz"])
@pytest.mark.parametrize("before", [0, (1 << 20) - 20])
def test_bytes_of_a_code_page_among_latin_ones_are_mended(tmp_path, suffix, before):
    """Also where a block of the file ends among them."""
    filler, target = b"0,\n" * (before // 3), tmp_path / "plain.csv"
    file = tmp_path / f"mixed{suffix}"
    with (gzip.open if suffix.endswith("gz") else open)(file, "wb") as out:
        out.write(filler + MIXED)
    transcode("surveys", file, Options(encoding="latin-1", mend="cp850"), target)
    assert target.read_text(encoding="utf-8") == filler.decode() + READ
    transcode("surveys", file, Options(encoding="latin-1"), target)
    assert "d\x82j\x85" in target.read_text(encoding="utf-8")


def test_what_is_mended_never_parts_words(tmp_path):
    """Python takes U+0085 for a blank; the code page takes it for a letter."""
    file, target = tmp_path / "words.txt", tmp_path / "plain.csv"
    file.write_bytes(b"1  voil\x85  x\n")
    transcode("surveys", file, Options(encoding="latin-1", mend="cp850", delimiter="whitespace"), target)
    assert target.read_text(encoding="utf-8") == "1\tvoilà\tx\n"


def test_utf_8_can_be_mended_too(company):
    text = WIDE.replace("teuer", "tr\x8as cher")
    path = company(text, options={"mend": "cp850"})
    with open_source(load_company(path)) as source:
        assert "très cher" in set(collect(source.table("surveys")).reason)


@pytest.mark.parametrize("mend", ["cp1252", "utf-8", "base64", "cp9999", "utf-16"])
def test_only_a_code_page_mends(company, mend):
    with pytest.raises(UsageError, match=r"options.mend: a code page in which each of the bytes 80 to 9F is"):
        load_company(company(options={"mend": mend}))
