"""Running a notebook whole: time, memory and errors are what they are, and the table keeps its other rows."""

import nbformat
import pytest

from autograder.lessons import BEGIN, END, Measured, _record, run_alone, write_table


def notebook(*sources):
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in sources])


def test_time_memory_and_errors_are_measured(tmp_path):
    (tmp_path / "picture.txt").write_text("seen")
    (tmp_path / "source.py").write_text("never copied")
    cells = [
        "import time; time.sleep(1); x = bytearray(300_000_000); x[::4096] = bytes(len(x[::4096]))",
        "raise KeyError('no')",
        "import os; print(open('picture.txt').read(), os.path.exists('source.py'), len(os.sched_getaffinity(0)))",
    ]
    ran = run_alone(notebook(*cells), tmp_path)
    assert 1 <= ran.seconds < 60 and 0.3 < ran.gigabytes < 1
    assert ran.errors == ["KeyError: 'no'"]
    assert ran.notebook.cells[2].outputs[0].text == "seen False 1\n"


def test_the_weights_that_a_notebook_saved_are_kept_where_that_is_asked_for(tmp_path):
    saves = "from pathlib import Path; Path('work/a').mkdir(parents=True); Path('work/a/b.safetensors').write_text('w')"
    (tmp_path / "assets").mkdir()
    for source in ("pass", saves):
        assert run_alone(notebook(source), tmp_path / "assets", keep=tmp_path / "kept").errors == []
    assert (tmp_path / "kept" / "a" / "b.safetensors").read_text() == "w"


def test_long_experiments_are_recorded_beside_the_lesson(tmp_path):
    (tmp_path / "assets").mkdir()
    lesson = notebook(
        "import cnnkit",
        "runs = cnnkit.recorded('recordings/a.json', lambda: [1, 2])",
        "raise KeyError('the cells behind it do not run')",
    )
    assert _record(lesson, tmp_path / "assets", tmp_path / "kept") == [] and not list(
        (tmp_path / "assets").iterdir()
    )
    lesson.cells[1].metadata["tags"] = ["record"]
    assert _record(lesson, tmp_path / "assets", tmp_path / "kept") == []
    assert (tmp_path / "assets" / "recordings" / "a.json").read_text() == "[1, 2]\n"
    lesson.cells[1].source = "runs = cnnkit.recorded('recordings/a.json', lambda: [3])"
    lesson.cells[2].source = "raise KeyError(*runs)"
    errors = run_alone(lesson, tmp_path / "assets").errors
    assert errors == ["KeyError: (1, 2)"], "what is recorded is read"
    lesson.cells[1].source = "import os; raise KeyError(os.environ['CNNKIT_REFERENCE'])"
    assert _record(lesson, tmp_path / "assets", tmp_path / "kept") == [f"KeyError: '{tmp_path / 'kept'}'"]
    lesson.cells[0].source = "raise OSError('no')"
    assert _record(lesson, tmp_path / "assets", tmp_path / "kept")[0] == "OSError: no"


def test_a_kernel_that_ends_is_said(tmp_path):
    with pytest.raises(ChildProcessError, match="the notebook's process ended"):
        run_alone(notebook("import os; os._exit(3)"), tmp_path, seconds=30)


def test_what_exceeds_its_budget_is_a_complaint():
    assert Measured("a", 1.0, 2.0, 0.5, []).complaints() == []
    (minutes,) = Measured("a", 2.5, 2.0, 0.5, []).complaints()
    assert minutes == "a: took 2.5 minutes, and may take 2"
    (memory,) = Measured("a", 1.0, 2.0, 1.9, []).complaints()
    assert memory == "a: used 1.90 GB, and may use 1.8"
    assert Measured("a", 1.0, 2.0, 0.5, ["a, solved: KeyError"]).complaints() == ["a, solved: KeyError"]


def test_the_table_keeps_the_rows_of_other_lessons(tmp_path):
    readme = tmp_path / "README.md"
    readme.write_text(f"before\n{BEGIN}\n{END}\nafter\n")
    write_table([Measured("b", 1.0, 2.0, 0.5, []), Measured("a", 0.5, 1.0, 0.4, [])], readme)
    write_table([Measured("b", 1.5, 2.0, 0.6, [])], readme)
    text = readme.read_text()
    assert text.startswith("before\n") and text.endswith("\nafter\n")
    assert text.index("| `a` | 0.5 of 1 | 0.40 of 1.8 |") < text.index("| `b` | 1.5 of 2 | 0.60 of 1.8 |")
    assert text.count("| `b`") == 1


def test_a_syllabus_without_the_marks_is_refused(tmp_path):
    (tmp_path / "README.md").write_text("no marks")
    with pytest.raises(ValueError, match="lacks the lines"):
        write_table([], tmp_path / "README.md")
