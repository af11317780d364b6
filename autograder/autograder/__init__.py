"""Builds the course's notebooks and grades them, with the verdict reached outside the student's process."""

import sys

__version__ = "0.1.0"

# jsonschema, which nbformat loads, would compile a grammar of web addresses at every start of a process. That takes
# most of a second, and no address is checked here: without the grammar jsonschema leaves that check out.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
