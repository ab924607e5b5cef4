"""Samples and labels, checked once so that no consumer has to."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from math import prod

import numpy as np
import numpy.typing as npt

from lava_intsnn.arithmetic import Stream, draw, random_key
from lava_intsnn.data.errors import DataError
from lava_intsnn.field_checks import check_fields
from lava_intsnn.nearest_name import suggestion

SPLITS = ("train", "test", "validation")

#: Height and width, and for several channels also their number.
ImageShape = tuple[int, int] | tuple[int, int, int]


# eq=False: arrays have no single truth value, and identity is what callers mean.
@dataclass(frozen=True, eq=False)
class Dataset:
    """Samples as rows of unsigned bytes, with integer labels.

    Parameters
    ----------
    name : str
        For messages, result tables and the fingerprint.
    images : (N, I) uint8 array, C-contiguous
        One sample a row; 255 is the brightest grey level, or the highest count.
    labels : (N,) int32 array
        Classes, 0..n_classes-1.
    n_classes : int
    image_shape : (int, int) or (int, int, int)
        Height and width, or frames and inputs of a frame; for colours height, width and channels.
        Their product is ``I``, the last of them varies fastest.
    split : str
        ``"train"``, ``"test"`` or ``"validation"``.
    speakers : (N,) int32 array, optional
        The speaker of each sample, for :meth:`hold_out_speakers`.

    Raises
    ------
    DataError
        If shapes, dtypes or labels do not agree with the above.
    """

    name: str
    images: npt.NDArray[np.uint8]
    labels: npt.NDArray[np.int32]
    n_classes: int
    image_shape: ImageShape
    split: str
    speakers: npt.NDArray[np.int32] | None = None

    def __post_init__(self) -> None:
        check_fields(self, DataError, but=("images", "labels", "speakers"))  # they say what to do
        _check_images(self)
        _check_labels(self)
        _check_speakers(self)
        if self.split not in SPLITS:
            raise DataError(
                f"split {self.split!r} of dataset {self.name!r}: must be one of {SPLITS}"
                f"{suggestion(self.split, SPLITS)}"
            )

    def __len__(self) -> int:
        return len(self.labels)

    def __repr__(self) -> str:
        shape = "x".join(map(str, self.image_shape))
        return (
            f"Dataset({self.name!r}, {self.split!r}, {len(self)} samples, {shape}, "
            f"{self.n_classes} classes)"
        )

    @property
    def maps(self) -> npt.NDArray[np.uint8]:
        """The images as a view (N, H, W, C); those of one channel have C = 1."""
        h, w, *channels = self.image_shape
        return self.images.reshape(len(self), h, w, *(channels or [1]))

    def head(self, n: int) -> Dataset:
        """Return the first ``n`` samples (all of them if there are fewer), without a copy."""
        if n < 1:
            raise DataError(f"{n} samples asked of {self.name}: must be at least 1")
        return self._select(slice(n), self.split)

    def split_validation(self, n: int, *, seed: int | None = None) -> tuple[Dataset, Dataset]:
        """Set ``n`` samples aside for choices that must not see the test set.

        Parameters
        ----------
        n : int
            Size of the validation part, 1..N-1.
        seed : int, optional
            Draw the validation part at random; both parts keep the dataset's order. Without it
            the last ``n`` samples are taken, as is usual for MNIST, which is already shuffled.

        Returns
        -------
        train, validation : Dataset
        """
        if not 1 <= n < len(self):
            raise DataError(
                f"{n} samples asked for validation of the {len(self)} of {self.name}: "
                f"must be 1..{len(self) - 1}"
            )
        chosen = np.zeros(len(self), dtype=bool)
        if seed is None:
            chosen[-n:] = True
        else:
            with np.errstate(over="ignore"):
                bits = draw(random_key(seed, Stream.SPLIT), np.arange(len(self), dtype=np.uint64))
            chosen[np.argsort(bits, kind="stable")[:n]] = True
        return self._select(~chosen, self.split), self._select(chosen, "validation")

    def hold_out_speakers(self, speakers: Iterable[int]) -> tuple[Dataset, Dataset]:
        """Set all samples of some speakers aside, to validate on speakers not seen in training.

        Parameters
        ----------
        speakers : iterable of int
            Some, but not all, of ``self.speakers``.

        Returns
        -------
        train, validation : Dataset
            Both keep the dataset's order.

        Raises
        ------
        DataError
            If the dataset names no speakers, or these are none, all, or not in it.
        """
        if self.speakers is None:
            raise DataError(
                f"{self.name} names no speakers to hold out; hold out samples instead: "
                "split_validation(n), --validate N"
            )
        present = np.unique(self.speakers).tolist()
        wanted = sorted({int(speaker) for speaker in speakers})
        known = f"the speakers of {self.name} {self.split} are {', '.join(map(str, present))}"
        if not wanted:
            raise DataError(f"no speaker to hold out: {known}")
        strangers = [speaker for speaker in wanted if speaker not in present]
        if strangers:
            who = f"speaker{'s' * (len(strangers) > 1)} {', '.join(map(str, strangers))}"
            raise DataError(f"{who} cannot be held out: {known}")
        if wanted == present:
            raise DataError(f"holding out every speaker leaves nothing to train on: {known}")
        chosen = np.isin(self.speakers, wanted)
        return self._select(~chosen, self.split), self._select(chosen, "validation")

    def fingerprint(self) -> str:
        """Return 16 hex digits over images, labels and name, which a resumed run compares."""
        digest = hashlib.sha256()
        head = (self.name, self.images.shape, self.n_classes, tuple(self.image_shape))
        digest.update(repr(head).encode())
        digest.update(self.images.tobytes())
        digest.update(self.labels.astype("<i4").tobytes())
        return digest.hexdigest()[:16]

    def _select(self, rows: slice | npt.NDArray[np.bool_], split: str) -> Dataset:
        speakers = None if self.speakers is None else self.speakers[rows]
        images, labels = self.images[rows], self.labels[rows]
        return replace(self, images=images, labels=labels, speakers=speakers, split=split)


def _require_dtype(array: object, dtype: type, what: str, wanted: str) -> None:
    if not isinstance(array, np.ndarray) or array.dtype != dtype:
        found = getattr(array, "dtype", type(array).__name__)
        raise DataError(f"{what} are {found}: must be {wanted} .astype({dtype.__name__!r})")


def _check_images(data: Dataset) -> None:
    images, shape = data.images, data.image_shape
    what = f"images of dataset {data.name!r}"
    _require_dtype(images, np.uint8, what, "a uint8 array; scale them to 0..255 and use")
    if images.ndim != 2 or 0 in images.shape:
        raise DataError(
            f"{what} have shape {images.shape}: must be (N, I) with N, I >= 1; "
            "flatten them with images.reshape(len(images), -1)"
        )
    if not images.flags.c_contiguous:
        raise DataError(f"{what} are not C-contiguous: use np.ascontiguousarray(images)")
    n_inputs = images.shape[1]
    if min(shape) < 1 or prod(shape) != n_inputs:
        raise DataError(
            f"image_shape {shape} of dataset {data.name!r}: must be (h, w) with "
            f"h * w = {n_inputs}, the number of inputs, or (h, w, c) with h * w * c = {n_inputs}"
        )


def _check_labels(data: Dataset) -> None:
    labels, what = data.labels, f"labels of dataset {data.name!r}"
    if data.n_classes < 1:
        raise DataError(f"n_classes {data.n_classes} of dataset {data.name!r}: must be at least 1")
    _require_dtype(labels, np.int32, what, "an int32 array; use")
    if labels.shape != (len(data.images),):
        raise DataError(
            f"{what} have shape {labels.shape}: must be ({len(data.images)},), one for each image"
        )
    wrong = (labels < 0) | (labels >= data.n_classes)
    if wrong.any():
        first = int(np.argmax(wrong))
        raise DataError(
            f"{what}: {int(wrong.sum())} out of range, the first at index {first} with value "
            f"{int(labels[first])}; must be 0..{data.n_classes - 1} (n_classes={data.n_classes})"
        )


def _check_speakers(data: Dataset) -> None:
    speakers, what = data.speakers, f"speakers of dataset {data.name!r}"
    if speakers is None:
        return
    _require_dtype(speakers, np.int32, what, "an int32 array; use")
    if speakers.shape != data.labels.shape:
        raise DataError(
            f"{what} have shape {speakers.shape}: must be {data.labels.shape}, one for each sample"
        )
