"""The weight update (3.18, 3.24-3.27) on transposed shadow weights."""

from __future__ import annotations

import numpy as np

from lava_intsnn.engine.jit import (
    compiled,
    draw,
    kernel,
    popcount,
    round_shift,
    saturate,
    shift_floor,
)


@compiled
def _learned(old, delta, lr_shift, rounding, clip, random):
    """Return what becomes of shadow weight ``old`` before decay and saturation; int64."""
    return old - saturate(round_shift(delta, lr_shift, rounding, random), clip)


@kernel
def update_columns(
    first,
    last,
    delta,
    w_shadow,
    w,
    lr_shift,
    rounding,
    clip,
    decay_shift,
    w_shift,
    w_min,
    w_max,
    key,
):
    """Update the weights in columns ``first .. last - 1`` and clear their ``delta``.

    Parameters
    ----------
    delta : int32 or int64 (K, columns, P)
        Terms to add up, one per thread; zeroed.
    w_shadow : int32 (columns, rows), in place
    w : int16 or int32 (columns, P), in place
        Inference weights.
    lr_shift, w_shift : int64
    rounding : int
        A :class:`~lava_intsnn.arithmetic.Rounding` value.
    clip : int64
    w_min, w_max : int64
        Range at which shadow weights saturate.
    decay_shift : int64
        0 for no weight decay.
    key : uint64
        Keys the stochastic rounding; row ``o`` of column ``i`` draws at index ``i * rows + o``.
    """
    n_out = w_shadow.shape[1]
    total = np.zeros(n_out, np.int64)
    for i in range(first, last):
        total[:] = 0
        touched = np.int64(0)
        for k in range(delta.shape[0]):
            for o in range(n_out):
                total[o] += delta[k, i, o]
                touched |= delta[k, i, o]
        if touched == 0 and decay_shift == 0:  # a delta of 0 rounds to 0 in every mode
            continue
        delta[:, i] = 0
        for o in range(n_out):
            random = draw(key, np.uint64(i * n_out + o))
            old = np.int64(w_shadow[i, o])
            new = _learned(old, total[o], lr_shift, rounding, clip, random)
            if decay_shift != 0:
                new -= shift_floor(old, decay_shift)
            new = min(max(new, w_min), w_max)
            w_shadow[i, o] = new
            w[i, o] = shift_floor(new, w_shift)


@kernel
def update_spiking(
    inputs,
    words,
    n,
    gates,
    v_fb,
    w_shadow,
    w,
    lr_shift,
    rounding,
    clip,
    w_shift,
    w_min,
    w_max,
    key,
):
    """Learn one sample at the synapses of inputs that spiked: elsewhere ``t_corr`` is 0.

    Without weight decay this is :func:`update_columns` of ``delta = v_fb * t_corr``, which is never
    stored.

    Parameters
    ----------
    inputs : int32 (>= n,)
        The ``n`` inputs that spiked.
    words : uint32 (>= n,)
        Their spike trains, in time order.
    gates : uint32 (P,)
        Surrogate gate trains.
    v_fb : int32 (P,)
        Feedback voltages, the same at every step.
    w_shadow, w, lr_shift, rounding, clip, w_shift, w_min, w_max, key
        As in :func:`update_columns`.
    """
    n_out = w_shadow.shape[1]
    for j in range(n):
        i, word = np.int64(inputs[j]), words[j]
        shadow_i, w_i = w_shadow[i], w[i]
        for o in range(n_out):
            delta = np.int64(v_fb[o]) * np.int64(popcount(word & gates[o]))
            random = draw(key, np.uint64(i * n_out + o))
            new = _learned(np.int64(shadow_i[o]), delta, lr_shift, rounding, clip, random)
            new = min(max(new, w_min), w_max)
            shadow_i[o] = new
            w_i[o] = shift_floor(new, w_shift)
