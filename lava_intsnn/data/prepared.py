"""A cache, in the user's cache folder, of arrays that take seconds to prepare.

The cache is optional: a file that is missing, damaged or from another source is made again, and
if the folder cannot be written, only those seconds are lost.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from lava_intsnn.data.places import cache_dir
from lava_intsnn.storage import FileFormatError, container


def path_of(source: Path, *, folder: str, tag: str, version: int, options: str) -> Path:
    """Return the path of the arrays made of ``source``; it depends on the content of ``source``.

    Parameters
    ----------
    source : path
        An existing file.
    folder : str
        Below the cache.
    tag : str
        Makes the name readable.
    version : int
        Increase it if the same source gives other arrays.
    options : str
        Everything else that the arrays depend on.
    """
    stat = source.stat()
    key = f"{version} {source.resolve()} {stat.st_size} {stat.st_mtime_ns} {options}"
    digest = hashlib.sha256(key.encode()).hexdigest()[:16]
    return cache_dir() / folder / f"{source.stem}-{tag}-{digest}.npz"


def recall(path: Path, *, kind: str, version: int) -> dict[str, np.ndarray] | None:
    """Return what :func:`keep` stored, or None if that is not there or not intact."""
    if not path.is_file():
        return None
    with contextlib.suppress(FileFormatError, OSError):
        return container.read(path, kind=kind, max_version=version)[1]
    return None


def keep(path: Path, *, kind: str, version: int, arrays: Mapping[str, np.ndarray]) -> None:
    """Store ``arrays`` if the folder can be written."""
    with contextlib.suppress(FileFormatError, OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        container.write(path, kind=kind, version=version, header={}, arrays=arrays)
