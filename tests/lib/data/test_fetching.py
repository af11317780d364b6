"""Fetching, whole, from a server on this machine: what comes, and what is said when it does not."""

import errno
import hashlib
import http.server
import io
import os
import random
import re
import shutil
import socket
import subprocess
import tarfile
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
import requests

from cnnkit import data
from cnnkit.data import fetching, resuming
from cnnkit.data.fetching import RemoteFile, RemoteSet

NOISE = random.Random(1).randbytes(700_000)


def archive(**members: bytes) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name, content in members.items():
            member = tarfile.TarInfo(f"plants/{name}")
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


class Server(http.server.ThreadingHTTPServer):
    """Serves `files`; `cuts` says after how many bytes to hang up, request by request; `asked` is what came."""

    daemon_threads = True
    handle_error = lambda *_: None  # noqa: E731 - a client that hangs up is no news

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.files: dict[str, bytes] = {}
        self.cuts: list[int] = []
        self.asked: list[tuple[str, str | None]] = []
        self.ranges = True

    def address(self, name: str) -> str:
        return f"http://127.0.0.1:{self.server_port}/{name}"


class Handler(http.server.BaseHTTPRequestHandler):
    server: Server

    def do_GET(self):
        name, wanted = self.path[1:], self.headers["Range"]
        self.server.asked.append((name, wanted))
        if name not in self.server.files:
            return self.send_error(404)
        content, start = self.server.files[name], 0
        if wanted and self.server.ranges:
            start = int(re.fullmatch(r"bytes=(\d+)-", wanted).group(1))
            if start >= len(content):
                return self.send_error(416)
        self.send_response(206 if start or (wanted and self.server.ranges) else 200)
        self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        cut = self.server.cuts.pop(0) if self.server.cuts else len(content)
        self.wfile.write(content[start:][:cut])
        return None

    def log_message(self, *_):
        pass


@pytest.fixture
def server():
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("CNNKIT_DATA", str(tmp_path / "cache"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    return tmp_path / "cache"


@pytest.fixture
def offer(server, monkeypatch):
    """Put files on the server, and a set of them under the name "plants"."""

    def offered(**files: bytes) -> RemoteSet:
        names = {key: key.replace("_tar_gz", ".tar.gz") for key in files}
        server.files |= {names[key]: content for key, content in files.items()}
        remote = [
            RemoteFile(
                server.address(names[key]), len(content), hashlib.sha256(content).hexdigest(), names[key]
            )
            for key, content in files.items()
        ]
        monkeypatch.setitem(fetching.SETS, "plants", RemoteSet("Plants", "CC0", tuple(remote)))
        return fetching.SETS["plants"]

    return offered


def fetch() -> Path:
    return data.fetch("plants", progress=False)


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def test_archives_are_unpacked_into_one_folder_and_nothing_else_is_left(server, cache, offer):
    offer(images_tar_gz=archive(amber=b"yellow", birch=NOISE), labels_tar_gz=archive(labels=b"0 1"))
    assert fetch() == cache / "plants"
    assert contents(cache / "plants") == {
        "plants/amber": b"yellow", "plants/birch": NOISE, "plants/labels": b"0 1",
    }  # fmt: skip
    assert {name.split("/")[0] for name in contents(cache)} == {"plants"}
    assert not [path for path in cache.iterdir() if path.name.startswith(".")]


def test_a_file_that_is_no_archive_stays_as_it_is(cache, offer):
    offer(weights=NOISE)
    assert contents(fetch()) == {"weights": NOISE}


def test_a_second_call_asks_the_server_nothing(server, cache, offer):
    offer(weights=NOISE)
    assert not data.fetched("plants")
    first = fetch()
    asked = len(server.asked)
    assert data.fetched("plants") and fetch() == first and len(server.asked) == asked


def test_a_cut_connection_is_taken_up_where_it_was_cut(server, cache, offer):
    offer(weights=NOISE)
    server.cuts = [300_000, 250_000]
    assert contents(fetch()) == {"weights": NOISE}
    starts = [int(re.search(r"\d+", wanted).group()) for _, wanted in server.asked]
    assert len(starts) == 3 and starts[0] == 0 < starts[1] <= 300_000 and starts[1] < starts[2] <= 550_000


def test_a_later_call_goes_on_with_what_an_earlier_one_brought(server, cache, offer):
    offer(weights=NOISE)
    server.cuts = [400_000, 0]
    with pytest.raises(data.NetworkError, match="are here and kept") as error:
        fetch()
    assert not data.fetched("plants")
    kept = (cache / "downloads" / "plants" / "weights.part").stat().st_size
    assert 0 < kept <= 400_000 and f"{kept:,} of 700,000 bytes" in str(error.value)
    assert contents(fetch()) == {"weights": NOISE}
    assert server.asked[-1] == ("weights", f"bytes={kept}-")


def test_a_server_that_knows_no_ranges_sends_all_again(server, cache, offer):
    offer(weights=NOISE)
    server.ranges, server.cuts = False, [300_000]
    assert contents(fetch()) == {"weights": NOISE}
    assert len(server.asked) == 2


def test_what_was_complete_when_the_last_call_ended_is_not_asked_for(server, cache, offer):
    offer(weights=NOISE)
    part = cache / "downloads" / "plants" / "weights.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(NOISE)
    assert contents(fetch()) == {"weights": NOISE} and server.asked == []


def test_a_file_that_a_person_put_there_is_taken(server, cache, offer):
    offer(weights=NOISE)
    server.files.clear()
    with pytest.raises(data.NetworkError, match="404") as error:
        fetch()
    place = re.search(r"put the file at (\S+);", str(error.value)).group(1)
    Path(place).write_bytes(NOISE)
    assert contents(fetch()) == {"weights": NOISE}


@pytest.mark.parametrize(
    "wrong", [NOISE[:-1] + b"!", NOISE[:500_000], NOISE + b"!"], ids=["other", "short", "long"]
)
def test_a_wrong_checksum_removes_the_file(server, cache, offer, wrong):
    offer(weights=NOISE)
    server.files["weights"] = wrong
    with pytest.raises(data.ChecksumError, match="was removed") as error:
        fetch()
    assert server.address("weights") in str(error.value)
    assert contents(cache) == {}
    server.files["weights"] = NOISE
    assert contents(fetch()) == {"weights": NOISE}


def test_of_several_files_only_the_wrong_one_is_fetched_again(server, cache, offer):
    offer(first_tar_gz=archive(amber=b"1"), second_tar_gz=archive(birch=b"2"))
    right, server.files["second.tar.gz"] = server.files["second.tar.gz"], b"wrong"
    with pytest.raises(data.ChecksumError):
        fetch()
    server.files["second.tar.gz"] = right
    server.asked.clear()
    assert contents(fetch()) == {"plants/amber": b"1", "plants/birch": b"2"}
    assert [name for name, _ in server.asked] == ["second.tar.gz"]


def test_what_came_is_thrown_away_when_the_server_has_a_shorter_file_now(server, cache, offer):
    offer(weights=NOISE)
    part = cache / "downloads" / "plants" / "weights.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(NOISE[:-1])
    server.files["weights"] = NOISE[:1000]
    with pytest.raises(data.NetworkError, match="416"):
        fetch()
    assert not part.exists()


def test_no_network_at_all(server, cache, offer):
    offer(weights=NOISE)
    server.shutdown()
    server.server_close()
    with pytest.raises(data.NetworkError, match=" 0 of 700,000 bytes") as error:
        fetch()
    assert "If this machine has no internet, download http://127.0.0.1" in str(error.value)


def test_a_name_that_cannot_be_looked_up(server, cache, offer, monkeypatch):
    offer(weights=NOISE)

    def unknown(*_, **__):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(data.NetworkError, match="Call fetch again to go on"):
        fetch()


def test_a_server_that_goes_silent_is_given_up(cache, offer, monkeypatch):
    remote = offer(weights=NOISE)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        file = RemoteFile(
            f"http://127.0.0.1:{silent.getsockname()[1]}/weights", 700_000, remote.files[0].sha256, "w"
        )
        monkeypatch.setitem(fetching.SETS, "plants", RemoteSet("Plants", "CC0", (file,)))
        monkeypatch.setattr(resuming, "SECONDS", 0.1)
        start = time.monotonic()
        with pytest.raises(data.NetworkError, match="timed out"):
            fetch()
        assert time.monotonic() - start < 3


@pytest.fixture
def small_disk(tmp_path, monkeypatch):
    """A disk of 1 MiB as the cache folder, where this user may make one."""
    folder = tmp_path / "small"
    folder.mkdir()
    mount = shutil.which("mount")
    if mount is None or os.name != "posix":
        pytest.skip("no mount here")
    made = subprocess.run(
        [mount, "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder], capture_output=True, check=False
    )
    if made.returncode:
        pytest.skip("this user may not mount a disk")
    monkeypatch.setenv("CNNKIT_DATA", str(folder))
    yield folder
    subprocess.run(["umount", folder], check=True)


def test_a_disk_that_is_too_small_is_noticed_before_anything_is_fetched(server, small_disk, offer):
    offer(weights=NOISE * 2)
    with pytest.raises(
        data.DiskFullError, match=r"Plants needs 1 MB there. Free some, or set CNNKIT_DATA"
    ) as error:
        fetch()
    assert str(small_disk) in str(error.value) and server.asked == []


def test_a_disk_that_fills_up_while_downloading(server, small_disk, offer, monkeypatch):
    offer(weights=NOISE)
    filler = small_disk / "filler"
    filler.write_bytes(NOISE[:600_000])
    free = shutil.disk_usage(small_disk).free
    with monkeypatch.context() as patched:
        patched.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=10**9))
        with pytest.raises(data.DiskFullError, match="What has come is kept"):
            fetch()
    kept = (small_disk / "downloads" / "plants" / "weights.part").stat().st_size
    assert 0 < kept <= free
    filler.unlink()
    assert contents(fetch()) == {"weights": NOISE}
    assert server.asked[-1] == ("weights", f"bytes={kept}-")


def test_a_disk_that_fills_up_while_unpacking(server, small_disk, offer):
    offer(images_tar_gz=archive(cedar=bytes(3_000_000)))
    with pytest.raises(data.DiskFullError):
        fetch()
    assert set(contents(small_disk)) == {"downloads/plants/images.tar.gz"}


class FullFile(io.FileIO):
    def write(self, _):
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_write_that_finds_no_room(cache, offer, monkeypatch):
    """The same as on a small disk, for those who may not mount one."""
    offer(weights=NOISE)
    monkeypatch.setattr(resuming, "open", lambda path, mode: FullFile(path, mode[0]), raising=False)
    with pytest.raises(data.DiskFullError):
        fetch()


def test_a_cache_folder_on_a_read_only_disk(small_disk, server, offer):
    offer(weights=NOISE)
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    with pytest.raises(data.CacheError, match="Set CNNKIT_DATA to a folder that you may write to") as error:
        fetch()
    assert str(small_disk) in str(error.value) and server.asked == []


@pytest.mark.parametrize("reason", [errno.EROFS, errno.EACCES])
def test_a_cache_folder_that_may_not_be_made(cache, server, offer, monkeypatch, reason):
    """The same as on a read-only disk, for those who may not mount one."""
    offer(weights=NOISE)

    def refuse(*_, **__):
        raise OSError(reason, os.strerror(reason))

    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(data.CacheError, match=os.strerror(reason)):
        fetch()
    assert server.asked == []


def test_a_cache_folder_that_is_a_file(tmp_path, monkeypatch, offer):
    offer(weights=NOISE)
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("CNNKIT_DATA", str(tmp_path / "file"))
    with pytest.raises(data.CacheError, match=r"Not a directory|File exists"):
        fetch()


def test_an_archive_that_reaches_out_of_its_folder_does_not(cache, offer):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        tar.addfile(tarfile.TarInfo("../../outside"))
    offer(images_tar_gz=buffer.getvalue())
    if not hasattr(tarfile, "data_filter"):
        pytest.skip("Python before 3.11.4 has no filters")
    with pytest.raises(tarfile.FilterError):
        fetch()
    assert not list(cache.rglob("outside"))


def test_the_bar_counts_what_is_there_already(server, cache, offer, capsys, text_bar):
    offer(weights=NOISE)
    server.cuts = [350_000, 0]
    with pytest.raises(data.NetworkError):
        data.fetch("plants")
    capsys.readouterr()
    data.fetch("plants")
    shown = capsys.readouterr().err
    assert "weights: 100%" in shown and "700k/700k" in shown


def test_an_unknown_name(cache):
    with pytest.raises(
        ValueError, match=r"There is no set 'roses' to fetch\. There are: cifar10, lfw, pets, vgg19"
    ):
        data.fetch("roses")


def test_the_cache_folder_is_the_system_s_unless_named(monkeypatch, tmp_path):
    monkeypatch.delenv("CNNKIT_DATA", raising=False)
    assert data.cache_folder().name == "cnnkit"
    monkeypatch.setenv("CNNKIT_DATA", "~/course")
    assert data.cache_folder() == Path.home() / "course"


def test_every_set_has_what_it_takes():
    for remote in data.SETS.values():
        for file in remote.files:
            assert re.fullmatch(r"https?://\S+", file.url) and re.fullmatch(r"[0-9a-f]{64}", file.sha256)
            assert file.size > 10_000_000
    names = [file.name for remote in data.SETS.values() for file in remote.files]
    assert len(set(names)) == len(names)


def test_our_errors_are_one_family():
    for error in (data.NetworkError, data.ChecksumError, data.DiskFullError, data.CacheError):
        assert issubclass(error, data.DataError)
    assert not issubclass(data.DataError, requests.RequestException)
