"""The IDX format of MNIST. It is read strictly, so that a damaged file is not used for training.

A file is a magic number ``00 00 <type> <ndim>``, ``ndim`` big-endian 32-bit sizes, and the values.
Files may be gzip-compressed; the content decides, not the name.
"""

from __future__ import annotations

import gzip
import math
import os
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from lava_intsnn.data.errors import content_of, damaged

_UINT8 = 0x08
_GZIP = b"\x1f\x8b"
_TYPES = {
    0x08: "uint8",
    0x09: "int8",
    0x0B: "int16",
    0x0C: "int32",
    0x0D: "float32",
    0x0E: "float64",
}


def read_idx(
    path: str | os.PathLike[str], *, ndim: int | tuple[int, ...], any_type: bool = False
) -> npt.NDArray[Any]:
    """Read an IDX file, compressed or not.

    Parameters
    ----------
    path : path
    ndim : int or tuple of int
        Number of dimensions the file must have (3 for images, 1 for labels), or may have.
    any_type : bool
        Accept every type that the format knows; otherwise only unsigned bytes.

    Returns
    -------
    array
        Of unsigned bytes, or of the file's type in the byte order of this machine.

    Raises
    ------
    DataError
        If the file cannot be read, is no IDX file, holds another type or number of dimensions, is
        shorter or longer than its header says, or holds no values.
    """
    path = Path(path)
    content = _content(path)
    if len(content) < 4:
        raise damaged(path, f"only {len(content)} bytes", "at least 4, the magic number")
    allowed = (ndim,) if isinstance(ndim, int) else ndim
    types = tuple(_TYPES) if any_type else (_UINT8,)
    wanted = " or ".join(map(str, allowed))
    magic = f"0x{_UINT8 << 8 | allowed[0]:08x} " if len(allowed) == len(types) == 1 else ""
    expected = f"magic number {magic}({_TYPES[_UINT8]}, {wanted} dimensions)"
    zero, kind, found_ndim = struct.unpack(">HBB", content[:4])
    if zero != 0 or kind not in _TYPES:
        raise damaged(path, f"no IDX file: it begins with 0x{content[:4].hex()}", expected)
    if kind not in types or found_ndim not in allowed:
        found = f"magic number 0x{content[:4].hex()} ({_TYPES[kind]}, {found_ndim} dimensions)"
        raise damaged(path, found, expected)
    start = 4 + 4 * found_ndim
    if len(content) < start:
        raise damaged(path, f"truncated within the header ({len(content)} bytes)", f"{start} bytes")
    shape = struct.unpack(f">{found_ndim}I", content[4:start])
    dtype = np.dtype(_TYPES[kind]).newbyteorder(">")
    size = start + math.prod(shape) * dtype.itemsize
    if len(content) != size:
        what = "truncated" if len(content) < size else "trailing bytes"
        expected = f"{size} bytes for the shape {shape} in its header"
        raise damaged(path, f"{what}: {len(content)} bytes", expected)
    if 0 in shape:
        raise damaged(path, f"holds nothing: its header names the shape {shape}", "some values")
    values = np.frombuffer(content, dtype=dtype, offset=start).reshape(shape)
    return values.astype(dtype.newbyteorder("="))


def _content(path: Path) -> bytes:
    raw = content_of(path)
    if raw[:2] != _GZIP:
        return raw
    try:
        return gzip.decompress(raw)
    except (OSError, EOFError, zlib.error) as error:
        raise damaged(path, f"damaged gzip data ({error})", "an intact archive") from error
