"""Low-discrepancy input in the popcount form: a spike train is one arc of a circle.

Sort the steps by their threshold offset ``(158 t) & 255`` and call the position ``k`` a step's
rank. A pixel exceeds the thresholds ``(r + offset) & 255`` of one arc of that circle, so its spikes
are the ranks ``start .. end - 1``, perhaps going round. A sum over them is a difference of running
sums: one to three additions an input, however often it spikes.
"""

from __future__ import annotations

import functools
from typing import NamedTuple

import numpy as np

from lava_intsnn.engine.firing import run_words
from lava_intsnn.engine.jit import draw, kernel
from lava_intsnn.engine.long_arcs import long_arc_code

_BYTE = np.uint64(255)

# An arc in a word: start in 5 bits, end in 6, whether it goes round, then the input's index.
_END, _ROUND, _INPUT = 5, 11, 11
_START_MASK, _END_MASK, _SPAN_MASK = 31, 63, 2047


class ArcCode(NamedTuple):
    """Arcs of all inputs of a sample length.

    ``order[k]`` is the step of rank ``k``; ``table[pixel, r]`` the arc of a pixel whose random byte
    is ``r``: ``start | end << 5 | goes_round << 11``, with ``end`` up to T, or 0 without any spike.
    """

    order: np.ndarray
    table: np.ndarray


@functools.lru_cache(maxsize=8)
def arc_code(steps: int) -> ArcCode:
    """Return the code for ``steps <= 32``."""
    code = long_arc_code(steps)
    start, end = code.spans[..., 0], code.spans[..., 1]
    table = start | end << _END | (end < start) << _ROUND
    return ArcCode(code.order, table.astype(np.uint16))


def words_of_arcs(bit: np.ndarray) -> np.ndarray:
    """Return the spike words of all arcs a table can hold, with rank ``k`` at bit ``bit[k]``."""
    arc, k = np.arange(2 << _ROUND)[:, None], np.arange(len(bit))
    from_start, to_end = k >= (arc & _START_MASK), k < ((arc >> _END) & _END_MASK)
    on = np.where(arc >> _ROUND, from_start | to_end, from_start & to_end)
    return (on * (np.uint32(1) << bit.astype(np.uint32))).sum(axis=1, dtype=np.uint32)


@kernel
def encode_arcs(images, keys, table, arcs, bounds):
    """Encode ``images (B, I)`` into the arcs of the inputs that spike.

    Parameters
    ----------
    arcs : uint32 (B, I), out
        ``start | end << 5 | input << 11``. Arcs that do not go round stand at the front, those
        that do at the back.
    bounds : int64 (B, 2), out
        Where the front ends and where the back begins.
    """
    n_in = images.shape[1]
    for b in range(images.shape[0]):
        image, key, out = images[b], keys[b], arcs[b]
        front, back = 0, n_in
        for block in range((n_in + 7) // 8):  # one draw holds the bytes of eight inputs
            first, last = 8 * block, min(8 * block + 8, n_in)
            lit = np.uint8(0)
            for i in range(first, last):
                lit |= image[i]
            if lit == 0:
                continue
            bits = draw(key, np.uint64(block))
            for i in range(first, last):
                span = np.int64(table[image[i], bits & _BYTE])
                bits >>= np.uint64(8)
                # written at both ends, kept at one or none: faster than a branch nobody foresees
                arc = np.uint32(i << _INPUT | span & _SPAN_MASK)
                out[front] = arc
                out[back - 1] = arc
                goes_round = span >> _ROUND
                front += (span != 0) - goes_round
                back -= goes_round
        bounds[b, 0] = front
        bounds[b, 1] = back


@kernel
def spiking(arcs, bounds, words, inputs, trains):
    """List the inputs of one sample's ``arcs (I,)`` and their spike trains; return how many.

    ``words`` are those of all arcs, ``inputs`` int32 and ``trains`` uint32 ``(I,)`` are out.
    """
    n = 0
    for j in range(bounds[0]):
        arc = np.int64(arcs[j])
        inputs[n] = arc >> _INPUT
        trains[n] = words[arc & _SPAN_MASK]
        n += 1
    for j in range(bounds[1], arcs.shape[0]):
        arc = np.int64(arcs[j])
        inputs[n] = arc >> _INPUT
        trains[n] = words[arc & _SPAN_MASK | 1 << _ROUND]
        n += 1
    return n


@kernel
def encode_arc_words(images, keys, table, words, out):
    """Encode ``images (B, I)`` into ``out (B, I)``: the ``words`` of the arcs of ``table``."""
    n_in = images.shape[1]
    for b in range(images.shape[0]):
        for block in range((n_in + 7) // 8):
            first, last = 8 * block, min(8 * block + 8, n_in)
            bits = draw(keys[b], np.uint64(block))
            for i in range(first, last):
                out[b, i] = words[table[images[b, i], bits & _BYTE]]
                bits >>= np.uint64(8)


@kernel
def synaptic_sums_arcs(arcs, bounds, order, w, chunk, partial, a):
    """Sum the weights ``w (I, P)`` of the inputs that spike into ``a (T, P)`` int32.

    ``partial (T + 2, P)``: differences by rank, a row nobody reads, and the sum of the inputs whose
    arc goes round. In the weights' own dtype, over at most ``chunk`` inputs: no true sum leaves it,
    and sums in between may wrap, which modular arithmetic undoes.
    """
    steps = a.shape[0]
    n_in, n_out = w.shape
    running = partial[steps + 1]
    plain, rounds = 0, bounds[1]
    first = True
    while first or plain < bounds[0] or rounds < n_in:
        partial[:] = 0
        plain_end = min(bounds[0], plain + chunk)
        rounds_end = min(n_in, rounds + chunk - (plain_end - plain))
        for j in range(plain, plain_end):
            arc = np.int64(arcs[j])
            row = w[arc >> _INPUT]
            begin, end = partial[arc & _START_MASK], partial[(arc >> _END) & _END_MASK]
            for h in range(n_out):  # in one loop: two are measured to take twice as long
                begin[h] += row[h]
                end[h] -= row[h]
        for j in range(rounds, rounds_end):
            arc = np.int64(arcs[j])
            row = w[arc >> _INPUT]
            begin, end = partial[arc & _START_MASK], partial[(arc >> _END) & _END_MASK]
            for h in range(n_out):
                begin[h] += row[h]
                end[h] -= row[h]
                running[h] += row[h]
        plain, rounds = plain_end, rounds_end
        for k in range(steps):
            a_t, change = a[order[k]], partial[k]
            for h in range(n_out):
                running[h] += change[h]
            if first:
                for h in range(n_out):
                    a_t[h] = running[h]
            else:
                for h in range(n_out):
                    a_t[h] += running[h]
        first = False


@kernel
def forward_arcs(arcs, bounds, order, w, chunk, neuron, partial, a, v, words_out, gates):
    """Run the first layer over whole samples: :func:`~.words.forward_words` on arcs."""
    for b in range(arcs.shape[0]):
        synaptic_sums_arcs(arcs[b], bounds[b], order, w, chunk, partial, a)
        run_words(a, neuron, v[b], words_out[b], gates[b])


@kernel
def delta_arcs(arcs, bounds, order, gates, v_fb, active, q, delta):
    """Add a batch's updates to ``delta (I, P)``: :func:`~.words.delta_words` on arcs.

    ``q (T + 1, P)``, of delta's dtype, is scratch: what an arc that starts at ``k`` and never ends
    adds, and a row of zeros.
    """
    steps = order.shape[0]
    last = v_fb.shape[1] - 1
    n_out = delta.shape[1]
    q[steps] = 0
    for b in range(arcs.shape[0]):
        if not active[b]:
            continue
        for k in range(steps - 1, -1, -1):
            t = order[k]
            q_k, q_next, v_fb_t, gates_b = q[k], q[k + 1], v_fb[b, min(t, last)], gates[b]
            for h in range(n_out):
                on = (gates_b[h] >> np.uint32(t)) & np.uint32(1)
                q_k[h] = q_next[h] + (v_fb_t[h] if on else 0)
        total = q[0]
        for j in range(bounds[b, 0]):
            arc = np.int64(arcs[b, j])
            row = delta[arc >> _INPUT]
            begin, end = q[arc & _START_MASK], q[(arc >> _END) & _END_MASK]
            for h in range(n_out):
                row[h] += begin[h] - end[h]
        for j in range(bounds[b, 1], arcs.shape[1]):
            arc = np.int64(arcs[b, j])
            row = delta[arc >> _INPUT]
            begin, end = q[arc & _START_MASK], q[(arc >> _END) & _END_MASK]
            for h in range(n_out):
                row[h] += begin[h] - end[h] + total[h]
