"""A folder brought to a newer release of the course, without touching what its owner wrote in it.

A hidden file in the folder remembers the release that each file came from, so that it is known who changed what.
"""

import hashlib
import itertools
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path, PurePosixPath

from cnnkit import merging
from cnnkit.files import write_whole

MANIFEST = ".course-copy.json"
EARLIER = "earlier"
NOT_RELEASED = {".git", ".ipynb_checkpoints", "__pycache__", "work", EARLIER}  # made where people work
EXECUTABLE = 0o111


@dataclass(frozen=True)
class Origin:
    """The released file that a file came from.

    Args:
        sha256: its digest.
        cells: digests of its cells' texts, by id; empty for what is no notebook.
    """

    sha256: str
    cells: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Changes:
    """What was done with the files of a folder; each list holds paths in it.

    Args:
        new: were not there.
        renewed: were as the course had left them, and are the newer release now.
        merged: are the newer release now, with what the owner wrote.
        earlier: those that were merged, whole, as they were before.
        kept: were changed by both, or cannot be written, and were left alone.
        damaged: notebooks that cannot be read, and were left alone; each with the released one that lies beside it.
        removed: are no longer released, and were as the course had left them.
        outdated: are no longer released, and were changed: left alone.
        is_first: whether nothing was known of the folder before.
    """

    new: list[str] = field(default_factory=list)
    renewed: list[str] = field(default_factory=list)
    merged: list[str] = field(default_factory=list)
    earlier: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    damaged: list[tuple[str, str]] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    outdated: list[str] = field(default_factory=list)
    is_first: bool = False


def update(release: Path, work: Path) -> list[str]:
    """Bring a learner's folder to a release of the course; what the learner wrote stays.

    Args:
        release: the course's notebooks and what lies beside them. It is only read.
        work: the learner's folder, made where it is not there.

    Returns:
        What the learner should know, in sentences; empty when there is nothing to say.

    Raises:
        ValueError: the release is no folder, or one of the two lies in the other.
        OSError: a file cannot be read or written.
    """
    return list(_sentences(bring(release, work)))


def bring(release: Path, folder: Path, manifest: str = MANIFEST) -> Changes:
    """Bring a folder to a release: as `update`, with what was done in place of sentences.

    Args:
        release: a folder of files.
        folder: where they go.
        manifest: the name of the hidden file that remembers what came from where.

    Raises:
        ValueError: the release is no folder, or one of the two lies in the other.
        OSError: a file cannot be read or written.
    """
    if not release.is_dir():
        raise ValueError(f"{release} is not a folder of the course.")
    one, other = release.resolve(), folder.resolve()
    if one.is_relative_to(other) or other.is_relative_to(one):
        raise ValueError(f"{folder} and {release} lie in each other: choose another folder to work in.")
    before = origins(folder / manifest)
    changes, now = Changes(is_first=before is None), {}
    for name in _released(release):
        now[name] = _bring_file(release / name, folder, name, (before or {}).get(name), changes)
    for name in sorted((before or {}).keys() - now.keys()):
        _retire(folder, name, (before or {})[name], changes)
    text = json.dumps({"files": {name: asdict(one) for name, one in now.items()}}, indent=1, sort_keys=True)
    if not (folder / manifest).is_file() or (folder / manifest).read_text(encoding="utf-8") != text + "\n":
        write_whole(folder / manifest, text + "\n")
    return changes


def origins(file: Path) -> dict[str, Origin] | None:
    """Where the files of a folder came from, as its manifest has it; None where it has none, or a damaged one."""
    try:
        found = json.loads(file.read_text(encoding="utf-8"))["files"]
        return {str(name): Origin(str(one["sha256"]), dict(one["cells"])) for name, one in found.items()}
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


def _released(release: Path) -> list[str]:
    paths = (
        path.relative_to(release) for path in release.rglob("*") if path.is_file() and not path.is_symlink()
    )
    return sorted(path.as_posix() for path in paths if not NOT_RELEASED & set(path.parts))


def _bring_file(source: Path, folder: Path, name: str, origin: Origin | None, changes: Changes) -> Origin:
    data, target = source.read_bytes(), folder / name
    released = merging.read(data) if source.suffix == ".ipynb" else None
    now = Origin(_digest(data), merging.digests(released) if released else {})
    if _is_in_the_way(folder, name):
        changes.kept.append(name)
    elif not target.exists():
        _write(target, data, source)
        changes.new.append(name)
    elif (there := target.read_bytes()) == data:
        _make_executable(target, source)
    elif origin and _digest(there) == origin.sha256:
        _write(target, data, source)
        changes.renewed.append(name)
    elif released and not merging.read(there):
        _lay_beside(target, data, name, changes)
    elif origin and origin.sha256 == now.sha256:
        pass  # only its owner changed it
    elif released:
        _merge(released, folder, name, origin.cells if origin else None, changes)
    else:
        changes.kept.append(name)
    return now


def _lay_beside(target: Path, data: bytes, name: str, changes: Changes) -> None:
    """Write the released notebook beside one that cannot be read, once."""
    beside = target.with_name(f"{target.stem}-fresh-{_digest(data)[:8]}.ipynb")
    if not beside.exists():
        write_whole(beside, data)
        changes.damaged.append((name, beside.name))


def _merge(
    released: merging.Notebook, folder: Path, name: str, base: merging.Base | None, changes: Changes
) -> None:
    """Bring a notebook that both changed; as it was before, it is kept first."""
    target = folder / name
    there = target.read_bytes()
    learners = merging.read(there) or {}
    merged = merging.merge(released, learners, base)
    if merged == learners:
        return
    is_touched = merging.is_touched(released, learners, base)
    if is_touched:
        earlier = _place_for(folder, name, f"{target.stem}-{_digest(there)[:8]}.ipynb")
        write_whole(folder / earlier, there)
        changes.earlier.append(earlier)
    write_whole(target, merging.write(merged))
    (changes.merged if is_touched else changes.renewed).append(name)


def _place_for(folder: Path, name: str, file: str) -> str:
    """Where a file that is kept goes: to a folder `earlier` beside its name, or `earlier-2` where that is no folder."""
    folders = (EARLIER if n == 1 else f"{EARLIER}-{n}" for n in itertools.count(1))
    places = ((PurePosixPath(name).parent / one / file).as_posix() for one in folders)
    return next(place for place in places if not _is_in_the_way(folder, place))


def _retire(folder: Path, name: str, origin: Origin, changes: Changes) -> None:
    """Remove a file that is no longer released, if it is as the course left it, and folders left empty."""
    target = folder / name
    if _is_in_the_way(folder, name) or not target.exists():
        return
    if _digest(target.read_bytes()) != origin.sha256:
        changes.outdated.append(name)
        return
    target.unlink()
    changes.removed.append(name)
    for parent in list(target.relative_to(folder).parents)[:-1]:
        if any((folder / parent).iterdir()):
            break
        (folder / parent).rmdir()


def _is_in_the_way(folder: Path, name: str) -> bool:
    """Whether something that is no plain file in plain folders stands at a name, or the name leads out."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts:
        return True
    places = [folder / parent for parent in path.parents if parent.parts]
    wrong = any(place.is_symlink() or (place.exists() and not place.is_dir()) for place in places)
    target = folder / name
    return wrong or target.is_symlink() or (target.exists() and not target.is_file())


def _write(target: Path, data: bytes, source: Path) -> None:
    write_whole(target, data)
    _make_executable(target, source)


def _make_executable(target: Path, source: Path) -> None:
    wanted = target.stat().st_mode | (source.stat().st_mode & EXECUTABLE)
    if wanted != target.stat().st_mode:
        target.chmod(wanted)


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


# In words


def _sentences(changes: Changes) -> Iterator[str]:
    if merged := changes.merged:
        what, them = _lessons(merged, "was", "were"), _them(merged)
        yield f"{what} corrected; your answers are in {them}: {', '.join(merged)}."
        yield f"As you left {them} before, kept whole: {', '.join(changes.earlier)}."
    if renewed := _of_lessons(changes.renewed):
        yield f"{_lessons(renewed, 'was', 'were')} corrected in which you have written nothing yet."
    if (new := _of_lessons(changes.new)) and not changes.is_first:
        yield f"{_lessons(new, 'is', 'are')} new: {', '.join(new)}."
    for name, beside in changes.damaged:
        yield f"{name} cannot be read as a notebook and was left as it is; the course's own lies beside it: {beside}."
    for name in changes.kept:
        yield f"{name} was left alone: you changed it. Rename it, and the course's own comes the next time."
    if removed := _of_lessons(changes.removed):
        yield f"{_lessons(removed, 'is', 'are')} no longer part of the course: {', '.join(removed)}."
    for name in changes.outdated:
        yield f"{name} is no longer part of the course; yours was left as it is."


def _of_lessons(names: list[str]) -> list[str]:
    return [name for name in names if name.endswith(".ipynb") and "/" in name]


def _lessons(names: list[str], one: str, more: str) -> str:
    return f"1 lesson {one}" if len(names) == 1 else f"{len(names)} lessons {more}"


def _them(names: list[str]) -> str:
    return "it" if len(names) == 1 else "them"
