"""Integer augmentation of images: mirrored, turned, and with a square cut out.

The plain form, to be read first, is :mod:`lava_intsnn.reference.augmented_sample`.
"""

from __future__ import annotations

import numpy as np

from lava_intsnn.augmenting import RATIO_BITS, AugmentDraw
from lava_intsnn.engine.jit import draw_below, kernel

_MIRROR, _TURN = np.uint64(AugmentDraw.MIRROR), np.uint64(AugmentDraw.TURN)
_ROW, _COLUMN = np.uint64(AugmentDraw.CUTOUT_ROW), np.uint64(AugmentDraw.CUTOUT_COLUMN)
_HALF, _DOUBLED_BITS = np.int64(1 << RATIO_BITS), np.int64(RATIO_BITS + 1)


@kernel
def _turn(image, slope, shape, turned):
    """Fill ``turned`` with ``image``, turned about its centre by a slope."""
    frames, height, width, colours = shape
    for y in range(height):
        left = (_HALF - slope * (2 * y - height + 1)) >> _DOUBLED_BITS
        for x in range(width):
            source_y = y + ((slope * (2 * x - width + 1) + _HALF) >> _DOUBLED_BITS)
            source_x = x + left
            inside = 0 <= source_y < height and 0 <= source_x < width
            for t in range(frames):
                to = ((t * height + y) * width + x) * colours
                source = ((t * height + source_y) * width + source_x) * colours
                for c in range(colours):
                    turned[to + c] = image[source + c] if inside else 0


@kernel
def _mirror(image, shape):
    frames, height, width, colours = shape
    for row in range(frames * height):
        for x in range(width // 2):
            left, right = (row * width + x) * colours, (row * width + width - 1 - x) * colours
            for c in range(colours):
                image[left + c], image[right + c] = image[right + c], image[left + c]


@kernel
def change_images(samples, keys, shape, mirror, reach, cutout):
    """Mirror, turn and cut samples ``(B, I)`` in place; ``reach`` is the largest slope."""
    frames, height, width, colours = shape
    turned = np.empty(samples.shape[1], np.uint8)
    for b in range(samples.shape[0]):
        key, image = keys[b], samples[b]
        if mirror and draw_below(key, _MIRROR, np.uint64(2)):
            _mirror(image, shape)
        slope = np.int64(draw_below(key, _TURN, np.uint64(2 * reach + 1))) - reach
        if slope:
            _turn(image, slope, shape, turned)
            image[:] = turned
        top = np.int64(draw_below(key, _ROW, np.uint64(height))) - cutout // 2
        left = np.int64(draw_below(key, _COLUMN, np.uint64(width))) - cutout // 2
        for t in range(frames):
            for y in range(max(0, top), min(height, top + cutout)):
                row = (t * height + y) * width
                for x in range(max(0, left), min(width, left + cutout)):
                    for c in range(colours):
                        image[(row + x) * colours + c] = 0
