"""cnnkit.files: a file is written whole, or left as it was."""

import errno
import json
from pathlib import Path

import pytest

from cnnkit.files import write_whole


def test_a_full_disk_leaves_the_file_as_it_was_and_nothing_beside_it(tmp_path, monkeypatch):
    file, write = tmp_path / "a.json", Path.write_bytes
    write_whole(file, "old")

    def full(path, data):
        write(path, data[:2])
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="No space left"):
        write_whole(file, "new and longer")
    assert file.read_text() == "old" and list(tmp_path.iterdir()) == [file]


def test_half_a_character_stays_in_json(tmp_path):
    write_whole(tmp_path / "a.json", json.dumps("Größe \ud83d", ensure_ascii=False))
    assert json.loads((tmp_path / "a.json").read_bytes()) == "Größe \ud83d"
