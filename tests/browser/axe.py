"""What axe-core finds wrong for people who cannot see a page, or not well, or use no mouse."""

from typing import Any

from axe_playwright_python.sync_playwright import Axe

OURS = ".jp-OutputArea-output"  # in JupyterLab: what our cells show, and nothing of JupyterLab's own
GRAVE = ("serious", "critical")


def violations(page: Any, part: str = OURS) -> list[str]:
    """What is seriously or critically wrong, a line for each element.

    Args:
        page: as it stands in the browser.
        part: a CSS selector of what is looked at; something has to match it.
    """
    found = Axe().run(page, context={"include": [[part]]}).response["violations"]
    return [
        f"{one['id']}: {one['help']}: {node['html'][:200]}"
        for one in found
        if one["impact"] in GRAVE
        for node in one["nodes"]
    ]
