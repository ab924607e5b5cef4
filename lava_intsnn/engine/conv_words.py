"""Popcount form of convolution: output position by position, in vectors of filters.

A position gathers what spikes in its patch; the rest of the image costs it nothing. Filters are
worked on ``BLOCK`` at a time, a number the compiler knows, in lanes of the weights' own dtype:
int16 where :func:`~.layer.potentials_fit_int16` has shown that no potential leaves it.
"""

from __future__ import annotations

import numpy as np

from lava_intsnn.engine.jit import compiled, kernel, lowest_bit, popcount, shift_floor
from lava_intsnn.engine.layer import BLOCK
from lava_intsnn.engine.neuron import integrate
from lava_intsnn.engine.words import full_word

_ONE = np.uint32(1)
_START_MASK, _END_MASK = 31, 63
_END, _ROUND = 5, 11


@compiled
def gather(activity, patch, found, entries):
    """List the entries of ``patch`` that spike, and their ``activity``; return how many."""
    n = 0
    for k in range(patch.shape[0]):
        i = patch[k]
        if i < 0:
            continue
        # written always, kept only if it spikes: faster than a branch nobody foresees
        found[n] = activity[i]
        entries[n] = k
        n += activity[i] != 0
    return n


@compiled
def run_lanes(a, neuron, v, s_bits, g_bits, first, last):
    """Take ``BLOCK`` neurons through steps ``first .. last - 1``.

    ``a (T, BLOCK)`` and ``v (BLOCK,)`` are int16 or int32; ``s_bits``, ``g_bits`` collect one bit a
    step and are as wide.
    """
    vth, window, decay, v_lim, guard = neuron
    lane = a.dtype.type
    lowest = lane(-v_lim)
    outside = lane(-window)
    mask = lane(8 * a.itemsize - 1)
    for h in range(BLOCK):
        s_bits[h] = 0
        g_bits[h] = 0
    for t in range(first, last):
        a_t = a[t]
        bit = s_bits.dtype.type(1 << (t - first))
        nothing = s_bits.dtype.type(0)
        for h in range(BLOCK):
            if guard == 0:
                potential = lane(lane(v[h] >> (decay & mask)) + a_t[h])
                potential = lane(max(min(potential, v_lim), lowest))
            else:
                potential = lane(integrate(np.int32(v[h]), np.int32(a_t[h]), neuron))
            above = lane(potential - vth)
            g_bits[h] |= bit if outside < above < window else nothing
            s_bits[h] |= bit if above > 0 else nothing
            v[h] = lane(0) if above > 0 else potential


@compiled
def fire(a, steps, neuron, v, s_bits, g_bits, v_out, words_out, gates):
    """Run ``BLOCK`` neurons over a sample: fill ``gates (BLOCK,)``, and the others while they go.

    ``v_out``, ``words_out (C - first filter,)`` may be shorter than a block, which then holds
    padding.
    """
    n = min(BLOCK, words_out.shape[0])
    width = 8 * a.itemsize
    for h in range(BLOCK):
        v[h] = 0
        gates[h] = 0
    for c in range(n):
        words_out[c] = 0
    for first in range(0, steps, width):
        run_lanes(a, neuron, v, s_bits, g_bits, first, min(steps, first + width))
        for h in range(BLOCK):
            gates[h] |= np.uint32(g_bits[h]) << np.uint32(first)
        for c in range(n):
            words_out[c] |= np.uint32(s_bits[c]) << np.uint32(first)
    for c in range(n):
        v_out[c] = v[c]


@compiled
def rest(neuron, steps, v_out, words_out, gates):
    """Write what ``BLOCK`` neurons without any input do: stay at 0, below the threshold."""
    vth, window = neuron[0], neuron[1]
    gate = full_word(steps) if vth < window else np.uint32(0)
    for h in range(BLOCK):
        gates[h] = gate
    for c in range(min(BLOCK, words_out.shape[0])):
        words_out[c] = 0
        v_out[c] = 0


@kernel
def forward_conv(words_in, patches, w, neuron, found, entries, partial, lanes, v, words_out, gates):
    """Run a convolutional layer over whole samples.

    Parameters
    ----------
    words_in : uint32 (B, >= I)
    patches : int32 (positions, fan_in)
    w : int16 or int32 (fan_in, blocks, BLOCK)
    neuron : NeuronConstants
        In w's dtype.
    found, entries : scratch uint32, int32 (fan_in,)
    partial : scratch (T + 1, BLOCK) of w's dtype
    lanes : scratch
        ``v``, and the bits of spikes and gates, (BLOCK,) as wide as w's dtype.
    v, words_out : int32, uint32 (B, positions, C), out
    gates : uint32 (B, positions, blocks, BLOCK), out
        Padding never spikes, its gates mean nothing.
    """
    steps = partial.shape[0] - 1
    full = full_word(steps)
    half = np.uint32((steps + 1) // 2)
    base = partial[steps]
    lane = w.dtype.type
    v_lanes, s_bits, g_bits = lanes
    for b in range(words_in.shape[0]):
        for p in range(patches.shape[0]):
            n = gather(words_in[b], patches[p], found, entries)
            for block in range(w.shape[1]):
                v_p, out_p = v[b, p, block * BLOCK :], words_out[b, p, block * BLOCK :]
                if n == 0:
                    rest(neuron, steps, v_p, out_p, gates[b, p, block])
                    continue
                for t in range(steps + 1):
                    for h in range(BLOCK):
                        partial[t, h] = 0
                for j in range(n):
                    word, row = found[j], w[entries[j], block]
                    if popcount(word) > half:
                        for h in range(BLOCK):
                            base[h] += row[h]
                        add, take_back = np.uint32(0), ~word & full
                    else:
                        add, take_back = word, np.uint32(0)
                    while add:
                        a_t = partial[lowest_bit(add)]
                        for h in range(BLOCK):
                            a_t[h] += row[h]
                        add &= add - _ONE
                    while take_back:
                        a_t = partial[lowest_bit(take_back)]
                        for h in range(BLOCK):
                            a_t[h] -= row[h]
                        take_back &= take_back - _ONE
                for t in range(steps):
                    a_t = partial[t]
                    for h in range(BLOCK):
                        a_t[h] = lane(a_t[h] + base[h])
                fire(
                    partial, steps, neuron, v_lanes, s_bits, g_bits, v_p, out_p, gates[b, p, block]
                )


@kernel
def delta_conv(
    words_in, patches, gates, v_fb, n_steps, active, found, entries, q, sums, period, delta
):
    """Add a batch's updates, summed over positions, to ``delta`` (3.17, 3.22).

    Parameters
    ----------
    words_in, patches, found, entries
        As in :func:`forward_conv`.
    gates : uint32 (B, positions, blocks, BLOCK)
    v_fb : int32 (B, T or 1, positions, C)
    n_steps : int
    active : bool (B,)
        Samples with an error; the others are skipped.
    q : scratch (T + 1, BLOCK) of sums' dtype
    sums : scratch int32 or int64 (fan_in, blocks, BLOCK)
        Zero before and after.
    period : int
        Samples whose updates are sure to fit ``sums``.
    delta : int32 or int64 (fan_in, blocks, BLOCK), added to
    """
    full = full_word(n_steps)
    half = np.uint32((n_steps + 1) // 2)
    per_step = v_fb.shape[1]
    channels = v_fb.shape[3]
    total = q[n_steps]
    held = 0
    for b in range(words_in.shape[0]):
        if not active[b]:
            continue
        for p in range(patches.shape[0]):
            n = gather(words_in[b], patches[p], found, entries)
            if n == 0:
                continue
            for block in range(sums.shape[1]):
                first = block * BLOCK
                width = min(BLOCK, channels - first)
                g = gates[b, p, block]
                for h in range(BLOCK):
                    total[h] = 0
                if per_step == 1:
                    for c in range(width):
                        total[c] = v_fb[b, 0, p, first + c]
                    for j in range(n):
                        word, row = found[j], sums[entries[j], block]
                        for h in range(BLOCK):
                            row[h] += total[h] * np.int32(popcount(word & g[h]))
                    continue
                for t in range(n_steps):
                    q_t = q[t]
                    for h in range(width):
                        on = (g[h] >> np.uint32(t)) & _ONE
                        q_t[h] = v_fb[b, t, p, first + h] if on else 0
                    for h in range(BLOCK):
                        total[h] += q_t[h]
                for j in range(n):
                    word, row = found[j], sums[entries[j], block]
                    if popcount(word) > half:
                        for h in range(BLOCK):
                            row[h] += total[h]
                        add, take_back = np.uint32(0), ~word & full
                    else:
                        add, take_back = word, np.uint32(0)
                    while add:
                        q_t = q[lowest_bit(add)]
                        for h in range(BLOCK):
                            row[h] += q_t[h]
                        add &= add - _ONE
                    while take_back:
                        q_t = q[lowest_bit(take_back)]
                        for h in range(BLOCK):
                            row[h] -= q_t[h]
                        take_back &= take_back - _ONE
        held += 1
        if held == period:
            flush(sums, delta)
            held = 0
    flush(sums, delta)


@kernel
def flush(sums, delta):
    """Add ``sums`` to ``delta`` and clear it."""
    for k in range(sums.shape[0]):
        for block in range(sums.shape[1]):
            for h in range(BLOCK):
                delta[k, block, h] += sums[k, block, h]
                sums[k, block, h] = 0


@kernel
def feedback_conv(gates, v_fb, w_rows, shape, gated, fb_shift, v_fb_lim, active, total, out):
    """Propagate feedback to the layer below by the transposed convolution (3.21).

    Parameters
    ----------
    gates : uint32 (B, positions, blocks, BLOCK)
        Of this layer.
    v_fb : int32 (B, T or 1, positions, C)
        Of this layer.
    w_rows : int32 (C, fan_in)
    shape : tuple of int
        Height, width, channels of the input; width of the output; kernel, stride, padding.
    gated, fb_shift, v_fb_lim, active, total, out
        As in :func:`~.words.feedback_words`.
    """
    height, width, c_in, out_width, size, stride, padding = shape
    last = v_fb.shape[1] - 1
    n_in = height * width * c_in
    for b in range(gates.shape[0]):
        if not active[b]:
            continue
        for t in range(out.shape[1]):
            total[:] = 0
            v_fb_t = v_fb[b, min(t, last)]
            for p in range(v_fb.shape[2]):
                top, left = p // out_width * stride - padding, p % out_width * stride - padding
                y_first, y_last = max(0, -top), min(size, height - top)
                x_first, x_last = max(0, -left), min(size, width - left)
                n = (x_last - x_first) * c_in  # a row of the patch, in the image and in w
                for c in range(v_fb.shape[3]):
                    q = v_fb_t[p, c]
                    gate = gates[b, p, c // BLOCK, c % BLOCK]
                    if q == 0 or (gated and not (gate >> np.uint32(t)) & _ONE):
                        continue
                    for y in range(y_first, y_last):
                        image = total[((top + y) * width + left + x_first) * c_in :]
                        weights = w_rows[c, (y * size + x_first) * c_in :]
                        for j in range(n):
                            image[j] += weights[j] * q
            for i in range(n_in):
                shifted = shift_floor(np.int64(total[i]), fb_shift)
                out[b, t, i] = min(max(shifted, -v_fb_lim), v_fb_lim)
