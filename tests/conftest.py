"""What holds for every test: seeds, one torch thread, and the environment's own commands on PATH."""

import os
import random
import resource
import sys
from collections.abc import Iterator
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("MPLBACKEND", "agg")

import numpy as np
import pytest

SEED = 20261


@pytest.fixture(autouse=True)
def seeded() -> None:
    """Every test starts from the same random numbers, alone or after others."""
    random.seed(SEED)
    np.random.seed(SEED)
    torch = sys.modules.get("torch")
    if torch is not None:
        torch.set_num_threads(1)
        torch.manual_seed(SEED)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """What needs a CUDA device is skipped where there is none."""
    if item.get_closest_marker("gpu"):
        import torch

        if not torch.cuda.is_available():
            pytest.skip("this machine has no CUDA device")


@pytest.fixture(scope="session", autouse=True)
def own_commands_on_path() -> Iterator[None]:
    """nbgrader runs `alembic` by name: take it from this interpreter's folder."""
    before = os.environ.get("PATH", "")
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), before])
    yield
    os.environ["PATH"] = before


@pytest.fixture(scope="session")
def repository() -> Path:
    """The repository's root."""
    return Path(__file__).resolve().parent.parent


@pytest.fixture
def little_memory() -> Iterator[None]:
    """What reads a 100 MB file whole fails here."""
    before = resource.getrlimit(resource.RLIMIT_AS)
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + 90_000_000, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_AS, before)
