"""Stock nbgrader on one case of the corpus at a time, for real, within walls of its own.

The walls keep this machine whole and say nothing about nbgrader, which has none: inside them the gradebook and the
course are writable to whoever runs `nbgrader autograde`, as they are for a person who does.
"""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

import nbformat
from bs4 import BeautifulSoup
from corpus import WEEKS, Case
from graded_corpus import CANARY
from nbgrader.api import Gradebook, MissingEntry

WALL = 60
TIMED_OUT = 124  # as timeout(1) has it; above it are signals
MODEL = "amber", "fern", "flint"  # honest classmates who are graded before, one a week
OUTSIDE = os.pathsep.join([str(Path(sys.executable).parent), os.defpath])
LIMITS = [
    "prlimit",
    "--as=4294967296",
    "--nproc=200",
    "--fsize=200000000",
    "--cpu=120",
    "--nofile=1024",
    "--core=0",
    "--",
]
# Loads nbgrader once, and runs the two commands as their own processes do after the same import.
INSIDE = """
import os, sys
from nbgrader.apps import NbGraderApp
failed = 0
for bit, command in enumerate(("autograde", "generate_feedback")):
    pid = os.fork()
    if pid == 0:
        sys.argv = ["nbgrader", command, sys.argv[1], "--student=" + sys.argv[2]]
        NbGraderApp.launch_instance()
        os._exit(0)
    failed |= (os.waitpid(pid, 0)[1] != 0) << bit
sys.exit(failed)
"""


@dataclass
class Verdict:
    """What became of a case in stock nbgrader.

    Args:
        marks: what its gradebook gives, None where it gives nothing.
        words: "unearned", "lost", "leaked", "wrote the gradebook", "live page", "ended with an error", "stopped
            the run"; "honest" for none.
    """

    marks: dict[str, float] | None
    words: list[str] = field(default_factory=list)


class StockCourse:
    """A course of nbgrader in its default configuration, with honest classmates already graded.

    Args:
        folder: where it goes.
        weeks: its assignments.
        classmates: honest submissions, by week.
    """

    def __init__(self, folder: Path, classmates: Iterable[Case]) -> None:
        self.folder = folder
        for week in WEEKS:
            source = folder / "source" / week.assignment / f"{week.lesson}.ipynb"
            source.parent.mkdir(parents=True)
            nbformat.write(week.master, source)
            command = [sys.executable, "-m", "nbgrader", "generate_assignment", week.assignment]
            subprocess.run(
                command, cwd=folder, check=True, capture_output=True, env={**os.environ, "PATH": OUTSIDE}
            )
        for case in classmates:
            case.hand_in(folder / "submitted")
        for case in classmates:
            if status := run_inside(folder, case.week.assignment, case.folder, 0):
                raise RuntimeError(f"stock nbgrader ends with {status} for {case.name}")
        self.pages = {c.week.assignment: liveliness(self._page(folder, c, c.folder)) for c in classmates}
        self.rows = rows(folder / "gradebook.db", "nobody")

    @staticmethod
    def _page(folder: Path, case: Case, student: str) -> str:
        page = folder / "feedback" / student / case.week.assignment / f"{case.week.lesson}.html"
        return page.read_text(encoding="utf-8", errors="replace") if page.is_file() else ""

    def verdict(self, case: Case, folder: Path, number: int) -> Verdict:
        """Grade one case in a throw-away copy of the course."""
        shutil.copytree(self.folder, folder, symlinks=True)
        try:
            case.hand_in(folder / "submitted")
            status = run_inside(folder, case.week.assignment, case.folder, number)
            return self._judge(case, folder, status)
        finally:
            subprocess.run(["rm", "-rf", "--", str(folder)], check=True)

    def _judge(self, case: Case, folder: Path, status: int) -> Verdict:
        given = marks_of(folder / "gradebook.db", case)
        verdict = Verdict(given)
        page = self._page(folder, case, case.folder)
        for word, holds in (
            ("stopped the run", status >= TIMED_OUT),
            ("ended with an error", 0 < status < TIMED_OUT),
            ("unearned", any(p > (case.earned or case.marks)[n] for n, p in (given or {}).items())),
            ("lost", any((given or {}).get(n, 0) < p for n, p in case.marks.items())),
            ("leaked", bool(leaks(folder, case))),
            ("wrote the gradebook", rows(folder / "gradebook.db", case.folder) != self.rows),
            ("live page", liveliness(page) > self.pages[case.week.assignment]),
        ):
            if holds:
                verdict.words.append(word)
        verdict.words = verdict.words or ["honest"]
        return verdict


def run_inside(folder: Path, assignment: str, student: str, number: int) -> int:
    """Run autograde and generate_feedback within walls, as a user of no rights; the exit status."""
    user = str(2_300_000 + number)
    subprocess.run(["chown", "-R", "-h", f"{user}:{user}", str(folder)], check=True)
    rights = [
        "--clear-groups",
        "--no-new-privs",
        "--inh-caps=-all",
        "--ambient-caps=-all",
        "--bounding-set=-all",
    ]
    command = [*_walls(folder), "setpriv", f"--reuid={user}", f"--regid={user}", *rights, *LIMITS]
    command += [sys.executable, "-c", INSIDE, assignment, student]
    with (folder.parent / f"{folder.name}.log").open("wb") as log:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            return process.wait(timeout=WALL)
        except subprocess.TimeoutExpired:
            return TIMED_OUT
        finally:
            process.kill()
            process.wait()


def _walls(folder: Path) -> list[str]:
    packages = Path(find_spec("cnnkit").origin).parent.parent
    shown = sorted({sys.prefix, sys.base_prefix, os.path.realpath(sys.base_prefix), str(packages)})
    argv = ["bwrap", "--die-with-parent", "--new-session", "--clearenv", "--ro-bind", "/", "/"]
    argv += [word for kind in ("pid", "ipc", "net", "uts") for word in (f"--unshare-{kind}",)]
    argv += [
        "--cap-drop",
        "ALL",
        "--cap-add",
        "CAP_SETUID",
        "--cap-add",
        "CAP_SETGID",
        "--cap-add",
        "CAP_SETPCAP",
    ]
    for hidden in ("/root", "/home", "/work", "/run", "/var/tmp"):
        argv += ["--tmpfs", hidden] if Path(hidden).is_dir() else []
    argv += ["--proc", "/proc", "--dev", "/dev"]
    for scratch in ("/tmp", "/dev/shm"):
        argv += ["--perms", "1777", "--size", "300000000", "--tmpfs", scratch]
    above = sorted(
        {str(parent) for place in shown for parent in Path(place).parents if len(parent.parts) > 2}
    )
    argv += [word for place in above for word in ("--perms", "0755", "--dir", place)]
    argv += [word for place in shown for word in ("--ro-bind", place, place)]
    variables = {
        "PATH": OUTSIDE, "HOME": "/tmp", "LANG": "C.UTF-8", "PYTHONPATH": str(packages), "CNNKIT_GRADING": "1",
        "CNNKIT_QUICK": "1", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "CANARY": "CANARY-ENVIRONMENT-33bb44",
    }  # fmt: skip
    argv += [word for name, value in variables.items() for word in ("--setenv", name, value)]
    return [*argv, "--bind", str(folder), "/tmp/course", "--chdir", "/tmp/course", "--"]


def marks_of(book: Path, case: Case) -> dict[str, float] | None:
    """test -> points of a case in a gradebook, None where it has none."""
    student = case.folder.encode("utf-8", "replace").decode()  # what is no text is in no gradebook
    try:
        with Gradebook(f"sqlite:///{book}") as gradebook:
            found = gradebook.find_submission_notebook(case.week.lesson, case.week.assignment, student)
            return {grade.name: grade.score for grade in found.grades}
    except MissingEntry:
        return None


def rows(book: Path, student: str) -> list[tuple]:
    """All that a gradebook says of points and of students other than one, and every mark given by hand."""
    connection = sqlite3.connect(book)
    try:
        others = connection.execute(
            "select s.student_id, g.auto_score, g.manual_score, g.extra_credit, g.needs_manual_grade from grade g "
            "join submitted_notebook n on g.notebook_id = n.id "
            "join submitted_assignment s on n.assignment_id = s.id "
            "where s.student_id != ? or g.manual_score is not null order by g.id",
            (student.encode("utf-8", "replace").decode(),),
        )
        cells = connection.execute("select id, max_score from grade_cells order by id")
        return [*others, *cells]
    except sqlite3.DatabaseError as error:
        return [(str(error),)]
    finally:
        connection.close()


def leaks(folder: Path, case: Case) -> set[str]:
    """Canaries in what the learner's cells gave, and in what tests printed (their own source is no leak)."""
    path = folder / "autograded" / case.folder / case.week.assignment / f"{case.week.lesson}.ipynb"
    if not path.is_file():
        return set()
    text = ""
    for cell in json.loads(path.read_text(encoding="utf-8", errors="replace"))["cells"]:
        outputs = cell.get("outputs", [])
        if cell.get("metadata", {}).get("nbgrader", {}).get("grade"):
            outputs = [output for output in outputs if output.get("output_type") == "stream"]
        text += json.dumps(outputs)
    return set(CANARY.findall(text)) - set(case.owns)


def liveliness(page: str) -> int:
    """How many things in a page run, or are loaded from elsewhere."""
    live = 0
    for tag in BeautifulSoup(page, "html.parser").find_all(True):
        live += tag.name in ("script", "iframe", "object", "embed", "form", "base", "meta", "link", "style")
        live += sum(key.startswith("on") for key in tag.attrs)
        live += any(str(value).lower().strip().startswith("javascript:") for value in tag.attrs.values())
        live += str(tag.attrs.get("src", "")).startswith(("http:", "//"))
    return live
