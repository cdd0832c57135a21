"""A comment is shown as it is meant, in its box, and can do nothing else."""

import json
import re
from datetime import date
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custlib.batch.commentary import LONGEST, find_comment, folders, read_comment
from custlib.batch.prose import comment_markup
from custlib.errors import UsageError

from .conftest import GOOD, SAVING, Silence, report_of, write_notebook

FRONT = "---\nauthor: A. Meyer\ndate: 2026-07-03\n---\n"
ALLOWED = {
    "p": set(), "em": set(), "strong": set(), "del": set(), "a": {"href", "rel"}, "code": set(), "pre": set(),
    "ul": set(), "ol": {"start"}, "li": set(), "blockquote": set(), "hr": set(), "br": set(), "h3": set(),
    "h4": set(), "h5": set(), "h6": set(), "table": set(), "thead": set(), "tbody": set(), "tr": set(),
    "th": {"style"}, "td": {"style"},
}  # fmt: skip
HOSTILE = [
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<svg/onload=alert(1)>", "<style>*{}</style>",
    "[x](javascript:alert(1))", "[x](&#106;avascript:alert(1))", "[x](JaVaScRiPt:alert(1))", "[x](//evil.example)",
    "[x](data:text/html,<script>)", "[x](vbscript:x)", "[x](file:///etc/passwd)", "[x](01_customer_base.html)",
    '[x](https://a.example/"onmouseover="alert(1))', '[x](https://a.example "\\"><script>")',
    "![x](https://evil.example/x.png)", "![x](attachment:x.png)", '![x"onload="y](z)', "<https://a.example>",
    "[r]\n\n[r]: javascript:alert(1)", "```mermaid\n<script>x</script>\n```", "```html\n<b>\n```", "    <b>",
    "$$<script>x</script>$$", "\\begin{x}<script>\\end{x}", "$<b>$", "<!-- x -->", "<div\nonclick=x>", "a<br>b",
    "<iframe src=x>", "<base href=x>", "<link rel=stylesheet href=x>", "| <b> |\n|:-:|\n| <script> |", "<a href=x>",
    "</section><h1>Not ours</h1>", "<?php x ?>", "<![CDATA[<script>]]>", "&lt;script&gt;", "\x00<script>",
]  # fmt: skip


class Reader(HTMLParser):
    """Note every tag with its attributes."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_comment(self, data):
        self.tags.append(("comment", {}))

    def handle_decl(self, decl):
        self.tags.append(("declaration", {}))

    def handle_pi(self, data):
        self.tags.append(("instruction", {}))


def refuse_harm(markup: str) -> None:
    """Fail on any tag, attribute or address that a comment may not bring."""
    reader = Reader()
    reader.feed(markup)
    reader.close()
    for tag, attributes in reader.tags:
        assert tag in ALLOWED, markup
        assert set(attributes) <= ALLOWED[tag], markup
        assert re.fullmatch(r"(text-align:\w+)?", attributes.get("style") or ""), markup
        if "href" in attributes:
            assert re.match(r"(https?://|mailto:)", attributes["href"], re.IGNORECASE), markup
            assert attributes["rel"] == "noopener noreferrer"


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_text(text):
    refuse_harm(comment_markup(text))


@given(
    st.lists(
        st.sampled_from([*HOSTILE, "*", "[", "](", ")", "`", "\n", "> ", "- ", "<", '"', "$", "x "]),
        max_size=8,
    )
)
def test_hostile_text_in_any_mixture_is_text(parts):
    refuse_harm(comment_markup("".join(parts)))


@given(st.text(max_size=60))
def test_any_text_is_text(text):
    refuse_harm(comment_markup(text))


def test_markdown_is_rendered_below_the_headings_of_the_page():
    said = comment_markup(
        "# Why\n\n**Up** 3% - see [the *plan*](https://a.example/p?x=1&y=2), a@b.example.\n\n- one\n- two"
    )
    assert "<h3>Why</h3>" in said and "<strong>Up</strong> 3%" in said and "<li>one</li>" in said
    assert '<a href="https://a.example/p?x=1&amp;y=2" rel="noopener noreferrer">the <em>plan</em></a>' in said
    assert comment_markup("![a chart](x.png)") == "<p>[picture: a chart]</p>\n"


def write(folder, name: str, text: str = FRONT + "It rained.\n"):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_the_companys_own_comment_wins_and_the_working_folder_before_the_repository(tmp_path):
    here, there = tmp_path / "here", tmp_path / "there"
    write(there, "demo/2026-06.md", FRONT + "far, own")
    assert find_comment("demo", "2026-06", [here, there]).body == "far, own"
    write(here, "2026-06.md", FRONT + "near, everybody's")
    assert find_comment("demo", "2026-06", [here, there]).body == "near, everybody's"
    write(here, "demo/2026-06.md", FRONT + "near, own")
    found = find_comment("demo", "2026-06", [here, there])
    assert (found.body, found.author, found.date) == ("near, own", "A. Meyer", date(2026, 7, 3))
    assert find_comment("demo", "2026-05", [here, there]) is None


def test_a_comment_on_another_company_is_left_aside_and_said_so(tmp_path):
    write(tmp_path, "2026-06.md", FRONT.replace("date:", "company: other\ndate:") + "Not ours.")
    said = []
    assert find_comment("demo", "2026-06", [tmp_path], said.append) is None
    assert said == [f"{tmp_path.name}/2026-06.md is a comment on other, so it is not shown"]
    assert find_comment("other", "2026-06", [tmp_path]).body == "Not ours."


def test_folders_are_the_working_folders_and_the_repositorys_unless_one_is_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "commentary").mkdir()
    assert folders(None)[0] == tmp_path / "commentary"
    assert folders(tmp_path) == [tmp_path]
    with pytest.raises(UsageError, match="--commentary names the folder"):
        folders(tmp_path / "none")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("It rained.\n", "line 1: a comment begins with a line ---"),
        ("", "line 1: a comment begins with a line ---"),
        ("---\nauthor: A\ndate: 2026-07-03\nIt rained.\n", "line 4: no second line --- ends"),
        ("---\ndate: 2026-07-03\n---\nx", "line 1: author is missing"),
        ("---\nauthor: A\n---\nx", "line 1: date is missing"),
        ("---\nauthor:\ndate: 2026-07-03\n---\nx", "line 2: author is missing"),
        ("---\nauthor: A\ndate: 3 July\n---\nx", "line 3: date must be a day written as YYYY-MM-DD"),
        ("---\nauthor: A\ndate: 2026-02-30\n---\nx", "line 3: holds a date that does not exist"),
        ("---\nauthor: 5\ndate: 2026-07-03\n---\nx", "line 2: author must be a text of one line"),
        ("---\nauthor: [A]\ndate: 2026-07-03\n---\nx", "line 2: author must be a text of one line"),
        ('---\nauthor: "A\\nB"\ndate: 2026-07-03\n---\nx', "line 2: author must be a text of one line"),
        (
            "---\nauthor: A\ndate: 2026-07-03\nautor: B\n---\nx",
            "line 4: unknown name 'autor'; did you mean 'author'",
        ),
        ("---\nauthor: A\nauthor: B\ndate: 2026-07-03\n---\nx", "line 3: 'author' is given twice"),
        ("---\nauthor: A\ndate: [\n---\nx", "not readable as YAML at line"),
        ("---\n- author\n---\nx", "line 1: expected names and values"),
        (FRONT + "\n \n", "line 4: nothing is written below"),
        (FRONT + "x" * (LONGEST + 1), "characters are too long for page one"),
    ],
)
def test_a_front_matter_that_is_wrong_is_named_by_file_and_line(tmp_path, text, said):
    path = write(tmp_path, "2026-06.md", text)
    with pytest.raises(UsageError) as refusal:
        read_comment(path, "commentary/2026-06.md")
    assert str(refusal.value).startswith("commentary/2026-06.md: ")
    assert said in str(refusal.value).splitlines()[0]


def test_a_file_of_another_encoding_is_refused(tmp_path):
    path = write(tmp_path, "2026-06.md")
    path.write_bytes(FRONT.encode() + "Übel".encode("cp1252"))
    with pytest.raises(UsageError, match="not UTF-8"):
        read_comment(path, "x.md")
    path.write_bytes("﻿".encode() + FRONT.replace("\n", "\r\n").encode() + b"Gut.\r\n")
    assert read_comment(path, "x.md").body == "Gut."


def test_a_bad_comment_stops_the_run_before_it_begins(tmp_path, company):
    write_notebook(tmp_path / "notebooks", "00_first")
    write(tmp_path / "words", "2026-06.md", "It rained.")
    show = Silence()
    with pytest.raises(UsageError, match=r"words/2026-06\.md: line 1"):
        report_of(
            company, tmp_path / "notebooks", tmp_path / "reports", commentary=tmp_path / "words", show=show
        )
    assert show.said == [] and not (tmp_path / "reports").exists()


def test_a_comment_stands_on_page_one_and_in_the_manifest_and_moves_no_result(tmp_path, company, published):
    write_notebook(tmp_path / "notebooks", "00_first", GOOD, saving=SAVING)
    front = FRONT.replace("A. Meyer", "Ann <b>Meyer</b>")
    path = write(tmp_path / "words", "demo/2026-06.md", front + "We lost 7 <script>x</script> in **May**.\n")
    index = report_of(company, tmp_path / "notebooks", tmp_path / "reports", commentary=tmp_path / "words")
    page = index.read_text()
    box = re.search(r'<section class="comment".*?</section>', page, re.DOTALL)[0]
    assert "Comment by <bdi>Ann &lt;b&gt;Meyer&lt;/b&gt;</bdi>, 3 July 2026" in box
    assert "<p>We lost 7 &lt;script&gt;x&lt;/script&gt; in <strong>May</strong>.</p>" in box
    noted = json.loads((index.parent / "manifest.json").read_text())["commentary"]
    assert noted["author"] == "Ann <b>Meyer</b>" and noted["date"] == "2026-07-03"
    assert noted["file"] == "words/demo/2026-06.md" and re.fullmatch(r"[0-9a-f]{16}", noted["hash"])
    # the same month without a comment has the same figures, pages and pictures
    assert 'class="comment"' not in (published / "index.html").read_text()
    for name in ("results.csv", "history.csv", "00_first.html", "figures/00_first-base.png"):
        assert (index.parent / name).read_bytes() == (published / name).read_bytes()
    assert path.read_text().startswith("---")
