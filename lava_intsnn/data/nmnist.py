"""N-MNIST from its official folders, found on disk or downloaded by tonic."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np

from lava_intsnn.argument_kinds import checks_kinds
from lava_intsnn.data import places, prepared
from lava_intsnn.data.dataset import Dataset
from lava_intsnn.data.errors import DataError, check_split, damaged, unreadable
from lava_intsnn.data.event_frames import events

#: Folders looked into below the data directory; tonic unpacks into the first.
FOLDERS = ("NMNIST", "N-MNIST", "nmnist", ".")
#: Split -> its folder, and how many recordings the whole data set has there.
PARTS = {"train": ("Train", 60_000), "test": ("Test", 10_000)}

SENSOR = (34, 34, 2)
STEPS = 10
_EVENT_BYTES = 5

#: To be raised when the same files give other counts.
_VERSION = 1


@checks_kinds
def nmnist(
    split: str,
    *,
    data_dir: str | os.PathLike[str] | None = None,
    frames: int = STEPS,
    pooling: int = 1,
    download: bool = True,
) -> Dataset:
    """Return Neuromorphic MNIST: MNIST's digits before a moving camera, 34x34, two polarities.

    The folders ``Train`` and ``Test``, as the official archives unpack, are looked for in
    ``data_dir``, else in the folder that the environment variable ``LAVA_INTSNN_DATA`` names (each
    time in ``NMNIST``, ``N-MNIST``, ``nmnist`` and the folder itself), else in the user's cache,
    where tonic downloads them to. Recordings are in the order of their numbers, which is MNIST's.

    Results on a part of the recordings are not results on N-MNIST: the data set is then called
    ``"nmnist-part"``.

    Parameters
    ----------
    split : {"train", "test"}
    data_dir : path, optional
        If given, the folders must be there; no other place is tried.
    frames, pooling : int
        See :func:`~lava_intsnn.data.events`, with time bins and both polarities.
    download : bool
        Whether the network may be used.

    Returns
    -------
    Dataset
        ``images`` is (N, T * 34 * 34 * 2) uint8; ``image_shape`` is (T, 34, 34, 2).

    Raises
    ------
    DataError
        If the files are not found and cannot be downloaded, are damaged or hold something else.
    """
    check_split(split)
    root = _root(split, data_dir, download)
    files = _files(root)
    digest = hashlib.sha256()
    for file, _ in files:
        stat = file.stat()
        digest.update(f"{file.parent.name}/{file.name} {stat.st_size} {stat.st_mtime_ns}".encode())

    def count() -> dict[str, np.ndarray]:
        data = events(
            _Recordings([file for file, _ in files]),
            [label for _, label in files],
            sensor_size=SENSOR,
            steps=frames,
            pooling=pooling,
            name=f"N-MNIST {split}",
        )
        return {"counts": data.images, "shape": np.array(data.image_shape)}

    found = prepared.cached(
        root,
        count,
        kind="events",
        tag=f"nmnist-{frames}x{pooling}",
        version=_VERSION,
        options=f"{frames} {pooling} {digest.hexdigest()}",
    )
    shape = tuple(int(size) for size in found["shape"])
    return Dataset(
        name="nmnist" if len(files) == PARTS[split][1] else "nmnist-part",
        images=found["counts"],
        labels=np.array([label for _, label in files], dtype=np.int32),
        n_classes=10,
        image_shape=shape,  # type: ignore[arg-type]
        split=split,
        frames=frames,
    )


class _Recordings(Sequence):
    """Recordings, each read when it is asked for."""

    def __init__(self, files: list[Path]) -> None:
        self.files = files

    def __len__(self) -> int:
        return len(self.files)

    def __getitem__(self, index):  # type: ignore[no-untyped-def]
        from tonic.io import read_mnist_file

        file = self.files[index]
        try:
            size = file.stat().st_size
            if size == 0 or size % _EVENT_BYTES:
                raise damaged(file, f"{size} bytes", f"events of {_EVENT_BYTES} bytes each")
            return read_mnist_file(str(file), dtype=_EVENT)
        except OSError as error:
            raise unreadable(file, error) or damaged(file, str(error), "events") from error


_EVENT = np.dtype([("x", np.int64), ("y", np.int64), ("t", np.int64), ("p", np.int64)])


def _files(root: Path) -> list[tuple[Path, int]]:
    """Return the files of a part with their labels, by number."""
    found = []
    for label in range(10):
        for file in (root / str(label)).glob("*.bin"):
            number = re.fullmatch(r"\d{1,9}", file.stem)
            if number is None:
                raise DataError(f"{file}: recordings are called by numbers, such as 00042.bin")
            found.append((int(file.stem), label, file))
    if not found:
        raise DataError(f"{root}: holds no recordings; expected {root}/0/*.bin to {root}/9/*.bin")
    return [(file, label) for _, label, file in sorted(found)]


def _root(split: str, data_dir: str | os.PathLike[str] | None, download: bool) -> Path:
    roots = places.named_folders(data_dir)
    folder = PARTS[split][0]
    if found := places.find(roots, FOLDERS, folder, lambda path: (path / "0").is_dir()):
        return found
    if data_dir is None:
        roots.append(cache := places.cache_dir())
        # an unpacking that was killed leaves a part of the recordings there
        if found := places.find([cache], FOLDERS, folder, lambda path: _is_complete(path, split)):
            return found

    def missing(reason: str) -> str:
        return (
            f"the N-MNIST folder {folder} is not {places.looked_in(roots, FOLDERS)}{reason}. "
            f"Unpack the official archive there, or name the folder that holds it {places.HOW}"
        )

    get = partial(_download, split, places.cache_dir())
    return places.obtained(get, missing, data_dir=data_dir, download=download)


def _is_complete(path: Path, split: str) -> bool:
    return sum(1 for _ in path.glob("[0-9]/*.bin")) == PARTS[split][1]


def _download(split: str, root: Path) -> Path:
    """Let tonic fetch the archive, with its checksum, and unpack it into ``root/NMNIST``."""
    folder, n = PARTS[split]
    target = root / FOLDERS[0] / folder
    target.parent.mkdir(parents=True, exist_ok=True)
    # beside it, since tonic takes an archive and the other part for an unpacked one
    with tempfile.TemporaryDirectory(dir=target.parent, prefix="unpacking-") as beside:
        places.fetch_with_tonic("NMNIST", split, Path(beside))
        unpacked = Path(beside) / "NMNIST" / folder
        if not _is_complete(unpacked, split):
            raise OSError(f"the archive does not hold the {n:,} recordings of {folder}")
        if target.is_dir():
            shutil.rmtree(target)
        os.replace(unpacked, target)
    return target
