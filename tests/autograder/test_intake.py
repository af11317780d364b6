"""A class's folder with all that can be wrong in it: every defect has its line, and the class goes on."""

import io
import json
import os
import socket
import stat
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest

from autograder.intake import HandIns, IntakeLimits, Submission, Weights
from cnnkit import handing_in, packing
from cnnkit.packing import MANIFEST
from cnnkit.training import LARGEST

WEEK, LESSON, OTHER = "week1", "first_steps", "second_steps"
Prepare = Callable[[Path], object]


def text(mark: str = "mine") -> str:
    return nbformat.writes(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(mark, id="a")]))


SOUND = text()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The class's folder, with one sound student."""
    made = tmp_path / "submitted"
    put(made / "zoe" / WEEK / f"{LESSON}.ipynb")
    return made


def put(path: Path, content: str | bytes = SOUND) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def read_all(folder: Path, lessons: list[str], limits: IntakeLimits | None = None) -> list[Submission]:
    return list(HandIns(folder, WEEK, lessons, limits))


def read(folder: Path, limits: IntakeLimits | None = None) -> dict[str, Submission]:
    found = read_all(folder, [LESSON], limits)
    assert [one.student for one in found] == sorted({one.student for one in found})
    return {one.student: one for one in found}


def kinds(submission: Submission) -> list[str]:
    return [event.kind for event in submission.events]


def packed(*members: tuple[str, str | bytes], **how: int) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content, **how)
    return file.getvalue()


def put_socket(path: Path) -> None:
    path.parent.mkdir(parents=True)
    here = os.open(path.parent, os.O_RDONLY)
    with socket.socket(socket.AF_UNIX) as made:  # through /proc: a socket's path may not be long
        made.bind(f"/proc/self/fd/{here}/{path.name}")
    os.close(here)


def put_link(path: Path, target: str, name: str = "") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to(target)


def put_sparse(path: Path, size: int) -> None:
    put(path, b"")
    os.truncate(path, size)


def put_device(path: Path) -> None:
    path.parent.mkdir(parents=True)
    try:
        os.mknod(path, 0o600 | stat.S_IFCHR, os.makedev(1, 5))
    except PermissionError:
        pytest.skip("only root makes devices")


def put_fifo(path: Path) -> None:
    path.parent.mkdir(parents=True)
    os.mkfifo(path)


NOTEBOOK = f"amber/{WEEK}/{LESSON}.ipynb"
DEFECTS: dict[str, tuple[Prepare, str]] = {
    "notebook_missing": (lambda d: (d / "amber" / WEEK).mkdir(parents=True), "missing_notebook"),
    "folder_missing": (lambda d: (d / "amber").mkdir(), "missing_notebook"),
    "another_week_only": (lambda d: put(d / "amber" / "week2" / f"{LESSON}.ipynb"), "missing_notebook"),
    "another_name": (lambda d: put(d / "amber" / WEEK / "untitled.ipynb"), "missing_notebook"),
    "python_script": (lambda d: put(d / "amber" / WEEK / f"{LESSON}.py"), "missing_notebook"),
    "two_that_could_be_it": (
        lambda d: [put(d / "amber" / WEEK / f"{LESSON} ({i}).ipynb") for i in (1, 2)],
        "missing_notebook",
    ),
    "not_json": (lambda d: put(d / NOTEBOOK, "{"), "not_json"),
    "link_to_a_file": (lambda d: put_link(d / NOTEBOOK, "/etc/passwd"), "symlink"),
    "link_to_another_student": (
        lambda d: put_link(d / NOTEBOOK, f"../../zoe/{WEEK}/{LESSON}.ipynb"),
        "symlink",
    ),
    "link_to_nothing": (lambda d: put_link(d / NOTEBOOK, "nowhere"), "symlink"),
    "link_as_week": (lambda d: put_link(d / "amber" / WEEK, f"../zoe/{WEEK}"), "symlink"),
    "link_as_student": (lambda d: put_link(d / "amber", "zoe"), "symlink"),
    "folder_as_notebook": (lambda d: (d / NOTEBOOK).mkdir(parents=True), "not_a_file"),
    "pipe_as_notebook": (lambda d: put_fifo(d / NOTEBOOK), "not_a_file"),
    "pipe_as_student": (lambda d: os.mkfifo(d / "amber"), "not_a_file"),
    "socket_as_notebook": (lambda d: put_socket(d / NOTEBOOK), "not_a_file"),
    "device_as_notebook": (lambda d: put_device(d / NOTEBOOK), "not_a_file"),
    "file_as_week": (lambda d: put(d / "amber" / WEEK), "not_a_file"),
    "hundred_megabytes": (lambda d: put_sparse(d / NOTEBOOK, 100_000_000), "too_large"),
    "terabyte": (lambda d: put_sparse(d / NOTEBOOK, 10**12), "too_large"),
    "notebook_beside_the_folders": (lambda d: put(d / "amber.ipynb"), "wrong_place"),
    "rar": (lambda d: put(d / "amber.rar", "Rar!"), "not_a_zip"),
    "zip_empty_file": (lambda d: put(d / "amber.zip", ""), "corrupt_zip"),
    "zip_of_noise": (lambda d: put(d / "amber.zip", b"PK\x03\x04 not really"), "corrupt_zip"),
    "zip_cut_short": (
        lambda d: put(d / "amber.zip", packed((f"{LESSON}.ipynb", SOUND))[:-30]),
        "corrupt_zip",
    ),
    "zip_with_a_flipped_byte": (lambda d: put(d / "amber.zip", flipped()), "corrupt_zip"),
    "zip_without_members": (lambda d: put(d / "amber.zip", packed()), "missing_notebook"),
    "zip_of_another_week": (
        lambda d: put(d / "amber.zip", packed((f"week2/{LESSON}.ipynb", SOUND), ("week3/a.txt", "a"))),
        "missing_notebook",
    ),
    "zip_too_large": (lambda d: put_sparse(d / "amber.zip", 100_000_000), "too_large"),
    "zip_encrypted": (lambda d: put(d / "amber.zip", encrypted()), "encrypted"),
    "zip_lzma": (
        lambda d: put(d / "amber.zip", packed((f"{LESSON}.ipynb", SOUND), compress_type=zipfile.ZIP_LZMA)),
        "corrupt_zip",
    ),
    "zip_bomb": (lambda d: put(d / "amber.zip", packed((f"{LESSON}.ipynb", bytes(19_000_000)))), "zip_bomb"),
    "zip_bomb_over_the_limit": (
        lambda d: put(d / "amber.zip", packed((f"{LESSON}.ipynb", bytes(60_000_000)))),
        "too_large",
    ),
    "zip_bomb_that_lies_about_its_size": (lambda d: put(d / "amber.zip", lying()), "corrupt_zip"),
    "zip_with_too_many_files": (
        lambda d: put(d / "amber.zip", packed(*[(f"{i}.txt", "") for i in range(1001)])),
        "zip_bomb",
    ),
    "zip_member_a_link": (lambda d: put(d / "amber.zip", linked()), "symlink"),
}


def flipped() -> bytes:
    data = bytearray(packed((f"{LESSON}.ipynb", SOUND)))
    data[80] ^= 255
    return bytes(data)


def encrypted() -> bytes:
    data = packed((f"{LESSON}.ipynb", SOUND))
    local, central = data.index(b"PK\x03\x04") + 6, data.index(b"PK\x01\x02") + 8
    made = bytearray(data)
    made[local] |= 1
    made[central] |= 1
    return bytes(made)


def lying() -> bytes:
    """50 MB that both headers declare as 1000 bytes."""
    data = bytearray(packed((f"{LESSON}.ipynb", bytes(50_000_000))))
    for start in (data.index(b"PK\x03\x04") + 22, data.index(b"PK\x01\x02") + 24):
        data[start : start + 4] = struct.pack("<I", 1000)
    return bytes(data)


def linked() -> bytes:
    file = io.BytesIO()
    info = zipfile.ZipInfo(f"{LESSON}.ipynb")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(info, "/etc/passwd")
    return file.getvalue()


@pytest.mark.parametrize(("prepare", "kind"), DEFECTS.values(), ids=DEFECTS)
def test_a_defect_has_its_line_and_the_class_goes_on(folder: Path, prepare: Prepare, kind: str) -> None:
    prepare(folder)
    left_open = os.listdir("/proc/self/fd")
    found = read(folder)
    assert os.listdir("/proc/self/fd") == left_open
    assert found.keys() == {"amber", "zoe"}
    assert found["zoe"].notebook is not None and found["zoe"].events == []
    amber = found["amber"]
    assert amber.notebook is None and amber.lesson == LESSON and amber.assignment == WEEK
    assert kinds(amber) == [kind]
    assert amber.events[0].severity == "warning" and amber.events[0].message.endswith(".")
    assert "root:" not in repr(amber)


SWAPPED: dict[str, tuple[Prepare, str]] = {
    "for_a_link": (lambda d: put_link(d / NOTEBOOK, "/etc/passwd"), "unreadable"),
    "for_a_link_to_a_folder": (lambda d: put_link(d / "amber" / WEEK, f"../zoe/{WEEK}"), "unreadable"),
    "for_a_pipe": (lambda d: put_fifo(d / NOTEBOOK), "not_a_file"),
}


@pytest.mark.parametrize(("prepare", "kind"), SWAPPED.values(), ids=SWAPPED)
def test_what_is_exchanged_after_it_was_looked_at(
    folder: Path, monkeypatch: pytest.MonkeyPatch, prepare: Prepare, kind: str
) -> None:
    prepare(folder)
    file, inner = os.lstat(folder / "zoe" / WEEK / f"{LESSON}.ipynb"), os.lstat(folder)
    monkeypatch.setattr(
        "autograder.intake.os.lstat", lambda name, dir_fd: file if name.endswith(".ipynb") else inner
    )
    assert kinds(read(folder)["amber"]) == [kind]


@pytest.mark.parametrize("name", ["hundred_megabytes", "terabyte", "zip_too_large"])
def test_large_files_are_not_loaded(folder: Path, little_memory: None, name: str) -> None:
    prepare, kind = DEFECTS[name]
    prepare(folder)
    (event,) = read(folder)["amber"].events
    assert event.kind == kind and ("1e+06 MB" if name == "terabyte" else "100 MB") in event.message


RENAMED = {
    "wrong_case": "First_Steps.IPYNB",
    "browser_copy": f"{LESSON} (1).ipynb",
    "jupyter_copy": f"{LESSON}-Copy1.ipynb",
    "jupyter_copy_without_dash": f"{LESSON}Copy1.ipynb",
    "mac_copy": f"{LESSON} copy.ipynb",
    "copy_of": f"Copy of {LESSON}.ipynb",
    "colab_copy": f"Copy_of_{LESSON}.ipynb",
    "text_suffix": f"{LESSON}.ipynb.txt",
    "json_suffix": f"{LESSON}.ipynb.json",
    "final": f"{LESSON}_final.ipynb",
    "own_name": f"amber-{LESSON}.ipynb",
    "site_prefix": f"amber_1234_5678_{LESSON}-2.ipynb",
    "spaces": "first steps.ipynb",
    "dashes": "first-steps.ipynb",
}


@pytest.mark.parametrize("name", RENAMED.values(), ids=RENAMED)
def test_a_renamed_notebook_is_taken_and_said(folder: Path, name: str) -> None:
    put(folder / "amber" / WEEK / name, text("renamed"))
    put(folder / "amber" / WEEK / "notes.txt", "")
    amber = read(folder)["amber"]
    assert amber.notebook is not None and amber.notebook.cells[0].source == "renamed"
    assert kinds(amber) == ["renamed"]
    assert repr(name) in amber.events[0].message and f"'{LESSON}.ipynb'" in amber.events[0].message


@pytest.mark.parametrize(
    "name", ["first_stepsons.ipynb", "myfirst_steps.ipynb", "steps.ipynb", f"{LESSON}.py"]
)
def test_a_file_that_only_sounds_alike_is_not_taken(folder: Path, name: str) -> None:
    put(folder / "amber" / WEEK / name)
    amber = read(folder)["amber"]
    assert amber.notebook is None and kinds(amber) == ["missing_notebook"]
    assert repr(name) in amber.events[0].message


def test_the_right_name_wins_over_copies(folder: Path) -> None:
    put(folder / NOTEBOOK, text("right"))
    put(folder / "amber" / WEEK / f"{LESSON}-Copy1.ipynb", text("copy"))
    amber = read(folder)["amber"]
    assert amber.notebook is not None and amber.notebook.cells[0].source == "right" and amber.events == []


def test_another_lessons_notebook_is_not_taken_for_this_one(tmp_path: Path) -> None:
    put(tmp_path / "amber" / WEEK / "steps_again.ipynb", text("again"))
    found = read_all(tmp_path, ["steps_again", "steps"])
    assert [(one.lesson, one.notebook is None) for one in found] == [("steps", True), ("steps_again", False)]


def test_every_lesson_has_a_row_in_order(folder: Path) -> None:
    put(folder / "amber" / WEEK / f"{OTHER}.ipynb", "{")
    put(folder / "birch" / WEEK / f"{OTHER}.ipynb", text("done"))
    found = read_all(folder, [OTHER, LESSON])
    assert [(one.student, one.lesson, kinds(one)) for one in found] == [
        ("amber", LESSON, ["missing_notebook"]),
        ("amber", OTHER, ["not_json"]),
        ("birch", LESSON, ["missing_notebook"]),
        ("birch", OTHER, []),
        ("zoe", LESSON, []),
        ("zoe", OTHER, ["missing_notebook"]),
    ]


def test_the_week_in_another_case_is_taken_and_said(folder: Path) -> None:
    put(folder / "amber" / "Week1" / f"{LESSON}.ipynb")
    assert kinds(read(folder)["amber"]) == ["renamed"]


ZIPS = {
    "in_the_weeks_folder": [f"{WEEK}/{LESSON}.ipynb"],
    "bare": [f"{LESSON}.ipynb"],
    "in_a_top_folder": [f"amber/{WEEK}/{LESSON}.ipynb", f"amber/week2/{LESSON}.ipynb"],
    "bare_in_a_top_folder": [f"my work/{LESSON}.ipynb", "my work/notes.txt"],
    "bare_beside_a_folder_of_the_weeks_name": [f"{LESSON}.ipynb", f"{WEEK}/images/a.png"],
    "of_a_mac": [f"{WEEK}/{LESSON}.ipynb", f"__MACOSX/{WEEK}/._{LESSON}.ipynb", f"{WEEK}/.DS_Store"],
    "with_checkpoints": [f"{WEEK}/{LESSON}.ipynb", f"{WEEK}/.ipynb_checkpoints/{LESSON}-checkpoint.ipynb"],
}


@pytest.mark.parametrize("names", ZIPS.values(), ids=ZIPS)
def test_a_zip_is_read(folder: Path, names: list[str]) -> None:
    members = [(name, text("here") if f"week2/{LESSON}" not in name else text("week 2")) for name in names]
    put(folder / "amber.zip", packed(*members))
    amber = read(folder)["amber"]
    assert amber.notebook is not None and amber.notebook.cells[0].source == "here" and amber.events == []


PATHS = ["../{}", "/{}", "week1/../../{}", "week1\\{}", "C:{}", "C:/week1/{}", "//host/{}"]


@pytest.mark.parametrize("path", PATHS)
def test_paths_that_lead_elsewhere_are_left_out(folder: Path, path: str) -> None:
    name = f"{LESSON}.ipynb"
    put(folder / "amber.zip", packed((path.format(name), text("bad")), (name, text("good"))))
    before = sorted(folder.parent.rglob("*"))
    amber = read(folder)["amber"]
    assert amber.notebook is not None and amber.notebook.cells[0].source == "good"
    assert kinds(amber) == ["bad_member"]
    assert sorted(folder.parent.rglob("*")) == before


def test_a_member_without_a_name_costs_nothing(folder: Path) -> None:
    data = packed(("AAAA", "x"), (f"{LESSON}.ipynb", text())).replace(b"AAAA", b"\0AAA")
    put(folder / "amber.zip", data)
    amber = read(folder)["amber"]
    assert kinds(amber) == ["bad_member"] and amber.notebook is not None


def test_of_members_with_one_name_the_last_is_graded(folder: Path) -> None:
    with pytest.warns(UserWarning, match="Duplicate name"):
        put(folder / "amber.zip", packed((f"{LESSON}.ipynb", text("old")), (f"{LESSON}.ipynb", text("new"))))
    amber = read(folder)["amber"]
    assert amber.notebook is not None and amber.notebook.cells[0].source == "new"
    assert kinds(amber) == ["duplicate_member"]


def test_a_folder_named_as_a_zip_is_no_other_student(folder: Path) -> None:
    """Its pages would lie where another student's zip of pages goes."""
    for name in ("amber", "amber.zip", "birch.ZIP"):
        put(folder / name / WEEK / f"{LESSON}.ipynb")
    put(folder / "cedar.zip.zip", packed((f"{WEEK}/{LESSON}.ipynb", SOUND)))
    put(folder / ".zip" / WEEK / f"{LESSON}.ipynb")
    found = read(folder)
    assert [name for name in found if not name.startswith("refused-")] == ["amber", "birch", "cedar", "zoe"]
    assert kinds(found["amber"]) == ["several_hand_ins"] and found["cedar"].notebook is not None


def test_a_folder_and_a_zip_of_one_student_are_one_row(folder: Path) -> None:
    put(folder / NOTEBOOK, text("folder"))
    put(folder / "amber.zip", packed((f"{LESSON}.ipynb", text("zip"))))
    amber = read(folder)["amber"]
    assert amber.notebook is not None and amber.notebook.cells[0].source == "folder"
    assert kinds(amber) == ["several_hand_ins"]
    assert "'amber.zip'" in amber.events[0].message


@pytest.mark.parametrize("name", ["amber", "a.b_c@d-e+1", "A1", "_x", "Éloïse", "学生", "4711", "x" * 80])
def test_sane_names_are_taken(folder: Path, name: str) -> None:
    put(folder / name / WEEK / f"{LESSON}.ipynb")
    assert read(folder)[name].notebook is not None


BAD_NAMES = [
    b".hidden", b"..x", b"-rf", b"+1", b"@x", b"a b", b"<script>", b"a'b", b'a"b', b"a;b", b"a\nb",
    b"a\\b", b"x" * 81, b"\xff\xfe", b"a\xe2\x80\xaeb", b"refused-x", b"x.", b"=1", b"{x}", b"~",
    b"%2e%2e", "é".encode() * 41,
]  # fmt: skip


@pytest.mark.parametrize("name", BAD_NAMES, ids=map(repr, BAD_NAMES))
def test_other_names_have_a_row_under_a_safe_one(folder: Path, name: bytes) -> None:
    put(folder / os.fsdecode(name) / WEEK / f"{LESSON}.ipynb")
    found = read(folder)
    (student,) = found.keys() - {"zoe"}
    assert student.startswith("refused-") and student.isascii() and len(student) < 60
    assert not set(student) - set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")
    assert found[student].notebook is None and kinds(found[student]) == ["bad_student_name"]
    found[student].events[0].message.encode("utf-8")
    json.dumps([event.message for event in found[student].events], ensure_ascii=False).encode("utf-8")


def test_bad_names_that_look_alike_stay_apart(folder: Path) -> None:
    for name in ("a b", "a*b", "a?b"):
        (folder / name).mkdir()
    assert len(read(folder)) == 4


def test_one_name_in_two_encodings_is_one_student(folder: Path) -> None:
    put(folder / "e\u0301va" / WEEK / f"{LESSON}.ipynb")
    put(folder / "\u00e9va" / WEEK / f"{LESSON}.ipynb")
    found = read(folder)
    assert found.keys() == {"zoe", "\u00e9va"} and kinds(found["\u00e9va"]) == ["several_hand_ins"]


def test_what_lies_about_is_no_student(folder: Path) -> None:
    for name in (".DS_Store", "grades.csv", "README.md", ".ipynb_checkpoints/x.ipynb", "__MACOSX/amber/x"):
        put(folder / name, "x")
    assert read(folder).keys() == {"zoe"}


def test_a_file_that_may_not_be_read(folder: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root reads everything")
    put(folder / NOTEBOOK).chmod(0)
    assert kinds(read(folder)["amber"]) == ["unreadable"]


def test_a_fault_of_ours_costs_one_student_only(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(folder / NOTEBOOK, text("boom"))
    real = json.loads

    def loads(content: str, **hooks: object) -> object:
        if "boom" in content:
            raise MemoryError
        return real(content, **hooks)

    monkeypatch.setattr("autograder.reading.json.loads", loads)
    found = read(folder)
    assert kinds(found["amber"]) == ["unreadable"] and found["zoe"].notebook is not None


def test_the_classs_folder_itself_may_be_a_link(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(folder)
    assert read(tmp_path / "link")["zoe"].notebook is not None


def test_a_class_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(
        NotADirectoryError, match=r"no folder .*nowhere: it should hold STUDENT/week1/LESSON\.ipynb"
    ):
        HandIns(tmp_path / "nowhere", WEEK, [LESSON])


def test_limits_are_those_given(folder: Path) -> None:
    assert kinds(read(folder, IntakeLimits(notebook_bytes=10))["zoe"]) == ["too_large"]


LINE, CURVE = f"work/{LESSON}/line.safetensors", f"work/{LESSON}/curve.safetensors"
HANDED_IN = f"amber/{WEEK}/{LINE}"
WEIGHTS = struct.pack("<Q", 2) + b"{}"


def sized(size: int) -> bytes:
    """A sound file of weights of so many bytes, which do not pack."""
    about = {"a": {"dtype": "U8", "shape": [size - 100], "data_offsets": [0, size - 100]}}
    return struct.pack("<Q", 92) + json.dumps(about).encode().ljust(92) + os.urandom(size - 100)


def weights_of(folder: Path, limits: IntakeLimits | None = None, **wanted: list[str]) -> Weights:
    """What is read of amber's weights."""
    found = HandIns(folder, WEEK, [LESSON], limits).weights("amber", wanted or {LESSON: [LINE]})
    assert found.keys() == (wanted or {LESSON: 0}).keys()
    return found[LESSON]


def test_only_the_weights_that_are_asked_for_are_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(folder / NOTEBOOK)
    for name in (
        LINE,
        CURVE,
        f"work/{OTHER}/line.safetensors",
        f"work/{LESSON}/line.pt",
        "other.safetensors",
    ):
        put(folder / "amber" / WEEK / name, WEIGHTS)
    opened: list[str] = []
    real = os.open
    monkeypatch.setattr(
        "autograder.intake.os.open",
        lambda path, *how, **more: opened.append(str(path)) or real(path, *how, **more),
    )
    assert weights_of(folder) == Weights({LINE: WEIGHTS}, [])
    assert opened == [str(folder), str(folder), "amber", WEEK, "work", LESSON, "line.safetensors"]
    assert weights_of(folder, **{LESSON: [LINE, CURVE]}).files == {LINE: WEIGHTS, CURVE: WEIGHTS}


def test_weights_that_are_not_there_are_left_out_in_silence(folder: Path) -> None:
    put(folder / NOTEBOOK)
    assert weights_of(folder) == Weights({}, [])
    put(folder / "amber" / WEEK / CURVE, WEIGHTS)
    assert weights_of(folder) == Weights({}, [])
    put(folder / "birch.zip", packed((f"{LESSON}.ipynb", SOUND)))
    assert HandIns(folder, WEEK, [LESSON]).weights("birch", {LESSON: [LINE]}) == {LESSON: Weights()}


@pytest.mark.parametrize(
    "names", [n for n in ZIPS.values() if len(n) < 3], ids=[k for k, n in ZIPS.items() if len(n) < 3]
)
def test_weights_in_a_zip_lie_beside_the_notebook(folder: Path, names: list[str]) -> None:
    beside = [(name.replace(f"{LESSON}.ipynb", LINE), WEIGHTS) for name in names[:1]]
    put(folder / "amber.zip", packed(*[(name, SOUND) for name in names], *beside))
    amber = read(folder)["amber"]
    assert amber.notebook is not None and amber.events == []
    assert weights_of(folder) == Weights({LINE: WEIGHTS}, [])


def test_a_notebook_below_the_assignments_folder_is_not_taken_for_the_lessons(folder: Path) -> None:
    put(folder / "amber.zip", packed((f"{WEEK}/{LINE}", WEIGHTS), (f"{WEEK}/old/{LESSON}.ipynb", SOUND)))
    assert kinds(read(folder)["amber"]) == ["missing_notebook"]


def linked_weights() -> bytes:
    file = io.BytesIO()
    info = zipfile.ZipInfo(f"{WEEK}/{LINE}")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(f"{WEEK}/{LESSON}.ipynb", SOUND)
        archive.writestr(info, "/etc/passwd")
    return file.getvalue()


def zipped(content: bytes) -> bytes:
    return packed((f"{WEEK}/{LESSON}.ipynb", SOUND), (f"{WEEK}/{LINE}", content))


BAD_WEIGHTS: dict[str, tuple[Prepare, str]] = {
    "text": (lambda d: put(d / HANDED_IN, "sorry"), "bad_checkpoint"),
    "header_of_gigabytes": (lambda d: put(d / HANDED_IN, struct.pack("<Q", 2**33) + b"{}"), "bad_checkpoint"),
    "link_to_a_file": (lambda d: put_link(d / HANDED_IN, "/etc/passwd"), "symlink"),
    "link_to_another_student": (
        lambda d: put_link(d / HANDED_IN, f"../../../../zoe/{WEEK}/{LINE}"),
        "symlink",
    ),
    "link_as_folder": (lambda d: put_link(d / "amber" / WEEK / "work", f"../../zoe/{WEEK}/work"), "symlink"),
    "link_as_inner_folder": (
        lambda d: put_link(d / "amber" / WEEK / "work" / LESSON, f"../../../zoe/{WEEK}/work/{LESSON}"),
        "symlink",
    ),
    "folder": (lambda d: (d / HANDED_IN).mkdir(parents=True), "not_a_file"),
    "pipe": (lambda d: put_fifo(d / HANDED_IN), "not_a_file"),
    "device": (lambda d: put_device(d / HANDED_IN), "not_a_file"),
    "file_as_folder": (lambda d: put(d / "amber" / WEEK / "work", "x"), "not_a_file"),
    "gigabyte": (lambda d: put_sparse(d / HANDED_IN, 10**9), "too_large"),
    "terabyte": (lambda d: put_sparse(d / HANDED_IN, 10**12), "too_large"),
    "in_a_zip_text": (lambda d: put(d / "amber.zip", zipped(b"sorry")), "bad_checkpoint"),
    "in_a_zip_a_link": (lambda d: put(d / "amber.zip", linked_weights()), "symlink"),
    "in_a_zip_a_bomb": (lambda d: put(d / "amber.zip", zipped(bytes(29_000_000))), "zip_bomb"),
    "in_a_zip_a_gigabyte": (lambda d: put(d / "amber.zip", zipped(bytes(60_000_000))), "too_large"),
}


@pytest.mark.parametrize(("prepare", "kind"), BAD_WEIGHTS.values(), ids=BAD_WEIGHTS)
def test_bad_weights_have_their_line_and_count_as_missing(folder: Path, prepare: Prepare, kind: str) -> None:
    put(folder / "zoe" / WEEK / LINE, WEIGHTS)
    prepare(folder)
    if not (folder / "amber.zip").exists():
        put(folder / NOTEBOOK)
    amber = read(folder)["amber"]
    assert amber.notebook is not None and amber.events == []
    left_open = os.listdir("/proc/self/fd")
    found = weights_of(folder)
    assert os.listdir("/proc/self/fd") == left_open
    assert found.files == {} and [(event.kind, event.severity) for event in found.events] == [
        (kind, "warning")
    ]
    assert found.events[0].message.endswith(".") and "outputs" not in found.events[0].message


@pytest.mark.parametrize("name", ["gigabyte", "terabyte", "header_of_gigabytes"])
def test_gigabytes_of_weights_are_not_loaded(folder: Path, little_memory: None, name: str) -> None:
    prepare, kind = BAD_WEIGHTS[name]
    prepare(folder)
    assert [event.kind for event in weights_of(folder).events] == [kind]


def test_weights_of_a_student_together_have_a_limit(folder: Path) -> None:
    for name in (LINE, CURVE, f"work/{OTHER}/line.safetensors"):
        put(folder / "amber" / WEEK / name, sized(1000))
    wanted = {LESSON: [LINE, CURVE], OTHER: [f"work/{OTHER}/line.safetensors"]}
    limits = IntakeLimits(checkpoint_bytes=1000, checkpoints_bytes=2999)
    found = HandIns(folder, WEEK, [LESSON], limits).weights("amber", wanted)
    assert found[LESSON].files.keys() == {LINE, CURVE} and found[LESSON].events == []
    assert found[OTHER].files == {} and [event.kind for event in found[OTHER].events] == ["too_large"]
    assert "0.001 MB, and at most 0.000999 MB" in found[OTHER].events[0].message
    assert weights_of(folder, IntakeLimits(checkpoint_bytes=999)).files == {}


def test_weights_as_large_as_cnnkit_saves_them_are_read(folder: Path) -> None:
    assert IntakeLimits().checkpoint_bytes == LARGEST
    put(folder / "amber.zip", zipped(sized(LARGEST)))
    assert len(weights_of(folder).files[LINE]) == LARGEST


def test_a_student_who_has_gone_meanwhile_has_no_weights(folder: Path) -> None:
    assert weights_of(folder) == Weights()
    put(folder / "amber.zip", b"PK\x03\x04 not really")
    assert weights_of(folder) == Weights()


def test_a_student_does_not_say_when_a_zip_was_handed_in(folder: Path) -> None:
    time = "2026-03-01 12:00:00 UTC"
    put(folder / "amber.zip", packed((f"{WEEK}/{LESSON}.ipynb", SOUND), (f"{WEEK}/timestamp.txt", time)))
    put(folder / "birch" / WEEK / f"{LESSON}.ipynb", SOUND)
    put(folder / "birch" / WEEK / "timestamp.txt", time)
    found = read(folder)
    assert (found["amber"].handed_in, found["birch"].handed_in) == ("", time)
    assert found["amber"].notebook is not None and kinds(found["amber"]) == ["time_in_zip"]


def manifest(**files: str | bytes) -> str:
    """A list of what was packed, as cnnkit writes it."""
    about = {
        path: packing.about(data if isinstance(data, bytes) else data.encode(), 0.0)
        for path, data in files.items()
    }
    return json.dumps({"format": 1, "files": about})


LISTED = manifest(**{f"{LESSON}.ipynb": SOUND, LINE: WEIGHTS})


def test_what_is_as_it_was_packed_has_no_line(folder: Path) -> None:
    put(folder / "amber.zip", packed((f"{WEEK}/{LESSON}.ipynb", SOUND), (f"{WEEK}/{MANIFEST}", LISTED)))
    for name, content in ((f"{LESSON}.ipynb", SOUND), (LINE, WEIGHTS), (MANIFEST, LISTED)):
        put(folder / "birch" / WEEK / name, content)
    found = read(folder)
    assert [(one.notebook is not None, one.events) for one in found.values()] == [(True, [])] * 3
    assert HandIns(folder, WEEK, [LESSON]).weights("birch", {LESSON: [LINE]})[LESSON] == Weights(
        {LINE: WEIGHTS}, []
    )


def test_what_was_exchanged_since_it_was_packed_is_read_and_told(folder: Path) -> None:
    other = struct.pack("<Q", 3) + b"{} "
    members = ((f"{LESSON}.ipynb", text("newer")), (LINE, other), (MANIFEST, LISTED))
    put(folder / "amber.zip", packed(*((f"{WEEK}/{name}", content) for name, content in members)))
    amber, weights = read(folder)["amber"], weights_of(folder)
    assert amber.notebook is not None and amber.notebook.cells[0].source == "newer"
    assert weights.files == {LINE: other}
    for events, name in ((amber.events, f"{LESSON}.ipynb"), (weights.events, LINE)):
        assert [(event.kind, event.severity) for event in events] == [("changed_since_packed", "info")]
        assert (
            events[0].message
            == f"{name!r} is another file than the one that was packed: it was exchanged since."
        )


def test_what_was_packed_and_is_missing_is_told(folder: Path) -> None:
    put(folder / "amber" / WEEK / MANIFEST, LISTED)
    put(folder / "amber" / WEEK / f"{OTHER}.ipynb")
    found = read_all(folder, [LESSON, OTHER])
    amber = {one.lesson: one for one in found if one.student == "amber"}
    assert kinds(amber[LESSON]) == ["missing_since_packed", "missing_notebook"] and kinds(amber[OTHER]) == []
    assert amber[LESSON].events[0].severity == "warning"
    assert [event.kind for event in weights_of(folder).events] == ["missing_since_packed"]


DEEP = '{"files": ' + "[" * 40_000
MANIFESTS: dict[str, Prepare] = {
    "not_text": lambda path: put(path, b"\xff\xfe\x00"),
    "not_json": lambda path: put(path, "{"),
    "a_list": lambda path: put(path, "[1, 2]"),
    "no_digests": lambda path: put(path, json.dumps({"files": {f"{LESSON}.ipynb": {}}})),
    "digests_that_are_none": lambda path: put(path, json.dumps({"files": {"a": {"sha256": "<b>"}}})),
    "digests_of_another_kind": lambda path: put(path, json.dumps({"files": {"a": {"sha256": ["f"] * 64}}})),
    "a_number_without_end": lambda path: put(path, '{"files": ' + "9" * 100_000 + "}"),
    "deep": lambda path: put(path, DEEP),
    "huge": lambda path: put_sparse(path, 10**12),
    "a_link": lambda path: put_link(path, "/etc/passwd"),
    "a_pipe": put_fifo,
    "a_folder": lambda path: path.mkdir(parents=True),
}


@pytest.mark.parametrize("prepare", MANIFESTS.values(), ids=MANIFESTS)
def test_a_list_that_cannot_be_used_is_one_line_and_stops_nothing(
    folder: Path, prepare: Prepare, little_memory: None
) -> None:
    prepare(folder / "amber" / WEEK / MANIFEST)
    put(folder / NOTEBOOK)
    put(folder / "amber" / WEEK / LINE, WEIGHTS)
    amber = read(folder)["amber"]
    assert amber.notebook is not None and kinds(amber) == ["bad_manifest"]
    assert amber.events[0].message.startswith(
        "manifest.json, in which a hand-in lists its files, cannot be used ("
    )
    assert "root:" not in repr(amber)
    assert weights_of(folder) == Weights({LINE: WEIGHTS}, [])


def test_a_list_that_unpacks_without_end_is_not_unpacked(folder: Path, little_memory: None) -> None:
    bomb = packed((f"{WEEK}/{LESSON}.ipynb", SOUND), (f"{WEEK}/{MANIFEST}", bytes(50_000_000)))
    put(folder / "amber.zip", bomb)
    amber = read(folder)["amber"]
    assert amber.notebook is not None and kinds(amber) == ["bad_manifest"]


def test_names_of_files_in_the_list_lead_nowhere(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(folder / NOTEBOOK)
    lies = {"../../zoe/week1/first_steps.ipynb": "x", "/etc/passwd": "x", f"{LESSON}.ipynb": SOUND}
    put(folder / "amber" / WEEK / MANIFEST, manifest(**lies))
    opened: list[str] = []
    real = os.open
    monkeypatch.setattr(
        "autograder.intake.os.open",
        lambda path, *how, **more: opened.append(str(path)) or real(path, *how, **more),
    )
    assert read(folder)["amber"].events == []
    assert set(opened) == {str(folder), "amber", "zoe", WEEK, MANIFEST, f"{LESSON}.ipynb"}


def test_a_name_that_cnnkit_takes_is_sane_here_and_no_other(folder: Path) -> None:
    names = ["amber", "a.b_c@d-e+1", "Éloïse", "学生", "4711", "x" * 80, "_x"]
    names += [os.fsdecode(name) for name in BAD_NAMES if b"/" not in name]
    for name in names:
        put(folder / name / WEEK / f"{LESSON}.ipynb")
        taken = name in read(folder)
        assert packing.is_sane(name) == taken, name
    assert not packing.is_sane("amber.zip"), "its zip would be another student's"


def test_what_cnnkit_warns_of_is_what_is_not_read() -> None:
    limits = IntakeLimits()
    assert (limits.notebook_bytes, limits.zip_bytes) == (handing_in.NOTEBOOK_BYTES, handing_in.ZIP_BYTES)
    assert limits.checkpoint_bytes == handing_in.WEIGHTS_BYTES
    assert limits.checkpoints_bytes == handing_in.ALL_WEIGHTS_BYTES
    assert limits.name_bytes == packing.NAME_BYTES and limits.zip_ratio > packing.SQUEEZED
