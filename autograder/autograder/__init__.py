"""Builds the course's notebooks and grades them, with the verdict reached outside the student's process."""

import sys

__version__ = "0.1.0"

# Where it is installed, jsonschema builds a grammar of internet addresses on import: half of all our start-up time.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
