"""Portraits of people who do not exist, drawn from numbers: who it is, and how the picture was taken.

A person is 38 numbers (`Identity`); a picture of them adds pose, light, expression, glasses, background, blur and
noise (`Conditions`), which `nuisance` scales from a passport picture (0) to a snapshot in any light (1). The right
answers come with each picture, exact: who it is, five landmarks, whether the person smiles or wears glasses.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cnnkit.arguments import whole
from cnnkit.portraits.drawing import draw
from cnnkit.portraits.geometry import landmarks
from cnnkit.portraits.traits import Conditions, Identity, conditions, identity

__all__ = [
    "LANDMARKS",
    "Conditions",
    "Identity",
    "Portrait",
    "Portraits",
    "conditions",
    "identity",
    "portrait",
    "portraits",
]

LANDMARKS = ("left eye", "right eye", "nose tip", "left mouth corner", "right mouth corner")
"""The order of the landmarks; left and right are the picture's, not the person's."""


@dataclass(frozen=True)
class Portrait:
    """One picture and what is true of it.

    `image` is uint8 (size, size, 3). `landmarks` is float32 (5, 2): x and y in pixels from the picture's top left
    corner, so the middle of the first pixel is (0.5, 0.5), in the order of `LANDMARKS`; the eyes are the middles of
    their openings, and a landmark may lie outside the picture at high nuisance. `smile` is from -0.25 to 1.
    """

    image: NDArray[np.uint8]
    landmarks: NDArray[np.float32]
    identity: Identity
    conditions: Conditions

    @property
    def smiling(self) -> bool:
        """Whether the person smiles: nobody is in between."""
        return self.conditions.smile > 0.5

    @property
    def glasses(self) -> bool:
        """Whether the person wears glasses."""
        return self.conditions.glasses


@dataclass(frozen=True)
class Portraits:
    """Many portraits as arrays, N of them, person by person.

    `images` is uint8 (N, size, size, 3), `landmarks` float32 (N, 5, 2) as in `Portrait`, `people` int64 (N,) the
    numbers of the people, `smiling` and `glasses` bool (N,).
    """

    images: NDArray[np.uint8]
    landmarks: NDArray[np.float32]
    people: NDArray[np.int64]
    smiling: NDArray[np.bool_]
    glasses: NDArray[np.bool_]


def portrait(
    who: int | Identity, seed: int, size: int = 64, nuisance: float = 0.5, smiling: bool | None = None
) -> Portrait:
    """Draw one picture of a person.

    Args:
        who: the person: a number, which is the seed of `identity`, or traits of your own.
        seed: the seed of all else; the same seed gives two people the same pose, light and expression.
        size: the picture's height and width in pixels, from 24 to 256; the same picture at any size.
        nuisance: from 0 (a passport picture; only noise of about one grey level differs) to 1.
        smiling: whether the person smiles; left out, half do (fewer below a nuisance of 0.25).

    Returns:
        The picture with its landmarks and labels.

    Raises:
        TypeError: an argument has another type.
        ValueError: the size, the nuisance or a seed is out of its range.

    Example:
        >>> amber = portrait(7, seed=0)
        >>> amber.image.shape, amber.landmarks.shape
        ((64, 64, 3), (5, 2))
    """
    size, seed = whole("size", size, 24, 256), whole("seed", seed, 0)
    person = who if isinstance(who, Identity) else identity(who)
    how = conditions(seed, nuisance, smiling)
    return Portrait(draw(person, how, size, seed), landmarks(person, how, size), person, how)


def portraits(
    people: Iterable[int], each: int, seed: int, size: int = 64, nuisance: float = 0.5
) -> Portraits:
    """Draw pictures of several people.

    Args:
        people: their numbers, such as range(500); take range(500, 600) for people never seen before.
        each: how many pictures of each person.
        seed: the seed of all that is not the person.
        size: the pictures' height and width in pixels, from 24 to 256.
        nuisance: from 0 to 1, as in `portrait`.

    Returns:
        The pictures and their labels, N = people times each.

    Raises:
        TypeError: an argument has another type.
        ValueError: there are no people, or a number is out of its range.

    Example:
        >>> portraits(range(2), each=3, seed=0, size=24).people
        array([0, 0, 0, 1, 1, 1])
    """
    seed, each = whole("seed", seed, 0), whole("each", each, 1)
    if not isinstance(people, Iterable):
        raise TypeError(f"people must be several numbers, such as range(3), got {people!r}")
    numbers = [whole("a person's number", person, 0) for person in people]
    if not numbers:
        raise ValueError("people is empty: give the numbers of the people to draw, such as range(10)")
    shares = [np.random.SeedSequence([seed, person, i]) for person in numbers for i in range(each)]
    seeds = [int(each_of.generate_state(1)[0]) for each_of in shares]
    drawn = [portrait(numbers[i // each], own, size, nuisance) for i, own in enumerate(seeds)]
    return Portraits(
        np.stack([one.image for one in drawn]),
        np.stack([one.landmarks for one in drawn]),
        np.repeat(np.array(numbers, np.int64), each),
        np.array([one.smiling for one in drawn]),
        np.array([one.glasses for one in drawn]),
    )
