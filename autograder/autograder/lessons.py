"""Running lessons whole, as a learner does: solved and untouched, on one core, with time and memory measured."""

import copy
import multiprocessing
import os
import resource
import shutil
import tempfile
import time
import tomllib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NamedTuple

from nbclient import NotebookClient
from nbformat import NotebookNode

from autograder.build import chosen, student_version
from autograder.cells import checkpoints
from autograder.course import Course

MEMORY = 1.8
RECORDINGS = "recordings"
BEGIN, END = "<!-- measured by make lessons -->", "<!-- end of what was measured -->"
NOT_BEGUN = ("NotBegun", "NotImplementedError")


class Ran(NamedTuple):
    """A notebook that was run.

    Args:
        seconds: wall-clock seconds that it took.
        gigabytes: the peak memory of its kernel, in GB (10^9 bytes).
        notebook: it, with its outputs.
    """

    seconds: float
    gigabytes: float
    notebook: NotebookNode

    @property
    def errors(self) -> list[str]:
        """What its cells raised ("NameError: …")."""
        outputs = [output for cell in self.notebook.cells for output in cell.get("outputs", [])]
        return [f"{o.ename}: {o.evalue}" for o in outputs if o.output_type == "error"]


@dataclass(frozen=True)
class Measured:
    """What running a lesson whole took.

    Args:
        lesson: its name, with its assignment where another has one of the same name.
        minutes: wall-clock minutes of the solved notebook on one core.
        budget: the minutes it may take.
        gigabytes: the peak memory of its kernel, in GB (10^9 bytes).
        errors: what the solved notebook raised, and what the untouched one raised beside NotImplementedError.
    """

    lesson: str
    minutes: float
    budget: float
    gigabytes: float
    errors: list[str]

    def complaints(self) -> list[str]:
        """What does not hold, in words; empty when all is well."""
        found = list(self.errors)
        if self.minutes > self.budget:
            found.append(f"{self.lesson}: took {self.minutes:.1f} minutes, and may take {self.budget:g}")
        if self.gigabytes > MEMORY:
            found.append(f"{self.lesson}: used {self.gigabytes:.2f} GB, and may use {MEMORY}")
        return found


def measure(course: Course, lessons: Collection[str] | None = None) -> list[Measured]:
    """Run lessons whole, one after the other.

    Args:
        course: the course.
        lessons: their names; all of them when None.

    Raises:
        KeyError: there is no such lesson, or its name has no budget in course/budgets.toml.
    """
    budgets = tomllib.loads((course.root / "course" / "budgets.toml").read_text(encoding="utf-8"))
    return [
        _measure(course, assignment, lesson, budgets[lesson])
        for assignment, lesson in chosen(course, lessons)
    ]


def _measure(course: Course, assignment: str, lesson: str, budget: float) -> Measured:
    master, assets = course.master(assignment, lesson), course.source / assignment
    errors = [f"{lesson}, recording: {error}" for error in _record(master, assets, course.reference)]
    solved = run_alone(master, assets, keep=course.reference if checkpoints(master) else None)
    untouched = run_alone(student_version(master), assets)
    errors += [f"{lesson}, solved: {error}" for error in solved.errors]
    errors += [f"{lesson}, untouched: {e}" for e in untouched.errors if not e.startswith(NOT_BEGUN)]
    return Measured(course.name_of(assignment, lesson), solved.seconds / 60, budget, solved.gigabytes, errors)


def _record(master: NotebookNode, assets: Path, reference: Path) -> list[str]:
    """Run a lesson up to its last cell tagged `record`, whose long experiments are kept beside it."""
    tagged = [n for n, cell in enumerate(master.cells) if "record" in cell.metadata.get("tags", [])]
    if not tagged:
        return []
    part = NotebookNode(master | {"cells": copy.deepcopy(master.cells[: tagged[-1] + 1])})
    return run_alone(part, assets, keep=assets / RECORDINGS, kept=RECORDINGS, reference=reference).errors


def run_alone(
    notebook: NotebookNode,
    assets: Path,
    seconds: float = 3600,
    keep: Path | None = None,
    kept: str = "work",
    reference: Path | None = None,
) -> Ran:
    """Run a notebook in a fresh kernel on one core.

    Args:
        notebook: the lesson.
        assets: the folder whose files, but for sources and notebooks, lie beside it.
        seconds: that a cell may take.
        keep: where the files go that it wrote into the folder `kept`; they are lost when None.
        kept: `work`, with the weights of trained models; or `recordings`, which are then measured anew.
        reference: where the models of other lessons are; as in CNNKIT_REFERENCE when None.

    Raises:
        ChildProcessError: its process ended without a result.
    """
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_run, args=(notebook, assets, seconds, keep, kept, reference, sender))
    process.start()
    sender.close()
    try:
        return Ran(*receiver.recv())
    except EOFError as error:
        raise ChildProcessError(f"the notebook's process ended (exit status {process.exitcode})") from error
    finally:
        process.join()


def _run(
    notebook: NotebookNode,
    assets: Path,
    seconds: float,
    keep: Path | None,
    kept: str,
    reference: Path | None,
    sender: "multiprocessing.connection.Connection",
) -> None:
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    os.environ["CNNKIT_RECORD"] = "1" if kept == RECORDINGS else ""
    if reference:
        os.environ["CNNKIT_REFERENCE"] = str(reference.resolve())
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(assets, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.py", "*.ipynb"))
        client = NotebookClient(
            notebook, timeout=seconds, allow_errors=True, resources={"metadata": {"path": folder}}
        )
        begun = time.monotonic()
        client.execute()
        taken = time.monotonic() - begun
        if keep and Path(folder, kept).is_dir():
            shutil.copytree(Path(folder, kept), keep, dirs_exist_ok=True)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024 / 1e9
    sender.send((taken, peak, notebook))


def write_table(measured: Sequence[Measured], readme: Path) -> None:
    """Write what was measured into the syllabus, between its two marks; lessons not measured now stay.

    The order is that of the syllabus' links to the lessons; a lesson that has none comes last.

    Raises:
        ValueError: the marks are not there.
    """
    text = readme.read_text(encoding="utf-8")
    if BEGIN not in text or END not in text:
        raise ValueError(f"{readme} lacks the lines {BEGIN} and {END}")
    before, rest = text.split(BEGIN, 1)
    old, after = rest.split(END, 1)
    rows = {line.split("|")[1].strip(): line for line in old.splitlines() if line.startswith("| `")}
    rows |= {
        f"`{m.lesson}`": f"| `{m.lesson}` | {m.minutes:.1f} of {m.budget:g} | {m.gigabytes:.2f} of {MEMORY} |"
        for m in measured
    }
    head = "| lesson | minutes, of its budget | peak memory in GB |\n| --- | --- | --- |\n"
    table = head + "\n".join(rows[name] for name in sorted(rows, key=partial(_place, before))) + "\n"
    readme.write_text(f"{before}{BEGIN}\n\n{table}\n{END}{after}", encoding="utf-8")


def _place(syllabus: str, name: str) -> tuple[int, str]:
    """Where a syllabus links to a lesson; behind everything where it does not."""
    found = syllabus.find(f"/{name.strip('`')}.ipynb)")
    return (found if found >= 0 else len(syllabus), name)
