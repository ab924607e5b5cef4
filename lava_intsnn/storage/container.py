"""The container of all files of this package: named arrays and a JSON header in an ``.npz``.

``numpy.load`` opens it. The entry ``header`` holds UTF-8 JSON as bytes::

    {"format": "lava_intsnn", "kind": text, "version": integer, "header": object,
     "arrays": list of names, "sha256": text}

The digest covers the rest of the header and every array with its dtype and shape. Nothing is
pickled. Entries are stored without compression or time stamps, so the same content always gives
the same bytes.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from lava_intsnn.field_checks import shown
from lava_intsnn.printable_text import printable
from lava_intsnn.storage.atomic import write_bytes
from lava_intsnn.storage.container_entries import DAMAGED, HEADER, plain_array, read_entries
from lava_intsnn.storage.errors import FileFormatError
from lava_intsnn.storage.file_endings import CONTAINER, check_ending
from lava_intsnn.storage.file_kinds import OWN
from lava_intsnn.storage.header_text import header_of

_FORMAT = "lava_intsnn"
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.\-]*")
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time of a zip entry
_FIELDS = {"format", "kind", "version", "header", "arrays", "sha256"}


def write(
    path: str | os.PathLike[str],
    *,
    kind: str,
    version: int,
    header: Mapping[str, Any],
    arrays: Mapping[str, np.ndarray],
) -> None:
    """Write a container atomically (see :func:`lava_intsnn.storage.atomic.write_bytes`).

    Parameters
    ----------
    path : path
        No suffix is appended. It may have none, or must end in ``.npz``.
    kind : str
        The kind of file, for example ``"checkpoint"``; :func:`read` checks it.
    version : int
        Version of the layout of that kind, from 1.
    header : mapping
        Values that JSON supports. Tuples are read back as lists.
    arrays : mapping of str to array
        Booleans, integers or floats of any width, shape and byte order, which are kept exactly.

    Raises
    ------
    ValueError
        If a name or dtype cannot be stored, or the ending of ``path`` is that of other files.
    TypeError
        If JSON does not support a value of the header.
    FileFormatError, OSError
        If the file cannot be written. ``path`` then keeps its content.
    """
    check_ending(path, kind, known=CONTAINER)
    checked = {name: _storable(name, array) for name, array in sorted(arrays.items())}
    fields = {
        "format": _FORMAT,
        "kind": kind,
        "version": version,
        "header": dict(header),
        "arrays": list(checked),
    }
    fields["sha256"] = _digest(fields, checked)
    text = np.frombuffer(_json(fields), dtype=np.uint8)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, array in [(HEADER, text), *checked.items()]:
            archive.writestr(zipfile.ZipInfo(f"{name}.npy", _EPOCH), _npy(array))
    write_bytes(path, buffer.getvalue())


def read(
    path: str | os.PathLike[str], *, kind: str, max_version: int
) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Read and check a whole container.

    Parameters
    ----------
    path : path
    kind : str
        The expected kind of file.
    max_version : int
        The newest version that the caller supports; :func:`peek` returns that of a file.

    Returns
    -------
    header : dict
    arrays : dict of str to array
        The arrays, with the dtypes and shapes that were written.

    Raises
    ------
    FileFormatError
        If the file is missing, truncated, damaged, foreign, of another kind or too new.
    """
    path = Path(path)
    entries = read_entries(path)
    fields = _fields(path, entries)
    if fields["kind"] != kind:
        raise FileFormatError(
            f"{path} holds a {shown(fields['kind'])}, where a {kind!r} is expected; "
            f"{OWN.get(fields['kind'], 'name another file')}"
        )
    if fields["version"] > max_version:
        raise FileFormatError(
            f"{path} has version {shown(fields['version'])} of the {kind} format, newer than "
            f"{max_version}, the newest known here; update lava_intsnn"
        )
    names = [name for name in entries if name != HEADER]
    if sorted(names) != sorted(fields["arrays"]):
        raise FileFormatError(
            f"{path} holds the arrays {shown(sorted(names))}, where its header names "
            f"{shown(sorted(fields['arrays']))}. {DAMAGED}"
        )
    arrays = {name: plain_array(path, name, entries[name]) for name in fields["arrays"]}
    if _digest(fields, arrays) != fields["sha256"]:
        raise FileFormatError(
            f"{path} is damaged: its sha256 differs from the one in its header. {DAMAGED}"
        )
    return fields["header"], arrays


def peek(path: str | os.PathLike[str]) -> tuple[str, int]:
    """Return the kind and version of a container.

    Raises
    ------
    FileFormatError
        If the file is missing, truncated, damaged or foreign.
    """
    path = Path(path)
    fields = _fields(path, read_entries(path))
    return fields["kind"], fields["version"]


@contextmanager
def understood(path: str | os.PathLike[str], what: str, fix: str) -> Iterator[None]:
    """Turn whatever goes wrong while a header is given its meaning into a FileFormatError.

    A header of JSON may hold any type in any place, and what is built from it fails in as many
    ways. Errors of the system, such as a missing file, pass through.

    Parameters
    ----------
    path : path
    what : str
        What the file should hold, such as ``"run"``.
    fix : str
        A sentence without its full stop: what the user can do.
    """
    try:
        yield
    except (OSError, ImportError):
        raise
    except Exception as error:
        why = str(error) if isinstance(error, ValueError) else f"{type(error).__name__}: {error}"
        raise FileFormatError(f"{path} holds no valid {what}: {why}. {fix}") from error


# --- writing ------------------------------------------------------------------------------------


def _storable(name: str, array: np.ndarray) -> np.ndarray:
    if name == HEADER or not _NAME.fullmatch(name):
        raise ValueError(
            f"array name {name!r}: must be letters, digits, '_', '.', '-', and not {HEADER!r}"
        )
    array = np.asarray(array, order="C")
    if array.dtype.kind not in "biuf":
        raise ValueError(
            f"array {name!r} has dtype {array.dtype}: must be of booleans, integers or floats"
        )
    return array


def _npy(array: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, array, allow_pickle=False)
    return buffer.getvalue()


def _json(fields: Mapping[str, Any]) -> bytes:
    return json.dumps(fields, sort_keys=True, allow_nan=False, separators=(",", ":")).encode()


def _digest(fields: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> str:
    digest = hashlib.sha256(_json({k: v for k, v in fields.items() if k != "sha256"}))
    for name in sorted(arrays):
        array = arrays[name]
        digest.update(f"{name} {array.dtype.str} {array.shape}".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()


# --- reading ------------------------------------------------------------------------------------


def _fields(path: Path, entries: Mapping[str, bytes]) -> dict[str, Any]:
    text = plain_array(path, HEADER, entries[HEADER]).tobytes()
    try:
        fields = header_of(text)
    except ValueError as error:
        raise FileFormatError(
            f"{path} is damaged or foreign: its header is not JSON ({printable(error)}). {DAMAGED}"
        ) from error
    if not isinstance(fields, dict) or fields.get("format") != _FORMAT:
        raise FileFormatError(
            f"{path} is no {_FORMAT} file: its header names no such format; name another file"
        )
    well_formed = (
        set(fields) == _FIELDS
        and isinstance(fields["kind"], str)
        and type(fields["version"]) is int
        and isinstance(fields["header"], dict)
        and isinstance(fields["arrays"], list)
        and all(isinstance(name, str) for name in fields["arrays"])
        and isinstance(fields["sha256"], str)
    )
    if not well_formed:
        raise FileFormatError(
            f"{path} has a header with the fields {shown(sorted(fields))}, where {sorted(_FIELDS)} "
            "are expected with their types; update lava_intsnn if the file comes from a newer one"
        )
    if fields["version"] < 1:
        raise FileFormatError(
            f"{path} has version {shown(fields['version'])}, and the first is 1. {DAMAGED}"
        )
    return fields
