"""Rate coding into spike words (one bit per step) or spike arrays."""

from __future__ import annotations

import numpy as np

from lava_intsnn.engine.jit import draw, draw_byte, kernel
from lava_intsnn.network.rules import LOW_DISCREPANCY_STEP

_STEP = np.int64(LOW_DISCREPANCY_STEP)
_LOW_DISCREPANCY = 0
_RANDOM = 1

#: Kernel codes of :class:`lava_intsnn.network.RateEncoder` kinds.
ENCODER_CODES = {"low_discrepancy": _LOW_DISCREPANCY, "random": _RANDOM}


@kernel
def encode_words(images, keys, steps, code, words):
    """Encode ``images (B, I)`` into ``words (B, I)``: bit ``t`` is the spike at step ``t``."""
    n_in = images.shape[1]
    for b in range(images.shape[0]):
        image, key, out = images[b], keys[b], words[b]
        if code == _LOW_DISCREPANCY:
            for block in range((n_in + 7) // 8):  # one draw holds the bytes of eight inputs
                bits = draw(key, np.uint64(block))
                for i in range(8 * block, min(8 * block + 8, n_in)):
                    pixel = np.int32(image[i])
                    word = np.uint32(0)
                    if pixel != 0:
                        r = np.int32(bits & np.uint64(255))
                        for t in range(steps):
                            fires = pixel > ((r + np.int32(_STEP * t)) & np.int32(255))
                            word |= np.uint32(fires) << np.uint32(t)
                    out[i] = word
                    bits >>= np.uint64(8)
        else:
            for i in range(n_in):
                pixel = np.int64(image[i])
                word = np.uint32(0)
                if pixel != 0:
                    first = np.uint64(i) * np.uint64(steps)
                    for t in range(steps):
                        r = np.int64(draw_byte(key, first + np.uint64(t)))
                        word |= np.uint32(pixel > r) << np.uint32(t)
                out[i] = word


@kernel
def encode_spikes(images, keys, steps, code, spikes):
    """Encode ``images (B, I)`` into ``spikes (B, T, I)`` uint8: any number of steps."""
    n_in = images.shape[1]
    for b in range(images.shape[0]):
        key = keys[b]
        for i in range(n_in):
            pixel = np.int64(images[b, i])
            if code == _LOW_DISCREPANCY:
                r = np.int64(draw_byte(key, np.uint64(i)))
                for t in range(steps):
                    spikes[b, t, i] = pixel > ((r + _STEP * t) & np.int64(255))
            else:
                first = np.uint64(i) * np.uint64(steps)
                for t in range(steps):
                    spikes[b, t, i] = pixel > np.int64(draw_byte(key, first + np.uint64(t)))
