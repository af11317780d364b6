"""CONTRIBUTING.md's exercise in ten minutes, followed to the letter in a copy of the repository."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from markdown_it import MarkdownIt

from autograder.rules import violations
from autograder.source import read_master

WEEK, LESSON, FUNCTION = "week1_foundations", "scratch", "flip_kernel"
SOURCE = Path("course/source") / WEEK / f"{LESSON}.py"
ANSWERS = Path("tests/course/answers") / WEEK / f"{LESSON}.py"
RELEASED = Path("course/release") / WEEK / f"{LESSON}.ipynb"
# The page shows one right and one wrong answer, and asks for three and five.
MORE = """
# %% function="flip_kernel" kind="right" name="numpy"
def flip_kernel(kernel):
    return np.flip(kernel)


# %% function="flip_kernel" kind="right" name="loops"
def flip_kernel(kernel):
    f = len(kernel)
    turned = np.zeros_like(kernel)
    for row in range(f):
        for column in range(f):
            turned[f - 1 - row, f - 1 - column] = kernel[row, column]
    return turned


# %% function="flip_kernel" kind="wrong" name="rows" message="You turned the rows alone; reverse the columns too."
def flip_kernel(kernel):
    return kernel[::-1]


# %% function="flip_kernel" kind="wrong" name="columns" message="You turned the columns alone; reverse the rows too."
def flip_kernel(kernel):
    return kernel[:, ::-1]


# %% function="flip_kernel" kind="wrong" name="same" message="You gave the kernel back as it was; reverse both axes."
def flip_kernel(kernel):
    return kernel


# %% function="flip_kernel" kind="wrong" name="quarter" message="You turned the kernel by a quarter; turn it once more."
def flip_kernel(kernel):
    return np.rot90(kernel)
"""


def page_section(repository: Path) -> str:
    text = (repository / "CONTRIBUTING.md").read_text(encoding="utf-8")
    return re.split(r"^## ", text.partition("## An exercise in ten minutes")[2], maxsplit=1, flags=re.M)[0]


@pytest.fixture(scope="module")
def blocks(repository):
    """What the page shows: how a lesson begins, the text, the solution, both tests, and the answers."""
    tokens = MarkdownIt().parse(page_section(repository))
    found = [token.content for token in tokens if token.type == "fence"]
    assert len(found) == 6
    return found


@pytest.fixture
def first_lines(repository):
    """The first lines of another lesson, up to the first `# %%`."""
    other = sorted(path for path in (repository / SOURCE).parent.glob("*.py"))[0]
    return other.read_text(encoding="utf-8").partition("# %%")[0]


@pytest.fixture
def copy(repository, tmp_path):
    """The files that git knows or would add, in a repository of their own (ruff leaves out what git ignores).

    Of the lessons it has week 1's: the others would be built and collected again and again, and are not touched.
    """
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, cwd=repository, capture_output=True, text=True, check=True).stdout
    for name in filter(None, names.split("\0")):
        if (repository / name).exists() and not re.search("/week[2-9]_", name):
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(repository / name, tmp_path / name, follow_symlinks=False)
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    return tmp_path


def run(copy, *command):
    """A command of step 6, as make would run it, with the copy's own packages: its exit status and what it said."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "CNNKIT"))}
    environment = kept | {"PYTHONPATH": f"{copy / 'lib'}{os.pathsep}{copy / 'autograder'}"}
    done = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=copy,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def judged(copy):
    """`make test ARGS="-k flip_kernel"`, on one core: what passed, what did not, and what was said."""
    _, said = run(
        copy, "pytest", "-m", "not browser and not gpu", "-k", FUNCTION, "-v", "-p", "no:cacheprovider"
    )
    verdicts = dict(re.findall(r"^\S+::(\S+) (PASSED|FAILED|ERROR)", said, re.M))
    return verdicts, said


def test_the_page_followed_step_by_step_makes_an_exercise(copy, blocks, first_lines):
    beginning, *cells, answers = blocks
    (copy / SOURCE).write_text("\n".join([first_lines + beginning, *cells]), encoding="utf-8")
    (copy / ANSWERS).write_text(answers, encoding="utf-8")

    # With the two answers that the page shows, one test says that there are too few, and all others pass.
    verdicts, said = judged(copy)
    failed = {name for name, verdict in verdicts.items() if verdict != "PASSED"}
    assert failed == {f"test_there_are_enough_answers_to_test_with[{FUNCTION}]"}, said[-5000:]

    # With as many as it asks for, step 6 as it stands.
    (copy / ANSWERS).write_text(answers + "\n" + MORE, encoding="utf-8")
    assert run(copy, "ruff", "format", "course", "tests")[0] == 0
    assert f"{RELEASED}: is missing; run make build" in run(copy, "autograder", "build", "--check")[1]
    assert run(copy, "autograder", "build")[0] == 0
    assert run(copy, "ruff", "check", ".") == (0, "All checks passed!\n")
    assert run(copy, "ruff", "format", "--check", ".")[0] == 0
    assert run(copy, "autograder", "build", "--check")[0] == 0  # mypy looks at neither lessons nor answers
    verdicts, said = judged(copy)
    assert set(verdicts.values()) == {"PASSED"}, said[-5000:]
    assert len([name for name in verdicts if f"[{FUNCTION}-" in name]) == 3 + 5

    # Students get the stub, the visible test and what names their mistakes, and nothing of the rest.
    cells = {cell.get("id"): cell.source for cell in nbformat.read(copy / RELEASED, as_version=4).cells}
    assert "raise NotImplementedError()" in cells[f"{FUNCTION}_solution"]
    assert "[::-1, ::-1]" not in cells[f"{FUNCTION}_solution"] and "rot90" not in cells[f"{FUNCTION}_hidden"]
    assert "check.equal" in cells[FUNCTION]
    mistakes = (copy / RELEASED).parent / "mistakes" / f"{LESSON}.json"
    assert mistakes.read_text(encoding="utf-8").count("You ") == 5


@pytest.mark.parametrize(
    ("left_out", "complaint"),
    [
        (2, f"the test '{FUNCTION}' is named after no function that a solution cell defines"),
        (3, f"{FUNCTION} has no visible test"),
        (4, f"{FUNCTION} has no hidden test"),
        (None, None),
    ],
    ids=["solution", "visible test", "hidden test", "nothing"],
)
def test_a_step_that_is_left_out_is_named(left_out, complaint, blocks, tmp_path):
    cells = [block for number, block in enumerate(blocks[:5]) if number != left_out]
    (tmp_path / "scratch.py").write_text("\n\n".join(cells), encoding="utf-8")
    found = violations(read_master(tmp_path / "scratch.py"), LESSON)
    assert any(complaint in one for one in found) if complaint else found == []
