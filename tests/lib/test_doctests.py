"""The examples in cnnkit's docstrings print what they say."""

import doctest
import importlib
import pkgutil

import pytest

import cnnkit

MODULES = [
    module.name
    for module in pkgutil.walk_packages(cnnkit.__path__, "cnnkit.")
    if module.name != "cnnkit.__main__"  # it is the command, and runs when imported
]


@pytest.mark.parametrize("name", ["cnnkit", *MODULES])
def test_examples(name):
    assert doctest.testmod(importlib.import_module(name)).failed == 0


def test_there_are_examples():
    assert sum(doctest.testmod(importlib.import_module(name)).attempted for name in MODULES) > 5
