"""The instructor's page: everything that was noticed, for whom, with the evidence; nothing runs, nothing is fetched."""

import re
from dataclasses import replace

import graded_lesson as lesson
import pytest
from test_feedback import ATTACKS, Elements, assert_safe

from autograder.records import Event
from autograder.report import terminal_lines, write_report

EDITED = Event(
    "edited_test", "tamper", "double", "The text of this test differs.\n- check(double)\n+assert True"
)
MISSING = Event("missing_cell", "warning", "halve", "The cell was missing.")
MOVED = Event("moved_cell", "info", "halve", "The cell was moved.")


def page(out, *results):
    return write_report(results, out).read_text(encoding="utf-8")


def text(written):
    return " ".join(Elements(written).text.split())


def test_the_class_at_a_glance(tmp_path):
    results = [
        lesson.result("cedar", events=[MISSING, MOVED]),
        lesson.half_right("amber", events=[]),
        lesson.result("birch", events=[EDITED, EDITED, MISSING]),
    ]
    shown = text(page(tmp_path, *results))
    assert "students 3 notebooks 3 graded whole 2 to mark by hand 1" in shown
    assert "To mark by hand: amber, numbers (1 test)." in shown
    assert (
        "tamper: 2 events of 1 student; warning: 2 events of 2 students; info: 1 event of 1 student" in shown
    )
    assert "tamper edited_test 2 1 warning missing_cell 2 2 info moved_cell 1 1" in shown


def test_one_is_one(tmp_path):
    assert "student 1 notebook 1 graded whole 1" in text(page(tmp_path, lesson.result("amber")))


def test_students_with_the_gravest_events_come_first(tmp_path):
    results = [
        lesson.result("amber", events=[MOVED]),
        lesson.result("birch", events=[MOVED, EDITED]),
        lesson.result("cedar", events=[]),
    ]
    found = Elements(page(tmp_path, *results))
    assert [a["href"] for tag, a in found.tags if tag == "a"] == ["#result-1", "#result-2"]
    shown = " ".join(found.text.split())
    assert "birch, numbers amber, numbers birch numbers: 7 of 7 points tamper" in shown
    assert "cedar" not in shown


def test_an_event_is_shown_with_all_it_says(tmp_path):
    shown = Elements(page(tmp_path, lesson.result("birch", events=[EDITED]))).text
    assert "tamper edited_test, cell double\nThe text of this test differs.\n" in shown
    assert "- check(double)\n+assert True" in shown, "severity in words, the diff with its signs"


def test_any_kind_of_event_is_shown(tmp_path):
    odd = Event("limit_hit", "info", None, "The notebook's process used up its 60 s.")
    assert "info limit_hit The notebook's process used up its 60 s." in text(
        page(tmp_path, lesson.result("elm", events=[odd]))
    )


def test_a_page_of_an_untroubled_class_says_so(tmp_path):
    written = page(tmp_path, lesson.result("birch"))
    assert "Nothing was noticed." in written and "By kind" not in written
    assert terminal_lines([lesson.result("birch")]) == []
    assert "students 0" in text(page(tmp_path))


def test_a_missing_sandbox_is_said(tmp_path):
    assert "Graded without a sandbox" in page(tmp_path, lesson.result("birch", sandbox="none"))
    assert "Graded without a sandbox" not in page(tmp_path, lesson.result("birch"))


def test_it_links_to_the_pages_that_are_there(tmp_path):
    folder = tmp_path / "feedback" / "é+@ b"
    folder.mkdir(parents=True)
    (folder / "numbers.html").write_text("")
    found = Elements(page(tmp_path, lesson.result("é+@ b", events=[MOVED])))
    links = [attributes["href"] for tag, attributes in found.tags if tag == "a"]
    assert links == ["#result-1", "feedback/%C3%A9%2B%40%20b/numbers.html"]


@pytest.mark.parametrize(
    "attack", [*ATTACKS, "</pre></li></style><style>*{display:none}</style>", "{{ 7*7 }}"]
)
def test_nothing_from_a_submission_acts_in_the_page(tmp_path, attack):
    events = [
        Event(attack, severity, attack, f"{attack}\n+{attack}\n{attack}")
        for severity in ("tamper", "warning", "info")
    ]
    tests = [replace(test, name=attack, message=attack) for test in lesson.half_right().tests]
    result = replace(lesson.result("birch", tests, events=events), assignment=attack[:80], lesson=attack[:80])
    written = page(tmp_path, result)
    assert_safe(re.sub(r'href="(#|feedback/|autograded/)', 'href="#', written))
    assert len(Elements(written).styles) == 2 and "display:none" not in "".join(Elements(written).styles)


def test_the_policy_names_the_pages_styles_and_nothing_else(tmp_path):
    written = page(tmp_path, lesson.result("birch", events=[replace(EDITED, message="THE-POLICY <body>")]))
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]+)"', written)[1]
    assert re.fullmatch(
        r"default-src 'none'; img-src data:; style-src( 'sha256-[\w+/=]+'){2}; "
        r"base-uri 'none'; form-action 'none'",
        policy,
    )
    assert "THE-POLICY" in text(written)


def test_long_and_odd_text_is_cut_and_written_out(tmp_path):
    endless = Event("odd_reply", "warning", "c" * 10**6, "s" * 10**6 + "\n" + ("e" * 10**6 + "\n") * 1000)
    odd = Event("odd_reply", "warning", None, "\u202egnp\x1b[31m\0\udcff\n\u202e\x07\udcff")
    written = page(tmp_path, lesson.result("birch", events=[endless, odd]))
    assert len(written) < 40_000
    assert "\\u202egnp\\x1b[31m\\x00\\udcff" in written and "\\u202e\\x07\\udcff" in written


def test_the_same_results_give_the_same_bytes(tmp_path):
    results = [lesson.half_right("amber"), lesson.result("birch", events=[EDITED])]
    assert page(tmp_path, *results) == page(tmp_path, *results)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["report.html"]


def test_the_terminal_counts():
    results = [lesson.result("birch", events=[EDITED, MISSING]), lesson.result("cedar", events=[MISSING])]
    assert terminal_lines(results) == ["tamper: 1 event of 1 student", "warning: 2 events of 2 students"]
