import json

import pytest

from cnnkit import recorded

ROWS = [{"depth": 8, "errors": [50.5, 1]}, {"depth": 20, "errors": [60, 2]}]


def never():
    raise AssertionError("the experiment ran")


@pytest.fixture
def recording(monkeypatch):
    monkeypatch.setenv("CNNKIT_RECORD", "1")


def test_what_was_recorded_is_read(tmp_path, monkeypatch):
    monkeypatch.setenv("CNNKIT_RECORD", "")
    (tmp_path / "runs.json").write_text(json.dumps(ROWS))
    assert recorded(tmp_path / "runs.json", never) == ROWS


def test_a_recording_runs_the_experiment_and_writes_it(tmp_path, recording, monkeypatch):
    file = tmp_path / "recordings" / "runs.json"
    assert recorded(file, lambda: ROWS) == ROWS
    assert json.loads(file.read_text()) == ROWS and file.read_text().count("\n") == len(ROWS)
    monkeypatch.delenv("CNNKIT_RECORD")
    assert recorded(file, never) == ROWS


def test_an_earlier_recording_is_replaced(tmp_path, recording):
    (tmp_path / "runs.json").write_text("[1]")
    assert recorded(tmp_path / "runs.json", lambda: ROWS) == ROWS


def test_a_missing_file_is_named(tmp_path, monkeypatch):
    monkeypatch.delenv("CNNKIT_RECORD", raising=False)
    with pytest.raises(FileNotFoundError, match=r"runs\.json comes with this notebook, and is not there"):
        recorded(tmp_path / "runs.json", never)
