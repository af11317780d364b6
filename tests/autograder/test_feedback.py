import base64
import copy
import dataclasses
import html.parser
import io
import os
import re
import struct
import time
import zipfile

import graded_lesson as lesson
import nbformat
import PIL.Image
import pytest
from nbconvert import HTMLExporter
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from nbgrader.preprocessors import CheckCellMetadata

from autograder.feedback import (
    clean,
    feedback_page,
    instructor_notebook,
    safe_outputs,
    zip_pages,
)
from autograder.gradebook import LessonMarks
from autograder.records import Event


def picture(width=3, height=2, kind="PNG"):
    """A picture, in base64; a big one has a true head and no more than that."""
    file = io.BytesIO()
    PIL.Image.new("L", (min(width, 99) or 1, min(height, 99) or 1)).save(file, kind)
    small, place = file.getvalue(), 16 if kind == "PNG" else file.getvalue().index(b"\xff\xc0") + 5
    size = (width, height) if kind == "PNG" else (height, width)
    head = small[:place] + struct.pack(">II" if kind == "PNG" else ">HH", *size)
    return base64.b64encode(head + small[len(head) :]).decode()


PNG = picture()
ATTACKS = [
    "<script>fetch('https://evil.example')</script>",
    "<img src=x onerror=alert(1)>",
    '<img src="https://evil.example/pixel.png">',
    '<iframe src="https://evil.example"></iframe>',
    "<svg onload=alert(1)><circle r=1 /></svg>",
    '<link rel="stylesheet" href="https://evil.example/a.css">',
    "<style>@import url(https://evil.example/b.css);</style>",
    '<p style="background:url(https://evil.example/c.png)">x</p>',
    "[press](javascript:alert(1))",
    "![p](https://evil.example/d.png)",
    '<a href="jAvAsCrIpT:alert(1)">x</a>',
    '<form action="https://evil.example"><input name=q></form>',
    '<meta http-equiv="refresh" content="0;url=https://evil.example">',
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)></style></mglyph></table></mtext></math>",
    "<object data='https://evil.example'></object><embed src='https://evil.example'>",
    "```mermaid\n<img src=x onerror=alert(1)>\n```",
    "![p](attachment:nothing.png)",
    '<div class="verdicts" id="top">12 of 12 points</div>',
    "> " * 2000 + "deep",
]
FORBIDDEN_TAGS = {
    "script",
    "iframe",
    "svg",
    "link",
    "object",
    "embed",
    "form",
    "input",
    "base",
    "math",
    "frame",
}


class Elements(html.parser.HTMLParser):
    """The elements of a page and the text between them, read by another parser than the one that made it."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.styles, self.text, self._inside = [], [], "", None
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self._inside = tag

    def handle_endtag(self, tag):
        self._inside = None

    def handle_data(self, data):
        if self._inside == "style":
            self.styles.append(data)
        else:
            self.text += data


def assert_safe(page):
    found = Elements(page)
    assert not FORBIDDEN_TAGS & {tag for tag, _ in found.tags}
    for tag, attributes in found.tags:
        assert not [name for name in attributes if name.startswith("on") or name in ("style", "srcdoc")], (
            tag,
            attributes,
        )
        if "src" in attributes:
            assert attributes["src"].startswith(("data:image/png;base64,", "data:image/jpeg;base64,"))
        if "href" in attributes:
            assert attributes["href"].startswith(("#", "https://", "http://", "mailto:"))
    assert not re.search(r"url\(|@import", "".join(found.styles))


def page_with(cells, verdicts=None, marks=None):
    graded = verdicts or lesson.half_right()
    notebook = lesson.executed(graded)
    notebook.cells += cells
    return feedback_page(notebook, graded, marks)


@pytest.mark.parametrize("attack", ATTACKS)
def test_what_a_learner_writes_in_markdown_is_harmless(attack):
    page = page_with([new_markdown_cell(attack)])
    assert_safe(page)
    assert not [a for _, a in Elements(page).tags if "evil.example" in str(a)]
    assert page.count('class="verdicts"') == 1


@pytest.mark.parametrize("attack", ATTACKS)
def test_what_a_learner_writes_elsewhere_is_shown_as_text(attack):
    outputs = [
        new_output("stream", name="stdout", text=attack),
        new_output("error", ename=attack, evalue=attack, traceback=[attack]),
        new_output("display_data", {"text/plain": attack, "text/html": attack, "image/svg+xml": attack}),
        new_output(
            "display_data", {"application/javascript": attack, "text/markdown": attack, "text/latex": attack}
        ),
        new_output("display_data", {"image/png": f'{PNG}"{attack}'}),
    ]
    tests = [dataclasses.replace(test, message=attack) for test in lesson.half_right().tests]
    events = [Event("odd", "warning", None, attack)]
    graded = lesson.half_right(attack, events=events)
    page = page_with([new_code_cell(attack, outputs=outputs)], dataclasses.replace(graded, tests=tests))
    assert_safe(page)


def test_nothing_is_fetched_and_the_policy_says_so():
    page = page_with([new_markdown_cell("[a link](https://example.org/page)")])
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]+)"', page)
    assert "THE-STYLES" not in page
    assert policy[1].startswith("default-src 'none'; img-src data:; style-src 'sha256-")
    assert "unsafe" not in policy[1]
    assert page.index("Content-Security-Policy") < page.index("<style")
    assert 'rel="noopener noreferrer nofollow"' in page
    assert not re.search(r"cdn|require\.js|mathjax\.", page, re.I)


def test_a_picture_from_elsewhere_is_named_instead():
    page = page_with([new_markdown_cell("![a padded image](images/padding.png)")])
    assert "[A picture that is not part of this page: a padded image]" in page
    assert "<img" not in page


def test_no_line_of_a_hidden_test_is_in_the_page():
    graded = lesson.half_right()
    page = feedback_page(lesson.executed(graded), graded)
    lines = {line.strip() for line in Elements(page).text.splitlines()}
    assert not lesson.hidden_lines() & lines
    assert "secret" not in page and "HIDDEN" not in page
    assert {"# hidden tests: 3 points", "# hidden tests: 2 points"} <= lines
    assert "with Check('double') as check:" in lines, "visible tests stay"


def test_an_untidy_hidden_region_is_hidden_to_the_end():
    graded = lesson.half_right()
    notebook = lesson.executed(graded)
    for cell in notebook.cells:
        cell.source = cell.source.replace("### END HIDDEN TESTS", "")
    assert "secret" not in feedback_page(notebook, graded)


def test_what_is_printed_in_a_hidden_test_is_for_the_instructor():
    graded = lesson.half_right()
    notebook = lesson.executed(graded)
    for cell in notebook.cells:
        if "_hidden" in cell.get("id", ""):
            cell.metadata.autograder["printed"] = "the inputs were 3, 5 and 8"
            cell.outputs.insert(0, new_output("stream", name="stdout", text="and 9"))
    assert "the inputs were" in str(instructor_notebook(notebook, graded))
    for given in (notebook, instructor_notebook(notebook, graded)):
        page = feedback_page(given, graded)
        assert "the inputs were" not in page and "and 9" not in page
        assert "said to the test" in page, "what a visible test printed stays"


def test_the_courses_own_solution_is_never_shown():
    notebook = lesson.master()
    page = feedback_page(notebook, lesson.result(tests=[]))
    assert "return x + x" not in Elements(page).text
    assert "course's own solution" in page


def test_the_verdicts_come_first():
    text = " ".join(Elements(page_with([])).text.split())
    assert text.index("4 of 7 points") < text.index("double ✓ passed 1 / 1") < text.index("Your notebook")
    assert "halve ✗ failed 0 / 1 You divided with //. halve(9.0) should be 4.5, and is 4." in text
    assert "halve_hidden ? not gradable 0 / 2 the notebook's process could not be started: no memory" in text
    assert (
        "Not gradable: 1 test could not be run to a verdict. A person marks it; until then it counts 0."
        in text
    )


ARRAYS = "halve: 3 of 8 values differ.\nexpected\n[[1. 2.]]\ngot\n[[7. 7.]]\n  line 3, in halve:  x // 2"


def test_the_arrays_of_a_visible_test_are_shown_at_the_exercise_and_those_of_a_hidden_one_are_not():
    graded = lesson.half_right()
    for name, times in (("halve", 2), ("halve_hidden", 1)):  # in the cell too
        tests = [dataclasses.replace(t, message=ARRAYS) if t.name == name else t for t in graded.tests]
        page = page_with([], dataclasses.replace(graded, tests=tests))
        look = page[page.index('id="page-look"') : page.index('id="page-notebook"')]
        assert "3 of 8 values differ." in look and ("[[7. 7.]]" in look) is (times == 2)
        assert page.count("[[7. 7.]]") == times


def test_arrays_stand_in_no_line_of_the_table():
    tests = [dataclasses.replace(test, message=ARRAYS) for test in lesson.half_right().tests]
    page = page_with([], dataclasses.replace(lesson.half_right(), tests=tests))
    assert "values differ" not in page[page.index("<tbody>") : page.index("</tbody>")]


def test_the_message_of_a_hidden_test_is_shown_at_its_cell():
    page = page_with([])
    cell = page[page.index('id="cell-id=halve_hidden"') :]
    assert "could not be started: no memory" in cell


def test_events_are_told_save_those_for_teachers():
    page = page_with([])
    assert "The cell setup was missing; the course's own was put in." in page.replace("&#39;", "'")
    assert "was changed" not in page


def test_the_evidence_of_an_event_is_for_teachers():
    events = [Event("edited_cell", "warning", "setup", "The cell differs.\n-import math\n+the evidence")]
    graded = lesson.half_right(events=events)
    kept = instructor_notebook(lesson.executed(graded), graded)
    assert kept.metadata.autograder["events"][0]["message"] == events[0].message
    for given in (lesson.executed(graded), kept):
        page = feedback_page(given, graded)
        assert "<code>setup</code>: The cell differs." in page and "the evidence" not in page


@pytest.mark.parametrize(("sandbox", "said"), [("bwrap", False), ("none", True)])
def test_a_missing_sandbox_is_said(sandbox, said):
    assert ("Graded without a sandbox" in page_with([], lesson.half_right(sandbox=sandbox))) is said


def test_marks_given_by_hand_and_penalties_are_shown():
    scores = {
        "double": (1.0, 1.0),
        "double_hidden": (3.0, 3.0),
        "halve": (0.5, 1.0),
        "halve_hidden": (2.0, 2.0),
    }
    comments = {"double_solution": "Well **done**.", "halve_solution": f"{lesson.MESSAGE}"}
    text = " ".join(Elements(page_with([], marks=LessonMarks(scores, comments, 1.5))).text.split())
    assert "5 of 7 points, with 1.5 taken off for handing in late" in text
    assert "A person marks it" not in text, "one did"
    assert "halve ✗ failed 0.5 / 1 Marked by hand." in text
    assert "Comments: Well done." in text
    assert text.count("Comments:") == 1, "what the tests say stands at the tests"


def test_pictures_and_text_are_shown():
    outputs = [
        new_output("display_data", {"image/png": PNG, "text/plain": "<Figure>"}),
        new_output("execute_result", {"text/plain": "array([1, 2])"}),
        new_output("stream", name="stderr", text="\x1b[38;5;66mcareful\x1b[0m\n"),
        new_output("display_data", {"text/html": "<b>bold</b>"}),
    ]
    page = page_with([new_code_cell("draw()", outputs=outputs)])
    assert f'src="data:image/png;base64,{PNG}"' in page
    assert "array([1, 2])" in page and "careful" in page
    assert_safe(page)
    assert "[An output of a kind that is not shown here.]" in page


def test_every_picture_is_described():
    described = new_output("display_data", {"image/png": PNG}, metadata={"image/png": {"alt": "a ramp"}})
    silent = new_output("display_data", {"image/png": PNG})
    page = page_with([new_code_cell("draw()", outputs=[described, silent])])
    alts = [about.get("alt") for tag, about in Elements(page).tags if tag == "img"]
    assert alts == ["a ramp", "No description has been provided for this image"]


@pytest.mark.parametrize(
    "data",
    [
        {"image/png": base64.b64encode(b"GIF89a").decode()},
        {"image/png": "not base64 !"},
        {"image/jpeg": PNG},
        {"image/png": None},
        {"image/png": PNG * 500_000},
        {"image/png": picture(16_000, 16_000)},
        {"image/png": picture(2**32 - 1, 1)},
        {"image/png": picture(0, 0)},
        {"image/jpeg": picture(60_000, 60_000, "JPEG")},
        {"image/png": base64.b64encode(b"\x89PNG\r\n\x1a\n").decode()},
        {"image/svg+xml": "<svg/>"},
    ],
)
def test_what_only_pretends_to_be_a_picture_is_left_out(data):
    (output,) = safe_outputs([NotebookNode(output_type="display_data", data=data, metadata={})])
    assert output.data == {"text/plain": "[An output of a kind that is not shown here.]"}


@pytest.mark.parametrize(("kind", "named"), [("PNG", "image/png"), ("JPEG", "image/jpeg")])
def test_a_large_figure_is_kept(kind, named):
    data = {named: picture(4800, 3200, kind)}
    (output,) = safe_outputs([new_output("display_data", data)])
    assert output.data == data


def test_pictures_that_together_would_fill_a_browsers_memory_are_left_out():
    big = new_output("display_data", {"image/png": picture(4000, 4000), "text/plain": "<Figure>"})
    cells = [new_code_cell("draw()", outputs=[big, big], id=f"added-{number:03d}") for number in range(10)]
    graded, notebook = lesson.half_right(), _with(*cells)
    for given in (notebook, instructor_notebook(notebook, graded)):
        page = feedback_page(given, graded)
        assert page.count("<img") == 6 and page.count("of a kind that is not shown") == 14


def test_pictures_inside_markdown_are_left_out():
    page = page_with([new_markdown_cell(f"![padding](data:image/png;base64,{PNG})")])
    assert "<img" not in page and "[A picture that is not part of this page: padding]" in page


def test_code_made_to_take_long_is_cut_on_the_page_and_whole_for_the_instructor():
    cells = [new_code_cell('f"{' * 16_000, id=f"added-{number:03d}") for number in range(9)]
    kept = instructor_notebook(_with(*cells), lesson.half_right(), lesson.master())
    assert kept.cells[-1].source == cells[-1].source
    began = time.process_time()
    page = feedback_page(kept, lesson.half_right())
    assert time.process_time() - began < 12
    assert Elements(page).text.count("more characters: see what was handed in") == 9 and "secret" not in page


def test_metadata_of_outputs_is_dropped():
    output = new_output(
        "display_data", {"image/png": PNG}, metadata={"filenames": {"image/png": "../../secret.png"}}
    )
    assert safe_outputs([output])[0].metadata == {}


def test_a_page_is_made_of_a_lesson_that_was_not_handed_in():
    page = feedback_page(None, lesson.result("elm", tests=[]), LessonMarks({"double": (0.0, 1.0)}))
    assert_safe(page)
    assert "There is no notebook to show." in page
    assert "0</b> of 1 points" in page


def test_the_lesson_is_not_shown_as_the_notebook_of_someone_who_handed_nothing_in():
    notebook = lesson.executed(lesson.half_right())
    notebook.metadata["nothing_handed_in"] = True
    page = feedback_page(notebook, lesson.half_right())
    text = " ".join(Elements(page).text.split())
    assert "There is no notebook to show." in text and "as it was run" not in text
    assert "double – nothing handed in 1 / 1 3 / 3 4 / 4 halve – nothing handed in" in text
    assert "failed" not in text and "What to look at" not in text


@pytest.mark.parametrize(
    ("message", "word", "colour"),
    [
        (
            "halve: not begun, or not finished: line 2 still raises NotImplementedError.",
            "– not begun",
            "not_begun",
        ),
        ("halve: it calls double, which is not begun yet.", "✗ failed", "failed"),
        ("halve: it raised ValueError: halve: not begun", "✗ failed", "failed"),
    ],
)
def test_what_was_not_begun_is_no_failure(message, word, colour):
    tests = [dataclasses.replace(t, message=message) for t in lesson.half_right().tests if t.name == "halve"]
    page = page_with([], lesson.result(tests=tests))
    text = " ".join(Elements(page).text.split())
    assert f"halve {word} 0 / 1 0 / 2 0 / 3" in text and message.removeprefix("halve: ") in text
    assert f'<tr class="{colour}">' in page and f".status.{colour}" in page


def test_lone_surrogates_do_not_stop_a_page():
    tests = [dataclasses.replace(test, message="odd \udcff") for test in lesson.half_right().tests]
    graded = dataclasses.replace(lesson.half_right(), tests=tests)
    cells = [new_code_cell("x\udcff", outputs=[new_output("stream", name="stdout", text="\udcff\x00")])]
    page_with([*cells, new_markdown_cell("\udcff")], graded).encode()


def test_the_same_input_gives_the_same_page():
    assert page_with([]) == page_with([])


def test_a_zip_holds_a_students_own_pages_and_the_same_bytes_each_time(tmp_path):
    for student in ("amber", "amber.b", "birch"):
        for name in ("numbers.html", "abc.html", "notes.txt", "x.html.part"):
            path = tmp_path / "feedback" / student / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"{student} {name}")
    made = zip_pages(tmp_path, "amber")
    assert made == tmp_path / "feedback" / "amber.zip"
    with zipfile.ZipFile(made) as archive:
        assert archive.namelist() == ["abc.html", "numbers.html"]
        assert [archive.read(name) for name in archive.namelist()] == [
            b"amber abc.html",
            b"amber numbers.html",
        ]
        assert {member.date_time[0] for member in archive.infolist()} == {1980}
        assert {oct(member.external_attr >> 16) for member in archive.infolist()} == {"0o644"}
    first = made.read_bytes()
    os.utime(tmp_path / "feedback" / "amber" / "abc.html", (1, 1))
    assert zip_pages(tmp_path, "amber").read_bytes() == first
    assert not list((tmp_path / "feedback").glob("*.part"))


def test_a_student_without_a_page_has_an_empty_zip(tmp_path):
    with zipfile.ZipFile(zip_pages(tmp_path, "amber")) as archive:
        assert archive.namelist() == []


def test_nothing_given_is_changed():
    graded = lesson.half_right()
    notebook = lesson.executed(graded)
    before = copy.deepcopy(notebook)
    feedback_page(notebook, graded)
    instructor_notebook(notebook, graded)
    assert notebook == before


def test_the_instructors_notebook_keeps_hidden_tests_and_is_nbgraders():
    graded = lesson.half_right()
    kept = instructor_notebook(lesson.executed(graded), graded)
    assert lesson.hidden_lines() <= {line.strip() for cell in kept.cells for line in cell.source.splitlines()}
    nbformat.validate(kept)
    CheckCellMetadata().preprocess(kept, {})
    assert kept.metadata.autograder["sandbox"] == "bwrap"


@pytest.mark.parametrize("attack", ATTACKS)
def test_the_instructors_notebook_is_harmless_in_a_renderer_that_cleans_nothing(attack):
    graded = lesson.half_right()
    notebook = lesson.executed(graded)
    notebook.cells = [
        new_markdown_cell(attack, attachments={"nothing.png": {"image/svg+xml": attack}}),
        new_code_cell("1", outputs=[new_output("display_data", {"text/html": attack, "text/plain": "1"})]),
    ]
    kept = instructor_notebook(notebook, graded)
    exporter = HTMLExporter(template_name="basic")
    found = Elements(exporter.from_notebook_node(kept)[0])
    assert not FORBIDDEN_TAGS & {tag for tag, _ in found.tags}
    assert not [a for _, a in found.tags if any(name.startswith("on") for name in a)]
    assert "javascript" not in "".join(str(a.get("href", "")).lower() for _, a in found.tags)
    assert not [a for _, a in found.tags if str(a.get("src", "")).startswith("http")]


@pytest.mark.parametrize(
    "source",
    [
        "# Title\n\nText *with* `x < y`, $a < b$, [a link](https://example.org) and 1 < 2.",
        "| a |\n|:-:|\n| 1 |",
        "- 1\n- 2",
    ],
)
def test_ordinary_markdown_is_left_as_it_is(source):
    graded = lesson.half_right()
    notebook = new_notebook(cells=[new_markdown_cell(source)])
    assert instructor_notebook(notebook, graded).cells[0].source == source


def test_the_courses_own_markdown_is_left_alone():
    master = lesson.master()
    master.cells[0].source = "<details><summary>Hint</summary>Add.</details>"
    notebook = lesson.executed(lesson.half_right())
    notebook.cells[0] = copy.deepcopy(master.cells[0])
    graded = lesson.half_right()
    assert instructor_notebook(notebook, graded, master).cells[0].source == master.cells[0].source
    assert instructor_notebook(notebook, graded).cells[0].source.startswith("```text\n<details>")
    assert "<details>" in feedback_page(notebook, graded)


def test_cleaning_keeps_what_prose_needs():
    kept = '<h2>T</h2><table><tr><td colspan="2">1</td></tr></table><a href="https://example.org">x</a><code>y</code>'
    assert re.sub(r'</?tbody>| rel="[a-z ]*"', "", clean(kept)) == kept


@pytest.mark.parametrize("piece", ["![", "[a](", "\\begin{a}", "[a](attachment:"])
def test_markdown_made_to_take_long_is_cut_and_shown_as_text(piece):
    given = _with(new_markdown_cell(piece * (60_000 // len(piece)), id="added-001"))
    began = time.monotonic()
    shown = instructor_notebook(given, lesson.half_right(), lesson.master())
    page = feedback_page(shown, lesson.half_right())
    assert time.monotonic() - began < 8
    assert "more characters: see what was handed in" in page and piece in shown.cells[-1].source


def test_many_long_texts_are_cut_together():
    cells = [new_markdown_cell("word " * 900, id=f"added-{i:03d}") for i in range(40)]
    shown = instructor_notebook(_with(*cells), lesson.half_right(), lesson.master())
    assert sum(len(cell.source) for cell in shown.cells if cell.id.startswith("added-")) < 70_000


def _with(*cells):
    notebook = lesson.executed(lesson.half_right())
    notebook.cells += cells
    return notebook


def hinted(text, **attributes):
    """A page of a lesson with a text before the exercise `halve`, in which nothing of it passed."""
    graded = lesson.half_right()
    notebook = lesson.executed(graded)
    place = [cell.get("id") for cell in notebook.cells].index("halve_solution")
    notebook.cells.insert(place, new_markdown_cell(text, metadata=attributes))
    return feedback_page(notebook, graded)


HINTS = """### Exercise 2: `halve`

<details><summary>Hint 1</summary>

Which sign divides?

<details><summary>Hint 2</summary>

`/` does, `//` rounds down. <script>alert(1)</script>

</details>
</details>
"""


def exercise_of(page, name):
    begun = page.index(f'aria-labelledby="exercise-{name}"')
    return page[begun : page.index("</article>", begun)]


def test_the_first_hint_is_open_where_an_exercise_did_not_pass():
    found = exercise_of(hinted(HINTS), "halve")
    assert re.search(r"<details open>\s*<summary>Hint 1</summary>\s*<p>Which sign divides\?</p>", found)
    assert re.search(r"<details>\s*<summary>Hint 2</summary>", found)
    assert_safe(hinted(HINTS))


def test_no_hint_is_shown_where_all_passed_and_none_of_the_learners_own():
    passed = feedback_page(lesson.executed(lesson.result()), lesson.result())
    assert "Hint" not in passed and "What to look at" not in passed
    assert "<details open>" not in hinted(HINTS, autograder={"added": True})
    assert "<details open>" not in hinted("<details><summary>The solution</summary>42</details>")


def test_the_next_step_is_one_sentence_at_the_top():
    text = " ".join(Elements(page_with([])).text.split())
    assert "Passed: 1 of 2 exercises. Look first at halve: You divided with //." in text
    assert "All 2 exercises passed." in feedback_page(lesson.executed(lesson.result()), lesson.result())


def test_a_known_mistake_is_named():
    tests = [dataclasses.replace(t, mistake="<whole> division") for t in lesson.half_right().tests[2:3]]
    page = page_with([], lesson.result(tests=tests))
    assert "a known mistake: <b>&lt;whole&gt; division</b>" in page


def test_a_comment_by_a_person_stands_at_its_exercise_and_the_examiners_does_not():
    comments = {
        "double_solution": "Well **done**. <script>alert(1)</script>",
        "halve_solution": "No response.",
    }
    page = page_with([], marks=LessonMarks({}, comments))
    assert "Comment by your teacher" in exercise_of(page, "double")
    assert "<strong>done</strong>" in exercise_of(page, "double")
    assert page.count("Comment by your teacher") == 1
    assert_safe(page)


def drawn(name):
    graded = lesson.half_right()
    notebook = lesson.executed(graded)
    about = {"image/png": {"alt": 'where they differ" onerror="alert(1)'}}
    for cell in notebook.cells:
        if cell.get("id") == name:
            cell.outputs.insert(0, new_output("display_data", {"image/png": PNG}, metadata=about))
    return notebook, graded


def test_the_picture_of_a_difference_stands_once_and_at_its_exercise():
    notebook, graded = drawn("halve")
    for given in (notebook, instructor_notebook(notebook, graded)):
        page = feedback_page(given, graded)
        assert page.count(PNG) == 1 and PNG in exercise_of(page, "halve")
        assert 'alt="where they differ&#34; onerror=&#34;alert(1)"' in page
        assert_safe(page)


def test_a_picture_in_a_hidden_test_is_not_shown():
    assert PNG not in feedback_page(*drawn("halve_hidden"))


def test_headings_go_down_by_one_from_the_pages_own():
    levels = [
        int(tag[1])
        for tag, _ in Elements(hinted(HINTS + "\n# Part\n\n## A\n")).tags
        if re.fullmatch(r"h\d", tag)
    ]
    assert levels[0] == 1 and levels.count(1) == 1
    assert levels == [1, 2, 2, 3, 2, 3, 5, 3, 4], "the lesson's own begin at the third, below the page's"


def test_long_messages_are_cut_at_the_exercise():
    message = ("halve: wrong.\nexpected\n" + "[1. 2. 3.]\n" * 3000)[:8000]
    tests = [dataclasses.replace(test, message=message) for test in lesson.half_right().tests]
    page = page_with([], dataclasses.replace(lesson.half_right(), tests=tests))
    assert "more lines: see the cell" in exercise_of(page, "halve")
    assert exercise_of(page, "halve").count("[1. 2. 3.]") < 50


@pytest.mark.parametrize("attack", ATTACKS)
def test_what_is_said_at_an_exercise_is_harmless(attack):
    """Names, mistakes, messages, events and comments alike, and in the lesson's own words for hints."""
    graded = lesson.half_right(attack)
    tests = [
        dataclasses.replace(test, message=f"{test.name}: {attack}", mistake=attack) for test in graded.tests
    ]
    notebook = lesson.executed(dataclasses.replace(graded, tests=tests))
    for cell in notebook.cells:
        cell.metadata.get("autograder", {})["exercise"] = f"{cell.get('id')} {attack}"
    hints = f"<details><summary>Hint 1 {attack}</summary>\n\n{attack}\n\n</details>"
    notebook.cells.insert(1, new_markdown_cell(hints))
    comments = {"double_solution": attack, "halve": attack}
    page = feedback_page(notebook, dataclasses.replace(graded, tests=tests), LessonMarks({}, comments))
    assert_safe(page)
    assert page.count('class="verdicts"') == 1 and len(Elements(page).styles) == 2


def test_ten_megabytes_of_output_take_no_minute():
    cell = new_code_cell("print()", outputs=[new_output("stream", name="stdout", text="<b>\n" * 2_500_000)])
    began = time.process_time()
    page = page_with([cell])
    assert time.process_time() - began < 20
    assert "<b>\n<b>" not in page and "&lt;b&gt;" in page
