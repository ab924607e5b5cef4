"""Taking in single steps: spikes into spike words, feedback from its message."""

from __future__ import annotations

import numpy as np

from lava_intsnn.engine.jit import kernel, saturate, shift_floor


@kernel
def put_step(spikes, t, words):
    """Store ``spikes (B, n)`` uint8 as bit ``t`` of ``words (B, n)``; step 0 starts new words."""
    bit = np.uint32(t)
    for b in range(spikes.shape[0]):
        for i in range(spikes.shape[1]):
            old = words[b, i] if t > 0 else np.uint32(0)
            words[b, i] = old | (np.uint32(spikes[b, i]) << bit)


@kernel
def receive(total, fb_shift, v_fb_lim, v_fb):
    """Shift and saturate feedback sums ``total (B, O)`` int64 into ``v_fb (B, >= O)`` int32."""
    for b in range(total.shape[0]):
        for h in range(total.shape[1]):
            v_fb[b, h] = saturate(shift_floor(total[b, h], fb_shift), v_fb_lim)
