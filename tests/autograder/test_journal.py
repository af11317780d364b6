"""The journal of a run: what is appended is read again, and what is torn is not."""

from pathlib import Path

import nbformat
import pytest
from graded_lesson import half_right, result

from autograder.journal import NAME, Entry, FolderInUse, Journal, digest

AMBER = Entry("1", "examined", [result("amber")], {"numbers": "0a"})
BIRCH = Entry("2", "done", [half_right("birch")], {"numbers": None})
AGAIN = Entry("3", "done", [half_right("amber")], {"numbers": "0b"})


def read(folder):
    with Journal(folder) as journal:
        journal.read()
        return dict(journal)


def test_a_students_last_entry_counts(tmp_path):
    with Journal(tmp_path) as journal:
        journal.read()
        assert not journal
        for entry in (AMBER, BIRCH, AGAIN):
            journal.append(entry)
    assert read(tmp_path) == {"amber": AGAIN, "birch": BIRCH}


@pytest.mark.parametrize(
    "torn", [b"{", b'{"fit": "4"}\n', b"\0\0\n", b"[]\n", b'{"results": [{}]}\n', b"\xff\n", b"\r"]
)
def test_what_follows_the_last_sound_line_is_cut_off(tmp_path, torn):
    with Journal(tmp_path) as journal:
        journal.append(AMBER)
    sound = (tmp_path / NAME).read_bytes()
    (tmp_path / NAME).write_bytes(sound + torn)
    with Journal(tmp_path) as journal:
        journal.read()
        assert dict(journal) == {"amber": AMBER}
        journal.append(BIRCH)
        assert dict(journal) == {"amber": AMBER, "birch": BIRCH}
    assert read(tmp_path) == {"amber": AMBER, "birch": BIRCH}


def test_a_line_without_its_end_is_torn(tmp_path):
    with Journal(tmp_path) as journal:
        journal.append(AMBER)
        journal.append(AGAIN)
    (tmp_path / NAME).write_bytes((tmp_path / NAME).read_bytes()[:-1])
    assert read(tmp_path) == {"amber": AMBER}


def test_one_run_at_a_time(tmp_path):
    with Journal(tmp_path) as journal:
        journal.append(AMBER)
        with pytest.raises(FolderInUse, match="another run is writing into"):
            Journal(tmp_path)
    assert read(tmp_path) == {"amber": AMBER}


def test_a_cleared_journal_is_empty(tmp_path):
    with Journal(tmp_path) as journal:
        journal.append(AMBER)
        journal.clear()
        assert not journal
        journal.append(BIRCH)
    assert read(tmp_path) == {"birch": BIRCH}


def test_a_digest_tells_values_apart():
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("x = '\ud800'", id="a")])
    values = [None, "", b"", "a", b"a", {"a": 1}, {"a": 1.5}, [1], result(), half_right(), notebook]
    assert len({digest(value) for value in values}) == len(values)
    assert digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1})
    with pytest.raises(TypeError, match="no digest of a PosixPath"):
        digest(Path(NAME))
