"""Lazy loading of a package's public names."""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from lava_intsnn.nearest_name import suggestion


def public_names(init: str) -> dict[str, str]:
    """Return the public names of a package, each with the module it is imported from.

    Parameters
    ----------
    init : str
        The ``__file__`` of the package. Its public names are those it imports under
        ``if TYPE_CHECKING``, which type checkers and readers see, too.
    """
    return {
        alias.name: node.module
        for block in ast.parse(Path(init).read_bytes()).body
        if isinstance(block, ast.If)
        for node in block.body
        if isinstance(node, ast.ImportFrom) and node.module
        for alias in node.names
    }


def loader(
    package: str, home: dict[str, str]
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """Return the ``__getattr__`` and the ``__dir__`` of ``package``.

    Parameters
    ----------
    package : str
        Its ``__name__``.
    home : dict
        See :func:`public_names`. A name imported from ``package`` itself is a public module.
    """

    def load(name: str) -> Any:
        if name not in home:
            raise AttributeError(
                f"module {package!r} has no attribute {name!r}{suggestion(name, home)}"
            )
        if home[name] == package:
            return import_module(f"{package}.{name}")
        value = getattr(import_module(home[name]), name)
        setattr(sys.modules[package], name, value)
        return value

    def names() -> list[str]:
        return sorted({*vars(sys.modules[package]), *home})

    return load, names
