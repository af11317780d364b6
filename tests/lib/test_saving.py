"""cnnkit.saving: all work as one file, and back again, whatever the file holds."""

import io
import json
import os
import struct
import sys
import time
import tracemalloc
import zipfile
import zlib
from types import SimpleNamespace

import pytest
import student_lesson as s

import cnnkit
from cnnkit import handing_in, packing, saving
from cnnkit.saving import NotWork, bring_into, save_from

WEEKS = ("week1", "week2")
PROGRESS, WEIGHTS = "work/lesson/progress.json", "work/nets/line.safetensors"


def put(path, content="mine", when=None):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    if when is not None:
        os.utime(path, (when, when))
    return path


def fresh(folder):
    """The weeks of a course as they were given out, long ago."""
    for week in WEEKS:
        put(folder / week / "mistakes/lesson.json", "{}")
        put(folder / week / "lesson.ipynb", "given out", when=1_000)
        put(folder / week / "images/a.png", "picture")
    return folder


@pytest.fixture
def course(tmp_path):
    return fresh(tmp_path / "course")


@pytest.fixture
def elsewhere(tmp_path):
    return fresh(tmp_path / "another computer")


def zipped(**members):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


def names(file):
    with zipfile.ZipFile(file) as archive:
        return archive.namelist()


def everything(folder):
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_notebooks_and_work_of_all_weeks_are_one_file(course):
    for name in (
        PROGRESS,
        WEIGHTS,
        "mine.ipynb",
        ".ipynb_checkpoints/lesson.ipynb",
        "work/.hidden",
        "amber.zip",
    ):
        put(course / "week1" / name)
    (course / "week1" / "work" / "link").symlink_to("/etc/passwd")
    done = save_from(course / "week2")
    kept = [
        "week1/lesson.ipynb",
        "week1/mine.ipynb",
        f"week1/{PROGRESS}",
        f"week1/{WEIGHTS}",
        "week2/lesson.ipynb",
    ]
    assert done.file == course / "week2/my_work.zip"
    assert names(done.file) == [*kept, "manifest.json"]
    assert str(done).startswith("Saved: my_work.zip, ") and "(files of week1: 4, week2: 1)" in str(done)
    assert names(save_from(course / "week2").file) == [*kept, "manifest.json"], "it packs no zip of its own"


def test_a_zip_that_was_not_brought_back_yet_is_kept(course, elsewhere):
    put(elsewhere / "week1" / PROGRESS, "of yesterday")
    other = save_from(elsewhere / "week1").file.read_bytes()
    put(course / "week1" / "my_work.zip", other)
    done = save_from(course / "week1")
    assert done.aside == "my_work.before-1.zip"
    assert str(done).endswith(" Another my_work.zip was here, and is kept as my_work.before-1.zip.")
    assert (course / "week1" / done.aside).read_bytes() == other != done.file.read_bytes()
    put(course / "week1" / PROGRESS, "of today")
    again = save_from(course / "week1")
    assert again.aside == "" and "Another" not in str(again), "one's own older zip needs no keeping"
    assert sorted(path.name for path in (course / "week1").glob("*.zip")) == [done.aside, "my_work.zip"]


def test_a_notebook_away_from_its_course_is_saved_alone(tmp_path):
    put(tmp_path / "desktop/lesson.ipynb")
    put(tmp_path / "week1/lesson.ipynb")
    assert names(save_from(tmp_path / "desktop").file) == ["desktop/lesson.ipynb", "manifest.json"]


def test_all_comes_back_on_another_computer(course, elsewhere):
    for week in WEEKS:
        put(course / week / "lesson.ipynb", f"mine of {week}")
        put(course / week / PROGRESS, week)
    back = bring_into(elsewhere / "week1", save_from(course / "week2").file.read_bytes())
    assert back.files == [
        "week1/lesson.ipynb",
        f"week1/{PROGRESS}",
        "week2/lesson.ipynb",
        f"week2/{PROGRESS}",
    ]
    assert (back.aside, back.same, back.refused) == ({}, 0, [])
    for name in ("my_work.zip", saving.LAST):
        (course / "week2" / name).unlink()
    assert everything(elsewhere) == everything(course)
    assert str(back).startswith(
        "Brought back: 4 files. If one of these notebooks is open, choose File > Reload"
    )


def test_on_colab_the_browser_downloads_what_is_not_in_the_drive(course, monkeypatch):
    put(course / "week1" / WEIGHTS)
    asked = []
    monkeypatch.setenv("COLAB_RELEASE_TAG", "release")
    monkeypatch.setitem(sys.modules, "google.colab.files", SimpleNamespace(download=asked.append))
    done = save_from(course / "week1")
    assert asked == [str(course / "week1" / "my_work.zip")]
    assert names(done.file) == [f"week1/{WEIGHTS}", "manifest.json"]
    assert "choose File > Download > Download .ipynb." in str(done) and "<a " not in done._repr_html_()


def test_another_students_name_does_not_come_back(course, elsewhere):
    packing.keep_name(elsewhere / "week1", "birch")
    data = save_from(elsewhere / "week1").file.read_bytes()
    packing.keep_name(course / "week2", "amber")
    back = bring_into(course / "week1", data)
    assert back.refused == ["'week1/work/student.txt' has another name than yours, amber."]
    assert (packing.kept_name(course / "week1"), back.name) == ("amber", "")
    packing.keep_name(elsewhere / "week1", "amber")
    own = bring_into(course / "week1", save_from(elsewhere / "week1").file.read_bytes())
    assert own.refused == [] and own.files == ["week1/work/student.txt"]


def test_a_name_that_comes_back_is_told(course, elsewhere):
    packing.keep_name(elsewhere / "week1", "birch")
    back = bring_into(course / "week2", save_from(elsewhere / "week1").file.read_bytes())
    told = "You hand in as birch now. If that is not you, enter your own name at the desk."
    assert told in str(back).splitlines() and told in back._repr_html_()
    assert packing.kept_name(course / "week2") == "birch"


def test_it_comes_back_twice_and_the_second_time_nothing_changes(course):
    data = save_from(course / "week1").file.read_bytes()
    before = everything(course)
    back = bring_into(course / "week1", data)
    assert (back.files, back.same) == ([], 2) and everything(course) == before


def test_what_is_newer_here_and_another_is_kept_beside_it(course, elsewhere):
    put(course / "week1/lesson.ipynb", "saved", when=2_000)
    put(course / "week2/lesson.ipynb", "saved", when=2_000)
    data = save_from(course / "week1").file.read_bytes()
    put(elsewhere / "week1/lesson.ipynb", "newer", when=3_000)
    put(elsewhere / "week1/lesson.before-1.ipynb", "of an earlier time")
    put(elsewhere / "week2/lesson.ipynb", "older", when=1_000)
    back = bring_into(elsewhere / "week1", data)
    assert back.aside == {"week1/lesson.ipynb": "lesson.before-2.ipynb"}
    assert (elsewhere / "week1/lesson.ipynb").read_text() == "saved"
    assert (elsewhere / "week1/lesson.before-2.ipynb").read_text() == "newer"
    assert [path.name for path in (elsewhere / "week2").glob("*.ipynb")] == ["lesson.ipynb"]
    assert (
        "week1/lesson.ipynb was newer here, and another: that one is kept beside it, as lesson.before-2.ipynb."
        in str(back)
    )


@pytest.mark.parametrize(
    "manifest", ["{", "[]", '{"files": 3}', '{"files": {"week1/lesson.ipynb": {"saved": "2100"}}}', None]
)
def test_where_nobody_knows_when_it_was_saved_what_is_here_is_kept(course, manifest):
    members = {"week1/lesson.ipynb": "from a zip", "manifest.json": manifest}
    back = bring_into(course / "week1", zipped(**{name: text for name, text in members.items() if text}))
    assert back.files == ["week1/lesson.ipynb"]
    assert (course / "week1/lesson.before-1.ipynb").read_text() == "given out"


def test_a_time_for_another_content_is_not_believed(course):
    about = packing.about(b"what was packed", 4e9)
    members = {
        "week1/lesson.ipynb": "exchanged since",
        "manifest.json": json.dumps({"files": {"week1/lesson.ipynb": about}}),
    }
    assert bring_into(course / "week1", zipped(**members)).aside == {
        "week1/lesson.ipynb": "lesson.before-1.ipynb"
    }


def test_a_time_that_has_not_come_yet_is_not_believed(course, elsewhere):
    """A clock that is fast, or a manifest that lies, costs nobody what is newer here."""
    put(course / "week1/lesson.ipynb", "theirs", when=time.time() + 10**9)
    data = save_from(course / "week1").file.read_bytes()
    put(elsewhere / "week1/lesson.ipynb", "mine")
    back = bring_into(elsewhere / "week1", data)
    assert back.aside == {"week1/lesson.ipynb": "lesson.before-1.ipynb"}
    assert (elsewhere / "week1/lesson.before-1.ipynb").read_text() == "mine"


def test_a_hand_in_comes_back_too(tmp_path):
    folder = tmp_path / "course" / "week1"
    put(folder / "mistakes/lesson.json", "{}")
    s.written(folder, double=s.RIGHT)
    file = handing_in.pack_week(folder).file
    handed_in = (folder / "lesson.ipynb").read_bytes()
    s.written(folder)
    assert bring_into(folder, file.read_bytes()).files == ["week1/lesson.ipynb"]
    assert (folder / "lesson.ipynb").read_bytes() == handed_in


TRICKS = [
    "../lesson.ipynb", "week1/../../lesson.ipynb", "/etc/lesson.ipynb", "week1/work/../../x", "week1\\lesson.ipynb",
    "C:/lesson.ipynb", "week1//lesson.ipynb", "week1/work/.bashrc", "week1/.ipynb", "week1/work", "week1/images/a.png",
    "week1/mistakes/lesson.json", "week1/lesson.py", "lesson.ipynb", "week1/sub/lesson.ipynb", "week9/lesson.ipynb",
    "week1/work/x/a\nb", "week1/work/a:b", "week1/work/dot./x", "week1/work/-rf", "week1/work/\u202ex",
]  # fmt: skip


@pytest.mark.parametrize("path", TRICKS)
def test_paths_that_lead_elsewhere_are_left_out_and_told(course, path):
    before = everything(course.parent)
    back = bring_into(course / "week1", zipped(**{path: "bad", "week2/work/good.json": "good"}))
    assert back.files == ["week2/work/good.json"] and len(back.refused) == 1
    (course / "week2/work/good.json").unlink()
    assert everything(course.parent) == before


def test_links_are_not_followed(course, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (course / "week1/work").symlink_to(outside)
    (course / "week2/mine.ipynb").symlink_to(outside / "notes")
    link = zipfile.ZipInfo("week2/link.ipynb")
    link.external_attr = 0o120777 << 16
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("week1/work/x.json", "x")
        archive.writestr("week2/mine.ipynb", "x")
        archive.writestr(link, "/etc/passwd")
    back = bring_into(course / "week1", file.getvalue())
    assert back.files == [] and len(back.refused) == 3 and list(outside.iterdir()) == []


def test_a_folder_in_the_way_is_left_and_told(course):
    (course / "week1/mine.ipynb").mkdir()
    put(course / "week2/work", "a file")
    back = bring_into(
        course / "week1", zipped(**{"week1/mine.ipynb": "x", "week2/work/x.json": "x", "week1/ok.ipynb": "x"})
    )
    assert back.files == ["week1/ok.ipynb"] and len(back.refused) == 2


def test_a_damaged_member_is_left_out_and_the_rest_comes_back(course):
    data = bytearray(zipped(**{"week1/a.ipynb": "x" * 50, "week1/b.ipynb": "y" * 50}))
    data[data.index(b"xxxx") + 9] ^= 255
    back = bring_into(course / "week1", bytes(data))
    assert back.files == ["week1/b.ipynb"]
    assert back.refused == ["'week1/a.ipynb' is damaged, or packed in an unusual way."]
    assert not (course / "week1/a.ipynb").exists()


def swapped(old, new):
    return zipped(**{old: "bad", "week2/work/good.json": "good"}).replace(old.encode(), new)


def lzma():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("week1/a.ipynb", os.urandom(300))
        archive.writestr("week2/work/good.json", "good", zipfile.ZIP_STORED)
    data = bytearray(file.getvalue())
    data[60:100] = b"\xff" * 40
    return bytes(data)


@pytest.mark.parametrize("data", [swapped("AAAA", b"\0AAA"), lzma()], ids=["no name", "lzma"])
def test_what_no_zip_of_ours_has_is_left_out_and_the_rest_comes_back(course, data):
    back = bring_into(course / "week1", data)
    assert back.files == ["week2/work/good.json"] and len(back.refused) == 1


def test_files_that_begin_before_their_zip_does_are_left_out(course):
    data = bytearray(zipped(**{"week1/a.ipynb": "a", "week1/b.ipynb": "b"}))
    data[data.index(b"PK\x05\x06") + 16] += 40
    assert len(bring_into(course / "week1", bytes(data)).refused) == 2


def test_a_loop_of_links_is_not_followed(course):
    (course / "week1/work").mkdir()
    (course / "week1/work/loop").symlink_to("loop")
    back = bring_into(course / "week1", zipped(**{"week1/work/loop/x.json": "x", "week1/work/y.json": "y"}))
    assert back.files == ["week1/work/y.json"] and "is a link or meets one" in back.refused[0]


def test_a_member_that_says_it_is_small_fills_no_memory(course):
    press, path = zlib.compressobj(9, zlib.DEFLATED, -15), b"week1/work/a.bin"
    raw = b"".join(press.compress(bytes(10**7)) for _ in range(60)) + press.flush()
    sizes = struct.pack("<IIIHH", 0, len(raw), 10, len(path), 0)
    entry = struct.pack("<4s5H", b"PK\3\4", 20, 0, 8, 0, 0) + sizes + path + raw
    listed = (
        struct.pack("<4s6H", b"PK\1\2", 20, 20, 0, 8, 0, 0)
        + sizes
        + struct.pack("<3H2I", 0, 0, 0, 0, 0)
        + path
    )
    end = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, 1, 1, len(listed), len(entry), 0)
    tracemalloc.start()
    back = bring_into(course / "week1", entry + listed + end)
    assert back.refused == ["'week1/work/a.bin' is damaged, or packed in an unusual way."]
    assert tracemalloc.get_traced_memory()[1] < 10**8  # it would be six times as much
    tracemalloc.stop()


def test_a_full_disk_leaves_what_is_here_in_its_place(course, monkeypatch):
    mine = put(course / "week1/lesson.ipynb", "newer here")

    def full(file, content):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(saving, "write_whole", full)
    back = bring_into(course / "week1", zipped(**{"week1/lesson.ipynb": "older"}))
    assert back.refused == ["week1/lesson.ipynb cannot be written: No space left on device."]
    assert mine.read_text() == "newer here" and back.aside == {} == dict.fromkeys(back.files)
    assert [file.name for file in (course / "week1").glob("*.ipynb")] == ["lesson.ipynb"]


@pytest.mark.parametrize(
    "data", [b"", b"PK\x03\x04 not really", b"\0" * 1_000], ids=["empty", "torn", "zeros"]
)
def test_what_is_no_zip_is_refused(course, data):
    with pytest.raises(NotWork, match=r"This is no zip, or a damaged one. Choose the file that you saved\."):
        bring_into(course / "week1", data)


@pytest.mark.parametrize("limit", ["MOST_FILES", "MOST_BYTES"])
def test_a_zip_without_end_is_refused_before_it_is_unpacked(course, monkeypatch, limit):
    monkeypatch.setattr(saving, limit, 1)
    before = everything(course)
    with pytest.raises(NotWork, match="nothing was brought back"):
        bring_into(course / "week1", zipped(**{"week1/a.ipynb": "a", "week1/b.ipynb": "b"}))
    assert everything(course) == before


def test_only_the_first_of_many_reasons_are_listed(course):
    back = bring_into(course / "week1", zipped(**{f"{n}.txt": "x" for n in range(20)}))
    assert str(back).count("Left out: ") == saving.SHOWN + 1 and str(back).endswith("Left out: 12 more.")


def test_in_a_notebook_it_is_this_notebooks_course(course):
    for week in WEEKS:
        s.written(course / week)
    with s.kernel_of(course / "week1/lesson.ipynb") as run:
        said = run("import cnnkit\nprint(cnnkit.save_work())\nprint(cnnkit.bring_back('my_work.zip'))")
    assert "files of week1: 1, week2: 1" in s.text_of(said) and "0 files; 2 were here already." in s.text_of(
        said
    )


def test_a_file_too_large_for_a_page_says_how_it_comes_back(course, monkeypatch):
    assert "drag it" not in str(save_from(course / "week1"))
    monkeypatch.setattr(saving, "SENT", 9)
    assert 'run cnnkit.bring_back("my_work.zip") in a cell.' in str(save_from(course / "week1"))


def test_nothing_happens_when_it_is_graded(course, monkeypatch):
    monkeypatch.setenv("CNNKIT_GRADING", "1")
    monkeypatch.chdir(course / "week1")
    assert cnnkit.save_work() is None and cnnkit.bring_back("gone.zip") is None
    assert not list(course.rglob("*.zip"))
