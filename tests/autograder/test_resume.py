"""A run that ends at any moment: nothing done is lost, nothing safe is examined again, and no process stays."""

import contextlib
import csv
import errno
import json
import os
import pickle
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from click.testing import CliRunner
from killable import Again, Nothing
from small_lesson import ASSIGNMENT, LESSON, hand_in, small_course, solved

from autograder import grade as grading
from autograder.build import student_version
from autograder.cli import main
from autograder.examiners import Examination
from autograder.export import export
from autograder.grade import Run, grade, write_feedback
from autograder.gradebook import Book, open_gradebook, own_gradebook
from autograder.journal import NAME, Journal
from autograder.late import ConfigurationInvalid
from autograder.results import Results

pytestmark = pytest.mark.sandbox
HERE = Path(__file__).parent
STUDENTS = "amber birch cedar dune ember flint".split()
FEW = STUDENTS[:3]


def a_class(course, folder):
    """Six students: right, wrong, untouched, damaged."""
    once = "def double(X, times=1):\n    print('times is', times)\n    return X + X"
    for student in STUDENTS:
        hand_in(folder, student, solved(course))
    for student, notebook in (
        ("birch", student_version(course.master(ASSIGNMENT, LESSON))),
        ("cedar", solved(course, double=once)),
    ):
        shutil.rmtree(folder / student)
        hand_in(folder, student, notebook)
    (folder / "ember" / ASSIGNMENT / f"{LESSON}.ipynb").write_text("not a notebook")


class Graded:
    """A class graded without interruption, and a server of runs that grade it again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.course = small_course(folder / "course")
        self.submitted, self.whole, self.log = folder / "submitted", folder / "whole", folder / "log"
        a_class(self.course, self.submitted)
        self.empty = folder / "empty.db"  # to make one takes nbgrader a second
        open_gradebook(f"sqlite:///{self.empty}").close()
        outcomes = {}
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Examination, "collect", keeping(Examination.collect, outcomes))
            self.results = grade(Run(self.course, ASSIGNMENT, self.submitted, self.whole, workers=2))
        (folder / "outcomes").write_bytes(pickle.dumps(outcomes))
        self.argv = [sys.executable, str(HERE / "killable.py"), str(self.log), str(folder / "outcomes")]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        self.server = subprocess.Popen(self.argv, text=True, cwd=self.course.root, **pipes)

    def words(self, out, *more):
        places = ["--submitted", str(self.submitted), "--out", str(out)]
        return ["grade", ASSIGNMENT, *places, "--workers", "2", *more]

    def start(self, out, *more, kill=""):
        """Begin a run; its process. What it prints goes beside its folder."""
        says = str(out.with_suffix(".says"))
        order = {"argv": self.words(out, *more), "says": says, "kill": kill}
        self.server.stdin.write(json.dumps(order) + "\n")
        self.server.stdin.flush()
        return int(self.server.stdout.readline())

    def status(self):
        """The exit status of the run that was begun last, once it has ended."""
        return int(self.server.stdout.readline())

    def begun(self):
        """How often each student's examination has begun."""
        return Counter(self.log.read_text().split()) if self.log.exists() else Counter()


def keeping(collect, outcomes):
    def collecting(examination):
        outcomes[examination.task.student] = collect(examination)
        return outcomes[examination.task.student]

    return collecting


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    graded = Graded(tmp_path_factory.mktemp("graded"))
    yield graded
    graded.server.stdin.close()
    assert graded.server.wait(60) == 0


@pytest.fixture
def fresh(graded):
    graded.log.unlink(missing_ok=True)
    return graded


@pytest.fixture
def out(graded):
    """A folder for results beside the one of the whole run, with a gradebook in which nothing is yet."""
    folder = graded.folder / "out"
    folder.mkdir()
    shutil.copy(graded.empty, folder / "gradebook.db")
    yield folder
    shutil.rmtree(folder)
    folder.with_suffix(".says").unlink(missing_ok=True)


def gradebook(out):
    """How many rows each table has, and what is in those that a run fills."""
    with closing(sqlite3.connect(out / "gradebook.db")) as base:
        tables = [name for (name,) in base.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        counts = {name: base.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in tables}
    return counts, marks(out)


def marks(out, db=None):
    with Book(db or own_gradebook(out)) as book:
        return {
            (one.student.id, grade.name): (
                grade.auto_score, grade.manual_score, grade.needs_manual_grade, grade.max_score,
                [(comment.name, comment.auto_comment) for comment in sorted(notebook.comments, key=lambda c: c.name)],
            )
            for one in book.gradebook.assignment_submissions(ASSIGNMENT)
            for notebook in one.notebooks
            for grade in notebook.grades
        }  # fmt: skip


def files(out):
    """What lies in a folder of results, but for databases and the journal; how long a run took is left out."""
    left_out = ("gradebook.db", NAME)
    found = [path for path in sorted(out.rglob("*")) if path.is_file() and path.name not in left_out]
    contents = {str(path.relative_to(out)): path.read_bytes() for path in found}
    return {name: re.sub(rb'"seconds": [\d.]+', b'"seconds": 0', one) for name, one in contents.items()}


def assert_same(out, whole):
    assert files(out) == files(whole)
    assert gradebook(out) == gradebook(whole)


def safe(out):
    """The students of whom the journal has a whole line, read without the product."""
    path = out / NAME
    lines = path.read_bytes().split(b"\n")[:-1] if path.exists() else []
    return [json.loads(line)["results"][0]["student"] for line in lines]


def until(what, seconds=60.0):
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.005)


def test_runs_killed_at_random_moments_lose_nothing_and_examine_nothing_twice(fresh, out):
    (out / "gradebook.db").unlink()
    chance, kills = random.Random(3), 0
    while kills < 6 or len(set(safe(out))) < len(STUDENTS):
        before, kept, begun = len(safe(out)), set(safe(out)), fresh.begun()
        at_work = kills % 3 and len(kept) < len(STUDENTS)  # else it is killed while it starts
        pid = fresh.start(out, "--resume")
        if at_work:
            until(lambda before=before: len(safe(out)) > before)
        time.sleep(chance.uniform(0, 0.1 if at_work else 0.6))
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        kills += fresh.status() == -signal.SIGKILL
        assert not kept & set(fresh.begun() - begun), "whose outcome was safe was examined again"
    begun = fresh.begun()
    fresh.start(out, "--resume")
    assert fresh.status() == 0 and fresh.begun() == begun
    assert_same(out, fresh.whole)


PLACES = {
    "between the notebook and the journal": ("before examined cedar", 2),
    "in the middle of a line": ("amid examined cedar", 2),
    "between the journal and the gradebook": ("after examined cedar", 1),
    "between the gradebook and the journal": ("before done cedar", 1),
    "in the middle of the last line of a student": ("amid done cedar", 1),
    "after a student is done": ("after done cedar", 1),
}


@pytest.mark.parametrize(("kill", "times"), PLACES.values(), ids=PLACES)
def test_a_run_killed_between_two_writes_goes_on(fresh, out, kill, times):
    fresh.start(out, kill=kill)
    assert fresh.status() == -signal.SIGKILL and not (out / "results.json").exists()
    kept = set(safe(out))
    before = fresh.begun()
    fresh.start(out, "--resume")
    assert fresh.status() == 0
    assert fresh.begun()["cedar"] == times and not kept & set(fresh.begun() - before)
    assert_same(out, fresh.whole)


@pytest.fixture
def again(fresh, monkeypatch):
    """Grade here, with examinations that say again what the real ones said; whose were begun."""
    outcomes = pickle.loads((fresh.folder / "outcomes").read_bytes())
    monkeypatch.setattr(grading, "Examination", partial(Again, fresh.log, outcomes))
    monkeypatch.setattr(grading, "ThisMachine", Nothing)

    def grade_again(run):
        begun = fresh.begun()
        grade(run)
        return sorted(fresh.begun() - begun)

    return grade_again


@pytest.fixture
def run(fresh, tmp_path):
    """A run over a copy of the class, whose lesson and submissions may be changed."""
    course = small_course(tmp_path / "course")
    shutil.copy(fresh.course.root / ".autograder-secret", course.root)
    for student in FEW:
        shutil.copytree(fresh.submitted / student, tmp_path / "submitted" / student)
    (tmp_path / "out").mkdir()
    shutil.copy(fresh.empty, tmp_path / "out" / "gradebook.db")
    return Run(course, ASSIGNMENT, tmp_path / "submitted", tmp_path / "out", workers=3, resume=True)


def test_a_second_run_examines_no_one_with_resume_and_everyone_without(again, run):
    assert again(run) == FEW
    journal, page = run.out / NAME, run.out / "feedback" / "amber" / f"{LESSON}.html"
    before = journal.read_bytes(), page.stat().st_mtime_ns
    assert again(run) == []
    assert (journal.read_bytes(), page.stat().st_mtime_ns) == before
    assert again(replace(run, resume=False)) == FEW
    assert again(run) == []


def test_a_submission_that_was_changed_is_graded_again(again, run):
    again(run)
    path = run.submitted / "amber" / ASSIGNMENT / f"{LESSON}.ipynb"
    path.write_text(path.read_text().replace("2**times", "2**times * 1"))
    assert again(run) == ["amber"]
    path.with_name("timestamp.txt").write_text("2026-03-01 12:00:00.000000 UTC\n")
    shutil.rmtree(run.submitted / "cedar" / ASSIGNMENT)
    assert again(run) == ["amber", "cedar"]
    assert again(run) == []


def test_a_submission_changed_there_and_back_is_graded_each_time(again, run):
    again(run)
    path = run.submitted / "amber" / ASSIGNMENT / f"{LESSON}.ipynb"
    before = path.read_text()
    path.write_text(before.replace("2**times", "2**times * 1"))
    assert again(run) == ["amber"]
    path.write_text(before)
    assert again(run) == ["amber"]


def change(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_everyone_is_graded_again_where_the_course_has_changed(again, run):
    again(run)
    course, picture = run.course, run.course.release / ASSIGNMENT / "picture.png"
    change(course.source_file(ASSIGNMENT, LESSON), "size=5", "size=6")
    assert again(run) == FEW
    change(course.answers_file(ASSIGNMENT, LESSON), "look at times", "see times")
    assert again(run) == FEW
    (course.root / ".autograder-secret").write_text("0" * 64 + "\n")
    assert again(run) == FEW
    picture.parent.mkdir(parents=True)
    picture.write_bytes(b"\x89PNG")
    assert again(run) == FEW
    assert again(run) == []


def test_everyone_is_graded_again_with_other_limits_or_into_another_gradebook(again, run, tmp_path):
    again(run)
    run = replace(run, limits=replace(run.limits, call=9.0))
    assert again(run) == FEW
    assert again(replace(run, workers=1)) == []
    run = replace(run, db=f"sqlite:///{tmp_path / 'another.db'}")
    assert again(run) == FEW


def test_a_lost_gradebook_is_filled_again_and_a_lost_notebook_graded_again(again, run):
    again(run)
    before = marks(run.out)
    (run.out / "gradebook.db").unlink()
    (run.out / "autograded" / "cedar" / ASSIGNMENT / f"{LESSON}.ipynb").write_text("{}")
    assert again(run) == ["cedar"]
    assert marks(run.out) == before


def test_a_gradebook_is_made_whole_or_not_at_all(again, run, monkeypatch):
    def killed(*args, **kwargs):
        raise KeyboardInterrupt

    (run.out / "gradebook.db").unlink()
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr("nbgrader.api.Gradebook.check_course", killed)
        again(run)
    assert not (run.out / "gradebook.db").exists()
    again(run)
    assert gradebook(run.out)[0]["alembic_version"] == 1
    assert [path.name for path in run.out.glob("gradebook*")] == ["gradebook.db"]


def by_hand(out, student, points):
    with Book(own_gradebook(out)) as book:
        grade = book.gradebook.find_grade("double", LESSON, ASSIGNMENT, student)
        grade.manual_score, grade.needs_manual_grade = points, False
        book.gradebook.db.commit()


def test_marks_given_by_hand_between_two_runs_are_kept(fresh, out):
    fresh.start(out, kill="after examined dune")
    assert fresh.status() == -signal.SIGKILL
    by_hand(out, "amber", 0.5)
    fresh.start(out, "--resume")
    assert fresh.status() == 0
    assert marks(out)["amber", "double"][1:3] == (0.5, False)
    fresh.start(out)
    assert fresh.status() == 0
    assert marks(out)["amber", "double"][1:3] == (0.5, False)
    with (out / "grades.csv").open() as file:
        assert {row["student_id"]: row for row in csv.DictReader(file)}["amber"]["score"] == "5.5"


def test_a_torn_line_is_cut_off(again, run):
    again(run)
    whole = (run.out / NAME).read_bytes()
    for torn in (whole + b'{"fit', whole + b"\0" * 40 + b"\n", whole[:-1]):
        (run.out / NAME).write_bytes(torn)
        assert again(run) == []
        assert (run.out / NAME).read_bytes() == whole


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_a_run_in_good_order(fresh, out, number, status):
    pid = fresh.start(out)
    until(lambda: len(safe(out)) >= 2)
    os.kill(pid, number)
    assert fresh.status() == status
    done = list(Results(out / "results.json"))
    said = out.with_suffix(".says").read_text()
    assert 0 < len(done) < len(STUDENTS) and "Traceback" not in said
    assert f"{len(done)} of {len(STUDENTS)} are graded" in said.replace("\n", " ") and "--resume" in said
    with (out / "grades.csv").open() as file:
        assert {row["student_id"] for row in csv.DictReader(file)} == {result.student for result in done}
    fresh.start(out, "--resume")
    assert fresh.status() == 0
    assert fresh.begun().keys() == set(STUDENTS)
    assert_same(out, fresh.whole)


def test_a_second_ctrl_c_ends_at_once(fresh, out):
    pid = fresh.start(out, kill="stuck done amber")
    until(lambda: "amber" in safe(out))
    for _ in range(2):
        time.sleep(0.3)
        os.kill(pid, signal.SIGINT)
    assert fresh.status() == 130
    said = out.with_suffix(".says").read_text()
    assert "Stopped at once" in said and "Traceback" not in said


@pytest.fixture
def command(fresh, monkeypatch):
    monkeypatch.chdir(fresh.course.root)
    monkeypatch.setenv("COLUMNS", "200")
    return lambda *words: CliRunner().invoke(main, list(words))


def test_a_second_run_into_the_same_folder_is_refused(command, fresh, out):
    with Journal(out):
        done = command(*fresh.words(out))
    assert done.exit_code == 2 and "another run is writing into" in done.output
    assert sorted(path.name for path in out.iterdir()) == ["gradebook.db", NAME]


@pytest.mark.parametrize("place", ["submitted/ember/week/doubles.ipynb", "log/out", "/proc/out"])
def test_a_folder_that_cannot_be_made_is_a_sentence(command, fresh, place):
    fresh.log.write_text("")
    done = command(*fresh.words(fresh.folder / place))
    assert done.exit_code in (1, 2) and "Traceback" not in done.output and "Error: " in done.output
    assert isinstance(done.exception, SystemExit) and fresh.begun() == Counter()


def test_progress_is_said_in_plain_lines_where_no_one_watches(fresh, out):
    fresh.start(out)
    assert fresh.status() == 0
    said = out.with_suffix(".says").read_text()
    lines = [line for line in said.splitlines() if " graded, the last " in line]
    assert len(lines) == len(STUDENTS) and re.fullmatch("6 of 6 graded, the last [a-z]+", lines[-1])


def test_a_full_disk_is_a_sentence_and_nothing_safe_is_lost(fresh, out):
    """On a file system of 2 MiB, first with little room and then with enough."""
    says, before, after = (out.with_name(name) for name in ("out.says", "before", "after"))
    order = fresh.folder / "order"
    order.write_text(json.dumps({"argv": fresh.words(out, "--resume"), "says": str(says)}) + "\n")
    run = f"{' '.join(fresh.argv)} < {order}"
    script = f"""set -e
        cp {fresh.empty} {out}/gradebook.db
        head -c 1750000 /dev/zero > {out}/ballast
        {run}
        rm {out}/ballast; cp -r {out} {before}; cp {fresh.log} {before}/log
        {run}
        cp -r {out} {after}
    """
    walls = ["bwrap", "--dev-bind", "/", "/", "--size", str(2**21), "--tmpfs", str(out), "sh", "-c", script]
    printed = subprocess.run(walls, cwd=fresh.course.root, capture_output=True, text=True, check=True).stdout
    assert printed.split()[1::2] == ["1", "0"]
    said = says.read_text()
    assert "Traceback" not in said and "is full" in said and "--resume goes on" in " ".join(said.split())
    begun = Counter((before / "log").read_text().split())
    assert safe(before) and not set(safe(before)) & set(fresh.begun() - begun)
    assert_same(after, fresh.whole)


def test_a_journal_that_cannot_be_written_ends_the_run(again, run, monkeypatch):
    write, written = os.write, []

    def full(file, data):
        written.append(data)
        if len(written) > 3:
            write(file, data[:20])
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(file, data)

    with monkeypatch.context() as patch, pytest.raises(OSError, match="No space left"):
        patch.setattr("autograder.journal.os.write", full)
        again(run)
    assert len(safe(run.out)) == 3
    assert not set(safe(run.out)) & set(again(run))


def test_a_task_whose_sandbox_was_lost_is_examined_again_once(fresh, run, monkeypatch):
    outcomes = pickle.loads((fresh.folder / "outcomes").read_bytes())
    lost = Counter({"amber": 1, "cedar": 2})

    class Losing(Again):
        def collect(self):
            lost[self.task.student] -= 1
            return super().collect() if lost[self.task.student] < 0 else None

    monkeypatch.setattr(grading, "Examination", partial(Losing, fresh.log, outcomes))
    monkeypatch.setattr(grading, "ThisMachine", Nothing)
    results = {result.student: result for result in grade(run)}
    assert fresh.begun() == Counter(amber=2, birch=1, cedar=2)
    assert results["amber"].score == 6
    assert [(test.status, test.message) for test in results["cedar"].tests] == [
        ("not_gradable", "its sandbox was lost twice")
    ] * 4


def alive(pid):
    """The processes below one, itself among them, that have not ended."""
    parents = {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            name, state, parent = re.match(r"(\d+) \(.*\) (\w) (\d+)", status.read_text(), re.DOTALL).groups()
            if state != "Z":
                parents[int(name)] = int(parent)
    found = {pid} & parents.keys()
    while more := {one for one, parent in parents.items() if parent in found} - found:
        found |= more
    return found


def started(pids):
    """The moment at which each process started, which tells it from a later one of the same number."""
    moments = {}
    for pid in pids:
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            moments[pid] = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    return moments


def still(before):
    """Those of some processes that have not ended."""
    now = started(before)
    return {pid for pid, moment in now.items() if before[pid] == moment and alive(pid)}


FROM_A_TERMINAL = """
import signal

signal.signal(signal.SIGINT, signal.default_int_handler)  # what runs the tests may ignore it
from autograder.cli import main

main()
"""


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGKILL, -9)])
def test_no_process_outlives_a_run_that_was_ended(fresh, run, number, status):
    """With real examiners; Ctrl-C in a terminal goes to the whole process group."""
    slow = "import time\n\ntime.sleep(25)\ndef double(X, times=1): return X"
    aster = hand_in(run.submitted, "aster", solved(run.course, double=slow))
    words = ["grade", ASSIGNMENT, "--submitted", run.submitted, "--out", run.out, "--workers", "2"]
    with subprocess.Popen(
        [sys.executable, "-c", FROM_A_TERMINAL, *words], cwd=run.course.root, start_new_session=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    ) as process:  # fmt: skip
        until(lambda: "amber" in safe(run.out))
        before = started(alive(process.pid))
        assert len(before) > 3
        os.killpg(process.pid, number) if number == signal.SIGINT else process.kill()
        assert process.wait(15) == status
        until(lambda: not still(before), 10)
        said = process.stdout.read()
    assert "Traceback" not in said and ("--resume goes on" in " ".join(said.split())) == (
        number == signal.SIGINT
    )
    shutil.rmtree(aster.parents[1])
    kept = set(safe(run.out))
    grade(run)
    assert Counter(safe(run.out)) == Counter(FEW * 2) and kept < {*FEW}
    same = [replace(result, seconds=0) for result in fresh.results if result.student in FEW]
    assert [replace(result, seconds=0) for result in Results(run.out / "results.json")] == same


def results(out):
    """What a run says of its class, but for what differs between databases."""
    return {name: text for name, text in files(out).items() if name != "nbgrader_config.py"}


def test_a_postgresql_server_killed_in_mid_run_loses_nothing_that_was_done(fresh, out, postgres):
    db = postgres.database()
    fresh.start(out, "--db", db, "--workers", "1")
    until(lambda: len(set(safe(out))) >= 2)
    postgres.kill()
    try:
        assert fresh.status() == 1
    finally:
        postgres.start()
    said = " ".join(out.with_suffix(".says").read_text().split())
    assert "Error: the gradebook: " in said and "What is done is kept." in said and "Traceback" not in said
    kept, before = set(safe(out)), fresh.begun()
    assert 2 <= len(kept) < len(STUDENTS)
    fresh.start(out, "--db", db, "--resume")
    assert fresh.status() == 0 and not kept & set(fresh.begun() - before)
    assert results(out) == results(fresh.whole) and marks(out, db) == marks(fresh.whole)


def test_a_locked_gradebook_ends_the_run_in_a_sentence_and_the_next_one_goes_on(fresh, out):
    fresh.start(out, "--db", f"{own_gradebook(out)}?timeout=0.2", "--workers", "1")
    until(lambda: len(set(safe(out))) >= 2)
    with closing(sqlite3.connect(out / "gradebook.db", timeout=60, isolation_level=None)) as base:
        base.execute("BEGIN EXCLUSIVE")
        assert fresh.status() == 1
    said = " ".join(out.with_suffix(".says").read_text().split())
    assert (
        "Error: the gradebook: database is locked. What is done is kept." in said and "Traceback" not in said
    )
    kept, before = set(safe(out)), fresh.begun()
    fresh.start(out, "--db", f"{own_gradebook(out)}?timeout=0.2", "--resume")
    assert fresh.status() == 0 and not kept & set(fresh.begun() - before)
    assert results(out) == results(fresh.whole) and marks(out) == marks(fresh.whole)


def test_another_attempt_takes_the_place_of_the_earlier_one_which_the_journal_keeps(again, run):
    again(run)
    with Book(own_gradebook(run.out)) as book:
        book.gradebook.find_grade("total", LESSON, ASSIGNMENT, "amber").manual_score = 0.5
        book.gradebook.db.commit()
    path = run.submitted / "amber" / ASSIGNMENT / f"{LESSON}.ipynb"
    path.write_text(path.read_text().replace("2**times", "2**times * 1"))
    assert again(run) == ["amber"]
    entries = [json.loads(line) for line in (run.out / NAME).read_text().splitlines()]
    attempts = {
        one["fit"] for one in entries if one["results"][0]["student"] == "amber" and one["state"] == "done"
    }
    assert len(attempts) == 2 and marks(run.out)["amber", "total"][1] == 0.5


POLICY = """
c = get_config()
c.AssignLatePenalties.plugin_class = "autograder.late.PerDay"
c.PerDay.percent = 25
"""


def late(run):
    """What grades.csv takes off amber and everyone, as her page and the class's say it."""
    with (run.out / "grades.csv").open(encoding="utf-8") as file:
        rows = {row["student_id"]: row for row in csv.DictReader(file)}
    taken = float(rows["amber"]["late_submission_penalty"])
    assert float(rows["amber"]["score"]) == float(rows["amber"]["raw_score"]) - taken
    for path, words in (
        (f"feedback/amber/{LESSON}.html", f", with {taken:g} taken off for handing in late"),
        ("class.html", f"late: −{taken:g}<"),
    ):
        assert (words in (run.out / path).read_text(encoding="utf-8")) == bool(taken)
    return taken, sum(float(row["late_submission_penalty"]) for row in rows.values())


def test_late_penalties_follow_policy_due_date_and_extension(again, run):
    (run.submitted / "amber" / ASSIGNMENT / "timestamp.txt").write_text("2026-03-02 12:00:00 UTC\n")
    policy = run.course.root / "course" / "nbgrader_config.py"
    policy.write_text(POLICY)
    again(run)
    assert late(run) == (0, 0)
    due = [
        sys.executable,
        "-m",
        "nbgrader",
        "db",
        "assignment",
        "add",
        ASSIGNMENT,
        "--duedate",
        "2026-03-01 00:00:00 UTC",
    ]
    subprocess.run(due, check=True, cwd=run.out, capture_output=True)
    assert again(run) == [] and late(run) == (3, 3), "a day and a half: two have begun"
    with Book(own_gradebook(run.out)) as book:
        book.gradebook.grant_extension(ASSIGNMENT, "amber", days=1)
    assert again(run) == [] and late(run) == (1.5, 1.5)
    with Book(own_gradebook(run.out)) as book:
        book.gradebook.find_grade("total_hidden", LESSON, ASSIGNMENT, "amber").manual_score = 0.0
        book.gradebook.db.commit()
    write_feedback(Results(run.out / "results.json"), run.out)
    export(Results(run.out / "results.json"), run.out, "csv")
    assert late(run) == (1, 1), "a quarter of what is left"
    assert again(replace(run, resume=False)) == FEW and late(run) == (1, 1)
    policy.write_text("get_config().LateSubmissionPlugin.penalty_method = 'zero'\n")
    assert again(run) == [] and late(run) == (4, 4)
    policy.unlink()
    assert again(run) == [] and late(run) == (0, 0)


BROKEN = {
    "syntax": ("c = ", "cannot be loaded: SyntaxError"),
    "no such method": ("get_config().LateSubmissionPlugin.penalty_method = 'half'", "the late policy .*half"),
    "no such plugin": (
        "get_config().AssignLatePenalties.plugin_class = 'nowhere.Plugin'",
        "the late policy .*nowhere",
    ),
}


@pytest.mark.parametrize(("text", "said"), BROKEN.values(), ids=BROKEN)
def test_a_policy_that_cannot_be_used_is_said_before_anything_is_graded(again, run, fresh, text, said):
    (run.course.root / "course" / "nbgrader_config.py").write_text(text)
    with pytest.raises(ConfigurationInvalid, match=said):
        again(run)
    assert fresh.begun() == Counter()
