"""The folder for what can be made again: downloads, prepared arrays, compiled kernels."""

from __future__ import annotations

import os
from pathlib import Path

#: Names the folder, in place of the user's cache.
ENVIRONMENT = "LAVA_INTSNN_CACHE"


def cache_dir() -> Path:
    """Return the folder; it need not exist."""
    named = os.environ.get(ENVIRONMENT)
    if named:
        return Path(named).expanduser()
    import platformdirs

    return Path(platformdirs.user_cache_dir("lava_intsnn", appauthor=False))
