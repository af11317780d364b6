"""The students' repository: the lessons, the library and what starts them, and no answer anywhere in it."""

import base64
import hashlib
import re
import shutil
import tempfile
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader

from autograder.build import check, leaks, library_answers
from autograder.course import Course
from autograder.pages import FOLDER
from cnnkit import merging
from cnnkit.updates import Changes, bring, origins

MANIFEST = ".published.json"
TEMPLATES = FOLDER / "student_repository"
AS_THEY_ARE = (
    "LICENSE", "LICENSE-PROSE", "constraints.txt", "docs/students.md", "binder/postBuild", "binder/start",
)  # fmt: skip
LEFT_OUT = shutil.ignore_patterns(".*", "__pycache__", "*.egg-info", "build", "*.part")
ON_GITHUB = re.compile(r"https://github\.com/([\w.-]+)/(?!\.)([\w.-]+?)(?:\.git)?/?", re.ASCII)
BINDER = "https://mybinder.org/v2/gh/{}/HEAD?labpath={}"
GOOGLE_COLAB = "https://colab.research.google.com/github/{}/blob/main/{}"
COLAB = """\
# On Google Colab this cell fetches the course and what it needs. Anywhere else it does nothing.
import sys

if "google.colab" in sys.modules:
    import importlib.util
    import os
    import subprocess

    if not os.path.isdir("/content/{name}"):
        subprocess.run(["git", "clone", "--depth", "1", "{repository}", "/content/{name}"], check=True)
    if importlib.util.find_spec("cnnkit") is None:
        subprocess.run([sys.executable, "/content/{name}/colab.py"], check=True)
        importlib.invalidate_caches()
    os.chdir("/content/{name}/lessons/{week}")"""


class NotPublishable(Exception):
    """What keeps a course from being published: a complaint a line."""

    def __init__(self, complaints: list[str]) -> None:
        super().__init__("\n".join(complaints))
        self.complaints = complaints


@dataclass(frozen=True)
class Lesson:
    """A notebook of the students' repository.

    Args:
        title: its first heading.
        path: where it lies, in `lessons/`.
    """

    title: str
    path: str

    @property
    def work(self) -> str:
        """Where the learner's copy lies."""
        return "work" + self.path.removeprefix("lessons")


def publish(course: Course, folder: Path, repository: str | None = None) -> Changes:
    """Write the students' repository, or bring an earlier copy of it to what the course is now.

    It is written to a temporary folder first, and looked through for answers: `folder` is only touched when there are
    none. Files that someone changed in `folder`, and those that are not ours, are treated as `cnnkit.updates` does.

    Args:
        course: the instructor's repository.
        folder: where it goes: an empty folder, a new one, or an earlier copy.
        repository: its address on GitHub, for the badges and for Colab.

    Returns:
        What was done with the files of the folder.

    Raises:
        ValueError: the folder is not one to publish into, or the address not one of GitHub's.
        NotPublishable: `autograder build --check` has complaints, or what would be published gives something away.
        OSError: a file cannot be read or written.
    """
    address = _address(repository) if repository else None
    _refuse(course, folder)
    if complaints := check(course):
        raise NotPublishable(complaints)
    with tempfile.TemporaryDirectory() as temporary:
        written = Path(temporary) / "students"
        write(course, written, address)
        if complaints := given_away(course, written):
            raise NotPublishable(complaints)
        return bring(written, folder, MANIFEST)


def sentences(changes: Changes) -> Iterator[str]:
    """What was done, for the instructor."""
    done = {"new": changes.new, "renewed": changes.renewed, "removed": changes.removed}
    counts = [f"{len(names)} {what}" for what, names in done.items() if names]
    yield f"files: {', '.join(counts)}" if counts else "nothing else had to be written"
    for name, earlier in zip(changes.merged, changes.earlier, strict=True):
        yield f"{name} had been changed in place: it is renewed, with what was written in it; as it was: {earlier}"
    for name, beside in changes.damaged:
        yield f"{name} cannot be read as a notebook and was left as it is; ours lies beside it: {beside}"
    for name in changes.kept:
        yield f"{name} had been changed in place and was left alone; rename it and publish again to have ours"
    for name in changes.outdated:
        yield f"{name} is no longer published, but had been changed in place: it was left alone"


def _address(repository: str) -> str:
    found = ON_GITHUB.fullmatch(repository)
    if not found:
        raise ValueError(f"expected an address like https://github.com/OWNER/NAME, got {repository!r}")
    return f"https://github.com/{found[1]}/{found[2]}"


def _refuse(course: Course, folder: Path) -> None:
    """Make sure that nothing of anyone's is overwritten, and that the copy does not land among the answers.

    Raises:
        ValueError: the folder is not one to publish into.
    """
    place, root, built = (path.resolve() for path in (folder, course.root, course.build))
    if place.is_relative_to(root) and built not in place.parents:
        raise ValueError(
            f"{folder} lies in the instructor's repository, {root}: choose a folder outside of it."
        )
    if folder.exists() and not folder.is_dir():
        raise ValueError(f"{folder} is a file: choose a folder.")
    others = [path.name for path in folder.iterdir() if path.name != ".git"] if folder.is_dir() else []
    if others and not origins(folder / MANIFEST):
        raise ValueError(
            f"{folder} is not empty, and no earlier copy of the students' repository ({MANIFEST} is missing or damaged)"
            ": choose an empty folder, such as a new clone of an empty repository."
        )


# Writing


def write(course: Course, folder: Path, repository: str | None) -> None:
    """Write the students' repository to a new folder."""
    shutil.copytree(course.release, folder / "lessons", ignore=LEFT_OUT)
    shutil.copytree(course.root / "lib", folder / "lib", ignore=LEFT_OUT)
    for name in AS_THEY_ARE:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(course.root / name, folder / name)
    for name in ("environment.yml", "binder/environment.yml"):  # a link would be a line of text on Windows
        (folder / name).write_text(students_environment(course.root), encoding="utf-8")
    if repository:
        for notebook in (folder / "lessons").glob("*/*.ipynb"):
            _add_colab(notebook, repository)
    _write_templates(course, folder, repository)


def students_environment(root: Path) -> str:
    """environment.yml without what only the autograder needs."""
    grader, library = (_needs(root / name / "pyproject.toml") for name in ("autograder", "lib"))
    lines = (root / "environment.yml").read_text(encoding="utf-8").splitlines(keepends=True)
    entries = [re.match(r" +- ([\w.-]+) ", line) for line in lines]
    names = [entry[1].lower() if entry else "" for entry in entries]
    return "".join(line for line, name in zip(lines, names, strict=True) if name not in grader - library)


def _needs(project: Path) -> set[str]:
    found = tomllib.loads(project.read_text(encoding="utf-8"))["project"]
    texts = found["dependencies"] + found["optional-dependencies"].get("lab", [])
    return {text.partition(">")[0].strip().lower() for text in texts}


def _add_colab(notebook: Path, repository: str) -> None:
    """Put the cell that sets Colab up below the title."""
    found = merging.read(notebook.read_bytes())
    if found is None:
        raise ValueError(f"{notebook.name} cannot be read as a notebook")
    name = repository.rsplit("/", 1)[1]
    source = COLAB.format(repository=repository, name=name, week=notebook.parent.name)
    folded = {"jupyter": {"source_hidden": True}}  # JupyterLab shows its first line, Colab all of it
    about: merging.Notebook = {"cell_type": "code", "id": "colab", "metadata": folded, "source": source}
    cell = {**about, "execution_count": None, "outputs": []}
    found["cells"].insert(1, cell)
    notebook.write_text(merging.write(found), encoding="utf-8", newline="\n")


def _write_templates(course: Course, folder: Path, repository: str | None) -> None:
    lessons = sorted(_lessons(folder), key=lambda lesson: (Path(lesson.path).parent, lesson.title))
    home = (folder / "lessons" / "start_here.ipynb").exists()
    owner_and_name = (repository or "").removeprefix("https://github.com/")
    pins = (course.root / "constraints.txt").read_text(encoding="utf-8")
    given = {
        "repository": repository,
        "lessons": lessons,
        "first": "work/start_here.ipynb" if home else lessons[0].work,
        "torch": re.findall(r"^torch==(.+)$", pins, re.M)[0],
        "binder": lambda path: BINDER.format(owner_and_name, quote(path, safe="")),
        "colab": lambda path: GOOGLE_COLAB.format(owner_and_name, path),
    }
    loader = FileSystemLoader(TEMPLATES)
    pages = Environment(loader=loader, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True)
    for template in sorted(TEMPLATES.rglob("*.j2")):
        name = template.relative_to(TEMPLATES).as_posix()
        target = folder / name.removesuffix(".j2").replace("gitignore", ".gitignore")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(pages.get_template(name).render(given), encoding="utf-8", newline="\n")


def _lessons(folder: Path) -> Iterator[Lesson]:
    for path in (folder / "lessons").glob("*/*.ipynb"):
        notebook = merging.read(path.read_bytes())
        first = notebook["cells"][0]["source"] if notebook else ""
        title = first.partition("\n")[0].lstrip("# ").strip()
        yield Lesson(title or path.stem, path.relative_to(folder).as_posix())


# Looking through what was written


def given_away(course: Course, folder: Path) -> list[str]:
    """Everything in a students' repository that only instructors may have; empty when all is well."""
    found = [text.replace(f"{folder}/", "") for text in leaks(course, [folder], hidden=True)]
    found += [text.replace(f"{folder}/", "") for text in library_answers(course, folder / "lib" / "cnnkit")]
    secret = course.root / ".autograder-secret"
    keys = _forms(secret.read_text(encoding="ascii").strip()) if secret.exists() else []
    private = {_digest(path): path for path in _private(course)}
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        place, data = path.relative_to(folder), path.read_bytes()
        if any(key in data for key in keys):
            found.append(f"{place}: holds the course's secret")
        if (original := private.get(_digest(path))) and data:
            found.append(f"{place}: is {original.relative_to(course.root)}, which is not for students")
        elif place.parts[0] == "lessons" and place.suffix in (".py", ".safetensors"):
            found.append(f"{place}: lies among the lessons, where neither sources nor weights belong")
    return found


def _forms(secret: str) -> list[bytes]:
    raw = bytes.fromhex(secret)
    packed = [base64.b64encode(one).rstrip(b"=") for one in (raw, secret.encode())]
    return [secret.encode(), secret.upper().encode(), raw, *packed]


def _private(course: Course) -> Iterator[Path]:
    """Sources, answers, and weights that answer what a lesson asks for."""
    for folder in (course.source, course.answers):
        yield from folder.rglob("*.py")
    yield from (path for path in course.reference.rglob("*") if path.is_file())


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
