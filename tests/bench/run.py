"""Measure what matters and print it: python tests/bench/run.py [NAME...] [--number N] [--workers W]."""

import argparse
from collections.abc import Callable, Iterator

from grading import grading

BENCHMARKS: dict[str, Callable[[int, int], Iterator[str]]] = {"grading": grading}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of: {', '.join(BENCHMARKS)} [all of them]")
    parser.add_argument("-n", "--number", type=int, default=12, help="submissions [12]")
    parser.add_argument("-w", "--workers", type=int, default=2, help="submissions at once [2]")
    chosen = parser.parse_args()
    unknown = set(chosen.names) - set(BENCHMARKS)
    if unknown or chosen.number < 3:
        parser.error(f"no benchmark {', '.join(sorted(unknown))}" if unknown else "at least 3 submissions")
    for name in chosen.names or BENCHMARKS:
        for line in BENCHMARKS[name](chosen.number, chosen.workers):
            print(line, flush=True)


if __name__ == "__main__":
    main()
