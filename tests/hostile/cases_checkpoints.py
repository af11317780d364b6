"""Trained weights that are handed in: what is no checkpoint, does not fit, claims too much or lies elsewhere.

Bad weights cost the points of the model that they are for.
"""

import io
import json
import pickle
import struct

import numpy as np
from cases_classmates import GOOD, NAME
from cases_files import inside, zipped
from corpus import TRAINING, Desk, category, text_of
from safetensors.numpy import save

case = category("checkpoints", TRAINING)
BAD = "no checkpoint|not a file of weights|weights of another model|symbolic link|MB"


class Runs:
    """What runs when it is unpickled."""

    def __reduce__(self):
        return exec, ("raise SystemExit('unpickled')",)


@case("Hands in no weights at all.", says=BAD)
def weights_missing(desk: Desk) -> None:
    desk.hand_in()


@case("Hands in weights that are no safetensors file.", says=BAD)
def weights_of_noise(desk: Desk) -> None:
    desk.hand_in()
    desk.beside({NAME: bytes(range(256)) * 100})


@case("Hands in a pickle under the checkpoint's name.", says=BAD)
def weights_pickled(desk: Desk) -> None:
    desk.hand_in()
    desk.beside({NAME: pickle.dumps(Runs())})


@case("Hands in a torch file, a zip with a pickle in it, under the checkpoint's name.", says=BAD)
def weights_of_torch(desk: Desk) -> None:
    import zipfile

    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("archive/data.pkl", pickle.dumps(Runs()))
        archive.writestr("archive/version", "3")
    desk.hand_in()
    desk.beside({NAME: buffer.getvalue()})


@case("Hands in weights of other shapes.", says=BAD)
def weights_of_other_shapes(desk: Desk) -> None:
    desk.hand_in()
    desk.beside({NAME: save({"weight": np.ones((5, 5), "float32"), "bias": np.ones(5, "float32")})})


@case("Hands in weights under other names, and some too many.", says=BAD)
def weights_of_other_names(desk: Desk) -> None:
    desk.hand_in()
    desk.beside(
        {NAME: save({**GOOD, "__class__": np.ones(1, "float32"), "x" * 5_000: np.ones(1, "float32")})}
    )


@case("Hands in weights that are not numbers.")
def weights_that_are_no_numbers(desk: Desk) -> None:
    desk.hand_in()
    desk.beside({NAME: save({name: value * np.float32("nan") for name, value in GOOD.items()})})


@case("Hands in a checkpoint of four gigabytes, all of it holes.", says=BAD)
def weights_of_gigabytes(desk: Desk) -> None:
    desk.hand_in()
    desk.beside({NAME: save(GOOD)})
    with (desk.folder / NAME).open("r+b") as file:
        file.truncate(2**32)


@case("Says in the header of a checkpoint that it is followed by gigabytes.", says=BAD)
def weights_with_a_false_header(desk: Desk) -> None:
    size = 2**33
    header = json.dumps({"weight": {"dtype": "F32", "shape": [2**31, 1], "data_offsets": [0, size]}}).encode()
    desk.hand_in()
    desk.beside({NAME: struct.pack("<Q", len(header)) + header + bytes(100)})


@case("Says of the header of a checkpoint that it is itself exabytes long.", says=BAD)
def weights_with_an_endless_header(desk: Desk) -> None:
    desk.hand_in()
    desk.beside({NAME: struct.pack("<Q", 2**63 - 1) + b"{" * 100})


@case("Hands in a link to the course's secret under the checkpoint's name.", says=BAD)
def weights_linked(desk: Desk) -> None:
    desk.hand_in()
    (desk.folder / NAME).parent.mkdir(parents=True)
    (desk.folder / NAME).symlink_to("../../../../../../course of the corpus/.autograder-secret")


@case("Makes a link of the folder that the weights belong in.", says=BAD)
def weights_in_a_linked_folder(desk: Desk) -> None:
    desk.hand_in()
    (desk.folder / "work").symlink_to("/")


@case(
    "Hands in a zip whose weights have paths that lead into a classmate's folder.",
    student="weights_slipped.zip",
    says=BAD + "|leads elsewhere",
)
def weights_slipped(desk: Desk) -> None:
    place = f"{desk.week.assignment}/work/training/../../../flint/{desk.week.assignment}/{NAME}"
    members = {inside(desk): text_of(desk.notebook()), place: save(GOOD), f"/{NAME}": save(GOOD)}
    zipped(desk, members | {f"..\\{NAME}": save(GOOD)})


@case("Hands in a thousand checkpoints.", says=BAD)
def weights_in_plenty(desk: Desk) -> None:
    desk.hand_in()
    desk.beside({f"work/training/line-{number}.safetensors": save(GOOD) for number in range(1_000)})


@case("Replaces the call that loads the weights, and what it loads.")
def weights_made_up(desk: Desk) -> None:
    desk.hand_in(
        first="""
        import cnnkit
        class Model:
            def __call__(self, x): return True
            def __getattr__(self, name): return lambda *a, **k: self
        cnnkit.train_or_load = lambda *a, **k: Model()
        """
    )
