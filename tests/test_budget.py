"""Each package stays within the lines of code that CONTRIBUTING.md gives it, raised only on purpose."""

import ast
import re

import pytest

PACKAGES = {"cnnkit": "lib/cnnkit", "autograder": "autograder/autograder"}


def lines_of_code(path):
    """Lines that are neither blank, comment nor docstring."""
    text = path.read_text(encoding="utf-8")
    documentation = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node):
            documentation |= set(range(node.body[0].lineno, (node.body[0].end_lineno or 0) + 1))
    lines = enumerate(text.splitlines(), 1)
    return sum(bool(line.strip()) and line.strip()[0] != "#" and n not in documentation for n, line in lines)


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_is_within_its_budget(repository, package):
    stated = re.search(rf"`{package}` ([\d,]+)", (repository / "CONTRIBUTING.md").read_text(encoding="utf-8"))
    assert stated, f"CONTRIBUTING.md states no budget for {package}"
    files = sorted((repository / PACKAGES[package]).rglob("*.py"))
    used = sum(lines_of_code(path) for path in files)
    assert 100 < used <= int(stated.group(1).replace(",", ""))


def test_lines_are_counted_without_documentation(tmp_path):
    path = tmp_path / "counted.py"
    path.write_text('"""Two\nlines."""\n\n# comment\ndef f():\n    """One."""\n    return 1  # code\n')
    assert lines_of_code(path) == 2
