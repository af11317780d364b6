"""Pages that say what was found, one a student and lesson: readable offline, no scripts, no hidden tests.

Everything a learner wrote is taken as data: outputs are cut down to text and raster pictures, Markdown is
cleaned, and a content security policy forbids the page whatever it does not hold itself. TeX stays text.
"""

import base64
import binascii
import copy
import html
import os
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import bleach  # type: ignore[import-untyped]
from bleach.html5lib_shim import Filter  # type: ignore[import-untyped]
from bs4 import BeautifulSoup
from jinja2 import pass_context
from nbconvert import HTMLExporter, TemplateExporter
from nbconvert.filters import Highlight2HTML, ansi2html
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbconvert.preprocessors import Preprocessor
from nbformat import NotebookNode
from nbformat.v4 import new_notebook
from nbgrader.server_extensions import formgrader
from pygments.formatters import HtmlFormatter  # type: ignore[import-untyped]
from traitlets.config import Config

from autograder import cells as c
from autograder.gradebook import LessonMarks, storable
from autograder.pages import FOLDER, with_policy
from autograder.records import Event, Result
from autograder.summary import by_hand, count_not_gradable, exercises, next_step

TEMPLATES = [str(FOLDER), str(Path(formgrader.__file__).parent / "templates")]
PICTURES = {"image/png": b"\x89PNG\r\n\x1a\n", "image/jpeg": b"\xff\xd8\xff"}
LARGEST_PICTURE = 8 * 2**20
# Of one picture, of one notebook: a browser takes four bytes for each.
MOST_PIXELS, MOST_PIXELS_TOGETHER = 25_000_000, 100_000_000
JPEG_SIZE = re.compile(rb"(?s)\xff[\xc0-\xc3\xc5-\xc7\xc9-\xcb\xcd-\xcf]..[\x08\x0c](.{4})")
LONGEST_TEXT, LONGEST_TEXTS = 5_000, 50_000  # one cell, one notebook: Markdown can take minutes to render
KEPT = 500  # texts whose rendering is kept: most cells of a class are the same
LONGEST_CODE, LONGEST_CODES = 20_000, 100_000  # on the page: colouring 50,000 characters can take 2 s
EARLIEST, UNIX = (1980, 1, 1, 0, 0, 0), 3  # the first time that a zip can state, and its word for the system
NOT_SHOWN = "[An output of a kind that is not shown here.]"
NOT_DESCRIBED = "No description has been provided for this image"
WORDS = {
    "passed": "✓ passed",
    "failed": "✗ failed",
    "not_gradable": "? not gradable",
    "not_begun": "– not begun",
    "nothing": "– nothing handed in",
}
HEADING = re.compile(r"(</?h)([1-6])\b")
TAGS = frozenset(
    "a abbr b blockquote br caption code dd del details div dl dt em h1 h2 h3 h4 h5 h6 hr i img ins kbd li mark ol p "
    "pre s small span strong sub summary sup table tbody td tfoot th thead tr u ul".split()
)
NUMERIC = {(tag, span) for tag in ("td", "th") for span in ("colspan", "rowspan")}
TEXTUAL = {("a", "title"), ("img", "alt"), ("abbr", "title")}
HIGHLIGHT = re.compile(r"highlight|hl-\w+|[a-z]{1,2}\d?")


def feedback_page(executed: NotebookNode | None, result: Result, marks: LessonMarks | None = None) -> str:
    """The page that a student gets about one lesson.

    Args:
        executed: the examined notebook, or what `instructor_notebook` made of it; None for nothing handed in.
        result: the verdicts.
        marks: what the gradebook says, marks given by hand included; the verdicts' points where it is None.

    Returns:
        HTML that needs nothing beside itself.
    """
    notebook = _graded(executed or new_notebook(), result)
    marks = marks or LessonMarks({test.name: (test.points, test.max_points) for test in result.tests})
    for cell in notebook.cells:
        _put_marks(cell, marks, notebook)
    about = {"student": result.student, "assignment": result.assignment, "notebook": result.lesson}
    total = {"score": marks.score, "max_score": marks.max_score, "late_penalty": marks.late_penalty}
    page, _ = _exporter().from_notebook_node(notebook, {"nbgrader": about | total})
    return storable(page)


def zip_pages(out: Path, student: str) -> Path:
    """Write OUT/feedback/STUDENT.zip, of the student's own pages and nothing else; the same pages, the same bytes.

    Args:
        out: the run's folder.
        student: the student's id, a folder in OUT/feedback.
    """
    path = out / "feedback" / f"{student}.zip"
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.part")
    with zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED) as archive:
        for page in sorted((out / "feedback" / student).glob("*.html")):
            member = zipfile.ZipInfo(page.name, date_time=EARLIEST)
            member.external_attr, member.create_system = 0o644 << 16, UNIX
            archive.writestr(member, page.read_bytes(), zipfile.ZIP_DEFLATED)
    os.replace(draft, path)
    return path


def _put_marks(cell: NotebookNode, marks: LessonMarks, notebook: NotebookNode) -> None:
    name = c.grade_id(cell)
    if c.metadata(cell).get("grade"):
        score, most = marks.scores.get(name or "", (0.0, c.points(cell)))
        cell.metadata.nbgrader |= {"score": score, "points": most}
    comment = marks.comments.get(name or "")
    if comment and not _is_automatic(comment, notebook):
        cell.metadata.nbgrader["comment"] = comment


def instructor_notebook(
    executed: NotebookNode, result: Result, master: NotebookNode | None = None
) -> NotebookNode:
    """What goes to autograded/, for formgrader: hidden tests included, nothing that a browser would run.

    Args:
        executed: the examined notebook; it is not changed.
        result: its verdicts; what the feedback page needs of them goes into the metadata.
        master: the lesson, whose own Markdown is then left alone.
    """
    notebook = _graded(executed, result)
    own = {(cell.get("id"), cell.source) for cell in master.cells} if master else set()
    texts = [cell for cell in notebook.cells if cell.cell_type != "code"]
    prose = [cell for cell in texts if (cell.get("id"), cell.source) not in own]
    for cell, longest in _allowances(prose, LONGEST_TEXT, LONGEST_TEXTS):
        if len(cell.source) > longest or not _harmless(cell.source):
            cell.source, cell.cell_type = _fenced(_cut(cell.source, longest)), "markdown"
    return notebook


def _allowances(cells: list[NotebookNode], each: int, together: int) -> Iterator[tuple[NotebookNode, int]]:
    """Each cell, and how many characters of its source may stay."""
    for cell in cells:
        yield cell, each if together > 0 else 0
        together -= len(cell.source)


def _graded(executed: NotebookNode, result: Result) -> NotebookNode:
    notebook = copy.deepcopy(executed)
    for cell in notebook.cells:
        cell.source = storable(cell.source)
        cell.pop("attachments", None)
        if cell.cell_type == "code":
            cell.outputs = safe_outputs([*_printed(cell), *cell.outputs])
    _leave_out_pictures(notebook)
    events = [asdict(event) for event in result.events]
    notebook.metadata["autograder"] = {"sandbox": result.sandbox, "events": events}
    return notebook


def _leave_out_pictures(notebook: NotebookNode) -> None:
    """Leave out the pictures after the first MOST_PIXELS_TOGETHER."""
    room = MOST_PIXELS_TOGETHER
    for output in (output for cell in notebook.cells for output in cell.get("outputs", [])):
        for kind in PICTURES & output.get("data", {}).keys():
            room -= _pixels(base64.b64decode(output.data[kind]))
            if room < 0:
                output.data = NotebookNode({"text/plain": NOT_SHOWN})
                break


def _printed(cell: NotebookNode) -> list[NotebookNode]:
    text = cell.metadata.get("autograder", {}).pop("printed", "")
    return [c.new_output("stream", name="stdout", text=text)] if text else []


def _harmless(source: str) -> bool:
    """Whether formgrader, which cleans nothing, may render this Markdown: no HTML, no doubtful address."""
    if "mermaid" in source:
        return False
    try:
        shown, escaped = (
            MarkdownWithMath(IPythonRenderer(escape=escape)).render(source) for escape in (False, True)
        )
    except Exception:  # noqa: BLE001 - whatever the renderer raises on it, formgrader would raise too
        return False
    return shown == escaped and _elements(shown) == _elements(clean(shown))


def _elements(page: str) -> list[tuple[str, list[str]]]:
    return [
        (tag.name, sorted(set(tag.attrs) - {"id", "class", "style", "rel"}))
        for tag in BeautifulSoup(page, "html.parser").find_all(True)
    ]


def _cut(source: str, longest: int) -> str:
    more = len(source) - longest
    return source if more <= 0 else f"{source[:longest]}\n[{more} more characters: see what was handed in]"


def _fenced(source: str) -> str:
    longest = max((len(run) for run in re.findall(r"`+", source)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{source}\n{fence}"


def safe_outputs(outputs: Iterable[NotebookNode]) -> list[NotebookNode]:
    """The outputs as text and raster pictures, everything else left out."""
    return [safe for output in outputs if (safe := _safe_output(output)) is not None]


def _safe_output(output: NotebookNode) -> NotebookNode | None:
    kind = output.get("output_type")
    if kind == "stream":
        name = "stderr" if output.get("name") == "stderr" else "stdout"
        return c.new_output("stream", name=name, text=_text(output.get("text")))
    if kind == "error":
        lines = [_text(line) for line in output.get("traceback", [])]
        return c.new_output("error", ename=_text(output.ename), evalue=_text(output.evalue), traceback=lines)
    if kind not in ("display_data", "execute_result"):
        return None
    data = _safe_data(output.get("data", {}))
    about = {kind: output.get("metadata", {}).get(kind, {}) for kind in data}
    described = {kind: {"alt": _text(said["alt"])} for kind, said in about.items() if "alt" in said}
    return c.new_output("display_data", data=data, metadata=described)


def _safe_data(data: Mapping[str, Any]) -> dict[str, str]:
    safe = {kind: picture for kind in PICTURES if (picture := _picture(data.get(kind), PICTURES[kind]))}
    if "text/plain" in data:
        safe["text/plain"] = _text(data["text/plain"])
    return safe or {"text/plain": NOT_SHOWN}


def _picture(encoded: Any, begins: bytes) -> str | None:
    text = _text(encoded or "")
    if len(text) > LARGEST_PICTURE * 4 // 3:
        return None
    try:
        content = base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        return None
    fits = content.startswith(begins) and 0 < _pixels(content) <= MOST_PIXELS
    return base64.b64encode(content).decode("ascii") if fits else None


def _pixels(picture: bytes) -> int:
    """How many pixels a PNG or JPEG says it has; the most of all that it says, 0 where it says nothing."""
    png = [picture[16:24]] if picture[12:16] == b"IHDR" else []
    sizes = [(size[: len(size) // 2], size[len(size) // 2 :]) for size in png or JPEG_SIZE.findall(picture)]
    return max((int.from_bytes(one) * int.from_bytes(other) for one, other in sizes), default=0)


def _text(value: Any) -> str:
    text = "".join(map(str, value)) if isinstance(value, list) else str(value or "")
    return storable(text)


class StudentView(Preprocessor):
    """Takes out of a notebook what its student shall not read."""

    enabled = True

    def preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        """The notebook (the exporter's own copy) as its student may see it."""
        return _for_student(nb), resources


def _for_student(shown: NotebookNode) -> NotebookNode:
    """The notebook, without hidden tests, what they printed, the course's own solutions and events for teachers."""
    code = [cell for cell in shown.cells if cell.cell_type == "code"]
    for cell in code:
        cell.outputs = safe_outputs(cell.outputs)
        cell.metadata.setdefault("alt", NOT_DESCRIBED)  # of its pictures that say nothing of themselves
    for cell in shown.cells:
        if c.is_locked(cell) and c.HIDDEN_BEGIN in cell.source:
            _hide_tests(cell)
        if c.is_test(cell):
            _move_pictures(cell)
        if c.SOLUTION_BEGIN in cell.source:
            cell.source = _without(
                cell.source, c.SOLUTION_BEGIN, c.SOLUTION_END, "# the course's own solution"
            )
    for cell, longest in _allowances(code, LONGEST_CODE, LONGEST_CODES):
        cell.source = _cut(cell.source, longest)
    graded = shown.metadata.get("autograder", {})
    events = [Event(**event) for event in graded.get("events", []) if event["severity"] != "tamper"]
    graded["events"] = [asdict(event) | {"message": event.sentence} for event in events]
    return shown


def _hide_tests(cell: NotebookNode) -> None:
    count = f"{c.points(cell):g} point" + ("" if c.points(cell) == 1 else "s")
    cell.source = _without(cell.source, c.HIDDEN_BEGIN, c.HIDDEN_END, f"# hidden tests: {count}")
    verdict = cell.metadata.setdefault("autograder", NotebookNode())
    verdict.pop("printed", None)
    verdict["hidden"] = True
    lines = verdict.get("message", "").split("\n")
    if verdict.get("status") == "passed":
        explained = cell.outputs if c.is_question(cell) else []
        cell.outputs = [*explained, c.new_output("stream", name="stdout", text="passed\n")]
    else:
        cell.outputs = (
            [c.new_output("error", ename="CheckFailed", evalue=lines[0], traceback=lines)] if lines[0] else []
        )


def _move_pictures(cell: NotebookNode) -> None:
    """Take the pictures that an examiner drew out of a test's outputs: they stand at the exercise."""
    found = [output for output in cell.outputs if PICTURES & output.get("data", {}).keys()]
    cell.outputs = [output for output in cell.outputs if output not in found]
    verdict = cell.metadata.setdefault("autograder", NotebookNode())
    verdict["pictures"] = [
        (kind, output.data[kind], output.metadata.get(kind, {}).get("alt", NOT_DESCRIBED))
        for output in found
        for kind in sorted(PICTURES & output.data.keys())
    ]


def _without(source: str, begin: str, end: str, instead: str) -> str:
    """The source without the lines from each `begin` to its `end` (to the last line where there is none)."""
    kept, inside = [], False
    for line in source.split("\n"):
        if begin in line:
            kept.append(instead)
            inside = True
        elif inside:
            inside = end not in line
        else:
            kept.append(line)
    return "\n".join(kept)


def clean(page: str) -> str:
    """HTML without scripts, styles, frames, forms, drawings, handlers and anything fetched from elsewhere."""
    return _cleaner.clean(page)


def _allowed(tag: str, name: str, value: str) -> bool:
    if (tag, name) in NUMERIC:
        return value.isdecimal()
    if (tag, name) == ("a", "href"):
        return value.startswith(("http://", "https://", "mailto:", "#"))
    if name == "class":
        return all(HIGHLIGHT.fullmatch(word) for word in value.split())
    return (tag, name) in TEXTUAL


class _Finish(Filter):
    """Links tell nobody where they were clicked; pictures are named in their place."""

    def __iter__(self) -> Iterator[dict[str, Any]]:
        for token in super().__iter__():
            values = token.get("data") if token["type"] in ("StartTag", "EmptyTag") else None
            if values is not None and token["name"] == "img":
                missing = f"[A picture that is not part of this page: {values.get((None, 'alt'), '')}]"
                yield {"type": "Characters", "data": missing}
                continue
            if values is not None and token["name"] == "a":
                values[None, "rel"] = "noopener noreferrer nofollow"
            yield token


_cleaner = bleach.Cleaner(
    tags=TAGS,
    attributes=_allowed,
    protocols=["http", "https", "mailto"],
    strip=True,
    strip_comments=True,
    filters=[_Finish],
)


class FeedbackExporter(HTMLExporter):
    """nbgrader's feedback page without scripts and without what students shall not read.

    `nbgrader generate_feedback` and formgrader use it too, by configuration; the notebook's metadata and its
    cells' scores (nbgrader's GetGrades puts them there) are all it reads.
    """

    def __init__(self, config: Config | None = None, **kwargs: Any) -> None:
        super().__init__(config=_page_config(config), **kwargs)
        self.register_preprocessor(StudentView, enabled=True)

    @pass_context
    def markdown2html(self, context: Any, source: str) -> str:
        """Markdown as clean HTML; as the text it is where it cannot be rendered or an examiner wrote it."""
        if _is_automatic(source, context.get("nb")):
            return f'<pre class="message">{html.escape(source)}</pre>'
        try:
            return _rendered(source)
        except Exception:  # noqa: BLE001 - a learner's Markdown may break the renderer, and never the page
            return f"<pre>{html.escape(source)}</pre>"

    @pass_context
    def _comments(self, context: Any, comments: list[str]) -> list[str]:
        """What a person wrote, as clean HTML, without what an examiner did."""
        own = [comment for comment in comments if not _is_automatic(comment, context.get("nb"))]
        return [self.markdown2html(context, comment) for comment in own]

    def default_filters(self) -> Iterable[tuple[str, Any]]:
        """nbconvert's filters, and the page's own."""
        yield from super().default_filters()
        yield "highlight_code", lambda source, metadata: _highlighted(source)
        yield "ansi2html", lambda text: re.sub(r' style="[^"]*"', "", ansi2html(text))
        yield "points", lambda value: f"{round(float(value or 0), 2):g}"
        yield "in_words", lambda standing: WORDS.get(standing, "marked by a person")
        yield "by_hand", by_hand
        yield "not_gradable", count_not_gradable
        yield "exercises", exercises
        yield "next_step", next_step
        yield "hints", _hints
        yield "comments", self._comments

    def from_notebook_node(
        self, nb: NotebookNode, resources: dict[str, Any] | None = None, **kw: Any
    ) -> tuple[str, dict[str, Any]]:
        """The page, with a policy that allows its own styles and embedded pictures and nothing else."""
        # Not HTMLExporter's own method: it parses the finished page to describe pictures, which takes half the time.
        page, resources = TemplateExporter.from_notebook_node(
            self, nb, (resources or {}) | {"highlighting": _styles()}, **kw
        )
        return with_policy(page), resources


@lru_cache(maxsize=KEPT)
def _highlighted(source: str) -> str:
    return str(Highlight2HTML(pygments_lexer="python")(source))


@lru_cache(maxsize=KEPT)
def _rendered(source: str) -> str:
    page = clean(MarkdownWithMath(IPythonRenderer(escape=False, exclude_anchor_links=True)).render(source))
    return HEADING.sub(lambda found: f"{found[1]}{min(6, int(found[2]) + 2)}", page)  # below the page's own


@lru_cache(maxsize=KEPT)
def _hints(source: str) -> str:
    """The hints of an exercise's text, each inside the one before: the first open, the others folded up."""
    found = BeautifulSoup(_rendered(source), "html.parser").find_all("details")
    hints = [one for one in found if one.summary and one.summary.get_text().startswith("Hint ")]
    return str(hints[0]).replace("<details>", "<details open>", 1) if hints else ""


@cache
def _styles() -> str:
    return str(HtmlFormatter(style="default").get_style_defs(".highlight"))


@cache
def _exporter() -> FeedbackExporter:
    """One exporter a process: compiling its template takes longer than a page."""
    return FeedbackExporter()


def _page_config(given: Config | None) -> Config:
    ours = Config(copy.deepcopy(given or {}))
    ours.Exporter.default_preprocessors = []
    ours.FeedbackExporter = Config(
        template_name="feedback_page",
        template_file="page.html.j2",
        extra_template_basedirs=TEMPLATES,
        exclude_anchor_links=True,
        exclude_input_prompt=True,
        exclude_output_prompt=True,
        exclude_raw=True,
        embed_images=False,
        sanitize_html=True,
    )
    return ours


def _is_automatic(comment: str, notebook: NotebookNode | None) -> bool:
    """Whether a comment consists of messages of the notebook's tests."""
    verdicts = [cell.metadata.get("autograder", {}) for cell in notebook.cells] if notebook else []
    messages = sorted((v["message"] for v in verdicts if v.get("message")), key=len, reverse=True)
    rest = comment
    for message in messages:
        rest = rest.replace(message, "")
    return not rest.strip() and bool(comment.strip())
