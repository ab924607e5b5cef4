"""Integer augmentation: whole-pixel shifts, with keys like those of all other random bits."""

from __future__ import annotations

import numpy as np

from lava_intsnn.arithmetic import Stream, random_key
from lava_intsnn.engine.jit import draw_byte, kernel


@kernel
def _shift(images, keys, height, width, reach, rows, out):
    span = np.uint64(2 * reach + 1)
    for b in range(images.shape[0]):
        dy = np.int64(draw_byte(keys[b], np.uint64(0)) % span) - reach if rows else 0
        dx = np.int64(draw_byte(keys[b], np.uint64(1)) % span) - reach
        for y in range(height):
            for x in range(width):
                source_y, source_x = y + dy, x + dx
                inside = 0 <= source_y < height and 0 <= source_x < width
                out[b, y * width + x] = images[b, source_y * width + source_x] if inside else 0


def shift_images(
    images: np.ndarray,
    *,
    image_shape: tuple[int, int],
    reach: int,
    seed: int,
    epoch: int,
    samples: np.ndarray,
    rows: bool = True,
) -> np.ndarray:
    """Return ``images``, uint8 ``(B, I)``, each shifted by up to ``reach`` pixels in y and x.

    Pixels shifted in are 0. ``samples (B,)`` are the indices of the images in their data set. With
    ``rows=False`` images are shifted in x only, which moves the channels of frames but keeps their
    order in time.
    """
    out = np.empty_like(images)
    keys = random_key(seed, Stream.AUGMENT, samples, epoch)
    _shift(images, keys, image_shape[0], image_shape[1], reach, rows, out)
    return out
