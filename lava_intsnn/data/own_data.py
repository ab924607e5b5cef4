"""Data sets of the user's own: which kind of files these are, their parts, and how to read them."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import numpy as np

from lava_intsnn.argument_kinds import checks_kinds
from lava_intsnn.data.arrays import MAX_CLASSES, class_labels, names_in
from lava_intsnn.data.binning import MAX_CHANNELS, MAX_FRAMES
from lava_intsnn.data.dataset import Dataset
from lava_intsnn.data.errors import DataError, check_split, damaged, unreadable
from lava_intsnn.data.idx import read_idx
from lava_intsnn.data.idx_pair import IdxPair, is_idx_name, pairs_beside
from lava_intsnn.data.image_folder import class_folders, image_files, pixels_of
from lava_intsnn.data.npz_arrays import npz_array, npz_parts
from lava_intsnn.data.spike_file import channels_of, spike_file
from lava_intsnn.field_checks import Checked, Within
from lava_intsnn.storage.regular_file import open_regular

_HDF5, _ZIP, _GZIP = b"\x89HDF\r\n\x1a\n", b"PK\x03\x04", b"\x1f\x8b"
_READS = (
    "an .npz with X and y, a pair of IDX files, HDF5 in the layout of SHD, or a folder with a "
    "folder of images for each class"
)
#: Names of folders with the images of a part.
_PART_FOLDERS = {"train": ("train", "training"), "test": ("test", "testing")}


@dataclass(frozen=True, kw_only=True)
class Reading(Checked, refusal=DataError):
    """How files are read, where they do not say it themselves.

    Parameters
    ----------
    scale : float, optional
        What the values of images are multiplied with: 255 for floats in 0..1.
    value_range : (float, float), optional
        The values that become 0 and 255, in place of ``scale``.
    first_label : int
        The label of class 0.
    n_classes : int, optional
        By default one more than the highest class of all parts.
    size : (int, int), optional
        Height and width that images of a folder are resized to, 1..4096 each.
    frames : int
        For spikes: frames of a sample. Arrays have theirs: any value says that their second
        dimension is time.
    group : int
        For spikes: adjacent channels summed to one input.
    channels : int, optional
        For spikes: by default as many as hold all spikes of all parts.
    """

    scale: float | None = None
    value_range: tuple[float, float] | None = None
    first_label: int = 0
    n_classes: Annotated[int, Within(1, MAX_CLASSES)] | None = None
    size: tuple[Annotated[int, Within(1, 4096)], Annotated[int, Within(1, 4096)]] | None = None
    frames: Annotated[int, Within(1, MAX_FRAMES)] | None = None
    group: Annotated[int, Within(1, MAX_CHANNELS)] = 1
    channels: Annotated[int, Within(1, MAX_CHANNELS)] | None = None


#: Option -> the kinds of files that it is for.
_FOR = {
    "scale": ("npz", "idx"),
    "value_range": ("npz", "idx"),
    "first_label": ("npz", "idx", "spikes"),
    "size": ("folder",),
    "frames": ("npz", "spikes"),
    "group": ("spikes",),
    "channels": ("spikes",),
}


@dataclass(frozen=True, kw_only=True)
class OwnData:
    """Files that hold a data set, found and told apart, but not yet read.

    Attributes
    ----------
    path : path
    kind : {"npz", "idx", "spikes", "folder"}
    parts : tuple of str
        ``"train"`` and ``"test"``, or one of them; empty if the data are not divided.
    """

    path: Path
    kind: str
    parts: tuple[str, ...]
    # part, or "" -> what reads it; "images" may be a function, as not every reader wants them
    _readers: Mapping[str, Callable[[Reading], dict[str, Any]]] = field(repr=False)

    def has(self, split: str) -> bool:
        """Whether there is a part of its own for ``split``."""
        return split in self.parts

    def read(self, split: str = "train", **options: Any) -> Dataset:
        """Return a part of the data, or all of data that are not divided.

        Parameters
        ----------
        split : {"train", "test"}
        **options
            The fields of :class:`Reading`.

        Raises
        ------
        DataError
            If there is no such part, a file is damaged, or an option does not apply.
        """
        check_split(split)
        reading = self._reading(options)
        if self.parts and split not in self.parts:
            raise DataError(
                f"{self.path}: holds {' and '.join(self.parts)} data, but no {split} data; name "
                "the file that holds them"
            )
        parts = {part: read_part(reading) for part, read_part in self._readers.items()}
        found = parts[split if self.parts else ""]
        images = found["images"]
        try:
            classes = _classes(list(parts.values()))
            if reading.n_classes is None and classes is None:
                reading = replace(reading, n_classes=_n_classes(reading, list(parts.values())))
            data = Dataset.from_arrays(
                images() if callable(images) else images,
                found["labels"],
                name=self.path.name.split(".")[0] or str(self.path),
                scale=reading.scale,
                value_range=reading.value_range,
                first_label=reading.first_label,
                n_classes=reading.n_classes,
                classes=classes,
                frames=reading.frames is not None or self.kind == "spikes",
                split=split,
            )
            if found.get("speakers") is not None:
                data = replace(data, speakers=found["speakers"])
        except DataError as error:
            raise DataError(f"{self.path}: {error}") from error
        return data

    def _reading(self, options: Mapping[str, Any]) -> Reading:
        known = {f.name: f.default for f in fields(Reading)}
        for name, value in options.items():
            if name not in known:
                raise DataError(
                    f"{name!r} is not a reading option; the options are {', '.join(known)}"
                )
            if value != known[name] and self.kind not in _FOR.get(name, (self.kind,)):
                raise DataError(
                    f"{name} = {value!r}: is for {' and '.join(_FOR[name])}, and {self.path} is of "
                    f"the kind {self.kind}; leave it out"
                )
        return Reading(**options)


def _classes(parts: Sequence[Mapping[str, Any]]) -> tuple[str, ...] | None:
    """Return the names of the classes of all parts, so that each part is numbered alike."""
    named = [part.get("classes") or names_in(part["labels"]) for part in parts]
    several = {names for names in named if names}
    if len(several) < 2:
        return next(iter(several), None)  # in their own order
    return tuple(sorted(set().union(*several)))


def _n_classes(reading: Reading, parts: Sequence[Mapping[str, Any]]) -> int | None:
    """Return the number of classes of all parts, so that each part has as many."""
    labels = [part["labels"] for part in parts]
    if len(parts) < 2 or any(np.asarray(each).dtype.kind not in "ui" for each in labels):
        return None
    tops = [int(np.max(each)) for each in labels if len(each)]
    return max(tops, default=0) + 1 - reading.first_label


@checks_kinds
def open_data(path: str | os.PathLike[str]) -> OwnData:
    """Find out what kind of data set is at ``path`` and which parts it has.

    Parameters
    ----------
    path : path
        - ``.npz``: arrays X and y, images and labels, or x_train, y_train, x_test and y_test;
        - one of a pair of IDX files, or the folder that holds them (MNIST, EMNIST, and the names
          of Kaggle's copies), compressed or not;
        - HDF5 in the layout of the Spiking Heidelberg Digits;
        - a folder with a folder of images for each class, or with ``train`` and ``test`` above
          them.

    Raises
    ------
    DataError
        If it is none of these: says what was found.
    """
    path = Path(path)
    if path.is_dir():
        return _folder(path)
    try:
        with open_regular(path) as file:
            begin = file.read(8)
    except OSError as error:
        raise unreadable(path, error) or damaged(path, str(error), "a file") from None
    if begin.startswith(_ZIP):
        names = npz_parts(path)
        readers = {part: partial(_npz, path, pair) for part, pair in names.items()}
        return _own(path, "npz", readers)
    if begin == _HDF5:
        return _spikes(path)
    if is_idx_name(path.name) or begin.startswith((b"\0\0", _GZIP)):
        return _idx(path)
    raise DataError(f"{path}: this is not a data set that can be read; give {_READS}")


@checks_kinds
def read(path: str | os.PathLike[str], split: str = "train", **options: Any) -> Dataset:
    """Read a data set of your own; :func:`open_data` says which files these may be.

    Parameters
    ----------
    path : path
    split : {"train", "test"}
        Data that are not divided are read whole, whichever is asked.
    **options
        See :class:`Reading`: ``scale``, ``value_range``, ``first_label``, ``n_classes``, ``size``,
        ``frames``, ``group``, ``channels``.

    Raises
    ------
    DataError
        If there are no such data, they are damaged, or an option does not apply to them.

    Examples
    --------
    >>> import numpy as np, tempfile, os
    >>> file = os.path.join(tempfile.mkdtemp(), "mine.npz")
    >>> np.savez(file, X=np.eye(4), y=[0, 1, 2, 3])
    >>> read(file, scale=255)
    Dataset('mine', 'train', 4 samples, 1x4, 4 classes)
    """
    return open_data(path).read(split, **options)


def _own(path: Path, kind: str, readers: Mapping[str, Callable[..., Any]]) -> OwnData:
    parts = tuple(part for part in ("train", "test") if part in readers)
    return OwnData(path=path, kind=kind, parts=parts, _readers=readers)


def _npz(path: Path, names: tuple[str, str], reading: Reading) -> dict[str, Any]:
    return {"images": partial(npz_array, path, names[0]), "labels": npz_array(path, names[1])}


def _idx(path: Path) -> OwnData:
    pairs = pairs_beside(path)
    return _own(path, "idx", {part: partial(_idx_pair, pair) for part, pair in pairs.items()})


def _idx_pair(pair: IdxPair, reading: Reading) -> dict[str, Any]:
    return {
        "images": partial(read_idx, pair.images, ndim=(2, 3, 4), any_type=True),
        "labels": read_idx(pair.labels, ndim=1, any_type=True),
    }


def _spikes(path: Path) -> OwnData:
    """Return a file of spikes; ``shd_train.h5`` and ``shd_test.h5`` are parts of one data set."""
    paths = {"": path}
    for part, other in (("train", "test"), ("test", "train")):
        beside = path.with_name(path.name.replace(part, other))
        if part in path.name and beside.is_file():
            paths = {part: path, other: beside}
    readers = {part: partial(_spike_part, at, tuple(paths.values())) for part, at in paths.items()}
    return _own(path, "spikes", readers)


def _spike_part(path: Path, paths: tuple[Path, ...], reading: Reading) -> dict[str, Any]:
    if reading.frames is None:
        raise DataError(f"{path}: holds spikes; say in how many frames to count them, frames=10")
    channels = reading.channels
    if channels is None:
        # so that groups are whole
        channels = -(-channels_of(paths) // reading.group) * reading.group
    found = spike_file(path, frames=reading.frames, group=reading.group, channels=channels)
    if names := found["classes"]:
        what = f"{path}: labels"
        labels, *_ = class_labels(
            found["labels"], what=what, first_label=reading.first_label, classes=names
        )
        found["labels"] = [names[label] for label in labels]
    return found


def _folder(path: Path) -> OwnData:
    if pairs := pairs_beside(path):
        return _own(path, "idx", {part: partial(_idx_pair, pair) for part, pair in pairs.items()})
    below = {p.name.lower(): p for p in path.iterdir() if p.is_dir()}
    parts = {
        part: below[name]
        for part, names in _PART_FOLDERS.items()
        for name in names
        if name in below
    }
    if not any(class_folders(folder) for folder in parts.values()):
        parts = {"": path}
        if not class_folders(path):
            held = ", ".join(sorted(p.name for p in path.iterdir())[:5]) or "nothing"
            raise DataError(f"{path}: the folder holds {held}, which is no data set; give {_READS}")
    return _own(path, "folder", {part: partial(_images, at) for part, at in parts.items()})


def _images(root: Path, reading: Reading) -> dict[str, Any]:
    files = image_files(root)
    return {
        "images": partial(pixels_of, files, size=reading.size, name=f"reading {root.name}"),
        "labels": [file.parent.name for file in files],
        "classes": tuple(folder.name for folder in class_folders(root)),
    }
