"""The benchmark `size`: a large class through everything but the examining, and how time and memory grow."""

import json
import pickle
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from itertools import cycle, islice
from pathlib import Path

from courses import WEEK, environment, hand_in
from grading import Class, a_class
from usage import measured

from autograder import grade, host
from autograder.examiner import Examined
from autograder.examiners import Examination

PREPARED = 12
MB = 1e6


def size(number: int) -> Iterator[str]:
    """Take classes of a tenth of `number` and of `number` through coordinator, gradebook, pages and exports.

    Args:
        number: submissions of the larger class.
    """
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        class_ = a_class(Path(folder) / "prepared", PREPARED)
        _prepare(class_)
        numbers = [max(PREPARED, number // 10), number]
        small, large = (_measured(class_, Path(folder) / str(n), n) for n in numbers)
    for name in large:
        if not name.startswith("peak"):
            each = [1000 * said[name] / n for said, n in zip((small, large), numbers, strict=True)]
            yield f"  {name:10} {large[name]:8.1f} s, {each[1]:.1f} ms each ({each[0]:.1f} ms at {numbers[0]})"
    times, memory = ([said[key] for said in (small, large)] for key in ("run", "peak"))
    growth = times[1] / times[0] / (numbers[1] / numbers[0])
    yield (
        f"size: {number} submissions in {times[1]:.0f} s without examining them, {growth:.2f} of what {numbers[0]} "
        f"lead one to expect; peak memory {memory[1] / MB:.0f} MB ({memory[0] / MB:.0f} MB at {numbers[0]})"
    )


def _prepare(class_: Class) -> None:
    """Examine a few for real, and keep what came of it."""
    outcomes: list[bytes] = []
    collect = Examination.collect

    def collecting(examination: Examination) -> list[Examined] | None:
        outcome = collect(examination)
        outcomes.append(pickle.dumps(outcome))
        return outcome

    Examination.collect = collecting  # type: ignore[method-assign]
    try:
        submitted, out = class_.folder / "submitted", class_.folder / "out"
        grade.grade(grade.Run(class_.course, WEEK, submitted, out, grade.default_workers()))
    finally:
        Examination.collect = collect  # type: ignore[method-assign]
        host.end()  # what is measured later is waited for, and with it whatever else is running
    (class_.folder / "prepared").write_bytes(pickle.dumps(outcomes))


def _measured(class_: Class, folder: Path, number: int) -> dict[str, float]:
    work = islice(cycle(class_.submissions), number)
    hand_in(folder / "submitted", (replace(one, name=f"student-{n:05}") for n, one in enumerate(work)))
    script, out = Path(__file__).with_name("sized.py"), folder / "out"
    prepared = class_.folder / "prepared"
    command = [
        sys.executable,
        "-W",
        "ignore",
        str(script),
        WEEK,
        str(folder / "submitted"),
        str(out),
        str(prepared),
    ]
    usage = measured(command, class_.course.root, environment(), folder / "sized.log")
    if usage.status:
        raise RuntimeError((folder / "sized.log").read_text()[-3000:])
    return dict(json.loads((out / "sized.json").read_text()))
