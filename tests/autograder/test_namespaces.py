"""What a process does to its own memory leaves what it holds as it is."""

import mmap
import re
from pathlib import Path

import pytest

from autograder.namespaces import HUGE_PAGE, use_huge_pages

THP = Path("/sys/kernel/mm/transparent_hugepage/enabled")


def huge_kilobytes() -> int:
    text = Path("/proc/self/smaps_rollup").read_text(encoding="ascii")
    return int(re.findall(r"AnonHugePages:\s+(\d+)", text)[0])


def test_memory_in_huge_pages_holds_what_it_held():
    with mmap.mmap(-1, 8 * HUGE_PAGE, flags=mmap.MAP_PRIVATE) as memory:
        written = bytes(range(256)) * (len(memory) // 256)
        memory[:] = written
        before = huge_kilobytes()
        use_huge_pages()
        assert memory[:] == written
        if not THP.exists() or "[never]" in THP.read_text(encoding="ascii"):
            pytest.skip("this system has no huge pages to give")
        assert huge_kilobytes() >= before + 4 * HUGE_PAGE // 1024
