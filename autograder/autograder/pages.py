"""What all pages share: where their templates lie, and a policy that lets them load and run nothing."""

import base64
import hashlib
import re
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from autograder.evidence import visible

FOLDER = Path(__file__).parent / "templates"
LONGEST = 600


def _plain(value: Any) -> Any:
    """What an expression of a template gives, cut and with nothing in it that hides or moves text."""
    if type(value) is not str:  # what a macro of the template gave was made so already
        return value
    return visible(value if len(value) <= LONGEST else f"{value[:LONGEST]}…")


@cache
def template(name: str) -> Template:
    """The template of a teacher's page: whatever it shows is escaped and cut.

    Args:
        name: its folder among the templates.
    """
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_plain,
        trim_blocks=True,
    )
    return environment.get_template(f"{name}/page.html.j2")


def with_policy(page: str) -> str:
    """The page with a content security policy in place of THE-POLICY: its head's own styles, embedded pictures."""
    head, body, rest = page.partition("<body>")
    styles = re.findall(r"(?s)<style[^>]*>(.*?)</style>", head)
    digests = [base64.b64encode(hashlib.sha256(style.encode()).digest()).decode() for style in styles]
    allowed = " ".join(f"'sha256-{digest}'" for digest in digests)
    policy = f"default-src 'none'; img-src data:; style-src {allowed}; base-uri 'none'; form-action 'none'"
    return head.replace("THE-POLICY", policy, 1) + body + rest
