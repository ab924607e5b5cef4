"""MNIST from its four IDX files, found on disk or downloaded with checksums."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from lava_intsnn.argument_kinds import checks_kinds
from lava_intsnn.data import places
from lava_intsnn.data.dataset import Dataset
from lava_intsnn.data.errors import DO_FIX, DataError, check_split
from lava_intsnn.data.idx import read_idx

#: Folders below the data directory that are searched: torchvision's, and other common ones.
FOLDERS = ("MNIST/raw", "MNIST", "raw", ".")

#: Split -> the names of the images' and the labels' file.
FILES = {
    "train": ("train-images-idx3-ubyte", "train-labels-idx1-ubyte"),
    "test": ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"),
}

#: sha256 of the compressed files; every mirror serves the same bytes.
SHA256 = {
    "train-images-idx3-ubyte": "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
    "train-labels-idx1-ubyte": "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
    "t10k-images-idx3-ubyte": "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
    "t10k-labels-idx1-ubyte": "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
}

MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
)


@checks_kinds
def mnist(
    split: str, *, data_dir: str | os.PathLike[str] | None = None, download: bool = True
) -> Dataset:
    """Return MNIST: 60,000 training or 10,000 test images of 28x28 grey levels.

    The files, gzip-compressed or not, are looked for in ``data_dir``, else in the folder that the
    environment variable ``LAVA_INTSNN_DATA`` names (each time in ``MNIST/raw``, ``MNIST``, ``raw``
    and the folder itself), else in the user's cache, where a download puts them.

    Parameters
    ----------
    split : {"train", "test"}
    data_dir : path, optional
        If given, the files must be there; no other place is tried.
    download : bool
        Whether the network may be used.

    Raises
    ------
    DataError
        If the files are not found and cannot be downloaded, or are damaged.
    """
    check_split(split)
    images_path, labels_path = _paths(split, data_dir, download)
    images = read_idx(images_path, ndim=3)
    if images.shape[1:] != (28, 28):
        raise DataError(
            f"{images_path} holds images of {images.shape[1]}x{images.shape[2]}; "
            f"expected 28x28. {DO_FIX}"
        )
    labels = read_idx(labels_path, ndim=1).astype(np.int32)
    try:
        return Dataset(
            name="mnist",
            images=images.reshape(len(images), -1),
            labels=labels,
            n_classes=10,
            image_shape=(28, 28),
            split=split,
        )
    except DataError as error:
        raise DataError(f"{images_path} and {labels_path}: {error}") from error


def _paths(
    split: str, data_dir: str | os.PathLike[str] | None, download: bool
) -> tuple[Path, Path]:
    roots = places.named_folders(data_dir)
    for root in roots:
        if (found := _find(split, root)) is not None:
            return found
    where = places.looked_in(roots, FOLDERS)
    if data_dir is not None:
        raise DataError(_missing(split, where))
    cache = places.cache_dir() / "MNIST"
    where = f"{where} nor in {cache}" if roots else f"in {cache}"
    images, labels = (_retrieve(name, split, cache, where, download) for name in FILES[split])
    return images, labels


def _find(split: str, root: Path) -> tuple[Path, Path] | None:
    """Return the first folder's files; both must lie in one folder."""
    for folder in FOLDERS:
        paths = [
            next((p for p in (root / folder / f"{n}.gz", root / folder / n) if p.is_file()), None)
            for n in FILES[split]
        ]
        if paths[0] is not None and paths[1] is not None:
            return paths[0], paths[1]
    return None


def _retrieve(name: str, split: str, cache: Path, where: str, download: bool) -> Path:
    file, reasons = f"{name}.gz", []
    if not download:
        # not through pooch, which would replace a file with another hash by a download
        if (cache / file).is_file():
            return cache / file
        raise DataError(_missing(split, f"{where}, and download=False"))
    for mirror in MIRRORS:
        try:
            return places.retrieve(mirror + file, known_hash=f"sha256:{SHA256[name]}", folder=cache)
        except places.DOWNLOAD_ERRORS as error:
            reasons.append(f"{mirror}: {places.one_line(error)}")
    raise DataError(_missing(split, f"{where}, and could not be downloaded ({'; '.join(reasons)})"))


def _missing(split: str, where: str) -> str:
    names = " and ".join(f"{name}[.gz]" for name in FILES[split])
    return (
        f"the MNIST files {names} are not {where}. Name the folder that holds them "
        f"{places.HOW}; or use the preset digits-snn (in `convert train`: lenet-digits), whose "
        "data comes with scikit-learn"
    )
