"""Reading what a class handed in. A submission is data, and hostile until shown otherwise.

Nothing is followed (no symbolic link below the class's folder), nothing is extracted to disk, and nothing is
read beyond its limit. What cannot be read becomes an event on the student's row, and the class goes on.
"""

import hashlib
import logging
import os
import re
import stat
import unicodedata
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from io import BytesIO
from pathlib import Path, PurePath, PurePosixPath
from typing import Protocol

from nbformat import NotebookNode

from autograder.reading import (
    AGAIN,
    IntakeError,
    IntakeLimits,
    check_weights,
    note,
    read_manifest,
    read_notebook,
    show,
)
from autograder.records import Event
from cnnkit.packing import MANIFEST

__all__ = ["HandIns", "IntakeLimits", "Submission", "Weights"]

log = logging.getLogger(__name__)

TIMESTAMP = "timestamp.txt"
REFUSED = "refused-"
SUBMITTED = (".ipynb", ".zip", ".rar", ".7z", ".tar", ".gz", ".tgz", ".xz", ".bz2")
JUNK = {".DS_Store", "__MACOSX", ".ipynb_checkpoints", ".git", "Thumbs.db", "desktop.ini"}
ZIPS = re.compile(
    r"(\.zip)+\Z", re.IGNORECASE
)  # no student's name: a zip of pages lies beside a folder of them
KINDS = {stat.S_IFDIR: "folder", stat.S_IFREG: "file", stat.S_IFIFO: "named pipe", stat.S_IFSOCK: "socket"}


@dataclass(frozen=True)
class Submission:
    """One student's notebook of one lesson.

    Args:
        student: the student's id, safe to use as a file name.
        assignment: the week.
        lesson: the lesson expected.
        notebook: as read_notebook gives it; None when it is missing or cannot be read.
        events: what was noticed.
        handed_in: what the timestamp.txt beside it says, which nbgrader's exchange writes; empty where there is none.
    """

    student: str
    assignment: str
    lesson: str
    notebook: NotebookNode | None
    events: list[Event] = field(default_factory=list)
    handed_in: str = ""


@dataclass(frozen=True)
class Weights:
    """The files of weights that a student handed in beside one notebook.

    Args:
        files: path beside the notebook -> content; sound as to form, no more is known of them.
        events: what was noticed.
    """

    files: dict[str, bytes] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)


@dataclass(frozen=True)
class _Expected:
    assignment: str
    lessons: Sequence[str]
    limits: IntakeLimits


Packed = Mapping[str, str]  # path -> digest, of the files that a hand-in says it was packed with


class Box(Protocol):
    """The files that a student handed in for one assignment."""

    def names(self) -> list[str]:
        """The names of what lies in the assignment's folder itself."""

    def read(self, name: str, limit: int) -> bytes:
        """The bytes of a file, by its path in the assignment's folder.

        Raises:
            FileNotFoundError: there is no such file.
            IntakeError: it is not an ordinary file of at most `limit` bytes.
        """


class HandIns:
    """What a class handed in for one assignment, read a student at a time: all of it together can fill the memory.

    It lies as `folder/<student>/<assignment>/<lesson>.ipynb`, or as one `folder/<student>.zip` a student.

    Args:
        folder: the class's folder.
        assignment: the week.
        lessons: the names of its lessons.
        limits: how much is read.

    Raises:
        NotADirectoryError: there is no such folder.
    """

    def __init__(
        self, folder: Path, assignment: str, lessons: Iterable[str], limits: IntakeLimits | None = None
    ) -> None:
        if not folder.is_dir():
            raise NotADirectoryError(f"no folder {folder}: it should hold STUDENT/{assignment}/LESSON.ipynb")
        self.folder = folder
        self._expected = _Expected(assignment, sorted(lessons), limits or IntakeLimits())
        with self._opened() as root:
            self._names = dict(sorted(_students(root, self._expected.limits).items()))

    @property
    def students(self) -> list[str]:
        """The students' ids, sorted."""
        return list(self._names)

    def __iter__(self) -> Iterator[Submission]:
        """Each submission, by student and lesson."""
        for student in self.students:
            yield from self.read(student)

    def read(self, student: str) -> list[Submission]:
        """One Submission a lesson, sorted by lesson, whatever was handed in."""
        with self._opened() as root:
            return _student(root, student, self._names[student], self._expected)

    def weights(self, student: str, wanted: Mapping[str, Sequence[str]]) -> dict[str, Weights]:
        """The weights that a student handed in: not read with the notebooks, since they are large.

        Args:
            student: the id.
            wanted: for each lesson the paths, beside the notebook, of what is read; a missing one is left out.
        """
        found = {lesson: Weights() for lesson in wanted}

        def read() -> None:
            with _open_box(root, self._names[student][0], self._expected, []) as box:
                _read_weights(box, wanted, self._expected.limits, found)

        with self._opened() as root:
            _catching([], read)  # what is wrong with the box itself was noted when the notebooks were read
        return found

    @contextmanager
    def _opened(self) -> Iterator[int]:
        root = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            yield root
        finally:
            os.close(root)


def _read_weights(
    box: Box, wanted: Mapping[str, Sequence[str]], limits: IntakeLimits, found: Mapping[str, Weights]
) -> None:
    left = limits.checkpoints_bytes
    packed = _packed(box, limits, [])  # what is wrong with it was noted when the notebooks were read

    def take(path: str, into: Weights) -> None:
        clicked = path.endswith(".json")
        try:
            data = box.read(path, min(left, limits.answers_bytes if clicked else limits.checkpoint_bytes))
        except FileNotFoundError:
            return _note_missing(packed, path, into.events)
        _note_changed(packed, path, data, into.events)
        if not clicked:
            check_weights(path, data, limits)
        into.files[path] = data

    for lesson, paths in wanted.items():
        for path in paths:
            _catching(found[lesson].events, partial(take, path, found[lesson]))
            left -= len(found[lesson].files.get(path, b""))


def _students(root: int, limits: IntakeLimits) -> dict[str, list[str]]:
    """The students, each with the names of what they handed in (one, when all is well)."""
    students: dict[str, list[str]] = {}
    for name in sorted(os.listdir(root)):
        is_file = stat.S_ISREG(os.lstat(name, dir_fd=root).st_mode)
        if name in JUNK or (is_file and PurePath(name).suffix.lower() not in SUBMITTED):
            log.info("%s is no submission", show(name))
            continue
        student = ZIPS.sub("", PurePath(name).stem if is_file else name)
        students.setdefault(_safe_name(student, limits), []).append(name)
    return students


def _safe_name(name: str, limits: IntakeLimits) -> str:
    """The student's id: the name itself where it is sane, else a stand-in that is."""
    name = unicodedata.normalize("NFC", name)
    if _is_sane(name, limits):
        return name
    letters = "".join(c if c.isascii() and (c.isalnum() or c in "_-") else "_" for c in name)[:30]
    digest = hashlib.sha256(name.encode("utf-8", "surrogateescape")).hexdigest()[:8]
    return f"{REFUSED}{letters}-{digest}"


def _is_sane(name: str, limits: IntakeLimits) -> bool:
    """Letters and digits of any language, ._@+- inside: safe as a file's name, in a table and in a page."""
    letters = bool(name) and all(c.isalnum() or c in "._@+-" for c in name)
    ends = (name[:1].isalnum() or name[:1] == "_") and name[-1:] != "."
    return letters and ends and not name.startswith(REFUSED) and len(name.encode()) <= limits.name_bytes


def _student(root: int, student: str, names: list[str], expected: _Expected) -> list[Submission]:
    events: list[Event] = []
    if len(names) > 1:
        others = ", ".join(map(show, names[1:]))
        note(events, "several_hand_ins", f"Handed in twice: {show(names[0])} is graded, and {others} is not.")
    read: dict[str, Submission] = {}

    def each_lesson() -> None:
        if student.startswith(REFUSED):
            raise _bad_name(names[0], expected.limits)
        with _open_box(root, names[0], expected, events) as box:
            packed = _packed(box, expected.limits, events)
            for lesson in expected.lessons:
                read[lesson] = _lesson(box, student, lesson, expected, events, packed)

    _catching(events, each_lesson)
    return [
        read.get(lesson) or Submission(student, expected.assignment, lesson, None, list(events))
        for lesson in expected.lessons
    ]


def _lesson(
    box: Box, student: str, lesson: str, expected: _Expected, before: list[Event], packed: Packed
) -> Submission:
    events = list(before)
    notebooks: list[NotebookNode] = []

    def read() -> None:
        name = _find(box.names(), lesson, expected, events, packed)
        data = box.read(name, expected.limits.notebook_bytes)
        _note_changed(packed, name, data, events)
        notebook, noticed = read_notebook(data, expected.limits)
        notebooks.append(notebook)
        events.extend(noticed)

    def read_time() -> None:
        if TIMESTAMP in box.names() and isinstance(box, _ZipBox):
            what = f"{TIMESTAMP} lies in the zip, where its student can write it: no time was taken from it."
            note(events, "time_in_zip", what)
        elif TIMESTAMP in box.names():
            times.append(box.read(TIMESTAMP, expected.limits.notebook_bytes)[:100].decode("utf-8", "replace"))

    times: list[str] = []
    _catching(events, read)
    _catching(events, read_time)
    notebook = notebooks[0] if notebooks else None
    return Submission(student, expected.assignment, lesson, notebook, events, "".join(times))


def _packed(box: Box, limits: IntakeLimits, events: list[Event]) -> Packed:
    """What was packed, as the list of it says; nothing where there is none, or none that can be used."""
    found: dict[str, str] = {}
    noticed: list[Event] = []

    def read() -> None:
        if MANIFEST in box.names():
            found.update(read_manifest(box.read(MANIFEST, limits.manifest_bytes), limits))

    _catching(noticed, read)
    for event in noticed:
        what = f"{MANIFEST}, in which a hand-in lists its files, cannot be used ({event.kind})"
        note(events, "bad_manifest", f"{what}: all else is read without it.")
    return found


def _note_changed(packed: Packed, path: str, data: bytes, events: list[Event]) -> None:
    if packed.get(path) not in (None, hashlib.sha256(data).hexdigest()):
        what = f"{show(path)} is another file than the one that was packed: it was exchanged since."
        note(events, "changed_since_packed", what, "info")


def _note_missing(packed: Packed, path: str, events: list[Event]) -> None:
    if path in packed:
        what = f"{show(path)} was packed, and is not here: it was lost on the way, or taken out. {AGAIN}"
        note(events, "missing_since_packed", what)


def _catching(events: list[Event], step: Callable[[], None]) -> None:
    try:
        step()
    except IntakeError as refused:
        events.append(refused.event)
    except Exception as error:  # whatever a submission makes us stumble on, the class goes on
        log.warning("a submission could not be read", exc_info=error)
        note(
            events,
            "unreadable",
            f"It could not be read ({type(error).__name__}): open it by hand to see why.",
        )


def _bad_name(name: str, limits: IntakeLimits) -> IntakeError:
    return IntakeError(
        "bad_student_name",
        f"{show(name)} cannot be a student's name: rename it to letters, digits and ._@+-, beginning with a "
        f"letter or digit, at most {limits.name_bytes} bytes, and grade again.",
    )


@contextmanager
def _open_box(root: int, name: str, expected: _Expected, events: list[Event]) -> Iterator[Box]:
    if stat.S_ISREG(os.lstat(name, dir_fd=root).st_mode):
        yield _zip_box(root, name, expected, events)
        return
    with _folder(root, name) as student:
        inner = _assignment_folder(os.listdir(student), name, expected.assignment, events)
        with _folder(student, inner) as opened:
            yield _FolderBox(opened)


def _assignment_folder(names: list[str], student: str, assignment: str, events: list[Event]) -> str:
    if assignment in names:
        return assignment
    alike = [name for name in names if name.casefold() == assignment.casefold()]
    if len(alike) == 1:
        note(events, "renamed", f"There is no folder {assignment!r}: {show(alike[0])} was taken for it.")
        return alike[0]
    raise IntakeError(
        "missing_notebook", f"No folder {assignment!r} in {show(student)}: it holds {_listed(names)}."
    )


@contextmanager
def _folder(parent: int, name: str) -> Iterator[int]:
    opened = _open(parent, name, os.O_DIRECTORY, stat.S_IFDIR)
    try:
        yield opened
    finally:
        os.close(opened)


def _open(parent: int, name: str, flags: int, wanted: int) -> int:
    """Open what lies in a folder, itself and nothing it leads to, if it is of the kind wanted."""
    kind = stat.S_IFMT(os.lstat(name, dir_fd=parent).st_mode)
    if kind == stat.S_IFLNK:
        raise IntakeError(
            "symlink", f"{show(name)} is a symbolic link to somewhere else: not followed. {AGAIN}"
        )
    if kind != wanted:
        what = f"{show(name)} is a {KINDS.get(kind, 'device')}, and should be a {KINDS[wanted]}."
        raise IntakeError("not_a_file", f"{what} {AGAIN}")
    try:
        return os.open(name, os.O_RDONLY | os.O_NOFOLLOW | flags, dir_fd=parent)
    except OSError as error:
        raise IntakeError("unreadable", f"{show(name)} cannot be opened: {error.strerror}.") from error


class _FolderBox:
    def __init__(self, opened: int) -> None:
        self.opened = opened

    def names(self) -> list[str]:
        return sorted(os.listdir(self.opened))

    def read(self, name: str, limit: int) -> bytes:
        *folders, file = name.split("/")
        with ExitStack() as stack:
            inner = self.opened
            for folder in folders:
                inner = stack.enter_context(_folder(inner, folder))
            return _read_file(inner, file, limit)


def _read_file(parent: int, name: str, limit: int) -> bytes:
    # Without blocking, for what became a named pipe since it was looked at.
    with os.fdopen(_open(parent, name, os.O_NONBLOCK | os.O_NOCTTY, stat.S_IFREG), "rb") as file:
        about = os.fstat(file.fileno())
        if not stat.S_ISREG(about.st_mode):
            raise IntakeError("not_a_file", f"{show(name)} is not an ordinary file. {AGAIN}")
        _check_bytes(name, about.st_size, limit)
        data = file.read(limit + 1)
    _check_bytes(name, len(data), limit)
    return data


def _check_bytes(name: str, size: int, limit: int) -> None:
    if size > limit:
        what = f"{show(name)} has {size / 1e6:.3g} MB, and at most {limit / 1e6:.3g} MB are read."
        advice = "Ask for it without outputs (Edit > Clear Outputs of All Cells)."
        raise IntakeError("too_large", what if name.endswith(".safetensors") else f"{what} {advice}")


class _ZipBox:
    def __init__(
        self, archive: zipfile.ZipFile, members: dict[str, zipfile.ZipInfo], limits: IntakeLimits
    ) -> None:
        self.archive = archive
        self.members = members
        self.limits = limits

    def names(self) -> list[str]:
        return sorted(name for name in self.members if "/" not in name)

    def read(self, name: str, limit: int) -> bytes:
        if name not in self.members:
            raise FileNotFoundError(name)
        member = self.members[name]
        _check_member(member)
        _check_bytes(name, member.file_size, limit)
        if member.file_size > max(1_000_000, self.limits.zip_ratio * member.compress_size):
            raise IntakeError("zip_bomb", f"{show(name)} unpacks to far more than such a file would. {AGAIN}")
        try:
            with self.archive.open(member) as file:
                data = file.read(limit + 1)
        except Exception as error:  # zipfile raises many kinds for damaged members
            raise IntakeError("corrupt_zip", f"{show(name)} in the zip is damaged. {AGAIN}") from error
        _check_bytes(name, len(data), limit)
        return data


def _check_member(member: zipfile.ZipInfo) -> None:
    name = show(member.filename)
    if member.flag_bits & 1:
        raise IntakeError("encrypted", f"{name} in the zip has a password: ask for a zip without one.")
    if stat.S_ISLNK(member.external_attr >> 16):
        raise IntakeError("symlink", f"{name} in the zip is a symbolic link: not followed. {AGAIN}")
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise IntakeError("corrupt_zip", f"{name} is packed in an unusual way: ask for an ordinary zip.")


def _zip_box(root: int, name: str, expected: _Expected, events: list[Event]) -> _ZipBox:
    suffix, limits = PurePath(name).suffix.lower(), expected.limits
    if suffix == ".ipynb":
        place = f"STUDENT/{expected.assignment}/"
        raise IntakeError(
            "wrong_place", f"{show(name)} lies outside any student's folder: move it to {place}."
        )
    if suffix != ".zip":
        raise IntakeError("not_a_zip", f"{show(name)} is a {suffix} file, and only .zip is opened. {AGAIN}")
    data = _read_file(root, name, limits.zip_bytes)
    # Counted before zipfile makes an object of each: every entry of the directory begins with this signature.
    if data.count(b"PK\x01\x02") > limits.zip_members:
        raise IntakeError("zip_bomb", f"{show(name)} holds more than {limits.zip_members} files. {AGAIN}")
    try:
        archive = zipfile.ZipFile(BytesIO(data))
    except Exception as error:  # zipfile raises many kinds for damaged archives
        raise IntakeError("corrupt_zip", f"{show(name)} is damaged, or no zip at all. {AGAIN}") from error
    return _ZipBox(archive, _members(archive, expected.assignment, events), limits)


def _members(archive: zipfile.ZipFile, assignment: str, events: list[Event]) -> dict[str, zipfile.ZipInfo]:
    """The members of an assignment's folder, or, where it holds none, of the zip itself; by their path in it."""
    listed = [(_member_path(info, events), info) for info in archive.infolist() if info.filename[-1:] != "/"]
    sound = [(path, info) for path, info in listed if path]
    tops = {path[0] for path, _ in sound}
    if len(tops) == 1 and assignment not in tops and all(len(path) > 1 for path, _ in sound):
        sound = [(path[1:], info) for path, info in sound]
    inside = [(path[1:], info) for path, info in sound if path[0] == assignment and len(path) > 1]
    members: dict[str, zipfile.ZipInfo] = {}
    for path, info in inside if any(len(path) == 1 for path, _ in inside) else sound:
        name = "/".join(path)
        if name in members:
            note(
                events, "duplicate_member", f"The zip holds {show(name)} more than once: the last is graded."
            )
        members[name] = info
    return members


def _member_path(info: zipfile.ZipInfo, events: list[Event]) -> tuple[str, ...]:
    """The parts of a member's path, empty for what is left out."""
    name = info.orig_filename
    parts = PurePosixPath(name).parts
    if JUNK & set(parts) or (parts and parts[-1].startswith("._")):
        return ()
    if name.startswith("/") or ".." in parts or set("\\\0") & set(name) or re.match("[A-Za-z]:", name):
        note(
            events, "bad_member", f"The zip's member {show(name)} has a path that leads elsewhere: not read."
        )
        return ()
    return parts


def _listed(names: Sequence[str]) -> str:
    shown = sorted(map(show, names))
    more = f" and {len(shown) - 8} more" if len(shown) > 8 else ""
    return (", ".join(shown[:8]) + more) if shown else "nothing"


def _find(names: Sequence[str], lesson: str, expected: _Expected, events: list[Event], packed: Packed) -> str:
    """The name of a lesson's notebook among the files handed in."""
    wanted = f"{lesson}.ipynb"
    if wanted in names:
        return wanted
    _note_missing(packed, wanted, events)
    alike = [name for name in names if _meant(name, expected.lessons) == lesson]
    if len(alike) == 1:
        note(events, "renamed", f"There is no {wanted!r}: {show(alike[0])} was taken for it.")
        return alike[0]
    if alike:
        found = f"{_listed(alike)} could each be it: rename the right one"
    else:
        found = f"handed in for this assignment: {_listed(names)}"
    raise IntakeError("missing_notebook", f"There is no {wanted!r}; {found}.")


def _meant(name: str, lessons: Sequence[str]) -> str | None:
    """The lesson that a file of another name is probably meant for: wrong case, a copy, renamed by a site."""
    plain = unicodedata.normalize("NFC", name).casefold().replace("_", "-")
    if ".ipynb" not in plain:
        return None
    words = {
        lesson: r"[\s-]*".join(map(re.escape, re.split("[_-]", lesson.casefold()))) for lesson in lessons
    }
    matches = [
        lesson for lesson in lessons if re.search(rf"(?<![a-z0-9]){words[lesson]}(?:(?![a-z])|copy)", plain)
    ]
    return max(matches, key=len) if matches else None
