"""Popcount form: T <= 32, binary input, a neuron's whole spike train in one uint32 word.

With a trace shift of at least 1 the presynaptic trace of binary spikes is the spike itself, so
``t_corr[h, i] = popcount(gate_word[h] & spike_word[i])`` and nothing is stored per synapse.

A word with more ones than zeros is summed over all steps, then taken back at its zeros.
"""

from __future__ import annotations

import numpy as np

from lava_intsnn.engine.firing import run_words
from lava_intsnn.engine.jit import kernel, lowest_bit, popcount

_ONE = np.uint32(1)


@kernel
def full_word(steps):
    """Return the word with a one for every step."""
    return np.uint32(0xFFFFFFFF) >> np.uint32(32 - steps)


@kernel
def synaptic_sums(words, w, chunk, partial, a):
    """Sum the weights ``w (I, P)`` of the inputs that spike into ``a (T, P)`` int32.

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
            if popcount(word) > half:
                for h in range(n_out):
                    base[h] += row[h]
                add, take_back = np.uint32(0), ~word & full
            else:
                add, take_back = word, np.uint32(0)
            while add:
                a_t = partial[lowest_bit(add)]
                for h in range(n_out):
                    a_t[h] += row[h]
                add &= add - _ONE
            while take_back:
                a_t = partial[lowest_bit(take_back)]
                for h in range(n_out):
                    a_t[h] -= row[h]
                take_back &= take_back - _ONE
        start = stop
        for t in range(steps):
            for h in range(n_out):
                a[t, h] += w.dtype.type(partial[t, h] + base[h])  # wraps as the narrow dtype does


@kernel
def forward_words(words_in, w, chunk, neuron, partial, a, v, words_out, gates):
    """Run a layer over whole samples.

    Parameters
    ----------
    words_in : uint32 (B, I)
    w : int16 or int32 (I, P)
        Inference weights, transposed, padded with zeros from O to P columns.
    neuron : constants
    partial, a : scratch (T + 1, P) of w's dtype, (T, P) int32
    v : int32 (B, P), out
        Final potentials.
    words_out, gates : uint32 (B, P), out
        Spike and surrogate gate trains in time order; padding never spikes, its gates mean nothing.
    """
    for b in range(words_in.shape[0]):
        synaptic_sums(words_in[b], w, chunk, partial, a)
        run_words(a, neuron, v[b], words_out[b], gates[b])


@kernel
def count_words(words, count):
    """Write the number of spikes of ``words (B, P)`` into ``count (B, O)`` int32."""
    for b in range(count.shape[0]):
        for o in range(count.shape[1]):
            count[b, o] = popcount(words[b, o])


@kernel
def delta_words(words_in, gates, v_fb, steps, active, q, delta):
    """Add a batch's updates ``sum_t v_fb g t_pre`` to ``delta`` (3.17).

    Parameters
    ----------
    words_in : uint32 (B, I)
    gates : uint32 (B, P)
    v_fb : int32 (B, T, P) or, the same at every step, (B, 1, P); 0 in the padding
    active : bool (B,)
        Samples with an error; the others are skipped.
    q : scratch (T + 1, P) of delta's dtype
    delta : int32 or int64 (I, P), added to
    """
    full = full_word(steps)
    half = np.uint32((steps + 1) // 2)
    by_count = v_fb.shape[1] == 1
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
            for t in range(steps):
                for h in range(n_out):
                    on = (g_b[h] >> np.uint32(t)) & _ONE
                    q[t, h] = v_fb[b, t, h] if on else 0
                for h in range(n_out):
                    total[h] += q[t, h]
        for i in range(words_in.shape[1]):
            word = words_in[b, i]
            row = delta[i]
            if word == 0:
                continue
            if by_count:
                for h in range(n_out):
                    row[h] += total[h] * np.int32(popcount(word & g_b[h]))
                continue
            if popcount(word) > half:
                for h in range(n_out):
                    row[h] += total[h]
                add, take_back = np.uint32(0), ~word & full
            else:
                add, take_back = word, np.uint32(0)
            while add:
                q_t = q[lowest_bit(add)]
                for h in range(n_out):
                    row[h] += q_t[h]
                add &= add - _ONE
            while take_back:
                q_t = q[lowest_bit(take_back)]
                for h in range(n_out):
                    row[h] -= q_t[h]
                take_back &= take_back - _ONE


@kernel
def unpack(words, spikes):
    """Write spike words ``(B, >= O)`` uint32 out as ``spikes (B, T, O)`` uint8."""
    for b in range(spikes.shape[0]):
        for t in range(spikes.shape[1]):
            for o in range(spikes.shape[2]):
                spikes[b, t, o] = (words[b, o] >> np.uint32(t)) & _ONE
