"""Spoken digits as spikes of an inner-ear model, binned to frames: SHD and, in its layout, FSDD."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from lava_intsnn.argument_kinds import checks_kinds
from lava_intsnn.data import places, prepared
from lava_intsnn.data.binning import N_CHANNELS, bin_spikes, check_binning
from lava_intsnn.data.dataset import Dataset
from lava_intsnn.data.errors import DataError, check_split
from lava_intsnn.data.heidelberg import Recordings
from lava_intsnn.progress_bar import progress_over

#: As in section 3.4.2 of Gomez & Tang: ten frames of 175 inputs.
FRAMES, GROUP = 10, 4

#: To be raised when :func:`lava_intsnn.data.binning.bin_spikes` gives other counts.
_VERSION = 1


@dataclass(frozen=True)
class _Source:
    name: str
    title: str
    n_classes: int

    @property
    def folders(self) -> tuple[str, str]:
        """Looked into below the data directory; tonic lays the files into the first."""
        return self.name.upper(), "."

    def file(self, split: str) -> str:
        return f"{self.name}_{split}.h5"


_SHD = _Source("shd", "Spiking Heidelberg Digits", 20)
_FSDD = _Source("fsdd", "FSDD spike", 10)


@checks_kinds
def shd(
    split: str,
    *,
    data_dir: str | os.PathLike[str] | None = None,
    frames: int = FRAMES,
    group: int = GROUP,
    download: bool = True,
) -> Dataset:
    """Return the Spiking Heidelberg Digits: 20 classes, 8156 training and 2264 test samples.

    The files ``shd_train.h5`` and ``shd_test.h5`` are looked for in ``data_dir``, else in the
    folder that the environment variable ``LAVA_INTSNN_DATA`` names (each time in ``SHD`` and the
    folder itself), else in the user's cache, where tonic downloads them to.

    A sample's frames are equal parts of its own duration, and ``group`` adjacent channels are one
    input (see :func:`lava_intsnn.data.binning.bin_spikes`). They are binned once and then kept in
    the user's cache, or in the folder that ``LAVA_INTSNN_CACHE`` names.

    Parameters
    ----------
    split : {"train", "test"}
    data_dir : path, optional
        If given, the files must be there; no other place is tried.
    frames : int
        T, 1..1000.
    group : int
        Channels summed to an input; divides 700.
    download : bool
        Whether the network may be used.

    Returns
    -------
    Dataset
        ``images`` is (N, T * C) uint8 with C = 700 / group: the count of frame ``t`` and group
        ``c`` at ``t * C + c``. ``image_shape`` is (T, C); ``speakers`` is given.

    Raises
    ------
    DataError
        If the files are not found and cannot be downloaded, are damaged or hold something else,
        or ``frames`` or ``group`` is out of range.
    """
    return _load(_SHD, split, data_dir, frames, group, download)


@checks_kinds
def fsdd(
    split: str,
    *,
    data_dir: str | os.PathLike[str] | None = None,
    frames: int = FRAMES,
    group: int = GROUP,
) -> Dataset:
    """Return the Free Spoken Digit Dataset as spikes in the layout of SHD: 10 classes, 6 speakers.

    Two speakers occur in the test set only. The files ``fsdd_train.h5`` and ``fsdd_test.h5`` are
    derived from the recordings and cannot be downloaded. They are looked for in the same places as
    those of :func:`shd` (in ``FSDD`` and the folder itself), and parameters and result are the
    same. Results on FSDD are not results on SHD.

    Raises
    ------
    DataError
        If the files are not found, are damaged or hold something else, or ``frames`` or ``group``
        is out of range.
    """
    return _load(_FSDD, split, data_dir, frames, group, download=False)


def _load(
    source: _Source,
    split: str,
    data_dir: str | os.PathLike[str] | None,
    frames: int,
    group: int,
    download: bool,
) -> Dataset:
    check_split(split)
    check_binning(frames=frames, group=group)
    path = _path(source, split, data_dir, download)
    found = prepared.cached(
        path,
        partial(_bin, path, source, frames=frames, group=group),
        kind="frames",
        tag=f"{frames}x{group}",
        version=_VERSION,
        options=f"{frames} {group}",
    )
    try:
        return Dataset(
            name=source.name,
            images=found["counts"],
            labels=found["labels"],
            n_classes=source.n_classes,
            image_shape=(frames, N_CHANNELS // group),
            split=split,
            speakers=found["speakers"],
            frames=frames,
        )
    except DataError as error:
        raise DataError(f"{path}: {error}") from error


def _bin(path: Path, source: _Source, *, frames: int, group: int) -> dict[str, np.ndarray]:
    recordings = Recordings(path)
    # FSDD renamed to look like SHD, as tonic expects it, must not give "results on SHD"
    if len(recordings.keys) != source.n_classes:
        raise DataError(
            f"{path} names {len(recordings.keys)} classes (extra/keys), where {source.name} has "
            f"{source.n_classes}: it is another data set; give the folder with the right file"
        )
    counts = np.empty((len(recordings), frames * (N_CHANNELS // group)), dtype=np.uint8)
    desc, n = f"binning {path.name}", len(recordings)
    for index, (times, units) in enumerate(progress_over(recordings.spikes(), n, name=desc)):
        try:
            counts[index] = bin_spikes(times, units, frames=frames, group=group)
        except DataError as error:
            raise DataError(f"{path}, sample {index}: {error}") from error
    assert recordings.speakers is not None  # files that are complete name them
    labels = recordings.labels.astype(np.int32)
    return {"counts": counts, "labels": labels, "speakers": recordings.speakers}


def _path(
    source: _Source, split: str, data_dir: str | os.PathLike[str] | None, download: bool
) -> Path:
    roots = places.named_folders(data_dir)
    if data_dir is None and source is _SHD:
        roots.append(places.cache_dir())
    if found := places.find(roots, source.folders, source.file(split), Path.is_file):
        return found
    missing = partial(_missing, source, split, roots)
    if source is _FSDD:
        raise DataError(missing(""))
    get = partial(_download, split, places.cache_dir())
    return places.obtained(get, missing, data_dir=data_dir, download=download)


def _download(split: str, root: Path) -> Path:
    """Let tonic fetch the file, with its checksum, into ``root/SHD``."""
    path = root / "SHD" / _SHD.file(split)
    # tonic takes an archive, even half of one, for the file
    path.with_name(f"{path.name}.zip").unlink(missing_ok=True)
    places.fetch_with_tonic("SHD", split, root)
    return path


def _missing(source: _Source, split: str, roots: list[Path], reason: str) -> str:
    looked = places.looked_in(roots, source.folders)
    text = (
        f"the {source.title} file {source.file(split)} is not {looked or 'to be found'}{reason}. "
    )
    if source is _FSDD:
        text += "It is derived from the recordings and there is no public download of it. "
    return f"{text}Name the folder that holds it {places.HOW}"
