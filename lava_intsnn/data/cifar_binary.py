"""The binary version of CIFAR-10: files of records, each a label and three planes of 32x32.

The files have no header, so their size must be exact; otherwise a file truncated at the end of a
record would go unnoticed.
"""

from __future__ import annotations

import gzip
import tarfile
import zlib
from pathlib import Path

import numpy as np
import numpy.typing as npt

from lava_intsnn.data.errors import content_of, damaged, unreadable

SIDE = 32

#: Folder within the archive.
FOLDER = "cifar-10-batches-bin"

#: Split -> its files.
FILES = {"train": tuple(f"data_batch_{k}.bin" for k in range(1, 6)), "test": ("test_batch.bin",)}

#: In each file.
RECORDS = 10_000

_RECORD = 1 + 3 * SIDE * SIDE
_CHUNK = 1 << 20

_Found = tuple[npt.NDArray[np.uint8], npt.NDArray[np.int32]]


def read_folder(folder: Path, split: str) -> _Found:
    """Read a split's files in ``folder``.

    Returns
    -------
    images : (N, 3072) uint8 array
        Height, width, channel (red, green, blue).
    labels : (N,) int32 array

    Raises
    ------
    DataError
        If a file is missing, cannot be read, or does not hold 10,000 records.
    """
    paths = [folder / name for name in FILES[split]]
    return _records({str(path): content_of(path) for path in paths})


def read_archive(path: Path, split: str) -> _Found:
    """Read a split's files in the archive ``cifar-10-binary.tar.gz``, without unpacking it.

    Returns and raises the same as :func:`read_folder`.
    """
    found: dict[str, bytes] = {}
    wanted = {f"{FOLDER}/{name}": name for name in FILES[split]}
    try:
        with gzip.open(path) as unpacked, tarfile.open(fileobj=unpacked, mode="r:") as archive:
            for member in archive:
                name = wanted.get(member.name.removeprefix("./"))
                if name is not None and member.isfile():
                    content = archive.extractfile(member)
                    assert content is not None
                    found[name] = content.read()
            while unpacked.read(_CHUNK):  # the checksum comes last, behind the end of the archive
                pass
    except (OSError, EOFError, tarfile.TarError, zlib.error) as error:
        found_out = f"damaged or no archive ({error})"
        raise unreadable(path, error) or damaged(path, found_out, "an intact .tar.gz") from error
    for name in FILES[split]:
        if name not in found:
            without = f"an archive without {FOLDER}/{name}"
            raise damaged(path, without, "the binary version of CIFAR-10")
    return _records({f"{path}, {name}": found[name] for name in FILES[split]})


def _records(contents: dict[str, bytes]) -> _Found:
    for where, content in contents.items():
        if len(content) != RECORDS * _RECORD:
            what = "truncated" if len(content) < RECORDS * _RECORD else "trailing bytes"
            expected = f"{RECORDS * _RECORD} ({RECORDS} records of {_RECORD})"
            raise damaged(where, f"{what}: {len(content)} bytes", expected)
    rows = np.frombuffer(b"".join(contents.values()), dtype=np.uint8).reshape(-1, _RECORD)
    planes = rows[:, 1:].reshape(-1, 3, SIDE, SIDE)
    images = np.ascontiguousarray(planes.transpose(0, 2, 3, 1)).reshape(len(rows), -1)
    return images, rows[:, 0].astype(np.int32)
