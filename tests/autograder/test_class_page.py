"""The page about a class: its figures are right, it stays light, and nothing from a submission acts in it."""

import dataclasses
import re
import time
from datetime import UTC, datetime

import graded_lesson as lesson
import pytest
from nbgrader.api import Grade
from test_feedback import ATTACKS, Elements, assert_safe

from autograder.class_page import write_class_page
from autograder.gradebook import Book, Exercise, Total
from autograder.records import NOTHING_HANDED_IN, Event

EDITED = Event(
    "edited_test", "tamper", "double", "The text of this test differs.\n- check(double)\n+assert True"
)


class Marks:
    """A gradebook that says what it is told, by (student, lesson), and of all others nothing."""

    def __init__(self, **totals):
        self.known = {tuple(key.split("__")): total for key, total in totals.items()}

    def totals(self, assignment):
        return {(student, assignment, name): total for (student, name), total in self.known.items()}

    def exercises(self, assignment, name):
        return {test: Exercise(test.removesuffix("_hidden"), f"{test}_solution") for test in lesson.POINTS}


def page(out, *results, marks=None):
    return write_class_page(results, out, marks or Marks()).read_text(encoding="utf-8")


def text(written):
    return " ".join(Elements(re.sub(r"<(?=\w)", " <", written)).text.split())


def failing(student, mistake="whole division", **changes):
    """Someone who passes `double` and makes one mistake on both tests of `halve`."""
    about = {"status": "failed", "points": 0.0, "message": lesson.MESSAGE, "mistake": mistake}
    tests = [dataclasses.replace(t, **about) if "halve" in t.name else t for t in lesson.result().tests]
    return lesson.result(student, tests, **changes)


def not_begun(student):
    message = "{}: not begun, or not finished: line 2 still raises NotImplementedError."
    tests = [
        dataclasses.replace(
            t, status="failed", points=0.0, message=message.format(t.name.removesuffix("_hidden"))
        )
        for t in lesson.result().tests
    ]
    return lesson.result(student, tests)


def nothing(student):
    missing = {"status": "failed", "points": 0.0, "message": NOTHING_HANDED_IN}
    return lesson.result(student, [dataclasses.replace(t, **missing) for t in lesson.result().tests])


def test_scores_are_about_those_who_handed_in(tmp_path):
    shown = text(
        page(tmp_path, lesson.result("amber"), failing("birch"), not_begun("cedar"), nothing("dune"))
    )
    assert "3 of 4 handed in. Of 7 points the mean is 3.67, the median 4." in shown
    assert "0–9 % 1 10–19 % 0" in shown and "50–59 % 1" in shown and "100 % 1" in shown
    assert "double 2 0 1 0 halve 1 1 1 0" in shown, "passed, failing, not begun, not gradable"


@pytest.mark.parametrize(
    ("score", "most", "label"),
    [
        (0.0, 7.0, "0–9 %"),
        (6.99, 7.0, "90–99 %"),
        (7.0, 7.0, "100 %"),
        (0.3, 3.0, "10–19 %"),
        (9.0, 7.0, "100 %"),
    ],
)
def test_each_score_is_in_one_bar(tmp_path, score, most, label):
    tests = [dataclasses.replace(lesson.verdict("double"), max_points=most)]
    marks = Marks(amber__numbers=Total(score, 0.0, 0))
    found = re.findall(
        r'<th scope="row">([^<]+)</th><td><span class="bar w50">',
        page(tmp_path, lesson.result("amber", tests), marks=marks),
    )
    assert found == [label]


def test_hardest_tests_come_first_and_those_that_all_passed_are_counted(tmp_path):
    shown = text(page(tmp_path, lesson.result("amber"), failing("birch"), not_begun("cedar")))
    hard = shown[shown.index("Hardest tests The share") :]
    assert "halve numbers 33 % 1 1 1 halve_hidden numbers 33 % 1 1 1 double numbers 67 % 2 0 1" in hard
    assert "0 tests were passed by everyone." in hard
    assert "4 tests were passed by everyone." in text(page(tmp_path, lesson.result("amber")))


def test_what_nobody_has_begun_is_counted_and_not_listed(tmp_path):
    shown = text(page(tmp_path, not_begun("amber"), not_begun("birch")))
    hard = shown[shown.index("Hardest tests 0") : shown.index("Common mistakes None")]
    assert hard.strip() == "Hardest tests 0 tests were passed by everyone. 4 more tests nobody has begun."
    assert "nobody has begun" not in text(page(tmp_path, not_begun("amber"), failing("birch")))


def test_what_could_not_be_judged_makes_no_test_harder(tmp_path):
    shown = text(page(tmp_path, lesson.half_right("amber"), lesson.result("birch")))
    assert "halve_hidden numbers" not in shown and "halve numbers 50 % 1 1 0" in shown


def test_a_mistake_is_told_with_its_sentence_and_counts_a_student_once(tmp_path):
    results = [failing("amber"), failing("birch"), failing("cedar", "rounds up"), lesson.result("dune")]
    shown = text(page(tmp_path, *results))
    assert "whole division halve numbers You divided with //. 2 students amber, birch" in shown
    assert shown.index("whole division") < shown.index("rounds up halve")
    assert "None was recognised." in text(page(tmp_path, lesson.result("dune")))


def test_marks_by_hand_penalties_and_what_waits(tmp_path):
    marks = Marks(amber__numbers=Total(6.5, 1.5, 0), birch__numbers=Total(1.0, 3.0, 2))
    shown = text(page(tmp_path, lesson.half_right("amber"), lesson.half_right("birch"), marks=marks))
    assert "amber 5 late: −1.5 5 / 7" in shown
    assert "birch 0 2 to mark late: −3 0 / 7" in shown
    assert "To mark by hand What could not be judged" in shown and "birch, numbers: 2 tests" in shown
    assert "amber, numbers:" not in shown, "someone marked it"


def test_the_total_is_of_the_week(tmp_path):
    second = dataclasses.replace(failing("amber"), lesson="more")
    written = page(tmp_path, lesson.result("amber"), second, lesson.result("birch"))
    assert "amber 4 7 11 / 14" in text(written)
    assert "birch 7 7 / 7" in text(written)


def test_it_links_to_the_feedback_pages_and_to_the_report(tmp_path):
    folder = tmp_path / "feedback" / "é+@ b"
    folder.mkdir(parents=True)
    (folder / "numbers.html").write_text("")
    found = Elements(page(tmp_path, lesson.result("é+@ b", events=[EDITED]), nothing("dune")))
    links = [
        attributes["href"] for tag, attributes in found.tags if tag == "a" and attributes["href"][0] != "#"
    ]
    assert links == ["report.html", "feedback/%C3%A9%2B%40%20b/numbers.html"]
    assert "tamper edited_test 1 1" in text(page(tmp_path, lesson.result("amber", events=[EDITED])))


def test_every_link_within_the_page_goes_somewhere(tmp_path):
    found = Elements(page(tmp_path, failing("amber")))
    ids = {attributes.get("id") for _, attributes in found.tags}
    own = [
        attributes["href"][1:]
        for tag, attributes in found.tags
        if tag == "a" and attributes["href"][0] == "#"
    ]
    assert len(own) == 6 and set(own) <= ids


def test_practice_and_a_class_of_nobody(tmp_path):
    free = [dataclasses.replace(t, points=0.0, max_points=0.0) for t in lesson.result().tests]
    assert "1 of 1 handed in; this lesson is practice and has no points." in text(
        page(tmp_path, lesson.result("amber", free))
    )
    assert "The class" in text(page(tmp_path))


def test_a_missing_sandbox_is_said(tmp_path):
    assert "Graded without a sandbox" in page(tmp_path, lesson.result("birch", sandbox="none"))
    assert "Graded without a sandbox" not in page(tmp_path, lesson.result("birch"))


@pytest.mark.parametrize(
    "attack", [*ATTACKS, "</td></style><style>*{display:none}</style>", "{{ 7*7 }}", "THE-POLICY"]
)
def test_nothing_from_a_submission_acts_in_the_page(tmp_path, attack):
    short = attack[:80]
    given = failing(short, short, events=[Event(attack, "tamper", attack, attack)])
    tests = [dataclasses.replace(t, name=f"{t.name}{attack}", message=attack) for t in given.tests]
    result = dataclasses.replace(given, tests=tests, assignment=short, lesson=short)
    written = page(tmp_path, result)
    assert_safe(re.sub(r'href="(report|feedback/)', 'href="#', written))
    assert len(Elements(written).styles) == 2 and "display:none" not in "".join(Elements(written).styles)
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]+)"', written)[1]
    assert re.fullmatch(
        r"default-src 'none'; img-src data:; style-src( 'sha256-[\w+/=]+'){2}; base-uri 'none'; form-action 'none'",
        policy,
    )


def test_a_large_class_is_quick_and_light(tmp_path):
    makers = [lesson.result, failing, not_begun, lesson.half_right]
    results = [
        dataclasses.replace(
            makers[(student + number) % 4](f"student-{student:04d}"), lesson=f"lesson_{number}"
        )
        for student in range(1000)
        for number in range(6)
    ]
    for student in range(0, 1000, 100):
        path = tmp_path / "feedback" / f"student-{student:04d}" / "lesson_0.html"
        path.parent.mkdir(parents=True)
        path.write_text("")
    began = time.process_time()
    written = page(tmp_path, *results)
    assert time.process_time() - began < 8
    assert len(written.encode()) < 3_000_000
    assert written.count('<th scope="row">student-') == 1000


def test_the_same_results_give_the_same_bytes(tmp_path):
    results = [lesson.half_right("amber"), failing("birch")]
    first = page(tmp_path, *results)
    assert page(tmp_path, *reversed(results)) == first
    assert sorted(path.name for path in tmp_path.iterdir()) == ["class.html"]


def test_the_gradebooks_sums_are_those_of_its_single_marks(tmp_path):
    with Book(f"sqlite:///{tmp_path / 'gradebook.db'}") as book:
        book.register_assignment("week1", {"numbers": lesson.master()})
        for given in (lesson.half_right("amber"), lesson.result("birch")):
            book.record(given, lesson.executed(given), datetime(2026, 1, 1, tzinfo=UTC).replace(tzinfo=None))
        halve = book._find("amber", "week1", "numbers")
        for grade in book._named(Grade, halve):
            if grade.name == "halve":
                grade.manual_score = 0.5
        halve.late_submission_penalty = 1.25
        book.gradebook.db.commit()
        assert book.totals("week1") == {
            ("amber", "week1", "numbers"): Total(4.5, 1.25, 1),
            ("birch", "week1", "numbers"): Total(7.0, 0.0, 0),
        }
        for student in ("amber", "birch"):
            total = book.totals("week1")[student, "week1", "numbers"]
            assert total.final == book.marks(student, "week1", "numbers").score
        shown = text(page(tmp_path, lesson.half_right("amber"), lesson.result("birch"), marks=book))
    assert "amber 3.25 1 to mark late: −1.25 3.25 / 7" in shown
