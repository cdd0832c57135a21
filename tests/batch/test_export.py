"""A page is one file for every reader: nothing loaded, nothing executed, everything escaped."""

import re
from html import escape, unescape

import nbformat
import pytest
from nbformat import v4

from custlib.batch.export import SIZE_LIMIT, export, facts_of, prepare_prose, read_page, refuse_unfit
from custlib.batch.findings import findings
from custlib.batch.index import choose_decisions, label_sentences
from custlib.data.report import CheckReport, Policy, Violation
from custlib.errors import RunFailed

FACTS = facts_of({"facts": {"company": "A & B", "month": "June 2026", "definitions": None}})


def page_of(tmp_path, *cells) -> str:
    for place, cell in enumerate(cells):
        cell["id"] = f"cell-{place}"
    nbformat.write(v4.new_notebook(cells=list(cells)), tmp_path / "x.ipynb")
    export(tmp_path / "x.ipynb", tmp_path / "x.html", facts=FACTS)
    return (tmp_path / "x.html").read_text()


def code(source: str, *outputs, tags=()) -> nbformat.NotebookNode:
    return v4.new_code_cell(source, outputs=list(outputs), metadata={"tags": list(tags)}, execution_count=1)


def test_code_is_folded_and_tags_are_honoured(tmp_path):
    page = page_of(
        tmp_path,
        v4.new_markdown_cell("# Why?"),
        code("secret = '/home/me'", tags=["parameters"]),
        code("injected = 1", tags=["injected-parameters"]),
        code("hidden = 1", v4.new_output("stream", text="shown\n"), tags=["hide-input"]),
        code("gone = 1", v4.new_output("stream", text="gone too"), tags=["remove-cell"]),
        code("a < b", v4.new_output("stream", name="stderr", text="a warning")),
        code(""),
    )
    assert '<details class="code"><summary>Code</summary><pre><code>a &lt; b</code></pre></details>' in page
    assert "shown" in page
    for absent in ("secret", "injected", "hidden =", "gone", "a warning"):
        assert absent not in page
    assert page.count('<details class="code">') == 1


def test_outputs_are_escaped_unless_display_made_them(tmp_path):
    page = page_of(
        tmp_path,
        code("x", v4.new_output("execute_result", {"text/plain": "<b>&"})),
        code("y", v4.new_output("stream", text="<i>")),
        code("z", v4.new_output("display_data", {"text/html": "<p>made</p>"}, metadata={"role": "words"})),
    )
    assert "&lt;b&gt;&amp;" in page and "&lt;i&gt;" in page and "<p>made</p>" in page


def test_the_frame_names_company_month_and_language(tmp_path):
    page = page_of(
        tmp_path, v4.new_markdown_cell("# Where do *customers* go?"), v4.new_markdown_cell("## Out")
    )
    assert page.startswith('<!DOCTYPE html>\n<html lang="en">')
    assert "<title>Where do customers go? – A &amp; B, June 2026</title>" in page
    assert '<a href="#out">Out</a>' in page and '<h2 id="out">Out</h2>' in page
    assert "default-src 'none'" in page and "not yet agreed by anyone" in page


def test_headings_have_anchors_of_their_own_and_raw_markup_is_text():
    cells = [
        v4.new_markdown_cell(text) for text in ("# A\n\n## Who & why?", "## Who & why?", "<script>x</script>")
    ]
    notebook = v4.new_notebook(cells=cells)
    headings = prepare_prose(notebook)
    assert [(heading.level, heading.id, heading.text) for heading in headings] == [
        (1, "a", "A"),
        (2, "who-why", "Who & why?"),
        (2, "who-why-2", "Who & why?"),
    ]
    assert "&lt;script&gt;" in notebook.cells[2].metadata["custlib_html"]


@pytest.mark.parametrize(
    "markup",
    [
        "<script>1</script>",
        '<script src="">',
        '<img alt="a" src="https://example.org/a.png">',
        '<img alt="a" src=figures/a.png>',
        "<iframe>",
        '<link rel="stylesheet" href="a.css">',
        "<style>@import 'a.css'</style>",
        "<p style=\"background: url('http://example.org')\">",
        '<img src="data:image/png;base64,x">',
        '<img src="data:image/png;base64,x" alt="">',
        "<img src='data:image/png;base64,x' alt=''>",
        "<img title='an alt=\"x\" of no use' src='data:image/png;base64,x'>",
        "<img alt='a \"b\"' src='https://example.org/a.png'>",
        "<img alt='a > b' src='https://example.org/a.png'>",
    ],
)
def test_a_page_that_is_not_complete_in_itself_is_refused(tmp_path, markup):
    with pytest.raises(RunFailed, match=r"x\.html: "):
        page_of(
            tmp_path,
            code("x", v4.new_output("display_data", {"text/html": markup}, metadata={"role": "words"})),
        )
    assert not (tmp_path / "x.html").exists()


def test_code_that_only_names_such_things_is_no_reason_to_refuse(tmp_path):
    assert "&lt;script" in page_of(tmp_path, code("'<script src=x>'"))


def test_a_page_too_large_for_a_phone_is_refused():
    with pytest.raises(RunFailed, match="more than 3,000,000"):
        refuse_unfit("x" * (SIZE_LIMIT + 1), "x.html")


def test_a_notebook_that_says_nothing_for_page_one_is_named(tmp_path):
    with pytest.raises(RunFailed, match=r"01_base.ipynb wrote no 01_base.page.json"):
        read_page(tmp_path / "01_base.page.json")


def test_page_one_labels_six_sentences_and_takes_three_decisions_in_turn():
    assert label_sentences(list("abcdef"))[0] == ("In", "a")
    assert label_sentences(["a"]) == [("", "a")]
    pages = [{"decisions": ["a1", "a2", "a3"]}, {"decisions": ["b1", "a1"]}, {}]
    assert choose_decisions(pages) == ["a1", "b1", "a2"]


def test_page_one_of_a_published_month(published):
    page = (published / "index.html").read_text()
    text = re.sub(r"<[^>]+>", " ", page)
    for said in (
        "Our customers in June 2026",
        "They are worth &lt;more&gt;.",
        "90 + 20 = 110",
        "Definitions version 1",
    ):
        assert said in text
    assert '<a href="00_first.html">How many?</a>' in page
    assert set(re.findall(r'<[^>]+ href="([^"#]+)"', page)) == {
        "data:,", "00_first.html", "results.csv", "history.csv", "manifest.json",
    }  # fmt: skip


def test_a_minus_sign_stays_with_its_amount(tmp_path):
    page = page_of(tmp_path, v4.new_markdown_cell("It fell (−£652k), by −3, then rose (+€5) in A+B."))
    assert "(−\N{WORD JOINER}£652k), by −3, then rose (+\N{WORD JOINER}€5) in A+B." in page


def test_findings_show_keys_only_when_asked():
    class Shop:
        title, currency = "Corner Shop", "GBP"

    report = CheckReport(
        (Violation("log", "day", "no date", "error", 2, "write ISO dates", ("k1", "k2")),),
        (Policy("log", "returns", 3, None, "kept"),),
        {},
        None,
    )
    said = findings(report, Shop(), show_keys=False)
    assert said.splitlines()[0] == "Corner Shop: not fit to report from"
    assert "  log.day: no date (2 rows)" in said and "k1" not in said and "log, returns: 3 rows" in said
    assert "for example k1, k2" in findings(report, Shop(), show_keys=True)


@pytest.mark.parametrize(
    "text", ["New poster = more visitors", "see src=x", "@import and url(x)", "data = all"]
)
def test_words_that_a_tag_only_says_load_nothing(text):
    refuse_unfit(
        f'<p><img alt="{text}" src="data:image/png;base64,AA"><b title="{text}" aria-label="{text}">x</b></p>',
        "p",
    )


@pytest.mark.parametrize(
    "name", ['the "best"', "the \"best\" of O'Hara's", "O'Hara's", "a > b", "src=x poster=y"]
)
def test_marks_in_a_name_take_no_words_from_a_picture(tmp_path, name):
    said = escape(f"Bars: {name} 5%", quote=True)
    picture = f'<img alt="{said}" src="data:image/png;base64,AA">'
    shown = v4.new_output("display_data", {"text/html": picture}, metadata={"role": "words"})
    page = page_of(tmp_path, code("x", shown))
    assert f"Bars: {name} 5%" in unescape(page)


def test_a_source_beside_words_is_still_found():
    with pytest.raises(RunFailed, match="load something"):
        refuse_unfit('<img alt="a picture" src="https://example.org/x.png">', "p")
