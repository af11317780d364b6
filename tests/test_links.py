"""Every link of the pages and of the students' notebooks leads somewhere; nothing is fetched."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import nbformat
import pytest
from markdown_it import MarkdownIt

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted(
    path
    for pattern in ("*.md", "docs/*.md", "course/*.md", "lib/**/*.md", "course/release/**/*.ipynb")
    for path in ROOT.glob(pattern)
    if not any(part.startswith(".") for part in path.relative_to(ROOT).parts)
)


class Targets(HTMLParser):
    """What a piece of HTML links to, and the places in it that can be linked to."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.places: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.links += [value or "" for name, value in attrs if name in ("href", "src")]
        self.places |= {value or "" for name, value in attrs if name in ("id", "name")}


def texts(page: Path) -> list[str]:
    """The Markdown of a page: all of it, or that of a notebook's cells."""
    if page.suffix != ".ipynb":
        return [page.read_text(encoding="utf-8")]
    cells = nbformat.read(page, as_version=4).cells
    return [cell.source for cell in cells if cell.cell_type == "markdown"]


def parts(pieces: list[str]) -> Iterator[tuple[str, str]]:
    """What Markdown holds: ("link", target), ("heading", its text) or ("html", the piece)."""
    for text in pieces:
        tokens = MarkdownIt("commonmark").enable("table").parse(text)
        for before, token in zip([None, *tokens], tokens, strict=False):
            if before is not None and before.type == "heading_open":
                yield "heading", "".join(one.content for one in token.children or [])
            for one in [token, *(token.children or [])]:
                if one.type in ("link_open", "image"):
                    yield "link", str(one.attrs.get("href") or one.attrs.get("src"))
                elif one.type in ("html_block", "html_inline"):
                    yield "html", one.content


def places(page: Path) -> set[str]:
    """The anchors of a page: GitHub's for Markdown, Jupyter's for a notebook, and those that it sets itself."""
    found: set[str] = set()
    for kind, text in parts(texts(page)):
        if kind == "html":
            found |= Targets(text).places
        elif kind == "heading" and page.suffix == ".ipynb":
            found.add(text.replace(" ", "-"))
        elif kind == "heading":
            found.add(re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-"))
    return found


def broken(page: Path, target: str) -> str:
    """What is wrong with a link of a page; empty where it leads somewhere."""
    url = urlsplit(target)
    if url.scheme:
        fine = url.scheme == "https" and re.fullmatch(r"[\w-]+(\.[\w-]+)+", url.netloc)
        return "" if fine or target.startswith("data:image/") else "is no address of the web"
    file = (page.parent / unquote(url.path)).resolve() if url.path else page
    if not file.is_relative_to(ROOT) or not file.exists():
        return "is not there"
    if file.suffix in (".md", ".ipynb") and url.fragment and unquote(url.fragment) not in places(file):
        return "has no such heading"
    return ""


def links(pieces: list[str]) -> list[str]:
    """What pieces of Markdown link to."""
    found = []
    for kind, text in parts(pieces):
        found += Targets(text).links if kind == "html" else [text] * (kind == "link")
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page):
    assert {target: why for target in links(texts(page)) if (why := broken(page, target))} == {}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_page_of_the_release_stays_in_it(page):
    """Students get the release alone."""
    release = ROOT / "course" / "release"
    if page.is_relative_to(release):
        own = [
            target for target in links(texts(page)) if not urlsplit(target).scheme and urlsplit(target).path
        ]
        outside = [target for target in own if not (page.parent / target).resolve().is_relative_to(release)]
        assert outside == []


def test_there_are_pages_and_links():
    assert {ROOT / "README.md", ROOT / "docs" / "authors.md"} < set(PAGES)
    assert any(page.suffix == ".ipynb" for page in PAGES)
    assert sum(len(links(texts(page))) for page in PAGES) > 20


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[a](docs/nothing.md)", "is not there"),
        ("[a](../..)", "is not there"),
        ("[a](docs/authors.md#nothing)", "has no such heading"),
        ("[a](docs/authors.md#cells-that-train)", ""),
        ("[a](README.md) ![b](docs/images/demo.png)", ""),
        ("<img src='docs/images/nothing.png'>", "is not there"),
        ("[a](http://example.org)", "is no address of the web"),
        ("[a](https://example)", "is no address of the web"),
        ("<https://example.org/a>", ""),
        ("| a |\n| --- |\n| [a](nothing) |", "is not there"),
    ],
)
def test_what_leads_nowhere_is_noticed(text, why):
    found = links([text])
    assert found and {broken(ROOT / "CHANGELOG.md", target) for target in found} == {why}
