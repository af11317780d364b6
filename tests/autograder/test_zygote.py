"""Workers forked from one process: nothing of one is seen by another, and who uses too much is ended by name."""

import os
import subprocess
import time
from dataclasses import replace
from pathlib import Path

import pytest
from small_lesson import ASSIGNMENT, FULL, LESSON, small_course, solved

from autograder import grade
from autograder.cells import is_train
from autograder.course import OPTIMIZERS, Course
from autograder.examiners import examine_in_process
from autograder.kernel import Worker, WorkerGone
from autograder.limits import MEBIBYTE, Limits
from autograder.sandbox import SandboxLost, Zygote

pytestmark = pytest.mark.sandbox
LIMITS = Limits()


@pytest.fixture(scope="module")
def zygote():
    with Zygote("bwrap") as zygote:
        yield zygote


@pytest.fixture(scope="module")
def pair(zygote):
    with (
        Worker("bwrap", LIMITS, nursery=zygote.nursery) as one,
        Worker("bwrap", LIMITS, nursery=zygote.nursery) as other,
    ):
        yield one, other


def said(worker, source):
    outputs = worker.execute(source, 30).outputs
    return "".join(o.get("text", "") + o.get("ename", "") for o in outputs)


LEFT = {  # what one worker leaves, and how another looks for it: "None" when it is not there
    "a file in /tmp": ("open('/tmp/mark', 'w').write('x')", "import os; print(os.path.exists('/tmp/mark') or None)"),
    "a file in /dev/shm": ("open('/dev/shm/mark', 'w')", "import os; print(os.path.exists('/dev/shm/mark') or None)"),
    "a file beside the notebook": ("open('mark', 'w')", "import os; print(os.path.exists('mark') or None)"),
    "System V shared memory": (
        "import ctypes; c = ctypes.CDLL(None); print(c.shmget(4711, 4096, 0o1666))",
        "import ctypes; c = ctypes.CDLL(None); print(None if c.shmget(4711, 4096, 0o666) < 0 else 'seen')",
    ),
    "a POSIX message queue": (
        "import ctypes; c = ctypes.CDLL(None); print(c.mq_open(b'/mark', 0o102, 0o666, None))",
        "import ctypes; c = ctypes.CDLL(None); print(None if c.mq_open(b'/mark', 2) < 0 else 'seen')",
    ),
    "an abstract socket": (
        "import socket; s = socket.socket(socket.AF_UNIX); s.bind('\\0mark'); s.listen()",
        "import socket\ntry: print(socket.socket(socket.AF_UNIX).connect('\\0mark') or 'seen')\n"
        "except OSError: print(None)",
    ),
    "a port of the loopback device": (
        "import socket; p = socket.create_server(('127.0.0.1', 4711))",
        "import socket\ntry: print(socket.create_connection(('127.0.0.1', 4711), 2))\nexcept OSError: print(None)",
    ),
    "a terminal": (
        "import os; ends = os.openpty(); print(os.ttyname(ends[1]))",
        "import os; print([n for n in os.listdir('/dev/pts') if n != 'ptmx'] or None)",
    ),
    "a device file": (
        "import os\nfor p in ('/dev/mark', '/opt/mark', '/opt/rooms/mark', '/run/mark'):\n"
        "    try: open(p, 'w')\n    except OSError: pass",
        "import os; print([p for p in ('/dev/mark', '/opt/mark', '/opt/rooms/mark') if os.path.exists(p)] or None)",
    ),
    "the host's name": (
        "import ctypes; ctypes.CDLL(None).sethostname(b'mark', 4)",
        "import socket; print('seen' if socket.gethostname() == 'mark' else None)",
    ),
    "a key of the kernel": (
        "import ctypes; c = ctypes.CDLL(None)\n"
        "print([c.syscall(248, b'user', b'mark', b'x', 1, k) for k in (-3, -4, -5)])",
        "import ctypes; c = ctypes.CDLL(None)\n"
        "print('seen' if max(c.syscall(250, 10, k, b'user', b'mark', 0) for k in (-3, -4, -5)) > 0 else None)",
    ),
    "a process": (
        "import subprocess; sleeper = subprocess.Popen(['/bin/sleep', '4711'])",
        "import glob\nprint([p for p in glob.glob('/proc/[0-9]*/cmdline') if b'4711' in open(p, 'rb').read()] or None)",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", LEFT)
def test_nothing_that_one_worker_leaves_is_seen_by_another(pair, name):
    one, other = pair
    leave, look = LEFT[name]
    said(one, leave)
    assert said(other, look) == "None\n"


def test_what_is_looked_for_would_be_seen(pair):
    """The looks themselves see what the same worker left, so that none of them is blind."""
    one, _ = pair
    seen = []
    for name, (leave, look) in LEFT.items():
        said(one, leave)
        seen += [name] if said(one, look) != "None\n" else []
    refused = {"a device file", "the host's name", "a key of the kernel", "System V shared memory"}
    assert set(LEFT) - set(seen) == refused


def test_signals_to_everyone_reach_no_other(pair, zygote):
    one, other = pair
    with Worker("bwrap", LIMITS, nursery=zygote.nursery) as killer, pytest.raises(WorkerGone):
        killer.execute(
            "import os, signal\ntry: os.kill(-1, signal.SIGKILL)\nfinally: os.kill(os.getpid(), signal.SIGKILL)",
            10,
        )
    assert said(one, "print(1)") == said(other, "print(1)") == "1\n"
    assert zygote.alive()


def test_the_watcher_cannot_be_signalled_or_looked_into(pair):
    _, other = pair
    tries = """
import os, signal
for what in (lambda: os.kill(1, signal.SIGKILL), lambda: open('/proc/1/mem', 'rb'), lambda: os.listdir('/proc/1/fd'),
             lambda: open('/proc/1/environ', 'rb').read(), lambda: os.kill(1, signal.SIGINT)):
    try: what(); print('done')
    except OSError: print('refused')
"""
    answers = said(other, tries).split()
    assert len(answers) == 5
    if os.geteuid() == 0:
        assert set(answers) == {"refused"}
    assert said(other, "print(1)") == "1\n"


REFUSED = {"unshare": "c.unshare(0x10000000)", "mount": "c.mount(b'x', b'/tmp', b'tmpfs', 0, None)",
           "ptrace": "c.ptrace(0, 0, 0, 0)", "clone into a user namespace": "c.syscall(56, 0x10000011, 0, 0, 0, 0)",
           "keyctl": "c.syscall(250, 0, -3, 0)", "io_uring": "c.syscall(425, 1, 0)",
           "limits of the watcher": "c.prlimit(1, 0, b'\\0' * 16, None)", "a queue": "c.msgget(0, 0o1600)",
           "memory of nobody": "c.memfd_create(b'x', 0)", "a segment": "c.shmget(0, 4096, 0o1600)"}  # fmt: skip


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="the numbers are x86_64's")
@pytest.mark.parametrize("name", REFUSED)
def test_system_calls_that_no_notebook_needs_are_refused(pair, name):
    source = (
        f"import ctypes; c = ctypes.CDLL(None, use_errno=True); print({REFUSED[name]}, ctypes.get_errno())"
    )
    assert said(pair[0], source) == "-1 1\n"


def test_processes_and_threads_can_still_be_made(pair):
    source = """
import multiprocessing, subprocess, threading
with multiprocessing.get_context('fork').Pool(2) as pool:
    print(sum(pool.map(abs, [-1, 2])))
thread = threading.Thread(target=print, args=('thread',)); thread.start(); thread.join()
print(subprocess.run(['/bin/echo', 'child'], capture_output=True, text=True).stdout)
"""
    assert said(pair[0], source).split() == ["3", "thread", "child"]


def test_it_has_one_thread_and_no_open_file_of_the_zygotes(pair):
    assert "socket" not in said(
        pair[0], "import os\nprint(os.readlink('/proc/self/fd/0'), os.readlink('/proc/self/fd/2'))"
    )
    numbers = {
        said(worker, "import numpy as np, random; print(np.random.rand(), random.random())")
        for worker in pair
    }
    assert len(numbers) == 2, "each worker has random numbers of its own"


def test_a_worker_that_starts_copies_few_of_the_zygotes_pages(zygote):
    """A look at every module, as the kernel takes for its debugger and the shell for %reset, copies 4,000 more."""
    with Worker("bwrap", LIMITS, nursery=zygote.nursery) as worker:
        copied = int(
            said(worker, "import resource; print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt)")
        )
    assert copied < 5500


def test_memory_of_all_its_processes_together_is_limited(zygote):
    many = """
import os, time
for _ in range(6):
    if os.fork() == 0:
        block = bytearray(120 * 2**20)
        for place in range(0, len(block), 4096): block[place] = 1
        time.sleep(60)
time.sleep(30)
"""
    limits = replace(LIMITS, memory=400 * MEBIBYTE)
    with Worker("bwrap", limits, nursery=zygote.nursery) as greedy:
        with pytest.raises(WorkerGone, match="used more than 400 MB of memory") as gone:
            greedy.execute(many, 25)
        assert gone.value.limit == "memory"


def test_memory_of_one_process_is_an_error_in_it(zygote):
    with Worker("bwrap", replace(LIMITS, memory=400 * MEBIBYTE), nursery=zygote.nursery) as small:
        assert said(small, "x = bytearray(2 * 2**30)") == "MemoryError"
        assert said(small, "print(1)") == "1\n"


def test_processor_time_of_all_its_processes_together_is_limited(zygote):
    burn = "import os, time\nfor _ in range(2):\n    if os.fork() == 0:\n        while True: pass\ntime.sleep(30)"
    with Worker("bwrap", replace(LIMITS, cpu=2), nursery=zygote.nursery) as busy:
        with pytest.raises(WorkerGone, match="more than 2 s of processor time") as gone:
            busy.execute(burn, 25)
        assert gone.value.limit == "cpu"


def test_memory_of_programs_that_it_starts_is_counted_whole(zygote):
    program = "import time; block = b'x' * (70 * 2**20); time.sleep(60)"
    many = f"""
import subprocess, sys, time
for _ in range(6):
    subprocess.Popen([sys.executable, '-c', {program!r}])
time.sleep(30)
"""
    limits = replace(LIMITS, memory=300 * MEBIBYTE)
    with (
        Worker("bwrap", limits, nursery=zygote.nursery) as greedy,
        pytest.raises(WorkerGone, match="used more than 300 MB of memory"),
    ):
        greedy.execute(many, 25)


def test_forks_that_hold_nothing_of_their_own_are_not_counted_again_and_again(zygote):
    forks = "import os, time\nfor _ in range(8):\n    if os.fork() == 0: time.sleep(60)\ntime.sleep(2); print('fine')"
    limits = replace(LIMITS, memory=300 * MEBIBYTE)
    with Worker("bwrap", limits, nursery=zygote.nursery) as modest:
        assert said(modest, forks) == "fine\n"


@pytest.mark.parametrize("burn", ["while True: pass", "import subprocess\nwhile True: subprocess.run(['/bin/sh', '-c', "
                                  "'(i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done) & exit'])"])  # fmt: skip
def test_processor_time_is_named_in_one_process_and_in_orphans(zygote, burn):
    with (
        Worker("bwrap", replace(LIMITS, cpu=2), nursery=zygote.nursery) as busy,
        pytest.raises(WorkerGone, match="more than 2 s of processor time") as gone,
    ):
        busy.execute(burn, 50)
    assert gone.value.limit == "cpu"


def test_the_report_says_what_was_used(zygote):
    with Worker("bwrap", LIMITS, nursery=zygote.nursery) as worker:
        worker.execute("block = b'x' * (100 * 2**20)\nimport time\ntime.sleep(0.5)", 10)
    assert 90e6 < worker.report["memory"] < 400e6 and worker.report["cpu"] < 10


def test_open_files_are_limited(zygote):
    with Worker("bwrap", replace(LIMITS, open_files=120), nursery=zygote.nursery) as worker:
        assert said(worker, "files = [open('/dev/null') for _ in range(200)]") == "OSError"


def test_what_was_handed_in_lies_beside_the_notebook(zygote):
    files = {"work/lesson/model.safetensors": b"weights", "notes.txt": b"mine"}
    with Worker("bwrap", LIMITS, files=files, nursery=zygote.nursery) as worker:
        assert said(worker, "print(open('work/lesson/model.safetensors', 'rb').read())") == "b'weights'\n"
        assert said(worker, "open('work/lesson/other', 'w').write('x'); print('written')") == "written\n"
        if os.geteuid() == 0:
            assert said(worker, "open('work/lesson/model.safetensors', 'wb')") in (
                "PermissionError",
                "OSError",
            )


def inside():
    """The processes of workers, by their numbers on the host: they are in a namespace within one."""
    found = []
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            fields = dict(line.split(":\t", 1) for line in status.read_text().splitlines() if ":\t" in line)
        except OSError:
            continue
        if len(fields.get("NSpid", "").split()) >= 3:
            found.append(int(status.parent.name))
    return found


def test_a_worker_that_is_closed_leaves_no_process(zygote):
    before = set(inside())
    with Worker("bwrap", LIMITS, nursery=zygote.nursery) as worker:
        worker.execute(
            "import subprocess\nfor _ in range(5): subprocess.Popen(['/bin/sleep', '600'], start_new_session=True)",
            10,
        )
        assert len(set(inside()) - before) >= 7
    deadline = time.monotonic() + 10
    while set(inside()) - before and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not set(inside()) - before


def test_a_zygote_that_has_gone_is_no_verdict():
    with Zygote("bwrap") as short:
        with Worker("bwrap", LIMITS, nursery=short.nursery) as worker:
            short.process.kill()
            short.process.wait()
            with pytest.raises(SandboxLost):
                worker.execute("print(1)", 20)
        with pytest.raises(SandboxLost):
            Worker("bwrap", LIMITS, nursery=short.nursery)
        assert not short.alive()
    assert not short.folder.exists() and not issubclass(SandboxLost, Exception)


def test_closing_a_zygote_ends_its_workers():
    before = set(inside())
    with Zygote("bwrap") as short:
        worker = Worker("bwrap", LIMITS, nursery=short.nursery)
        pids = set(inside()) - before
    deadline = time.monotonic() + 10
    while any(Path(f"/proc/{pid}").exists() for pid in pids) and time.monotonic() < deadline:
        time.sleep(0.05)
    worker.close()
    assert pids and not any(Path(f"/proc/{pid}").exists() for pid in pids)


@pytest.mark.parametrize("loads", [(), OPTIMIZERS])
def test_what_an_assignment_needs_is_loaded_before_the_fork_and_nothing_more(loads):
    with Zygote("bwrap", loads=loads) as fresh, Worker("bwrap", LIMITS, nursery=fresh.nursery) as worker:
        source = f"import sys; print([name in sys.modules for name in {OPTIMIZERS}])"
        assert said(worker, source) == f"{[bool(loads)]}\n"
        source = "before = {*sys.modules}; import torch; torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1); "
        assert (said(worker, source + "print(len({*sys.modules} - before) > 9)") == "False\n") == bool(loads)


def test_a_run_loads_what_its_assignment_needs(repository, monkeypatch, tmp_path):
    asked = []
    monkeypatch.setattr(grade, "Zygote", lambda sandbox, assets, loads: asked.append(loads))
    monkeypatch.setattr(grade.host, "start", lambda: None)
    ours, small = Course(repository), small_course(tmp_path)
    weeks = [(small, ASSIGNMENT), *((ours, week) for week in ours.assignments())]
    for course, week in weeks:
        grade.ThisMachine(grade.Run(course, week, tmp_path / "submitted", tmp_path / "out"))
    assert asked == [OPTIMIZERS if trains(course, week) else () for course, week in weeks]
    assert len({*asked}) == 2


def trains(course, week):
    """Whether a notebook of a week has a cell that trains, or makes an optimizer itself."""
    cells = [cell for lesson in course.lessons(week) for cell in course.master(week, lesson).cells]
    return any(
        cell.cell_type == "code" and (is_train(cell) or "torch.optim" in cell.source) for cell in cells
    )


def test_the_examiners_have_it_too(tmp_path):
    course = small_course(tmp_path)
    path = course.source_file(ASSIGNMENT, LESSON)
    asserted = 'import sys\nassert "torch._dynamo" in sys.modules, "optimizers are loaded by each examiner"\n'
    path.write_text(path.read_text().replace('with Check("double")', f'{asserted}with Check("double")'))
    done = examine_in_process(course.root, "amber", ASSIGNMENT, LESSON, solved(course), "bwrap", LIMITS)
    assert asserted in "".join(cell.source for cell in course.master(ASSIGNMENT, LESSON).cells)
    assert {test.name: test.points for test in done.result.tests} == FULL


def test_secrets_of_the_starter_do_not_come_along(monkeypatch):
    monkeypatch.setenv("AUTOGRADER_TEST_SECRET", "expected values")
    with Zygote("bwrap") as fresh, Worker("bwrap", LIMITS, nursery=fresh.nursery) as worker:
        assert "expected values" not in said(worker, "import os; print(dict(os.environ))")
        read = "import glob\nfor p in glob.glob('/proc/*/environ'):\n    try: print(open(p, 'rb').read())\n"
        read += "    except OSError: pass"
        assert "expected values" not in said(worker, read)


def test_others_on_the_host_cannot_ask_for_workers(zygote):
    if os.geteuid() != 0:
        pytest.skip("needs root, to be someone else")
    address = str(zygote.folder / "zygote")
    code = f"from socket import *; socket(AF_UNIX, SOCK_SEQPACKET).connect({address!r})"
    python = "/usr/bin/python3" if Path("/usr/bin/python3").exists() else None
    if python is None:
        pytest.skip("needs a Python that others can run")
    done = subprocess.run(["setpriv", "--reuid=4321", "--regid=4321", "--clear-groups", python, "-c", code],
                          capture_output=True, text=True, check=False)  # fmt: skip
    assert "PermissionError" in done.stderr
