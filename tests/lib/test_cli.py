"""The command cnnkit: what it prints, and its exit status."""

import subprocess
import sys
import tomllib

import pytest

from cnnkit import cli, data


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("CNNKIT_DATA", str(tmp_path))
    return tmp_path


def test_list_says_what_there_is_and_what_was_fetched(cache, capsys):
    (cache / "lfw").mkdir()
    assert cli.main(["data", "list"]) == 0
    table, where = capsys.readouterr().out.split("\n\n")
    header, *rows = [line.split() for line in table.splitlines()]
    assert header == ["name", "download", "fetched", "licence", "what", "it", "is"]
    assert [row[0] for row in rows] == list(data.SETS)
    assert {row[0]: row[3] for row in rows} == {name: "yes" if name == "lfw" else "no" for name in data.SETS}
    assert rows[2][:3] == ["pets", "811", "MB"] and str(cache) in where


def test_fetch_prints_the_folder(cache, capsys):
    (cache / "cifar10").mkdir()
    assert cli.main(["data", "fetch", "cifar10"]) == 0
    assert capsys.readouterr().out == f"{cache / 'cifar10'}\n"


def test_what_goes_wrong_is_said_in_a_sentence(monkeypatch, capsys):
    def fetch(name):
        raise data.NetworkError(f"{name} did not come.")

    monkeypatch.setattr(cli, "fetch", fetch)
    assert cli.main(["data", "fetch", "lfw"]) == 1
    said = capsys.readouterr()
    assert said.out == "" and said.err == "cnnkit: lfw did not come.\n"


@pytest.mark.parametrize("arguments", [[], ["data"], ["data", "fetch"], ["data", "fetch", "roses"], ["bake"]])
def test_wrong_usage(arguments, capsys):
    with pytest.raises(SystemExit) as ended:
        cli.main(arguments)
    assert ended.value.code == 2 and "usage: cnnkit" in capsys.readouterr().err


def test_an_unknown_set_is_answered_with_those_that_there_are(capsys):
    with pytest.raises(SystemExit):
        cli.main(["data", "fetch", "roses"])
    said = capsys.readouterr().err
    assert all(name in said for name in data.SETS)


def test_the_module_is_the_command(repository):
    done = subprocess.run(
        [sys.executable, "-m", "cnnkit", "data", "list"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0 and "voc2007" in done.stdout
    project = tomllib.loads((repository / "lib" / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["scripts"] == {"cnnkit": "cnnkit.cli:main"}
