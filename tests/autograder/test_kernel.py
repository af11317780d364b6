"""A worker that ends, hangs, floods or lies is a named exception or a cut output, never a wait without end."""

import time
from dataclasses import replace

import pytest

from autograder.kernel import Heard, Malformed, Worker, WorkerGone, WorkerSlow
from autograder.limits import Limits
from autograder.wire import Decoder, Encoder
from autograder.zygote import PORTS

pytestmark = pytest.mark.sandbox
LIMITS = replace(Limits(), text=1000, pictures=2)


@pytest.fixture
def worker():
    with Worker("bwrap", LIMITS) as worker:
        yield worker


def texts(heard: Heard) -> str:
    return "".join(o.get("text", "") for o in heard.outputs)


def call(worker, name, *args, seconds=10.0):
    encoder = Encoder(lambda value: (0, ""), LIMITS)
    request = {"op": "call", "target": name, "args": encoder.encode([list(args), {}])}
    return worker.request(request, encoder.buffers, seconds)


def test_a_cell_prints_shows_and_raises(worker):
    heard = worker.execute("import sys; print('out'); print('err', file=sys.stderr); 1 / 0", 10)
    assert [(o.output_type, o.get("name")) for o in heard.outputs] == [
        ("stream", "stdout"), ("stream", "stderr"), ("error", None),
    ]  # fmt: skip
    assert heard.outputs[2].ename == "ZeroDivisionError"
    assert texts(worker.execute("2 + 2", 10)) == "" and worker.execute("2 + 2", 10).outputs[0].data == {
        "text/plain": "4"
    }


def test_what_is_printed_and_flushed_in_turn_arrives_whole_and_in_order(worker):
    source = "import sys\nfor i in range(100): print(i, end=' '); sys.stdout.flush(); sys.stdout.flush()"
    assert texts(worker.execute(source, 10)) == "".join(f"{i} " for i in range(100))


def test_what_a_cell_shows_is_text_and_raster_pictures_only(worker):
    source = """
from IPython.display import HTML, SVG, Javascript, display
display(HTML('<script>alert(1)</script>')); display(SVG('<svg onload="alert(1)"/>')); display(Javascript('alert(1)'))
display({'image/png': 'iVBORw0KGgo=', 'text/html': '<b>'}, raw=True)
"""
    kinds = {mime for output in worker.execute(source, 10).outputs for mime in output.data}
    assert kinds == {"text/plain", "image/png"}


def test_a_flood_of_output_is_cut(worker):
    heard = worker.execute("for i in range(100_000): print('flood', i)", 30)
    assert len(texts(heard)) == LIMITS.text


def test_pictures_are_counted(worker):
    source = "from IPython.display import display\nfor _ in range(9): display({'image/png': 'iVBORw0KGgo='}, raw=True)"
    pictures = [o for o in worker.execute(source, 10).outputs if "image/png" in o.data]
    assert len(pictures) == LIMITS.pictures


def test_a_cell_that_never_ends_is_given_up(worker):
    begun = time.monotonic()
    with pytest.raises(WorkerSlow):
        worker.execute("while True: pass", 1.0)
    assert time.monotonic() - begun < 5


@pytest.mark.parametrize(
    "ending", ["import os; os._exit(0)", "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
               "import ctypes; ctypes.string_at(0)"],
)  # fmt: skip
def test_a_cell_that_ends_the_process_is_named(worker, ending):
    with pytest.raises(WorkerGone, match="the process ended"):
        worker.execute(ending, 10)


def test_a_call_gives_its_value_and_what_was_printed(worker):
    worker.execute("def double(x):\n    print('called'); return 2 * x", 10)
    answer, buffers, printed = call(worker, "double", 21)
    assert Decoder(buffers, lambda n, k: None, LIMITS).decode(answer["value"]) == 42
    assert printed == "called\n"


def test_an_exception_comes_with_the_learners_own_frames(worker):
    worker.execute("def inner(x):\n    return x['no']\n\ndef outer(x):\n    return inner(x)", 10)
    answer, _, _ = call(worker, "outer", {})
    assert answer["error"]["names"][:2] == ["KeyError", "LookupError"]
    assert answer["error"]["frames"] == [["outer", 5, "return inner(x)"], ["inner", 2, "return x['no']"]]


@pytest.mark.parametrize("ending", ["raise SystemExit(0)", "raise KeyboardInterrupt", "exit()", "quit()"])
def test_leaving_the_process_politely_is_only_an_exception(worker, ending):
    worker.execute(f"def f():\n    {ending}", 10)
    try:
        answer, _, _ = call(worker, "f")
    except WorkerGone:
        return
    assert "error" in answer or answer["value"] == ["none"]


def test_an_undefined_name_says_so(worker):
    answer, _, _ = call(worker, "nowhere")
    assert answer["error"]["names"][0] == "NameError"
    assert "'nowhere' is not defined" in answer["error"]["text"]


def test_an_exception_that_cannot_print_itself_still_arrives(worker):
    worker.execute("class Bad(Exception):\n    def __str__(self): raise ValueError\ndef f(): raise Bad", 10)
    answer, _, _ = call(worker, "f")
    assert answer["error"]["names"][0] == "Bad"


def test_an_endless_result_is_an_error_and_not_a_wait(worker):
    worker.execute("def f():\n    x = []\n    x.append(x)\n    return x", 10)
    answer, _, _ = call(worker, "f")
    assert answer["error"]["names"][0] == "WireError"


def test_a_result_too_large_is_an_error(worker):
    worker.execute("import numpy as np\ndef f(): return np.zeros(10**8)", 20)
    answer, _, _ = call(worker, "f", seconds=20)
    assert "larger than" in answer["error"]["text"]


def test_no_answer_is_malformed(worker):
    for name in ("ipykernel.comm.Comm", "comm.base_comm.BaseComm"):
        module, _, kind = name.rpartition(".")
        worker.execute(f"from {module} import {kind}\n{kind}.send = lambda *a, **k: None", 10)
    with pytest.raises((Malformed, WorkerSlow)):
        call(worker, "print", seconds=2)


def test_frames_that_are_no_jupyter_message_are_malformed(worker):
    worker.execute(
        "def f():\n    s = get_ipython().kernel.iopub_socket\n    import time\n"
        "    s.send_multipart([b'x', b'<IDS|MSG>', b'', b'{', b'{', b'{', b'{']); time.sleep(.5)",
        10,
    )
    with pytest.raises(Malformed):
        call(worker, "f", seconds=3)


def test_the_last_words_of_a_process_are_its_own(worker, tmp_path):
    (tmp_path / "secret").write_text("the hidden tests")
    worker.execute(
        f"import glob, os\n"
        f"for path in glob.glob('/opt/*/*'):\n"
        f"    try: os.remove(path); os.symlink({str(tmp_path / 'secret')!r}, path)\n"
        f"    except OSError: pass",
        10,
    )
    with pytest.raises(WorkerGone) as gone:
        worker.execute("import os; os.write(2, b'farewell'); os._exit(3)", 10)
    assert "exit status 3" in str(gone.value)
    assert "hidden tests" not in str(gone.value)


def test_a_worker_leaves_nothing_in_the_folder_of_its_sockets(worker):
    time.sleep(0.5)  # who is not root closes the folder a moment after the start
    before = {path: path.lstat().st_size for path in worker.room.rglob("*")}
    worker.execute(
        "import glob, os\n"
        "for path in glob.glob('/opt/*') + glob.glob('/opt/*/*'):\n"
        "    for trick in (lambda: open(path + '/x', 'wb').write(bytes(9)), lambda: open(path, 'ab').write(bytes(9)),\n"
        "                  lambda: os.remove(path), lambda: os.chmod(path, 0o777), lambda: os.mkdir(path + '/y')):\n"
        "        try: trick()\n"
        "        except OSError: pass",
        10,
    )
    assert len(before) == 2 + PORTS
    assert {path: path.lstat().st_size for path in worker.room.rglob("*")} == before


def test_a_tree_too_deep_or_closed_is_removed(tmp_path):
    with Worker("none", LIMITS) as worker:
        heard = worker.execute(
            f"import os\nos.chdir({str(worker.sockets)!r})\nos.mkdir('closed', 0o000)\n"
            f"for _ in range(1500): os.mkdir('d'); os.chdir('d')\nprint('made')",
            20,
        )
        assert texts(heard) == "made\n"
    assert not worker.room.exists()


FLOODS = {
    "errors": ("error", "{'ename': 'E' * 999, 'evalue': 'v', 'traceback': ['line' * 999] * 99}"),
    "nothing": ("display_data", "{'data': {'text/plain': ''}, 'metadata': {}}"),
    "no text": ("stream", "{'name': 'stdout', 'text': [['a'] * 99] * 99}"),
}


@pytest.mark.parametrize("name", FLOODS)
def test_a_flood_of_messages_is_cut(worker, name):
    kind, content = FLOODS[name]
    source = (
        f"k = get_ipython().kernel\nfor _ in range(200): k.send_response(k.iopub_socket, {kind!r}, {content})"
    )
    assert len(worker.execute(source, 20).outputs) <= 3


def test_a_flood_of_replies_does_not_outlast_the_deadline(worker, monkeypatch):
    class Flood:
        def poll(self, _):
            return 1

        def recv_multipart(self, *_, **__):
            return []

    monkeypatch.setattr(worker, "shell", Flood())
    began = time.monotonic()
    with pytest.raises(WorkerSlow):
        worker._listen("nothing", time.monotonic() + 0.5, lambda kind, message: None)
    assert time.monotonic() - began < 5
