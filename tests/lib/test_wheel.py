"""What students install: small, with everything that the default path needs."""

import subprocess
import sys
import zipfile

import pytest


@pytest.fixture(scope="module")
def wheel(repository, tmp_path_factory):
    """The wheel, built from a copy of what git would give."""
    folder = tmp_path_factory.mktemp("wheel")
    listed = subprocess.run(
        ["git", "ls-files", "lib"], cwd=repository, capture_output=True, text=True, check=True
    )
    for name in listed.stdout.splitlines():
        copy = folder / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes((repository / name).read_bytes())
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--no-deps",
        "--no-build-isolation",
        "-w",
        folder,
        folder / "lib",
    ]
    subprocess.run(command, capture_output=True, check=True)
    (file,) = folder.glob("cnnkit-*.whl")
    return file


def test_the_wheel_is_small(wheel):
    assert wheel.stat().st_size < 10_000_000


def test_the_wheel_holds_every_file_of_the_package(wheel, repository):
    listed = subprocess.run(
        ["git", "ls-files", "cnnkit"], cwd=repository / "lib", capture_output=True, text=True, check=True
    )
    assert set(listed.stdout.splitlines()) <= set(zipfile.ZipFile(wheel).namelist())
