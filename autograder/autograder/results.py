"""results.json, written and read an entry at a time: the results of a large class would fill the memory."""

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import ijson
from jsonschema import Draft202012Validator

from autograder.gradebook import storable
from autograder.records import Result


class ResultsInvalid(ValueError):
    """Something that is not what its schema describes."""


@cache
def schema(name: str) -> dict[str, Any]:
    """A JSON schema of this package: "results" for results.json, "gradescope" for Gradescope's."""
    text = resources.files("autograder").joinpath(f"{name}.schema.json").read_text(encoding="utf-8")
    return dict(json.loads(text))


def validate(value: Any, schema: Mapping[str, Any], place: str = "$") -> None:
    """Demand that `value`, which stands at `place`, is what the schema describes.

    Raises:
        ResultsInvalid: it is not; the message names the first places.
    """
    errors = sorted(Draft202012Validator(schema).iter_errors(value), key=lambda error: error.json_path)
    if errors:
        told = (f"{place}{error.json_path[1:]}: {error.message[:200]}" for error in errors[:3])
        raise ResultsInvalid("; ".join(told))


def valid(entries: Iterable[Any]) -> Iterator[dict[str, Any]]:
    """The entries as they come, as long as they are what results.json may hold.

    Raises:
        ResultsInvalid: one is not; the message names the first places.
    """
    whole = schema("results")
    one = whole["items"] | {"$defs": whole["$defs"]}
    for number, entry in enumerate(entries):
        validate(entry, one, f"$[{number}]")
        yield entry


def write_results(results: Iterable[Result], path: Path) -> "Results":
    """Write results.json; a run that is cut off leaves the file that was there before.

    Args:
        results: by student, assignment and lesson.
        path: where.

    Returns:
        What the file holds.

    Raises:
        ResultsInvalid: a result is not what the schema describes.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    draft, before = path.with_name(path.name + ".part"), "["
    with draft.open("w", encoding="utf-8", newline="") as file:
        for entry in valid(result.as_json() for result in results):
            text = json.dumps(entry, ensure_ascii=False, indent=1).replace("\n", "\n ")
            file.write(f"{before}\n {storable(text)}")
            before = ","
        file.write("\n]\n" if before == "," else "[]\n")
    os.replace(draft, path)
    return Results(path, sound=True)


class Results:
    """The results that a results.json holds, read from it each time one goes through them.

    Args:
        path: the file.
        assignment: whose results they are; all where it is None.
        sound: whether it is known to be what the schema describes; else the first way through it looks.
    """

    def __init__(self, path: Path, assignment: str | None = None, sound: bool = False) -> None:
        self.path = path
        self.assignment = assignment
        self.sound = sound

    def __iter__(self) -> Iterator[Result]:
        """Each result, in the file's order.

        Raises:
            FileNotFoundError: there is no such file.
            ResultsInvalid: it holds something else.
        """
        with self.path.open("rb") as file:
            if file.read(1) != b"[":
                raise ResultsInvalid(f"{self.path} is no list of results")
            file.seek(0)
            try:
                entries = ijson.items(file, "item", use_float=True)
                for entry in entries if self.sound else valid(entries):
                    if self.assignment in (None, entry["assignment"]):
                        yield Result.from_json(entry)
                self.sound = True
            except (ijson.JSONError, UnicodeDecodeError) as error:
                raise ResultsInvalid(f"{self.path} is not JSON: {error}") from error
