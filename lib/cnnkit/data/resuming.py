"""Downloads that go on where a cut connection left off, which pooch's own do not."""

from pathlib import Path
from typing import Any

from cnnkit.data.errors import NetworkError

CHUNK = 1 << 16
RANGE_NOT_SATISFIABLE = 416
SECONDS = 30  # without a byte, after which a server counts as gone


class Resuming:
    """A downloader for pooch that asks for the bytes still missing (HTTP range requests, RFC 9110).

    As long as each connection brings something it opens another one; when one brings nothing it gives up, and what
    has come stays in `partial` for the next call.

    Args:
        partial: where the bytes are kept until all have come.
        size: how many bytes the whole file has.
        by_hand: where a person may put the file, for the error's message.
        progress: whether to show a bar.
    """

    def __init__(self, partial: Path, size: int, by_hand: Path, progress: bool = True) -> None:
        self.partial = partial
        self.size = size
        self.by_hand = by_hand
        self.progress = progress

    def __call__(self, url: str, output_file: str, pooch: object) -> None:
        """Download `url` into `output_file`.

        Raises:
            NetworkError: the server was not reached, refuses, or goes silent.
        """
        import requests  # noqa: PLC0415 - importing cnnkit stays cheap
        from tqdm.auto import tqdm  # noqa: PLC0415 - the same

        with tqdm(
            total=self.size, desc=self.by_hand.name, unit="B", unit_scale=True, disable=not self.progress
        ) as bar:
            while self._size() < self.size:
                before = self._size()
                try:
                    self._go_on(url, bar)
                    break
                except requests.RequestException as error:
                    if error.response is not None and error.response.status_code == RANGE_NOT_SATISFIABLE:
                        self.partial.unlink(missing_ok=True)  # the server's file is another one now
                    if self._size() <= before:
                        raise NetworkError(self._advice(url, error)) from error
        self.partial.replace(output_file)

    def _size(self) -> int:
        return self.partial.stat().st_size if self.partial.exists() else 0

    def _go_on(self, url: str, bar: Any) -> None:
        import requests  # noqa: PLC0415 - importing cnnkit stays cheap

        # "identity": some servers would have .tar.gz files unpacked on the way, which would change their checksums.
        headers = {"Range": f"bytes={self._size()}-", "Accept-Encoding": "identity"}
        with requests.get(url, headers=headers, stream=True, timeout=SECONDS) as answer:
            answer.raise_for_status()
            with open(self.partial, "ab" if answer.status_code == 206 else "wb") as file:
                bar.update(file.tell() - bar.n)
                for chunk in answer.iter_content(CHUNK):
                    file.write(chunk)
                    bar.update(len(chunk))

    def _advice(self, url: str, error: Exception) -> str:
        return (
            f"{self.by_hand.name} did not come: {error}. {self._size():,} of {self.size:,} bytes are here and kept. "
            "Call fetch again to go on. If this machine has no internet, download "
            f"{url} elsewhere and put the file at {self.by_hand}; then call fetch again."
        )
