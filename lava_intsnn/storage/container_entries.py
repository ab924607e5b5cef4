"""The entries of a container: plain arrays in a zip archive that was made by ours, or by nobody.

Whatever the archive claims is held against the size of the file before anything is read, so that a
small file cannot ask for much memory or time.
"""

from __future__ import annotations

import io
import math
import os
import zipfile
from pathlib import Path
from typing import BinaryIO

import numpy as np

from lava_intsnn.printable_text import printable
from lava_intsnn.storage.errors import FileFormatError
from lava_intsnn.storage.file_kinds import file_kind
from lava_intsnn.storage.regular_file import open_regular

DAMAGED = "Use another copy of it, or create it again"
#: The entry that describes the others.
HEADER = "header"
#: Bytes of the largest file that is read; those of the largest networks have a quarter of it.
MAX_BYTES = 1 << 31
#: Entries of a file: a network has a few for each of its layers.
_MAX_ENTRIES = 10_000
_ENCRYPTED = 1  # the bit of a zip entry's flags


def read_entries(path: Path) -> dict[str, bytes]:
    """Return every entry's bytes by its name without ``.npy``, each checked against its CRC.

    Raises
    ------
    FileFormatError
        If the file is missing, no archive, damaged or too large, or has entries that are compressed
        or larger than the file.
    """
    try:
        with open_regular(path) as file:
            begin = file.read(64)
            if begin[:4] != b"PK\x03\x04":
                raise FileFormatError(f"{path} is no lava_intsnn file: {file_kind(begin)}")
            return _entries(path, file, os.fstat(file.fileno()).st_size)
    except OSError as error:
        raise FileFormatError(
            f"{path} cannot be read ({error.strerror or error}); check the path"
        ) from error


def _entries(path: Path, file: BinaryIO, size: int) -> dict[str, bytes]:
    if size > MAX_BYTES:
        raise FileFormatError(
            f"{path} has {size} bytes: at most {MAX_BYTES} are read; name another file"
        )
    try:
        with zipfile.ZipFile(file) as archive:
            infos = archive.infolist()
            _check(path, infos, size)
            entries = {info.filename.removesuffix(".npy"): archive.read(info) for info in infos}
    except FileFormatError:
        raise
    except MemoryError:
        raise FileFormatError(f"{path} needs more memory than there is") from None
    except Exception as error:  # zipfile raises a dozen types on damaged archives
        raise FileFormatError(
            f"{path} is truncated or damaged ({type(error).__name__}: {error}). {DAMAGED}"
        ) from error
    if len(entries) != len(infos):
        raise FileFormatError(f"{path} is damaged: it holds an entry twice. {DAMAGED}")
    return entries


def _check(path: Path, infos: list[zipfile.ZipInfo], size: int) -> None:
    """Raise FileFormatError for claims that no file of ours makes."""
    if len(infos) > _MAX_ENTRIES:
        raise FileFormatError(
            f"{path} has {len(infos)} entries: at most {_MAX_ENTRIES} are read; name another file"
        )
    names = sorted(info.filename for info in infos)
    if f"{HEADER}.npy" not in names:
        found = printable([name.removesuffix(".npy") for name in names[:5]])
        raise FileFormatError(
            f"{path} is no lava_intsnn file: {_archive(names)} without the entry {HEADER!r}, "
            f"holding {found}; name another file"
        )
    for info in infos:
        if info.compress_type != zipfile.ZIP_STORED or info.flag_bits & _ENCRYPTED:
            name = printable(info.filename, shown=60)
            raise FileFormatError(
                f"{path} is no lava_intsnn file: its entry {name} is compressed or encrypted, "
                "which ours never are; name another file"
            )
    if sum(info.file_size for info in infos) > size:
        raise FileFormatError(
            f"{path} is damaged: its entries claim more bytes than the file has. {DAMAGED}"
        )


def _archive(names: list[str]) -> str:
    """Return what an archive of others is, by the names in it."""
    if any(name.endswith("data.pkl") for name in names):
        return "a PyTorch file, which holds a pickle,"
    arrays = names and all(name.endswith(".npy") for name in names)
    return "an archive of numpy arrays (npz)" if arrays else "a zip archive"


def plain_array(path: Path, name: str, content: bytes) -> np.ndarray:
    """Return the array that an entry holds, which fills the entry exactly.

    Raises
    ------
    FileFormatError
        If it is anything but booleans, integers or floats, or has another size than its header
        says.
    """
    shown = printable(name, shown=60)
    buffer = io.BytesIO(content)
    try:
        version = np.lib.format.read_magic(buffer)
        if version == (1, 0):
            shape, fortran, dtype = np.lib.format.read_array_header_1_0(buffer)
        elif version == (2, 0):
            shape, fortran, dtype = np.lib.format.read_array_header_2_0(buffer)
        else:
            raise ValueError(f"its version is {version}")
        if dtype.kind not in "biuf":
            raise ValueError(f"its dtype is {dtype}")
    except Exception as error:  # numpy's parser raises several types
        why = printable(error)
        raise FileFormatError(
            f"{path} is damaged or foreign: entry {shown!r} is no plain array ({why}). {DAMAGED}"
        ) from error
    body = memoryview(content)[buffer.tell() :]
    size = math.prod(shape) * dtype.itemsize
    if min(shape, default=0) < 0 or len(body) != size:
        raise FileFormatError(
            f"{path} is damaged: the array {shown!r} has {len(body)} bytes, where its header says "
            f"{printable(size, shown=40)}. {DAMAGED}"
        )
    return np.ndarray(shape, dtype, buffer=bytearray(body), order="F" if fortran else "C")
