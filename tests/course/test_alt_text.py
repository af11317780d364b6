"""No picture without words: in the text of each lesson, in what it draws, and beside its widgets."""

import ast
from collections.abc import Iterator
from html.parser import HTMLParser

import nbformat
import pytest
from markdown_it import MarkdownIt
from nbformat import NotebookNode

from autograder.build import chosen
from autograder.course import Course
from autograder.lessons import run_alone

COURSE = Course.find()
LESSONS = chosen(COURSE, None)
WIDGET = "application/vnd.jupyter.widget-view+json"
FEWEST_WORDS = 5


class Images(HTMLParser):
    """The attributes of each picture in a piece of HTML; of a drawing, what it says for its alt text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[dict[str, str]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "img":
            self.found.append({"src": given.get("src", ""), "alt": given.get("alt", "")})
        elif tag in ("svg", "canvas"):
            self.found.append({"src": tag, "alt": given.get("aria-label", "")})


def in_markdown(text: str) -> list[dict[str, str]]:
    """The pictures of a piece of Markdown, those in its HTML included."""
    found = []
    for token in MarkdownIt("commonmark").parse(text):
        for one in [token, *(token.children or [])]:
            if one.type == "image":
                found.append({"src": str(one.attrs["src"]), "alt": one.content})
            elif one.type in ("html_block", "html_inline"):
                found += Images(one.content).found
    return found


def in_outputs(cell: NotebookNode) -> list[dict[str, str]]:
    """The pictures that a cell drew; one has its alt text beside it as HTML and in its metadata, or has none."""
    found = []
    for output in cell.get("outputs", []):
        data = output.get("data", {})
        shown = Images("".join(data.get("text/html", ""))).found
        found += shown
        for kind in (kind for kind in data if kind.startswith("image/")):
            alt = output.get("metadata", {}).get(kind, {}).get("alt", "")
            found.append({"src": kind, "alt": alt if alt in [one["alt"] for one in shown] else ""})
    return found


def in_widgets(notebook: NotebookNode) -> list[dict[str, str]]:
    """The pictures in the widgets of a notebook that was run."""
    kinds = notebook.metadata.get("widgets", {}).values()
    states = [model["state"] for kind in kinds for model in kind["state"].values()]
    bare = [state for state in states if state.get("_model_name") == "ImageModel"]  # it takes no alt text
    texts = [str(state.get("value", "")) for state in states if state.get("_model_name") == "HTMLModel"]
    return [one for text in texts for one in Images(text).found] + [
        {"src": "widget", "alt": ""} for _ in bare
    ]


def wordless(notebook: NotebookNode) -> list[str]:
    """Where a picture has no alt text of at least a few words, cell by cell."""
    found = [("widget", one) for one in in_widgets(notebook)]
    for cell in notebook.cells:
        pictures = in_markdown(cell.source) if cell.cell_type == "markdown" else in_outputs(cell)
        found += [(cell.source.splitlines()[0], one) for one in pictures]
    return [f"{place}: {one['src'][:60]}" for place, one in found if len(one["alt"].split()) < FEWEST_WORDS]


@pytest.mark.parametrize(("week", "lesson"), LESSONS)
def test_every_picture_has_an_alt_text(week, lesson, solved):
    assert wordless(solved(week, lesson).notebook) == []


DRAWN = "import matplotlib.pyplot as plt; plt.plot([1, 2]); plt.show()"
SHOWN = "from cnnkit import pictures; pictures.show([[[0, 1]]], alt='Two pixels, one black, one white.')"
RAW = "from IPython.display import HTML; HTML(\"<img src='a.png'> <svg></svg>\")"
SLIDES = "import ipywidgets; ipywidgets.HTML('<img src=\"a.png\">')"
WRITTEN = ["![](a.png)", "![a.png](a.png)", "Text\n\n<img src='a.png' width=3>"]


def test_a_picture_without_words_is_noticed(quick, tmp_path):
    texts = [nbformat.v4.new_markdown_cell(text) for text in WRITTEN]
    code = [nbformat.v4.new_code_cell(source) for source in (DRAWN, SHOWN, RAW, SLIDES)]
    ran = run_alone(nbformat.v4.new_notebook(cells=[*texts, *code]), tmp_path)
    assert ran.errors == []
    assert wordless(ran.notebook) == [
        "widget: a.png",
        "![](a.png): a.png",
        "![a.png](a.png): a.png",
        "Text: a.png",
        f"{DRAWN}: image/png",
        f"{RAW}: a.png",
        f"{RAW}: svg",
    ]


def widgets_of(cell: NotebookNode) -> Iterator[str]:
    """The functions whose widget a cell shows; bars, progress, the desk and a quiz (in the text too) are left out."""
    shown = [output.data for output in cell.get("outputs", []) if WIDGET in output.get("data", {})]
    if any("it/s]" not in data.get("text/plain", "") for data in shown):
        last = ast.parse(cell.source).body[-1]
        called = last.value.func if isinstance(last, ast.Expr) and isinstance(last.value, ast.Call) else last
        name = ast.unparse(called)
        if name not in ("quiz.ask", "cnnkit.progress", "cnnkit.desk"):
            yield name


@pytest.mark.parametrize(("week", "lesson"), LESSONS)
def test_a_widget_has_its_picture_beside_it_the_first_time(week, lesson, solved):
    """For who reads without a kernel."""
    cells, missing, pictured = solved(week, lesson).notebook.cells, [], set()
    for number, cell in enumerate(cells):
        for name in widgets_of(cell):
            beside = cells[number + 1].source if cells[number + 1].cell_type == "markdown" else ""
            if not in_markdown(beside) and name not in pictured:
                missing.append(name)
            pictured.add(name)
    assert missing == []


@pytest.mark.parametrize("week", COURSE.assignments())
def test_every_picture_that_is_kept_is_shown_in_a_lesson(week):
    kept = {
        path.name for path in (COURSE.source / week).rglob("*") if path.suffix in (".png", ".svg", ".jpg")
    }
    texts = [cell.source for name in COURSE.lessons(week) for cell in COURSE.master(week, name).cells]
    assert kept - {one["src"].rpartition("/")[2] for text in texts for one in in_markdown(text)} == set()
