"""Measure what matters and print it: python tests/bench/run.py [NAME...] [--number N] [--workers W] [--size S]."""

import argparse
from collections.abc import Callable, Iterator

from grading import grading
from size import size

BENCHMARKS: dict[str, Callable[[argparse.Namespace], Iterator[str]]] = {
    "grading": lambda chosen: grading(chosen.number, chosen.workers),
    "size": lambda chosen: size(chosen.size),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of: {', '.join(BENCHMARKS)} [all of them]")
    parser.add_argument("-n", "--number", type=int, default=200, help="submissions to grade [200]")
    parser.add_argument("-w", "--workers", type=int, default=2, help="submissions at once [2]")
    parser.add_argument("-s", "--size", type=int, default=10_000, help="submissions of a large class [10000]")
    chosen = parser.parse_args()
    unknown = set(chosen.names) - set(BENCHMARKS)
    if unknown or chosen.number < 3:
        parser.error(f"no benchmark {', '.join(sorted(unknown))}" if unknown else "at least 3 submissions")
    for name in chosen.names or BENCHMARKS:
        for line in BENCHMARKS[name](chosen):
            print(line, flush=True)


if __name__ == "__main__":
    main()
