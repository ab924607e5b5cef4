"""What a data set must satisfy, so that no consumer has to check it again."""

from __future__ import annotations

from collections.abc import Iterable
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from lava_intsnn.data.errors import DataError
from lava_intsnn.field_checks import is_integer, shown
from lava_intsnn.nearest_name import suggestion

if TYPE_CHECKING:
    from lava_intsnn.data.dataset import Dataset

SPLITS = ("train", "test", "validation")


def check_dataset(data: Dataset) -> None:
    """Raise :class:`DataError` if shapes, types, labels or names do not agree."""
    _check_images(data)
    _check_frames(data)
    _check_labels(data)
    _check_speakers(data)
    if data.classes is not None and len(data.classes) != data.n_classes:
        raise DataError(
            f"{len(data.classes)} names of classes in dataset {data.name!r}: must be "
            f"{data.n_classes}, its n_classes"
        )
    if data.classes is not None and len(set(data.classes)) < len(data.classes):
        raise DataError(f"names of classes in dataset {data.name!r}: must all be different")
    if data.split not in SPLITS:
        raise DataError(
            f"split {data.split!r} of dataset {data.name!r}: must be one of {SPLITS}"
            f"{suggestion(data.split, SPLITS)}"
        )


def speaker_numbers(given: Any, known: str) -> list[int]:
    """Return the speakers ``given`` in order, once each; ``known`` ends the message of an error."""
    if not isinstance(given, Iterable):
        raise DataError(
            f"speakers = {shown(given)}: give a list, even of one: [{shown(given)}]; {known}"
        )
    numbers = list(given)
    for speaker in numbers:
        if not is_integer(speaker):
            raise DataError(f"speaker {shown(speaker)}: must be an integer: {known}")
    return sorted({int(speaker) for speaker in numbers})


def _require_dtype(array: object, dtype: type, what: str, wanted: str) -> None:
    if not isinstance(array, np.ndarray) or array.dtype != dtype:
        found = getattr(array, "dtype", type(array).__name__)
        raise DataError(f"{what} are {found}: must be {wanted} .astype({dtype.__name__!r})")


def _check_images(data: Dataset) -> None:
    images, shape = data.images, data.image_shape
    what = f"images of dataset {data.name!r}"
    _require_dtype(images, np.uint8, what, "a uint8 array; scale them to 0..255 and use")
    if len(images) == 0:
        raise DataError(f"{what}: there are none; there must be at least one")
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
            f"h * w = {n_inputs}, the number of inputs, or (h, w, c) with h * w * c = {n_inputs}; "
            "frames of images are (t, h, w, c)"
        )


def _check_frames(data: Dataset) -> None:
    frames, shape = data.frames, data.image_shape
    if len(shape) > 3 and not frames:
        raise DataError(
            f"image_shape {shape} of dataset {data.name!r}: has frames in front, so give "
            f"frames={shape[0]}"
        )
    if frames and (frames != shape[0] or len(shape) == 3):
        raise DataError(
            f"frames = {frames} and image_shape = {shape} of dataset {data.name!r}: must be "
            f"({frames}, inputs) or ({frames}, height, width, channels)"
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
