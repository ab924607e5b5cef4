"""Data sets in ``.npz`` files of any common naming."""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from lava_intsnn.data.errors import DataError, damaged, unreadable

#: Names of the samples and of their labels, without the name of a part and in small letters.
PAIRS = (
    ("x", "y"),
    ("images", "labels"),
    ("image", "label"),
    ("data", "labels"),
    ("data", "target"),
    ("samples", "labels"),
    ("arr0", "arr1"),
)
_PARTS = ("train", "test")


def npz_parts(path: Path) -> dict[str, tuple[str, str]]:
    """Return the names of samples and labels of each part of an archive.

    The parts are ``"train"`` and ``"test"``, or the one part ``""``.

    Raises
    ------
    DataError
        If the file is no archive, or its names are none of :data:`PAIRS`, or several of them.
    """
    with _opened(path) as archive:
        names = {re.sub(r"[^a-z0-9]", "", name.lower()): name for name in archive.files}
    found: dict[str, tuple[str, str]] = {}
    for part in ("", *_PARTS):
        pairs = [
            (names[x], names[y])
            for a, b in PAIRS
            for x, y in {(a, b), (a + part, b + part), (part + a, part + b)}
            if part in x and x in names and y in names
        ]
        if len(set(pairs)) > 1:
            several = ", ".join(f"{x} and {y}" for x, y in sorted(set(pairs)))
            raise DataError(f"{path}: holds more than one pair of arrays ({several}); keep one")
        if pairs:
            found[part] = pairs[0]
    if not found:
        held = ", ".join(sorted(names.values())) or "nothing"
        ours = "header" in names
        hint = "; this looks like a file of this package, such as a network" if ours else ""
        raise DataError(
            f"{path}: holds {held}, where a data set has arrays named X and y, images and labels, "
            f"or x_train, y_train, x_test and y_test{hint}"
        )
    if "" in found and len(found) > 1:
        raise DataError(
            f"{path}: holds {' and '.join(found[''])} beside arrays of a part, "
            f"{' and '.join(found[next(p for p in _PARTS if p in found)])}; keep one kind"
        )
    return found


def npz_array(path: Path, name: str) -> np.ndarray:
    """Return the array called ``name``.

    Raises
    ------
    DataError
        If the archive is damaged, or the array holds Python objects, which are never unpickled.
    """
    with _opened(path) as archive:
        return _read(path, archive, name)


def _opened(path: Path) -> np.lib.npyio.NpzFile:
    try:
        archive = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError, zipfile.BadZipFile, zlib.error, struct.error) as error:
        found = f"damaged or no archive ({error})"
        raise unreadable(path, error) or damaged(path, found, "an intact .npz") from error
    if isinstance(archive, np.ndarray):
        raise DataError(f"{path}: is one array; put samples and labels into one .npz, np.savez")
    return archive


def _read(path: Path, archive: Mapping[str, np.ndarray], name: str) -> np.ndarray:
    try:
        return archive[name]
    except Exception as error:  # numpy's and zipfile's parsers raise a dozen types
        if "pickle" in str(error):
            raise DataError(
                f"{path}: the array {name} holds Python objects, which are never unpickled; store "
                f"numbers or text, such as {name}.astype(str) or {name}.astype(int)"
            ) from None
        found = f"the array {name} cannot be read ({error})"
        raise damaged(path, found, "an intact .npz") from error
