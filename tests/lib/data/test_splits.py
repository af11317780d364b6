"""Parts are cut by what an image is, not by a random stream that a new NumPy may draw differently."""

import numpy as np

from cnnkit.data.splits import part, shuffled


def test_the_order_depends_on_the_keys_only():
    keys = [str(n).encode() for n in range(200)]
    order = shuffled(keys)
    assert sorted(order) == list(range(200)) and list(order) != list(range(200))
    backwards = shuffled(keys[::-1])
    assert [keys[n] for n in order] == [keys[::-1][n] for n in backwards]


def test_the_order_is_the_one_that_the_lessons_numbers_were_measured_with():
    assert list(shuffled([bytes([n]) for n in range(8)])) == [0, 6, 4, 7, 3, 2, 1, 5]


def test_the_parts_are_the_whole_and_every_class_is_cut_alike():
    images = np.random.default_rng(0).integers(0, 256, (60, 4, 4), dtype=np.uint8)
    labels = np.repeat(np.arange(3), 20)
    train, test = (part(images, labels, split, test_per_class=6) for split in ("train", "test"))
    assert list(np.bincount(train[1])) == [14] * 3 and list(np.bincount(test[1])) == [6] * 3
    together = {
        (image.tobytes(), label)
        for images, labels in (train, test)
        for image, label in zip(images, labels, strict=True)
    }
    assert together == {(image.tobytes(), label) for image, label in zip(images, labels, strict=True)}
