"""Where compiled kernels are kept, so that only a first run waits for the compiler.

They are kept in the user's cache, in a folder for each version of this package, of Python and of
numba. Left to itself numba keeps them beside the source, where they outlive an uninstallation, and
it refuses to import a kernel where it can write neither there nor in the home folder: in a
container with a read-only installation, say.
"""

from __future__ import annotations

import contextlib
import os
import stat
import sys
import tempfile
import warnings
from functools import lru_cache
from pathlib import Path
from typing import Any

import numba

from lava_intsnn import __version__
from lava_intsnn.storage.user_cache import cache_dir

config: Any = numba.config  # has attributes that mypy cannot see

#: The versions that decide whether a kernel can be used.
_VERSIONS = f"{__version__}-{sys.implementation.cache_tag}-numba-{numba.__version__}"


def kept(function: Any, **options: Any) -> Any:
    """Compile ``function`` with ``njit(**options)`` when it is called, and keep the result."""
    chosen = config.CACHE_DIR  # NUMBA_CACHE_DIR, if the user has set it
    folder = chosen or _folder()
    if folder is not None:
        config.CACHE_DIR = folder
        try:
            with contextlib.suppress(RuntimeError):  # the disk is full
                return numba.njit(cache=True, **options)(function)
        finally:
            config.CACHE_DIR = chosen  # the program's own kernels are its own affair
    return numba.njit(**options)(function)


@lru_cache(maxsize=1)
def _folder() -> str | None:
    """Return a folder for kernels, or None. Says once if it is not the usual one."""
    usual = cache_dir() / "kernels" / _VERSIONS
    if _made(usual):
        return str(usual)
    other = Path(tempfile.gettempdir(), f"lava_intsnn-{os.getuid()}")
    folder = str(other) if _made(other) else None
    where = "are compiled anew by every process" if folder is None else f"are kept in {folder}"
    warnings.warn(
        f"the cache folder {usual} cannot be written, so compiled kernels {where}; "
        "set NUMBA_CACHE_DIR to a folder that can be written",
        RuntimeWarning,
        stacklevel=4,
    )
    return folder


def _made(folder: Path) -> bool:
    """Whether ``folder`` could be made, or was, and can be written by this user alone."""
    with contextlib.suppress(OSError):
        folder.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError):
            folder.mkdir(mode=0o700)
        found = os.lstat(folder)
        # What is in it will be executed: nobody else may have put it there.
        alone = found.st_uid == os.getuid() and not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
        return stat.S_ISDIR(found.st_mode) and alone and os.access(folder, os.W_OK | os.X_OK)
    return False
