"""Where compiled kernels are kept, so that only a first run waits for the compiler.

numba keeps them beside the source or in the home folder, and refuses to import a kernel where it
can write neither: in a container with a read-only installation, say.
"""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
import warnings
from functools import lru_cache
from typing import Any

import numba

config: Any = numba.config  # has attributes that mypy cannot see


def kept(function: Any, **options: Any) -> Any:
    """Compile ``function`` with ``njit(**options)`` when it is called, and keep the result."""
    with contextlib.suppress(RuntimeError):  # no place can be written
        return numba.njit(cache=True, **options)(function)
    folder = _temporary_folder()
    if folder is not None:
        chosen, config.CACHE_DIR = config.CACHE_DIR, folder
        try:
            with contextlib.suppress(RuntimeError):  # the disk is full
                return numba.njit(cache=True, **options)(function)
        finally:
            config.CACHE_DIR = chosen  # the program's own kernels are its own affair
    return numba.njit(**options)(function)


@lru_cache(maxsize=1)
def _temporary_folder() -> str | None:
    """Say once that no usual place can be written; return another one, or None."""
    folder = None
    with contextlib.suppress(OSError):
        name = os.path.join(tempfile.gettempdir(), f"lava_intsnn-{os.getuid()}")
        with contextlib.suppress(FileExistsError):
            os.mkdir(name, 0o700)
        found = os.lstat(name)
        # What is in it will be executed: nobody else may have put it there.
        alone = found.st_uid == os.getuid() and not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
        if stat.S_ISDIR(found.st_mode) and alone and os.access(name, os.W_OK | os.X_OK):
            folder = name
    where = "are compiled anew by every process" if folder is None else f"are kept in {folder}"
    warnings.warn(
        "neither the installation nor the home folder can be written, so compiled kernels "
        f"{where}; set NUMBA_CACHE_DIR to a folder that can be written",
        RuntimeWarning,
        stacklevel=4,
    )
    return folder
