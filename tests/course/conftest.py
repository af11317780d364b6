"""Where quick runs find the weights that whole runs left, and each solved lesson, run once."""

import pickle
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from filelock import FileLock

from autograder.course import Course
from autograder.lessons import Ran, run_alone

COURSE = Course.find()


@pytest.fixture(scope="module", autouse=True)
def reference() -> Iterator[None]:
    """Trained models start from course/reference, which no student gets."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CNNKIT_REFERENCE", str(COURSE.reference))
        yield


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is started now runs in quick mode, and draws as it does in Jupyter."""
    monkeypatch.setenv("CNNKIT_QUICK", "1")
    monkeypatch.delenv("MPLBACKEND", raising=False)


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """A folder of this run of the tests, the same for all its processes."""
    own = tmp_path_factory.getbasetemp()
    folder = (own if worker_id == "master" else own.parent) / "solved"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture
def solved(shared: Path, quick: None) -> Callable[[str, str], Ran]:
    """solved(week, lesson): the solved lesson after a quick run; the first who asks runs it."""

    def run(week: str, lesson: str) -> Ran:
        kept = shared / f"{week}-{lesson}.pickle"
        with FileLock(kept.with_suffix(".lock")):
            if not kept.exists():
                ran = run_alone(COURSE.master(week, lesson), COURSE.release / week)
                kept.write_bytes(pickle.dumps(ran))
        return pickle.loads(kept.read_bytes())

    return run
