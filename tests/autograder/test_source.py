"""Reading lessons: what was read before is copied, so that no reader meets another's changes."""

from autograder.source import read_master

CELL = '# %% nbgrader={{"grade": false, "grade_id": "{}", "locked": true, "schema_version": 3}}\nx = 1\n'


def test_a_lesson_that_is_read_again_is_whole_again(tmp_path):
    path = tmp_path / "lesson.py"
    path.write_text(CELL.format("setup"))
    first = read_master(path)
    assert [(cell.id, cell.source) for cell in first.cells] == [("setup", "x = 1")]
    first.cells[0].source = "changed"
    first.cells.append(first.cells[0])
    assert [cell.source for cell in read_master(path).cells] == ["x = 1"]


def test_a_lesson_that_was_edited_is_read_anew(tmp_path):
    path = tmp_path / "lesson.py"
    for name in ("one", "two"):
        path.write_text(CELL.format(name))
        assert read_master(path).cells[0].id == name
