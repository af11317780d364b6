"""The limits are read from one file, in which a mistake is named, and errors that speak of one are recognised."""

from dataclasses import asdict, fields

import pytest

from autograder.limits import (
    PARTS,
    IntakeLimits,
    Limits,
    LimitsInvalid,
    RebuildLimits,
    limits_of,
    read_limits,
)


def test_the_file_of_the_course_states_the_defaults(repository):
    text = (repository / "course" / "limits.toml").read_text(encoding="utf-8")
    assert read_limits(repository / "course" / "limits.toml") == Limits()
    stated = [line.split(" = ")[0] for line in text.splitlines() if " = " in line and line[0] != "#"]
    kinds = (Limits, IntakeLimits, RebuildLimits)
    names = [one.name for kind in kinds for one in fields(kind) if one.name not in PARTS]
    assert stated == names, "every limit stands in the file"


def test_what_a_file_states_counts_and_the_rest_stays(tmp_path):
    path = tmp_path / "limits.toml"
    path.write_text("cell = 5\nmemory = 1_000_000_000\n[intake]\ncells = 7\n")
    assert read_limits(path) == Limits(cell=5, memory=10**9, intake=IntakeLimits(cells=7))
    assert limits_of(asdict(read_limits(path))) == read_limits(path)
    assert read_limits(tmp_path / "none.toml") == Limits()


@pytest.mark.parametrize(
    ("text", "said"),
    [("[intake]\ncell = 5", "there is no limit 'cell'; there are notebook_bytes"),
     ("[other]\ncell = 5", "no limit 'other'"),
     ("intake = 5", r"intake should be a table, \[intake\]"),
     ("cel = 5", "there is no limit 'cel'; there are start, cell, call"), ("cell = ", "is no TOML"),
     ("cell = '5'", "cell should be a number above 0, and is '5'"),
     ("processes = 1.5", "processes should be a whole number above 0"), ("memory = 0", "above 0, and is 0"),
     ("cell = true", "above 0, and is True")],
)  # fmt: skip
def test_a_mistake_in_the_file_is_named(tmp_path, text, said):
    path = tmp_path / "limits.toml"
    path.write_text(text)
    with pytest.raises(LimitsInvalid, match=said):
        read_limits(path)


@pytest.mark.parametrize(
    ("names", "text", "limit"),
    [(["MemoryError"], "", "2048 MB of memory"), (["_ArrayMemoryError"], "Unable to allocate", "2048 MB of memory"),
     (["RuntimeError"], "DefaultCPUAllocator: can't allocate memory", "2048 MB of memory"),
     (["BlockingIOError", "OSError"], "[Errno 11] Resource", "128 processes and threads"),
     (["RuntimeError"], "can't start new thread", "128 processes and threads"),
     (["OSError"], "[Errno 24] Too many open files", "256 open files"),
     (["OSError"], "[Errno 27] File too large", "64 MB in a file"),
     (["OSError"], "[Errno 28] No space left on device", "256 MB in /tmp"),
     (["ValueError"], "shapes do not match", None)],
)  # fmt: skip
def test_an_error_that_speaks_of_a_limit_names_it(names, text, limit):
    assert Limits().named(names, text) == limit
