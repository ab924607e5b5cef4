"""Integer augmentation: whole-pixel shifts, with keys like those of all other random bits."""

from __future__ import annotations

import numpy as np

from lava_intsnn.arithmetic import Stream, random_key
from lava_intsnn.engine.jit import draw_byte, kernel


@kernel
def _shift(images, keys, shape, reach, rows, out):
    frames, height, width, channels = shape
    span = np.uint64(2 * reach + 1)
    for b in range(images.shape[0]):
        dy = np.int64(draw_byte(keys[b], np.uint64(0)) % span) - reach if rows else 0
        dx = np.int64(draw_byte(keys[b], np.uint64(1)) % span) - reach
        for t in range(frames):
            for y in range(height):
                for x in range(width):
                    source_y, source_x = y + dy, x + dx
                    inside = 0 <= source_y < height and 0 <= source_x < width
                    to = ((t * height + y) * width + x) * channels
                    source = ((t * height + source_y) * width + source_x) * channels
                    for c in range(channels):
                        out[b, to + c] = images[b, source + c] if inside else 0


def shift_images(
    images: np.ndarray,
    *,
    image_shape: tuple[int, ...],
    reach: int,
    seed: int,
    epoch: int,
    samples: np.ndarray,
    rows: bool = True,
) -> np.ndarray:
    """Return ``images``, uint8 ``(B, I)``, each shifted by up to ``reach`` pixels in y and x.

    Pixels shifted in are 0. All channels of a pixel, and all frames of a sample, move together.

    Parameters
    ----------
    image_shape : (H, W), (H, W, C) or (T, H, W, C)
    samples : (B,)
        Indices of the images in their data set.
    rows : bool
        With False an ``(H, W)`` image is shifted in x only, which moves the channels of frames but
        keeps their order in time.
    """
    shape: tuple[int, ...]
    if len(image_shape) == 2:
        shape = (1, *image_shape, 1)
    else:
        shape = (1,) * (4 - len(image_shape)) + tuple(image_shape)
        rows = True
    out = np.empty_like(images)
    keys = random_key(seed, Stream.AUGMENT, samples, epoch)
    # a single row has nowhere to go
    _shift(images, keys, shape, reach, rows and shape[1] > 1, out)
    return out
