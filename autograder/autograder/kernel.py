"""The examiner's end of a worker: Jupyter's protocol over sockets in a folder, with limits and deadlines.

Nothing that arrives is believed. A message that is not Jupyter's is refused, whatever is too long is cut, and a
worker that ends or does not answer is a named exception, never a wait without end.
"""

import contextlib
import json
import os
import select
import signal
import socket
import tempfile
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import zmq
from jupyter_client.session import Session
from nbformat import NotebookNode

from autograder import sandbox as walls
from autograder.cells import new_output
from autograder.limits import Limits
from autograder.sandbox import Nursery, Sandbox, SandboxLost
from autograder.wire import TARGET

TICK = 0.1
SHELL, IOPUB = 1, 2
ERRORS = 3
REPLIES = 100
LARGEST_PICTURE = 4 * 2**20  # characters of base64
PICTURES = ("image/png", "image/jpeg")
Message = dict[str, Any]


class WorkerGone(Exception):
    """The worker's process ended.

    Args:
        message: how.
        limit: the name of the limit that it exceeded, None when it ended by itself.
    """

    def __init__(self, message: str, limit: str | None = None) -> None:
        super().__init__(message)
        self.limit = limit


class WorkerSlow(Exception):
    """The worker did not answer in time."""


class Malformed(Exception):
    """The worker sent something that is not the protocol's."""


@dataclass
class Heard:
    """What a cell printed and drew, cut to size, as text and raster pictures."""

    limits: Limits
    outputs: list[NotebookNode] = field(default_factory=list)
    size: int = 0
    pictures: int = 0
    errors: int = 0
    cut: bool = False

    def take(self, kind: str, content: Message) -> None:
        """Keep one iopub message's output, if it is one and there is room."""
        if kind == "stream" and content.get("name") in ("stdout", "stderr"):
            self._text(content["name"], _string(content.get("text")))
        elif kind in ("display_data", "execute_result") and type(content.get("data")) is dict:
            self._data(content["data"], content.get("metadata"))
        elif kind == "error" and self.errors < ERRORS:
            self._error(content)

    def _text(self, name: str, text: str) -> None:
        text = self._that_fits(text)
        if not text:
            return
        last = self.outputs[-1] if self.outputs else None
        if last is not None and last.output_type == "stream" and last.name == name:
            last.text += text
        else:
            self.outputs.append(new_output("stream", name=name, text=text))

    def _data(self, data: Message, metadata: Any) -> None:
        kept, described = {}, {}
        for mime in PICTURES:
            value = data.get(mime)
            if type(value) is not str:
                continue
            if len(value) >= LARGEST_PICTURE or self.pictures >= self.limits.pictures:
                self.cut = True
            else:
                kept[mime] = value
                self.pictures += 1
                about = metadata.get(mime) if type(metadata) is dict else None
                if type(about) is dict and type(about.get("alt")) is str:
                    described[mime] = {"alt": about["alt"][:2000]}
                break
        text = self._that_fits(_string(data.get("text/plain")))
        if text:
            kept["text/plain"] = text
        if kept:
            self.outputs.append(new_output("display_data", data=kept, metadata=described))

    def _that_fits(self, text: str) -> str:
        fits = text[: max(0, self.limits.text - self.size)]
        self.size += len(fits)
        self.cut = self.cut or len(fits) < len(text)
        return fits

    def _error(self, content: Message) -> None:
        self.errors += 1
        lines = content.get("traceback")
        lines = [_string(line)[:2000] for line in lines[:60]] if type(lines) is list else []
        name, value = (_string(content.get(key))[:2000] for key in ("ename", "evalue"))
        self.outputs.append(new_output("error", ename=name, evalue=value, traceback=lines))


def _string(value: Any) -> str:
    """A text that was sent; "" for anything else, whose own text could take a long time to make."""
    return value if type(value) is str else ""


class Worker:
    """A kernel in a sandbox, as a context manager.

    Args:
        sandbox: "bwrap", or "none" for an instructor's own notebooks.
        limits: what it may use.
        assets: a folder of files that the notebook may read.
        files: what was handed in with the notebook, put beside it: path -> content.
        nursery: who is asked for it; a zygote of this process's own when None.

    Raises:
        WorkerGone, WorkerSlow: it could not be started.
        SandboxLost: the zygote has gone.
    """

    def __init__(
        self,
        sandbox: Sandbox,
        limits: Limits,
        assets: Path | None = None,
        files: Mapping[str, bytes] | None = None,
        nursery: Nursery | None = None,
    ) -> None:
        self.limits = limits
        nursery = nursery or walls.own_nursery(sandbox, assets)
        self.user = walls.own_user() if sandbox == "bwrap" else None
        self.room = Path(tempfile.mkdtemp(prefix="", dir=nursery.folder / "rooms"))
        self.sockets = self.room / "sockets"
        self.context = zmq.Context()
        self.log = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the worker; in no folder, so no link can take its place
        self.line: socket.socket | None = None
        self.report: Message | None = None
        try:
            self._start(nursery, files or {})
        except BaseException:
            self.close()
            raise

    def _start(self, nursery: Nursery, files: Mapping[str, bytes]) -> None:
        self._make_room(files)
        self.session = Session(key=uuid.uuid4().hex.encode(), signature_scheme="hmac-sha256")
        path = f"{walls.SOCKETS if nursery.sandbox == 'bwrap' else self.sockets}/k"
        connection = {
            "transport": "ipc", "ip": path, "key": self.session.key.decode(), "signature_scheme": "hmac-sha256",
            "shell_port": SHELL, "iopub_port": IOPUB, "stdin_port": 3, "control_port": 4, "hb_port": 5,
        }  # fmt: skip
        self.line = nursery.ask(self.room, self.user, connection, self.limits, self.log.fileno())
        deadline = time.monotonic() + self.limits.start
        self.shell = self._connect(zmq.DEALER, SHELL, deadline)
        self.iopub = self._connect(zmq.SUB, IOPUB, deadline)
        self._wait_until_ready(deadline)
        if self.user is not None:  # all sockets are there, and the worker shall put nothing else there
            os.chown(self.sockets, 0, 0)
        self.comm = uuid.uuid4().hex
        self._send("comm_open", {"comm_id": self.comm, "target_name": TARGET, "data": {}})

    def _make_room(self, files: Mapping[str, bytes]) -> None:
        """A folder for the sockets, which the worker may write to until they are made, and one for its files."""
        self.room.chmod(0o711)
        self.sockets.mkdir(mode=0o755)
        if self.user is not None:
            os.chown(self.sockets, self.user, self.user)
        (self.room / "files").mkdir(mode=0o755)
        for name, content in files.items():
            path = self.room / "files" / name
            path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
            path.write_bytes(content)
            path.chmod(0o444)

    def _connect(self, kind: int, port: int, deadline: float) -> zmq.Socket:
        path = self.sockets / f"k-{port}"
        while not path.is_socket():
            self._check_alive()
            if time.monotonic() > deadline:
                raise WorkerSlow("the kernel did not start in time")
            time.sleep(0.002)
        socket = self.context.socket(kind)
        socket.setsockopt(zmq.LINGER, 0)
        socket.setsockopt(zmq.MAXMSGSIZE, self.limits.message + 2**20)
        socket.setsockopt(zmq.IDENTITY, self.session.bsession)
        if kind == zmq.SUB:
            socket.setsockopt(zmq.SUBSCRIBE, b"")
        socket.connect(f"ipc://{path}")
        return socket

    def _wait_until_ready(self, deadline: float) -> None:
        while time.monotonic() < deadline:
            parent = self._send("kernel_info_request", {})
            try:
                self._listen(parent, min(deadline, time.monotonic() + 0.05), lambda kind, message: None)
            except WorkerSlow:
                continue
            return
        raise WorkerSlow("the kernel did not start in time")

    def execute(self, source: str, seconds: float) -> Heard:
        """Run a cell.

        Raises:
            WorkerGone: the process ended.
            WorkerSlow: the cell did not end within `seconds`.
            Malformed: an answer is not the protocol's.
        """
        heard = Heard(self.limits)
        content = {
            "code": source, "silent": False, "store_history": True, "user_expressions": {},
            "allow_stdin": False, "stop_on_error": False,
        }  # fmt: skip
        parent = self._send("execute_request", content)
        self._listen(parent, time.monotonic() + seconds, lambda kind, m: heard.take(kind, m["content"]))
        return heard

    def request(self, data: Message, buffers: list[bytes], seconds: float) -> tuple[Message, list[Any], str]:
        """Ask the agent; returns its answer, the answer's buffers, and what was printed meanwhile.

        Raises:
            WorkerGone: the process ended.
            WorkerSlow: no answer within `seconds`.
            Malformed: no answer, or one that is not the protocol's.
        """
        number = uuid.uuid4().hex
        heard, answers = Heard(self.limits), []

        def take(kind: str, message: Message) -> None:
            content = message["content"]
            if kind == "comm_msg" and content.get("comm_id") == self.comm:
                if type(content.get("data")) is dict and content["data"].get("id") == number:
                    answers.append((content["data"], message.get("buffers", [])))
            else:
                heard.take(kind, content)

        content = {"comm_id": self.comm, "data": {**data, "id": number}}
        parent = self._send("comm_msg", content, buffers)
        self._listen(parent, time.monotonic() + seconds, take, until=lambda: bool(answers))
        if not answers:
            raise Malformed("the notebook's process gave no answer to a call")
        printed = "".join(output.get("text", "") for output in heard.outputs)
        return (*answers[0], printed)

    def _send(self, kind: str, content: Message, buffers: list[bytes] | None = None) -> str:
        message = self.session.msg(kind, content)
        self.session.send(self.shell, message, buffers=buffers)
        return str(message["header"]["msg_id"])

    def _listen(
        self,
        parent: str,
        deadline: float,
        take: Callable[[str, Message], None],
        until: Callable[[], bool] = lambda: False,
    ) -> None:
        """Hand the worker's messages about `parent` to `take` until it is idle again (or `until` holds)."""
        while not until():
            message = self._next(deadline)
            if message["parent_header"].get("msg_id") != parent:
                continue
            kind = message["header"].get("msg_type")
            if kind == "status" and message["content"].get("execution_state") == "idle":
                return
            take(str(kind), message)

    def _next(self, deadline: float) -> Message:
        while True:
            left = deadline - time.monotonic()
            if left <= 0:
                raise WorkerSlow("no answer in time")
            if self.iopub.poll(int(1000 * min(left, TICK)) + 1):
                return self._receive()
            self._drop_shell_replies()
            if not self._alive() and not self.iopub.poll(0):
                self._check_alive()

    def _receive(self) -> Message:
        try:
            _, message = self.session.recv(self.iopub, zmq.NOBLOCK)
            parts = [message[key] for key in ("header", "parent_header", "content")]
        except Exception as error:
            raise Malformed(
                f"the notebook's process sent a message that is not Jupyter's ({error})"[:300]
            ) from error
        if any(type(part) is not dict for part in parts):
            raise Malformed("the notebook's process sent a message that is not Jupyter's")
        return dict(message)

    def _drop_shell_replies(self) -> None:
        for _ in range(REPLIES):  # not "until there are none", which whoever floods would make endless
            if not self.shell.poll(0):
                return
            self.shell.recv_multipart(zmq.NOBLOCK, copy=False)

    def _alive(self) -> bool:
        """Whether the worker has not ended; its report is read when it has."""
        if self.line is None or self.report is not None:
            return False
        if not select.select([self.line], [], [], 0)[0]:
            return True
        self.report = self._read_report(self.line)
        return False

    @staticmethod
    def _read_report(line: socket.socket) -> Message:
        with contextlib.suppress(ConnectionError):
            data = line.recv(1 << 16)
            return dict(json.loads(data)) if data else {}
        return {}

    def _check_alive(self) -> None:
        if self._alive():
            return
        report = self.report or {}
        if not report:
            raise SandboxLost("the process that watches over the notebook's has gone")
        if "failed" in report:
            raise WorkerGone(f"it could not be started ({report['failed']})")
        raise WorkerGone(self._how_it_ended(report), report.get("limit"))

    def _how_it_ended(self, report: Message) -> str:
        if report.get("limit") == "memory":
            return f"it used more than {self.limits.memory // 2**20} MB of memory, and was ended"
        status = report.get("status") or 0
        if report.get("limit") == "cpu" or status == -signal.SIGXCPU:
            return f"it used more than {self.limits.cpu} s of processor time, and was ended"
        how = signal.Signals(-status).name if status < 0 else f"exit status {status}"
        return f"the process ended ({how}){self._last_words()}"

    def _last_words(self) -> str:
        text = os.pread(self.log.fileno(), 20_000, 0).decode("utf-8", "replace").strip()
        return f": {text[-300:]}" if text else ""

    def close(self) -> None:
        """End the worker and everything in its sandbox."""
        if self.line is not None:
            with contextlib.suppress(OSError):
                self.line.shutdown(socket.SHUT_WR)
            if self.report is None and select.select([self.line], [], [], 1.0)[0]:
                self.report = self._read_report(self.line)
            self.line.close()
            self.line = None
        self.context.destroy(linger=0)
        self.log.close()
        walls.remove(self.room)

    def __enter__(self) -> "Worker":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
