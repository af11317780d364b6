"""Checks of what a learner passes to a generator of data: numbers that are whole, or a share from 0 to 1."""

import numbers


def whole(name: str, value: object, low: int, high: int | None = None) -> int:
    """A whole number within its limits.

    Args:
        name: what the error calls it.
        value: what was passed.
        low: the smallest that is allowed.
        high: the largest that is allowed; left out, there is none.

    Returns:
        The value, as an int.

    Raises:
        TypeError: it is no whole number.
        ValueError: it is out of its limits.

    Example:
        >>> whole("size", 64, 24, 256)
        64
    """
    if isinstance(value, bool) or not isinstance(value, numbers.Integral):
        raise TypeError(f"{name} must be a whole number, got {value!r} of type {type(value).__name__}")
    number = int(value)
    if number < low or (high is not None and number > high):
        limits = f"from {low} to {high}" if high is not None else f"at least {low}"
        raise ValueError(f"{name} must be {limits}, got {value!r}")
    return number


def share(name: str, value: object) -> float:
    """A number from 0 to 1.

    Args:
        name: what the error calls it.
        value: what was passed.

    Returns:
        The value, as a float.

    Raises:
        TypeError: it is no number.
        ValueError: it is below 0 or above 1, or not a number at all.

    Example:
        >>> share("noise", 0.5)
        0.5
    """
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise TypeError(f"{name} must be a number from 0 to 1, got {value!r} of type {type(value).__name__}")
    number = float(value)
    if not 0 <= number <= 1:
        raise ValueError(f"{name} must be from 0 to 1, got {value!r}")
    return number
