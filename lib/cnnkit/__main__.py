"""`python -m cnnkit` is the command `cnnkit`."""

import sys

from cnnkit.cli import main

if __name__ == "__main__":
    sys.exit(main())
