"""Rate coding: one byte per input becomes T binary spikes."""

import numpy as np

from lava_intsnn.arithmetic import draw_byte
from lava_intsnn.network.rules import LOW_DISCREPANCY_STEP, RateEncoder


def encode(encoder: RateEncoder, image: np.ndarray, *, key: np.uint64, steps: int) -> np.ndarray:
    """Return the spikes ``(T, I)`` of one image.

    Parameters
    ----------
    image : uint8 array (I,)
    key : uint64
        ``random_key(seed, Stream.ENCODE_*, sample, epoch)``.
    """
    pixel = image.astype(np.int64)
    i = np.arange(len(pixel), dtype=np.uint64)
    spikes = np.zeros((steps, len(pixel)), np.uint8)
    with np.errstate(over="ignore"):
        for t in range(steps):
            if encoder.kind == "low_discrepancy":
                r = (draw_byte(key, i).astype(np.int64) + LOW_DISCREPANCY_STEP * t) & 255
            else:
                r = draw_byte(key, i * np.uint64(steps) + np.uint64(t)).astype(np.int64)
            spikes[t] = pixel > r
    return spikes
