"""Packages whose public names are loaded when first used."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def loader(package: str, home: Mapping[str, str | None]) -> Callable[[str], Any]:
    """Return the ``__getattr__`` of ``package``.

    Parameters
    ----------
    package : str
        Its ``__name__``.
    home : mapping
        Public name -> the module within ``package`` that defines it. Each leading dot goes up one
        package; None marks a public module.
    """

    def load(name: str) -> Any:
        if name not in home:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        module = home[name]
        if module is None:
            return import_module(f".{name}", package)
        value = getattr(import_module(f".{module}", package), name)
        setattr(sys.modules[package], name, value)
        return value

    return load
