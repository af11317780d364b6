"""The command `cnnkit`: what students do with the course from a terminal."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from cnnkit.data import SETS, DataError, cache_folder, fetch, fetched
from cnnkit.lab import NoLab, prepare, start
from cnnkit.notebooks import NotALesson, NotRunnable

CHECK = (
    "Runs every cell of a lesson's notebook in a fresh kernel, as when it is graded: nothing is trained, and the "
    "weights that you saved are loaded. The notebook is not changed. Exit status: 0 when all visible tests pass, 1 "
    "when not, 2 when the file is no lesson."
)
LAB = (
    "Copies what is new of the lessons into your folder, and opens JupyterLab there, on the page with the course's "
    "map. What you wrote is kept. What stands after -- goes to jupyter lab, as in: cnnkit lab work -- --ip=0.0.0.0"
)
HAND_IN = (
    "Checks a notebook in a fresh kernel (of a folder all its notebooks), says what is incomplete, and packs the "
    "notebooks of its week, with the weights and answers that they name, into one zip beside them. Notebooks are not "
    "changed. Exit status: 0 when it is packed, complete or not, 1 when that could not be done, 2 when there is no "
    "lesson or the name will not do."
)
STOPPED = 130  # as shells have it


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command.

    Args:
        arguments: what stands after `cnnkit`; those of this process if None.

    Returns:
        The exit status: 0; 1 when it could not be done, or a check does not pass; 2 when a file is not what was asked
        for; 130 after Ctrl-C. Wrong usage ends the process with 2.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    own = given.index("--") if given[:1] == ["lab"] and "--" in given else len(given)
    chosen = _parser().parse_args(given[:own])
    chosen.jupyter = given[own + 1 :]
    try:
        return int(chosen.run(chosen))
    except (DataError, NoLab, NotRunnable) as error:
        sys.stderr.write(f"cnnkit: {error}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("\ncnnkit: stopped\n")
        return STOPPED


def _parser() -> argparse.ArgumentParser:
    """Each command is a parser with a function `run` that takes the parsed arguments and gives the exit status."""
    parser = argparse.ArgumentParser(prog="cnnkit", description="The course on convolutional networks.")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    checking = commands.add_parser(
        "check", help="run a notebook in a fresh kernel, and say which visible tests pass", description=CHECK
    )
    checking.add_argument(
        "notebook", metavar="NOTEBOOK", type=Path, help="the notebook's file, which is not changed"
    )
    checking.set_defaults(run=_check)
    _add_lab(
        commands.add_parser(
            "lab", help="open JupyterLab on the lessons, in a folder of yours", description=LAB
        )
    )
    handing = commands.add_parser("hand-in", help="check, and pack a week into one zip", description=HAND_IN)
    handing.add_argument(
        "path", metavar="NOTEBOOK_OR_WEEK_FOLDER", type=Path, help="a notebook, or its folder"
    )
    handing.add_argument(
        "--name",
        metavar="NAME",
        help="yours, which the zip has then; kept in work/student.txt beside the notebooks",
    )
    handing.set_defaults(run=_hand_in)
    for one in (checking, handing):
        one.add_argument(
            "--timeout", metavar="SECONDS", type=_seconds, default=60,
            help="that a cell may take: %(default)s unless given",
        )  # fmt: skip
    data = commands.add_parser("data", help="larger data sets, from the internet").add_subparsers(
        title="commands", metavar="COMMAND", required=True
    )
    data.add_parser("list", help="say what there is").set_defaults(run=_list)
    getting = data.add_parser("fetch", help="fetch a set into the cache folder")
    getting.add_argument("name", metavar="NAME", choices=list(SETS), help=", ".join(SETS))
    getting.set_defaults(run=_fetch)
    return parser


def _add_lab(lab: argparse.ArgumentParser) -> None:
    lab.add_argument(
        "work", metavar="WORK", type=Path, nargs="?", default=Path("work"), help="your folder: %(default)s"
    )
    lab.add_argument(
        "--release", metavar="DIR", type=Path, help="the lessons, which are copied into your folder"
    )
    lab.add_argument("--prepare", action="store_true", help="prepare the folder, and do not open JupyterLab")
    lab.add_argument("--large-text", action="store_true", help="larger letters")
    lab.add_argument("--no-browser", action="store_true", help="say the address, and open no browser")
    lab.add_argument("--allow-root", action="store_true", help="run as root too")
    lab.add_argument("--port", metavar="N", type=int, help="of the address; a free one unless given")
    lab.set_defaults(run=_lab)


def _seconds(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"expected a whole number of seconds, 1 or more, got {text!r}")
    return int(text)


def _check(chosen: argparse.Namespace) -> int:
    from cnnkit.running import check_notebook  # noqa: PLC0415 - nbclient's import can take seconds

    try:
        standing = check_notebook(chosen.notebook, chosen.timeout)
    except (NotALesson, OSError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        sys.stderr.write(f"cnnkit: {chosen.notebook} cannot be checked: {reason}\n")
        return 2
    _say(standing)
    return 0 if standing.is_done else 1


def _lab(chosen: argparse.Namespace) -> int:
    for sentence in prepare(chosen.release, chosen.work):
        sys.stdout.write(f"{sentence}\n")
    sys.stdout.flush()
    if not chosen.prepare:
        flags = [
            f"--{name}" for name in ("no-browser", "allow-root") if getattr(chosen, name.replace("-", "_"))
        ]
        port = [f"--ServerApp.port={chosen.port}", "--ServerApp.port_retries=0"] if chosen.port else []
        start(chosen.work, [*flags, *port, *chosen.jupyter], chosen.large_text)
    return 0


def _hand_in(chosen: argparse.Namespace) -> int:
    from cnnkit.handing_in import pack_week  # noqa: PLC0415 - as above

    try:
        _say(pack_week(chosen.path, chosen.name, chosen.timeout))
    except ValueError as error:
        sys.stderr.write(f"cnnkit: {error}\n")
        return 2
    except OSError as error:
        sys.stderr.write(f"cnnkit: {chosen.path} cannot be handed in: {error.strerror or error}\n")
        return 2 if isinstance(error, FileNotFoundError) else 1
    return 0


def _say(what: object) -> None:
    encoding = sys.stdout.encoding or "utf-8"  # a console that lacks a letter shows a question mark
    sys.stdout.write(f"{what}\n".encode(encoding, "replace").decode(encoding))


def _list(_: argparse.Namespace) -> int:
    rows = [("name", "download", "fetched", "licence", "what it is")]
    for name, remote in SETS.items():
        size, there = f"{remote.size / 1e6:,.0f} MB", "yes" if fetched(name) else "no"
        rows.append((name, size, there, remote.licence, remote.title))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        sys.stdout.write(line.rstrip() + "\n")
    sys.stdout.write(f"\nFetched sets are kept in {cache_folder()} (CNNKIT_DATA names another folder).\n")
    return 0


def _fetch(chosen: argparse.Namespace) -> int:
    sys.stdout.write(f"{fetch(chosen.name)}\n")
    return 0
