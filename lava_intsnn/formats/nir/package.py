"""Import of the package ``nir`` when it is needed."""

from __future__ import annotations

from types import ModuleType


def nir_package() -> ModuleType:
    """Return the module ``nir``.

    Raises
    ------
    ImportError
        Without it, naming the extra.
    """
    try:
        import nir
    except ImportError as error:
        raise ImportError(
            'NIR files need the package nir: pip install "lava-intsnn[nir]"'
        ) from error
    return nir
