"""The syllabus, syllabus.toml: facts, errata and contents of lessons, each line carried by something that is there."""

import ast
import re
import tomllib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from nbformat import NotebookNode

from autograder import cells as c
from autograder.course import Course

COURSE = Course.find()
TABLE = tomllib.loads((Path(__file__).parent / "syllabus.toml").read_text(encoding="utf-8"))
ROWS = (COURSE.root / "course" / "README.md").read_text(encoding="utf-8")
DRAWS = re.compile(r"show\w*|contact_sheet|display_figure|set_title")
BOX = re.compile(r"^> \*\*(?:The notes say|For the record).*\n?(?:>.*\n?)*", re.M)
WRONG = re.compile(r'^# %% function="(\w+)" kind="wrong" name="(\w+)"', re.M)
WIDGET = re.compile(r"(?:widgets\.|from cnnkit\.widgets(?:\.\w+)? import )(\w+)")


@dataclass(frozen=True)
class Lesson:
    """What a lesson has, by the kinds of carriers that are looked for in it."""

    text: str = ""
    box: str = ""
    figure: str = ""
    cell: str = ""
    tested: str = ""
    exercise: frozenset[str] = frozenset()  # names, and definitions with what they take
    mistake: frozenset[str] = frozenset()
    widget: frozenset[str] = frozenset()
    recording: frozenset[str] = frozenset()


class Carrier(NamedTuple):
    """What carries a line, and the lesson where it should be; none for a test of the suite."""

    lesson: str
    kind: str
    what: str


class Line(NamedTuple):
    """A line of the table: "fact 5a", its lessons, what it says, what carries it."""

    name: str
    lessons: list[str]
    says: str
    carriers: list[Carrier]


def plain(text: str) -> str:
    """Words with single spaces, without the marks of a quotation."""
    return " ".join(re.sub(r"^> ?", "", text, flags=re.M).split())


def strings(node: ast.AST) -> Iterator[str]:
    """The strings in a piece of code, in order; {} stands for what is put into them when it runs."""
    if isinstance(node, ast.JoinedStr):
        yield "".join(part.value if isinstance(part, ast.Constant) else "{}" for part in node.values)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    else:
        for part in ast.iter_child_nodes(node):
            yield from strings(part)


def drawn(source: str) -> str:
    """The titles and the words of the figures that a cell draws."""
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    draws = [call for call in calls if DRAWS.fullmatch(ast.unparse(call.func).split(".")[-1])]
    draws += [
        call for call in calls if call not in draws and {"title", "alt"} & {k.arg for k in call.keywords}
    ]
    return "\n".join(plain(" ".join(strings(call))) for call in draws)


def defined(source: str) -> Iterator[str]:
    """The functions and classes of a cell, each with what it takes."""
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef):
            yield f"{node.name}({ast.unparse(node.args)})"
        elif isinstance(node, ast.ClassDef):
            made = [one for one in node.body if isinstance(one, ast.FunctionDef) and one.name == "__init__"]
            takes = ast.unparse(made[0].args) if made else ""
            yield f"{node.name}({re.sub('^self(, )?', '', takes)})"


def number_of(week: str, master: NotebookNode) -> str:
    """1.2, or 1.q for the quiz of week 1."""
    title = master.cells[0].source.removeprefix("# ")
    return f"{week.removeprefix('week')[0]}.q" if title.startswith("Quiz") else title.split()[0]


def read(week: str, name: str) -> tuple[str, Lesson]:
    """The number of a lesson on disk, and what it has."""
    master, answers = COURSE.master(week, name), COURSE.answers_file(week, name)
    prose = "\n\n".join(cell.source for cell in master.cells if cell.cell_type == "markdown")
    code = [cell for cell in master.cells if cell.cell_type == "code" and not c.is_test(cell)]
    shown = [cell.source for cell in code if not c.is_solution(cell)]
    written = [one for cell in code if c.is_solution(cell) for one in defined(cell.source)]
    alts, images = re.findall(r"!\[(.*?)\]\(", prose, re.S), COURSE.source / week / "images"
    wrong = WRONG.findall(answers.read_text(encoding="utf-8")) if answers.exists() else []
    return number_of(week, master), Lesson(
        text=plain(prose),
        box="\n".join(map(plain, BOX.findall(prose))),
        figure="\n".join([*map(plain, alts), *map(drawn, shown)]),
        cell="\n".join(map(plain, shown)),
        tested="\n".join(plain(test.source) for test in c.tests(master.cells)),
        exercise=frozenset([*written, *(c.exercise(test, master) for test in c.tests(master.cells))]),
        mistake=frozenset(map("/".join, wrong)),
        widget=frozenset(one for one in WIDGET.findall("\n".join(shown)) if (images / f"{one}.png").exists()),
        recording=frozenset(re.findall(r"recordings/(\w+\.json)", "\n".join(shown))),
    )


def suite() -> set[str]:
    """The tests of the repository, as pytest names them, without parameters."""
    found = set()
    for file in (COURSE.root / "tests").rglob("test_*.py"):
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            own = [(f"{node.name}::", one) for one in node.body] if isinstance(node, ast.ClassDef) else []
            found |= {
                f"{file.relative_to(COURSE.root)}::{before}{one.name}"
                for before, one in [("", node), *own]
                if isinstance(one, ast.FunctionDef) and one.name.startswith("test_")
            }
    return found


def lines_of(table: Mapping[str, Any]) -> Iterator[Line]:
    """Line by line. A row's lessons are those that it names; the contents of a lesson are its own."""
    for section in ("fact", "erratum", "contents"):
        for key, row in table[section].items():
            given = row.get("lesson", key if section == "contents" else [])
            lessons = [given] if isinstance(given, str) else given
            for mark, (says, *carriers) in marked(row).items():
                name = f"{section} {key}{' ' * mark.isdigit()}{mark}"
                yield Line(name, lessons, says, [parsed(one, lessons) for one in carriers])


def marked(row: Mapping[str, Any]) -> dict[str, list[str]]:
    """The lines of a row, by their letters or numbers."""
    return {mark: line for mark, line in row.items() if mark != "lesson"}


def parsed(carrier: str, lessons: list[str]) -> Carrier:
    """A carrier from its words; in a row of one lesson, that is where it is."""
    found = re.fullmatch(r"(?:(\d\.\w) )?(\w+): (.+)", carrier)
    if not found:
        return Carrier("", carrier, "")
    lesson, kind, what = found.groups()
    own = lessons[0] if len(lessons) == 1 else ""
    return Carrier("" if kind == "test" else lesson or own, kind, what)


def gaps_in_the_numbers(table: Mapping[str, Any]) -> Iterator[str]:
    """Rows and lines that ought to be there, by their numbers."""
    for section in ("fact", "erratum"):
        if [*table[section]] != [str(number) for number in range(1, table["rows"][section] + 1)]:
            yield f"{section}: the numbers should run from 1 to {table['rows'][section]}"
    for section in ("fact", "erratum", "contents"):
        for key, row in table[section].items():
            marks, first = [*marked(row)], 1 if section == "contents" else ord("a")
            run = [str(n) if section == "contents" else chr(n) for n in range(first, first + len(marks))]
            if marks != run or not run:
                yield f"{section} {key}: its lines should run {', '.join(run) or 'from the first on'}"
    count = len([*lines_of(table)])
    if count != table["rows"]["lines"]:
        yield f"there are {count} lines, and {table['rows']['lines']} are counted"


def is_there(carrier: Carrier, lessons: Mapping[str, Lesson], tests: Collection[str]) -> bool:
    """Whether a lesson, or the suite, has it; what a lesson to come should have may be there one day."""
    number, kind, what = carrier
    if not what or kind == "test":
        return what in tests
    return number not in lessons or what in getattr(lessons[number], kind, "")


def gaps_of_line(line: Line, lessons: Mapping[str, Lesson], tests: Collection[str]) -> Iterator[str]:
    """What a line names that is not there, and what it ought to name."""
    kinds, away = {one.kind for one in line.carriers}, set(line.lessons) - set(lessons)
    if not kinds and not away:
        yield f"{line.name}: nothing carries it"
    for one in line.carriers:
        strange = one.kind != "test" and one.lesson not in line.lessons
        awaited = one.kind == "test" and away
        if strange or not (awaited or is_there(one, lessons, tests)):
            yield f"{line.name}: there is no {one.kind}: {one.what}" + f" in {one.lesson}" * bool(one.lesson)
    if kinds and line.name.startswith("erratum") and "box" not in kinds:
        yield f"{line.name}: no box says so"


def gaps_of_row(section: str, key: str, own: list[Line], away: bool, tests: Collection[str]) -> Iterator[str]:
    """A fact or an erratum: each of its lessons carries some of it, and a test holds it."""
    carriers = [one for line in own for one in line.carriers]
    for number in own[0].lessons:
        if not away and number not in {one.lesson for one in carriers}:
            yield f"{section} {key}: nothing of it is in {number}"
    named = any(one.kind == "test" for one in carriers)
    start = f"tests/course/test_facts.py::test_{section}_{int(key):02}_"
    if not away and not named and not any(test.startswith(start) for test in tests):
        yield f"{section} {key}: no test holds it"


def gaps_of_lesson(number: str, lesson: Lesson, own: list[Carrier]) -> Iterator[str]:
    """Exercises and widgets of a lesson that no line names."""
    if not own:
        yield f"lesson {number}: no line is about it"
    named = {(one.kind, one.what.partition("(")[0]) for one in own}
    there = {("exercise", one) for one in lesson.exercise if "(" not in one}
    there |= {("widget", one) for one in lesson.widget}
    yield from (f"lesson {number}: no line names {kind}: {one}" for kind, one in sorted(there - named))


def gaps(
    table: Mapping[str, Any], lessons: Mapping[str, Lesson], tests: Collection[str], whole: str
) -> list[str]:
    """All that is missing, in a sentence each. Lines about the week after those that are whole may wait for lessons."""
    found, lines, next_week = [*gaps_in_the_numbers(table)], [*lines_of(table)], str(int(max(whole)) + 1)
    for line in lines:
        found += gaps_of_line(line, lessons, tests)
        away = set(line.lessons) - set(lessons)
        found += [f"{line.name}: there is no lesson {one}" for one in sorted(away) if one[0] != next_week]
    for section in ("fact", "erratum"):
        for key in table[section]:
            own = [line for line in lines if re.fullmatch(rf"{section} {key}[a-z]", line.name)]
            away = not set(own[0].lessons) <= set(lessons) if own else True
            found += gaps_of_row(section, key, own, away, tests) if own else []
    for number, lesson in lessons.items():
        named = [one for line in lines for one in line.carriers if one.lesson == number]
        found += gaps_of_lesson(number, lesson, named)
    return found


def whole_weeks() -> str:
    """The numbers of the weeks that course/README.md calls complete: all four, or none."""
    return "1234" if "All four weeks are complete." in ROWS.replace("\n", " ") else ""


def test_nothing_of_the_syllabus_is_missing():
    lessons = dict(read(week, name) for week in COURSE.assignments() for name in COURSE.lessons(week))
    assert whole_weeks() and gaps(TABLE, lessons, suite(), whole_weeks()) == []


def small() -> tuple[dict[str, Any], dict[str, Lesson], set[str]]:
    """A table without a gap, the two lessons that it is about, and the tests that it needs."""
    four, boxes = ["a sum", "text: makes four"], ["1.1 box: It is four", "1.2 figure: {} is four"]
    table = {
        "rows": {"fact": 1, "erratum": 1, "lines": 5},
        "fact": {"1": {"lesson": "1.1", "a": four, "b": ["to write", "exercise: add(a, b)"]}},
        "erratum": {"1": {"lesson": ["1.1", "1.2"], "a": ["not five", *boxes]}},
        "contents": {
            "1.1": {"1": ["sums", "exercise: add", "widget: adder"]},
            "1.2": {"1": ["more", "cell: print(4)"]},
        },
    }
    lessons = {
        "1.1": Lesson(
            text="Two and two makes four.",
            box="The notes say… five. It is four.",
            exercise=frozenset({"add", "add(a, b)"}),
            widget=frozenset({"adder"}),
        ),
        "1.2": Lesson(figure="{} is four", cell="print(4)"),
    }
    facts = "tests/course/test_facts.py::test_"
    return table, lessons, {f"{facts}fact_01_four", f"{facts}erratum_01_not_five"}


def put(place: str, value: Any) -> Any:
    """A change of the small table: what stands at fact/1/a, say."""

    def change(table: dict[str, Any], lessons: dict[str, Lesson], tests: set[str]) -> None:
        *way, last = place.split("/")
        for step in way:
            table = table[step]
        table[last] = value

    return change


def on_disk(number: str, **has: Any) -> Any:
    """A change of what a lesson of the small course has."""

    def change(table: dict[str, Any], lessons: dict[str, Lesson], tests: set[str]) -> None:
        lessons[number] = replace(lessons.get(number, Lesson()), **has)

    return change


def test_a_small_table_has_no_gap_and_may_wait_for_lessons_to_come():
    table, lessons, tests = small()
    assert gaps(table, lessons, tests, "1") == []
    table["fact"]["2"] = {"lesson": "2.1", "a": ["to be taught yet"]}
    table["fact"]["3"] = {
        "lesson": "2.1",
        "a": ["and tested", "text: Taught", "test: tests/test_x.py::test_y"],
    }
    table["rows"] |= {"fact": 3, "lines": 7}
    assert gaps(table, lessons, tests, "1") == []
    assert [gap[:7] for gap in gaps(table, lessons, tests, "12")] == ["fact 2a", "fact 3a"]
    lessons["2.1"] = Lesson(text="Taught now.")
    found = gaps(table, lessons, tests, "1")
    assert "fact 2a: nothing carries it" in found
    assert "fact 3a: there is no test: tests/test_x.py::test_y" in found


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (put("rows/fact", 2), "fact: the numbers should run from 1 to 2"),
        (put("fact", {}), "fact: the numbers should run from 1 to 1"),
        (put("fact/1/d", ["a letter too far", "text: makes four"]), "fact 1: its lines should run a, b, c"),
        (put("fact/1", {"lesson": "1.1"}), "fact 1: its lines should run from the first on"),
        (put("rows/lines", 6), "there are 5 lines, and 6 are counted"),
        (put("fact/1/a", ["a sum"]), "fact 1a: nothing carries it"),
        (put("fact/1/a", ["a sum", "text: makes five"]), "fact 1a: there is no text: makes five in 1.1"),
        (put("fact/1/a", ["a sum", "text: print(4)"]), "fact 1a: there is no text: print(4) in 1.1"),
        (put("fact/1/b", ["it", "exercise: add(a)"]), "fact 1b: there is no exercise: add(a) in 1.1"),
        (put("fact/1/b", ["it", "mistake: add/minus"]), "fact 1b: there is no mistake: add/minus in 1.1"),
        (put("fact/1/a", ["a sum", "prose: makes four"]), "fact 1a: there is no prose: makes four in 1.1"),
        (put("fact/1/a", ["a sum", "makes four"]), "fact 1a: there is no makes four"),
        (put("fact/1/a", ["a sum", "text: "]), "fact 1a: there is no text: "),
        (put("fact/1/a", ["a sum", "1.2 cell: print(4)"]), "fact 1a: there is no cell: print(4) in 1.2"),
        (put("fact/1/a", ["a sum", "test: tests/test_x.py::test_y"]), "there is no test: tests/test_x.py::test_y"),
        (put("erratum/1/a", ["not five", "1.1 text: four", "1.2 figure: four"]), "erratum 1a: no box says so"),
        (put("erratum/1/a", ["not five", "1.1 box: It is four"]), "erratum 1: nothing of it is in 1.2"),
        (put("erratum/1/a", ["not five", "box: It is four"]), "erratum 1a: there is no box: It is four"),
        (put("contents/1.1/1", ["sums", "exercise: add"]), "lesson 1.1: no line names widget: adder"),
        (put("contents/1.2", {}), "contents 1.2: its lines should run from the first on"),
        (put("fact/1/lesson", "3.1"), "fact 1a: there is no lesson 3.1"),
        (on_disk("1.3"), "lesson 1.3: no line is about it"),
        (on_disk("1.1", exercise=frozenset({"add", "add(a, b)", "sub"})), "no line names exercise: sub"),
        (lambda table, lessons, tests: lessons.pop("1.2"), "erratum 1a: there is no lesson 1.2"),
        (lambda table, lessons, tests: tests.clear(), "fact 1: no test holds it"),
    ],
)  # fmt: skip
def test_a_gap_in_a_small_table_is_noticed(change, said):
    table, lessons, tests = small()
    change(table, lessons, tests)
    assert any(said in gap for gap in gaps(table, lessons, tests, "1"))


def test_words_of_figures_are_those_of_their_calls():
    code = """
word = "not shown"
pictures.show({"a": x}, title=f"{n:.0%} of " f"{m} fit", alt="One. " + "Two.")
hang(y, title="On a wall")
print("nor this")
"""
    assert drawn(code).split("\n") == ["a {} of {} fit One. Two.", "On a wall"]


def test_boxes_end_with_their_quotation():
    prose = "> **The notes say…** that it\n> is five.\n\nIt is not.\n\n> Another quotation.\n"
    assert [plain(box) for box in BOX.findall(prose)] == ["**The notes say…** that it is five."]
