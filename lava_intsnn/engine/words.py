"""Popcount form: T <= 32, binary input, a neuron's whole spike train in one uint32 word.

With a trace shift of at least 1 the presynaptic trace of binary spikes is the spike itself, so
``t_corr[h, i] = popcount(gate_word[h] & spike_word[i])`` and nothing is stored per synapse.

Sums over a word's ones are taken by the shorter of two ways. Words in time order with more ones
than zeros are counted at all steps and taken back at their zeros. Words in the low-discrepancy
code's threshold order (see :mod:`.encode`) are runs of ones: only the ends of runs are added, into
differences whose running sum is the answer.
"""

from __future__ import annotations

import numpy as np

from lava_intsnn.engine.jit import kernel, lowest_bit, popcount, shift_floor
from lava_intsnn.engine.neuron import integrate

_ONE = np.uint32(1)


@kernel
def full_word(steps):
    """Return the word with a one for every step."""
    return np.uint32(0xFFFFFFFF) >> np.uint32(32 - steps)


@kernel
def run_starts(word):
    """Return the bits where a run of ones begins."""
    return word & ~(word << _ONE)


@kernel
def run_ends(word, full):
    """Return the bits where a run of ones has just ended, within the word."""
    return ~word & (word << _ONE) & full


@kernel
def synaptic_sums(words, order, runs, w, chunk, partial, a):
    """Sum the weights ``w (I, P)`` of the inputs that spike into ``a (T, P)`` int32.

    ``order[k]`` is the step of bit ``k``; ``runs`` says that words are best read as runs.
    ``partial (T + 1, P)`` accumulates in the weights' own dtype over at most ``chunk`` inputs, few
    enough that no true sum leaves it; sums in between may wrap, which modular arithmetic undoes.
    """
    # written out, here and in delta_words: a call per input costs more than the additions
    steps = a.shape[0]
    full = full_word(steps)
    half = np.uint32((steps + 1) // 2)
    n_in, n_out = w.shape
    base = partial[steps]
    a[:] = 0
    start = 0
    while start < n_in:
        partial[:] = 0
        visited = 0
        stop = n_in
        for i in range(start, n_in):
            word = words[i]
            if word == 0:
                continue
            if visited == chunk:
                stop = i
                break
            visited += 1
            row = w[i]
            if runs:
                add, take_back = run_starts(word), run_ends(word, full)
            elif popcount(word) > half:
                for h in range(n_out):
                    base[h] += row[h]
                add, take_back = np.uint32(0), ~word & full
            else:
                add, take_back = word, np.uint32(0)
            while add:
                a_k = partial[lowest_bit(add)]
                for h in range(n_out):
                    a_k[h] += row[h]
                add &= add - _ONE
            while take_back:
                a_k = partial[lowest_bit(take_back)]
                for h in range(n_out):
                    a_k[h] -= row[h]
                take_back &= take_back - _ONE
        start = stop
        for k in range(steps):
            a_t = a[order[k]]
            if runs:
                for h in range(n_out):
                    base[h] += partial[k, h]
                for h in range(n_out):
                    a_t[h] += base[h]
            else:
                for h in range(n_out):
                    a_t[h] += w.dtype.type(partial[k, h] + base[h])  # wraps as the dtype does


@kernel
def forward_words(words_in, order, runs, w, chunk, neuron, partial, a, v, words_out, gates):
    """Run a layer over whole samples.

    Parameters
    ----------
    words_in : uint32 (B, I)
    order : int64 (T,)
        Step of each bit of ``words_in``.
    runs : bool
        Whether ``words_in`` are best read as runs of ones.
    w : int16 or int32 (I, P)
        Inference weights, transposed, padded with zeros from O to P columns.
    neuron : NeuronConstants
    partial, a : scratch (T + 1, P) of w's dtype, (T, P) int32
    v : int32 (B, P), out
        Final potentials.
    words_out, gates : uint32 (B, P), out
        Spike and surrogate gate trains in time order; padding never spikes, its gates mean nothing.
    """
    vth, window = neuron[0], neuron[1]
    for b in range(words_in.shape[0]):
        synaptic_sums(words_in[b], order, runs, w, chunk, partial, a)
        v_b, s_b, g_b = v[b], words_out[b], gates[b]
        v_b[:] = 0
        s_b[:] = 0
        g_b[:] = 0
        for t in range(a.shape[0]):
            integrate(v_b, a[t], neuron)
            bit = _ONE << np.uint32(t)
            for h in range(v_b.shape[0]):
                above = v_b[h] - vth  # 2 * limit(31) fits: v_lim and vth are below 2**30
                g_b[h] |= bit if abs(above) < window else np.uint32(0)
                s_b[h] |= bit if above > 0 else np.uint32(0)
                v_b[h] = np.int32(0) if above > 0 else v_b[h]


@kernel
def count_words(words, count):
    """Write the number of spikes of ``words (B, P)`` into ``count (B, O)`` int32."""
    for b in range(count.shape[0]):
        for o in range(count.shape[1]):
            count[b, o] = popcount(words[b, o])


@kernel
def delta_words(words_in, order, runs, gates, v_fb, active, q, delta):
    """Add a batch's updates ``sum_t v_fb g t_pre`` to ``delta`` (3.17).

    Parameters
    ----------
    words_in, order, runs
        As in :func:`forward_words`.
    gates : uint32 (B, P)
        In time order.
    v_fb : int32 (B, T, P) or, the same at every step, (B, 1, P); 0 in the padding
    active : bool (B,)
        Samples with an error; the others are skipped.
    q : scratch (T + 1, P) of delta's dtype
    delta : int32 or int64 (I, P), added to
    """
    steps = order.shape[0]
    full = full_word(steps)
    half = np.uint32((steps + 1) // 2)
    last = v_fb.shape[1] - 1
    by_count = last == 0 and not runs
    n_out = delta.shape[1]
    total = q[steps]
    for b in range(words_in.shape[0]):
        if not active[b]:
            continue
        g_b = gates[b]
        total[:] = 0
        if by_count:
            for h in range(n_out):
                total[h] = v_fb[b, 0, h]
        else:
            for k in range(steps - 1, -1, -1):
                t = order[k]
                for h in range(n_out):
                    on = (g_b[h] >> np.uint32(t)) & _ONE
                    q[k, h] = v_fb[b, min(t, last), h] if on else 0
                for h in range(n_out):
                    total[h] += q[k, h]
                if runs:  # what a run that begins at k adds, if it never ended
                    for h in range(n_out):
                        q[k, h] = total[h]
        for i in range(words_in.shape[1]):
            word = words_in[b, i]
            row = delta[i]
            if word == 0:
                continue
            if by_count:
                for h in range(n_out):
                    row[h] += total[h] * np.int32(popcount(word & g_b[h]))
                continue
            if runs:
                add, take_back = run_starts(word), run_ends(word, full)
            elif popcount(word) > half:
                for h in range(n_out):
                    row[h] += total[h]
                add, take_back = np.uint32(0), ~word & full
            else:
                add, take_back = word, np.uint32(0)
            while add:
                q_k = q[lowest_bit(add)]
                for h in range(n_out):
                    row[h] += q_k[h]
                add &= add - _ONE
            while take_back:
                q_k = q[lowest_bit(take_back)]
                for h in range(n_out):
                    row[h] -= q_k[h]
                take_back &= take_back - _ONE


@kernel
def feedback_words(gates, v_fb, w_rows, gated, fb_shift, v_fb_lim, active, total, out):
    """Propagate feedback to the layer below (3.15-3.16).

    Parameters
    ----------
    gates : uint32 (B, P)
        Of this layer.
    v_fb : int32 (B, T or 1, P)
        Of this layer.
    w_rows : int32 (O, I)
        Inference weights of this layer.
    gated : bool
        Multiply ``v_fb`` with this layer's gates, step by step.
    fb_shift, v_fb_lim : int64
        Shift and limit of the layer below.
    total : scratch (I,) int32 or int64
    out : int32 (B, T or 1, >= I), out
    """
    last = v_fb.shape[1] - 1
    n_out, n_in = w_rows.shape
    for b in range(gates.shape[0]):
        if not active[b]:
            continue
        for t in range(out.shape[1]):
            total[:] = 0
            for o in range(n_out):
                q = v_fb[b, min(t, last), o]
                if q == 0 or (gated and not (gates[b, o] >> np.uint32(t)) & _ONE):
                    continue
                for i in range(n_in):
                    total[i] += w_rows[o, i] * q
            for i in range(n_in):
                shifted = shift_floor(np.int64(total[i]), fb_shift)
                out[b, t, i] = min(max(shifted, -v_fb_lim), v_fb_lim)
