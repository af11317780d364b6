"""Copies are found however they are disguised, work of one's own is not, and hostile text does no harm."""

import ast
import gc
import json
import os
import re
import time
import weakref
from itertools import combinations

import pytest
from click.testing import CliRunner
from nbformat.v4 import new_code_cell, new_notebook
from small_lesson import ASSIGNMENT, LESSON, hand_in, small_course, solved
from test_feedback import ATTACKS, Elements, assert_safe

from autograder import cells as c
from autograder import similarity
from autograder.answers import read_answers
from autograder.cli import main
from autograder.course import Course
from autograder.intake import Submission
from autograder.similarity import ALIKE, EVIDENCE, Reader, compare, explained, fingerprints, write_similarity

ANSWER = '''def double(X, times=1):
    """Twice the values."""
    # Begin with a copy.
    result = np.array(X, copy=True)
    for step in range(times):
        carried = np.zeros_like(result)
        while carried.any() or step == 0:
            result, carried = np.add(result, result - carried), np.zeros_like(result)
            break
        if step > 100:
            raise ValueError("too often")
    return np.where(np.isfinite(result), result, X * 2**times)
'''
OWN = """def double(X, times=1):
    powers = [2 for _ in range(times)]
    factor = math.prod(powers)
    flat = [factor * value for value in X.ravel().tolist()]
    assert len(flat) == X.size, "one for each"
    return np.asarray(flat, dtype=X.dtype).reshape(X.shape)
"""


def renamed(source):
    """Every name of the cell's own is another, every line has a comment, everything has a hint of a type."""
    names = {}

    class Renaming(ast.NodeTransformer):
        def visit_arg(self, node):
            return ast.arg(names.setdefault(node.arg, f"thing_{len(names)}"), node.annotation)

        def visit_Name(self, node):
            if node.id in names or isinstance(node.ctx, ast.Store):
                return ast.Name(names.setdefault(node.id, f"thing_{len(names)}"), node.ctx)
            return node

        def visit_FunctionDef(self, node):
            self.generic_visit(node)
            for argument in node.args.args:
                argument.annotation = ast.Name("object")
            node.returns = ast.Constant("object")
            node.body.insert(0, ast.Expr(ast.Constant("My own work.")))
            return node

    text = ast.unparse(ast.fix_missing_locations(Renaming().visit(ast.parse(source))))
    return "# All mine.\n" + text.replace("\n", "  # as I thought of it\n\n")


DISGUISES = {
    "as it is": lambda source: source,
    "renamed": renamed,
    "other spaces": lambda source: source.replace("    ", "  ").replace(", ", " ,  ").replace("\n", "\n\n"),
    "other comments": lambda source: re.sub("#.*", "# Quite another one.", source),
    "other strings": lambda source: source.replace("too often", "far\\n%d %s \\\\ times"),
    "no docstring": lambda source: re.sub('""".*?"""\n', "", source),
    "hints of types": lambda source: source.replace("result = np", "result: np.ndarray = np").replace(
        "times=1)", "times: int = 1) -> np.ndarray"
    ),
    "a magic before it": lambda source: "%matplotlib inline\n" + source,
}


def submission(student, lesson=LESSON, **sources):
    """A student's notebook of these solution cells, as intake reads it."""
    about = {"nbgrader": {"solution": True}}
    cells = [
        new_code_cell(text, metadata={"nbgrader": about["nbgrader"] | {"grade_id": f"{name}_solution"}})
        for name, text in sources.items()
    ]
    return Submission(student, ASSIGNMENT, lesson, new_notebook(cells=cells))


@pytest.fixture(scope="module")
def reader():
    with Reader() as reader:
        yield reader


@pytest.fixture
def course(tmp_path):
    return small_course(tmp_path / "course")


def pairs(made):
    return [pair.students for pair in made.pairs]


@pytest.mark.parametrize("disguise", DISGUISES)
def test_a_disguised_copy_is_found(course, reader, disguise):
    copy = DISGUISES[disguise](ANSWER)
    assert fingerprints(copy) == fingerprints(ANSWER)
    given = [
        submission("amber", double=ANSWER),
        submission("birch", double=copy),
        submission("elm", double=OWN),
    ]
    made = compare(course, ASSIGNMENT, given, reader)
    assert pairs(made) == [("amber", "birch")]
    (exercise,) = made.pairs[0].exercises
    assert (exercise.name, exercise.similarity, exercise.texts) == ("double", 1.0, (ANSWER, copy))
    assert made.pairs[0].shared >= EVIDENCE and made.pairs[0].similarity == 1.0


def test_a_copy_with_more_around_it_is_found(course, reader):
    more = ANSWER.replace("    return", "    print(len(result))\n    assert result is not None\n    return")
    given = [submission("amber", double=ANSWER), submission("birch", double=OWN + more)]
    (pair,) = compare(course, ASSIGNMENT, given, reader).pairs
    assert ALIKE <= pair.similarity < 1


def test_what_the_course_hands_out_or_solves_itself_is_no_copy(course, reader):
    solution = c.solutions(course.master(ASSIGNMENT, LESSON).cells)[0].source
    stub = solution.partition("    ### BEGIN")[0] + "    # YOUR CODE HERE\n    raise NotImplementedError()"
    for text in (solution, stub):
        given = [submission("amber", double=text), submission("birch", double=renamed(text))]
        made = compare(course, ASSIGNMENT, given, reader)
        assert pairs(made) == [] and made.explained[0].share == 1.0


def test_short_answers_that_cannot_but_be_alike_are_no_copies(course, reader):
    given = [
        submission(f"student-{n}", double="def double(X, times=1):\n    return X * (2 ** times)")
        for n in range(3)
    ]
    assert pairs(compare(course, ASSIGNMENT, given, reader)) == []


def test_what_many_hand_in_is_common_and_no_copy(course, reader):
    many = [submission(f"student-{n}", double=ANSWER) for n in range(5)]
    made = compare(course, ASSIGNMENT, [*many, submission("elm", double=OWN)], reader)
    assert pairs(made) == []
    assert (made.explained[0].answers, 0.6 < made.explained[0].share < 0.95) == (6, True)
    assert len(compare(course, ASSIGNMENT, many[:4], reader).pairs) == 6


def test_exercises_that_are_only_half_alike_add_up(course, reader):
    shared = ANSWER.partition("        if step")[0]
    one = shared + OWN.partition("\n")[2]
    other = (
        shared
        + "    return [total for total in map(float, result)] or list(reversed([*range(X.size)]))[:: -1 or 3]\n"
    )
    given = [submission("amber", double=one, total=one), submission("birch", double=other, total=other)]
    (pair,) = compare(course, ASSIGNMENT, given, reader).pairs
    assert all(made.similarity < ALIKE for made in pair.exercises) and len(pair.exercises) == 2
    given = [submission("amber", double=one), submission("birch", double=other)]
    assert compare(course, ASSIGNMENT, given, reader).pairs == []


def test_notebooks_of_a_class_are_not_held(course, reader):
    seen = []

    def handed_in():
        for number in range(4):
            one = submission(f"student-{number}", double=ANSWER, more="x" * 100)
            seen.append(weakref.ref(one.notebook))
            yield one
            del one
            gc.collect()
            assert sum(ref() is not None for ref in seen) <= 1

    assert compare(course, ASSIGNMENT, handed_in(), reader).students == len(seen) == 4


def alternatives(course, week):
    """The course's own right answers: lesson and function -> sources, where there are several."""
    found = {}
    for lesson in course.lessons(week):
        for answer in read_answers(course.answers_file(week, lesson)):
            if answer.kind == "right":
                found.setdefault((lesson, answer.function), []).append(answer.source)
    return {key: sources for key, sources in found.items() if len(sources) > 1}


def class_of(found, prefix="s", style=lambda text: text):
    """One student for the first answer to each function, one for the second, and so on."""
    cells = {}
    for (lesson, function), sources in found.items():
        for number, text in enumerate(sources):
            cells.setdefault((f"{prefix}{number}", lesson), {})[function] = style(text)
    return [submission(student, lesson, **answers) for (student, lesson), answers in cells.items()]


def alike(made):
    return {
        (*pair.students, one.lesson, one.name)
        for pair in made.pairs
        for one in pair.exercises
        if one.similarity >= ALIKE and one.shared >= EVIDENCE
    }


def test_the_courses_own_answers_in_several_styles_are_no_copies_and_their_copies_are(repository, reader):
    course, different, listed, long_enough, copies = Course(repository), 0, set(), set(), set()
    for week in course.assignments():
        found = alternatives(course, week)
        different += sum(len(list(combinations(sources, 2))) for sources in found.values())
        made = compare(course, week, class_of(found), reader)
        listed |= alike(made)
        assert len(made.pairs) == len({key[:2] for key in alike(made)}), "nor are they alike in all"
        both = class_of(found) + class_of(found, "copy-", renamed)
        copies |= {
            key for key in alike(compare(course, week, both, reader)) if key[0] == f"copy-{key[1][1:]}"
        }
        known = {
            (lesson, name): prints
            for lesson in course.lessons(week)
            for name, prints in explained(course.master(week, lesson), reader).items()
        }
        for (lesson, function), sources in found.items():
            for number, text in enumerate(sources):
                if len(fingerprints(text) - known[lesson, f"{function}_solution"]) >= EVIDENCE:
                    long_enough.add((f"copy-{number}", f"s{number}", lesson, function))
    assert different > 500 and len(listed) <= 1, listed
    assert len(long_enough) > 250 and copies == long_enough


HOSTILE = {
    "no Python": "def double(:",
    "null": "x = '\0'",
    "surrogate": "x = '\udcff'",
    "long": "x = 1\n" * 10_000,
    "ten megabytes": "x" * 10_000_000,
    "minus": "-" * 19_000 + "1",
    "not": "not " * 4_900 + "x",
    "lambda": "lambda:" * 2_800 + "x",
    "brackets": "[" * 9_000 + "]" * 9_000,
    "braces": "{" * 19_000,
    "calls": "f(" * 6_000,
    "sum": "1+" * 9_900 + "1",
    "power": "2**" * 6_000 + "1",
    "attributes": "x" + ".x" * 9_900,
    "elif": "if x:\n pass\n" + "elif x:\n pass\n" * 1_200,
    "deep": "\n".join(" " * n + "if x:" for n in range(150)),
    "digits": "9" * 19_000,
    "comparison": "x<" * 9_000 + "x",
    "names": "=".join(["x"] * 9_000),
    "quotes": "'" * 19_999,
    "formats": 'f"' + "{" * 5_000,
    "escapes": "'" + "\\" * 19_000 + "'",
    "decorators": "@f(\n" * 4_000,
    "spaces": "x =" + " " * 19_000 + "!",
    "with": "with " + "(" * 3_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_costs_little_and_harms_nobody(reader, name):
    begun = time.monotonic()
    assert isinstance(reader.read(HOSTILE[name]), str | frozenset)
    assert time.monotonic() - begun < 60  # ten, and a new process to read the next
    assert reader.read(ANSWER) == fingerprints(ANSWER)


def ends_itself(source):
    return os._exit(1) if source == "x = 1" else fingerprints(source)


def never_ends(source):
    return time.sleep(600) if source == "x = 1" else fingerprints(source)


@pytest.mark.parametrize("stop", [ends_itself, never_ends])
def test_who_ends_the_process_that_reads_is_left_out_and_the_class_goes_on(monkeypatch, stop):
    monkeypatch.setattr(similarity, "fingerprints", stop)
    with Reader(seconds=2) as reader:
        assert "reading it took over 2 s" in reader.read("x = 1")
        assert reader.read(ANSWER) == fingerprints(ANSWER)


def test_what_cannot_be_compared_is_named(course, reader):
    given = [submission("amber", double="def double(:"), submission("birch", double="x" * 20_001)]
    made = compare(course, ASSIGNMENT, given, reader)
    assert [(one.student, one.name, one.reason) for one in made.left_out] == [
        ("amber", "double", "it cannot be read as Python"),
        ("birch", "double", "it has 20,001 characters, and at most 20,000 are read"),
    ]


@pytest.mark.parametrize("attack", ATTACKS)
def test_nothing_from_a_submission_acts_in_the_page(course, reader, tmp_path, attack):
    hostile = f"{ANSWER}    {json.dumps(attack)}\n"
    given = [
        submission("amber", double=hostile),
        submission("birch", double=hostile),
        submission("elm", double=attack),
    ]
    written = write_similarity(compare(course, ASSIGNMENT, given, reader), tmp_path).read_text(
        encoding="utf-8"
    )
    assert_safe(written)
    assert "carried = np.zeros_like(result)" in Elements(written).text


def test_the_command_reads_what_was_handed_in_and_runs_nothing(course, tmp_path, monkeypatch):
    handed_in, trace = tmp_path / "handed_in", tmp_path / "trace"
    acting = f"open({str(trace)!r}, 'w').close()\n{ANSWER}"
    hand_in(handed_in, "amber", solved(course, double=acting))
    hand_in(handed_in, "birch", solved(course, double=renamed(acting)))
    hand_in(handed_in, "elm", solved(course, double=OWN))
    (handed_in / "fir.zip").write_bytes(b"no zip")
    monkeypatch.chdir(course.root)
    command = ["similar", ASSIGNMENT, "--submitted", str(handed_in), "--out", str(tmp_path / "out")]
    done = CliRunner().invoke(main, command)
    assert done.exit_code == 0 and "1 pairs to look at" in done.output.replace("\n", "")
    entry = json.loads((tmp_path / "out" / "similarity.json").read_text(encoding="utf-8"))
    assert (entry["students"], len(entry["explained"])) == (3, 2)
    (pair,) = entry["pairs"]
    assert pair["students"] == ["amber", "birch"] and set(pair["exercises"][0]) == {
        "lesson", "name", "similarity", "shared",
    }  # fmt: skip
    page = (tmp_path / "out" / "similarity.html").read_text(encoding="utf-8")
    assert "amber and birch" in Elements(page).text and not trace.exists()
    first = (tmp_path / "out" / "similarity.json").read_bytes()
    assert CliRunner().invoke(main, command).exit_code == 0
    assert (tmp_path / "out" / "similarity.json").read_bytes() == first
    assert CliRunner().invoke(main, ["similar", "week9", *command[2:]]).exit_code == 2
