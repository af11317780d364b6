"""The file system: links, modules that shadow others, zips, names, and files that are none."""

import json
import os
import socket
import zipfile
from pathlib import Path

from corpus import NUMBERS, Desk, category, text_of

case = category("files")
NOTHING = NUMBERS.only()
CHECK = """
class Check:
    def __init__(self, *a): pass
    def __enter__(self): return self
    def __exit__(self, *a): return True
    def __getattr__(self, name): return lambda *a, **k: None
"""
YES = "def __getattr__(name):\n    return lambda *a, **k: True\n"


@case("Hands in a link to a classmate's notebook.", marks=NOTHING, says="symbolic link")
def linked_notebook(desk: Desk) -> None:
    desk.path.symlink_to(f"../../amber/{desk.week.assignment}/{desk.path.name}")


@case("Hands in a link to the course's own source.", marks=NOTHING, says="symbolic link")
def linked_source(desk: Desk) -> None:
    desk.path.symlink_to(os.path.relpath(desk.source, desk.folder))


@case("Makes a link to a classmate's folder of its own.", marks=NOTHING, says="symbolic link")
def linked_folder(desk: Desk) -> None:
    (desk.submitted / desk.student).symlink_to("amber")


@case("Puts links to the secret and the gradebook beside the notebook, and reads them.")
def linked_secrets(desk: Desk) -> None:
    desk.hand_in(last=READS_BESIDE)
    for name, target in (
        ("secret.txt", "../../../../course of the corpus/.autograder-secret"),
        ("notes.txt", "../../../../desk/notes.txt"),
        ("environ.txt", "/proc/1/environ"),
        ("everything", "/"),
    ):
        (desk.folder / name).symlink_to(target)


READS_BESIDE = """
from pathlib import Path
for path in [Path("secret.txt"), Path("notes.txt"), Path("environ.txt"), *Path(".").glob("*.txt")]:
    try:
        print(path.read_text())
    except OSError:
        pass
"""


@case("Puts a numpy.py beside the notebook, in which all comparisons agree.")
def shadow_numpy(desk: Desk) -> None:
    desk.hand_in()
    desk.beside({"numpy.py": YES})


@case("Puts a torch.py and a random.py beside the notebook.")
def shadow_torch(desk: Desk) -> None:
    desk.hand_in(first="try:\n    import random\nexcept ImportError:\n    pass")
    desk.beside({"torch.py": YES, "random.py": "raise SystemExit(0)", "ast.py": "raise SystemExit(0)"})


@case("Puts a package cnnkit beside the notebook, whose checks all pass.")
def shadow_cnnkit(desk: Desk) -> None:
    desk.hand_in()
    testing = "import numpy as np\nrng = lambda name: np.random.default_rng(0)\nunchanged = lambda *a: True\n"
    desk.beside({"cnnkit/__init__.py": "", "cnnkit/check.py": CHECK, "cnnkit/testing.py": testing})


@case("Puts files beside the notebook that Python, Jupyter and nbgrader run or read on their own.")
def files_that_start_things(desk: Desk) -> None:
    desk.hand_in()
    config = "c = get_config()\nc.Execute.enabled = False\nc.ClearSolutions.enforce_metadata = False\n"
    patch = "import sys, types\nm = types.ModuleType('cnnkit.check')\n" + CHECK + "m.Check = Check\n"
    patch += "sys.modules['cnnkit.check'] = m\n"
    desk.beside({
        "nbgrader_config.py": config, "jupyter_nbconvert_config.py": config, "conftest.py": patch,
        "sitecustomize.py": patch, "usercustomize.py": patch, "now.pth": "import sitecustomize",
        ".ipython/profile_default/startup/00.py": patch, "ipython_config.py": patch,
    })  # fmt: skip


def zipped(desk: Desk, members: dict[str, str | bytes]) -> Path:
    """One zip in the place of the student's folder."""
    path = desk.submitted / desk.student
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, content in members.items():
            archive.writestr(member, content)
    return path


def inside(desk: Desk) -> str:
    return f"{desk.week.assignment}/{desk.week.lesson}.ipynb"


@case("Hands in a zip whose members lead out of the folder.", student="zip_slip.zip", says="leads elsewhere")
def zip_slip(desk: Desk) -> None:
    text = text_of(desk.notebook())
    desk_file = "../../../desk/notes.txt"
    zipped(desk, {inside(desk): text, desk_file: "overwritten", "/tmp/slipped": "x", "..\\..\\x": "y"})


@case(
    "Hands in a zip that unpacks to half a gigabyte.",
    student="zip_bomb.zip",
    marks=NOTHING,
    says="zip|unpacks|MB",
)
def zip_bomb(desk: Desk) -> None:
    path = desk.submitted / desk.student
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open(inside(desk), "w") as member,
    ):
        for _ in range(500):
            member.write(b" " * 1_000_000)


@case(
    "Hands in a zip of ten thousand files.", student="zip_of_files.zip", marks=NOTHING, says="holds more than"
)
def zip_of_files(desk: Desk) -> None:
    zipped(desk, {inside(desk): "{}"} | {f"week1/{n}.txt": "" for n in range(10_000)})


@case("Hands in a zip whose notebook is a link.", student="zip_link.zip", marks=NOTHING, says="symbolic link")
def zip_link(desk: Desk) -> None:
    link = zipfile.ZipInfo(inside(desk))
    link.create_system, link.external_attr = 3, 0o120777 << 16
    with zipfile.ZipFile(desk.submitted / desk.student, "w") as archive:
        archive.writestr(link, "/etc/passwd")


@case("Hands in a zip that says of a member that it is small, and it is not.", student="zip_lie.zip", marks=NOTHING,
      says="damaged|unpacks|MB")  # fmt: skip
def zip_lie(desk: Desk) -> None:
    path = zipped(desk, {inside(desk): " " * 30_000_000})
    size = (30_000_000).to_bytes(4, "little")
    path.write_bytes(path.read_bytes().replace(size, (1_000).to_bytes(4, "little")))


@case(
    "Hands in a zip with the notebook twice: the second is wrong.",
    student="zip_twice.zip",
    marks=NOTHING,
    says="more than once",
)
def zip_twice(desk: Desk) -> None:
    with zipfile.ZipFile(desk.submitted / desk.student, "w") as archive:
        for answer in ("X * 2**times", "X"):
            source = f"def double(X, times=1):\n    return {answer}"
            archive.writestr(inside(desk), text_of(desk.notebook(double=source)))


@case("Lists what was packed in a file that unpacks to fifty megabytes.", student="manifest_bomb.zip",
      says="manifest.json.*cannot be used")  # fmt: skip
def manifest_bomb(desk: Desk) -> None:
    listed = f"{desk.week.assignment}/manifest.json"
    zipped(desk, {inside(desk): text_of(desk.notebook()), listed: b'{"files": ' + b"[" * 50_000_000})


@case("Lists what was packed forty thousand lists deep.", says="manifest.json.*cannot be used")
def manifest_without_end(desk: Desk) -> None:
    desk.hand_in()
    desk.beside({"manifest.json": '{"files": ' + "[" * 40_000})


@case("Says in the list of what was packed that all tests passed, and lists others' files, with false digests.",
      says="another file than the one that was packed")  # fmt: skip
def lying_manifest(desk: Desk) -> None:
    path = desk.hand_in()
    names = [path.name, f"../../amber/{desk.week.assignment}/{path.name}", "/etc/passwd", "{{ 7*7 }}", "<b>"]
    passed = {"checked": "now", "tests": dict.fromkeys(desk.week.full, "passed"), "score": 10}
    files = {name: {"bytes": -1, "sha256": "f" * 64} for name in names}
    desk.beside({"manifest.json": json.dumps({"files": files, "lessons": {desk.week.lesson: passed}})})


@case("Has a name that is a piece of a page.", student="<img src=x onerror=alert(1)>", row="refused-_img.*",
      marks=NOTHING, earned=NUMBERS.cheats, says="cannot be a student's name")  # fmt: skip
def name_with_markup(desk: Desk) -> None:
    desk.hand_in()


@case("Has a name that a spreadsheet would run.", student="=cmd|' #C'!A0", row="refused-_cmd.*", marks=NOTHING, earned=NUMBERS.cheats,
      says="cannot be a student's name")  # fmt: skip
def name_with_a_formula(desk: Desk) -> None:
    desk.hand_in()


@case("Has a name with line breaks, bytes that are no text, and a template.", marks=NOTHING, earned=NUMBERS.cheats,
      student="a\nb\udcff{{ 7*7 }}", row="refused-a_b.*", says="cannot be a student's name")  # fmt: skip
def name_that_is_no_text(desk: Desk) -> None:
    desk.hand_in()


@case("Has a name that looks like an option of a command.", student="--help", row="refused---help.*", marks=NOTHING, earned=NUMBERS.cheats,
      says="cannot be a student's name")  # fmt: skip
def name_like_an_option(desk: Desk) -> None:
    desk.hand_in()


@case("Has a name of 250 letters.", student="n" * 250, row="refused-nnn.*", marks=NOTHING, earned=NUMBERS.cheats,
      says="cannot be a student's name")  # fmt: skip
def name_without_end(desk: Desk) -> None:
    desk.hand_in()


@case("Hands in a named pipe, at which a reader waits for ever.", marks=NOTHING, says="named pipe")
def named_pipe(desk: Desk) -> None:
    os.mkfifo(desk.path)


@case("Hands in a socket.", marks=NOTHING, says="socket")
def socket_file(desk: Desk) -> None:
    here = os.open(desk.folder, os.O_RDONLY)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(f"/proc/self/fd/{here}/{desk.path.name}")  # a socket's path may not be long
    os.close(here)


@case("Hands in a folder under the notebook's name.", marks=NOTHING, says="folder")
def folder_for_a_notebook(desk: Desk) -> None:
    desk.path.mkdir()


@case("Hands in a file of a terabyte, all of it holes.", marks=NOTHING, says="MB")
def sparse_terabyte(desk: Desk) -> None:
    desk.hand_in()
    os.truncate(desk.path, 2**40)


@case("Puts two thousand files, a deep folder and a loop of links beside the notebook.")
def crowded_folder(desk: Desk) -> None:
    desk.hand_in()
    desk.beside({f"file-{number}.txt": "x" for number in range(2_000)})
    desk.beside({"/".join(["deep"] * 200) + "/end.txt": "x"})
    (desk.folder / "loop").symlink_to(".")


@case("Says that it was handed in in the year 1, 9999, and at no time at all.")
def forged_timestamp(desk: Desk) -> None:
    desk.hand_in()
    desk.beside({"timestamp.txt": "0001-01-01 00:00:00 " * 50_000 + "UTC\0{{ now }}"})


@case("Writes into every file and folder that it can find.")
def writes_everywhere(desk: Desk) -> None:
    desk.hand_in(
        first="""
        import os
        for top, folders, files in os.walk("/"):
            folders[:] = [f for f in folders if os.path.join(top, f) not in ("/proc", "/sys", "/usr")]
            if top.count("/") > 6:
                folders[:] = []
            for name in files[:50]:
                if os.access(os.path.join(top, name), os.W_OK):
                    open(os.path.join(top, name), "ab").write(b"written by a submission")
            if os.access(top, os.W_OK) and top.count("/") < 4:
                open(os.path.join(top, "written-by-a-submission"), "w").close()
        """
    )


@case("Replaces its folder, its notebook's file and the kernel's own files by links to others.")
def links_made_while_running(desk: Desk) -> None:
    desk.hand_in(
        first="""
        import os
        for place in ("/opt/sockets", "/opt/files", "/opt/rooms", "/tmp", "/tmp/lesson", "."):
            for name in ("k-1", "k-2", "c.json", "kernel.json", "gradebook.db", "results.json"):
                try:
                    os.unlink(os.path.join(place, name))
                except OSError:
                    pass
                try:
                    os.symlink("/etc/passwd", os.path.join(place, name))
                except OSError:
                    pass
        """
    )
