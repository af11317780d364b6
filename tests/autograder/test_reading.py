"""Damaged files: each is named after its defect, and either refused in a clear line or read with a note."""

import json
import struct
import time
from typing import Any

import nbformat
import pytest
import safetensors

from autograder.reading import IntakeError, IntakeLimits, check_weights, read_notebook, show

CODE = {
    "cell_type": "code",
    "id": "a",
    "metadata": {},
    "outputs": [],
    "execution_count": None,
    "source": "x = 1",
}
TEXT = {"cell_type": "markdown", "id": "b", "metadata": {}, "source": ["# Été\n", "two lines"]}


def notebook(**changes: Any) -> dict:
    sound = {"cells": [CODE, TEXT], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    return {key: value for key, value in (sound | changes).items() if value is not ...}


def file(**changes: Any) -> bytes:
    return json.dumps(notebook(**changes), ensure_ascii=False).encode()


def with_cell(**changes: Any) -> bytes:
    cell = {key: value for key, value in (CODE | changes).items() if value is not ...}
    return file(cells=[cell, TEXT])


def raw(number: str) -> bytes:
    return file(metadata={"n": "HERE"}).replace(b'"HERE"', number.encode())


REFUSED = {
    "empty.ipynb": (b"", "empty"),
    "only_white_space.ipynb": (b" \n\t ", "empty"),
    "all_zero_bytes.ipynb": (bytes(5000), "nul_bytes"),
    "zero_bytes_at_the_end.ipynb": (file() + bytes(100), "nul_bytes"),
    "cut_short.ipynb": (file()[:-40], "not_json"),
    "cut_inside_a_string.ipynb": (file()[: file().index(b"two")], "not_json"),
    "a_comma_too_many.ipynb": (file().replace(b"}]", b"},]"), "not_json"),
    "prose.ipynb": (b"I could not do it, sorry", "not_json"),
    "web_page.ipynb": (b"<!DOCTYPE html><html></html>", "not_json"),
    "zip_by_another_name.ipynb": (b"PK\x03\x04" + b"\x14abc" * 20, "not_json"),
    "pdf.ipynb": (b"%PDF-1.7 abc", "not_json"),
    "merge_conflict.ipynb": (b'{\n<<<<<<< HEAD\n"cells": []\n=======\n>>>>>>> theirs\n}', "not_json"),
    "a_list.ipynb": (b"[1, 2]", "not_a_notebook"),
    "a_string.ipynb": (b'"notebook"', "not_a_notebook"),
    "null.ipynb": (b"null", "not_a_notebook"),
    "deeply_nested.ipynb": (b'{"a":' * 100_000, "too_deep"),
    "deeply_nested_lists.ipynb": (b"[" * 1_000_000, "too_deep"),
    "deep_after_a_string_with_brackets.ipynb": (b'{"]]]}}}": ' + b"[" * 100_000, "too_deep"),
    "ten_million_lists.ipynb": (b"[" + b"[]," * 6_000_000 + b"[]]", "too_many_values"),
    "no_cells.ipynb": (file(cells=...), "no_cells"),
    "cells_an_object.ipynb": (file(cells={"0": CODE}), "no_cells"),
    "too_many_cells.ipynb": (file(cells=[CODE] * 1001), "too_many_cells"),
    "format_3_without_sense.ipynb": (file(nbformat=3, cells=..., worksheets=[7]), "old_format"),
}


@pytest.mark.parametrize(("data", "kind"), REFUSED.values(), ids=REFUSED)
def test_refused_with_a_line_for_the_teacher(data: bytes, kind: str) -> None:
    with pytest.raises(IntakeError) as refused:
        read_notebook(data)
    event = refused.value.event
    assert (event.kind, event.severity, event.cell) == (kind, "warning", None)
    assert event.message.endswith((".", ").")) and len(event.message) < 250 and "\n" not in event.message


NOTED = {
    "byte_order_mark.ipynb": (b"\xef\xbb\xbf" + file(), "encoding"),
    "utf_16.ipynb": (file().decode().encode("utf-16"), "encoding"),
    "utf_16_without_mark.ipynb": (file().decode().encode("utf-16-le"), "encoding"),
    "latin_1.ipynb": (file().decode().encode("latin-1"), "encoding"),
    "not_a_number.ipynb": (raw("NaN"), "odd_numbers"),
    "minus_infinity.ipynb": (raw("-Infinity"), "odd_numbers"),
    "huge_integer.ipynb": (raw("9" * 1_000_000), "odd_numbers"),
    "huge_exponent.ipynb": (raw("1e999999"), "odd_numbers"),
    "endless_decimals.ipynb": (raw("0." + "1" * 1_000_000), "odd_numbers"),
    "repeated_keys.ipynb": (file().replace(b'{"cells"', b'{"nbformat": 3, "cells"'), "duplicate_keys"),
    "no_format.ipynb": (file(nbformat=..., nbformat_minor=...), "odd_format"),
    "format_5.ipynb": (file(nbformat=5), "odd_format"),
    "format_a_list.ipynb": (file(nbformat=[4]), "odd_format"),
    "saved_for_r.ipynb": (file(metadata={"kernelspec": {"name": "ir", "language": "R"}}), "foreign_kernel"),
    "saved_for_bash.ipynb": (file(metadata={"kernelspec": {"name": "bash"}}), "foreign_kernel"),
    "language_a_list.ipynb": (file(metadata={"kernelspec": {"language": [1]}}), "foreign_kernel"),
    "a_cell_is_a_number.ipynb": (file(cells=[CODE, 7, TEXT]), "odd_cell"),
    "source_a_number.ipynb": (with_cell(source=7), "odd_source"),
    "source_missing.ipynb": (with_cell(source=...), "odd_source"),
    "source_a_list_of_numbers.ipynb": (with_cell(source=["a", 1]), "odd_source"),
    "cell_type_unknown.ipynb": (with_cell(cell_type="heading"), "odd_type"),
    "cell_type_a_list.ipynb": (with_cell(cell_type=["code"]), "odd_type"),
    "half_a_surrogate_pair.ipynb": (file().replace(b"x = 1", b"x = '\\ud800'"), "odd_text"),
    "zero_character.ipynb": (file().replace(b"x = 1", b"x = '\\u0000'"), "odd_text"),
}


@pytest.mark.parametrize(("data", "kind"), NOTED.values(), ids=NOTED)
def test_read_all_the_same_and_noted(data: bytes, kind: str) -> None:
    made, events = read_notebook(data)
    assert [event.kind for event in events] == [kind]
    assert made.cells[-1].source == "# Été\ntwo lines"
    nbformat.validate(made)
    nbformat.writes(made).encode("utf-8")


SILENT = {
    "sound.ipynb": file(),
    "metadata_missing.ipynb": file(metadata=...),
    "metadata_a_list.ipynb": file(metadata=[]),
    "kernelspec_a_string.ipynb": file(metadata={"kernelspec": "python3"}),
    "environment_kernel.ipynb": file(
        metadata={"kernelspec": {"name": "conda-env-ml-py", "language": "python"}}
    ),
    "no_minor_format.ipynb": file(nbformat_minor=...),
    "cell_metadata_missing.ipynb": with_cell(metadata=...),
    "cell_metadata_a_list.ipynb": with_cell(metadata=[1]),
    "nbgrader_a_string.ipynb": with_cell(metadata={"nbgrader": "x", "tags": "y"}),
    "cell_without_id.ipynb": with_cell(id=...),
    "id_with_a_path.ipynb": with_cell(id="../../x"),
    "id_a_list.ipynb": with_cell(id=[1]),
    "outputs_a_number.ipynb": with_cell(outputs=3),
}


@pytest.mark.parametrize("data", SILENT.values(), ids=SILENT)
def test_what_does_not_matter_is_not_mentioned(data: bytes) -> None:
    made, events = read_notebook(data)
    assert events == []
    assert [cell.source for cell in made.cells] == ["x = 1", "# Été\ntwo lines"]
    nbformat.validate(made)


def test_what_a_cell_keeps() -> None:
    nbgrader = {"grade_id": "f", "points": 3, "deep": {"a": [1]}}
    metadata = {"nbgrader": nbgrader, "tags": ["a", 1, "b"], "secret": "gone"}
    shown = {"output_type": "display_data", "data": {"text/html": "<script>"}, "metadata": {}}
    code = CODE | {"metadata": metadata, "outputs": [shown], "execution_count": 7}
    text = TEXT | {"attachments": {"a.png": {"image/png": "AAAA"}}}
    first, second = read_notebook(file(cells=[code, text]))[0].cells
    assert first.metadata == {"nbgrader": {"grade_id": "f", "points": 3}, "tags": ["a", "b"]}
    assert first.outputs == [] and first.execution_count is None
    assert second.attachments == {}


def test_an_old_notebook_is_converted_the_same_way_each_time() -> None:
    cells = [
        {
            "cell_type": "code",
            "input": ["x = 1\n", "y = 2"],
            "language": "python",
            "outputs": [],
            "metadata": {},
        },
        {"cell_type": "heading", "level": 2, "source": "Title", "metadata": {}},
    ]
    data = json.dumps(
        {"nbformat": 3, "nbformat_minor": 0, "metadata": {"name": ""}, "worksheets": [{"cells": cells}]}
    ).encode()
    made, events = read_notebook(data)
    assert [(cell.cell_type, cell.source) for cell in made.cells] == [
        ("code", "x = 1\ny = 2"),
        ("markdown", "## Title"),
    ]
    assert [(event.kind, event.severity) for event in events] == [("old_format", "info")]
    assert read_notebook(data)[0] == made


def test_the_id_that_colab_moves_to_the_metadata_is_found() -> None:
    made, _ = read_notebook(with_cell(id=..., metadata={"id": "zero_pad", "colab": {}}))
    assert made.cells[0].id == "zero_pad"


def test_ids_that_clash_are_replaced_the_same_way_each_time() -> None:
    taken = CODE | {"id": "submitted-003"}
    data = file(cells=[CODE, taken, CODE, CODE | {"id": None}])
    ids = [cell.id for cell in read_notebook(data)[0].cells]
    assert ids[:2] == ["a", "submitted-003"] and len(set(ids)) == 4
    assert ids == [cell.id for cell in read_notebook(data)[0].cells]


def test_brackets_and_quotes_inside_strings_are_not_depth() -> None:
    made, events = read_notebook(with_cell(source='"[{' * 5000 + '\\" \\\\'))
    assert events == [] and made.cells[0].source.endswith('\\" \\\\')


def test_a_hostile_file_is_refused_quickly() -> None:
    begun = time.monotonic()
    for data in (b'{"' + b'\\"' * 5_000_000, b'"' * 10_000_000, b"[]" * 5_000_000, b'{"a":1,' * 1_000_000):
        with pytest.raises(IntakeError):
            read_notebook(data)
    assert time.monotonic() - begun < 15


def test_limits_are_those_given() -> None:
    assert read_notebook(file(cells=[CODE] * 2), IntakeLimits(cells=2))[0].cells
    with pytest.raises(IntakeError, match="3 cells: at most 2"):
        read_notebook(file(cells=[CODE] * 3), IntakeLimits(cells=2))


def test_names_are_shown_escaped_and_short() -> None:
    assert show("a\x1b[31m\n\u202e") == r"'a\x1b[31m\n\u202e'"
    assert show(b"\xff".decode("utf-8", "surrogateescape")) == r"'\udcff'"
    assert len(show("x" * 10_000)) < 70


def weights(header: Any, body: bytes = b"", length: int | None = None) -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + body


def tensor(**changes: Any) -> dict[str, Any]:
    return {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]} | changes


SOUND_WEIGHTS = {
    "one.safetensors": weights({"a": tensor()}, bytes(24)),
    "padded_and_described.safetensors": weights(
        json.dumps({"__metadata__": {"format": "pt"}, "a": tensor()}).encode() + b"    ", bytes(24)
    ),
    "in_another_order.safetensors": weights(
        {"b": tensor(data_offsets=[24, 48]), "a": tensor(), "none": tensor(shape=[0], data_offsets=[24, 24])},
        bytes(48),
    ),
    "a_number.safetensors": weights({"n": tensor(dtype="I64", shape=[], data_offsets=[0, 8])}, bytes(8)),
    "nothing.safetensors": weights({}),
}


@pytest.mark.parametrize("data", SOUND_WEIGHTS.values(), ids=SOUND_WEIGHTS)
def test_sound_weights_are_taken_as_safetensors_takes_them(data: bytes) -> None:
    check_weights("work/lines/line.safetensors", data)
    assert safetensors.deserialize(data) is not None


def two(first: list[int], second: list[int], size: int = 48) -> bytes:
    return weights({"a": tensor(data_offsets=first), "b": tensor(data_offsets=second)}, bytes(size))


BAD_WEIGHTS = {
    "empty.safetensors": b"",
    "seven_bytes.safetensors": b"\0" * 7,
    "no_header.safetensors": b"\0" * 8,
    "text.safetensors": b"I could not do it, sorry",
    "pickle.safetensors": b"\x80\x04\x95" + bytes(50),
    "zip_of_torch_save.safetensors": b"PK\x03\x04" + bytes(500),
    "header_of_gigabytes.safetensors": weights(b"{}", length=2**33),
    "header_of_the_longest_length.safetensors": weights(b"{}", length=2**64 - 1),
    "header_past_the_end.safetensors": weights(b"{}", length=3),
    "header_of_two_megabytes.safetensors": weights(
        json.dumps({"__metadata__": {"a": "x" * 2_000_000}}).encode()
    ),
    "header_of_other_text.safetensors": weights(b'{"a": '),
    "header_of_zero_bytes.safetensors": weights(bytes(20)),
    "header_not_utf_8.safetensors": weights(b'{"\xff": 1}'),
    "header_a_list.safetensors": weights([tensor()], bytes(24)),
    "header_nested.safetensors": weights(b"[" * 900_000),
    "header_of_long_numbers.safetensors": weights(b'{"a": ' + b"9" * 900_000 + b"}"),
    "tensor_a_number.safetensors": weights({"a": 1}),
    "tensor_without_a_type.safetensors": weights({"a": {"shape": [], "data_offsets": [0, 4]}}, bytes(4)),
    "type_unknown.safetensors": weights({"a": tensor(dtype="F31")}, bytes(24)),
    "type_a_list.safetensors": weights({"a": tensor(dtype=["F32"])}, bytes(24)),
    "shape_a_number.safetensors": weights({"a": tensor(shape=6)}, bytes(24)),
    "shape_of_texts.safetensors": weights({"a": tensor(shape=["2", "3"])}, bytes(24)),
    "shape_of_fractions.safetensors": weights({"a": tensor(shape=[2.0, 3.0])}, bytes(24)),
    "shape_of_bools.safetensors": weights({"a": tensor(shape=[True, 6])}, bytes(24)),
    "shape_negative.safetensors": weights({"a": tensor(shape=[-2, -3])}, bytes(24)),
    "shape_of_ten_axes.safetensors": weights({"a": tensor(shape=[1] * 8 + [2, 3])}, bytes(24)),
    "shape_of_gigabytes.safetensors": weights({"a": tensor(shape=[2**31, 3])}, bytes(24)),
    "place_of_gigabytes.safetensors": weights(
        {"a": tensor(shape=[2**30, 6], data_offsets=[0, 24 * 2**30])}, bytes(24)
    ),
    "three_offsets.safetensors": weights({"a": tensor(data_offsets=[0, 24, 24])}, bytes(24)),
    "offsets_reversed.safetensors": weights({"a": tensor(data_offsets=[24, 0])}, bytes(24)),
    "shorter_than_its_shape.safetensors": weights({"a": tensor(data_offsets=[0, 20])}, bytes(20)),
    "cut_short.safetensors": weights({"a": tensor()}, bytes(23)),
    "something_behind.safetensors": weights({"a": tensor()}, bytes(25)),
    "a_gap.safetensors": two([0, 24], [28, 52], 52),
    "overlap.safetensors": two([0, 24], [20, 44], 44),
    "the_same_place_twice.safetensors": two([0, 24], [0, 24], 24),
    "not_from_the_start.safetensors": two([4, 28], [28, 52], 52),
}


@pytest.mark.parametrize("data", BAD_WEIGHTS.values(), ids=BAD_WEIGHTS)
def test_bad_weights_are_refused_with_one_line(data: bytes) -> None:
    begun = time.monotonic()
    with pytest.raises(IntakeError) as refused:
        check_weights("work/lines/line.safetensors", data)
    event = refused.value.event
    assert (event.kind, event.severity, event.cell) == ("bad_checkpoint", "warning", None)
    assert event.message == (
        "'work/lines/line.safetensors' is not a file of weights (safetensors), or a damaged one: not taken. "
        "It has to be handed in again."
    )
    assert time.monotonic() - begun < 5
