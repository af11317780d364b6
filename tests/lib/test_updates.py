"""A learner's folder meets a newer release: nothing that the learner wrote is lost."""

import json
import os

import pytest
from released_lesson import as_bytes, code, first_release, second_release, texts

from cnnkit import merging, updates
from cnnkit.updates import MANIFEST, bring, update

LESSON = "week1/doubles.ipynb"
MINE = "def double(x):\n    return 2 * x"


def lay(folder, files):
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data if isinstance(data, bytes) else data.encode())


def tree(folder):
    """The files of a folder, without the manifest."""
    paths = (path for path in folder.rglob("*") if path.is_file() or path.is_symlink())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths if path.name != MANIFEST}


@pytest.fixture
def release(tmp_path):
    lay(
        tmp_path / "release",
        {LESSON: as_bytes(first_release()), "week1/images/a.svg": "<svg/>", "README": "1"},
    )
    return tmp_path / "release"


@pytest.fixture
def work(tmp_path, release):
    """A learner's folder, brought to the first release."""
    assert update(release, tmp_path / "work") == []
    return tmp_path / "work"


def correct(release):
    lay(release, {LESSON: as_bytes(second_release()), "week1/images/a.svg": "<svg>2</svg>"})


def answer(work, text=MINE, name=LESSON):
    book = merging.read((work / name).read_bytes())
    next(cell for cell in book["cells"] if cell["id"] == "double_solution")["source"] = text
    (work / name).write_bytes(as_bytes(book))


def test_the_first_time_everything_is_copied(release, work):
    assert tree(work) == tree(release)


def test_again_changes_no_byte_and_says_nothing(release, work):
    before = {
        path: (path.stat().st_mtime_ns, path.read_bytes()) for path in work.rglob("*") if path.is_file()
    }
    assert update(release, work) == []
    assert {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in before} == before


def test_what_is_missing_is_copied_again(release, work):
    (work / LESSON).unlink()
    assert update(release, work) == ["1 lesson is new: week1/doubles.ipynb."]
    assert tree(work) == tree(release)


def test_what_nobody_changed_is_replaced(release, work):
    correct(release)
    assert update(release, work) == ["1 lesson was corrected in which you have written nothing yet."]
    assert tree(work) == tree(release)


def test_what_only_the_learner_changed_stays_byte_for_byte(release, work):
    answer(work)
    (work / "README").write_text("mine")
    before = tree(work)
    assert update(release, work) == [] and tree(work) == before


def test_an_answer_is_in_the_corrected_lesson_and_the_earlier_file_is_whole(release, work):
    answer(work)
    earlier = (work / LESSON).read_bytes()
    correct(release)
    said = update(release, work)
    kept = next((work / "week1" / "earlier").iterdir())
    assert said == [
        "1 lesson was corrected; your answers are in it: week1/doubles.ipynb.",
        f"As you left it before, kept whole: week1/earlier/{kept.name}.",
    ]
    assert kept.read_bytes() == earlier
    assert kept.name == f"doubles-{updates._digest(earlier)[:8]}.ipynb"
    book = merging.read((work / LESSON).read_bytes())
    assert texts(book) == {**texts(second_release()), "double_solution": MINE}
    assert update(release, work) == []


def test_several_lessons_are_counted(release, tmp_path):
    other = "week2/doubles.ipynb"
    lay(release, {other: as_bytes(first_release())})
    work = tmp_path / "other work"
    update(release, work)
    answer(work), answer(work, name=other)
    lay(release, {LESSON: as_bytes(second_release()), other: as_bytes(second_release())})
    said = update(release, work)
    assert said[0] == f"2 lessons were corrected; your answers are in them: {LESSON}, {other}."
    assert said[1].startswith("As you left them before, kept whole: week1/earlier/doubles-")


def test_a_notebook_that_was_only_run_needs_no_earlier_file(release, work):
    book = merging.read((work / LESSON).read_bytes())
    book["cells"][4]["outputs"] = [{"output_type": "stream", "name": "stdout", "text": ["2\n"]}]
    (work / LESSON).write_bytes(as_bytes(book))
    correct(release)
    assert update(release, work) == ["1 lesson was corrected in which you have written nothing yet."]
    assert not (work / "week1" / "earlier").exists()
    assert b'"2\\n"' in (work / LESSON).read_bytes()


def test_a_copy_that_nothing_is_known_of_is_taken_for_the_learners(release, work):
    answer(work)
    (work / "README").write_text("mine")
    (work / MANIFEST).unlink()
    correct(release)
    said = update(release, work)
    assert said[0].startswith("1 lesson was corrected; your answers are in it")
    kept = "README was left alone: you changed it. Rename it, and the course's own comes the next time."
    assert kept in said
    assert MINE in texts(merging.read((work / LESSON).read_bytes())).values()
    assert (work / "README").read_text() == "mine"


def test_a_damaged_manifest_is_none(release, work):
    answer(work)
    (work / MANIFEST).write_text('{"files": {"README": 3}}')
    before = tree(work)
    assert update(release, work) == [] and tree(work) == before
    assert updates.origins(work / MANIFEST)["README"]


def test_a_damaged_notebook_stays_and_a_new_one_lies_beside_it(release, work):
    (work / LESSON).write_bytes(b'{"cells": [')
    said = update(release, work)
    beside = next((work / "week1").glob("doubles-fresh-*.ipynb"))
    assert (
        beside.read_bytes() == (release / LESSON).read_bytes()
        and (work / LESSON).read_bytes() == b'{"cells": ['
    )
    assert said == [
        f"{LESSON} cannot be read as a notebook and was left as it is; "
        f"the course's own lies beside it: {beside.name}."
    ]
    beside.write_text("used since")
    assert update(release, work) == [] and beside.read_text() == "used since"


def test_another_file_that_both_changed_is_left_alone_and_said_once(release, work):
    (work / "week1/images/a.svg").write_text("mine")
    correct(release)
    assert any("week1/images/a.svg was left alone" in one for one in update(release, work))
    assert (work / "week1/images/a.svg").read_text() == "mine"
    assert update(release, work) == []


def test_what_is_no_longer_released_goes_only_when_untouched(release, work):
    lay(release, {"week1/old.ipynb": as_bytes(first_release()), "old/a.txt": "a", "old/b.txt": "b"})
    assert update(release, work) == ["1 lesson is new: week1/old.ipynb."]
    for name in ("week1/old.ipynb", "old/a.txt", "old/b.txt"):
        (release / name).unlink()
    (work / "old/b.txt").write_text("mine")
    assert update(release, work) == [
        "1 lesson is no longer part of the course: week1/old.ipynb.",
        "old/b.txt is no longer part of the course; yours was left as it is.",
    ]
    assert sorted(path.name for path in (work / "old").iterdir()) == ["b.txt"]
    assert update(release, work) == []


def test_a_folder_left_empty_goes_too(release, work):
    (release / "week1/images/a.svg").unlink()
    update(release, work)
    assert not (work / "week1/images").exists() and (work / "week1").exists()


def test_what_the_learner_keeps_beside_stays(release, work):
    lay(work, {"week1/work/doubles/progress.json": "{}", "notes.txt": "mine", "week1/mine.ipynb": "{"})
    correct(release)
    update(release, work)
    assert {"week1/work/doubles/progress.json", "notes.txt", "week1/mine.ipynb"} < set(tree(work))


def test_what_people_make_in_a_release_is_not_copied(release, tmp_path):
    lay(release, {f"week1/{name}/x": "x" for name in updates.NOT_RELEASED})
    (release / "link").symlink_to(tmp_path)
    (release / "link.txt").symlink_to(release / "README")
    update(release, tmp_path / "new")
    assert sorted(tree(tmp_path / "new")) == ["README", LESSON, "week1/images/a.svg"]


@pytest.mark.parametrize("place", ["week1", LESSON])
def test_a_link_is_never_followed(release, work, tmp_path, place):
    outside = tmp_path / "outside"
    (work / place).rename(outside)
    (work / place).symlink_to(outside)
    before = tree(outside) if outside.is_dir() else outside.read_bytes()
    correct(release)
    assert any(f"{LESSON} was left alone" in one for one in update(release, work))
    (release / LESSON).unlink()
    update(release, work)
    assert (tree(outside) if outside.is_dir() else outside.read_bytes()) == before
    assert (work / place).is_symlink()


def test_a_manifest_that_leads_out_removes_nothing(release, work, tmp_path):
    (tmp_path / "precious").write_text("x")
    found = json.loads((work / MANIFEST).read_text())
    digest = updates._digest(b"x")
    for name in ("../precious", str(tmp_path / "precious"), "week1", ""):
        found["files"][name] = {"sha256": digest, "cells": {}}
    (work / MANIFEST).write_text(json.dumps(found))
    assert update(release, work) == []
    assert (tmp_path / "precious").exists() and (work / LESSON).exists()


def test_something_else_under_a_name_is_left_alone(release, tmp_path):
    work = tmp_path / "other work"
    lay(work, {f"{LESSON}/x": "x", "week1/images": "a file"})
    before = tree(work)
    said = update(release, work)
    assert [one.split(" was left alone")[0] for one in said] == [LESSON, "week1/images/a.svg"]
    assert tree(work) == {**before, "README": b"1"}


@pytest.mark.parametrize("inside", ["release/work", ".", "release"])
def test_folders_in_each_other_are_refused(release, tmp_path, inside):
    with pytest.raises(ValueError, match="lie in each other"):
        update(release, tmp_path / inside)


def test_a_release_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ValueError, match=r"nowhere is not a folder of the course\."):
        update(tmp_path / "nowhere", tmp_path / "work")
    assert not (tmp_path / "work").exists()


def test_what_runs_goes_on_to_run(release, work):
    lay(release, {"start": "#!/bin/sh\n"})
    (release / "start").chmod(0o755)
    (release / "README").chmod(0o444)
    update(release, work)
    assert os.access(work / "start", os.X_OK) and not os.access(work / LESSON, os.X_OK)
    (work / "start").chmod(0o644)
    update(release, work)
    assert os.access(work / "start", os.X_OK)


class Killed(BaseException):
    pass


def test_killed_at_any_moment_it_leaves_old_or_new(release, work, tmp_path, monkeypatch):
    """Every write in turn is cut off, before and in the middle of it; the run after it finishes the job."""
    answer(work)
    earlier = (work / LESSON).read_bytes()
    lay(release, {"week1/more.txt": "more"})
    correct(release)
    whole = {**tree(release), "week1/earlier": earlier}
    replace, cuts = os.replace, 0
    while True:
        copy = tmp_path / f"copy {cuts}"
        lay(copy, tree(work) | {MANIFEST: (work / MANIFEST).read_bytes()})
        left = [cuts]

        def cut_off(part, file, left=left):
            if left[0] == 0:
                raise Killed
            left[0] -= 1
            replace(part, file)

        monkeypatch.setattr("cnnkit.files.os.replace", cut_off)
        try:
            update(release, copy)
            break
        except Killed:
            cuts += 1
        found = {name: data for name, data in tree(copy).items() if not name.endswith(".part")}
        book = merging.read(found[LESSON])
        assert MINE in texts(book).values()
        if found[LESSON] != earlier:
            assert [data for name, data in found.items() if "/earlier/" in name] == [earlier]
        for name in found.keys() - {LESSON}:
            assert found[name] in (tree(work).get(name), whole.get(name), earlier)
        monkeypatch.setattr("cnnkit.files.os.replace", replace)
        update(release, copy)
        done = {name: data for name, data in tree(copy).items() if not name.endswith(".part")}
        assert MINE in texts(merging.read(done[LESSON])).values() and b"== 2" in done[LESSON]
        assert [data for name, data in done.items() if "/earlier/" in name] == [earlier]
        assert {name: done[name] for name in tree(release) if name != LESSON} == {
            name: data for name, data in tree(release).items() if name != LESSON
        }
    assert cuts == 5  # the earlier file, the lesson, two others, the manifest


def test_the_half_of_a_write_stays_in_a_file_of_its_own(release, work, monkeypatch):
    answer(work)
    earlier = (work / LESSON).read_bytes()
    correct(release)

    def half(path, data):
        with open(path, "wb") as file:
            file.write(data[: len(data) // 2])
        raise Killed

    monkeypatch.setattr("cnnkit.files.Path.write_bytes", half)
    with pytest.raises(Killed):
        update(release, work)
    assert (work / LESSON).read_bytes() == earlier


def test_what_was_done_is_told_as_data(release, work):
    answer(work)
    correct(release)
    changes = bring(release, work, MANIFEST)
    assert (changes.merged, changes.renewed, changes.is_first) == ([LESSON], ["week1/images/a.svg"], False)
    assert bring(release, work / "elsewhere", ".other.json").is_first
    assert (work / "elsewhere" / ".other.json").exists()


def test_a_cell_of_ones_own_survives_two_corrections(release, work):
    book = merging.read((work / LESSON).read_bytes())
    book["cells"].insert(4, code("mine = 1", "abcd"))
    (work / LESSON).write_bytes(as_bytes(book))
    correct(release)
    update(release, work)
    third = second_release()
    third["cells"][0]["source"] = "# Doubles, again"
    lay(release, {LESSON: as_bytes(third)})
    update(release, work)
    merged = texts(merging.read((work / LESSON).read_bytes()))
    assert merged["abcd"] == "mine = 1" and merged["cell-000"] == "# Doubles, again"
    assert len(list((work / "week1" / "earlier").iterdir())) == 2


@pytest.mark.parametrize("kind", ["link", "file"])
def test_what_stands_where_the_earlier_one_goes_is_left_alone(release, work, tmp_path, kind):
    (tmp_path / "outside").mkdir()
    place = work / "week1/earlier"
    place.symlink_to(tmp_path / "outside") if kind == "link" else place.write_text("mine")
    answer(work)
    before = (work / LESSON).read_bytes()
    correct(release)
    said = update(release, work)
    (kept,) = work.glob("week1/earlier-2/*.ipynb")
    assert kept.read_bytes() == before and f"week1/earlier-2/{kept.name}" in said[1]
    assert MINE in texts(merging.read((work / LESSON).read_bytes())).values()
    assert list((tmp_path / "outside").iterdir()) == [] and (kind == "link" or place.read_text() == "mine")


def test_half_a_character_in_an_answer_stops_nothing(release, work):
    answer(work, "x = 'half'")
    (work / LESSON).write_text((work / LESSON).read_text().replace("half", "\\ud83d"))
    correct(release)
    assert "1 lesson was corrected" in update(release, work)[0]
    assert "x = '\ud83d'" in texts(merging.read((work / LESSON).read_bytes())).values()
