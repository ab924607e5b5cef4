"""CIFAR-10 from the official binary files or JPEG copies, found on disk or downloaded."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt

from lava_intsnn.argument_kinds import checks_kinds
from lava_intsnn.data import cifar_binary, jpeg_archive, places
from lava_intsnn.data.dataset import Dataset
from lava_intsnn.data.errors import DataError, check_split
from lava_intsnn.data.polarities import on_off
from lava_intsnn.field_checks import is_integer, shown

#: Folders looked into below the data directory.
FOLDERS = ("CIFAR10", "cifar10", ".")

JPEG = "cifar10_jpeg.npz"
ARCHIVE = "cifar-10-binary.tar.gz"

URL = f"https://www.cs.toronto.edu/~kriz/{ARCHIVE}"
MD5 = "c32a1d4ab5d03f1284b67883e8d87530"

#: The version for Python. It is never opened, because reading a pickle can run code.
PICKLED = ("cifar-10-batches-py", "cifar-10-python.tar.gz")

_Reader = Callable[[str], tuple[npt.NDArray[np.uint8], npt.NDArray[np.int32]]]


@dataclass(frozen=True)
class _Source:
    path: Path
    name: str
    read: _Reader


@checks_kinds
def cifar10(
    split: str,
    *,
    polarities: int = 1,
    data_dir: str | os.PathLike[str] | None = None,
    download: bool = True,
) -> Dataset:
    """Return CIFAR-10: 50,000 training or 10,000 test photos, 32x32 in red, green and blue.

    The files are looked for in ``data_dir``, else in the folder that the environment variable
    ``LAVA_INTSNN_DATA`` names (each time in ``CIFAR10``, ``cifar10`` and the folder itself), else
    in the user's cache, where a download puts them. In each folder the first of these is used:

    - ``cifar10_jpeg.npz``, JPEG copies in one archive (see :mod:`lava_intsnn.data.jpeg_archive`),
    - the official binary version, ``cifar-10-batches-bin/*.bin``, also without that folder,
    - the same as ``cifar-10-binary.tar.gz``, which is the file that is downloaded (170 MB).

    JPEG copies are close to the original pixels, but not equal to them, and their order may differ.
    The dataset is then called ``"cifar10-jpeg"``, and its accuracies are not quite those on
    ``"cifar10"``. The official version for Python is pickled, and is refused.

    Parameters
    ----------
    split : {"train", "test"}
    polarities : {1, 2}
        2 gives each colour an ON and an OFF channel, see :func:`~.polarities.on_off`.
    data_dir : path, optional
        If given, the files must be there; no other place is tried.
    download : bool
        Whether the network may be used.

    Returns
    -------
    Dataset
        ``images`` is (N, 3072) uint8 in the order height, width, channel; ``image_shape`` is
        (32, 32, 3); with two polarities (N, 6144) and (32, 32, 6).

    Raises
    ------
    DataError
        If ``polarities`` is neither 1 nor 2, or the files are not found and cannot be downloaded,
        or are damaged.
    """
    check_split(split)
    if not is_integer(polarities) or polarities not in (1, 2):
        raise DataError(
            f"polarities = {shown(polarities)}: must be 1, the colours, or 2, ON and OFF channels "
            "of each"
        )
    source = _source(split, data_dir, download)
    images, labels = source.read(split)
    try:
        found = Dataset(
            name=source.name,
            images=images,
            labels=labels,
            n_classes=10,
            image_shape=(cifar_binary.SIDE, cifar_binary.SIDE, 3),
            split=split,
        )
    except DataError as error:
        raise DataError(f"{source.path}: {error}") from error
    return on_off(found) if polarities == 2 else found


def _source(split: str, data_dir: str | os.PathLike[str] | None, download: bool) -> _Source:
    roots = places.named_folders(data_dir)
    if data_dir is None:
        roots.append(places.cache_dir())
    for root in roots:
        if (found := _find(split, root)) is not None:
            return found
    missing = partial(_missing, roots)
    return _archive(places.obtained(_download, missing, data_dir=data_dir, download=download))


def _download() -> Path:
    cache, bar = places.cache_dir() / FOLDERS[0], sys.stderr.isatty()
    return places.retrieve(URL, known_hash=f"md5:{MD5}", folder=cache, progressbar=bar)


def _find(split: str, root: Path) -> _Source | None:
    for folder in FOLDERS:
        at = root / folder
        if (at / JPEG).is_file():
            read = partial(jpeg_archive.read, at / JPEG, side=cifar_binary.SIDE)
            return _Source(at / JPEG, "cifar10-jpeg", read)
        for binary in (at / cifar_binary.FOLDER, at):
            if any((binary / name).is_file() for name in cifar_binary.FILES[split]):
                return _Source(binary, "cifar10", partial(cifar_binary.read_folder, binary))
        if (at / ARCHIVE).is_file():
            return _archive(at / ARCHIVE)
    return None


def _archive(path: Path) -> _Source:
    return _Source(path, "cifar10", partial(cifar_binary.read_archive, path))


def _missing(roots: list[Path], reason: str) -> str:
    text = (
        f"the CIFAR-10 files ({cifar_binary.FOLDER}/*.bin, {ARCHIVE} or {JPEG}) are not "
        f"{places.looked_in(roots, FOLDERS)}{reason}. "
    )
    for root in roots:
        for path in (root / folder / name for folder in FOLDERS for name in PICKLED):
            if path.exists():
                text += (
                    f"{path} is the version for Python: it is pickled, and opening it would run "
                    f"whatever it holds; get the binary version instead, {URL}. "
                )
                break
    return f"{text}Name the folder that holds them {places.HOW}"
