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

from lava_intsnn.engine.jit import draw, kernel
from lava_intsnn.engine.words import run_neurons
from lava_intsnn.network.rules import LOW_DISCREPANCY_STEP

_BYTE = np.uint64(255)


class ArcCode(NamedTuple):
    """Arcs of all inputs of a sample length.

    ``order[k]`` is the step of rank ``k``; ``table[pixel, r]`` the arc of a pixel whose random byte
    is ``r``: ``start | end << 8 | goes_round << 16``, with ``end`` up to T, or 0 without any spike.
    """

    order: np.ndarray
    table: np.ndarray


@functools.lru_cache(maxsize=8)
def arc_code(steps: int) -> ArcCode:
    """Return the code for ``steps <= 32``."""
    offset = (LOW_DISCREPANCY_STEP * np.arange(steps)) & 255
    order = np.argsort(offset, kind="stable")
    pixel, r = np.arange(256)[:, None, None], np.arange(256)[None, :, None]
    spikes = pixel > ((r + offset[order]) & 255)  # (256, 256, T), by rank
    before = np.roll(spikes, 1, axis=2)
    begins, ends = spikes & ~before, ~spikes & before
    start = begins.argmax(axis=2)
    end = ends.argmax(axis=2)
    end[end == 0] = steps
    goes_round = end < start
    table = start | end << 8 | goes_round << 16
    everywhere = spikes.all(axis=2)
    table[everywhere] = steps << 8
    table[~spikes.any(axis=2)] = 0
    return ArcCode(order, table.astype(np.uint32))


@kernel
def encode_arcs(images, keys, table, arcs):
    """Encode ``images (B, I)`` into ``arcs (B, I)`` uint32; see :class:`ArcCode`."""
    n_in = images.shape[1]
    for b in range(images.shape[0]):
        image, key, out = images[b], keys[b], arcs[b]
        for block in range((n_in + 7) // 8):  # one draw holds the bytes of eight inputs
            bits = draw(key, np.uint64(block))
            for i in range(8 * block, min(8 * block + 8, n_in)):
                out[i] = table[image[i], bits & _BYTE]
                bits >>= np.uint64(8)


@kernel
def synaptic_sums_arcs(arcs, order, w, chunk, partial, a):
    """Sum the weights ``w (I, P)`` of the inputs that spike into ``a (T, P)`` int32.

    ``partial (T + 2, P)``: differences by rank, an unused row, and the sum of the inputs whose arc
    goes round. In the weights' own dtype, over at most ``chunk`` inputs: no true
    sum leaves it, and sums in between may wrap, which modular arithmetic undoes.
    """
    steps = a.shape[0]
    n_in, n_out = w.shape
    running = partial[steps + 1]
    a[:] = 0
    first = 0
    while first < n_in:
        partial[:] = 0
        visited = 0
        stop = n_in
        for i in range(first, n_in):
            arc = arcs[i]
            if arc == 0:
                continue
            if visited == chunk:
                stop = i
                break
            visited += 1
            # apart and under conditions: adding to one row at every input would stall on it
            row, begin, end = w[i], partial[arc & 255], partial[(arc >> 8) & 255]
            for h in range(n_out):
                begin[h] += row[h]
            if (arc >> 8) & 255 < steps:
                for h in range(n_out):
                    end[h] -= row[h]
            if arc >> 16:
                for h in range(n_out):
                    running[h] += row[h]
        first = stop
        for k in range(steps):
            a_t = a[order[k]]
            for h in range(n_out):
                running[h] += partial[k, h]
            for h in range(n_out):
                a_t[h] += running[h]


@kernel
def forward_arcs(arcs, order, w, chunk, neuron, partial, a, v, words_out, gates):
    """Run the first layer over whole samples: :func:`~.words.forward_words` on arcs."""
    for b in range(arcs.shape[0]):
        synaptic_sums_arcs(arcs[b], order, w, chunk, partial, a)
        run_neurons(a, neuron, v[b], words_out[b], gates[b])


@kernel
def delta_arcs(arcs, order, gates, v_fb, active, q, delta):
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
        for i in range(arcs.shape[1]):
            arc = arcs[b, i]
            if arc == 0:
                continue
            row, begin, end = delta[i], q[arc & 255], q[(arc >> 8) & 255]
            mask = delta.dtype.type(-np.int64(arc >> 16))
            for h in range(n_out):
                row[h] += begin[h] - end[h] + (total[h] & mask)
