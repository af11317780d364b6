"""Training and loading: the same weights each time, and from a file that was handed in nothing but weights."""

import json
import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save
from torch import nn

import cnnkit
from cnnkit.training import LARGEST, train_or_load, trained_before

PATH = "work/lines/line.safetensors"
FILE, REFERENCE = Path(PATH), Path("reference/lines/line.safetensors")
STATE = {"weight": torch.tensor([[1.0, 2.0]]), "bias": torch.tensor([3.0])}


@pytest.fixture(autouse=True)
def beside_a_notebook(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("CNNKIT_GRADING", "CNNKIT_QUICK", "CNNKIT_REFERENCE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def graded(monkeypatch):
    monkeypatch.setenv("CNNKIT_GRADING", "1")


@pytest.fixture
def in_a_hurry(monkeypatch):
    monkeypatch.setenv("CNNKIT_QUICK", "1")


def build() -> nn.Linear:
    return nn.Linear(2, 1)


def fit(model: nn.Linear) -> None:
    """A few steps on random data, dropout among them: all of it from the seed."""
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for _ in range(3):
        optimizer.zero_grad()
        model(nn.functional.dropout(torch.randn(8, 2))).square().mean().backward()
        optimizer.step()


def never(_: nn.Module) -> None:
    raise AssertionError("it was trained")


def put(content: bytes, file: Path = FILE) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)


def same(a, b) -> bool:
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)


def test_a_full_run_trains_saves_and_gives_the_model_for_use():
    trained = []
    model = train_or_load(build, lambda m: (fit(m), trained.append(m)), PATH)
    assert trained == [model] and not model.training
    assert same(load_file(FILE), model.state_dict())
    assert [path.name for path in FILE.parent.iterdir()] == [FILE.name]


def test_every_full_run_trains_anew_and_from_the_same_seed():
    first = train_or_load(build, fit, PATH).state_dict()
    put(save(STATE))
    torch.rand(7)
    assert same(train_or_load(build, fit, PATH).state_dict(), first)
    assert same(load_file(FILE), first)


def test_a_run_that_is_stopped_leaves_the_file_of_the_run_before(monkeypatch):
    put(save(STATE))
    write = Path.write_bytes

    def stops_half_way(self, data):
        write(self, data[: len(data) // 2])
        raise OSError("disk full")

    monkeypatch.setattr(Path, "write_bytes", stops_half_way)
    with pytest.raises(OSError, match="disk full"):
        train_or_load(build, fit, PATH)
    assert same(load_file(FILE), STATE)


def test_graded_it_loads_what_was_handed_in_and_trains_nothing(graded, in_a_hurry):
    put(save(STATE))
    put(b"of no use", REFERENCE)
    model = train_or_load(build, never, PATH)
    assert same(model.state_dict(), STATE) and not model.training


def test_what_was_saved_is_what_is_graded(monkeypatch):
    class Tied(nn.Module):
        """Shared weights, a transposed one, a buffer of whole numbers: all of it has to come back."""

        def __init__(self):
            super().__init__()
            self.a = nn.Linear(3, 3)
            self.b = nn.Linear(3, 3)
            self.b.weight = self.a.weight
            self.c = nn.Parameter(torch.randn(2, 3).T)
            self.norm = nn.BatchNorm1d(3)

    saved = train_or_load(Tied, lambda m: m.norm(torch.randn(4, 3)), PATH).state_dict()
    monkeypatch.setenv("CNNKIT_GRADING", "1")
    assert same(train_or_load(Tied, never, PATH).state_dict(), saved)
    assert saved["norm.num_batches_tracked"] == 1


def test_graded_without_a_file_it_says_so(graded):
    put(save(STATE), REFERENCE)
    with pytest.raises(FileNotFoundError) as missing:
        train_or_load(build, never, PATH)
    assert str(missing.value) == (
        "no checkpoint handed in: there is no readable work/lines/line.safetensors beside the notebook. Run the cell "
        "that trains the model, and hand in the folder work with the notebook."
    )


def test_a_quick_run_starts_from_the_reference_and_saves_nothing(in_a_hurry):
    put(save(STATE), REFERENCE)
    assert same(train_or_load(build, never, PATH).state_dict(), STATE)
    assert not FILE.exists()


def test_the_references_may_lie_in_another_folder_that_graded_notebooks_do_not_look_at(
    in_a_hurry, monkeypatch
):
    put(save(STATE), Path("kept/lines/line.safetensors"))
    monkeypatch.setenv("CNNKIT_REFERENCE", "kept")
    assert same(train_or_load(build, never, PATH).state_dict(), STATE)
    monkeypatch.setenv("CNNKIT_GRADING", "1")
    with pytest.raises(FileNotFoundError, match="no checkpoint handed in"):
        train_or_load(build, never, PATH)


def test_what_another_lesson_trained_is_loaded_the_reference_before_ones_own(monkeypatch):
    assert trained_before(build, PATH) is None
    put(save(STATE))
    model = trained_before(build, PATH)
    assert same(model.state_dict(), STATE) and not model.training
    kept = {name: 2 * value for name, value in STATE.items()}
    put(save(kept), Path("kept/lines/line.safetensors"))
    monkeypatch.setenv("CNNKIT_REFERENCE", "kept")
    assert same(trained_before(build, PATH).state_dict(), kept)
    assert same(load_file(FILE), STATE)


@pytest.mark.parametrize("content", [save({"weight": torch.zeros(1, 2)}), b"no weights"])
def test_other_weights_of_another_lesson_are_refused_with_a_way_on(content):
    put(content)
    with pytest.raises(ValueError, match=f"{PATH}.*To go on without it, move it to another folder"):
        trained_before(build, PATH)


def test_a_quick_run_without_a_reference_trains_and_keeps_what_a_full_run_saved(in_a_hurry):
    put(save(STATE))
    assert not same(train_or_load(build, fit, PATH).state_dict(), STATE)
    assert same(load_file(FILE), STATE)


def with_header(header: object, body: bytes = b"") -> bytes:
    text = json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + body


class Bomb:
    """What a pickle may do when it is read."""

    def __reduce__(self):
        return os.mkdir, ("opened",)


def put_pickle(how: Callable) -> Callable:
    def prepare() -> None:
        put(b"")
        with FILE.open("wb") as file:
            how(Bomb(), file)

    return prepare


def put_sparse() -> None:
    put(b"")
    os.truncate(FILE, 2**30)


WHOLE = save(STATE)
CLAIM = {"weight": {"dtype": "F32", "shape": [1, 2], "data_offsets": [0, 8]}}
WRONG: dict[str, tuple[Callable[[], object], str]] = {
    "empty": (lambda: put(b""), "is not a safetensors file, or a damaged one (0 bytes; "),
    "text": (
        lambda: put(b"I could not do it, sorry"),
        "is not a safetensors file, or a damaged one (24 bytes; ",
    ),
    "truncated": (lambda: put(WHOLE[:-1]), "is not a safetensors file, or a damaged one ("),
    "too_long": (lambda: put(WHOLE + b"x"), "is not a safetensors file, or a damaged one ("),
    "header_of_gigabytes": (
        lambda: put(b"\0\0\0\0\4\0\0\0{}"),
        "is not a safetensors file, or a damaged one (",
    ),
    "tensor_of_gigabytes": (
        lambda: put(with_header({"weight": CLAIM["weight"] | {"shape": [2**31, 2]}}, bytes(8))),
        "is not a safetensors file, or a damaged one (",
    ),
    "unknown_type": (
        lambda: put(with_header({"weight": CLAIM["weight"] | {"dtype": "F7"}}, bytes(8))),
        "is not a safetensors file, or a damaged one (",
    ),
    "type_that_torch_lacks": (
        lambda: put(with_header({"a": {"dtype": "F6_E3M2", "shape": [4], "data_offsets": [0, 3]}}, bytes(3))),
        "is not a safetensors file, or a damaged one (",
    ),
    "pickle": (
        put_pickle(pickle.dump),
        "was made by torch.save: such a file can run code, and is never read (",
    ),
    "torch_save": (
        put_pickle(torch.save),
        "was made by torch.save: such a file can run code, and is never read (",
    ),
    "old_torch_save": (
        put_pickle(lambda x, f: torch.save(x, f, _use_new_zipfile_serialization=False)),
        "was made by torch.save: such a file can run code, and is never read (",
    ),
    "directory": (lambda: FILE.mkdir(parents=True), "is not a file."),
    "pipe": (lambda: (FILE.parent.mkdir(parents=True), os.mkfifo(FILE)), "is not a file."),
    "sparse_gigabyte": (put_sparse, "has 1074 MB, where at most 30 MB are allowed."),
    "shape": (
        lambda: put(save(STATE | {"weight": torch.zeros(2, 1)})),
        "holds the weights of another model: weight is float32 of shape (2, 1) and should be float32 of shape (1, 2).",
    ),
    "dtype": (
        lambda: put(save(STATE | {"bias": torch.zeros(1, dtype=torch.float64)})),
        "holds the weights of another model: bias is float64 of shape (1,) and should be float32 of shape (1,).",
    ),
    "names": (
        lambda: put(save({"weight": STATE["weight"], "b": STATE["bias"]})),
        "holds the weights of another model: it lacks bias; it has b, which this model lacks.",
    ),
    "one_name_more": (
        lambda: put(save(STATE | {"x" * 200: torch.zeros(1)})),
        f"holds the weights of another model: it has {'x' * 80}, which this model lacks.",
    ),
    "no_tensors": (
        lambda: put(save({})),
        "holds the weights of another model: it lacks bias; it lacks weight.",
    ),
}


@pytest.mark.parametrize(("prepare", "sentence"), WRONG.values(), ids=WRONG)
def test_a_wrong_file_has_its_sentence_and_costs_no_memory(graded, little_memory, prepare, sentence):
    prepare()
    with pytest.raises(ValueError) as wrong:
        train_or_load(build, never, PATH)
    text = str(wrong.value)
    assert text.startswith(f"{PATH} {sentence}"), text
    assert (
        text.endswith(" Run the cell that trains the model again: it saves a new file.") and len(text) < 400
    )
    assert not Path("opened").exists()


def test_a_wrong_reference_is_named(in_a_hurry):
    put(b"", REFERENCE)
    with pytest.raises(ValueError, match=r"^reference/lines/line\.safetensors is not a safetensors file"):
        train_or_load(build, never, PATH)


@pytest.mark.parametrize("length", range(120, 1400, 8))
def test_a_sound_file_whose_first_bytes_look_like_a_pickles_is_read(graded, length):
    header = json.loads(WHOLE[8 : 8 + int.from_bytes(WHOLE[:8], "little")])
    body = WHOLE[8 + int.from_bytes(WHOLE[:8], "little") :]
    text = json.dumps(header, separators=(",", ":")).ljust(length).encode()
    put(len(text).to_bytes(8, "little") + text + body)
    assert same(train_or_load(build, never, PATH).state_dict(), STATE)


@pytest.mark.parametrize(
    "path", ["line.safetensors", "work/line.safetensors", "/work/lines/line.safetensors", "work/lines/line.pt",
             "reference/lines/line.safetensors"],
)  # fmt: skip
def test_a_path_of_another_form_is_refused(path):
    with pytest.raises(ValueError, match=r"expected a path like work/LESSON/NAME\.safetensors, got "):
        train_or_load(build, never, path)


def test_what_build_gives_has_to_be_a_model_that_can_be_handed_in():
    with pytest.raises(TypeError, match=r"expected build\(\) to return a torch module, got NoneType"):
        train_or_load(lambda: None, never, PATH)
    with pytest.raises(
        ValueError, match="the weights of the model take 36 MB, where at most 30 MB are allowed"
    ):
        train_or_load(lambda: nn.Linear(9_000_000, 1, bias=False), never, PATH)
    assert LARGEST == 30_000_000


def test_the_model_stays_where_build_made_it(graded):
    put(save(STATE))
    built = build()
    place = built.weight.data_ptr()
    model = train_or_load(lambda: built, never, PATH)
    assert model is built and model.weight.data_ptr() == place and model.weight.requires_grad


def test_importing_cnnkit_does_not_import_torch():
    code = "import sys, cnnkit; cnnkit.quick(); assert 'torch' not in sys.modules\n"
    code += "cnnkit.train_or_load; assert 'torch' in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
    assert cnnkit.train_or_load is train_or_load
    with pytest.raises(AttributeError, match="module 'cnnkit' has no attribute 'nothing'"):
        cnnkit.nothing  # noqa: B018
