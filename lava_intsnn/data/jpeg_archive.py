"""A data set as JPEG files packed in one ``.npz``, decoded by Pillow.

For each split the archive holds ``<split>_bytes`` (uint8, all files one after the other),
``<split>_offsets`` (int64, N + 1 values: file i is ``bytes[offsets[i]:offsets[i + 1]]``) and
``<split>_labels`` (uint8). Nothing in it is pickled.
"""

from __future__ import annotations

import io
import os
import struct
import zipfile
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import numpy.typing as npt

from lava_intsnn.data import prepared
from lava_intsnn.data.errors import damaged, unreadable
from lava_intsnn.progress_bar import progress_bar

#: Increase this if the same archive gives other pixels.
VERSION = 1

_MAX_THREADS = 4
_PART = 500

Pixels = npt.NDArray[np.uint8]


def read(path: Path, split: str, *, side: int) -> tuple[Pixels, npt.NDArray[np.int32]]:
    """Return the colour images of a split and their labels.

    Decoding takes seconds, so the pixels are kept in the user's cache.

    Parameters
    ----------
    path : path
    split : {"train", "test"}
    side : int
        Height and width that every image must have.

    Returns
    -------
    images : (N, side * side * 3) uint8 array
        Height, width, channel (red, green, blue).
    labels : (N,) int32 array

    Raises
    ------
    DataError
        If the archive cannot be read, is damaged, or its arrays or images are not as above.
    """
    import PIL

    def make() -> dict[str, np.ndarray]:
        files, offsets, labels = _arrays(path, split)
        return {"images": _decode(path, split, files, offsets, side), "labels": labels}

    # another decoder may round otherwise
    options = f"{split} {PIL.__version__}"
    found = prepared.cached(path, make, kind="pixels", tag=split, version=VERSION, options=options)
    return found["images"], found["labels"]


def _arrays(path: Path, split: str) -> tuple[Pixels, npt.NDArray[np.int64], npt.NDArray[np.int32]]:
    names = [f"{split}_{part}" for part in ("bytes", "offsets", "labels")]
    try:
        with np.load(path, allow_pickle=False) as archive:
            files, offsets, labels = (archive[name] for name in names)
    except KeyError as error:
        expected = f"the arrays {', '.join(names)}"
        raise damaged(path, f"an archive without {error}", expected) from error
    except (OSError, ValueError, EOFError, AttributeError, TypeError) as error:
        found = f"damaged or no archive ({error})"
        raise unreadable(path, error) or damaged(path, found, "an intact .npz") from error
    except (zipfile.BadZipFile, zlib.error, struct.error) as error:
        raise damaged(path, f"damaged ({error})", "an intact .npz") from error
    for name, array, dtype in zip(names, (files, offsets, labels), _DTYPES, strict=True):
        if array.dtype != dtype or array.ndim != 1:
            raise damaged(path, f"{name} is {array.dtype} {array.shape}", f"{dtype} (n,)")
    if len(labels) == 0 or len(offsets) != len(labels) + 1:
        found = f"{len(labels)} labels and {len(offsets)} offsets for {split}"
        raise damaged(path, found, "one offset more than labels, of which there is at least one")
    if offsets[0] != 0 or offsets[-1] != len(files) or (np.diff(offsets) <= 0).any():
        expected = f"values rising from 0 to {len(files)}"
        raise damaged(path, f"offsets of {split} that do not fit", expected)
    return files, offsets, labels.astype(np.int32)


_DTYPES = ("uint8", "int64", "uint8")


def _decode(
    path: Path, split: str, files: Pixels, offsets: npt.NDArray[np.int64], side: int
) -> Pixels:
    n = len(offsets) - 1
    images = np.empty((n, side * side * 3), dtype=np.uint8)

    def part(first: int) -> int:
        last = min(first + _PART, n)
        for index in range(first, last):
            content = files[offsets[index] : offsets[index + 1]].tobytes()
            try:
                images[index] = _pixels(content, side)
            except (OSError, SyntaxError, ValueError, struct.error) as error:
                found = f"image {index} of {split} is damaged or another ({error})"
                raise damaged(path, found, f"a colour JPEG of {side}x{side}") from error
        return last - first

    threads = min(_MAX_THREADS, len(os.sched_getaffinity(0)))
    desc = f"decoding {path.name} {split}"
    bar = progress_bar(n, name=desc, unit="images")
    with bar, ThreadPoolExecutor(threads) as pool:
        for done in pool.map(part, range(0, n, _PART)):
            bar.update(done)
    return images


def _pixels(content: bytes, side: int) -> Pixels:
    from PIL import Image

    with Image.open(io.BytesIO(content), formats=("JPEG",)) as image:
        if image.size != (side, side) or image.mode != "RGB":
            raise ValueError(f"{image.height}x{image.width}, {image.mode}")
        return np.asarray(image).reshape(-1)
