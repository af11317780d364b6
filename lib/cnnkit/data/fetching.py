"""Larger data sets and weights, fetched by name from the internet: for those who want them. No lesson needs one."""

import errno
import os
import shutil
import tarfile
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from cnnkit.data.errors import CacheError, ChecksumError, DataError, DiskFullError
from cnnkit.data.resuming import Resuming


@dataclass(frozen=True)
class RemoteFile:
    """A file on a server: its address, its size in bytes, and its SHA-256."""

    url: str
    size: int
    sha256: str
    name: str

    @property
    def archive(self) -> bool:
        """Whether the file is to be unpacked."""
        return self.name.endswith((".tar", ".tar.gz", ".tgz"))


@dataclass(frozen=True)
class RemoteSet:
    """A data set, or weights, that a server has."""

    title: str
    licence: str
    files: tuple[RemoteFile, ...]

    @property
    def size(self) -> int:
        """Bytes to download."""
        return sum(file.size for file in self.files)

    @property
    def room(self) -> int:
        """Bytes needed in the cache folder: archives lie there packed and, at about that size, unpacked."""
        return sum(file.size * (2 if file.archive else 1) for file in self.files)


def _file(url: str, size: int, sha256: str, name: str = "") -> RemoteFile:
    return RemoteFile(url, size, sha256, name or url.rsplit("/", 1)[1])


PETS = "https://www.robots.ox.ac.uk/~vgg/data/pets/data/"
VOC = "http://host.robots.ox.ac.uk/pascal/VOC/voc2007/"
SETS = {
    "cifar10": RemoteSet(
        "CIFAR-10: 60,000 pictures of 10 classes, 32x32",
        "none stated",
        (
            _file(
                "https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz",
                170_498_071,
                "6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce",
            ),
        ),
    ),
    "lfw": RemoteSet(
        "Labeled Faces in the Wild: 13,233 photographs of 5,749 people",
        "none stated; research only",
        (
            _file(
                "https://ndownloader.figshare.com/files/5976018",
                180_566_744,
                "055f7d9c632d7370e6fb4afc7468d40f970c34a80d4c6f50ffec63f5a8d536c0",
                "lfw.tgz",
            ),
        ),
    ),
    "pets": RemoteSet(
        "Oxford-IIIT Pets: 7,349 photographs of 37 breeds, with outlines",
        "CC BY-SA 4.0",
        (
            _file(
                PETS + "images.tar.gz",
                791_918_971,
                "67195c5e1c01f1ab5f9b6a5d22b8c27a580d896ece458917e61d459337fa318d",
            ),
            _file(
                PETS + "annotations.tar.gz",
                19_173_078,
                "52425fb6de5c424942b7626b428656fcbd798db970a937df61750c0f1d358e91",
            ),
        ),
    ),
    "vgg19": RemoteSet(
        "VGG-19 weights trained on ImageNet, from torchvision",
        "BSD-3-Clause (torchvision)",
        (
            _file(
                "https://download.pytorch.org/models/vgg19-dcbb9e9d.pth",
                574_673_361,
                "dcbb9e9dad569fff7a846263a77324fc34978fea2bfb039c012d710e1776ae44",
            ),
        ),
    ),
    "voc2007": RemoteSet(
        "PASCAL VOC 2007: 9,963 photographs, boxes of 20 classes",
        "Flickr's terms of use",
        (
            _file(
                VOC + "VOCtrainval_06-Nov-2007.tar",
                460_032_000,
                "7d8cd951101b0957ddfd7a530bdc8a94f06121cfc1e511bb5937e973020c7508",
            ),
            _file(
                VOC + "VOCtest_06-Nov-2007.tar",
                451_020_800,
                "6836888e2e01dca84577a849d339fa4f73e1e4f135d312430c4856b5609b4892",
            ),
        ),
    ),
}


def cache_folder() -> Path:
    """Where fetched sets are kept: the folder that CNNKIT_DATA names, else the system's place for caches."""
    import pooch  # noqa: PLC0415 - importing cnnkit stays cheap

    return Path(os.environ.get("CNNKIT_DATA") or pooch.os_cache("cnnkit")).expanduser().absolute()


def fetched(name: str) -> bool:
    """Whether the set of this name is already in the cache folder."""
    return (cache_folder() / name).is_dir()


def fetch(name: str, *, progress: bool = True) -> Path:
    """Fetch a data set from the internet, once: the only function of cnnkit that opens a connection.

    Each file is checked by its SHA-256 and unpacked; a second call finds the folder and fetches nothing. A call that
    was cut off goes on where it was. Call it from one program at a time.

    Args:
        name: one of SETS: "cifar10", "lfw", "pets", "vgg19", "voc2007".
        progress: whether to show a bar for each file.

    Returns:
        The folder in which the set's archives are unpacked, or its weights lie.

    Raises:
        ValueError: there is no set of that name.
        NetworkError: the server was not reached, or refuses; what has come is kept.
        ChecksumError: what came is another file; it was removed.
        DiskFullError: there is too little room; what has come is kept.
        CacheError: the cache folder cannot be written to.

    Source: SOURCES.md names each set's publisher, licence, and where its checksum is published.
    """
    if name not in SETS:
        raise ValueError(f"There is no set {name!r} to fetch. There are: {', '.join(SETS)}.")
    chosen, cache = SETS[name], cache_folder()
    folder, downloads = cache / name, cache / "downloads" / name
    if folder.is_dir():
        return folder
    try:
        downloads.mkdir(parents=True, exist_ok=True)
        _check_room(chosen, downloads)
        _unpack([(file, _download(file, downloads, progress)) for file in chosen.files], folder)
        shutil.rmtree(downloads)
    except OSError as error:
        raise _explained(error, chosen, cache) from error
    return folder


def _check_room(chosen: RemoteSet, downloads: Path) -> None:
    there = sum(path.stat().st_size for path in downloads.iterdir())
    if shutil.disk_usage(downloads).free < chosen.room - there:
        raise OSError(errno.ENOSPC, "not enough room")


def _download(file: RemoteFile, downloads: Path, progress: bool) -> Path:
    import pooch  # noqa: PLC0415 - importing cnnkit stays cheap

    path = downloads / file.name
    resuming = Resuming(path.with_name(file.name + ".part"), file.size, path, progress)
    try:
        pooch.retrieve(file.url, f"sha256:{file.sha256}", file.name, downloads, downloader=resuming)
    except ValueError as error:  # pooch's, for a wrong checksum
        raise ChecksumError(
            f"What came from {file.url} is not the file that the course knows (SHA-256 {file.sha256}), and was "
            "removed. Call fetch again; if that fails too, the file has changed at its source, or something on the "
            "way changes it: do not use it."
        ) from error
    return path


def _unpack(files: list[tuple[RemoteFile, Path]], folder: Path) -> None:
    """Fill the folder all at once: a call that ends early leaves none."""
    with TemporaryDirectory(dir=folder.parent, prefix=".unpacking-") as temporary:
        unpacked = Path(temporary, folder.name)
        unpacked.mkdir()
        for file, path in files:
            if file.archive:
                _extract(path, unpacked)
            else:
                path.replace(unpacked / path.name)
        unpacked.replace(folder)


def _extract(archive: Path, folder: Path) -> None:
    if hasattr(tarfile, "data_filter"):
        shutil.unpack_archive(archive, folder, filter="data")
    else:  # Python before 3.11.4
        shutil.unpack_archive(archive, folder)


def _explained(error: OSError, chosen: RemoteSet, cache: Path) -> DataError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DiskFullError(
            f"There is too little room in {cache}: {chosen.title} needs {chosen.room / 1e6:,.0f} MB there. Free some, "
            "or set CNNKIT_DATA to a folder on a larger disk; then call fetch again. What has come is kept."
        )
    return CacheError(
        f"The folder {cache} cannot be used ({error}). Set CNNKIT_DATA to a folder that you may write to; then call "
        "fetch again."
    )
