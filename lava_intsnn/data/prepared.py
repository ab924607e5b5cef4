"""A cache, in the user's cache folder, of arrays that take seconds to prepare.

The cache is optional: a file that is missing, damaged or from another source is made again, and
if the folder cannot be written, only those seconds are lost.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable
from pathlib import Path

import numpy as np

from lava_intsnn.storage import FileFormatError, container
from lava_intsnn.storage.user_cache import cache_dir


def cached(
    source: Path,
    make: Callable[[], dict[str, np.ndarray]],
    *,
    kind: str,
    tag: str,
    version: int,
    options: str,
) -> dict[str, np.ndarray]:
    """Return the arrays that ``make()`` makes of ``source``, or made of it in an earlier run.

    Parameters
    ----------
    source : path
        An existing file; the cached arrays depend on its content.
    make : callable
    kind : str
        Of the container, and its folder below the cache.
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
    path = cache_dir() / kind / f"{source.stem}-{tag}-{digest}.npz"
    if path.is_file():
        with contextlib.suppress(FileFormatError, OSError):
            return container.read(path, kind=kind, max_version=version)[1]
    arrays = make()
    with contextlib.suppress(FileFormatError, OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        container.write(path, kind=kind, version=version, header={}, arrays=arrays)
    return arrays
