"""The same class on a Dask cluster: the same results, whatever dies, and the same walls."""

import contextlib
import json
import os
import pickle
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import dask
import pytest
from click.testing import CliRunner
from corpus import NUMBERS, all_cases
from distributed import Client, LocalCluster
from graded_corpus import LIMITS, Graded, lay_out
from small_lesson import ASSIGNMENT, LESSON, hand_in, small_course, solved
from test_resume import alive, files, gradebook, safe, started, still, until

from autograder import cluster as clusters
from autograder.build import student_version
from autograder.cli import main
from autograder.cluster import COURSE, Cluster, edition
from autograder.course import Course
from autograder.grade import ClusterUnfit, Run, Stopped, grade
from autograder.journal import NAME

pytestmark = pytest.mark.sandbox
STUDENTS = "amber birch cedar dune ember flint".split()
ONCE = "def double(X, times=1):\n    return X + X"
HOSTILE = ["environment", "own_modules", "proc", "endless_loop", "memory", "patched_checks"]


def sleeping(seconds):
    """A right answer in a cell that takes a while."""
    return f"import time\n\ntime.sleep({seconds})\n\n\ndef double(X, times=1):\n    return X * 2**times"


def a_class(course, folder):
    """Right, untouched, wrong, damaged, and two that take a while."""
    answers = {"cedar": ONCE, "ember": sleeping(2), "flint": sleeping(2)}
    for student in STUDENTS:
        own = {"double": answers[student]} if student in answers else {}
        hand_in(folder, student, solved(course, **own))
    shutil.rmtree(folder / "birch")
    hand_in(folder, "birch", student_version(course.master(ASSIGNMENT, LESSON)))
    (folder / "dune" / ASSIGNMENT / f"{LESSON}.ipynb").write_text("not a notebook")


class Place:
    """A course, a class, what a local run makes of it, and a cluster whose workers have a copy of the course."""

    def __init__(self, folder: Path) -> None:
        cases = [case for case in all_cases() if case.name in HOSTILE]
        self.folder, self.cases = folder, cases
        self.course = small_course(lay_out(folder, cases).root)
        self.there = Course(folder / "elsewhere")
        shutil.copytree(self.course.root, self.there.root)
        a_class(self.course, folder / "class")
        self.whole = folder / "whole"
        self.local = grade(Run(self.course, ASSIGNMENT, self.folder / "class", self.whole, workers=2))

    def run(self, out, **more):
        run = Run(self.course, ASSIGNMENT, self.folder / "class", out)
        return replace(run, scheduler=self.dask.scheduler_address, **more)

    def ask(self, function):
        """What a function says on each worker."""
        with Client(self.dask) as client:
            return list(client.run(function).values())


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    place = Place(tmp_path_factory.mktemp("place"))
    with LocalCluster(
        n_workers=2,
        threads_per_worker=1,
        dashboard_address="127.0.0.1:0",
        env={COURSE: str(place.there.root)},
    ) as place.dask:
        yield place


@pytest.fixture
def fresh(place, tmp_path):
    """A course and a class that a test may change."""
    shutil.copytree(place.course.root, tmp_path / "course")
    shutil.copytree(place.folder / "class", tmp_path / "class")
    return replace(
        place.run(tmp_path / "out"), course=Course(tmp_path / "course"), submitted=tmp_path / "class"
    )


def marks(results):
    return [replace(result, seconds=0) for result in results]


def assert_same(out, whole):
    """But for the file that says where the folders lie."""
    left_out = {"nbgrader_config.py": b""}
    assert files(out) | left_out == files(whole) | left_out
    assert gradebook(out) == gradebook(whole)


def loaded(pids):
    """The processes below some that examiners and workers are forked from, and that have loaded everything."""
    found = {}
    for pid in pids:
        for below in alive(pid):
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                words = Path(f"/proc/{below}/cmdline").read_text().split("\0")
                if {"autograder.host", "autograder.zygote"} & {*words} and "bwrap" not in words[0]:
                    found[below] = pid
    return found


def test_results_are_a_local_runs_and_what_was_loaded_stays(place, tmp_path):
    seen = []
    grade(place.run(tmp_path / "first"), lambda done, total, student: seen.append((done, total)))
    assert seen == [(n, len(STUDENTS)) for n in range(1, len(STUDENTS) + 1)]
    assert_same(tmp_path / "first", place.whole)
    before = started(loaded(place.ask(os.getpid)))
    assert len(before) >= 4
    again = grade(place.run(tmp_path / "again"))
    assert marks(again) == marks(place.local)
    assert set(Counter(safe(tmp_path / "again")).values()) == {2}
    assert still(before) >= set(before) and len(place.ask(os.getpid)) == 2


def test_a_run_is_resumed_here_or_there(place, tmp_path):
    out = tmp_path / "out"
    shutil.copytree(place.whole, out)
    journal = (out / NAME).read_bytes()
    grade(place.run(out, resume=True))
    assert (out / NAME).read_bytes() == journal


def test_a_worker_killed_in_mid_run_costs_nothing_and_leaves_nothing(place, tmp_path):
    killed = {}

    def progress(done, total, student):
        if not killed:
            with Client(place.dask) as client:
                working = {a for a, keys in client.processing().items() if keys}
                if not working:
                    return
                pid = next(iter(client.run(os.getpid, workers=[working.pop()]).values()))
            killed.update(started(alive(pid)))
            os.kill(pid, signal.SIGKILL)

    grade(place.run(tmp_path / "out"), progress)
    assert len(killed) > 3, "it had no examiner"
    until(lambda: not still(killed), 40)
    assert_same(tmp_path / "out", place.whole)
    assert set(Counter(safe(tmp_path / "out")).values()) == {2}


def test_a_sandbox_lost_on_a_worker_is_examined_again(place, tmp_path):
    lost = []

    def progress(done, total, student):
        if not lost:
            for pid in loaded(place.ask(os.getpid)):
                if b"autograder.zygote" in Path(f"/proc/{pid}/cmdline").read_bytes():
                    os.kill(pid, signal.SIGKILL)
                    lost.append(pid)

    assert marks(grade(place.run(tmp_path / "out"), progress)) == marks(place.local)
    assert len(lost) >= 2, "each worker has a zygote, and what was forked from it"


def test_ctrl_c_ends_in_good_order_and_frees_the_workers(place, fresh):
    hand_in(fresh.submitted, "aster", solved(fresh.course, double=sleeping(25)))

    def press(done, total, student):
        if done == 1:
            threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT)).start()

    handler = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(Stopped) as stopped:
            grade(fresh, press)
    finally:
        signal.signal(signal.SIGINT, handler)
    assert stopped.value.signum == signal.SIGINT and 0 < stopped.value.done < stopped.value.total
    with Client(place.dask) as client:
        for worker in client.nthreads():
            client.submit(os.getpid, workers=[worker], pure=False).result(timeout=10)
    shutil.rmtree(fresh.submitted / "aster")
    assert marks(grade(replace(fresh, resume=True))) == marks(place.local)
    assert set(Counter(safe(fresh.out)).values()) == {2}


def test_the_secret_is_in_nothing_that_is_sent(place, tmp_path):
    secret, sent = place.course.secret(), []

    def progress(done, total, student):
        sent.extend(pickle.dumps(task.run_spec) for task in place.dask.scheduler.tasks.values())

    grade(place.run(tmp_path / "out"), progress)
    assert any(b"def total" in one for one in sent), "the submissions themselves are seen"
    assert not [one for one in sent if secret in one or secret.hex().encode() in one]


def other_lesson(run, monkeypatch):
    path = run.course.source_file(ASSIGNMENT, LESSON)
    path.write_text(path.read_text().replace("size=5", "size=6"))


def other_secret(run, monkeypatch):
    run.course.secret_file.write_text("0" * 64 + "\n")


def other_torch(run, monkeypatch):
    def another(course, assignment):
        return {**edition(course, assignment), "torch": "1.0"}

    monkeypatch.setattr(clusters, "edition", another)


@pytest.mark.parametrize(
    ("change", "said"),
    [(other_lesson, "it has course "), (other_secret, "it has secret "), (other_torch, r"it has torch \S+, not 1\.0")],
)  # fmt: skip
def test_a_worker_with_something_else_judges_nothing(fresh, monkeypatch, change, said):
    change(fresh, monkeypatch)
    with pytest.raises(ClusterUnfit, match=f"the worker tcp://.* cannot examine: {said}"):
        grade(fresh)
    assert safe(fresh.out) == [] and not (fresh.out / "results.json").exists()


def test_a_worker_without_the_secret_judges_nothing_and_makes_none(place, fresh):
    kept = place.there.secret_file.read_bytes()
    place.there.secret_file.unlink()
    try:
        with pytest.raises(ClusterUnfit, match=r"there is no .+autograder-secret"):
            grade(fresh)
        assert not place.there.secret_file.exists() and safe(fresh.out) == []
    finally:
        place.there.secret_file.write_bytes(kept)


def test_a_worker_without_bubblewrap_judges_nothing(place, fresh):
    path = os.environ["PATH"]
    place.ask(lambda: (clusters._station.close(), os.environ.update(PATH="/nowhere")))
    try:
        with pytest.raises(ClusterUnfit, match="bubblewrap is needed"):
            grade(fresh)
        assert safe(fresh.out) == []
    finally:
        place.ask(lambda: os.environ.update(PATH=path))


def test_hostile_submissions_meet_the_same_walls(place):
    submitted, out = (place.folder / name / NUMBERS.assignment for name in ("submitted", "out"))
    grade(place.run(out, submitted=submitted, assignment=NUMBERS.assignment, limits=LIMITS))
    graded = Graded(place.folder, place.cases)
    outcomes = [graded.outcome(case.name) for case in place.cases]
    assert {outcome.case.name for outcome in outcomes} == {*HOSTILE}
    assert [(o.case.name, o.unearned, o.lost) for o in outcomes if o.unearned or o.lost] == []
    assert [(o.case.name, o.leaks) for o in outcomes if o.leaks] == []
    assert [o.case.name for o in outcomes if o.unnamed] == []


@pytest.fixture
def command(place, monkeypatch):
    monkeypatch.chdir(place.course.root)
    monkeypatch.setenv("COLUMNS", "200")

    def run(out, *more):
        words = ["grade", ASSIGNMENT, "--submitted", place.folder / "class", "--out", out, *more]
        return CliRunner().invoke(main, list(map(str, words)))

    return run


def test_without_a_scheduler_it_says_so_within_seconds(place, command, tmp_path):
    out = tmp_path / "out"
    shutil.copytree(place.whole, out)
    before = (out / NAME).read_bytes()
    with socket.create_server(("127.0.0.1", 0)) as gone:
        address = f"tcp://127.0.0.1:{gone.getsockname()[1]}"
    begun = time.monotonic()
    done = command(out, "--scheduler", address)
    assert done.exit_code == 2 and f"no Dask scheduler can be reached at {address}" in done.output
    assert time.monotonic() - begun < 12 and (out / NAME).read_bytes() == before
    done = command(out, "--scheduler", "nonsense://there")
    assert done.exit_code == 2 and "no Dask scheduler can be reached at nonsense://there" in done.output


def certificate(folder):
    """Dask's configuration for TLS with a certificate made for a test."""
    key, cert = folder / "key.pem", folder / "cert.pem"
    words = [
        "-nodes",
        "-newkey",
        "rsa:2048",
        "-days",
        "2",
        "-subj",
        "/CN=cluster",
        "-keyout",
        key,
        "-out",
        cert,
    ]
    subprocess.run(["openssl", "req", "-x509", *words], check=True, stderr=subprocess.DEVNULL)
    own = {"key": str(key), "cert": str(cert)}
    return {"ca-file": str(cert), "client": own, "scheduler": own, "worker": own}


@pytest.fixture
def by_hand(place, tmp_path, monkeypatch):
    """A cluster as one starts it by hand, over TLS, and its scheduler to be killed: its process and address."""
    tls, about = certificate(tmp_path), tmp_path / "scheduler.json"
    settings = {"distributed": {"comm": {"tls": tls, "require-encryption": True}}}
    (tmp_path / "dask.yaml").write_text(json.dumps(settings))
    environment = {**os.environ, "DASK_CONFIG": str(tmp_path)}
    words = {
        "scheduler": [
            "--protocol",
            "tls",
            "--host",
            "127.0.0.1",
            "--port",
            "0",
            "--dashboard-address",
            "127.0.0.1:0",
        ],
        "worker": ["--nthreads", "1", "--no-dashboard", "--death-timeout", "60"],
    }
    started = []
    for name, more in words.items():
        argv = [sys.executable, "-m", f"distributed.cli.dask_{name}", "--scheduler-file", about, *more]
        with (tmp_path / f"{name}.log").open("w") as log:
            started.append(subprocess.Popen(argv, cwd=place.there.root, env=environment, stderr=log))
        until(lambda: about.exists() and about.stat().st_size)
    with dask.config.set({f"distributed.comm.tls.{name}": value for name, value in tls.items()}):
        yield started[0], json.loads(about.read_text())["address"]
    for process in started:
        process.terminate()
        process.wait(30)


def test_a_scheduler_killed_in_mid_run_loses_nothing_and_the_next_run_finishes(
    place, command, by_hand, tmp_path
):
    process, address = by_hand
    out = tmp_path / "out"
    killer = threading.Thread(target=lambda: (until(lambda: safe(out), 150), process.kill()), daemon=True)
    killer.start()
    done = command(out, "--scheduler", address)
    said = " ".join(done.output.split())
    assert address.startswith("tls://") and "Traceback" not in said
    assert done.exit_code == 1, said
    assert f"the Dask scheduler at {address} has gone. What is done is kept." in said
    kept = set(safe(out))
    assert 0 < len(kept) < len(STUDENTS)
    assert command(out, "--resume").exit_code == 0
    assert set(Counter(safe(out)).values()) == {2}, "whose outcome was safe was examined again"
    assert_same(out, place.whole)


def test_a_cluster_without_workers_is_said(place, fresh, monkeypatch):
    monkeypatch.setattr(clusters, "WORKERS_WITHIN", 0.5)
    with (
        LocalCluster(n_workers=0, dashboard_address="127.0.0.1:0") as empty,
        pytest.raises(ClusterUnfit, match="has no workers"),
    ):
        grade(replace(fresh, scheduler=empty.scheduler_address))


@pytest.mark.parametrize("error", [TimeoutError("no answer"), ValueError("no answer")])
def test_what_a_worker_raises_ends_the_run_in_a_sentence(error):
    future = SimpleNamespace(status="error", exception=lambda: error)
    with pytest.raises(ClusterUnfit, match=f"a worker cannot examine: {type(error).__name__}: no answer"):
        Cluster._outcome(None, future)


def test_no_more_of_the_class_is_on_its_way_than_the_workers_can_take(place, fresh):
    with Cluster(fresh) as there:
        assert there._room() == 4
