"""Folders of data files: where they are looked for, and where this package may write them."""

from __future__ import annotations

import contextlib
import os
import socket
import sys
from collections.abc import Callable, Iterable
from itertools import product
from pathlib import Path
from typing import Any, TypeVar

from lava_intsnn.data.errors import DataError
from lava_intsnn.storage.user_cache import cache_dir as cache_dir

T = TypeVar("T")

#: Names the folder with the user's data files.
ENVIRONMENT = "LAVA_INTSNN_DATA"

#: How a user names that folder.
HOW = f"with --data-dir DIR, data_dir= or {ENVIRONMENT}"

#: What a download may fail with; requests' errors are OSErrors.
DOWNLOAD_ERRORS = (OSError, ValueError)

#: A server may be silent for so long.
TIMEOUT_S = 20.0


def named_folders(data_dir: str | os.PathLike[str] | None) -> list[Path]:
    """Return the folder that the caller, or else the environment, names, if any.

    Raises
    ------
    DataError
        If it is no folder.
    """
    named = data_dir if data_dir is not None else os.environ.get(ENVIRONMENT)
    roots = [Path(named)] if named else []
    for root in roots:
        if not root.is_dir():
            raise DataError(
                f"the data directory {root} is not a folder; give an existing one with "
                f"--data-dir, data_dir= or {ENVIRONMENT}"
            )
    return roots


def find(
    roots: Iterable[Path], folders: Iterable[str], name: str, is_it: Callable[[Path], bool]
) -> Path | None:
    """Return the first path ``root/folder/name`` for which ``is_it`` holds, or None."""
    paths = (root / folder / name for root, folder in product(roots, folders))
    return next(filter(is_it, paths), None)


def looked_in(roots: Iterable[Path], folders: Iterable[str]) -> str:
    """Say in which ``folders`` below which ``roots`` files were looked for."""
    return " nor ".join(f"in {root} (looked in {', '.join(folders)})" for root in roots)


def retrieve(url: str, *, known_hash: str, folder: Path, **options: Any) -> Path:
    """Download a file, unless the folder holds it, and check its hash; may raise DOWNLOAD_ERRORS.

    ``options`` are those of pooch's HTTPDownloader.
    """
    import pooch  # imports requests: not on the way to data that is already there

    file, downloader = url.rpartition("/")[2], pooch.HTTPDownloader(timeout=TIMEOUT_S, **options)
    return Path(pooch.retrieve(url, known_hash, fname=file, path=folder, downloader=downloader))


def obtained(
    get: Callable[[], T],
    missing: Callable[[str], str],
    *,
    data_dir: str | os.PathLike[str] | None,
    download: bool,
) -> T:
    """Return what ``get()`` downloads to the cache, if the caller allows it and names no folder.

    Raises
    ------
    DataError
        With the text of ``missing``, which is given the reason why there was no download.
    """
    reason = ""
    if data_dir is None and not download:
        reason = ", and download=False"
    elif data_dir is None:
        try:
            return get()
        except (*DOWNLOAD_ERRORS, RuntimeError) as error:
            reason = f", and could not be downloaded ({one_line(error)})"
            raise DataError(missing(reason)) from error
    raise DataError(missing(reason))


def fetch_with_tonic(data_set: str, split: str, root: Path) -> None:
    """Let tonic download the data set of that name, check its sum and unpack it below ``root``.

    May raise OSError or RuntimeError.
    """
    import tonic.datasets  # slow to import: not on the way to data that is already there

    patience = socket.getdefaulttimeout()
    socket.setdefaulttimeout(TIMEOUT_S)
    try:
        # standard output belongs to results
        with contextlib.redirect_stdout(sys.stderr):
            getattr(tonic.datasets, data_set)(str(root), train=split == "train")
    finally:
        socket.setdefaulttimeout(patience)


def one_line(error: Exception) -> str:
    """Shorten a download error to one line, since requests quotes whole connection pools."""
    text = " ".join(str(error).split()) or type(error).__name__
    return f"{type(error).__name__}: {text[:120]}{'...' if len(text) > 120 else ''}"
