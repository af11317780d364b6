"""The made-up class of the demo, handed in and taken in again."""

from pathlib import Path

import pytest
from conftest import LESSONS
from small_lesson import ASSIGNMENT, LESSON, small_course

from autograder.course import Course
from autograder.intake import HandIns, Submission
from autograder.rebuild import rebuild
from autograder.sample_class import SampleStudent, hand_in
from autograder.trial import run_tests

POINTS = {"double": 1, "double_hidden": 2, "total": 1, "total_hidden": 2}


@pytest.fixture
def handed_in(tmp_path: Path) -> tuple[Course, list[SampleStudent], dict[str, Submission]]:
    course = small_course(tmp_path / "course")
    students = hand_in(course, ASSIGNMENT, tmp_path / "submitted")
    found = HandIns(tmp_path / "submitted", ASSIGNMENT, [LESSON])
    return course, students, {name: found.read(name)[0] for name in found.students}


Class = tuple[Course, list[SampleStudent], dict[str, Submission]]


def solutions_of(handed_in: Class, student: str) -> dict[str, str]:
    course, _, found = handed_in
    notebook = found[student].notebook
    assert notebook is not None
    made, _ = rebuild(course.master(ASSIGNMENT, LESSON), notebook)
    helpers = [c.source for c in made.cells if c.id.startswith("added-")]
    texts = {c.id.removesuffix("_solution"): c.source for c in made.cells if c.id.endswith("_solution")}
    return {name: "\n".join([*helpers, text]) for name, text in texts.items()}


def score(handed_in: Class, student: str) -> dict[str, str]:
    outcomes = run_tests(handed_in[0].master(ASSIGNMENT, LESSON), solutions_of(handed_in, student))
    return {name: outcome.status for name, outcome in outcomes.items()}


def test_every_student_is_taken_in_under_a_name_of_no_person(handed_in: Class) -> None:
    _, students, found = handed_in
    assert len(students) >= 10 and [s.name for s in students] == sorted(found)
    assert all(student.what and student.name.isalpha() for student in students)
    assert {s.name for s in students if not s.harmless} == {"granite", "heath", "inlet"}


@pytest.mark.parametrize("student", ["amber", "birch"])
def test_complete_ones_pass_everything(handed_in: Class, student: str) -> None:
    with pytest.warns(UserWarning) if student == "birch" else pytest.MonkeyPatch.context():
        assert set(score(handed_in, student).values()) == {"passed"}


def test_the_other_style_is_another_one_and_noisy_on_stderr(
    handed_in: Class, capsys: pytest.CaptureFixture[str]
) -> None:
    assert solutions_of(handed_in, "birch")["total"] != solutions_of(handed_in, "amber")["total"]
    scope: dict = {}
    exec(solutions_of(handed_in, "birch")["double"], scope)
    with pytest.warns(UserWarning, match="this may take a while"):
        assert scope["double"](3) == 6
    captured = capsys.readouterr()
    assert "working: 100%" in captured.err and captured.out == ""


def test_half_done_and_untouched(handed_in: Class) -> None:
    half = score(handed_in, "cedar")
    assert [half[name] for name in POINTS] == ["passed", "passed", "not_begun", "not_begun"]
    assert set(score(handed_in, "dune").values()) == {"not_begun"}


def test_wrong_ones_are_the_known_mistakes_one_function_each(handed_in: Class) -> None:
    first, second = score(handed_in, "ember"), score(handed_in, "flint")
    assert first["double_hidden"] == "failed"
    assert (second["double_hidden"], second["total_hidden"]) == ("passed", "failed")


def test_the_dangerous_ones_are_what_they_say(handed_in: Class) -> None:
    crashing, looping = solutions_of(handed_in, "granite"), solutions_of(handed_in, "heath")
    assert "    os._exit(3)\n" in crashing["total"]
    with pytest.raises(SystemExit):
        exec(crashing["double"] + "\ndouble(1)", {})
    assert "    while True:\n        pass\n" in looping["total"]


def test_the_cheat_tries_everything_and_is_noticed(handed_in: Class) -> None:
    course, _, found = handed_in
    notebook = found["inlet"].notebook
    assert notebook is not None
    made, events = rebuild(course.master(ASSIGNMENT, LESSON), notebook)
    tampered = {(event.kind, event.cell) for event in events if event.severity == "tamper"}
    assert tampered == {
        ("edited_test", "double"),
        ("changed_metadata", "double"),
        ("tagged_cell", "total_hidden"),
    }
    (cheat,) = [cell.source for cell in made.cells if cell.id.startswith("added-")]
    scope: dict = {}
    exec(cheat.split("\n\n\nfor ")[0] + "\nit = Agreeable()", scope)
    assert scope["it"] == 7 and scope["it"] == "x" and scope["it"] >= 10**9


@pytest.mark.parametrize(
    ("student", "kind"), [("juniper", "not_json"), ("kelp", "missing_notebook"), ("lichen", "symlink")]
)
def test_what_cannot_be_read(handed_in: Class, student: str, kind: str) -> None:
    one = handed_in[2][student]
    assert one.notebook is None and [event.kind for event in one.events] == [kind]


def test_honest_ones_are_not_accused(handed_in: Class) -> None:
    course, _, found = handed_in
    for student in ("amber", "birch", "cedar", "dune", "ember", "flint", "granite", "heath"):
        notebook = found[student].notebook
        assert notebook is not None and found[student].events == []
        assert rebuild(course.master(ASSIGNMENT, LESSON), notebook)[1] == []


def test_one_is_a_zip_and_handing_in_again_gives_the_same_files(tmp_path: Path) -> None:
    course, folder = small_course(tmp_path / "course"), tmp_path / "submitted"
    contents = []
    for _ in range(2):
        hand_in(course, ASSIGNMENT, folder)
        files = sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
        contents.append({path.relative_to(folder).as_posix(): path.read_bytes() for path in files})
    assert "flint.zip" in contents[0] and contents[0] == contents[1]


def test_no_hidden_test_is_handed_in(handed_in: Class) -> None:
    for one in handed_in[2].values():
        for cell in one.notebook.cells if one.notebook else []:
            assert "random_inputs" not in cell.source and "BEGIN" not in cell.source


def test_of_several_lessons_one_is_waited_for(tmp_path: Path) -> None:
    course, folder = small_course(tmp_path / "course"), tmp_path / "submitted"
    for path in (course.source_file, course.answers_file):
        path(ASSIGNMENT, "again").write_text(path(ASSIGNMENT, LESSON).read_text())
    hand_in(course, ASSIGNMENT, folder)
    texts = {path.stem: path.read_text() for path in (folder / "heath" / ASSIGNMENT).glob("*.ipynb")}
    assert sorted(texts) == sorted(course.lessons(ASSIGNMENT)) and len(texts) == 2
    assert ["while True" in texts[lesson] for lesson in course.lessons(ASSIGNMENT)] == [True, False]
    assert all("NotImplementedError" not in text for text in texts.values())


def test_who_did_all_of_it_hands_in_the_trained_weights(tmp_path: Path) -> None:
    course, week = small_course(tmp_path / "course"), ASSIGNMENT
    course.source_file(week, "trained").write_text((LESSONS / "trained.py").read_text())
    hand_in(course, week, tmp_path / "without")
    assert not list((tmp_path / "without").rglob("work"))

    (course.reference / "trained").mkdir(parents=True)
    (course.reference / "trained" / "model.safetensors").write_bytes(b"weights")
    hand_in(course, week, tmp_path / "with")
    found = {
        path.relative_to(tmp_path / "with").as_posix() for path in (tmp_path / "with").rglob("*.safetensors")
    }
    assert found == {f"{name}/{week}/work/trained/model.safetensors" for name in ("amber", "birch")}
