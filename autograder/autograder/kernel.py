"""The examiner's end of a worker: Jupyter's protocol over sockets in a folder, with limits and deadlines.

Nothing that arrives is believed. A message that is not Jupyter's is refused, whatever is too long is cut, and a
worker that ends or does not answer is a named exception, never a wait without end.
"""

import contextlib
import os
import shutil
import subprocess
import tempfile
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import zmq
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import KernelManager
from jupyter_client.session import Session
from nbformat import NotebookNode
from nbformat.v4 import new_output

from autograder import sandbox as walls
from autograder.limits import Limits
from autograder.sandbox import Room, Sandbox
from autograder.worker import TARGET

TICK = 0.1
ERRORS = 3
REPLIES = 100
PICTURES = ("image/png", "image/jpeg")
Message = dict[str, Any]


class WorkerGone(Exception):
    """The worker's process ended."""


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

    def take(self, kind: str, content: Message) -> None:
        """Keep one iopub message's output, if it is one and there is room."""
        if kind == "stream" and content.get("name") in ("stdout", "stderr"):
            self._text(content["name"], _string(content.get("text")))
        elif kind in ("display_data", "execute_result") and type(content.get("data")) is dict:
            self._data(content["data"], content.get("metadata"))
        elif kind == "error" and self.errors < ERRORS:
            self._error(content)

    def _text(self, name: str, text: str) -> None:
        text = text[: max(0, self.limits.text - self.size)]
        self.size += len(text)
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
            if type(value) is str and len(value) < 4 * 2**20 and self.pictures < self.limits.pictures:
                kept[mime] = value
                self.pictures += 1
                about = metadata.get(mime) if type(metadata) is dict else None
                if type(about) is dict and type(about.get("alt")) is str:
                    described[mime] = {"alt": about["alt"][:2000]}
                break
        text = data.get("text/plain")
        if type(text) is str and text and self.size < self.limits.text:
            kept["text/plain"] = text[: self.limits.text - self.size]
            self.size += len(kept["text/plain"])
        if kept:
            self.outputs.append(new_output("display_data", data=kept, metadata=described))

    def _error(self, content: Message) -> None:
        self.errors += 1
        lines = content.get("traceback")
        lines = [_string(line)[:2000] for line in lines[:60]] if type(lines) is list else []
        name, value = (_string(content.get(key))[:2000] for key in ("ename", "evalue"))
        self.outputs.append(new_output("error", ename=name, evalue=value, traceback=lines))


def _string(value: Any) -> str:
    """A text that was sent; "" for anything else, whose own text could take a long time to make."""
    return value if type(value) is str else ""


class _Manager(KernelManager):
    """Jupyter's kernel manager, for an argv of our own (its provisioner starts bubblewrap)."""

    argv: list[str] = []  # noqa: RUF012 - set on each instance

    @property
    def kernel_spec(self) -> KernelSpec:
        return KernelSpec(argv=self.argv, display_name="worker", language="python", interrupt_mode="message")


class Worker:
    """A kernel in a sandbox, as a context manager.

    Args:
        sandbox: "bwrap", or "none" for an instructor's own notebooks.
        limits: what it may use.
        assets: a folder of files that the notebook may read.
        files: what was handed in with the notebook, put beside it: path -> content.

    Raises:
        WorkerGone: it could not be started.
    """

    def __init__(
        self,
        sandbox: Sandbox,
        limits: Limits,
        assets: Path | None = None,
        files: Mapping[str, bytes] | None = None,
    ) -> None:
        self.limits = limits
        self.folder, self.files = (Path(tempfile.mkdtemp(prefix="ag-", dir="/tmp")) for _ in range(2))
        self.room = Room(self.folder, assets, self.files, walls.own_user() if sandbox == "bwrap" else None)
        for name, content in (files or {}).items():
            (self.files / name).parent.mkdir(parents=True, exist_ok=True)
            (self.files / name).write_bytes(content)
            (self.files / name).chmod(0o444)
        self.manager = _Manager(
            connection_file=str(self.folder / "c.json"), transport="ipc", ip=str(self.folder / "k")
        )
        self.context = zmq.Context()
        self.log = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the worker; in no folder, so no link can take its place
        try:
            self._start(sandbox)
        except BaseException:
            self.close()
            raise

    def _start(self, sandbox: Sandbox) -> None:
        self.manager.argv = walls.command(sandbox, self.room, self.limits)
        self.manager.write_connection_file()
        if self.room.user is not None:
            for path in (self.folder, self.folder / "c.json"):
                shutil.chown(path, self.room.user, self.room.user)
        self.manager.start_kernel(
            env=walls.environment(sandbox, self.limits),
            cwd=str(self.files),
            stdout=subprocess.DEVNULL,
            stderr=self.log,
        )
        deadline = time.monotonic() + self.limits.start
        self.session = Session(key=self.manager.session.key, signature_scheme="hmac-sha256")
        self.shell = self._connect(zmq.DEALER, self.manager.shell_port, deadline)
        self.iopub = self._connect(zmq.SUB, self.manager.iopub_port, deadline)
        self._wait_until_ready(deadline)
        self._close_the_folder()
        self.comm = uuid.uuid4().hex
        self._send("comm_open", {"comm_id": self.comm, "target_name": TARGET, "data": {}})

    def _close_the_folder(self) -> None:
        """Where the worker runs as a user of its own: all sockets are there, and it shall put nothing else there."""
        if self.room.user is not None:
            for path, mode in ((self.folder, 0o755), (self.folder / "c.json", 0o400)):
                os.chown(path, 0, 0)
                path.chmod(mode)

    def _connect(self, kind: int, port: int, deadline: float) -> zmq.Socket:
        path = Path(f"{self.folder / 'k'}-{port}")
        while not path.is_socket():
            self._check_alive()
            if time.monotonic() > deadline:
                raise WorkerSlow("the kernel did not start in time")
            time.sleep(0.01)
        socket = self.context.socket(kind)
        socket.linger = 0
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
                self._listen(parent, min(deadline, time.monotonic() + 0.5), lambda kind, message: None)
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
        provisioner = self.manager.provisioner
        return (
            provisioner is not None and provisioner.process is not None and provisioner.process.poll() is None
        )

    def _check_alive(self) -> None:
        if not self._alive():
            status = self.manager.provisioner.process.returncode if self.manager.provisioner else None
            raise WorkerGone(f"the process ended (exit status {status}){self._last_words()}")

    def _last_words(self) -> str:
        text = os.pread(self.log.fileno(), 20_000, 0).decode("utf-8", "replace").strip()
        return f": {text[-300:]}" if text else ""

    def close(self) -> None:
        """End the worker and everything in its sandbox."""
        if self.manager.provisioner is not None and self.manager.has_kernel:
            self.manager.shutdown_kernel(now=True)
        self.context.destroy(linger=0)
        self.log.close()
        _remove(self.folder)
        _remove(self.files)

    def __enter__(self) -> "Worker":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _remove(folder: Path) -> None:
    """Remove a folder in which hostile code may have closed folders, or nested them by the thousand."""
    with contextlib.suppress(OSError, RecursionError):
        shutil.rmtree(folder)
    if folder.exists():
        subprocess.run(["chmod", "-R", "u+rwX", str(folder)], check=False, stderr=subprocess.DEVNULL)
        subprocess.run(["rm", "-rf", "--", str(folder)], check=False, stderr=subprocess.DEVNULL)
