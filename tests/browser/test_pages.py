"""What a run writes for people, of a class with a hostile submission in it: nothing acts, nothing is fetched."""

import dataclasses
import re
import zipfile

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell
from small_lesson import ASSIGNMENT, LESSON, hand_in, solved
from test_class_page import Marks, failing

from autograder.build import student_version
from autograder.class_page import write_class_page
from autograder.grade import Run, grade
from autograder.intake import Submission
from autograder.similarity import Reader, compare, write_similarity

pytestmark = [pytest.mark.browser, pytest.mark.sandbox]

GRAVE = ("serious", "critical")
TAKE_OVER = "document.title='taken over'"
EVIL = f"""<img src=x onerror="{TAKE_OVER}"><script>{TAKE_OVER}</script><svg onload="{TAKE_OVER}"></svg>
<iframe srcdoc="<script>parent.{TAKE_OVER}</script>"></iframe><a href="javascript:{TAKE_OVER}">press me</a>
<style>body {{ display: none }} @import url(http://127.0.0.1:9/a.css);</style><base href="http://127.0.0.1:9/">
<p style="position:fixed;top:0;left:0;width:9999px;height:9999px;background:url(http://127.0.0.1:9/p.png)">over</p>
<meta http-equiv="refresh" content="0;url=http://127.0.0.1:9/"><form action="http://127.0.0.1:9/"><button>go</form>
<object data="http://127.0.0.1:9/"></object><link rel=stylesheet href="http://127.0.0.1:9/b.css">
<img src="http://127.0.0.1:9/pixel.png"><video autoplay src="http://127.0.0.1:9/v"></video>"""
WIDE = "w" * 20_000
SHOWS = f"""
from IPython.display import HTML, SVG, JSON, Javascript, Latex, Markdown, display
import base64, struct, sys, zlib
evil = {EVIL!r}
for kind in ("text/html", "image/svg+xml", "application/javascript", "text/markdown", "text/latex",
             "application/vnd.jupyter.widget-view+json", "application/json", "image/gif", "text/plain"):
    display({{kind: evil, "text/plain": evil}}, raw=True, metadata={{kind: {{"alt": evil}}, "isolated": True}})
print(evil, "\\x1b[31m\\x1b]8;;http://127.0.0.1:9\\x07link\\x1b[0m\\u202egnp")
print(evil, file=sys.stderr)
print({WIDE!r})
def chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
def png(side):
    head = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    data = zlib.compress((b"\\0" + bytes(side // 8)) * side, 9)
    return b"\\x89PNG\\r\\n\\x1a\\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")
for side in (64, 8192):
    display({{"image/png": base64.b64encode(png(side)).decode()}}, raw=True,
            metadata={{"image/png": {{"alt": evil + '"', "width": 99999, "height": 99999}}}})
class Odd(Exception):
    pass
Odd.__name__ = evil
raise Odd(evil)
"""
DOUBLE = f"def double(X, times=1):\n    print({EVIL!r})\n    raise ValueError({EVIL!r} + {WIDE!r})"


ONCE = "def double(X, times=1):\n    return X + X\n"


def hostile(course):
    """A notebook with scripts, styles and pictures wherever text can be, and with other people's cells changed."""
    notebook = student_version(course.master(ASSIGNMENT, LESSON))
    cells = {cell.id: cell for cell in notebook.cells}
    cells["double_solution"].source = DOUBLE
    cells["double"].source = f"\u202egnp\x1b[31m\n{EVIL}\n{WIDE}"
    cells["double"].metadata.nbgrader.update(points=EVIL, schema_version=EVIL)
    cells["total"].metadata.update(tags=["skip-execution", EVIL])
    cells["imports"].source = f"# </pre></style></title>{EVIL}"
    claims = {"nbgrader": {"grade_id": EVIL, "grade": True, "points": 50, "schema_version": 3}}
    notebook.cells += [
        new_code_cell(SHOWS, id="shows"),
        new_code_cell(f"#{WIDE}\n# {EVIL}", id="wide", metadata=claims),
        new_markdown_cell(f"{EVIL}\n\n# A heading of mine {WIDE}\n\n{EVIL}", id="prose"),
        new_markdown_cell(f"![{EVIL}](http://127.0.0.1:9/p.png) [a link](http://127.0.0.1:9/) {WIDE}"),
        new_markdown_cell(
            "| a | b |\n|---|---|\n| 1 | " + "x" * 2000 + " |\n\n```python\n" + "y" * 2000 + "\n```"
        ),
    ]
    return notebook


@pytest.fixture(scope="module")
def out(course, tmp_path_factory):
    submitted, folder = tmp_path_factory.mktemp("submitted"), tmp_path_factory.mktemp("out")
    hand_in(submitted, "amber", hostile(course))
    hand_in(submitted, "birch", solved(course))
    hand_in(submitted, "dune", solved(course, double=ONCE))
    hand_in(submitted, "cedar", solved(course)).write_text(f"not a notebook {EVIL}")
    grade(Run(course, ASSIGNMENT, submitted, folder, workers=2))
    numbers = " + ".join(f"times * {number}" for number in range(100))
    alike = f"def double(X, times=1):\n    print({EVIL!r})\n    return X + {numbers} - {WIDE[:3000]}\n"
    given = [
        Submission(student, ASSIGNMENT, LESSON, solved(course, double=alike, total=WIDE + EVIL))
        for student in ("amber", "w" * 80)
    ]
    with Reader() as reader:
        write_similarity(compare(course, ASSIGNMENT, given, reader), folder)
    return folder


PAGES = {
    "report.html": f"What was noticed: {ASSIGNMENT}",
    "class.html": f"The class: {ASSIGNMENT}",
    "similarity.html": f"Answers that are alike: {ASSIGNMENT}",
    f"feedback/amber/{LESSON}.html": f"{LESSON}: amber",
    f"feedback/cedar/{LESSON}.html": f"{LESSON}: cedar",
}


@pytest.fixture
def visit(browser):
    """Open a file; what it asked for, with what became of it, and what the console said."""
    opened = []

    def open_(path, width=1200):
        page = browser.new_page(viewport={"width": width, "height": 800})
        opened.append(page)
        asked, said = [], []
        page.on("request", lambda request: asked.append(request))  # noqa: PLW0108 - playwright marks what it is given
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto(path.as_uri())
        page.wait_for_timeout(300)
        return page, asked, said

    yield open_
    for page in opened:
        page.close()


@pytest.mark.parametrize("width", [1200, 400])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_acts_on_nothing_and_reads_well(visit, out, picture, name, width):
    page, asked, said = visit(out / name, width)
    picture(page, f"{name} {width}")
    urls = [one.url for one in asked if not one.url.startswith("data:image/png;base64,")]
    assert urls == [(out / name).as_uri()] and said == []
    assert page.title() == PAGES[name] and page.url == urls[0]
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), "nothing sticks out"
    assert page.locator("h1").first.is_visible()
    assert (
        page.locator("script, iframe, form, object, svg, base, link, video, [style], [onerror]").count() == 0
    )
    sizes = page.locator("img").evaluate_all("all => all.map(one => [one.naturalWidth, one.width])")
    assert all(natural == 64 and shown <= width for natural, shown in sizes)


def test_a_narrow_window_breaks_no_lessons_name(visit, tmp_path, picture):
    name = "transfer_and_augmentation"
    path = write_class_page([dataclasses.replace(failing("amber"), lesson=name)], tmp_path, Marks())
    page, _, _ = visit(path, 400)
    picture(page, "class in a narrow window")
    cells = page.locator("section[aria-labelledby=hardest] td", has_text=name)
    assert cells.count() == 2 and page.evaluate("document.documentElement.scrollWidth") == 400
    ranges = """all => all.map(one => {
        const range = document.createRange(); range.selectNodeContents(one); return range.getClientRects().length; })"""
    assert cells.evaluate_all(ranges) == [1, 1], "one line each"


@pytest.mark.parametrize("name", PAGES)
def test_the_policy_stops_what_would_run_if_it_were_there(visit, out, tmp_path, name):
    """The page with a script, a style and a picture from elsewhere put into it: none of them acts."""
    added = f"<script>{TAKE_OVER}</script><style>h1 {{ display: none }}</style><img src='http://127.0.0.1:9/p.png'>"
    added += f'<p onclick="{TAKE_OVER}" style="display: none">press</p>'
    changed = tmp_path / "changed.html"
    changed.write_text((out / name).read_text().replace("<main>", f"<main>{added}", 1))
    page, asked, said = visit(changed)
    page.get_by_text("press", exact=True).click()
    assert page.title() == PAGES[name] and page.locator("h1").first.is_visible()
    assert [one.failure for one in asked if one.url.startswith("http")] == ["csp"]
    assert len([line for line in said if "Content Security Policy" in line]) == 5


def test_what_was_noticed_is_on_the_report_and_not_on_the_students_page(visit, out):
    page, _, _ = visit(out / "report.html")
    shown = page.locator("main").inner_text()
    for kind in ("edited_test", "changed_metadata", "tagged_cell", "edited_cell", "unknown_grade_id"):
        assert kind in shown
    assert "+\\u202egnp\\x1b[31m" in shown and "+<img src=x onerror" in shown, "as text"
    assert page.locator("section").count() == 2, "amber and cedar"
    page.get_by_role("link", name="feedback page").first.click()
    page.wait_for_url(f"**/feedback/amber/{LESSON}.html")
    students = page.locator("body").inner_text()
    assert "The text of this locked cell differs" in students and "as handed in (+)" not in students
    assert "The text of this test differs" not in students and "skip-execution" not in students
    assert "random_inputs" not in page.content()


SIZES = {"a desk": (1200, 800), "a phone": (320, 640), "zoomed to 200 %": (640, 400)}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", [*PAGES, f"feedback/birch/{LESSON}.html", f"feedback/dune/{LESSON}.html"])
def test_no_page_has_a_serious_barrier(browser, out, name, size):
    """axe-core finds none, and nothing sticks out."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    width, height = SIZES[size]
    # a page of ours forbids scripts, and axe is one
    with browser.new_context(bypass_csp=True, viewport={"width": width, "height": height}) as context:
        page = context.new_page()
        page.goto((out / name).as_uri())
        found = axe.run(page).response
        grave = [
            (one["id"], one["nodes"][0]["html"]) for one in found["violations"] if one["impact"] in GRAVE
        ]
        assert grave == [] and len(found["passes"]) > 5
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_a_barrier_would_be_found(browser, out):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    with browser.new_context(bypass_csp=True) as context:
        page = context.new_page()
        page.goto((out / "class.html").as_uri())
        page.evaluate(
            "document.querySelector('.whose').style.color = '#c0c0c0'; document.documentElement.lang = ''"
        )
        found = {one["id"] for one in axe.run(page).response["violations"] if one["impact"] in GRAVE}
        assert found == {"color-contrast", "html-has-lang"}


def test_the_students_page_leads_to_what_to_look_at(visit, out):
    page, _, _ = visit(out / f"feedback/dune/{LESSON}.html", 800)
    step = page.locator(".next")
    assert (
        step.inner_text()
        == "Passed: 1 of 2 exercises. Look first at double: You doubled once: look at times."
    )
    step.get_by_role("link").press("Enter")
    assert page.url.endswith("#exercise-double")
    card = page.get_by_role("article", name="double")
    assert (
        card.get_by_text("a known mistake: once").is_visible() and card.get_by_text("Multiply").is_visible()
    )
    deeper = card.get_by_text("By how much?")
    assert not deeper.is_visible()
    card.get_by_text("Hint 2").press("Enter")
    assert deeper.is_visible()
    card.get_by_role("link", name="your code").press("Enter")
    assert page.locator("[id='cell-id=double_solution']").bounding_box()["y"] < 600
    assert page.locator(":focus").count() <= 1


def test_in_print_folded_hints_are_open_and_the_notebook_begins_on_a_new_page(visit, out, picture):
    page, _, _ = visit(out / f"feedback/dune/{LESSON}.html", 800)
    deeper = page.get_by_role("article").get_by_text("By how much?")
    assert not deeper.is_visible()
    page.emulate_media(media="print")
    picture(page, "feedback print")
    assert deeper.is_visible()
    assert page.locator(".as-run").evaluate("node => getComputedStyle(node).breakBefore") == "page"


def test_in_print_everything_is_there(visit, out, picture):
    page, _, _ = visit(out / "report.html")
    page.emulate_media(media="print")
    picture(page, "report print")
    assert page.locator("section pre").first.is_visible() and page.locator(".event").last.is_visible()
    assert (
        page.locator("body").evaluate("node => getComputedStyle(node).backgroundColor")
        == "rgb(255, 255, 255)"
    )


def test_a_students_zip_opens_in_a_browser(visit, out, tmp_path):
    with zipfile.ZipFile(out / "feedback" / "birch.zip") as archive:
        assert archive.namelist() == [f"{LESSON}.html"]
        archive.extractall(tmp_path)
    page, _, _ = visit(tmp_path / f"{LESSON}.html")
    assert re.search(r"6\s*of 6 points", page.locator("body").inner_text())
    assert not re.search("amber|cedar", page.content())


def test_the_notebook_was_as_hostile_as_it_looks(out):
    """What the pages leave out is there in what was handed in and run."""
    kept = nbformat.read(out / "autograded" / "amber" / ASSIGNMENT / f"{LESSON}.ipynb", as_version=4)
    shows = next(cell for cell in kept.cells if "from IPython.display" in cell.source)
    assert [output.output_type for output in shows.outputs].count("display_data") >= 10
    assert shows.outputs[-1].output_type == "error"
