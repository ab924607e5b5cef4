"""Folders of data files: where they are looked for, and where this package may write them."""

from __future__ import annotations

import os
from pathlib import Path

from lava_intsnn.data.errors import DataError

#: Names the folder with the user's data files.
ENVIRONMENT = "LAVA_INTSNN_DATA"

#: Names the folder for downloads and prepared arrays, in place of the user's cache.
CACHE_ENVIRONMENT = "LAVA_INTSNN_CACHE"


def cache_dir() -> Path:
    """Return the folder for downloads and prepared arrays; it need not exist."""
    named = os.environ.get(CACHE_ENVIRONMENT)
    if named:
        return Path(named).expanduser()
    import pooch  # imports requests

    return Path(pooch.os_cache("lava_intsnn"))


def check_data_dir(root: Path) -> None:
    """Raise :class:`DataError` unless ``root`` is a folder."""
    if not root.is_dir():
        raise DataError(
            f"the data directory {root} is not a folder; give an existing one with --data-dir, "
            f"data_dir= or {ENVIRONMENT}"
        )


def one_line(error: Exception) -> str:
    """Shorten a download error to one line, since requests quotes whole connection pools."""
    text = " ".join(str(error).split()) or type(error).__name__
    return f"{type(error).__name__}: {text[:120]}{'...' if len(text) > 120 else ''}"
