"""cnnkit.handing_in: what is checked, said and packed, and that the grader takes it."""

import json
import os
import shutil
import time
import zipfile
from hashlib import sha256

import bs4
import pytest
import student_lesson as s

import cnnkit
from cnnkit import cli, handing_in, packing
from cnnkit.handing_in import pack_week
from cnnkit.results import Said, digest_of, keep

TRAIN = 'model = cnnkit.train_or_load(build, fit, "work/nets/line.safetensors")'
CLICKS = "work/quiz/answers.json"
WEIGHTS = (2).to_bytes(8, "little") + b"{}"


@pytest.fixture
def week(tmp_path):
    """A week of two lessons beside much else: one with a quiz, one that trains."""
    folder = tmp_path / "week1"
    folder.mkdir()
    s.written(folder, double=s.RIGHT)
    nets = s.lesson(double=s.RIGHT, half=s.HALF)
    nets.cells[1] = s.cell(TRAIN, "train", tags=["train"])
    s.nbformat.write(nets, folder / "nets.ipynb")
    for name in ("lesson", "nets"):
        put(folder / f"mistakes/{name}.json", "{}")
    put(folder / CLICKS, '{"tree": "oak"}')
    put(folder / "work/nets/line.safetensors", WEIGHTS)
    for name in ("notes.txt", "work/nets/other.safetensors", "work/lesson/mine.json", "images/a.png"):
        put(folder / name, "not mine to hand in")
    s.nbformat.write(s.nbformat.v4.new_notebook(), folder / "notes.ipynb")
    shutil.copy(folder / "lesson.ipynb", folder / "lesson-Copy1.ipynb")
    return folder


@pytest.fixture
def unchecked(monkeypatch):
    """No kernel: the check says that all passes."""

    def check(path, timeout=60, told=None):
        checked.append(path.name)
        return handing_in.Standing(path.name, [])

    checked = []
    monkeypatch.setattr("cnnkit.running.check_notebook", check)
    return checked


def put(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def members(file):
    with zipfile.ZipFile(file) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


PACKED = ["week1/lesson.ipynb", "week1/nets.ipynb", "week1/work/nets/line.safetensors", f"week1/{CLICKS}"]


def test_a_week_is_one_zip_of_what_its_lessons_name(week, unchecked):
    done = pack_week(week / "lesson.ipynb", "amber")
    assert done.file == week / "amber.zip" and done.size == done.file.stat().st_size
    found = members(done.file)
    assert list(found) == [*PACKED, "week1/manifest.json"]
    assert all(
        content == (week.parent / name).read_bytes() for name, content in found.items() if name in PACKED
    )
    assert unchecked == ["lesson.ipynb"]
    assert {path.name for path in week.iterdir()} >= {"amber.zip", "notes.ipynb"}
    assert not list(week.glob("*.part"))


def test_the_manifest_says_what_was_packed_and_what_is_known_of_it(week):
    keep(week / "nets.ipynb", s.TEST, Said("failing", "no", 86_400.0, digest_of(s.RIGHT)))
    before = time.time()
    done = pack_week(week / "lesson.ipynb", "amber")
    manifest = json.loads(members(done.file)["week1/manifest.json"])
    assert (manifest["format"], manifest["cnnkit"], manifest["assignment"]) == (
        1,
        cnnkit.__version__,
        "week1",
    )
    assert {f"week1/{path}" for path in manifest["files"]} == set(PACKED)
    for path, about in manifest["files"].items():
        data = (week / path).read_bytes()
        assert (about["bytes"], about["sha256"]) == (len(data), sha256(data).hexdigest())
    lesson, nets = manifest["lessons"]["lesson"], manifest["lessons"]["nets"]
    assert lesson["tests"] == {"double": "passed", "half": "not begun", "tree": "answered"}
    assert lesson["checked"] == "now" and lesson["when"] >= packing.moment(before)
    assert nets["tests"] == {"double": "failing", "half": "not tested", "tree": "not answered"}
    assert (nets["checked"], nets["when"]) == ("kept", "1970-01-02T00:00:00Z")


def test_of_a_folder_every_notebook_is_checked(week, unchecked):
    pack_week(week)
    assert unchecked == ["lesson.ipynb", "nets.ipynb"]


def test_what_is_incomplete_is_said_in_a_table_and_packed_all_the_same(week):
    done = pack_week(week / "lesson.ipynb", "amber")
    assert str(done).startswith("week1: 0 of 2 notebooks are complete. It is packed all the same.\n\n")
    assert "lesson    2 of 3  a check just now\n    not begun: half\n" in str(done)
    assert "nets      0 of 3  no run yet\n    not tested: double, half; not answered: tree\n" in str(done)
    assert str(done).endswith("You can hand in again.")
    page = bs4.BeautifulSoup(done._repr_html_(), "html.parser")
    rows = [[cell.get_text() for cell in row.find_all(["th", "td"])] for row in page.find_all("tr")]
    assert rows[:2] == [list(handing_in.COLUMNS), ["lesson", "2 of 3", "not begun: half", "a check just now"]]
    assert [head["scope"] for head in page.find_all("th")] == ["col"] * 4 + ["row"] * 2
    assert "Packed: amber.zip" in page.find(role="status").get_text()


def test_the_same_files_are_packed_in_the_same_order_every_time(week, unchecked):
    first = list(members(pack_week(week).file))
    os.utime(week / "lesson.ipynb", (1, 1))
    assert list(members(pack_week(week).file)) == first == [*sorted(first[:-1]), first[-1]]


def test_a_name_is_asked_for_once_and_kept_beside_the_notebooks(week, unchecked):
    assert pack_week(week).file.name == "hand_in_week1.zip"
    assert "no name of yours" in str(pack_week(week))
    assert pack_week(week, " amber ").file.name == "amber.zip"
    assert (week / "work/student.txt").read_text() == "amber\n"
    again = pack_week(week)
    assert again.file.name == "amber.zip" and "no name of yours" not in str(again)
    assert pack_week(week, "birch").file.name == "birch.zip" == pack_week(week).file.name


def test_another_week_knows_the_name_already(week, unchecked):
    pack_week(week, "amber")
    other = shutil.copytree(week, week.parent / "week2")
    (other / "work/student.txt").unlink()
    assert pack_week(other).file == other / "amber.zip"


def test_a_name_that_will_not_do_packs_nothing_and_says_which_does(week, unchecked):
    with pytest.raises(
        packing.BadName, match=r"'amber <smith>' cannot be your name here.* For instance: amber__smith$"
    ):
        pack_week(week, "amber <smith>")
    assert not list(week.glob("*.zip")) and not (week / "work/student.txt").exists()


def test_another_zip_of_the_same_name_is_left_alone(week, unchecked):
    put(week / "amber.zip", "photographs")
    with pytest.raises(FileExistsError, match="is no hand-in: rename it, or hand in under another name"):
        pack_week(week, "amber")
    assert (week / "amber.zip").read_text() == "photographs"


def test_a_copy_is_packed_only_where_it_is_asked_for_and_then_told(week, unchecked):
    done = pack_week(week / "lesson-Copy1.ipynb")
    assert "week1/lesson-Copy1.ipynb" in members(done.file)
    assert (
        "No notebook of the course is called lesson-Copy1.ipynb: rename it, or another one is graded."
        in done.notes
    )


def test_a_damaged_lesson_is_left_out_and_told(week, unchecked):
    put(week / "nets.ipynb", "{")
    done = pack_week(week / "lesson.ipynb")
    assert "nets.ipynb is not a Jupyter notebook. It is not packed." in done.notes
    assert "week1/nets.ipynb" not in members(done.file)


def test_a_cell_that_was_tested_after_it_was_saved_is_told_of(week, unchecked):
    saved = "lesson.ipynb is packed as it was last saved, at "
    (note,) = [one for one in pack_week(week / "lesson.ipynb").notes if one.startswith(saved)]
    assert "Tests ran after that" not in note
    keep(week / "lesson.ipynb", s.TEST, Said("passed", "", time.time() + 1, ""))
    (note,) = [one for one in pack_week(week / "lesson.ipynb").notes if one.startswith(saved)]
    assert note.endswith(
        "Did you change a cell since? Then save (menu File, Save Notebook), and hand in again."
    )


def test_weights_that_are_not_there_are_told_of(week, unchecked):
    (week / "work/nets/line.safetensors").unlink()
    (week / CLICKS).unlink()
    said = "nets.ipynb needs work/nets/line.safetensors, which is not there: run the cell that trains it, to its end."
    assert [note for note in pack_week(week).notes if "not there" in note] == [said]


@pytest.mark.parametrize("place", ["work/nets/line.safetensors", "work/nets"])
def test_what_a_link_brings_from_elsewhere_is_not_packed(week, unchecked, tmp_path, place):
    (week / place).rename(tmp_path / "outside")
    (week / place).symlink_to(tmp_path / "outside")
    done = pack_week(week)
    assert f"{week.name}/work/nets/line.safetensors" not in members(done.file)
    assert any(note.startswith("work/nets/line.safetensors is no file of this folder") for note in done.notes)


@pytest.mark.parametrize(
    ("limit", "said"),
    [
        ("NOTEBOOK_BYTES", "lesson.ipynb has 4 KB, and at most 1 KB are read. Clear outputs"),
        ("WEIGHTS_BYTES", "work/nets/line.safetensors has 1 KB, and at most 1 KB are read."),
        ("ALL_WEIGHTS_BYTES", "All weights together have 1 KB, and at most 1 KB are read: ask your teacher."),
        ("ZIP_BYTES", "The zip together have "),
    ],
)
def test_what_is_larger_than_a_grader_reads_is_told_of(week, unchecked, monkeypatch, limit, said):
    monkeypatch.setattr(handing_in, limit, 9)
    assert any(note.startswith(said) for note in pack_week(week).notes), pack_week(week).notes


def test_without_a_kernel_it_is_packed_unchecked(week, monkeypatch):
    def none(*_):
        raise handing_in.NotRunnable("there is no Python kernel here")

    monkeypatch.setattr("cnnkit.running.check_notebook", none)
    done = pack_week(week / "lesson.ipynb")
    assert "lesson.ipynb was not checked: there is no Python kernel here." in done.notes
    assert list(members(done.file))[:-1] == PACKED


def test_a_notebook_that_hands_itself_in_starts_no_kernels_without_end(tmp_path):
    path = s.written(tmp_path, double=s.RIGHT, more=["import cnnkit\ncnnkit.hand_in()", "cnnkit.desk()"])
    with s.kernel_of(path) as run:
        assert "lesson    1 of 3  a check just now" in s.text_of(
            run("import cnnkit\nprint(cnnkit.hand_in())")
        )
    assert [one.name for one in tmp_path.glob("*.zip")] == [f"hand_in_{tmp_path.name}.zip"]


@pytest.mark.parametrize("name", ["CNNKIT_GRADING", "CNNKIT_QUICK"])
def test_nothing_happens_when_it_is_graded_or_run_quickly(week, monkeypatch, name):
    monkeypatch.setenv(name, "1")
    assert cnnkit.hand_in(week / "gone.ipynb") is None
    assert not list(week.glob("*.zip"))


def test_a_notebook_that_nobody_names_is_asked_for():
    with pytest.raises(ValueError, match=r'Name its file, as in cnnkit.hand_in\("LESSON.ipynb"\)'):
        cnnkit.hand_in()


def test_the_command(week, capsys):
    assert cli.main(["hand-in", str(week / "lesson.ipynb"), "--name", "amber", "--timeout=60"]) == 0
    assert "Packed: amber.zip" in capsys.readouterr().out and (week / "amber.zip").exists()


def test_the_command_takes_the_folder_that_one_is_in(week, unchecked, monkeypatch, capsys):
    monkeypatch.chdir(week)
    assert cli.main(["hand-in", "."]) == 0
    assert "Packed: hand_in_week1.zip" in capsys.readouterr().out and len(unchecked) == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["gone.ipynb"], "gone.ipynb cannot be handed in: No such file or directory"),
        (["notes.ipynb"], "notes.ipynb is a notebook, but no lesson"),
        (["images"], "holds no lesson's notebook."),
        (["lesson.ipynb", "--name=a b"], "'a b' cannot be your name here"),
    ],
)
def test_what_cannot_be_handed_in_ends_with_two(week, monkeypatch, capsys, arguments, said):
    monkeypatch.chdir(week)
    assert cli.main(["hand-in", *arguments]) == 2
    told = capsys.readouterr()
    assert told.out == "" and said in told.err and told.err.count("\n") == 1
