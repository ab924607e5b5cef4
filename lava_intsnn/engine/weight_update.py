"""The weight update (3.18, 3.24-3.27) on transposed shadow weights."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lava_intsnn.engine.jit import (
    compiled,
    draw,
    kernel,
    normalised,
    popcount,
    round_shift,
    saturate,
    shift_floor,
)


class UpdateRule(NamedTuple):
    """How the weights of a layer change, whatever the update.

    ``rounding`` is a :class:`~lava_intsnn.arithmetic.Rounding` value; with ``normalise`` a column's
    update is divided by its largest magnitude; a ``decay_shift`` of 0 means no weight decay; shadow
    weights saturate at ``w_min`` and ``w_max``.
    """

    rounding: int
    normalise: bool
    clip: np.int64
    decay_shift: np.int64
    w_shift: np.int64
    w_min: np.int64
    w_max: np.int64


@compiled
def _learned(old, delta, lr_shift, rule, random):
    """Return what becomes of shadow weight ``old`` before decay and saturation; int64."""
    return old - saturate(round_shift(delta, lr_shift, rule.rounding, random), rule.clip)


@compiled
def _divide_by_largest(total):
    """Normalise the updates of one column, int64 ``(rows,)``, in place."""
    most = np.int64(1)
    for o in range(total.shape[0]):
        most = max(most, abs(total[o]))
    for o in range(total.shape[0]):
        total[o] = normalised(total[o], most)


@kernel
def update_columns(first, last, delta, w_shadow, w, lr_shift, rule, key):
    """Update the weights in columns ``first .. last - 1`` and clear their ``delta``.

    Parameters
    ----------
    delta : int32 or int64 (K, columns, P)
        Terms to add up, one per thread; zeroed.
    w_shadow : int32 (columns, rows), in place
    w : int16 or int32 (columns, P), in place
        Inference weights.
    lr_shift : int64
    rule : UpdateRule
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
        if touched == 0 and rule.decay_shift == 0:  # a delta of 0 rounds to 0 in every mode
            continue
        delta[:, i] = 0
        if rule.normalise:
            _divide_by_largest(total)
        for o in range(n_out):
            random = draw(key, np.uint64(i * n_out + o))
            old = np.int64(w_shadow[i, o])
            new = _learned(old, total[o], lr_shift, rule, random)
            if rule.decay_shift != 0:
                new -= shift_floor(old, rule.decay_shift)
            new = min(max(new, rule.w_min), rule.w_max)
            w_shadow[i, o] = new
            w[i, o] = shift_floor(new, rule.w_shift)


@kernel
def update_spiking(inputs, words, n, gates, v_fb, w_shadow, w, lr_shift, rule, key):
    """Learn one sample at the synapses of inputs that spiked: elsewhere ``t_corr`` is 0.

    Without weight decay, and unless updates are normalised, this is :func:`update_columns` of
    ``delta = v_fb * t_corr``, which is never stored.

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
    w_shadow, w, lr_shift, rule, key
        As in :func:`update_columns`.
    """
    n_out = w_shadow.shape[1]
    for j in range(n):
        i, word = np.int64(inputs[j]), words[j]
        shadow_i, w_i = w_shadow[i], w[i]
        for o in range(n_out):
            delta = np.int64(v_fb[o]) * np.int64(popcount(word & gates[o]))
            random = draw(key, np.uint64(i * n_out + o))
            new = _learned(np.int64(shadow_i[o]), delta, lr_shift, rule, random)
            new = min(max(new, rule.w_min), rule.w_max)
            shadow_i[o] = new
            w_i[o] = shift_floor(new, rule.w_shift)
