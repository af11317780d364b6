"""The command `autograder`: build the notebooks, grade a class, write what comes of it."""

import logging
import shutil
import signal
import subprocess
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from itertools import islice
from pathlib import Path

import click
from nbgrader.api import InvalidEntry, MissingEntry
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from sqlalchemy.exc import SAWarning, SQLAlchemyError

from autograder import author as authoring
from autograder import build as building
from autograder import change as changing
from autograder import export as exporting
from autograder import grade as grading
from autograder import gradescope as container
from autograder import lessons as whole
from autograder import publish as publishing
from autograder import sandbox as walls
from autograder import similarity
from autograder.course import Course
from autograder.difference import Difference
from autograder.evidence import visible
from autograder.gradebook import GradebookMismatch, GradebookUnusable
from autograder.intake import HandIns
from autograder.journal import NAME as JOURNAL
from autograder.journal import FolderInUse
from autograder.late import ConfigurationInvalid
from autograder.limits import LimitsInvalid
from autograder.preprocessors import nbgrader_config
from autograder.report import terminal_lines
from autograder.results import Results, ResultsInvalid
from autograder.sample_class import hand_in

console = Console()
ASSIGNMENT = "week1_foundations"
SHOWN = 200  # rows of the table of scores
GO_ON = "The same command with --resume goes on from there."


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="autograder")
def main() -> None:
    """Build the course's notebooks and grade them, with the verdict reached outside the student's process."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s: %(message)s")
    logging.getLogger("traitlets").setLevel(logging.ERROR)  # learners' pictures have no alternative text
    # nbgrader's, which also raises what it logs
    logging.getLogger("tornado.application").setLevel(logging.CRITICAL)
    warnings.filterwarnings("ignore", category=SAWarning, module="nbgrader")


def _course() -> Course:
    try:
        return Course.find()
    except FileNotFoundError as error:
        raise click.UsageError(str(error)) from error


@main.command()
@click.argument("lessons", nargs=-1)
@click.option(
    "--check", is_flag=True, help="Write nothing: rebuild, compare bytes, look for leaks and broken rules."
)
def build(lessons: tuple[str, ...], check: bool) -> None:
    """Build release notebooks from the lessons' sources."""
    course = _course()
    if check:
        complaints = building.check(course)
        for complaint in complaints:
            console.print(f"- {complaint}", markup=False, highlight=False)
        console.print(
            f"{len(complaints)} complaints" if complaints else "the release is what the sources say"
        )
        sys.exit(1 if complaints else 0)
    try:
        written = building.build(course, lessons or None)
        (course.build / "nbgrader_config.py").write_text(nbgrader_config(course.root), encoding="utf-8")
    except (KeyError, ValueError) as error:
        raise click.UsageError(str(error)) from error
    console.print(f"{len(written)} files written")


@main.command()
@click.argument("assignment")
@click.option(
    "--submitted",
    type=click.Path(path_type=Path),
    required=True,
    help="STUDENT/ASSIGNMENT/LESSON.ipynb, or STUDENT.zip.",
)
@click.option(
    "--out", type=click.Path(path_type=Path), required=True, help="Where results, grades and feedback go."
)
@click.option(
    "--workers",
    type=click.IntRange(1),
    default=grading.default_workers,
    help="Students graded at once [a core each].",
)
@click.option(
    "--scheduler", metavar="ADDRESS", help="Have the workers of this Dask cluster examine: tls://HOST:8786."
)
@click.option("--db", help="The gradebook's database URL [OUT/gradebook.db].")
@click.option(
    "--sandbox",
    type=click.Choice(["bwrap", "none"]),
    default="bwrap",
    show_default=True,
    help="none: for your own notebooks alone.",
)
@click.option(
    "--resume",
    is_flag=True,
    help="Go on with a run that ended early: what is done and has not changed is kept.",
)
def grade(
    assignment: str,
    submitted: Path,
    out: Path,
    workers: int,
    scheduler: str | None,
    db: str | None,
    sandbox: walls.Sandbox,
    resume: bool,
) -> None:
    """Grade every submission of ASSIGNMENT. Ctrl-C ends it in good order, and --resume goes on."""
    course = _course()
    try:
        limits = course.limits()
    except LimitsInvalid as error:
        raise click.UsageError(str(error)) from error
    run = grading.Run(course, assignment, submitted, out, workers, sandbox, db, limits, resume, scheduler)
    results = _grade(run)
    _show(results)
    _say_noticed(results, out)
    ungraded = (r.max_score and all(test.status == "not_gradable" for test in r.tests) for r in results)
    sys.exit(1 if any(ungraded) else 0)


def _grade(run: grading.Run) -> Results:
    try:
        with _progress() as progress:
            return grading.grade(run, progress)
    except grading.Stopped as stopped:
        console.print(f"Stopped: {stopped}; what is done is kept. {GO_ON}", highlight=False)
        sys.exit(128 + stopped.signum)
    except KeyboardInterrupt:
        console.print(f"Stopped at once. {GO_ON}", highlight=False)
        sys.exit(128 + signal.SIGINT)
    except GradebookMismatch as error:
        raise click.UsageError(f"{error}\n{_how_to_change(run)}") from error
    except (
        walls.SandboxMissing, grading.ClusterUnfit, FolderInUse, GradebookUnusable, ConfigurationInvalid
    ) as error:  # fmt: skip
        raise click.UsageError(str(error)) from error
    except (KeyError, NotADirectoryError, FileExistsError, PermissionError) as error:
        raise click.UsageError(_sentence(error)) from error
    except (OSError, SQLAlchemyError, InvalidEntry) as error:
        raise click.ClickException(f"{_sentence(error)}. What is done is kept. {GO_ON}") from error


def _how_to_change(run: grading.Run) -> str:
    where = f"--out {run.out}" + (f" --db {run.db}" if run.db else "")
    return (
        f"Nothing was graded. `autograder change {run.assignment} {where}` brings the gradebook to it, after a "
        "question, and keeps what was given by hand at all that stays. Another --db takes another gradebook."
    )


def _sentence(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename or 'the folder of results'}: {error.strerror}"
    if isinstance(error, SQLAlchemyError | InvalidEntry | MissingEntry):
        return f"the gradebook: {getattr(error, 'orig', error)}"
    return str(error.args[0])


@contextmanager
def _progress() -> Iterator[grading.Progress]:
    """A bar with who was last and the time left; plain lines, a tenth of the class each, where no one watches."""
    columns = (
        TextColumn("grading"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.description}"),
    )
    watched = console.is_terminal
    with Progress(*columns, console=console, speed_estimate_period=600, disable=not watched) as bar:
        task = bar.add_task("", total=None)

        def progress(done: int, total: int, student: str) -> None:
            bar.update(task, completed=done, total=total, description=escape(student))
            if not watched and done * 10 // total > (done - 1) * 10 // total:
                left = bar.tasks[0].time_remaining
                more = f"; {timedelta(seconds=round(left))} left" if left else ""
                console.print(f"{done} of {total} graded, the last {escape(student)}{more}", highlight=False)

        yield progress


def _show(results: Results) -> None:
    caption = "what was noticed stands in report.html, with the evidence"
    if sum(1 for _ in results) > SHOWN:
        caption = f"the first {SHOWN}; class.html has all, and {caption}"
    table = Table(title="The class", caption=caption)
    for name, justify in (
        ("student", "left"),
        ("lesson", "left"),
        ("score", "right"),
        ("passed", "right"),
        ("noticed", "left"),
    ):
        table.add_column(name, justify=justify)  # type: ignore[arg-type]
    for result in islice(results, SHOWN):
        passed = sum(test.status == "passed" for test in result.tests)
        events = [f"{event.severity}: {visible(event.sentence)}" for event in result.events[:3]]
        events += [f"… and {len(result.events) - 3} more"] if len(result.events) > 3 else []
        table.add_row(
            result.student, result.lesson, f"{result.score:g} / {result.max_score:g}",
            f"{passed} of {len(result.tests)}" + (f", {result.waiting} to mark by hand" if result.waiting else ""),
            escape("\n".join(events)),
        )  # fmt: skip
    console.print(table)


def _say_noticed(results: Results, out: Path) -> None:
    for line in terminal_lines(results):
        console.print(f"noticed   {line}", highlight=False)
    for name, what in (("class", "scores and common mistakes"), ("report", "what was noticed")):
        console.print(f"{name:9} {out / f'{name}.html'} ({what}, for you)", highlight=False, soft_wrap=True)


@main.command()
@click.argument("assignment")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="The folder of an earlier run.")
@click.option("--db", help="The gradebook's database URL [OUT/gradebook.db].")
@click.option("--yes", is_flag=True, help="Do it without a question.")
def change(assignment: str, out: Path, db: str | None, yes: bool) -> None:
    """Take changed lessons and tests of ASSIGNMENT over into the gradebook: say what changes, ask, do it."""

    def agree(found: Difference) -> bool:
        console.print(str(found), markup=False, highlight=False, soft_wrap=True)
        return yes or click.confirm("Bring the gradebook to that?")

    if not (out / JOURNAL).exists():
        raise click.UsageError(f"nothing was graded into {out}")
    with _usable():
        kept = changing.take_over(_course(), assignment, out, db, agree)
    for path in kept:
        console.print(f"What was there before: {path}", highlight=False, soft_wrap=True)
    console.print("Now grade again, with --resume or without." if kept else "Nothing was changed.")


@contextmanager
def _usable() -> Iterator[None]:
    """Say in a sentence why a gradebook cannot be used."""
    try:
        yield
    except GradebookMismatch as error:
        raise click.ClickException(
            f"Nothing was changed, for by now it is another difference: {error}"
        ) from error
    except (KeyError, FolderInUse, GradebookUnusable, ConfigurationInvalid) as error:
        raise click.UsageError(str(error.args[0])) from error
    except (OSError, SQLAlchemyError, InvalidEntry, MissingEntry) as error:
        raise click.ClickException(_sentence(error)) from error


@main.command()
@click.argument("assignment")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="The folder of an earlier run.")
@click.option("--db", help="The gradebook's database URL [OUT/gradebook.db].")
def feedback(assignment: str, out: Path, db: str | None) -> None:
    """Write the feedback pages of ASSIGNMENT and the class page again, with the marks given by hand since."""
    with _usable():
        pages = grading.write_feedback(_results(out, assignment), out, db)
    console.print(f"{pages} pages in {out / 'feedback'}, and {out / 'class.html'} for you", soft_wrap=True)


@main.command()
@click.argument("assignment")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="The folder of an earlier run.")
@click.option(
    "--format", "kind", type=click.Choice(["csv", "gradescope", "canvas"]), default="csv", show_default=True
)
@click.option("--db", help="The gradebook's database URL [OUT/gradebook.db].")
@click.option(
    "--canvas",
    "theirs",
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The gradebook as Canvas exports it: the marks go to its students and its assignment.",
)
@click.option("--column", metavar="NAME", help="The assignment's name in Canvas [ASSIGNMENT].")
def export(
    assignment: str,
    out: Path,
    kind: exporting.Format,
    db: str | None,
    theirs: Path | None,
    column: str | None,
) -> None:
    """Write the grades of ASSIGNMENT for another system."""
    if (theirs or column) and kind != "canvas":
        raise click.UsageError("--canvas and --column go with --format canvas")
    try:
        with _usable():
            paths = exporting.export(_results(out, assignment), out, kind, db, theirs, column)
    except (exporting.CanvasMismatch, UnicodeDecodeError) as error:
        raise click.UsageError(str(error)) from error
    for path in paths:
        console.print(str(path), highlight=False)


def _results(out: Path, assignment: str) -> Results:
    results = Results(out / "results.json", assignment)
    try:
        for _ in results:
            pass
    except FileNotFoundError as error:
        raise click.UsageError(f"nothing was graded into {out}") from error
    except ResultsInvalid as error:
        raise click.UsageError(str(error)) from error
    return results


@main.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--repository",
    metavar="URL",
    help="Its address, https://github.com/OWNER/NAME: for badges, and for Colab.",
)
def publish(folder: Path, repository: str | None) -> None:
    """Write the students' repository to DIR, or bring an earlier copy up to date: lessons, library, no answers."""
    try:
        with console.status("building the release anew to compare, and looking for answers: a few minutes"):
            changes = publishing.publish(_course(), folder, repository)
    except publishing.NotPublishable as error:
        for complaint in error.complaints:
            console.print(f"- {complaint}", markup=False, highlight=False, soft_wrap=True)
        console.print("nothing was written")
        sys.exit(1)
    except (ValueError, OSError) as error:
        raise click.UsageError(str(error)) from error
    for line in publishing.sentences(changes):
        console.print(line, markup=False, highlight=False, soft_wrap=True)


@main.command()
@click.argument("lesson")
def author(lesson: str) -> None:
    """Edit LESSON in JupyterLab, with nbgrader's Create Assignment panel; its source is written back on closing."""
    course = _course()
    try:
        authoring.edit(
            course,
            lesson,
            lambda notebook: subprocess.run([sys.executable, "-m", "jupyterlab", str(notebook)], check=False),
        )
    except (KeyError, ValueError) as error:
        raise click.UsageError(str(error.args[0])) from error


@main.command()
@click.argument("names", nargs=-1, metavar="[LESSON]...")
def lessons(names: tuple[str, ...]) -> None:
    """Run lessons whole on one core, solved and untouched, and write time and memory into the syllabus."""
    course = _course()
    try:
        measured = whole.measure(course, names or None)
    except KeyError as error:
        raise click.UsageError(str(error.args[0])) from error
    whole.write_table(measured, course.root / "course" / "README.md")
    complaints = [complaint for one in measured for complaint in one.complaints()]
    for one in measured:
        console.print(f"{one.lesson}: {one.minutes:.2f} minutes, {one.gigabytes:.2f} GB", highlight=False)
    for complaint in complaints:
        console.print(f"- {complaint}", markup=False, highlight=False)
    sys.exit(1 if complaints else 0)


@main.command()
def demo() -> None:
    """Build the release, hand in a sample class, grade it, and say where the pages are."""
    course = _course()
    building.build(course)
    submitted = course.build / "submitted"
    shutil.rmtree(submitted, ignore_errors=True)
    class_ = hand_in(course, ASSIGNMENT, submitted)
    sandbox: walls.Sandbox = "bwrap"
    try:
        walls.require(sandbox)
    except walls.SandboxMissing as error:
        console.print(f"{error}\nOnly the harmless samples are graded, without walls.\n")
        sandbox = "none"
        for student in class_:
            if not student.harmless:
                _remove(submitted, student.name)
    workers = grading.default_workers()
    limits = replace(grading.DEFAULTS, cell=8.0, call=3.0)  # one of the class never returns
    results = _grade(grading.Run(course, ASSIGNMENT, submitted, course.build, workers, sandbox, None, limits))
    _show(results)
    _say_noticed(results, course.build)
    for student in class_:
        console.print(f"  {student.name}: {student.what}", highlight=False, markup=False)
    console.print(
        f"\nresults   {course.build / 'results.json'}\ngrades    {course.build / 'grades.csv'}\n"
        f"feedback  {course.build / 'feedback'} (open a page in a browser)\n\n"
        "To do the lesson yourself: make lab",
        highlight=False,
    )


def _remove(submitted: Path, name: str) -> None:
    shutil.rmtree(submitted / name, ignore_errors=True)
    (submitted / f"{name}.zip").unlink(missing_ok=True)


@main.command()
@click.argument("assignment")
@click.option(
    "--submitted",
    type=click.Path(path_type=Path),
    required=True,
    help="STUDENT/ASSIGNMENT/LESSON.ipynb, or STUDENT.zip.",
)
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Where the page goes.")
def similar(assignment: str, submitted: Path, out: Path) -> None:
    """Write which submissions of ASSIGNMENT have solution cells that are alike, for you to look at."""
    course = _course()
    try:
        lessons_ = course.lessons(assignment)
        read = HandIns(submitted, assignment, lessons_, course.limits().intake)
        with console.status("comparing"), similarity.Reader() as reader:
            made = similarity.compare(course, assignment, read, reader)
    except (KeyError, NotADirectoryError, LimitsInvalid) as error:
        raise click.UsageError(str(error.args[0])) from error
    path = similarity.write_similarity(made, out)
    console.print(f"{len(made.pairs)} pairs to look at: {path} (for you)", highlight=False, soft_wrap=True)


@main.command()
@click.argument("assignment")
@click.argument("path", metavar="[ZIP]", required=False, type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--sandbox",
    type=click.Choice(["bwrap", "none"]),
    default="bwrap",
    show_default=True,
    help="none: students' code runs without walls, beside the hidden tests.",
)
@click.option(
    "--visibility",
    type=click.Choice(["visible", "after_due_date", "after_published", "hidden"]),
    default="visible",
    show_default=True,
    help="When students see their results.",
)
def gradescope(
    assignment: str, path: Path | None, sandbox: walls.Sandbox, visibility: container.Visibility
) -> None:
    """Write the ZIP that Gradescope takes as the autograder of ASSIGNMENT [build/gradescope-ASSIGNMENT.zip]."""
    course = _course()
    target = path or course.build / f"gradescope-{assignment}.zip"
    try:
        container.pack(course, assignment, target, sandbox, visibility)
    except (KeyError, OSError) as error:
        raise click.UsageError(_sentence(error)) from error
    console.print(
        f"{target}: hidden tests and the course's secret are in it", highlight=False, soft_wrap=True
    )
