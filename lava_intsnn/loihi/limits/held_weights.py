"""Bits with which a synapse of the chip holds weights."""

from __future__ import annotations

import numpy as np

from lava_intsnn.loihi.limits.limit import Limits


def bits_of_weights(w: np.ndarray, limits: Limits) -> int | None:
    """Return the signed bits of the weights of a synapse block, or None if it cannot hold them.

    These are ``weight_bits``, or one more if all weights are even: those of mixed signs in Lava's
    Dense, and so those that lava-dl trains. Their lowest bit, always 0, is not stored.
    """
    bits = limits.weight_bits.value
    if _within(w, bits):
        return bits
    return bits + 1 if not (w & 1).any() and _within(w >> 1, bits) else None


def _within(w: np.ndarray, bits: int) -> bool:
    top = 1 << (bits - 1)
    return w.size == 0 or bool(-top <= w.min() and w.max() < top)
