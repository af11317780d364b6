"""Data for the lessons: what comes with installed packages, and, by name, what the internet has.

SOURCES.md, in this folder, says where each item comes from, under which licence, and what to know about it.
"""

from cnnkit.data.errors import CacheError, ChecksumError, DataError, DiskFullError, NetworkError
from cnnkit.data.fetching import SETS, cache_folder, fetch, fetched
from cnnkit.data.images import (
    PHOTOS,
    TEXTURES,
    digits,
    face_crops,
    painting,
    photo,
    photos,
    small_digits,
    textures,
)
from cnnkit.data.names import class_names
from cnnkit.data.own import own_photo
from cnnkit.data.recordings import Electrocardiogram, ct_slice, ecg

__all__ = [
    "PHOTOS",
    "SETS",
    "TEXTURES",
    "CacheError",
    "ChecksumError",
    "DataError",
    "DiskFullError",
    "Electrocardiogram",
    "NetworkError",
    "cache_folder",
    "class_names",
    "ct_slice",
    "digits",
    "ecg",
    "face_crops",
    "fetch",
    "fetched",
    "own_photo",
    "painting",
    "photo",
    "photos",
    "small_digits",
    "textures",
]
