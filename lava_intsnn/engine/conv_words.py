"""Popcount form of convolution: output position by position, in vectors of filters.

A position gathers what spikes in its patch; the rest of the image costs it nothing. Filters are
worked on ``BLOCK`` at a time, a number the compiler knows, in lanes of the weights' own dtype:
int16 where :func:`~.layer_kernel.potentials_fit_int16` has shown that no potential leaves it.
"""

from __future__ import annotations

import numpy as np

from lava_intsnn.engine.firing import run_words
from lava_intsnn.engine.jit import compiled, kernel, lowest_bit, popcount
from lava_intsnn.engine.lif_step import run_block
from lava_intsnn.engine.vector import BLOCK, cast, load, popcounts, splat, store, where
from lava_intsnn.engine.words import full_word

_ONE = np.uint32(1)


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


@kernel
def forward_conv(words_in, rank, arcs, patches, w, neuron, scratch, v, words_out, gates):
    """Run a convolutional layer over whole samples.

    Parameters
    ----------
    words_in : uint32 (B, >= I)
    rank : int64 (T,)
        Bit of each step in ``words_in`` and ``gates``.
    arcs : bool
        Whether the ones of a word are neighbours, counting the last bit and the first as such.
    patches : int32 (positions, fan_in)
    w : int16 or int32 (fan_in, blocks, BLOCK)
    neuron : LifConstants
        In w's dtype.
    scratch : tuple
        ``found`` uint32 and ``entries`` int32 (fan_in,); ``sums (T + 1, BLOCK)`` of w's dtype;
        ``v`` int32 and ``words`` uint32 (BLOCK,).
    v, words_out : int32, uint32 (B, positions, C), out
    gates : uint32 (B, positions, blocks, BLOCK), out
        Padding never spikes, its gates mean nothing.
    """
    found, entries, sums, v_block, words_block = scratch
    steps = sums.shape[0] - 1
    full = np.uint32(full_word(steps))
    half = np.uint32((steps + 1) // 2)
    lane = w.dtype.type
    zero = splat(lane(0))
    resting = splat(full if neuron.vth < neuron.window else np.uint32(0))
    for b in range(words_in.shape[0]):
        for p in range(patches.shape[0]):
            n = gather(words_in[b], patches[p], found, entries)
            if n == 0:  # potentials stay 0, below every threshold
                v[b, p] = 0
                words_out[b, p] = 0
                for block in range(w.shape[1]):
                    store(gates[b, p, block], resting)
                continue
            for block in range(w.shape[1]):
                for t in range(steps):
                    store(sums[t], zero)
                base = zero
                for j in range(n):
                    word, row = found[j], load(w[entries[j], block])
                    if arcs:
                        # an arc over bit 0 is all steps but those of an arc that is not
                        over = np.uint32(0) - (word & _ONE)
                        word = np.uint32((word ^ over) & full)
                        sign = splat(lane(np.int32(over)))
                        base = base + (row & sign)
                        row = (row ^ sign) - sign
                        if word != 0:
                            begin = lowest_bit(word)
                            first, end = sums[begin], sums[begin + popcount(word)]
                            store(first, load(first) + row)
                            store(end, load(end) - row)
                        continue
                    if popcount(word) > half:
                        base = base + row
                        row = zero - row
                        word = np.uint32(~word & full)
                    while word:
                        a_t = sums[lowest_bit(word)]
                        store(a_t, load(a_t) + row)
                        word &= word - _ONE
                for t in range(steps):
                    if arcs:
                        base = base + load(sums[t])
                        store(sums[t], base)
                    else:
                        store(sums[t], load(sums[t]) + base)
                if neuron.guard_bits == 0:
                    run_block(sums, rank, neuron, v_block, words_block, gates[b, p, block])
                else:
                    run_words(sums[:steps], neuron, v_block, words_block, gates[b, p, block])
                for c in range(min(BLOCK, v.shape[2] - block * BLOCK)):
                    v[b, p, block * BLOCK + c] = v_block[c]
                    words_out[b, p, block * BLOCK + c] = words_block[c]


@kernel
def delta_conv(
    words_in, rank, patches, gates, v_fb, active, found, entries, q, sums, period, delta
):
    """Add a batch's updates, summed over positions, to ``delta`` (3.17, 3.22).

    Parameters
    ----------
    words_in, rank, patches, found, entries
        As in :func:`forward_conv`.
    gates : uint32 (B, positions, blocks, BLOCK)
    v_fb : int32 (B, T or 1, positions, C)
    active : bool (B,)
        Samples with an error; the others are skipped.
    q : scratch (T + 1, BLOCK) of sums' dtype
    sums : scratch int32 or int64 (fan_in, blocks, BLOCK)
        Zero before and after.
    period : int
        Samples whose updates are sure to fit ``sums``.
    delta : int32 or int64 (fan_in, blocks, BLOCK), added to
    """
    n_steps = rank.shape[0]
    full = np.uint32(full_word(n_steps))
    half = np.uint32((n_steps + 1) // 2)
    per_step = v_fb.shape[1]
    lane = sums.dtype.type
    zero = splat(lane(0))
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
                width = min(BLOCK, v_fb.shape[3] - first)
                gate = load(gates[b, p, block])
                for t in range(per_step):
                    q_t = q[rank[t] if per_step > 1 else 0]
                    for c in range(width):
                        q_t[c] = v_fb[b, t, p, first + c]
                if per_step == 1:
                    q_0 = load(q[0])
                    for j in range(n):
                        row = sums[entries[j], block]
                        count = cast(popcounts(gate & found[j]), sums)
                        store(row, load(row) + q_0 * count)
                    continue
                total = zero
                for t in range(n_steps):
                    on = (gate & np.uint32(_ONE << np.uint32(t))) > np.uint32(0)
                    gated = where(on, load(q[t]), zero)
                    store(q[t], gated)
                    total = total + gated
                for j in range(n):
                    word, row = found[j], sums[entries[j], block]
                    change = zero
                    if popcount(word) > half:
                        word = np.uint32(~word & full)
                        while word:
                            change = change - load(q[lowest_bit(word)])
                            word &= word - _ONE
                        change = change + total
                    while word:
                        change = change + load(q[lowest_bit(word)])
                        word &= word - _ONE
                    store(row, load(row) + change)
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
