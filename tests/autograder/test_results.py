"""results.json: what is written is read again, what is not as the schema says is named, and memory stays small."""

import json
import os
import tracemalloc
from dataclasses import replace

import graded_lesson as lesson
import pytest
from jsonschema import Draft202012Validator

from autograder.results import Results, ResultsInvalid, schema, valid, write_results


def results():
    return [lesson.half_right("amber"), lesson.result("birch"), lesson.result("elm", tests=[])]


def test_the_schema_is_a_schema_and_results_fit_it(tmp_path):
    for name in ("results", "gradescope"):
        Draft202012Validator.check_schema(schema(name))
    write_results(results(), tmp_path / "results.json")
    entries = json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))
    assert len(entries) == 3 and list(valid(entries)) == entries


def test_a_mistakes_name_is_read_back_and_files_of_before_there_were_names_are_read(tmp_path):
    named = lesson.result(
        tests=[replace(lesson.verdict("double", "failed", "wrong"), mistake="doubled twice")]
    )
    write_results([named], tmp_path / "results.json")
    assert list(Results(tmp_path / "results.json")) == [named]
    entries = json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))
    del entries[0]["tests"][0]["mistake"]
    (tmp_path / "results.json").write_text(json.dumps(entries), encoding="utf-8")
    assert next(iter(Results(tmp_path / "results.json"))).tests == [
        lesson.verdict("double", "failed", "wrong")
    ]


def test_results_are_read_back_as_often_as_one_likes(tmp_path):
    written = write_results(results(), tmp_path / "results.json")
    assert list(written) == list(written) == results()
    assert list(Results(tmp_path / "results.json", "week2")) == []
    assert list(Results(tmp_path / "results.json", "week1")) == results()
    assert os.listdir(tmp_path) == ["results.json"]


def test_no_results_are_a_list_too(tmp_path):
    assert list(write_results([], tmp_path / "results.json")) == []
    assert json.loads((tmp_path / "results.json").read_text()) == []


def test_the_file_reads_as_json_that_was_written_at_once(tmp_path):
    write_results(results(), tmp_path / "results.json")
    whole = json.dumps([one.as_json() for one in results()], ensure_ascii=False, indent=1) + "\n"
    assert (tmp_path / "results.json").read_text(encoding="utf-8") == whole


def test_a_file_that_something_else_has_rewritten_is_read(tmp_path):
    path = tmp_path / "results.json"
    write_results(results(), path)
    path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")), separators=(",", ":")))
    assert list(Results(path)) == results()


def test_memory_does_not_grow_with_the_class(tmp_path):
    def peak(number):
        tracemalloc.start()
        written = write_results(
            (lesson.half_right(f"s{n:05}") for n in range(number)), tmp_path / "results.json"
        )
        assert sum(1 for _ in written) == number
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    assert peak(2000) < 3 * peak(200)  # a list of them all takes ten times as much


def test_a_message_that_no_file_takes_is_written_all_the_same(tmp_path):
    test = lesson.verdict("double", "failed", "odd \udcff")
    write_results([lesson.result(tests=[test])], tmp_path / "results.json")
    assert next(iter(Results(tmp_path / "results.json"))).tests[0].message == "odd ?"


def damaged(change):
    entry = lesson.half_right().as_json()
    change(entry)
    return [entry]


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (lambda e: e.pop("student"), r"\$\[0\]: 'student' is a required property"),
        (lambda e: e.update(extra=1), r"\$\[0\]: Additional properties"),
        (lambda e: e.update(score=-1), r"\$\[0\]\.score"),
        (lambda e: e.update(sandbox="chroot"), r"\$\[0\]\.sandbox"),
        (lambda e: e["tests"][1].update(status="skipped"), r"\$\[0\]\.tests\[1\]\.status"),
        (lambda e: e["tests"][0].update(mistake=None), r"\$\[0\]\.tests\[0\]\.mistake"),
        (lambda e: e["tests"][0].pop("max_points"), r"\$\[0\]\.tests\[0\]"),
        (lambda e: e["events"][0].update(severity="crime"), r"\$\[0\]\.events\[0\]\.severity"),
        (lambda e: e["events"][0].update(kind="Missing Cell"), r"\$\[0\]\.events\[0\]\.kind"),
    ],
)
def test_what_does_not_fit_the_schema_is_named(change, place):
    with pytest.raises(ResultsInvalid, match=place):
        list(valid(damaged(change)))


def test_a_result_that_does_not_fit_leaves_the_old_file(tmp_path):
    path = tmp_path / "results.json"
    write_results(results(), path)
    before = path.read_bytes()
    with pytest.raises(ResultsInvalid):
        write_results([lesson.result(sandbox="chroot")], path)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[", b"[[", b"\xff\xfe", b"[\xff", b'{"student": 1}', b"[1]", b"[NaN]", b"[] []"]
)
def test_reading_something_else_says_so(tmp_path, content):
    (tmp_path / "results.json").write_bytes(content)
    with pytest.raises(ResultsInvalid):
        list(Results(tmp_path / "results.json"))
