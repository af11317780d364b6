"""SOURCES.md says what the loaders read: every file, every licence, every checksum."""

import ast
import hashlib
import inspect
import re
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import pytest

from cnnkit import data
from cnnkit.data import images, names, packaged, recordings

SOURCES = Path(data.__file__).with_name("SOURCES.md")
# What `cnnkit.data` offers beside loaders.
HELPERS = {"cache_folder", "fetch", "fetched", "own_photo"}
LOADERS = {name for name in data.__all__ if inspect.isfunction(getattr(data, name))} - HELPERS


def rows(heading: str) -> list[dict[str, str]]:
    """The rows of the first table below the heading that begins so."""
    text = SOURCES.read_text(encoding="utf-8").split(f"\n## {heading}")[1].split("\n## ")[0]
    lines = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("|")]
    header, _, *body = lines
    assert all(len(line) == len(header) for line in body)
    return [dict(zip(header, (cell.strip("`") for cell in line), strict=True)) for line in body]


PACKAGED = rows("Files that come with packages")
VENDORED = rows("Files in this repository")
WEIGHTS = rows("Weights")
FETCHED = rows("Fetched by name")


def folder(module: str) -> Path:
    return Path(find_spec(module).submodule_search_locations[0])


@pytest.fixture
def read(monkeypatch):
    """The files that loaders read, while this is in use."""
    seen = set()

    def noted(module, file, decode):
        seen.add(f"{module}/{file}")
        return packaged.packaged(module, file, decode)

    for module in (images, names, recordings):
        monkeypatch.setattr(module, "packaged", noted)
    return seen


def listed(loader: str) -> set[str]:
    files = {row["file"] for row in PACKAGED if row["loader"] == loader}
    return files | {f"cnnkit/{row['file']}" for row in VENDORED if row["loader"] == loader}


OF_PHOTOS = {
    "photo": lambda: listed("photos"),
    "textures": lambda: {"/".join(data.PHOTOS[name]) for name in data.TEXTURES},
}


@pytest.mark.parametrize("loader", sorted(LOADERS))
def test_a_loader_reads_the_files_that_are_listed(loader, read):
    if loader == "photo":
        for name in data.PHOTOS:
            data.photo(name)
    else:
        getattr(data, loader)()
    assert read == (OF_PHOTOS[loader]() if loader in OF_PHOTOS else listed(loader)) != set()


def test_every_row_is_of_a_loader():
    assert {row["loader"] for row in PACKAGED + VENDORED} == LOADERS - set(OF_PHOTOS)
    text = SOURCES.read_text(encoding="utf-8")
    assert all(f"`{name}`" in text for name in LOADERS)


@pytest.mark.parametrize("row", PACKAGED, ids=[row["file"] for row in PACKAGED])
def test_a_packaged_file_is_the_one_that_is_listed(row):
    module, file = row["file"].split("/", 1)
    assert hashlib.sha256((folder(module) / file).read_bytes()).hexdigest() == row["SHA-256"]
    assert packaged.DISTRIBUTIONS.get(module, module) == row["package"]


@pytest.mark.parametrize("package", sorted({row["package"] for row in PACKAGED}))
def test_a_package_is_a_pinned_dependency(package, repository):
    (listed_version,) = {row["version"] for row in PACKAGED if row["package"] == package}
    pins = (repository / "constraints.txt").read_text(encoding="utf-8").splitlines()
    assert f"{package}=={listed_version}" in pins and version(package) == listed_version
    assert f'"{package}>=' in (repository / "lib" / "pyproject.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize("row", VENDORED, ids=[row["file"] for row in VENDORED])
def test_a_file_of_the_repository_is_the_one_that_is_listed(row, repository):
    file = repository / "lib" / "cnnkit" / row["file"]
    assert hashlib.sha256(file.read_bytes()).hexdigest() == row["SHA-256"]
    shipped = (repository / "lib" / "pyproject.toml").read_text(encoding="utf-8")
    assert f'"{row["file"]}"' in shipped and '"data/SOURCES.md"' in shipped


def test_every_picture_beside_the_loaders_is_listed():
    here = {f"data/{path.name}" for path in SOURCES.parent.iterdir() if path.suffix not in (".py", ".md", "")}
    assert here == {row["file"] for row in VENDORED if row["file"].startswith("data/")}


def test_weights_are_the_ones_that_are_listed(repository):
    cnnkit = repository / "lib" / "cnnkit"
    here = {path.relative_to(cnnkit).as_posix() for path in cnnkit.glob("nets/weights/*.bin")}
    assert here <= {row["file"] for row in WEIGHTS}
    for row in WEIGHTS:
        module, file = ("cnnkit", row["file"]) if row["file"] in here else row["file"].split("/", 1)
        assert hashlib.sha256((folder(module) / file).read_bytes()).hexdigest() == row["SHA-256"]
        assert row["licence"] and row["package"] and row["version"]


@pytest.mark.parametrize("row", PACKAGED + VENDORED, ids=[row["file"] for row in PACKAGED + VENDORED])
def test_a_docstring_names_source_and_licence(row):
    text = " ".join(inspect.getdoc(getattr(data, row["loader"])).split())
    assert "Source:" in text and row.get("package", "public domain") in text
    licences = {"no known copyright restrictions": "public domain", "none stated": "no licence"}
    for licence in row["licence"].split("; "):
        assert licences.get(licence, licence).lower() in text.lower().replace(
            "for which no licence is stated", "no licence"
        )


@pytest.mark.parametrize("loader", sorted(LOADERS))
def test_every_docstring_has_a_source(loader):
    assert re.search(r"Source: .*(package|public domain)", inspect.getdoc(getattr(data, loader)))


@pytest.mark.parametrize("row", PACKAGED + VENDORED, ids=[row["file"] for row in PACKAGED + VENDORED])
def test_shapes_are_those_that_are_listed(row):
    loader = getattr(data, row["loader"])
    if row["loader"] == "photos":
        assert str(data.photo(row["what to know"].split('"')[1]).shape) == row["shape"]
    elif "or" in row["shape"]:
        train, test, *shape = map(int, re.findall(r"\d+", row["shape"]))
        assert loader("train")[0].shape == (train, *shape) and loader("test")[0].shape == (test, *shape)
    elif row["shape"].startswith("("):
        found = loader()
        assert getattr(found, "millivolts", found).shape == ast.literal_eval(row["shape"])
    else:
        assert row["shape"] == f"{len(loader())} names"


def test_a_photo_has_the_file_of_its_row():
    said = {row["what to know"].split('"')[1]: row["file"] for row in PACKAGED if row["loader"] == "photos"}
    assert said == {name: "/".join(place) for name, place in data.PHOTOS.items()}


def test_fetched_sets_are_those_that_are_listed():
    found = [
        {"name": name, "file": file.url, "bytes": str(file.size), "SHA-256": file.sha256}
        for name, remote in data.SETS.items()
        for file in remote.files
    ]
    assert [{key: row[key] for key in found[0]} for row in FETCHED] == found
    for row in FETCHED:
        assert row["licence"].startswith(data.SETS[row["name"]].licence) and row["checksum published in"]
    assert all(name in inspect.getdoc(data.fetch) for name in data.SETS)
