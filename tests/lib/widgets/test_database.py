import base64
import doctest
import io
import re
import time

import numpy as np
import pytest
import torch
from PIL import Image

from cnnkit.widgets import database, face_database

NAMES = ["Ann", "Ann", "Ben", "Ben", "O'Neil", "O'Neil"]
ANGLES = torch.tensor([0.0, 0.3, 1.5, 1.0, 2.2, 2.5])  # of the encodings, on the unit circle
PICTURES = (torch.arange(6) / 5)[:, None, None, None].expand(6, 1, 4, 3)
CODES = torch.stack([ANGLES.cos(), ANGLES.sin()], 1)


class Hand:
    def __init__(self, tau=0.7, pictures=PICTURES, names=NAMES, encode=lambda x: CODES):
        first, second, self.shown = face_database(pictures, names, encode, tau).children
        self.picture, self.enrol, self.forget = first.children
        self.probe, self.tau = second.children

    @property
    def words(self):
        found = re.search("<p role='status'>(.*?)</p>", self.shown.value).group(1)
        return found.replace("&#x27;", "'")

    @property
    def entries(self):
        found = re.findall("<figcaption>(.*?)</figcaption>", self.shown.value)
        return [one.replace("&#x27;", "'") for one in found[1:]]

    def drawn(self):
        """The brightness of each picture, the probe first."""
        found = re.findall(r"base64,([^']+)'", self.shown.value)
        return [int(np.array(Image.open(io.BytesIO(base64.b64decode(one)))).mean()) for one in found]


def between(one, other):
    return float((CODES[one] - CODES[other]).norm())


def test_the_example_in_the_docstring():
    assert doctest.testmod(database).failed == 0


def test_at_first_all_but_the_last_are_enrolled():
    hand = Hand()
    assert hand.words == (
        f"The nearest is Ann, at a distance of {between(1, 0):.3f}, within tau. It is Ann. That is right: the probe "
        "shows Ann."
    )
    assert hand.entries == [f"Ann, {between(1, 0):.3f}", f"Ben, {between(1, 2):.3f}"]
    assert hand.drawn() == [51, 0, 102]
    assert hand.shown.value.count("outline:3px") == 1


@pytest.mark.parametrize(
    ("probe", "tau", "verdict"),
    [
        (3, 0.5, "Ben, at a distance of 0.495, within tau. It is Ben. That is right: the probe shows Ben."),
        (3, 0.45, "Ben, at a distance of 0.495, beyond tau. Not in the database. That is wrong: the probe shows Ben, "
         "who is enrolled."),
        (4, 0.65, "Ben, at a distance of 0.686, beyond tau. Not in the database. That is right: the probe shows "
         "O'Neil."),
        (4, 0.7, "Ben, at a distance of 0.686, within tau. It is Ben. That is wrong: the probe shows O'Neil, who is "
         "not enrolled."),
    ],
)  # fmt: skip
def test_the_verdict_and_whether_it_is_right(probe, tau, verdict):
    hand = Hand()
    hand.probe.value, hand.tau.value = probe, tau
    assert hand.words == f"The nearest is {verdict}"
    assert hand.drawn()[0] == 51 * probe


def test_somebody_else_is_nearest():
    hand = Hand()
    hand.picture.value = 5
    hand.enrol.click()
    hand.picture.value = 2
    hand.forget.click()
    hand.probe.value = 3
    hand.tau.value = 1.0
    assert hand.words.endswith("It is Ann. That is wrong: the probe shows Ben, who is not enrolled.")
    hand.picture.value = 4
    hand.enrol.click()
    hand.probe.value, hand.tau.value = 2, 0.7
    hand.picture.value = 3
    hand.enrol.click()
    assert hand.words.endswith("It is Ben. That is right: the probe shows Ben.")
    hand.picture.value = 3
    hand.forget.click()
    assert hand.words.endswith("It is O'Neil. That is wrong: the probe shows Ben, who is not enrolled.")


def test_a_person_has_one_entry_the_last():
    hand = Hand()
    hand.picture.value = 1
    hand.enrol.click()
    assert hand.entries[0] == "Ann, 0.000" and len(hand.entries) == 2


def test_nobody_is_found_in_an_empty_database():
    hand = Hand()
    for one in (0, 1, 2, 4):
        hand.picture.value = one
        hand.forget.click()
    assert hand.words == "The database is empty. Not in the database. That is right: the probe shows Ann."
    assert hand.entries == []


def test_a_distance_of_tau_is_within():
    hand = Hand(1.0, PICTURES[:2], ["Ann", "Ben"], lambda x: torch.eye(2)[:, :1])
    assert hand.words.endswith("It is Ann. That is wrong: the probe shows Ben, who is not enrolled.")
    hand.tau.value = 0.999
    assert hand.words.endswith("Not in the database. That is right: the probe shows Ben.")


def test_a_single_picture_in_colour():
    hand = Hand(0.7, torch.rand(1, 3, 8, 6), ["Ann"], lambda x: x.mean((2, 3)))
    assert hand.entries == ["Ann, 0.000"]


def test_the_network_is_asked_once_and_without_gradient():
    asked, layer = [], torch.nn.Linear(12, 2)

    def encode(x):
        asked.append(len(x))
        return layer(x.flatten(1))

    hand = Hand(encode=encode)
    hand.probe.value = 4
    hand.enrol.click()
    assert asked == [6]


def test_a_move_takes_less_than_a_tenth_of_a_second():
    names = [f"person {i // 2}" for i in range(60)]
    hand = Hand(0.7, torch.rand(60, 3, 96, 96), names, lambda x: x.flatten(1)[:, :128])
    start = time.process_time()
    for i in range(5):
        hand.probe.value = 2 * i
    assert (time.process_time() - start) / 5 < 0.1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            (PICTURES[0], NAMES, None),
            "pictures should be (N, 1 or 3, H, W) with N names, and are (1, 4, 3) with 6",
        ),
        (
            (PICTURES, NAMES[:5], None),
            "pictures should be (N, 1 or 3, H, W) with N names, and are (6, 1, 4, 3) with 5",
        ),
        (
            (PICTURES[:0], [], None),
            "pictures should be (N, 1 or 3, H, W) with N names, and are (0, 1, 4, 3) with 0",
        ),
        ((PICTURES, NAMES, lambda x: CODES[:5]), "encode should give the shape (6, D), and gave (5, 2)"),
        ((PICTURES, NAMES, lambda x: CODES, 2.5), "tau should be from 0 to 2, and is 2.5"),
    ],
)
def test_what_does_not_fit_is_named(arguments, message):
    with pytest.raises(ValueError) as error:
        face_database(*arguments)
    assert str(error.value) == message
