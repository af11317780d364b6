"""`python -m autograder` is the command `autograder`."""

import gc
import sys

from autograder import host


def main() -> None:
    """Load everything, then carry out a command; what a class is examined by loads at the same time."""
    if sys.argv[1:2] == ["grade"] and "--resume" not in sys.argv:
        host.start()
    gc.disable()  # nothing that is loaded is garbage
    from autograder.cli import main as command  # noqa: PLC0415 - not before

    gc.freeze()
    gc.enable()
    command()


if __name__ == "__main__":
    main()
