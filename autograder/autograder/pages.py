"""What all pages share: where their templates lie, and a policy that lets them load and run nothing."""

import base64
import hashlib
import re
from pathlib import Path

FOLDER = Path(__file__).parent / "templates"


def with_policy(page: str) -> str:
    """The page with a content security policy in place of THE-POLICY: its head's own styles, embedded pictures."""
    head, body, rest = page.partition("<body>")
    styles = re.findall(r"(?s)<style[^>]*>(.*?)</style>", head)
    digests = [base64.b64encode(hashlib.sha256(style.encode()).digest()).decode() for style in styles]
    allowed = " ".join(f"'sha256-{digest}'" for digest in digests)
    policy = f"default-src 'none'; img-src data:; style-src {allowed}; base-uri 'none'; form-action 'none'"
    return head.replace("THE-POLICY", policy, 1) + body + rest
