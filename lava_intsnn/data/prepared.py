"""Arrays that took seconds to make, kept in the user's cache for the next time.

Nothing depends on it: a file that is missing, damaged or of another source is made anew, and a
folder that cannot be written only costs those seconds.
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
    """Return where the arrays made of ``source`` belong: another content has another name.

    Parameters
    ----------
    source : path
        An existing file.
    folder : str
        Below the cache.
    tag : str
        Makes the name readable.
    version : int
        To be raised when the same source gives other arrays.
    options : str
        Whatever else the arrays depend on.
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
