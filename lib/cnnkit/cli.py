"""The command `cnnkit`: what students do with the course from a terminal."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from cnnkit.data import SETS, DataError, cache_folder, fetch, fetched
from cnnkit.notebooks import NotALesson, NotRunnable

CHECK = (
    "Runs every cell of a lesson's notebook in a fresh kernel, as when it is graded: nothing is trained, and the "
    "weights that you saved are loaded. The notebook is not changed. Exit status: 0 when all visible tests pass, 1 "
    "when not, 2 when the file is no lesson."
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
    chosen = _parser().parse_args(arguments)
    try:
        return int(chosen.run(chosen))
    except (DataError, NotRunnable) as error:
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
