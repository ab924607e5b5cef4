"""Integer augmentation of training images: shifts, flips, brightness and contrast."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from lava_intsnn.arithmetic import Rounding, Stream, draw_below, random_key, round_shift
from lava_intsnn.conversion.ann_spec import Augmentation
from lava_intsnn.conversion.pixels import Pixels

_FACTOR_BITS = 8


def augmented(
    images: npt.NDArray[np.uint8],
    *,
    pixels: Pixels,
    augment: Augmentation,
    seed: int,
    epoch: int,
    samples: npt.NDArray[np.int64],
) -> npt.NDArray[np.int32]:
    """Return augmented images as the network's input.

    Parameters
    ----------
    images : (B, H, W, C) uint8 array
    pixels : Pixels
        Crop and scale.
    augment : Augmentation
    seed, epoch : int
    samples : (B,) int64 array
        Numbers of the images in their data set; they key the random changes.

    Returns
    -------
    (B, H', W', C) int32 array
    """

    def drawn(what: int, n: int) -> npt.NDArray[np.int64]:
        """Return -n .. n for each sample."""
        with np.errstate(over="ignore"):
            key = random_key(seed, Stream.AUGMENT, samples, epoch)
            return draw_below(key, np.uint64(what), np.uint64(2 * n + 1)).astype(np.int64) - n

    x = _moved(images, pixels, drawn(0, augment.shift), drawn(1, augment.shift), augment.shift)
    if augment.flip:
        mirrored = drawn(2, 512) < 0
        x[mirrored] = x[mirrored, :, ::-1]
    if augment.brightness or augment.contrast:
        x = x.astype(np.int64)
        mean = x.sum(axis=(1, 2), keepdims=True) // (x.shape[1] * x.shape[2])
        change = drawn(3, (augment.contrast << _FACTOR_BITS) // 100)
        factor = ((1 << _FACTOR_BITS) + change)[:, None, None, None]
        scaled = round_shift((x - mean) * factor, np.int64(_FACTOR_BITS), Rounding.NEAREST, 0)
        x = mean + scaled + drawn(4, augment.brightness)[:, None, None, None]
    return pixels.scaled(x)


def _moved(
    images: npt.NDArray[np.uint8],
    pixels: Pixels,
    down: npt.NDArray[np.int64],
    right: npt.NDArray[np.int64],
    shift: int,
) -> npt.NDArray[np.uint8]:
    """Return the part in the middle, moved by ``down`` and ``right``, as a new array."""
    if not shift:
        return pixels.cropped(images).copy()
    height, width = images.shape[1:3]
    crop_h, crop_w = (pixels.crop or height), (pixels.crop or width)
    pad = max(0, shift - (min(height - crop_h, width - crop_w) // 2))
    padded = np.pad(images, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
    view = np.lib.stride_tricks.sliding_window_view(padded, (crop_h, crop_w), axis=(1, 2))  # type: ignore[call-overload]
    top = (padded.shape[1] - crop_h) // 2 + down
    left = (padded.shape[2] - crop_w) // 2 + right
    return np.ascontiguousarray(view[np.arange(len(images)), top, left].transpose(0, 2, 3, 1))
