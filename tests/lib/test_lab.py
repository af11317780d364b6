"""cnnkit.lab: the learner's folder is prepared, and JupyterLab is started as it should."""

import html
import importlib.util
import json
import os

import nbformat
import pytest
import student_lesson as s

from cnnkit import cli, homepage, lab
from cnnkit.lab import NoLab, prepare, settings


@pytest.fixture
def release(tmp_path):
    page = s.start_page(tmp_path / "release", lessons=[])
    (page.parent / "picture.txt").write_text("a picture")
    return page.parent


@pytest.fixture
def started(monkeypatch):
    """What JupyterLab is started with."""
    labapp = pytest.importorskip("jupyterlab.labapp")
    given = []
    monkeypatch.delenv(lab.CONFIG, raising=False)
    monkeypatch.setattr(labapp, "main", lambda options: given.append((options, os.environ[lab.CONFIG])))
    return given


def test_the_folder_gets_the_lessons_and_the_page_shows_how_far_one_is(release, tmp_path):
    work = tmp_path / "work"
    prepare(release, work)
    assert (work / "picture.txt").read_text() == "a picture"
    page = nbformat.read(work / homepage.PAGE, as_version=4)
    assert "0 of 0 lessons done" in page.cells[1].outputs[0].data["text/plain"]
    assert nbformat.read(release / homepage.PAGE, as_version=4).cells[1].outputs == []


def test_a_newer_page_comes_and_what_a_reader_wrote_stays(release, tmp_path):
    work = tmp_path / "work"
    prepare(release, work)
    s.start_page(release, "A newer course.", lessons=[])
    prepare(release, work)
    page = nbformat.read(work / homepage.PAGE, as_version=4)
    assert page.cells[0].source == "A newer course."
    page.cells.append(nbformat.v4.new_markdown_cell("My own plan."))
    nbformat.write(page, work / homepage.PAGE)
    prepare(release, work)
    assert nbformat.read(work / homepage.PAGE, as_version=4).cells[-1].source == "My own plan."


def test_the_page_shows_once_what_the_update_says(release, tmp_path):
    work = tmp_path / "work"
    prepare(release, work)
    (work / "picture.txt").write_text("mine")
    (release / "picture.txt").write_text("a better picture")
    (sentence,) = prepare(release, work)
    assert sentence.startswith("picture.txt was left alone: you changed it.")
    shown = nbformat.read(work / homepage.PAGE, as_version=4).cells[1].outputs[0].data
    assert shown["text/plain"].startswith(f"{sentence}\n0 of 0 lessons done")
    assert f"<p role='status'>{html.escape(sentence)}</p>" in shown["text/html"]
    assert prepare(release, work) == []
    assert sentence not in (work / homepage.PAGE).read_text()


def test_a_folder_of_lessons_without_the_page_is_one_too(tmp_path):
    assert prepare(None, tmp_path) and list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("release", "said"), [(None, "There is no folder"), ("no", "with lessons: --release")]
)
def test_a_folder_that_is_not_there_is_named(tmp_path, release, said):
    with pytest.raises(NoLab, match=said):
        prepare(release and tmp_path / release, tmp_path / "work")


def test_the_command_prepares_and_starts(release, tmp_path, started, monkeypatch):
    monkeypatch.setenv(lab.CONFIG, "/theirs")
    work = tmp_path / "work"
    options = ["--release", str(release), "--no-browser", "--allow-root", "--port", "8123", str(work)]
    assert cli.main(["lab", *options, "--", "--ip=127.0.0.2"]) == 0
    ((given, config),) = started
    assert set(given) == {
        "--LabApp.default_url=/lab/tree/start_here.ipynb", f"--ServerApp.root_dir={work}", "--no-browser",
        "--allow-root", "--ServerApp.port=8123", "--ServerApp.port_retries=0", "--ip=127.0.0.2",
    }  # fmt: skip
    assert config.split(os.pathsep) == [*map(str, settings()), "/theirs"]


def test_it_may_only_prepare(release, tmp_path, started):
    assert cli.main(["lab", "--prepare", "--release", str(release), str(tmp_path / "work")]) == 0
    assert started == [] and (tmp_path / "work" / homepage.PAGE).exists()


def test_the_update_is_told(release, tmp_path, started, monkeypatch, capsys):
    monkeypatch.setattr(lab, "update", lambda release, work: ["2 lessons were corrected."])
    (tmp_path / "work").mkdir()
    s.start_page(tmp_path / "work", lessons=[])
    cli.main(["lab", "--release", str(release), str(tmp_path / "work")])
    assert capsys.readouterr().out == "2 lessons were corrected.\n"


def test_without_jupyterlab_it_says_what_to_install(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    s.start_page(tmp_path, lessons=[])
    assert cli.main(["lab", str(tmp_path)]) == 1
    assert capsys.readouterr().err == (
        'cnnkit: JupyterLab is not installed here: pip install "jupyterlab>=4.2" brings it.\n'
    )


def test_larger_letters_are_kept_apart_from_ones_own_settings(release, tmp_path, started, monkeypatch):
    own, work = tmp_path / "own", tmp_path / "work"
    monkeypatch.setenv("JUPYTERLAB_SETTINGS_DIR", str(own))
    theme = own / "@jupyterlab" / "apputils-extension" / "themes.jupyterlab-settings"
    theme.parent.mkdir(parents=True)
    theme.write_text('{\n    // Theme\n    "theme": "Dark", "overrides": {"ui-font-size1": "30px"}\n}')
    (own / "broken.jupyterlab-settings").write_text("{")
    before = theme.read_text()
    for _ in range(2):
        cli.main(["lab", "--large-text", "--release", str(release), str(work)])
    assert f"--LabApp.user_settings_dir={work / lab.LARGE}" in started[-1][0]
    made = json.loads((work / lab.LARGE / theme.relative_to(own)).read_text())
    assert made == {"theme": "Dark", "overrides": {
        "code-font-size": "18px", "content-font-size1": "19px", "ui-font-size1": "30px"
    }}  # fmt: skip
    assert theme.read_text() == before and len(list(own.rglob("*.jupyterlab-settings"))) == 2


def test_settings_that_cannot_be_read_are_no_reason_to_stop(tmp_path):
    file = tmp_path / lab.LARGE / "@jupyterlab" / "apputils-extension" / "themes.jupyterlab-settings"
    for text in ("{", "[1]"):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        lab.large_text_settings(tmp_path, tmp_path / "none")
        assert json.loads(file.read_text()) == lab.LARGER["apputils-extension/themes"]


def schema_of(plugin):
    from jupyterlab.commands import get_app_dir

    with open(os.path.join(get_app_dir(), "schemas", "@jupyterlab", f"{plugin}.json")) as file:
        return json.load(file)["properties"]


def test_jupyterlab_knows_every_setting():
    """A misspelt one would be passed over in silence."""
    (folder,) = settings()
    chosen = json.loads((folder / "labconfig" / "default_setting_overrides.json").read_text())
    asked = {name.removeprefix("@jupyterlab/").replace(":", "/"): values for name, values in chosen.items()}
    assert len(asked) == 2
    for plugin, values in (asked | lab.LARGER).items():
        assert set(values) <= set(schema_of(plugin)), plugin
