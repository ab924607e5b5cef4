"""Storing the spikes of single steps in spike words."""

from __future__ import annotations

import numpy as np

from lava_intsnn.engine.jit import kernel


@kernel
def put_step(spikes, t, words):
    """Store ``spikes (B, n)`` uint8 as bit ``t`` of ``words (B, n)``; step 0 starts new words."""
    bit = np.uint32(t)
    for b in range(spikes.shape[0]):
        for i in range(spikes.shape[1]):
            old = words[b, i] if t > 0 else np.uint32(0)
            words[b, i] = old | (np.uint32(spikes[b, i]) << bit)
