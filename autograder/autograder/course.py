"""Where things lie in a course's repository."""

import os
import re
import secrets
from dataclasses import dataclass
from pathlib import Path

from nbformat import NotebookNode

from autograder.limits import Limits, read_limits
from autograder.source import read_master, with_desk, with_gaps, with_progress

OPTIMIZERS = ("torch._dynamo",)  # imported by the first one that is made


@dataclass(frozen=True)
class Course:
    """A course's repository.

    Args:
        root: the folder that holds `course/`.
    """

    root: Path

    @classmethod
    def find(cls, start: Path | None = None) -> "Course":
        """The course that `start` (the current folder) lies in.

        Raises:
            FileNotFoundError: no folder from here up holds course/source.
        """
        here = (start or Path.cwd()).resolve()
        for folder in (here, *here.parents):
            if (folder / "course" / "source").is_dir():
                return cls(folder)
        raise FileNotFoundError(
            f"no course/source in {here} or above it: run this inside the course's repository"
        )

    @property
    def source(self) -> Path:
        """The lessons' sources, a folder an assignment."""
        return self.root / "course" / "source"

    @property
    def start_file(self) -> Path:
        """The source of the page that students begin on; a course may be without one."""
        return self.source / "start_here.py"

    @property
    def release(self) -> Path:
        """The students' notebooks, built and committed."""
        return self.root / "course" / "release"

    @property
    def reference(self) -> Path:
        """Trained weights that quick runs start from, a folder a lesson: never beside what students get."""
        return self.root / "course" / "reference"

    @property
    def answers(self) -> Path:
        """Correct answers in other styles and the mistakes that learners make, a file a lesson."""
        return self.root / "tests" / "course" / "answers"

    @property
    def build(self) -> Path:
        """nbgrader's course folder: git-ignored."""
        return self.root / "build"

    def assignments(self) -> list[str]:
        """The names of the assignments (weeks)."""
        return sorted(folder.name for folder in self.source.iterdir() if any(folder.glob("*.py")))

    def lessons(self, assignment: str) -> list[str]:
        """The names of an assignment's lessons.

        Raises:
            KeyError: there is no such assignment.
        """
        found = sorted(path.stem for path in (self.source / assignment).glob("*.py"))
        if not found:
            raise KeyError(f"no assignment {assignment!r}: there are {', '.join(self.assignments())}")
        return found

    def name_of(self, assignment: str, lesson: str) -> str:
        """What names a lesson alone: with its assignment where another assignment has one of the same name."""
        shared = sum(lesson in self.lessons(week) for week in self.assignments()) > 1
        return f"{assignment}/{lesson}" if shared else lesson

    def source_file(self, assignment: str, lesson: str) -> Path:
        """The one file that a lesson is written in."""
        return self.source / assignment / f"{lesson}.py"

    def answers_file(self, assignment: str, lesson: str) -> Path:
        """The file of a lesson's other answers, right and wrong."""
        return self.answers / assignment / f"{lesson}.py"

    def master(self, assignment: str, lesson: str) -> NotebookNode:
        """The lesson's notebook with solutions and hidden tests, and what every lesson has at its ends."""
        return with_gaps(with_desk(with_progress(read_master(self.source_file(assignment, lesson)))))

    def loads(self, assignment: str) -> tuple[str, ...]:
        """What examining an assignment loads beside what every one needs: for an optimizer torch loads much more."""
        files = [self.source_file(assignment, lesson) for lesson in self.lessons(assignment)]
        lines = [line for file in files for line in file.read_text(encoding="utf-8").splitlines()]
        code = [line for line in lines if not line.startswith("#")]
        return OPTIMIZERS if any(re.search(r"optim|\bfit\b|train", line) for line in code) else ()

    def files(self, assignment: str) -> dict[str, bytes]:
        """What outcomes of an assignment depend on, by path: sources, answers, what lies beside the notebooks."""
        lessons = self.lessons(assignment)
        paths = [self.source_file(assignment, lesson) for lesson in lessons]
        paths += [self.answers_file(assignment, lesson) for lesson in lessons]
        paths += [path for path in (self.release / assignment).rglob("*") if path.suffix != ".ipynb"]
        return {str(path.relative_to(self.root)): path.read_bytes() for path in paths if path.is_file()}

    def limits(self) -> Limits:
        """What a submission may use, as course/limits.toml states it.

        Raises:
            LimitsInvalid: the file cannot be used.
        """
        return read_limits(self.root / "course" / "limits.toml")

    @property
    def secret_file(self) -> Path:
        """Where the course's own secret is kept."""
        return self.root / ".autograder-secret"

    def secret(self) -> bytes:
        """The course's own secret, from which every student's seeds derive: made once, kept, never committed."""
        path = self.secret_file
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return bytes.fromhex(path.read_text(encoding="ascii").strip())
        with os.fdopen(handle, "w", encoding="ascii") as file:
            value = secrets.token_bytes(32)
            file.write(value.hex() + "\n")
        return value
