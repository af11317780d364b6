"""The command `cnnkit`: what students do with the course from a terminal."""

import argparse
import sys
from collections.abc import Sequence

from cnnkit.data import SETS, DataError, cache_folder, fetch, fetched


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command.

    Args:
        arguments: what stands after `cnnkit`; those of this process if None.

    Returns:
        The exit status: 0, or 1 when it could not be done; wrong usage ends the process with 2.
    """
    chosen = _parser().parse_args(arguments)
    try:
        chosen.run(chosen)
    except DataError as error:
        sys.stderr.write(f"cnnkit: {error}\n")
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    """Each command is a parser with a function `run` that takes the parsed arguments."""
    parser = argparse.ArgumentParser(prog="cnnkit", description="The course on convolutional networks.")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    data = commands.add_parser("data", help="larger data sets, from the internet").add_subparsers(
        title="commands", metavar="COMMAND", required=True
    )
    data.add_parser("list", help="say what there is").set_defaults(run=_list)
    getting = data.add_parser("fetch", help="fetch a set into the cache folder")
    getting.add_argument("name", metavar="NAME", choices=list(SETS), help=", ".join(SETS))
    getting.set_defaults(run=_fetch)
    return parser


def _list(_: argparse.Namespace) -> None:
    rows = [("name", "download", "fetched", "licence", "what it is")]
    for name, remote in SETS.items():
        size, there = f"{remote.size / 1e6:,.0f} MB", "yes" if fetched(name) else "no"
        rows.append((name, size, there, remote.licence, remote.title))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        sys.stdout.write(line.rstrip() + "\n")
    sys.stdout.write(f"\nFetched sets are kept in {cache_folder()} (CNNKIT_DATA names another folder).\n")


def _fetch(chosen: argparse.Namespace) -> None:
    sys.stdout.write(f"{fetch(chosen.name)}\n")
