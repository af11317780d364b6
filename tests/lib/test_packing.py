"""cnnkit.packing: names that a grader takes, and zips that it opens."""

import io
import zipfile

import pytest
import student_lesson as s

from cnnkit import packing


@pytest.mark.parametrize("name", ["amber", "a.b_c@d-e+1", "Éloïse", "学生", "4711", "_x", "x" * 80])
def test_names_that_a_grader_takes(name):
    assert packing.student_name(f" {name}\n") == name


def test_one_name_in_two_encodings_is_one_name():
    assert packing.student_name("e\u0301va") == "\u00e9va"


@pytest.mark.parametrize(
    ("name", "instead"),
    [
        ("Amber Smith", "Amber_Smith"),
        ("../amber", "amber"),
        ("amber/week1", "amber_week1"),
        ("a:b", "a_b"),
        ("-rf", "rf"),
        ("=1", "1"),
        ("x" * 81, "x" * 30),
        ("refused-x", "amber_smith"),
        ("amber.zip", "amber_zip"),
        ("!!!", "amber_smith"),
        ("", "amber_smith"),
    ],
)
def test_another_name_is_refused_with_one_that_would_do(name, instead):
    with pytest.raises(packing.BadName, match="letters, digits and") as refused:
        packing.student_name(name)
    assert str(refused.value).endswith(f"For instance: {instead}")
    assert packing.student_name(instead) == instead


@pytest.mark.parametrize(
    ("name", "instead"), [("con", "con_1"), ("NUL", "NUL_1"), ("com1.x", "com1_1"), ("lpt²", "lpt²_1")]
)
def test_a_name_that_no_file_on_windows_has_is_refused(name, instead):
    with pytest.raises(packing.BadName) as refused:
        packing.student_name(name)
    assert str(refused.value) == f"Windows can have no file called {name}.zip. For instance: {instead}"
    assert packing.student_name(instead) == instead
    assert packing.student_name(f"{name[:3]}rad") == f"{name[:3]}rad"


def test_a_name_that_somebody_else_wrote_into_the_file_is_not_used(tmp_path):
    packing.keep_name(tmp_path, "amber")
    assert packing.kept_name(tmp_path) == "amber"
    (tmp_path / packing.STUDENT).write_text("../../amber")
    assert packing.kept_name(tmp_path) == ""
    (tmp_path / packing.STUDENT).write_bytes(b"\xff\xfe")
    assert packing.kept_name(tmp_path) == ""


def test_a_zip_holds_bytes_as_they_are_and_shrinks_no_more_than_a_grader_believes():
    members = {
        "b.ipynb": " ".join(map(str, range(5_000))).encode(),
        "a.ipynb": b"0" * 3_000_000,
        "c.safetensors": bytes(range(256)) * 9,
    }
    data = packing.zip_of(members, {"format": 1})
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["a.ipynb", "b.ipynb", "c.safetensors", "manifest.json"]
        assert {name: archive.read(name) for name in members} == members
        for info in archive.infolist():
            assert info.file_size <= packing.SQUEEZED * info.compress_size
            assert info.external_attr >> 16 == 0o100644
        assert archive.getinfo("b.ipynb").compress_size < 12_000


def test_a_link_is_what_the_path_says_and_nothing_more():
    link = packing.download("../week 1/é<b>'.zip")
    assert link == "<a download href='../week%201/%C3%A9%3Cb%3E%27.zip'>Download é&lt;b&gt;&#x27;.zip</a>"


def test_a_path_begins_at_the_notebook(tmp_path):
    path = s.written(tmp_path)
    where = f"Path({str(tmp_path / 'a.zip')!r})"
    with s.kernel_of(path) as run:
        said = run(
            f"from cnnkit.packing import from_here\nfrom pathlib import Path\nprint(from_here({where}))"
        )
    assert '"a.zip' in s.text_of(said)
