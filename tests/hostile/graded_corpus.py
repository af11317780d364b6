"""Grades the corpus, cases and classmates together, and gathers what came of it.

As a command (`python graded_corpus.py FOLDER WEEK`) it is the coordinator of one run, and leaves its own peak of memory.
Where CORPUS_ON_DASK is set, two workers of a Dask cluster examine.
"""

import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from corpus import COURSE, LESSONS, WEEKS, Case, Week, all_cases

from autograder.course import Course
from autograder.examiner import private_seed
from autograder.grade import Run, grade
from autograder.limits import MEBIBYTE, Limits
from autograder.records import Result

LIMITS = replace(
    Limits(),
    call=2.0,
    cell=4.0,
    submission=90.0,
    cpu=15,
    memory=384 * MEBIBYTE,
    scratch=64 * MEBIBYTE,
    file_size=32 * MEBIBYTE,
)
SECRET = "c0ffee5ec4e7" * 5 + "c0ff"
CANARY = re.compile(r"CANARY-[A-Z]+-[0-9a-f]{6}")
GONE_WITHIN = 20.0


def lay_out(folder: Path, cases: Iterable[Case]) -> Course:
    """A course of the corpus's lessons, what the cases hand in, and things that no submission may find or change."""
    course = Course(folder / COURSE)
    for week in WEEKS:
        source = course.source_file(week.assignment, week.lesson)
        source.parent.mkdir(parents=True)
        shutil.copy(LESSONS / f"{week.lesson}.py", source)
        (folder / "submitted" / week.assignment).mkdir(parents=True)
    (course.root / ".autograder-secret").write_text(SECRET + "\n")
    desk = folder / "desk"
    desk.mkdir()
    (desk / "notes.txt").write_text("CANARY-NOTES-11aa22\n")
    desk.chmod(0o777)
    (desk / "notes.txt").chmod(0o666)
    for case in cases:
        case.hand_in(folder / "submitted" / case.week.assignment)
    return course


def grade_week(folder: Path, week: Week, workers: int = 2) -> None:
    """Grade one week in a process of its own; its peak of memory goes into peak-WEEK.json."""
    environment = {**os.environ, "CANARY": "CANARY-ENVIRONMENT-33bb44"}
    command = [sys.executable, "-W", "ignore", __file__, str(folder), week.assignment, str(workers)]
    subprocess.run(command, cwd=folder / "desk", env=environment, check=True)


@contextlib.contextmanager
def scheduler(course: Course) -> Iterator[str | None]:
    """The address of the cluster that is asked for."""
    if "CORPUS_ON_DASK" not in os.environ:
        yield None
        return
    from distributed import LocalCluster

    own = {"AUTOGRADER_COURSE": str(course.root)}
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address="127.0.0.1:0", env=own) as cluster:
        yield cluster.scheduler_address


def main(folder: Path, assignment: str, workers: int) -> None:
    """Grade one week in this process."""
    course, submitted, out = Course(folder / COURSE), folder / "submitted", folder / "out"
    begun = time.monotonic()
    with scheduler(course) as address:
        grade(
            Run(
                course,
                assignment,
                submitted / assignment,
                out / assignment,
                workers,
                limits=LIMITS,
                scheduler=address,
            )
        )
    status = Path("/proc/self/status").read_text()
    peak = int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) * 1024
    seconds = time.monotonic() - begun
    (folder / f"peak-{assignment}.json").write_text(json.dumps({"peak": peak, "seconds": seconds}))


@dataclass(frozen=True)
class Outcome:
    """What came of one case.

    Args:
        case: the case.
        result: the student's row.
        texts: everything that the student gets or that their code said, by where it was found.
    """

    case: Case
    result: Result
    texts: dict[str, str]

    @property
    def marks(self) -> dict[str, float]:
        """test -> points."""
        return {test.name: test.points for test in self.result.tests}

    @property
    def unearned(self) -> dict[str, float]:
        """What was given beyond what is deserved."""
        return {n: p for n, p in self.marks.items() if p > self.case.marks.get(n, 0)}

    @property
    def lost(self) -> dict[str, float]:
        """What was not given, though it is deserved."""
        return {n: p for n, p in self.case.marks.items() if self.marks.get(n, 0) < p}

    @property
    def leaks(self) -> set[str]:
        """The secrets of others that are to be read in what this student gets, or that their code had."""
        found = {where: secrets_in(text, self.result.student) for where, text in self.texts.items()}
        return {
            f"{secret} in {where}" for where, all_ in found.items() for secret in all_ - set(self.case.owns)
        }

    @property
    def unnamed(self) -> bool:
        """Whether what happened is not said where the case demands it."""
        return not re.search(self.case.says, self.said)

    @cached_property
    def said(self) -> str:
        """Messages, events and outputs, in which a limit has to be named."""
        return "\n".join(text for where, text in self.texts.items() if where != "page")


def secrets_in(text: str, student: str) -> set[str]:
    """The course's secrets that a text holds."""
    seeds = private_seed(bytes.fromhex(SECRET), student)
    names = [name for week in WEEKS for name in week.full]
    secret = [SECRET, *(str(seeds(name)) for name in names)]
    return {*CANARY.findall(text), *(value for value in secret if value in text)}


class Graded:
    """The graded corpus.

    Args:
        folder: where lay_out and grade_week have been.
        cases: those that were handed in.
    """

    def __init__(self, folder: Path, cases: Iterable[Case]) -> None:
        self.folder = folder
        self.cases = {case.name: case for case in cases}
        noticed = folder / "noticed.json"
        self.noticed = json.loads(noticed.read_text()) if noticed.exists() else {}
        self.results = {week.assignment: self._results(week) for week in WEEKS}

    def _results(self, week: Week) -> list[Result]:
        from autograder.results import Results

        path = self.folder / "out" / week.assignment / "results.json"
        return list(Results(path)) if path.exists() else []

    def outcome(self, name: str) -> Outcome:
        """What came of a case.

        Raises:
            LookupError: it has no row in the results, or more than one.
        """
        case = self.cases[name]
        pattern = case.row or re.escape(case.folder.removesuffix(".zip"))
        rows = [r for r in self.results[case.week.assignment] if re.fullmatch(pattern, r.student)]
        if len(rows) != 1:
            raise LookupError(f"{name} has {len(rows)} rows in the results")
        return Outcome(case, rows[0], self._texts(rows[0]))

    def _texts(self, result: Result) -> dict[str, str]:
        out = self.folder / "out" / result.assignment
        page = out / "feedback" / result.student / f"{result.lesson}.html"
        executed = out / "autograded" / result.student / result.assignment / f"{result.lesson}.ipynb"
        texts = {"messages": "\n".join(t.message for t in result.tests)}
        texts["events"] = "\n".join(f"{e.kind}: {e.message}" for e in result.events)
        texts["page"] = page.read_text(encoding="utf-8") if page.exists() else ""
        notebook = json.loads(executed.read_text(encoding="utf-8")) if executed.exists() else {"cells": []}
        for cell in notebook["cells"]:
            texts[f"the outputs of {cell['id']}"] = "\n".join(_said(o) for o in cell.get("outputs", []))
        return texts


def _said(output: dict) -> str:
    lines = [output.get("text", ""), *output.get("data", {}).values(), *output.get("traceback", [])]
    return "\n".join("".join(line) for line in lines)


def children() -> set[int]:
    """All processes that descend from this one."""
    found, waiting = set(), [os.getpid()]
    while waiting:
        for task in Path(f"/proc/{waiting.pop()}/task").glob("*/children"):
            try:
                born = [int(pid) for pid in task.read_text().split()]
            except OSError:
                continue
            waiting += born
            found |= set(born)
    return found


def those_left(before: set[int]) -> set[int]:
    """The processes that are still there some seconds after a run, beyond those that were there before it."""
    deadline = time.monotonic() + GONE_WITHIN
    while (left := _alive(children() - before)) and time.monotonic() < deadline:
        time.sleep(0.2)
    return left


def _alive(pids: set[int]) -> set[int]:
    alive = set()
    for pid in pids:
        try:
            if os.waitpid(pid, os.WNOHANG)[0] == 0:
                alive.add(pid)
        except ChildProcessError:
            alive |= {pid} if Path(f"/proc/{pid}").exists() else set()
    return alive


def snapshot(folder: Path) -> dict[str, tuple]:
    """Everything in a folder: kind, size and time of change; what stands in small files."""
    found = {}
    for path in sorted(folder.rglob("*")):
        about = path.lstat()
        text = (
            path.read_bytes() if path.is_file() and not path.is_symlink() and about.st_size < 10_000 else b""
        )
        found[str(path.relative_to(folder))] = (about.st_mode, about.st_size, about.st_mtime_ns, text)
    return found


if __name__ == "__main__":
    all_cases()
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
