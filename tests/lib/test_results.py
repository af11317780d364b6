"""cnnkit.results: what is kept of a check, where, and that nothing is lost or written where it should not."""

import json
import os
import warnings

import pytest
import student_lesson as s

from cnnkit import results, testing
from cnnkit.check import Check
from cnnkit.results import ResultsDamaged, Said, digest_of, file_of, keep, kept

PASSED = Said("passed", "", 1.0, "abc")


def test_what_is_kept_is_read_again(tmp_path):
    notebook = tmp_path / "lesson.ipynb"
    assert kept(notebook) == {}
    keep(notebook, s.TEST, PASSED)
    keep(notebook, s.HALF_TEST, Said("failing", "half(6) should be 3, and is 6.", 2.0))
    keep(notebook, s.TEST, Said("not begun"))
    assert kept(notebook) == {
        digest_of(s.TEST): Said("not begun"),
        digest_of(s.HALF_TEST): Said("failing", "half(6) should be 3, and is 6.", 2.0),
    }
    assert [path.name for path in file_of(notebook).parent.iterdir()] == ["progress.json"]
    assert file_of(notebook) == tmp_path / "work" / "lesson" / "progress.json"


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", '{"tests": 3}', '{"tests": {"a": {"status": "passed"}}}']
)
def test_a_damaged_file_is_said_and_put_aside_and_not_deleted(tmp_path, text):
    notebook = tmp_path / "lesson.ipynb"
    file = file_of(notebook)
    file.parent.mkdir(parents=True)
    for number in (1, 2):
        file.write_text(text)
        with pytest.raises(ResultsDamaged, match=r"progress\.json is damaged: results cannot be read"):
            kept(notebook)
        with pytest.warns(
            UserWarning, match=rf"It is kept as progress\.damaged-{number}\.json, and a new one begins"
        ):
            keep(notebook, s.TEST, PASSED)
        assert kept(notebook) == {digest_of(s.TEST): PASSED}
        assert (file.parent / f"progress.damaged-{number}.json").read_text() == text


def test_an_interrupted_write_leaves_what_was_there(tmp_path, monkeypatch):
    notebook = tmp_path / "lesson.ipynb"
    keep(notebook, s.TEST, PASSED)

    def full(*_):
        raise OSError("No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.warns(UserWarning, match=r"could not be kept for cnnkit\.progress\(\): No space left"):
        keep(notebook, s.HALF_TEST, PASSED)
    assert kept(notebook) == {digest_of(s.TEST): PASSED}


def test_two_kernels_that_write_at_once_do_not_take_each_others_file(tmp_path, monkeypatch):
    notebook, replace, number = tmp_path / "lesson.ipynb", os.replace, os.getpid()

    def late(part, file):
        monkeypatch.setattr(os, "replace", replace)
        monkeypatch.setattr(os, "getpid", lambda: number + 1)
        keep(notebook, s.HALF_TEST, PASSED)
        replace(part, file)

    monkeypatch.setattr(os, "replace", late)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        keep(notebook, s.TEST, PASSED)
    assert kept(notebook) == {digest_of(s.TEST): PASSED}
    assert [path.name for path in file_of(notebook).parent.iterdir()] == ["progress.json"]


def test_a_check_in_a_notebook_is_kept(tmp_path):
    path = s.written(tmp_path)
    with s.kernel_of(path) as run:
        run(s.WRONG)
        run(s.TEST)
        found = kept(path)[digest_of(s.TEST)]
        assert (found.status, found.solution) == ("failing", digest_of(s.WRONG))
        assert found.sentence == "double(3) should be 6, and is 4."
        run(s.RIGHT)
        run(s.TEST + "\n")
        found = kept(path)[digest_of(s.TEST)]
        assert (found.status, found.sentence, found.solution) == ("passed", "", digest_of(s.RIGHT))
        run(s.STUB)
        run(s.TEST)
        assert kept(path)[digest_of(s.TEST)].status == "not begun"
        run("del double")
        run(s.TEST)
        assert "run the cell that defines it first" in kept(path)[digest_of(s.TEST)].sentence


@pytest.mark.parametrize(
    ("env", "name"),
    [({"CNNKIT_GRADING": "1"}, "lesson.ipynb"), ({}, "Console 1"), ({}, "renamed.ipynb")],
    ids=["graded", "no notebook", "no such file"],
)
def test_a_kernel_that_should_keep_nothing_leaves_no_file(tmp_path, env, name):
    path = s.written(tmp_path)
    with s.kernel_of(path.with_name(name), **env) as run:
        run(s.RIGHT)
        (said,) = run(s.TEST)
        assert said.text == "double: passed\n"
    assert sorted(one.name for one in tmp_path.iterdir()) == ["lesson.ipynb"]


def test_vs_code_says_which_notebook_it_is(tmp_path):
    path = s.written(tmp_path)
    with s.kernel_of(tmp_path / "gone.ipynb") as run:
        run(f"__vsc_ipynb_file__ = {str(path)!r}")
        run(s.RIGHT)
        run(s.TEST)
    assert [one.status for one in kept(path).values()] == ["passed"]


def test_outside_a_kernel_and_on_other_sides_nothing_is_kept(tmp_path, monkeypatch):
    path = s.written(tmp_path)
    monkeypatch.setenv("JPY_SESSION_NAME", str(path))
    with Check("f") as check:
        check.true(True, "all is well")
    monkeypatch.setattr(results, "hear", lambda *_: pytest.fail("a grader's check was heard"))
    with testing.on(testing.Side()), Check("f") as check:
        check.true(True, "all is well")
    assert not (tmp_path / "work").exists()


def test_a_folder_that_cannot_be_written_is_a_warning_and_no_failure(tmp_path):
    path = s.written(tmp_path)
    (tmp_path / "work").write_text("a file where the folder should be")
    with s.kernel_of(path) as run:
        run(s.RIGHT)
        said = run(s.TEST)
    assert any(one.get("text") == "double: passed\n" for one in said)
    assert any("could not be kept for cnnkit.progress()" in one.get("text", "") for one in said)
    assert (tmp_path / "work").read_text() == "a file where the folder should be"


def test_the_file_is_plain_json(tmp_path):
    notebook = tmp_path / "lesson.ipynb"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        keep(notebook, s.TEST, PASSED)
    text = file_of(notebook).read_text(encoding="utf-8")
    assert json.loads(text) == {
        "tests": {digest_of(s.TEST): {"status": "passed", "sentence": "", "when": 1.0, "solution": "abc"}}
    }
