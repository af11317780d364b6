"""cnnkit.desk_widget: what its buttons do and tell, and that they are named."""

import ipywidgets
import pytest
import student_lesson as s

import cnnkit
from cnnkit import packing
from cnnkit.desk_widget import Desk
from cnnkit.progress_widget import ProgressWidget


@pytest.fixture
def week(tmp_path):
    folder = tmp_path / "week1"
    (folder / "mistakes").mkdir(parents=True)
    (folder / "mistakes" / "lesson.json").write_text("{}")
    s.written(folder, double=s.RIGHT)
    return folder


@pytest.fixture
def desk(week):
    return cnnkit.desk(week / "lesson.ipynb")


def controls(widget):
    """The buttons and fields of a widget, by their names."""
    found = {}
    for child in getattr(widget, "children", ()):
        found |= controls(child)
        if hasattr(child, "tooltip") and getattr(child, "description", ""):
            assert child.description not in found
            found[child.description] = child
    return found


def test_every_control_has_a_name_and_a_tooltip_and_no_two_the_same_name(desk, week):
    names = controls(desk)
    assert list(names) == ["Save my work as one file", "Bring back my work", "Your name", "Check and hand in"]
    assert all(control.tooltip for control in names.values())
    assert not set(names) & set(controls(cnnkit.progress(week / "lesson.ipynb")))


def test_save(desk, week):
    controls(desk)["Save my work as one file"].click()
    assert desk.answer.text.startswith("Saved: my_work.zip, ") and (week / "my_work.zip").exists()
    (output,) = desk.answer.outputs
    assert (
        "<a download href=" in output["data"]["text/html"]
        and output["data"]["text/plain"] == desk.answer.text
    )


def test_hand_in_with_a_name(desk, week):
    controls(desk)["Your name"].value = "amber"
    seen = []
    desk.answer.observe(lambda change: seen.append(change.new[0]["data"]["text/plain"]), "outputs")
    controls(desk)["Check and hand in"].click()
    assert "Packed: amber.zip" in desk.answer.text and (week / "amber.zip").exists()
    assert seen[0] == "Starting a fresh kernel."
    assert seen[1] == "Running the saved notebook in a fresh kernel: cell 1 of 9."
    assert controls(cnnkit.desk(week / "lesson.ipynb"))["Your name"].value == "amber", "it is asked for once"


def test_a_name_that_will_not_do_is_told_where_one_looks(desk, week):
    controls(desk)["Your name"].value = "amber <smith>"
    controls(desk)["Check and hand in"].click()
    assert "cannot be your name here" in desk.answer.text and not list(week.glob("*.zip"))
    assert "<smith>" not in desk.answer.outputs[0]["data"]["text/html"]


def test_hand_in_at_the_end_of_a_notebook_takes_the_name_that_was_given(week):
    packing.keep_name(week, "amber")
    widget = cnnkit.progress(week / "lesson.ipynb")
    assert isinstance(widget, ProgressWidget)
    controls(widget)["Check and hand in from here"].click()
    assert "Packed: amber.zip" in widget.children[-1].text


def upload_to(widget, data):
    """What the browser sends when a file was chosen."""
    one = {"name": "my_work.zip", "type": "application/zip", "size": len(data), "last_modified": 0}
    widget.set_state({"value": [one | {"content": memoryview(data)}]})


def test_an_upload_comes_back_and_leaves_room_for_the_next(desk, week):
    controls(desk)["Save my work as one file"].click()
    s.written(week)
    upload = controls(desk)["Bring back my work"]
    upload_to(upload, (week / "my_work.zip").read_bytes())
    assert desk.answer.text.startswith("Brought back: 1 file.") and upload.value == ()
    upload_to(upload, b"no zip")
    assert desk.answer.text == "This is no zip, or a damaged one. Choose the file that you saved."


@pytest.mark.parametrize("name", ["Check and hand in", "Save my work as one file"])
def test_what_goes_wrong_is_told_where_one_looks(desk, week, name, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("cnnkit.saving.write_whole", full)
    monkeypatch.setattr("cnnkit.handing_in.write_whole", full)
    controls(desk)[name].click()
    assert desk.answer.text == "That did not work: [Errno 28] No space left on device."


def test_where_nobody_says_which_notebook_this_is(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    desk = Desk("Here.", False)
    controls(desk)["Check and hand in"].click()
    assert 'as in cnnkit.desk("LESSON.ipynb")' in desk.answer.text
    controls(desk)["Save my work as one file"].click()
    assert (tmp_path / "my_work.zip").exists()


def test_in_a_notebook_without_widgets_its_words_are_left(desk):
    assert desk._repr_mimebundle_()["text/plain"] == repr(desk) == str(desk)
    assert isinstance(desk, ipywidgets.VBox)


def test_on_colab_no_stale_copy_is_handed_in(desk, week, monkeypatch):
    monkeypatch.setenv("COLAB_RELEASE_TAG", "release")
    controls(desk)["Check and hand in"].click()
    assert "Colab keeps your notebook in your Google Drive" in desk.answer.text
    with pytest.raises(
        ValueError, match=r"Choose File > Download > Download \.ipynb, and give that to your teacher"
    ):
        cnnkit.hand_in(week / "lesson.ipynb")
    assert list(week.glob("*.zip")) == []
